"""What shows the streams of those who were erased is kept: the keys that hid it are gone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("store", "0020_sessions_are_files")]
    operations = [
        migrations.CreateModel(
            name="ShownStreamRow",
            fields=[
                ("entry_id", models.CharField(max_length=120, primary_key=True, serialize=False)),
                ("shown", models.JSONField()),
            ],
        )
    ]
