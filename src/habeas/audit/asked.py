"""The rules of a scan: each term and each binding safeguard as SQL that is TRUE (met, or not applicable), FALSE
(barred) or NULL (not shown), as `Safeguard.result` and the screening have it.

A standard never bars, so a scan does not ask it: its findings are about the reasons of one decision.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from habeas.core.countries import COUNTRIES
from habeas.core.facts import CATALOGUE, Origin
from habeas.core.rules import Type
from habeas.core.rules.sql import Columns, name_sql, sql_of, value_sql
from habeas.core.safeguards import Binds, Instrument, Safeguard, SafeguardSet, Step
from habeas.core.screening import ELIGIBILITY_STEPS
from habeas.core.terms import Agreement, Term


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One rule of a scan. `wanted` names, by fact, the column that holds it on the evidence that this rule accepts."""

    id: str
    steps: Collection[Step]
    wanted: Mapping[str, str]
    printed: Callable[[Columns], str]

    def sql(self, columns: Collection[str]) -> str:
        """Over rows with these columns; a row without the stricter column of a fact has the fact alone."""
        found = {fact: column if column in columns else fact for fact, column in self.wanted.items()}
        return self.printed({fact: column for fact, column in found.items() if column in columns})


def asked(agreement: Agreement, safeguards: SafeguardSet) -> tuple[Asked, ...]:
    """What the terms and every binding safeguard ask, at whichever step."""
    law = [each for each in safeguards.safeguards if each.instrument.binds is not Binds.STANDARD]
    return (*map(_of_term, agreement.eligibility), *map(_of_safeguard, law))


def column(fact: str, kinds: Iterable[str]) -> str:
    """The column of a fact as it counts for a rule that accepts these kinds of evidence."""
    definition, listed = CATALOGUE[fact], sorted(set(kinds))
    is_usual = definition.origin is Origin.TERMS or not listed or listed == sorted(definition.settled_by)
    return fact if is_usual else f"{fact} ({', '.join(listed)})"


def fact_of(column: str) -> str:
    """The fact that a column holds."""
    return column.partition(" (")[0]


def kinds_of(column: str) -> tuple[str, ...]:
    """The kinds of evidence on which it holds that fact; none for those that settle it anyway."""
    listed = column.partition(" (")[2].removesuffix(")")
    return tuple(listed.split(", ")) if listed else ()


def type_of(column: str) -> Type | None:
    """The type of what a column holds; None when it is no fact's."""
    definition = CATALOGUE.get(fact_of(column))
    return definition.type if definition else None


def _of_safeguard(safeguard: Safeguard) -> Asked:
    return Asked(
        id=safeguard.id,
        steps=safeguard.steps,
        wanted={fact: column(fact, kinds) for fact, kinds in safeguard.asks},
        printed=lambda columns: _safeguard_sql(safeguard, columns),
    )


def _safeguard_sql(safeguard: Safeguard, columns: Columns) -> str:
    unbound = [_unbound(safeguard.instrument, f"{party}_state", columns) for party in safeguard.parties]
    among = " OR " if safeguard.duty_of == "both" else " AND "
    parts = [] if "FALSE" in unbound and among == " AND " else [f"({among.join(unbound)}) IS TRUE"]
    if safeguard.applies_when is not None:
        parts.append(f"{sql_of(safeguard.applies_when, columns)} IS FALSE")
    return " OR ".join((*parts, sql_of(safeguard.condition, columns)))


def _unbound(instrument: Instrument, party: str, columns: Columns) -> str:
    """Whether the state is known not to be bound on the day of a row."""
    free = [state for state in sorted(COUNTRIES) if instrument.is_unbound(state, None)]
    later = {state: since for state, since in instrument.bound.items() if since is not None}
    state, day = (name_sql(columns[each]) if each in columns else "NULL" for each in (party, "asked_on"))
    since = " ".join(f"WHEN {value_sql(each)} THEN {value_sql(began_on)}" for each, began_on in later.items())
    parts = [f"{day} < CASE {state} {since} END"] if since else []
    bound = sorted(COUNTRIES - set(free))
    if free and len(free) < len(bound):
        parts.append(f"{state} IN ({', '.join(map(value_sql, free))})")
    elif free:
        parts.append(f"{state} NOT IN ({', '.join(map(value_sql, bound))})")
    return f"({' OR '.join(parts)})" if parts else "FALSE"


def _of_term(term: Term) -> Asked:
    rule = term.rule
    facts = rule.facts if rule else _JUDGMENTS
    return Asked(
        id=term.id,
        steps=ELIGIBILITY_STEPS,
        wanted={fact: column(fact, term.evidence.get(fact, ())) for fact in facts},
        printed=lambda columns: sql_of(rule, columns) if rule else _only_a_judgment(term.id, columns),
    )


def _only_a_judgment(term: str, columns: Columns) -> str:
    """A term that no rule can express is not shown until a final judgment finds that it is met, or that it is not."""
    found = {name: name_sql(columns[name]) if name in columns else "NULL" for name in _JUDGMENTS}
    barred, met = (f"list_contains({found[name]}, {value_sql(term)})" for name in _JUDGMENTS)
    return f"CASE WHEN {barred} THEN FALSE WHEN {met} THEN TRUE END"


_JUDGMENTS = ("judgment_finds_not_met", "judgment_finds_met")
