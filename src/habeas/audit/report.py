"""The report of an audit: one file with everything in it, in both languages, to be read without a network and printed.

It says what was read and set aside, what is wrong, how sure that is and how large, and how to do it again. It has no
path, no name of a file, of a person or of a machine, and no hash: a reader learns nothing of who ran it on what.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from habeas.audit.found import Finding, Severity
from habeas.audit.typed import Source
from habeas.core.messages import Parameter
from habeas.speech import LANGUAGES, plain, said, say

if TYPE_CHECKING:
    from habeas.audit.output import Answer

WIDTH, HEIGHT, LEFT, FOOT = 720, 260, 60, 24
NAMES = {"en": "English", "es": "Español"}
_STYLE = (files("habeas.audit") / "report.css").read_text("utf-8")


def report(sources: Sequence[Source], answers: "Sequence[Answer]", figures: Mapping[str, Any], at: datetime) -> str:
    """The whole file."""
    chosen = LANGUAGES[0]
    boxes = "".join(
        f'<input class="language" type="radio" name="language" id="{each}"{" checked" if each == chosen else ""}>'
        f'<label for="{each}" lang="{each}">{NAMES[each]}</label>'
        for each in LANGUAGES
    )
    parts = "".join(
        f'<main lang="{each}">{"".join(_Language(each).sections(sources, answers, figures, at))}</main>'
        for each in LANGUAGES
    )
    title = escape(" / ".join(said("audit.report_title", each) for each in LANGUAGES))
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!DOCTYPE html><html lang="{chosen}"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><style>{_STYLE}</style></head>'
        f"<body>{boxes}{parts}</body></html>\n"
    )


class _Language:
    """The report in one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def sections(
        self, sources: Sequence[Source], answers: "Sequence[Answer]", figures: Mapping[str, Any], at: datetime
    ) -> Iterator[str]:
        found = [each for each in answers if each.count]
        lines = sum(each.count for each in found)
        yield f"<h1>{self.say('report_title')}</h1>"
        yield f'<p class="quiet">{self.say("report_made", at=at)}</p>'
        rows = sum(each.read.rows for each in sources)
        yield f"<p>{self.say('report_summary', rows=rows, count=lines, kinds=len(found))}</p>"
        yield f"<h2>{self.say('report_read')}</h2>{self._read(sources)}"
        yield f"<h2>{self.say('report_found')}</h2>"
        yield self._overview(found) if found else f"<p>{self.say('report_nothing')}</p>"
        yield from map(self._kind, found)
        yield f"<h2>{self.say('report_figures')}</h2>"
        yield from self._figures(figures)
        yield f"<h2>{self.say('report_method')}</h2>"
        yield from self._method(sources, answers)

    def say(self, code: str, **parameters: Parameter) -> str:
        return escape(said(f"audit.{code}", self.language, **parameters))

    def _read(self, sources: Sequence[Source]) -> str:
        heads = ("report_number", "report_layout", "report_rows", "report_used", "report_aside", "report_unreadable")
        rows = [
            (each.number, each.layout.name, each.read.rows, each.used, each.set_aside, each.read.unreadable_count)
            for each in sources
        ]
        told = [self._not_read(each) for each in sources]
        return self._table(heads, rows, numbers_from=2) + "".join(told)

    def _not_read(self, source: Source) -> str:
        lines = [
            self.say("report_lines", number=source.number, line=line, reason=reason)
            for line, reason in source.read.unreadable[:5]
        ]
        if source.read.other_encoding:
            lines.append(self.say("report_encoding", number=source.number, count=source.read.other_encoding))
        if source.read.before:
            lines.append(self.say("report_before", number=source.number, count=source.read.before))
        lines += [
            self.say("report_values", number=source.number, column=each.column, count=each.count, values=each.examples)
            for each in source.not_read
        ]
        return f"<ul>{''.join(f'<li>{each}</li>' for each in lines)}</ul>" if lines else ""

    def _overview(self, found: "Sequence[Answer]") -> str:
        rows = [
            (said(f"audit.title_{each.check.id}", self.language), self._sure(each.check.severity), each.count)
            for each in found
        ]
        return self._table(("report_what", "report_sure", "report_count"), rows, numbers_from=2)

    def _sure(self, severity: Severity) -> str:
        return said(f"audit.severity_{severity}", self.language)

    def _kind(self, answer: "Answer") -> str:
        check = answer.check
        shown = "".join(f"<li>{self._finding(each)}</li>" for each in answer.first)
        more = answer.count - len(answer.first)
        return (
            f"<h3>{self.say(f'title_{check.id}')}</h3>"
            f'<p><span class="sure {check.severity}">{escape(self._sure(check.severity))}</span> '
            f'<span class="quiet">{escape(check.id)}</span></p><ul>{shown}</ul>'
            + (f'<p class="quiet">{self.say("report_more", count=more)}</p>' if more else "")
        )

    def _finding(self, finding: Finding) -> str:
        rows = ", ".join(finding.rows)
        of = self.say("report_rows_of", rows=rows, count=finding.row_count) if rows else ""
        subject = f"<strong>{escape(finding.subject)}</strong>: " if finding.subject else ""
        return f'{subject}{escape(say(finding.message, self.language))} <span class="quiet">{of}</span>'

    def _figures(self, figures: Mapping[str, Any]) -> Iterator[str]:
        for shape, told in figures.items():
            rows = [
                (said(f"audit.figure_{name}", self.language), value)
                for name, value in told.items()
                if name != "by_table"
            ]
            yield self._table(("report_figure", "report_value"), rows, numbers_from=1, caption=f"shape_{shape}")
            if tables := told.get("by_table"):
                yield self._chart(tables)
                heads = ("report_published", "report_of_day", "report_kind", "report_rows", "report_people")
                yield self._table(heads, [*map(self._of_table, tables)], numbers_from=3, caption="report_tables")

    def _of_table(self, told: Mapping[str, Any]) -> Sequence[Any]:
        kind = said(f"audit.kind_{told['kind']}", self.language)
        return told["published"], told["of_day"], kind, told["rows"], told["people"]

    def _chart(self, tables: Sequence[Mapping[str, Any]]) -> str:
        """Everybody together, table by table in the order of publication; what is no sound table is drawn hollow."""
        most = max(each["people"] or 0 for each in tables) or 1
        step = (WIDTH - LEFT - 6) / max(1, len(tables))
        title = self.say("report_chart")
        drawn = [*(self._tick(value, most) for value in (0, most / 2, most))]
        for at, each in enumerate(tables):
            place = f'cx="{LEFT + (at + 0.5) * step:.1f}" cy="{self._y(each["people"] or 0, most):.1f}" r="3"'
            full = ' class="full"' if each["kind"] in {"sound", "again"} else ""
            title_of = f"<title>{each['published']}: {self._text(each['people'])}</title>"
            drawn.append(f"<circle {place}{full}>{title_of}</circle>")
        for x, anchor, at in ((LEFT, "start", 0), (WIDTH, "end", -1)):
            drawn.append(f'<text x="{x}" y="{HEIGHT - 4}" text-anchor="{anchor}">{tables[at]["published"]}</text>')
        box = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        image = f'<svg {box} role="img" aria-label="{title}">{"".join(drawn)}</svg>'
        return f"<figure>{image}<figcaption>{title}</figcaption></figure>"

    def _tick(self, value: float, most: float) -> str:
        y = self._y(value, most)
        line = f'<line x1="{LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
        return f'{line}<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{self._text(round(value))}</text>'

    @staticmethod
    def _y(value: float, most: float) -> float:
        return HEIGHT - FOOT - (HEIGHT - FOOT - 10) * value / most

    def _method(self, sources: Sequence[Source], answers: "Sequence[Answer]") -> Iterator[str]:
        for each in Severity:
            yield f"<p><strong>{escape(self._sure(each))}</strong>: {self.say(f'severity_means_{each}')}</p>"
        yield f"<p>{self.say('report_choices')}</p>"
        yield f"<p>{self.say('report_again', layouts=tuple(dict.fromkeys(e.layout.name for e in sources)))}</p>"
        clean = [each for each in answers if not each.count and not each.lacks]
        yield f"<p>{self.say('report_clean')} {self._titles(clean)}</p>"
        lacking = [each for each in answers if each.lacks]
        lines = "".join(
            f"<li>{self.say(f'title_{e.check.id}')}: {self.say('report_lacks', columns=e.lacks)}</li>" for e in lacking
        )
        yield f"<p>{self.say('report_not_asked')}</p><ul>{lines}</ul>" if lacking else ""

    def _titles(self, answers: "Sequence[Answer]") -> str:
        titles = "; ".join(said(f"audit.title_{each.check.id}", self.language) for each in answers)
        return escape(titles) or self.say("report_none")

    def _table(
        self, heads: Sequence[str], rows: Sequence[Sequence[Any]], *, numbers_from: int, caption: str = ""
    ) -> str:
        def cell(tag: str, at: int, text: str) -> str:
            number = ' class="n"' if at >= numbers_from else ""
            return f"<{tag}{number}>{text}</{tag}>"

        head = "".join(cell("th", at, self.say(each)) for at, each in enumerate(heads))
        body = "".join(
            f"<tr>{''.join(cell('td', at, escape(self._text(value))) for at, value in enumerate(row))}</tr>"
            for row in rows
        )
        named = f"<caption>{self.say(caption)}</caption>" if caption else ""
        return f'<div class="wide"><table>{named}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'

    def _text(self, value: Any) -> str:
        if value is None:
            return self.say("report_unknown")
        if isinstance(value, int | float) and not isinstance(value, bool):
            whole = f"{value:,.2f}".rstrip("0").rstrip(".")
            return whole if self.language == "en" else whole.replace(",", "\N{NO-BREAK SPACE}").replace(".", ",")
        return plain(value, self.language)
