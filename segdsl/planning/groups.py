"""Groups of rows: what ``per`` makes, and runs of units with a row.

In: an aggregate and the rows that it goes over. Out: a scalar over the frame that it is asked for in: the rows are grouped by the
outer row and by what they have in common, and those groups by the outer row once more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from segdsl.planning import aggregates, names
from segdsl.planning.env import Around, Env, Gathered, Group
from segdsl.planning.frames import Aggregated, Frame, Ordered
from segdsl.planning.scalars import conjuncts
from segdsl.records import replace
from segdsl.semantics import ir
from segdsl.types import INT, WHOLE

if TYPE_CHECKING:
    from segdsl.planning.columns import Builder


def grouped(builder: Builder, expr: ir.Aggregate, rows: Gathered, by: ir.Expr) -> tuple[Frame, Env]:
    """The groups, for each outer row, of the rows that an aggregate keeps; and where something is asked of one."""
    where = tuple(dict.fromkeys(aggregates.kept(builder, expr, rows)))
    values = (*rows.ids, by)
    word = "unit" if expr.per is None else names.phrase(expr.per)
    wanted = tuple(builder.columns[builder.computed(rows.frame, value, word).ref].name for value in values)
    frame = builder.grouping(
        rows.frame,
        values,
        names.distinct(wanted),
        where,
        rows_matter=True,
        name=f"{rows.name}_and_{wanted[-1]}",
        everyone=rows.everyone,
    )
    on = tuple(zip(frame.key, rows.outer_ids, strict=False))
    outer = Around(rows.outer, lambda value: builder.attached(frame, value, on))
    row = ir.Row(expr.row.depth, expr.row.of, grouped=True)
    return frame, Env(frame, "", {}, (outer,), Group(row, frame.key[-1], replace(rows, groups=frame)))


def count_groups(builder: Builder, expr: ir.Aggregate, rows: Gathered) -> ir.Expr:
    """``count``, ``any``, ``none`` of groups for which ``having`` holds."""
    assert expr.per is not None
    frame, env = grouped(builder, expr, rows, rows.read(expr.per))
    having = () if expr.having is None else conjuncts(builder.condition(expr.having, env))
    return aggregates.made(expr, None, _regrouped(builder, expr, rows, frame, frozenset(having)))


def _regrouped(
    builder: Builder, expr: ir.Aggregate, rows: Gathered, frame: Frame, filters: frozenset[ir.Expr]
) -> aggregates.Maker:
    """Aggregates of a frame of groups for each outer row."""
    ids = frame.key[: len(rows.ids)]
    by_names = names.distinct(tuple(builder.columns[value].name for value in ids))
    groups = builder.grouping(frame, ids, by_names, name=f"{frame.name}_counted", everyone=rows.everyone)
    on = tuple(zip(rows.outer_ids, groups.key, strict=True))

    def bring(value: ir.Expr) -> ir.Expr:
        # Groups of everybody's rows are one row, which whoever asks attaches.
        return rows.back(builder.attach(rows.outer.frame, builder.columns[value], on)) if ids else value

    return aggregates.Maker(builder, expr, rows, groups, filters, bring)


def streak(builder: Builder, expr: ir.Aggregate, rows: Gathered) -> ir.Expr:
    """The longest run of units with a row: within a run, a unit's number less its place among the units stays the same."""
    assert expr.value is not None
    units, _ = grouped(builder, expr, rows, rows.read(expr.value))
    ids, unit = units.key[: len(rows.ids)], units.key[-1]
    source = Ordered("position", ids, ((unit, False),), None, frozenset())
    place = builder.columns.column(units, source, INT, False, "place").ref
    steps = ir.Call("*", "multiply_whole", (_whole(place), ir.Literal(expr.step, type=WHOLE)), type=WHOLE)
    start = ir.Convert(ir.Call("-", "subtract_whole", (_whole(unit), steps), type=WHOLE), type=INT)
    by = (*ids, builder.computed(units, start, "run").ref)
    by_names = names.distinct(tuple(builder.columns[value].name for value in by))
    runs = builder.grouping(units, by, by_names, rows_matter=True, name=f"{units.name}_runs", everyone=rows.everyone)
    length = builder.columns.column(runs, Aggregated("count", INT, None, frozenset()), INT, False, "length").ref
    longest = _regrouped(builder, expr, rows, runs, frozenset())("max", INT, length, True)
    return aggregates.or_zero(longest)


def _whole(value: ir.Expr) -> ir.Expr:
    return ir.Convert(value, type=WHOLE, optional=value.optional)
