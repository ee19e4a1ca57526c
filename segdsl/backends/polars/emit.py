"""A plan as one LazyFrame.

In: a `Plan`, its tables as LazyFrames by name, ``as_of``. Out: the final stage (flags), lazy: nothing is read but schemas. It must
not decide what a text means (the plan has), nor check what the data holds (`segdsl.runtime.data` does, before).

**Names.** A column name is user data, and `pl.col` reads some names as patterns. So columns are renamed once, where their table
is scanned: within a stage they are called ``alias[name]``, between stages ``[name]``; the last bracket makes a pattern of neither.
Only the final select gives the plan's own names back.

**Sharing.** A stage that is read twice is cached. Polars evaluates a LazyFrame anew for each reader, and finds few of the common
parts by itself. It still plans a cached frame once for each way that leads to it, and stages that each read another one twice have
very many: where they would be too many, a stage becomes a source of its own, which Polars plans when it comes to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias, assert_never

import polars as pl

from segdsl.backends.polars import hold
from segdsl.backends.polars.aggregate import grouped
from segdsl.backends.polars.beyond import beyond
from segdsl.backends.polars.encoded import Encoded
from segdsl.backends.polars.expressions import Context, held, raw, value
from segdsl.backends.polars.prepared import Prepared
from segdsl.backends.polars.read import RawColumn, raw_filters, read_or_encoded
from segdsl.backends.polars.windows import windowed
from segdsl.planning.plan import (
    Aggregation,
    Beyond,
    Input,
    Join,
    Plan,
    Stage,
    StageColumn,
    StageRef,
    Table,
    Union,
    Window,
)
from segdsl.semantics import ir
from segdsl.semantics.time import Zone, zone
from segdsl.semantics.walk import walk
from segdsl.types import Kind

Settle: TypeAlias = Callable[[str, pl.LazyFrame], pl.LazyFrame]
"""Is given the name of a stage and what it is to be; yields the same rows, evaluated or not."""


def emit(
    plan: Plan, frames: Mapping[str, pl.LazyFrame | Prepared], as_of: datetime, settle: Settle | None = None
) -> pl.LazyFrame:
    """The plan's final stage: its key and a condition per output, in no particular order of rows.

    ``settle`` is called for each stage that `settled` names, in order, when all that it reads has been settled.
    """
    if as_of.tzinfo is not None:
        as_of = as_of.astimezone(UTC).replace(tzinfo=None)
    writer = _Writer(plan, frames, as_of, zone(plan.timezone), settle)
    for stage in plan.stages:
        writer.add(stage)
    made = writer.stage(plan.final)
    return made.lazy.select(*(_restored(column, made.dtypes[column.name]) for column in plan.final.columns))


def settled(plan: Plan) -> list[str]:
    """The stages that are worth evaluating by themselves: groupings, and what is read more than once."""
    readers = _readers(plan)
    return [stage.name for stage in plan.stages if stage.by is not None or readers[stage.name] > 1]


def inner_name(alias: str, name: str) -> str:
    return f"{alias}[{name}]"


def outer_name(name: str) -> str:
    return f"[{name}]"


def _restored(column: StageColumn, dtype: pl.DataType) -> pl.Expr:
    """A final column as a host expects it: a key that is a decimal is no bare integer, and a text is no number."""
    value = pl.col(outer_name(column.name))
    if column.type.kind is Kind.DECIMAL:
        value = hold.as_decimal(value, column.type)
    return (
        _cast(value, dtype, pl.String()).alias(column.name) if isinstance(dtype, pl.Enum) else value.alias(column.name)
    )


_Dtypes: TypeAlias = dict[tuple[str, str], pl.DataType]
"""Of the columns that the inputs of a stage have so far, by alias and name."""
_MOST_WAYS = 500


@dataclass(slots=True)
class _Once:
    """A LazyFrame that is evaluated once, however many of the sources that are planned by themselves read it."""

    lazy: pl.LazyFrame
    found: pl.DataFrame | None = None

    def __call__(self) -> pl.DataFrame:
        if self.found is None:
            self.found = self.lazy.collect(engine="in-memory")
        return self.found


def _readers(plan: Plan) -> Counter[str]:
    """How often each stage is read."""
    return Counter(name for stage in (*plan.stages, plan.final) for name in _stages_read(stage))


def _stages_read(stage: Stage) -> list[str]:
    """The stages that a stage reads, each as often as it does."""
    found = []
    for source in (stage.input.source, *(join.input.source for join in stage.joins)):
        match source:
            case StageRef(stage=name):
                found.append(name)
            case Union(stages=names):
                found.extend(names)
            case Table():
                pass
            case _:
                assert_never(source)
    return [*found, *(column.value.stage for column in stage.columns if isinstance(column.value, Beyond))]


@dataclass(frozen=True, slots=True)
class _Made:
    """A stage as a LazyFrame (columns ``[name]``), and the dtypes of its columns."""

    lazy: pl.LazyFrame
    dtypes: dict[str, pl.DataType]


@dataclass(slots=True)
class _Writer:
    plan: Plan
    frames: Mapping[str, pl.LazyFrame | Prepared]
    as_of: datetime
    zone: Zone
    settle: Settle | None = None
    made: dict[str, _Made] = field(default_factory=dict)
    readers: Counter[str] = field(default_factory=Counter)
    unread: Counter[str] = field(default_factory=Counter)
    schemas: dict[str, pl.Schema] = field(default_factory=dict)
    ways: dict[str, int] = field(default_factory=dict)
    """How many stages Polars plans for a stage, each as often as it is read."""

    def __post_init__(self) -> None:
        self.readers = _readers(self.plan)
        self.unread = self.readers.copy()

    def add(self, stage: Stage) -> None:
        made = self.stage(stage)
        if self.settle is not None:
            if stage.by is not None or self.readers[stage.name] > 1:
                made = _Made(self.settle(stage.name, made.lazy), made.dtypes)
            self.made[stage.name] = made
            self._forget(stage)
            return
        ways = 1 + sum(self.ways[name] for name in _stages_read(stage))
        if self.readers[stage.name] > 1:
            lazy = made.lazy
            if ways > _MOST_WAYS:
                lazy = pl.defer(_Once(lazy), schema={outer_name(name): dtype for name, dtype in made.dtypes.items()})
                ways = 1
            made = _Made(lazy.cache(), made.dtypes)
        self.made[stage.name] = made
        self.ways[stage.name] = ways

    def _forget(self, stage: Stage) -> None:
        """What nobody reads any more need not be kept."""
        self.unread.subtract(_stages_read(stage))
        for name in set(_stages_read(stage)):
            if not self.unread[name]:
                del self.made[name]

    def stage(self, stage: Stage) -> _Made:
        waiting = list(stage.where)
        frame, dtypes, waiting = self._read(stage.input, waiting)
        context = self._context(dtypes)
        known = {stage.input.alias}
        frame, waiting = self._filtered(frame, waiting, known, context)
        for join in stage.joins:
            other, other_dtypes, _ = self._read(join.input, [])
            frame = self._joined(frame, dtypes, other, other_dtypes, join)
            dtypes |= other_dtypes
            known.add(join.input.alias)
            frame, waiting = self._filtered(frame, waiting, known, context)
        assert not waiting, "a filter names an input that the stage does not have"
        out_dtypes = {c.name: _dtype_of(c.value, dtypes) for c in stage.columns}
        if stage.by is None:
            return _Made(self._rows(frame, dtypes, stage, context), out_dtypes)
        keys = [c for c in stage.columns if c.name in stage.by]
        if keys:
            frame = frame.with_columns(held(_scalar(c.value), context).alias(outer_name(c.name)) for c in keys)
        others = [(outer_name(c.name), c) for c in stage.columns if c.name not in stage.by]
        frame = grouped(frame, [outer_name(c.name) for c in keys], others, context)
        return _Made(frame.select(pl.col(outer_name(c.name)) for c in stage.columns), out_dtypes)

    def _context(self, dtypes: _Dtypes) -> Context:
        """What columns of the inputs are, those that ``dtypes`` gains later too."""

        known: dict[ir.Col, Encoded] = {}

        def encoded(column: ir.Col) -> Encoded | None:
            dtype = dtypes[column.input, column.name]
            if not isinstance(dtype, pl.Enum):
                return None
            if column not in known:
                known[column] = Encoded(pl.col(inner_name(column.input, column.name)), dtype)
            return known[column]

        def text_or_value(column: ir.Col) -> pl.Expr:
            texts = encoded(column)
            return pl.col(inner_name(column.input, column.name)) if texts is None else texts.text

        return Context(self.as_of, self.zone, text_or_value, encoded)

    def _rows(self, frame: pl.LazyFrame, dtypes: _Dtypes, stage: Stage, context: Context) -> pl.LazyFrame:
        """The columns of a stage without grouping."""
        scalars, windows, names = [], [], []
        for column in stage.columns:
            name = outer_name(column.name)
            match column.value:
                case Window() as window:
                    windows.append((name, window))
                case Beyond() as found:
                    frame = self._beyond(frame, dtypes, found, name, context)
                case _:
                    scalars.append((name, held(_scalar(column.value), context)))
            names.append(name)
        if windows:
            return windowed(frame, scalars, windows, context).select(names)
        chosen = [expr.alias(name) for name, expr in scalars]
        if len(chosen) == len(names) and any(_inputs(_scalar(c.value)) for c in stage.columns):
            return frame.select(chosen)
        # Constants alone would be one row.
        return frame.with_columns(chosen).select(names)

    def _beyond(self, frame: pl.LazyFrame, dtypes: _Dtypes, found: Beyond, name: str, context: Context) -> pl.LazyFrame:
        other = self.made[found.stage]
        on = []
        for scalar, its in found.on:
            mine = _dtype_of(scalar, dtypes)
            common = _common((mine, other.dtypes[its]))
            theirs = _cast(pl.col(outer_name(its)), other.dtypes[its], common)
            on.append((_cast(held(scalar, context), mine, common), theirs))
        time = (value(found.time, context), pl.col(outer_name(found.its_time)))
        extreme = pl.col(outer_name(found.value))
        return beyond(frame, other.lazy, on, time, extreme, found.later, found.function, found.type, name)

    # -- inputs ---------------------------------------------------------------------------------------------------------

    def _read(self, read_input: Input, where: list[ir.Expr]) -> tuple[pl.LazyFrame, _Dtypes, list[ir.Expr]]:
        """An input's rows under its inner names, and the conjuncts that have not been applied on the way."""
        match read_input.source:
            case Table() as table:
                return self._scan(table, read_input.alias, where)
            case StageRef(stage=name):
                made = self.made[name]
            case Union(stages=names):
                made = self._united(names)
            case _:
                assert_never(read_input.source)
        alias = read_input.alias
        renamed = made.lazy.select(pl.col(outer_name(name)).alias(inner_name(alias, name)) for name in made.dtypes)
        return renamed, {(alias, name): dtype for name, dtype in made.dtypes.items()}, where

    def _scan(self, table: Table, alias: str, where: list[ir.Expr]) -> tuple[pl.LazyFrame, _Dtypes, list[ir.Expr]]:
        frame = self.frames[table.name]
        if isinstance(frame, Prepared):
            ready = {(alias, c.name): frame.column(c) for c in table.columns}
            if not ready:
                return frame.frame.lazy().select(pl.row_index(inner_name(alias, ""))), {}, where
            chosen = [value.alias(inner_name(*column)) for column, (value, _) in ready.items()]
            return frame.frame.lazy().select(chosen), {column: dtype for column, (_, dtype) in ready.items()}, where
        if table.name not in self.schemas:
            self.schemas[table.name] = frame.collect_schema()
        schema = self.schemas[table.name]
        raws = {(alias, c.name): RawColumn(c, schema[c.column]) for c in table.columns}
        waiting = []
        for conjunct in where:
            filters = raw_filters(conjunct, raws, Context(self.as_of, self.zone, _unread))
            if filters is None:
                waiting.append(conjunct)
            else:
                frame = frame.filter(filters)
        values = {(alias, c.name): read_or_encoded(c, schema[c.column], self.zone) for c in table.columns}
        chosen = [value.alias(inner_name(*column)) for column, (value, _) in values.items()]
        if not chosen:
            # No column is needed, but the rows are: a frame without columns has none.
            chosen = [pl.row_index(inner_name(alias, ""))]
        return frame.select(chosen), {column: dtype for column, (_, dtype) in values.items()}, waiting

    def _united(self, names: Sequence[str]) -> _Made:
        parts = [self.made[name] for name in names]
        first = parts[0]
        dtypes = {
            name: _common(self._in_order(part, place) for part in parts) for place, name in enumerate(first.dtypes)
        }
        frames = []
        for part in parts:
            columns = zip(part.dtypes, dtypes.items(), strict=True)
            frames.append(
                part.lazy.select(
                    pl.col(outer_name(own)).cast(dtype).alias(outer_name(name)) for own, (name, dtype) in columns
                )
            )
        return _Made(pl.concat(frames, how="vertical"), dtypes)

    @staticmethod
    def _in_order(part: _Made, place: int) -> pl.DataType:
        return list(part.dtypes.values())[place]

    def _joined(
        self, frame: pl.LazyFrame, dtypes: _Dtypes, other: pl.LazyFrame, other_dtypes: _Dtypes, join: Join
    ) -> pl.LazyFrame:
        if not join.on:
            return frame.join(other, how="cross")
        alias, context = join.input.alias, self._context(dtypes)
        left_on, right_on = [], []
        for scalar, name in join.on:
            common = _common((_dtype_of(scalar, dtypes), other_dtypes[alias, name]))
            left_on.append(_cast(held(scalar, context), _dtype_of(scalar, dtypes), common))
            right_on.append(_cast(pl.col(inner_name(alias, name)), other_dtypes[alias, name], common))
        # Only columns can be joined by: a constant would be one value, and Polars refuses what it cannot see to be elementwise.
        if not all(key.meta.is_column() for key in left_on):
            frame = frame.with_columns(key.alias(f"]{alias} {i}") for i, key in enumerate(left_on))
            left_on = [pl.col(f"]{alias} {i}") for i in range(len(left_on))]
        if not all(key.meta.is_column() for key in right_on):
            other = other.with_columns(key.alias(f"]its {alias} {i}") for i, key in enumerate(right_on))
            right_on = [pl.col(f"]its {alias} {i}") for i in range(len(right_on))]
        return frame.join(other, left_on=left_on, right_on=right_on, how=join.kind, coalesce=False, nulls_equal=False)

    def _filtered(
        self, frame: pl.LazyFrame, waiting: list[ir.Expr], known: set[str], context: Context
    ) -> tuple[pl.LazyFrame, list[ir.Expr]]:
        """Applies what can be said of the inputs joined so far; left joins keep every row, so earlier is the same."""
        ready = [conjunct for conjunct in waiting if _inputs(conjunct) <= known]
        if ready:
            frame = frame.filter(hold.every([raw(conjunct, context) for conjunct in ready]))
        return frame, [conjunct for conjunct in waiting if conjunct not in ready]


def _unread(column: ir.Col) -> pl.Expr:
    raise AssertionError(f"{column.name} has not been read")


def _scalar(found: ir.Expr | Aggregation | Window | Beyond) -> ir.Expr:
    assert not isinstance(found, Aggregation | Window | Beyond)
    return found


def _inputs(expr: ir.Expr) -> set[str]:
    return {node.input for node in walk(expr) if isinstance(node, ir.Col)}


def _dtype_of(found: ir.Expr | Aggregation | Window | Beyond, dtypes: _Dtypes) -> pl.DataType:
    if isinstance(found, ir.Col) and found.type.kind in (Kind.ANY, Kind.STRING):
        return dtypes[found.input, found.name]
    if found.type.kind is not Kind.ANY:
        return hold.dtype(found.type)
    if isinstance(found, Aggregation | Window):
        assert found.value is not None
        return _dtype_of(found.value, dtypes)
    raise AssertionError("an undeclared key is only joined, grouped and tested")


def _common(dtypes: Iterable[pl.DataType]) -> pl.DataType:
    """One dtype for keys that meet. Whole numbers of different widths do; what else differs was refused before."""
    different = list(dict.fromkeys(dtypes))
    if len(different) > 1:
        # What has no value at all meets everything, and nobody.
        different = [dtype for dtype in different if not isinstance(dtype, pl.Null)]
    if len(different) == 1:
        return different[0]
    if all(isinstance(d, pl.Enum | pl.String) for d in different):
        return pl.String()
    assert all(d.is_integer() for d in different), f"keys of different types meet: {different}"
    return pl.Int128()


def _cast(key: pl.Expr, found: pl.DataType, wanted: pl.DataType) -> pl.Expr:
    return key if found == wanted else key.cast(wanted)
