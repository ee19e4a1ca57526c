"""Lists of texts: how a column of them is read, and what is asked of it.

In: expressions over lists, or over texts in JSON. Out: expressions. A list is held as ``List(String)`` without missing items, and
one in which nothing is left is missing itself.
"""

from __future__ import annotations

import polars as pl

from segdsl.backends.json_lists import PATTERN
from segdsl.backends.polars import hold
from segdsl.semantics import ir

_TEXTS = pl.List(pl.String())
_TEXT = pl.String | pl.Categorical | pl.Enum
_FEW = 4
"""So many texts are quicker looked for one by one."""


def can_read(found: pl.DataType) -> bool:
    """Lists of texts, and texts, which are lists in JSON."""
    if isinstance(found, pl.List | pl.Array):
        return isinstance(found.inner, _TEXT | pl.Null)
    return isinstance(found, _TEXT)


def read(value: pl.Expr, found: pl.DataType) -> pl.Expr:
    items = (of_json(value.cast(pl.String)) if isinstance(found, _TEXT) else value.cast(_TEXTS)).list.drop_nulls()
    return hold.only_if(items.list.len() > 0, items)


def of_json(text: pl.Expr) -> pl.Expr:
    """The list that a text is, missing items included; missing where it is none."""
    return hold.only_if(text.str.contains(rf"\A{PATTERN}\z"), text).str.json_decode(_TEXTS)


def has(expr: ir.ListHas, value: pl.Expr) -> pl.Expr:
    """Two-valued: a missing list has nothing in it."""
    if len(expr.items) <= _FEW:
        each = [value.list.contains(pl.lit(item)) for item in expr.items]
        found = hold.every(each) if expr.every else hold.either(each)
    else:
        kept = pl.element().filter(pl.element().is_in(pl.Series(expr.items, dtype=pl.String()).implode()))
        different = value.list.eval(kept).list.n_unique()
        found = different == len(expr.items) if expr.every else different > 0
    return ~found.fill_null(False) if expr.negated else found.fill_null(False)
