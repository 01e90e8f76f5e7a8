"""Sessions of which the database holds a keyed hash of the cookie, and data that is signed for this cookie alone:
whoever reads the tables can't go on as somebody who is signed in, and whoever writes to them signs nobody in.
"""

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import salted_hmac

LONGEST_KEY = 40


class SessionStore(db.SessionStore):
    """Django's own sessions in the database, found by the hash of their key."""

    @property
    def key_salt(self) -> str:
        """What the data is signed for."""
        return f"habeas.session.{self.session_key}"

    def _get_session_from_db(self) -> Session | None:
        found = Session.objects.filter(session_key=_hash(self.session_key), expire_date__gt=timezone.now()).first()
        if found is None:
            self._session_key = None
        return found

    def exists(self, session_key: str) -> bool:
        return super().exists(_hash(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        made = super().create_model_instance(data)
        made.session_key = _hash(made.session_key)
        return made

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            super().delete(_hash(key))


def _hash(session_key: str | None) -> str:
    return salted_hmac("habeas.session", session_key or "", algorithm="sha256").hexdigest()[:LONGEST_KEY]
