"""An honest export verifies; every tampering is refused, and the problem says which entry and how."""

from pathlib import Path

from habeas.register.verify import verify_log

from .example import LOG, ORIGIN, example_log


def test_an_honest_export_verifies_with_the_key_of_the_log(tmp_path: Path) -> None:
    log = example_log(7)
    report = verify_log(log.write(tmp_path), LOG.verifier.text)
    assert report.problems == ()
    assert report.ok
    assert (report.origin, report.size) == (ORIGIN, 7)
    assert [(key.index, key.party) for key in report.keys] == [
        (0, "log"),
        (1, "sending_state"),
        (2, "receiving_state"),
    ]


def test_without_a_key_the_export_is_only_consistent_in_itself(tmp_path: Path) -> None:
    report = verify_log(example_log().write(tmp_path), None)
    assert (report.problems, report.verdict, report.ok) == ((), "register.verdict_consistent_only", False)
