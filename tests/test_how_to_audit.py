"""What the how-to on audits shows of a bill is what its commands answer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from habeas import cli

HOW_TO = Path(__file__).parents[1] / "docs" / "how-to" / "audit-others-records.md"
SECTION = HOW_TO.read_text("utf-8").partition("## A bill, and what was agreed")[2].partition("\n## ")[0]
BLOCKS = [each.strip() for each in re.findall(r"```\n(.*?)```", SECTION, re.DOTALL)]


def test_the_commands_on_bills_answer_what_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for each in (HOW_TO.parent / "examples").iterdir():
        (tmp_path / each.name).write_bytes(each.read_bytes())
    monkeypatch.chdir(tmp_path)
    audit, answer, findings, settle, settled = BLOCKS

    assert cli.main(audit.split()[1:]) == 1
    assert capsys.readouterr().out.strip() == answer
    rows = (tmp_path / "bill-audit" / "findings.csv").read_text("utf-8").splitlines()
    assert [each for each in rows if each.startswith("bills.")] == findings.splitlines()
    assert cli.main(settle.split()[1:]) == 0
    assert capsys.readouterr().out.strip() == settled
