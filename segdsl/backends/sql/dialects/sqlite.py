"""SQLite, 3.35 or later, which has integers, doubles and texts alone.

A decimal is held as an integer, scaled by its type; an instant as microseconds since 1970, in UTC; a day as its text
``2026-06-01``. Columns are read into these. Integer arithmetic that leaves 64 bits goes on in double precision.

A column has an affinity, no type: any value may lie in it. What is read has the declared type's meaning where the column holds that
type's own values; `segdsl.runtime.storage` makes sure of it where a database is at hand, and says of a column that it is stored as
ANY where more than its affinity has to be asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlglot import exp

from segdsl.backends.sql import functions, nodes
from segdsl.backends.sql.binding import as_python
from segdsl.backends.sql.dialect import Capabilities, Dialect, Executed, Lists, LowerCall, LowerConvert, Thunk
from segdsl.backends.sql.nodes import Node
from segdsl.backends.sql.windows import Between
from segdsl.backends.sql.writer import pattern_parts
from segdsl.planning.plan import Aggregation, TableColumn
from segdsl.semantics import ir
from segdsl.types import INT_DIGITS, MAX_INT, MAX_MILLIONTHS, MILLIONTHS, Kind, Type

if TYPE_CHECKING:
    from segdsl.backends.sql.writer import Writer

_TYPES = {
    Kind.BOOL: "INTEGER",
    Kind.INT: "INTEGER",
    Kind.WHOLE: "REAL",
    Kind.FLOAT: "REAL",
    Kind.DECIMAL: "INTEGER",
    Kind.STRING: "TEXT",
    Kind.DATE: "TEXT",
    Kind.TIMESTAMP: "INTEGER",
    Kind.ANY: "TEXT",
    Kind.LIST: "TEXT",
}
_SECOND = 1_000_000
_EPOCH = datetime(1970, 1, 1)
_WHOLE_FROM = 2**52
"""Doubles of this size and more are whole."""
_INTEGER_DIGITS = 18
"""How many digits an integer of 64 bits holds, whatever they are."""
_SAFE_SUM_DIGITS = 12
"""A sum of integers of so many digits needs millions of the greatest to leave 64 bits, where SUM raises."""
_LIMB = 10**9


def type_name(type_: Type) -> str:
    return _TYPES[type_.kind]


# -- literals ---------------------------------------------------------------------------------------------------------


def _scaled(value: object, type_: Type) -> int:
    assert isinstance(value, Decimal | int)
    return int(Decimal(value).scaleb(type_.scale, functions.EXACT))


def _decimal_literal(value: object, type_: Type) -> Node:
    return nodes.number(_scaled(value, type_))


def _double_literal(value: object, type_: Type) -> Node:
    assert isinstance(value, int | float)
    return nodes.number(repr(float(value)))


def _timestamp_literal(value: object, type_: Type) -> Node:
    """With a comment for whoever reads it."""
    assert isinstance(value, datetime)
    literal = nodes.number(_micros(value))
    literal.add_comments([value.isoformat(" ")])
    return literal


def _date_literal(value: object, type_: Type) -> Node:
    return nodes.text(str(value))


def _micros(value: datetime) -> int:
    return (value - _EPOCH) // timedelta(microseconds=1)


def _passed(value: object, type_: Type) -> object:
    """As the statement holds it. A number in a text that leaves 64 bits is read as a double."""
    match type_.kind:
        case Kind.DECIMAL:
            scaled = _scaled(value, type_)
            return scaled if -(2**63) <= scaled < 2**63 else float(scaled)
        case Kind.TIMESTAMP:
            assert isinstance(value, datetime)
            return _micros(value)
        case Kind.DATE:
            return str(value)
        case _:
            return as_python(value, type_)


# -- reading columns --------------------------------------------------------------------------------------------------


def _base(writer: Writer, value: Thunk, stored: Type) -> Node:
    match stored.kind:
        case Kind.DECIMAL:
            return _read_decimal(value, stored)
        case Kind.DATE:
            return _read_date(value)
        case Kind.TIMESTAMP:
            return _read_timestamp(value)
        case Kind.LIST:
            return _json_to_list(writer, value, stored, stored)
        case _:
            return value()


def _read_date(value: Thunk) -> Node:
    """DATE takes a clock, a Julian day and ``now`` for days too, and where it has to count, 31 February for one in March."""

    def day() -> Node:
        return nodes.call("DATE", value(), nodes.text("+0 days"))

    written = nodes.call("SUBSTR", value(), nodes.number(1), nodes.number(10))
    return nodes.when(nodes.compare("=", day(), written), day())


def _read_decimal(value: Thunk, stored: Type) -> Node:
    """Scaled, as an integer; the cast would cut what is beyond 64 bits down to them."""

    def scaled() -> Node:
        return nodes.call("ROUND", nodes.multiply(value(), nodes.number(10**stored.scale))) if stored.scale else value()

    if stored.precision <= _INTEGER_DIGITS:
        return nodes.cast(scaled(), "INTEGER")
    limit = nodes.number(10**_INTEGER_DIGITS)
    fits = nodes.between(scaled(), nodes.negative(limit), limit.copy())
    return nodes.when(fits, nodes.cast(scaled(), "INTEGER"), scaled())


def _read_timestamp(value: Thunk) -> Node:
    """From ``2026-06-01 12:30:00.5+02:00``: whole seconds with the offset applied, and the fraction to microseconds, cut off. With a T
    behind ten characters, a clock alone, a Julian day and ``now`` are no times."""
    rest = nodes.call("SUBSTR", value(), nodes.number(20))
    offset = nodes.call("LTRIM", rest, nodes.text(".0123456789"))
    day = nodes.call("SUBSTR", value(), nodes.number(1), nodes.number(10))
    clock = nodes.call("SUBSTR", value(), nodes.number(12), nodes.number(8))
    seconds = nodes.concat(nodes.concat(nodes.concat(day, nodes.text("T")), clock), offset)
    whole = nodes.cast(nodes.call("STRFTIME", nodes.text("%s"), seconds), "INTEGER")
    fraction = nodes.call("SUBSTR", value(), nodes.number(20), nodes.number(7))
    part = nodes.cast(nodes.concat(nodes.text("0"), fraction), "REAL")
    micros = nodes.cast(nodes.call("ROUND", nodes.multiply(part, nodes.number(_SECOND))), "INTEGER")
    return nodes.add(nodes.multiply(whole, nodes.number(_SECOND)), micros)


def _constant(writer: Writer, spelling: str, stored: Type) -> Node | None:
    """Any column may hold any text."""
    if stored.is_number:
        value = functions.spelled(spelling, stored)
        if value is not None:
            return nodes.number(f"{Decimal(str(value)):f}")
    return nodes.text(spelling)


_READ = functions.reading(_base, _constant)
TRUTHS = ("true", "t", "1", "false", "f", "0")
"""How a truth value may be written, as in a CSV file: those that are true come first."""
_TRUE = TRUTHS[:3]


def _read(writer: Writer, raw: Thunk, column: TableColumn) -> Node:
    """Codes are texts, whatever the column's affinity: a NULLIF or a CASE has none."""
    if column.stored is not None and column.stored.kind is Kind.ANY and column.type.kind is not Kind.ANY:
        return _read_any(writer, raw, column)
    if column.codes:
        return _READ(writer, lambda: nodes.cast(raw(), "TEXT"), column)
    return _READ(writer, raw, column)


def _read_any(writer: Writer, raw: Thunk, column: TableColumn) -> Node:
    """Of a column that holds values of several classes, or compares by a collation of its own."""
    own, kind = replace(column, stored=None), column.type.kind
    match kind:
        case Kind.STRING:
            return _READ(writer, lambda: nodes.collate(nodes.cast(raw(), "TEXT"), "BINARY"), own)
        case Kind.TIMESTAMP:
            day = replace(own, stored=Type(Kind.DATE), zero_if_missing=False)
            alone = nodes.compare("=", nodes.call("LENGTH", raw()), nodes.number(10))
            return nodes.when(alone, _READ(writer, raw, day), _READ(writer, raw, own))
        case Kind.BOOL:
            true = [nodes.text(word) for word in _TRUE]
            return _READ(writer, lambda: nodes.in_list(nodes.call("LOWER", raw()), [one.copy() for one in true]), own)
        case _:
            number = "NUMERIC" if kind is Kind.DECIMAL else _TYPES[kind]
            return _READ(writer, lambda: nodes.cast(raw(), number), own)


# -- conversions ------------------------------------------------------------------------------------------------------


def _fitting(value: Thunk, digits: int) -> Node:
    """A whole number, missing where it has more digits."""
    limit = nodes.number(10**digits - 1)
    return nodes.when(nodes.between(value(), nodes.negative(limit), limit.copy()), value())


def _int_to_decimal(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    def scaled() -> Node:
        return nodes.multiply(value(), nodes.number(10**target.scale)) if target.scale else value()

    return scaled() if target.precision - target.scale >= INT_DIGITS else _fitting(scaled, target.precision)


def _decimal_to_decimal(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    narrower = target.scale < source.scale

    def scaled() -> Node:
        if narrower:
            return _rounded(value, 10 ** (source.scale - target.scale))
        return _align(value(), source, target)

    if source.precision - source.scale + narrower <= target.precision - target.scale:
        return scaled()
    return _fitting(scaled, target.precision)


def _rounded(value: Thunk, unit: int) -> Node:
    """Divided by a power of ten, half away from zero: integer division cuts off."""
    half = nodes.when(nodes.compare("<", value(), nodes.number(0)), nodes.number(-unit // 2), nodes.number(unit // 2))
    return nodes.divide(nodes.add(value(), half), nodes.number(unit))


def _align(node: Node, source: Type, target: Type) -> Node:
    factor = 10 ** (target.scale - source.scale)
    return nodes.multiply(node, nodes.number(factor)) if factor != 1 else node


def _decimal_to_float(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    real = nodes.cast(value(), "REAL")
    return nodes.divide(real, nodes.number(10**source.scale)) if source.scale else real


def _decimal_to_int(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    return functions.within_int(value, value())


def _float_to_decimal(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    def digits() -> Node:
        size = nodes.call("ABS", value())
        scaled = nodes.multiply(size, nodes.number(10**target.scale)) if target.scale else size
        return nodes.cast(nodes.add(scaled, nodes.number("0.5")), "INTEGER")

    sign = nodes.when(nodes.compare("<", value(), nodes.number(0)), nodes.number(-1), nodes.number(1))
    return nodes.when(nodes.compare("<", digits(), nodes.number(10**target.precision)), nodes.multiply(digits(), sign))


def _date_to_timestamp(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    seconds = nodes.cast(nodes.call("STRFTIME", nodes.text("%s"), value()), "INTEGER")
    return writer.beginning(value, nodes.multiply(seconds, nodes.number(_SECOND)))


def _add_seconds(value: Node, seconds: Node) -> Node:
    return nodes.add(value, nodes.multiply(seconds, nodes.number(_SECOND)))


# -- numbers ----------------------------------------------------------------------------------------------------------


def _sum_of_decimals(operator: Callable[[Node, Node], Node]) -> LowerCall:
    def lower(writer: Writer, call: ir.Call) -> Node:
        left, right = call.args
        return operator(writer.aligned(left, call.type), writer.aligned(right, call.type))

    return lower


def _multiply_decimal(writer: Writer, call: ir.Call) -> Node:
    left, right = call.args
    return nodes.multiply(writer.value(left), writer.value(right))


def _abs(writer: Writer, call: ir.Call) -> Node:
    (arg,) = call.args
    if arg.type.kind in (Kind.WHOLE, Kind.FLOAT):
        return nodes.call("ABS", writer.value(arg))
    # ABS of the least integer raises.
    return nodes.call("MAX", writer.value(arg), nodes.negative(writer.value(arg)))


_PLACES = 9
"""How many places number() keeps."""


def _narrow_number(writer: Writer, call: ir.Call, target: Type) -> Node:
    """number() as a decimal of at most 18 digits: its whole part and its nine places apart, each an integer."""
    (arg,) = call.args

    def text() -> Node:
        return writer.value(arg)

    def is_negative() -> Node:
        return nodes.compare("=", nodes.call("SUBSTR", text(), nodes.number(1), nodes.number(1)), nodes.text("-"))

    def unsigned() -> Node:
        first = nodes.when(is_negative(), nodes.number(2), nodes.number(1))
        return nodes.call("SUBSTR", text(), first)

    def point() -> Node:
        return nodes.call("INSTR", nodes.concat(unsigned(), nodes.text(".")), nodes.text("."))

    def whole() -> Node:
        before = nodes.subtract(point(), nodes.number(1))
        return nodes.call("LTRIM", nodes.call("SUBSTR", unsigned(), nodes.number(1), before), nodes.text("0"))

    def behind() -> Node:
        return nodes.call("SUBSTR", unsigned(), nodes.add(point(), nodes.number(1)))

    def places() -> Node:
        padded = nodes.concat(behind(), nodes.text("0" * _PLACES))
        kept = nodes.cast(nodes.call("SUBSTR", padded, nodes.number(1), nodes.number(_PLACES)), "INTEGER")
        next_one = nodes.call("SUBSTR", behind(), nodes.number(_PLACES + 1), nodes.number(1))
        return nodes.add(
            kept, nodes.when(nodes.compare(">=", next_one, nodes.text("5")), nodes.number(1), nodes.number(0))
        )

    def fraction() -> Node:
        if target.scale >= _PLACES:
            return nodes.multiply(places(), nodes.number(10 ** (target.scale - _PLACES)))
        unit = 10 ** (_PLACES - target.scale)
        return nodes.divide(nodes.add(places(), nodes.number(unit // 2)), nodes.number(unit))

    def size() -> Node:
        return nodes.add(nodes.multiply(nodes.cast(whole(), "INTEGER"), nodes.number(10**target.scale)), fraction())

    spelled = nodes.all_of(
        [
            nodes.not_(nodes.glob(unsigned(), nodes.text("*[^0-9.]*"))),
            nodes.glob(unsigned(), nodes.text("[0-9]*")),
            nodes.glob(unsigned(), nodes.text("*[0-9]")),
            nodes.not_(nodes.glob(unsigned(), nodes.text("*.*.*"))),
            nodes.compare("<=", nodes.call("LENGTH", whole()), nodes.number(target.precision - target.scale)),
            nodes.compare("<", size(), nodes.number(10**target.precision)),
        ]
    )
    return nodes.when(spelled, nodes.multiply(nodes.when(is_negative(), nodes.number(-1), nodes.number(1)), size()))


def _negate(writer: Writer, call: ir.Call) -> Node:
    return nodes.negative(writer.value(call.args[0]))


def _divide_exact(writer: Writer, call: ir.Call) -> Node:
    left, right = call.args
    scale = max(left.type.scale, right.type.scale)
    return nodes.divide(nodes.cast(_at_scale(writer, left, scale), "REAL"), _at_scale(writer, right, scale))


def _at_scale(writer: Writer, node: ir.Expr, scale: int) -> Node:
    return _align(writer.value(node), node.type, Type(Kind.DECIMAL, 0, scale))


def _divide_float(writer: Writer, call: ir.Call) -> Node:
    """By zero, SQLite's division is missing by itself. A column of doubles may hold whole numbers as integers."""
    left, right = writer.pair(*call.args)
    return nodes.divide(left if isinstance(left, exp.Cast) else nodes.cast(left, "REAL"), right)


def _whole_decimal(operator: Callable[[Node, Node], Node], wrong: str) -> LowerCall:
    """Integer division, put right where it went to the wrong side."""

    def lower(writer: Writer, call: ir.Call) -> Node:
        (arg,) = call.args
        if not arg.type.scale:
            return writer.value(arg)
        unit = 10**arg.type.scale
        cut = nodes.divide(writer.value(arg), nodes.number(unit))
        rest = nodes.modulo(writer.value(arg), nodes.number(unit))
        return operator(cut, nodes.compare(wrong, rest, nodes.number(0)))

    return lower


def _whole_float(operator: Callable[[Node, Node], Node], wrong: str) -> LowerCall:
    def lower(writer: Writer, call: ir.Call) -> Node:
        (arg,) = call.args

        def value() -> Node:
            return writer.value(arg)

        whole = nodes.cast(_whole(value, operator, wrong), "REAL")
        small = nodes.compare("<", nodes.call("ABS", value()), nodes.number(_WHOLE_FROM))
        return nodes.when(small, whole, value())

    return lower


def _whole(value: Thunk, operator: Callable[[Node, Node], Node], wrong: str) -> Node:
    """A double's whole number below or above: the cast cuts off, and goes to the wrong side where it is ``wrong``."""
    return operator(nodes.cast(value(), "INTEGER"), nodes.compare(wrong, value(), nodes.cast(value(), "INTEGER")))


def _round_decimal(writer: Writer, call: ir.Call) -> Node:
    (arg,), places = call.args, call.options[0]
    assert isinstance(places, int)
    return _rounded(lambda: writer.value(arg), 10 ** (arg.type.scale - places))


def _extreme(name: str) -> LowerCall:
    """MIN and MAX of several arguments are missing when one is."""

    def lower(writer: Writer, call: ir.Call) -> Node:
        return nodes.call(name, *(writer.aligned(arg, call.type) for arg in call.args))

    return lower


def _compare(writer: Writer, node: ir.Compare) -> Node:
    left, right = node.left, node.right
    if left.type.kind is not Kind.DECIMAL:
        return functions.compare(writer, node)
    wide = left.type if left.type.scale >= right.type.scale else right.type
    return nodes.compare(node.operator, writer.aligned(left, wide), writer.aligned(right, wide))


def _in_list(writer: Writer, node: ir.InList) -> Node:
    """Of decimals, items with more places than the value has are none of its values."""
    value = node.value
    if value.type.kind is not Kind.DECIMAL:
        return functions.in_list(writer, node)
    scaled = [Decimal(str(item)).scaleb(value.type.scale, functions.EXACT) for item in node.items]
    items = [
        writer.constant(item, value.type) for item, whole in zip(node.items, scaled, strict=True) if whole == int(whole)
    ]
    if not items:
        return nodes.is_present(writer.value(value)) if node.negated else exp.false()
    found = nodes.in_list(writer.value(value), items)
    return nodes.not_(found) if node.negated else found


# -- text -------------------------------------------------------------------------------------------------------------


def _contains(writer: Writer, value: ir.Expr, needle: str) -> Node:
    return nodes.compare(">", nodes.call("INSTR", writer.value(value), writer.text(needle)), nodes.number(0))


def _starts_with(writer: Writer, value: ir.Expr, needle: str) -> Node:
    start = nodes.call("SUBSTR", writer.value(value), nodes.number(1), writer.length(needle))
    return nodes.compare("=", start, writer.text(needle))


def _ends_with(writer: Writer, value: ir.Expr, needle: str) -> Node:
    end = nodes.call("SUBSTR", writer.value(value), nodes.negative(writer.length(needle)))
    return nodes.compare("=", end, writer.text(needle))


def _matches(writer: Writer, value: ir.Expr, pattern: str) -> Node:
    pieces = []
    for part in pattern_parts(pattern):
        match part:
            case (wildcard,):
                pieces.append(wildcard)
            case (_, literal):
                pieces.append("".join(f"[{c}]" if c in "*?[" else c for c in literal))
    return nodes.glob(writer.value(value), writer.text("".join(pieces)))


def _number(writer: Writer, call: ir.Call) -> Node:
    """Taken apart, as there are no patterns: the digits before the point, ten of those behind it, rounded to nine, and the sign."""
    (arg,) = call.args
    point = nodes.text(".")

    def unsigned() -> Node:
        return nodes.call("LTRIM", writer.value(arg), nodes.text("-"))

    def until_point() -> Node:
        return nodes.call("INSTR", nodes.concat(unsigned(), point.copy()), point.copy())

    def digits() -> Node:
        whole = nodes.call("SUBSTR", unsigned(), nodes.number(1), nodes.subtract(until_point(), nodes.number(1)))
        return nodes.call("LTRIM", whole, nodes.text("0"))

    spelled = nodes.all_of(
        (
            nodes.not_(nodes.glob(writer.value(arg), nodes.text("--*"))),
            nodes.not_(nodes.glob(unsigned(), nodes.text("*[^0-9.]*"))),
            nodes.glob(unsigned(), nodes.text("[0-9]*")),
            nodes.glob(unsigned(), nodes.text("*[0-9]")),
            nodes.not_(nodes.glob(unsigned(), nodes.text("*.*.*"))),
        )
    )
    scale = call.type.scale
    size = nodes.call("LENGTH", digits())
    whole = nodes.case(
        [
            (nodes.compare("<=", size, nodes.number(18)), nodes.cast(digits(), "INTEGER")),
            (nodes.compare("<=", size.copy(), nodes.number(call.type.precision - scale)), nodes.cast(digits(), "REAL")),
        ]
    )
    rest = nodes.call("SUBSTR", unsigned(), nodes.add(until_point(), nodes.number(1)))
    padded = nodes.concat(rest, nodes.text("0" * (scale + 1)))
    behind = nodes.cast(nodes.call("SUBSTR", padded, nodes.number(1), nodes.number(scale + 1)), "INTEGER")
    rounded = nodes.divide(nodes.add(behind, nodes.number(5)), nodes.number(10))
    sign = nodes.when(nodes.glob(writer.value(arg), nodes.text("-*")), nodes.number(-1), nodes.number(1))
    value = nodes.multiply(nodes.add(nodes.multiply(whole, nodes.number(10**scale)), rounded), sign)
    return nodes.when(spelled, value)


# -- time -------------------------------------------------------------------------------------------------------------


def _part(format_: str) -> Callable[[Node], Node]:
    return lambda day: nodes.cast(nodes.call("STRFTIME", nodes.text(format_), day), "INTEGER")


def _date_part(format_: str) -> LowerCall:
    return lambda writer, call: _part(format_)(writer.value(call.args[0]))


def _weekday(writer: Writer, call: ir.Call) -> Node:
    from_sunday = _part("%w")(writer.value(call.args[0]))
    from_monday = nodes.modulo(nodes.add(from_sunday, nodes.number(6)), nodes.number(7))
    return nodes.add(from_monday, nodes.number(1))


def _units(value: Node, unit: int) -> Node:
    """Whole units since the calendar's shifted beginning, rounded down: of positive numbers alone."""
    return nodes.divide(nodes.add(value, nodes.number(functions.CALENDAR)), nodes.number(unit))


def _hour(writer: Writer, call: ir.Call) -> Node:
    return nodes.modulo(_units(writer.local(call.args[0]), functions.HOUR), nodes.number(24))


def _date(writer: Writer, call: ir.Call) -> Node:
    seconds = _units(writer.local(call.args[0]), _SECOND)
    since_1970 = nodes.subtract(seconds, nodes.number(functions.CALENDAR // _SECOND))
    return nodes.call("DATE", since_1970, nodes.text("unixepoch"))


def _shift_timestamp(writer: Writer, call: ir.Call) -> Node:
    (micros,) = call.options
    assert isinstance(micros, int)
    operator = nodes.add if micros >= 0 else nodes.subtract
    return operator(writer.value(call.args[0]), nodes.number(abs(micros)))


def _shift_date(writer: Writer, call: ir.Call) -> Node:
    (days,) = call.options
    assert isinstance(days, int)
    return nodes.call("DATE", writer.value(call.args[0]), nodes.text(f"{days:+d} days"))


def _days_between(writer: Writer, call: ir.Call) -> Node:
    first, second = (nodes.call("JULIANDAY", writer.value(arg)) for arg in call.args)
    return nodes.cast(nodes.subtract(second, first), "INTEGER")


def _micros_between(writer: Writer, first: ir.Expr, second: ir.Expr) -> Node:
    return nodes.subtract(writer.value(second), writer.value(first))


def _start_of(writer: Writer, call: ir.Call) -> Node:
    (unit,) = call.options

    def day() -> Node:
        return writer.value(call.args[0])

    match unit:
        case "day":
            return day()
        case "week":
            return nodes.call("DATE", day(), nodes.text("-6 days"), nodes.text("weekday 1"))
        case "quarter":
            past = nodes.modulo(nodes.subtract(_part("%m")(day()), nodes.number(1)), nodes.number(3))
            back = nodes.concat(nodes.concat(nodes.text("-"), past), nodes.text(" months"))
            return nodes.call("DATE", day(), nodes.text("start of month"), back)
        case _:
            return nodes.call("DATE", day(), nodes.text(f"start of {unit}"))


# -- aggregates -------------------------------------------------------------------------------------------------------


def _sum(writer: Writer, aggregation: Aggregation, condition: Node | None) -> Node:
    """Beyond some digits in two parts, as SUM raises where it leaves 64 bits."""
    value = aggregation.value
    assert value is not None

    def total(of: Node) -> Node:
        return nodes.filtered(nodes.call("SUM", of), None if condition is None else condition.copy())

    def exact() -> Node:
        return _millionths(writer, value) if value.type.kind in (Kind.FLOAT, Kind.WHOLE) else writer.value(value)

    if value.type.kind is Kind.DECIMAL and value.type.precision <= _SAFE_SUM_DIGITS:
        return total(exact())
    high = nodes.multiply(total(nodes.divide(exact(), nodes.number(_LIMB))), nodes.number(_LIMB))
    return nodes.add(high, total(nodes.modulo(exact(), nodes.number(_LIMB))))


def _millionths(writer: Writer, value: ir.Expr) -> Node:
    def scaled() -> Node:
        return nodes.add(nodes.multiply(writer.value(value), nodes.number(f"{MILLIONTHS}.0")), nodes.number("0.5"))

    most = int(MAX_MILLIONTHS)
    inside = nodes.between(writer.value(value), nodes.number(-most), nodes.number(most))
    return nodes.when(inside, _whole(scaled, nodes.subtract, "<"))


# -- lists ------------------------------------------------------------------------------------------------------------


def _json_to_list(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    """A list is held as its text in JSON: an array of texts and nulls. JSON_EACH raises for what is no JSON."""

    def json() -> Node:
        return nodes.when(nodes.call("JSON_VALID", value()), value())

    others = nodes.not_(nodes.in_list(exp.column("type", table="item"), [nodes.text("text"), nodes.text("null")]))
    is_array = nodes.compare("=", nodes.call("JSON_TYPE", json()), nodes.text("array"))
    return nodes.when(nodes.all_of((is_array, nodes.not_(_exists(json(), others)))), value())


def _exists(json: Node, condition: Node) -> Node:
    """Is there an item like that in a list?"""
    items = nodes.alias(nodes.call("JSON_EACH", json), "item")
    return nodes.exists(exp.select(nodes.number(1)).from_(items, copy=False).where(condition, copy=False))


def _item() -> Node:
    return exp.column("value", table="item")


def _has(writer: Writer, node: ir.ListHas) -> Node:
    wanted = [[item] for item in node.items] if node.every else [node.items]
    return nodes.all_of(
        _exists(writer.value(node.value), _one_of(_item(), [writer.text(item) for item in items])) for items in wanted
    )


def _one_of(value: Node, items: Sequence[Node]) -> Node:
    return nodes.in_list(value, items) if len(items) > 1 else nodes.compare("=", value, items[0])


def _is_empty(writer: Writer, value: ir.Expr) -> Node:
    return nodes.not_(_exists(writer.value(value), nodes.is_present(_item())))


def _between(writer: Writer, made: Between) -> Node:
    """One division, as long as a double holds what is divided; else whole numbers and what is left are divided apart, which nothing
    makes leave 64 bits, and put together."""
    whole, scale = made.whole, made.low.type.scale
    unit = 10**scale

    def low() -> Node:
        return writer.value(made.low)

    def high() -> Node:
        return writer.value(made.high)

    def rest() -> Node:
        return writer.value(made.rest)

    def over(dividend: Node) -> Node:
        divided = nodes.cast(dividend, "REAL")
        return nodes.divide(divided, nodes.number(whole * unit)) if whole * unit > 1 else divided

    if whole == 1:
        return over(low())
    parts = nodes.add(
        nodes.multiply(low(), nodes.subtract(nodes.number(whole), rest())), nodes.multiply(high(), rest())
    )
    most = MAX_INT // whole
    if made.low.type.kind is Kind.DECIMAL and 10**made.low.type.precision <= most:
        return over(parts)

    def apart(operator: Callable[[Node, Node], Node]) -> Node:
        return nodes.multiply(operator(nodes.subtract(high(), low()), nodes.number(whole)), rest())

    def steps() -> Node:
        more = nodes.divide(apart(nodes.modulo), nodes.number(whole))
        return nodes.add(nodes.add(low(), apart(nodes.divide)), more)

    left = nodes.modulo(apart(nodes.modulo), nodes.number(whole))
    if scale:
        left = nodes.add(nodes.multiply(nodes.modulo(steps(), nodes.number(unit)), nodes.number(whole)), left)
    size = nodes.call("MAX", nodes.call("ABS", low()), nodes.call("ABS", high()))
    wholes = nodes.divide(steps(), nodes.number(unit)) if scale else steps()
    return nodes.when(nodes.compare("<=", size, nodes.number(most)), over(parts), nodes.add(wholes, over(left)))


CALLS: dict[str, LowerCall] = {
    **functions.CALLS,
    "add_decimal": _sum_of_decimals(nodes.add),
    "subtract_decimal": _sum_of_decimals(nodes.subtract),
    "multiply_decimal": _multiply_decimal,
    "divide_exact": _divide_exact,
    "divide_float": _divide_float,
    "negate": _negate,
    "abs": _abs,
    "floor_decimal": _whole_decimal(nodes.subtract, "<"),
    "floor_float": _whole_float(nodes.subtract, "<"),
    "ceil_decimal": _whole_decimal(nodes.add, ">"),
    "ceil_float": _whole_float(nodes.add, ">"),
    "round_decimal": _round_decimal,
    "least": _extreme("MIN"),
    "greatest": _extreme("MAX"),
    "lower": functions.of_one("LOWER"),
    "upper": functions.of_one("UPPER"),
    "trim": functions.of_one("TRIM"),
    "number": _number,
    "days_between_timestamps": functions.whole_units(_micros_between, nodes.divide, functions.DAY),
    "hours_between_timestamps": functions.whole_units(_micros_between, nodes.divide, functions.HOUR),
    "days_between_dates": _days_between,
    "shift_timestamp": functions.inside_calendar(_shift_timestamp),
    "shift_date": functions.inside_calendar(_shift_date),
    "date_timestamp": _date,
    "hour_timestamp": _hour,
    "year_date": _date_part("%Y"),
    "month_date": _date_part("%m"),
    "day_date": _date_part("%d"),
    "weekday_date": _weekday,
    "start_of_date": _start_of,
    "age_date": functions.age(_part("%Y"), _part("%m%d"), lambda day: nodes.call("DATE", day, nodes.text("+1 day"))),
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

SQLITE = Dialect(
    name="sqlite",
    sqlglot="sqlite",
    proof=Executed("SQLite 3.40"),
    type_name=type_name,
    literals={
        **functions.LITERALS,
        Kind.DECIMAL: _decimal_literal,
        Kind.WHOLE: _double_literal,
        Kind.FLOAT: _double_literal,
        Kind.DATE: _date_literal,
        Kind.TIMESTAMP: _timestamp_literal,
    },
    calls=CALLS,
    conversions=CONVERSIONS,
    matches={"contains": _contains, "starts with": _starts_with, "ends with": _ends_with, "matches": _matches},
    aggregates={**functions.AGGREGATES, "sum": _sum},
    read=_read,
    compare=_compare,
    in_list=_in_list,
    in_range=functions.in_range,
    lists=Lists(_has, _is_empty),
    align=_align,
    add_seconds=_add_seconds,
    between=_between,
    widest="INTEGER",
    styles=("named", "qmark", "dollar", "at"),
    held=lambda placeholder, type_: placeholder,
    passed=_passed,
    narrowed={"number": _narrow_number},
    narrowest=_INTEGER_DIGITS,
    # https://www.sqlite.org/limits.html
    capabilities=Capabilities(
        materialized=True,
        joins=63,
        terms=500,
        references=65_535,
        placeholders=32_766,
        columns=2_000,
        result_columns=2_000,
    ),
    facts=(
        "an int column holds no number beyond 2^53: the schema promises it, `segdsl check --data` verifies it, and the SQL relies on it",
        (
            "a column has an affinity and no type: `segdsl run`, `why` and `check` look through its values, read them as the field says, "
            "and refuse those that are none; a statement by itself relies on numbers in columns of a number's type, texts in columns of a "
            "TEXT type (codes may be numbers), 0 and 1 for truth values, and no collation but BINARY"
        ),
        (
            "times are texts such as 2026-06-01 12:30:00, with a fraction behind a point and an offset such as +02:00 or without; a "
            "statement by itself reads a day alone as midnight in UTC; `segdsl run` reads those of a DATE column as the day's beginning in "
            "the schema's zone, and refuses others unless that is UTC"
        ),
        "of a text with U+0000 in it, length, ends with, matches and number see what stands before it alone",
        "decimals are exact to 64 bits; beyond, in double precision",
        "lists are texts that hold JSON arrays of texts; an escape of U+0000 or of half a character in one is not refused",
        "needs SQLite 3.35 or later",
    ),
)
