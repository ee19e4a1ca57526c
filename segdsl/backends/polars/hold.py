"""How the language's values are held in Polars: the dtype of each type, literals, and changes of a decimal's scale.

In: types and Python constants. Out: dtypes and `pl.Expr`. It must not know plans, tables or functions.

INT is Int64; WHOLE and FLOAT are Float64; DATE is Date; TIMESTAMP is Datetime("us") without a zone, in UTC. A DECIMAL is
its unscaled number in Int128: Polars' own Decimal keeps the larger scale in a product (1.25 * 1.25 would be 1.56) and
averages as a float, whereas 128-bit integers hold 38 digits exactly, at nine tenths of the speed of 64-bit ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal, Inexact
from functools import lru_cache

import polars as pl

from segdsl.digits import wide
from segdsl.semantics.ir import Constant
from segdsl.types import MAX_DIGITS, MAX_FLOAT, MAX_INT, MAX_MILLIONTHS, MILLIONTHS, MIN_FLOAT, Kind, Type

MICROSECONDS = pl.Datetime("us")
DAY = 86_400_000_000
HOUR = 3_600_000_000
_EPOCH = datetime(1970, 1, 1)
_WIDE = wide(4 * MAX_DIGITS, traps=(Inexact,))
_HALF = 10 ** (MAX_DIGITS // 2)

_DTYPES: dict[Kind, pl.DataType] = {
    Kind.BOOL: pl.Boolean(),
    Kind.INT: pl.Int64(),
    Kind.WHOLE: pl.Float64(),
    Kind.DECIMAL: pl.Int128(),
    Kind.FLOAT: pl.Float64(),
    Kind.STRING: pl.String(),
    Kind.DATE: pl.Date(),
    Kind.TIMESTAMP: MICROSECONDS,
    Kind.LIST: pl.List(pl.String()),
}


def dtype(of: Type) -> pl.DataType:
    """The dtype that holds a type. A key whose type nobody declared has that of its data: it is not asked for here."""
    return _DTYPES[of.kind]


def whole(value: int) -> pl.Expr:
    """A constant beside unscaled decimals."""
    return _literal(value, int.__name__, Kind.DECIMAL)


def held(value: Constant, of: Type) -> bool | int | float | str | date | datetime:
    """A constant as it is held; a decimal unscaled. Raises `Inexact` where a decimal has more places than its type."""
    match of.kind:
        case Kind.DECIMAL:
            assert isinstance(value, Decimal | int) and not isinstance(value, bool)
            return int(_WIDE.scaleb(Decimal(value), of.scale).to_integral_exact(context=_WIDE))
        case Kind.WHOLE | Kind.FLOAT:
            assert isinstance(value, Decimal | int | float)
            return float(value)
        case _:
            assert not isinstance(value, Decimal)
            return value


def literal(value: Constant | None, of: Type) -> pl.Expr:
    """A constant of a type; None is the missing value."""
    if of.kind not in _DTYPES:
        return pl.lit(None)
    known = None if value is None else held(value, of)
    # What is equal need not be the same: 1, 1.0 and True; 0.0 and -0.0.
    return _literal(known, repr(known) if isinstance(known, float) else type(known).__name__, of.kind)


@lru_cache(maxsize=4096)
def _literal(value: object, _: str, kind: Kind) -> pl.Expr:
    """Half of the time that Polars takes to be told of hundreds of conditions goes into constants."""
    return pl.lit(value, dtype=_DTYPES[kind])


def series(items: Sequence[Constant], of: Type) -> pl.Series:
    """Constants as a column. Decimals with more places than the type are left out: no value of the type equals them."""
    held_items = []
    for item in items:
        try:
            held_items.append(held(item, of))
        except Inexact:
            continue
    return pl.Series(held_items, dtype=dtype(of))


def micros(instant: datetime) -> int:
    """Microseconds since 1970."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


# -- missing ------------------------------------------------------------------------------------------------------------


def only_if(condition: pl.Expr, value: pl.Expr) -> pl.Expr:
    """The value where the condition is true, else missing."""
    return pl.when(condition).then(value)


def once(values: Sequence[pl.Expr], shared: Sequence[bool], body: Callable[..., pl.Expr]) -> pl.Expr:
    """``body`` over values, of which those that are shared are computed once however often it uses them: as fields of a struct."""
    fields = {f"[{i}]": value for i, value in enumerate(values) if shared[i]}
    used = [pl.field(f"[{i}]") if shared[i] else value for i, value in enumerate(values)]
    record = pl.struct(value.alias(name) for name, value in fields.items())
    return record.struct.with_fields(body(*used).alias("[of]")).struct.field("[of]")


def all_present(values: Iterable[pl.Expr]) -> pl.Expr:
    return every([value.is_not_null() for value in values])


def every(conditions: Sequence[pl.Expr]) -> pl.Expr:
    """``and`` of any number. `all_horizontal`, because a chain of ``&`` takes cubic time to plan; over none it would keep every
    row whatever the frame's height, so that case is a constant."""
    match len(conditions):
        case 0:
            return pl.lit(True)
        case 1:
            return conditions[0]
        case _:
            return pl.all_horizontal(conditions)


def either(conditions: Sequence[pl.Expr]) -> pl.Expr:
    """``or`` of any number."""
    match len(conditions):
        case 0:
            return pl.lit(False)
        case 1:
            return conditions[0]
        case _:
            return pl.any_horizontal(conditions)


# -- numbers ------------------------------------------------------------------------------------------------------------


def in_int_range(value: pl.Expr) -> pl.Expr:
    return value.is_between(-MAX_INT, MAX_INT)


def in_float_range(value: pl.Expr) -> pl.Expr:
    """Missing unless 0 or of a size that a float may have; so is NaN, which Polars orders above everything."""
    size = value.abs()
    return only_if((value == 0.0) | size.is_between(MIN_FLOAT, MAX_FLOAT), value)


def fits(value: pl.Expr, digits: int) -> pl.Expr:
    """Does an unscaled number have no more than so many digits?"""
    limit = 10**digits
    return (value < whole(limit)) & (value > whole(-limit))


def round_away(value: pl.Expr, places: int) -> pl.Expr:
    """An unscaled number without its last so many digits, rounded half away from zero."""
    if places == 0:
        return value
    unit = 10**places
    up = (value.abs() + whole(unit // 2)) // whole(unit)
    return pl.when(value < whole(0)).then(whole(0) - up).otherwise(up)


def widened(value: pl.Expr, places: int) -> pl.Expr:
    """An unscaled number with so many more places; the caller knows that it fits."""
    assert places >= 0
    return value if places == 0 else value * whole(10**places)


def rescaled(value: pl.Expr, found: Type, wanted: Type) -> pl.Expr:
    """A decimal as another: exact to a wider scale, half away from zero to a narrower one, missing where it does not fit."""
    places = wanted.scale - found.scale
    if places >= 0:
        # Compared before it is multiplied: the product of 128-bit integers would wrap.
        room = wanted.precision - places
        inside = value if room >= found.precision else only_if(fits(value, max(room, 0)), value)
        return widened(inside, places)
    rounded = round_away(value, -places)
    return rounded if wanted.precision > found.precision + places else only_if(fits(rounded, wanted.precision), rounded)


def as_decimal(value: pl.Expr, of: Type) -> pl.Expr:
    """An unscaled number as Polars' own decimal, for frames that leave segdsl."""
    number = value.cast(pl.Decimal(MAX_DIGITS, 0))
    return number if of.scale == 0 else number * pl.lit(Decimal(1).scaleb(-of.scale), pl.Decimal(MAX_DIGITS, of.scale))


def to_float(value: pl.Expr, found: Type) -> pl.Expr:
    """The double nearest to a decimal."""
    exact = value.cast(pl.Float64)
    if found.scale == 0:
        return exact
    if found.scale <= 22:
        near = quotient(exact, pl.lit(10.0**found.scale))
        if found.precision <= 15:
            return near
        # Both operands of that division are exact up to 2^53; it rounds once. Beyond, text is what is read correctly rounded.
        small = in_int_range(value)
        return pl.when(small).then(near).otherwise(_read_float(only_if(~small, value), -found.scale))
    return _read_float(value, -found.scale)


def quotient(top: pl.Expr, bottom: pl.Expr) -> pl.Expr:
    """The double nearest to ``top / bottom``; missing where either is missing or the divisor is 0.

    By one and the same number for all rows Polars does not divide: it multiplies by the reciprocal, which rounds twice. A factor
    of 1 from the rows makes the divisor a column of its own.
    """
    ones = top.is_not_null().cast(pl.Float64)
    return only_if(bottom != 0.0, top / (bottom * ones))


def scaled_float(value: pl.Expr, digits: int, places: int) -> pl.Expr:
    """The double nearest to an unscaled number of so many digits times 10^places, also where 128 bits do not hold it."""
    if digits + places <= MAX_DIGITS:
        return widened(value, places).cast(pl.Float64)
    small = fits(value, max(MAX_DIGITS - places, 0))
    near = widened(only_if(small, value), places).cast(pl.Float64)
    return pl.when(small).then(near).otherwise(_read_float(only_if(~small, value), places))


def _read_float(value: pl.Expr, exponent: int) -> pl.Expr:
    return pl.concat_str(value.cast(pl.String), pl.lit(f"e{exponent}")).cast(pl.Float64)


# -- what is added up ---------------------------------------------------------------------------------------------------


def millionths(value: pl.Expr) -> pl.Expr:
    """A float as whole millionths; missing where it is too great for that."""
    inside = only_if(value.abs() <= MAX_MILLIONTHS, value)
    return (inside * float(MILLIONTHS) + 0.5).floor().cast(pl.Int128)


def sum_is_wide(of: Type) -> bool:
    """May a sum not fit 128 bits? Where a value leaves ten digits, no number of rows fills them."""
    return of.kind is Kind.DECIMAL and of.precision + 10 > MAX_DIGITS


def halves(value: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """A number of up to 38 digits as two that can be added up apart, without wrapping."""
    half = whole(_HALF)
    return value // half, value % half


def from_halves(high: pl.Expr, low: pl.Expr) -> pl.Expr:
    """The number that two sums of halves make; missing beyond 38 digits."""
    half = whole(_HALF)
    carried = high + low // half
    inside = carried.is_between(whole(-_HALF), whole(_HALF - 1))
    total = only_if(inside, carried) * half + low % half
    return only_if(fits(total, MAX_DIGITS), total)
