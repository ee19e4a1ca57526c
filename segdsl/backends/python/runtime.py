"""What generated code calls: functions of the language that are no operator of Python.

In: values as the generated code holds them, none of them missing. Out: a value, None where it is missing. INT is int, WHOLE and FLOAT
are float, DECIMAL is the whole number of its last places, DATE is date, TIMESTAMP is a naive datetime in UTC, LIST is a frozenset with
something in it. Nothing raises.
"""

from __future__ import annotations

import math
import re
from calendar import isleap
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from segdsl.digits import wide
from segdsl.semantics.time import Zone
from segdsl.types import MAX_DIGITS, MAX_FLOAT, MAX_INT, MAX_MILLIONTHS, MILLIONTHS, MIN_FLOAT

_WIDE = wide(4 * MAX_DIGITS)
_MOST = 10**MAX_DIGITS
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
TO_LOWER = str.maketrans(_UPPER, _UPPER.lower())
TO_UPPER = str.maketrans(_UPPER.lower(), _UPPER)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)

# -- numbers ------------------------------------------------------------------------------------------------------------


def in_range(number: float) -> float | None:
    return number if number == 0.0 or MIN_FLOAT <= abs(number) <= MAX_FLOAT else None


def quotient(top: float, bottom: float) -> float | None:
    return None if bottom == 0 else top / bottom


def as_double(number: float | int, factor: int) -> float:
    """The double nearest to a whole number times a power of ten."""
    return float(int(number) * factor) if math.isfinite(number) else float(number)


def int_of(number: float | int) -> int | None:
    return int(number) if -MAX_INT <= number <= MAX_INT else None


def fitted(unscaled: int, limit: int) -> int | None:
    """A decimal that has no more digits than its type; ``limit`` is the power of ten beyond them."""
    return unscaled if -limit < unscaled < limit else None


def round_away(unscaled: int, unit: int) -> int:
    """Without the digits below ``unit``, half away from zero."""
    return (unscaled + unit // 2) // unit if unscaled >= 0 else -((unit // 2 - unscaled) // unit)


def of_float(number: float, factor: int, limit: int) -> int | None:
    """A double as a declared decimal: half away from zero, as far as double precision sees it."""
    size = math.floor(abs(number) * float(factor) + 0.5)
    if size >= limit:
        return None
    return -size if number < 0 else size


def unscaled(number: Decimal, scale: int) -> int:
    """A decimal in its last places, half away from zero."""
    sign, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    places = exponent + scale
    kept = len(digits) + places
    size = 0
    if places >= 0:
        size = int("".join(map(str, digits)) or "0") * 10**places
    elif kept >= 0:
        # The first digit that is not kept decides.
        size = round_away(int("".join(map(str, digits[: kept + 1]))), 10)
    return -size if sign else size


def millionths(number: float) -> int | None:
    return math.floor(number * MILLIONTHS + 0.5) if -MAX_MILLIONTHS <= number <= MAX_MILLIONTHS else None


def floor_float(number: float) -> float:
    return float(math.floor(number)) if math.isfinite(number) else number


def ceil_float(number: float) -> float:
    return float(math.ceil(number)) if math.isfinite(number) else number


def total(unscaled: int) -> int | None:
    """A sum of at most 38 digits."""
    return unscaled if -_MOST < unscaled < _MOST else None


_NUMBER = re.compile(r"-?0*([0-9]+)(?:\.([0-9]+))?")


def number(text: str, scale: int, limit: int) -> int | None:
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    whole, behind = found.group(1), found.group(2) or ""
    if len(whole) > MAX_DIGITS:
        return None
    size = int(whole + behind[:scale].ljust(scale, "0")) + (behind[scale : scale + 1] >= "5")
    return fitted(-size if text.startswith("-") else size, limit)


# -- text ---------------------------------------------------------------------------------------------------------------


def pattern(text: str) -> Callable[[str], bool]:
    """Whether a text matches as a whole: ``*`` any run, ``?`` one character, a backslash before either: itself."""
    pieces: list[str] = [""]
    for part in re.findall(r"\\[*?]|.", text, re.DOTALL):
        if part == "*":
            pieces.append("")
        else:
            pieces[-1] += "." if part == "?" else re.escape(part[-1] if len(part) == 2 else part)
    compiled = [re.compile(piece, re.DOTALL) for piece in pieces]
    lengths = [_length(piece) for piece in pieces]
    if len(pieces) == 1:
        whole = compiled[0].fullmatch
        return lambda value: whole(value) is not None
    first, *between, last = compiled
    least = sum(lengths)

    def matches(value: str) -> bool:
        if len(value) < least or first.match(value) is None:
            return False
        at, end = lengths[0], len(value) - lengths[-1]
        if last.match(value, end) is None:
            return False
        for piece in between:
            found = piece.search(value, at, end)
            if found is None:
                return False
            at = found.end()
        return True

    return matches


def _length(piece: str) -> int:
    """How many characters a piece without ``*`` stands for."""
    return len(re.findall(r"\\.|.", piece, re.DOTALL))


# -- time ---------------------------------------------------------------------------------------------------------------


def moved(time: date, distance: timedelta) -> date | None:
    try:
        return time + distance
    except OverflowError:
        return None


def age(born: date, today: date) -> int:
    """Full years; who was born on 29 February has the birthday on the 28th in other years."""
    month, day = born.month, born.day
    if month == 2 and day == 29 and not isleap(today.year):
        day = 28
    return today.year - born.year - ((today.month, today.day) < (month, day))


def start_of_week(day: date) -> date | None:
    return moved(day, timedelta(days=-day.weekday()))


def start_of_quarter(day: date) -> date:
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


def comes_round(day: date, stretches: Sequence[tuple[int, int, int]]) -> bool:
    """Has a date an anniversary in one of these: stretches of a year, from one ``month * 100 + day`` to another?"""
    number = day.month * 100 + day.day
    return any(day.year < year and first <= number <= last for year, first, last in stretches)


def day_in(zone: Zone) -> Callable[[datetime], date | None]:
    """The calendar day of an instant."""

    def day(instant: datetime) -> date | None:
        try:
            return zone.day(instant)
        except OverflowError:
            return None

    return day


def hour_in(zone: Zone) -> Callable[[datetime], int | None]:
    def hour(instant: datetime) -> int | None:
        try:
            return zone.local(instant).hour
        except OverflowError:
            return None

    return hour


def beginning_in(zone: Zone) -> Callable[[date], datetime | None]:
    """The instant at which a day begins."""

    def beginning(day: date) -> datetime | None:
        try:
            return zone.begin(day)
        except OverflowError:
            pass
        # The calendar's first and last days: no zone changes its offset near them.
        try:
            return datetime(day.year, day.month, day.day) - timedelta(seconds=zone.offsets[-1 if day.year > 1 else 0])
        except OverflowError:
            return None

    return beginning


# -- rows ---------------------------------------------------------------------------------------------------------------


def cut(present: list[object], descending: bool, count: int, share: int, whole: int) -> object:
    """The value at a place in the order of all."""
    if not present:
        return None
    size = len(present)
    place = count or -(-size * share // whole)
    place = min(max(place, 1), size)
    ordered = sorted(present, reverse=descending)  # type: ignore[type-var]
    return ordered[place - 1]


def percentile(present: list[int], share: int, whole: int, unit: int) -> float | None:
    """The value behind ``share / whole`` of the steps from the least to the greatest, of numbers in parts of ``unit``."""
    if not present:
        return None
    ordered = sorted(present)
    low, rest = divmod((len(ordered) - 1) * share, whole)
    high = min(low + 1, len(ordered) - 1)
    return (ordered[low] * (whole - rest) + ordered[high] * rest) / (whole * unit)


def at_the_end(rows: list[tuple[tuple[object, ...], object]], last: bool) -> object:
    """The value of the first or last row, each with its place; among rows that tie the greatest, missing being the least."""
    if not rows:
        return None
    places = [place for place, _ in rows]
    end = max(places) if last else min(places)
    ties = [value for place, value in rows if place == end]
    return max(ties, key=_sortable) if len(ties) > 1 else ties[0]


def _sortable(value: object) -> tuple[bool, object]:
    return (value is not None, value if value is not None else 0)


def positions(
    rows: Sequence[tuple[object, ...]], partition: int, order: int, descending: Sequence[bool], kept: int | None
) -> dict[object, list[int]]:
    """The rows that are kept, by partition and in order: their places in ``rows``."""
    found: dict[object, list[int]] = {}
    for place, row in enumerate(rows):
        if kept is None or row[kept]:
            found.setdefault(row[partition], []).append(place)
    for places in found.values():
        for part in range(len(descending) - 1, -1, -1):
            # Rows that do not show may lack a time; they are among themselves.
            places.sort(key=lambda place: _sortable(rows[place][order][part]), reverse=descending[part])  # type: ignore[index]
    return found


def windowed(
    function: str,
    rows: Sequence[tuple[object, ...]],
    partition: int,
    order: int,
    descending: Sequence[bool],
    value: int | None,
    kept: int | None,
) -> list[object]:
    """What each row has from those before it; ``partition``, ``order``, ``value`` and ``kept`` are columns of the rows."""
    found: list[object] = [None] * len(rows)
    for places in positions(rows, partition, order, descending, kept).values():
        before: object = None
        rank = above = 0
        for number, place in enumerate(places, start=1):
            row = rows[place]
            match function:
                case "previous":
                    assert value is not None
                    found[place] = before
                    before = row[value]
                case "position":
                    found[place] = number
                case "rank":
                    if row[order] != before:
                        rank, before = number, row[order]
                    found[place] = rank
                case "before":
                    assert value is not None
                    found[place] = total(above)
                    part = row[value]
                    above += part if isinstance(part, int) else 0
                case _:
                    raise AssertionError(function)
    return found


def beyond(
    rows: Sequence[tuple[object, ...]], link: int, time: int, value: int, later: bool, greatest: bool
) -> dict[object, list[tuple[object, object]]]:
    """For each link the times of rows, the nearest to the far end first, each with the extreme of all from there on."""
    found: dict[object, list[tuple[object, object]]] = {}
    for row in rows:
        if row[time] is not None and None not in row[link]:  # type: ignore[operator]
            found.setdefault(row[link], []).append((row[time], row[value]))
    for link_rows in found.values():
        link_rows.sort(key=lambda row: row[0], reverse=later)  # type: ignore[arg-type, return-value]
        extreme: object = None
        for place, (at, its) in enumerate(link_rows):
            better = extreme is None or (its > extreme if greatest else its < extreme)  # type: ignore[operator]
            extreme = its if better else extreme
            link_rows[place] = (at, extreme)
    return found


def extreme(rows: Sequence[tuple[object, object]] | None, time: object, later: bool) -> object:
    """The extreme of all rows strictly later, or earlier, than a time."""
    found: object = None
    if rows is None or time is None:
        return None
    for at, its in rows:
        if not (at > time if later else at < time):  # type: ignore[operator]
            break
        found = its
    return found
