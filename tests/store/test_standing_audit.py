"""The standing audit finds one thing that was changed, whichever it is, and names no value."""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from habeas.speech import say
from habeas.store import memory, sequencer, streams
from habeas.store.keys import key_folder
from habeas.store.models import AuditRow, LogRow
from habeas.store.rights import RECORD
from habeas.store.standing_audit import audit, audit_daily, kept_audit, last_audit
from tests import postgres
from tests.store.conftest import ON_POSTGRESQL
from tests.store.example import Register
from tests.store.test_begin import FILE as DESCRIBED
from tests.store.test_memory import grown
from tests.store.test_restore import lived
from tests.store.test_server import habeas

AT = datetime(2026, 9, 1, 8, 0, 1, tzinfo=UTC)
BROKEN_LEAF = {"register.leaf_broken", "register.leaf_not_canonical", "register.chain_gap"}
ENDS_WRONG = {"audit.head_differs"}
FILE = "audit.file_changed"
BOB = "(SELECT ticket FROM (SELECT * FROM store_logrow) AS l WHERE l.stream = 'case-bob' AND l.version = 0)"


def changed(table: str, statement: str) -> None:
    """As the owner of the tables can, who switches off what refuses it, and on again."""
    if connection.vendor == "postgresql":
        name = str(connection.settings_dict["NAME"])
        postgres.as_owner(name, f"ALTER TABLE {table} DISABLE TRIGGER USER")
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE conrelid = %s::regclass AND contype = 'c' AND NOT convalidated",
                [table],
            )
            guards = cursor.fetchall()
        for guard, _ in guards:
            postgres.as_owner(name, f"ALTER TABLE {table} DROP CONSTRAINT {guard}")
        postgres.as_owner(name, statement)
        for guard, definition in guards:
            postgres.as_owner(name, f"ALTER TABLE {table} ADD CONSTRAINT {guard} {definition}")
        if table in RECORD:
            postgres.as_owner(name, f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_change")
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table])
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        cursor.execute("PRAGMA foreign_keys = OFF")
        cursor.execute(statement)
        for _, sql in triggers:
            cursor.execute(sql)


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


def of_bob(table: str, change: str) -> tuple[str, str]:
    return table, f"UPDATE {table} SET {change} WHERE ticket = {BOB}"


LEAF, CONTENT, MODELS = "audit.leaf_changed", "audit.content_changed", "audit.models_unchecked"
COLUMN = "audit.column_broken"
UNCHECKED = "audit.part_unchecked"
"""What else rests on the damaged row: which, depends on what was read before."""
DAMAGES: dict[str, tuple[tuple[str, str], set[str]]] = {
    "a leaf": (of_bob("store_logrow", "leaf = {bytes}"), {LEAF, CONTENT, *BROKEN_LEAF}),
    "the hash of a leaf": (of_bob("store_logrow", "leaf_hash = {bytes}"), {LEAF, CONTENT, MODELS}),
    "a sealed part": (of_bob("store_logrow", "sealed = {bytes}"), {CONTENT, MODELS}),
    "a clear column": (of_bob("store_logrow", "account = 'somebody-else'"), {CONTENT, MODELS}),
    "a kind": (of_bob("store_logrow", "kind = 'nothing'"), {CONTENT, MODELS}),
    "an entry of a party": (
        ("store_logrow", "UPDATE store_logrow SET role = 'x' WHERE kind = 'account_invited'"),
        {CONTENT},
    ),
    "who introduced a key": (
        (
            "store_logrow",
            "UPDATE store_logrow SET sealed = {bytes} WHERE ticket = (SELECT MAX(ticket) FROM store_logrow WHERE kind = 'key_added')",
        ),
        {CONTENT, "audit.introduction_unreadable"},
    ),
    "a moment of an entry": (of_bob("store_logrow", "recorded_at = {never}"), {COLUMN, CONTENT, MODELS}),
    "a moment of a case": (
        ("store_caserow", "UPDATE store_caserow SET opened_at = {never}"),
        {COLUMN, "server.differed"},
    ),
    "the last moment is none": (
        ("store_headrow", "UPDATE store_headrow SET recorded_at = {never}"),
        {COLUMN, "audit.head_moment"},
    ),
    "a moment of a cosignature": (
        ("store_cosignaturerow", "UPDATE store_cosignaturerow SET at = {never}"),
        {COLUMN, "audit.cosignature_broken"},
    ),
    "a node": (("store_noderow", "UPDATE store_noderow SET hash = {bytes}"), {"audit.node_changed"}),
    "a node that is gone": (("store_noderow", "DELETE FROM store_noderow"), {"audit.node_changed"}),
    "a node too many": (
        ("store_noderow", 'INSERT INTO store_noderow (level, "index", hash) VALUES (1, 7, {bytes})'),
        {"audit.nodes_extra"},
    ),
    "a checkpoint that doesn't parse": (
        (
            "store_checkpointrow",
            "UPDATE store_checkpointrow SET note = 'nothing' WHERE size = (SELECT MIN(size) FROM store_checkpointrow)",
        ),
        {"audit.checkpoint_changed"},
    ),
    "the last checkpoint": (
        ("store_checkpointrow", "UPDATE store_checkpointrow SET note = 'nothing' WHERE size = {size}"),
        {"audit.checkpoint_changed", "audit.checkpoint_missing", "audit.cosignature_broken"},
    ),
    "the last checkpoint is gone": (
        ("store_checkpointrow", "DELETE FROM store_checkpointrow WHERE size = {size}"),
        {"audit.checkpoint_missing", "audit.cosignature_broken"},
    ),
    "a cosignature": (
        ("store_cosignaturerow", "UPDATE store_cosignaturerow SET line = 'nothing'"),
        {"audit.cosignature_broken"},
    ),
    "a witness": (
        ("store_cosignaturerow", "UPDATE store_cosignaturerow SET witness = 'nobody'"),
        {"audit.cosignature_broken"},
    ),
    "a case": (("store_caserow", "UPDATE store_caserow SET answers = 'somebody-else'"), {"server.differed"}),
    "a stint": (("store_stintrow", "DELETE FROM store_stintrow"), {"server.differed"}),
    "the size": (("store_headrow", "UPDATE store_headrow SET size = size + 1"), ENDS_WRONG),
    "a size below nothing": (("store_headrow", "UPDATE store_headrow SET size = -5"), ENDS_WRONG),
    "a size that is far off": (("store_headrow", "UPDATE store_headrow SET size = 900000000000"), ENDS_WRONG),
    "the edge": (("store_headrow", "UPDATE store_headrow SET edge = {bytes}"), ENDS_WRONG),
    "the name": (("store_headrow", "UPDATE store_headrow SET origin = 'other.example/log'"), {"audit.head_origin"}),
    "the last moment": (
        ("store_headrow", "UPDATE store_headrow SET recorded_at = '2031-01-01 00:00:00+00:00'"),
        {"audit.head_moment"},
    ),
    "no head": (("store_headrow", "DELETE FROM store_headrow"), {"audit.heads"}),
    "two heads": (
        (
            "store_headrow",
            "INSERT INTO store_headrow SELECT 'z.example/log', size, edge, recorded_at FROM store_headrow",
        ),
        {"audit.heads"},
    ),
    "a file of evidence": (("store_evidencefile", "UPDATE store_evidencefile SET sealed = {bytes}"), {FILE}),
    "a file that is gone": (("store_evidencefile", "DELETE FROM store_evidencefile"), {FILE}),
}


def damaged(table: str, statement: str) -> None:
    never = "'infinity'" if connection.vendor == "postgresql" else "'never'"
    filled = {"{bytes}": bytes_of("00" * 32), "{size}": str(LogRow.objects.count()), "{never}": never}
    for name, value in filled.items():
        statement = statement.replace(name, value)
    changed(table, statement)


@pytest.mark.parametrize("damage", DAMAGES)
def test_each_damage_is_found_and_what_is_damaged_beside_it_too(register: Register, damage: str) -> None:
    lived(register)
    (table, statement), wanted = DAMAGES[damage]

    if damage == "two heads":
        changed(table, "DROP INDEX one_end")
    damaged(table, statement)

    assert codes() - {UNCHECKED} == wanted
    damaged("store_familywordrow", f"INSERT INTO store_familywordrow VALUES ('{'0' * 64}', 'case-nobody')")
    found = audit(AT)
    assert {each.code for each in found} - {UNCHECKED} == wanted | {"server.differed"}
    assert "Example" not in repr(found)
    for language in ("en", "es"):
        assert not [each.code for each in found if say(each, language) in (each.code, "")]


def test_a_row_that_was_deleted_is_found(register: Register) -> None:
    lived(register)
    ticket = LogRow.objects.get(stream="case-bob", version=0).ticket
    if connection.vendor == "postgresql":
        changed("store_placerow", f"DELETE FROM store_placerow WHERE ticket = {ticket}")
    changed("store_logrow", f"DELETE FROM store_logrow WHERE ticket = {ticket}")

    assert codes() == {"audit.place_missing", "register.chain_gap", "audit.models_unchecked"}
    damaged("store_noderow", "UPDATE store_noderow SET level = 2")
    assert "audit.nodes_extra" in codes()


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
            threads[0].join(120)

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
        each.join(120)

    assert AuditRow.objects.count() == 1


def test_an_audit_is_kept_once_a_day_and_can_t_be_changed(register: Register) -> None:
    sequencer.place_all()
    assert last_audit(AT) is None
    audit_daily(AT)
    audit_daily(AT + timedelta(hours=23))
    assert AuditRow.objects.count() == 1
    audit_daily(AT + timedelta(hours=24))
    assert AuditRow.objects.count() == 2
    kept = last_audit(AT + timedelta(days=30))
    assert kept is not None
    assert (kept.at, kept.findings) == (AT + timedelta(hours=24), {})
    for change in (lambda: AuditRow.objects.update(size=0), lambda: AuditRow.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_an_audit_of_the_future_that_somebody_put_there_keeps_none_from_being_made(register: Register) -> None:
    sequencer.place_all()
    AuditRow.objects.create(at=AT + timedelta(days=36_000), size=0, findings={})

    audit_daily(AT)

    assert (kept := last_audit(AT)) is not None
    assert kept.at == AT


def test_what_was_found_is_kept_by_its_kind_alone(register: Register, data: Path) -> None:
    lived(register)
    changed("store_logrow", f"UPDATE store_logrow SET account = 'somebody' WHERE ticket = {BOB}")
    habeas("check", data)
    kept = last_audit(datetime.now(UTC))
    assert kept is not None
    assert kept.findings == {"audit.content_changed": 1, "audit.models_unchecked": 1}


def test_the_command_names_everything_in_json_whatever_it_meets(register: Register, data: Path) -> None:
    lived(register)
    assert memory.published() is not None
    damaged("store_headrow", "UPDATE store_headrow SET size = 4, recorded_at = {never}")
    damaged("store_logrow", "UPDATE store_logrow SET account = 'x' WHERE kind = 'account_invited'")
    damaged("store_logrow", f"UPDATE store_logrow SET sealed = {{bytes}} WHERE ticket = {BOB}")
    (data / "policy").write_text("nothing of the kind")

    done = habeas("check", data, format="json", lang="en", HABEAS_POLICY=str(data / "policy"))

    findings = json.loads(done.stdout)["findings"]
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    told = [each["parameters"]["entry"] for each in findings if each["code"] == CONTENT]
    rows = LogRow.objects.filter(
        ticket__in=[*LogRow.objects.filter(kind="account_invited").values_list("ticket", flat=True)]
    )
    assert told == [LogRow.objects.get(stream="case-bob", version=0).entry_id, *rows.values_list("entry_id", flat=True)]
    assert {"audit.head_differs", "audit.head_moment", UNCHECKED, "server.policy_unusable"} <= {
        each["code"] for each in findings
    }


@pytest.mark.parametrize("table", RECORD)
def test_a_trigger_that_is_off_is_found_and_so_is_one_that_refuses_nothing(register: Register, table: str) -> None:
    if connection.vendor == "postgresql":
        name = str(connection.settings_dict["NAME"])
        postgres.as_owner(name, f"ALTER TABLE {table} DISABLE TRIGGER {table}_no_change")
    elif table == "store_placerow":
        return  # a view there
    else:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER {table}_no_DELETE")
            cursor.execute(f"CREATE TRIGGER {table}_no_DELETE BEFORE DELETE ON {table} BEGIN SELECT 1; END")

    assert [(each.code, each.parameters) for each in audit(AT)] == [("audit.trigger_off", {"table": table})]


def test_a_trigger_that_no_migration_made_is_found(register: Register) -> None:
    if connection.vendor == "postgresql":
        name = str(connection.settings_dict["NAME"])
        body = "LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
        postgres.as_owner(name, f"CREATE FUNCTION evil() RETURNS trigger {body}")
        postgres.as_owner(name, "CREATE TRIGGER evil AFTER INSERT ON store_logrow FOR EACH ROW EXECUTE FUNCTION evil()")
    else:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TRIGGER evil AFTER INSERT ON store_logrow BEGIN DELETE FROM store_caserow; END")

    found = [(each.code, each.parameters) for each in audit(AT)]
    assert found == [("audit.trigger_other", {"name": "evil", "table": "store_logrow"})]


def test_a_database_that_others_hold_is_not_called_damaged(register: Register, data: Path) -> None:
    if connection.vendor == "postgresql":
        return  # it keeps how the check ended whoever writes beside it
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 1")
    with closing(sqlite3.connect(data / "habeas.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        found = kept_audit(AT)

    assert [each.code for each in found] == ["audit.part_held_up"]


@ON_POSTGRESQL
def test_a_right_too_many_is_found(register: Register) -> None:
    postgres.as_owner(str(connection.settings_dict["NAME"]), f"GRANT DELETE ON store_headrow TO {postgres.APPLICATION}")

    found = [(each.code, each.parameters) for each in audit(AT)]
    assert found == [("audit.right_too_many", {"right": "store_headrow: DELETE"})]


def test_right_after_begin_nothing_is_found(data: Path) -> None:
    begun = habeas("begin", data, text=DESCRIBED, file="begin.toml")
    assert (begun.returncode, begun.stderr) == (0, "")
    done = habeas("check", data, format="json")
    assert (done.returncode, json.loads(done.stdout)["findings"]) == (0, [])


def test_a_file_of_the_policy_that_is_not_there_is_a_finding_with_its_setting(register: Register, data: Path) -> None:
    missing = {"HABEAS_POLICY": str(data / "missing")}
    checked, worked = habeas("check", data, lang="en", **missing), habeas("work", data, once=True, lang="en", **missing)

    assert (checked.returncode, worked.returncode) == (1, 2)
    for said in (checked.stdout, worked.stderr):
        assert f"HABEAS_POLICY names {data / 'missing'}" in said
        assert "Traceback" not in said


def test_who_starts_the_pages_is_told_that_the_last_check_found_something(register: Register, data: Path) -> None:
    damaged("store_headrow", "UPDATE store_headrow SET size = size + 1")
    habeas("check", data)

    assert "The last habeas check" in habeas("serve", data, lang="en").stderr
