"""`habeas demo`: a database with invented people, its log-ins printed, its pages served on 127.0.0.1."""

import argparse
import os
import signal
import socket
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from habeas.demo.scenario import Scenario, ids, scenario
from habeas.speech import language_of_environment, progress

if TYPE_CHECKING:
    from habeas.demo.playing import Filled

USUAL = "se-ee-2025"


def main(args: argparse.Namespace) -> int:
    """Fill a new folder, print who can sign in, and serve until interrupted; the exit code."""
    wanted = getattr(args, "scenario", None) or USUAL
    if wanted not in ids():
        sys.stderr.write(f"There is no scenario {wanted}: choose one of {', '.join(ids())}.\n")
        return 2
    story = scenario(wanted)
    port = int(getattr(args, "port", None) or 8000)
    try:  # before anything is filled, which takes a while
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        return _no_port(port, error)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # leave nothing behind when told to stop
    with tempfile.TemporaryDirectory(prefix="habeas-demo-") as folder:
        prepare(Path(folder), story)
        return _fill_and_serve(story, port, folder)


def prepare(folder: Path, story: Scenario) -> None:
    """Point the settings at a demonstration folder, load them, and make the tables."""
    os.environ.update(HABEAS_DEMO="1", HABEAS_DATA=str(folder), DJANGO_SETTINGS_MODULE="habeas.settings")
    (folder / "demo").touch()
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    settings.HABEAS_SCENARIO, settings.HABEAS_REPLAY = story.front_page, story.replay
    call_command("migrate", verbosity=0)


def _fill_and_serve(story: Scenario, port: int, folder: str) -> int:
    from habeas.demo.playing import fill
    from habeas.web.serving import serve_pages

    sys.stderr.write("Filling a database with invented people …\n")
    _print(fill(story, datetime.now(UTC), progress("demo.filled", language_of_environment())), port, folder)
    try:
        serve_pages(port)
    except OSError as error:
        return _no_port(port, error)
    return 0


def _print(filled: "Filled", port: int, folder: str) -> None:
    """Who can sign in, and the key with which a stranger verifies the register."""
    lines = [
        f"{filled.entries} entries, all invented, are in {folder}; they go when you stop (Ctrl-C).",
        "",
        "Sign in as:",
        *(f"  {account:<20} {password}" for account, password in filled.passwords.items()),
        "",
        f"The log's key, for habeas verify --key: {filled.log_key}",
        f"Export it with: HABEAS_DATA={folder} habeas export DIR",
        "",
        f"Open http://127.0.0.1:{port}/",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _no_port(port: int, error: OSError) -> int:
    sys.stderr.write(f"Port {port} can't be used ({os.strerror(error.errno or 0)}): choose another with --port.\n")
    return 2
