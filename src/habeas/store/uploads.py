"""Uploads stay in memory: Django's usual handler puts large ones into temporary files, in clear."""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler


class MemoryOnly(MemoryFileUploadHandler):
    """Takes a file of up to EVIDENCE_MAX_BYTES into memory; a larger one ends the request."""

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
