"""A case file is read strictly: a misspelling can't become a fact that is silently not known."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.core.case_file import CaseFile, CaseFileError, parse_moment, read_case_file
from habeas.core.facts import Evidence, Fact, Standing
from habeas.core.safeguards import Step
from habeas.speech import LANGUAGES, say

EXAMPLES = Path(__file__).parents[2] / "docs" / "reference" / "examples"


def document() -> dict[str, Any]:
    """A case with one verified fact."""
    return {
        "habeas_case": 1,
        "name": "Çağrı Øveraas-Ñúñez",
        "as_of": "2026-09-01T12:00:00+02:00",
        "step": "decision",
        "proposed_by": "transfer desk",
        "facts": [
            {
                "name": "nationalities",
                "value": ["SWE"],
                "as_of": "2026-08-20",
                "stated_by": "transfer desk",
                "standing": "verified",
                "verified_by": "registry",
                "contested": False,
                "evidence": [
                    {
                        "kind": "passport",
                        "issuer": "SWE",
                        "dated_on": "2024-02-29",
                        "reference": "example",
                        "sha256": "ab" * 32,
                    }
                ],
            }
        ],
    }


def read(case: object, file: str = "case.json") -> CaseFile:
    return read_case_file(json.dumps(case).encode(), file)


def refusal(data: bytes, file: str = "case.json") -> str:
    """The English sentence with which the bytes are refused; the Spanish one must stand as complete."""
    with pytest.raises(CaseFileError) as caught:
        read_case_file(data, file)
    english, spanish = (say(caught.value.message, language) for language in LANGUAGES)
    assert english != spanish
    assert not any(mark in english + spanish for mark in ("{", "}", "case_file.", "\n"))
    return english


def test_a_case_is_read_into_typed_facts() -> None:
    assert read(document()) == CaseFile(
        name="Çağrı Øveraas-Ñúñez",
        as_of=datetime(2026, 9, 1, 10, tzinfo=UTC),
        step=Step.DECISION,
        proposed_by="transfer desk",
        facts=(
            Fact(
                id="facts[0]",
                name="nationalities",
                value=("SWE",),
                as_of=date(2026, 8, 20),
                stated_by="transfer desk",
                standing=Standing.VERIFIED,
                verified_by="registry",
                evidence=(
                    Evidence(
                        kind="passport", issuer="SWE", dated_on=date(2024, 2, 29), reference="example", sha256="ab" * 32
                    ),
                ),
            ),
        ),
    )


def test_toml_of_the_same_shape_is_the_same_case() -> None:
    toml = b"""
    habeas_case = 1
    name = "\xc3\x87a\xc4\x9fr\xc4\xb1 \xc3\x98veraas-\xc3\x91\xc3\xba\xc3\xb1ez"
    as_of = 2026-09-01T12:00:00+02:00
    step = "decision"
    proposed_by = "transfer desk"
    [[facts]]
    name = "nationalities"
    value = ["SWE"]
    as_of = 2026-08-20
    stated_by = "transfer desk"
    standing = "verified"
    verified_by = "registry"
    [[facts.evidence]]
    kind = "passport"
    issuer = "SWE"
    dated_on = 2024-02-29
    reference = "example"
    sha256 = "abababababababababababababababababababababababababababababababab"
    """
    assert read_case_file(toml, "case.toml") == read(document())


def test_null_and_an_absent_value_both_say_not_known() -> None:
    case = document()
    case["facts"][0]["value"] = None
    unknown = read(case)
    del case["facts"][0]["value"]
    assert read(case) == unknown
    assert unknown.facts[0].value is None


def test_two_statements_of_one_fact_are_both_kept() -> None:
    case = document()
    case["facts"] = case["facts"] * 2
    assert [each.id for each in read(case).facts] == ["facts[0]", "facts[1]"]


def changed(change: Callable[[dict[str, Any], dict[str, Any]], object]) -> bytes:
    """The case after a change of it and of its first fact."""
    case = document()
    change(case, case["facts"][0])
    return json.dumps(case).encode()


def put(member: str, value: object) -> bytes:
    """The case whose first fact has another member."""
    return changed(lambda case, fact: fact.update({member: value}))


def only(name: str, value: object) -> bytes:
    """The case whose first fact is another one."""
    return changed(lambda case, fact: fact.update({"name": name, "value": value}))


REFUSED = {
    "a misspelt member": (
        put("valeu", ["SWE"]),
        'case.json, facts[0]: there is no member called "valeu". Use value, or leave it out.',
    ),
    "a misspelt fact": (
        only("nationalites", ["SWE"]),
        'case.json, facts[0].name: there is no fact called "nationalites". Did you mean nationalities?',
    ),
    "a fact that is nothing like one": (
        only("zzzz", None),
        'case.json, facts[0].name: there is no fact called "zzzz".'
        " The facts are listed in docs/reference/case-json.md.",
    ),
    "a fact that the agreement supplies": (
        only("vehicle", "V1"),
        'case.json, facts[0].name: "vehicle" comes from the agreement and the question,'
        " nobody can state it. Leave it out.",
    ),
    "a country that is none": (
        only("nationalities", ["SWE", "SVE"]),
        "case.json, facts[0].value[1]: expected a country of ISO 3166-1 alpha-3 like"
        ' "SWE" (XXA for stateless, XKX for Kosovo), found "SVE".',
    ),
    "a text for a list": (
        only("nationalities", "SWE"),
        'case.json, facts[0].value: expected a list of at most 500 items, found "SWE".',
    ),
    "a number for a truth": (only("sentence_final", 1), "case.json, facts[0].value: expected true or false, found 1."),
    "a truth for a number": (
        only("open_objections", True),
        "case.json, facts[0].value: expected a whole number, found true.",
    ),
    "a fraction": (only("open_objections", 1.5), "case.json, facts[0].value: expected a whole number, found 1.5."),
    "a code that is none": (
        only("security_class", "4"),
        'case.json, facts[0].value: "4" is not known here. Use 1, 2, 3.',
    ),
    "a day that is none": (
        only("born_on", "2026-02-30"),
        'case.json, facts[0].value: expected a date like "2026-08-20", found "2026-02-30".',
    ),
    "a moment without a time zone": (
        changed(lambda case, fact: case.update(as_of="2026-09-01T10:00:00")),
        "case.json, as_of: expected a moment with its time zone like"
        ' "2026-09-01T10:00:00Z", found "2026-09-01T10:00:00".',
    ),
    "a moment before the calendar": (
        changed(lambda case, fact: case.update(as_of="0001-01-01T00:00:00+23:59")),
        "case.json, as_of: expected a moment with its time zone like"
        ' "2026-09-01T10:00:00Z", found "0001-01-01T00:00:00+23:59".',
    ),
    "a step that is none": (
        changed(lambda case, fact: case.update(step="decison")),
        'case.json, step: "decison" is not known here. Use decision.',
    ),
    "another version": (
        changed(lambda case, fact: case.update(habeas_case=2)),
        "case.json, habeas_case: 2 is no version of the format that this Habeas reads. Use 1.",
    ),
    "a member that is missing": (
        changed(lambda case, fact: fact.pop("stated_by")),
        'case.json, facts[0]: the member "stated_by" is missing. Add it.',
    ),
    "a verification by nobody": (
        changed(lambda case, fact: fact.pop("verified_by")),
        'case.json, facts[0]: the member "verified_by" is missing. Add it.',
    ),
    "a verification by who stated it": (
        put("verified_by", "transfer desk"),
        "case.json, facts[0].verified_by: nobody verifies what they state themselves."
        ' Name who else verified it, or use the standing "stated".',
    ),
    "a verification of what is only stated": (
        put("standing", "stated"),
        "case.json, facts[0].verified_by: only a verified fact has somebody who verified it, and this"
        ' one is "stated". Leave it out, or use the standing "verified".',
    ),
    "evidence of no known kind": (
        changed(lambda case, fact: fact["evidence"][0].update(kind="pasport")),
        'case.json, facts[0].evidence[0].kind: "pasport" is not known here. Use passport.',
    ),
    "a digest that is none": (
        changed(lambda case, fact: fact["evidence"][0].update(sha256="AB" * 32)),
        "case.json, facts[0].evidence[0].sha256: expected a SHA-256 as 64 small hexadecimal digits,"
        f' found "{"AB" * 20}…".',
    ),
    "a name that reorders what stands beside it": (
        changed(lambda case, fact: case.update(name="Bob \u202e")),
        'case.json, name: expected a text without control characters or marks that reorder it, found "Bob \\u202e".',
    ),
    "a list in place of the case": (b"[]", "case.json, at the top: expected an object with members, found a list."),
    "nothing": (b"", "case.json, line 1, column 1: this is not JSON (Expecting value). Mend it there."),
    "a member twice": (
        b'{"habeas_case": 1, "name": "Alice", "name": "Bob"}',
        'case.json, at the top: the member "name" stands there more than once. Keep the one that is meant.',
    ),
    "no number": (b'{"habeas_case": NaN}', "case.json, habeas_case: expected a whole number, found NaN."),
    "an enormous number": (
        b'{"habeas_case": ' + b"9" * 20 + b"}",
        f"case.json, habeas_case: expected a whole number, found {'9' * 20}.",
    ),
    "an unending number": (
        b'{"habeas_case": ' + b"9" * 100_000 + b"}",
        f"case.json, habeas_case: expected a whole number, found {'9' * 40}….",
    ),
    "a comma too many": (
        b'{"habeas_case": 1,\n "name": "Alice",,}',
        "case.json, line 2, column 18: this is not JSON"
        " (Expecting property name enclosed in double quotes). Mend it there.",
    ),
    "bytes that are no text": (
        b'{"habeas_case": 1,\n "name": "\xff"}',
        "case.json, line 2, column 11: this is not UTF-8 text. Save the file as UTF-8.",
    ),
    "a nested bomb": (b"[" * 500_000, "case.json is nested too deeply to be a case: a case has four levels."),
    "a file without end": (
        b" " * 1_000_001,
        "case.json is longer than 1000000 bytes: a case file describes one person and is far shorter.",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_case_can_not_hold_is_refused_in_one_sentence(name: str) -> None:
    data, sentence = REFUSED[name]
    assert refusal(data) == sentence


REFUSED_TOML = {
    "a syntax error": (
        b'habeas_case = 1\nname = "Alice',
        "case.toml, line 2, column 14: this is not TOML (Unterminated string). Mend it there.",
    ),
    "a key twice": (
        b"habeas_case = 1\nhabeas_case = 1\n",
        "case.toml, line 2, column 16: this is not TOML (Cannot overwrite a value). Mend it there.",
    ),
    "a moment without a time zone": (
        b'habeas_case = 1\nname = "Alice"\nas_of = 2026-09-01T10:00:00\nfacts = []',
        "case.toml, as_of: expected a moment with its time zone like"
        ' "2026-09-01T10:00:00Z", found 2026-09-01 10:00:00.',
    ),
    "a number that a case can't hold": (
        b"habeas_case = 9007199254740993",
        "case.toml, habeas_case: expected a whole number, found a number that is too large.",
    ),
    "a nested bomb": (b"a = " + b"[" * 100_000, "case.toml is nested too deeply to be a case: a case has four levels."),
}


@pytest.mark.parametrize("name", REFUSED_TOML)
def test_toml_is_refused_as_plainly(name: str) -> None:
    data, sentence = REFUSED_TOML[name]
    assert refusal(data, "case.toml") == sentence


def test_a_moment_has_a_time_zone_and_ascii_digits() -> None:
    assert parse_moment("2026-09-01T12:00+02:00") == datetime(2026, 9, 1, 10, tzinfo=UTC)
    for text in ("", "2026-09-01", "2026-09-01T10:00", "٢٠٢٦-09-01T10:00Z", "2026-09-01T25:00Z"):
        assert parse_moment(text) is None


# --- properties ------------------------------------------------------------------------------------


def read_or_refused(data: bytes, file: str) -> None:
    """Whatever the bytes are, the answer is a case or one sentence in each language."""
    try:
        read_case_file(data, file)
    except CaseFileError as error:
        for language in LANGUAGES:
            sentence = say(error.message, language)
            assert sentence.isprintable()


@given(st.binary(max_size=300), st.sampled_from(["case.json", "case.toml"]))
def test_any_bytes_are_a_case_or_refused(data: bytes, file: str) -> None:
    read_or_refused(data, file)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["SWE", "2026-09-01", "verified", "nationalities", "0001-01-01T00:00:00+14:00"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(st.data())
def test_a_case_with_any_part_replaced_is_a_case_or_refused(data: st.DataObject) -> None:
    case = document()
    part: Any = case
    while isinstance(part, dict | list) and part:
        key = data.draw(st.sampled_from(sorted(part) if isinstance(part, dict) else list(range(len(part)))))
        if not isinstance(part[key], dict | list) or data.draw(st.booleans()):
            part[key] = data.draw(JSON)
            break
        part = part[key]
    read_or_refused(json.dumps(case).encode(), "case.json")


@given(st.data())
def test_a_case_with_any_byte_replaced_is_a_case_or_refused(data: st.DataObject) -> None:
    for name in ("case.json", "case.toml"):
        whole = bytearray(json.dumps(document()).encode() if name == "case.json" else TOML)
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
        read_or_refused(bytes(whole), name)


TOML = b"""habeas_case = 1
name = "Alice"
as_of = 2026-09-01T12:00:00+02:00
[[facts]]
name = "born_on"
value = 1990-01-02
as_of = 2026-08-20
stated_by = "desk"
standing = "stated"
"""


def test_the_example_that_bytes_are_changed_of_is_a_case() -> None:
    assert read_case_file(TOML, "case.toml").facts[0].value == date(1990, 1, 2)
