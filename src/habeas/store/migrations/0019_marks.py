"""Rows of audits, of witnesses' answers and of the public desk bear the register's own mark; those that are there get it
now."""

from contextlib import suppress

from django.db import IntegrityError, migrations, models, transaction

from habeas.store.migrations._append_only import forbid
from habeas.store.models import mark_of

APPEND_ONLY = {"AuditRow": "store_auditrow", "WitnessAnswerRow": "store_witnessanswerrow"}


def mark(apps, schema_editor):
    on_postgresql = schema_editor.connection.vendor == "postgresql"
    for table in APPEND_ONLY.values():
        for verb in ("change",) if on_postgresql else ("UPDATE", "DELETE"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}" + (f" ON {table}" if on_postgresql else ""))
    for name in (*APPEND_ONLY, "DeskBucket"):
        rows = apps.get_model("store", name)._default_manager
        for row in rows.all():
            with suppress(IntegrityError), transaction.atomic(schema_editor.connection.alias):  # a moment that is none
                rows.filter(pk=row.pk).update(mark=mark_of(row))
    forbid(schema_editor, *APPEND_ONLY.values())


class Migration(migrations.Migration):
    dependencies = [("store", "0018_moments_are_moments")]
    operations = [
        *(
            migrations.AddField(name, "mark", models.CharField(max_length=64, db_default=""))
            for name in ("WitnessAnswerRow", "AuditRow", "DeskBucket")
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
