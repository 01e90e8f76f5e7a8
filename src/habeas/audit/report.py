"""The report of an audit: one file with everything in it, in both languages, to be read without a network and printed.

It says what was read and set aside, what is wrong, how sure that is and how large, and how to do it again. It has no
path, no name of a file, of a person or of a machine, and no hash: a reader learns nothing of who ran it on what.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from html import escape, unescape
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from habeas.audit import series
from habeas.audit.again import command, ended, map_of, set_aside, unreadable
from habeas.audit.charts import Dot, Line, bars, dots, lines
from habeas.audit.choices import AGREED, DEFAULT, OPTIONS, Choices, option
from habeas.audit.choices import told as choices_told
from habeas.audit.found import Finding, Severity
from habeas.audit.glossary import NAMED, field, meanings, named
from habeas.audit.layouts import presets
from habeas.audit.public import OF_PEOPLE, masked
from habeas.audit.stays import PARTS
from habeas.audit.typed import Source, Unused
from habeas.core.figures import Hidden
from habeas.core.ledger.money import Money
from habeas.core.messages import Parameter
from habeas.speech import LANGUAGES, plain, said, say, word

if TYPE_CHECKING:
    from habeas.audit.output import Answer

BARS, LINES, ROWS, WIDEST, UNREADABLE = 10, 5, 5, 8, 5
PRICED = ("by_currency", "by_cause", "by_convention", "by_rule")
"""Tables of figures in which there is money."""
NAMES = {"en": "English", "es": "Español"}
_STYLE = (files("habeas.audit") / "report.css").read_text("utf-8")


def report(
    sources: Sequence[Source],
    answers: "Sequence[Answer]",
    figures: Mapping[str, Any],
    at: datetime,
    *,
    is_public: bool = False,
    unused: Sequence[Unused] = (),
    options: str = "",
    choices: Choices = DEFAULT,
) -> str:
    """The whole file; `is_public` says what of it was withheld, which has been done before, `options` are those of the
    command that asked for it, `choices` how stretches were counted."""
    chosen = LANGUAGES[0]
    boxes = "".join(
        f'<input class="language" type="radio" name="language" id="{each}"{" checked" if each == chosen else ""}>'
        for each in LANGUAGES
    )
    labels = "".join(f'<label for="{each}" lang="{each}">{NAMES[each]}</label>' for each in LANGUAGES)
    parts = "".join(
        f'<main lang="{each.language}">{"".join(each.sections(sources, answers, figures, at))}</main>'
        for each in (_Language(name, is_public, unused, options, choices) for name in LANGUAGES)
    )
    title = escape(" / ".join(said("audit.report_title", each) for each in LANGUAGES))
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!DOCTYPE html><html lang="{chosen}"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><style>{_STYLE}</style></head>'
        f'<body>{boxes}<div class="bar"><div><strong>Habeas</strong>{labels}</div></div>{parts}</body></html>\n'
    )


class _Language:
    """The report in one language."""

    def __init__(
        self, language: str, is_public: bool, unused: Sequence[Unused], options: str, choices: Choices
    ) -> None:
        self.language, self.is_public, self.unused, self.options = language, is_public, unused, options
        self.choices = choices

    def sections(
        self, sources: Sequence[Source], answers: "Sequence[Answer]", figures: Mapping[str, Any], at: datetime
    ) -> Iterator[str]:
        found = [each for each in answers if each.count]
        short = "".join(self._short(sources, found))
        parts = {
            "read": self._read(sources),
            "found": "".join(map(self._kind, found)) or f"<p>{self.say('report_nothing')}</p>",
            "figures": "".join(self._figures(figures)),
            "method": "".join(self._method(sources, answers)),
            "again": "".join(self._again(sources, sum(each.count for each in found))),
            "tables": "".join(self._tables(figures)),
        }
        parts["method"] += self._terms(unescape(re.sub("<[^>]*>", " ", "".join((short, *parts.values())))))
        parts = {name: text for name, text in parts.items() if text}
        yield f"<h1>{self.say('report_title')}</h1>"
        yield f'<p class="quiet">{self.say("report_made", at=at)}</p>{short}'
        links = (f'<li><a href="#{self.language}-{name}">{self.say(f"report_{name}")}</a></li>' for name in parts)
        yield f'<ul class="contents">{"".join(links)}</ul>'
        for name, text in parts.items():
            yield f'<h2 id="{self.language}-{name}">{self.say(f"report_{name}")}</h2>{text}'

    def say(self, code: str, **parameters: Parameter) -> str:
        if isinstance(count := parameters.get("count"), int):
            parameters["count"] = self._text(count)
        return escape(said(f"audit.{code}", self.language, **parameters))

    def _short(self, sources: Sequence[Source], found: "Sequence[Answer]") -> Iterator[str]:
        """What a reader needs who reads no further."""
        left = sum(each.read.rows for each in self.unused)
        rows = {
            "rows": left + sum(each.read.rows + each.read.unreadable_count for each in sources),
            "used": sum(each.used for each in sources),
            "aside": left + sum(each.set_aside for each in sources),
            "unreadable": sum(each.read.unreadable_count for each in sources),
        }
        counts: dict[str, Parameter] = {name: self._text(value) for name, value in rows.items()}
        tables = len(sources) + len(self.unused)
        yield f'<p class="lede">{self.say("report_short_read", files=tables, **counts)}</p>'
        total = sum(each.count for each in found)
        yield f'<p class="lede">{self.say("report_short_found", count=self._text(total), kinds=len(found))}</p>'
        if not found:
            return
        sized_most = max((each for each in found if each.days), key=lambda each: each.days or 0, default=found[0])
        for each in sized_most.first[:1]:
            subject, sentence = self._subject(each), say(each.message, self.language)
            yield f'<p class="lede">{self.say("report_short_first", subject=subject, sentence=sentence)}</p>'
        sized = {
            "report_days": any(each.days is not None for each in found),
            "report_money": any(each.money for each in found),
        }
        heads = ("report_what", "report_sure", "report_count", "report_rows", *(name for name in sized if sized[name]))
        body = [self._overview(each, heads) for each in found]
        yield self._table(heads, body, numbers_from=2, caption="report_overview")
        yield self._severities({each.check.severity for each in found})
        yield f"<p>{self.say('report_about_nobody')}</p>"

    def _overview(self, answer: "Answer", heads: Sequence[str]) -> Sequence[Any]:
        cells = {
            "report_what": said(f"audit.title_{answer.check.id}", self.language),
            "report_sure": answer.check.severity,
            "report_count": answer.count,
            "report_rows": "" if answer.rows is None else answer.rows,
            "report_days": "" if answer.days is None else answer.days,
            "report_money": self._money(answer.money),
        }
        return [cells[each] for each in heads]

    def _money(self, money: Mapping[str, int]) -> str:
        return ", ".join(
            f"{self._text(Money(minor=minor, currency=currency).amount)} {currency}"
            for currency, minor in money.items()
        )

    def _severities(self, there: "set[Severity]") -> str:
        told = "".join(
            f"<dt>{self._badge(each)}</dt><dd>{self.say(f'severity_means_{each}')}</dd>"
            for each in Severity
            if each in there
        )
        return f"<dl>{told}</dl>"

    # --- what was read -------------------------------------------------------------------------------------

    def _read(self, sources: Sequence[Source]) -> str:
        heads = ("report_number", "report_layout", "report_rows", "report_used", "report_aside", "report_unreadable")
        none = said("audit.report_unused", self.language)
        rows: list[Any] = [(str(e.number), none, e.read.rows, 0, e.read.rows, 0) for e in self.unused]
        shapes = {each.layout.shape: [e for e in sources if e.layout.shape is each.layout.shape] for each in sources}
        for shape, every in shapes.items():
            is_in_sum = self.is_public and shape in OF_PEOPLE  # a file may be of one place
            for of in [every] if is_in_sum else [[each] for each in every]:
                counts = ((each.read.rows, each.used, each.set_aside, each.read.unreadable_count) for each in of)
                layouts = ", ".join(dict.fromkeys(map(self._layout, of)))
                rows.append((_numbers(of), layouts, *map(sum, zip(*counts, strict=True))))
        rows.sort(key=lambda each: int(each[0].partition(",")[0]))
        told = "".join(map(self._not_read, sources))
        meant = "".join(f"<p>{self.say(f'row_of_{shape}', numbers=_numbers(of))}</p>" for shape, of in shapes.items())
        return f"{meant}<p>{self.say('report_accounted')}</p>{self._table(heads, rows, numbers_from=2)}{told}"

    def _layout(self, source: Source) -> str:
        """The name of a preset; a file that somebody wrote has none here."""
        name = source.layout.name
        own = "report_guessed" if source.layout.guessed else "report_own_map"
        return name if name in presets() else said(f"audit.{own}", self.language)

    def _not_read(self, source: Source) -> str:
        is_of_people = source.layout.shape in OF_PEOPLE
        lines = [*map(escape, unreadable(source, UNREADABLE, self.language))]
        if source.read.other_encoding:
            lines.append(self.say("report_encoding", number=source.number, count=source.read.other_encoding))
        if source.read.before:
            lines.append(self.say("report_before", number=source.number, count=source.read.before))
        lines += [
            self.say("report_values", number=source.number, column=each.column, count=each.count, values=values)
            for each in source.not_read
            for values in [tuple(masked(e, self.is_public) for e in each.examples) if is_of_people else each.examples]
        ]
        lines += map(escape, set_aside(source, self.language))
        told = (*(() if is_of_people and self.is_public else source.layout.guessed), *source.said)
        lines += [escape(f"{source.number}: {say(each, self.language)}") for each in told]
        return f"<ul>{''.join(f'<li>{each}</li>' for each in lines)}</ul>" if lines else ""

    # --- what was found ------------------------------------------------------------------------------------

    def _badge(self, severity: Severity) -> str:
        return f'<span class="sure {severity}">{self.say(f"severity_{severity}")}</span>'

    def _kind(self, answer: "Answer") -> str:
        check = answer.check
        meaning = (
            self.say(f"check_{check.id}") if word(f"audit.check_{check.id}", self.language)[:6] != "audit." else ""
        )
        more, rest = answer.count - len(answer.first), "report_more" if answer.first else "withheld"
        return (
            f"<h3>{self.say(f'title_{check.id}')}</h3>"
            f'<p>{self._badge(check.severity)} <span class="size">{self._size(answer)}</span> '
            f'<span class="quiet">{escape(check.id)}</span></p>'
            + (f"<p>{meaning}</p>" if meaning else "")
            + self._largest(answer)
            + f"<ul>{''.join(f'<li>{self._finding(each)}</li>' for each in answer.first)}</ul>"
            + (f'<p class="quiet">{self.say(rest, count=self._text(more))}</p>' if more else "")
        )

    def _size(self, answer: "Answer") -> str:
        rows = self._text(said("figure.hidden.not_shown", self.language) if answer.rows is None else answer.rows)
        parts = [self.say("report_size", count=self._text(answer.count), rows=rows)]
        if answer.days is not None:
            parts.append(self.say("report_size_days", days=self._text(answer.days)))
        if answer.money:
            parts.append(escape(self._money(answer.money)))
        return " · ".join(parts)

    def _largest(self, answer: "Answer") -> str:
        """Bars of what hangs on the first findings, where they stand by size."""
        days = [float(each.days) for each in answer.first if each.days is not None]
        if len(days) < 3 or len(days) < len(answer.first) or days != sorted(days, reverse=True):
            return ""
        title = self.say("report_largest")
        values = [(self._subject(each), size) for each, size in zip(answer.first, days, strict=True)]
        return _figure(bars(values, title, self._text), title)

    def _finding(self, finding: Finding) -> str:
        rows = ", ".join(finding.rows[:ROWS]) + (", …" if len(finding.rows) > ROWS else "")
        code = "report_row_of" if finding.row_count == 1 else "report_rows_of"
        of = self.say(code, rows=rows, count=self._text(finding.row_count)) if rows else ""
        subject = f"<strong>{escape(self._subject(finding))}</strong>: " if finding.subject else ""
        return f'{subject}{escape(say(finding.message, self.language))} <span class="quiet">{of}</span>'

    def _subject(self, finding: Finding) -> str:
        return self._day(finding.subject)

    def _day(self, text: str) -> str:
        """A day as a reader writes it; any other text as it is."""
        try:
            return plain(date.fromisoformat(text), self.language)
        except ValueError:
            return text

    # --- figures -------------------------------------------------------------------------------------------

    def _figures(self, figures: Mapping[str, Any]) -> Iterator[str]:
        for shape, told in figures.items():
            rows = [
                (
                    said(f"audit.figure_{name}", self.language),
                    self._priced(name, told) if isinstance(value, str) else value,
                )
                for name, value in told.items()
                if not isinstance(value, list | dict)
            ]
            yield self._table(("report_figure", "report_value"), rows, numbers_from=1, caption=f"shape_{shape}")
            for name in PRICED:
                if of := told.get(name):
                    yield from self._many_columns(f"report_{name}", of)
            if tables := told.get("by_table"):
                yield self._chart(tables)
            yield from self._heads(told)
            if largest := [row for row in told.get("by_facility", ()) if isinstance(row["stints"], int)][:BARS]:
                title = self.say("report_largest_facilities")
                values = [(row["facility"], row["stints"]) for row in largest]
                yield _figure(bars(values, title, self._text), title)

    def _many_columns(self, caption: str, of: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        """A table with its words before its numbers; one that no paper is wide enough for stands on its side."""
        texts = {name for row in of for name, value in row.items() if isinstance(value, str)}
        names = sorted({name: None for row in of for name in row}, key=lambda name: name not in texts)
        cells = [[self._priced(each, row) for each in names] for row in of]
        if len(names) <= WIDEST:
            yield self._table([f"column_{e}" for e in names], cells, numbers_from=len(texts), caption=caption)
            return
        told = [word(f"audit.column_{each}", self.language) for each in names]
        for at in range(0, len(of), 4):
            first, *rows = zip(told, *cells[at : at + 4], strict=True)
            yield self._table(first, rows, numbers_from=1, caption=caption)

    def _heads(self, told: Mapping[str, Any]) -> Iterator[str]:
        """How long stays are, and how many people were held, by definition."""
        if stays := told.get("stays"):
            lengths = [
                (said(f"audit.length_{each}", self.language), *map(self._cell, stays[each].values())) for each in PARTS
            ]
            heads = ("report_length", "report_ended", "report_least", "report_most")
            yield self._table(heads, lengths, numbers_from=1, caption="report_stays")
        if counted := told.get("head_counts_in_sum"):
            ends = ("", "_means")
            rows = [[said(f"audit.definition_{each}{end}", self.language) for end in ends] for each in counted]
            yield self._table(("report_definition", "report_means"), rows, numbers_from=2, caption="report_definitions")
        for caption, steps in self._counted(told):
            yield self._lines(caption, series.lines(steps, bands=1 if caption == "report_in_sum" else LINES)[1])

    def _heads_in_full(self, told: Mapping[str, Any]) -> Iterator[str]:
        """The numbers that are drawn, and who came and left."""
        for caption, steps in self._counted(told):
            periods, drawn = series.lines(steps)
            rows = [[_period(name), *(self._bounds(e.points[at]) for e in drawn)] for at, name in enumerate(periods)]
            heads = ("report_period", *(each.name for each in drawn))
            yield self._table(heads, rows, numbers_from=1, caption=caption, is_long=True) if rows else ""
        months: dict[str, list[int]] = {}
        for each in sorted(told.get("flows", ()), key=lambda each: str(each["month"])):
            came, gone = months.get(each["month"], (0, 0))
            months[each["month"]] = [came + each["booked_in"], gone + each["booked_out"]]
        if months:
            heads = ("report_period", "report_came", "report_gone")
            yield self._table(
                heads,
                [(_period(month), *each) for month, each in months.items()],
                numbers_from=1,
                caption="report_flows",
                is_long=True,
            )

    def _counted(self, told: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Head counts that are drawn, each with its caption: everybody, and the largest facilities."""
        in_sum = told.get("head_counts_in_sum", {})
        yield "report_in_sum", {said(f"audit.definition_{name}", self.language): each for name, each in in_sum.items()}
        for name, by_facility in [*told.get("head_counts", {}).items()][:1]:
            most = sorted(by_facility, key=lambda each: -max(step[2] for step in by_facility[each]))[:LINES]
            if len(by_facility) > 1:
                yield f"report_by_{name}", {each: by_facility[each] for each in most}

    def _lines(self, caption: str, drawn: Sequence[Line]) -> str:
        if not any(len(each.points) > 1 for each in drawn):
            return ""
        title = self.say(caption)
        return _figure(lines(drawn, title, self._text), title)

    def _bounds(self, point: tuple[date, float, float]) -> str:
        least, most = (self._text(round(each, 1)) for each in point[1:])
        return most if least == most else f"{least} \N{EN DASH} {most}"

    def _tables(self, figures: Mapping[str, Any]) -> Iterator[str]:
        heads = ("report_published", "report_of_day", "report_kind", "report_rows", "report_people")
        for told in figures.values():
            if tables := told.get("by_table"):
                rows = [*map(self._of_table, tables)]
                yield self._table(heads, rows, numbers_from=3, caption="report_published_tables", is_long=True)
            yield from self._heads_in_full(told)
            if facilities := told.get("by_facility"):
                names = [*facilities[0]]
                rows = [[self._cell(row[name]) for name in names] for row in facilities]
                columns = [f"column_{name}" for name in names]
                yield self._table(columns, rows, numbers_from=1, caption="report_by_facility", is_long=True)

    def _cell(self, value: Any) -> Any:
        """A number, or in words why it is not told."""
        if value == Hidden.FEW:
            return said("audit.of_few", self.language)
        return said(f"figure.hidden.{value}", self.language) if value in {*Hidden} else value

    def _priced(self, name: str, row: Mapping[str, Any]) -> Any:
        """A cell of a table about money: an amount in the currency of its row, a word, a day or a number."""
        value = row.get(name, "")
        if name in NAMED:
            return named(name, value, self.language)
        if name.endswith("minor") and isinstance(value, int):
            return Money(minor=value, currency=row["currency"]).amount
        return self._cell(self._day(value) if isinstance(value, str) else value)

    def _of_table(self, told: Mapping[str, Any]) -> Sequence[Any]:
        kind = said(f"audit.kind_{told['kind']}", self.language)
        days = (date.fromisoformat(told[each]) if told[each] else None for each in ("published", "of_day"))
        return *days, kind, told["rows"], told["people"]

    def _chart(self, tables: Sequence[Mapping[str, Any]]) -> str:
        """Everybody together, table by table; what is no sound table is drawn hollow."""
        values = [
            Dot(
                on=date.fromisoformat(each["published"]),
                value=each["people"],
                is_sound=each["kind"] in {"sound", "again"},
                words=f"{each['published']}: {self._text(each['people'])}",
            )
            for each in tables
            if each["people"] is not None and each["published"]
        ]
        title = self.say("report_chart")
        return _figure(dots(values, title, self._text), title) if values else ""

    # --- method --------------------------------------------------------------------------------------------

    def _method(self, sources: Sequence[Source], answers: "Sequence[Answer]") -> Iterator[str]:
        shapes = [*dict.fromkeys(each.layout.shape for each in sources)]
        told = [*choices_told(shapes), *(AGREED if "--agreement" in self.options else ())]
        heads = ("report_choice", "report_changes", "report_option")
        yield self._table(heads, [*map(self._choice, told)], numbers_from=3, caption="report_choices")
        yield f"<p>{self.say('report_public')}</p>" if self.is_public else ""
        yield self._listed("report_clean", [each for each in answers if not each.count and not each.lacks])
        yield self._listed("report_not_asked", [each for each in answers if each.lacks])

    def _terms(self, text: str) -> str:
        told = "".join(f"<dt>{escape(each)}</dt><dd>{escape(of)}</dd>" for each, of in meanings(text, self.language))
        return f"<p><strong>{self.say('report_terms')}</strong></p><dl>{told}</dl>"

    def _choice(self, name: str) -> Sequence[str]:
        """How it was made, what hangs on it, and the option that makes it."""
        value = self.choices.named.get(name, "")
        made = f"_{value}" if value and value != OPTIONS[name][0] else ""
        told = (said(f"audit.choice_{name}{end}", self.language) for end in (made, "_changes"))
        return *told, f"{option(name)} {value}" if value else ""

    def _listed(self, caption: str, answers: "Sequence[Answer]") -> str:
        lines = [
            escape(": ".join((said(f"audit.title_{each.check.id}", self.language), *told)))
            for each in answers
            for told in [[", ".join(field(name, self.language) for name in each.lacks)] if each.lacks else []]
        ]
        listed = "".join(f"<li>{each}</li>" for each in lines) or f"<li>{self.say('report_none')}</li>"
        return f"<p><strong>{self.say(caption)}</strong></p><ul>{listed}</ul>"

    def _again(self, sources: Sequence[Source], findings: int) -> Iterator[str]:
        steps = ("report_again_files", "report_again_run", "report_again_compare")
        run = f"<pre>{escape(command(sources, self.unused, self.options, self.language))}</pre>"
        if own := map_of(sources):
            run += f"<p>{self.say('report_again_map')}</p><pre>{escape(own)}</pre>"
        after = {"report_again_run": run}
        told = "".join(f"<li>{self.say(e, version=version('habeas'))}{after.get(e, '')}</li>" for e in steps)
        yield f"<ol>{told}</ol><p>{self.say('report_columns')}</p>"
        for source in sources:
            of = {name: ", ".join(names) for name, names in source.layout.columns.items()}
            of |= {"parts": ", ".join(source.layout.parts)} if source.layout.parts else {}
            rows = [(field(name, self.language), told) for name, told in {**of, **source.layout.constants}.items()]
            caption = said("audit.report_columns_of", self.language, number=source.number, shape=source.layout.shape)
            yield self._table(("report_column", "report_from"), rows, numbers_from=2, caption=caption)
        yield f"<p>{escape(ended(sources, self.unused, findings, self.language))}</p>"

    def _table(
        self,
        heads: Sequence[str],
        rows: Sequence[Sequence[Any]],
        *,
        numbers_from: int,
        caption: str = "",
        is_long: bool = False,
    ) -> str:
        def cell(tag: str, at: int, text: str) -> str:
            number = ' class="n"' if at >= numbers_from else ""
            return f"<{tag}{number}>{text}</{tag}>"

        def shown(value: Any) -> str:
            return self._badge(value) if isinstance(value, Severity) else escape(self._text(value))

        named = (escape(word(f"audit.{each}", self.language).removeprefix("audit.")) for each in heads)
        head = "".join(cell("th", at, each) for at, each in enumerate(named))
        body = "".join(f"<tr>{''.join(cell('td', at, shown(e)) for at, e in enumerate(row))}</tr>" for row in rows)
        text = escape(word(f"audit.{caption}", self.language).removeprefix("audit.")) if caption else ""
        called = f"<caption><span>{text}</span></caption>" if caption else ""
        kind = "wide many" if is_long else "wide"
        table = f"<table>{called}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f'<div class="{kind}" tabindex="0">{table}</div>'

    def _text(self, value: Any) -> str:
        if value is None:
            return self.say("report_unknown")
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            return plain(round(Decimal(str(value)), 2).normalize(), self.language)
        return plain(value, self.language)


def _numbers(sources: Sequence[Source]) -> str:
    return ", ".join(str(each.number) for each in sources)


def _period(name: str) -> str:
    """A month or day that no line breaks."""
    return name.replace("-", "\N{NON-BREAKING HYPHEN}")


def _figure(drawing: str, title: str) -> str:
    return f'<figure tabindex="0">{drawing}<figcaption>{title}</figcaption></figure>'
