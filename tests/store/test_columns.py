"""What a column can't hold is refused where the database can, stops nothing where it is there, and is named."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from habeas.store import columns, projections, sequencer, witnessed
from habeas.store.backup import backup
from habeas.store.figures import public_figures
from habeas.store.keys import EndChanged
from habeas.store.models import AuditRow, LogRow, SentForm
from habeas.store.standing_audit import audit, last_audit
from tests import postgres
from tests.store.conftest import ON_POSTGRESQL
from tests.store.example import Register
from tests.store.test_standing_audit import changed

AT = datetime(2026, 9, 1, 8, 0, 1, tzinfo=UTC)
AUDITED = "INSERT INTO store_auditrow (at, size, findings) VALUES ({at}, 1, '{{}}')"

NO_MOMENTS = ["infinity", "-infinity", "10000-01-01 00:00Z", "0044-03-15 00:00Z BC"]


def execute(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@ON_POSTGRESQL
@pytest.mark.parametrize("moment", NO_MOMENTS)
def test_the_application_can_write_no_moment_that_is_none(register: Register, moment: str) -> None:
    with pytest.raises(DatabaseError, match="violates check constraint"):
        execute(AUDITED.format(at=f"'{moment}'"))
    with pytest.raises(DatabaseError, match="violates check constraint"):
        execute(f"INSERT INTO store_usednonce (digest, at) VALUES ('n', '{moment}')")


@ON_POSTGRESQL
@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_the_application_can_write_no_number_that_is_none(register: Register, number: str) -> None:
    with pytest.raises(DatabaseError, match="violates check constraint"):
        execute(f"INSERT INTO store_deskbucket VALUES ('one', '{number}', now(), 0)")


@ON_POSTGRESQL
def test_what_refuses_it_is_missed_when_it_is_gone_or_says_less(register: Register) -> None:
    name, guard = str(connection.settings_dict["NAME"]), "auditrow_at_is_one"
    assert columns.unguarded() == []

    postgres.as_owner(name, f"ALTER TABLE store_auditrow DROP CONSTRAINT {guard}")
    postgres.as_owner(name, f"ALTER TABLE store_auditrow ADD CONSTRAINT {guard} CHECK (at IS NOT NULL)")

    found = [(each.code, each.parameters) for each in audit(AT)]
    assert found == [("audit.guard_off", {"table": "store_auditrow", "column": "at"})]


@pytest.mark.parametrize(
    ("data", "moment"),
    [
        *[(each, moment) for each in ("sqlite", "postgresql") for moment in NO_MOMENTS],
        ("sqlite", "2026-02-30"),  # PostgreSQL has no such moment at all
    ],
    indirect=["data"],
)
def test_a_moment_that_is_none_is_read_as_one_long_ago_and_named(register: Register, moment: str) -> None:
    changed("store_auditrow", AUDITED.format(at=f"'{moment}'"))

    (row,) = AuditRow.objects.all()

    assert row.at.year == 2
    assert row.at.astimezone(UTC) == row.at
    assert (last := last_audit(AT)) is None or last == row
    told = {"table": "store_auditrow", "key": str(row.pk), "column": "at"}
    assert [each.parameters for each in audit(AT) if each.code == "audit.column_broken"] == [told]


def test_every_column_of_every_table_is_looked_at(register: Register) -> None:
    """Of SQLite by its kind; PostgreSQL sees to the others itself."""
    kinds = {
        (field.db_type(connection) or "").lower().replace("(", " ").partition(" ")[0]
        for model in apps.get_models()
        for field in model._meta.concrete_fields
    }
    known = set(columns.HOLDS[connection.vendor])
    of_postgresql = {"varchar", "char", "text", "bytea", "integer", "bigint", "smallint", "boolean", "jsonb"}
    assert kinds - known == (kinds & of_postgresql if connection.vendor == "postgresql" else set())
    assert list(columns.broken()) == []


@pytest.mark.parametrize("tickets", ["5", '{"a": "b"}', '["x"]', "[99999999999999999999999]", "null"])
def test_a_form_that_names_no_entries_stops_no_backup(register: Register, tmp_path: Path, tickets: str) -> None:
    execute(f"INSERT INTO store_sentform (account, send_id, tickets) VALUES ('officer-1', 's', '{tickets}')")

    assert backup(tmp_path / "backup") == LogRow.objects.count()
    assert (SentForm.objects.get().tickets, list(columns.broken())) == ([], [])


ENDS = {
    "where it ends": ("store_headrow", "edge = 'text'"),
    "how far": ("store_headrow", "size = 'x'"),
    "where a chain ends": ("store_signerrow", "previous = 'text'"),
    "its counter": ("store_signerrow", "counter = 'x'"),
}


@pytest.mark.parametrize("data", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("table", "change"), ENDS.values(), ids=ENDS)
def test_nothing_is_recorded_after_an_end_that_is_none_until_it_is_rebuilt(
    register: Register, table: str, change: str
) -> None:
    changed(table, f"UPDATE {table} SET {change}")

    with pytest.raises(EndChanged):
        register.propose("alice", "Alice", "Example")

    assert {each.code for each in audit(AT)} >= {"audit.column_broken"}
    projections.rebuild()
    assert list(columns.broken()) == []
    assert register.propose("alice", "Alice", "Example")


def test_the_last_moment_that_is_none_is_made_again(register: Register) -> None:
    register.propose("alice", "Alice", "Example")
    sequencer.place_all()
    never = "'infinity'" if connection.vendor == "postgresql" else "'never'"
    changed("store_headrow", f"UPDATE store_headrow SET recorded_at = {never}")
    assert {each.code for each in audit(AT)} == {"audit.column_broken", "audit.head_moment"}

    assert [each.table for each in projections.rebuild().differences] == ["HeadRow"]

    assert audit(AT) == ()


def test_a_cosignature_of_no_time_holds_nothing_up(register: Register) -> None:
    sequencer.place_all()
    never = "'infinity'" if connection.vendor == "postgresql" else "'never'"
    changed(
        "store_cosignaturerow",
        f"INSERT INTO store_cosignaturerow (size, witness, line, at, recorded) VALUES (1, 'w', 'l', {never}, {never})",
    )

    (entry,) = register.propose("alice", "Alice", "Example")

    assert entry.recorded_at == register.now
    assert witnessed.published_note()
    assert {(table, column) for table, _, column in columns.broken()} == {
        ("store_cosignaturerow", "at"),
        ("store_cosignaturerow", "recorded"),
    }


def test_a_case_that_ended_at_no_time_is_counted_with_what_is_oldest(register: Register) -> None:
    register.propose("alice", "Alice", "Example")
    sequencer.place_all()
    never = "'infinity'" if connection.vendor == "postgresql" else "'never'"
    changed("store_caserow", f"UPDATE store_caserow SET ended_at = {never}, is_open = false")

    assert public_figures("se-ee-2025", datetime.now(UTC))
