"""One case: who answers, what the record holds, what is missing, and what this account can do."""

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from habeas.core.acts import ACTS, Act, Sort
from habeas.core.clocks import Clock, Runs, clocks
from habeas.core.commands import available
from habeas.core.custody import custody, end, last_seen, on_roll
from habeas.core.entries import Actor, Entry, FieldClass
from habeas.core.entries.custody import Corrected
from habeas.core.entries.procedure import TitleRecorded
from habeas.core.findings import findings
from habeas.core.permissions import may
from habeas.core.procedure import TO_ENTER, Stage, missing_steps, stage
from habeas.core.titles import title_span
from habeas.core.waiting import Waiting, waiting
from habeas.web import rules_shown, typed
from habeas.web.completeness import completeness
from habeas.web.labels import label, sentence
from habeas.web.opened import Opened, open_case
from habeas.web.pages import paged
from habeas.web.shown import Names, entry_title, rows
from habeas.web.typed import Wrong
from habeas.web.who import signed_in

TIMELINE_PAGE = 30
LATER_FROM_HOURS = 24
PERSON = frozenset({FieldClass.IDENTITY})


@require_safe
@signed_in
def case(request: HttpRequest, actor: Actor, case_id: str) -> HttpResponse:
    """The page of a case, now or as known at a past moment."""
    now = timezone.now()
    opened = open_case(actor, case_id, now)
    known_at, problem = _chosen_moment(request, opened.zone, now)
    if known_at is not None and known_at < opened.case.opening.recorded_at:
        known_at, problem = None, _("Nothing was recorded of this case by then. Choose a later moment.")
    if known_at is not None:
        opened = open_case(actor, case_id, now, known_at)
    context = {**page_of(opened), "past_problem": problem}
    context["past_on"], context["past_time"] = request.GET.get("on", ""), request.GET.get("time", "")
    context["timeline"] = paged(request, timeline(opened), TIMELINE_PAGE)
    context["keep"] = _kept(request)
    return render(request, "web/case.html", context)


def page_of(opened: Opened) -> dict[str, Any]:
    """Everything that the page of a case shows but its timeline."""
    return {
        "case": opened.case,
        "short": opened.short,
        "zone": opened.zone,
        "known_at": opened.known_at,
        "name": opened.name(),
        "stage": stage(opened.case, opened.at, opened.context.periods).value,
        "orders": opened.orders,
        "crumbs": ((reverse("cases"), _("Cases")),),
        "sending": opened.party(opened.case.sending),
        **_custody(opened),
        **_tasks(opened),
        **_standing(opened),
    }


def timeline(opened: Opened) -> list[dict[str, Any]]:
    """Every entry, the latest first, with both its times, who made it, and its gist."""
    names = opened.names()
    corrected = {each.body.entry for each in opened.case.all(Corrected)}
    found = sorted(opened.case.entries, key=lambda each: (each.occurred_at, each.index), reverse=True)
    return [
        _event(opened, each, names, corrected) if opened.sees_any(each) else {"entry": each, "hidden": True}
        for each in found
    ]


def _event(opened: Opened, entry: Entry, names: Names, corrected: set[str]) -> dict[str, Any]:
    return {
        "entry": entry,
        "url": entry_url(opened, entry),
        "title": entry_title(entry),
        "gist": rules_shown.gist(entry, names, opened.sees),
        "role": label(f"role.{entry.actor.role.value}"),
        "party": opened.party(entry.actor.party),
        "corrected": entry.id in corrected,
        "later": _later(entry),
    }


def entry_url(opened: Opened, entry: Entry) -> str:
    """The page of an entry of this case."""
    return reverse("entry", args=[opened.case.id, entry.id])


def _custody(opened: Opened) -> dict[str, Any]:
    case, at, context = opened.case, opened.at, opened.context
    held = custody(case, at, context.periods.contested_after)
    ended, seen, facility = end(case), last_seen(case, at), on_roll(case, at)
    found = context.facility(facility) if facility else None
    return {
        "custody": held
        and {
            "answers": opened.party(held.answers),
            "since_at": held.since_at,
            "contested_with": opened.party(held.contested_with) if held.contested_with else "",
        },
        "seen": seen and {"entry": seen, "how": entry_title(seen), "by": label(f"role.{seen.actor.role.value}")},
        "facility": found.name if found else facility,
        "ended": ended
        and {"title": entry_title(ended.entry), "at": ended.entry.occurred_at, "confirmed": ended.confirmed},
        "unconfirmed_end": ended is not None and not ended.confirmed,
    }


def _tasks(opened: Opened) -> dict[str, Any]:
    """What this account can do, what waits for it, and what waits for others."""
    refused = available(opened.case, opened.context, opened.actor, opened.at)
    open_now = waiting(opened.case, opened.context, opened.at)
    mine = [each for each in open_now if is_mine(each, opened.actor)]
    due = [name for name in dict.fromkeys(each.act for each in mine) if not refused.get(name)]
    possible = [ACTS[name] for name, reasons in refused.items() if not reasons and name not in due]
    return {
        "due": [_link(opened, ACTS[name]) for name in due],
        "acts": [
            {"heading": heading, "acts": [_link(opened, act) for act in group]}
            for heading, group in _by_sort(possible)
            if group
        ],
        "refused": [(ACTS[name], reasons) for name, reasons in refused.items() if reasons],
        "anew": _anew(opened),
        "stay": _stay(opened),
        "waits_for_others": [
            {"act": each.act, "role": each.role.value, "party": opened.party(each.party)}
            for each in open_now
            if each not in mine
        ],
    }


def _anew(opened: Opened) -> str:
    """Where to propose the same person again once this case has ended, for those who may propose."""
    ended = end(opened.case) is not None
    if not ended or may(opened.actor, ACTS["propose"], None, None) is not None:
        return ""
    return f"{reverse('act', args=['propose'])}?case={opened.case.id}"


def _stay(opened: Opened) -> str:
    """Where a court issues a stay order that names this case."""
    if may(opened.actor, ACTS["issue_stay_order"], None, None) is not None:
        return ""
    return f"{reverse('act', args=['issue_stay_order'])}?case={opened.case.id}"


def is_mine(each: Waiting, actor: Actor) -> bool:
    """Whether something waits for this account."""
    return each.role is actor.role and each.party in {"", actor.party}


def _by_sort(acts: list[Act]) -> tuple[tuple[str, list[Act]], ...]:
    headings = (
        (Sort.PERMISSION, _("Take a step of the procedure")),
        (Sort.REPORT, _("Report what happened")),
        (Sort.RECORD, _("Add to the record")),
    )
    corrections = {"correct"}
    return tuple(
        (heading, [each for each in acts if each.sort is sort and each.name not in corrections])
        for sort, heading in headings
    )


def _link(opened: Opened, act: Act) -> dict[str, str]:
    return {"title": label(f"act.{act.name}"), "url": reverse("case_act", args=[opened.case.id, act.name])}


def _standing(opened: Opened) -> dict[str, Any]:
    """Clocks, findings, titles, rules, the person, completeness and missing steps."""
    case, at = opened.case, opened.at
    return {
        "clocks": [clock_shown(each, at, opened.party(each.owner)) for each in clocks(case, opened.context, at)],
        "findings": [_finding(opened, each) for each in findings(case, opened.context, at)],
        "findings_hidden": not opened.sees_class(FieldClass.CUSTODY),
        "titles": _titles(opened),
        "titles_hidden": not opened.sees_class(FieldClass.CUSTODY),
        "rules": rules_shown.answers(opened),
        "rules_hidden": not opened.sees_class(FieldClass.FACTS),
        "person": _person(opened),
        "completeness": completeness(opened),
        "steps": _missing(opened),
    }


def clock_shown(clock: Clock, at: datetime, owner: str) -> dict[str, Any]:
    """A clock in words."""
    return {
        "words": sentence(clock.duty),
        "due_at": clock.due_at,
        "owner": owner,
        "is_late": clock.is_late(at),
        "persons_time": clock.runs is Runs.PERSONS_TIME,
    }


def _finding(opened: Opened, finding: Any) -> dict[str, Any]:
    because = (opened.case.entry(each) for each in finding.because)
    return {
        "words": sentence(finding.message),
        "clause": finding.clause,
        "on": finding.on,
        "because": [
            {"url": entry_url(opened, each), "title": entry_title(each)}
            for each in because
            if each and opened.sees_any(each)
        ],
    }


def _titles(opened: Opened) -> list[dict[str, Any]]:
    found = []
    for title in opened.case.all(TitleRecorded):
        span = title_span(opened.case, title)
        found.append(
            {
                "url": entry_url(opened, title.entry),
                "state": label(f"country.{title.body.state}"),
                "authority": title.body.authority,
                "from_at": span.from_at,
                "until_at": span.until_at,
                "in_force": span.holds(opened.at),
                "future": opened.at < span.from_at,
            }
        )
    return found


def _person(opened: Opened) -> list[Any]:
    """What the opening entry says of the person; the rest stands on the timeline."""
    entry, names = opened.case.opening.entry, opened.names()
    return [each for each in rows(entry, names, opened.sees) if each.name in PERSON_FIELDS]


PERSON_FIELDS = (
    "given_names",
    "family_names",
    "other_names",
    "born_on",
    "sex",
    "nationalities",
    "language",
    "home_reference",
)


def _missing(opened: Opened) -> list[str]:
    now = stage(opened.case, opened.at, opened.context.periods)
    if now is Stage.ENDED:
        return []
    return [each.value for each in missing_steps(opened.case, TO_ENTER, opened.at, opened.context.periods)]


def _later(entry: Entry) -> str:
    """Says so when the record took an entry much later than it happened."""
    hours = int((entry.recorded_at - entry.occurred_at).total_seconds() // 3600)
    if hours < LATER_FROM_HOURS:
        return ""
    return _("%(days)d days later") % {"days": max(1, hours // 24)}


def _chosen_moment(request: HttpRequest, zone: str, now: datetime) -> tuple[datetime | None, str]:
    """The past moment that was chosen, or the sentence that says why it cannot be."""
    on, time = request.GET.get("on", ""), request.GET.get("time", "") or "23:59:59"
    if not on:
        return None, ""
    year, month, day = [*on.split("-"), "", "", ""][:3]
    try:
        chosen = typed.moment(typed.day(year, month, day), time, zone)
    except Wrong as wrong:
        return None, wrong.sentence
    return (None, "") if chosen >= now else (chosen.astimezone(UTC), "")


def _kept(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    return f"{query.urlencode()}&" if query else ""
