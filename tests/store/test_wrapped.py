"""Each person's key is kept a second time for the monitor, and whoever is held stays in sight without it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from habeas.cli import main
from habeas.core.commands import Command
from habeas.core.entries import Actor, Role
from habeas.core.entries.oversight import ReadingKeySet
from habeas.register.canonical import from_base64
from habeas.register.sealed import PUBLIC, key_text, open_sealed, public_of
from habeas.store import keys, read, standing_audit, streams, wrapped
from habeas.store.acts import perform
from habeas.store.figures import public_figures
from habeas.store.models import Account
from tests.store.example import MONITOR, OFFICER, RECEIVER, Register, invited

SECRET, OTHER = bytes(range(32)), bytes(range(1, 33))


def give_key(register: Register, secret: bytes) -> None:
    """The monitor gives the public half, on its form."""
    if not Account.objects.filter(username=MONITOR.account).exists():
        invited(MONITOR)
    body = ReadingKeySet(public_key=key_text(PUBLIC, public_of(secret)))
    command = Command(act="set_reading_key", body=body, occurred_at=register.now, actor=MONITOR)
    perform(command, at=register.now, send_id=os.urandom(16).hex())


def opened(data: Path, name: str, secret: bytes) -> bytes | None:
    sealed = (data / "wrapped" / f"person-person-{name}.sealed").read_text("ascii")
    return open_sealed(from_base64(sealed.removesuffix("\n")) or b"", secret)


def key_of(data: Path, name: str) -> Path:
    return data / "keys" / "secret" / f"person-person-{name}.key"


def lose(data: Path, name: str) -> bytes:
    key = key_of(data, name).read_bytes()
    key_of(data, name).unlink()
    streams._KEPT.streams.clear()
    keys._opened.cache_clear()
    return key


def test_the_keys_that_were_there_are_wrapped_when_the_monitor_gives_its_own(register: Register, data: Path) -> None:
    register.propose("alice", "Alice", "Example")
    assert wrapped.standing() == (False, 1, 0)

    give_key(register, SECRET)

    assert wrapped.standing() == (True, 0, 0)
    assert opened(data, "alice", SECRET) == key_of(data, "alice").read_bytes()


def test_a_new_key_is_wrapped_before_its_first_entry_commits(register: Register, data: Path) -> None:
    give_key(register, SECRET)

    register.propose("bob", "Bob", "Example")

    assert opened(data, "bob", SECRET) == key_of(data, "bob").read_bytes()
    assert {each.name for each in (data / "wrapped").iterdir()} == {"for", "person-person-bob.sealed"}


def test_another_key_opens_what_was_sealed_before_it_only_after_its_notice(register: Register, data: Path) -> None:
    give_key(register, SECRET)
    register.propose("alice", "Alice", "Example")
    register.wait(days=100)

    give_key(register, OTHER)
    register.propose("bob", "Bob", "Example")
    register.wait(days=13, hours=23)
    wrapped.wrap_missing(register.now)

    for name in ("alice", "bob"):
        assert opened(data, name, SECRET) == key_of(data, name).read_bytes()
        assert opened(data, name, OTHER) is None

    register.wait(hours=1)
    assert wrapped.wrap_missing(register.now) == 2

    for name in ("alice", "bob"):
        assert opened(data, name, SECRET) is None
        assert opened(data, name, OTHER) == key_of(data, name).read_bytes()


def test_a_key_that_was_taken_back_within_its_notice_never_opens_anything(register: Register, data: Path) -> None:
    give_key(register, SECRET)
    register.propose("alice", "Alice", "Example")
    register.wait(days=100)
    give_key(register, OTHER)
    register.wait(days=10)
    give_key(register, SECRET)

    for days in (0, 5, 20):
        register.wait(days=days)
        wrapped.wrap_missing(register.now)
        assert wrapped.announced(register.now) is None
        assert opened(data, "alice", OTHER) is None
        assert opened(data, "alice", SECRET) == key_of(data, "alice").read_bytes()


def test_everybody_is_told_of_another_key_and_who_gave_it_as_long_as_its_notice_lasts(register: Register) -> None:
    give_key(register, SECRET)
    assert changes(register) == []
    register.wait(days=100)

    give_key(register, OTHER)

    (found,) = changes(register)
    assert (found["account"], found["party"], found["until"]) == ("monitor-1", "ee-oik", "2026-12-24")
    audit = standing_audit.kept_audit(register.now)
    last = standing_audit.last_audit(register.now)
    assert last is not None
    assert (len(audit), last.findings["audit.reading_key_changed"]) == (len(last.findings), 1)
    register.wait(days=14)
    assert changes(register) == []


def changes(register: Register) -> list[Mapping[str, object]]:
    found = standing_audit.audit(register.now)
    return [each.parameters for each in found if each.code == "audit.reading_key_changed"]


POSING = Actor(account=OFFICER.account, party=MONITOR.party, role=Role.MONITOR)


@pytest.mark.parametrize("actor", [MONITOR, POSING], ids=["nobody invited it", "it is an officer of a state"])
def test_a_key_of_a_monitor_that_the_register_does_not_know_opens_nothing(
    register: Register, data: Path, actor: Actor
) -> None:
    invited(OFFICER)
    register.versions["party-ee-oik"] = len(streams.entries("party-ee-oik"))
    register.record("party-ee-oik", ReadingKeySet(public_key=key_text(PUBLIC, public_of(OTHER))), by=actor)

    register.propose("alice", "Alice", "Example")

    assert wrapped.in_force(register.now) is None
    assert wrapped.wrap_missing(register.now) == 0
    assert not (data / "wrapped").exists()


def test_a_copy_that_is_missing_is_counted_in_public_until_it_is_made(register: Register, data: Path) -> None:
    give_key(register, SECRET)
    register.propose("alice", "Alice", "Example")
    (data / "wrapped" / "person-person-alice.sealed").unlink()

    found = public_figures("se-ee-2025", register.now).series["keys"].rows

    assert [number for _, number in found] == [0, 1, 0]
    assert wrapped.wrap_missing(register.now) == 1
    assert wrapped.standing() == (True, 0, 0)
    assert wrapped.wrap_missing(register.now) == 0


def test_whoever_is_held_is_on_the_roll_although_the_key_is_lost(register: Register, data: Path) -> None:
    for name in ("alice", "bob"):
        register.propose(name, name, "Example")
        register.hold(name)
    lose(data, "alice")

    assert read.facilities(register.now)["tartu"].on_roll == 2
    assert [each.id for each in read.roll("tartu", register.now)] == ["case-bob"]
    assert [each.id for each in read.cases(MONITOR)] == ["case-bob"]
    for actor in (MONITOR, OFFICER, RECEIVER):
        assert [(each.case, each.facility) for each in read.unreadable(actor)] == [("case-alice", "tartu")]
    assert [each.id for each in map(read.case, read.search_names("Bob", OFFICER)) if each] == ["case-bob"]
    assert [number for _, number in public_figures("se-ee-2025", register.now).series["keys"].rows] == [1, 2, 1]
    with pytest.raises(keys.KeyLost):
        read.case("case-alice")


def test_the_monitor_opens_the_wrapped_keys_and_a_lost_one_reads_again(register: Register, data: Path) -> None:
    give_key(register, SECRET)
    register.propose("alice", "Alice", "Example")
    given, secret, out = data / "wrapped-keys.txt", data / "secret.key", data / "opened"
    given.write_text(wrapped.all_wrapped())
    secret.write_text(key_text("habeas-readings-secret-1:", SECRET))
    lost = lose(data, "alice")

    assert main(["readings", "unwrap", str(given), str(out), "--secret", str(secret)]) == 0
    assert (out / key_of(data, "alice").name).read_bytes() == lost
    assert main(["readings", "unwrap", str(given), str(data / "keys" / "secret"), "--secret", str(secret)]) == 0
    assert read.case("case-alice") is not None

    secret.write_text(key_text("habeas-readings-secret-1:", OTHER))
    assert main(["readings", "unwrap", str(given), str(out), "--secret", str(secret)]) == 1
