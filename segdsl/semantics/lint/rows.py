"""Which rows are among which: windows in windows, conditions that imply conditions.

In go aggregates, out comes whether what one of them goes over is always part of what the other does. It is asked again whether
one condition implies another, which the caller knows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from segdsl import schema as sch
from segdsl.semantics import ir
from segdsl.semantics.lint.moments import At, Calendar
from segdsl.types import INT, Kind

Implies = Callable[[ir.Expr, ir.Expr], bool]


class RowSets:
    """What the rows of aggregates have to do with one another."""

    def __init__(self, schema: sch.Schema, calendar: Calendar, implies: Implies) -> None:
        self._schema = schema
        self._calendar = calendar
        self._implies = implies
        self._within: dict[tuple[ir.Aggregate, ir.Aggregate], bool] = {}

    def within(self, one: ir.Aggregate, other: ir.Aggregate) -> bool:
        """Are the rows of one always among those of the other?"""
        if (one.row, one.outer) != (other.row, other.outer):
            return False
        if (one, other) not in self._within:
            # Asked again while it is being found out, it is not known.
            self._within[one, other] = False
            self._within[one, other] = self._period_within(one, other) and self._where_within(one.where, other.where)
        return self._within[one, other]

    def _where_within(self, one: ir.Expr | None, other: ir.Expr | None) -> bool:
        if other is None or one == other:
            return True
        return self._implies(one if one is not None else ir.Literal(True), other)

    def _period_within(self, one: ir.Aggregate, other: ir.Aggregate) -> bool:
        if other.period is None or one.period == other.period:
            return True
        if one.period is None:
            return False
        return self.covers(other.period, one.period, self.is_dated(one.row.of))

    def covers(self, outer: ir.Period, inner: ir.Period, dated: bool) -> bool:
        """Does every row that shows and lies in the inner period lie in the outer one?"""
        if dated and (outer.whole_days != inner.whole_days or not self._calendar.is_even):
            return False
        start = self._calendar.apart(At(outer.start), At(inner.start))[0]
        return (
            start is not None
            and start >= 0
            and (self.reaches_now(outer, dated) or self._ends_later(outer, inner, dated))
        )

    def _ends_later(self, outer: ir.Period, inner: ir.Period, dated: bool) -> bool:
        end = self._calendar.apart(At(inner.end), At(outer.end))[0]
        if dated and inner.whole_days and type(inner.end.anchor) is not type(outer.end.anchor):
            return False
        if dated and inner.whole_days and (inner.end.floor is None) != (outer.end.floor is None):
            return False
        return end is not None and end >= 0

    def reaches_now(self, period: ir.Period, dated: bool) -> bool:
        """Is its end not before ``as_of``? Rows show up to then."""
        end = self._calendar.apart(At(ir.AS_OF), At(period.end))[0]
        return end is not None and end >= 0 and (not dated or self._calendar.is_even)

    def has_none(self, node: ir.Aggregate) -> bool:
        """Does it go over no rows, ever?"""
        return self.is_empty(node) or (node.where is not None and self._implies(node.where, ir.Literal(False)))

    def is_empty(self, node: ir.Aggregate) -> bool:
        """Does its period lie where no row can be?"""
        period = node.period
        if period is None or (period.whole_days and self.is_dated(node.row.of)):
            return False
        span = self._calendar.apart(At(period.start), At(period.end))[1]
        if span is not None and span <= 0:
            return True
        ahead = self._calendar.apart(At(ir.AS_OF), At(period.start))[0]
        return ahead is not None and ahead >= 0 and (self._calendar.is_even or not self.is_dated(node.row.of))

    def time_of(self, name: str) -> tuple[str, sch.Field] | None:
        """Whose field says when a row of a relation happened, and which."""
        relation = self._schema.relations.get(name)
        while relation is not None:
            if relation.time is not None:
                return relation.name, relation.fields[relation.time]
            relation = self._schema.relations.get(relation.parent)
        return None

    def is_dated(self, name: str) -> bool:
        found = self.time_of(name)
        return found is not None and found[1].type.kind is Kind.DATE

    def is_time(self, node: ir.Aggregate) -> bool:
        """Is its value when its rows happened?"""
        found = self.time_of(node.row.of)
        value = node.value
        return (
            found is not None
            and isinstance(value, ir.FieldRef)
            and value.row == node.row
            and value.path == ()
            and (node.row.of, value.field.name) == (found[0], found[1].name)
        )


def counted(node: ir.Aggregate) -> ir.Aggregate:
    """How many rows an aggregate goes over."""
    return replace(node, function="count", value=None, percent=None, step=0, type=INT, optional=False)


def is_whole_group(node: ir.Aggregate) -> bool:
    """Does it go over all rows of a group, of which there is one at least?"""
    of_group = node.outer.grouped and node.outer.of == node.row.of
    return of_group and node.period is None and node.where is None and node.per is None
