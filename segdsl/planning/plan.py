"""The plan: what a writer (SQL, Polars) has to do, decided already. A writer decides nothing about meaning.

A plan is a list of stages; a stage is one ``SELECT``: an input, left joins onto it, a filter, optionally a grouping, and
columns. Stages read tables and stages before them, so they can be written as CTEs or as LazyFrames in the order given.
Every scalar is a tree of `segdsl.semantics.ir` nodes whose leaves are `ir.Col`, `ir.Literal` and `ir.Instant`: no
node that walks rows, uses a definition or ranks is left, and no Between. Time stays symbolic: a writer resolves `ir.Instant`,
`ir.Bound`, `ir.Anniversary` and the period of an `ir.InPeriod` with `segdsl.semantics.time`, given ``as_of`` and ``plan.timezone``.

**Missing values and conditions.** A condition may come out as unknown (SQL NULL, Polars null) wherever that is harmless:
in ``where``, in an aggregate's ``filter``, as an item of `ir.All`/`ir.Any` there, as the condition of an `ir.If`. It must be
made two-valued (unknown becomes false) wherever it is read as a value: as a stage's column, under `ir.Not`, as an argument of
a call or comparison, as a branch of an `ir.If`. What cannot be unknown (nothing optional below) needs no wrapping. Leaves with
``negated`` set are false when an operand is missing, like the others (``NOT IN`` and ``<>`` behave so by themselves). The
planner has pushed `ir.Not` down: it stands only before BOOL columns and calls that are two-valued.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from decimal import Decimal
from typing import Literal as OneOf
from typing import TypeAlias

from segdsl.records import record
from segdsl.semantics import ir
from segdsl.types import Type


@record(frozen=True, slots=True)
class TableColumn:
    """A physical column and how it is read. ``name`` is the field's name, by which `ir.Col` names it.

    Reading makes missing: NaN, floats that are neither 0 nor 1e-100 … 1e100 in size, and the spellings in ``missing``. ``codes``
    maps value names to the codes that the data holds: a code reads as its name, anything else as itself. ``stored`` is the type
    of the data where it is known to differ from ``type`` (None: the same, or anything that converts by itself; ANY: one of the
    engine's own, which a cast makes the same); FLOAT stored, DECIMAL declared: see `ir.Convert`. A timestamp with a zone reads as
    its instant in UTC, one without as UTC. ``key_only``: the column is joined, grouped and tested for presence, never computed
    with. ``zero_if_missing``: a count, sum or verdict that the table holds; missing reads as 0 or false.
    """

    name: str
    column: str
    type: Type
    optional: bool
    missing: tuple[str, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict, hash=False)
    stored: Type | None = None
    key_only: bool = False
    zero_if_missing: bool = False


@record(frozen=True, slots=True)
class Table:
    """A physical table and the columns of it that the stage reads. ``name`` may have dots (``shop.orders``). ``owner``: the entity,
    relation or lookup whose rows these are; empty where the keys of an entity without a table are read."""

    name: str
    columns: tuple[TableColumn, ...]
    owner: str = ""

    def column(self, name: str) -> TableColumn:
        return next(c for c in self.columns if c.name == name)


@record(frozen=True, slots=True)
class StageRef:
    """The rows of an earlier stage."""

    stage: str


@record(frozen=True, slots=True)
class Union:
    """All rows of several earlier stages, which have the same columns in the same order."""

    stages: tuple[str, ...]


Source: TypeAlias = Table | StageRef | Union


@record(frozen=True, slots=True)
class Input:
    """A source under an alias, unique within its stage."""

    alias: str
    source: Source


@record(frozen=True, slots=True)
class Join:
    """Onto the inputs before it. ``on``: pairs of a scalar over those inputs and a column name of this input; a missing value
    on either side matches nothing. No pairs: a source of exactly one row, joined to every row.

    ``left``: many to one, the pairs cover the source's key, so rows neither vanish nor multiply; without a match the columns are
    missing. ``inner``: many to many.
    """

    input: Input
    on: tuple[tuple[ir.Expr, str], ...]
    kind: OneOf["left", "inner"] = "left"


@record(frozen=True, slots=True)
class Place:
    """A place in an order of N values, the least first (``descending``: the greatest): ``count``, or N * ``share`` / ``whole``,
    rounded up; at least the first and at most the last."""

    descending: bool
    count: int = 0
    share: int = 0
    whole: int = 1


@record(frozen=True, slots=True)
class Aggregation:
    """One aggregate of a grouping, over the rows for which ``filter`` holds (None: all).

    - ``count``: rows, or with a ``value`` those in which it is present; INT, 0 over nothing.
    - ``distinct``: different present values; INT, 0 over nothing. A STRING counts by code point, a DECIMAL by its number.
    - ``sum``, ``min``, ``max``: over present values; missing over none. ``sum`` has the column's ``type``: INT gives
      decimal(26,0), DECIMAL decimal(min(38,p+10),s), a total beyond 38 digits is missing; FLOAT gives decimal(29,6): each value
      as floor(x * 1e6 + 0.5) in double precision, an integer, added exactly; values beyond 9e12 in size count as missing.
      A BOOL value has neither.
    - ``first``, ``last``: the value, missing or not, of the row that comes first or last in the order of ``order`` (ascending,
      all present; text by code point). ``tie_by_value``: rows may tie; then the greatest value among those that tie, missing
      being the least (text by code point, false before true).
    - ``cut``: of the present values (INT, WHOLE, DECIMAL, FLOAT, DATE, TIMESTAMP), each as often as it occurs and in order, the one
      at ``place``; missing over none.
    - ``percentile``: of the n present values (INT, DECIMAL, FLOAT; a FLOAT in millionths, as in ``sum``) in order, with the weight
      w(i) = max(0, 100 - |100 * (i - 1) - percent * (n - 1)|) of the i-th: the sum of w(i) times value, exactly, divided once by
      100. FLOAT, the double nearest to the exact quotient; missing over none. (At most two weights are not 0, and they are 100
      together: the value at place 1 + (n - 1) * percent / 100, between two in proportion.)
    """

    function: OneOf["count", "distinct", "sum", "min", "max", "first", "last", "cut", "percentile"]
    type: Type
    value: ir.Expr | None = None
    filter: ir.Expr | None = None
    order: tuple[ir.Expr, ...] = ()
    tie_by_value: bool = False
    place: Place | None = None
    percent: Decimal | None = None


@record(frozen=True, slots=True)
class Window:
    """What a row has from others of its stage: of those with equal ``partition`` that ``filter`` keeps (None: all), the ones that
    come before it by ``order`` (each a scalar, present, and whether it descends; text by code point). Missing in rows that
    ``filter`` does not keep. Rows that the stage's ``where`` drops are not seen.

    - ``previous``: the value of the row just before, missing or not; missing in the first. The order is total.
    - ``position``: 1 + how many come before. INT. The order is total.
    - ``rank``: 1 + how many come strictly before; rows that tie do not. INT.
    - ``before``: the sum of ``value`` over those that come before, 0 in the first, with the type and in the way of the
      aggregation ``sum``. The order is total.

    ``everyone``: rows of different entities are in one partition.
    """

    function: OneOf["previous", "position", "rank", "before"]
    type: Type
    partition: tuple[ir.Expr, ...]
    order: tuple[tuple[ir.Expr, bool], ...]
    value: ir.Expr | None = None
    filter: ir.Expr | None = None
    everyone: bool = False


@record(frozen=True, slots=True)
class Beyond:
    """An extreme of the rows of another stage that lie strictly later (or earlier) than a row of this one.

    ``stage`` is an earlier stage. Of its rows whose columns equal ``on`` (a scalar over the input, its column; a missing value
    equals nothing) and whose column ``its_time`` is strictly greater (``later``) or smaller than ``time``, the ``min`` or ``max``
    of its column ``value`` (a number, DATE or TIMESTAMP; none of these columns is missing); missing where there is none.
    ``time`` and ``its_time`` are both DATE or both TIMESTAMP. ``key`` of the stage is ``on`` and ``its_time``: each pair once.
    """

    stage: str
    later: bool
    function: OneOf["min", "max"]
    type: Type
    on: tuple[tuple[ir.Expr, str], ...]
    time: ir.Expr
    its_time: str
    value: str


@record(frozen=True, slots=True)
class StageColumn:
    """A column that a stage makes. ``condition``: it is two-valued, BOOL, never missing."""

    name: str
    type: Type
    optional: bool
    value: ir.Expr | Aggregation | Window | Beyond
    condition: bool = False


@record(frozen=True, slots=True)
class Stage:
    """One SELECT. Without grouping (``by`` None) every column's value is a scalar and there is a row for each row of the input that
    ``where`` keeps. With grouping: ``by`` names the columns (scalars) that form the groups, the others are Aggregations; rows in
    which a ``by`` value is missing are in no group (a ``by`` column that is not ``optional`` needs no test: nobody reads such a
    group); ``by == ()`` makes exactly one row, also over no rows.

    A `Window` stands in a stage without grouping, beside scalars, which do not read it. A `Beyond` stands in a stage of its own
    kind: its input is a stage, it has no joins and no ``where``, and its other columns are plain columns of the input.

    ``key``: columns that name a row once (empty: one row, or nobody needs to know). ``everyone``: its groups are made of the rows of
    different entities, so that it is the same whoever asks.
    """

    name: str
    input: Input
    joins: tuple[Join, ...]
    where: tuple[ir.Expr, ...]
    by: tuple[str, ...] | None
    columns: tuple[StageColumn, ...]
    key: tuple[str, ...] = ()
    everyone: bool = False

    def column(self, name: str) -> StageColumn:
        return next(c for c in self.columns if c.name == name)


@record(frozen=True, slots=True)
class Plan:
    """A plan for one or more segments.

    ``final`` is a stage without grouping, a row per entity of the population: its first column is ``key`` (under the key field's
    name), the others are conditions, one per output, in the order of ``outputs``, or values (``condition`` is False), which the
    shape ``flags`` alone has a place for. Writers derive the shapes from it: ``members`` adds an output to ``where`` and keeps the
    key alone; ``flags`` is the stage as it is; ``counts`` and ``memberships`` read it.
    ``outputs`` maps each output's name to its column in ``final``. ``checks``: keys that must be present and unique in the
    tables read (local runs verify them).
    """

    stages: tuple[Stage, ...]
    final: Stage
    key: str
    outputs: Mapping[str, str] = field(hash=False)
    timezone: str = "UTC"
    checks: tuple[KeyCheck, ...] = ()


@record(frozen=True, slots=True)
class KeyCheck:
    """The rows of ``table`` (columns by physical name, in ``columns``) have a present, unique key. ``of`` says whose: ``customer``,
    ``order``. ``fields`` are the fields' names, for messages."""

    table: str
    columns: tuple[str, ...]
    of: str
    fields: tuple[str, ...]
