"""A page's questions, made from the declared fields of an entry's body, and the answers read back.

One declaration (`core.entries`) gives the label, the widget, the check and the place in the record. What
somebody typed is kept, whatever is wrong with it.
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from habeas.core.countries import COUNTRIES, PLACEHOLDERS
from habeas.core.entries import Body, FieldClass, FieldSpec, Form, Role, Unstated, specs
from habeas.core.entries.fields import MANY, spec_of
from habeas.web import typed
from habeas.web.shown import choice_label, field_hint, field_label, label
from habeas.web.typed import Wrong

Typed = Mapping[str, Sequence[str]]
RADIOS_MOST = 7
COUNTRY_SELECTS = 3
GROUPS_FROM = 7
"""Fewer questions than this need no headings."""

PIECES: Mapping[Form, tuple[str, ...]] = {
    Form.DATE: ("day", "month", "year"),
    Form.MOMENT: ("day", "month", "year", "time"),
}
READERS: Mapping[Form, Callable[[str], object]] = {
    Form.PROSE: typed.prose,
    Form.LINES: typed.lines,
    Form.NUMBER: typed.number,
    Form.AMOUNT: typed.amount,
}
"""Every other form is one line."""

HEADINGS = {
    FieldClass.IDENTITY: gettext_lazy("The person"),
    FieldClass.HEALTH: gettext_lazy("Health and care"),
    FieldClass.FITNESS: gettext_lazy("Health and care"),
    FieldClass.FAMILY: gettext_lazy("Family and contacts"),
    FieldClass.FACTS: gettext_lazy("Facts and reasons"),
    FieldClass.CUSTODY: gettext_lazy("Custody and procedure"),
}
"""What questions are about."""


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

OCCURRED_AT = FieldSpec(name="occurred_at", form=Form.MOMENT, field_class=FieldClass.CUSTODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One answer to choose from."""

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A field as a page asks for it: its words, what there is to choose from, what was typed, what is wrong with it."""

    spec: FieldSpec
    label: str
    hint: str = ""
    options: tuple[Option, ...] | None = None
    zone: str = "UTC"
    typed: Typed = field(default_factory=dict)
    problem: str = ""

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def widget(self) -> str:
        match self.spec.form:
            case Form.CHOICE | Form.FLAG:
                return "radios"
            case Form.COUNTRY | Form.LANGUAGE:
                return "select"
            case Form.COUNTRIES:
                return "selects"
            case Form.CODE if self.options is not None:
                return "radios" if len(self.options) <= RADIOS_MOST else "select"
            case Form.CODES if self.options is not None:
                return "checkboxes"
            case Form.PROSE | Form.LINES | Form.CODES:
                return "area"
            case Form.DATE | Form.MOMENT:
                return "pieces"
        return "line"

    @property
    def controls(self) -> tuple[str, ...]:
        """The names of the controls in which the answer is typed; to the first the error summary leads."""
        pieces = PIECES.get(self.spec.form)
        return tuple(f"{self.name}_{each}" for each in pieces) if pieces else (self.name,)

    @property
    def text(self) -> str:
        return first(self.typed, self.name)

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(self.typed.get(self.name, ()))

    @property
    def selects(self) -> tuple[str, ...]:
        """What each of several selects holds, with empty ones to add more."""
        given = tuple(filter(None, self.texts))
        return given + ("",) * max(1, COUNTRY_SELECTS - len(given))

    @property
    def unstated(self) -> str:
        """Which of "not known" and "refused to say" was chosen, if any."""
        return first(self.typed, f"{self.name}_unstated")

    @property
    def instead(self) -> tuple[Option, ...]:
        """The two honest answers beside a choice."""
        return tuple(Option(value=each.value, label=choice_label(each)) for each in Unstated)

    @property
    def described(self) -> str:
        """Ids of the hint and the problem, for those who cannot see them."""
        parts = (("hint", self.hint), ("problem", self.problem))
        return " ".join(f"{self.name}-{part}" for part, there in parts if there)

    @property
    def pieces(self) -> tuple[tuple[str, str, str], ...]:
        """(name, label, typed) for each part of a date or a moment."""
        words = (_("Day"), _("Month"), _("Year"), _("Time"))
        return tuple((each, word, first(self.typed, each)) for each, word in zip(self.controls, words, strict=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What was read: the values by field, or the sentences by field that say what is wrong."""

    values: Mapping[str, object]
    problems: Mapping[str, str]


def first(given: Typed, name: str) -> str:
    """The first value under a name, or an empty text."""
    return next(iter(given.get(name, ())), "")


def named_spec(body: type, name: str) -> FieldSpec:
    """The declaration of a field of an entry, the moment when it happened included."""
    return OCCURRED_AT if name == OCCURRED_AT.name else spec_of(body, name)


def named(family: str, codes: Iterable[str]) -> tuple[Option, ...]:
    """Codes with their labels, in the order given."""
    return tuple(Option(value=each, label=label(f"{family}.{each}")) for each in codes)


def options_of(spec: FieldSpec, pickers: Mapping[str, tuple[Option, ...]]) -> tuple[Option, ...] | None:
    """What a field offers to choose from; None when any text will do."""
    match spec.form:
        case Form.CHOICE:
            assert spec.choices is not None
            offered = pickers.get("role") if spec.choices is Role else None
            return offered or tuple(Option(value=each.value, label=choice_label(each)) for each in spec.choices)
        case Form.FLAG:
            return (Option(value="true", label=_("Yes")), Option(value="false", label=_("No")))
        case Form.COUNTRY | Form.COUNTRIES:
            return _sorted(named("country", COUNTRIES - PLACEHOLDERS))
        case Form.LANGUAGE:
            return _sorted(named("language", LANGUAGES))
        case Form.CODE | Form.CODES:
            return pickers.get(spec.refers or "")
    return None


def _sorted(options: Iterable[Option]) -> tuple[Option, ...]:
    """By label, without regard to case and accents."""

    def bare(option: Option) -> str:
        apart = unicodedata.normalize("NFD", option.label.casefold())
        return "".join(each for each in apart if unicodedata.category(each) != "Mn")

    return tuple(sorted(options, key=bare))


def asked_of(body: type, pickers: Mapping[str, tuple[Option, ...]], zone: str) -> tuple[Question, ...]:
    """Every question of an act: the body's own fields but the computed, then when it happened."""
    zone_named = _("Time zone: %(zone)s.") % {"zone": zone}
    own = tuple(
        Question(
            spec=spec,
            label=field_label(body, spec.name),
            hint=f"{field_hint(body, spec.name)} {zone_named if spec.form is Form.MOMENT else ''}".strip(),
            options=options_of(spec, pickers),
            zone=zone,
        )
        for spec in specs(body)
        if not spec.computed
    )
    hint = _("Time zone: %(zone)s. It is set to the moment when you opened this page.") % {"zone": zone}
    return (*own, Question(spec=OCCURRED_AT, label=_("When did this happen?"), hint=hint, zone=zone))


def groups(asked: Sequence[Question], given: Typed, problems: Mapping[str, str]) -> list[tuple[str, list[Question]]]:
    """The questions in their order, under a heading wherever what they are about changes."""
    ready = [replace(each, typed=given, problem=problems.get(each.name, "")) for each in asked]
    if len(ready) < GROUPS_FROM:
        return [("", ready)]
    return [(heading, list(each)) for heading, each in groupby(ready, _heading)]


def summary(asked: Sequence[Question], problems: Mapping[str, str]) -> list[dict[str, str]]:
    """Everything that is wrong, each with where to mend it."""
    by_name = {each.name: each for each in asked}
    return [
        {"text": f"{by_name[name].label}: {text}", "anchor": by_name[name].controls[0]}
        if name in by_name
        else {"text": text, "anchor": name}
        for name, text in problems.items()
    ]


def _heading(question: Question) -> str:
    if question.spec is OCCURRED_AT:
        return _("When")
    return str(HEADINGS.get(question.spec.field_class, _("Details")))


def body_from(body: type, values: Mapping[str, object]) -> Body:
    """The entry's body, from answers without problems."""
    return body(**{name: value for name, value in values.items() if name != OCCURRED_AT.name})


def read(questions: Sequence[Question], given: Typed) -> Answers:
    """Read every answer; all that is wrong is told at once."""
    values: dict[str, object] = {}
    problems: dict[str, str] = {}
    for asked in questions:
        try:
            values[asked.name] = _answer(asked, given)
        except Wrong as wrong:
            problems[asked.name] = str(wrong)
    return Answers(values=values, problems=problems)


def _answer(asked: Question, given: Typed) -> object:
    """The value of one field. Raises `Wrong`."""
    raw = _raw(asked, given)
    is_given = any(each.strip() for each in raw)
    if asked.spec.unstated:
        if asked.widget == "radios" and raw[0] in set(Unstated):
            return Unstated(raw[0])
        chosen = first(given, f"{asked.name}_unstated")
        if chosen in set(Unstated):
            if is_given:
                other = {"other": choice_label(Unstated(chosen))}
                raise Wrong(_("There is an answer and also “%(other)s”. Keep one of them.") % other)
            return Unstated(chosen)
    return _value(asked, raw) if is_given else _blank(asked)


def as_typed(asked: Question, value: object) -> dict[str, list[str]]:
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
        case tuple():
            texts = [str(each) for each in value]
            return {name: ["\n".join(texts)] if asked.widget == "area" else texts}
    return {name: [str(value)]}


def _date_typed(name: str, on: date) -> dict[str, list[str]]:
    return {f"{name}_{part}": [str(getattr(on, part))] for part in PIECES[Form.DATE]}


def _raw(asked: Question, given: Typed) -> list[str]:
    """The texts typed for a field; a second answer where there can be one is refused, not dropped."""
    if _takes_several(asked):
        return list(given.get(asked.name, ()))
    if any(len(given.get(each, ())) > 1 for each in asked.controls):
        raise Wrong(_("This answer was sent more than once. Give it once."))
    return [first(given, each) for each in asked.controls]


def _takes_several(asked: Question) -> bool:
    return asked.spec.form in MANY and asked.spec.form is not Form.LINES


def _blank(asked: Question) -> object:
    if asked.spec.optional:
        return () if asked.spec.form in MANY else None
    if asked.spec.unstated:
        raise Wrong(_("Answer this question, or choose “Not known” or “Refused to say”."))
    raise Wrong(_("Answer this question."))


def _value(asked: Question, raw: list[str]) -> object:
    spec = asked.spec
    if spec.form is Form.DATE:
        return typed.day(raw[2], raw[1], raw[0])
    if spec.form is Form.MOMENT:
        return typed.moment(typed.day(raw[2], raw[1], raw[0]), raw[3], asked.zone)
    if _takes_several(asked):
        return _several(asked, raw)
    if asked.options is None:
        return READERS.get(spec.form, typed.line)(raw[0])
    chosen = _listed(asked, raw[0])
    if spec.form is Form.FLAG:
        return chosen == "true"
    return spec.choices(chosen) if spec.choices else chosen


def _several(asked: Question, raw: list[str]) -> tuple[str, ...]:
    given = typed.lines("\n".join(raw))
    if asked.options is not None:
        given = tuple(_listed(asked, each) for each in given)
    if len(set(given)) != len(given):
        raise Wrong(_("The same answer is given twice. Give each once."))
    return given


def _listed(asked: Question, text: str) -> str:
    if all(text != each.value for each in asked.options or ()):
        raise Wrong(_("Choose one of the answers that are listed."))
    return text
