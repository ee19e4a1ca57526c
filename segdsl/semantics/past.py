"""`C as of T`: the time, and whether all that is read there has a past.

In goes what was written and where it stands, out comes an `ir.Past`. A past have: rows with a time, but for their fields marked
`changes`; the entity's key, `created` and fields marked `fixed`; the fields of lookups marked `fixed`. What is made of
these has one too, however many definitions, computed fields and conditions of relations lie in between; each is looked
into once. The entity's own `where` is the host's promise and is not looked into.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING

from segdsl import schema as sch
from segdsl.diagnostics import Diagnostic
from segdsl.errors import names as name_errors
from segdsl.errors import past as errors
from segdsl.errors import population as population_errors
from segdsl.errors import types as type_errors
from segdsl.errors.past import Lack
from segdsl.records import record
from segdsl.semantics import ir, periods, time
from segdsl.semantics.constants import Opaque
from segdsl.semantics.context import Context, unknown
from segdsl.semantics.names import Scope
from segdsl.semantics.walk import children
from segdsl.source import Span
from segdsl.syntax import ast

if TYPE_CHECKING:
    from segdsl.semantics.expressions import Expressions


def as_of(resolver: Expressions, node: ast.AsOf, scope: Scope) -> ir.Expr:
    context, span = resolver.context, node.span
    if scope.permits.aggregates != "any":
        return context.wrong(name_errors.schema_scope(span, scope.permits.where, "the past"))
    if scope.within is not None:
        return context.wrong(population_errors.past_in_each(span))
    if not resolver.reaches_one(scope.row.of, scope.at_entity(context.layout, {}).path, span):
        return unknown(span)
    alone = scope.alone(context.layout, "`as of`")
    value = resolver.expr(node.value, alone)
    moment = _moment(resolver, node.moment, alone)
    if moment is None or value.type.is_unknown:
        return unknown(span)
    if not has_past(value, context):
        return unknown(span)
    return ir.Past(value, moment, type=value.type, optional=not resolver.is_condition(value), span=span)


def _moment(resolver: Expressions, node: ast.Expr, alone: Scope) -> ir.Moment | None:
    context = resolver.context
    when = resolver.expr(node, alone)
    if when.type.is_unknown or isinstance(resolver.constant(node, alone), Opaque):
        return None
    if not when.type.is_time:
        context.report(errors.no_time(when.span, type_errors.words(when.type)))
        return None
    moment = periods.moment_of(when, 0)
    if moment is None:
        context.report(type_errors.constant_needed(when.span, "the time behind `as of`"))
        return None
    if not periods.is_reachable(moment, context):
        context.report(type_errors.beyond_calendar(when.span))
        return None
    if periods.is_ahead(moment, context):
        context.report(errors.future(when.span))
        return None
    return moment


def ahead(outputs: Iterable[ir.Expr], program: ir.Program, as_of: datetime) -> tuple[Diagnostic, ...]:
    """Findings about written times behind `as of` that are later than the ``as_of`` that a host gives."""
    tz = time.zone(program.model.schema.timezone)
    found: list[Diagnostic] = []
    seen: set[tuple[str, datetime]] = set()
    waiting = [(expr, as_of) for expr in outputs]
    while waiting:
        node, now = waiting.pop()
        if isinstance(node, ir.Use | ir.RowUse) and (node.name, now) not in seen:
            seen.add((node.name, now))
            waiting.append((program.definitions[node.name].body, now))
        elif isinstance(node, ir.Past):
            try:
                then = time.resolve(node.moment, now, tz)
            except OverflowError:
                found.append(type_errors.beyond_calendar(node.span))
                continue
            if then > now:
                found.append(errors.ahead(node.span, f"{then.isoformat()}Z", f"{now.isoformat()}Z"))
            now = then
        waiting.extend((child, now) for child in children(node))
    return tuple(found)


def has_past(value: ir.Expr, context: Context) -> bool:
    """Is everything in it known of earlier days? Findings where it is not."""
    found = list(dict.fromkeys(_Reader(context).expr(value, _Way(value.span))))
    for lack, way in found:
        context.report(errors.no_past(way.span, lack, way.through, way.where))
    return not found


@record(frozen=True, slots=True)
class _Way:
    """How one gets from what was written to what is read: ``span`` is the last place in the text itself, ``through`` what it
    leads through from there, ``where`` the place in the last of these."""

    span: Span
    through: tuple[str, ...] = ()
    where: Span | None = field(default=None, compare=False)

    def at(self, span: Span) -> _Way:
        if not self.through:
            return _Way(span)
        return _Way(self.span, self.through, span if span.source is not None else self.where)

    def by(self, step: str) -> _Way:
        return _Way(self.span, (*self.through, step), self.where)


Lacks = Iterator[tuple[Lack, _Way]]


class _Reader:
    """Reads expressions, and what they are made of, once each."""

    def __init__(self, context: Context) -> None:
        assert context.model is not None, "a schema's expressions have no `as of`"
        self._context = context
        self._model = context.model
        self._schema = context.schema
        self._layout = context.layout
        self._seen: set[tuple[str, ...]] = set()

    def _new(self, *key: str) -> bool:
        if key in self._seen:
            return False
        self._seen.add(key)
        return True

    def expr(self, expr: ir.Expr, way: _Way) -> Lacks:
        waiting = [expr]
        while waiting:
            node = waiting.pop()
            yield from self._node(node, way.at(node.span))
            waiting.extend(reversed(children(node)))

    def _node(self, node: ir.Expr, way: _Way) -> Lacks:
        match node:
            case ir.FieldRef():
                yield from self._path(node.row.of, node.path, way)
                yield from self._field(node.owner, node.field, way)
            case ir.NoRow():
                yield from self._path(node.row.of, node.path, way)
                if node.path[-1].kind == "lookup" and self._new("row", node.path[-1].to):
                    yield errors.of_lookup(node.path[-1].to), way
            case ir.TraitColumn():
                if self._new("column", node.trait.name):
                    yield errors.of_column(node.trait.name), way
            case ir.Use(name=name):
                yield from self._definition(name, way)
            case ir.RowUse(name=name):
                yield from self._path(node.row.of, node.path, way)
                yield from self._definition(name, way)
            case ir.Aggregate():
                yield from self._rows(node.row.of, way)
            case ir.Follow():
                yield from self._rows(node.inner.of, way)
            case _:
                pass

    def _definition(self, name: str, way: _Way) -> Lacks:
        if self._new("definition", name):
            yield from self.expr(self._context.definitions[name].body, way.by(name))

    def _field(self, owner: str, known: sch.Field, way: _Way) -> Lacks:
        if known.fixed or not self._new("field", owner, known.name):
            return
        computed = self._model.expressions.get((owner, known.name))
        if owner in self._schema.relations and known.changes:
            yield errors.of_changing(owner, known.name), way
        elif computed is not None:
            yield from self.expr(computed, way.by(f"{owner}.{known.name}"))
        elif owner in self._schema.relations or self._is_given(owner, known.name):
            by = self._model.bys.get((owner, known.name))
            if by is not None:
                yield from self.expr(by, way.by(f"{owner}.{known.name}"))
        else:
            yield errors.of_field(owner, known.name), way

    def _is_given(self, owner: str, name: str) -> bool:
        """Is it what tells the entity, or a row of a lookup, from others, or when the entity was created?"""
        if owner == self._layout.entity:
            return name in (self._schema.entity.key, self._schema.entity.created)
        return any(link.parent == name for link in self._schema.lookups[owner].links)

    def _path(self, owner: str, path: ir.Path, way: _Way) -> Lacks:
        for step in path:
            if step.kind == "lookup":
                yield from self._joins(owner, step.to, self._schema.lookups[step.to].links, way)
            elif step.to in self._schema.relations:
                yield from self._rows(step.to, way)
            owner = step.to

    def _joins(self, owner: str, parent: str, links: tuple[sch.Link, ...], way: _Way) -> Lacks:
        """What says to which row it belongs, on both sides."""
        for link in links:
            for side, name in ((owner, link.child), (parent, link.parent)):
                known = self._layout.fields(side).get(name)
                if known is not None:
                    yield from self._field(side, known, way)

    def _rows(self, name: str, way: _Way) -> Lacks:
        """Is it known of earlier days which rows there were, and whose?"""
        if name not in self._schema.relations or not self._new("rows", name):
            return
        relation = self._schema.relations[name]
        if self._layout.time(name) is None:
            yield errors.of_rows(name), way
            return
        inside = way.by(name)
        where = self._model.wheres.get(name)
        if where is not None:
            yield from self.expr(where, way.by(f"where of {name}"))
        if relation.groups is not None:
            yield from self._rows(relation.groups, inside)
            for by in relation.by:
                expression = self._model.bys.get((name, by.name))
                if expression is not None:
                    yield from self.expr(expression, inside)
        else:
            yield from self._joins(name, relation.parent, relation.links, inside)
        if relation.time is not None:
            yield from self._field(name, relation.fields[relation.time], inside)
        yield from self._rows(relation.parent, inside)
