"""Which officer of a state opened which document."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("store", "0007_places")]
    operations = [
        migrations.CreateModel(
            name="DocumentOpened",
            fields=[
                ("id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("entry_id", models.CharField(db_index=True, max_length=32)),
                ("account", models.CharField(max_length=150)),
                ("at", models.DateTimeField()),
            ],
        ),
    ]
