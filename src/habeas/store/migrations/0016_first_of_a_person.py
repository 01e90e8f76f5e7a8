"""The cases of a person are found by their entries, whatever the table of cases says."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("store", "0015_one_leaf_a_counter")]
    operations = [
        migrations.AddIndex(
            "LogRow", models.Index(fields=["subject"], condition=models.Q(version=0), name="first_of_a_person")
        )
    ]
