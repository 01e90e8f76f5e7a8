"""The table of acts: everything that can be done, by whom, and how strictly it is asked.

*Permissions* are refused unless every rule is answered as it must be. *Reports* of what happened are
always taken. *Records* add what others may rely on; only their form and their author are checked.
`core.policies` says when an act may be done, `core.permissions` who may do it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from habeas.core.entries import Role, custody, institutions, procedure


class Sort(StrEnum):
    """How strictly an act is asked."""

    PERMISSION = "permission"
    REPORT = "report"
    RECORD = "record"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act. `step` names the safeguards asked anew before it; `outward` acts are barred by a stay."""

    name: str
    body: type
    sort: Sort
    roles: frozenset[Role]
    step: str | None = None
    outward: bool = False
    opens_case: bool = False
    on_case: bool = True


_SENDING = {Role.SENDING_OFFICER, Role.SENDING_DECIDER}
_RECEIVING = {Role.RECEIVING_OFFICER, Role.BOOKING_OFFICER}
_HANDS = {Role.SENDING_OFFICER, Role.ESCORT, *_RECEIVING}
_BENCH = {Role.REVIEWER, Role.COURT}
_CHECKERS = {*_SENDING, *_BENCH, Role.RECEIVING_OFFICER}
_SPEAKERS = {Role.COUNSEL, Role.MONITOR, Role.SENDING_OFFICER}
_ANYONE = {*_SENDING, *_RECEIVING, Role.ESCORT, *_BENCH, Role.COUNSEL, Role.MONITOR}


def _permission(name: str, body: type, roles: set[Role], **more: object) -> Act:
    return Act(name=name, body=body, sort=Sort.PERMISSION, roles=frozenset(roles), **more)  # type: ignore[arg-type]


def _report(name: str, body: type, roles: set[Role], **more: object) -> Act:
    return Act(name=name, body=body, sort=Sort.REPORT, roles=frozenset(roles), **more)  # type: ignore[arg-type]


def _record(name: str, body: type, roles: set[Role], **more: object) -> Act:
    return Act(name=name, body=body, sort=Sort.RECORD, roles=frozenset(roles), **more)  # type: ignore[arg-type]


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
    _permission("offer_handover", custody.HandoverOffered, _HANDS, step="handover", outward=True),
    _report("report_arrival", custody.Arrived, _HANDS),
    _report("report_unannounced_arrival", custody.ArrivedUnannounced, _RECEIVING, opens_case=True),
    _permission("accept_handover", custody.HandoverAccepted, _HANDS, step="handover", outward=True),
    _record("refuse_handover", custody.HandoverRefused, _HANDS),
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
    _record("issue_stay_order", institutions.StayOrderIssued, {Role.COURT}, on_case=False),
    _record("lift_stay_order", institutions.StayOrderLifted, {Role.COURT}, on_case=False),
    _record("certify_facility", institutions.FacilityCertified, {Role.RECEIVING_OFFICER}, on_case=False),
    _record("invite_account", institutions.AccountInvited, {Role.ACCOUNT_MANAGER}, on_case=False),
    _record("end_account", institutions.AccountEnded, {Role.ACCOUNT_MANAGER}, on_case=False),
    _record("register_party", institutions.PartyRegistered, {Role.SYSTEM}, on_case=False),
    _record("adopt_agreement", institutions.AgreementAdopted, {Role.SYSTEM}, on_case=False),
    _record("add_key", institutions.KeyAdded, {Role.SYSTEM}, on_case=False),
)

ACTS: Mapping[str, Act] = {act.name: act for act in _ALL}


def act_of(body: type) -> Act | None:
    """The act that writes this kind of entry; None for what only the system writes."""
    return next((act for act in _ALL if act.body is body), None)
