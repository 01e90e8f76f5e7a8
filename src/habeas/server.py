"""The commands that need the database: `habeas begin`, `serve`, `work`, `rebuild`, `export`.

`habeas.cli` imports this late, so that `habeas verify` and its kind run without Django. Answers go to
standard output, everything else to standard error. Exit codes: 0 all well, 1 the answer is "differences",
2 unusable input, 3 a fault of ours.
"""

import argparse
import csv
import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django
import psycopg
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, MultipleObjectsReturned
from django.core.management import call_command
from django.db import DatabaseError, InterfaceError, InternalError, OperationalError, connection

from habeas import inputs
from habeas.core.entries.fields import to_json
from habeas.core.messages import Message, Parameter
from habeas.core.roll import Held, document, said, told_of
from habeas.register.export import Unverified, read_checkpoint, read_keys
from habeas.register.keys import LOG_PARTY, log_key_at, log_keys_of
from habeas.register.problems import GREATEST_PROBLEMS, RegisterError
from habeas.speech import Sayable, language_of_environment, progress, say, visible
from habeas.store import rights, tables
from habeas.store.keys import KeyDamaged, KeyLost, SealBroken

OK, FINDINGS, UNUSABLE = 0, 1, 2


class Refused(Exception):
    """The command ends here; `message` says what is missing or wrong, and what to do."""

    def __init__(self, code: str, ends: int = UNUSABLE, /, **parameters: Parameter) -> None:
        super().__init__(code)
        self.message, self.ends = Message(code, parameters), ends


PRIVATE = 0o077
"""What others on the machine may not do with what is written: only an export is for everybody."""


def run(command: str, args: argparse.Namespace) -> int:
    if command == "export":
        return _run(command, args)
    before = os.umask(PRIVATE)
    try:
        return _run(command, args)
    finally:
        os.umask(before)


def _run(command: str, args: argparse.Namespace) -> int:
    try:
        _load_settings(needs_data=command != "roll")
        if command not in ("begin", "restore", "roll"):
            _demand_register(migrate=getattr(args, "migrate", False))
        if command not in ("begin", "check", "restore", "roll"):  # a check tells it with all else
            from habeas.store import proofs

            proofs.demand_own_policy()
        if command in ("serve", "work"):
            _say_if_behind(args)
        if command in ("begin", "serve", "work") and _is_open(settings.HABEAS_DATA):
            sys.stderr.write(_said(Message("server.open_folder", {"folder": str(settings.HABEAS_DATA)}), args))
        return _COMMANDS[command](args)
    except Exception as error:
        refusal = _refusal(error)
        if refusal is None:
            raise
        found: Sequence[Sayable] = error.problems if isinstance(error, Unverified) else ()
    sys.stderr.writelines(_said(each, args) for each in (*found, refusal.message))
    return refusal.ends


def _is_open(folder: Path) -> bool:
    """Whether others on this machine may look into a folder that is there."""
    return os.name == "posix" and folder.is_dir() and folder.stat().st_mode & PRIVATE != 0


def _refusal(error: Exception) -> Refused | None:
    """The answer that an error is: data that can't be used is no fault of ours, whatever command meets it."""
    match error:
        case Refused():
            return error
        case Unverified():
            return Refused("server.not_verified", FINDINGS)
        case inputs.Unusable(message=message):
            return Refused(message.code, **message.parameters)
        case RegisterError(problem=problem):
            return Refused(problem.code, **problem.parameters)
        case KeyLost(key_id=key):
            return Refused("server.key_lost", key=key)
        case KeyDamaged(path=path):
            return Refused("server.key_damaged", path=str(path))
        case SealBroken(code=code, entry=entry):
            return Refused(code, FINDINGS, entry=entry)
        case MultipleObjectsReturned() if "HeadRow" in str(error):
            return Refused("audit.heads", FINDINGS, count=str(error).rpartition("returned ")[2].rstrip("!"))
        case PermissionError(filename=path, strerror=problem):
            return Refused("server.unusable", path=str(path), problem=str(problem))
        case OperationalError() | InterfaceError() | InternalError() | psycopg.Error():
            return Refused("server.unusable", path=str(connection.settings_dict["NAME"]), problem=str(error))
        case DatabaseError() if type(error) is DatabaseError:  # what is derived from it is about a statement of ours
            return Refused("server.damaged", path=str(connection.settings_dict["NAME"]), problem=str(error))
    return None


def _said(message: Sayable, args: argparse.Namespace | None = None) -> str:
    return visible(say(message, _language(args))) + "\n"


def _language(args: argparse.Namespace | None) -> str:
    """The language that the command was asked to answer in."""
    return getattr(args, "lang", None) or language_of_environment()


def _load_settings(*, needs_data: bool) -> None:
    if needs_data and not os.environ.get("HABEAS_DATA"):
        raise Refused("server.no_data")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "habeas.settings")
    try:
        django.setup()
    except ImproperlyConfigured as error:
        code, told = error.args if len(error.args) == 2 else ("server.settings", {"problem": str(error)})
        raise Refused(code, **told) from error
    file = tables.file()
    if needs_data and file is not None and file.exists() and file.stat().st_size == 0:
        raise Refused("server.empty", path=str(file))


def _demand_register(*, migrate: bool) -> None:
    """Demand a data folder with keys, whose database is up to date."""
    if migrate:
        _migrate()
    if not tables.are_there():
        raise _no_database()
    if tables.are_old():
        raise Refused("server.old_tables")
    if tables.hold_entries() and not (settings.HABEAS_DATA / "keys").is_dir():
        raise Refused("server.no_keys", folder=str(settings.HABEAS_DATA / "keys"))


def _no_database() -> Refused:
    at = {each: str(connection.settings_dict[each.upper()]) for each in ("name", "host", "port")}
    at["folder"] = str(settings.HABEAS_DATA)
    return Refused("server.no_tables" if tables.file() is None else "server.no_database", **at)


def _say_if_behind(args: argparse.Namespace) -> bool:
    from habeas.store import memory, witnessed
    from habeas.store.standing_audit import last_audit

    witnessed.note_proved()
    if (last := last_audit(datetime.now(UTC))) and last.findings:
        about = tuple(dict.fromkeys(f"found.{each.partition('_')[0]}" for each in last.findings))
        sys.stderr.write(_said(Message("server.audit_found", {"at": last.at, "codes": about}), args))
    if found := memory.behind():
        sys.stderr.write(_said(Message(found.problem.code, found.problem.parameters), args))
    if told := memory.said():
        sys.stderr.write(_said(Message("server.witness_said", {"told": told}), args))
    return found is not None


def _say_set_aside(args: argparse.Namespace) -> bool:
    """Name what is among the entries and in no copy of them, because it has no place."""
    from habeas.store import projections

    rows = list(projections.unplaced()[:GREATEST_PROBLEMS])
    found = (Message("audit.set_aside", {"ticket": each.ticket, "entry": each.entry_id}) for each in rows)
    sys.stderr.writelines(_said(each, args) for each in found)
    return bool(rows)


def _make_tables() -> None:
    """Make them where no register is, also the rest of what somebody who was killed had begun to make."""
    if not tables.are_there() or (tables.are_old() and not tables.hold_entries()):
        _migrate()


def _migrate() -> None:
    """Bring the tables up to date; of a file of SQLite with a copy from before beside it."""
    settings.HABEAS_DATA.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = tables.file()
    if file is not None and file.exists() and tables.are_old() and tables.hold_entries():
        # SQLite's own copy is consistent: what stands only in the write-ahead log is in it.
        copy = file.with_name(f"{file.name}.before-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}")
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(copy)])
        copy.chmod(0o600)
        sys.stderr.write(_said(Message("server.copied", {"path": str(copy)})))
    if file is not None or settings.HABEAS_DEMO:
        call_command("migrate", verbosity=0)
        return
    _refuse_if({"server.no_owner": "owner" not in settings.DATABASES})
    rights.migrate(lambda: call_command("migrate", verbosity=0))


def _begin(args: argparse.Namespace) -> int:
    """Start the register that a file describes, in a data folder that has none."""
    from habeas.store.begin import begin
    from habeas.store.beginning import read_begin_file

    at = datetime.now(UTC)
    beginning, address = read_begin_file(args.text, args.file, at.date())
    _demand_for_people()
    if not (settings.HABEAS_DATA / "keys").exists():
        _make_tables()
    _demand_tables_without_register()
    log_key, invitations = begin(beginning, at=at)
    managers: list[dict[str, Parameter]] = [
        {
            "account": account.account,
            "party": account.party,
            "link": f"{address}/invitation/?key={invitation.token}",
            "expires_at": invitation.expires_at,
        }
        for account, invitation in zip(beginning.managers, invitations, strict=True)
    ]
    head: dict[str, Parameter] = {"log": beginning.log, "log_key": log_key}
    lines = [Message("server.begun", head), *(Message("server.begun_manager", each) for each in managers)]
    answer = {**head, "managers": [{**each, "expires_at": to_json(each["expires_at"])} for each in managers]}
    return _answer(args, answer, lines, OK)


def _demand_tables_without_register() -> None:
    """Keys without a database are those of a register that was here: beginning anew would bury it."""
    if not tables.are_there() or (not tables.are_old() and tables.hold_entries()):
        raise Refused("server.begun_before", folder=str(settings.HABEAS_DATA))
    if tables.are_old():
        raise Refused("server.old_tables")


def _adopt(args: argparse.Namespace) -> int:
    """1 while the safeguards at hand ask less than was adopted before: the monitor has to confirm it."""
    from habeas.store.begin import adopt

    found = adopt(at=datetime.now(UTC)).items()
    answer: list[dict[str, Parameter]]
    answer = [{"entry": id, "agreement": each.agreement, "less": each.less} for id, each in found]
    lines = [Message("server.adopted_less" if each["less"] else "server.adopted", each) for each in answer]
    return _answer(args, {"adopted": answer}, lines, FINDINGS if any(each["less"] for each in answer) else OK)


def _export(args: argparse.Namespace) -> int:
    from habeas.store import proofs, witnessed

    if not tables.hold_entries():
        raise Refused("server.not_begun")
    directory = Path(args.directory)
    try:
        size = proofs.export(directory, progress("server.progress", _language(args)))
    except OSError as error:
        raise Refused("server.not_written", path=str(directory), problem=error.strerror or "") from error
    cosigned = len(read_checkpoint(directory).note.signatures) - 1
    signer = log_key_at(log_keys_of(read_keys(directory)), size) or proofs.log_key()
    answer: dict[str, Parameter] = {"directory": str(directory), "size": size, "log_key": signer.text}
    if witnessed.is_policy_forgotten():
        sys.stderr.write(_said(Message("server.exported_without_policy", {"count": cosigned}), args))
    code = FINDINGS if any([_say_if_behind(args), _say_set_aside(args)]) else OK
    return _answer(args, {**answer, "cosignatures": cosigned}, [Message("server.exported", answer)], code)


def _backup(args: argparse.Namespace) -> int:
    from habeas.store.backup import backup

    try:
        size = backup(Path(args.directory), progress("server.progress", _language(args)))
    except OSError as error:
        raise Refused("server.not_written", path=args.directory, problem=error.strerror or "") from error
    answer: dict[str, Parameter] = {"directory": args.directory, "size": size}
    code = FINDINGS if _say_set_aside(args) else OK
    return _answer(args, answer, [Message("server.backed_up", answer)], code)


def _restore(args: argparse.Namespace) -> int:
    """1 while entries are missing still, or the content of some."""
    from habeas.store.proofs import demand_own_policy
    from habeas.store.restore import restore

    if not (settings.HABEAS_DATA / "keys").is_dir():
        raise Refused("server.no_keys", folder=str(settings.HABEAS_DATA / "keys"))
    _make_tables()
    _demand_register(migrate=False)
    demand_own_policy()
    told, at = progress("server.restoring", _language(args)), datetime.now(UTC)
    found = restore(Path(args.backup), at=at, leaves_only=args.leaves_only, progress=told)
    invitations = [_link(each) for each in found.invitations]
    head = {name: getattr(found, name) for name in ("size", "added", "lost", "published")}
    lines = [Message("server.restored", head), *(Message("server.restored_manager", each) for each in invitations)]
    lines += [Message("server.restored_lost", head)] if found.lost else []
    lines += [Message("server.behind", head)] if found.published > found.size else []
    code = FINDINGS if found.lost or found.published > found.size else OK
    return _answer(args, {**head, "managers": invitations}, lines, code)


def _link(invitation: Any) -> dict[str, Parameter]:
    return {"account": invitation.account, "link": f"/invitation/?key={invitation.token}"}


def _roll(args: argparse.Namespace) -> int:
    """The monitor's own, out of a folder alone: no data folder and no database is asked."""
    from habeas.documents.readings_text import unwrapped
    from habeas.documents.verify_text import verify_json, verify_text
    from habeas.register.verify import kept_checkpoint, verify_path
    from habeas.speech import csv_cell
    from habeas.store import wrapped
    from habeas.store.roll import compared, rebuilt

    directory, (vkey, policy), language = Path(args.backup), inputs.signer_given(args.key, args.policy), _language(args)
    secret, moment, now = inputs.secret_key(args.secret), inputs.moment_given(args.at), datetime.now(UTC)
    since = inputs.read_bytes(args.since, inputs.GREATEST_TEXT) if args.since is not None else None
    report = verify_path(directory, vkey, since=since, policy=policy, progress=progress("cli.progress", language))
    if not report.ok or report.checkpoint is None:
        as_json = json.dumps(verify_json(report, language), ensure_ascii=False) + "\n"
        told = as_json if args.format == "json" else verify_text(report, language)
        (sys.stderr if args.format == "csv" else sys.stdout).write(told)
        return FINDINGS
    kept = kept_checkpoint(since).checkpoint.size if since is not None else 0
    other = inputs.roll_given(args.compare, report.checkpoint, kept, moment, now) if args.compare is not None else None
    sealed = wrapped.all_wrapped(directory / "wrapped")
    sealed += inputs.wrapped_given(args.wrapped) if args.wrapped is not None else ""
    keys, size = unwrapped(sealed.splitlines(), secret), report.checkpoint.size
    at, until = (other.at, other.size) if other else (moment or now, size)
    roll = rebuilt(directory, report.checkpoint, keys, at=at, until=until)
    findings = [*roll.unread, *(compared(directory, size, roll, other, now) if other else ())]
    lines, code = [*told_of(roll, findings)], FINDINGS if findings else OK
    if args.format == "csv":
        table = [Held._fields, *(map(csv_cell, each) for each in roll.held.values())]
        csv.writer(sys.stdout, lineterminator="\n").writerows(table)
        sys.stderr.writelines(_said(each, args) for each in lines)
        return code
    people = (dict(zip(Held._fields, map(said, Held._fields, row), strict=True)) for row in roll.held.values())
    return _answer(args, document(roll, findings), [*(Message("roll.line", each) for each in people), *lines], code)


def _check(args: argparse.Namespace) -> int:
    from habeas.store.standing_audit import kept_audit

    if not tables.hold_entries():
        raise Refused("server.not_begun")
    found = kept_audit(datetime.now(UTC), progress("server.checking", _language(args)))
    findings = [{"code": each.code, "parameters": dict(each.parameters)} for each in found]
    lines = [Message(each.code, each.parameters) for each in found]
    lines.append(Message("server.checked", {"count": len(found)}))
    return _answer(args, {"findings": findings}, lines, FINDINGS if found else OK)


def _new_key(args: argparse.Namespace) -> int:
    from habeas.store import witnessed
    from habeas.store.append import NoSigningKey
    from habeas.store.begin import new_key

    try:
        key = new_key(args.party, at=datetime.now(UTC))
    except NoSigningKey as error:
        raise Refused("server.no_such_party", party=args.party) from error
    answer: dict[str, Parameter] = {"party": args.party, "vkey": key.text, "fingerprint": key.fingerprint.hex()}
    lines = [Message("server.new_key", answer)]
    if args.party == LOG_PARTY and (known := witnessed.policy()):
        told = {"file": str(settings.HABEAS_POLICY), "witnesses": ", ".join(known.witnesses) or "-", "vkey": key.text}
        lines += [Message("server.new_key_policy", told), Message("server.new_key_witnesses", told)]
    if args.party == LOG_PARTY:
        lines.append(Message("server.new_key_verifiers"))
    return _answer(args, answer, lines, OK)


def _rebuild(args: argparse.Namespace) -> int:
    from habeas.store import accounts, projections

    found = projections.rebuild()
    invitations = [_link(each) for each in accounts.managers_invited_again(datetime.now(UTC))]
    differences = [asdict(each) for each in found.differences]
    lines = [Message(each.code, {"table": each.table, "key": each.key}) for each in found.differences]
    lines.append(Message("server.rebuilt", {"rows": found.rows, "count": len(differences)}))
    lines += [Message("server.manager_again", each) for each in invitations]
    answer = {"rows": found.rows, "differences": differences, "managers": invitations}
    return _answer(args, answer, lines, FINDINGS if differences else OK)


def _serve(args: argparse.Namespace) -> int:
    from habeas.web.serving import serve_pages

    _demand_production()
    port = int(getattr(args, "port", None) or 8000)
    sys.stderr.write(_said(Message("server.serving", {"port": str(port)})))
    try:
        serve_pages(port)
    except OSError as error:
        raise Refused("server.port", port=str(port), problem=error.strerror or "") from error
    return OK


def _work(args: argparse.Namespace) -> int:
    """1 when a loop that was run once failed."""
    from habeas import work
    from habeas.store import witnessed
    from habeas.work.witnesses import may_be_asked

    _refuse_if({"server.not_begun": not tables.hold_entries()})
    _demand_bound_role()
    known = witnessed.policy()
    asked = {name: each.url for name, each in known.witnesses.items() if each.url} if known else {}
    for name, url in asked.items():
        if not may_be_asked(url):
            raise Refused("server.witness_address", file=str(settings.HABEAS_POLICY), name=name, address=url)
    if args.once:
        return OK if work.run_once() else FINDINGS
    loops = tuple(f"loop.{name}" for name, *_ in work.loops(once=False))
    sys.stderr.write(_said(Message("server.working", {"loops": loops, "witnesses": ", ".join(asked) or "-"}), args))
    sys.stderr.flush()
    work.run()
    return OK


def _demand_for_people() -> None:
    _refuse_if(
        {
            "server.demo_settings": settings.HABEAS_DEMO or settings.DEBUG,
            "server.demo_data": (settings.HABEAS_DATA / "demo").exists(),
        }
    )


def _demand_production() -> None:
    """Stop at the first thing that is not fit for real people."""
    _demand_for_people()
    wrong = {
        "server.no_secret_key": not (os.environ.get("HABEAS_SECRET_KEY") or os.environ.get("HABEAS_SECRET_KEY_FILE")),
        "server.no_hosts": not settings.ALLOWED_HOSTS,
        "server.no_second_factor": "totp" not in settings.MFA_SUPPORTED_TYPES,
        "server.not_begun": not tables.hold_entries(),
    }
    _refuse_if(wrong)
    _demand_bound_role()


def _demand_bound_role() -> None:
    """On PostgreSQL what runs all the time can do no more than is written."""
    _refuse_if({"server.owner_at_hand": "owner" in settings.DATABASES})
    if connection.vendor == "postgresql" and not settings.HABEAS_DEMO and (found := rights.excess()):
        raise Refused("server.too_many_rights", rights=", ".join(found[:3]))


def _refuse_if(wrong: Mapping[str, bool]) -> None:
    for code, is_so in wrong.items():
        if is_so:
            raise Refused(code, folder=str(settings.HABEAS_DATA))


def _answer(args: argparse.Namespace, answer: object, lines: Sequence[Message], code: int) -> int:
    if getattr(args, "format", "text") == "json":
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    else:
        sys.stdout.writelines(_said(line, args) for line in lines)
    return code


_COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "adopt": _adopt,
    "backup": _backup,
    "begin": _begin,
    "check": _check,
    "export": _export,
    "new-key": _new_key,
    "rebuild": _rebuild,
    "restore": _restore,
    "roll": _roll,
    "serve": _serve,
    "work": _work,
}
