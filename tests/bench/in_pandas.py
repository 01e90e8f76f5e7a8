"""The same twenty rules in pandas, with its nullable types: what somebody without an engine would write."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd


def load(path: Path, rows: int) -> pd.DataFrame:
    """The first rows that were judged, each column of a type that knows what is missing."""
    with duckdb.connect(":memory:") as engine:
        found = engine.execute(f"SELECT * FROM read_parquet('{path}') WHERE id < {rows:d} AND act IS NOT NULL").df()
    return found.astype({name: "string" for name in found if found[name].dtype == "str"})


def known(answer: pd.Series, *facts: pd.Series) -> pd.Series:
    """A comparison of days, which pandas answers with False where one of them is missing."""
    missing = facts[0].isna()
    for each in facts[1:]:
        missing |= each.isna()
    return answer.astype("boolean").mask(missing)


def has(listed: pd.Series, *codes: str) -> pd.Series:
    return listed.map(lambda each: any(code in each for code in codes), na_action="ignore").astype("boolean")


def judged(f: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """By rule, how many rows it bars and of how many it is not shown."""
    since = pd.Timestamp("2016-06-01")
    unbound = {
        party: ((f[f"{party}_state"] == "USA") | ((f[f"{party}_state"] == "SWE") & (f["asked_on"] < since))).fillna(
            False
        )
        for party in ("sending", "receiving")
    }
    both = unbound["sending"] & unbound["receiving"]
    local = (
        f["notice_served_at"].dt.tz_localize("UTC").dt.tz_convert("Europe/Tallinn").dt.tz_localize(None).dt.normalize()
    )
    young = known(f["born_on"] + pd.DateOffset(years=21) > f["asked_on"], f["born_on"])
    named = pd.Series(
        [
            a if b is None else None if a is None else b in a
            for a, b in _pairs(f["nationalities"], f["receiving_state"])
        ],
        dtype="boolean",
    )
    understood = pd.Series(
        [
            None if a is None or b is None else b in a
            for a, b in _pairs(f["languages_understood"], f["notice_language"])
        ],
        dtype="boolean",
    )
    applies = (f["fear_asserted"] | has(f["nationalities"], "SLV", "USA")).fillna(True)
    days = (f["sentence_ends_on"] - f["asked_on"]).dt.days
    answers = {
        "men": f["sex"] == "male",
        "adult": known(f["born_on"] + pd.DateOffset(years=18) <= f["asked_on"], f["born_on"]),
        "sentence": (f["sentence_imposed_by"] == "SWE") & f["sentence_final"],
        "length": known(days.between(60, 1800), days),
        "class": known(f["security_class"].isin(["1", "2"]), f["security_class"]),
        "not_estonian": ~has(f["nationalities"], "EST"),
        "not_dangerous": ~has(f["convicted_offences"], "terrorism", "national_security"),
        "care": ~f["needs_extensive_care"] & ~f["needs_psychiatric_care"],
        "fit": known(f["fit_to_travel_until"] >= f["asked_on"] + pd.Timedelta(days=3), f["fit_to_travel_until"]),
        "room": f["held_in_facility"] + 1 <= f["working_capacity"],
        "space": f["living_space_cm2_each"] >= 30000,
        "understood": understood,
        "notice": known(local + pd.Timedelta(days=14) <= f["asked_on"], local),
        "objections": (f["open_objections"] == 0)
        | known(f["asked_at"] > f["objection_ends_at"], f["objection_ends_at"]),
        "own_national": both | ~named,
        "fear": unbound["sending"] | ~f["fear_asserted"] | (f["fear_assertion_decided"] == "rejected").fillna(False),
        "risk": unbound["sending"] | ~applies | (f["risk_in_receiving_state"] == "no_substantial_grounds"),
        "title": unbound["receiving"]
        | f["title_in_receiving_state"]
        & known(f["title_in_receiving_state_ends_at"] > f["asked_at"], f["title_in_receiving_state_ends_at"]),
        "stay": both | ~f["stay_order_in_force"],
        "youth": unbound["sending"] | ~young.fillna(True) | (f["security_class"] == "1"),
    }
    return {id: (int((~each).sum()), int(each.isna().sum())) for id, each in answers.items()}


def _pairs(lists: pd.Series, texts: pd.Series) -> zip:
    return zip(
        [None if each is None else list(each) for each in lists.astype(object).where(lists.notna(), None)],
        texts.astype(object).where(texts.notna(), None),
        strict=True,
    )
