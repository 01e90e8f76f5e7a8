"""What the server writes about itself. It names code, never people: the text of an error may quote a form."""

import logging
import traceback
from types import TracebackType
from typing import TypeAlias

ExceptionInfo: TypeAlias = "tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]"


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
