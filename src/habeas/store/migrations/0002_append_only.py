"""The database itself refuses to change or delete what the register holds, whoever asks."""

from django.db import migrations

TABLES = ("store_logrow", "store_noderow", "store_checkpointrow")

SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
POSTGRES_FUNCTION = """
CREATE FUNCTION store_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
"""
POSTGRES = (
    "CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION store_append_only()",
    "ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_change",
)


def forbid(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRES_FUNCTION, params=None)
        statements = [each.format(table=table) for table in TABLES for each in POSTGRES]
    else:
        statements = [SQLITE.format(table=table, verb=verb) for table in TABLES for verb in ("UPDATE", "DELETE")]
    for statement in statements:
        schema_editor.execute(statement, params=None)


def allow(apps, schema_editor):
    for table in TABLES:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER {table}_no_change ON {table}")
        else:
            for verb in ("UPDATE", "DELETE"):
                schema_editor.execute(f"DROP TRIGGER {table}_no_{verb}")
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION store_append_only()")


class Migration(migrations.Migration):
    dependencies = [("store", "0001_tables")]
    operations = [migrations.RunPython(forbid, allow)]
