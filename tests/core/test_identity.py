"""Who an account is follows from the entries of the parties alone."""

from __future__ import annotations

import dataclasses

from habeas.core.entries import Actor, Body, Entry, Role
from habeas.core.entries.institutions import AccountEnded, AccountInvited, SigningKeyEnded
from habeas.core.identity import as_themselves, identities

from .world import MONITOR, OFFICER, RECEIVING, START, WATCH, actor

SYSTEM = Actor(account="system", party="log", role=Role.SYSTEM)
MANAGER = actor(Role.ACCOUNT_MANAGER, WATCH)
OF_ANOTHER = actor(Role.ACCOUNT_MANAGER, RECEIVING)
DID = SigningKeyEnded(key="00", reasons="a reason")


def invited(who: Actor) -> AccountInvited:
    return AccountInvited(account=who.account, party=who.party, role=who.role, facility=who.facility)


def entries(*made: tuple[Actor, Body]) -> list[Entry]:
    return [
        Entry(
            id=f"{index:032x}",
            index=index,
            stream="party-any",
            version=index,
            subject=None,
            occurred_at=START,
            recorded_at=START,
            actor=by,
            body=body,
        )
        for index, (by, body) in enumerate(made)
    ]


def test_an_account_is_who_its_party_or_the_system_invited() -> None:
    found = identities(entries((SYSTEM, invited(MANAGER)), (MANAGER, invited(MONITOR)), (MANAGER, DID)))

    assert found == {MANAGER.account: MANAGER, MONITOR.account: MONITOR}


def test_no_other_party_makes_an_account_or_ends_it() -> None:
    end = AccountEnded(account=MONITOR.account, reasons="a reason")
    by_another = entries((OF_ANOTHER, invited(MONITOR)), (MANAGER, invited(MONITOR)), (OF_ANOTHER, end))

    assert identities(by_another[:1]) == {}
    assert identities(by_another) == {MONITOR.account: MONITOR}


def test_an_account_that_was_ended_is_nobodys_again() -> None:
    end = AccountEnded(account=MONITOR.account, reasons="a reason")
    found = entries((MANAGER, invited(MONITOR)), (MANAGER, end), (MANAGER, end), (MANAGER, invited(MONITOR)))

    assert identities(found) == {MONITOR.account: None}


def test_a_name_is_of_whoever_had_it_first() -> None:
    other = dataclasses.replace(OFFICER, account=MONITOR.account)

    found = identities(entries((MANAGER, invited(MONITOR)), (SYSTEM, invited(other))))

    assert found == {MONITOR.account: MONITOR}


def test_only_what_an_account_did_as_itself_while_it_was_one_counts() -> None:
    end = AccountEnded(account=MONITOR.account, reasons="a reason")
    posing = dataclasses.replace(OFFICER, role=Role.MONITOR)
    found = entries(
        (MONITOR, DID),
        (SYSTEM, invited(MONITOR)),
        (SYSTEM, invited(OFFICER)),
        (posing, DID),
        (MONITOR, DID),
        (MANAGER, end),
        (MONITOR, DID),
    )

    assert [each.index for each in as_themselves(found)] == [4]
