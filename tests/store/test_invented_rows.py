"""Rows that somebody put into the database, who has its password and none of the keys, count for nothing and are named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from habeas.register.checkpoint import parse_signed_checkpoint
from habeas.register.witness import Answer, Outcome
from habeas.store import asking, consultation, memory, standing, witnessed
from habeas.store.backup import backup
from habeas.store.models import AuditRow, ConsultationRow, CosignatureRow, DeskBucket, WitnessAnswerRow
from habeas.store.restore import restore
from habeas.store.standing_audit import audit, audit_daily, kept_audit, last_audit
from tests.store.conftest import copy_of
from tests.store.example import DECIDER, MONITOR, OFFICER, Register
from tests.store.test_asking import enquire
from tests.store.test_forks import size
from tests.store.test_restore import AT, emptied
from tests.store.test_witnessed import ALICE, BOB, Cosign, cosigned
from tests.store.test_work import forked

__all__ = ["cosigned", "size"]
AHEAD = datetime(2400, 1, 1, tzinfo=UTC)


def invented() -> dict[str, int]:
    """How many rows of each table the audit names as invented."""
    found = [each.parameters["table"] for each in audit(AT) if each.code == "audit.invented_row"]
    return {str(each): found.count(each) for each in found}


def test_an_invented_counter_does_not_close_the_desk(register: Register) -> None:
    DeskBucket.objects.bulk_create(
        DeskBucket(counter=each, left=-1e9, filled_at=AHEAD, turned_away=10**9) for each in ("enquiry", "collect", "no")
    )
    assert invented() == {"store_deskbucket": 3}

    reference = enquire(register)

    assert asking.collect(reference, "río de invierno", at=register.now) is not None
    assert asking.turned_away() == 0
    assert invented() == {"store_deskbucket": 1}  # the one of no counter


def test_a_counter_that_was_changed_counts_as_full(register: Register) -> None:
    enquire(register)
    DeskBucket.objects.update(left=0, filled_at=AHEAD)

    enquire(register)

    bucket = DeskBucket.objects.get()
    assert (bucket.left, bucket.filled_at) == (asking.PER_HOUR_ELSE * asking.RESERVE_HOURS - 1, register.now)


def test_an_emptied_counter_that_is_put_back_has_filled_again_since(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "PER_HOUR_ELSE", 1)
    for _ in range(asking.RESERVE_HOURS):
        enquire(register)
    old = DeskBucket.objects.values().get()
    register.now += timedelta(hours=1)
    DeskBucket.objects.update(**old)

    enquire(register)


@pytest.mark.parametrize("found", [{}, {"audit.heads": 1}])
def test_an_audit_that_somebody_invented_is_not_believed_and_the_next_is_made(
    register: Register, size: int, found: dict[str, int]
) -> None:
    AuditRow.objects.bulk_create([AuditRow(at=AT, size=size, findings=found, mark="0" * 64)])

    assert last_audit(AT) is None
    assert invented() == {"store_auditrow": 1}
    audit_daily(AT)
    kept = last_audit(AT)
    assert kept is not None
    assert kept.findings == {"audit.invented_row": 1}


def test_a_copy_of_an_old_audit_stays_old(register: Register, size: int) -> None:
    kept_audit(AT)
    (old,) = AuditRow.objects.values()
    AuditRow.objects.bulk_create(
        [AuditRow(**old | {"id": 7}), AuditRow(**old | {"id": 8, "at": AT + timedelta(days=9)})]
    )

    kept = last_audit(AT + timedelta(days=10))
    assert kept is not None
    assert kept.at == AT
    assert invented() == {"store_auditrow": 1}


def answer_of(witness: str, **columns: object) -> None:
    told = {"outcome": "fork", "size": 3, "seen": 3, "proof": None, "recorded": AHEAD} | columns
    WitnessAnswerRow.objects.bulk_create([WitnessAnswerRow(witness=witness, **told)])


def test_an_invented_answer_is_no_contradiction(register: Register, size: int, cosigned: Cosign) -> None:
    cosigned(ALICE, BOB)
    for proof in (None, "nothing", witnessed.newest().note, "\u202e"):
        answer_of(ALICE.verifier.text, proof=proof)
    answer_of("nobody", outcome="behind", seen=10**6)

    found = standing.standing(timezone.now())

    assert found.contradictions == ()
    assert {each.answer for each in found.witnesses} == {None}
    assert invented() == {"store_witnessanswerrow": 5}


def test_what_a_witness_said_stays_whatever_others_put_beside_it(
    register: Register, size: int, cosigned: Cosign
) -> None:
    other = forked(register.vkey, size).decode()
    answer_of(ALICE.verifier.text, seen=size)
    answer = Answer(outcome=Outcome.FORK, seen=size, proof=other)
    for _ in range(2):
        witnessed.note_answer(ALICE.verifier, answer, size)
    answer_of(ALICE.verifier.text, outcome="cosigned", seen=None)

    found = standing.standing(timezone.now())

    assert [(each.witness, each.seen, each.proof) for each in found.contradictions] == [("alice", size, other)]
    assert {each.name: each.view for each in found.witnesses}["alice"] is standing.View.BEHIND
    witnessed.note_proved()
    assert memory.behind() is not None


def test_a_copy_of_an_old_answer_is_not_the_last(register: Register, size: int, cosigned: Cosign) -> None:
    witnessed.note_answer(ALICE.verifier, Answer(outcome=Outcome.FORK, seen=size), size)
    (old,) = WitnessAnswerRow.objects.values()
    witnessed.note_answer(ALICE.verifier, Answer(outcome=Outcome.COSIGNED), size)
    WitnessAnswerRow.objects.bulk_create([WitnessAnswerRow(**old | {"id": 2**62})])

    found = standing.standing(timezone.now())

    assert len(found.contradictions) == 1
    assert {each.answer for each in found.witnesses} == {None}


def test_a_proof_of_a_fork_is_shown_whoever_put_it_there_and_names_no_witness(
    register: Register, size: int, cosigned: Cosign, data: Path
) -> None:
    other = forked(register.vkey, size).decode()
    for proof in (other, other, "nothing"):
        answer_of(ALICE.verifier.text, proof=proof)

    (found,) = standing.standing(timezone.now()).contradictions

    assert (found.witness, found.proof) == ("?", other)
    assert parse_signed_checkpoint(found.proof.encode()).checkpoint.size == size


def test_a_cosignature_before_its_time_is_not_in_the_way_of_the_true_one(
    register: Register, size: int, cosigned: Cosign
) -> None:
    at = timezone.now().replace(microsecond=0)
    lying = {"size": size, "witness": ALICE.verifier.text, "at": at, "recorded": at}
    CosignatureRow.objects.bulk_create(CosignatureRow(line=each, **lying) for each in ("nonsense", ""))

    cosigned(ALICE, at=at)

    last = witnessed.last_cosignature(ALICE.verifier.text)
    assert last is not None
    assert (last.size, last.at) == (size, at)


def looked(register: Register) -> list[str]:
    return [each.account for each in consultation.of_case("case-anna", MONITOR)]


def test_who_looked_is_what_the_register_noted_and_nothing_that_was_invented(
    register: Register, size: int, data: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    at = register.now + timedelta(milliseconds=1, microseconds=234)
    seen = {"case": "case-anna", "what": "document", "entry": "e" * 32, "at": at}
    invented_rows = [
        ConsultationRow(id=str(number) * 32, account=each.account, party=each.party, mark="0" * 64, **seen)
        for number, each in enumerate((OFFICER, DECIDER))
    ]
    ConsultationRow.objects.bulk_create(invented_rows)
    assert (looked(register), consultation.is_unexplained(OFFICER, "case-anna", at)) == ([], False)

    consultation.note(OFFICER, "case-anna", at, what="document", entry="e" * 32)
    (true,) = (each for each in ConsultationRow.objects.all() if each.is_marked)
    ConsultationRow.objects.bulk_create([ConsultationRow(**values_of(true) | {"id": "7" * 32})])

    assert looked(register) == [OFFICER.account]
    assert consultation.is_unexplained(OFFICER, "case-anna", at)
    assert invented() == {"store_consultationrow": 2}
    backup(tmp_path / "backup")
    with copy_of(emptied(data, request), tmp_path):
        restore(tmp_path / "backup", at=AT)
        assert looked(register) == [OFFICER.account]
        assert invented() == {}


def values_of(row: ConsultationRow) -> dict[str, object]:
    return {each.attname: getattr(row, each.attname) for each in row._meta.concrete_fields}
