"""Makers of hand-made plans and a way to run them on both engines, for the tests of the Polars backend."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from polars_backend.nodes import AS_OF

from segdsl.backends.polars import emit
from segdsl.backends.polars.single import dtype_of
from segdsl.planning.plan import (
    Aggregation,
    Beyond,
    Input,
    Plan,
    Stage,
    StageColumn,
    StageRef,
    Table,
    TableColumn,
    Window,
)
from segdsl.semantics import ir
from segdsl.types import Type


def table(name: str, /, **types: Type) -> Table:
    return Table(name, tuple(TableColumn(n, n, t, True) for n, t in types.items()))


def stage(
    name: str,
    source: Table | StageRef,
    columns: Mapping[str, ir.Expr | Aggregation | Window | Beyond],
    by: tuple[str, ...] | None = None,
    where: tuple[ir.Expr, ...] = (),
) -> Stage:
    made = tuple(StageColumn(n, value.type, True, value) for n, value in columns.items())
    return Stage(name, Input("a", source), (), where, by, made)


def run(stages: Sequence[Stage], frames: Mapping[str, pl.DataFrame]) -> list[dict[str, Any]]:
    """The rows of the last stage in the order of its first column, alike in both engines and for any order of the data's rows."""
    *before, final = stages
    plan = Plan(tuple(before), final, final.columns[0].name, {})
    found: list[list[dict[str, Any]]] = []
    for engine in ("in-memory", "streaming"):
        lazy = {name: frame.sample(fraction=1.0, shuffle=True, seed=7).lazy() for name, frame in frames.items()}
        rows = emit(plan, lazy, AS_OF).collect(engine=engine)
        found.append(rows.sort(final.columns[0].name, maintain_order=True).to_dicts())
    assert found[0] == found[1]
    return found[0]


def frame(columns: Mapping[str, tuple[Type, Sequence[Any]]]) -> pl.DataFrame:
    """A table as hosts have it: decimals are decimals."""
    return pl.DataFrame({name: pl.Series(items, dtype=dtype_of(of)) for name, (of, items) in columns.items()})


def some(rng: random.Random, items: Sequence[Any], missing: float = 0.2) -> Any:
    return None if rng.random() < missing else rng.choice(items)
