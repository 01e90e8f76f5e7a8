"""Fills an empty database with the scenario, through the same door as everybody: `store.acts.perform`."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count

from django.db import transaction

from habeas import agreements, safeguards
from habeas.core.commands import Command, Refusal
from habeas.core.entries import Actor, Entry
from habeas.core.entries.institutions import AccountInvited, AgreementAdopted, FacilityCertified
from habeas.demo import scenario
from habeas.demo.timeline import Do, play
from habeas.store import accounts, read
from habeas.store.acts import perform
from habeas.store.begin import adopt_agreement, begin, register_party

ORIGIN = "demo.habeas.invalid/se-ee-2025"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """The log's verifier key, the accounts' passwords (drawn anew each time), and how many entries."""

    log_key: str
    passwords: Mapping[str, str]
    entries: int


def fill(ends_at: datetime) -> Filled:
    """Six weeks that end at `ends_at`, in a database that has tables and no register."""
    begins_at = ends_at - scenario.WEEKS - timedelta(days=1)
    log_key = begin(ORIGIN, at=begins_at)
    for party in scenario.PARTIES:
        register_party(party, at=begins_at)
    _adopt(begins_at)
    passwords = {each.account: _invite(each, begins_at) for each in scenario.ACCOUNTS}
    context = read.context(scenario.AGREEMENT, begins_at)
    numbers = count()
    stage = scenario.stage(objection=context.periods.objection, contest=context.periods.contest, facts=scenario.FACTS)
    _certify(stage.receiver, begins_at, numbers)
    with transaction.atomic():  # invented people need no commit of their own for each act
        recorded = play(scenario.all_scripts(stage, ends_at), _do(numbers), ends_at)
    return Filled(log_key=log_key, passwords=passwords, entries=recorded)


def _do(numbers: Iterator[int]) -> Do:
    def do(command: Command, case: str | None, at: datetime) -> Sequence[Entry] | Refusal:
        answer = perform(command, at=at, send_id=f"demo-{next(numbers)}", case_id=case)
        return answer if isinstance(answer, Refusal) else answer.entries

    return do


def _adopt(at: datetime) -> None:
    terms = agreements.agreement(scenario.AGREEMENT, scenario.SCENARIO)
    adopted = AgreementAdopted(
        agreement=scenario.AGREEMENT,
        sending_party=scenario.SENDING,
        receiving_party=scenario.RECEIVING,
        terms_digest=terms.digest,
        safeguards_digest=safeguards.read().digest,
        assumptions=(scenario.SCENARIO,),
    )
    adopt_agreement(adopted, at=at)


def _invite(actor: Actor, at: datetime) -> str:
    """Every account of the demonstration is appointed, and opened with a password drawn now."""
    body = AccountInvited(account=actor.account, party=actor.party, role=actor.role, facility=actor.facility)
    _, invitation = accounts.appoint(body, at=at)
    password = secrets.token_urlsafe(12)
    accounts.accept(invitation.token, password, at=at)
    return password


def _certify(receiver: Actor, at: datetime, numbers: Iterator[int]) -> None:
    body = FacilityCertified(
        facility=scenario.FACILITY,
        name="Tartu, invented unit",
        state="EST",
        time_zone="Europe/Tallinn",
        agreement=scenario.AGREEMENT,
        certified_normal_accommodation=20,
        working_capacity=24,
        maximum_capacity=28,
        living_space_m2=Decimal("112.0"),
        certificate="Invented certificate 2026-1",
        approved_by="Invented inspectorate",
        valid_from_on=date(2026, 1, 1),
    )
    _do(numbers)(Command(act="certify_facility", body=body, occurred_at=at, actor=receiver), None, at)
