"""The scenario `se-ee-2025`: some forty invented people over six weeks, under the agreement on Tartu.

What the published text leaves open is answered by assumptions, and every page says which
(`habeas/agreements/scenarios`). Nothing here searches or ranks people: each has a written script.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from habeas.core.entries import Actor, Role
from habeas.core.entries.institutions import PartyKind, PartyRegistered
from habeas.demo import scripts
from habeas.demo.people import Invented, people
from habeas.demo.scripts import Stage
from habeas.demo.timeline import AnyScript

AGREEMENT, FACILITY = "se-ee-2025", "tartu"
WEEKS = timedelta(weeks=6)
DAY = timedelta(days=1)

SENDING, RECEIVING, BOARD, COURT, MONITOR, AUDITOR = ("se-prison", "ee-prison", "board", "court", "monitor", "audit")

SCENARIO = "se-ee-2025-demo"  # the assumptions under which it runs

FIVE_LINES = {
    "en": (
        "Some forty invented people over six weeks, under the real agreement between Sweden and Estonia.",
        "Nine of its answers are assumed where the published text is silent; its page says which.",
        "One objection is upheld, one person refused at the door, one arrives unannounced.",
        "One court order stops a departure; one title to detain runs out within days.",
        "Sign in as any of the roles below: each sees what that role may see, and every act has a receipt.",
    ),
    "es": (
        "Unas cuarenta personas inventadas en seis semanas, según el acuerdo real entre Suecia y Estonia.",
        "Se suponen nueve respuestas donde el texto publicado calla; la página del acuerdo dice cuáles.",
        "Se estima una alegación, se rechaza a una persona en la puerta y otra llega sin aviso.",
        "Una orden judicial detiene una salida; un título de detención vence en pocos días.",
        "Entre con cualquiera de los roles siguientes: cada uno ve lo suyo y cada acto tiene su recibo.",
    ),
}
"""What the front page says of the scenario, in five lines."""

PARTIES = (
    PartyRegistered(party=SENDING, name="Sending service (invented)", kind=PartyKind.SENDING_STATE, state="SWE"),
    PartyRegistered(party=RECEIVING, name="Receiving service (invented)", kind=PartyKind.RECEIVING_STATE, state="EST"),
    PartyRegistered(party=BOARD, name="Review board (invented)", kind=PartyKind.NEITHER_EXECUTIVE),
    PartyRegistered(party=COURT, name="Administrative court (invented)", kind=PartyKind.NEITHER_EXECUTIVE),
    PartyRegistered(party=MONITOR, name="Independent monitor (invented)", kind=PartyKind.NEITHER_EXECUTIVE),
    PartyRegistered(party=AUDITOR, name="Court of audit (invented)", kind=PartyKind.NEITHER_EXECUTIVE),
)

ACCOUNTS = (
    Actor(account="sending-officer", party=SENDING, role=Role.SENDING_OFFICER),
    Actor(account="sending-decider", party=SENDING, role=Role.SENDING_DECIDER),
    Actor(account="escort", party=SENDING, role=Role.ESCORT),
    Actor(account="sending-manager", party=SENDING, role=Role.ACCOUNT_MANAGER),
    Actor(account="receiving-officer", party=RECEIVING, role=Role.RECEIVING_OFFICER),
    Actor(account="booking-officer", party=RECEIVING, role=Role.BOOKING_OFFICER, facility=FACILITY),
    Actor(account="receiving-manager", party=RECEIVING, role=Role.ACCOUNT_MANAGER),
    Actor(account="reviewer", party=BOARD, role=Role.REVIEWER),
    Actor(account="court", party=COURT, role=Role.COURT),
    Actor(account="monitor", party=MONITOR, role=Role.MONITOR),
    Actor(account="auditor", party=AUDITOR, role=Role.AUDITOR),
)


FACTS: Mapping[str, tuple[str, str]] = {
    "sex": ("male", "passport"),
    "languages_understood": ("nb,sv,pl,sr,es,lt,ar,sq", "interview_record"),
    "citizenship_asserted_of": ("none", "interview_record"),
    "child_asserted": ("false", "interview_record"),
    "fear_asserted": ("false", "interview_record"),
    "protection_orders_against": ("none", "court_search"),
    "asylum_claim_pending": ("false", "asylum_register_search"),
    "risk_in_receiving_state": ("no_substantial_grounds", "risk_assessment"),
    "onward_transfer_excluded": ("true", "binding_undertaking"),
    "sentence_imposed_by": ("SWE", "judgment"),
    "sentence_final": ("true", "judgment"),
    "sentence_ends_on": ("2031-05-01", "sentence_calculation"),
    "convicted_by_final_judgment": ("true", "judgment"),
    "convicted_offences": ("other", "judgment"),
    "security_class": ("2", "classification_decision"),
    "needs_extensive_care": ("false", "medical_certificate"),
    "needs_psychiatric_care": ("false", "medical_certificate"),
    "fit_to_travel_until": ("2031-01-01", "medical_certificate"),
}
"""What every person's verified facts say, beside nationality and birth: value, and kind of paper."""


def stage(*, objection: timedelta, contest: timedelta, facts: Mapping[str, tuple[str, str]]) -> Stage:
    """The officers and the place of this scenario, with the periods of its terms."""
    by_account = {each.account: each for each in ACCOUNTS}
    return Stage(
        officer=by_account["sending-officer"],
        decider=by_account["sending-decider"],
        escort=by_account["escort"],
        receiver=by_account["receiving-officer"],
        booking=by_account["booking-officer"],
        reviewer=by_account["reviewer"],
        court=by_account["court"],
        monitor=by_account["monitor"],
        agreement=AGREEMENT,
        facility=FACILITY,
        sending_state="SWE",
        receiving_state="EST",
        objection=objection,
        contest=contest,
        facts=facts,
    )


def all_scripts(stage: Stage, ends_at: datetime) -> Iterator[AnyScript]:
    """One script for each person, so that the last six weeks before `ends_at` hold all of them."""
    crowd = people()
    start = ends_at - WEEKS
    morning = start.replace(hour=8, minute=0, second=0, microsecond=0)
    yield from _special(stage, crowd, morning, ends_at)
    for number in range(9):
        yield scripts.held_there(stage, next(crowd), morning + number * timedelta(hours=20), until_at=ends_at)
    yield from _under_way(stage, crowd, ends_at)


def _special(stage: Stage, crowd: Iterator[Invented], morning: datetime, ends_at: datetime) -> Iterator[AnyScript]:
    """The people whom the scenario is known for."""
    yield scripts.held_there(stage, next(crowd), morning, until_at=ends_at)
    yield scripts.objection_upheld(stage, next(crowd), morning + 2 * DAY)
    yield scripts.objection_rejected(stage, next(crowd), morning + DAY, until_at=ends_at)
    yield scripts.refused_at_the_door(stage, next(crowd), morning + 3 * DAY)
    yield scripts.title_about_to_run_out(stage, next(crowd), morning + 4 * DAY, until_at=ends_at)
    yield scripts.returned(stage, next(crowd), morning + 5 * DAY)
    yield scripts.return_due(stage, next(crowd), morning + 6 * DAY, until_at=ends_at)
    yield scripts.in_hospital(stage, next(crowd), morning + 7 * DAY, until_at=ends_at)
    gone = DAY + stage.objection + stage.contest + 3 * DAY
    yield scripts.stayed(stage, next(crowd), morning + WEEKS - gone)
    yield scripts.arrived_unannounced(stage, morning + 30 * DAY, until_at=ends_at)
    recent = ends_at.replace(hour=6, minute=30, second=0, microsecond=0)
    yield scripts.citizenship_asserted(stage, next(crowd), recent - 6 * DAY)
    yield scripts.objection_open(stage, next(crowd), recent - 8 * DAY)


def _under_way(stage: Stage, crowd: Iterator[Invented], ends_at: datetime) -> Iterator[AnyScript]:
    """People who stand somewhere along the procedure on the last day."""
    whole = DAY + stage.objection + stage.contest + 4 * timedelta(hours=1)
    ways = (
        (scripts.proposed, 2 * DAY, 4),
        (scripts.noticed, 4 * DAY, 4),
        (scripts.noticed, DAY + stage.objection + DAY, 3),
        (scripts.decided, DAY + stage.objection + 3 * DAY, 3),
        (scripts.decided, whole + DAY, 2),
        (scripts.accepted, whole + DAY, 1),
        (scripts.manifested, whole + DAY / 2, 2),
    )
    for way, ago, count in ways:
        for number in range(count):
            begun = (ends_at - ago).replace(hour=6, minute=number, second=0, microsecond=0)
            yield way(stage, next(crowd), begun)
