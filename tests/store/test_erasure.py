"""A person is erased: refused while anything is open; then nothing says who they were, and everything still verifies."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection

from habeas.cli import main
from habeas.core.commands import Command, Refusal
from habeas.core.entries import Actor, Body, Entry, Role, asking, claims, erasure, family, orders, oversight, procedure
from habeas.core.entries import custody as held
from habeas.core.entries.erasure import ErasureBy, ErasureServedOn
from habeas.core.entries.institutions import Given, OrderSort
from habeas.core.entries.money import StatementIssued
from habeas.register.sealed import PUBLIC, key_text, public_of
from habeas.store import asking as desk
from habeas.store import erasure as stored
from habeas.store import evidence, figures, keys, ledger, projections, proofs, read, streams, wrapped
from habeas.store.acts import NoSuchCase, Performed, perform
from habeas.store.backup import backup as write_backup
from habeas.store.models import AskedRow, EvidenceFile, FamilyWordRow, LogRow
from habeas.store.records import _bound_of
from habeas.store.records import _bound_to as row_bound_to
from habeas.store.sequencer import place_all
from habeas.store.standing_audit import audit
from habeas.work import _keys
from tests.store.example import (
    BOOKING,
    COURT,
    DECIDER,
    MONITOR,
    OFFICER,
    RECEIVER,
    SENDING,
    Register,
    admitted,
    invited,
    proposed,
)

COUNSEL = Actor(account="counsel-1", party="se-court", role=Role.COUNSEL)
CASE, PERSON = "case-zephyrine", "person-zephyrine"
FILE = b"%PDF-1.4 a passport of Zephyrine Quillfeather, number QX-7733119"
SAID = (
    *("Zephyrine", "Quillfeather", "1987-03-14", "home file of Zephyrine", "QX-7733119", "a heron tattooed by nobody"),
    *("Zefirine Quilfeather", "her sister Ottoline", "bruises like a map", "said aloud to nobody"),
    *("Sephyrine Quillfether", "nobody may hold a heron", "seen beside the map", "T 77-heron", "her aunt Perpetua"),
)
"""Everything by which she can be known, in whatever part of the record."""
ENDS_ON = date(2027, 6, 30)


def act(register: Register, name: str, body: Body, by: Actor, case: str | None = CASE) -> Performed | Refusal:
    command = Command(act=name, body=body, occurred_at=register.now, actor=by)
    return perform(command, at=register.now, send_id=os.urandom(16).hex(), case_id=case)


def taken(register: Register, name: str, body: Body, by: Actor, case: str | None = CASE) -> Entry:
    done = act(register, name, body, by, case)
    assert isinstance(done, Performed), done
    return done.entries[-1]


def refused(register: Register, name: str, body: Body, by: Actor) -> set[str]:
    """The codes of every reason for which it is refused."""
    done = act(register, name, body, by)
    assert isinstance(done, Refusal), done
    return {each.code.removeprefix("erasure.") for each in done.reasons}


def ask(register: Register) -> erasure.ErasureAsked:
    ended = next((each.id for each in streams.entries(CASE) if isinstance(each.body, held.Released)), "none")
    return erasure.ErasureAsked(ended=ended, asked_by=ErasureBy.PERSON, reasons="she asks it")


@dataclass
class Held:
    """Zephyrine, released after four days in Tartu; an enquiry after her is open, and her end is not confirmed."""

    register: Register
    enquiry: str

    def record(self, *bodies: Body, by: Actor) -> tuple[Entry, ...]:
        self.register.versions[CASE] = len(streams.entries(CASE))
        return self.register.record(CASE, *bodies, by=by, person=PERSON)


def held_in_tartu(register: Register) -> Held:
    """The whole stay, with something identifying in every part of the record."""
    body = oversight.ReadingKeySet(public_key=key_text(PUBLIC, public_of(bytes(range(32)))))
    invited(MONITOR)
    taken(register, "set_reading_key", body, MONITOR, None)
    opening = proposed("Zephyrine", "Quillfeather", born_on=date(1987, 3, 14), reasons="a heron tattooed by nobody")
    them = Held(register, "")
    register.record(CASE, opening, person=PERSON)
    title = procedure.TitleRecorded(
        state="EST",
        authority="an invented court of Zephyrine Quillfeather",
        ground="an invented judgment",
        reference="QX-7733119",
        valid_from_at=register.now,
        valid_until_at=register.now + timedelta(days=400),
    )
    them.record(title, claims.CounselNamed(counsel=COUNSEL.account, named_by=claims.NamedBy.PERSON), by=COURT)
    (offer,) = them.record(held.HandoverOffered(to_party="ee-vm", place="a gate", fitness="well"), by=OFFICER)
    them.record(held.HandoverAccepted(offer=offer.id), by=BOOKING)
    them.record(held.Arrived(facility="tartu"), admitted(visible_injuries="bruises like a map"), by=BOOKING)
    for _ in range(4):
        register.wait(days=1)
        them.record(held.RollEntered(facility="tartu", sign=held.Sign.ROLL_CALL, seen_by="the ward"), by=BOOKING)
    passport = procedure.EvidenceAdded(
        document="passport", issuer="Q", dated_on=date(2020, 1, 1), reference="QX-7733119"
    )
    command = Command(act="add_evidence", body=passport, occurred_at=register.now, actor=OFFICER)
    perform(command, at=register.now, send_id=os.urandom(16).hex(), case_id=CASE, file=FILE)
    taken(
        register, "give_family_words", family.FamilyWordsGiven(how_many=2, occasion=family.Occasion.ADMISSION), MONITOR
    )
    word = oversight.PrivateWordHeard(case=CASE, words="said aloud to nobody by Zephyrine")
    taken(register, "note_private_word", word, MONITOR, None)
    made = asking.EnquiryMade(
        sought="Zefirine Quilfeather", asked_of=(SENDING, "ee-vm"), due_at=register.now + timedelta(days=3)
    )
    asker = asking.AskerStated(who="her sister Ottoline", relation="sister", about="")
    stream = "enquiry-" + os.urandom(16).hex()
    desk.lodge(stream, (made,), asker, word="a word for the heron", at=register.now)
    return Held(register, stream)


def released(them: Held) -> None:
    """Free again; every later step has what it needs but the confirmation and the answers."""
    them.record(held.Released(place="a gate", handed_to="her sister Ottoline", papers="QX-7733119"), by=BOOKING)


def answered(them: Held) -> None:
    for by in (OFFICER, RECEIVER):
        until = them.register.now.date()
        answer = asking.EnquiryAnswered(
            enquiry=them.enquiry, answer=asking.Answer.HELD_UNTIL, held_until_on=until, case=CASE
        )
        taken(them.register, "answer_enquiry", answer, by, None)


def closed(them: Held) -> None:
    """A claim from outside, an order that somebody lodged, and a finding of the monitor: each came, and each ended."""
    register = them.register
    made = claims.ClaimLodged(
        sought="Sephyrine Quillfether",
        ground=claims.ClaimGround.OTHER,
        said="nobody may hold a heron",
        asks=claims.Asks.RELEASE,
    )
    aunt = asking.AskerStated(who="her aunt Perpetua", about="")
    stream = "claim-" + os.urandom(16).hex()
    desk.lodge(stream, (made,), aunt, word="a long word of an aunt", at=register.now)
    taken(register, "link_claim", claims.ClaimLinked(lodged=stream, case=CASE, said="a claim"), MONITOR, None)
    claim = next(each.id for each in streams.entries(CASE) if isinstance(each.body, claims.DetentionClaimed))
    dismissed = claims.ClaimDecided(claim=claim, outcome=claims.ClaimOutcome.DISMISSED, reasons="she is free")
    taken(register, "decide_claim", dismissed, COURT)
    lodged = orders.OrderLodged(
        court="an invented court",
        reference="T 77-heron",
        given=Given.ORAL,
        sort=OrderSort.STAY,
        people=("Zephyrine Quillfeather",),
        must_be_done="leave Quillfeather alone",
    )
    order = taken(register, "lodge_order", lodged, MONITOR, None)
    rejected = orders.OrderRejected(order=order.id, reasons="no court gave this order about Quillfeather")
    taken(register, "reject_order", rejected, COURT, None)
    filed = oversight.FindingFiled(
        sort=oversight.FindingSort.HEALTH,
        agreement="se-ee-2025",
        case=CASE,
        public_part="a person was seen by no doctor",
        names_nobody=True,
        protected_part="Zephyrine was seen beside the map",
    )
    found = taken(register, "file_finding", filed, MONITOR, None)
    answer = oversight.FindingAnswered(finding=found.id, answer="it was put right", names_nobody=True)
    taken(register, "answer_finding", answer, RECEIVER, None)


def confirmed(them: Held) -> None:
    ended = next(each.id for each in streams.entries(CASE) if isinstance(each.body, held.Released))
    taken(them.register, "confirm_end", held.EndConfirmed(ended=ended, how_known="she said so to counsel"), COUNSEL)


def stated(register: Register) -> None:
    """The statement of the month in which she was held."""
    register.now = datetime(2026, 10, 2, 9, 0, tzinfo=UTC)
    body = StatementIssued(agreement="se-ee-2025", from_on=date(2026, 9, 1), until_on=date(2026, 10, 1))
    taken(register, "issue_statement", body, RECEIVER, None)


def noticed(register: Register, asked: Entry) -> Entry:
    """Served on both, with every receipt."""
    for whom in ErasureServedOn:
        body = erasure.ErasureNoticed(
            asked=asked.id, served_on=whom, how="by hand", language="sv", file_given=True, law="an act", ends_on=ENDS_ON
        )
        last = taken(register, "serve_erasure_notice", body, MONITOR)
    return last


def agreement(notice: Entry) -> erasure.ErasureAgreed:
    return erasure.ErasureAgreed(
        notice=notice.id, reasons="all was looked at and nothing is open", law="an act", ends_on=ENDS_ON
    )


def kept_receipts(folder: Path) -> dict[Path, bytes]:
    """The receipt of every entry that each of these may have, as files."""
    place_all()
    folder.mkdir()
    found: dict[Path, bytes] = {}
    for row in LogRow.objects.all():
        for by in (COUNSEL, MONITOR, OFFICER):
            receipt = proofs.receipt(row.entry_id, by)
            if receipt is not None:
                path = folder / f"{row.entry_id}-{by.account}.json"
                path.write_bytes(receipt)
                found[path] = receipt
    return found


def tables() -> bytes:
    """Every value of every table, as the database gives it."""
    found = []
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{table}"')
            found += [value for row in cursor.fetchall() for value in row]
    return b"\n".join(bytes(each) if isinstance(each, bytes | memoryview) else str(each).encode() for each in found)


def files(*folders: Path) -> bytes:
    return b"\n".join(each.read_bytes() for folder in folders for each in sorted(folder.rglob("*")) if each.is_file())


def decrypted(keys_folder: Path) -> bytes:
    """All that any key at hand opens, of every sealed value of the tables: each key is tried on each."""
    ciphers = [AESGCM(each.read_bytes()) for each in (keys_folder / "secret").glob("*.key")]
    sealed = [(bytes(row.sealed), row_bound_to(bytes(row.leaf_hash), _bound_of(row))) for row in LogRow.objects.all()]
    sealed += [(bytes(each.sealed), evidence._bound_to(each.entry_id)) for each in EvidenceFile.objects.all()]
    found = []
    for data, bound_to in sealed:
        for cipher in ciphers:
            try:
                found.append(cipher.decrypt(data[:12], data[12:], bound_to))
            except InvalidTag:
                continue
    return b"\n".join(found)


def there(said: Iterable[str], *places: bytes) -> set[str]:
    return {each for each in said if any(each.encode() in place for place in places)}


def verifies(path: Path, vkey: str) -> bool:
    return main(["verify", str(path), "--key", vkey]) == 0


def forget_figures() -> None:
    figures._KEPT.counted.clear()
    figures._KEPT.month_ends.clear()


def public(at: datetime) -> dict[str, object]:
    """The public figures, as a process that has just started counts them, but how fresh the record is."""
    forget_figures()
    found = figures.public_figures("se-ee-2025", at)
    return {name: each.rows for name, each in found.series.items() if name not in {"freshness", "keys"}}


def money() -> list[tuple[object, ...]]:
    """Each statement as issued and as it is worked out again now."""
    return [
        (body.amount, again.due and again.due.amount.amount, body.lines_digest, again.digest, body.not_payable)
        for _, body in ledger.issued("se-ee-2025")
        for again in (ledger.read_again(body, body.known_at or body.from_on),)  # type: ignore[arg-type]
    ]


def prepared(register: Register) -> tuple[Held, Entry]:
    """Everything is closed, notice was served on both, and neither the 90 days nor the limitation period is over."""
    them = held_in_tartu(register)
    released(them)
    answered(them)
    confirmed(them)
    closed(them)
    stated(register)
    return them, noticed(register, taken(register, "ask_erasure", ask(register), COUNSEL))


def ready(register: Register) -> tuple[Held, Entry]:
    """All three have agreed, after the limitation period."""
    them, notice = prepared(register)
    register.now = datetime(2027, 7, 1, 9, 0, tzinfo=UTC)
    for by in (DECIDER, RECEIVER, MONITOR):
        taken(register, "agree_to_erasure", agreement(notice), by)
    return them, notice


def erase(notice: Entry, *, copies_destroyed: bool = True) -> erasure.CaseErased:
    return erasure.CaseErased(notice=notice.id, copies_destroyed=copies_destroyed)


def test_it_is_refused_while_anything_is_open_with_every_reason_at_once(register: Register) -> None:
    them = held_in_tartu(register)
    assert refused(register, "ask_erasure", ask(register), COUNSEL) >= {"not_ended", "enquiry_open", "days_not_stated"}

    released(them)
    assert refused(register, "ask_erasure", ask(register), COUNSEL) == {
        "holders_word",
        "enquiry_open",
        "days_not_stated",
    }
    answered(them)
    assert refused(register, "ask_erasure", ask(register), COUNSEL) == {"holders_word", "days_not_stated"}
    confirmed(them)
    assert refused(register, "ask_erasure", ask(register), COUNSEL) == {"days_not_stated"}
    stated(register)

    notice = noticed(register, taken(register, "ask_erasure", ask(register), COUNSEL))
    register.wait(days=91)
    assert refused(register, "agree_to_erasure", agreement(notice), DECIDER) == {"limitation"}


def test_two_of_the_three_are_not_enough_and_ninety_days_must_pass(register: Register) -> None:
    _, notice = prepared(register)
    everything = {"notice_time", "limitation", "not_agreed", "monitor_not_agreed", "copies_kept"}
    assert refused(register, "erase_person", erase(notice, copies_destroyed=False), MONITOR) == everything
    register.now = datetime(2027, 7, 1, 9, 0, tzinfo=UTC)

    taken(register, "agree_to_erasure", agreement(notice), DECIDER)
    taken(register, "agree_to_erasure", agreement(notice), MONITOR)
    assert refused(register, "erase_person", erase(notice), MONITOR) == {"not_agreed"}
    taken(register, "agree_to_erasure", agreement(notice), RECEIVER)
    taken(register, "erase_person", erase(notice), MONITOR)
    assert read.case(CASE) is not None


def test_an_erased_person_is_nowhere_and_everything_still_verifies(
    register: Register, data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _, notice = ready(register)
    receipts = kept_receipts(tmp_path / "receipts")
    own = proofs.receipt(streams.entries(CASE)[0].id, COUNSEL)
    assert there(SAID, decrypted(data / "keys")) == {*SAID}
    before, due = public(register.now), money()
    assert len(due) == 1
    amount, again, digest, digest_again, held_days = due[0]
    assert (amount, digest, held_days) == (again, digest_again, 4)
    export, backup, copy = tmp_path / "export", tmp_path / "backup", tmp_path / "copy"
    write_backup(backup)

    taken(register, "erase_person", erase(notice), MONITOR)

    place_all()
    proofs.export(export)
    write_backup(backup)
    shutil.copytree(data, copy)
    kept = files(data, export, backup, copy)
    assert there(SAID, tables(), decrypted(data / "keys"), decrypted(copy / "keys"), kept) == set()
    assert not [each for each in (backup / "wrapped").iterdir() if PERSON in each.name]
    assert audit(register.now) == ()
    assert verifies(backup, register.vkey)
    assert there(SAID, caplog.text.encode()) == set()
    assert not AskedRow.objects.exists()
    (filed,) = read.oversight().findings
    assert (filed.filed.body.public_part, filed.waits) == ("a person was seen by no doctor", False)
    assert not FamilyWordRow.objects.exists()
    assert wrapped.standing() == (True, 0, 0)

    assert verifies(export, register.vkey)
    assert all(verifies(each, register.vkey) for each in receipts)
    assert own is not None
    assert b"Zephyrine" in own
    assert projections.rebuild().differences == ()
    assert money() == due
    assert public(register.now) == before
    forget_figures()
    assert read.search_names("Zephyrine Quillfeather", MONITOR) == ()


def test_nothing_more_is_done_to_an_erased_case(register: Register) -> None:
    _, notice = ready(register)
    taken(register, "erase_person", erase(notice), MONITOR)

    with pytest.raises(NoSuchCase):
        act(register, "erase_person", erase(notice), MONITOR)
    assert proofs.receipt(notice.id, MONITOR) is None
    assert read.unreadable(MONITOR) == ()


def test_what_a_crash_left_is_never_read_and_is_finished_later(
    register: Register, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, notice = ready(register)
    key = data / "keys" / "secret" / f"person-{PERSON}.key"
    with monkeypatch.context() as crashed:
        crashed.setattr(stored, "finish", lambda: 0)
        taken(register, "erase_person", erase(notice), MONITOR)
    assert key.exists()

    case = read.case(CASE)

    assert case is not None
    assert "Zephyrine" not in repr(case)
    assert projections.rebuild().differences == ()
    assert stored.finish() > 0
    assert not key.exists()
    assert stored.finish() == 0


def test_a_process_that_knew_the_person_forgets_them(register: Register) -> None:
    _, notice = ready(register)
    assert read.search_names("Zephyrine Quillfeather", MONITOR) == (CASE,)

    taken(register, "erase_person", erase(notice), MONITOR)

    assert read.search_names("Zephyrine Quillfeather", MONITOR) == ()
    assert there(SAID, repr(streams._KEPT.streams).encode()) == set()
    assert f"person-{PERSON}" not in keys.key_folder()._ciphers


def test_a_key_that_a_backup_brought_back_reads_nothing_and_is_destroyed_again(register: Register, data: Path) -> None:
    _, notice = ready(register)
    key = data / "keys" / "secret" / f"person-{PERSON}.key"
    backup = key.read_bytes()
    taken(register, "erase_person", erase(notice), MONITOR)

    key.write_bytes(backup)

    assert "Zephyrine" not in repr(read.case(CASE))
    assert read.search_names("Zephyrine Quillfeather", MONITOR) == ()
    _keys()
    assert not key.exists()


def test_what_is_about_somebody_else_too_refuses_it(register: Register) -> None:
    _, notice = ready(register)
    register.propose("bob", "Bob", "Example")
    answer = asking.EnquiryAnswered(
        enquiry=next(each.id for each in desk.enquiries()), answer=asking.Answer.NOT_HELD_BY_US, case="case-bob"
    )
    register.record("enquiry-of-both", asking.EnquiryMade(sought="two", asked_of=(SENDING,), due_at=register.now))
    for case in (CASE, "case-bob"):
        by = OFFICER if case == CASE else RECEIVER
        body = dataclasses.replace(answer, enquiry="enquiry-of-both", case=case)
        register.record("enquiry-of-both", body, by=by)

    assert refused(register, "erase_person", erase(notice), MONITOR) == {"with_others"}


def test_an_order_that_names_somebody_else_too_refuses_it_and_stays(register: Register) -> None:
    _, notice = ready(register)
    body = orders.OrderLodged(
        court="an invented court",
        reference="T 78",
        given=Given.ORAL,
        sort=OrderSort.STAY,
        people=("Zephyrine Quillfeather", "Bob Example"),
        must_be_done="wait",
    )
    (order,) = register.record("order-of-two", body, by=MONITOR)
    register.record("order-of-two", orders.OrderRejected(order=order.id, reasons="nobody gave it"), by=COURT)

    assert refused(register, "erase_person", erase(notice), MONITOR) == {"with_others"}


def test_another_person_of_the_register_is_untouched(register: Register, data: Path) -> None:
    _, notice = ready(register)
    register.propose("bob", "Bob", "Example")
    before = read.case("case-bob")

    taken(register, "erase_person", erase(notice), MONITOR)

    assert read.case("case-bob") == before
    assert read.search_names("Bob Example", MONITOR) == ("case-bob",)
    assert (data / "wrapped" / "person-person-bob.sealed").exists()
