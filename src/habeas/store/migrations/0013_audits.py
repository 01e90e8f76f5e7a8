"""The standing audits that ended; the database itself refuses to change or delete one."""

from django.db import migrations, models

from habeas.store.migrations._append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("store", "0012_contradictions_proved")]
    operations = [
        migrations.CreateModel(
            name="AuditRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_index=True)),
                ("size", models.BigIntegerField()),
                ("findings", models.JSONField()),
            ],
        ),
        append_only("store_auditrow"),
    ]
