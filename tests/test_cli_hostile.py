"""Files of terms that were made to do harm: each is refused as a command, in one sentence, soon and in little memory."""

import json
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from habeas import agreements

from .test_cli import Shell, habeas, typed

__all__ = ["habeas"]

GOOD = agreements.read("se-ee-2025")
RULE = "sex = 'male'"
MOST = 249_000
MEASURED = """
import re, sys
from pathlib import Path
from habeas.cli import main
code = main()
status = Path("/proc/self/status")
print(re.search(r"VmHWM:\\s*(\\d+)", status.read_text())[1] if status.exists() else 0, file=sys.stderr)
sys.exit(code)
"""


def ruled(text: str) -> str:
    """The good file with another rule."""
    assert RULE in GOOD
    return GOOD.replace(RULE, text)


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


HOSTILE: dict[str, tuple[str | bytes, str]] = {
    "lists in lists": ("a = " + "[" * 100_000 + "]" * 100_000, "line 1, column 1: Lists or tables lie too deep"),
    "tables in tables": (
        "a = " + "{a=" * 60_000 + "1" + "}" * 60_000,
        "line 1, column 1: Lists or tables lie too deep",
    ),
    "a list without end": ("a = [" + "1," * (MOST // 2) + "]", "line 1, column 1: sources is missing"),
    "tables without end": ("[[a]]\n" * (MOST // 6), "line 1, column 1: sources is missing"),
    "keys without end": ("".join(f"k{i}=1\n" for i in range(24_000)), "line 1, column 1: sources is missing"),
    "one key of parts": (
        "b = 1\n" + ".".join(["a"] * 100_000) + " = 1",
        "line 2, column 1: Lists or tables lie too deep",
    ),
    "many keys of parts": (
        "".join(".".join(["a"] * 100 + [f"k{i}"]) + " = 1\n" for i in range(1_190)),
        "line 1, column 1: sources is missing",
    ),
    "heads of parts": (
        "".join("[" + ".".join(["a"] * 100 + [f"k{i}"]) + "]\n" for i in range(1_180)),
        "line 1, column 1: sources is missing",
    ),
    "NULs": (b"\0" * MOST, "line 1, column 1: This is not TOML (Invalid statement)"),
    "a NUL in a rule": (ruled("sex = '\0male'"), "This is not TOML (Illegal character '\\x00')"),
    "UTF-16": (GOOD.encode("utf-16"), "line 1, column 1: this is not UTF-8 text"),
    "a text without end": ('a = "' + "x" * MOST, "This is not TOML (Illegal character '\\n')"),
    "quotes": ('a = """' + '""' * (MOST // 2), "line 1, column 13: This is not TOML"),
    "digits": ("b = 1\na = " + "9" * MOST, "line 2, column 5: This is not TOML (Invalid value)"),
    "comments": (b"#\n" * 50_000_000, " is longer than 1000000 bytes: check that it is the right file."),
    "more comments than a file has": ("#\n" * 200_000, "The file is longer than 250000 characters: split it."),
    "SQL": (ruled("sex = 'male'; DROP TABLE log; --'"), "The character ; has no meaning in a rule: remove it."),
    "SQL in a text": (ruled("sex = 'male OR 1=1'"), "sex can't be male OR 1=1: it is one of female, male, other."),
    "a function": (
        ruled("open('/etc/passwd') = 'male'"),
        "There is no function open: use one of the listed functions.",
    ),
    "an attribute": (ruled("sex.__class__ = 'male'"), "The character . has no meaning in a rule: remove it."),
    "a path": (ruled("sex = '/etc/passwd'"), "sex can't be /etc/passwd: it is one of female, male, other."),
    "a long rule": (ruled(" and ".join([RULE] * 300)), "the longest allowed is 4000: split it into several."),
    "a deep rule": (ruled("(" * 60 + RULE + ")" * 60), "stand more than 40 deep here: write it flatter."),
    "a wide rule": (ruled(" or ".join(["sex='male'"] * 260)), "parts"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_one_sentence_soon_and_in_little_memory(
    name: str, tmp_path: Path, habeas: Shell
) -> None:
    text, expected = HOSTILE[name]
    path = tmp_path / "hostile.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    begun = time.monotonic()
    ended = typed("terms", "check", path, program=MEASURED)
    took = time.monotonic() - begun
    sentence, *pointed, kilobytes = ended.err.splitlines()
    assert (ended.code, json.loads(habeas("terms", "check", path, "--format", "json").out)["agreements"]) == (2, [])
    assert sentence.startswith(f"habeas: {path}")
    assert expected in sentence
    assert len(pointed) in (0, 2)
    assert took < 15  # under a second on a machine of its own; tests share theirs
    assert int(kilobytes) < 150_000
    spanish = habeas("terms", "check", path, "--lang", "es").err.splitlines()[0]
    assert spanish.startswith(f"habeas: {path}")
    assert spanish != sentence
    assert "{" not in re.sub(r"\(.*\)", "", spanish)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.skipif(sys.platform == "win32", reason="devices and pipes are files elsewhere")
@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, device], ids=["folder", "pipe", "device"])
def test_what_is_no_file_is_refused_and_never_waited_for(make: Callable[[Path], None], tmp_path: Path) -> None:
    path = tmp_path / "terms.toml"
    make(path)
    ended = typed("terms", "show", path)
    assert (ended.code, ended.err) == (2, f"habeas: {path} is no regular file: give the path of a file.\n")


CASE = Path(__file__).parents[1] / "docs/reference/examples/citizenship-asserted.json"


def test_a_misspelt_fact_is_pointed_at_with_the_nearest_one(tmp_path: Path, habeas: Shell) -> None:
    path = tmp_path / "draft.toml"
    path.write_text(ruled("sexx = 'male'"), "utf-8")
    line = line_of(GOOD, RULE)
    for words in (("terms", "check", path), ("screen", "--agreement", path, CASE)):
        ended = habeas(*words)
        assert (ended.code, ended.err.splitlines()) == (
            2,
            [
                f"habeas: {path}, line {line}, column 9: There is no fact sexx; did you mean sex?",
                "    rule = \"sexx = 'male'\"",
                "            ^",
            ],
        )


def test_only_the_part_of_a_long_line_is_shown_and_nothing_in_it_commands_a_terminal(
    tmp_path: Path, habeas: Shell
) -> None:
    path = tmp_path / "draft.toml"
    path.write_text(ruled(" and ".join([RULE] * 100) + " and sexx"), "utf-8")
    _, shown, mark = habeas("terms", "check", path).err.splitlines()
    assert shown[mark.index("^") :].startswith("sexx")
    assert len(shown) <= 124
    path.write_text(ruled(f"{RULE} \u202e and sexx"), "utf-8")
    assert "\u202e" not in habeas("terms", "check", path).err
