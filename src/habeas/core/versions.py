"""An agreement over time: its text, and each amendment, from the day on which it applies.

An amendment is a file of its own that says only what it changes, as amendments do. So the text of a version, and the
digest that decisions name, stay what they were when the next one comes.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date

from habeas.core.sources import read_sources
from habeas.core.tables import Table, read_whole
from habeas.core.terms import Agreement, Version, canonical, digest_of, read_parts

REPLACED = ("duration", "fee", "observed", "day_count")
"""What stands whole in the place of what was said before; costs that are reported are added to those before."""


def versions(first: Agreement, amendments: Iterable[tuple[str, str]]) -> tuple[Agreement, ...]:
    """Every version, in order, from the first and the amendments (name of the file and text). Raises FileError."""
    in_force = first.dates.get("in_force_on")
    found = [replace(first, version=Version(from_on=in_force.on if in_force else None))]
    for name, text in amendments:
        found.append(_amended(found[-1], canonical(text), name))
    until = [*(each.version.from_on for each in found[1:]), None]
    return tuple(
        replace(each, version=replace(each.version, of=len(found), until_on=until_on))
        for each, until_on in zip(found, until, strict=True)
    )


def in_force(found: tuple[Agreement, ...], on: date | None) -> Agreement:
    """The version in force on a day; before the first it is the first, and without a day the last."""
    begun = [each for each in found if on is None or (each.version.from_on or date.min) <= on]
    return (begun or found[:1])[-1]


def _amended(before: Agreement, text: str, name: str) -> Agreement:
    said = read_whole(text, name, lambda root: _read(before, root))
    return replace(said, digest=digest_of(f"{before.digest}\n{text}"))


def _read(before: Agreement, root: Table) -> Agreement:
    """What an amendment says in the place of the version before, less what it takes out."""
    sources, head, named = read_sources(root), root.table("amendment"), _named(before)
    head.check("of", head.text("of"), (before.id,), "terms.amends_another")
    number, from_on = before.version.number + 1, head.day("from_on")
    version = sources.record(
        Version, head, number=number, of=number, from_on=from_on, until_on=None, title=head.words("title")
    )
    if not root.place.file.endswith(f".{from_on}.toml"):
        raise head.error("terms.not_its_day", "from_on", expected=f"{before.id}.{from_on}.toml")
    if from_on <= (before.version.from_on or date.min):
        raise head.error("terms.ends_before_it_begins", "from_on")
    for each in head.texts("without"):
        head.check("without", each, named, "terms.not_in_version")
        del named[each]
    rewritten: Callable[..., Agreement] = replace
    return _joined(before, rewritten(before, version=version, **read_parts(root, sources)), named)


def _joined(before: Agreement, said: Agreement, kept: Mapping[str, object]) -> Agreement:
    """What is said now, and what is kept of the version before where nothing is."""
    named = {**kept, **_named(said)}

    def table(name: str) -> dict[str, object]:
        return {key.partition(".")[2]: each for key, each in named.items() if key.partition(".")[0] == name}

    rewritten: Callable[..., Agreement] = replace
    return rewritten(
        said,
        **{name: table(name) for name in ("dates", "periods", "answers")},
        **{name: getattr(said, name) or getattr(before, name) for name in REPLACED},
        **{name: (*getattr(before, name), *getattr(said, name)) for name in ("costs_of_day", "system_costs")},
        authorities=tuple(table("authority").values()),
        facilities=tuple(table("facility").values()),
        clocks=tuple(table("clock").values()),
        eligibility=(*table("scope").values(), *table("exclusion").values()),
    )


def _named(agreement: Agreement) -> dict[str, object]:
    """Everything that an amendment can replace or take out, by its table and name."""
    return {
        **{f"dates.{name}": each for name, each in agreement.dates.items()},
        **{f"periods.{name}": each for name, each in agreement.periods.items()},
        **{f"answers.{name}": each for name, each in agreement.answers.items()},
        **{f"authority.{each.state}.{each.name}": each for each in agreement.authorities},
        **{f"facility.{each.code}": each for each in agreement.facilities},
        **{f"{each.kind}.{each.id}": each for each in agreement.eligibility},
        **{f"clock.{each.id}": each for each in agreement.clocks},
    }
