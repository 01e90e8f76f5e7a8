"""The scan: what closures say of one row, masks say of every row."""

from __future__ import annotations

import tempfile
from datetime import date

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from habeas import agreements, safeguards
from habeas.audit.asked import asked
from habeas.audit.scan import RowsError, scanned
from habeas.core.facts import CATALOGUE
from habeas.core.safeguards import Binds, Result, Step
from habeas.core.screening import ELIGIBILITY_STEPS
from habeas.speech import say
from tests.core.test_unknown_never_passes import VALUES

LAW = safeguards.read()
BINDING = [each for each in LAW.safeguards if each.instrument.binds is not Binds.STANDARD]
AGREEMENTS = {each: agreements.agreement(each) for each in agreements.ids()}
TARTU = AGREEMENTS["se-ee-2025"]
UNKNOWN = None


def row(id, known, step=Step.DECISION, act="decided"):
    return {"id": id, "act": act, "step": step.value, **known}


def by_closures(agreement, known, step):
    """What the rules of a step answer to these facts: the rules that bar, and those that are not shown."""
    results = {each.id: each.result(known) for each in BINDING if step in each.steps}
    answers = {True: Result.MET, False: Result.BARRED, None: Result.NOT_SHOWN}
    for term in agreement.eligibility if step in ELIGIBILITY_STEPS else ():
        results[term.id] = answers[term.rule.answer(known)] if term.rule else as_written(term, known)
    return [{id for id, result in results.items() if result is wanted} for wanted in (Result.BARRED, Result.NOT_SHOWN)]


def as_written(term, known):
    if term.id in (known.get("judgment_finds_not_met") or ()):
        return Result.BARRED
    return Result.MET if term.id in (known.get("judgment_finds_met") or ()) else Result.NOT_SHOWN


def by_scan(agreement, rows, **more):
    with scanned(rows, asked(agreement, LAW), **more) as scan:
        return {each.id: [set(each.barred), set(each.not_shown)] for each in scan.rows(0, 10_000)}


def held_equal(agreement, judged):
    """`judged` is a list of (facts, step)."""
    found = by_scan(agreement, [row(str(at), known, step) for at, (known, step) in enumerate(judged)])
    for at, (known, step) in enumerate(judged):
        assert found.get(str(at), [set(), set()]) == by_closures(agreement, known, step), (known, step)


def test_the_examples_of_every_safeguard_answer_alike_to_every_rule_at_every_step():
    examples = [example.given for each in LAW.safeguards for example in each.examples]
    held_equal(TARTU, [(known, step) for known in ({}, *examples) for step in Step])


STATES = ["SWE", "EST", "USA", "SLV", "NLD", "CRI", "NOR", "GBR"]
SINCE = sorted({since for each in LAW.safeguards for since in each.instrument.bound.values() if since})


@st.composite
def facts(draw):
    chosen = {name: draw(values) for name, values in VALUES.items() if draw(st.integers(0, 3))}
    chosen |= {"sending_state": draw(st.sampled_from(STATES)), "receiving_state": draw(st.sampled_from(STATES))}
    if draw(st.booleans()):
        chosen["asked_on"] = draw(st.sampled_from([*SINCE, date(1950, 1, 1), date(2026, 9, 1)]))
    unknown = draw(st.sampled_from(["", "sending_state", "receiving_state", "asked_on"]))
    return {name: value for name, value in chosen.items() if name != unknown}


@given(
    st.sampled_from(sorted(AGREEMENTS)), st.lists(st.tuples(facts(), st.sampled_from(Step)), min_size=1, max_size=12)
)
@settings(max_examples=12, deadline=None)
def test_generated_rows_answer_alike_to_every_rule_and_to_whom_it_binds_since_when(name, judged):
    held_equal(AGREEMENTS[name], judged)


def test_a_term_that_no_rule_can_express_is_settled_by_a_judgment_alone():
    offer = AGREEMENTS["us-sv-2025"]
    [term] = [each.id for each in offer.eligibility if each.rule is None][:1]
    known = [{}, {"judgment_finds_met": (term,)}, {"judgment_finds_not_met": (term,)}]
    assert [term in by_closures(offer, each, Step.DECISION)[0] for each in known] == [False, False, True]
    held_equal(offer, [(each, Step.DECISION) for each in known])


# --- what is counted -------------------------------------------------------------------------------


def test_a_row_without_an_act_is_not_judged_and_counts_nowhere_else():
    barred = {"fear_asserted": True, "sending_state": "SWE", "receiving_state": "EST"}
    rows = [row("done", barred), row("not done", barred, act=None)]
    with scanned(rows, asked(TARTU, LAW)) as scan:
        assert scan.totals() == (1, 1, 1)
        assert [each.id for each in scan.rows()] == ["done"]
        assert {each.rule: each.barred for each in scan.counts() if each.barred} == {"cat.fear_decided": 1}
        assert max(each.not_shown for each in scan.counts()) == 1
    with scanned([row("not done", barred, act=None)], asked(TARTU, LAW)) as scan:
        assert (scan.totals(), scan.rows()) == ((0, 0, 1), ())
        assert {(each.barred, each.not_shown) for each in scan.counts()} == {(0, 0)}


def test_every_rule_has_a_bit_of_its_own_however_many_there_are():
    rules = [rule for terms in AGREEMENTS.values() for rule in asked(terms, LAW)]
    assert len(rules) > 120
    with scanned([row("nothing known", {})], rules, step=Step.DECISION) as scan:
        [found] = scan.rows()
        at_decision = [each.id for each in rules if Step.DECISION in each.steps]
        assert found.not_shown == tuple(at_decision)
        assert [each.not_shown for each in scan.counts()] == [1] * len(at_decision)


def test_rows_come_a_page_at_a_time_in_their_order():
    rows = [row(f"{at:03}", {}) for at in range(1, 8)]
    with scanned(rows, asked(TARTU, LAW)) as scan:
        assert [[each.id for each in scan.rows(first, 3)] for first in (0, 3, 6)] == [
            ["001", "002", "003"],
            ["004", "005", "006"],
            ["007"],
        ]


def test_without_rules_or_rows_nothing_is_found():
    with scanned([row("a", {})], ()) as scan:
        assert (scan.totals(), scan.counts(), scan.rows()) == ((1, 0, 0), (), ())
    with scanned([], asked(TARTU, LAW)) as scan:
        assert (scan.totals(), scan.rows()) == ((0, 0, 0), ())


# --- files -----------------------------------------------------------------------------------------


def parquet(folder, columns):
    path = folder / "it's rows.parquet"
    quoted = str(path).replace("'", "''")
    duckdb.connect().execute(f"COPY (SELECT {columns}) TO '{quoted}' (FORMAT parquet)")
    return path


KEYS = "7 AS id, 'decided' AS act, 'decision' AS step"


def test_a_file_is_judged_like_rows_and_its_other_columns_are_left_alone(tmp_path):
    path = parquet(
        tmp_path, f"{KEYS}, TRUE AS fear_asserted, 'SWE' AS sending_state, 0.5 AS score, ['NOR'] AS nationalities"
    )
    known = {"fear_asserted": True, "sending_state": "SWE", "nationalities": ("NOR",)}
    assert by_scan(TARTU, path) == {"7": by_closures(TARTU, known, Step.DECISION)}


def test_a_rule_that_wants_other_evidence_reads_a_column_of_its_own_where_there_is_one():
    stricter = [
        (each.id, fact, column) for each in asked(TARTU, LAW) for fact, column in each.wanted.items() if fact != column
    ]
    rule, fact, column = next(each for each in stricter if each[1] == "sex")
    both = by_scan(TARTU, [row("plain", {fact: "male"}), row("open", {fact: "male", column: None})])
    assert (rule in both["plain"][1], rule in both["open"][1]) == (False, True)


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ("1 AS id, 'decision' AS step", "The rows have no column act"),
        (f"{KEYS}, 'yes' AS fear_asserted", "The column fear_asserted is of type VARCHAR, and BOOLEAN is wanted"),
        (
            f"{KEYS}, ['NOR', NULL] AS nationalities",
            "The column nationalities has a value that cannot be judged in 1 rows",
        ),
        (f"{KEYS}, 9223372036854775807 AS held_in_facility", "The column held_in_facility has a value that cannot be"),
        (
            f"{KEYS}, 9007199254740992 AS held_in_facility",
            "The column held_in_facility has a value that cannot be judged",
        ),
    ],
)
def test_rows_that_cannot_be_judged_are_refused_in_one_sentence(tmp_path, columns, sentence):
    with pytest.raises(RowsError) as caught, scanned(parquet(tmp_path, columns), asked(TARTU, LAW)):
        pass
    assert say(caught.value.message, "en").startswith(sentence)


def test_nothing_but_its_file_is_open_to_the_engine_and_nothing_can_be_set(tmp_path):
    path = parquet(tmp_path, KEYS)
    other = tmp_path / "other.csv"
    other.write_text("secret\n1\n")
    with scanned(path, asked(TARTU, LAW)) as scan:
        ask = scan.engine.execute
        assert ask("SELECT count(*) FROM recorded").fetchall() == [(1,)]
        for forbidden in (
            f"SELECT * FROM read_csv('{other}')",
            f"COPY (SELECT 1) TO '{tmp_path}/out.csv'",
            f"ATTACH '{tmp_path}/out.db'",
            "INSTALL httpfs",
            "SET memory_limit = '900GB'",
            "SET enable_external_access = true",
        ):
            with pytest.raises(duckdb.Error):
                ask(forbidden)


def test_what_does_not_fit_in_memory_goes_into_a_folder_that_is_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def folders():
        return set(tmp_path.glob("habeas-rows-*"))

    before = folders()
    columns = "range AS id, 'decided' AS act, 'decision' AS step FROM range(400000)"
    with scanned(parquet(tmp_path, columns), asked(TARTU, LAW), memory="60MB") as scan:
        assert len(folders() - before) == 1
        assert scan.engine.execute("SELECT current_setting('memory_limit')").fetchall() == [("57.2 MiB",)]
        assert scan.totals() == (400_000, 400_000, 0)
    assert folders() == before


def test_every_fact_can_be_a_column():
    wanted = {column for each in AGREEMENTS.values() for rule in asked(each, LAW) for column in rule.wanted.values()}
    assert {column.partition(" (")[0] for column in wanted} <= CATALOGUE.keys()
