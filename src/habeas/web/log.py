"""The log for everybody, by the paths of an export (C2SP tlog-tiles): no account, no cookie, no page.

What answers depends on the path alone, so a folder that `habeas export` writes can be served in its place.
"""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from habeas.register.export import CHECKPOINT, KEYS
from habeas.store import proofs

PATH_MOST = 100
TEXT, BYTES = "text/plain; charset=utf-8", "application/octet-stream"
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
FOR_ALL = {"Cross-Origin-Resource-Policy": "cross-origin", "Access-Control-Allow-Origin": "*"}


@require_safe
def log_file(request: HttpRequest, path: str) -> HttpResponse:
    """One file of the log, or 404 and nothing else."""
    found = proofs.log_file(path) if len(path) <= PATH_MOST else None
    if found is None:
        return HttpResponse(status=404, content_type=TEXT)
    grows = path in (CHECKPOINT, KEYS)
    response = HttpResponse(found, content_type=TEXT if grows else BYTES)
    response.own_headers = FOR_ALL if grows else FOR_ALL | FOR_EVER  # type: ignore[attr-defined]
    return response
