"""The way of an act through the store: case and context are read, the core decides, its entries are appended.

All of it is one transaction, so nothing can change between the decision and its record.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256

from django.db import IntegrityError, connection, transaction

from habeas.core.case import Case
from habeas.core.commands import Command, Refusal, decide
from habeas.core.entries import Actor, Body, Entry, body_to_json, institutions, money, orders, oversight
from habeas.core.entries.asking import EnquiryAnswered, EnquiryRejected, KinshipShown
from habeas.core.entries.claims import ClaimLinked
from habeas.core.entries.custody import Corrected
from habeas.core.entries.erasure import CaseErased, ErasureAgreed, ErasureAsked, ErasureNoticed
from habeas.core.messages import Message
from habeas.core.permissions import ACTS, Sort
from habeas.core.residue import erased
from habeas.register.canonical import Value
from habeas.register.fields import field_digest
from habeas.store import (
    accounts,
    asking,
    claims,
    erasure,
    evidence,
    family,
    ledger,
    memory,
    read,
    readings,
    samples,
    signing,
    statements,
    streams,
    wrapped,
)
from habeas.store.append import CONNECTION_LOST, Draft, VersionConflict, append, not_before_the_last
from habeas.store.models import CaseRow, LogRow, SentForm
from habeas.store.records import new_id, record_of

ORDERS_BEGIN_WITH = ("stay_order_issued", "order_lodged")


STEPS_TO_ERASE = frozenset({ErasureAsked, ErasureNoticed, ErasureAgreed, CaseErased})


class NoSuchCase(Exception):
    """The act is about a case that is not on record, or about none although it needs one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Performed:
    """What was recorded. `repeated`: this form was sent before, and these are the entries of that time.
    `invitation` is there when an account was invited, `words` when family words were given (by their numbers on the
    sheet), and neither ever again after."""

    entries: tuple[Entry, ...]
    repeated: bool
    invitation: accounts.Invitation | None = None
    words: Mapping[int, str] = field(default_factory=dict)


def perform(
    command: Command,
    *,
    at: datetime,
    send_id: str,
    case_id: str | None = None,
    person: str | None = None,
    file: bytes | None = None,
    signed: signing.Prepared | None = None,
) -> Performed | Refusal:
    """Do an act at `at`, or say every reason why not.

    `send_id` is the form's one-time id: sent twice by the same account, it is recorded once, also when both come at
    one moment, or when the connection was lost before anybody could say whether it was recorded. `person` is
    given when a new case is about somebody who is on record already. `signed` is the act as it was prepared and
    signed (`sign`). Raises NoSuchCase, FileTooLarge, and whatever `append` raises; BehindPublished before anything
    is decided.
    """
    try:
        return _perform(command, at, send_id, file, signed, about=(case_id, person))
    except (*CONNECTION_LOST, IntegrityError, VersionConflict):
        if connection.in_atomic_block:
            raise
        _, _, repeated = _looked_up(command, send_id, file, (case_id, person))
        if not repeated:
            raise
        return Performed(entries=repeated, repeated=True)


def _looked_up(
    command: Command, send_id: str, file: bytes | None, about: tuple[str | None, str | None]
) -> tuple[Command, str, tuple[Entry, ...]]:
    """The command as its file and its sample describe it, the id of this form, and what it was recorded as before."""
    command = replace(command, body=samples.described(evidence.described(command.body, file)))
    send_id = _content_id(send_id, command, *about)
    return command, send_id, _sent_before(command.actor, send_id)


def _perform(
    command: Command,
    at: datetime,
    send_id: str,
    file: bytes | None,
    signed: signing.Prepared | None,
    *,
    about: tuple[str | None, str | None],
) -> Performed | Refusal:
    """`about`: the case, and the person of a new one."""
    case_id, person = about
    memory.demand_whole()
    with transaction.atomic():
        if ACTS[command.act].outward:
            statements.hold_orders(to_change=False)
        at = not_before_the_last(at)
        command, send_id, repeated = _looked_up(command, send_id, file, about)
        if repeated:
            return Performed(entries=repeated, repeated=True)
        case = _case(command, case_id)
        reason = None if signed else signing.must_sign(command)
        if reason is not None:
            return Refusal(reasons=(reason,))
        bodies = _decided(command, case, person, at, signed.at if signed else at)
        if isinstance(bodies, Refusal):
            return bodies
        bodies, words = family.drawn(bodies, case)
        draft: Draft | Message = _draft(command, bodies, case, person)
        if signed is not None and isinstance(draft, Draft):
            draft = signing.signed(draft, signed)
        if isinstance(draft, Message):
            return Refusal(reasons=(draft,))
        if isinstance(bodies[-1], CaseErased) and case is not None:
            gone = erasure.carry_out(draft, erasure.known_of(case.person, at), command.actor, at)
            transaction.on_commit(erasure.finish)
            return Performed(entries=gone, repeated=False)
        entries = append([draft], actor=command.actor, at=at)
        if file is not None:
            evidence.keep(entries[-1], file)
        invitation = accounts.follow(entries, at)
        claims.follow(entries, at)
        if isinstance(command.body, oversight.ReadingKeySet):
            transaction.on_commit(lambda: wrapped.wrap_missing(at))
        tickets = [each.index for each in entries]
        SentForm.objects.create(account=command.actor.account, send_id=send_id, tickets=tickets)
        return Performed(entries=entries, repeated=False, invitation=invitation, words=words)


def prepare(
    command: Command, *, at: datetime, send_id: str, case_id: str | None = None, person: str | None = None
) -> signing.Prepared | Refusal:
    """The act as its actor would sign it at `at`, or every reason why it would be refused. Nothing is recorded."""
    with transaction.atomic():
        at = not_before_the_last(at)
        case = _case(command, case_id)
        bodies = _decided(command, case, person, at, at)
        if isinstance(bodies, Refusal):
            return bodies
        draft = _draft(command, bodies, case, person)
        return signing.prepared(draft, command, case_id=case_id, person=person, send_id=send_id, at=at)


def sign(sealed: str, assertion: Value, *, actor: Actor, at: datetime) -> Performed | Refusal:
    """Do what was prepared, with the signature of whoever acts: every rule is asked anew.

    Raises signing.NotPrepared, and whatever `perform` raises.
    """
    act = signing.opened(sealed, actor, assertion, at=at)
    case_id, person, send_id = (act.about[each] for each in ("case_id", "person", "send_id"))
    return perform(act.command, at=at, send_id=send_id or "", case_id=case_id, person=person, signed=act)


def _decided(
    command: Command, case: Case | None, person: str | None, at: datetime, known_at: datetime
) -> tuple[Body, ...] | Refusal:
    """What is to be recorded; the days of a statement, and those that an erasure keeps, are worked out
    as the record knew them at `known_at`."""
    reason = _reason_against(command)
    if reason is not None:
        return Refusal(reasons=(reason,))
    try:
        agreement = read.agreement_of(command.body, case)
        context = read.context(agreement, at, case, person=person, digests=_digests(command.body))
        if case is not None and type(command.body) in STEPS_TO_ERASE:
            context = replace(context, erasing=erasure.known_of(case.person, at))
    except read.NotAdopted as error:
        return Refusal(reasons=(Message("store.not_adopted", {"agreement": error.agreement}),))
    if ACTS[command.act].sort is Sort.PERMISSION and not read.runs_as_adopted(context, at):
        return Refusal(reasons=(Message("store.not_as_adopted", {"agreement": context.agreement.id}),))
    answer = decide(case, command, context, at)
    if isinstance(answer, Refusal):
        return answer
    if isinstance(answer.bodies[-1], CaseErased) and case is not None and context.erasing is not None:
        if any(each.entries[-1].recorded_at > known_at for each, _ in context.erasing.cases):
            return Refusal(reasons=(Message("store.moved_since_prepared", {}),))
        return (erasure.filled(answer.bodies[-1], case, context, known_at),)
    return tuple(ledger.filled(each, context, known_at) for each in answer.bodies)


def _content_id(send_id: str, command: Command, *about: str | None) -> str:
    """The form's one-time id together with what was sent, and about which case or person: changed and sent
    again, it is another form. `command` is described by its file already.

    Only the hash is kept; the id in it is random and is not, so nobody can try names against it.
    """
    content = [send_id, command.act, about, command.occurred_at.isoformat(), body_to_json(command.body)]
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _sent_before(actor: Actor, send_id: str) -> tuple[Entry, ...]:
    sent = SentForm.objects.filter(account=actor.account, send_id=send_id).first()
    if sent is None:
        return ()
    return tuple(streams.readable(LogRow.objects.filter(ticket__in=sent.tickets).order_by("ticket")))


def _case(command: Command, case_id: str | None) -> Case | None:
    act = ACTS[command.act]
    if act.opens_case or not act.on_case:
        return None
    case = read.case(case_id) if case_id else None
    if case is None or erased(case):
        raise NoSuchCase(case_id or "no case was named")
    return case


def _draft(command: Command, bodies: tuple[Body, ...], case: Case | None, person: str | None) -> Draft:
    """The entries at the end of the stream that the act is about, which a new case or order begins."""
    if case is not None:
        stream, version, person = case.id, case.version, case.person
    elif ACTS[command.act].opens_case:
        cases = CaseRow.objects.filter(person=person).values_list("case", flat=True)
        if person is not None and not (cases and streams.erased().keys().isdisjoint(cases)):
            raise NoSuchCase(f"no case of {person}")
        stream, version, person = streams.CASE + new_id(), 0, person or new_id()
    else:
        stream = _stream(command)
        version, person = len(streams.entries(stream)), None
    return Draft(
        stream=stream, expected_version=version, subject=person, bodies=bodies, occurred_at=command.occurred_at
    )


def _stream(command: Command) -> str:
    match command.body:
        case institutions.StayOrderIssued() | orders.OrderLodged():
            return streams.ORDER + new_id()
        case (
            institutions.StayOrderLifted(order=order)
            | orders.OrderConfirmed(order=order)
            | orders.OrderRejected(order=order)
            | orders.OrderLinked(order=order)
        ):
            return LogRow.objects.get(entry_id=order).stream
        case institutions.FacilityCertified(facility=facility):
            return streams.FACILITY + facility
        case money.StatementIssued(agreement=agreement):
            return streams.AGREEMENT + agreement
        case institutions.AccountInvited(party=party):
            return streams.PARTY + party
        case (
            institutions.AccountEnded()
            | institutions.PasskeyGiven()
            | institutions.SystemKeyGiven()
            | institutions.SigningKeyEnded()
            | oversight.ReadingKeySet()
        ):
            return streams.PARTY + command.actor.party
        case EnquiryAnswered(enquiry=stream) | EnquiryRejected(enquiry=stream):
            return stream
        case KinshipShown(asker=stream) | ClaimLinked(lodged=stream):
            return stream
    if type(command.body).__module__ == oversight.__name__:
        return streams.OVERSIGHT + new_id()
    raise ValueError(f"{command.act} is not done through a form")


def _reason_against(command: Command) -> Message | None:
    """What only the tables can say: whether the account or the order that is named is there."""
    body = command.body
    if isinstance(body, money.StatementIssued) and ledger.overlaps(body):
        return Message("store.statement_overlaps", {})
    order, cases = getattr(body, "order", None), getattr(body, "cases", ())
    if (
        isinstance(body, oversight.FindingFiled | oversight.PrivateWordHeard | oversight.HealthConsentHeard)
        and body.case
    ):
        cases = (body.case,)
    if order is not None and not LogRow.objects.filter(entry_id=order, kind__in=ORDERS_BEGIN_WITH).exists():
        return Message("store.no_such_order", {})
    if CaseRow.objects.filter(case__in=cases).count() != len(set(cases)):
        return Message("store.no_such_case", {})
    if isinstance(body, oversight.ReadingKeySet):
        return None if readings.is_key(body.public_key) else Message("store.reading_key", {})
    return (
        accounts.reason_against(body, command.actor)
        or signing.reason_against(body, command.actor)
        or asking.reason_against(body, command.actor)
        or claims.reason_against(body)
    )


def _digests(body: Body) -> dict[tuple[str, str], str]:
    """The digests that the register holds of the entry which is corrected."""
    if not isinstance(body, Corrected):
        return {}
    row = LogRow.objects.filter(entry_id=body.entry).first()
    if row is None:
        return {}
    fields = record_of(row).fields
    return {(body.entry, field.path): field_digest(field).hex() for field in fields}
