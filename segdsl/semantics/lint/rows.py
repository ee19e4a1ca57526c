"""Which rows are among which: windows in windows, conditions that imply conditions.

In go aggregates, out comes whether what one of them goes over is always part of what the other does. It is asked again whether
conditions can hold at once, which the caller knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from segdsl import schema as sch
from segdsl.records import replace
from segdsl.semantics import ir
from segdsl.semantics.lint.formula import TRUE, Formula
from segdsl.semantics.lint.moments import At, Calendar
from segdsl.semantics.walk import rebuild, walk
from segdsl.types import BOOL, INT, Kind

Never = Callable[[Sequence[ir.Expr], Formula], bool]
"""Can some conditions and a formula certainly not hold at once?"""
_OWN = (ir.FieldRef, ir.NoRow)
_OF_OTHER_ROWS = (ir.Aggregate, ir.Follow, ir.Previous, ir.GroupValue, ir.Past, ir.Overall)


class RowSets:
    """What the rows of aggregates have to do with one another."""

    def __init__(self, model: ir.Model, calendar: Calendar, never: Never) -> None:
        self._schema = model.schema
        self._wheres = model.wheres
        self._calendar = calendar
        self._never = never
        self._within: dict[tuple[ir.Aggregate, ir.Aggregate], bool] = {}

    def within(self, one: ir.Aggregate, other: ir.Aggregate) -> bool:
        """Are the rows of one always among those of the other?"""
        if (one.row, one.outer) != (other.row, other.outer):
            return False
        if (one, other) not in self._within:
            # Asked again while it is being found out, it is not known.
            self._within[one, other] = False
            self._within[one, other] = self._period_within(one, other) and self._where_within(one, other.where)
        return self._within[one, other]

    def _where_within(self, one: ir.Aggregate, other: ir.Expr | None) -> bool:
        return other is None or one.where == other or self.all_are(one, other)

    def all_are(self, node: ir.Aggregate, condition: ir.Expr, given: Formula = TRUE) -> bool:
        """Does a condition hold of every row that an aggregate goes over, or of those of which ``given`` holds?"""
        return self._never((*self._shown(node, condition), ir.Not(condition)), given)

    def none_is(self, node: ir.Aggregate, formula: Formula) -> bool:
        """Does a formula hold of no row that an aggregate goes over?"""
        return self._never(self._shown(node), formula)

    def _shown(self, node: ir.Aggregate, *asked: ir.Expr) -> list[ir.Expr]:
        """What holds of every row that an aggregate goes over; of its time only where that is spoken of."""
        own = [one for one in (node.where, self._where_of(node.row)) if one is not None]
        if node.period is not None:
            times = dict.fromkeys(
                each for one in (*own, *asked) for each in walk(one) if self._is_time_of(node.row, each)
            )
            own.extend(ir.InPeriod(time, node.period, type=BOOL) for time in times)
        return own

    def _where_of(self, row: ir.Row) -> ir.Expr | None:
        """What the schema asks of the rows of a relation, said of a row; None where it asks nothing, or looks at other rows for it."""
        where = self._wheres.get(row.of) if row.of in self._schema.relations and not row.grouped else None
        if where is None or any(isinstance(node, _OF_OTHER_ROWS) for node in walk(where)):
            return None

        def moved(node: ir.Expr) -> ir.Expr:
            return replace(node, row=row) if isinstance(node, _OWN) else rebuild(node, moved)

        return moved(where)

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
        return self.is_empty(node) or self.none_is(node, TRUE)

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
        return isinstance(node.value, ir.FieldRef) and not node.value.path and self._is_time_of(node.row, node.value)

    def _is_time_of(self, row: ir.Row, value: ir.Expr) -> bool:
        """Does a field say when a row happened?"""
        found = self.time_of(row.of)
        return (
            found is not None
            and isinstance(value, ir.FieldRef)
            and value.row == row
            and all(step.kind == "parent" for step in value.path)
            and (value.owner, value.field.name) == (found[0], found[1].name)
        )

    def is_before_now(self, value: ir.FieldRef) -> bool:
        """Does a field say when something happened that does not show before it has?"""
        if value.owner == self._schema.entity.name:
            return value.field.name == self._schema.entity.created
        relation = self._schema.relations.get(value.owner)
        return relation is not None and value.field.name == relation.time

    def needs(self, one: ir.Aggregate, other: ir.Aggregate) -> bool:
        """Where there are rows of one, are there rows of the other, whose rows those belong to, or are?"""
        if other.where is not None or one.outer != other.outer or one.outer.depth or one.outer.grouped:
            return False
        for name, same_time in self._above(one.row.of):
            if name == other.row.of and one.row.depth == other.row.depth:
                return other.period is None or (same_time and self._period_within(one, other))
        return False

    def is_part(self, one: ir.Aggregate, other: ir.Aggregate) -> bool:
        """Are the rows of one relation rows of the other, that it is ``from``, or groups of these, each of one at least?"""
        relation = self._schema.relations.get(one.row.of)
        while relation is not None:
            above = relation.base or relation.groups
            if above == other.row.of:
                return self.needs(one, other)
            relation = self._schema.relations.get(above) if above is not None else None
        return False

    def _above(self, name: str) -> Iterator[tuple[str, bool]]:
        """The relations without whose rows one has none, and whether their rows happened at the same time."""
        waiting, seen = [(name, True)], {name}
        while waiting:
            own, same_time = waiting.pop()
            relation = self._schema.relations.get(own)
            if relation is None:
                continue
            others = [
                (relation.base, same_time),
                (relation.groups, False),
                (relation.parent, same_time and relation.time is None),
            ]
            for other, its in others:
                if other is not None and other in self._schema.relations and other not in seen:
                    seen.add(other)
                    yield other, its
                    waiting.append((other, its))


def counted(node: ir.Aggregate) -> ir.Aggregate:
    """How many rows an aggregate goes over."""
    return replace(node, function="count", value=None, percent=None, step=0, type=INT, optional=False)


def is_whole_group(node: ir.Aggregate) -> bool:
    """Does it go over all rows of a group, of which there is one at least?"""
    of_group = node.outer.grouped and node.outer.of == node.row.of
    return of_group and node.period is None and node.where is None and node.per is None
