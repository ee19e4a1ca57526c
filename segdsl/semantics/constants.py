"""Constants: what parameters, literals and a host's settings are once their text or Python value is read.

In goes a literal of the syntax tree or a Python value, out comes a `Constant` value with its type. Lengths of time,
shares and lists exist only here: in the typed tree they have become moments, bounds and lists of a node.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

from segdsl.errors import types as errors
from segdsl.records import record
from segdsl.semantics import ir
from segdsl.syntax import ast
from segdsl.types import BOOL, DATE, DURATION, INT, LIST, MAX_DIGITS, MAX_INT, STRING, TIMESTAMP, Type, decimal

MICROSECONDS = {
    "second": 1_000_000,
    "minute": 60_000_000,
    "hour": 3_600_000_000,
    "day": 86_400_000_000,
    "week": 604_800_000_000,
}
DAY = MICROSECONDS["day"]
MONTHS = {"month": 1, "quarter": 3, "year": 12}


@record(frozen=True, slots=True)
class Scalar:
    """A value that fields can have too."""

    type: Type
    value: ir.Constant


@record(frozen=True, slots=True)
class Length:
    """A length of time: calendar months, or exact microseconds; never both. It is ``amount`` times a ``unit``."""

    months: int
    micros: int
    text: str
    amount: int
    unit: str


@record(frozen=True, slots=True)
class Share:
    """A percentage."""

    percent: Decimal


@record(frozen=True, slots=True)
class Items:
    """A list of constants of one type."""

    type: Type
    values: tuple[ir.Constant, ...]


Value: TypeAlias = Scalar | Length | Share | Items


class Opaque:
    """A constant that is not known yet: an argument of a trait that is being checked on its own."""


OPAQUE = Opaque()


@record(frozen=True, slots=True)
class Parameter:
    """A parameter with the value that counts: the host's, or the text's own."""

    name: str
    value: Value


def decimal_type(number: Decimal) -> Type | None:
    """The narrowest decimal that holds a number as it is written; None where 38 digits are too few."""
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    scale = max(0, -exponent)
    precision = max(len(digits) + max(0, exponent), scale, 1)
    return decimal(precision, scale) if precision <= MAX_DIGITS else None


def number(value: Decimal) -> Scalar | None:
    """A number as it is written: whole, or with a point. None where it is beyond what a number can hold."""
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    if exponent >= 0:
        return Scalar(INT, int(value)) if abs(value) <= MAX_INT else None
    kind = decimal_type(value)
    return Scalar(kind, value) if kind is not None else None


def opposite(value: Decimal) -> Decimal:
    """The number on the other side of 0, with all its digits: the operator would round to those of the thread's context."""
    return value.copy_negate() if value else value


def exact(value: Value | Opaque | None) -> Decimal | None:
    """The number that a constant is, as it is written; None for what is no number."""
    match value:
        case Scalar(type=kind, value=int() | Decimal() as written) if kind.is_number:
            return Decimal(written)
        case Scalar(value=float() as double):
            return Decimal(repr(double))
        case _:
            return None


def length(amount: int, unit: str) -> Length:
    """``30 days``"""
    text = f"{amount} {unit}" if amount == 1 else f"{amount} {unit}s"
    if unit in MONTHS:
        return Length(amount * MONTHS[unit], 0, text, amount, unit)
    return Length(0, amount * MICROSECONDS[unit], text, amount, unit)


def day(node: ast.DateLiteral) -> date:
    return date.fromisoformat(node.value)


def instant(node: ast.InstantLiteral) -> datetime:
    return datetime.fromisoformat(node.value)


def literal(node: ast.Expr) -> Scalar | Share | None:
    """The value of a literal; None for what is no literal, or a number that nothing can hold."""
    match node:
        case ast.Number():
            return number(node.value)
        case ast.Negate(value=ast.Number(value=value)):
            return number(opposite(value))
        case ast.String():
            return Scalar(STRING, node.value)
        case ast.Bool():
            return Scalar(BOOL, node.value)
        case ast.DateLiteral():
            return Scalar(DATE, day(node))
        case ast.InstantLiteral():
            return Scalar(TIMESTAMP, instant(node))
        case ast.Percent():
            return Share(node.value)
        case _:
            return None


def describe(value: Value) -> str:
    """What a value is, in the language's own words."""
    match value:
        case Scalar():
            return errors.words(value.type)
        case Length():
            return errors.words(DURATION)
        case Share():
            return errors.SHARE_WORDS
        case Items():
            return errors.words(LIST)


def written(value: Value) -> str:
    """A number or a percentage as it is written, whatever name it goes by; of anything else, what it is."""
    if isinstance(value, Share):
        return f"{value.percent:f}%"
    number = exact(value)
    return describe(value) if number is None else f"{number:f}"


def spells_number(text: str) -> bool:
    """Would it be a number without its quotes?"""
    return re.fullmatch(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?", text) is not None


def spells_date(text: str) -> bool:
    """Would it be a date without its quotes?"""
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is None:
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
