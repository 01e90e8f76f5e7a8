"""Which requests of parties' systems were answered."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("store", "0010_cosignatures")]
    operations = [
        migrations.CreateModel(
            name="UsedNonce",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_index=True)),
            ],
        ),
    ]
