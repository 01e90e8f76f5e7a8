"""Sessions are files beside the keys, and in no table: whoever holds the database neither reads nor makes one, and
can't put back one that was ended. Every process of a register has the same folder, so an end counts for all of them.

The name of a file is a keyed hash of the cookie: a list of the folder signs nobody in.
"""

import errno
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends import file
from django.utils.crypto import salted_hmac

from habeas.register.files import sync_folder


class SessionStore(file.SessionStore):
    """Django's own sessions in files."""

    @classmethod
    def _get_storage_path(cls) -> str:
        return os.fspath(settings.HABEAS_DATA / "sessions")

    def _key_to_file(self, session_key: str | None = None) -> str:
        key = session_key or self._get_or_create_session_key()  # type: ignore[attr-defined]
        return os.path.join(self.storage_path, salted_hmac("habeas.session", key, algorithm="sha256").hexdigest())

    def load(self) -> dict[str, Any]:
        """What the session holds; nothing once it is over, however long the browser keeps its cookie."""
        with suppress(OSError, ValueError):
            path = Path(self._key_to_file())
            if path.stat().st_mtime >= _over():
                return self.decode(path.read_text("ascii"))
        self._session_key = None
        return {}

    def save(self, must_create: bool = False) -> None:
        """Raises OSError where the disk had no room for it: Django says nothing, and signs nobody in."""
        Path(self.storage_path).mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.session_key is None:
            return self.create()
        path, data = Path(self._key_to_file()), self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        before = path.stat().st_ino if path.exists() else None
        super().save(must_create)
        if path.exists() and (path.stat().st_ino == before or (data and not self.decode(path.read_text("ascii")))):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), self.storage_path)

    def delete(self, session_key: str | None = None) -> None:
        """End a session, down to the disk."""
        if session_key or self.session_key:
            super().delete(session_key)
            with suppress(FileNotFoundError):
                sync_folder(Path(self.storage_path))

    @classmethod
    def clear_expired(cls) -> None:
        """Remove the files of sessions that are over, and what a killed process left of one."""
        for each in Path(cls._get_storage_path()).glob("*"):
            with suppress(FileNotFoundError):
                if each.stat().st_mtime < _over():
                    each.unlink()


def _over() -> float:
    """Before when a session must have been written last to be over, by the clock of the disk."""
    return time.time() - settings.SESSION_COOKIE_AGE
