"""The API for a party's own system: an act is prepared, signed with the system's key, and recorded.

A request is signed too: who asks is an account that has a system's key, and nothing else lets anybody in. What it may
do, see and record is what the pages would let the same account do: forms, rules and refusals are theirs.
docs/how-to/sign-through-the-api.md has an example.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import wraps
from hashlib import sha256
from typing import TypeVar

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt

from habeas.core.commands import Refusal
from habeas.core.entries import Actor, Role
from habeas.core.entries.fields import Json, from_json, read_moment
from habeas.core.messages import Message
from habeas.core.permissions import ACTS
from habeas.register.assertion import ED25519
from habeas.register.canonical import from_base64, to_base64
from habeas.speech import LANGUAGES, say
from habeas.store import acts as store
from habeas.store import memory, proofs, read, signing, streams
from habeas.store.accounts import is_recorded
from habeas.store.append import CONNECTION_LOST, VersionConflict
from habeas.store.models import Account
from habeas.web import acts, monitor, questions
from habeas.web.entry_page import download
from habeas.web.opened import open_case

SCHEME = "Habeas"
REQUEST_LASTS = timedelta(minutes=5)
CONFLICTS = {"store.moved_since_prepared", "store.not_prepared"}
Reason = dict[str, object]
View = Callable[..., HttpResponse]
T = TypeVar("T")


class Refused(Exception):
    """The request is not done: a status, and every reason in both languages."""

    def __init__(self, status: int, reasons: Iterable[Reason]) -> None:
        super().__init__(status)
        self.status, self.reasons = status, list(reasons)


def by_system(method: str) -> Callable[[View], View]:
    """An address for systems alone: it is given the account and what was sent, and always answers in JSON."""

    def decorated(view: View) -> View:
        @csrf_exempt  # no cookie lets anybody in here
        @wraps(view)
        def answer(request: HttpRequest, **named: str) -> HttpResponse:
            try:
                if request.method != method:
                    raise _refused(405, Message("api.method", {"method": method}))
                return view(request, _actor(request), _sent(request), **named)
            except (Refused, RequestDataTooBig, memory.BehindPublished, *CONNECTION_LOST) as error:
                refused = _refusal(error)
            response = JsonResponse({"reasons": refused.reasons}, status=refused.status)
            if refused.status == 503:
                response["Retry-After"] = "60"
            return response

        return answer

    return decorated


def _refusal(error: Exception) -> Refused:
    """What stands in the way; while the register is behind, that is what may be missing."""
    behind = memory.behind() if isinstance(error, Refused) and error.status in (403, 404) else error
    match behind or error:
        case memory.BehindPublished(problem=problem):
            return _refused(503, Message(problem.code, problem.parameters))
        case RequestDataTooBig():
            return _refused(413, Message("api.too_long", {"most": settings.DATA_UPLOAD_MAX_MEMORY_SIZE}))
        case Refused() as refused:
            return refused
    return _refused(503, Message("api.no_database", {}))


@by_system("POST")
def prepare(request: HttpRequest, actor: Actor, sent: Mapping[str, Json]) -> HttpResponse:
    """What this account has to sign for an act, or every reason why it would be refused. Nothing is recorded."""
    form, send_id = _form(actor, sent), sent.get("send_id")
    if not (isinstance(send_id, str) and acts.is_send_id(send_id)):
        raise _refused(422, Message("api.send_id", {}))
    command = acts.command(form, _answers(form, sent))
    act = store.prepare(command, at=form.at, send_id=send_id, case_id=acts.case_of(form), person=form.person)
    if isinstance(act, Refusal):
        raise _not_done(act)
    return JsonResponse(
        {
            "prepared": signing.seal(act),
            "until": (act.at + signing.PREPARED_LASTS).isoformat(),
            "log": signing.origin(),
            "id": act.signature.entry_id,
            "fields": [{"path": e.path, "value": e.value, "salt": to_base64(e.salt)} for e in act.fields],
            "sign": to_base64(act.digest),
        }
    )


@by_system("POST")
def sign(request: HttpRequest, actor: Actor, sent: Mapping[str, Json]) -> HttpResponse:
    """Record what was prepared, with its signature. Sent again it answers with the same entries."""
    keys = [each.key.fingerprint for each in _system_keys(actor)]
    assertion: Json = {"type": ED25519, "key": sent.get("key", keys[-1]), "signature": sent.get("signature")}
    try:
        done = store.sign(str(sent.get("prepared")), assertion, actor=actor, at=timezone.now())
    except signing.NotPrepared:
        raise _refused(409, Message("store.not_prepared", {})) from None
    except VersionConflict:
        raise _refused(409, Message("store.moved_since_prepared", {})) from None
    if isinstance(done, Refusal):
        raise _not_done(done)
    entries = [
        {"id": each.id, "kind": each.kind, "stream": each.stream, "recorded_at": each.recorded_at.isoformat()}
        for each in done.entries
    ]
    receipt = reverse("api_receipt", args=[done.entries[-1].id])
    return JsonResponse({"entries": entries, "repeated": done.repeated, "receipt": receipt})


@by_system("GET")
def receipt(request: HttpRequest, actor: Actor, sent: Mapping[str, Json], entry_id: str) -> HttpResponse:
    """The receipt of an entry, with the fields that this account may see; 404 also until it has its place."""
    entry, data = read.entry(entry_id), proofs.receipt(entry_id, actor)
    if entry is None or data is None:
        raise _refused(404, Message("api.not_there", {}))
    if entry.stream.startswith(streams.CASE):
        _found(lambda: open_case(actor, entry.stream, timezone.now(), what="receipt"))
    return download(data, f"receipt-{entry_id[:12]}.json", "application/json")


@by_system("GET")
def roll(request: HttpRequest, actor: Actor, sent: Mapping[str, Json]) -> HttpResponse:
    """The roll as the tables have it, for the monitor's own machine; 404 for everybody else."""
    if actor.role is not Role.MONITOR:
        raise _refused(404, Message("api.not_there", {}))
    return monitor.roll_file()


def request_text(method: str, address: str, *, body: bytes, moment: str, nonce: str) -> bytes:
    """What the system's key signs of a request; `address` is host and path."""
    words = ("habeas/request/v1", method, address, sha256(body).hexdigest(), moment, nonce)
    return "".join(f"{each}\n" for each in words).encode("utf-8")


def _actor(request: HttpRequest) -> Actor:
    """The account whose system's key signed this request, now, and for the first time."""
    words = request.headers.get("Authorization", "").split(" ")
    if len(words) != 5 or words[0] != SCHEME:
        raise _refused(401, Message("api.not_signed", {}))
    _scheme, name, moment, nonce, signature = words
    try:
        late = abs(timezone.now() - read_moment(moment)) > REQUEST_LASTS
    except ValueError:
        late = True
    if late:
        raise _refused(401, Message("api.not_now", {}))
    account = Account.objects.filter(username=name, is_active=True, ended_at=None).first()
    keys = _system_keys(account.actor()) if account else ()
    address = request.get_host() + request.path
    text = request_text(str(request.method), address, body=request.body, moment=moment, nonce=nonce)
    if account is None or not any(each.key.verifies(from_base64(signature) or b"", text) for each in keys):
        raise _refused(401, Message("api.wrong_signature", {}))
    if not is_recorded(account):
        raise _refused(403, Message("api.not_recorded", {}))
    if not acts.is_send_id(nonce) or not signing.is_first(name, nonce, at=timezone.now(), lasts=2 * REQUEST_LASTS):
        raise _refused(401, Message("api.sent_before", {}))
    return account.actor()


def _system_keys(actor: Actor) -> tuple[signing.Given, ...]:
    return tuple(each for each in signing.keys_of_account(actor) if each.credential is None)


def _sent(request: HttpRequest) -> Mapping[str, Json]:
    try:
        sent = json.loads(request.body or b"{}")
    except (ValueError, RecursionError):
        sent = None
    if not isinstance(sent, dict):
        raise _refused(422, Message("api.not_json", {}))
    return sent


def _form(actor: Actor, sent: Mapping[str, Json]) -> acts.ActForm:
    """The form that the pages would show."""
    act, case = ACTS.get(str(sent.get("act"))), sent.get("case")
    if act is None or act.body in signing.NOT_TO_SIGN:
        raise _refused(404, Message("api.no_such_act", {}))
    if act.on_case and not act.opens_case:
        return _found(lambda: acts.case_form(actor, str(case), act.name))
    return _found(lambda: acts.free_form(actor, act.name, str(case or ""))[0])


def _found(look: Callable[[], T]) -> T:
    """What the pages would show this account; otherwise what they would answer."""
    try:
        return look()
    except Http404:
        raise _refused(404, Message("api.not_there", {})) from None
    except PermissionDenied:
        raise _refused(403, Message("api.not_your_role", {})) from None


def _answers(form: acts.ActForm, sent: Mapping[str, Json]) -> questions.Answers:
    """The fields as if they had been typed into the form: the same checks, the same sentences."""
    body, typed = sent.get("body", {}), dict[str, list[str]]()
    if not isinstance(body, dict):
        raise _refused(422, Message("api.not_json", {}))
    given = {questions.OCCURRED_AT.name: sent.get("occurred_at", form.at.isoformat()), **body}
    unread = given.keys() - {each.name for each in form.asked}
    for each in form.asked:
        try:
            if given.get(each.name) is not None:
                typed |= questions.as_typed(each, from_json(each.spec, given[each.name]))
        except (ValueError, TypeError):
            unread.add(each.name)
    if unread:
        raise Refused(422, [_reason(Message("api.field", {"field": each}), field=each) for each in sorted(unread)])
    problems: dict[str, dict[str, str]] = {}
    for language in LANGUAGES:
        with override(language):
            answers = questions.read(form.asked, typed)
        for name, text in answers.problems.items():
            problems.setdefault(name, {})[language] = text
    if problems:
        raise Refused(422, [{"code": "api.field", "field": name, "sentences": each} for name, each in problems.items()])
    return answers


def _not_done(refusal: Refusal) -> Refused:
    codes = {each.code for each in refusal.reasons}
    status = 409 if codes <= CONFLICTS else 403 if all(each.startswith("permission.") for each in codes) else 422
    return _refused(status, *refusal.reasons)


def _refused(status: int, *reasons: Message) -> Refused:
    return Refused(status, map(_reason, reasons))


def _reason(message: Message, **more: object) -> Reason:
    parameters = {name: str(value) for name, value in message.parameters.items()}
    sentences = {each: say(message, each) for each in LANGUAGES}
    return {"code": message.code, "parameters": parameters, "sentences": sentences, **more}
