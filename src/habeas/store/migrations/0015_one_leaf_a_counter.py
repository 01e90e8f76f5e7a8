"""No two leaves of one key have the same counter: the database itself refuses the second."""

from django.db import migrations

from habeas.store.statements import COUNTED

MAKE = f"CREATE UNIQUE INDEX one_leaf_a_counter ON store_logrow ({COUNTED})"


class Migration(migrations.Migration):
    dependencies = [("store", "0014_entries_by_kind")]
    operations = [migrations.RunSQL(MAKE, "DROP INDEX one_leaf_a_counter")]
