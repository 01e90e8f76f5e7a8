"""Drawings for the report: plain SVG within the page, without script. What they show stands beside them in a table."""

from collections.abc import Callable, Sequence
from datetime import date
from html import escape
from typing import NamedTuple

WIDTH, HEIGHT, LEFT, RIGHT, FOOT, TOP = 760, 280, 64, 14, 30, 10
BAR, GAP, LABEL = 22, 8, 250


class Dot(NamedTuple):
    """One value of a day; `is_sound`: whether it may be used."""

    on: date
    value: float
    is_sound: bool
    words: str


def dots(values: Sequence[Dot], title: str, number: Callable[[float], str]) -> str:
    """Values over time: sound ones full, the others hollow."""
    first, last = min(each.on for each in values), max(each.on for each in values)
    days, most = max(1, (last - first).days), _round_up(max(each.value for each in values))
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - FOOT - TOP

    def x(on: date) -> float:
        return LEFT + wide * (on - first).days / days

    def y(value: float) -> float:
        return TOP + high * (1 - value / most)

    drawn = [
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(at):.1f}" y2="{y(at):.1f}"/>'
        f'<text x="{LEFT - 8}" y="{y(at) + 4:.1f}" text-anchor="end">{number(at)}</text>'
        for at in (most * part / 4 for part in range(5))
    ]
    for year in range(first.year + 1, last.year + 1):
        at = x(date(year, 1, 1))
        drawn.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{TOP + high}" class="year"/>')
        drawn.append(f'<text x="{at:.1f}" y="{HEIGHT - 8}" text-anchor="middle">{year}</text>')
    for each in sorted(values, key=lambda each: not each.is_sound):
        kind = "full" if each.is_sound else "hollow"
        place = f'cx="{x(each.on):.1f}" cy="{y(each.value):.1f}" r="{3 if each.is_sound else 4.5}"'
        drawn.append(f'<circle {place} class="{kind}"><title>{escape(each.words)}</title></circle>')
    return _svg(HEIGHT, title, drawn)


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
