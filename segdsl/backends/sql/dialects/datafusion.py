"""Apache DataFusion, 50 or later. Decimals have 38 digits, and 76 where it is said; instants are said to have microseconds, as
they have nanoseconds by themselves and end in 2262 then.

What leaves its type wraps around without a word (BIGINT, sums of decimals), or raises (a CAST): sums get more digits than they can
need, and TRY_CAST is used wherever data could make a CAST fail. A literal with a point is a double.

sqlglot has no dialect of it, so literals and names are spelled as PostgreSQL's: https://datafusion.apache.org/user-guide/sql/
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlglot import exp

from segdsl.backends.sql import functions, names, nodes, windows
from segdsl.backends.sql.dialect import Capabilities, Dialect, Executed, Lists, LowerCall, LowerConvert, Thunk
from segdsl.backends.sql.nodes import Node
from segdsl.backends.sql.windows import Between
from segdsl.backends.sql.writer import pattern_parts
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
    Kind.STRING: "VARCHAR",
    Kind.DATE: "DATE",
    Kind.TIMESTAMP: "TIMESTAMP(6)",
    Kind.ANY: "VARCHAR",
    Kind.LIST: "VARCHAR[]",
}
_WIDEST = 76
"""Digits of the widest decimals."""
_BIGINT = decimal(20, 0)
"""What a BIGINT counts as beside a decimal."""
_SUM_DIGITS = 10
"""So many digits more than what is added has a SUM, and wraps around beyond: so many rows at least."""
_SHORT_DIGITS = 15
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def type_name(type_: Type) -> str:
    if type_.kind is Kind.DECIMAL:
        return f"DECIMAL({type_.precision}, {type_.scale})"
    return _TYPES[type_.kind]


def _wide(scale: int) -> str:
    return f"DECIMAL({_WIDEST}, {scale})"


# -- literals ---------------------------------------------------------------------------------------------------------


def _decimal_literal(value: object, type_: Type) -> Node:
    assert isinstance(value, Decimal | int)
    if type_.scale == 0 and abs(int(value)) < 2**63:
        return nodes.number(int(value))
    return _decimal(f"{Decimal(value):.{type_.scale}f}", type_)


def _decimal(text: str, type_: Type) -> Node:
    return nodes.cast(nodes.text(text), type_name(type_))


def _power(digits: int) -> Node:
    """10 to the power of so many, as a decimal that takes no digits behind the point away from another."""
    return _decimal(f"1{'0' * digits}", decimal(digits + 1, 0))


def _unit(scale: int) -> Node:
    """The last digit of a decimal: what is multiplied by it has so many more digits behind the point."""
    return _decimal(f"{Decimal(1).scaleb(-scale):f}", decimal(scale, scale))


def _double_literal(value: object, type_: Type) -> Node:
    assert isinstance(value, int | float)
    # Without an exponent or a point it would be an integer.
    text = repr(float(value))
    return nodes.number(text if "e" in text else f"{text}e0")


def _timestamp_literal(value: object, type_: Type) -> Node:
    return nodes.cast(nodes.text(str(value)), type_name(type_))


# -- reading columns --------------------------------------------------------------------------------------------------


def _base(writer: Writer, value: Thunk, stored: Type) -> Node:
    """Instants of any unit and zone are instants in microseconds; lists and texts of any kind are of one."""
    cast = stored.kind in (Kind.TIMESTAMP, Kind.LIST)
    return writer.cast(value(), stored) if cast else functions.in_double(writer, value, stored)


# -- conversions ------------------------------------------------------------------------------------------------------


def _int_to_decimal(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    digits = target.precision - target.scale
    return writer.cast(value(), target) if digits >= INT_DIGITS else _fitting(value, _BIGINT, target)


def _decimal_to_decimal(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    narrower = target.scale < source.scale
    if source.precision - source.scale + narrower > target.precision - target.scale:
        return _fitting(value, source, target)
    return _rounded_to(value(), source, target) if narrower else writer.cast(value(), target)


def _fitting(value: Thunk, source: Type, target: Type) -> Node:
    """Missing where it does not fit. Of a CAST to fewer digits that is compared with a constant, TRY or not, the optimizer leaves
    nothing: it compares what is inside with the constant."""
    edge = Decimal(10) ** (target.precision - target.scale)
    if target.scale < source.scale:
        # What is rounded up to the edge is beyond it, too.
        edge -= Decimal(5).scaleb(-target.scale - 1)
    _, digits, exponent = edge.as_tuple()
    assert isinstance(exponent, int)
    of = decimal(max(len(digits) + exponent, 0) - min(exponent, 0), -min(exponent, 0))
    over, under = (_decimal(f"{sign}{edge:f}", of) for sign in ("", "-"))
    inside = nodes.all_of((nodes.compare(">", value(), under), nodes.compare("<", value(), over)))
    return nodes.when(inside, _rounded_to(value(), source, target))


def _rounded_to(value: Node, source: Type, target: Type) -> Node:
    """As a decimal that is sure to hold it, half away from zero."""
    if target.scale < source.scale:
        # What is rounded may need one more digit before the point.
        roomier = nodes.cast(value, type_name(decimal(source.precision + 1, source.scale)))
        value = nodes.call("ROUND", roomier, nodes.number(target.scale))
    return nodes.cast(value, type_name(target))


def _decimal_to_int(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    return functions.within_int(value, nodes.try_cast(value(), type_name(target)))


def _decimal_to_float(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    return _nearest_double(value(), source)


def _nearest_double(value: Node, type_: Type) -> Node:
    if type_.precision > _SHORT_DIGITS and type_.scale:
        # A CAST would divide two numbers, the first of which a double may not hold.
        value = nodes.cast(value, "VARCHAR")
    return nodes.cast(value, "DOUBLE")


def _float_to_decimal(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    def digits() -> Node:
        size = nodes.call("ABS", value())
        scaled = nodes.multiply(size, nodes.number(10**target.scale)) if target.scale else size
        return nodes.call("FLOOR", nodes.add(scaled, nodes.number("0.5")))

    signed = nodes.multiply(nodes.call("SIGNUM", value()), digits())
    whole = nodes.cast(signed, type_name(decimal(target.precision, 0)))
    found = nodes.cast(nodes.multiply(whole, _unit(target.scale)), type_name(target)) if target.scale else whole
    return nodes.when(nodes.compare("<", digits(), nodes.number(f"1e{target.precision}")), found)


def _date_to_timestamp(writer: Writer, value: Thunk, source: Type, target: Type) -> Node:
    return writer.beginning(value, writer.cast(value(), target))


def _align(node: Node, source: Type, target: Type) -> Node:
    return nodes.cast(node, type_name(target))


# -- numbers ----------------------------------------------------------------------------------------------------------


def _positive_zero(value: Node) -> Node:
    """A double whose zero has no sign: -0.0 is less than 0 in an order, not equal to it in a list or a group, and divides as it is."""
    return nodes.add(value, nodes.number(0))


def _multiply_whole(writer: Writer, call: ir.Call) -> Node:
    return _positive_zero(functions.arithmetic(nodes.multiply)(writer, call))


def _negate(writer: Writer, call: ir.Call) -> Node:
    (arg,) = call.args
    if arg.type.kind is Kind.WHOLE:
        return nodes.subtract(nodes.number(0), writer.value(arg))
    return functions.negate(writer, call)


def _divide_float(writer: Writer, call: ir.Call) -> Node:
    left, right = writer.pair(*call.args)
    divisor = right if isinstance(right, exp.Literal) else _positive_zero(right)
    return nodes.divide(left, nodes.nullif(divisor, nodes.number(0)))


def _divide_exact(writer: Writer, call: ir.Call) -> Node:
    left, right = call.args
    scale = max(left.type.scale, right.type.scale)
    dividend, divisor = _unscaled(writer, left, scale), _unscaled(writer, right, scale)
    return nodes.divide(dividend, nodes.nullif(divisor, nodes.number(0)))


def _unscaled(writer: Writer, node: ir.Expr, scale: int) -> Node:
    """A number times 10^scale, as the double nearest to it."""
    value = writer.value(node)
    if node.type.kind is Kind.WHOLE:
        return nodes.multiply(value, nodes.number(10**scale)) if scale else value
    if scale == 0:
        return nodes.cast(value, "DOUBLE")
    of = _as_decimal(node.type)
    digits = of.precision - of.scale + scale
    if of.precision + scale + 2 > MAX_DIGITS:
        power = nodes.concat(nodes.cast(value, "VARCHAR"), nodes.text(f"e{scale}"))
        return nodes.cast(power, "DOUBLE")
    return nodes.cast(
        nodes.cast(nodes.multiply(nodes.cast(value, type_name(of)), _power(scale)), f"DECIMAL({digits}, 0)"), "DOUBLE"
    )


def _as_decimal(type_: Type) -> Type:
    return _BIGINT if type_.kind is Kind.INT else type_


def _exact(operator: Callable[[Node, Node], Node]) -> LowerCall:
    """Of two decimals. What is whole may be held as an integer here, whose arithmetic wraps around."""

    def lower(writer: Writer, call: ir.Call) -> Node:
        left, right = call.args
        first = writer.value(left)
        if left.type.scale == 0:
            first = nodes.cast(first, type_name(left.type))
        return operator(first, writer.value(right))

    return lower


def _rounded(name: str) -> LowerCall:
    """FLOOR and CEIL of a decimal have its digits, of which the result may need one more."""

    def lower(writer: Writer, call: ir.Call) -> Node:
        (arg,) = call.args
        if not arg.type.scale:
            return writer.value(arg)
        roomier = decimal(arg.type.precision + 1, arg.type.scale)
        return writer.cast(nodes.call(name, writer.cast(writer.value(arg), roomier)), call.type)

    return lower


def _round_decimal(writer: Writer, call: ir.Call) -> Node:
    (arg,) = call.args
    return _rounded_to(writer.value(arg), arg.type, call.type)


def _compare(writer: Writer, node: ir.Compare) -> Node:
    """Decimals that have no common type within 38 digits would raise."""
    left, right = node.left, node.right
    if _have_common_type(left.type, right.type):
        return functions.compare(writer, node)
    wide = nodes.cast(writer.value(left), _wide(left.type.scale))
    return nodes.compare(node.operator, wide, nodes.cast(writer.value(right), _wide(right.type.scale)))


def _have_common_type(left: Type, right: Type) -> bool:
    if left.kind is not Kind.DECIMAL and right.kind is not Kind.DECIMAL:
        return True
    left, right = _as_decimal(left), _as_decimal(right)
    return max(left.precision - left.scale, right.precision - right.scale) + max(left.scale, right.scale) <= MAX_DIGITS


def _in_list(writer: Writer, node: ir.InList) -> Node:
    """Items with more places than the value can have are none of its values, and would raise."""
    value = node.value
    if value.type.kind is Kind.DECIMAL:
        items = tuple(i for i in node.items if _have_common_type(value.type, functions.item_type(i, value.type)))
        if not items:
            return nodes.is_present(writer.value(value)) if node.negated else exp.false()
        node = ir.InList(value, items, node.negated)
    return functions.in_list(writer, node)


def _sort_key(value: Node, type_: Type) -> Node:
    return _positive_zero(value) if type_.kind in (Kind.FLOAT, Kind.WHOLE) else value


# -- text -------------------------------------------------------------------------------------------------------------


def _number(writer: Writer, call: ir.Call) -> Node:
    """Numbers of more than 29 digits before the point do not fit; of those behind it, only ten matter."""
    (arg,) = call.args

    def wide() -> Node:
        spelled = writer.text(r"^(-?)0*([0-9]{1,29}(\.[0-9]{1,10})?)[0-9]*$")
        kept = nodes.call("REGEXP_REPLACE", writer.value(arg), spelled, writer.text(r"\1\2"))
        return nodes.cast(kept, _wide(call.type.scale))

    limit = _decimal("1" + "0" * 29, decimal(30, 0))
    spelled = nodes.call("REGEXP_LIKE", writer.value(arg), writer.text(r"^-?0*[0-9]{1,29}(\.[0-9]+)?$"))
    fits = nodes.compare("<", nodes.call("ABS", wide()), limit)
    return nodes.when(spelled, nodes.when(fits, nodes.cast(wide(), type_name(call.type))))


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
    # s: a point is a line's end too.
    return nodes.call("REGEXP_LIKE", writer.value(value), writer.text("".join(pieces)), nodes.text("s"))


# -- time -------------------------------------------------------------------------------------------------------------


def _micros_between(writer: Writer, first: ir.Expr, second: ir.Expr) -> Node:
    """The seconds between them would be null for long times, and lose digits."""
    return nodes.subtract(nodes.cast(writer.value(second), "BIGINT"), nodes.cast(writer.value(first), "BIGINT"))


def _shift_timestamp(writer: Writer, call: ir.Call) -> Node:
    (micros,) = call.options
    assert isinstance(micros, int)
    value, size = writer.value(call.args[0]), abs(micros)
    # An INTERVAL of hours and less is held in nanoseconds, and ends after 292 years.
    step = (
        nodes.interval(functions.spell_micros(size))
        if size % functions.DAY == 0
        else _duration(nodes.number(size), "Microsecond")
    )
    return (nodes.add if micros > 0 else nodes.subtract)(value, step)


def _duration(count: Node, unit: str) -> Node:
    return nodes.call("ARROW_CAST", count, nodes.text(f"Duration({unit})"))


def _add_seconds(value: Node, seconds: Node) -> Node:
    return nodes.add(value, _duration(seconds, "Second"))


def _start_of_date(writer: Writer, call: ir.Call) -> Node:
    """DATE_TRUNC counts nanoseconds, which begin in 1677 and end in 2262."""
    (unit,) = call.options

    def part(name: str) -> Node:
        return nodes.extract(name, writer.value(call.args[0]))

    def beginning(month: Node) -> Node:
        return nodes.call("MAKE_DATE", part("YEAR"), month, nodes.number(1))

    match unit:
        case "day":
            return writer.value(call.args[0])
        case "week":
            past = nodes.subtract(part("ISODOW"), nodes.number(1))
            return nodes.subtract(writer.value(call.args[0]), past)
        case "month":
            return beginning(part("MONTH"))
        case "quarter":
            past = nodes.divide(nodes.subtract(part("MONTH"), nodes.number(1)), nodes.number(3))
            return beginning(nodes.add(nodes.multiply(past, nodes.number(3)), nodes.number(1)))
        case _:
            return beginning(nodes.number(1))


# -- aggregates -------------------------------------------------------------------------------------------------------


def _sum(writer: Writer, aggregation: Aggregation, condition: Node | None) -> Node:
    value = aggregation.value
    assert value is not None

    def total(of: Node) -> Node:
        return nodes.filtered(nodes.call("SUM", of), None if condition is None else condition.copy())

    match value.type.kind:
        case Kind.FLOAT | Kind.WHOLE:
            return nodes.multiply(total(functions.millionths(writer, value, type_name(_BIGINT))), _unit(6))
        case Kind.INT:
            return total(writer.cast(writer.value(value), _BIGINT))
        case _ if value.type.precision + _SUM_DIGITS <= MAX_DIGITS:
            # What is whole may be held as an integer.
            return total(writer.value(value) if value.type.scale else writer.cast(writer.value(value), value.type))
        case _:

            def wide() -> Node:
                return total(nodes.cast(writer.value(value), f"DECIMAL({_WIDEST - _SUM_DIGITS}, {value.type.scale})"))

            limit = "1" + "0" * (aggregation.type.precision - aggregation.type.scale)
            of = decimal(len(limit), 0)
            inside = nodes.all_of(
                (
                    nodes.compare(">", wide(), _decimal(f"-{limit}", of)),
                    nodes.compare("<", wide(), _decimal(limit, of)),
                )
            )
            return nodes.when(inside, nodes.cast(wide(), type_name(aggregation.type)))


def _between(writer: Writer, made: Between) -> Node:
    """In decimals of 76 digits, and through their text to a double, which is then the nearest one."""
    places = windows.digits_of(made.whole)
    of = made.low.type
    scale = of.scale if of.kind is Kind.DECIMAL else 0

    def wide(end: ir.Expr) -> Node:
        return nodes.cast(writer.value(end), f"DECIMAL({_WIDEST - places - 2}, {scale})")

    step = f"{Decimal(10**places // made.whole).scaleb(-places, functions.EXACT):f}"
    share = nodes.multiply(writer.value(made.rest), _decimal(step, decimal(places + 1, places)))
    exact = nodes.cast(share, f"DECIMAL({places + 1}, {places})")
    apart = nodes.multiply(nodes.subtract(wide(made.high), wide(made.low)), exact)
    return nodes.cast(nodes.cast(nodes.add(wide(made.low), apart), "VARCHAR"), "DOUBLE")


# -- lists ------------------------------------------------------------------------------------------------------------


def _has(writer: Writer, node: ir.ListHas) -> Node:
    items = [writer.text(item) for item in node.items]
    if len(items) == 1:
        found = nodes.call("ARRAY_HAS", writer.value(node.value), items[0])
    else:
        name = "ARRAY_HAS_ALL" if node.every else "ARRAY_HAS_ANY"
        found = nodes.call(name, writer.value(node.value), nodes.array(items))
    return nodes.coalesce(found, exp.false())


def _is_empty(writer: Writer, value: ir.Expr) -> Node:
    count = nodes.call("CARDINALITY", nodes.call("ARRAY_COMPACT", writer.value(value)))
    return nodes.not_(nodes.coalesce(nodes.compare(">", count, nodes.number(0)), exp.false()))


# -- statements -------------------------------------------------------------------------------------------------------


def _spread(terms: Sequence[Node], columns: Sequence[str]) -> Node:
    """A CTE is computed wherever it is read, so it is read once: each of its rows is made one row for each SELECT."""
    rows = exp.Select()
    conditions = [term.args["where"].this if term.args.get("where") else None for term in terms]
    for index, column in enumerate(columns):
        values = [term.expressions[index].unalias() for term in terms]
        same = all(value == values[0] for value in values)
        made = values[0] if same else nodes.call("UNNEST", nodes.array(values))
        rows = rows.select(names.named(made, column), copy=False)
    rows = rows.from_(terms[0].args["from_"].this, copy=False)
    if conditions[0] is None:
        return rows
    held = names.free("held", {column.lower() for column in columns})
    truths = nodes.call("UNNEST", nodes.array(one for one in conditions if one is not None))
    rows = rows.select(names.named(truths, held), copy=False)
    inner = exp.Subquery(this=rows, alias=exp.TableAlias(this=names.identifier("spread")))
    return exp.select(*map(names.column, columns)).from_(inner, copy=False).where(names.column(held), copy=False)


def _apart(select: Node) -> Node:
    """A filter on what is computed here would be moved down here, with what is computed written out at each of its uses, over and over
    in a chain of such SELECTs. What an UNNEST yields is not written out."""
    for column in select.expressions:
        value = column.unalias()
        if not isinstance(value, exp.Column):
            value.replace(nodes.call("UNNEST", nodes.array([value.copy()])))
    return select


def _finish(tree: Node) -> Node:
    """Groups, aggregates and windows of one SELECT are told apart by names that leave out CASTs: those that would be mistaken for one
    another get a COALESCE around them, which does nothing else."""
    _signed(tree)
    for select in list(tree.find_all(exp.Select)):
        alike: dict[str, dict[str, list[Node]]] = defaultdict(lambda: defaultdict(list))
        for term in _named_terms(select):
            alike[_without_casts(term).sql()][term.sql()].append(term)
        for same in alike.values():
            for times, found in enumerate(list(same.values())):
                for term in found:
                    _wrap_casts(term, times)
    return tree


def _signed(tree: Node) -> None:
    """Places in windows are unsigned: beside a number with a sign they become decimals, which a double may be too large for."""
    for window in list(tree.find_all(exp.Window)):
        of = window.this
        if isinstance(of, exp.RowNumber) or (isinstance(of, exp.Anonymous) and of.name == "RANK"):
            window.replace(nodes.cast(window.copy(), "BIGINT"))


def _named_terms(select: exp.Select) -> list[Node]:
    aggregates = [
        node
        for column in select.expressions
        for node in column.find_all(exp.Window, exp.Filter, exp.Anonymous, exp.Count)
        if isinstance(node, exp.Window | exp.Filter | exp.Count) or node.name in _AGGREGATES
    ]
    group = select.args.get("group")
    if group is None:
        return aggregates
    by = [
        select.expressions[int(one.name) - 1].unalias() if isinstance(one, exp.Literal) else one
        for one in group.expressions
    ]
    return [*by, *aggregates]


_AGGREGATES = frozenset({"SUM", "COUNT", "MIN", "MAX"})


def _without_casts(node: Node) -> Node:
    found: Node = node.copy().transform(lambda one: one.this if isinstance(one, exp.Cast) else one, copy=False)
    return found


def _wrap_casts(term: Node, times: int) -> None:
    for _ in range(times):
        for cast in list(term.find_all(exp.Cast)):
            wrapped = nodes.coalesce(cast.copy())
            cast.replace(wrapped)


CALLS: dict[str, LowerCall] = {
    **functions.CALLS,
    "add_decimal": _exact(nodes.add),
    "subtract_decimal": _exact(nodes.subtract),
    "multiply_decimal": _exact(nodes.multiply),
    "multiply_whole": _multiply_whole,
    "negate": _negate,
    "floor_decimal": _rounded("FLOOR"),
    "ceil_decimal": _rounded("CEIL"),
    "round_decimal": _round_decimal,
    "divide_float": _divide_float,
    "divide_exact": _divide_exact,
    "lower": functions.of_one("TRANSLATE", nodes.text(_LETTERS), nodes.text(_LETTERS.lower())),
    "upper": functions.of_one("TRANSLATE", nodes.text(_LETTERS.lower()), nodes.text(_LETTERS)),
    "trim": functions.of_one("BTRIM", nodes.text(" ")),
    "length": functions.of_one("CHARACTER_LENGTH"),
    "number": _number,
    "shift_timestamp": functions.inside_calendar(_shift_timestamp),
    "days_between_timestamps": functions.whole_units(_micros_between, nodes.divide, functions.DAY),
    "hours_between_timestamps": functions.whole_units(_micros_between, nodes.divide, functions.HOUR),
    "start_of_date": _start_of_date,
}

CONVERSIONS: dict[tuple[Kind, Kind], LowerConvert] = {
    **functions.CONVERSIONS,
    (Kind.INT, Kind.DECIMAL): _int_to_decimal,
    (Kind.DECIMAL, Kind.DECIMAL): _decimal_to_decimal,
    (Kind.DECIMAL, Kind.INT): _decimal_to_int,
    (Kind.DECIMAL, Kind.FLOAT): _decimal_to_float,
    (Kind.FLOAT, Kind.DECIMAL): _float_to_decimal,
    (Kind.DATE, Kind.TIMESTAMP): _date_to_timestamp,
}

DATAFUSION = Dialect(
    name="datafusion",
    sqlglot="postgres",
    proof=Executed("DataFusion 55"),
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
        "contains": functions.function_match("CONTAINS"),
        "starts with": functions.function_match("STARTS_WITH"),
        "ends with": functions.function_match("ENDS_WITH"),
        "matches": _matches,
    },
    # FIRST_VALUE and LAST_VALUE panic where one of several keys follows from the others.
    aggregates={**functions.AGGREGATES, "sum": _sum},
    read=functions.reading(_base, functions.typed_constant),
    compare=_compare,
    in_list=_in_list,
    in_range=functions.in_range,
    lists=Lists(_has, _is_empty),
    align=_align,
    add_seconds=_add_seconds,
    between=_between,
    widest=type_name(decimal(MAX_DIGITS, 0)),
    sort_key=_sort_key,
    finish=_finish,
    apart=_apart,
    spread=_spread,
    styles=("dollar", "numbered"),
    unread={
        (
            Kind.STRING,
            Kind.LIST,
        ): "it has no functions that read JSON, of which a list in a text is written; have a column of lists",
    },
    capabilities=Capabilities(says_materialized=False),
    session=(
        "SET datafusion.sql_parser.dialect = 'generic'",
        "SET datafusion.sql_parser.parse_float_as_decimal = false",
    ),
    facts=(
        "an int column holds no number beyond 2^53: the schema promises it, `segdsl check --data` verifies it, and the SQL relies on it",
        "an instant with a zone is read as what it is in UTC",
    ),
)
