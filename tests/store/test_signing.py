"""Signatures of one's own: prepared, signed and recorded once; by the account itself, with a key that signs now."""

from __future__ import annotations

import base64
import dataclasses
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from django.db import connection, transaction

from habeas.core.commands import Command, Refusal
from habeas.core.entries import Actor, Body, Entry, Role
from habeas.core.entries import custody as held
from habeas.core.entries.institutions import (
    AccountEnded,
    AccountInvited,
    Given,
    PasskeyGiven,
    SigningKeyEnded,
    StayOrderIssued,
    SystemKeyGiven,
)
from habeas.register.asserted import Asserted
from habeas.register.canonical import to_base64
from habeas.register.receipt import parse_receipt
from habeas.register.verify import Report, verify_path
from habeas.store import proofs, signing, streams
from habeas.store.accounts import invite_again
from habeas.store.acts import Performed, prepare, sign
from habeas.store.append import Draft, append
from habeas.store.begin import new_key
from habeas.store.models import Account, InviteToken, LogRow
from habeas.store.sequencer import place_all
from habeas.store.standing_audit import audit
from tests.register.passkey import CREDENTIAL, SITE, Passkey, SystemKey
from tests.store.example import BOOKING, COURT, EE_MANAGER, OFFICER, RECEIVER, RECEIVING, SE_MANAGER, SENDING, Register
from tests.store.test_acts import done, refused

CASE = "case-alice"
OFFER = held.HandoverOffered(to_party=SENDING, place="At the gate", documents=(), property=(), fitness="Fit")
PASSKEY, OTHER, SYSTEM = Passkey(), Passkey(number=99), SystemKey()
ROBOT = Actor(account="system-ee", party=RECEIVING, role=Role.RECEIVING_OFFICER)


@pytest.fixture
def alice(register: Register) -> Register:
    """A register in which the receiving state holds Alice."""
    register.propose("alice", "Alice", "Example")
    register.hold("alice")
    offer = dataclasses.replace(OFFER, to_party=RECEIVING)
    (offered,) = register.record(CASE, offer, by=OFFICER, person="person-alice")
    register.record(CASE, held.HandoverAccepted(offer=offered.id), by=RECEIVER, person="person-alice")
    return register


def give(register: Register, by: Actor = RECEIVER, key: Passkey = PASSKEY) -> Entry:
    body = PasskeyGiven(public_key=to_base64(key.public), site=SITE, credential=to_base64(CREDENTIAL))
    return done(register, "give_passkey", body, by).entries[0]


def ready(
    register: Register, body: Body = OFFER, by: Actor = RECEIVER, act: str = "offer_handover"
) -> signing.Prepared:
    """The act as it is to be signed, prepared now."""
    command = Command(act=act, body=body, occurred_at=register.now, actor=by)
    case_id = CASE if act != "invite_account" else None
    found = prepare(command, at=register.now, send_id="0123456789abcdef", case_id=case_id)
    assert isinstance(found, signing.Prepared), found
    return found


def signed(register: Register, act: signing.Prepared, key: Passkey | SystemKey = PASSKEY) -> Performed | list[str]:
    """Sign what was prepared, and hand it in now; the reasons when it is refused."""
    answer = sign(signing.seal(act), key.assertion(act.digest), actor=act.command.actor, at=register.now)
    return [each.code for each in answer.reasons] if isinstance(answer, Refusal) else answer


def verified(register: Register, entry: Entry, to: Actor, folder: Path) -> Report:
    """What an outsider finds who has the receipt of an entry and the log's key."""
    place_all()
    data = proofs.receipt(entry.id, to)
    assert data is not None
    (folder / "receipt.json").write_bytes(data)
    return verify_path(folder / "receipt.json", register.vkey)


def test_an_officer_signs_and_an_outsider_checks_it(alice: Register, tmp_path: Path) -> None:
    given = give(alice)
    answer = signed(alice, ready(alice))
    assert isinstance(answer, Performed)
    (entry,) = answer.entries
    assert entry.body == OFFER
    for reader in (RECEIVER, BOOKING, OFFICER):
        report = verified(alice, entry, reader, tmp_path)
        assert (report.ok, report.problems) == (True, ())
        introduced = LogRow.objects.get(entry_id=given.id).place.index
        assert report.asserted == Asserted(RECEIVER.account, PASSKEY.key, introduced)
        assert report.party == RECEIVING


def test_what_is_signed_before_and_after_a_new_key_of_the_log_is_checked_with_its_first_key_and_its_latest(
    alice: Register, tmp_path: Path
) -> None:
    """A receipt that was made before names no later key: with the latest it is told so, and not called genuine."""
    given = give(alice)
    answer = signed(alice, ready(alice))
    assert isinstance(answer, Performed)
    assert verified(alice, answer.entries[0], RECEIVER, tmp_path).ok
    made_before = (tmp_path / "receipt.json").read_bytes()
    latest = new_key("log", at=alice.now).text
    body = held.Released(place="At the gate", **_unstated(held.Released, "place"))
    later = signed(alice, ready(alice, body, act="report_release"))
    assert isinstance(later, Performed)
    place_all()
    introduced = LogRow.objects.get(entry_id=given.id).place.index
    asserted = Asserted(RECEIVER.account, PASSKEY.key, introduced)

    for entry in (answer.entries[0], later.entries[0]):
        for key in (alice.vkey, latest):
            (tmp_path / "receipt.json").write_bytes(proofs.receipt(entry.id, RECEIVER) or b"")
            report = verify_path(tmp_path / "receipt.json", key)
            assert (report.ok, report.asserted, report.later is None) == (True, asserted, key == latest), (
                report.problems
            )
    (tmp_path / "before.json").write_bytes(made_before)
    first, now = (verify_path(tmp_path / "before.json", key) for key in (alice.vkey, latest))
    assert (first.ok, first.asserted) == (True, asserted)
    assert (now.ok, now.verdict) == (False, "register.verdict_another_key")


def test_the_standing_audit_checks_what_an_account_signed(alice: Register) -> None:
    give(alice)
    act, again = ready(alice), ready(alice)
    assert isinstance(signed(alice, act), Performed)
    place_all()
    assert audit(alice.now) == ()

    # Whoever runs the machine writes an act that nobody signed into the record.
    forged = dataclasses.replace(again.signature, assertion=PASSKEY.assertion(act.digest))
    version = len(streams.entries(CASE))
    draft = Draft(
        stream=CASE,
        expected_version=version,
        subject="person-alice",
        bodies=[OFFER],
        occurred_at=alice.now,
        signature=forged,
    )
    (entry,) = append([draft], actor=RECEIVER, at=alice.now)
    place_all()

    found = [each for each in audit(alice.now) if each.code == "audit.assertion_broken"]
    assert [each.parameters for each in found] == [{"entry": entry.id}]


def test_what_was_signed_is_read_back_as_it_was_written(alice: Register) -> None:
    give(alice)
    answer = signed(alice, ready(alice))
    assert isinstance(answer, Performed)
    assert isinstance(signing.assertion_of(answer.entries[0].id), dict)
    assert signing.assertion_of(alice.opening("alice").id) is None
    assert streams.entries(CASE)[-1] == answer.entries[0]


def test_whoever_has_no_key_acts_as_before(alice: Register, tmp_path: Path) -> None:
    (entry,) = done(alice, "offer_handover", OFFER, RECEIVER, case_id=CASE).entries
    report = verified(alice, entry, RECEIVER, tmp_path)
    assert (report.ok, report.asserted) == (True, None)


def test_whoever_has_a_key_signs_what_binds_the_state(alice: Register) -> None:
    give(alice)
    assert refused(alice, "offer_handover", OFFER, RECEIVER, case_id=CASE) == ["store.signature_needed"]
    colleague = dataclasses.replace(RECEIVER, account="receiver-2")
    assert done(alice, "offer_handover", OFFER, colleague, case_id=CASE).entries


def test_no_report_is_refused_for_want_of_a_signature(alice: Register) -> None:
    give(alice)
    body = held.Released(place="At the gate", **_unstated(held.Released, "place"))
    assert done(alice, "report_release", body, RECEIVER, case_id=CASE).entries


def _unstated(body: type, *known: str) -> dict[str, object]:
    given = {each.name for each in dataclasses.fields(body) if each.default is not dataclasses.MISSING} | {*known}
    return {each.name: "not told" for each in dataclasses.fields(body) if each.name not in given}


def test_a_report_can_be_signed_too(alice: Register) -> None:
    give(alice)
    body = held.Released(place="At the gate", **_unstated(held.Released, "place"))
    assert isinstance(signed(alice, ready(alice, body, act="report_release")), Performed)


def test_a_signed_act_sent_twice_is_recorded_once(alice: Register) -> None:
    give(alice)
    act = ready(alice)
    first, again = signed(alice, act), signed(alice, act)
    assert isinstance(first, Performed)
    assert again == Performed(entries=first.entries, repeated=True)


def test_preparing_records_nothing_and_says_every_reason(alice: Register) -> None:
    size = LogRow.objects.count()
    ready(alice)
    assert LogRow.objects.count() == size
    command = Command(act="offer_handover", body=OFFER, occurred_at=alice.now, actor=COURT)
    answer = prepare(command, at=alice.now, send_id="0123456789abcdef", case_id=CASE)
    assert isinstance(answer, Refusal)
    assert [each.code for each in answer.reasons] == ["permission.role"]


def test_the_rules_are_asked_anew_when_it_is_signed(alice: Register) -> None:
    give(alice)
    act = ready(alice)
    colleague = dataclasses.replace(RECEIVER, account="receiver-2")
    done(alice, "report_death", held.Died(**_unstated(held.Died)), colleague, case_id=CASE)
    assert signed(alice, act) == ["policy.case_ended", "policy.not_yours_to_offer"]


def test_another_signed_value_than_the_prepared_is_refused_and_can_be_prepared_again(alice: Register) -> None:
    give(alice)
    act = ready(alice)
    other = dataclasses.replace(act.command, body=dataclasses.replace(OFFER, fitness="Ill"))
    assert signed(alice, dataclasses.replace(act, command=other)) == ["store.moved_since_prepared"]
    assert isinstance(signed(alice, ready(alice)), Performed)


def test_a_signature_by_another_key_or_of_another_act_is_refused(alice: Register) -> None:
    give(alice)
    give(alice, BOOKING, OTHER)
    act = ready(alice)
    assert signed(alice, act, OTHER) == ["store.not_your_key"]
    assert signed(alice, act, Passkey(number=5)) == ["store.not_your_key"]
    sealed, later = signing.seal(act), ready(alice)
    wrong = sign(sealed, PASSKEY.assertion(later.digest), actor=RECEIVER, at=alice.now)
    assert isinstance(wrong, Refusal)
    assert [each.code for each in wrong.reasons] == ["register.assertion_other_challenge"]


def test_what_is_prepared_is_good_for_ten_minutes_for_one_account_and_unchanged(alice: Register) -> None:
    give(alice)
    act = ready(alice)
    sealed, answer = signing.seal(act), PASSKEY.assertion(act.digest)
    for broken in ("", "no base64!", sealed[:-4] + "AAAA", sealed[4:]):
        with pytest.raises(signing.NotPrepared):
            sign(broken, answer, actor=RECEIVER, at=alice.now)
    with pytest.raises(signing.NotPrepared):
        sign(sealed, answer, actor=BOOKING, at=alice.now)
    with pytest.raises(signing.NotPrepared):
        sign(sealed, answer, actor=RECEIVER, at=alice.now + timedelta(minutes=10, seconds=1))
    assert isinstance(sign(sealed, answer, actor=RECEIVER, at=alice.now + timedelta(minutes=10)), Performed)


def test_nothing_of_what_is_prepared_can_be_read_by_whoever_carries_it(alice: Register) -> None:
    act = ready(alice)
    sealed = signing.seal(act)
    assert act.command.body == OFFER
    opened = signing.opened(sealed, RECEIVER, None, at=alice.now)
    assert opened == dataclasses.replace(act, fields=())
    assert b"gate" not in base64.b64decode(sealed)


def test_a_key_that_was_ended_signs_no_more_and_is_not_needed_any_more(alice: Register, tmp_path: Path) -> None:
    give(alice)
    before = signed(alice, ready(alice))
    assert isinstance(before, Performed)
    released = held.Released(**_unstated(held.Released))
    act = ready(alice, released, act="report_release")
    ended = SigningKeyEnded(key=PASSKEY.key.fingerprint, reasons="Left in a train")
    assert refused(alice, "end_signing_key", ended, OFFICER) == ["store.not_your_key"]
    assert refused(alice, "end_signing_key", ended, BOOKING) == ["store.not_your_key"]
    done(alice, "end_signing_key", ended, EE_MANAGER)
    assert signed(alice, act) == ["store.not_your_key"]
    assert refused(alice, "end_signing_key", ended, RECEIVER) == ["store.not_your_key"]
    refusing = held.HandoverRefused(offer=before.entries[0].id, reasons="nobody came to the gate in two hours")
    done(alice, "refuse_handover", refusing, OFFICER, case_id=CASE)
    assert done(alice, "offer_handover", OFFER, RECEIVER, case_id=CASE).entries
    report = verified(alice, before.entries[0], RECEIVER, tmp_path)
    assert report.asserted is not None  # it was signed before the key was ended
    place_all()
    data = proofs.receipt(before.entries[0].id, RECEIVER)
    assert data is not None
    assert len(parse_receipt(data).signing_key) == 2


def test_a_key_that_is_being_ended_signs_nothing_after(alice: Register) -> None:
    """Otherwise an entry would stand behind the end of its key, and no reader would believe it."""
    give(alice)
    act, answers = ready(alice), list[Performed | list[str]]()

    def sign_meanwhile() -> None:
        answers.append(signed(alice, act))
        connection.close()

    meanwhile = Thread(target=sign_meanwhile)
    with transaction.atomic():
        done(alice, "end_signing_key", SigningKeyEnded(key=PASSKEY.key.fingerprint, reasons="Lost"), EE_MANAGER)
        meanwhile.start()
        meanwhile.join(0.5)
        assert answers == []
    meanwhile.join()
    assert answers == [["store.not_your_key"]]


def test_a_key_is_introduced_once_and_ends_with_its_account(alice: Register) -> None:
    give(alice)
    body = PasskeyGiven(public_key=to_base64(PASSKEY.public), site=SITE, credential=to_base64(CREDENTIAL))
    assert refused(alice, "give_passkey", body, BOOKING) == ["store.key_known"]
    invited = AccountInvited(account=RECEIVER.account, party=RECEIVING, role=RECEIVER.role)
    done(alice, "invite_account", invited, EE_MANAGER)
    assert signing.keys_of_account(RECEIVER)
    done(alice, "end_account", AccountEnded(account=RECEIVER.account, reasons="left"), EE_MANAGER)
    assert not signing.keys_of_account(RECEIVER)


def let_act(register: Register) -> SystemKeyGiven:
    """Invite the account of a system, and give it its key."""
    invited = AccountInvited(account=ROBOT.account, party=RECEIVING, role=ROBOT.role)
    done(register, "invite_account", invited, EE_MANAGER)
    given = SystemKeyGiven(account=ROBOT.account, public_key=to_base64(SYSTEM.public))
    done(register, "give_system_key", given, EE_MANAGER)
    return given


def test_a_system_of_the_party_signs_and_an_outsider_checks_it(alice: Register, tmp_path: Path) -> None:
    let_act(alice)
    answer = signed(alice, ready(alice, by=ROBOT), SYSTEM)
    assert isinstance(answer, Performed)
    report = verified(alice, answer.entries[0], OFFICER, tmp_path)
    assert report.ok
    assert report.asserted is not None
    assert (report.asserted.account, report.asserted.key) == (ROBOT.account, SYSTEM.key)


def test_no_human_opens_the_account_of_a_system(alice: Register) -> None:
    let_act(alice)
    assert not InviteToken.objects.filter(account=ROBOT.account).exists()
    assert invite_again(ROBOT.account, actor=EE_MANAGER, at=alice.now) is None
    assert not Account.objects.get(username=ROBOT.account).has_usable_password()


def test_a_system_gets_no_account_that_a_human_has_or_another_party(alice: Register) -> None:
    human = Account.objects.create(username="receiver-9", party=RECEIVING, role=RECEIVER.role.value)
    human.set_password("invented password 1")
    human.save()
    body = SystemKeyGiven(account="receiver-9", public_key=to_base64(SYSTEM.public))
    assert refused(alice, "give_system_key", body, EE_MANAGER) == ["store.no_account_for_system"]
    invited = AccountInvited(account=ROBOT.account, party=RECEIVING, role=ROBOT.role)
    done(alice, "invite_account", invited, EE_MANAGER)
    body = dataclasses.replace(body, account=ROBOT.account)
    assert refused(alice, "give_system_key", body, SE_MANAGER) == ["store.no_account_for_system"]
    assert refused(alice, "give_system_key", body, RECEIVER) == ["permission.role"]
    point = dataclasses.replace(body, public_key=to_base64(PASSKEY.public))
    assert refused(alice, "give_system_key", point, EE_MANAGER) == ["store.no_ed25519_key"]
    assert done(alice, "give_system_key", body, EE_MANAGER)


def test_a_new_order_is_signed_under_the_name_that_was_prepared(alice: Register) -> None:
    give(alice, COURT)
    body = StayOrderIssued(court="Invented Court", reference="1", given=Given.ORAL, cases=(CASE,), must_be_done="Wait")
    act = ready(alice, body, COURT, "issue_stay_order")
    answer = signed(alice, act)
    assert isinstance(answer, Performed)
    assert answer.entries[0].stream == act.about["stream"]
