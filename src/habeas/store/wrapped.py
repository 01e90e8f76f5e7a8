"""Each person's key a second time, sealed to the monitor: kept outside both states, so that neither makes anybody
unreadable by losing a key.

One file a person in `HABEAS_DATA/wrapped`, `<key id>.sealed`: base64 of the secret key sealed (`register.sealed`) to
the public key that a monitor gave for its readings. `for` beside them says to which key all of them are sealed.

The monitor's first key opens them at once, and every later one only when it has stood on record for fourteen days in
which everybody was told of it and no other was given (docs/decisions/0023-who-an-account-is.md).
"""

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote

from django.conf import settings

from habeas.core.entries import Entry, Role
from habeas.core.entries.oversight import ReadingKeySet
from habeas.core.identity import as_themselves
from habeas.register.canonical import to_base64
from habeas.register.files import read_file, write_file
from habeas.register.sealed import KEY_LENGTH, PUBLIC, parse_key, seal
from habeas.store import streams
from habeas.store.keys import key_folder
from habeas.store.models import CaseRow

PERSON = "person-"
SUFFIX = ".sealed"
SEALED_TO = "for"
FILE_MOST = 10_000
NOTICE = timedelta(days=14)
"""How long everybody is told of another key of the monitor's before people's keys are sealed to it."""


class Standing(NamedTuple):
    """How the keys of people stand, in numbers that name nobody: `unreadable` are lost or cut short, of `unwrapped`
    ones there is no copy for the monitor. Each is a finding, and so is a monitor without a key."""

    monitor_has_key: bool
    unwrapped: int
    unreadable: int


class Given(NamedTuple):
    """A key that an account gave which the register then said was a monitor's, and the entry."""

    public_key: str
    entry: Entry

    @property
    def in_force_at(self) -> datetime:
        """From when people's keys are sealed to it, unless it is the first."""
        return self.entry.recorded_at + NOTICE


def in_force(at: datetime) -> Given | None:
    """The key to which people's keys are sealed at `at`: the last that was not replaced within its notice, or the
    first; None while none was given."""
    given = _given()
    replaced_at = [*(each.entry.recorded_at for each in given[1:]), at]
    lasted = [each for each, until in zip(given, replaced_at, strict=False) if each.in_force_at <= until]
    return [*given[:1], *lasted][-1] if given else None


def announced(at: datetime) -> Given | None:
    """Another key than that in force, which was given last and waits for its notice to end."""
    now = in_force(at)
    return next((each for each in _given()[-1:] if now and each.public_key != now.public_key), None)


def _given() -> Sequence[Given]:
    by_monitors = (e for e in as_themselves(streams.entries_below(streams.PARTY)) if e.actor.role is Role.MONITOR)
    return [Given(each.body.public_key, each) for each in by_monitors if isinstance(each.body, ReadingKeySet)]


def wrap(key_id: str, at: datetime) -> None:
    """Seal a person's key to the monitor, if it has given a key. The file is on the disk when this returns.

    Raises KeyLost, and OSError when the disk fails.
    """
    if key_id.startswith(PERSON) and (given := in_force(at)):
        _write(key_id, given.public_key)


def wrap_missing(at: datetime) -> int:
    """Seal every person's key that the monitor has no copy of, all of them when another key is in force; how many."""
    given = in_force(at)
    if given is None:
        return 0
    public = given.public_key
    marker = _folder() / SEALED_TO
    sealed_to = marker.read_text("utf-8").strip() if marker.exists() else ""
    there = {*key_folder().ids(PERSON)}
    missing = sorted(there if sealed_to != public else there - _wrapped())
    for key_id in missing:
        _write(key_id, public)
    if sealed_to != public:
        write_file(_folder(), SEALED_TO, f"{public}\n".encode("ascii"), mode=0o700)
    return len(missing)


def all_wrapped(folder: Path | None = None) -> str:
    """Every wrapped key here, or in such a folder of a backup, one a line: key id, a space, what is sealed. For the
    monitor alone. Raises RegisterError for a file that can't be read."""
    paths = sorted((folder or _folder()).glob(f"*{SUFFIX}"))
    sealed = (read_file(each.parent, each.name, limit=FILE_MOST).decode("ascii", "replace") for each in paths)
    names = (unquote(each.name.removesuffix(SUFFIX)) for each in paths)
    return "".join(f"{name} {each.strip()}\n" for name, each in zip(names, sealed, strict=True))


def forget(key_id: str) -> None:
    """Destroy the copy that is kept here; nothing when there is none. The monitor's own copy is the monitor's."""
    key_folder().shred(_path(key_id))


def standing() -> Standing:
    """How the keys of all people on record stand now."""
    rows, erased = CaseRow.objects.values_list("case", "person"), streams.erased()
    ids, keys = {PERSON + person for case, person in rows if case not in erased}, key_folder()
    has_key, unreadable = bool(_given()), sum(not keys.is_whole(each) for each in ids)
    return Standing(has_key, unwrapped=len(ids - _wrapped()), unreadable=unreadable)


def _write(key_id: str, public: str) -> None:
    sealed = seal(key_folder().secret(key_id), parse_key(PUBLIC, public), once=os.urandom(KEY_LENGTH))
    path = _path(key_id)
    write_file(path.parent, path.name, f"{to_base64(sealed)}\n".encode("ascii"), mode=0o700)


def _wrapped() -> set[str]:
    return {unquote(each.name.removesuffix(SUFFIX)) for each in _folder().glob(f"*{SUFFIX}")}


def _path(key_id: str) -> Path:
    return _folder() / f"{quote(key_id, safe='')}{SUFFIX}"


def _folder() -> Path:
    return Path(settings.HABEAS_DATA) / "wrapped"
