"""Each person's key a second time, sealed to the monitor: kept outside both states, so that neither makes anybody
unreadable by losing a key.

One file a person in `HABEAS_DATA/wrapped`, `<key id>.sealed`: base64 of the secret key sealed (`register.sealed`) to
the public key that a monitor gave last for its readings. `for` beside them says to which key all of them are sealed.
"""

import os
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote

from django.conf import settings

from habeas.core.entries import Role
from habeas.core.entries.oversight import ReadingKeySet
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


class Standing(NamedTuple):
    """How the keys of people stand, in numbers that name nobody: `unreadable` are lost or cut short, of `unwrapped`
    ones there is no copy for the monitor. Each is a finding, and so is a monitor without a key."""

    monitor_has_key: bool
    unwrapped: int
    unreadable: int


def monitor_key() -> str | None:
    """The public key that a monitor gave last; None while none did."""
    given = streams.entries_below(streams.PARTY)
    keys = [each.body for each in given if each.actor.role is Role.MONITOR and isinstance(each.body, ReadingKeySet)]
    return keys[-1].public_key if keys else None


def wrap(key_id: str) -> None:
    """Seal a person's key to the monitor, if it has given a key. The file is on the disk when this returns.

    Raises KeyLost, and OSError when the disk fails.
    """
    public = monitor_key()
    if public is not None and key_id.startswith(PERSON):
        _write(key_id, public)


def wrap_missing() -> int:
    """Seal every person's key that the monitor has no copy of, all of them when it has given another key; how many."""
    public = monitor_key()
    if public is None:
        return 0
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
    has_key, unreadable = monitor_key() is not None, sum(not keys.is_whole(each) for each in ids)
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
