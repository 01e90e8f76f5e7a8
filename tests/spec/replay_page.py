"""What the page of a replay says, in each language: `./dev docs` writes it, and the test of the replay holds it equal to
what a register shows in which the story was played."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from habeas import agreements
from habeas.core.messages import Message
from habeas.core.sources import Source
from habeas.demo.playing import play
from habeas.demo.scenario import scenario
from habeas.speech import LANGUAGES, plain, say, word
from tests.spec.in_memory import InMemory
from tests.spec.published import Replay, published
from tests.spec.replayed import ASKED, Asked, Replayed, replayed


def page(id: str) -> str:
    """The file of a replay, as it is played in memory."""
    story, terms = scenario(id), agreements.agreement(id)
    last = story.ends_at or datetime.now(UTC)
    register = InMemory(story=story, agreement=terms)
    play(story, register.do, last)
    found = replayed(story, published(id), register.cases(), register.context(), last)
    told = {language: in_language(found, language) for language in LANGUAGES}
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def in_language(found: Replayed, language: str) -> dict[str, Any]:
    def times(first: datetime, last: datetime | None = None) -> dict[str, str]:
        ends = dict.fromkeys([first, last or first])
        return {
            place: " – ".join(clock(each, zone, language) for each in ends)
            for place, zone in found.replay.clocks.items()
        }

    seen: dict[str, list[dict[str, Any]]] = {}
    for each in found.seen:
        seen.setdefault(word(f"replay.who.{each.sight.who}", language), []).append(
            {
                "at": times(each.first_at, each.last_at),
                "what": each.sight.what.said_in(language),
                "people": each.people,
                "known": each.sight.known.said_in(language),
                "source": source(each.sight.source, found.replay, language),
            }
        )
    return {
        "title": found.agreement.title.said_in(language),
        "agreement": found.agreement.id,
        "ends": ends(found, language),
        "missing": [word(f"terms.floor.{each}", language) for each in found.missing],
        "figures": [
            {
                "what": each.what.said_in(language),
                "reported": [
                    {"value": one.value, "source": source(one.source, found.replay, language)} for one in each.reported
                ],
            }
            for each in found.replay.figures
        ],
        "invented": [each.said_in(language) for each in found.replay.invented],
        "manifest": found.manifest,
        "admitted": found.admitted,
        "returned": found.returned,
        "unaccounted": found.unaccounted,
        "clocks": list(found.replay.clocks),
        "timeline": [
            {
                "at": times(each.at),
                "what": word(f"entry.{each.what}", language),
                "people": each.people,
                "in_the_air": each.in_the_air,
                "on_roll": each.on_roll,
                "refused": each.refused,
                "returned": each.returned,
            }
            for each in found.timeline
        ],
        "findings": [
            {
                "at": times(each.first_at),
                "said": say(each.message, language),
                "title": each.title.said_in(language) if each.title else "",
                "people": each.people,
            }
            for each in found.findings
        ],
        "acts": [word(f"act.{each}", language) for each in ASKED],
        "asked": [asked_row(each, found.replay, language) for each in found.asked],
        "seen": seen,
    }


def asked_row(row: Asked, replay: Replay, language: str) -> dict[str, Any]:
    clause = ""
    said = say(row.message or Message("", {}), language)
    if row.rule is not None:
        instrument = row.rule.instrument.said_in(language) if row.rule.instrument else ""
        said = row.rule.title.said_in(language)
        clause = " ".join(filter(None, (instrument, row.rule.clause, f"({row.law})" if row.law else "")))
    people = {word(f"act.{act}", language): dict(answers) for act, answers in row.people.items()}
    return {"said": said, "clause": replay.in_language(clause, language), "people": people}


def ends(found: Replayed, language: str) -> str:
    """The day of the last event that is played, where the people are held."""
    *_, zone = found.replay.clocks.values()
    return plain(found.timeline[-1].at.astimezone(ZoneInfo(zone)).date(), language)


def source(of: Source, replay: Replay, language: str) -> Mapping[str, str]:
    ours = {"document": of.document, "citation": of.citation}
    said = {name: replay.in_language(text, language) for name, text in ours.items()}
    return {**said, "clause": of.clause, "quality": of.quality.value}


def clock(at: datetime, zone: str, language: str) -> str:
    """Day and time; the page names the zone, and the story the year."""
    local = at.astimezone(ZoneInfo(zone))
    day, _, _ = plain(local.date(), language).rpartition(str(local.year))
    return f"{day.removesuffix(' de ').strip()}, {local:%H:%M}"
