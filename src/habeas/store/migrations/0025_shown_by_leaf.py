"""What shows a stream has an id of its own: somebody could put another row into its place. And it stays."""

from django.db import migrations, models

from habeas.store.migrations._append_only import append_only
from habeas.store.models import random_id


def copy(apps, schema_editor):
    before, after = (apps.get_model("store", name)._default_manager for name in ("ShownBefore", "ShownStreamRow"))
    for row in before.values("entry_id", "shown"):
        after.create(**row)


class Migration(migrations.Migration):
    dependencies = [("store", "0024_consultations_marked")]
    operations = [
        migrations.RenameModel("ShownStreamRow", "ShownBefore"),
        migrations.CreateModel(
            name="ShownStreamRow",
            fields=[
                ("id", models.CharField(max_length=32, primary_key=True, serialize=False, default=random_id)),
                ("entry_id", models.CharField(max_length=120)),
                ("shown", models.JSONField()),
            ],
            options={"indexes": [models.Index(fields=["entry_id"], name="shown_by_entry")]},
        ),
        migrations.RunPython(copy, migrations.RunPython.noop),
        migrations.DeleteModel("ShownBefore"),
        append_only("store_shownstreamrow"),
    ]
