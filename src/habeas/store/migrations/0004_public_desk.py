"""What the public desk needs: where what was lodged is found again, and how much it still takes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("store", "0003_places_promised")]
    operations = [
        migrations.CreateModel(
            name="AskedRow",
            fields=[
                ("lookup", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("asker", models.CharField(max_length=120)),
            ],
        ),
        migrations.CreateModel(
            name="DeskBucket",
            fields=[
                ("counter", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("left", models.FloatField()),
                ("filled_at", models.DateTimeField()),
                ("turned_away", models.PositiveBigIntegerField(default=0)),
            ],
        ),
    ]
