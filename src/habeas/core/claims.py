"""Counsel of a case, and the claims that somebody's detention is wrongful."""

from habeas.core.case import Case
from habeas.core.entries.claims import CounselEnded, CounselNamed


def counsel_of(case: Case) -> tuple[str, ...]:
    """The accounts of those who speak for the person now, in the order in which they were named."""
    ended = {each.body.named for each in case.all(CounselEnded)}
    named = (each.body.counsel for each in case.all(CounselNamed) if each.id not in ended)
    return tuple(dict.fromkeys(named))
