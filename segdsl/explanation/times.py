"""Periods and moments in words, and what they come to for an ``as_of``.

In go the symbolic periods of the typed tree, out come what a sentence calls them and `Window` records. All that is
resolved, `segdsl.semantics.time` resolves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from segdsl.explanation import wording
from segdsl.explanation.outcome import Window
from segdsl.semantics import ir, time

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Clock:
    """The instant that everything is seen from in the end, and the zone of the business."""

    as_of: datetime
    zone: time.Zone

    def local(self, instant: datetime) -> str:
        """``2026-11-22 10:00`` in the zone, with its offset where the clock reads the same twice."""
        local = self.zone.local(instant)
        shown = wording.instant(local)
        if self.zone.instant(local) == instant:
            return shown
        return f"{shown} (the second time that the clock shows it)"

    def begins_day(self, instant: datetime) -> bool:
        return self.zone.begin(self.zone.day(instant)) == instant

    def seen(self, moment: ir.Moment, there: ir.Moment) -> datetime:
        """A moment that is seen from another one."""
        return time.resolve(moment, time.resolve(there, self.as_of, self.zone), self.zone)


def period_words(period: ir.Period, dated: bool) -> str:
    """How a sentence calls a period, behind ``in``: ``the last 30 days``, ``the days from 2026-01-01 to 2026-03-31``. Of
    ``dated`` values an end that was written as an instant is its day."""
    if not period.whole_days:
        return period_title(period)
    start, end = _day_written(period.start, 0), _day_written(period.end, 1)
    if dated:
        start = start or f"the day of {moment_words(period.start)}"
        end = end or f"the day of {moment_words(period.end)}"
    if start is not None and end is not None:
        return f"the days from {start} to {end}, both included"
    first = f"the beginning of {start}" if start is not None else moment_words(period.start)
    last = f"the end of {end}" if end is not None else f"just before {moment_words(period.end)}"
    return f"the time from {first} until {last}"


def period_title(period: ir.Period) -> str:
    text = period.text
    words = text.split()
    if words[:1] in (["last"], ["next"], ["previous"]):
        return f"the {' '.join(words[:1] + words[2:])}" if words[1:2] == ["1"] else f"the {text}"
    if words[-1:] == ["ago"]:
        return f"the time from {words[0]} to {' '.join(words[2:])}"
    return text


def moment_words(moment: ir.Moment) -> str:
    """A moment, without what it comes to: ``90 days ago``, ``2026-01-01``."""
    anchor = moment.anchor
    if isinstance(anchor, ir.Moment):
        return f"{moment_words(replace(moment, anchor='as_of'))}, seen from {moment_words(anchor)}"
    moved = _moved(moment)
    if anchor == "as_of":
        if moment.floor is None:
            if moved is None:
                return "now"
            return moved.removeprefix("-") + (" ago" if moved.startswith("-") else " from now")
        base = "today" if moment.floor == "day" else f"this {moment.floor}"
    else:
        base = f"{wording.instant(anchor)} UTC" if isinstance(anchor, datetime) else str(anchor)
        if moment.floor is not None:
            base = f"the {moment.floor} of {base}"
    start = base if moment.floor is None else f"the beginning of {base}"
    if moved is None:
        return start
    return f"{moved.removeprefix('-')} {'before' if moved.startswith('-') else 'after'} {start}"


def _moved(moment: ir.Moment) -> str | None:
    """By how much, with a minus where that is back; several lengths stand with their signs."""
    parts: list[tuple[int, str]] = []
    if moment.months:
        years, months = divmod(abs(moment.months), 12)
        text = wording.counted(years, "year") if years and not months else wording.counted(abs(moment.months), "month")
        parts.append((moment.months, text))
    if moment.days:
        parts.append((moment.days, wording.counted(abs(moment.days), "day")))
    if moment.micros:
        # One day of the clock may have 23 or 25 hours, this has 24.
        day = abs(moment.micros) == _DAY // timedelta(microseconds=1)
        parts.append((moment.micros, "24 hours" if day else wording.length(moment.micros)))
    if not parts:
        return None
    if len({amount > 0 for amount, _ in parts}) == 1:
        return ("-" if parts[0][0] < 0 else "") + wording.listed([text for _, text in parts], "and")
    return wording.listed([f"{text} {'later' if amount > 0 else 'earlier'}" for amount, text in parts], "and")


def _day_written(moment: ir.Moment, later: int) -> str | None:
    """The day that an end of a period was written as, which is ``later`` days before its moment."""
    anchor = moment.anchor
    if moment.micros or moment.months:
        return None
    if isinstance(anchor, date) and not isinstance(anchor, datetime) and moment.floor is None:
        return (anchor + timedelta(days=moment.days - later)).isoformat()
    if anchor == "as_of" and moment.floor == "day":
        days = moment.days - later
        if days == 0:
            return "today"
        return f"{wording.counted(abs(days), 'day')} {'after' if days > 0 else 'before'} today"
    return None


# -- resolved -------------------------------------------------------------------------------------------------------


def window(period: ir.Period, dated: bool, there: ir.Moment, clock: Clock, called: str | None = None) -> Window:
    """A period as it is, seen from a moment; of ``dated`` values, in days."""
    now = time.resolve(there, clock.as_of, clock.zone)
    start, end = time.instant_bounds(period, now, clock.zone)
    title = called or period_words(period, dated)
    seen_from = None if there == ir.AS_OF else now
    if dated:
        first, behind = time.date_bounds(period, now, clock.zone)
        last = behind - _DAY
        if last < first:
            return Window(title, "no day at all", start, end, None, None, "date", seen_from)
        words = f"on {first}" if first == last else f"from {first} to {last}, both days included"
        return Window(title, words, start, end, first, last, "date", seen_from)
    if end <= start:
        return Window(title, "no time at all", start, end, None, None, "time", seen_from)
    first, last = clock.zone.day(start), clock.zone.day(end - timedelta(microseconds=1))
    if clock.begins_day(start) and clock.begins_day(end):
        words = f"all of {first}" if first == last else f"from {first} to {last}, both days included"
    else:
        words = f"from {clock.local(start)} until just before {clock.local(end)}"
    return Window(title, words, start, end, first, last, "time", seen_from)


def moment_window(moment: ir.Moment, dated: bool, there: ir.Moment, clock: Clock) -> Window:
    now = time.resolve(there, clock.as_of, clock.zone)
    at = time.resolve(moment, now, clock.zone)
    day = time.resolve_day(moment, now, clock.zone)
    seen_from = None if there == ir.AS_OF else now
    title = day_words(moment) if dated else moment_words(moment)
    words = day.isoformat() if dated else clock.local(at)
    return Window(title, words, at, at, day, day, "date" if dated else "time", seen_from)


def day_words(moment: ir.Moment) -> str:
    """The calendar day of a moment, in words."""
    if moment == ir.AS_OF:
        return "today"
    day = _day_written(moment, 0)
    return day if day is not None else f"the day of {moment_words(moment)}"


def utc(instant: datetime) -> str:
    return instant.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")
