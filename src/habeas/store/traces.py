"""Where a name must not leave a trace: in what the server writes about itself, and in temporary files."""

import logging
import traceback
from types import TracebackType

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler

ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class NoValues(logging.Formatter):
    """Formats an error as its kind and its places in the code, without its text.

    A record about a request gives method, path and status: paths hold only ids, query strings may hold names.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        """One line; a request stands as its path alone."""
        request = getattr(record, "request", None)
        if request is not None:
            status = getattr(record, "status_code", "-")
            record.message = f"{request.method} {request.path} {status}"
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
