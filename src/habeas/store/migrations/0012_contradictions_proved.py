"""What a witness saw instead, signed by the log, stands beside what it said."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("store", "0011_used_nonces")]
    operations = [
        migrations.AddField("WitnessAnswerRow", "proof", models.TextField(null=True)),
    ]
