"""In which order columns are written: layers.

A layer writes some of a frame's columns at once, reading tables and earlier layers. Scalars are not columns of their own:
they are written out where they are read, unless they are large and read more than once. A frame gets a second layer only
when some of its columns need what could not be there at the first (a total over orders larger than the customer's
average order needs the orders twice). Layers are acyclic by construction: a layer is written only when all that it
reads is there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
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
_REPEATED = 1_000
"""So many nodes may be written again by the last to read a frame, which saves a layer."""


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
        self.repeated: dict[str, int] = {}
        self.kept = self._keep()
        self.physical: dict[str, frozenset[str]] = {}
        self.written = 0
        self.through: dict[str, int] = {}
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
                self.repeated[uid] = (counts[uid] - 1) * sizes[uid]
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
    # Sets of written columns are bits of a number, so that a library of hundreds of segments is scheduled in no time.

    def _number(self) -> None:
        """Gives each column that is written its bit, and finds out what it waits for."""
        units: dict[int, list[str]] = {id(frame): [] for frame in self.frames}
        for uid, column in self.columns.by_uid.items():
            if uid in self.needed and (uid in self.kept or not isinstance(column.source, Computed)):
                units[id(column.frame)].append(uid)
        self.units = units
        every = [uid for units in self.units.values() for uid in units]
        self.bit = {uid: 1 << place for place, uid in enumerate(every)}
        self.source = {uid: self.columns.by_uid[uid].source for uid in every}
        settled = {id(frame): self._bits(self.settled(frame)) for frame in self.frames}
        self.outside: dict[int, int] = {}
        self.filters: dict[int, int] = {}
        for frame in self.frames:
            own, others = self.frame_inputs(frame)
            self.outside[id(frame)] = self._bits_of_others(others, settled)
            self.filters[id(frame)] = self._bits(base for uid in own for base in self.based_on(uid))
        self.own: dict[str, int] = {}
        self.others: dict[str, int] = {}
        for uid in every:
            own, others = self.inputs(self.columns.by_uid[uid])
            self.own[uid] = self._bits(base for read in own for base in self.based_on(read))
            self.others[uid] = self._bits_of_others(others, settled)
        self.frame_bits = {id(frame): self._bits(self.units[id(frame)]) for frame in self.frames}
        self.later = self._bits(uid for uid in every if self._is_read_later(uid))

    def _bits(self, uids: Iterable[str]) -> int:
        bits = 0
        for uid in uids:
            bits |= self.bit[uid]
        return bits

    def _bits_of_others(self, uids: Iterable[str], settled: dict[int, int]) -> int:
        """What has to be written before columns of other frames can be read: they, and what decides which rows show."""
        bits = 0
        for uid in uids:
            bits |= self._bits(self.based_on(uid)) | settled[id(self.columns.by_uid[uid].frame)]
        return bits

    def _is_read_later(self, uid: str) -> bool:
        """Can it not be read by the layer that writes it?"""
        return uid in self.kept or isinstance(self.source[uid], Ordered | Extreme)

    def _needs(self) -> dict[str, int]:
        """For each column, all that has to be written before it, however far away."""
        known: dict[str, int] = {}
        place = list(self.bit)
        for first in place:
            waiting = [first]
            while waiting:
                uid = waiting[-1]
                if uid in known:
                    waiting.pop()
                    continue
                frame = id(self.columns.by_uid[uid].frame)
                direct = self.own[uid] | self.others[uid] | self.outside[frame]
                found, missing = direct, []
                for other in _places(direct):
                    if place[other] in known:
                        found |= known[place[other]]
                    elif place[other] not in waiting:
                        missing.append(place[other])
                if missing:
                    waiting.extend(missing)
                else:
                    known[uid] = found
                    waiting.pop()
        return known

    def ready(self, frame: Frame, written: int) -> list[str]:
        """The columns of a frame that its next layer could write."""
        if self.outside[id(frame)] & ~written:
            return []
        pending = [uid for uid in self.units[id(frame)] if not self.bit[uid] & written]
        begun = id(frame) in self.begun
        if isinstance(frame.rows, Groups):
            grouped = [uid for uid in pending if isinstance(self.source[uid], Grouped | Aggregated)]
            ready = [uid for uid in grouped if not self.others[uid] & ~written]
            if ready:
                return ready
            if not begun:
                return []
            pending = [uid for uid in pending if uid not in grouped]
        result: list[str] = []
        there = written
        waiting = [uid for uid in pending if not self.others[uid] & ~written]
        changed = True
        while changed:
            changed = False
            for uid in list(waiting):
                if not self.own[uid] & ~there:
                    result.append(uid)
                    waiting.remove(uid)
                    if not self.bit[uid] & self.later:
                        there |= self.bit[uid]
                    changed = True
        if isinstance(frame.rows, PairedRows):
            # Pairs are made once, with all that is read of both sides.
            sides = self._bits(uid for uid in pending if isinstance(self.source[uid], Paired))
            if sides & ~self._bits(result):
                return []
        if not begun and self.filters[id(frame)] & ~there:
            return []
        extremes = [uid for uid in result if isinstance(self.source[uid], Extreme)]
        # What lies beyond a row is a layer of its own, over rows that are there already.
        return [uid for uid in result if uid not in extremes] or (extremes if begun else [])

    def settled(self, frame: Frame) -> frozenset[str]:
        """The written columns that decide which rows of a frame show."""
        return frozenset(base for part in frame.filter for uid in reads(part) for base in self.based_on(uid))

    def _could_grow(self, frame: Frame, now: list[str]) -> bool:
        """Could more of the frame's columns be written at once, if others were written first? Those could that need none of the
        frame's own that are yet to be written."""
        grouping = isinstance(self.source[now[0]], Grouped | Aggregated)
        unwritten = self.frame_bits[id(frame)] & ~self.written
        for uid in self.units[id(frame)]:
            if not self.bit[uid] & unwritten or uid in now or isinstance(self.source[uid], Extreme):
                continue
            if grouping == isinstance(self.source[uid], Grouped | Aggregated) and not self._through(uid) & unwritten:
                return True
        return False

    def _through(self, uid: str) -> int:
        """What a column needs that has to be written in an earlier layer of its own frame, besides what it needs of others."""
        known = self.through.get(uid)
        if known is None:
            place = list(self.bit)
            known = 0
            waiting, seen = [uid], {uid}
            while waiting:
                at = waiting.pop()
                for other in _places(self.others[at] | self.outside[id(self.columns.by_uid[at].frame)]):
                    known |= self.bit[place[other]] | self.needs[place[other]]
                known |= self.own[at] & self.later
                for own in _places(self.own[at] & ~self.later):
                    if place[own] not in seen:
                        seen.add(place[own])
                        waiting.append(place[own])
            known &= self.frame_bits[id(self.columns.by_uid[uid].frame)]
            self.through[uid] = known
        return known

    def _wants_rows(self, frame: Frame, number: int) -> bool:
        """After a grouping whose groups are rows: does a layer have to drop groups that do not show, put late aggregates beside the
        early ones, or compute what pairs read?"""
        rows = frame.rows
        assert isinstance(rows, Groups)
        if any(isinstance(f.rows, PairedRows) and frame in (f.rows.left, f.rows.right) for f in self.frames):
            # Pairs are of rows with all their columns, and a grouping computes nothing.
            return True
        shown = bool(frame.filter) and not self._bits(self.settled(frame)) & ~self.written
        return rows.rows_matter and (shown or number > 1)

    def run(self) -> Schedule:
        self._number()
        self.needs = self._needs()
        layers: list[Layer] = []
        numbers: Counter[int] = Counter()
        total = (1 << len(self.bit)) - 1
        while self.written != total:
            candidates = [(frame, ready) for frame in self.frames if (ready := self.ready(frame, self.written))]
            assert candidates, "the columns wait for one another"
            grown = [c for c in candidates if not self._could_grow(*c)]
            # What lies beyond rows comes last: all of it is then one layer, and whatever else reads the rows reads them without it.
            chosen = next((c for c in grown if not isinstance(self.source[c[1][0]], Extreme)), (*grown, *candidates)[0])
            frame, ready = chosen
            numbers[id(frame)] += 1
            grouping = any(isinstance(self.source[uid], Grouped | Aggregated) for uid in ready)
            layers.append(Layer(frame, tuple(ready), grouping, numbers[id(frame)]))
            self.written |= self._bits(ready)
            self.begun.add(id(frame))
            # What is computed of a window, or of what lies beyond a row, is computed by whoever reads the rows then; and so is what
            # is made of large values that are read often, which are written once.
            windows = any(isinstance(self.source[uid], Ordered | Extreme) for uid in ready)
            repeated = sum(self.repeated.get(uid, 0) for uid in ready)
            rows = windows or (not grouping and repeated > _REPEATED)
            if rows or (grouping and self._wants_rows(frame, numbers[id(frame)])):
                numbers[id(frame)] += 1
                layers.append(Layer(frame, (), False, numbers[id(frame)]))
        return Schedule(layers, self.kept, self.needed)


def _places(bits: int) -> Iterator[int]:
    """Which bits of a number are set."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def ordered_scalars(source: Ordered) -> list[ir.Expr]:
    """The scalars that a window reads."""
    value = () if source.value is None else (source.value,)
    return [*source.partition, *(part for part, _ in source.order), *value, *source.filter]


def reads_all(exprs: Iterable[ir.Expr]) -> list[str]:
    return [uid for expr in exprs for uid in reads(expr)]


def schedule(columns: Columns, entity: Frame, outputs: Iterable[str]) -> Schedule:
    """The layers that write all that the outputs need, in an order in which each reads only what is there."""
    return _Scheduler(columns, entity, outputs).run()
