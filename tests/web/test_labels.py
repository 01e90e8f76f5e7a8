"""Everything that a page calls by a code has words in both languages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from habeas.core.compliance import Where
from habeas.core.countries import COUNTRIES
from habeas.core.entries import KINDS, Role, Unstated, specs
from habeas.core.facts import CATALOGUE, EVIDENCE_KINDS, Origin
from habeas.core.orders import OrderStanding
from habeas.core.permissions import ACTS
from habeas.core.procedure import Stage, Step
from habeas.speech import word
from habeas.web.questions import LANGUAGES


def codes() -> Iterator[str]:
    """Every code of which a page asks the words."""
    for kind, body in KINDS.items():
        yield f"entry.{kind}"
        for spec in specs(body):
            yield f"entry.{kind}.{spec.name}"
            yield from (f"choice.{type(each).__name__}.{each.value}" for each in spec.choices or ())
    yield from (f"act.{each}" for each in ACTS)
    yield from (f"role.{each.value}" for each in Role)
    yield from (f"unstated.{each.value}" for each in Unstated)
    yield from (f"stage.{each.value}" for each in Stage)
    yield from (f"step.{each.value}" for each in Step)
    yield from (f"order_standing.{each.value}" for each in OrderStanding)
    yield from (f"where.{each.value}" for each in Where)
    yield from (f"country.{each}" for each in COUNTRIES)
    yield from (f"language.{each}" for each in LANGUAGES)
    yield from (f"evidence.{each}" for each in EVIDENCE_KINDS)
    yield from (f"fact.{each}" for each in CATALOGUE)
    yield from (
        f"fact_code.{code}" for each in CATALOGUE.values() for code in each.codes if each.origin is Origin.STATED
    )


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_code_has_words(language: str) -> None:
    wordless = sorted({each for each in codes() if word(each, language) == each})
    assert wordless == []


def test_the_languages_do_not_say_the_same() -> None:
    own = [each for each in codes() if each.startswith(("entry.", "act.", "role.", "stage."))]
    same = {each for each in own if word(each, "en") == word(each, "es")}
    alike = {word(each, "en") for each in same}
    assert alike <= {"Hospital", "Manifest"}
