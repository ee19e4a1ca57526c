"""Spark SQL, 3.5 or later. The text means the same whether ``spark.sql.ansi.enabled`` is set or not: nothing here overflows, divides by
zero or casts what cannot be cast without saying TRY_ (https://spark.apache.org/docs/latest/sql-ref-ansi-compliance.html).

Decimals have 38 digits; a result that would need more loses places behind the point, so that every decimal is held in the type that it
is declared with, and the few calculations that need all 38 digits are done in whole numbers of its last place. Instants are literals
without a zone, which beside a column with one are taken for instants of the session's zone.

https://spark.apache.org/docs/latest/api/sql/index.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlglot import exp

from segdsl.backends.json_lists import PATTERN
from segdsl.backends.sql import exact, functions, names, nodes, windows
from segdsl.backends.sql.dialect import Capabilities, Dialect, Executed, Lists, LowerCall, LowerConvert, Thunk
from segdsl.backends.sql.nodes import Node
from segdsl.backends.sql.windows import Between
from segdsl.planning.plan import Aggregation
from segdsl.semantics import ir
from segdsl.types import INT_DIGITS, MAX_DIGITS, Kind, Type, decimal

if TYPE_CHECKING:
    from segdsl.backends.sql.writer import Writer

_TYPES = {
    Kind.BOOL: "BOOLEAN",
    Kind.INT: "BIGINT",
    Kind.WHOLE: "DOUBLE",
    Kind.FLOAT: "DOUBLE",
    Kind.STRING: "STRING",
    Kind.DATE: "DATE",
    Kind.TIMESTAMP: "TIMESTAMP_NTZ",
    Kind.ANY: "STRING",
    Kind.LIST: "ARRAY<STRING>",
}
_BIGINT = decimal(19, 0)
"""Holds any integer."""
_SAFE_SUM_DIGITS = 28
"""A SUM has ten digits more than what is added."""
_LIMB_DIGITS = 20
_SURE_PLACES = 6
"""So many places behind the point a decimal keeps, however many digits are before it."""
_WHOLE_FROM = 2**52
"""Doubles of this size and more are whole."""
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ESCAPE = "|"
_JSON = PATTERN.replace(")*", ")*+")
"""Possessive, as Java's matcher calls itself for each turn of a loop that it may go back into, and has a narrow stack."""


def type_name(type_: Type) -> str:
    if type_.kind is Kind.DECIMAL:
        return f"DECIMAL({type_.precision}, {type_.scale})"
    return _TYPES[type_.kind]


# -- literals ---------------------------------------------------------------------------------------------------------


def _decimal_literal(value: object, type_: Type) -> Node:
    """Of the digits that are written: https://spark.apache.org/docs/latest/sql-ref-literals.html#numeric-literal."""
    assert isinstance(value, Decimal | int)
    return nodes.number(f"{Decimal(value):.{type_.scale}f}")


def _double_literal(value: object, type_: Type) -> Node:
    assert isinstance(value, int | float)
    # Without an exponent it would be a decimal.
    text = repr(float(value))
    return nodes.number(text if "e" in text else f"{text}e0")


def _text_literal(value: object, type_: Type) -> Node:
    """In pieces, none of which has a ``${``: Spark puts values of the configuration for that, inside literals too
    (spark.sql.variable.substitute, https://spark.apache.org/docs/latest/configuration.html)."""
    assert isinstance(value, str)
    pieces = [nodes.text(piece) for piece in re.split(r"(?<=\$)(?={)", value)]
    return nodes.call("CONCAT", *pieces) if len(pieces) > 1 else pieces[0]


def _timestamp_literal(value: object, type_: Type) -> Node:
    assert isinstance(value, datetime)
    return nodes.typed(_TYPES[Kind.TIMESTAMP], value.isoformat(" "))


# -- reading columns --------------------------------------------------------------------------------------------------


def _base(writer: Writer, value: Thunk, stored: Type) -> Node:
    """The type of a decimal's column decides how many places are left of what is made of it."""
    if stored.kind is Kind.DECIMAL:
        return nodes.try_cast(value(), type_name(stored))
    return functions.in_double(writer, value, stored)


# -- conversions ------------------------------------------------------------------------------------------------------


def _to_decimal(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    """Half away from zero; missing where it does not fit."""
    return nodes.try_cast(value(), type_name(target))


def _float_to_decimal(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    """A cast to BIGINT cuts off what is behind the point, as FLOOR does, which would raise for what is too large."""
    factor = nodes.number(10**target.scale)
    size = nodes.call("ABS", value())
    scaled = nodes.multiply(size, factor) if target.scale else size
    digits = nodes.try_cast(nodes.add(scaled, nodes.number("0.5")), type_name(Type(Kind.INT)))
    signed = nodes.multiply(nodes.call("SIGN", value()), digits)
    return nodes.try_cast(nodes.divide(signed, factor.copy()) if target.scale else signed, type_name(target))


def _date_to_timestamp(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    return writer.beginning(value, writer.cast(value(), target))


# -- decimals of 38 digits --------------------------------------------------------------------------------------------


def _digits(value: Node, type_: Type) -> Node:
    """A decimal without its point. FORMAT_NUMBER writes all its places, where a CAST may write an exponent."""
    if not type_.scale:
        return nodes.cast(value, type_name(decimal(MAX_DIGITS, 0)))
    shown = nodes.call("FORMAT_NUMBER", value, nodes.text(f"0.{'0' * type_.scale}"))
    return nodes.cast(nodes.call("REPLACE", shown, nodes.text(".")), type_name(decimal(MAX_DIGITS, 0)))


def _with_point(digits: Node, scale: int) -> Node:
    """A whole number as a decimal with so many places."""
    if not scale:
        return digits
    text = nodes.call("CONCAT", nodes.cast(digits, "STRING"), nodes.text(f"E-{scale}"))
    return nodes.try_cast(text, type_name(decimal(MAX_DIGITS, scale)))


def _multiply_decimal(writer: Writer, call: ir.Call) -> Node:
    """A product is given a digit more than it can have; of 39 it would lose a place:
    https://spark.apache.org/docs/latest/sql-ref-ansi-compliance.html#decimal-operations."""
    if call.type.precision < MAX_DIGITS or call.type.scale <= _SURE_PLACES:
        return functions.arithmetic(nodes.multiply)(writer, call)
    left, right = (_digits(writer.value(arg), arg.type) for arg in call.args)
    return _with_point(nodes.multiply(left, right), call.type.scale)


def _divide_exact(writer: Writer, call: ir.Call) -> Node:
    left, right = call.args
    scale = max(left.type.scale, right.type.scale)
    dividend, divisor = _unscaled(writer, left, scale), _unscaled(writer, right, scale)
    return nodes.divide(dividend, nodes.nullif(divisor, nodes.number(0)))


def _unscaled(writer: Writer, node: ir.Expr, scale: int) -> Node:
    """A number times 10^scale, as the double nearest to it."""
    value = writer.value(node)
    factor = nodes.number(10**scale)
    match node.type.kind:
        case Kind.WHOLE:
            return nodes.multiply(value, factor) if scale else value
        case Kind.INT:
            return nodes.cast(
                nodes.multiply(nodes.cast(value, type_name(_BIGINT)), factor) if scale else value, "DOUBLE"
            )
        case _ if not scale:
            return nodes.cast(value, "DOUBLE")
        case _ if node.type.precision + scale + 2 <= MAX_DIGITS:
            return nodes.cast(nodes.multiply(value, factor), "DOUBLE")
        case _:
            power = nodes.text(f"E{scale - node.type.scale}")
            return nodes.cast(nodes.call("CONCAT", nodes.cast(_digits(value, node.type), "STRING"), power), "DOUBLE")


# -- numbers ----------------------------------------------------------------------------------------------------------


def _rounded_double(name: str) -> LowerCall:
    """FLOOR and CEIL of a double are of the type BIGINT, and raise where they leave it."""

    def lower(writer: Writer, call: ir.Call) -> Node:
        (arg,) = call.args
        small = nodes.compare("<", nodes.call("ABS", writer.value(arg)), nodes.number(_WHOLE_FROM))
        return nodes.when(small, nodes.cast(nodes.call(name, writer.value(arg)), "DOUBLE"), writer.value(arg))

    return lower


def _in_list(writer: Writer, node: ir.InList) -> Node:
    """Of decimals, without items that are none of their type: all items together may have no common one. -0.0 is in no list of more
    than ten (spark.sql.optimizer.inSetConversionThreshold), so that in doubles it is made 0."""
    value = node.value
    match value.type.kind:
        case Kind.WHOLE:
            items = [writer.constant(item, value.type) for item in node.items]
            found = nodes.in_list(nodes.add(writer.value(value), nodes.number(0)), items)
            return nodes.not_(found) if node.negated else found
        case Kind.DECIMAL:
            kept = tuple(item for item in node.items if _is_of(item, value.type))
            if not kept:
                return nodes.is_present(writer.value(value)) if node.negated else exp.false()
            return functions.in_list(writer, replace(node, items=kept))
        case _:
            return functions.in_list(writer, node)


def _is_of(item: object, type_: Type) -> bool:
    assert isinstance(item, Decimal | int)
    unscaled = Decimal(item).scaleb(type_.scale, functions.EXACT)
    return unscaled == int(unscaled) and abs(unscaled) < 10**type_.precision


def _number(writer: Writer, call: ir.Call) -> Node:
    (arg,) = call.args
    spelled = _regexp(writer.value(arg), r"-?[0-9]+([.][0-9]+)?")
    return nodes.when(spelled, nodes.try_cast(writer.value(arg), type_name(call.type)))


# -- text -------------------------------------------------------------------------------------------------------------


def _regexp(value: Node, pattern: str) -> Node:
    """Does all of a text match? ``$`` would be before a last line's end already."""
    return nodes.call("REGEXP_LIKE", value, nodes.text(rf"\A{pattern}\z"))


def _matches(writer: Writer, value: ir.Expr, pattern: str) -> Node:
    return nodes.like(writer.value(value), writer.text(exact.like_pattern(pattern, _ESCAPE)), _ESCAPE)


# -- time -------------------------------------------------------------------------------------------------------------


def _shift_timestamp(writer: Writer, call: ir.Call) -> Node:
    """By ``INTERVAL '30' DAY``: https://spark.apache.org/docs/latest/sql-ref-literals.html#interval-literal."""
    (micros,) = call.options
    assert isinstance(micros, int)
    count, unit = functions.spell_micros(abs(micros)).split()
    amount = exp.Introducer(this=nodes.text(count), expression=exp.var(unit.removesuffix("s").upper()))
    interval = exp.Introducer(this=exp.var("INTERVAL"), expression=amount)
    return (nodes.add if micros > 0 else nodes.subtract)(writer.value(call.args[0]), interval)


def _add_seconds(value: Node, seconds: Node) -> Node:
    return nodes.call("TIMESTAMPADD", exp.var("SECOND"), seconds, value)


def _shift_date(writer: Writer, call: ir.Call) -> Node:
    (days,) = call.options
    assert isinstance(days, int)
    return nodes.call("DATE_ADD", writer.value(call.args[0]), nodes.number(days))


def _micros_between(writer: Writer, first: ir.Expr, second: ir.Expr) -> Node:
    return nodes.call("TIMESTAMPDIFF", exp.var("MICROSECOND"), writer.value(first), writer.value(second))


def _days_between(writer: Writer, call: ir.Call) -> Node:
    """``-`` would be an interval."""
    first, second = call.args
    return nodes.call("DATEDIFF", writer.value(second), writer.value(first))


def _weekday(writer: Writer, call: ir.Call) -> Node:
    return nodes.add(nodes.call("WEEKDAY", writer.value(call.args[0])), nodes.number(1))


def _start_of_date(writer: Writer, call: ir.Call) -> Node:
    """DATE_TRUNC would be an instant."""
    (unit,) = call.options
    value = writer.value(call.args[0])
    return value if unit == "day" else nodes.call("TRUNC", value, nodes.text(str(unit)))


# -- aggregates -------------------------------------------------------------------------------------------------------


def _sum(writer: Writer, aggregation: Aggregation, condition: Node | None) -> Node:
    value = aggregation.value
    assert value is not None

    def total(of: Node) -> Node:
        return nodes.filtered(nodes.call("SUM", of), None if condition is None else condition.copy())

    match value.type.kind:
        case Kind.FLOAT | Kind.WHOLE:
            return nodes.multiply(
                total(functions.millionths(writer, value, type_name(_BIGINT))), nodes.number("0.000001")
            )
        case Kind.INT:
            return total(writer.cast(writer.value(value), _BIGINT))
        case _ if value.type.precision <= _SAFE_SUM_DIGITS:
            return total(writer.value(value))
        case _:
            return _wide_sum(writer, value, aggregation.type, total)


def _wide_sum(writer: Writer, value: ir.Expr, type_: Type, total: Callable[[Node], Node]) -> Node:
    """In whole numbers of the last place, each divided in two, so that neither sum can leave its type on the way; what is divided off
    is added in two halves, as the whole of it may have a digit more than the total."""

    def limb() -> Node:
        return nodes.number(2 * 10**_LIMB_DIGITS)

    def half() -> Node:
        high = nodes.divide_whole(_digits(writer.value(value), value.type), limb())
        return nodes.call("TRY_MULTIPLY", total(nodes.cast(high, type_name(_BIGINT))), nodes.number(10**_LIMB_DIGITS))

    low = total(nodes.modulo(_digits(writer.value(value), value.type), limb()))
    return _with_point(nodes.call("TRY_ADD", nodes.call("TRY_ADD", half(), low), half()), type_.scale)


def _between(writer: Writer, made: Between) -> Node:
    """In decimals, as far as 38 digits hold them; a cast gives the nearest double."""
    places = windows.digits_of(made.whole)
    of = made.low.type
    scale = of.scale if of.kind is Kind.DECIMAL else 0
    precision = of.precision if of.kind is Kind.DECIMAL else INT_DIGITS
    # A difference, a product and a sum have each a digit more than what they are made of.
    width = MAX_DIGITS - 4 - places

    def double(end: ir.Expr) -> Node:
        return nodes.cast(writer.value(end), "DOUBLE")

    def inexact() -> Node:
        share = nodes.divide(nodes.cast(writer.value(made.rest), "DOUBLE"), nodes.number(made.whole))
        return nodes.add(double(made.low), nodes.multiply(nodes.subtract(double(made.high), double(made.low)), share))

    if width <= scale:
        return inexact()

    def wide(end: ir.Expr) -> Node:
        return nodes.try_cast(writer.value(end), type_name(decimal(width, scale)))

    unit = nodes.number(f"{Decimal(10**places // made.whole).scaleb(-places, functions.EXACT):f}")
    rest = nodes.cast(writer.value(made.rest), type_name(decimal(places + 1, 0)))
    share = nodes.cast(nodes.multiply(rest, unit), type_name(decimal(places + 1, places)))
    apart = nodes.subtract(wide(made.high), wide(made.low))
    found = nodes.cast(nodes.add(wide(made.low), nodes.multiply(apart, share)), "DOUBLE")
    return found if precision <= width else nodes.coalesce(found, inexact())


# -- lists ------------------------------------------------------------------------------------------------------------


def _json_to_list(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    listed = nodes.call("FROM_JSON", value(), nodes.text(type_name(target)))
    return nodes.when(_regexp(value(), _JSON), listed)


def _has(writer: Writer, node: ir.ListHas) -> Node:
    items = [writer.text(item) for item in node.items]
    if node.every or len(items) == 1:
        found = nodes.all_of(nodes.call("ARRAY_CONTAINS", writer.value(node.value), item) for item in items)
    else:
        found = nodes.call("ARRAYS_OVERLAP", writer.value(node.value), nodes.array(items))
    return nodes.coalesce(found, exp.false())


def _is_empty(writer: Writer, value: ir.Expr) -> Node:
    """SIZE of what is missing would be -1, without ANSI."""
    count = nodes.call("ARRAY_SIZE", nodes.call("ARRAY_COMPACT", writer.value(value)))
    return nodes.compare("=", nodes.coalesce(count, nodes.number(0)), nodes.number(0))


# -- statements -------------------------------------------------------------------------------------------------------

_ROW = "one"


def _spread(terms: Sequence[Node], columns: Sequence[str]) -> Node:
    """A CTE is written out wherever it is read, so that it is read once, and each row of it made many."""
    rows = []
    for term in terms:
        where = term.args.get("where")
        belongs = exp.true() if where is None else where.this
        rows.append(nodes.call("STRUCT", *(value.unalias() for value in term.expressions), belongs))
    inner = exp.select(names.named(nodes.call("EXPLODE", nodes.array(rows)), _ROW))
    inner.set("from_", terms[0].args["from_"])

    def part(place: int) -> Node:
        return exp.column(f"col{place}", table=_ROW)

    outer = exp.select(*(names.named(part(place), name) for place, name in enumerate(columns, 1)))
    outer.set("from_", exp.From(this=exp.Subquery(this=inner, alias=exp.TableAlias(this=names.identifier("spread")))))
    return outer.where(part(len(columns) + 1), copy=False) if terms[0].args.get("where") else outer


CALLS: dict[str, LowerCall] = {
    **functions.CALLS,
    # What is whole is held as a decimal already.
    "add_decimal": functions.arithmetic(nodes.add),
    "subtract_decimal": functions.arithmetic(nodes.subtract),
    "multiply_decimal": _multiply_decimal,
    "divide_exact": _divide_exact,
    "floor_float": _rounded_double("FLOOR"),
    "ceil_float": _rounded_double("CEIL"),
    "lower": functions.of_one("TRANSLATE", nodes.text(_LETTERS), nodes.text(_LETTERS.lower())),
    "upper": functions.of_one("TRANSLATE", nodes.text(_LETTERS.lower()), nodes.text(_LETTERS)),
    "trim": functions.of_one("TRIM"),
    "number": _number,
    "days_between_timestamps": functions.whole_units(_micros_between, nodes.divide_whole, functions.DAY),
    "hours_between_timestamps": functions.whole_units(_micros_between, nodes.divide_whole, functions.HOUR),
    "days_between_dates": _days_between,
    "shift_timestamp": functions.inside_calendar(_shift_timestamp),
    "shift_date": functions.inside_calendar(_shift_date),
    "weekday_date": _weekday,
    "start_of_date": _start_of_date,
    "age_date": functions.age(
        lambda day: nodes.extract("YEAR", day),
        exact.month_and_day,
        lambda day: nodes.call("DATE_ADD", day, nodes.number(1)),
    ),
}

CONVERSIONS: dict[tuple[Kind, Kind], LowerConvert] = {
    **functions.CONVERSIONS,
    (Kind.INT, Kind.DECIMAL): _to_decimal,
    (Kind.DECIMAL, Kind.DECIMAL): _to_decimal,
    (Kind.DECIMAL, Kind.FLOAT): functions.as_type,
    (Kind.FLOAT, Kind.DECIMAL): _float_to_decimal,
    (Kind.DATE, Kind.TIMESTAMP): _date_to_timestamp,
    (Kind.STRING, Kind.LIST): _json_to_list,
}

SPARK = Dialect(
    name="spark",
    # What sqlglot calls spark writes TRY_CAST as CAST, and has no other difference here.
    sqlglot="databricks",
    proof=Executed("Spark 4.3"),
    type_name=type_name,
    literals={
        **functions.LITERALS,
        Kind.DECIMAL: _decimal_literal,
        Kind.WHOLE: _double_literal,
        Kind.FLOAT: _double_literal,
        Kind.STRING: _text_literal,
        Kind.ANY: _text_literal,
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
    aggregates={**functions.AGGREGATES, "sum": _sum},
    read=functions.reading(_base, functions.typed_constant),
    compare=exact.compare,
    in_list=_in_list,
    in_range=functions.in_range,
    lists=Lists(_has, _is_empty),
    align=lambda node, source, target: node,
    add_seconds=_add_seconds,
    between=_between,
    spread=_spread,
    widest=type_name(decimal(MAX_DIGITS, 0)),
    styles=("named", "qmark"),
    capabilities=Capabilities(says_materialized=False),
    session=(
        "SET TIME ZONE 'UTC'",
        "SET spark.sql.parser.escapedStringLiterals = false",
        "SET spark.sql.variable.substitute = false",
        "SET spark.sql.decimalOperations.allowPrecisionLoss = true",
    ),
    facts=(
        "an int column holds no number beyond 2^53: the schema promises it, `segdsl check --data` verifies it, and the SQL relies on it",
        "a column of the type TIMESTAMP is read right only while the session's time zone is UTC",
        "text columns have the collation UTF8_BINARY, which is Spark's own",
        "needs Spark 3.5 or later",
    ),
)
