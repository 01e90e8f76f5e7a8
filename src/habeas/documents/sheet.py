"""The person's sheet: one page in their language at the notice and at the admission (Mandela Rules 54 and 55).

Its texts stand in one file a language, `sheets/CODE.toml`: a further language is one more file. It says nothing of
facts, allegations or health, so whoever hands it over may see all of it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from habeas.core.case import Case
from habeas.core.context import Context
from habeas.core.custody import custody, departures, end, has_left, on_roll
from habeas.core.entries import Entry, Unstated
from habeas.core.entries.custody import Admitted, ReturnDue
from habeas.core.entries.institutions import PartyKind
from habeas.core.entries.procedure import NoticeServed
from habeas.core.messages import FileError
from habeas.core.procedure import contest_ends_at, objection_ends_at, transfer_decision
from habeas.core.tables import Table, read_whole
from habeas.core.titles import places_of_custody, title_ends_at, titles_in_force
from habeas.speech import word

FOLDER = Path(__file__).parent / "sheets"
DIRECTIONS = ("ltr", "rtl")
NO_LIMIT = timedelta(days=365 * 100)
"""A time to object that lasts longer than this has no end in the terms."""

TEXTS: Mapping[str, frozenset[str]] = {
    name: frozenset(filter(None, parameters.split(",")))
    for name, _, parameters in (
        each.partition(":")
        for each in """
        language moment:day,month,year,time,zone not_known title for_whom:name,at for_you:at
        answers answers_now:authority,state,since answers_contested:authority answers_nobody
        where where_held:place where_proposed:place,state where_decided:place,state where_on_the_way:place
        where_not_known until until_title:state,until until_open:state until_no_title:state until_return:state,until
        object object_until:until object_open object_over:until object_judge contest_until:until contest_how
        call call_counsel call_watch call_consul silence silence_text
        rights rights_told rights_family rights_doctor rights_complaint
        receipt receipt_text:entry,at receipt_notice receipt_admission receipt_opening
        words words_how:address words_consent words_once words_none
        """.split()
    )
}
"""Every text that a language must give, and the parameters that it must leave open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """The texts of one language. `direction` is that of its script."""

    code: str
    direction: str
    months: tuple[str, ...]
    texts: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.texts["language"]

    def say(self, key: str, **parameters: str) -> str:
        return self.texts[key].format_map(parameters)

    def moment(self, at: datetime, zone: str) -> str:
        """A moment in a named time zone."""
        local = at.astimezone(ZoneInfo(zone))
        day, year = str(local.day), str(local.year)
        return self.say(
            "moment", day=day, month=self.months[local.month - 1], year=year, time=f"{local:%H:%M}", zone=zone
        )

    def state(self, country: str) -> str:
        """A state's name; in English where Habeas does not speak the language."""
        return word(f"country.{country}", self.code) if country else self.say("not_known")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One heading of the sheet and what stands under it; `listed` are names in a list of their own."""

    heading: str
    lines: tuple[str, ...]
    listed: tuple[str, ...] = ()


def languages() -> dict[str, Language]:
    """Every language that has a file, by its code. Raises FileError where a text is missing or unknown."""
    return {each.stem: read_language(each) for each in sorted(FOLDER.glob("*.toml"))}


def read_language(path: Path) -> Language:
    """One file, strictly read. Raises FileError."""

    def read(table: Table) -> Language:
        months = table.texts("months")
        if len(months) != 12:
            raise table.error("sheet.months", "months")
        texts = {key: _text(table, key, open_) for key, open_ in TEXTS.items()}
        return Language(code=path.stem, direction=table.choice("direction", DIRECTIONS), months=months, texts=texts)

    return read_whole(path.read_text("utf-8"), path.name, read)


def _text(table: Table, key: str, parameters: frozenset[str]) -> str:
    found = table.text(key)
    if set(re.findall(r"\{([^{}]*)\}", found)) != parameters:
        raise FileError("sheet.parameters", table.where(key), key=key, parameters=tuple(sorted(parameters)))
    return found


def receipt_entry(case: Case) -> tuple[str, Entry]:
    """The entry whose receipt stands on the sheet, and the text that names it: the last admission, the last notice, or
    what opened the case."""
    found = (("admission", case.last(Admitted)), ("notice", case.last(NoticeServed)), ("opening", case.opening))
    return next((f"receipt_{name}", each.entry) for name, each in found if each is not None)


def sheet(case: Case, context: Context, at: datetime, language: Language) -> tuple[Part, ...]:
    """What the sheet says of a case, but for the receipt and the family words."""
    told = {
        "answers": tuple(_answers(case, context, at, language)),
        "where": tuple(_where(case, context, at, language)),
        "until": tuple(_until(case, context, at, language)),
        "object": tuple(_object(case, context, at, language)),
        "call": tuple(map(language.say, ("call_counsel", "call_consul", "call_watch"))),
        "silence": (language.say("silence_text"),),
        "rights": tuple(map(language.say, ("rights_told", "rights_family", "rights_doctor", "rights_complaint"))),
    }
    watch = sorted(each.name for each in context.parties.values() if each.kind is PartyKind.NEITHER_EXECUTIVE)
    return tuple(
        Part(heading=language.say(key), lines=lines, listed=tuple(watch) if key == "call" else ())
        for key, lines in told.items()
        if lines
    )


def _answers(case: Case, context: Context, at: datetime, language: Language) -> Iterator[str]:
    now = custody(case, at, context.periods.contested_after)
    if now is None:
        yield language.say("answers_nobody")
        return
    yield language.say(
        "answers_now",
        authority=context.name_of(now.answers),
        state=language.state(context.state_of(now.answers)),
        since=language.moment(now.since_at, context.zone(case.facility)),
    )
    if now.contested_with:
        yield language.say("answers_contested", authority=context.name_of(now.contested_with))


def _where(case: Case, context: Context, at: datetime, language: Language) -> Iterator[str]:
    here, facility = on_roll(case, at), context.facility(case.facility)
    place, state = context.facility_name(case.facility), facility.state if facility else ""
    if end(case) is not None:
        return
    if here is not None:
        yield language.say("where_held", place=context.facility_name(here))
    elif has_left(case):
        going = getattr(departures(case)[-1].body, "destination", None) if departures(case) else None
        known = going is not None and not isinstance(going, Unstated)
        yield language.say("where_on_the_way", place=str(going)) if known else language.say("where_not_known")
    elif transfer_decision(case) is not None:
        yield language.say("where_decided", place=place, state=language.state(state))
    else:
        yield language.say("where_proposed", place=place, state=language.state(state))


def _until(case: Case, context: Context, at: datetime, language: Language) -> Iterator[str]:
    if end(case) is not None:
        return
    zone, country = context.zone(case.facility), places_of_custody(case, context)[-1][1]
    ends, state = title_ends_at(case, country, at), language.state(country)
    if not titles_in_force(case, country, at):
        yield language.say("until_no_title", state=state)
    elif ends is None:
        yield language.say("until_open", state=state)
    else:
        yield language.say("until_title", state=state, until=language.moment(ends, zone))
    due = case.last(ReturnDue)
    if due is not None:
        back = language.state(context.state_of(case.sending))
        yield language.say("until_return", state=back, until=language.moment(due.body.due_at, zone))


def _object(case: Case, context: Context, at: datetime, language: Language) -> Iterator[str]:
    zone = context.zone(case.facility)
    objection, contest = objection_ends_at(case, context.periods), contest_ends_at(case, context.periods)
    if objection is not None and objection > at + NO_LIMIT:
        yield language.say("object_open")
    elif objection is not None:
        key = "object_until" if at < objection else "object_over"
        yield language.say(key, until=language.moment(objection, zone))
    decision = transfer_decision(case)
    if contest is not None and decision is not None and contest < at + NO_LIMIT:
        yield language.say("contest_until", until=language.moment(contest, zone))
        yield f"{language.say('contest_how')} {decision.body.remedy}"
    yield language.say("object_judge")
