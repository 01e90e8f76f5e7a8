"""A rule ready for use: its text, its tree, its answer about one case and the reasons for it."""

from collections.abc import Iterator
from dataclasses import dataclass

from habeas.core.rules.errors import Place
from habeas.core.rules.evaluate import Explanation, Given, Run, compiled, explain
from habeas.core.rules.nodes import Call, Known, Name, Node, Scope
from habeas.core.rules.parse import parse


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A parsed rule. `run` is made from `tree` and counts for nothing when rules are compared."""

    text: str
    tree: Node
    run: Run

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rule) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def answer(self, given: Given) -> bool | None:
        """True: holds. False: fails. None: not shown."""
        value = self.run(given)
        assert value is None or isinstance(value, bool)
        return value

    def explain(self, given: Given) -> Explanation:
        """The answer with the value of every part of the rule."""
        return explain(self.tree, self.text, given)

    @property
    def facts(self) -> tuple[str, ...]:
        """The names that the rule asks for, in the order of its text."""
        return tuple(dict.fromkeys(each.name for each in _nodes(self.tree) if isinstance(each, Name)))

    @property
    def is_monotone(self) -> bool:
        """Whether learning a missing fact can only close the answer, never turn holds into fails."""
        return not any(
            isinstance(each, Known) or (isinstance(each, Call) and each.function == "coalesce")
            for each in _nodes(self.tree)
        )


def parse_rule(text: str, scope: Scope, place: Place) -> Rule:
    """The rule that a text says, `place` being where the text begins. Raises RuleError."""
    tree = parse(text, scope, place)
    return Rule(text=text, tree=tree, run=compiled(tree))


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _nodes(child)
