"""An agreement is amended from a day on; what it was before stays what it was, digest and all."""

from __future__ import annotations

from datetime import date

import pytest

from habeas import agreements
from habeas.core.messages import FileError
from habeas.core.terms import Agreement, gaps, parse_agreement
from habeas.core.versions import in_force, versions
from habeas.documents.terms_text import terms_json, terms_text
from habeas.documents.versions_text import diff_json, diff_text

FIRST = """\
[sources.text]
document = "Agreement"
citation = "Official Journal, 2020"
quality = "treaty"

[agreement]
id = "aa-bb-2020"
title = { en = "A test", es = "Una prueba" }
sending = "NOR"
receiving = "NLD"
vehicle = "V1"
source = "text"

[dates.in_force_on]
on = 2020-03-01
source = "text"

[dates.ends_on]
on = 2023-01-01
source = "text"

[[authority]]
state = "NOR"
name = "The service"
source = "text"

[[facility]]
code = "north"
name = "North"
state = "NLD"
time_zone = "Europe/Amsterdam"
places = 100
source = "text"

[[scope]]
id = "men"
title = { en = "Men", es = "Hombres" }
reason = { en = "Only men.", es = "Solo hombres." }
rule = "sex = 'male'"
source = "text"

[answers.suspension]
text = { en = "Either state can suspend.", es = "Cada Estado puede suspender." }
source = "text"

[fee]
shape = "F3"
currency = "EUR"
rate = "80.00"
source = "text"
"""

SECOND = """\
[sources.protocol]
document = "Protocol"
citation = "Official Journal, 2021"
quality = "treaty"

[amendment]
of = "aa-bb-2020"
from_on = 2021-07-01
title = { en = "More places, dearer", es = "Más plazas, más caras" }
without = ["dates.ends_on", "scope.men"]
source = "protocol"
clause = "art. 2"

[[facility]]
code = "north"
name = "North"
state = "NLD"
time_zone = "Europe/Amsterdam"
places = 150
source = "protocol"

[[facility]]
code = "south"
name = "South"
state = "NLD"
time_zone = "Europe/Amsterdam"
source = "protocol"

[periods.contest_days]
value = 14
source = "protocol"

[fee]
shape = "F3"
currency = "EUR"
rate = "90.00"
source = "protocol"
"""

THIRD = """\
[sources.note]
document = "Note"
citation = "2022"
quality = "official"

[amendment]
of = "aa-bb-2020"
from_on = 2022-01-01
title = { en = "Until 2024", es = "Hasta 2024" }
source = "note"

[dates.ends_on]
on = 2024-01-01
source = "note"
"""


def all_three() -> tuple[Agreement, ...]:
    return versions(parse_agreement(FIRST, "aa.toml"), [("aa.2021-07-01.toml", SECOND), ("aa.2022-01-01.toml", THIRD)])


def on(day: date | None) -> int:
    return in_force(all_three(), day).version.number


def error(second: str) -> FileError:
    with pytest.raises(FileError) as caught:
        versions(parse_agreement(FIRST, "aa.toml"), [("aa.2021-07-01.toml", second)])
    return caught.value


def test_a_version_applies_until_the_next_begins() -> None:
    spans = [(each.version.number, each.version.from_on, each.version.until_on) for each in all_three()]
    assert spans == [
        (1, date(2020, 3, 1), date(2021, 7, 1)),
        (2, date(2021, 7, 1), date(2022, 1, 1)),
        (3, date(2022, 1, 1), None),
    ]
    assert {each.version.of for each in all_three()} == {3}


@pytest.mark.parametrize(
    ("day", "number"),
    [
        (date(2019, 1, 1), 1),
        (date(2020, 3, 1), 1),
        (date(2021, 6, 30), 1),
        (date(2021, 7, 1), 2),
        (date(2021, 12, 31), 2),
        (date(2022, 1, 1), 3),
        (date(2099, 1, 1), 3),
        (None, 3),
    ],
)
def test_the_version_in_force_on_a_day(day: date | None, number: int) -> None:
    assert on(day) == number


def test_an_amendment_changes_what_it_says_and_nothing_else() -> None:
    first, second, third = all_three()
    assert [(each.code, each.places) for each in second.facilities] == [("north", 150), ("south", None)]
    assert (second.eligibility, [*second.dates], [*second.periods]) == ((), ["in_force_on"], ["contest_days"])
    assert second.fee != first.fee
    assert (second.answers, second.authorities) == (first.answers, first.authorities)
    assert (third.fee, third.facilities) == (second.fee, second.facilities)
    assert third.dates["ends_on"].on == date(2024, 1, 1)


def test_the_digest_of_a_version_does_not_change_when_another_follows() -> None:
    alone = parse_agreement(FIRST, "aa.toml")
    digests = [each.digest for each in all_three()]
    assert digests[0] == alone.digest
    assert len(set(digests)) == 3
    shorter = versions(alone, [("aa.2021-07-01.toml", SECOND)])
    assert [each.digest for each in shorter] == digests[:2]
    changed = versions(alone, [("aa.2021-07-01.toml", SECOND.replace("90.00", "91.00"))])
    assert changed[1].digest != digests[1]


@pytest.mark.parametrize(
    ("was", "now", "code", "line"),
    [
        ('of = "aa-bb-2020"', 'of = "cc"', "terms.amends_another", 7),
        ("from_on = 2021-07-01", "from_on = 2021-08-01", "terms.not_its_day", 8),
        ("from_on = 2021-07-01\n", "", "toml.key_missing", 6),
        ('"scope.men"', '"scope.women"', "terms.not_in_version", 10),
        ('"scope.men"', '"scope.men", "scope.men"', "terms.not_in_version", 10),
        ('[amendment]\nof = "aa-bb-2020"', '[amendment]\nfo = 1\nof = "aa-bb-2020"', "toml.unknown_key", 7),
        ('source = "protocol"\nclause', 'source = "text"\nclause', "terms.source_unknown", 11),
    ],
)
def test_what_is_wrong_in_an_amendment_is_said_with_its_line(was: str, now: str, code: str, line: int) -> None:
    assert was in SECOND
    caught = error(SECOND.replace(was, now, 1))
    assert (caught.message.code, caught.place.file, caught.place.line) == (code, "aa.2021-07-01.toml", line)


def test_an_amendment_can_not_apply_from_before_the_version_that_it_amends() -> None:
    early = SECOND.replace("from_on = 2021-07-01", "from_on = 2020-03-01")
    with pytest.raises(FileError) as caught:
        versions(parse_agreement(FIRST, "aa.toml"), [("aa.2020-03-01.toml", early)])
    assert (caught.value.message.code, caught.value.place.line) == ("terms.ends_before_it_begins", 8)


def test_the_words_say_which_version_it_is_and_when_it_applies() -> None:
    first, second, third = (" ".join(terms_text(each, "en").split()) for each in all_three())
    assert "Version 1 of 3, from 1 March 2020 until 1 July 2021." in first
    assert "More places, dearer [9, art. 2] Version 2 of 3" in re_numbered(second)
    assert "Version 3 of 3. It applies from 1 January 2022, until another follows." in third
    data = terms_json(all_three()[1], "es")["version"]
    assert (data["number"], data["from_on"], data["until_on"]) == (2, "2021-07-01", "2022-01-01")
    assert data["title"] == "Más plazas, más caras"


def re_numbered(text: str) -> str:
    """The text with its last source called 9, whatever its number."""
    return text.replace("[2, art. 2]", "[9, art. 2]").replace("[1, art. 2]", "[9, art. 2]")


def test_two_versions_are_compared_in_plain_words() -> None:
    first, second, _ = all_three()
    text = " ".join(diff_text(first, second, "en").split())
    assert "WHAT THE SECOND CHANGES" in text
    assert "Before: North, Netherlands; days are counted in Europe/Amsterdam. Up to 100 people. [1]" in text
    assert "Now: North, Netherlands; days are counted in Europe/Amsterdam. Up to 150 people. [2]" in text
    assert "Before: So much for each person-day. [1] 80.00 EUR a person-day." in text
    added, removed = text.index("WHAT THE SECOND ADDS"), text.index("WHAT THE SECOND NO LONGER SAYS")
    assert added < text.index("South, Netherlands") < removed < text.index("Men [1] Only men. Rule: sex = 'male'")
    assert "Either state can suspend." not in text


def test_the_comparison_is_said_in_spanish_and_as_data() -> None:
    _, second, third = all_three()
    assert "LO QUE LA SEGUNDA AÑADE\n- Termina el 1 de enero de 2024" in diff_text(second, third, "es")
    data = diff_json(second, third, "es")
    assert data["differs_in"] == ["dates"]
    (change,) = data["changes"]  # type: ignore[misc]
    assert (change["what"], change["how"], change["before"]) == ("dates.ends_on", "added", [])


def test_what_both_say_in_the_same_words_stands_once_above_what_differs() -> None:
    other = FIRST.replace("Only men.", "Men only.")
    text = " ".join(diff_text(*(parse_agreement(each, "x") for each in (FIRST, other)), "en").split())
    assert "- Men [1] Before: Only men. Now: Men only." in text


def test_every_version_of_every_released_agreement_can_be_read() -> None:
    for id in agreements.ids():
        found = agreements.versions(id)
        assert [each.version.number for each in found] == list(range(1, len(found) + 1))
        assert {each.id for each in found} == {id}
        assert all(isinstance(gaps(each), tuple) for each in found)
        assert agreements.agreement(id) == found[-1]
        assert agreements.agreement(id, on=date.min) == found[0]
