"""Receipts: what an account may see of an entry, with the proof that the register holds it.

A receipt discloses exactly the fields that the page would show to the same account. Of all others it holds
only digests, which say nothing without their salts.
"""

from collections.abc import Callable, Iterator

from django.db import transaction

from habeas.core.case import Case, fold
from habeas.core.entries import Actor, Entry, FieldSpec, specs
from habeas.core.orders import StayOrder, stay_orders
from habeas.core.visibility import Sight, may_open, show, visible
from habeas.register.fields import disclose
from habeas.register.leaf import parse_leaf
from habeas.register.receipt import Receipt, make_receipt, qr_text
from habeas.register.tiles import tile_subtree_hashes
from habeas.register.tlog_proof import TlogProof
from habeas.register.tree import SubtreeHash, inclusion_path
from habeas.store import streams
from habeas.store.keys import key_folder
from habeas.store.models import CheckpointRow, LogRow, NodeRow, SignerRow
from habeas.store.records import BODY, Record, record_of


def receipt(entry_id: str, actor: Actor) -> bytes | None:
    """The receipt of an entry for this account; None when there is no such entry, or none of it is theirs
    to see."""
    with transaction.atomic():
        row = LogRow.objects.filter(entry_id=entry_id).first()
        if row is None:
            return None
        record = record_of(row, key_folder())
        shown = _paths(record, actor)
        if not shown:
            return None
        checkpoint = CheckpointRow.objects.order_by("-size")[0]
        return make_receipt(_Prover(checkpoint).receipt(row, record, shown))


def qr(entry_id: str) -> str | None:
    """What the QR code on a printed receipt holds; None when there is no such entry."""
    row = LogRow.objects.filter(entry_id=entry_id).first()
    if row is None:
        return None
    leaf = bytes(row.leaf)
    log_key = key_folder().signer(SignerRow.objects.get(introduced=0).fingerprint).verifier
    return qr_text(leaf, row.index, origin=parse_leaf(leaf).body.origin, log_key=log_key)


def _paths(record: Record, actor: Actor) -> list[str]:
    """The paths that this account may see. The envelope is theirs when any of the body is."""
    kept = {field.path for field in record.fields}
    body = {BODY + each.name: each for each in specs(type(record.entry.body))}
    sees = _sight(record.entry, actor)
    shown = [path for path in sorted(kept & body.keys()) if sees(body[path])]
    envelope = [path for path in sorted(kept) if not path.startswith(BODY)]
    return envelope + shown if shown or not body else []


def _sight(entry: Entry, actor: Actor) -> Callable[[FieldSpec], bool]:
    """Whether this account sees a field of this entry."""
    orders = stay_orders(streams.entries_below(streams.ORDER))
    if entry.stream.startswith(streams.CASE):
        case = fold(streams.entries(entry.stream))
        opens = may_open(actor, case, orders)
        return lambda spec: opens and show(actor, case, entry, spec, orders)
    concerned = _is_concerned(entry, actor, orders)
    by_concern = {Sight.ALL: True, Sight.OWN: concerned}

    def sees(spec: FieldSpec) -> bool:
        named = getattr(entry.body, spec.name) if spec.refers == "case" else ()
        return by_concern.get(visible(actor.role, spec.field_class), False) and _opens_all(named, actor, orders)

    return sees


def _opens_all(cases: tuple[str, ...], actor: Actor, orders: tuple[StayOrder, ...]) -> bool:
    """Whether this account may open each of these cases. A field has one digest, so its numbers are disclosed
    all together or not at all."""
    return all(entries and may_open(actor, fold(entries), orders) for entries in map(streams.entries, cases))


def _is_concerned(entry: Entry, actor: Actor, orders: tuple[StayOrder, ...]) -> bool:
    """An order is shown to whoever recorded it, and to whoever may open a case that it names; one for a
    class, to everybody whom it may bind."""
    if entry.actor.party == actor.party:
        return True
    entries = {each.id for each in streams.entries(entry.stream)}
    of_stream = [order for order in orders if order.id in entries]
    return any(
        order.describes_a_class or any(may_open(actor, case, orders) for case in _cases(order)) for order in of_stream
    )


def _cases(order: StayOrder) -> Iterator[Case]:
    for case_id in order.cases:
        entries = streams.entries(case_id)
        if entries:
            yield fold(entries)


class _Prover:
    """Proves entries to be under one checkpoint."""

    def __init__(self, checkpoint: CheckpointRow) -> None:
        self._size = checkpoint.size
        self._note = checkpoint.note.encode("utf-8")
        self._subtree: SubtreeHash = tile_subtree_hashes(_hashes)

    def receipt(self, row: LogRow, record: Record, paths: list[str]) -> Receipt:
        return Receipt(
            leaf=bytes(row.leaf),
            disclosure=disclose(record.fields, paths),
            proof=TlogProof(row.index, inclusion_path(row.index, self._size, self._subtree), self._note),
            signer=None if row.index == 0 else self._introduction(row),
        )

    def _introduction(self, row: LogRow) -> Receipt:
        """The receipt of the entry that introduced the key which signed this one; nothing in it is hidden."""
        fingerprint = parse_leaf(bytes(row.leaf)).body.key.hex()
        introduced = LogRow.objects.get(index=SignerRow.objects.get(fingerprint=fingerprint).introduced)
        record = record_of(introduced, key_folder())
        return self.receipt(introduced, record, [field.path for field in record.fields])


def _hashes(level: int, start: int, end: int) -> list[bytes]:
    """The hashes [start, end) of one tile level."""
    if level == 0:
        rows = LogRow.objects.filter(index__gte=start, index__lt=end).order_by("index")
        return [bytes(each) for each in rows.values_list("leaf_hash", flat=True)]
    nodes = NodeRow.objects.filter(level=level, index__gte=start, index__lt=end).order_by("index")
    return [bytes(each) for each in nodes.values_list("hash", flat=True)]
