"""TOML with places: every refusal names the file, the line and the column of what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from habeas.core.messages import FileError
from habeas.core.tables import Bilingual, Table, read_toml, read_whole

FILE = """\
name = "x"
number = 3
negative = -1
yes = true
on = 2026-03-01
at = 2026-03-01T10:00:00Z
texts = ["a", "b"]
mixed = ["a", 1]
blank = " "
dotted.en = "yes"
dotted.es = "sí"
long = '''
first
second = "no key"
third'''
inline = '''one
two'''

[table]
key = 1

[[list]]
one = 1
[[list]]
one = "wrong"
[list.inner]
deep = 2
"""


@pytest.fixture
def root() -> Table:
    return read_toml(FILE, "file.toml")


def test_values_are_read(root):
    assert root.text("name") == "x"
    assert root.number("number") == 3
    assert root.flag("yes") is True
    assert root.flag("absent") is False
    assert root.day("on").isoformat() == "2026-03-01"
    assert root.texts("texts") == ("a", "b")
    assert root.texts("absent") == ()
    assert root.words("dotted") == Bilingual(en="yes", es="sí")
    assert root.tables("absent") == ()
    assert root.maybe_table("absent").names() == ()


def test_what_is_absent_is_nothing(root):
    assert root.maybe_text("absent") == ""
    assert root.maybe(root.words, "absent") is None
    assert root.maybe(root.number, "absent") is None
    assert root.maybe(root.day, "absent") is None
    assert root.maybe(root.table, "absent") is None


def test_what_may_be_absent_is_read_where_it_is_there(root):
    assert root.maybe(root.number, "number") == 3
    assert root.maybe(root.words, "dotted") == Bilingual(en="yes", es="sí")
    assert root.maybe(root.day, "on").isoformat() == "2026-03-01"


def test_a_text_in_two_languages_is_said_in_either():
    words = Bilingual(en="yes", es="sí")
    assert [words.said_in(language) for language in ("en", "es", "fr")] == ["yes", "sí", "yes"]


@pytest.mark.parametrize(
    ("read", "code", "line", "column"),
    [
        (lambda root: root.text("number"), "toml.wants_text", 2, 10),
        (lambda root: root.text("blank"), "toml.wants_text", 9, 10),
        (lambda root: root.text("absent"), "toml.key_missing", 1, 1),
        (lambda root: root.number("name"), "toml.wants_number", 1, 9),
        (lambda root: root.number("negative"), "toml.wants_number", 3, 12),
        (lambda root: root.number("yes"), "toml.wants_number", 4, 7),
        (lambda root: root.flag("number"), "toml.wants_flag", 2, 10),
        (lambda root: root.day("at"), "toml.wants_date", 6, 6),
        (lambda root: root.texts("mixed"), "toml.wants_texts", 8, 9),
        (lambda root: root.maybe_table("name"), "toml.wants_table", 1, 9),
        (lambda root: root.table("name"), "toml.wants_table", 1, 9),
        (lambda root: root.tables("name"), "toml.wants_tables", 1, 9),
        (lambda root: root.table("table").text("key"), "toml.wants_text", 20, 7),
        (lambda root: root.tables("list")[1].number("one"), "toml.wants_number", 25, 8),
        (lambda root: root.tables("list")[1].table("inner").text("deep"), "toml.wants_text", 27, 8),
        (lambda root: root.tables("list")[0].table("inner"), "toml.key_missing", 22, 1),
        (lambda root: root.words("table"), "toml.key_missing", 19, 1),
        (lambda root: root.text("long") and root.number("long"), "toml.wants_number", 13, 1),
        (lambda root: root.number("inline"), "toml.wants_number", 16, 13),
        (lambda root: root.done(), "toml.unknown_key", 1, 9),
    ],
)
def test_every_refusal_has_its_place(root, read, code, line, column):
    with pytest.raises(FileError) as caught:
        read(root)
    place = caught.value.place
    assert (caught.value.message.code, place.file, place.line, place.column) == (code, "file.toml", line, column)


def test_what_was_not_asked_for_is_refused_with_the_nearest_name():
    root = read_toml('titel = "x"', "file.toml")
    root.maybe_text("title")
    with pytest.raises(FileError) as caught:
        root.done()
    assert caught.value.message.parameters["choices"] == ("title",)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a = ", "toml.not_toml", 1),
        ("a = 1\nb = [", "toml.not_toml", 2),
        ("a = 1\na = 2", "toml.not_toml", 2),
        ("a = " + "[" * 5000 + "]" * 5000, "toml.too_nested", 1),
        ("b = 1\n" + ".".join(["a"] * 50_000) + " = 1", "toml.too_nested", 2),
        ("a = " + "9" * 5000, "toml.not_toml", 1),
        ("#" * 1_000_001, "toml.too_long", 1),
    ],
)
def test_what_is_no_toml_is_refused(text, code, line):
    with pytest.raises(FileError) as caught:
        read_whole(text, "file.toml", Table.done)
    assert (caught.value.message.code, caught.value.place.line) == (code, line)


@dataclass(frozen=True, kw_only=True)
class Known:
    """A record of every kind of field."""

    name: str
    number: int
    yes: bool
    on: date
    dotted: Bilingual
    absent: int | None
    more: int | None
    left: str = "as it was"
    given: str = ""


def test_a_record_is_read_by_the_types_of_its_fields(root):
    found = root.record(Known, given="elsewhere")
    words = Bilingual(en="yes", es="sí")
    assert found == Known(
        name="x", number=3, yes=True, on=date(2026, 3, 1), dotted=words, absent=None, more=None, given="elsewhere"
    )


def test_a_key_that_nobody_asked_for_is_refused_also_in_an_inner_table():
    with pytest.raises(FileError) as caught:
        read_whole("[outer]\n[[outer.list]]\nkye = 1", "file.toml", lambda root: root.table("outer").tables("list"))
    assert (caught.value.message.code, caught.value.place.line) == ("toml.unknown_key", 3)
