"""The monitor makes the roll again out of a backup and its own keys, and names whatever stands in the way of it."""

from __future__ import annotations

import base64
import csv
import json
import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction

from habeas.documents.verify_text import verify_text
from habeas.register.canonical import to_base64
from habeas.register.note import Signer
from habeas.register.sealed import PUBLIC, key_text, parse_key, public_of, seal
from habeas.register.verify import verify_path
from habeas.store import keys, wrapped
from habeas.store.models import CaseRow, LogRow, ShownStreamRow
from habeas.store.records import entry_of, new_record, row_of, stream_shown
from habeas.store.restore import restore
from habeas.store.standing_audit import audit
from tests.store.conftest import copy_of
from tests.store.example import MONITOR, Register
from tests.store.monitored import Monitor, lose_wrapped, monitor_of, rows, with_a_byte_changed
from tests.store.test_erasure import CASE as ERASED
from tests.store.test_erasure import erase, ready, taken
from tests.store.test_restore import emptied
from tests.store.test_wrapped import SECRET, give_key


@pytest.fixture
def monitor(register: Register, tmp_path: Path) -> Monitor:
    return monitor_of(register, tmp_path)


# --- who is held -------------------------------------------------------------------------------------


def test_it_has_everybody_who_was_sent_and_is_not_free_again(monitor: Monitor) -> None:
    done = monitor.asks()

    told = json.loads(done.stdout)
    assert (done.returncode, done.stderr, told["findings"]) == (0, "", [])
    found = [(row["name"], row["facility"], row["since_at"], row["stage"], row["answers"]) for row in told["held"]]
    assert found == [
        ("Alice Example", "tartu", "2026-09-01T09:00:00.000000Z", "held", "ee-vm"),
        ("Bob Example", "tartu", "2026-09-01T09:00:00.000000Z", "held", "se-kv"),
        ("Dora Example", None, "2026-09-01T08:00:00.000000Z", "in_transit", "se-kv"),
    ]
    assert told["about_nobody"] > 0
    assert Path(told["origin"]).name == "habeas"


def test_a_past_moment_is_by_what_had_happened_then(monitor: Monitor) -> None:
    then = monitor.register.now - timedelta(hours=2)

    held_then = json.loads(monitor.asks("--at", then.isoformat()).stdout)["held"]
    before = json.loads(monitor.asks("--at", "2026-09-01T08:30:00Z").stdout)["held"]

    assert [row["case"] for row in held_then] == ["case-alice", "case-bob", "case-charlie", "case-dora"]
    assert [(row["case"], row["facility"]) for row in before] == [("case-alice", None)]


def test_neither_a_register_nor_a_database_is_asked(monitor: Monitor) -> None:
    downloaded = monitor.downloads()
    assert monitor.asks_apart("--compare", downloaded) == monitor.asks("--compare", downloaded)
    CaseRow.objects.filter(case="case-alice").delete()
    apart = monitor.asks_apart("--compare", monitor.downloads())
    assert (apart.returncode, '"roll.only_here"' in apart.stdout, apart.stderr) == (1, True, "")


def test_text_and_csv_say_the_same_and_a_name_cannot_command_a_terminal(register: Register, tmp_path: Path) -> None:
    give_key(register, SECRET)
    register.propose("alice", "Alice\x1b[2J", "Example")
    register.hold("alice")
    monitor = Monitor(register, tmp_path)
    monitor.brings()

    text, table = monitor.asks(form="text"), monitor.asks(form="csv")

    assert text.stdout.startswith("case-alice  Alice\\u001b[2J Example: tartu, since ")
    assert text.stdout.splitlines()[-1] == "Findings: 0"
    (row,) = csv.DictReader(table.stdout.splitlines())
    assert (row["case"], row["facility"]) == ("case-alice", "tartu")
    assert "Findings: 0" in table.stderr


def test_a_name_cannot_command_a_spreadsheet_and_json_has_it_as_it_is(register: Register, tmp_path: Path) -> None:
    give_key(register, SECRET)
    name = '=HYPERLINK("http://x","y")'
    register.propose("alice", name, "Example")
    register.hold("alice")
    monitor = Monitor(register, tmp_path)
    monitor.brings()

    (row,) = csv.DictReader(monitor.asks(form="csv").stdout.splitlines())

    assert row["name"] == f"'{name} Example"
    assert [each["name"] for each in json.loads(monitor.asks().stdout)["held"]] == [f"{name} Example"]


def test_a_moment_or_a_key_that_is_none_is_refused_in_one_sentence(monitor: Monitor) -> None:
    (monitor.folder / "wrapped.txt").write_text("no key in here\n")
    files = ((option, file) for option in ("--wrapped", "--compare", "--since") for file in ("nowhere", "", "."))
    for more in (("--at", "yesterday"), ("--at", ""), ("--wrapped", "wrapped.txt"), *files):
        done = monitor.asks(*more)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), more


# --- what can't be read ------------------------------------------------------------------------------


def test_a_destroyed_wrapped_key_is_named_and_the_monitors_own_copy_opens_it(monitor: Monitor) -> None:
    (monitor.folder / "wrapped-keys.txt").write_text(wrapped.all_wrapped())
    lose_wrapped(monitor, "bob")

    assert monitor.finds() == [("roll.no_key", "case-bob")]
    assert monitor.finds("--wrapped", "wrapped-keys.txt", "--at", monitor.register.now.isoformat()) == []


def test_a_key_that_somebody_else_sealed_opens_nothing(monitor: Monitor) -> None:
    wrong = seal(bytes(32), parse_key(PUBLIC, key_text(PUBLIC, public_of(SECRET))), once=os.urandom(32))
    short = seal(bytes(5), parse_key(PUBLIC, key_text(PUBLIC, public_of(SECRET))), once=os.urandom(32))
    (monitor.backup / "wrapped" / "person-person-bob.sealed").write_text(to_base64(wrong))
    (monitor.backup / "wrapped" / "person-person-dora.sealed").write_text(to_base64(short))

    assert monitor.finds() == [("roll.changed", "case-bob"), ("roll.no_key", "case-dora")]


def test_a_changed_byte_of_sealed_content_is_named_with_its_case_and_entry(monitor: Monitor) -> None:
    rows(monitor, lambda row: with_a_byte_changed(row) if row["version"] == 1 else row, "case-bob")

    done = monitor.asks(form="text")

    index = LogRow.objects.get(stream="case-bob", version=1).place.index
    assert done.returncode == 1
    assert f"case-bob: what the folder holds of entry {index} is not what was recorded (1 in all)." in done.stdout
    assert monitor.finds() == [("roll.changed", "case-bob")]
    assert "Bob" not in done.stdout


def test_what_somebody_with_the_key_sealed_anew_is_not_what_the_leaf_commits_to(monitor: Monitor) -> None:
    row = LogRow.objects.get(stream="case-bob", version=0)
    row.sealed = row_of(new_record(entry_of(row)), leaf=bytes(row.leaf), leaf_hash=bytes(row.leaf_hash)).values[-1]
    again = base64.b64encode(row.sealed).decode()
    rows(monitor, lambda told: {**told, "sealed": again} if told["version"] == 0 else told, "case-bob")

    assert monitor.finds() == [("roll.changed", "case-bob")]


def test_a_changed_leaf_is_refused_before_anything_is_believed(monitor: Monitor) -> None:
    (file,) = (each for each in (monitor.backup / "tile" / "entries").rglob("*") if each.is_file())
    data = bytearray(file.read_bytes())
    data[-10] ^= 1
    file.write_bytes(data)

    done = monitor.asks()

    told = json.loads(done.stdout)
    assert (done.returncode, told["ok"], "held" in told) == (1, False, False)
    assert "Alice" not in done.stdout


def test_what_is_not_by_the_logs_key_is_refused_in_the_words_of_verify(monitor: Monitor) -> None:
    stranger = Signer("register.example/habeas", bytes(range(32))).verifier.text
    verdict = verify_text(verify_path(monitor.backup, stranger), "en")

    done, table = monitor.asks(vkey=stranger, form="text"), monitor.asks(vkey=stranger, form="csv")

    assert (done.returncode, done.stdout) == (1, verdict)
    assert (table.returncode, table.stdout, table.stderr) == (1, "", verdict)


def test_a_row_that_is_gone_is_named_by_its_place_and_shows_in_its_case(monitor: Monitor) -> None:
    rows(monitor, lambda row: None if row["version"] == 1 else row, "case-bob")

    assert monitor.finds() == [("roll.row_missing", ""), ("roll.gap", "case-bob")]


def test_a_broken_line_and_a_file_that_is_gone_are_named(monitor: Monitor) -> None:
    (file,) = (monitor.backup / "sealed").rglob("*.jsonl")
    lines = file.read_text("utf-8").splitlines()
    file.write_text("\n".join([*lines[:-1], '{"entry_id": 7, "stream": []}']), "utf-8")
    assert ("roll.row_missing", "") in monitor.finds()

    file.unlink()
    done = json.loads(monitor.asks().stdout)
    missing = next(each for each in done["findings"] if each["code"] == "roll.row_missing")
    assert missing["parameters"]["count"] == len(lines) == done["size"]


ODD: tuple[object, ...] = (None, 7, [], {}, "x", 1.5, True, "\ud800", "0001-01-01T00:00:00+14:00", "9" * 30)


def test_whatever_a_row_holds_is_a_finding_and_never_a_fault(monitor: Monitor) -> None:
    (file,) = (monitor.backup / "sealed").rglob("*.jsonl")
    good = file.read_text("utf-8").splitlines()
    number, row = next((n, told) for n, told in enumerate(map(json.loads, good)) if told["stream"] == "case-bob")
    broken = ["", "[]", "7", "null", "[" * 100_000]
    broken += [json.dumps({**row, name: odd}) for name in row if name not in ("index", "checkpoint") for odd in ODD]
    broken += [json.dumps({name: row[name] for name in row if name != left_out}) for left_out in ("stream", "sealed")]
    broken = [line for line in broken if not line.startswith("{") or json.loads(line) != row]
    for line in (as_it_was := json.dumps(row), *broken):
        file.write_text("\n".join([*good[:number], line, *good[number + 1 :]]), "utf-8")
        assert monitor.asks().returncode == (0 if line == as_it_was else 1), line[:300]


def test_who_is_passed_off_as_nobody_is_given_away_by_the_key(monitor: Monitor) -> None:
    rows(monitor, lambda row: {**row, "stream": "order-1", "subject": None}, "case-bob")
    assert monitor.finds() == [("roll.not_shown", ""), ("roll.key_unused", "person-person-bob")]

    monitor.brings()
    shutil.rmtree(monitor.backup)
    monitor.brings()
    rows(monitor, lambda row: {**row, "subject": None}, "case-bob")
    assert monitor.finds() == [("roll.no_key", "case-bob"), ("roll.key_unused", "person-person-bob")]


def test_the_last_entries_of_a_case_cannot_be_passed_off_as_about_nobody(monitor: Monitor) -> None:
    """Nobody can open them, but what they are about is shown by the leaf."""
    (file,) = (monitor.backup / "sealed").rglob("*.jsonl")
    shown = next(
        told["shown"] for line in file.read_text("utf-8").splitlines() if "shown" in (told := json.loads(line))
    )
    last = LogRow.objects.filter(stream="case-bob").order_by("-version")[0]
    of_itself = stream_shown(last)
    lied = {**of_itself, "disclosed": [{**of_itself["disclosed"][0], "value": "order-1"}]}
    for beside in ({}, {"shown": None}, {"shown": shown}, {"shown": of_itself}, {"shown": lied}, {"shown": [7]}):
        rows(
            monitor,
            lambda row, told=beside: (
                {**row, "stream": "order-1", "subject": None, **told} if row["version"] == last.version else row
            ),
            "case-bob",
        )

        done = json.loads(monitor.asks().stdout)

        found = [(each["code"], each["parameters"]["index"]) for each in done["findings"]]
        assert found == [("roll.not_shown", last.place.index)], beside
        monitor.brings()
        shutil.rmtree(monitor.backup)
        monitor.brings()


def test_a_key_under_which_nothing_was_ever_recorded_is_named(register: Register, tmp_path: Path) -> None:
    give_key(register, SECRET)
    keys.key_folder().create("person-person-zoe")
    wrapped.wrap("person-person-zoe", register.now)
    monitor = Monitor(register, tmp_path)
    monitor.brings()

    assert monitor.finds() == [("roll.key_unused", "person-person-zoe")]


def test_an_erased_person_is_counted_by_the_entry_and_is_no_finding(register: Register, tmp_path: Path) -> None:
    _, notice = ready(register)
    taken(register, "erase_person", erase(notice), MONITOR)
    register.propose("alice", "Alice", "Example")
    register.hold("alice")
    monitor = Monitor(register, tmp_path)
    monitor.brings()

    told = json.loads(monitor.asks().stdout)

    assert [row["case"] for row in told["held"]] == ["case-alice"]
    index = LogRow.objects.get(stream=ERASED, kind="case_erased").place.index
    assert (told["erased"], told["findings"]) == ([[ERASED, index]], [])
    of_pages = json.loads(Path(monitor.downloads()).read_text())["held"]
    assert [row | {"name": None} for row in told["held"]] == of_pages


def test_what_somebody_invents_of_an_erased_stream_shows_nothing_and_is_named(
    register: Register, data: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    _, notice = ready(register)
    entries = LogRow.objects.exclude(stream=ERASED).order_by("ticket").values_list("entry_id", flat=True)
    told = [False, 7, [], "x", {}, {"disclosed": []}, stream_shown(LogRow.objects.order_by("ticket")[0])]
    invented = [(each, shown) for each in (*entries[1:], "of no entry") for shown in told]
    ShownStreamRow.objects.bulk_create(
        ShownStreamRow(id=f"{number:032}", entry_id=each, shown=shown) for number, (each, shown) in enumerate(invented)
    )
    taken(register, "erase_person", erase(notice), MONITOR)
    assert ShownStreamRow.objects.count() > len(invented)

    monitor = Monitor(register, tmp_path)
    monitor.brings()

    assert monitor.finds() == []
    found = [(each.code, each.parameters["table"]) for each in audit(register.now)]
    assert found == [("audit.invented_row", "store_shownstreamrow")] * len(invented)
    with pytest.raises(DatabaseError), transaction.atomic():
        ShownStreamRow.objects.filter(id="0" * 32).delete()
    with copy_of(emptied(data, request), tmp_path):
        restore(monitor.backup, at=register.now)
        assert [each.code for each in audit(register.now)] == []
        shutil.rmtree(monitor.backup)
        monitor.brings()
        assert monitor.finds() == []


def test_an_erasure_that_is_only_said_does_not_hold_where_the_monitor_has_the_key(monitor: Monitor) -> None:
    rows(monitor, lambda row: {**row, "kind": "case_erased"} if row["version"] == 2 else row, "case-bob")

    told = json.loads(monitor.asks().stdout)

    assert [(each["code"], each["parameters"]["case"]) for each in told["findings"]] == [("roll.changed", "case-bob")]
    assert told["erased"] == []


def test_an_erasure_that_is_only_said_differs_from_the_pages_that_list_the_person(monitor: Monitor) -> None:
    downloaded = monitor.downloads()
    rows(monitor, lambda row: {**row, "kind": "case_erased"} if row["version"] == 2 else row, "case-bob")
    lose_wrapped(monitor, "bob")

    assert monitor.finds() == []
    assert monitor.finds("--compare", downloaded) == [("roll.only_there", "case-bob")]
