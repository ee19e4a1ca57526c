"""The differential property is itself put to the test: wrong lowerings are planted, and each has to be found.

A fault is planted where a maker of that mistake would have made it: in the simplification, in the plan, in how time becomes a
literal, in a backend. The referee is never touched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache

import polars as pl
import pytest
from differential.coverage import Coverage
from differential.example import Example, example
from differential.judge import failure

from segdsl import pipeline
from segdsl.planning import aggregates, beyond, ranks
from segdsl.planning.columns import Builder
from segdsl.planning.env import Env, Gathered
from segdsl.planning.plan import Aggregation, Place, Plan, Stage, StageColumn, Window
from segdsl.semantics import ir, simplify, time
from segdsl.semantics.walk import rebuild
from segdsl.types import FLOAT, INT

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


# -- everyone's ranks -----------------------------------------------------------------------------------------------


def break_ties_in_ranks(patch: pytest.MonkeyPatch) -> None:
    """``top n`` takes no more than n: who ties comes in by the key."""
    honest = ranks._within

    def within(of: ranks._Ranked, expr: ir.Rank | ir.PairRank) -> ir.Expr:
        return honest(of, expr if expr.share else replace(expr, exactly=True))

    patch.setattr(ranks, "_within", within)


def cut_one_place_late(patch: pytest.MonkeyPatch) -> None:
    """The cut point is the next one."""

    def whole(one: Aggregation) -> Aggregation:
        if one.place is None or not one.place.count:
            return one
        return replace(one, place=replace(one.place, count=one.place.count + 1))

    _plan_with(patch, lambda plan: _changed(plan, lambda node: node, whole))


def take_the_nearest_value_for_a_percentile(patch: pytest.MonkeyPatch) -> None:
    """The value at a place, and nothing between two."""

    def whole(one: Aggregation) -> Aggregation:
        if one.function != "percentile" or one.value is None or one.percent is None:
            return one
        share, size = (one.percent / 100).as_integer_ratio()
        value = one.value
        if value.type != FLOAT:
            value = ir.Convert(value, type=FLOAT, optional=value.optional)
        return Aggregation("cut", FLOAT, value, one.filter, place=Place(descending=False, share=share, whole=size))

    _plan_with(patch, lambda plan: _changed(plan, lambda node: node, whole))


def count_orphans_among_everyones_rows(patch: pytest.MonkeyPatch) -> None:
    """``overall`` over all rows of the table, whoever they belong to."""

    def everyones(builder: Builder, aggregate: ir.Aggregate) -> Gathered:
        return replace(aggregates.gather(builder, aggregate, builder.entity_env), ids=(), outer_ids=(), groups=None)

    patch.setattr(ranks, "_everyones", everyones)


def forget_who_was_there(patch: pytest.MonkeyPatch) -> None:
    """``as of`` of who did not exist then."""
    patch.setattr(Builder, "exists", lambda self: None)


# -- rows in company ------------------------------------------------------------------------------------------------


def let_equal_times_follow(patch: pytest.MonkeyPatch) -> None:
    """What happens at the same time counts as later."""
    honest = beyond._nearest

    def nearest(builder: Builder, there: beyond._Beyond, time: ir.Expr, later: bool, env: Env) -> ir.Expr:
        return honest(builder, there, beyond._moved(time, -1 if later else 1), later, env)

    patch.setattr(beyond, "_nearest", nearest)


def leave_out_the_end_of_within(patch: pytest.MonkeyPatch) -> None:
    """``within 1 day`` is less than a day."""
    honest = beyond._within

    def within(other: ir.Expr, time: ir.Expr, length: int, forward: bool) -> ir.Expr:
        found = honest(other, time, length, forward)
        assert isinstance(found, ir.Compare)
        return replace(found, operator="<" if forward else ">")

    patch.setattr(beyond, "_within", within)


def look_back_to_other_customers(patch: pytest.MonkeyPatch) -> None:
    """The row before, whoever's it is."""

    def stage(one: Stage) -> Stage:
        def column(each: StageColumn) -> StageColumn:
            value = each.value
            if not isinstance(value, Window) or value.function != "previous":
                return each
            return replace(each, value=replace(value, partition=()))

        return replace(one, columns=tuple(map(column, one.columns)))

    _plan_with(patch, lambda plan: replace(plan, stages=tuple(map(stage, plan.stages)), final=stage(plan.final)))


def group_what_has_no_value(patch: pytest.MonkeyPatch) -> None:
    """Rows without a value of ``per`` are a group of their own."""

    def stage(one: Stage) -> Stage:
        if one.by is None:
            return one
        columns = [replace(each, optional=False) if each.name in one.by[1:] else each for each in one.columns]
        return replace(one, columns=tuple(columns))

    _plan_with(patch, lambda plan: replace(plan, stages=tuple(map(stage, plan.stages))))


FAULTS: Mapping[str, tuple[Callable[[pytest.MonkeyPatch], None], str]] = {
    "not without missing": (forget_missing_under_not, "polars"),
    "periods closed at the end": (include_the_end_of_periods, "duckdb"),
    "missing counted by distinct": (count_missing_values_as_different, "polars"),
    "count without its zero": (forget_the_zero_of_counts, "sqlite"),
    "ties by the wrong row": (order_ties_the_other_way, "duckdb"),
    "division of integers": (divide_as_integers, "polars"),
    "ties broken in ranks": (break_ties_in_ranks, "polars"),
    "a cut point too late": (cut_one_place_late, "duckdb"),
    "percentile without proportion": (take_the_nearest_value_for_a_percentile, "polars"),
    "orphans among everyone's rows": (count_orphans_among_everyones_rows, "polars"),
    "a past without its population": (forget_who_was_there, "duckdb"),
    "equal times follow": (let_equal_times_follow, "polars"),
    "within without its end": (leave_out_the_end_of_within, "duckdb"),
    "the row before of someone else": (look_back_to_other_customers, "polars"),
    "a group without its value": (group_what_has_no_value, "duckdb"),
}


@cache
def library(number: int) -> Example:
    return example(f"fault-{number}", Coverage())


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant, engine = FAULTS[fault]
    for number in range(LIBRARIES):
        with monkeypatch.context() as patch:
            plant(patch)
            wrong = failure(library(number), (engine,))
        if wrong is not None and "the referee" in wrong.what:
            return
    pytest.fail("nobody noticed")
