"""Folders for this user alone, each removed with what is in it at the end, or by the next audit where there was none.

Who has one holds a lock in it, which goes with the process however that ends. On Windows there are no such locks: there
what a process that was killed left stays.
"""

import glob
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from time import time

try:
    import fcntl
except ImportError:
    fcntl = None  # type: ignore[assignment]

LOCK, NEW = ".held", 60
"""A lock younger than so many seconds may be about to be taken."""


@contextmanager
def private_folder(prefix: str, beside: Path | None = None) -> Iterator[Path]:
    """A folder whose name begins so, among temporary ones or in this one. Those of processes that are gone go first."""
    where = beside or Path(gettempdir())
    if fcntl:
        _remove_left(where, prefix)
    with TemporaryDirectory(prefix=prefix, dir=where, ignore_cleanup_errors=beside is not None) as named:
        folder = Path(named)
        with (folder / LOCK).open("wb") as held:
            if fcntl:
                with suppress(OSError):  # a file system without locks
                    fcntl.flock(held, fcntl.LOCK_EX)
            yield folder


def _remove_left(where: Path, prefix: str) -> None:
    for lock in where.glob(f"{glob.escape(prefix)}*/{LOCK}"):
        with suppress(OSError):  # it is held, gone meanwhile, or somebody else's
            if lock.parent.lstat().st_uid != os.getuid() or time() - lock.lstat().st_mtime < NEW:
                continue
            with lock.open("r+b") as held:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(lock.parent)
