"""DuckDB. Decimals are exact with a width of their own, integers of any column are compared as they are.

TRY_CAST is used wherever data could make a CAST fail. `SUM` of integers is a HUGEINT, which is read as decimal(38,0).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, TypeGuard

from sqlglot import exp

from segdsl.backends.json_lists import PATTERN
from segdsl.backends.sql import functions, names, nodes, windows
from segdsl.backends.sql.dialect import Capabilities, Dialect, Executed, Lists, LowerCall, LowerConvert, Thunk
from segdsl.backends.sql.nodes import Node
from segdsl.backends.sql.windows import Between
from segdsl.backends.sql.writer import pattern_parts
from segdsl.planning.plan import Aggregation, TableColumn
from segdsl.semantics import ir
from segdsl.types import INT_DIGITS, MAX_DIGITS, Kind, Type, decimal

if TYPE_CHECKING:
    from segdsl.backends.sql.writer import Writer

_TYPES = {
    Kind.BOOL: "BOOLEAN",
    Kind.INT: "BIGINT",
    Kind.WHOLE: "DOUBLE",
    Kind.FLOAT: "DOUBLE",
    Kind.STRING: "VARCHAR",
    Kind.DATE: "DATE",
    Kind.TIMESTAMP: "TIMESTAMP",
    Kind.ANY: "VARCHAR",
    Kind.LIST: "VARCHAR[]",
}
_SAFE_SUM_DIGITS = 27
"""A sum of decimals of so many digits needs 10^11 rows to leave 38 digits."""
_MILLIONTHS = decimal(29, 0)
_NARROW = 18
"""Decimals of so many digits are computed in 64 bits."""
_LIMB_DIGITS = 15
_LIMB = 10**_LIMB_DIGITS
_SHARE_DIGITS = 18
_CALENDAR = (date.max - date.min) // timedelta(microseconds=1)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def type_name(type_: Type) -> str:
    if type_.kind is Kind.DECIMAL:
        return f"DECIMAL({type_.precision}, {type_.scale})"
    return _TYPES[type_.kind]


# -- literals ---------------------------------------------------------------------------------------------------------


def _decimal_literal(value: object, type_: Type) -> Node:
    assert isinstance(value, Decimal | int)
    text = f"{Decimal(value):.{type_.scale}f}"
    if type_.scale and type_.precision >= MAX_DIGITS - 1:
        # With the digit before the point it would be too wide for a decimal, and become a double.
        return nodes.cast(nodes.text(text), type_name(type_))
    return nodes.number(text)


def _double_literal(value: object, type_: Type) -> Node:
    assert isinstance(value, int | float)
    # Without an exponent it would be a decimal.
    text = repr(float(value))
    return nodes.number(text if "e" in text else f"{text}e0")


# -- conversions ------------------------------------------------------------------------------------------------------


def _int_to_decimal(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    if target.scale == 0 and target.precision >= INT_DIGITS:
        # An integer is compared and computed with as a decimal(n,0) by itself.
        return value()
    return nodes.try_cast(value(), type_name(target))


def _decimal_to_decimal(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    return nodes.try_cast(value(), type_name(target))


def _decimal_to_float(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    if source.precision > 15 and source.scale:
        # A CAST would divide two numbers, the first of which a double may not hold.
        return nodes.cast(nodes.cast(value(), "VARCHAR"), "DOUBLE")
    return nodes.cast(value(), "DOUBLE")


def _float_to_decimal(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    factor = 10**target.scale
    size = nodes.call("ABS", value())
    scaled = nodes.multiply(size, nodes.number(factor)) if factor > 1 else size
    digits = nodes.call("FLOOR", nodes.add(scaled, nodes.number("0.5")))
    signed = nodes.multiply(nodes.call("SIGN", value()), digits)
    return nodes.try_cast(nodes.divide(signed, nodes.number(factor)) if factor > 1 else signed, type_name(target))


def _date_to_timestamp(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    return writer.beginning(value, nodes.cast(value(), "TIMESTAMP"))


# -- reading columns --------------------------------------------------------------------------------------------------


_reading = functions.reading(functions.in_double, functions.typed_constant)


def _read(writer: Writer, raw: Thunk, column: TableColumn) -> Node:
    """Texts by number or with a collation are compared as texts, and times keep six places."""
    if column.stored is None or column.stored.kind is not Kind.ANY:
        return _reading(writer, raw, column)
    own = replace(column, stored=None)
    if column.type.kind is Kind.TIMESTAMP:
        return _reading(writer, lambda: _cut_off(raw), own)
    return _reading(writer, lambda: nodes.collate(writer.cast(raw(), column.type), "C"), own)


def _cut_off(value: Thunk) -> Node:
    """An instant in nanoseconds, as one in microseconds: a cast would round, and ``//`` goes towards zero."""

    def nanos() -> Node:
        return nodes.call("EPOCH_NS", value())

    before = nodes.compare("<", nodes.modulo(nanos(), nodes.number(1_000)), nodes.number(0))
    one = nodes.when(before, nodes.number(1), nodes.number(0))
    micros = nodes.subtract(nodes.divide_whole(nanos(), nodes.number(1_000)), one)
    return nodes.call("MAKE_TIMESTAMP", micros)


# -- arithmetic and comparison ----------------------------------------------------------------------------------------


def _exact(operator: Callable[[Node, Node], Node]) -> LowerCall:
    """Of two decimals. Where both have at most 18 digits, DuckDB computes in 64 bits and raises where the result needs more, unless
    one is made wider; and what is whole may be an integer here, whose arithmetic is no wider."""

    def lower(writer: Writer, call: ir.Call) -> Node:
        left, right = call.args
        first = writer.value(left)
        digits = max(left.type.precision, right.type.precision)
        if digits <= _NARROW < call.type.precision:
            first = nodes.cast(first, type_name(decimal(_NARROW + 1, left.type.scale)))
        elif left.type.scale == 0 and right.type.scale == 0:
            first = nodes.cast(first, type_name(left.type))
        return operator(first, writer.value(right))

    return lower


def _divide_exact(writer: Writer, call: ir.Call) -> Node:
    left, right = call.args
    scale = max(left.type.scale, right.type.scale)
    dividend, divisor = _unscaled(writer, left, scale), _unscaled(writer, right, scale)
    return nodes.divide(dividend, nodes.nullif(divisor, nodes.number(0)))


def _unscaled(writer: Writer, node: ir.Expr, scale: int) -> Node:
    """A number times 10^scale, as something that ``/`` converts to the nearest double."""
    value = writer.value(node)
    if scale == 0:
        return value
    factor = nodes.number(10**scale)
    if node.type.kind is Kind.WHOLE:
        return nodes.multiply(value, factor)
    if node.type.kind is Kind.INT:
        return nodes.multiply(nodes.cast(value, "BIGINT" if scale <= 2 else "HUGEINT"), factor)
    if node.type.precision + scale > MAX_DIGITS - 2:
        power = nodes.concat(nodes.cast(value, "VARCHAR"), nodes.text(f"e{scale}"))
        return nodes.cast(power, "DOUBLE")
    if node.type.precision <= _NARROW < node.type.precision + scale:
        value = nodes.cast(value, type_name(decimal(_NARROW + 1, node.type.scale)))
    return nodes.cast(nodes.multiply(value, factor), "HUGEINT")


def _compare(writer: Writer, node: ir.Compare) -> Node:
    """Decimals that have no common type within 38 digits would raise: what has fewer places is compared by its size alone where
    it does not fit, as it is then greater than all that the other can be."""
    left, right = node.left, node.right
    if _is_moved(left) or _is_moved(right):
        return _compare_moved(writer, node)
    if _have_common_type(left.type, right.type):
        if _is_text_or_missing(left):
            return _compare_inside(writer, left, lambda text: ir.Compare(node.operator, text, right))
        if _is_text_or_missing(right):
            return _compare_inside(writer, right, lambda text: ir.Compare(node.operator, left, text))
        return functions.compare(writer, node)
    if left.type.scale > right.type.scale:
        mirrored = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
        return _compare(
            writer,
            ir.Compare(mirrored.get(node.operator, node.operator), right, left),  # type: ignore[arg-type]
        )
    if isinstance(right, ir.Literal) and not writer.holds(right):
        return _compare_with_constant(writer, left, node.operator, right)
    fitting = nodes.try_cast(writer.value(left), type_name(decimal(MAX_DIGITS, right.type.scale)))
    fits = nodes.compare(node.operator, fitting, writer.value(right))
    beyond = {
        "=": exp.false(),
        "!=": nodes.is_present(writer.value(left)),
        ">": nodes.compare(">", writer.value(left), nodes.number(0)),
        ">=": nodes.compare(">", writer.value(left), nodes.number(0)),
        "<": nodes.compare("<", writer.value(left), nodes.number(0)),
        "<=": nodes.compare("<", writer.value(left), nodes.number(0)),
    }[node.operator]
    if right.optional:
        beyond = nodes.all_of((beyond, nodes.is_present(writer.value(right))))
    return nodes.coalesce(fits, beyond)


def _have_common_type(left: Type, right: Type) -> bool:
    if left.kind is not Kind.DECIMAL or right.kind is not Kind.DECIMAL:
        return True
    return max(left.precision - left.scale, right.precision - right.scale) + max(left.scale, right.scale) <= MAX_DIGITS


def _compare_with_constant(writer: Writer, left: ir.Expr, operator: str, right: ir.Literal) -> Node:
    """With the constant rounded to the places that the other side has, to the side that keeps the comparison's outcome."""
    assert isinstance(right.value, Decimal)
    unit = Decimal(1).scaleb(-left.type.scale)
    below = right.value.quantize(unit, ROUND_FLOOR, functions.EXACT)
    value = writer.value(left)
    if below == right.value or operator in (">", "<="):
        return nodes.compare(operator, value, _decimal_literal(below, left.type))
    if operator in (">=", "<"):
        return nodes.compare(
            operator, value, _decimal_literal(right.value.quantize(unit, ROUND_CEILING, functions.EXACT), left.type)
        )
    return nodes.is_present(value) if operator == "!=" else exp.false()


def _in_list(writer: Writer, node: ir.InList) -> Node:
    """Items with more places than the value can have are none of its values, and would raise."""
    value = node.value
    if _is_text_or_missing(value):
        return _compare_inside(writer, value, lambda text: ir.InList(text, node.items, node.negated))
    if value.type.kind is not Kind.DECIMAL:
        return functions.in_list(writer, node)
    items = tuple(item for item in node.items if _have_common_type(value.type, functions.item_type(item, value.type)))
    if items:
        return functions.in_list(writer, ir.InList(value, items, node.negated))
    return nodes.is_present(writer.value(value)) if node.negated else exp.false()


def _is_text_or_missing(node: ir.Expr) -> TypeGuard[ir.If]:
    """Is it a constant text, but for a condition?"""
    return (
        isinstance(node, ir.If)
        and node.otherwise is None
        and isinstance(node.then, ir.Literal)
        and node.type.kind is Kind.STRING
    )


def _compare_inside(writer: Writer, value: ir.If, compare: Callable[[ir.Expr], ir.Expr]) -> Node:
    """``CASE WHEN a THEN 'x' <> 'y' END``. In place of ``CASE WHEN a THEN 'x' END <> 'y'`` DuckDB 2.0 raises "BindBuiltinScalarFunction did
    not return a BoundFunctionExpression" where its statistics tell that a never holds."""
    return nodes.when(writer.condition(value.condition), writer.lower(compare(value.then)))


# -- text -------------------------------------------------------------------------------------------------------------


def _number(writer: Writer, call: ir.Call) -> Node:
    (arg,) = call.args
    spelled = nodes.call("REGEXP_FULL_MATCH", writer.value(arg), nodes.text(r"-?[0-9]+(\.[0-9]+)?"))
    return nodes.when(spelled, nodes.try_cast(writer.value(arg), type_name(call.type)))


def _matches(writer: Writer, value: ir.Expr, pattern: str) -> Node:
    pieces = []
    for part in pattern_parts(pattern):
        match part:
            case ("*",):
                pieces.append(".*")
            case ("?",):
                pieces.append(".")
            case (_, literal):
                pieces.append(re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", literal))
    # s: a point is a line's end too.
    return nodes.call("REGEXP_FULL_MATCH", writer.value(value), writer.text("".join(pieces)), nodes.text("s"))


# -- time -------------------------------------------------------------------------------------------------------------


def _micros_between(writer: Writer, first: ir.Expr, second: ir.Expr) -> Node:
    return nodes.subtract(nodes.call("EPOCH_US", writer.value(second)), nodes.call("EPOCH_US", writer.value(first)))


def _compare_moved(writer: Writer, node: ir.Compare) -> Node:
    """Instants of which one is moved, as numbers of microseconds: to add an interval takes many times as long."""

    def micros(side: ir.Expr) -> Node:
        if _is_moved(side):
            return functions.inside_calendar(_micros_moved)(writer, side)
        return nodes.call("EPOCH_US", writer.value(side))

    return nodes.compare(node.operator, micros(node.left), micros(node.right))


def _is_moved(side: ir.Expr) -> TypeGuard[ir.Call]:
    """By what there is between two instants of the calendar."""
    if not isinstance(side, ir.Call) or side.overload != "shift_timestamp":
        return False
    (micros,) = side.options
    return isinstance(micros, int) and 0 < abs(micros) <= _CALENDAR


def _micros_moved(writer: Writer, call: ir.Call) -> Node:
    (micros,) = call.options
    assert isinstance(micros, int)
    value = nodes.call("EPOCH_US", writer.value(call.args[0]))
    return (nodes.add if micros > 0 else nodes.subtract)(value, nodes.number(abs(micros)))


def _add_seconds(value: Node, seconds: Node) -> Node:
    return nodes.add(value, nodes.call("TO_SECONDS", seconds))


# -- aggregates -------------------------------------------------------------------------------------------------------


def _sum(writer: Writer, aggregation: Aggregation, condition: Node | None) -> Node:
    value = aggregation.value
    assert value is not None
    match value.type.kind:
        case Kind.FLOAT | Kind.WHOLE:
            total = nodes.filtered(nodes.call("SUM", functions.millionths(writer, value, "BIGINT")), condition)
            return nodes.multiply(nodes.try_cast(total, type_name(_MILLIONTHS)), nodes.number("0.000001"))
        case Kind.DECIMAL if value.type.precision > _SAFE_SUM_DIGITS:
            return _wide_sum(writer, value, aggregation.type, condition)
        case _:
            return nodes.filtered(nodes.call("SUM", writer.value(value)), condition)


def _wide_sum(writer: Writer, value: ir.Expr, type_: Type, condition: Node | None) -> Node:
    """In three parts, none of which can leave its range: the integer part in two, and what is behind the point."""

    def total(part: Node) -> Node:
        return nodes.filtered(nodes.call("SUM", part), None if condition is None else condition.copy())

    def whole() -> Node:
        return nodes.cast(nodes.call("TRUNC", writer.value(value)), "HUGEINT")

    def high() -> Node:
        return total(nodes.divide_whole(whole(), nodes.number(_LIMB)))

    scale = type_.scale
    low = total(nodes.modulo(whole(), nodes.number(_LIMB)))
    limit = nodes.number(10 ** max(MAX_DIGITS - scale - _LIMB_DIGITS, 0) + 10**_LIMB_DIGITS)
    digits = nodes.add(nodes.multiply(high(), nodes.number(_LIMB)), low)
    if scale:
        behind = nodes.subtract(writer.value(value), nodes.call("TRUNC", writer.value(value)))
        carried = nodes.cast(nodes.call("TRUNC", total(behind.copy())), "HUGEINT")
        rest = nodes.subtract(total(behind.copy()), nodes.call("TRUNC", total(behind)))
        result = nodes.add(nodes.try_cast(nodes.add(digits, carried), f"DECIMAL({MAX_DIGITS}, {scale})"), rest)
    else:
        result = nodes.try_cast(digits, f"DECIMAL({MAX_DIGITS}, 0)")
    return nodes.when(nodes.compare("<=", nodes.call("ABS", high()), limit), result)


def _edge(name: str) -> Callable[[Writer, Aggregation, Node | None], Node]:
    def lower(writer: Writer, aggregation: Aggregation, condition: Node | None) -> Node:
        value = aggregation.value
        assert value is not None
        keys = [nodes.ordered(writer.value(key)) for key in aggregation.order]
        if aggregation.tie_by_value:
            # The greatest of those that tie: last in an ascending order, first in a descending one.
            first = name == "FIRST"
            keys.append(nodes.ordered(writer.value(value), descending=first, nulls_first=not first))
        order = exp.Order(this=writer.value(value), expressions=keys)
        return nodes.filtered(nodes.call(name, order), condition)

    return lower


# -- lists ------------------------------------------------------------------------------------------------------------


def _json_to_list(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    """The column may be of the type JSON, which has no matching."""

    def text() -> Node:
        return nodes.cast(value(), "VARCHAR")

    is_list = nodes.call("REGEXP_FULL_MATCH", text(), nodes.text(PATTERN))
    return nodes.when(is_list, nodes.try_cast(nodes.try_cast(text(), "JSON"), type_name(target)))


def _has(writer: Writer, node: ir.ListHas) -> Node:
    items = [writer.text(item) for item in node.items]
    if len(items) == 1:
        found = nodes.call("LIST_CONTAINS", writer.value(node.value), items[0])
    else:
        name = "LIST_HAS_ALL" if node.every else "LIST_HAS_ANY"
        found = nodes.call(name, writer.value(node.value), nodes.array(items))
    return nodes.coalesce(found, exp.false())


def _is_empty(writer: Writer, value: ir.Expr) -> Node:
    count = nodes.coalesce(nodes.call("LIST_COUNT", writer.value(value)), nodes.number(0))
    return nodes.compare("=", count, nodes.number(0))


def _cut(writer: Writer, aggregation: Aggregation, condition: Node | None) -> Node:
    """QUANTILE_DISC takes the place that N times a decimal, rounded up, says. Cut off behind 18 digits, a fraction says the same
    place for any N of less than 10^18 over its parts."""
    value, place = aggregation.value, aggregation.place
    assert value is not None and place is not None
    share = windows.not_below(Fraction(place.share, place.whole))
    digits = Decimal(share.numerator * 10**_SHARE_DIGITS // share.denominator).scaleb(-_SHARE_DIGITS, functions.EXACT)
    last: Node = nodes.number(f"{digits.normalize(functions.EXACT):f}")
    if place.descending:
        last = exp.Order(this=last, expressions=[nodes.ordered(writer.value(value), descending=True)])
    return nodes.filtered(nodes.call("QUANTILE_DISC", writer.value(value), last), condition)


def _called(column: Node, name: str) -> Node:
    """A column that is unpivoted, under a name if that is not its own."""
    if column.name == name:
        return column
    return exp.PivotAlias(this=column, alias=exp.to_identifier(name, quoted=True))


def _spread(terms: Sequence[Node], columns: Sequence[str]) -> Node:
    """Terms of a UNION ALL are planned one by one, each with all columns of what it reads, and run one after the other.
    https://duckdb.org/docs/stable/sql/statements/unpivot"""
    select = terms[0]
    where = select.args.get("where")
    values = [(term.args["where"].this if where else term.expressions[1].unalias()) for term in terms]
    others = [column.unalias() for column in select.expressions[1 if where else 2 :]]
    taken = {column.name.lower() for column in others}
    value = names.free("held" if where else columns[1], taken)
    name = names.free(columns[0], {*taken, value.lower()})
    pivot = exp.Pivot(
        unpivot=True,
        expressions=[names.identifier(value)],
        fields=[
            exp.In(
                this=names.identifier(name),
                expressions=[
                    _called(column, term.expressions[0].unalias().name)
                    for column, term in zip(values, terms, strict=True)
                ],
            )
        ],
    )
    source = select.args["from_"].this
    source.set("pivots", [pivot])
    read = [names.column(name), *([] if where else [names.column(value)]), *others]
    made = exp.select(*map(names.named, read, columns)).from_(source, copy=False)
    return made.where(names.column(value), copy=False) if where else made


def _finish(tree: Node) -> Node:
    """Cut points of the same values are asked for together, so that the values are kept and put in order once."""
    for select in tree.find_all(exp.Select):
        alike: dict[tuple[Node, bool, Node | None], list[exp.Anonymous]] = {}
        for item in select.expressions:
            made = item.this if isinstance(item, exp.Alias) else item
            cut = made.this if isinstance(made, exp.Filter) else made
            if isinstance(cut, exp.Anonymous) and cut.name == "QUANTILE_DISC":
                value, last = cut.expressions
                condition = made.expression if isinstance(made, exp.Filter) else None
                alike.setdefault((value, isinstance(last, exp.Order), condition), []).append(cut)
        for cuts in alike.values():
            if len(cuts) > 1:
                _take_together(cuts)
    return tree


def _take_together(cuts: Sequence[exp.Anonymous]) -> None:
    """A list of places in each, of which one is taken: what is the same DuckDB computes once."""
    shares = sorted({_share(cut).name for cut in cuts}, key=Decimal)
    for cut in cuts:
        place = shares.index(_share(cut).name) + 1
        _share(cut).replace(exp.Array(expressions=[nodes.number(share) for share in shares]))
        whole = cut.parent if isinstance(cut.parent, exp.Filter) else cut
        whole.replace(nodes.call("LIST_EXTRACT", whole.copy(), nodes.number(place)))


def _share(cut: exp.Anonymous) -> Node:
    last: Node = cut.expressions[1]
    return last.this if isinstance(last, exp.Order) else last


def _between(writer: Writer, made: Between) -> Node:
    """In decimals, as far as 38 digits hold them, and through their text to a double, which is then the nearest one."""
    places = windows.digits_of(made.whole)
    of = made.low.type
    scale = of.scale if of.kind is Kind.DECIMAL else 0
    precision = of.precision if of.kind is Kind.DECIMAL else INT_DIGITS
    width = MAX_DIGITS - 3 - places

    def double(end: ir.Expr) -> Node:
        return nodes.cast(writer.value(end), "DOUBLE")

    def inexact() -> Node:
        share = nodes.divide(nodes.cast(writer.value(made.rest), "DOUBLE"), nodes.number(made.whole))
        return nodes.add(double(made.low), nodes.multiply(nodes.subtract(double(made.high), double(made.low)), share))

    if width <= scale:
        return inexact()

    def wide(end: ir.Expr) -> Node:
        cast = nodes.cast if precision <= width else nodes.try_cast
        return cast(writer.value(end), type_name(decimal(width, scale)))

    unit = nodes.number(f"{Decimal(10**places // made.whole).scaleb(-places, functions.EXACT):f}")
    share = nodes.cast(nodes.multiply(writer.value(made.rest), unit), type_name(decimal(places + 1, places)))
    apart = nodes.subtract(wide(made.high), wide(made.low))
    exact = nodes.add(wide(made.low), nodes.multiply(apart, share))
    found = nodes.cast(nodes.cast(exact, "VARCHAR"), "DOUBLE")
    return found if precision <= width else nodes.coalesce(found, inexact())


CALLS: dict[str, LowerCall] = {
    **functions.CALLS,
    "add_decimal": _exact(nodes.add),
    "subtract_decimal": _exact(nodes.subtract),
    "multiply_decimal": _exact(nodes.multiply),
    "divide_exact": _divide_exact,
    "lower": functions.of_one("TRANSLATE", nodes.text(_LETTERS), nodes.text(_LETTERS.lower())),
    "upper": functions.of_one("TRANSLATE", nodes.text(_LETTERS.lower()), nodes.text(_LETTERS)),
    "trim": functions.of_one("TRIM", nodes.text(" ")),
    "number": _number,
    "days_between_timestamps": functions.whole_units(_micros_between, nodes.divide_whole, functions.DAY),
    "hours_between_timestamps": functions.whole_units(_micros_between, nodes.divide_whole, functions.HOUR),
}

CONVERSIONS: dict[tuple[Kind, Kind], LowerConvert] = {
    **functions.CONVERSIONS,
    (Kind.INT, Kind.DECIMAL): _int_to_decimal,
    (Kind.DECIMAL, Kind.DECIMAL): _decimal_to_decimal,
    (Kind.DECIMAL, Kind.FLOAT): _decimal_to_float,
    (Kind.FLOAT, Kind.DECIMAL): _float_to_decimal,
    (Kind.DATE, Kind.TIMESTAMP): _date_to_timestamp,
    (Kind.STRING, Kind.LIST): _json_to_list,
}

DUCKDB = Dialect(
    name="duckdb",
    sqlglot="duckdb",
    proof=Executed("DuckDB 2.0"),
    type_name=type_name,
    literals={
        **functions.LITERALS,
        Kind.DECIMAL: _decimal_literal,
        Kind.WHOLE: _double_literal,
        Kind.FLOAT: _double_literal,
    },
    calls=CALLS,
    conversions=CONVERSIONS,
    matches={
        "contains": functions.function_match("CONTAINS"),
        "starts with": functions.function_match("STARTS_WITH"),
        "ends with": functions.function_match("ENDS_WITH"),
        "matches": _matches,
    },
    aggregates={**functions.AGGREGATES, "sum": _sum, "first": _edge("FIRST"), "last": _edge("LAST"), "cut": _cut},
    read=_read,
    compare=_compare,
    in_list=_in_list,
    in_range=functions.in_range,
    lists=Lists(_has, _is_empty),
    align=lambda node, source, target: node,
    add_seconds=_add_seconds,
    between=_between,
    spread=_spread,
    finish=_finish,
    widest="HUGEINT",
    styles=("dollar", "numbered", "qmark"),
    capabilities=Capabilities(),
    session=(
        "SET TimeZone = 'UTC'",
        "SET default_order = 'ASC'",
        "SET default_null_order = 'NULLS_LAST'",
        "SET default_collation = ''",
        "SET integer_division = false",
    ),
    facts=(
        "a column with a time zone is read right only while the session's TimeZone is UTC",
        "texts are VARCHAR without a collation, in which different ones are equal, and no ENUM, which is in the order of its declaration",
        "times have microseconds, in the years 1 to 9999: DuckDB rounds a TIMESTAMP_NS",
        "what is joined has one type: beside a number, the text 01 is 1",
        "an int column holds no number beyond 2^53: the schema promises it, `segdsl check --data` verifies it, and the SQL relies on it",
    ),
)
