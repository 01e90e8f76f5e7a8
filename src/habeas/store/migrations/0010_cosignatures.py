"""What witnesses cosigned and answered; the database itself refuses to change or delete it."""

from django.db import migrations, models

from habeas.store.migrations._append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("store", "0009_consultations")]
    operations = [
        migrations.CreateModel(
            name="CosignatureRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("size", models.BigIntegerField()),
                ("witness", models.CharField(max_length=300)),
                ("line", models.TextField()),
                ("at", models.DateTimeField(db_index=True)),
                ("recorded", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("witness", "size", "at"), name="cosigned_once_a_time")
                ],
                "indexes": [models.Index(fields=["size"], name="cosigned_sizes")],
            },
        ),
        migrations.CreateModel(
            name="WitnessAnswerRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("witness", models.CharField(db_index=True, max_length=300)),
                ("outcome", models.CharField(max_length=20)),
                ("size", models.BigIntegerField()),
                ("seen", models.BigIntegerField(null=True)),
                ("recorded", models.DateTimeField()),
            ],
        ),
        append_only("store_cosignaturerow", "store_witnessanswerrow"),
    ]
