"""Whoever agrees to an erasure signs that with their passkey, if they have one."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from habeas.core.commands import Command, Refusal
from habeas.core.entries.institutions import PasskeyGiven
from habeas.register.canonical import to_base64
from habeas.store import projections, proofs, signing
from habeas.store.acts import Performed, prepare, sign
from habeas.store.sequencer import place_all
from habeas.store.standing_audit import audit
from tests.register.passkey import CREDENTIAL, SITE, Passkey
from tests.store.example import DECIDER, MONITOR, RECEIVER, Register
from tests.store.test_erasure import CASE, act, agreement, erase, kept_receipts, prepared, taken, verifies


def test_whoever_has_a_passkey_agrees_with_it_alone_and_all_still_verifies_without_the_key(
    register: Register, tmp_path: Path
) -> None:
    _, notice = prepared(register)
    register.now = datetime(2027, 7, 1, 9, 0, tzinfo=UTC)
    for number, by in enumerate((DECIDER, RECEIVER, MONITOR), 1):
        key = Passkey(number=number)
        given = PasskeyGiven(public_key=to_base64(key.public), site=SITE, credential=to_base64(CREDENTIAL))
        taken(register, "give_passkey", given, by, None)
        answer = act(register, "agree_to_erasure", agreement(notice), by)
        assert isinstance(answer, Refusal)
        assert [each.code for each in answer.reasons] == ["store.signature_needed"]
        wanted = Command(act="agree_to_erasure", body=agreement(notice), occurred_at=register.now, actor=by)
        ready_to_sign = prepare(wanted, at=register.now, send_id=os.urandom(16).hex(), case_id=CASE)
        assert isinstance(ready_to_sign, signing.Prepared), ready_to_sign
        done = sign(signing.seal(ready_to_sign), key.assertion(ready_to_sign.digest), actor=by, at=register.now)
        assert isinstance(done, Performed), done
        assert signing.assertion_of(done.entries[0].id) is not None
    receipts = kept_receipts(tmp_path / "receipts")

    taken(register, "erase_person", erase(notice), MONITOR)

    place_all()
    proofs.export(tmp_path / "export")
    assert verifies(tmp_path / "export", register.vkey)
    assert all(verifies(each, register.vkey) for each in receipts)
    assert audit(register.now) == ()
    assert projections.rebuild().differences == ()
