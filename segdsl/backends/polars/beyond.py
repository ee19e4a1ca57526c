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

_TIME, _ITS_TIME, _EXTREME = "]time", "]its time", "]extreme"
_FIRST, _LAST = -(2**63), 2**63 - 1


def beyond(
    frame: pl.LazyFrame,
    other: pl.LazyFrame,
    on: Sequence[tuple[pl.Expr, pl.Expr]],
    time: tuple[pl.Expr, pl.Expr],
    value: pl.Expr,
    later: bool,
    function: OneOf["min", "max"],
    name: str,
) -> pl.LazyFrame:
    """``on`` and ``time``: an expression over the frame and one over the other, of the same dtype. ``name`` is the new column's."""
    links = [f"]link {i}" for i in range(len(on))]
    its_links = [f"]its link {i}" for i in range(len(on))]
    theirs = other.select(
        *(its.alias(link) for link, (_, its) in zip(its_links, on, strict=True)),
        _number(time[1]).alias(_ITS_TIME),
        value.alias(_EXTREME),
    )
    theirs = theirs.filter(hold.all_present([pl.col(link) for link in (*its_links, _ITS_TIME)]))
    # From the far end on: the latest first, where what is later counts.
    running = pl.col(_EXTREME).cum_min() if function == "min" else pl.col(_EXTREME).cum_max()
    theirs = theirs.sort(_ITS_TIME, descending=later).with_columns(running.over(its_links) if links else running)
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


def _number(time: pl.Expr) -> pl.Expr:
    """A date or an instant as a whole number, in its order."""
    return time.to_physical().cast(pl.Int64)
