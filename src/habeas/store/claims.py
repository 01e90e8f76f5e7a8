"""Claims that came in at the public desk, and how each gets into the case that it is about."""

from datetime import datetime

from habeas.core.claims import AtDesk, Claim, Counts, at_desk, claims
from habeas.core.claims import counts as counted
from habeas.core.entries import Body, Entry, Unstated
from habeas.core.entries.claims import ClaimLinked
from habeas.core.messages import Message
from habeas.core.residue import erased
from habeas.store import read, streams
from habeas.store.append import SYSTEM, Draft, append
from habeas.store.names import NAMES


def lodged() -> tuple[AtDesk, ...]:
    """Every claim of the public desk, in the order in which they came."""
    return at_desk(streams.entries_below(streams.CLAIM))


def lodged_claim(stream: str) -> AtDesk | None:
    found = streams.entries(stream) if stream.startswith(streams.CLAIM) else ()
    return next(iter(at_desk(found)), None)


def candidates(claim: AtDesk) -> tuple[tuple[str, str], ...]:
    """The cases of people with a name like the one in the claim, the likest first, each with name and birth. For a
    reviewer or the monitor: the claim puts this name before them, whatever other cases they may open."""
    found = (read.case(each) for each in NAMES.find(claim.made.sought))
    return tuple((case.id, _who(case.opening.body)) for case in found if case is not None)


def _who(body: object) -> str:
    parts = (getattr(body, each) for each in ("given_names", "family_names", "born_on"))
    return " ".join(str(each) for each in parts if not isinstance(each, Unstated))


def reason_against(body: Body) -> Message | None:
    """Why a claim can't be linked so: there is no such claim, it is linked already, or there is no such case."""
    if not isinstance(body, ClaimLinked):
        return None
    claim = lodged_claim(body.lodged)
    if claim is None or claim.linked is not None:
        return Message("store.claim_linked", {})
    found = read.case(body.case)
    return Message("store.no_such_case", {}) if found is None or erased(found) else None


def follow(entries: tuple[Entry, ...], at: datetime) -> None:
    """Put a claim that was linked into its case. The system records it, so that it looks like any other. Runs in the
    transaction that links it."""
    for entry in entries:
        if isinstance(entry.body, ClaimLinked):
            claim, case = lodged_claim(entry.stream), read.case(entry.body.case)
            assert claim is not None
            assert case is not None
            body = claim.in_case(entry.body.said)
            draft = Draft(
                stream=case.id, expected_version=case.version, subject=case.person, bodies=(body,), occurred_at=at
            )
            append([draft], actor=SYSTEM, at=at)


def in_case(claim: AtDesk) -> Claim | None:
    """The claim as it stands in its case; None while no case is known."""
    case = read.case(claim.linked.case) if claim.linked else None
    return next((each for each in claims(case) if each.made.body.lodged == claim.id), None) if case else None


def counts(at: datetime) -> Counts:
    """How many claims there are, and what became of them: for everybody."""
    waiting = [each.lodged_at for each in lodged() if each.linked is None]
    return counted(read.cases_with("detention_claimed"), at, waiting)
