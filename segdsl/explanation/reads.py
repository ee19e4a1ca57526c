"""Which tables and fields a definition reads, by way of definitions, computed fields and the conditions of relations too.

In go expressions, out come `Read` records in the order of the schema: the entity, relations, lookups. Each field is listed
once, with its physical name; of a computed one, what it is computed from is listed as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from segdsl import schema as sch
from segdsl.explanation import wording
from segdsl.explanation.outcome import Read, ReadField
from segdsl.explanation.speech import Scope, inline, leaves
from segdsl.semantics import ir
from segdsl.semantics.walk import walk
from segdsl.types import Kind

if TYPE_CHECKING:
    from segdsl.explanation.speaker import Speaker


@dataclass(slots=True)
class _Found:
    """What is read: fields by owner, relations whose rows are looked at, columns of traits; definitions on the way."""

    fields: dict[str, dict[str, None]] = field(default_factory=dict)
    owners: dict[str, None] = field(default_factory=dict)
    columns: dict[str, None] = field(default_factory=dict)
    definitions: dict[str, None] = field(default_factory=dict)
    params: dict[str, None] = field(default_factory=dict)


class _Reader:
    def __init__(self, speaker: Speaker) -> None:
        self.program = speaker.program
        self.schema = speaker.schema
        self.layout = speaker.layout
        self.found = _Found()
        self.waiting: list[ir.Expr] = []

    def read(self, exprs: Iterable[ir.Expr]) -> _Found:
        entity = self.schema.entity
        self.owner(entity.name)
        self.waiting.extend(exprs)
        while self.waiting:
            for node in walk(self.waiting.pop()):
                self.node(node)
        return self.found

    def node(self, node: ir.Expr) -> None:
        match node:
            case ir.FieldRef():
                self.path(node.path)
                self.field(node.owner, node.field.name)
            case ir.NoRow():
                self.path(node.path)
            case ir.RowUse(name=name):
                self.path(node.path)
                self.definition(name)
            case ir.Use(name=name):
                self.definition(name)
            case ir.TraitColumn():
                self.found.columns.setdefault(node.trait.name)
            case ir.Aggregate(row=row):
                self.owner(row.of)
                if node.function in ("first", "last"):
                    self.keys(row.of)
            case ir.Follow():
                self.owner(node.inner.of)
            case ir.Previous(row=row):
                self.keys(row.of)
            case ir.Rank(exactly=True) | ir.PairRank(exactly=True) | ir.RankValue(exactly=True):
                self.field(self.schema.entity.name, self.schema.entity.key)
            case ir.Literal(param=str(name)):
                self.found.params.setdefault(name)
            case _:
                pass

    def definition(self, name: str) -> None:
        if name not in self.found.definitions:
            self.found.definitions.setdefault(name)
            self.waiting.append(self.program.definitions[name].body)

    def path(self, path: ir.Path) -> None:
        for step in path:
            self.owner(step.to)

    def keys(self, relation: str) -> None:
        for name in self.schema.relations[relation].key:
            self.field(relation, name)

    def field(self, owner: str, name: str) -> None:
        self.owner(owner)
        fields = self.found.fields.setdefault(owner, {})
        if name in fields or name not in self.layout.fields(owner):
            return
        fields.setdefault(name)
        for table in (self.program.model.expressions, self.program.model.bys):
            if (owner, name) in table:
                self.waiting.append(table[owner, name])

    def owner(self, name: str) -> None:
        """Rows that are looked at: by their key to whom they belong, their time, and their `where`."""
        if name in self.found.owners:
            return
        self.found.owners.setdefault(name)
        self.found.fields.setdefault(name, {})
        if name in self.program.model.wheres:
            self.waiting.append(self.program.model.wheres[name])
        entity = self.schema.entity
        if name == entity.name:
            self.field(name, entity.key)
            if entity.created is not None:
                self.field(name, entity.created)
            return
        lookup = self.schema.lookups.get(name)
        if lookup is not None:
            self.links(lookup.of, name, lookup.links)
            self.owner(lookup.of)
            return
        relation = self.schema.relations[name]
        if relation.groups is not None:
            self.owner(relation.groups)
            for by in relation.by:
                if (name, by.name) in self.program.model.bys:
                    self.waiting.append(self.program.model.bys[name, by.name])
        else:
            self.links(name, relation.parent, relation.links)
        if relation.time is not None:
            self.field(name, relation.time)
        self.owner(relation.parent)

    def links(self, child: str, parent: str, links: tuple[sch.Link, ...]) -> None:
        for link in links:
            self.field(child, link.child)
            self.field(parent, link.parent)


@dataclass(frozen=True, slots=True)
class Reading:
    """``definitions``: all that are used; ``params``: parameters whose values stand in expressions."""

    reads: tuple[Read, ...]
    definitions: tuple[str, ...]
    params: tuple[str, ...]


def definitions_of(speaker: Speaker, exprs: Iterable[ir.Expr]) -> set[str]:
    """The names of all definitions that expressions use, by way of others too."""
    return set(_Reader(speaker).read(exprs).definitions)


def reading(speaker: Speaker, exprs: Iterable[ir.Expr]) -> Reading:
    found = _Reader(speaker).read(exprs)
    schema = speaker.schema
    order = (schema.entity.name, *schema.relations, *schema.lookups)
    reads = tuple(_read(speaker, name, found) for name in order if name in found.owners)
    names = tuple(name for name in speaker.program.definitions if name in found.definitions)
    return Reading(reads, names, tuple(found.params))


def _read(speaker: Speaker, name: str, found: _Found) -> Read:
    schema = speaker.schema
    fields = speaker.layout.fields(name)
    read = [_field(speaker, name, fields[field]) for field in fields if field in found.fields.get(name, {})]
    if name == schema.entity.name:
        read += [_column(trait) for trait in schema.traits.values() if trait.name in found.columns]
        return Read(name, "entity", schema.entity.table, tuple(read))
    lookup = schema.lookups.get(name)
    if lookup is not None:
        return Read(name, "lookup", lookup.table, tuple(read), _lookup_belongs(speaker, lookup))
    relation = schema.relations[name]
    return Read(
        name,
        "relation",
        relation.table,
        tuple(read),
        _belongs(speaker, relation),
        _counts(speaker, relation),
        _dated(speaker, relation),
    )


def _column(trait: sch.ColumnTrait) -> ReadField:
    return ReadField(
        trait.name, trait.column, str(trait.type), called=wording.humanised(trait.name), optional=trait.optional
    )


def _field(speaker: Speaker, owner: str, known: sch.Field) -> ReadField:
    computed = None
    expression = speaker.program.model.expressions.get((owner, known.name))
    by = speaker.program.model.bys.get((owner, known.name))
    scope = _own_scope(speaker, owner)
    if expression is not None:
        computed = _said(speaker, expression, scope)
    elif by is not None and owner in speaker.schema.relations:
        groups = speaker.schema.relations[owner].groups
        assert groups is not None
        computed = f"what the rows of the group have in common: {_said(speaker, by, _own_scope(speaker, groups))}"
    column = None if computed is not None else known.column or known.name
    shown = "key" if known.type.kind is Kind.ANY else str(known.type)
    if known.stored is not None and known.stored.kind not in (known.type.kind, Kind.ANY) and computed is None:
        shown += f", out of {known.stored}"
        if known.stored.kind is Kind.FLOAT and known.type.kind is Kind.DECIMAL:
            speaker.state.notes.add("declared_decimal")
    return ReadField(
        known.name,
        column,
        shown,
        known.title,
        speaker.field_name(known),
        known.private,
        known.missing,
        tuple(known.codes.items()),
        known.optional,
        computed,
    )


def _own_scope(speaker: Speaker, owner: str, called: str | None = None) -> Scope:
    row = ir.Row(0, owner)
    scope = Scope(speaker.schema.entity.name, None, {row: wording.humanised(called or owner)})
    return scope if owner == speaker.schema.entity.name else replace(scope, here=row)


def _said(speaker: Speaker, expr: ir.Expr, scope: Scope) -> str:
    if speaker.is_condition(expr):
        # Whom it is false of for want of a value is said where it is asked for.
        with speaker.without_missing():
            return f"true where {speaker.said(expr, scope)}; else false"
    return speaker.text(expr, scope)


def _column_of(speaker: Speaker, owner: str, name: str) -> str:
    known = speaker.layout.fields(owner).get(name)
    return name if known is None else known.column or known.name


def _pairs(speaker: Speaker, child: str, parent: str, links: tuple[sch.Link, ...]) -> str:
    shown: list[str] = []
    for link in links:
        own, other = _column_of(speaker, child, link.child), _column_of(speaker, parent, link.parent)
        there = f" (the {wording.humanised(parent)}’s {wording.column(other)})" if own != other else ""
        shown.append(f"{wording.column(own)}{there}")
    return wording.listed(shown, "and")


def _belongs(speaker: Speaker, relation: sch.Relation) -> str:
    if relation.groups is not None:
        names = wording.listed([wording.column(by.name) for by in relation.by], "and")
        of = wording.plural(wording.humanised(relation.groups))
        return f"one for each {wording.humanised(speaker.schema.entity.name)} and {names} of the {of} that count"
    pairs = _pairs(speaker, relation.name, relation.parent, relation.links)
    return f"linked to the {wording.humanised(relation.parent)} by {pairs}"


def _lookup_belongs(speaker: Speaker, lookup: sch.Lookup) -> str:
    of, own = wording.humanised(lookup.of), wording.humanised(lookup.name)
    shown: list[str] = []
    for link in lookup.links:
        theirs, here = _column_of(speaker, lookup.of, link.child), _column_of(speaker, lookup.name, link.parent)
        there = f" (the {own}’s {wording.column(here)})" if theirs != here else ""
        shown.append(f"{wording.column(theirs)}{there}")
    return f"each {of} has at most one {own}, found by {wording.listed(shown, 'and')}"


def _counts(speaker: Speaker, relation: sch.Relation) -> tuple[str, ...]:
    """Which rows there are, each a sentence of its own."""
    row = wording.humanised(relation.name)
    found: list[str] = []
    condition = speaker.program.model.wheres.get(relation.name)
    if condition is not None:
        scope = _own_scope(speaker, relation.name, relation.base)
        # That texts match exactly goes without saying here.
        with speaker.state.notes.without("text_exact", "missing"):
            tree = speaker.tree(condition, scope)
            text = inline(tree, scope, relative=True)
            if sum(1 for _ in leaves(tree)) > _FEW or len(text) > _SHORT:
                text = f"for which {speaker.said(condition, scope)}"
        kind = wording.article(wording.humanised(relation.base or relation.name))
        found.append(f"“{wording.capital(row)}” means {kind} {text}.")
    if relation.parent != speaker.schema.entity.name and relation.groups is None:
        found.append(
            f"{wording.capital(wording.article(row))} counts only if its {wording.humanised(relation.parent)} does."
        )
    return tuple(found)


_FEW = 4
_SHORT = 240


def _dated(speaker: Speaker, relation: sch.Relation) -> str:
    time = speaker.time_field(relation.name)
    if time is None:
        return "not dated: all that are there now count"
    if relation.time is None:
        return f"dated by their {wording.humanised(relation.parent)}"
    row = wording.article(wording.humanised(relation.name))
    without = f"; {row} without a date is ignored" if time.optional else ""
    return f"dated by {wording.column(time.name)}{without}"


def counting(found: Iterable[Read]) -> tuple[str, ...]:
    """Which rows are meant where the sentences speak of orders."""
    return tuple(sentence for read in found for sentence in read.counts)
