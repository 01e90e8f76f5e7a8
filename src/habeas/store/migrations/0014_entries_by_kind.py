"""What is looked for by its kind is found without reading the whole register."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("store", "0013_audits")]
    operations = [migrations.AddIndex("LogRow", models.Index(fields=["kind"], name="entries_of_a_kind"))]
