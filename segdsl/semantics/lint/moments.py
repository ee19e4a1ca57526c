"""How far apart moments are, whatever ``as_of`` is.

In go symbolic moments and a zone, out come bounds of the time from one to the other that hold for every ``as_of``; None where
there is no bound. Months and calendar units have no fixed length, and clocks are turned: what is not certain is left open.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import Literal as OneOf
from typing import TypeAlias

from segdsl.records import record, replace
from segdsl.semantics import ir
from segdsl.semantics.time import Zone, resolve, resolve_day

DAY = 86_400_000_000
"""Microseconds."""
Bounds: TypeAlias = tuple[int | None, int | None]
Sort: TypeAlias = OneOf["instant", "day", "first day"]

_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = _EPOCH.resolution
_MONTH = 30.436875
_UNEVEN = 5
"""Days by which a number of calendar months differs at most from that many mean ones."""
_CLOCKS = 26 * 3_600_000_000
"""By how much a zone's clock is set differently at two instants at most."""
_LONGEST = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}
_COARSE = ("year", "quarter", "month", "day")


@record(frozen=True, slots=True)
class At:
    """A moment as something to compare a time with: the instant, its calendar day, or the first day that begins at it or after
    it."""

    moment: ir.Moment
    sort: Sort = "instant"


class Calendar:
    """Moments as they are seen in one zone."""

    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        steps = zip(zone.offsets, zone.offsets[1:], strict=False)
        self.is_even = zone.days_are_monotone and all(abs(after - before) <= 4 * 3600 for before, after in steps)
        """Do days follow one another, none of them skipped?"""

    def constant(self, at: At) -> int | None:
        """A written moment as a number: microseconds, or of a day its number. None for what depends on ``as_of``."""
        if _is_open(at.moment):
            return None
        try:
            if at.sort == "instant":
                return micros(resolve(at.moment, _EPOCH, self._zone))
            if at.sort == "day":
                return resolve_day(at.moment, _EPOCH, self._zone).toordinal()
            return self._zone.first_day_from(resolve(at.moment, _EPOCH, self._zone)).toordinal()
        except (OverflowError, ValueError):
            return None

    def apart(self, one: At, other: At) -> Bounds:
        """How much later the other is at least and at most, in microseconds; of days, in days."""
        if "instant" in (one.sort, other.sort):
            return _apart(one.moment, other.moment, self.is_even)
        if one == other:
            return 0, 0
        low, high = _apart(one.moment, other.moment, self.is_even)
        if not self.is_even:
            return (None if low is None else low // DAY - 3, None if high is None else -(-high // DAY) + 3)
        days = _days_apart(one, other)
        if days is not None:
            return days, days
        # A day and the first day from its midnight on are at most one apart.
        earlier = 0 if one.sort == other.sort or one.sort == "day" else -1
        later = 0 if one.sort == other.sort or one.sort == "first day" else 1
        return (
            None
            if low is None
            else earlier + (0 if low == 0 else low // DAY - 2 if low < 0 else max(0, low // DAY - 2)),
            None
            if high is None
            else later + (0 if high == 0 else -(-high // DAY) + 2 if high > 0 else min(0, -(-high // DAY) + 2)),
        )


def micros(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND


def _is_open(moment: ir.Moment) -> bool:
    anchor = moment.anchor
    return _is_open(anchor) if isinstance(anchor, ir.Moment) else anchor == "as_of"


def _days_apart(one: At, other: At) -> int | None:
    """Midnights of one calendar are whole days apart."""
    a, b = one.moment, other.moment
    same = (a.anchor, a.floor, a.months, a.micros, b.micros) == (b.anchor, b.floor, b.months, 0, 0)
    return b.days - a.days if same and a.floor is not None and one.sort == other.sort == "day" else None


@lru_cache(maxsize=4096)
def _apart(one: ir.Moment, other: ir.Moment, even: bool) -> Bounds:
    if one == other:
        return 0, 0
    low, high = _general(one, other, even)
    closer = _of_one_anchor(one, other, even)
    if closer is not None:
        low = closer[0] if low is None else low if closer[0] is None else max(low, closer[0])
        high = closer[1] if high is None else high if closer[1] is None else min(high, closer[1])
    return low, high


def _general(one: ir.Moment, other: ir.Moment, even: bool) -> Bounds:
    """By how far each is from ``as_of``."""
    a, b = _from_as_of(one, even), _from_as_of(other, even)
    return (None, None) if a is None or b is None else (b[0] - a[1], b[1] - a[0])


def _from_as_of(moment: ir.Moment, even: bool) -> tuple[int, int] | None:
    low, high = 0, 0
    if isinstance(moment.anchor, ir.Moment):
        inner = _from_as_of(moment.anchor, even)
        if inner is None:
            return None
        low, high = inner
    elif moment.anchor != "as_of":
        return None
    ahead = False
    if moment.floor is not None:
        low -= _LONGEST[moment.floor] * DAY + _CLOCKS
        months, days = {"day": (0, 1), "week": (0, 7), "month": (1, 0), "quarter": (3, 0), "year": (12, 0)}[
            moment.floor
        ]
        ahead = even and moment.anchor == "as_of" and moment.months >= months and moment.days >= days
    if moment.months or moment.days:
        least, most = _length(moment.months)
        low += least + moment.days * DAY - _CLOCKS
        high += most + moment.days * DAY + _CLOCKS
    if ahead:
        # The next unit of the calendar has not begun.
        low = max(low, 0)
    return low + moment.micros, high + moment.micros


def _length(months: int) -> tuple[int, int]:
    if months == 0:
        return 0, 0
    mean = months * _MONTH
    return int((mean - _UNEVEN) * DAY), int((mean + _UNEVEN) * DAY)


def _of_one_anchor(one: ir.Moment, other: ir.Moment, even: bool) -> Bounds | None:
    """Of moments that were made from the same one in the same way."""
    if one.anchor != other.anchor:
        return None
    beyond = other.micros - one.micros
    if one.floor != other.floor:
        plain = not (one.months or one.days or other.months or other.days)
        if plain and one.floor in _COARSE and other.floor in _COARSE and even:
            # A year begins before its months do.
            return (beyond, None) if _COARSE.index(one.floor) < _COARSE.index(other.floor) else (None, beyond)
        return None
    months, days = other.months - one.months, other.days - one.days
    if not months and not days:
        return beyond, beyond
    least, most = _length(months)
    if months:
        # Months moved on lead on, and months moved back lead back.
        least, most = (max(least, 0), most) if months > 0 else (least, min(most, 0))
    least, most = least + days * DAY, most + days * DAY
    low, high = least - _CLOCKS, most + _CLOCKS
    if one.floor is not None and even:
        low = max(low, 0) if least >= 0 else low
        high = min(high, 0) if most <= 0 else high
    return low + beyond, high + beyond


def is_day_end(moment: ir.Moment) -> bool:
    """Was the end of an ``A to B`` written as a day?"""
    return moment.floor is not None or (isinstance(moment.anchor, date) and not isinstance(moment.anchor, datetime))


def ends(period: ir.Period, of_days: bool) -> tuple[At, At, bool]:
    """The start and the end of a period for a time, and whether the end is included."""
    if not of_days:
        return At(period.start), At(period.end), False
    if not period.whole_days:
        return At(period.start, "first day"), At(period.end, "first day"), False
    if is_day_end(period.end):
        return At(period.start, "day"), At(period.end, "first day"), False
    return At(period.start, "day"), At(period.end, "day"), True


def normal(moment: ir.Moment) -> ir.Moment:
    """A moment that is another one, moved by nothing, is that one."""
    while isinstance(moment.anchor, ir.Moment) and moment == ir.Moment(moment.anchor):
        moment = moment.anchor
    return replace(moment)
