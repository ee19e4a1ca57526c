"""Tables read once for many evaluations: what an evaluation does anew each time, done before.

In: a plan and its tables as `segdsl.runtime.data` has bound them. Out: a `Prepared` for each table. Columns are read as declared;
texts of few different values become numbers; rows are sorted by the column that most aggregates group them by, so that a group is a
run of neighbours (the aggregates of a customer then share a few lines of cache: a third of the time of groups that lie scattered).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import assert_never

import polars as pl

from segdsl.backends.polars.encoded import subject
from segdsl.backends.polars.prepared import Prepared
from segdsl.backends.polars.read import MOST_VALUES, column_dtype, is_encoded, physical, read_or_encoded
from segdsl.diagnostics import SegdslError
from segdsl.errors import data as errors
from segdsl.planning.plan import Aggregation, Beyond, Plan, Stage, StageRef, Table, TableColumn, Union, Window
from segdsl.runtime.data import Binding, Engine, bound, collect, tables_of
from segdsl.runtime.progress import Steps
from segdsl.runtime.tables import Data, Dataset, Found, Ready, Tables, open_tables
from segdsl.semantics import ir
from segdsl.semantics.walk import walk
from segdsl.types import Kind

_MANY_AGGREGATES = 12
_MANY_CONDITIONS = 4
"""From so many on it pays to sort rows, and to make numbers of texts, for a single evaluation."""
_LOOKED_AT = 10_000
"""Rows that tell whether it is worth counting the different texts of all."""


def prepare(plan: Plan, data: Data) -> Dataset:
    """The tables of a plan, ready for it and for whatever else reads the same columns."""
    tables = open_tables(data)
    # Taken before anything is read.
    found = {name: (one, _state(one)) for name, one in tables.found.items()}
    binding = bound(plan, replace(tables, found=_read_once(plan, tables), ready={}))
    uses = _uses(plan)
    steps = Steps(1 + len(binding.frames))
    steps.begin("checking tables")
    ready = {}
    for name in binding.frames:
        steps.begin(f"reading {name}")
        checks = frozenset(check for check in plan.checks if check.table == name)
        ready[name] = Ready(_prepared(binding, name, uses[name]), plan.timezone, checks)
    return Dataset(
        replace(tables, lazy=False, ready=ready, found={name: _as_now(name, *one) for name, one in found.items()})
    )


def _state(found: Found) -> object:
    """Of a table's files, what changes as somebody writes them; None where there are none."""
    path = Path(found.place)
    try:
        if not found.files or not path.exists():
            return None
        files = [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.is_file())
        return [(str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files]
    except OSError:
        return "unreadable"


def _as_now(name: str, found: Found, state: object) -> Found:
    """The table as it was when others were prepared, or an error: one answer must not mix two states."""
    if state is None:
        return found

    def check() -> None:
        if _state(found) != state:
            raise SegdslError([errors.changed_since(name, found.place)])

    def scan() -> pl.LazyFrame:
        check()
        return found.scan()

    def chosen(wanted: Sequence[str]) -> pl.LazyFrame:
        check()
        return found.scan() if found.chosen is None else found.chosen(wanted)

    return replace(found, scan=scan, chosen=chosen)


def _read_once(plan: Plan, tables: Tables) -> dict[str, Found]:
    """The tables, of hosts' lazy frames what the plan wants of them: so that what is checked is what is kept."""
    wanted: dict[str, list[str]] = {}
    for table in tables_of(plan):
        wanted.setdefault(table.name, []).extend(column.column for column in table.columns)
    for check in plan.checks:
        wanted.setdefault(check.table, []).extend(check.columns)

    def read(name: str, found: Found) -> Found:
        frame = found.frame()
        known = frame.collect_schema()
        # A frame without columns has no rows.
        columns = [physical(column) for column in dict.fromkeys(wanted[name]) if column in known] or [pl.all()]
        return replace(found, scan=collect(frame.select(columns)).lazy, costly=False)

    return {
        name: read(name, found) if found.costly and name in wanted else found for name, found in tables.found.items()
    }


def paying(plan: Plan, binding: Binding) -> list[str]:
    """The tables that it pays to prepare for a single evaluation."""
    asked = [name for name in binding.frames if not binding.tables.found[name].costly]
    if not asked:
        return []
    uses = _uses(plan)
    return [name for name in asked if uses[name].pay(binding.frames[name].collect_schema())]


def hastened(plan: Plan, binding: Binding, name: str) -> Prepared:
    """One of them, prepared."""
    return _prepared(binding, name, _uses(plan)[name])


@dataclass(slots=True)
class _Uses:
    """What a plan does with the columns of a table. ``grouped``: the aggregates of those that its rows are grouped by; ``compared``:
    the different conditions on texts."""

    grouped: Counter[TableColumn] = field(default_factory=Counter)
    compared: Counter[TableColumn] = field(default_factory=Counter)

    def pay(self, schema: pl.Schema) -> bool:
        """Is a single evaluation faster if the table is prepared before it?"""
        texts = [uses for column, uses in self.compared.items() if not is_encoded(column, schema[column.column])]
        return max(self.grouped.values(), default=0) >= _MANY_AGGREGATES or max(texts, default=0) >= _MANY_CONDITIONS


def _uses(plan: Plan) -> dict[str, _Uses]:
    found = {table.name: _Uses() for table in tables_of(plan)} | {check.table: _Uses() for check in plan.checks}
    made: dict[str, dict[str, tuple[str, TableColumn]]] = {}
    for stage in (*plan.stages, plan.final):
        origins: dict[tuple[str, str], tuple[str, TableColumn]] = {}
        for given in (stage.input, *(join.input for join in stage.joins)):
            match given.source:
                case Table() as table:
                    origins |= {(given.alias, column.name): (table.name, column) for column in table.columns}
                case StageRef(stage=name):
                    origins |= {(given.alias, column): origin for column, origin in made[name].items()}
                case Union():
                    pass
                case _:
                    assert_never(given.source)
        plain = {
            column.name: origins[column.value.input, column.value.name]
            for column in stage.columns
            if isinstance(column.value, ir.Col) and (column.value.input, column.value.name) in origins
        }
        made[stage.name] = plain
        if isinstance(stage.input.source, Table):
            grouping = stage.key if stage.by is None else stage.by
            if len(grouping) == 1 and grouping[0] in plain and plain[grouping[0]][0] == stage.input.source.name:
                table_name, key = plain[grouping[0]]
                # Rows that come out one by one need not lie in order, but then keys come out sorted.
                found[table_name].grouped[key] += 0 if stage.by is None else len(stage.columns)
        conditions = {condition for expr in _expressions(stage) for condition in walk(expr)}
        for condition in conditions:
            column = subject(condition)
            if column is not None and (column.input, column.name) in origins:
                table_name, origin = origins[column.input, column.name]
                found[table_name].compared[origin] += 1
    return found


def _expressions(stage: Stage) -> Iterator[ir.Expr]:
    yield from stage.where
    for column in stage.columns:
        match column.value:
            case Aggregation(value=of, filter=kept) | Window(value=of, filter=kept):
                yield from (part for part in (of, kept) if part is not None)
            case Beyond():
                pass
            case scalar:
                yield scalar


def _prepared(binding: Binding, name: str, uses: _Uses) -> Prepared:
    layout = _layout(binding, name, uses)
    # Twice over the data, and files in parts, so that at no time much more of it is in memory than is kept.
    engine: Engine = "streaming" if binding.tables.found[name].files else "in-memory"
    return layout.finished(collect(layout.narrow(collect(layout.facts(), engine)), engine))


def _layout(binding: Binding, name: str, uses: _Uses) -> _Layout:
    columns = list(binding.columns[name])
    schema = binding.frames[name].collect_schema()
    held = [read_or_encoded(column, schema[column.column], binding.zone) for column in columns]
    # A frame without columns has no rows.
    rows = binding.frames[name].select(
        [value.alias(f"[{place}]") for place, (value, _) in enumerate(held)] or [pl.row_index("[]")]
    )
    names = {
        column: (f"[{place}]", column_dtype(column, schema[column.column])) for place, column in enumerate(columns)
    }
    texts = [
        names[column][0]
        for column, (_, dtype) in zip(columns, held, strict=True)
        if column.type.kind is Kind.STRING and dtype == pl.String
    ]
    few = collect(rows.head(_LOOKED_AT).select(pl.col(texts).n_unique() <= MOST_VALUES)) if texts else pl.DataFrame()
    key = names[uses.grouped.most_common(1)[0][0]][0] if uses.grouped else None
    return _Layout(rows, names, frozenset(text for text in texts if few[text].item()), key)


_NARROW: dict[int, pl.DataType] = {2**15: pl.Int16(), 2**31: pl.Int32(), 2**63: pl.Int64()}
"""By the least number that they do not hold."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a table is prepared. ``columns``: the name of each in ``rows``, and its dtype there; ``texts``: those that may be held as
    numbers; ``key``: by which rows are sorted."""

    rows: pl.LazyFrame
    columns: Mapping[TableColumn, tuple[str, pl.DataType]]
    texts: frozenset[str]
    key: str | None

    def facts(self) -> pl.LazyFrame:
        """One row: the values of texts that have few, the least and the greatest of whole numbers."""
        facts = [pl.lit(0).alias("[]")]
        for name, dtype in self.columns.values():
            if name in self.texts:
                values = pl.col(name).drop_nulls().unique()
                facts.append(pl.when(values.len() <= MOST_VALUES).then(values.implode()).alias(name))
            elif dtype.is_integer():
                facts.append(pl.concat_list(pl.col(name).min(), pl.col(name).max()).alias(name))
        return self.rows.select(facts)

    def narrow(self, facts: pl.DataFrame) -> pl.LazyFrame:
        """The rows in no more bytes than they need."""
        dtypes: dict[str, pl.DataType] = {}
        for name, dtype in self.columns.values():
            known = facts[name][0] if name in facts.columns else None
            if known is None:
                continue
            dtypes[name] = pl.Enum(known.sort()) if name in self.texts else _narrowest(known.to_list(), dtype)
        return self.rows.cast(dtypes)  # type: ignore[arg-type]

    def finished(self, frame: pl.DataFrame) -> Prepared:
        if self.key is not None:
            key = frame[self.key]
            # Polars does not see by itself that rows are in order already; and what a file says of its order may not be so.
            in_order = key.null_count() == 0 and not (key < key.shift(1)).any()
            frame = frame.with_columns(key.set_sorted()) if in_order else frame.sort(self.key, nulls_last=True)
        return Prepared(frame, self.columns)


def _narrowest(ends: list[int | None], dtype: pl.DataType) -> pl.DataType:
    low, high = ends
    if low is None or high is None:
        return dtype
    return next((narrow for limit, narrow in _NARROW.items() if -limit <= low and high < limit), dtype)
