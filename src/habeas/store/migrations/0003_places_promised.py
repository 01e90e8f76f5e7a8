"""Of each case, the facility that keeps a place for the person. `habeas rebuild` fills it in for old cases."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("store", "0002_append_only")]
    operations = [
        migrations.AddField("caserow", "promised_by", models.CharField(max_length=120, null=True)),
        migrations.AddIndex(
            "caserow",
            models.Index(
                condition=models.Q(promised_by__isnull=False), fields=["promised_by"], name="places_promised"
            ),
        ),
    ]
