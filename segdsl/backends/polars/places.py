"""Places in an order: the value at one (a cut), and the value between two (a percentile).

In: the present values of each group, or of all rows, as one list. Out: expressions over it. It must not know plans beyond `Place`.

The list of a group is sorted, once for all places that are asked for. That of all rows is not: its k greatest are found six times
faster than it is sorted. (Over a column, not a list, the streaming engine would look for them with a heap, which takes a hundred
times as long where k grows with the rows.)
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from segdsl.backends.polars import hold
from segdsl.planning.plan import Place
from segdsl.types import INT_DIGITS, MAX_DIGITS, Kind, Type, decimal

_COUNT_DIGITS = 10
"""Polars counts rows in 32 bits."""
_MILLIONTHS = decimal(19, 6)


def listed(values: pl.Expr, many: bool) -> pl.Expr:
    """The list, inside of ``agg`` (``many``: there are groups) or of a select."""
    return values.sort() if many else values.implode()


def cut(items: pl.Expr, place: Place, many: bool) -> pl.Expr:
    """The value at a place; missing over none."""
    if many:
        number = _number(items.list.len().cast(pl.Int64), place)
        return items.list.get(0 - number if place.descending else number - 1, null_on_oob=True)
    item = pl.element()
    number = _number(item.len().cast(pl.Int64), place)
    return items.list.eval(item.top_k(number).min() if place.descending else item.bottom_k(number).max()).list.first()


def _number(count: pl.Expr, place: Place) -> pl.Expr:
    """Which of so many values that is, counted from 1."""
    if not place.share:
        return count.clip(1, place.count)
    # Rounded up: down, seen from below 0.
    number = 0 - _portion(0 - count, min(place.share, place.whole), place.whole)
    return number.clip(lower_bound=1)


@dataclass(frozen=True, slots=True)
class Point:
    """A place between two values: behind the first lie ``share / whole`` of the steps to the last. ``of``: the decimal whose
    unscaled numbers the values are."""

    share: int
    whole: int
    of: Type

    @classmethod
    def of_percent(cls, percent: Decimal, of: Type) -> Point:
        exponent = percent.as_tuple().exponent
        assert isinstance(exponent, int)
        digits = max(0, -exponent)
        share = hold.held(percent, decimal(MAX_DIGITS, digits))
        assert isinstance(share, int)
        return cls(share, 100 * 10**digits, _held_as(of))

    def value(self, items: pl.Expr, many: bool) -> pl.Expr:
        """The double nearest to the value there; missing over none."""
        return hold.once([_steps(items.list.len()), self._neighbours(items, many)], [True, True], self._between)

    def _neighbours(self, items: pl.Expr, many: bool) -> pl.Expr:
        """A list: the value at the place or the last before it, and the next one, if there is one."""
        if many:
            return items.list.slice(_portion(_steps(items.list.len()), self.share, self.whole), 2)
        item = pl.element()
        steps = _steps(item.len())
        before = _portion(steps, self.share, self.whole)
        return items.list.eval(item.bottom_k(before + 1).max().append(item.top_k(steps - before).min()))

    def _between(self, steps: pl.Expr, neighbours: pl.Expr) -> pl.Expr:
        """In proportion between the two."""
        low = neighbours.list.first()
        high = neighbours.list.last().fill_null(low)
        places = len(str(self.whole)) - 1
        digits = self.of.precision + places
        if max(digits, len(str(self.share)) + _COUNT_DIGITS) > MAX_DIGITS:
            return self._between_wide(steps, low, high)
        rest = steps.cast(pl.Int128) * hold.whole(self.share) % hold.whole(self.whole)
        total = low.cast(pl.Int128) * (hold.whole(self.whole) - rest) + high.cast(pl.Int128) * rest
        return hold.to_float(total, decimal(digits, self.of.scale + places))

    def _between_wide(self, steps: pl.Expr, low: pl.Expr, high: pl.Expr) -> pl.Expr:
        """Where the products do not fit 128 bits. Python's integers divide to the nearest double, of whatever size."""
        bottom = self.whole * 10**self.of.scale

        def each(rows: pl.Series) -> pl.Series:
            found: list[float | None] = []
            columns = [rows.struct.field(name) for name in ("steps", "low", "high")]
            for number, below, above in zip(*columns, strict=True):
                if below is None:
                    found.append(None)
                    continue
                rest = number * self.share % self.whole
                found.append((below * (self.whole - rest) + above * rest) / bottom)
            return pl.Series(found, dtype=pl.Float64)

        rows = pl.struct(steps.alias("steps"), low.alias("low"), high.alias("high"))
        return rows.map_batches(each, return_dtype=pl.Float64, is_elementwise=True)


def _steps(count: pl.Expr) -> pl.Expr:
    """From the first of so many values to the last."""
    return (count.cast(pl.Int64) - 1).clip(lower_bound=0)


def _held_as(of: Type) -> Type:
    match of.kind:
        case Kind.DECIMAL:
            return of
        case Kind.FLOAT:
            return _MILLIONTHS
        case _:
            return decimal(INT_DIGITS, 0)


def _portion(number: pl.Expr, share: int, whole: int) -> pl.Expr:
    """``number * share / whole``, rounded down; of a whole number of no more than 10 digits."""
    if len(str(whole)) + _COUNT_DIGITS <= 18:
        return number * share // whole
    number, unit = number.cast(pl.Int128), 1
    if len(str(whole)) + _COUNT_DIGITS > MAX_DIGITS:
        # The product in two parts, neither of which wraps.
        unit = 10**18
        assert whole % unit == 0, f"{share} / {whole} is no decimal fraction"
    high, low = divmod(share, unit)
    carried = number * hold.whole(low) // hold.whole(unit)
    return ((number * hold.whole(high) + carried) // hold.whole(whole // unit)).cast(pl.Int64)
