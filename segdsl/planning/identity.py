"""What a plan's columns are, as texts that do not depend on what else is planned with them.

In: a plan. Out: for a column of one of its stages a short text, the same in every plan that has that column: under whatever name, in
however many stages, with whatever else beside it. So what was worked out with one plan is found again with another.

A column is opened down to tables. Conditions of rows are one set, wherever the planner has put them: into a stage's ``where``, into an
aggregate's own filter, or, of several beginnings, the widest in front.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from segdsl.planning import names
from segdsl.planning.plan import Aggregation, Beyond, Input, Plan, Stage, StageRef, Table, Union, Window
from segdsl.planning.scalars import conjuncts
from segdsl.semantics import ir
from segdsl.semantics.walk import rebuild

_DIGITS = 32


@dataclass(frozen=True, slots=True)
class _Rows:
    """What rows are: those of ``base`` that ``where`` keeps."""

    base: str
    where: frozenset[ir.Expr]


@dataclass(slots=True)
class Identities:
    """The columns of one plan."""

    plan: Plan
    _stages: dict[str, Stage] = field(init=False)
    _columns: dict[tuple[str, str], str] = field(default_factory=dict)
    _rows: dict[str, _Rows] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._stages = {stage.name: stage for stage in self.plan.stages}

    def column(self, stage: str, name: str) -> str:
        """What a column of a stage is."""
        known = self._columns.get((stage, name))
        if known is None:
            known = self._columns[stage, name] = self._column(self._stages[stage], name)
        return known

    def _column(self, stage: Stage, name: str) -> str:
        match stage.column(name).value:
            case Aggregation() as a:
                rows = self._of_rows(stage)
                own = self._parts(stage, a.filter or ir.All(()))
                kept = _conditions((*rows.where, *own))
                by = [self._scalar_id(stage, self._scalar(stage, column)) for column in stage.by or ()]
                of = "" if a.value is None else self._scalar_id(stage, a.value)
                order = [self._scalar_id(stage, part) for part in a.order]
                said = (a.function, a.type, of, order, a.tie_by_value, a.place, a.percent)
                return _digest(f"{rows.base} by {by}: {said} where {kept}")
            case Window() as w:
                rows = self._of_rows(stage)
                parts = [self._scalar_id(stage, part) for part in w.partition]
                order = [f"{self._scalar_id(stage, part)} {down}" for part, down in w.order]
                of = "" if w.value is None else self._scalar_id(stage, w.value)
                among = _conditions(self._parts(stage, w.filter or ir.All(())))
                return _digest(f"{rows.base} {_conditions(rows.where)}: {w.function} {parts} {order} {of} {among}")
            case Beyond() as b:
                on = [f"{self._scalar_id(stage, mine)} = {self.column(b.stage, its)}" for mine, its in b.on]
                times = (
                    self._scalar_id(stage, b.time),
                    self.column(b.stage, b.its_time),
                    self.column(b.stage, b.value),
                )
                return _digest(f"{b.function} {b.later} {times} on {on}")
            case scalar:
                return self._scalar_id(stage, scalar)

    def _scalar(self, stage: Stage, name: str) -> ir.Expr:
        found = stage.column(name).value
        assert not isinstance(found, Aggregation | Window | Beyond)
        return found

    def _of_rows(self, stage: Stage) -> _Rows:
        """The rows that a stage reads, with its own conditions."""
        known = self._rows.get(stage.name)
        if known is None:
            inner = self._of_input(stage.input)
            pairs = [
                f"{self._of_input(join.input)} on {sorted(f'{self._scalar_id(stage, mine)} = {its}' for mine, its in join.on)}"
                for join in stage.joins
                if join.kind == "inner"
            ]
            own = (part for whole in stage.where for part in self._parts(stage, whole))
            where = frozenset((*inner.where, *own))
            known = self._rows[stage.name] = _Rows(inner.base + "".join(f" x {pair}" for pair in pairs), where)
        return known

    def _of_input(self, read: Input) -> _Rows:
        match read.source:
            case Table(name=table, owner=owner):
                return _Rows(f"{owner or table}", frozenset())
            case Union(stages=stages):
                parts = [self._of_rows(self._stages[name]) for name in stages]
                return _Rows(_digest(f"{[(part.base, _conditions(part.where)) for part in parts]}"), frozenset())
            case StageRef(stage=name):
                stage = self._stages[name]
                rows = self._of_rows(stage)
                if stage.by is None:
                    return rows
                by = [self._scalar_id(stage, self._scalar(stage, column)) for column in stage.by]
                return _Rows(_digest(f"{rows.base} where {_conditions(rows.where)} grouped by {by}"), frozenset())

    def _parts(self, stage: Stage, condition: ir.Expr) -> Iterator[ir.Expr]:
        """The parts of a condition that all have to hold, whether they are written here or an earlier stage put them together."""
        source = stage.input.source
        for part in conjuncts(condition):
            if isinstance(part, ir.Col) and part.input == stage.input.alias and isinstance(source, StageRef):
                below = self._stages[source.stage]
                found = below.column(part.name).value
                if not isinstance(found, Aggregation | Window | Beyond):
                    yield from self._parts(below, found)
                    continue
            yield self._opened(stage, part)

    def _opened(self, stage: Stage, expr: ir.Expr) -> ir.Expr:
        """A scalar over what its parts are: whether a part is written here or is a column of an earlier stage does not show."""
        if isinstance(expr, ir.Col):
            return ir.Col("", self._read(stage, expr), type=expr.type)
        return rebuild(expr, lambda part: self._part(stage, part))

    def _part(self, stage: Stage, part: ir.Expr) -> ir.Expr:
        if isinstance(part, ir.Literal | ir.Instant):
            return part
        return ir.Col("", self._scalar_id(stage, part), type=part.type)

    def _scalar_id(self, stage: Stage, scalar: ir.Expr) -> str:
        return self._read(stage, scalar) if isinstance(scalar, ir.Col) else _digest(repr(self._opened(stage, scalar)))

    def _read(self, stage: Stage, col: ir.Col) -> str:
        if col.input == stage.input.alias:
            return self._of_source(stage.input, col.name)
        join = next(join for join in stage.joins if join.input.alias == col.input)
        pairs = [(self._opened(stage, mine), self._of_source(join.input, its)) for mine, its in join.on]
        if pairs and all(isinstance(mine, ir.Col) and mine.name == its for mine, its in pairs):
            # Groups of the same rows, made in two steps: a group is joined with itself.
            return self._of_source(join.input, col.name)
        on = sorted(f"{mine!r} = {its}" for mine, its in pairs)
        return _digest(f"{join.kind} {self._of_source(join.input, col.name)} on {on}")

    def _of_source(self, read: Input, name: str) -> str:
        match read.source:
            case Table(name=table, owner=owner):
                return f"{owner or table}.{name}"
            case Union(stages=stages):
                return _digest(f"{[self.column(stage, name) for stage in stages]}")
            case StageRef(stage=stage):
                return self.column(stage, name)


def _conditions(parts: Iterable[ir.Expr]) -> list[str]:
    """Conditions that all hold, without the beginnings that a later one implies."""
    latest: dict[tuple[object, ...], ir.Bound] = {}
    others: set[str] = set()
    for part in parts:
        if isinstance(part, ir.Bound) and part.side == "from":
            key = (part.value, replace(part.moment, micros=0), part.whole_days)
            if key not in latest or part.moment.micros > latest[key].moment.micros:
                latest[key] = part
        else:
            others.add(part.name if isinstance(part, ir.Col) else _digest(repr(part)))
    return sorted(others | {repr(part) for part in latest.values()})


def _digest(text: str) -> str:
    return names.digest(text, _DIGITS)
