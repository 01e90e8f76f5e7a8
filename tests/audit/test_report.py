"""The report: what it says of numbers, and what it never says."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import pytest

from habeas import cli
from tests.audit.outside import real


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an audit of the published releases."""
    out = tmp_path_factory.mktemp("releases") / "out"
    assert cli.main(["audit", str(real("ice_facility_adp_fy19_fy26.csv.gz")), "--out", str(out)]) == 1
    return out


def test_the_report_of_the_releases_has_no_path_no_name_and_no_hash(releases: Path) -> None:
    report = (releases / "report.html").read_text("utf-8")
    (source,) = json.loads((releases / "provenance.json").read_text())["sources"]
    assert re.fullmatch("[0-9a-f]{64}", source["sha256"])

    for secret in (source["sha256"], source["sha256"][:16], source["file"], "fy19_fy26", str(releases), "shared/data"):
        assert secret not in report, secret


def test_it_answers_in_both_languages_what_was_read_what_is_wrong_how_sure_and_how_large(releases: Path) -> None:
    report = (releases / "report.html").read_text("utf-8")
    english, spanish = (unescape(re.sub("<[^>]*>", " ", each)) for each in report.split("<main ")[1:])

    assert (
        "Counts (file 1): each row says of one facility, in one published table, how many people were there" in english
    )
    assert "Recuentos (archivo 1): cada fila dice de un centro" in spanish
    assert "Rows: 18,219, of which 18,219 are used" in english
    assert (
        "in 96 of 168 facilities that are in both (95 by more than one night): 475,164 person-nights vanish" in english
    )
    assert "475\N{NO-BREAK SPACE}164" in spanish
    for told in (english, spanish):
        assert "habeas audit " in told
        assert "--preset ice-adp" in told


def test_thousands_stand_apart_and_years_days_and_rows_do_not(releases: Path) -> None:
    report = (releases / "report.html").read_text("utf-8")

    assert "The table says 9 January 2022 and year 2023" in report
    assert "rows 1:15479, 1:15498" in report
    assert "year 2023; 23 January 2023" in report
    assert re.findall(r">\d{5,}<", report) == []


def test_on_paper_nothing_of_the_browser_stands_beside_it(releases: Path) -> None:
    """A browser prints the path of the file in a margin unless the page has something of its own there."""
    report = (releases / "report.html").read_text("utf-8")
    page = report[report.index("@page") : report.index("@media print")]

    assert [each for each in ("@top-left", "@bottom-left", "@bottom-right") if each not in page] == []
