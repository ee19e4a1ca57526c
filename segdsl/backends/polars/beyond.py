"""An extreme of the rows of another stage that lie strictly later, or earlier, than a row of this one.

In: two LazyFrames, and which of their columns belong together. Out: the first with one column more, in no particular order of
rows. It must not know plans.

The other rows get the extreme of all from there on, link by link; a row then takes that of the nearest one beyond it. Both
sides are sorted once, so it costs what sorting does, however many pairs of rows there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal as OneOf

import polars as pl

from segdsl.backends.polars import hold
from segdsl.types import Kind, Type

_TIME, _ITS_TIME, _EXTREME = "]time", "]its time", "]extreme"
_FIRST, _LAST = -(2**63), 2**63 - 1
_ROOM, _ROOM_DIGITS = 2**92, 27
"""More than there is between two numbers of so many digits; 2^32 times as much fits 128 bits."""


def beyond(
    frame: pl.LazyFrame,
    other: pl.LazyFrame,
    on: Sequence[tuple[pl.Expr, pl.Expr]],
    time: tuple[pl.Expr, pl.Expr],
    value: pl.Expr,
    later: bool,
    function: OneOf["min", "max"],
    of: Type,
    name: str,
) -> pl.LazyFrame:
    """``on`` and ``time``: an expression over the frame and one over the other, of the same dtype. ``of`` is the type of ``value``,
    ``name`` the new column's."""
    links = [f"]link {i}" for i in range(len(on))]
    its_links = [f"]its link {i}" for i in range(len(on))]
    theirs = other.select(
        *(its.alias(link) for link, (_, its) in zip(its_links, on, strict=True)),
        _number(time[1]).alias(_ITS_TIME),
        value.alias(_EXTREME),
    )
    theirs = theirs.filter(hold.all_present([pl.col(link) for link in (*its_links, _ITS_TIME)]))
    # From the far end on: the latest first, where what is later counts.
    theirs = theirs.sort([*its_links, _ITS_TIME], descending=[*(False for _ in links), later])
    theirs = theirs.with_columns(_running(function, of, its_links).alias(_EXTREME))
    # Nothing lies beyond the last instant there is, so that is where rows without a time are.
    mine = _number(time[0]).fill_null(_LAST if later else _FIRST)
    frame = frame.with_columns(
        mine.alias(_TIME), *(link.alias(column) for column, (link, _) in zip(links, on, strict=True))
    )
    joined = frame.sort(_TIME).join_asof(
        theirs.sort(_ITS_TIME),
        left_on=_TIME,
        right_on=_ITS_TIME,
        by_left=links or None,
        by_right=its_links or None,
        strategy="forward" if later else "backward",
        allow_exact_matches=False,
        # It is sorted as a whole; Polars cannot see that it is within each link.
        check_sortedness=False,
        coalesce=False,
    )
    return joined.rename({_EXTREME: name}).drop(_TIME, _ITS_TIME, *links)


def _running(function: OneOf["min", "max"], of: Type, links: Sequence[str]) -> pl.Expr:
    """The extreme down to each row, among rows of the same links, which stand together."""
    extreme = pl.col(_EXTREME)
    if not links:
        return _extreme(function, extreme)
    if of.kind in (Kind.FLOAT, Kind.WHOLE) or of.precision > _ROOM_DIGITS:
        return _extreme(function, extreme).over(links)
    # Each run of links lies so far beyond the one above it that this one's extreme is left behind. With many short runs that takes a
    # third of the time of a partition.
    runs = hold.either([pl.col(link).ne_missing(pl.col(link).shift(1)) for link in links]).cum_sum().cast(pl.Int128)
    away = runs * hold.whole(_ROOM if function == "max" else -_ROOM)
    number = _extreme(function, extreme.to_physical().cast(pl.Int128) + away) - away
    if of.is_time:
        number = number.cast(pl.Int32 if of.kind is Kind.DATE else pl.Int64)
    return number.cast(hold.dtype(of))


def _extreme(function: OneOf["min", "max"], of: pl.Expr) -> pl.Expr:
    return of.cum_min() if function == "min" else of.cum_max()


def _number(time: pl.Expr) -> pl.Expr:
    """A date or an instant as a whole number, in its order."""
    return time.to_physical().cast(pl.Int64)
