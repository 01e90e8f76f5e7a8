"""Everybody reads what the register found wrong with itself in words, whatever it was."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import habeas
from habeas.speech import word
from habeas.web.templatetags.habeas import findings_in_words

SOURCE = Path(habeas.__file__).parent
AUDITING = (
    *(SOURCE / "store" / name for name in ("standing_audit.py", "entries_audit.py", "chains.py")),
    *(SOURCE / "register" / name for name in ("chain_audit.py", "leaf.py", "keys.py", "asserted.py", "assertion.py")),
)
FOUND = re.compile(r'"((?:audit|register|server)\.[a-z_]+)"')
WITHIN = {"register.document_broken", "register.keys_line_broken"}
"""What is told of files that are handed over, and is in no audit."""


def codes() -> set[str]:
    """What an audit can find, as its modules name it."""
    texts = [each.read_text("utf-8") for each in AUDITING if each.exists()]
    return {code for text in texts for code in FOUND.findall(text)} - WITHIN


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_finding_of_an_audit_has_words(language: str) -> None:
    found = {code: f"found.{code.partition('_')[0]}" for code in codes()}
    assert len(found) > 30
    assert [code for code, name in found.items() if word(name, language) == name] == []


def test_findings_about_the_same_are_counted_together() -> None:
    found = findings_in_words({"audit.file_changed": 1, "register.leaf_broken": 2, "register.leaf_signature_wrong": 3})
    assert found == [
        ("files that are missing or were changed", 1),
        ("entries without the form or the signature that they must have", 5),
    ]
