"""Read a log or a receipt from a web server that nobody trusts: bounded in size and time, from that address alone.

What is read is verified afterwards, by the same code that verifies what lies on a disk.
"""

import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory, gettempdir
from typing import Self
from urllib.parse import urlsplit

from habeas.inputs import ends_when_asked, unusable
from habeas.register.checkpoint import is_meant_as_note, parse_signed_checkpoint
from habeas.register.export import CHECKPOINT, GREATEST_KEYS_FILE, KEYS, beginning, longest
from habeas.register.fields import DOCUMENT_LIMITS
from habeas.register.note import GREATEST_NOTE
from habeas.register.policy import Policy
from habeas.register.tiles import TILE_WIDTH, tile_path, tiles_of
from habeas.register.tree import TILE_HEIGHT
from habeas.register.verify import Progress, Report, verify_head, verify_path

CONNECT_SECONDS = 20
FILE_SECONDS = 60
TOTAL_BYTES = 16_000_000_000
_CLASSES = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}


def is_address(given: str) -> bool:
    """Whether this names a web address and no path of a file."""
    return given.lower().startswith(("http://", "https://"))


class Site:
    """A web address and what lies below it, read file by file over one connection. It is led to no other address.

    Every method raises Unusable with one sentence: which address, and what is wrong with its answer.
    """

    def __init__(self, url: str) -> None:
        self.url, self._left, self._late = url, TOTAL_BYTES, threading.Event()
        self._waiting: socket.socket | None = None
        try:
            parts = urlsplit(url)
            named = parts.hostname and url.isascii() and url.isprintable() and " " not in url
            if not named or "@" in parts.netloc or parts.query or parts.fragment:
                raise ValueError
            self._connection = _CLASSES[parts.scheme](str(parts.hostname), parts.port, timeout=CONNECT_SECONDS)
        except (KeyError, ValueError):
            raise unusable("fetch.no_address", url=url) from None
        self._path = parts.path or "/"

    def get(self, path: str, limit: int) -> bytes | None:
        """The file at this path below the address (at the address itself if empty); None if there is none."""
        whole = f"{self._path.rstrip('/')}/{path}" if path else self._path
        url = f"{self.url.rstrip('/')}/{path}" if path else self.url
        timer = threading.Timer(FILE_SECONDS, self._give_up)
        timer.daemon = True
        timer.start()
        try:
            return self._ask_again(whole, url, limit)
        except (http.client.HTTPException, OSError) as error:
            problem = error.strerror if isinstance(error, OSError) else type(error).__name__
            code = "fetch.too_slow" if self._late.is_set() or isinstance(error, TimeoutError) else "fetch.cut_off"
            raise unusable(code, url=url, problem=problem or type(error).__name__) from error
        finally:
            timer.cancel()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_ended: object) -> None:
        self._connection.close()

    def _ask_again(self, path: str, url: str, limit: int) -> bytes | None:
        """Once more if a connection that was kept open is closed by now."""
        fresh = self._connection.sock is None
        try:
            return self._ask(path, url, limit)
        except (http.client.HTTPException, OSError):
            self._connection.close()
            if fresh or self._late.is_set():
                raise
        return self._ask(path, url, limit)

    def _ask(self, path: str, url: str, limit: int) -> bytes | None:
        headers = {"Accept-Encoding": "identity", "User-Agent": "habeas"}
        self._connection.request("GET", path, headers=headers)
        self._waiting = self._connection.sock
        response = self._connection.getresponse()
        data: bytes = response.read(limit + 1)
        if self._late.is_set() or (response.length and len(data) <= limit):
            raise http.client.IncompleteRead(b"")
        self._left -= len(data)
        if self._left < 0:
            raise unusable("fetch.too_much", url=url)
        if response.status in (404, 410) and len(data) <= limit:
            return None
        if 300 <= response.status < 400:
            raise unusable("fetch.redirect", url=url, location=response.getheader("Location", "")[:200])
        if response.status != 200:
            raise unusable("fetch.status", url=url, status=response.status)
        if len(data) > limit:
            raise unusable("fetch.too_long", url=url, limit=limit)
        kind = response.getheader("Content-Encoding") or response.getheader("Content-Type", "")
        if response.getheader("Content-Encoding", "identity") != "identity" or kind.startswith("text/html"):
            raise unusable("fetch.other_kind", url=url, kind=kind[:100])
        return data

    def _give_up(self) -> None:
        """End a read that has lasted too long: whoever waits in it finds the connection closed."""
        self._late.set()
        with suppress(OSError):
            if self._waiting is not None:
                socket.socket.shutdown(self._waiting, socket.SHUT_RDWR)  # below TLS: nothing is waited for


def verify_address(
    url: str, vkey: str | None, *, since: bytes | None, policy: Policy | None, told: Callable[[str], Progress]
) -> Report:
    """Fetch what is at a web address, and verify it as a file. What its checkpoint alone refuses is not fetched. `told`
    gives what hears of the progress, by the code of its sentence. Raises Unusable."""
    with private_folder() as folder, Site(url) as site:
        path = fetch_head(site, folder)
        if path == folder:
            head = verify_head(folder, vkey, since=since, policy=policy)
            if head.problems:
                return head
            fetch_rest(site, folder, progress=told("cli.progress_fetch"))
        return verify_path(path, vkey, since=since, policy=policy, progress=told("cli.progress"))


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder for its owner's eyes alone, which is gone when the work ends, also by a signal that asks it to.
    Raises Unusable when the disk fails."""
    try:
        with ends_when_asked(), TemporaryDirectory(prefix="habeas-") as name:
            yield Path(name)
    except OSError as error:
        path = error.filename or gettempdir()
        raise unusable("server.not_written", path=path, problem=error.strerror or "") from error


def fetch_head(site: Site, folder: Path) -> Path:
    """The checkpoint of the log at an address, and its keys, into this folder; from the address of a receipt or of a
    checkpoint alone, that one file. What is to be verified then."""
    note = site.get(CHECKPOINT, GREATEST_NOTE)
    keys = site.get(KEYS, GREATEST_KEYS_FILE) if note is not None else None
    if note is None:
        note = site.get("", DOCUMENT_LIMITS.length + 1)
    if note is None or (keys is None and not note.startswith(b"{") and not is_meant_as_note(note)):
        raise unusable("fetch.nothing_there", url=site.url)
    if keys is None:
        (folder / "file").write_bytes(note)
        return folder / "file"
    (folder / CHECKPOINT).write_bytes(note)
    (folder / KEYS).write_bytes(keys)
    return folder


def fetch_rest(
    site: Site, folder: Path, *, copy: Path | None = None, copied: int = 0, progress: Callable[[int, int], None]
) -> None:
    """Every bundle and every tile that the checkpoint in this folder needs. Full ones about the first `copied` entries
    are taken from `copy`. What a server no longer has in part because it is full by now, is cut out of it."""
    checkpoint = parse_signed_checkpoint((folder / CHECKPOINT).read_bytes()).checkpoint
    for level, index, width in tiles_of(checkpoint.size):
        path = tile_path(level, index, width)
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        is_copied = (index + 1) * TILE_WIDTH <= copied >> TILE_HEIGHT * (level or 0)
        if copy is not None and is_copied and (copy / path).exists():
            _same(copy / path, target)
            continue
        data = site.get(path, longest(level, width))
        if data is None and width < TILE_WIDTH:
            full = site.get(tile_path(level, index), longest(level, TILE_WIDTH))
            data = full and beginning(level, full, width)
        if data is None:
            raise unusable("fetch.missing", url=f"{site.url.rstrip('/')}/{path}", size=checkpoint.size)
        target.write_bytes(data)
        if level is None:
            progress(index * TILE_WIDTH + width, checkpoint.size)


def _same(source: Path, target: Path) -> None:
    """The same file at a second place, without a copy where there are links."""
    try:
        target.symlink_to(source.absolute())
    except OSError:
        copyfile(source, target)
