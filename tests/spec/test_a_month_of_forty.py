"""The manual of the ledger: forty invented people in March 2026, day by day, written out by hand.

One line is one person, one letter is one day of March. The clocks in Tallinn go forward on the 29th, which has 23
hours. Where the two conventions differ, the second line is the midnight census.

    P  payable: a title, nothing missing, and somebody saw the person on that day
    c  not counted by the convention
    a  out of the building, which the convention counts as away
    r  refused at the door: no day
    u  no title in force in the place, or recorded only when the day was over
    o  brought there against a court's order
    w  there without the permission that it needed
    n  held although the handover was not accepted by the end of the day
    d  contested custody: in dispute
    ?  nobody is on record as having seen the person: unexplained
    .  on no roll
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from functools import cache

import pytest

from habeas.core.entries import custody as held
from habeas.core.entries.claims import Asks, ClaimDecided, ClaimGround, ClaimOutcome, DetentionClaimed
from habeas.core.ledger.conventions import CONVENTIONS, Convention, DayCount
from habeas.core.ledger.due import worked_out
from habeas.core.ledger.fees import Fee, FeeTerms, FixedPlusVariable, LumpGrant, PerDiem, PerDiemWithMinimum
from habeas.core.ledger.money import Money, read_money
from habeas.core.ledger.person_days import Days, PersonDay, Reason, State, person_days
from habeas.core.ledger.statements import Statement, credit, side_by_side
from habeas.core.messages import Message
from habeas.core.orders import StayOrder
from habeas.core.sources import Quality, Source
from habeas.core.tables import Bilingual
from tests.core.stays import STOCKHOLM, TALLINN, Stay, context, march

MARCH = Days(from_on=date(2026, 3, 1), until_on=date(2026, 4, 1))
APRIL_2, APRIL_20 = march(33, 12), march(51, 12)
ANY_PART, MIDNIGHT = CONVENTIONS["any_part"], CONVENTIONS["midnight"]

LETTERS = {
    Reason.SEEN: "P",
    Reason.NOT_COUNTED: "c",
    Reason.ABSENT: "a",
    Reason.REFUSED_AT_DOOR: "r",
    Reason.UNTITLED: "u",
    Reason.UNLAWFUL: "x",
    Reason.AGAINST_ORDER: "o",
    Reason.WITHOUT_PERMISSION: "w",
    Reason.UNSIGNED: "n",
    Reason.CONTESTED: "d",
    Reason.NO_SIGN: "?",
}

#                                 1111111111222222222233
#                        1234567890123456789012345678901
MONTH = """
    all_month_01_to_18   PPPPPPPPPPPPPPPPPPPPPPPPPPPPPPP
    claim_upheld         PPPPxxxxxPPPPPPPPPPPPPPPPPPPPPP
    came_on_the_3rd      ..PPPPPPPPPPPPPPPPPPPPPPPPPPPPP
    left_on_the_20th     PPPPPPPPPPPPPPPPPPPP...........
       at midnight       PPPPPPPPPPPPPPPPPPPc...........
    same_day_return      ....P..........................
       at midnight       ....c..........................
    refused              .....r.........................
    refused_past_12      .....rr........................
    extended_late        PPPPPPPPPuuPPPPPPPPPPPPPPPPPPPP
    title_ran_out        PPPPPPPPPPPPPPuuu..............
       at midnight       PPPPPPPPPPPPPPuuc..............
    hospital             PPPPPPPPPPPPPPPPPPPPPPPPPPPPPPP
       at midnight       PPPPPPPaaaaPPPPPPPPPPPPPPPPPPPP
    hospital_unseen      PPPPPPPP???PPPPPPPPPPPPPPPPPPPP
       at midnight       PPPPPPPaaaaPPPPPPPPPPPPPPPPPPPP
    court_for_a_day      PPPPPPPPPPPPPPPPPPPPPPPPPPPPPPP
    brought_under_stay   ..........ooooooooooooooooooooo
    stay_while_held      PPPPPPPPPPPPPPPPPPPPPPPPPPPPPPP
    unannounced          .................wwwwwwwwwwwwww
    contested            ............dddPPPPPPPPPPPPPPPP
    booked_unsigned      ............nddPPPPPPPPPPPPPPPP
    night_of_the_29th    ............................PP.
       at midnight       ............................Pc.
    west_by_an_hour      PPPPPPPPPPPPPPPPPPPPPPPPPPPPPPP
    east_by_an_hour      PPPPPPPPPPPPPPPPPPPPPPPPPPPPPPP
    no_roll_21_22        PPPPPPPPPPPPPPPPPPPP??PPPPPPPPP
    corrected_later      PPPPPPPPPPPPPPPPPPPPPPPPPPPPPPP
    escaped              PPPPPPPPPPPPPP..PPPPPPPPPPPPPPP
       at midnight       PPPPPPPPPPPPPc..PPPPPPPPPPPPPPP
"""

AFTER_THE_CORRECTION = """
    corrected_later      PPPPPPPPPPPPPPPPPPPPPPPPPPPuuuu
"""

ALL = range(1, 32)


# --- who they are --------------------------------------------------------------------------------


def resident(name: str, seen: Iterable[int] = ALL, **stay: str) -> Stay:
    """Held since the tenth of February, with a title."""
    person = Stay(name, **stay).permitted()
    person.title()
    return person.taken(-18, 12).seen(seen)


def newcomer(name: str) -> Stay:
    """Everything done in January, not yet here."""
    person = Stay(name).permitted()
    person.title()
    return person


def claim_upheld() -> Stay:
    """A reviewer decided on the 28th that he was held wrongfully from the 5th to the 9th."""
    person = resident("claim_upheld")
    made = DetentionClaimed(ground=ClaimGround.OTHER, said="The wrong man.", asks=Asks.RELEASE)
    claim = person.on(made, 2, 10)
    body = ClaimDecided(
        claim=claim,
        outcome=ClaimOutcome.UPHELD,
        reasons="The order named somebody else until the 10th.",
        unlawful_from_at=march(5),
        unlawful_until_at=march(10),
    )
    person.on(body, 28, 12)
    return person


def came_on_the_3rd() -> Stay:
    return newcomer("came_on_the_3rd").taken(3, 14).seen(range(4, 32))


def left_on_the_20th() -> Stay:
    person = resident("left_on_the_20th", range(1, 21))
    person.on(held.Released(place="Tallinn", handed_to="nobody", papers="his own"), 20, 10)
    return person


def same_day_return() -> Stay:
    person = newcomer("same_day_return").taken(5, 9)
    person.on(held.Returned(place="Arlanda"), 5, 20)
    return person


def refused_at(name: str, came: tuple[int, int], refused: tuple[int, int]) -> Stay:
    person = newcomer(name).departed(*came)
    offer = person.at_the_door(*came)
    person.on(held.HandoverRefused(offer=offer, reasons="not on the list"), *refused)
    return person


def extended_late() -> Stay:
    """The title ended with the 9th. The new one says "from the 10th" and was recorded on the 12th at 15:00."""
    person = Stay("extended_late").permitted()
    person.title(until=(10,))
    person.taken(-18, 12).seen(range(1, 13))
    person.title(since=(10,), recorded=(12, 15))
    return person.seen(range(13, 32))


def title_ran_out() -> Stay:
    person = Stay("title_ran_out").permitted()
    person.title(until=(15, 12))
    person.taken(-18, 12).seen(range(1, 18))
    person.on(held.Returned(place="Arlanda"), 17, 9)
    return person


def in_hospital(name: str, seen: Iterable[int]) -> Stay:
    """From the 8th at 10:00 to the 12th at 16:00."""
    person = resident(name, ())
    person.on(held.AbsenceBegan(absence=held.Absence.HOSPITAL, where="Tartu"), 8, 10)
    person.on(held.AbsenceEnded(), 12, 16)
    return person.seen(seen, hour=9)


def court_for_a_day() -> Stay:
    person = resident("court_for_a_day")
    person.on(held.AbsenceBegan(absence=held.Absence.COURT, where="Tallinn"), 16, 9)
    person.on(held.AbsenceEnded(), 16, 17)
    return person


ORDER = StayOrder(
    id="order-1",
    party="se-court",
    court="Invented court",
    reference="T 1-26",
    issued_at=march(10, 18, 45),
    recorded_at=march(10, 19, 25),
    lifted_at=None,
    cases=("case-brought_under_stay", "case-stay_while_held"),
    class_described=None,
    class_condition=None,
    must_be_done="Keep him.",
)


def unannounced() -> Stay:
    """He has a title within the hour. Nobody had proposed him."""
    person = Stay("unannounced").unannounced(18, 21)
    person.title(since=(18, 21), recorded=(18, 22))
    return person.seen(range(19, 32))


def contested() -> Stay:
    """Offered on the 13th at 9:00. Accepted on the 15th at 18:00; from 15:00 on the 13th custody was contested."""
    person = newcomer("contested").departed(13, 9)
    offer = person.at_the_door(13, 9)
    person.on(held.HandoverAccepted(offer=offer), 15, 18)
    return person.seen(range(16, 32))


def booked_unsigned() -> Stay:
    """On the roll on the 13th at 23:00 with nobody's second signature, which came on the 15th at 1:00. Six hours after
    he came, in the night to the 14th, custody was contested."""
    person = newcomer("booked_unsigned").departed(13, 22)
    offer = person.at_the_door(13, 22)
    person.seen([13], hour=23)
    person.seen([14], hour=2)
    person.on(held.HandoverAccepted(offer=offer), 15, 1)
    return person.seen(range(15, 32))


def night_of_the_29th() -> Stay:
    """From half past midnight on the day of 23 hours until half past five on the next."""
    person = newcomer("night_of_the_29th").taken(29, 0, 30)
    person.seen([30], hour=5)
    person.on(held.Returned(place="Arlanda"), 30, 5, 30)
    return person


def west_by_an_hour() -> Stay:
    """At 23:30 in Tallinn on the 28th it is 22:30 in the annex: the 28th is one day."""
    person = resident("west_by_an_hour", range(1, 29))
    person.on(held.Moved(facility="annex", reasons="a bed"), 28, 23, 30)
    person.facility, person.zone = "annex", STOCKHOLM
    return person.seen(range(29, 32))


def east_by_an_hour() -> Stay:
    """At 23:30 on the 22nd in the annex it is 0:30 on the 23rd in Tallinn: no midnight is passed, and no day is lost."""
    person = resident("east_by_an_hour", range(1, 23), zone=STOCKHOLM, facility="annex")
    person.on(held.Moved(facility="tartu", reasons="a bed"), 22, 23, 30)
    person.facility, person.zone = "tartu", TALLINN
    return person.seen(range(23, 32))


def corrected_later() -> Stay:
    """On 9 April somebody corrects the end of his title: it was the end of 27 March."""
    person = Stay("corrected_later").permitted()
    title = person.title()
    person.taken(-18, 12).seen(ALL)
    until = march(28).isoformat().replace("+00:00", "Z")
    wrong = held.Corrected(entry=title, field_name="valid_until_at", value=f'"{until}"', reasons="a wrong page")
    person.on(wrong, 40, 10)
    return person


def escaped() -> Stay:
    person = resident("escaped", [*range(1, 15), *range(17, 32)])
    person.on(held.Escaped(circumstances="over the wall"), 14, 22)
    return person


PEOPLE: tuple[Stay, ...] = (
    *(resident(f"all_month_{number:02}") for number in range(1, 19)),
    claim_upheld(),
    came_on_the_3rd(),
    left_on_the_20th(),
    same_day_return(),
    refused_at("refused", (6, 10), (6, 11)),
    refused_at("refused_past_12", (6, 22), (7, 1)),
    extended_late(),
    title_ran_out(),
    in_hospital("hospital", ALL),
    in_hospital("hospital_unseen", [*range(1, 9), *range(12, 32)]),
    court_for_a_day(),
    newcomer("brought_under_stay").taken(11, 12).seen(range(12, 32)),
    resident("stay_while_held"),
    unannounced(),
    contested(),
    booked_unsigned(),
    night_of_the_29th(),
    west_by_an_hour(),
    east_by_an_hour(),
    resident("no_roll_21_22", [*range(1, 21), *range(23, 32)]),
    corrected_later(),
    escaped(),
)


# --- the table and what the ledger makes of it ------------------------------------------------------


def expected(table: str) -> dict[str, dict[str, str]]:
    """By convention and person, the 31 letters."""
    found: dict[str, dict[str, str]] = {"any_part": {}, "midnight": {}}
    name = ""
    for line in table.strip().splitlines():
        *words, letters = line.split()
        if words == ["at", "midnight"]:
            found["midnight"][name] = letters
            continue
        for name in people_of(words[0]):
            found["any_part"][name] = found["midnight"][name] = letters
    return found


def people_of(name: str) -> list[str]:
    if name != "all_month_01_to_18":
        return [name]
    return [f"all_month_{number:02}" for number in range(1, 19)]


@cache
def ledger(convention: Convention) -> tuple[PersonDay, ...]:
    around = context(ORDER)
    cases = [each.case(APRIL_2) for each in PEOPLE]
    return tuple(day for case in cases for day in person_days(case, around, MARCH, convention, APRIL_2))


def line(name: str, days: Iterable[PersonDay]) -> str:
    letters = {each.day: LETTERS[each.reason] for each in days if each.case == f"case-{name}"}
    return "".join(letters.get(day, ".") for day in MARCH)


def test_there_are_forty() -> None:
    assert len({each.name for each in PEOPLE}) == len(PEOPLE) == 40


@pytest.mark.parametrize("convention", [ANY_PART, MIDNIGHT], ids=lambda each: each.name)
@pytest.mark.parametrize("name", [each.name for each in PEOPLE])
def test_each_day_of_each_person_is_what_the_table_says(name: str, convention: Convention) -> None:
    assert line(name, ledger(convention)) == expected(MONTH)[convention.name][name]


# --- totals, counted in the table with a pencil -------------------------------------------------------

TOTALS = {
    "any_part": {"P": 983, "x": 5, "u": 5, "?": 5, "o": 21, "w": 14, "d": 5, "n": 1, "r": 3},
    "midnight": {"P": 974, "x": 5, "u": 4, "?": 2, "o": 21, "w": 14, "d": 5, "n": 1, "c": 5, "a": 8, "r": 3},
}


@pytest.mark.parametrize("convention", [ANY_PART, MIDNIGHT], ids=lambda each: each.name)
def test_the_totals_are_those_of_the_table(convention: Convention) -> None:
    assert Counter(LETTERS[each.reason] for each in ledger(convention)) == TOTALS[convention.name]


def euro(text: str) -> Money:
    return read_money(text, "EUR")


def fee(terms: FeeTerms) -> Fee:
    source = Source(document="An invented agreement", citation="nowhere", quality=Quality.TREATY)
    return Fee(terms=terms, source=source)


def tartu_like(minimum: int) -> FixedPlusVariable:
    """3,100 a month is 100 a day in March."""
    rate = euro("3100.00")
    return FixedPlusVariable(minimum_people=minimum, rate=rate, months=12, stated=None, transition=None)


PER_DIEM = PerDiem(rate=euro("100.00"))
MINIMUM = PerDiemWithMinimum(rate=euro("100.00"), minimum_people=40)
LUMP = LumpGrant(grant=euro("365000.00"), covers_days=365)  # 31,000 for the 31 days of March


@pytest.mark.parametrize(
    ("terms", "convention", "amount", "empty", "withheld"),
    [
        (PER_DIEM, ANY_PART, "98300.00", "0.00", "5600.00"),  # 983 days; 56 days in dispute
        (PER_DIEM, MIDNIGHT, "97400.00", "0.00", "5200.00"),  # 974 days; 52 days in dispute
        (tartu_like(30), ANY_PART, "98300.00", "0.00", "5600.00"),  # 1,039 held, 930 place-days paid for: none empty
        (tartu_like(40), ANY_PART, "118400.00", "20100.00", "5600.00"),  # 1,240 paid for: 201 empty, 56 left the sum
        (tartu_like(40), MIDNIGHT, "118800.00", "21400.00", "5200.00"),  # 214 empty, 52 left the sum
        (PerDiemWithMinimum(rate=euro("100.00"), minimum_people=40), ANY_PART, "118400.00", "20100.00", "5600.00"),
        (LUMP, ANY_PART, "29329.16", "0.00", "1670.84"),  # 31,000 x 983 / 1,039
        (LUMP, MIDNIGHT, "29428.85", "0.00", "1571.15"),  # 31,000 x 974 / 1,026
    ],
)
def test_the_amount_is_a_sum_of_person_days(
    terms: FeeTerms, convention: Convention, amount: str, empty: str, withheld: str
) -> None:
    due = worked_out(fee(terms), ledger(convention), MARCH)
    apart = sum(each.amount.minor for each in due.withheld.values())
    assert (due.amount, due.empty_part) == (euro(amount), euro(empty))
    assert abs(apart - euro(withheld).minor) <= len(due.withheld)  # each line is rounded to the cent on its own


def test_each_reason_opens_a_dispute_of_its_own() -> None:
    due = worked_out(fee(PER_DIEM), ledger(ANY_PART), MARCH)
    found = {LETTERS[reason]: (share.days, str(share.amount.amount)) for reason, share in due.withheld.items()}
    assert found == {
        "u": (5, "500.00"),
        "x": (5, "500.00"),
        "o": (21, "2100.00"),
        "w": (14, "1400.00"),
        "d": (5, "500.00"),
        "n": (1, "100.00"),
        "?": (5, "500.00"),
    }


# --- the statement, and what was recorded after it --------------------------------------------------------


def statement(convention: Convention, known_at: datetime) -> Statement:
    around = context(ORDER)
    stated = DayCount(convention=convention, text=Bilingual(en="so", es="así"), source=None, assumed=True)
    terms = dataclasses.replace(around.agreement, fee=fee(PER_DIEM), day_count=stated)
    cases = [each.case(known_at) for each in PEOPLE]
    return side_by_side(cases, dataclasses.replace(around, agreement=terms), MARCH, (convention,), known_at)[0]


@pytest.mark.parametrize("convention", [ANY_PART, MIDNIGHT], ids=lambda each: each.name)
def test_a_correction_after_the_statement_is_a_credit_day_by_day(convention: Convention) -> None:
    issued, now = statement(convention, APRIL_2), statement(convention, APRIL_20)
    found = credit(issued, now)
    assert found.amount == euro("400.00")
    assert [(each.case, each.day.day, each.before, each.after) for each in found.changes] == [
        ("case-corrected_later", day, Reason.SEEN, Reason.UNTITLED) for day in (28, 29, 30, 31)
    ]
    assert line("corrected_later", now.days) == expected(AFTER_THE_CORRECTION)[convention.name]["corrected_later"]


def test_a_statement_read_again_as_known_then_is_the_same_to_the_byte() -> None:
    issued, now = statement(ANY_PART, APRIL_2), statement(ANY_PART, APRIL_20)
    assert statement(ANY_PART, APRIL_2).digest == issued.digest != now.digest
    assert issued.due is not None
    assert issued.due.amount == euro("98300.00")
    assert credit(issued, issued).changes == ()


def test_no_amount_is_due_by_a_convention_that_nobody_stated() -> None:
    around = context(ORDER)
    assert around.agreement.fee is not None
    bare = dataclasses.replace(around.agreement, day_count=None)
    cases = [PEOPLE[0].case()]
    found = side_by_side(cases, dataclasses.replace(around, agreement=bare), MARCH, (MIDNIGHT,), APRIL_2)[0]
    assert (found.due, found.why_none) == (None, Message("due.no_convention"))
    assert found.count(State.PAYABLE) == 31
