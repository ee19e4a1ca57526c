"""How each overload of the catalogue is written in Polars: one row per overload in `LOWERINGS`.

In: the typed call and its arguments, lowered already. Out: a `pl.Expr` that is missing where an argument is (but `coalesce`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

import polars as pl

from segdsl.backends.polars import hold, zones
from segdsl.functions import sphere
from segdsl.semantics.ir import Call
from segdsl.semantics.time import Zone
from segdsl.types import MAX_DIGITS, Kind, Type

Args: TypeAlias = Sequence[pl.Expr]
Lowering: TypeAlias = Callable[[Call, Args, Zone], pl.Expr]

_FIRST_INSTANT = hold.micros(datetime(1, 1, 1))
_LAST_INSTANT = hold.micros(datetime(9999, 12, 31, 23, 59, 59, 999999))
"""What is moved out of the years 1 to 9999 is missing."""
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


# -- arithmetic ---------------------------------------------------------------------------------------------------------


def _add(call: Call, args: Args, zone: Zone) -> pl.Expr:
    return args[0] + args[1]


def _subtract(call: Call, args: Args, zone: Zone) -> pl.Expr:
    return args[0] - args[1]


def _multiply(call: Call, args: Args, zone: Zone) -> pl.Expr:
    return args[0] * args[1]


def _add_decimal(call: Call, args: Args, zone: Zone) -> pl.Expr:
    left, right = _at_result_scale(call, args)
    return left + right


def _subtract_decimal(call: Call, args: Args, zone: Zone) -> pl.Expr:
    left, right = _at_result_scale(call, args)
    return left - right


def _multiply_decimal(call: Call, args: Args, zone: Zone) -> pl.Expr:
    scale = sum(arg.type.scale for arg in call.args)
    return hold.widened(args[0] * args[1], call.type.scale - scale)


def _at_result_scale(call: Call, args: Args) -> list[pl.Expr]:
    """Decimals of different scales at the call's own; anything else as it is."""
    if call.type.kind is not Kind.DECIMAL:
        return list(args)
    return [hold.widened(value, call.type.scale - arg.type.scale) for arg, value in zip(call.args, args, strict=True)]


def _negate(call: Call, args: Args, zone: Zone) -> pl.Expr:
    # Polars has no minus for Int128.
    return pl.lit(0, dtype=hold.dtype(call.type)) - args[0]


def _abs(call: Call, args: Args, zone: Zone) -> pl.Expr:
    return args[0].abs()


def _divide_exact(call: Call, args: Args, zone: Zone) -> pl.Expr:
    scale = max(arg.type.scale for arg in call.args)
    top, bottom = (_exact_as_float(value, arg.type, scale) for value, arg in zip(args, call.args, strict=True))
    return hold.quotient(top, bottom)


def _exact_as_float(value: pl.Expr, of: Type, scale: int) -> pl.Expr:
    """The nearest double of an exact number times 10^scale."""
    if of.kind is Kind.DECIMAL:
        return hold.scaled_float(value, of.precision, scale - of.scale)
    number = value.cast(pl.Float64)
    if scale == 0:
        return number
    if scale <= 22:
        return number * 10.0**scale
    # 10^23 is no double, so a product with it would round twice.
    small = number.abs() < 1e30
    exact = hold.scaled_float(hold.only_if(small, number).cast(pl.Int128), MAX_DIGITS, scale)
    return pl.when(small).then(exact).otherwise(number * 10.0**scale)


def _divide_float(call: Call, args: Args, zone: Zone) -> pl.Expr:
    return hold.quotient(args[0], args[1])


def _floor_decimal(call: Call, args: Args, zone: Zone) -> pl.Expr:
    return args[0] // hold.whole(10 ** call.args[0].type.scale)


def _ceil_decimal(call: Call, args: Args, zone: Zone) -> pl.Expr:
    return hold.whole(0) - (hold.whole(0) - args[0]) // hold.whole(10 ** call.args[0].type.scale)


def _floor_float(call: Call, args: Args, zone: Zone) -> pl.Expr:
    return args[0].floor()


def _ceil_float(call: Call, args: Args, zone: Zone) -> pl.Expr:
    return args[0].ceil()


def _round_decimal(call: Call, args: Args, zone: Zone) -> pl.Expr:
    (places,) = call.options
    assert isinstance(places, int)
    return hold.round_away(args[0], call.args[0].type.scale - places)


# -- choices ------------------------------------------------------------------------------------------------------------


def _least(call: Call, args: Args, zone: Zone) -> pl.Expr:
    # min_horizontal and max_horizontal pass missing values over.
    return hold.only_if(hold.all_present(args), pl.min_horizontal(_at_result_scale(call, args)))


def _greatest(call: Call, args: Args, zone: Zone) -> pl.Expr:
    return hold.only_if(hold.all_present(args), pl.max_horizontal(_at_result_scale(call, args)))


def _coalesce(call: Call, args: Args, zone: Zone) -> pl.Expr:
    return pl.coalesce(_at_result_scale(call, args))


# -- text ---------------------------------------------------------------------------------------------------------------


def _lower(call: Call, args: Args, zone: Zone) -> pl.Expr:
    return args[0].str.replace_many(list(_UPPER), list(_UPPER.lower()))


def _upper(call: Call, args: Args, zone: Zone) -> pl.Expr:
    return args[0].str.replace_many(list(_UPPER.lower()), list(_UPPER))


def _trim(call: Call, args: Args, zone: Zone) -> pl.Expr:
    return args[0].str.strip_chars(" ")


def _length(call: Call, args: Args, zone: Zone) -> pl.Expr:
    return args[0].str.len_chars().cast(pl.Int64)


def _replace(call: Call, args: Args, zone: Zone) -> pl.Expr:
    old, new = call.options
    assert isinstance(old, str) and isinstance(new, str)
    return args[0].str.replace_all(pl.lit(old), pl.lit(new), literal=True)


def _number(call: Call, args: Args, zone: Zone) -> pl.Expr:
    places = call.type.scale
    room = call.type.precision - places
    text = hold.only_if(args[0].str.contains(r"\A-?[0-9]+(\.[0-9]+)?\z"), args[0])
    digits = text.str.extract(r"\A-?0*([0-9]+)", 1)
    behind = text.str.extract(r"\.([0-9]+)\z", 1).fill_null(pl.lit(""))
    whole = hold.only_if(digits.str.len_chars() <= room, digits).cast(pl.Int128, strict=False)
    kept = behind.str.slice(0, places).str.pad_end(places, "0").cast(pl.Int128, strict=False)
    # Half away from zero: the first digit left out decides, whatever follows it.
    up = behind.str.slice(places, 1).cast(pl.Int128, strict=False).fill_null(0) >= 5
    size = whole * hold.whole(10**places) + kept + up.cast(pl.Int128)
    size = hold.only_if(hold.fits(size, call.type.precision), size)
    return pl.when(text.str.starts_with("-")).then(hold.whole(0) - size).otherwise(size)


# -- time ---------------------------------------------------------------------------------------------------------------


def _shift_timestamp(call: Call, args: Args, zone: Zone) -> pl.Expr:
    (by,) = call.options
    assert isinstance(by, int)
    moved = args[0].cast(pl.Int64) + by
    return hold.only_if(moved.is_between(_FIRST_INSTANT, _LAST_INSTANT), moved).cast(hold.MICROSECONDS)


def _shift_date(call: Call, args: Args, zone: Zone) -> pl.Expr:
    (by,) = call.options
    assert isinstance(by, int)
    moved = _day_number(args[0]) + by
    return _to_date(hold.only_if(moved.is_between(_FIRST_INSTANT // hold.DAY, _LAST_INSTANT // hold.DAY), moved))


def _days_between_timestamps(call: Call, args: Args, zone: Zone) -> pl.Expr:
    return (args[1].cast(pl.Int64) - args[0].cast(pl.Int64)) // hold.DAY


def _hours_between_timestamps(call: Call, args: Args, zone: Zone) -> pl.Expr:
    return (args[1].cast(pl.Int64) - args[0].cast(pl.Int64)) // hold.HOUR


def _days_between_dates(call: Call, args: Args, zone: Zone) -> pl.Expr:
    return _day_number(args[1]) - _day_number(args[0])


def _age_date(call: Call, args: Args, zone: Zone) -> pl.Expr:
    born, at = args
    birthday = born.dt.month().cast(pl.Int64) * 100 + born.dt.day().cast(pl.Int64)
    birthday = pl.when((birthday == 229) & ~at.dt.is_leap_year()).then(228).otherwise(birthday)
    today = at.dt.month().cast(pl.Int64) * 100 + at.dt.day().cast(pl.Int64)
    years = at.dt.year().cast(pl.Int64) - born.dt.year().cast(pl.Int64)
    return years - (today < birthday).cast(pl.Int64)


def _date_timestamp(call: Call, args: Args, zone: Zone) -> pl.Expr:
    return zones.local_day(args[0], zone)


def _hour_timestamp(call: Call, args: Args, zone: Zone) -> pl.Expr:
    return zones.local_hour(args[0], zone)


def _year_date(call: Call, args: Args, zone: Zone) -> pl.Expr:
    return args[0].dt.year().cast(pl.Int64)


def _month_date(call: Call, args: Args, zone: Zone) -> pl.Expr:
    return args[0].dt.month().cast(pl.Int64)


def _day_date(call: Call, args: Args, zone: Zone) -> pl.Expr:
    return args[0].dt.day().cast(pl.Int64)


def _weekday_date(call: Call, args: Args, zone: Zone) -> pl.Expr:
    return args[0].dt.weekday().cast(pl.Int64)


def _start_of_date(call: Call, args: Args, zone: Zone) -> pl.Expr:
    (unit,) = call.options
    day = args[0]
    match unit:
        case "day":
            return day
        case "week":
            return _to_date(_day_number(day) - day.dt.weekday().cast(pl.Int64) + 1)
        case "month":
            return pl.date(day.dt.year(), day.dt.month(), 1)
        case "quarter":
            return pl.date(day.dt.year(), day.dt.quarter().cast(pl.Int64) * 3 - 2, 1)
        case "year":
            return pl.date(day.dt.year(), 1, 1)
    raise AssertionError(unit)


def _day_number(day: pl.Expr) -> pl.Expr:
    return day.cast(pl.Int32).cast(pl.Int64)


def _to_date(number: pl.Expr) -> pl.Expr:
    return number.cast(pl.Int32).cast(pl.Date)


# -- ordered lists ------------------------------------------------------------------------------------------------------


def _place(call: Call, args: Args, zone: Zone) -> pl.Expr:
    places = pl.Series(range(len(call.options)), dtype=pl.Int64)
    return args[0].replace_strict(_texts(call), places, default=None, return_dtype=pl.Int64)


def _label(call: Call, args: Args, zone: Zone) -> pl.Expr:
    places = pl.Series(range(len(call.options)), dtype=pl.Int64)
    return args[0].replace_strict(places, _texts(call), default=None, return_dtype=pl.String)


def _texts(call: Call) -> pl.Series:
    return pl.Series([str(option) for option in call.options], dtype=pl.String)


# -- the globe ------------------------------------------------------------------------------------------------------


def _haversine(call: Call, args: Args, zone: Zone) -> pl.Expr:
    north, east = call.options
    assert isinstance(north, Decimal) and isinstance(east, Decimal)
    return sphere.haversine(args[0], args[1], sphere.point(north, east), pl.min_horizontal)


LOWERINGS: dict[str, Lowering] = {
    "add_whole": _add,
    "add_decimal": _add_decimal,
    "add_float": _add,
    "shift_timestamp": _shift_timestamp,
    "shift_date": _shift_date,
    "subtract_whole": _subtract,
    "subtract_decimal": _subtract_decimal,
    "subtract_float": _subtract,
    "negate": _negate,
    "multiply_whole": _multiply,
    "multiply_decimal": _multiply_decimal,
    "multiply_float": _multiply,
    "divide_exact": _divide_exact,
    "divide_float": _divide_float,
    "abs": _abs,
    "floor_decimal": _floor_decimal,
    "floor_float": _floor_float,
    "ceil_decimal": _ceil_decimal,
    "ceil_float": _ceil_float,
    "round_decimal": _round_decimal,
    "least": _least,
    "greatest": _greatest,
    "coalesce": _coalesce,
    "lower": _lower,
    "upper": _upper,
    "trim": _trim,
    "length": _length,
    "replace": _replace,
    "number": _number,
    "days_between_timestamps": _days_between_timestamps,
    "days_between_dates": _days_between_dates,
    "hours_between_timestamps": _hours_between_timestamps,
    "age_date": _age_date,
    "date_timestamp": _date_timestamp,
    "year_date": _year_date,
    "month_date": _month_date,
    "day_date": _day_date,
    "weekday_date": _weekday_date,
    "hour_timestamp": _hour_timestamp,
    "start_of_date": _start_of_date,
    "place": _place,
    "label": _label,
    "haversine": _haversine,
}
