"""What belongs to what in a tree of sqlglot nodes: of every operator, the constants and columns on each of its sides.

The tree that was written and the one that a parser makes of its text have other nodes for the same function, so they are compared
by this alone: an operand that has moved to another operator, or was lost, is seen.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TypeAlias

from sqlglot import exp

_SIGNS: dict[type[exp.Expr], str] = {
    exp.And: "and",
    exp.Or: "or",
    exp.Not: "not",
    exp.EQ: "=",
    exp.NEQ: "!=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.DPipe: "||",
    exp.Is: "is",
    exp.Between: "between",
    exp.In: "in",
    exp.Case: "case",
    exp.If: "when",
    exp.Coalesce: "coalesce",
    exp.Nullif: "nullif",
    exp.Window: "over",
    exp.Ordered: "ordered",
    exp.Where: "where",
    exp.Group: "group",
    exp.Join: "join",
    exp.CTE: "with",
    exp.Select: "select",
}
Grouping: TypeAlias = Counter[tuple[str, tuple[int, ...]]]
_LIMIT = 2**61 - 1
_UNITS = frozenset({"microsecond", "second", "minute", "hour", "day", "week", "isoweek", "month", "quarter", "year"})
"""Some parsers take the text of a unit for a word, and spell the format of a date in their own way."""
_FORMAT = re.compile("YYYY|%Y")


def grouping(tree: exp.Expr) -> Grouping:
    """Every operator with a sum of what each of its parts holds, in the order of the parts."""
    found: Grouping = Counter()
    held: dict[int, int] = {}
    for node in reversed(list(tree.walk(bfs=True))):
        parts = [held.get(id(part), 0) for part in _parts(node)]
        sign = _SIGNS.get(type(node))
        if sign is not None and not _within(node):
            present = [part for part in parts if part]
            # The parts of a SELECT, a CASE or a window are named, not in an order that trees agree on.
            ordered = isinstance(node, exp.Binary)
            found[sign, tuple(present if ordered else sorted(present))] += 1
        held[id(node)] = 0 if _is_no_value(node) else (sum(parts) + _own(node)) % _LIMIT
    return found


def _parts(node: exp.Expr) -> Iterator[exp.Expr]:
    """Without what a parser puts where nothing is written."""
    if isinstance(node, exp.RegexpExtract):
        yield from (node.this, node.expression)
    elif isinstance(node, exp.ArraySort):
        yield node.this
    else:
        yield from node.iter_expressions()


def _within(node: exp.Expr) -> bool:
    """A NOT that is part of another operator: ``IS NOT``, ``NOT IN``, ``NOT LIKE``."""
    return isinstance(node, exp.Not) and not isinstance(node.this, exp.Paren | exp.Column | exp.Coalesce | exp.Case)


def _is_no_value(node: exp.Expr) -> bool:
    """A type, or an interval, which trees hold in several ways; of one with a number, parsers keep the number."""
    return isinstance(node, exp.DataType | exp.Interval) or (
        isinstance(node, exp.Introducer)
        and node.this == exp.var("INTERVAL")
        and any(isinstance(one, exp.Literal) and one.is_string for one in (node.expression, node.expression.this))
    )


def _own(node: exp.Expr) -> int:
    match node:
        case exp.Literal() if node.this.lower() not in _UNITS and not _FORMAT.search(node.this):
            return hash(("literal", node.this))
        case exp.National():
            return hash(("text", node.this))
        case exp.Column(this=exp.Identifier(this="ARRAY", quoted=False)):
            # A word of T-SQL's ISJSON, which its parser does not know.
            return 0
        case exp.Column():
            # BigQuery's parser divides a name in quotes at its dots.
            return hash(("column", ".".join(part.name for part in node.parts)))
        case exp.Null():
            return hash("null")
        case exp.Boolean():
            return hash(("boolean", node.this))
        case _:
            return 0
