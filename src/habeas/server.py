"""The commands that need the database: `habeas serve`, `habeas rebuild`, `habeas export`.

`habeas.cli` imports this late, so that `habeas verify` and its kind run without Django. Answers go to
standard output, everything else to standard error. Exit codes: 0 all well, 1 the answer is "differences",
2 unusable input, 3 a fault of ours.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from habeas.core.messages import Message, Parameter
from habeas.speech import language_of_environment, say

OK, FINDINGS, UNUSABLE = 0, 1, 2
LONGEST = 64_000_000  # bytes of a request or a page that stay in memory


class Refused(Exception):
    """The command ends here; `message` says what is missing or wrong, and what to do."""

    def __init__(self, message: Message, code: int = UNUSABLE) -> None:
        super().__init__(message.code)
        self.message, self.code = message, code


def run(command: str, args: argparse.Namespace) -> int:
    """Do one command; its exit code."""
    try:
        _start_django(args)
        return _read_safely(_COMMANDS[command], args)
    except Refused as refusal:
        _tell(refusal.message)
        return refusal.code


def _read_safely(command: Callable[[argparse.Namespace], int], args: argparse.Namespace) -> int:
    """Run a command; a lost key or a changed row is an answer and no fault of ours."""
    from habeas.store.keys import KeyLost, SealBroken

    try:
        return command(args)
    except KeyLost as lost:
        raise _refused("key_lost", key=lost.key_id) from lost
    except SealBroken as broken:
        raise Refused(Message("server.seal_broken", {"name": broken.name}), FINDINGS) from broken


def _refused(code: str, **parameters: str) -> Refused:
    return Refused(Message(f"server.{code}", parameters))


def _tell(message: Message) -> None:
    sys.stderr.write(say(message, language_of_environment()) + "\n")


def _start_django(args: argparse.Namespace) -> None:
    """Load the settings, and demand a data folder whose database is up to date."""
    if not os.environ.get("HABEAS_DATA"):
        raise _refused("no_data")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "habeas.settings")
    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as error:
        raise _refused("settings", problem=str(error)) from error
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
        _tell(Message("server.copied", {"path": str(copy)}))
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
        raise _refused("no_database", folder=str(settings.HABEAS_DATA))
    if _waiting_migrations():
        raise _refused("old_tables")


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
        size = export.export(directory, _progress())
    except NotBegun:
        raise _refused("not_begun") from None
    except ExportError as error:
        raise Refused(Message(error.problem.code, dict(error.problem.parameters))) from error
    except OSError as error:
        raise _refused("not_written", path=str(directory), problem=error.strerror or "") from error
    answer: dict[str, Parameter] = {"directory": str(directory), "size": size, "log_key": export.log_key()}
    return _answer(args, answer, [Message("server.exported", answer)], OK)


def _rebuild(args: argparse.Namespace) -> int:
    from habeas.store import projections

    found = projections.rebuild()
    differences = [
        {"table": each.table, "key": each.key, "missing": each.stored is None, "extra": each.rebuilt is None}
        for each in found.differences
    ]
    lines = [Message("server.differed", {"table": each.table, "key": each.key}) for each in found.differences]
    lines.append(Message("server.rebuilt", {"rows": found.rows, "count": len(differences)}))
    answer = {"rows": found.rows, "differences": differences}
    return _answer(args, answer, lines, FINDINGS if differences else OK)


def _serve(args: argparse.Namespace) -> int:
    _demand_production(os.environ)
    port = int(getattr(args, "port", None) or 8000)
    _tell(Message("server.serving", {"port": str(port)}))
    try:
        serve_pages(port)
    except OSError as error:
        raise _refused("port", port=str(port), problem=error.strerror or "") from error
    return OK


def serve_pages(port: int) -> None:
    """Serve the pages on this machine until interrupted; Django is set up. Raises OSError for the port.

    A web server in front of it speaks HTTPS to the world, and says so in its X-Forwarded headers.
    """
    import waitress
    from django.core.wsgi import get_wsgi_application

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


def _demand_production(environment: Mapping[str, str]) -> None:
    from django.conf import settings

    from habeas.store.models import HeadRow

    if settings.HABEAS_DEMO or settings.DEBUG:
        raise _refused("demo_settings")
    if (Path(settings.HABEAS_DATA) / "demo").exists():
        raise _refused("demo_data", folder=str(settings.HABEAS_DATA))
    if not (environment.get("HABEAS_SECRET_KEY") or environment.get("HABEAS_SECRET_KEY_FILE")):
        raise _refused("no_secret_key")
    if not settings.ALLOWED_HOSTS:
        raise _refused("no_hosts")
    if "totp" not in settings.MFA_SUPPORTED_TYPES:
        raise _refused("no_second_factor")
    if not HeadRow.objects.exists():
        raise _refused("not_begun")


def _progress() -> Callable[[int, int], None] | None:
    """Tells a person at a terminal how far it is, at most five times a second."""
    if not sys.stderr.isatty():
        return None
    last = 0.0

    def tell(done: int, size: int) -> None:
        nonlocal last
        if done == size or time.monotonic() - last > 0.2:
            last = time.monotonic()
            sentence = say(Message("server.progress", {"done": done, "size": size}), language_of_environment())
            sys.stderr.write(f"\r{sentence}" + ("\n" if done == size else ""))
            sys.stderr.flush()

    return tell


def _answer(args: argparse.Namespace, answer: object, lines: Sequence[Message], code: int) -> int:
    """Write the answer: one JSON document, or its sentences."""
    if getattr(args, "format", "text") == "json":
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    else:
        sys.stdout.writelines(say(line, language_of_environment()) + "\n" for line in lines)
    return code


_COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {"export": _export, "rebuild": _rebuild, "serve": _serve}
