"""Times that depend on ``as_of``, worked out for one instant after another.

In: what a plan says of a time, symbolic. Out: the literals for an instant. Most of them are steps of a calendar: the beginning of a day, of
a month, a day. Those change at whole minutes alone, so that a clock that is read for each record has them worked out once a minute.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal as OneOf
from typing import assert_never

from segdsl.diagnostics import SegdslError
from segdsl.errors.data import outside_the_calendar
from segdsl.semantics import ir
from segdsl.semantics import time as moments
from segdsl.semantics.time import EARLIEST, LATEST, Zone


@dataclass(frozen=True, slots=True)
class Timely:
    """``instant`` and ``day``: of a moment; ``bound``: of a `ir.Bound`; ``first`` and ``behind``: the days of a period; ``years``: when
    a date has an anniversary in one."""

    kind: OneOf["instant", "day", "bound", "first", "behind", "years"]
    of: ir.Moment | ir.Bound | ir.Period

    def at(self, as_of: datetime, zone: Zone) -> object:
        match self.kind, self.of:
            case "instant", ir.Moment() as moment:
                return moments.resolve(moment, as_of, zone)
            case "day", ir.Moment() as moment:
                return moments.resolve_day(moment, as_of, zone)
            case "bound", ir.Bound() as bound:
                return moments.bound(bound, as_of, zone)
            case ("first" | "behind") as end, ir.Period() as period:
                return moments.date_bounds(period, as_of, zone)[end == "behind"]
            case "years", ir.Period() as period:
                return moments.anniversaries(period, as_of, zone)
            case _:
                raise AssertionError(self)

    @property
    def distance(self) -> timedelta | None:
        """How far from ``as_of`` it is always; None where that depends on a calendar."""
        moment: object = self.of
        if self.kind == "bound":
            assert isinstance(self.of, ir.Bound)
            if self.of.value.type.kind.value != "timestamp":
                return None
            moment = self.of.moment
        elif self.kind != "instant":
            return None
        assert isinstance(moment, ir.Moment)
        if moment.anchor != "as_of" or moment.floor or moment.months or moment.days:
            return None
        return timedelta(microseconds=moment.micros)


class Clock:
    """The times of one function for an instant. Safe for any number of threads: what is kept is replaced as a whole."""

    def __init__(self, times: Sequence[Timely], zone: Zone) -> None:
        self._times, self._zone = tuple(times), zone
        self._rolling = tuple((place, gap) for place, one in enumerate(times) if (gap := one.distance) is not None)
        rolling = {place for place, _ in self._rolling}
        whole_offsets = all(offset % 60 == 0 for offset in zone.offsets)
        steps = {place for place, one in enumerate(times) if whole_offsets and _in_minutes(one)} - rolling
        self._others = tuple(place for place in range(len(self._times)) if place not in rolling | steps)
        self._farthest = max((abs(gap) for _, gap in self._rolling), default=timedelta(0))
        self._known: tuple[datetime, list[object]] | None = None
        self._last: tuple[datetime | None, tuple[object, ...]] = (None, ())

    def at(self, as_of: datetime) -> tuple[object, ...]:
        """Raises `SegdslError` where one of them leaves the calendar."""
        if not self._times:
            return ()
        last, found = self._last
        if as_of is last:
            return found
        try:
            found = tuple(self._at(as_of))
            self._last = (as_of, found)
            return found
        except OverflowError as error:
            raise SegdslError([outside_the_calendar(as_of)]) from error

    def _at(self, as_of: datetime) -> list[object]:
        if as_of.second == 0 and as_of.microsecond == 0:
            # At the minute itself a day may begin that has not begun a moment later.
            return self._fresh(as_of)
        minute, known = as_of.replace(second=0, microsecond=0), self._known
        if known is None or known[0] != minute:
            known = self._known = (minute, self._fresh(as_of))
        if self._rolling and not EARLIEST + self._farthest <= as_of <= LATEST - self._farthest:
            return self._fresh(as_of)
        found = known[1].copy()
        for place, gap in self._rolling:
            found[place] = as_of + gap
        for place in self._others:
            found[place] = self._times[place].at(as_of, self._zone)
        return found

    def _fresh(self, as_of: datetime) -> list[object]:
        return [one.at(as_of, self._zone) for one in self._times]


def _in_minutes(one: Timely) -> bool:
    """Between two whole minutes, is it the same?"""
    match one.of:
        case ir.Bound(moment=moment):
            return _steps(moment) and (one.of.value.type.kind.value != "timestamp" or _stays(moment))
        case ir.Moment() as moment:
            return _steps(moment) and (one.kind == "day" or _stays(moment))
        case ir.Period(start=start, end=end):
            return _steps(start) and _steps(end)
        case _:
            assert_never(one.of)


def _steps(moment: ir.Moment) -> bool:
    """Are all its parts whole minutes?"""
    if isinstance(moment.anchor, ir.Moment) and not _steps(moment.anchor):
        return False
    if isinstance(moment.anchor, datetime) and (moment.anchor.second or moment.anchor.microsecond):
        return False
    return moment.micros % 60_000_000 == 0


def _stays(moment: ir.Moment) -> bool:
    """Is it the same instant for a while: the beginning of a unit of the calendar, or one that was written down?"""
    if moment.floor is not None:
        return True
    return _stays(moment.anchor) if isinstance(moment.anchor, ir.Moment) else moment.anchor != "as_of"
