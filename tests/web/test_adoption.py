"""A release whose safeguards ask less than those that a register adopted: nothing is decided until the monitor says so.

Each such release is a copy of the folder that comes with the package, with a line changed and sealed anew.
"""

from __future__ import annotations

import json
import re
import shutil
from importlib.resources import files
from pathlib import Path

import pytest
from django.utils import timezone

from habeas import safeguards
from habeas.core.entries.custody import Arrived
from habeas.core.entries.oversight import LessDemanded
from habeas.core.released import demands, written
from habeas.store import read, streams
from habeas.store.begin import adopt
from tests.store.example import BOOKING, OFFICER, Register, proposed
from tests.store.test_acts import REASONS, done, propose, refused
from tests.store.test_begin import file, folder, habeas
from tests.web.conftest import People
from tests.web.test_monitor import send, text_of

__all__ = ["file", "folder"]

UNKEPT = read._less_than.__wrapped__
PROPOSAL = proposed("Bob", "Example", sending=None, receiving=None, reasons=REASONS)


def sealed_anew(package: Path, old: str, new: str) -> Path:
    """The folder of the safeguards in a copy of the package, in which every such line is another."""
    copied = package / "safeguards"
    shutil.copytree(str(files("habeas.safeguards")), copied, dirs_exist_ok=True)
    path = copied / "crc.toml"
    path.write_text(re.sub(old, new, path.read_text("utf-8")), "utf-8")
    asked = demands(safeguards.read_folder(copied))
    (copied / "released.json").write_text(written(asked), "utf-8")
    return copied


def installed(monkeypatch: pytest.MonkeyPatch, released: Path) -> None:
    """As if that were the version of Habeas that runs the register."""
    found = safeguards.read_folder(released)
    assert found.weaker == ()
    monkeypatch.setattr(safeguards, "read", lambda: found)
    monkeypatch.setattr(safeguards, "demanded", lambda: demands(found))
    monkeypatch.setattr(read, "_less_than", UNKEPT)  # nothing is kept of another version


@pytest.fixture
def weaker(register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Register:
    """A register whose new version asks less of `crc.adult`, and which adopted it."""
    propose(register)
    installed(monkeypatch, sealed_anew(tmp_path, r'kind = "bars"', 'kind = "requires"'))
    assert refused(register, "propose", PROPOSAL, OFFICER) == ["store.not_as_adopted"]
    adopt(at=register.now)
    return register


def adoption() -> str:
    return streams.entries("agreement-se-ee-2025")[-1].id


def test_nothing_is_permitted_by_a_release_that_asks_less_until_the_monitor_confirms_it(
    weaker: Register, people: People
) -> None:
    opened = streams.entries_below("case-")[0].stream
    assert set(refused(weaker, "propose", PROPOSAL, OFFICER)) == {"seal.differs"}
    done(weaker, "report_arrival", Arrived(facility="tartu"), BOOKING, case_id=opened)
    assert "is not what it is in what this register adopted" in text_of(people.alice, f"/cases/{opened}/")
    confirmed = LessDemanded(adopted=adoption(), reasons="An invented reason.")
    assert refused(weaker, "confirm_less", confirmed, OFFICER) == ["permission.role"]

    assert "crc.adult kind" in text_of(people.monitor, "/do/confirm_less/")
    send(people.monitor, "/do/confirm_less/", adopted=adoption(), reasons="An invented reason.")
    weaker.now = timezone.now()  # when the form was sent

    done(weaker, "propose", PROPOSAL, OFFICER)
    assert "this register adopted" not in text_of(people.alice, f"/cases/{opened}/")


def test_the_adoption_names_exactly_in_what_less_is_asked_and_is_recorded_once(weaker: Register) -> None:
    (found,) = read.adoptions_of_less().values()
    assert "crc.adult kind" in found.less
    assert all(re.fullmatch(r"crc\.\w+ kind", each) for each in found.less)
    assert adopt(at=weaker.now) == {}


def test_what_the_monitor_confirmed_does_not_cover_the_next_lesser_release(
    weaker: Register, people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(people.monitor, "/do/confirm_less/", adopted=adoption(), reasons="An invented reason.")
    weaker.now = timezone.now()
    done(weaker, "propose", PROPOSAL, OFFICER)
    installed(monkeypatch, sealed_anew(tmp_path / "next", r'id = "crc.adult"', 'id = "crc.grown_up"'))
    adopt(at=weaker.now)
    assert "seal.lacks" in refused(weaker, "propose", PROPOSAL, OFFICER)


def test_a_release_that_asks_more_is_adopted_and_permits_at_once(
    register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(monkeypatch, sealed_anew(tmp_path, r'"admission"\]', '"admission", "held"]'))
    assert refused(register, "propose", PROPOSAL, OFFICER) == ["store.not_as_adopted"]
    (found,) = adopt(at=register.now).values()
    assert found.less == ()
    done(register, "propose", PROPOSAL, OFFICER)


def test_the_command_adopts_and_says_what_waits_for_the_monitor(file: Path, folder: Path, tmp_path: Path) -> None:
    assert habeas("begin", file, data=folder).returncode == 0
    nothing = habeas("adopt", "--format", "json", data=folder)
    assert (nothing.returncode, json.loads(nothing.stdout)) == (0, {"adopted": []})
    shutil.copytree(str(files("habeas")), tmp_path / "lesser" / "habeas", ignore=shutil.ignore_patterns("__pycache__"))
    sealed_anew(tmp_path / "lesser" / "habeas", r'kind = "bars"', 'kind = "requires"')
    ended = habeas("adopt", data=folder, PYTHONPATH=str(tmp_path / "lesser"))
    assert (ended.returncode, ended.stderr) == (1, "")
    assert "they ask less than those before (" in ended.stdout
    assert "crc.adult kind" in ended.stdout
