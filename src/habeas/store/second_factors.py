"""Second factors: an app's codes, and recovery codes. Their rows belong to whoever writes into the database, so their
secrets lie there only sealed, and a row that is no factor lets nobody in and breaks no page.
"""

from base64 import b64decode, b64encode
from contextlib import suppress
from hashlib import sha256
from typing import Any

from allauth.account.internal.stagekit import get_pending_stage
from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import DefaultMFAAdapter, get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY, hotp_value

from habeas.store.keys import KeyLost, SealBroken, key_folder, keyed_hash
from habeas.store.models import Account

SECOND_FACTORS = "second-factors"
NO_FACTOR = (KeyError, TypeError, ValueError, AttributeError, RecursionError, KeyLost, SealBroken)
"""What comes of a row that somebody else wrote, or whose secret does not open."""


def locked_out() -> frozenset[str]:
    """The accounts that have a factor which is none: whoever is asked for a code may find every code wrong."""
    rows = Authenticator.objects.select_related("user").defer("data")  # each is read alone: one may be unreadable
    return frozenset(each.user.username for each in rows if not _is_one(each))


def remove(account: Account) -> None:
    """Let this account choose its second factor anew."""
    Authenticator.objects.filter(user_id=account.pk).delete()


def _is_one(row: Any) -> bool:
    with suppress(*NO_FACTOR):
        if row.type == row.Type.TOTP:
            return isinstance(hotp_value(_unsealed(row.data["secret"], row.user), 0), int)
        if row.type == row.Type.RECOVERY_CODES and row.data.get("migrated_codes") is None:
            return _unsealed(row.data["seed"], row.user).isascii() and isinstance(row.data["used_mask"], int)
    return False


def _unsealed(text: str, account: Account) -> str:
    broken = SealBroken("server.seal_broken_second_factor")
    return key_folder().open(SECOND_FACTORS, b64decode(text), _bound_to(account), broken).decode("utf-8")


def _bound_to(account: Account) -> bytes:
    return f"{SECOND_FACTORS} {account.username}".encode()


class _OnlyTrueCodes:
    """A recovery code counts once, whatever its row says of it: that it was used is noted outside the database. By a
    row that is no factor every code is wrong."""

    def clean_code(self) -> str:
        form: Any = super()
        try:
            code, used = str(form.clean_code()), self.authenticator  # type: ignore[attr-defined]
        except NO_FACTOR:
            raise get_adapter().validation_error("incorrect_code") from None
        if used.type == used.Type.RECOVERY_CODES:
            told = f"{used.user.username}\0{normalize_user_code(code)}"
            if not key_folder().spend(keyed_hash(SECOND_FACTORS, told)):
                raise get_adapter().validation_error("incorrect_code")
        return code


class CodeGiven(_OnlyTrueCodes, AuthenticateForm):  # type: ignore[misc]
    """To sign in."""


class CodeGivenAgain(_OnlyTrueCodes, ReauthenticateForm):  # type: ignore[misc]
    """To show once more who is there."""


class KeyOffered(ActivateTOTPForm):  # type: ignore[misc]
    """To set up an app: the key stays the same until it is confirmed, or another is asked for in its place."""

    def __init__(self, *args: Any, **named: Any) -> None:
        kept, instead_of = context.request.session.get(SECRET_SESSION_KEY), context.request.GET.get("instead")
        super().__init__(*args, **named)
        if kept and _tag(kept) != instead_of:
            self.secret = context.request.session[SECRET_SESSION_KEY] = kept
        self.tag = _tag(self.secret)


def _tag(secret: str) -> str:
    """What tells one offered key from the next, and nothing of it."""
    return sha256(secret.encode("ascii")).hexdigest()[:8]


class SealedSecondFactor(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of second factors lie in the database only encrypted: a copied database can't sign in."""

    def encrypt(self, text: str) -> str:
        """Seal a secret under the key `second-factors`."""
        keys = key_folder()
        keys.create(SECOND_FACTORS)
        return b64encode(keys.seal(SECOND_FACTORS, text.encode("utf-8"), _bound_to(self._whose()))).decode("ascii")

    def decrypt(self, encrypted_text: str) -> str:
        """Open a sealed secret. Raises KeyLost or SealBroken."""
        return _unsealed(encrypted_text, self._whose())

    def _whose(self) -> Account:
        """The account that the secret is bound to: whoever is signed in, or is about to be."""
        stage = get_pending_stage(self.request)
        account: Account = stage.login.user if stage else self.request.user
        return account
