"""Drawings for the report: plain SVG within the page, without script. What they show stands beside them in a table."""

from collections.abc import Callable, Sequence
from datetime import date
from html import escape
from typing import NamedTuple

WIDTH, HEIGHT, LEFT, RIGHT, FOOT, TOP = 760, 280, 64, 30, 30, 10
BAR, GAP, LABEL = 22, 8, 250


class Dot(NamedTuple):
    """One value of a day; `is_sound`: whether it may be used."""

    on: date
    value: float
    is_sound: bool
    words: str


class Line(NamedTuple):
    """Values over time, each with the bounds between which it lies; the lower ones are drawn with `has_band`."""

    name: str
    points: Sequence[tuple[date, float, float]]
    has_band: bool = True


Place = Callable[[float], float]


def dots(values: Sequence[Dot], title: str, number: Callable[[float], str]) -> str:
    """Values over time: sound ones full, the others hollow."""
    x, y, drawn = _axes([each.on for each in values], max(each.value for each in values), number)
    for each in sorted(values, key=lambda each: not each.is_sound):
        kind = "full" if each.is_sound else "hollow"
        place = f'cx="{x(each.on.toordinal()):.1f}" cy="{y(each.value):.1f}" r="{3 if each.is_sound else 4.5}"'
        drawn.append(f'<circle {place} class="{kind}"><title>{escape(each.words)}</title></circle>')
    return _svg(HEIGHT, title, drawn)


def lines(values: Sequence[Line], title: str, number: Callable[[float], str]) -> str:
    """A line for the upper bounds of each, over a band down to the lower ones, and which is which."""
    points = [each for line in values for each in line.points]
    x, y, drawn = _axes([on for on, _, _ in points], max(most for _, _, most in points), number)
    for at, line in enumerate(values):
        upper = [f"{x(on.toordinal()):.1f},{y(most):.1f}" for on, _, most in line.points]
        lower = [f"{x(on.toordinal()):.1f},{y(least):.1f}" for on, least, _ in line.points]
        if line.has_band and upper != lower:
            drawn.append(f'<polygon points="{" ".join((*upper, *reversed(lower)))}" class="band s{at}"/>')
        drawn.append(f'<polyline points="{" ".join(upper)}" class="line s{at}"/>')
    keys = (
        f'<li><svg viewBox="0 0 32 8"><polyline points="0,4 32,4" class="line s{at}"/></svg> {escape(line.name)}</li>'
        for at, line in enumerate(values)
    )
    return f'{_svg(HEIGHT, title, drawn)}<ul class="keys">{"".join(keys)}</ul>'


def _axes(days: Sequence[date], value: float, number: Callable[[float], str]) -> tuple[Place, Place, list[str]]:
    """Where a day (its ordinal) and a value stand, and the grid."""
    first, last, most = min(days), max(days), _round_up(value)
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - FOOT - TOP

    def x(on: float) -> float:
        return LEFT + wide * (on - first.toordinal()) / max(1, (last - first).days)

    def y(value: float) -> float:
        return TOP + high * (1 - value / most)

    drawn = [
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(at):.1f}" y2="{y(at):.1f}"/>'
        f'<text x="{LEFT - 8}" y="{y(at) + 4:.1f}" text-anchor="end">{number(at)}</text>'
        for at in (most * part / 4 for part in range(5))
    ]
    months = [date(year, month, 1) for year in range(first.year, last.year + 1) for month in range(1, 13)]
    marks = {each: f"{each:%Y-%m}" for each in months if first <= each <= last}
    if len(marks) > 18:
        marks = {each: str(each.year) for each in marks if each.month == 1}
    for each in [*marks][:: len(marks) // 12 + 1]:
        at = x(each.toordinal())
        drawn.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{TOP + high}" class="year"/>')
        drawn.append(f'<text x="{at:.1f}" y="{HEIGHT - 8}" text-anchor="middle">{marks[each]}</text>')
    return x, y, drawn


def bars(values: Sequence[tuple[str, float]], title: str, number: Callable[[float], str]) -> str:
    """One bar for each name."""
    most = max(value for _, value in values) or 1
    room = WIDTH - LABEL - 100
    drawn = []
    for at, (name, value) in enumerate(values):
        y = at * (BAR + GAP)
        wide = max(1.0, room * value / most)
        short = name if len(name) <= 27 else f"{name[:26]}\N{HORIZONTAL ELLIPSIS}"
        drawn.append(f'<text x="{LABEL - 8}" y="{y + 15}" text-anchor="end">{escape(short)}</text>')
        drawn.append(f'<rect x="{LABEL}" y="{y}" width="{wide:.1f}" height="{BAR}"/>')
        drawn.append(f'<text x="{LABEL + wide + 8:.1f}" y="{y + 15}">{number(value)}</text>')
    return _svg(len(values) * (BAR + GAP), title, drawn)


def _round_up(value: float) -> float:
    """The least of 1, 2, 4, 6, 8 and 10 times a power of ten that is no less."""
    power = 1.0
    while power * 10 < value:
        power *= 10
    return next((power * step for step in (1, 2, 4, 6, 8, 10) if power * step >= value), power * 10)


def _svg(height: int, title: str, drawn: Sequence[str]) -> str:
    box = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    return f'<svg {box} role="img" aria-label="{escape(title)}">{"".join(drawn)}</svg>'
