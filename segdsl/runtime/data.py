"""Tables as a plan wants them: everything that can be wrong with data is found here, before anything is evaluated.

In: a plan and `Tables`. Out: a LazyFrame for each table of the plan, its columns of dtypes that can be read as declared. Raises
`SegdslError` with all findings together: tables and columns that are missing, types that differ, joins of text with numbers, texts
that are no values of their type, keys that are missing or there twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal as OneOf
from typing import TypeAlias

import polars as pl

from segdsl.backends.polars.prepared import Prepared
from segdsl.backends.polars.read import can_read, column_dtype, physical, read
from segdsl.diagnostics import Diagnostic, SegdslError
from segdsl.errors import data as errors
from segdsl.planning.plan import KeyCheck, Plan, Table, TableColumn
from segdsl.room import is_interrupt, with_room
from segdsl.runtime.dtypes import described, type_of
from segdsl.runtime.joins import Side, meetings
from segdsl.runtime.memory import fits
from segdsl.runtime.tables import Tables, reason
from segdsl.runtime.texts import parsed
from segdsl.semantics.time import Zone, zone
from segdsl.types import MAX_INT, STRING, Kind, Type

_SAMPLES = 5


def bind(plan: Plan, tables: Tables) -> dict[str, pl.LazyFrame | Prepared]:
    """The frames that `segdsl.backends.polars.emit` reads."""
    return dict(bound(plan, tables).given)


def bound(plan: Plan, tables: Tables) -> Binding:
    """The tables of a plan, found to be as it wants them."""
    work = Binding(tables, plan.timezone, meetings(plan), plan.checks)
    for table in tables_of(plan):
        work.need(table.name, table.columns)
    for check in plan.checks:
        work.need(check.table, ())
    work.settle()
    work.check_keys(plan.checks)
    return work


def tables_of(plan: Plan) -> list[Table]:
    """Every reading of a table, in the order of the plan."""
    inputs = (
        read for stage in (*plan.stages, plan.final) for read in (stage.input, *(join.input for join in stage.joins))
    )
    return [read.source for read in inputs if isinstance(read.source, Table)]


@dataclass(slots=True)
class Binding:
    """Tables on their way to a plan. ``settle`` raises what was found wrong with names and types. ``ready``: those of ``tables``
    that are prepared and have all that is wanted; ``frames``: all others."""

    tables: Tables
    timezone: str
    met: list[tuple[Side, Side]] = field(default_factory=list)
    checks: tuple[KeyCheck, ...] = ()
    frames: dict[str, pl.LazyFrame] = field(default_factory=dict)
    ready: dict[str, Prepared] = field(default_factory=dict)
    columns: dict[str, dict[TableColumn, None]] = field(default_factory=dict)
    findings: list[Diagnostic] = field(default_factory=list)

    @property
    def zone(self) -> Zone:
        return zone(self.timezone)

    @property
    def large(self) -> bool:
        """Are they too large to be held in memory? Of what is costly to read nobody asks."""
        known = {name: frame for name, frame in self.frames.items() if not self.tables.found[name].costly}
        wanted = [
            frame.select(physical(column) for column in dict.fromkeys(c.column for c in self.columns[name]))
            for name, frame in known.items()
        ]
        rows = collect_all([frame.select(pl.len()) for frame in known.values()], "streaming")
        return not fits(wanted, [count.item() for count in rows])

    @property
    def given(self) -> Mapping[str, pl.LazyFrame | Prepared]:
        """Every table."""
        return {**self.frames, **self.ready}

    def need(self, table: str, columns: Iterable[TableColumn]) -> None:
        self.columns.setdefault(table, {}).update(dict.fromkeys(columns))

    def settle(self) -> None:
        """Finds the tables, reads texts as declared types, compares types."""
        for name, columns in self.columns.items():
            self._bind(name, list(columns))
        self._raise()
        self._check_joins()
        self._raise()

    def check_keys(self, checks: Iterable[KeyCheck]) -> None:
        """Keys are present and unique. One pass over the keys alone; rows are looked at only where that finds something."""
        wanted = [check for check in checks if check.table not in self.ready]
        keys = [self.frames[check.table].select(self._key(check)) for check in wanted]
        queries = [frame.select(_key_counts(len(check.columns))) for check, frame in zip(wanted, keys, strict=True)]
        for check, frame, counts in zip(wanted, keys, collect_all(queries), strict=True):
            rows, missing, distinct = counts.row(0)
            if missing:
                large = self._holds_large_ints(check)
                self.findings.append(errors.missing_key(check.table, check.of, check.fields, missing, rows, large))
            if distinct < rows - missing:
                twice = collect(
                    frame.drop_nulls().group_by(pl.all()).len("rows[]").filter(pl.col("rows[]") > 1).sort(pl.all())
                )
                kinds = self._kinds(check)
                samples = [
                    (key[0] if len(key) == 1 else key, count)
                    for *values, count in zip(*map(_told, twice.head(_SAMPLES)), strict=True)
                    for key in [tuple(map(as_written, values, kinds))]
                ]
                self.findings.append(errors.duplicate_key(check.table, check.of, check.fields, twice.height, samples))
        self._raise()

    def _kinds(self, check: KeyCheck) -> list[Type | None]:
        """As what the columns of a key are read, where the plan reads them."""
        types = {column.column: column.type for column in reversed(self.columns[check.table])}
        return [types.get(name) for name in check.columns]

    def _holds_large_ints(self, check: KeyCheck) -> bool:
        """Are there whole numbers in a key's columns which are too large for an int, and so read as missing?"""
        schema = self.frames[check.table].collect_schema()
        whole = [
            (value, physical(name))
            for name, value in zip(check.columns, self._key(check), strict=True)
            if schema[name].is_integer()
        ]
        lost = [(value.is_null() & (raw.cast(pl.Int128, strict=False).abs() > MAX_INT)).any() for value, raw in whole]
        return bool(lost) and any(collect(self.frames[check.table].select(pl.any_horizontal(lost))).row(0))

    def _key(self, check: KeyCheck) -> list[pl.Expr]:
        """The columns of a key as the plan reads them, where it does: a spelling may mean that it is missing."""
        schema = self.frames[check.table].collect_schema()
        read_as = {c.column: c for c in reversed(self.columns[check.table])}
        return [
            (read(read_as[name], schema[name], self.zone) if name in read_as else physical(name)).alias(f"[{i}]")
            for i, name in enumerate(check.columns)
        ]

    def _raise(self) -> None:
        if self.findings:
            raise SegdslError(self.findings)

    # -- one table ------------------------------------------------------------------------------------------------------

    def _bind(self, name: str, columns: list[TableColumn]) -> None:
        if name not in self.tables.found:
            self.findings.append(errors.missing_table(name, self.tables.found, self.tables.where))
            return
        ready = self.tables.ready.get(name)
        if ready is not None and ready.serves(columns, self.timezone, [c for c in self.checks if c.table == name]):
            self.ready[name] = ready.table
            return
        found = self.tables.found[name]
        try:
            frame = found.frame([*(column.column for column in columns), *self._key_columns(name)])
        except SegdslError as error:
            self.findings.extend(error.diagnostics)
            return
        schema = frame.collect_schema()
        if found.texts and not schema and not collect(frame.select(pl.len())).item():
            # A file without objects does not say what would be in them.
            known = [*(c.column for c in columns), *self._key_columns(name)]
            frame = pl.LazyFrame(schema=dict.fromkeys(known, pl.String()))
            schema = frame.collect_schema()
        missing = {c.column: c for c in columns if c.column not in schema}
        self.findings.extend(
            errors.missing_column(name, c.column, None if c.type.kind is Kind.ANY else c.type, schema)
            for c in missing.values()
        )
        present = [c for c in columns if c.column in schema]
        written = [
            c for c in present if found.texts or (c.column in found.partitions and schema[c.column] == pl.String)
        ]
        if found.texts or written:
            typed = self._read_texts(name, frame, written)
            if typed is None:
                return
            frame, schema = typed, typed.collect_schema()
        # A text that is a decimal may have been given more places than are declared, on its way to those.
        rounded = [c for c in written if c.type.kind is Kind.DECIMAL and isinstance(schema[c.column], pl.Decimal)]
        self._check_types(name, [c for c in present if c not in rounded], schema)
        self.frames[name] = frame

    def _key_columns(self, table: str) -> list[str]:
        """Those that are looked at whether a plan reads them or not."""
        return [column for check in self.checks if check.table == table for column in check.columns]

    def _check_types(self, name: str, columns: Iterable[TableColumn], schema: pl.Schema) -> None:
        for column in columns:
            found = schema[column.column]
            if not can_read(column, found):
                self.findings.append(
                    errors.column_type(name, column.column, column.type, described(found), type_of(found))
                )

    def _read_texts(self, name: str, frame: pl.LazyFrame, columns: list[TableColumn]) -> pl.LazyFrame | None:
        """The columns of a table of texts as values; finds those that are none. None where the file cannot be read."""
        types: dict[str, Type] = {}
        spellings: dict[str, set[str]] = {}
        for column in columns:
            of = self._met_type(name, column.column) if column.type.kind is Kind.ANY else column.type
            types.setdefault(column.column, of)
            spellings.setdefault(column.column, set()).update(column.missing)
        try:
            frame = self._exact(name, frame, types)
        except SegdslError as error:
            self.findings.extend(error.diagnostics)
            return None
        values = {
            c: parsed(physical(c), of, self.zone, bool(spellings[c]))
            for c, of in types.items()
            if of.kind is not Kind.STRING
        }
        # A cell between quotes in which there is nothing is as empty as one without.
        no_value = {
            c: sorted(spelled | ({""} if self.tables.found[name].blanks else set())) for c, spelled in spellings.items()
        }
        lost = {
            c: physical(c).is_not_null()
            & value.is_null()
            & ~physical(c).is_in(pl.Series(no_value[c], dtype=pl.String).implode())
            for c, value in values.items()
        }
        # Every column is asked for something: of a line with too many cells Polars complains only where it reads the last one.
        whole = [pl.all().null_count().name.suffix("]")] if self.tables.found[name].texts else []
        if not (lost or (whole and frame.collect_schema())):
            return frame
        try:
            counts = frame.select(*(bad.sum().alias(f"[{i}]") for i, bad in enumerate(lost.values())), *whole)
            counted = collect(counts).row(0)[: len(lost)]
        except SegdslError as error:
            place = self.tables.found[name].place
            self.findings.append(errors.unreadable_data(place, reason(error.__cause__ or error)))
            return None
        for (column_name, bad), count in zip(lost.items(), counted, strict=True):
            if count:
                texts = collect(frame.filter(bad).select(physical(column_name)).unique().sort(pl.all()).head(_SAMPLES))
                self.findings.append(
                    errors.unreadable_values(name, column_name, types[column_name], count, texts.to_series().to_list())
                )
        return frame.with_columns(value.alias(c) for c, value in values.items())

    def _exact(self, name: str, frame: pl.LazyFrame, types: Mapping[str, Type]) -> pl.LazyFrame:
        """A table of texts, those of lists and of exact numbers as they are in the file."""
        found = self.tables.found[name]
        if found.exact is None:
            return frame
        lists = [column for column, of in types.items() if of.kind is Kind.LIST]
        numbers = [column for column, of in types.items() if of.kind is Kind.DECIMAL]
        try:
            return found.exact(frame, lists, numbers)
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError, RecursionError) as error:
            if is_interrupt(error):
                raise KeyboardInterrupt from error
            raise SegdslError([errors.unreadable_data(found.place, reason(error))]) from error

    def _met_type(self, table: str, column: str) -> Type:
        """An undeclared key of a table of texts is read as the type that it is joined to."""
        for one, two in self.met:
            for side, other in ((one, two), (two, one)):
                if side.origin == (table, column) and other.type.kind is not Kind.ANY:
                    return other.type.plain
        return STRING

    # -- joins ----------------------------------------------------------------------------------------------------------

    def _check_joins(self) -> None:
        for one, two in self.met:
            if one.origin is None or two.origin is None or Kind.ANY not in (one.type.kind, two.type.kind):
                continue
            dtypes = [self._dtype(side) for side in (one, two)]
            if any(dtype is None for dtype in dtypes):
                continue
            left, right = (dtype for dtype in dtypes if dtype is not None)
            if left != right and not (left.is_integer() and right.is_integer()):
                self.findings.append(
                    errors.joined_types(".".join(one.origin), described(left), ".".join(two.origin), described(right))
                )

    def _dtype(self, side: Side) -> pl.DataType | None:
        assert side.origin is not None
        table, name = side.origin
        column = next(c for c in self.columns[table] if c.column == name and c.type == side.type)
        if table in self.ready:
            held = self.ready[table].columns[column][1]
            return None if isinstance(held, pl.Null) else held
        found = self.frames[table].collect_schema()[name]
        return None if isinstance(found, pl.Null) else column_dtype(column, found)


def as_written(value: object, kind: Type | None) -> object:
    """A value of a key as its owner knows it: of a decimal, which is held in its smallest units, the number."""
    if kind is None or kind.kind is not Kind.DECIMAL or not isinstance(value, int | Decimal):
        return value
    number = Decimal(f"{value}E-{kind.scale}") if isinstance(value, int) else value
    digits = f"{number:f}"
    return Decimal(digits.rstrip("0").rstrip(".") if "." in digits else digits)


def _told(column: pl.Series) -> list[object]:
    """The values of a column of keys. Days and times that Python's calendar has not are told as Polars writes them, or, beyond its
    own, by their numbers."""
    if column.dtype.base_type() in (pl.Date, pl.Datetime):
        years = column.dt.year()
        if years.has_nulls():
            return column.to_physical().cast(pl.String).to_list()
        if not years.is_between(1, 9999).all():
            return column.cast(pl.String).to_list()
    return column.to_list()


def _key_counts(width: int) -> list[pl.Expr]:
    parts = [pl.col(f"[{i}]") for i in range(width)]
    present = parts[0].is_not_null() if width == 1 else pl.all_horizontal([part.is_not_null() for part in parts])
    key = parts[0] if width == 1 else pl.struct(parts)
    return [
        pl.len().cast(pl.Int64).alias("rows"),
        (~present).sum().cast(pl.Int64).alias("missing"),
        key.filter(present).n_unique().cast(pl.Int64).alias("distinct"),
    ]


# -- Polars' own words ------------------------------------------------------------------------------------------------------


Engine: TypeAlias = OneOf["in-memory", "streaming"]


def collect(frame: pl.LazyFrame, engine: Engine = "in-memory") -> pl.DataFrame:
    """A frame's rows."""
    return collect_all([frame], engine)[0]


def collect_all(frames: list[pl.LazyFrame], engine: Engine = "in-memory") -> list[pl.DataFrame]:
    """The same for several at once. What Polars says of data that it cannot read or process becomes a `SegdslError`.

    The engine in memory keeps rows in order and has the fewest surprises; the streaming one is for what memory does not hold.
    """
    try:
        return with_room(lambda: pl.collect_all(frames, engine=engine))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, MemoryError) as error:
        if is_interrupt(error):
            raise KeyboardInterrupt from error
        raise SegdslError([errors.failed_evaluation(reason(error))]) from error
