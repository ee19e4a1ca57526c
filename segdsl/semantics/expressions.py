"""Expressions: from the syntax tree to the typed tree, one node at a time.

In goes a piece of the syntax tree and the scope in which it stands, out comes a typed node that obeys
`segdsl.semantics.ir`. Everything wrong is reported to the context, all of it; what is wrong becomes a literal of type
UNKNOWN, and whatever is made of such a literal is silent. What a library's names stand for is asked of `Definitions`.

Conditions and values are one kind of expression here; `Expressions.condition` is where a value that may be missing
becomes a condition, and so the only place that makes `ir.Truth`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import takewhile
from typing import Literal as OneOf
from typing import Protocol, TypeAlias, assert_never, cast

from segdsl.diagnostics import Diagnostic, Fix
from segdsl.errors import limits as limit_errors
from segdsl.errors import names as name_errors
from segdsl.errors import population as population_errors
from segdsl.errors import rows as row_errors
from segdsl.errors import types as errors
from segdsl.errors import warnings
from segdsl.records import replace
from segdsl.semantics import (
    aggregates,
    calls,
    constants,
    distance,
    each,
    groups,
    ir,
    lists,
    names,
    numbers,
    past,
    periods,
    population,
    ranks,
    sequences,
)
from segdsl.semantics.around import goes_by, is_seen
from segdsl.semantics.constants import OPAQUE, Items, Length, Opaque, Scalar, Share, Value
from segdsl.semantics.context import Context, unknown
from segdsl.semantics.declared_types import ARGUMENT_TYPES, declared_type
from segdsl.semantics.link import LeftOut
from segdsl.semantics.names import Argument, Scope
from segdsl.source import Span
from segdsl.syntax import ast
from segdsl.types import BOOL, DATE, DURATION, FLOAT, INT, LIST, STRING, TIMESTAMP, Kind, Type


class Definitions(Protocol):
    """What names of a library stand for; see `segdsl.semantics.resolve`."""

    @property
    def parameters(self) -> Iterable[str]:
        """The names of the parameters."""
        ...

    def parameter(self, name: str) -> constants.Parameter | None:
        """A parameter that is used."""
        ...

    def names(self) -> Iterable[str]:
        """Every name that an expression may use."""
        ...

    def is_silent(self, name: str) -> bool:
        """Is it known to be wrong already, or not available?"""
        ...

    def knows(self, name: str) -> bool:
        """Is there a trait without arguments, or a segment, of that name?"""
        ...

    def use(self, name: str, scope: Scope, span: Span) -> ir.Expr:
        """The value of such a definition."""
        ...

    def row_use(self, name: str, path: ir.Path, scope: Scope, span: Span) -> ir.Expr:
        """The value of a trait of a relation, for the row at the end of a path from the scope's row."""
        ...

    def cases(self, name: str) -> Sequence[str] | None:
        """The cases of tiers; None where the name is no tiers'."""
        ...

    def left_out(self, name: str) -> LeftOut | None:
        """Why there is none, where a pack has one that does not fit the schema."""
        ...

    def trait(self, name: str) -> ast.Trait | None:
        """A trait with arguments."""
        ...

    def enter(self, name: str, span: Span) -> bool:
        """Begin to put such a trait in; false where that would never end."""
        ...

    def leave(self, name: str) -> None: ...


class TooManyNodes(Exception):
    """The expression has grown beyond the limit; caught where a definition begins."""


Operator = OneOf["=", "!=", "<", "<=", ">", ">="]
Word = OneOf["contains", "starts with", "ends with", "matches"]
Kept: TypeAlias = tuple[int, int, bool, list[ast.Expr], list[ir.Row]]
_LONGEST_AMOUNT = 10**9


class Expressions:
    """``computed`` says of each computed field whether it can be missing. ``hints``: is the text a user's own?"""

    def __init__(
        self, context: Context, definitions: Definitions | None, computed: Mapping[tuple[str, str], bool]
    ) -> None:
        self.context = context
        self.definitions = definitions
        self.computed = computed
        self.hints = True
        self.nodes = 0
        self._depth = 0
        self._too_deep = False
        self._asked: list[ast.Expr] = []
        self._denied: list[ir.Row] = []
        self._comparison: ast.Expr | None = None
        self._beside: tuple[ast.Expr, Type] | None = None

    # -- entry points ---------------------------------------------------------------------------------------------

    def expr(self, node: ast.Expr, scope: Scope) -> ir.Expr:
        """A value or a condition."""
        self.count(1)
        if self._depth >= self.context.limits.tree_depth:
            if not self._too_deep:
                self._too_deep = True
                self.context.report(limit_errors.tree_too_deep(node.span, self.context.limits.tree_depth))
            return unknown(node.span)
        self._depth += 1
        try:
            found = groups.read(self, node, scope) if scope.groups else None
            return self._expr(node, scope) if found is None else found
        finally:
            self._depth -= 1

    def tried(self, node: ast.Expr, scope: Scope) -> ir.Expr:
        """What it would be in another scope, and no word about it if it is wrong there."""
        findings, broken = len(self.context.findings), self.context.broken
        nodes, too_deep = self.nodes, self._too_deep
        value = self.expr(node, scope)
        del self.context.findings[findings:]
        self.context.broken, self.nodes, self._too_deep = broken, nodes, too_deep
        return value

    def condition(self, node: ast.Expr, scope: Scope) -> ir.Expr:
        """Something that is true or false for every row."""
        return self.as_condition(self.expr(node, scope))

    def as_condition(self, expr: ir.Expr) -> ir.Expr:
        if expr.type.is_unknown or self.is_condition(expr):
            return expr
        if expr.type.kind is not Kind.BOOL:
            return self.context.wrong(errors.condition_needed(expr.span, expr.type))
        return ir.Truth(expr, span=expr.span)

    def is_condition(self, expr: ir.Expr) -> bool:
        """Is it two-valued by nature?"""
        match expr:
            case ir.Literal():
                return expr.type == BOOL and expr.value is not None
            case ir.Aggregate():
                return expr.function in ("any", "none")
            case ir.Use():
                return expr.name in self.context.conditions
            case ir.RowUse():
                return expr.name in self.context.conditions and not names.may_find_none(expr.path)
            case ir.Past():
                return self.is_condition(expr.value)
            case ir.Overall():
                return self.is_condition(expr.aggregate)
            case _:
                return isinstance(expr, ir.CONDITIONS)

    def count(self, nodes: int) -> None:
        """Count nodes that stand elsewhere: those of a definition that is used."""
        self.nodes += nodes
        if self.nodes > self.context.limits.nodes:
            raise TooManyNodes

    def restart(self) -> Kept:
        """Begin with another definition; what is returned goes to `resume`."""
        kept = (self.nodes, self._depth, self.hints, self._asked, self._denied)
        self.nodes, self._asked, self._denied, self._too_deep = 0, [], [], False
        return kept

    def resume(self, kept: Kept) -> None:
        self.nodes, self._depth, self.hints, self._asked, self._denied = kept

    # -- every node -----------------------------------------------------------------------------------------------

    def _expr(self, node: ast.Expr, scope: Scope) -> ir.Expr:
        span = node.span
        match node:  # what there is most of comes first
            case ast.Name():
                return self._name(node, scope)
            case ast.Compare() if distance.is_distance(node.left) or distance.is_distance(node.right):
                return distance.compared(self, node, scope)
            case ast.Compare():
                self._comparison = node
                left, right = self._sides(node, scope)
                found = self._compare(cast(Operator, node.operator), left, right, span)
                if node.operator == "!=":
                    self._hint(found, ((node.left, left), (node.right, right)), span, scope)
                return found
            case ast.Number():
                scalar = constants.number(node.value)
                if scalar is None:
                    return self.context.wrong(errors.number_range(span, node.value == node.value.to_integral_value()))
                return ir.Literal(scalar.value, type=scalar.type, span=span)
            case ast.String():
                return ir.Literal(node.value, type=STRING, span=span)
            case ast.And() | ast.Or():
                return self._connected(node, scope)
            case ast.Aggregate(function="overall"):
                return population.overall(self, node, scope)
            case ast.Aggregate():
                return aggregates.aggregate(self, node, scope)
            case ast.In():
                return self._in(node, scope)
            case ast.Between():
                return self._between(node, scope)
            case ast.Bool():
                return ir.Literal(node.value, type=BOOL, span=span)
            case ast.DateLiteral():
                return ir.Literal(constants.day(node), type=DATE, span=span)
            case ast.InstantLiteral():
                return ir.Literal(constants.instant(node), type=TIMESTAMP, span=span)
            case ast.Percent():
                return self.context.wrong(errors.percent_here(span, f"{node.value / 100:f}"))
            case ast.Duration():
                return self.context.wrong(errors.length_here(span))
            case ast.Call():
                return self._call(node, scope)
            case ast.Arithmetic():
                return self._arithmetic(node, scope)
            case ast.Negate():
                return self._negate(node, scope)
            case ast.Ago():
                length = self.length(node.duration, scope)
                return unknown(span) if length is None else periods.ago(length, node.future, span, self.context)
            case ast.Now():
                return calls.now(span)
            case ast.Today():
                return calls.today(span)
            case ast.Not():
                self._denied.append(scope.rows[-1])
                item = self.condition(node.item, scope)
                self._denied.pop()
                return ir.Not(item, span=span)
            case ast.InPeriod():
                return self._in_period(node, scope)
            case ast.IsMissing():
                return self._is_missing(node, scope)
            case ast.Match():
                return self._match(node, scope)
            case ast.AsOf():
                return past.as_of(self, node, scope)
            case ast.ListMatch():
                return lists.has_texts(self, node, scope)
            case ast.Rank():
                return ranks.rank(self, node, scope)
            case ast.RankValue():
                return ranks.rank_value(self, node, scope)
            case ast.EachOf():
                return each.each_of(self, node, scope)
            case _:
                assert_never(node)

    def _sides(self, node: ast.Compare, scope: Scope) -> tuple[ir.Expr, ir.Expr]:
        """Of a comparison; beside a text on the left, an unknown name may be one without quotes."""
        left = self.expr(node.left, scope)
        self._beside = (node.right, left.type)
        return left, self.expr(node.right, scope)

    # -- names ----------------------------------------------------------------------------------------------------

    def _name(self, node: ast.Name, scope: Scope) -> ir.Expr:
        if len(node.parts) == 1:
            return self._bare(node.parts[0].text, scope, node.span)
        return self._dotted(node, scope)

    def _bare(self, name: str, scope: Scope, span: Span) -> ir.Expr:
        argument = scope.arguments.get(name)
        if argument is not None:
            return self._argument(name, argument, scope, span)
        found = names.bare_field(name, scope, self.context.layout)
        if isinstance(found, names.Ambiguous):
            return self.context.wrong(name_errors.ambiguous_name(span, name, found.owners))
        if found is not None:
            return self._of_row(found, scope, span)
        return self._of_library(name, scope, span) or self._unknown(name, scope, span)

    def _of_library(self, name: str, scope: Scope, span: Span) -> ir.Expr | None:
        definitions = self.definitions
        if definitions is None:
            return None
        if definitions.is_silent(name):
            return unknown(span)
        parameter = definitions.parameter(name)
        if parameter is not None:
            if not scope.permits.parameters:
                return self.context.wrong(name_errors.schema_scope(span, scope.permits.where, "parameters"))
            return self._constant(parameter.value, name, span)
        if definitions.knows(name):
            if not scope.permits.definitions:
                return self.context.wrong(name_errors.schema_scope(span, scope.permits.where, "traits and segments"))
            return definitions.use(name, scope, span)
        trait = definitions.trait(name)
        if trait is not None:
            arguments = [argument.name.text for argument in trait.arguments or ()]
            return self.context.wrong(name_errors.needs_arguments(span, name, arguments))
        return self._left_out(name, span)

    def _left_out(self, name: str, span: Span) -> ir.Expr | None:
        """A finding about a definition of a pack that does not fit the schema; None where the name is none."""
        gone = self.definitions.left_out(name) if self.definitions is not None else None
        if gone is None:
            return None
        return self.context.wrong(name_errors.left_out(span, name, gone.pack, gone.reason, gone.span))

    def _row_trait_left_out(self, name: str, owners: Iterable[str], span: Span) -> ir.Expr | None:
        """What is to be said of a trait of rows that could not be read, or that a pack leaves out."""
        layout, definitions = self.context.layout, self.definitions
        relations = [owner for owner in owners if layout.is_relation(owner)]
        if definitions is None or not relations:
            return None
        if definitions.is_silent(name):
            return unknown(span)
        found = (self._left_out(f"{base}.{name}", span) for each in relations for base in (each, *layout.bases(each)))
        return next((finding for finding in found if finding is not None), None)

    def _constant(self, value: Value, name: str, span: Span) -> ir.Expr:
        match value:
            case Scalar():
                return ir.Literal(value.value, name, type=value.type, span=span)
            case Length():
                return self.context.wrong(errors.length_here(span))
            case Share():
                return self.context.wrong(errors.percent_here(span, f"a number instead of the parameter `{name}`"))
            case Items():
                return self.context.wrong(errors.list_here(span, name))

    def _argument(self, name: str, argument: Argument, scope: Scope, span: Span) -> ir.Expr:
        if argument.node is None or argument.scope is None:
            if argument.type is None or argument.type in (DURATION, LIST):
                return unknown(span)
            return ir.Literal(None, type=argument.type, optional=True, span=span)
        value = self._given(name, argument.node, argument.scope, scope)
        if argument.type is not None and argument.type.is_number and value.type.is_number:
            value = self.converted(value, argument.type, argument.node.span)
        return value

    def _given(self, name: str, node: ast.Expr, outside: Scope, scope: Scope) -> ir.Expr:
        """What an argument is where the trait is asked for, read where the trait names it."""
        if scope.unseen is not outside.unseen:
            return self._given_alone(node, outside, scope)
        if scope.row == outside.row:
            return self.expr(node, outside)
        if outside.owner != self.context.layout.entity or outside.group is not None:
            # A row around by now: what is read of it here needs that it can be told from the others.
            value = self.expr(node, replace(outside, depth=max(outside.depth, scope.depth)))
            if value.type.is_unknown:
                return value
            read = [row for row in outside.rows[1:] if names.reads_rows(value, (row,), self.context.layout)]
            if read:
                return (
                    value if all(is_seen(row, scope, node.span, self.context) for row in read) else unknown(node.span)
                )
        return self.expr(node, scope.at_entity(self.context.layout, outside.arguments))

    def _given_alone(self, node: ast.Expr, outside: Scope, scope: Scope) -> ir.Expr:
        """What an argument is where the trait reads it for the customer alone, and there are rows around."""
        layout = self.context.layout
        value = self.expr(node, outside)
        if value.type.is_unknown:
            return value
        if names.reads_rows(value, outside.rows[1:], layout):
            written = node.span.on_one_line
            found = population_errors.no_row_here(node.span, written, scope.reader, outside.row.of, layout.entity)
            return self.context.wrong(found)
        return self.expr(node, scope.at_entity(layout, outside.arguments))

    def converted(self, value: ir.Expr, kind: Type, span: Span) -> ir.Expr:
        """As a declaration converts it; a decimal declared without widths keeps its own."""
        if kind.kind is Kind.DECIMAL and not kind.precision:
            if value.type.kind is Kind.FLOAT:
                return self.context.wrong(errors.float_to_decimal(span, "decimal"))
            if value.type.is_exact:
                return numbers.to_decimal(value, self.context)
        return numbers.declared(value, kind, span, self.context)

    def _unknown(self, name: str, scope: Scope, span: Span) -> ir.Expr:
        layout, entity = self.context.layout, self.context.layout.entity
        around = self._around((name,), scope, span)
        if around is not None:
            return around
        above = (place.owner for level in layout.levels(scope.owner) for place in level)
        left_out = self._row_trait_left_out(name, above, span)
        if left_out is not None:
            return left_out
        grouped_by = groups.unit_of_group(name, scope, layout)
        if grouped_by is not None:
            return self.context.wrong(name_errors.unit_of_group(span, name, grouped_by))
        beside = self._text_beside(span)
        if beside is not None and beside.values is not None and name in beside.values:
            return self.context.wrong(name_errors.unquoted_text(span, name, beside.values, ()))
        if name == entity or (layout.is_relation(name) and layout.path(scope.owner, name) is not None):
            kind = "who is asked about" if name == entity else "the row itself"
            found = name_errors.only_a_start(span, name, kind, names.public(name, layout), layout.key(name))
            return self.context.wrong(found)
        if name in scope.aliases:
            owner = scope.aliases[name].of
            found = name_errors.only_a_start(span, name, "a row", names.public(owner, layout), layout.key(owner))
            return self.context.wrong(found)
        if layout.is_relation(name):
            return self.context.wrong(name_errors.bare_relation(span, name, None))
        if name in self.context.schema.lookups:
            place = names.head(name, scope, layout)
            if place is not None:
                return self.context.wrong(name_errors.only_a_start(span, name, "a lookup", names.public(name, layout)))
        for level in layout.levels(scope.owner):
            paths = [path for place in level for path in names.through_lookups(name, place.owner, layout)]
            if paths:
                return self.context.wrong(name_errors.field_of_lookup(span, name, paths[0].split(".")[-2], paths))
        for relation in self.context.schema.relations:
            if name in names.public(relation, layout) or layout.trait(relation, name) is not None:
                offered, condition = self._of_many((relation, name), span)
                return self.context.wrong(name_errors.field_of_relation(span, name, relation, offered, condition))
        for relation in self.context.schema.relations:
            for path in names.through_lookups(name, relation, layout):
                offered, condition = self._of_many((relation, *path.split(".")), span)
                return self.context.wrong(name_errors.field_of_relation(span, path, relation, offered, condition))
        if names.means_entity(name, layout):
            return self.context.wrong(name_errors.called_otherwise(span, name, entity))
        known = {*names.readable(scope, layout), *scope.arguments}
        if self.definitions is not None:
            known |= set(self.definitions.names())
        if beside is not None:
            return self.context.wrong(name_errors.unquoted_text(span, name, beside.values, known))
        return self.context.wrong(name_errors.unknown_name(span, name, known))

    def _text_beside(self, span: Span) -> Type | None:
        """The type of the text that what stands here is compared with."""
        if self._beside is None or span.source is None:
            return None
        node, kind = self._beside
        return kind if node.span == span and kind.kind is Kind.STRING else None

    def _dotted(self, node: ast.Name, scope: Scope) -> ir.Expr:
        layout, entity = self.context.layout, self.context.layout.entity
        words = [part.text for part in node.parts]
        if words[0] == entity and len(words) > 2 and (layout.is_relation(words[1]) or self._is_tiers(words[1])):
            del words[0]
        if words[0] == entity and len(words) == 2 and layout.is_relation(words[1]):
            return self.context.wrong(name_errors.bare_relation(node.span, words[1], None))
        if self._is_tiers(words[0]) and words[0] not in scope.aliases:
            return self._case(words, scope, node)
        place = None if words[0] in scope.aliases else names.head(words[0], scope, layout)
        if place is not None:
            return self._along(place.path, place.owner, words, node, scope)
        seen = names.row_around(words[0], scope, layout)
        return self._no_head(words, node, scope) if seen is None else self._of_around(seen, words, node, scope)

    def _of_around(self, seen: names.Around, words: Sequence[str], node: ast.Name, scope: Scope) -> ir.Expr:
        """Of a row around, or of the row here by its own name."""
        path, owner, layout = seen.path, seen.owner, self.context.layout
        above = layout.path(owner, words[1]) if len(words) > 2 and words[1] not in layout.lookups(owner) else None
        if above is not None:
            path, owner, words = (*path, *above), words[1], words[1:]
        value = self._along(path, owner, words, node, seen.scope)
        if value.type.is_unknown:
            return value
        if seen.row.grouped:
            return groups.shared(self, value, node, seen.row, scope)
        return value if is_seen(seen.row, scope, node.span, self.context) else unknown(node.span)

    def _along(self, path: ir.Path, owner: str, words: Sequence[str], node: ast.Name, scope: Scope) -> ir.Expr:
        """What the words behind the first one lead to, from the end of a path."""
        layout, entity = self.context.layout, self.context.layout.entity
        for word in words[1:-1]:
            if word not in layout.lookups(owner):
                return self.context.wrong(name_errors.unknown_name(node.span, word, layout.lookups(owner), owner))
            path, owner = (*path, ir.Step("lookup", word)), word
        last = words[-1]
        found = names.of_owner(last, path, owner, layout)
        if found is not None:
            return self._of_row(found, scope, node.span)
        if owner == entity:
            used = self._of_library(last, scope.at_entity(layout, {}), node.span)
            if used is not None:
                return used
        if last in layout.lookups(owner):
            return self.context.wrong(
                name_errors.only_a_start(node.span, node.text, "a lookup", names.public(last, layout))
            )
        left_out = self._row_trait_left_out(last, (owner,), node.span)
        if left_out is not None:
            return left_out
        at = node.parts[-1].span
        through = names.through_lookups(last, owner, layout)
        if through:
            return self.context.wrong(name_errors.field_of_lookup(at, last, through[0].split(".")[-2], through))
        above = names.owner_above(last, owner, layout)
        if above is not None:
            return self.context.wrong(name_errors.field_above(at, owner, above, last))
        known = [*names.public(owner, layout), *layout.traits(owner)]
        return self.context.wrong(name_errors.unknown_name(at, last, known, owner))

    def _is_tiers(self, name: str) -> bool:
        return self.definitions is not None and self.definitions.cases(name) is not None

    def _case(self, words: Sequence[str], scope: Scope, node: ast.Name) -> ir.Expr:
        """``support_tier.gold``, a condition"""
        assert self.definitions is not None
        tiers, case = words[0], words[-1]
        known = self.definitions.cases(tiers) or ()
        if len(words) != 2 or case not in known:
            return self.context.wrong(name_errors.unknown_case(node.parts[-1].span, case, tiers, known))
        used = self._of_library(tiers, scope, node.span)
        if used is None or used.type.is_unknown:
            return unknown(node.span)
        return ir.Compare("=", used, ir.Literal(case, type=STRING, span=node.span), span=node.span)

    def _around(self, words: Sequence[str], scope: Scope, span: Span) -> ir.Expr | None:
        """A finding about what belongs to a row around, where no row is seen."""
        unseen, layout = scope.unseen, self.context.layout
        if unseen is None:
            return None
        if len(words) == 1:
            found = names.bare_field(words[0], unseen, layout)
            owner = found.owner if isinstance(found, names.FieldAt | names.TraitAt) else None
        else:
            place = names.head(words[0], unseen, layout) or names.row_around(words[0], unseen, layout)
            owner = None if place is None else place.owner
        if owner is None or owner == layout.entity:
            return None
        name = ".".join(words)
        return self.context.wrong(population_errors.no_row_here(span, name, scope.reader, unseen.row.of, layout.entity))

    def _no_head(self, words: Sequence[str], node: ast.Name, scope: Scope) -> ir.Expr:
        layout, span = self.context.layout, node.span
        around = self._around(words, scope, span)
        if around is not None:
            return around
        called = self._called_with_dot(words, span)
        if called is not None:
            return self.context.wrong(called)
        if layout.is_relation(words[0]):
            alias = goes_by(words[0], scope)
            if alias is not None:
                return self.context.wrong(row_errors.row_goes_by_name(node.parts[0].span, words[0], alias))
            if (
                len(words) == 2
                and names.of_owner(words[1], (), words[0], layout) is None
                and words[1] not in layout.lookups(words[0])
            ):
                public = names.public(words[0], layout)
                return self.context.wrong(name_errors.unknown_name(span, words[1], public, words[0]))
            offered, condition = self._of_many(words, span)
            found = name_errors.bare_relation(span, words[0], ".".join(words[1:]), offered, condition)
            return self.context.wrong(found)
        lookup = self.context.schema.lookups.get(words[0])
        if lookup is not None:
            above = [lookup.of]
            while above[0] in self.context.schema.lookups:
                above.insert(0, self.context.schema.lookups[above[0]].of)
            way = ".".join((*above[1:], words[0]))
            rows = None if above[0] == self.context.schema.entity.name else above[0]
            return self.context.wrong(name_errors.lookup_needs_row(span, words[0], way, words[-1], lookup.of, rows))
        if self.definitions is not None and self.definitions.is_silent(words[0]):
            return unknown(span)
        if (
            words[0] in scope.arguments
            or names.bare_field(words[0], scope, layout) is not None
            or (self.definitions is not None and words[0] in {*self.definitions.names(), *self.definitions.parameters})
        ):
            return self.context.wrong(name_errors.no_cases(span, words[0]))
        if names.means_entity(words[0], layout):
            return self.context.wrong(name_errors.called_otherwise(node.parts[0].span, words[0], layout.entity))
        known = {*self.context.schema.relations, *self.context.schema.lookups, layout.entity}
        return self.context.wrong(name_errors.unknown_name(node.parts[0].span, words[0], known))

    def _called_with_dot(self, words: Sequence[str], span: Span) -> Diagnostic | None:
        """A finding about ``order.count`` or ``order.total.sum``, where that is no field."""
        layout, function = self.context.layout, words[-1]
        if function not in calls.AGGREGATES:
            return None
        name = words[0]
        if not layout.is_relation(name):
            name = name_errors.nearest(name, self.context.schema.relations) or ""
        if not name or self._type_at((name, *words[1:])) is not None:
            return None
        if function in aggregates.ROWS:
            return name_errors.aggregate_with_dot(span, function, name, None, True) if len(words) == 2 else None
        if len(words) > 2:
            known = self._type_at((name, *words[1:-1]))
            field = ".".join(words[1:-1])
            return None if known is None else name_errors.aggregate_with_dot(span, function, name, field, True)
        field = next(iter(sorted(names.suited(function, name, layout))), "FIELD")
        return name_errors.aggregate_with_dot(span, function, name, field, False)

    def _of_many(self, words: Sequence[str], span: Span) -> tuple[list[str], str | None]:
        """The aggregates that make one value of a field of many rows, and what is asked of it, said of each row."""
        layout = self.context.layout
        kind = self._type_at(words)
        timed = layout.time(words[0]) is not None
        suited = [f for f in ("sum", "min", "max", "last") if kind is not None and names.suits(f, kind, timed)]
        if len(words) == 2 and words[1] in names.keys(words[0], layout):
            suited = [function for function in suited if function == "last"]
        offered = ["sum", "max"] if "sum" in suited else suited[:2]
        whole = self._comparison
        if whole is None or whole.span.source is not span.source or span.source is None:
            return offered, None
        start, end = span.start - whole.span.start, span.end - whole.span.start
        if start != 0 and end != len(whole.span.text):
            return offered, None
        text = " ".join((whole.span.text[:start] + ".".join(words[1:]) + whole.span.text[end:]).split())
        return offered, text if len(text) <= 60 else None

    def _type_at(self, words: Sequence[str]) -> Type | None:
        """The type of the field that words lead to, as far as lookups lead there."""
        owner = words[0]
        for word in words[1:-1]:
            if word not in self.context.layout.lookups(owner):
                return None
            owner = word
        known = self.context.layout.field(owner, words[-1])
        return None if known is None else known.type

    def _of_row(self, found: names.FieldAt | names.TraitAt, scope: Scope, span: Span) -> ir.Expr:
        if isinstance(found, names.FieldAt):
            return self._field(found, scope, span)
        assert self.definitions is not None, "only a library gives traits to rows"
        if not self.reaches_one(scope.row.of, found.path, span):
            return unknown(span)
        return self.definitions.row_use(found.name, found.path, scope, span)

    def _field(self, found: names.FieldAt, scope: Scope, span: Span) -> ir.Expr:
        field = found.field
        if field.type.kind is Kind.ANY:
            return self.context.wrong(errors.opaque_key(span))
        if not self.reaches_one(scope.row.of, found.path, span):
            return unknown(span)
        # A list that is there may yet be empty, which is the same as missing.
        optional = field.optional or names.may_find_none(found.path) or field.type.kind is Kind.LIST
        optional = optional or self.computed.get((found.owner, field.name), False)
        return ir.FieldRef(scope.row, found.path, found.owner, field, type=field.type, optional=optional, span=span)

    def reaches_one(self, owner: str, path: ir.Path, span: Span) -> bool:
        """Does a path lead to one row? A finding where a join on it may find several parents."""
        for step in path:
            if not self.context.layout.has_one(owner, step):
                self.context.report(name_errors.several_parents(span, owner, step.to))
                return False
            owner = step.to
        return True

    def _lookup_at(self, node: ast.Expr, scope: Scope) -> names.Around | None:
        """The lookup that a name is the name of, where it is no field's, and the row whose it is."""
        if not isinstance(node, ast.Name):
            return None
        layout = self.context.layout
        words = [part.text for part in node.parts]
        if len(words) == 1 and (words[0] in scope.arguments or names.bare_field(words[0], scope, layout) is not None):
            return None
        place = None if words[0] in scope.aliases else names.head(words[0], scope, layout)
        seen = names.row_around(words[0], scope, layout) if place is None else None
        if place is not None:
            seen = names.Around(scope.row, scope, place.path, place.owner)
        if seen is None:
            return None
        path, owner = seen.path, seen.owner
        for word in words[1:]:
            if layout.field(owner, word) is not None or word not in layout.lookups(owner):
                return None
            path, owner = (*path, ir.Step("lookup", word)), word
        return replace(seen, path=path, owner=owner) if owner in self.context.schema.lookups else None

    # -- calls ----------------------------------------------------------------------------------------------------

    def _call(self, node: ast.Call, scope: Scope) -> ir.Expr:
        name, span = node.name.text, node.span
        if name == "if":
            if len(node.args) not in (2, 3):
                found = name_errors.argument_count(span, name, "a condition and one or two values", len(node.args))
                return self.context.wrong(found)
            condition = self.condition(node.args[0], scope)
            values = [self.expr(arg, scope) for arg in node.args[1:]]
            if condition.type.is_unknown or any(value.type.is_unknown for value in values):
                return unknown(span)
            return calls.choose(condition, values[0], values[1] if len(values) == 2 else None, span, self.context)
        if name == "start_of":
            return self._start_of(node, scope)
        if name == "anniversary":
            return self.context.wrong(errors.anniversary_alone(span, node.args[0].span.text if node.args else ""))
        if name == distance.NAME:
            return self.context.wrong(errors.distance_alone(span))
        if name in calls.FUNCTIONS:
            return calls.call(name, [self.expr(arg, scope) for arg in node.args], span, self.context)
        if name == "previous":
            return sequences.previous(self, node, scope)
        return self._instance(node, scope)

    def _start_of(self, node: ast.Call, scope: Scope) -> ir.Expr:
        if len(node.args) != 2:
            found = name_errors.argument_count(node.span, "start_of", "a unit and a time", len(node.args))
            return self.context.wrong(found)
        unit, time = node.args
        if _is_unit(time) and not _is_unit(unit):
            return self.context.wrong(errors.swapped_unit(node.span, unit.span, time.span))
        value = self.expr(time, scope)
        match unit:
            case ast.Name(parts=(ast.Identifier(text=text),)) if text in periods.CALENDAR_UNITS:
                return calls.start_of(text, value, node.span, self.context)
            case _:
                return self.context.wrong(errors.unknown_unit(unit.span, periods.CALENDAR_UNITS))

    def _instance(self, node: ast.Call, scope: Scope) -> ir.Expr:
        """A trait with arguments, put in."""
        name, span, definitions = node.name.text, node.span, self.definitions
        if definitions is not None and definitions.is_silent(name):
            return unknown(span)
        trait = definitions.trait(name) if definitions is not None else None
        if definitions is None or trait is None:
            return self._left_out(name, span) or self._no_function(name, node)
        if not scope.permits.definitions:
            return self.context.wrong(name_errors.schema_scope(span, scope.permits.where, "traits and segments"))
        declared = trait.arguments or ()
        if len(declared) != len(node.args):
            count = "one argument" if len(declared) == 1 else f"{len(declared)} arguments"
            return self.context.wrong(name_errors.argument_count(span, name, count, len(node.args)))
        layout = self.context.layout
        arguments: dict[str, Argument] = {}
        wrong = False
        for argument, given in zip(declared, node.args, strict=True):
            kind = declared_type(argument.type, ARGUMENT_TYPES, self.context) if argument.type else None
            arguments[argument.name.text] = Argument(kind, given, scope)
            wrong |= not self._fits(name, argument.name.text, kind, given, scope)
        if wrong or not definitions.enter(name, span):
            return unknown(span)
        hints, self.hints = self.hints, False
        try:
            body = self.typed(self.expr(trait.value, scope.at_entity(layout, arguments)), trait)
            return body if body.type.is_unknown else replace(body, call=span)
        finally:
            self.hints = hints
            definitions.leave(name)

    def typed(self, body: ir.Expr, trait: ast.Trait) -> ir.Expr:
        """The value of a trait in the type that it declares."""
        if trait.type is None or body.type.is_unknown:
            return body
        kind = declared_type(trait.type, None, self.context)
        return unknown(body.span) if kind is None else self.converted(body, kind, trait.value.span)

    def _fits(self, trait: str, name: str, kind: Type | None, given: ast.Expr, scope: Scope) -> bool:
        """Is what is given for an argument of its declared type? A finding where it is not."""
        constant = self.constant(given, scope)
        if isinstance(constant, Opaque):
            return True
        if isinstance(constant, (Length, Share, Items)):
            expected = DURATION if isinstance(constant, Length) else LIST if isinstance(constant, Items) else None
            if kind is None or kind == expected:
                return True
            self.context.report(
                errors.argument_type(given.span, trait, name, errors.words(kind), constants.describe(constant))
            )
            return False
        value = self.expr(given, scope)
        if value.type.is_unknown:
            return False
        if kind is None or value.type.kind is kind.kind:
            return True
        if kind.is_number and value.type.is_number and (kind.kind is not Kind.INT or value.type.kind is Kind.WHOLE):
            return True
        self.context.report(errors.argument_type(given.span, trait, name, errors.words(kind), errors.words(value.type)))
        return False

    def _no_function(self, name: str, node: ast.Call) -> ir.Expr:
        definitions = self.definitions
        if definitions is not None and (name in definitions.parameters or definitions.knows(name)):
            kind = "parameter" if name in definitions.parameters else "definition"
            return self.context.wrong(name_errors.takes_no_arguments(node.span, name, kind))
        known = {*calls.NAMES, *calls.AGGREGATES}
        if definitions is not None:
            known |= {other for other in definitions.names() if definitions.trait(other) is not None}
        return self.context.wrong(name_errors.unknown_function(node.name.span, name, known))

    # -- arithmetic -----------------------------------------------------------------------------------------------

    def _arithmetic(self, node: ast.Arithmetic, scope: Scope) -> ir.Expr:
        operator, span = node.operator, node.span
        if operator in "+-":
            for length_node, time_node in ((node.right, node.left), (node.left, node.right)):
                if self._is_length(length_node, scope) and (length_node is node.right or operator == "+"):
                    assert isinstance(length_node, (ast.Duration, ast.Name))
                    length = self.length(length_node, scope)
                    time = self.expr(time_node, scope)
                    if length is None or time.type.is_unknown:
                        return unknown(span)
                    if not time.type.is_time:
                        what = "a date or an instant beside a length of time"
                        return self.context.wrong(errors.wrong_argument(time.span, operator, what, time.type))
                    return periods.shifted(time, length, 1 if operator == "+" else -1, span, self.context)
        left, right = self.expr(node.left, scope), self.expr(node.right, scope)
        if left.type.is_unknown or right.type.is_unknown:
            return unknown(span)
        if left.type.is_time and right.type.is_time:
            return self.context.wrong(errors.two_times(span))
        for side in (left, right):
            if not side.type.is_number:
                return self.context.wrong(errors.wrong_argument(side.span, operator, "numbers", side.type))
        return numbers.arithmetic(operator, left, right, span, self.context)

    def _negate(self, node: ast.Negate, scope: Scope) -> ir.Expr:
        value = self.expr(node.value, scope)
        if value.type.is_unknown:
            return value
        if not value.type.is_number:
            return self.context.wrong(errors.wrong_argument(value.span, "-", "a number", value.type))
        return numbers.negated(value, node.span)

    # -- conditions -----------------------------------------------------------------------------------------------

    def _connected(self, node: ast.And | ast.Or, scope: Scope) -> ir.Expr:
        asked = [item.value for item in node.items if isinstance(item, ast.IsMissing)]
        self._asked.extend(asked)
        listed = self._listed(node, scope)
        items = tuple(unknown(i.span) if i in listed else self.condition(i, scope) for i in node.items)
        if asked:
            del self._asked[-len(asked) :]
        if any(item.type.is_unknown for item in items):
            return unknown(node.span)
        if isinstance(node, ast.And):
            return ir.All(items, span=node.span)
        return ir.Any(items, span=node.span)

    def _listed(self, node: ast.And | ast.Or, scope: Scope) -> list[ast.Expr]:
        """The values of ``country = "GR" or "CY"`` that should have been in a list, reported."""
        listed: list[ast.Expr] = []
        for at, item in enumerate(node.items):
            match item:
                case ast.Compare(
                    operator="=" | "!=" as operator, left=left, right=ast.String() | ast.Number() as first
                ):
                    more = list(takewhile(lambda i: isinstance(i, ast.String | ast.Number), node.items[at + 1 :]))
                    if not more or (operator == "=" and isinstance(node, ast.And)):
                        continue
                    values = ", ".join(value.span.text for value in (first, *more))
                    written = f"{left.span.text} {'in' if operator == '=' else 'not in'} ({values})"
                    whole = Span(item.span.source, item.span.start, more[-1].span.end)
                    kind = self.expr(more[0], scope).type
                    self.context.report(errors.one_of_several(more[0].span, kind, whole, written))
                    listed.extend(more)
                case _:
                    pass
        return listed

    def _hint(self, found: ir.Expr, operands: Iterable[tuple[ast.Expr, ir.Expr]], span: Span, scope: Scope) -> None:
        """Point out what a `!=` or an inner `not` leaves out, unless the text around it asks for it already."""
        if not self.hints or found.type.is_unknown:
            return
        # The first row of all has none before it: that is what is missing for certain.
        for node, operand in sorted(operands, key=lambda each: not isinstance(each[1], ir.Previous)):
            if operand.optional and not isinstance(operand, ir.Literal) and node not in self._asked:
                written, row = node.span.on_one_line, scope.rows[-1]
                of = None if row.of == self.context.layout.entity else row.of
                what = None if of is None else f"a {'group' if row.grouped else 'row'} of `{of}`"
                # Under `not` it is the other way round; a row around may be denied without this one being so.
                denied = self._denied.count(row) % 2 == 1
                self.context.report(
                    warnings.missing_left_out(span, written if len(written) <= 80 else "", what, denied)
                )
                return

    def _compare(self, operator: Operator, left: ir.Expr, right: ir.Expr, span: Span) -> ir.Expr:
        sides = self._comparable((left, right), operator not in ("=", "!="), f"`{operator}`", span)
        if sides is None:
            return unknown(span)
        if self.hints and any(self.is_float_sum(side) for side in (left, right)):
            self.context.report(warnings.float_sum(span))
        return ir.Compare(operator, sides[0], sides[1], span=span)

    def _comparable(
        self, values: Sequence[ir.Expr], ordered: bool, what: str, span: Span
    ) -> tuple[ir.Expr, ...] | None:
        """Values in one physical kind, so that they can be compared; None, and a finding, where they cannot."""
        if any(value.type.is_unknown for value in values):
            return None
        refused = lists.refused(values, what, span)
        if refused is not None:
            self.context.report(refused)
            return None
        first = values[0]
        for value in values[1:]:
            if not _go_together(first.type, value.type):
                self.context.report(errors.mismatch(span, first.type, value.type, _mend(first, value)))
                return None
        if first.type.is_number:
            return numbers.compared(values, self.context)
        if first.type.is_time:
            if len({value.type.kind for value in values}) > 1:
                return tuple(periods.as_day(value, value.span) for value in values)
            return tuple(values)
        if first.type.kind is Kind.STRING:
            return self._texts(values, ordered, what, span)
        if ordered:
            self.context.report(errors.no_order(span, first.type, what))
            return None
        return tuple(values)

    def _texts(self, values: Sequence[ir.Expr], ordered: bool, what: str, span: Span) -> tuple[ir.Expr, ...] | None:
        lists = {value.type for value in values if value.type.values is not None}
        plain = any(value.type.values is None and not isinstance(value, ir.Literal) for value in values)
        if ordered and (len(lists) != 1 or plain or not all(kind.ordered for kind in lists)):
            kind = next(iter(lists)) if lists and not all(kind.ordered for kind in lists) else STRING
            self.context.report(errors.no_order(span, kind, what))
            return None
        for kind in lists:
            if not all(self._is_value(value, kind) for value in values):
                return None
        if ordered:
            (kind,) = lists
            return tuple(calls.place(value, kind) for value in values)
        return tuple(values)

    def _is_value(self, value: ir.Expr, kind: Type) -> bool:
        """Is a written text one of a closed list? A finding where it is not."""
        if not isinstance(value, ir.Literal) or value.value is None or kind.values is None:
            return True
        if value.value in kind.values:
            return True
        self.context.report(errors.not_in_values(value.span, str(value.value), kind.values))
        return False

    def is_float_sum(self, value: ir.Expr) -> bool:
        match value:
            case ir.Aggregate(function="sum", value=added) if added is not None:
                return added.type.kind is Kind.FLOAT
            case ir.Convert() | ir.InRange():
                return self.is_float_sum(value.value)
            case ir.Call(function="coalesce" | "-"):
                return any(self.is_float_sum(arg) for arg in value.args)
            case ir.Overall():
                return self.is_float_sum(value.aggregate)
            case ir.Past():
                return self.is_float_sum(value.value)
            case ir.Use() | ir.RowUse():
                return value.name in self.context.float_sums
            case _:
                return False

    def _between(self, node: ast.Between, scope: Scope) -> ir.Expr:
        self._comparison = node
        value, low, high = (self.expr(part, scope) for part in (node.value, node.low, node.high))
        parts = self._comparable((value, low, high), True, "`between`", node.span)
        if parts is None:
            return unknown(node.span)
        if self.hints and self.is_float_sum(value):
            self.context.report(warnings.float_sum(node.span))
        found = ir.Between(parts[0], parts[1], parts[2], node.negated, span=node.span)
        if node.negated:
            self._hint(found, ((node.value, value), (node.low, low), (node.high, high)), node.span, scope)
        return found

    def _in_period(self, node: ast.InPeriod, scope: Scope) -> ir.Expr:
        self._comparison = node
        if isinstance(node.value, ast.Call) and node.value.name.text == "anniversary":
            return self._anniversary(node, node.value, scope)
        value = self.expr(node.value, scope)
        period = self.period(node.period, scope, of_value=True)
        if value.type.is_unknown:
            return unknown(node.span)
        if not value.type.is_time:
            return self.context.wrong(errors.time_needed(value.span, value.type))
        if period is None:
            return unknown(node.span)
        found = ir.InPeriod(value, period, node.negated, span=node.span)
        if node.negated:
            self._hint(found, ((node.value, value),), node.span, scope)
        return found

    def _anniversary(self, node: ast.InPeriod, call: ast.Call, scope: Scope) -> ir.Expr:
        if len(call.args) != 1:
            found = name_errors.argument_count(call.span, "anniversary", "one argument", len(call.args))
            return self.context.wrong(found)
        value = self.expr(call.args[0], scope)
        period = self.period(node.period, scope)
        if value.type.is_unknown or period is None:
            return unknown(node.span)
        if not value.type.is_time:
            needs = "a date or an instant"
            return self.context.wrong(errors.wrong_argument(value.span, "anniversary", needs, value.type))
        day = periods.as_day(value, value.span)
        if node.negated:
            self._hint(day, ((call.args[0], value),), node.span, scope)
        return ir.Anniversary(day, period, node.negated, span=node.span)

    def _is_missing(self, node: ast.IsMissing, scope: Scope) -> ir.Expr:
        at = self._lookup_at(node.value, scope if scope.group is None else scope.group.scope)
        if at is not None:
            if not self.reaches_one(at.scope.row.of, at.path, node.value.span):
                return unknown(node.span)
            found = ir.NoRow(at.scope.row, at.path, node.negated, span=node.span)
            group = scope.rows[-1] if scope.group is not None else at.row
            if group.grouped:
                return groups.shared(self, found, node.value, group, scope)
            return found if is_seen(at.row, scope, node.span, self.context) else unknown(node.span)
        rows = self._rows_missing(node.value, scope)
        if rows is not None:
            return self.context.wrong(name_errors.missing_rows(node.span, rows, node.negated))
        value = self.expr(node.value, scope)
        if value.type.is_unknown:
            return unknown(node.span)
        if value.type.kind is Kind.BOOL and self.is_condition(value):
            return self.context.wrong(errors.condition_missing(node.span))
        return ir.IsMissing(value, node.negated, span=node.span)

    def _rows_missing(self, node: ast.Expr, scope: Scope) -> str | None:
        """The relation of which rows cannot be missing: there are none of them."""
        layout = self.context.layout
        match node:
            case ast.Name(parts=(ast.Identifier(text=name),)) if (
                layout.is_relation(name) and name not in scope.arguments
            ):
                taken = names.bare_field(name, scope, layout) is not None or layout.path(scope.owner, name) is not None
                return None if taken else name
            case _:
                return None

    def _match(self, node: ast.Match, scope: Scope) -> ir.Expr:
        self._comparison = node
        value = self.expr(node.value, scope)
        needle = self.constant(node.needle, scope)
        if value.type.kind is Kind.LIST and node.word != "contains":
            return self.context.wrong(errors.list_with_word(value.span, node.word))
        if value.type.kind not in (Kind.STRING, Kind.LIST, Kind.UNKNOWN):
            return self.context.wrong(errors.wrong_argument(value.span, node.word, "a text", value.type))
        if isinstance(needle, Opaque):
            return unknown(node.span)
        what = f"what stands behind `{node.word}`"
        if needle is None:
            return self._not_constant(node.needle, scope, what)
        if isinstance(needle, Items) and value.type.kind is Kind.LIST and isinstance(node.needle, ast.Name):
            return self.context.wrong(errors.list_behind_contains(node.needle.span, node.needle.text))
        if not (isinstance(needle, Scalar) and isinstance(needle.value, str)):
            return self.context.wrong(errors.text_needed(node.needle.span, what, constants.describe(needle)))
        if node.word == "matches" and not _is_pattern(needle.value):
            return self.context.wrong(errors.bad_pattern(node.needle.span))
        if value.type.is_unknown:
            return unknown(node.span)
        if value.type.kind is Kind.LIST:
            return lists.has_text(value, needle.value, node)
        found = ir.Match(cast(Word, node.word), value, needle.value, node.negated, span=node.span)
        if node.negated:
            self._hint(found, ((node.value, value),), node.span, scope)
        return found

    def _not_constant(self, node: ast.Expr, scope: Scope, what: str) -> ir.Expr:
        """A finding about what should have been a constant: an unknown name, or a value of a row."""
        if self.expr(node, scope).type.is_unknown:
            return unknown(node.span)
        return self.context.wrong(errors.constant_needed(node.span, what))

    # -- lists ----------------------------------------------------------------------------------------------------

    def _in(self, node: ast.In, scope: Scope) -> ir.Expr:
        self._comparison = node
        value = self.expr(node.value, scope)
        items = self.items(node, value.type, scope)
        if items is None or value.type.is_unknown:
            return unknown(node.span)
        found = self._in_list(value, items, node)
        if node.negated:
            self._hint(found, ((node.value, value),), node.span, scope)
        return found

    def items(self, node: ast.In | ast.ListMatch, kind: Type, scope: Scope) -> list[tuple[Scalar, Span]] | None:
        """The constants of a list, each with its place. None, and a finding, where one is none."""
        found: list[tuple[Scalar, Span]] = []
        word = "in" if isinstance(node, ast.In) else f"contains {node.word}"
        wrong = False
        for item in node.items:
            constant = self.constant(item, scope)
            match constant:
                case Opaque():
                    wrong = True
                case Scalar() if node.bare:
                    assert isinstance(item, ast.Name)
                    self.context.report(errors.list_needed(item.span, item.text, constants.describe(constant), word))
                    wrong = True
                case Scalar():
                    found.append((constant, item.span))
                case Items():
                    found.extend((Scalar(constant.type, value), item.span) for value in constant.values)
                case Length() | Share():
                    self.context.report(errors.list_item_kind(item.span, constants.describe(constant)))
                    wrong = True
                case None:
                    self._beside = None if node.bare else (item, kind)
                    self._not_constant(item, scope, "a value of a list")
                    wrong = True
        if wrong:
            return None
        if not found:
            self.context.report(errors.empty_list(node.span))
            return None
        if len(found) > self.context.limits.list_values:
            limit = self.context.limits.list_values
            self.context.report(limit_errors.too_many_values(node.span, len(found), limit))
            return None
        return found

    def _in_list(self, value: ir.Expr, items: Sequence[tuple[Scalar, Span]], node: ast.In) -> ir.Expr:
        span, kind = node.span, value.type
        if kind.kind is Kind.LIST:
            return self.context.wrong(lists.looked_up(value, items, node))
        if kind.kind in (Kind.FLOAT, Kind.BOOL):
            return self.context.wrong(errors.list_of(value.span, kind))
        for item, place in items:
            if not _go_together(kind, item.type) or item.type.kind is Kind.FLOAT:
                return self.context.wrong(errors.list_item(place, kind, errors.words(item.type)))
            if item.type.kind is not items[0][0].type.kind and not item.type.is_number:
                return self.context.wrong(errors.list_item(place, items[0][0].type, errors.words(item.type)))
        texts = [self._is_value(ir.Literal(i.value, type=i.type, span=place), kind) for i, place in items]
        if not all(texts):
            return unknown(span)
        if kind.kind is Kind.WHOLE:
            return self._in_wholes(value, items, node)
        constant_kinds = {item.type.kind for item, _ in items}
        plain: list[ir.Constant] = [item.value for item, _ in items]
        if kind.is_number and Kind.DECIMAL in {kind.kind, *constant_kinds}:
            value = numbers.to_decimal(value, self.context)
            plain = [Decimal(each) if isinstance(each, int) else each for each in plain]
        elif kind.kind is Kind.TIMESTAMP and constant_kinds == {Kind.DATE}:
            value = periods.as_day(value, value.span)
        elif kind.kind is Kind.DATE and constant_kinds == {Kind.TIMESTAMP}:
            plain = [self.context.zone.day(each) for each in plain if isinstance(each, datetime)]
        return ir.InList(value, tuple(dict.fromkeys(plain)), node.negated, span=span)

    def _in_wholes(self, value: ir.Expr, items: Sequence[tuple[Scalar, Span]], node: ast.In) -> ir.Expr:
        """Arithmetic on whole numbers may go beyond what a list's values can be: compared one by one."""
        operator: Operator = "!=" if node.negated else "="
        each = [
            self._compare(operator, value, ir.Literal(item.value, type=item.type, span=place), node.span)
            for item, place in items
        ]
        return ir.All(tuple(each), span=node.span) if node.negated else ir.Any(tuple(each), span=node.span)

    # -- constants ------------------------------------------------------------------------------------------------

    def constant(self, node: ast.Expr, scope: Scope) -> Value | Opaque | None:
        """The value of a literal, a parameter or an argument that is one; None for anything else."""
        match node:
            case ast.Duration():
                return self.length(node, scope) or OPAQUE
            case ast.Name(parts=(ast.Identifier(text=name),)):
                argument = scope.arguments.get(name)
                if argument is not None:
                    if argument.node is None or argument.scope is None:
                        return OPAQUE
                    return self.constant(argument.node, argument.scope)
                if names.bare_field(name, scope, self.context.layout) is not None:
                    return None
                return self._parameter(name, scope)
            case _:
                return constants.literal(node)

    def _parameter(self, name: str, scope: Scope) -> Value | Opaque | None:
        if self.definitions is None or not scope.permits.parameters:
            return None
        parameter = self.definitions.parameter(name)
        if parameter is not None:
            return parameter.value
        return OPAQUE if self.definitions.is_silent(name) else None

    def _is_length(self, node: ast.Expr, scope: Scope) -> bool:
        """Is it a length of time, or the name of one?"""
        match node:
            case ast.Duration():
                return True
            case ast.Name(parts=(ast.Identifier(text=name),)):
                argument = scope.arguments.get(name)
                if argument is not None and argument.node is None:
                    return argument.type == DURATION
                return isinstance(self.constant(node, scope), Length)
            case _:
                return False

    def length(self, node: ast.Duration | ast.Name, scope: Scope) -> Length | None:
        """``30 days``, ``n days``, ``lapse``"""
        if isinstance(node, ast.Duration):
            amount = self.whole(node.amount, scope)
            return None if amount is None else constants.length(amount, node.unit)
        value = self._named_constant(node, scope)
        if value is None or isinstance(value, Opaque):
            return None
        if isinstance(value, Length):
            return value
        self.context.report(errors.length_needed(node.span, node.text, constants.describe(value)))
        return None

    def whole(self, node: ast.Number | ast.Name, scope: Scope) -> int | None:
        """A whole number above zero, as it stands before a unit of time."""
        if isinstance(node, ast.Number):
            value: Value | Opaque | None = constants.number(node.value) or Scalar(FLOAT, 0.0)
            written = node.span.text or str(node.value)
        else:
            value = self._named_constant(node, scope)
            written = f"`{node.text}`"
        if value is None or isinstance(value, Opaque):
            return None
        if isinstance(value, Scalar) and value.type == INT and isinstance(value.value, int) and value.value > 0:
            if value.value <= _LONGEST_AMOUNT:
                return value.value
            self.context.report(errors.beyond_calendar(node.span))
            return None
        self.context.report(errors.bad_amount(node.span, written))
        return None

    def _named_constant(self, node: ast.Name, scope: Scope) -> Value | Opaque | None:
        """What a name in a period stands for: a parameter or an argument, whatever fields there are of that name."""
        name = node.parts[0].text
        if len(node.parts) == 1 and name not in scope.arguments:
            found = self._parameter(name, scope)
            if found is not None:
                return found
        elif len(node.parts) == 1:
            constant = self.constant(node, scope)
            if constant is None:
                self.context.report(errors.constant_needed(node.span, f"`{name}`"))
            return constant
        known = self.definitions.parameters if self.definitions is not None else ()
        if (
            len(node.parts) > 1
            or names.bare_field(name, scope, self.context.layout) is not None
            or (self.definitions is not None and self.definitions.knows(name))
        ):
            self.context.report(errors.constant_needed(node.span, f"`{node.text}`"))
        else:
            self.context.report(name_errors.unknown_name(node.span, node.text, {*known, *scope.arguments}))
        return None

    # -- periods --------------------------------------------------------------------------------------------------

    def period(self, node: ast.Period, scope: Scope, *, of_value: bool = False) -> ir.Period | None:
        """A period with its parameters put in; None, and a finding, where it cannot be one."""
        span = node.span
        match node:
            case ast.Rolling():
                length = self.length(node.duration, scope)
                return None if length is None else periods.rolling(node.direction, length, span, self.context)
            case ast.Calendar():
                count = 1 if node.count is None else self.whole(node.count, scope)
                return None if count is None else periods.calendar(node.which, node.unit, count, span, self.context)
            case ast.BackRange():
                first, second = self.whole(node.first, scope), self.whole(node.second, scope)
                if first is None or second is None:
                    return None
                return periods.back_range(first, second, node.unit, span, self.context)
            case ast.FromTo():
                start, end = self.expr(node.start, scope), self.expr(node.end, scope)
                return periods.from_to(start, end, span, self.context, of_value=of_value)
            case _:
                assert_never(node)


def _go_together(one: Type, other: Type) -> bool:
    return (one.is_number and other.is_number) or (one.is_time and other.is_time) or one.kind is other.kind


def _mend(one: ir.Expr, other: ir.Expr) -> Fix | None:
    """Where a written text or number meets the other kind: with or without quotes it would fit."""
    for literal, against in ((one, other), (other, one)):
        if not isinstance(literal, ir.Literal) or literal.param is not None or literal.span.source is None:
            continue
        if isinstance(literal.value, str) and against.type.is_number and constants.spells_number(literal.value):
            return errors.unquoted(literal.span, literal.value)
        if isinstance(literal.value, str) and against.type.is_time and constants.spells_date(literal.value):
            return errors.unquoted(literal.span, literal.value)
        if isinstance(literal.value, str) and isinstance(against, ir.Call):
            fix = errors.counted(literal.span, against.function, literal.value)
            if fix is not None:
                return fix
        if against.type.kind is Kind.STRING and literal.type.is_number:
            return errors.quoted(literal.span, literal.span.text)
    return None


def _is_unit(node: ast.Expr) -> bool:
    match node:
        case ast.Name(parts=(ast.Identifier(text=text),)):
            return text in periods.CALENDAR_UNITS
        case _:
            return False


def _is_pattern(text: str) -> bool:
    """Does every backslash stand before a ``*`` or a ``?``?"""
    rest = text.replace("\\*", "").replace("\\?", "")
    return "\\" not in rest
