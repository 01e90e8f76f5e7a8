"""The command line: one command, one question, one answer.

Thin on purpose. It reads what it is given, asks the core or the register, and prints what `documents` writes.
Answers go to standard output, messages to standard error. Ends with 0 (all well), 1 (the answer is findings,
no, or tampered), 2 (the input can't be used: one sentence says which file, where, and what to do) or 3 (a
fault of ours). Imports late: `verify`, `screen` and `terms` run where no database or web server is installed.
"""

import argparse
import errno
import io
import json
import os
import re
import secrets
import stat
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from glob import escape, glob
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias, TypeVarTuple

from habeas.core.messages import Message, Parameter
from habeas.speech import LANGUAGES, Sayable, language_of_environment, progress, said, say, visible

if TYPE_CHECKING:
    from habeas.core.messages import FileError
    from habeas.core.terms import Agreement

ALL_WELL, NOT_WELL, UNUSABLE, OUR_FAULT = 0, 1, 2, 3
INTERRUPTED, NOT_READ = 130, 141  # as shells count SIGINT and SIGPIPE

GREATEST_TEXT = 1_000_000
GREATEST_KEY = 10_000
POINTED_AROUND = 60
GREATEST_READINGS = 1_000_000_000

_About = TypeVarTuple("_About")


class Unusable(Exception):
    """The input can't be used; `message` says in one sentence which, where, and what to do, `pointed` shows it."""

    def __init__(self, message: Sayable, pointed: str = "") -> None:
        super().__init__(message.code, dict(message.parameters))
        self.message, self.pointed = message, pointed


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Never raises, unless HABEAS_DEBUG=1 asks to see faults."""
    words = list(sys.argv[1:] if argv is None else argv)
    language = _language_asked(words)
    _never_fail_to_print()
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
        return INTERRUPTED
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
    from habeas.documents.verify_text import verify_json, verify_text
    from habeas.register import problems, verify

    if not args.path:
        raise _unusable("register.path_other", path='""')
    vkey = _key(args.key) if args.key else None
    since = read_bytes(args.since, GREATEST_TEXT) if args.since else None
    try:
        report = verify.verify_path(Path(args.path), vkey, since=since, progress=progress("cli.progress", args.lang))
    except problems.Unusable as error:
        raise Unusable(error.problem) from error
    _answer(args, verify_text, verify_json, report)
    return ALL_WELL if report.ok else NOT_WELL


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
    found = sorted(each for each in glob(f"{escape(given)}/*.toml") if not _AMENDMENT.fullmatch(each))
    if not found:
        raise _unusable("cli.no_agreement_in", folder=given)
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
    from habeas.core.case_file import CaseFileError, parse_moment, read_case_file
    from habeas.core.messages import FileError
    from habeas.core.safeguards import Step
    from habeas.core.screening import Verdict, screen
    from habeas.documents.screening_text import screening_json, screening_text

    if len(args.case) != 1:
        raise _unusable("cli.one_case", count=len(args.case))
    if args.step not in (None, *Step):
        raise _unusable("cli.step", given=args.step, known=tuple(Step))
    at = parse_moment(args.at) if args.at is not None else None
    if at is None and args.at is not None:
        raise _unusable("cli.moment", given=args.at)
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
    _answer(args, screening_text, screening_json, case, screening)
    return ALL_WELL if screening.verdict is Verdict.NO_BAR_FOUND else NOT_WELL


def _agreement(given: str, language: str, on: date | None = None) -> "Agreement":
    """The agreement of an id or a file in the version of a day, which may stand behind an @; without one, in its last.
    Raises Unusable."""
    from habeas.core.messages import FileError
    from habeas.core.versions import in_force

    name, _, day = given.rpartition("@") if not os.path.exists(given) else (given, "", "")
    amendment = _AMENDMENT.fullmatch(given)
    if amendment and os.path.exists(given):
        name, day = amendment[1] + ".toml", amendment[2]
    try:
        on = date.fromisoformat(day) if name and day else on
    except ValueError:
        raise _unusable("cli.version_day", given=given, day=day) from None
    try:
        return in_force(_versions(name or given), on)
    except FileError as error:
        raise _placed(error, language) from error


def _versions(given: str) -> "tuple[Agreement, ...]":
    """Every version of the agreement of an id; of a file, with the amendments that lie beside it."""
    from habeas import agreements
    from habeas.core.terms import parse_agreement
    from habeas.core.versions import versions

    if given in agreements.ids():
        return agreements.versions(given)
    if not os.path.exists(given):
        raise _unusable("cli.no_agreement", given=given, known=tuple(agreements.ids()))
    amendments = sorted(glob(f"{escape(given.removesuffix('.toml'))}.????-??-??.toml"))
    return versions(parse_agreement(read_text(given), given), [(each, read_text(each)) for each in amendments])


_AMENDMENT = re.compile(r"(.+)\.(\d{4}-\d\d-\d\d)\.toml")
"""The file of an amendment: that of the agreement with the day on which it begins to apply."""


def _placed(error: "FileError", language: str) -> Unusable:
    """What is wrong in a file of rules or terms, with the place before it, and for a rule the place shown."""
    from habeas.core.rules import RuleError

    place, sentence = error.place, say(error.message, language)
    said = _unusable("cli.at_place", file=place.file, line=place.line, column=place.column, sentence=sentence)
    return Unusable(said.message, _pointed(error.line, place.column - 1) if isinstance(error, RuleError) else "")


def _pointed(line: str, at: int) -> str:
    """The part of a line around a character, and below it a mark under that."""
    begins = max(0, at - POINTED_AROUND)
    shown = "".join(each if each.isprintable() else " " for each in line[begins : at + POINTED_AROUND])
    return f"\n    {shown}\n    {' ' * (at - begins)}^"


def _key(given: str) -> str:
    """The verifier key itself, or the first line of the file that holds it."""
    if not os.path.exists(given):
        return given
    return (read_text(given, GREATEST_KEY).strip().splitlines() or [""])[0]


def _readings_key(args: argparse.Namespace) -> int:
    """The secret key into a new file for its owner's eyes alone, the public one on standard output."""
    from habeas.register.sealed import KEY_LENGTH, PUBLIC, SECRET, key_text, public_of

    secret = secrets.token_bytes(KEY_LENGTH)
    try:
        with os.fdopen(os.open(args.secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(key_text(SECRET, secret) + "\n")
    except OSError as error:
        raise _unusable("cli.not_written", file=args.secret, problem=error.strerror or "") from error
    public = key_text(PUBLIC, public_of(secret))
    _answer(args, lambda _: f"{public}\n", lambda _: {"habeas_readings_key": 1, "public_key": public})
    return ALL_WELL


def _readings_open(args: argparse.Namespace) -> int:
    """1 when there is nothing that this key opens."""
    from habeas.documents.readings_text import opened, readings_json, readings_text
    from habeas.register.problems import RegisterError
    from habeas.register.sealed import SECRET, parse_key

    try:
        secret = parse_key(SECRET, read_text(args.secret, GREATEST_KEY).strip())
    except RegisterError as error:
        raise Unusable(error.problem) from error
    found = opened(read_text(args.sealed, GREATEST_READINGS).splitlines(), secret)
    _answer(args, readings_text, readings_json, found)
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


# --- reading ---------------------------------------------------------------------------------------


def read_bytes(path: str, limit: int) -> bytes:
    """The bytes of a regular file of at most `limit` bytes. Raises Unusable; never waits for a pipe."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise _unusable("cli.no_regular_file", file=path)
            data = file.read(limit + 1)
    except (OSError, ValueError) as error:
        raise _unusable(_CANNOT_READ.get(getattr(error, "errno", 0), "cli.unreadable"), file=path) from error
    if len(data) > limit:
        raise _unusable("cli.too_long", file=path, limit=limit)
    return data


def read_text(path: str, limit: int = GREATEST_TEXT) -> str:
    """The same as UTF-8 text. Raises Unusable with the line and column of the first byte that is none."""
    data = read_bytes(path, limit)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise _unusable("cli.not_utf8", file=path, line=line, column=column) from error


_CANNOT_READ = {
    errno.ENOENT: "cli.no_such_file",
    errno.ENOTDIR: "cli.no_such_file",
    errno.EISDIR: "cli.no_regular_file",
    errno.EACCES: "cli.not_allowed",
}


def _unusable(code: str, **parameters: Parameter) -> Unusable:
    return Unusable(Message(code, parameters))


# --- the words of the command line -----------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    """Says in one sentence, in the reader's language, what it can't understand."""

    def error(self, message: str) -> NoReturn:
        raise _unusable("cli.usage", problem=message, command=self.prog)


def _parser(language: str) -> argparse.ArgumentParser:
    parser = _described(_Parser(prog="habeas", formatter_class=_AS_WRITTEN, add_help=False), "top", language)
    below = {"": parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)}
    for words, (run, arguments) in _commands(language).items():
        group, _, name = words.rpartition(" ")
        summary = said(f"cli.summary_{name}", language)
        made = below[group].add_parser(name, help=summary, formatter_class=_AS_WRITTEN, add_help=False)
        _described(made, name, language).set_defaults(run=run)
        for argument, form in arguments.items():
            made.add_argument(argument, help=said(f"cli.option_{argument.strip('-')}", language), **form)
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
    migrate = {"--migrate": {"action": "store_true"}}
    which: _Arguments = {
        "--agreement": {"metavar": "A", "required": True},
        "--step": {"metavar": "S"},
        "--at": {"metavar": "MOMENT"},
    }
    known = {"--key": {"metavar": "VKEY|FILE"}, "--since": {"metavar": "FILE"}}
    return {
        "verify": (_verify, {"path": {"metavar": "PATH"}, **known, **answer}),
        "terms": (None, {}),
        "terms check": (_terms_check, {"agreements": {"metavar": "FILE|ID|FOLDER", "nargs": "+"}, **answer}),
        "terms show": (_terms_show, {"agreement": {"metavar": "FILE|ID"}, **answer}),
        "terms diff": (_terms_diff, {"first": {"metavar": "A"}, "second": {"metavar": "B"}, **answer}),
        "screen": (_screen, {**which, "case": {"metavar": "CASE", "nargs": "+"}, **answer}),
        "readings": (None, {}),
        "readings key": (_readings_key, {"secret": {"metavar": "FILE"}, **answer}),
        "readings open": (
            _readings_open,
            {"sealed": {"metavar": "FILE"}, "--secret": {"metavar": "FILE", "required": True}, **answer},
        ),
        "begin": (_begin, {"file": {"metavar": "FILE"}, **answer}),
        "adopt": (_serve, {**answer, **migrate}),
        "export": (_serve, {"directory": {"metavar": "DIR"}, **answer, **migrate}),
        "rebuild": (_serve, {**answer, **migrate}),
        "serve": (_serve, {**port, **migrate}),
        "demo": (_demo, {"--scenario": {"metavar": "S"}, **port}),
    }


def _port(text: str) -> int:
    """A port that a server can listen on; argparse says which option was wrong."""
    if not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 65535")
    return int(text)


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
