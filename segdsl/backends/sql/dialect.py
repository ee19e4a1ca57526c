"""What a dialect is: tables of lowerings, capabilities, session preconditions and gaps. One file each under dialects/.

A lowering takes the `Writer` and a node of the plan and returns a sqlglot node. It asks the writer for the node's parts as
often as it needs them (`Writer.value`); a part that is asked for twice is computed in a stage of its own first, unless it is
as short as a column. Nothing outside a dialect's file asks which dialect it writes for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from segdsl.backends.sql import nodes
from segdsl.backends.sql.binding import as_python
from segdsl.backends.sql.nodes import Node
from segdsl.planning.plan import Aggregation, TableColumn
from segdsl.semantics import ir
from segdsl.types import Kind, Type

if TYPE_CHECKING:
    from segdsl.backends.sql.windows import Between
    from segdsl.backends.sql.writer import Writer

Thunk: TypeAlias = Callable[[], Node]
"""Writes the same part again each time it is called: a node has one place in one tree."""
LowerCall: TypeAlias = "Callable[[Writer, ir.Call], Node]"
LowerConvert: TypeAlias = "Callable[[Writer, Thunk, Type, Type], Node]"
LowerMatch: TypeAlias = "Callable[[Writer, ir.Expr, str], Node]"
LowerAggregate: TypeAlias = "Callable[[Writer, Aggregation, Node | None], Node]"
LowerNarrowed: TypeAlias = "Callable[[Writer, ir.Call, Type], Node]"
LowerLiteral: TypeAlias = "Callable[[object, Type], Node]"
LowerColumn: TypeAlias = "Callable[[Writer, Thunk, TableColumn], Node]"
LowerRead: TypeAlias = "Callable[[Writer, Thunk, Type], Node]"
LowerHas: TypeAlias = "Callable[[Writer, ir.ListHas], Node]"
LowerEmpty: TypeAlias = "Callable[[Writer, ir.Expr], Node]"
LowerBetween: TypeAlias = "Callable[[Writer, Between], Node]"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an engine can take.

    ``materialized``: a CTE that is read more than once must be marked AS MATERIALIZED, or it is computed each time;
    ``says_materialized``: a CTE may be marked at all.
    ``joins``: how many tables one SELECT may join; ``terms``: how many SELECTs one UNION ALL; ``name_bytes``: how long a name is.
    ``placeholders``: how many parameters it takes.
    ``references``: how often a statement may name one table, each CTE written out wherever it is read.
    ``ctes``: how many CTEs may stand in one WITH. ``places``: how many digits a decimal may have behind the point.
    ``columns``: how many columns a CTE may have; ``result_columns``: how many a statement may yield.
    ``text_bytes``: how long a statement may be.
    ``named_columns``: a column of one of several tables has that table's name before its own, unless it is given a name.
    ``subcolumns``: columns have parts, which ``column.part`` means before it means a table's column: no alias may be a column's name.
    ``plain_groups``: rows are grouped by columns alone, and no SELECT stands in an aggregate or in a window.
    ``branches``: how many a search among times has at each of its levels.
    ``distinct_names``: no two columns of a result may have names that differ in letter case alone.
    """

    materialized: bool = False
    says_materialized: bool = True
    joins: int | None = None
    terms: int | None = None
    name_bytes: int | None = None
    references: int | None = None
    ctes: int | None = None
    places: int | None = None
    columns: int | None = None
    result_columns: int | None = None
    text_bytes: int | None = None
    named_columns: bool = False
    subcolumns: bool = False
    placeholders: int | None = None
    plain_groups: bool = False
    branches: int = 2
    distinct_names: bool = False


@dataclass(frozen=True, slots=True)
class Executed:
    """Proven: whatever the tests ask of segments, they ask of this engine too. ``engine``: what they run, with its version."""

    engine: str

    def __str__(self) -> str:
        return f"proven on {self.engine}"


@dataclass(frozen=True, slots=True)
class Generated:
    """Written from the product's manual, whose address this is; what is written is checked against it, but has not been executed."""

    manual: str

    def __str__(self) -> str:
        return "generated from the manual, not executed"


@dataclass(frozen=True, slots=True)
class Lists:
    """What is asked of lists, two-valued: a list that is missing is empty. ``has`` leaves ``negated`` to the writer; ``is_empty`` passes
    over items that are missing."""

    has: LowerHas
    is_empty: LowerEmpty


@dataclass(frozen=True, slots=True)
class Dialect:
    """``name`` is what users write, ``sqlglot`` the dialect of sqlglot whose spelling of literals and names is used.
    ``proof``: what stands behind the dialect.

    ``read``: a column of a table, as the value that `TableColumn` says it reads as. ``align``: a decimal's SQL, from one type to
    another that holds all its values. ``gaps``: overloads that the dialect cannot lower, with the reason.
    ``aggregates``: where one for ``first``, ``last`` or ``cut`` is lacking, rows are numbered first; ``parts``: and for a ``cut`` at a
    share of more parts than this. ``between``: the number between
    two exact ones, as the double nearest to it. ``sort_key``: by what texts are put in order, by code point. ``widest``: a type
    for whole numbers beyond 64 bits, if there is one.
    ``shown``: a value as it leaves the statement, where the statement holds it as something else.
    ``finish``: what the engine needs to be said in other words, wherever it stands in a statement.
    ``lag``: the value of the row before, missing where there is none. ``nothing``: a missing value of a type, where that is more
    than a NULL. ``spread``: several SELECTs from one CTE as one that reads it once, and their columns' names.
    ``apart``: a SELECT that an engine without MATERIALIZED does not write into the one that reads it.
    ``unread``: conversions that the dialect has not, with the reason.
    ``styles``: how its drivers spell placeholders (`segdsl.backends.sql.binding.STYLES`), the usual one first. ``held``: a placeholder
    as a value of a type, given what the engine calls that; ``passed``: a value as drivers take it; ``parameter_type``: what placeholders
    that have a type say (None: what casts say).
    ``digits``: the type of a number that is spelled, where texts are held as something else.
    ``narrowed``: lowerings of calls whose result is converted at once to a decimal of at most ``narrowest`` digits.
    """

    name: str
    sqlglot: str
    proof: Executed | Generated
    type_name: Callable[[Type], str]
    literals: Mapping[Kind, LowerLiteral]
    calls: Mapping[str, LowerCall]
    conversions: Mapping[tuple[Kind, Kind], LowerConvert]
    matches: Mapping[str, LowerMatch]
    aggregates: Mapping[str, LowerAggregate]
    read: LowerColumn
    compare: Callable[[Writer, ir.Compare], Node]
    in_list: Callable[[Writer, ir.InList], Node]
    in_range: Callable[[Writer, ir.InRange], Node]
    lists: Lists
    align: Callable[[Node, Type, Type], Node]
    add_seconds: Callable[[Node, Node], Node]
    between: LowerBetween
    widest: str
    sort_key: Callable[[Node, Type], Node] = lambda node, type_: node
    shown: Callable[[Node, Type], Node] = lambda node, type_: node
    finish: Callable[[Node], Node] = lambda tree: tree
    lag: Callable[[Node, Type], Node] = lambda node, type_: nodes.call("LAG", node)
    nothing: Callable[[Type], Node] | None = None
    spread: Callable[[Sequence[Node], Sequence[str]], Node] | None = None
    styles: tuple[str, ...] = ("qmark",)
    held: Callable[[Node, str], Node] = nodes.cast
    passed: Callable[[object, Type], object] = as_python
    parameter_type: Callable[[Type], str] | None = None
    digits: str | None = None
    apart: Callable[[Node], Node] | None = None
    gaps: Mapping[str, str] = field(default_factory=dict)
    unread: Mapping[tuple[Kind, Kind], str] = field(default_factory=dict)
    narrowed: Mapping[str, LowerNarrowed] = field(default_factory=dict)
    narrowest: int = 0
    parts: int | None = None
    capabilities: Capabilities = Capabilities()
    session: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()

    def narrows(self, node: ir.Convert) -> bool:
        """Is the call inside lowered together with its conversion?"""
        call = node.value
        return (
            isinstance(call, ir.Call)
            and call.overload in self.narrowed
            and node.type.kind is Kind.DECIMAL
            and node.type.precision <= self.narrowest
        )

    def numbers(self, aggregation: Aggregation) -> bool:
        """Must its rows be numbered first? A place that is counted from an end has no aggregate anywhere that fits all sizes."""
        if aggregation.function == "cut":
            assert aggregation.place is not None, "a cut has a place"
            place = aggregation.place
            parts = Fraction(place.share, place.whole).denominator
            return "cut" not in self.aggregates or place.count > 0 or (self.parts is not None and parts > self.parts)
        return aggregation.function not in self.aggregates
