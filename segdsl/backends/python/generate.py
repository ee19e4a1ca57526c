"""A plan as the text of one Python function, which takes one customer's record.

In: a plan, the outputs wanted, the schema, and what everybody has in common (`Facts`). Out: a `Program`: the function's text, what its
module begins with, the times that it is given. Nothing is carried out here.

Most stages of a plan have one row for one customer, or none: the customer's own fields, and groups by what is the same in all of the
customer's rows. Such a row is a few local variables, and a stage over it needs no statement of its own. What has several rows is a loop;
all aggregates of a grouping are made in one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from segdsl.backends.python import runtime
from segdsl.backends.python.expressions import condition, millionths, same, tupled, value
from segdsl.backends.python.index import ENOUGH, Index, Ruling, index, names_of_bits
from segdsl.backends.python.made import Facts, Looked, Made, Many, Opened, Single, scalar_of
from segdsl.backends.python.makers import Maker
from segdsl.backends.python.nodes import ATOM, Node, Scope, Value
from segdsl.backends.python.slices import Slice
from segdsl.backends.python.sources import Sources
from segdsl.backends.python.times import Clock
from segdsl.planning.plan import Aggregation, Beyond, Plan, Stage, StageRef, Table, Union, Window
from segdsl.room import steady
from segdsl.schema import Schema
from segdsl.semantics import ir
from segdsl.types import Kind


@dataclass(frozen=True, slots=True)
class Program:
    """``source`` defines ``match(record, times)`` in a module that begins with ``globals``. ``links``: the entity's fields that rows hang
    on; ``reads``: what is read of relations and lookups."""

    source: str
    globals: Mapping[str, object]
    clock: Clock
    links: tuple[str, ...]
    reads: Mapping[str, tuple[str, ...]]


@steady
def generate(
    plan: Plan,
    wanted: Slice,
    outputs: Sequence[str],
    schema: Schema,
    facts: Mapping[str, Facts],
    tables: Mapping[str, object],
    names: bool = True,
    enough: int = ENOUGH,
) -> Program:
    """``names``: the function gives the names of the outputs that hold, as a list; else the outputs' values, as a tuple, or None for who is
    not in the population. ``enough``: see `index`."""
    return _Generator(plan, wanted, schema, facts, tables).run(outputs, names, enough)


class _Generator(Sources):
    # -- the whole ------------------------------------------------------------------------------------------------------

    def run(self, outputs: Sequence[str], names: bool, enough: int) -> Program:
        self._begin()
        for stage in self.plan.stages:
            if stage.name in self.wanted.columns:
                self.made[stage.name] = self._stage(stage)
        self._end(outputs, names, enough)
        text = ["def match(record, times):", *self._times(), *self.top.lines]
        clock = Clock(tuple(self.at.times), self.at.zone)
        return Program("\n".join(text) + "\n", self.at.globals, clock, self.rows.links, self.rows.reads())

    def _times(self) -> list[str]:
        if not self.at.times:
            return []
        return [f"    ({', '.join(self.at.times.values())},) = times"]

    def _end(self, outputs: Sequence[str], names: bool, enough: int) -> None:
        opened = self._opened(self.plan.final)
        assert opened.scope is self.top and not opened.loops, "one customer has several rows"
        where = self.nodes.connected(True, opened.where)
        columns = [self.plan.final.column(self.plan.outputs[name]) for name in outputs]
        if not names:
            values = [self.nodes.whole(value(scalar_of(one.value), opened.column, self.at)) for one in columns]
            self.nodes.count([where, *values])
            self.top.add(f"if not ({self.nodes.condition(where)}):")
            self.top.add("return None", deeper=1)
            texts = [self.nodes.text(one) for one in values]
            self.top.add(f"return ({''.join(f'{text}, ' for text in texts)})")
            return
        verdicts = [condition(scalar_of(one.value), opened.column, self.at) for one in columns]
        self.nodes.count([where])
        if opened.where:
            self.top.add(f"if not ({self.nodes.condition(where)}):")
            self.top.add("return []", deeper=1)
        indexed = index(verdicts, enough)
        if indexed is not None:
            self._look_up(indexed, outputs, verdicts)
            return
        self.nodes.count(verdicts)
        self.top.add("found = []")
        self.top.add("add = found.append")
        for name, verdict in zip(outputs, verdicts, strict=True):
            self.top.add(f"if {self.nodes.condition(verdict)}: add({name!r})")
        self.top.add("return found")

    def _look_up(self, indexed: Index, outputs: Sequence[str], verdicts: Sequence[Node]) -> None:
        """Most verdicts as the bits of one number, the others one by one."""
        others = [(number, one) for number, one in enumerate(verdicts) if number not in indexed.covered]
        self.nodes.count([one for _, one in others])
        for one in indexed.values:
            # Written several times, so that it becomes a local.
            self.nodes.count([one.node, *one.guards] * 2)
        self.at.globals |= {"left": bisect_left, "right": bisect_right}
        self.top.add(f"bits = {self._number(indexed.begin)}")
        for number, one in enumerate(indexed.values):
            self.top.add(f"bits &= {self._place(number, one)}")
        self.top.add(f"bits = {indexed.folded}")
        if indexed.turned:
            self.top.add(f"bits ^= {self._number(indexed.turned)}")
        for number, verdict in others:
            self.top.add(f"if {self.nodes.condition(verdict)}: bits |= {self._number(1 << number)}")
        # Eight at a time: for each byte there is a table of the names that it may stand for.
        eights = [outputs[first : first + 8] for first in range(0, len(outputs), 8)]
        tables = [self.at.constant(names_of_bits(one), ("names", number)).parts[0] for number, one in enumerate(eights)]
        each = [f"b{number}" for number in range(len(eights))]
        self.top.add(f"({', '.join(each)},) = bits.to_bytes({len(each)}, 'little')")
        self.top.add(f"return [{', '.join(f'*{table}[{byte}]' for table, byte in zip(tables, each, strict=True))}]")

    def _number(self, bits: int) -> str:
        return self.at.constant(bits, ("bits", bits)).parts[0]

    def _place(self, number: int, one: Ruling) -> str:
        """What a value leaves standing."""
        text, *guards = (self.nodes.text(node, ATOM) for node in (one.node, *one.guards))
        *places, missing = one.places
        if one.ordered:
            points = self.at.constant(one.points, ("points", number)).parts[0]
            kept = self.at.constant(tuple(places), ("places", number)).parts[0]
            found = f"{kept}[left({points}, {text}) + right({points}, {text})]"
        else:
            *known, other = places
            kept = self.at.constant(dict(zip(one.points, known, strict=True)).get, ("places", number)).parts[0]
            found = f"{kept}({text}, {self._number(other)})"
        if not guards:
            return found
        asked = " or ".join(f"{guard} is None" for guard in guards)
        return f"{self._number(missing)} if {asked} else {found}"

    # -- stages ---------------------------------------------------------------------------------------------------------

    def _stage(self, stage: Stage) -> Made:
        if self._is_of_lookup(stage):
            return Looked(stage)
        if stage.by is not None:
            return self._grouping(stage)
        return self._of_rows(stage)

    def _is_of_lookup(self, stage: Stage) -> bool:
        match stage.input.source:
            case Table(owner=owner):
                return owner in self.schema.lookups
            case StageRef(stage=name):
                return isinstance(self.made[name], Looked)
            case Union():
                return False
            case _:
                assert_never(stage.input.source)

    # -- rows -----------------------------------------------------------------------------------------------------------

    def _of_rows(self, stage: Stage) -> Made:
        opened = self._opened(stage)
        wanted = [column for column in stage.columns if column.name in self.wanted.columns[stage.name]]
        if not opened.loops:
            columns = {one.name: self._of_one(one.value, opened) for one in wanted}
            exists = self.nodes.connected(True, opened.where) if opened.where else None
            return Single(columns, exists)
        cells: list[Node] = []
        constants: dict[str, Value] = {}
        places: dict[str, int] = {}
        links: dict[str, bool] = {}
        maybe: set[str] = set()
        later: list[tuple[str, Window]] = []

        def cell(node: Node) -> int:
            cells.append(node)
            return len(cells) - 1

        for one in wanted:
            match one.value:
                case Window() as window:
                    later.append((one.name, window))
                    continue
                case Beyond() as beyond:
                    found = self._beyond(beyond, opened)
                case Aggregation():
                    raise AssertionError(f"{stage.name} groups nothing")
                case scalar:
                    found = value(scalar, opened.column, self.at)
            if found.joined.node.scope is self.top:
                constants[one.name] = found
                continue
            places[one.name] = cell(self.nodes.whole(found.joined))
            if found.link is not None:
                links[one.name] = found.names
            if found.joined.maybe:
                maybe.add(one.name)
        width = len(cells)
        windows = [(name, window, self._window_cells(window, opened, cell)) for name, window in later]
        name = self.nodes.fresh("rows")
        self.nodes.count([*opened.where, *cells])
        self._keep(opened)
        opened.scope.add(f"{name}.append(({''.join(f'{self.nodes.text(one)}, ' for one in cells)}))")
        self.top.add(f"{name} = []")
        self._close(opened)
        for place, (column, window, at) in enumerate(windows):
            made = self.nodes.fresh("w")
            self.at.globals["windowed"] = runtime.windowed
            partition, order, of, kept = at
            descending = tuple(down for _, down in window.order)
            asked = f"{window.function!r}, {name}, {partition}, {order}, {descending!r}, {of}, {kept}"
            self.top.add(f"{made} = windowed({asked})")
            places[column] = width + place
            maybe.add(column)
            windows[place] = (made, window, at)
        if windows:
            made_columns = ", ".join(made for made, _, _ in windows)
            self.top.add(f"{name} = [(*r[:{width}], *w) for r, *w in zip({name}, {made_columns})]")
        return Many(name, places, frozenset(maybe), constants, links)

    def _of_one(self, found: ir.Expr | Aggregation | Window | Beyond, opened: Opened) -> Value:
        """A column of the only row."""
        match found:
            case Beyond():
                return self._beyond(found, opened)
            case Window(function=function, filter=kept):
                first = {"previous": "None", "before": "0"}.get(function, "1")
                alone = self.nodes.variable(first, maybe=first == "None")
                return alone if kept is None else self._where(condition(kept, opened.column, self.at), alone)
            case _:
                return value(scalar_of(found), opened.column, self.at)

    def _window_cells(
        self, window: Window, opened: Opened, cell: Callable[[Node], int]
    ) -> tuple[int, int, int | None, int | None]:
        def tuple_of(scalars: Iterable[ir.Expr]) -> Node:
            parts = [self.nodes.whole(value(one, opened.column, self.at).placed) for one in scalars]
            return (
                self.nodes.raw(("(", *([", "] * (len(parts) - 1)), ",)"), parts, ATOM)
                if parts
                else self.nodes.atom("()")
            )

        partition = cell(tuple_of(window.partition))
        order = cell(tuple_of(part for part, _ in window.order))
        of = None
        if window.value is not None:
            found = value(window.value, opened.column, self.at)
            if window.function == "before" and window.value.type.kind is Kind.FLOAT:
                found = millionths(found, self.at)
            of = cell(self.nodes.whole(found))
        kept = None if window.filter is None else cell(condition(window.filter, opened.column, self.at))
        return partition, order, of, kept

    def _beyond(self, beyond: Beyond, opened: Opened) -> Value:
        there = self.made[beyond.stage]
        mine = {its: value(scalar, opened.column, self.at).joined for scalar, its in beyond.on}
        time = self.nodes.whole(value(beyond.time, opened.column, self.at))
        later, greatest = beyond.later, beyond.function == "max"
        name = self.nodes.fresh("beyond")
        self.at.globals |= {"beyond": runtime.beyond, "extreme": runtime.extreme}
        if isinstance(there, Many):
            keys = [its for its in mine if its not in there.constants]
            links = "".join(f"r[{there.places[its]}], " for its in keys)
            parts = ", ".join(self._cell(there, column) for column in (beyond.its_time, beyond.value))
            rows = f"[(({links}), {parts}) for r in {there.name}]"
            others = there.constants
        else:
            assert isinstance(there, Single)
            keys, others = [], there.columns
            nodes = [self.nodes.whole(there.columns[column]) for column in (beyond.its_time, beyond.value)]
            exists = self.nodes.connected(True, [] if there.exists is None else [there.exists])
            self.nodes.count([*nodes, exists])
            texts = [self.nodes.text(one) for one in nodes]
            rows = f"[((), {texts[0]}, {texts[1]})] if {self.nodes.condition(exists)} else []"
        self.top.add(f"{name} = beyond({rows}, 0, 1, 2, {later}, {greatest})")
        met = [same(own, others[its].joined, self.at) for its, own in mine.items() if its not in keys]
        link = [self.nodes.whole(mine[its]) for its in keys]
        before = (
            [f"extreme({name}.get((", *([", "] * (len(link) - 1)), ",)), "] if link else [f"extreme({name}.get(()), "]
        )
        parts_of = (*before, f", {later})")
        found = self.nodes.itself(self.nodes.raw(parts_of, [*link, time], ATOM, maybe=True))
        meets = [part for part in met if part.parts != ("True",)]
        return self._where(self.nodes.connected(True, meets), found) if meets else found

    def _cell(self, made: Many, column: str) -> str:
        """A column of a row called ``r``."""
        if column in made.places and column not in made.constants:
            cell = f"r[{made.places[column]}]"
            return f"said({cell})" if column in made.links else cell
        node = self.nodes.whole(made.constants[column])
        self.nodes.count([node])
        return self.nodes.text(node)

    def _keep(self, opened: Opened) -> None:
        for part in opened.where:
            opened.scope.add(f"if not ({self.nodes.condition(part)}): continue")

    def _close(self, opened: Opened) -> None:
        """Writes the loops, the innermost first."""
        for scope, header in reversed(opened.loops):
            outer = scope.outer
            assert outer is not None
            outer.add(header)
            outer.lines.extend(scope.lines or [" " * (4 * scope.indent) + "pass"])

    # -- groups ---------------------------------------------------------------------------------------------------------

    def _grouping(self, stage: Stage) -> Made:
        assert stage.by, f"{stage.name} groups everybody's rows"
        opened = self._opened(stage)
        if not opened.loops:
            scope = Scope(self.top, 2)
            opened.loops.append((scope, "for _ in (None,):"))
            opened.scope = scope
        by = {name: value(scalar_of(stage.column(name).value), opened.column, self.at) for name in stage.by}
        opened.where.extend(self.nodes.present(one.placed.guards) for one in by.values() if one.placed.maybe)
        wanted = self.wanted.columns[stage.name]
        aggregated = [
            (column.name, column.value)
            for column in stage.columns
            if isinstance(column.value, Aggregation) and column.name in wanted
        ]
        several = {name: one for name, one in by.items() if one.placed.node.scope is not self.top}
        if several:
            return self._groups(stage, opened, by, several, aggregated)
        return self._group(opened, by, aggregated)

    def _group(self, opened: Opened, by: Mapping[str, Value], aggregated: Sequence[tuple[str, Aggregation]]) -> Single:
        """One group, of all rows."""
        exists = self.nodes.fresh("any")
        makers = [(name, self.nodes.fresh("a"), Maker(one, opened, self.at)) for name, one in aggregated]
        self.nodes.count([*opened.where, *(node for _, _, maker in makers for node in maker.roots)])
        self._keep(opened)
        opened.scope.add(f"{exists} = True")
        self._update(opened.scope, [(maker, slot) for _, slot, maker in makers])
        self.top.add(f"{exists} = False")
        for _, slot, maker in makers:
            self.top.add(f"{slot} = {maker.start}")
        self._close(opened)
        columns: dict[str, Value] = {}
        emptied = []
        for name, slot, maker in makers:
            made = maker.end.format(slot)
            if made != slot:
                self.top.add(f"{slot} = {made}")
            if maker.counts:
                emptied.append(slot)
            columns[name] = self.nodes.variable(slot)
        if emptied:
            self.top.add(f"if not {exists}: {' = '.join(emptied)} = None")
        there = self.nodes.atom(exists)
        return Single({**{name: self._whole(one) for name, one in by.items()}, **columns}, there, empties=True)

    def _groups(
        self,
        stage: Stage,
        opened: Opened,
        by: Mapping[str, Value],
        several: Mapping[str, Value],
        aggregated: Sequence[tuple[str, Aggregation]],
    ) -> Many:
        """Groups by what differs from row to row."""
        makers = [(name, Maker(one, opened, self.at)) for name, one in aggregated]
        key = tupled([one.placed.node for one in several.values()], self.at)
        self.nodes.count([*opened.where, key, *(node for _, maker in makers for node in maker.roots)])
        groups, group, at = (self.nodes.fresh(word) for word in ("groups", "g", "k"))
        self._keep(opened)
        opened.scope.add(f"{at} = {self.nodes.text(key)}")
        starts = ", ".join(maker.start for _, maker in makers)
        opened.scope.add(f"{group} = {groups}.get({at})")
        opened.scope.add(f"if {group} is None: {group} = {groups}[{at}] = [{starts}]")
        self._update(opened.scope, [(maker, f"{group}[{place}]") for place, (_, maker) in enumerate(makers)])
        self.top.add(f"{groups} = {{}}")
        self._close(opened)
        name = self.nodes.fresh("rows")
        places: dict[str, int] = {}
        parts: list[str] = []
        for number, column in enumerate(several):
            places[column] = len(parts)
            parts.append("k" if len(several) == 1 else f"k[{number}]")
        maybe = set()
        for number, (column, maker) in enumerate(makers):
            places[column] = len(parts)
            parts.append(maker.end.format(f"g[{number}]"))
            if not maker.counts:
                maybe.add(column)
        self.top.add(f"{name} = [({', '.join(parts)},) for k, g in {groups}.items()]")
        constants = {column: self._whole(one) for column, one in by.items() if column not in several}
        links = {column: True for column, one in several.items() if one.names and one.link is not None}
        return Many(name, places, frozenset(maybe), constants, links)

    def _update(self, scope: Scope, makers: Sequence[tuple[Maker, str]]) -> None:
        """All that is counted under the same condition together."""
        by_filter: dict[Node | None, list[tuple[Maker, str]]] = {}
        for maker, slot in makers:
            by_filter.setdefault(maker.kept, []).append((maker, slot))
        for kept, found in by_filter.items():
            lines = [line for maker, slot in found for line in maker.lines(slot)]
            if kept is None:
                for line in lines:
                    scope.add(line)
            elif lines:
                asked = self.nodes.condition(kept)
                scope.add(f"if {asked}:")
                for line in lines:
                    scope.add(line, deeper=1)
