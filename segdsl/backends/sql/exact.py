"""Lowerings for engines whose decimals have a fixed width of at most 38 digits, and that raise for what does not fit.

Everything is tested before it is converted, so that nothing raises on data. What a dialect calls its types is asked of the writer;
whole numbers are computed with as decimals without places.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TypeAlias

from sqlglot import exp

from segdsl.backends.sql import functions, nodes, windows
from segdsl.backends.sql.dialect import LowerAggregate, LowerCall, LowerConvert, Thunk
from segdsl.backends.sql.nodes import Node
from segdsl.backends.sql.windows import Between
from segdsl.backends.sql.writer import Writer, pattern_parts
from segdsl.planning.plan import Aggregation
from segdsl.semantics import ir
from segdsl.types import FLOAT, INT_DIGITS, MAX_DIGITS, STRING, Kind, Type, decimal

WHOLE = decimal(MAX_DIGITS, 0)
"""What whole numbers are computed in."""
SAFE_SUM_DIGITS = 27
"""A sum of decimals of so many digits needs 10^11 rows to leave 38 digits."""
_LIMB = 2**53
"""A double holds every whole number up to it."""
_SURE_DIGITS = 15
"""A decimal of so many digits is a whole number that a double holds, divided by another one."""
LowerWhole: TypeAlias = Callable[[Writer, ir.Expr, int], Node]
"""Of a number, times 10 to some power."""
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


# -- constants --------------------------------------------------------------------------------------------------------


def spelled(value: object, type_: Type) -> str:
    """A decimal with all its places."""
    assert isinstance(value, Decimal | int)
    return f"{Decimal(value):.{type_.scale}f}"


def decimal_literal(value: object, type_: Type) -> Node:
    return nodes.number(spelled(value, type_))


def _as_double(number: int) -> Node:
    """A power beside a double: not all engines read a whole number of more than 18 digits."""
    return nodes.number(number if number < 10**18 else repr(float(number)))


def _as_decimal(writer: Writer, number: int) -> Node:
    return nodes.number(number) if number < 10**18 else writer.constant(Decimal(number), WHOLE)


# -- conversions ------------------------------------------------------------------------------------------------------


def greatest(type_: Type) -> Decimal:
    """The greatest decimal of a type."""
    return Decimal(10**type_.precision - 1).scaleb(-type_.scale, functions.EXACT)


def fits(writer: Writer, value: Thunk, type_: Type) -> Node:
    """Is a decimal of as many places within a type?"""
    most = greatest(type_)
    return nodes.between(value(), writer.constant(-most, type_), writer.constant(most, type_))


def in_digits(writer: Writer, number: Node) -> Node:
    """A number as it is spelled."""
    return nodes.cast(number, writer.dialect.digits or writer.dialect.type_name(STRING))


def int_to_decimal(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    digits = target.precision - target.scale
    converted = writer.cast(value(), target)
    if digits >= INT_DIGITS:
        return converted
    most = nodes.number(10**digits - 1)
    return nodes.when(nodes.between(value(), nodes.negative(most), most.copy()), converted)


def decimal_to_decimal(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    narrower = target.scale < source.scale

    def rounded() -> Node:
        return nodes.call("ROUND", value(), nodes.number(target.scale)) if narrower else value()

    converted = writer.cast(rounded(), target)
    if source.precision - source.scale + narrower <= target.precision - target.scale:
        return converted
    return nodes.when(fits(writer, rounded, target), converted)


def float_to_decimal(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    """Of a double's digits before the point, each part that a double holds by itself is converted by itself: engines keep 15 digits
    of a double otherwise."""

    def digits() -> Node:
        size = nodes.call("ABS", value())
        scaled = nodes.multiply(size, _as_double(10**target.scale)) if target.scale else size
        return nodes.call("FLOOR", nodes.add(scaled, nodes.number("0.5")))

    limbs = next(count for count in (1, 2, 3) if 10**target.precision <= _LIMB**count)

    def above(limb: int) -> Node:
        if limb == limbs:
            return nodes.number(0)
        return nodes.call("FLOOR", nodes.divide(digits(), _as_double(_LIMB**limb))) if limb else digits()

    def part(limb: int) -> Node:
        rest = (
            above(limb)
            if limb + 1 == limbs
            else nodes.subtract(above(limb), nodes.multiply(above(limb + 1), _as_double(_LIMB)))
        )
        whole = writer.cast(rest, WHOLE)
        return nodes.multiply(whole, _as_decimal(writer, _LIMB**limb)) if limb else whole

    size = part(limbs - 1)
    for limb in reversed(range(limbs - 1)):
        size = nodes.add(size, part(limb))
    signed = nodes.when(nodes.compare("<", value(), nodes.number(0)), nodes.negative(size), size.copy())
    made = nodes.multiply(signed, unit(writer, target.scale)) if target.scale else signed
    return nodes.when(nodes.compare("<", digits(), _as_double(10**target.precision)), writer.cast(made, target))


def unit(writer: Writer, scale: int) -> Node:
    """``0.01``."""
    return writer.constant(Decimal(1).scaleb(-scale), decimal(max(scale, 1), scale))


def decimal_to_float(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    """Through its text where it may be more than two numbers that a double holds, one divided by the other: the nearest double then."""
    if source.precision > _SURE_DIGITS and source.scale:
        return writer.cast(in_digits(writer, value()), FLOAT)
    return writer.cast(value(), FLOAT)


# -- numbers ----------------------------------------------------------------------------------------------------------


def of_type(lower: LowerCall) -> LowerCall:
    """A calculation whose result an engine may give more places than its type has."""

    def lowered(writer: Writer, call: ir.Call) -> Node:
        return writer.cast(lower(writer, call), call.type)

    return lowered


def rounded(name: str) -> LowerCall:
    """FLOOR and CEIL of a decimal."""

    def lower(writer: Writer, call: ir.Call) -> Node:
        (arg,) = call.args
        return writer.cast(nodes.call(name, writer.value(arg)), call.type) if arg.type.scale else writer.value(arg)

    return lower


def divide_exact(writer: Writer, call: ir.Call) -> Node:
    """As doubles, both made whole before."""
    left, right = call.args
    scale = max(left.type.scale, right.type.scale)
    return nodes.divide(_whole(writer, left, scale), nodes.nullif(_whole(writer, right, scale), nodes.number(0)))


def _whole(writer: Writer, node: ir.Expr, scale: int) -> Node:
    """A number times 10^scale, as the double nearest to it."""
    if node.type.kind in (Kind.WHOLE, Kind.FLOAT):
        value = writer.value(node)
        return nodes.multiply(value, _as_double(10**scale)) if scale else value
    digits = INT_DIGITS if node.type.kind is Kind.INT else node.type.precision
    if digits + scale > MAX_DIGITS:
        power = nodes.concat(in_digits(writer, writer.value(node)), nodes.text(f"e{scale}"))
        return writer.cast(power, FLOAT)
    return writer.cast(unscaled(writer, node, scale), FLOAT)


def unscaled(writer: Writer, node: ir.Expr, scale: int) -> Node:
    """A number times 10^scale, without places."""
    value = writer.value(node)
    if not scale:
        return writer.cast(value, WHOLE)
    wide = value if isinstance(value, exp.Cast) else writer.cast(value, decimal(MAX_DIGITS, scale))
    return writer.cast(nodes.multiply(wide, _as_decimal(writer, 10**scale)), WHOLE)


# -- comparisons ------------------------------------------------------------------------------------------------------


def have_common_type(left: Type, right: Type) -> bool:
    """Is there a decimal that holds all values of two?"""
    if left.kind is not Kind.DECIMAL or right.kind is not Kind.DECIMAL:
        return True
    return max(left.precision - left.scale, right.precision - right.scale) + max(left.scale, right.scale) <= MAX_DIGITS


def compare(writer: Writer, node: ir.Compare) -> Node:
    """What has fewer places is compared by its size alone where the other's type does not hold it: it is then greater than all that
    the other can be."""
    left, right = node.left, node.right
    if have_common_type(left.type, right.type):
        return functions.compare(writer, node)
    if left.type.scale > right.type.scale:
        operator = _MIRRORED.get(node.operator, node.operator)
        return compare(writer, ir.Compare(operator, right, left))  # type: ignore[arg-type]
    if isinstance(right, ir.Literal) and not writer.holds(right):
        return _compare_with_constant(writer, left, node.operator, right)
    wide = decimal(MAX_DIGITS, right.type.scale)
    held = decimal(MAX_DIGITS - right.type.scale + left.type.scale, left.type.scale)
    near = nodes.compare(node.operator, writer.cast(writer.value(left), wide), writer.value(right))
    present = nodes.is_present(writer.value(right))
    match node.operator:
        case "=":
            far: Node = exp.false()
        case "!=":
            far = present
        case operator:
            sign = nodes.compare(operator[0], writer.value(left), nodes.number(0))
            far = nodes.all_of((sign, present)) if right.optional else sign
    missing = nodes.is_null(writer.value(left))
    branches = [(fits(writer, lambda: writer.value(left), held), near)]
    return nodes.case([(missing, exp.false()), *branches] if left.optional else branches, far)


def _compare_with_constant(writer: Writer, left: ir.Expr, operator: str, right: ir.Literal) -> Node:
    """With the constant rounded to the places that the other side has, to the side that keeps the comparison's outcome."""
    assert isinstance(right.value, Decimal)
    smallest = Decimal(1).scaleb(-left.type.scale)
    below = right.value.quantize(smallest, ROUND_FLOOR, functions.EXACT)
    value = writer.value(left)
    if below == right.value or operator in (">", "<="):
        return nodes.compare(operator, value, writer.constant(below, left.type))
    if operator in (">=", "<"):
        above = right.value.quantize(smallest, ROUND_CEILING, functions.EXACT)
        return nodes.compare(operator, value, writer.constant(above, left.type))
    return nodes.is_present(value) if operator == "!=" else exp.false()


def in_list(writer: Writer, node: ir.InList) -> Node:
    """Items with more places than the value can have are none of its values."""
    value = node.value
    if value.type.kind is not Kind.DECIMAL:
        return functions.in_list(writer, node)
    items = tuple(item for item in node.items if have_common_type(value.type, functions.item_type(item, value.type)))
    if items:
        return functions.in_list(writer, ir.InList(value, items, node.negated))
    return nodes.is_present(writer.value(value)) if node.negated else exp.false()


# -- text and time ----------------------------------------------------------------------------------------------------


def number(cast: Callable[[Node, str], Node], found: Callable[[Node, str], Node], group: str = "(") -> LowerCall:
    """A text as a number. ``found``: the part of a text that a pattern finds first; all of the text if it is as long, so that nothing
    hangs on what an engine takes for a text's end. Numbers of more than 29 digits before the point do not fit; of those behind it, ten
    matter."""

    def lower(writer: Writer, call: ir.Call) -> Node:
        (arg,) = call.args
        digits = call.type.precision - call.type.scale

        def part(pattern: str) -> Node:
            return nodes.nullif(found(writer.value(arg), pattern), nodes.text(""))

        def length(value: Node) -> Node:
            return nodes.call("LENGTH", value)

        def before() -> Node:
            figures = nodes.call("LTRIM", part("[0-9]+"), nodes.text("0"))
            whole = cast(nodes.nullif(figures, nodes.text("")), writer.dialect.type_name(WHOLE))
            return nodes.coalesce(whole, writer.constant(Decimal(0), WHOLE))

        def behind() -> Node:
            figures = nodes.concat(nodes.text("0"), nodes.coalesce(part("[.][0-9]{1,10}"), nodes.text(".0")))
            return nodes.call("ROUND", cast(figures, writer.dialect.type_name(decimal(11, 10))), nodes.number(9))

        most = writer.constant(Decimal(10**digits - 1), WHOLE)
        beyond = nodes.all_of((nodes.compare("=", before(), most), nodes.compare("=", behind(), nodes.number(1))))
        is_spelled = found(writer.value(arg), f"^-?0*[0-9]{{1,{digits}}}{group}[.][0-9]+)?")
        is_number = nodes.compare("=", length(is_spelled), length(writer.value(arg)))
        size = nodes.add(before(), writer.cast(behind(), decimal(10, 9)))
        is_negative = nodes.compare("=", nodes.call("LEFT", writer.value(arg), nodes.number(1)), nodes.text("-"))
        some = nodes.compare(">", length(writer.value(arg)), nodes.number(0))
        return nodes.when(
            nodes.all_of((is_number, some, nodes.not_(beyond))),
            nodes.when(is_negative, nodes.negative(writer.cast(size, call.type)), writer.cast(size.copy(), call.type)),
        )

    return lower


def like_pattern(pattern: str, escape: str) -> str:
    """A pattern in the words of LIKE."""
    pieces = []
    for piece in pattern_parts(pattern):
        match piece:
            case ("*",):
                pieces.append("%")
            case ("?",):
                pieces.append("_")
            case (_, literal):
                pieces.append("".join(f"{escape}{c}" if c in f"%_{escape}" else c for c in literal))
    return "".join(pieces)


def largest_unit(micros: int) -> tuple[str, int]:
    """The largest unit that divides a length of time, and how many microseconds it has."""
    sizes = {"DAY": functions.DAY, "HOUR": functions.HOUR, "SECOND": 1_000_000, "MICROSECOND": 1}
    return next((unit, size) for unit, size in sizes.items() if micros % size == 0)


def month_and_day(day: Node) -> Node:
    """228 for the 28th of February."""
    month = nodes.multiply(nodes.extract("MONTH", day), nodes.number(100))
    return nodes.add(month, nodes.extract("DAY", day.copy()))


# -- aggregates -------------------------------------------------------------------------------------------------------


def summed(writer: Writer, aggregation: Aggregation, condition: Node | None) -> Node:
    """Integers and doubles in millionths are added as decimals, whose sums engines give all their digits."""
    value = aggregation.value
    assert value is not None

    def total(of: Node) -> Node:
        return nodes.filtered(nodes.call("SUM", of), condition)

    match value.type.kind:
        case Kind.FLOAT | Kind.WHOLE:
            whole = functions.millionths(writer, value, writer.dialect.type_name(WHOLE))
            return nodes.multiply(total(whole), unit(writer, 6))
        case Kind.INT:
            return total(writer.cast(writer.value(value), aggregation.type))
        case _:
            return total(writer.cast(writer.value(value), aggregation.type))


def of_truth(name: str, truth: str) -> LowerAggregate:
    """MIN and MAX, which of truth values some engines call otherwise."""

    def lower(writer: Writer, aggregation: Aggregation, condition: Node | None) -> Node:
        assert aggregation.value is not None
        function = truth if aggregation.value.type.kind is Kind.BOOL else name
        return nodes.filtered(nodes.call(function, writer.value(aggregation.value)), condition)

    return lower


def between(writer: Writer, made: Between, unscaled: LowerWhole = unscaled) -> Node:
    """In whole numbers, and through their text to a double, which is then the nearest one; as doubles where 38 digits may not hold
    them."""
    places = windows.digits_of(made.whole)
    of = made.low.type
    scale = of.scale if of.kind is Kind.DECIMAL else 0
    precision = of.precision if of.kind is Kind.DECIMAL else INT_DIGITS

    def whole(end: ir.Expr) -> Node:
        return unscaled(writer, end, scale)

    def double(end: ir.Expr) -> Node:
        return (
            writer.converted(lambda: writer.value(end), of, FLOAT)
            if of.kind is Kind.DECIMAL
            else writer.cast(writer.value(end), FLOAT)
        )

    steps = 10**places // made.whole
    low = nodes.multiply(whole(made.low), nodes.number(10**places)) if places else whole(made.low)
    rest = nodes.multiply(writer.value(made.rest), nodes.number(steps)) if steps > 1 else writer.value(made.rest)
    apart = nodes.multiply(nodes.subtract(whole(made.high), whole(made.low)), rest)
    total = in_digits(writer, nodes.add(low, apart))
    exact = writer.cast(nodes.concat(total, nodes.text(f"e-{scale + places}")) if scale + places else total, FLOAT)
    if precision + max(places + 1, scale) <= MAX_DIGITS:
        return exact
    share = nodes.divide(writer.cast(writer.value(made.rest), FLOAT), nodes.number(made.whole))
    inexact = nodes.add(double(made.low), nodes.multiply(nodes.subtract(double(made.high), double(made.low)), share))
    held = decimal(MAX_DIGITS - max(places + 1, scale), scale)
    if held.precision < scale:
        return inexact
    both = [fits(writer, lambda end=end: writer.value(end), held) for end in (made.low, made.high)]  # type: ignore[misc]
    return nodes.when(nodes.all_of(both), exact, inexact)


# -- whole statements -------------------------------------------------------------------------------------------------

_UP_TO_HERE = exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW")


def plainer(tree: Node) -> Node:
    """Without FILTER, and with the frame of an aggregate in an order said: of rows, as those that tie have no values of their own there."""
    tree = tree.transform(nodes.unfiltered, copy=False)
    for window in tree.find_all(exp.Window):
        if window.this.name in ("MIN", "MAX") and window.args.get("order") and not window.args.get("spec"):
            window.set("spec", _UP_TO_HERE.copy())
    return tree


CALLS: dict[str, LowerCall] = {
    "divide_exact": divide_exact,
    "floor_decimal": rounded("FLOOR"),
    "ceil_decimal": rounded("CEIL"),
    "round_decimal": of_type(functions.round_decimal),
}

CONVERSIONS: dict[tuple[Kind, Kind], LowerConvert] = {
    (Kind.INT, Kind.DECIMAL): int_to_decimal,
    (Kind.DECIMAL, Kind.DECIMAL): decimal_to_decimal,
    (Kind.DECIMAL, Kind.FLOAT): decimal_to_float,
    (Kind.FLOAT, Kind.DECIMAL): float_to_decimal,
}
