"""What witnesses cosigned and answered; the database itself refuses to change or delete it."""

from django.db import migrations, models

TABLES = ("store_cosignaturerow", "store_witnessanswerrow")
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
        statements = [each.format(table=table) for table in TABLES for each in POSTGRES]
    else:
        statements = [SQLITE.format(table=table, verb=verb) for table in TABLES for verb in ("UPDATE", "DELETE")]
    for statement in statements:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("store", "0009_consultations")]
    operations = [
        migrations.CreateModel(
            name="CosignatureRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("size", models.BigIntegerField()),
                ("witness", models.CharField(max_length=300)),
                ("line", models.TextField()),
                ("at", models.DateTimeField(db_index=True)),
                ("recorded", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("witness", "size", "at"), name="cosigned_once_a_time")
                ],
                "indexes": [models.Index(fields=["size"], name="cosigned_sizes")],
            },
        ),
        migrations.CreateModel(
            name="WitnessAnswerRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("witness", models.CharField(db_index=True, max_length=300)),
                ("outcome", models.CharField(max_length=20)),
                ("size", models.BigIntegerField()),
                ("seen", models.BigIntegerField(null=True)),
                ("recorded", models.DateTimeField()),
            ],
        ),
        migrations.RunPython(forbid, migrations.RunPython.noop),
    ]
