"""What a condition reads, by way of whatever definitions and computed fields: fields, times of rows, relations, everyone.

In: a typed expression and the program that it belongs to. Out: `Read`s, each with the place where it is read. It does not ask
what a relation's or the entity's own ``where`` reads: which rows there are is another question, see `Relations`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from segdsl.records import record
from segdsl.semantics import ir
from segdsl.semantics.walk import children
from segdsl.source import Span


@record(frozen=True, slots=True)
class FieldRead:
    """The value of a field that a column holds; ``owner`` declares it."""

    owner: str
    name: str


@record(frozen=True, slots=True)
class TimeRead:
    """When the rows of a relation happened, or the entity (``owner``) was created."""

    owner: str


@record(frozen=True, slots=True)
class RowsRead:
    """Which rows a relation has."""

    relation: str


@record(frozen=True, slots=True)
class EveryoneRead:
    """The whole population: a rank, or an aggregate over everyone's rows."""


Read: TypeAlias = FieldRead | TimeRead | RowsRead | EveryoneRead


@dataclass(slots=True)
class Reader:
    """Remembers what each definition reads."""

    program: ir.Program
    _definitions: dict[tuple[str, bool], Mapping[Read, Span]] = field(default_factory=dict)

    def reads(self, expr: ir.Expr) -> Mapping[Read, Span]:
        """All that is read, each with the place of the text where it is."""
        found: dict[Read, Span] = {}
        for read, span in self._expr(expr, past=False):
            found.setdefault(read, span)
        return found

    def _expr(self, expr: ir.Expr, past: bool) -> Iterator[tuple[Read, Span]]:
        waiting = [(expr, past)]
        while waiting:
            node, past = waiting.pop()
            yield from self._node(node, past)
            inside = past or isinstance(node, ir.Past)
            waiting.extend((child, inside) for child in reversed(children(node)))

    def _node(self, node: ir.Expr, past: bool) -> Iterator[tuple[Read, Span]]:
        span = node.span
        match node:
            case ir.FieldRef():
                yield from self._path(node.path, span, past)
                yield from self._field(node.owner, node.field.name, span, past)
            case ir.NoRow():
                yield from self._path(node.path, span, past)
            case ir.Use(name=name):
                yield from self._definition(name, past).items()
            case ir.RowUse(name=name):
                yield from self._path(node.path, span, past)
                yield from self._definition(name, past).items()
            case ir.Aggregate():
                timed = node.period is not None or node.function in ("first", "last")
                yield from self._rows(node.row.of, span, timed or past)
            case ir.Follow():
                yield TimeRead(node.row.of), span
                yield from self._rows(node.inner.of, span, timed=True)
            case ir.Previous():
                yield TimeRead(node.row.of), span
            case ir.Past():
                yield TimeRead(self.program.model.schema.entity.name), span
            case ir.Rank() | ir.RankValue() | ir.PairRank() | ir.Overall():
                yield EveryoneRead(), span
            case _:
                pass

    def _definition(self, name: str, past: bool) -> Mapping[Read, Span]:
        asked = (name, past)
        if asked not in self._definitions:
            found: dict[Read, Span] = {}
            for read, span in self._expr(self.program.definitions[name].body, past):
                found.setdefault(read, span)
            self._definitions[asked] = found
        return self._definitions[asked]

    def _field(self, owner: str, name: str, span: Span, past: bool) -> Iterator[tuple[Read, Span]]:
        model = self.program.model
        made = model.expressions.get((owner, name)) or model.bys.get((owner, name))
        if made is None:
            yield FieldRead(owner, name), span
        else:
            yield from ((read, span) for read, _ in self._expr(made, past))

    def _path(self, path: ir.Path, span: Span, past: bool) -> Iterator[tuple[Read, Span]]:
        relations = self.program.model.schema.relations
        for step in path:
            if step.to in relations:
                yield from self._rows(step.to, span, past)

    def _rows(self, name: str, span: Span, timed: bool) -> Iterator[tuple[Read, Span]]:
        """Which rows there are hangs on those above, and on those that groups are made of."""
        model = self.program.model
        while name in model.schema.relations:
            relation = model.schema.relations[name]
            yield RowsRead(name), span
            if timed:
                yield TimeRead(name), span
            if relation.groups is not None:
                if timed and relation.time is not None:
                    yield from self._field(name, relation.time, span, past=False)
                yield from self._rows(relation.groups, span, timed)
                for by in relation.by:
                    made = model.bys.get((name, by.name))
                    if made is not None:
                        yield from ((read, span) for read, _ in self._expr(made, timed))
            name = relation.parent
