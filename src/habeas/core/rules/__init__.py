"""The rule language: one small typed expression over declared facts, with three values.

`parse_rule` reads a text into a typed tree, or raises `RuleError` with the place. `Rule.answer` gives
True (holds), False (fails) or None (not shown); `Rule.explain` says why. A rule can't read files, call
anything but the listed functions, or use a fact that is not declared.
"""

from habeas.core.rules.errors import Place, RuleError
from habeas.core.rules.evaluate import Explanation, Given
from habeas.core.rules.nodes import Declared, Node, Scope, Type, Value
from habeas.core.rules.rule import Rule, parse_rule

__all__ = [
    "Declared",
    "Explanation",
    "Given",
    "Node",
    "Place",
    "Rule",
    "RuleError",
    "Scope",
    "Type",
    "Value",
    "parse_rule",
]
