"""The commands that need the database, run as a person runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from habeas.core.messages import Message
from habeas.register.note import parse_vkey
from habeas.register.verify import verify_path
from habeas.speech import say
from habeas.store.models import CaseRow, SignerRow
from tests import postgres
from tests.store.conftest import copy_of
from tests.store.example import SENDING, Register
from tests.store.test_secrecy import tamper

COMMAND = (
    "import argparse, sys; from habeas import server; "
    "sys.exit(server.run(sys.argv[1], argparse.Namespace(**__import__('json').loads(sys.argv[2]))))"
)


def habeas(command: str, folder: Path | None, **more: str | bool) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HABEAS_")}
    environment |= {name: str(more.pop(name)) for name in list(more) if name.startswith("HABEAS_")}
    environment |= {"HABEAS_DATA": str(folder)} if folder else {}
    if folder and connection.vendor == "postgresql":
        environment |= {"HABEAS_DATABASE": postgres.url_of(str(connection.settings_dict["NAME"]), postgres.APPLICATION)}
    environment |= {"LC_ALL": "en"}
    return subprocess.run(
        [sys.executable, "-c", COMMAND, command, json.dumps(more)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def said(code: str, **parameters: str | int) -> str:
    """The sentence that a command would say."""
    return say(Message(f"server.{code}", parameters), "en") + "\n"


def test_export_writes_what_an_outsider_verifies(register: Register, data: Path, tmp_path: Path) -> None:
    register.propose("alice", "Alice", "Example")

    done = habeas("export", data, directory=str(tmp_path / "out"), format="json")

    assert (done.returncode, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    assert answer["log_key"] == register.vkey
    report = verify_path(tmp_path / "out", register.vkey)
    assert report.ok
    assert report.checkpoint is not None
    assert report.checkpoint.size == answer["size"]


def test_export_into_a_folder_with_another_register_stops(register: Register, data: Path, tmp_path: Path) -> None:
    habeas("export", data, directory=str(tmp_path / "out"))
    (tmp_path / "out" / "tile" / "entries" / "000.p" / "11").write_bytes(b"something else")

    done = habeas("export", data, directory=str(tmp_path / "out"))

    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_rebuild_says_what_differed_and_then_that_nothing_does(register: Register, data: Path) -> None:
    register.propose("alice", "Alice", "Example")
    assert habeas("rebuild", data).returncode == 0
    CaseRow.objects.filter(case="case-alice").update(answers="somebody-else")

    first = habeas("rebuild", data, format="json")
    second = habeas("rebuild", data, format="json")

    assert first.returncode == 1
    assert [each["key"] for each in json.loads(first.stdout)["differences"]] == ["case-alice"]
    assert (second.returncode, json.loads(second.stdout)["differences"]) == (0, [])


def test_rebuild_from_a_row_that_was_changed_names_the_entry(register: Register, data: Path) -> None:
    (entry,) = register.propose("alice", "Alice", "Example")
    tamper(f"UPDATE store_logrow SET account = 'somebody-else' WHERE ticket = {entry.index}")

    done, spanish = habeas("rebuild", data), habeas("rebuild", data, lang="es")

    assert (done.returncode, done.stderr) == (1, said("seal_broken", entry=entry.id))
    assert f": el asiento {entry.id} no se abre con su clave." in spanish.stderr


def test_rebuild_without_a_key_names_the_key(register: Register, data: Path) -> None:
    register.propose("alice", "Alice", "Example")
    (data / "keys" / "secret" / "person-person-alice.key").unlink()

    done = habeas("rebuild", data)

    assert (done.returncode, done.stderr) == (2, said("key_lost", key="person-person-alice"))


@pytest.mark.parametrize("length", [0, 16, 31])
def test_a_secret_key_file_that_is_cut_short_is_named_in_one_sentence(
    register: Register, data: Path, length: int
) -> None:
    register.propose("alice", "Alice", "Example")
    file = data / "keys" / "secret" / "person-person-alice.key"
    file.write_bytes(file.read_bytes()[:length])

    done = habeas("rebuild", data)

    assert (done.returncode, done.stderr) == (2, said("key_damaged", path=str(file)))


@pytest.mark.parametrize("length", [0, 20, -1])
def test_a_signing_key_file_that_is_cut_short_is_named_in_one_sentence(
    register: Register, data: Path, tmp_path: Path, length: int
) -> None:
    file = data / "keys" / "signing" / f"{parse_vkey(register.vkey).fingerprint.hex()}.key"
    file.write_bytes(file.read_bytes()[:length])

    done = habeas("export", data, directory=str(tmp_path / "out"))

    assert (done.returncode, done.stderr) == (2, said("key_damaged", path=str(file)))


@pytest.mark.parametrize("command", ["export", "rebuild", "serve"])
def test_a_command_without_a_database_says_what_to_do(tmp_path: Path, command: str) -> None:
    nowhere = habeas(command, None, directory=str(tmp_path / "out"))
    empty = habeas(command, tmp_path, directory=str(tmp_path / "out"))

    assert (nowhere.returncode, empty.returncode) == (2, 2)
    assert nowhere.stderr == said("no_data")
    assert empty.stderr == said("no_database", folder=str(tmp_path), name=str(tmp_path / "habeas.sqlite3"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["check", "export"])
def test_a_database_of_postgresql_without_tables_is_named(
    django_db_blocker: DjangoDbBlocker, tmp_path: Path, command: str
) -> None:
    with django_db_blocker.unblock(), copy_of("template1", tmp_path):
        at = connection.settings_dict
        done = habeas(command, tmp_path, directory=str(tmp_path / "out"))

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == said("no_tables", name=str(at["NAME"]), host=str(at["HOST"]), port=str(at["PORT"]))
    assert postgres.PASSWORD not in done.stderr


def damaged(data: Path, content: bytes) -> Path:
    """The database, with this in its place."""
    connection.close()
    database = data / "habeas.sqlite3"
    for each in data.glob("habeas.sqlite3-*"):
        each.unlink()
    database.write_bytes(content)
    return database


@pytest.mark.parametrize("data", ["sqlite"], indirect=True)
@pytest.mark.parametrize("command", ["export", "rebuild", "serve"])
def test_a_damaged_database_is_named_in_one_sentence(
    register: Register, data: Path, tmp_path: Path, command: str
) -> None:
    connection.close()
    whole = (data / "habeas.sqlite3").read_bytes()

    database = damaged(data, whole[:20_000])
    truncated = habeas(command, data, directory=str(tmp_path / "out"))
    damaged(data, b"a letter\n" * 1000)
    another = habeas(command, data, directory=str(tmp_path / "out"))
    damaged(data, b"")
    empty = habeas(command, data, directory=str(tmp_path / "out"))

    assert (truncated.returncode, another.returncode, empty.returncode) == (2, 2, 2)
    assert truncated.stderr == said("damaged", path=str(database), problem="database disk image is malformed")
    assert another.stderr == said("damaged", path=str(database), problem="file is not a database")
    assert empty.stderr == said("empty", path=str(database))


@pytest.mark.parametrize("command", ["export", "rebuild", "serve"])
def test_a_database_that_can_not_be_opened_is_named_in_one_sentence(tmp_path: Path, command: str) -> None:
    (tmp_path / "habeas.sqlite3").mkdir()

    done = habeas(command, tmp_path, directory=str(tmp_path / "out"))

    path = str(tmp_path / "habeas.sqlite3")
    assert (done.returncode, done.stderr) == (2, said("unusable", path=path, problem="unable to open database file"))


@pytest.mark.parametrize("command", ["export", "rebuild", "serve"])
def test_a_register_without_its_key_folder_stops_and_says_so(
    register: Register, data: Path, tmp_path: Path, command: str
) -> None:
    (data / "keys").rename(tmp_path / "elsewhere")

    done = habeas(command, data, directory=str(tmp_path / "out"))

    assert (done.returncode, done.stderr) == (2, said("no_keys", folder=str(data / "keys")))


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"HABEAS_DEMO": "1"}, "demo_settings"),
        ({"HABEAS_DEBUG": "1"}, "demo_settings"),
        ({}, "no_secret_key"),
        ({"HABEAS_SECRET_KEY": "k" * 50}, "no_hosts"),
    ],
)
def test_serve_refuses_what_is_not_fit_for_real_people(
    register: Register, data: Path, given: dict[str, str], reason: str
) -> None:
    done = habeas("serve", data, **given)

    assert done.returncode == 2
    assert (done.stderr, done.stdout) == (said(reason), "")


@pytest.mark.parametrize("given", [{"HABEAS_SECRET_KEY": "short"}, {"HABEAS_DEMO": "yes"}])
def test_a_setting_that_makes_no_sense_is_named_in_one_sentence(data: Path, given: dict[str, str]) -> None:
    done = habeas("serve", data, **given)

    assert done.returncode == 2
    assert next(iter(given)).removeprefix("HABEAS_").split("_")[0].lower() in done.stderr.lower()
    assert done.stderr.count("\n") == 1
    assert habeas("serve", data, lang="es", **given).stderr.startswith("La configuración no sirve: ")


def test_serve_refuses_the_data_of_a_demonstration(register: Register, data: Path) -> None:
    (data / "demo").touch()

    done = habeas("serve", data, HABEAS_SECRET_KEY="k" * 50, HABEAS_HOSTS="habeas.example")

    assert (done.returncode, done.stderr) == (2, said("demo_data", folder=str(data)))


def test_tables_are_made_only_when_asked(tmp_path: Path) -> None:
    done = habeas("rebuild", tmp_path, migrate=True)

    assert (done.returncode, done.stdout) == (0, said("rebuilt", rows=0, count=0))
    assert (tmp_path / "habeas.sqlite3").exists()


@pytest.mark.parametrize("party", ["log", SENDING])
def test_a_new_key_is_introduced_and_its_fingerprint_shown(register: Register, data: Path, party: str) -> None:
    done = habeas("new-key", data, party=party, format="json")
    answer = json.loads(done.stdout)
    key = parse_vkey(answer["vkey"])
    assert (done.returncode, answer["party"], answer["fingerprint"]) == (0, party, key.fingerprint.hex())
    assert SignerRow.objects.filter(party=party).latest("introduced").fingerprint == key.fingerprint.hex()


def test_a_party_without_a_key_gets_none(register: Register, data: Path) -> None:
    done = habeas("new-key", data, party="nobody")
    assert (done.returncode, "No party nobody has a key" in done.stderr) == (2, True)
