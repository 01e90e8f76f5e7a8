"""Text to typed tree: a Pratt parser that checks types as it goes, so that every error has its place."""

import difflib
from collections.abc import Iterable
from datetime import date, datetime

from habeas.core.messages import Parameter
from habeas.core.rules.errors import Place, RuleError, rule_error
from habeas.core.rules.functions import FUNCTIONS
from habeas.core.rules.nodes import (
    And,
    Arithmetic,
    Between,
    Call,
    Compare,
    In,
    Known,
    Literal,
    Name,
    Node,
    Not,
    Or,
    Scope,
    TextList,
    Type,
)
from habeas.core.rules.tokens import Kind, Token, tokens

DEPTH_MAX = 40
NODES_MAX = 500
NUMBER_MAX = 10**12

WORDS = frozenset({"and", "or", "not", "in", "between", "is", "known", "missing", "true", "false"})
COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})
ORDERED = frozenset({Type.INT, Type.DATE, Type.MOMENT})

_OR, _AND, _NOT, _COMPARISON, _SUM = 10, 20, 30, 40, 50


def parse(text: str, scope: Scope, place: Place) -> Node:
    """The tree of a rule, which must be true or false. Raises RuleError, and nothing else."""
    parser = _Parser(text, scope, place)
    node = parser.expression(0)
    parser.expect_end()
    if node.type is not Type.BOOL:
        raise parser.error("rule.no_answer", node.start, type=node.type.value)
    parser.check_size(node)
    return node


class _Parser:
    def __init__(self, text: str, scope: Scope, place: Place) -> None:
        self._text, self._scope, self._place = text, scope, place
        self._tokens = tokens(text, place)
        self._at = 0
        self._depth = 0

    def error(self, code: str, offset: int, **parameters: Parameter) -> RuleError:
        return rule_error(code, self._text, offset, self._place, **parameters)

    # --- tokens ---------------------------------------------------------------------------------

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._next
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def _is(self, *texts: str) -> bool:
        return self._next.kind in (Kind.WORD, Kind.SYMBOL) and self._next.text in texts

    def _expect(self, text: str) -> Token:
        if not self._is(text):
            raise self._unexpected(text)
        return self._take()

    def _unexpected(self, wanted: str) -> RuleError:
        found = self._next.text
        code = "rule.unexpected" if found else "rule.ends_early"
        return self.error(code, self._next.start, wanted=wanted, found=found)

    def expect_end(self) -> None:
        if self._next.kind is not Kind.END:
            raise self._unexpected("and, or")

    # --- expressions ----------------------------------------------------------------------------

    def expression(self, power: int) -> Node:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise self.error("rule.too_deep", self._next.start, deepest=DEPTH_MAX)
        left = self._prefix()
        while self._power() > power:
            left = self._infix(left)
        self._depth -= 1
        return left

    def _power(self) -> int:
        if self._is("or"):
            return _OR
        if self._is("and"):
            return _AND
        if self._is(*COMPARISONS, "in", "between", "is"):
            return _COMPARISON
        if self._is("not") and self._tokens[self._at + 1].text in ("in", "between"):
            return _COMPARISON
        return _SUM if self._is("+", "-") else 0

    def _prefix(self) -> Node:
        token = self._next
        if self._is("not"):
            self._take()
            child = self.expression(_NOT)
            self._want(child, Type.BOOL)
            return Not(start=token.start, end=child.end, type=Type.BOOL, children=(child,))
        if self._is("-"):
            return self._negative()
        if self._is("("):
            return self._bracket()
        if token.kind is Kind.WORD and (token.text not in WORDS or token.text in ("true", "false")):
            return self._word()
        if token.kind in (Kind.INT, Kind.TEXT, Kind.DATE, Kind.MOMENT):
            return self._literal()
        raise self._unexpected("a fact or a value")

    def _infix(self, left: Node) -> Node:
        if self._is("and", "or"):
            return self._chain(left)
        if self._is("+", "-"):
            return self._sum(left)
        if left.type is Type.BOOL and isinstance(left, Compare | In | Between | Known):
            raise self.error("rule.chained", self._next.start)
        if self._is("is"):
            return self._known(left)
        if self._is("in", "between", "not"):
            return self._placed(left)
        return self._compared(left)

    def _chain(self, left: Node) -> Node:
        """`a and b and c` is one node, so that a long list of demands is not a deep one."""
        word = self._next.text
        children = [left]
        while self._is(word):
            self._take()
            children.append(self.expression(_AND if word == "and" else _OR))
        for child in children:
            self._want(child, Type.BOOL)
        kind = And if word == "and" else Or
        return kind(start=left.start, end=children[-1].end, type=Type.BOOL, children=tuple(children))

    def _sum(self, left: Node) -> Node:
        operator = self._take().text
        right = self.expression(_SUM)
        self._want(left, Type.INT)
        self._want(right, Type.INT)
        return Arithmetic(start=left.start, end=right.end, type=Type.INT, children=(left, right), operator=operator)

    def _compared(self, left: Node) -> Node:
        operator = self._take()
        right = self.expression(_COMPARISON)
        self._same(left, right)
        if operator.text not in ("=", "<>") and left.type not in ORDERED:
            raise self.error("rule.no_order", operator.start, operator=operator.text, type=left.type.value)
        if left.type is Type.TEXTS:
            raise self.error("rule.compares_lists", operator.start)
        self._check_codes(left, right)
        self._check_codes(right, left)
        return Compare(start=left.start, end=right.end, type=Type.BOOL, children=(left, right), operator=operator.text)

    def _placed(self, left: Node) -> Node:
        """`in`, `between`, and either with `not` before it."""
        negated = self._is("not")
        if negated:
            self._take()
        node = self._in(left) if self._take().text == "in" else self._between(left)
        if not negated:
            return node
        return Not(start=node.start, end=node.end, type=Type.BOOL, children=(node,))

    def _in(self, left: Node) -> Node:
        self._want(left, Type.TEXT)
        right = self._text_list() if self._is("(") else self.expression(_COMPARISON)
        self._want(right, Type.TEXTS)
        self._check_codes(left, right)
        return In(start=left.start, end=right.end, type=Type.BOOL, children=(left, right))

    def _between(self, left: Node) -> Node:
        low = self.expression(_COMPARISON)
        self._expect("and")
        high = self.expression(_COMPARISON)
        self._same(left, low)
        self._same(left, high)
        if left.type not in ORDERED:
            raise self.error("rule.no_order", left.start, operator="between", type=left.type.value)
        return Between(start=left.start, end=high.end, type=Type.BOOL, children=(left, low, high))

    def _known(self, left: Node) -> Node:
        self._take()
        negated = self._is("not")
        if negated:
            self._take()
        if not self._is("known", "missing"):
            raise self._unexpected("known, missing")
        word = self._take()
        wanted = (word.text == "known") is not negated
        return Known(start=left.start, end=word.end, type=Type.BOOL, children=(left,), wanted=wanted)

    # --- the smallest parts ---------------------------------------------------------------------

    def _bracket(self) -> Node:
        self._take()
        node = self.expression(0)
        self._expect(")")
        return node

    def _negative(self) -> Node:
        sign = self._take()
        child = self._literal() if self._next.kind is Kind.INT else None
        if not isinstance(child, Literal) or not isinstance(child.value, int):
            raise self._unexpected("a whole number")
        return Literal(start=sign.start, end=child.end, type=Type.INT, value=-child.value)

    def _literal(self) -> Node:
        token = self._take()
        start, end = token.start, token.end
        match token.kind:
            case Kind.INT:
                if len(token.text) > 12 or int(token.text) > NUMBER_MAX:
                    raise self.error("rule.number_too_large", start, largest=NUMBER_MAX)
                return Literal(start=start, end=end, type=Type.INT, value=int(token.text))
            case Kind.TEXT:
                return Literal(start=start, end=end, type=Type.TEXT, value=token.text[1:-1])
            case Kind.DATE:
                return Literal(start=start, end=end, type=Type.DATE, value=self._date(token))
            case _:
                return Literal(start=start, end=end, type=Type.MOMENT, value=self._moment(token))

    def _date(self, token: Token) -> date:
        try:
            return date.fromisoformat(token.text)
        except ValueError:
            raise self.error("rule.no_such_date", token.start, found=token.text) from None

    def _moment(self, token: Token) -> datetime:
        try:
            return datetime.fromisoformat(token.text)
        except ValueError:
            raise self.error("rule.no_such_date", token.start, found=token.text) from None

    def _word(self) -> Node:
        token = self._take()
        if token.text in ("true", "false"):
            value = token.text == "true"
            return Literal(start=token.start, end=token.end, type=Type.BOOL, value=value)
        if self._is("("):
            return self._call(token)
        declared = self._scope.get(token.text)
        if declared is None:
            code, near = self._nearest("rule.unknown_fact", token.text, self._scope)
            raise self.error(code, token.start, found=token.text, near=near)
        return Name(start=token.start, end=token.end, type=declared.type, name=token.text)

    def _call(self, token: Token) -> Node:
        function = FUNCTIONS.get(token.text)
        if function is None:
            code, near = self._nearest("rule.unknown_function", token.text, FUNCTIONS)
            raise self.error(code, token.start, found=token.text, near=near)
        self._take()
        children = [self._argument()]
        while self._is(","):
            self._take()
            children.append(self._argument())
        end = self._expect(")").end
        if len(children) != len(function.parameters):
            raise self.error("rule.arguments", token.start, function=token.text, wanted=len(function.parameters))
        for child, types in zip(children, function.parameters, strict=True):
            if child.type not in types:
                self._wrong_type(child, types[0])
        if function.result is None:
            self._same(children[0], children[1])
        if function.result is Type.BOOL:
            self._check_codes(children[0], children[1])
        return Call(
            start=token.start,
            end=end,
            type=function.result or children[0].type,
            children=tuple(children),
            function=token.text,
        )

    def _argument(self) -> Node:
        """An argument may be a list of texts, which nothing else may be."""
        after = self._tokens[min(self._at + 2, len(self._tokens) - 1)]
        starts_list = self._is("(") and self._tokens[self._at + 1].kind is Kind.TEXT
        if starts_list and after.text in (",", ")"):
            return self._text_list()
        return self.expression(0)

    def _text_list(self) -> Node:
        start = self._expect("(").start
        children = [self._listed_text()]
        while self._is(","):
            self._take()
            children.append(self._listed_text())
        end = self._expect(")").end
        return TextList(start=start, end=end, type=Type.TEXTS, children=tuple(children))

    def _listed_text(self) -> Node:
        if self._next.kind is not Kind.TEXT:
            raise self._unexpected("a text in single quotes")
        return self._literal()

    # --- checks ---------------------------------------------------------------------------------

    def _want(self, node: Node, type: Type) -> None:
        if node.type is not type:
            self._wrong_type(node, type)

    def _wrong_type(self, node: Node, type: Type) -> None:
        raise self.error(
            "rule.wrong_type",
            node.start,
            part=self._text[node.start : node.end],
            type=node.type.value,
            wanted=type.value,
        )

    def _same(self, left: Node, right: Node) -> None:
        if {left.type, right.type} == {Type.DATE, Type.MOMENT}:
            raise self.error("rule.date_and_moment", left.start)
        if left.type is not right.type:
            self._wrong_type(right, left.type)

    def _check_codes(self, node: Node, other: Node) -> None:
        """A code that the fact can't have is a misspelling, and would never hold."""
        codes = self._scope[node.name].codes if isinstance(node, Name) else ()
        for literal in (other, *other.children) if codes else ():
            if isinstance(literal, Literal) and literal.value not in codes:
                code, near = self._nearest("rule.unknown_code", str(literal.value), codes)
                fact = self._text[node.start : node.end]
                raise self.error(
                    code, literal.start, found=str(literal.value), near=near, fact=fact, codes=tuple(codes)
                )

    def _nearest(self, code: str, found: str, known: Iterable[str]) -> tuple[str, str]:
        near = difflib.get_close_matches(found, list(known), n=1, cutoff=0.6)
        return (f"{code}_near", near[0]) if near else (code, "")

    def check_size(self, node: Node) -> None:
        """Hold the limits on the tree itself: a long sum or a list is deep or wide without any bracket."""
        count, depth, level = 0, 0, [node]
        while level:
            count, depth = count + len(level), depth + 1
            if depth > DEPTH_MAX:
                raise self.error("rule.too_deep", level[0].start, deepest=DEPTH_MAX)
            if count > NODES_MAX:
                raise self.error("rule.too_many_parts", level[0].start, most=NODES_MAX)
            level = [child for each in level for child in each.children]
