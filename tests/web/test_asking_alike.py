"""Whoever is sought, held or not, asking takes as long, says the same and is as large: to the byte."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import quantiles

import pytest
from django.test import Client
from django.utils import timezone

from habeas.core.entries.asking import Answer, EnquiryAnswered
from habeas.core.entries.procedure import Asserted, AssertionMade
from habeas.store import asking
from tests.store.example import OFFICER, RECEIVER, Register
from tests.web.test_asking import REFERENCE

SOUGHT = {
    "held": "Anna María Fiktiv",
    "protected": "Bertil Påhittad",
    "proposed": "Charlie Exempel",
    "similar": "Ana Maria Fictiv",
    "unknown": "Zoltan Nobody-Example",
}
ROUNDS = 60
TRIES = 3
"""A difference that is there is there each time; one that other work on the machine made is not."""
APART = 1.25
"""The quicker fifths of two groups of some ten milliseconds each may differ by this factor; a search by name in the
memory of a small register takes less, so equality of the code path is what `test_no_name_is_looked_up` holds. Counted is
the processor's time of this thread, which other work on the machine hardly lengthens."""

Times = Mapping[str, Sequence[float]]
BEFORE = re.compile(r'<p class="quiet">Opened with this reference.*?</p>\n', re.DOTALL)
"""How often it was opened before is told to whoever opens it, whatever was answered."""


def apart(times: Times) -> float:
    """By which factor the slowest group differs from the quickest, by their quicker fifths: robust against slow ones."""
    fifths = [quantiles(each, n=5)[0] for each in times.values()]
    return max(fifths) / min(fifths)


@pytest.fixture
def people(register: Register, monkeypatch: pytest.MonkeyPatch) -> Register:
    """One person held, one who asserted fear, one proposed. The slow hash is made quick, as it would hide a difference."""
    monkeypatch.setattr(asking, "HASH_COST", {"n": 2, "r": 8, "p": 1, "dklen": 32})
    monkeypatch.setattr(asking, "PER_HOUR_ELSE", 100_000)
    monkeypatch.setattr(asking, "PER_HOUR", {asking.COLLECT: 100_000})
    register.propose("anna", "Anna María", "Fiktiv")
    register.hold("anna")
    register.propose("bertil", "Bertil", "Påhittad")
    fear = AssertionMade(asserted=Asserted.FEAR, words="an invented fear")
    register.record("case-bertil", fear, person="person-bertil")
    register.propose("charlie", "Charlie", "Exempel")
    return register


def interleaved(groups: Sequence[str]) -> list[str]:
    """Each group as often as every other, in a random order: what slows the machine down slows all alike."""
    order = list(groups) * ROUNDS
    random.Random(3).shuffle(order)
    return order


def demand_alike(ask: Callable[[str], float], *groups: Sequence[str]) -> None:
    """Ask for each group, in a random order, as often as needed; fail if some take longer each time."""
    for alike in groups:
        found = []
        while not found or found[-1] >= APART:
            assert len(found) < TRIES, found
            times: dict[str, list[float]] = {each: [] for each in alike}
            for group in interleaved(alike):
                times[group].append(ask(group))
            found.append(apart(times))


def test_asking_is_alike_for_held_protected_similar_and_unknown_people(people: Register) -> None:
    client, pages = Client(), set[str]()

    def ask(group: str) -> float:
        sent = {"sought": SOUGHT[group], "word": "winter river"}
        start = time.thread_time()
        response = client.post("/ask/person/", sent)
        taken = time.thread_time() - start
        pages.add(
            REFERENCE.sub("", response.content.decode()) + str(sorted(response.items())) + str(response.status_code)
        )
        assert REFERENCE.search(response.content.decode())
        return taken

    demand_alike(ask, [*SOUGHT])
    assert len(pages) == 1


def test_collecting_is_alike_whatever_was_answered_and_a_wrong_word_like_an_unknown_reference(people: Register) -> None:
    client, pages = Client(), dict[str, set[str]]()
    given = {group: asked(client, sought) for group, sought in SOUGHT.items()}
    for group, reference in given.items():
        stream = about(reference)
        says = Answer.HELD if group in {"held", "protected"} else Answer.NOT_HELD_BY_US
        case = {"held": "case-anna", "protected": "case-bertil"}.get(group)
        for by in (OFFICER, RECEIVER):
            people.versions[stream] = people.versions.get(stream, 1)
            people.record(stream, EnquiryAnswered(enquiry=stream, answer=says, case=case), by=by)
    tried = {group: (reference, "winter river") for group, reference in given.items()}
    tried |= {"wrong word": (given["held"], "summer river"), "no reference": ("2345-2345-2345-2345", "winter river")}

    def collect(group: str) -> float:
        reference, word = tried[group]
        start = time.thread_time()
        response = client.post("/ask/answer/", {"reference": reference, "word": word})
        taken = time.thread_time() - start
        shown = BEFORE.sub("", response.content.decode())
        told = re.sub(r'(?:value="[^"]*"|<time .*?</time>)', "", shown)
        headers = sorted((name, value) for name, value in response.items() if name != "Content-Length")
        pages.setdefault("missed" if response.status_code == 404 else "found", set()).add(
            f"{len(shown)} {told} {headers}"
        )
        return taken

    demand_alike(collect, [*SOUGHT], [each for each in tried if each not in SOUGHT])
    assert {kind: len(each) for kind, each in pages.items()} == {"found": 1, "missed": 1}


def test_the_statistic_sees_a_lookup_that_costs_a_third_of_a_request() -> None:
    drawn = random.Random(5)
    alike = {group: [drawn.lognormvariate(-4.6, 0.4) for _ in range(ROUNDS)] for group in ("held", "unknown")}
    leaking = {**alike, "held": [each * 1.4 for each in alike["held"]]}

    assert apart(leaking) > APART


def test_no_name_is_looked_up_when_somebody_asks(people: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[str] = []
    monkeypatch.setattr("habeas.store.names.NAMES", None)
    monkeypatch.setattr("habeas.store.read.NAMES", Recorder(searched))
    client = Client()
    reference = asked(client, SOUGHT["held"])
    client.post("/ask/answer/", {"reference": reference, "word": "winter river"})
    assert searched == []

    from habeas.store import read

    read.search_names("Anna", OFFICER)
    assert searched == ["Anna"]


class Recorder:
    """Stands where the index of names stands, and only notes what is looked for."""

    def __init__(self, searched: list[str]) -> None:
        self.searched = searched

    def find(self, text: str) -> list[str]:
        """Nothing is ever found."""
        self.searched.append(text)
        return []


def asked(client: Client, sought: str) -> str:
    response = client.post("/ask/person/", {"sought": sought, "word": "winter river"})
    found = REFERENCE.search(response.content.decode())
    assert found
    return found.group()


def about(reference: str) -> str:
    found = asking.collect(reference, "winter river", at=timezone.now())
    assert found
    return found.asker.about
