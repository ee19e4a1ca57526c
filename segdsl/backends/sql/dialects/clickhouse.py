"""ClickHouse. A missing value has a type of its own there: only what is ``Nullable`` can be missing, which every cast here says.

Decimals are held in 32, 64, 128 or 256 bits, whichever their digits need: arithmetic that leaves them raises or, worse, wraps, so one
operand is made as wide as the result is. Nothing is left to a common type of two that ClickHouse would choose: numbers of several
types, signed and not, have none, or a `Variant`. Texts are bytes in UTF-8, whose order is that of code points.

https://clickhouse.com/docs/sql-reference
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlglot import exp

from segdsl.backends.json_lists import PATTERN
from segdsl.backends.sql import functions, names, nodes, windows
from segdsl.backends.sql.dialect import Capabilities, Dialect, Executed, Lists, LowerCall, LowerConvert, Thunk
from segdsl.backends.sql.nodes import Node
from segdsl.backends.sql.windows import Between
from segdsl.backends.sql.writer import pattern_parts
from segdsl.planning.plan import Aggregation, TableColumn
from segdsl.semantics import ir
from segdsl.types import INT_DIGITS, MAX_DIGITS, Kind, Type, decimal

if TYPE_CHECKING:
    from segdsl.backends.sql.writer import Writer

_TYPES = {
    Kind.BOOL: "Bool",
    Kind.INT: "Int64",
    Kind.WHOLE: "Float64",
    Kind.FLOAT: "Float64",
    Kind.STRING: "String",
    Kind.DATE: "Date32",
    Kind.TIMESTAMP: "DateTime64(6, 'UTC')",
    Kind.ANY: "String",
}
_LIST = "Array(Nullable(String))"
_NARROWEST, _NARROW, _WIDE, _WIDEST = 9, 18, 38, 76
"""How many digits decimals of 32, 64, 128 and 256 bits hold."""
_SAFE_SUM_DIGITS = 27
"""A sum of decimals of so many digits needs 10^11 rows to leave 38 digits."""
_DOUBLE_DIGITS = 15
"""Decimals of so many digits are divided by their unit as two whole doubles, which gives the nearest one."""
_MILLIONTHS = decimal(29, 6)
_LAST_INT64 = 2**63 - 1
_ROW = "one"


def type_name(type_: Type) -> str:
    """As a CAST needs it. https://clickhouse.com/docs/sql-reference/data-types/nullable: an array cannot be missing."""
    if type_.kind is Kind.LIST:
        return _LIST
    if type_.kind is Kind.DECIMAL:
        return _decimal_name(type_.precision, type_.scale)
    return f"Nullable({_TYPES[type_.kind]})"


def _parameter_type(type_: Type) -> str:
    """What a placeholder says it is: never missing. https://clickhouse.com/docs/sql-reference/syntax#defining-and-using-query-parameters."""
    return type_name(type_).removeprefix("Nullable(").removesuffix(")") if type_.kind is not Kind.LIST else _LIST


def _decimal_name(digits: int, scale: int) -> str:
    return f"Nullable(Decimal({digits}, {scale}))"


def _width(digits: int) -> int:
    """How many digits a decimal of so many has room for."""
    return next(width for width in (_NARROWEST, _NARROW, _WIDE, _WIDEST) if digits <= width)


def _bits(digits: int) -> int:
    return {_NARROWEST: 32, _NARROW: 64, _WIDE: 128, _WIDEST: 256}[_width(digits)]


def _nothing(type_: Type) -> Node:
    return nodes.cast(nodes.array([]) if type_.kind is Kind.LIST else exp.null(), type_name(type_))


# -- literals ---------------------------------------------------------------------------------------------------------


def _decimal_literal(value: object, type_: Type) -> Node:
    """A number with a point is a double: https://clickhouse.com/docs/sql-reference/syntax#numeric."""
    assert isinstance(value, Decimal | int)
    text = nodes.text(f"{Decimal(value):.{type_.scale}f}")
    digits = max(type_.precision, type_.scale)
    return nodes.call(f"toDecimal{_bits(digits)}", text, nodes.number(type_.scale))


def _int_literal(value: object, type_: Type) -> Node:
    """Beyond 32 bits a plain number is a UInt64, which has no type in common with negative ones."""
    assert isinstance(value, int)
    return nodes.number(value) if value < 2**32 else nodes.call("toInt64", nodes.number(value))


def _double_literal(value: object, type_: Type) -> Node:
    assert isinstance(value, int | float)
    # Without an exponent a whole one would be an integer.
    text = repr(float(value))
    return nodes.number(text if "e" in text else f"{text}e0")


def _date_literal(value: object, type_: Type) -> Node:
    """A Date has 16 bits, and begins in 1970: https://clickhouse.com/docs/sql-reference/data-types/date32."""
    assert isinstance(value, date)
    return nodes.call("toDate32", nodes.text(value.isoformat()))


def _timestamp_literal(value: object, type_: Type) -> Node:
    """TIMESTAMP '…' is a DateTime, whose seconds have no fractions: https://clickhouse.com/docs/sql-reference/data-types/datetime64."""
    assert isinstance(value, datetime)
    return _instant(nodes.text(value.isoformat(" ")))


def _instant(node: Node) -> Node:
    return nodes.call("toDateTime64", node, nodes.number(6), nodes.text("UTC"))


def _day(node: Node) -> Node:
    """A column of days may be a Date, whose arithmetic wraps in 2149."""
    return nodes.call("toDate32", node)


# -- conversions ------------------------------------------------------------------------------------------------------


def _fitting(value: Thunk, digits: int, result: Node) -> Node:
    """Missing where a number has more digits before the point."""
    size = nodes.call("ABS", value())
    limit = nodes.number(10**digits) if 10**digits <= _LAST_INT64 else _power(digits)
    return nodes.when(nodes.compare("<", size, limit), result)


def _power(digits: int) -> Node:
    return _decimal_literal(10**digits, decimal(digits + 1, 0))


def _int_to_decimal(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    digits = target.precision - target.scale
    if digits >= INT_DIGITS:
        return writer.cast(value(), target)
    # All that an int can be has room here; the test comes behind.
    made = nodes.cast(
        value(), _decimal_name(max(target.precision, _width(INT_DIGITS + 3 + target.scale)), target.scale)
    )
    return _fitting(value, digits, made)


def _decimal_to_decimal(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    narrower = target.scale < source.scale

    def rounded() -> Node:
        return nodes.call("ROUND", value(), nodes.number(target.scale)) if narrower else value()

    needed = source.precision - source.scale + narrower
    digits = target.precision - target.scale
    if needed <= digits:
        return writer.cast(rounded(), target)
    # Room for all digits of the source: a cast that has none raises.
    room = _width(needed + target.scale)
    return _fitting(rounded, digits, nodes.cast(rounded(), _decimal_name(max(target.precision, room), target.scale)))


def _decimal_to_float(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    return _double(value(), source.precision)


def _double(value: Node, digits: int) -> Node:
    """The nearest double. toFloat64 of a decimal divides two doubles, the first of which may not hold its digits."""
    exact = value if digits <= _DOUBLE_DIGITS else nodes.call("toString", value)
    return nodes.call("toFloat64", exact)


def _decimal_to_int(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    # By way of 256 bits, from which a cast to 64 does not raise.
    return functions.within_int(value, writer.cast(nodes.call("toInt256", value()), target))


def _float_to_decimal(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    """By way of a whole number of units, as a cast cuts off: https://clickhouse.com/docs/sql-reference/data-types/decimal."""

    def digits() -> Node:
        size = nodes.call("ABS", value())
        scaled = nodes.multiply(size, nodes.number(10**target.scale)) if target.scale else size
        return nodes.call("FLOOR", nodes.add(scaled, nodes.number("0.5")))

    width = _width(target.precision)
    whole = nodes.cast(nodes.multiply(nodes.call("SIGN", value()), digits()), "Nullable(Int64)")
    exact = nodes.cast(whole, _decimal_name(width, 0))
    unit = _decimal_literal(Decimal(1).scaleb(-target.scale), decimal(width, target.scale))
    return nodes.when(
        nodes.compare("<", digits(), nodes.number(f"{10**target.precision}e0")),
        nodes.multiply(exact, unit) if target.scale else exact,
    )


def _date_to_timestamp(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    return writer.beginning(value, _instant(value()))


# -- numbers ----------------------------------------------------------------------------------------------------------


def _exact(operator: Callable[[Node, Node], Node]) -> LowerCall:
    """Of two decimals: the result is as wide as the wider of them, so that one is made wide enough for it."""

    def lower(writer: Writer, call: ir.Call) -> Node:
        left, right = call.args
        first = writer.value(left)
        # The places of a product are those of both, however few its digits are said to be.
        digits = max(call.type.precision, left.type.scale + right.type.scale)
        if _width(digits) > max(_width(left.type.precision), _width(right.type.precision)):
            first = nodes.cast(first, _decimal_name(_width(digits), left.type.scale))
        return operator(first, writer.value(right))

    return lower


def _absolute(writer: Writer, call: ir.Call) -> Node:
    """That of an integer is unsigned: https://clickhouse.com/docs/sql-reference/functions/arithmetic-functions#abs."""
    made = functions.absolute(writer, call)
    return nodes.call("toInt64", made) if call.args[0].type.kind is Kind.INT else made


def _of_its_type(lower: LowerCall) -> LowerCall:
    """Rounding keeps the places that a decimal had."""

    def with_type(writer: Writer, call: ir.Call) -> Node:
        made = lower(writer, call)
        return made if call.args[0].type.scale == call.type.scale else writer.cast(made, call.type)

    return with_type


def _divide_exact(writer: Writer, call: ir.Call) -> Node:
    left, right = call.args
    scale = max(left.type.scale, right.type.scale)
    return nodes.divide(_unscaled(writer, left, scale), nodes.nullif(_unscaled(writer, right, scale), nodes.number(0)))


def _unscaled(writer: Writer, node: ir.Expr, scale: int) -> Node:
    """A number times 10^scale, as the nearest double."""
    value = writer.value(node)
    factor = 10**scale
    if node.type.kind is not Kind.DECIMAL:
        if node.type.kind is Kind.WHOLE or scale == 0:
            return nodes.multiply(value, nodes.number(factor)) if scale else value
        value = nodes.cast(value, _decimal_name(_width(INT_DIGITS + scale), 0))
    digits = scale + (node.type.precision if node.type.kind is Kind.DECIMAL else INT_DIGITS)
    places = node.type.scale
    if scale:
        if _width(digits + places) > _width(node.type.precision or INT_DIGITS):
            value = nodes.cast(value, _decimal_name(_width(digits + places), places))
        value = nodes.multiply(value, _decimal_literal(factor, decimal(scale + 1, 0)))
    return nodes.call("toFloat64", nodes.call("toString", value) if digits > _NARROW else nodes.call("toInt64", value))


def _align(node: Node, source: Type, target: Type) -> Node:
    return nodes.cast(node, type_name(target))


def _compare(writer: Writer, node: ir.Compare) -> Node:
    """Two decimals are compared with the places of both; where that needs more digits than the wider of them has, it raises:
    https://clickhouse.com/docs/sql-reference/data-types/decimal#overflow-checks."""
    left, right = node.left, node.right
    if left.type.kind is not Kind.DECIMAL or right.type.kind is not Kind.DECIMAL:
        return functions.compare(writer, node)
    if isinstance(left, ir.Literal) and not writer.holds(left):
        left, right = right, left
        mirrored = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
        node = ir.Compare(mirrored.get(node.operator, node.operator), left, right)  # type: ignore[arg-type]
    if isinstance(right, ir.Literal) and isinstance(right.value, Decimal | int) and not writer.holds(right):
        known = Decimal(right.value)
        # The number is given the places of the other side, and must not leave its bits.
        if known == int(known) and len(str(abs(int(known)))) + left.type.scale <= _width(left.type.precision):
            return nodes.compare(node.operator, writer.value(left), nodes.number(int(known)))
    places = max(left.type.scale, right.type.scale)
    digits = places + max(left.type.precision - left.type.scale, right.type.precision - right.type.scale)
    first = writer.value(left)
    if _width(digits) > max(_width(left.type.precision), _width(right.type.precision)):
        first = nodes.cast(first, _decimal_name(_width(digits), left.type.scale))
    return nodes.compare(node.operator, first, writer.value(right))


def _in_list(writer: Writer, node: ir.InList) -> Node:
    """The items take the type of the value, which they must not lose anything by: https://clickhouse.com/docs/sql-reference/operators/in."""
    value = node.value
    match value.type.kind:
        case Kind.TIMESTAMP:
            return _in_constants(writer, node, _instant(writer.value(value)))
        case Kind.DATE:
            return _in_constants(writer, node, _day(writer.value(value)))
        case Kind.DECIMAL:
            items = tuple(item for item in node.items if _fits(item, value.type))
            if not items:
                return nodes.is_present(writer.value(value)) if node.negated else exp.false()
            return _in_constants(writer, replace(node, items=items), writer.value(value))
        case _:
            return functions.in_list(writer, node)


def _in_constants(writer: Writer, node: ir.InList, value: Node) -> Node:
    items = [writer.constant(item, node.value.type) for item in node.items]
    if len(items) == 1:
        return nodes.compare("!=" if node.negated else "=", value, items[0])
    found = nodes.in_list(value, items)
    return nodes.not_(found) if node.negated else found


def _fits(item: object, type_: Type) -> bool:
    scaled = Decimal(str(item)).scaleb(type_.scale, functions.EXACT)
    return scaled == int(scaled) and abs(scaled) < 10**type_.precision


def _number(writer: Writer, call: ir.Call) -> Node:
    """Of the places behind the point ten are read, what is behind them is cut off, and nine are kept."""
    (arg,) = call.args

    def text() -> Node:
        return writer.value(arg)

    spelled = nodes.call("match", text(), writer.text(r"^-?0*[0-9]{1,29}(\.[0-9]+)?$"))
    read = nodes.call("toDecimal256OrNull", text(), nodes.number(10))
    rounded = nodes.call("ROUND", read, nodes.number(9))
    # Rounding may make a digit more of 29.
    fits = nodes.compare("<", nodes.call("ABS", rounded), _power(29))
    return nodes.when(nodes.all_of((spelled, fits)), nodes.cast(rounded.copy(), _decimal_name(_WIDE, 9)))


# -- text -------------------------------------------------------------------------------------------------------------


def _contains(writer: Writer, value: ir.Expr, needle: str) -> Node:
    return nodes.compare(">", nodes.call("position", writer.value(value), writer.text(needle)), nodes.number(0))


def _matches(writer: Writer, value: ir.Expr, pattern: str) -> Node:
    pieces = ["^(?s)"]
    for part in pattern_parts(pattern):
        match part:
            case ("*",):
                pieces.append(".*")
            case ("?",):
                pieces.append(".")
            case (_, literal):
                pieces.append(re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", literal))
    pieces.append("$")
    return nodes.call("match", writer.value(value), writer.text("".join(pieces)))


# -- time -------------------------------------------------------------------------------------------------------------


def _add_seconds(value: Node, seconds: Node) -> Node:
    return nodes.call("addSeconds", _instant(value), seconds)


_UNITS = (
    ("Days", functions.DAY),
    ("Hours", functions.HOUR),
    ("Minutes", 60_000_000),
    ("Seconds", 1_000_000),
    ("Microseconds", 1),
)


def _shift_timestamp(writer: Writer, call: ir.Call) -> Node:
    (micros,) = call.options
    assert isinstance(micros, int)
    unit, size = next((unit, size) for unit, size in _UNITS if micros % size == 0)
    name = f"add{unit}" if micros > 0 else f"subtract{unit}"
    return nodes.call(name, _instant(writer.value(call.args[0])), nodes.number(abs(micros) // size))


def _shift_date(writer: Writer, call: ir.Call) -> Node:
    (days,) = call.options
    assert isinstance(days, int)
    return nodes.call(
        "addDays" if days > 0 else "subtractDays", _day(writer.value(call.args[0])), nodes.number(abs(days))
    )


def _days_between(writer: Writer, call: ir.Call) -> Node:
    first, second = (_day(writer.value(arg)) for arg in call.args)
    return nodes.call("dateDiff", nodes.text("day"), first, second)


def _micros_between(writer: Writer, first: ir.Expr, second: ir.Expr) -> Node:
    return nodes.call("dateDiff", nodes.text("microsecond"), writer.value(first), writer.value(second))


def _whole_division(left: Node, right: Node) -> Node:
    """``/`` is a division of doubles."""
    return nodes.call("intDiv", left, right)


def _part(name: str) -> Callable[[Node], Node]:
    """As an integer of 64 bits: beside one of another sign, ClickHouse's own has no common type."""
    return lambda day: nodes.call("toInt64", nodes.call(name, day))


def _date_part(name: str) -> LowerCall:
    return lambda writer, call: _part(name)(writer.value(call.args[0]))


def _month_and_day(day: Node) -> Node:
    month = nodes.multiply(_part("toMonth")(day), nodes.number(100))
    return nodes.add(month, _part("toDayOfMonth")(day.copy()))


def _hour(writer: Writer, call: ir.Call) -> Node:
    """A column may have a time zone of its own, which says how its parts are read."""
    return nodes.call("toInt64", nodes.call("toHour", writer.local(call.args[0]), nodes.text("UTC")))


def _date(writer: Writer, call: ir.Call) -> Node:
    return nodes.call("toDate32", writer.local(call.args[0]), nodes.text("UTC"))


def _start_of(writer: Writer, call: ir.Call) -> Node:
    """Counted back: toStartOfMonth and its like make a Date, of 16 bits, by default.
    https://clickhouse.com/docs/sql-reference/functions/date-time-functions#tostartofmonth"""
    (unit,) = call.options
    (arg,) = call.args

    def day() -> Node:
        return writer.value(arg)

    one = nodes.number(1)
    match unit:
        case "day":
            return day()
        case "week":
            past = nodes.subtract(nodes.call("toDayOfWeek", day()), one)
        case "month":
            past = nodes.subtract(nodes.call("toDayOfMonth", day()), one)
        case "year":
            past = nodes.subtract(nodes.call("toDayOfYear", day()), one)
        case _:
            month = nodes.subtract(nodes.multiply(nodes.call("toQuarter", day()), nodes.number(3)), nodes.number(2))
            return nodes.call("makeDate32", nodes.call("toYear", day()), month, one)
    return nodes.call("subtractDays", _day(day()), past)


# -- aggregates -------------------------------------------------------------------------------------------------------


def _filtered(aggregate: Node, condition: Node | None) -> Node:
    return nodes.filtered(aggregate, None if condition is None else condition.copy())


def _count(writer: Writer, aggregation: Aggregation, condition: Node | None) -> Node:
    return nodes.call("toInt64", functions.count(writer, aggregation, condition))


def _count_distinct(writer: Writer, aggregation: Aggregation, condition: Node | None) -> Node:
    """COUNT(DISTINCT …) may be set to estimate: https://clickhouse.com/docs/operations/settings/settings#count_distinct_implementation."""
    assert aggregation.value is not None
    return nodes.call("toInt64", _filtered(nodes.call("uniqExact", writer.value(aggregation.value)), condition))


def _or_null(name: str) -> Callable[[Writer, Aggregation, Node | None], Node]:
    """Of nothing, an aggregate of what is not Nullable is 0 or an empty text:
    https://clickhouse.com/docs/sql-reference/aggregate-functions/combinators#-ornull."""

    def lower(writer: Writer, aggregation: Aggregation, condition: Node | None) -> Node:
        assert aggregation.value is not None
        return _filtered(nodes.call(name, writer.value(aggregation.value)), condition)

    return lower


def _sum(writer: Writer, aggregation: Aggregation, condition: Node | None) -> Node:
    """Of Nullable numbers: the sum of nothing is missing. That of integers wraps at 64 bits, that of decimals has 128 or more:
    https://clickhouse.com/docs/sql-reference/aggregate-functions/reference/sum."""
    value = aggregation.value
    assert value is not None

    def total(of: Node) -> Node:
        return _filtered(nodes.call("SUM", of), condition)

    match value.type.kind:
        case Kind.FLOAT | Kind.WHOLE:
            micros = functions.millionths(writer, value, "Nullable(Int64)")
            units = total(nodes.cast(micros, _decimal_name(_WIDE, 0)))
            return nodes.multiply(units, _decimal_literal(Decimal("0.000001"), _MILLIONTHS))
        case Kind.INT:
            return total(nodes.cast(writer.value(value), _decimal_name(_WIDE, 0)))
        case _ if value.type.precision <= _SAFE_SUM_DIGITS:
            return total(nodes.call("toNullable", writer.value(value)))
    scale = aggregation.type.scale

    def wide() -> Node:
        return total(nodes.cast(writer.value(value), _decimal_name(_WIDEST, value.type.scale)))

    # It stays in 256 bits: a cast to fewer would raise.
    return _fitting(wide, MAX_DIGITS - scale, wide())


def _between(writer: Writer, made: Between) -> Node:
    """In 256 bits, which is exact; through its text it becomes the nearest double."""
    places = windows.digits_of(made.whole)
    of = made.low.type
    scale = of.scale if of.kind is Kind.DECIMAL else 0

    def wide(end: ir.Expr) -> Node:
        return nodes.cast(writer.value(end), _decimal_name(_WIDEST, scale))

    unit = _decimal_literal(
        Decimal(10**places // made.whole).scaleb(-places, functions.EXACT), decimal(_WIDEST, places)
    )
    share = nodes.multiply(nodes.cast(writer.value(made.rest), _decimal_name(_WIDEST, 0)), unit)
    apart = nodes.subtract(wide(made.high), wide(made.low))
    return _double(nodes.add(wide(made.low), nodes.multiply(apart, share)), _WIDEST)


def _lag(value: Node, type_: Type) -> Node:
    """Of what is not Nullable, the value before the first is 0 or an empty text:
    https://clickhouse.com/docs/sql-reference/window-functions/lag."""
    return nodes.call("LAG", value if type_.kind is Kind.LIST else nodes.call("toNullable", value))


# -- lists ------------------------------------------------------------------------------------------------------------


def _json_to_list(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    """What is no list is an empty one: an array cannot be missing."""
    is_list = nodes.call("match", value(), writer.text(f"^{PATTERN}$"))
    text = nodes.coalesce(value(), nodes.text(""))
    listed = nodes.call("JSONExtract", text, nodes.text(_LIST))
    return nodes.when(is_list, listed, nodes.array([]))


def _has(writer: Writer, node: ir.ListHas) -> Node:
    """One by one: hasAny and hasAll take an item that is missing for an empty text (26.9)."""
    combined = nodes.all_of if node.every else nodes.any_of
    return combined(nodes.call("has", writer.value(node.value), writer.text(item)) for item in node.items)


def _is_empty(writer: Writer, value: ir.Expr) -> Node:
    """countEqual takes a missing item for one like any other:
    https://clickhouse.com/docs/sql-reference/functions/array-functions#countequal."""
    missing = nodes.call("countEqual", writer.value(value), exp.null())
    return nodes.compare("=", nodes.call("length", writer.value(value)), missing)


# -- statements -------------------------------------------------------------------------------------------------------


def _spread(terms: Sequence[Node], columns: Sequence[str]) -> Node:
    """A CTE is analysed anew wherever it is read, materialized or not, so that it is read once, and each row of it made many.
    https://clickhouse.com/docs/sql-reference/functions/array-join"""
    rows = []
    for term in terms:
        where = term.args.get("where")
        belongs = exp.true() if where is None else where.this
        values = [value.this if isinstance(value, exp.Alias) else value for value in term.expressions]
        rows.append(nodes.call("tuple", *values, belongs))
    inner = exp.select(names.named(nodes.call("arrayJoin", nodes.call("array", *rows)), _ROW))
    inner.set("from_", terms[0].args["from_"])

    def part(place: int) -> Node:
        return nodes.call("tupleElement", exp.column(_ROW), nodes.number(place))

    outer = exp.select(*(names.named(part(place), name) for place, name in enumerate(columns, 1)))
    outer.set("from_", exp.From(this=exp.Subquery(this=inner, alias=exp.TableAlias(this=names.identifier("spread")))))
    return outer.where(part(len(columns) + 1), copy=False) if terms[0].args.get("where") else outer


def _shown(node: Node, type_: Type) -> Node:
    """Decimals of 256 bits are more than others know."""
    return nodes.cast(node, type_name(type_)) if type_.kind is Kind.DECIMAL else node


_SETTINGS: Mapping[str, int | str] = {
    # What a row that is not there has is missing, not 0.
    "join_use_nulls": 1,
    "join_default_strictness": "ALL",
    # A missing value is in no list.
    "transform_null_in": 0,
    # A count of nothing is 0.
    "aggregate_functions_null_for_empty": 0,
    # A name is a column's before it is an alias of the same SELECT.
    "prefer_column_name_to_alias": 1,
    # Types that have nothing in common are refused.
    "use_variant_as_common_type": 0,
    # What a condition keeps out is not computed.
    "short_circuit_function_evaluation": "enable",
    # Without it, MATERIALIZED is a word without a meaning.
    "enable_materialized_cte": 1,
    "max_ast_depth": 100_000,
    "max_ast_elements": 100_000_000,
    "max_expanded_ast_elements": 100_000_000,
    "max_subquery_depth": 100_000,
    "query_plan_max_optimizations_to_apply": 10_000_000,
}
"""https://clickhouse.com/docs/operations/settings/settings"""


_COUNTING = ("COUNT", "RANK")


def _signed(tree: Node) -> None:
    """Places and counts of windows are unsigned: beside a number with a sign they have no common type.
    https://clickhouse.com/docs/sql-reference/window-functions"""
    for window in list(tree.find_all(exp.Window)):
        of = window.this
        if isinstance(of, exp.RowNumber) or (isinstance(of, exp.Anonymous) and of.name in _COUNTING):
            window.replace(nodes.call("toInt64", window.copy()))


def _finished(tree: Node) -> Node:
    """With its settings in the statement itself, so that its text means the same in every session."""
    assert isinstance(tree, exp.Select)
    _signed(tree)
    tree.set(
        "settings",
        [
            exp.EQ(this=exp.var(name), expression=nodes.text(value) if isinstance(value, str) else nodes.number(value))
            for name, value in _SETTINGS.items()
        ],
    )
    return tree


_READ = functions.reading(functions.as_it_is, functions.typed_constant)


def _read(writer: Writer, raw: Thunk, column: TableColumn) -> Node:
    """Names by number, UUIDs and the like become texts before anything is asked of them, and times keep six places."""
    if column.stored is None or column.stored.kind is not Kind.ANY:
        if column.missing and (column.stored or column.type).kind is Kind.FLOAT:
            # A list tells -0.0 from 0.0.
            return _READ(writer, lambda: nodes.add(raw(), nodes.number(0)), column)
        return _READ(writer, raw, column)
    own = replace(column, stored=None)
    if column.type.kind is Kind.TIMESTAMP:
        return _READ(writer, lambda: _instant(raw()), own)
    return _READ(writer, lambda: writer.cast(raw(), column.type), own)


CALLS: dict[str, LowerCall] = {
    **functions.CALLS,
    "add_decimal": _exact(nodes.add),
    "subtract_decimal": _exact(nodes.subtract),
    "multiply_decimal": _exact(nodes.multiply),
    "divide_exact": _divide_exact,
    "abs": _absolute,
    "floor_decimal": _of_its_type(functions.rounded("FLOOR")),
    "ceil_decimal": _of_its_type(functions.rounded("CEIL")),
    "round_decimal": _of_its_type(functions.round_decimal),
    "lower": functions.of_one("lower"),
    "upper": functions.of_one("upper"),
    "trim": functions.of_one("trimBoth"),
    "length": lambda writer, call: nodes.call("toInt64", nodes.call("lengthUTF8", writer.value(call.args[0]))),
    "replace": lambda writer, call: nodes.call(
        "replaceAll", writer.value(call.args[0]), *(writer.text(str(option)) for option in call.options)
    ),
    "number": _number,
    "days_between_timestamps": functions.whole_units(_micros_between, _whole_division, functions.DAY),
    "hours_between_timestamps": functions.whole_units(_micros_between, _whole_division, functions.HOUR),
    "days_between_dates": _days_between,
    "shift_timestamp": functions.inside_calendar(_shift_timestamp),
    "shift_date": functions.inside_calendar(_shift_date),
    "date_timestamp": _date,
    "hour_timestamp": _hour,
    "year_date": _date_part("toYear"),
    "month_date": _date_part("toMonth"),
    "day_date": _date_part("toDayOfMonth"),
    "weekday_date": _date_part("toDayOfWeek"),
    "start_of_date": _start_of,
    "age_date": functions.age(
        _part("toYear"), _month_and_day, lambda day: nodes.call("addDays", _day(day), nodes.number(1))
    ),
}

CONVERSIONS: dict[tuple[Kind, Kind], LowerConvert] = {
    **functions.CONVERSIONS,
    (Kind.INT, Kind.DECIMAL): _int_to_decimal,
    (Kind.DECIMAL, Kind.DECIMAL): _decimal_to_decimal,
    (Kind.DECIMAL, Kind.FLOAT): _decimal_to_float,
    (Kind.DECIMAL, Kind.INT): _decimal_to_int,
    (Kind.FLOAT, Kind.DECIMAL): _float_to_decimal,
    (Kind.DATE, Kind.TIMESTAMP): _date_to_timestamp,
    (Kind.STRING, Kind.LIST): _json_to_list,
}

CLICKHOUSE = Dialect(
    name="clickhouse",
    sqlglot="clickhouse",
    proof=Executed("ClickHouse 26.9"),
    type_name=type_name,
    literals={
        **functions.LITERALS,
        Kind.INT: _int_literal,
        Kind.DECIMAL: _decimal_literal,
        Kind.WHOLE: _double_literal,
        Kind.FLOAT: _double_literal,
        Kind.DATE: _date_literal,
        Kind.TIMESTAMP: _timestamp_literal,
    },
    calls=CALLS,
    conversions=CONVERSIONS,
    matches={
        "contains": _contains,
        "starts with": functions.function_match("startsWith"),
        "ends with": functions.function_match("endsWith"),
        "matches": _matches,
    },
    aggregates={
        "count": _count,
        "distinct": _count_distinct,
        "min": _or_null("minOrNull"),
        "max": _or_null("maxOrNull"),
        "sum": _sum,
    },
    read=_read,
    compare=_compare,
    in_list=_in_list,
    in_range=functions.in_range,
    lists=Lists(_has, _is_empty),
    align=_align,
    add_seconds=_add_seconds,
    between=_between,
    lag=_lag,
    spread=_spread,
    nothing=_nothing,
    widest="Nullable(Int128)",
    shown=_shown,
    styles=("braces",),
    held=lambda placeholder, type_: placeholder,
    parameter_type=_parameter_type,
    capabilities=Capabilities(materialized=True, references=500, named_columns=True, subcolumns=True),
    finish=_finished,
    # What a large library needs. Both are needed to read a statement, so that none can say them itself.
    session=("SET max_query_size = 100000000", "SET max_parser_depth = 100000"),
    facts=(
        "an int column holds no number beyond 2^53: the schema promises it, `segdsl check --data` verifies it, and the SQL relies on it",
        "a profile must let a statement set its own settings (readonly 0 or 2), or have them as the statement says",
        "limits must raise: with a setting *_overflow_mode of break or any, or with limit or offset, rows are left out",
        "a column of the type UInt64 is stored as decimal(20,0)",
        "texts are no enums, UUIDs or FixedStrings, and times no finer than millionths: a view, or `segdsl run`, makes such of them",
        "a list cannot be missing: what is none is an empty one",
        "run on ClickHouse 26.9; older ones hold times of 1900 to 2299 alone, and know no materialized CTEs",
        "a CTE is analysed anew wherever it is read, so that a statement may be refused for dozens of different sequences at once",
    ),
)
