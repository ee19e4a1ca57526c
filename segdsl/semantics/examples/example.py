"""What an example gives and expects, once it is bound to the schema and the library: plain facts.

`Example`s with their `Row`s and `Expectation`s: how they came about, and what becomes of them, is not known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import TypeAlias

from segdsl.records import record
from segdsl.semantics import ir
from segdsl.semantics.reads import FieldRead
from segdsl.source import Span

Value: TypeAlias = "ir.Constant | tuple[str, ...]"
"""What a field is given: a constant of its type, for a LIST its texts."""


@record(frozen=True, slots=True)
class Row:
    """A row of the entity, of a relation or of a lookup. ``above`` is the place, among the rows of the example, of the row that it
    belongs to (of a lookup: of the row that it is looked up from); None: of nobody, or by the values of its own fields.
    ``made``: it was not given, but is needed for others to belong to."""

    owner: str
    name: str | None = None
    above: int | None = None
    values: Mapping[str, Value] = field(default_factory=dict, hash=False)
    span: Span = field(default=Span(None, 0, 0), compare=False)
    made: bool = False


@record(frozen=True, slots=True)
class Expectation:
    """A condition that holds for the entity whose row stands at ``who`` among those of the example."""

    who: int
    condition: ir.Expr
    span: Span = field(default=Span(None, 0, 0), compare=False)


@record(frozen=True, slots=True)
class Example:
    """``as_of`` is an instant in UTC. ``read``: the fields that the expectations read, by owner and name. ``everyone``: do they
    look at the whole population?"""

    title: str
    as_of: datetime
    rows: tuple[Row, ...]
    expectations: tuple[Expectation, ...]
    read: frozenset[FieldRead] = frozenset()
    everyone: bool = False
    pack: str | None = None
    span: Span = field(default=Span(None, 0, 0), compare=False)
    """Where its title stands."""
