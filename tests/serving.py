"""Web servers for the tests: one that serves a folder as it is, and ones that mean harm."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

Trick = Callable[[socket.socket, str], bool]
"""Answers a request for a path on the bare connection, or says False to have the file served."""


@dataclass
class Served:
    """Where a folder is served, what was asked of it, and over how many connections."""

    url: str = ""
    asked: list[str] = field(default_factory=list)
    connections: int = 0


@contextmanager
def served(folder: Path, trick: Trick = lambda connection, path: False) -> Iterator[Served]:
    """Serve a folder on this machine."""
    seen = Served()

    class Handler(SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            seen.connections += 1
            super().setup()

        def do_GET(self) -> None:
            seen.asked.append(self.path)
            if trick(self.connection, self.path):
                self.close_connection = True
            else:
                super().do_GET()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    seen.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield seen
    finally:
        server.shutdown()
        server.socket.close()
