"""Trino, from its manual: https://trino.io/docs/current/index.html

Decimals have at most 38 digits, and what leaves its type stops the statement
(https://trino.io/docs/current/functions/decimal.html#binary-arithmetic-decimal-operators). A number with a point is a decimal, one with
an exponent a double. An interval counts milliseconds, so that times are moved by DATE_ADD and compared.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlglot import exp

from segdsl.backends.json_lists import PATTERN
from segdsl.backends.sql import exact, functions, nodes
from segdsl.backends.sql.dialect import Capabilities, Dialect, Generated, Lists, LowerCall, LowerConvert, Thunk
from segdsl.backends.sql.nodes import Node
from segdsl.diagnostics import SegdslError
from segdsl.errors import backends as errors
from segdsl.semantics import ir
from segdsl.types import MAX_DIGITS, Kind, Type, decimal

if TYPE_CHECKING:
    from segdsl.backends.sql.writer import Writer

_TYPES = {
    Kind.BOOL: "BOOLEAN",
    Kind.INT: "BIGINT",
    Kind.WHOLE: "DOUBLE",
    Kind.FLOAT: "DOUBLE",
    Kind.STRING: "VARCHAR",
    Kind.DATE: "DATE",
    # Without a number it has three places (https://trino.io/docs/current/language/types.html#timestamp).
    Kind.TIMESTAMP: "TIMESTAMP(6)",
    Kind.ANY: "VARCHAR",
    Kind.LIST: "ARRAY(VARCHAR)",
}
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ESCAPE = "|"
_UNITS = {"day": functions.DAY, "hour": functions.HOUR, "second": 1_000_000, "millisecond": 1_000}
_TOO_FINE = "times are moved by whole milliseconds"


def type_name(type_: Type) -> str:
    return f"DECIMAL({type_.precision}, {type_.scale})" if type_.kind is Kind.DECIMAL else _TYPES[type_.kind]


# -- literals ---------------------------------------------------------------------------------------------------------


def _decimal_literal(value: object, type_: Type) -> Node:
    """https://trino.io/docs/current/functions/decimal.html#decimal-literals"""
    text = exact.spelled(value, type_)
    literal = nodes.typed("DECIMAL", text.removeprefix("-"))
    return nodes.negative(literal) if text.startswith("-") else literal


def _double_literal(value: object, type_: Type) -> Node:
    """Without an exponent a number is a decimal (https://trino.io/docs/current/language/types.html#double)."""
    assert isinstance(value, int | float)
    text = repr(float(value))
    return nodes.number(text if "e" in text else f"{text}e0")


def _timestamp_literal(value: object, type_: Type) -> Node:
    assert isinstance(value, datetime)
    return nodes.typed("TIMESTAMP", value.isoformat(" ", "microseconds"))


# -- numbers ----------------------------------------------------------------------------------------------------------


def _round_decimal(writer: Writer, call: ir.Call) -> Node:
    """What is rounded up may need one more digit."""
    (arg,), (places,) = call.args, call.options
    assert isinstance(places, int)
    roomier = decimal(min(MAX_DIGITS, arg.type.precision + 1), arg.type.scale)
    rounded = nodes.call("ROUND", writer.cast(writer.value(arg), roomier), nodes.number(places))
    return writer.cast(rounded, call.type)


def _sort_key(value: Node, type_: Type) -> Node:
    """A double whose zero has no sign: the manual does not say where -0 stands in an order."""
    return nodes.add(value, nodes.number("0e0")) if type_.kind in (Kind.FLOAT, Kind.WHOLE) else value


# -- text -------------------------------------------------------------------------------------------------------------


def _trimmed(writer: Writer, call: ir.Call) -> Node:
    """TRIM takes white space of any kind. ``\\z`` is the text's very end
    (https://trino.io/docs/current/functions/regexp.html)."""
    return nodes.call("REGEXP_REPLACE", writer.value(call.args[0]), nodes.text(r"^ +| +\z"), nodes.text(""))


def _contains(writer: Writer, value: ir.Expr, needle: str) -> Node:
    """https://trino.io/docs/current/functions/string.html#strpos"""
    return nodes.compare(">", nodes.call("STRPOS", writer.value(value), writer.text(needle)), nodes.number(0))


def _matches(writer: Writer, value: ir.Expr, pattern: str) -> Node:
    """LIKE is of the whole text (https://trino.io/docs/current/functions/comparison.html#pattern-comparison-like)."""
    return nodes.like(writer.value(value), writer.text(exact.like_pattern(pattern, _ESCAPE)), _ESCAPE)


def _found(value: Node, pattern: str) -> Node:
    return nodes.call("REGEXP_EXTRACT", value, nodes.text(pattern))


# -- time -------------------------------------------------------------------------------------------------------------


def _moved(unit: str, count: Node, value: Node) -> Node:
    """https://trino.io/docs/current/functions/datetime.html#date_add"""
    return nodes.call("DATE_ADD", nodes.text(unit), count, value)


def _shift_timestamp(writer: Writer, call: ir.Call) -> Node:
    (micros,) = call.options
    assert isinstance(micros, int)
    unit = next((name for name, size in _UNITS.items() if micros % size == 0), None)
    if unit is None:
        raise SegdslError([errors.dialect_gap("trino", "a time that is moved by microseconds", _TOO_FINE, call.span)])
    return _moved(unit, nodes.number(micros // _UNITS[unit]), writer.value(call.args[0]))


def _shift_date(writer: Writer, call: ir.Call) -> Node:
    (days,) = call.options
    assert isinstance(days, int)
    return _moved("day", nodes.number(days), writer.value(call.args[0]))


def _difference(unit: str, first: Node, second: Node) -> Node:
    """https://trino.io/docs/current/functions/datetime.html#date_diff"""
    return nodes.call("DATE_DIFF", nodes.text(unit), first, second)


def _days_between_dates(writer: Writer, call: ir.Call) -> Node:
    first, second = call.args
    return _difference("day", writer.value(first), writer.value(second))


def _whole_units(unit: str) -> LowerCall:
    """Of what both times are in, and one less where the first, moved by so many, is later than the second: no rounding is relied on."""

    def lower(writer: Writer, call: ir.Call) -> Node:
        first, second = call.args

        def beginning(node: ir.Expr) -> Node:
            return nodes.call("DATE_TRUNC", nodes.text(unit), writer.value(node))

        def units() -> Node:
            return _difference(unit, beginning(first), beginning(second))

        later = nodes.compare(">", _moved(unit, units(), writer.value(first)), writer.value(second))
        one_less = nodes.subtract(units(), nodes.number(1))
        return nodes.when(later, one_less, nodes.when(nodes.not_(later.copy()), units()))

    return lower


def _date_to_timestamp(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    return writer.beginning(value, writer.cast(value(), target))


# -- lists ------------------------------------------------------------------------------------------------------------


def _json_to_list(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    """https://trino.io/docs/current/functions/json.html#cast-from-json"""
    is_list = nodes.call("REGEXP_LIKE", value(), nodes.text(rf"\A{PATTERN}\z"))
    return nodes.when(is_list, writer.cast(nodes.call("JSON_PARSE", value()), target))


def _has(writer: Writer, node: ir.ListHas) -> Node:
    """https://trino.io/docs/current/functions/array.html#contains"""
    found = [nodes.call("CONTAINS", writer.value(node.value), writer.text(item)) for item in node.items]
    return nodes.coalesce((nodes.all_of if node.every else nodes.any_of)(found), exp.false())


def _is_empty(writer: Writer, value: ir.Expr) -> Node:
    """Sorted, what is missing comes last (https://trino.io/docs/current/functions/array.html#array_sort)."""
    return nodes.is_null(nodes.call("ARRAY_FIRST", nodes.call("ARRAY_SORT", writer.value(value))))


# -- whole statements -------------------------------------------------------------------------------------------------


def _finish(tree: Node) -> Node:
    """There is no LEFT, and an LTRIM of white space alone (https://trino.io/docs/current/functions/string.html)."""
    for call in list(tree.find_all(exp.Anonymous)):
        match call.name, call.expressions:
            case "LEFT", [value, count]:
                call.replace(nodes.call("SUBSTR", value.copy(), nodes.number(1), count.copy()))
            case "LTRIM", [value, exp.Literal(this="0")]:
                call.replace(nodes.call("REGEXP_REPLACE", value.copy(), nodes.text("^0+"), nodes.text("")))
            case _:
                pass
    return tree


CALLS: dict[str, LowerCall] = {
    **functions.CALLS,
    **exact.CALLS,
    "round_decimal": _round_decimal,
    "lower": functions.of_one("TRANSLATE", nodes.text(_LETTERS), nodes.text(_LETTERS.lower())),
    "upper": functions.of_one("TRANSLATE", nodes.text(_LETTERS.lower()), nodes.text(_LETTERS)),
    "trim": _trimmed,
    "number": exact.number(nodes.cast, _found),
    "shift_timestamp": functions.inside_calendar(_shift_timestamp),
    "shift_date": functions.inside_calendar(_shift_date),
    "days_between_dates": _days_between_dates,
    "days_between_timestamps": _whole_units("day"),
    "hours_between_timestamps": _whole_units("hour"),
    "weekday_date": functions.of_one("DAY_OF_WEEK"),
    "age_date": functions.age(
        lambda day: nodes.extract("YEAR", day), exact.month_and_day, lambda day: _moved("day", nodes.number(1), day)
    ),
}

CONVERSIONS: dict[tuple[Kind, Kind], LowerConvert] = {
    **functions.CONVERSIONS,
    **exact.CONVERSIONS,
    (Kind.DATE, Kind.TIMESTAMP): _date_to_timestamp,
    (Kind.STRING, Kind.LIST): _json_to_list,
}

TRINO = Dialect(
    name="trino",
    sqlglot="trino",
    proof=Generated("https://trino.io/docs/current/index.html"),
    type_name=type_name,
    literals={
        **functions.LITERALS,
        Kind.DECIMAL: _decimal_literal,
        Kind.WHOLE: _double_literal,
        Kind.FLOAT: _double_literal,
        Kind.TIMESTAMP: _timestamp_literal,
    },
    calls=CALLS,
    conversions=CONVERSIONS,
    matches={
        "contains": _contains,
        "starts with": functions.function_match("STARTS_WITH"),
        "ends with": functions.function_match("ENDS_WITH"),
        "matches": _matches,
    },
    aggregates={**functions.AGGREGATES, "sum": exact.summed},
    read=functions.reading(functions.in_double, functions.typed_constant),
    compare=exact.compare,
    in_list=exact.in_list,
    in_range=functions.in_range,
    lists=Lists(_has, _is_empty),
    align=lambda node, source, target: nodes.cast(node, type_name(target)),
    add_seconds=lambda value, seconds: _moved("second", seconds, value),
    between=exact.between,
    sort_key=_sort_key,
    finish=_finish,
    widest=type_name(decimal(MAX_DIGITS, 0)),
    # https://trino.io/docs/current/admin/properties-query-management.html: query.max-length, unless it is set otherwise.
    capabilities=Capabilities(says_materialized=False, text_bytes=1_000_000),
    session=("SET TIME ZONE 'UTC'",),
    facts=(
        "an int column holds no number beyond 2^53: the schema promises it, `segdsl check --data` verifies it, and the SQL relies on it",
        "instants are TIMESTAMP in UTC and no finer than microseconds; one with a zone is read right only if that is UTC",
        "columns of texts are VARCHAR: a CHAR is filled up with blanks",
        "a list is an ARRAY of texts, or a text in JSON",
        "a sum of decimals that leaves 38 digits stops the statement",
        "a CTE is computed wherever it is read: of many segments the shape flags is the one to ask for",
    ),
)
