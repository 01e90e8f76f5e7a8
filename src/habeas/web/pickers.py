"""What a code field offers to choose from: places, parties, documents, facts, and entries of the case."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from habeas.core.case import Of
from habeas.core.compliance import concerns
from habeas.core.context import Context
from habeas.core.custody import ENDS, answer_to
from habeas.core.entries import KINDS, Actor, Role
from habeas.core.entries.custody import HandoverOffered
from habeas.core.entries.institutions import PartyKind
from habeas.core.facts import EVIDENCE_KINDS
from habeas.core.orders import OrderStanding, StayOrder
from habeas.core.oversight import Oversight
from habeas.core.permissions import BY_BODY, ROLES_OF, Sort
from habeas.store import accounts, read, signing
from habeas.web.facts import STATABLE
from habeas.web.opened import Opened, context_names, place_names
from habeas.web.questions import Option, named
from habeas.web.shown import Names, choice_label, gist, language, moment, rows

Pickers = dict[str, tuple[Option, ...]]
EXECUTIVES = frozenset({PartyKind.SENDING_STATE, PartyKind.RECEIVING_STATE})


def of_context(context: Context, actor: Actor) -> Pickers:
    """What every act under an agreement can choose from."""
    places = [each for each in context.facilities.values() if actor.facility in {None, each.code}]
    others = [each for each in context.parties.values() if each.kind in EXECUTIVES and each.id != actor.party]
    return {
        "facility": tuple(Option(value=each.code, label=each.name) for each in places),
        "any_facility": _anywhere(context, actor),
        "party": tuple(Option(value=each.id, label=each.name) for each in others),
        "agreement": (Option(value=context.agreement.id, label=context.agreement.title.said_in(language())),),
        "fact": named("fact", STATABLE),
        "evidence_kind": named("evidence", sorted(EVIDENCE_KINDS)),
        "StayOrderIssued": _orders(each for each in context.orders if each.is_a_courts and each.ended_at is None),
        "lodged_order": _orders(each for each in context.orders if each.standing is OrderStanding.LODGED),
        "order_by_name": _orders(each for each in context.orders if each.people and each.ended_at is None),
    }


def _anywhere(context: Context, actor: Actor) -> tuple[Option, ...]:
    """Where somebody may be reported to be: also where no certificate is. A fact does not wait for one."""
    known = place_names(context)
    if actor.facility:
        known = {actor.facility: known.get(actor.facility, actor.facility)}
    return tuple(Option(value=code, label=name) for code, name in known.items())


def of_body(body: type, found: Pickers) -> Pickers:
    """What whoever says this may choose from: any place in a report, certified ones in all else."""
    act = BY_BODY.get(body)
    return {**found, "facility": found["any_facility"]} if act and act.sort is Sort.REPORT else found


def _orders(orders: Iterable[StayOrder]) -> tuple[Option, ...]:
    return tuple(Option(value=each.id, label=each.title) for each in orders)


def of_agreements(actor: Actor, at: datetime) -> tuple[Pickers, Names]:
    """What an act on no case can choose from, under every agreement run here; and the names of it all."""
    found: Pickers = {}
    known: dict[str, str] = {}
    zones: list[str] = []
    for agreement in read.adopted_agreements():
        context = read.context(agreement, at)
        for key, options in of_context(context, actor).items():
            found[key] = tuple(dict.fromkeys((*found.get(key, ()), *options)))
        known |= context_names(context)
        zones += [each.time_zone for each in context.facilities.values()]
    names = Names(known=known, zone=zones[0] if len(set(zones)) == 1 else "UTC")
    found |= {**of_keys(actor), "role": _roles(actor, at)}
    of_monitor = _of_the_monitor(read.oversight(at), actor, at, names)
    adopted = read.adoptions_of_less().items() if actor.role is Role.MONITOR else ()
    less = (Option(value=id, label=names.of(each.agreement), hint="; ".join(each.less)) for id, each in adopted)
    of_monitor["AgreementAdopted"] = tuple(less)
    known |= {each.value: each.label for options in of_monitor.values() for each in options}
    return {**found, **of_monitor}, names


def _roles(actor: Actor, at: datetime) -> tuple[Option, ...]:
    """The roles that a party of this kind may give to its people."""
    party = read.parties(at).get(actor.party)
    given = [each for each in Role if party is not None and each in ROLES_OF[party.kind]]
    return tuple(Option(value=each.value, label=choice_label(each)) for each in given)


def _of_the_monitor(known: Oversight, actor: Actor, at: datetime, names: Names) -> Pickers:
    """Visits, findings, answers and samples that an act may name. No state is told of a visit without notice before."""
    visits = [each.asked for each in known.visits if actor.role is Role.MONITOR or each.shown_to_states(at)]
    findings = [each for each in known.findings if each.superseded is None]
    samples = [each.announced for each in known.samples if each.drawn is None]

    def option(of: Of[Any], about: str, at: datetime, hint: str = "") -> Option:
        return Option(value=of.id, label=f"{about}, {moment(at, names.zone)}", hint=hint)

    return {
        "VisitAsked": tuple(option(each, names.of(each.body.facility), each.body.visit_at) for each in visits),
        "FindingFiled": tuple(
            option(each.filed, choice_label(each.filed.body.sort), each.filed.recorded_at, each.filed.body.public_part)
            for each in findings
        ),
        "FindingAnswered": tuple(
            option(each.answered, names.of(each.answered.entry.actor.party), each.answered.recorded_at)
            for finding in findings
            for each in finding.answers
            if not each.cleared
        ),
        "SampleAnnounced": tuple(option(each, str(each.body.size), each.recorded_at) for each in samples),
    }


def of_keys(actor: Actor) -> Pickers:
    """Keys that this account may end, and accounts of its party that a system may have."""
    manages = actor.role is Role.ACCOUNT_MANAGER
    keys = (each for each in signing.keys_of(actor.party).values() if manages or each.account == actor.account)
    unopened = (each for each in accounts.accounts(actor.party) if not (each.ended_at or each.has_usable_password()))
    return {
        "signing_key": tuple(
            Option(value=each.key.fingerprint, label=f"{each.account}, {each.key.fingerprint[:16]}") for each in keys
        ),
        "account_of_system": tuple(Option(value=each.username, label=each.username) for each in unopened),
    }


def of_case(opened: Opened) -> Pickers:
    """What an act on a case can choose from: its context, and its own entries by kind."""
    names, entries = opened.names(), opened.case.entries
    hints = {each.id: gist(rows(each, names, opened.sees)) for each in entries}
    shown = {id: Option(value=id, label=names.of(id), hint=hint) for id, hint in hints.items()}
    offers = (each for each in opened.case.all(HandoverOffered) if each.body.to_party == opened.actor.party)
    kinds: dict[str, tuple[type, ...]] = {each.__name__: (each,) for each in KINDS.values()}
    return {
        **of_context(opened.context, opened.actor),
        "order": _orders(each for each in opened.context.orders if concerns(each, opened.case, opened.context)),
        **{
            key: tuple(shown[each.id] for each in entries if isinstance(each.body, bodies))
            for key, bodies in {**kinds, "end": ENDS, "entry": (object,)}.items()
        },
        "counsel": tuple(
            Option(value=each.username, label=f"{each.username}, {opened.context.name_of(each.party)}")
            for each in accounts.counsel()
        ),
        "HandoverOffered": tuple(shown[each.id] for each in offers if answer_to(opened.case, each.id) is None),
    }
