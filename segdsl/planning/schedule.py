"""In which order columns are written: layers.

A layer writes some of a frame's columns at once, reading tables and earlier layers. Scalars are not columns of their own:
they are written out where they are read, unless they are large and read more than once. A frame gets a second layer only
when some of its columns need what could not be there at the first (a total over orders larger than the customer's
average order needs the orders twice). Layers are acyclic by construction: a layer is written only when all that it
reads is there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from segdsl.planning.frames import (
    Aggregated,
    Attached,
    Column,
    Columns,
    Computed,
    Extreme,
    Frame,
    Grouped,
    Groups,
    Ordered,
    Paired,
    PairedRows,
)
from segdsl.planning.scalars import reads, size
from segdsl.semantics import ir

_LARGE = 8
"""A scalar of more nodes than this that is read more than once is written once, as a column."""


@dataclass(slots=True, eq=False)
class Layer:
    """``columns`` are written by it (uids, in order); ``grouping``: it is the grouping itself, of a frame of groups."""

    frame: Frame
    columns: tuple[str, ...]
    grouping: bool
    number: int


@dataclass(slots=True)
class Schedule:
    layers: list[Layer]
    kept: frozenset[str]
    needed: frozenset[str]


class _Scheduler:
    def __init__(self, columns: Columns, entity: Frame, outputs: Iterable[str]) -> None:
        self.columns = columns
        self.entity = entity
        self.outputs = tuple(outputs)
        self.needed = self._reach()
        self.kept = self._keep()
        self.physical: dict[str, frozenset[str]] = {}
        self.written: set[str] = set()
        self.begun: set[int] = set()
        self.frames = self._frames()

    # -- what is needed ---------------------------------------------------------------------------------------------

    def inputs(self, column: Column) -> tuple[list[str], list[str]]:
        """The uids that a column reads: of its own frame, and of others."""
        match column.source:
            case Attached(target=target, on=on):
                return [mine for mine, _ in on], [target, *(its for _, its in on)]
            case Extreme(target=target, on=on, time=(mine_time, its_time)):
                return [*(mine for mine, _ in on), mine_time], [target, *(its for _, its in on), its_time]
            case Ordered() as ordered:
                return reads_all(ordered_scalars(ordered)), []
            case Computed(value=value):
                return list(reads(value)), []
            case Grouped(index=index):
                rows = column.frame.rows
                assert isinstance(rows, Groups)
                return [], list(reads(rows.by[index]))
            case Aggregated(value=value, filter=filter, order=order):
                scalars = [*filter, *order, *(() if value is None else (value,))]
                return [], [uid for scalar in scalars for uid in reads(scalar)]
            case Paired(uid=uid):
                return [], [uid]
            case _:
                return [], []

    def frame_inputs(self, frame: Frame) -> tuple[list[str], list[str]]:
        """What the rows of a frame themselves need."""
        own = [uid for part in frame.filter for uid in reads(part)]
        rows = frame.rows
        if isinstance(rows, Groups):
            own.extend(reads_all(frame.key))
            # Rows that are only counted are read by their key.
            return own, [uid for part in (*rows.by, *rows.where, *rows.frame.key) for uid in reads(part)]
        if isinstance(rows, PairedRows):
            return own, [uid for pair in rows.on for part in pair for uid in reads(part)]
        return own, []

    def _reach(self) -> frozenset[str]:
        seen: set[str] = set()
        frames: set[int] = set()
        stack = [*self.outputs, *reads_all(self.entity.key)]
        while stack:
            uid = stack.pop()
            if uid in seen:
                continue
            seen.add(uid)
            column = self.columns.by_uid[uid]
            own, others = self.inputs(column)
            stack.extend((*own, *others))
            if id(column.frame) not in frames:
                frames.add(id(column.frame))
                own, others = self.frame_inputs(column.frame)
                stack.extend((*own, *others))
                stack.extend(reads_all(column.frame.key))
        return frozenset(seen)

    def _frames(self) -> list[Frame]:
        frames = {id(c.frame): c.frame for uid, c in self.columns.by_uid.items() if uid in self.needed}
        entity = frames.pop(id(self.entity), self.entity)
        rows = sorted((f for f in frames.values() if not isinstance(f.rows, Groups)), key=lambda f: f.name)
        groups = sorted((f for f in frames.values() if isinstance(f.rows, Groups)), key=lambda f: f.name)
        return [*rows, *groups, entity]

    def _keep(self) -> frozenset[str]:
        """Scalars worth a column of their own."""
        counts: Counter[str] = Counter(self.outputs)
        for uid in self.needed:
            own, others = self.inputs(self.columns.by_uid[uid])
            counts.update((*own, *others))
        frames = {id(self.columns.by_uid[uid].frame): self.columns.by_uid[uid].frame for uid in self.needed}.values()
        for frame in frames:
            counts.update(uid for part in frame.filter for uid in reads(part))
        # What decides which rows show is asked while the rows are read: it cannot wait for a column of theirs.
        asked: set[str] = set()
        stack = [uid for frame in frames for part in frame.filter for uid in reads(part)]
        while stack:
            uid = stack.pop()
            source = self.columns.by_uid[uid].source
            if uid not in asked and isinstance(source, Computed):
                asked.add(uid)
                stack.extend(reads(source.value))
        kept: set[str] = set()
        sizes: dict[str, int] = {}

        def written_size(uid: str) -> int:
            # Interning made each column after those it reads, so this never goes deeper than the expressions do.
            known = sizes.get(uid)
            if known is not None:
                return known
            source = self.columns.by_uid[uid].source
            if not isinstance(source, Computed) or uid in kept:
                return 1
            total = size(source.value) + sum(written_size(read) - 1 for read in reads(source.value))
            sizes[uid] = total
            return total

        for uid in self.columns.by_uid:
            if uid not in self.needed or uid in asked or not isinstance(self.columns.by_uid[uid].source, Computed):
                continue
            if counts[uid] > 1 and written_size(uid) > _LARGE:
                kept.add(uid)
                sizes[uid] = 1
        return frozenset(kept)

    def based_on(self, uid: str) -> frozenset[str]:
        """The written columns that a column comes down to, scalars that are not written being opened."""
        known = self.physical.get(uid)
        if known is None:
            source = self.columns.by_uid[uid].source
            if isinstance(source, Computed) and uid not in self.kept:
                known = frozenset(base for read in reads(source.value) for base in self.based_on(read))
            else:
                known = frozenset((uid,))
            self.physical[uid] = known
        return known

    # -- what is ready ----------------------------------------------------------------------------------------------

    def _units(self, frame: Frame) -> list[str]:
        return [
            uid
            for uid, column in self.columns.by_uid.items()
            if column.frame is frame
            and uid in self.needed
            and (uid in self.kept or not isinstance(column.source, Computed))
        ]

    def ready(self, frame: Frame, written: set[str], begun: set[int]) -> list[str]:
        """The columns of a frame that its next layer could write."""
        _, outside = self.frame_inputs(frame)
        if not self._there(outside, written):
            return []
        pending = [uid for uid in self.units[id(frame)] if uid not in written]
        if isinstance(frame.rows, Groups):
            grouped = [uid for uid in pending if isinstance(self.columns.by_uid[uid].source, Grouped | Aggregated)]
            ready = [uid for uid in grouped if self._others_there(uid, written)]
            if ready:
                return ready
            if id(frame) not in begun:
                return []
            pending = [uid for uid in pending if uid not in grouped]
        result: list[str] = []
        there = set(written)
        changed = True
        while changed:
            changed = False
            for uid in pending:
                if uid in result or not self._others_there(uid, written):
                    continue
                own, _ = self.inputs(self.columns.by_uid[uid])
                bases = {base for read in own for base in self.based_on(read)}
                if bases <= there:
                    result.append(uid)
                    if uid not in self.kept and not isinstance(self.columns.by_uid[uid].source, Ordered | Extreme):
                        there.add(uid)
                    changed = True
        if isinstance(frame.rows, PairedRows):
            # Pairs are made once, with all that is read of both sides.
            sides = {uid for uid in pending if isinstance(self.columns.by_uid[uid].source, Paired)}
            if not sides <= set(result):
                return []
        if id(frame) not in begun:
            own, _ = self.frame_inputs(frame)
            if not all(self.based_on(uid) <= there for uid in own):
                return []
        extremes = [uid for uid in result if isinstance(self.columns.by_uid[uid].source, Extreme)]
        # What lies beyond a row is a layer of its own, over rows that are there already.
        return [uid for uid in result if uid not in extremes] or (extremes[:1] if id(frame) in begun else [])

    def _others_there(self, uid: str, written: set[str]) -> bool:
        _, others = self.inputs(self.columns.by_uid[uid])
        return self._there(others, written)

    def _there(self, uids: Iterable[str], written: set[str]) -> bool:
        """Are these columns of other frames written, on rows of which it is settled which of them show?"""
        return all(
            self.based_on(uid) <= written and self.settled(self.columns.by_uid[uid].frame) <= written for uid in uids
        )

    def settled(self, frame: Frame) -> frozenset[str]:
        """The written columns that decide which rows of a frame show."""
        return frozenset(base for part in frame.filter for uid in reads(part) for base in self.based_on(uid))

    def _could_grow(self, frame: Frame, now: list[str]) -> bool:
        """Could more of the frame's columns be written at once, if others were written first?"""
        written, begun = set(self.written), set(self.begun)
        changed = True
        while changed:
            changed = False
            for other in self.frames:
                if other is frame:
                    continue
                more = self.ready(other, written, begun)
                if more:
                    written.update(more)
                    begun.add(id(other))
                    changed = True
        return len(self.ready(frame, written, begun)) > len(now)

    def _wants_rows(self, frame: Frame, number: int) -> bool:
        """After a grouping whose groups are rows: does a layer have to drop groups that do not show, or put late aggregates
        beside the early ones?"""
        rows = frame.rows
        assert isinstance(rows, Groups)
        return rows.rows_matter and ((bool(frame.filter) and self.settled(frame) <= self.written) or number > 1)

    def run(self) -> Schedule:
        self.units = {id(frame): self._units(frame) for frame in self.frames}
        layers: list[Layer] = []
        numbers: Counter[int] = Counter()
        total = sum(len(units) for units in self.units.values())
        while len(self.written) < total:
            candidates = [(frame, self.ready(frame, self.written, self.begun)) for frame in self.frames]
            candidates = [(frame, ready) for frame, ready in candidates if ready]
            assert candidates, "the columns wait for one another"
            chosen = next((c for c in candidates if not self._could_grow(*c)), candidates[0])
            frame, ready = chosen
            numbers[id(frame)] += 1
            grouping = any(isinstance(self.columns.by_uid[uid].source, Grouped | Aggregated) for uid in ready)
            layers.append(Layer(frame, tuple(ready), grouping, numbers[id(frame)]))
            self.written.update(ready)
            self.begun.add(id(frame))
            # What is computed of a window, or of what lies beyond a row, is computed by whoever reads the rows then.
            windows = any(isinstance(self.columns.by_uid[uid].source, Ordered | Extreme) for uid in ready)
            if windows or (grouping and self._wants_rows(frame, numbers[id(frame)])):
                numbers[id(frame)] += 1
                layers.append(Layer(frame, (), False, numbers[id(frame)]))
        return Schedule(layers, self.kept, self.needed)


def ordered_scalars(source: Ordered) -> list[ir.Expr]:
    """The scalars that a window reads."""
    value = () if source.value is None else (source.value,)
    return [*source.partition, *(part for part, _ in source.order), *value, *source.filter]


def reads_all(exprs: Iterable[ir.Expr]) -> list[str]:
    return [uid for expr in exprs for uid in reads(expr)]


def schedule(columns: Columns, entity: Frame, outputs: Iterable[str]) -> Schedule:
    """The layers that write all that the outputs need, in an order in which each reads only what is there."""
    return _Scheduler(columns, entity, outputs).run()
