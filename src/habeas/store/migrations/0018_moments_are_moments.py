"""PostgreSQL refuses a moment that is none, and a number that is none, in every table."""

from django.db import migrations

from habeas.store import columns


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0017_two_open_cases"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]
    operations = [
        migrations.RunPython(lambda apps, schema_editor: columns.guard(schema_editor.execute), migrations.RunPython.noop)
    ]
