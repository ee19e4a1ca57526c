"""The differential property is itself put to the test: wrong lowerings are planted, and each has to be found.

A fault is planted where a maker of that mistake would have made it: in the simplification, in the plan, in how time becomes a
literal, in a backend. The referee is never touched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

import polars as pl
import pytest
from properties.coverage import Coverage
from properties.differential import example, failure

from segdsl import pipeline
from segdsl.planning.plan import Aggregation, Plan, Stage, StageColumn
from segdsl.semantics import ir, simplify, time
from segdsl.semantics.walk import rebuild
from segdsl.types import INT

LIBRARIES = 160
"""A fault has to show within so many libraries."""


def forget_missing_under_not(patch: pytest.MonkeyPatch) -> None:
    """``not (a < b)`` becomes ``a >= b``, without ``or a is missing``."""
    patch.setattr(simplify, "missing", lambda value: ir.Literal(False))


def include_the_end_of_periods(patch: pytest.MonkeyPatch) -> None:
    """A microsecond (or a day) more: ``<=`` where ``<`` should stand."""
    honest = time.bound

    def late(node: ir.Bound, as_of: datetime, tz: time.Zone) -> datetime | date:
        found = honest(node, as_of, tz)
        if node.side == "from":
            return found
        return found + (timedelta(microseconds=1) if isinstance(found, datetime) else timedelta(days=1))

    patch.setattr(time, "bound", late)


def count_missing_values_as_different(patch: pytest.MonkeyPatch) -> None:
    """``distinct`` counts missing as one more value."""
    patch.setattr(pl.Expr, "drop_nulls", lambda self: self)


def _changed(plan: Plan, scalar: Callable[[ir.Expr], ir.Expr], whole: Callable[[Aggregation], Aggregation]) -> Plan:
    def column(one: StageColumn) -> StageColumn:
        value = one.value
        return replace(one, value=whole(value) if isinstance(value, Aggregation) else scalar(value))

    def stage(one: Stage) -> Stage:
        return replace(one, columns=tuple(map(column, one.columns)), where=tuple(map(scalar, one.where)))

    return replace(plan, stages=tuple(map(stage, plan.stages)), final=stage(plan.final))


def _plan_with(patch: pytest.MonkeyPatch, change: Callable[[Plan], Plan]) -> None:
    honest = pipeline.plan

    def plan(program: ir.Program, outputs: Mapping[str, ir.Expr]) -> Plan:
        return change(honest(program, outputs))

    patch.setattr(pipeline, "plan", plan)


def forget_the_zero_of_counts(patch: pytest.MonkeyPatch) -> None:
    """A count over no rows is missing, as a left join leaves it."""

    def scalar(node: ir.Expr) -> ir.Expr:
        node = rebuild(node, scalar)
        if isinstance(node, ir.Call) and node.overload == "coalesce" and node.type == INT:
            first, *rest = node.args
            if all(isinstance(one, ir.Literal) for one in rest):
                return first
        return node

    _plan_with(patch, lambda plan: _changed(plan, scalar, lambda one: one))


def order_ties_the_other_way(patch: pytest.MonkeyPatch) -> None:
    """``first`` and ``last`` go by time, but take the wrong row among those of one time."""

    def whole(one: Aggregation) -> Aggregation:
        return replace(one, order=one.order[:1], tie_by_value=True) if len(one.order) > 1 else one

    _plan_with(patch, lambda plan: _changed(plan, lambda node: node, whole))


def divide_as_integers(patch: pytest.MonkeyPatch) -> None:
    """A quotient of exact numbers is rounded down."""

    def scalar(node: ir.Expr) -> ir.Expr:
        node = rebuild(node, scalar)
        if isinstance(node, ir.Call) and node.overload == "divide_exact":
            return ir.Call("floor", "floor_float", (node,), type=node.type, optional=node.optional)
        return node

    _plan_with(patch, lambda plan: _changed(plan, scalar, lambda one: one))


FAULTS: Mapping[str, tuple[Callable[[pytest.MonkeyPatch], None], str]] = {
    "not without missing": (forget_missing_under_not, "polars"),
    "periods closed at the end": (include_the_end_of_periods, "duckdb"),
    "missing counted by distinct": (count_missing_values_as_different, "polars"),
    "count without its zero": (forget_the_zero_of_counts, "sqlite"),
    "ties by the wrong row": (order_ties_the_other_way, "duckdb"),
    "division of integers": (divide_as_integers, "polars"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant, engine = FAULTS[fault]
    for number in range(LIBRARIES):
        found = example(f"fault-{number}", Coverage())
        with monkeypatch.context() as patch:
            plant(patch)
            wrong = failure(found, (engine,))
        if wrong is not None and "the referee" in wrong.what:
            return
    pytest.fail("nobody noticed")
