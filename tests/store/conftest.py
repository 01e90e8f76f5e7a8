"""Every test of the store has a database of its own, on SQLite and on PostgreSQL: real commits and real keys."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connections
from pytest_django import DjangoDbBlocker, Settings

from habeas.settings import database
from habeas.store import rights
from tests import postgres
from tests.store.example import Register


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> Path:
    """A migrated SQLite database without a register."""
    path = tmp_path_factory.mktemp("empty") / "habeas.sqlite3"
    with django_db_blocker.unblock(), _database_at(path):
        call_command("migrate", verbosity=0, skip_checks=True)
    return path


@pytest.fixture(scope="session")
def empty_template(django_db_blocker: DjangoDbBlocker) -> str:
    """A migrated PostgreSQL database without a register, which others are copies of."""
    name = f"habeas_empty_{secrets.token_hex(4)}"
    postgres.create(name)
    with django_db_blocker.unblock(), _database(postgres.settings_of(name, postgres.OWNER)):
        call_command("migrate", verbosity=0, skip_checks=True)
        rights.grant("default", postgres.APPLICATION)
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def data(
    request: pytest.FixtureRequest, tmp_path: Path, settings: Settings, django_db_blocker: DjangoDbBlocker
) -> Iterator[Path]:
    """The data folder of one test, with an empty database."""
    settings.HABEAS_DATA = tmp_path / "data"
    settings.HABEAS_DATA.mkdir(mode=0o700)
    empty = request.getfixturevalue("empty_database" if request.param == "sqlite" else "empty_template")
    with django_db_blocker.unblock(), copy_of(empty, settings.HABEAS_DATA):
        yield settings.HABEAS_DATA


ON_POSTGRESQL = pytest.mark.parametrize("data", ["postgresql"], indirect=True)
"""For what can only happen where several write at once and places come afterwards."""


@pytest.fixture
def register(data: Path) -> Register:
    """A register with two states, a court, a monitor, one facility and one agreement."""
    return Register.begin()


@contextmanager
def copy_of(empty: Path | str, folder: Path) -> Iterator[None]:
    """A database of its own: a copy of this file in the folder, or of this database of PostgreSQL. As there is no power
    cut in these tests, this process waits for no disk: postgres.NO_POWER_CUT."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda file: None)
        if isinstance(empty, Path):
            shutil.copy(empty, folder / empty.name)
            with _database_at(folder / empty.name):
                yield
            return
        name = f"habeas_test_{secrets.token_hex(4)}"
        postgres.create(name, empty)
        with _database(postgres.settings_of(name, postgres.APPLICATION)):
            yield
        postgres.run(f"DROP DATABASE {name} WITH (FORCE)")


def _database_at(path: Path) -> AbstractContextManager[None]:
    """Points the default connection at a file of SQLite, and back."""
    made = database({}, path.parent)
    options = {**made["OPTIONS"], "init_command": made["OPTIONS"]["init_command"].replace("=FULL", "=OFF")}
    return _database({**made, "NAME": str(path), "OPTIONS": options})


@contextmanager
def _database(other: dict[str, object]) -> Iterator[None]:
    before = connections.databases["default"]
    connections["default"].close()
    connections.databases["default"] = {**before, **other}
    del connections["default"]
    try:
        yield
    finally:
        connections["default"].close()
        connections.databases["default"] = before
        del connections["default"]
