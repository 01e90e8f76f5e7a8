"""A receipt proves what it discloses, to someone who knows only the log's key."""

from habeas.register.receipt import make_receipt, parse_receipt
from habeas.register.receipt_check import verify_receipt

from .example import LOG, example_log


def test_a_receipt_proves_the_fields_that_it_discloses() -> None:
    receipt = example_log().receipt(5, ["body.name"])
    assert parse_receipt(make_receipt(receipt)) == receipt
    report = verify_receipt(receipt, LOG.verifier.text)
    assert report.problems == ()
    assert report.ok
    assert [(item.path, item.value) for item in report.disclosed] == [("body.name", "Alice Example")]
