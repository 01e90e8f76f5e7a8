"""The command line: one command, one question, one answer.

Thin on purpose. It reads what it is given, asks the core or the register, and prints what `documents` writes.
Answers go to standard output, messages to standard error. Ends with 0 (all well), 1 (the answer is findings,
no, or tampered), 2 (the input can't be used: one sentence says which file, where, and what to do) or 3 (a
fault of ours). Imports late: `verify`, `screen` and `terms` run where no database or web server is installed.
"""

import argparse
import io
import json
import os
import secrets
import sys
import textwrap
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from gettext import gettext
from glob import escape, glob
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias, TypeVarTuple
from urllib.parse import quote

from habeas.audit.choices import ARGUMENTS
from habeas.core.messages import Message
from habeas.inputs import (
    GREATEST_KEY,
    GREATEST_READINGS,
    GREATEST_TEXT,
    Unusable,
    key_given,
    moment_given,
    read_bytes,
    read_text,
    refused_is_unusable,
    secret_key,
    signer_given,
    unusable,
    wrapped_given,
    write_secret,
)
from habeas.speech import LANGUAGES, Sayable, language_of_environment, progress, said, say, speak, visible
from habeas.terms_given import AMENDMENT, versions_given

if TYPE_CHECKING:
    from habeas.core.messages import FileError
    from habeas.core.terms import Agreement

ALL_WELL, NOT_WELL, UNUSABLE, OUR_FAULT = 0, 1, 2, 3
INTERRUPTED, NOT_READ = 130, 141  # as shells count SIGINT and SIGPIPE

POINTED_AROUND = 60

_About = TypeVarTuple("_About")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Never raises, unless HABEAS_DEBUG=1 asks to see faults."""
    words = list(sys.argv[1:] if argv is None else argv)
    language = _language_asked(words)
    _never_fail_to_print()
    speak(language)
    try:
        args = _parser(language).parse_args(words)
        code: int = args.run(args)
        sys.stdout.flush()
        return code
    except Unusable as error:
        return _complain(error.message, language, UNUSABLE, error.pointed)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else UNUSABLE
    except BrokenPipeError:
        # The reader (`head`, a closed pager) has had enough. Nothing may be written at exit either, and an
        # answer that was not read to its end is never "all well".
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOT_READ
    except KeyboardInterrupt:
        return _complain(Message("cli.interrupted"), language, INTERRUPTED)
    except Exception as error:
        if os.environ.get("HABEAS_DEBUG") == "1":
            raise
        fault = Message("cli.our_fault", {"fault": type(error).__name__, "detail": str(error)[:200]})
        return _complain(fault, language, OUR_FAULT)


def _complain(message: Sayable, language: str, code: int, pointed: str = "") -> int:
    print(f"habeas: {visible(say(message, language))}{pointed}", file=sys.stderr)
    return code


def _answer(
    args: argparse.Namespace,
    text: Callable[[*_About, str], str],
    data: Callable[[*_About, str], object],
    *about: *_About,
) -> None:
    """Print the answer in the form and the language that were asked for."""
    if args.format == "json":
        print(json.dumps(data(*about, args.lang), ensure_ascii=False, indent=2))
    else:
        print(text(*about, args.lang), end="")


# --- commands --------------------------------------------------------------------------------------


def _verify(args: argparse.Namespace) -> int:
    from habeas import fetch
    from habeas.documents.verify_text import verify_json, verify_text
    from habeas.register.verify import verify_path

    if not args.path:
        raise unusable("register.path_other", path='""')
    vkey, policy = signer_given(args.key, args.policy)
    since = read_bytes(args.since, GREATEST_TEXT) if args.since else None
    with refused_is_unusable():
        if fetch.is_address(args.path):
            told = partial(progress, language=args.lang)
            report = fetch.verify_address(args.path, vkey, since=since, policy=policy, told=told)
        else:
            shown = progress("cli.progress", args.lang)
            report = verify_path(Path(args.path), vkey, since=since, policy=policy, progress=shown)
    _answer(args, verify_text, verify_json, report)
    return ALL_WELL if report.ok else NOT_WELL


def _mirror(args: argparse.Namespace) -> int:
    from habeas.mirror import look, mirror_json, mirror_text

    vkey, policy = signer_given(args.key, args.policy)
    told = partial(progress, language=args.lang)
    found = look(args.url, Path(args.directory), vkey, policy, at=datetime.now(UTC), told=told)
    _answer(args, mirror_text, mirror_json, found)
    return ALL_WELL if found.report.ok else NOT_WELL


def _terms_check(args: argparse.Namespace) -> int:
    """Every usable file is answered, also beside one that can't be used."""
    from habeas.core.terms import doubts_of, gaps
    from habeas.documents.comparison_text import checks_json, checks_text

    agreements: list[Agreement] = []
    unusable: list[str] = []
    for given in (path for each in args.agreements for path in _files_of(each)):
        try:
            agreements.append(_agreement(given, args.lang))
        except Unusable as error:
            _complain(error.message, args.lang, UNUSABLE, error.pointed)
            unusable.append(say(error.message, args.lang))
    _answer(args, checks_text, checks_json, agreements, unusable)
    return UNUSABLE if unusable else NOT_WELL if any(gaps(each) or doubts_of(each) for each in agreements) else ALL_WELL


def _files_of(given: str) -> Sequence[str]:
    """Every agreement of a folder, without the amendments beside them; anything else is itself. Raises Unusable."""
    if not os.path.isdir(given):
        return (given,)
    found = sorted(each for each in glob(f"{escape(given)}/*.toml") if not AMENDMENT.fullmatch(each))
    if not found:
        raise unusable("cli.no_agreement_in", folder=given)
    return found


def _terms_show(args: argparse.Namespace) -> int:
    from habeas.documents.terms_text import terms_json, terms_text

    agreement = _agreement(args.agreement, args.lang)
    _answer(args, terms_text, terms_json, agreement)
    return ALL_WELL


def _terms_diff(args: argparse.Namespace) -> int:
    """Like `diff`: 1 when the two differ in anything but their bytes."""
    from habeas.documents.versions_text import diff_json, diff_text

    first, second = _agreement(args.first, args.lang), _agreement(args.second, args.lang)
    _answer(args, diff_text, diff_json, first, second)
    return NOT_WELL if diff_json(first, second, args.lang)["differs_in"] else ALL_WELL


def _screen(args: argparse.Namespace) -> int:
    from habeas import safeguards
    from habeas.core.case_file import CaseFileError, read_case_file
    from habeas.core.messages import FileError
    from habeas.core.safeguards import Step
    from habeas.core.screening import Verdict, screen
    from habeas.documents.screening_text import screening_json, screening_text

    if len(args.case) != 1:
        raise unusable("cli.one_case", count=len(args.case))
    if args.step not in (None, *Step):
        raise unusable("cli.step", given=args.step, known=tuple(Step))
    at = moment_given(args.at)
    try:
        case = read_case_file(read_bytes(args.case[0], GREATEST_TEXT), args.case[0])
    except CaseFileError as error:
        raise Unusable(error.message) from error
    agreement = _agreement(args.agreement, args.lang, (at or case.as_of).date())
    try:
        step, released = args.step or case.step, safeguards.read()
    except FileError as error:
        raise _placed(error, args.lang) from error
    if released.weaker:
        raise Unusable(released.weaker[0])
    screening = screen(case.case_facts, step=step, agreement=agreement, safeguards=released, at=at or case.as_of)
    _answer(args, screening_text, screening_json, case, screening, agreement)
    return ALL_WELL if screening.verdict is Verdict.NO_BAR_FOUND else NOT_WELL


def _agreement(given: str, language: str, on: date | None = None) -> "Agreement":
    """The agreement of an id or a file in the version of a day, which may stand behind an @; without one, in its last.
    Raises Unusable."""
    from habeas.core.messages import FileError
    from habeas.core.versions import in_force

    name, _, day = given.rpartition("@") if not os.path.exists(given) else (given, "", "")
    if os.path.exists(given) and (amendment := AMENDMENT.fullmatch(given)):
        name, day = amendment[1] + ".toml", amendment[2]
    try:
        on = date.fromisoformat(day) if name and day else on
    except ValueError:
        raise unusable("cli.version_day", given=given, day=day) from None
    try:
        return in_force(versions_given(name or given), on)
    except FileError as error:
        raise _placed(error, language) from error


def _placed(error: "FileError", language: str) -> Unusable:
    """What is wrong in a file of rules or terms, with the place before it, and for a rule the place shown."""
    from habeas.core.rules import RuleError

    place, sentence = error.place, say(error.message, language)
    said = unusable("cli.at_place", file=place.file, line=place.line, column=place.column, sentence=sentence)
    return Unusable(said.message, _pointed(error.line, place.column - 1) if isinstance(error, RuleError) else "")


def _pointed(line: str, at: int) -> str:
    """The part of a line around a character, and below it a mark under that."""
    begins = max(0, at - POINTED_AROUND)
    shown = "".join(each if each.isprintable() else " " for each in line[begins : at + POINTED_AROUND])
    return f"\n    {shown}\n    {' ' * (at - begins)}^"


def _audit(args: argparse.Namespace) -> int:
    from habeas.audit import command

    _answer(args, command.text, command.data, found := command.run(args, _versions(args) if args.agreement else ()))
    return ALL_WELL if found.is_clean else NOT_WELL


def _settle(args: argparse.Namespace) -> int:
    from habeas.audit import settle

    _answer(args, settle.text, settle.data, settle.run(args, _versions(args)))
    return ALL_WELL


def _versions(args: argparse.Namespace) -> "tuple[Agreement, ...]":
    """Every version of the agreement that was named, or the one of the day behind an @. Raises Unusable."""
    from habeas.core.messages import FileError

    is_one = "@" in args.agreement and not os.path.exists(args.agreement)
    try:
        return (_agreement(args.agreement, args.lang),) if is_one else versions_given(args.agreement)
    except FileError as error:
        raise _placed(error, args.lang) from error


def _readings_key(args: argparse.Namespace) -> int:
    """The secret key into a new file for its owner's eyes alone, the public one on standard output."""
    from habeas.register.sealed import KEY_LENGTH, PUBLIC, SECRET, key_text, public_of

    secret = secrets.token_bytes(KEY_LENGTH)
    write_secret(args.secret, key_text(SECRET, secret))
    public = key_text(PUBLIC, public_of(secret))
    _answer(args, lambda _: f"{public}\n", lambda _: {"habeas_readings_key": 1, "public_key": public})
    return ALL_WELL


def _witness_key(args: argparse.Namespace) -> int:
    """A witness's secret key into a new file, the public one on standard output."""
    from habeas.register.note import COSIGNER, KEY_LENGTH, Signer

    with refused_is_unusable():
        signer = Signer(args.name, secrets.token_bytes(KEY_LENGTH), COSIGNER)
    write_secret(args.secret, signer.private_text)
    public = signer.verifier.text
    _answer(args, lambda _: f"{public}\n", lambda _: {"habeas_witness_key": 1, "vkey": public})
    return ALL_WELL


def _witness_serve(args: argparse.Namespace) -> int:
    """Cosign until interrupted."""
    from habeas.register.note import COSIGNER, parse_private_key, parse_vkey
    from habeas.witness import Watch, server

    port = args.port or 8080
    with refused_is_unusable():
        witness = parse_private_key(read_text(args.secret, GREATEST_KEY).strip(), COSIGNER)
        logs = {key.name: key for key in (parse_vkey(key_given(each).strip()) for each in args.log)}
        watch = Watch(Path(args.state), logs, witness, lambda: int(time.time()))
        watch.check()
    try:
        serving = server(watch, port)
    except OSError as error:
        raise unusable("cli.port", port=port, problem=error.strerror or "") from error
    print(said("cli.witness_serving", args.lang, port=port, key=witness.verifier.text), file=sys.stderr)
    serving.serve_forever()
    return ALL_WELL


def _readings_open(args: argparse.Namespace) -> int:
    """1 when there is nothing that this key opens."""
    from habeas.documents.readings_text import opened, readings_json, readings_text

    found = opened(read_text(args.sealed, GREATEST_READINGS).splitlines(), secret_key(args.secret))
    _answer(args, readings_text, readings_json, found)
    return ALL_WELL if found else NOT_WELL


def _readings_unwrap(args: argparse.Namespace) -> int:
    """1 when there is nothing that this key opens. A key that is in the folder already stays as it is."""
    from habeas.documents.readings_text import unwrapped
    from habeas.register.files import write_file

    lines, folder = wrapped_given(args.wrapped).splitlines(), Path(args.directory)
    found = unwrapped(lines, secret_key(args.secret))
    try:
        for key_id, key in found.items():
            if not (folder / (name := f"{quote(key_id, safe='')}.key")).exists():
                write_file(folder, name, key, mode=0o700)
    except OSError as error:
        raise unusable("cli.not_written", file=str(folder), problem=error.strerror or "") from error
    count = len(found)
    _answer(
        args, lambda at: f"{said('cli.unwrapped', at, count=count)}\n", lambda _: {"habeas_unwrapped": 1, "keys": count}
    )
    return ALL_WELL if found else NOT_WELL


def _begin(args: argparse.Namespace) -> int:
    from habeas.core.messages import FileError

    args.text = read_text(args.file)
    try:
        return _serve(args)
    except FileError as error:
        raise _placed(error, args.lang) from error


def _serve(args: argparse.Namespace) -> int:
    from habeas import server

    return server.run(args.command, args)


def _demo(args: argparse.Namespace) -> int:
    from habeas import demo

    return demo.main(args)


# --- the words of the command line -----------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    """Says in one sentence, in the reader's language, what it can't understand."""

    def error(self, message: str) -> NoReturn:
        raise unusable("cli.usage", problem=message, command=self.prog)


def _parser(language: str) -> argparse.ArgumentParser:
    parser = _described(_Parser(prog="habeas", formatter_class=_AS_WRITTEN, add_help=False), "top", language)
    below = {"": parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)}
    for words, (run, arguments) in _commands(language).items():
        group, _, name = words.rpartition(" ")
        code = words.replace(" ", "_")
        summary = said(f"cli.summary_{code}", language)
        made = below[group].add_parser(name, help=summary, formatter_class=_AS_WRITTEN, add_help=False)
        _described(made, code, language).set_defaults(run=run)
        for argument, form in arguments.items():
            made.add_argument(
                argument, help=said(f"cli.option_{argument.strip('-').replace('-', '_')}", language), **form
            )
        if run is None:
            below[words] = made.add_subparsers(dest="question", required=True, metavar="COMMAND", parser_class=_Parser)
    return parser


_Run: TypeAlias = Callable[[argparse.Namespace], int]
_Arguments: TypeAlias = Mapping[str, Mapping[str, Any]]


def _commands(language: str) -> Mapping[str, tuple[_Run | None, _Arguments]]:
    """Every command: what it runs (none: others stand below it), and its arguments as argparse reads them."""
    answer: _Arguments = {
        "--format": {"choices": ("text", "json"), "default": "text"},
        "--lang": {"choices": LANGUAGES, "default": language},
    }
    port: _Arguments = {"--port": {"metavar": "P", "type": _port}}
    migrate, at = {"--migrate": {"action": "store_true"}}, {"--at": {"metavar": "MOMENT"}}
    which: _Arguments = {"--agreement": {"metavar": "A", "required": True}, "--step": {"metavar": "S"}, **at}
    signer = {"--key": {"metavar": "VKEY|FILE"}, "--policy": {"metavar": "FILE"}}
    known = {**signer, "--since": {"metavar": "FILE"}}
    secret: _Arguments = {"--secret": {"metavar": "FILE", "required": True}}
    roll: _Arguments = {"--wrapped": {"metavar": "FILE"}, "--compare": {"metavar": "FILE"}, **at}
    forms = {"--format": {**answer["--format"], "choices": ("text", "json", "csv")}}
    of_folder: Mapping[str, Any] = {"metavar": "DIR", "type": _folder}
    folder = {"directory": of_folder}
    copy: _Arguments = {"url": {"metavar": "URL"}, **folder}
    logs = {"--log": {"metavar": "VKEY|FILE", "action": "append", "required": True}}
    witness: _Arguments = {**secret, **logs, "--state": {**of_folder, "required": True}}
    layout: _Arguments = {"--out": {"metavar": "DIR", "required": True}, "--preset": {"metavar": "P"}}
    layout = {**layout, "--map": {"metavar": "FILE"}, "--identify": {"action": "store_true"}}
    layout |= {"--agreement": {"metavar": "A"}, "--convention": {"metavar": "C"}, "--write-map": {"metavar": "FILE"}}
    layout |= {"--head-count": {"metavar": "D", "action": "append"}, **ARGUMENTS}
    layout |= {"--public": {"action": "store_true"}, "--previous": {"metavar": "DIR", "action": "append"}}
    layout |= {"--engine": {"choices": ("duckdb", "spark"), "default": "duckdb"}, "--master": {"metavar": "URL"}}
    period = {"--agreement": which["--agreement"], **{each: layout[each] for each in ("--convention", "--map")}}
    period |= {each: {"metavar": "D", "required": True} for each in ("--from", "--to")}
    return {
        "verify": (_verify, {"path": {"metavar": "PATH|URL"}, **known, **answer}),
        "mirror": (_mirror, {**copy, **signer, **answer}),
        "terms": (None, {}),
        "terms check": (_terms_check, {"agreements": {"metavar": "FILE|ID|FOLDER", "nargs": "+"}, **answer}),
        "terms show": (_terms_show, {"agreement": {"metavar": "FILE|ID"}, **answer}),
        "terms diff": (_terms_diff, {"first": {"metavar": "A"}, "second": {"metavar": "B"}, **answer}),
        "screen": (_screen, {**which, "case": {"metavar": "CASE", "nargs": "+"}, **answer}),
        "audit": (_audit, {"data": {"metavar": "DATA", "nargs": "+"}, **layout, **answer}),
        "settle": (_settle, {"stints": {"metavar": "STINTS", "nargs": "+"}, **period, **answer}),
        "readings": (None, {}),
        "readings key": (_readings_key, {"secret": {"metavar": "FILE"}, **answer}),
        "readings open": (_readings_open, {"sealed": {"metavar": "FILE"}, **secret, **answer}),
        "readings unwrap": (_readings_unwrap, {"wrapped": {"metavar": "FILE"}, **folder, **secret, **answer}),
        "witness": (None, {}),
        "witness key": (_witness_key, {"name": {"metavar": "NAME"}, "secret": {"metavar": "FILE"}, **answer}),
        "witness serve": (_witness_serve, {**witness, **port, "--lang": answer["--lang"]}),
        "begin": (_begin, {"file": {"metavar": "FILE"}, **answer}),
        "adopt": (_serve, {**answer, **migrate}),
        "export": (_serve, {**folder, **answer, **migrate}),
        "check": (_serve, {**answer, **migrate}),
        "backup": (_serve, {**folder, **answer, **migrate}),
        "restore": (_serve, {"backup": of_folder, "--leaves-only": {"action": "store_true"}, **answer}),
        "roll": (_serve, {"backup": of_folder, **secret, **known, **roll, **answer, **forms}),
        "new-key": (_serve, {"party": {"metavar": "PARTY"}, **answer, **migrate}),
        "rebuild": (_serve, {**answer, **migrate}),
        "serve": (_serve, {**port, **migrate}),
        "work": (_serve, {"--once": {"action": "store_true"}, "--lang": answer["--lang"]}),
        "demo": (_demo, {"--scenario": {"metavar": "S"}, **port}),
    }


def _port(text: str) -> int:
    """A port that a server can listen on; argparse says which option was wrong."""
    if not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError(gettext("%r is no number from 1 to 65535") % text)
    return int(text)


def _folder(text: str) -> str:
    """The path of a folder: an empty one would be the folder in which somebody happens to stand."""
    if not text.strip():
        raise argparse.ArgumentTypeError(gettext("no folder is named: give its path, or . for the current one"))
    return text


_AS_WRITTEN = argparse.RawDescriptionHelpFormatter


def _described(parser: argparse.ArgumentParser, name: str, language: str) -> argparse.ArgumentParser:
    parser.description = textwrap.fill(said(f"cli.describe_{name}", language), 79)
    parser.epilog = said(f"cli.examples_{name}", language)
    parser.add_argument("-h", "--help", action="help", help=said("cli.option_help", language))
    return parser


def _language_asked(words: Sequence[str]) -> str:
    """The language of help and complaints, found before anything is understood."""
    apart = [part for each in words for part in (each.split("=", 1) if each.startswith("--lang=") else [each])]
    asked = (value for option, value in pairwise(apart) if option == "--lang" and value in LANGUAGES)
    return next(asked, None) or language_of_environment()


# --- the terminal ----------------------------------------------------------------------------------


def _never_fail_to_print() -> None:
    """A terminal that can't show a letter gets its number; it must never cost the answer."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    sys.exit(main())
