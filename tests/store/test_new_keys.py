"""A party and the log get new keys while the register runs, on both databases."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from django.db import connection

from habeas.register.checkpoint import parse_signed_checkpoint
from habeas.register.note import is_signed_by, parse_vkey
from habeas.register.verify import verify_path
from habeas.store import proofs, sequencer
from habeas.store.append import NoSigningKey, append_of_system
from habeas.store.begin import new_key
from habeas.store.standing_audit import audit
from tests.store.conftest import ON_POSTGRESQL
from tests.store.example import OFFICER, SENDING, START, TARTU, Register
from tests.store.test_server import habeas
from tests.store.test_witnessed import policy_text


def verified(path: Path, data: bytes | None, key: str) -> bool:
    assert data is not None
    path.write_bytes(data)
    return verify_path(path, key).ok


def test_a_new_key_of_the_log_signs_from_its_entry_on_and_both_keys_verify_all(
    register: Register, tmp_path: Path
) -> None:
    before = register.propose("anna", "Anna", "Fiktiv")[0]
    sequencer.place_all()
    proofs.export(tmp_path / "export")
    kept = (tmp_path / "export/checkpoint").read_bytes()
    first, second = parse_vkey(register.vkey), new_key("log", at=register.now)
    after = register.propose("bo", "Bo", "Fiktiv")[0]
    third = new_key("log", at=register.now)
    register.propose("cia", "Cia", "Fiktiv")
    proofs.export(tmp_path / "export")
    assert proofs.log_key() == third
    note = parse_signed_checkpoint((tmp_path / "export/checkpoint").read_bytes()).note
    assert [is_signed_by(note, key) for key in (first, second, third)] == [False, False, True]
    for key in (first, second, third):
        report = verify_path(tmp_path / "export", key.text, since=kept)
        assert report.ok, report.problems
        for entry in (before, after):
            assert verified(tmp_path / "receipt", proofs.receipt(entry.id, OFFICER), key.text)
    assert audit(register.now) == ()
    assert proofs.log_file("checkpoint") == (tmp_path / "export/checkpoint").read_bytes()
    assert proofs.log_file("keys.jsonl") == (tmp_path / "export/keys.jsonl").read_bytes()


def test_the_registers_own_policy_may_name_its_keys_in_any_order_and_must_name_the_latest(
    register: Register, data: Path, tmp_path: Path
) -> None:
    keys = [f"log {each}\n" for each in (register.vkey, new_key("log", at=register.now).text)]
    sequencer.place_all()
    for lines, ends in ((keys, 0), (keys[::-1], 0), (keys[1:], 0), (keys[:1], 1)):
        (tmp_path / "policy").write_text("".join([*lines, "quorum none\n"]))
        assert habeas("check", data, HABEAS_POLICY=str(tmp_path / "policy")).returncode == ends


def test_a_new_key_of_the_log_says_who_must_be_given_it(register: Register, data: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy"
    policy.write_text(policy_text(register.vkey))
    told = habeas("new-key", data, party="log", HABEAS_POLICY=str(policy)).stdout
    sequencer.place_all()
    key = proofs.log_key().text
    assert f"Add this line to the policy {policy}, and start habeas serve and habeas work again: log {key}\n" in told
    assert "Give the key to the witnesses of the policy (alice, bob)" in told
    assert "Give it, with its fingerprint, to everybody who verifies" in told
    refused = habeas("export", data, directory=str(tmp_path / "export"), HABEAS_POLICY=str(policy))
    assert (refused.returncode, f"Add this line to it, beside those of older keys: log {key}" in refused.stderr) == (
        2,
        True,
    )
    assert "witnesses" not in habeas("new-key", data, party=SENDING).stdout


def test_a_party_signs_with_its_new_key_and_its_old_receipts_hold(register: Register, tmp_path: Path) -> None:
    before = register.propose("anna", "Anna", "Fiktiv")[0]
    key = new_key(SENDING, at=register.now)
    after = register.propose("bo", "Bo", "Fiktiv")[0]
    proofs.export(tmp_path / "export")
    report = verify_path(tmp_path / "export", register.vkey)
    assert report.ok
    assert {each.party: each.verifier for each in report.keys}[SENDING] == key
    for entry in (before, after):
        assert verified(tmp_path / "receipt", proofs.receipt(entry.id, OFFICER), register.vkey)


def test_who_has_no_key_gets_no_new_one(register: Register) -> None:
    with pytest.raises(NoSigningKey):
        new_key("nobody", at=register.now)


@ON_POSTGRESQL
def test_writers_go_on_while_the_keys_are_renewed(register: Register, tmp_path: Path) -> None:
    """Nobody signs with a key that has ended, and nobody waits for ever."""
    failed: list[Exception] = []

    def write(name: str) -> None:
        try:
            for number in range(15):
                if name == "keys":
                    new_key(("log", SENDING)[number % 2], at=START)
                else:
                    append_of_system(f"facility-{name}", TARTU, at=START)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(name,)) for name in ("keys", "one", "two", "three")]
    for each in threads:
        each.start()
    for number in range(15):
        register.propose(f"p{number}", "Anna", "Fiktiv")
        sequencer.place()
    for each in threads:
        each.join(timeout=120)
    assert failed == []
    proofs.export(tmp_path / "export")
    assert verify_path(tmp_path / "export", register.vkey).problems == ()
