"""What people hand to a command, and where it puts a secret: bounded files, and one sentence for what can't be used."""

import errno
import os
import signal
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, NoReturn

from habeas.core.messages import Message, Parameter
from habeas.register.problems import RegisterError
from habeas.speech import Sayable

if TYPE_CHECKING:
    from habeas.core.roll import Roll
    from habeas.register.checkpoint import Checkpoint
    from habeas.register.policy import Policy

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
"""What a system says where a disk has no room left."""
GREATEST_TEXT, GREATEST_KEY, GREATEST_ROLL, GREATEST_READINGS = 1_000_000, 10_000, 50_000_000, 1_000_000_000


class Unusable(Exception):
    """The input can't be used; `message` says in one sentence which, where, and what to do, `pointed` shows it."""

    def __init__(self, message: Sayable, pointed: str = "") -> None:
        super().__init__(message.code, dict(message.parameters))
        self.message, self.pointed = message, pointed


@contextmanager
def refused_is_unusable() -> Iterator[None]:
    """What the register refuses of what somebody handed over is input that can't be used."""
    try:
        yield
    except RegisterError as error:
        raise Unusable(error.problem) from error


@contextmanager
def ends_when_asked() -> Iterator[None]:
    """A signal that asks this process to end is an end like any other, which leaves nothing behind."""
    names = [each for each in ("SIGTERM", "SIGHUP", "SIGINT") if hasattr(signal, each)]
    is_ours, asked = threading.current_thread() is threading.main_thread(), list[int]()

    def end(number: int, _frame: object) -> NoReturn:
        asked.append(number)
        raise _end_of(number)

    before = {getattr(signal, each): signal.signal(getattr(signal, each), end) for each in names if is_ours}
    try:
        yield
    except RuntimeError:  # what DuckDB makes of any exception from a signal
        if asked:
            raise _end_of(asked[0]) from None
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end_of(number: int) -> BaseException:
    return KeyboardInterrupt() if number == signal.SIGINT else SystemExit(128 + number)


def read_bytes(path: str, limit: int) -> bytes:
    """The bytes of a regular file of at most `limit` bytes. Raises Unusable; never waits for a pipe."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise unusable("cli.no_regular_file", file=path)
            data = file.read(limit + 1)
    except (OSError, ValueError) as error:
        raise unusable(_CANNOT_READ.get(getattr(error, "errno", 0), "cli.unreadable"), file=path) from error
    if len(data) > limit:
        raise unusable("cli.too_long", file=path, limit=limit)
    return data


def read_text(path: str, limit: int = GREATEST_TEXT) -> str:
    """The same as UTF-8 text. Raises Unusable with the line and column of the first byte that is none."""
    data = read_bytes(path, limit)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise unusable("cli.not_utf8", file=path, line=line, column=column) from error


_CANNOT_READ = {
    errno.ENOENT: "cli.no_such_file",
    errno.ENOTDIR: "cli.no_such_file",
    errno.EISDIR: "cli.no_regular_file",
    errno.EACCES: "cli.not_allowed",
}


def unusable(code: str, **parameters: Parameter) -> Unusable:
    return Unusable(Message(code, parameters))


def write_secret(path: str, text: str) -> None:
    """A line into a new file for its owner's eyes alone. Raises Unusable, also for a file that is there."""
    write_new(path, text + "\n")


def write_new(path: str, text: str) -> None:
    """The same of any text."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise unusable("cli.not_written", file=path, problem=error.strerror or "") from error


def moment_given(given: str | None) -> datetime | None:
    """The moment that was asked about, if one was. Raises Unusable."""
    from habeas.core.case_file import parse_moment

    at = parse_moment(given)
    if at is None and given is not None:
        raise unusable("cli.moment", given=given)
    return at


def signer_given(key: str | None, file: str | None) -> "tuple[str | None, Policy | None]":
    """Whom the asker trusts: the log's key, itself or in a file, and the policy in a file. Raises Unusable."""
    from habeas.register.policy import parse_policy

    with refused_is_unusable():
        return key_given(key) if key else None, parse_policy(read_text(file)) if file else None


def key_given(given: str) -> str:
    """The verifier key itself, or the first line of the file that holds it. Raises Unusable for a file without one."""
    from habeas.register.note import parse_vkey

    if not os.path.exists(given):
        return given
    key = (read_text(given, GREATEST_KEY).strip().splitlines() or [""])[0]
    try:
        return parse_vkey(key).text
    except RegisterError as error:
        raise unusable("cli.no_key_in", file=given) from error


def wrapped_given(file: str) -> str:
    """A file of keys that are wrapped for the monitor, as it is. Raises Unusable when no line of it is such a key."""
    from habeas.register.canonical import from_base64

    text = read_text(file, GREATEST_READINGS)
    if not any(line.count(" ") == 1 and from_base64(line.partition(" ")[2].strip()) for line in text.splitlines()):
        raise unusable("cli.no_wrapped_key_in", file=file)
    return text


def secret_key(file: str) -> bytes:
    """The secret key of a body's readings. Raises Unusable."""
    from habeas.register.sealed import SECRET, parse_key

    with refused_is_unusable():
        return parse_key(SECRET, read_text(file, GREATEST_KEY).strip())


def roll_given(file: str, has: "Checkpoint", kept: int, moment: datetime | None, now: datetime) -> "Roll":
    """The roll to be compared with a folder, if it can be: it is neither old nor beyond the folder, and knows all that
    the monitor had `kept`, which was verified. Raises Unusable."""
    from habeas.core.roll import NoRoll, demand_recent, roll_of

    try:
        other = roll_of(read_text(file, GREATEST_ROLL), has.origin)
        demand_recent(other, since=moment, now=now)
    except NoRoll as error:
        raise unusable(error.message.code, file=file, **error.message.parameters) from None
    if not kept <= other.size <= has.size:
        code = "roll.folder_older" if other.size > has.size else "roll.less_than_kept"
        raise unusable(code, file=file, size=other.size, has=has.size, kept=kept)
    return other
