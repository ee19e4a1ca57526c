"""The checker is checked: faults that a maker of mistakes would have made, planted one at a time, each of which has to be found.

`differential.faults` is the command that plants them.

Faults of sort ``shared`` are in what every evaluator rests on, the referee too: how a text is read, and what time is. All are then
wrong alike, and what finds them is the lines that people have worked out, or an oracle.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

import pytest
from differential.command import Task, search
from differential.judge import Failure
from differential.planting import rewritten

from segdsl import pipeline
from segdsl.planning import aggregates, beyond, ranks
from segdsl.planning.columns import Builder
from segdsl.planning.env import Env, Gathered
from segdsl.planning.plan import Aggregation, Place, Plan, Stage, StageColumn, Window
from segdsl.semantics import ir, simplify
from segdsl.semantics import time as moments
from segdsl.semantics.walk import rebuild
from segdsl.types import FLOAT, INT

SECONDS = 60
"""A fault has to be found within so many, of the processor."""
ENGINES = ("polars", "duckdb", "sqlite")
SEED = "faults"


@dataclass(frozen=True)
class Fault:
    """``where``: in what evaluators share, in the planner, in the Polars writer, in the SQL writers."""

    where: Literal["shared", "planner", "polars", "sql"]
    plant: Callable[[pytest.MonkeyPatch], None]


# -- faults that need more than another word --------------------------------------------------------------------------


def close_periods(patch: pytest.MonkeyPatch) -> None:
    """A microsecond (or a day) more: ``<=`` where ``<`` should stand."""
    honest = moments.bound

    def late(node: ir.Bound, as_of: datetime, tz: moments.Zone) -> datetime | date:
        found = honest(node, as_of, tz)
        if node.side == "from":
            return found
        return found + (timedelta(microseconds=1) if isinstance(found, datetime) else timedelta(days=1))

    patch.setattr(moments, "bound", late)


def _changed(plan: Plan, scalar: Callable[[ir.Expr], ir.Expr], whole: Callable[[Aggregation], Aggregation]) -> Plan:
    def column(one: StageColumn) -> StageColumn:
        value = one.value
        if isinstance(value, Aggregation):
            return replace(one, value=whole(value))
        return replace(one, value=scalar(value)) if isinstance(value, ir.Node) else one

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


def let_equal_times_follow(patch: pytest.MonkeyPatch) -> None:
    """What happens at the same time counts as later."""
    honest = beyond._nearest

    def nearest(builder: Builder, there: beyond._Beyond, time: ir.Expr, later: bool, env: Env) -> ir.Expr:
        return honest(builder, there, beyond._moved(time, -1 if later else 1), later, env)

    patch.setattr(beyond, "_nearest", nearest)


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


def _swap_ends(patch: pytest.MonkeyPatch) -> None:
    """``first`` is the last, and the other way round."""
    ends = {"first": "last", "last": "first"}

    def whole(one: Aggregation) -> Aggregation:
        return replace(one, function=ends.get(one.function, one.function))  # type: ignore[arg-type]

    _plan_with(patch, lambda plan: _changed(plan, lambda node: node, whole))


# -- all of them ------------------------------------------------------------------------------------------------------

_TIME, _SIMPLIFY = "segdsl.semantics.time", "segdsl.semantics.simplify"
_PLANNING, _POLARS, _SQL = "segdsl.planning", "segdsl.backends.polars", "segdsl.backends.sql"

FAULTS: Mapping[str, Fault] = {
    # what all rest on
    "a bracket lost in reading": Fault(
        "shared",
        rewritten(
            "segdsl.syntax.build:Builder.every",
            'return ast.And(self._terms(pieces, span, "and"), span=span)',
            '*some, last = self._terms(pieces, span, "and")\n'
            "    if not isinstance(last, ast.Or):\n"
            "        return ast.And((*some, last), span=span)\n"
            "    return ast.Or((ast.And((*some, last.items[0]), span=span), *last.items[1:]), span=span)",
        ),
    ),
    "a window off by a day": Fault(
        "shared",
        rewritten(
            "segdsl.semantics.periods:rolling",
            "(other, ir.AS_OF) if",
            "(replace(other, micros=other.micros - DAY), ir.AS_OF) if",
        ),
    ),
    "months not clamped": Fault(
        "shared",
        rewritten(
            f"{_TIME}:add_months",
            "return local.replace(year=year, month=month + 1, day=min(local.day, monthrange(year, month + 1)[1]))",
            "return local.replace(year=year, month=month + 1, day=1) + timedelta(days=local.day - 1)",
        ),
    ),
    "weeks that begin on Sunday": Fault(
        "shared", rewritten(f"{_TIME}:floor", "midnight.weekday()", "(midnight.weekday() + 1) % 7")
    ),
    "a zone's offset ignored": Fault(
        "shared", rewritten(f"{_TIME}:Zone.local", "return instant + self.offset(instant)", "return instant")
    ),
    "the last tier wins": Fault(
        "shared",
        rewritten(
            "segdsl.semantics.tiers:tiers",
            "reversed(list(zip(node.cases, conditions, strict=True)))",
            "sorted(zip(node.cases, conditions, strict=True), key=lambda one: one[1] is not None)",
        ),
    ),
    "a parameter's default for its value": Fault(
        "shared", rewritten("segdsl.semantics.parameters:parameters", "            own = value\n", "")
    ),
    "a past seen from the present": Fault(
        "shared",
        rewritten(
            "segdsl.semantics.past:as_of",
            "ir.Past(value, moment,",
            "ir.Past(value, ir.AS_OF if scope.past else moment,",
        ),
    ),
    # the plan
    "not without missing": Fault(
        "planner", lambda patch: patch.setattr(simplify, "missing", lambda _: ir.Literal(False))
    ),
    "not in, with a missing value": Fault(
        "planner",
        rewritten(
            f"{_SIMPLIFY}:_opposite",
            "return any_of([replace(leaf, negated=not leaf.negated), missing(leaf.value)], span)",
            "return replace(leaf, negated=not leaf.negated)",
        ),
    ),
    "between without its end": Fault(
        "planner", rewritten(f"{_SIMPLIFY}:_expanded", 'ir.Compare("<=", value, high', 'ir.Compare("<", value, high')
    ),
    "periods closed at the end": Fault("planner", close_periods),
    "a sum of nothing is missing": Fault(
        "planner", rewritten(f"{_PLANNING}.aggregates:made", "return or_zero(total)", "return total")
    ),
    "a count of nothing is missing": Fault("planner", forget_the_zero_of_counts),
    "a condition dropped beside a period": Fault(
        "planner",
        rewritten(
            f"{_PLANNING}.aggregates:kept",
            "if expr.where is not None:",
            "if expr.where is not None and not expr.period:",
        ),
    ),
    "ties by the wrong row": Fault("planner", order_ties_the_other_way),
    "first and last swapped": Fault("planner", _swap_ends),
    "division of integers": Fault("planner", divide_as_integers),
    "ties broken in ranks": Fault("planner", break_ties_in_ranks),
    "a cut point too late": Fault("planner", cut_one_place_late),
    "percentile without proportion": Fault("planner", take_the_nearest_value_for_a_percentile),
    "orphans among everyone's rows": Fault("planner", count_orphans_among_everyones_rows),
    "a past without its population": Fault("planner", lambda patch: patch.setattr(Builder, "exists", lambda _: None)),
    "periods of the past that stay": Fault(
        "planner", rewritten(f"{_PLANNING}.columns:Builder.period", "if self.now is self:", "if self.now is not None:")
    ),
    "rows of the past that did not show yet": Fault(
        "planner",
        rewritten(
            f"{_PLANNING}.columns:Builder.narrowing",
            "self.now is not self and name is not None",
            "self.now is None and name is not None",
        ),
    ),
    "equal times follow": Fault("planner", let_equal_times_follow),
    "within without its end": Fault(
        "planner", rewritten(f"{_PLANNING}.beyond:_within", '"<=" if forward else ">="', '"<" if forward else ">"')
    ),
    "the row before of someone else": Fault("planner", look_back_to_other_customers),
    "a group without its value": Fault("planner", group_what_has_no_value),
    "lookups by half of their key": Fault(
        "planner",
        rewritten(
            f"{_PLANNING}.columns:Builder.joined",
            "for link in lookup.links",
            "for link in lookup.links[:1]",
        ),
    ),
    "distinct entities twice": Fault(
        "planner",
        rewritten(
            f"{_PLANNING}.stages:Stages._write_keys",
            "Stage(self.key_stage, found, (), (), (key_name,), tuple(columns), (key_name,))",
            "Stage(self.key_stage, found, (), (), None if not since else (key_name,), tuple(columns), (key_name,))",
        ),
    ),
    # Polars
    "missing counted by distinct": Fault(
        "polars",
        rewritten(f"{_POLARS}.aggregate:_Grouping.aggregation", ".drop_nulls().n_unique()", ".n_unique()"),
    ),
    "percentile off by one": Fault(
        "polars", rewritten(f"{_POLARS}.places:_steps", "count.cast(pl.Int64) - 1", "count.cast(pl.Int64) - 2")
    ),
    "NaN kept": Fault(
        "polars",
        rewritten(f"{_POLARS}.hold:in_float_range", "size.is_between", "value.is_nan() | size.is_between"),
    ),
    "letters beyond ASCII folded": Fault(
        "polars",
        rewritten(
            f"{_POLARS}.functions:_lower",
            "args[0].str.replace_many(list(_UPPER), list(_UPPER.lower()))",
            "args[0].str.to_lowercase()",
        ),
    ),
    "an empty list is there": Fault(
        "polars", rewritten(f"{_POLARS}.lists:read", "return hold.only_if(items.list.len() > 0, items)", "return items")
    ),
    # SQL
    "a bracket lost in SQL": Fault(
        "sql",
        rewritten(
            f"{_SQL}.nodes:_chain",
            "result = kind(this=result, expression=operand(part, _STRENGTHS[kind] + 1))",
            "result = kind(this=result, expression=part)",
        ),
    ),
    "wildcards in a text that is looked for": Fault(
        "sql",
        rewritten(f"{_SQL}.dialects.sqlite:_matches", 'f"[{c}]" if c in "*?["', 'f"[{c}]" if c in "["'),
    ),
    "distinct counts all": Fault(
        "sql",
        rewritten(
            f"{_SQL}.functions:count_distinct",
            "nodes.distinct(writer.value(aggregation.value))",
            "writer.value(aggregation.value)",
        ),
    ),
    "hidden from the last instant": Fault(
        "sql",
        rewritten(
            f"{_SQL}.writer:Writer._in_period",
            'nodes.compare("<", self.value(node.value), end)',
            'nodes.compare("<=", self.value(node.value), end)',
        ),
    ),
}


# -- searching --------------------------------------------------------------------------------------------------------


def found(name: str, seconds: float = SECONDS, engines: Sequence[str] = ENGINES) -> tuple[float, Failure | None]:
    """What finds a fault first, and after how many seconds of the processor."""
    task = Task(tuple(engines), SEED, segments=8, data_sets=3)
    with pytest.MonkeyPatch.context() as patch:
        FAULTS[name].plant(patch)
        started = time.process_time()
        wrong = search(task, seconds)
        return time.process_time() - started, wrong
