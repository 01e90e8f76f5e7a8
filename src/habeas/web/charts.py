"""Charts as our own SVG, drawn on the server: steps over days, and bars. No script, no style of their own.

The classes are in the one style sheet, so a chart follows it on paper too. Each has a title and a description for those
who hear it; the page puts its table beside it. Positions are written to a tenth, so that a chart can be read back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT = 480, 240
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 14, 30
BAR, ROW = 16, 46
TICKS_MOST = 5

Number = int | Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a chart says beside its figures. `name` tells the charts of one page apart."""

    name: str
    title: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A line across a chart to compare with, and its words."""

    label: str
    value: Number


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where days and values lie on the drawing."""

    first: date
    days: int
    top: Decimal

    def x(self, day: int) -> str:
        return _tenth(LEFT + (WIDTH - LEFT - RIGHT) * Decimal(day) / self.days)

    def y(self, value: Number) -> str:
        return _tenth(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * Decimal(value) / self.top)


def steps(
    points: Sequence[tuple[date, Number | None]], words: Words, levels: Sequence[Level], ends: tuple[str, str]
) -> SafeString:
    """A value for each day, no day left out, as steps; where there is none, the line breaks. `ends` are the words for
    the first and the last day."""
    values = [value for _, value in points if value is not None]
    ticks = _ticks(max([*values, *(each.value for each in levels), 1]))
    frame = _Frame(points[0][0], len(points), ticks[-1])
    parts = [
        _grid(frame, ticks),
        format_html_join("", '<path class="level" d="M{},{} H{}"/>', _across(frame, levels)),
        format_html_join("", '<text class="of-level" x="{}" y="{}">{}</text>', _level_words(frame, levels)),
        format_html('<path class="line" d="{}"/>', _path(frame, [value for _, value in points])),
        format_html('<text x="{}" y="{}">{}</text>', LEFT, HEIGHT - 8, ends[0]),
        format_html('<text x="{}" y="{}" text-anchor="end">{}</text>', WIDTH - RIGHT, HEIGHT - 8, ends[1]),
    ]
    return _drawn(words, HEIGHT, parts)


def bars(rows: Sequence[tuple[str, Number, str]], words: Words) -> SafeString:
    """One bar a row, below its label: (label, value, the value in words)."""
    most = max([*(value for _, value, _ in rows), 1])
    widest = WIDTH - 70
    parts = [
        format_html(
            '<text x="0" y="{}">{}</text><rect class="bar" x="0" y="{}" width="{}" height="{}"/>'
            '<text x="{}" y="{}">{}</text>',
            at * ROW + 14,
            label,
            at * ROW + 20,
            _tenth(widest * Decimal(value) / most),
            BAR,
            _tenth(widest * Decimal(value) / most + 6),
            at * ROW + 33,
            said,
        )
        for at, (label, value, said) in enumerate(rows)
    ]
    return _drawn(words, len(rows) * ROW, parts)


def _drawn(words: Words, height: int, parts: Iterable[SafeString]) -> SafeString:
    return format_html(
        '<svg class="chart" viewBox="0 0 {0} {1}" role="img" aria-labelledby="{2}-title {2}-desc" '
        'xmlns="http://www.w3.org/2000/svg"><title id="{2}-title">{3}</title><desc id="{2}-desc">{4}</desc>{5}</svg>',
        WIDTH,
        height,
        words.name,
        words.title,
        words.description,
        format_html_join("", "{}", ((each,) for each in parts)),
    )


def _path(frame: _Frame, values: Sequence[Number | None]) -> str:
    """The steps: across for as long as the value stays, up or down where it changes."""
    commands: list[str] = []
    before: Number | None = None
    for day, value in enumerate(values):
        if value != before:
            if before is not None:
                commands.append(f"H{frame.x(day)}")
            if value is not None:
                commands.append(f"V{frame.y(value)}" if before is not None else f"M{frame.x(day)},{frame.y(value)}")
        before = value
    return " ".join([*commands, f"H{frame.x(len(values))}"] if before is not None else commands)


def _grid(frame: _Frame, ticks: Sequence[Decimal]) -> SafeString:
    rows = ((LEFT, frame.y(each), WIDTH - RIGHT, LEFT - 6, f"{each.normalize():f}") for each in ticks)
    return format_html_join(
        "", '<path class="grid" d="M{0},{1} H{2}"/><text x="{3}" y="{1}" dy="5" text-anchor="end">{4}</text>', rows
    )


def _across(frame: _Frame, levels: Sequence[Level]) -> list[tuple[object, ...]]:
    return [(LEFT, frame.y(each.value), WIDTH - RIGHT) for each in levels]


def _level_words(frame: _Frame, levels: Sequence[Level]) -> list[tuple[object, ...]]:
    return [(LEFT + 4, _tenth(Decimal(frame.y(each.value)) - 4), each.label) for each in levels]


def _ticks(most: Number) -> list[Decimal]:
    """Round values from 0 to at least `most`, at most six of them."""
    step = Decimal(1)
    for factor in (Decimal(2), Decimal("2.5"), Decimal(2)) * 12:
        if step * TICKS_MOST >= most:
            break
        step *= factor
    count = int((Decimal(most) / step).to_integral_value(ROUND_CEILING))
    return [step * each for each in range(count + 1)]


def _tenth(value: Decimal) -> str:
    return f"{value:.1f}"
