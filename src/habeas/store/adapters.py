"""How signing in differs from allauth's defaults: by invitation only, and second factors are sealed."""

import base64

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from habeas.store.keys import key_folder

SECOND_FACTORS = "second-factors"


class InvitedOnly(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody opens an account for themselves: a party invites its own people."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False


class SealedSecondFactor(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of second factors lie in the database only encrypted: a copied database can't sign in."""

    def encrypt(self, text: str) -> str:
        """Seal a secret under the key `second-factors`."""
        keys = key_folder()
        keys.create(SECOND_FACTORS)
        sealed = keys.seal(SECOND_FACTORS, text.encode("utf-8"), SECOND_FACTORS.encode())
        return base64.b64encode(sealed).decode("ascii")

    def decrypt(self, encrypted_text: str) -> str:
        """Open a sealed secret. Raises KeyLost or SealBroken."""
        sealed = base64.b64decode(encrypted_text)
        name = "a second factor"
        return key_folder().open(SECOND_FACTORS, sealed, SECOND_FACTORS.encode(), name=name).decode("utf-8")
