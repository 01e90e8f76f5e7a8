"""`habeas witness`: a small C2SP witness that anyone can run, for any log.

It keeps one file a log: the newest checkpoint that it cosigned, in place and on the disk before it answers. It serves
this machine; a web server in front of it speaks HTTPS to the world.
"""

import threading
from collections.abc import Callable, Mapping
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from habeas.register.checkpoint import Checkpoint, parse_signed_checkpoint
from habeas.register.files import alone_in, read_file, write_file
from habeas.register.note import GREATEST_NOTE, Signer, VerifierKey
from habeas.register.problems import RegisterError
from habeas.register.witness import REQUEST_MOST, Response, add_checkpoint, parse_request

ADD = "/add-checkpoint"
SECONDS_MOST = 10


class Watch:
    """The logs that a witness watches, and what it has seen of them; one request at a time, in all processes."""

    def __init__(self, folder: Path, logs: Mapping[str, VerifierKey], witness: Signer, now: Callable[[], int]) -> None:
        self._folder, self._logs, self._witness, self._now = folder, logs, witness, now
        self._lock = threading.Lock()

    def check(self) -> None:
        """Raises RegisterError when what was seen of a log can't be read."""
        for origin in self._logs:
            self.seen(origin)

    def answer(self, body: bytes) -> Response:
        """Cosign or refuse. What is cosigned is kept first; a damaged state is never taken for an empty one."""
        with self._lock, alone_in(self._folder):
            seen = self.seen(_origin(body))
            response = add_checkpoint(body, logs=self._logs, seen=seen, witness=self._witness, at=self._now())
            if response.kept is not None:
                origin = parse_signed_checkpoint(response.kept).checkpoint.origin
                write_file(self._folder, name_of(origin), response.kept + response.body.encode())
            return response

    def published(self, path: str) -> bytes | None:
        """What `/<hash of the origin>/checkpoint` shows: the newest checkpoint with this cosignature."""
        names = {f"/{name_of(origin)}": name_of(origin) for origin in self._logs}
        return self._read(names[path]) if path in names else None

    def seen(self, origin: str) -> Checkpoint | None:
        """The newest checkpoint of a log that was cosigned; None before the first. Raises RegisterError."""
        kept = self._read(name_of(origin)) if origin in self._logs else None
        return parse_signed_checkpoint(kept).checkpoint if kept is not None else None

    def _read(self, name: str) -> bytes | None:
        try:
            return read_file(self._folder, name, limit=2 * GREATEST_NOTE)
        except RegisterError as error:
            if error.problem.code == "register.file_missing":
                return None
            raise


def _origin(body: bytes) -> str:
    """Which log asks; none when the request is none, which is refused by its form."""
    try:
        return parse_request(body).signed.checkpoint.origin
    except RegisterError:
        return ""


def name_of(origin: str) -> str:
    """Where the newest checkpoint of a log lies, and under which address it is shown."""
    return f"{sha256(origin.encode()).hexdigest()}/checkpoint"


def server(watch: Watch, port: int) -> ThreadingHTTPServer:
    """The witness on a port of this machine (0: any that is free). Raises OSError for the port."""

    class Handler(BaseHTTPRequestHandler):
        timeout = SECONDS_MOST

        def do_GET(self) -> None:
            note = watch.published(self.path)
            self._send(Response(status=404) if note is None else Response(status=200, body=note.decode()))

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if self.path != ADD or not length.isdecimal() or int(length) > REQUEST_MOST:
                self._send(Response(status=404 if self.path != ADD else 413))
                return
            try:
                self._send(watch.answer(self.rfile.read(int(length))))
            except RegisterError:
                self._send(Response(status=500))  # what was seen can't be read: nothing is signed

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: who asks is nobody's business."""

        def _send(self, response: Response) -> None:
            body = response.body.encode()
            self.send_response(response.status)
            self.send_header("Content-Type", response.content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)
