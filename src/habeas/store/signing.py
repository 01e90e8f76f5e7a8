"""Keys of one's own: which account signs with which, and what is prepared for a signature.

What is prepared leaves the server sealed and comes back with the signature: no table and no session holds it. It is
bound to the account, and is good for ten minutes.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from habeas.core.commands import Command
from habeas.core.entries import Actor, Body, Entry, Role, body_from_json, body_to_json, kind_of
from habeas.core.entries.institutions import AccountEnded, PasskeyGiven, SigningKeyEnded, SystemKeyGiven
from habeas.core.entries.procedure import EvidenceAdded
from habeas.core.messages import Message
from habeas.core.permissions import ACTS, BINDING, Sort
from habeas.core.visibility import SIGNED_BY_THE_LOG
from habeas.register.assertion import ED25519_LENGTH, NOT_SIGNED, PATH, SigningKey, check_assertion, signed_digest
from habeas.register.canonical import Value, from_base64, to_base64
from habeas.register.fields import Field, field_digest
from habeas.register.problems import RegisterError
from habeas.store import statements, streams
from habeas.store.append import Draft
from habeas.store.keys import SealBroken, key_folder
from habeas.store.models import Account, HeadRow, LogRow, UsedNonce
from habeas.store.records import Signature, new_id, new_record, record_of

PREPARED = "prepared-acts"
PREPARED_LASTS = timedelta(minutes=10)
NOT_TO_SIGN = (EvidenceAdded, PasskeyGiven, *SIGNED_BY_THE_LOG)
"""What nobody signs with a key of their own: a file, which is sealed apart; a passkey, which is no key yet; and what
must not tell who spoke."""


class NotPrepared(Exception):
    """What came back was not prepared for this account, or more than ten minutes ago."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A key that an account signs with, and the entry that introduced it. A system's key has no `credential`."""

    entry: Entry
    account: str
    key: SigningKey
    credential: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """An act as it is signed: `digest` is over `fields`. `about`: case, person and form that `perform` is given, and
    the stream and the subject of the entry."""

    command: Command
    at: datetime
    digest: bytes
    signature: Signature
    about: Mapping[str, str | None]
    fields: tuple[Field, ...] = ()


def origin() -> str:
    """The log's name, which is signed with every act."""
    return HeadRow.objects.get().origin


def keys_of(party: str) -> Mapping[str, Given]:
    """Every key that signs for an account of this party now, by its fingerprint, in the order of their entries."""
    found: dict[str, Given] = {}
    for entry in streams.entries(streams.PARTY + party):
        match entry.body:
            case PasskeyGiven() | SystemKeyGiven():
                given = _given(entry, entry.body)
                found[given.key.fingerprint] = given
            case SigningKeyEnded(key=key):
                found.pop(key, None)
            case AccountEnded(account=account):
                found = {key: each for key, each in found.items() if each.account != account}
    return found


def keys_of_account(actor: Actor) -> tuple[Given, ...]:
    """The keys with which this account signs now."""
    return tuple(each for each in keys_of(actor.party).values() if each.account == actor.account)


def about_key(party: str, fingerprint: str) -> Iterator[Entry]:
    """The entry that introduced a key, and the one that ended it, if any."""
    for entry in streams.entries(streams.PARTY + party):
        match entry.body:
            case PasskeyGiven(public_key=public) | SystemKeyGiven(public_key=public):
                if SigningKey(from_base64(public) or b"").fingerprint == fingerprint:
                    yield entry
            case SigningKeyEnded(key=key) if key == fingerprint:
                yield entry


def assertion_of(entry_id: str) -> Value:
    """The signature that an account put on an entry itself; None when it put none."""
    fields = record_of(LogRow.objects.get(entry_id=entry_id)).fields
    return next((each.value for each in fields if each.path == PATH), None)


def reason_against(body: Body, actor: Actor) -> Message | None:
    """Why this key can't be introduced or ended by this actor; None when it can, or is about no key."""
    if isinstance(body, SigningKeyEnded):
        given = keys_of(actor.party).get(body.key)
        is_theirs = given and (given.account == actor.account or actor.role is Role.ACCOUNT_MANAGER)
        return None if is_theirs else Message("store.not_your_key", {})
    if not isinstance(body, PasskeyGiven | SystemKeyGiven):
        return None
    public = from_base64(body.public_key) or b""
    if any(about_key(actor.party, SigningKey(public).fingerprint)):
        return Message("store.key_known", {})
    if isinstance(body, SystemKeyGiven):
        # No human may have opened the account, and none will: a signature then says that a system acted.
        unopened = Account.objects.filter(username=body.account, party=actor.party, ended_at=None)
        if not any(not each.has_usable_password() for each in unopened):
            return Message("store.no_account_for_system", {"account": body.account})
        return None if len(public) == ED25519_LENGTH else Message("store.no_ed25519_key", {})
    return None


def is_first(account: str, nonce: str, *, at: datetime, lasts: timedelta) -> bool:
    """Whether this account's request with this nonce is the first. Nonces are kept no longer than a request lasts."""
    UsedNonce.objects.filter(at__lt=at - lasts).delete()
    digest = sha256(f"{account} {nonce}".encode()).hexdigest()
    return UsedNonce.objects.get_or_create(digest=digest, defaults={"at": at})[1]


def must_sign(command: Command) -> Message | None:
    """Why an act can't be done without a signature of one's own; None when it can. No report is ever refused."""
    binds = command.act in BINDING and ACTS[command.act].sort is Sort.PERMISSION
    return Message("store.signature_needed", {}) if binds and keys_of_account(command.actor) else None


def prepared(
    draft: Draft, command: Command, *, case_id: str | None, person: str | None, send_id: str, at: datetime
) -> Prepared:
    """Draw the id and the salts of the entry that is signed, the last of the draft."""
    id = new_id()
    fields = _fields(draft, command.actor, Signature(entry_id=id, salts={}, assertion=None))
    return Prepared(
        command=command,
        at=at,
        digest=_digest(id, fields),
        signature=Signature(entry_id=id, salts={each.path: each.salt for each in fields}, assertion=None),
        about={
            "case_id": case_id,
            "person": person,
            "send_id": send_id,
            "stream": draft.stream,
            "subject": draft.subject,
        },
        fields=fields,
    )


def signed(draft: Draft, by: Prepared) -> Draft | Message:
    """The draft with what was signed in it; the reason against it when that is not what was prepared, or the signature
    is not that of a key of this account."""
    actor, assertion = by.command.actor, by.signature.assertion
    stream, subject = by.about["stream"] or draft.stream, by.about["subject"]
    draft = replace(draft, stream=stream, subject=subject, signature=by.signature)
    if _digest(by.signature.entry_id, _fields(draft, actor, by.signature)) != by.digest:
        return Message("store.moved_since_prepared", {})
    statements.read_ends(actor.party, locked=(actor.party,))  # from here on nobody of the party ends a key
    named = assertion.get("key") if isinstance(assertion, Mapping) else None
    given = next((each for each in keys_of_account(actor) if each.key.fingerprint == named), None)
    if given is None:
        return Message("store.not_your_key", {})
    try:
        check_assertion(assertion, by.digest, given.key)
    except RegisterError as error:
        return Message(error.problem.code, error.problem.parameters)
    return draft


def seal(act: Prepared) -> str:
    """What the browser or the party's system keeps until it signs: only this server can read it."""
    keys, command = key_folder(), act.command
    keys.create(PREPARED)
    document = {
        "act": command.act,
        "body": body_to_json(command.body),
        "occurred_at": command.occurred_at.isoformat(),
        "about": act.about,
        "at": act.at.isoformat(),
        "id": act.signature.entry_id,
        "salts": {path: to_base64(salt) for path, salt in act.signature.salts.items()},
        "digest": to_base64(act.digest),
    }
    sealed = keys.seal(PREPARED, json.dumps(document).encode("utf-8"), _bound_to(command.actor))
    return b64encode(sealed).decode("ascii")


def opened(sealed: str, actor: Actor, assertion: Value, *, at: datetime) -> Prepared:
    """What this account prepared, now with its signature. Raises NotPrepared."""
    try:
        data = key_folder().open(
            PREPARED, b64decode(sealed, validate=True), _bound_to(actor), SealBroken("server.seal_broken")
        )
    except (ValueError, SealBroken):
        raise NotPrepared from None
    document = json.loads(data)
    prepared_at = datetime.fromisoformat(document["at"])
    if at - prepared_at > PREPARED_LASTS:
        raise NotPrepared
    salts = {path: b64decode(salt) for path, salt in document["salts"].items()}
    act = ACTS[document["act"]]
    return Prepared(
        command=Command(
            act=act.name,
            body=body_from_json(kind_of(act.body), document["body"]),
            occurred_at=datetime.fromisoformat(document["occurred_at"]),
            actor=actor,
        ),
        at=prepared_at,
        digest=b64decode(document["digest"]),
        signature=Signature(entry_id=document["id"], salts=salts, assertion=assertion),
        about=document["about"],
    )


def _given(entry: Entry, body: PasskeyGiven | SystemKeyGiven) -> Given:
    public = from_base64(body.public_key) or b""
    if isinstance(body, SystemKeyGiven):
        return Given(entry=entry, account=body.account, key=SigningKey(public), credential=None)
    account = entry.actor.account
    return Given(entry=entry, account=account, key=SigningKey(public, body.site), credential=body.credential)


def _fields(draft: Draft, actor: Actor, signature: Signature) -> tuple[Field, ...]:
    """What is signed of the last entry of a draft: all of it that is known before it is recorded."""
    entry = Entry(
        id=signature.entry_id,
        index=0,
        stream=draft.stream,
        version=0,
        subject=draft.subject,
        occurred_at=draft.occurred_at,
        recorded_at=draft.occurred_at,
        actor=actor,
        body=draft.bodies[-1],
    )
    return tuple(each for each in new_record(entry, signature).fields if each.path not in NOT_SIGNED)


def _digest(entry_id: str, fields: Iterable[Field]) -> bytes:
    return signed_digest(origin(), bytes.fromhex(entry_id), map(field_digest, fields))


def _bound_to(actor: Actor) -> bytes:
    return json.dumps([PREPARED, actor.account, actor.party, actor.role.value, actor.facility]).encode("utf-8")
