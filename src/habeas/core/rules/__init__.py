"""The rule language: one small typed expression over declared facts, with three values.

`parse_rule` reads a text into a typed tree, or raises `RuleError` with the place. `Rule.answer` gives
True (holds), False (fails) or None (not shown); `Rule.explain` says why. A rule can't read files, call
anything but the listed functions, or use a fact that is not declared.
"""

from habeas.core.messages import Place
from habeas.core.rules.meaning import Declared, Explanation, Given, Rule, Scope, Type, Value
from habeas.core.rules.parse import RuleError, parse_rule

__all__ = ["Declared", "Explanation", "Given", "Place", "Rule", "RuleError", "Scope", "Type", "Value", "parse_rule"]
