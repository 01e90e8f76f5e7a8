"""Two who give places at once: one stands still in the middle, another takes over, and the first has lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from habeas.register.verify import verify_path
from habeas.store import proofs, sequencer
from habeas.store.models import CheckpointRow, HeadRow, NodeRow, PendingRow, PlaceRow
from tests import postgres
from tests.store.conftest import ON_POSTGRESQL
from tests.store.example import Register

ROOT = Path(__file__).resolve().parents[2]
STANDS_STILL = """
import os, signal, sys, django
django.setup()
from django.db import connection
from habeas.store import sequencer
sign = sequencer.sign_checkpoint
def sign_late(*given):
    with connection.cursor() as cursor:
        cursor.execute(f"SET idle_in_transaction_session_timeout = {int(sys.argv[1])}")
    os.kill(os.getpid(), signal.SIGSTOP)
    return sign(*given)
sequencer.sign_checkpoint = sign_late
print("placed", sequencer.place())
"""
SHORT, LONG = 300, 300_000  # milliseconds for which the server lets anybody stand still


@pytest.fixture
def begun(request: pytest.FixtureRequest) -> bool:
    """Whether more than the beginning has its place when somebody stands still."""
    return bool(getattr(request, "param", True))


@pytest.fixture
def standing_still(
    request: pytest.FixtureRequest, register: Register, data: Path, begun: bool
) -> Iterator[subprocess.Popen[str]]:
    """Somebody who has written places and nodes, holds the head, and stands still before the checkpoint."""
    if begun:
        sequencer.place_all()
        register.propose("alice", "Alice", "Example")
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "habeas.settings",
        "HABEAS_DATA": str(data),
        "HABEAS_DATABASE": postgres.url_of(str(connection.settings_dict["NAME"]), postgres.APPLICATION),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", STANDS_STILL, str(request.param)], env=environment, cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    yield process
    process.kill()
    process.communicate()


@ON_POSTGRESQL
@pytest.mark.parametrize("standing_still", [SHORT], indirect=True)
@pytest.mark.parametrize("begun", [False], indirect=True)
def test_an_export_beside_somebody_who_is_about_to_give_places_holds(
    standing_still: subprocess.Popen[str], register: Register, tmp_path: Path
) -> None:
    assert PendingRow.objects.exists()

    proofs.export(tmp_path / "out")

    assert verify_path(tmp_path / "out", register.vkey).ok


def state() -> tuple[object, ...]:
    return (
        HeadRow.objects.get().size,
        bytes(HeadRow.objects.get().edge),
        [*PlaceRow.objects.order_by("index").values_list("index", "log")],
        NodeRow.objects.count(),
        [*CheckpointRow.objects.order_by("size").values_list("note", flat=True)],
    )


@ON_POSTGRESQL
@pytest.mark.parametrize("standing_still", [SHORT], indirect=True)
def test_one_that_stands_still_with_the_head_in_its_hand_is_replaced_and_has_given_nothing(
    standing_still: subprocess.Popen[str], register: Register, tmp_path: Path
) -> None:
    register.propose("bob", "Bob", "Example")
    until = time.monotonic() + 60
    while PendingRow.objects.exists():
        sequencer.place_all()
        assert time.monotonic() < until
    after = state()

    standing_still.send_signal(signal.SIGCONT)
    said, error = standing_still.communicate(timeout=120)

    assert (said, standing_still.returncode) == ("", 1)
    assert "idle-in-transaction timeout" in error
    assert state() == after
    proofs.export(tmp_path / "out")
    assert verify_path(tmp_path / "out", register.vkey).ok


@ON_POSTGRESQL
@pytest.mark.parametrize("standing_still", [LONG], indirect=True)
def test_one_that_wakes_up_in_time_gives_the_places_and_the_other_none(
    standing_still: subprocess.Popen[str], register: Register
) -> None:
    standing_still.send_signal(signal.SIGCONT)
    said, _ = standing_still.communicate(timeout=120)

    assert (said, PendingRow.objects.count(), sequencer.place()) == ("placed 1\n", 0, 0)
