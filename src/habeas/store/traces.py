"""Where a name must not leave a trace: in what the server writes about itself, and in temporary files."""

import logging
import traceback
from types import TracebackType

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler

WRONG_HOST, HOST_MOST = "django.security.DisallowedHost", 60
METHODS = frozenset("GET HEAD POST PUT PATCH DELETE OPTIONS".split())
ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class NoValues(logging.Formatter):
    """Formats an error as its kind and its places in the code, without its text.

    A record about a request gives its method, the pattern of its path and its status: a path and a query may hold
    whatever somebody typed, a name or the line of another record. What the web server says of a request is left out
    for the same reason.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """A request for a name that is not ours is no fault of the code: it needs no places in it."""
        if record.name == WRONG_HOST:
            record.exc_info = record.exc_text = None
        return super().format(record)

    def formatMessage(self, record: logging.LogRecord) -> str:
        """One line; a request stands as the pattern of its path alone."""
        request = getattr(record, "request", None)
        if request is not None:
            found = getattr(request, "resolver_match", None)
            method = request.method if request.method in METHODS else "-"
            record.message = (
                f"{method} /{found.route if found else ' (no such page)'} {getattr(record, 'status_code', '-')}"
            )
            if record.name == WRONG_HOST:
                record.message += f" {request.META.get('HTTP_HOST', '')[:HOST_MOST]} is not in HABEAS_HOSTS"
        elif record.name.startswith("waitress"):
            record.message = f"in {record.funcName}"
        record.message = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in record.message)
        return super().formatMessage(record)

    def formatException(self, ei: ExceptionInfo) -> str:
        """Where it happened and what kind of error it was."""
        kind, _, place = ei
        frames = "".join(traceback.format_tb(place)) if place else ""
        return f"{frames}{kind.__name__ if kind else ''} (its text is left out: it may quote what was typed)"


class MemoryOnly(MemoryFileUploadHandler):
    """Takes a file of up to EVIDENCE_MAX_BYTES into memory; a larger one ends the request. Django's usual
    handler puts large files into temporary ones, in clear."""

    def handle_raw_input(
        self, input_data: object, META: object, content_length: int, boundary: object, encoding: str | None = None
    ) -> None:
        """Always take part, however long the request says that it is."""
        self.activated = True
        self.taken = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Keep a piece of the file. Raises RequestDataTooBig beyond the limit."""
        self.taken += len(raw_data)
        if self.taken > settings.EVIDENCE_MAX_BYTES:
            raise RequestDataTooBig(f"a file may have at most {settings.EVIDENCE_MAX_BYTES} bytes")
        return super().receive_data_chunk(raw_data, start)
