"""Values and counts as people read them.

In: Python values with their types, a zone. Out: short texts: ``2026-11-22 10:00``, ``1,204``, ``312.40``, ``3 orders``. It must not know
conditions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from segdsl.display import english
from segdsl.semantics.time import Zone
from segdsl.types import Kind, Type

_MONEY_PLACES = 2
_LARGE = 1e18
"""From here on, digits of a float say nothing."""
_LONGEST_TEXT = 60
_LONGEST_LIST = 6
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
DAY = timedelta(days=1)


def shown(value: object, of: Type, zone: Zone) -> str:
    """A value of a type; what is missing is called so."""
    if value is None:
        return "missing"
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return quoted(value)
        case int() | float() | Decimal():
            return number(value, of)
        case datetime():
            return instant(value, zone)
        case date():
            return value.isoformat()
        case list() | tuple():
            return listed(map(str, value))
        case _:
            return str(value)


def number(value: int | float | Decimal, of: Type | None = None) -> str:
    """With commas between thousands. Two places behind the point stay two; any other zeros at the end go."""
    money = of is not None and of.kind is Kind.DECIMAL and of.scale == _MONEY_PLACES
    if isinstance(value, int) and not money:
        return f"{value:,}"
    if isinstance(value, float):
        if abs(value) >= _LARGE:
            return f"{value:.6g}"
        if value.is_integer():
            return f"{int(value):,}"
        return f"{value:,.2f}" if abs(value) >= 1000 else f"{value:.6g}"
    if money and (Fraction(value) * 10**_MONEY_PLACES).denominator == 1:
        return f"{Decimal(value):,.{_MONEY_PLACES}f}"
    plain = f"{value:,f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def instant(value: datetime, zone: Zone) -> str:
    """On the clock of the zone, to the minute."""
    try:
        local = zone.local(value)
    except OverflowError:
        local = value
    return local.isoformat(" ", "minutes")


def quoted(text: str) -> str:
    kept = text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"
    return '"' + "".join(map(_written, kept)) + '"'


def _written(character: str) -> str:
    """As it stands in a text of the language: nothing that could move the cursor, or turn the direction of a line."""
    if character in _ESCAPES:
        return _ESCAPES[character]
    return character if character.isprintable() else f"\\u{{{ord(character):X}}}"


def listed(items: Iterable[str], word: str = "and") -> str:
    """``"a", "b" and "c"``; long ones are cut."""
    texts = [quoted(item) for item in items]
    return joined(texts, word) if texts else "nothing"


def joined(texts: Sequence[str], word: str = "and") -> str:
    if len(texts) > _LONGEST_LIST:
        more = len(texts) - _LONGEST_LIST + 1
        texts = [*texts[: _LONGEST_LIST - 1], f"{more:,} more"]
    return english.listed(texts, word)


def counted(count: int, noun: str) -> str:
    """``1 order``, ``1,204 orders``, ``no orders``"""
    if count == 0:
        return f"no {english.plural(noun)}"
    return english.counted(count, noun)


def ordinal(place: int) -> str:
    return f"{place:,}{english.ending(place)}"


def days(count: int | float | Decimal) -> str:
    return f"{number(count)} day{'' if count == 1 else 's'}"


def distance(earlier: date, later: date) -> str:
    """How far apart two dates or two instants are: in days, below two of them in hours or minutes."""
    between = later - earlier
    if between >= 2 * DAY or not isinstance(earlier, datetime):
        return days(between // DAY)
    for unit, length in (
        ("hour", timedelta(hours=1)),
        ("minute", timedelta(minutes=1)),
        ("second", timedelta(seconds=1)),
    ):
        count = between // length
        if count:
            return english.counted(count, unit)
    return "less than a second"


def at_least(between: timedelta, *, beyond: bool) -> str:
    """So long a time that it is no shorter than ``between`` (``beyond``: that it is longer), in the units of `distance`."""
    for unit, length, least in (
        ("day", DAY, 2 * DAY),
        ("hour", timedelta(hours=1), timedelta(hours=1)),
        ("minute", timedelta(minutes=1), timedelta(minutes=1)),
        ("second", timedelta(seconds=1), timedelta()),
    ):
        if between >= least:
            count, rest = divmod(between, length)
            count += 1 if rest or beyond else 0
            return english.counted(count, unit)
    raise AssertionError(between)


def spoken(name: str) -> str:
    """A name as a word of a sentence; anything that is more than a name stays as it is written."""
    plain = name.strip("`")
    return plain.replace("_", " ") if plain.replace("_", "a").isalnum() else name


def last_name(text: str) -> str | None:
    """Of ``product.category`` the ``category``, as a word of a sentence; None for what is more than a name."""
    parts = text.replace("`", "").split(".")
    return spoken(parts[-1]) if all(part.isidentifier() for part in parts) else None
