"""BigQuery, from its manual: https://cloud.google.com/bigquery/docs/reference/standard-sql

Decimals of up to 9 places and 29 digits before the point are NUMERIC, others BIGNUMERIC
(https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#decimal_types). Instants are of the type TIMESTAMP; a DATETIME is
read as one in UTC. What depends on a time zone names it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlglot import exp

from segdsl.backends.json_lists import PATTERN
from segdsl.backends.sql import exact, functions, nodes
from segdsl.backends.sql.dialect import Capabilities, Dialect, Generated, Lists, LowerCall, LowerConvert, Thunk
from segdsl.backends.sql.nodes import Node
from segdsl.semantics import ir
from segdsl.types import Kind, Type

if TYPE_CHECKING:
    from segdsl.backends.sql.writer import Writer

_TYPES = {
    Kind.BOOL: "BOOL",
    Kind.INT: "INT64",
    Kind.WHOLE: "FLOAT64",
    Kind.FLOAT: "FLOAT64",
    Kind.STRING: "STRING",
    Kind.DATE: "DATE",
    Kind.TIMESTAMP: "TIMESTAMP",
    Kind.ANY: "STRING",
    Kind.LIST: "ARRAY<STRING>",
}
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_NUMERIC_SCALE, _NUMERIC_WHOLE = 9, 29
_ZONE = "UTC"


def type_name(type_: Type) -> str:
    if type_.kind is not Kind.DECIMAL:
        return _TYPES[type_.kind]
    narrow = type_.scale <= _NUMERIC_SCALE and type_.precision - type_.scale <= _NUMERIC_WHOLE
    return "NUMERIC" if narrow else "BIGNUMERIC"


# -- literals ---------------------------------------------------------------------------------------------------------


def _decimal_literal(value: object, type_: Type) -> Node:
    """Without the word, a number with a point is a double
    (https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical#numeric_literals)."""
    return nodes.typed(type_name(type_), exact.spelled(value, type_))


def _double_literal(value: object, type_: Type) -> Node:
    assert isinstance(value, int | float)
    return nodes.number(repr(float(value)))


def _timestamp_literal(value: object, type_: Type) -> Node:
    assert isinstance(value, datetime)
    return nodes.typed("TIMESTAMP", f"{value.isoformat(' ')}+00")


# -- numbers ----------------------------------------------------------------------------------------------------------


def _in_type_of_result(operator: Callable[[Node, Node], Node]) -> LowerCall:
    """A product of two NUMERICs is rounded to 9 places, if it is not made a BIGNUMERIC before."""

    def lower(writer: Writer, call: ir.Call) -> Node:
        return operator(*(writer.cast(writer.value(arg), call.type) for arg in call.args))

    return lower


def _divide_whole(left: Node, right: Node) -> Node:
    """https://cloud.google.com/bigquery/docs/reference/standard-sql/mathematical_functions#div"""
    return nodes.call("DIV", left, right)


def _found(value: Node, pattern: str) -> Node:
    """https://cloud.google.com/bigquery/docs/reference/standard-sql/string_functions#regexp_extract"""
    return nodes.call("REGEXP_EXTRACT", value, nodes.text(pattern))


def _safe_cast(value: Node, type_: str) -> Node:
    return nodes.try_cast(value, type_)


# -- text -------------------------------------------------------------------------------------------------------------


def _contains(writer: Writer, value: ir.Expr, needle: str) -> Node:
    """CONTAINS_SUBSTR takes letters of both cases for one another."""
    return nodes.compare(">", nodes.call("STRPOS", writer.value(value), writer.text(needle)), nodes.number(0))


def _matches(writer: Writer, value: ir.Expr, pattern: str) -> Node:
    """There is no ESCAPE: a backslash is one
    (https://cloud.google.com/bigquery/docs/reference/standard-sql/operators#like_operator)."""
    return exp.Like(
        this=nodes.operand(writer.value(value), nodes.OTHER), expression=writer.text(exact.like_pattern(pattern, "\\"))
    )


# -- time -------------------------------------------------------------------------------------------------------------


def _interval(count: Node, unit: str) -> Node:
    whole = count if isinstance(count, exp.Literal) else exp.Paren(this=count)
    amount = exp.Introducer(this=whole, expression=exp.var(unit))
    return exp.Introducer(this=exp.var("INTERVAL"), expression=amount)


def _day_after(day: Node) -> Node:
    return nodes.call("DATE_ADD", day, _interval(nodes.number(1), "DAY"))


def _shift_timestamp(writer: Writer, call: ir.Call) -> Node:
    """https://cloud.google.com/bigquery/docs/reference/standard-sql/timestamp_functions#timestamp_add"""
    (micros,) = call.options
    assert isinstance(micros, int)
    unit, size = exact.largest_unit(micros)
    return nodes.call("TIMESTAMP_ADD", writer.value(call.args[0]), _interval(nodes.number(micros // size), unit))


def _shift_date(writer: Writer, call: ir.Call) -> Node:
    """https://cloud.google.com/bigquery/docs/reference/standard-sql/date_functions#date_add"""
    (days,) = call.options
    assert isinstance(days, int)
    return nodes.call("DATE_ADD", writer.value(call.args[0]), _interval(nodes.number(days), "DAY"))


def _add_seconds(value: Node, seconds: Node) -> Node:
    return nodes.call("TIMESTAMP_ADD", value, _interval(seconds, "SECOND"))


def _micros_between(writer: Writer, first: ir.Expr, second: ir.Expr) -> Node:
    """https://cloud.google.com/bigquery/docs/reference/standard-sql/timestamp_functions#timestamp_diff"""
    return nodes.call("TIMESTAMP_DIFF", writer.value(second), writer.value(first), exp.var("MICROSECOND"))


def _days_between(writer: Writer, call: ir.Call) -> Node:
    """https://cloud.google.com/bigquery/docs/reference/standard-sql/date_functions#date_diff"""
    first, second = call.args
    return nodes.call("DATE_DIFF", writer.value(second), writer.value(first), exp.var("DAY"))


def _weekday(writer: Writer, call: ir.Call) -> Node:
    """DAYOFWEEK is 1 on Sundays (https://cloud.google.com/bigquery/docs/reference/standard-sql/date_functions#extract)."""
    day = nodes.add(nodes.extract("DAYOFWEEK", writer.value(call.args[0])), nodes.number(5))
    return nodes.add(nodes.call("MOD", day, nodes.number(7)), nodes.number(1))


def _start_of(writer: Writer, call: ir.Call) -> Node:
    """A WEEK begins on Sunday, an ISOWEEK on Monday
    (https://cloud.google.com/bigquery/docs/reference/standard-sql/date_functions#date_trunc)."""
    (unit,) = call.options
    (day,) = call.args
    if unit == "day":
        return writer.value(day)
    part = "ISOWEEK" if unit == "week" else str(unit).upper()
    return nodes.call("DATE_TRUNC", writer.value(day), exp.var(part))


def _hour(writer: Writer, call: ir.Call) -> Node:
    """https://cloud.google.com/bigquery/docs/reference/standard-sql/timestamp_functions#extract"""
    return nodes.extract("HOUR", _in_zone(writer.local(call.args[0])))


def _in_zone(value: Node) -> Node:
    zone = exp.Introducer(this=exp.var("AT TIME ZONE"), expression=nodes.text(_ZONE))
    return exp.Introducer(this=value, expression=zone)


def _date(writer: Writer, call: ir.Call) -> Node:
    """https://cloud.google.com/bigquery/docs/reference/standard-sql/date_functions#date"""
    return nodes.call("DATE", writer.local(call.args[0]), nodes.text(_ZONE))


def _date_to_timestamp(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    """https://cloud.google.com/bigquery/docs/reference/standard-sql/timestamp_functions#timestamp"""
    return writer.beginning(value, nodes.call("TIMESTAMP", value(), nodes.text(_ZONE)))


# -- reading columns --------------------------------------------------------------------------------------------------


def _base(writer: Writer, value: Thunk, stored: Type) -> Node:
    """A DATETIME, which no TIMESTAMP is compared with, becomes one; what is one already stays."""
    return writer.cast(value(), stored) if stored.kind is Kind.TIMESTAMP else value()


# -- lists ------------------------------------------------------------------------------------------------------------


def _json_to_list(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    """https://cloud.google.com/bigquery/docs/reference/standard-sql/json_functions#json_value_array"""
    is_list = nodes.call("REGEXP_CONTAINS", value(), nodes.text(rf"\A{PATTERN}\z"))
    return nodes.when(is_list, nodes.call("JSON_VALUE_ARRAY", value()))


def _exists(writer: Writer, value: ir.Expr, condition: Node) -> Node:
    """Is there an item like that? A missing array has none
    (https://cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax#unnest_operator)."""
    items = nodes.alias(nodes.call("UNNEST", writer.value(value)), "item")
    return nodes.exists(exp.select(nodes.number(1)).from_(items, copy=False).where(condition, copy=False))


def _has(writer: Writer, node: ir.ListHas) -> Node:
    wanted = [[item] for item in node.items] if node.every else [list(node.items)]
    return nodes.all_of(_exists(writer, node.value, _one_of([writer.text(item) for item in items])) for items in wanted)


def _one_of(items: Sequence[Node]) -> Node:
    item = exp.column("item")
    return nodes.in_list(item, items) if len(items) > 1 else nodes.compare("=", item, items[0])


def _is_empty(writer: Writer, value: ir.Expr) -> Node:
    return nodes.not_(_exists(writer, value, nodes.is_present(exp.column("item"))))


# -- whole statements -------------------------------------------------------------------------------------------------


def _finish(tree: Node) -> Node:
    """A column that is called as its table is, is the table's whole row without the table's name before it
    (https://cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax#range_variables)."""
    tree = exact.plainer(tree)
    for select in tree.find_all(exp.Select):
        source = select.args.get("from_")
        if source is None or select.args.get("joins"):
            continue
        name = source.this.alias_or_name
        for column in select.find_all(exp.Column):
            if not column.table and column.name.lower() == name.lower() and column.find_ancestor(exp.Select) is select:
                column.set("table", exp.to_identifier(name, quoted=True))
    return tree


CALLS: dict[str, LowerCall] = {
    **functions.CALLS,
    **exact.CALLS,
    "add_decimal": _in_type_of_result(nodes.add),
    "subtract_decimal": _in_type_of_result(nodes.subtract),
    "multiply_decimal": _in_type_of_result(nodes.multiply),
    "lower": functions.of_one("TRANSLATE", nodes.text(_LETTERS), nodes.text(_LETTERS.lower())),
    "upper": functions.of_one("TRANSLATE", nodes.text(_LETTERS.lower()), nodes.text(_LETTERS)),
    "trim": functions.of_one("TRIM", nodes.text(" ")),
    "number": exact.number(_safe_cast, _found, "(?:"),
    "shift_timestamp": functions.inside_calendar(_shift_timestamp),
    "shift_date": functions.inside_calendar(_shift_date),
    "start_of_date": _start_of,
    "days_between_dates": _days_between,
    "days_between_timestamps": functions.whole_units(_micros_between, _divide_whole, functions.DAY),
    "hours_between_timestamps": functions.whole_units(_micros_between, _divide_whole, functions.HOUR),
    "weekday_date": _weekday,
    "hour_timestamp": _hour,
    "date_timestamp": _date,
    "age_date": functions.age(lambda day: nodes.extract("YEAR", day), exact.month_and_day, _day_after),
}

CONVERSIONS: dict[tuple[Kind, Kind], LowerConvert] = {
    **functions.CONVERSIONS,
    **exact.CONVERSIONS,
    (Kind.DATE, Kind.TIMESTAMP): _date_to_timestamp,
    (Kind.STRING, Kind.LIST): _json_to_list,
}

BIGQUERY = Dialect(
    name="bigquery",
    sqlglot="bigquery",
    proof=Generated("https://cloud.google.com/bigquery/docs/reference/standard-sql"),
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
    aggregates={
        **functions.AGGREGATES,
        "sum": exact.summed,
        "min": exact.of_truth("MIN", "LOGICAL_AND"),
        "max": exact.of_truth("MAX", "LOGICAL_OR"),
    },
    read=functions.reading(_base, functions.typed_constant),
    # A BIGNUMERIC holds all decimals there are.
    compare=functions.compare,
    in_list=functions.in_list,
    in_range=functions.in_range,
    lists=Lists(_has, _is_empty),
    align=lambda node, source, target: nodes.cast(node, type_name(target)),
    add_seconds=_add_seconds,
    between=exact.between,
    finish=_finish,
    widest=type_name(exact.WHOLE),
    styles=("at", "qmark"),
    # https://cloud.google.com/bigquery/docs/schemas#column_names
    # https://cloud.google.com/bigquery/quotas#query_jobs
    capabilities=Capabilities(
        says_materialized=False,
        name_bytes=300,
        distinct_names=True,
        placeholders=10_000,
        columns=10_000,
        result_columns=10_000,
        text_bytes=1_000_000,
    ),
    facts=(
        "an int column holds no number beyond 2^53: the schema promises it, `segdsl check --data` verifies it, and the SQL relies on it",
        "a DATETIME is read in the default time zone, which must be UTC, as it is unless a project sets another",
        "columns of texts have no collation",
        "a list is an ARRAY of STRING, or a text in JSON",
        "names of columns are those that BigQuery takes, in quotes or not",
        "a sum of decimals that leaves 38 digits before the point, or as a NUMERIC 29, stops the statement",
    ),
)
