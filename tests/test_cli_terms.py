"""Agreements from the command line: by id or by file, checked, shown and compared."""

import json
from pathlib import Path

import pytest

from habeas import agreements

from .test_cli import OFFLINE_AND_WITHOUT_DJANGO, Shell, habeas, typed

__all__ = ["habeas"]


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """A file that is the agreement of Tartu."""
    path = tmp_path / "draft.toml"
    path.write_text(agreements.read("se-ee-2025"), "utf-8")
    return path


def test_an_agreement_with_gaps_is_a_finding(habeas: Shell) -> None:
    ended = habeas("terms", "check", "se-ee-2025")
    assert (ended.code, ended.err) == (1, "")
    answer = json.loads(habeas("terms", "check", "se-ee-2025", "us-sv-2025", "--format", "json").out)
    assert [each["id"] for each in answer["agreements"]] == ["se-ee-2025", "us-sv-2025"]
    assert all(each["gaps"] for each in answer["agreements"])


@pytest.mark.parametrize("id", agreements.ids())
def test_every_released_agreement_is_shown_in_both_languages(habeas: Shell, id: str) -> None:
    english, spanish = (habeas("terms", "show", id, "--lang", language) for language in ("en", "es"))
    assert (english.code, spanish.code) == (0, 0)
    assert english.out != spanish.out
    assert json.loads(habeas("terms", "show", id, "--format", "json").out)["id"] == id


def test_what_the_fee_is_worth_is_shown_as_text_and_as_data(habeas: Shell) -> None:
    english, spanish = (habeas("terms", "show", "us-sv-2025", "--lang", each).out for each in ("en", "es"))
    assert "WHAT THE FEE IS WORTH\n- As agreed, a place costs 53.76 to 69.07 USD a day" in english
    assert "LO QUE VALE LA CUOTA\n- Según lo acordado, una plaza cuesta de 53,76 a 69,07 USD al día" in spanish
    assert "by the lowest and the highest figure reported\n  for the fee. [5] [6]\n" in english
    assert "[6] Figures reported for the same grant. press, 2025; they disagree." in english
    data = json.loads(habeas("terms", "show", "us-sv-2025", "--format", "json").out)
    assert data["day_count"] is None
    assert data["costs_of_day"][2] == {
        "state": "USA",
        "low": "120.80",
        "high": "120.80",
        "per": "day",
        "as_of": "2023",
        "source": data["costs_of_day"][2]["source"],
        "currency": "USD",
    }
    share = data["worth"][-1]
    assert (share["code"], share["low"], share["high"]) == ("worth.share", "2.3", "3.0")
    assert share["sources"][0]["citation"].startswith("La Prensa Gráfica")


def test_a_cost_that_no_source_gives_is_not_called_assumed(habeas: Shell) -> None:
    assert "- No source gives the cost of a day here: Estonia.\n" in habeas("terms", "show", "se-ee-2025").out


def test_a_file_with_an_error_is_one_sentence_with_its_place(habeas: Shell, draft: Path) -> None:
    text = draft.read_text("utf-8")
    draft.write_text(text.replace("sex = 'male'", "sex = 'masculine'"), "utf-8")
    line = text[: text.index("sex = 'male'")].count("\n") + 1
    ended = habeas("terms", "show", draft)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"habeas: {draft}, line {line}, column ")
    sentence, source, mark = ended.err.splitlines()
    assert sentence.endswith("sex can't be masculine; did you mean male? It is one of female, male, other.")
    assert source[mark.index("^") :].startswith("'masculine'")


def test_conditions_that_nobody_can_meet_together_are_named_with_their_place(habeas: Shell, draft: Path) -> None:
    text = draft.read_text("utf-8")
    assert "CERTAIN OF ITS RULES" not in habeas("terms", "check", draft).out
    start, end = text.index("[[scope]]"), text.index('[[scope]]\nid = "adult"')
    women = (
        text[start:end].replace('id = "men"', 'id = "women"').replace("'male'", "'female' and (sex is known or true)")
    )
    draft.write_text(text[:end] + women + text[end:], "utf-8")
    line = (text[:end] + women).partition("'female'")[0].count("\n") + 1
    (found,) = json.loads(habeas("terms", "check", draft, "--format", "json").out)["agreements"]
    (doubt,) = found["doubts"]
    assert (doubt["code"], doubt["file"], doubt["line"]) == ("rule.never_fails", str(draft), line)
    assert "CERTAIN OF ITS RULES" in habeas("terms", "check", draft).out
    draft.write_text(draft.read_text("utf-8").replace(" and (sex is known or true)", ""), "utf-8")
    answers = [habeas("terms", "check", draft, "--lang", language) for language in ("en", "es")]
    assert [each.code for each in answers] == [1, 1]
    assert f"line {line}, column 9" in " ".join(answers[0].out.split())
    assert "so nobody meets both" in " ".join(answers[0].out.split())
    assert "nadie cumple ambos" in " ".join(answers[1].out.split())


def test_a_file_that_can_not_be_used_does_not_hide_the_answer_about_another(habeas: Shell, tmp_path: Path) -> None:
    ended = habeas("terms", "check", tmp_path / "missing", "se-ee-2025")
    assert ended.code == 2
    alone = habeas("terms", "check", "se-ee-2025").out
    assert ended.out.startswith(alone)
    assert "WHAT CAN'T BE USED, AND WHY\n- There is no agreement and no file called " in ended.out
    assert ended.err.startswith("habeas: There is no agreement and no file called ")


def test_a_folder_is_compared_whole_without_the_amendments_beside_the_agreements(habeas: Shell, amended: Path) -> None:
    amended.with_name("other.toml").write_text(agreements.read("us-sv-2025"), "utf-8")
    ended = habeas("terms", "check", amended.parent, "--format", "json")
    data = json.loads(ended.out)
    assert (ended.code, data["comparison"]["agreements"]) == (1, ["se-ee-2025", "us-sv-2025"])
    assert data["comparison"]["can_be_run"] == [False, False]
    assert data["unusable"] == []
    assert [each["version"]["number"] for each in data["agreements"]] == [2, 1]


def test_the_model_agreement_alone_is_all_well(habeas: Shell) -> None:
    assert habeas("terms", "check", "model-agreement").code == 0


def test_a_folder_without_an_agreement_can_not_be_used(habeas: Shell, tmp_path: Path) -> None:
    ended = habeas("terms", "check", tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == f"habeas: There is no agreement in the folder {tmp_path}: expected files that end in .toml.\n"


def test_two_that_say_the_same_do_not_differ(habeas: Shell, draft: Path) -> None:
    assert habeas("terms", "diff", "se-ee-2025", draft).code == 0


def test_two_that_differ_say_in_what(habeas: Shell, draft: Path) -> None:
    draft.write_text(draft.read_text("utf-8").replace("Men only", "Only men"), "utf-8")
    ended = habeas("terms", "diff", "se-ee-2025", draft)
    assert ended.code == 1
    assert "Only men" in ended.out
    assert json.loads(habeas("terms", "diff", "se-ee-2025", draft, "--format", "json").out)["differs_in"]


AMENDMENT = """\
[sources.protocol]
document = "Protocol"
citation = "2027"
quality = "treaty"

[amendment]
of = "se-ee-2025"
from_on = 2027-01-01
title = { en = "For longer", es = "Por más tiempo" }
source = "protocol"

[duration]
years = 8
source = "protocol"
"""


@pytest.fixture
def amended(draft: Path) -> Path:
    """The same with an amendment beside it."""
    draft.with_name("draft.2027-01-01.toml").write_text(AMENDMENT, "utf-8")
    return draft


def test_an_amendment_beside_a_file_is_another_version_of_it(habeas: Shell, amended: Path) -> None:
    assert "Version 2 of 2. It applies from 1 January 2027" in habeas("terms", "show", amended).out
    assert "Version 1 of 2. From when it applies" not in habeas("terms", "show", f"{amended}@2026-12-31").out
    first = habeas("terms", "show", f"{amended}@2026-12-31", "--format", "json").out
    assert json.loads(first)["version"]["until_on"] == "2027-01-01"
    by_file = habeas("terms", "show", amended.with_name("draft.2027-01-01.toml")).out
    assert by_file == habeas("terms", "show", amended).out


def test_two_versions_of_one_agreement_are_compared_by_their_days(habeas: Shell, amended: Path) -> None:
    ended = habeas("terms", "diff", f"{amended}@2026-12-31", f"{amended}@2027-01-01")
    assert ended.code == 1
    assert "- Before: For 5 years. [1]\n    Now: For 8 years. [9]\n" in ended.out
    assert "[9] Protocol. 2027. The text itself was read." in ended.out
    assert "Version 1 of 2, until 1 January 2027." in ended.out


def test_a_version_is_asked_for_by_a_day(habeas: Shell) -> None:
    ended = habeas("terms", "show", "se-ee-2025@yesterday")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == (
        "habeas: se-ee-2025@yesterday asks for the version of yesterday, which is no day: write it as 2026-03-01.\n"
    )
    assert habeas("terms", "show", "se-ee-2025@2026-03-01").code == 0


def test_terms_need_no_django_and_no_network() -> None:
    ended = typed("terms", "show", "se-ee-2025", program=OFFLINE_AND_WITHOUT_DJANGO)
    assert (ended.code, ended.err) == (0, "")


def test_a_case_is_asked_about_under_the_version_of_its_day(habeas: Shell, amended: Path) -> None:
    case = Path(__file__).parents[1] / "docs/reference/examples/citizenship-asserted.json"
    asked = ("screen", "--agreement", amended, case, "--format", "json")
    before, after = (
        json.loads(habeas(*asked, "--at", f"{day}T12:00Z").out)["terms_digest"] for day in ("2026-12-31", "2027-01-01")
    )
    shown = [
        json.loads(habeas("terms", "show", f"{amended}@{day}", "--format", "json").out)
        for day in ("2026-12-31", "2027-01-01")
    ]
    assert [before, after] == [each["digest"] for each in shown]
    assert before != after
