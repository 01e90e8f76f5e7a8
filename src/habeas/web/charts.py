"""Charts as our own SVG, drawn on the server: steps over days, and bars. No script, no style of their own.

The classes are in the one style sheet, so a chart follows it on paper too. Each has a title and a description for those
who hear it; the page puts its table beside it. Positions are written to a tenth, so that a chart can be read back.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import ROUND_CEILING, Decimal
from textwrap import wrap

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

WIDTH, HEIGHT = 480, 240
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 24, 30
ROW, LINE, LETTERS = 46, 20, 52
"""The height of a bar with its label, what each further line of a label adds, and how many letters a line has room for
where they are largest."""
TICKS_MOST = 5

Number = int | Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a chart says beside its figures. `name` tells the charts of one page apart; `ends` are the words for the
    first and the last day, `level_words` those for a line to compare with."""

    name: str
    title: str
    description: str
    ends: tuple[str, str] = ("", "")
    level_words: str = ""


def steps(values: Sequence[Number | None], words: Words, level: Number | None = None) -> SafeString:
    """The value of each day, no day left out, as steps; where there is none, the line breaks."""
    ticks = _ticks(max([each for each in (*values, level, 1) if each is not None]))

    def y(value: Number) -> str:
        return f"{HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * Decimal(value) / ticks[-1]:.1f}"

    place = {"left": LEFT, "left_of": LEFT - 6, "right": WIDTH - RIGHT, "foot": HEIGHT - 8}
    drawn = {
        "ticks": [(y(each), f"{each.normalize():f}") for each in ticks],
        "level": None if level is None else y(level),
        "line": _line([None if each is None else y(each) for each in values]),
    }
    return _render("steps", words, HEIGHT, **place, **drawn)


def bars(rows: Sequence[tuple[str, Number, str]], words: Words) -> SafeString:
    """One bar a row, below its label, which has as many lines as it needs: (label, value, the value in words)."""
    unit, y, drawn = Decimal(WIDTH - 70) / max([*(value for _, value, _ in rows), 1]), 0, []
    for label, value, said in rows:
        lines = [(y + 20 + at * LINE, line) for at, line in enumerate(wrap(label, LETTERS) or [""])]
        y = lines[-1][0] - 20 + ROW
        drawn.append((lines[-1][0], f"{value * unit:.1f}", lines, said))
    return _render("bars", words, y, bars=drawn)


def _render(chart: str, words: Words, height: int, **drawn: object) -> SafeString:
    context = {"width": str(WIDTH), "height": str(height), **asdict(words), **drawn}
    return SafeString(render_to_string(f"web/charts/{chart}.svg", context).strip())


def _line(heights: Sequence[str | None]) -> str:
    """Across for as long as the value stays, up or down where it changes."""
    commands: list[str] = []
    for day, (before, height) in enumerate(zip((None, *heights), (*heights, None), strict=True)):
        x = f"{LEFT + (WIDTH - LEFT - RIGHT) * Decimal(day) / len(heights):.1f}"
        if before is not None and height != before:
            commands.append(f"H{x}")
        if height is not None and height != before:
            commands.append(f"V{height}" if before is not None else f"M{x},{height}")
    return " ".join(commands)


def _ticks(most: Number) -> list[Decimal]:
    """Round values from 0 to at least `most`, at most six of them."""
    step = Decimal(1)
    for factor in (Decimal(2), Decimal("2.5"), Decimal(2)) * 12:
        if step * TICKS_MOST < most:
            step *= factor
    count = int((Decimal(most) / step).to_integral_value(ROUND_CEILING))
    return [step * each for each in range(count + 1)]
