"""T-SQL's decimals. How many digits and places a result has is said at
https://learn.microsoft.com/en-us/sql/t-sql/data-types/precision-scale-and-length-transact-sql: a sum, a product or a quotient that would
need more than 38 digits loses places. Operands are therefore cast to types in which it does not, or a number is made of its digits.

A number that is written without a point has as many digits there as its type, if it is not cast.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp

from segdsl.backends.sql import exact, functions, nodes
from segdsl.backends.sql.dialect import LowerCall, Thunk
from segdsl.backends.sql.nodes import Node
from segdsl.planning.plan import Aggregation
from segdsl.semantics import ir
from segdsl.types import FLOAT, INT, INT_DIGITS, MAX_DIGITS, Kind, Type, decimal

if TYPE_CHECKING:
    from segdsl.backends.sql.writer import Writer


def _of(writer: Writer, node: ir.Expr, type_: Type) -> Node:
    """A number in a decimal type, said once."""
    value = writer.value(node)
    cast = writer.cast(value, type_)
    return value if isinstance(value, exp.Cast) and value.args["to"] == cast.args["to"] else cast


def of_sum(operator: Callable[[Node, Node], Node]) -> LowerCall:
    """Both in the type of what comes out, whose places are then kept."""

    def lower(writer: Writer, call: ir.Call) -> Node:
        return writer.cast(operator(*(_of(writer, arg, call.type) for arg in call.args)), call.type)

    return lower


def multiply(writer: Writer, call: ir.Call) -> Node:
    """A product of 38 digits would lose a place, so it is made of whole numbers, and the point is put into its digits."""
    left, right = call.args
    if call.type.precision < MAX_DIGITS:
        return writer.cast(nodes.multiply(_of(writer, left, left.type), _of(writer, right, right.type)), call.type)
    whole = nodes.multiply(*(unscaled(writer, one, one.type.scale) for one in call.args))
    return _scaled(writer, whole, call.type)


def _power(writer: Writer, digits: int) -> Node:
    return writer.cast(nodes.number(10**digits), decimal(digits + 1, 0))


def unscaled(writer: Writer, node: ir.Expr, scale: int) -> Node:
    """A number times 10^scale, without places; by its digits where a product would not keep them all."""
    of = node.type if node.type.kind is Kind.DECIMAL else decimal(INT_DIGITS, 0)
    if not scale:
        return writer.cast(writer.value(node), exact.WHOLE)
    if of.precision + scale + 2 <= MAX_DIGITS:
        return writer.cast(nodes.multiply(_of(writer, node, of), _power(writer, scale)), exact.WHOLE)
    digits = exact.in_digits(writer, _of(writer, node, decimal(MAX_DIGITS, scale)))
    return writer.cast(nodes.call("REPLACE", digits, nodes.text("."), nodes.text("")), exact.WHOLE)


def _scaled(writer: Writer, whole: Node, type_: Type) -> Node:
    """A whole number of 38 digits as so many of the last place, with the point put where it belongs."""
    if not type_.scale:
        return writer.cast(whole, type_)
    digits = exact.in_digits(writer, nodes.call("ABS", whole))
    padded = nodes.call("RIGHT", nodes.concat(nodes.text("0" * MAX_DIGITS), digits), nodes.number(MAX_DIGITS))
    point = nodes.number(MAX_DIGITS + 1 - type_.scale)
    size = nodes.call("STUFF", padded, point, nodes.number(0), nodes.text("."))
    sign = nodes.when(nodes.compare("<", whole.copy(), nodes.number(0)), nodes.text("-"), nodes.text(""))
    return writer.cast(nodes.concat(sign, size), type_)


def divide_exact(writer: Writer, call: ir.Call) -> Node:
    left, right = call.args
    scale = max(left.type.scale, right.type.scale)
    return nodes.divide(
        _as_double(writer, left, scale), nodes.nullif(_as_double(writer, right, scale), nodes.number(0))
    )


def _as_double(writer: Writer, node: ir.Expr, scale: int) -> Node:
    """A number times 10^scale, as the double nearest to it."""
    if node.type.kind in (Kind.WHOLE, Kind.FLOAT):
        return nodes.multiply(writer.value(node), nodes.number(f"1e{scale}")) if scale else writer.value(node)
    whole = unscaled(writer, node, scale) if scale else writer.value(node)
    return writer.cast(whole, FLOAT)


def _tried(writer: Writer, number: Node, type_: Type) -> Node:
    """https://learn.microsoft.com/en-us/sql/t-sql/functions/try-cast-transact-sql"""
    return nodes.try_cast(number, writer.dialect.type_name(type_))


def to_decimal(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    """A cast rounds half away from zero; tried, it gives nothing for what does not fit
    (https://learn.microsoft.com/en-us/sql/t-sql/functions/cast-and-convert-transact-sql#truncating-and-rounding-results)."""
    digits = INT_DIGITS if source.kind is Kind.INT else source.precision - source.scale
    narrower = source.kind is Kind.DECIMAL and target.scale < source.scale
    fits = digits + narrower <= target.precision - target.scale
    return writer.cast(value(), target) if fits else _tried(writer, value(), target)


def float_to_decimal(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    size = nodes.call("ABS", value())
    scaled = nodes.multiply(size, nodes.number(f"1e{target.scale}")) if target.scale else size
    digits = nodes.call("FLOOR", nodes.add(scaled, nodes.number("0.5")))
    whole = _tried(writer, digits, decimal(target.precision, 0))
    signed = nodes.when(nodes.compare("<", value(), nodes.number(0)), nodes.negative(whole), whole.copy())
    return writer.cast(nodes.multiply(signed, exact.unit(writer, target.scale)), target) if target.scale else signed


def round_decimal(writer: Writer, call: ir.Call) -> Node:
    return to_decimal(writer, lambda: writer.value(call.args[0]), call.args[0].type, call.type)


def summed(writer: Writer, aggregation: Aggregation, condition: Node | None) -> Node:
    """A sum of decimals has 38 digits, whatever it is of (https://learn.microsoft.com/en-us/sql/t-sql/functions/sum-transact-sql)."""
    value = aggregation.value
    assert value is not None

    def total(of: Node) -> Node:
        return nodes.filtered(nodes.call("SUM", of), condition)

    if value.type.kind in (Kind.FLOAT, Kind.WHOLE):
        # Of a double, a decimal has 17 digits.
        whole = writer.cast(functions.millionths(writer, value, writer.dialect.type_name(INT)), exact.WHOLE)
        made = nodes.multiply(total(whole), exact.unit(writer, 6))
    else:
        made = total(writer.cast(writer.value(value), aggregation.type))
    return writer.cast(made, aggregation.type)
