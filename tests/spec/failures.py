"""What went wrong in real agreements, W01 to W29, and the tests that replay each one against Habeas.

A test that replays a failure is marked with `replays`; the first line of its docstring says what Habeas does. From both
`docs/explanation/failures.md` is written, so the page can't say more than the tests show.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

F = TypeVar("F", bound=Callable[..., object])


class Outcome(StrEnum):
    """What becomes of a failure. `OUTSIDE` is said plainly: no software can do that."""

    REFUSED = "refused"
    EXPOSED = "exposed"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Failure:
    """One documented failure: when, what happened, and who reported it."""

    number: str
    when: str
    what: str
    source: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """What one test shows of one failure: `to` whom it is exposed (or who is refused), and `seen`, when."""

    number: str
    outcome: Outcome
    to: str
    seen: str
    does: str
    test: str


FOUND: list[Replayed] = []


def replays(number: str, outcome: Outcome, *, to: str, seen: str) -> Callable[[F], F]:
    """Mark a test as the replay of a failure. Raises KeyError for a number that is not listed."""
    assert number in FAILURES, number

    def mark(test: F) -> F:
        does = (inspect.getdoc(test) or "").split("\n\n")[0].replace("\n", " ")
        assert does, f"{test.__name__} says nothing in its docstring"
        module = test.__module__.replace(".", "/")
        FOUND.append(Replayed(number, outcome, to, seen, does, f"{module}.py::{test.__name__}"))
        return test

    return mark


_ALL = (
    Failure("W01", "15 Mar 2025 on", "Over 238 people gone from the sending state's locator; neither state gave a list.", "adamisacson.com; HRW, 11 Apr 2025"),
    Failure("W02", "15 Mar 2025", "Aircraft not turned back after a federal judge's oral, then written, order.", "NOTUS; thinlinenews"),
    Failure("W03", "15 Mar 2025", "A man sent to the one country that a protection order of 2019 forbade.", "coverage of the Supreme Court, 10 Apr 2025"),
    Failure("W04", "15–16 Mar 2025", "Eight or nine women and a Nicaraguan man flown out and refused: limits that the sender did not know.", "NBC; Epoch; CNN"),
    Failure("W05", "May 2025", "Of 238 men said to be criminals, 32 had a conviction in the sending state.", "ProPublica, 30 May 2025; HRW, 12 Nov 2025"),
    Failure("W06", "2025", "Tattoos and clothing scored as membership of a gang.", "inkstickmedia on HRW"),
    Failure("W07", "7 Jul 2025", "Each state named the other as the one that answers.", "El País, 9 Jul 2025"),
    Failure("W08", "to 9 Sep 2025", "Terms secret for six months; no clause on torture, time or monitoring.", "Democracy Forward"),
    Failure("W09", "2025", "People told that they were going to another country.", "WLRN on HRW"),
    Failure("W10", "12 Nov 2025", "Beatings, no calls, no counsel, and reprisals after a visit of monitors.", "UPI; Common Dreams on HRW and Cristosal"),
    Failure("W11", "2022–2025", "Families told that the person does not exist there; about 3,000 minors arrested.", "HRW, Jul 2024"),
    Failure("W12", "2022", "649 petitions for habeas corpus in four months, none admitted.", "teleSUR, 28 Jul 2022"),
    Failure("W13", "Jul–Aug 2025", "Of about 1,800 men held, about 800 in no locator.", "Miami Herald via factually"),
    Failure("W14", "Jun 2025", "200 people held with no individual decision, children among them.", "Sala IV of Costa Rica, res. 2025-019485"),
    Failure("W15", "Jul 2025 on", "People held with no charge, long after their sentence; counsel refused despite a court's order.", "AFP; peaknews"),
    Failure("W16", "Sep 2025", "People passed on to the states from which they had protection.", "oneafrica; HRW"),
    Failure("W17", "2015–2020", "674 potential citizens arrested, 121 detained, 70 removed.", "GAO-21-487"),
    Failure("W18", "May 2020", "USD 20.5m in a month for 12,027 empty beds a day.", "GAO-21-149"),
    Failure("W19", "2016–2021", "The same A$40m a month for 1,193 people, then for 107.", "Guardian, 7 Nov 2021"),
    Failure("W20", "2024", "EUR 570,000 for five days of use and 20 people.", "ActionAid"),
    Failure("W21", "Feb 2026", "USD 7.5m paid and nobody sent; USD 7.5m paid for seven people.", "Senate minority report, 13 Feb 2026"),
    Failure("W22", "2010", "Costs at home and abroad compared that are not alike.", "PLN on Hawaii's State Auditor, 10-10"),
    Failure("W23", "2010–2015", "Three violent deaths at a prison abroad, and facts that were hard to get.", "arizonaprisonwatch; VICE"),
    Failure("W24", "2011", "Eight beds to a dormitory, violence, discipline in a language not understood.", "CPT news"),
    Failure("W25", "Sep 2016", "The sending state could not have a death or an assault investigated.", "Sivilombudet"),
    Failure("W26", "2021–2027", "Opening slipped by four years, with the treaty ratified late.", "politiko.al"),
    Failure("W27", "2022 on", "Deaths in custody counted as 160 to 454, most without any record.", "EFE; El Faro; gaya; meneame"),
    Failure("W28", "2021–2024", "Notices of a change of custody silent for days to months; nobody saw the silence.", "WDRB, 2024"),
    Failure("W29", "2024–2025", "Population and capacity confidential, contracts under seal.", "allthe.news"),
)  # fmt: skip
FAILURES = {each.number: each for each in _ALL}
