"""How long pages take as the record grows: the same pages of a register of 10,000 entries and of a longer one, in turn.

Each register has a database, a data folder and a process of its own, which answers through all of Django as in
production, one request at a time, for another case each time. What fills them, and what of it is invented, is said in
`tests.bench.filling`.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from tests.torture.databases import TO_MEASURE

BASE = 10_000
SIZES = (100_000, 1_000_000, 5_000_000)
MOST = 1.5
"""DESIGN section 10: a page of a case at the 99th percentile, against a register with few people."""
SECONDS_MOST = 20.0  # for one page at one size; slow pages are asked for less often
OF_A_CASE = ("case, officer", "case, monitor", "entry", "receipt")
PAGES = (
    "case, officer", "entry", "receipt", "cases, officer", "cases, monitor", "cases, counsel", "roll", "work", "log",
    "case, monitor", "figures",
)  # fmt: skip
"""In this order: the last two have the public figures counted, in a thread beside them, and this takes long."""


def main(folder: Path, asked: dict[str, Any]) -> list[dict[str, object]]:
    name, shortest = asked["database"], min(BASE, asked["most"] // 2)
    small, large = TO_MEASURE[name](folder / "small"), TO_MEASURE[name](folder / "large")
    try:
        fill(small.owner, shortest)
        found: list[dict[str, object]] = []
        fill(large.owner, shortest)
        for size in [each for each in SIZES if each <= asked["most"]] or [asked["most"]]:
            began = time.monotonic()
            fill(large.owner, size)
            print(f"{name}: {size} entries after {time.monotonic() - began:.0f} s", file=sys.stderr)
            with answering(small.environment) as base, answering(large.environment) as grown:
                found += [each for page in PAGES for each in compared(name, page, size, base, grown, asked)]
        return found
    finally:
        small.stop()
        large.stop()


def fill(environment: dict[str, str], size: int) -> None:
    command = ["nice", sys.executable, "-W", "ignore", "-m", "tests.bench.filling", str(size)]
    subprocess.run(command, env={**os.environ, **environment}, check=True, stdout=sys.stderr)


Ask = Callable[..., Any]


@contextmanager
def answering(environment: dict[str, str]) -> Iterator[Ask]:
    """A process that answers for one register, and a way to ask it."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.bench.pages", "answer"]
    with subprocess.Popen(
        command, env={**os.environ, **environment, "HABEAS_DEMO": "1"}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip

        def ask(page: str, *, is_counted: bool = False) -> float:
            """What was measured; less than nothing where the figures are still being counted."""
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps([page, is_counted]) + "\n")
            process.stdin.flush()
            value, status = json.loads(process.stdout.readline())
            return -float(value) if status == 503 else float(value)

        yield ask
        assert process.stdin is not None
        process.stdin.close()


def compared(
    name: str, page: str, size: int, base: Ask, grown: Ask, asked: dict[str, Any]
) -> Iterator[dict[str, object]]:
    """The page of the two in turn: at the median, at the 95th percentile and, of a case, at the 99th."""
    before, after = [], []
    first = abs(base(page)), abs(grown(page))
    wanted, until = asked["requests"] * (3 if page in OF_A_CASE else 1), time.monotonic() + SECONDS_MOST
    while len(before) < wanted and (len(before) < 3 or time.monotonic() < until):
        before.append(abs(base(page)))
        after.append(abs(last := grown(page)))
    statements = abs(base(page, is_counted=True)), abs(grown(page, is_counted=True))
    at = {"p50": (median(before), median(after))}
    at |= {f"p{each}": (part(before, each), part(after, each)) for each in (95, 99)}
    if page not in OF_A_CASE:
        del at["p99"]
    for label, (was, now) in at.items():
        aim = {"most": MOST} if label == "p99" else {}
        note = f"{now:.1f} ms against {was:.1f} ms, {len(before)} requests"
        if label == "p50":
            note += f"; the first {first[1]:.0f} against {first[0]:.0f} ms"
            note += f"; {statements[1]:.0f} against {statements[0]:.0f} statements"
            note += "; still being counted" if last < 0 else ""
        yield {"name": f"{name}, {size:,} entries: {page}, {label}", "rounds": [now / was], "note": note, **aim}


def part(times: list[float], hundredth: int) -> float:
    return quantiles(times, n=100, method="inclusive")[hundredth - 1]


# --- the process that answers ----------------------------------------------------------------------


def answer() -> None:
    """Read which page is asked for from standard input, and say how many milliseconds it took, or how many statements,
    and with which status it was answered."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "habeas.settings")
    django.setup()
    from django.conf import settings
    from django.test import Client

    from tests.bench.filling import COUNSEL
    from tests.store.example import BOOKING, MONITOR, OFFICER

    settings.HABEAS_POLICY = settings.HABEAS_DATA / "policy"
    static = settings.HABEAS_DATA / "static"  # of its own: whoever begins to answer reads all that lies there
    static.mkdir(exist_ok=True)
    settings.STATIC_ROOT = str(static)
    officer, monitor, booking, counsel = map(signed_in, (OFFICER, MONITOR, BOOKING, COUNSEL))
    asked = {
        "case, officer": (officer, of_a_case("")),
        "case, monitor": (monitor, of_a_case("")),
        "entry": (officer, of_a_case("entries/{entry}/")),
        "receipt": (officer, lambda: f"/receipts/{drawn_entry(drawn())}/"),
        "cases, officer": (officer, lambda: "/cases/"),
        "cases, monitor": (monitor, lambda: "/cases/"),
        "cases, counsel": (counsel, lambda: "/cases/"),
        "roll": (booking, lambda: "/facilities/tartu/"),
        "work": (officer, lambda: "/work/"),
        "log": (Client(headers={"host": "127.0.0.1"}), lambda: "/log/"),
        "figures": (Client(headers={"host": "127.0.0.1"}), lambda: "/figures/"),
    }
    for line in sys.stdin:
        page, is_counted = json.loads(line)
        client, path_of = asked[page]
        path = path_of()
        with counted() as count:
            began = time.perf_counter()
            response = client.get(path)
            took = (time.perf_counter() - began) * 1000
        is_there = response.status_code == 200 or (path, response.status_code) == ("/figures/", 503)  # being counted
        assert is_there, f"{path}: {response.status_code}"
        print(json.dumps([len(count) if is_counted else took, response.status_code]), flush=True)


def signed_in(actor: Any) -> Any:
    """A browser in which an account of this actor is signed in."""
    from django.test import Client

    from habeas.store import accounts
    from habeas.store.models import Account
    from tests.store.example import START, invited

    if not Account.objects.filter(username=actor.account).exists():
        accounts.accept(invited(actor).token, "four invented words here", at=START)
    account = Account.objects.get(username=actor.account)
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(account, backend="habeas.store.accounts.AsRecorded")
    return client


def of_a_case(rest: str) -> Callable[[], str]:
    def path() -> str:
        case = drawn()
        return f"/cases/{case}/" + (rest.format(entry=drawn_entry(case)) if rest else "")

    return path


def drawn() -> str:
    """A case by chance."""
    from habeas.store.models import CaseRow

    return str(CaseRow.objects.filter(case__gte=f"case-{secrets.token_hex(2)}").order_by("case")[0].case)


def drawn_entry(case: str) -> str:
    """One of the first entries of a case, the most of them different."""
    from habeas.store.models import LogRow

    return LogRow.objects.values_list("entry_id", flat=True).get(stream=case, version=secrets.randbelow(9))


@contextmanager
def counted() -> Iterator[list[str]]:
    """What is asked of the database meanwhile: through Django, and past it."""
    from django.db import connection

    from habeas.store import statements

    found: list[str] = []

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found.append(sql)
        return execute(sql, params, many, context)

    ask = statements._ask

    def asked(*questions: Any) -> Any:
        found.extend(statement for statement, _ in questions)
        return ask(*questions)

    statements._ask = asked
    try:
        with connection.execute_wrapper(count):
            yield found
    finally:
        statements._ask = ask


if __name__ == "__main__":
    if sys.argv[1] == "answer":
        answer()
    else:
        print(json.dumps(main(Path(sys.argv[1]), json.loads(sys.argv[2]))))
