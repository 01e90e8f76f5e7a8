"""The table of acts: everything that can be done, how strictly it is asked, and who may do it.

*Permissions* are refused unless every rule is answered as it must be. *Reports* of what happened are
always taken. *Records* add what others may rely on; only their form and their author are checked.
When an act may be done is `core.policies`' question.
"""

from collections.abc import Collection, Mapping
from dataclasses import KW_ONLY, dataclass
from enum import StrEnum
from functools import partial

from habeas.core.case import Case
from habeas.core.custody import offers
from habeas.core.entries import (
    Actor,
    Body,
    Role,
    asking,
    claims,
    custody,
    erasure,
    family,
    institutions,
    money,
    orders,
    oversight,
    procedure,
)
from habeas.core.messages import Message
from habeas.core.orders import StayOrder
from habeas.core.visibility import may_open


class Sort(StrEnum):
    """How strictly an act is asked."""

    PERMISSION = "permission"
    REPORT = "report"
    RECORD = "record"


@dataclass(frozen=True, slots=True)
class Act:
    """One act. `step` names the safeguards asked anew before it; `outward` acts are barred by a stay."""

    name: str
    body: type
    roles: Collection[Role]
    _: KW_ONLY
    sort: Sort
    step: str | None = None
    outward: bool = False
    opens_case: bool = False
    on_case: bool = True


_SENDING = {Role.SENDING_OFFICER, Role.SENDING_DECIDER}
_RECEIVING = {Role.RECEIVING_OFFICER, Role.BOOKING_OFFICER}
_ABOARD = {Role.SENDING_OFFICER, Role.ESCORT}
_HANDS = {*_ABOARD, *_RECEIVING}
_BENCH = {Role.REVIEWER, Role.COURT}
_CHECKERS = {*_SENDING, *_BENCH, Role.RECEIVING_OFFICER}
_SPEAKERS = {Role.COUNSEL, Role.MONITOR, Role.SENDING_OFFICER}
_SEEKERS = {Role.SENDING_OFFICER, Role.RECEIVING_OFFICER}
_LODGE = {Role.COUNSEL, Role.MONITOR, Role.REVIEWER, Role.SYSTEM}  # the log itself, for whoever has no account
_MONITOR = {Role.MONITOR}
_STATES = {*_SENDING, Role.RECEIVING_OFFICER}
_ANYONE = {*_SENDING, *_RECEIVING, Role.ESCORT, *_BENCH, Role.COUNSEL, Role.MONITOR}
_WORD_GIVERS = {Role.SENDING_OFFICER, Role.BOOKING_OFFICER, Role.COUNSEL, Role.MONITOR}


_permission = partial(Act, sort=Sort.PERMISSION)
_report = partial(Act, sort=Sort.REPORT)
_record = partial(Act, sort=Sort.RECORD)

_ALL = (
    _permission("propose", procedure.Proposed, {Role.SENDING_OFFICER}, opens_case=True),
    _record("add_evidence", procedure.EvidenceAdded, _ANYONE - {Role.ESCORT, Role.MONITOR}),
    _record("record_fact", procedure.FactRecorded, {*_CHECKERS, Role.COUNSEL}),
    _record("record_allegation", procedure.AllegationRecorded, {*_SENDING, Role.RECEIVING_OFFICER}),
    _record("verify_fact", procedure.FactVerified, _CHECKERS),
    _report("contest_fact", procedure.FactContested, {*_SPEAKERS, *_BENCH}),
    _record("review_fact", procedure.FactReviewed, _BENCH),
    _report("record_assertion", procedure.AssertionMade, _ANYONE),
    _record("decide_assertion", procedure.AssertionDecided, _BENCH),
    _record("record_title", procedure.TitleRecorded, {*_SENDING, Role.RECEIVING_OFFICER, Role.COURT}),
    _record("end_title", procedure.TitleEnded, {*_SENDING, Role.RECEIVING_OFFICER, *_BENCH}),
    _record("serve_notice", procedure.NoticeServed, {Role.SENDING_OFFICER}, step="screening"),
    _report("raise_objection", procedure.ObjectionRaised, {Role.COUNSEL, Role.MONITOR, *_SENDING}),
    _record("review_objection", procedure.ObjectionReviewed, _BENCH),
    _permission("decide", procedure.Decided, {Role.SENDING_DECIDER}, step="decision", outward=True),
    _record("serve_decision", procedure.DecisionServed, _SENDING),
    _permission("accept_transfer", procedure.TransferAccepted, {Role.RECEIVING_OFFICER}, step="decision", outward=True),
    _record("decline_transfer", procedure.TransferDeclined, {Role.RECEIVING_OFFICER}),
    _record("withdraw_proposal", procedure.ProposalWithdrawn, _SENDING),
    _permission("put_on_manifest", custody.Manifested, {Role.SENDING_OFFICER}, step="departure", outward=True),
    _record("take_off_manifest", custody.TakenOffManifest, _SENDING),
    _permission("permit_departure", custody.DeparturePermitted, {Role.SENDING_OFFICER}, step="departure", outward=True),
    _report("report_departure", custody.Departed, _HANDS),
    _report("report_unproposed_departure", custody.DepartedUnproposed, _ABOARD, opens_case=True),
    _permission("offer_handover", custody.HandoverOffered, _HANDS, step="handover", outward=True),
    _report("report_arrival", custody.Arrived, _HANDS),
    _report("report_unannounced_arrival", custody.ArrivedUnannounced, _RECEIVING, opens_case=True),
    _permission("accept_handover", custody.HandoverAccepted, _HANDS, step="handover", outward=True),
    _record("refuse_handover", custody.HandoverRefused, _HANDS),
    _report("report_refusal_at_door", custody.RefusedAtDoor, _HANDS),
    _report("admit", custody.Admitted, _RECEIVING),
    _report("enter_roll", custody.RollEntered, _RECEIVING),
    _report("move", custody.Moved, _RECEIVING),
    _report("begin_absence", custody.AbsenceBegan, _RECEIVING),
    _report("end_absence", custody.AbsenceEnded, _RECEIVING),
    _report("report_injury", custody.Injured, _ANYONE),
    _record("set_return_due", custody.ReturnDue, {*_SENDING, Role.RECEIVING_OFFICER, *_BENCH}),
    _report("report_return", custody.Returned, _HANDS),
    _report("report_release", custody.Released, _HANDS),
    _report("report_transfer_on", custody.TransferredOn, _HANDS),
    _report("report_death", custody.Died, _ANYONE),
    _report("report_escape", custody.Escaped, _HANDS),
    _record("confirm_end", custody.EndConfirmed, _ANYONE),
    _record("correct", custody.Corrected, _ANYONE),
    _report("claim_detention", claims.DetentionClaimed, {Role.COUNSEL, Role.MONITOR}),
    _record("answer_claim", claims.ClaimAnswered, {*_SENDING, Role.RECEIVING_OFFICER}),
    _record("decide_claim", claims.ClaimDecided, _BENCH),
    _record("link_claim", claims.ClaimLinked, {Role.MONITOR, Role.REVIEWER}, on_case=False),
    _record("name_counsel", claims.CounselNamed, _CHECKERS),
    _record("end_counsel", claims.CounselEnded, {*_BENCH, Role.COUNSEL}),  # no state ends it
    _record("give_family_words", family.FamilyWordsGiven, _WORD_GIVERS),
    _report("end_family_words", family.FamilyWordsEnded, _WORD_GIVERS),
    _record("issue_stay_order", institutions.StayOrderIssued, {Role.COURT}, on_case=False),
    _record("lift_stay_order", institutions.StayOrderLifted, {Role.COURT}, on_case=False),
    _record("lodge_order", orders.OrderLodged, _LODGE, on_case=False),
    _record("confirm_order", orders.OrderConfirmed, {Role.COURT}, on_case=False),
    _record("reject_order", orders.OrderRejected, _BENCH, on_case=False),
    _record("link_order", orders.OrderLinked, _BENCH, on_case=False),
    _record("acknowledge_order", orders.OrderAcknowledged, {*_SENDING, *_RECEIVING, Role.ESCORT}),
    _record("report_compliance_step", orders.ComplianceStepReported, {*_SENDING, *_RECEIVING, Role.ESCORT}),
    _record("issue_statement", money.StatementIssued, {Role.RECEIVING_OFFICER}, on_case=False),
    _record("certify_facility", institutions.FacilityCertified, {Role.RECEIVING_OFFICER}, on_case=False),
    _record("ask_visit", oversight.VisitAsked, _MONITOR, on_case=False),
    _record("grant_visit", oversight.VisitGranted, _STATES, on_case=False),
    _record("refuse_visit", oversight.VisitRefused, {*_STATES, *_MONITOR}, on_case=False),
    _record("report_visit", oversight.VisitMade, _MONITOR, on_case=False),
    _record("file_finding", oversight.FindingFiled, _MONITOR, on_case=False),
    _record("answer_finding", oversight.FindingAnswered, _STATES, on_case=False),
    _record("clear_answer", oversight.AnswerCleared, _MONITOR, on_case=False),
    _record("supersede_finding", oversight.FindingSuperseded, _MONITOR, on_case=False),
    _record("confirm_less", oversight.LessDemanded, _MONITOR, on_case=False),
    _record("announce_sample", oversight.SampleAnnounced, _MONITOR, on_case=False),
    _record("draw_sample", oversight.SampleDrawn, _MONITOR, on_case=False),
    _record("note_private_word", oversight.PrivateWordHeard, _MONITOR, on_case=False),
    _record("note_health_consent", oversight.HealthConsentHeard, _MONITOR, on_case=False),
    _record("set_reading_key", oversight.ReadingKeySet, {*_MONITOR, *_BENCH, Role.COUNSEL}, on_case=False),
    _record("invite_account", institutions.AccountInvited, {Role.ACCOUNT_MANAGER}, on_case=False),
    _record("end_account", institutions.AccountEnded, {Role.ACCOUNT_MANAGER}, on_case=False),
    _record("give_passkey", institutions.PasskeyGiven, set(Role) - {Role.SYSTEM}, on_case=False),
    _record("give_system_key", institutions.SystemKeyGiven, {Role.ACCOUNT_MANAGER}, on_case=False),
    _record("end_signing_key", institutions.SigningKeyEnded, set(Role) - {Role.SYSTEM}, on_case=False),
    _record("register_party", institutions.PartyRegistered, {Role.SYSTEM}, on_case=False),
    _record("adopt_agreement", institutions.AgreementAdopted, {Role.SYSTEM}, on_case=False),
    _record("add_key", institutions.KeyAdded, {Role.SYSTEM}, on_case=False),
    _record("make_enquiry", asking.EnquiryMade, {Role.SYSTEM}, on_case=False),
    _record("state_asker", asking.AskerStated, {Role.SYSTEM}, on_case=False),
    _record("answer_enquiry", asking.EnquiryAnswered, _SEEKERS, on_case=False),
    _record("reject_enquiry", asking.EnquiryRejected, _SEEKERS, on_case=False),
    _report("state_consular_wish", asking.ConsularWishStated, {*_RECEIVING, Role.COUNSEL, Role.MONITOR}),
    _permission("tell_consul", asking.ConsulTold, _RECEIVING),
    _record("show_kinship", asking.KinshipShown, {Role.MONITOR, Role.REVIEWER}, on_case=False),
    _record("ask_erasure", erasure.ErasureAsked, {Role.COUNSEL, *_MONITOR, *_SEEKERS}),
    _record("serve_erasure_notice", erasure.ErasureNoticed, {*_MONITOR, *_SEEKERS}),
    _record("object_to_erasure", erasure.ErasureObjected, {Role.COUNSEL, *_MONITOR, *_SEEKERS}),
    _permission("agree_to_erasure", erasure.ErasureAgreed, {Role.SENDING_DECIDER, Role.RECEIVING_OFFICER, *_MONITOR}),
    _permission("erase_person", erasure.CaseErased, _MONITOR),
    _record("keep_of_person", erasure.PersonErased, {Role.SYSTEM}, on_case=False),
)

ACTS: Mapping[str, Act] = {act.name: act for act in _ALL}
BY_BODY: Mapping[type, Act] = {act.body: act for act in _ALL}
"""The act by which each kind of entry is made."""

BINDING = frozenset(
    "decide accept_transfer permit_departure offer_handover accept_handover refuse_handover report_release "
    "issue_statement agree_to_erasure erase_person".split()
)
"""Acts that bind a state, the agreement of each who must agree to an erasure, and the erasure: whoever does one can
sign it with a key of their own. A permission among them asks for that of every account that has such a key."""

_KIND = institutions.PartyKind
ROLES_OF: Mapping[institutions.PartyKind, frozenset[Role]] = {
    _KIND.SENDING_STATE: frozenset({Role.SENDING_OFFICER, Role.SENDING_DECIDER, Role.ESCORT}),
    _KIND.RECEIVING_STATE: frozenset({Role.RECEIVING_OFFICER, Role.BOOKING_OFFICER}),
    _KIND.NEITHER_EXECUTIVE: frozenset({Role.REVIEWER, Role.COURT, Role.COUNSEL, Role.MONITOR, Role.AUDITOR}),
    _KIND.LOG: frozenset(),
}
"""The roles that a party of each kind may give to its people."""


def may(
    actor: Actor, act: Act, body: Body | None, case: Case | None, orders: tuple[StayOrder, ...] = ()
) -> Message | None:
    """None when this actor may do this act to this case; otherwise the reason why not."""
    if actor.role not in act.roles:
        return Message("permission.role", {"act": f"act.{act.name}", "role": f"role.{actor.role.value}"})
    if case is None:
        return None
    # Either side may report what happened in a case of its own, also one that it may not look into yet.
    reports_on_own = act.sort is Sort.REPORT and actor.party in {case.sending, case.receiving}
    if not reports_on_own and not may_open(actor, case, orders):
        return Message("permission.not_your_case", {})
    if not isinstance(body, custody.HandoverAccepted | custody.HandoverRefused):
        return None
    offer = offers(case).get(body.offer)  # only the side to which it was offered may answer it
    if offer is None:
        return Message("policy.no_such_offer", {})
    if offer.body.to_party != actor.party:
        return Message("permission.not_offered_to_you", {"party": offer.body.to_party})
    return None
