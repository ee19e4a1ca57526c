"""Can some atoms hold at once, of one entity or row, at any time and whatever the data?

In go atoms, out comes False only where they certainly cannot. What is known: missing values satisfy no atom but `Missing`; numbers,
days and instants lie in ranges, on grids, and apart from one another; texts are one of some, or match; and what
aggregates over rows have to do with one another (no rows: a count of 0, a missing maximum; some rows: at least as many without a
condition as with it). It must not know how the atoms came about.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from fractions import Fraction
from itertools import combinations, permutations

from segdsl.records import replace
from segdsl.semantics import ir
from segdsl.semantics.lint.formula import Atom, Less, Like, Missing, OneOf, Opaque, Same, both, either, less
from segdsl.semantics.lint.graph import ZERO, Contradiction, Graph, Weight
from segdsl.semantics.lint.moments import DAY, At, Calendar, ends
from segdsl.semantics.lint.rows import RowSets, counted, is_whole_group
from segdsl.semantics.lint.terms import Number, Term, bare, constant, range_of, same_if_present, term
from segdsl.semantics.lint.texts import fits, is_made_by, matches_apart
from segdsl.types import Kind

_ROUNDS = 4
_MOST_AGGREGATES = 24
_NEEDS_ROWS = frozenset({"min", "max", "avg", "first", "last", "percentile"})
_OF_EVERY_ROW = frozenset({"min", "max", "first", "last"})
_LENGTHS = {"days_between_timestamps": DAY, "hours_between_timestamps": DAY // 24, "days_between_dates": 1}
_MOST_STEPS = 1000
"""Values next to one another that are taken out one by one."""


class Theory:
    """What is known of all atoms, in one zone and over one schema."""

    def __init__(self, calendar: Calendar, rows: RowSets) -> None:
        self._calendar = calendar
        self._rows = rows

    def is_possible(self, atoms: Iterable[Atom]) -> bool:
        try:
            _Case(self._calendar, self._rows, atoms).verify()
        except Contradiction:
            return False
        return True


class _Case:
    """Some atoms, and all that follows from them; raises `Contradiction` as soon as they cannot hold."""

    def __init__(self, calendar: Calendar, rows: RowSets, atoms: Iterable[Atom]) -> None:
        self._calendar = calendar
        self._rows = rows
        self._graph = Graph()
        self._present: dict[ir.Expr, None] = {}
        self._missing: dict[ir.Expr, None] = {}
        self._opaque: dict[ir.Expr, bool] = {}
        self._allowed: dict[ir.Expr, frozenset[object]] = {}
        self._excluded: dict[ir.Expr, frozenset[object]] = {}
        self._likes: dict[ir.Expr, list[Like]] = {}
        self._same: list[Same] = []
        self._moments: list[At] = []
        self._aggregates: dict[ir.Aggregate, None] = {}
        for atom in atoms:
            self._take(atom)

    # -- what is said -------------------------------------------------------------------------------------------------

    def _take(self, atom: Atom) -> None:
        match atom:
            case Less():
                self._less(atom.left, atom.right, atom.strictly)
            case OneOf():
                self._be_present(atom.value)
                if atom.holds:
                    self._allow(atom.value, atom.items)
                else:
                    self._excluded[atom.value] = self._excluded.get(atom.value, frozenset()) | atom.items
                self._node(atom.value)
            case Missing(holds=True):
                if not atom.value.optional:
                    raise Contradiction
                self._missing[atom.value] = None
                self._know(atom.value)
            case Missing():
                self._be_present(atom.value)
            case Like():
                self._be_present(atom.value)
                self._likes.setdefault(atom.value, []).append(atom)
            case Same():
                for value in atom.pair:
                    self._be_present(value)
                self._same.append(atom)
            case Opaque():
                self._say(atom.condition, atom.holds)

    def _say(self, condition: ir.Expr, holds: bool) -> None:
        if self._opaque.setdefault(condition, holds) is not holds:
            raise Contradiction

    def _allow(self, value: ir.Expr, items: frozenset[object]) -> None:
        known = self._allowed.get(value)
        self._allowed[value] = items if known is None else known & items

    def _less(self, left: Term, right: Term, strictly: bool = False, by: Number = 0) -> None:
        """``left + by <= right``"""
        one, distance = self._place(left)
        other, further = self._place(right)
        self._graph.at_most(one, other, further - distance - by, strictly)

    def _place(self, side: Term) -> tuple[Hashable, Number]:
        """The node that a term is, and how far beyond it."""
        match side:
            case At():
                number = self._calendar.constant(side)
                if number is not None:
                    return ZERO, number
                if side not in self._graph:
                    self._graph.add(side, 1)
                    for other in self._moments:
                        low, high = self._calendar.apart(other, side) if _alike(other, side) else (None, None)
                        if high is not None:
                            self._graph.at_most(side, other, high)
                        if low is not None:
                            self._graph.at_most(other, side, -low)
                    self._moments.append(side)
                return side, 0
            case int() | Fraction():
                return ZERO, side
            case _:
                self._be_present(side)
                self._node(side)
                return side, 0

    def _node(self, value: ir.Expr) -> None:
        if value in self._graph or not (value.type.is_number or value.type.is_time):
            return
        its = range_of(value)
        self._graph.add(value, its.step)
        if its.low is not None:
            self._graph.at_most(ZERO, value, -its.low)
        if its.high is not None:
            self._graph.at_most(value, ZERO, its.high)
        self._know(value)

    def _be_present(self, value: ir.Expr) -> None:
        """A value is there, and with it what it is made of."""
        if value in self._present or isinstance(value, ir.Literal | ir.Instant):
            return
        self._present[value] = None
        self._know(value)
        match value:
            case ir.Call(overload=overload) if overload != "coalesce":
                for part in value.args:
                    self._be_present(bare(part))
            case ir.Convert() | ir.InRange():
                self._be_present(bare(value.value))
                plain = same_if_present(value)
                if plain is not None:
                    self._less(term(value), term(plain))
                    self._less(term(plain), term(value))
            case ir.FieldRef() | ir.TraitColumn() | ir.RowUse():
                for end in range(1, len(value.path) + 1):
                    self._say(ir.NoRow(value.row, value.path[:end]), False)
                if isinstance(value, ir.FieldRef) and self._rows.is_before_now(value):
                    self._less(value, _now(value), True)
            case ir.RankValue():
                self._be_present(bare(value.value))
            case _:
                pass

    def _know(self, value: ir.Expr) -> None:
        if isinstance(value, ir.Aggregate):
            self._aggregates.setdefault(value)

    # -- what follows -------------------------------------------------------------------------------------------------

    def verify(self) -> None:
        for condition, holds in list(self._opaque.items()):
            if isinstance(condition, ir.NoRow) and not holds:
                for end in range(1, len(condition.path)):
                    self._say(ir.NoRow(condition.row, condition.path[:end]), False)
        self._ranks()
        self._places()
        self._texts()
        if self._present.keys() & self._missing.keys():
            raise Contradiction
        if self._aggregates:
            self._of_rows()
        for _ in range(_ROUNDS):
            self._graph.changed = False
            high, low = self._graph.bounds()
            self._single(high, low)
            self._lengths(high, low)
            if self._aggregates:
                self._some_or_none(high, low)
                if len(self._aggregates) <= _MOST_AGGREGATES:
                    self._of_each_other(high, low)
            if self._present.keys() & self._missing.keys():
                raise Contradiction
            if not self._graph.changed:
                break
        self._graph.verify()

    def _ranks(self) -> None:
        """Who is in the top 10 is in the top 20."""
        ranks = [(rank, holds) for rank, holds in self._opaque.items() if isinstance(rank, ir.Rank | ir.PairRank)]
        for one in [rank for rank, holds in ranks if holds]:
            for other in [rank for rank, holds in ranks if not holds]:
                if replace(one, count=None, percent=None) != replace(other, count=None, percent=None):
                    continue
                fewer = one.count is not None and other.count is not None and one.count <= other.count
                less = one.percent is not None and other.percent is not None and one.percent <= other.percent
                if fewer or less:
                    raise Contradiction

    # -- texts and truth values ---------------------------------------------------------------------------------------

    def _places(self) -> None:
        """A value of an ordered list, and its place in that list."""
        for call in [value for value in self._present if isinstance(value, ir.Call) and value.overload == "place"]:
            text = bare(call.args[0])
            options = call.options
            self._allow(text, frozenset(options))
            self._node(call)
            allowed = self._allowed[text] - self._excluded.get(text, frozenset())
            self._allow(call, frozenset(place for place, option in enumerate(options) if option in allowed))

    def _texts(self) -> None:
        for value in self._present:
            if value.type.kind is Kind.BOOL:
                self._allow(value, frozenset({True, False}))
            likes = self._likes.get(value, [])
            allowed = self._allowed.get(value)
            if allowed is not None:
                left = allowed - self._excluded.get(value, frozenset())
                if not value.type.is_number and not value.type.is_time:
                    left = frozenset(
                        t
                        for t in left
                        if is_made_by(value, t)
                        and all(fits(t, like.word, like.needle) in (like.holds, None) for like in likes)
                    )
                    self._allowed[value] = left
                if not left:
                    raise Contradiction
            if any(like.holds and like.word != "matches" and not is_made_by(value, like.needle) for like in likes):
                raise Contradiction
            for one, other in permutations(likes, 2):
                if matches_apart((one.word, one.needle, one.holds), (other.word, other.needle, other.holds)):
                    raise Contradiction
        self._equal_texts()

    def _equal_texts(self) -> None:
        said: dict[frozenset[ir.Expr], bool] = {}
        for same in self._same:
            if said.setdefault(same.pair, same.holds) is not same.holds:
                raise Contradiction
            one, other = same.pair
            its, others = self._allowed.get(one), self._allowed.get(other)
            if its is None or others is None:
                continue
            if same.holds and not its & others:
                raise Contradiction
            if not same.holds and len(its) == 1 and its == others:
                raise Contradiction

    # -- numbers and times --------------------------------------------------------------------------------------------

    def _single(self, high: dict[Hashable, Weight], low: dict[Hashable, Weight]) -> None:
        """Constants that a quantity is, or is not."""
        for value in [*self._allowed, *self._excluded]:
            if value not in self._graph:
                continue
            top, bottom = high.get(value), low.get(value)
            excluded = self._excluded.get(value, frozenset())
            allowed = self._allowed.get(value)
            if allowed is not None:
                left = [n for n in _numbers(allowed - excluded) if _lies(n, top, bottom)]
                if not left:
                    raise Contradiction
                self._graph.at_most(value, ZERO, max(left))
                self._graph.at_most(ZERO, value, -min(left))
            elif excluded and top is not None and bottom is not None:
                self._not_at_the_ends(value, excluded, top, bottom)

    def _not_at_the_ends(self, value: ir.Expr, excluded: frozenset[object], top: Weight, bottom: Weight) -> None:
        step = range_of(value).step
        highest, lowest = top[0], -bottom[0]
        if step is None:
            if (highest, top[1], bottom[1]) == (lowest, 0, 0) and highest in excluded:
                raise Contradiction
            return
        for _ in range(_MOST_STEPS):
            if highest not in excluded:
                break
            highest -= step
        for _ in range(_MOST_STEPS):
            if lowest not in excluded:
                break
            lowest += step
        self._graph.at_most(value, ZERO, highest)
        self._graph.at_most(ZERO, value, -lowest)

    def _lengths(self, high: dict[Hashable, Weight], low: dict[Hashable, Weight]) -> None:
        """Days or hours from one time to another."""
        calls = [call for call in self._present if isinstance(call, ir.Call) and call.overload in _LENGTHS]
        for one, other in permutations(calls, 2):
            if (one.overload, one.args[1]) == (other.overload, other.args[1]):
                self._starts_earlier(one, other)
        for call in calls:
            unit = _LENGTHS[call.overload]
            self._node(call)
            first, second = term(call.args[0]), term(call.args[1])
            if any(isinstance(side, ir.Literal) for side in (first, second)):
                continue
            its_high, its_low = high.get(call), high_to_low(low.get(call))
            if its_low is not None:
                self._less(first, second, by=_down(its_low) * unit)
            if its_high is not None:
                whole = _down(its_high[0])
                if call.overload == "days_between_dates":
                    self._less(second, first, by=-whole)
                else:
                    self._less(second, first, True, by=-(whole + 1) * unit)
            self._length_of(call, unit, first, second)

    def _starts_earlier(self, one: ir.Call, other: ir.Call) -> None:
        """It is as long, or longer, since what was not later."""
        (start, before), (later, after) = (self._place(term(call.args[0])) for call in (one, other))
        edge = self._graph.known(start, later)
        if edge is not None and edge[0] + before - after <= 0:
            self._less(other, one)

    def _length_of(self, call: ir.Call, unit: int, first: Term, second: Term) -> None:
        """Of what is never after the other, the length is not below 0: rows show up to now."""
        edge = self._graph.known(self._place(first)[0], self._place(second)[0])
        if edge is not None:
            gap = self._place(second)[1] - self._place(first)[1] - edge[0]
            least = gap / Fraction(unit)
            self._graph.at_most(ZERO, call, -(least.numerator // least.denominator))

    # -- rows ---------------------------------------------------------------------------------------------------------

    def _of_rows(self) -> None:
        """What holds of aggregates whatever the bounds are."""
        for node in list(self._aggregates):
            if node.per is None and node.function not in ("count", "any", "none"):
                count = counted(node)
                self._node(count)
                if node.function in ("distinct", "streak"):
                    self._node(node)
                    self._less(node, count)
                if node.function in _NEEDS_ROWS and node in self._present:
                    self._less(1, count)
            if node.per is not None and node.function == "count":
                # Groups are made of rows.
                every = replace(node, per=None, having=None)
                self._node(every)
                self._less(node, every)
            if node in self._present:
                self._of_time(node)
        for node in list(self._aggregates):
            if node.function == "count" and self._rows.has_none(node):
                self._less(node, 0)
            if node.function == "count" and is_whole_group(node):
                self._less(1, node)
        some = list(self._aggregates)
        if len(some) <= _MOST_AGGREGATES:
            for one, other in permutations(some, 2):
                self._two(one, other)
            for one, other in combinations([node for node in some if node in self._present], 2):
                self._ends_of_same(one, other)
            counts = [node for node in self._aggregates if node.function == "count"]
            for one, other in permutations(counts, 2):
                if other.per is None and self._rows.is_part(one, other):
                    self._less(one, other)

    def _of_time(self, node: ir.Aggregate) -> None:
        """Rows happened before now, and in their period."""
        if node.function not in _OF_EVERY_ROW or not self._rows.is_time(node):
            return
        self._less(node, _now(node), True)
        if node.period is not None:
            start, end, included = ends(node.period, node.type.kind is Kind.DATE)
            self._less(start, node)
            self._less(node, end, not included)

    def _two(self, one: ir.Aggregate, other: ir.Aggregate) -> None:
        """Aggregates of which one goes over rows of the other."""
        if one.function != other.function or (one.value, one.per, one.percent, one.step) != (
            other.value,
            other.per,
            other.percent,
            other.step,
        ):
            return
        if not self._rows.within(one, other):
            return
        match one.function:
            case "count" | "distinct" | "streak" if one.having == other.having is None:
                self._less(one, other)
            case "min" | "max" if one in self._present:
                self._be_present(other)
                self._node(one)
                self._node(other)
                self._less(*((one, other) if one.function == "max" else (other, one)))

    def _ends_of_same(self, one: ir.Aggregate, other: ir.Aggregate) -> None:
        """Of the same values, the least is not greater than the first, the last, and the greatest."""
        if one.function == other.function or counted(one) != counted(other) or one.value != other.value:
            return
        if not (one.type.is_number or one.type.is_time):
            return
        functions = {one.function: one, other.function: other}
        if "min" in functions and functions.keys() <= _OF_EVERY_ROW:
            self._less(functions.pop("min"), next(iter(functions.values())))
        elif "max" in functions and functions.keys() <= _OF_EVERY_ROW:
            self._less(next(node for name, node in functions.items() if name != "max"), functions["max"])

    def _some_or_none(self, high: dict[Hashable, Weight], low: dict[Hashable, Weight]) -> None:
        """What follows where there are rows, and where there are none."""
        for node in list(self._aggregates):
            if node.per is not None or node.function == "count":
                continue
            count = counted(node)
            fewest, most = _fewest(count, low), high.get(count, (1, 0))[0]
            if node.function in ("sum", "distinct", "streak") and node in self._graph:
                bottom, top = low.get(node), high.get(node)
                if (bottom is not None and -bottom[0] > 0) or (top is not None and top[0] < 0):
                    self._less(1, count)
                if most <= 0:
                    self._less(node, 0)
                    self._less(0, node)
            if most <= 0 and node.function in _NEEDS_ROWS and node in self._present:
                raise Contradiction
            every = node.value is not None and not node.value.optional
            if fewest >= 1 and every and node.function in _OF_EVERY_ROW and node in self._missing:
                raise Contradiction
            if every and node.function in _OF_EVERY_ROW and node in self._missing:
                self._less(count, 0)
            if node in self._present and node.function in _OF_EVERY_ROW and self._rows.is_time(node):
                self._windows(node, high, low)

    def _of_each_other(self, high: dict[Hashable, Weight], low: dict[Hashable, Weight]) -> None:
        """What aggregates say of the rows of others."""
        some = list(self._aggregates)
        counts = [node for node in some if node.function == "count"]
        for count in counts:
            if _fewest(count, low) >= 1:
                for other in counts:
                    if other.per is None and self._rows.needs(count, other):
                        self._less(1, other)
        for node in some:
            if node.per is None and node.value is not None:
                if node.function in _OF_EVERY_ROW and node in self._present and node in self._graph:
                    self._attained(node, counts, high, low)
                if node.function in ("min", "max"):
                    self._not_beyond(node, counts, high, low)
                if node.function in ("avg", "percentile") and node in self._present:
                    self._mean(node, some, high, low)

    def _attained(
        self,
        node: ir.Aggregate,
        counts: list[ir.Aggregate],
        high: dict[Hashable, Weight],
        low: dict[Hashable, Weight],
    ) -> None:
        """The greatest value is that of a row, which is not there where there are no such rows."""
        assert node.value is not None
        value, top, bottom = term(node.value), high.get(node), low.get(node)
        if not isinstance(value, ir.Node) or isinstance(value, ir.Literal | ir.Instant):
            return
        ends = [] if top is None else [less(value, top[0], top[1] < 0)]
        if bottom is not None:
            ends.append(less(-bottom[0], value, bottom[1] < 0))
        for count in counts:
            if count.per is not None or count.where is None or high.get(count, (1, 0))[0] > 0:
                continue
            if self._rows.within(node, replace(count, where=None)) and self._rows.all_are(
                node, count.where, both(ends)
            ):
                raise Contradiction

    def _not_beyond(
        self,
        node: ir.Aggregate,
        counts: list[ir.Aggregate],
        high: dict[Hashable, Weight],
        low: dict[Hashable, Weight],
    ) -> None:
        """No row has more than the greatest value, and where that is missing, none has any."""
        assert node.value is not None
        value = term(node.value)
        if not isinstance(value, ir.Node) or isinstance(value, ir.Literal | ir.Instant):
            return
        none = [Missing(value)] if value.optional else []
        if node in self._missing:
            allowed = either(none)
        elif node in self._graph and node in self._present:
            end = high.get(node) if node.function == "max" else low.get(node)
            if end is None:
                return
            side = less(value, end[0], end[1] < 0) if node.function == "max" else less(-end[0], value, end[1] < 0)
            allowed = either([side, *none])
        else:
            return
        for count in counts:
            if count.where is None or count.per is not None or _fewest(count, low) < 1:
                continue
            if self._rows.within(count, counted(node)) and self._rows.none_is(count, allowed):
                raise Contradiction

    def _mean(
        self,
        node: ir.Aggregate,
        others: list[ir.Aggregate],
        high: dict[Hashable, Weight],
        low: dict[Hashable, Weight],
    ) -> None:
        """A mean lies between the least and the greatest value, but for what is lost in rounding."""
        for other in others:
            if other not in self._present or other.per is not None or other.value != node.value:
                continue
            if other.function == "max" and self._rows.within(node, other):
                self._follow(node, other, high, low)
            if other.function == "min" and self._rows.within(node, other):
                self._follow(other, node, high, low)

    def _follow(
        self, one: ir.Aggregate, other: ir.Aggregate, high: dict[Hashable, Weight], low: dict[Hashable, Weight]
    ) -> None:
        """``one`` is not greater than ``other``, or not by much."""
        self._node(one)
        self._node(other)
        if other in high:
            self._graph.at_most(one, ZERO, high[other][0] + _lost(high[other][0]))
        if one in low:
            self._graph.at_most(ZERO, other, low[one][0] + _lost(low[one][0]))

    def _windows(self, node: ir.Aggregate, high: dict[Hashable, Weight], low: dict[Hashable, Weight]) -> None:
        """The last row is not before a window that has rows, and, where it is none of those of a window up to now, before it."""
        dated, latest = node.type.kind is Kind.DATE, node.function in ("max", "last")
        for count in [c for c in self._aggregates if c.function == "count" and c.per is None and c.period is not None]:
            assert count.period is not None
            start, end, included = ends(count.period, dated)
            if count in low and -low[count][0] >= 1 and self._rows.within(count, counted(node)):
                if latest:
                    self._less(start, node)
                else:
                    self._less(node, end, not included)
            none = count in high and high[count][0] <= 0
            same = replace(count, period=None) == replace(counted(node), period=None)
            if none and same and latest and self._rows.reaches_now(count.period, dated):
                self._less(node, start, True)


def _now(value: ir.Expr) -> At:
    """What is later than whatever shows."""
    return At(ir.AS_OF, "first day" if value.type.kind is Kind.DATE else "instant")


def _alike(one: At, other: At) -> bool:
    """Both instants, or both days."""
    return (one.sort == "instant") == (other.sort == "instant")


def _fewest(count: ir.Aggregate, low: dict[Hashable, Weight]) -> Number:
    return -low[count][0] if count in low else 0


def _lost(number: Number) -> Number:
    """By how much a mean of such numbers differs at most from the exact one: floats are taken in millionths."""
    return (number if number > 0 else -number) / Fraction(10**9) + Fraction(1, 10**6)


def _numbers(items: Iterable[object]) -> Iterator[Number]:
    for item in items:
        number = item if isinstance(item, Fraction) else constant(item) if isinstance(item, int) else None
        if number is not None:
            yield number


def _lies(number: Number, top: Weight | None, bottom: Weight | None) -> bool:
    return (top is None or (number, 0) <= top) and (bottom is None or (-number, 0) <= bottom)


def high_to_low(bottom: Weight | None) -> Number | None:
    """The least that a quantity is, of a bound with its sign turned."""
    return None if bottom is None else -bottom[0]


def _down(number: Number) -> int:
    return number.numerator // number.denominator
