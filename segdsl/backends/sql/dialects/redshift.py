"""Amazon Redshift, from its manual: https://docs.aws.amazon.com/redshift/latest/dg/welcome.html

Where texts are compared, blanks at their ends do not count
(https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html#r_Character_types-significance-of-trailing-blanks), so that a
comparison is of lengths too. A list is an array of the type SUPER, of which ARRAYS_OVERLAP and the like are asked. Nothing that runs on
the leader node alone is used (https://docs.aws.amazon.com/redshift/latest/dg/c_SQL_functions_leader_node_only.html).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from segdsl.backends.sql import exact, functions, nodes
from segdsl.backends.sql.dialect import Capabilities, Dialect, Generated, Lists, LowerCall, LowerConvert, Thunk
from segdsl.backends.sql.nodes import Node
from segdsl.semantics import ir
from segdsl.types import DATE, FLOAT, Kind, Type

if TYPE_CHECKING:
    from segdsl.backends.sql.writer import Writer

_TYPES = {
    Kind.BOOL: "BOOLEAN",
    Kind.INT: "BIGINT",
    Kind.WHOLE: "DOUBLE PRECISION",
    Kind.FLOAT: "DOUBLE PRECISION",
    # Without a length it would be 256 bytes (https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html).
    Kind.STRING: "VARCHAR(65535)",
    Kind.DATE: "DATE",
    Kind.TIMESTAMP: "TIMESTAMP",
    Kind.ANY: "VARCHAR(65535)",
    Kind.LIST: "SUPER",
}
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ESCAPE = "|"


def type_name(type_: Type) -> str:
    if type_.kind is Kind.DECIMAL:
        return f"NUMERIC({type_.precision}, {type_.scale})"
    return _TYPES[type_.kind]


# -- literals ---------------------------------------------------------------------------------------------------------


def _double_literal(value: object, type_: Type) -> Node:
    """Without an exponent a number is a decimal."""
    assert isinstance(value, int | float)
    return nodes.cast(nodes.number(repr(float(value))), type_name(FLOAT))


def _text_literal(value: object, type_: Type) -> Node:
    """The manual's examples double a backslash and say nowhere what one does, so none is written, nor a quote: they are characters by
    number (https://docs.aws.amazon.com/redshift/latest/dg/r_CHR.html)."""
    assert isinstance(value, str)
    pieces: list[Node] = []
    plain = ""
    for character in value:
        if character in "'\\" or character < " " or character == "\x7f":
            if plain:
                pieces.append(nodes.text(plain))
            pieces.append(nodes.call("CHR", nodes.number(ord(character))))
            plain = ""
        else:
            plain += character
    if plain or not pieces:
        pieces.append(nodes.text(plain))
    made = pieces[0]
    for piece in pieces[1:]:
        made = nodes.concat(made, piece)
    return made


# -- comparisons ------------------------------------------------------------------------------------------------------


def _length(value: Node) -> Node:
    return nodes.call("LENGTH", value)


def _compare(writer: Writer, node: ir.Compare) -> Node:
    """Texts that differ in blanks at their ends alone have different lengths."""
    left, right = node.left, node.right
    if left.type.kind is not Kind.STRING:
        return exact.compare(writer, node)
    both = nodes.all_of if node.operator == "=" else nodes.any_of
    lengths = [_length_of(writer, end) for end in (left, right)]
    return both((functions.compare(writer, node), nodes.compare(node.operator, *lengths)))


def _length_of(writer: Writer, node: ir.Expr) -> Node:
    if isinstance(node, ir.Literal) and isinstance(node.value, str) and not writer.holds(node):
        return nodes.number(len(node.value))
    return _length(writer.value(node))


def _in_list(writer: Writer, node: ir.InList) -> Node:
    if node.value.type.kind is not Kind.STRING:
        return exact.in_list(writer, node)
    found = nodes.any_of(_is_text(writer, node.value, str(item)) for item in node.items)
    return nodes.not_(found) if node.negated else found


def _is_text(writer: Writer, value: ir.Expr, item: str) -> Node:
    same = nodes.compare("=", writer.value(value), writer.text(item))
    return nodes.all_of((same, nodes.compare("=", _length(writer.value(value)), writer.length(item))))


# -- text -------------------------------------------------------------------------------------------------------------


def _found(value: Node, pattern: str) -> Node:
    """https://docs.aws.amazon.com/redshift/latest/dg/REGEXP_SUBSTR.html"""
    return nodes.call("REGEXP_SUBSTR", value, nodes.text(pattern))


def _place(writer: Writer, call: ir.Call) -> Node:
    (arg,) = call.args
    return nodes.case(
        [(_is_text(writer, arg, str(value)), nodes.number(index)) for index, value in enumerate(call.options)]
    )


def _found_at(operator: str, place: int) -> Callable[[Writer, ir.Expr, str], Node]:
    """STRPOS counts characters and takes them as they are (https://docs.aws.amazon.com/redshift/latest/dg/r_STRPOS.html)."""

    def lower(writer: Writer, value: ir.Expr, needle: str) -> Node:
        return nodes.compare(
            operator, nodes.call("STRPOS", writer.value(value), writer.text(needle)), nodes.number(place)
        )

    return lower


def _ends_with(writer: Writer, value: ir.Expr, needle: str) -> Node:
    """Of two texts of one length, neither has blanks at its end that the other has not."""
    end = nodes.call("RIGHT", writer.value(value), writer.length(needle))
    long_enough = nodes.compare(">=", _length(writer.value(value)), writer.length(needle))
    return nodes.all_of((nodes.compare("=", end, writer.text(needle)), long_enough))


def _matches(writer: Writer, value: ir.Expr, pattern: str) -> Node:
    """LIKE is of the whole text, and of characters (https://docs.aws.amazon.com/redshift/latest/dg/r_patternmatching_condition_like.html)."""
    return nodes.like(writer.value(value), writer.text(exact.like_pattern(pattern, _ESCAPE)), _ESCAPE)


# -- time -------------------------------------------------------------------------------------------------------------


def _difference(unit: str) -> Callable[[Writer, ir.Expr, ir.Expr], Node]:
    """How many beginnings of a unit lie between two times (https://docs.aws.amazon.com/redshift/latest/dg/r_DATEDIFF_function.html)."""

    def lower(writer: Writer, first: ir.Expr, second: ir.Expr) -> Node:
        return nodes.call("DATEDIFF", exp.var(unit), writer.value(first), writer.value(second))

    return lower


def _days_between(writer: Writer, call: ir.Call) -> Node:
    return _difference("DAY")(writer, *call.args)


def _shift_date(writer: Writer, call: ir.Call) -> Node:
    """Of a date, DATEADD makes a timestamp (https://docs.aws.amazon.com/redshift/latest/dg/r_DATEADD_function.html)."""
    (days,) = call.options
    assert isinstance(days, int)
    return writer.cast(nodes.call("DATEADD", exp.var("DAY"), nodes.number(days), writer.value(call.args[0])), DATE)


def _add_seconds(value: Node, seconds: Node) -> Node:
    return nodes.call("DATEADD", exp.var("SECOND"), seconds, value)


def _weekday(writer: Writer, call: ir.Call) -> Node:
    """DOW is 0 on Sundays (https://docs.aws.amazon.com/redshift/latest/dg/r_Dateparts_for_datetime_functions.html)."""
    day = nodes.add(nodes.extract("DOW", writer.value(call.args[0])), nodes.number(6))
    return nodes.add(nodes.modulo(day, nodes.number(7)), nodes.number(1))


def _date_to_timestamp(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    return writer.beginning(value, writer.cast(value(), target))


# -- lists ------------------------------------------------------------------------------------------------------------


def _array(items: Sequence[Node]) -> Node:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_array.html"""
    return nodes.call("ARRAY", *items)


def _has(writer: Writer, node: ir.ListHas) -> Node:
    """https://docs.aws.amazon.com/redshift/latest/dg/arrays_overlap.html"""
    wanted = [[item] for item in node.items] if node.every else [list(node.items)]
    found = [
        nodes.call("ARRAYS_OVERLAP", writer.value(node.value), _array([writer.text(item) for item in items]))
        for items in wanted
    ]
    return nodes.coalesce(nodes.all_of(found), exp.false())


def _is_empty(writer: Writer, value: ir.Expr) -> Node:
    """https://docs.aws.amazon.com/redshift/latest/dg/array_except.html, https://docs.aws.amazon.com/redshift/latest/dg/get_array_length.html"""
    present = nodes.call("ARRAY_EXCEPT", writer.value(value), _array([exp.null()]))
    return nodes.compare("=", nodes.coalesce(nodes.call("GET_ARRAY_LENGTH", present), nodes.number(0)), nodes.number(0))


CALLS: dict[str, LowerCall] = {
    **functions.CALLS,
    **exact.CALLS,
    "lower": functions.of_one("TRANSLATE", nodes.text(_LETTERS), nodes.text(_LETTERS.lower())),
    "upper": functions.of_one("TRANSLATE", nodes.text(_LETTERS.lower()), nodes.text(_LETTERS)),
    "trim": functions.of_one("BTRIM", nodes.text(" ")),
    "place": _place,
    "number": exact.number(nodes.cast, _found),
    "shift_date": functions.inside_calendar(_shift_date),
    "days_between_dates": _days_between,
    "days_between_timestamps": functions.whole_units(_difference("MICROSECOND"), nodes.divide, functions.DAY),
    "hours_between_timestamps": functions.whole_units(_difference("MICROSECOND"), nodes.divide, functions.HOUR),
    "weekday_date": _weekday,
    "age_date": functions.age(
        lambda day: nodes.extract("YEAR", day),
        exact.month_and_day,
        lambda day: nodes.call("DATEADD", exp.var("DAY"), nodes.number(1), day),
    ),
}

CONVERSIONS: dict[tuple[Kind, Kind], LowerConvert] = {
    **functions.CONVERSIONS,
    **exact.CONVERSIONS,
    (Kind.DATE, Kind.TIMESTAMP): _date_to_timestamp,
}

REDSHIFT = Dialect(
    name="redshift",
    sqlglot="redshift",
    proof=Generated("https://docs.aws.amazon.com/redshift/latest/dg/welcome.html"),
    type_name=type_name,
    literals={
        **functions.LITERALS,
        Kind.DECIMAL: exact.decimal_literal,
        Kind.WHOLE: _double_literal,
        Kind.FLOAT: _double_literal,
        Kind.STRING: _text_literal,
        Kind.ANY: _text_literal,
    },
    calls=CALLS,
    conversions=CONVERSIONS,
    matches={
        "contains": _found_at(">", 0),
        "starts with": _found_at("=", 1),
        "ends with": _ends_with,
        "matches": _matches,
    },
    aggregates={
        **functions.AGGREGATES,
        "sum": exact.summed,
        "min": exact.of_truth("MIN", "BOOL_AND"),
        "max": exact.of_truth("MAX", "BOOL_OR"),
    },
    read=functions.reading(functions.in_double, functions.typed_constant),
    compare=_compare,
    in_list=_in_list,
    in_range=functions.in_range,
    lists=Lists(_has, _is_empty),
    align=lambda node, source, target: nodes.cast(node, type_name(target)),
    # JSON_PARSE takes lists of anything (https://docs.aws.amazon.com/redshift/latest/dg/JSON_PARSE.html), and a pattern that tells texts
    # needs signs that the manual does not spell in a literal.
    unread={(Kind.STRING, Kind.LIST): "its JSON_PARSE takes lists of anything; give the column the type SUPER"},
    add_seconds=_add_seconds,
    between=exact.between,
    # An aggregate in an order must have a frame (https://docs.aws.amazon.com/redshift/latest/dg/r_Window_function_synopsis.html).
    finish=exact.plainer,
    widest=type_name(exact.WHOLE),
    styles=("format", "pyformat", "qmark", "numeric", "named", "numbered"),
    # https://docs.aws.amazon.com/redshift/latest/dg/r_names.html
    # https://docs.aws.amazon.com/redshift/latest/dg/c_redshift-sql.html, …/r_CREATE_TABLE_NEW.html
    capabilities=Capabilities(
        says_materialized=False,
        name_bytes=127,
        placeholders=32_767,
        columns=1_600,
        result_columns=1_600,
        text_bytes=16_000_000,
    ),
    session=("SET timezone TO 'UTC'",),
    facts=(
        "an int column holds no number beyond 2^53: the schema promises it, `segdsl check --data` verifies it, and the SQL relies on it",
        "a column with a time zone is read right only while the session's time zone is UTC",
        "blanks at the ends of texts do not count where rows are joined, grouped, ordered or counted as different, nor in codes",
        "columns of texts are VARCHAR, in the collation that is case-sensitive",
        "a list is an array of texts of the type SUPER",
        "COALESCE and UNION ALL of decimals keep 19 digits, and a sum of decimals 38: a larger number stops the statement",
    ),
)
