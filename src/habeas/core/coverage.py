"""Whether a stay order covers a case. Someone not shown to be outside a described class is covered."""

from datetime import datetime

from habeas.core.case import Case
from habeas.core.context import Context
from habeas.core.facts import CATALOGUE, SCOPE, CaseFacts, resolve
from habeas.core.orders import StayOrder
from habeas.core.rules import Place, parse_rule
from habeas.core.stated_facts import stated_facts


def covers(order: StayOrder, case: Case, context: Context, at: datetime) -> bool:
    """Whether the order names this case, or describes a class that the person is not shown to be outside.

    A class described in words alone covers every case: only a condition over facts can show somebody
    to be outside it.
    """
    if case.id in order.cases:
        return True
    if not order.describes_a_class:
        return False
    return not order.class_condition or not _shown_outside(order.class_condition, case, context, at)


def _shown_outside(condition: str, case: Case, context: Context, at: datetime) -> bool:
    rule = parse_rule(condition, SCOPE, Place(file="order", line=1, column=1))
    known = CaseFacts(
        proposed_by=case.opening.entry.actor.account, facts=stated_facts(case, context.state_of(case.sending))
    )
    values = {name: resolve(CATALOGUE[name], known, at=at.date()).value for name in rule.facts}
    return rule.answer(values) is False
