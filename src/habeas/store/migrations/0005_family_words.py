"""Family words in force, each by its slow keyed hash: a read model."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("store", "0004_public_desk")]
    operations = [
        migrations.CreateModel(
            name="FamilyWordRow",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("case", models.CharField(max_length=120)),
            ],
        ),
    ]
