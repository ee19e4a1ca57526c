"""What was seen of one customer: the outputs' values, and constants and periods worked out for the instant of evaluation.

In: a row of the plan's values, ``as_of``, the schema. Out: the value of any probe, and when a period begins and ends. It says nothing in
words but times.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from segdsl import schema as sch
from segdsl.runtime.values import Far
from segdsl.semantics import ir, time
from segdsl.semantics.time import Zone
from segdsl.types import Kind, Type
from segdsl.why import words
from segdsl.why.probes import Probe

Moments = tuple[ir.Moment, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    values: Mapping[str, object]
    as_of: datetime
    zone: Zone
    program: ir.Program

    @property
    def schema(self) -> sch.Schema:
        return self.program.model.schema

    def value(self, probe: Probe) -> object:
        """What a probe saw."""
        if probe.output is not None:
            return self.values[probe.output]
        match probe.expr:
            case ir.Literal(value=value):
                return value
            case ir.Instant(moment=moment):
                there = time.seen_from(moment, seen(probe.moments))
                if probe.expr.type.kind is Kind.DATE:
                    return time.resolve_day(there, self.as_of, self.zone)
                return time.resolve(there, self.as_of, self.zone)
            case _:
                raise AssertionError(f"no output holds a {type(probe.expr).__name__}")

    def holds(self, probe: Probe) -> bool:
        value = self.value(probe)
        assert isinstance(value, bool), f"{probe.text} is neither true nor false, but {value!r}"
        return value is not probe.denied

    def count(self, probe: Probe, role: str) -> int | None:
        value = self.values[probe.counts[role]] if role in probe.counts else None
        return None if value is None else int(str(value))

    def time(self, probe: Probe, role: str) -> date | Far | None:
        value = self.values[probe.counts[role]] if role in probe.counts else None
        assert value is None or isinstance(value, date | Far)
        return value

    def now(self, moments: Moments) -> datetime:
        """The instant that is seen from."""
        return time.resolve(seen(moments), self.as_of, self.zone)

    def bounds(self, period: ir.Period, of: Kind, moments: Moments) -> tuple[date, date]:
        """``[start, end)`` of a period: instants, for dates days."""
        there = seen(moments)
        start, end = (time.seen_from(moment, there) for moment in (period.start, period.end))
        moved = ir.Period(start, end, period.whole_days)
        if of is Kind.DATE:
            return time.date_bounds(moved, self.as_of, self.zone)
        return time.instant_bounds(moved, self.as_of, self.zone)

    def between(self, period: ir.Period, of: Kind, moments: Moments) -> str:
        """A period's first and last day where it consists of whole days, else its ends."""
        start, end = self.bounds(period, of, moments)
        if isinstance(start, datetime) and isinstance(end, datetime):
            first, last = self.zone.day(start), self.zone.day(end)
            if self.zone.begin(first) != start or self.zone.begin(last) != end:
                return f"{words.instant(start, self.zone)} to {words.instant(end, self.zone)}"
            start, end = first, last
        last_day = end - words.DAY if end > start else end
        return f"{start.isoformat()} to {last_day.isoformat()}" if last_day != start else start.isoformat()

    def ago(self, when: date | Far, moments: Moments) -> str:
        """How long before the instant that is seen from."""
        if isinstance(when, Far):
            return f"at {when}"
        now = self.now(moments)
        if isinstance(when, datetime):
            return f"{words.distance(when, now)} {before(moments)}"
        today = self.zone.day(now)
        if when == today:
            return "on that day" if moments else "today"
        return f"{words.distance(when, today)} {before(moments)}"

    def moment(self, moments: Moments) -> str:
        """The instant that is seen from: a day, where it is the beginning of one."""
        now = self.now(moments)
        day = self.zone.day(now)
        return day.isoformat() if self.zone.begin(day) == now else words.instant(now, self.zone)

    def shown(self, value: object, of: Type) -> str:
        return words.shown(value, of, self.zone)


def before(moments: Moments) -> str:
    """How a time is told that lies before the instant that is seen from."""
    return "before then" if moments else "ago"


def seen(moments: Moments) -> ir.Moment:
    """The instant that moments inside one another lead to."""
    there = ir.AS_OF
    for moment in moments:
        there = time.seen_from(moment, there)
    return there
