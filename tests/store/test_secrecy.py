"""What lies on the disk in clear, what is kept apart from the database, and what can't be changed."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet

from habeas.store import evidence, keys, sequencer, streams
from habeas.store.keys import KeyLost, SealBroken
from habeas.store.models import CheckpointRow, LogRow, NodeRow
from tests import postgres
from tests.store.example import ORIGIN, Register, proposed

SECRETS = ("Zebulonia", "Quillfeather", "home file of Zebulonia", "an invented reason", "Inspector Quill")


def files_with(folder: Path, text: str) -> list[str]:
    """The names of the files below a folder, and of the tables of a database elsewhere, that hold the text in clear."""
    forms = (text.encode("utf-8"), text.encode("utf-16-le"), text.encode("utf-8").hex().encode())
    files = [(path.name, path.read_bytes()) for path in folder.rglob("*") if path.is_file()]
    tables = list(tables_as_text()) if connection.vendor == "postgresql" else []
    return [name for name, data in [*files, *tables] if any(form in data for form in forms)]


def tables_as_text() -> Iterator[tuple[str, bytes]]:
    """Every table with all its rows as PostgreSQL writes them: bytes as hexadecimal digits."""
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT string_agg(t::text, chr(10)) FROM "{table}" AS t')
            yield table, (cursor.fetchone()[0] or "").encode()


@pytest.mark.parametrize("secret", SECRETS)
def test_no_identifying_value_lies_in_clear_in_the_database_or_its_log(
    register: Register, data: Path, secret: str
) -> None:
    register.propose("alice", "Zebulonia", "Quillfeather")
    register.hold("alice")

    assert files_with(data, ORIGIN) != []
    assert connection.vendor != "sqlite" or (data / "habeas.sqlite3-wal").stat().st_size > 0
    assert files_with(data, secret) == []


def test_keys_lie_outside_the_database_for_the_owner_alone(register: Register, data: Path) -> None:
    register.propose("alice", "Alice", "Example")

    files = [path for path in (data / "keys").rglob("*") if path.is_file()]

    assert "person-person-alice.key" in {path.name for path in files}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_the_key_is_on_the_disk_before_the_entry_commits(register: Register, data: Path) -> None:
    with transaction.atomic():
        register.propose("alice", "Alice", "Example")
        transaction.set_rollback(True)

    assert (data / "keys" / "secret" / "person-person-alice.key").exists()
    assert not LogRow.objects.filter(stream="case-alice").exists()


NO_TRIGGER = {
    "sqlite": "DROP TRIGGER store_logrow_no_UPDATE",
    "postgresql": "ALTER TABLE store_logrow DISABLE TRIGGER store_logrow_no_change",
}


def tamper(statement: str) -> None:
    """Change the tables as somebody who owns them can, having switched off what refuses it."""
    for each in (NO_TRIGGER[connection.vendor], statement):
        if connection.vendor == "postgresql":
            postgres.as_owner(str(connection.settings_dict["NAME"]), each)
        else:
            with connection.cursor() as cursor:
                cursor.execute(each)


def as_a_new_process() -> None:
    """Forget what was read into memory: entries and keys."""
    streams._KEPT.streams.clear()
    streams._KEPT.count = 0
    keys._opened.cache_clear()


def test_a_lost_key_is_an_error_that_names_it(register: Register, data: Path) -> None:
    recorded = register.propose("alice", "Alice", "Example")
    as_a_new_process()
    assert streams.entries("case-alice") == recorded
    (data / "keys" / "secret" / "person-person-alice.key").unlink()
    as_a_new_process()

    with pytest.raises(KeyLost, match="person-person-alice"):
        streams.entries("case-alice")


def test_a_lost_key_is_never_replaced_by_a_new_one(register: Register, data: Path) -> None:
    register.propose("alice", "Alice", "Example")
    (data / "keys" / "secret" / "person-person-alice.key").unlink()
    as_a_new_process()

    with pytest.raises(KeyLost, match="person-person-alice"):
        register.record("case-other", proposed("Alice", "Example"), person="person-alice")


def update(rows: QuerySet[LogRow]) -> None:
    """Overwrite the last column of every row."""
    rows.update(**{rows.model._meta.concrete_fields[-1].attname: b"changed"})


def delete(rows: QuerySet[LogRow]) -> None:
    """Delete every row, whatever refers to it."""
    rows._raw_delete("default")


@pytest.mark.parametrize("model", [LogRow, CheckpointRow, NodeRow])
@pytest.mark.parametrize("change", [update, delete])
def test_the_database_refuses_to_change_or_delete_what_was_recorded(
    register: Register, model: type[LogRow], change: Callable[[QuerySet[LogRow]], None]
) -> None:
    register.fill(260)
    sequencer.place_all()
    rows = model.objects.all()
    before = list(rows.values())
    assert before != []

    with pytest.raises(DatabaseError, match=r"append-only|permission denied"), transaction.atomic():
        change(rows)

    assert list(rows.values()) == before


@pytest.mark.parametrize(
    ("column", "value"),
    [("kind", "released"), ("occurred_at", "2020-01-01 00:00:00+00:00"), ("account", "somebody-else"), ("version", 7)],
)
def test_a_row_changed_behind_the_back_of_the_triggers_does_not_open(
    register: Register, column: str, value: object
) -> None:
    register.propose("alice", "Alice", "Example")
    as_a_new_process()
    tamper(f"UPDATE store_logrow SET {column} = '{value}' WHERE stream = 'case-alice'")

    with pytest.raises(SealBroken):
        streams.entries("case-alice")


def test_a_file_of_another_entry_in_its_place_does_not_open(register: Register) -> None:
    alice = register.propose("alice", "Alice", "Example")[0]
    bob = register.propose("bob", "Bob", "Example")[0]
    evidence.keep(alice, b"a letter about Alice")
    evidence.keep(bob, b"a letter about Bob")
    of_bob = f"SELECT sealed FROM store_evidencefile WHERE entry_id = '{bob.id}'"
    tamper(f"UPDATE store_evidencefile SET sealed = ({of_bob}) WHERE entry_id = '{alice.id}'")

    with pytest.raises(SealBroken):
        evidence.evidence_file(alice.id)
