"""From layers to stages: what a writer reads.

A layer that only one grouping (or the outcome) reads is written inside of its reader, so that one segment alone gives the
statement that a person would write; a lookup without conditions is joined as the table it is. What all aggregates of a
grouping ask for is asked in front of the grouping.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from segdsl.planning import names
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
    KeyRows,
    Ordered,
    Paired,
    PairedRows,
    Since,
    Stored,
    TableRows,
)
from segdsl.planning.plan import (
    Aggregation,
    Beyond,
    Input,
    Join,
    Stage,
    StageColumn,
    StageRef,
    Table,
    TableColumn,
    Union,
    Window,
)
from segdsl.planning.scalars import conjunction, positive, reads, settled, substitute
from segdsl.planning.schedule import Layer, Schedule, ordered_scalars
from segdsl.records import replace
from segdsl.schema import Field
from segdsl.semantics import ir
from segdsl.semantics.walk import rebuild
from segdsl.types import TIMESTAMP, Kind


@dataclass(slots=True)
class _Draft:
    """A SELECT in the making, for the layer at ``index``. ``known``: what each column is in terms of its inputs. ``tables``:
    the columns read from each input that is a table."""

    input: Input
    index: int = 0
    joins: list[Join] = field(default_factory=list)
    where: list[ir.Expr] = field(default_factory=list)
    known: dict[str, ir.Expr] = field(default_factory=dict)
    tables: dict[str, dict[str, TableColumn]] = field(default_factory=dict)
    joined: dict[tuple[object, tuple[tuple[str, str], ...]], str] = field(default_factory=dict)

    def alias(self, wanted: str) -> str:
        taken = {self.input.alias, *(join.input.alias for join in self.joins)}
        return names.distinct((*sorted(taken), wanted))[-1]


class Stages:
    """Writes the stages of a schedule; `run` gives them with the final one. ``outputs`` are uids by name; of these, ``values`` are no
    conditions."""

    def __init__(
        self,
        columns: Columns,
        plan: Schedule,
        entity: Frame,
        outputs: dict[str, str],
        values: frozenset[str],
        key_name: str,
    ) -> None:
        self.columns = columns
        self.layers = plan.layers
        self.kept = plan.kept
        self.entity = entity
        self.outputs = outputs
        self.values = values
        self.key_name = key_name
        self.stages: list[Stage] = []
        self.of_frame: dict[int, list[int]] = defaultdict(list)
        for index, layer in enumerate(self.layers):
            self.of_frame[id(layer.frame)].append(index)
        self.written_in = {uid: i for i, layer in enumerate(self.layers) for uid in layer.columns}
        self.exports: dict[int, set[str]] = defaultdict(set)
        self.main_readers: dict[int, list[int]] = defaultdict(list)
        self.other_readers: dict[int, list[int]] = defaultdict(list)
        self.names: dict[str, str] = {}
        self.stage_names: dict[int, str] = {}
        self.content: dict[str, str] = {}
        self.by_content: dict[ir.Col, ir.Col] = {}
        # Interning made each column after those that it reads.
        self.order = {uid: place for place, uid in enumerate(columns.by_uid)}

    # -- who reads what -----------------------------------------------------------------------------------------------

    def _serving(self, uid: str, before: int) -> int:
        """The layer that a reader gets another frame's column from."""
        column = self.columns.by_uid[uid]
        frame = column.frame
        if isinstance(frame.rows, Groups) and not frame.rows.rows_matter:
            if uid in self.written_in and isinstance(column.source, Aggregated):
                return self.written_in[uid]
            return self.of_frame[id(frame)][0]
        return max(index for index in self.of_frame[id(frame)] if index < before)

    def _read(self, uid: str, reader: int, main: bool) -> int:
        serving = self._serving(uid, reader)
        self.exports[serving].update(self._given(uid, serving))
        readers = self.main_readers if main else self.other_readers
        if reader not in readers[serving]:
            readers[serving].append(reader)
        return serving

    def _given(self, uid: str, serving: int) -> set[str]:
        """What a layer gives to whoever reads a column: the column; a grouping itself computes nothing, so what the column
        is computed from."""
        source = self.columns.by_uid[uid].source
        if self.layers[serving].grouping and isinstance(source, Computed) and uid not in self.kept:
            return {given for read in reads(source.value) for given in self._given(read, serving)}
        return {uid}

    def _find_readers(self) -> None:
        last = len(self.layers)
        for index, layer in enumerate(self.layers):
            for uid in layer.columns:
                source = self.columns.by_uid[uid].source
                if isinstance(source, Attached | Extreme):
                    serving = self._read(source.target, index, main=False)
                    for _, its in source.on:
                        self.exports[serving].add(its)
                    if isinstance(source, Extreme):
                        self.exports[serving].add(source.time[1])
            rows = layer.frame.rows
            if layer.grouping and isinstance(rows, Groups):
                for uid in self._grouping_reads(layer):
                    self._read(uid, index, main=True)
            elif isinstance(rows, PairedRows) and index == self.of_frame[id(layer.frame)][0]:
                for left, right in rows.on:
                    self._read(self.columns[left].uid, index, main=False)
                    self._read(self.columns[right].uid, index, main=False)
                for uid in layer.columns:
                    paired = self.columns.by_uid[uid].source
                    if isinstance(paired, Paired):
                        self._read(paired.uid, index, main=False)
        for uid in (*self.outputs.values(), *(self.columns[key].uid for key in self.entity.key)):
            self._read(uid, last, main=True)
        for indices in self.of_frame.values():
            for position in range(len(indices) - 1, 0, -1):
                self._carry(indices[position], indices[position - 1])

    def _grouping_reads(self, layer: Layer) -> list[str]:
        rows = layer.frame.rows
        assert isinstance(rows, Groups)
        scalars: list[ir.Expr] = [*rows.by, *rows.where]
        for uid in layer.columns:
            source = self.columns.by_uid[uid].source
            if isinstance(source, Aggregated):
                scalars.extend((*source.filter, *source.order, *(() if source.value is None else (source.value,))))
        return [uid for scalar in scalars for uid in reads(scalar)]

    def _carry(self, index: int, before: int) -> None:
        """What a later layer of a frame, its readers and the layers behind it need from the layer before it."""
        layer = self.layers[index]
        if layer.grouping:
            return
        wanted = set(self.exports[index])
        for uid in layer.columns:
            wanted.update(self._own_reads(uid))
        if self._filters_here(layer, index):
            wanted.update(uid for part in layer.frame.filter for uid in reads(part))
        bases: set[str] = set()
        stack = list(wanted)
        while stack:
            uid = stack.pop()
            source = self.columns.by_uid[uid].source
            if uid in layer.columns:
                stack.extend(self._own_reads(uid))
            elif isinstance(source, Computed) and uid not in self.kept:
                stack.extend(reads(source.value))
            else:
                bases.add(uid)
        if not isinstance(layer.frame.rows, Groups):
            self.exports[before].update(bases)
            return
        # The rows come from the layer before that has rows, and late aggregates from the groupings since.
        bases.update(self.columns[key].uid for key in layer.frame.key)
        main = self._rows_before(layer.frame, index)
        for uid in bases:
            written = self.written_in[uid]
            self.exports[max(main, written)].add(uid)
        for late in self.of_frame[id(layer.frame)]:
            if main < late < index:
                self.exports[late].update(self.columns[key].uid for key in layer.frame.key)

    def _own_reads(self, uid: str) -> list[str]:
        """What a column reads of its own frame."""
        match self.columns.by_uid[uid].source:
            case Attached(on=on):
                return [mine for mine, _ in on]
            case Extreme(on=on, time=(time, _)):
                return [*(mine for mine, _ in on), time]
            case Ordered() as ordered:
                return [read for scalar in ordered_scalars(ordered) for read in reads(scalar)]
            case Computed(value=value):
                return list(reads(value))
            case _:
                return []

    def _rows_before(self, frame: Frame, index: int) -> int:
        """Of a frame of groups: the last layer with its rows before another, or its first grouping."""
        earlier = [i for i in self.of_frame[id(frame)] if i < index]
        rows = [i for i in earlier if not self.layers[i].grouping]
        return rows[-1] if rows else earlier[0]

    def _folds(self, index: int) -> bool:
        """Is the layer written inside of its only reader?"""
        layer = self.layers[index]
        return (
            not layer.grouping
            and index == self.of_frame[id(layer.frame)][-1]
            and not self.other_readers[index]
            and len(self.main_readers[index]) == 1
        )

    def _is_plain_table(self, frame: Frame) -> bool:
        """A table without conditions, of which only stored columns are read: joined as it is."""
        indices = self.of_frame[id(frame)]
        if not isinstance(frame.rows, TableRows) or frame.filter or len(indices) != 1:
            return False
        return all(isinstance(self.columns.by_uid[uid].source, Stored) for uid in self.exports[indices[0]])

    # -- names --------------------------------------------------------------------------------------------------------

    def _content_of(self, uid: str) -> str:
        """What a column is, as a text that does not depend on what else is in the plan."""
        known = self.content.get(uid)
        if known is None:
            column = self.columns.by_uid[uid]
            match column.source:
                case Stored(field=declared):
                    text = f"{column.frame.name}.{declared.name}"
                case Attached(target=target, on=on):
                    text = f"{column.frame.name}<-{self._content_of(target)} on {[self._content_of(mine) for mine, _ in on]}"
                case Computed(value=value):
                    text = self._text(value)
                case Grouped(index=index):
                    rows = column.frame.rows
                    assert isinstance(rows, Groups)
                    text = f"{self._content_of_frame(column.frame)} by {index} {self._text(rows.by[index])}"
                case Aggregated() as a:
                    value_text = "" if a.value is None else self._text(a.value)
                    kept = sorted(self._text(part) for part in a.filter)
                    text = f"{self._content_of_frame(column.frame)}:{a.function}({value_text}) {kept} {a.type}"
                    text += f" {a.place}" * (a.place is not None) + f" {a.percent}%" * (a.percent is not None)
                case Paired(side=side, uid=inner):
                    text = f"{column.frame.name}.{side}.{self._content_of(inner)}"
                case Since():
                    text = f"{column.frame.name} since"
                case Ordered() as o:
                    parts = [[self._text(part) for part in o.partition], [(self._text(p), d) for p, d in o.order]]
                    of = "" if o.value is None else self._text(o.value)
                    text = f"{column.frame.name}:{o.function}({of}) {parts} {sorted(self._text(f) for f in o.filter)}"
                case Extreme(target=target, later=later, function=function, on=on):
                    ties = [self._content_of(mine) for mine, _ in on]
                    text = f"{column.frame.name}:{function} {later} {self._content_of(target)} on {ties}"
            known = names.digest(text, 32) + text[:200]
            self.content[uid] = known
        return known

    def _content_of_frame(self, frame: Frame) -> str:
        """What tells frames of one name apart: which rows of another they group, or how they are paired."""
        rows = frame.rows
        match rows:
            case Groups(where=where) if where:
                by = [self._text(part) for part in rows.by]
                return f"{frame.name} {self._content_of_frame(rows.frame)} {by} {sorted(self._text(part) for part in where)}"
            case Groups():
                inner = self._content_of_frame(rows.frame)
                return frame.name if inner == rows.frame.name else f"{frame.name} {inner}"
            case PairedRows():
                on = [(self._text(mine), self._text(its)) for mine, its in rows.on]
                return f"{frame.name} {self._content_of_frame(rows.right)} {on}"
            case _:
                return frame.name

    def _text(self, expr: ir.Expr) -> str:
        return repr(substitute(expr, self._by_content))

    def _by_content(self, col: ir.Col) -> ir.Col:
        known = self.by_content.get(col)
        if known is None:
            known = self.by_content[col] = replace(col, name=self._content_of(col.name))
        return known

    def _name_columns(self) -> None:
        for uid in self.order:
            self._content_of(uid)
        by_frame: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        exported = {uid for uids in self.exports.values() for uid in uids}
        for layer in self.layers:
            if layer.grouping:
                exported.update(self.columns[key].uid for key in layer.frame.key)
        for uid in sorted(exported, key=self._content_of):
            column = self.columns.by_uid[uid]
            by_frame[id(column.frame)][column.name.lower()].append(uid)
        for groups in by_frame.values():
            taken: set[str] = set()
            alike: list[str] = []
            for uids in groups.values():
                firsts = [uid for uid in uids if self._is_first(uid)]
                plain = uids if len(uids) == 1 else firsts if len(firsts) == 1 else []
                for uid in plain:
                    self.names[uid] = names.shortened(self.columns.by_uid[uid].name, self._content_of(uid))
                    taken.add(self.names[uid].lower())
                alike.extend(uid for uid in uids if uid not in plain)
            for uid in alike:
                self.names[uid] = names.told_apart(self.columns.by_uid[uid].name, self._content_of(uid), taken)
                taken.add(self.names[uid].lower())

    def _is_first(self, uid: str) -> bool:
        return isinstance(self.columns.by_uid[uid].source, Stored | Grouped)

    def _stage_name(self, layer: Layer) -> str:
        rows = layer.frame.rows
        kind = "rows"
        if layer.grouping:
            assert isinstance(rows, Groups)
            kind = "groups" if rows.rows_matter else ""
        wanted = "_".join(word for word in (layer.frame.name, kind) if word)
        return names.shortened(wanted, wanted)

    def _name_stages(self) -> None:
        tables = set()
        for layer in self.layers:
            rows = layer.frame.rows
            if isinstance(rows, TableRows):
                tables.add(rows.table.lower())
            elif isinstance(rows, KeyRows):
                tables.update(table.lower() for table, _ in rows.parts)
        taken: set[str] = set(tables)
        contents: dict[str, set[str]] = defaultdict(set)
        for layer in self.layers:
            contents[self._stage_name(layer)].add(self._content_of_frame(layer.frame))
        counts: dict[str, int] = defaultdict(int)
        for index, layer in enumerate(self.layers):
            wanted = self._stage_name(layer)
            if len(contents[wanted]) > 1:
                wanted = f"{wanted[: names.LONGEST - 5]}_{names.digest(self._content_of_frame(layer.frame))}"
            counts[wanted] += 1
            name = wanted if counts[wanted] == 1 else f"{wanted}_{counts[wanted]}"
            while name.lower() in taken:
                name += "_"
            taken.add(name.lower())
            self.stage_names[index] = name
        self.key_stage = f"{self.entity.name}_keys"
        while self.key_stage.lower() in taken:
            self.key_stage += "_"

    # -- drafts -------------------------------------------------------------------------------------------------------

    def _expr(self, draft: _Draft, expr: ir.Expr) -> ir.Expr:
        """A scalar over a frame's columns as one over the draft's inputs."""

        def written(node: ir.Expr) -> ir.Expr:
            if isinstance(node, ir.Col):
                return self._column(draft, node)
            return settled(positive(rebuild(node, written)))

        return written(expr)

    def _column(self, draft: _Draft, col: ir.Col) -> ir.Expr:
        if col.name not in draft.known:
            for uid in self._to_open(draft, col.name):
                draft.known[uid] = self._opened(draft, self.columns.by_uid[uid])
        known = draft.known[col.name]
        if isinstance(known, ir.Col) and known.optional and not col.optional:
            return replace(known, optional=False)
        return known

    def _to_open(self, draft: _Draft, uid: str) -> list[str]:
        """A column and those that it is computed from, as far as they are not known, each after those that it reads: a long chain
        of definitions is no deep recursion."""
        found: set[str] = set()
        waiting = [uid]
        while waiting:
            at = waiting.pop()
            if at in found or at in draft.known:
                continue
            found.add(at)
            source = self.columns.by_uid[at].source
            if isinstance(source, Computed):
                waiting.extend(reads(source.value))
        return sorted(found, key=self.order.__getitem__)

    def _opened(self, draft: _Draft, column: Column) -> ir.Expr:
        source = column.source
        if isinstance(source, Stored):
            return self._stored(draft, draft.input.alias, column)
        if isinstance(source, Attached):
            return self._attach(draft, source, column)
        assert isinstance(source, Computed), (column.name, source)
        return self._expr(draft, source.value)

    def _stored(self, draft: _Draft, alias: str, column: Column) -> ir.Expr:
        source = column.source
        assert isinstance(source, Stored)
        declared = source.field
        optional = declared.optional and not source.zero_if_missing
        draft.tables.setdefault(alias, {})[declared.name] = _table_column(declared, optional, source.zero_if_missing)
        return ir.Col(alias, declared.name, type=column.type, optional=column.optional)

    def _from_stage(self, draft: _Draft, alias: str, index: int) -> None:
        """All that a stage exports is known under its alias."""
        for uid in self.exports[index]:
            column = self.columns.by_uid[uid]
            draft.known[uid] = ir.Col(alias, self.names[uid], type=column.type, optional=column.optional)

    def _draft(self, index: int) -> _Draft:
        """The rows of a frame as a layer has them: its input, joins and conditions."""
        layer = self.layers[index]
        frame = layer.frame
        indices = self.of_frame[id(frame)]
        position = indices.index(index)
        if position:
            previous = indices[position - 1]
            if isinstance(frame.rows, Groups) and self.layers[previous].grouping:
                previous = self._rows_before(frame, index)
            alias = self.stage_names[previous]
            draft = _Draft(Input(alias, StageRef(alias)))
            self._from_stage(draft, alias, previous)
            self._late_groups(draft, layer, previous, index)
        else:
            draft = self._first_draft(frame, index)
        draft.index = index
        for uid in sorted(layer.columns, key=self._content_of):
            column = self.columns.by_uid[uid]
            if isinstance(column.source, Attached):
                self._column(draft, ir.Col("", uid, type=column.type, optional=column.optional))
        if self._filters_here(layer, index):
            draft.where.extend(self._expr(draft, part) for part in frame.filter)
        return draft

    def _filters_here(self, layer: Layer, index: int) -> bool:
        first = next(i for i in self.of_frame[id(layer.frame)] if not self.layers[i].grouping)
        return index == first

    def _first_draft(self, frame: Frame, index: int) -> _Draft:
        rows = frame.rows
        if isinstance(rows, TableRows):
            alias = _plain_alias(rows.table, rows.owner)
            return _Draft(Input(alias, Table(rows.table, (), rows.owner)))
        if isinstance(rows, KeyRows):
            since = next((uid for uid in self.layers[index].columns if self._is_since(uid)), None)
            self._write_keys(rows, since is not None)
            draft = _Draft(Input(self.key_stage, StageRef(self.key_stage)))
            key = self.columns[frame.key[0]]
            draft.known[key.uid] = ir.Col(self.key_stage, rows.key.name, type=key.type)
            if since is not None:
                draft.known[since] = ir.Col(self.key_stage, _since_beside(rows), type=TIMESTAMP)
            return draft
        assert isinstance(rows, PairedRows)
        assert rows.on, "pairs of every row with every other"
        left_uid = self.columns[rows.on[0][0]].uid
        right_uid = self.columns[rows.on[0][1]].uid
        left, right = self._serving(left_uid, index), self._serving(right_uid, index)
        left_input = self._reading(left, None)
        draft = _Draft(left_input[0], tables=dict(left_input[1]))
        right_alias = draft.alias(self._reading(right, None)[0].alias)
        right_input = self._reading(right, right_alias)
        draft.tables.update(right_input[1])
        on = []
        for mine, its in rows.on:
            on.append((self._exported(draft.input.alias, left, mine), self._field_name(right, self.columns[its].uid)))
        draft.joins.append(Join(right_input[0], tuple(on), "inner"))
        for uid in self.layers[index].columns:
            source = self.columns.by_uid[uid].source
            if not isinstance(source, Paired):
                continue
            inner = self.columns.by_uid[source.uid]
            side_alias, serving = (draft.input.alias, left) if source.side == "left" else (right_alias, right)
            draft.known[uid] = self._exported(side_alias, serving, inner.ref)
        return draft

    def _is_since(self, uid: str) -> bool:
        return isinstance(self.columns.by_uid[uid].source, Since)

    def _reading(self, serving: int, alias: str | None) -> tuple[Input, dict[str, dict[str, TableColumn]]]:
        """The rows of a layer as an input: the stage, or the plain table that it is."""
        frame = self.layers[serving].frame
        if self._is_plain_table(frame):
            rows = frame.rows
            assert isinstance(rows, TableRows)
            name = alias or _plain_alias(rows.table, rows.owner)
            scratch = _Draft(Input(name, Table(rows.table, (), rows.owner)))
            for uid in self.exports[serving]:
                self._stored(scratch, name, self.columns.by_uid[uid])
            return scratch.input, scratch.tables
        name = self.stage_names[serving]
        return Input(alias or name, StageRef(name)), {}

    def _field_name(self, serving: int, uid: str) -> str:
        frame = self.layers[serving].frame
        if self._is_plain_table(frame):
            source = self.columns.by_uid[uid].source
            assert isinstance(source, Stored)
            return source.field.name
        return self.names[uid]

    def _exported(self, alias: str, serving: int, ref: ir.Expr) -> ir.Expr:
        column = self.columns[ref]
        return ir.Col(alias, self._field_name(serving, column.uid), type=column.type, optional=column.optional)

    def _attach(self, draft: _Draft, source: Attached, column: Column) -> ir.Expr:
        serving = self._serving(source.target, draft.index)
        identity = (serving, source.on)
        alias = draft.joined.get(identity)
        if alias is None:
            found, tables = self._reading(serving, None)
            alias = draft.alias(found.alias)
            if alias != found.alias:
                found, tables = self._reading(serving, alias)
            draft.tables.update(tables)
            on = tuple(
                (
                    self._column(draft, ir.Col("", mine, type=self.columns.by_uid[mine].type)),
                    self._field_name(serving, its),
                )
                for mine, its in source.on
            )
            draft.joins.append(Join(found, on))
            draft.joined[identity] = alias
        target = self.columns.by_uid[source.target]
        return ir.Col(alias, self._field_name(serving, target.uid), type=column.type, optional=column.optional)

    def _late_groups(self, draft: _Draft, layer: Layer, previous: int, index: int) -> None:
        """Aggregates that a second grouping of the same frame made, beside the first."""
        if not isinstance(layer.frame.rows, Groups):
            return
        for late in self.of_frame[id(layer.frame)]:
            if previous < late < index and self.layers[late].grouping:
                name = self.stage_names[late]
                on = tuple(
                    (draft.known[self.columns[key].uid], self.names[self.columns[key].uid]) for key in layer.frame.key
                )
                draft.joins.append(Join(Input(name, StageRef(name)), on))
                for uid in self.exports[late]:
                    column = self.columns.by_uid[uid]
                    if isinstance(column.source, Aggregated):
                        draft.known[uid] = ir.Col(name, self.names[uid], type=column.type, optional=column.optional)

    # -- stages -------------------------------------------------------------------------------------------------------

    def run(self) -> tuple[tuple[Stage, ...], Stage, dict[str, str]]:
        self._find_readers()
        self._name_columns()
        self._name_stages()
        for index, layer in enumerate(self.layers):
            if layer.grouping:
                self.stages.append(self._grouping_stage(index))
            elif not self._folds(index) and not self._is_plain_table(layer.frame):
                self.stages.append(self._rows_stage(index))
        final, outputs = self._final()
        return tuple(self.stages), final, outputs

    def _source(self, frame: Frame, index: int, uids: Iterable[str]) -> _Draft:
        """The rows that a grouping, or the outcome, reads."""
        serving = max(i for i in self.of_frame[id(frame)] if i < index)
        if self._folds(serving):
            return self._draft(serving)
        found, tables = self._reading(serving, None)
        draft = _Draft(found, tables=dict(tables))
        if not tables:
            self._from_stage(draft, found.alias, serving)
        return draft

    def _rows_stage(self, index: int) -> Stage:
        layer = self.layers[index]
        draft = self._draft(index)
        columns = []
        for uid in self._in_order(self.exports[index]):
            column = self.columns.by_uid[uid]
            value = self._value(draft, layer, column)
            columns.append(StageColumn(self.names[uid], column.type, column.optional, value, column.condition))
        key = tuple(
            self.names[self.columns[k].uid] for k in layer.frame.key if self.columns[k].uid in self.exports[index]
        )
        return self._stage(self.stage_names[index], draft, None, tuple(columns), key)

    def _value(self, draft: _Draft, layer: Layer, column: Column) -> ir.Expr | Window | Beyond:
        """What a column of rows is, written in its layer; a later one only passes it on."""
        source = column.source
        if column.uid in layer.columns and isinstance(source, Ordered):
            return Window(
                source.function,
                column.type,
                tuple(self._expr(draft, part) for part in source.partition),
                tuple((self._expr(draft, part), descending) for part, descending in source.order),
                None if source.value is None else self._expr(draft, source.value),
                conjunction(self._expr(draft, part) for part in self._conditions(source.filter)),
                source.everyone,
            )
        if column.uid in layer.columns and isinstance(source, Extreme):
            serving = self._serving(source.target, draft.index)
            mine, its = source.time
            return Beyond(
                self.stage_names[serving],
                source.later,
                source.function,
                column.type,
                tuple((self._known(draft, own), self._field_name(serving, other)) for own, other in source.on),
                self._known(draft, mine),
                self._field_name(serving, its),
                self._field_name(serving, source.target),
            )
        return self._column(draft, ir.Col("", column.uid, type=column.type, optional=column.optional))

    def _known(self, draft: _Draft, uid: str) -> ir.Expr:
        column = self.columns.by_uid[uid]
        return self._column(draft, ir.Col("", uid, type=column.type, optional=column.optional))

    def _grouping_stage(self, index: int) -> Stage:
        layer = self.layers[index]
        rows = layer.frame.rows
        assert isinstance(rows, Groups)
        draft = self._source(rows.frame, index, self._grouping_reads(layer))
        draft.where.extend(self._expr(draft, part) for part in rows.where)
        aggregated = {
            uid: source
            for uid in layer.columns
            if isinstance(source := self.columns.by_uid[uid].source, Aggregated) and uid in self.exports[index]
        }
        lifted: list[ir.Expr] = []
        if aggregated and not rows.rows_matter:
            filters = {uid: source.filter for uid, source in aggregated.items()}
            lifted, filters = _lift(filters)
            aggregated = {uid: replace(source, filter=filters[uid]) for uid, source in aggregated.items()}
        draft.where.extend(self._expr(draft, part) for part in self._conditions(lifted))
        columns = []
        for position, value in enumerate(rows.by):
            column = self.columns[layer.frame.key[position]]
            name = self.names[column.uid]
            scalar = self._expr(draft, value)
            # Groups that are only attached may have one for a missing value: no join finds it.
            columns.append(StageColumn(name, column.type, rows.rows_matter and scalar.optional, scalar))
        by = tuple(column.name for column in columns)
        for uid in self._in_order(aggregated):
            column, source = self.columns.by_uid[uid], aggregated[uid]
            kept = conjunction(self._expr(draft, part) for part in self._conditions(source.filter))
            of = None if source.value is None else self._expr(draft, source.value)
            aggregation = Aggregation(
                source.function,  # type: ignore[arg-type]
                source.type,
                of,
                kept,
                tuple(self._expr(draft, part) for part in source.order),
                # Rows that tie have the same constant, and DuckDB refuses to order by one.
                source.tie_by_value and not isinstance(of, ir.Literal),
                source.place,
                source.percent,
            )
            columns.append(StageColumn(self.names[uid], column.type, column.optional, aggregation))
        stage = self._stage(self.stage_names[index], draft, by, tuple(columns), by)
        return replace(stage, everyone=rows.everyone)

    def _final(self) -> tuple[Stage, dict[str, str]]:
        draft = self._source(self.entity, len(self.layers), self.outputs.values())
        key = self.columns[self.entity.key[0]]
        wanted = names.distinct((self.key_name, *self.outputs))
        columns = [StageColumn(wanted[0], key.type, False, self._column(draft, ir.Col("", key.uid, type=key.type)))]
        outputs: dict[str, str] = {}
        for (name, uid), column_name in zip(self.outputs.items(), wanted[1:], strict=True):
            column = self.columns.by_uid[uid]
            value = self._column(draft, ir.Col("", uid, type=column.type, optional=column.optional))
            holds = name not in self.values
            columns.append(StageColumn(column_name, column.type, column.optional and not holds, value, condition=holds))
            outputs[name] = column_name
        name = "segments"
        while name in {stage.name for stage in self.stages}:
            name += "_"
        return self._stage(name, draft, None, tuple(columns), (wanted[0],)), outputs

    def _stage(
        self,
        name: str,
        draft: _Draft,
        by: tuple[str, ...] | None,
        columns: tuple[StageColumn, ...],
        key: tuple[str, ...],
    ) -> Stage:
        def filled(found: Input) -> Input:
            if not isinstance(found.source, Table):
                return found
            read = draft.tables.get(found.alias, {})
            return Input(found.alias, replace(found.source, columns=tuple(read[n] for n in sorted(read))))

        joins = tuple(replace(join, input=filled(join.input)) for join in draft.joins)
        where = tuple(dict.fromkeys(draft.where))
        return Stage(name, filled(draft.input), joins, where, by, columns, key)

    def _write_keys(self, rows: KeyRows, since: bool) -> None:
        """The stage that has the distinct keys of the tables that an entity without a table is made of, and ``since`` when each
        of them was there."""
        if any(stage.name == self.key_stage for stage in self.stages):
            return
        beside = _since_beside(rows)
        parts = []
        for number, (table, times) in enumerate(rows.parts, 1):
            name = self.key_stage if len(rows.parts) == 1 else f"{self.key_stage}_{number}"
            alias = _plain_alias(table, self.entity.name)
            read = {rows.key.name: _table_column(rows.key, optional=True)}
            shown: list[ir.Expr] = []
            first: ir.Expr = ir.Literal(_EVER, type=TIMESTAMP)
            for time in times:
                read[time.name] = _table_column(time, optional=True)
                happened = ir.Col(alias, time.name, type=time.type, optional=True)
                shown.append(ir.Bound(happened, "before", ir.AS_OF))
                begun = happened if time.type == TIMESTAMP else ir.Convert(happened, type=TIMESTAMP, optional=True)
                first = begun if len(shown) == 1 else _earlier(first, begun)
            where = () if not shown else (shown[0] if len(shown) == 1 else ir.Any(tuple(shown)),)
            key = StageColumn(
                rows.key.name, rows.key.type, True, ir.Col(alias, rows.key.name, type=rows.key.type, optional=True)
            )
            columns = [key]
            if since:
                columns.append(StageColumn(beside, TIMESTAMP, False, Aggregation("min", TIMESTAMP, first)))
            found = Input(alias, Table(table, tuple(read[n] for n in sorted(read))))
            self.stages.append(Stage(name, found, (), where, (key.name,), tuple(columns), (key.name,)))
            parts.append(name)
        if len(parts) > 1:
            alias = self.key_stage + "_all"
            value = ir.Col(alias, rows.key.name, type=rows.key.type)
            columns = [StageColumn(rows.key.name, rows.key.type, False, value)]
            if since:
                least = Aggregation("min", TIMESTAMP, ir.Col(alias, beside, type=TIMESTAMP))
                columns.append(StageColumn(beside, TIMESTAMP, False, least))
            key_name = rows.key.name
            found = Input(alias, Union(tuple(parts)))
            self.stages.append(Stage(self.key_stage, found, (), (), (key_name,), tuple(columns), (key_name,)))

    # -- order --------------------------------------------------------------------------------------------------------

    def _in_order(self, uids: Iterable[str]) -> list[str]:
        """Keys first, then columns by name."""

        def rank(uid: str) -> tuple[bool, str]:
            column = self.columns.by_uid[uid]
            is_key = any(self.columns[key].uid == uid for key in column.frame.key)
            return (not is_key, self.names[uid])

        return sorted(uids, key=rank)

    def _conditions(self, parts: Iterable[ir.Expr]) -> list[ir.Expr]:
        """What the rows are first, when they happened last."""
        return sorted(parts, key=lambda part: (isinstance(part, ir.Bound), self._text(part)))


_EVER = datetime(1, 1, 1)
"""Since when a key without a time has been there."""


def _since_beside(rows: KeyRows) -> str:
    return names.distinct((rows.key.name, "since"))[1]


def _earlier(one: ir.Expr, other: ir.Expr) -> ir.Expr:
    """The earlier of two times, or the one that is there."""
    first = ir.If(ir.Compare("<=", one, other), one, other, type=TIMESTAMP, optional=True)
    missing = ir.If(ir.IsMissing(one), other, first, type=TIMESTAMP, optional=True)
    return ir.If(ir.IsMissing(other), one, missing, type=TIMESTAMP, optional=True)


def _lift(filters: dict[str, frozenset[ir.Expr]]) -> tuple[list[ir.Expr], dict[str, frozenset[ir.Expr]]]:
    """What all filters have in common, and the widest of their beginnings; the filters without it."""
    common = frozenset.intersection(*filters.values())
    rest = {uid: parts - common for uid, parts in filters.items()}
    lifted = list(common)
    starts = {
        uid: [part for part in parts if isinstance(part, ir.Bound) and part.side == "from" and _is_rolling(part)]
        for uid, parts in rest.items()
    }
    if all(starts.values()):
        shared = set.intersection(*({part.value for part in parts} for parts in starts.values()))
        for value in sorted(shared, key=repr)[:1]:
            chosen = [
                min((p for p in parts if p.value == value), key=lambda p: -p.moment.micros) for parts in starts.values()
            ]
            widest = min(chosen, key=lambda part: part.moment.micros)
            lifted.append(widest)
            rest = {uid: parts - {widest} for uid, parts in rest.items()}
    return lifted, rest


def _is_rolling(part: ir.Bound) -> bool:
    """An exact distance from ``as_of``: two of them can be compared without knowing it."""
    return part.moment == replace(ir.AS_OF, micros=part.moment.micros) and not part.whole_days


def _table_column(declared: Field, optional: bool, zero_if_missing: bool = False) -> TableColumn:
    return TableColumn(
        declared.name,
        declared.column or declared.name,
        declared.type,
        optional,
        declared.missing,
        dict(declared.codes),
        declared.stored,
        key_only=declared.type.kind is Kind.ANY or not declared.declared,
        zero_if_missing=zero_if_missing,
    )


def _plain_alias(table: str, fallback: str) -> str:
    """The table's own name where it can stand as it is."""
    last = table.rpartition(".")[2]
    if last.isascii() and last.replace("_", "a").isalnum() and not last[0].isdigit():
        return last
    return fallback
