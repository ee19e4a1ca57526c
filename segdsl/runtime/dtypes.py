"""Polars' dtypes in the words of the language and of its users.

In: a dtype. Out: what a column of it holds, for people; the type of the language that it is.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from segdsl.types import BOOL, DATE, FLOAT, INT, LIST, MAX_DIGITS, STRING, TIMESTAMP, Type, decimal

_TEXT = "text"


def described(dtype: pl.DataType) -> str:
    """What a column holds, for people."""
    if isinstance(dtype, pl.Decimal):
        return f"a decimal({dtype.precision or MAX_DIGITS},{dtype.scale})"
    if dtype.is_integer():
        return "whole numbers"
    if dtype.is_float():
        return "floats"
    return next((words for kind, words in _WORDS.items() if isinstance(dtype, kind)), str(dtype))


_WORDS: Mapping[type[pl.DataType], str] = {
    pl.String: _TEXT,
    pl.Categorical: _TEXT,
    pl.Enum: _TEXT,
    pl.Boolean: "true and false",
    pl.Date: "dates",
    pl.Datetime: "timestamps",
    pl.Time: "times of day",
    pl.Duration: "durations",
    pl.Binary: "bytes",
    pl.List: "lists",
    pl.Array: "lists",
    pl.Struct: "records",
    pl.Object: "Python objects",
}


def type_of(dtype: pl.DataType) -> Type | None:
    """The type of the language that a dtype is."""
    if isinstance(dtype, pl.Decimal):
        return decimal(dtype.precision or MAX_DIGITS, dtype.scale)
    if dtype.is_integer():
        return INT
    if dtype.is_float():
        return FLOAT
    return next((of for kind, of in _TYPES.items() if isinstance(dtype, kind)), None)


_TYPES: Mapping[type[pl.DataType], Type] = {
    pl.String: STRING,
    pl.Categorical: STRING,
    pl.Enum: STRING,
    pl.Boolean: BOOL,
    pl.Date: DATE,
    pl.Datetime: TIMESTAMP,
    pl.List: LIST,
    pl.Array: LIST,
}
