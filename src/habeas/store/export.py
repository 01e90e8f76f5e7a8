"""The register as static files, for whoever wants to verify it (`habeas export`).

Leaves say nothing of anybody, so the files may be published; only the introductions of keys are disclosed.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

from django.db import transaction

from habeas.register.export import write_export
from habeas.register.fields import disclose
from habeas.register.keys import KEY_ADDED, KeyDisclosure
from habeas.store.append import NotBegun
from habeas.store.keys import key_folder
from habeas.store.models import CheckpointRow, LogRow, SignerRow
from habeas.store.records import record_of

Progress: TypeAlias = Callable[[int, int], None]
"""Is told how many entries of how many are done."""


def export(directory: Path, progress: Progress | None = None) -> int:
    """Write the register into a folder, or bring an older export there up to date; the number of entries.

    Raises NotBegun, ExportError when the folder holds something else, OSError when the disk fails.
    """
    checkpoint = CheckpointRow.objects.order_by("-size").first()
    if checkpoint is None:
        raise NotBegun("the register has not begun")
    write_export(
        directory,
        _leaves(checkpoint.size, progress),
        checkpoint_note=checkpoint.note.encode("utf-8"),
        key_disclosures=[each for each in key_disclosures() if each.index < checkpoint.size],
    )
    return checkpoint.size


def log_key() -> str:
    """The log's own key as one line (vkey): whoever verifies must get it another way than from an export."""
    row = SignerRow.objects.filter(introduced=0).first()
    if row is None:
        raise NotBegun("the register has not begun")
    return key_folder().signer(row.fingerprint).verifier.text


def key_disclosures() -> list[KeyDisclosure]:
    """Every entry that introduced a key, with all its fields, in the order of the register."""
    keys = key_folder()
    found = []
    with transaction.atomic():
        introduced = SignerRow.objects.order_by("introduced").values_list("introduced", flat=True)
        for row in LogRow.objects.filter(index__in=list(introduced), kind=KEY_ADDED).order_by("index"):
            fields = record_of(row, keys).fields
            found.append(KeyDisclosure(row.index, disclose(fields, [field.path for field in fields])))
    return found


def _leaves(size: int, progress: Progress | None) -> Iterator[bytes]:
    rows = LogRow.objects.filter(index__lt=size).order_by("index").values_list("leaf", flat=True)
    for done, leaf in enumerate(rows.iterator(chunk_size=2000), start=1):
        if progress is not None:
            progress(done, size)
        yield bytes(leaf)
