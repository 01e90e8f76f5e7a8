"""When a stated fact counts, and why it does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from habeas.core.facts import CATALOGUE, CaseFacts, Evidence, Fact, Standing, read_value, recorded, resolve

TODAY = date(2026, 9, 1)
PASSPORT = Evidence(kind="passport", issuer="invented office", dated_on=date(2020, 1, 1), reference="invented 1")

# Alice verified it against a passport. Bob proposes the person, so what he verified does not count.
VERIFIED = Fact(
    id="fact-1",
    name="nationalities",
    value=("NOR",),
    as_of=date(2026, 8, 1),
    stated_by="alice",
    standing=Standing.VERIFIED,
    evidence=(PASSPORT,),
    verified_by="alice",
)


def resolved(*facts: Fact, name: str = "nationalities", proposed_by: str | None = "bob", wanted=()):
    case = CaseFacts(proposed_by=proposed_by, facts=facts)
    return resolve(CATALOGUE[name], case, at=TODAY, wanted=wanted)


def test_a_fact_verified_by_another_against_evidence_counts():
    found = resolved(VERIFIED)
    assert (found.value, found.why, found.used) == (("NOR",), None, ("fact-1",))


OTHER = replace(VERIFIED, id="fact-2", value=("SWE",))
REASONS = {
    "missing": (),
    "unknown": (replace(VERIFIED, value=None),),
    "only_alleged": (replace(VERIFIED, standing=Standing.ALLEGED),),
    "not_verified": (replace(VERIFIED, standing=Standing.STATED),),
    "contested": (replace(VERIFIED, contested=True),),
    "conflicting": (VERIFIED, OTHER),
    "evidence_wanting": (replace(VERIFIED, evidence=()),),
}


@pytest.mark.parametrize("reason", REASONS)
def test_otherwise_it_is_not_shown_and_each_time_for_its_own_reason(reason):
    found = resolved(*REASONS[reason])
    assert found.value is None
    assert found.why.code == f"fact_reason.{reason}"
    assert found.settled_by == ("passport", "nationality_certificate", "civil_register")


@pytest.mark.parametrize("verifier", ["bob", "", None])
def test_what_the_proposer_or_nobody_verified_is_not_verified(verifier):
    assert resolved(replace(VERIFIED, verified_by=verifier)).why.code == "fact_reason.not_verified"


def test_while_nobody_is_named_as_the_proposer_nothing_is_verified_by_another():
    assert resolved(VERIFIED, proposed_by=None).why.code == "fact_reason.not_verified"


def test_evidence_of_a_kind_that_the_rule_does_not_accept_is_none():
    assert resolved(VERIFIED, wanted=("nationality_certificate",)).why.code == "fact_reason.evidence_wanting"


def test_an_allegation_beside_a_verified_fact_neither_helps_nor_hides_it():
    assert resolved(VERIFIED, replace(OTHER, standing=Standing.ALLEGED)).value == ("NOR",)


def test_two_verified_statements_that_agree_are_no_conflict():
    assert resolved(VERIFIED, replace(VERIFIED, id="fact-2")).used == ("fact-1", "fact-2")


def test_a_contest_hides_a_fact_even_where_another_statement_says_the_same():
    assert resolved(VERIFIED, replace(VERIFIED, id="fact-2", contested=True)).value is None


def test_a_fact_as_of_tomorrow_is_not_one_today():
    assert resolved(replace(VERIFIED, as_of=date(2026, 9, 2))).why.code == "fact_reason.missing"


# --- what protects the person ----------------------------------------------------------------------

FEAR = replace(VERIFIED, id="fear-1", name="fear_asserted", value=True, evidence=())


@pytest.mark.parametrize("standing", Standing)
@pytest.mark.parametrize("contested", [True, False])
@pytest.mark.parametrize("by", ["alice", "bob", None])
def test_an_assertion_counts_in_any_standing_contested_or_not_and_without_proof(standing, contested, by):
    fear = replace(FEAR, standing=standing, contested=contested, verified_by=by)
    assert resolved(fear, name="fear_asserted").value is True


def test_an_assertion_counts_beside_a_verified_record_that_there_was_none():
    asked = Evidence(kind="interview_record", issuer="x", dated_on=date(2026, 8, 1), reference="y")
    none = replace(FEAR, id="fear-0", value=False, evidence=(asked,))
    assert resolved(none, name="fear_asserted").value is False
    assert resolved(none, replace(FEAR, standing=Standing.ALLEGED), name="fear_asserted").value is True


def test_that_nobody_asserted_anything_must_be_shown_like_any_fact():
    silent = replace(FEAR, value=False)
    assert resolved(silent, name="fear_asserted").why.code == "fact_reason.evidence_wanting"


def test_citizenships_asserted_by_several_voices_all_count():
    one = replace(FEAR, name="citizenship_asserted_of", value=("USA",))
    other = replace(one, id="2", value=("MEX",), standing=Standing.ALLEGED)
    assert resolved(one, other, name="citizenship_asserted_of").value == ("USA", "MEX")


def test_a_decision_ends_an_assertion_made_before_it_and_none_made_after():
    paper = Evidence(kind="assertion_decision", issuer="court", dated_on=date(2026, 8, 10), reference="1")
    decided = replace(FEAR, name="fear_assertion_decided", value="rejected", as_of=date(2026, 8, 10), evidence=(paper,))
    assert resolved(FEAR, decided, name="fear_assertion_decided").value == "rejected"
    again = replace(FEAR, as_of=date(2026, 8, 11))
    found = resolved(FEAR, again, decided, name="fear_assertion_decided")
    assert (found.value, found.why.code) == (None, "fact_reason.decided_before_asserted")


# --- making facts ----------------------------------------------------------------------------------


def test_what_the_register_shows_counts_as_verified():
    fact = recorded("open_objections", 0, as_of=TODAY, entry="entry-7")
    assert resolved(fact, name="open_objections").value == 0


def test_the_register_can_not_state_what_somebody_must_state():
    with pytest.raises(KeyError):
        recorded("nationalities", ("SWE",), as_of=TODAY, entry="entry-7")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("nationalities", "NOR, SWE", ("NOR", "SWE")),
        ("born_on", "2000-02-29", date(2000, 2, 29)),
        ("sentence_final", "true", True),
        ("sex", "male", "male"),
        ("open_objections", "3", 3),
        ("contest_ends_at", "2026-09-01T10:00+02:00", datetime(2026, 9, 1, 8, tzinfo=UTC)),
    ],
)
def test_a_typed_value_is_read(name, text, value):
    assert read_value(CATALOGUE[name], text) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("nationalities", "NOR Swedish"),
        ("born_on", "2001-02-29"),
        ("sentence_final", "yes"),
        ("sex", "man"),
        ("open_objections", "3.5"),
        ("contest_ends_at", "2026-09-01T10:00"),
    ],
)
def test_a_value_that_is_none_is_refused(name, text):
    with pytest.raises(ValueError, match=r"expected|one of|[Ii]nvalid|zone|out of range"):
        read_value(CATALOGUE[name], text)


def test_a_decision_that_came_after_the_last_assertion_stands():
    asked = replace(FEAR, as_of=date(2026, 8, 1))
    paper = Evidence(kind="assertion_decision", issuer="court", dated_on=date(2026, 8, 20), reference="2")
    old = replace(FEAR, id="old", name="fear_assertion_decided", value="upheld", as_of=date(2026, 7, 1))
    new = replace(old, id="new", value="rejected", as_of=date(2026, 8, 20), evidence=(paper,))
    assert resolved(asked, old, new, name="fear_assertion_decided").used == ("new",)
