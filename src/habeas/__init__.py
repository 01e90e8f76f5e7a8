"""Habeas, the system of record for people whom one state holds in its prisons for another."""

import signal
import sys


def main() -> int:
    """Run one command and return its exit code, also where it is interrupted while it is still being loaded."""
    try:
        from habeas.cli import main as run

        return run()
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        from habeas.core.messages import Message
        from habeas.speech import language_of_environment, say

        print(f"habeas: {say(Message('cli.interrupted'), language_of_environment())}", file=sys.stderr)  # noqa: T201
        return 128 + signal.SIGINT
