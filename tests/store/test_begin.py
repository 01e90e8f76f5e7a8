"""`habeas begin`: a register for real people begins once, from a file, with one account manager for each party."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from habeas.core.entries.institutions import AccountInvited
from habeas.register.verify import verify_path
from habeas.store import accounts, streams
from habeas.store.append import SYSTEM
from habeas.store.models import LogRow
from habeas.web.serving import serve_pages
from tests.store.conftest import _database_at
from tests.store.test_secrecy import files_with

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "begin-a-register.md"
FILE = HOW_TO.read_text(encoding="utf-8").partition("```toml\n")[2].partition("```")[0]
MANAGERS = {"se-manager": "se", "ee-manager": "ee", "monitor-manager": "monitor"}


def habeas(*words: str | Path, data: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, whose environment asks for English."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HABEAS_", "DJANGO_"))}
    given = {"HABEAS_DATA": str(data)} if data else {}
    return subprocess.run(
        [sys.executable, "-m", "habeas.cli", *map(str, words)],
        env={**kept, "LC_ALL": "en", **given, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_how_to_names_every_header_that_is_believed_and_its_nginx_sets_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: dict[str, Any] = {}
    monkeypatch.setattr("habeas.web.serving.waitress.serve", lambda _, **given: told.update(given))
    serve_pages(8000)

    text, nginx = (
        HOW_TO.read_text("utf-8").lower(),
        HOW_TO.read_text("utf-8").partition("```nginx")[2].partition("```")[0],
    )
    believed = {"host", *told["trusted_proxy_headers"]}
    assert (told["host"], told["trusted_proxy"], len(believed)) == ("127.0.0.1", "127.0.0.1", 4)
    assert {each for each in believed if f"`{each}`" in text} == believed
    assert {line.split()[1].lower() for line in nginx.splitlines() if "proxy_set_header" in line} == believed


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "register.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder that is not yet there."""
    return tmp_path / "new" / "habeas"


def test_nobody_else_on_the_machine_reads_what_is_written(file: Path, folder: Path, tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        begun = habeas("begin", file, data=folder)
        kept = habeas("backup", tmp_path / "kept", data=folder)
        habeas("export", tmp_path / "public", data=folder)
    finally:
        os.umask(before)

    assert (begun.returncode, kept.returncode) == (0, 0), begun.stderr + kept.stderr
    written = [folder, *folder.rglob("*"), tmp_path / "kept", *(tmp_path / "kept").rglob("*")]
    assert len(written) > 20
    assert [each for each in written if each.stat().st_mode & 0o077] == []
    assert (tmp_path / "public" / "checkpoint").stat().st_mode & 0o044 == 0o044


def test_a_folder_that_others_can_read_is_named(file: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    folder.chmod(0o755)

    begun = habeas("begin", file, data=folder)

    assert begun.returncode == 0
    assert f"chmod -R go= {folder}" in begun.stderr


def test_a_register_begins_with_its_parties_and_their_first_managers_whom_the_system_appoints(
    file: Path, folder: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    begun = habeas("begin", file, "--format", "json", data=folder)

    assert (begun.returncode, begun.stderr) == (0, "")
    answer = json.loads(begun.stdout)
    assert answer["log"] == "register.example/se-ee"
    assert {each["account"]: each["party"] for each in answer["managers"]} == MANAGERS
    with override_settings(HABEAS_DATA=folder), django_db_blocker.unblock(), _database_at(folder / "habeas.sqlite3"):
        entries = [each for stream in streams_of_all() for each in streams.entries(stream)]
        invited = [each for each in entries if isinstance(each.body, AccountInvited)]
        now = datetime.now(UTC)
        opened = {each["account"]: accounts.invited(token_of(each["link"]), at=now) for each in answer["managers"]}
    assert {each.actor for each in entries} == {SYSTEM}
    assert Counter(each.kind for each in entries) == {
        "key_added": 4,
        "party_registered": 3,
        "agreement_adopted": 1,
        "account_invited": 3,
    }
    assert {(each.body.account, each.body.party, each.body.role) for each in invited} == {
        (account, party, "account_manager") for account, party in MANAGERS.items()
    }
    assert opened == {account: account for account in MANAGERS}


def streams_of_all() -> list[str]:
    return sorted(set(LogRow.objects.values_list("stream", flat=True)))


def token_of(link: str) -> str:
    address, _, token = link.partition("/invitation/?key=")
    assert address == "https://register.example"
    return token


def test_what_is_printed_is_the_key_and_each_link_once_and_no_link_is_kept(file: Path, folder: Path) -> None:
    begun = habeas("begin", file, data=folder)
    lines = begun.stdout.splitlines()
    links = [line.rpartition(" ")[2] for line in lines[1:]]
    key = lines[0].rpartition(" ")[2]

    assert lines[0].startswith("The register register.example/se-ee has begun. The log's key, ")
    assert [line.partition(",")[0] for line in lines[1:]] == list(MANAGERS)
    assert files_with(folder, "register.example/se-ee") != []
    assert [files_with(folder, token_of(link)) for link in links] == [[], [], []]
    assert habeas("export", folder.parent / "out", data=folder).returncode == 0
    assert verify_path(folder.parent / "out", key).ok


def test_it_begins_only_once(file: Path, folder: Path) -> None:
    assert habeas("begin", file, data=folder).returncode == 0
    before = (folder / "habeas.sqlite3").read_bytes()

    again = habeas("begin", file, data=folder)

    assert (again.returncode, again.stdout) == (2, "")
    assert again.stderr == (
        f"{folder}, or its database, holds a register, or the keys of one: give a new one another folder in HABEAS_DATA,"
        " and on PostgreSQL another database in HABEAS_DATABASE.\n"
    )
    assert (folder / "habeas.sqlite3").read_bytes() == before


def test_the_keys_of_a_register_whose_database_is_gone_are_not_begun_over(file: Path, folder: Path) -> None:
    assert habeas("begin", file, data=folder).returncode == 0
    for each in folder.glob("habeas.sqlite3*"):
        each.unlink()

    again = habeas("begin", file, data=folder)

    assert (again.returncode, again.stdout) == (2, "")
    assert again.stderr.startswith(f"{folder}, or its database, holds a register, or the keys of one")
    assert [each.name for each in folder.iterdir()] == ["keys"]


def half_made(folder: Path) -> None:
    """The database of somebody who was killed while its tables were made."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    code = (
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'habeas.settings'; import django; django.setup();"
        "from django.core.management import call_command; call_command('migrate', 'store', '0003', verbosity=0)"
    )
    subprocess.run([sys.executable, "-c", code], env=os.environ | {"HABEAS_DATA": str(folder)}, check=True)


def test_what_was_killed_while_its_tables_were_made_goes_on(file: Path, folder: Path) -> None:
    half_made(folder)
    assert habeas("begin", file, data=folder).returncode == 0
    assert habeas("backup", folder.parent / "backup", data=folder).returncode == 0
    for each in folder.glob("habeas.sqlite3*"):
        each.unlink()
    half_made(folder)

    restored = habeas("restore", folder.parent / "backup", data=folder)

    assert (restored.returncode, restored.stderr) == (0, "")
    assert not list(folder.glob("*.before-*"))


def test_a_demonstration_is_no_register_of_real_people(file: Path, tmp_path: Path, folder: Path) -> None:
    (tmp_path / "demo").touch()

    in_folder, in_settings = habeas("begin", file, data=tmp_path), habeas("begin", file, data=folder, HABEAS_DEMO="1")

    assert (in_folder.returncode, in_settings.returncode) == (2, 2)
    assert in_folder.stderr.startswith(f"{tmp_path} holds a demonstration.")
    assert in_settings.stderr.startswith("HABEAS_DEMO and HABEAS_DEBUG are for trying out.")
    assert not folder.exists()


WRONG = [
    ('log = "register.example/se-ee"', 'log = "två"', "line 1, column 8: The name of a log must be 1 to 200 ASCII"),
    ('"https://register', '"http://register', "line 2, column 12: address must begin with https://"),
    ('kind = "sending_state"', 'kind = "sender"', "line 6, column 9: kind can't be sender; expected "),
    ('kind = "sending_state"', 'kind = "log"', "line 6, column 9: kind can't be log; expected "),
    ('state = "SWE"', 'state = "SE"', "line 7, column 10: There is no country SE"),
    ('state = "SWE"\n', "", "line 4, column 1: state is missing: add it."),
    ('account_manager = "se-manager"\n', "", "line 4, column 1: The party se has no account_manager"),
    ('"ee-manager"', '"se-manager"', "line 14, column 20: The account se-manager manages another party already"),
    ("[parties.monitor]", "[parties.log]", "line 16, column 1: No party can be called log"),
    ('receiving = "ee"', 'receiving = "se"', "line 23, column 14: receiving can't be se; expected ee."),
    ("[agreements.se-ee-2025]", "[agreements.se-ee]", "line 21, column 1: se-ee can't be se-ee; expected se-ee-2025."),
    (
        'receiving = "ee"',
        'receiving = "ee"\nassumptions = ["se-ee-2025-demo"]',
        "line 21, column 1: A register of real people assumes nothing",
    ),
    ('state = "SWE"', 'state = "NOR"', "line 22, column 12: sending can't be se"),
    ("[agreements", "[agreement", "line 1, column 1: agreements is missing: add it."),
]


@pytest.mark.parametrize(("before", "after", "sentence"), WRONG, ids=[each[1].strip() or each[0] for each in WRONG])
def test_with_an_error_in_the_file_nothing_is_made_and_the_sentence_says_where(
    file: Path, folder: Path, before: str, after: str, sentence: str
) -> None:
    assert before in FILE
    file.write_text(FILE.replace(before, after, 1), encoding="utf-8")

    ended = habeas("begin", file, data=folder)

    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert ended.stderr.startswith(f"habeas: {file}, {sentence}")
    assert not folder.exists()


def test_nobody_is_held_under_a_model_between_two_states_that_do_not_exist(file: Path, folder: Path) -> None:
    invented = FILE.replace("se-ee-2025", "model-agreement").replace('"SWE"', '"XAA"').replace('"EST"', '"XBB"')
    file.write_text(invented, encoding="utf-8")

    ended = habeas("begin", file, data=folder)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert "model-agreement is a model between two states that do not exist" in ended.stderr
    assert not folder.exists()


def test_it_answers_in_the_language_that_is_asked_for(file: Path, folder: Path) -> None:
    assert habeas("begin", file, "--lang", "es", data=folder).stdout.startswith("El registro register.example/se-ee ")
    assert habeas("begin", file, "--lang", "es", data=folder).stderr.startswith(
        f"{folder}, o su base de datos, contiene"
    )
    assert habeas("rebuild", "--lang", "es", data=folder).stdout.endswith(
        "filas a partir del registro; 0 eran distintas.\n"
    )
