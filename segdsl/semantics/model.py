"""The expressions of a schema, parsed and resolved: `where`, `is` and `by`.

In goes a schema as it was declared, out come an `ir.Model` and everything that is wrong with its expressions. Each may
read its own row, the rows above it and lookups; what else it may read depends on where it stands. Expressions may read
computed fields, so they depend on one another, and on which rows there are; a circle among them is an error.

Whether a computed field can be missing is known only once its expression is resolved, and so is that of every field
that reads it. Therefore everything is resolved twice: first to see what depends on what, then in that order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from segdsl import schema as sch
from segdsl.diagnostics import Diagnostic
from segdsl.errors import limits as limit_errors
from segdsl.errors import names as errors
from segdsl.limits import DEFAULT, Limits
from segdsl.records import record, replace
from segdsl.semantics import ir, numbers
from segdsl.semantics.constants import Parameter
from segdsl.semantics.context import Context, context
from segdsl.semantics.expressions import Expressions, TooManyNodes
from segdsl.semantics.layout import Layout
from segdsl.semantics.link import LeftOut
from segdsl.semantics.names import Permits, Scope, outermost
from segdsl.semantics.parameters import parameters
from segdsl.semantics.walk import rebuild, walk
from segdsl.source import NOWHERE, Source, Span
from segdsl.syntax import ast
from segdsl.syntax.parse import parse_expression
from segdsl.types import BOOL, Kind, Type

Findings = tuple[Diagnostic, ...]
Key = tuple[str, str, str]
"""What depends on what: ("is", owner, field), ("where", owner, ""), ("by", group, name), ("rows", relation, "")."""


@record(frozen=True, slots=True)
class _Site:
    """An expression of the schema, and what it has to become."""

    key: Key
    text: sch.Text
    node: ast.Expr
    scope: Scope
    type: Type | None
    clock: bool
    inherited: bool = False
    """Is it that of the relation it is ``from``, where what is wrong with it has been said?"""

    @property
    def where(self) -> str:
        return self.scope.permits.where


def build_model(
    schema: sch.Schema,
    params: Mapping[str, ast.Param] | None = None,
    settings: Mapping[str, object] | None = None,
    limits: Limits = DEFAULT,
) -> tuple[ir.Model, Findings]:
    """The schema with its expressions resolved. Those with errors are left out.

    ``params`` (`Namespace.params`) and ``settings``: what the entity's ``where`` may name, so that a host can set a
    tenant.
    """
    shared = context(schema, limits)
    nodes = params or {}
    values = parameters(nodes, {name: value for name, value in (settings or {}).items() if name in nodes}, shared)
    # What is wrong with parameters is said once, where the library is resolved.
    shared.findings.clear()
    sites = _sites(schema, shared)
    names = _ParametersAlone(values, frozenset(nodes.keys() - values.keys()))

    first = {site.key: _resolve(site, Expressions(shared, names, {})) for site in sites}
    found = tuple(shared.findings)
    dependencies = {site.key: set(_reads(first[site.key], shared.layout)) for site in sites}
    order, circle = _order({**_rows(schema), **dependencies})
    if circle is not None:
        spans = {site.key: site.text.span for site in sites}
        span = next((spans[key] for key in circle if key in spans), NOWHERE)
        found = (*found, errors.cycle(span, [_called(key) for key in circle]))
        order = [site.key for site in sites]
    shared.findings.clear()

    computed: dict[tuple[str, str], bool] = {}
    resolved: dict[Key, ir.Expr] = {}
    by_key = {site.key: site for site in sites}
    for key in order:
        if key in by_key:
            expr = _resolve(by_key[key], Expressions(shared, names, computed))
            if not expr.type.is_unknown:
                resolved[key] = expr
                if key[0] == "is":
                    computed[key[1], key[2]] = expr.optional
    return _model(shared.layout, resolved), tuple(dict.fromkeys((*found, *shared.findings)))


def _model(layout: Layout, resolved: Mapping[Key, ir.Expr]) -> ir.Model:
    schema = layout.schema
    expressions = {(owner, name): expr for (kind, owner, name), expr in resolved.items() if kind == "is"}
    bys = {(owner, name): expr for (kind, owner, name), expr in resolved.items() if kind == "by"}
    wheres: dict[str, ir.Expr] = {}
    for owner in (schema.entity.name, *schema.relations):
        parts = []
        for name in (owner, *layout.bases(owner)):
            part = resolved.get(("where", name, ""))
            if part is not None:
                parts.append(_moved(part, name, owner))
        if parts:
            wheres[owner] = parts[0] if len(parts) == 1 else ir.All(tuple(reversed(parts)), span=parts[0].span)
    for group in schema.relations.values():
        for by in group.by:
            if by.expression is None and group.groups is not None:
                expr = _plain(schema, group.groups, by.name)
                if expr is not None:
                    bys[group.name, by.name] = expr
    return ir.Model(schema, expressions, wheres, bys)


def _plain(schema: sch.Schema, owner: str, name: str) -> ir.Expr | None:
    """A field that a group is formed by, of whatever type."""
    known = schema.relations[owner].fields.get(name) if owner in schema.relations else None
    if known is None:
        return None
    return ir.FieldRef(ir.Row(0, owner), (), owner, known, type=known.type, optional=known.optional, span=known.span)


def _moved(expr: ir.Expr, owner: str, to: str) -> ir.Expr:
    """The condition of a relation, over the rows of one that is ``from`` it."""
    if owner == to:
        return expr

    def change(node: ir.Expr) -> ir.Expr:
        match node:
            case ir.FieldRef():
                return replace(node, row=ir.Row(node.row.depth, to), owner=to if not node.path else node.owner)
            case ir.NoRow():
                return replace(node, row=ir.Row(node.row.depth, to))
            case _:
                return rebuild(node, change)

    return change(expr)


# -- the expressions ----------------------------------------------------------------------------------------------


def _sites(schema: sch.Schema, shared: Context) -> list[_Site]:
    found: list[_Site] = []

    def add(key: Key, text: sch.Text, owner: str, permits: Permits, kind: Type | None, clock: bool) -> None:
        node, findings = parse_expression(Source("<schema>", text.text), shared.limits, within=_within(text))
        for finding in findings:
            shared.report(finding)
        if node is not None:
            inherited = key[0] == "is" and any(
                text == known.expression
                for base in shared.layout.bases(owner)
                if (known := shared.layout.fields(base).get(key[2])) is not None
            )
            found.append(_Site(key, text, node, outermost(owner, permits), kind, clock, inherited))

    entity = schema.entity
    if entity.where is not None:
        permits = Permits(False, True, "none", f"the `where` of `{entity.name}`")
        add(("where", entity.name, ""), entity.where, entity.name, permits, BOOL, False)
    owners: list[tuple[str, Mapping[str, sch.Field], bool]] = [(entity.name, entity.fields, False)]
    owners += [(r.name, r.fields, r.groups is not None) for r in schema.relations.values()]
    owners += [(lookup.name, lookup.fields, False) for lookup in schema.lookups.values()]
    for owner, fields, is_group in owners:
        for known in fields.values():
            if known.expression is not None:
                where = f"the field `{owner}.{known.name}`"
                permits = Permits(False, False, "group" if is_group else "none", where)
                add(("is", owner, known.name), known.expression, owner, permits, known.type, True)
    for relation in schema.relations.values():
        if relation.where is not None:
            permits = Permits(False, False, "none", f"the `where` of `{relation.name}`")
            add(("where", relation.name, ""), relation.where, relation.name, permits, BOOL, False)
        for by in relation.by:
            if by.expression is not None and relation.groups is not None:
                permits = Permits(False, False, "none", f"`by` of `{relation.name}`")
                named = relation.fields.get(by.name)
                kind = named.type if named is not None and named.type.kind is not Kind.ANY else None
                add(("by", relation.name, by.name), by.expression, relation.groups, permits, kind, False)
    return found


def _within(text: sch.Text) -> Span | None:
    return text.span if text.span.source is not None else None


def _resolve(site: _Site, expressions: Expressions) -> ir.Expr:
    findings = expressions.context.findings
    before = len(findings)
    expr = _resolved(site, expressions)
    if site.inherited:
        del findings[before:]
    return expr


def _resolved(site: _Site, expressions: Expressions) -> ir.Expr:
    shared = expressions.context
    expressions.hints = False
    try:
        if site.key[0] == "where":
            expr = expressions.condition(site.node, site.scope)
        else:
            expr = expressions.expr(site.node, site.scope)
            if site.type is not None:
                expr = numbers.declared(expr, site.type, site.node.span, shared)
    except TooManyNodes:
        finding = limit_errors.too_many_nodes(site.text.span, site.where, shared.limits.nodes)
        return shared.wrong(finding)
    if not site.clock and not expr.type.is_unknown:
        for node in walk(expr):
            if _reads_clock(node):
                return shared.wrong(
                    errors.schema_scope(node.span, site.where, "the clock", "it has to hold at any time")
                )
    if site.key[0] == "by" and expr.type.kind is Kind.FLOAT:
        return shared.wrong(errors.schema_scope(site.node.span, site.where, "a float", "declare it as a decimal"))
    group = _group_timed_by(site, shared.schema)
    if group is not None and not expr.type.is_unknown and not _is_time_of_rows(expr, shared.schema):
        assert group.groups is not None
        time = f"the time `{group.time}` of `{group.name}`"
        return shared.wrong(errors.time_of_group(site.node.span, time, group.groups))
    return expr


def _group_timed_by(site: _Site, schema: sch.Schema) -> sch.Relation | None:
    """The relation that groups rows and whose time the expression is."""
    kind, owner, name = site.key
    relation = schema.relations.get(owner)
    if kind != "is" or relation is None or relation.groups is None or relation.time != name:
        return None
    return relation


def _is_time_of_rows(expr: ir.Expr, schema: sch.Schema) -> bool:
    """Is it the least or the greatest time of the rows of a group, or the day of it?"""
    match _without_day(expr):
        case ir.Aggregate(function="min" | "max", value=value) if value is not None:
            time = _without_day(value)
            return isinstance(time, ir.FieldRef) and (
                time.owner in schema.relations and schema.relations[time.owner].time == time.field.name
            )
        case _:
            return False


def _without_day(expr: ir.Expr) -> ir.Expr:
    while isinstance(expr, ir.Convert) or (isinstance(expr, ir.Call) and expr.overload == "date_timestamp"):
        expr = expr.value if isinstance(expr, ir.Convert) else expr.args[0]
    return expr


def _reads_clock(node: ir.Expr) -> bool:
    match node:
        case ir.Instant():
            return node.moment.anchor == "as_of"
        case ir.InPeriod() | ir.Anniversary():
            return "as_of" in (node.period.start.anchor, node.period.end.anchor)
        case _:
            return False


class _ParametersAlone:
    """A library of which a schema may only name the parameters; see `segdsl.semantics.expressions.Definitions`.
    ``silent``: parameters whose values are wrong, which is said elsewhere."""

    def __init__(self, values: Mapping[str, Parameter], silent: frozenset[str]) -> None:
        self._values = values
        self._silent = silent

    @property
    def parameters(self) -> Iterable[str]:
        return self._values

    def parameter(self, name: str) -> Parameter | None:
        return self._values.get(name)

    def names(self) -> Iterable[str]:
        return self._values

    def is_silent(self, name: str) -> bool:
        return name in self._silent

    def knows(self, name: str) -> bool:
        return False

    def use(self, name: str, scope: Scope, span: Span) -> ir.Expr:
        raise AssertionError("a schema knows of no definitions")

    def row_use(self, name: str, path: ir.Path, scope: Scope, span: Span) -> ir.Expr:
        raise AssertionError("a schema knows of no definitions")

    def cases(self, name: str) -> None:
        return None

    def left_out(self, name: str) -> LeftOut | None:
        return None

    def trait(self, name: str) -> ast.Trait | None:
        return None

    def enter(self, name: str, span: Span) -> bool:
        raise AssertionError("a schema knows of no definitions")

    def leave(self, name: str) -> None:
        raise AssertionError("a schema knows of no definitions")


# -- what depends on what -----------------------------------------------------------------------------------------


def _reads(expr: ir.Expr, layout: Layout) -> Iterator[Key]:
    """What has to be known before an expression can be."""
    for node in walk(expr):
        match node:
            case ir.FieldRef():
                yield from _reads_path(node.row.of, node.path, layout)
                if node.field.expression is not None:
                    yield "is", node.owner, node.field.name
                group = layout.schema.relations.get(node.owner)
                if group is not None and any(by.name == node.field.name for by in group.by):
                    yield "by", node.owner, node.field.name
            case ir.NoRow():
                yield from _reads_path(node.row.of, node.path, layout)
            case ir.Aggregate():
                yield "rows", node.row.of, ""
            case ir.Follow():
                yield "rows", node.inner.of, ""
            case _:
                pass


def _reads_path(owner: str, path: ir.Path, layout: Layout) -> Iterator[Key]:
    for step in path:
        if step.kind == "group":
            yield "rows", step.to, ""
        elif step.kind == "lookup":
            for link in layout.schema.lookups[step.to].links:
                yield from _computed(layout.schema, owner, link.child)
        owner = step.to


def _rows(schema: sch.Schema) -> dict[Key, set[Key]]:
    """What decides which rows a relation has."""
    found: dict[Key, set[Key]] = {}
    for relation in schema.relations.values():
        needs: set[Key] = {("where", relation.name, "")}
        if relation.parent in schema.relations:
            needs.add(("rows", relation.parent, ""))
        if relation.base is not None:
            needs.add(("rows", relation.base, ""))
        if relation.groups is not None:
            needs.add(("rows", relation.groups, ""))
            for by in relation.by:
                needs.add(("by", relation.name, by.name))
        if relation.time is not None:
            needs.update(_computed(schema, relation.name, relation.time))
        for link in relation.links:
            needs.update(_computed(schema, relation.name, link.child))
        found["rows", relation.name, ""] = needs
    for group in schema.relations.values():
        for by in group.by:
            if by.expression is None and group.groups is not None:
                found["by", group.name, by.name] = set(_computed(schema, group.groups, by.name))
    return found


def _computed(schema: sch.Schema, owner: str, name: str) -> Iterator[Key]:
    known = Layout(schema).fields(owner).get(name)
    if known is not None and known.expression is not None:
        yield "is", owner, name


def _order(dependencies: Mapping[Key, set[Key]]) -> tuple[list[Key], list[Key] | None]:
    """What is needed before what needs it; or a circle among them."""
    try:
        return list(TopologicalSorter(dependencies).static_order()), None
    except CycleError as error:
        circle: list[Key] = list(error.args[1])
        return [], list(reversed(circle))


def _called(key: Key) -> str:
    kind, owner, name = key
    match kind:
        case "is" | "by":
            return f"{owner}.{name}"
        case "where":
            return f"{owner} where"
        case _:
            return owner
