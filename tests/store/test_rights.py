"""On PostgreSQL the application can only add to the record: the database refuses the rest, whoever has taken it over."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from habeas.core.messages import Message
from habeas.speech import say
from habeas.store import rights
from tests import postgres
from tests.store.conftest import _database
from tests.store.example import Register
from tests.store.test_begin import FILE
from tests.store.test_server import habeas, said

pytestmark = pytest.mark.parametrize("data", ["postgresql"], indirect=True)
SERVING = {"HABEAS_SECRET_KEY": "k" * 50, "HABEAS_HOSTS": "habeas.example"}
CHANGES = (
    "UPDATE {table} SET {column} = {column}",
    "DELETE FROM {table}",
    "TRUNCATE {table} CASCADE",
    "ALTER TABLE {table} ADD extra integer",
    "DROP TABLE {table} CASCADE",
    "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "DROP TRIGGER {table}_no_change ON {table}",
    "CREATE TRIGGER mine BEFORE INSERT ON {table} EXECUTE FUNCTION store_append_only()",
    "CREATE RULE mine AS ON INSERT TO {table} DO INSTEAD NOTHING",
    "LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE",
)
OTHERWISE = (
    "SET session_replication_role = replica",
    f"SET ROLE {postgres.OWNER}",
    f"GRANT {postgres.OWNER} TO {postgres.APPLICATION}",
    "CREATE TABLE mine (id integer)",
    "CREATE TEMPORARY TABLE mine (id integer)",
    "CREATE SCHEMA mine",
    "CREATE OR REPLACE FUNCTION store_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
    "SELECT setval(pg_get_serial_sequence('store_logrow', 'ticket'), 1)",
    "UPDATE django_migrations SET name = name",
    "UPDATE store_account SET role = 'monitor'",
    "UPDATE store_account SET party = party",
    "UPDATE store_account SET facility = facility",
    "UPDATE store_account SET username = username",
    "UPDATE store_account SET id = id",
    "DELETE FROM store_account",
)


def columns(table: str) -> str:
    """The first column of a table, quoted."""
    with connection.cursor() as cursor:
        return f'"{connection.introspection.get_table_description(cursor, table)[0].name}"'


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def name() -> str:
    return str(connection.settings_dict["NAME"])


@pytest.mark.parametrize("table", rights.RECORD)
@pytest.mark.parametrize("change", CHANGES)
def test_the_application_can_not_change_the_record_nor_what_guards_it(
    register: Register, table: str, change: str
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {table}")
        before = cursor.fetchone()

    with pytest.raises(DatabaseError, match=r"permission denied|must be owner"), transaction.atomic():
        execute(change.format(table=table, column=columns(table)))

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {table}")
        assert cursor.fetchone() == before


@pytest.mark.parametrize("statement", OTHERWISE)
def test_the_application_can_not_get_around_it(register: Register, statement: str) -> None:
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner|must have admin"), transaction.atomic():
        execute(statement)


@pytest.mark.parametrize("table", rights.RECORD)
@pytest.mark.parametrize("change", CHANGES[:3])
@pytest.mark.parametrize("replica", ["SET session_replication_role = origin", "SET session_replication_role = replica"])
def test_triggers_refuse_even_a_superuser_who_replicates(
    register: Register, table: str, change: str, replica: str
) -> None:
    change = change.format(table=table, column=columns(table))
    with psycopg.connect(**postgres._parameters(postgres.settings_of(name())), autocommit=True) as superuser:
        superuser.execute(replica)
        with pytest.raises(psycopg.Error, match=r"append-only"):
            superuser.execute(change)


def test_every_table_that_is_named_is_there_and_none_of_the_record_has_more_than_to_be_read_and_added_to(
    data: Path,
) -> None:
    known = {each._meta.db_table for each in apps.get_models(include_auto_created=True)} | {"django_migrations"}

    assert set(rights.RIGHTS) <= known
    assert not set(rights.RECORD) & set(rights.RIGHTS)


def test_rights_are_those_that_are_written_and_granting_them_again_changes_nothing(data: Path) -> None:
    assert rights.excess() == ()
    postgres.as_owner(name(), f"GRANT ALL ON store_logrow, store_caserow TO {postgres.APPLICATION}")
    postgres.as_owner(name(), f"GRANT UPDATE (hash) ON store_noderow TO {postgres.APPLICATION}")
    postgres.as_owner(name(), f"GRANT UPDATE (role) ON store_account TO {postgres.APPLICATION}")
    postgres.as_owner(name(), "ALTER TABLE store_noderow DISABLE TRIGGER ALL")

    found = rights.excess()

    assert found == (
        "store_account: UPDATE (role)",
        *(f"store_caserow: {each}" for each in ("REFERENCES", "TRIGGER", "TRUNCATE")),
        *(f"store_logrow: {each}" for each in ("DELETE", "REFERENCES", "TRIGGER", "TRUNCATE", "UPDATE")),
        "store_noderow: UPDATE (hash)",
        "store_noderow: a trigger that is off",
    )

    with _database(postgres.settings_of(name(), postgres.OWNER)):
        rights.grant("default", postgres.APPLICATION)
    assert rights.excess() == ("store_noderow: a trigger that is off",)


@pytest.mark.parametrize("command", ["serve", "work"])
def test_pages_are_not_served_by_a_role_that_could_change_the_record(
    register: Register, data: Path, command: str
) -> None:
    postgres.as_owner(name(), f"GRANT DELETE ON store_logrow TO {postgres.APPLICATION}")
    done = habeas(command, data, **SERVING)
    assert (done.returncode, done.stderr) == (2, said("too_many_rights", rights="store_logrow: DELETE"))

    with_owner = habeas(command, data, **SERVING, HABEAS_DATABASE_OWNER=postgres.url_of(name(), postgres.OWNER))
    assert (with_owner.returncode, with_owner.stderr) == (2, said("owner_at_hand"))


@pytest.fixture
def nothing_yet() -> Iterator[str]:
    """A database without tables."""
    database = f"habeas_new_{secrets.token_hex(4)}"
    postgres.create(database)
    yield database
    postgres.run(f"DROP DATABASE {database} WITH (FORCE)")


def test_a_register_begins_by_the_owner_and_the_application_gets_its_rights(
    data: Path, nothing_yet: str, tmp_path: Path
) -> None:
    file = tmp_path / "register.toml"
    file.write_text(FILE, encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("HABEAS_", "DJANGO_"))} | {
        "LC_ALL": "en",
        "HABEAS_DATA": str(tmp_path / "new"),
        "HABEAS_DATABASE": postgres.url_of(nothing_yet, postgres.APPLICATION),
    }
    owner = {"HABEAS_DATABASE_OWNER": postgres.url_of(nothing_yet, postgres.OWNER)}

    def habeas(*words: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "habeas.cli", *map(str, words)]
        return subprocess.run(command, env=environment | more, capture_output=True, text=True, check=False, timeout=120)

    without = habeas("begin", file)
    begun = habeas("begin", file, **owner)
    again = habeas("rebuild", "--migrate", **owner)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        served = habeas("serve", "--port", str(port), **SERVING)

    assert (without.returncode, without.stderr) == (2, said("no_owner"))
    assert (begun.returncode, begun.stderr) == (0, "")
    assert again.returncode == 0
    assert served.stderr.splitlines()[0] == say(Message("server.serving", {"port": str(port)}), "en")
