"""A plan as one SQL statement in one dialect.

Comes in: a plan, a dialect's name, the shape of the result, the instant of evaluation. Goes out: `CompiledSQL`. Each layer of the
plan is one SELECT, written as a CTE under the stage's name; the shapes differ in what is selected from the last one. What the
dialect cannot say is a `SegdslError` here, never another set of customers later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from sqlglot import exp

from segdsl.backends.sql import binding, closed, names, nodes, sizes, windows
from segdsl.backends.sql.binding import Held, Parameter
from segdsl.backends.sql.compiled import CompiledSQL, Shape
from segdsl.backends.sql.dialect import Dialect
from segdsl.backends.sql.dialects import DIALECTS, dialect_names
from segdsl.backends.sql.gather import gathered
from segdsl.backends.sql.layers import Layer, layers
from segdsl.backends.sql.neutral import neutral
from segdsl.backends.sql.nodes import Node
from segdsl.backends.sql.prune import prune
from segdsl.backends.sql.text import write
from segdsl.backends.sql.windows import Between, Pick, Rest
from segdsl.backends.sql.writer import Moments, Writer
from segdsl.diagnostics import Diagnostic, SegdslError
from segdsl.errors import backends as errors
from segdsl.functions.catalogue import FUNCTIONS
from segdsl.planning.contents import expressions
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
from segdsl.semantics import ir, time
from segdsl.semantics.walk import children
from segdsl.types import Kind

SEGMENT, MEMBERS, POPULATION = "segment", "members", "population"
"""Columns of the shapes ``counts`` and ``memberships``."""


def emit(
    plan: Plan, dialect: str, shape: Shape, as_of: datetime, segment: str | None = None, style: str | None = None
) -> CompiledSQL:
    """The statement. ``segment`` names the output for the shape ``members``, and limits any other shape to one; ``as_of`` is an
    instant in UTC without tzinfo. ``style`` is one of the dialect's for placeholders (None: constants are written as literals)."""
    target = dialect_of(dialect)
    outputs = dict(plan.outputs) if segment is None else {segment: plan.outputs[segment]}
    final = _shaped(plan, shape, outputs)
    stages, final = gathered(*prune(plan.stages, final))
    _refuse(target, shape, outputs, (*stages, final))
    sizes.of_stages(target, (*stages, final), len(outputs))
    if style is not None:
        stages, final = neutral(stages, final)
    zone = time.zone(plan.timezone)

    def written(held: Held | None) -> tuple[Node, str]:
        moments = Moments(as_of, zone, held)
        stack = [layer for stage in (*stages, final) for layer in layers(stage, target, moments)]
        sizes.of_layers(target, shape, stack, len(outputs))
        tree = target.finish(_Statement(target, moments, stack).write(shape, list(outputs)))
        if target.capabilities.name_bytes is not None:
            _shorten(tree, target.capabilities.name_bytes)
        closed.check(tree)
        return tree, write(tree, target.sqlglot)

    params: tuple[Parameter, ...] = ()
    if style is None:
        tree, text = written(None)
    else:
        if style not in target.styles:
            raise SegdslError([errors.unknown_style(target.name, style, target.styles)])
        spelled = binding.STYLES[style]
        held, tree, text = _within_limits(written, target, spelled, len(outputs))
        binding.named(tree, text, spelled)
        text, params = held.filled(text, spelled, target)
    sizes.of_text(target, text, len(outputs))
    types = tuple(column.type for column in final.columns) if shape == "flags" else ()
    return CompiledSQL(
        text,
        target.name,
        shape,
        params,
        session=target.session,
        facts=target.facts,
        proof=str(target.proof),
        expression=tree,
        types=types,
        style=style,
        segments=tuple(outputs),
    )


def dialect_of(name: str) -> Dialect:
    found = DIALECTS.get(name)
    if found is None:
        raise SegdslError([errors.unknown_dialect(name, dialect_names())])
    return found


def _within_limits(
    written: Callable[[Held], tuple[Node, str]], dialect: Dialect, style: binding.Style, segments: int
) -> tuple[Held, Node, str]:
    """A statement with as many placeholders as the engine takes: the longest lists are written as literals where they are too many."""
    most = dialect.capabilities.placeholders
    lists: frozenset[Hashable] = frozenset()
    while True:
        held = Held(lists)
        tree, text = written(held)
        found = binding.count(text, style)
        if most is None or found <= most:
            return held, tree, text
        longest = held.longest(text, found - most)
        if not longest:
            raise sizes.placeholders(dialect, found, most, segments)
        lists |= longest


def _shorten(tree: Node, most: int) -> None:
    """Names that the dialect would cut short, and then take for one another. None of them is a table's or a column's of the
    data: those are no longer than it lets them be."""
    for node in tree.walk():
        if isinstance(node, exp.Identifier) and len(node.this.encode()) > most:
            node.set("this", names.short(node.this))


def _shaped(plan: Plan, shape: Shape, outputs: Mapping[str, str]) -> Stage:
    """The final stage as a shape needs it: for members, the condition filters; elsewhere it is a column under the output's name, or
    one like it, since most engines take names for the same that differ in case alone."""
    final = plan.final
    key = final.column(plan.key)
    if shape == "members":
        ((_, column),) = outputs.items()
        condition = final.column(column).value
        assert isinstance(condition, ir.Node)
        return replace(final, where=(*final.where, *_conjuncts(condition)), columns=(key,))
    taken = {key.name.lower()}
    columns = tuple(
        replace(final.column(column), name=names.free(name if shape == "flags" else names.short(name), taken))
        for name, column in outputs.items()
    )
    return replace(final, columns=(key, *columns))


def _conjuncts(condition: ir.Expr) -> tuple[ir.Expr, ...]:
    match condition:
        case ir.All(items=items):
            return items
        case ir.Literal(value=True):
            return ()
        case _:
            return (condition,)


# -- what a dialect cannot do -------------------------------------------------------------------------------------------


def _refuse(dialect: Dialect, shape: Shape, outputs: Mapping[str, str], stages: Sequence[Stage]) -> None:
    """Raise for all that the dialect cannot say of these stages."""
    found: list[Diagnostic] = []
    waiting = [
        expr for stage in stages for expr in (*expressions(stage), *(mine for j in stage.joins for mine, _ in j.on))
    ]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ir.Convert) and dialect.narrows(node):
            waiting.extend(children(node.value))
            continue
        waiting.extend(children(node))
        places = dialect.capabilities.places
        if places is not None and node.type.kind is Kind.DECIMAL and node.type.scale > places:
            what = f"a number of {node.type.scale} decimal places"
            found.append(errors.dialect_gap(dialect.name, what, f"it keeps {places} of them", node.span))
        if isinstance(node, ir.Call) and node.overload in dialect.gaps:
            found.append(errors.dialect_gap(dialect.name, _spelling(node), dialect.gaps[node.overload], node.span))
    found.extend(_unread(dialect, stages))
    if shape == "flags":
        found.extend(_unnamed(dialect, stages[-1].columns[0].name, outputs))
    if found:
        raise SegdslError(found)


def _unread(dialect: Dialect, stages: Sequence[Stage]) -> Iterator[Diagnostic]:
    """Columns that the dialect cannot read."""
    if not dialect.unread:
        return
    inputs = [one for stage in stages for one in _inputs(stage)]
    read = dict.fromkeys(
        (one.source.name, column) for one in inputs if isinstance(one.source, Table) for column in one.source.columns
    )
    for table, column in read:
        stored = (column.stored or column.type).kind, column.type.kind
        if stored in dialect.unread:
            what = f"the {column.type} in '{table}.{column.column}', which is a column of the type {column.stored}"
            yield errors.dialect_gap(dialect.name, what, dialect.unread[stored])


def _unnamed(dialect: Dialect, key: str, outputs: Iterable[str]) -> Iterator[Diagnostic]:
    """Names that no column of the dialect's can have, or none beside the others."""
    limits = dialect.capabilities
    there = {key.lower(): key}
    for name in outputs:
        if limits.name_bytes is not None and len(name.encode()) > limits.name_bytes:
            yield errors.name_too_long(dialect.name, name, limits.name_bytes)
        other = there.setdefault(name.lower(), name)
        if limits.distinct_names and other != name:
            yield errors.name_taken(dialect.name, name, other)


def _spelling(call: ir.Call) -> str:
    for function in FUNCTIONS:
        if any(overload.id == call.overload for overload in function.overloads):
            return f"{function.name}(…)" if function.name.isidentifier() else f"'{function.name}'"
    raise AssertionError(call.overload)


# -- the statement --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Cte:
    name: str
    query: Node
    apart: bool


class _Statement:
    """One statement in the making. CTEs keep their stages' names, unless a table has it or the dialect would cut it short."""

    def __init__(self, dialect: Dialect, moments: Moments, stack: Sequence[Layer]) -> None:
        self.dialect = dialect
        self.moments = moments
        self.stack = stack
        self.ctes: list[_Cte] = []
        self.cte_names: dict[str, str] = {}
        self.reads: Counter[str] = Counter()
        inputs = [one for layer in stack for one in _inputs(layer.stage)]
        tables = [one.source for one in inputs if isinstance(one.source, Table)]
        self.taken = {table.name.lower() for table in tables}
        self.columns = {column.name for layer in stack for column in layer.stage.columns}
        self.columns.update(column.column for table in tables for column in table.columns)

    def write(self, shape: Shape, outputs: Sequence[str]) -> Node:
        *before, last = self.stack
        for layer in before:
            self._add(layer.stage.name, self._select(layer), apart=layer.apart)
        key, *flags = last.stage.columns
        match shape:
            case "members":
                body = self._select(last, shown=(key.name,))
            case "flags":
                titles = (key.name, *outputs)
                most = self.dialect.capabilities.ctes
                if most is None or len(self.ctes) <= most:
                    body = self._select(last, shown=titles)
                else:
                    # What stands in a CTE keeps the names that are no others' in any letter case.
                    return self._with(self._select(last, shown=[one.name for one in last.stage.columns]), titles)
            case "memberships":
                body = self._memberships(self._add("flags", self._select(last)), key, outputs, flags)
            case "counts":
                body = self._counts(self._add("flags", self._select(last)), outputs, flags)
            case _:
                assert_never(shape)
        return self._with(body, _columns(body)) if self.ctes else body

    def _with(self, body: Node, titles: Sequence[str]) -> Node:
        """The CTEs before the statement. Where there are too many for one WITH, the last ones and the statement stand in a CTE of
        their own, the only place where MariaDB shows those before it to another WITH. ``titles``: what the columns are called that
        such a statement yields."""
        most = self.dialect.capabilities.ctes
        chunks = [self.ctes] if most is None else [self.ctes[n : n + most] for n in range(0, len(self.ctes), most)]
        for number, chunk in reversed(list(enumerate(chunks))):
            ctes = [self._cte(cte) for cte in chunk]
            if number < len(chunks) - 1:
                rest = names.free("rest", self.taken)
                inside = _columns(body)
                columns = [
                    names.named(names.column(name), title)
                    for name, title in zip(inside, inside if number else titles, strict=True)
                ]
                ctes.append(exp.CTE(this=body, alias=exp.TableAlias(this=names.identifier(rest))))
                body = exp.select(*columns).from_(names.cte(rest), copy=False)
            body.set("with_", exp.With(expressions=ctes))
        return body

    def _add(self, wanted: str, query: Node, *, apart: bool = False) -> str:
        """A CTE, under a name that no table has."""
        name = names.free(wanted, self.taken)
        self.cte_names[wanted] = name
        self.ctes.append(_Cte(name, query, apart))
        return name

    def _cte(self, cte: _Cte) -> Node:
        """A CTE that joins and does not group would be taken for a part of the SELECT that reads it, with all its tables."""
        joins = bool(cte.query.args.get("joins")) and not cte.query.args.get("group")
        if cte.apart and self.dialect.apart is not None:
            cte = replace(cte, query=self.dialect.apart(cte.query))
        limits = self.dialect.capabilities
        alone = limits.says_materialized and (
            cte.apart or (limits.materialized and (joins or self.reads[cte.name] > 1))
        )
        return exp.CTE(
            this=cte.query, alias=exp.TableAlias(this=names.identifier(cte.name)), materialized=True if alone else None
        )

    def _read(self, name: str) -> str:
        self.reads[name] += 1
        return name

    # -- shapes that read the flags ---------------------------------------------------------------------------------

    def _memberships(
        self, flags: str, key: StageColumn, outputs: Sequence[str], columns: Sequence[StageColumn]
    ) -> Node:
        second = _second(key.name, SEGMENT)
        terms: list[Node] = [
            exp.select(
                names.named(nodes.text(output), SEGMENT),
                names.named(self.dialect.shown(names.column(key.name), key.type), second),
            )
            .from_(names.cte(self._read(flags)), copy=False)
            .where(names.column(column.name), copy=False)
            for output, column in zip(outputs, columns, strict=True)
        ]
        return self._union(terms, (SEGMENT, second), "memberships")

    def _counts(self, flags: str, outputs: Sequence[str], flagged: Sequence[StageColumn]) -> Node:
        columns = [one.name for one in flagged]
        population = names.free(POPULATION, {column.lower() for column in columns})
        query = exp.select(
            *(names.named(nodes.filtered(nodes.count_rows(), names.column(column)), column) for column in columns),
            names.named(nodes.count_rows(), population),
        ).from_(names.cte(self._read(flags)), copy=False)
        totals = self._add("totals", query)
        terms: list[Node] = [
            exp.select(
                names.named(nodes.text(output), SEGMENT),
                names.named(names.column(column), MEMBERS),
                names.named(names.column(population), POPULATION),
            ).from_(names.cte(self._read(totals)), copy=False)
            for output, column in zip(outputs, columns, strict=True)
        ]
        return self._union(terms, (SEGMENT, MEMBERS, POPULATION), "counts")

    def _union(self, terms: list[Node], columns: Sequence[str], wanted: str) -> Node:
        """UNION ALL, in parts where the dialect takes only so many SELECTs at once."""
        if self.dialect.spread is not None and len(terms) > 1:
            return self.dialect.spread(terms, columns)
        most = self.dialect.capabilities.terms
        while most is not None and len(terms) > most:
            parts: list[Node] = []
            for start in range(0, len(terms), most):
                name = self._add(f"{wanted}_{start // most + 1}", _union_all(terms[start : start + most]))
                # Read twice as far as the engine knows, so that it is not taken apart again.
                self.reads[name] = 2
                parts.append(exp.select(*map(names.column, columns)).from_(names.cte(name), copy=False))
            terms, wanted = parts, f"{wanted}_more"
        return _union_all(terms)

    # -- one layer ----------------------------------------------------------------------------------------------------

    def _select(self, layer: Layer, *, shown: Sequence[str] | None = None) -> Node:
        select = self._rows(layer, shown=shown)
        return select if layer.beside is None else _union_all((select, self._rows(Layer(layer.beside), second=True)))

    def _rows(self, layer: Layer, *, second: bool = False, shown: Sequence[str] | None = None) -> Node:
        """``second``: of a union, so that a missing value takes the type of what stands above it. ``shown``: under which names the
        columns leave the statement, if they do."""
        stage = layer.stage
        titles = [one.name for one in stage.columns] if shown is None else shown
        inputs = {one.alias: one for one in _inputs(stage)}
        qualified = len(inputs) > 1 or _needs_qualifiers(stage, titles)

        def column(col: ir.Col) -> Node:
            return self._column(writer, inputs[col.input], col.name, qualified)

        writer = Writer(self.dialect, self.moments, column)

        def selected(one: StageColumn) -> Node:
            if second and _is_nothing(one):
                return exp.null() if self.dialect.nothing is None else self.dialect.nothing(one.type)
            value = self._value(writer, layer, one)
            return value if shown is None else self.dialect.shown(value, one.type)

        named = bool(stage.joins) and self.dialect.capabilities.named_columns
        query = exp.Select(
            expressions=[
                names.named(selected(one), title, always=named)
                for one, title in zip(stage.columns, titles, strict=True)
            ]
            + [names.named(windows.besides(writer, one), one.name) for one in layer.extras]
        )
        query.set("from_", exp.From(this=self._source(stage.input, qualified)))
        joins = [self._join(writer, join) for join in stage.joins]
        if joins:
            query.set("joins", joins)
        where = [writer.condition(condition) for condition in stage.where]
        by = [one for one in stage.columns if one.name in (stage.by or ())]
        where.extend(nodes.is_present(self._value(writer, layer, one)) for one in by if one.optional)
        where = [condition for condition in where if condition != exp.true()]
        if where:
            query.set("where", exp.Where(this=nodes.all_of(where)))
        if by:
            query.set("group", exp.Group(expressions=[self._group(writer, layer, one) for one in by]))
        return query

    def _column(self, writer: Writer, one: Input, name: str, qualified: bool) -> Node:
        alias = self._alias(one) if qualified else None
        if not isinstance(one.source, Table):
            return names.column(name, alias)
        column = one.source.column(name)
        return self.dialect.read(writer, lambda: names.column(column.column, alias), column)

    def _alias(self, one: Input) -> str:
        """What stands before the names of an input's columns."""
        if not self.dialect.capabilities.subcolumns:
            return one.alias
        name = f"{one.alias}_row"
        while name in self.columns:
            name += "_"
        return name

    def _source(self, one: Input, qualified: bool) -> Node:
        alias = self._alias(one) if qualified else None
        match one.source:
            case Table(name=name):
                return names.table(name, alias)
            case StageRef(stage=stage):
                return names.cte(self._read(self.cte_names[stage]), alias)
            case Union(stages=stages):
                columns = next(layer.stage.columns for layer in self.stack if layer.stage.name == stages[0])
                terms: list[Node] = [
                    exp.select(*(names.column(c.name) for c in columns)).from_(
                        names.cte(self._read(self.cte_names[stage])), copy=False
                    )
                    for stage in stages
                ]
                return exp.Subquery(
                    this=_union_all(terms), alias=exp.TableAlias(this=names.identifier(self._alias(one)))
                )
            case _:
                assert_never(one.source)

    def _join(self, writer: Writer, join: Join) -> Node:
        source = self._source(join.input, True)
        if not join.on:
            return exp.Join(this=source, kind="CROSS")
        on = nodes.all_of(
            nodes.compare("=", self._column(writer, join.input, its, True), writer.value(mine)) for mine, its in join.on
        )
        return exp.Join(this=source, side="LEFT" if join.kind == "left" else None, on=on)

    def _value(self, writer: Writer, layer: Layer, column: StageColumn) -> Node:
        written = layer.written.get(column.name)
        match column.value:
            case Aggregation() as value:
                conditions = [] if value.filter is None else [writer.condition(value.filter)]
                if isinstance(written, Pick):
                    conditions.append(windows.picked(writer, written))
                condition = nodes.all_of(conditions) if conditions else None
                made = self.dialect.aggregates[value.function](writer, value, condition)
                return windows.rest(writer, made, written) if isinstance(written, Rest) else made
            case Window() as value:
                return windows.window(writer, value)
            case Beyond():
                raise AssertionError("what lies beyond has layers of its own")
            case value:
                if isinstance(written, Between):
                    return self.dialect.between(writer, written)
                return writer.aligned(value, column.type)

    def _group(self, writer: Writer, layer: Layer, column: StageColumn) -> Node:
        """A column goes by its name; what is computed goes by its place in the list, which no name can be mistaken for."""
        value = self._value(writer, layer, column)
        if isinstance(value, exp.Column):
            return value
        return nodes.number(layer.stage.columns.index(column) + 1)


def _is_nothing(column: StageColumn) -> bool:
    return isinstance(column.value, ir.Literal) and column.value.value is None


def _needs_qualifiers(stage: Stage, titles: Sequence[str]) -> bool:
    """Would a bare name of the one input be mistaken: for a column that is made here under the same name from something else; for
    one of the items of a list, which some dialects select from; or, by SQLite, for a text, where a quoted name is of no column?"""
    if any(col.type.kind is Kind.LIST for expr in expressions(stage) for col in _cols(expr)):
        return True
    if isinstance(stage.input.source, Table):
        physical = {column.name: column.column for column in stage.input.source.columns}
        if any(not names.is_plain(column) for column in physical.values()):
            return True
        read: Iterable[str] = physical.values()
    else:
        physical = {}
        read = {col.name for expr in expressions(stage) for col in _cols(expr)}
        if any(not names.is_plain(name) for name in read):
            return True
    taken = {name.lower() for name in read}
    return any(
        title.lower() in taken
        and not (isinstance(column.value, ir.Col) and physical.get(column.value.name, column.value.name) == title)
        for column, title in zip(stage.columns, titles, strict=True)
    )


def _cols(expr: ir.Expr) -> list[ir.Col]:
    return [expr] if isinstance(expr, ir.Col) else [col for child in children(expr) for col in _cols(child)]


def _inputs(stage: Stage) -> list[Input]:
    return [stage.input, *(join.input for join in stage.joins)]


def _union_all(terms: Sequence[Node]) -> Node:
    tree = terms[0]
    for term in terms[1:]:
        tree = exp.Union(this=tree, expression=term, distinct=False)
    return tree


def _columns(query: Node) -> list[str]:
    """The names of a query's columns, which are those of its first SELECT."""
    while isinstance(query, exp.Union):
        query = query.this
    assert isinstance(query, exp.Select)
    return [one.alias_or_name for one in query.expressions]


def _second(name: str, first: str) -> str:
    """The key's name, unless the other column has it."""
    return name if name.lower() != first else f"{name}_key"
