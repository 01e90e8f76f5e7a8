"""One case: who answers, what the record holds, what is missing, and what this account can do."""

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from habeas.core.claims import counsel_of
from habeas.core.clocks import clocks
from habeas.core.commands import available
from habeas.core.custody import custody, end
from habeas.core.entries import Actor, Entry, FieldClass, Role, Unstated, specs
from habeas.core.entries.custody import Admitted, ArrivedUnannounced, Corrected, DepartedUnproposed
from habeas.core.entries.erasure import CaseErased
from habeas.core.entries.procedure import Proposed, TitleRecorded
from habeas.core.findings import Finding, findings
from habeas.core.permissions import ACTS, Sort, may
from habeas.core.procedure import TO_ENTER, Stage, missing_steps
from habeas.core.titles import title_span
from habeas.core.visibility import CONSULTATION_READERS, OF_A_STATE, READS_INDIVIDUAL
from habeas.core.waiting import waiting
from habeas.store import read
from habeas.store.figures import of_decision
from habeas.store.keys import KeyDamaged, KeyLost, key_folder
from habeas.store.records import key_id
from habeas.web import consulted, desk, monitor, rules_shown, typed
from habeas.web.opened import Erased, Opened, open_case
from habeas.web.sheet import HANDS_OVER
from habeas.web.shown import field_label, paged, rows
from habeas.web.typed import Wrong
from habeas.web.who import read_only

TIMELINE_PAGE = 30
LATER_FROM_HOURS = 24
MUST_BE_ASKED = (Proposed, ArrivedUnannounced, DepartedUnproposed, Admitted)
HEADINGS = {
    Sort.PERMISSION: gettext_lazy("Take a step of the procedure"),
    Sort.REPORT: gettext_lazy("Report what happened"),
    Sort.RECORD: gettext_lazy("Add to the record"),
}
PERSON_FIELDS = frozenset(
    {"given_names", "family_names", "other_names", "born_on", "sex", "nationalities", "language", "home_reference"}
)
"""What the page says of the person; the rest of the opening entry stands on the timeline."""


@read_only
def case(request: HttpRequest, actor: Actor, case_id: str) -> HttpResponse:
    """The page of a case, now or as known at a past moment."""
    now = timezone.now()
    try:
        opened = open_case(actor, case_id, now)
    except (KeyLost, KeyDamaged):
        rows = read.unreadable(actor, case=case_id)
        if not rows:
            raise
        return render(request, "web/unreadable.html", {"unreadable": rows}, status=503)
    except Erased as gone:
        return _erased(request, actor, gone)
    known_at, problem = _chosen_moment(request, opened.zone, now)
    if known_at is not None and known_at < opened.case.opening.recorded_at:
        known_at, problem = None, _("Nothing was recorded of this case by then. Choose a later moment.")
    if known_at is not None:
        opened = open_case(actor, case_id, now, known_at)
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        **_page(opened),
        "past_problem": problem,
        "past_on": request.GET.get("on", ""),
        "past_time": request.GET.get("time", ""),
        "timeline": paged(request, _timeline(opened), opened.case.version if "all" in request.GET else TIMELINE_PAGE),
        "keep": f"{query.urlencode()}&" if query else "",
    }
    return render(request, "web/case.html", context)


def _erased(request: HttpRequest, actor: Actor, gone: Erased) -> HttpResponse:
    """All that a page says of an erased case: when, and by whose agreement."""
    found = gone.case.last(CaseErased)
    assert found is not None
    context = {
        "short": gone.case.id[-8:],
        "at": found.recorded_at,
        "agreed": [gone.context.name_of(each) for each in found.body.agreed_by],
        "not_asked": gone.case.receiving not in found.body.agreed_by,
        "is_monitor": actor.role is Role.MONITOR,
        "key_left": key_folder().is_whole(key_id(gone.case.id, gone.case.person)),
        "crumbs": ((reverse("cases"), _("Cases")),),
    }
    return render(request, "web/erased.html", context)


def _page(opened: Opened) -> dict[str, Any]:
    case, at, context = opened.case, opened.at, opened.context
    return {
        "opened": opened,
        "orders": opened.orders,
        "crumbs": ((reverse("cases"), _("Cases")),),
        "custody": custody(case, at, context.periods.contested_after),
        "ended": end(case),
        **_tasks(opened),
        **monitor.of_case(opened),
        "clocks": [(each, each.is_late(at)) for each in clocks(case, context, at)],
        "counsel": counsel_of(case),
        "claims": desk.claims_of_case(opened),
        "sees_custody": opened.sees_class(FieldClass.CUSTODY),
        "findings": [
            (each, [entry for entry in map(case.entry, each.because) if entry and opened.sees_any(entry)])
            for each in (*findings(case, context, at), *_individual(opened))
            if opened.sees_class(each.about)
        ],
        "titles": [
            (each, span, span.holds(at)) for each in case.all(TitleRecorded) for span in (title_span(case, each),)
        ],
        "sees_facts": opened.sees_class(FieldClass.FACTS),
        "rules": rules_shown.answers(opened),
        "weaker": context.safeguards.weaker,
        "person": [
            each for each in rows(case.opening.entry, opened.names(), opened.sees) if each.name in PERSON_FIELDS
        ],
        "completeness": _completeness(opened),
        "asked_why": consulted.asked_why(opened) if opened.known_at is None else [],
        "sees_consulted": opened.actor.role in CONSULTATION_READERS | OF_A_STATE,
        "hands_over_sheet": opened.actor.role in HANDS_OVER,
        "steps": () if opened.stage is Stage.ENDED else missing_steps(case, TO_ENTER, at, context.periods),
    }


def _individual(opened: Opened) -> tuple[Finding, ...]:
    """What makes the decision individual only in name, for court and monitor; as counted now, at no past moment."""
    if opened.known_at is not None or opened.actor.role not in READS_INDIVIDUAL:
        return ()
    return of_decision(opened.case.id, opened.case.agreement, opened.at)


def _timeline(opened: Opened) -> list[dict[str, Any]]:
    """Every entry, the latest first, with its gist; of one that may not be seen, not even its kind."""
    names = opened.names()
    corrected = {each.body.entry for each in opened.case.all(Corrected)}
    found = sorted(opened.case.entries, key=lambda each: (each.occurred_at, each.index), reverse=True)
    return [
        {
            "entry": each,
            "gist": rules_shown.gist(each, names, opened.sees),
            "corrected": each.id in corrected,
            "later": _later(each),
        }
        if opened.sees_any(each)
        else {"entry": each, "hidden": True}
        for each in found
    ]


def _later(entry: Entry) -> str:
    """Says so when the record took an entry much later than it happened."""
    hours = int((entry.recorded_at - entry.occurred_at).total_seconds() // 3600)
    return _("%(days)d days later") % {"days": max(1, hours // 24)} if hours >= LATER_FROM_HOURS else ""


def _tasks(opened: Opened) -> dict[str, Any]:
    """What this account can do, what waits for it, and what waits for others."""
    actor = opened.actor
    refused = available(opened.case, opened.context, actor, opened.at)
    possible = [ACTS[name] for name, reasons in refused.items() if not reasons and name not in {*opened.due, "correct"}]
    by_sort = [(heading, [each for each in possible if each.sort is sort]) for sort, heading in HEADINGS.items()]
    open_now = waiting(opened.case, opened.context, opened.at)
    return {
        "due": opened.due,
        "acts": [(heading, acts) for heading, acts in by_sort if acts],
        "refused": [(name, reasons) for name, reasons in refused.items() if reasons],
        "may_propose_anew": end(opened.case) is not None and may(actor, ACTS["propose"], None, None) is None,
        "may_order": may(actor, ACTS["issue_stay_order"], None, None) is None,
        "waits_for_others": [each for each in open_now if not each.is_owed_by(actor)],
    }


def _completeness(opened: Opened) -> dict[str, Any]:
    """Of the answers to the opening and the book-in that may be "not known" or "refused to say", and that this
    account may see: how many were asked, how many are known, and what the others are called."""
    asked = [
        (type(entry.body), spec.name, getattr(entry.body, spec.name))
        for entry in opened.case.entries
        if isinstance(entry.body, MUST_BE_ASKED)
        for spec in specs(type(entry.body))
        if spec.unstated and opened.sees(entry, spec)
    ]
    missing = [field_label(body, name) for body, name, value in asked if isinstance(value, Unstated)]
    return {"asked": len(asked), "known": len(asked) - len(missing), "missing": missing}


def _chosen_moment(request: HttpRequest, zone: str, now: datetime) -> tuple[datetime | None, str]:
    """The past moment that was chosen, or the sentence that says why it cannot be."""
    on, time = request.GET.get("on", ""), request.GET.get("time", "") or "23:59:59"
    if not on:
        return None, ""
    year, month, day = [*on.split("-"), "", "", ""][:3]
    try:
        chosen = typed.moment(typed.day(year, month, day), time, zone)
    except Wrong as wrong:
        return None, str(wrong)
    return (None, "") if chosen >= now else (chosen.astimezone(UTC), "")
