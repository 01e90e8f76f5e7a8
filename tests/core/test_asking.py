"""Enquiries: each state answers for itself, silence is counted by age, and who asked is nobody's to see."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from habeas.core.asking import Counts, State, counts, enquiries, enquiry, sees, told
from habeas.core.entries import Actor, Body, Entry, Role
from habeas.core.entries.asking import (
    Answer,
    AskerStated,
    ConsularWishStated,
    ConsulTold,
    EnquiryAnswered,
    EnquiryMade,
    EnquiryRejected,
    KinshipShown,
    Unanswerable,
)

from . import walk
from .world import (
    BENCH,
    BOOKING,
    COURT,
    DAY,
    ESCORT,
    MONITOR,
    OFFICER,
    RECEIVER,
    RECEIVING,
    REVIEWER,
    SENDING,
    START,
    WATCH,
    World,
    actor,
)

SYSTEM = actor(Role.SYSTEM, "log")
MADE = EnquiryMade(sought="Anna Fiktiv", asked_of=(SENDING, RECEIVING), due_at=START + 7 * DAY)
ASKER = AskerStated(about="enquiry-1", who="Berta Inventada")
REJECTED = EnquiryRejected(enquiry="enquiry-1", reason=Unanswerable.NAMES_NOBODY)
KIN = KinshipShown(asker="asker-1", relation="mother", shown_by="a family book")


def said(answer: Answer, **more: object) -> EnquiryAnswered:
    return EnquiryAnswered(enquiry="enquiry-1", answer=answer, **more)  # type: ignore[arg-type]


NOT_HELD = said(Answer.NOT_HELD_BY_US)


def stream(*said_by: tuple[Body, Actor], id: str = "enquiry-1", on: int = 0) -> list[Entry]:
    """The entries of one stream, all of the day `on`."""
    at = START + on * DAY
    return [
        Entry(
            id=f"{id}.{version}",
            index=version,
            stream=id,
            version=version,
            subject=None,
            occurred_at=at,
            recorded_at=at,
            actor=by,
            body=body,
        )
        for version, (body, by) in enumerate(said_by)
    ]


ASKED = (MADE, SYSTEM)


@pytest.mark.parametrize(
    ("replies", "state", "owed_by"),
    [
        ([], State.OPEN, (SENDING, RECEIVING)),
        ([(NOT_HELD, OFFICER)], State.OPEN, (RECEIVING,)),
        ([(NOT_HELD, OFFICER), (said(Answer.HELD, case="case-1"), RECEIVER)], State.ANSWERED, ()),
        ([(REJECTED, OFFICER)], State.OPEN, (RECEIVING,)),
        ([(REJECTED, OFFICER), (NOT_HELD, RECEIVER)], State.REJECTED, ()),
        ([(REJECTED, OFFICER), (NOT_HELD, RECEIVER), (NOT_HELD, OFFICER)], State.ANSWERED, ()),
    ],
)
def test_an_enquiry_stays_open_until_each_state_has_answered_for_itself(
    replies: list[tuple[Body, Actor]], state: State, owed_by: tuple[str, ...]
) -> None:
    found = enquiry(stream(ASKED, *replies))

    assert (found.state, found.owed_by) == (state, owed_by)


def test_a_later_answer_replaces_the_first_and_both_stay_on_record() -> None:
    entries = stream(ASKED, (NOT_HELD, OFFICER), (said(Answer.HELD, case="case-1"), OFFICER))

    assert enquiry(entries).replies[SENDING] is entries[2]


def test_an_enquiry_is_late_from_the_moment_on_which_its_answer_was_due() -> None:
    found = enquiry(stream(ASKED))

    assert [found.is_late(MADE.due_at + timedelta(seconds=each)) for each in (-1, 0)] == [False, True]
    assert not enquiry(stream(ASKED, (NOT_HELD, OFFICER), (NOT_HELD, RECEIVER))).is_late(MADE.due_at)


def test_every_enquiry_is_counted_once_and_the_open_ones_by_age() -> None:
    entries = [
        *stream(ASKED, id="enquiry-a", on=0),
        *stream(ASKED, id="enquiry-b", on=32),
        *stream(ASKED, (NOT_HELD, OFFICER), id="enquiry-c", on=33),
        *stream(ASKED, id="enquiry-d", on=37),
        *stream(ASKED, id="enquiry-e", on=38),
        *stream(ASKED, (NOT_HELD, OFFICER), (NOT_HELD, RECEIVER), id="enquiry-f", on=40),
        *stream(ASKED, (REJECTED, OFFICER), (NOT_HELD, RECEIVER), id="enquiry-g", on=40),
    ]
    by_age = {"0-2": 1, "3-7": 2, "8-30": 1, "31+": 1}

    assert counts(entries, START + 40 * DAY, turned_away=3) == Counts(
        made=7, answered=1, rejected=1, open_by_age=by_age, late=5, turned_away=3
    )
    assert [each.id[-1] for each in enquiries(reversed(entries))] == list("abcdefg")


@pytest.mark.parametrize("by", [OFFICER, RECEIVER])
def test_an_officer_sees_what_is_sought_and_the_answers_of_their_own_state(by: Actor) -> None:
    made, sending, receiving = stream(ASKED, (NOT_HELD, OFFICER), (NOT_HELD, RECEIVER))

    assert sees(by, made, MADE)
    assert [sees(by, each, MADE) for each in (sending, receiving)] == [by is OFFICER, by is RECEIVER]


def test_a_reviewer_reads_who_asked_and_nobody_of_a_state_does() -> None:
    asker, kin = stream((ASKER, SYSTEM), (KIN, MONITOR), id="asker-1")

    assert sees(REVIEWER, asker, ASKER)
    assert sees(REVIEWER, kin, ASKER)
    for by in (OFFICER, RECEIVER, BOOKING, ESCORT, COURT, actor(Role.COUNSEL, BENCH), actor(Role.AUDITOR, WATCH)):
        assert not sees(by, asker, ASKER)
        assert not sees(by, kin, ASKER)


@pytest.mark.parametrize("by", [actor(Role.SENDING_OFFICER, "xx-third"), BOOKING, ESCORT, COURT])
def test_who_was_not_asked_sees_no_enquiry(by: Actor) -> None:
    [made] = stream(ASKED)

    assert sees(OFFICER, made, MADE)
    assert not sees(by, made, MADE)


def test_whoever_asked_gets_their_own_words_and_a_rejection_and_the_answers_only_as_a_relative() -> None:
    made, rejected, answered = stream(ASKED, (REJECTED, OFFICER), (said(Answer.HELD, case="case-1"), RECEIVER))

    assert "sought" in told(made, kinship_shown=False)
    assert told(rejected, kinship_shown=False) == ("enquiry", "reason")
    assert told(answered, kinship_shown=False) == ()
    assert told(answered, kinship_shown=True) == ("enquiry", "answer", "held_until_on")


@pytest.mark.parametrize(
    ("answer", "reasons"),
    [
        (said(Answer.HELD, case="case-1"), set()),
        (said(Answer.HELD), {"asking.name_the_case"}),
        (said(Answer.HELD, case="case-1", held_until_on=date(2026, 8, 1)), {"asking.until_when"}),
        (said(Answer.HELD_UNTIL, case="case-1", held_until_on=date(2026, 8, 1)), set()),
        (said(Answer.HELD_UNTIL, case="case-1"), {"asking.until_when"}),
        (said(Answer.HELD_UNTIL, case="case-1", held_until_on=date(2026, 9, 2)), {"asking.not_over"}),
        (NOT_HELD, set()),
        (said(Answer.NOT_HELD_BY_US, case="case-1"), {"asking.no_case"}),
    ],
)
def test_each_of_the_three_answers_says_its_own(answer: EnquiryAnswered, reasons: set[str]) -> None:
    world = World()
    if reasons:
        assert world.refused("answer_enquiry", answer, RECEIVER) == reasons
    else:
        world.take("answer_enquiry", answer, RECEIVER)


def test_a_consul_is_told_only_as_the_person_last_said_that_they_wish() -> None:
    world = World()
    case = walk.propose(world)
    walk.decided(world, case)
    told = ConsulTold(consulate="Consulate of Invented", told_how="by letter")
    assert world.refused("tell_consul", told, RECEIVER, case) == {"asking.no_consular_wish"}

    world.take("state_consular_wish", ConsularWishStated(consul_to_be_told=False, said_to="the nurse"), RECEIVER, case)
    assert world.refused("tell_consul", told, RECEIVER, case) == {"asking.no_consular_wish"}

    world.take("state_consular_wish", ConsularWishStated(consul_to_be_told=True, said_to="the monitor"), MONITOR, case)
    world.take("tell_consul", told, RECEIVER, case)
    assert world.refused("tell_consul", told, OFFICER, case) == {"permission.role"}


def test_an_enquiry_waits_for_those_who_answer_it_and_those_who_watch() -> None:
    asked = enquiry(stream(ASKED, (NOT_HELD, OFFICER)))

    assert [asked.waits_for(each) for each in (OFFICER, RECEIVER, MONITOR, BOOKING)] == [False, True, True, False]
    done = enquiry(stream(ASKED, (NOT_HELD, OFFICER), (NOT_HELD, RECEIVER)))
    assert [done.waits_for(each) for each in (OFFICER, RECEIVER, MONITOR)] == [False] * 3


def test_the_answers_and_the_cases_that_they_name_are_those_that_stand() -> None:
    entries = stream(ASKED, (said(Answer.HELD, case="case-1"), OFFICER), (REJECTED, RECEIVER))

    assert [*enquiry(entries).answers] == [SENDING]
    assert enquiry(entries).cases == ("case-1",)
    assert enquiry(stream(ASKED, (NOT_HELD, OFFICER))).cases == ()


def test_only_the_monitor_and_a_reviewer_say_that_kinship_was_shown() -> None:
    world = World()
    for by in (MONITOR, REVIEWER):
        world.take("show_kinship", KIN, by)
    for by in (OFFICER, RECEIVER, COURT):
        assert world.refused("show_kinship", KIN, by) == {"permission.role"}
