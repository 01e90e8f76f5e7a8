"""The monitor makes the roll again out of a backup and its own keys, and names whatever stands in the way of it."""

from __future__ import annotations

import argparse
import base64
import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from habeas import server
from habeas.cli import main
from habeas.core.entries import Unstated
from habeas.core.entries import custody as held
from habeas.core.roll import document
from habeas.documents.verify_text import verify_text
from habeas.register.canonical import to_base64
from habeas.register.note import Signer
from habeas.register.sealed import PUBLIC, key_text, parse_key, public_of, seal
from habeas.register.sealed import SECRET as SECRET_KEY
from habeas.register.verify import verify_path
from habeas.store import keys, roll, wrapped
from habeas.store.backup import backup
from habeas.store.models import CaseRow, LogRow, StintRow
from habeas.store.records import entry_of, new_record, row_of
from habeas.store.sequencer import place_all
from tests.store.example import BOOKING, MONITOR, Register
from tests.store.test_erasure import CASE as ERASED
from tests.store.test_erasure import erase, ready, taken
from tests.store.test_wrapped import SECRET, give_key, lose

Capture = pytest.CaptureFixture[str]


@dataclass
class Monitor:
    """What it has: a folder, its own secret key, and the log's key from elsewhere."""

    register: Register
    folder: Path

    @property
    def backup(self) -> Path:
        return self.folder / "backup"

    def brings(self) -> None:
        """The operator's backup, as it is now, and the monitor's keys."""
        backup(self.backup)
        (self.folder / "secret.key").write_text(key_text(SECRET_KEY, SECRET))

    def downloads(self, **changed: object) -> str:
        """The roll that the running system gives, in which these members say something else; the path of the file."""
        place_all()
        told = {**document(roll.of_tables(self.register.now)), **changed}
        (self.folder / "roll.json").write_text(json.dumps(told))
        return str(self.folder / "roll.json")

    def asks(self, *more: str, form: str = "json", vkey: str | None = None) -> subprocess.CompletedProcess[str]:
        """Runs the command where no register is, by default about the register's own moment."""
        environment = {name: each for name, each in os.environ.items() if not name.startswith("HABEAS_")}
        command = [sys.executable, "-m", "habeas.cli", "roll", str(self.backup), "--secret", "secret.key"]
        command += ["--key", vkey or self.register.vkey, "--format", form, *more]
        if "--at" not in more:
            command += ["--at", self.register.now.isoformat()]
        environment["LC_ALL"] = "en"
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=60
        )

    def finds(self, *more: str) -> list[tuple[str, str]]:
        """The code and the case of each finding, with the exit code that belongs to it."""
        done = self.asks(*more)
        assert done.stderr == ""
        found = [(each["code"], each["parameters"]["case"]) for each in json.loads(done.stdout)["findings"]]
        assert done.returncode == (1 if found else 0)
        return found


def departed() -> held.Departed:
    unknown = dict.fromkeys(("departed_from", "destination", "means"), Unstated.NOT_KNOWN)
    return held.Departed(**unknown, outward=True)


@pytest.fixture
def monitor(register: Register, tmp_path: Path) -> Monitor:
    """Alice is held and was handed over, Bob arrived, Charlie is free again, Dora is on the way, Emil only proposed."""
    give_key(register, SECRET)
    for name in ("alice", "bob", "charlie", "dora", "emil"):
        register.propose(name, name.title(), "Example")
    (offer,) = register.record(
        "case-alice", held.HandoverOffered(to_party="ee-vm", place="a gate", fitness="well"), person="person-alice"
    )
    register.record("case-alice", held.HandoverAccepted(offer=offer.id), by=BOOKING, person="person-alice")
    register.wait(hours=1)
    for name in ("alice", "bob", "charlie"):
        register.hold(name)
    register.record("case-dora", departed(), person="person-dora")
    register.wait(days=2)
    free = held.Released(place="a gate", handed_to="nobody", papers="none")
    register.record("case-charlie", free, by=BOOKING, person="person-charlie")
    register.wait(hours=1)
    monitor = Monitor(register, tmp_path)
    monitor.brings()
    return monitor


def rows(monitor: Monitor, change: Callable[[dict[str, object]], dict[str, object] | None], case: str) -> None:
    """Change or leave out the sealed rows of a case, in the folder."""
    (file,) = (monitor.backup / "sealed").rglob("*.jsonl")
    lines = [json.loads(each) for each in file.read_text("utf-8").splitlines()]
    kept = [change(each) if each["stream"] == case else each for each in lines]
    file.write_text("".join(f"{json.dumps(each)}\n" for each in kept if each is not None), "utf-8")


def with_a_byte_changed(row: dict[str, object]) -> dict[str, object]:
    sealed = bytearray(base64.b64decode(str(row["sealed"])))
    sealed[-20] ^= 1
    return {**row, "sealed": base64.b64encode(sealed).decode()}


def lose_wrapped(monitor: Monitor, name: str) -> None:
    (monitor.backup / "wrapped" / f"person-person-{name}.sealed").unlink()


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


def test_a_moment_or_a_key_that_is_none_is_refused_in_one_sentence(monitor: Monitor) -> None:
    for more in (("--at", "yesterday"), ("--wrapped", "nowhere.txt"), ("--compare", "nowhere.json")):
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
    row.sealed = row_of(new_record(entry_of(row)), leaf=bytes(row.leaf), leaf_hash=bytes(row.leaf_hash)).sealed
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
    told = {"backup": str(monitor.backup), "secret": str(monitor.folder / "secret.key"), "key": monitor.register.vkey}
    rest = dict.fromkeys(("wrapped", "policy", "compare", "since")) | {"format": "json", "lang": "en"}
    args = argparse.Namespace(**told, **rest, at=monitor.register.now.isoformat())
    broken = ["", "[]", "7", "null", "[" * 100_000]
    broken += [json.dumps({**row, name: odd}) for name in row if name not in ("index", "checkpoint") for odd in ODD]
    broken += [json.dumps({name: row[name] for name in row if name != left_out}) for left_out in ("stream", "sealed")]
    broken = [line for line in broken if not line.startswith("{") or json.loads(line) != row]
    for line in (as_it_was := json.dumps(row), *broken):
        file.write_text("\n".join([*good[:number], line, *good[number + 1 :]]), "utf-8")
        assert server.run("roll", args) == (0 if line == as_it_was else 1), line[:300]


def test_who_is_passed_off_as_nobody_is_given_away_by_the_key(monitor: Monitor) -> None:
    rows(monitor, lambda row: {**row, "stream": "order-1", "subject": None}, "case-bob")
    assert monitor.finds() == [("roll.key_unused", "person-person-bob")]

    monitor.brings()
    (monitor.backup / "sealed.sha256").unlink()
    monitor.brings()
    rows(monitor, lambda row: {**row, "subject": None}, "case-bob")
    assert monitor.finds() == [("roll.no_key", "case-bob"), ("roll.key_unused", "person-person-bob")]


def test_a_key_under_which_nothing_was_ever_recorded_is_named(register: Register, tmp_path: Path) -> None:
    give_key(register, SECRET)
    keys.key_folder().create("person-person-zoe")
    wrapped.wrap("person-person-zoe")
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


def answer(monitor: Monitor, capsys: Capture, *more: str) -> tuple[int, str, str]:
    """What the command ends with, says, and complains of, about roll.json; in this process, which is quicker."""
    told = ["roll", str(monitor.backup), "--secret", str(monitor.folder / "secret.key"), "--key", monitor.register.vkey]
    code = main([*told, "--compare", str(monitor.folder / "roll.json"), "--lang", "en", *more])
    return code, *capsys.readouterr()


def test_a_roll_that_leaves_out_what_was_on_record_is_a_finding(monitor: Monitor, capsys: Capture) -> None:
    monitor.register.wait(minutes=6)
    of = LogRow.objects.count()
    for size in (0, 1, of - 1):
        monitor.downloads(size=size, held=[])
        code, told, _ = answer(monitor, capsys, "--at", monitor.register.now.isoformat())

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


def test_an_old_roll_one_of_the_future_and_a_small_one_are_refused(monitor: Monitor, capsys: Capture) -> None:
    kept, now = monitor.folder / "kept", monitor.register.now
    kept.write_bytes((monitor.backup / "checkpoint").read_bytes())
    pinned = ("--at", now.isoformat(), "--since", str(kept))
    monitor.downloads()
    assert answer(monitor, capsys, *pinned)[0] == 0

    size = LogRow.objects.count()
    for sentence, changed in {
        "is the roll of 3 September 2026, 09:59:59 UTC, and must be": {"at": (now - timedelta(seconds=1)).isoformat()},
        "the clock of this machine says": {"at": "9999-12-31T23:59:59.999999Z"},
        f"of {size - 1} entries, and the checkpoint that you kept is of {size}.": {"size": size - 1},
    }.items():
        monitor.downloads(**changed)
        code, told, complaint = answer(monitor, capsys, *pinned)
        assert (code, told, complaint.count("\n"), sentence in complaint) == (2, "", 1, True), complaint


def test_unless_the_monitor_says_of_when_it_must_be_a_roll_is_of_the_last_day(
    monitor: Monitor, capsys: Capture
) -> None:
    monitor.downloads()
    code, told, complaint = answer(monitor, capsys)
    assert (code, told, "an old roll hides who came since" in complaint) == (2, "", True)

    monitor.downloads(at=datetime.now(UTC).isoformat())
    assert answer(monitor, capsys)[0] == 0


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


def test_a_roll_that_is_no_whole_file_of_one_is_refused_in_one_sentence(monitor: Monitor, capsys: Capture) -> None:
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
        code, told, complaint = answer(monitor, capsys, "--at", monitor.register.now.isoformat())
        assert (code, told, complaint.count("\n"), "roll.json" in complaint) == (2, "", 1, True), complaint
