"""Merge the messages of each area into one gettext catalogue a language, compile it, and say what is missing.

A fragment is `src/habeas/locale/<language>/<area>.po`. A msgid is a code ("custody.contested"), whose English
sentence stands in the English fragment, or, in pages, the English sentence itself, which needs no English
fragment. `--check` writes nothing, prints one sentence a problem and ends with 1 when there is one.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import string
import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.plurals import get_plural
from babel.messages.pofile import PoFileError, PoFileParser, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "habeas"
ENGLISH = "en"

CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
PERCENT_PARAMETER = re.compile(r"%\((\w+)\)[a-z]")
OWN_LANGUAGE = re.compile(r"_(en|es)$")  # what the data themselves say in each language: `title_en`, `title_es`
# Calls whose first argument is always a code. Elsewhere a first argument is one if its area is known.
TAKES_A_CODE = {"Message", "message", "Problem"}

MessageId = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Translation:
    """One message of a fragment: its id, what it is in this language, and where that stands."""

    id: MessageId
    text: MessageId
    fuzzy: bool
    place: str


@dataclass(frozen=True, slots=True)
class Use:
    """A message that the code or a page asks for, and where."""

    id: MessageId
    place: str


# --- reading fragments -----------------------------------------------------------------------------


class Unreadable(Exception):
    """A fragment that is no gettext file; the sentence says which and where."""


class EveryMessage(Catalog):
    """A catalogue that keeps each message as it is read, so that a repeated one is seen and not merged."""

    def __init__(self, language: str) -> None:
        super().__init__(locale=language)
        self.read: list[Message] = []

    def __setitem__(self, id: str | list[str] | tuple[str, ...], message: Message) -> None:
        if id:
            self.read.append(message)
        super().__setitem__(id, message)


def read_fragment(path: Path, language: str) -> list[Translation]:
    """Every message of one fragment, in its order. Raises Unreadable."""
    catalogue = EveryMessage(language)
    parser = PoFileParser(catalogue, ignore_obsolete=True, abort_invalid=True)
    try:
        parser.parse(path.read_text("utf-8").splitlines())
    except PoFileError as error:
        raise Unreadable(f"{language}/{path.name} can't be read: {error}") from error
    return [
        Translation(frozen(each.id), frozen(each.string), each.fuzzy, f"{language}/{path.name}:{each.lineno}")
        for each in catalogue.read
    ]


def frozen(text: str | Sequence[str] | None) -> MessageId:
    if text is None or isinstance(text, str):
        return text or ""
    return tuple(text)


def read_language(locale: Path, language: str) -> list[Translation]:
    fragments = sorted((locale / language).glob("*.po"))
    return [
        *(each for fragment in fragments for each in read_fragment(fragment, language)),
        *fact_sentences(locale.parent / "core" / "facts.toml", language),
        *clock_titles(locale.parent, language),
    ]


def fact_sentences(path: Path, language: str) -> Iterator[Translation]:
    """What each fact is, which stands beside the fact itself."""
    facts = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
    for name, row in facts.items():
        yield Translation(f"fact.{name}", row.get(language, ""), False, f"{path.name}: {name}")


def clock_titles(source: Path, language: str) -> Iterator[Translation]:
    """What each clock is called, which stands beside the clock itself, in the law or in the terms."""
    for path in sorted((*source.glob("safeguards/*.toml"), *source.glob("agreements/*.toml"))):
        for row in tomllib.loads(path.read_text("utf-8")).get("clock", ()):
            for code in (f"clock.{row['id']}", f"figure.duty.{row['id']}"):
                yield Translation(code, row["title"].get(language, ""), False, f"{path.name}: clock {row['id']}")


def languages(locale: Path) -> list[str]:
    folders = (each for each in locale.iterdir() if each.is_dir() and not each.name.startswith("_"))
    return sorted(folder.name for folder in folders)


# --- what the code and the pages ask for -----------------------------------------------------------


def called_name(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def codes_used(path: Path, areas: set[str]) -> Iterator[Use]:
    """The codes in one Python file: first arguments that look like a code and can be meant as one."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        first = node.args[0]
        if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
            continue
        code = first.value
        known = called_name(node) in TAKES_A_CODE or code.partition(".")[0] in areas
        if CODE.fullmatch(code) and known:
            yield Use(code, f"{path}:{node.lineno}")


def sentences_used(path: Path) -> Iterator[Use]:
    """What one page or Python file passes to gettext."""
    text = path.read_text("utf-8")
    python = text if path.suffix == ".py" else templatize(text, origin=path.name)
    for line, found, _, _ in extract("python", io.BytesIO(python.encode())):
        ids = tuple(each for each in forms(frozen(found)) if each)
        yield Use(ids[0] if len(ids) == 1 else ids, f"{path}:{line}")


def uses(source: Path, areas: set[str]) -> list[Use]:
    python = sorted(source.rglob("*.py"))
    pages = sorted([*source.rglob("*.html"), *source.rglob("*.txt")])
    codes = [use for path in python for use in codes_used(path, areas)]
    return codes + [use for path in [*python, *pages] for use in sentences_used(path)]


# --- problems --------------------------------------------------------------------------------------


def first_form(id: MessageId) -> str:
    return id if isinstance(id, str) else id[0]


def is_code(id: MessageId) -> bool:
    return CODE.fullmatch(first_form(id)) is not None


def forms(text: MessageId) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def parameters(text: MessageId, id: MessageId) -> set[str] | None:
    """The names that a text leaves open: {name} under a code, %(name)s in a page. None when malformed."""
    if not is_code(id):
        return {name for form in forms(text) for name in PERCENT_PARAMETER.findall(form)}
    try:
        parsed = [part for form in forms(text) for part in string.Formatter().parse(form)]
    except ValueError:
        return None
    return {OWN_LANGUAGE.sub("", name) for _, name, _, _ in parsed if name is not None}


def repeated(translations: Iterable[Translation]) -> Iterator[str]:
    seen: dict[str, Translation] = {}
    for each in translations:
        first = seen.setdefault(first_form(each.id), each)
        if first.text != each.text:
            yield f'{each.place}: "{first_form(each.id)}" says something else than at {first.place}.'


def unfinished(translations: Iterable[Translation]) -> Iterator[str]:
    for each in translations:
        if not all(forms(each.text)):
            yield f'{each.place}: "{first_form(each.id)}" is empty.'
        elif each.fuzzy:
            yield f'{each.place}: "{first_form(each.id)}" is marked fuzzy, so it would not be used.'
        elif parameters(each.text, each.id) is None:
            yield f'{each.place}: "{first_form(each.id)}" has a brace that opens or closes nothing.'


def differing(english: dict[str, Translation], other: dict[str, Translation]) -> Iterator[str]:
    """Where the two languages leave different names open."""
    for id, theirs in other.items():
        ours = english.get(id)
        expected = parameters(ours.text if ours else theirs.id, id)
        found = parameters(theirs.text, id)
        if (ours is None and is_code(id)) or expected is None or found is None or expected == found:
            continue
        yield (f'{theirs.place}: "{id}" has the parameters {listed(found)} where English has {listed(expected)}.')


def listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def untranslated(english: dict[str, Translation], other: dict[str, Translation], language: str) -> Iterator[str]:
    for id in english.keys() - other.keys():
        yield f'{english[id].place}: "{id}" is not in {language}.'
    for id in other.keys() - english.keys():
        if is_code(id):
            yield f'{other[id].place}: "{id}" is not in {ENGLISH}.'


def unanswered(used: Iterable[Use], known: dict[str, dict[str, Translation]]) -> Iterator[str]:
    """Messages that the code or a page asks for and a catalogue lacks. A sentence is its own English."""
    for use in used:
        id = first_form(use.id)
        lacking = [name for name, found in known.items() if id not in found]
        if not is_code(id):
            lacking = [name for name in lacking if name != ENGLISH]
        if lacking:
            place = use.place.removeprefix(f"{ROOT}/")
            yield f'{place}: "{id}" is asked for and is not in {", ".join(lacking)}.'


def all_problems(fragments: dict[str, list[Translation]], source: Path) -> list[str]:
    known = {name: {first_form(each.id): each for each in found} for name, found in fragments.items()}
    english = known.get(ENGLISH, {})
    found: list[str] = []
    for name, translations in fragments.items():
        found += [*repeated(translations), *unfinished(translations)]
        if name != ENGLISH:
            found += [*untranslated(english, known[name], name), *differing(english, known[name])]
    areas = {id.partition(".")[0] for id in english if is_code(id)}
    return sorted({*found, *unanswered(uses(source, areas), known)})


# --- writing catalogues ----------------------------------------------------------------------------


def header(language: str) -> str:
    fields = (
        f"Language: {language}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        f"Plural-Forms: {get_plural(language).plural_forms}",
    )
    return "".join(f"{field}\n" for field in fields)


def po_bytes(catalogue: Catalog, language: str) -> bytes:
    """The merged catalogue without dates or line numbers, so that the same messages give the same bytes."""
    quoted = "".join(f'"{line}\\n"\n' for line in header(language).splitlines())
    body = io.BytesIO()
    write_po(body, catalogue, width=110, no_location=True, omit_header=True, sort_output=True)
    notice = "# Made by `./dev messages` from the fragments beside LC_MESSAGES: change those.\n"
    return f'{notice}msgid ""\nmsgstr ""\n{quoted}\n'.encode() + body.getvalue()


class OwnHeader(Catalog):
    """A catalogue that begins with our header in place of Babel's, which holds dates and its version."""

    def __iter__(self) -> Iterator[Message]:
        messages = super().__iter__()
        next(messages)
        yield Message("", header(str(self.locale_identifier)))
        yield from messages


def compiled(translations: Iterable[Translation], language: str) -> dict[str, bytes]:
    """`django.po` and `django.mo` of one language."""
    catalogue = OwnHeader(locale=language, charset="utf-8")
    for each in translations:
        if first_form(each.id) not in catalogue:
            catalogue.add(cast("str", each.id), cast("str", each.text))
    binary = io.BytesIO()
    write_mo(binary, catalogue)
    return {"django.po": po_bytes(catalogue, language), "django.mo": binary.getvalue()}


def outputs(locale: Path, fragments: dict[str, list[Translation]]) -> dict[Path, bytes]:
    return {
        locale / language / "LC_MESSAGES" / name: content
        for language, translations in fragments.items()
        for name, content in compiled(translations, language).items()
    }


def stale(wanted: dict[Path, bytes]) -> Iterator[str]:
    for path, content in wanted.items():
        if not path.exists() or path.read_bytes() != content:
            yield f"{path.parent.parent.name}/{path.name} is not what the fragments say: run ./dev messages."


def write(wanted: dict[Path, bytes]) -> None:
    for path, content in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)


def main(arguments: list[str] | None = None, source: Path = SOURCE) -> int:
    parser = argparse.ArgumentParser(description="Merge, compile and check the messages of each language.")
    parser.add_argument("--check", action="store_true", help="write nothing; list what is wrong, end with 1")
    check = parser.parse_args(arguments).check
    locale = source / "locale"
    try:
        fragments = {language: read_language(locale, language) for language in languages(locale)}
    except Unreadable as error:
        print(error)
        return 1
    problems = all_problems(fragments, source)
    wanted = outputs(locale, fragments)
    if not check:
        write(wanted)
        if problems:
            print(f"{len(problems)} things are missing or differ: tools/messages.py --check lists them.")
        return 0
    problems += stale(wanted)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
