"""A party's system acts through the API: signed, once, and never more than the same account could do on the pages."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.wsgi import get_wsgi_application
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from habeas.core.entries import Actor, Role
from habeas.core.entries import custody as held
from habeas.core.entries.institutions import AccountInvited, SystemKeyGiven
from habeas.core.roll import roll_of
from habeas.register.canonical import to_base64
from habeas.register.receipt import parse_receipt
from habeas.register.verify import verify_path
from habeas.store.models import Account, LogRow
from habeas.web.api import request_text
from tests.register.passkey import SystemKey
from tests.store.example import OFFICER, RECEIVING, SENDING, Register
from tests.store.test_memory import grown
from tests.store.test_signing import CASE, OFFER, ROBOT, SYSTEM, done, let_act
from tests.web.conftest import browser

PREPARE, SIGN = "/api/v1/acts/prepare", "/api/v1/acts/sign"
SEND_ID = "0123456789abcdef"
DOCUMENT = Path(__file__).parents[2] / "docs" / "how-to" / "sign-through-the-api.md"
BODY = {"to_party": SENDING, "place": "At the gate", "fitness": "Fit"}
ACT = {"act": "offer_handover", "case": CASE, "send_id": SEND_ID, "body": BODY}


@pytest.fixture
def alice(register: Register) -> Register:
    """A register of now in which the receiving state holds Alice, and has a system."""
    register.now = datetime.now(UTC) - timedelta(hours=1)
    register.propose("alice", "Alice", "Example")
    register.hold("alice")
    offer = held.HandoverOffered(**{**_values(OFFER), "to_party": RECEIVING})
    (offered,) = register.record(CASE, offer, by=OFFICER, person="person-alice")
    register.record(CASE, held.HandoverAccepted(offer=offered.id), by=ROBOT, person="person-alice")
    let_act(register)
    return register


def _values(body: held.HandoverOffered) -> dict[str, object]:
    return {name: getattr(body, name) for name in ("to_party", "place", "documents", "property", "fitness")}


class System:
    """A client that signs its requests; each part of a signature may be done wrong."""

    def __init__(self, key: SystemKey = SYSTEM, account: str = ROBOT.account) -> None:
        self.key, self.account, self.client, self.sent = key, account, Client(), 0

    def header(self, method: str, path: str, body: bytes, *, ago: timedelta = timedelta(), nonce: str = "") -> str:
        self.sent += 1
        moment, nonce = (timezone.now() - ago).isoformat(), nonce or f"{id(self)}{self.sent:016d}"
        text = request_text(method, f"testserver{path}", body=body, moment=moment, nonce=nonce)
        return f"Habeas {self.account} {moment} {nonce} {to_base64(self.key.sign(text))}"

    def post(self, path: str, sent: object, **how: object) -> tuple[int, dict[str, object]]:
        body = json.dumps(sent).encode()
        header = self.header("POST", path, body, **how)  # type: ignore[arg-type]
        answer = self.client.post(path, body, content_type="application/json", HTTP_AUTHORIZATION=header)
        return answer.status_code, answer.json()

    def prepare(self, **changed: object) -> tuple[int, dict[str, object]]:
        return self.post(PREPARE, {**ACT, **changed})

    def sign(self, prepared: dict[str, object]) -> tuple[int, dict[str, object]]:
        digest = b64decode(str(prepared["sign"]))
        return self.post(SIGN, {"prepared": prepared["prepared"], "signature": to_base64(self.key.sign(digest))})


def codes(answer: dict[str, object]) -> list[str]:
    reasons = answer["reasons"]
    assert isinstance(reasons, list)
    for each in reasons:
        assert set(each["sentences"]) == {"en", "es"}
        assert each["sentences"]["en"] != each["code"]
        assert each["sentences"]["en"] != each["sentences"]["es"]
    return [each["code"] for each in reasons]


def refusal(system: System, **changed: object) -> tuple[int, list[str]]:
    status, answer = system.prepare(**changed)
    return status, codes(answer)


def test_a_system_prepares_signs_and_gets_a_receipt_that_names_it(alice: Register, tmp_path: Path) -> None:
    system = System()
    status, prepared = system.prepare()
    assert status == 200
    status, signed = system.sign(prepared)
    assert status == 200
    path = str(signed["receipt"])
    header = system.header("GET", path, b"")
    data = system.client.get(path, HTTP_AUTHORIZATION=header).content
    (tmp_path / "receipt.json").write_bytes(data)
    report = verify_path(tmp_path / "receipt.json", alice.vkey)
    assert (report.ok, report.party) == (True, RECEIVING)
    assert report.asserted is not None
    assert report.asserted.account == ROBOT.account
    assert {each.path: each.value for each in report.disclosed}["body.place"] == "At the gate"


def test_signing_again_answers_with_the_same_entries(alice: Register) -> None:
    system = System()
    _, prepared = system.prepare()
    (_, first), (status, again) = system.sign(prepared), system.sign(prepared)
    assert (status, again["repeated"]) == (200, True)
    assert again["entries"] == first["entries"]


def test_nobody_is_let_in_without_a_signature_of_now_by_a_key_of_the_account(alice: Register) -> None:
    system, client = System(), Client()
    assert client.post(PREPARE, ACT, content_type="application/json").status_code == 401
    signed_in = browser(Actor(account="receiver-1", party=RECEIVING, role=ROBOT.role))
    assert signed_in.post(PREPARE, ACT, content_type="application/json").status_code == 401
    assert refusal(System(key=SystemKey(seed=bytes(32)))) == (401, ["api.wrong_signature"])
    assert refusal(System(account="receiver-1")) == (401, ["api.wrong_signature"])
    assert refusal(System(account="nobody")) == (401, ["api.wrong_signature"])
    for ago in (timedelta(minutes=6), timedelta(minutes=-6)):
        status, answer = system.post(PREPARE, ACT, ago=ago)
        assert (status, codes(answer)) == (401, ["api.not_now"])
    header = system.header("POST", PREPARE, json.dumps(ACT).encode())
    for changed in (SIGN, PREPARE):
        other = client.post(changed, {**ACT, "act": "decide"}, "application/json", HTTP_AUTHORIZATION=header)
        assert (other.status_code, codes(other.json())) == (401, ["api.wrong_signature"])
    assert system.prepare()[0] == 200


def test_a_request_is_answered_once(alice: Register) -> None:
    system = System()
    assert system.post(PREPARE, ACT, nonce="a" * 20)[0] == 200
    status, answer = system.post(PREPARE, ACT, nonce="a" * 20)
    assert (status, codes(answer)) == (401, ["api.sent_before"])
    assert codes(system.post(PREPARE, ACT, nonce="short")[1]) == ["api.sent_before"]


def test_an_ended_account_or_key_acts_no_more(alice: Register) -> None:
    assert System().prepare()[0] == 200
    Account.objects.filter(username=ROBOT.account).update(is_active=False)
    assert refusal(System()) == (401, ["api.wrong_signature"])


def test_an_account_whose_row_says_another_role_acts_as_neither(alice: Register) -> None:
    assert System().prepare()[0] == 200
    Account.objects.filter(username=ROBOT.account).update(role=Role.MONITOR.value)
    assert refusal(System()) == (403, ["api.not_recorded"])


def test_the_rules_of_the_pages_are_the_rules_here(alice: Register) -> None:
    system, size = System(), LogRow.objects.count()
    assert refusal(system, act="decide", body={}) == (403, ["api.not_your_role"])
    assert refusal(system, case="case-nobody") == (404, ["api.not_there"])
    assert refusal(system, act="nothing") == (404, ["api.no_such_act"])
    for act in ("add_evidence", "claim_detention", "give_passkey"):
        assert refusal(system, act=act) == (404, ["api.no_such_act"])
    assert refusal(system, body={**BODY, "to_party": RECEIVING})[0] == 422
    assert refusal(system, body={**BODY, "to_party": "elsewhere"}) == (422, ["api.field"])
    assert refusal(system, body={**BODY, "place": 7}) == (422, ["api.field"])
    assert refusal(system, body={**BODY, "place": None}) == (422, ["api.field"])
    assert refusal(system, body={**BODY, "more": "x"}) == (422, ["api.field"])
    assert refusal(system, body=[]) == (422, ["api.not_json"])
    assert refusal(system, occurred_at="yesterday") == (422, ["api.field"])
    assert refusal(system, send_id="short") == (422, ["api.send_id"])
    assert codes(system.post(PREPARE, [])[1]) == ["api.not_json"]
    assert LogRow.objects.count() == size


def test_what_is_computed_cannot_be_dictated(alice: Register) -> None:
    body = {"agreement": "se-ee-2025", "from_on": "2026-09-01", "until_on": "2026-10-01", "amount": "1.00"}
    status, answer = System().prepare(act="issue_statement", case=None, body=body)
    assert (status, codes(answer)) == (422, ["api.field"])
    assert "amount" in str(answer)


def test_what_changed_since_or_is_not_theirs_is_a_conflict(alice: Register) -> None:
    system = System()
    _, prepared = system.prepare()
    status, answer = system.sign({**prepared, "prepared": "AAAA"})
    assert (status, codes(answer)) == (409, ["store.not_prepared"])
    other = System(key=SystemKey(seed=bytes(32)))
    digest = b64decode(str(prepared["sign"]))
    wrong = {"prepared": prepared["prepared"], "signature": to_base64(other.key.sign(digest))}
    status, answer = system.post(SIGN, wrong)
    assert (status, codes(answer)) == (422, ["register.assertion_signature_wrong"])
    assert system.sign(prepared)[0] == 200


def test_a_receipt_is_for_those_who_may_see_the_entry(alice: Register) -> None:
    system, path = System(), f"/api/v1/receipts/{alice.opening('alice').id}"
    seen = system.client.get(path, HTTP_AUTHORIZATION=system.header("GET", path, b""))
    assert parse_receipt(seen.content).leaf
    alice.propose("bob", "Bob", "Example")
    hidden = f"/api/v1/receipts/{alice.opening('bob').id}"
    answer = system.client.get(hidden, HTTP_AUTHORIZATION=system.header("GET", hidden, b""))
    assert (answer.status_code, codes(answer.json())) == (404, ["api.not_there"])
    assert system.client.post(path, {}).status_code == 405


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        """Say nothing of each request."""


@contextmanager
def listening(settings: Settings) -> Iterator[str]:
    """The pages on a port of this machine."""
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    with make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_what_is_too_long_and_a_register_that_is_behind_are_told_in_json(alice: Register, data: Path) -> None:
    before, system = LogRow.objects.count(), System()
    assert system.prepare(body={**BODY, "place": "x" * 3_000_000})[0] == 413
    prepared = system.prepare()[1]

    grown(alice, data)

    for status, answer in (system.sign(prepared), system.prepare(case="case-nobody")):
        assert (status, codes(answer)) == (503, ["server.behind"])
    assert LogRow.objects.count() == before


def test_the_client_of_the_how_to_works(alice: Register, tmp_path: Path, settings: Settings) -> None:
    client, act = re.findall(r"```(?:python|json)\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    act = act.replace("case-0123456789abcdef0123456789abcdef", CASE).replace('"se"', f'"{SENDING}"')
    secret = Ed25519PrivateKey.from_private_bytes(SYSTEM.seed)
    pem = secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for name, data in {"client.py": client.encode(), "act.json": act.encode(), "system.pem": pem}.items():
        (tmp_path / name).write_bytes(data)
    with listening(settings) as address:
        words = ["client.py", address, ROBOT.account, "system.pem", "act.json"]
        ran = subprocess.run([sys.executable, *words], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    report = verify_path(tmp_path / "receipt.json", alice.vkey)
    assert report.ok
    assert report.asserted is not None
    assert LogRow.objects.get(entry_id=ran.stdout.strip()).kind == "handover_offered"


def test_only_the_monitors_own_machine_gets_the_roll_and_it_names_nobody(alice: Register) -> None:
    theirs, key = Actor(account="monitor-machine", party="ee-oik", role=Role.MONITOR), SystemKey(bytes(range(9, 41)))
    manager = Actor(account="manager-oik", party="ee-oik", role=Role.ACCOUNT_MANAGER)
    invited = AccountInvited(account=theirs.account, party=theirs.party, role=theirs.role)
    done(alice, "invite_account", invited, manager)
    done(alice, "give_system_key", SystemKeyGiven(account=theirs.account, public_key=to_base64(key.public)), manager)
    answers = {}
    for system in (System(key, theirs.account), System()):
        header = system.header("GET", "/api/v1/roll", b"")
        answers[system.account] = system.client.get("/api/v1/roll", HTTP_AUTHORIZATION=header)

    assert (answers[ROBOT.account].status_code, codes(answers[ROBOT.account].json())) == (404, ["api.not_there"])
    assert answers[theirs.account].status_code == 200
    found = roll_of(answers[theirs.account].content.decode(), "register.example/habeas")
    assert {(each.case, each.facility, each.name) for each in found.held.values()} == {(CASE, "tartu", None)}
    assert "Alice" not in answers[theirs.account].content.decode()
