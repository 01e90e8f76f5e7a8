"""Who may do what to the tables on PostgreSQL, where two roles share them.

The tables belong to an owner, whose address only `--migrate` and `habeas begin` are given. The application has
exactly what is written here, so that whoever takes over the pages can neither change nor cut what the register holds,
nor switch off what refuses it. `grant` makes it so and `excess` says what differs. Nothing here binds the owner or a
superuser: that is what checkpoints and witnesses are for.
"""

from collections.abc import Callable, Iterator, Mapping

from django.db import connections, transaction

from habeas.store import columns

RIGHTS: Mapping[str, str] = {
    "account_emailaddress": "SELECT",
    "account_emailconfirmation": "SELECT",
    "auth_group": "SELECT",
    "auth_group_permissions": "SELECT",
    "auth_permission": "SELECT",
    "django_content_type": "SELECT",
    "django_migrations": "SELECT",
    "mfa_authenticator": "SELECT, INSERT, UPDATE, DELETE",
    "store_account": "SELECT, INSERT, UPDATE (password), UPDATE (last_login), UPDATE (is_active), UPDATE (ended_at)",
    "store_askedrow": "SELECT, INSERT, DELETE",  # these three: an erasure takes out what was the person's
    "store_caserow": "SELECT, INSERT, UPDATE, DELETE",
    "store_deskbucket": "SELECT, INSERT, UPDATE",
    "store_evidencefile": "SELECT, INSERT, DELETE",
    "store_familywordrow": "SELECT, INSERT, UPDATE, DELETE",
    "store_headrow": "SELECT, INSERT, UPDATE",
    "store_invitetoken": "SELECT, INSERT, DELETE",
    "store_pendingrow": "SELECT, INSERT, DELETE",
    "store_sentform": "SELECT, INSERT, DELETE",
    "store_signerrow": "SELECT, INSERT, UPDATE, DELETE",
    "store_stintrow": "SELECT, INSERT, UPDATE, DELETE",
    "store_usednonce": "SELECT, INSERT, DELETE",
}
OF_ANY_OTHER = "SELECT, INSERT"
"""A table is append-only for the application unless it is named above. A right with a column in brackets is for that
column alone: who an account is can't be changed, only how it signs in and that it ended."""

RECORD = (
    *("store_logrow", "store_placerow", "store_noderow", "store_checkpointrow"),
    *("store_consultationrow", "store_cosignaturerow", "store_witnessanswerrow", "store_auditrow"),
    "store_shownstreamrow",
)
"""Tables with a trigger that refuses update, delete and truncate (56 in `pg_trigger.tgtype`) to their owner too. On
SQLite each but the view has two."""

OF_COLUMNS = ("INSERT", "UPDATE", "REFERENCES")
ALL = (*OF_COLUMNS, "DELETE", "TRUNCATE", "TRIGGER")

_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
_HELD = """
SELECT current_database(), right_ FROM unnest(ARRAY['CREATE', 'TEMPORARY']) AS right_
    WHERE has_database_privilege(current_database(), right_)
UNION ALL SELECT current_schema(), 'CREATE' WHERE has_schema_privilege(current_schema(), 'CREATE')
UNION ALL SELECT 'session_replication_role', 'SET' WHERE has_parameter_privilege('session_replication_role', 'SET')
UNION ALL SELECT rolname, 'SUPERUSER, CREATEROLE or REPLICATION' FROM pg_roles
    WHERE rolname = current_user AND (rolsuper OR rolcreaterole OR rolreplication)
UNION ALL SELECT relname, 'OWNER' FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'S')
    AND pg_has_role(relowner, 'MEMBER')
UNION ALL SELECT relname, right_ FROM pg_class, unnest(%s::text[]) AS right_
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
    AND has_table_privilege(pg_class.oid, right_)
UNION ALL SELECT relname, format('%%s (%%s)', right_, attname)
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid, unnest(%s::text[]) AS right_
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND attnum > 0 AND NOT attisdropped
    AND NOT has_table_privilege(pg_class.oid, right_) AND has_column_privilege(pg_class.oid, attnum, right_)
ORDER BY 1, 2
"""
_REFUSED = {
    "postgresql": """
SELECT tgrelid::regclass::text FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
    WHERE tgenabled = 'A' AND tgtype & 56 = 56 AND tgqual IS NULL AND prosrc LIKE ' BEGIN RAISE EXCEPTION %'
""",
    "sqlite": """
SELECT tbl_name FROM (SELECT *, substr(name, -6) AS verb FROM sqlite_master WHERE type = 'trigger')
    WHERE verb IN ('UPDATE', 'DELETE') AND sql = 'CREATE TRIGGER ' || name || ' BEFORE ' || verb || ' ON ' || tbl_name
        || char(10) || 'BEGIN SELECT RAISE(ABORT, ''' || tbl_name || ' is append-only''); END'
    GROUP BY tbl_name HAVING COUNT(DISTINCT verb) = 2
UNION SELECT name FROM sqlite_master WHERE type = 'view'
""",
}
"""Tables whose changes the database refuses: of each that is not among them the trigger is off."""
_OTHERS = {
    "postgresql": """
SELECT tgname::text, relname::text FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE relnamespace = current_schema()::regnamespace AND NOT tgisinternal AND tgname <> relname || '_no_change'
ORDER BY 1
""",
    "sqlite": """
SELECT name, tbl_name FROM sqlite_master
    WHERE type = 'trigger' AND name NOT IN (tbl_name || '_no_UPDATE', tbl_name || '_no_DELETE') ORDER BY 1
""",
}
"""Triggers that no migration made, each with its table."""


def migrate(change: Callable[[], object]) -> None:
    """Change tables as the owner, whatever connection the change asks for, then let them refuse what no column may
    hold, and grant the application its rights."""
    application, application_role = connections["default"], role()
    connections["default"] = connections["owner"]
    try:
        change()
        with connections["default"].cursor() as cursor:
            columns.guard(cursor.execute)
        grant("default", application_role)
    finally:
        connections["default"] = application


def grant(owner: str, application: str) -> None:
    """Give the role `application` what is written here and nothing else, in all tables of the connection `owner`."""
    quoted = connections[owner].ops.quote_name
    role, database = quoted(application), quoted(str(connections[owner].settings_dict["NAME"]))
    with transaction.atomic(using=owner), connections[owner].cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_schema())")
        schema = cursor.fetchone()[0]
        cursor.execute(_TABLES)
        tables = [name for (name,) in cursor.fetchall()]
        cursor.execute(f"REVOKE CREATE, TEMPORARY ON DATABASE {database} FROM PUBLIC, {role}")
        cursor.execute(f"REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC, {role}")
        cursor.execute(f"GRANT USAGE ON SCHEMA {schema} TO {role}")
        for table in tables:
            cursor.execute(f"REVOKE ALL ON {quoted(table)} FROM PUBLIC, {role}")
            cursor.execute(f"GRANT {RIGHTS.get(table, OF_ANY_OTHER)} ON {quoted(table)} TO {role}")
        cursor.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {role}")


def role() -> str:
    """The role that the application is in the database."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT current_user")
        return str(cursor.fetchone()[0])


def excess() -> tuple[str, ...]:
    """What the application's role may do beyond what is written here, like `store_logrow: DELETE`, and which of the
    register's triggers is not always on."""
    off = (f"{name}: a trigger that is off" for name in triggers_off())
    return *too_many(), *off


def too_many() -> tuple[str, ...]:
    """What the application's role on PostgreSQL may do beyond what is written here."""
    return tuple(
        f"{name}: {right}" for name, right in _held() if right not in RIGHTS.get(name, OF_ANY_OTHER).split(", ")
    )


def triggers_off() -> list[str]:
    """The tables of the record that the database would let anybody change who has the right: what refuses it is off,
    gone, or does something else."""
    with connections["default"].cursor() as cursor:
        cursor.execute(_REFUSED[connections["default"].vendor])
        refused = {name for (name,) in cursor.fetchall()}
    return [each for each in RECORD if each not in refused]


def other_triggers() -> list[tuple[str, str]]:
    """What somebody lets the database do beside what is recorded: each trigger that is not ours, with its table."""
    with connections["default"].cursor() as cursor:
        cursor.execute(_OTHERS[connections["default"].vendor])
        return list(cursor.fetchall())


def _held() -> Iterator[tuple[str, str]]:
    with connections["default"].cursor() as cursor:
        cursor.execute(_HELD, [list(ALL), list(OF_COLUMNS)])
        yield from cursor.fetchall()
