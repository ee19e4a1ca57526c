"""What has been made of a plan's stages while its function is written: a row in local variables, or a list of rows.

In: nothing but values and nodes. Out: plain data that the generator keeps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from segdsl.backends.python.nodes import Node, Scope, Value
from segdsl.planning.plan import Aggregation, Beyond, Stage, Window
from segdsl.semantics import ir


@dataclass(frozen=True, slots=True)
class Facts:
    """The rows of a stage that are the same whoever asks: values as generated code holds them."""

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


@dataclass(frozen=True, slots=True)
class Single:
    """At most one row. ``exists``: whether there is one (None: there always is). ``empties``: its columns are missing where there is
    none."""

    columns: Mapping[str, Value]
    exists: Node | None
    empties: bool = False


@dataclass(slots=True)
class Many:
    """A list of tuples under a name. ``constants``: columns that are the same in all rows; ``maybe``: those of the others that may be
    None; ``links``: those that may hold a `Token`, and whether they name rows."""

    name: str
    places: Mapping[str, int]
    maybe: frozenset[str]
    constants: Mapping[str, Value]
    links: Mapping[str, bool] = field(default_factory=dict)
    indexed: dict[tuple[str, ...], str] = field(default_factory=dict)
    listed: dict[tuple[str, ...], str] = field(default_factory=dict)

    @property
    def width(self) -> int:
        return max(len(self.places), 1)


@dataclass(frozen=True, slots=True)
class Looked:
    """A stage over the rows of a lookup: made for the one row that is found, where it is found."""

    stage: Stage


Made: TypeAlias = Single | Many | Looked


@dataclass(slots=True)
class Opened:
    """The rows of a stage while it is written: in ``scope``, with ``columns`` by alias and name. ``where``: what keeps a row."""

    scope: Scope
    columns: dict[tuple[str, str], Value]
    where: list[Node]
    loops: list[tuple[Scope, str]] = field(default_factory=list)

    def column(self, col: ir.Col) -> Value:
        return self.columns[col.input, col.name]


def scalar_of(found: ir.Expr | Aggregation | Window | Beyond) -> ir.Expr:
    assert not isinstance(found, Aggregation | Window | Beyond)
    return found
