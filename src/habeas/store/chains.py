"""The chains of the signing keys, as the leaves themselves tell them.

Whoever can write into the database can put a row among the entries, or change what `SignerRow` says. So an entry is
given a place only if `habeas verify` would take it there: a place is for ever, and a log with one wrong leaf can be
verified by nobody any more. What is not taken is set aside: it stays where it is, has no place, waits for none, and
the standing audit names it.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from habeas.core.entries import kind_of
from habeas.core.entries.institutions import KeyAdded
from habeas.register.keys import LOG_PARTY, Key, KeyDisclosure, disclosed_key, introduction_problems
from habeas.register.leaf import NO_PREVIOUS, Leaf, check_leaf, parse_leaf, verify_leaf_signature
from habeas.register.problems import ProblemList, RegisterError
from habeas.register.tree import leaf_hash
from habeas.store import statements
from habeas.store.keys import EndChanged, KeyDamaged, KeyLost, SealBroken
from habeas.store.models import HeadRow, LogRow, PlaceRow, SignerRow
from habeas.store.records import all_of

INTRODUCTION = kind_of(KeyAdded)


@dataclass(slots=True)
class Chains:
    """Takes the entries that wait for a place, in their order. `keys`: the key of each party, at this place of the
    tree. `ends`: of each key's chain, how many leaves have a place, and the hash of the last; read when asked for."""

    head: HeadRow
    keys: dict[str, Key]
    ends: dict[bytes, tuple[int, bytes]] = field(default_factory=dict)
    taken: list[statements.Waiting] = field(default_factory=list)
    aside: list[tuple[int, str]] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)

    def add(self, row: statements.Waiting) -> None:
        """Take the next entry, after those before it in its chain that lost their turn, or set it aside."""
        if row.ticket in self.seen:
            return
        self.seen.add(row.ticket)
        problems, index = ProblemList(), self.head.size + len(self.taken)
        leaf, key = self._checked(row, index, problems)
        if leaf is not None and not problems.all():
            self._follow(leaf, problems, index)
        if leaf is None or problems.all():
            self.aside.append((row.ticket, problems.all()[0].code))
            return
        self.ends[leaf.key] = (leaf.counter + 1, row.leaf_hash)
        self.taken.append(row)
        if key is not None:
            self.keys[key.party] = key

    def _checked(self, row: statements.Waiting, index: int, problems: ProblemList) -> tuple[Leaf | None, Key | None]:
        """The leaf, held against its row and the keys that may sign here, and the key that it introduces."""
        leaf = check_leaf(row.leaf, index, self.head.origin, problems)
        if leaf is None:
            return None, None
        if leaf_hash(row.leaf) != row.leaf_hash or leaf.entry_id.hex() != row.entry_id:
            problems.add("register.leaf_changed", index=index)
        by = {each.verifier.fingerprint: each.verifier for each in self.keys.values()}
        if self.keys and leaf.key not in by:
            problems.add("register.key_unknown", index=index, key=leaf.key.hex())
        elif self.keys and not verify_leaf_signature(leaf, by[leaf.key]):
            problems.add("register.leaf_signature_wrong", index=index)
        if problems.all() or row.kind != INTRODUCTION:
            return leaf, None
        entry = KeyDisclosure(index, all_of(LogRow.objects.get(ticket=row.ticket)))
        key = disclosed_key(entry)
        log_key = self.keys.get(LOG_PARTY, key)  # the first introduces itself
        problems.extend(introduction_problems(entry, leaf, log_key.verifier if log_key else None))
        return leaf, key

    def _follow(self, leaf: Leaf, problems: ProblemList, index: int) -> None:
        """See that the leaf is the next of its chain. What comes before it and waits no more takes its turn now."""
        if self._end(leaf.key)[0] < leaf.counter:
            lost = statements.unplaced(leaf.key, self._end(leaf.key)[0], leaf.counter)
            for each in statements.at_tickets(lost):
                self.add(each)
        if (leaf.counter, leaf.previous) != self._end(leaf.key):
            problems.add("register.chain_broken", index=index, counter=leaf.counter)

    def _end(self, key: bytes) -> tuple[int, bytes]:
        if key not in self.ends:
            last = next(statements.chain_backwards(key, placed=True), None)
            leaf = parse_leaf(last) if last is not None else None
            self.ends[key] = (leaf.counter + 1, leaf_hash(last or b"")) if leaf else (0, NO_PREVIOUS)
        return self.ends[key]


def chains_at(head: HeadRow) -> Chains:
    """The chains as far as they have places; `head` is held by whoever asks. Where this process itself grew the tree to
    this end, it knows them."""
    end, chains = _KEPT.get(statements.database(), (None, None))
    if chains is not None and end == (head.origin, head.size, bytes(head.edge)):
        return Chains(head, {**chains.keys}, {**chains.ends})
    rows = LogRow.objects.filter(kind=INTRODUCTION, place__index__gte=0).order_by("place__index")
    return Chains(head, {key.party: key for _, key in _introduced(rows)})


def keep(end: tuple[str, int, bytes], chains: Chains) -> None:
    """Remember the chains of the tree that ends so: of no other they are believed."""
    _KEPT[statements.database()] = end, chains


_KEPT: dict[str, tuple[tuple[str, int, bytes], Chains]] = {}


def introductions() -> Mapping[str, tuple[LogRow, Key]]:
    """By the fingerprint of each key that has its place, the entry that introduces it, in their order; without those
    that do not open."""
    found: dict[str, tuple[LogRow, Key]] = {}
    for row in LogRow.objects.filter(kind=INTRODUCTION, place__index__gte=0).order_by("place__index"):
        with suppress(KeyLost, KeyDamaged, SealBroken):
            if (key := disclosed_key(KeyDisclosure(row.ticket, all_of(row)))) is not None:
                found[key.verifier.fingerprint.hex()] = (row, key)
    return found


def log_keys() -> list[tuple[LogRow, Key]]:
    """The log's keys with their introductions: the first, with which the register began, introduces itself. Raises
    EndChanged where there is none."""
    found = [each for each in introductions().values() if each[1].party == LOG_PARTY]
    if not found:
        raise EndChanged
    return found


def signers() -> Mapping[str, SignerRow]:
    """What `SignerRow` must say by the leaves that are committed, by the fingerprints of the keys."""
    found = {}
    for row, key in _introduced(LogRow.objects.filter(kind=INTRODUCTION).order_by("ticket")):
        name, counter, previous = key.verifier.fingerprint.hex(), 0, NO_PREVIOUS
        for data in statements.chain_backwards(key.verifier.fingerprint):
            with suppress(RegisterError):
                leaf = parse_leaf(data)
                if verify_leaf_signature(leaf, key.verifier):
                    counter, previous = leaf.counter + 1, leaf_hash(data)
                    break
        found[name] = SignerRow(name, key.party, row.ticket, counter, previous)
    return found


def demand_newest(signer: SignerRow | statements.Chain, *, placed: bool = False) -> None:
    """Raise EndChanged unless the register itself introduces this key at this ticket, for this party, and no other of
    the party after it; with `placed`, as far as introductions have places. A row could say anything."""
    which = statements.database(), signer.party, placed
    told = signer.fingerprint, signer.introduced
    if _NEWEST.get(which) == told:
        return
    rows = LogRow.objects.filter(kind=INTRODUCTION, ticket__gte=signer.introduced).order_by("ticket")
    keys = _introduced(rows.filter(place__index__gte=0) if placed else rows)
    found = [(each.verifier.fingerprint.hex(), row.ticket) for row, each in keys if each.party == signer.party]
    if found[-1:] != [told] and (signer.introduced >= 0 or LogRow.objects.exists()):  # the first introduces itself
        raise EndChanged
    if found:
        _NEWEST[which] = told


_NEWEST: dict[tuple[str, str, bool], tuple[str, int]] = {}
"""Of each party, by database, the key that was shown to be its newest, and where it was introduced."""


def _introduced(rows: Iterable[LogRow]) -> Iterator[tuple[LogRow, Key]]:
    """The keys that these entries introduce. What was set aside may not open, and counts for nothing; where one that
    has its place does not, nobody can say who may sign. Raises KeyLost, KeyDamaged or SealBroken."""
    for row in rows:
        try:
            key = disclosed_key(KeyDisclosure(row.ticket, all_of(row)))
        except (KeyLost, KeyDamaged, SealBroken):
            if PlaceRow.objects.filter(log=row.ticket).exists():
                raise
            continue
        if key is not None:
            yield row, key
