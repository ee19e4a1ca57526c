"""Snowflake, from its manual: https://docs.snowflake.com/en/sql-reference

Nothing here hangs on a session's parameters but the time zone: dates and instants are read by a format of their own, weeks are counted
from their Monday by days (https://docs.snowflake.com/en/sql-reference/functions-date-time#calendar-weeks-and-weekdays).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlglot import exp

from segdsl.backends.json_lists import PATTERN
from segdsl.backends.sql import exact, functions, names, nodes
from segdsl.backends.sql.dialect import Capabilities, Dialect, Generated, Lists, LowerCall, LowerConvert, Thunk
from segdsl.backends.sql.nodes import Node
from segdsl.diagnostics import SegdslError
from segdsl.errors import backends as errors
from segdsl.semantics import ir
from segdsl.types import DATE, FLOAT, INT, MAX_DIGITS, Kind, Type, decimal

if TYPE_CHECKING:
    from segdsl.backends.sql.writer import Writer

_TYPES = {
    Kind.BOOL: "BOOLEAN",
    Kind.INT: "NUMBER(38, 0)",
    Kind.WHOLE: "FLOAT",
    Kind.FLOAT: "FLOAT",
    Kind.STRING: "VARCHAR",
    Kind.DATE: "DATE",
    # What TIMESTAMP means is a parameter's to say (https://docs.snowflake.com/en/sql-reference/data-types-datetime#timestamp).
    Kind.TIMESTAMP: "TIMESTAMP_NTZ",
    Kind.ANY: "VARCHAR",
    Kind.LIST: "ARRAY",
}
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ESCAPE = "|"
_DAY, _INSTANT = "YYYY-MM-DD", "YYYY-MM-DD HH24:MI:SS.FF6"
_PRODUCT_SCALE = 12
"""A product keeps so many places, or as many as its wider factor
(https://docs.snowflake.com/en/sql-reference/operators-arithmetic#multiplication)."""
_TOO_WIDE = "the factors, made whole, have more than 38 digits, and a product of decimals keeps 12 places"
_JSON_LIST = (
    # No group without a number, and of characters by number, the characters themselves.
    PATTERN.replace("(?:", "(").replace(r"\x01-\x1f", "\x01-\x1f").replace(r"[ \t\n\r]", "[ \t\n\r]")
)


def type_name(type_: Type) -> str:
    return f"NUMBER({type_.precision}, {type_.scale})" if type_.kind is Kind.DECIMAL else _TYPES[type_.kind]


# -- literals ---------------------------------------------------------------------------------------------------------


def _double_literal(value: object, type_: Type) -> Node:
    """Without an exponent a number is a decimal."""
    assert isinstance(value, int | float)
    return nodes.cast(nodes.text(repr(float(value))), type_name(FLOAT))


def _date_literal(value: object, type_: Type) -> Node:
    """https://docs.snowflake.com/en/sql-reference/functions/to_date"""
    assert isinstance(value, date)
    return nodes.call("TO_DATE", nodes.text(value.isoformat()), nodes.text(_DAY))


def _timestamp_literal(value: object, type_: Type) -> Node:
    """https://docs.snowflake.com/en/sql-reference/functions/to_timestamp"""
    assert isinstance(value, datetime)
    return nodes.call("TO_TIMESTAMP_NTZ", nodes.text(value.isoformat(" ", "microseconds")), nodes.text(_INSTANT))


# -- numbers ----------------------------------------------------------------------------------------------------------


def _multiply(writer: Writer, call: ir.Call) -> Node:
    left, right = call.args
    scale = left.type.scale + right.type.scale
    if scale <= max(left.type.scale, right.type.scale, _PRODUCT_SCALE):
        return functions.exact_arithmetic(nodes.multiply)(writer, call)
    if max(one.type.precision + one.type.scale for one in call.args) > MAX_DIGITS:
        raise SegdslError([errors.dialect_gap("snowflake", "a product of decimals", _TOO_WIDE, call.span)])
    whole = nodes.multiply(*(exact.unscaled(writer, one, one.type.scale) for one in call.args))
    return writer.cast(nodes.multiply(whole, exact.unit(writer, scale)), call.type)


def _divide_whole(left: Node, right: Node) -> Node:
    """``/`` keeps six places and rounds (https://docs.snowflake.com/en/sql-reference/operators-arithmetic#division)."""
    rest = nodes.call("MOD", left.copy(), right.copy())
    return nodes.cast(nodes.divide(nodes.subtract(left, rest), right), type_name(INT))


def _found(value: Node, pattern: str) -> Node:
    """https://docs.snowflake.com/en/sql-reference/functions/regexp_substr"""
    return nodes.call("REGEXP_SUBSTR", value, nodes.text(pattern))


# -- text -------------------------------------------------------------------------------------------------------------


def _matches(writer: Writer, value: ir.Expr, pattern: str) -> Node:
    """LIKE is of the whole text (https://docs.snowflake.com/en/sql-reference/functions/like)."""
    return nodes.like(writer.value(value), writer.text(exact.like_pattern(pattern, _ESCAPE)), _ESCAPE)


def _date_to_text(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    """A CAST writes a date as a parameter says."""
    return nodes.call("TO_CHAR", value(), nodes.text(_DAY))


# -- time -------------------------------------------------------------------------------------------------------------


def _difference(unit: str) -> Callable[[Writer, ir.Expr, ir.Expr], Node]:
    """How many beginnings of a unit lie between two times (https://docs.snowflake.com/en/sql-reference/functions/datediff)."""

    def lower(writer: Writer, first: ir.Expr, second: ir.Expr) -> Node:
        return nodes.call("DATEDIFF", exp.var(unit), writer.value(first), writer.value(second))

    return lower


def _days_between(writer: Writer, call: ir.Call) -> Node:
    return _difference("DAY")(writer, *call.args)


def _moved(unit: str, count: Node, value: Node) -> Node:
    """https://docs.snowflake.com/en/sql-reference/functions/dateadd"""
    return nodes.call("DATEADD", exp.var(unit), count, value)


def _shift_timestamp(writer: Writer, call: ir.Call) -> Node:
    (micros,) = call.options
    assert isinstance(micros, int)
    unit, size = exact.largest_unit(micros)
    return _moved(unit, nodes.number(micros // size), writer.value(call.args[0]))


def _shift_date(writer: Writer, call: ir.Call) -> Node:
    (days,) = call.options
    assert isinstance(days, int)
    return _moved("DAY", nodes.number(days), writer.value(call.args[0]))


def _start_of(writer: Writer, call: ir.Call) -> Node:
    """Where DATE_TRUNC begins a week is a parameter's to say (https://docs.snowflake.com/en/sql-reference/functions/date_trunc)."""
    (unit,) = call.options
    (day,) = call.args
    if unit != "week":
        return functions.start_of_date(writer, call)
    back = nodes.subtract(nodes.number(1), nodes.call("DAYOFWEEKISO", writer.value(day)))
    return writer.cast(_moved("DAY", back, writer.value(day)), DATE)


def _date_to_timestamp(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    return writer.beginning(value, writer.cast(value(), target))


# -- lists ------------------------------------------------------------------------------------------------------------


def _json_to_list(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    """The column may be of the type VARIANT. A pattern is of the whole text
    (https://docs.snowflake.com/en/sql-reference/functions/regexp_like)."""

    def text() -> Node:
        return nodes.cast(value(), "VARCHAR")

    is_list = nodes.call("REGEXP_LIKE", text(), nodes.text(_JSON_LIST))
    return nodes.when(is_list, nodes.cast(nodes.call("TRY_PARSE_JSON", text()), type_name(target)))


def _has(writer: Writer, node: ir.ListHas) -> Node:
    """https://docs.snowflake.com/en/sql-reference/functions/arrays_overlap"""
    wanted = [[item] for item in node.items] if node.every else [list(node.items)]
    found = [
        nodes.call(
            "ARRAYS_OVERLAP",
            writer.value(node.value),
            nodes.call("ARRAY_CONSTRUCT", *(writer.text(one) for one in items)),
        )
        for items in wanted
    ]
    return nodes.coalesce(nodes.all_of(found), exp.false())


def _is_empty(writer: Writer, value: ir.Expr) -> Node:
    """https://docs.snowflake.com/en/sql-reference/functions/array_compact"""
    size = nodes.call("ARRAY_SIZE", nodes.call("ARRAY_COMPACT", writer.value(value)))
    return nodes.compare("=", nodes.coalesce(size, nodes.number(0)), nodes.number(0))


# -- whole statements -------------------------------------------------------------------------------------------------


def _finish(tree: Node) -> Node:
    """A name without quotes is kept in capitals, so what is reserved stands in quotes in capitals
    (https://docs.snowflake.com/en/sql-reference/identifiers-syntax). A number with an exponent is a double between quotes."""
    tree = exact.plainer(tree)
    for node in list(tree.walk()):
        match node:
            case exp.Identifier(this=str(name)) if name.lower() in names.RESERVED and names.is_word(name):
                node.set("this", name.upper())
            case exp.Literal(this=str(text)) if not node.is_string and "e" in text:
                node.replace(nodes.cast(nodes.text(text), type_name(FLOAT)))
    return tree


CALLS: dict[str, LowerCall] = {
    **functions.CALLS,
    **exact.CALLS,
    "multiply_decimal": _multiply,
    "lower": functions.of_one("TRANSLATE", nodes.text(_LETTERS), nodes.text(_LETTERS.lower())),
    "upper": functions.of_one("TRANSLATE", nodes.text(_LETTERS.lower()), nodes.text(_LETTERS)),
    "trim": functions.of_one("TRIM", nodes.text(" ")),
    "number": exact.number(nodes.try_cast, _found),
    "shift_timestamp": functions.inside_calendar(_shift_timestamp),
    "shift_date": functions.inside_calendar(_shift_date),
    "start_of_date": _start_of,
    "days_between_dates": _days_between,
    "days_between_timestamps": functions.whole_units(_difference("MICROSECOND"), _divide_whole, functions.DAY),
    "hours_between_timestamps": functions.whole_units(_difference("MICROSECOND"), _divide_whole, functions.HOUR),
    "weekday_date": functions.of_one("DAYOFWEEKISO"),
    "age_date": functions.age(
        lambda day: nodes.extract("YEAR", day), exact.month_and_day, lambda day: _moved("DAY", nodes.number(1), day)
    ),
}

CONVERSIONS: dict[tuple[Kind, Kind], LowerConvert] = {
    **functions.CONVERSIONS,
    **exact.CONVERSIONS,
    (Kind.DATE, Kind.TIMESTAMP): _date_to_timestamp,
    (Kind.DATE, Kind.STRING): _date_to_text,
    (Kind.STRING, Kind.LIST): _json_to_list,
}

SNOWFLAKE = Dialect(
    name="snowflake",
    sqlglot="snowflake",
    proof=Generated("https://docs.snowflake.com/en/sql-reference"),
    type_name=type_name,
    literals={
        **functions.LITERALS,
        Kind.DECIMAL: exact.decimal_literal,
        Kind.WHOLE: _double_literal,
        Kind.FLOAT: _double_literal,
        Kind.DATE: _date_literal,
        Kind.TIMESTAMP: _timestamp_literal,
    },
    calls=CALLS,
    conversions=CONVERSIONS,
    matches={
        "contains": functions.function_match("CONTAINS"),
        "starts with": functions.function_match("STARTSWITH"),
        "ends with": functions.function_match("ENDSWITH"),
        "matches": _matches,
    },
    aggregates={
        **functions.AGGREGATES,
        "sum": exact.summed,
        "min": exact.of_truth("MIN", "BOOLAND_AGG"),
        "max": exact.of_truth("MAX", "BOOLOR_AGG"),
    },
    read=functions.reading(functions.as_it_is, functions.typed_constant),
    compare=exact.compare,
    in_list=exact.in_list,
    in_range=functions.in_range,
    lists=Lists(_has, _is_empty),
    align=lambda node, source, target: nodes.cast(node, type_name(target)),
    add_seconds=lambda value, seconds: _moved("SECOND", seconds, value),
    between=exact.between,
    finish=_finish,
    widest=type_name(decimal(MAX_DIGITS, 0)),
    styles=("qmark", "numeric", "format", "pyformat"),
    # https://docs.snowflake.com/en/sql-reference/identifiers-syntax
    # https://docs.snowflake.com/en/user-guide/query-size-limits
    capabilities=Capabilities(says_materialized=False, name_bytes=255, text_bytes=1_000_000),
    session=("ALTER SESSION SET TIMEZONE = 'UTC'", "ALTER SESSION SET QUOTED_IDENTIFIERS_IGNORE_CASE = FALSE"),
    facts=(
        "an int column holds no number beyond 2^53: the schema promises it, `segdsl check --data` verifies it, and the SQL relies on it",
        "a name in small letters is the one that Snowflake keeps in capitals, as it does with all that is written without quotes",
        "instants are TIMESTAMP_NTZ in UTC, or TIMESTAMP_LTZ, and no finer than microseconds; TIMESTAMP_TZ is not read right",
        "columns of texts have no collation",
        "a list is an ARRAY of texts, or a text in JSON",
        "a sum of decimals that leaves 38 digits stops the statement",
        "a client must not replace variables: in SnowSQL, `!set variable_substitution=false`",
    ),
)
