"""Write the pages of docs that the code, or a test, already says, so that nothing is written twice.

A generator is a function that gives the text of one page; `PAGES` names its file. `--check` writes nothing,
names every page that differs from the code and ends with 1 when one does.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from habeas import agreements, cli, safeguards
from habeas.audit import agreement_checks, registers
from habeas.audit.found import Check
from habeas.audit.run import CHECKS
from habeas.audit.tables import Shape
from habeas.core.clock_rules import ClockRule, Event, Owner
from habeas.core.entries import KINDS, FieldClass, FieldSpec, Role, specs
from habeas.core.facts import CATALOGUE, FactDefinition, Origin
from habeas.core.messages import Message
from habeas.core.permissions import ACTS, Act
from habeas.core.procedure import Stage
from habeas.core.released import demands, weaker, written
from habeas.core.visibility import Sight, visible
from habeas.core.waiting import NEXT
from habeas.speech import say, word

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
NOTICE = "<!-- Made by `./dev docs` from the code: change that. -->"
BAR = r"\|"  # inside a table


# --- the pages -------------------------------------------------------------------------------------


def entries() -> str:
    """Every kind of entry with its fields."""
    opening = "What the record can hold. Each kind is a fact in the past tense and never changes."
    parts = [page_of("Entries", opening)]
    for kind, body in KINDS.items():
        heads = ("field", "form", "about", "may be left open")
        fields = table(heads, map(field_row, specs(body))) if specs(body) else "No fields of its own."
        parts += [f"## `{kind}`", prose(body), fields]
    return joined(parts)


def field_row(spec: FieldSpec) -> tuple[str, ...]:
    return (f"`{spec.name}`", str(spec.form), str(spec.field_class), answers(spec))


def answers(spec: FieldSpec) -> str:
    """What stands for a value that is not there."""
    if spec.computed:
        return "worked out by Habeas"
    blank = ["left blank"] if spec.optional else []
    unstated = ["not known", "refused to say"] if spec.unstated else []
    return ", ".join(blank + unstated) or "no"


def permissions() -> str:
    """Every act with the roles that may do it."""
    opening = (
        "A *permission* is refused unless every rule is answered as it must be. A *report* of what happened "
        "is always taken. A *record* adds what others may rely on. A stay order bars *outward* acts."
    )
    heads = ("act", "sort", "writes", "by", "outward", "safeguards asked")
    return joined([page_of("Who may do what", opening), table(heads, map(act_row, ACTS.values()))])


def act_row(act: Act) -> tuple[str, ...]:
    kinds = {body: kind for kind, body in KINDS.items()}
    roles = ", ".join(words(role) for role in Role if role in act.roles)
    outward = "yes" if act.outward else ""
    return (f"`{act.name}`", str(act.sort), f"`{kinds[act.body]}`", roles, outward, act.step or "")


def visibility() -> str:
    """The table of who sees which class of fields."""
    signs = {
        Sight.ALL: "all",
        Sight.OWN: "own cases",
        Sight.SAMPLE: "of a drawn sample",
        Sight.PSEUDONYM: "a number",
        Sight.CONSENT: "with consent",
        Sight.HIDDEN: "",
    }
    rows = [(words(role), *(signs[visible(role, each)] for each in FieldClass)) for role in Role]
    opening = (
        "Enforced by the server, the same for pages, receipts and exports. An empty place means never.\n\n"
        "What is said of a fact is seen by who sees the fact, and a correction by who sees what it corrects. What no "
        "page tells a role has no receipt for it either: neither an order or a request of the public desk that is not "
        "on its lists, nor a visit of the monitor without notice before its time, nor an answer to a finding before "
        "the monitor confirmed that it names nobody."
    )
    return joined([page_of("Who sees what", opening), table(("role", *map(words, FieldClass)), rows)])


def procedure() -> str:
    """The stages of a case and what each waits for."""
    opening = "Where a case can stand, in the order of the procedure, and the acts that are then waited for."
    rows = [(words(stage), "; ".join(awaited(stage))) for stage in Stage]
    return joined([page_of("The stages of a case", opening), table(("stage", "waits for"), rows)])


def awaited(stage: Stage) -> list[str]:
    return [f"`{act}` by the {words(role)}" for act, role in NEXT.get(stage, ())]


def settings() -> str:
    """The environment variables: the first lines of `habeas/settings.py`, read without running it."""
    text = ast.get_docstring(ast.parse((ROOT / "src/habeas/settings.py").read_text("utf-8"))) or ""
    return joined([page_of("Settings", ""), text])


def commands() -> str:
    """The command line: every command with its arguments and examples, from the parser itself."""
    parser = cli._parser("en")
    parts = [page_of("Commands", parser.description or ""), indented(parser.epilog or "")]
    for name, command in subcommands(parser).items():
        rows = [argument_row(each) for each in command._actions if each.help != argparse.SUPPRESS]
        arguments = table(("argument", "meaning"), rows)
        parts += [f"## `habeas {name}`", command.description or "", arguments, indented(command.epilog or "")]
    return joined(parts)


def subcommands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def argument_row(action: argparse.Action) -> tuple[str, ...]:
    """`--format text|json` with its help, `%(default)s` filled in as argparse does."""
    value = "|".join(map(str, action.choices)) if action.choices else action.metavar
    takes = "" if action.nargs == 0 or value is None else str(value)
    names = " ".join(part for part in (", ".join(action.option_strings), takes) if part)
    return (f"`{names}`", (action.help or "") % vars(action))


def clocks() -> str:
    """Every clock of the released law and terms: whose it is, what begins and ends it, how long, and what says it."""
    opening = (
        "Periods and deadlines as data, from the files of the law and of the agreements. *Ours*: the source names no "
        "number, and the one here is Habeas's own. How to add one: [add a clock](../how-to/add-a-clock.md)."
    )
    terms = {each: agreements.agreement(each).clocks for each in agreements.ids()}
    rules = [*safeguards.read().clocks, *(clock for found in terms.values() for clock in found)]
    parts = [page_of("Clocks", opening)]
    for each in rules:
        events = {name: "; ".join(map(event, getattr(each, name))) for name in ("starts", "stops", "pauses", "resumes")}
        facts = {
            "law": each.law,
            "whose": words(each.owner),
            **events,
            "length": length(each),
            "late": each.breach and f"`{each.breach}`",
        }
        lines = [f"- {name}: {text}" for name, text in facts.items() if text]
        parts += [f"## `{each.id}`", f"{each.title.en}. *{each.cite}*", "\n".join(lines)]
    return joined(parts)


def event(each: Event) -> str:
    where = " and ".join(f"`{name}` = `{value}`" for name, value in each.where.items())
    return f"`{each.kind}`" + (f" where {where}" if where else "")


def length(rule: ClockRule) -> str:
    own = [
        f"{number} {words(unit)}" + (f" of {rule.country}" if unit == "working_days" else "")
        for unit in ("hours", "days", "working_days")
        if (number := getattr(rule, unit))
    ]
    period = [f"the agreement's `{rule.period}`"] if rule.period else []
    between = ", at least " if rule.owner is Owner.PERSON else " or, where shorter, "
    due = [f"until its own `{rule.due}`"] if rule.due else []
    return between.join([*period, *own, *due]) + (" (ours)" if rule.own_length else "")


def failures() -> str:
    """What went wrong in real agreements, and what the tests that replay each failure show."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    from tests.spec import failures as book

    for path in sorted((ROOT / "tests/spec").glob("test_failures_*.py")):
        importlib.import_module(f"tests.spec.{path.stem}")
    opening = (
        "What went wrong under real agreements, as reported, and what Habeas does about it. Each line of an answer is "
        "one test that plays the failure: *refused* means that the step is not permitted, *exposed* that it can't be "
        "done in the dark, *outside* that no software can do it. What Habeas can't see is in [limits](limits.md)."
    )
    parts = [page_of("Failures, replayed", opening)]
    for failure in book.FAILURES.values():
        heads = ("outcome", "what Habeas does", "to whom", "when", "test")
        rows = [
            (each.outcome.value, each.does, each.to, each.seen, f"`{each.test.rpartition('::')[2]}`")
            for each in sorted(set(book.FOUND), key=lambda each: (list(book.Outcome).index(each.outcome), each.test))
            if each.number == failure.number
        ]
        parts += [f"## {failure.number}, {failure.when}", f"{failure.what} *({failure.source})*", table(heads, rows)]
    return joined(parts)


def replay() -> str:
    """What the page of the replay says, worked out by playing it."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "habeas.settings")
    import django

    django.setup()
    from tests.spec.replay_page import page

    return page("us-sv-2025")


def released() -> str:
    """What this release demands of each safeguard. A register that adopted more is not lowered by this."""
    return written(demands(safeguards.read()))


def asks_less() -> list[str]:
    """Where the files demand less than what was released last: nobody lowers that in passing."""
    was = text_of(DOCS / RELEASED)
    found = weaker(demands(safeguards.read()), json.loads(was)) if was else ()
    return [say(each, "en") for each in found]


def case_json() -> str:
    """The written page on a case file, and at its end the table of the facts that the code has."""
    written, _, _ = (DOCS / "reference/case-json.md").read_text("utf-8").partition("| fact | type |")
    stated = [each for each in CATALOGUE.values() if each.origin is not Origin.TERMS]
    supplied = ", ".join(f"`{each.name}`" for each in CATALOGUE.values() if each.origin is Origin.TERMS)
    listed = table(("fact", "type", "values", "evidence"), map(fact_row, stated))
    return f"{written}{listed}\n\nWhat the agreement and the question supply can't be stated: {supplied}.\n"


def fact_row(fact: FactDefinition) -> tuple[str, ...]:
    codes = "countries" if fact.countries else ", ".join(f"`{code}`" for code in fact.codes)
    return (f"`{fact.name}`", f"`{fact.type}`", codes, ", ".join(f"`{kind}`" for kind in fact.settled_by))


RELEASED = "../src/habeas/safeguards/released.json"


def audit_checks() -> str:
    """What `habeas audit` asks of each shape of data."""
    opening = (
        "A finding names its check in `findings.csv`. Each is asked where the file has the columns that it needs, "
        "and the report names those that could not be asked. Some are asked of two shapes given together, or of two "
        "files of one."
    )
    parts = [page_of("What an audit asks", opening)]
    every = {**CHECKS, Shape.STINTS: (*CHECKS[Shape.STINTS], *registers.CHECKS, *agreement_checks.CHECKS)}
    for shape, checks in every.items():
        rows = map(check_row, checks)
        parts += [f"## `{shape}`", table(("check", "how sure", "what it means", "needs"), rows)]
    return joined(parts)


def check_row(check: Check) -> tuple[str, ...]:
    title, means = (say(Message(f"audit.{each}_{check.id}"), "en").rstrip(".") for each in ("title", "check"))
    needs = ", ".join(f"`{name}`" for name in check.needs)
    return (f"`{check.id}`", word(f"audit.severity_{check.severity}", "en"), f"{title}. {means}.", needs)


PAGES: dict[str, Callable[[], str]] = {
    RELEASED: released,  # first: the replay is played under it
    "reference/commands.md": commands,
    "reference/case-json.md": case_json,
    "reference/audit-checks.md": audit_checks,
    "reference/entries.md": entries,
    "reference/permissions.md": permissions,
    "reference/visibility.md": visibility,
    "reference/procedure.md": procedure,
    "reference/settings.md": settings,
    "reference/clocks.md": clocks,
    "explanation/failures.md": failures,
    "../src/habeas/demo/replays/us-sv-2025.json": replay,
}


def every_page() -> dict[str, Callable[[], str]]:
    """The pages above, and those whose number depends on the data: the rule book."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    from tools import rule_book

    return {**PAGES, **rule_book.pages()}


def left_over() -> list[Path]:
    """Pages of the rule book that nothing says any more."""
    pages = {DOCS / name for name in every_page()}
    return [path for path in sorted((DOCS / "rule-book").rglob("*.md")) if path not in pages]


# --- Markdown --------------------------------------------------------------------------------------


def words(name: str) -> str:
    return name.replace("_", " ")


def prose(thing: type) -> str:
    """The docstring. A dataclass without one has its signature there, which is no prose."""
    text = inspect.getdoc(thing) or ""
    return "" if text.startswith(f"{thing.__name__}(") else text


def page_of(title: str, opening: str) -> str:
    return joined([NOTICE, f"# {title}", opening]).rstrip("\n")


def joined(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"


def indented(text: str) -> str:
    """As a block that Markdown shows as written."""
    return f"```\n{text.strip()}\n```" if text.strip() else ""


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', BAR) for cell in line)} |" for line in lines)


# ---------------------------------------------------------------------------------------------------


def stale() -> list[str]:
    """The names of the pages that are not what the code says."""
    changed = [name for name, page in every_page().items() if text_of(DOCS / name) != page()]
    return changed + [str(path.relative_to(DOCS)) for path in left_over()]


def text_of(path: Path) -> str | None:
    return path.read_text("utf-8") if path.exists() else None


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write the generated pages of docs.")
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 when a page differs")
    parser.add_argument("--ask-less", action="store_true", help="release safeguards that ask less than the last ones")
    asked = parser.parse_args(arguments)
    if asked.check:
        found = stale()
        for name in found:
            print(f"docs/{name} is not what the code says: run ./dev docs.")
        return 1 if found else 0
    less = [] if asked.ask_less else asks_less()
    for sentence in less:
        print(sentence)
    if less:
        print("Nothing was written. A release that asks less is made on purpose: tools/generate.py --ask-less")
        return 1
    for path in left_over():
        path.unlink()
    for name, page in every_page().items():
        text = page()
        if text_of(DOCS / name) != text:
            (DOCS / name).parent.mkdir(parents=True, exist_ok=True)
            (DOCS / name).write_text(text, "utf-8")
            safeguards.read.cache_clear()
            print(f"docs/{name} written.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
