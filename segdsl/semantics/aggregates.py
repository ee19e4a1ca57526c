"""Aggregates: over which rows, related to what, and of what type.

The relation is the one that stands first (`count(order …)`), or the deepest that the value names. Seen from a row, a
relation means that row's own rows if it descends from it, nearest first, else all the customer's; `customer.item` says
the latter in any place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from segdsl.diagnostics import Diagnostic
from segdsl.errors import names as name_errors
from segdsl.errors import rows as row_errors
from segdsl.errors import types as errors
from segdsl.records import record, replace
from segdsl.semantics import around, calls, constants, groups, ir, names, numbers, sequences
from segdsl.semantics.constants import Items, Length, Opaque, Scalar, Share
from segdsl.semantics.context import Context, unknown
from segdsl.semantics.layout import Layout
from segdsl.semantics.mentions import outside_aggregates
from segdsl.semantics.names import Scope
from segdsl.semantics.walk import walk_rows
from segdsl.source import Span
from segdsl.syntax import ast
from segdsl.types import BOOL, FLOAT, INT, MAX_DIGITS, Kind, Type, decimal

if TYPE_CHECKING:
    from segdsl.semantics.expressions import Expressions

ROWS = frozenset({"count", "any", "none", "streak"})
"""The aggregates that speak of rows, and not of a value of each."""
MEDIAN = Decimal(50)
MORE_DIGITS = 10
SUM_OF_INTS = decimal(26, 0)
SUM_OF_FLOATS = decimal(29, 6)
_LONGEST_SHOWN = 40


@record(frozen=True, slots=True)
class Rows:
    """The rows that an aggregate speaks of; ``all`` of the customer's if said so."""

    relation: str
    all: bool = False


def aggregate(resolver: Expressions, node: ast.Aggregate, scope: Scope) -> ir.Expr:
    context, span, function = resolver.context, node.span, node.function
    if scope.permits.aggregates == "none":
        hint = "a relation that `groups` rows has fields over those rows"
        return context.wrong(name_errors.schema_scope(span, scope.permits.where, "other rows", hint))
    percent = percent_of(resolver, node, scope)
    if percent is None or not _has_groups_if_any(node, scope, context):
        return unknown(span)
    rows = _rows_named(resolver, node, scope) if function in ROWS else _rows_of_value(resolver, node, scope)
    if rows is None:
        return unknown(span)
    if scope.permits.aggregates == "group" and len(scope.rows) == 1:
        group = context.schema.relations[scope.owner]
        if group.groups is not None and function not in ROWS and context.layout.descends(group.groups, rows.relation):
            # What the rows of the group belong to is read from them: `max(order.placed_at)` in groups of items.
            rows = Rows(group.groups)
        if rows.all or rows.relation != group.groups:
            what = f"rows of `{rows.relation}`"
            hint = f"an aggregate here goes over the rows of `{group.groups}` that the group holds"
            return context.wrong(name_errors.schema_scope(span, scope.permits.where, what, hint))
    related = _related(rows, node, scope, context)
    if related is None:
        return unknown(span)
    outer, kept = related
    row = ir.Row(scope.depth + 1, rows.relation)
    found = _of_rows(resolver, node, ir.Aggregate(function, row, outer, None, None, kept, span=span), scope)
    if found is None:
        return unknown(span)
    if found.value is None or function == "streak":
        return replace(found, type=BOOL if function in ("any", "none") else INT)
    return of_value(resolver, found, found.value, percent, some=_of_all_rows_of_a_group(found, context))


def _of_all_rows_of_a_group(node: ir.Aggregate, context: Context) -> bool:
    """Does it go over every row of a group? There is none without rows."""
    if node.period is not None or node.where is not None:
        return False
    if node.outer.grouped:
        return node.outer.of == node.row.of
    around = context.schema.relations.get(node.outer.of)
    return around is not None and around.groups == node.row.of


def _of_rows(resolver: Expressions, node: ast.Aggregate, found: ir.Aggregate, scope: Scope) -> ir.Aggregate | None:
    """The aggregate with all that stands inside of it, narrowed further; None where something is wrong."""
    context, layout, function, relation = resolver.context, resolver.context.layout, node.function, found.row.of
    alias = around.alias(node, scope, context)
    inside = scope.inside(found.row, found.outer, alias)
    # Of the value, the relation's name says which rows are meant; behind `as` it is that of a row around.
    named = inside if alias is None else inside.behind_alias()
    wrong = False
    if node.period is not None or scope.within is not None:
        period = scope.within if node.period is None else resolver.period(node.period, named)
        found = replace(found, period=period)
        wrong = period is None
        if layout.time(relation) is None:
            span = node.span if node.period is None else node.period.span
            context.report(name_errors.no_time(span, relation, "no period can keep some of them"))
            wrong = True
    if function in ("first", "last") and layout.time(relation) is None:
        context.report(name_errors.no_time(node.span, relation, f"none of them is the {function}"))
        wrong = True
    where = None if node.where is None else resolver.condition(node.where, named)
    around.doubt_which(resolver, node, relation, scope)
    steps = sequences.steps(resolver, node.sequences, named)
    value = None if function in ROWS else resolver.expr(node.value, inside)
    if function == "streak":
        unit = groups.calendar_unit(node.per)
        assert unit is not None
        numbered = groups.streak_unit(unit, named, node.span, context)
        if numbered is None:
            return None
        value, step = numbered
        found = replace(found, step=step)
    elif node.per is not None:
        made = groups.group(resolver, node.per, named)
        if made is None:
            return None
        found = replace(found, per=groups.by(made, context))
        if node.having is not None:
            having = groups.having(resolver, node.having, made, found.row, found.outer, scope, alias)
            wrong |= having.type.is_unknown
            found = replace(found, having=having)
    if wrong or steps is None or any(part is not None and part.type.is_unknown for part in (where, value)):
        return None
    if value is not None and value.type.kind is Kind.WHOLE:
        value = numbers.to_int(value, context)
    parts = tuple(part for part in (found.where, where) if part is not None)
    found = replace(found, value=value, where=sequences.joined((*parts, *steps)))
    return found if _finds_outer_rows(resolver, found, inside) else None


def _related(rows: Rows, node: ast.Aggregate, scope: Scope, context: Context) -> tuple[ir.Row, ir.Expr | None] | None:
    """The row around to which the rows are related, nearest first; the outermost where they are all the customer's. Those of a
    row that is `from` another relation are those of that other's row: all the customer's, kept by a condition."""
    layout, relation = context.layout, rows.relation
    for row in reversed(scope.rows[1:]) if not rows.all else ():
        if layout.descends(relation, row.of) or (row.grouped and row.of == relation):
            return (row, None) if around.is_seen(row, scope, node.span, context) else None
        base = next((base for base in layout.bases(row.of) if layout.descends(relation, base)), None)
        if base is not None:
            kept = (
                None if row.grouped else _of_the_same(row, base, ir.Row(scope.depth + 1, relation), node.span, context)
            )
            if kept is not None and not around.is_told_apart(row.of, row_errors.OTHER_ROWS, node.span, context):
                return None
            if kept is None:
                what = f"the rows of `{relation}` that belong to a `{row.of}`"
                hint = f"`{layout.entity}.{relation}` means all of the {layout.entity}'s"
                context.report(name_errors.not_available(node.span, what, hint))
                return None
            return scope.rows[0], kept
    return scope.rows[0], None


def _of_the_same(row: ir.Row, base: str, inner: ir.Row, span: Span, context: Context) -> ir.Expr | None:
    """Does an inner row belong to the row of ``base`` that ``row`` is? By keys; None where it may belong to several."""
    layout, schema = context.layout, context.schema
    way = layout.way_up(inner.of, base)
    if layout.crossings(inner.of, way):
        return None
    parts: list[ir.Expr] = []
    for name in schema.relations[base].key:
        theirs, own = layout.fields(base)[name], layout.fields(row.of)[name]
        optional = names.may_find_none(way)
        left = ir.FieldRef(inner, way, base, theirs, type=theirs.type, optional=optional, span=span)
        right = ir.FieldRef(row, (), row.of, own, type=own.type, span=span)
        parts.append(ir.Compare("=", left, right, span=span))
    return ir.All(tuple(parts), span=span) if len(parts) > 1 else parts[0] if parts else None


def percent_of(resolver: Expressions, node: ast.Aggregate, scope: Scope) -> Decimal | None:
    """Which percentile is asked for: the median's, of any other aggregate. None, and a finding, where that is wrong."""
    context, extra = resolver.context, node.extra
    if node.function != "percentile":
        if extra is None:
            return MEDIAN
        context.report(row_errors.no_second(extra.span, node.function))
        return None
    if extra is None:
        context.report(row_errors.percent_needed(node.span))
        return None
    constant = resolver.constant(extra, scope)
    number = constants.exact(constant)
    if number is not None:
        if 0 < number <= 100:
            return number
        context.report(row_errors.percent_range(extra.span))
        return None
    match constant:
        case Scalar() | Length() | Share() | Items():
            context.report(row_errors.percent_of(extra.span, constants.describe(constant)))
        case None:
            if not resolver.expr(extra, scope).type.is_unknown:
                context.report(errors.constant_needed(extra.span, "the second argument of `percentile`"))
        case Opaque():
            return MEDIAN
    return None


def _has_groups_if_any(node: ast.Aggregate, scope: Scope, context: Context) -> bool:
    """Does `per` stand where it may, and `streak` have its own? A finding if not."""
    finding = None
    if node.function == "streak":
        if groups.calendar_unit(node.per) is None:
            finding = row_errors.streak_of_what(node.span if node.per is None else node.per.span)
        elif node.having is not None:
            finding = row_errors.streak_having(node.having.span)
    elif node.per is not None and node.function not in ROWS:
        finding = row_errors.per_of_value(node.per.span, node.function)
    if finding is None and node.per is not None and scope.permits.where:
        finding = name_errors.schema_scope(node.per.span, scope.permits.where, "groups that a text makes with `per`")
    if finding is not None:
        context.report(finding)
    return finding is None


def _finds_outer_rows(resolver: Expressions, node: ir.Aggregate, inside: Scope) -> bool:
    """Can each row be put with the outer rows that it belongs to? Where they may be several, and the row asks for something of
    them or is in a group of each, it is told apart by keys, and from the outer row on there is one way. A finding if not."""
    context, layout = resolver.context, resolver.context.layout
    relation, outer = node.row.of, node.outer.of
    way = layout.way_up(relation, outer)
    crossed = layout.crossings(relation, way)
    if crossed and node.outer.grouped:
        child, step = crossed[-1]
        context.report(_several_around(layout, node.span, child, step, None))
        return False
    asked = list(_asked_around(node))
    for row, span in asked:
        related = row != node.outer and row in inside.descent()
        further = layout.crossings(outer, layout.way_up(outer, row.of)) if related else ()
        # Rows are put with the groups that they are in by a join to a parent, if that finds several; not otherwise.
        within = () if any(step.kind == "parent" for _, step in crossed) else crossed
        for child, step in (*further, *within):
            context.report(_several_around(layout, span, child, step, None))
            return False
    if crossed and (asked or node.per is not None or any(step.kind == "group" for step in way)):
        return is_once_for_each(node, context, asked[0][1] if asked else None)
    return True


def is_once_for_each(node: ir.Aggregate, context: Context, asked: Span | None = None) -> bool:
    """Can each row be taken once for every outer row that it belongs to? Where they may be several, keys tell. A finding if not;
    ``asked``: where something is asked of an outer row."""
    layout, relation, outer = context.layout, node.row.of, node.outer.of
    way = layout.way_up(relation, outer)
    crossed = layout.crossings(relation, way)
    if not crossed:
        return True
    child, step = crossed[-1]
    owners = [relation, *(step.to for step in way)]
    apart = [*owners[: owners.index(child) + 1], *([outer] if asked is not None else [])]
    keyless = next((o for o in apart if layout.is_relation(o) and not context.schema.relations[o].key), None)
    if keyless is None:
        return True
    what = name_errors.COUNTED_ONCE if asked is None else name_errors.ASKED_AROUND
    context.report(_several_around(layout, asked or node.span, child, step, keyless, what))
    return False


def _several_around(
    layout: Layout, span: Span, child: str, step: ir.Step, keyless: str | None, what: str = name_errors.ASKED_AROUND
) -> Diagnostic:
    if step.kind == "group":
        # A row is in several groups because it, or a row that it belongs to, has several parents.
        child, step = layout.crossings(child, layout.way_up(child, layout.entity))[0]
    return name_errors.several_around(span, child, step.to, keyless, what)


def _asked_around(node: ir.Aggregate) -> Iterator[tuple[ir.Row, Span]]:
    """The rows around an aggregate of which something is asked inside that is not read by a path from within, and where."""
    own = {node.row, replace(node.row, grouped=True)}
    for part in walk_rows(node):
        match part:
            case ir.Aggregate() if part is node:
                continue
            case ir.Aggregate():
                read = part.outer
                own |= {part.row, replace(part.row, grouped=True)}
            case ir.Follow():
                read = part.row
                own.add(part.inner)
            case ir.FieldRef() | ir.TraitColumn() | ir.NoRow() | ir.RowUse() | ir.Previous() | ir.GroupValue():
                read = part.row
            case _:
                read = node.row
        if read not in own:
            yield read, part.span


# -- which rows ---------------------------------------------------------------------------------------------------


def _rows_named(resolver: Expressions, node: ast.Aggregate, scope: Scope) -> Rows | None:
    """Of ``count(order …)``, ``any(customer.item …)``"""
    context, layout, value, function = resolver.context, resolver.context.layout, node.value, node.function
    if not isinstance(value, ast.Name):
        context.report(name_errors.count_of_value(value.span, function))
        return None
    words = [part.text for part in value.parts]
    if len(words) == 1 and layout.is_relation(words[0]):
        return Rows(words[0])
    if len(words) == 2 and words[0] == layout.entity and layout.is_relation(words[1]):
        return Rows(words[1], all=True)
    if words == [layout.entity]:
        context.report(name_errors.aggregate_of_entity(value.span, function, layout.entity))
        return None
    if layout.is_relation(words[0]):
        if layout.is_relation(words[-1]) and layout.descends(words[-1], words[0]):
            context.report(name_errors.rows_by_path(value.span, value.text, words[-1]))
        elif not resolver.expr(value, _inside(words[0], scope)).type.is_unknown:
            context.report(name_errors.count_of_field(value.span, function, words[0], ".".join(words[1:])))
        return None
    known = names.bare_field(words[0], scope, layout) is not None or (
        resolver.definitions is not None and words[0] in set(resolver.definitions.names())
    )
    if known:
        near = context.schema.relations if len(words) == 1 else ()
        context.report(name_errors.count_of_value(value.span, function, words[0], near))
    elif len(words) == 1 and words[0] in context.schema.lookups:
        context.report(_lookup_named(value.span, function, words[0], layout))
    elif names.means_entity(words[0], layout):
        context.report(name_errors.called_otherwise(value.parts[0].span, words[0], layout.entity))
    else:
        context.report(name_errors.unknown_relation(value.span, value.text, context.schema.relations))
    return None


def _lookup_named(span: Span, function: str, name: str, layout: Layout) -> Diagnostic:
    owner, path = layout.schema.lookups[name].of, name
    while owner in layout.schema.lookups:
        owner, path = layout.schema.lookups[owner].of, f"{owner}.{path}"
    links = layout.schema.lookups[name].links
    public = names.public(name, layout)
    field = next((field for field in public if all(field != link.parent for link in links)), "FIELD")
    relation = owner if layout.is_relation(owner) else None
    return name_errors.lookup_as_relation(span, function, name, layout.schema.lookups[name].of, path, relation, field)


def _inside(relation: str, scope: Scope) -> Scope:
    return scope.inside(ir.Row(scope.depth + 1, relation))


def _rows_of_value(resolver: Expressions, node: ast.Aggregate, scope: Scope) -> Rows | None:
    """Of ``sum(item.price * order.discount)``: the deepest relation that the value names."""
    context, layout, function = resolver.context, resolver.context.layout, node.function
    found: dict[str, bool] = {}
    loose: list[ast.Name] = []
    for name in outside_aggregates(node.value):
        words = [part.text for part in name.parts]
        if len(words) > 1 and (words[0] in scope.aliases or (node.alias and node.alias.text == words[0])):
            continue
        if len(words) > 1 and words[0] == layout.entity and layout.is_relation(words[1]):
            del words[0]
            found[words[0]] = True
        elif layout.is_relation(words[0]):
            found.setdefault(words[0], False)
        else:
            loose.append(name)
            continue
        if len(words) == 1:
            known = names.suited(function, words[0], layout)
            context.report(name_errors.aggregate_of_relation(name.span, function, words[0], known))
            return None
    if not found and loose and scope.group is not None:
        return Rows(scope.rows[-1].of)
    if not found:
        _no_rows(resolver, node, loose, scope)
        return None
    for deepest, forced in found.items():
        if all(layout.descends(deepest, other) for other in found if other != deepest):
            return Rows(deepest, forced)
    # One that is around may be meant beside the one whose rows are taken together.
    around_here = {row.of for row in scope.rows if row not in scope.hidden}
    inner = [name for name in found if name not in around_here]
    if len(inner) == 1:
        return Rows(inner[0], found[inner[0]])
    first = next(iter(found))
    other = next(
        name
        for name in found
        if name != first and not layout.descends(first, name) and not layout.descends(name, first)
    )
    context.report(name_errors.two_relations(node.value.span, first, other))
    return None


def _no_rows(resolver: Expressions, node: ast.Aggregate, loose: list[ast.Name], scope: Scope) -> None:
    context, layout = resolver.context, resolver.context.layout
    if not loose:
        context.report(name_errors.aggregate_of_what(node.span, node.function, None, ()))
        return
    name = loose[0]
    words = [part.text for part in name.parts]
    if words == [layout.entity]:
        context.report(name_errors.aggregate_of_entity(name.span, node.function, layout.entity))
        return
    lookup = context.schema.lookups.get(words[0])
    if lookup is not None and len(words) > 1:
        owners = [lookup.of] if layout.is_relation(lookup.of) else []
    else:
        owners = [relation for relation in context.schema.relations if words[0] in names.public(relation, layout)]
    if not owners and names.means_entity(words[0], layout) and names.head(words[0], scope, layout) is None:
        context.report(name_errors.called_otherwise(name.parts[0].span, words[0], layout.entity))
        return
    if not owners and len(words) > 1:
        if names.head(words[0], scope, layout) is None and lookup is None:
            # No row and no lookup starts the name, so it should have been a relation.
            context.report(name_errors.unknown_relation(name.parts[0].span, words[0], context.schema.relations))
        elif resolver.expr(name, scope).type.is_unknown:
            pass
        elif words[0] == layout.entity:
            context.report(name_errors.aggregate_of_entity(name.span, node.function, layout.entity))
        else:
            context.report(name_errors.aggregate_of_what(name.span, node.function, None, ()))
        return
    if not owners and len(loose) == 1 and node.function not in ("first", "last") and _is_plain(node):
        known = resolver.tried(name, scope)
        if not known.type.is_unknown and node.span.source is not None:
            before, behind = (
                node.span.text[: name.span.start - node.span.start],
                node.span.text[name.span.end - node.span.start :],
            )
            written = " ".join(f"{before}{layout.entity}.{name.text}{behind}".split())
            found = name_errors.aggregate_of_one_value(node.span, node.function, layout.entity, name.text, written)
            context.report(found)
            return
    context.report(name_errors.aggregate_of_what(name.span, node.function, name.text, _likely(owners, scope, layout)))


def _likely(owners: Sequence[str], scope: Scope, layout: Layout) -> Sequence[str]:
    """Those whose rows belong to the innermost row around, if there are such, and none that are rows of another one of them."""
    owners = [owner for owner in owners if not any(base in owners for base in layout.bases(owner) if base != owner)]
    outer = next((row.of for row in reversed(scope.rows) if layout.is_relation(row.of)), None)
    below = [] if outer is None else [owner for owner in owners if layout.descends(owner, outer)]
    return below or owners


def _is_plain(node: ast.Aggregate) -> bool:
    """Is it of a value, and of nothing that narrows the rows?"""
    narrowed = (node.alias, node.period, node.per, node.having, *node.sequences)
    return isinstance(node.value, ast.Name) and len(node.value.parts) == 1 and all(part is None for part in narrowed)


# -- of what type -------------------------------------------------------------------------------------------------


def of_value(
    resolver: Expressions, node: ir.Aggregate, value: ir.Expr, percent: Decimal = MEDIAN, some: bool = False
) -> ir.Expr:
    """The aggregate of a value, in its type; ``node.function`` is as it was written. ``some``: are there always rows?"""
    context, function, kind = resolver.context, node.function, value.type
    if kind.kind is Kind.LIST:
        written = value.span.text if value.span.source is not None else "…"
        return context.wrong(errors.list_of_rows(value.span, function, written))
    if function in ("sum", "avg", "median", "percentile"):
        if not kind.is_number:
            return context.wrong(_not_numbers(node, value, context))
        if function == "avg":
            return replace(node, type=FLOAT, optional=True)
        if function != "sum":
            return replace(node, function="percentile", percent=percent, type=FLOAT, optional=True)
        total = _sum_type(kind)
        return replace(node, type=total, optional=kind.precision + MORE_DIGITS > MAX_DIGITS)
    if function == "distinct":
        if kind.kind is Kind.FLOAT:
            return context.wrong(errors.float_distinct(value.span))
        return replace(node, type=INT)
    if function in ("min", "max"):
        optional = value.optional or not some
        if kind.kind is Kind.STRING and kind.ordered:
            least = replace(node, value=calls.place(value, kind), type=INT, optional=optional)
            return calls.label(least, kind)
        if kind.kind in (Kind.STRING, Kind.BOOL):
            return context.wrong(errors.no_order(value.span, kind, f"`{function}`"))
        return replace(node, type=kind, optional=optional)
    time = context.layout.time(node.row.of)
    timed = time is not None and time.expression is None and not time.optional
    return replace(node, type=kind, optional=value.optional or not (some and timed))


def _not_numbers(node: ir.Aggregate, value: ir.Expr, context: Context) -> Diagnostic:
    timed = context.layout.time(node.row.of) is not None
    offered = [other for other in ("min", "max", "last", "distinct") if names.suits(other, value.type, timed)]
    written = value.span.text if value.span.source is not None else "…"
    shown = written if len(written) <= _LONGEST_SHOWN else "…"
    return errors.not_numbers(value.span, node.function, value.type, shown, offered[:3])


def _sum_type(kind: Type) -> Type:
    match kind.kind:
        case Kind.DECIMAL:
            return decimal(min(MAX_DIGITS, kind.precision + MORE_DIGITS), kind.scale)
        case Kind.FLOAT:
            return SUM_OF_FLOATS
        case _:
            return SUM_OF_INTS
