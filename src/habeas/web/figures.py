"""Public figures, open to everybody: each with its chart, its table and a CSV file under a stable address.

What is shown is what `core.figures` counted; here it only gets its words. No name, case or account comes this far.
"""

import csv
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import cast

from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from habeas.core.figures import STANDARDS, Cell, Figures, Hidden, Series, word
from habeas.core.messages import Message
from habeas.core.terms import answers_of
from habeas.speech import csv_cell, plain
from habeas.store import read
from habeas.store.figures import BeingCounted, public_figures
from habeas.web.charts import Number, Words, bars, steps
from habeas.web.shown import day, label, language, sentence

ROWS_MOST = 31
"""So many rows of a long table stand on the page, the latest first; the file has all."""
BY_DAY = ("held_by_day", "area_by_day")
BARS = ("deaths", "holders_word", "late_duties", "findings", "claims_by_age", "enquiries_by_age")
FRESH = word("state", "fresh")


@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """The figures of the agreement that this register runs, or which ones there are."""
    adopted = read.adopted_agreements()
    if len(adopted) == 1:
        return _page(request, _figures(adopted[0]))
    return render(request, "web/figures_of_all.html", {"agreements": [_figures(each).agreement for each in adopted]})


@require_safe
def figures_of(request: HttpRequest, agreement_id: str) -> HttpResponse:
    return _page(request, _figures(agreement_id))


@require_safe
def csv_of(request: HttpRequest, agreement_id: str, series_id: str) -> HttpResponse:
    """One table as a file: the same in every language, ISO dates, codes for our own words."""
    series = _figures(agreement_id).series.get(series_id)
    if series is None:
        raise Http404
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{agreement_id}-{series_id}.csv"'
    writer = csv.writer(response)
    writer.writerow(series.columns)
    writer.writerows([_filed(each) for each in row] for row in series.rows)
    return response


def _figures(agreement_id: str) -> Figures:
    try:
        return public_figures(agreement_id, timezone.now())
    except read.NotAdopted:
        raise Http404 from None
    except BeingCounted:
        raise OperationalError from None  # the page that says to try again soon


def _page(request: HttpRequest, found: Figures) -> HttpResponse:
    context = {
        "terms": found.agreement,
        "at": found.at,
        "zone": found.zone,
        "first": [(label(f"figure.first.{code}"), _said(value)) for code, value in found.first.items()],
        "nobody": not any(held for _, held in found.series["held_by_day"].rows),
        "sections": [_section(each, found) for each in found.series.values()],
        "stale": any(row[-1] != FRESH for row in found.series["freshness"].rows),
        "publication": answers_of(found.agreement).get("publication"),
    }
    return render(request, "web/figures.html", context)


def _section(series: Series, found: Figures) -> dict[str, object]:
    """One table as a page shows it. `more`: rows that only the file has."""
    shown = series.rows[::-1][:ROWS_MOST] if series.columns[0] == "date" else series.rows
    columns = [(label(f"figure.column.{each}"), _is_number(series, at)) for at, each in enumerate(series.columns)]
    words = Words(name=series.id, title=label(f"figure.{series.id}"), description=label(f"figure.{series.id}.note"))
    return {
        "words": words,
        "chart": _chart(series, words, found),
        "columns": columns,
        "rows": [[(_said(cell), *column) for cell, column in zip(row, columns, strict=True)] for row in shown],
        "more": len(series.rows) - len(shown),
    }


def _chart(series: Series, words: Words, found: Figures) -> SafeString | None:
    """The chart of a table that has one, if there is anything to draw."""
    if series.id not in (*BY_DAY, *BARS) or not any(row[1] for row in series.rows):
        return None
    values = [cast(Number, row[1]) for row in series.rows]
    if series.id in BARS:
        labels = [_said(row[0]) for row in series.rows]
        return bars([*zip(labels, values, map(_said, values), strict=True)], words)
    ends = (_said(series.rows[0][0]), _said(series.rows[-1][0]))
    level, said = STANDARDS[0][1], f"{STANDARDS[0][1]} m²"
    if series.id == "held_by_day":
        level = Decimal(sum(cast(int, row[1]) for row in found.series["capacity"].rows))
        said = f"{label('figure.column.normal')}: {_said(level)}"
    return steps(values, replace(words, ends=ends, level_words=said), level or None)


def _is_number(series: Series, column: int) -> bool:
    """Whether a column holds numbers, hidden ones too."""
    cells = [row[column] for row in series.rows if row[column] is not None]
    return bool(cells) and all(isinstance(each, int | Decimal | Hidden) for each in cells)


def _said(cell: Cell) -> str:
    """A cell in the reader's language."""
    match cell:
        case None:
            return "–"
        case Hidden():
            return label(f"figure.hidden.{cell.value}")
        case Message():
            return sentence(cell)
        case date():
            return day(cell)
        case int() | Decimal():
            return plain(Decimal(cell), language())
    return cell


def _filed(cell: Cell) -> str:
    """A cell in a file."""
    match cell:
        case None:
            return ""
        case Hidden():
            return cell.value
        case Message():
            return cell.code.rpartition(".")[2]
        case date():
            return cell.isoformat()
        case str():
            return csv_cell(cell)
    return str(cell)
