"""Transact-SQL of Microsoft SQL Server 2022 and Azure SQL Database, from its manual:
https://learn.microsoft.com/en-us/sql/t-sql/language-reference

A condition is no value here: see `segdsl.backends.sql.predicates`. A text is held as the bytes of its UTF-16: every collation takes texts
that differ in blanks at their ends for the same one
(https://learn.microsoft.com/en-us/sql/t-sql/language-elements/string-comparison-assignment), of bytes that is so with zeros alone, which
no text has. It is characters again where it is searched in. A list is its text in JSON. What leaves its type stops the statement, so
that whatever may do so is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING

from sqlglot import exp

from segdsl.backends.sql import exact, functions, nodes, predicates
from segdsl.backends.sql.dialect import Capabilities, Dialect, Generated, Lists, LowerCall, LowerConvert, Thunk
from segdsl.backends.sql.dialects import tsql_numbers as numbers
from segdsl.backends.sql.nodes import Node
from segdsl.backends.sql.writer import pattern_parts
from segdsl.diagnostics import SegdslError
from segdsl.errors import backends as errors
from segdsl.planning.plan import Aggregation, TableColumn
from segdsl.semantics import ir
from segdsl.types import DATE, INT, STRING, TIMESTAMP, Kind, Type, decimal

if TYPE_CHECKING:
    from segdsl.backends.sql.writer import Writer

_BYTES, _CHARACTERS, _DIGITS = "VARBINARY(MAX)", "NVARCHAR(MAX)", "NVARCHAR(50)"
_TYPES = {
    Kind.BOOL: "BIT",
    Kind.INT: "BIGINT",
    Kind.WHOLE: "FLOAT",
    Kind.FLOAT: "FLOAT",
    Kind.STRING: _BYTES,
    Kind.DATE: "DATE",
    Kind.TIMESTAMP: "DATETIME2(6)",
    Kind.ANY: _CHARACTERS,
    Kind.LIST: _CHARACTERS,
}
_EXACT = "Latin1_General_100_BIN2"
_EXACT_IN_PAIRS = "Japanese_XJIS_140_BIN2"
"""The same, whose version knows that two surrogates are one character
(https://learn.microsoft.com/en-us/sql/relational-databases/collations/collation-and-unicode-support#Supplementary_Characters)."""
_COUNTED = "Latin1_General_100_CI_AS_SC"
_UTF8 = "Latin1_General_100_BIN2_UTF8"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ESCAPE = "|"
_UNITS = (("DAY", functions.DAY), ("SECOND", 1_000_000), ("MICROSECOND", 1))
_PLACES = 10
"""Of a number in a text, so many digits behind its point matter."""
_DEEPEST = 10
_TOO_DEEP = "a CASE may stand in at most ten others"


def type_name(type_: Type) -> str:
    return f"DECIMAL({type_.precision}, {type_.scale})" if type_.kind is Kind.DECIMAL else _TYPES[type_.kind]


# -- texts and their bytes --------------------------------------------------------------------------------------------


def _bytes(characters: Node) -> Node:
    return nodes.cast(characters, _BYTES)


def _characters(value: Node) -> Node:
    """The text that bytes are, or were made of."""
    match value:
        case exp.Cast(this=exp.National() | exp.Anonymous() as text) if _is_cast(value, _BYTES):
            return text
        case exp.Cast(this=exp.Cast() as text) if _is_cast(value, _BYTES) and _is_cast(text, _CHARACTERS):
            return text
        case _:
            return nodes.cast(value, _CHARACTERS)


def _is_cast(node: exp.Cast, type_: str) -> bool:
    return bool(node.args["to"].args.get("kind") == type_)


def _collated(characters: Node, collation: str) -> Node:
    """No column's own collation decides."""
    return exp.Collate(this=nodes.operand(characters, nodes.ATOM), expression=exp.var(collation))


def _text(writer: Writer, node: ir.Expr, collation: str = _EXACT) -> Node:
    return _collated(_characters(writer.value(node)), collation)


def _needle(writer: Writer, text: str) -> Node:
    return _characters(writer.text(text))


def _shown(value: Node, type_: Type) -> Node:
    return _characters(value) if type_.kind is Kind.STRING else value


def _held(place: Node, type_: str) -> Node:
    return _bytes(nodes.cast(place, _CHARACTERS)) if type_ == _BYTES else nodes.cast(place, type_)


def _passed(value: object, type_: Type) -> object:
    """An instant as a text: not every driver gives all its places."""
    return value.isoformat() if isinstance(value, datetime) else value


def _sort_key(value: Node, type_: Type) -> Node:
    """Of UTF-8, the order of bytes is that of code points
    (https://learn.microsoft.com/en-us/sql/relational-databases/collations/collation-and-unicode-support#utf8)."""
    if type_.kind is not Kind.STRING:
        return value
    return _bytes(nodes.cast(_collated(_characters(value), _UTF8), "VARCHAR(MAX)"))


# -- literals ---------------------------------------------------------------------------------------------------------


def _double_literal(value: object, type_: Type) -> Node:
    """Without an exponent a number is a decimal (https://learn.microsoft.com/en-us/sql/t-sql/data-types/constants-transact-sql)."""
    assert isinstance(value, int | float)
    text = repr(float(value))
    return nodes.number(text if "e" in text else f"{text}e0")


def _text_literal(value: object, type_: Type) -> Node:
    """A literal without N has the characters of a code page alone."""
    assert isinstance(value, str)
    return _bytes(exp.National(this=value))


def _key_literal(value: object, type_: Type) -> Node:
    assert isinstance(value, str)
    return exp.National(this=value)


def _date_literal(value: object, type_: Type) -> Node:
    """https://learn.microsoft.com/en-us/sql/t-sql/data-types/date-transact-sql#supported-string-literal-formats-for-date"""
    assert isinstance(value, date)
    return nodes.cast(nodes.text(value.isoformat()), type_name(DATE))


def _timestamp_literal(value: object, type_: Type) -> Node:
    """https://learn.microsoft.com/en-us/sql/t-sql/data-types/datetime2-transact-sql#supported-string-literal-formats-for-datetime2"""
    assert isinstance(value, datetime)
    return nodes.cast(nodes.text(value.isoformat()), type_name(TIMESTAMP))


# -- reading columns --------------------------------------------------------------------------------------------------


def _base(writer: Writer, value: Thunk, stored: Type) -> Node:
    if stored.kind is Kind.LIST:
        return _json_to_list(writer, value, stored, stored)
    return functions.in_double(writer, value, stored)


_reading = functions.reading(_base, functions.typed_constant)


def _read(writer: Writer, raw: Thunk, column: TableColumn) -> Node:
    """As the language's own type before all else. An instant without an offset is given that of UTC
    (https://learn.microsoft.com/en-us/sql/t-sql/data-types/datetimeoffset-transact-sql#convert-to-datetimeoffset)."""
    match (column.stored or column.type).kind:
        case Kind.STRING:
            return _reading(writer, lambda: _bytes(nodes.cast(raw(), _CHARACTERS)), column)
        case Kind.LIST:
            return _reading(writer, lambda: nodes.cast(raw(), _CHARACTERS), column)
        case Kind.TIMESTAMP:
            return _reading(writer, lambda: _in_utc(raw()), column)
        case _:
            return _reading(writer, raw, column)


def _in_utc(value: Node) -> Node:
    """https://learn.microsoft.com/en-us/sql/t-sql/functions/switchoffset-transact-sql"""
    moved = nodes.call("SWITCHOFFSET", nodes.cast(value, "DATETIMEOFFSET"), nodes.text("+00:00"))
    return nodes.cast(moved, type_name(TIMESTAMP))


# -- numbers ----------------------------------------------------------------------------------------------------------


def _divide_whole(left: Node, right: Node) -> Node:
    """A whole number beyond 32 bits is a decimal where it is written
    (https://learn.microsoft.com/en-us/sql/t-sql/data-types/int-bigint-smallint-and-tinyint-transact-sql)."""
    return nodes.divide(nodes.cast(left, type_name(INT)), nodes.cast(right, type_name(INT)))


def _number(writer: Writer, call: ir.Call) -> Node:
    """From the first digit that is not 0 to the point, and the digits behind it. There are no regular expressions, and LIKE knows
    characters of a kind alone (https://learn.microsoft.com/en-us/sql/t-sql/language-elements/like-transact-sql)."""
    (arg,) = call.args
    whole_digits = call.type.precision - call.type.scale

    def text() -> Node:
        return _text(writer, arg)

    def like(value: Node, pattern: str) -> Node:
        return exp.Like(this=value, expression=nodes.text(pattern))

    def pointed() -> Node:
        return nodes.add(text(), nodes.text("."))

    def first() -> Node:
        return nodes.call("PATINDEX", nodes.text("%[1-9.]%"), pointed())

    def point() -> Node:
        return nodes.call("CHARINDEX", nodes.text("."), pointed())

    def before() -> Node:
        digits = nodes.call("SUBSTRING", text(), first(), nodes.subtract(point(), first()))
        return nodes.coalesce(nodes.try_cast(digits, type_name(decimal(whole_digits, 0))), nodes.number(0))

    def behind() -> Node:
        digits = nodes.call("SUBSTRING", text(), nodes.add(point(), nodes.number(1)), nodes.number(_PLACES))
        padded = nodes.concat(nodes.concat(nodes.text("0."), digits), nodes.text("0"))
        return nodes.call(
            "ROUND", nodes.try_cast(padded, type_name(decimal(_PLACES + 2, _PLACES + 1))), nodes.number(call.type.scale)
        )

    spelled = nodes.all_of(
        (
            nodes.any_of((like(text(), "[0-9]%"), like(text(), "-[0-9]%"))),
            like(text(), "%[0-9]"),
            nodes.not_(
                like(nodes.call("STUFF", text(), nodes.number(1), nodes.number(1), nodes.text("")), "%[^0-9.]%")
            ),
            nodes.not_(like(text(), "%.%.%")),
            nodes.compare("<=", nodes.subtract(point(), first()), nodes.number(whole_digits)),
        )
    )
    most = nodes.number(10**whole_digits - 1)
    beyond = nodes.all_of((nodes.compare("=", before(), most), nodes.compare("=", behind(), nodes.number(1))))
    size = nodes.add(before(), nodes.cast(behind(), type_name(decimal(call.type.scale + 1, call.type.scale))))
    signed = nodes.when(like(text(), "-%"), nodes.negative(nodes.operand(size, nodes.ATOM)), size.copy())
    return nodes.when(nodes.all_of((spelled, nodes.not_(beyond))), writer.cast(signed, call.type))


# -- text -------------------------------------------------------------------------------------------------------------


def _folded(letters: str, others: str) -> LowerCall:
    """LOWER and UPPER fold more than the letters of ASCII."""

    def lower(writer: Writer, call: ir.Call) -> Node:
        (arg,) = call.args
        return _bytes(nodes.call("TRANSLATE", _text(writer, arg), nodes.text(letters), nodes.text(others)))

    return lower


def _trimmed(writer: Writer, call: ir.Call) -> Node:
    """Of blanks, and nothing else (https://learn.microsoft.com/en-us/sql/t-sql/functions/trim-transact-sql)."""
    return _bytes(nodes.call("TRIM", _text(writer, call.args[0])))


def _replaced(writer: Writer, call: ir.Call) -> Node:
    old, new = (_needle(writer, str(option)) for option in call.options)
    return _bytes(nodes.call("REPLACE", _text(writer, call.args[0]), old, new))


def _length(writer: Writer, call: ir.Call) -> Node:
    """Blanks at the end do not count, pairs of surrogates are one character
    (https://learn.microsoft.com/en-us/sql/t-sql/functions/len-transact-sql)."""
    ended = nodes.add(_text(writer, call.args[0], _COUNTED), nodes.text("."))
    return nodes.subtract(nodes.call("LEN", ended), nodes.number(1))


def _spelled_out(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    """A date is year, month and day
    (https://learn.microsoft.com/en-us/sql/t-sql/functions/cast-and-convert-transact-sql#date-and-time-styles)."""
    return _bytes(nodes.cast(value(), _CHARACTERS))


def _contains(writer: Writer, value: ir.Expr, needle: str) -> Node:
    """https://learn.microsoft.com/en-us/sql/t-sql/functions/charindex-transact-sql"""
    found = nodes.call("CHARINDEX", _needle(writer, needle), _text(writer, value))
    return nodes.compare(">", found, nodes.number(0))


def _size(value: Node) -> Node:
    return nodes.call("DATALENGTH", value)


def _starts_with(writer: Writer, value: ir.Expr, needle: str) -> Node:
    """Of bytes (https://learn.microsoft.com/en-us/sql/t-sql/functions/substring-transact-sql)."""
    start = nodes.call("SUBSTRING", writer.value(value), nodes.number(1), _size(writer.text(needle)))
    return nodes.compare("=", start, writer.text(needle))


def _ends_with(writer: Writer, value: ir.Expr, needle: str) -> Node:
    size = nodes.subtract(_size(writer.value(value)), _size(writer.text(needle)))
    end = nodes.call("SUBSTRING", writer.value(value), nodes.add(size, nodes.number(1)), _size(writer.text(needle)))
    return nodes.compare("=", end, writer.text(needle))


def _matches(writer: Writer, value: ir.Expr, pattern: str) -> Node:
    """Of Unicode, blanks at the end count. A bracket is escaped too."""
    spelled = exact.like_pattern(pattern, _ESCAPE).replace("[", f"{_ESCAPE}[")
    counts = ("?",) in pattern_parts(pattern)
    text = _text(writer, value, _EXACT_IN_PAIRS if counts else _EXACT)
    return nodes.like(text, _needle(writer, spelled), _ESCAPE)


# -- time -------------------------------------------------------------------------------------------------------------


def _moved(unit: str, count: Node, value: Node) -> Node:
    """https://learn.microsoft.com/en-us/sql/t-sql/functions/dateadd-transact-sql"""
    return nodes.call("DATEADD", exp.var(unit), count, value)


def _shift_timestamp(writer: Writer, call: ir.Call) -> Node:
    """DATEADD counts up to 2^31."""
    (micros,) = call.options
    assert isinstance(micros, int)
    value, left = writer.value(call.args[0]), abs(micros)
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        if count:
            value = _moved(unit, nodes.number(count if micros > 0 else -count), value)
    return value


def _shift_date(writer: Writer, call: ir.Call) -> Node:
    (days,) = call.options
    assert isinstance(days, int)
    return _moved("DAY", nodes.number(days), writer.value(call.args[0]))


def _next_day(day: Node) -> Node:
    """Of the calendar's last one there is none."""
    is_earlier = nodes.compare("<", day, _date_literal(date.max, DATE))
    return nodes.when(is_earlier, _moved("DAY", nodes.number(1), day.copy()))


def _days(first: Node, second: Node) -> Node:
    """https://learn.microsoft.com/en-us/sql/t-sql/functions/datediff-transact-sql"""
    return nodes.call("DATEDIFF", exp.var("DAY"), first, second)


def _days_between(writer: Writer, call: ir.Call) -> Node:
    first, second = call.args
    return _days(writer.value(first), writer.value(second))


def _micros_between(writer: Writer, first: ir.Expr, second: ir.Expr) -> Node:
    """https://learn.microsoft.com/en-us/sql/t-sql/functions/datediff-big-transact-sql"""
    return nodes.call("DATEDIFF_BIG", exp.var("MICROSECOND"), writer.value(first), writer.value(second))


def _weekday(writer: Writer, call: ir.Call) -> Node:
    """The calendar begins with a Monday; DATEPART begins weeks as SET DATEFIRST says."""
    day = nodes.modulo(_days(writer.day(date.min), writer.value(call.args[0])), nodes.number(7))
    return nodes.add(day, nodes.number(1))


def _start_of(writer: Writer, call: ir.Call) -> Node:
    """A WEEK begins as SET DATEFIRST says (https://learn.microsoft.com/en-us/sql/t-sql/functions/datetrunc-transact-sql)."""
    (unit,) = call.options
    value = writer.value(call.args[0])
    if unit == "day":
        return value
    return nodes.call("DATETRUNC", exp.var("ISO_WEEK" if unit == "week" else str(unit).upper()), value)


def _date_to_timestamp(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    return writer.beginning(value, writer.cast(value(), target))


# -- aggregates -------------------------------------------------------------------------------------------------------


def _extreme(name: str) -> Callable[[Writer, Aggregation, Node | None], Node]:
    """Of bits there is none (https://learn.microsoft.com/en-us/sql/t-sql/functions/max-transact-sql), nor, by the manual, of bytes."""

    def lower(writer: Writer, aggregation: Aggregation, condition: Node | None) -> Node:
        assert aggregation.value is not None
        value = writer.value(aggregation.value)
        match aggregation.value.type.kind:
            case Kind.BOOL:
                found = nodes.call(name, nodes.cast(value, "TINYINT"))
            case Kind.STRING:
                found = nodes.call(name, _characters(value))
            case _:
                return nodes.filtered(nodes.call(name, value), condition)
        return writer.cast(nodes.filtered(found, condition), aggregation.value.type)

    return lower


# -- lists ------------------------------------------------------------------------------------------------------------


def _json_to_list(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    """https://learn.microsoft.com/en-us/sql/t-sql/functions/isjson-transact-sql"""

    def text() -> Node:
        return _characters(value()) if source.kind is Kind.STRING else value()

    is_array = nodes.compare("=", nodes.call("ISJSON", text(), exp.var("ARRAY")), nodes.number(1))
    return nodes.when(is_array, text())


def _item(column: str) -> Node:
    return exp.column(column, table="item")


def _holds(writer: Writer, value: ir.Expr, wanted: Sequence[Node]) -> Node:
    """Is it an array of texts and nulls, and is there an item for each condition? The type of a null is 0 and that of a text 1
    (https://learn.microsoft.com/en-us/sql/t-sql/functions/openjson-transact-sql)."""
    items = nodes.alias(nodes.call("OPENJSON", writer.value(value)), "item")
    found = [nodes.compare("=", nodes.call("MAX", _item("type")), nodes.number(1))]
    found.extend(
        nodes.compare("=", nodes.call("MAX", nodes.when(one, nodes.number(1))), nodes.number(1)) for one in wanted
    )
    return nodes.exists(
        exp.Select(
            expressions=[nodes.number(1)], from_=exp.From(this=items), having=exp.Having(this=nodes.all_of(found))
        )
    )


def _has(writer: Writer, node: ir.ListHas) -> Node:
    wanted = [[item] for item in node.items] if node.every else [list(node.items)]
    return _holds(
        writer,
        node.value,
        [_one_of(_bytes(_item("value")), [writer.text(item) for item in items]) for items in wanted],
    )


def _one_of(value: Node, items: Sequence[Node]) -> Node:
    return nodes.in_list(value, items) if len(items) > 1 else nodes.compare("=", value, items[0])


def _is_empty(writer: Writer, value: ir.Expr) -> Node:
    return nodes.not_(_holds(writer, value, ()))


# -- whole statements -------------------------------------------------------------------------------------------------


def _truth(holds: bool) -> Node:
    return nodes.cast(nodes.number(1 if holds else 0), type_name(Type(Kind.BOOL)))


def _finish(tree: Node) -> Node:
    tree = exact.plainer(tree)
    for select in tree.find_all(exp.Select):
        _group(select)
    for window in list(tree.find_all(exp.Window)):
        _order(window)
    for node in list(tree.walk()):
        match node:
            case exp.Literal(is_string=True):
                node.replace(exp.National(this=node.this))
            case exp.Anonymous(this="COUNT"):
                # The other one counts up to 2^31 (https://learn.microsoft.com/en-us/sql/t-sql/functions/count-big-transact-sql).
                node.set("this", "COUNT_BIG")
            case exp.Extract(this=part, expression=value):
                node.replace(nodes.call("DATEPART", part, value))
            case exp.DPipe(this=left, expression=right):
                # Their operands are whole already.
                node.replace(exp.Add(this=left, expression=right))
    return _flat(predicates.told_apart(tree, _truth))


def _group(select: exp.Select) -> None:
    """What is grouped by is written out (https://learn.microsoft.com/en-us/sql/t-sql/queries/select-group-by-transact-sql)."""
    group = select.args.get("group")
    for key in list(group.expressions) if group is not None else []:
        if isinstance(key, exp.Literal):
            key.replace(select.expressions[int(key.this) - 1].unalias().copy())


def _order(window: exp.Window) -> None:
    """No constant is ordered by, and what is missing comes first unless it is said otherwise
    (https://learn.microsoft.com/en-us/sql/t-sql/queries/select-over-clause-transact-sql)."""
    order = window.args.get("order")
    if order is None:
        return
    keys: list[Node] = []
    for key in order.expressions:
        if key.args.get("nulls_first") is False and not key.args.get("desc"):
            absent = nodes.when(nodes.is_null(key.this.copy()), nodes.number(1), nodes.number(0))
            keys.append(nodes.ordered(absent))
            key.set("nulls_first", None)
        keys.append(key)
    kept = [key for key in keys if key.find(exp.Column)]
    nothing = nodes.ordered(nodes.subquery(exp.select(exp.null())))
    order.set("expressions", kept or [nothing])


def _flat(tree: Node) -> Node:
    """A CASE that stands behind another one's ELSE goes on with it: they may be ten deep, and COALESCE is one
    (https://learn.microsoft.com/en-us/sql/t-sql/language-elements/case-transact-sql#remarks)."""
    for case in list(tree.find_all(exp.Case)):
        while case.this is None and isinstance(rest := case.args.get("default"), exp.Case) and rest.this is None:
            case.set("ifs", [*case.args["ifs"], *rest.args["ifs"]])
            case.set("default", rest.args.get("default"))
    if any(_depth(case) > _DEEPEST for case in tree.find_all(exp.Case, exp.Coalesce)):
        raise SegdslError([errors.dialect_gap("tsql", "a value of so many parts within one another", _TOO_DEEP)])
    return tree


def _depth(node: exp.Expr | None) -> int:
    depth = 0
    while node is not None:
        depth += isinstance(node, exp.Case | exp.Coalesce)
        node = node.parent
    return depth


CALLS: dict[str, LowerCall] = {
    **functions.CALLS,
    "add_decimal": numbers.of_sum(nodes.add),
    "subtract_decimal": numbers.of_sum(nodes.subtract),
    "multiply_decimal": numbers.multiply,
    "divide_exact": numbers.divide_exact,
    "round_decimal": numbers.round_decimal,
    "floor_decimal": exact.rounded("FLOOR"),
    "ceil_decimal": exact.rounded("CEILING"),
    "ceil_float": functions.of_one("CEILING"),
    "lower": _folded(_LETTERS, _LETTERS.lower()),
    "upper": _folded(_LETTERS.lower(), _LETTERS),
    "trim": _trimmed,
    "replace": _replaced,
    "length": _length,
    "number": _number,
    "shift_timestamp": functions.inside_calendar(_shift_timestamp),
    "shift_date": functions.inside_calendar(_shift_date),
    "start_of_date": _start_of,
    "days_between_dates": _days_between,
    "days_between_timestamps": functions.whole_units(_micros_between, _divide_whole, functions.DAY),
    "hours_between_timestamps": functions.whole_units(_micros_between, _divide_whole, functions.HOUR),
    "weekday_date": _weekday,
    "age_date": functions.age(lambda day: nodes.extract("YEAR", day), exact.month_and_day, _next_day),
}

CONVERSIONS: dict[tuple[Kind, Kind], LowerConvert] = {
    **functions.CONVERSIONS,
    **exact.CONVERSIONS,
    (Kind.INT, Kind.DECIMAL): numbers.to_decimal,
    (Kind.DECIMAL, Kind.DECIMAL): numbers.to_decimal,
    (Kind.FLOAT, Kind.DECIMAL): numbers.float_to_decimal,
    # A missing number is a missing bit.
    (Kind.INT, Kind.BOOL): functions.as_type,
    (Kind.INT, Kind.STRING): _spelled_out,
    (Kind.DATE, Kind.STRING): _spelled_out,
    (Kind.DATE, Kind.TIMESTAMP): _date_to_timestamp,
    (Kind.STRING, Kind.LIST): _json_to_list,
}

TSQL = Dialect(
    name="tsql",
    sqlglot="tsql",
    proof=Generated("https://learn.microsoft.com/en-us/sql/t-sql/language-reference"),
    type_name=type_name,
    literals={
        **functions.LITERALS,
        Kind.DECIMAL: exact.decimal_literal,
        Kind.WHOLE: _double_literal,
        Kind.FLOAT: _double_literal,
        Kind.STRING: _text_literal,
        Kind.ANY: _key_literal,
        Kind.DATE: _date_literal,
        Kind.TIMESTAMP: _timestamp_literal,
    },
    calls=CALLS,
    conversions=CONVERSIONS,
    matches={
        "contains": _contains,
        "starts with": _starts_with,
        "ends with": _ends_with,
        "matches": _matches,
    },
    aggregates={**functions.AGGREGATES, "sum": numbers.summed, "min": _extreme("MIN"), "max": _extreme("MAX")},
    read=_read,
    compare=exact.compare,
    in_list=exact.in_list,
    in_range=functions.in_range,
    lists=Lists(_has, _is_empty),
    align=lambda node, source, target: nodes.cast(node, type_name(target)),
    add_seconds=lambda value, seconds: _moved("SECOND", seconds, value),
    between=partial(exact.between, unscaled=numbers.unscaled),
    sort_key=_sort_key,
    shown=_shown,
    finish=_finish,
    nothing=lambda type_: (
        _bytes(nodes.cast(exp.null(), _CHARACTERS)) if type_ == STRING else nodes.cast(exp.null(), type_name(type_))
    ),
    held=_held,
    passed=_passed,
    digits=_DIGITS,
    widest=type_name(exact.WHOLE),
    styles=("qmark", "pyformat", "format", "at"),
    # https://learn.microsoft.com/en-us/sql/sql-server/maximum-capacity-specifications-for-sql-server; two parameters are the driver's own.
    capabilities=Capabilities(
        says_materialized=False,
        name_bytes=128,
        placeholders=2_098,
        columns=4_096,
        result_columns=4_096,
        text_bytes=65_536 * 4_096,
        plain_groups=True,
        branches=16,
    ),
    session=(
        "SET ANSI_NULLS, ANSI_PADDING, ANSI_WARNINGS, ARITHABORT, CONCAT_NULL_YIELDS_NULL, QUOTED_IDENTIFIER ON",
        "SET NUMERIC_ROUNDABORT OFF",
    ),
    facts=(
        "an int column holds no number beyond 2^53: the schema promises it, `segdsl check --data` verifies it, and the SQL relies on it",
        "a decimal column holds no number beyond its type, or the statement stops",
        "instants are no finer than microseconds; one without an offset is in UTC",
        "columns of texts are VARCHAR or NVARCHAR, without the character U+0000: a CHAR is filled up with blanks",
        "what rows are grouped by, or put in order by, has at most 8,060 bytes",
        "a key that the schema gives no type is compared by its column's collation, blanks at its end left out",
        "a list is a text in JSON, without the character U+0000",
        "a sum of decimals that leaves 38 digits stops the statement, and so does a local time outside of the years 1 to 9999",
        "a CTE is computed wherever it is read: of many segments the shape flags is the one to ask for",
        "what stands before the statement in the same batch ends with a semicolon",
        "needs SQL Server 2022 or Azure SQL Database, and compatibility level 130 or above",
    ),
)
