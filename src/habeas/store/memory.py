"""What the signer remembers outside the database: the largest checkpoint that was ever given out.

A restored database has forgotten what came after its copy was made. Signed on from there, the log would tell two
stories. So a checkpoint is noted on the disk, beside the keys, before anybody is given it, and nothing is signed or
recorded while the database ends before it or tells it otherwise (docs/decisions/0013-memory-and-read-only.md).

One file a checkpoint, named by its size and root, holds the note; a smaller one is deleted once a larger is in place.
So two processes that write at once can lose nothing.
"""

import re
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.db import connection

from habeas.register.checkpoint import Checkpoint, parse_signed_checkpoint
from habeas.register.files import names_in, write_file
from habeas.register.keys import LOG_PARTY
from habeas.register.note import is_signed_by
from habeas.register.problems import RegisterError
from habeas.register.proof import is_consistent
from habeas.register.tiles import tile_subtree_hashes
from habeas.register.tree import consistency_path, root
from habeas.store.keys import key_folder
from habeas.store.models import CheckpointRow, HeadRow, SignerRow
from habeas.store.nodes import edge_of, hashes

NAMES_MOST = 1_000
_NAME = re.compile(r"(?P<size>[0-9]{1,19})-(?P<root>[0-9a-f]{64}|said)")
SAID = "said"
"""Stands in a name where the root would be: of a size that a witness told and did not prove."""

_PROVED: set[tuple[str, int, bytes]] = set()
"""What was published, by database, size and root, and was shown to be the beginning of what is there."""


class BehindPublished(RegisterError):
    """The register ends before what it published, or tells it otherwise: until that is restored, it only answers."""

    def __init__(self, size: int, published: int) -> None:
        super().__init__("server.behind", size=size, published=published)
        self.size, self.published = size, published


def published(size: int | None = None) -> CheckpointRow | None:
    """The checkpoint of this size, or the last, to be given out; None where there is none. Whatever leaves the
    register is read here, so that it is remembered first. Raises BehindPublished when another past was published."""
    rows = CheckpointRow.objects.order_by("-size")
    found = (rows if size is None else rows.filter(size=size)).first()
    if found is not None:
        about_to_publish(found.note)
    return found


def about_to_publish(note: str) -> None:
    """Remember a signed checkpoint, on the disk, if it is larger than what was published before.

    Its transaction has ended: what is remembered and then rolled back could never be restored. Raises
    BehindPublished unless what was published before is its beginning.
    """
    said = parse_signed_checkpoint(note.encode("utf-8")).checkpoint
    last = _last(said.origin)
    if last is not None and (said.size < last.size or said == last):
        return
    _demand_beginning(last, said)
    if connection.in_atomic_block:
        raise RuntimeError("a checkpoint is published after its transaction, never within it")
    _remember(said, said.root.hex(), note)


def note_behind(size: int, note: str = "") -> None:
    """Note that a witness has seen `size` entries, which is more than there are.

    `note` is the checkpoint that it saw: if the log signed it, the register is behind. A witness's word alone is kept
    and told (`said`), and not obeyed: by its word, no witness may hold up a release.
    """
    head, keys = HeadRow.objects.get(), SignerRow.objects.filter(party=LOG_PARTY).values_list("fingerprint", flat=True)
    if not note:
        _remember(Checkpoint(head.origin, size, bytes(32)), SAID, "")
        return
    signed = parse_signed_checkpoint(note.encode("utf-8"))
    last = _last(head.origin)
    is_ours = any(is_signed_by(signed.note, key_folder().signer(key).verifier) for key in keys)
    if is_ours and signed.checkpoint.size > max(head.size, last.size if last else 0):
        _remember(signed.checkpoint, signed.checkpoint.root.hex(), note)


def said() -> int:
    """The most entries that a witness said it saw, while that is more than there are; otherwise 0."""
    head = HeadRow.objects.first()
    told = max((size for size, root in _remembered(head.origin) if root == SAID), default=0) if head else 0
    return told if head and told > head.size else 0


def behind() -> BehindPublished | None:
    """How far the register is behind what it published; None when it is not, or has not begun."""
    head = HeadRow.objects.first()
    try:
        if head is not None:
            demand(head)
    except BehindPublished as error:
        return error
    return None


def demand_whole() -> None:
    """Raise BehindPublished while the register is behind: what would be decided, would be decided on a part of it."""
    if error := behind():
        raise error


def demand(head: HeadRow) -> None:
    """Raise BehindPublished unless what was published is the beginning of the tree that ends at this head."""
    last = _last(head.origin)
    if last is not None and head.size < last.size:
        head = HeadRow.objects.get()  # somebody may have gone on, and published, since it was read
    _demand_beginning(last, Checkpoint(head.origin, head.size, root(edge_of(head))))


def _demand_beginning(last: Checkpoint | None, now: Checkpoint) -> None:
    if last is None or last == now:
        return
    known = (str(connection.settings_dict["NAME"]), last.size, last.root)
    if now.size <= last.size:
        raise BehindPublished(now.size, last.size)
    if known in _PROVED:
        return
    path = consistency_path(last.size, now.size, tile_subtree_hashes(hashes))
    if not is_consistent(last.size, last.root, size=now.size, root=now.root, path=path):
        raise BehindPublished(now.size, last.size)
    _PROVED.add(known)


def _last(origin: str) -> Checkpoint | None:
    """The largest checkpoint of this log that was published."""
    found = [(size, root) for size, root in _remembered(origin) if root != SAID]
    size, root = max(found, default=(0, ""))
    return Checkpoint(origin, size, bytes.fromhex(root)) if found else None


def _remembered(origin: str) -> list[tuple[int, str]]:
    """Size and root of each that is in place."""
    names = map(_NAME.fullmatch, names_in(_folder(origin), limit=NAMES_MOST))
    return [(int(name["size"]), name["root"]) for name in names if name]


def _remember(said: Checkpoint, root: str, note: str) -> None:
    folder = _folder(said.origin)
    write_file(folder, f"{said.size}-{root}", note.encode("utf-8"), mode=0o700)
    for size, other in _remembered(said.origin):
        if size < said.size and (other == SAID) == (root == SAID):
            (folder / f"{size}-{other}").unlink(missing_ok=True)


def _folder(origin: str) -> Path:
    return Path(settings.HABEAS_DATA) / "signed" / sha256(origin.encode()).hexdigest()
