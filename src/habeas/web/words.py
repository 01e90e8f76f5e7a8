"""Family words, for whoever brings one: the answer of ICPPED article 18(1), without an account and without a trace.

A wrong word, one that was ended and one that never was get the same page after the same work.
"""

from collections.abc import Mapping
from datetime import datetime

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from habeas.core.disclosure import OF_ADMISSION, disclosure
from habeas.core.entries import FieldClass, FieldSpec, Form
from habeas.core.entries.custody import Admitted
from habeas.store import proofs, read
from habeas.store.family import open_word
from habeas.web import disclosed, public
from habeas.web.entry_page import download
from habeas.web.public import Desk
from habeas.web.questions import Question

OPENED, OPENED_SECONDS = "habeas.word", 15 * 60
"""For how long a page that a word opened can give its receipt."""

BROUGHT = FieldSpec(name="word", form=Form.LINE, field_class=FieldClass.ASKED)


@public.public
def word(request: HttpRequest) -> HttpResponse:
    """Bring a word."""
    hint = _("Four words from the person’s sheet. Capitals and accents make no difference.")
    asked = (Question(spec=BROUGHT, label=_("The word that you were given"), hint=hint),)
    return public.serve(request, Desk(template="web/public/word.html", asked=asked, take=_opened, context={}))


def _opened(request: HttpRequest, values: Mapping[str, object], at: datetime) -> HttpResponse:
    case = open_word(str(values["word"]), at)
    if case is None:
        return public.page(request, "web/public/no_word.html", {})  # 200: a log would tell the two apart
    context = read.context(case.agreement, at, case)
    zone = context.zone(case.facility)
    parts = disclosed.parts(disclosure(case, context, at), zone)
    token = signing.dumps(case.id, salt=OPENED) if case.last(Admitted) else ""
    return public.page(request, "web/public/opened.html", {"parts": parts, "at": at, "zone": zone, "token": token})


@public.public
def receipt(request: HttpRequest) -> HttpResponse:
    """The receipt of the admission, with what article 18(1) lists, for whoever opened a word a moment ago."""
    try:
        case_id = signing.loads(request.POST.get("token", ""), salt=OPENED, max_age=OPENED_SECONDS)
    except signing.BadSignature:
        return public.page(request, "web/public/no_word.html", {})
    case = read.case(case_id)
    admitted = case.last(Admitted) if case else None
    data = proofs.receipt_of(admitted.id, OF_ADMISSION) if admitted else None
    if data is None:
        raise Http404
    return download(data, "receipt.json", "application/json")
