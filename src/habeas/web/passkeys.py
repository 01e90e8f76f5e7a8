"""Passkeys: an officer's own, with which they sign what they do, and what a page needs to ask for one.

These are the only pages with a script, one small file of ours: a browser lets nothing else speak to a passkey.
"""

import secrets
from base64 import b64decode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from allauth.account.decorators import reauthentication_required
from django.core import signing as cookies
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from habeas.core.commands import Command, Refusal
from habeas.core.entries import Actor, Entry
from habeas.core.entries.institutions import PasskeyGiven
from habeas.core.messages import Message
from habeas.core.permissions import ACTS, BINDING, Sort
from habeas.core.visibility import SIGNED_BY_THE_LOG
from habeas.register.assertion import ED25519, WEBAUTHN, new_passkey
from habeas.register.canonical import Value, to_base64
from habeas.register.problems import RegisterError
from habeas.store import acts, signing
from habeas.web.middleware import with_script
from habeas.web.shown import sentence
from habeas.web.who import read_only, signed_in

ANSWER = ("site", "credential", "authenticator_data", "client_data", "signature")
"""What the script puts into the form."""

CONTROLS = frozenset({"prepared", *ANSWER})


@read_only
def passkeys(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The keys with which this account signs."""
    keys = signing.keys_of_account(actor)
    return render(request, "web/passkeys/passkeys.html", {"keys": keys})


@reauthentication_required  # type: ignore[untyped-decorator]
@signed_in
def new(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Make a passkey of one's own known."""
    problems = []
    if request.method == "POST":
        reason = _introduced(request, actor)
        if reason is None:
            return redirect("passkeys")
        problems = [{"text": sentence(reason)}]
    challenge = secrets.token_bytes(32)
    passkey = {
        "challenge": to_base64(challenge),
        "prepared": cookies.dumps(challenge.hex(), salt=_salt(actor)),
        "credentials": _credentials(actor),
        "user": to_base64(sha256(actor.account.encode()).digest()),
        "account": actor.account,
        "answer": ANSWER,
    }
    context = {"problems": problems, "passkey": passkey}
    return with_script(render(request, "web/passkeys/new.html", context, status=422 if problems else 200))


def offered(command: Command) -> bool:
    """Whether whoever does this may sign it with a passkey."""
    return command.act in BINDING and bool(_credentials(command.actor))


def asked(act: signing.Prepared) -> dict[str, Any]:
    """What the page that checks an act needs, to have it signed."""
    return {
        "prepared": signing.seal(act),
        "challenge": to_base64(act.digest),
        "credentials": _credentials(act.command.actor),
        "answer": ANSWER,
        "required": ACTS[act.command.act].sort is Sort.PERMISSION,
    }


def sign(request: HttpRequest, actor: Actor) -> acts.Performed | Refusal:
    """Do what this form signed. Raises VersionConflict."""
    by_credential = {each.credential: each.key.fingerprint for each in signing.keys_of_account(actor)}
    answer = {name: request.POST.get(name, "") for name in ANSWER[2:]}
    assertion: Value = {"type": WEBAUTHN, "key": by_credential.get(request.POST.get("credential", ""), ""), **answer}
    try:
        return acts.sign(request.POST.get("prepared", ""), assertion, actor=actor, at=timezone.now())
    except signing.NotPrepared:
        return Refusal(reasons=(Message("store.not_prepared", {}),))


def signature(entry: Entry, party: str, fields: Mapping[str, Value]) -> str:
    """Who signed an entry, in words; `party` is the name of the party that acted."""
    assertion = fields.get("assertion")
    with_key = assertion.get("type") if isinstance(assertion, Mapping) else None
    told = {"account": entry.actor.account, "party": party}
    if with_key == WEBAUTHN:
        return _("Signed with a passkey of %(account)s, and countersigned with the key of %(party)s.") % told
    if with_key == ED25519:
        return _("Signed with the key of the system %(account)s, and countersigned with the key of %(party)s.") % told
    if isinstance(entry.body, SIGNED_BY_THE_LOG) or entry.actor.party == "log":
        return _("Signed with the register’s own key.")
    return _("Signed with the key of %(party)s alone.") % told


def _introduced(request: HttpRequest, actor: Actor) -> Message | None:
    """Record the passkey that this form made; the reason why not."""
    site = request.POST.get("site", "")
    try:
        challenge = bytes.fromhex(
            cookies.loads(request.POST.get("prepared", ""), salt=_salt(actor), max_age=signing.PREPARED_LASTS)
        )
        data, client_data = (b64decode(request.POST.get(name, "")) for name in ANSWER[2:4])
        if urlsplit(site).netloc != request.get_host():
            raise RegisterError("register.assertion_other_site")
        credential, public = new_passkey(data, client_data, challenge=challenge, site=site)
    except RegisterError as error:
        return Message(error.problem.code, error.problem.parameters)
    except (ValueError, cookies.BadSignature):
        return Message("store.not_prepared", {})
    now = timezone.now()
    body = PasskeyGiven(public_key=to_base64(public), site=site, credential=to_base64(credential))
    command = Command(act="give_passkey", body=body, occurred_at=now, actor=actor)
    done = acts.perform(command, at=now, send_id=challenge.hex())
    return done.reasons[0] if isinstance(done, Refusal) else None


def _credentials(actor: Actor) -> str:
    return " ".join(each.credential for each in signing.keys_of_account(actor) if each.credential)


def _salt(actor: Actor) -> str:
    return f"passkey {actor.account}"
