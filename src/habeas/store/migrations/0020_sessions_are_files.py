"""Sessions are files beside the keys (docs/decisions/0024-who-signs-in.md): the table that held them goes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("store", "0019_marks")]
    operations = [migrations.RunSQL("DROP TABLE IF EXISTS django_session", migrations.RunSQL.noop)]
