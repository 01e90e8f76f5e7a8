"""The honest way of one person, act by act, for tests that begin somewhere along it."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime, timedelta

from habeas.core.entries import Actor, Unstated
from habeas.core.entries import claims as c
from habeas.core.entries import custody as held
from habeas.core.entries import procedure as p

from .facts import LAWFUL
from .world import BOOKING, DAY, DECIDER, ESCORT, MONITOR, OFFICER, RECEIVER, RECEIVING, REVIEWER, SENDING, World

NOT_KNOWN = Unstated.NOT_KNOWN


def proposal(**changes: object) -> p.Proposed:
    """A proposal of an invented person."""
    values = {
        "agreement": "se-ee-2025",
        "facility": "tartu",
        "given_names": "Çağrı",
        "family_names": "Øveraas-Ñúñez",
        "born_on": date(1988, 2, 29),
        "sex": p.Sex.MALE,
        "nationalities": ("NOR",),
        "language": "nb",
        "home_reference": "KV 0001",
        "held_at": "Kumla",
        "reasons": "He asked for a single cell, which the unit abroad can give him.",
    }
    return p.Proposed(**{**values, **changes})  # type: ignore[arg-type]


def propose(world: World, **changes: object) -> str:
    """The case id of a new proposal."""
    world.take("propose", proposal(**changes), OFFICER)
    return world.log[-1].stream


def state_facts(world: World, case: str, facts: dict[str, tuple[str, str]] = LAWFUL) -> None:
    """Record each fact with its evidence, and let somebody else verify it."""
    for name, (value, document) in facts.items():
        entry = state_fact(world, case, name, value, document)
        world.take("verify_fact", p.FactVerified(fact=entry, how="compared with the original"), DECIDER, case)


def state_fact(world: World, case: str, name: str, value: str, document: str) -> str:
    """Record one fact with its evidence; the id of its entry."""
    evidence = world.take(
        "add_evidence",
        p.EvidenceAdded(document=document, issuer="Invented issuer", dated_on=date(2026, 8, 20), reference=name),
        OFFICER,
        case,
    )
    fact = p.FactRecorded(
        name=name,
        value=value,
        as_of_on=date(2026, 8, 25),
        stated_by="Invented officer",
        standing=p.Standing.STATED,
        evidence=(evidence,),
    )
    return world.take("record_fact", fact, OFFICER, case)


def title(world: World, case: str, state: str, *, by: Actor, days: int = 400, from_at: datetime | None = None) -> str:
    """Record a title of one state."""
    begins = from_at or world.now
    body = p.TitleRecorded(
        state=state,
        authority="Invented court",
        ground="a final sentence of imprisonment",
        reference="B 1-26",
        valid_from_at=begins,
        valid_until_at=begins + timedelta(days=days),
    )
    return world.take("record_title", body, by, case)


def notice(world: World, case: str) -> str:
    """Serve the notice of the proposal in the person's language."""
    return world.take(
        "serve_notice",
        p.NoticeServed(language="nb", facts_relied_on="sentence, security class, health", served_by="Invented officer"),
        OFFICER,
        case,
    )


def decision(outcome: p.Outcome = p.Outcome.TRANSFER) -> p.Decided:
    """An individual decision."""
    return p.Decided(
        outcome=outcome,
        reasons="Each rule was answered on verified facts, and his own wish was heard.",
        remedy="Appeal to the court within fourteen days.",
    )


def decided(world: World, case: str) -> None:
    """Everything up to a served decision whose contest period is over."""
    title(world, case, "SWE", by=OFFICER)
    state_facts(world, case)
    notice(world, case)
    world.wait(world.periods.objection)
    world.take("decide", decision(), DECIDER, case)
    world.take("serve_decision", p.DecisionServed(language="nb", served_by="Invented officer"), OFFICER, case)
    world.wait(world.periods.contest)


def departed(world: World, case: str) -> None:
    """From a served decision to the gate, with a title in the receiving state."""
    world.take("accept_transfer", p.TransferAccepted(), RECEIVER, case)
    title(world, case, "EST", by=RECEIVER)
    manifest = held.Manifested(
        manifest="M-1", departs_at=world.now + timedelta(days=1), departs_from="Kumla", escort="Invented escort"
    )
    world.take("put_on_manifest", manifest, OFFICER, case)
    world.take("permit_departure", held.DeparturePermitted(fit_to_travel="fit, seen today"), OFFICER, case)
    body = held.Departed(departed_from="Kumla", destination="Tartu", means="aircraft", outward=True)
    world.take("report_departure", body, ESCORT, case)


def offer(world: World, case: str, *, by: Actor = ESCORT, to: str = RECEIVING) -> str:
    """Offer the handover."""
    body = held.HandoverOffered(to_party=to, place="at the gate", fitness="fit")
    return world.take("offer_handover", body, by, case)


def admission() -> held.Admitted:
    """A book-in in which almost everything is not known: every field takes that answer."""
    from habeas.core.entries import specs

    unknown = {each.name: NOT_KNOWN for each in specs(held.Admitted) if each.unstated}
    return held.Admitted(facility="tartu", **unknown)  # type: ignore[arg-type]


def admitted(world: World, case: str) -> None:
    """From the gate to the cell: arrival, both signatures, book-in."""
    world.wait(timedelta(hours=5))
    world.take("report_arrival", held.Arrived(facility="tartu"), ESCORT, case)
    offered = offer(world, case)
    world.take("accept_handover", held.HandoverAccepted(offer=offered), BOOKING, case)
    world.take("admit", admission(), BOOKING, case)


def looked_after(world: World, case: str) -> None:
    """What is owed to whoever was admitted is done, and stated: doctor, family, rights, and the consul."""
    done_at = world.now.isoformat()
    for name in ("medical_exam_at", "family_told_at", "information_given_at", "consular_rights_told_at"):
        fact = p.FactRecorded(
            name=name,
            value=done_at,
            as_of_on=world.now.date(),
            stated_by="Invented officer",
            standing=p.Standing.STATED,
        )
        world.take("record_fact", fact, RECEIVER, case)


def held_case(world: World) -> str:
    """A person lawfully held, after the whole way."""
    case = propose(world)
    decided(world, case)
    departed(world, case)
    admitted(world, case)
    return case


def returned(world: World, case: str) -> None:
    """The way back: both signatures again, then the return."""
    body = held.HandoverOffered(to_party=SENDING, place="at the gate", fitness="fit")
    offered = world.take("offer_handover", body, RECEIVER, case)
    world.take("accept_handover", held.HandoverAccepted(offer=offered), OFFICER, case)
    world.wait(timedelta(hours=4))
    world.take("report_return", held.Returned(place="Kumla"), OFFICER, case)


def object_and_review(world: World, case: str, outcome: p.Upheld) -> None:
    """An objection, and the review that answers it."""
    body = p.ObjectionRaised(raised_by=p.Voice.PERSON, grounds="my children visit me here")
    objection = world.take("raise_objection", body, OFFICER, case)
    review = p.ObjectionReviewed(objection=objection, outcome=outcome, reasons="heard in person")
    world.take("review_objection", review, REVIEWER, case)


CLAIMED = c.DetentionClaimed(
    ground=c.ClaimGround.TITLE_EXPIRED, said="his title ran out in June", asks=c.Asks.RETURN, unlawful_since_on=None
)


def claim(world: World, case: str, **more: datetime) -> str:
    """The monitor claims that the detention is wrongful; the claim."""
    return world.take("claim_detention", CLAIMED, MONITOR, case, **more)


def claim_upheld(world: World, case: str, remedy: c.Remedy, **more: object) -> str:
    """A claim is made, and upheld at once: unlawful since a day ago, and the remedy due in two days; the claim."""
    claimed = claim(world, case)
    decided = c.ClaimDecided(
        claim=claimed,
        outcome=c.ClaimOutcome.UPHELD,
        reasons="no title was in force",
        unlawful_from_at=world.now - DAY,
        remedy=remedy,
        due_at=world.now + 2 * DAY,
    )
    world.take("decide_claim", dataclasses.replace(decided, **more), REVIEWER, case)  # type: ignore[arg-type]
    return claimed
