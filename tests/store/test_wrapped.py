"""Each person's key is kept a second time for the monitor, and whoever is held stays in sight without it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from habeas.cli import main
from habeas.core.commands import Command
from habeas.core.entries.oversight import ReadingKeySet
from habeas.register.canonical import from_base64
from habeas.register.sealed import PUBLIC, key_text, open_sealed, public_of
from habeas.store import keys, read, streams, wrapped
from habeas.store.acts import perform
from habeas.store.figures import public_figures
from tests.store.example import MONITOR, OFFICER, RECEIVER, Register

SECRET, OTHER = bytes(range(32)), bytes(range(1, 33))


def give_key(register: Register, secret: bytes) -> None:
    """The monitor gives the public half, on its form."""
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


def test_another_key_of_the_monitors_opens_all_and_the_old_one_none(register: Register, data: Path) -> None:
    give_key(register, SECRET)
    register.propose("alice", "Alice", "Example")

    give_key(register, OTHER)

    assert opened(data, "alice", SECRET) is None
    assert opened(data, "alice", OTHER) == key_of(data, "alice").read_bytes()


def test_a_copy_that_is_missing_is_counted_in_public_until_it_is_made(register: Register, data: Path) -> None:
    give_key(register, SECRET)
    register.propose("alice", "Alice", "Example")
    (data / "wrapped" / "person-person-alice.sealed").unlink()

    found = public_figures("se-ee-2025", register.now).series["keys"].rows

    assert [number for _, number in found] == [0, 1, 0]
    assert wrapped.wrap_missing() == 1
    assert wrapped.standing() == (True, 0, 0)
    assert wrapped.wrap_missing() == 0


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
