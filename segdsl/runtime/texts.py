"""Texts of CSV and NDJSON files as values of declared types.

In: a text column and a type. Out: an expression of the type's own dtype, missing where the text is no value of it; whoever calls
counts those. Numbers have a point and no separators, times are in ISO 8601.
"""

from __future__ import annotations

import re
from decimal import Decimal

import polars as pl

from segdsl.backends import written_times
from segdsl.backends.polars import hold, lists, zones
from segdsl.semantics.time import Zone
from segdsl.types import MAX_DIGITS, Kind, Type, decimal

_NUMBER = r"\A[+-]?[0-9]+(\.[0-9]*)?\z"
_POWER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][+-]?[0-9]+")
_DAY = rf"\A({written_times.DAY})"
_CLOCK = rf"[T ]({written_times.CLOCK})"
_MOST_ZEROS = 2 * MAX_DIGITS
"""A number of a greater power of ten fits no type, one of a smaller power is 0 in all of them."""
_MORE_PLACES = 15


def parsed(text: pl.Expr, of: Type, zone: Zone, spelled: bool = False) -> pl.Expr:
    """The value that a text is, in the dtype in which a frame would hold it; a decimal in Polars' own. ``spelled``: some values stand
    for a missing one, which are told by what they are: a decimal keeps places beyond those of its type, as far as there is room."""
    match of.kind:
        case Kind.BOOL:
            return text.str.to_lowercase().replace_strict(_TRUTHS, default=None, return_dtype=pl.Boolean)
        case Kind.INT | Kind.WHOLE:
            whole = hold.only_if(text.str.contains(r"\A[+-]?[0-9]+\z"), text)
            return whole.str.strip_prefix("+").cast(pl.Int64, strict=False)
        case Kind.DECIMAL:
            return _decimal(text, of, min(MAX_DIGITS - of.precision, _MORE_PLACES) if spelled else 0)
        case Kind.FLOAT:
            return text.cast(pl.Float64, strict=False)
        case Kind.DATE:
            day = text.str.extract(rf"{_DAY}(?:{written_times.MIDNIGHT})?\z", 1)
            return day.str.to_date("%Y-%m-%d", strict=False)
        case Kind.TIMESTAMP:
            return _instant(text, zone)
        case Kind.LIST:
            return lists.of_json(text)
        case Kind.STRING | Kind.ANY | Kind.DURATION | Kind.UNKNOWN:
            return text


_TRUTHS = {"true": True, "false": False, "t": True, "f": False, "1": True, "0": False}


def _decimal(text: pl.Expr, of: Type, more: int) -> pl.Expr:
    """More places than declared are rounded away, as those of a float column that is declared a decimal are; all but so many ``more``,
    for whoever rounds later."""
    text = text.map_batches(_without_powers, return_dtype=pl.String, is_elementwise=True)
    text = text.str.replace(r"\A([+-]?)\.([0-9])", "${1}0.$2")
    plain = hold.only_if(text.str.contains(_NUMBER), text)
    digits = plain.str.extract(r"\A[+-]?0*([0-9]+)", 1)
    behind = plain.str.extract(r"\.([0-9]*)\z", 1).fill_null(pl.lit(""))
    whole = hold.only_if(digits.str.len_chars() <= of.precision, digits).cast(pl.Int128, strict=False)
    whole = hold.only_if(hold.fits(whole, of.precision - of.scale), whole)
    kept = behind.str.slice(0, of.scale).str.pad_end(of.scale, "0")
    kept = (pl.lit("0") + kept).cast(pl.Int128, strict=False)
    up = behind.str.slice(of.scale, 1).cast(pl.Int64, strict=False).fill_null(0) >= 5
    size = hold.widened(whole, of.scale) + kept + up.cast(pl.Int128)
    size = hold.only_if(hold.fits(size, of.precision), size)
    if more:
        size = hold.only_if(size.is_not_null(), _with_places(whole, behind, of.scale + more))
    number = pl.when(plain.str.starts_with("-")).then(hold.whole(0) - size).otherwise(size)
    return hold.as_decimal(number, decimal(min(of.precision + more, MAX_DIGITS), of.scale + more))


def _without_powers(texts: pl.Series) -> pl.Series:
    """Numbers with a power of ten, written without it."""
    powers = texts.str.contains("[eE]")
    if not powers.any():
        return texts
    written = texts.filter(powers)
    return texts.scatter(powers.arg_true(), pl.Series(list(map(plain, written)), dtype=pl.String))


def plain(number: str) -> str:
    """A number without a power of ten; anything else as it is."""
    if _POWER.fullmatch(number) is None:
        return number
    value = Decimal(number)
    if value.adjusted() < -_MOST_ZEROS:
        return "0"
    return f"{value:f}" if value.adjusted() < _MOST_ZEROS else number


def _with_places(whole: pl.Expr, behind: pl.Expr, places: int) -> pl.Expr:
    """A number without its sign, unscaled. Of digits behind those places it remains that there are some."""
    kept = (pl.lit("0") + behind.str.slice(0, places).str.pad_end(places, "0")).cast(pl.Int128, strict=False)
    size = hold.widened(whole, places) + kept
    rest = behind.str.slice(places).str.contains("[1-9]") & (kept % hold.whole(10) == hold.whole(0))
    return size + rest.cast(pl.Int128)


def _instant(text: pl.Expr, zone: Zone) -> pl.Expr:
    """With an offset, that instant; without one, in UTC; a day alone stands for its beginning in the zone."""
    text = hold.only_if(text.str.contains(rf"\A{written_times.INSTANT}\z"), text)
    day = text.str.extract(_DAY, 1).str.to_date("%Y-%m-%d", strict=False)
    clock = text.str.extract(_CLOCK, 1)
    hours = clock.str.slice(0, 2).cast(pl.Int64, strict=False)
    minutes = clock.str.slice(3, 2).cast(pl.Int64, strict=False)
    seconds = clock.str.slice(6, 2).cast(pl.Int64, strict=False).fill_null(0)
    fraction = (
        text.str.extract(r"[.,]([0-9]{1,6})", 1).fill_null(pl.lit("")).str.pad_end(6, "0").cast(pl.Int64, strict=False)
    )
    sign = pl.when(text.str.contains(r"-[0-9:]{2,5}\z")).then(-1).otherwise(1)
    east = text.str.extract(r"[0-9 ][+-]([0-9]{2}(?::?[0-9]{2})?)\z", 1).str.replace(":", "", literal=True)
    offset = sign * (
        east.str.slice(0, 2).cast(pl.Int64, strict=False) * 60
        + east.str.slice(2, 2).cast(pl.Int64, strict=False).fill_null(0)
    )
    since = (hours * 60 + minutes - hold.only_if(clock.is_not_null(), offset).fill_null(0)) * 60 + seconds
    at = day.cast(pl.Int32).cast(pl.Int64) * hold.DAY + since * 1_000_000 + fraction
    return pl.when(clock.is_null()).then(zones.beginning(day, zone)).otherwise(at.cast(hold.MICROSECONDS))
