"""Local time by the zone's own table, never by Polars' time zone database.

In: naive instants or days. Out: days, hours and instants, all from `segdsl.semantics.time.Zone`.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from segdsl.backends.polars.hold import DAY, HOUR, MICROSECONDS, micros
from segdsl.semantics.time import Zone

_EPOCH_DAY = date(1970, 1, 1)
_SECOND = 1_000_000
_FARTHEST = (2**63 - 1) // DAY - 2
"""Days from 1970, either way, whose beginning is an instant in every zone."""


def local_day(instant: pl.Expr, zone: Zone) -> pl.Expr:
    """The calendar day of an instant."""
    return (_local(instant, zone) // DAY).cast(pl.Int32).cast(pl.Date)


def local_hour(instant: pl.Expr, zone: Zone) -> pl.Expr:
    """The hour of an instant, 0 to 23."""
    return _local(instant, zone) % DAY // HOUR


def beginning(day: pl.Expr, zone: Zone) -> pl.Expr:
    """The instant at which a calendar day begins."""
    # Days that microseconds cannot reach are the last that they can: earlier stays earlier.
    number = day.cast(pl.Int32).cast(pl.Int64).clip(-_FARTHEST, _FARTHEST)
    starts, offsets = _beginnings(zone)
    return (number * DAY - _looked_up(number, starts, offsets) * _SECOND).cast(MICROSECONDS)


def _local(instant: pl.Expr, zone: Zone) -> pl.Expr:
    utc = instant.cast(pl.Int64)
    return utc + _looked_up(utc, [micros(start) for start in zone.starts], list(zone.offsets)) * _SECOND


def _looked_up(value: pl.Expr, starts: list[int], offsets: list[int]) -> pl.Expr:
    """The offset in force at a value: that of the last start not after it, before the first start the first one's."""
    if len(offsets) == 1:
        return pl.lit(offsets[0], dtype=pl.Int64)
    place = pl.lit(pl.Series(starts[1:], dtype=pl.Int64)).search_sorted(value, side="right")
    return pl.lit(pl.Series(offsets, dtype=pl.Int64)).gather(place)


def _beginnings(zone: Zone) -> tuple[list[int], list[int]]:
    """From which day on a day begins at which offset. Only days near a change of the zone's offset can differ."""
    day = zone.starts[0].date() - timedelta(days=3)
    days, offsets = [(day - _EPOCH_DAY).days], [_offset_at_beginning(day, zone)]
    for start in zone.starts:
        for shift in range(-2, 4):
            day = start.date() + timedelta(days=shift)
            number = (day - _EPOCH_DAY).days
            if number <= days[-1]:
                continue
            offset = _offset_at_beginning(day, zone)
            if offset != offsets[-1]:
                days.append(number)
                offsets.append(offset)
    return days, offsets


def _offset_at_beginning(day: date, zone: Zone) -> int:
    midnight = (day - _EPOCH_DAY).days * DAY
    return (midnight - micros(zone.begin(day))) // _SECOND
