"""Charts are our own SVG: they can be heard, they break no policy, and what they draw is what the table says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from habeas.web.charts import HEIGHT, LEFT, LETTERS, LINE, RIGHT, ROW, WIDTH, Number, Words, bars, steps

SVG = "{http://www.w3.org/2000/svg}"
WORDS = Words(
    name="held",
    title="Held <day by day>",
    description="Everybody on a roll.",
    ends=("1 September", "today"),
    level_words="places: 4",
)


def drawn(values: Sequence[Number | None], level: Number | None = None) -> ElementTree.Element:
    return ElementTree.fromstring(steps(values, WORDS, level))


def axis(chart: ElementTree.Element) -> tuple[Decimal, Decimal]:
    """Where zero lies on the drawing, and how far it is to one, by the grid and its numbers."""
    grid = [each.attrib["d"] for each in chart.iter(f"{SVG}path") if each.attrib["class"] == "grid"]
    heights = [Decimal(re.findall(r",([\d.]+)", each)[0]) for each in grid]
    numbers = [Decimal(each.text or "") for each in chart.iter(f"{SVG}text") if each.attrib.get("dy") == "5"]
    return heights[0], (heights[0] - heights[-1]) / numbers[-1]


def read_back(chart: ElementTree.Element, days: int) -> list[Decimal | None]:
    """The value of each day, taken from the line."""
    zero, one = axis(chart)
    (line,) = [each.attrib["d"] for each in chart.iter(f"{SVG}path") if each.attrib["class"] == "line"]
    width = Decimal(WIDTH - LEFT - RIGHT) / days
    found: list[Decimal | None] = [None] * days
    day, value = 0, Decimal(0)
    for command, x, y in re.findall(r"([MHV])([\d.]+)(?:,([\d.]+))?", line):
        if command == "V":
            value = (zero - Decimal(x)) / one
            continue
        reached = round((Decimal(x) - LEFT) / width)
        if command == "M":
            value = (zero - Decimal(y)) / one
        else:
            found[day:reached] = [value] * (reached - day)
        day = reached
    return found


@pytest.mark.parametrize(
    "values",
    [[0], [3], [0, 1, 1, 5, 2], [7] * 40, [1200, 1300, 40, 0], [None, 4, None, None, Decimal("2.85")], [None, None]],
)
def test_the_line_says_what_the_table_says(values: list[Number | None]) -> None:
    found = read_back(drawn(values), len(values))

    largest = max([each for each in values if each is not None], default=0)
    assert [each is None for each in found] == [each is None for each in values]
    for drawn_value, value in zip(found, values, strict=True):
        assert drawn_value is None or value is None or abs(drawn_value - value) <= Decimal(largest) / 400 + 0


def test_a_chart_can_be_heard_and_has_no_style_of_its_own() -> None:
    chart = drawn([1, 2])

    assert chart.attrib["role"] == "img"
    assert chart.attrib["aria-labelledby"] == "held-title held-desc"
    said = {each.attrib["id"]: each.text for each in chart if "id" in each.attrib}
    assert said == {"held-title": WORDS.title, "held-desc": WORDS.description}
    assert not any({"style", "onload"} & each.attrib.keys() for each in chart.iter())
    assert {each.tag.removeprefix(SVG) for each in chart.iter()} == {"svg", "title", "desc", "path", "text"}


def test_a_level_is_drawn_at_its_height_with_its_words() -> None:
    chart = drawn([1, 2], 4)
    zero, one = axis(chart)
    (level,) = [each.attrib["d"] for each in chart.iter(f"{SVG}path") if each.attrib["class"] == "level"]

    assert abs(Decimal(re.findall(r",([\d.]+)", level)[0]) - (zero - 4 * one)) <= Decimal("0.1")
    assert "places: 4" in [each.text for each in chart.iter(f"{SVG}text")]
    assert zero < HEIGHT


def test_bars_are_as_long_as_their_numbers() -> None:
    chart = ElementTree.fromstring(bars([("one", 10, "10"), ("<two>", 5, "5"), ("none", 0, "0")], WORDS))

    lengths = [Decimal(each.attrib["width"]) for each in chart.iter(f"{SVG}rect")]
    assert [each / lengths[0] for each in lengths] == [1, Decimal("0.5"), 0]
    assert [each.text for each in chart.iter(f"{SVG}text")] == ["one", "10", "<two>", "5", "none", "0"]


def test_a_label_that_is_long_has_several_lines_above_its_bar_and_the_next_bar_stands_below_them() -> None:
    long = "puesta en libertad que se anotó más tarde de lo que exige el acuerdo entre los dos Estados, cada una"
    chart = ElementTree.fromstring(bars([("one", 1, "1"), (long, 2, "2"), ("three", 3, "3")], WORDS))

    texts = [(each.text or "", int(each.attrib["y"])) for each in chart.iter(f"{SVG}text")]
    lines = [text for text, _ in texts if text in long and text not in "123"]
    tops = [int(each.attrib["y"]) for each in chart.iter(f"{SVG}rect")]
    assert " ".join(lines) == long
    assert max(map(len, lines)) <= LETTERS
    assert [at for text, at in texts if text in lines] == [tops[1] - LINE * at for at in reversed(range(len(lines)))]
    assert [after - before for before, after in pairwise(tops)] == [ROW + LINE * (len(lines) - 1), ROW]
    assert Decimal(chart.attrib["viewBox"].split()[3]) == tops[-1] - 20 + ROW
