"""Receipts: they prove what the account may see, to anybody, and hold nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from habeas.core.entries import Actor
from habeas.core.entries import custody as held
from habeas.core.entries.institutions import Given, StayOrderIssued
from habeas.core.entries.procedure import AllegationRecorded
from habeas.register.leaf import parse_leaf
from habeas.register.receipt import parse_receipt
from habeas.register.verify import verify_path
from habeas.store import proofs
from habeas.store.models import LogRow
from habeas.store.sequencer import index_of, place_all
from tests.store.example import (
    AUDITOR,
    BOOKING,
    COURT,
    MONITOR,
    OFFICER,
    RECEIVER,
    SE_MANAGER,
    Register,
    admitted,
    proposed,
)

ENVELOPE = {
    "actor.account",
    "actor.facility",
    "actor.party",
    "actor.role",
    "kind",
    "occurred_at",
    "recorded_at",
    "stream",
    "subject",
    "version",
}


def shown(entry_id: str, actor: Actor) -> dict[str, object]:
    """The fields that the account's receipt discloses, without the envelope; none when it gets no receipt."""
    data = proofs.receipt(entry_id, actor)
    if data is None:
        return {}
    disclosed = {each.path: each.value for each in parse_receipt(data).disclosure.disclosed}
    assert disclosed.keys() >= ENVELOPE
    return {path: value for path, value in disclosed.items() if path not in ENVELOPE}


def test_a_receipt_convinces_an_outsider_who_has_the_key_of_the_log(register: Register, tmp_path: Path) -> None:
    (entry,) = register.propose("alice", "Alice", "Example")
    register.fill(300)
    data = proofs.receipt(entry.id, OFFICER)
    assert data is not None
    (tmp_path / "receipt.json").write_bytes(data)

    report = verify_path(tmp_path / "receipt.json", register.vkey)

    assert report.problems == ()
    assert report.ok
    assert (report.index, report.party) == (index_of(entry.index), "se-kv")
    disclosed = {each.path: each.value for each in report.disclosed}
    assert disclosed["body.given_names"] == "Alice"
    assert disclosed["kind"] == "proposed"


@pytest.mark.parametrize("index", [0, 1, 2])
def test_the_first_entries_of_a_register_have_receipts_too(register: Register, tmp_path: Path, index: int) -> None:
    place_all()
    data = proofs.receipt(LogRow.objects.get(place__index=index).entry_id, MONITOR)
    assert data is not None
    (tmp_path / "receipt.json").write_bytes(data)

    assert verify_path(tmp_path / "receipt.json", register.vkey).ok


def test_the_receipt_for_alice_says_nothing_about_bob(register: Register) -> None:
    (alice,) = register.propose("alice", "Alicia", "Quillfeather")
    (bob,) = register.propose("bob", "Zebulonia", "Quagmire")
    assert b"Zebulonia" in (proofs.receipt(bob.id, OFFICER) or b"")

    data = proofs.receipt(alice.id, OFFICER) or b""

    assert b"Alicia" in data
    for about_bob in ("Zebulonia", "Quagmire", "case-bob", "person-bob", bob.id):
        assert about_bob.encode() not in data


def test_a_receipt_discloses_what_the_page_would_show(register: Register) -> None:
    register.propose("alice", "Alice", "Example")
    record = admitted(health="asthma", cell="B 12", family="a sister", identity_confirmed_by="passport")
    _, entry = register.record("case-alice", held.Arrived(facility="tartu"), record, by=BOOKING, person="person-alice")

    at_the_door, officer, auditor = (shown(entry.id, each) for each in (BOOKING, RECEIVER, AUDITOR))

    assert (at_the_door["body.health"], at_the_door["body.family"]) == ("asthma", "a sister")
    assert officer["body.cell"] == "B 12"
    assert {"body.health", "body.family"} & officer.keys() == set()
    assert auditor["body.cell"] == "B 12"
    assert {"body.health", "body.identity_confirmed_by"} & auditor.keys() == set()


def test_an_entry_of_which_an_account_may_see_nothing_gives_it_no_receipt(register: Register) -> None:
    register.propose("alice", "Alice", "Example")
    register.hold("alice")
    allegation = AllegationRecorded(allegation="an invented one", alleged_by="somebody")
    (entry,) = register.record("case-alice", allegation, person="person-alice")

    assert shown(entry.id, OFFICER)["body.allegation"] == "an invented one"
    assert shown(entry.id, BOOKING) == {}
    assert shown(entry.id, SE_MANAGER) == {}


def test_whoever_may_not_open_the_case_gets_no_receipt(register: Register) -> None:
    (entry,) = register.propose("alice", "Alice", "Example")

    assert shown(entry.id, OFFICER) != {}
    assert proofs.receipt(entry.id, RECEIVER) is None
    assert proofs.receipt("0" * 32, OFFICER) is None


def test_an_order_that_names_a_case_is_shown_to_whom_the_case_belongs(register: Register) -> None:
    register.propose("alice", "Alice", "Example")
    order = StayOrderIssued(
        court="Court", reference="1/26", given=Given.WRITTEN, cases=("case-alice",), must_be_done="keep her here"
    )
    (entry,) = register.record("order-1", order, by=COURT)

    assert shown(entry.id, OFFICER)["body.must_be_done"] == "keep her here"
    assert shown(entry.id, MONITOR)["body.cases"] == ["case-alice"]
    assert shown(entry.id, RECEIVER) == {}


def test_an_order_tells_nobody_the_number_of_a_case_that_they_may_not_open(register: Register, tmp_path: Path) -> None:
    register.propose("alice", "Alice", "Example")
    register.record("case-bob", proposed("Bob", "Example", sending="dk-dr"), person="person-bob")
    order = StayOrderIssued(
        court="Court",
        reference="1/26",
        given=Given.WRITTEN,
        cases=("case-alice", "case-bob"),
        must_be_done="keep them here",
    )
    (entry,) = register.record("order-1", order, by=COURT)
    assert [shown(entry.id, each)["body.cases"] for each in (COURT, MONITOR)] == [list(order.cases)] * 2
    assert proofs.receipt(entry.id, AUDITOR) is None  # no page of orders is theirs

    data = proofs.receipt(entry.id, OFFICER) or b""

    assert shown(entry.id, OFFICER).keys() == shown(entry.id, COURT).keys() - {"body.cases"}
    assert b"case-bob" not in data
    (tmp_path / "receipt.json").write_bytes(data)
    assert verify_path(tmp_path / "receipt.json", register.vkey).ok


def test_the_code_on_paper_holds_no_name_and_no_address(register: Register) -> None:
    (entry,) = register.propose("alice", "Alice", "Example")
    leaf = bytes(LogRow.objects.get(ticket=entry.index).leaf)

    words = (proofs.qr(entry.id) or "").split()

    assert words[:3] == ["habeas1", parse_leaf(leaf).origin, str(index_of(entry.index))]
    assert len(words) == 5
    assert proofs.qr("0" * 32) is None
