"""The standing audit finds one thing that was changed, whichever it is, and names no value."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from habeas.store import memory, sequencer, streams
from habeas.store.keys import key_folder
from habeas.store.models import AuditRow, LogRow
from habeas.store.standing_audit import audit, audit_daily, last_audit
from tests import postgres
from tests.store.example import Register
from tests.store.test_memory import grown
from tests.store.test_restore import lived
from tests.store.test_server import habeas

AT = datetime(2026, 9, 1, 8, 0, 1, tzinfo=UTC)
BOB = "(SELECT ticket FROM (SELECT * FROM store_logrow) AS l WHERE l.stream = 'case-bob' AND l.version = 0)"


def changed(table: str, statement: str) -> None:
    """As the owner of the tables can, having switched off what refuses it."""
    if connection.vendor == "postgresql":
        postgres.as_owner(str(connection.settings_dict["NAME"]), f"ALTER TABLE {table} DISABLE TRIGGER USER")
        postgres.as_owner(str(connection.settings_dict["NAME"]), statement)
        return
    with connection.cursor() as cursor:
        names = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s"
        cursor.execute(names, [table])
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name}")
        cursor.execute("PRAGMA foreign_keys = OFF")
        cursor.execute(statement)


def bytes_of(text: str) -> str:
    """How the database writes these bytes."""
    return f"'\\x{text}'" if connection.vendor == "postgresql" else f"x'{text}'"


def codes() -> set[str]:
    return {each.code for each in audit(AT)}


def test_a_sound_register_has_no_findings(register: Register, data: Path) -> None:
    lived(register)

    assert audit(AT) == ()
    done = habeas("check", data, format="json")
    assert (done.returncode, json.loads(done.stdout)["findings"]) == (0, [])


CHANGES = {
    "leaf": ("store_logrow", f"UPDATE store_logrow SET leaf = {{bytes}} WHERE ticket = {BOB}", "audit.leaf_changed"),
    "leaf_hash": (
        "store_logrow",
        f"UPDATE store_logrow SET leaf_hash = {{bytes}} WHERE ticket = {BOB}",
        "audit.leaf_changed",
    ),
    "sealed": (
        "store_logrow",
        f"UPDATE store_logrow SET sealed = {{bytes}} WHERE ticket = {BOB}",
        "audit.content_changed",
    ),
    "a clear column": (
        "store_logrow",
        f"UPDATE store_logrow SET account = 'somebody-else' WHERE ticket = {BOB}",
        "audit.content_changed",
    ),
    "a node": ("store_noderow", "UPDATE store_noderow SET hash = {bytes}", "audit.node_changed"),
    "a node that is gone": ("store_noderow", "DELETE FROM store_noderow", "audit.node_changed"),
    "a checkpoint": (
        "store_checkpointrow",
        "UPDATE store_checkpointrow SET note = 'nothing'",
        "audit.checkpoint_changed",
    ),
    "the last checkpoint is gone": (
        "store_checkpointrow",
        "DELETE FROM store_checkpointrow WHERE size = (SELECT MAX(size) FROM store_checkpointrow)",
        "audit.checkpoint_missing",
    ),
    "a read model": ("store_caserow", "UPDATE store_caserow SET answers = 'somebody-else'", "server.differed"),
    "the end": ("store_headrow", "UPDATE store_headrow SET size = size + 1", "audit.head_differs"),
    "a file of evidence": (
        "store_evidencefile",
        "UPDATE store_evidencefile SET sealed = {bytes}",
        "audit.file_changed",
    ),
    "a file that is gone": ("store_evidencefile", "DELETE FROM store_evidencefile", "audit.file_changed"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_one_thing_that_was_changed_is_found(register: Register, change: str) -> None:
    lived(register)
    table, statement, code = CHANGES[change]

    changed(table, statement.replace("{bytes}", bytes_of("00" * 32)))

    found = audit(AT)
    assert code in {each.code for each in found}
    assert "Example" not in repr(found)


def test_a_row_that_was_deleted_is_found(register: Register) -> None:
    lived(register)
    ticket = LogRow.objects.get(stream="case-bob", version=0).ticket
    if connection.vendor == "postgresql":
        changed("store_placerow", f"DELETE FROM store_placerow WHERE ticket = {ticket}")
    changed("store_logrow", f"DELETE FROM store_logrow WHERE ticket = {ticket}")

    assert {"audit.place_missing", "audit.head_differs"} <= codes()


def test_a_lost_key_is_named_with_its_entry(register: Register, data: Path) -> None:
    lived(register)
    entry = streams.entries("case-bob")[0]
    (data / "keys" / "secret" / "person-person-bob.key").unlink()
    key_folder()._ciphers.clear()

    found = [each.parameters for each in audit(AT) if each.code == "audit.key_lost"]

    assert {"entry": entry.id, "key": "person-person-bob"} in found


def test_what_waits_too_long_or_is_behind_is_found(register: Register, data: Path) -> None:
    if connection.vendor == "postgresql":
        sequencer.place_all()
        register.propose("bob", "Bob", "Example")
        late = {each.code for each in audit(AT + timedelta(seconds=10))}
        assert late == {"audit.pending_late"}
    grown(register, data)

    assert "server.behind" in codes()


def test_the_command_says_it_in_both_languages_and_ends_with_1(register: Register, data: Path) -> None:
    lived(register)
    changed("store_headrow", "UPDATE store_headrow SET size = size + 1")

    english, spanish = habeas("check", data, lang="en"), habeas("check", data, lang="es")

    assert (english.returncode, spanish.returncode) == (1, 1)
    assert "The register says that it ends at" in english.stdout
    assert "El registro dice que acaba en" in spanish.stdout


def test_what_is_recorded_and_given_out_while_it_audits_is_no_finding_and_waits_for_nobody(
    register: Register, data: Path
) -> None:
    lived(register)
    threads: list[threading.Thread] = []

    def write(_done: int, _size: int) -> None:
        if not threads:
            threads.append(threading.Thread(target=recorded, args=(register,)))
            threads[0].start()
            threads[0].join(15)

    assert audit(AT, write) == ()
    assert [each.is_alive() for each in threads] == [False]
    assert streams.entries("case-berta")


def recorded(register: Register) -> None:
    try:
        register.propose("berta", "Berta", "Beispiel")
        sequencer.place_all()
        assert memory.published() is not None
    finally:
        connection.close()


def test_two_who_would_audit_at_once_audit_once(register: Register, data: Path) -> None:
    lived(register)

    def audited() -> None:
        try:
            audit_daily(AT)
        finally:
            connection.close()

    threads = [threading.Thread(target=audited) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)

    assert AuditRow.objects.count() == 1


def test_an_audit_is_kept_once_a_day_and_can_t_be_changed(register: Register) -> None:
    sequencer.place_all()
    assert last_audit() is None
    audit_daily(AT)
    audit_daily(AT + timedelta(hours=23))
    assert AuditRow.objects.count() == 1
    audit_daily(AT + timedelta(hours=24))
    assert AuditRow.objects.count() == 2
    kept = last_audit()
    assert kept is not None
    assert (kept.at, kept.findings) == (AT + timedelta(hours=24), {})
    for change in (lambda: AuditRow.objects.update(size=0), lambda: AuditRow.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_what_was_found_is_kept_by_its_kind_alone(register: Register, data: Path) -> None:
    lived(register)
    changed("store_logrow", f"UPDATE store_logrow SET account = 'somebody' WHERE ticket = {BOB}")
    habeas("check", data)
    kept = last_audit()
    assert kept is not None
    assert kept.findings == {"audit.content_changed": 1, "audit.models_unchecked": 1}
