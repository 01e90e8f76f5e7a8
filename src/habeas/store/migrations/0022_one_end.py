"""There is one end of the register, and of one size there may be several rows of checkpoints: whoever may insert could
put one into the place of the next, which then could never be written."""

from django.db import migrations

from habeas.store.migrations._append_only import forbid

POSTGRES = ("ALTER TABLE store_checkpointrow DROP CONSTRAINT store_checkpointrow_pkey",)
SQLITE = (
    "ALTER TABLE store_checkpointrow RENAME TO store_checkpointrow_before",
    'CREATE TABLE store_checkpointrow ("size" bigint NOT NULL, "note" text NOT NULL)',
    "INSERT INTO store_checkpointrow SELECT size, note FROM store_checkpointrow_before",
    "DROP TABLE store_checkpointrow_before",
)
INDEXES = (
    "CREATE INDEX checkpoint_sizes ON store_checkpointrow (size)",
    "CREATE UNIQUE INDEX one_end ON store_headrow ((1))",
)


def loosen(apps, schema_editor):
    on_postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in (*(POSTGRES if on_postgresql else SQLITE), *INDEXES):
        schema_editor.execute(statement, params=None)
    if not on_postgresql:
        forbid(schema_editor, "store_checkpointrow")


class Migration(migrations.Migration):
    dependencies = [("store", "0021_shown_streams")]
    operations = [migrations.RunPython(loosen, migrations.RunPython.noop)]
