"""Dividing a stage, so that no SELECT has to write a long scalar twice.

Comes in: a stage of a plan. Goes out: one or more layers, each of which can be written as one SELECT; the last one has the
stage's own name and columns. What is moved to a SELECT of its own: the reading of a table whose columns take more than a few
words to read and are used more than once; a scalar that the dialect's lowering repeats, or that is long and stands in several
places; the numbering of rows for aggregates by place where the dialect has none (`segdsl.backends.sql.places`); the rows of
two stages together, of which one sees the other's.

How often a lowering repeats a part is not declared anywhere: it is lowered on trial, and its requests are counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from sqlglot import exp

from segdsl.backends.sql import names, places, sphere, windows
from segdsl.backends.sql.dialect import Dialect
from segdsl.backends.sql.nodes import Node
from segdsl.backends.sql.windows import Extra, Extreme, Written
from segdsl.backends.sql.writer import Moments, Writer
from segdsl.planning.contents import columns_of, parts
from segdsl.planning.plan import Aggregation, Beyond, Input, Stage, StageColumn, StageRef, Table, TableColumn, Window
from segdsl.semantics import ir
from segdsl.semantics.walk import rebuild
from segdsl.types import INT, Type

_SHORT_READ = 6
"""So many sqlglot nodes may stand in several places: ``NULLIF(email, '')``."""
_LONG = 40


@dataclass(frozen=True, slots=True)
class Layer:
    """A stage that is one SELECT, and what it has besides. ``extras``: columns behind its own. ``written``: its columns that are
    more than their value says. ``beside``: a stage whose rows are added to its own, with the same columns. ``apart``: engines that
    write a CTE into the SELECT that reads it must not do so, as they would write it at each of its uses, and what it reads in turn
    at each of those."""

    stage: Stage
    extras: tuple[Extra, ...] = ()
    written: Mapping[str, Written] = field(default_factory=dict)
    beside: Stage | None = None
    apart: bool = False


def layers(stage: Stage, dialect: Dialect, moments: Moments) -> list[Layer]:
    """The stage in layers, in the order in which they are written."""
    trial = _Trial(dialect, moments)
    if any(isinstance(column.value, Beyond) for column in stage.columns):
        return _beyond(stage, trial)
    before, stage = _readings(places.prepared(_written_out(stage)), trial)
    result = [Layer(one) for one in before]
    if any(isinstance(column.value, Aggregation) and dialect.numbers(column.value) for column in stage.columns):
        return [*result, *_numbered(stage, trial)]
    return [*result, *_divided(stage, trial)]


def _written_out(stage: Stage) -> Stage:
    """With the scalars that are made of others spelled out."""
    columns = tuple(replace(column, value=_change(column.value, sphere.written_out)) for column in stage.columns)
    return replace(stage, where=tuple(map(sphere.written_out, stage.where)), columns=columns)


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

    def selects(self, node: ir.Expr) -> tuple[list[ir.Expr], bool]:
        """The parts, and whether what is added has a SELECT within it."""
        probe = _Probe(self.dialect, self.moments)
        written = Writer.lower(probe, node)
        return probe.requests, written.find(exp.Select) is not None

    def asked_by(self, value: ir.Expr | Aggregation | Window | Beyond) -> list[ir.Expr]:
        """The same for a column's value; the filter of an aggregation is asked for once."""
        probe = _Probe(self.dialect, self.moments)
        match value:
            case Aggregation():
                if self.dialect.numbers(value):
                    # Its parts go into the numbering of rows, which for a place among values is by the value itself.
                    return (
                        [*parts(value), value.value]
                        if value.value is not None and not value.order
                        else list(parts(value))
                    )
                self.dialect.aggregates[value.function](probe, value, None)
                return probe.requests + ([value.filter] if value.filter is not None else [])
            case Window():
                windows.window(probe, value)
                return probe.requests
            case _:
                return list(parts(value))

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
        waiting.extend((expr, 1) for expr in trial.asked_by(column.value))
    for join in stage.joins:
        waiting.extend((mine, 1) for mine, _ in join.on)
        uses.update((join.input.alias, its) for _, its in join.on)
    for column in stage.columns:
        if column.optional and column.name in (stage.by or ()):
            waiting.extend((expr, 1) for expr in parts(column.value))
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
    if trial.dialect.capabilities.plain_groups:
        repeated.update(dict.fromkeys(_unfit(stage, trial)))
    for column in stage.columns:
        for part, count in Counter(trial.asked_by(column.value)).items():
            if count > 1 and not _is_short(part, trial):
                repeated[part] = None
            else:
                visit([part] * count)
    for node in long:
        if uses[node] > 1:
            repeated[node] = None
    return list(repeated)


def _unfit(stage: Stage, trial: _Trial) -> list[ir.Expr]:
    """What rows are grouped by, unless it is a column, and the scalars in aggregates and windows that have a SELECT within them."""
    found: list[ir.Expr] = [
        column.value
        for column in stage.columns
        if column.name in (stage.by or ())
        and isinstance(column.value, ir.Node)
        and not isinstance(column.value, ir.Col)
    ]
    many = [column.value for column in stage.columns if not isinstance(column.value, ir.Node)]
    waiting = [part for value in many for part in parts(value)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ir.Col):
            continue
        asked, selects = trial.selects(node)
        if selects:
            found.append(node)
        else:
            waiting.extend(asked)
    return found


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
                    names.free(_name(expr), taken), expr.type, expr.optional, expr, isinstance(expr, ir.CONDITIONS)
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


def _change(
    value: ir.Expr | Aggregation | Window | Beyond, change: Callable[[ir.Expr], ir.Expr]
) -> ir.Expr | Aggregation | Window | Beyond:
    def changed(part: ir.Expr | None) -> ir.Expr | None:
        return None if part is None else change(part)

    match value:
        case Aggregation():
            return replace(
                value,
                value=changed(value.value),
                filter=changed(value.filter),
                order=tuple(map(change, value.order)),
            )
        case Window():
            return replace(
                value,
                value=changed(value.value),
                filter=changed(value.filter),
                partition=tuple(map(change, value.partition)),
                order=tuple((change(key), descending) for key, descending in value.order),
            )
        case Beyond():
            raise AssertionError("what lies beyond is divided by itself")
        case _:
            return change(value)


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


# -- aggregates by place ----------------------------------------------------------------------------------------------


def _numbered(stage: Stage, trial: _Trial) -> list[Layer]:
    """A grouping some of whose aggregates are made of the one row that has a certain place."""
    moving: list[ir.Expr] = [
        one
        for one in dict.fromkeys(part for column in stage.columns for part in parts(column.value))
        if not isinstance(one, ir.Literal | ir.Instant)
    ]
    before: list[Layer] = []
    if not all(_is_short(one, trial) for one in moving):
        values, stage, moved = _split(stage, moving, f"{stage.name}_values", filtered=True)
        before = _divided(values, trial)
        moving = [moved(one) for one in moving]
    rows, grouped, _ = _split(stage, moving, f"{stage.name}_rows", filtered=True)
    picked = places.picked(stage, grouped, {column.name for column in rows.columns}, trial.dialect)
    before.append(Layer(rows, picked.numbers))
    before.append(Layer(picked.grouped, written=picked.picks))
    if picked.above is not None:
        before.append(Layer(picked.above, written=picked.between))
    return before


# -- rows of another stage --------------------------------------------------------------------------------------------


def _beyond(stage: Stage, trial: _Trial) -> list[Layer]:
    """One other stage after the other."""
    layers: list[Layer] = []
    taken: set[str] = set()
    while True:
        found = [column.value for column in stage.columns if isinstance(column.value, Beyond)]
        first = [one for one in found if _other_rows(one) == _other_rows(found[0])]
        if len(first) == len(found):
            return [*layers, *_looking(stage, trial)]
        name = names.free(f"{stage.name}_before", taken)
        inner, stage = _first_of(stage, first, name)
        layers.extend(_looking(inner, trial))


def _first_of(stage: Stage, first: list[Beyond], name: str) -> tuple[Stage, Stage]:
    """A stage with some of what lies beyond its rows, called ``name``, and one over it with the rest."""
    made: list[StageColumn] = []
    read: dict[ir.Col, ir.Col] = {}
    taken = {column.name.lower() for column in stage.columns}
    alias = stage.input.alias

    def moved(expr: ir.Expr) -> ir.Expr:
        if not isinstance(expr, ir.Col):
            return rebuild(expr, moved)
        if expr not in read:
            column = StageColumn(names.free(expr.name, taken), expr.type, expr.optional, expr)
            made.append(column)
            read[expr] = replace(expr, name=column.name)
        return read[expr]

    later: list[StageColumn] = []
    for column in stage.columns:
        match column.value:
            case Beyond() as one if one in first:
                made.append(column)
                value: ir.Expr | Beyond = ir.Col(alias, column.name, type=column.type, optional=column.optional)
            case Beyond(on=on, time=time) as one:
                value = replace(one, on=tuple((moved(mine), its) for mine, its in on), time=moved(time))
            case Aggregation() | Window():
                raise AssertionError("beside what lies beyond stand plain columns")
            case plain:
                value = moved(plain)
        later.append(replace(column, value=value))
    inner = replace(stage, name=name, columns=tuple(made), key=())
    return inner, replace(stage, input=Input(alias, StageRef(name)), columns=tuple(later))


def _other_rows(beyond: Beyond) -> tuple[object, ...]:
    return beyond.stage, beyond.on, beyond.time, beyond.its_time


def _looking(stage: Stage, trial: _Trial) -> list[Layer]:
    """The rows of both stages together, in the order of their times: at equal times this stage's are first, so that each of them sees
    only what is strictly before it in that order. Then its own rows are kept."""
    beyonds = [(column, column.value) for column in stage.columns if isinstance(column.value, Beyond)]
    plain = [column for column in stage.columns if not isinstance(column.value, Beyond)]
    other = beyonds[0][1]
    taken = {column.name.lower() for column in stage.columns}
    alias = stage.input.alias

    def column(name: str, value: ir.Expr) -> StageColumn:
        return StageColumn(name, value.type, value.optional, value)

    def read(made: StageColumn) -> ir.Col:
        return ir.Col(alias, made.name, type=made.type, optional=made.optional)

    def its(name: str, type_: Type) -> ir.Expr:
        return ir.Col("b", name, type=type_)

    links = [column(names.free("link", taken), mine) for mine, _ in other.on]
    moment = column(names.free("moment", taken), other.time)
    side = column(names.free("side", taken), ir.Literal(0, type=INT))
    values = {
        one.value: column(names.free(f"their_{one.value}", taken), ir.Literal(None, type=one.type, optional=True))
        for _, one in beyonds
    }
    both = f"{stage.name}_both"
    mine = Stage(both, stage.input, (), (), None, (*plain, *links, moment, side, *values.values()))
    theirs = (
        *(ir.Literal(None, type=one.type, optional=True) for one in plain),
        *(its(name, link.type) for (_, name), link in zip(other.on, links, strict=True)),
        its(other.its_time, moment.type),
        ir.Literal(1, type=INT),
        *(its(name, one.type) for name, one in values.items()),
    )
    beside = Stage(
        both,
        Input("b", StageRef(other.stage)),
        (),
        (),
        None,
        tuple(column(one.name, value) for one, value in zip(mine.columns, theirs, strict=True)),
    )
    *before, last = _divided(mine, trial)
    seen = f"{stage.name}_seen"
    rows = Stage(
        seen, Input(alias, StageRef(both)), (), (), None, tuple(replace(c, value=read(c)) for c in (*plain, side))
    )
    extremes = tuple(
        Extreme(
            made.name,
            one.function,
            tuple(map(read, links)),
            ((read(moment), one.later), (read(side), False)),
            read(values[one.value]),
            read(moment),
        )
        for made, one in beyonds
    )
    kept = replace(
        stage,
        input=Input(alias, StageRef(seen)),
        where=(ir.Compare("=", read(side), ir.Literal(0, type=INT)),),
        columns=tuple(replace(c, value=read(c)) for c in stage.columns),
    )
    return [*before, replace(last, beside=beside), Layer(rows, extremes), Layer(kept)]
