"""Moments and periods: lengths of time before and after ``as_of`` or a written time, kept symbolic.

In go lengths whose parameters have been put in, out come `ir.Moment` and `ir.Period`. What depends on ``as_of`` is
only ever worked out here for a few sample instants, to find periods that can never be right.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Literal as OneOf
from typing import TypeAlias

from segdsl.errors import types as errors
from segdsl.records import replace
from segdsl.semantics import ir
from segdsl.semantics.constants import DAY, Length, length
from segdsl.semantics.context import Context, unknown
from segdsl.semantics.time import resolve
from segdsl.source import Span
from segdsl.types import DATE, TIMESTAMP, Kind

Floor: TypeAlias = OneOf["day", "week", "month", "quarter", "year"]
CALENDAR_UNITS: tuple[Floor, ...] = ("day", "week", "month", "quarter", "year")
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_DAYS = {"day": 1, "week": 7}
_SAMPLES = (datetime(2024, 3, 31, 12), datetime(2025, 2, 28, 12), datetime(2026, 7, 15, 12))
LONGEST_SHIFT = 366_000 * DAY
"""About a thousand years: what a time of a row may be moved by."""


def moved(moment: ir.Moment, by: Length, sign: int) -> ir.Moment | None:
    """The moment later (or earlier) by a length. None where months would have to be counted behind days or hours."""
    if not by.months:
        return replace(moment, micros=moment.micros + sign * by.micros)
    if moment.micros or moment.days:
        return None
    return replace(moment, months=moment.months + sign * by.months)


def is_reachable(moment: ir.Moment, context: Context) -> bool:
    try:
        for sample in _SAMPLES:
            resolve(moment, sample, context.zone)
    except (OverflowError, ValueError):
        return False
    return True


def is_ahead(moment: ir.Moment, context: Context) -> bool:
    """Is it later than ``as_of``, whatever that is?"""
    if moment.anchor != "as_of":
        return False
    return all(resolve(moment, sample, context.zone) > sample for sample in _SAMPLES)


def ago(by: Length, future: bool, span: Span, context: Context) -> ir.Expr:
    """``90 days ago``, ``7 days from now``"""
    moment = moved(ir.AS_OF, by, 1 if future else -1)
    assert moment is not None
    if not is_reachable(moment, context):
        return context.wrong(errors.beyond_calendar(span))
    return ir.Instant(moment, type=TIMESTAMP, span=span)


def rolling(direction: str, by: Length, span: Span, context: Context) -> ir.Period | None:
    """``last 30 days``, ``next 7 days``"""
    other = moved(ir.AS_OF, by, -1 if direction == "last" else 1)
    assert other is not None
    start, end = (other, ir.AS_OF) if direction == "last" else (ir.AS_OF, other)
    return _checked(ir.Period(start, end, text=f"{direction} {by.text}"), span, context)


def calendar(which: str, unit: str, count: int, span: Span, context: Context) -> ir.Period | None:
    """``this month``, ``previous 3 months``"""
    floor = _floor(unit)
    if floor is None:
        context.report(errors.calendar_unit(span, unit))
        return None
    if which == "this":
        return ir.Period(ir.Moment("as_of", floor), _behind_floor(floor, unit, 1), text=f"this {unit}")
    text = f"previous {unit}" if count == 1 else f"previous {count} {unit}s"
    period = ir.Period(_behind_floor(floor, unit, -count), ir.Moment("as_of", floor), text=text)
    return _checked(period, span, context)


def back_range(first: int, second: int, unit: str, span: Span, context: Context) -> ir.Period | None:
    """``120 to 60 days ago``"""
    if first <= second:
        swapped = f"{second} to {first} {unit}s ago" if first < second else None
        context.report(errors.reversed_period(span, swapped))
        return None
    start, end = moved(ir.AS_OF, length(first, unit), -1), moved(ir.AS_OF, length(second, unit), -1)
    assert start is not None and end is not None
    return _checked(ir.Period(start, end, text=f"{first} to {second} {unit}s ago"), span, context)


def parts(which: str, by: Length, span: Span, context: Context) -> tuple[ir.Period, ...]:
    """The single ones of ``last 3 months``, ``previous 12 weeks``, ``next 7 days``, each counted from ``as_of``; none, and a
    finding, where they are no periods."""
    found: list[ir.Period] = []
    for number in range(by.amount):
        first = number - by.amount if which != "next" else number
        if which == "previous":
            floor = _floor(by.unit)
            if floor is None:
                context.report(errors.calendar_unit(span, by.unit))
                return ()
            start, end = _behind_floor(floor, by.unit, first), _behind_floor(floor, by.unit, first + 1)
        else:
            start, end = (
                _behind(step * (by.months // by.amount), step * (by.micros // by.amount)) for step in (first, first + 1)
            )
        text = f"{which} {by.text}, number {number + 1}"
        period = _checked(ir.Period(start, end, text=text), span, context)
        if period is None:
            return ()
        found.append(period)
    return tuple(found)


def _behind(months: int, micros: int) -> ir.Moment:
    return ir.Moment("as_of", months=months, micros=micros)


def from_to(start: ir.Expr, end: ir.Expr, span: Span, context: Context, *, of_value: bool) -> ir.Period | None:
    """``A to B`` of two constant times. A date begins the period with its beginning and ends it with its end. ``of_value``: is it
    asked whether a value lies in it?"""
    if start.type.is_unknown or end.type.is_unknown:
        return None
    first, last = moment_of(start, 0), moment_of(end, 1)
    if (first is None or last is None) and start.type.is_time and end.type.is_time and span.source is not None:
        before = re.search(r"\bin\s+$", span.source.text[: span.start], re.IGNORECASE) if of_value else None
        whole = None if before is None else replace(span, start=before.start())
        context.report(errors.ends_of_rows(span, start.span.text, end.span.text, whole))
        return None
    for side, moment in ((start, first), (end, last)):
        if moment is None:
            constant = isinstance(side, (ir.Literal, ir.Instant))
            context.report(
                errors.period_end(side.span, errors.words(side.type))
                if constant or not side.type.is_time
                else errors.constant_needed(side.span, "an end of a period")
            )
    if first is None or last is None:
        return None
    period = ir.Period(first, last, whole_days=True, text=span.on_one_line)
    comparable = (first.anchor == "as_of") == (last.anchor == "as_of")
    if _checked(period, span, context) is None:
        return None
    if comparable and all(
        resolve(first, sample, context.zone) >= resolve(last, sample, context.zone) for sample in _SAMPLES
    ):
        context.report(errors.reversed_period(span))
        return None
    return period


def _floor(unit: str) -> Floor | None:
    return next((name for name in CALENDAR_UNITS if name == unit), None)


def _behind_floor(floor: Floor, unit: str, count: int) -> ir.Moment:
    if unit in _MONTHS:
        return ir.Moment("as_of", floor, months=count * _MONTHS[unit])
    return ir.Moment("as_of", floor, days=count * _DAYS[unit])


def _checked(period: ir.Period, span: Span, context: Context) -> ir.Period | None:
    if is_reachable(period.start, context) and is_reachable(period.end, context):
        return period
    context.report(errors.beyond_calendar(span))
    return None


def moment_of(side: ir.Expr, days: int) -> ir.Moment | None:
    """The moment that a constant time is; of a date, its beginning, so many days later."""
    match side:
        case ir.Literal(value=datetime() as instant):
            return ir.Moment(instant)
        case ir.Literal(value=date() as day):
            return ir.Moment(day, days=days)
        case ir.Instant(moment=moment) if side.type.kind is Kind.TIMESTAMP:
            return moment
        case ir.Instant(moment=moment):
            start = beginning(moment)
            return None if start is None else replace(start, days=start.days + days)
        case _:
            return None


def beginning(moment: ir.Moment) -> ir.Moment | None:
    """When the calendar day of a moment begins; None where that takes more than one moment can say."""
    if moment.micros:
        return None
    if moment.floor is not None or (isinstance(moment.anchor, date) and not isinstance(moment.anchor, datetime)):
        return moment
    if moment.months or moment.days:
        return None
    return replace(moment, floor="day")


# -- a time plus or minus a length --------------------------------------------------------------------------------


def shifted(time: ir.Expr, by: Length, sign: int, span: Span, context: Context) -> ir.Expr:
    """``placed_at + 30 days``, ``today - 1 week``"""
    if time.type.kind is Kind.DATE and by.micros % DAY:
        return context.wrong(errors.hours_on_date(span))
    if isinstance(time, (ir.Literal, ir.Instant)) and not (isinstance(time, ir.Literal) and time.value is None):
        return _shifted_constant(time, by, sign, span, context)
    if by.months:
        return context.wrong(errors.months_on_field(span, by.text))
    if by.micros > LONGEST_SHIFT:
        return context.wrong(errors.beyond_calendar(span))
    if time.type.kind is Kind.DATE:
        overload, amount = "shift_date", sign * by.micros // DAY
    else:
        overload, amount = "shift_timestamp", sign * by.micros
    return ir.Call("+", overload, (time,), (amount,), type=time.type, optional=time.optional, span=span)


def _shifted_constant(time: ir.Literal | ir.Instant, by: Length, sign: int, span: Span, context: Context) -> ir.Expr:
    is_day = time.type.kind is Kind.DATE
    if isinstance(time, ir.Literal):
        assert isinstance(time.value, date)
        if not by.months:
            try:
                later = time.value + timedelta(microseconds=sign * by.micros)
            except OverflowError:
                return context.wrong(errors.beyond_calendar(span))
            return ir.Literal(later, type=time.type, span=span)
        start: ir.Moment | None = ir.Moment(time.value)
    else:
        start = beginning(time.moment) if is_day else time.moment
    if start is None:
        # The day of a moment, moved on: that is arithmetic on a date like any other.
        if by.months:
            return context.wrong(errors.months_on_field(span, by.text))
        return ir.Call("+", "shift_date", (time,), (sign * by.micros // DAY,), type=DATE, span=span)
    if is_day and not by.months:
        later_moment: ir.Moment | None = replace(start, days=start.days + sign * by.micros // DAY)
    else:
        later_moment = moved(start, by, sign)
    if later_moment is None:
        return context.wrong(errors.months_on_field(span, by.text))
    if not is_reachable(later_moment, context):
        return context.wrong(errors.beyond_calendar(span))
    return ir.Instant(later_moment, type=time.type, span=span)


# -- an instant as its day ----------------------------------------------------------------------------------------


def as_day(time: ir.Expr, span: Span) -> ir.Expr:
    """The calendar day of an instant, in the schema's zone; a date is its own."""
    if time.type.is_unknown:
        return unknown(span)
    if time.type.kind is Kind.DATE:
        return time
    match time:
        case ir.Literal(value=datetime() as instant):
            return ir.Instant(ir.Moment(instant), type=DATE, span=span)
        case ir.Instant(moment=moment):
            return ir.Instant(moment, type=DATE, span=span)
        case _:
            return ir.Call("date", "date_timestamp", (time,), type=DATE, optional=time.optional, span=span)
