"""``distance_km(lat, lon, LAT, LON) <= KM``: from a comparison of the syntax tree to one of haversines.

The four arguments make a `Call` of the overload ``haversine``, which grows with the distance; what it is compared with is worked
out here. A place that is none (a latitude beyond 90 degrees) is missing before anything is computed of it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Literal, TypeAlias

from segdsl.errors import names as name_errors
from segdsl.errors import types as errors
from segdsl.functions import sphere
from segdsl.semantics import constants, ir, numbers
from segdsl.semantics.constants import Items, Length, Scalar, Share
from segdsl.semantics.context import unknown
from segdsl.semantics.names import Scope
from segdsl.syntax import ast
from segdsl.types import FLOAT

if TYPE_CHECKING:
    from segdsl.semantics.expressions import Expressions

NAME = "distance_km"
Operator: TypeAlias = Literal["<", "<=", ">", ">="]
_OPERATORS: dict[str, tuple[Operator, Operator]] = {
    "<": ("<", ">"),
    "<=": ("<=", ">="),
    ">": (">", "<"),
    ">=": (">=", "<="),
}
"""Each as it is, and as it is with its sides exchanged."""


def is_distance(node: ast.Expr) -> bool:
    return isinstance(node, ast.Call) and node.name.text == NAME


def compared(resolver: Expressions, node: ast.Compare, scope: Scope) -> ir.Expr:
    """A comparison, one side of which is a distance."""
    context, mirrored = resolver.context, not is_distance(node.left)
    call, limit = (node.right, node.left) if mirrored else (node.left, node.right)
    assert isinstance(call, ast.Call)
    if is_distance(limit):
        return context.wrong(errors.distance_alone(limit.span))
    if node.operator not in _OPERATORS:
        return context.wrong(errors.distance_operator(node.span, node.operator))
    value = _haversine(resolver, call, scope)
    most = _number(resolver, limit, scope, "what a distance is compared with")
    if most is None or value.type.is_unknown:
        return unknown(node.span)
    if most < 0:
        return context.wrong(errors.bad_limit(limit.span, f"{most:f}"))
    bound = ir.Literal(sphere.haversine_of(most), type=FLOAT, span=limit.span)
    return ir.Compare(_OPERATORS[node.operator][mirrored], value, bound, span=node.span)


def _haversine(resolver: Expressions, node: ast.Call, scope: Scope) -> ir.Expr:
    context, span = resolver.context, node.span
    if len(node.args) != 4:
        takes = "a latitude and a longitude, and those of a place"
        return context.wrong(name_errors.argument_count(span, NAME, takes, len(node.args)))
    sides = (("latitude", sphere.MOST_LATITUDE), ("longitude", sphere.MOST_LONGITUDE))
    values = [_degrees(resolver, arg, most, scope) for arg, (_, most) in zip(node.args[:2], sides, strict=True)]
    places = [_place(resolver, arg, what, most, scope) for arg, (what, most) in zip(node.args[2:], sides, strict=True)]
    if any(value.type.is_unknown for value in values):
        return unknown(span)
    found = [place for place in places if place is not None]
    if len(found) < len(places):
        return unknown(span)
    return ir.Call(NAME, "haversine", tuple(values), tuple(found), type=FLOAT, optional=True, span=span)


def _degrees(resolver: Expressions, node: ast.Expr, most: int, scope: Scope) -> ir.Expr:
    """A number of degrees, missing beyond what there is on the globe."""
    value = resolver.expr(node, scope)
    if value.type.is_unknown:
        return value
    if not value.type.is_number:
        return resolver.context.wrong(errors.wrong_argument(value.span, NAME, "numbers of degrees", value.type))
    degrees, span = numbers.to_float(value), value.span
    ends = (ir.Literal(float(end), type=FLOAT, span=span) for end in (-most, most))
    low, high = (ir.Compare(sign, degrees, end, span=span) for sign, end in zip(_INSIDE, ends, strict=True))
    return ir.If(ir.All((low, high), span=span), degrees, None, type=FLOAT, optional=True, span=span)


_INSIDE: tuple[Operator, Operator] = (">=", "<=")


def _place(resolver: Expressions, node: ast.Expr, what: str, most: int, scope: Scope) -> Decimal | None:
    degrees = _number(resolver, node, scope, f"the {what} of the place")
    if degrees is not None and abs(degrees) > most:
        resolver.context.report(errors.off_the_globe(node.span, what, most, f"{degrees:f}"))
        return None
    return degrees


def _number(resolver: Expressions, node: ast.Expr, scope: Scope, what: str) -> Decimal | None:
    """A constant number; None, and a finding unless there is one already, for anything else."""
    constant = resolver.constant(node, scope)
    number = constants.exact(constant)
    if number is not None:
        return number
    match constant:
        case Scalar() | Length() | Share() | Items():
            resolver.context.report(errors.number_needed(node.span, what, constants.describe(constant)))
        case None if not resolver.expr(node, scope).type.is_unknown:
            resolver.context.report(errors.constant_needed(node.span, what))
        case _:
            # An argument of a trait that is read by itself is not known yet.
            pass
    return None
