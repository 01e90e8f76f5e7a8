"""What bodies outside both executives read, sealed to their own keys."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("store", "0005_family_words")]
    operations = [
        migrations.CreateModel(
            name="ReadingRow",
            fields=[
                ("id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField()),
            ],
        ),
    ]
