"""The order of the register: what is committed gets its place in the tree, which grows and is signed.

On SQLite there is one writer, and `append` places what it writes in its own transaction. On PostgreSQL writers take
no common lock: an entry is committed together with a `PendingRow`, and one sequencer at a time gives those the next
places, in the order of their tickets. Whoever places holds the row of the head until its transaction ends, and reads in
it where the register ends: two can never give the same place, and one that lost its connection has given none.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from habeas.register.checkpoint import Checkpoint, sign_checkpoint
from habeas.register.keys import LOG_PARTY
from habeas.register.tree import grow, leaf_hash, root
from habeas.store import memory, statements
from habeas.store.keys import key_folder
from habeas.store.models import CheckpointRow, HeadRow, LogRow, NodeRow, PendingRow, PlaceRow, SignerRow
from habeas.store.nodes import edge_of

BATCH = 5_000
PATIENCE = 5.0  # seconds in which somebody else who places must be done
PAUSE = 0.02


class LeafChanged(Exception):
    """An entry is not what was committed: it was changed before it got its place, and is never signed over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An entry that gets a place: its ticket and the hash of its leaf."""

    ticket: int
    leaf_hash: bytes


def extend(head: HeadRow, placed: Sequence[Placed], recorded_at: datetime, log_key: str) -> None:
    """Grow the tree by these, and write where it ends and what the register then says of itself, signed with the key of
    this fingerprint. Raises BehindPublished when something else was published already."""
    memory.demand(head)
    edge, nodes = grow(edge_of(head), [each.leaf_hash for each in placed])
    if nodes:
        NodeRow.objects.bulk_create([NodeRow(level=node.level, index=node.index, hash=node.hash) for node in nodes])
    note = sign_checkpoint(Checkpoint(head.origin, edge.size, root(edge)), key_folder().signer(log_key))
    end = HeadRow(head.origin, edge.size, b"".join(edge.hashes), recorded_at)
    statements.write(inserts=[CheckpointRow(edge.size, note.decode("utf-8"))], upserts=[end])


def place() -> int:
    """Give places to what waits, if nobody else is doing so now; how many got one. None gets one while the
    register is behind what it published. Raises LeafChanged."""
    with transaction.atomic():
        if statements.places_at_once():
            return 0
        head = HeadRow.objects.select_for_update(skip_locked=True).first()
        waiting = PendingRow.objects.order_by("ticket").values_list("ticket", "recorded_at")[:BATCH]
        if head is None or not waiting or memory.behind():
            return 0
        tickets = [ticket for ticket, _ in waiting]
        rows = LogRow.objects.filter(ticket__in=tickets).order_by("ticket").values_list("ticket", "leaf", "leaf_hash")
        placed = [_checked(ticket, bytes(leaf), bytes(committed)) for ticket, leaf, committed in rows]
        statements.place([(index, each.ticket, each.leaf_hash) for index, each in enumerate(placed, start=head.size)])
        extend(head, placed, max(head.recorded_at, *(at for _, at in waiting)), log_key())
    return len(placed)


def log_key() -> str:
    """The fingerprint of the key that signs checkpoints: the log's last whose introduction has its place."""
    keys = SignerRow.objects.filter(party=LOG_PARTY).order_by("introduced")
    return (keys.filter(introduced__in=PlaceRow.objects.values("log")).last() or keys[0]).fingerprint


def place_all() -> None:
    """Give places to all that is committed now, if nobody else is doing so."""
    while place():
        pass


def index_of(ticket: int) -> int | None:
    """The place of an entry in the tree. Places what waits where nobody else does; None if nobody could in time."""
    until = time.monotonic() + PATIENCE
    while (found := PlaceRow.objects.filter(log=ticket).values_list("index", flat=True).first()) is None:
        if statements.places_at_once() or time.monotonic() > until or memory.behind():
            return None
        if not place():
            time.sleep(PAUSE)
    return found


def _checked(ticket: int, leaf: bytes, committed: bytes) -> Placed:
    """Hash the leaf anew: a tree signed over a changed entry could never be mended."""
    if leaf_hash(leaf) != committed:
        raise LeafChanged(f"the entry with ticket {ticket} was changed after it was committed")
    return Placed(ticket=ticket, leaf_hash=committed)
