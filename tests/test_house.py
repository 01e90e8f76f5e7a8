"""The rules of the house that a reader relies on: layers, a pure core, and nothing of one machine."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import messages, sizes

ROOT = Path(__file__).resolve().parent.parent
CORE, REGISTER = ROOT / "src/habeas/core", ROOT / "src/habeas/register"

# Where the register meets files. The rest of it only computes; it may pass a Path on, never look behind it.
REGISTER_EDGES = {"files.py", "export.py"}
IMPURE_MODULES = {
    *("django", "allauth", "os", "io", "pathlib", "shutil", "tempfile", "sqlite3", "socket", "subprocess"),
    *("time", "random", "secrets", "threading", "urllib", "http"),
}
IMPURE_NAMES = {
    "open",
    "uuid1",
    "uuid4",
    "now",
    "utcnow",
    "today",
    "read_text",
    "read_bytes",
    "generate",
    "is_dir",
    "exists",
}


def python_files(folder: Path, without: frozenset[str] | set[str] = frozenset()) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if path.name not in without)


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def called(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            yield function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def impurities(source: str) -> set[str]:
    """What a file takes from outside its arguments: modules it imports and functions it calls."""
    tree = ast.parse(source)
    modules = {name for name in imported(tree) if name.split(".")[0] in IMPURE_MODULES}
    return modules | (IMPURE_NAMES & set(called(tree)))


def impure(files: list[Path], allowed: str = "") -> dict[str, set[str]]:
    """The files that take something from outside, each with what it takes."""
    assert files
    found = {str(path.relative_to(ROOT)): impurities(path.read_text("utf-8")) - {allowed} for path in files}
    return {path: names for path, names in found.items() if names}


@pytest.mark.parametrize(
    "source",
    [
        "import os.path",
        "from django.db import models",
        "import secrets as s",
        "datetime.now(UTC)",
        "date.today()",
        "uuid4()",
        "open('case.json')",
        "path.read_text()",
    ],
)
def test_an_impure_line_is_seen(source: str) -> None:
    assert impurities(source) != set()


def test_the_core_reads_no_clock_draws_no_chance_and_opens_no_file() -> None:
    # The catalogue of facts and the questions of terms are part of the package: read once, as a module is.
    assert impure(python_files(CORE, {"facts.py", "terms.py"})) == {}
    assert impure([CORE / "facts.py", CORE / "terms.py"], allowed="read_text") == {}


def test_only_the_edges_of_the_register_touch_files() -> None:
    assert impure(python_files(REGISTER, REGISTER_EDGES), allowed="pathlib.Path") == {}


def test_layers_import_only_downwards() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-logo", "--no-cache"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_every_message_is_there_in_each_language_and_the_catalogues_are_current(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert messages.main(["--check"]) == 0, capsys.readouterr().out


# Runs a command in a Python that has none of the `server` extra.
WITHOUT_SERVER = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"django", "allauth", "whitenoise", "waitress", "rapidfuzz"}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent())
"""


def without_server(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WITHOUT_SERVER + program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_server_extra_is_absent_there() -> None:
    assert "ModuleNotFoundError: django" in without_server("import django").stderr


@pytest.mark.parametrize("arguments", [["--help"], ["verify", "--help"], ["verify", "nothing-is-here"]])
def test_the_command_line_verifies_without_the_server_extra(arguments: list[str]) -> None:
    program = "from habeas.cli import main; sys.exit(main(sys.argv[1:]))"
    ended = without_server(program, *arguments)
    assert ended.returncode == (2 if "nothing-is-here" in arguments else 0), ended.stderr


ENGLISH = {"a.held": "{person} is held", "a.free": "{person} is free"}
SPANISH = {"a.held": "{person} está bajo custodia", "a.free": "{person} está libre", "Roll": "Lista"}
PAGE = '{% load i18n %}<h1>{% translate "Roll" %}</h1>'


def catalogue(folder: Path, area: str, sentences: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(f'msgid "{id}"\nmsgstr "{sentence}"\n\n' for id, sentence in sentences.items())
    (folder / f"{area}.po").write_text(text, "utf-8")


def source_with(
    folder: Path, *, english: dict[str, str] = ENGLISH, spanish: dict[str, str] = SPANISH, page: str = PAGE
) -> Path:
    catalogue(folder / "locale/en", "area", english)
    catalogue(folder / "locale/es", "area", spanish)
    (folder / "page.html").write_text(page, "utf-8")
    (folder / "rules.py").write_text('Message("a.held", {"person": person})\n', "utf-8")
    return folder


def test_complete_messages_pass_once_they_are_compiled_and_compile_to_the_same_bytes(tmp_path: Path) -> None:
    source = source_with(tmp_path)
    compiled = source / "locale/es/LC_MESSAGES/django.mo"
    assert messages.main(["--check"], source) == 1
    assert messages.main([], source) == 0
    assert messages.main(["--check"], source) == 0
    first = compiled.read_bytes()
    compiled.unlink()
    assert messages.main([], source) == 0
    assert compiled.read_bytes() == first


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"english": {**ENGLISH, "a.died": "died"}}, '"a.died" is not in es.'),
        ({"spanish": {**SPANISH, "a.died": "murió"}}, '"a.died" is not in en.'),
        ({"spanish": {**SPANISH, "a.free": ""}}, '"a.free" is empty.'),
        (
            {"spanish": {**SPANISH, "a.free": "{persona} está libre"}},
            '"a.free" has the parameters persona where English has person.',
        ),
        ({"spanish": {**SPANISH, "a.free": "{person"}}, '"a.free" has a brace that opens or closes nothing.'),
        ({"page": '{% load i18n %}{% translate "Stay" %}'}, '"Stay" is asked for and is not in es.'),
        ({"page": '{% load i18n %}{{ _("Stay") }}'}, '"Stay" is asked for and is not in es.'),
        ({"english": {"a.free": "{person} is free"}}, '"a.held" is asked for and is not in en.'),
    ],
)
def test_each_gap_in_the_messages_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: dict[str, dict[str, str]], sentence: str
) -> None:
    source = source_with(tmp_path, **change)  # type: ignore[arg-type]
    messages.main([], source)
    assert messages.main(["--check"], source) == 1
    assert sentence in capsys.readouterr().out


def test_one_code_with_two_texts_is_a_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = source_with(tmp_path)
    catalogue(source / "locale/en", "other", {"a.held": "{person} is in custody"})
    messages.main([], source)
    assert messages.main(["--check"], source) == 1
    assert '"a.held" says something else than at en/area.po:1.' in capsys.readouterr().out


def test_a_function_of_71_lines_and_a_file_of_501_are_over_the_limits(tmp_path: Path) -> None:
    for name in ("src", "tools", "tests"):
        (tmp_path / name).mkdir()
    (tmp_path / "src/long.py").write_text("def long():\n" + "    pass\n" * 70, "utf-8")
    (tmp_path / "tests/full.py").write_text("pass\n" * 501, "utf-8")
    assert sizes.problems(tmp_path) == [
        "src/long.py:1: long has 71 lines; a function has 70 at most.",
        "tests/full.py: 501 lines; a file has 500 at most.",
        "src: the median function has 71 lines; 10 at most.",
    ]


def test_blank_lines_comments_and_docstrings_are_no_lines_of_code(tmp_path: Path) -> None:
    path = tmp_path / "few.py"
    path.write_text(
        '"""Why it\n\nexists."""\n\n# Said twice.\nTEXT = """one\n\ntwo"""  # three lines\nONE = (\n    1\n)\n'
    )
    assert (sizes.line_count(path), sizes.code_line_count(path)) == (11, 6)


# Built, so that this file does not name what it forbids.
# A page may be called "work": a path on a machine goes on after it.
MACHINE_PATH = re.compile(r"(?<![\w.}>])/(?:" + "|".join((r"work/\w", "root/", r"home/\w+/", r"Users/\w+/")) + ")")
UNREAD = {".git", ".venv", "__pycache__", "node_modules", "dist", "demo-data", "habeas-data"}
READ_HIDDEN = {".ci", ".gitignore"}


def repository_files() -> Iterator[Path]:
    """What is or will be committed, and is text."""
    pending = [ROOT]
    while pending:
        for path in sorted(pending.pop().iterdir()):
            if path.name in UNREAD or (path.name.startswith(".") and path.name not in READ_HIDDEN):
                continue
            if path.is_dir():
                pending.append(path)
            elif path.suffix not in {".mo", ".png", ".sqlite3", ".pyc", ".woff2"}:
                yield path


def test_a_path_of_a_machine_is_seen() -> None:
    assert MACHINE_PATH.search("see /" + "work/notes") is not None
    assert MACHINE_PATH.search("https://example.org/" + "work/") is None


def test_no_file_names_a_path_of_one_machine() -> None:
    files = list(repository_files())
    assert ROOT / "dev" in files
    assert [str(path) for path in files if MACHINE_PATH.search(path.read_text("utf-8"))] == []
