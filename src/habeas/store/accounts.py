"""Accounts: invited by a party, opened by the one human who holds the invitation, ended by the party.

Invitations and ends are entries that all parties see, and say who an account is. The table of accounts adds only what
signing in needs: a row that says anything else than the entries of its party can do nothing.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.password_validation import UserAttributeSimilarityValidator, validate_password
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from habeas.core.entries import Actor, Body, Entry, Role
from habeas.core.entries.claims import CounselNamed
from habeas.core.entries.institutions import AccountEnded, AccountInvited, SystemKeyGiven
from habeas.core.identity import identities
from habeas.core.messages import Message
from habeas.store import streams
from habeas.store.append import SYSTEM, append_of_system
from habeas.store.keys import key_folder, keyed_hash
from habeas.store.models import INVITATION, Account, InviteToken
from habeas.store.streams import PARTY

INVITATION_LASTS = timedelta(days=7)
TOKEN_LENGTH = 32
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,59}")
"""What an account may be called: what everybody can tell from every other, on paper too."""


_KNOWN: dict[str, tuple[tuple[Entry, ...], Mapping[str, Actor | None]]] = {}
"""By party: its entries as they were read last, and who its accounts are by them."""


class UnlikeTheAccount(UserAttributeSimilarityValidator):
    """Refuses a password that is nearly the name of its account, and says so in the words of the pages."""

    def get_error_message(self) -> str:
        return _("The password is too similar to the name of the account. Choose another.")


class NotRecorded(PermissionDenied):
    """The register does not say of this account what its row says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """`token` opens the account once, until `expires_at`. It is shown to whoever invites, and not kept."""

    account: str
    token: str
    expires_at: datetime


def appoint(account: AccountInvited, *, at: datetime) -> Invitation:
    """Invite by the system: the first account manager of each party, who then invites all the others.

    Raises ValueError when the account is there already.
    """
    with transaction.atomic():
        reason = reason_against(account, SYSTEM)
        if reason is not None:
            raise ValueError(f"{reason.code}: {account.account}")
        invitation = follow(append_of_system(PARTY + account.party, account, at=at), at)
    assert invitation is not None
    return invitation


def reason_against(body: Body, actor: Actor) -> Message | None:
    """Why this account can't be invited or ended by this actor; None when it can, or is about no account."""
    if isinstance(body, AccountInvited):
        if not NAME.fullmatch(body.account):
            return Message("store.account_name", {})
        taken = Account.objects.filter(username__iexact=body.account).exists()
        return Message("store.account_taken", {"account": body.account}) if taken else None
    if isinstance(body, AccountEnded):
        account = Account.objects.filter(username=body.account, ended_at=None).first()
        if account is None or account.party != actor.party:
            return Message("store.not_your_account", {"account": body.account})
    if isinstance(body, CounselNamed) and body.counsel not in {each.username for each in counsel()}:
        return Message("store.no_such_counsel", {"account": body.counsel})
    return None


def follow(entries: tuple[Entry, ...], at: datetime) -> Invitation | None:
    """Make, or end, the accounts that these entries are about; the invitation, if one was made.

    Runs in the transaction that records the entries.
    """
    invitation = None
    for entry in entries:
        match entry.body:
            case AccountInvited(account=name, party=party, role=role, facility=facility):
                account = Account(username=name, party=party, role=role.value, facility=facility)
                account.set_unusable_password()
                account.save(force_insert=True)
                invitation = _token(name, at)
            case AccountEnded(account=name):  # no session of an inactive account lasts to its next request
                account = Account.objects.get(username=name)
                account.is_active, account.ended_at = False, at
                account.set_unusable_password()
                account.save()
                _spend(name)
            case SystemKeyGiven(account=name):  # no human opens it any more
                Account.objects.filter(username=name).update(is_active=True)
                _spend(name)
    return invitation


def invite_again(account: str, *, actor: Actor, at: datetime) -> Invitation | None:
    """A new token for an invitation of one's own party that was not accepted; None when there is none.

    The token before it stops working.
    """
    with transaction.atomic():
        waiting = Account.objects.filter(username=account, party=actor.party, is_active=False, ended_at=None)
        if actor.role is not Role.ACCOUNT_MANAGER or not waiting.exists():
            return None
        _spend(account)
        return _token(account, at)


def managers_invited_again(at: datetime) -> tuple[Invitation, ...]:
    """What opens anew the accounts of those managers that wait and have no invitation that still counts."""
    open_now = InviteToken.objects.filter(expires_at__range=(at, at + INVITATION_LASTS)).values("account")
    managers = Account.objects.filter(role=Role.ACCOUNT_MANAGER.value, ended_at=None).exclude(username__in=open_now)
    found = (invite_again(each.username, actor=each.actor(), at=at) for each in managers.order_by("username"))
    return tuple(each for each in found if each is not None)


def invited(token: str, *, at: datetime) -> str | None:
    """The account that this token opens; None when it is used, replaced or too old."""
    waiting = (each for each in InviteToken.objects.filter(expires_at__gt=at) if _is_open(each.account))
    return next((e.account for e in waiting if e.token_hash == _hash(token, e.account, e.expires_at)), None)


def accept(token: str, password: str, *, at: datetime) -> Account | None:
    """Open the account with this password; None when the token is used, replaced or too old.

    Raises Django's ValidationError when the password is too weak.
    """
    with transaction.atomic():
        username = invited(token, at=at)
        account = Account.objects.filter(username=username, ended_at=None).first()
        if account is None:
            return None
        validate_password(password, account)
        account.set_password(password)
        account.is_active = True
        account.save()
        _spend(account.username)
        return account


def counsel() -> tuple[Account, ...]:
    """The accounts that can be named to speak for somebody."""
    found = Account.objects.filter(role=Role.COUNSEL.value, ended_at=None).order_by("username")
    return tuple(filter(is_recorded, found))


def accounts(party: str) -> tuple[Account, ...]:
    found = Account.objects.filter(party=party)
    return tuple(sorted(found, key=lambda each: (each.ended_at is not None, each.username)))


def is_recorded(account: Account) -> bool:
    """Whether the entries of its party say that this account is who its row says, and that it has not ended.

    Nobody makes such an entry by writing to the database: its row opens only under a key that is not there.
    Raises KeyLost or SealBroken.
    """
    found = streams.entries(PARTY + account.party)
    read, known = _KNOWN.get(account.party, (None, {}))
    if read is not found:
        known = identities(found)
        _KNOWN[account.party] = found, known
    return (actor := known.get(account.username)) is not None and account.is_as(actor)


def _token(account: str, at: datetime) -> Invitation:
    token = secrets.token_urlsafe(TOKEN_LENGTH)
    expires_at = at + INVITATION_LASTS
    InviteToken.objects.create(account=account, token_hash=_hash(token, account, expires_at), expires_at=expires_at)
    return Invitation(account=account, token=token, expires_at=expires_at)


def _is_open(account: str) -> bool:
    """Whether an invitation waits for this account: its key is gone once it was accepted, or replaced."""
    return key_folder().is_whole(INVITATION + account)


def _spend(account: str) -> None:
    """Let no invitation of this account count any more, whoever puts its row back."""
    InviteToken.objects.filter(account=account).delete()
    key_folder().destroy(INVITATION + account)


def _hash(token: str, account: str, expires_at: datetime) -> str:
    """Nobody who only writes to the database can put an invitation there, nor turn their own into another account's."""
    return keyed_hash(INVITATION + account, f"{account}\0{expires_at.timestamp()}\0{token}")


class AsRecorded(AuthenticationBackend):  # type: ignore[misc]
    """Who is asking, at every request: an account of which the register says the same."""

    def _authenticate_by_username(self, username: str, password: str) -> Account | None:
        """By the name as it is written; only where there is none, without regard to capitals."""
        exactly = Account.objects.filter(username=username).first()
        found: Account | None = (
            self._check_password(exactly, password)
            if exactly
            else super()._authenticate_by_username(username, password)
        )
        return found

    def get_user(self, user_id: int) -> Account | None:
        """The account of a session. Raises NotRecorded."""
        account: Account | None = super().get_user(user_id)
        if account is not None and not is_recorded(account):
            raise NotRecorded
        return account


class InvitedOnly(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody opens an account for themselves: a party invites its own people."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: str) -> str:
        """Wrong passwords count by account and by where they come from: who only knows the name of an account, and
        guesses from elsewhere, keeps its holder out of nothing."""
        return f"{super()._get_login_attempts_cache_key(request, **credentials)} {self.get_client_ip(request)}"
