"""Who of the states looked into which case, and why; the documents that were noted as opened become rows of it."""

from django.db import migrations, models

from habeas.store.migrations._append_only import append_only


def carry_over(apps, schema_editor):
    log, row = apps.get_model("store", "LogRow"), apps.get_model("store", "ConsultationRow")
    account = apps.get_model("store", "Account")
    for each in apps.get_model("store", "DocumentOpened").objects.all():
        case = log.objects.filter(entry_id=each.entry_id).values_list("stream", flat=True).first()
        party = account.objects.filter(username=each.account).values_list("party", flat=True).first()
        kept = {"account": each.account, "party": party or "", "case": case or "", "at": each.at}
        row.objects.create(id=each.id, what="document", entry=each.entry_id, why="", **kept)


class Migration(migrations.Migration):
    dependencies = [("store", "0008_documents_opened")]
    operations = [
        migrations.CreateModel(
            name="ConsultationRow",
            fields=[
                ("id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("account", models.CharField(max_length=120)),
                ("party", models.CharField(max_length=120)),
                ("case", models.CharField(db_index=True, max_length=120)),
                ("what", models.CharField(max_length=40)),
                ("entry", models.CharField(db_index=True, max_length=32)),
                ("why", models.CharField(max_length=60)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.RunPython(carry_over, migrations.RunPython.noop),
        migrations.DeleteModel(name="DocumentOpened"),
        append_only("store_consultationrow"),
    ]
