"""The released set is sealed: add what you like, but lack, narrow, date out or re-address one and nothing is decided.

Each test changes a copy of the folder that comes with the package, as a developer or an operator would.
"""

from __future__ import annotations

import dataclasses
import json
import re
from importlib.resources import files
from pathlib import Path

import pytest

from habeas import safeguards
from habeas.core.commands import Taken, available
from habeas.core.entries import Actor, Entry, Role
from habeas.core.entries.institutions import AgreementAdopted
from habeas.core.entries.oversight import LessDemanded
from habeas.core.messages import Message
from habeas.core.released import adopted_demands, demands, packed, unpacked, weaker, written
from habeas.core.screening import Verdict
from habeas.speech import LANGUAGES, say
from tools import generate

from . import walk
from .lawful import LAWFUL, screened
from .ways import asked, in_transit, ready_to_decide, reasons
from .world import DECIDER, MONITOR, OFFICER, SAFEGUARDS, START, World, actor

RELEASED = Path(str(files("habeas.safeguards")))


NORWAY = '    { state = "NOR"'
"""How the line of one bound state begins."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the released folder."""
    for each in (*RELEASED.glob("*.toml"), RELEASED / "released.json"):
        (tmp_path / each.name).write_text(each.read_text("utf-8"), "utf-8")
    return tmp_path


def changed(folder: Path, id: str, key: str, line: str) -> list[tuple[str, str, str]]:
    """What is weaker once the line of a key, in the safeguard or instrument of this id, is another: by which code,
    whose, and in which key."""
    head = f'id = "{id}"\n'
    path = next(each for each in sorted(folder.glob("*.toml")) if head in each.read_text("utf-8"))
    before, _, after = path.read_text("utf-8").partition(head)
    own, put = re.subn(rf"^{re.escape(key)}.*\n", lambda _: line, head + after, count=1, flags=re.MULTILINE)
    assert put == 1
    path.write_text(before + own, "utf-8")
    found = safeguards.read_folder(folder).weaker
    return [(each.code, str(each.parameters["safeguard"]), str(each.parameters.get("key", ""))) for each in found]


def test_the_released_set_decides() -> None:
    assert safeguards.read().weaker == ()


@pytest.mark.parametrize(
    ("id", "key", "line", "code", "of"),
    [
        ("crc.adult", "id =", 'id = "crc.grown_up"', "lacks", ""),
        ("cat.protection_order", "steps", 'steps = ["decision", "departure", "handover"]', "narrows", "steps"),
        (
            "cat.no_onward_transfer",
            "condition",
            'condition = "onward_transfer_excluded or true"',
            "differs",
            "condition",
        ),
        ("iccpr.own_country", "applies_when", "applies_when = \"vehicle = 'V4'\"", "narrows", "applies_when"),
        ("cat.protection_order", "kind", 'kind = "requires"', "differs", "kind"),
        ("us.citizen", "nationalities =", 'nationalities = ["passport", "interview_record"]', "narrows", "evidence"),
        ("cat.protection_order", "duty_of", 'duty_of = "receiving"', "readdresses", "duty_of"),
    ],
)
def test_a_safeguard_that_is_missing_narrower_or_of_others_is_named(
    folder: Path, id: str, key: str, line: str, code: str, of: str
) -> None:
    assert changed(folder, id, key, line + "\n") == [(f"seal.{code}", id, of)]


@pytest.mark.parametrize(
    ("key", "lines", "code", "of"),
    [
        (NORWAY, '    { state = "NOR", since = 2026-11-20 },\n', "dates_out", "bound"),
        (NORWAY, '    { state = "NZL" },\n', "narrows", "bound"),
        ("binds", 'binds = "standard"\n', "differs", "binds"),
        ("binds", 'binds = "statute"\n', "differs", "binds"),
        ("id", 'id = "cat-1984"\n', "readdresses", "instrument"),
        (
            "not_bound",
            'not_bound = [\n{ state = "NZL", why = { en = "Invented.", es = "Inventado." } },\n',
            "narrows",
            "not_bound",
        ),
    ],
)
def test_what_weakens_an_instrument_weakens_each_of_its_safeguards(
    folder: Path, key: str, lines: str, code: str, of: str
) -> None:
    of_cat = [each.id for each in SAFEGUARDS.safeguards if each.instrument.id == "cat"]
    assert sorted(changed(folder, "cat", key, lines)) == sorted((f"seal.{code}", id, of) for id in of_cat)


@pytest.mark.parametrize(
    ("id", "key", "lines"),
    [
        ("cat", NORWAY, '    { state = "NOR" },\n'),
        ("cat", NORWAY, '    { state = "NOR", since = 1980-01-01 },\n'),
        ("cat", "bound", 'bound = [\n{ state = "NZL" },\n'),
        ("cat", "binds", 'binds = "treaty"\nstandard_for_others = true\n'),
        ("cat.protection_order", "steps", 'steps = ["screening", "decision", "departure", "handover", "held"]\n'),
        ("cat.protection_order", "title.en", 'title.en = "In other words"\n'),
        ("cat.protection_order", "article", 'article = "art. 3(1)"\n'),
        ("iccpr.own_country", "applies_when", ""),
        ("us.citizen", "nationalities =", 'nationalities = ["passport"]\n'),
    ],
)
def test_more_of_the_law_and_other_words_for_it_are_allowed(folder: Path, id: str, key: str, lines: str) -> None:
    assert changed(folder, id, key, lines) == []


@pytest.mark.parametrize(
    ("key", "line", "code"),
    [
        ("hours", "hours = 1\n", "differs"),
        ("owner", 'owner = "sending"\n', "readdresses"),
        ("id", 'id = "x"\n', "lacks"),
    ],
)
def test_a_clock_is_sealed_too(folder: Path, key: str, line: str, code: str) -> None:
    assert changed(folder, "objection", key, line) == [(f"seal.{code}", "objection", key if code != "lacks" else "")]


def test_a_safeguard_is_added_by_its_file_alone(folder: Path) -> None:
    text = (folder / "cat.toml").read_text("utf-8")
    added = text.replace('id = "cat', 'id = "invented')
    (folder / "invented.toml").write_text(added, "utf-8")
    found = safeguards.read_folder(folder)
    assert found.weaker == ()
    assert len(found.safeguards) > len(SAFEGUARDS.safeguards)


@pytest.mark.parametrize("damage", [None, "no JSON", "{}", "[" * 100_000])
def test_without_what_was_released_nothing_is_decided(folder: Path, damage: str | None) -> None:
    if damage is None:
        (folder / "released.json").unlink()
    else:
        (folder / "released.json").write_text(damage, "utf-8")
    assert safeguards.read_folder(folder).weaker == (Message("seal.no_release", {}),)


def test_what_a_release_demands_is_written_down_and_read_back() -> None:
    found = demands(SAFEGUARDS)
    assert json.loads(written(found)) == found


@pytest.mark.parametrize(("was", "now", "holds"), [({}, {"until": "2026-01-01"}, False), ({"until": None}, {}, True)])
def test_a_key_that_did_not_exist_at_the_release_is_a_difference(
    was: dict[str, str | None], now: dict[str, str | None], holds: bool
) -> None:
    assert (list(weaker({"a": now}, {"a": was})) == []) is holds


# --- what follows ----------------------------------------------------------------------------------

WEAKER = dataclasses.replace(SAFEGUARDS, weaker=(Message("seal.lacks", {"safeguard": "crc.adult"}),))


def test_a_set_that_asks_less_permits_nothing_and_says_why() -> None:
    world = World()
    case = ready_to_decide(world)
    answer = asked(world, "decide", walk.decision(), DECIDER, case, safeguards=WEAKER)
    assert reasons(answer)[0] == WEAKER.weaker[0]
    assert isinstance(asked(world, "decide", walk.decision(), DECIDER, case), Taken)


def test_the_tasks_of_a_case_say_why_nothing_can_be_permitted_and_reports_stay_open() -> None:
    world = World()
    case = world.case(in_transit(world))
    shown = available(case, dataclasses.replace(world.context(case), safeguards=WEAKER), OFFICER, world.now)
    assert (shown["offer_handover"][0], shown["report_arrival"]) == (WEAKER.weaker[0], ())


def test_the_best_answer_of_a_set_that_asks_less_is_not_shown() -> None:
    assert screened(LAWFUL).verdict is Verdict.NO_BAR_FOUND
    assert screened(LAWFUL, safeguards=WEAKER).verdict is Verdict.NOT_SHOWN


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", ["lacks", "narrows", "differs", "dates_out", "readdresses"])
def test_one_sentence_names_the_safeguard(code: str, language: str) -> None:
    sentence = say(
        Message(f"seal.{code}", {"safeguard": "crc.adult", "key": "steps", "what": "seal.adopted"}), language
    )
    assert "crc.adult" in sentence
    assert sentence.count(". ") == 0


# --- what a register adopted -------------------------------------------------------------------------

SYSTEM = actor(Role.SYSTEM, "log")
LESS = {"crc.adult": {"kind": "bars", "steps": ["decision"]}}
MORE = {"crc.adult": {"kind": "bars", "steps": ["decision", "departure"]}}
OTHER = {**LESS, "cat.fear_decided": {"kind": "bars"}}


def adopted(id: str, asked: dict[str, dict[str, object]] | None, by: Actor = SYSTEM) -> Entry:
    """An entry by which a register adopts safeguards that ask this; None: as before demands were written down."""
    body = AgreementAdopted(
        agreement="se-ee-2025",
        sending_party="se",
        receiving_party="ee",
        terms_digest="t",
        safeguards_digest="s",
        demands=packed(asked) if asked is not None else None,
    )
    return entry(id, body, by)


def confirmed(id: str, by: Actor) -> Entry:
    return entry(f"confirmed {id}", LessDemanded(adopted=id, reasons="An invented reason."), by)


def entry(id: str, body: object, by: Actor) -> Entry:
    return Entry(
        id=id, index=0, stream="s", version=0, subject=None, occurred_at=START, recorded_at=START, actor=by, body=body
    )


@pytest.mark.parametrize(
    ("entries", "asked"),
    [
        ([adopted("1", None)], None),
        ([adopted("1", LESS), adopted("2", MORE)], MORE),
        ([adopted("1", MORE), adopted("2", LESS)], MORE),
        ([adopted("1", MORE), adopted("2", OTHER), adopted("3", LESS)], MORE),
        ([adopted("1", MORE), adopted("2", LESS), confirmed("2", MONITOR)], LESS),
        ([adopted("1", MORE), adopted("2", LESS), confirmed("2", OFFICER)], MORE),
        ([adopted("1", MORE), adopted("2", LESS), confirmed("1", MONITOR)], MORE),
        ([adopted("1", MORE), adopted("2", LESS), confirmed("2", MONITOR), adopted("3", {})], LESS),
        ([adopted("1", MORE), adopted("2", LESS), confirmed("2", MONITOR), adopted("3", MORE)], MORE),
    ],
)
def test_a_register_never_asks_less_than_it_adopted_until_the_monitor_confirms_exactly_that(
    entries: list[Entry], asked: dict[str, object] | None
) -> None:
    found = adopted_demands(entries)
    assert (unpacked(found) if found else None) == asked


def test_the_page_of_the_release_is_never_lowered_in_passing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever weakens a safeguard and renews what is generated is told which, and nothing is written."""
    monkeypatch.setattr(generate, "DOCS", tmp_path / "docs")
    kept = tmp_path / "docs" / generate.RELEASED
    kept.parent.mkdir(parents=True)
    (tmp_path / "docs").mkdir(exist_ok=True)
    more = {**demands(safeguards.read()), "invented.duty": {"kind": "bars"}}
    kept.write_text(written(more), "utf-8")

    assert generate.main([]) == 1

    said = capsys.readouterr().out
    assert "invented.duty" in said
    assert "--ask-less" in said
    assert kept.read_text("utf-8") == written(more)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [kept.resolve()]


@pytest.mark.parametrize(
    ("name", "key", "value", "code"),
    [
        ("fear_asserted", "protective", False, "seal.narrows"),
        ("fear_assertion_decided", "ends", "", "seal.differs"),
        ("fear_asserted", "type", "text", "seal.differs"),
        ("ill_treatment_signs", "about", "facts", "seal.differs"),
    ],
)
def test_a_fact_that_the_law_asks_for_is_sealed_with_it(name: str, key: str, value: object, code: str) -> None:
    """What protects a person in any standing stays so: it is no switch beside the safeguards."""
    released = demands(safeguards.read())
    at_hand = {**released, f"fact {name}": {**released[f"fact {name}"], key: value}}
    found = list(weaker(at_hand, released))
    assert [(each.code, each.parameters["safeguard"], each.parameters["key"]) for each in found] == [
        (code, f"fact {name}", key)
    ]


def test_a_fact_that_protects_from_now_on_is_no_difference() -> None:
    released = demands(safeguards.read())
    name = next(each for each, row in released.items() if each.startswith("fact ") and not row["protective"])
    assert list(weaker({**released, name: {**released[name], "protective": True}}, released)) == []
