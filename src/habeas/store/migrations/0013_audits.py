"""The standing audits that ended; the database itself refuses to change or delete one."""

from django.db import migrations, models

TABLE = "store_auditrow"
SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
POSTGRES = (
    "CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION store_append_only()",
    "ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_change",
)


def forbid(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        statements = [each.format(table=TABLE) for each in POSTGRES]
    else:
        statements = [SQLITE.format(table=TABLE, verb=verb) for verb in ("UPDATE", "DELETE")]
    for statement in statements:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("store", "0012_contradictions_proved")]
    operations = [
        migrations.CreateModel(
            name="AuditRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_index=True)),
                ("size", models.BigIntegerField()),
                ("findings", models.JSONField()),
            ],
        ),
        migrations.RunPython(forbid, migrations.RunPython.noop),
    ]
