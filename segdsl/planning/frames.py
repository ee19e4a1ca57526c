"""Frames and columns: what the planner thinks in before it writes stages.

A frame is a set of rows that never changes: the rows of a table that show, the groups of another frame, or the pairs of
two. Everything else is a column on a frame. Columns are interned: the same thing asked for twice is one object, which is
how a library of hundreds of segments comes to share its scans, joins and aggregates. In scalars a column stands as
``ir.Col("", uid)``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal as OneOf
from typing import TypeAlias

from segdsl import schema as sch
from segdsl.planning.plan import Place
from segdsl.records import record
from segdsl.semantics import ir
from segdsl.types import Type


@record(frozen=True, slots=True)
class TableRows:
    """The rows of the physical table of ``owner`` (the entity, a relation or a lookup)."""

    owner: str
    table: str


@record(frozen=True, slots=True, eq=False)
class KeyRows:
    """The distinct keys of tables: an entity without a table of its own. For each table, its name and the condition on its
    rows (over ``times``, the fields that say when they happened)."""

    key: sch.Field
    parts: tuple[tuple[str, tuple[sch.Field, ...]], ...]


@record(frozen=True, slots=True, eq=False)
class Groups:
    """The groups of ``frame``'s rows for which ``where`` holds, by ``by``. ``rows_matter``: the groups are rows that others read
    (a grouped relation), so that no filter may make one of them vanish. ``everyone``: of the rows of different entities."""

    frame: Frame
    by: tuple[ir.Expr, ...]
    by_names: tuple[str, ...]
    where: tuple[ir.Expr, ...]
    rows_matter: bool
    everyone: bool = False


@record(frozen=True, slots=True, eq=False)
class PairedRows:
    """Every row of ``left`` with every row of ``right`` whose columns are equal."""

    left: Frame
    right: Frame
    on: tuple[tuple[ir.Expr, ir.Expr], ...]


Rows: TypeAlias = TableRows | KeyRows | Groups | PairedRows


@dataclass(slots=True, eq=False)
class Frame:
    """``filter`` are the conditions on its rows (over its own columns), ``key`` the columns that name a row once."""

    name: str
    rows: Rows
    filter: tuple[ir.Expr, ...] = ()
    key: tuple[ir.Expr, ...] = ()


# -- what a column is ---------------------------------------------------------------------------------------------


@record(frozen=True, slots=True)
class Stored:
    """Read from the frame's table."""

    field: sch.Field
    zero_if_missing: bool = False


@record(frozen=True, slots=True)
class Attached:
    """The column ``target`` of the one row of another frame that ``on`` (mine, its) finds."""

    target: str
    on: tuple[tuple[str, str], ...]


@record(frozen=True, slots=True)
class Computed:
    value: ir.Expr


@record(frozen=True, slots=True)
class Since:
    """When an entity without a table came to exist: the least time of its rows in the tables that it is made of."""


@record(frozen=True, slots=True)
class Grouped:
    """One of the values that the groups are formed by."""

    index: int


@record(frozen=True, slots=True)
class Aggregated:
    """An aggregate over the rows of a group; scalars are over the columns of the grouped frame."""

    function: str
    type: Type
    value: ir.Expr | None
    filter: frozenset[ir.Expr]
    order: tuple[ir.Expr, ...] = ()
    tie_by_value: bool = False
    place: Place | None = None
    percent: Decimal | None = None


@record(frozen=True, slots=True)
class Paired:
    """A column of the left or the right frame of pairs."""

    side: str
    uid: str


@record(frozen=True, slots=True)
class Ordered:
    """A window over the frame's own rows; see `segdsl.planning.plan.Window`."""

    function: OneOf["previous", "position", "rank", "before"]
    partition: tuple[ir.Expr, ...]
    order: tuple[tuple[ir.Expr, bool], ...]
    value: ir.Expr | None
    filter: frozenset[ir.Expr]
    everyone: bool = False


@record(frozen=True, slots=True)
class Extreme:
    """The least or greatest ``target`` of another frame's rows strictly later (earlier) than a row of this one; see
    `segdsl.planning.plan.Beyond`. Columns by uid: of this frame, and of the other."""

    target: str
    later: bool
    function: OneOf["min", "max"]
    on: tuple[tuple[str, str], ...]
    time: tuple[str, str]


Source: TypeAlias = Stored | Attached | Computed | Since | Grouped | Aggregated | Paired | Ordered | Extreme


@dataclass(slots=True, eq=False)
class Column:
    """``name`` is what it would like to be called; stages make it unique."""

    uid: str
    frame: Frame
    source: Source
    type: Type
    optional: bool
    name: str
    condition: bool = False

    @property
    def ref(self) -> ir.Expr:
        return ir.Col("", self.uid, type=self.type, optional=self.optional)


@dataclass(slots=True)
class Columns:
    """All frames and columns of a plan in the making, interned by what they are."""

    by_uid: dict[str, Column] = field(default_factory=dict)
    frames: dict[object, Frame] = field(default_factory=dict)
    _interned: dict[tuple[int, Source], Column] = field(default_factory=dict)

    def column(
        self, frame: Frame, source: Source, type: Type, optional: bool, name: str, condition: bool = False
    ) -> Column:
        known = self._interned.get((id(frame), source))
        if known is not None:
            known.optional = known.optional and optional
            return known
        made = Column(f"c{len(self.by_uid)}", frame, source, type, optional, name, condition)
        self.by_uid[made.uid] = made
        self._interned[id(frame), source] = made
        return made

    def __getitem__(self, expr: ir.Expr) -> Column:
        assert isinstance(expr, ir.Col)
        return self.by_uid[expr.name]
