"""Loops that run beside the pages (`habeas work`): they give places, ask outsiders, and see to keys.

Each has a period of its own and goes on after an error, which is logged by its kind alone. Nothing is kept in memory
that can't be found again, so a loop may be killed at any point, and two of a kind do no harm.
"""

import logging
import signal
from collections.abc import Callable
from functools import partial
from threading import Event, Thread
from typing import TypeAlias

from django.db import connection
from django.utils import timezone

from habeas.store import erasure, sequencer, standing_audit, statements, wrapped
from habeas.store.models import PendingRow
from habeas.store.sessions import SessionStore
from habeas.work.witnesses import Rounds

Loop: TypeAlias = tuple[str, float, Callable[[], object]]
"""Its name, how long it pauses after each run (seconds), and what it does."""

PAUSE_LEAST, PAUSE_MOST = 1.0, 60.0
END_WITHIN = 10.0
LOG = logging.getLogger("habeas.work")


def loops(*, once: bool) -> tuple[Loop, ...]:
    """Every loop. `once`: each is run to its end and never again, and the audit, which takes long, not at all."""
    witnesses = partial(Rounds().ask, wait=once)
    short: tuple[Loop, ...] = (
        ("places", 0.05, _place),
        ("witnesses", 1.0, witnesses),
        ("keys", 60.0, _keys),
        ("sessions", 600.0, SessionStore.clear_expired),
    )
    return short if once else (*short, ("audit", 600.0, _audit))


def run_once() -> bool:
    """Run each loop once; whether all went well."""
    failed = [name for name, _, function in loops(once=True) if not _succeeds(name, function)]
    return not failed


def run() -> None:
    """Run every loop in a thread of its own until this process is told to end."""
    ending, asked = Event(), (signal.SIGTERM, signal.SIGINT)

    def end(*_: object) -> None:
        for number in asked:
            signal.signal(number, signal.SIG_IGN)  # a second one would wait for the lock that `set` holds
        ending.set()

    for number in asked:
        signal.signal(number, end)
    threads = [Thread(target=_repeat, args=(each, ending), daemon=True) for each in loops(once=False)]
    for each in threads:
        each.start()
    ending.wait()
    for each in threads:
        each.join(END_WITHIN)


def _repeat(loop: Loop, ending: Event) -> None:
    """After an error it pauses longer each time, so that a database that is gone is not beleaguered."""
    name, seconds, function = loop
    pause = seconds
    while not ending.wait(pause):
        pause = seconds if _succeeds(name, function) else min(max(PAUSE_LEAST, 2 * pause), PAUSE_MOST)


def _succeeds(name: str, function: Callable[[], object]) -> bool:
    try:
        function()
    except Exception as error:
        LOG.warning("%s: %s", name, type(error).__name__)
        connection.close()  # a broken one is never used again
        return False
    return True


def _place() -> None:
    """Give places where whoever writes does not."""
    if not statements.places_at_once() and PendingRow.objects.exists():
        sequencer.place_all()


def _audit() -> None:
    """Once a day hold everything that is stored against what was signed."""
    standing_audit.audit_daily(timezone.now())


def _keys() -> None:
    """Destroy the keys that an interrupted erasure left, and seal to the monitor those that it has no copy of."""
    erasure.finish()
    wrapped.wrap_missing(timezone.now())
