"""What happens to the invented people: one short script for each way through the procedure.

A script yields its acts with their moments and is sent the ids of the entries that they became. All
figures, names, courts and documents are invented.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from habeas.core.entries import Actor, Unstated, institutions
from habeas.core.entries import custody as held
from habeas.core.entries import procedure as p
from habeas.demo.people import Invented
from habeas.demo.timeline import Opening, Planned, Script

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOT_KNOWN, REFUSED = Unstated.NOT_KNOWN, Unstated.REFUSED_TO_SAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The invented officers, the place, the periods that the scenario assumes, and what each verified fact
    says, with the kind of paper on which it rests."""

    officer: Actor
    decider: Actor
    escort: Actor
    receiver: Actor
    booking: Actor
    reviewer: Actor
    court: Actor
    monitor: Actor
    agreement: str
    facility: str
    sending_state: str
    receiving_state: str
    objection: timedelta
    contest: timedelta
    facts: Mapping[str, tuple[str, str]]


# --- the pieces ------------------------------------------------------------------------------------


def proposed(stage: Stage, person: Invented, at: datetime) -> Opening:
    """The proposal, the title at home, and each fact with its evidence, verified by somebody else."""
    opened = yield Planned(at=at, act="propose", body=_proposal(stage, person), by=stage.officer)
    body = _title(stage.sending_state, person, from_at=at - 90 * DAY, until_at=at + 500 * DAY)
    yield Planned(at=at + HOUR, act="record_title", body=body, by=stage.officer)
    yield from _facts(stage, person, at + 2 * HOUR)
    return opened.stream


def noticed(stage: Stage, person: Invented, at: datetime) -> Opening:
    """Proposed, and told of it in their language a day later."""
    case = yield from proposed(stage, person, at)
    body = p.NoticeServed(
        language=person.language,
        facts_relied_on="The sentence and its end, the security class, the medical note, the nationality.",
        served_by="Invented officer 12",
    )
    yield Planned(at=at + DAY, act="serve_notice", body=body, by=stage.officer)
    return case


def decided(stage: Stage, person: Invented, at: datetime) -> Opening:
    """The time to object runs out, the decision is taken and served."""
    case = yield from noticed(stage, person, at)
    yield from _decision(stage, person, at + DAY + stage.objection + HOUR)
    return case


def accepted(stage: Stage, person: Invented, at: datetime) -> Opening:
    """The time to contest runs out and the receiving state accepts."""
    case = yield from decided(stage, person, at)
    yield from _acceptance(stage, person, _accepted_at(stage, at))
    return case


def manifested(stage: Stage, person: Invented, at: datetime) -> Opening:
    """On the manifest of a journey that has a place kept."""
    case = yield from accepted(stage, person, at)
    yield _manifest(stage, _accepted_at(stage, at) + 2 * HOUR)
    return case


def held_there(stage: Stage, person: Invented, at: datetime, *, until_at: datetime) -> Script:
    """The whole way, then a roll entry every day."""
    yield from _admitted(stage, person, at)
    yield from _roll(stage, _left_at(stage, at) + DAY, until_at)


# --- the ways --------------------------------------------------------------------------------------


def title_about_to_run_out(stage: Stage, person: Invented, at: datetime, *, until_at: datetime) -> Script:
    """Held under a title of the receiving state that ends within days."""
    yield from decided(stage, person, at)
    yield from _acceptance(stage, person, _accepted_at(stage, at), ends_at=until_at + 5 * DAY)
    yield _manifest(stage, _accepted_at(stage, at) + 2 * HOUR)
    yield from _journey_and_admission(stage, person, _left_at(stage, at))
    yield from _roll(stage, _left_at(stage, at) + DAY, until_at)


def objection_upheld(stage: Stage, person: Invented, at: datetime) -> Script:
    """An objection, a review that upholds it, a decision against, and the proposal given up."""
    yield from noticed(stage, person, at)
    yield from _objection(stage, at + 4 * DAY, p.Upheld.UPHELD)
    reasons = "The review found that his two children would lose every visit; the proposal can't stand."
    body = p.Decided(outcome=p.Outcome.NO_TRANSFER, reasons=reasons, remedy="None is needed: he stays.")
    yield Planned(at=at + 10 * DAY, act="decide", body=body, by=stage.decider)
    given_up = p.ProposalWithdrawn(reasons="The objection was upheld and he stays where he is.")
    yield Planned(at=at + 11 * DAY, act="withdraw_proposal", body=given_up, by=stage.officer)


def objection_rejected(stage: Stage, person: Invented, at: datetime, *, until_at: datetime) -> Script:
    """An objection that a review rejects with reasons; the person is held abroad in the end."""
    yield from noticed(stage, person, at)
    yield from _objection(stage, at + 4 * DAY, p.Upheld.REJECTED)
    yield from _decision(stage, person, at + DAY + stage.objection + HOUR)
    yield from _acceptance(stage, person, _accepted_at(stage, at))
    yield _manifest(stage, _accepted_at(stage, at) + 2 * HOUR)
    yield from _journey_and_admission(stage, person, _left_at(stage, at))
    yield from _roll(stage, _left_at(stage, at) + DAY, until_at)


def objection_open(stage: Stage, person: Invented, at: datetime) -> Script:
    """An objection that waits for its review."""
    yield from noticed(stage, person, at)
    body = p.ObjectionRaised(raised_by=p.Voice.PERSON, grounds="My mother is ill and can't travel abroad.")
    yield Planned(at=at + 3 * DAY, act="raise_objection", body=body, by=stage.officer)


def citizenship_asserted(stage: Stage, person: Invented, at: datetime) -> Script:
    """The person says that they are a citizen of the receiving state: it counts at once."""
    yield from noticed(stage, person, at)
    body = p.AssertionMade(
        asserted=p.Asserted.CITIZENSHIP, of_state=stage.receiving_state, words="My mother was born in Tartu."
    )
    yield Planned(at=at + 2 * DAY, act="record_assertion", body=body, by=stage.officer)


def refused_at_the_door(stage: Stage, person: Invented, at: datetime) -> Script:
    """The receiving side refuses the handover; the person goes home the same day."""
    yield from manifested(stage, person, at)
    offer = yield from _journey(stage, _left_at(stage, at))
    reasons = "The medical file that came along belongs to another person."
    refusal = held.HandoverRefused(offer=offer, reasons=reasons)
    there = _left_at(stage, at) + 7 * HOUR
    yield Planned(at=there, act="refuse_handover", body=refusal, by=stage.booking)
    body = held.Returned(place="Kumla, invented wing")
    yield Planned(at=there + 9 * HOUR, act="report_return", body=body, by=stage.officer)


def arrived_unannounced(stage: Stage, at: datetime, *, until_at: datetime) -> Script:
    """Somebody is at the door without a case: on the roll at once, and a breach for each missing step."""
    body = held.ArrivedUnannounced(
        agreement=stage.agreement,
        facility=stage.facility,
        given_names="Norvald",
        family_names="Tissmyr",
        born_on=NOT_KNOWN,
        sex=p.Sex.MALE,
        nationalities=REFUSED,
        language="sv",
        brought_by="Two escorts who showed a manifest without his name",
        circumstances="He came with the flight of the day and is on no list.",
    )
    yield Planned(at=at, act="report_unannounced_arrival", body=body, by=stage.booking)
    yield Planned(at=at + HOUR, act="admit", body=_admission(stage), by=stage.booking)
    yield from _roll(stage, at + DAY, until_at)


def stayed(stage: Stage, person: Invented, at: datetime) -> Script:
    """On the manifest when a court forbids the move, in spoken words first: no permission to depart."""
    case = yield from manifested(stage, person, at)
    left = _left_at(stage, at)
    order = institutions.StayOrderIssued(
        court="Invented Administrative Court",
        reference="Ö 4711-26",
        given=institutions.Given.ORAL,
        cases=(case,),
        must_be_done="He stays where he is until the court has heard him. Nothing else changes.",
    )
    yield Planned(at=left - 2 * HOUR, act="issue_stay_order", body=order, by=stage.court)
    permit = held.DeparturePermitted(fit_to_travel="Fit, seen by the invented doctor this morning")
    yield Planned(at=left, act="permit_departure", body=permit, by=stage.officer, refused=True)


def returned(stage: Stage, person: Invented, at: datetime) -> Script:
    """The whole way and back, with both signatures twice."""
    yield from _admitted(stage, person, at)
    home = _left_at(stage, at) + 6 * DAY
    yield from _roll(stage, _left_at(stage, at) + DAY, home - DAY)
    due = held.ReturnDue(
        due_at=home + DAY, because="The court at home hears him.", ordered_by="Invented District Court"
    )
    yield Planned(at=home - DAY, act="set_return_due", body=due, by=stage.officer)
    body = held.HandoverOffered(to_party=stage.officer.party, place="At the gate", fitness="Fit")
    offered = yield Planned(at=home, act="offer_handover", body=body, by=stage.receiver)
    taken = held.HandoverAccepted(offer=offered.id)
    yield Planned(at=home + HOUR, act="accept_handover", body=taken, by=stage.officer)
    back = held.Returned(place="Kumla, invented wing")
    yield Planned(at=home + 6 * HOUR, act="report_return", body=back, by=stage.officer)


def return_due(stage: Stage, person: Invented, at: datetime, *, until_at: datetime) -> Script:
    """Held, and due back in ten days."""
    yield from held_there(stage, person, at, until_at=until_at - DAY)
    due = held.ReturnDue(
        due_at=until_at + 10 * DAY, because="He must be home a month before release.", ordered_by="The agreement"
    )
    yield Planned(at=until_at - DAY, act="set_return_due", body=due, by=stage.officer)


def in_hospital(stage: Stage, person: Invented, at: datetime, *, until_at: datetime) -> Script:
    """Held, and in hospital since yesterday: out of the building and on the roll."""
    yield from held_there(stage, person, at, until_at=until_at - 2 * DAY)
    body = held.AbsenceBegan(absence=held.Absence.HOSPITAL, where="Invented university hospital")
    yield Planned(at=until_at - DAY, act="begin_absence", body=body, by=stage.booking)


# --- their parts -----------------------------------------------------------------------------------


def _proposal(stage: Stage, person: Invented) -> p.Proposed:
    return p.Proposed(
        agreement=stage.agreement,
        facility=stage.facility,
        given_names=person.given_names,
        family_names=person.family_names,
        born_on=person.born_on,
        sex=person.sex,
        nationalities=person.nationalities,
        language=person.language,
        home_reference=person.home_reference,
        held_at="Kumla, invented wing",
        reasons="He asked for a single cell and the carpentry course; only the unit abroad has both now.",
    )


def _facts(stage: Stage, person: Invented, at: datetime) -> Script:
    known = {
        **stage.facts,
        "nationalities": (",".join(person.nationalities), "passport"),
        "born_on": (person.born_on.isoformat(), "passport"),
    }
    papers: dict[str, str] = {}
    for name, (value, document) in known.items():
        if document not in papers:
            paper = p.EvidenceAdded(
                document=document,
                issuer="Invented issuer",
                dated_on=at.date() - 10 * DAY,
                reference=f"{person.home_reference}/{len(papers)}",
            )
            added = yield Planned(at=at, act="add_evidence", body=paper, by=stage.officer)
            papers[document] = added.id
        stated = p.FactRecorded(
            name=name,
            value=value,
            as_of_on=at.date() - DAY,
            stated_by="Invented officer 12",
            standing=p.Standing.STATED,
            evidence=(papers[document],),
        )
        fact = yield Planned(at=at, act="record_fact", body=stated, by=stage.officer)
        body = p.FactVerified(fact=fact.id, how="Compared with the original in the file.")
        yield Planned(at=at + 2 * HOUR, act="verify_fact", body=body, by=stage.decider)


def _objection(stage: Stage, at: datetime, outcome: p.Upheld) -> Script:
    body = p.ObjectionRaised(raised_by=p.Voice.PERSON, grounds="My two children visit me every second week.")
    objection = yield Planned(at=at, act="raise_objection", body=body, by=stage.officer)
    reasons = {
        p.Upheld.UPHELD: "Heard in person with an interpreter; the visits would end for good.",
        p.Upheld.REJECTED: "Heard in person; the children live nearer to Tartu than to Kumla.",
    }[outcome]
    review = p.ObjectionReviewed(objection=objection.id, outcome=outcome, reasons=reasons)
    yield Planned(at=at + 3 * DAY, act="review_objection", body=review, by=stage.reviewer)


def _decision(stage: Stage, person: Invented, at: datetime) -> Script:
    body = p.Decided(
        outcome=p.Outcome.TRANSFER,
        reasons=f"Each rule was answered on verified facts ({person.home_reference}); his wish was heard.",
        remedy=f"Appeal to the administrative court within {stage.contest.days} days of service.",
    )
    yield Planned(at=at, act="decide", body=body, by=stage.decider)
    served = p.DecisionServed(language=person.language, served_by="Invented officer 14")
    yield Planned(at=at + 2 * HOUR, act="serve_decision", body=served, by=stage.officer)


def _accepted_at(stage: Stage, at: datetime) -> datetime:
    return at + DAY + stage.objection + 3 * HOUR + stage.contest + HOUR


def _left_at(stage: Stage, at: datetime) -> datetime:
    return _accepted_at(stage, at) + DAY


def _acceptance(stage: Stage, person: Invented, at: datetime, *, ends_at: datetime | None = None) -> Script:
    title = _title(stage.receiving_state, person, from_at=at, until_at=ends_at or at + 400 * DAY)
    yield Planned(at=at, act="record_title", body=title, by=stage.receiver)
    yield Planned(at=at, act="accept_transfer", body=p.TransferAccepted(), by=stage.receiver)


def _title(state: str, person: Invented, *, from_at: datetime, until_at: datetime) -> p.TitleRecorded:
    return p.TitleRecorded(
        state=state,
        authority="Invented District Court",
        ground="A final sentence of imprisonment, and its recognition for enforcement.",
        reference=f"B {person.number + 100}-26",
        valid_from_at=from_at,
        valid_until_at=until_at,
    )


def _manifest(stage: Stage, at: datetime) -> Planned:
    body = held.Manifested(
        manifest=f"T-{at:%m%d}",
        departs_at=at + 22 * HOUR,
        departs_from="Kumla, invented wing",
        escort="Invented escort unit 3",
    )
    return Planned(at=at, act="put_on_manifest", body=body, by=stage.officer)


def _journey(stage: Stage, at: datetime) -> Opening:
    """The way from gate to gate; returns the id of the offer."""
    permit = held.DeparturePermitted(fit_to_travel="Fit, seen by the invented doctor this morning")
    yield Planned(at=at, act="permit_departure", body=permit, by=stage.officer)
    left = held.Departed(departed_from="Kumla", destination="Tartu", means="Chartered aircraft", outward=True)
    yield Planned(at=at + HOUR, act="report_departure", body=left, by=stage.escort)
    there = held.Arrived(facility=stage.facility)
    yield Planned(at=at + 5 * HOUR, act="report_arrival", body=there, by=stage.escort)
    offer = held.HandoverOffered(
        to_party=stage.receiver.party,
        place="Reception of the invented unit",
        documents=("Judgment", "Medical file in a sealed envelope", "Decision of transfer"),
        property=("One watch", "Two books", "A photograph"),
        fitness="Fit; no medicine on the way",
    )
    offered = yield Planned(at=at + 5 * HOUR, act="offer_handover", body=offer, by=stage.escort)
    return offered.id


def _journey_and_admission(stage: Stage, person: Invented, at: datetime) -> Script:
    offer = yield from _journey(stage, at)
    taken = held.HandoverAccepted(offer=offer, remarks="Count and papers agree.")
    yield Planned(at=at + 6 * HOUR, act="accept_handover", body=taken, by=stage.booking)
    yield Planned(at=at + 7 * HOUR, act="admit", body=_admission(stage), by=stage.booking)


def _admitted(stage: Stage, person: Invented, at: datetime) -> Script:
    yield from manifested(stage, person, at)
    yield from _journey_and_admission(stage, person, _left_at(stage, at))


def _admission(stage: Stage) -> held.Admitted:
    return held.Admitted(
        facility=stage.facility,
        identity_confirmed_by="Passport and fingerprints",
        distinguishing_name=NOT_KNOWN,
        commitment_reasons="A sentence of imprisonment, enforced here under the agreement.",
        commitment_authority="Invented District Court",
        arrested_at=NOT_KNOWN,
        arrested_where=NOT_KNOWN,
        supervising_authority="Invented prison service",
        visible_injuries="None seen",
        prior_ill_treatment=REFUSED,
        health="Seen by the nurse on arrival",
        care_needed="None now",
        belongings="As on the list that came along; signed",
        family=REFUSED,
        children=NOT_KNOWN,
        emergency_contact=REFUSED,
        consul_to_be_told="No",
        cell="A 2-07",
    )


def _roll(stage: Stage, from_at: datetime, until_at: datetime) -> Script:
    """A sign of each day."""
    at = from_at.replace(hour=5, minute=30, second=0, microsecond=0)
    while at < until_at:
        body = held.RollEntered(facility=stage.facility, sign=held.Sign.ROLL_CALL, seen_by="Officer 31")
        yield Planned(at=at, act="enter_roll", body=body, by=stage.booking)
        at += DAY
