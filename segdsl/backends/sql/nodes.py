"""Making sqlglot nodes, with parentheses where they are needed and nowhere else.

sqlglot's generator writes the tree's operators without regard to their strength (``Mul(Add(a, b), c)`` comes out as
``a + b * c``), so every operator in this package is made here, where weaker operands get an `exp.Paren`. No function here
knows a dialect, a plan or a type of the language. A node that was passed in belongs to the node that comes out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from sqlglot import exp

Node = exp.Expr

OR, AND, NOT, COMPARISON, OTHER, SUM, PRODUCT, SIGN, COLLATION, ATOM = range(10)

_STRENGTHS: dict[type[exp.Expr], int] = {
    exp.Or: OR,
    exp.And: AND,
    exp.Not: NOT,
    exp.EQ: COMPARISON,
    exp.NEQ: COMPARISON,
    exp.LT: COMPARISON,
    exp.LTE: COMPARISON,
    exp.GT: COMPARISON,
    exp.GTE: COMPARISON,
    exp.Is: COMPARISON,
    exp.In: COMPARISON,
    exp.Between: COMPARISON,
    exp.Glob: COMPARISON,
    exp.Like: COMPARISON,
    exp.Escape: COMPARISON,
    exp.RegexpLike: COMPARISON,
    exp.DPipe: OTHER,
    exp.ArrayOverlaps: OTHER,
    exp.ArrayContainsAll: OTHER,
    exp.Add: SUM,
    exp.Sub: SUM,
    exp.Mul: PRODUCT,
    exp.Div: PRODUCT,
    exp.IntDiv: PRODUCT,
    exp.Mod: PRODUCT,
    exp.Neg: SIGN,
    exp.Collate: COLLATION,
}
"""How strongly an operator binds. Engines disagree about the order within comparisons, and about what stands between those
and sums; here none of these takes another of them as an operand without parentheses."""

COMPARISONS: dict[str, type[exp.Binary]] = {
    "=": exp.EQ,
    "!=": exp.NEQ,
    "<": exp.LT,
    "<=": exp.LTE,
    ">": exp.GT,
    ">=": exp.GTE,
}


def strength(node: Node) -> int:
    return _STRENGTHS.get(type(node), ATOM)


def operand(node: Node, least: int) -> Node:
    """The node, in parentheses if it binds less than ``least``."""
    return node if strength(node) >= least else exp.Paren(this=node)


def _binary(kind: type[exp.Binary], left: Node, right: Node, **flags: bool) -> Node:
    own = _STRENGTHS[kind]
    loosest = own + 1 if own == COMPARISON else own
    return kind(this=operand(left, loosest), expression=operand(right, own + 1), **flags)


def compare(operator: str, left: Node, right: Node) -> Node:
    return _binary(COMPARISONS[operator], left, right)


def add(left: Node, right: Node) -> Node:
    return _binary(exp.Add, left, right)


def subtract(left: Node, right: Node) -> Node:
    return _binary(exp.Sub, left, right)


def multiply(left: Node, right: Node) -> Node:
    return _binary(exp.Mul, left, right)


def divide(left: Node, right: Node) -> Node:
    """``left / right``, whatever the engine's ``/`` is. The flags keep sqlglot from adding casts or guards of its own."""
    return _binary(exp.Div, left, right, typed=True, safe=False)


def divide_whole(left: Node, right: Node) -> Node:
    """DuckDB's ``left // right``, which rounds towards zero."""
    return _binary(exp.IntDiv, left, right)


def modulo(left: Node, right: Node) -> Node:
    return _binary(exp.Mod, left, right)


def negative(node: Node) -> Node:
    return exp.Neg(this=operand(node, ATOM))


def concat(left: Node, right: Node) -> Node:
    """Engines do not agree on how strongly ``||`` binds, so it takes nothing without parentheses but what is whole."""
    first = left if isinstance(left, exp.DPipe) else operand(left, ATOM)
    return exp.DPipe(this=first, expression=operand(right, ATOM))


def collate(node: Node, collation: str) -> Node:
    return exp.Collate(this=operand(node, ATOM), expression=exp.to_identifier(collation, quoted=True))


def not_(node: Node) -> Node:
    return exp.Not(this=operand(node, COMPARISON))


def _chain(kind: type[exp.And] | type[exp.Or], items: Iterable[Node], nothing: Node) -> Node:
    parts: list[Node] = []
    for item in items:
        # `a AND (b AND c)` is `a AND b AND c`.
        parts.extend(_members(kind, item) if isinstance(item, kind) else (item,))
    if not parts:
        return nothing
    result = parts[0] if len(parts) == 1 else operand(parts[0], _STRENGTHS[kind] + 1)
    for part in parts[1:]:
        result = kind(this=result, expression=operand(part, _STRENGTHS[kind] + 1))
    return result


def _members(kind: type[exp.And] | type[exp.Or], node: Node) -> list[Node]:
    """The members of a chain made here, which leans to the left."""
    members: list[Node] = []
    while isinstance(node, kind):
        members.append(node.expression)
        node = node.this
    members.append(node)
    return members[::-1]


def all_of(items: Iterable[Node]) -> Node:
    return _chain(exp.And, items, exp.true())


def any_of(items: Iterable[Node]) -> Node:
    return _chain(exp.Or, items, exp.false())


def is_null(node: Node) -> Node:
    return exp.Is(this=operand(node, OTHER), expression=exp.null())


def is_present(node: Node) -> Node:
    return exp.Not(this=is_null(node))


def in_list(node: Node, items: Sequence[Node]) -> Node:
    return exp.In(this=operand(node, OTHER), expressions=list(items))


def between(node: Node, low: Node, high: Node) -> Node:
    return exp.Between(this=operand(node, OTHER), low=operand(low, OTHER), high=operand(high, OTHER))


def glob(node: Node, pattern: Node) -> Node:
    return exp.Glob(this=operand(node, OTHER), expression=pattern)


def like(node: Node, pattern: Node, escape: str) -> Node:
    """``node LIKE pattern ESCAPE '|'``."""
    return exp.Escape(this=exp.Like(this=operand(node, OTHER), expression=pattern), expression=text(escape))


def regexp(node: Node, pattern: Node) -> Node:
    """``node ~ pattern`` where the dialect has that operator."""
    return exp.RegexpLike(this=operand(node, OTHER), expression=pattern)


def array(items: Iterable[Node]) -> Node:
    """``['a', 'b']`` or ``ARRAY['a', 'b']``, as the dialect writes it."""
    return exp.Array(expressions=list(items))


def overlaps(left: Node, right: Node) -> Node:
    """``left && right``: have two arrays an item in common?"""
    return exp.ArrayOverlaps(this=operand(left, ATOM), expression=operand(right, ATOM))


def holds_all(left: Node, right: Node) -> Node:
    """``left @> right``: has the first array all items of the second?"""
    return exp.ArrayContainsAll(this=operand(left, ATOM), expression=operand(right, ATOM))


def alias(rows: Node, name: str) -> Node:
    """``JSON_EACH(tags) AS item``: rows that a function makes."""
    return exp.Alias(this=rows, alias=exp.to_identifier(name))


def exists(query: Node) -> Node:
    return exp.Exists(this=query)


def subquery(query: Node) -> Node:
    return exp.Subquery(this=query)


def call(name: str, *args: Node) -> Node:
    """A function by its name; sqlglot gives it no meaning of its own and rewrites nothing."""
    return exp.Anonymous(this=name, expressions=list(args))


def coalesce(*args: Node) -> Node:
    return exp.Coalesce(this=args[0], expressions=list(args[1:]))


def nullif(node: Node, value: Node) -> Node:
    return exp.Nullif(this=node, expression=value)


def cast(node: Node, type_: str) -> Node:
    return exp.Cast(this=node, to=_type(type_))


def try_cast(node: Node, type_: str) -> Node:
    return exp.TryCast(this=node, to=_type(type_))


def _type(text: str) -> exp.DataType:
    # As a name of the user's own, a type is written as it stands here, in every dialect; ClickHouse's would be made Nullable else.
    return exp.DataType(this=exp.DType.USERDEFINED, kind=text, nullable=False)


def case(branches: Sequence[tuple[Node, Node]], otherwise: Node | None = None, subject: Node | None = None) -> Node:
    """``CASE [subject] WHEN … THEN … [ELSE …] END``. What stands behind ELSE and is such a CASE itself is more of its branches: engines
    nest no more than some."""
    ifs = [exp.If(this=condition, true=value) for condition, value in branches]
    if subject is None and isinstance(otherwise, exp.Case) and otherwise.this is None:
        return exp.Case(ifs=[*ifs, *otherwise.args["ifs"]], default=otherwise.args.get("default"))
    return exp.Case(this=subject, ifs=ifs, default=otherwise)


def when(condition: Node, value: Node, otherwise: Node | None = None) -> Node:
    return case([(condition, value)], otherwise)


def number(value: int | Decimal | str) -> Node:
    """A number as it is written; negative ones get their sign as an operator."""
    text = value if isinstance(value, str) else format(value, "f") if isinstance(value, Decimal) else str(value)
    if text.startswith("-"):
        return exp.Neg(this=exp.Literal.number(text[1:]))
    return exp.Literal.number(text)


def text(value: str) -> Node:
    return exp.Literal.string(value)


def typed(type_: str, value: str) -> Node:
    """``DATE '2026-06-01'``."""
    return exp.Introducer(this=exp.var(type_), expression=text(value))


def interval(value: str) -> Node:
    """``INTERVAL '30 days'``."""
    return exp.Introducer(this=exp.var("INTERVAL"), expression=text(value))


def extract(part: str, node: Node) -> Node:
    return exp.Extract(this=exp.var(part), expression=node)


def count_rows() -> Node:
    return exp.Count(this=exp.Star(), big_int=True)


def distinct(node: Node) -> Node:
    return exp.Distinct(expressions=[node])


def filtered(aggregate: Node, condition: Node | None) -> Node:
    """``aggregate FILTER (WHERE condition)``."""
    if condition is None:
        return aggregate
    return exp.Filter(this=aggregate, expression=exp.Where(this=condition))


def unfiltered(node: Node) -> Node:
    """``SUM(CASE WHEN condition THEN value END)`` for ``SUM(value) FILTER (WHERE condition)``; any other node as it is."""
    match node:
        case exp.Filter(this=exp.Count(this=exp.Star()), expression=exp.Where(this=condition)):
            return call("COUNT", when(condition, number(1)))
        case exp.Filter(this=exp.Anonymous(expressions=[exp.Distinct(expressions=[value])]) as aggregate):
            return call(aggregate.name, distinct(when(node.expression.this, value)))
        case exp.Filter(this=exp.Anonymous(expressions=[value]) as aggregate):
            return call(aggregate.name, when(node.expression.this, value))
        case _:
            return node


def ordered(node: Node, *, descending: bool = False, nulls_first: bool | None = None) -> exp.Ordered:
    """A key of an ORDER BY; ``nulls_first`` None: nothing is said of missing values, because there are none."""
    return exp.Ordered(this=node, desc=descending or None, nulls_first=nulls_first)
