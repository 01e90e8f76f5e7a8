"""Outside data for tests: files written line by line, and the real ones where they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from habeas.audit.found import Finding
from habeas.audit.layouts import Layout, parse
from habeas.audit.run import Audit, audited

SHARED = Path(__file__).parents[2].parent / "shared" / "data"

STINTS = parse(
    """
    shape = "stints"
    [columns]
    person = "person"
    facility = "facility"
    from_at = "from"
    until_at = "until"
    stated_days = "stated"
    recorded_at = "recorded"
    kind = "kind"
    """,
    "stints",
)
COUNTS = parse(
    """
    shape = "counts"
    parts = ["a", "b"]
    [columns]
    facility = "facility"
    day = "published"
    stated_day = "of"
    year = "year"
    day_of_year = "number"
    people = "people"
    """,
    "counts",
)


def real(name: str) -> Path:
    """A real file; the test is skipped where they are not."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"{name} is not in ../shared/data")
    return path


@contextmanager
def audit_of(folder: Path, layout: Layout, lines: Sequence[str], key: bytes | None = None) -> Iterator[Audit]:
    path = folder / "data.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    with audited([path], key=key, layout=layout) as audit:
        yield audit


def findings(audit: Audit) -> dict[str, list[Finding]]:
    """By check, what was found."""
    asked = ((check, [*audit.findings(check)]) for check, lacks in audit.checks if not lacks)
    return {check.id: found for check, found in asked if found}
