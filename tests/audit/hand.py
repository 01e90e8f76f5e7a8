"""Tables of outside data filled by hand, and what the checks of counts, facilities and lists find in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from habeas.audit import count_checks, facility_checks, headcounts, reconcile, roster_checks, stint_checks
from habeas.audit.engine import engine
from habeas.audit.found import Finding, found
from habeas.audit.tables import COLUMNS, Shape

Rows = Iterable[Mapping[str, Any]]


def found_in(**tables: Rows) -> dict[str, list[Finding]]:
    """By check, what is found in these tables: `counts`, `facilities`, `stints`, `rosters`, each with its rows as what
    they give. Row n of table s is `s:n`."""
    shapes = {Shape(each) for each in tables}
    checks = [*count_checks.CHECKS, *facility_checks.CHECKS, *reconcile.CHECKS, *reconcile.STINT_CHECKS]
    checks += roster_checks.CHECKS
    with engine() as opened:
        for source, (name, rows) in enumerate(tables.items(), start=1):
            columns = COLUMNS[Shape(name)]
            declared = ", ".join(("source INTEGER", "line BIGINT", *(f"{at} {of.type}" for at, of in columns.items())))
            opened.execute(f"CREATE TABLE {name} ({declared})")
            values = [[source, line, *map(row.get, columns)] for line, row in enumerate(rows, start=1)]
            opened.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * (len(columns) + 2))})", values)
        for made in count_checks.PREPARE if Shape.COUNTS in shapes else ():
            opened.execute(made)
        for made in (*stint_checks.prepare(), *headcounts.prepare()) if Shape.STINTS in shapes else ():
            opened.execute(made)
        for made in roster_checks.PREPARE if Shape.ROSTERS in shapes else ():
            opened.execute(made)
        for of, made in (*reconcile.PREPARE, *roster_checks.BESIDE):
            if of <= shapes:
                opened.execute(made)
        answers = {each.id: [*found(opened, each)] for each in checks if {each.shape, *each.also} <= shapes}
    return {name: each for name, each in answers.items() if each}
