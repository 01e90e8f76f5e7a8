"""Rows of who looked into a case bear the register's own mark; those that are there get it now."""

from contextlib import suppress

from django.db import IntegrityError, migrations, models, transaction

from habeas.store.migrations._append_only import forbid
from habeas.store.models import mark_of

TABLE = "store_consultationrow"


def mark(apps, schema_editor):
    on_postgresql = schema_editor.connection.vendor == "postgresql"
    for verb in ("change",) if on_postgresql else ("UPDATE", "DELETE"):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_no_{verb}" + (f" ON {TABLE}" if on_postgresql else ""))
    rows = apps.get_model("store", "ConsultationRow")._default_manager
    for row in rows.all():
        with suppress(IntegrityError), transaction.atomic(schema_editor.connection.alias):  # a moment that is none
            rows.filter(pk=row.pk).update(mark=mark_of(row))
    forbid(schema_editor, TABLE)


class Migration(migrations.Migration):
    dependencies = [("store", "0023_cosigned_by_line")]
    operations = [
        migrations.AddField("ConsultationRow", "mark", models.CharField(max_length=64, db_default="")),
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
