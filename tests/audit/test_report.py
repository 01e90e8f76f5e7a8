"""The report: what it says of numbers, and what it never says."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import pytest

from habeas import cli
from habeas.audit.glossary import TERMS, field, meanings
from habeas.audit.run import CHECKS
from habeas.audit.tables import COLUMNS
from habeas.speech import LANGUAGES, word
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


STRETCHES = ("person,facility,from,to", "P-1,One,2026-03-01,2026-03-05", "P-2,One,2026-03-02,2026-03-04")


def told_of(folder: Path, rows: tuple[str, ...], *options: str, ends: int) -> tuple[str, str]:
    """What the report of these stretches says in English and in Spanish."""
    (folder / "secret-name.csv").write_text("\n".join(rows))
    assert cli.main(["audit", str(folder / "secret-name.csv"), *options, "--out", str(folder / "out")]) == ends
    report = (folder / "out" / "report.html").read_text("utf-8")
    english, spanish = (unescape(re.sub("<[^>]*>", " ", each)) for each in report.split("<main ")[1:])
    return english, spanish


def test_the_command_to_repeat_has_every_option_that_was_given_and_names_no_file(tmp_path: Path) -> None:
    (tmp_path / "secret-map.toml").write_text(
        'shape = "stints"\norder = "dmy"\n[columns]\nperson = "person"\nfacility = "facility"\nfrom_at = "from"\n'
        'until_at = "to"\n'
    )
    given = ("--map", str(tmp_path / "secret-map.toml"), "--length", "full-days", "--convention", "nights")
    earlier = tmp_path / "earlier"
    told_of(tmp_path, STRETCHES, "--public", ends=0)
    (tmp_path / "out").rename(earlier)

    english, spanish = told_of(tmp_path, STRETCHES, *given, "--public", "--previous", str(earlier), ends=0)

    asked = "--convention nights --length full-days --public --previous {0}-1 --lang en --out {0}"
    assert f"habeas audit FILE-1 --map MAP.toml {asked.format('FOLDER')} " in english
    assert f"habeas audit ARCHIVO-1 --map MAP.toml {asked.format('CARPETA')} " in spanish
    for told in (english, spanish):
        assert 'until_at = "to"' in told
        assert "secret" not in told

    both, _ = told_of(tmp_path, STRETCHES, "--identify", "--head-count", "nights", ends=0)
    assert " --head-count nights --identify --lang en --out FOLDER " in both


def test_the_report_says_why_the_command_ended_as_it_did(tmp_path: Path) -> None:
    clean, _ = told_of(tmp_path, STRETCHES, ends=0)
    assert "The command ended with 0: every row was used, and nothing was found." in clean

    english, spanish = told_of(tmp_path, (*STRETCHES, "P-3,One,,2026-03-04", "P-4,One,2026-03-03,2026-03-03"), ends=1)
    assert "1 finding, 1 row set aside, unreadable or in no known layout." in english
    assert "1 hallazgo, 1 fila apartada, ilegible o sin formato conocido." in spanish


def test_the_words_of_a_report_are_explained_and_no_others(tmp_path: Path, releases: Path) -> None:
    english, spanish = told_of(tmp_path, STRETCHES, ends=0)
    releases_told = (releases / "report.html").read_text("utf-8")

    for each in ("<dt>person-night</dt>", "<dt>year of a table</dt>", "<dt>noche-persona</dt>"):
        assert each in releases_told, each
    for told in (english, spanish):
        assert "person-0a1b2c3d4e5f" not in told
    assert "The time of one person in one place, from when they came in until they left it." in english
    assert "El tiempo de una persona en un lugar, desde que entra en él hasta que sale." in spanish
    assert "One person held over one night" not in english


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_term_is_known_where_it_stands_and_alone_has_a_meaning(language: str) -> None:
    for name in TERMS:
        term, _, pattern = word(f"audit.term_{name}", language).partition("|")
        assert dict(meanings(f"... {term}. ", language)).get(term) == word(f"audit.term_{name}_means", language), (
            pattern
        )
    assert [*meanings("nothing", language)] == []


def test_one_of_a_thing_is_one_and_of_one_row_no_number_is_told(tmp_path: Path) -> None:
    ends_first = ("P-3,One,2026-03-03,2026-03-02", "P-4,One,2026-03-04,2026-03-02")

    english, spanish = told_of(tmp_path, (*STRETCHES, *ends_first), ends=1)

    for told, one, two, row in (
        (english, "1 day before the beginning", "2 days before the beginning", "(row 1:4)"),
        (spanish, "1 día antes del comienzo", "2 días antes del comienzo", "(fila 1:4)"),
    ):
        assert [each for each in (one, two, row) if each not in told] == []


def test_ids_stand_beside_words(tmp_path: Path) -> None:
    examples = Path(__file__).parents[2] / "docs" / "how-to" / "examples"
    given = [str(examples / each) for each in ("stints.csv", "bill.csv")]
    assert cli.main(["audit", *given, "--agreement", "model-agreement", "--out", str(tmp_path / "out")]) == 1
    _, spanish = (tmp_path / "out" / "report.html").read_text("utf-8").split('<main lang="es">')

    cells = {unescape(each) for each in re.findall("<td[^>]*>([^<]*)</td>", spanish)}
    assert {"presencia a medianoche (midnight)", "El título de detención no ha vencido (iccpr.title_review)"} <= cells
    assert "primer día que no se factura (until_on)" in cells
    assert {each for each in cells if re.fullmatch(r"[a-z]+(_[a-z]+)+|iccpr\..*|midnight|nights", each)} == {
        "title_from",  # columns of the files
        "title_until",
    }
    assert "Registrada tarde: cuándo se hizo la fila (recorded_at)" in spanish


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_column_has_words(language: str) -> None:
    names = {name for shape in COLUMNS.values() for name in shape}
    names |= {name for checks in CHECKS.values() for check in checks for name in check.needs}

    assert [each for each in names if field(each, language).startswith("audit.")] == []


def test_on_paper_nothing_of_the_browser_stands_beside_it(releases: Path) -> None:
    """A browser prints the path of the file in a margin unless the page has something of its own there."""
    report = (releases / "report.html").read_text("utf-8")
    page = report[report.index("@page") : report.index("@media print")]

    assert [each for each in ("@top-left", "@bottom-left", "@bottom-right") if each not in page] == []
