"""Lowerings that several dialects share: one for each overload that SQL can say in one way, and shapes to build others from.

The names are standard SQL, PostgreSQL's where there is no standard. A dialect's file takes `CALLS`, puts its own over it, and
`segdsl.backends.lowering.missing` says what it forgot.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING

from sqlglot import exp

from segdsl.backends.sql import nodes
from segdsl.backends.sql.dialect import (
    LowerAggregate,
    LowerCall,
    LowerColumn,
    LowerConvert,
    LowerLiteral,
    LowerRead,
    Thunk,
)
from segdsl.backends.sql.nodes import Node
from segdsl.digits import wide
from segdsl.planning.plan import Aggregation, TableColumn
from segdsl.semantics import ir
from segdsl.types import (
    DATE,
    MAX_DIGITS,
    MAX_FLOAT,
    MAX_INT,
    MAX_MILLIONTHS,
    MILLIONTHS,
    MIN_FLOAT,
    Kind,
    Type,
    decimal,
)

if TYPE_CHECKING:
    from segdsl.backends.sql.writer import Writer

HOUR = 3_600_000_000
DAY = 24 * HOUR
EXACT = wide(100)
"""For constants: Python's own context keeps 28 digits."""
CALENDAR = 4_000_000 * DAY
"""More microseconds than the calendar has."""


# -- numbers --------------------------------------------------------------------------------------------------------


def arithmetic(operator: Callable[[Node, Node], Node]) -> LowerCall:
    """Of two doubles."""

    def lower(writer: Writer, call: ir.Call) -> Node:
        return operator(*writer.pair(*call.args))

    return lower


def exact_arithmetic(operator: Callable[[Node, Node], Node]) -> LowerCall:
    """Of two decimals. What is whole may be held as an integer here, whose arithmetic has a narrow range: one becomes decimal."""

    def lower(writer: Writer, call: ir.Call) -> Node:
        left, right = call.args
        first = writer.value(left)
        if left.type.scale == 0 and right.type.scale == 0:
            first = writer.cast(first, left.type)
        return operator(first, writer.value(right))

    return lower


def negate(writer: Writer, call: ir.Call) -> Node:
    return nodes.negative(_signed(writer, call.args[0]))


def absolute(writer: Writer, call: ir.Call) -> Node:
    return nodes.call("ABS", _signed(writer, call.args[0]))


def _signed(writer: Writer, node: ir.Expr) -> Node:
    """A number whose sign may be turned: the column of an int may be narrower than an int, and its least value has no opposite."""
    value = writer.value(node)
    return writer.cast(value, node.type) if node.type.kind is Kind.INT else value


def divide_float(writer: Writer, call: ir.Call) -> Node:
    left, right = writer.pair(*call.args)
    return nodes.divide(left, nodes.nullif(right, nodes.number(0)))


def rounded(name: str) -> LowerCall:
    """FLOOR and CEIL of a decimal."""

    def lower(writer: Writer, call: ir.Call) -> Node:
        (arg,) = call.args
        return nodes.call(name, writer.value(arg)) if arg.type.scale else writer.value(arg)

    return lower


def of_one(name: str, *options: Node) -> LowerCall:
    """A function of one argument."""

    def lower(writer: Writer, call: ir.Call) -> Node:
        return nodes.call(name, writer.value(call.args[0]), *(option.copy() for option in options))

    return lower


def round_decimal(writer: Writer, call: ir.Call) -> Node:
    places = call.options[0]
    assert isinstance(places, int)
    return nodes.call("ROUND", writer.value(call.args[0]), nodes.number(places))


def extreme(name: str) -> LowerCall:
    """LEAST and GREATEST, which pass over missing arguments in most engines."""

    def lower(writer: Writer, call: ir.Call) -> Node:
        found = nodes.call(name, *(writer.aligned(arg, call.type) for arg in call.args))
        present = [nodes.is_present(writer.value(arg)) for arg in call.args if arg.optional]
        return nodes.when(nodes.all_of(present), found) if present else found

    return lower


def coalesce(writer: Writer, call: ir.Call) -> Node:
    return nodes.coalesce(*(writer.aligned(arg, call.type) for arg in call.args))


def in_float_range(value: Callable[[], Node]) -> Node:
    """Is a double 0, or of a size that a float may have? False for NaN, which every engine here takes for the greatest."""
    size = nodes.between(nodes.call("ABS", value()), nodes.number(repr(MIN_FLOAT)), nodes.number(repr(MAX_FLOAT)))
    return nodes.any_of((size, nodes.compare("=", value(), nodes.number(0))))


def in_range(writer: Writer, node: ir.InRange) -> Node:
    def value() -> Node:
        return writer.value(node.value)

    return nodes.when(in_float_range(value), value())


def within_int(value: Callable[[], Node], result: Node) -> Node:
    """Missing beyond 2^53 in size."""
    return nodes.when(nodes.between(value(), nodes.number(-MAX_INT), nodes.number(MAX_INT)), result)


def to_int(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    return within_int(value, writer.cast(value(), target))


def same(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    """The representation is the same."""
    return value()


def as_type(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    return writer.cast(value(), target)


def float_to_int(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    return writer.cast(writer.converted(value, source, decimal(15, 0)), target)


def is_not_zero(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    return nodes.compare("!=", value(), nodes.number(0))


# -- comparisons ------------------------------------------------------------------------------------------------------


def compare(writer: Writer, node: ir.Compare) -> Node:
    return nodes.compare(node.operator, *writer.pair(node.left, node.right))


def in_list(writer: Writer, node: ir.InList) -> Node:
    items = [writer.constant(item, item_type(item, node.value.type)) for item in node.items]
    if len(items) == 1:
        return nodes.compare("!=" if node.negated else "=", writer.value(node.value), items[0])
    found = nodes.in_list(writer.value(node.value), items)
    return nodes.not_(found) if node.negated else found


def item_type(item: object, of: Type) -> Type:
    """The type of a list's item: a decimal has its own digits."""
    if of.kind is Kind.DECIMAL and isinstance(item, Decimal | int):
        _, digits, exponent = Decimal(item).as_tuple()
        assert isinstance(exponent, int)
        scale = max(0, -exponent)
        return Type(Kind.DECIMAL, max(len(digits) + max(0, exponent), scale, 1), scale)
    return of


# -- text ---------------------------------------------------------------------------------------------------------


def replace(writer: Writer, call: ir.Call) -> Node:
    old, new = call.options
    return nodes.call("REPLACE", writer.value(call.args[0]), writer.text(str(old)), writer.text(str(new)))


def place(writer: Writer, call: ir.Call) -> Node:
    branches = [(writer.text(str(value)), nodes.number(index)) for index, value in enumerate(call.options)]
    return nodes.case(branches, subject=writer.value(call.args[0]))


def label(writer: Writer, call: ir.Call) -> Node:
    branches = [(nodes.number(index), writer.text(str(value))) for index, value in enumerate(call.options)]
    return nodes.case(branches, subject=writer.value(call.args[0]))


def function_match(name: str) -> Callable[[Writer, ir.Expr, str], Node]:
    """``NAME(value, needle)``."""

    def lower(writer: Writer, value: ir.Expr, needle: str) -> Node:
        return nodes.call(name, writer.value(value), writer.text(needle))

    return lower


# -- time -----------------------------------------------------------------------------------------------------------


_FIRST_INSTANT, _LAST_INSTANT = datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999)


def inside_calendar(lower: LowerCall) -> LowerCall:
    """A time moved by so many microseconds or days; missing where that leads out of the years 1 to 9999, which engines go past."""

    def guarded(writer: Writer, call: ir.Call) -> Node:
        (by,) = call.options
        assert isinstance(by, int)
        (arg,) = call.args
        if not by:
            return writer.value(arg)
        is_day = arg.type.kind is Kind.DATE
        step = timedelta(days=abs(by)) if is_day else timedelta(microseconds=abs(by))
        first, last = (date.min, date.max) if is_day else (_FIRST_INSTANT, _LAST_INSTANT)
        end = last if by > 0 else first
        try:
            limit = end - step if by > 0 else end + step
        except OverflowError:
            return writer.constant(None, arg.type)
        literal = writer.instant(limit) if isinstance(limit, datetime) else writer.day(limit)
        return nodes.when(nodes.compare("<=" if by > 0 else ">=", writer.value(arg), literal), lower(writer, call))

    return guarded


def shift_timestamp(writer: Writer, call: ir.Call) -> Node:
    (micros,) = call.options
    assert isinstance(micros, int)
    value = writer.value(call.args[0])
    if not micros:
        return value
    return (nodes.add if micros > 0 else nodes.subtract)(value, nodes.interval(spell_micros(abs(micros))))


def spell_micros(micros: int) -> str:
    """A duration in the largest unit that divides it."""
    for unit, size in (("day", DAY), ("hour", HOUR), ("minute", 60_000_000), ("second", 1_000_000)):
        if micros % size == 0:
            count = micros // size
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return f"{micros} microseconds"


def shift_date(writer: Writer, call: ir.Call) -> Node:
    (days,) = call.options
    assert isinstance(days, int)
    value = writer.value(call.args[0])
    if not days:
        return value
    return (nodes.add if days > 0 else nodes.subtract)(value, nodes.number(abs(days)))


def days_between_dates(writer: Writer, call: ir.Call) -> Node:
    first, second = call.args
    return nodes.subtract(writer.value(second), writer.value(first))


def whole_units(
    difference: Callable[[Writer, ir.Expr, ir.Expr], Node], divide: Callable[[Node, Node], Node], unit: int
) -> LowerCall:
    """A difference in microseconds, in whole units, rounded down. Integer division rounds towards zero, so it is made of positive
    numbers alone: shifted by more than the calendar's length, and back."""

    def lower(writer: Writer, call: ir.Call) -> Node:
        first, second = call.args
        shifted = nodes.add(difference(writer, first, second), nodes.number(CALENDAR))
        return nodes.subtract(divide(shifted, nodes.number(unit)), nodes.number(CALENDAR // unit))

    return lower


def part(name: str) -> LowerCall:
    """``EXTRACT(NAME FROM date)``."""

    def lower(writer: Writer, call: ir.Call) -> Node:
        return nodes.extract(name, writer.value(call.args[0]))

    return lower


def hour_timestamp(writer: Writer, call: ir.Call) -> Node:
    return nodes.extract("HOUR", writer.local(call.args[0]))


def date_timestamp(writer: Writer, call: ir.Call) -> Node:
    return writer.cast(writer.local(call.args[0]), DATE)


def start_of_date(writer: Writer, call: ir.Call) -> Node:
    (unit,) = call.options
    value = writer.value(call.args[0])
    return value if unit == "day" else writer.cast(nodes.call("DATE_TRUNC", nodes.text(str(unit)), value), DATE)


def age(
    year: Callable[[Node], Node], month_and_day: Callable[[Node], Node], next_day: Callable[[Node], Node]
) -> LowerCall:
    """Full years from a to b. ``month_and_day`` is a number such as 228; the last of February stands for the 29th in any year, as
    whoever is born on a 29th has the birthday then."""

    def lower(writer: Writer, call: ir.Call) -> Node:
        born, now = call.args
        known = writer.known(now)
        if isinstance(known, date) and not isinstance(known, datetime):
            years: Node = writer.follows(now, "year", known.year)
            today: Node = writer.follows(now, "month and day", _month_and_day(known))
        else:
            years = year(writer.value(now))
            leap = nodes.compare("=", month_and_day(next_day(writer.value(now))), nodes.number(301))
            today = nodes.when(leap, nodes.number(229), month_and_day(writer.value(now)))
        early = nodes.when(
            nodes.compare("<", today, month_and_day(writer.value(born))), nodes.number(1), nodes.number(0)
        )
        return nodes.subtract(nodes.subtract(years, year(writer.value(born))), early)

    return lower


def _month_and_day(day: date) -> int:
    number = day.month * 100 + day.day
    leap = day.year % 4 == 0 and (day.year % 100 != 0 or day.year % 400 == 0)
    return 229 if number == 228 and not leap else number


# -- aggregates -------------------------------------------------------------------------------------------------------


def count(writer: Writer, aggregation: Aggregation, condition: Node | None) -> Node:
    if aggregation.value is None:
        return nodes.filtered(nodes.count_rows(), condition)
    return nodes.filtered(nodes.call("COUNT", writer.value(aggregation.value)), condition)


def count_distinct(writer: Writer, aggregation: Aggregation, condition: Node | None) -> Node:
    assert aggregation.value is not None
    return nodes.filtered(nodes.call("COUNT", nodes.distinct(writer.value(aggregation.value))), condition)


def millionths(writer: Writer, value: ir.Expr, type_: str) -> Node:
    """A double in millionths, as an integer, rounded half up."""
    most = int(MAX_MILLIONTHS)
    inside = nodes.between(writer.value(value), nodes.number(-most), nodes.number(most))
    scaled = nodes.multiply(writer.value(value), nodes.number(MILLIONTHS))
    return nodes.when(inside, nodes.cast(nodes.call("FLOOR", nodes.add(scaled, nodes.number("0.5"))), type_))


def simple(name: str) -> Callable[[Writer, Aggregation, Node | None], Node]:
    def lower(writer: Writer, aggregation: Aggregation, condition: Node | None) -> Node:
        assert aggregation.value is not None
        return nodes.filtered(nodes.call(name, writer.value(aggregation.value)), condition)

    return lower


# -- literals ---------------------------------------------------------------------------------------------------------


def _bool_literal(value: object, type_: Type) -> Node:
    return exp.true() if value else exp.false()


def _int_literal(value: object, type_: Type) -> Node:
    assert isinstance(value, int)
    return nodes.number(value)


def _text_literal(value: object, type_: Type) -> Node:
    assert isinstance(value, str)
    return nodes.text(value)


def _date_literal(value: object, type_: Type) -> Node:
    assert isinstance(value, date)
    return nodes.typed("DATE", value.isoformat())


def _timestamp_literal(value: object, type_: Type) -> Node:
    assert isinstance(value, datetime)
    return nodes.typed("TIMESTAMP", value.isoformat(" "))


# -- reading columns --------------------------------------------------------------------------------------------------


def reading(base: LowerRead, constant: Callable[[Writer, str, Type], Node | None]) -> LowerColumn:
    """How a column of a table is read. ``base``: what the engine holds, as a value of the type that it is stored as; ``constant``:
    what the engine holds where a text spells a missing value (None: nothing can)."""

    def read(writer: Writer, raw: Thunk, column: TableColumn) -> Node:
        stored = column.stored or column.type
        constants = [one for spelling in column.missing if (one := constant(writer, spelling, stored)) is not None]

        def present() -> Node:
            return without(raw, [one.copy() for one in dict.fromkeys(constants)])

        def value() -> Node:
            if stored.kind is not Kind.FLOAT:
                return base(writer, present, stored)
            if column.key_only:
                return present()
            return nodes.when(in_float_range(present), base(writer, present, stored))

        same_kind = stored.kind is column.type.kind and (stored.precision, stored.scale) == (
            column.type.precision,
            column.type.scale,
        )
        result = value() if same_kind else writer.converted(value, stored, column.type)
        if column.codes:
            branches = [(writer.text(code), writer.text(name)) for name, code in column.codes.items()]
            result = nodes.case(branches, result.copy(), result)
        if not column.zero_if_missing:
            return result
        return nodes.coalesce(result, exp.false() if column.type.kind is Kind.BOOL else nodes.number(0))

    return read


def without(raw: Thunk, constants: Sequence[Node]) -> Node:
    """A column, missing where it is one of some constants."""
    if not constants:
        return raw()
    if len(constants) == 1:
        return nodes.nullif(raw(), constants[0])
    return nodes.when(nodes.not_(nodes.in_list(raw(), constants)), raw())


def as_it_is(writer: Writer, value: Thunk, stored: Type) -> Node:
    """The engine's own types are the language's."""
    return value()


def in_double(writer: Writer, value: Thunk, stored: Type) -> Node:
    """So they are, but for floats: beside a column of single precision, some engines compare and compute in that."""
    return writer.cast(value(), stored) if stored.kind is Kind.FLOAT else value()


def typed_constant(writer: Writer, spelling: str, stored: Type) -> Node | None:
    """What the column's type cannot hold is not in it."""
    value = spelled(spelling, stored)
    return None if value is None else writer.constant(value, item_type(value, stored))


def spelled(text: str, type_: Type) -> object | None:
    """The value that a text spells in a type."""
    try:
        match type_.kind:
            case Kind.BOOL:
                return {"true": True, "false": False}.get(text.strip().lower())
            case Kind.INT:
                whole = Decimal(text)
                # What has more digits no column of whole numbers holds.
                fits = whole.is_finite() and whole.adjusted() < MAX_DIGITS
                return int(whole) if fits and whole == whole.to_integral_value() else None
            case Kind.DECIMAL:
                number = Decimal(text)
                return number if number.is_finite() else None
            case Kind.FLOAT | Kind.WHOLE:
                double = float(text)
                return double if isfinite(double) else None
            case Kind.DATE:
                return date.fromisoformat(text)
            case Kind.TIMESTAMP:
                instant = datetime.fromisoformat(text)
                return instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant
            case _:
                return text
    except (ValueError, ArithmeticError):
        return None


LITERALS: dict[Kind, LowerLiteral] = {
    Kind.BOOL: _bool_literal,
    Kind.INT: _int_literal,
    Kind.STRING: _text_literal,
    Kind.ANY: _text_literal,
    Kind.DATE: _date_literal,
    Kind.TIMESTAMP: _timestamp_literal,
}

AGGREGATES: dict[str, LowerAggregate] = {
    "count": count,
    "distinct": count_distinct,
    "min": simple("MIN"),
    "max": simple("MAX"),
}

CONVERSIONS: dict[tuple[Kind, Kind], LowerConvert] = {
    (Kind.INT, Kind.WHOLE): as_type,
    (Kind.INT, Kind.FLOAT): as_type,
    (Kind.WHOLE, Kind.INT): to_int,
    (Kind.WHOLE, Kind.FLOAT): same,
    (Kind.DECIMAL, Kind.INT): to_int,
    # What only columns need, whose data have another type than was declared.
    (Kind.FLOAT, Kind.INT): float_to_int,
    (Kind.INT, Kind.BOOL): is_not_zero,
    (Kind.INT, Kind.STRING): as_type,
    (Kind.DATE, Kind.STRING): as_type,
}
"""By the kinds of the value and of what it becomes."""


def _number_of_day(day: Node) -> Node:
    month = nodes.multiply(nodes.extract("MONTH", day), nodes.number(100))
    return nodes.add(month, nodes.extract("DAY", day.copy()))


CALLS: dict[str, LowerCall] = {
    "add_whole": arithmetic(nodes.add),
    "add_float": arithmetic(nodes.add),
    "add_decimal": exact_arithmetic(nodes.add),
    "subtract_whole": arithmetic(nodes.subtract),
    "subtract_float": arithmetic(nodes.subtract),
    "subtract_decimal": exact_arithmetic(nodes.subtract),
    "multiply_whole": arithmetic(nodes.multiply),
    "multiply_float": arithmetic(nodes.multiply),
    "multiply_decimal": exact_arithmetic(nodes.multiply),
    "divide_float": divide_float,
    "negate": negate,
    "abs": absolute,
    "floor_decimal": rounded("FLOOR"),
    "floor_float": of_one("FLOOR"),
    "ceil_decimal": rounded("CEIL"),
    "ceil_float": of_one("CEIL"),
    "round_decimal": round_decimal,
    "least": extreme("LEAST"),
    "greatest": extreme("GREATEST"),
    "coalesce": coalesce,
    "length": of_one("LENGTH"),
    "replace": replace,
    "place": place,
    "label": label,
    "shift_timestamp": inside_calendar(shift_timestamp),
    "shift_date": inside_calendar(shift_date),
    "days_between_dates": days_between_dates,
    "year_date": part("YEAR"),
    "month_date": part("MONTH"),
    "day_date": part("DAY"),
    "weekday_date": part("ISODOW"),
    "hour_timestamp": hour_timestamp,
    "date_timestamp": date_timestamp,
    "start_of_date": start_of_date,
    "age_date": age(
        lambda day: nodes.extract("YEAR", day), _number_of_day, lambda day: nodes.add(day, nodes.number(1))
    ),
}
"""By overload."""
