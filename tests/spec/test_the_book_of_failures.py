"""The page of failures is complete: each has a test, and the page says what the tests say."""

from __future__ import annotations

import re

from tests.spec.failures import FAILURES
from tools import generate


def test_every_failure_on_record_is_replayed_by_a_test() -> None:
    page = generate.failures()
    parts = re.split(r"^## ", page, flags=re.MULTILINE)[1:]
    assert [each.split(",")[0] for each in parts] == list(FAILURES)
    assert [part.split(",")[0] for part in parts if part.count("`test_") == 0] == []


def test_the_page_is_what_the_tests_say() -> None:
    assert (generate.DOCS / "explanation/failures.md").read_text("utf-8") == generate.failures()
