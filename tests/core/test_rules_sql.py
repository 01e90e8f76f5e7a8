"""One text, two ways: generated rules and rows, closures = DuckDB, what is not known included."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from habeas.core.rules import Declared, Type, parse_rule
from habeas.core.rules.meaning import FUNCTIONS, OPERATIONS
from habeas.core.rules.sql import _PRINTERS, sql_of, value_sql
from tests.core import test_rules_generated as generated
from tests.core.engines import ENGINE, HERE, both, by_engine

SCOPE = {
    **generated.SCOPE,
    "day": Declared(type=Type.DATE),
    "until": Declared(type=Type.DATE),
    "at": Declared(type=Type.MOMENT),
    "state": Declared(type=Type.TEXT),
    "codes": Declared(type=Type.TEXTS),
}
UNKNOWN = None
ZONES = ("UTC", "Europe/Tallinn", "America/El_Salvador", "Pacific/Auckland", "America/New_York", "Asia/Kathmandu")

DAYS = [date(2024, 2, 29), date(2023, 2, 28), date(2026, 1, 31), date(1900, 2, 28), date(1, 1, 1), date(9999, 12, 31)]
MOMENTS = [
    datetime(2025, 3, 15, 23, 30, tzinfo=UTC),
    datetime(2026, 3, 29, 0, 59, 59, 999999, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(1, 1, 1, 2, tzinfo=UTC),
    datetime(9999, 12, 31, 22, 30, tzinfo=UTC),
]
NUMBERS = [0, 1, -1, 12, 29, 365, 10_000, -120_000, 3_652_058, 2**53 - 1, -(2**53) + 1]
dates = st.one_of(st.sampled_from(DAYS), st.dates())
moments = st.one_of(
    st.sampled_from(MOMENTS),
    st.datetimes(min_value=datetime(1950, 1, 1), max_value=datetime(2037, 1, 1), timezones=st.just(UTC)),
)
texts = st.sampled_from(["A", "B", "it's", 'x"; DROP TABLE'])


def known(values):
    return st.one_of(st.just(UNKNOWN), values)


rows = st.fixed_dictionaries(
    {
        **{name: known(st.booleans()) for name in generated.NAMES},
        **{name: known(st.sampled_from(NUMBERS)) for name in ("m", "n")},
        **{name: known(st.lists(texts, max_size=3).map(tuple)) for name in ("listed", "codes")},
        **{name: known(dates) for name in ("day", "until")},
        "at": known(moments),
        "state": known(texts),
    }
)


# --- texts of rules, by type -----------------------------------------------------------------------

SIGNS = ["=", "<>", "<", "<=", ">", ">="]
LEAVES = {
    Type.BOOL: [*generated.NAMES, "true", "false"],
    Type.INT: ["m", "n", *(str(each) for each in NUMBERS if abs(each) < 10**12)],
    Type.DATE: ["day", "until", *(each.isoformat() for each in DAYS)],
    Type.MOMENT: ["at", "2026-03-29T01:00:00Z", "0001-01-01T02:00:00Z", "9999-12-31T22:30Z"],
    Type.TEXT: ["state", "'A'", "'B'", "'x\"; DROP TABLE'"],
    Type.TEXTS: ["listed", "codes", "('A', 'B')", "('B')"],
}
SHAPES = {
    Type.BOOL: [
        *[("not {}", (Type.BOOL,)), ("({} and {})", (Type.BOOL,) * 2), ("({} or {})", (Type.BOOL,) * 2)],
        *[(f"({{}} {sign} {{}})", (of, of)) for of in (Type.INT, Type.DATE, Type.MOMENT) for sign in SIGNS],
        *[(f"({{}} {sign} {{}})", (Type.TEXT,) * 2) for sign in SIGNS[:2]],
        *[(f"(coalesce({{}}, {{}}) {sign} coalesce({{}}, {{}}))", (Type.BOOL,) * 4) for sign in SIGNS[:2]],
        *[(f"(coalesce({{}}, {{}}) is {word})", (of, of)) for word in ("known", "missing") for of in Type],
        *[("({} between {} and {})", (of,) * 3) for of in (Type.INT, Type.DATE, Type.MOMENT)],
        *[("({} not in {})", (Type.TEXT, Type.TEXTS)), ("({} in {})", (Type.TEXT, Type.TEXTS))],
        *[(f"{name}({{}}, {{}})", (Type.TEXTS, of)) for name in ("any_of", "all_of") for of in (Type.TEXT, Type.TEXTS)],
    ],
    Type.INT: [
        ("({} + {})", (Type.INT,) * 2),
        ("({} - {})", (Type.INT,) * 2),
        ("days_between({}, {})", (Type.DATE,) * 2),
    ],
    Type.DATE: [
        *[(f"add_{unit}({{}}, {{}})", (Type.DATE, Type.INT)) for unit in ("days", "months", "years")],
        *[(f"date_of({{}}, '{zone}')", (Type.MOMENT,)) for zone in ZONES],
    ],
    Type.MOMENT: [("add_hours({}, {})", (Type.MOMENT, Type.INT))],
    **{each: [] for each in (Type.TEXT, Type.TEXTS)},
}


@st.composite
def written(draw, of=Type.BOOL, depth=4):
    """A text of this type, of parts within parts."""
    shapes = [*SHAPES[of], ("coalesce({}, {})", (of, of))]
    if depth == 0 or draw(st.integers(0, 4)) == 0:
        return draw(st.sampled_from(LEAVES[of]))
    shape, parts = draw(st.sampled_from(shapes))
    return shape.format(*(draw(written(each, depth - 1)) for each in parts))


def test_every_operation_is_printed_and_drawn():
    assert _PRINTERS.keys() == OPERATIONS.keys()
    drawn = " ".join(shape for shapes in SHAPES.values() for shape, _ in shapes)
    assert [name for name in FUNCTIONS if f"{name}(" not in drawn and name != "coalesce"] == []


def parsed(text):
    return parse_rule(text, SCOPE, HERE)


@pytest.mark.parametrize("text", ["state = '; DROP TABLE rows; --'", "any_of(codes, ('\"', '\\', '$1', '\x00'))"])
def test_a_text_is_a_quoted_constant_whatever_it_says(text):
    literal = text.split("'")[1]
    assert both(text, SCOPE, state=literal, codes=(literal,)) is True
    assert both(text, SCOPE, state="other", codes=("other",)) is False


def test_a_fact_is_a_quoted_column_that_was_listed_or_not_known():
    rule = parsed("state = 'A'")
    assert sql_of(rule, {"state": 'st"ate'}) == """("st""ate" = 'A')"""
    assert sql_of(rule, {"other": "state"}) == "(CAST(NULL AS VARCHAR) = 'A')"


@pytest.mark.parametrize("value", [True, -7, "it's", DAYS[0], DAYS[4], *MOMENTS, ("a", "it's")])
def test_a_constant_is_read_back_as_it_was(value):
    found = ENGINE.execute(f"SELECT {value_sql(value)}").fetchall()[0][0]
    if isinstance(value, datetime):
        value = value.replace(tzinfo=None)
    assert found == (list(value) if isinstance(value, tuple) else value)


def test_days_within_days_do_not_grow_without_end():
    """Each part is printed once however deep it stands: an expression of a rule's size stays of that size."""
    deep = "day"
    for _ in range(30):
        deep = f"add_months({deep}, 1)"
    assert len(sql_of(parsed(f"{deep} = until"), {"day": "day", "until": "until"})) < 10_000
    assert both(f"{deep} = until", SCOPE, day=date(2024, 2, 29), until=date(2026, 8, 28)) is True


@given(generated.rules, st.lists(generated.facts, min_size=1, max_size=5))
@settings(max_examples=100, deadline=None)
def test_plain_rules_answer_alike_in_both(rule, known):
    made = generated.parsed(rule)
    assert by_engine(made, generated.SCOPE, known) == [made.answer(each) for each in known]


@given(written(), st.lists(rows, min_size=1, max_size=8))
@settings(max_examples=400, deadline=None)
def test_rules_of_every_type_answer_alike_in_both(text, given):
    rule = parsed(text)
    assert by_engine(rule, SCOPE, given) == [rule.answer(each) for each in given]
