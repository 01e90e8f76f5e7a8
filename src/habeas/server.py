"""The commands that need the database: `habeas serve`, `habeas rebuild`, `habeas export`.

`habeas.cli` imports this late, so that `habeas verify` and its kind run without Django. Answers go to
standard output, everything else to standard error. Exit codes: 0 all well, 1 the answer is "differences",
2 unusable input, 3 a fault of ours.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

OK, FINDINGS, UNUSABLE = 0, 1, 2


class Refused(Exception):
    """The command can't run; the text is one sentence: what is missing, and what to do."""


def run(command: str, args: argparse.Namespace) -> int:
    """Do one command; its exit code."""
    if command == "demo":
        from habeas import demo

        return int(demo.main(args))
    try:
        _start_django(args)
        return _COMMANDS[command](args)
    except Refused as refusal:
        sys.stderr.write(f"{refusal}\n")
        return UNUSABLE


def _start_django(args: argparse.Namespace) -> None:
    """Load the settings, and demand a data folder whose database is up to date."""
    if not os.environ.get("HABEAS_DATA"):
        raise Refused("HABEAS_DATA is not set: give it the folder that holds the database and the keys.")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "habeas.settings")
    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as error:
        raise Refused(str(error)) from error
    if getattr(args, "migrate", False):
        _migrate()
    _demand_migrated()


def _migrate() -> None:
    """Bring the tables up to date, with a copy of the database from before beside it."""
    from django.core.management import call_command

    database = _database()
    database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if database.exists() and _waiting_migrations():
        copy = _copy(database)
        sys.stderr.write(f"The database as it was is in {copy}.\n")
    call_command("migrate", verbosity=0)


def _database() -> Path:
    from django.db import connection

    return Path(connection.settings_dict["NAME"])


def _copy(database: Path) -> Path:
    """A consistent copy by SQLite itself, what stands only in the write-ahead log included."""
    from django.db import connection

    copy = database.with_name(f"{database.name}.before-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(copy)])
    copy.chmod(0o600)
    return copy


def _demand_migrated() -> None:
    from django.conf import settings

    if not _database().exists():
        raise Refused(f"There is no database in {settings.HABEAS_DATA}: run `habeas serve --migrate` first.")
    if _waiting_migrations():
        raise Refused("The tables are older than this version: run the command again with --migrate.")


def _waiting_migrations() -> bool:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _export(args: argparse.Namespace) -> int:
    from habeas.register.export import ExportError
    from habeas.store import export
    from habeas.store.append import NotBegun

    directory = Path(args.directory)
    try:
        size = export.export(directory, _progress("exported"))
    except NotBegun:
        raise Refused("The register has not begun: there is nothing to export.") from None
    except ExportError as error:
        raise Refused(f"{directory} was not changed further: {error.problem.code}.") from error
    except OSError as error:
        raise Refused(f"{directory} can't be written: {error.strerror}.") from error
    answer = {"directory": str(directory), "size": size, "log_key": export.log_key()}
    text = f"{size} entries are in {directory}. The log's key, to be given another way: {answer['log_key']}"
    return _answer(args, answer, text, OK)


def _rebuild(args: argparse.Namespace) -> int:
    from habeas.store import projections

    found = projections.rebuild()
    differences = [
        {"table": each.table, "key": each.key, "missing": each.stored is None, "extra": each.rebuilt is None}
        for each in found.differences
    ]
    lines = [f"{each['table']} {each['key']} was not what the register says." for each in differences]
    lines.append(f"{found.rows} rows were made from the register; {len(differences)} had been different.")
    answer = {"rows": found.rows, "differences": differences}
    return _answer(args, answer, "\n".join(lines), FINDINGS if differences else OK)


def _serve(args: argparse.Namespace) -> int:
    """Serve the pages on this machine; a web server in front of it speaks HTTPS to the world."""
    _demand_production(os.environ)
    import waitress
    from django.core.wsgi import get_wsgi_application

    port = int(getattr(args, "port", None) or 8000)
    sys.stderr.write(f"Habeas answers on http://127.0.0.1:{port}/ behind your HTTPS server.\n")
    waitress.serve(
        get_wsgi_application(),
        host="127.0.0.1",
        port=port,
        # Requests and pages hold names: whatever is longer than this would go to a temporary file.
        inbuf_overflow=64_000_000,
        outbuf_overflow=64_000_000,
        max_request_body_size=32_000_000,
        trusted_proxy="127.0.0.1",
        trusted_proxy_headers={"x-forwarded-proto", "x-forwarded-for", "x-forwarded-host"},
        clear_untrusted_proxy_headers=True,
        ident=None,
    )
    return OK


def _demand_production(environment: Mapping[str, str]) -> None:
    from django.conf import settings

    from habeas.store.models import HeadRow

    if settings.HABEAS_DEMO or settings.DEBUG:
        raise Refused("HABEAS_DEMO and HABEAS_DEBUG are for trying out: `habeas serve` runs without them.")
    if (Path(settings.HABEAS_DATA) / "demo").exists():
        raise Refused(f"{settings.HABEAS_DATA} holds a demonstration: give HABEAS_DATA another folder.")
    if not (environment.get("HABEAS_SECRET_KEY") or environment.get("HABEAS_SECRET_KEY_FILE")):
        raise Refused("Set HABEAS_SECRET_KEY_FILE: without it every restart would end all sessions.")
    if not settings.ALLOWED_HOSTS:
        raise Refused("Set HABEAS_HOSTS to the names under which the pages are reached.")
    if not {"totp", "webauthn"} <= set(settings.MFA_SUPPORTED_TYPES):
        raise Refused("The second factor is not configured: MFA_SUPPORTED_TYPES needs totp and webauthn.")
    if not HeadRow.objects.exists():
        raise Refused("The register has not begun: see docs/how-to/begin-a-register.md.")


def _progress(done_word: str) -> Callable[[int, int], None] | None:
    """Tells a person at a terminal how far it is, at most five times a second."""
    if not sys.stderr.isatty():
        return None
    last = 0.0

    def tell(done: int, size: int) -> None:
        nonlocal last
        if done == size or time.monotonic() - last > 0.2:
            last = time.monotonic()
            sys.stderr.write(f"\r{done} of {size} entries {done_word}" + ("\n" if done == size else ""))
            sys.stderr.flush()

    return tell


def _answer(args: argparse.Namespace, answer: object, text: str, code: int) -> int:
    as_json = getattr(args, "format", "text") == "json"
    sys.stdout.write((json.dumps(answer, ensure_ascii=False) if as_json else text) + "\n")
    return code


_COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "export": _export,
    "rebuild": _rebuild,
    "serve": _serve,
}
