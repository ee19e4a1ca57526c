"""Where a condition stands: in a segment, or about the rows of an aggregate, a group, an earlier day.

A `Frame` says what it means there that a condition never or always holds, and turns a condition read there into one about the
entity, which holds for whoever has such a row: what is said of rows can so be checked on anybody.
"""

from __future__ import annotations

from collections.abc import Callable

from segdsl.records import record, replace
from segdsl.semantics import ir
from segdsl.types import BOOL

Wrap = Callable[[ir.Expr], ir.Expr]


@record(frozen=True, slots=True)
class Frame:
    """``never`` and ``always``: what follows for the whole; ``wrap``: the condition as one about the entity."""

    never: str
    always: str
    wrap: Wrap = lambda condition: condition

    def saying(self, never: str, always: str) -> Frame:
        return replace(self, never=never, always=always)

    def part(self) -> Frame:
        return self.saying("this part lets in nobody", "this part could go")

    def branch(self) -> Frame:
        return self.saying("what stands behind it is never taken", "what stands behind it is always taken")

    def among(self) -> Frame:
        return self.saying("nobody is ever ranked", "everybody is ranked")

    def rows(self, node: ir.Aggregate) -> Frame:
        """About a row of an aggregate."""
        some = replace(
            node,
            function="any",
            value=None,
            period=None,
            percent=None,
            step=0,
            per=None,
            having=None,
            type=BOOL,
            optional=False,
        )
        return Frame(
            f"no `{node.row.of}` is ever meant",
            f"it keeps every `{node.row.of}`",
            lambda condition: self.wrap(replace(some, where=condition)),
        )

    def groups(self, node: ir.Aggregate) -> Frame:
        """About a group of an aggregate's rows."""
        some = replace(node, function="any", period=None, where=None, type=BOOL, optional=False)
        return Frame(
            "no group is ever kept",
            "it keeps every group",
            lambda condition: self.wrap(replace(some, having=condition)),
        )

    def following(self, node: ir.Follow) -> Frame:
        """About a row that comes after, or before."""
        some = replace(node, period=None, within=None)
        return Frame(
            f"no `{node.inner.of}` is ever meant",
            f"it keeps every `{node.inner.of}`",
            lambda condition: self.wrap(replace(some, where=condition)),
        )

    def past(self, node: ir.Past) -> Frame:
        """About the entity as it stood then."""
        return Frame(
            "it never held",
            "it always held",
            lambda condition: self.wrap(ir.Past(condition, node.moment, type=BOOL)),
        )

    def overall(self, node: ir.Overall) -> Frame:
        """About a row of everybody's, or about anybody."""
        rows = node.aggregate
        if rows.row.depth:
            return self.rows(rows)
        return Frame(
            f"no `{rows.row.of}` is ever meant",
            f"it keeps every `{rows.row.of}`",
            lambda condition: ir.Overall(
                replace(
                    rows, function="any", value=None, where=condition, percent=None, per=None, having=None, type=BOOL
                )
            ),
        )


def of_relation(relation: str, entity: str) -> Frame:
    """About a row of a relation, as the body of its trait is."""
    row = ir.Row(1, relation)
    return Frame(
        "the trait is never true",
        "the trait is always true",
        lambda condition: ir.Aggregate("any", row, ir.Row(0, entity), None, None, condition, type=BOOL),
    )
