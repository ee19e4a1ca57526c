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

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal as OneOf
from typing import TypeAlias

from segdsl import schema as sch
from segdsl.source import NOWHERE, Span
from segdsl.types import BOOL, Type

# -- time ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Moment:
    """A constant instant, symbolic until `segdsl.semantics.time.resolve` is given ``as_of`` and the zone.

    Apply in this order: take the ``anchor`` (``"as_of"``, an instant in UTC without tzinfo, or a date: its beginning in
    the zone); go back to the beginning of the calendar ``floor`` unit (day week month quarter year, in the zone); move by
    ``months`` in the zone's calendar (local wall time kept, clamped to the month's end); move by ``days`` calendar days
    in the zone (used only after a floor or for a date anchor); add ``micros`` exactly.
    """

    anchor: OneOf["as_of"] | datetime | date
    floor: OneOf["day", "week", "month", "quarter", "year"] | None = None
    months: int = 0
    days: int = 0
    micros: int = 0


AS_OF = Moment("as_of")


@dataclass(frozen=True, slots=True)
class Period:
    """Half-open, ``[start, end)``. ``whole_days``: an explicit ``A to B``, in which, for a DATE value, an end that is an
    instant counts as its whole day (see `segdsl.semantics.time.date_bounds`). ``text`` is how it was written."""

    start: Moment
    end: Moment
    whole_days: bool = False
    text: str = field(default="", compare=False)


# -- rows and paths -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """A row variable. ``depth`` 0 is the outermost; ``of`` is the name of the entity, relation or lookup whose row it is."""

    depth: int
    of: str


@dataclass(frozen=True, slots=True)
class Step:
    """One many-to-one step. ``kind``: ``parent`` (to the relation's parent), ``group`` (from a row to the group it is in),
    ``lookup``. ``to`` names the entity, relation or lookup arrived at."""

    kind: OneOf["parent", "group", "lookup"]
    to: str


Path: TypeAlias = tuple[Step, ...]

# -- nodes --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """``type`` and ``optional`` (can it be missing?) are on every node."""

    type: Type = BOOL
    optional: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Constant: TypeAlias = bool | int | Decimal | float | str | date | datetime


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A constant: BOOL bool, INT int, DECIMAL Decimal, FLOAT float, STRING str, DATE date, TIMESTAMP naive datetime in UTC.

    None is the missing value of its type. ``param`` names the parameter it came from.
    """

    value: Constant | None
    param: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Instant(Node):
    """A constant time made from ``as_of`` or written down. TIMESTAMP: the moment itself; DATE: its calendar day in the zone."""

    moment: Moment


@dataclass(frozen=True, slots=True)
class FieldRef(Node):
    """A field, read from ``row`` through ``path``. ``owner`` names what declares the field: entity, relation or lookup."""

    row: Row
    path: Path
    owner: str
    field: sch.Field


@dataclass(frozen=True, slots=True)
class TraitColumn(Node):
    """A trait that the schema says a column holds, read from the entity (row 0, or through ``path`` from ``row``)."""

    row: Row
    path: Path
    trait: sch.ColumnTrait


@dataclass(frozen=True, slots=True)
class Use(Node):
    """The value of a trait or segment of the library, for the entity of row 0, wherever it stands (inside an inner row
    too). Its body is ``program.definitions[name]``."""

    name: str


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function or arithmetic operator of the catalogue with its chosen overload: ``overload`` is that overload's id, such as
    ``add_decimal``. ``options`` are constants that are not values (a unit, a number of digits)."""

    function: str
    overload: str
    args: tuple[Expr, ...]
    options: tuple[str | int | Decimal, ...] = ()


@dataclass(frozen=True, slots=True)
class Convert(Node):
    """``value`` as ``type``. Of these pairs alone:

    INT->WHOLE, INT->DECIMAL, INT->FLOAT, DECIMAL->DECIMAL (wider scale: exact; narrower: half away from zero; missing
    where it does not fit), DECIMAL->FLOAT (nearest), WHOLE->INT (missing beyond 2^53 in size), WHOLE->FLOAT (the same
    number), FLOAT->DECIMAL (declared: |x| * 10^s + 0.5, floored in double precision, sign put back; precision <= 15;
    missing where it does not fit), DECIMAL->INT (of scale 0; missing beyond 2^53 in size), DATE->TIMESTAMP (its beginning in
    the zone).
    """

    value: Expr


@dataclass(frozen=True, slots=True)
class InRange(Node):
    """A FLOAT or WHOLE that arithmetic may have carried out of the float range: missing unless 0 or 1e-100 … 1e100 in size."""

    value: Expr


@dataclass(frozen=True, slots=True)
class If(Node):
    """``if(c, then, otherwise)``; ``otherwise`` None: missing where the condition is false."""

    condition: Expr
    then: Expr
    otherwise: Expr | None


@dataclass(frozen=True, slots=True)
class Aggregate(Node):
    """An aggregate over related rows.

    ``function``: count any none sum avg min max distinct first last. ``row`` is the new row variable, ``outer`` the row
    it is related to: row 0 (all rows of the entity), or an enclosing row that ``row.of`` descends from (that row's own).
    ``value`` is an expression over ``row`` (None for count, any, none). ``period`` applies to the relation's time,
    ``where`` is a condition. Types: count, distinct INT; any, none BOOL; sum of INT decimal(26,0), of DECIMAL
    decimal(min(38,p+10),s), of FLOAT (in millionths) decimal(29,6); avg FLOAT; the rest as the value. A WHOLE value has
    been converted to INT. ``sum`` beyond 38 digits is missing. Optional: sum, avg, min, max, first, last as the page says.
    """

    function: str
    row: Row
    outer: Row
    value: Expr | None
    period: Period | None
    where: Expr | None


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """``left operator right``: ``= != < <= > >=``; false when a side is missing. BOOL and STRING have ``=`` and ``!=`` alone."""

    operator: OneOf["=", "!=", "<", "<=", ">", ">="]
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Between(Node):
    """Both ends included. Negated: outside of it, and false when any of the three is missing."""

    value: Expr
    low: Expr
    high: Expr
    negated: bool = False


@dataclass(frozen=True, slots=True)
class InList(Node):
    """``items`` are constants of the value's kind, without duplicates, at least one. False when the value is missing."""

    value: Expr
    items: tuple[Constant, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class InPeriod(Node):
    """``value`` is a TIMESTAMP or a DATE. False when it is missing, negated or not."""

    value: Expr
    period: Period
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Match(Node):
    """``word``: contains, starts with, ends with, matches. ``needle`` is a constant text; for ``matches`` the pattern with
    ``*`` (any run), ``?`` (one code point) and backslash before either for the character itself."""

    word: OneOf["contains", "starts with", "ends with", "matches"]
    value: Expr
    needle: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class IsMissing(Node):
    """Two-valued. Negated: is present."""

    value: Expr
    negated: bool = False


@dataclass(frozen=True, slots=True)
class NoRow(Node):
    """``product is missing``: there is no row at the end of ``path``. Negated: there is one."""

    row: Row
    path: Path
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Truth(Node):
    """A BOOL value as a condition: false when missing. Negated: true where the value is false, false when it is missing."""

    value: Expr
    negated: bool = False


@dataclass(frozen=True, slots=True)
class All(Node):
    """``and``; no items: true."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Any(Node):
    """``or``; no items: false."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Not(Node):
    """Exactly those whom ``item`` does not select."""

    item: Expr


# -- leaves that only a plan has ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Col(Node):
    """A column of one of a stage's inputs, by the input's alias. Made by the planner; no text resolves to one."""

    input: str
    name: str


@dataclass(frozen=True, slots=True)
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
    | Call
    | Convert
    | InRange
    | If
    | Aggregate
    | Compare
    | Between
    | InList
    | InPeriod
    | Match
    | IsMissing
    | NoRow
    | Truth
    | All
    | Any
    | Not
    | Col
    | Bound
)

CONDITIONS = (Compare, Between, InList, InPeriod, Match, IsMissing, NoRow, Truth, All, Any, Not, Bound)
"""Node classes that are conditions by nature. `Use` of a condition, `Literal` of type BOOL that is not None, and `Aggregate`
any/none are conditions too; every other BOOL node is a value and needs `Truth`."""

# -- the checked schema -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Definition:
    """A trait without arguments, or a segment, resolved for row 0. ``kind``: ``trait`` or ``segment``."""

    kind: OneOf["trait", "segment"]
    name: str
    body: Expr
    title: str | None = None
    about: str | None = None
    tags: tuple[str, ...] = ()
    pack: str | None = None
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Program:
    """All that was resolved: definitions in an order in which each comes after those it uses."""

    model: Model
    definitions: dict[str, Definition] = field(hash=False)
