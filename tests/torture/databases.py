"""The databases that are tortured: a file of SQLite, and a PostgreSQL of our own that may be stopped at any moment.

Of each a copy can be taken while others write, and put back later, as an operator would. The disk of PostgreSQL can be
full for a while. Where this process may mount, its data lies on a small file system of its own, and a file takes all
the room that is left (ENOSPC). Elsewhere its processes may write no file longer than now (EFBIG), which PostgreSQL
takes for the same.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path

import psutil
import psycopg

from tests import postgres

NAME = "habeas_torture"
ROOM = 400_000_000
ENTRIES = "SELECT count(*) FROM store_logrow"
FROZEN_MOST = "2s"
"""After so long in the middle of a transaction the server ends it (tests/torture: somebody who was stopped there)."""


class Sqlite:
    """One file in the data folder."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._data, self._folder = folder / "data", folder
        self.environment = {"HABEAS_DATA": str(self._data)}
        self.owner: Mapping[str, str] = self.environment

    def copy(self, name: str) -> None:
        """As SQLite's own way of copying a file in use does it."""
        with (
            closing(sqlite3.connect(self._data / "habeas.sqlite3", timeout=60)) as here,
            closing(sqlite3.connect(self._folder / name)) as there,
        ):
            here.backup(there)

    def entries(self) -> int:
        """So many are in it now."""
        with closing(sqlite3.connect(self._data / "habeas.sqlite3", timeout=60)) as here:
            return int(here.execute(ENTRIES).fetchone()[0])

    def put_back(self, name: str) -> None:
        for each in self._data.glob("habeas.sqlite3*"):
            each.unlink()
        shutil.copy(self._folder / name, self._data / "habeas.sqlite3")

    def restart(self) -> None:
        raise AssertionError("there is no server")

    def stop(self) -> None: ...


class Postgres:
    """A server of its own in a fresh folder directly under the temporary folder, with an owner and an application."""

    name = "postgresql"
    is_small = True
    """Its disk is."""
    patience = FROZEN_MOST

    def __init__(self, folder: Path) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="habeas-torture-pg-", dir="/tmp"))
        self._disk = self._folder / "disk"
        self._disk.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOM},mode=755", "habeas-torture", self._disk]
        self.has_disk = self.is_small and subprocess.run(mount, capture_output=True, check=False).returncode == 0
        self._server = postgres.started(self._folder, self._disk / "data", cleanup_mode=None)
        self._url, self._copies = self._server.get_uri(), folder
        with psycopg.connect(self._url, autocommit=True) as connection:
            for role in (postgres.OWNER, postgres.APPLICATION):
                connection.execute(f"CREATE ROLE {role} LOGIN")
            small = [("max_wal_size", "'48MB'"), ("log_statement", "none")] if self.is_small else []
            for setting, value in (("max_connections", 60), *small):
                connection.execute(f"ALTER SYSTEM SET {setting} = {value}")
        self._make()
        patience = f"&options=-c%20idle_in_transaction_session_timeout%3D{self.patience}" if self.patience else ""
        query = f"{self._url.partition('?')[2]}{patience}"
        addresses = {role: f"postgresql://{role}@/{NAME}?{query}" for role in (postgres.OWNER, postgres.APPLICATION)}
        self.environment = {"HABEAS_DATA": str(folder / "data"), "HABEAS_DATABASE": addresses[postgres.APPLICATION]}
        self.owner: Mapping[str, str] = {**self.environment, "HABEAS_DATABASE_OWNER": addresses[postgres.OWNER]}

    def copy(self, name: str) -> None:
        self._run("pg_dump", "--format=custom", "--file", self._copies / name, f"--dbname={self._at(NAME)}")

    def entries(self) -> int:
        """So many are in it now."""
        with psycopg.connect(self._at(NAME)) as connection:
            return int(connection.execute(ENTRIES).fetchone()[0])

    def put_back(self, name: str) -> None:
        self.empty()
        self._make()
        self._run("pg_restore", "--exit-on-error", f"--dbname={self._at(NAME)}", self._copies / name)

    def restart(self) -> None:
        """As after a power cut: nothing is finished, the server recovers from its log."""
        self._control("restart", "-m", "immediate")

    def fill(self, *, disk: bool) -> None:
        """From now on there is no room, on the `disk` or in any file; the server needs a new file of its log at once."""
        if disk:
            with suppress(OSError), (self._disk / "ballast").open("wb", buffering=0) as file:
                for size in (1_000_000, 4096, 1):
                    with suppress(OSError):
                        while True:
                            file.write(bytes(size))
        else:
            self._limit("4096")
        with suppress(psycopg.Error), psycopg.connect(self._at(NAME), autocommit=True) as connection:
            connection.execute("SELECT pg_switch_wal()")

    def empty(self) -> None:
        """There is room again; a server that ended for want of it is started."""
        (self._disk / "ballast").unlink(missing_ok=True)
        self._limit("unlimited")
        while True:
            try:
                with psycopg.connect(self._url, connect_timeout=5):
                    return
            except psycopg.Error:
                if not self._is_running():
                    self._control("start")
                time.sleep(0.05)

    def stop(self) -> None:
        with suppress(subprocess.CalledProcessError):
            self._control("stop", "-m", "immediate")
        if self.has_disk:
            subprocess.run(["umount", self._disk], check=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _make(self) -> None:
        """An empty database, whoever was connected to the one before."""
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {NAME} OWNER {postgres.OWNER}")
            connection.execute(f"REVOKE TEMPORARY ON DATABASE {NAME} FROM PUBLIC")

    def _at(self, name: str) -> str:
        return self._url.replace("/postgres?", f"/{name}?")

    def _limit(self, size: str) -> None:
        """How long a file each process of the server may write from now on."""
        for each in self._processes():
            command = ["prlimit", "--pid", str(each), f"--fsize={size}:"]  # some have ended already
            subprocess.run(command, user=self._server.system_user, capture_output=True, check=False)

    def _processes(self) -> list[int]:
        with suppress(FileNotFoundError, psutil.NoSuchProcess):
            process = psutil.Process(int((self._server.pgdata / "postmaster.pid").read_text().split()[0]))
            return [process.pid, *(each.pid for each in process.children())]
        return []

    def _is_running(self) -> bool:
        return bool(self._processes())

    def _run(self, program: str, *words: object) -> None:
        command = [str(self._server.bin_path / program), *map(str, words)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        if ended.returncode:
            raise OSError(ended.stderr)

    def _control(self, *words: str) -> None:
        command = [self._server.bin_path / "pg_ctl", "-w", "-D", self._server.pgdata, "-l", self._server.log, *words]
        if words[0] == "start":
            command += ["-o", f'-h "" -k {self._server.pgdata}']
        # Its output goes nowhere: the server would keep a pipe open for as long as it runs.
        subprocess.run(
            list(map(str, command)), check=True, user=self._server.system_user,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip


class PatientPostgres(Postgres):
    """The same for whoever is never stopped, and may be slow."""

    patience = ""


class OrdinaryPostgres(PatientPostgres):
    """The same on the disk of this machine, as it is set up by itself: to be measured."""

    is_small = False


DATABASES = {each.name: each for each in (Sqlite, Postgres)}
TO_MEASURE = {each.name: each for each in (Sqlite, OrdinaryPostgres)}
