"""Empty tables for a part of the bench, in the database of the settings. To be imported once Django is set up."""

from __future__ import annotations

from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections

from habeas.settings import database
from habeas.store import rights


def make_tables(owner_url: str | None) -> None:
    """As the owner, where the database has one. The folder of the keys is there then."""
    settings.HABEAS_DATA.mkdir(parents=True, exist_ok=True, mode=0o700)
    if connection.vendor == "postgresql":
        connections.databases["owner"] = {
            **connections.databases["default"], **database({"HABEAS_DATABASE": owner_url}, settings.HABEAS_DATA)
        }  # fmt: skip
        rights.migrate(lambda: call_command("migrate", verbosity=0))
    else:
        call_command("migrate", verbosity=0)
