"""Whether the tables are there, up to date, and hold a register."""

from pathlib import Path

from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def file() -> Path | None:
    """The file of a SQLite database; None for one on a server."""
    return Path(connection.settings_dict["NAME"]) if connection.vendor == "sqlite" else None


def are_there() -> bool:
    """Whether there is a database with tables, also old ones."""
    found = file()
    return found.exists() if found is not None else bool(connection.introspection.table_names())


def are_old() -> bool:
    """Whether a migration waits."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def hold_entries() -> bool:
    """Whether a register has begun here. Tables that are half made hold none."""
    from habeas.store.models import LogRow  # read before the settings are, no model can be

    return LogRow._meta.db_table in connection.introspection.table_names() and LogRow.objects.exists()
