"""The monitor holds its own roll against that of the running system, which does not choose of what it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from habeas.store.backup import backup
from habeas.store.models import CaseRow, LogRow, StintRow
from tests.store.example import Register
from tests.store.monitored import Monitor, lose_wrapped, monitor_of, rows, with_a_byte_changed
from tests.store.test_wrapped import lose


@pytest.fixture
def monitor(register: Register, tmp_path: Path) -> Monitor:
    return monitor_of(register, tmp_path)


# --- held against the running system -----------------------------------------------------------------


def test_the_running_system_says_the_same_of_the_same_entries_whatever_came_since(monitor: Monitor) -> None:
    downloaded, then = monitor.downloads(), monitor.register.now
    register = monitor.register
    register.wait(days=1)
    register.hold("emil")
    monitor.brings()

    assert monitor.finds("--compare", downloaded, "--at", then.isoformat()) == []
    assert "case-emil" in json.loads(monitor.asks().stdout)["held"][3].values()


def test_whoever_was_taken_out_of_the_tables_is_named(monitor: Monitor) -> None:
    CaseRow.objects.filter(case="case-alice").delete()
    StintRow.objects.filter(case="case-bob").delete()
    CaseRow.objects.filter(case="case-dora").update(ended_at=monitor.register.now)

    assert monitor.finds("--compare", monitor.downloads()) == [
        ("roll.only_here", "case-alice"),
        ("roll.only_here", "case-dora"),
        ("roll.other_facility", "case-bob"),
    ]


def test_another_facility_status_day_and_party_are_each_named(monitor: Monitor) -> None:
    downloaded = Path(monitor.downloads())
    told = json.loads(downloaded.read_text())
    told["held"][0] |= {
        "facility": "narva",
        "since_at": "2026-09-02T09:00:00.000000Z",
        "stage": None,
        "answers": "se-kv",
    }
    told["held"].append({**told["held"][1], "case": "case-zoe", "person": "person-zoe"})
    downloaded.write_text(json.dumps(told))

    assert monitor.finds("--compare", str(downloaded)) == [
        ("roll.only_there", "case-zoe"),
        ("roll.other_facility", "case-alice"),
        ("roll.other_since_at", "case-alice"),
        ("roll.other_stage", "case-alice"),
        ("roll.other_answers", "case-alice"),
    ]
    text = monitor.asks("--compare", str(downloaded), form="text").stdout
    assert "case-alice: another facility. Here tartu, there narva." in text
    assert "case-alice: another status. Here Held, there can't be told." in text


def test_a_lost_key_of_the_running_system_is_a_difference_and_no_gap(monitor: Monitor, data: Path) -> None:
    lose(data, "bob")

    assert monitor.finds("--compare", monitor.downloads()) == [("roll.other_stage", "case-bob")]


def test_a_case_that_cannot_be_read_here_is_no_difference_beside(monitor: Monitor) -> None:
    downloaded = monitor.downloads()
    lose_wrapped(monitor, "bob")

    assert monitor.finds("--compare", downloaded) == [("roll.no_key", "case-bob")]


def test_a_folder_older_than_the_roll_or_a_file_that_is_none_is_refused(monitor: Monitor) -> None:
    monitor.register.propose("zoe", "Zoe", "Example")
    older = monitor.asks("--compare", monitor.downloads())
    assert (older.returncode, older.stdout) == (2, "")
    assert "Bring the folder up to date" in older.stderr

    for text in ("[]", "{", '{"origin": "other.example/log", "size": 1, "at": "2026-09-01T08:00:00Z", "held": []}'):
        (monitor.folder / "roll.json").write_text(text)
        done = monitor.asks("--compare", "roll.json")
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), text
        assert done.stderr.startswith("roll.json"), text


# --- whoever gives the roll does not choose of what it is ----------------------------------------------


def codes(monitor: Monitor, *more: str) -> set[str]:
    return {code for code, _ in monitor.finds("--compare", "roll.json", *more)}


def test_a_roll_that_leaves_out_what_was_on_record_is_a_finding(monitor: Monitor) -> None:
    monitor.register.wait(minutes=6)
    of = LogRow.objects.count()
    for size in range(of):
        monitor.downloads(size=size, held=[])
        code, told, _ = monitor.asks("--compare", "roll.json", form="text")

        assert code == 1
        assert f"it is of {size} entries, and leaves out what was on record before its moment" in told
        assert f"{of - size} in all, the first of them entry {size}." in told


def test_nobody_is_hidden_by_a_roll_that_ends_before_their_arrival(monitor: Monitor) -> None:
    before = LogRow.objects.count()
    monitor.register.wait(hours=1)
    monitor.register.hold("emil")
    monitor.register.wait(hours=1)
    monitor.brings()
    told = json.loads(Path(monitor.downloads()).read_text())
    rest = [row for row in told["held"] if row["case"] != "case-emil"]

    monitor.downloads(held=rest, size=before)
    assert codes(monitor) == {"roll.left_out"}
    monitor.downloads(held=rest)
    assert monitor.finds("--compare", "roll.json") == [("roll.only_here", "case-emil")]


def test_an_act_under_way_while_the_roll_was_made_is_not_left_out(monitor: Monitor) -> None:
    told = json.loads(Path(monitor.downloads()).read_text())
    monitor.register.hold("emil")
    monitor.register.wait(minutes=4)
    monitor.brings()
    (monitor.folder / "roll.json").write_text(json.dumps({**told, "at": monitor.register.now.isoformat()}))

    assert codes(monitor) == set()


def test_what_came_after_the_roll_is_opened_too(monitor: Monitor) -> None:
    monitor.downloads()
    then = monitor.register.now
    monitor.register.wait(hours=1)
    monitor.register.hold("emil")
    monitor.brings()
    rows(monitor, lambda row: with_a_byte_changed(row) if row["version"] else row, "case-emil")

    assert monitor.finds("--compare", "roll.json", "--at", then.isoformat()) == [("roll.changed", "case-emil")]


def test_an_old_roll_one_of_the_future_and_a_small_one_are_refused(monitor: Monitor) -> None:
    kept, now = monitor.folder / "kept", monitor.register.now
    kept.write_bytes((monitor.backup / "checkpoint").read_bytes())
    monitor.downloads()
    assert monitor.asks("--compare", "roll.json", "--since", "kept")[0] == 0

    size = LogRow.objects.count()
    for sentence, changed in {
        "is the roll of 3 September 2026, 09:59:59 UTC, and must be": {"at": (now - timedelta(seconds=1)).isoformat()},
        "the clock of this machine says": {"at": "9999-12-31T23:59:59.999999Z"},
        f"of {size - 1} entries, and the checkpoint that you kept is of {size}.": {"size": size - 1},
    }.items():
        monitor.downloads(**changed)
        code, told, complaint = monitor.asks("--compare", "roll.json", "--since", "kept")
        assert (code, told, complaint.count("\n"), sentence in complaint) == (2, "", 1, True), complaint


def test_unless_the_monitor_says_of_when_it_must_be_a_roll_is_of_the_last_day(monitor: Monitor) -> None:
    monitor.downloads()
    monitor.says_when = False
    code, told, complaint = monitor.asks("--compare", "roll.json")
    assert (code, told, "an old roll hides who came since" in complaint) == (2, "", True)

    monitor.downloads(at=datetime.now(UTC).isoformat())
    assert monitor.asks("--compare", "roll.json").returncode == 0


def test_a_roll_that_was_not_made_at_its_moment_is_a_finding(monitor: Monitor) -> None:
    then = monitor.register.now - timedelta(hours=2)
    monitor.downloads(at=then.isoformat())

    assert "roll.recorded_later" in codes(monitor, "--at", then.isoformat())


def test_what_was_recorded_by_a_clock_that_ran_ahead_is_a_finding(monitor: Monitor) -> None:
    monitor.downloads()
    then = monitor.register.now.isoformat()
    monitor.register.now = datetime.now(UTC) + timedelta(days=400)
    monitor.register.hold("emil")
    monitor.brings()

    assert codes(monitor, "--at", then) == {"roll.recorded_to_come"}


def test_a_folder_that_does_not_continue_what_the_monitor_kept_is_refused(monitor: Monitor) -> None:
    monitor.register.propose("zoe", "Zoe", "Example")
    backup(monitor.folder / "newer")

    done = monitor.asks("--since", "newer/checkpoint", form="text")

    assert (done.returncode, "Alice" in done.stdout) == (1, False)
    assert "entries" in done.stdout


def test_whoever_is_listed_twice_or_only_there_is_named(monitor: Monitor) -> None:
    told = json.loads(Path(monitor.downloads()).read_text())
    bob = next(row for row in told["held"] if row["case"] == "case-bob")
    again, zoe = {**bob, "facility": "narva"}, {**bob, "case": "case-zoe", "person": "person-zoe"}
    monitor.downloads(held=[*told["held"], again, zoe])

    assert monitor.finds("--compare", "roll.json") == [("roll.twice", "case-bob"), ("roll.only_there", "case-zoe")]


def test_a_roll_that_is_no_whole_file_of_one_is_refused_in_one_sentence(monitor: Monitor) -> None:
    whole = Path(monitor.downloads()).read_text()
    for changed in (
        whole.replace('"size": ', '"size": -'),
        whole.replace('"size": ', '"size": NaN, "sizes": '),
        whole.replace('"size": ', '"size": 0, "size": '),
        whole.replace('"size": ', '"seize": '),
        whole.replace('"held": [', '"held": [7, '),
        whole + " " * 50_000_000,
    ):
        (monitor.folder / "roll.json").write_text(changed)
        code, told, complaint = monitor.asks("--compare", "roll.json", form="text")
        assert (code, told, complaint.count("\n"), "roll.json" in complaint) == (2, "", 1, True), complaint
