"""Columns that nobody names: what is guessed of them, and what never is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from habeas import cli
from habeas.audit.layouts import GUESSED
from habeas.audit.run import audited
from habeas.audit.tables import Shape

ROW = "7,North,25/12/2024,2024-12-27"
GUESSES: dict[str, tuple[str, str, Shape, dict[str, str]]] = {
    "English": (
        "Subject ID,Detention Facility,Book-In Date,BookOutDate",
        "7,North,2024-12-25,2024-12-27",
        Shape.STINTS,
        {
            "person": "Subject ID",
            "facility": "Detention Facility",
            "from_at": "Book-In Date",
            "until_at": "BookOutDate",
        },
    ),
    "Spanish, with accents": (
        "Número de interno;Centro;Fecha de Ingreso;Fecha de Egreso;Motivo",
        "7;Norte;2024-12-25;2024-12-27;orden",
        Shape.STINTS,
        {
            "person": "Número de interno",
            "facility": "Centro",
            "from_at": "Fecha de Ingreso",
            "until_at": "Fecha de Egreso",
            "reason": "Motivo",
        },
    ),
    "words within names": (
        "Alien Number (masked),Detention Facility Desc,Initial Book In Date,Final Release Date",
        "7,North,2024-12-25,2024-12-27",
        Shape.STINTS,
        {
            "person": "Alien Number (masked)",
            "facility": "Detention Facility Desc",
            "from_at": "Initial Book In Date",
            "until_at": "Final Release Date",
        },
    ),
    "a list of a day": (
        "detloc (masked),inmate id,roster date",
        "N,7,2024-12-25",
        Shape.ROSTERS,
        {"person": "inmate id", "facility": "detloc (masked)", "day": "roster date"},
    ),
    "counts": (
        "Establecimiento,Fecha,Población",
        "Norte,2024-12-25,120",
        Shape.COUNTS,
        {"facility": "Establecimiento", "day": "Fecha", "people": "Población"},
    ),
    "facilities": (
        "Facility,Capacity,Per Diem,ADP",
        "North,120,$45.10,90",
        Shape.FACILITIES,
        {"facility": "Facility", "capacity": "Capacity", "rate": "Per Diem", "people": "ADP"},
    ),
    "a name whose values say otherwise": (
        "Facility,Day,Count,People",
        "North,2024-12-25,high,120",
        Shape.COUNTS,
        {"facility": "Facility", "day": "Day", "people": "People"},
    ),
}


def written(folder: Path, *lines: str) -> Path:
    path = folder / "data.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def audit(folder: Path, *more: str, out: str = "out") -> int:
    return cli.main(["audit", str(folder / "data.csv"), "--out", str(folder / out), "--lang", "en", *more])


def figures(folder: Path, out: str = "out") -> Any:
    return json.loads((folder / out / "figures.json").read_text("utf-8"))


@pytest.mark.parametrize("of", GUESSES)
def test_columns_are_guessed_from_their_names_and_what_is_in_them(tmp_path: Path, of: str) -> None:
    header, row, shape, columns = GUESSES[of]
    with audited([written(tmp_path, header, row)], key=None) as audit:
        (source,) = audit.sources
        layout = source.layout
        assert (layout.name, layout.shape, source.used) == (GUESSED, shape, 1)
        assert {field: name for field, (name,) in layout.columns.items()} == columns
        assert {each.parameters["field"] for each in layout.guessed} == {*columns}


def test_a_guess_is_shown_with_its_reason_and_saved_as_a_map_with_the_same_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path, "Subject,Prison,Intake,Final release date", ROW, ROW.replace("27", "20"))

    assert audit(tmp_path, "--write-map", str(tmp_path / "map.toml")) == 1

    told = capsys.readouterr().out
    reason = (
        "until_at is the column Final release date, since its name has the words “release date”, and 2 of 2 different"
    )
    assert reason in told
    report = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert (report.count(reason), "Supuesto: until_at es la columna Final release date" in report) == (1, True)
    assert audit(tmp_path, "--map", str(tmp_path / "map.toml"), out="again") == 1
    assert figures(tmp_path) == figures(tmp_path, "again")
    assert figures(tmp_path)["stints"]["stints"] == 2


def test_of_two_guesses_that_are_equally_good_none_is_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path, "who,prison,intake,release date,discharge date", "7,North,2024-12-25,2024-12-27,2024-12-28")

    assert audit(tmp_path, "--write-map", str(tmp_path / "map.toml")) == 2

    assert "until_at may be any of the columns release date, discharge date" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    text = (tmp_path / "map.toml").read_text("utf-8")
    assert 'until_at = ""  # one of = ["release date", "discharge date"]' in text
    assert audit(tmp_path, "--map", str(tmp_path / "map.toml")) == 2
    (tmp_path / "map.toml").write_text(text.replace('until_at = ""', 'until_at = "release date"'), "utf-8")
    assert audit(tmp_path, "--map", str(tmp_path / "map.toml")) == 0


def test_a_guess_never_tells_day_from_month(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path, "subject,prison,intake,release date", "7,North,03/04/2024,05/04/2024")

    assert audit(tmp_path, "--write-map", str(tmp_path / "map.toml")) == 2

    assert "nothing tells day from month" in capsys.readouterr().err
    text = (tmp_path / "map.toml").read_text("utf-8")
    (tmp_path / "map.toml").write_text(text.replace('order = ""', 'order = "dmy"'), "utf-8")
    assert audit(tmp_path, "--map", str(tmp_path / "map.toml")) == 0
    assert figures(tmp_path)["stints"]["days_ended"] == 1 + 1


@pytest.mark.parametrize(
    "lines",
    [
        ["a,b,c", "1,2,3"],
        ["person,facility,notes", "7,North,tall"],
        ["person,facility,from,release date", "7,North,tall,2024-12-25"],
    ],
)
def test_where_names_and_values_suggest_nothing_nothing_is_read(
    tmp_path: Path, lines: Sequence[str], capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path, *lines)

    assert audit(tmp_path) == 2
    assert "No known layout" in capsys.readouterr().err


def test_a_map_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    written(tmp_path, "subject,prison,intake,release date", "7,North,2024-12-25,2024-12-27")
    (tmp_path / "map.toml").write_text("mine")

    assert audit(tmp_path, "--write-map", str(tmp_path / "map.toml")) == 2
    assert (tmp_path / "map.toml").read_text() == "mine"


def test_files_of_two_layouts_have_no_one_map(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path, "subject,prison,intake,release date", "7,North,2024-12-25,2024-12-27")
    (tmp_path / "b.csv").write_text("facility,day,people\nNorth,2024-12-25,1\n")

    given = [str(tmp_path / "data.csv"), str(tmp_path / "b.csv"), "--out", str(tmp_path / "out"), "--lang", "en"]
    assert cli.main(["audit", *given, "--write-map", str(tmp_path / "map.toml")]) == 2
    assert "2 different layouts" in capsys.readouterr().err
