"""One lawful case as facts and record, and what the rules answer about it: for tests that change one thing in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from habeas import agreements, safeguards
from habeas.core.facts import CATALOGUE, CaseFacts, Evidence, Fact, Standing, recorded
from habeas.core.safeguards import SafeguardSet, Step
from habeas.core.screening import Answer, Screening, screen
from habeas.core.terms import Agreement

AT = datetime(2026, 9, 20, 8, 0, tzinfo=UTC)
TODAY = AT.date()
OUTWARD = (Step.SCREENING, Step.DECISION, Step.DEPARTURE, Step.HANDOVER)

RELEASED = safeguards.read()
TARTU = agreements.agreement("se-ee-2025", "se-ee-2025-demo")
OFFER = agreements.agreement("us-sv-2025")

# What the record of a lawful case shows by the time the person leaves.
RECORD = {
    "stay_order_in_force": False,
    "notice_served_at": AT - timedelta(days=40),
    "notice_language": "nb",
    "objection_ends_at": AT - timedelta(days=26),
    "open_objections": 0,
    "objections_reviewed": 0,
    "decision_gives_reasons": True,
    "decision_names_remedy": True,
    "decision_served_at": AT - timedelta(days=20),
    "decision_language": "nb",
    "contest_ends_at": AT - timedelta(days=6),
    "title_in_receiving_state": True,
    "title_in_receiving_state_ends_at": AT + timedelta(days=300),
    "authorities_holding": 1,
    "ill_treatment_finding_open": False,
    "held_in_facility": 40,
    "working_capacity": 44,
    "living_space_cm2_each": 45000,
}
STATED = {
    "nationalities": ("NOR",),
    "born_on": date(1990, 2, 3),
    "sex": "male",
    "languages_understood": ("nb", "sv"),
    "citizenship_asserted_of": (),
    "child_asserted": False,
    "fear_asserted": False,
    "protection_orders_against": (),
    "asylum_claim_pending": False,
    "risk_in_receiving_state": "no_substantial_grounds",
    "risk_to_life_in_receiving_state": "no_substantial_grounds",
    "disappearance_risk_in_receiving_state": "no_substantial_grounds",
    "country_information_on": date(2026, 9, 1),
    "assurances_relied_on": False,
    "onward_transfer_excluded": True,
    "sentence_imposed_by": "SWE",
    "sentence_final": True,
    "convicted_offences": ("other",),
    "security_class": "2",
    "needs_extensive_care": False,
    "needs_psychiatric_care": False,
    "fit_to_travel_until": date(2027, 1, 1),
}


def stated(name: str, value: object, **more: object) -> Fact:
    """A fact as it must be to count: verified by Alice, on a document that settles it. Bob proposes."""
    paper = Evidence(
        kind=CATALOGUE[name].settled_by[0], issuer="invented office", dated_on=TODAY, reference=f"invented {name}"
    )
    fact = Fact(
        id=name,
        name=name,
        value=value,  # type: ignore[arg-type]
        as_of=TODAY,
        stated_by="alice",
        standing=Standing.VERIFIED,
        evidence=(paper,),
        verified_by="alice",
    )
    return replace(fact, **more)  # type: ignore[arg-type]


LAWFUL = {
    **{name: stated(name, value) for name, value in STATED.items()},
    **{name: recorded(name, value, as_of=TODAY, entry="entry-1") for name, value in RECORD.items()},
}


def screened(
    facts: Mapping[str, Fact] | Iterable[Fact],
    step: Step = Step.DEPARTURE,
    agreement: Agreement = TARTU,
    at: datetime = AT,
    safeguards: SafeguardSet = RELEASED,
) -> Screening:
    case = CaseFacts(proposed_by="bob", facts=tuple(facts.values() if isinstance(facts, Mapping) else facts))
    return screen(case, step=step, agreement=agreement, safeguards=safeguards, at=at)


def answer(screening: Screening, id: str) -> Answer:
    return next(each for each in screening.answers if each.id == id)
