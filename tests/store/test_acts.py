"""The way of an act: from a command to entries, through the core, once."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from habeas.core.clocks import clocks
from habeas.core.commands import Command, Refusal
from habeas.core.entries import Actor, Body, Role
from habeas.core.entries import custody as held
from habeas.core.entries.institutions import (
    AccountEnded,
    AccountInvited,
    AgreementAdopted,
    Given,
    StayOrderIssued,
    StayOrderLifted,
)
from habeas.core.entries.procedure import NoticeServed, ProposalWithdrawn, Proposed, Unstated
from habeas.register.fields import field_digest
from habeas.store import evidence, projections, read, streams
from habeas.store.acts import NoSuchCase, Performed, perform
from habeas.store.append import append_of_system
from habeas.store.models import Account, CaseRow, LogRow
from habeas.store.records import record_of
from tests.store.example import (
    BOOKING,
    COURT,
    EE_MANAGER,
    MONITOR,
    OFFICER,
    RECEIVER,
    SE_MANAGER,
    SENDING,
    Register,
    around,
    findings,
    proposed,
)
from tests.store.test_evidence import ADDED, LETTER

REASONS = "the only one of the unit who asked for it, and whose family lives there"


def attempt(register: Register, act: str, body: Body, by: Actor, **more: object) -> Performed | Refusal:
    """Try an act now, as a form that is sent once."""
    sent = {"send_id": f"form-{LogRow.objects.count()}-{act}-{by.account}", "at": register.now, **more}
    command = Command(act=act, body=body, occurred_at=register.now, actor=by)
    return perform(command, **sent)  # type: ignore[arg-type]


def done(register: Register, act: str, body: Body, by: Actor, **more: object) -> Performed:
    """Try an act, and demand that it is done."""
    answer = attempt(register, act, body, by, **more)
    assert isinstance(answer, Performed), answer
    return answer


def refused(register: Register, act: str, body: Body, by: Actor, **more: object) -> list[str]:
    """Try an act, and demand that it is refused; the codes of the reasons."""
    answer = attempt(register, act, body, by, **more)
    assert isinstance(answer, Refusal), answer
    return [each.code for each in answer.reasons]


def propose(register: Register, given: str = "Alice", **more: object) -> Performed:
    """Propose somebody as an officer would."""
    body = proposed(given, "Example", sending=None, receiving=None, reasons=REASONS)
    return done(register, "propose", body, OFFICER, **more)


def test_a_proposal_opens_a_case_of_a_new_person(register: Register) -> None:
    (entry,) = propose(register).entries

    assert entry.stream.startswith("case-")
    assert isinstance(entry.body, Proposed)
    assert (entry.body.sending, entry.body.receiving) == (SENDING, "ee-vm")
    case = read.case(entry.stream)
    assert case is not None
    assert (case.person, case.version) == (entry.subject, 1)


def test_a_form_sent_twice_is_recorded_once(register: Register) -> None:
    first = propose(register, send_id="the same form")
    size = LogRow.objects.count()

    again = propose(register, send_id="the same form")

    assert again == Performed(entries=first.entries, repeated=True)
    assert LogRow.objects.count() == size


def test_the_same_id_from_another_account_is_another_form(register: Register) -> None:
    first = propose(register, send_id="the same form")
    other = Actor(account="officer-2", party=SENDING, role=Role.SENDING_OFFICER)

    body = proposed("Bob", "Example", reasons=REASONS)
    second = done(register, "propose", body, other, send_id="the same form")

    assert not second.repeated
    assert second.entries != first.entries


def test_a_form_that_is_changed_and_sent_again_is_answered_for_what_it_says_now(register: Register) -> None:
    (first,) = propose(register, send_id="the same form").entries

    body = proposed("Alicia", "Example", reasons="too short")
    assert refused(register, "propose", body, OFFICER, send_id="the same form") == ["policy.reasons_too_short"]
    changed = propose(register, "Alicia", send_id="the same form")

    assert not changed.repeated
    assert isinstance(changed.entries[0].body, Proposed)
    assert changed.entries[0].body.given_names == "Alicia"
    assert propose(register, send_id="the same form") == Performed(entries=(first,), repeated=True)


def test_another_file_under_the_same_form_is_kept_too(register: Register) -> None:
    (opening,) = propose(register).entries
    sent = {"case_id": opening.stream, "send_id": "the same form"}
    done(register, "add_evidence", ADDED, OFFICER, file=LETTER, **sent)

    again = done(register, "add_evidence", ADDED, OFFICER, file=LETTER, **sent)
    (other,) = done(register, "add_evidence", ADDED, OFFICER, file=LETTER + b" and its second page", **sent).entries

    assert again.repeated
    assert evidence.evidence_file(other.id) == LETTER + b" and its second page"


def test_a_refusal_records_nothing_and_gives_its_reasons(register: Register) -> None:
    size = LogRow.objects.count()

    assert refused(register, "propose", proposed("Alice", "Example"), RECEIVER) == ["permission.role"]
    assert LogRow.objects.count() == size


def test_a_person_on_record_has_one_open_case_at_most(register: Register) -> None:
    (first,) = propose(register).entries
    body = proposed("Alice", "Example", reasons=REASONS)

    assert refused(register, "propose", body, OFFICER, person=first.subject) == ["policy.open_case"]

    CaseRow.objects.update(is_open=False, person="somebody-else")  # as whoever writes to the database could
    assert refused(register, "propose", body, OFFICER, person=first.subject) == ["policy.open_case"]

    withdrawn = ProposalWithdrawn(reasons="the family moved back home in the meantime")
    done(register, "withdraw_proposal", withdrawn, OFFICER, case_id=first.stream)
    (second,) = done(register, "propose", body, OFFICER, person=first.subject).entries
    assert second.subject == first.subject
    assert second.stream != first.stream
    assert CaseRow.objects.filter(person=first.subject).count() == 2


def test_a_case_for_somebody_who_is_not_on_record_needs_no_name_of_ours(register: Register) -> None:
    with pytest.raises(NoSuchCase):
        propose(register, person="person-unknown")
    with pytest.raises(NoSuchCase):
        done(register, "report_arrival", held.Arrived(facility="tartu"), BOOKING, case_id="case-unknown")


def test_somebody_at_the_door_is_on_the_roll_at_once(register: Register) -> None:
    body = held.ArrivedUnannounced(
        agreement="se-ee-2025",
        facility="tartu",
        given_names=Unstated.REFUSED_TO_SAY,
        family_names=Unstated.NOT_KNOWN,
        born_on=Unstated.NOT_KNOWN,
        sex=Unstated.NOT_KNOWN,
        nationalities=Unstated.NOT_KNOWN,
        language=Unstated.NOT_KNOWN,
        brought_by=Unstated.NOT_KNOWN,
        circumstances=Unstated.NOT_KNOWN,
    )
    (entry,) = done(register, "report_unannounced_arrival", body, BOOKING).entries

    assert [each.id for each in read.roll("tartu", register.now)] == [entry.stream]
    tartu = read.facilities(register.now)["tartu"]
    assert (tartu.on_roll, tartu.promised) == (1, 0)
    assert "step_missing" in {each.rule for each in findings(MONITOR, register.now)}


def test_an_act_of_several_entries_is_one_append(register: Register) -> None:
    (opening,) = propose(register).entries
    notice = NoticeServed(language="sv", facts_relied_on="an invented fact", served_by="an officer")

    screened, served = done(register, "serve_notice", notice, OFFICER, case_id=opening.stream).entries

    assert (screened.kind, served.kind) == ("screened", "notice_served")
    assert (screened.version, served.version) == (1, 2)
    assert screened.recorded_at == served.recorded_at
    assert projections.rebuild().differences == ()


def test_an_order_binds_the_context_of_every_case_until_lifted(register: Register) -> None:
    (opening,) = propose(register).entries
    body = StayOrderIssued(
        court="Court",
        reference="1/26",
        given=Given.ORAL,
        cases=(opening.stream,),
        must_be_done="keep the person where they are",
    )
    assert refused(register, "issue_stay_order", body, OFFICER) == ["permission.role"]
    (issued,) = done(register, "issue_stay_order", body, COURT).entries
    assert [each.id for each in read.context("se-ee-2025", register.now).orders] == [issued.id]

    register.wait(days=1)
    lift = StayOrderLifted(order=issued.id, reasons="decided on the merits")
    done(register, "lift_stay_order", lift, COURT)

    assert read.orders(register.now)[0].lifted_at == register.now
    assert read.orders(register.now - timedelta(hours=1))[0].lifted_at is None


def test_an_order_names_only_cases_and_orders_on_record(register: Register) -> None:
    body = StayOrderIssued(
        court="Court", reference="1/26", given=Given.ORAL, cases=("case-unknown",), must_be_done="wait"
    )

    assert refused(register, "issue_stay_order", body, COURT) == ["store.no_such_case"]
    lift = StayOrderLifted(order="0" * 32, reasons="decided on the merits")
    assert refused(register, "lift_stay_order", lift, COURT) == ["store.no_such_order"]


def test_an_order_recorded_by_a_faster_clock_is_not_overlooked_by_a_slower_one(register: Register) -> None:
    (opening,) = propose(register).entries
    register.wait(minutes=5)
    body = StayOrderIssued(
        court="Court", reference="1/26", given=Given.ORAL, cases=(opening.stream,), must_be_done="wait"
    )
    done(register, "issue_stay_order", body, COURT)
    register.now -= timedelta(minutes=5)

    (again,) = propose(register, "Bob").entries

    assert again.recorded_at == register.now + timedelta(minutes=5)


def test_a_correction_names_the_digest_that_the_register_holds(register: Register) -> None:
    (opening,) = propose(register).entries
    body = held.Corrected(
        entry=opening.id, field_name="given_names", value='"Alicia"', reasons="misspelt in the file from home"
    )

    (entry,) = done(register, "correct", body, OFFICER, case_id=opening.stream).entries

    fields = record_of(LogRow.objects.get(ticket=opening.index)).fields
    old = next(each for each in fields if each.path == "body.given_names")
    assert isinstance(entry.body, held.Corrected)
    assert entry.body.old_digest == field_digest(old).hex()


def test_a_file_is_recorded_with_the_entry_that_names_it(register: Register) -> None:
    (opening,) = propose(register).entries

    (entry,) = done(register, "add_evidence", ADDED, OFFICER, case_id=opening.stream, file=LETTER).entries

    assert isinstance(entry.body, type(ADDED))
    assert entry.body.sha256 == sha256(LETTER).hexdigest()
    assert evidence.evidence_file(entry.id) == LETTER


def test_a_manager_invites_and_ends_accounts_of_their_own_party(register: Register) -> None:
    body = AccountInvited(account="officer-7", party=SENDING, role=Role.SENDING_OFFICER)
    assert refused(register, "invite_account", body, EE_MANAGER) == ["policy.own_party"]

    invited = done(register, "invite_account", body, SE_MANAGER, send_id="invitation")

    assert invited.invitation is not None
    assert done(register, "invite_account", body, SE_MANAGER, send_id="invitation").invitation is None
    assert refused(register, "invite_account", body, SE_MANAGER) == ["store.account_taken"]
    end = AccountEnded(account="officer-7", reasons="left the service")
    assert refused(register, "end_account", end, EE_MANAGER) == ["store.not_your_account"]
    done(register, "end_account", end, SE_MANAGER)
    assert Account.objects.get(username="officer-7").ended_at == register.now


def test_nothing_is_permitted_by_terms_that_the_register_did_not_adopt(register: Register) -> None:
    (opening,) = propose(register).entries
    adopted = streams.entries("agreement-se-ee-2025")[0].body
    assert isinstance(adopted, AgreementAdopted)
    of_another_version = dataclasses.replace(adopted, terms_digest="of another version")
    append_of_system("agreement-se-ee-2025", of_another_version, at=register.now)

    body = proposed("Bob", "Example", reasons=REASONS)
    assert refused(register, "propose", body, OFFICER) == ["store.not_as_adopted"]
    done(register, "report_arrival", held.Arrived(facility="tartu"), OFFICER, case_id=opening.stream)


def test_an_agreement_that_the_register_does_not_run_is_refused(register: Register) -> None:
    body = proposed("Bob", "Example", agreement="us-sv-2025", reasons=REASONS)

    assert refused(register, "propose", body, OFFICER) == ["store.not_adopted"]


def test_each_account_lists_and_finds_its_own_cases_only(register: Register) -> None:
    (alice,) = propose(register, "Alice").entries
    (bob,) = propose(register, "Bob").entries
    done(register, "report_arrival", held.Arrived(facility="tartu"), OFFICER, case_id=bob.stream)

    assert {each.id for each in read.cases(OFFICER)} == {alice.stream, bob.stream}
    assert [each.id for each in read.cases(RECEIVER)] == [bob.stream]
    assert [each.id for each in read.cases(OFFICER, "tartu")] == [bob.stream]
    assert list(read.cases(SE_MANAGER)) == []
    assert set(read.search_names("example", OFFICER)) == {alice.stream, bob.stream}
    assert read.search_names("example", RECEIVER) == (bob.stream,)
    assert read.search_names("example", SE_MANAGER) == ()


def test_a_list_begins_with_the_case_that_was_opened_last(register: Register) -> None:
    for number in range(3):
        register.wait(hours=1)
        propose(register, f"Somebody {number}")

    first, second, third = read.cases(OFFICER)

    assert first.opening.occurred_at > second.opening.occurred_at > third.opening.occurred_at


def test_a_case_can_be_read_as_it_was_known_at_a_past_moment(register: Register) -> None:
    (opening,) = propose(register).entries
    before = register.now
    register.wait(days=1)
    done(register, "report_arrival", held.Arrived(facility="tartu"), OFFICER, case_id=opening.stream)

    then, now = read.case(opening.stream, before), read.case(opening.stream)

    assert then is not None
    assert now is not None
    assert (len(then.entries), len(now.entries)) == (1, 2)
    assert read.case(opening.stream, before - timedelta(seconds=1)) is None
    assert [each.id for each in read.roll("tartu", register.now)] == [opening.stream]
    assert read.roll("tartu", before) == ()


def test_clocks_and_findings_are_those_of_the_cases_one_may_open(register: Register) -> None:
    (opening,) = propose(register).entries
    done(register, "report_arrival", held.Arrived(facility="tartu"), OFFICER, case_id=opening.stream)

    assert {each.subject for each in findings(MONITOR, register.now)} == {opening.stream}
    assert {each.case for case, near in around(MONITOR, register.now) for each in clocks(case, near, register.now)} == {
        opening.stream
    }
    assert findings(SE_MANAGER, register.now) == around(SE_MANAGER, register.now) == []


def test_nothing_of_all_this_lies_on_the_disk_in_clear(register: Register, data: Path) -> None:
    propose(register, "Zebulonia")

    assert not any(b"Zebulonia" in path.read_bytes() for path in data.rglob("*") if path.is_file())
