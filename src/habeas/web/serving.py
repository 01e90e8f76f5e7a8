"""The pages, served on this machine."""

import waitress
from django.core.wsgi import get_wsgi_application

LONGEST = 64_000_000  # bytes of a request or a page that stay in memory


def serve_pages(port: int) -> None:
    """Serve the pages on this machine until interrupted; Django is set up. Raises OSError for the port.

    A web server in front of it speaks HTTPS to the world, and says so in its X-Forwarded headers.
    """
    waitress.serve(
        get_wsgi_application(),
        host="127.0.0.1",
        port=port,
        # Requests and pages hold names: whatever is longer than this would go to a temporary file.
        inbuf_overflow=LONGEST,
        outbuf_overflow=LONGEST,
        max_request_body_size=LONGEST // 2,
        trusted_proxy="127.0.0.1",
        trusted_proxy_headers={"x-forwarded-proto", "x-forwarded-for", "x-forwarded-host"},
        clear_untrusted_proxy_headers=True,
        ident=None,
    )
