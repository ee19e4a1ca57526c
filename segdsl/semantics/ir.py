"""The typed tree: what a text means, with every name bound to the schema and a type on every node.

Made by `resolve`, read by the referee as it is, by the planner after `simplify`. Frozen, slotted, compared by
structure (spans do not count). Depth is bounded by the limits; ``All`` and ``Any`` are n-ary and flat.

**Rows.** An expression is read for a row. `Row(0, …)` is the outermost one: the entity, in a library's definitions; the
relation's (lookup's, entity's) own row, in a schema's expressions. Each aggregate opens a new row one deeper. A field is
named by the row it hangs on and a path of many-to-one steps from there.

**Two truth values.** A *condition* is a node of type BOOL whose ``optional`` is False as far as meaning goes: it is true
or false for every row. A *value* of type BOOL may be missing and becomes a condition through `Truth`. Comparison leaves
yield false when an operand is missing, whatever their operator, also those with ``negated`` set; `Not` is exact.

**Numbers.** The resolver makes every conversion explicit: both sides of a comparison or an arithmetic call have one
physical kind. Kinds in arithmetic and comparison:
  INT op INT       -> both converted to WHOLE (double), result WHOLE; compare INT with INT directly
  DECIMAL involved -> INT converted to decimal(16,0); + - * of decimals keep their static widths (operands not rescaled)
  FLOAT involved   -> everything converted to FLOAT
  ``/``            -> result FLOAT. Both exact: operands are left exact (INT, WHOLE or DECIMAL), divided once:
                      double(unscaled a at the common scale) / double(unscaled b at that scale); a WHOLE or INT has
                      scale 0. One side FLOAT: both FLOAT. By zero: missing.
"""

from __future__ import annotations

from dataclasses import field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal as OneOf
from typing import TypeAlias, get_args

from segdsl import schema as sch
from segdsl.records import record, remembers_its_hash
from segdsl.source import NOWHERE, Span
from segdsl.types import BOOL, Type

# -- time ---------------------------------------------------------------------------------------------------------


@record(frozen=True, slots=True)
class Moment:
    """A constant instant, symbolic until `segdsl.semantics.time.resolve` is given ``as_of`` and the zone.

    Apply in this order: take the ``anchor`` (``"as_of"``, an instant in UTC without tzinfo, a date: its beginning in the
    zone, or another moment: what a moment seen from ``as_of`` is, seen from that one); go back to the beginning of the
    calendar ``floor`` unit (day week month quarter year, in the zone); move by ``months`` in the zone's calendar (local
    wall time kept, clamped to the month's end); move by ``days`` calendar days in the zone (used only after a floor or for
    a date anchor); add ``micros`` exactly.
    """

    anchor: OneOf["as_of"] | datetime | date | Moment
    floor: OneOf["day", "week", "month", "quarter", "year"] | None = None
    months: int = 0
    days: int = 0
    micros: int = 0


AS_OF = Moment("as_of")


@record(frozen=True, slots=True)
class Period:
    """Half-open, ``[start, end)``. ``whole_days``: an explicit ``A to B``, in which, for a DATE value, an end that is an
    instant counts as its whole day (see `segdsl.semantics.time.date_bounds`). ``text`` is how it was written."""

    start: Moment
    end: Moment
    whole_days: bool = False
    text: str = field(default="", compare=False)


@record(frozen=True, slots=True)
class Each:
    """That the items of an `All` or `Any` are one condition, read for each of several periods in turn: ``text`` is how these were
    written together (``previous 3 months``), ``periods`` are they, one for each item. For whoever explains; it means nothing."""

    text: str
    periods: tuple[Period, ...]


# -- rows and paths -----------------------------------------------------------------------------------------------


@record(frozen=True, slots=True)
class Row:
    """A row variable. ``depth`` 0 is the outermost; ``of`` is the name of the entity, relation or lookup whose row it is.

    ``grouped``: it stands for a group of rows of ``of`` (what ``per`` makes), which has no fields: `GroupValue` is what
    its rows have in common, and aggregates whose ``outer`` it is go over its rows, or over what descends from them.
    """

    depth: int
    of: str
    grouped: bool = False


@record(frozen=True, slots=True)
class Step:
    """One many-to-one step. ``kind``: ``parent`` (to the relation's parent), ``group`` (from a row to the group it is in),
    ``lookup``. ``to`` names the entity, relation or lookup arrived at."""

    kind: OneOf["parent", "group", "lookup"]
    to: str


Path: TypeAlias = tuple[Step, ...]

# -- nodes --------------------------------------------------------------------------------------------------------


class _Hashed:
    """Room for a node's hash: trees are looked up by structure again and again, and a tree's hash is that of all below it."""

    __slots__ = ("_hash",)


@record(frozen=True, slots=True, kw_only=True)
class Node(_Hashed):
    """``type`` and ``optional`` (can it be missing?) are on every node. ``call``: where the trait with arguments was asked for that this
    was put in for; ``span`` is then the trait's own text."""

    type: Type = BOOL
    optional: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)
    call: Span | None = field(default=None, compare=False, repr=False)


Constant: TypeAlias = bool | int | Decimal | float | str | date | datetime


@record(frozen=True, slots=True)
class Literal(Node):
    """A constant: BOOL bool, INT int, DECIMAL Decimal, FLOAT float, STRING str, DATE date, TIMESTAMP naive datetime in UTC.

    None is the missing value of its type. ``param`` names the parameter it came from.
    """

    value: Constant | None
    param: str | None = field(default=None, compare=False)


@record(frozen=True, slots=True)
class Instant(Node):
    """A constant time made from ``as_of`` or written down. TIMESTAMP: the moment itself; DATE: its calendar day in the zone."""

    moment: Moment


@record(frozen=True, slots=True)
class FieldRef(Node):
    """A field, read from ``row`` through ``path``. ``owner`` names what declares the field: entity, relation or lookup."""

    row: Row
    path: Path
    owner: str
    field: sch.Field


@record(frozen=True, slots=True)
class TraitColumn(Node):
    """A trait that the schema says a column holds, read from the entity (row 0, or through ``path`` from ``row``)."""

    row: Row
    path: Path
    trait: sch.ColumnTrait


@record(frozen=True, slots=True)
class Use(Node):
    """The value of a trait or segment of the library, for the entity of row 0, wherever it stands (inside an inner row
    too). Its body is ``program.definitions[name]``."""

    name: str


@record(frozen=True, slots=True)
class RowUse(Node):
    """The value of a trait of a relation, for the row at the end of ``path`` from ``row``: one of ``definition.owner`` or of a
    relation that is ``from`` it. Its body is ``program.definitions[name]`` (``name`` with the dot: ``order.gap``)."""

    row: Row
    path: Path
    name: str


@record(frozen=True, slots=True)
class Previous(Node):
    """``value`` read for the row before ``row``: the customer's row of that relation (``row.of``) that comes before it, by
    time and then by key, among all that show; missing for the first. In ``value``, ``row`` stands for that other row."""

    row: Row
    value: Expr


@record(frozen=True, slots=True)
class GroupValue(Node):
    """What the rows of a group have in common: the value of ``per``, for the group ``row`` (``row.grouped``). Never missing."""

    row: Row


@record(frozen=True, slots=True)
class Call(Node):
    """A function or arithmetic operator of the catalogue with its chosen overload: ``overload`` is that overload's id, such as
    ``add_decimal``. ``options`` are constants that are not values (a unit, a number of digits)."""

    function: str
    overload: str
    args: tuple[Expr, ...]
    options: tuple[str | int | Decimal, ...] = ()


@record(frozen=True, slots=True)
class Convert(Node):
    """``value`` as ``type``. Of these pairs alone:

    INT->WHOLE, INT->DECIMAL, INT->FLOAT, DECIMAL->DECIMAL (wider scale: exact; narrower: half away from zero; missing
    where it does not fit), DECIMAL->FLOAT (nearest), WHOLE->INT (missing beyond 2^53 in size), WHOLE->FLOAT (the same
    number), FLOAT->DECIMAL (declared: |x| * 10^s + 0.5, floored in double precision, sign put back; precision <= 15;
    missing where it does not fit), DECIMAL->INT (of scale 0; missing beyond 2^53 in size), DATE->TIMESTAMP (its beginning in
    the zone).
    """

    value: Expr


@record(frozen=True, slots=True)
class InRange(Node):
    """A FLOAT or WHOLE that arithmetic may have carried out of the float range: missing unless 0 or 1e-100 … 1e100 in size."""

    value: Expr


@record(frozen=True, slots=True)
class If(Node):
    """``if(c, then, otherwise)``; ``otherwise`` None: missing where the condition is false."""

    condition: Expr
    then: Expr
    otherwise: Expr | None


@record(frozen=True, slots=True)
class Aggregate(Node):
    """An aggregate over related rows.

    ``function``: count any none sum avg min max distinct first last percentile streak. ``row`` is the new row variable,
    ``outer`` the row it is related to: row 0 (all rows of the entity), an enclosing row that ``row.of`` descends from (that
    row's own), or a group (the group's rows, or what descends from them). What is inside may read every row around it, and rows
    of ``outer`` that have nothing to do with ``row.of`` as well (the rows are then tied by comparisons alone).
    ``value`` is an expression over ``row`` (None for count, any, none). ``period`` applies to the relation's time,
    ``where`` is a condition. Types: count, distinct INT; any, none BOOL; sum of INT decimal(26,0), of DECIMAL
    decimal(min(38,p+10),s), of FLOAT (in millionths) decimal(29,6); avg FLOAT; the rest as the value. A WHOLE value has
    been converted to INT. ``sum`` beyond 38 digits is missing. Optional: sum, avg, min, max, first, last as the page says.

    ``percentile``: of a number, at ``percent`` (0 to 100; the median is 50): with the n present values in order, the one at
    place 1 + (n - 1) * percent / 100, between two of them in proportion, computed exactly (floats in millionths) and divided
    once. FLOAT, missing over nothing. ``streak``: ``value`` is an INT that counts calendar units, ``step`` apart from one unit
    to the next; the longest run of units with a row. INT, 0 over nothing.

    ``per`` (with count, any, none): not the rows are counted but their groups, by ``per`` over ``row`` (no FLOAT; rows that
    ``period`` and ``where`` keep and where it is present); ``having`` keeps some groups. It is read for
    ``Row(row.depth, row.of, grouped=True)`` in place of ``row``, which it does not see.
    """

    function: str
    row: Row
    outer: Row
    value: Expr | None
    period: Period | None
    where: Expr | None
    percent: Decimal | None = None
    step: int = 0
    per: Expr | None = None
    having: Expr | None = None


@record(frozen=True, slots=True)
class Follow(Node):
    """``followed by`` (``forward``) or ``preceded by``: is there a row ``inner`` of the same customer, whatever row ``row`` is,
    that ``period`` and ``where`` keep, whose time is strictly later (earlier) than that of ``row``, by no more than ``within``
    microseconds (of dates: days counted as 24 hours)? A condition. ``where`` may read every row around it."""

    row: Row
    inner: Row
    forward: bool
    period: Period | None
    where: Expr | None
    within: int | None = None


@record(frozen=True, slots=True)
class Past(Node):
    """``value as of moment``: a value or condition of the entity of row 0 as it stood then. ``value`` is read with no row but
    row 0; all in it that is made from ``as_of`` is made from ``moment``, which is itself seen from the ``as_of`` around it and
    not later. Of who was not in the population then, a condition is false and a value missing."""

    value: Expr
    moment: Moment


@record(frozen=True, slots=True)
class Overall(Node):
    """An aggregate over everyone's rows, the same for all: read with no row around it. ``aggregate.row`` is ``Row(1, R)`` with
    ``outer`` row 0 (the rows of everybody in the population, once for each whose they are), or ``Row(0, entity)`` (the population
    itself; ``period`` is None). Then ``outer`` is that row too."""

    aggregate: Aggregate


@record(frozen=True, slots=True)
class Rank(Node):
    """``top 10% by V``, about the entity of row 0. A condition, false for who is not ranked.

    Ranked are those of the population for whom ``value`` (over row 0; a number, DATE or TIMESTAMP) is present and ``among``
    holds; with ``per`` (over row 0, no FLOAT) within each of its present values. ``before``: how many of them have a greater
    (``bottom``: a smaller) value; ``exactly``: or the same value and a smaller key. With ``count`` n: before < n. With ``percent``
    p: before * 100 < p * N. ``share``: ``before`` is the sum of those values instead (floats in millionths), of ranked values
    above 0 alone, and N their total; who has 0 or less is out. One of ``count`` and ``percent`` is given.
    """

    direction: OneOf["top", "bottom"]
    value: Expr
    count: int | None = None
    percent: Decimal | None = None
    share: bool = False
    exactly: bool = False
    per: Expr | None = None
    among: Expr | None = None


@record(frozen=True, slots=True)
class PairRank(Node):
    """``top 10 per product.category by sum(item.quantity)``: is the entity of row 0 in the top of at least one group?

    There is a pair for each entity and value of ``by`` (over ``aggregate.row``, which is ``Row(1, R)`` with ``outer`` row 0; no
    FLOAT) among the rows that the aggregate keeps; its value is the aggregate over these. Ranked within each value of ``by`` are
    the pairs whose value is present, for which ``having`` holds (read for ``Row(1, R, grouped=True)``), and for whose entity
    ``among`` (over row 0) holds. The rest is as in `Rank`.
    """

    direction: OneOf["top", "bottom"]
    aggregate: Aggregate
    by: Expr
    count: int | None = None
    percent: Decimal | None = None
    share: bool = False
    exactly: bool = False
    having: Expr | None = None
    among: Expr | None = None


@record(frozen=True, slots=True)
class RankValue(Node):
    """``rank(V)``: 1 + before, as in `Rank` with ``direction``. ``quantile(V, n)``, with ``buckets`` n: 1 + floor(n * smaller / N),
    ``smaller`` being how many of the ranked have a smaller value (``exactly``: or the same value and a smaller key) and N how
    many are ranked. INT; missing for who is not ranked. ``ranked``: that N itself, also for who is not ranked but has a ``per``; with
    it ``buckets`` and ``direction`` mean nothing. No text resolves to a ``direction`` of ``bottom`` or to ``ranked``: they are for whoever
    explains a `Rank`."""

    value: Expr
    buckets: int | None = None
    exactly: bool = False
    per: Expr | None = None
    among: Expr | None = None
    direction: OneOf["top", "bottom"] = "top"
    ranked: bool = False


Operator: TypeAlias = OneOf["=", "!=", "<", "<=", ">", ">="]
MIRRORED: dict[Operator, Operator] = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
"""With its sides exchanged."""


@record(frozen=True, slots=True)
class Compare(Node):
    """``left operator right``: ``= != < <= > >=``; false when a side is missing. BOOL and STRING have ``=`` and ``!=`` alone."""

    operator: Operator
    left: Expr
    right: Expr


@record(frozen=True, slots=True)
class Between(Node):
    """Both ends included. Negated: outside of it, and false when any of the three is missing."""

    value: Expr
    low: Expr
    high: Expr
    negated: bool = False


@record(frozen=True, slots=True)
class InList(Node):
    """``items`` are constants of the value's kind, without duplicates, at least one. False when the value is missing."""

    value: Expr
    items: tuple[Constant, ...]
    negated: bool = False


@record(frozen=True, slots=True)
class InPeriod(Node):
    """``value`` is a TIMESTAMP or a DATE. False when it is missing, negated or not."""

    value: Expr
    period: Period
    negated: bool = False


@record(frozen=True, slots=True)
class Match(Node):
    """``word``: contains, starts with, ends with, matches. ``needle`` is a constant text; for ``matches`` the pattern with
    ``*`` (any run), ``?`` (one code point) and backslash before either for the character itself."""

    word: OneOf["contains", "starts with", "ends with", "matches"]
    value: Expr
    needle: str
    negated: bool = False


@record(frozen=True, slots=True)
class ListHas(Node):
    """A LIST has one of ``items`` (``every``: all of them). Two-valued: a missing list is empty."""

    value: Expr
    items: tuple[str, ...]
    every: bool = False
    negated: bool = False


@record(frozen=True, slots=True)
class Anniversary(Node):
    """An anniversary of ``value`` (DATE), from its first year on, is a day of ``period``; see
    `segdsl.semantics.time.anniversaries`. 29 February counts on the 28th in other years. False when it is missing."""

    value: Expr
    period: Period
    negated: bool = False


@record(frozen=True, slots=True)
class IsMissing(Node):
    """Two-valued. Negated: is present. A LIST without items is missing."""

    value: Expr
    negated: bool = False


@record(frozen=True, slots=True)
class NoRow(Node):
    """``product is missing``: there is no row at the end of ``path``. Negated: there is one."""

    row: Row
    path: Path
    negated: bool = False


@record(frozen=True, slots=True)
class Truth(Node):
    """A BOOL value as a condition: false when missing. Negated: true where the value is false, false when it is missing."""

    value: Expr
    negated: bool = False


@record(frozen=True, slots=True)
class All(Node):
    """``and``; no items: true. ``each``: it was written as ``each of PERIOD has (C)``; see `Each`."""

    items: tuple[Expr, ...]
    each: Each | None = field(default=None, compare=False)


@record(frozen=True, slots=True)
class Any(Node):
    """``or``; no items: false. ``each``: it was written as ``any of PERIOD has (C)``; see `Each`."""

    items: tuple[Expr, ...]
    each: Each | None = field(default=None, compare=False)


@record(frozen=True, slots=True)
class Not(Node):
    """Exactly those whom ``item`` does not select."""

    item: Expr


# -- leaves that only a plan has ------------------------------------------------------------------------------------


@record(frozen=True, slots=True)
class Col(Node):
    """A column of one of a stage's inputs, by the input's alias. Made by the planner; no text resolves to one."""

    input: str
    name: str


@record(frozen=True, slots=True)
class Bound(Node):
    """One end of a period: ``value`` is at or after (``from``) or strictly before (``before``) a moment; made by the planner.

    ``segdsl.semantics.time.bound`` turns it into a literal of the value's kind; it is then a plain ``>=`` or ``<``. False
    when the value is missing.
    """

    value: Expr
    side: OneOf["from", "before"]
    moment: Moment
    whole_days: bool = False


Expr: TypeAlias = (
    Literal
    | Instant
    | FieldRef
    | TraitColumn
    | Use
    | RowUse
    | Previous
    | GroupValue
    | Call
    | Convert
    | InRange
    | If
    | Aggregate
    | Follow
    | Past
    | Overall
    | Rank
    | PairRank
    | RankValue
    | Compare
    | Between
    | InList
    | InPeriod
    | Match
    | ListHas
    | Anniversary
    | IsMissing
    | NoRow
    | Truth
    | All
    | Any
    | Not
    | Col
    | Bound
)

CONDITIONS = (
    Compare,
    Between,
    InList,
    InPeriod,
    Match,
    ListHas,
    Anniversary,
    IsMissing,
    NoRow,
    Truth,
    All,
    Any,
    Not,
    Follow,
    Rank,
    PairRank,
    Bound,
)
"""Node classes that are conditions by nature. `Use`, `RowUse` and `Past` of a condition, `Literal` of type BOOL that is not
None, and `Aggregate` any/none are conditions too; every other BOOL node is a value and needs `Truth`."""


for _class in get_args(Expr):
    remembers_its_hash(_class)

# -- the checked schema -------------------------------------------------------------------------------------------


@record(frozen=True, slots=True)
class Model:
    """A schema whose expressions have been resolved. Keys of the maps: (owner name, field or by name).

    ``expressions``: for each field with ``is``, its value over ``Row(0, owner)``, converted to its declared type. In a
    grouped relation the aggregates of such an expression run over the group's own rows (``outer`` is Row(0, owner)).
    ``wheres``: for the entity and each relation that has one, the condition over ``Row(0, owner)``; a ``from`` relation
    has its base's condition and its own, joined. ``bys``: for each grouped relation and by name, the expression over
    ``Row(0, groups)`` (a plain field too).
    """

    schema: sch.Schema
    expressions: dict[tuple[str, str], Expr] = field(hash=False)
    wheres: dict[str, Expr] = field(hash=False)
    bys: dict[tuple[str, str], Expr] = field(hash=False)

    def fields_of(self, owner: str) -> dict[str, sch.Field]:
        """The fields of the entity, a relation or a lookup, by name."""
        schema = self.schema
        if owner == schema.entity.name:
            return dict(schema.entity.fields)
        if owner in schema.relations:
            return dict(schema.relations[owner].fields)
        return dict(schema.lookups[owner].fields)


# -- the checked library ------------------------------------------------------------------------------------------


@record(frozen=True, slots=True)
class Definition:
    """A trait without arguments, a segment, or tiers, resolved for row 0.

    A trait of a relation has ``owner``; its name has the dot (``order.gap``), and its body is over ``Row(1, owner)``, with
    ``Row(0, entity)`` around it. Tiers are a text with ordered values (the last case lowest): nested `If`, the first case that
    holds wins; ``cases`` are their names as written.
    """

    kind: OneOf["trait", "segment", "tiers"]
    name: str
    body: Expr
    title: str | None = None
    about: str | None = None
    tags: tuple[str, ...] = ()
    pack: str | None = None
    span: Span = field(default=NOWHERE, compare=False)
    owner: str | None = None
    cases: tuple[str, ...] = ()


@record(frozen=True, slots=True)
class Program:
    """All that was resolved: definitions in an order in which each comes after those it uses."""

    model: Model
    definitions: dict[str, Definition] = field(hash=False)
