"""Small makers of plan nodes and a way to evaluate one expression, for the tests of the Polars backend."""

from __future__ import annotations

import decimal as decimals
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import polars as pl

from segdsl.backends.polars import hold
from segdsl.backends.polars.expressions import Context, value
from segdsl.semantics import ir
from segdsl.semantics.time import zone
from segdsl.types import BOOL, INT, Kind, Type

AS_OF = datetime(2026, 6, 1, 12)


def col(name: str, of: Type, alias: str = "t") -> ir.Col:
    return ir.Col(input=alias, name=name, type=of, optional=True)


def lit(constant: Any, of: Type) -> ir.Literal:
    return ir.Literal(value=constant, type=of)


def call(overload: str, returns: Type, *args: ir.Expr, options: tuple[Any, ...] = ()) -> ir.Call:
    return ir.Call(function=overload, overload=overload, args=args, options=options, type=returns, optional=True)


def compare(left: ir.Expr, operator: Any, right: ir.Expr) -> ir.Compare:
    return ir.Compare(operator=operator, left=left, right=right)


def column(items: Sequence[Any], of: Type) -> pl.Series:
    """Values of the language as they are held."""
    return pl.Series([None if item is None else hold.held(item, of) for item in items], dtype=hold.dtype(of))


def evaluate(
    expr: ir.Expr, columns: Mapping[str, tuple[Type, Sequence[Any]]], timezone: str = "UTC", as_of: datetime = AS_OF
) -> list[Any]:
    """The values of an expression over a frame, as values of the language."""
    frame = pl.DataFrame({name: column(items, of) for name, (of, items) in columns.items()})
    context = Context(as_of, zone(timezone), lambda c: pl.col(c.name))
    found = frame.lazy().with_columns(value(expr, context).alias("result")).collect(engine="in-memory")["result"]
    if expr.type.kind in (Kind.INT, Kind.DECIMAL, Kind.FLOAT, Kind.WHOLE, Kind.BOOL):
        assert found.dtype == hold.dtype(expr.type), found.dtype
    items = found.to_list()
    if expr.type.kind is Kind.DECIMAL:
        return [
            None if item is None else Decimal(item).scaleb(-expr.type.scale, decimals.Context(prec=60))
            for item in items
        ]
    return items


def one(expr: ir.Call, *args: tuple[Type, Any], timezone: str = "UTC") -> Any:
    """The value of a call whose arguments are columns ``a``, ``b``, … of one row."""
    columns = {name: (of, [item]) for name, (of, item) in zip("abcde", args, strict=False)}
    return evaluate(expr, columns, timezone)[0]


def apply(
    overload: str, returns: Type, *args: tuple[Type, Any], options: tuple[Any, ...] = (), timezone: str = "UTC"
) -> Any:
    """An overload over arguments that are columns of one row."""
    nodes = [col(name, of) for name, (of, _) in zip("abcde", args, strict=False)]
    return one(call(overload, returns, *nodes, options=options), *args, timezone=timezone)


__all__ = ["AS_OF", "BOOL", "INT", "apply", "call", "col", "column", "compare", "evaluate", "lit", "one"]
