"""What is said of each check."""

from __future__ import annotations

import pytest

from habeas.audit import agreement_checks, registers
from habeas.audit.found import Check
from habeas.audit.run import CHECKS
from habeas.speech import LANGUAGES, word

EVERY = [*(check for checks in CHECKS.values() for check in checks), *registers.CHECKS, *agreement_checks.CHECKS]


@pytest.mark.parametrize("check", EVERY, ids=lambda check: check.id)
def test_a_check_has_a_title_a_meaning_and_a_sentence_in_each_language(check: Check) -> None:
    for language in LANGUAGES:
        codes = [f"audit.{each}_{check.id}" for each in ("title", "check", "found")]
        assert [code for code in codes if word(code, language) == code] == []
