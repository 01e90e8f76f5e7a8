"""Every test of the store has a database file of its own: real commits and real keys."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connections
from pytest_django import DjangoDbBlocker, Settings

from tests.store.example import Register


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> Path:
    """A migrated database without a register."""
    path = tmp_path_factory.mktemp("empty") / "habeas.sqlite3"
    with django_db_blocker.unblock(), _database_at(path):
        call_command("migrate", verbosity=0, skip_checks=True)
    return path


@pytest.fixture
def data(
    empty_database: Path, tmp_path: Path, settings: Settings, django_db_blocker: DjangoDbBlocker
) -> Iterator[Path]:
    """The data folder of one test, with an empty database."""
    settings.HABEAS_DATA = tmp_path / "data"
    settings.HABEAS_DATA.mkdir()
    path = settings.HABEAS_DATA / "habeas.sqlite3"
    shutil.copy(empty_database, path)
    with django_db_blocker.unblock(), _database_at(path):
        yield settings.HABEAS_DATA


@pytest.fixture
def register(data: Path) -> Register:
    """A register with two states, a court, a monitor, one facility and one agreement."""
    return Register.begin()


class _database_at:
    """Points the default connection at a file, and back."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        connection = connections["default"]
        connection.close()
        self._before = connection.settings_dict["NAME"]
        connection.settings_dict["NAME"] = str(self._path)

    def __exit__(self, *_: object) -> None:
        connection = connections["default"]
        connection.close()
        connection.settings_dict["NAME"] = self._before
