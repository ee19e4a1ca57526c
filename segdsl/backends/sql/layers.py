"""Dividing a stage, so that no SELECT has to write a long scalar twice.

Comes in: a stage of a plan. Goes out: one or more layers, each of which can be written as one SELECT; the last one has the
stage's own name and columns. Three things are moved to a SELECT of their own: the reading of a table whose columns take more
than a few words to read and are used more than once; a scalar that the dialect's lowering repeats, or that is long and stands
in several places; the numbering of rows for ``first`` and ``last`` where the dialect has no aggregates for them.

How often a lowering repeats a part is not declared anywhere: it is lowered on trial, and its requests are counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from segdsl.backends.sql import names
from segdsl.backends.sql.dialect import Dialect
from segdsl.backends.sql.nodes import Node
from segdsl.backends.sql.prune import columns_of, parts
from segdsl.backends.sql.writer import Moments, Writer
from segdsl.planning.plan import Aggregation, Input, Stage, StageColumn, StageRef, Table, TableColumn
from segdsl.semantics import ir
from segdsl.semantics.walk import rebuild
from segdsl.types import BOOL, INT, Type

_SHORT_READ = 6
"""So many sqlglot nodes may stand in several places: ``NULLIF(email, '')``."""
_LONG = 40


@dataclass(frozen=True, slots=True)
class Place:
    """A column that numbers rows: 1 for the first of those that agree on ``per``. The keys go by ``descending``; of rows that agree
    on all of them, the greatest ``tie`` is first (None: none agree)."""

    name: str
    per: tuple[ir.Expr, ...]
    keys: tuple[ir.Expr, ...]
    descending: bool
    tie: ir.Expr | None


@dataclass(frozen=True, slots=True)
class Layer:
    """A stage that is one SELECT, and the places that it has besides its columns. ``apart``: engines that write a CTE into the SELECT
    that reads it must not do so, as they would write it at each of its uses, and what it reads in turn at each of those."""

    stage: Stage
    places: tuple[Place, ...] = ()
    apart: bool = False


def layers(stage: Stage, dialect: Dialect, moments: Moments) -> list[Layer]:
    """The stage in layers, in the order in which they are written."""
    trial = _Trial(dialect, moments)
    before, stage = _readings(stage, trial)
    result = [Layer(one) for one in before]
    if not dialect.capabilities.ordered_aggregates and any(_is_edge(column) for column in stage.columns):
        numbered, stage = _numbered(stage, trial)
        result.extend(numbered)
    result.extend(_divided(stage, trial))
    return result


# -- trial lowerings ------------------------------------------------------------------------------------------------


class _Trial:
    """Finds out what lowerings ask for."""

    def __init__(self, dialect: Dialect, moments: Moments) -> None:
        self.dialect = dialect
        self.moments = moments

    def asked(self, node: ir.Expr) -> tuple[list[ir.Expr], int]:
        """The parts that the lowering of a node asks for, each as often as it does, and how long what it adds is."""
        probe = _Probe(self.dialect, self.moments)
        written = Writer.lower(probe, node)
        return probe.requests, _size(written)

    def asked_by(self, aggregation: Aggregation) -> list[ir.Expr]:
        """The same for an aggregation; its filter is asked for once."""
        if aggregation.function not in self.dialect.aggregates:
            # Its parts go into the numbering of rows.
            return list(parts(aggregation))
        probe = _Probe(self.dialect, self.moments)
        self.dialect.aggregates[aggregation.function](probe, aggregation, None)
        return probe.requests + ([aggregation.filter] if aggregation.filter is not None else [])

    def read_size(self, column: TableColumn) -> int:
        return _size(self.dialect.read(_Probe(self.dialect, self.moments), _column, column))


class _Probe(Writer):
    """Writes one node and puts a column's name for each of its parts."""

    def __init__(self, dialect: Dialect, moments: Moments) -> None:
        super().__init__(dialect, moments, lambda col: _column())
        self.requests: list[ir.Expr] = []

    def lower(self, node: ir.Expr) -> Node:
        self.requests.append(node)
        return _column()


def _column() -> Node:
    return names.column("x")


def _size(node: Node) -> int:
    return sum(1 for _ in node.walk())


# -- readings -------------------------------------------------------------------------------------------------------


def _readings(stage: Stage, trial: _Trial) -> tuple[list[Stage], Stage]:
    """The tables whose columns are long to read, and used again, in stages of their own."""
    uses = _uses(stage, trial)

    def must_move(one: Input) -> bool:
        return isinstance(one.source, Table) and any(
            uses[one.alias, column.name] > 1 and trial.read_size(column) > _SHORT_READ for column in one.source.columns
        )

    made: list[Stage] = []

    def moved(one: Input) -> Input:
        if not must_move(one) or (len(stage.columns) and _only_reads(stage)):
            return one
        assert isinstance(one.source, Table)
        columns = tuple(
            StageColumn(c.name, c.type, c.optional, ir.Col(one.alias, c.name, type=c.type, optional=c.optional))
            for c in one.source.columns
        )
        name = f"{stage.name}_{one.alias}_read" if stage.joins else f"{stage.name}_read"
        made.append(Stage(name, one, (), (), None, columns))
        return Input(one.alias, StageRef(name))

    return made, replace(
        stage,
        input=moved(stage.input),
        joins=tuple(replace(join, input=moved(join.input)) for join in stage.joins),
    )


def _uses(stage: Stage, trial: _Trial) -> Counter[tuple[str, str]]:
    """How often each column of an input is written, counted up to 2."""
    uses: Counter[tuple[str, str]] = Counter()
    seen: Counter[ir.Expr] = Counter()
    waiting: list[tuple[ir.Expr, int]] = [(expr, 1) for expr in stage.where]
    for column in stage.columns:
        asked = trial.asked_by(column.value) if isinstance(column.value, Aggregation) else [column.value]
        waiting.extend((expr, 1) for expr in asked)
    for join in stage.joins:
        waiting.extend((mine, 1) for mine, _ in join.on)
        uses.update((join.input.alias, its) for _, its in join.on)
    for column in stage.columns:
        if column.optional and column.name in (stage.by or ()) and not isinstance(column.value, Aggregation):
            waiting.append((column.value, 1))
    while waiting:
        node, times = waiting.pop()
        if isinstance(node, ir.Col):
            uses[node.input, node.name] += times
        if isinstance(node, ir.Col | ir.Literal | ir.Instant) or seen[node] >= 2:
            continue
        seen[node] += times
        waiting.extend((part, min(2, count * times)) for part, count in Counter(trial.asked(node)[0]).items())
    return uses


def _only_reads(stage: Stage) -> bool:
    return (
        not stage.joins
        and not stage.where
        and stage.by is None
        and all(isinstance(column.value, ir.Col) for column in stage.columns)
    )


# -- repeated scalars -------------------------------------------------------------------------------------------------


def _divided(stage: Stage, trial: _Trial) -> list[Layer]:
    above: list[Stage] = []
    name = f"{stage.name}_rows"
    while moving := _moving(stage, trial):
        rows, rest, _ = _split(stage, moving, f"{name}_{len(above) + 1}" if above else name)
        above.append(rest)
        stage = rows
    stack = [stage, *reversed(above)]
    return [Layer(one, apart=0 < depth < len(stack) - 1) for depth, one in enumerate(stack)]


def _moving(stage: Stage, trial: _Trial) -> list[ir.Expr]:
    """The scalars to compute beforehand."""
    uses: Counter[ir.Expr] = Counter()
    long: set[ir.Expr] = set()
    repeated: dict[ir.Expr, None] = {}

    def visit(requests: Iterable[ir.Expr]) -> None:
        waiting = list(requests)[::-1]
        while waiting:
            node = waiting.pop()
            uses[node] += 1
            if isinstance(node, ir.Col | ir.Literal | ir.Instant) or node in repeated:
                continue
            asked, size = trial.asked(node)
            if size > _LONG and isinstance(node, ir.Call | ir.Convert):
                long.add(node)
            counts = Counter(asked)
            for part, count in counts.items():
                if count > 1 and not _is_short(part, trial):
                    repeated[part] = None
                else:
                    waiting.extend([part] * count)

    for expr in stage.where:
        visit([expr])
    for column in stage.columns:
        if isinstance(column.value, Aggregation):
            counts = Counter(trial.asked_by(column.value))
            for part, count in counts.items():
                if count > 1 and not _is_short(part, trial):
                    repeated[part] = None
                else:
                    visit([part] * count)
        else:
            visit([column.value])
    for node in long:
        if uses[node] > 1:
            repeated[node] = None
    return list(repeated)


def _is_short(node: ir.Expr, trial: _Trial) -> bool:
    """May it be written twice?"""
    if isinstance(node, ir.Col | ir.Literal | ir.Instant):
        return True
    asked, size = trial.asked(node)
    return size <= _SHORT_READ and len(asked) == 1 and isinstance(asked[0], ir.Col)


def _split(
    stage: Stage, moving: list[ir.Expr], name: str, *, filtered: bool = False
) -> tuple[Stage, Stage, Callable[[ir.Expr], ir.Expr]]:
    """A stage that computes some scalars, and the same stage as before, reading it. A filter that needs none of those stays with
    the rows; with ``filtered``, every filter does."""
    own = set(moving)
    late = () if filtered else tuple(expr for expr in stage.where if _mentions(expr, own))
    early = tuple(expr for expr in stage.where if expr not in late)
    alias = stage.input.alias if not stage.joins else "r"
    columns: dict[ir.Expr, StageColumn] = {}
    taken: set[str] = set()

    def moved(expr: ir.Expr) -> ir.Expr:
        if expr in own or isinstance(expr, ir.Col):
            column = columns.get(expr)
            if column is None:
                column = StageColumn(
                    _free(_name(expr), taken), expr.type, expr.optional, expr, isinstance(expr, ir.CONDITIONS)
                )
                columns[expr] = column
            return ir.Col(alias, column.name, type=expr.type, optional=expr.optional)
        return rebuild(expr, moved)

    rest = replace(
        stage,
        input=Input(alias, StageRef(name)),
        joins=(),
        where=tuple(moved(expr) for expr in late),
        columns=tuple(replace(column, value=_change(column.value, moved)) for column in stage.columns),
    )
    first = tuple(columns.values()) or stage.columns[:1]
    return Stage(name, stage.input, stage.joins, early, None, first), rest, moved


def _mentions(expr: ir.Expr, own: set[ir.Expr]) -> bool:
    found = False

    def look(node: ir.Expr) -> ir.Expr:
        nonlocal found
        found = found or node in own
        return node if found else rebuild(node, look)

    look(expr)
    return found


def _change(value: ir.Expr | Aggregation, change: Callable[[ir.Expr], ir.Expr]) -> ir.Expr | Aggregation:
    if not isinstance(value, Aggregation):
        return change(value)
    return replace(
        value,
        value=None if value.value is None else change(value.value),
        filter=None if value.filter is None else change(value.filter),
        order=tuple(change(key) for key in value.order),
    )


def _name(expr: ir.Expr) -> str:
    """A name for a scalar: what it is made by, and of which column."""
    first = next((col.name for col in columns_of(expr)), "")
    match expr:
        case ir.Col():
            return expr.name
        case ir.Call(overload=overload):
            word = overload.rsplit("_", 1)[0]
        case ir.InRange(value=ir.Call(overload=overload)):
            word = overload.rsplit("_", 1)[0]
        case ir.Convert(type=Type(kind=kind)):
            word = kind.value
        case _:
            word = "holds" if isinstance(expr, ir.CONDITIONS) else "value"
    return f"{word}_{first}" if first else word


def _free(wanted: str, taken: set[str]) -> str:
    free, number = wanted, 2
    while free.lower() in taken:
        free, number = f"{wanted}_{number}", number + 1
    taken.add(free.lower())
    return free


# -- first and last by numbering ------------------------------------------------------------------------------------


def _is_edge(column: StageColumn) -> bool:
    return isinstance(column.value, Aggregation) and column.value.function in ("first", "last")


def _numbered(stage: Stage, trial: _Trial) -> tuple[list[Layer], Stage]:
    """A grouping whose ``first`` and ``last`` are the maximum over the one row that has the first place."""
    scalars = [column.value for column in stage.columns if not isinstance(column.value, Aggregation)]
    for column in stage.columns:
        if isinstance(column.value, Aggregation):
            scalars.extend(parts(column.value))
    moving: list[ir.Expr] = [one for one in dict.fromkeys(scalars) if not isinstance(one, ir.Literal | ir.Instant)]
    before: list[Layer] = []
    if not all(_is_short(one, trial) for one in moving):
        values, stage, moved = _split(stage, moving, f"{stage.name}_values", filtered=True)
        before = _divided(values, trial)
        moving = [moved(one) for one in moving]
    rows, grouped, _ = _split(stage, moving, f"{stage.name}_rows", filtered=True)
    per = tuple(column.value for column in stage.columns if not isinstance(column.value, Aggregation))
    places: dict[tuple[object, ...], Place] = {}
    taken = {column.name.lower() for column in rows.columns}
    columns: list[StageColumn] = []
    for old, new in zip(stage.columns, grouped.columns, strict=True):
        if not _is_edge(old):
            columns.append(new)
            continue
        assert isinstance(old.value, Aggregation) and isinstance(new.value, Aggregation)
        last = old.value.function == "last"
        filter_ = () if old.value.filter is None else (old.value.filter,)
        tie = old.value.value if old.value.tie_by_value else None
        identity = (filter_, old.value.order, last, tie)
        place = places.get(identity)
        if place is None:
            place = Place(_free(f"{old.name}_place", taken), (*per, *filter_), old.value.order, last, tie)
            places[identity] = place
        number = ir.Col(grouped.input.alias, place.name, type=INT)
        first = ir.Compare("=", number, ir.Literal(1, type=INT), type=BOOL)
        condition = first if new.value.filter is None else ir.All((new.value.filter, first), type=BOOL)
        columns.append(replace(new, value=Aggregation("max", new.value.type, new.value.value, condition)))
    return [*before, Layer(rows, tuple(places.values()))], replace(grouped, columns=tuple(columns))


def all_inputs(stage: Stage) -> Iterator[Input]:
    yield stage.input
    for join in stage.joins:
        yield join.input
