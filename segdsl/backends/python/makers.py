"""The aggregates of a grouping, as statements of a loop over its rows.

In: an aggregation and the rows that it goes over. Out: what is begun with, what each row adds, what becomes of it in the end.
"""

from __future__ import annotations

from typing import assert_never

from segdsl.backends.python import runtime
from segdsl.backends.python.expressions import condition, millionths, value
from segdsl.backends.python.made import Opened
from segdsl.backends.python.nodes import ATOM, Node
from segdsl.backends.python.writing import Writing
from segdsl.planning.plan import Aggregation
from segdsl.types import MAX_DIGITS, MILLIONTHS, Kind


class Maker:
    """One aggregate of a grouping: what it begins with, what a row adds, what becomes of it. ``end`` has a place for what was
    gathered. ``counts``: it is never missing."""

    def __init__(self, of: Aggregation, opened: Opened, at: Writing) -> None:
        nodes = at.nodes
        self.nodes, self.function = nodes, of.function
        found = None if of.value is None else value(of.value, opened.column, at)
        if of.function in ("sum", "percentile") and of.value is not None and of.value.type.kind is Kind.FLOAT:
            assert found is not None
            found = millionths(found, at)
        kept = [] if of.filter is None else [condition(of.filter, opened.column, at)]
        if found is not None and found.maybe and of.function not in ("first", "last"):
            kept.append(nodes.present(found.guards))
        self.kept = nodes.connected(True, kept) if kept else None
        self.value: Node | None = None
        self.counts = of.function in ("count", "distinct")
        self.start, self.end = "[]", "{0}"
        match of.function:
            case "count":
                self.start = "0"
            case "distinct":
                assert found is not None
                self.start, self.end, self.value = "set()", "len({0})", found.node
            case "sum":
                assert found is not None and of.value is not None
                self.start, self.value = "None", found.node
                if of.value.type.kind is Kind.DECIMAL and of.value.type.precision + 10 > MAX_DIGITS:
                    at.globals["total"] = runtime.total
                    self.end = "(None if {0} is None else total({0}))"
            case "min" | "max":
                assert found is not None
                self.start, self.value = "None", found.node
            case "first" | "last":
                assert found is not None
                at.globals["at_the_end"] = runtime.at_the_end
                order = [nodes.whole(value(part, opened.column, at).placed) for part in of.order]
                place = nodes.raw(("(", *([", "] * (len(order) - 1)), ",)"), order, ATOM) if order else nodes.atom("()")
                self.value = nodes.raw(("(", ", ", ")"), [place, nodes.whole(found)], ATOM)
                self.end = f"at_the_end({{0}}, {of.function == 'last'})"
            case "cut":
                assert found is not None and of.place is not None
                at.globals["cut"] = runtime.cut
                self.value = found.node
                where = of.place
                self.end = f"cut({{0}}, {where.descending}, {where.count}, {where.share}, {where.whole})"
            case "percentile":
                assert found is not None and of.value is not None and of.percent is not None
                at.globals["percentile"] = runtime.percentile
                self.value = found.node
                share, whole = (of.percent / 100).as_integer_ratio()
                kind = of.value.type.kind
                unit = {Kind.DECIMAL: 10**of.value.type.scale, Kind.FLOAT: MILLIONTHS}.get(kind, 1)
                self.end = f"percentile({{0}}, {share}, {whole}, {unit})"
            case _:
                assert_never(of.function)

    @property
    def roots(self) -> list[Node]:
        """The extremes write their value twice."""
        values = [] if self.value is None else [self.value] * (1 + (self.function in ("min", "max")))
        return [*values, *([] if self.kept is None else [self.kept])]

    def lines(self, slot: str) -> list[str]:
        if self.value is None:
            return [f"{slot} += 1"]
        text = self.nodes.text(self.value, ATOM)
        match self.function:
            case "distinct":
                return [f"{slot}.add({text})"]
            case "sum":
                return [f"{slot} = {text} if {slot} is None else {slot} + {text}"]
            case "min" | "max":
                sign = "<" if self.function == "min" else ">"
                return [f"if {slot} is None or {text} {sign} {slot}: {slot} = {text}"]
            case _:
                return [f"{slot}.append({text})"]
