"""What people type, and what they are told: the answer on standard output, one sentence on standard error."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from habeas.cli import main
from habeas.core.countries import COUNTRIES, name
from habeas.core.messages import Message
from habeas.register.receipt import make_receipt
from habeas.speech import LANGUAGES, plain, say
from tests.register.example import LOG, SENDER, STRANGER, example_log
from tests.register.passkey import Passkey, SystemKey
from tests.register.test_asserted import ALICE, Signed

VKEY = LOG.verifier.text


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


class Shell:
    """Runs commands as somebody whose environment asks for English."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *words: str | Path) -> Ended:
        code = main([str(each) for each in words])
        printed = self._capsys.readouterr()
        return Ended(code, printed.out, printed.err)


@pytest.fixture
def habeas(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    return Shell(capsys)


@pytest.fixture
def export(tmp_path: Path) -> Path:
    return example_log(7).write(tmp_path / "export")


def typed(*words: str | Path, program: str = "", **environment: str) -> Ended:
    """Run a command as a process of its own."""
    start = program or "import sys; from habeas.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", start, *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "LC_ALL": "C.UTF-8", **environment},
        timeout=120,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


# --- verify ----------------------------------------------------------------------------------------


def test_an_export_whose_key_one_brings_holds(habeas: Shell, export: Path) -> None:
    ended = habeas("verify", export, "--key", VKEY)
    assert ended.code == 0
    assert ended.err == ""
    assert ended.out.startswith(
        "Everything holds, and the log's key is the one you brought.\n\nWhat is established:\n"
        "  register: register.example/tartu\n  entries in it: 7\n"
    )


def test_a_key_may_stand_in_a_file(habeas: Shell, export: Path, tmp_path: Path) -> None:
    key = tmp_path / "log.vkey"
    key.write_text(f"{VKEY}\n")
    assert habeas("verify", export, "--key", key).code == 0


def test_without_a_key_nobody_is_known_to_have_signed(habeas: Shell, export: Path) -> None:
    ended = habeas("verify", export)
    assert ended.code == 1
    assert ended.out.startswith("Consistent in itself; signer not established.")
    assert "What the files claim, which no known signer vouches for:" in ended.out


def test_a_tampered_export_is_refused_and_its_facts_are_not_told(habeas: Shell, export: Path) -> None:
    tile = next(path for path in sorted(export.rglob("*")) if path.is_file() and "entries" in path.parts)
    tile.write_bytes(tile.read_bytes().replace(b"h", b"i", 1))
    ended = habeas("verify", export, "--key", VKEY)
    assert ended.code == 1
    assert re.match(
        r"Refused\. Entry [0-9] is not the one whose hash is in tile/0/000\.p/7: it was changed\.\n\n", ended.out
    )
    assert "Do not rely on it; keep the files" in ended.out
    assert "\n- " in ended.out
    assert "register.example" not in ended.out


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return example_log(600).write(tmp_path_factory.mktemp("large"))


def test_two_bundles_that_were_swapped_are_told_in_one_sentence_and_a_few_places(
    habeas: Shell, large: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(large, tmp_path / "copy")
    for one, other in (("000", "001"), ("001", "000")):
        shutil.copy(large / "tile/entries" / one, folder / "tile/entries" / other)
    ended = habeas("verify", folder, "--key", VKEY)
    assert ended.out.startswith("Refused. The bundle tile/entries/000 holds none of the entries 0 to 255")
    assert "\n- And 1 more of this kind: entries 256.\n" in ended.out
    assert "of other kinds; --format json lists them all.\n" in ended.out
    assert len(ended.out.splitlines()) < 12
    assert len(json.loads(habeas("verify", folder, "--key", VKEY, "--format", "json").out)["problems"]) > 12


def test_keys_that_are_lost_are_told_in_one_sentence(habeas: Shell, large: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(large, tmp_path / "copy")
    (folder / "keys.jsonl").unlink()
    advice = "Do not rely on it; keep the files and ask the parties and the monitor."
    assert habeas("verify", folder, "--key", VKEY).out == f"Refused. The file keys.jsonl is missing.\n\n{advice}\n"
    first = (large / "keys.jsonl").read_bytes().splitlines(keepends=True)[0]
    (folder / "keys.jsonl").write_bytes(first)
    out = habeas("verify", folder, "--key", VKEY).out
    assert out.startswith("Refused. Entry 3 is signed by a key that no entry introduced")
    assert out.endswith("\n- And 596 more of this kind: entries 4, 5, 6, ….\n")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (b"\n", b"\r\n", "The lines of the checkpoint end in CR LF"),
        (b"register", b"\xef\xbb\xbfregister", "The checkpoint begins with a byte order mark (BOM)"),
        (b"\n7\n", b"\n" + b"9" * 60 + b"\n", f"The second line of the checkpoint is “{'9' * 40}”"),
    ],
)
def test_what_an_editor_made_of_a_checkpoint_is_told(
    habeas: Shell, export: Path, old: bytes, new: bytes, told: str
) -> None:
    whole = (export / "checkpoint").read_bytes()
    count = 1 if old == b"register" else -1
    (export / "checkpoint").write_bytes(whole.replace(old, new, count))
    for path in (export, export / "checkpoint"):
        ended = habeas("verify", path, "--key", VKEY)
        assert (ended.code, ended.err) == (1, "")
        assert ended.out.startswith(f"Refused. {told}")


def test_a_key_that_the_files_do_not_know_is_named_with_what_to_do(habeas: Shell, export: Path) -> None:
    ended = habeas("verify", export, "--key", STRANGER.verifier.text)
    assert ended.code == 1
    assert ended.out.startswith(f"Not established. You brought {STRANGER.verifier.text}. The checkpoint is signed by")


def test_a_receipt_that_is_older_than_the_kept_checkpoint_is_told_as_that(habeas: Shell, tmp_path: Path) -> None:
    (file := tmp_path / "receipt.json").write_bytes(make_receipt(example_log(7).receipt(5)))
    (kept := tmp_path / "kept").write_bytes(example_log(9).checkpoint())
    (policy := tmp_path / "policy").write_text(f"log {VKEY}\nquorum none\n")
    for known in (["--key", VKEY], ["--policy", policy]):
        ended = habeas("verify", file, *known, "--since", kept)
        assert (ended.code, ended.out.startswith("Not established. The receipt's checkpoint")) == (1, True)
        assert "Do not rely on it" not in ended.out
    assert habeas("verify", file, "--key", VKEY, "--since", kept, "--lang", "es").out.startswith(
        "No establecido. El punto"
    )
    told = json.loads(habeas("verify", file, "--key", VKEY, "--since", kept, "--format", "json").out)
    assert (told["verdict"], told["signer_established"], "claimed" in told) == ("not_comparable", True, True)
    whole = example_log(9).write(tmp_path / "whole")
    assert habeas("verify", whole, "--key", VKEY, "--since", file).code == 0


def test_verify_answers_with_one_json_document(habeas: Shell, export: Path) -> None:
    sound = json.loads(habeas("verify", export, "--key", VKEY, "--format", "json").out)
    assert (sound["ok"], sound["verdict"], sound["problems"]) == (True, "established", [])
    assert sound["established"]["size"] == 7
    stranger = json.loads(habeas("verify", export, "--key", STRANGER.verifier.text, "--format", "json").out)
    assert (stranger["ok"], stranger["verdict"]) == (False, "another_key")
    assert "established" not in stranger
    assert stranger["problems"][0]["sentence"]


def test_a_file_that_is_no_part_of_the_register_is_told(habeas: Shell, export: Path) -> None:
    sound = json.loads(habeas("verify", export, "--key", VKEY, "--format", "json").out)
    assert sound["remarks"] == []
    (export / "tile/entries/zzz\x1b").write_bytes(b"")
    ended = habeas("verify", export, "--key", VKEY)
    assert ended.code == 0
    assert ended.out.startswith("Everything holds")
    assert ended.out.endswith(
        "\n\nFiles in the folder that no entry under this checkpoint needs, and that were not checked: 1. "
        "The first is tile/entries/zzz\\u001b.\n"
    )
    (told,) = json.loads(habeas("verify", export, "--key", VKEY, "--format", "json").out)["remarks"]
    assert told["parameters"] == {"count": 1, "first": "tile/entries/zzz\x1b"}
    assert habeas("verify", export).code == 1
    assert "no se comprobaron: 1." in habeas("verify", export, "--lang", "es").out


@pytest.mark.parametrize(("key", "kind"), [(Passkey(), "passkey"), (SystemKey(), "system_key")])
def test_verify_says_who_of_the_party_signed(
    habeas: Shell, tmp_path: Path, key: Passkey | SystemKey, kind: str
) -> None:
    signed, file = Signed(example_log(5)), tmp_path / "receipt.json"
    given, index = signed.give(key), signed.hand_over(key)
    file.write_bytes(make_receipt(signed.receipt(index, given)))
    told = habeas("verify", file, "--key", VKEY).out
    assert f"signed also by the account {ALICE}, with" in told
    assert "que el asiento 5 dio a conocer" in habeas("verify", file, "--key", VKEY, "--lang", "es").out
    established = json.loads(habeas("verify", file, "--key", VKEY, "--format", "json").out)["established"]
    site = "https://register.example" if kind == "passkey" else None
    assert established["asserted"] == {
        "account": ALICE,
        "with": kind,
        "key": key.key.fingerprint,
        "site": site,
        "introduced": given,
    }
    file.write_bytes(make_receipt(signed.receipt(index, shown=["kind"])))
    assert "no signature but that of the party's key" in habeas("verify", file, "--key", VKEY).out


def test_verify_answers_in_spanish(habeas: Shell, export: Path) -> None:
    ended = habeas("verify", export, "--key", VKEY, "--lang", "es")
    assert ended.out.startswith("Todo es correcto, y la clave del registro es la que usted aportó.")


def test_a_register_that_does_not_continue_a_kept_checkpoint_is_refused(
    habeas: Shell, export: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    kept.write_bytes(example_log(7).checkpoint(5))
    assert habeas("verify", export, "--key", VKEY, "--since", kept).code == 0
    kept.write_bytes(example_log(7, story="another ").checkpoint(5))
    assert habeas("verify", export, "--key", VKEY, "--since", kept).code == 1


# --- what can't be used ----------------------------------------------------------------------------

NOTHING_AT = (
    "Nothing that can be verified is at {}: give a receipt file (one JSON object), a checkpoint, "
    "or the folder of an export (with checkpoint, keys.jsonl and tile/)."
)


def test_what_is_not_understood_is_one_sentence_and_two(habeas: Shell, export: Path, tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    sentences = {
        ("verify", str(missing)): f"There is nothing at {missing}. Give the folder of an export or a receipt file.",
        ("verify", str(export), "--key", "no key"): (
            "This is no verifier key of the form name+keyid+base64 (Ed25519)."
        ),
        ("verify", str(export), "--key", str(export / "checkpoint")): (
            f"There is no key in {export / 'checkpoint'}. Its first line must be a verifier key of the form "
            "name+keyid+base64, as habeas begin prints it."
        ),
        ("verify", str(export), "--key", str(export)): (f"{export} is no regular file: give the path of a file."),
        ("verify", str(export), "--since", str(missing)): f"{missing} does not exist: check the path.",
        ("verify",): (
            "The command can't be understood (the following arguments are required: PATH|URL). See habeas verify --help."
        ),
    }
    for words, sentence in sentences.items():
        assert habeas(*words) == Ended(2, "", f"habeas: {sentence}\n")


def test_what_the_system_and_the_standard_library_say_is_said_in_the_language_of_the_reader(
    habeas: Shell, tmp_path: Path
) -> None:
    made = tmp_path / "made.key"
    made.touch()
    for language, usage, there in (
        ("es", "faltan estos argumentos: PATH|URL", "ya existe"),
        ("en", "the following arguments are required: PATH|URL", "File exists"),
    ):
        assert f"({usage})" in habeas("verify", "--lang", language).err
        assert f"({there})" in habeas("readings", "key", made, "--lang", language).err
    assert say(Message("server.port", {"port": "80", "problem": "no such words"}), "es").count("no such words") == 1


@pytest.mark.parametrize("data", [b"", b"\n", b"root:x:0:0\n", b"\x7fELF\0\xff", b"[]\n", b'"{}"', b"\0" * 8_000_002])
def test_a_file_that_is_no_json_object_can_not_be_verified(habeas: Shell, tmp_path: Path, data: bytes) -> None:
    other = tmp_path / "other"
    other.write_bytes(data)
    assert habeas("verify", other, "--key", VKEY) == Ended(2, "", f"habeas: {NOTHING_AT.format(other)}\n")


@pytest.mark.parametrize(
    "data", [b"{}", b"{", b" \r\n{}", b"\xef\xbb\xbf{}\n", b'{"habeas_receipt":1,"leaf":"', b"{}{}"]
)
def test_a_json_object_that_is_broken_or_cut_is_refused(habeas: Shell, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "receipt.json").write_bytes(data)
    ended = habeas("verify", tmp_path / "receipt.json", "--key", VKEY)
    assert (ended.code, ended.err) == (1, "")
    assert ended.out.startswith("Refused. ")


def test_a_folder_without_any_part_of_an_export_can_not_be_verified(habeas: Shell, tmp_path: Path) -> None:
    (tmp_path / "zzz").touch()
    assert habeas("verify", tmp_path) == Ended(2, "", f"habeas: {NOTHING_AT.format(tmp_path)}\n")
    for part in ("checkpoint", "keys.jsonl", "tile"):
        (tmp_path / part).mkdir()
        assert habeas("verify", tmp_path).code == 1
        (tmp_path / part).rmdir()


def test_an_empty_path_and_a_pipe_can_not_be_verified(habeas: Shell, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for given, told in (("", '""'), (pipe, pipe)):
        assert habeas("verify", given) == Ended(2, "", f"habeas: {NOTHING_AT.format(told)}\n")
    assert habeas("verify", "", "--lang", "es").err.startswith('habeas: En "" no hay nada que se pueda verificar')


def test_a_key_file_of_other_bytes_is_one_sentence(habeas: Shell, export: Path, tmp_path: Path) -> None:
    key = tmp_path / "log.vkey"
    key.write_bytes(b"first\n\xff")
    ended = habeas("verify", export, "--key", key)
    assert ended.err == (f"habeas: {key}, line 2, column 1: this is not UTF-8 text. Save the file as UTF-8.\n")
    assert ended.code == 2


def test_a_named_pipe_is_refused_and_not_waited_for(habeas: Shell, export: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    ended = habeas("verify", export, "--since", tmp_path / "pipe")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.endswith("is no regular file: give the path of a file.\n")


def test_complaints_are_in_the_language_of_the_environment(habeas: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "es_SV.UTF-8")
    assert habeas("verify", "nowhere").err.startswith("habeas: No hay nada en nowhere.")
    assert habeas("verify", "nowhere", "--lang", "en").err.startswith("habeas: There is nothing at nowhere.")


COMMANDS = (
    "verify",
    "terms",
    "terms check",
    "terms show",
    "terms diff",
    "screen",
    "begin",
    "export",
    "rebuild",
    "demo",
)


@pytest.mark.parametrize("command", ["", *COMMANDS, "serve"])
def test_every_command_explains_itself_with_an_example_in_both_languages(habeas: Shell, command: str) -> None:
    words = [*command.split(), "--help"]
    english, spanish = habeas(*words), habeas(*words, "--lang", "es")
    assert (english.code, spanish.code) == (0, 0)
    assert "\nexample" in english.out
    assert "\nejemplo" in spanish.out
    assert "cli." not in english.out + spanish.out


# --- where little is installed ---------------------------------------------------------------------

OFFLINE_AND_WITHOUT_DJANGO = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"django", "allauth", "waitress", "whitenoise", "babel"}:
            raise ImportError(name + " is not installed here")
sys.meta_path.insert(0, Blocked())
def refuse(event, arguments):
    if event.startswith("socket."):
        raise RuntimeError("no network here: " + event)
sys.addaudithook(refuse)
from habeas.cli import main
sys.exit(main())
"""


def test_verify_needs_no_django_and_no_network(export: Path) -> None:
    ended = typed("verify", export, "--key", VKEY, program=OFFLINE_AND_WITHOUT_DJANGO)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("Everything holds")


def test_a_terminal_without_the_letters_still_gets_the_answer(export: Path) -> None:
    ended = typed("verify", export, "--lang", "es", PYTHONIOENCODING="ascii")
    assert ended.code == 1
    assert "Coherente en s\\xed mismo" in ended.out


def test_a_reader_who_stops_reading_gets_no_traceback_and_no_all_well(export: Path) -> None:
    start = "import sys; from habeas.cli import main; sys.exit(main())"
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as gone:
        done = subprocess.run(
            [sys.executable, "-c", start, "verify", str(export)],
            stdout=gone,
            stderr=subprocess.PIPE,
            timeout=120,
            check=False,
        )
    assert (done.returncode, done.stderr) == (141, b"")


FAULTY = """
import os, sys
from habeas import cli
def explode(args): raise KeyError("x")
cli._verify = explode
sys.exit(cli.main())
"""


def test_a_fault_of_ours_is_one_sentence_unless_one_debugs() -> None:
    ended = typed("verify", "x", program=FAULTY)
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.startswith("habeas: This is a fault of Habeas, not of your input (KeyError: 'x').")
    assert ended.err.count("\n") == 1
    assert "Traceback" in typed("verify", "x", program=FAULTY, HABEAS_DEBUG="1").err


# --- receipts, and what stands in foreign files ----------------------------------------------------


def test_a_receipt_tells_what_it_discloses_and_sends_no_codes_to_the_terminal(habeas: Shell, tmp_path: Path) -> None:
    log = example_log(7)
    entry = log.append(SENDER, {"kind": "roll_entry", "body.name": "Mallory \x1b[2J", "body.day": 3})
    receipt = tmp_path / "receipt.json"
    receipt.write_bytes(make_receipt(log.receipt(entry, ["body.name", "body.day"])))
    ended = habeas("verify", receipt, "--key", VKEY)
    assert ended.code == 0
    assert f"this receipt: entry {entry}, signed by sending_state" in ended.out
    assert "    body.day: 3\n    body.name: Mallory \\u001b[2J\n" in ended.out


# --- how values are said ---------------------------------------------------------------------------


def test_dates_moments_and_amounts_are_said_as_each_language_writes_them() -> None:
    moment = datetime(2026, 9, 1, 12, 0, 30, tzinfo=timezone(timedelta(hours=2)))
    said = [
        (plain(value, "en"), plain(value, "es"))
        for value in (date(2026, 3, 1), moment, Decimal("1234567.50"), Decimal("1234.5"), ("a", "b"), 1234)
    ]
    assert said == [
        ("1 March 2026", "1 de marzo de 2026"),
        ("1 September 2026, 10:00:30 UTC", "1 de septiembre de 2026, 10:00:30 UTC"),
        ("1,234,567.50", "1\N{NO-BREAK SPACE}234\N{NO-BREAK SPACE}567,50"),
        ("1,234.5", "1234,5"),
        ("a, b", "a, b"),
        ("1234", "1234"),
    ]


def test_a_code_without_a_sentence_and_a_brace_without_a_value_are_shown_as_they_are() -> None:
    assert say(Message("nobody.says_this"), "es") == "nobody.says_this"
    assert say(Message("cli.no_such_file"), "en") == "{file} does not exist: check the path."


def test_every_country_has_a_name_in_both_languages() -> None:
    for code in COUNTRIES:
        for language in LANGUAGES:
            assert say(name(code), language) != f"country.{code}"
