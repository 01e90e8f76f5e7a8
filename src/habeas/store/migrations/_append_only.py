"""The triggers by which the database itself refuses to change or delete what a table holds, whoever asks."""

from django.db import migrations

SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
POSTGRES = (
    "CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION store_append_only()",
    "ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_change",
)


def forbid(schema_editor, *tables):
    """Create the triggers of these tables. On PostgreSQL migration 0002 has made their function."""
    if schema_editor.connection.vendor == "postgresql":
        statements = [each.format(table=table) for table in tables for each in POSTGRES]
    else:
        statements = [SQLITE.format(table=table, verb=verb) for table in tables for verb in ("UPDATE", "DELETE")]
    for statement in statements:
        schema_editor.execute(statement, params=None)


def append_only(*tables):
    """The operation of a migration that makes these tables append-only."""
    return migrations.RunPython(lambda apps, schema_editor: forbid(schema_editor, *tables), migrations.RunPython.noop)
