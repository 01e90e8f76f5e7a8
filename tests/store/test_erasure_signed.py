"""Whoever agrees to an erasure, or carries it out, signs that with their passkey, if they have one."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from habeas.core.commands import Command, Refusal
from habeas.core.entries import Actor, Body, Entry
from habeas.core.entries.erasure import CaseErased
from habeas.core.entries.institutions import PasskeyGiven
from habeas.register.canonical import to_base64
from habeas.store import projections, proofs, read, signing
from habeas.store.acts import Performed, prepare, sign
from habeas.store.sequencer import place_all
from habeas.store.standing_audit import audit
from tests.register.passkey import CREDENTIAL, SITE, Passkey
from tests.store.example import DECIDER, MONITOR, RECEIVER, Register
from tests.store.test_erasure import CASE, act, agreement, erase, kept_receipts, prepared, taken, verifies


def with_passkey(register: Register, number: int, by: Actor) -> Passkey:
    """This account's passkey, which the register knows."""
    key = Passkey(number=number)
    given = PasskeyGiven(public_key=to_base64(key.public), site=SITE, credential=to_base64(CREDENTIAL))
    taken(register, "give_passkey", given, by, None)
    return key


def ready_to_sign(register: Register, name: str, body: Body, by: Actor) -> signing.Prepared:
    """The act, which is refused without a signature, as it is put before whoever does it."""
    answer = act(register, name, body, by)
    assert isinstance(answer, Refusal)
    assert [each.code for each in answer.reasons] == ["store.signature_needed"]
    wanted = Command(act=name, body=body, occurred_at=register.now, actor=by)
    found = prepare(wanted, at=register.now, send_id=os.urandom(16).hex(), case_id=CASE)
    assert isinstance(found, signing.Prepared), found
    return found


def signed(register: Register, ready: signing.Prepared, key: Passkey) -> Performed | Refusal:
    by = ready.command.actor
    return sign(signing.seal(ready), key.assertion(ready.digest), actor=by, at=register.now)


def done(register: Register, name: str, body: Body, by: Actor, key: Passkey) -> Entry:
    answer = signed(register, ready_to_sign(register, name, body, by), key)
    assert isinstance(answer, Performed), answer
    return answer.entries[0]


def agreed(register: Register) -> tuple[Entry, Passkey]:
    """All three have agreed with their passkeys; the notice, and the passkey of the monitor."""
    _, notice = prepared(register)
    register.now = datetime(2027, 7, 1, 9, 0, tzinfo=UTC)
    for number, by in enumerate((DECIDER, RECEIVER, MONITOR), 1):
        key = with_passkey(register, number, by)
        entry = done(register, "agree_to_erasure", agreement(notice), by, key)
        assert signing.assertion_of(entry.id) is not None
    return notice, key


def test_whoever_has_a_passkey_agrees_and_erases_with_it_alone_and_all_still_verifies_without_the_key(
    register: Register, tmp_path: Path
) -> None:
    notice, key = agreed(register)
    receipts = kept_receipts(tmp_path / "receipts")
    ready = ready_to_sign(register, "erase_person", erase(notice), MONITOR)
    register.wait(minutes=5)

    answer = signed(register, ready, key)

    assert isinstance(answer, Performed), answer
    (last,) = answer.entries
    assert isinstance(last.body, CaseErased)
    assert last.body.days
    prepared_days = next(each.value for each in ready.fields if each.path == "body.days")
    assert (last.id, last.body.days) == (ready.signature.entry_id, tuple(prepared_days))  # type: ignore[arg-type]
    case = read.case(CASE)
    assert case is not None
    assert case.last(CaseErased) is not None
    place_all()
    proofs.export(tmp_path / "export")
    assert verifies(tmp_path / "export", register.vkey)
    assert all(verifies(each, register.vkey) for each in receipts)
    assert audit(register.now) == ()
    assert projections.rebuild().differences == ()


def test_what_was_recorded_of_the_person_since_it_was_prepared_is_not_erased_over(register: Register) -> None:
    notice, key = agreed(register)
    ready = ready_to_sign(register, "erase_person", erase(notice), MONITOR)
    register.wait(minutes=5)
    done(register, "agree_to_erasure", agreement(notice), MONITOR, key)

    answer = signed(register, ready, key)

    assert isinstance(answer, Refusal)
    assert [each.code for each in answer.reasons] == ["store.moved_since_prepared"]
    case = read.case(CASE)
    assert case is not None
    assert case.last(CaseErased) is None
    assert isinstance(done(register, "erase_person", erase(notice), MONITOR, key).body, CaseErased)
