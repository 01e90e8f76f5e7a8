"""Who of a party signed an entry is checked from its receipt alone; a forger who keeps the log is named."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.register.asserted import Asserted
from habeas.register.assertion import NOT_SIGNED, signed_digest
from habeas.register.canonical import Value, to_base64
from habeas.register.fields import Field, disclose, field_digest
from habeas.register.note import Signer
from habeas.register.problems import Problem, RegisterError
from habeas.register.receipt import Receipt, make_receipt, parse_receipt
from habeas.register.verify import Report, verify_receipt

from .example import LOG, ORIGIN, RECEIVER, SENDER, ExampleLog, drawn, example_log
from .passkey import SITE, Passkey, SystemKey

ALICE, PARTY = "officer-alice", "sending_state"
ACTOR: dict[str, Value] = {"actor.account": ALICE, "actor.party": PARTY}
SHOWN = ("kind", "version", "recorded_at", "assertion", "actor.account", "actor.party")
PASSKEY, SYSTEM = Passkey(), SystemKey()


@dataclass
class Signed:
    """A log in which entries are signed as the store does it; each step may be done wrong."""

    log: ExampleLog

    def give(self, key: Passkey | SystemKey, *, by: Signer = SENDER, **changed: Value) -> int:
        kind = "passkey_given" if isinstance(key, Passkey) else "system_key_given"
        of_sort: dict[str, Value] = {"body.site": SITE} if isinstance(key, Passkey) else {"body.account": ALICE}
        public: dict[str, Value] = {"kind": kind, "body.public_key": to_base64(key.public)}
        return self.log.append(by, {**public, **of_sort, **ACTOR, **changed})

    def end(self, key: Passkey | SystemKey, *, by: Signer = SENDER, kind: str = "signing_key_ended") -> int:
        return self.log.append(by, {"kind": kind, "body.key": key.key.fingerprint})

    def hand_over(self, key: Passkey | SystemKey, *, by: Signer = SENDER, also: Sequence[str] = ()) -> int:
        """An entry that the key signs; `also` are fields that it leaves out of what it signs."""
        index, values = len(self.log.leaves), {"kind": "handover_offered", "body.to": "Charlie Example", **ACTOR}
        beforehand = [
            field_digest(Field(path, value, drawn(f"salt {path}", index)))
            for path, value in values.items()
            if path not in also
        ]
        digest = signed_digest(ORIGIN, drawn("id", index, 16), beforehand)
        written: dict[str, Value] = {"version": 4, "recorded_at": "2026-11-23T10:00:00.000000Z"}
        return self.log.append(by, {**values, **written, "assertion": key.assertion(digest)})

    def receipt(self, index: int, *about: int, shown: Sequence[str] = SHOWN) -> Receipt:
        keys = tuple(self.log.key_receipt(each) for each in about)
        return replace(self.log.receipt(index, shown), signing_key=keys)


@pytest.fixture
def signed() -> Signed:
    return Signed(example_log(5))


def report(receipt: Receipt) -> Report:
    """What is said of the receipt as a file."""
    return verify_receipt(parse_receipt(make_receipt(receipt)), LOG.verifier)


def fault(receipt: Receipt) -> list[Problem]:
    found = report(receipt)
    assert found.asserted is None
    assert not found.ok
    return list(found.problems)


@pytest.mark.parametrize("key", [PASSKEY, SYSTEM])
def test_a_receipt_says_who_signed_and_nothing_else_need_be_shown(signed: Signed, key: Passkey | SystemKey) -> None:
    given, index = signed.give(key), signed.hand_over(key)
    found = report(signed.receipt(index, given))
    assert (found.ok, found.problems) == (True, ())
    assert found.asserted == Asserted(ALICE, key.key, given)
    assert found.party == PARTY
    assert b"Charlie" not in make_receipt(signed.receipt(index, given))


def test_a_receipt_that_hides_the_assertion_says_nothing_of_it(signed: Signed) -> None:
    given, index = signed.give(PASSKEY), signed.hand_over(PASSKEY)
    assert report(signed.receipt(index, given)).asserted is not None
    found = report(signed.receipt(index, shown=["kind"]))
    assert (found.ok, found.asserted) == (True, None)


def test_a_receipt_of_an_entry_that_nobody_signed_stays_as_it_was(signed: Signed) -> None:
    data = make_receipt(signed.log.receipt(4, ["kind"]))
    assert "signing_key" not in json.loads(data)
    assert report(parse_receipt(data)).ok


def test_a_key_that_was_ended_later_signed_before(signed: Signed) -> None:
    given, index, ended = signed.give(PASSKEY), signed.hand_over(PASSKEY), signed.end(PASSKEY)
    assert report(signed.receipt(index, given, ended)).asserted == Asserted(ALICE, PASSKEY.key, given)


def test_a_key_that_was_ended_before_signs_nothing(signed: Signed) -> None:
    given, ended, index = signed.give(PASSKEY), signed.end(PASSKEY), signed.hand_over(PASSKEY)
    assert fault(signed.receipt(index, given, ended)) == [
        Problem("register.assertion_key_ended", {"index": index, "ended": ended})
    ]


def test_a_key_that_was_introduced_later_signed_nothing_before(signed: Signed) -> None:
    index, given = signed.hand_over(PASSKEY), signed.give(PASSKEY)
    assert fault(signed.receipt(index, given)) == [
        Problem("register.key_too_early", {"index": index, "introduced": given})
    ]


def test_a_field_added_after_the_signing_breaks_it(signed: Signed) -> None:
    given, index = signed.give(PASSKEY), signed.hand_over(PASSKEY, also=["body.to"])
    assert fault(signed.receipt(index, given)) == [Problem("register.assertion_other_challenge")]


def test_an_assertion_taken_from_another_entry_is_refused(signed: Signed) -> None:
    given, index = signed.give(PASSKEY), signed.hand_over(PASSKEY)
    values = {each.path: each.value for each in signed.log.fields[index]}
    again = signed.log.append(SENDER, values)
    assert report(signed.receipt(index, given)).ok
    assert fault(signed.receipt(again, given)) == [Problem("register.assertion_other_challenge")]


def test_the_key_of_somebody_else_is_refused(signed: Signed) -> None:
    other = signed.give(PASSKEY, **{"actor.account": "officer-bob"})
    not_theirs = [Problem("register.assertion_not_theirs")]
    assert fault(signed.receipt(signed.hand_over(PASSKEY), other)) == not_theirs
    given = signed.give(PASSKEY)
    index = signed.hand_over(PASSKEY, by=RECEIVER)
    for_other = {"index": index, "party": "sending_state", "key": "receiving_state"}
    assert fault(signed.receipt(index, given)) == [Problem("register.signed_for_other", for_other)]
    given = signed.give(PASSKEY, by=RECEIVER)
    for_other["index"] = given
    assert fault(signed.receipt(signed.hand_over(PASSKEY), given)) == [Problem("register.signed_for_other", for_other)]


def test_the_key_must_be_introduced_in_full(signed: Signed) -> None:
    given, index = signed.give(PASSKEY), signed.hand_over(PASSKEY)
    without = [Problem("register.assertion_without_key")]
    assert fault(signed.receipt(index)) == without
    part = replace(signed.receipt(index), signing_key=(signed.log.receipt(given, ["kind", "body.public_key"]),))
    assert fault(part) == without
    for changed in ({"kind": "other"}, {"body.site": "nowhere"}, {"body.site": 7}, {"body.public_key": "?"}):
        other = signed.give(PASSKEY, **changed)  # type: ignore[arg-type]
        assert fault(signed.receipt(signed.hand_over(PASSKEY), other)) == without
    other = signed.give(SYSTEM, **{"body.account": 7})
    assert fault(signed.receipt(signed.hand_over(SYSTEM), other)) == without
    other = signed.give(SYSTEM, **{"body.public_key": None})
    assert fault(signed.receipt(signed.hand_over(SYSTEM), other)) == without


def test_what_ends_a_key_must_be_its_end(signed: Signed) -> None:
    given, index = signed.give(PASSKEY), signed.hand_over(PASSKEY)
    without = [Problem("register.assertion_without_key")]
    assert fault(signed.receipt(index, given, signed.end(PASSKEY, kind="other"))) == without
    assert fault(signed.receipt(index, given, signed.end(SYSTEM))) == without
    assert fault(signed.receipt(index, given, signed.end(PASSKEY, by=RECEIVER))) == without


@pytest.mark.parametrize("hidden", sorted({*NOT_SIGNED, "actor.account", "actor.party"} - {"assertion"}))
def test_a_signature_that_cannot_be_checked_is_no_signature(signed: Signed, hidden: str) -> None:
    given, index = signed.give(PASSKEY), signed.hand_over(PASSKEY)
    shown = [path for path in SHOWN if path != hidden]
    assert fault(signed.receipt(index, given, shown=shown)) == [Problem("register.assertion_hidden")]


def test_the_introduction_must_be_in_the_same_tree(signed: Signed) -> None:
    given = signed.give(PASSKEY)
    early = signed.log.key_receipt(given)
    receipt = replace(signed.receipt(signed.hand_over(PASSKEY)), signing_key=(early,))
    assert Problem("register.receipt_checkpoints_differ", {"index": given}) in fault(receipt)


def test_an_introduction_that_the_log_does_not_hold_is_refused(signed: Signed) -> None:
    given, index = signed.give(PASSKEY), signed.hand_over(PASSKEY)
    forged = [
        replace(each, value=to_base64(Passkey(number=9).public)) if each.path == "body.public_key" else each
        for each in signed.log.fields[given]
    ]
    receipt = signed.receipt(index, given)
    introduction = replace(receipt.signing_key[0], disclosure=disclose(forged, [each.path for each in forged]))
    assert Problem("register.digests_changed", {"index": given}) in fault(replace(receipt, signing_key=(introduction,)))


def sound() -> bytes:
    made = Signed(example_log(3))
    introduced, index = made.give(PASSKEY), made.hand_over(PASSKEY)
    return make_receipt(made.receipt(index, introduced, made.end(PASSKEY)))


SOUND = sound()


@given(st.integers(0, len(SOUND) - 1), st.integers(1, 255))
def test_a_signed_receipt_with_one_byte_changed_is_refused(place: int, change: int) -> None:
    data = bytearray(SOUND)
    data[place] ^= change
    try:
        receipt = parse_receipt(bytes(data))
    except RegisterError:
        return
    assert not verify_receipt(receipt, LOG.verifier).ok
    assert verify_receipt(receipt, None).problems


@pytest.mark.parametrize("about", [[], {}, None, "text", ["text"], [{}]])
def test_what_should_introduce_a_key_has_the_form_of_receipts(signed: Signed, about: object) -> None:
    given, index = signed.give(PASSKEY), signed.hand_over(PASSKEY)
    whole = json.loads(make_receipt(signed.receipt(index, given)))
    assert whole["signing_key"]
    broken = json.dumps({**whole, "signing_key": about}, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
    with pytest.raises(RegisterError):
        parse_receipt(broken.encode() + b"\n")


def test_a_key_receipt_has_no_signing_key_of_its_own(signed: Signed) -> None:
    given, index = signed.give(PASSKEY), signed.hand_over(PASSKEY)
    whole = json.loads(make_receipt(signed.receipt(index, given)))
    whole["signer"]["signing_key"] = whole["signing_key"]
    broken = json.dumps(whole, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
    with pytest.raises(RegisterError):
        parse_receipt(broken.encode() + b"\n")
