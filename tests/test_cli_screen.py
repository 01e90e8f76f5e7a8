"""One case beside an agreement and the law: the four answers that everything else rests on."""

import json
import shutil
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from habeas.core.facts import CATALOGUE, Origin
from habeas.core.safeguards import Step

from .test_cli import OFFLINE_AND_WITHOUT_DJANGO, Shell, habeas, typed

__all__ = ["habeas"]

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"
EXAMPLES = REFERENCE / "examples"

ANSWERS = {
    "citizenship-asserted": ("us-sv-2025", "barred", 1),
    "name-only": ("se-ee-2025", "not_shown", 1),
    "protection-order": ("us-sv-2025", "barred", 1),
    "complete-lawful-se-ee": ("se-ee-2025", "no_bar_found", 0),
}
FIRST_WORDS = {
    ("barred", "en"): "BARRED. ",
    ("barred", "es"): "IMPEDIDO. ",
    ("not_shown", "en"): "NOT SHOWN. ",
    ("not_shown", "es"): "NO ACREDITADO. ",
    ("no_bar_found", "en"): "NO BAR FOUND. This is not a permission: ",
    ("no_bar_found", "es"): "NO SE HALLÓ IMPEDIMENTO. Esto no es un permiso: ",
}


def example(name: str) -> str:
    return str(EXAMPLES / f"{name}.json")


def document(habeas: Shell, name: str, *more: str) -> Any:
    ended = habeas("screen", "--agreement", ANSWERS[name][0], "--format", "json", *more, example(name))
    assert ended.err == ""
    return json.loads(ended.out)


def barring(answers: Any) -> set[str]:
    return {each["id"] for each in answers["answers"] if each["result"] == "barred"}


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("language", ["en", "es"])
def test_each_example_is_answered_in_both_languages(habeas: Shell, name: str, language: str) -> None:
    agreement, verdict, code = ANSWERS[name]
    ended = habeas("screen", "--agreement", agreement, "--lang", language, example(name))
    assert (ended.code, ended.err) == (code, "")
    assert ended.out.split("\n\n")[1].startswith(FIRST_WORDS[verdict, language])
    assert not any(mark in ended.out for mark in ("cli.", "fact.", "evidence.", "screening.", "{", "}"))
    assert max(map(len, ended.out.splitlines())) <= 100


@pytest.mark.parametrize("name", ANSWERS)
def test_each_example_is_answered_as_one_json_document(habeas: Shell, name: str) -> None:
    agreement, verdict, _ = ANSWERS[name]
    answer = document(habeas, name)
    assert (answer["verdict"], answer["agreement"]) == (verdict, agreement)
    assert answer["is_permission"] is False
    assert {each["kind"] for each in answer["answers"]} == {"scope", "safeguard"}


def test_an_assertion_of_citizenship_bars_without_proof(habeas: Shell) -> None:
    answer = document(habeas, "citizenship-asserted")
    assert barring(answer) == {"iccpr.own_country", "us.citizenship_asserted"}
    assert answer["safeguards"] == "barred"


def test_the_offer_to_move_citizens_says_yes_where_the_law_bars_them(habeas: Shell) -> None:
    answers = {each["id"]: each for each in document(habeas, "citizenship-asserted")["answers"]}
    assert answers["offer_of_3_february"]["result"] == "met"
    assert answers["us.citizenship_asserted"]["result"] == "barred"


def test_a_protection_order_bars_and_says_on_what_it_rests(habeas: Shell) -> None:
    barred = {"cat.protection_order", "refugee.protected", "us-1231.withholding"}
    assert barring(document(habeas, "protection-order")) == barred
    text = habeas("screen", "--agreement", "us-sv-2025", example("protection-order")).out
    assert "El Salvador. Stated by Counsel," in text


def test_what_is_missing_comes_with_the_evidence_that_settles_it_either_way(habeas: Shell) -> None:
    answers = {each["id"]: each for each in document(habeas, "name-only")["answers"]}
    missing = answers["not_estonian"]["missing"]
    assert [(each["fact"], each["settled_by"]) for each in missing] == [
        ("nationalities", ["passport", "nationality_certificate", "civil_register"]),
        ("citizenship_asserted_of", ["interview_record"]),
    ]
    text = habeas("screen", "--agreement", "se-ee-2025", example("name-only")).out
    assert "This would settle it, either way: Passport," in text


def test_the_same_case_at_a_later_step_is_asked_more(habeas: Shell) -> None:
    departure = document(habeas, "complete-lawful-se-ee", "--step", "departure")
    assert (departure["step"], departure["verdict"]) == ("departure", "not_shown")
    assert barring(departure) == set()


def test_a_fact_from_after_the_moment_asked_about_does_not_count(habeas: Shell) -> None:
    before = document(habeas, "complete-lawful-se-ee", "--at", "2026-08-19T10:00:00Z")
    assert (before["at"], before["verdict"]) == ("2026-08-19T10:00:00Z", "not_shown")


def test_an_agreement_may_be_a_file_of_ones_own(habeas: Shell, tmp_path: Path) -> None:
    from habeas import agreements

    mine = tmp_path / "mine.toml"
    mine.write_text(agreements.read("se-ee-2025"), "utf-8")
    assert habeas("screen", "--agreement", mine, example("complete-lawful-se-ee")).code == 0


# --- what can't be used ----------------------------------------------------------------------------


def test_many_are_never_screened(habeas: Shell) -> None:
    two = [example("name-only"), example("protection-order")]
    ended = habeas("screen", "--agreement", "se-ee-2025", *two)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == ("habeas: Habeas never screens many: one proposal is one person. Give one case file, not 2.\n")


def test_a_case_that_can_not_be_read_is_one_sentence_and_two(habeas: Shell, tmp_path: Path) -> None:
    case = tmp_path / "case.json"
    case.write_text('{"habeas_case": 1,}')
    ended = habeas("screen", "--agreement", "se-ee-2025", case)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"habeas: {case}, line 1, column 19: this is not JSON (")
    assert ended.err.count("\n") == 1
    case.write_bytes(b" " * 1_000_001)
    assert habeas("screen", "--agreement", "se-ee-2025", case).err == (
        f"habeas: {case} is longer than 1000000 bytes: check that it is the right file.\n"
    )
    assert habeas("screen", "--agreement", "se-ee-2025", tmp_path).err == (
        f"habeas: {tmp_path} is no regular file: give the path of a file.\n"
    )


def test_what_is_asked_for_and_unknown_is_named(habeas: Shell) -> None:
    case = example("name-only")
    sentences = {
        ("--agreement", "nowhere"): (
            "There is no agreement and no file called nowhere: use the path of a file, or one of "
        ),
        ("--agreement", "se-ee-2025", "--step", "now"): f"--step now is unknown: use one of {', '.join(Step)}.",
        ("--agreement", "se-ee-2025", "--at", "now"): (
            "--at now is no moment with a time zone: write it like 2026-09-01T10:00:00Z."
        ),
    }
    for words, sentence in sentences.items():
        ended = habeas("screen", *words, case)
        assert (ended.code, ended.out) == (2, "")
        assert ended.err.startswith(f"habeas: {sentence}")


def test_an_agreement_that_can_not_be_read_says_where(habeas: Shell) -> None:
    case = example("name-only")
    ended = habeas("screen", "--agreement", case, case)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"habeas: {case}, line 1, column 1: ")


def test_screening_needs_no_django_and_no_network() -> None:
    words = ("screen", "--agreement", "se-ee-2025", example("complete-lawful-se-ee"))
    ended = typed(*words, program=OFFLINE_AND_WITHOUT_DJANGO)
    assert (ended.code, ended.err) == (0, "")


# --- the description of the format -----------------------------------------------------------------


def test_the_description_lists_every_fact_as_the_code_has_it() -> None:
    described = [line for line in (REFERENCE / "case-json.md").read_text("utf-8").splitlines() if line.count("|") == 5]
    rows = [
        f"| `{each.name}` | `{each.type}` |"
        f" {'countries' if each.countries else ', '.join(f'`{code}`' for code in each.codes)} |"
        f" {', '.join(f'`{kind}`' for kind in each.settled_by)} |"
        for each in CATALOGUE.values()
        if each.origin is not Origin.TERMS
    ]
    assert described[2:] == rows


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_every_example_can_be_screened(habeas: Shell, path: Path) -> None:
    assert habeas("screen", "--agreement", "se-ee-2025", path).code in (0, 1)


# --- safeguards that ask less than the released ones -------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('id = "crc.adult"', 'id = "crc.grown_up"', "crc.adult"),
        ('kind = "bars"', 'kind = "requires"', "(kind)"),
        ('kind = "bars"', 'kind = "forbids"', "crc.toml, "),
    ],
)
@pytest.mark.parametrize("language", ["en", "es"])
def test_with_a_weaker_or_a_broken_set_nobody_is_screened(
    tmp_path: Path, old: str, new: str, named: str, language: str
) -> None:
    package = Path(str(files("habeas")))
    shutil.copytree(package, tmp_path / "habeas", ignore=shutil.ignore_patterns("web", "__pycache__"))
    words = ("screen", "--agreement", "se-ee-2025", "--lang", language, example("complete-lawful-se-ee"))
    assert typed(*words, PYTHONPATH=str(tmp_path)).code == 0
    path = tmp_path / "habeas" / "safeguards" / "crc.toml"
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    ended = typed(*words, PYTHONPATH=str(tmp_path))
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert named in ended.err
