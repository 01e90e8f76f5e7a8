"""`habeas mirror`: a copy of a log that grows with it, and is at any moment an export that `habeas verify` accepts.

What is new is fetched into a private folder and verified there; only then it is written, the checkpoint last. A log
that does not continue what the copy has is refused, and what it said both times is kept as evidence.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from habeas.documents.verify_text import verify_json, verify_text
from habeas.fetch import Site, fetch_head, fetch_rest, private_folder
from habeas.inputs import refused_is_unusable, unusable
from habeas.register.checkpoint import parse_signed_checkpoint
from habeas.register.export import CHECKPOINT, read_bundle, read_keys, write_export
from habeas.register.files import alone_in, read_file, write_file
from habeas.register.note import GREATEST_NOTE
from habeas.register.policy import Policy
from habeas.register.problems import RegisterError
from habeas.register.tiles import TILE_WIDTH
from habeas.register.verify import Progress, Report, verify_head, verify_path
from habeas.speech import said, visible

JSON_VERSION = 1
KEPT, SEEN = "checkpoint-kept", "checkpoint-seen"
_CONTRADICTS = {f"register.{each}" for each in ("forked", "rolled_back", "history_differs", "root_differs")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How one look at a log ended: `had` and `has` are the entries of the copy before and after. `evidence` is the
    folder that keeps both checkpoints when the log contradicts the copy."""

    directory: Path
    at: datetime
    report: Report
    had: int
    has: int
    evidence: Path | None = None


def look(
    url: str, directory: Path, vkey: str | None, policy: Policy | None, *, at: datetime, told: Callable[[str], Progress]
) -> Look:
    """Look at the log at an address once, and bring the copy in this folder up to date with it. What the copy has was
    verified when it came: it is hashed again, its signatures are believed. Raises Unusable."""
    with refused_is_unusable(), private_folder() as staged, Site(url) as site:
        kept = _read(directory / CHECKPOINT)
        had = parse_signed_checkpoint(kept).checkpoint.size if kept is not None else 0
        if fetch_head(site, staged) != staged:
            raise unusable("fetch.nothing_there", url=url)
        report = verify_head(staged, vkey, since=kept, policy=policy)
        size = report.checkpoint.size if report.checkpoint else 0
        note, is_new = (staged / CHECKPOINT).read_bytes(), kept is None or size > had
        if is_new and not report.problems:
            fetch_rest(site, staged, copy=directory, copied=had, progress=told("cli.progress_fetch"))
            report = verify_path(staged, vkey, since=kept, policy=policy, verified=had, progress=told("cli.progress"))
            if report.problems and kept is not None and verify_path(directory, vkey).problems:
                raise unusable("mirror.damaged", directory=str(directory))
        if report.problems:
            contradicts = kept is not None and any(each.code in _CONTRADICTS for each in report.problems)
            evidence = _keep(directory, kept, note, at) if kept is not None and contradicts else None
            return Look(directory=directory, at=at, report=report, had=had, has=had, evidence=evidence)
        try:
            if is_new:
                leaves, keys = _leaves(staged, size), read_keys(staged)
                with alone_in(directory):
                    write_export(directory, leaves, checkpoint_note=note, key_disclosures=keys)
            elif note != kept:
                write_file(directory, CHECKPOINT, note)  # more witnesses have cosigned it
        except OSError as error:
            raise unusable("server.not_written", path=str(directory), problem=error.strerror or "") from error
        return Look(directory=directory, at=at, report=report, had=had, has=size)


def _keep(directory: Path, kept: bytes, seen: bytes, at: datetime) -> Path:
    """Where both checkpoints now lie; where they lay before if this was seen already."""
    for folder in sorted(directory.glob("evidence-*")):
        if _read(folder / SEEN) == seen:
            return folder
    folder = directory / f"evidence-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    write_file(folder, KEPT, kept)
    write_file(folder, SEEN, seen)
    return folder


def _leaves(directory: Path, size: int) -> Iterator[bytes]:
    for first in range(0, size, TILE_WIDTH):
        yield from read_bundle(directory, first // TILE_WIDTH, min(TILE_WIDTH, size - first))


def _read(path: Path) -> bytes | None:
    try:
        return read_file(path.parent, path.name, limit=GREATEST_NOTE)
    except RegisterError as error:
        if error.problem.code != "register.file_missing":
            raise
        return None


def mirror_text(found: Look, language: str) -> str:
    """What the log shows, and what became of the copy."""
    directory, new = str(found.directory), found.has - found.had
    lines = [
        said("mirror.copied", language, directory=directory, size=found.has, new=new),
        said("mirror.looked", language, at=found.at),
    ]
    if found.evidence is not None:
        lines.append(said("mirror.evidence", language, folder=str(found.evidence)))
    return "\n".join([verify_text(found.report, language).rstrip("\n"), "", *map(visible, lines)]) + "\n"


def mirror_json(found: Look, language: str) -> dict[str, object]:
    """The same as data."""
    return {
        "habeas_mirror": JSON_VERSION,
        "looked_at": found.at.isoformat(),
        "directory": str(found.directory),
        "had": found.had,
        "size": found.has,
        "evidence": found.evidence and str(found.evidence),
        "log": verify_json(found.report, language),
    }
