"""What the signer remembers outside the database: the largest checkpoint that was ever given out, and those that a
witness proved.

A restored database has forgotten what came after its copy was made. Signed on from there, the log would tell two
stories. So a checkpoint is noted on the disk, beside the keys, before anybody is given it, and nothing is signed or
recorded while the database ends before any that is noted or tells it otherwise
(docs/decisions/0013-memory-and-read-only.md, docs/decisions/0020-a-proved-fork.md).

One file a checkpoint, named by its size and root, holds the note; it is deleted once a larger that begins with it is in
place. So two processes that write at once can lose nothing.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.db import connection

from habeas.register.checkpoint import Checkpoint, parse_signed_checkpoint
from habeas.register.cosignature import cosigned_at
from habeas.register.files import names_in, write_file
from habeas.register.keys import LOG_PARTY
from habeas.register.note import COSIGNER, VerifierKey, is_signed_by, parse_note, parse_vkey
from habeas.register.problems import RegisterError
from habeas.register.proof import is_consistent
from habeas.register.tree import consistency_path, root
from habeas.register.witness import contradiction
from habeas.store import statements
from habeas.store.keys import key_folder
from habeas.store.models import CheckpointRow, CosignatureRow, HeadRow, SignerRow
from habeas.store.nodes import edge_of, subtrees

NAMES_MOST = 1_000
_NAME = re.compile(r"(?P<size>[0-9]{1,19})-(?P<root>[0-9a-f]{64}|said)")
SAID = "said"
"""Stands in a name where the root would be: of a size that a witness told and did not prove."""
DISOWNED = "disowned"
"""The folder below, for what the log signed and the parties say together is no part of it: it stops nothing more."""

_PROVED: set[tuple[str, int, bytes]] = set()
"""What was published, by database, size and root, and was shown to be the beginning of what is there."""
_SIGNED: set[tuple[str, int, str]] = set()
"""Checkpoints, by database and size, that were shown to be signed by this log."""
_HELD: set[tuple[str, int, str, str, datetime]] = set()
"""Cosignatures, by database and size, that were shown to be what they say."""


class BehindPublished(RegisterError):
    """The register ends before what it published, or tells it otherwise (`is_fork`): until that is mended, it only
    answers."""

    def __init__(self, size: int, published: Checkpoint) -> None:
        self.size, self.published, self.is_fork = size, published.size, published.size <= size
        told: dict[str, str | int] = {"size": size, "published": published.size}
        if self.is_fork:
            told["proof"] = _name(published.size, published.root.hex())
        super().__init__("server.forked" if self.is_fork else "server.behind", **told)


def published(size: int | None = None) -> CheckpointRow | None:
    """The checkpoint of this size, or the last, to be given out; None where there is none. Whatever leaves the
    register is read here, so that it is remembered first. Raises BehindPublished when another past was published,
    unless this one was too: what was given out last may be shown again."""
    found = next(signed() if size is None else signed(size=size), None)
    try:
        if found is not None:
            about_to_publish(found.note)
    except BehindPublished:
        given_out = _remembered(HeadRow.objects.get().origin)
        before = signed(size__in=[each.size for each in given_out]) if size is None else ()
        found = next((each for each in before if _said_in(each.note) in given_out), None)
        if found is None:
            raise
    return found


def signed(**which: object) -> Iterator[CheckpointRow]:
    """The checkpoints that the log signed, the largest first: others may lie among them, and are passed by."""
    return filter(is_ours, CheckpointRow.objects.filter(**which).order_by("-size").iterator(chunk_size=8))


def is_ours(row: CheckpointRow) -> bool:
    """Whether the log signed this, of this size: whoever can write into the database can put another there."""
    known = (statements.database(), row.size, row.note)
    if known not in _SIGNED:
        try:
            signed = parse_signed_checkpoint(row.note.encode("utf-8"))
            ours = signed.checkpoint.size == row.size and any(is_signed_by(signed.note, key) for key in _log_keys())
        except RegisterError:
            return False
        if not ours:
            return False
        if len(_SIGNED) >= NAMES_MOST:
            _SIGNED.clear()
        _SIGNED.add(known)
    return True


def holds(row: CosignatureRow) -> bool:
    """Whether this witness cosigned the checkpoint of this size at this time: whoever can write into the database can
    put another there."""
    known = (statements.database(), row.size, row.witness, row.line, row.at)
    if known in _HELD:
        return True
    try:
        if not any(is_cosigned(row, each.note) for each in signed(size=row.size)):
            return False
    except RegisterError:
        return False
    if len(_HELD) >= NAMES_MOST:
        _HELD.clear()
    _HELD.add(known)
    return True


def is_cosigned(row: CosignatureRow, note: str) -> bool:
    """Whether this is the cosignature of its witness, of its time, over this checkpoint. Raises RegisterError."""
    at = cosigned_at(parse_note(f"{note}{row.line}".encode()), parse_vkey(row.witness, COSIGNER))
    return at is not None and datetime.fromtimestamp(at, UTC) == row.at


def about_to_publish(note: str) -> None:
    """Remember a signed checkpoint, on the disk, if it is larger than what was published before.

    Its transaction has ended: what is remembered and then rolled back could never be restored. Raises
    BehindPublished unless what was published before is its beginning.
    """
    said = _said_in(note)
    before = _remembered(said.origin)
    if any(said.size < each.size or said == each for each in before):
        return
    _demand_beginnings(before, said)
    if connection.in_atomic_block:
        raise RuntimeError("a checkpoint is published after its transaction, never within it")
    _remember(said.origin, _name(said.size, said.root.hex()), note)
    for each in before:
        (_folder(said.origin) / _name(each.size, each.root.hex())).unlink(missing_ok=True)


def contradicts(note: bytes) -> str:
    """The checkpoint that a witness shows, if a key of this log signed it and what is here does not continue it;
    otherwise nothing."""
    head, keys = HeadRow.objects.get(), _log_keys()
    now = Checkpoint(head.origin, head.size, root(edge_of(head)))
    return contradiction(note, keys, now, lambda size: _path(size, now))


def note_seen(size: int, note: str) -> None:
    """Note that a witness has seen so many entries, more than there are or others.

    `note` is the checkpoint that it saw: if the log signed it, the register is behind, or tells two stories. A
    witness's word alone is kept and told (`said`), and not obeyed: by its word, no witness may hold up a release.
    """
    head = HeadRow.objects.get()
    if not note and size > max(head.size, before := said()):
        _remember(head.origin, _name(size, SAID), "")
        (_folder(head.origin) / _name(before, SAID)).unlink(missing_ok=True)
    elif note and contradicts(note.encode("utf-8")):
        seen = _said_in(note)
        name = _name(seen.size, seen.root.hex())
        if not (_folder(head.origin) / DISOWNED / name).exists():
            _remember(head.origin, name, note)


def said() -> int:
    """The most entries that a witness said it saw, while that is more than there are; otherwise 0."""
    head = HeadRow.objects.first()
    names = _names(_folder(head.origin)) if head else ()
    told = max((int(each["size"]) for each in names if each["root"] == SAID), default=0)
    return told if head and told > head.size else 0


def disowned() -> int:
    """How many checkpoints that the log signed the parties have disowned."""
    return len(_names(_folder(HeadRow.objects.get().origin) / DISOWNED))


def behind(head: HeadRow | None = None) -> BehindPublished | None:
    """How far the register is behind what it published, where it ends now or at this head; None when it is not, or has
    not begun."""
    try:
        demand(head) if head else demand_whole()
    except BehindPublished as error:
        return error
    return None


def demand_whole() -> None:
    """Raise BehindPublished while the register is behind: what would be decided, would be decided on a part of it."""
    if head := HeadRow.objects.first():
        demand(head)


def demand(head: HeadRow) -> None:
    """Raise BehindPublished unless what was published is the beginning of the tree that ends at this head."""
    before = _remembered(head.origin)
    if all(head.size > each.size and _known(each) in _PROVED for each in before):
        return
    if any(head.size < each.size for each in before):
        head = HeadRow.objects.get()  # somebody may have gone on, and published, since it was read
    _demand_beginnings(before, Checkpoint(head.origin, head.size, root(edge_of(head))))


def _log_keys() -> list[VerifierKey]:
    rows = SignerRow.objects.filter(party=LOG_PARTY)
    return [key_folder().signer(each.fingerprint).verifier for each in rows]


def _demand_beginnings(before: Sequence[Checkpoint], now: Checkpoint) -> None:
    """Another past is told first: what is missing could be brought back, and would not mend it."""
    for each in before:
        if each.size <= now.size and not _is_beginning(each, now):
            raise BehindPublished(now.size, each)
    if before and before[-1].size > now.size:
        raise BehindPublished(now.size, before[-1])


def _is_beginning(before: Checkpoint, now: Checkpoint) -> bool:
    known = _known(before)
    if before != now and known not in _PROVED:
        path = _path(before.size, now)
        if not is_consistent(before.size, before.root, size=now.size, root=now.root, path=path):
            return False
        _PROVED.add(known)
    return True


def _known(said: Checkpoint) -> tuple[str, int, bytes]:
    return statements.database(), said.size, said.root


def _path(size: int, now: Checkpoint) -> tuple[bytes, ...]:
    return consistency_path(size, now.size, subtrees())


def _remembered(origin: str) -> list[Checkpoint]:
    """Every checkpoint of this log that is in place, the largest last."""
    found = [each.groups() for each in _names(_folder(origin)) if each["root"] != SAID]
    return sorted((Checkpoint(origin, int(size), bytes.fromhex(root)) for size, root in found), key=lambda it: it.size)


def _names(folder: Path) -> list[re.Match[str]]:
    return [each for each in map(_NAME.fullmatch, names_in(folder, limit=NAMES_MOST)) if each]


def _name(size: int, root: str) -> str:
    return f"{size}-{root}"


def _said_in(note: str) -> Checkpoint:
    return parse_signed_checkpoint(note.encode("utf-8")).checkpoint


def _remember(origin: str, name: str, note: str) -> None:
    write_file(_folder(origin), name, note.encode("utf-8"), mode=0o700)


def _folder(origin: str) -> Path:
    return _folder_in(settings.HABEAS_DATA, origin)


@cache
def _folder_in(data: Path, origin: str) -> Path:
    return data / "signed" / sha256(origin.encode()).hexdigest()
