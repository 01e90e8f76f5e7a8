"""The standing check of the whole register: what was done, and what had a bar or something not shown on what was
recorded then. For the monitor and the auditor. Only what was done is in it: nobody finds here whom to move.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from habeas.audit.scan import Judged
from habeas.audit.standing import Checked, checked, context_then
from habeas.core.commands import screening_of
from habeas.core.context import Context
from habeas.core.done import Done, acts_done
from habeas.core.entries import Actor, FieldClass, Role
from habeas.core.safeguards import Result
from habeas.core.tables import Bilingual
from habeas.store import read
from habeas.web import rules_shown
from habeas.web.opened import Opened, open_case
from habeas.web.shown import language, paged
from habeas.web.who import read_only

WATCHERS = frozenset({Role.MONITOR, Role.AUDITOR})
ACTS_MOST = 500
"""More than this are not looked at for one page."""


@read_only
def done(request: HttpRequest, actor: Actor, agreement_id: str) -> HttpResponse:
    """Counts by rule, and the acts with something, the latest first."""
    context = _watched(actor, agreement_id)
    given = request.GET.get("after", "")
    after = int(given) if given.isdecimal() and len(given) < 10 else 0
    found = checked(agreement_id, timezone.now(), ACTS_MOST, after)
    with found.scanned() as scan:
        judged, something, untouched = scan.totals()
        counts = [each for each in scan.counts() if each.barred or each.not_shown]
        page = paged(request, scan.rows(0, ACTS_MOST))
    named = titles(context)
    return render(
        request,
        "web/done.html",
        {
            "terms": context.agreement,
            "judged": judged,
            "something": something,
            "untouched": untouched,
            "left_out": found.left_out,
            "after": after,
            "next": after + ACTS_MOST,
            "keep": f"after={after}&" if after else "",
            "counts": [(named[each.rule].said_in(language()), each) for each in counts],
            "page": page,
            "lines": [*_lines(actor, context, found, page.object_list, named)],
            "crumbs": _crumbs(context),
        },
    )


@read_only
def why(request: HttpRequest, actor: Actor, agreement_id: str, entry_id: str) -> HttpResponse:
    """Why one act had something: the rules over the case as the record knew it then, each with its explanation."""
    context = _watched(actor, agreement_id)
    entry = read.entry(entry_id)
    if entry is None:
        raise Http404
    opened = open_case(actor, entry.stream, timezone.now(), what="done")
    act = next((each for each in acts_done(opened.case, opened.context) if each.entry.id == entry_id), None)
    if act is None or opened.case.agreement != agreement_id:
        raise Http404
    if not opened.sees_class(FieldClass.FACTS):
        raise PermissionDenied
    at = entry.recorded_at
    then = Opened(case=act.before, context=context_then(act), actor=actor, at=at, known_at=at)
    answers = rules_shown.screening(screening_of(act.before, then.context, act.step.value, at), then)
    wanting = [each for each in answers if each["answer"].result in (Result.BARRED, Result.NOT_SHOWN)]
    crumbs = (*_crumbs(context), (reverse("done", args=[agreement_id]), _("What was done, against the rules")))
    return render(
        request,
        "web/done_why.html",
        {"opened": opened, "act": act, "names": opened.names(), "answers": wanting, "crumbs": crumbs},
    )


def watches(actor: Actor) -> bool:
    return actor.role in WATCHERS


def _watched(actor: Actor, agreement_id: str) -> Context:
    if not watches(actor):
        raise PermissionDenied
    if agreement_id not in read.adopted_agreements():
        raise Http404
    return read.context(agreement_id, timezone.now())


def titles(context: Context) -> dict[str, Bilingual]:
    """What each rule is called."""
    terms = {each.id: each.title for each in context.agreement.eligibility}
    return terms | {each.id: each.title for each in context.safeguards.safeguards}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One act with something, who it was done to as this account sees them, and the rules it may know of."""

    act: Done
    opened: Opened
    barred: tuple[str, ...]
    not_shown: tuple[str, ...]

    @property
    def opens(self) -> bool:
        """Whether the facts of the case are open to this account; without them, a rule's name would tell of them."""
        return self.opened.sees_class(FieldClass.FACTS)


def _lines(
    actor: Actor, context: Context, found: Checked, judged: Iterable[Judged], named: Mapping[str, Bilingual]
) -> Iterator[Line]:
    acts = {each.entry.id: each for each in found.acts}
    asked = {each.id: each.condition.facts for each in context.safeguards.safeguards}
    for each in judged:
        act = acts[each.id]
        opened = Opened(case=act.before, context=context, actor=actor, at=act.entry.recorded_at)
        barred, not_shown = (
            tuple(named[it].said_in(language()) for it in rules if rules_shown.may_know(asked.get(it, ()), opened))
            for rules in (each.barred, each.not_shown)
        )
        yield Line(act=act, opened=opened, barred=barred, not_shown=not_shown)


def _crumbs(context: Context) -> tuple[tuple[str, str], ...]:
    id, title = context.agreement.id, context.agreement.title.said_in(language())
    return (reverse("agreements"), _("Agreements")), (reverse("agreement", args=[id]), title)
