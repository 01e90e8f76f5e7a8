"""What a witness saw instead, signed by the log, stands beside what it said."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("store", "0010_cosignatures")]
    operations = [
        migrations.AddField("WitnessAnswerRow", "proof", models.TextField(default="", db_default="")),
    ]
