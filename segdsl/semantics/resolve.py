"""From a namespace to a checked library: every definition resolved, every error of every definition reported.

Each definition is resolved once, in an order that puts what it uses before it; what an earlier one got wrong silences
what a later one makes of it. A definition that leads back to itself is reported with the whole circle. Traits with
arguments are put in where they are used, and checked on their own once, with arguments that could be anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from segdsl.diagnostics import Diagnostic, Related, Severity
from segdsl.errors import limits as limit_errors
from segdsl.errors import names as errors
from segdsl.errors import population as population_errors
from segdsl.errors import types as type_errors
from segdsl.errors import warnings
from segdsl.limits import DEFAULT, Limits
from segdsl.records import record, replace
from segdsl.semantics import calls, ir, numbers
from segdsl.semantics.constants import Parameter
from segdsl.semantics.context import Context, context, unknown
from segdsl.semantics.declared_types import ARGUMENT_TYPES, declared_type
from segdsl.semantics.expressions import Expressions, TooManyNodes
from segdsl.semantics.link import Entry, LeftOut, Namespace
from segdsl.semantics.mentions import named
from segdsl.semantics.names import Argument, Permits, Scope, may_find_none, outermost
from segdsl.semantics.parameters import parameters
from segdsl.semantics.silence import silenced
from segdsl.semantics.tiers import tiers
from segdsl.semantics.walk import children, walk
from segdsl.source import Span
from segdsl.syntax import ast
from segdsl.syntax.walk import walk as walk_syntax
from segdsl.types import UNKNOWN, Kind, Type

Findings = tuple[Diagnostic, ...]
_ZERO_OVER_NOTHING = frozenset({"count", "sum", "distinct", "any"})


def resolve(
    namespace: Namespace, model: ir.Model, settings: Mapping[str, object] | None = None, limits: Limits = DEFAULT
) -> tuple[ir.Program, Findings]:
    """All definitions of a library. Those with errors are left out of the program.

    ``settings``: a host's values of parameters by name: Python values, or texts in the language (``"60 days"``).
    """
    library = _Library(namespace, model, settings or {}, limits)
    library.define_all()
    library.check_traits()
    library.check_columns()
    library.warn_unused()
    findings = silenced(library.context.findings, namespace.comments)
    return ir.Program(model, dict(library.context.definitions)), findings


def resolve_condition(
    node: ast.Expr,
    namespace: Namespace,
    program: ir.Program,
    settings: Mapping[str, object] | None = None,
    limits: Limits = DEFAULT,
) -> tuple[ir.Expr | None, Findings]:
    """A bare condition over a resolved library; None where it has errors. Definitions are `ir.Use` nodes."""
    return _resolve_bare(node, namespace, program, settings or {}, limits, condition=True)


def resolve_value(
    node: ast.Expr,
    namespace: Namespace,
    program: ir.Program,
    settings: Mapping[str, object] | None = None,
    limits: Limits = DEFAULT,
) -> tuple[ir.Expr | None, Findings]:
    """A bare value, of any type, over a resolved library; None where it has errors."""
    return _resolve_bare(node, namespace, program, settings or {}, limits, condition=False)


def _resolve_bare(
    node: ast.Expr,
    namespace: Namespace,
    program: ir.Program,
    settings: Mapping[str, object],
    limits: Limits,
    condition: bool,
) -> tuple[ir.Expr | None, Findings]:
    bare = Bare(namespace, program, settings, limits)
    return bare.condition(node) if condition else bare.value(node)


class Bare:
    """Reads bare conditions and values over a resolved library, one after the other."""

    def __init__(
        self, namespace: Namespace, program: ir.Program, settings: Mapping[str, object], limits: Limits = DEFAULT
    ) -> None:
        self._library = _Library(namespace, program.model, settings, limits)
        # Wrong settings and parameters are the library's findings, reported when it was resolved.
        self._library.context.findings.clear()
        self._library.adopt(program)

    def condition(self, node: ast.Expr) -> tuple[ir.Expr | None, Findings]:
        return self._read(node, condition=True)

    def value(self, node: ast.Expr) -> tuple[ir.Expr | None, Findings]:
        return self._read(node, condition=False)

    def _read(self, node: ast.Expr, condition: bool) -> tuple[ir.Expr | None, Findings]:
        library = self._library
        library.named_broken.clear()
        kept = library.expressions.restart()
        try:
            expr = library.bare(node, condition)
        finally:
            library.expressions.resume(kept)
        findings = list(library.context.findings)
        library.context.findings.clear()
        if expr is None and not any(found.severity is Severity.ERROR for found in findings):
            findings.append(errors.broken_definition(node.span, sorted(library.named_broken)))
        return expr, silenced(findings, ())


@record(frozen=True, slots=True)
class _Measure:
    """How many parts an expression has, and how many levels; those of used definitions in their places. Conversions are nobody's
    words."""

    size: int = 1
    depth: int = 1


_ALONE = _Measure()


def _measured(expr: ir.Expr, known: Mapping[str, _Measure]) -> _Measure:
    size = deepest = 0
    waiting = [(expr, 1)]
    while waiting:
        node, level = waiting.pop()
        match node:
            case ir.Use() | ir.RowUse():
                used = known.get(node.name, _ALONE)
                size += used.size
                level += used.depth - 1
            case ir.Convert() | ir.InRange() | ir.Truth():
                level -= 1
            case _:
                size += 1
        if level > deepest:
            deepest = level
        for child in children(node):
            waiting.append((child, level + 1))
    return _Measure(size, deepest)


def _has_aggregate(node: ast.Node) -> bool:
    return any(isinstance(part, ast.Aggregate) for part in walk_syntax(node))


class _Library:
    """The definitions of a namespace while they are being resolved; what `Expressions` asks about names."""

    def __init__(self, namespace: Namespace, model: ir.Model, settings: Mapping[str, object], limits: Limits) -> None:
        self.namespace = namespace
        self.context: Context = context(model.schema, limits, model, namespace.row_traits)
        computed = {key: expr.optional for key, expr in model.expressions.items()}
        self.expressions = Expressions(self.context, self, computed)
        self._settings = settings
        self._parameters: dict[str, Parameter] = parameters(namespace.params, settings, self.context)
        self._of_rows: dict[str, list[str]] = {}
        for (_, member), name in namespace.row_traits.items():
            self._of_rows.setdefault(member, []).append(name)
        self._measures: dict[str, _Measure] = {}
        self._broken: set[str] = set()
        self._active: list[str] = []
        self._used: set[str] = set()
        self._mentioned: set[str] = set(namespace.unread)
        self.named_broken: set[str] = set()
        self._adopted = False

    # -- what expressions ask -------------------------------------------------------------------------------------

    @property
    def parameters(self) -> Iterable[str]:
        return self._parameters

    def parameter(self, name: str) -> Parameter | None:
        found = self._parameters.get(name)
        if found is not None:
            self._used.add(name)
        return found

    def names(self) -> Iterable[str]:
        return {*self.namespace.entries, *self.context.schema.traits} - set(self.namespace.row_traits.values())

    def is_silent(self, name: str) -> bool:
        entry = self.namespace.entries.get(name)
        if entry is None:
            return name in self.namespace.silent and name not in self.context.schema.traits
        self._used.add(name)
        if isinstance(entry.node, ast.Param) and name not in self._parameters:
            self.named_broken.add(name)
            return True
        return False

    def knows(self, name: str) -> bool:
        if name in self.context.schema.traits:
            return True
        entry = self.namespace.entries.get(name)
        match entry:
            case None | Entry(node=ast.Param()) | Entry(node=ast.Trait(owner=ast.Identifier())):
                return False
            case Entry(node=ast.Trait(arguments=arguments)):
                return arguments is None
            case _:
                return True

    def left_out(self, name: str) -> LeftOut | None:
        return self.namespace.left_out.get(name)

    def trait(self, name: str) -> ast.Trait | None:
        entry = self.namespace.entries.get(name)
        match entry:
            case Entry(node=ast.Trait(arguments=arguments) as trait) if arguments is not None:
                return trait
            case _:
                return None

    def cases(self, name: str) -> tuple[str, ...] | None:
        entry = self.namespace.entries.get(name)
        if entry is None or not isinstance(entry.node, ast.Tiers):
            return None
        return tuple(case.name.text for case in entry.node.cases)

    def use(self, name: str, scope: Scope, span: Span) -> ir.Expr:
        self._used.add(name)
        if name in self.context.schema.traits:
            return self._column(name, scope, span)
        definition = self._defined(name, span)
        if definition is None:
            return unknown(span)
        if not self.expressions.reaches_one(scope.row.of, scope.at_entity(self.context.layout, {}).path, span):
            return unknown(span)
        if scope.within is not None:
            return self._put_in(name, scope.at_entity(self.context.layout, {}), span)
        self.expressions.count(self._measures[name].size)
        return ir.Use(name, type=definition.body.type, optional=definition.body.optional, span=span)

    def row_use(self, name: str, path: ir.Path, scope: Scope, span: Span) -> ir.Expr:
        self._used.add(name)
        definition = self._defined(name, span)
        if definition is None:
            return unknown(span)
        if scope.within is not None and not path:
            return self._put_in(name, scope, span)
        self.expressions.count(self._measures[name].size)
        optional = definition.body.optional or may_find_none(path)
        return ir.RowUse(scope.row, path, name, type=definition.body.type, optional=optional, span=span)

    def _defined(self, name: str, span: Span) -> ir.Definition | None:
        """A definition that is used, resolved if it has not been yet; None where it has errors."""
        if name not in self.context.definitions and name not in self._broken:
            if self._adopted:
                self._broken.add(name)
            elif self.enter(name, span):
                try:
                    self._define(name)
                finally:
                    self.leave(name)
        definition = self.context.definitions.get(name)
        if definition is None:
            self.named_broken.add(name)
            self.context.taint()
        return definition

    def _put_in(self, name: str, scope: Scope, span: Span) -> ir.Expr:
        """What a definition is where its aggregates are restricted to a period: its text, read again in its place."""
        if not self.enter(name, span):
            return unknown(span)
        hints, self.expressions.hints = self.expressions.hints, False
        findings = self.context.findings
        before = len(findings)
        try:
            node = self.namespace.entries[name].node
            assert not isinstance(node, ast.Param), "parameters are no definitions with a body"
            return self._body(node, replace(scope, arguments={}))
        finally:
            self.expressions.hints = hints
            self.leave(name)
            # The definition is right by itself: what is wrong is that it is used here.
            findings[before:] = [errors.put_in(found, span) for found in findings[before:]]

    def enter(self, name: str, span: Span) -> bool:
        self._used.add(name)
        if name not in self._active:
            self._active.append(name)
            return True
        circle = self._active[self._active.index(name) :]
        # Wherever it was entered, it is told from the definition that stands first.
        places = {other: place for place, other in enumerate(self.namespace.entries)}
        start = circle.index(min(circle, key=lambda other: places[other]))
        circle = [*circle[start:], *circle[:start], circle[start]]
        entry = self.namespace.entries[circle[0]]
        related = tuple(
            Related(self.namespace.entries[other].node.name.span, f"`{other}` is defined here")
            for other in circle[1:-1]
        )
        self._broken.update(circle)
        self.context.report(errors.cycle(entry.node.name.span, circle, related))
        return False

    def leave(self, name: str) -> None:
        assert self._active[-1] == name
        self._active.pop()

    def _column(self, name: str, scope: Scope, span: Span) -> ir.Expr:
        """A trait that a column holds; a missing count or sum in it reads as 0."""
        trait = self.context.schema.traits[name]
        within = scope.at_entity(self.context.layout, {})
        if not self.expressions.reaches_one(within.row.of, within.path, span):
            return unknown(span)
        entry = self.namespace.entries.get(name)
        counts = (
            entry is not None
            and isinstance(entry.node, ast.Trait)
            and isinstance(entry.node.value, ast.Aggregate)
            and entry.node.value.function in _ZERO_OVER_NOTHING
        )
        if scope.within is not None and entry is not None and _has_aggregate(entry.node):
            return self.context.wrong(population_errors.column_in_each(span, name))
        optional = trait.optional or counts or trait.type.kind is Kind.LIST
        column = ir.TraitColumn(within.row, within.path, trait, type=trait.type, optional=optional, span=span)
        if not counts or not (trait.type.is_number or trait.type.kind is Kind.BOOL):
            return column
        return ir.Call("coalesce", "coalesce", (column, calls.zero(trait.type, span)), type=trait.type, span=span)

    # -- definitions ----------------------------------------------------------------------------------------------

    def define_all(self) -> None:
        for name in self._order():
            entry = self.namespace.entries[name]
            if isinstance(entry.node, ast.Param) or self.trait(name) is not None or name in self.context.schema.traits:
                continue
            if name not in self.context.definitions and name not in self._broken:
                self._active.append(name)
                self._define(name)
                self._active.pop()

    def _order(self) -> Iterator[str]:
        """What a definition could use, by the words in it, comes before it; so nothing recurses along a chain."""
        entries = self.namespace.entries
        seen: set[str] = set()
        for first in entries:
            waiting: list[tuple[str, Iterator[str]]] = []
            if first not in seen:
                seen.add(first)
                waiting.append((first, self._uses(first)))
            while waiting:
                name, uses = waiting[-1]
                following = next((other for other in uses if other not in seen), None)
                if following is None:
                    yield name
                    waiting.pop()
                else:
                    seen.add(following)
                    waiting.append((following, self._uses(following)))

    def _uses(self, name: str) -> Iterator[str]:
        node = self.namespace.entries[name].node
        if isinstance(node, ast.Param):
            return iter(())
        found = (other for word in dict.fromkeys(named(node)) for other in (word, *self._of_rows.get(word, ())))
        return iter([other for other in found if other in self.namespace.entries])

    def _define(self, name: str) -> None:
        entry = self.namespace.entries[name]
        node = entry.node
        assert not isinstance(node, ast.Param)
        before = self.context.broken
        kept = self.expressions.restart()
        self.expressions.hints = entry.pack is None
        scope = outermost(self.context.layout.entity, Permits())
        owner = node.owner.text if isinstance(node, ast.Trait) and node.owner is not None else None
        try:
            body = self._body(node, scope if owner is None else scope.inside(ir.Row(1, owner)))
        except TooManyNodes:
            body = self.context.wrong(limit_errors.too_many_nodes(node.name.span, name, self.context.limits.nodes))
        finally:
            self.expressions.resume(kept)
        measure = _measured(body, self._measures)
        if measure.depth > self.context.limits.expanded_depth:
            limit = self.context.limits.expanded_depth
            cases = len(node.cases) if isinstance(node, ast.Tiers) else 0
            body = self.context.wrong(limit_errors.too_deep_expanded(node.name.span, name, limit, cases))
        if owner is not None:
            self._one_entity(owner, body, scope.row)
        if self.context.broken != before or body.type.is_unknown or name in self._broken:
            self._broken.add(name)
            return
        if isinstance(node, ast.Trait):
            definition = ir.Definition("trait", name, body, pack=entry.pack, span=node.name.span, owner=owner)
        else:
            definition = ir.Definition(
                "segment" if isinstance(node, ast.Segment) else "tiers",
                name,
                body,
                node.title.value if node.title else None,
                node.about.value if node.about else None,
                tuple(tag.value for tag in node.tags),
                entry.pack,
                node.name.span,
                cases=self.cases(name) or (),
            )
        self._keep(definition, measure)

    def _one_entity(self, owner: str, body: ir.Expr, entity: ir.Row) -> None:
        """A trait of a row is the row's own, whoever asks for it: what it counts of the entity's has to be one entity's. A finding if
        the row may belong to several."""
        layout = self.context.layout
        asked = (part for part in walk(body) if isinstance(part, ir.Aggregate) and part.outer == entity)
        for part in asked:
            for child, step in layout.crossings(owner, layout.way_up(owner, entity.of))[:1]:
                self.context.report(errors.several_parents(part.span, child, step.to))

    def _body(self, node: ast.Trait | ast.Segment | ast.Tiers, scope: Scope) -> ir.Expr:
        match node:
            case ast.Trait():
                return self.expressions.typed(self.expressions.expr(node.value, scope), node)
            case ast.Segment():
                return self.expressions.condition(node.where, scope)
            case ast.Tiers():
                return tiers(self.expressions, node, scope)

    def _keep(self, definition: ir.Definition, measure: _Measure) -> None:
        self._measures[definition.name] = measure
        if definition.body.type.is_number:
            bounds = numbers.bounds(definition.body, self.context.bounds)
            self.context.bounds[definition.name] = bounds
        if self.expressions.is_condition(definition.body):
            self.context.conditions.add(definition.name)
        if self.expressions.is_float_sum(definition.body):
            self.context.float_sums.add(definition.name)
        self.context.definitions[definition.name] = definition

    def adopt(self, program: ir.Program) -> None:
        """Take the definitions of a resolved library as they are; one that is not among them has errors."""
        self._adopted = True
        for definition in program.definitions.values():
            self._keep(definition, _measured(definition.body, self._measures))

    def bare(self, node: ast.Expr, condition: bool) -> ir.Expr | None:
        before = self.context.broken
        scope = outermost(self.context.layout.entity, Permits())
        try:
            expr = self.expressions.condition(node, scope) if condition else self.expressions.expr(node, scope)
        except TooManyNodes:
            self.context.report(limit_errors.too_many_nodes(node.span, "the condition", self.context.limits.nodes))
            return None
        if _measured(expr, self._measures).depth > self.context.limits.expanded_depth:
            limit = self.context.limits.expanded_depth
            self.context.report(limit_errors.too_deep_expanded(node.span, "the condition", limit))
            return None
        return None if expr.type.is_unknown or self.context.broken != before else expr

    # -- what is checked of the library as a whole ----------------------------------------------------------------

    def check_traits(self) -> None:
        """Traits with arguments on their own, with arguments that could be anything of their types."""
        for name in self.namespace.entries:
            trait = self.trait(name)
            used, broken = set(self._used), self.context.broken
            if trait is None or name in self._broken or not self.enter(name, trait.name.span):
                continue
            arguments: dict[str, Argument] = {}
            for argument in trait.arguments or ():
                kind: Type | None = None
                if argument.type is not None:
                    kind = declared_type(argument.type, ARGUMENT_TYPES, self.context) or UNKNOWN
                arguments[argument.name.text] = Argument(kind)
            scope = outermost(self.context.layout.entity, Permits())
            kept = self.expressions.restart()
            self.expressions.hints = self.namespace.entries[name].pack is None
            try:
                within = scope.at_entity(self.context.layout, arguments)
                self.expressions.typed(self.expressions.expr(trait.value, within), trait)
            except TooManyNodes:
                limit = self.context.limits.nodes
                self.context.report(limit_errors.too_many_nodes(trait.name.span, name, limit))
            finally:
                self.expressions.resume(kept)
                self.leave(name)
            if name not in used:
                self._used.discard(name)
            if self.context.broken != broken:
                self._mentioned.update(named(trait))

    def check_columns(self) -> None:
        """A column that stands in for a trait of the library has the trait's type, as far as that can be told."""
        for name, column in self.context.schema.traits.items():
            entry = self.namespace.entries.get(name)
            if entry is None or isinstance(entry.node, ast.Param | ast.Tiers) or self.trait(name) is not None:
                continue
            kind = self._type_of(entry)
            if kind is None or kind.kind is column.type.kind or (kind.is_number and column.type.is_number):
                continue
            held, defined = type_errors.words(column.type), type_errors.words(kind)
            span = entry.node.name.span
            self.context.report(errors.column_trait(column.span, name, held, defined, span))

    def _type_of(self, entry: Entry) -> Type | None:
        """The type of a definition that is not used, because a column stands in for it: it need not even resolve."""
        findings, definitions = list(self.context.findings), dict(self.context.definitions)
        used, broken, counter = set(self._used), set(self._broken), self.context.broken
        self._active.append(entry.name)
        self._define(entry.name)
        self._active.pop()
        resolved = self.context.definitions.get(entry.name)
        self.context.findings[:] = findings
        self.context.definitions.clear()
        self.context.definitions.update(definitions)
        self._used, self._broken, self.context.broken = used, broken, counter
        return None if resolved is None else resolved.body.type

    def warn_unused(self) -> None:
        """Parameters and traits of the project's own that nothing uses; a library without segments is used by hosts."""
        entries = self.namespace.entries.values()
        if not any(isinstance(e.node, ast.Segment | ast.Tiers) and e.pack is None for e in entries):
            return
        where = self.context.schema.entity.where
        words = set(self._mentioned)
        if where is not None:
            words.update(re.findall(r"\w+", where.text))
        # What a definition with errors names may not have been looked up, and is no leftover.
        for name in self._broken & self.namespace.entries.keys():
            words.update(named(self.namespace.entries[name].node))
        for entry in entries:
            if isinstance(entry.node, ast.Segment | ast.Tiers) or entry.pack is not None or entry.node.override:
                continue
            name = entry.node.name.text
            if entry.name in self._used or name in words or entry.name in self.context.schema.traits:
                continue
            kind = "parameter" if isinstance(entry.node, ast.Param) else "trait"
            self.context.report(warnings.unused(entry.node.name.span, kind, entry.name))
