"""Where an expression is read: which rows are at hand, and how what is read elsewhere is brought here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from segdsl.planning.frames import Frame
from segdsl.records import record
from segdsl.semantics import ir


@record(frozen=True, slots=True, eq=False)
class Around:
    """Rows that are read in another place: where, and how a scalar over that frame becomes one over this."""

    env: Env
    bring: Callable[[ir.Expr], ir.Expr]


@record(frozen=True, slots=True, eq=False)
class Env:
    """Where an expression is read: a row of ``frame``. ``rows``: the rows that can be reached by steps from this one, which is
    a row of ``owner``; ``around``: where the others are read. ``group``: the frame holds the groups that this is about."""

    frame: Frame
    owner: str
    rows: Mapping[ir.Row, ir.Path]
    around: tuple[Around, ...] = ()
    group: Group | None = None

    def reaches(self, row: ir.Row) -> bool:
        if row in self.rows or (self.group is not None and self.group.row == row):
            return True
        return any(around.env.reaches(row) for around in self.around)


@record(frozen=True, slots=True, eq=False)
class Group:
    """What `ir.Row` stands for a group, the column that its rows have in common, and these rows."""

    row: ir.Row
    value: ir.Expr
    rows: Gathered


@record(frozen=True, slots=True, eq=False)
class Gathered:
    """The rows that an aggregate goes over, ready to be grouped.

    ``ids`` are the columns of ``frame`` that say to which outer row each belongs, equal to the columns ``outer_ids`` of that row's
    frame. ``env``: where what is asked of a row is read. ``read`` and ``ask`` make columns (and conjuncts) of ``frame``
    out of expressions, ``own`` out of scalars over the frame of the relation itself. ``filters``: what keeps a row besides.
    ``groups``: the frame of groups whose own rows they are. ``everyone``: those of one outer row may be different entities'. ``back``
    makes a value of the outer row's frame one of the frame that the aggregate is asked for in.
    """

    relation: str
    frame: Frame
    ids: tuple[ir.Expr, ...]
    outer: Env
    outer_ids: tuple[ir.Expr, ...]
    env: Env
    read: Callable[[ir.Expr], ir.Expr]
    ask: Callable[[ir.Expr], tuple[ir.Expr, ...]]
    own: Callable[[ir.Expr], ir.Expr]
    filters: tuple[ir.Expr, ...]
    back: Callable[[ir.Expr], ir.Expr]
    name: str
    groups: Frame | None = None
    everyone: bool = False
