"""Places in an order: the value at one (a cut), and the value between two (a percentile).

In: the present values of a group, or of all rows, as an expression. Out: expressions inside of ``agg`` or ``select``, and those over
what these gave. It must not know plans beyond `Place`.

Of all rows at once the k greatest are found without sorting, six times faster. Within groups, sorting each is as fast where
they are large and twice as fast where they are small.
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


def count(values: pl.Expr) -> pl.Expr:
    return values.len().cast(pl.Int64)


def cut(values: pl.Expr, place: Place, many: bool) -> pl.Expr:
    """The value at a place; missing over none. ``many``: in each of many groups, not in all rows as one."""
    if place.share:
        # Rounded up: down, seen from below 0.
        at = 0 - _portion(0 - count(values), min(place.share, place.whole), place.whole)
        at = at.clip(lower_bound=1)
    else:
        at = count(values).clip(1, place.count)
    if many:
        return values.sort(descending=place.descending).get(at - 1, null_on_oob=True)
    return values.top_k(at).min() if place.descending else values.bottom_k(at).max()


@dataclass(frozen=True, slots=True)
class Point:
    """A place between two values: behind the first lie ``share / whole`` of the steps to the last. ``of``: the type of the numbers."""

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

    def neighbours(self, values: pl.Expr, many: bool) -> pl.Expr:
        """A list: the value at the place or the last before it, and the next one, if there is one."""
        steps = (count(values) - 1).clip(lower_bound=0)
        before = _portion(steps, self.share, self.whole)
        if many:
            # As one list, so that each group is sorted once.
            return values.sort().slice(before, 2)
        return pl.concat_list(values.bottom_k(before + 1).max(), values.top_k(steps - before).min())

    def between(self, count: pl.Expr, neighbours: pl.Expr) -> pl.Expr:
        """The double nearest to the value in proportion between its neighbours."""
        low = neighbours.list.first()
        high = neighbours.list.last().fill_null(low)
        places = len(str(self.whole)) - 1
        digits = self.of.precision + places
        if max(digits, len(str(self.share)) + _COUNT_DIGITS) > MAX_DIGITS:
            return self._between_wide(count, low, high)
        steps = (count - 1).cast(pl.Int128)
        rest = steps * hold.whole(self.share) % hold.whole(self.whole)
        total = low.cast(pl.Int128) * (hold.whole(self.whole) - rest) + high.cast(pl.Int128) * rest
        return hold.to_float(total, decimal(digits, self.of.scale + places))

    def _between_wide(self, count: pl.Expr, low: pl.Expr, high: pl.Expr) -> pl.Expr:
        """Where the products do not fit 128 bits. Python's integers divide to the nearest double, of whatever size."""
        bottom = self.whole * 10**self.of.scale

        def each(rows: pl.Series) -> pl.Series:
            found: list[float | None] = []
            columns = [rows.struct.field(name) for name in ("count", "low", "high")]
            for number, below, above in zip(*columns, strict=True):
                if below is None:
                    found.append(None)
                    continue
                rest = (number - 1) * self.share % self.whole
                found.append((below * (self.whole - rest) + above * rest) / bottom)
            return pl.Series(found, dtype=pl.Float64)

        rows = pl.struct(count.alias("count"), low.alias("low"), high.alias("high"))
        return rows.map_batches(each, return_dtype=pl.Float64, is_elementwise=True)


def _held_as(of: Type) -> Type:
    """The decimal whose unscaled number is what is held."""
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
