"""The questions of an audit in Spark's SQL: they are written once, in DuckDB's.

sqlglot knows both languages. What it leaves as it stands and what would then mean something else is rewritten here,
each by its kind, with the types that the columns have: a difference of days is a number, a number that becomes whole is
rounded, decimals in the text are doubles, a list has the order that it is asked for in.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlglot import exp, parse_one
from sqlglot.optimizer.annotate_types import TypeAnnotator
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

_WHOLE, _BROKEN = {*exp.DataType.INTEGER_TYPES}, {*exp.DataType.REAL_TYPES}
_DAY, _MOMENT = exp.DataType.Type.DATE, exp.DataType.build("TIMESTAMP_NTZ", dialect="spark")
_EACH = "each"
_COERCIONS = {**TypeAnnotator.BINARY_COERCIONS, (_DAY, _DAY): lambda *_: exp.DataType.Type.BIGINT}


def parsed(sql: str) -> Any:
    """A statement of DuckDB's SQL, as a tree."""
    return parse_one(sql, dialect="duckdb")


def translated(query: Any, tables: Mapping[str, Mapping[str, str]]) -> str:
    """A query to these tables as Spark's SQL; each has the type of each column in Spark's words."""
    schema = MappingSchema({name: dict(columns) for name, columns in tables.items()}, dialect="duckdb")
    tree = qualify(query.copy(), schema=schema, dialect="duckdb", validate_qualify_columns=False)
    tree = TypeAnnotator(schema, binary_coercions=_COERCIONS).annotate(tree)
    for node in reversed([*tree.walk()]):  # what is within comes first
        rewrite = _BY_NAME.get(node.name.lower()) if isinstance(node, exp.Anonymous) else _BY_KIND.get(type(node))
        if rewrite:
            parent, key, index = node.parent, node.arg_key, node.index
            new = rewrite(node)
            if new is not node:
                new.type = node.type
                parent.set(key, new, index)
    return str(tree.sql(dialect="spark"))


def _call(name: str, *arguments: Any) -> Any:
    return exp.Anonymous(this=name, expressions=[exp.convert(each) for each in arguments])


def _of_each(test: Any) -> Any:
    return exp.Lambda(this=test, expressions=[exp.to_identifier(_EACH)])


def _moved(node: Any) -> Any:
    """Sums and differences in which there is a day."""
    left, right = node.this, node.expression
    if not left.is_type(_DAY):
        return node
    if right.is_type(_DAY):
        return _call("datediff", left, right)
    if isinstance(right, exp.Interval):
        return type(node)(this=exp.cast(left, _MOMENT), expression=right)
    return _call("date_add" if isinstance(node, exp.Add) else "date_sub", left, exp.cast(right, "INT"))


def _cast(node: Any) -> Any:
    """A number that becomes a whole one is rounded, and not cut."""
    if node.to.this in _WHOLE and node.this.type and node.this.type.this in _BROKEN:
        node.set("this", _call("rint", node.this))
    return node


def _round(node: Any) -> Any:
    """As DuckDB has it: not the decimals of a double are rounded, but its product."""
    if node.args.get("decimals") is None:
        return node
    by = exp.cast(exp.Literal.number(10 ** int(node.args["decimals"].name)), "DOUBLE")
    rounded = _call("round", exp.Mul(this=exp.Paren(this=node.this), expression=by))
    return exp.Paren(this=exp.Div(this=rounded, expression=by.copy()))


def _in(node: Any) -> Any:
    """A hash is never NULL. Spark does not know, and compares each row with each where one is not among others."""
    sought, among = node.this, node.args.get("query")
    if not (among and isinstance(sought, exp.Anonymous) and sought.name.lower() == "hash"):
        return node
    first = among.this.selects[0]
    first.replace(exp.alias_(first.unalias(), _EACH))
    same = exp.EQ(this=exp.column(_EACH, table="among"), expression=sought)
    return exp.Exists(this=exp.select("1").from_(among.this.subquery("among")).where(same))


def _literal(node: Any) -> Any:
    is_decimal = not node.is_string and "." in node.name and not isinstance(node.parent, exp.Cast)
    return exp.cast(node.copy(), "DOUBLE") if is_decimal else node


def _window(node: Any) -> Any:
    """Spark has no FILTER in a window."""
    of = node.this
    if isinstance(of, exp.Filter):
        kept = of.this.copy()
        what = exp.Literal.number(1) if isinstance(kept.this, exp.Star) else kept.this
        kept.set("this", exp.Case().when(of.expression.this, what))
        node.set("this", kept)
    return node


def _list_slice(node: Any) -> Any:
    """The first of a list that is made in some order, NULL last."""
    made, first, last = node.expressions
    where, made = (made.expression, made.this) if isinstance(made, exp.Filter) else (None, made)
    keys = list[Any]()
    for each in made.this.expressions:
        of = each.this
        if each.args.get("desc"):
            of = _call("datediff", exp.cast(exp.Literal.string("1970-01-01"), "DATE"), of) if of.is_type(_DAY) else -of
        keys += [exp.Is(this=each.this.copy(), expression=exp.Null()), of]
    listed = _call("collect_list", _call("struct", *keys, exp.alias_(made.this.this, "value_of")))
    listed = exp.Filter(this=listed, expression=where) if where else listed
    return exp.Dot(
        this=_call("slice", _call("sort_array", listed), first, last), expression=exp.to_identifier("value_of")
    )


def _known(values: Any) -> Any:
    is_known = exp.Not(this=exp.Is(this=exp.column(_EACH), expression=exp.Null()))
    return _call("filter", values, _of_each(is_known))


def _list_sum(node: Any) -> Any:
    known = _known(node.expressions[0])
    names = [exp.to_identifier("so_far"), exp.to_identifier(_EACH)]
    both = exp.Lambda(this=exp.Add(this=exp.column("so_far"), expression=exp.column(_EACH)), expressions=names)
    summed = _call("aggregate", known, exp.cast(exp.Literal.number(0), "DOUBLE"), both)
    return exp.Case().when(exp.GT(this=_call("size", known.copy()), expression=exp.Literal.number(0)), summed)


def _length(node: Any) -> Any:
    return _call("size", node.this) if isinstance(node.this, exp.ArrayFilter) else node


def _mode(node: Any) -> Any:
    """Of what is there equally often, the least."""
    return _call("mode", node.this.this if isinstance(node.this, exp.Order) else node.this, True)


def _explode(node: Any) -> Any:
    """What lies between a beginning and an end that is not there itself."""
    of = node.this
    if isinstance(of, exp.GenerateSeries) and of.args.get("is_end_exclusive"):
        start, end, step = (of.args[each] for each in ("start", "end", "step"))
        before = exp.LT(this=exp.column(_EACH), expression=end.copy())
        node.set("this", _call("filter", _call("sequence", start, end, step), _of_each(before)))
    return node


def _select(node: Any) -> Any:
    """A row of several columns that another is looked for in."""
    if len(node.expressions) == 1 and isinstance(of := node.expressions[0].unalias(), exp.Tuple):
        node.set("expressions", of.expressions)
    return node


def _with(node: Any) -> Any:
    node.set("materialized", None)
    return node


_BY_KIND: Mapping[Any, Callable[[Any], Any]] = {
    exp.Add: _moved,
    exp.CTE: _with,
    exp.Cast: _cast,
    exp.Explode: _explode,
    exp.In: _in,
    exp.Length: _length,
    exp.Literal: _literal,
    exp.Mode: _mode,
    exp.Round: _round,
    exp.Select: _select,
    exp.Sub: _moved,
    exp.Window: _window,
}
_BY_NAME: Mapping[str, Callable[[Any], Any]] = {
    "list_count": lambda node: _call("size", _known(node.expressions[0])),
    "list_position": lambda node: _call("array_position", *node.expressions),
    "list_slice": _list_slice,
    "list_sum": _list_sum,
}
