"""Asking the witnesses of the policy to cosign the newest checkpoint (C2SP tlog-witness, the side of the log).

All are asked for the same checkpoint, each in a thread of its own: whoever is slow is left out of the next rounds and
delays nobody. What they answer is judged by `register.witness` and kept by `store.witnessed`.
"""

import logging
import time
from contextlib import closing
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import ip_address
from threading import Thread
from urllib.parse import urlsplit

from django.db import connection

from habeas.register.canonical import to_base64
from habeas.register.checkpoint import parse_signed_checkpoint
from habeas.register.policy import Witness
from habeas.register.witness import Answer, Outcome, read_answer, request_body
from habeas.speech import language_of_environment, say
from habeas.store import memory, proofs, witnessed
from habeas.store.models import CheckpointRow
from habeas.witness import ADD, name_of

SECONDS_MOST = 5.0  # of one answer, from the connection to its last byte
BODY_MOST = 64_000
ATTEMPTS = 4
FRESHENED_AFTER = AHEAD_MOST = 3600  # seconds
SLOW, SLOW_EVERY = 1.0, 10  # seconds: the slow ones are all asked in the same rounds, so that they see the same sizes
PAUSE_MOST = 60.0
LOG = logging.getLogger("habeas.work")


def may_be_asked(url: str) -> bool:
    """Whether nobody on the way can change what is asked: HTTPS, or this machine or a private network in numbers."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
        return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and ip_address(host).is_private))
    except ValueError:
        return False


def fetch(method: str, url: str, body: bytes = b"") -> tuple[int, bytes]:
    """The status and the first bytes of the answer. Follows nothing elsewhere. Raises OSError or HTTPException."""
    parts, until = urlsplit(url), time.monotonic() + SECONDS_MOST
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    with closing(kind(parts.hostname or "", parts.port, timeout=SECONDS_MOST)) as opened:
        opened.request(method, parts.path, body, {"Content-Type": "application/octet-stream"})
        answer, found = opened.getresponse(), b""
        while len(found) < BODY_MOST and (part := answer.read1(BODY_MOST - len(found))):
            found += part
            if time.monotonic() > until:
                raise TimeoutError
        return answer.status, found


@dataclass(slots=True)
class _Known:
    """What this process knows of one witness: the thread that asks it, how long it took to answer last, the size that
    it cosigned last and when, how often it failed since, and until when it is left alone (all in seconds)."""

    thread: Thread | None = None
    took: float = 0.0
    size: int = -1
    at: float = 0.0
    failed: int = 0
    until: float = 0.0

    def is_due(self, size: int) -> bool:
        now = time.monotonic()
        if (self.thread is not None and self.thread.is_alive()) or now < self.until:
            return False
        if self.took > SLOW and int(time.time()) % SLOW_EVERY:
            return False
        return size != self.size or now - self.at >= FRESHENED_AFTER


class NotCosigned(Exception):
    """A witness that was asked has not cosigned what it was shown. Which one, and why, the page of the log says."""


@dataclass(slots=True)
class Rounds:
    """Asks all witnesses again and again."""

    known: dict[str, _Known] = field(default_factory=dict)

    def ask(self, *, wait: bool) -> None:
        """One round: ask whoever is to be asked now; `wait` until all have answered. Raises NotCosigned then, when not
        every one has cosigned."""
        policy = witnessed.policy()
        if policy is None:
            return
        newest = witnessed.newest()
        for name, witness in policy.witnesses.items():
            known = self.known.setdefault(name, _Known())
            if witness.url and known.is_due(newest.size):
                known.thread = Thread(target=_ask_and_learn, args=(known, witness, newest), daemon=True)
                known.thread.start()
        for known in self.known.values():
            if wait and known.thread is not None:
                known.thread.join()
        if wait and any(known.failed for known in self.known.values()):
            raise NotCosigned


def _ask_and_learn(known: _Known, witness: Witness, asked: CheckpointRow) -> None:
    began, outcome = time.monotonic(), Outcome.AGAIN
    try:
        outcome = ask(witness, asked)
    except Exception as error:
        LOG.warning("witnesses: %s", type(error).__name__)
    finally:
        connection.close()
    now = time.monotonic()
    known.took = now - began
    if outcome is Outcome.COSIGNED:
        known.size, known.at, known.failed = asked.size, now, 0
    else:
        known.failed += 1
        known.until = now + min(2**known.failed, PAUSE_MOST)


def ask(witness: Witness, asked: CheckpointRow) -> Outcome:
    """Ask one witness for its cosignature, from what it has seen on, and keep what it answers."""
    old, told = min(witnessed.last_size(witness.key), asked.size), False
    answer = Answer(outcome=Outcome.AGAIN)
    for _ in range(ATTEMPTS):
        answer = _answer(witness, asked, old, told=told)
        if answer.outcome is not Outcome.AGAIN:
            break
        old = answer.seen or 0
        told = old > 0
    if answer.outcome is Outcome.BEHIND and witnessed.newest().size >= (answer.seen or 0):
        return Outcome.AGAIN  # somebody else has asked meanwhile, about more than we knew of
    if answer.outcome in {Outcome.BEHIND, Outcome.FORK}:
        answer = replace(answer, proof=_proof(witness, asked))
        memory.note_seen(answer.seen or 0, answer.proof)
        if stopped := memory.behind():
            LOG.warning("witnesses: %s", say(stopped.problem, language_of_environment()))
    if answer.outcome is Outcome.COSIGNED:
        witnessed.keep(witness.key, asked.size, answer.line, answer.at)
    if answer.outcome is not Outcome.AGAIN:
        witnessed.note_answer(witness.key, answer, asked.size)
    return answer.outcome


def _answer(witness: Witness, asked: CheckpointRow, old: int, *, told: bool) -> Answer:
    path, note = tuple(map(to_base64, proofs.consistency(old, asked.size))), asked.note.encode()
    try:
        status, body = fetch("POST", witness.url.rstrip("/") + ADD, request_body(old, path, note))
    except (OSError, HTTPException):
        return Answer(outcome=Outcome.SILENT)
    signed, latest = parse_signed_checkpoint(note), int(time.time()) + AHEAD_MOST
    return read_answer(status, body, asked=signed, old=old, told=told, witness=witness.key, latest=latest)


def _proof(witness: Witness, asked: CheckpointRow) -> str:
    """The checkpoint that a witness saw instead, if it shows one that the log signed."""
    origin = parse_signed_checkpoint(asked.note.encode()).checkpoint.origin
    try:
        status, shown = fetch("GET", f"{witness.url.rstrip('/')}/{name_of(origin)}")
    except (OSError, HTTPException):
        return ""
    return memory.contradicts(shown) if status == 200 else ""
