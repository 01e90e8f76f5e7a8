"""Who each account is, by the entries in the streams of the parties alone: whatever a table says of it is not asked."""

from collections.abc import Iterable, Iterator

from habeas.core.entries import Actor, Entry, Role
from habeas.core.entries.institutions import AccountEnded, AccountInvited


def identities(entries: Iterable[Entry]) -> dict[str, Actor | None]:
    """Each account that was ever invited, by its name; None when it has ended."""
    known: dict[str, Actor | None] = {}
    for each in entries:
        _follow(known, each)
    return known


def as_themselves(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Those of these entries that somebody made as the account which the entries before say they are."""
    known: dict[str, Actor | None] = {}
    for each in entries:
        if known.get(each.actor.account) == each.actor:
            yield each
        _follow(known, each)


def _follow(known: dict[str, Actor | None], entry: Entry) -> None:
    """A party, or the system for it, invites to a name that nobody had before, and ends its own."""
    match entry.body:
        case AccountInvited(account=name, party=party, role=role, facility=facility):
            if entry.actor.role is Role.SYSTEM or entry.actor.party == party:
                known.setdefault(name, Actor(account=name, party=party, role=role, facility=facility))
        case AccountEnded(account=name):
            account = known.get(name)
            if account is not None and account.party == entry.actor.party:
                known[name] = None
