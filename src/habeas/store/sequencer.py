"""The order of the register: what is committed gets its place in the tree, which grows and is signed.

On SQLite there is one writer, and `append` places what it writes in its own transaction. On PostgreSQL writers take
no common lock: an entry is committed together with a `PendingRow`, and one sequencer at a time gives those the next
places, in the order of their tickets. Whoever places holds the row of the head until its transaction ends, and reads in
it where the register ends: two can never give the same place, and one that lost its connection has given none.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from habeas.register.checkpoint import Checkpoint, parse_signed_checkpoint, sign_checkpoint
from habeas.register.keys import LOG_PARTY
from habeas.register.tree import grow, root
from habeas.store import memory, statements
from habeas.store.chains import chains_at, demand_newest, keep
from habeas.store.engines import moment
from habeas.store.keys import EndChanged, key_folder
from habeas.store.models import CheckpointRow, HeadRow, NodeRow, PendingRow, PlaceRow, SignerRow
from habeas.store.nodes import edge_of
from habeas.store.statements import Row

LOG = logging.getLogger("habeas.work")
BATCH = 5_000
PATIENCE = 5.0  # seconds in which somebody else who places must be done
PAUSE = 0.02


_LAST: dict[str, tuple[str, int, bytes]] = {}
"""Of a database: where this process itself wrote last that the register ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An entry that gets a place: its ticket and the hash of its leaf."""

    ticket: int
    leaf_hash: bytes


def extend(head: HeadRow, placed: Sequence[Placed], recorded_at: datetime, log_key: str) -> tuple[str, int, bytes]:
    """Grow the tree by these, and write where it ends and what the register then says of itself, signed with the key of
    this fingerprint; the end. Raises BehindPublished when something else was published already, EndChanged."""
    if not is_signed(head):
        raise EndChanged
    memory.demand(head)
    edge, nodes = grow(edge_of(head), [each.leaf_hash for each in placed])
    if nodes:
        NodeRow.objects.bulk_create([NodeRow(level=node.level, index=node.index, hash=node.hash) for node in nodes])
    note = sign_checkpoint(Checkpoint(head.origin, edge.size, root(edge)), key_folder().signer(log_key))
    end = (head.origin, edge.size, b"".join(edge.hashes))
    said = Row(CheckpointRow, (edge.size, note.decode("utf-8")))
    statements.write(inserts=[said], upserts=[Row(HeadRow, (*end, recorded_at))])
    _LAST[statements.database()] = end
    return end


def is_signed(head: HeadRow) -> bool:
    """Whether the register ends where its own checkpoint of this size says: the database could say anything."""
    if head.size == 0:
        return not head.edge
    if _LAST.get(statements.database()) == (head.origin, head.size, bytes(head.edge)):
        return True
    try:
        now = Checkpoint(head.origin, head.size, root(edge_of(head)))
        said = (parse_signed_checkpoint(each.note.encode()).checkpoint for each in memory.signed(size=head.size))
        return now in said
    except EndChanged:
        return False


def place() -> int:
    """Give places to what waits, if nobody else is doing so now; how many waited. None gets one while the register is
    behind what it published, and never what could not be verified there: that is set aside (`store.chains`)."""
    with transaction.atomic():
        if statements.places_at_once():
            return 0
        head = HeadRow.objects.select_for_update(skip_locked=True).first()
        waiting = statements.queue(BATCH)
        if head is None or not waiting or memory.behind(head):
            return 0
        chains = chains_at(head)
        for row in statements.at_tickets(waiting):
            chains.add(row)
        placed = [Placed(ticket=row.ticket, leaf_hash=row.leaf_hash) for row in chains.taken]
        statements.place([(index, each.ticket, each.leaf_hash) for index, each in enumerate(placed, start=head.size)])
        if aside := {*waiting}.difference(each.ticket for each in placed):
            PendingRow.objects.filter(ticket__in=aside).delete()
        for ticket, code in chains.aside:
            LOG.warning("the entry with ticket %d gets no place: %s", ticket, code)
        if placed:
            known, last = chains.keys.get(LOG_PARTY), moment(max(row.recorded_at for row in chains.taken))
            signing = known.verifier.fingerprint.hex() if known else log_key()
            keep(extend(head, placed, max(head.recorded_at, last), signing), chains)
    return len(waiting)


def log_key() -> str:
    """The fingerprint of the key that signs checkpoints: the log's last whose introduction has its place. Raises
    EndChanged where none is named."""
    keys = SignerRow.objects.filter(party=LOG_PARTY).order_by("introduced")
    found = keys.filter(introduced__in=PlaceRow.objects.values("log")).last() or keys.first()
    if found is None:
        raise EndChanged
    demand_newest(found, placed=True)
    return found.fingerprint


def place_all() -> None:
    """Give places to all that is committed now, if nobody else is doing so."""
    while place() == BATCH:
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
