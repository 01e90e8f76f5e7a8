"""The command line: one command, one question, one answer.

Thin on purpose. It reads what it is given, asks the core or the register, and prints what `documents` writes.
Answers go to standard output, messages to standard error. Ends with 0 (all well), 1 (the answer is findings,
no, or tampered), 2 (the input can't be used: one sentence says which file, where, and what to do) or 3 (a
fault of ours). Imports late: `verify`, `screen` and `terms` run where no database or web server is installed.
"""

from __future__ import annotations

import argparse
import errno
import json
import os
import stat
import sys
import textwrap
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from habeas.core.messages import Message, Parameter
from habeas.speech import LANGUAGES, Sayable, language_of_environment, say, visible

if TYPE_CHECKING:
    from habeas.core.rules import Place
    from habeas.core.terms import Agreement

ALL_WELL, NOT_WELL, UNUSABLE, OUR_FAULT = 0, 1, 2, 3

GREATEST_TEXT = 1_000_000
GREATEST_KEY = 10_000


class Unusable(Exception):
    """The input can't be used; `message` says in one sentence which, where, and what to do."""

    def __init__(self, message: Sayable) -> None:
        super().__init__(message.code, dict(message.parameters))
        self.message = message


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Never raises, unless HABEAS_DEBUG=1 asks to see faults."""
    words = list(sys.argv[1:] if argv is None else argv)
    language = _language_asked(words)
    _never_fail_to_print()
    try:
        code = _run(words, language)
        sys.stdout.flush()
        return code
    except Unusable as error:
        return _complain(error.message, language, UNUSABLE)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else UNUSABLE
    except BrokenPipeError:
        # The reader (`head`, a closed pager) has had enough. Nothing may be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ALL_WELL
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if os.environ.get("HABEAS_DEBUG") == "1":
            raise
        fault = {"fault": type(error).__name__, "detail": str(error)[:200]}
        return _complain(Message("cli.our_fault", fault), language, OUR_FAULT)


def _run(words: list[str], language: str) -> int:
    args = _parser(language).parse_args(words)
    command: Callable[[argparse.Namespace], int] = args.run
    return command(args)


def _complain(message: Sayable, language: str, code: int) -> int:
    print(f"habeas: {visible(say(message, language))}", file=sys.stderr)
    return code


def _answer(args: argparse.Namespace, text: Callable[[], str], document: Callable[[], object]) -> None:
    """Print the answer in the form that was asked for."""
    if args.format == "json":
        print(json.dumps(document(), ensure_ascii=False, indent=2))
    else:
        print(text(), end="")


# --- commands --------------------------------------------------------------------------------------


def _verify(args: argparse.Namespace) -> int:
    from habeas.documents.verify_text import verify_json, verify_text
    from habeas.register import problems, verify

    vkey = _key(args.key) if args.key else None
    since = read_bytes(args.since, GREATEST_TEXT) if args.since else None
    progress = _Progress(args.lang)
    try:
        report = verify.verify_path(Path(args.path), vkey, since=since, progress=progress)
    except problems.Unusable as error:
        raise Unusable(error.problem) from error
    progress.done()
    _answer(args, lambda: verify_text(report, args.lang), lambda: verify_json(report, args.lang))
    return ALL_WELL if report.ok else NOT_WELL


def _screen(args: argparse.Namespace) -> int:
    from habeas import safeguards
    from habeas.core.case_file import CaseFileError, read_case_file
    from habeas.core.safeguards import Step
    from habeas.core.screening import Verdict, screen
    from habeas.documents.screening_text import screening_json, screening_text

    if len(args.case) != 1:
        raise _unusable("cli.one_case", count=len(args.case))
    if args.step not in (None, *Step):
        raise _unusable("cli.step", given=args.step, known=tuple(Step))
    at = _moment(args.at) if args.at is not None else None
    agreement = _agreement(args.agreement, args.lang)
    try:
        case = read_case_file(read_bytes(args.case[0], GREATEST_TEXT), args.case[0])
    except CaseFileError as error:
        raise Unusable(error.message) from error
    screening = screen(
        case.case_facts,
        step=args.step or case.step,
        agreement=agreement,
        safeguards=safeguards.read(),
        at=at or case.as_of,
    )
    _answer(
        args,
        lambda: screening_text(case, screening, args.lang),
        lambda: screening_json(case, screening, args.lang),
    )
    return ALL_WELL if screening.verdict is Verdict.NO_BAR_FOUND else NOT_WELL


def _moment(text: str) -> datetime:
    from habeas.core.case_file import parse_moment

    moment = parse_moment(text)
    if moment is None:
        raise _unusable("cli.moment", given=text)
    return moment


def _agreement(given: str, language: str) -> Agreement:
    """The agreement of an id, or of a file. Raises Unusable."""
    from habeas import agreements
    from habeas.core.terms import TermsError, parse_agreement

    if given in agreements.ids():
        return parse_agreement(agreements.read(given), f"{given}.toml")
    if not os.path.exists(given):
        raise _unusable("cli.no_agreement", given=given, known=tuple(agreements.ids()))
    try:
        return parse_agreement(read_text(given), given)
    except TermsError as error:
        raise Unusable(_placed(error.message, error.place, language)) from error


def _placed(message: Message, place: Place, language: str) -> Message:
    """A message about a rule or a term, which says what is wrong there, with the place before it."""
    sentence = say(message, language)
    return Message(
        "cli.at_place",
        {"file": place.file, "line": place.line, "column": place.column, "sentence": sentence},
    )


def _key(given: str) -> str:
    """The verifier key itself, or the first line of the file that holds it."""
    if not os.path.exists(given):
        return given
    return (read_text(given, GREATEST_KEY).strip().splitlines() or [""])[0]


def _serve(args: argparse.Namespace) -> int:
    from habeas import server

    code: int = server.run(args.command, args)
    return code


# --- reading ---------------------------------------------------------------------------------------


def read_bytes(path: str, limit: int) -> bytes:
    """The bytes of a regular file of at most `limit` bytes. Raises Unusable; never waits for a pipe."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as file:
            mode = os.fstat(descriptor).st_mode
            if not stat.S_ISREG(mode):
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

    language = LANGUAGES[0]

    def error(self, message: str) -> NoReturn:
        raise _unusable("cli.usage", problem=message, command=self.prog)


def _parser(language: str) -> argparse.ArgumentParser:
    parser = _described(_Parser(prog="habeas", formatter_class=_AS_WRITTEN, add_help=False), "top", language)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)

    def command(name: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        summary = _word(f"cli.summary_{name}", language)
        made = commands.add_parser(name, help=summary, formatter_class=_AS_WRITTEN, add_help=False)
        made.set_defaults(run=run)
        return _described(made, name, language)

    def option(parser: argparse.ArgumentParser, *names: str, **more: object) -> None:
        key = names[-1].strip("-").replace("-", "_")
        parser.add_argument(*names, help=_word(f"cli.option_{key}", language), **more)  # type: ignore[arg-type]

    verify = command("verify", _verify)
    option(verify, "path", metavar="PATH")
    option(verify, "--key", metavar="VKEY|FILE")
    option(verify, "--since", metavar="FILE")
    _answers(verify, language)

    screen = command("screen", _screen)
    option(screen, "--agreement", metavar="A", required=True)
    option(screen, "--step", metavar="S")
    option(screen, "--at", metavar="MOMENT")
    option(screen, "case", metavar="CASE", nargs="+")
    _answers(screen, language)

    export = command("export", _serve)
    option(export, "directory", metavar="DIR")
    command("rebuild", _serve)
    serve = command("serve", _serve)
    demo = command("demo", _serve)
    option(demo, "--scenario", metavar="S")
    for each in (serve, demo):
        option(each, "--port", metavar="P", type=int)
    return parser


_AS_WRITTEN = argparse.RawDescriptionHelpFormatter


def _described(parser: argparse.ArgumentParser, name: str, language: str) -> argparse.ArgumentParser:
    parser.description = textwrap.fill(_word(f"cli.describe_{name}", language), 79)
    parser.epilog = _word(f"cli.examples_{name}", language)
    parser.add_argument("-h", "--help", action="help", help=_word("cli.option_help", language))
    return parser


def _answers(parser: argparse.ArgumentParser, language: str) -> None:
    form, lang = _word("cli.option_format", language), _word("cli.option_lang", language)
    parser.add_argument("--format", choices=("text", "json"), default="text", help=form)
    parser.add_argument("--lang", choices=LANGUAGES, default=language, help=lang)


def _word(code: str, language: str) -> str:
    return say(Message(code), language)


def _language_asked(words: Sequence[str]) -> str:
    """The language of help and complaints, found before anything is understood."""
    for at, each in enumerate(words):
        asked = each.partition("=")[2] if each.startswith("--lang=") else ""
        if each == "--lang" and at + 1 < len(words):
            asked = words[at + 1]
        if asked in LANGUAGES:
            return asked
    return language_of_environment()


# --- the terminal ----------------------------------------------------------------------------------


class _Progress:
    """Shows on a terminal how far work has come, once it has lasted two seconds."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._began = time.monotonic()
        self._shown = 0.0

    def __call__(self, done: int, of: int) -> None:
        now = time.monotonic()
        if now - self._began < 2 or now - self._shown < 0.5 or not sys.stderr.isatty():
            return
        self._shown = now
        sentence = say(Message("cli.progress", {"done": done, "of": of}), self._language)
        print(f"\r{sentence}", end="", file=sys.stderr, flush=True)

    def done(self) -> None:
        if self._shown:
            print(file=sys.stderr)


def _never_fail_to_print() -> None:
    """A terminal that can't show a letter gets its number; it must never cost the answer."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    sys.exit(main())
