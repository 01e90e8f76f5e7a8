"""A cosignature that somebody put there before its time is not in the way of the true one."""

from django.db import migrations, models

from habeas.store.migrations._append_only import forbid


def forbid_again(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":  # which has made the table anew
        forbid(schema_editor, "store_cosignaturerow")


class Migration(migrations.Migration):
    dependencies = [("store", "0022_one_end")]
    operations = [
        migrations.RemoveConstraint("CosignatureRow", "cosigned_once_a_time"),
        migrations.AddConstraint(
            "CosignatureRow",
            models.UniqueConstraint(fields=["witness", "size", "at", "line"], name="cosigned_once_a_time"),
        ),
        migrations.RunPython(forbid_again, migrations.RunPython.noop),
    ]
