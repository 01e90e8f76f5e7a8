"""The lines that the engine writes of many findings are those that are written one by one."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

import pytest

from habeas import cli
from habeas.audit import output
from habeas.speech import LANGUAGES
from tests.audit import test_agreement_checks
from tests.audit.outside import real
from tests.bench import custody

MAP = (
    custody.MAP
    + """stay = "stay"
unit = "unit"
title = "title"
title_from = "valid"
title_until = "expires"
"""
)
HEAD = "person,facility,from,until,days,recorded,kind,stay,unit,title,valid,expires"
STRETCH = "2025-03-02 10:00,2025-03-22 09:00,7,2025-01-05 10:00,solitary,s,u,t,2025-03-20,2025-03-03"
ODD = ['"Example, ""Ann"""', '"=1+1, and"', "@here", "unstated.not_known", "x" * 130, '"one\ttwo"', "\N{BELL}é–", ""]


def ways(monkeypatch: pytest.MonkeyPatch, folder: Path, *arguments: str) -> list[bytes]:
    """What is written one by one, and by the engine; people are hidden by the same key."""
    monkeypatch.setattr(secrets, "token_bytes", lambda length: b"k" * length)
    written = []
    for name, least in (("one by one", 1 << 60), ("by the engine", 1)):
        monkeypatch.setattr(output, "MANY", least)
        assert cli.main(["audit", *arguments, "--out", str(folder / name)]) == 1
        written.append((folder / name / output.FINDINGS).read_bytes())
        report = (folder / name / output.REPORT).read_text("utf-8").partition("<main")[2]
        written.append(re.sub("[^<>]* UTC[^<>]*", "", report).encode())
    return written


def stretches(folder: Path) -> list[str]:
    """Stretches of people and places of odd names, with every fault."""
    lines = [HEAD]
    for who in ODD:
        for where in (each for each in ODD if each):
            lines += [f"{who},{where},{STRETCH}", f"{who},{where},{STRETCH.replace('03-22', '03-01')}"]
            lines += [f"{who},{where},{STRETCH.replace('-03-', '-04-').replace('2025-04-22 09:00', '')}"]
    (folder / "data.csv").write_text("\n".join(lines) + "\n", "utf-8")
    (folder / "map.toml").write_text(MAP)
    return [str(folder / "data.csv"), "--map", str(folder / "map.toml")]


@pytest.mark.parametrize("more", [["--lang", each] for each in LANGUAGES] + [["--identify"], ["--public"]], ids=str)
def test_of_odd_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, more: list[str]) -> None:
    one, report, other, also = ways(monkeypatch, tmp_path, *stretches(tmp_path), *more)

    assert (one.count(b"\n") > (5 if more == ["--public"] else 500), len(report) > 5_000) == (True, True)
    assert (other, also) == (one, report)


def test_of_the_real_counts_facilities_and_placements(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    names = ("ice_facility_adp_fy19_fy26.csv.gz", "ice_facility_list_2017.csv", "ice_srms_segregation_2018_2023.csv.gz")

    one, report, other, also = ways(monkeypatch, tmp_path, *(str(real(each)) for each in names))

    assert one.count(b"\n") > 10_000
    assert (other, also) == (one, report)


def test_of_stretches_beside_an_agreement(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    data = tmp_path / "stints.csv"
    data.write_text("\n".join([test_agreement_checks.HEAD, *test_agreement_checks.STINTS]) + "\n")

    one, report, other, also = ways(monkeypatch, tmp_path, str(data), "--agreement", "model-agreement")

    assert one.count(b"\nstints.safeguard") > 0
    assert (other, also) == (one, report)
