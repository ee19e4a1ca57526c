"""Distances in the arithmetic that every dialect has.

Comes in: a scalar of a plan. Goes out: the same scalar, each call of ``haversine`` in it written out as sums and products of doubles,
in the order that `segdsl.functions.sphere` states. It must not know a dialect.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from segdsl.functions import sphere
from segdsl.semantics import ir
from segdsl.semantics.walk import rebuild
from segdsl.types import FLOAT

OVERLOADS = frozenset({"haversine"})
"""What is written out before a dialect's tables are asked."""


def written_out(expr: ir.Expr) -> ir.Expr:
    inside = rebuild(expr, written_out)
    if not (isinstance(inside, ir.Call) and inside.overload in OVERLOADS):
        return inside
    north, east = inside.options
    assert isinstance(north, Decimal) and isinstance(east, Decimal)
    latitude, longitude = (_Double(arg) for arg in inside.args)
    return sphere.haversine(latitude, longitude, sphere.point(north, east), _least).expr


@dataclass(frozen=True, slots=True)
class _Double:
    """A scalar with the operators of a number."""

    expr: ir.Expr

    def __add__(self, other: _Double | float) -> _Double:
        return _call("+", "add_float", self, other)

    def __sub__(self, other: _Double | float) -> _Double:
        return _call("-", "subtract_float", self, other)

    def __rsub__(self, other: float) -> _Double:
        return _call("-", "subtract_float", other, self)

    def __mul__(self, other: _Double | float) -> _Double:
        return _call("*", "multiply_float", self, other)

    def __rmul__(self, other: float) -> _Double:
        return _call("*", "multiply_float", other, self)

    def __abs__(self) -> _Double:
        return _Double(ir.Call("abs", "abs", (self.expr,), type=FLOAT, optional=self.expr.optional))


def _call(operator: str, overload: str, *sides: _Double | float) -> _Double:
    args = tuple(map(_expr, sides))
    return _Double(ir.Call(operator, overload, args, type=FLOAT, optional=any(arg.optional for arg in args)))


def _expr(side: _Double | float) -> ir.Expr:
    return side.expr if isinstance(side, _Double) else ir.Literal(side, type=FLOAT)


def _least(left: _Double, right: _Double) -> _Double:
    smaller = ir.Compare("<=", left.expr, right.expr)
    return _Double(ir.If(smaller, left.expr, right.expr, type=FLOAT, optional=left.expr.optional))
