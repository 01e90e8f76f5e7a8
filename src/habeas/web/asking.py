"""Which questions an act's page asks, in which groups, and how the answers become the entry's body."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from habeas.core.entries import Body, FieldClass, FieldSpec, Form, specs
from habeas.web.labels import field_hint, field_label
from habeas.web.questions import Answers, Asked, Option, Question, Typed, options_of

GROUPS_FROM = 7
"""Fewer questions than this need no headings."""

OCCURRED_AT = FieldSpec(
    name="occurred_at",
    form=Form.MOMENT,
    field_class=FieldClass.CUSTODY,
    optional=False,
    unstated=False,
    computed=False,
    choices=None,
    refers=None,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Questions that belong together, under one heading or none."""

    heading: str
    questions: tuple[Question, ...]


def asked_of(body: type, pickers: Mapping[str, tuple[Option, ...]], zone: str) -> tuple[Asked, ...]:
    """Every question of an act: the body's own fields but the computed, then when it happened."""
    own = tuple(
        Asked(
            spec=spec,
            label=field_label(body, spec.name),
            hint=_hint(body, spec, zone),
            options=options_of(spec, pickers),
            zone=zone,
        )
        for spec in specs(body)
        if not spec.computed
    )
    when = Asked(
        spec=OCCURRED_AT,
        label=_("When did this happen?"),
        hint=_("Time zone: %(zone)s. It is set to the moment when you opened this page.") % {"zone": zone},
        zone=zone,
    )
    return (*own, when)


def groups(asked: Sequence[Asked], given: Typed, problems: Mapping[str, str]) -> tuple[Group, ...]:
    """The questions in their order, with a heading where what they are about changes."""
    ready = [Question(asked=each, typed=given, problem=problems.get(each.name, "")) for each in asked]
    if len(ready) < GROUPS_FROM:
        return (Group(heading="", questions=tuple(ready)),)
    found: list[Group] = []
    for question in ready:
        heading = heading_of(question.asked.spec)
        if found and found[-1].heading == heading:
            found[-1] = Group(heading=heading, questions=(*found[-1].questions, question))
        else:
            found.append(Group(heading=heading, questions=(question,)))
    return tuple(found)


def heading_of(spec: FieldSpec) -> str:
    """What a question is about."""
    if spec is OCCURRED_AT:
        return _("When")
    match spec.field_class:
        case FieldClass.IDENTITY:
            return _("The person")
        case FieldClass.HEALTH | FieldClass.FITNESS:
            return _("Health and care")
        case FieldClass.FAMILY:
            return _("Family and contacts")
        case FieldClass.FACTS:
            return _("Facts and reasons")
    return _("Custody and procedure") if spec.field_class is FieldClass.CUSTODY else _("Details")


def body_from(body: type, answers: Answers) -> Body:
    """The entry's body; `answers` must be without problems."""
    if answers.problems:
        raise ValueError("a body is made only from answers without problems")
    return body(**{name: value for name, value in answers.values.items() if name != OCCURRED_AT.name})


def _hint(body: type, spec: FieldSpec, zone: str) -> str:
    """The field's own help, and the time zone where a time is asked for."""
    own = field_hint(body, spec.name)
    if spec.form is not Form.MOMENT:
        return own
    named = _("Time zone: %(zone)s.") % {"zone": zone}
    return f"{own} {named}".strip()
