"""How a physical column is read as the column of a plan: its dtype, its spellings of missing, its codes.

In: a `TableColumn` and the dtype that the data has. Out: an expression over the physical column, or the news that the dtype cannot
be read as the declared type without loss. It must not know plans, nor how a mismatch is told to the user.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

import polars as pl
from polars import selectors

from segdsl.backends.polars import hold, lists, zones
from segdsl.backends.polars.expressions import Context, compared, float_to_decimal, instant
from segdsl.planning.plan import TableColumn
from segdsl.semantics import ir
from segdsl.semantics import time as moments
from segdsl.semantics.time import Zone
from segdsl.types import FLOAT, INT, MAX_DIGITS, Kind, Type, decimal

_DIGITS_OF_A_FLOAT = 15
_FARTHEST = (2**63 - 1) // 1_000
"""Milliseconds from 1970, either way, that are microseconds too."""

MOST_VALUES = 1_024
"""Up to so many different texts a column is held as numbers."""


def physical(name: str) -> pl.Expr:
    """A column of the data. `pl.col` would take ``^a.*$`` and ``*`` for patterns."""
    return selectors.by_name(name).as_expr()


def column_dtype(column: TableColumn, found: pl.DataType) -> pl.DataType:
    """The dtype that a column has once read; an undeclared key keeps its data's own, in the widest form of its kind."""
    if column.type.kind is not Kind.ANY:
        return hold.dtype(column.type)
    if found.is_integer():
        return pl.Int128() if found in (pl.UInt64, pl.Int128, pl.UInt128) else pl.Int64()
    if isinstance(found, pl.Decimal) and found.scale == 0:
        return pl.Int128()
    if isinstance(found, pl.Categorical | pl.Enum):
        return pl.String()
    if isinstance(found, pl.Datetime):
        return hold.MICROSECONDS
    return found


def can_read(column: TableColumn, found: pl.DataType) -> bool:
    """Is the dtype that of the column's declared type, or one that converts to it without loss or as declared?"""
    wanted = column.type
    if isinstance(found, pl.Null):
        return True
    match wanted.kind:
        case Kind.ANY:
            return not found.is_nested() and not isinstance(found, pl.Object)
        case Kind.BOOL:
            return isinstance(found, pl.Boolean)
        case Kind.INT | Kind.WHOLE:
            return found.is_integer() or (isinstance(found, pl.Decimal) and found.scale == 0)
        case Kind.DECIMAL:
            if isinstance(found, pl.Decimal):
                return found.scale <= wanted.scale
            return found.is_integer() or (found.is_float() and wanted.precision <= _DIGITS_OF_A_FLOAT)
        case Kind.FLOAT:
            return found.is_float() or found.is_integer() or isinstance(found, pl.Decimal)
        case Kind.STRING:
            return isinstance(found, pl.String | pl.Categorical | pl.Enum) or bool(column.codes and found.is_integer())
        case Kind.DATE:
            return isinstance(found, pl.Date)
        case Kind.TIMESTAMP:
            return isinstance(found, pl.Datetime | pl.Date)
        case Kind.LIST:
            return lists.can_read(found)
        case Kind.DURATION | Kind.UNKNOWN:
            raise AssertionError(f"no column is read as {wanted}")


def read(column: TableColumn, found: pl.DataType, zone: Zone) -> pl.Expr:
    """The physical column as the plan's; missing where its spelling says so."""
    # Decimals of more places are none of the declared type, but a text that is one may be read first as a number of more places.
    is_decimal = isinstance(found, pl.Decimal) and column.type.kind is Kind.DECIMAL
    assert is_decimal or can_read(column, found), f"{column.column}: {found} is not read as {column.type}"
    value = _converted(column, found, zone)
    if column.zero_if_missing:
        nothing = False if column.type.kind is Kind.BOOL else 0
        value = value.fill_null(pl.lit(nothing, dtype=hold.dtype(column.type)))
    return value


def is_encoded(column: TableColumn, found: pl.DataType) -> bool:
    """Does a column of the data hold few texts as numbers already, and just those that are read?"""
    if not isinstance(found, pl.Enum) or column.type.kind is not Kind.STRING or column.missing or column.codes:
        return False
    return len(found.categories) <= MOST_VALUES


def read_or_encoded(column: TableColumn, found: pl.DataType, zone: Zone) -> tuple[pl.Expr, pl.DataType]:
    """A column as it is read, or numbers of texts as they are; and the dtype of that."""
    if is_encoded(column, found):
        return physical(column.column), found
    return read(column, found, zone), column_dtype(column, found)


def is_plain(column: TableColumn, found: pl.DataType) -> bool:
    """Is the physical column itself what is read?"""
    return not (column.missing or column.codes or column.zero_if_missing) and _is_held(column, found)


def _is_held(column: TableColumn, found: pl.DataType) -> bool:
    # Eight bytes hold more than an int may be, and a list what is missing; all else of the held dtype is read as it is.
    if column.type.kind is Kind.LIST or (
        column.type.kind in (Kind.INT, Kind.FLOAT, Kind.WHOLE) and not column.key_only
    ):
        return False
    if found.is_float():
        return False  # NaN is missing.
    return found == column_dtype(column, found)


def _converted(column: TableColumn, found: pl.DataType, zone: Zone) -> pl.Expr:
    value, wanted = physical(column.column), column.type
    if isinstance(found, pl.Null):
        return value.cast(column_dtype(column, found))
    match wanted.kind:
        case Kind.STRING:
            return _text(value.cast(pl.String), column)
        case Kind.LIST:
            return lists.read(value, found)
        case Kind.DECIMAL:
            value = _decimal(value, found, wanted)
        case Kind.INT | Kind.WHOLE:
            value = _int(value, found, column).cast(hold.dtype(wanted))
        case Kind.FLOAT:
            value = hold.in_float_range(_float(value, found))
        case Kind.TIMESTAMP | Kind.ANY if isinstance(found, pl.Datetime):
            value = _instant(value, found)
        case Kind.TIMESTAMP if isinstance(found, pl.Date):
            value = zones.beginning(value, zone)
        case Kind.ANY if isinstance(found, pl.Decimal) and found.scale == 0:
            value = value.to_physical()
        case Kind.ANY if found.is_float():
            value = hold.only_if(value.is_not_nan(), value)
        case Kind.ANY:
            value = value.cast(column_dtype(column, found))
        case _:
            pass
    # A number is told by what it is, not by what is left of it as a decimal.
    compared_as, written = wanted, value
    if found.is_float():
        compared_as, written = FLOAT, physical(column.column).cast(pl.Float64)
    elif isinstance(found, pl.Decimal) and found.scale > wanted.scale:
        compared_as, written = decimal(MAX_DIGITS, found.scale), physical(column.column).to_physical()
    spelled = [constant for text in column.missing if (constant := spelled_value(text, compared_as)) is not None]
    if spelled:
        value = hold.only_if(~written.is_in(hold.series(spelled, compared_as).implode()), value)
    return value


def _text(value: pl.Expr, column: TableColumn) -> pl.Expr:
    if column.missing:
        value = hold.only_if(~value.is_in(pl.Series(column.missing, dtype=pl.String).implode()), value)
    if column.codes:
        value = value.replace(
            pl.Series(list(column.codes.values()), dtype=pl.String), pl.Series(list(column.codes), dtype=pl.String)
        )
    return value


def _int(value: pl.Expr, found: pl.DataType, column: TableColumn) -> pl.Expr:
    if isinstance(found, pl.Decimal):
        value = value.to_physical()
    if found in (pl.Int8, pl.Int16, pl.Int32, pl.UInt8, pl.UInt16, pl.UInt32):
        return value.cast(pl.Int64)
    return hold.only_if(_in_int_range(value, found), value).cast(pl.Int64)


def _in_int_range(value: pl.Expr, found: pl.DataType) -> pl.Expr:
    # Minus 2^53 is no value of an unsigned dtype: beside it the literal would make both sides floats.
    return value <= _MOST if found.is_unsigned_integer() else hold.in_int_range(value)


def _decimal(value: pl.Expr, found: pl.DataType, wanted: Type) -> pl.Expr:
    if found.is_float():
        return float_to_decimal(hold.in_float_range(value.cast(pl.Float64)), wanted)
    if isinstance(found, pl.Decimal):
        return hold.rescaled(value.to_physical(), decimal(found.precision or MAX_DIGITS, found.scale), wanted)
    if found == pl.UInt128:
        value = hold.only_if(value < pl.lit(10**MAX_DIGITS, dtype=pl.UInt128), value)
    elif found == pl.Int128:
        value = hold.only_if(hold.fits(value, MAX_DIGITS), value)
    digits = MAX_DIGITS if found in (pl.Int128, pl.UInt128) else 20
    return hold.rescaled(value.cast(pl.Int128), decimal(digits, 0), wanted)


def _float(value: pl.Expr, found: pl.DataType) -> pl.Expr:
    if isinstance(found, pl.Decimal):
        return hold.to_float(value.to_physical(), decimal(found.precision or MAX_DIGITS, found.scale))
    return value.cast(pl.Float64)


def _instant(value: pl.Expr, found: pl.Datetime) -> pl.Expr:
    """The instant in UTC, cut to microseconds. The physical number of a dtype with a zone counts from 1970 in UTC."""
    if found == hold.MICROSECONDS:
        return value
    number = value.to_physical()
    match found.time_unit:
        case "ns":
            number = number // 1_000
        case "ms":
            # Beyond what microseconds can say, the last that they can: earlier stays earlier.
            number = number.clip(-_FARTHEST, _FARTHEST) * 1_000
        case _:
            pass
    return number.cast(hold.MICROSECONDS)


def spelled_value(text: str, wanted: Type) -> ir.Constant | None:
    """What a text spells as a value of a type, as a CSV file has it; None where it spells none."""
    try:
        match wanted.kind:
            case Kind.STRING:
                return text
            case Kind.BOOL:
                return {"true": True, "false": False}.get(text.lower())
            case Kind.INT | Kind.WHOLE:
                number = Decimal(text)
                # No int lies beyond: a column of them could not even be asked.
                return int(number) if abs(number) <= _MOST and number == number.to_integral_value() else None
            case Kind.DECIMAL:
                return Decimal(text)
            case Kind.FLOAT:
                return float(text)
            case Kind.DATE:
                return date.fromisoformat(text)
            case Kind.TIMESTAMP:
                found = datetime.fromisoformat(text)
                return found if found.tzinfo is None else found.astimezone(UTC).replace(tzinfo=None)
            case _:
                return None
    except (ValueError, OverflowError, InvalidOperation):
        return None


# -- filters over the data's own columns ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RawColumn:
    """A column of the data whose values are compared as they lie there, so that a scan can skip what cannot match."""

    column: TableColumn
    found: pl.DataType

    def compared(self, operator: str, limit: ir.Constant) -> list[pl.Expr] | None:
        """Filters that together say ``column operator limit``, or None where the column has to be read first.

        The limit is cast, never the column. The filters reject a value that reads as missing.
        """
        column, found, value = self.column, self.found, physical(self.column.column)
        if column.codes or column.missing or column.zero_if_missing:
            return None
        match column.type.kind:
            case Kind.INT if found.is_integer() and not found.is_unsigned_integer() and found != pl.Int128:
                filters = [compared(operator, value, pl.lit(limit, dtype=pl.Int64))]
                return filters if found != pl.Int64 else [*filters, value >= -_MOST, value <= _MOST]
            case Kind.TIMESTAMP if isinstance(found, pl.Datetime) and found != hold.MICROSECONDS:
                return _compared_instant(operator, value, found, limit)
            case _:
                return None


_MOST = 2**53


def _compared_instant(operator: str, value: pl.Expr, found: pl.Datetime, limit: ir.Constant) -> list[pl.Expr] | None:
    if operator not in (">=", "<"):
        return None
    assert isinstance(limit, datetime)
    if found.time_unit == "ms" and limit.microsecond % 1_000:
        # The first millisecond that is not earlier: both operators ask on which side of it a value lies.
        limit += timedelta(microseconds=1_000 - limit.microsecond % 1_000)
    try:
        if found.time_zone is None:
            return [compared(operator, value, pl.lit(limit, dtype=found))]
        aware = limit.replace(tzinfo=UTC).astimezone(ZoneInfo(found.time_zone))
        return [compared(operator, value, pl.lit(aware, dtype=found))]
    except (KeyError, ValueError, OverflowError, pl.exceptions.PolarsError):
        return None


def raw_filters(expr: ir.Expr, columns: dict[tuple[str, str], RawColumn], context: Context) -> list[pl.Expr] | None:
    """A conjunct as filters over the data's own columns, or None where its column has to be read first."""
    match expr:
        case ir.Bound(value=ir.Col(input=alias, name=name)) if (alias, name) in columns:
            limit = moments.bound(expr, context.as_of, context.zone)
            return columns[alias, name].compared(">=" if expr.side == "from" else "<", limit)
        case ir.Compare(left=ir.Col(input=alias, name=name), right=right) if (alias, name) in columns:
            if isinstance(right, ir.Instant):
                return columns[alias, name].compared(expr.operator, instant(right, context))
            if (
                isinstance(right, ir.Literal)
                and right.value is not None
                and right.type.kind in (INT.kind, Kind.TIMESTAMP)
            ):
                return columns[alias, name].compared(expr.operator, right.value)
            return None
        case _:
            return None
