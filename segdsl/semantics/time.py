"""The time model: zones by one pinned table, moments and periods turned into literals. The only place that does so.

Local time is UTC plus an offset from the ``tzdata`` package's table for the years 1970 to 2037 (earlier and later: the
nearest offset). A local time in a gap moves forward by the gap; a doubled one is the earlier instant. Instants are naive
`datetime` objects in UTC with microseconds.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from calendar import isleap, monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from segdsl.records import record, replace
from segdsl.semantics.ir import AS_OF, Bound, Moment, Period
from segdsl.types import Kind

_FIRST = datetime(1970, 1, 1)
_LAST = datetime(2038, 1, 1)
_LAST_SECONDS = (_LAST - _FIRST) // timedelta(seconds=1)
_EVER = datetime(1, 1, 1)
_EVER_SECONDS = (_EVER - _FIRST) // timedelta(seconds=1)
_MICROSECOND = timedelta(microseconds=1)
EARLIEST, LATEST = datetime(1, 1, 3), datetime(9999, 12, 29)
"""Instants outside of these cannot be reached: a moment that would be is a `OverflowError`."""


class UnknownZone(ValueError):
    """The name is in no table of zones."""


@record(frozen=True, slots=True)
class Zone:
    """A zone's offsets: from ``starts[i]`` (an instant) on, local time is UTC plus ``offsets[i]`` seconds; before
    ``starts[0]`` it is plus ``offsets[0]``. The same offset never stands twice in a row."""

    name: str
    starts: tuple[datetime, ...]
    offsets: tuple[int, ...]

    def __repr__(self) -> str:
        """Its name: nobody reads hundreds of offsets."""
        return f"<Zone {self.name}>"

    @property
    def is_fixed(self) -> bool:
        return len(self.offsets) == 1

    def offset(self, instant: datetime) -> timedelta:
        index = bisect_right(self.starts, instant) - 1
        return timedelta(seconds=self.offsets[max(index, 0)])

    def local(self, instant: datetime) -> datetime:
        """The wall clock's reading at an instant."""
        return instant + self.offset(instant)

    def instant(self, local: datetime) -> datetime:
        """The instant of a wall clock's reading: the earlier of two, and past a gap, moved forward by it."""
        candidates = [
            local - timedelta(seconds=offset)
            for offset in dict.fromkeys(self._offsets_near(local))
            if self.local(local - timedelta(seconds=offset)) == local
        ]
        if candidates:
            return min(candidates)
        # In a gap: read with the offset in force before it, which lands behind it.
        return local - self.offset(local - timedelta(days=1, hours=2))

    def _offsets_near(self, local: datetime) -> list[int]:
        low = bisect_right(self.starts, local - timedelta(days=2)) - 1
        high = bisect_right(self.starts, local + timedelta(days=2)) - 1
        return [self.offsets[max(i, 0)] for i in range(low, high + 1)]

    def day(self, instant: datetime) -> date:
        """The calendar day of an instant."""
        return self.local(instant).date()

    def begin(self, day: date) -> datetime:
        """The instant at which a calendar day begins."""
        return self.instant(datetime(day.year, day.month, day.day))

    def first_day_from(self, instant: datetime) -> date:
        """The first calendar day that begins at or after an instant."""
        day = self.day(instant)
        while self.begin(day) < instant:
            day += timedelta(days=1)
        while self.begin(day - timedelta(days=1)) >= instant:
            day -= timedelta(days=1)
        return day

    @property
    def days_are_monotone(self) -> bool:
        """False where a clock was once turned back across midnight, so that a day's rows are not one stretch of instants."""
        for start, before, after in zip(self.starts[1:], self.offsets, self.offsets[1:], strict=False):
            last = start - _MICROSECOND + timedelta(seconds=before)
            if (start + timedelta(seconds=after)).date() < last.date():
                return False
        return True


@lru_cache(maxsize=64)
def zone(name: str) -> Zone:
    """The table of a zone. Raises `UnknownZone`."""
    parts = name.split("/")
    if not all(part.replace("_", "").replace("-", "").replace("+", "").isalnum() for part in parts):
        raise UnknownZone(name)
    if name == "UTC":
        return Zone("UTC", (_FIRST,), (0,))
    from importlib import resources

    try:
        data = resources.files("tzdata").joinpath("zoneinfo", *parts).read_bytes()
        changes, rest = _changes(data)
    except (OSError, ValueError, IndexError, struct.error, ModuleNotFoundError) as error:
        raise UnknownZone(name) from error
    starts, offsets = [_FIRST], [_before(changes, _FIRST)]
    for start, offset in changes:
        if _FIRST < start < _LAST and offset != offsets[-1]:
            starts.append(start)
            offsets.append(offset)
    if "," in rest:
        _continue(name, data, max(_FIRST, changes[-1][0]) if changes else _FIRST, starts, offsets)
    return Zone(name, tuple(starts), tuple(offsets))


def _changes(data: bytes) -> tuple[list[tuple[datetime, int]], str]:
    """The instants at which a zone's offset may change, with the offset from then on (the first: since ever), and the rule for what
    comes behind them. Of a file as RFC 8536 describes it, in its second part, which has years before 1901."""
    if data[:4] != b"TZif" or data[4:5] < b"2":
        raise ValueError("no table of a zone")
    at = 0
    for width in (4, 8):
        utc, standard, leaps, times, types, letters = struct.unpack_from(">6l", data, at + 20)
        start = at + 44
        at = start + times * (width + 1) + types * 6 + letters + leaps * (width + 4) + standard + utc
    instants = struct.unpack_from(f">{times}q", data, start)
    indices = data[start + times * 8 : start + times * 9]
    offsets = [struct.unpack_from(">l", data, start + times * 9 + 6 * index)[0] for index in range(types)]
    first = next((index for index in range(types) if not data[start + times * 9 + 6 * index + 4]), 0)
    found = [(_EVER, offsets[first])]
    for seconds, index in zip(instants, indices, strict=True):
        inside = max(_EVER_SECONDS, min(seconds, _LAST_SECONDS))
        found.append((_FIRST + timedelta(seconds=inside), offsets[index]))
    return found, data[at:].decode("ascii").strip()


def _before(changes: list[tuple[datetime, int]], instant: datetime) -> int:
    """The offset in force at an instant."""
    return [offset for start, offset in changes if start <= instant][-1]


def _continue(name: str, data: bytes, instant: datetime, starts: list[datetime], offsets: list[int]) -> None:
    """Adds the changes behind the last one of the table, which a rule tells: looked for, week by week."""
    from io import BytesIO
    from zoneinfo import ZoneInfo

    info = ZoneInfo.from_file(BytesIO(data), key=name)

    def offset(instant: datetime) -> int:
        delta = instant.replace(tzinfo=UTC).astimezone(info).utcoffset()
        assert delta is not None
        return int(delta.total_seconds())

    step = timedelta(days=7)
    # Within a week at most two changes happen; the bisection below finds them one after the other.
    while instant < _LAST:
        after = min(instant + step, _LAST)
        while offset(after) != offsets[-1] or _changes_inside(offset, instant, after, offsets[-1]):
            low, high = max(instant, starts[-1]), after
            if offset(after) == offsets[-1]:
                high = _changes_inside(offset, low, after, offsets[-1]) or after
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                middle = middle.replace(microsecond=0)
                if offset(middle) == offsets[-1]:
                    low = middle
                else:
                    high = middle
            starts.append(high)
            offsets.append(offset(high))
            instant = high
        instant = after


def _changes_inside(offset: Callable[[datetime], int], start: datetime, end: datetime, now: int) -> datetime | None:
    """The first whole day between two instants whose offset is not ``now`` (a change that is undone within a week)."""
    day = start + timedelta(days=1)
    while day < end:
        if offset(day) != now:
            return day
        day += timedelta(days=1)
    return None


def add_months(local: datetime, months: int) -> datetime:
    """Moved by calendar months, clamped to the month's end. Raises OverflowError outside the calendar."""
    index = local.year * 12 + local.month - 1 + months
    year, month = divmod(index, 12)
    if not 1 <= year <= 9999:
        raise OverflowError
    return local.replace(year=year, month=month + 1, day=min(local.day, monthrange(year, month + 1)[1]))


def floor(local: datetime, unit: str) -> datetime:
    """The beginning of the calendar unit that holds a local time. Weeks begin on Monday."""
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    match unit:
        case "day":
            return midnight
        case "week":
            return midnight - timedelta(days=midnight.weekday())
        case "month":
            return midnight.replace(day=1)
        case "quarter":
            return midnight.replace(month=(midnight.month - 1) // 3 * 3 + 1, day=1)
        case "year":
            return midnight.replace(month=1, day=1)
    raise AssertionError(unit)


def resolve(moment: Moment, as_of: datetime, tz: Zone) -> datetime:
    """The instant (naive, UTC) that a moment is. Raises OverflowError when it lies outside the years 1 to 9999."""
    if isinstance(moment.anchor, Moment):
        instant = resolve(moment.anchor, as_of, tz)
    elif moment.anchor == "as_of":
        instant = as_of
    elif isinstance(moment.anchor, datetime):
        instant = moment.anchor
    else:
        assert isinstance(moment.anchor, date)
        instant = tz.begin(moment.anchor)
    if moment.floor or moment.months or moment.days:
        # A day whose midnight the clock skips begins later, and yet the next day begins at its own midnight.
        if isinstance(moment.anchor, date) and not isinstance(moment.anchor, datetime):
            local = datetime(moment.anchor.year, moment.anchor.month, moment.anchor.day)
        else:
            local = tz.local(instant)
        if moment.floor:
            local = floor(local, moment.floor)
        if moment.months:
            local = add_months(local, moment.months)
        if moment.days:
            local += timedelta(days=moment.days)
        instant = tz.instant(local)
    instant += timedelta(microseconds=moment.micros)
    if not EARLIEST <= instant <= LATEST:
        raise OverflowError
    return instant


def seen_from(moment: Moment, there: Moment) -> Moment:
    """A moment as it is where ``there`` takes the place of ``as_of``."""
    anchor = moment.anchor
    if isinstance(anchor, Moment):
        return replace(moment, anchor=seen_from(anchor, there))
    if anchor != "as_of":
        return moment
    if moment.floor is None and not moment.months and not moment.days:
        if _is_day(there):
            # An instant stays one: as the end of a period it is not a day that was written there.
            return replace(moment, anchor=there)
        return replace(there, micros=there.micros + moment.micros)
    return replace(moment, anchor="as_of" if there == AS_OF else there)


def anniversaries(period: Period, as_of: datetime, tz: Zone) -> tuple[tuple[int, int, int], ...]:
    """When a date has an anniversary in a period: ``(year, first, last)`` for each calendar year that the period touches, years
    of which all days are in it put together. A date has one there if it lies in an earlier year and its month and day, as
    the number ``month * 100 + day``, are from ``first`` to ``last``; 29 February is in each stretch that ends with the 28th.
    """
    start, end = date_bounds(period, as_of, tz)
    if end <= start:
        return ()
    last_day = end - timedelta(days=1)
    found: list[tuple[int, int, int]] = []
    for year in dict.fromkeys((start.year, last_day.year - 1, last_day.year)):
        if not start.year <= year <= last_day.year:
            continue
        first = start if year == start.year else date(year, 1, 1)
        last = last_day if year == last_day.year else date(year, 12, 31)
        high = last.month * 100 + last.day
        found.append((year, first.month * 100 + first.day, 229 if high == 228 and not isleap(year) else high))
    return tuple(found)


def resolve_day(moment: Moment, as_of: datetime, tz: Zone) -> date:
    """The calendar day, in the zone, of the instant that a moment is."""
    if isinstance(moment.anchor, date) and not isinstance(moment.anchor, datetime) and moment == Moment(moment.anchor):
        return moment.anchor
    return tz.day(resolve(moment, as_of, tz))


def instant_bounds(period: Period, as_of: datetime, tz: Zone) -> tuple[datetime, datetime]:
    """``[start, end)`` for a TIMESTAMP value."""
    return resolve(period.start, as_of, tz), resolve(period.end, as_of, tz)


def date_bounds(period: Period, as_of: datetime, tz: Zone) -> tuple[date, date]:
    """``[start, end)`` in days, for a DATE value: a date stands for the instant at which it begins. In an explicit ``A to
    B`` an end that is an instant counts as its whole day."""
    start, end = instant_bounds(period, as_of, tz)
    if period.whole_days:
        return tz.day(start), tz.first_day_from(end) if _is_day(period.end) else tz.day(end) + timedelta(days=1)
    return tz.first_day_from(start), tz.first_day_from(end)


def _is_day(moment: Moment) -> bool:
    """Was the end of a period written as a day (its moment is then the beginning of the next one)?"""
    return moment.floor is not None or not isinstance(moment.anchor, datetime | str | Moment)


def first_hidden_day(as_of: datetime, tz: Zone) -> date:
    """Rows dated before this day show: the first day that has not begun before ``as_of``."""
    return tz.first_day_from(as_of)


def bound(node: Bound, as_of: datetime, tz: Zone) -> datetime | date:
    """The literal that a `Bound` compares its value with: an instant for a TIMESTAMP, a day for a DATE."""
    if node.value.type.kind is Kind.TIMESTAMP:
        return resolve(node.moment, as_of, tz)
    instant = resolve(node.moment, as_of, tz)
    if not node.whole_days:
        return tz.first_day_from(instant)
    if node.side == "from":
        return tz.day(instant)
    return tz.first_day_from(instant) if _is_day(node.moment) else tz.day(instant) + timedelta(days=1)
