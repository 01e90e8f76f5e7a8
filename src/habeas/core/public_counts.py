"""What is counted elsewhere, as tables of the public figures: claims, enquiries, the monitor's findings and visits, and
what a month comes to. None of these is ever suppressed: they count questions, answers and money."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from habeas.core import asking, claims
from habeas.core.figures import Cell, Series, counted, word
from habeas.core.ledger.person_days import State
from habeas.core.ledger.statements import Statement
from habeas.core.messages import Message
from habeas.core.oversight import Oversight


def of_claims(counts: claims.Counts) -> tuple[Series, ...]:
    """Claims of wrongful detention: those not decided by age, and what became of all."""
    return _aged("claims", counts.open_by_age), _became("claims", counts, "made unanswered upheld partly dismissed")


def of_enquiries(counts: asking.Counts) -> tuple[Series, ...]:
    """Enquiries to the whole register: those not answered by age, and what became of all, those turned away too."""
    return _aged("enquiries", counts.open_by_age), _became(
        "enquiries", counts, "made answered rejected late turned_away"
    )


def _aged(id: str, counts: Mapping[str, int]) -> Series:
    codes = {f"days_{age.replace('-', '_').removesuffix('+')}": number for age, number in counts.items()}
    return counted(f"{id}_by_age", "age", "count", codes)


def _became(id: str, counts: object, names: str) -> Series:
    return counted(id, "what", "count", {f"{id}_{name}": getattr(counts, name) for name in names.split()})


def of_agreement(known: Oversight, agreement: str, facilities: Collection[str]) -> Oversight:
    """The monitor's visits to an agreement's facilities, and its findings under it."""
    visits = tuple(each for each in known.visits if each.asked.body.facility in facilities)
    filed = tuple(each for each in known.findings if each.filed.body.agreement == agreement)
    return replace(known, visits=visits, findings=filed)


def of_oversight(known: Oversight, at: datetime) -> Series:
    """The monitor's findings and visits in numbers; a visit that no state answered is among the findings by rule."""
    became = {code: number for code, number in known.counts(at).items() if code != "visits_unanswered"}
    return counted("oversight", "what", "count", became)


def of_keys(monitor_has_key: bool, unwrapped: int, unreadable: int) -> Series:
    """What is wrong with people's keys, each a finding: no key of the monitor's to seal them to, how many it has no
    copy of, and how many can't be read at all."""
    counts = {"no_monitor_key": int(not monitor_has_key), "keys_unwrapped": unwrapped, "keys_unreadable": unreadable}
    return counted("keys", "what", "count", counts)


def of_money(month: Statement) -> Series:
    """What a month comes to by one convention: its person-days by state, and the amount due or why none is."""
    rows: list[tuple[Cell, ...]] = [(word("what", f"days_{state.value}"), month.count(state), None) for state in State]
    if month.due is not None:
        amounts = {"due": month.due.amount, "empty_places": month.due.empty_part}
        rows += [(word("what", code), each.amount, each.currency) for code, each in amounts.items()]
    else:
        rows.append((month.why_none or Message("due.no_fee"), None, None))
    period: tuple[Cell, ...] = (month.period.from_on, month.period.until_on)
    columns = ("from", "until", "convention", "what", "amount", "currency")
    convention = Message(f"convention.short.{month.convention.name}")
    return Series(id="money", columns=columns, rows=tuple((*period, convention, *row) for row in rows))
