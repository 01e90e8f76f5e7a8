"""What an audit writes: a line for each finding, the figures, the report, and where it all came from.

The hash of a file tells its owner which copy was used, so names and hashes stand in `provenance.json` alone: it is not
for publication.
"""

import csv
import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import cache, lru_cache
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from habeas.audit.found import Check, Finding, as_days, message
from habeas.audit.private import private_folder
from habeas.audit.public import OF_PEOPLE, Figures, protected
from habeas.audit.report import report
from habeas.audit.run import Audit
from habeas.audit.tables import Shape
from habeas.audit.typed import Source, Unused
from habeas.core.figures import FEWEST, Hidden, protect
from habeas.core.messages import Message, Parameter
from habeas.speech import csv_cell, said, say, visible, word

FINDINGS, FIGURES, REPORT, PROVENANCE = NAMES = ("findings.csv", "figures.json", "report.html", "provenance.json")
COLUMNS = "id severity subject from until message rows row_count rows_more days money currency".split()
RULES = "stints.safeguard"
EXAMPLES, MANY = 5, 2_000
"""How many findings of a check the report shows, and from how many on the engine writes their lines."""


_AS_JSON = json.JSONEncoder(ensure_ascii=False, default=str).encode


class OutputError(Exception):
    """A folder that can't be written; `message` says why, and what to do."""

    def __init__(self, code: str, **parameters: Parameter) -> None:
        super().__init__(code, parameters)
        self.message = Message(f"audit.{code}", parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One check: the columns that it lacks where it could not be asked, or how many findings it has, how many rows they
    are about, the person-days and the money (minor units by currency) that hang on them, and the first of them. Where
    they are withheld, `people` has by currency how many they are about; `rows` is None where that is not told."""

    check: Check
    lacks: tuple[str, ...]
    count: int = 0
    rows: int | None = 0
    days: Decimal | None = None
    money: Mapping[str, int] = field(default_factory=dict)
    people: Mapping[str, int] = field(default_factory=dict)
    first: tuple[Finding, ...] = ()


def write(
    directory: Path,
    audit: Audit,
    paths: Sequence[Path],
    at: datetime,
    language: str,
    *,
    figures: Figures,
    published: Sequence[Figures] | None = None,
    options: str = "",
) -> tuple[Answer, ...]:
    """Write the four files, all or none, into a folder that is new or holds an older audit and nothing else; sentences
    in findings.csv are in this language, the report is in all. With `published`, the figures that were before, all but
    provenance.json may be published. `options` are those of the command. Raises OutputError."""
    if any(each.resolve().parent == directory.resolve() for each in paths):
        raise OutputError("folder_of_input", folder=str(directory))
    is_public = published is not None
    with _whole(directory) as folder:
        with (folder / FINDINGS).open("w", encoding="utf-8", newline="") as file:
            answers = tuple(_written(file, audit, language, is_public))
            if published is not None:
                answers = _told(answers, published)
                csv.writer(file).writerows(_withheld(each, language) for each in answers if each.people)
        figures = figures if published is None else protected(figures, published, audit.people(FEWEST))
        chosen = {"choices": audit.chosen} if audit.chosen else {}
        (folder / FIGURES).write_text(_json({**figures, **chosen}), "utf-8")
        page = report(
            audit.sources,
            answers,
            figures,
            at,
            is_public=is_public,
            unused=audit.unused,
            options=options,
            choices=audit.choices,
        )
        (folder / REPORT).write_text(page, "utf-8")
        (folder / PROVENANCE).write_text(_json(_provenance(audit, paths, at)), "utf-8")
    return answers


@contextmanager
def _whole(directory: Path) -> Iterator[Path]:
    """A private folder beside, whose files come into place once all are there."""
    stack = ExitStack()
    try:
        if directory.exists() and not all(each.name in NAMES and each.is_file() for each in directory.iterdir()):
            raise OutputError("folder_not_empty", folder=str(directory))
        directory.parent.mkdir(parents=True, exist_ok=True)
        folder = stack.enter_context(private_folder(f".{directory.name}-", directory.parent))
    except OSError as error:
        raise OutputError("folder_not_made", folder=str(directory), problem=error.strerror or "") from None
    try:
        with stack:
            yield folder
            directory.mkdir(mode=0o700, exist_ok=True)
            directory.chmod(0o700)
            for name in NAMES:
                (folder / name).chmod(0o600)
                os.replace(folder / name, directory / name)
    except OSError as error:
        raise OutputError("folder_not_made", folder=str(directory), problem=error.strerror or "") from None


@dataclass(slots=True)
class _Sum:
    """What the findings of one check come to."""

    count: int = 0
    rows: int = 0
    days: Decimal | None = None
    money: Counter[str] = field(default_factory=Counter)
    people: defaultdict[str, set[str | int]] = field(default_factory=lambda: defaultdict(set))

    def see(self, finding: Finding) -> None:
        """By currency whom a finding is about; one that names nobody is about somebody."""
        seen = self.people[finding.currency]
        seen.add(finding.subject if finding.is_person else len(seen))

    def add(self, times: int, row_count: int, days: Any, minor: int | None, currency: str | None) -> None:
        self.count, self.rows = self.count + times, self.rows + row_count * times
        self.days = self.days if days is None else (self.days or Decimal()) + as_days(days) * times
        self.money[currency or ""] += (minor or 0) * times


def _written(file: TextIOWrapper, audit: Audit, language: str, is_public: bool) -> Iterator[Answer]:
    lines = csv.writer(file)
    lines.writerow(COLUMNS)
    billed = list[Finding]()
    for check, lacks in audit.checks:
        summed, first = _Sum(), list[Finding]()
        many = None if lacks else audit.many(check)
        is_withheld, by_engine = is_public and bool(_of_people(check)), many and many.count >= MANY
        if many and by_engine and check.shape is not Shape.BILLS:
            for each in many.sums():
                summed.add(*each)
            if is_withheld:
                for finding in many.findings(audit.called):
                    summed.see(finding)
                    if len(summed.people[""]) == FEWEST:
                        break
            else:
                first += many.findings(audit.called, EXAMPLES)
                file.writelines(many.lines(language))
        elif not lacks:
            for finding in many.findings(audit.called) if many else audit.findings(check):
                summed.add(1, finding.row_count, finding.days, finding.minor, finding.currency)
                if is_withheld:
                    summed.see(finding)
                    continue
                if len(first) < EXAMPLES:
                    first.append(finding)
                if check.shape is Shape.BILLS:
                    billed.append(finding)
                else:
                    lines.writerow(_line(finding, language))
        yield Answer(
            check=check,
            lacks=lacks,
            count=summed.count,
            rows=summed.rows,
            days=summed.days,
            money={currency: minor for currency, minor in summed.money.items() if minor},
            people={currency: len(who) for currency, who in summed.people.items()},
            first=tuple(first),
        )
    for finding in sorted(billed, key=lambda each: (each.currency, -(each.minor or 0), -(each.days or 0), each.rows)):
        lines.writerow(_line(finding, language))


def _of_people(check: Check) -> frozenset[Shape]:
    return OF_PEOPLE & {check.shape, *check.also}


def _told(answers: Sequence[Answer], published: Sequence[Figures]) -> tuple[Answer, ...]:
    """The answers, without rows, days and money where these are of few people, would give those of few away with what
    is wrong in sum with a bill, or were told before of other data. What rules come to is told by rule."""
    untold = {RULES} | {each.check.id for each in answers if each.people and min(each.people.values()) < FEWEST}
    untold |= {e.check.id for e in answers if any(shape in each for each in published for shape in _of_people(e.check))}
    bills = [each for each in answers if each.check.shape is Shape.BILLS]
    for currency in {currency for each in bills for currency in each.people}:
        people = {each.check.id: each.people[currency] for each in bills if currency in each.people}
        untold |= {id for id, cell in protect(people, sorted(people)).items() if isinstance(cell, Hidden)}
    return tuple(
        replace(each, rows=None, days=None, money={}) if each.people and each.check.id in untold else each
        for each in answers
    )


def _withheld(answer: Answer, language: str) -> list[Any]:
    told = said("audit.withheld", language, count=answer.count)
    sizes = [answer.rows, answer.rows, answer.days]
    return [answer.check.id, answer.check.severity.value, "", "", "", told, "", *sizes, "", ""]


def _line(finding: Finding, language: str) -> list[Any]:
    check, severity, subject, told, _, from_on, until_on, rows, count, *much, currency = finding
    counted = (count, max(count - len(rows), 0), *much)
    names = _names(check, language)
    sentence = _sentence(check, tuple(each for each in told if each[0] in names), language)
    subject = csv_cell(visible(subject))
    return [check, severity.value, subject, from_on, until_on, sentence, " ".join(rows), *counted, csv_cell(currency)]


@cache
def _names(check: str, language: str) -> frozenset[str]:
    """What the sentence of a check names: by that alone it is remembered."""
    return frozenset(re.findall(r"{(\w+)", word(f"audit.found_{check}", language)))


@lru_cache(maxsize=1 << 17)
def _sentence(check: str, told: tuple[tuple[str, Any], ...], language: str) -> str:
    return csv_cell(visible(say(message(check, told), language)))


def _provenance(audit: Audit, paths: Sequence[Path], at: datetime) -> dict[str, Any]:
    """Which files were read, exactly; the layout of each in full, so that it can be read so again."""
    told = []
    for source in audit.sources:
        not_read = {each.column: each.examples for each in source.not_read}
        layout = {"name": source.layout.name, "shape": source.layout.shape, "columns": dict(source.layout.columns)}
        left = [each for each in source.read.header if each not in source.layout.wanted]
        told.append({**_origin(source, paths), "layout": layout, "not_read": not_read, "unused_columns": left})
    unused = [{**_origin(each, paths), "columns": each.read.header, "rows": each.read.rows} for each in audit.unused]
    agreed = [{"agreement": each.id, "terms_sha256": each.digest} for each in audit.agreed.versions]
    return {"at": at.isoformat(), "sources": told, "unused": unused, "agreed": agreed}


def _origin(table: Source | Unused, paths: Sequence[Path]) -> dict[str, Any]:
    sheet = {"sheet": table.read.title} if table.read.sheet else {}
    name = paths[table.read.input - 1].name
    return {"number": table.number, "file": name, **sheet, "sha256": table.read.sha256}


def _json(value: Any, depth: int = 0) -> str:
    """As JSON, where each row stands on a line of its own: there may be a million."""
    if depth == 3 or not value or not isinstance(value, dict | list):
        return _AS_JSON(value)
    begin = f"\n{' ' * (depth + 1)}"
    if isinstance(value, list):
        return f"[{begin}{f',{begin}'.join(_json(each, 3) for each in value)}\n{' ' * depth}]"
    inner = (f"{_AS_JSON(name)}: {_json(each, depth + 1)}" for name, each in value.items())
    return f"{{{begin}{f',{begin}'.join(inner)}\n{' ' * depth}}}" + ("" if depth else "\n")
