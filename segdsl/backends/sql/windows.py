"""Columns that look at several rows: windows of a plan, the numbering of rows, and what is picked by the numbers.

Comes in: a window of the plan, or one of the columns that `layers` adds to a SELECT. Goes out: its SQL. Nothing here decides
which SELECT a column stands in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, TypeAlias, assert_never
from typing import Literal as OneOf

from sqlglot import exp

from segdsl.backends.sql import nodes
from segdsl.backends.sql.nodes import Node
from segdsl.planning.plan import Aggregation, Window
from segdsl.semantics import ir
from segdsl.types import MAX_DIGITS

if TYPE_CHECKING:
    from segdsl.backends.sql.writer import Writer

Keys: TypeAlias = tuple[tuple[ir.Expr, bool], ...]
"""What rows are ordered by, each with whether it descends."""
MOST_ROWS = 10**9
"""In one group. Places in it times such a number stay within 64 bits."""
_BEFORE = exp.WindowSpec(
    kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end=exp.Literal.number(1), end_side="PRECEDING"
)

# -- windows of a plan ------------------------------------------------------------------------------------------------


def window(writer: Writer, made: Window) -> Node:
    """Rows that the filter does not keep are a partition of their own, of which nothing is shown."""

    def over(function: Node, frame: exp.WindowSpec | None = None) -> Node:
        filters = () if made.filter is None else (made.filter,)
        order = [_key(writer, key, descending) for key, descending in made.order]
        return _over(writer, function, (*made.partition, *filters), order, frame)

    match made.function:
        case "previous":
            assert made.value is not None
            value = writer.aligned(made.value, made.type)
            if isinstance(made.value, ir.Literal):
                # PostgreSQL does not know the type of a text that stands for itself.
                value = writer.cast(value, made.type)
            found = over(writer.dialect.lag(value, made.type))
        case "position":
            found = over(exp.RowNumber())
        case "rank":
            found = over(nodes.call("RANK"))
        case "before":
            found = _sum_before(writer, made, lambda function: over(function, _BEFORE))
        case _:
            assert_never(made.function)
    return found if made.filter is None else nodes.when(writer.condition(made.filter), found)


def _sum_before(writer: Writer, made: Window, over: Callable[[Node], Node]) -> Node:
    """The dialect's own sum, each SUM in it over the rows before. A sum that may leave its type is missing then, and not 0."""
    value = made.value
    assert value is not None

    def windowed(node: exp.Expr) -> exp.Expr:
        return over(node) if isinstance(node, exp.Anonymous) and node.name == "SUM" else node

    total = writer.dialect.aggregates["sum"](writer, Aggregation("sum", made.type, value), None)
    total = total.transform(windowed, copy=False)
    nothing = writer.constant(0, made.type)
    if made.type.precision < MAX_DIGITS:
        return nodes.coalesce(total, nothing)
    some = nodes.compare(">", over(nodes.call("COUNT", writer.value(value))), nodes.number(0))
    return nodes.when(some, total, nothing)


def _over(
    writer: Writer,
    function: Node,
    per: Sequence[ir.Expr],
    order: list[exp.Ordered],
    frame: exp.WindowSpec | None = None,
) -> Node:
    return exp.Window(
        this=function,
        partition_by=[writer.value(one) for one in per] or None,
        order=exp.Order(expressions=order) if order else None,
        spec=None if frame is None else frame.copy(),
    )


def _key(writer: Writer, key: ir.Expr, descending: bool, *, may_be_missing: bool = False) -> exp.Ordered:
    value = writer.dialect.sort_key(writer.value(key), key.type)
    return nodes.ordered(value, descending=descending, nulls_first=False if may_be_missing else None)


# -- columns besides those of a stage ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Number:
    """Numbers rows: 1 for the first of those that agree on ``per``, in the order of ``keys``, none of which is missing, and then of
    ``last``, missing values at the end (None: no two rows agree on all keys)."""

    name: str
    per: tuple[ir.Expr, ...]
    keys: Keys
    last: tuple[ir.Expr, bool] | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many of the rows that agree on ``per`` have a value."""

    name: str
    per: tuple[ir.Expr, ...]
    value: ir.Expr


@dataclass(frozen=True, slots=True)
class Extreme:
    """The least or greatest value of the rows that agree on ``per`` up to this one, those that tie with it included. Missing
    where ``present`` is."""

    name: str
    function: OneOf["min", "max"]
    per: tuple[ir.Expr, ...]
    keys: Keys
    value: ir.Expr
    present: ir.Expr


Extra: TypeAlias = Number | Count | Extreme


def besides(writer: Writer, made: Extra) -> Node:
    match made:
        case Number(per=per, keys=keys, last=last):
            order = [_key(writer, key, descending) for key, descending in keys]
            if last is not None:
                order.append(_key(writer, *last, may_be_missing=last[0].optional))
            return _over(writer, exp.RowNumber(), per, order)
        case Count(per=per, value=value):
            return _over(writer, nodes.call("COUNT", writer.value(value)), per, [])
        case Extreme(function=function, per=per, keys=keys, value=value, present=present):
            order = [_key(writer, key, descending) for key, descending in keys]
            found = _over(writer, nodes.call(function.upper(), writer.value(value)), per, order)
            return nodes.when(nodes.is_present(writer.value(present)), found) if present.optional else found
        case _:
            assert_never(made)


# -- picking by number ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pick:
    """Which rows a grouped column is made of, by their ``number`` among as many as ``count`` says. ``from``: from the place
    count * share / whole on. ``low`` and ``high``: the one row at the place 1 + (count - 1) * share / whole, rounded down or up."""

    kind: OneOf["from", "low", "high"]
    number: ir.Expr
    count: ir.Expr
    share: Fraction


@dataclass(frozen=True, slots=True)
class Rest:
    """What (count - 1) * share / whole leaves behind whole numbers, in so many parts of ``whole``."""

    share: Fraction


@dataclass(frozen=True, slots=True)
class Between:
    """The number between two, ``rest`` parts of ``whole`` from the lower one, as a double."""

    low: ir.Expr
    high: ir.Expr
    rest: ir.Expr
    whole: int


Written: TypeAlias = Pick | Rest | Between


def picked(writer: Writer, pick: Pick) -> Node:
    """The condition."""

    def times(node: ir.Expr, less: int, factor: int) -> Node:
        reduced = nodes.subtract(writer.value(node), nodes.number(less)) if less else writer.value(node)
        return nodes.multiply(reduced, nodes.number(factor)) if factor != 1 else reduced

    def compare(operator: str, less: int, share: Fraction, last: int) -> Node:
        left = times(pick.number, less, share.denominator)
        return nodes.compare(operator, left, times(pick.count, last, share.numerator))

    match pick.kind:
        case "from":
            return compare(">=", 0, not_below(pick.share), 0)
        case "low":
            below = not_above(pick.share)
            return nodes.all_of((compare("<=", 1, below, 1), compare(">", 0, below, 1)))
        case "high":
            above = not_below(pick.share)
            return nodes.all_of((compare(">=", 1, above, 1), compare("<", 2, above, 1)))
        case _:
            assert_never(pick.kind)


def rest(writer: Writer, count: Node, made: Rest) -> Node:
    share, whole = made.share.numerator, made.share.denominator
    if whole > MOST_ROWS:
        count = nodes.cast(count, writer.dialect.widest)
    steps = nodes.subtract(count, nodes.number(1))
    return nodes.modulo(nodes.multiply(steps, nodes.number(share)) if share != 1 else steps, nodes.number(whole))


def digits_of(whole: int) -> int:
    """How many digits behind the point a part of so many has; percents have an end."""
    digits = 0
    while 10**digits % whole:
        digits += 1
    return digits


def not_below(share: Fraction) -> Fraction:
    """The least fraction of at most `MOST_ROWS` parts that is not below this one: no place in so many rows lies between."""
    near = share.limit_denominator(MOST_ROWS)
    return near if near >= share else _next(near)


def not_above(share: Fraction) -> Fraction:
    """The greatest that is not above."""
    return 1 - not_below(1 - share)


def _next(near: Fraction) -> Fraction:
    """The neighbour c/d of a/b among the fractions of so many parts: c * b - a * d = 1, with the greatest such d."""
    a, b = near.numerator, near.denominator
    first = (-pow(a, -1, b)) % b if b > 1 else 0
    d = first + floor(Fraction(MOST_ROWS - first, b)) * b
    return Fraction((1 + a * d) // b, d)
