"""A claim from outside, without an account: lodged alike for everybody, linked to its case, and found again."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client

from habeas.core.entries import Actor
from habeas.core.entries.claims import ClaimDecided, ClaimLinked, ClaimOutcome, DetentionClaimed
from habeas.store import claims, read, streams
from tests.store.example import BOOKING, COURT, MONITOR, OFFICER, RECEIVER, Register
from tests.web.conftest import browser
from tests.web.test_acts import CASE, now, recorded
from tests.web.test_asking import REFERENCE
from tests.web.test_claims import REVIEWER

LODGED = {
    "sought": "Ana Fiktif",
    "ground": "citizen",
    "said": "My sister Berta saw her citizen's card",
    "asks": "return",
    "who": "Berta Example",
    "relation": "sister",
    "word": "winter river",
}
PASSED_ON = "She has a citizen's card."


@pytest.fixture
def anna(register: Register) -> Register:
    """Anna Fiktiv is held."""
    register.propose("anna", "Anna", "Fiktiv")
    register.wait(days=1)
    register.hold("anna")
    return register


def lodge(**more: str) -> str:
    """Claim at the public desk; the reference."""
    response = Client().post("/ask/claim/", {**LODGED, **more})
    assert response.status_code == 200, response.content.decode()
    found = REFERENCE.search(response.content.decode())
    assert found
    return found.group()


def collect(reference: str) -> str:
    response = Client().post("/ask/answer/", {"reference": reference, "word": LODGED["word"]})
    assert response.status_code == 200
    return unescape(response.content.decode())


def send(client: Client, address: str, **typed: str) -> int:
    return client.post(address, {**now(client, address), **typed, "step": "record"}).status_code


def link(actor: Actor = REVIEWER) -> int:
    (claim,) = claims.lodged()
    return send(browser(actor), f"/claims/{claim.id}/do/link_claim/", case="case-anna", said=PASSED_ON)


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_public_page_asks_in_both_languages_without_account_or_script(language: str, anna: Register) -> None:
    client = Client()
    client.cookies["django_language"] = language
    response = client.get("/ask/claim/")
    page = response.content.decode()
    assert response.status_code == 200
    assert {"en": "The title has run out", "es": "El título ha vencido"}[language] in page
    assert f"<title>{'Preguntas' if language == 'es' else 'Questions'}</title>" in page
    assert "<script" not in page
    assert re.findall(r"\b(?:choice|entry|act)\.[A-Za-z_.]+", page) == []


def test_nobody_unknown_learns_whether_somebody_is_held(anna: Register) -> None:
    """Linked, answered and decided, the claim about Anna comes back as the one about nobody does."""
    hers, nobodys = lodge(), lodge(sought="Nobody Atall")
    claim = next(each for each in claims.lodged() if each.made.sought == LODGED["sought"])
    address = f"/claims/{claim.id}/do/link_claim/"
    assert send(browser(REVIEWER), address, case="case-anna", said=PASSED_ON) == 302
    made = next(each for each in streams.entries("case-anna") if isinstance(each.body, DetentionClaimed))
    assert decide(made.id) == 302
    pages = [re.sub(r'name="(token|entry)" value="[^"]*"', "", collect(each)) for each in (hers, nobodys)]
    assert re.sub(r"<time.*?</time>", "", pages[0]) == re.sub(r"<time.*?</time>", "", pages[1])
    assert "Your claim is on record" in pages[0]
    assert "heard in person" not in pages[0]


def decide(claim: str) -> int:
    typed = {"claim": claim, "outcome": "dismissed", "reasons": "heard in person"}
    return send(browser(COURT), f"{CASE}do/decide_claim/", **typed)


def test_a_relative_who_has_shown_it_learns_what_became_of_the_claim(anna: Register) -> None:
    reference = lodge()
    link()
    (claim,) = claims.lodged()
    typed = {"relation": "sister", "shown_by": "a birth certificate"}
    assert "heard in person" not in collect(reference)
    assert send(browser(REVIEWER), f"/claims/{claim.id}/do/show_kinship/", **typed) == 302
    assert "a reviewer or a court has it to decide" in collect(reference)
    in_case = claims.in_case(claim)
    assert in_case is not None
    decide(in_case.made.id)
    page = collect(reference)
    assert "Dismissed" in page
    assert "heard in person" in page


@pytest.mark.parametrize("actor", [REVIEWER, MONITOR], ids=lambda each: each.role.value)
def test_a_reviewer_or_the_monitor_links_it_to_the_case_and_it_stands_there(actor: Actor, anna: Register) -> None:
    lodge()
    (waiting,) = claims.lodged()
    client = browser(actor)
    assert LODGED["sought"] in client.get("/claims/").content.decode()
    page = unescape(client.get(f"/claims/{waiting.id}/").content.decode())
    assert "Anna Fiktiv" in page
    assert "Berta Example" in page
    assert link(actor) == 302
    (claim,) = recorded(DetentionClaimed)
    assert (claim.said, claim.lodged, claim.lodged_at) == (PASSED_ON, waiting.id, waiting.lodged_at)
    assert "Anna Fiktiv" in browser(REVIEWER).get(CASE).content.decode()
    assert link(actor) == 422  # once only
    receipts = [f"/receipts/{each.id}/" for each in streams.entries(waiting.id)]
    assert [client.get(each).status_code for each in receipts] == [200, 200]
    for other in (OFFICER, RECEIVER, COURT):
        assert [browser(other).get(each).status_code for each in receipts] == [404, 404]


def test_what_both_states_will_read_begins_empty_and_not_with_the_words_of_who_claimed(anna: Register) -> None:
    lodge()
    (claim,) = claims.lodged()
    client = browser(REVIEWER)
    assert LODGED["said"] in unescape(client.get(f"/claims/{claim.id}/").content.decode())
    form = unescape(client.get(f"/claims/{claim.id}/do/link_claim/").content.decode())
    assert "What both states will read" in form
    assert LODGED["said"] not in form


def test_a_claim_with_a_name_like_nobodys_is_linked_by_the_number_of_the_case(anna: Register) -> None:
    lodge(sought="Zzyx Quorl")
    (claim,) = claims.lodged()
    client = browser(REVIEWER)
    assert "Nobody on record has a name like this" in client.get(f"/claims/{claim.id}/").content.decode()
    address = f"/claims/{claim.id}/do/link_claim/"
    assert send(client, address, case="case-nobody", said=PASSED_ON) == 422
    assert send(client, address, case="case-anna", said=PASSED_ON) == 302
    assert [each.lodged for each in recorded(DetentionClaimed)] == [claim.id]


@pytest.mark.parametrize("actor", [OFFICER, RECEIVER, BOOKING, COURT], ids=lambda each: each.role.value)
def test_nobody_else_reads_what_came_in_at_the_desk(actor: Actor, anna: Register) -> None:
    lodge()
    (claim,) = claims.lodged()
    client = browser(actor)
    assert [client.get(f"/claims/{each}/").status_code for each in (claim.id, "claim-nothing")] == [404, 404]
    assert client.get(f"/claims/{claim.id}/do/link_claim/").status_code == 404
    assert LODGED["sought"] not in client.get("/claims/").content.decode()


@pytest.mark.parametrize("actor", [OFFICER, RECEIVER], ids=lambda each: each.role.value)
def test_no_page_of_an_officer_leaves_a_trace_of_who_claimed(actor: Actor, anna: Register) -> None:
    lodge()
    link()
    entry = next(each for each in streams.entries("case-anna") if isinstance(each.body, DetentionClaimed))
    client = browser(actor)
    pages = [client.get(each).content.decode() for each in (CASE, f"{CASE}entries/{entry.id}/", "/work/")]
    assert PASSED_ON in unescape(pages[1])
    assert "The person is a citizen" in pages[0]
    for told in ("Berta", "sister", "winter", "public desk</dt><dd>", *claims.lodged()[0].id.split()):
        assert not [each for each in pages if told in each], told
    pages = [each.replace('href="/log/"', "") for each in pages]  # the page about witnesses, linked from every page
    assert not [each for each in pages if re.search(rf"\b{entry.actor.party}\b", each)]
    assert client.get(f"/receipts/{entry.id}/").status_code == 404


def test_whoever_claimed_keeps_the_proof_of_what_they_wrote(anna: Register) -> None:
    reference = lodge()
    page = Client().post("/ask/answer/", {"reference": reference, "word": LODGED["word"]}).content.decode()
    sent = dict(re.findall(r'name="(token|entry)" value="([^"]*)"', page))
    proof = Client().post("/ask/receipt/", sent).content.decode()
    assert LODGED["sought"] in proof
    assert "Berta Example" not in proof


def test_the_public_numbers_count_a_claim_once_from_when_it_came_in(anna: Register) -> None:
    lodge()
    (waiting,) = claims.lodged()
    before = claims.counts(waiting.lodged_at)
    link()
    case = read.case("case-anna")
    assert case is not None
    after = claims.counts(case.entries[-1].recorded_at)
    assert (before.made, [*before.open_by_age.values()], before.unanswered) == (1, [1, 0, 0, 0], 1)
    assert after == before


def test_what_a_claim_from_outside_became_is_read_from_the_record(anna: Register) -> None:
    lodge()
    link()
    (claim,) = claims.lodged()
    assert claim.linked == ClaimLinked(lodged=claim.id, case="case-anna", said=PASSED_ON)
    assert recorded(ClaimDecided) == []
    in_case = claims.in_case(claim)
    assert in_case is not None
    assert decide(in_case.made.id) == 302
    assert [each.outcome for each in recorded(ClaimDecided)] == [ClaimOutcome.DISMISSED]
