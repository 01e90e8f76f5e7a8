"""Invented stints, the twenty rules they are held against, and the same logic written by hand in SQL and in pandas.

Nobody is in these rows: every column is drawn from a hash of the row's number, so that each run has the same rows.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb

from habeas import agreements, safeguards
from habeas.audit.asked import Asked, asked
from habeas.core.facts import SCOPE
from habeas.core.rules import Place, Rule, parse_rule
from habeas.core.safeguards import Binds, Step

DROPPED = {
    "born_on": 4,
    "sex": 2,
    "nationalities": 5,
    "security_class": 6,
    "convicted_offences": 8,
    "sentence_ends_on": 7,
}
"""Of every hundred rows, in how many a fact is not known; 3 where nothing is said."""

_DAY = "DATE '2015-01-01' + CAST({} % 4000 AS INTEGER)"
_STATES = "['SWE', 'EST', 'NOR', 'NLD', 'USA', 'SLV']"
_COLUMNS = {
    "asked_on": "day",
    "asked_at": "CAST(day AS TIMESTAMP) + to_minutes(CAST({} % 1440 AS INTEGER))",
    "sending_state": f"{_STATES}[1 + {{}} % 3]",
    "receiving_state": f"{_STATES}[2 + {{}} % 5]",
    "sex": "CASE WHEN {} % 20 = 0 THEN 'female' ELSE 'male' END",
    "born_on": "day - CAST(5500 + {} % 18000 AS INTEGER)",
    "nationalities": f"CASE WHEN {{}} % 50 = 0 THEN [] WHEN {{}} % 7 = 0 THEN [{_STATES}[1 + {{}} % 6], 'CHE'] ELSE [{_STATES}[1 + {{}} % 6]] END",
    "languages_understood": "[['sv'], ['et', 'en'], ['nb', 'sv'], ['es']][1 + {} % 4]",
    "notice_language": "['sv', 'et', 'es'][1 + {} % 3]",
    "notice_served_at": "CAST(day AS TIMESTAMP) - to_hours(CAST({} % 2000 AS INTEGER))",
    "objection_ends_at": "CAST(day AS TIMESTAMP) + to_hours(CAST({} % 600 AS INTEGER) - 500)",
    "open_objections": "CAST({} % 3 AS BIGINT)",
    "sentence_imposed_by": f"{_STATES}[1 + {{}} % 2]",
    "sentence_final": "{} % 30 <> 0",
    "sentence_ends_on": "day + CAST({} % 2500 AS INTEGER)",
    "security_class": "['1', '2', '3'][1 + {} % 3]",
    "convicted_offences": "[['other'], ['terrorism'], ['other', 'serious_organised_crime'], []][1 + {} % 4]",
    "needs_extensive_care": "{} % 25 = 0",
    "needs_psychiatric_care": "{} % 35 = 0",
    "fit_to_travel_until": "day + CAST({} % 60 AS INTEGER) - 5",
    "held_in_facility": "CAST({} % 600 AS BIGINT)",
    "working_capacity": "CAST(400 + {} % 200 AS BIGINT)",
    "living_space_cm2_each": "CAST(25000 + {} % 40000 AS BIGINT)",
    "fear_asserted": "{} % 12 = 0",
    "fear_assertion_decided": "CASE WHEN {} % 3 = 0 THEN 'rejected' END",
    "risk_in_receiving_state": "CASE WHEN {} % 15 = 0 THEN 'substantial_grounds' ELSE 'no_substantial_grounds' END",
    "title_in_receiving_state": "{} % 40 <> 0",
    "title_in_receiving_state_ends_at": "CAST(day AS TIMESTAMP) + to_hours(CAST({} % 20000 AS INTEGER) - 300)",
    "stay_order_in_force": "{} % 60 = 0",
}
_KNOWN_ALWAYS = {"asked_on", "asked_at", "sending_state", "receiving_state"}


def write(path: Path, rows: int) -> None:
    """A Parquet file of so many stints, with 29 facts each, some not known, and a few to which nothing was done."""
    drawn = [
        f"{_drawn(name, text, at)} AS {name}" for at, (name, text) in enumerate(_COLUMNS.items()) if name != "asked_on"
    ]
    with duckdb.connect(":memory:") as engine:
        engine.execute("SET preserve_insertion_order = false; SET threads = 2; SET memory_limit = '1GB'")
        engine.execute(
            f"COPY (SELECT range AS id, CASE WHEN range % 500 <> 0 THEN 'departed' END AS act, 'departure' AS step,"
            f" day AS asked_on, {', '.join(drawn)}"
            f" FROM (SELECT range, {_DAY.format('(hash(range) >> 2)')} AS day FROM range({rows:d})))"
            f" TO '{path}' (FORMAT parquet, COMPRESSION zstd)"
        )


def _drawn(name: str, text: str, at: int) -> str:
    value = text.replace("{}", f"CAST(hash(range * 64 + {at}) >> 2 AS BIGINT)")
    lost = 0 if name in _KNOWN_ALWAYS else DROPPED.get(name, 3)
    return f"CASE WHEN hash(range * 64 + {at} + 32) % 100 >= {lost} THEN {value} END"


# --- the rules -------------------------------------------------------------------------------------

TERMS = {
    "men": "sex = 'male'",
    "adult": "add_years(born_on, 18) <= asked_on",
    "sentence": "sentence_imposed_by = 'SWE' and sentence_final",
    "length": "days_between(asked_on, sentence_ends_on) between 60 and 1800",
    "class": "security_class in ('1', '2')",
    "not_estonian": "not any_of(nationalities, 'EST')",
    "not_dangerous": "not any_of(convicted_offences, ('terrorism', 'national_security'))",
    "care": "not needs_extensive_care and not needs_psychiatric_care",
    "fit": "fit_to_travel_until >= add_days(asked_on, 3)",
    "room": "held_in_facility + 1 <= working_capacity",
    "space": "living_space_cm2_each >= 30000",
    "understood": "any_of(languages_understood, notice_language)",
    "notice": "add_days(date_of(notice_served_at, 'Europe/Tallinn'), 14) <= asked_on",
    "objections": "open_objections = 0 or asked_at > objection_ends_at",
}
LAW = {
    "own_national": ("either", "", "not any_of(nationalities, receiving_state)"),
    "fear": (
        "sending",
        "",
        "not fear_asserted or fear_assertion_decided is known and fear_assertion_decided = 'rejected'",
    ),
    "risk": (
        "sending",
        "fear_asserted or any_of(nationalities, ('SLV', 'USA'))",
        "risk_in_receiving_state = 'no_substantial_grounds'",
    ),
    "title": ("receiving", "", "title_in_receiving_state and title_in_receiving_state_ends_at > asked_at"),
    "stay": ("either", "", "not stay_order_in_force"),
    "youth": ("sending", "add_years(born_on, 21) > asked_on", "security_class = '1'"),
}
BOUND = {"SWE": date(2016, 6, 1), "EST": None, "NOR": None}
NOT_BOUND = {"USA": "invented"}


def rules() -> tuple[Asked, ...]:
    """Fourteen conditions as terms have them, and six duties of a treaty that binds some states, one of them only since
    a day: through the same door as the released ones."""
    agreement, law = agreements.agreement("se-ee-2025"), safeguards.read()
    term = agreement.eligibility[0]
    terms = [replace(term, id=id, rule=_rule(text), evidence={}) for id, text in TERMS.items()]
    duty = law.safeguards[0]
    treaty = replace(duty.instrument, binds=Binds.TREATY, everyone=False, bound=BOUND, not_bound=NOT_BOUND)
    duties = [
        replace(
            duty,
            id=id,
            instrument=treaty,
            duty_of=duty_of,
            steps=(Step.DEPARTURE,),
            evidence={},
            applies_when=_rule(applies) if applies else None,
            condition=_rule(condition),
        )
        for id, (duty_of, applies, condition) in LAW.items()
    ]
    return asked(replace(agreement, eligibility=tuple(terms)), replace(law, safeguards=tuple(duties)))


def _rule(text: str) -> Rule:
    return parse_rule(text, SCOPE, Place(file="bench"))


# --- by hand ---------------------------------------------------------------------------------------

BY_HAND = {
    "men": "sex = 'male'",
    "adult": "born_on + INTERVAL 18 YEAR <= asked_on",
    "sentence": "sentence_imposed_by = 'SWE' AND sentence_final",
    "length": "sentence_ends_on - asked_on BETWEEN 60 AND 1800",
    "class": "security_class IN ('1', '2')",
    "not_estonian": "NOT list_contains(nationalities, 'EST')",
    "not_dangerous": "NOT (list_contains(convicted_offences, 'terrorism') OR list_contains(convicted_offences, 'national_security'))",
    "care": "NOT needs_extensive_care AND NOT needs_psychiatric_care",
    "fit": "fit_to_travel_until >= asked_on + 3",
    "room": "held_in_facility + 1 <= working_capacity",
    "space": "living_space_cm2_each >= 30000",
    "understood": "list_contains(languages_understood, notice_language)",
    "notice": "CAST(timezone('Europe/Tallinn', timezone('UTC', notice_served_at)) AS DATE) + 14 <= asked_on",
    "objections": "open_objections = 0 OR asked_at > objection_ends_at",
    "own_national": "(sending_state = 'USA' OR sending_state = 'SWE' AND asked_on < DATE '2016-06-01')"
    " AND (receiving_state = 'USA' OR receiving_state = 'SWE' AND asked_on < DATE '2016-06-01')"
    " OR NOT list_contains(nationalities, receiving_state)",
    "fear": "sending_state = 'USA' OR sending_state = 'SWE' AND asked_on < DATE '2016-06-01'"
    " OR NOT fear_asserted OR coalesce(fear_assertion_decided = 'rejected', FALSE)",
    "risk": "sending_state = 'USA' OR sending_state = 'SWE' AND asked_on < DATE '2016-06-01'"
    " OR NOT coalesce(fear_asserted OR list_contains(nationalities, 'SLV') OR list_contains(nationalities, 'USA'), TRUE)"
    " OR risk_in_receiving_state = 'no_substantial_grounds'",
    "title": "receiving_state = 'USA' OR receiving_state = 'SWE' AND asked_on < DATE '2016-06-01'"
    " OR title_in_receiving_state AND title_in_receiving_state_ends_at > asked_at",
    "stay": "(sending_state = 'USA' OR sending_state = 'SWE' AND asked_on < DATE '2016-06-01')"
    " AND (receiving_state = 'USA' OR receiving_state = 'SWE' AND asked_on < DATE '2016-06-01')"
    " OR NOT stay_order_in_force",
    "youth": "sending_state = 'USA' OR sending_state = 'SWE' AND asked_on < DATE '2016-06-01'"
    " OR NOT coalesce(born_on + INTERVAL 21 YEAR > asked_on, TRUE) OR security_class = '1'",
}
"""What somebody who knows DuckDB and these columns would write for the same rules: true, false, or null."""


def by_hand(rows: str, engine: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, int]]:
    """Both masks of every row, kept as a table, and by rule how many rows it bars and of how many it is not shown."""
    answers = ", ".join(f"{text} AS {id}" for id, text in BY_HAND.items())
    barred, not_shown = (
        " + ".join(f"CASE WHEN {test.format(id)} THEN {1 << at} ELSE 0 END" for at, id in enumerate(BY_HAND))
        for test in ("NOT {}", "{} IS NULL")
    )
    engine.execute(
        f"CREATE TABLE masks AS SELECT id, judged, CASE WHEN judged THEN CAST({barred} AS BIGINT) END AS barred,"
        f" CASE WHEN judged THEN CAST({not_shown} AS BIGINT) END AS not_shown"
        f" FROM (SELECT id, act IS NOT NULL AS judged, {answers} FROM {rows})"
    )
    sums = ", ".join(f"sum((barred >> {at}) & 1), sum((not_shown >> {at}) & 1)" for at in range(len(BY_HAND)))
    found = [int(each or 0) for each in engine.execute(f"SELECT {sums} FROM masks").fetchall()[0]]
    return dict(zip(BY_HAND, zip(found[::2], found[1::2], strict=True), strict=True))
