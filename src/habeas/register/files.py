"""The edge to the file system: bounded reading of hostile files, and writing that survives a crash."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from habeas.register.problems import RegisterError

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has none: there, one process at a time may write
    fcntl = None


def read_file(root: Path, name: str, *, limit: int) -> bytes:
    """The bytes of a regular file of at most `limit` bytes.

    Raises RegisterError if it is missing, no regular file (a pipe would never end), longer, or unreadable.
    """
    try:
        data = _read_regular(root / name, limit + 1)
    except FileNotFoundError:
        raise RegisterError("register.file_missing", path=name) from None
    except (OSError, ValueError):
        raise RegisterError("register.file_unreadable", path=name) from None
    if len(data) > limit:
        raise RegisterError("register.file_too_long", path=name, limit=limit)
    return data


def names_in(folder: Path, *, limit: int) -> Iterator[str]:
    """Up to `limit` names of what lies in a folder; none if there is no such folder."""
    try:
        with os.scandir(folder) as entries:
            for _, entry in zip(range(limit), entries, strict=False):
                yield entry.name
    except OSError:
        return


def paths_below(root: Path, *, limit: int) -> Iterator[str]:
    """Paths, from the folder, of up to `limit` things below it; that of a folder ends with a slash. Follows no link."""
    folders = [""]
    while folders and limit > 0:
        folder = folders.pop()
        for name in names_in(root / folder, limit=limit):
            limit -= 1
            path = folder + name
            if os.path.isdir(root / path) and not os.path.islink(root / path):
                path += "/"
                folders.append(path)
            yield path


def is_folder(path: Path) -> bool:
    """Whether a folder is there; a path that can't be one is none."""
    return os.path.isdir(path)


def is_there(path: Path) -> bool:
    return os.path.exists(path)


def write_file(root: Path, name: str, data: bytes, *, mode: int = 0o777) -> None:
    """Put a file in place whole or not at all: temporary file, fsync, rename, fsync of each folder that has
    a new name in it. `mode` is who may do what in a folder made for it; the file itself is never executable.
    Whoever writes the same file at this moment waits. What a killed process left of one is written over."""
    target = root / name
    changed = [target.parent, *(each.parent for each in target.parents if not each.exists())]
    target.parent.mkdir(parents=True, exist_ok=True, mode=mode)
    temporary = target.with_name(target.name + ".new")
    with _held(temporary, mode & 0o666):
        try:
            with open(temporary, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
        except OSError:  # a full disk: nothing half-written stays
            temporary.unlink(missing_ok=True)
            raise
    for folder in changed:
        sync_folder(folder)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Work in a folder, which is made if it is not there; whoever does so at this moment waits."""
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
        sync_folder(folder.parent)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        _lock(descriptor)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _held(temporary: Path, mode: int) -> Iterator[None]:
    """Hold a temporary file until it is in place. One that was put in place while this waited is another's."""
    while True:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT, mode)
        try:
            _lock(descriptor)
            if _is_at(temporary, descriptor):
                yield
                return
        finally:
            os.close(descriptor)


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _lock(descriptor: int) -> None:
    """Until the descriptor is closed, also by a kill."""
    if fcntl is not None:  # pragma: no branch
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def _read_regular(path: Path, length: int) -> bytes:
    # O_NONBLOCK: opening a pipe must not wait for a writer. Windows has neither the flag nor such pipes.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError("no regular file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(length)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder down to the disk, those that are gone too."""
    flag = getattr(os, "O_DIRECTORY", None)
    if flag is None:  # pragma: no cover - Windows can't open a folder to sync it
        return
    descriptor = os.open(folder, flag)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
