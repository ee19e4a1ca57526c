"""Numbers: conversions made explicit, static widths of decimals, static bounds of doubles.

In go typed nodes, out come typed nodes of one physical kind, as `segdsl.semantics.ir` states them. Bounds answer one
question: can arithmetic on doubles leave 1e-100 … 1e100 here? Only then is the result wrapped in `ir.InRange`, so that
ordinary arithmetic stays as plain as it was written. Bounds are sizes (without sign) of the values that are not zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from segdsl.digits import wide
from segdsl.errors import types as errors
from segdsl.records import replace
from segdsl.semantics import ir
from segdsl.semantics.constants import decimal_type, opposite
from segdsl.semantics.context import Context, unknown
from segdsl.source import Span
from segdsl.types import (
    FLOAT,
    INT,
    INT_DIGITS,
    MAX_DIGITS,
    MAX_FLOAT,
    MAX_INT,
    MILLIONTHS,
    MIN_FLOAT,
    WHOLE,
    Kind,
    Type,
    decimal,
)

Bounds = tuple[float, float]

_EXACT = wide(2 * MAX_DIGITS + 2)
_ROUNDING = 2.0**-53
_INT = decimal(INT_DIGITS, 0)


# -- bounds -------------------------------------------------------------------------------------------------------


def of_type(kind: Type) -> Bounds:
    match kind.kind:
        case Kind.INT:
            return 1.0, float(MAX_INT)
        case Kind.WHOLE:
            return 1.0, MAX_FLOAT
        case Kind.DECIMAL:
            return 10.0**-kind.scale, 10.0 ** (kind.precision - kind.scale)
        case _:
            return MIN_FLOAT, MAX_FLOAT


def bounds(expr: ir.Expr, used: Mapping[str, Bounds]) -> Bounds:
    """Between what the sizes of a number lie when it is not 0. ``used``: the bounds of definitions."""
    match expr:
        case ir.Literal(value=int() | float() | Decimal() as value) if value:
            size = abs(float(value))
            return size, size
        case ir.Literal():
            return 1.0, 1.0
        case ir.Use() | ir.RowUse():
            return used.get(expr.name, of_type(expr.type))
        case ir.Previous() | ir.Past():
            return bounds(expr.value, used)
        case ir.Overall():
            return bounds(expr.aggregate, used)
        case ir.Convert():
            low, high = bounds(expr.value, used)
            if expr.type.kind is Kind.INT:
                return 1.0, min(high, float(MAX_INT))
            return (low, high) if expr.type.kind in (Kind.WHOLE, Kind.FLOAT) else of_type(expr.type)
        case ir.InRange():
            # Not looked into: it is there because the bounds below it were wider than this.
            return of_type(expr.type)
        case ir.If():
            parts = [expr.then] if expr.otherwise is None else [expr.then, expr.otherwise]
            return _union([bounds(part, used) for part in parts])
        case ir.Aggregate(value=value) if value is not None and expr.function in ("min", "max", "first", "last"):
            return bounds(value, used) if value.type.is_number else of_type(expr.type)
        case ir.Aggregate(value=value, function="avg" | "percentile") if value is not None:
            low, high = (1 / MILLIONTHS, 9e12) if value.type.kind is Kind.FLOAT else of_type(value.type)
            exponent = expr.percent.as_tuple().exponent if expr.percent is not None else 0
            assert isinstance(exponent, int)
            # A mean is a sum over a count; what lies between two values, so many hundredths of the way, of no more places.
            return low / 2**70 / 10.0 ** max(0, -exponent), high * 2
        case ir.Call():
            return _of_call(expr, used)
        case _:
            return of_type(expr.type)


def _of_call(call: ir.Call, used: Mapping[str, Bounds]) -> Bounds:
    parts = [bounds(arg, used) for arg in call.args if arg.type.is_number]
    match call.overload:
        case "add_whole" | "subtract_whole":
            return 1.0, parts[0][1] + parts[1][1]
        case "add_float" | "subtract_float":
            # What is left of two doubles is a multiple of the last binary place of the smaller one.
            return min(parts[0][0], parts[1][0]) * _ROUNDING, parts[0][1] + parts[1][1]
        case "multiply_whole":
            return 1.0, parts[0][1] * parts[1][1]
        case "multiply_float":
            return parts[0][0] * parts[1][0], parts[0][1] * parts[1][1]
        case "divide_exact" | "divide_float":
            return parts[0][0] / parts[1][1], parts[0][1] / parts[1][0]
        case "floor_float" | "ceil_float":
            return 1.0, parts[0][1] + 1
        case "negate" | "abs":
            return parts[0]
        case "least" | "greatest" | "coalesce" if parts:
            return _union(parts)
        case _:
            return of_type(call.type)


def _union(parts: Sequence[Bounds]) -> Bounds:
    return min(low for low, _ in parts), max(high for _, high in parts)


def in_range(expr: ir.Expr, context: Context) -> ir.Expr:
    """The number itself, wrapped where it may have left the range of floats."""
    low, high = bounds(expr, context.bounds)
    if low > MIN_FLOAT * 1.01 and high < MAX_FLOAT * 0.99:
        return expr
    return ir.InRange(expr, type=expr.type, optional=True, span=expr.span)


# -- conversions --------------------------------------------------------------------------------------------------


def to_whole(expr: ir.Expr) -> ir.Expr:
    return (
        expr if expr.type.kind is Kind.WHOLE else ir.Convert(expr, type=WHOLE, optional=expr.optional, span=expr.span)
    )


def to_int(expr: ir.Expr, context: Context) -> ir.Expr:
    """A WHOLE as an INT, missing beyond 2^53."""
    if expr.type.kind is Kind.INT:
        return expr
    fits = bounds(expr, context.bounds)[1] <= MAX_INT
    return ir.Convert(expr, type=INT, optional=expr.optional or not fits, span=expr.span)


def to_float(expr: ir.Expr) -> ir.Expr:
    match expr:
        case ir.Literal(value=int() | Decimal() as value):
            return replace(expr, value=float(value), type=FLOAT)
        case _ if expr.type.kind is Kind.FLOAT:
            return expr
        case _:
            return ir.Convert(expr, type=FLOAT, optional=expr.optional, span=expr.span)


def to_decimal(expr: ir.Expr, context: Context) -> ir.Expr:
    """An exact number as a decimal of its own width: a literal's digits, 16 for any other whole number."""
    match expr:
        case ir.Literal(value=int(value)) if expr.type.kind is Kind.INT:
            exact = Decimal(value)
            kind = decimal_type(exact)
            assert kind is not None
            return replace(expr, value=exact, type=kind)
        case _ if expr.type.kind is Kind.DECIMAL:
            return expr
        case _:
            whole = to_int(expr, context)
            return ir.Convert(whole, type=_INT, optional=whole.optional, span=expr.span)


def rescaled(expr: ir.Expr, kind: Type) -> ir.Expr:
    """A decimal in another decimal type, rounded half away from zero; missing where it does not fit."""
    old = expr.type
    if (old.precision, old.scale) == (kind.precision, kind.scale):
        return expr
    carry = 1 if kind.scale < old.scale else 0
    fits = old.precision - old.scale + carry <= kind.precision - kind.scale
    if isinstance(expr, ir.Literal) and fits and not carry:
        return replace(expr, type=kind)
    return ir.Convert(expr, type=kind, optional=expr.optional or not fits, span=expr.span)


def common_decimal(kinds: Sequence[Type]) -> Type | int:
    """The narrowest decimal that holds all of several; the digits it would need where 38 are too few."""
    scale = max(kind.scale for kind in kinds)
    digits = max(kind.precision - kind.scale for kind in kinds) + scale
    return decimal(digits, scale) if digits <= MAX_DIGITS else digits


def declared(expr: ir.Expr, kind: Type, span: Span, context: Context) -> ir.Expr:
    """A value as a declaration converts it; ``span`` is the place to blame."""
    own = expr.type
    if own.is_unknown or kind.is_unknown:
        return unknown(expr.span)
    match own.kind, kind.kind:
        case (Kind.INT | Kind.WHOLE, Kind.INT):
            return to_int(expr, context)
        case (Kind.DECIMAL, Kind.INT) if own.scale == 0:
            fits = own.precision < INT_DIGITS
            return ir.Convert(expr, type=INT, optional=expr.optional or not fits, span=expr.span)
        case (Kind.FLOAT, Kind.INT) if isinstance(expr, ir.Call) and expr.function in ("floor", "ceil"):
            rounded = ir.Convert(expr, type=decimal(15, 0), optional=True, span=expr.span)
            return ir.Convert(rounded, type=INT, optional=True, span=expr.span)
        case (Kind.INT | Kind.WHOLE | Kind.DECIMAL, Kind.DECIMAL):
            return rescaled(to_decimal(expr, context), kind)
        case (Kind.FLOAT, Kind.DECIMAL):
            if kind.precision > 15:
                return context.wrong(errors.float_to_decimal(span, str(kind)))
            return ir.Convert(expr, type=kind, optional=True, span=expr.span)
        case (Kind.INT | Kind.WHOLE | Kind.DECIMAL | Kind.FLOAT, Kind.FLOAT):
            return to_float(expr)
        case (Kind.DATE, Kind.TIMESTAMP):
            return ir.Convert(expr, type=kind, optional=expr.optional, span=expr.span)
        case (one, other) if one is other and one is not Kind.ANY:
            # A closed list of values belongs to the declaration: data may hold others.
            return replace(expr, type=kind) if own != kind and isinstance(expr, ir.Literal) else expr
        case _:
            return context.wrong(errors.not_convertible(span, own, kind))


# -- one kind for several -----------------------------------------------------------------------------------------


def compared(values: Sequence[ir.Expr], context: Context) -> tuple[ir.Expr, ...]:
    """Numbers in one kind, so that they can be compared; decimals keep their own scales."""
    kinds = {value.type.kind for value in values}
    if Kind.FLOAT in kinds:
        return tuple(to_float(value) for value in values)
    if Kind.DECIMAL in kinds:
        constant = all(isinstance(v, ir.Literal) for v in values if v.type.kind is Kind.DECIMAL)
        if Kind.WHOLE in kinds and constant:
            # A whole number of any size against a written one: as a decimal it would be missing beyond 2^53.
            return tuple(to_float(value) for value in values)
        return tuple(to_decimal(value, context) for value in values)
    if Kind.WHOLE in kinds:
        return tuple(to_whole(value) for value in values)
    return tuple(values)


def unified(values: Sequence[ir.Expr], function: str, span: Span, context: Context) -> tuple[ir.Expr, ...] | None:
    """Numbers in one type, of which one is chosen. None, and a finding, where no decimal is wide enough."""
    kinds = {value.type.kind for value in values}
    if Kind.FLOAT in kinds or Kind.DECIMAL not in kinds:
        return compared(values, context)
    exact = [to_decimal(value, context) for value in values]
    common = common_decimal([value.type for value in exact])
    if isinstance(common, int):
        context.report(errors.too_many_digits(span, function, common))
        return None
    return tuple(rescaled(value, common) for value in exact)


# -- arithmetic ---------------------------------------------------------------------------------------------------

_NAMES = {"+": "add", "-": "subtract", "*": "multiply"}


def arithmetic(operator: str, left: ir.Expr, right: ir.Expr, span: Span, context: Context) -> ir.Expr:
    """``left operator right`` of two numbers."""
    folded = _folded(operator, left, right, span)
    if folded is not None:
        return folded
    optional = left.optional or right.optional
    kinds = {left.type.kind, right.type.kind}
    if operator == "/":
        return _divided(left, right, span, context)
    name = _NAMES[operator]
    if Kind.FLOAT in kinds:
        a, b = to_float(left), to_float(right)
        call = ir.Call(operator, f"{name}_float", (a, b), type=FLOAT, optional=optional, span=span)
        return in_range(call, context)
    if Kind.DECIMAL in kinds:
        a, b = to_decimal(left, context), to_decimal(right, context)
        kind = _width(operator, a.type, b.type)
        if isinstance(kind, int):
            return context.wrong(errors.too_many_digits(span, operator, kind))
        optional = a.optional or b.optional
        return ir.Call(operator, f"{name}_decimal", (a, b), type=kind, optional=optional, span=span)
    call = ir.Call(
        operator, f"{name}_whole", (to_whole(left), to_whole(right)), type=WHOLE, optional=optional, span=span
    )
    return in_range(call, context)


def _width(operator: str, left: Type, right: Type) -> Type | int:
    if operator == "*":
        precision, scale = left.precision + right.precision, left.scale + right.scale
    else:
        scale = max(left.scale, right.scale)
        precision = max(left.precision - left.scale, right.precision - right.scale) + scale + 1
    return decimal(precision, scale) if precision <= MAX_DIGITS else precision


def _divided(left: ir.Expr, right: ir.Expr, span: Span, context: Context) -> ir.Expr:
    if Kind.FLOAT in (left.type.kind, right.type.kind):
        args, overload = (to_float(left), to_float(right)), "divide_float"
    else:
        args, overload = (left, right), "divide_exact"
        # Both are brought to one scale before they become doubles.
        scale = max(left.type.scale, right.type.scale)
        for side in (left.type, right.type):
            digits = (side.precision - side.scale if side.kind is Kind.DECIMAL else INT_DIGITS) + scale
            if digits > MAX_DIGITS:
                return context.wrong(errors.too_many_digits(span, "/", digits))
    # Without a remainder of doubt only where the divisor is written down and not zero.
    optional = left.optional or right.optional or not (isinstance(right, ir.Literal) and bool(right.value))
    return in_range(ir.Call("/", overload, args, type=FLOAT, optional=optional, span=span), context)


def _folded(operator: str, left: ir.Expr, right: ir.Expr, span: Span) -> ir.Expr | None:
    """Two written numbers in exact arithmetic, done here and now where the result is a literal of the same kind."""
    if not (isinstance(left, ir.Literal) and isinstance(right, ir.Literal)) or operator == "/":
        return None
    a, b = left.value, right.value
    if isinstance(a, int) and isinstance(b, int) and left.type == right.type == INT:
        whole = a + b if operator == "+" else a - b if operator == "-" else a * b
        return ir.Literal(whole, type=INT, span=span) if abs(whole) <= MAX_INT else None
    if isinstance(a, (int, Decimal)) and isinstance(b, (int, Decimal)) and left.type.is_exact and right.type.is_exact:
        x, y = Decimal(a), Decimal(b)
        exact = (
            _EXACT.add(x, y) if operator == "+" else _EXACT.subtract(x, y) if operator == "-" else _EXACT.multiply(x, y)
        )
        kind = decimal_type(exact)
        return ir.Literal(exact, type=kind, span=span) if kind is not None else None
    return None


def negated(value: ir.Expr, span: Span) -> ir.Expr:
    match value:
        case ir.Literal(value=int() | Decimal() | float() as number) if value.type.is_number:
            return replace(value, value=opposite(number) if isinstance(number, Decimal) else -number, span=span)
        case _:
            return ir.Call("-", "negate", (value,), type=value.type, optional=value.optional, span=span)
