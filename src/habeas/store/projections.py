"""Read models: the tables that pages list, made from the entries of one stream at a time.

A row depends on nothing but the entries of its stream: no clock, no other stream. So the same function serves
a new entry and a rebuild, and rows that differ from the rebuilt ones were changed by somebody else.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TypeAlias, cast

from django.db import models, transaction
from django.db.models import Max, QuerySet

from habeas.core.case import fold
from habeas.core.custody import stints
from habeas.core.entries import Actor, Entry
from habeas.core.entries.institutions import SystemKeyGiven
from habeas.core.family import words_in_force
from habeas.core.identity import identities
from habeas.core.summary import summary
from habeas.register.tree import EMPTY_EDGE, grow
from habeas.store import chains, second_factors, sequencer, statements, streams
from habeas.store.engines import LONG_AGO
from habeas.store.keys import key_folder
from habeas.store.models import (
    INVITATION,
    Account,
    CaseRow,
    FamilyWordRow,
    HeadRow,
    LogRow,
    PendingRow,
    PlaceRow,
    SignerRow,
    StintRow,
)
from habeas.store.records import LOST
from habeas.store.statements import Row

MODELS: tuple[type[models.Model], ...] = (CaseRow, StintRow, FamilyWordRow)
SIGNING_IN = "SigningIn"
"""Instead of a table: a difference in how an account signs in, not in whose it is."""

Rows: TypeAlias = Mapping[tuple[str, str], Row]
"""Rows by their tables and primary keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A row that was not what the register says: it was missing, it should not be there, or a column differed."""

    table: str
    key: str
    missing: bool
    extra: bool

    @property
    def code(self) -> str:
        """The message about it; of an account it says also what that means."""
        return {Account.__name__: "server.account_differs", SIGNING_IN: "server.account_locked"}.get(
            self.table, "server.differed"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What a rebuild made: how many rows, and what had been different before."""

    rows: int
    differences: tuple[Difference, ...]


def project(before: Sequence[Entry], after: Sequence[Entry]) -> None:
    """Bring the rows of a stream up to date with its entries."""
    statements.write(upserts=[*changed(rows_of(before), rows_of(after)).values()])


def changed(was: Rows, wanted: Rows) -> Rows:
    """The rows of a stream that its new entries change, to be written in the transaction that made it grow; those that
    they end are deleted now.

    None is read: `habeas rebuild` finds what somebody else changed.
    """
    for key in was.keys() - wanted.keys():
        was[key].table._default_manager.filter(pk=key[1]).delete()
    return {key: row for key, row in wanted.items() if was.get(key) != row}


def rebuild() -> Rebuilt:
    """Throw all read models away and make them again from the register, in one transaction, with where the chains end
    and what waits for a place. Whoever records meanwhile waits for it: what they wrote would be thrown away."""
    with transaction.atomic():
        statements.hold_signing()
        statements.hold_tables(MODELS)
        rebuilt = rebuilt_rows()
        put_right = (*_chains_put_right(), *_head_put_right(), *_waiting_again())
        found = (*differences(rebuilt), *put_right, *other_accounts(), *_accounts_put_right())
        for model in MODELS:
            model._default_manager.all().delete()
            of_model = [model(*row.values) for row in rebuilt.values() if row.table is model]
            model._default_manager.bulk_create(of_model, batch_size=500)
    return Rebuilt(rows=len(rebuilt), differences=found)


def several_open(rebuilt: Rows) -> Mapping[str, Sequence[str]]:
    """Whoever has more than one open case, and which: that was once recorded, and is refused now."""
    cases = (row.table(*row.values) for row in rebuilt.values() if row.table is CaseRow)
    opened = sorted((each.person, each.case) for each in cases if each.is_open)
    found = {person: [case for _, case in of_person] for person, of_person in groupby(opened, itemgetter(0))}
    return {person: cases for person, cases in found.items() if len(cases) > 1}


def differing_chains() -> tuple[Difference, ...]:
    """Where what is said of the chains of keys is not what their leaves say."""
    return _compared(_signers(), _stored(chains.signers().values()))


def unplaced() -> QuerySet[LogRow]:
    """What was set aside: rows among the entries that have no place and don't wait for one."""
    return LogRow.objects.filter(place__isnull=True).exclude(ticket__in=PendingRow.objects.values("ticket"))


def _chains_put_right() -> tuple[Difference, ...]:
    right = chains.signers().values()
    found = _compared(_signers(), _stored(right))
    if found:
        SignerRow.objects.all().delete()
        SignerRow.objects.bulk_create(right)
    return found


def _head_put_right() -> tuple[Difference, ...]:
    """Where the register ends, from its leaves, if their tree is the one that its checkpoint of this size signed; and
    when, if the moment was none."""
    heads = HeadRow.objects.select_for_update()
    wrong = [each for each in heads if each.recorded_at == LONG_AGO or not sequencer.is_signed(each)]
    found = tuple(Difference(table=HeadRow.__name__, key=each.origin, missing=False, extra=False) for each in wrong)
    for head in wrong:
        origin = chains.log_keys()[0][1].verifier.name
        if not heads.filter(origin=origin).exists():
            heads.filter(origin=head.origin).update(origin=origin)
            head.origin = origin
        leaves = PlaceRow.objects.order_by("index").values_list("leaf_hash", flat=True)
        edge, _ = grow(EMPTY_EDGE, map(bytes, leaves))
        head.size, head.edge = edge.size, b"".join(edge.hashes)
        if head.recorded_at == LONG_AGO:
            placed = LogRow.objects.filter(place__isnull=False)
            head.recorded_at = placed.aggregate(last=Max("recorded_at", default=LONG_AGO))["last"]
        if sequencer.is_signed(head):
            head.save()
    return found


def _waiting_again() -> tuple[Difference, ...]:
    """Let what has no place and does not wait be judged once more. What nobody can open stays aside: where it waited,
    nobody could read the entries of its stream."""
    rows = [row for row in unplaced() if streams.is_one(row)]
    PendingRow.objects.bulk_create(PendingRow(row.ticket, row.recorded_at) for row in rows)
    return tuple(Difference(table=PendingRow.__name__, key=row.entry_id, missing=True, extra=False) for row in rows)


def _signers() -> Rows:
    return _stored(SignerRow.objects.all())


def locked_accounts() -> tuple[Difference, ...]:
    """The accounts that are whose the register says, and whose rows keep them out, or were let in by nobody."""
    return tuple(map(_of_signing_in, _locked()))


def _accounts_put_right() -> tuple[Difference, ...]:
    """Let those that are locked out wait for an invitation again; a system needs none."""
    locked = _locked()
    for account, is_system in locked.items():
        account.ended_at, account.is_active = None, is_system
        account.set_unusable_password()
        account.save()
        second_factors.remove(account)
        if not is_system:
            key_folder().create(INVITATION + account.username)
    return tuple(map(_of_signing_in, locked))


def _of_signing_in(account: Account) -> Difference:
    return Difference(table=SIGNING_IN, key=account.username, missing=False, extra=False)


def _locked() -> dict[Account, bool]:
    """Each with whether it is a system's."""
    entries = streams.entries_below(streams.PARTY)
    known, bodies = identities(entries), (each.body for each in entries)
    systems = {each.account for each in bodies if isinstance(each, SystemKeyGiven)}
    rows = ((each, known.get(each.username), each.username in systems) for each in Account.objects.order_by("username"))
    without_code = second_factors.locked_out()
    return {
        row: is_system
        for row, actor, is_system in rows
        if actor is not None and row.is_as(actor)
        if row.ended_at is not None or row.username in without_code or not row.may_sign_in_as_kept(is_system=is_system)
    }


def other_accounts() -> tuple[Difference, ...]:
    """The accounts of which the register says something else: they can do nothing (`store.accounts`), and nobody but
    whoever owns the tables can change whose they are."""
    known = identities(streams.entries_below(streams.PARTY))
    stored = {each.username: each for each in Account.objects.all()}
    return tuple(
        Difference(table=Account.__name__, key=name, missing=name not in stored, extra=name not in known)
        for name in sorted(stored.keys() | known.keys())
        if name not in stored or name not in known or not _is_so(stored[name], known[name])
    )


def _is_so(account: Account, actor: Actor | None) -> bool:
    return account.ended_at is not None if actor is None else account.is_as(actor)


def differences(rebuilt: Rows, unread: Collection[str] = ()) -> tuple[Difference, ...]:
    """The rows that are not these, of all cases but those that could not be read."""
    rows = (row for model in MODELS for row in statements.each_row(model._default_manager.all(), "pk"))
    return _compared(_stored(row for row in rows if getattr(row, "case", None) not in unread), rebuilt)


def _compared(stored: Rows, rebuilt: Rows) -> tuple[Difference, ...]:
    return tuple(
        Difference(table=key[0], key=key[1], missing=key not in stored, extra=key not in rebuilt)
        for key in sorted(stored.keys() | rebuilt.keys())
        if stored.get(key) != rebuilt.get(key)
    )


def rows_of(entries: Sequence[Entry]) -> Rows:
    """Every row that the entries of one stream make; only cases have any."""
    if not entries or not entries[0].stream.startswith(streams.CASE):
        return {}
    if (made := streams.beside(entries)) is not None:
        return cast(Rows, made)
    case = fold(entries)
    held = (
        Row(StintRow, (f"{case.id} {number}", case.id, each.facility, each.from_at, each.until_at))
        for number, each in enumerate(stints(case))
    )
    words = (Row(FamilyWordRow, (each, case.id)) for each in words_in_force(case).values())
    return _by_key([statements.row_in(CaseRow, summary(case)), *held, *words])


def rebuilt_rows(unread: set[str] | None = None) -> Rows:
    """What the register says. A case that can't be read is added to `unread`; without it that raises."""
    cases = LogRow.objects.exclude(kind=LOST).filter(stream__startswith=streams.CASE)
    found: dict[tuple[str, str], Row] = {}
    for stream in cases.order_by("stream").values_list("stream", flat=True).distinct().iterator(chunk_size=2000):
        try:
            found |= rows_of([*streams.readable(cases.filter(stream=stream).order_by("version"))])
        except Exception:
            if unread is None:
                raise
            unread.add(stream)
    return found


def _by_key(rows: Iterable[Row]) -> Rows:
    return {(row.table.__name__, row.values[0]): row for row in rows}


def _stored(rows: Iterable[models.Model]) -> Rows:
    return {(type(row).__name__, row.pk): statements.read(row) for row in rows}
