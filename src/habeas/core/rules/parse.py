"""Text to typed tree: a Pratt parser that checks types as it goes, so that every error has its place."""

import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from habeas.core.messages import FileError, Parameter, Place
from habeas.core.rules.meaning import FUNCTIONS, Node, Rule, Scope, Type, Value, compiled, date_of, facts_of, telling

LENGTH_MAX = 4_000
DEPTH_MAX = 40
NODES_MAX = 500
NUMBER_MAX = 10**12


class RuleError(FileError):
    """A rule that can't be used."""


def parse_rule(text: str, scope: Scope, place: Place) -> Rule:
    """The rule that a text says, which must be true or false; `place` is where the text begins.

    Raises RuleError, and nothing else.
    """
    parser = _Parser(text, scope, place)
    tree = parser.whole()
    return Rule(
        text=text,
        tree=tree,
        run=compiled(tree),
        tell=telling(tree, text),
        facts=tuple(dict.fromkeys(facts_of(tree))),
        place=place,
    )


# --- tokens ----------------------------------------------------------------------------------------


class Kind(StrEnum):
    """The kinds of token. `END` stands after the last character."""

    WORD = "word"
    INT = "int"
    TEXT = "text"
    DATE = "date"
    MOMENT = "moment"
    SYMBOL = "symbol"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A piece of the text: [start, end)."""

    kind: Kind
    text: str
    start: int
    end: int


_PIECE = re.compile(
    r"""(?P<space>[ \t\r\n]+)
    |(?P<moment>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?Z)
    |(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9T]))
    |(?P<int>[0-9]+)
    |(?P<text>'[^'\n]*')
    |(?P<word>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<symbol><>|<=|>=|[=<>(),+-])""",
    re.VERBOSE,
)


def _tokens(text: str, place: Place) -> list[Token]:
    """Every token of the text, with one END. Raises RuleError at the first character that is none."""
    if len(text) > LENGTH_MAX:
        raise RuleError("rule.too_long", place.within(text, LENGTH_MAX), length=len(text), longest=LENGTH_MAX)
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _PIECE.match(text, at)
        if match is None:
            code = "rule.text_not_closed" if text[at] == "'" else "rule.not_a_token"
            raise RuleError(code, place.within(text, at), found=text[at])
        kind = match.lastgroup or ""
        if kind != "space":
            found.append(Token(kind=Kind(kind), text=match.group(), start=at, end=match.end()))
        at = match.end()
    return [*found, Token(kind=Kind.END, text="", start=len(text), end=len(text))]


# --- tree ------------------------------------------------------------------------------------------

WORDS = frozenset({"and", "or", "not", "in", "between", "is", "known", "missing"})
COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")
ORDERED = frozenset({Type.INT, Type.DATE, Type.MOMENT})
ONCE = frozenset({*COMPARISONS, "in", "between", "is known", "is missing"})  # `a = b = a` says nothing clear

_OR, _AND, _NOT, _COMPARISON, _SUM = 10, 20, 30, 40, 50
_POWERS = {
    "or": _OR,
    "and": _AND,
    **dict.fromkeys((*COMPARISONS, "in", "between", "is"), _COMPARISON),
    "+": _SUM,
    "-": _SUM,
}


class _Parser:
    def __init__(self, text: str, scope: Scope, place: Place) -> None:
        self._text, self._scope, self._place = text, scope, place
        self._tokens = _tokens(text, place)
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._expression(0)
        if self._next.kind is not Kind.END:
            raise self._unexpected("and, or")
        if node.type is not Type.BOOL:
            raise self._error("rule.no_answer", node.start, type=node.type.value)
        self._check_size(node)
        return node

    def _error(self, code: str, offset: int, **parameters: Parameter) -> RuleError:
        return RuleError(code, self._place.within(self._text, offset), **parameters)

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

    def _taken(self, text: str) -> bool:
        """Whether this word or sign stood here; if so, it is behind us."""
        found = self._is(text)
        if found:
            self._take()
        return found

    def _expect(self, text: str) -> Token:
        if not self._is(text):
            raise self._unexpected(text)
        return self._take()

    def _unexpected(self, wanted: str) -> RuleError:
        found = self._next.text
        code = "rule.unexpected" if found else "rule.ends_early"
        return self._error(code, self._next.start, wanted=wanted, found=found)

    # --- expressions ----------------------------------------------------------------------------

    def _expression(self, power: int) -> Node:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise self._error("rule.too_deep", self._next.start, deepest=DEPTH_MAX)
        left = self._prefix()
        while self._power() > power:
            left = self._infix(left)
        self._depth -= 1
        return left

    def _power(self) -> int:
        if self._is("not") and self._tokens[self._at + 1].text in ("in", "between"):
            return _COMPARISON
        return _POWERS.get(self._next.text, 0) if self._next.kind in (Kind.WORD, Kind.SYMBOL) else 0

    def _prefix(self) -> Node:
        token = self._next
        if self._taken("not"):
            child = self._expression(_NOT)
            self._want(child, Type.BOOL)
            return _part("not", child, start=token.start)
        if self._is("-"):
            return self._negative()
        if self._taken("("):
            node = self._expression(0)
            self._expect(")")
            return node
        if token.kind is Kind.WORD and token.text not in WORDS:
            return self._word()
        if token.kind in (Kind.INT, Kind.TEXT, Kind.DATE, Kind.MOMENT):
            return self._literal()
        raise self._unexpected("a fact or a value")

    def _infix(self, left: Node) -> Node:
        if self._is("and", "or"):
            return self._chain(left)
        if self._is("+", "-"):
            return self._sum(left)
        if left.operation in ONCE:
            raise self._error("rule.chained", self._next.start)
        if self._taken("is"):
            return self._known(left)
        if self._is("in", "between", "not"):
            return self._placed(left)
        return self._compared(left)

    def _chain(self, left: Node) -> Node:
        """`a and b and c` is one node, so that a long list of demands is not a deep one."""
        word = self._next.text
        children = [left]
        while self._taken(word):
            children.append(self._expression(_POWERS[word]))
        for child in children:
            self._want(child, Type.BOOL)
        return _part(word, *children)

    def _sum(self, left: Node) -> Node:
        sign = self._take().text
        right = self._expression(_SUM)
        self._want(left, Type.INT)
        self._want(right, Type.INT)
        return _part(sign, left, right, type=Type.INT)

    def _compared(self, left: Node) -> Node:
        sign = self._take()
        right = self._expression(_COMPARISON)
        self._same(left, right)
        if sign.text not in ("=", "<>") and left.type not in ORDERED:
            raise self._error("rule.no_order", sign.start, operator=sign.text, type=left.type.value)
        if left.type is Type.TEXTS:
            raise self._error("rule.compares_lists", sign.start)
        self._check_codes(left, right)
        self._check_codes(right, left)
        return _part(sign.text, left, right)

    def _placed(self, left: Node) -> Node:
        """`in`, `between`, and either with `not` before it."""
        negated = self._taken("not")
        node = self._in(left) if self._take().text == "in" else self._between(left)
        return _part("not", node) if negated else node

    def _in(self, left: Node) -> Node:
        self._want(left, Type.TEXT)
        right = self._text_list() if self._is("(") else self._expression(_COMPARISON)
        self._want(right, Type.TEXTS)
        self._check_codes(left, right)
        return _part("in", left, right)

    def _between(self, left: Node) -> Node:
        low = self._expression(_COMPARISON)
        self._expect("and")
        high = self._expression(_COMPARISON)
        self._same(left, low)
        self._same(left, high)
        if left.type not in ORDERED:
            raise self._error("rule.no_order", left.start, operator="between", type=left.type.value)
        return _part("between", left, low, high)

    def _known(self, left: Node) -> Node:
        negated = self._taken("not")
        if not self._is("known", "missing"):
            raise self._unexpected("known, missing")
        word = self._take()
        wanted = (word.text == "known") is not negated
        return _part("is known" if wanted else "is missing", left, end=word.end)

    # --- the smallest parts ---------------------------------------------------------------------

    def _negative(self) -> Node:
        sign = self._take()
        child = self._literal() if self._next.kind is Kind.INT else None
        if child is None or not isinstance(child.value, int):
            raise self._unexpected("a whole number")
        return Node(start=sign.start, end=child.end, type=Type.INT, value=-child.value)

    def _literal(self) -> Node:
        token = self._take()
        value: Value
        match token.kind:
            case Kind.INT:
                if len(token.text) > 12 or int(token.text) > NUMBER_MAX:
                    raise self._error("rule.number_too_large", token.start, largest=NUMBER_MAX)
                type, value = Type.INT, int(token.text)
            case Kind.TEXT:
                type, value = Type.TEXT, token.text[1:-1]
            case Kind.DATE:
                type, value = Type.DATE, self._dated(date.fromisoformat, token)
            case _:
                type, value = Type.MOMENT, self._dated(datetime.fromisoformat, token)
        return Node(start=token.start, end=token.end, type=type, value=value)

    def _dated(self, read: Callable[[str], date], token: Token) -> date:
        try:
            return read(token.text)
        except ValueError:
            raise self._error("rule.no_such_date", token.start, found=token.text) from None

    def _word(self) -> Node:
        token = self._take()
        if token.text in ("true", "false"):
            return Node(start=token.start, end=token.end, type=Type.BOOL, value=token.text == "true")
        if self._is("("):
            return self._call(token)
        declared = self._scope.get(token.text)
        if declared is None:
            raise self._misspelt("rule.unknown_fact", token.start, token.text, self._scope)
        return Node(start=token.start, end=token.end, type=declared.type, fact=token.text)

    def _call(self, token: Token) -> Node:
        function = FUNCTIONS.get(token.text)
        if function is None:
            raise self._misspelt("rule.unknown_function", token.start, token.text, FUNCTIONS)
        children, end = self._listed(self._argument)
        if len(children) != len(function.parameters):
            raise self._error("rule.arguments", token.start, function=token.text, wanted=len(function.parameters))
        for child, types in zip(children, function.parameters, strict=True):
            if child.type not in types:
                raise self._wrong_type(child, types[0])
        if function.result is None:
            self._same(children[0], children[1])
        if function.result is Type.BOOL:
            self._check_codes(children[0], children[1])
        if token.text == "date_of":
            self._check_zone(children[1])
        return _part(token.text, *children, type=function.result or children[0].type, start=token.start, end=end)

    def _argument(self) -> Node:
        """An argument may be a list of texts, which nothing else may be."""
        after = self._tokens[min(self._at + 2, len(self._tokens) - 1)]
        starts_list = self._is("(") and self._tokens[self._at + 1].kind is Kind.TEXT
        return self._text_list() if starts_list and after.text in (",", ")") else self._expression(0)

    def _text_list(self) -> Node:
        start = self._next.start
        children, end = self._listed(self._listed_text)
        return _part("list", *children, type=Type.TEXTS, start=start, end=end)

    def _listed_text(self) -> Node:
        if self._next.kind is not Kind.TEXT:
            raise self._unexpected("a text in single quotes")
        return self._literal()

    def _listed(self, read: Callable[[], Node]) -> tuple[list[Node], int]:
        """Parts with commas between and brackets around, and where the last bracket ends."""
        self._expect("(")
        children = [read()]
        while self._taken(","):
            children.append(read())
        return children, self._expect(")").end

    # --- checks ---------------------------------------------------------------------------------

    def _want(self, node: Node, type: Type) -> None:
        if node.type is not type:
            raise self._wrong_type(node, type)

    def _wrong_type(self, node: Node, type: Type) -> RuleError:
        part = self._text[node.start : node.end]
        return self._error("rule.wrong_type", node.start, part=part, type=node.type.value, wanted=type.value)

    def _same(self, left: Node, right: Node) -> None:
        if {left.type, right.type} == {Type.DATE, Type.MOMENT}:
            raise self._error("rule.date_and_moment", left.start)
        self._want(right, left.type)

    def _check_codes(self, node: Node, other: Node) -> None:
        """A code that the fact can't have is a misspelling, and would never hold."""
        codes = self._scope[node.fact].codes if node.fact else ()
        for literal in (other, *other.children) if codes else ():
            if literal.value is not None and literal.value not in codes:
                found = str(literal.value)
                raise self._misspelt("rule.unknown_code", literal.start, found, codes, fact=node.fact, codes=codes)

    def _check_zone(self, node: Node) -> None:
        """The time zone is written in the rule, and is one that is known."""
        try:
            date_of(datetime(2000, 1, 1, tzinfo=UTC), str(node.value))
        except (KeyError, ValueError, OSError):
            raise self._error("rule.no_such_zone", node.start, found=self._text[node.start : node.end]) from None

    def _misspelt(self, code: str, offset: int, found: str, known: Iterable[str], **parameters: Parameter) -> RuleError:
        near = difflib.get_close_matches(found, list(known), n=1, cutoff=0.6)
        code, nearest = (f"{code}_near", near[0]) if near else (code, "")
        return self._error(code, offset, found=found, near=nearest, **parameters)

    def _check_size(self, node: Node) -> None:
        """Hold the limits on the tree itself: a long sum or a list is deep or wide without any bracket."""
        count, depth, level = 0, 0, [node]
        while level:
            count, depth = count + len(level), depth + 1
            if depth > DEPTH_MAX:
                raise self._error("rule.too_deep", level[0].start, deepest=DEPTH_MAX)
            if count > NODES_MAX:
                raise self._error("rule.too_many_parts", level[0].start, most=NODES_MAX)
            level = [child for each in level for child in each.children]


def _part(
    operation: str, *children: Node, type: Type = Type.BOOL, start: int | None = None, end: int | None = None
) -> Node:
    """An operation over its children, from the first to the last of them unless it begins or ends elsewhere."""
    return Node(
        start=children[0].start if start is None else start,
        end=children[-1].end if end is None else end,
        type=type,
        operation=operation,
        children=children,
    )
