"""What the how-to on audits shows of choices and of a bill is what its commands answer."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from habeas import cli

HOW_TO = Path(__file__).parents[1] / "docs" / "how-to" / "audit-others-records.md"


def section(title: str) -> tuple[str, list[str]]:
    """The text below a title, and the blocks in it."""
    text = HOW_TO.read_text("utf-8").partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    return text, [each.strip() for each in re.findall(r"```\n(.*?)```", text, re.DOTALL)]


@pytest.fixture
def among_examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for each in (HOW_TO.parent / "examples").iterdir():
        (tmp_path / each.name).write_bytes(each.read_bytes())
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("among_examples")
def test_each_choice_changes_the_figures_as_the_table_shows(capsys: pytest.CaptureFixture[str]) -> None:
    text, (command, answer) = section("Choices that change a number")
    asked = text.partition("| asked for beside |")[2].splitlines()
    names = [each.strip(" `") for each in asked[0].split("|")[:-1]]
    rows = [[each.strip(" `") for each in row.split("|")[1:-1]] for row in asked[2:] if row.startswith("|")]
    assert len(rows) == 8
    for options, *values in rows:
        more = options.split() if options.startswith("--") else []
        assert cli.main([*command.split()[1:], *more]) == 1
        assert capsys.readouterr().out.startswith(answer)
        told = json.loads(Path("counted/figures.json").read_text("utf-8"))["stints"]
        assert [told[each] for each in names] == [float(each) for each in values], options


@pytest.mark.usefixtures("among_examples")
def test_the_commands_on_bills_answer_what_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    audit, answer, findings, settle, settled = section("A bill, and what was agreed")[1]

    assert cli.main(audit.split()[1:]) == 1
    assert capsys.readouterr().out.strip() == answer
    rows = (tmp_path / "bill-audit" / "findings.csv").read_text("utf-8").splitlines()
    assert [each for each in rows if each.startswith("bills.")] == findings.splitlines()
    assert cli.main(settle.split()[1:]) == 0
    assert capsys.readouterr().out.strip() == settled
