"""Ranks and what everyone has in common: one value over a whole population, compared by each of its members.

In: a rank, or an aggregate over everyone. Out: a scalar over the entity's frame (for an aggregate over everyone, over a frame of
one row). A rank is a cut point wherever ties share: the value at a place in the order of all, found once, and compared. Rows are
only numbered where the definition asks for places: `rank`, `exactly`, and shares of a total.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, assert_never

from segdsl.planning import aggregates, groups, names
from segdsl.planning.aggregates import sum_type
from segdsl.planning.env import Env, Gathered
from segdsl.planning.frames import Aggregated, Frame, Groups, Ordered
from segdsl.planning.plan import Place
from segdsl.planning.scalars import conjunction, conjuncts, is_condition
from segdsl.records import record, replace
from segdsl.semantics import ir
from segdsl.types import FLOAT, INT, MAX_DIGITS, Kind, Type, decimal

if TYPE_CHECKING:
    from segdsl.planning.columns import Builder

_FEW = 20
"""Up to so many quantiles are found by cut points, more of them by numbering."""
_COUNT = decimal(16, 0)


@record(frozen=True, slots=True)
class _Ranked:
    """Rows of ``frame`` that are ranked by ``value`` within each ``per``: those for which all of ``among`` hold and the value is
    present. ``key`` tells rows apart; ``name`` is what columns are called after."""

    builder: Builder
    frame: Frame
    value: ir.Expr
    per: tuple[ir.Expr, ...]
    among: tuple[ir.Expr, ...]
    key: tuple[ir.Expr, ...]
    name: str

    def of_all(
        self,
        function: str,
        type: Type,
        value: ir.Expr | None,
        word: str,
        place: Place | None = None,
        extra: tuple[ir.Expr, ...] = (),
    ) -> ir.Expr:
        """An aggregate of the ranked rows with the same ``per``, beside each row."""
        builder = self.builder
        by_names = names.distinct(tuple(builder.columns[part].name for part in self.per))
        suffix = "_".join(by_names) or "overall"
        groups = builder.grouping(self.frame, self.per, by_names, name=f"{self.frame.name}_by_{suffix}", everyone=True)
        source = Aggregated(function, type, value, frozenset((*self.among, *extra)), place=place)
        column = builder.columns.column(groups, source, type, True, f"{word}_{self.name}")
        return builder.attach(self.frame, column, tuple(zip(self.per, groups.key, strict=True)))

    def ordered(
        self, function: str, type: Type, order: tuple[tuple[ir.Expr, bool], ...], extra: tuple[ir.Expr, ...] = ()
    ) -> ir.Expr:
        """A place, or the sum of what comes before, among the ranked rows with the same ``per``."""
        filters = (*self.among, *self.present(), *(ir.IsMissing(part, negated=True) for part in self.per), *extra)
        value = self.value if function == "before" else None
        source = Ordered(function, self.per, order, value, frozenset(filters), everyone=True)  # type: ignore[arg-type]
        return self.builder.columns.column(self.frame, source, type, True, f"{function}_{self.name}").ref

    def present(self) -> tuple[ir.Expr, ...]:
        return (ir.IsMissing(self.value, negated=True),) if self.value.optional else ()

    def first(self, greatest: bool) -> tuple[tuple[ir.Expr, bool], ...]:
        """In the order of the value, the greatest or the least first, and then of the key."""
        return ((self.value, greatest), *((part, False) for part in self.key))


# -- of entities ----------------------------------------------------------------------------------------------------


def rank(builder: Builder, expr: ir.Rank | ir.PairRank | ir.RankValue) -> ir.Expr:
    """As a column of the entity's frame."""
    match expr:
        case ir.PairRank():
            found, name = _pair_rank(builder, expr), f"{expr.direction}_pairs"
        case ir.Rank():
            found, name = _within(_ranked(builder, expr), expr), expr.direction
        case ir.RankValue():
            found, name = _place(_ranked(builder, expr), expr), "rank" if expr.buckets is None else "quantile"
    return builder.computed(builder.entity_frame, found, name, is_condition(expr)).ref


@record(frozen=True, slots=True)
class Bucket:
    """``quantile(…) >= 4``: of which quantile, and from which number to which one; ``outside``: all but those."""

    of: ir.RankValue
    first: int
    last: int
    outside: bool = False


def bucket_of(builder: Builder, expr: ir.Compare) -> Bucket | None:
    """What a comparison asks of a quantile that cut points make, if it asks for some of the numbers and not for all."""
    if builder.by_cuts:
        # Whoever explains the record that is asked about wants the quantile itself, and with it all cut points.
        return None
    value = expr.left
    while isinstance(value, ir.Use):
        value = builder.program.definitions[value.name].body
    if not isinstance(value, ir.RankValue) or not isinstance(expr.right, ir.Literal):
        return None
    number, buckets = expr.right.value, value.buckets
    if not isinstance(number, int) or buckets is None or buckets > _FEW or value.exactly or value.ranked:
        return None
    match expr.operator:
        case ">=" | ">":
            found = Bucket(value, number + (expr.operator == ">"), buckets)
        case "<=" | "<":
            found = Bucket(value, 1, number - (expr.operator == "<"))
        case "=" | "!=":
            found = Bucket(value, number, number, outside=expr.operator == "!=")
        case _:
            assert_never(expr.operator)
    some = 1 <= found.first <= found.last <= buckets
    return found if some and found.last - found.first + 1 < buckets else None


def in_bucket(builder: Builder, asked: Bucket) -> ir.Expr:
    """By the cut points on either side alone, as a column of the entity's frame."""
    of, buckets = _ranked(builder, asked.of), asked.of.buckets
    assert buckets is not None
    above = None if asked.first <= 1 else _above(of, asked.first - 1, buckets)
    below = None if asked.last >= buckets else _above(of, asked.last, buckets)
    sides: list[ir.Expr] = []
    if above is not None:
        sides.append(_not_above(above) if asked.outside else above)
    if below is not None:
        sides.append(below if asked.outside else _not_above(below))
    inside = ir.Any(tuple(sides)) if asked.outside and len(sides) > 1 else None
    found = conjunction((*_has_place(of), *(sides if inside is None else (inside,))))
    assert found is not None, "a part of a quantile has an end"
    return builder.computed(builder.entity_frame, found, "quantile", True).ref


def _above(of: _Ranked, number: int, buckets: int) -> ir.Compare:
    """Is a value above a cut point, which is missing only where there is no value?"""
    at = Place(descending=False, share=number, whole=buckets)
    cut = of.of_all("cut", of.value.type, of.value, f"quantile_{number}_of_{buckets}", at)
    return ir.Compare(">", of.value, cut)


def _not_above(one: ir.Compare) -> ir.Compare:
    return ir.Compare("<=", one.left, one.right)


def _has_place(of: _Ranked) -> tuple[ir.Expr, ...]:
    """Is it one of those that are ranked?"""
    return (*of.among, *of.present(), *(ir.IsMissing(part, negated=True) for part in of.per if part.optional))


def _ranked(builder: Builder, expr: ir.Rank | ir.RankValue) -> _Ranked:
    frame, env = builder.entity_frame, builder.entity_env
    asked = builder.scalar(expr.value, env, simplified=True)
    if asked.type.kind is Kind.WHOLE:
        asked = ir.Convert(asked, type=INT, optional=True)
    value = builder.computed(frame, asked, names.phrase(expr.value))
    among: list[ir.Expr] = []
    if expr.among is not None:
        among.extend(conjuncts(builder.scalar(expr.among, env, simplified=True)))
    exists = builder.exists()
    if exists is not None:
        among.append(exists)
    per = () if expr.per is None else (builder.scalar(expr.per, env, simplified=True),)
    named = tuple(builder.computed(frame, part, names.phrase(part)).ref for part in per)
    return _Ranked(builder, frame, value.ref, named, tuple(among), frame.key, value.name)


def _within(of: _Ranked, expr: ir.Rank | ir.PairRank) -> ir.Expr:
    """``top`` and ``bottom``: is a row of the frame in?"""
    top = expr.direction == "top"
    if expr.share:
        parts = _in_share(of, expr, top)
    elif expr.exactly:
        place = of.ordered("position", INT, of.first(top))
        parts = (_up_to(of, place, expr),)
        if of.builder.by_cuts:
            parts = _to_the_last(of, parts, top)
    else:
        share, whole = (0, 1) if expr.percent is None else _ratio(expr.percent, 100)
        at = Place(descending=top, count=expr.count or 0, share=share, whole=whole)
        cut = of.of_all("cut", of.value.type, of.value, f"{expr.direction}_{_slug(expr)}", at)
        parts = (*of.among, ir.Compare(">=" if top else "<=", of.value, cut))
    found = conjunction(parts)
    assert found is not None
    return found


def _slug(expr: ir.Rank | ir.PairRank) -> str:
    amount = str(expr.count) if expr.percent is None else f"{expr.percent.normalize():f}_percent"
    return amount.replace(".", "_")


def _ratio(percent: Decimal, of: int) -> tuple[int, int]:
    """A number of hundredths as a ratio of whole numbers."""
    top, bottom = (percent / of).as_integer_ratio()
    return top, bottom


def _up_to(of: _Ranked, place: ir.Expr, expr: ir.Rank | ir.PairRank) -> ir.Expr:
    """Is a place among the first so many, or the first so many hundredths?"""
    if expr.count is not None:
        return ir.Compare("<=", place, ir.Literal(expr.count, type=INT))
    assert expr.percent is not None
    everyone = of.of_all("count", INT, of.value, "ranked")
    share, whole = _ratio(expr.percent, 100)
    before = ir.Call("-", "subtract_decimal", (_count(place), _number(Decimal(1))), type=decimal(17, 0), optional=True)
    return ir.Compare("<", _times(before, whole), _times(_count(everyone), share))


def _in_share(of: _Ranked, expr: ir.Rank | ir.PairRank, top: bool) -> tuple[ir.Expr, ...]:
    """Of those who together make up a share of the total: who has less than that before."""
    assert expr.percent is not None
    positive = _positive(of.value)
    total_type = sum_type(of.value.type)
    before = of.ordered("before", total_type, of.first(top), (positive,))
    total = of.of_all("sum", total_type, of.value, "total", extra=(positive,))
    share, whole = _ratio(expr.percent, 100)
    in_front = ir.Compare("<", _times(before, whole), _times(total, share))
    if expr.exactly and of.builder.by_cuts:
        return _to_the_last(of, (positive, in_front), top)
    if expr.exactly:
        return (in_front,)
    # Who ties comes after the same sum: where the first of them is in, all are.
    function, sign = ("min", ">=") if top else ("max", "<=")
    last = of.of_all(function, of.value.type, of.value, "last_in", extra=(positive, in_front))
    return (*of.among, positive, ir.Compare(sign, of.value, last))  # type: ignore[arg-type]


def _to_the_last(of: _Ranked, inside: tuple[ir.Expr, ...], top: bool) -> tuple[ir.Expr, ...]:
    """Of those who are in by their place: not after the last of them, by the value and then by the key."""
    function, better = ("min", ">") if top else ("max", "<")
    value, key = of.value, of.key[0]
    last = of.of_all(function, value.type, value, "last_in", extra=inside)
    ties = ir.Compare("=", value, last)
    last_key = of.of_all("max", key.type, key, "last_key_in", extra=(*inside, ties))
    not_after = ir.All((ties, ir.Compare("<=", key, last_key)))
    return (*of.among, ir.Any((ir.Compare(better, value, last), not_after)))  # type: ignore[arg-type]


def _positive(value: ir.Expr) -> ir.Expr:
    """Is there something to make up a share with?"""
    zeros: dict[Kind, ir.Constant] = {Kind.DECIMAL: Decimal(0), Kind.FLOAT: 0.0}
    zero = zeros.get(value.type.kind, 0)
    return ir.Compare(">", value, ir.Literal(zero, type=value.type))


def _place(of: _Ranked, expr: ir.RankValue) -> ir.Expr:
    """``rank`` and ``quantile``"""
    if expr.ranked:
        return of.of_all("count", INT, of.value, "ranked")
    if expr.buckets is None:
        greatest = expr.direction == "top"
        order = of.first(greatest) if expr.exactly else ((of.value, greatest),)
        return of.ordered("position" if expr.exactly else "rank", INT, order)
    if not expr.exactly and (expr.buckets <= _FEW or of.builder.by_cuts):
        return _by_cuts(of, expr.buckets)
    order = of.first(False) if expr.exactly else ((of.value, False),)
    place = of.ordered("position" if expr.exactly else "rank", INT, order)
    everyone = of.of_all("count", INT, of.value, "ranked")
    before = ir.Call("-", "subtract_decimal", (_count(place), _number(Decimal(1))), type=decimal(17, 0), optional=True)
    # Of whole numbers of this size the quotient is never rounded up to the next whole one.
    bucket = ir.Call("/", "divide_exact", (_times(before, expr.buckets), everyone), type=FLOAT, optional=True)
    whole = ir.Convert(
        ir.Call("floor", "floor_float", (bucket,), type=FLOAT, optional=True), type=decimal(15, 0), optional=True
    )
    one_more = ir.Call("+", "add_decimal", (whole, _number(Decimal(1))), type=decimal(16, 0), optional=True)
    numbered = ir.Convert(one_more, type=INT, optional=True)
    return _by_firsts(of, numbered, expr.buckets) if of.builder.by_cuts else numbered


def _by_cuts(of: _Ranked, buckets: int) -> ir.Expr:
    """1 and one more for each of the cut points that lie below."""
    return _stepped(of, lambda number: _above(of, number, buckets), buckets)


def _by_firsts(of: _Ranked, numbered: ir.Expr, buckets: int) -> ir.Expr:
    """The same where the key breaks ties: the first of each bucket, by the value and then by the key, is where it begins."""
    place = of.builder.computed(of.frame, numbered, f"bucket_{of.name}").ref
    value, key = of.value, of.key[0]

    def from_first(number: int) -> ir.Expr:
        inside = ir.Compare(">", place, ir.Literal(number, type=INT))
        first = of.of_all("min", value.type, value, f"first_above_{number}_of_{buckets}", extra=(inside,))
        ties = ir.Compare("=", value, first)
        its_key = of.of_all("min", key.type, key, f"first_key_above_{number}_of_{buckets}", extra=(inside, ties))
        not_before = ir.All((ties, ir.Compare(">=", key, its_key)))
        return ir.Any((ir.Compare(">", value, first), not_before))

    return _stepped(of, from_first, buckets)


def _stepped(of: _Ranked, above: Callable[[int], ir.Expr], buckets: int) -> ir.Expr:
    """1 and one more for each bucket above which a row is; missing for who is not ranked."""
    found: ir.Expr = ir.Literal(1, type=INT)
    for number in range(1, buckets):
        found = ir.If(above(number), ir.Literal(number + 1, type=INT), found, type=INT)
    condition = conjunction(_has_place(of))
    return found if condition is None else ir.If(condition, found, None, type=INT, optional=True)


def _count(value: ir.Expr) -> ir.Expr:
    return ir.Convert(value, type=_COUNT, optional=value.optional)


def _number(value: Decimal) -> ir.Expr:
    return ir.Literal(value, type=decimal(len(value.as_tuple().digits), 0))


def _times(value: ir.Expr, factor: int) -> ir.Expr:
    """An exact product; a number too wide for it is missing."""
    by = _number(Decimal(factor))
    room = MAX_DIGITS - by.type.precision
    if value.type.precision > room:
        value = ir.Convert(value, type=decimal(room, value.type.scale), optional=True)
    product = decimal(value.type.precision + by.type.precision, value.type.scale)
    return ir.Call("*", "multiply_decimal", (value, by), type=product, optional=value.optional)


# -- of pairs of an entity and something else -------------------------------------------------------------------------


def _pair_rank(builder: Builder, expr: ir.PairRank) -> ir.Expr:
    """Is an entity in the top of a group in one of its pairs?"""
    aggregate = expr.aggregate
    rows = aggregates.gather(builder, aggregate, builder.entity_env, by_key=True)
    frame, env = groups.grouped(builder, replace(aggregate, per=expr.by), rows, rows.read(expr.by))
    entity = frame.key[: len(rows.ids)]
    on = tuple(zip(entity, rows.outer_ids, strict=True))

    def of_entity(value: ir.Expr) -> ir.Expr:
        return builder.attach(frame, builder.columns[value], on)

    assert env.group is not None
    found = _of_pairs(builder, aggregate, rows, env)
    value = builder.computed(frame, found, names.aggregate(aggregate.function, aggregate, rows.relation, False))
    # Rows whose entity is not there are pairs of nobody.
    among: list[ir.Expr] = [ir.IsMissing(of_entity(builder.entity_frame.key[0]), negated=True)]
    exists = builder.exists()
    asked = [] if exists is None else [exists]
    if expr.among is not None:
        asked.extend(conjuncts(builder.scalar(expr.among, builder.entity_env, simplified=True)))
    for part in asked:
        member = builder.computed(builder.entity_frame, part, "among", condition=True)
        among.append(ir.Truth(of_entity(member.ref)))
    if expr.having is not None:
        among.extend(conjuncts(builder.scalar(expr.having, env, simplified=True)))
    ranked = _Ranked(builder, frame, value.ref, (frame.key[-1],), tuple(among), entity, value.name)
    # A pair that is in is one row of the groups: whose, says the entity's key.
    holds = _within(ranked, expr)
    by_names = names.distinct(tuple(builder.columns[part].name for part in entity))
    entities = builder.grouping(frame, entity, by_names, name=f"{frame.name}_counted")
    source = Aggregated("count", INT, None, frozenset(conjuncts(holds)))
    column = builder.columns.column(entities, source, INT, False, f"in_{expr.direction}_{_slug(expr)}")
    back = tuple(zip(rows.outer_ids, entities.key, strict=True))
    counted = rows.back(builder.attach(rows.outer.frame, column, back))
    return ir.Compare(">=", counted, ir.Literal(1, type=INT))


def _of_pairs(builder: Builder, aggregate: ir.Aggregate, rows: Gathered, pairs: Env) -> ir.Expr:
    """What an aggregate makes of the rows of each pair, over the frame of the pairs."""
    frame = pairs.frame
    assert isinstance(frame.rows, Groups)
    # Groups of a pair's rows stand for the same row variable as the pair itself, of which they know nothing.
    own = replace(
        rows, ids=frame.rows.by, outer=replace(pairs, group=None), outer_ids=frame.key, back=lambda value: value
    )
    if aggregate.per is not None:
        return groups.count_groups(builder, aggregate, own)
    if aggregate.function == "streak":
        return groups.streak(builder, aggregate, own)
    make = aggregates.Maker(builder, aggregate, rows, frame, frozenset(), lambda value: value)
    value = None if aggregate.value is None else rows.read(aggregate.value)
    return aggregates.made(aggregate, value, make)


# -- over everyone ----------------------------------------------------------------------------------------------------


def overall(builder: Builder, expr: ir.Overall) -> ir.Expr:
    """An aggregate over everyone's rows, over a frame of one row."""
    aggregate = expr.aggregate
    rows = _entities(builder) if aggregate.row == builder.entity_row else _everyones(builder, aggregate)
    if aggregate.per is not None:
        return groups.count_groups(builder, aggregate, rows)
    if aggregate.function == "streak":
        return groups.streak(builder, aggregate, rows)
    everyone = builder.grouping(rows.frame, (), (), name=f"{rows.frame.name}_overall", everyone=True)
    filters = frozenset(aggregates.kept(builder, aggregate, rows))
    make = aggregates.Maker(builder, aggregate, rows, everyone, filters, lambda value: value)
    value = None if aggregate.value is None else rows.read(aggregate.value)
    return aggregates.made(aggregate, value, make)


def _everyones(builder: Builder, aggregate: ir.Aggregate) -> Gathered:
    """The rows of everybody in the population."""
    rows = aggregates.gather(builder, aggregate, builder.entity_env, by_key=True)
    on = tuple(zip(rows.ids, rows.outer_ids, strict=True))
    entity = builder.columns[builder.entity_frame.key[0]]
    shown: list[ir.Expr] = [ir.IsMissing(builder.attach(rows.frame, entity, on), negated=True)]
    exists = builder.exists()
    if exists is not None:
        there = builder.computed(builder.entity_frame, exists, "exists", condition=True)
        shown.append(ir.Truth(builder.attach(rows.frame, there, on)))
    return replace(rows, ids=(), outer_ids=(), filters=(*rows.filters, *shown), groups=None, everyone=True)


def _entities(builder: Builder) -> Gathered:
    """The population itself."""
    env, exists = builder.entity_env, builder.exists()
    return Gathered(
        env.owner,
        env.frame,
        (),
        env,
        (),
        env,
        read=lambda asked: builder.scalar(asked, env),
        ask=lambda asked: conjuncts(builder.condition(asked, env)),
        own=lambda value: value,
        filters=() if exists is None else (exists,),
        back=lambda value: value,
        name=f"{env.frame.name}_overall",
        everyone=True,
    )
