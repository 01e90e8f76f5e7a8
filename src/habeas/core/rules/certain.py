"""What is certain of rules whatever the facts: a part that can never hold, never fail, or is never reached.

Sound and incomplete. Each fact takes one value for every case that the rules can tell apart, and is not known; every
combination is tried. A part that compares facts with each other, or reckons with them, may answer anything. What no
combination gives can't be. Where there are too many to try, nothing is said.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate, chain, combinations, islice, product
from math import prod

from habeas.core.messages import Message, Place
from habeas.core.rules.meaning import OPERATIONS, Given, Node, Rule, Scope, Type, Value, compiled, facts_of

TRIED_MOST, TRIED_IN_ALL = 5_000, 100_000
_JOINS = ("and", "or", "not")
_TELLABLE = frozenset("= <> < <= > >= in between any_of all_of".split()) | {"is known", "is missing"}
_OTHER = "\n"  # in no text that a rule can hold
_ANY: Mapping[Type, Value] = {Type.INT: 0, Type.DATE: date(2000, 1, 1), Type.MOMENT: datetime(2000, 1, 1, tzinfo=UTC)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """What is certain of a part of a rule, and where it stands."""

    message: Message
    place: Place


def doubts(rules: Mapping[str, Rule], scope: Scope, given: Given) -> Iterator[Doubt]:
    """What is certain of these rules by their names, all of which must hold, under these facts that are given."""
    tries = _Tries(scope, given)
    for position, (name, rule) in enumerate(rules.items()):
        found = list(tries.parts(rule.tree))
        for code, node, before in found:
            yield _doubt(code, name, rule, node, _text(rule, before) if before else "")
        for other, earlier in () if found else list(rules.items())[:position]:
            if code := tries.after(earlier.tree, rule.tree, holds=True):
                yield _doubt(code, name, rule, rule.tree, other)


def _doubt(code: str, name: str, rule: Rule, node: Node, other: str) -> Doubt:
    said = {"rule": name, "part": _text(rule, node), "other": other}
    return Doubt(message=Message(f"rule.{code}", said), place=rule.place.within(rule.text, node.start))


def _text(rule: Rule, node: Node) -> str:
    """A part as it is written, in one line; its outer brackets, which the tree has no need of, are put back."""
    part = " ".join((rule.text if node is rule.tree else rule.text[node.start : node.end]).split())
    depths = list(accumulate((each == "(") - (each == ")") for each in part))
    missing = max(0, -min(depths))
    return "(" * missing + part + ")" * (missing + depths[-1])


class _Tries:
    """Tries rules on every combination of the values that they can tell apart, as long as there are not too many."""

    def __init__(self, scope: Scope, given: Given) -> None:
        self._scope, self._given, self._left = scope, given, TRIED_IN_ALL

    def parts(self, node: Node) -> Iterator[tuple[str, Node, Node | None]]:
        """Each part of which something is certain, the outermost alone, with the earlier part for which it is so."""
        found = {each for (each,) in self.answers(node) or ()}
        if (found and True not in found) or (found and False not in found):
            yield "never_fails" if True in found else "never_holds", node, None
            return
        children = node.children if node.operation in _JOINS else ()
        below = [each for child in children for each in self.parts(child)]
        yield from below
        for earlier, later in () if below else combinations(children, 2):
            if code := self.after(earlier, later, holds=node.operation == "and"):
                yield code, later, earlier

    def after(self, earlier: Node, later: Node, *, holds: bool) -> str:
        """What is certain of a part once an earlier one holds (or, beside "or", fails); empty when nothing is."""
        both = self.answers(earlier, later) or ()
        found = {answer for first, answer in both if first is holds}
        if holds and found and True not in found:
            return "never_both"
        return "never_reached" if found == {holds} else ""

    def answers(self, *nodes: Node) -> set[tuple[Value | None, ...]] | None:
        """Every combination of answers that these can give together, and maybe more; None: too many to try."""
        self._left -= sum(each.end - each.start for each in nodes)
        if self._left < 0:
            return None
        told = [self._told(node) for node in nodes]
        facts = {each.fact: each.type for node in told for each in _ends(node, OPERATIONS) if each.fact}
        values = [self._values(name, type, told) for name, type in facts.items()]
        tried = prod(map(len, values))
        if tried > TRIED_MOST:
            return None
        self._left -= tried
        runs = [compiled(node) for node in told]
        cases = (dict(zip(facts, each, strict=True)) for each in product(*values))
        return {tuple(run(case) for run in runs) for case in cases}

    def _told(self, node: Node) -> Node:
        """The part with what is given filled in, and with a name of its own for whatever can't be told apart."""
        if node.fact and self._given.get(node.fact) is not None:
            return replace(node, fact="", value=self._given[node.fact])
        told = replace(node, children=tuple(map(self._told, node.children)))
        simple = node.operation in _TELLABLE and len({*facts_of(told)}) < 2
        flat = all(not each.operation or each.operation == "list" for each in told.children)
        if node.operation in ("", "list", *_JOINS) or (simple and flat):
            return told
        return Node(start=node.start, end=node.end, type=node.type, fact=f"{_OTHER}{_shape(told)}")

    def _values(self, name: str, type: Type, nodes: Sequence[Node]) -> tuple[Value | None, ...]:
        """One value of a fact for every case that these parts can tell apart, and not known."""
        parts = [each for node in nodes for each in _ends(node, _JOINS) if name in facts_of(each)]
        written = [each.value for part in parts for each in _ends(part, OPERATIONS) if not each.fact]
        listed = list(
            dict.fromkeys(text for each in written for text in (each if isinstance(each, tuple) else (each,)))
        )
        if type is Type.BOOL:
            return (True, False, None)
        if type is Type.TEXTS:
            texts = (*(each for each in listed if isinstance(each, str)), _OTHER)
            some = (combinations(texts, size) for size in range(len(texts) + 1))
            return (*islice(chain.from_iterable(some), TRIED_MOST + 1), None)
        if type is Type.TEXT:
            codes = (self._scope[name].codes if name in self._scope else ()) or (_OTHER,)
            return (*listed, *[each for each in codes if each not in listed][:1], None)
        return (*dict.fromkeys(near for value in (*listed, _ANY[type]) for near in _around(value)), None)


def _around(value: Value | None) -> Iterator[Value]:
    """A number, day or moment, and those next to it, where there are any."""
    if isinstance(value, int):
        yield from (value - 1, value, value + 1)
        return
    assert isinstance(value, date)
    step = timedelta(microseconds=1) if isinstance(value, datetime) else timedelta(days=1)
    for times in (-1, 0, 1):
        with suppress(OverflowError):
            yield value + times * step


def _ends(node: Node, through: Container[str]) -> Iterator[Node]:
    """The parts at which one arrives through these operations: through all of them, the facts and the values."""
    if node.operation not in through:
        yield node
    for child in node.children if node.operation in through else ():
        yield from _ends(child, through)


def _shape(node: Node) -> str:
    """The same for parts that say the same, wherever they stand."""
    return f"{node.operation or node.fact or repr(node.value)}({','.join(map(_shape, node.children))})"
