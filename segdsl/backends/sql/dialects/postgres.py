"""PostgreSQL, 14 or later. Nothing here may raise on data: an overflow of a double, an underflow, a number that does not fit.

Decimals are NUMERIC without a width; what the static width does not hold is made missing by a test. Texts with a backslash are
written as ``E'…'``, which means the same whatever ``standard_conforming_strings`` is set to.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from sqlglot import exp

from segdsl.backends.json_lists import PATTERN
from segdsl.backends.sql import functions, nodes, windows
from segdsl.backends.sql.dialect import Capabilities, Dialect, Executed, Lists, LowerCall, LowerConvert, Thunk
from segdsl.backends.sql.nodes import Node
from segdsl.backends.sql.windows import Between
from segdsl.backends.sql.writer import pattern_parts
from segdsl.planning.plan import Aggregation, TableColumn
from segdsl.semantics import ir
from segdsl.types import INT_DIGITS, MAX_DIGITS, Kind, Type

if TYPE_CHECKING:
    from segdsl.backends.sql.writer import Writer

_TYPES = {
    Kind.BOOL: "BOOLEAN",
    Kind.INT: "BIGINT",
    Kind.WHOLE: "DOUBLE PRECISION",
    Kind.FLOAT: "DOUBLE PRECISION",
    Kind.DECIMAL: "NUMERIC",
    Kind.STRING: "TEXT",
    Kind.DATE: "DATE",
    Kind.TIMESTAMP: "TIMESTAMP",
    Kind.ANY: "TEXT",
    Kind.LIST: "TEXT[]",
}
_SAFE_SUM_DIGITS = 27
"""A sum of decimals of so many digits needs 10^11 rows to leave 38 digits."""

_LITTLE = 2**50
_PARTS = 10**5
_SHARE_DIGITS = 20


def type_name(type_: Type) -> str:
    return _TYPES[type_.kind]


# -- literals ---------------------------------------------------------------------------------------------------------


def _decimal_literal(value: object, type_: Type) -> Node:
    assert isinstance(value, Decimal | int)
    return nodes.number(f"{Decimal(value):.{type_.scale}f}")


def _double_literal(value: object, type_: Type) -> Node:
    assert isinstance(value, int | float)
    return nodes.cast(nodes.number(repr(float(value))), "DOUBLE PRECISION")


def _text_literal(value: object, type_: Type) -> Node:
    assert isinstance(value, str)
    return exp.ByteString(this=value) if "\\" in value else nodes.text(value)


# -- conversions ------------------------------------------------------------------------------------------------------


def _fitting(value: Thunk, digits: int) -> Node:
    """A number, missing where it has more digits before the point."""
    limit = "1" + "0" * digits
    inside = nodes.all_of(
        (nodes.compare(">", value(), nodes.number(f"-{limit}")), nodes.compare("<", value(), nodes.number(limit)))
    )
    return nodes.when(inside, value())


def _int_to_decimal(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    def converted() -> Node:
        return nodes.cast(value(), "NUMERIC") if target.scale else value()

    digits = target.precision - target.scale
    return converted() if digits >= INT_DIGITS else _fitting(converted, digits)


def _decimal_to_decimal(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    narrower = target.scale < source.scale

    def converted() -> Node:
        return nodes.call("ROUND", value(), nodes.number(target.scale)) if narrower else value()

    digits = target.precision - target.scale
    if source.precision - source.scale + narrower <= digits:
        return converted()
    return _fitting(converted, digits)


def _float_to_decimal(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    def digits() -> Node:
        size = nodes.call("ABS", value())
        scaled = nodes.multiply(size, nodes.number(10**target.scale)) if target.scale else size
        return nodes.call("FLOOR", nodes.add(scaled, nodes.number("0.5")))

    whole = nodes.cast(nodes.multiply(nodes.call("SIGN", value()), digits()), "BIGINT")
    unit = nodes.number(f"{Decimal(1).scaleb(-target.scale):f}")
    return nodes.when(
        nodes.compare("<", digits(), nodes.number(10**target.precision)),
        nodes.multiply(whole, unit) if target.scale else whole,
    )


def _date_to_timestamp(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    return writer.beginning(value, nodes.cast(value(), "TIMESTAMP"))


# -- numbers ----------------------------------------------------------------------------------------------------------


def _divide_exact(writer: Writer, call: ir.Call) -> Node:
    left, right = call.args
    scale = max(left.type.scale, right.type.scale)
    dividend = nodes.cast(_unscaled(writer, left, scale), "DOUBLE PRECISION")
    return nodes.divide(dividend, nodes.nullif(_unscaled(writer, right, scale), nodes.number(0)))


def _unscaled(writer: Writer, node: ir.Expr, scale: int) -> Node:
    """A number times 10^scale, exactly; beside a double it becomes the nearest double."""
    value = writer.value(node)
    if scale == 0:
        return value
    exact = nodes.cast(value, "NUMERIC") if node.type.kind is Kind.INT else value
    return nodes.multiply(exact, nodes.number(10**scale))


def _number(writer: Writer, call: ir.Call) -> Node:
    """Numbers of more than 29 digits before the point do not fit; of those behind it, only ten matter."""
    (arg,) = call.args
    spelled = nodes.regexp(writer.value(arg), writer.text(r"^-?0*[0-9]{1,29}(\.[0-9]+)?$"))
    digits = nodes.call("SUBSTRING", writer.value(arg), writer.text(r"^-?[0-9]+(?:\.[0-9]{1,10})?"))
    rounded = nodes.call("ROUND", nodes.cast(digits, "NUMERIC"), nodes.number(9))
    limit = "1" + "0" * 29
    fitting = nodes.nullif(nodes.nullif(rounded, nodes.number(limit)), nodes.number(f"-{limit}"))
    return nodes.when(spelled, fitting)


# -- text -------------------------------------------------------------------------------------------------------------


def _folded(name: str) -> LowerCall:
    """In the C collation, LOWER and UPPER know the ASCII letters alone."""

    def lower(writer: Writer, call: ir.Call) -> Node:
        return nodes.call(name, nodes.collate(writer.value(call.args[0]), "C"))

    return lower


def _contains(writer: Writer, value: ir.Expr, needle: str) -> Node:
    return nodes.compare(">", nodes.call("STRPOS", writer.value(value), writer.text(needle)), nodes.number(0))


def _ends_with(writer: Writer, value: ir.Expr, needle: str) -> Node:
    end = nodes.call("RIGHT", writer.value(value), writer.length(needle))
    return nodes.compare("=", end, writer.text(needle))


def _matches(writer: Writer, value: ir.Expr, pattern: str) -> Node:
    pieces = ["^"]
    for part in pattern_parts(pattern):
        match part:
            case ("*",):
                pieces.append(".*")
            case ("?",):
                pieces.append(".")
            case (_, literal):
                pieces.append(re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", literal))
    pieces.append("$")
    return nodes.regexp(writer.value(value), writer.text("".join(pieces)))


# -- time -------------------------------------------------------------------------------------------------------------


def _micros_between(writer: Writer, first: ir.Expr, second: ir.Expr) -> Node:
    seconds = nodes.extract("EPOCH", nodes.subtract(writer.value(second), writer.value(first)))
    return nodes.cast(nodes.multiply(seconds, nodes.number(1_000_000)), "BIGINT")


def _add_seconds(value: Node, seconds: Node) -> Node:
    return nodes.add(value, nodes.multiply(seconds, nodes.interval("1 second")))


# -- aggregates -------------------------------------------------------------------------------------------------------


def _sum(writer: Writer, aggregation: Aggregation, condition: Node | None) -> Node:
    value = aggregation.value
    assert value is not None

    def total(of: Node) -> Node:
        return nodes.filtered(nodes.call("SUM", of), None if condition is None else condition.copy())

    match value.type.kind:
        case Kind.FLOAT | Kind.WHOLE:
            return nodes.multiply(total(functions.millionths(writer, value, "BIGINT")), nodes.number("0.000001"))
        case Kind.DECIMAL if value.type.precision > _SAFE_SUM_DIGITS:
            return _fitting(lambda: total(writer.value(value)), MAX_DIGITS - aggregation.type.scale)
        case _:
            return total(writer.value(value))


def _edge(*, last: bool) -> Callable[[Writer, Aggregation, Node | None], Node]:
    """The first of all values in order: an array keeps missing ones."""

    def lower(writer: Writer, aggregation: Aggregation, condition: Node | None) -> Node:
        value = aggregation.value
        assert value is not None
        keys = [
            nodes.ordered(_by_code_point(writer.value(key), key.type), descending=last) for key in aggregation.order
        ]
        if aggregation.tie_by_value:
            greatest = _by_code_point(writer.value(value), value.type)
            keys.append(nodes.ordered(greatest, descending=True, nulls_first=False))
        values = nodes.call("ARRAY_AGG", exp.Order(this=writer.value(value), expressions=keys))
        # sqlglot counts from 0 and adds what the dialect counts from.
        return exp.Bracket(this=exp.Paren(this=nodes.filtered(values, condition)), expressions=[nodes.number(0)])

    return lower


def _by_code_point(value: Node, type_: Type) -> Node:
    return nodes.collate(value, "C") if type_.kind is Kind.STRING else value


def _between(writer: Writer, made: Between) -> Node:
    """In NUMERIC, which is exact here, and does not overflow as the integers of a narrow column do; a cast gives the nearest double."""
    places = windows.digits_of(made.whole)
    unit = f"{Decimal(10**places // made.whole).scaleb(-places, functions.EXACT):f}"
    share = nodes.multiply(nodes.cast(writer.value(made.rest), "NUMERIC"), nodes.number(unit))
    low, high = (nodes.cast(writer.value(end), "NUMERIC") for end in (made.low, made.high))
    apart = nodes.subtract(high, writer.value(made.low))
    return nodes.cast(nodes.add(low, nodes.multiply(apart, share)), "DOUBLE PRECISION")


# -- lists ------------------------------------------------------------------------------------------------------------


def _base(writer: Writer, value: Thunk, stored: Type) -> Node:
    """Arrays of texts of any length are arrays of texts: their operators take no others."""
    return writer.cast(value(), stored) if stored.kind is Kind.LIST else functions.in_double(writer, value, stored)


_reading = functions.reading(_base, functions.typed_constant)


def _read(writer: Writer, raw: Thunk, column: TableColumn) -> Node:
    """Enums, and texts of a collation that takes different ones for one another, are texts like any."""
    if column.stored is None or column.stored.kind is not Kind.ANY:
        return _reading(writer, raw, column)
    own = replace(column, stored=None)
    return _reading(writer, lambda: nodes.collate(writer.cast(raw(), column.type), "default"), own)


def _json_to_list(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    """The column may be of the types JSON and JSONB. What is no list is an empty one."""

    def text() -> Node:
        return nodes.cast(value(), "TEXT")

    is_list = nodes.regexp(text(), writer.text(f"^{PATTERN}$"))
    json = nodes.cast(nodes.when(is_list, text()), "JSONB")
    return nodes.call("ARRAY", exp.Select(expressions=[nodes.call("JSONB_ARRAY_ELEMENTS_TEXT", json)]))


def _has(writer: Writer, node: ir.ListHas) -> Node:
    operator = nodes.holds_all if node.every else nodes.overlaps
    found = operator(writer.value(node.value), nodes.array(writer.text(item) for item in node.items))
    return nodes.coalesce(found, exp.false())


def _is_empty(writer: Writer, value: ir.Expr) -> Node:
    items = nodes.alias(nodes.call("UNNEST", writer.value(value)), "item")
    query = exp.select(nodes.call("COUNT", exp.column("item"))).from_(items, copy=False)
    return nodes.compare("=", nodes.subquery(query), nodes.number(0))


def _cut(writer: Writer, aggregation: Aggregation, condition: Node | None) -> Node:
    """PERCENTILE_DISC takes the place that N times a double, rounded up, says. A share that is a little too small says the right one: the
    product stays below a whole number that it should be, and above the one before, for any N of less than 8 * 10^9 and `_PARTS`:
    what it falls short by, N times 2^-50 and 2^-52 for rounding, has to be less than one part."""
    value, place = aggregation.value, aggregation.place
    assert value is not None and place is not None
    share = Fraction(place.share, place.whole) * (1 - Fraction(1, _LITTLE))
    digits = Decimal(share.numerator * 10**_SHARE_DIGITS // share.denominator).scaleb(-_SHARE_DIGITS, functions.EXACT)
    found = nodes.call("PERCENTILE_DISC", nodes.number(f"{digits:f}"))
    order = exp.Order(expressions=[nodes.ordered(writer.value(value), descending=place.descending)])
    return nodes.filtered(exp.WithinGroup(this=found, expression=order), condition)


CALLS: dict[str, LowerCall] = {
    **functions.CALLS,
    "divide_exact": _divide_exact,
    "lower": _folded("LOWER"),
    "upper": _folded("UPPER"),
    "trim": functions.of_one("TRIM"),
    "number": _number,
    "days_between_timestamps": functions.whole_units(_micros_between, nodes.divide, functions.DAY),
    "hours_between_timestamps": functions.whole_units(_micros_between, nodes.divide, functions.HOUR),
}

CONVERSIONS: dict[tuple[Kind, Kind], LowerConvert] = {
    **functions.CONVERSIONS,
    (Kind.INT, Kind.DECIMAL): _int_to_decimal,
    (Kind.DECIMAL, Kind.DECIMAL): _decimal_to_decimal,
    (Kind.DECIMAL, Kind.FLOAT): functions.as_type,
    (Kind.FLOAT, Kind.DECIMAL): _float_to_decimal,
    (Kind.DATE, Kind.TIMESTAMP): _date_to_timestamp,
    (Kind.STRING, Kind.LIST): _json_to_list,
}

POSTGRES = Dialect(
    name="postgres",
    sqlglot="postgres",
    proof=Executed("PostgreSQL 16"),
    type_name=type_name,
    literals={
        **functions.LITERALS,
        Kind.DECIMAL: _decimal_literal,
        Kind.WHOLE: _double_literal,
        Kind.FLOAT: _double_literal,
        Kind.STRING: _text_literal,
        Kind.ANY: _text_literal,
    },
    calls=CALLS,
    conversions=CONVERSIONS,
    matches={
        "contains": _contains,
        "starts with": functions.function_match("STARTS_WITH"),
        "ends with": _ends_with,
        "matches": _matches,
    },
    aggregates={
        **functions.AGGREGATES,
        "sum": _sum,
        "first": _edge(last=False),
        "last": _edge(last=True),
        "cut": _cut,
    },
    read=_read,
    compare=functions.compare,
    in_list=functions.in_list,
    in_range=functions.in_range,
    lists=Lists(_has, _is_empty),
    align=lambda node, source, target: node,
    add_seconds=_add_seconds,
    between=_between,
    parts=_PARTS,
    widest="NUMERIC",
    sort_key=_by_code_point,
    styles=("pyformat", "format", "numbered"),
    # https://www.postgresql.org/docs/current/limits.html: the rows of a CTE are a result set too.
    capabilities=Capabilities(name_bytes=63, placeholders=65_535, columns=1_664, result_columns=1_664),
    session=("SET TIME ZONE 'UTC'",),
    facts=(
        "an int column holds no number beyond 2^53: the schema promises it, `segdsl check --data` verifies it, and the SQL relies on it",
        "a column with a time zone is read right only while the session's time zone is UTC",
        "texts have a deterministic collation, and are no enums, which are in the order of their declaration",
        "times and numerics must be finite: infinity and NaN are not read as missing",
        "needs PostgreSQL 14 or later",
    ),
)
