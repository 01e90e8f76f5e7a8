"""The register knows bytes, not meaning.

An append-only tree of entries (RFC 6962), published as static files (C2SP tlog-tiles) under checkpoints that the log
signs. Everything here is pure: identities, salts and moments come in as arguments; only `files` and `export` read or
write. Sentences live at the edge: this package speaks in codes and parameters (`problems`).
"""
