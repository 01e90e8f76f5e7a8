"""A page's questions, made from the declared fields of an entry's body, and the answers read back.

One declaration (`core.entries`) gives the label, the widget, the check and the place in the record. What
somebody typed is kept, whatever is wrong with it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from habeas.core.countries import COUNTRIES
from habeas.core.entries import Body, FieldClass, FieldSpec, Form, Unstated, specs
from habeas.core.entries.fields import MANY
from habeas.web import typed
from habeas.web.shown import choice_label, field_hint, field_label, label, sorting
from habeas.web.typed import Wrong

Typed = Mapping[str, Sequence[str]]
RADIOS_MOST = 7
COUNTRY_SELECTS = 3
ANSWERED = "answered"
GROUPS_FROM = 7
"""Fewer questions than this need no headings."""

PIECES = {Form.DATE: ("day", "month", "year"), Form.MOMENT: ("day", "month", "year", "time")}


LANGUAGES = tuple(
    """
    aa ab ace ae af ak am an ar arn as av ay az ba be bem bg bi bm bn bo br bs ca ce ceb ch ckb co cr
    crs cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi fil fj fo fr fy ga gd gl gn gu gv ha hak
    haw he hi hmn ho hr ht hu hy hz ia id ie ig ii ik ilo io is it iu ja jv ka kab kam kg ki kj kk kl km
    kmb kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu luy lv men mg mh mi mk ml mn mr ms mt my na nan
    nb nd ne ng nl nn no nr nv ny oc oj om or os pa pap pi pl ps pt qu quc rm rn ro rom ru rw sa sc sd
    se sg sh shi si sk sl sm sn so sq sr srr ss st su sv sw ta te tem tg th ti tig tk tl tn to tr ts tt
    tw ty ug uk umb ur uz ve vi vo wa wo wuu xh yi yo yue za zap zgh zh zu
    """.split()
)
"""BCP 47: every ISO 639-1 language, and others that people who are moved speak."""

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
class Option:
    """One answer to choose from."""

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A field as a page asks for it: its words, and what there is to choose from."""

    spec: FieldSpec
    label: str
    hint: str = ""
    options: tuple[Option, ...] | None = None
    zone: str = "UTC"

    @property
    def name(self) -> str:
        """The name of the field, in the entry and on the page."""
        return self.spec.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question ready to be shown: `asked`, what was typed so far, and what is wrong with it."""

    asked: Asked
    typed: Typed = field(default_factory=dict)
    problem: str = ""

    @property
    def widget(self) -> str:
        """The template that shows it."""
        return f"web/questions/{widget(self.asked)}.html"

    @property
    def anchor(self) -> str:
        """The id of the first control, to which the error summary leads."""
        pieces = PIECES.get(self.asked.spec.form)
        return f"{self.asked.name}_{pieces[0]}" if pieces else self.asked.name

    @property
    def text(self) -> str:
        """What was typed in a single control."""
        return first(self.typed, self.asked.name)

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything that was chosen or typed under this name."""
        return tuple(self.typed.get(self.asked.name, ()))

    @property
    def selects(self) -> tuple[str, ...]:
        """What each of several selects holds, with empty ones to add more."""
        given = tuple(each for each in self.texts if each)
        return given + ("",) * max(1, COUNTRY_SELECTS - len(given))

    @property
    def unstated(self) -> str:
        """Which of "not known" and "refused to say" was chosen, if any."""
        return first(self.typed, f"{self.asked.name}_unstated")

    @property
    def instead(self) -> tuple[Option, ...]:
        """The two honest answers beside a choice."""
        return tuple(Option(value=each.value, label=choice_label(each)) for each in Unstated)

    @property
    def described(self) -> str:
        """Ids of the hint and the problem, for those who cannot see them."""
        parts = (("hint", self.asked.hint), ("problem", self.problem))
        return " ".join(f"{self.asked.name}-{part}" for part, there in parts if there)

    @property
    def pieces(self) -> tuple[tuple[str, str, str], ...]:
        """(name, label, typed) for each part of a date or a moment."""
        words = {"day": _("Day"), "month": _("Month"), "year": _("Year"), "time": _("Time")}
        names = PIECES[self.asked.spec.form]
        return tuple(
            (f"{self.asked.name}_{each}", words[each], first(self.typed, f"{self.asked.name}_{each}")) for each in names
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What was read: the values by field, or the sentences by field that say what is wrong."""

    values: Mapping[str, object]
    problems: Mapping[str, str]


def first(given: Typed, name: str) -> str:
    """The first value under a name, or an empty text."""
    found = given.get(name, ())
    return found[0] if found else ""


def widget(asked: Asked) -> str:
    """The template for a field, without folder and ending."""
    match asked.spec.form:
        case Form.CHOICE | Form.FLAG:
            return "radios"
        case Form.COUNTRY | Form.LANGUAGE:
            return "select"
        case Form.COUNTRIES:
            return "selects"
        case Form.CODE if asked.options is not None:
            return "radios" if len(asked.options) <= RADIOS_MOST else "select"
        case Form.CODES if asked.options is not None:
            return "checkboxes"
        case Form.PROSE | Form.LINES | Form.CODES:
            return "area"
        case Form.DATE | Form.MOMENT:
            return "pieces"
    return "line"


def options_of(spec: FieldSpec, pickers: Mapping[str, tuple[Option, ...]]) -> tuple[Option, ...] | None:
    """What a field offers to choose from; None when any text will do."""
    match spec.form:
        case Form.CHOICE:
            assert spec.choices is not None
            return tuple(Option(value=each.value, label=choice_label(each)) for each in spec.choices)
        case Form.FLAG:
            return (Option(value="true", label=_("Yes")), Option(value="false", label=_("No")))
        case Form.COUNTRY | Form.COUNTRIES:
            return _named("country", COUNTRIES)
        case Form.LANGUAGE:
            return _named("language", LANGUAGES)
        case Form.CODE | Form.CODES:
            return pickers.get(spec.refers or "")
    return None


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


def groups(asked: Sequence[Asked], given: Typed, problems: Mapping[str, str]) -> list[tuple[str, list[Question]]]:
    """The questions in their order, under a heading wherever what they are about changes."""
    ready = [Question(asked=each, typed=given, problem=problems.get(each.name, "")) for each in asked]
    if len(ready) < GROUPS_FROM:
        return [("", ready)]
    return [(heading, list(each)) for heading, each in groupby(ready, lambda each: heading_of(each.asked.spec))]


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


def read(questions: Sequence[Asked], given: Typed) -> Answers:
    """Read every answer; all that is wrong is told at once."""
    values: dict[str, object] = {}
    problems: dict[str, str] = {}
    for asked in questions:
        try:
            values[asked.name] = answer(asked, given)
        except Wrong as wrong:
            problems[asked.name] = wrong.sentence
    return Answers(values=values, problems=problems)


def answer(asked: Asked, given: Typed) -> object:
    """The value of one field. Raises `Wrong`."""
    raw = _raw(asked, given)
    if asked.spec.unstated and raw[:1] and raw[0] in set(Unstated) and widget(asked) == "radios":
        return Unstated(raw[0])
    chosen = first(given, f"{asked.name}_unstated")
    if asked.spec.unstated and chosen in set(Unstated):
        if any(each.strip() for each in raw):
            raise Wrong(
                _("There is an answer and also “%(other)s”. Keep one of them.")
                % {"other": choice_label(Unstated(chosen))}
            )
        return Unstated(chosen)
    if not any(each.strip() for each in raw):
        return _blank(asked)
    return _value(asked, raw)


def as_typed(asked: Asked, value: object) -> dict[str, list[str]]:
    """A value as the page would have had it typed: to begin a form, or a correction."""
    name = asked.name
    match value:
        case None:
            return {}
        case Unstated():
            return {f"{name}_unstated": [value.value]}
        case datetime():
            local = value.astimezone(ZoneInfo(asked.zone))
            return {**_date_typed(name, local.date()), f"{name}_time": [local.strftime("%H:%M:%S")]}
        case date():
            return _date_typed(name, value)
        case bool():
            return {name: ["true" if value else "false"]}
        case tuple() if widget(asked) == "area":
            return {name: ["\n".join(str(each) for each in value)]}
        case tuple():
            return {name: [str(each) for each in value]}
    return {name: [str(value)]}


def _date_typed(name: str, on: date) -> dict[str, list[str]]:
    parts = (("day", on.day), ("month", on.month), ("year", on.year))
    return {f"{name}_{part}": [str(number)] for part, number in parts}


def _raw(asked: Asked, given: Typed) -> list[str]:
    """The texts typed for a field; a second answer where there can be one is refused, not dropped."""
    pieces = PIECES.get(asked.spec.form)
    names = [f"{asked.name}_{each}" for each in pieces] if pieces else [asked.name]
    many = asked.spec.form in MANY and asked.spec.form is not Form.LINES
    if not many and any(len(given.get(each, ())) > 1 for each in names):
        raise Wrong(_("This answer was sent more than once. Give it once."))
    return list(given.get(asked.name, ())) if many else [first(given, each) for each in names]


def _blank(asked: Asked) -> object:
    if asked.spec.optional:
        return () if asked.spec.form in MANY else None
    if asked.spec.unstated:
        raise Wrong(_("Answer this question, or choose “Not known” or “Refused to say”."))
    raise Wrong(_("Answer this question."))


def _value(asked: Asked, raw: list[str]) -> object:
    spec = asked.spec
    if spec.form is Form.DATE:
        return typed.day(raw[2], raw[1], raw[0])
    if spec.form is Form.MOMENT:
        return typed.moment(typed.day(raw[2], raw[1], raw[0]), raw[3], asked.zone)
    if spec.form in MANY and spec.form is not Form.LINES:
        return _several(asked, raw)
    if asked.options is not None:
        chosen = _listed(asked, raw[0])
        return chosen == "true" if spec.form is Form.FLAG else _choice(spec, chosen)
    return typed.TEXT_READERS.get(spec.form.value, typed.line)(raw[0])


def _choice(spec: FieldSpec, chosen: str) -> object:
    return spec.choices(chosen) if spec.choices else chosen


def _several(asked: Asked, raw: list[str]) -> tuple[str, ...]:
    given = typed.lines("\n".join(raw))
    if asked.options is not None:
        given = tuple(_listed(asked, each) for each in given)
    if len(set(given)) != len(given):
        raise Wrong(_("The same answer is given twice. Give each once."))
    return given


def _listed(asked: Asked, text: str) -> str:
    if all(text != each.value for each in asked.options or ()):
        raise Wrong(_("Choose one of the answers that are listed."))
    return text


def _named(family: str, codes: Iterable[str]) -> tuple[Option, ...]:
    found = [Option(value=each, label=label(f"{family}.{each}")) for each in codes]
    return tuple(sorted(found, key=lambda each: sorting(each.label)))
