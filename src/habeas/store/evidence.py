"""Files of evidence: sealed under the person's key, and bound to the entry that holds their SHA-256."""

import dataclasses
from hashlib import sha256

from django.conf import settings

from habeas.core.entries import Body, Entry
from habeas.core.entries.procedure import EvidenceAdded
from habeas.store.keys import SealBroken, key_folder
from habeas.store.models import EvidenceFile, LogRow
from habeas.store.records import entry_of, key_id

_BEGINNINGS = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
UNKNOWN_TYPE = "application/octet-stream"


class FileTooLarge(Exception):
    """The file has more bytes than this register takes."""

    def __init__(self, size_bytes: int) -> None:
        super().__init__(f"a file of {size_bytes} bytes; at most {settings.EVIDENCE_MAX_BYTES} are taken")
        self.size_bytes = size_bytes


def described(body: Body, file: bytes | None) -> Body:
    """The body with what its file says of itself. Raises FileTooLarge; ValueError when it takes no file."""
    if file is None:
        return body
    if not isinstance(body, EvidenceAdded):
        raise ValueError(f"{type(body).__name__} takes no file")
    if len(file) > settings.EVIDENCE_MAX_BYTES:
        raise FileTooLarge(len(file))
    return dataclasses.replace(
        body, sha256=sha256(file).hexdigest(), size_bytes=len(file), media_type=_media_type(file)
    )


def keep(entry: Entry, file: bytes) -> None:
    """Seal the file of an entry. Runs in the transaction that records the entry."""
    sealed = key_folder().seal(key_id(entry.stream, entry.subject), file, _bound_to(entry.id))
    EvidenceFile.objects.create(entry_id=entry.id, sealed=sealed)


def evidence_file(entry_id: str) -> bytes | None:
    """The file of an entry, checked against the SHA-256 in the register; None when it has none.

    Raises KeyLost, or SealBroken when the file is not the one that was recorded.
    """
    row = LogRow.objects.filter(entry_id=entry_id).first()
    stored = EvidenceFile.objects.filter(entry_id=entry_id).first()
    if row is None or stored is None:
        return None
    broken, body = SealBroken("server.seal_broken_file", entry_id), entry_of(row).body
    opened = key_folder().open(key_id(row.stream, row.subject), bytes(stored.sealed), _bound_to(entry_id), broken)
    if not isinstance(body, EvidenceAdded) or body.sha256 != sha256(opened).hexdigest():
        raise broken
    return opened


def _bound_to(entry_id: str) -> bytes:
    return f"file of {entry_id}".encode("ascii")


def _media_type(file: bytes) -> str:
    """What the first bytes say; whatever else it may be is offered for saving, never shown."""
    return next((each for start, each in _BEGINNINGS.items() if file.startswith(start)), UNKNOWN_TYPE)
