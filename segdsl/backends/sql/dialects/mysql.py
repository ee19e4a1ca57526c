"""MySQL, 8.0.22 or later, and MariaDB, 10.6 or later: nothing here is of one of them alone.

Texts are held as their bytes in UTF-8, whatever the column's character set, as the collations that columns have take letters of both
cases, accents and trailing spaces for one another, and the two servers have no collation in common that does not
(https://dev.mysql.com/doc/refman/8.4/en/charset-binary-collations.html). Decimals are exact,
truth values are 1 and 0, and a list is its text in JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from segdsl.types import INT_DIGITS, MAX_DIGITS, Kind, Type

if TYPE_CHECKING:
    from segdsl.backends.sql.writer import Writer

_TYPES = {
    Kind.BOOL: "SIGNED",
    Kind.INT: "SIGNED",
    Kind.WHOLE: "DOUBLE",
    Kind.FLOAT: "DOUBLE",
    Kind.STRING: "BINARY",
    Kind.DATE: "DATE",
    Kind.TIMESTAMP: "DATETIME(6)",
    Kind.ANY: "BINARY",
    Kind.LIST: "CHAR",
}
_SAFE_SUM_DIGITS = 27
"""A sum of decimals of so many digits needs 10^11 rows to leave 38 digits."""
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_END = "(?!.)"
"""Of a text, in a regular expression whose point is a line's end too: ``$`` is before a last line's end already, in either library."""
_ESCAPE = "|"
_APART = (
    "SET sql_mode = 'NO_UNSIGNED_SUBTRACTION' "
    "/*M!100401 , optimizer_switch = 'derived_merge=off,condition_pushdown_for_derived=off', join_cache_level = 4 */ "
    "/*!80022 , optimizer_switch = 'derived_merge=off,derived_condition_pushdown=off' */"
)
"""A CTE is computed by itself. Either server would else write its columns out wherever they are read, which doubles with each of
those that read one another, and MariaDB would compare all rows of one with all of the other to join them
(https://mariadb.com/kb/en/optimizer-switch/, https://dev.mysql.com/doc/refman/8.4/en/switchable-optimizations.html). The modes
are none but one, by which a number that has no sign is subtracted from as any other."""


def type_name(type_: Type) -> str:
    return f"DECIMAL({type_.precision}, {type_.scale})" if type_.kind is Kind.DECIMAL else _TYPES[type_.kind]


# -- literals ---------------------------------------------------------------------------------------------------------


def _decimal_literal(value: object, type_: Type) -> Node:
    assert isinstance(value, Decimal | int)
    return nodes.number(f"{Decimal(value):.{type_.scale}f}")


def _double_literal(value: object, type_: Type) -> Node:
    assert isinstance(value, int | float)
    # Without an exponent it would be a decimal (https://dev.mysql.com/doc/refman/8.4/en/number-literals.html).
    text = repr(float(value))
    return nodes.number(text if "e" in text else f"{text}e0")


def _text_literal(value: object, type_: Type) -> Node:
    """In hexadecimal where the session's SQL mode would decide what is read
    (https://dev.mysql.com/doc/refman/8.4/en/sql-mode.html#sqlmode_no_backslash_escapes)."""
    assert isinstance(value, str)
    if "\\" in value or any(character < " " or character == "\x7f" for character in value):
        return exp.HexString(this=value.encode().hex().upper())
    return exp.Introducer(this=exp.var("_binary"), expression=nodes.text(value))


# -- texts and their bytes --------------------------------------------------------------------------------------------


def _characters(value: Node) -> Node:
    """``CONVERT(value USING utf8mb4)``."""
    using = exp.Introducer(this=exp.var("USING"), expression=exp.var("utf8mb4"))
    return nodes.call("CONVERT", exp.Introducer(this=value, expression=using))


def _regexp(value: Node, pattern: Node) -> Node:
    """``value RLIKE pattern``: of what matching is called, the one name that both servers know."""
    rlike = exp.Introducer(this=exp.var("RLIKE"), expression=pattern)
    return exp.Paren(this=exp.Introducer(this=value, expression=rlike))


def _bytes(value: Node) -> Node:
    return nodes.cast(_characters(value), "BINARY")


def _shown(value: Node, type_: Type) -> Node:
    """What leaves a statement is a text again, not a blob."""
    return _characters(value) if type_.kind is Kind.STRING else value


# -- reading columns --------------------------------------------------------------------------------------------------


def _base(writer: Writer, value: Thunk, stored: Type) -> Node:
    return _json_to_list(writer, value, stored, stored) if stored.kind is Kind.LIST else value()


_reading = functions.reading(_base, functions.typed_constant)


def _read(writer: Writer, raw: Thunk, column: TableColumn) -> Node:
    """The bytes of a text come before all else: a column beside the bytes of a literal is compared by the column's collation
    (https://dev.mysql.com/doc/refman/8.4/en/charset-collation-coercibility.html)."""
    stored = column.stored or column.type
    if stored.kind in (Kind.STRING, Kind.LIST):
        return _reading(writer, lambda: _bytes(raw()), column)
    return _reading(writer, raw, column)


# -- conversions ------------------------------------------------------------------------------------------------------


def _fitting(value: Thunk, digits: int) -> Node:
    """A number, missing where it has more digits before the point: a CAST would make the greatest that fits of it."""
    limit = "1" + "0" * digits
    inside = nodes.all_of(
        (nodes.compare(">", value(), nodes.number(f"-{limit}")), nodes.compare("<", value(), nodes.number(limit)))
    )
    return nodes.when(inside, value())


def _int_to_decimal(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    digits = target.precision - target.scale
    return value() if digits >= INT_DIGITS else _fitting(value, digits)


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

    whole = nodes.cast(nodes.multiply(nodes.call("SIGN", value()), digits()), "SIGNED")
    unit = nodes.number(f"{Decimal(1).scaleb(-target.scale):f}")
    return nodes.when(
        nodes.compare("<", digits(), nodes.number(10**target.precision)),
        nodes.multiply(whole, unit) if target.scale else whole,
    )


def _date_to_timestamp(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    return writer.beginning(value, nodes.cast(value(), "DATETIME(6)"))


# -- numbers ----------------------------------------------------------------------------------------------------------


def _divide_exact(writer: Writer, call: ir.Call) -> Node:
    """Of two decimals, ``/`` would be a decimal of a few more places
    (https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html#sysvar_div_precision_increment)."""
    left, right = call.args
    scale = max(left.type.scale, right.type.scale)
    dividend = nodes.cast(_unscaled(writer, left, scale), "DOUBLE")
    return nodes.divide(dividend, nodes.nullif(_unscaled(writer, right, scale), nodes.number(0)))


def _unscaled(writer: Writer, node: ir.Expr, scale: int) -> Node:
    """A number times 10^scale, exactly; beside a double it becomes the nearest double."""
    value = writer.value(node)
    if scale == 0:
        return value
    return nodes.multiply(_wide(value) if node.type.kind is Kind.INT else value, nodes.number(10**scale))


def _wide(value: Node) -> Node:
    """An integer as a decimal, whose products do not leave 64 bits."""
    return nodes.cast(value, "DECIMAL(20, 0)")


def _number(writer: Writer, call: ir.Call) -> Node:
    """Numbers of more than 29 digits before the point do not fit. CAST reads so many digits only, therefore it is given none that are
    before the first or behind the tenth that matters; it rounds half away from zero."""
    (arg,) = call.args

    def text() -> Node:
        return _characters(writer.value(arg))

    spelled = _regexp(text(), nodes.text(f"(?s)^-?0*[0-9]{{1,29}}([.][0-9]+)?{_END}"))
    places = "[.][0-9]{1,10}"
    digits = nodes.call("REGEXP_SUBSTR", text(), nodes.text(f"(?s)[1-9][0-9]*({places})?|{places}|0{_END}"))
    limit = "1" + "0" * 29
    size = nodes.nullif(nodes.cast(digits, "DECIMAL(39, 9)"), nodes.number(limit))
    sign = nodes.compare("=", nodes.call("LEFT", writer.value(arg), nodes.number(1)), writer.text("-"))
    return nodes.when(spelled, nodes.multiply(nodes.when(sign, nodes.number(-1), nodes.number(1)), size))


# -- text -------------------------------------------------------------------------------------------------------------


def _folded(letters: str, others: str) -> LowerCall:
    """Letter by letter: LOWER and UPPER leave bytes as they are, and of texts they know more than ASCII
    (https://dev.mysql.com/doc/refman/8.4/en/string-functions.html#function_lower)."""

    def lower(writer: Writer, call: ir.Call) -> Node:
        value = writer.value(call.args[0])
        for letter, other in zip(letters, others, strict=True):
            value = nodes.call("REPLACE", value, writer.text(letter), writer.text(other))
        return value

    return lower


def _length(writer: Writer, call: ir.Call) -> Node:
    return nodes.call("CHAR_LENGTH", _characters(writer.value(call.args[0])))


def _contains(writer: Writer, value: ir.Expr, needle: str) -> Node:
    return nodes.compare(">", nodes.call("LOCATE", writer.text(needle), writer.value(value)), nodes.number(0))


def _has_end(name: str) -> Callable[[Writer, ir.Expr, str], Node]:
    def lower(writer: Writer, value: ir.Expr, needle: str) -> Node:
        end = nodes.call(name, writer.value(value), nodes.call("LENGTH", writer.text(needle)))
        return nodes.compare("=", end, writer.text(needle))

    return lower


def _matches(writer: Writer, value: ir.Expr, pattern: str) -> Node:
    """LIKE goes by characters, so it is asked of a text, in a collation that tells all of them apart
    (https://dev.mysql.com/doc/refman/8.4/en/string-comparison-functions.html#operator_like)."""
    pieces = []
    for part in pattern_parts(pattern):
        match part:
            case ("*",):
                pieces.append("%")
            case ("?",):
                pieces.append("_")
            case (_, literal):
                pieces.append("".join(f"{_ESCAPE}{c}" if c in f"%_{_ESCAPE}" else c for c in literal))
    text = exp.Collate(this=_characters(writer.value(value)), expression=exp.var("utf8mb4_bin"))
    return nodes.like(text, _characters(writer.text("".join(pieces))), _ESCAPE)


# -- time -------------------------------------------------------------------------------------------------------------


def _interval(count: Node, unit: str) -> Node:
    """``INTERVAL 30 DAY``: its number stands without quotes, as it may be an expression."""
    amount = exp.Introducer(this=nodes.operand(count, nodes.ATOM), expression=exp.var(unit))
    return exp.Introducer(this=exp.var("INTERVAL"), expression=amount)


def _shift_timestamp(writer: Writer, call: ir.Call) -> Node:
    (micros,) = call.options
    assert isinstance(micros, int)
    for unit, size in (("DAY", functions.DAY), ("HOUR", functions.HOUR), ("SECOND", 1_000_000), ("MICROSECOND", 1)):
        if micros % size == 0:
            return _moved(writer.value(call.args[0]), micros // size, unit)
    raise AssertionError(micros)


def _shift_date(writer: Writer, call: ir.Call) -> Node:
    (days,) = call.options
    assert isinstance(days, int)
    return _moved(writer.value(call.args[0]), days, "DAY")


def _moved(value: Node, count: int, unit: str) -> Node:
    operator = nodes.add if count > 0 else nodes.subtract
    return operator(value, _interval(nodes.number(abs(count)), unit))


def _add_seconds(value: Node, seconds: Node) -> Node:
    return nodes.add(value, _interval(seconds, "SECOND"))


def _micros_between(writer: Writer, first: ir.Expr, second: ir.Expr) -> Node:
    unit = exp.var("MICROSECOND")
    return nodes.call("TIMESTAMPDIFF", unit, writer.value(first), writer.value(second))


def _days_between(writer: Writer, call: ir.Call) -> Node:
    """``-`` would subtract 20260531 from 20260601."""
    first, second = call.args
    return nodes.call("DATEDIFF", writer.value(second), writer.value(first))


def _weekday(writer: Writer, call: ir.Call) -> Node:
    return nodes.add(nodes.call("WEEKDAY", writer.value(call.args[0])), nodes.number(1))


def _start_of(writer: Writer, call: ir.Call) -> Node:
    """The day moved back by as many days, and months, as have passed."""
    (unit,) = call.options

    def day() -> Node:
        return writer.value(call.args[0])

    def back(name: str) -> Node:
        """Days since the beginning, of which the first is the 1st."""
        return nodes.subtract(day(), _interval(nodes.subtract(nodes.call(name, day()), nodes.number(1)), "DAY"))

    match unit:
        case "day":
            return day()
        case "week":
            return nodes.subtract(day(), _interval(nodes.call("WEEKDAY", day()), "DAY"))
        case "month":
            return back("DAYOFMONTH")
        case "quarter":
            past = nodes.modulo(nodes.subtract(nodes.extract("MONTH", day()), nodes.number(1)), nodes.number(3))
            return nodes.subtract(back("DAYOFMONTH"), _interval(past, "MONTH"))
        case "year":
            return back("DAYOFYEAR")
        case _:
            raise AssertionError(unit)


def _month_and_day(day: Node) -> Node:
    month = nodes.multiply(nodes.extract("MONTH", day), nodes.number(100))
    return nodes.add(month, nodes.extract("DAY", day.copy()))


# -- aggregates -------------------------------------------------------------------------------------------------------


def _sum(writer: Writer, aggregation: Aggregation, condition: Node | None) -> Node:
    value = aggregation.value
    assert value is not None

    def total(of: Node) -> Node:
        return nodes.filtered(nodes.call("SUM", of), None if condition is None else condition.copy())

    match value.type.kind:
        case Kind.FLOAT | Kind.WHOLE:
            return nodes.multiply(total(functions.millionths(writer, value, "SIGNED")), nodes.number("0.000001"))
        case Kind.DECIMAL if value.type.precision > _SAFE_SUM_DIGITS:
            return _fitting(lambda: total(writer.value(value)), MAX_DIGITS - aggregation.type.scale)
        case _:
            return total(writer.value(value))


def _between(writer: Writer, made: Between) -> Node:
    """In decimals, moved by whole places, and through its text to a double, which is then the nearest one."""
    places = windows.digits_of(made.whole)

    def exact(end: ir.Expr) -> Node:
        value = writer.value(end)
        return _wide(value) if end.type.kind is Kind.INT else value

    if not places:
        return nodes.cast(exact(made.low), "DOUBLE")
    share = nodes.multiply(writer.value(made.rest), nodes.number(10**places // made.whole))
    apart = nodes.multiply(nodes.subtract(exact(made.high), exact(made.low)), share)
    total = nodes.add(nodes.multiply(exact(made.low), nodes.number(10**places)), apart)
    return nodes.cast(nodes.call("CONCAT", total, nodes.text(f"e-{places}")), "DOUBLE")


# -- lists ------------------------------------------------------------------------------------------------------------


def _json_to_list(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    """JSON_TABLE raises for what is no JSON."""
    pattern = _characters(writer.text(f"(?s)^{PATTERN}{_END}"))
    return nodes.when(_regexp(_characters(value()), pattern), _characters(value()))


def _rows_of(array: Node, name: str, *columns: Node) -> Node:
    """``JSON_TABLE(array, '$[*]' COLUMNS(…)) AS name``."""
    made = exp.Introducer(this=nodes.text("$[*]"), expression=nodes.call("COLUMNS", *columns))
    return nodes.alias(nodes.call("JSON_TABLE", array, made), name)


def _made(name: str, type_: str) -> Node:
    """A column of them that holds the item itself."""
    path = exp.Introducer(this=exp.var(f"{type_} PATH"), expression=nodes.text("$"))
    return exp.Introducer(this=exp.column(name), expression=path)


def _exists(writer: Writer, value: ir.Expr, condition: Node) -> Node:
    """Is there an item like that in a list? (https://dev.mysql.com/doc/refman/8.4/en/json-table-functions.html)"""
    items = _rows_of(writer.value(value), "item", _made("value", "LONGTEXT CHARACTER SET utf8mb4"))
    return nodes.exists(exp.select(nodes.number(1)).from_(items, copy=False).where(condition, copy=False))


def _item() -> Node:
    return exp.column("value", table="item")


def _has(writer: Writer, node: ir.ListHas) -> Node:
    wanted = [[item] for item in node.items] if node.every else [node.items]
    return nodes.all_of(
        _exists(writer, node.value, _one_of(nodes.cast(_item(), "BINARY"), [writer.text(item) for item in items]))
        for items in wanted
    )


def _one_of(value: Node, items: Sequence[Node]) -> Node:
    return nodes.in_list(value, items) if len(items) > 1 else nodes.compare("=", value, items[0])


def _is_empty(writer: Writer, value: ir.Expr) -> Node:
    return nodes.not_(_exists(writer, value, nodes.is_present(_item())))


# -- whole statements -------------------------------------------------------------------------------------------------


def _spread(terms: Sequence[Node], columns: Sequence[str]) -> Node:
    """The row of counts, or each row of flags, makes rows by way of an array: of all counts, or of the numbers of the segments."""
    selects = [term for term in terms if isinstance(term, exp.Select)]
    source = selects[0].args["from_"].this
    spread = "spread"
    conditions = [select.args["where"].this for select in selects if select.args.get("where")]
    if conditions:
        found = [nodes.when(one, nodes.number(number)) for number, one in enumerate(conditions, 1)]
        array = nodes.call("CONCAT", nodes.text("["), nodes.call("CONCAT_WS", nodes.text(","), *found), nodes.text("]"))
        made = [_made("n", "BIGINT")]
        rest = [one.unalias() for one in selects[0].expressions[1:]]
    else:
        array = nodes.call("JSON_ARRAY", *(select.expressions[1].unalias() for select in selects))
        number = exp.Introducer(this=exp.column("n"), expression=exp.var("FOR ORDINALITY"))
        made = [number, _made("value", "BIGINT")]
        rest = [exp.column("value", table=spread), *(one.unalias() for one in selects[0].expressions[2:])]
    for column in (column for one in (array, *rest) for column in one.find_all(exp.Column) if not column.table):
        column.set("table", exp.to_identifier(source.name, quoted=not names.is_plain(source.name)))
    rows = _rows_of(array, spread, *made)
    name = nodes.call("ELT", exp.column("n", table=spread), *(select.expressions[0].unalias() for select in selects))
    return exp.Select(
        expressions=[names.named(value, column) for value, column in zip((name, *rest), columns, strict=True)],
        from_=exp.From(this=source),
        joins=[exp.Join(this=rows, kind="CROSS")],
    )


def _finish(tree: Node) -> Node:
    """There is no FILTER (https://dev.mysql.com/doc/refman/8.4/en/aggregate-functions.html)."""
    tree = tree.transform(nodes.unfiltered, copy=False).transform(_div, copy=False)
    for select in tree.find_all(exp.Select):
        _tell_apart([window for column in select.expressions for window in column.find_all(exp.Window)])
    return tree


def _div(node: Node) -> Node:
    """``left DIV right``: in its place sqlglot wrote a division that is rounded before 30.30."""
    if not isinstance(node, exp.IntDiv):
        return node
    return exp.Introducer(this=node.this, expression=exp.Introducer(this=exp.var("DIV"), expression=node.expression))


def _tell_apart(found: Sequence[exp.Window]) -> None:
    """MariaDB (10.11 is one) sorts once for windows of which each goes on where the one before it ends: for PARTITION BY a, b, then for
    nothing, then for ORDER BY c, which is then computed in the order of a, b. No PARTITION BY may therefore be the beginning of
    another one in the same SELECT; what is put before it is always NULL, which the server does not see."""
    partitions = [tuple(part.sql() for part in window.args.get("partition_by") or ()) for window in found]
    short = {one for one in partitions for other in partitions if one != other == (*one, *other[len(one) :])}
    for window, partition in zip(found, partitions, strict=True):
        if partition in short:
            column = next(column for window in found for column in window.find_all(exp.Column)).copy()
            nothing = nodes.compare("=", nodes.nullif(column, column.copy()), nodes.number(len(partition)))
            window.set("partition_by", [nothing, *(window.args.get("partition_by") or ())])


CALLS: dict[str, LowerCall] = {
    **functions.CALLS,
    "divide_exact": _divide_exact,
    "lower": _folded(_LETTERS, _LETTERS.lower()),
    "upper": _folded(_LETTERS.lower(), _LETTERS),
    "trim": functions.of_one("TRIM"),
    "length": _length,
    "number": _number,
    "days_between_timestamps": functions.whole_units(_micros_between, nodes.divide_whole, functions.DAY),
    "hours_between_timestamps": functions.whole_units(_micros_between, nodes.divide_whole, functions.HOUR),
    "days_between_dates": _days_between,
    "shift_timestamp": functions.inside_calendar(_shift_timestamp),
    "shift_date": functions.inside_calendar(_shift_date),
    "weekday_date": _weekday,
    "start_of_date": _start_of,
    "age_date": functions.age(
        lambda day: nodes.extract("YEAR", day),
        _month_and_day,
        lambda day: nodes.add(day, _interval(nodes.number(1), "DAY")),
    ),
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

MYSQL = Dialect(
    name="mysql",
    sqlglot="mysql",
    proof=Executed("MariaDB 10.11"),
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
        "starts with": _has_end("LEFT"),
        "ends with": _has_end("RIGHT"),
        "matches": _matches,
    },
    aggregates={**functions.AGGREGATES, "sum": _sum},
    read=_read,
    compare=functions.compare,
    in_list=functions.in_list,
    in_range=functions.in_range,
    lists=Lists(_has, _is_empty),
    align=lambda node, source, target: node,
    add_seconds=_add_seconds,
    between=_between,
    shown=_shown,
    finish=_finish,
    spread=_spread,
    styles=("pyformat", "format", "qmark"),
    widest="DECIMAL(65, 0)",
    # The narrower of both: MySQL keeps 30 places, and 1,017 columns of a CTE that does not fit into memory; MariaDB reads 64 CTEs in one
    # WITH, and plans and computes each anew wherever it is read: what it keeps to plan random libraries was 1 to 13 MB for each reading
    # (https://dev.mysql.com/doc/refman/8.4/en/fixed-point-types.html, …/identifier-length.html, …/innodb-limits.html,
    # …/column-count-limit.html). A packet of MariaDB's is 16 MiB unless it is set otherwise.
    capabilities=Capabilities(
        says_materialized=False,
        joins=61,
        name_bytes=64,
        ctes=60,
        references=256,
        places=30,
        columns=1_017,
        result_columns=4_096,
        text_bytes=16_000_000,
        placeholders=65_535,
    ),
    session=(
        "SET NAMES utf8mb4",
        "SET time_zone = '+00:00'",
        _APART,
    ),
    facts=(
        "an int column holds no number beyond 2^53: the schema promises it, `segdsl check --data` verifies it, and the SQL relies on it",
        "a column of the type TIMESTAMP is read right only while the session's time zone is UTC",
        "a key that the schema gives no type is compared by its column's collation, which must be binary where it is a text",
        "there are no zero dates such as 0000-00-00",
        "texts by which rows are ordered differ in their first 1,024 bytes (`max_sort_length`)",
        "MariaDB plans and computes a CTE anew wherever it is read: of a large library it takes long, or is refused; compile it in parts",
        "needs MySQL 8.0.22 or MariaDB 10.6, or later; it is proven by running it on MariaDB 10.11, on MySQL it has not been run",
    ),
)
