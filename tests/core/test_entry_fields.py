"""Every kind of entry can be written and read back; a value of the wrong form is refused, never guessed."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.core.entries import KINDS, FieldSpec, Form, Unstated, body_from_json, body_to_json, kind_of, specs
from habeas.core.entries.fields import MANY, from_json, spec_of, to_json

TEXTS = {Form.LINE, Form.PROSE, Form.CODE, Form.COUNTRY, Form.LANGUAGE}
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45)), timezone(timedelta(hours=-8))])
VALUES: dict[Form, st.SearchStrategy[object]] = {
    **dict.fromkeys(TEXTS, st.text()),
    **dict.fromkeys(MANY, st.lists(st.text()).map(tuple)),
    Form.DATE: st.dates(),
    Form.MOMENT: st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=ZONES),
    Form.NUMBER: st.integers(),
    Form.AMOUNT: st.decimals(allow_nan=False, allow_infinity=False, places=4),
    Form.FLAG: st.booleans(),
}


def values(spec: FieldSpec) -> st.SearchStrategy[object]:
    """Everything that a field may hold."""
    own = st.sampled_from(list(spec.choices)) if spec.choices else VALUES[spec.form]
    more = [own]
    if spec.optional and spec.form not in MANY:
        more.append(st.none())
    if spec.unstated:
        more.append(st.sampled_from(Unstated))
    return st.one_of(more)


def bodies(kind: str) -> st.SearchStrategy[object]:
    body = KINDS[kind]
    return st.builds(body, **{each.name: values(each) for each in specs(body)})


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_every_body_is_read_back_as_it_was_written(kind: str, data: st.DataObject) -> None:
    body = data.draw(bodies(kind))
    written = json.loads(json.dumps(body_to_json(body)))
    assert body_from_json(kind, written) == body
    assert body_to_json(body_from_json(kind, written)) == written


def test_a_kind_is_written_in_small_letters() -> None:
    assert [kind_of(each) for each in KINDS.values()] == list(KINDS)
    assert "handover_offered" in KINDS


def test_no_other_kind_is_read() -> None:
    with pytest.raises(ValueError, match="unknown kind of entry: enlarged"):
        body_from_json("enlarged", {})


FIELDS = [(kind, each) for kind, body in KINDS.items() for each in specs(body)]
WRONG: dict[Form, list[object]] = {
    **{each: [1, True, ["text"]] for each in TEXTS},
    **{each: ["text", 1, [1], ["text", None], [["text"]]] for each in MANY},
    Form.DATE: ["2026-02-30", "yesterday", 20260901, True],
    Form.MOMENT: ["2026-09-01T08:00:00", "2026-09-01T25:00:00Z", "now", 0, "0001-01-01T00:00:00+05:00"],
    Form.NUMBER: ["1", True, 1.5],
    Form.AMOUNT: ["a lot", "NaN", "Infinity", 1, 1.5, True],
    Form.FLAG: ["true", 1, 0],
    Form.CHOICE: ["perhaps", 1, True, ["male"]],
}


def takes(spec: FieldSpec, value: object) -> bool:
    """Whether the field reads the value; any other error than ValueError is a fault."""
    try:
        from_json(spec, value)  # type: ignore[arg-type]
    except ValueError:
        return False
    return True


def test_no_field_of_any_kind_takes_a_value_of_another_form() -> None:
    for kind, spec in FIELDS:
        for wrong in WRONG[spec.form]:
            assert not takes(spec, wrong), f"{kind}.{spec.name} took {wrong!r}"


def test_not_known_is_an_answer_only_where_the_field_takes_it() -> None:
    for _, spec in FIELDS:
        if spec.unstated:
            assert from_json(spec, {"unstated": "refused_to_say"}) is Unstated.REFUSED_TO_SAY
            with pytest.raises(ValueError, match="forgotten"):
                from_json(spec, {"unstated": "forgotten"})
            with pytest.raises(ValueError, match="None"):
                from_json(spec, {})
        else:
            with pytest.raises(ValueError, match=f"{spec.name} must be stated"):
                from_json(spec, {"unstated": "not_known"})


def test_nothing_is_an_answer_only_where_the_field_is_optional() -> None:
    for _, spec in FIELDS:
        if spec.optional:
            assert from_json(spec, None) == (() if spec.form in MANY else None)
        else:
            with pytest.raises(ValueError, match=f"{spec.name} is missing"):
                from_json(spec, None)


def test_a_body_without_an_optional_list_has_an_empty_one() -> None:
    written = {"to_party": "ee-vm", "place": "gate", "fitness": "fit"}
    body = body_from_json("handover_offered", written)  # type: ignore[arg-type]
    assert (body.documents, body.property) == ((), ())  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Unstated.NOT_KNOWN, {"unstated": "not_known"}),
        (datetime(2026, 9, 1, 11, tzinfo=timezone(timedelta(hours=3))), "2026-09-01T08:00:00.000000Z"),
        (date(2026, 9, 1), "2026-09-01"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.10"), "0.10"),
        (("a", "b"), ["a", "b"]),
        (True, True),
        (None, None),
    ],
)
def test_each_value_has_one_written_form(value: object, written: object) -> None:
    assert to_json(value) == written


@pytest.mark.parametrize("value", [1.5, {"a": 1}, ["a"], b"a"])
def test_what_no_field_can_hold_is_not_written(value: object) -> None:
    with pytest.raises(TypeError, match=f"a field cannot hold {type(value).__name__}"):
        to_json(value)


def test_a_field_is_found_by_its_name() -> None:
    assert spec_of(KINDS["proposed"], "born_on").form is Form.DATE
    with pytest.raises(KeyError):
        spec_of(KINDS["proposed"], "shoe_size")
