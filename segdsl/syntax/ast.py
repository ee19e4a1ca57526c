"""The syntax tree: what was written, with its places, before anything is known of names or types.

Frozen, slotted, no behaviour. Every construct of the language has its node here, so that the formatter and the
resolver read one tree. ``and``/``or`` are n-ary and flat. Parentheses are not nodes. Sequences are tuples.
"""

from __future__ import annotations

from dataclasses import field
from decimal import Decimal
from typing import TypeAlias

from segdsl.records import record
from segdsl.source import NOWHERE, Span


@record(frozen=True, slots=True, kw_only=True)
class Node:
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record(frozen=True, slots=True)
class Identifier(Node):
    """One word: ``orders``, or `` `odd name` `` (``quoted``). ``text`` is the name itself, NFC, without backquotes."""

    text: str
    quoted: bool = False


# -- literals ---------------------------------------------------------------------------------------------------


@record(frozen=True, slots=True)
class Number(Node):
    """``1``, ``1_000``, ``1.5``. Whole literals have exponent 0; ``1.50`` keeps its scale (2)."""

    value: Decimal


@record(frozen=True, slots=True)
class String(Node):
    """``"x"`` or ``'x'``, escapes decoded."""

    value: str


@record(frozen=True, slots=True)
class Bool(Node):
    value: bool


@record(frozen=True, slots=True)
class DateLiteral(Node):
    """``2026-01-31``; ``value`` is the ISO text, already known to be a day of the calendar."""

    value: str


@record(frozen=True, slots=True)
class InstantLiteral(Node):
    """``2026-01-31T10:00:00Z``; ``value`` is normalised to UTC, ``YYYY-MM-DDTHH:MM:SS.ffffff``."""

    value: str


@record(frozen=True, slots=True)
class Percent(Node):
    """``10%``, legal after ``top``/``bottom`` and in a ``param``."""

    value: Decimal


@record(frozen=True, slots=True)
class Duration(Node):
    """``30 days``; ``unit`` is singular and lower case: second minute hour day week month quarter year.

    ``amount`` is a Number, or a Name where a number parameter stands (``last n days``).
    """

    amount: Number | Name
    unit: str


# -- names and calls --------------------------------------------------------------------------------------------


@record(frozen=True, slots=True)
class Name(Node):
    """``orders``, ``order.total``, ``item.product.category``."""

    parts: tuple[Identifier, ...]

    @property
    def text(self) -> str:
        return ".".join(part.text for part in self.parts)


@record(frozen=True, slots=True)
class Call(Node):
    """``days_since(x)``, ``bought("shoes")``, ``round(x, 2)``: a function of the catalogue or a trait with arguments."""

    name: Identifier
    args: tuple[Expr, ...]


@record(frozen=True, slots=True)
class Aggregate(Node):
    """``sum(item.price * item.quantity in last 30 days where total > 5)``.

    ``function`` is lower case. ``value`` is what stands first (a relation's name for ``count``). ``alias`` is the
    name behind ``as``. ``extra`` is the second argument (``percentile(x, 80)``). ``overall`` wraps another
    Aggregate as its ``value`` with function ``overall``.
    """

    function: str
    value: Expr
    alias: Identifier | None = None
    period: Period | None = None
    where: Expr | None = None
    sequences: tuple[Sequence, ...] = ()
    per: Expr | None = None
    having: Expr | None = None
    extra: Expr | None = None


@record(frozen=True, slots=True)
class Sequence(Node):
    """``[not] followed by (event as b in … where …) [within 1 day]``, or ``preceded by``."""

    direction: str  # "followed" | "preceded"
    negated: bool
    relation: Name
    alias: Identifier | None = None
    period: Period | None = None
    where: Expr | None = None
    sequences: tuple[Sequence, ...] = ()
    within: Duration | Name | None = None


# -- operators --------------------------------------------------------------------------------------------------


@record(frozen=True, slots=True)
class Arithmetic(Node):
    """``a + b``; operator one of ``+ - * /``."""

    operator: str
    left: Expr
    right: Expr


@record(frozen=True, slots=True)
class Negate(Node):
    """``-x``"""

    value: Expr


@record(frozen=True, slots=True)
class Ago(Node):
    """``90 days ago`` (``future`` false), ``7 days from now`` (true); also ``lapse ago``."""

    duration: Duration | Name
    future: bool = False


@record(frozen=True, slots=True)
class Now(Node):
    """``now``"""


@record(frozen=True, slots=True)
class Today(Node):
    """``today``"""


@record(frozen=True, slots=True)
class AsOf(Node):
    """``x as of T``"""

    value: Expr
    moment: Expr


@record(frozen=True, slots=True)
class And(Node):
    items: tuple[Expr, ...]


@record(frozen=True, slots=True)
class Or(Node):
    items: tuple[Expr, ...]


@record(frozen=True, slots=True)
class Not(Node):
    item: Expr


@record(frozen=True, slots=True)
class Compare(Node):
    """``a >= b``; operator one of ``= != < <= > >=``."""

    operator: str
    left: Expr
    right: Expr


@record(frozen=True, slots=True)
class Between(Node):
    value: Expr
    low: Expr
    high: Expr
    negated: bool = False


@record(frozen=True, slots=True)
class In(Node):
    """``x in ("a", "b")``; items are literals, parameters or trait arguments. ``x in markets``: one Name (a list)."""

    value: Expr
    items: tuple[Expr, ...]
    negated: bool = False
    bare: bool = False  # no parentheses: a single name of a list parameter


@record(frozen=True, slots=True)
class InPeriod(Node):
    """``t in last 30 days``"""

    value: Expr
    period: Period
    negated: bool = False


@record(frozen=True, slots=True)
class IsMissing(Node):
    """``x is missing``; ``x is present`` has ``negated`` set."""

    value: Expr
    negated: bool = False


@record(frozen=True, slots=True)
class Match(Node):
    """``s contains "x"``; word one of ``contains``, ``starts with``, ``ends with``, ``matches``."""

    word: str
    value: Expr
    needle: Expr
    negated: bool = False


@record(frozen=True, slots=True)
class ListMatch(Node):
    """``tags contains any ("x", "y")``, or ``tags contains any labels`` (``bare``: one name without brackets); word ``any`` or
    ``all``."""

    word: str
    value: Expr
    items: tuple[Expr, ...]
    negated: bool = False
    bare: bool = False


# -- periods ----------------------------------------------------------------------------------------------------


@record(frozen=True, slots=True)
class Rolling(Node):
    """``last 30 days``, ``next 7 days``, ``last lapse``; direction ``last`` or ``next``."""

    direction: str
    duration: Duration | Name


@record(frozen=True, slots=True)
class Calendar(Node):
    """``this month`` (which ``this``), ``previous month``, ``previous 3 months`` (``count`` given)."""

    which: str  # "this" | "previous"
    unit: str
    count: Number | Name | None = None


@record(frozen=True, slots=True)
class BackRange(Node):
    """``120 to 60 days ago``"""

    first: Number | Name
    second: Number | Name
    unit: str


@record(frozen=True, slots=True)
class FromTo(Node):
    """``2026-01-01 to today``; ends are DateLiteral, InstantLiteral, Today, Now, Ago or Name (a parameter)."""

    start: Expr
    end: Expr


Period: TypeAlias = Rolling | Calendar | BackRange | FromTo


# -- ranks and periods as conditions ----------------------------------------------------------------------------


@record(frozen=True, slots=True)
class Rank(Node):
    """``top 10% exactly per E by V having H among C``; ``share`` is true for ``top 50% of V``."""

    direction: str  # "top" | "bottom"
    amount: Number | Percent | Name
    value: Expr
    exactly: bool = False
    share: bool = False
    per: Expr | None = None
    having: Expr | None = None
    among: Expr | None = None


@record(frozen=True, slots=True)
class RankValue(Node):
    """``rank(V among C)``, ``quantile(V, 5 exactly per E among C)``"""

    function: str  # "rank" | "quantile"
    value: Expr
    buckets: Expr | None = None
    exactly: bool = False
    per: Expr | None = None
    among: Expr | None = None


@record(frozen=True, slots=True)
class EachOf(Node):
    """``each of previous 3 months has (C)``; quantifier ``each`` or ``any``."""

    quantifier: str
    period: Period
    condition: Expr


Expr: TypeAlias = (
    Number
    | String
    | Bool
    | DateLiteral
    | InstantLiteral
    | Percent
    | Duration
    | Name
    | Call
    | Aggregate
    | Arithmetic
    | Negate
    | Ago
    | Now
    | Today
    | AsOf
    | And
    | Or
    | Not
    | Compare
    | Between
    | In
    | InPeriod
    | IsMissing
    | Match
    | ListMatch
    | Rank
    | RankValue
    | EachOf
)


# -- definitions ------------------------------------------------------------------------------------------------


@record(frozen=True, slots=True)
class TypeName(Node):
    """``int``, ``decimal(12,2)``, ``list(string)``: the text as written, lower case, blanks removed."""

    text: str


@record(frozen=True, slots=True)
class Param(Node):
    """``param lapse: duration = 90 days``. ``value`` is a literal, Negate of one, Percent, Duration, or a tuple."""

    name: Identifier
    type: TypeName | None
    value: Expr | tuple[Expr, ...]
    override: bool = False


@record(frozen=True, slots=True)
class Argument(Node):
    """``c: string`` in a trait's head; without a type ``type`` is None."""

    name: Identifier
    type: TypeName | None


@record(frozen=True, slots=True)
class Trait(Node):
    """``trait order.products: int = …``; ``owner`` is the relation before the dot, if there is one."""

    name: Identifier
    value: Expr
    owner: Identifier | None = None
    arguments: tuple[Argument, ...] | None = None
    type: TypeName | None = None
    override: bool = False


@record(frozen=True, slots=True)
class Segment(Node):
    name: Identifier
    where: Expr
    title: String | None = None
    about: String | None = None
    tags: tuple[String, ...] = ()
    override: bool = False


@record(frozen=True, slots=True)
class Case(Node):
    """A line of ``tiers``: ``gold where C``; ``where`` is None for ``otherwise standard``."""

    name: Identifier
    where: Expr | None


@record(frozen=True, slots=True)
class Tiers(Node):
    name: Identifier
    cases: tuple[Case, ...]
    title: String | None = None
    about: String | None = None
    tags: tuple[String, ...] = ()
    override: bool = False


@record(frozen=True, slots=True)
class Given(Node):
    """``given item i1 of o1 sku = "A", quantity = 2``"""

    relation: Identifier
    name: Identifier | None
    of: Identifier | None
    fields: tuple[tuple[Identifier, Expr | tuple[Expr, ...]], ...]


@record(frozen=True, slots=True)
class Expect(Node):
    """``expect ada: vip and not lapsed``"""

    who: Identifier | None
    condition: Expr


@record(frozen=True, slots=True)
class Example(Node):
    title: String
    moment: Expr | None
    given: tuple[Given, ...]
    expect: tuple[Expect, ...]


Definition: TypeAlias = Param | Trait | Segment | Tiers | Example


@record(frozen=True, slots=True)
class Comment(Node):
    """``# …`` to the end of the line; ``text`` without the ``#``. ``own_line``: nothing but blanks stands before it."""

    text: str
    own_line: bool


@record(frozen=True, slots=True)
class File(Node):
    """A ``.seg`` file: its definitions (those that parsed) and its comments, in the order of the text.

    ``broken`` are the names of definitions that did not parse, so that their uses need not be reported as unknown; ``unread``
    is every word in these definitions, which may be a name that they use.
    """

    definitions: tuple[Definition, ...]
    comments: tuple[Comment, ...] = ()
    broken: tuple[Identifier, ...] = ()
    unread: frozenset[str] = frozenset()
