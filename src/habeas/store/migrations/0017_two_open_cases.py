"""What was recorded before anybody asked for one open case a person can be rebuilt: the entries decide, not a table."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("store", "0016_first_of_a_person")]
    operations = [migrations.RemoveConstraint("CaseRow", "one_open_case_a_person")]
