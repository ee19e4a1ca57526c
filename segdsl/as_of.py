"""The instant that everything is evaluated as of.

In: what a caller gave, and the schema's zone. Out: an instant, naive and in UTC, as all stages take it. The clock is read
here and nowhere else.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TypeAlias

from segdsl.diagnostics import SegdslError
from segdsl.errors import usage
from segdsl.semantics import time

AsOf: TypeAlias = datetime | date | str
"""A datetime (without a zone: in the schema's), a date (its beginning in that zone), or ISO 8601 text of either."""


def read_as_of(given: AsOf | None, timezone: str) -> datetime:
    """The instant meant; nothing given means now. Raises `SegdslError`.

    >>> read_as_of("2026-06-01T12:00:00", "Europe/Athens")
    datetime.datetime(2026, 6, 1, 9, 0)
    """
    if given is None:
        return datetime.now(UTC).replace(tzinfo=None)
    value = _parsed(given) if isinstance(given, str) else given
    if not isinstance(value, date):
        raise SegdslError([usage.bad_as_of(given)])
    try:
        instant = _instant(value, time.zone(timezone))
    except OverflowError:
        raise SegdslError([usage.as_of_out_of_range(given, time.EARLIEST, time.LATEST)]) from None
    if not time.EARLIEST <= instant <= time.LATEST:
        raise SegdslError([usage.as_of_out_of_range(given, time.EARLIEST, time.LATEST)])
    return instant


def to_the_second(given: AsOf | None) -> AsOf:
    """What is given, or else the clock without parts of a second: what it says is for people."""
    return datetime.now(UTC).replace(microsecond=0) if given is None else given


def _parsed(text: str) -> date | None:
    text = text.strip()
    try:
        return date.fromisoformat(text) if len(text) <= len("2026-01-31") else datetime.fromisoformat(text)
    except ValueError:
        return None


def _instant(value: date, zone: time.Zone) -> datetime:
    if not isinstance(value, datetime):
        return zone.begin(value)
    # A subclass (of pandas, of a test's frozen clock) must not travel on into comparisons and literals.
    plain = datetime(
        value.year,
        value.month,
        value.day,
        value.hour,
        value.minute,
        value.second,
        value.microsecond,
        value.tzinfo,
        fold=value.fold,
    )
    if plain.utcoffset() is None:
        return zone.instant(plain.replace(tzinfo=None, fold=0))
    return plain.astimezone(UTC).replace(tzinfo=None)


def shown(instant: datetime) -> str:
    """An instant as people and `read_as_of` read it: ``2026-06-01T09:00:00Z``."""
    return instant.isoformat() + "Z"
