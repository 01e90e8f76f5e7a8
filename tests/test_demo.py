"""The demonstration, filled by the real command, holds what it says and keeps what the product promises."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
from django.test import Client, override_settings
from pytest_django import DjangoDbBlocker

from habeas.core.case import Case
from habeas.core.custody import custody, end, in_time_order
from habeas.core.entries import Actor, Entry, FieldClass, claims, procedure, specs
from habeas.core.entries import custody as held
from habeas.core.facts import CATALOGUE
from habeas.core.procedure import Stage, stage
from habeas.core.titles import title_ends_at
from habeas.core.visibility import may_open
from habeas.demo.scenario import scenario
from habeas.register.note import Signer
from habeas.register.receipt import parse_receipt
from habeas.store import proofs, read, streams
from habeas.store.models import Account, CaseRow, LogRow
from tests.browser.served import ROOT, Served, served
from tests.store.conftest import _database_at
from tests.store.example import findings
from tests.store.test_secrecy import files_with
from tests.web.conftest import BACKEND

HABEAS = Path(sys.executable).with_name("habeas")
SCENARIO = scenario("se-ee-2025")
MONITOR, OFFICER = SCENARIO.accounts["monitor"], SCENARIO.accounts["sending-officer"]
AGREEMENT, SENDING, RECEIVING = "se-ee-2025", "se-prison", "ee-prison"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> Iterator[Served]:
    """The running demonstration, and its database as this process's own."""
    with served(tmp_path_factory.mktemp("demo")) as running:
        database = running.folder / "habeas.sqlite3"
        with (
            override_settings(HABEAS_DATA=running.folder, HABEAS_DEMO=True),
            django_db_blocker.unblock(),
            _database_at(database),
        ):
            yield running


@pytest.fixture(scope="module")
def cases(demo: Served) -> tuple[Case, ...]:
    """The case of everybody, decrypted."""
    found = (read.case(each) for each in CaseRow.objects.order_by("case").values_list("case", flat=True))
    return tuple(each for each in found if each is not None)


def visit(demo: Served, account: str, *paths: str) -> str:
    """The text of pages, for an account that signs in with the printed password."""
    browser = build_opener(HTTPCookieProcessor(cookies := CookieJar()))
    browser.open(f"{demo.url}/account/sign-in/").read()
    token = next(each.value for each in cookies if each.name == "csrftoken")
    form = {"csrfmiddlewaretoken": token, "login": account, "password": demo.passwords[account]}
    browser.open(f"{demo.url}/account/sign-in/", urlencode(form).encode())
    return "".join(unescape(browser.open(demo.url + path).read().decode()) for path in paths)


def case_of(cases: tuple[Case, ...], stage_wanted: Stage, at: datetime) -> Case:
    periods = read.context(AGREEMENT, at).periods
    return next(each for each in cases if stage(each, at, periods) is stage_wanted)


def having(cases: tuple[Case, ...], body: type) -> list[Case]:
    return [each for each in cases if each.all(body)]


def habeas(*arguments: str, data: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The command as somebody at a shell would run it."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("HABEAS_", "DJANGO_"))}
    settings = {"HABEAS_DATA": str(data), "HABEAS_DEMO": "1"} if data else {}
    return subprocess.run([HABEAS, *arguments], capture_output=True, text=True, check=False, env={**plain, **settings})


@pytest.mark.parametrize("port", ["0", "65536", "eighty", "-1"])
def test_a_port_that_there_is_not_is_named_in_one_sentence(port: str) -> None:
    done = habeas("demo", "--port", port)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert f"argument --port: {port!r} is no number from 1 to 65535" in done.stderr


def test_a_port_that_is_taken_is_named_before_anything_is_filled() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = habeas("demo", "--port", str(port))

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"Port {port} can't be used (Address already in use): choose another with --port.\n"


# --- what it holds -----------------------------------------------------------------------------------------


def test_it_is_about_forty_people_over_six_weeks(cases: tuple[Case, ...]) -> None:
    begun = [each.opening.occurred_at for each in cases]

    assert 38 <= len(cases) <= 42
    assert SCENARIO.length - timedelta(days=4) <= max(begun) - min(begun) <= SCENARIO.length


def test_one_objection_is_upheld_and_that_person_stays(cases: tuple[Case, ...]) -> None:
    outcomes = Counter(each.body.outcome for case in cases for each in case.all(procedure.ObjectionReviewed))
    (upheld,) = (
        case
        for case in cases
        for each in case.all(procedure.ObjectionReviewed)
        if each.body.outcome is procedure.Upheld.UPHELD
    )

    assert outcomes == {procedure.Upheld.UPHELD: 1, procedure.Upheld.REJECTED: 1}
    assert [each.body.outcome for each in upheld.all(procedure.Decided)] == [procedure.Outcome.NO_TRANSFER]
    assert not upheld.all(held.Departed)


def test_one_person_is_refused_at_the_door_and_goes_home(cases: tuple[Case, ...]) -> None:
    (refused,) = having(cases, held.HandoverRefused)

    assert len(refused.all(held.Returned)) == 1
    assert not refused.all(held.HandoverAccepted)


def test_one_person_arrives_unannounced_and_every_missing_step_is_found(demo: Served, cases: tuple[Case, ...]) -> None:
    (unannounced,) = having(cases, held.ArrivedUnannounced)
    found = Counter(each.subject for each in findings(MONITOR, demo.now()))

    assert found[unannounced.id] > 3
    assert unannounced.all(held.RollEntered)


def test_one_court_order_stops_a_departure(demo: Served, cases: tuple[Case, ...]) -> None:
    (order,) = read.orders(demo.now())
    (stopped,) = (each for each in cases if each.id in order.cases)

    assert order.in_force(demo.now())
    assert stopped.all(held.Manifested)
    assert not stopped.all(held.DeparturePermitted)
    assert not stopped.all(held.Departed)


def test_one_title_is_about_to_run_out(demo: Served, cases: tuple[Case, ...]) -> None:
    soon = [
        each.id
        for each in cases
        if (ends := title_ends_at(each, "EST", demo.now())) and ends < demo.now() + timedelta(days=10)
    ]

    assert len(soon) == 1


def test_at_every_act_exactly_one_party_answers_for_each_person(demo: Served, cases: tuple[Case, ...]) -> None:
    contested_after = read.context(AGREEMENT, demo.now()).periods.contested_after
    for case in cases:
        moments = [each.occurred_at for each in in_time_order(case)]
        answers = [custody(case, at, contested_after) for at in moments if not ended_by(case, at)]

        assert {each.answers for each in answers if each} <= {SENDING, RECEIVING}
        assert None not in answers, case.id


def ended_by(case: Case, at: datetime) -> bool:
    last = end(case)
    return last is not None and last.entry.occurred_at <= at


def test_every_stage_from_proposal_to_return_is_there_to_be_seen(demo: Served, cases: tuple[Case, ...]) -> None:
    periods = read.context(AGREEMENT, demo.now()).periods
    seen = {stage(each, demo.now(), periods) for each in cases}

    assert seen >= {
        Stage.NOTICE_SERVED,
        Stage.OBJECTION_OPEN,
        Stage.READY_TO_DECIDE,
        Stage.CONTEST_PERIOD,
        Stage.READY_TO_ACCEPT,
        Stage.ACCEPTED,
        Stage.ON_MANIFEST,
        Stage.HELD,
        Stage.RETURN_DUE,
        Stage.ENDED,
    }


# --- what a stranger can read ------------------------------------------------------------------------------


def test_every_leaf_has_the_same_keys_and_length_and_names_nobody(demo: Served, cases: tuple[Case, ...]) -> None:
    rows = list(LogRow.objects.all())
    leaves = [bytes(each.leaf) for each in rows]
    kinds = {each.kind.encode() for each in rows}
    subjects = {each.subject.encode() for each in rows if each.subject}
    invented = (*SCENARIO.invented.given_names, *SCENARIO.invented.family_names)
    names = {each.encode() for each in invented if len(each) > 5}  # four letters stand in some hash by chance
    days = {f"{each.recorded_at:%Y-%m-%d}".encode() for each in rows}

    assert len({frozenset(json.loads(each)) for each in leaves}) == 1
    assert len({len(each) for each in leaves}) == 1
    assert min(len(kinds), len(subjects), len(names), len(days)) > 10, "there is something to be hidden"
    whole = b"\n".join(leaves)
    assert [each for each in kinds | subjects | names | days if each in whole] == []


def test_no_name_and_no_file_number_lies_in_clear_on_the_disk_or_in_the_log(
    demo: Served, cases: tuple[Case, ...]
) -> None:
    secrets = identifying(cases)
    shown = visit(demo, "monitor", "/cases/", "/cases/?page=2", *(f"/cases/{each.id}/" for each in cases[:3]))
    assert sum(each.body_name in shown for each in secrets) >= len(cases) - 2
    assert files_with(demo.folder, "demo.habeas.invalid") != []
    assert demo.log.exists()

    found = {word: files for each in secrets for word in each.words if (files := files_with(demo.log.parent, word))}

    assert found == {}


class Identifying:
    """What identifies one person: the name that pages show, and each word to look for on the disk."""

    def __init__(self, case: Case) -> None:
        body = case.opening.body
        self.body_name = f"{body.given_names} {body.family_names}"
        number = getattr(body, "home_reference", None)
        words = (body.given_names, body.family_names, self.body_name, number)
        self.words = [each for each in words if each and len(each) > 5]  # fewer letters stand in sealed text by chance


def identifying(cases: tuple[Case, ...]) -> list[Identifying]:
    return [Identifying(each) for each in cases]


# --- the register ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def exported(demo: Served, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration's register as `habeas export` writes it while the pages are served."""
    folder = tmp_path_factory.mktemp("exported") / "register"
    done = habeas("export", str(folder), data=demo.folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_the_export_verifies_with_the_printed_key(demo: Served, exported: Path) -> None:
    assert habeas("verify", str(exported), "--key", demo.log_key).returncode == 0


def test_without_a_key_the_export_is_consistent_and_that_is_not_enough(exported: Path) -> None:
    assert habeas("verify", str(exported)).returncode == 1


def test_with_the_key_of_another_log_the_export_does_not_verify(demo: Served, exported: Path) -> None:
    name = demo.log_key.split("+")[0]
    another = Signer(name, bytes(range(32))).verifier.text

    assert habeas("verify", str(exported), "--key", another).returncode == 1


def test_one_changed_byte_of_the_export_is_found(demo: Served, exported: Path, tmp_path: Path) -> None:
    copy = tmp_path / "changed"
    subprocess.run(["cp", "-r", exported, copy], check=True)
    bundle = max((each for each in copy.rglob("*") if each.is_file()), key=lambda each: each.stat().st_size)
    data = bytearray(bundle.read_bytes())
    data[len(data) // 2] ^= 1
    bundle.write_bytes(data)

    assert habeas("verify", str(copy), "--key", demo.log_key).returncode == 1


def test_the_export_names_nobody(cases: tuple[Case, ...], exported: Path) -> None:
    words = {word for each in identifying(cases) for word in each.words}

    assert [word for word in words if files_with(exported, word)] == []


def test_the_read_models_can_be_built_again_from_the_record(demo: Served) -> None:
    done = habeas("rebuild", "--format", "json", data=demo.folder)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["differences"] == []


def test_receipts_about_one_person_disclose_nothing_about_another(
    demo: Served, cases: tuple[Case, ...], tmp_path: Path
) -> None:
    alice, bob = cases[0], cases[1]
    own, others = (set(Identifying(each).words) for each in (alice, bob))
    bob_ids = {bob.id, str(bob.person), *(each.id for each in bob.entries)}
    # Of an entry that holds nothing but fitness to travel the monitor has no receipt without consent.
    texts = [receipt_text(each.id, MONITOR) for each in alice.entries if proofs.receipt(each.id, MONITOR)]

    assert len(texts) > len(alice.entries) / 2
    assert any(word in text for text in texts for word in own)
    assert [word for text in texts for word in others | bob_ids if word in text] == []
    file = tmp_path / "receipt.json"
    file.write_bytes(proofs.receipt(alice.entries[0].id, MONITOR) or b"")
    assert habeas("verify", str(file), "--key", demo.log_key).returncode == 0


def receipt_text(entry_id: str, actor: Actor) -> str:
    data = proofs.receipt(entry_id, actor)
    assert data is not None
    parse_receipt(data)
    return json.dumps(json.loads(data), ensure_ascii=False)


def test_the_officer_who_proposes_sees_the_cases_and_the_auditor_no_name(demo: Served, cases: tuple[Case, ...]) -> None:
    names = [each.body_name for each in identifying(cases)]
    officer, auditor = (visit(demo, each, "/cases/", "/cases/?page=2") for each in ("sending-officer", "auditor"))

    assert sum(each in officer for each in names) >= len(names) - 1
    assert [each for each in names if each in auditor] == []


def test_it_never_looks_into_the_future(cases: tuple[Case, ...]) -> None:
    assert max(each.recorded_at for case in cases for each in case.entries) <= datetime.now(UTC)


# --- who sees what, of every kind of entry ---------------------------------------------------------------------


def table_of_sights() -> dict[str, dict[str, str]]:
    """The published table: what each role sees of each class of fields."""
    lines = (ROOT / "docs/reference/visibility.md").read_text("utf-8").splitlines()
    header, _line, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines if line[:1] == "|")
    return {row[0].replace(" ", "_"): dict(zip(header[1:], row[1:], strict=True)) for row in rows}


SIGHTS = table_of_sights()


def denied(actor: Actor, entry: Entry, opens: bool) -> dict[str, str]:
    """The fields of an entry that the table denies to this account, by their names, with their text."""

    def is_denied(about: FieldClass) -> bool:
        sight = SIGHTS[actor.role.value][about.value]
        return sight != "all" and (sight != "own cases" or not opens)

    abouts = {each.name: each.field_class for each in specs(type(entry.body))}
    if isinstance(entry.body, procedure.FactRecorded):
        abouts = dict.fromkeys(abouts, CATALOGUE[entry.body.name].about)
    return {name: str(getattr(entry.body, name)) for name, about in abouts.items() if is_denied(about)}


def one_of_each(cases: tuple[Case, ...], actor: Actor) -> Iterator[tuple[Entry, bool]]:
    """Of each kind of entry, and of facts by what they are about, one in a case that is open to this account and one
    in a case that is not; and every entry that is in no case."""
    seen, orders = set[tuple[str, object, bool]](), read.orders()
    for case in cases:
        opens = may_open(actor, case, orders)
        for each in case.entries:
            about = CATALOGUE[each.body.name].about if isinstance(each.body, procedure.FactRecorded) else ""
            alike = (each.kind, about, opens)
            if alike not in seen:
                seen.add(alike)
                yield each, opens
    of_cases = {case.id for case in cases}
    for stream in sorted({*LogRow.objects.values_list("stream", flat=True)} - of_cases):
        yield from ((each, True) for each in streams.entries(stream))


def answers_about(browser: Client, entry: Entry) -> Iterator[tuple[str, bytes]]:
    """What each way to an entry answers, by what it is."""
    ways = {"receipt": f"/receipts/{entry.id}/", "file": f"/receipts/{entry.id}/file/"}
    if entry.stream.startswith(streams.CASE):
        ways |= {"entry": f"/cases/{entry.stream}/entries/{entry.id}/"}
        ways |= {"document": f"/cases/{entry.stream}/entries/{entry.id}/document/"}
    for name, address in ways.items():
        answer = browser.get(address)
        assert answer.status_code in {200, 404}, address
        if answer.status_code == 200:
            yield name, answer.content


@pytest.mark.parametrize("account", SCENARIO.accounts)
def test_no_way_to_an_entry_gives_a_field_that_the_table_denies(
    demo: Served, cases: tuple[Case, ...], account: str
) -> None:
    actor, told = SCENARIO.accounts[account], Counter[str]()
    browser = Client()
    browser.force_login(Account.objects.get(username=account), backend=BACKEND)
    for entry, opens in one_of_each(cases, actor):
        hidden = denied(actor, entry, opens)
        shown = " ".join(str(getattr(entry.body, each.name)) for each in specs(type(entry.body)))
        for way, answer in answers_about(browser, entry):
            told[way] += 1
            assert not hidden or len(hidden) < len(specs(type(entry.body))), (way, entry.kind)
            text = unescape(answer.decode())
            if way == "file":
                given = {each.path for each in parse_receipt(answer).disclosure.disclosed}
                assert not given & {f"body.{each}" for each in hidden}, entry.kind
            long = {name: value for name, value in hidden.items() if len(value) > 12 and shown.count(value) == 1}
            assert [name for name, value in long.items() if value in text] == [], (way, entry.kind)
    assert told["file"] > 20


@pytest.mark.parametrize("account", SCENARIO.accounts)
def test_no_page_of_a_case_nor_a_search_tells_what_the_table_denies(
    demo: Served, cases: tuple[Case, ...], account: str
) -> None:
    actor, orders = SCENARIO.accounts[account], read.orders()
    browser = Client()
    browser.force_login(Account.objects.get(username=account), backend=BACKEND)
    known = sorted(cases, key=lambda each: each.opening.recorded_at)
    settled = [each for each in known if each.all(held.Admitted)][:3]
    for case in (*settled, *(each for each in known if each.all(claims.DetentionClaimed))):
        opens = may_open(actor, case, orders)
        secret = {value for each in case.entries for value in denied(actor, each, opens).values() if len(value) > 12}
        plain = {
            str(getattr(each.body, spec.name))
            for each in case.entries
            for spec in specs(type(each.body))
            if spec.name not in denied(actor, each, opens)
        }
        answers = [browser.get(f"/cases/{case.id}/{page}") for page in ("", "looked/", "sheet/")]
        answers += [browser.get("/work/")]
        found = browser.post("/cases/", {"name": Identifying(case).body_name}).content.decode()
        assert (f"/cases/{case.id}/" in found) is (
            opens and SIGHTS[actor.role.value]["identity"] in {"all", "own cases"}
        )
        assert {each.status_code == 200 for each in answers[:1]} == {opens}
        text = unescape("".join(each.content.decode() for each in answers if each.status_code == 200))
        assert [value for value in secret - plain if value in text and not any(value in each for each in plain)] == []
