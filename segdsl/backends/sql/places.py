"""Aggregates by place (``first``, ``last``, ``cut``, ``percentile``) as plain ones over rows that are numbered.

Comes in: a grouping, and the same grouping over a SELECT that has all its scalars as columns. Goes out: the numbers which that
SELECT needs, the grouping that picks rows by them, and what is made of its columns in a SELECT above.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal as OneOf

from segdsl.backends.sql import names
from segdsl.backends.sql.dialect import Dialect
from segdsl.backends.sql.windows import Between, Count, Extra, Keys, Number, Pick, Rest, Written
from segdsl.planning.plan import Aggregation, Input, Place, Stage, StageColumn, StageRef
from segdsl.semantics import ir
from segdsl.types import BOOL, INT, MAX_MILLIONTHS, Kind, Type, decimal

_MILLIONTHS = decimal(29, 6)


def prepared(stage: Stage) -> Stage:
    """With ``min`` and ``max`` for a cut at an end, and with the doubles that a percentile leaves out missing already."""
    return replace(stage, columns=tuple(map(_prepared, stage.columns)))


def _prepared(column: StageColumn) -> StageColumn:
    match column.value:
        case Aggregation(function="cut", place=Place() as place) as cut:
            first = place.count == 1 or (place.count == 0 and place.share <= 0)
            last = place.count == 0 and place.share >= place.whole
            if not (first or last):
                return column
            plain: OneOf["min", "max"] = "max" if first == place.descending else "min"
            return replace(column, value=replace(cut, function=plain, place=None))
        case Aggregation(function="percentile", value=ir.Node() as value) as percentile if _is_double(value.type):
            most = ir.Literal(MAX_MILLIONTHS, type=value.type)
            least = ir.Literal(-MAX_MILLIONTHS, type=value.type)
            inside = ir.All((ir.Compare(">=", value, least), ir.Compare("<=", value, most)))
            kept = ir.If(inside, value, None, type=value.type, optional=True)
            return replace(column, value=replace(percentile, value=kept))
        case _:
            return column


def _is_double(type_: Type) -> bool:
    return type_.kind in (Kind.FLOAT, Kind.WHOLE)


@dataclass(slots=True)
class Picked:
    """``grouped`` reads ``numbers``; ``above`` reads it where a column is made of several of its (None: nothing is)."""

    grouped: Stage
    numbers: tuple[Extra, ...] = ()
    picks: dict[str, Written] = field(default_factory=dict)
    above: Stage | None = None
    between: dict[str, Written] = field(default_factory=dict)


def picked(stage: Stage, grouped: Stage, taken: set[str], dialect: Dialect) -> Picked:
    """``stage`` reads what the numbers are made from, ``grouped`` is the same stage over the SELECT that has them. ``taken``: names
    of that SELECT's columns."""
    return _Picking(stage, grouped, taken, dialect).picked()


class _Picking:
    def __init__(self, stage: Stage, grouped: Stage, taken: set[str], dialect: Dialect) -> None:
        self.stage = stage
        self.grouped = grouped
        self.dialect = dialect
        self.alias = grouped.input.alias
        self.per = tuple(c.value for c in stage.columns if isinstance(c.value, ir.Node))
        self.taken = {name.lower() for name in taken}
        self.taken_above = {column.name.lower() for column in stage.columns}
        self.numbers: dict[tuple[object, ...], Extra] = {}
        self.picks: dict[str, Written] = {}
        self.between: dict[str, Written] = {}
        self.columns: list[StageColumn] = []

    def picked(self) -> Picked:
        above = tuple(self._column(old, new) for old, new in zip(self.stage.columns, self.grouped.columns, strict=True))
        numbers = tuple(self.numbers.values())
        columns = tuple(self.columns)
        if not self.between:
            return Picked(replace(self.grouped, columns=columns), numbers, self.picks)
        name = f"{self.stage.name}_parts"
        return Picked(
            replace(self.grouped, name=name, columns=columns),
            numbers,
            self.picks,
            Stage(self.stage.name, Input(self.alias, StageRef(name)), (), (), None, above, self.stage.key),
            self.between,
        )

    def _column(self, old: StageColumn, new: StageColumn) -> StageColumn:
        """Adds what the grouping has of a column; gives what a SELECT above it has."""
        if not (isinstance(old.value, Aggregation) and self.dialect.numbers(old.value)):
            return self._add(new)
        assert isinstance(new.value, Aggregation)
        match old.value.function:
            case "first" | "last":
                return self._edge(old.name, old.value, new, new.value)
            case "cut":
                return self._cut(old.name, old.value, new, new.value)
            case "percentile":
                return self._percentile(old.name, old.value, new, new.value)
            case _:
                raise AssertionError(old.value.function)

    def _edge(self, name: str, old: Aggregation, column: StageColumn, new: Aggregation) -> StageColumn:
        last = old.function == "last"
        keys = tuple((key, last) for key in old.order)
        number = self._number(name, old, keys, (old.value, True) if old.tie_by_value and old.value else None)
        first = ir.Compare("=", number, ir.Literal(1, type=INT))
        return self._add(replace(column, value=Aggregation("max", new.type, new.value, _both(new.filter, first))))

    def _cut(self, name: str, old: Aggregation, column: StageColumn, new: Aggregation) -> StageColumn:
        place = old.place
        assert place is not None and old.value is not None
        number = self._number(name, old, (), (old.value, place.descending))
        if place.count:
            # The last of so many, or of fewer.
            within = ir.Compare("<=", number, ir.Literal(place.count, type=INT))
            plain = Aggregation("min" if place.descending else "max", new.type, new.value, _both(new.filter, within))
            return self._add(replace(column, value=plain))
        share = Fraction(place.share, place.whole)
        self.picks[name] = Pick("from", number, self._count(name, old), share)
        plain = Aggregation("max" if place.descending else "min", new.type, new.value, new.filter)
        return self._add(replace(column, value=plain))

    def _percentile(self, name: str, old: Aggregation, column: StageColumn, new: Aggregation) -> StageColumn:
        assert old.value is not None and old.percent is not None
        share = Fraction(old.percent) / 100
        number = self._number(name, old, (), (old.value, False))
        count = self._count(name, old)
        # Of one row, the sum is the value; that of a double is in millionths.
        double = _is_double(old.value.type)
        of = _MILLIONTHS if double else old.value.type

        def part(kind: str, type_: Type, function: OneOf["sum", "min", "count"], written: Written) -> ir.Col:
            free = names.free(f"{name}_{kind}", self.taken_above)
            made = Aggregation(function, type_, new.value, new.filter)
            self._add(StageColumn(free, type_, function != "count", made))
            self.picks[free] = written
            return ir.Col(self.alias, free, type=type_, optional=function != "count")

        low = part("low", of, "sum" if double else "min", Pick("low", number, count, share))
        high = part("high", of, "sum" if double else "min", Pick("high", number, count, share))
        self.between[name] = Between(low, high, part("rest", INT, "count", Rest(share)), share.denominator)
        return replace(column, value=low)

    def _add(self, column: StageColumn) -> StageColumn:
        self.columns.append(column)
        return replace(column, value=ir.Col(self.alias, column.name, type=column.type, optional=column.optional))

    def _number(self, name: str, old: Aggregation, keys: Keys, last: tuple[ir.Expr, bool] | None) -> ir.Col:
        identity = (old.filter, keys, last)
        if identity not in self.numbers:
            free = names.free(f"{name}_place", self.taken)
            self.numbers[identity] = Number(free, self._among(old), keys, last)
        return ir.Col(self.alias, self.numbers[identity].name, type=INT)

    def _count(self, name: str, old: Aggregation) -> ir.Col:
        assert old.value is not None
        identity = (old.filter, old.value)
        if identity not in self.numbers:
            self.numbers[identity] = Count(names.free(f"{name}_of", self.taken), self._among(old), old.value)
        return ir.Col(self.alias, self.numbers[identity].name, type=INT)

    def _among(self, old: Aggregation) -> tuple[ir.Expr, ...]:
        """Rows that the filter does not keep have numbers of their own."""
        return self.per if old.filter is None else (*self.per, old.filter)


def _both(filter_: ir.Expr | None, other: ir.Expr) -> ir.Expr:
    return other if filter_ is None else ir.All((filter_, other), type=BOOL)
