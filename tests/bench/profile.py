"""Segments of profile columns alone: 100 of them over 1,000,000 rows of 12 columns, against what one would write by hand."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

import segdsl
from tests.bench import conditions as written
from tests.bench.data import data_option, kept
from tests.bench.measure import Contender, Goal, Run, Suite, command
from tests.bench.peers import peer

if TYPE_CHECKING:
    import duckdb

AS_OF = datetime(written.TODAY.year, written.TODAY.month, written.TODAY.day)
TEXTS = [name for name, column in written.COLUMNS.items() if column.type == "string"]
PANDAS_SEGMENTS = 10


def make_customers(path: Path, rows: int) -> None:
    """Seeded columns: every value that predicates compare with, and values between."""
    import numpy as np

    chance = np.random.default_rng(1)
    columns: dict[str, pl.Series] = {"id": pl.Series(range(1, rows + 1), dtype=pl.Int64)}
    for name, column in written.COLUMNS.items():
        match column.type:
            case "int":
                low, high = min(column.values), max(column.values)
                values = pl.Series(chance.integers(low, high + 3, rows), dtype=pl.Int64)
            case "float":
                low, high = min(column.values), max(column.values)
                values = pl.Series(chance.uniform(low * 0.8, high * 1.1, rows).round(4))
            case "date":
                days = (written.TODAY - min(column.values)).days
                values = pl.Series([written.TODAY], dtype=pl.Date).new_from_index(0, rows)
                values -= (
                    pl.Series(chance.integers(0, days + 20, rows), dtype=pl.Int64).cast(pl.Duration("ms")) * 86_400_000
                )
            case _:
                texts = pl.Series(column.values, dtype=pl.String)
                values = texts.gather(chance.integers(0, len(column.values), rows))
        if column.missing:
            gone = pl.Series(chance.random(rows) < column.missing)
            values = pl.select(pl.when(~gone).then(values)).to_series()
        columns[name] = values
    pl.DataFrame(columns).write_parquet(path)


class Shop:
    """The table in every form in which a contender reads it, each made when it is first wanted."""

    def __init__(self, path: Path, segments: int) -> None:
        self.path = path
        self.conditions = {f"s{n:04}": c for n, c in enumerate(written.conditions(7, segments))}
        self.library = segdsl.Library.from_text(written.library_text(list(self.conditions.values())), written.schema())

    @cached_property
    def frame(self) -> pl.DataFrame:
        return pl.read_parquet(self.path).rechunk()

    @cached_property
    def encoded(self) -> pl.DataFrame:
        """The same with texts as Enum."""
        return self.frame.with_columns(pl.col(name).cast(pl.Enum(written.COLUMNS[name].values)) for name in TEXTS)

    @cached_property
    def database(self) -> duckdb.DuckDBPyConnection:
        """The table as it is, and once more with texts as ENUM."""
        import duckdb

        connection = duckdb.connect()
        connection.execute(f"CREATE TABLE customers AS FROM '{self.path}'")
        for name in TEXTS:
            values = ", ".join(f"'{value}'" for value in written.COLUMNS[name].values)
            connection.execute(f"CREATE TYPE {name}_values AS ENUM ({values})")
        casts = ", ".join(f"{name}::{name}_values AS {name}" for name in TEXTS)
        connection.execute(f"CREATE TABLE encoded AS SELECT * REPLACE ({casts}) FROM customers")
        return connection

    # -- segdsl ---------------------------------------------------------------------------------------------------------

    def segdsl_counts(self, frame: pl.DataFrame, prepared: bool = False) -> Run:
        selection = self.library.select(self.conditions)
        selection.plan()
        data = {"customers": frame}
        data = selection.prepare(data) if prepared else data
        return lambda: dict(selection.counts(data, as_of=AS_OF).sizes)

    def segdsl_flags(self, frame: pl.DataFrame, prepared: bool = False) -> Run:
        selection = self.library.select(self.conditions)
        selection.plan()
        data = {"customers": frame}
        data = selection.prepare(data) if prepared else data
        return lambda: selection.evaluate(data, as_of=AS_OF)

    def segdsl_sql(self, table: str) -> Run:
        sql = str(self.library.select(self.conditions).sql("duckdb", "counts", as_of=AS_OF))
        statement = sql.replace("customers", table)
        return lambda: {name: size for name, size, *_ in self.database.execute(statement).fetchall()}

    # -- Polars by hand -------------------------------------------------------------------------------------------------

    def plain(self, lazy: pl.LazyFrame) -> tuple[pl.LazyFrame, dict[str, pl.Expr]]:
        leaf = written.polars_predicate
        return lazy, {name: written.polars_expression(c, leaf) for name, c in self.conditions.items()}

    def shared(self, lazy: pl.LazyFrame) -> tuple[pl.LazyFrame, dict[str, pl.Expr]]:
        """Distinct predicates first."""
        uses = (predicate for condition in self.conditions.values() for predicate in written.predicates(condition))
        names = {predicate: f"p{number}" for number, predicate in enumerate(dict.fromkeys(uses))}
        first = lazy.select("id", *(written.polars_predicate(p).alias(name) for p, name in names.items()))
        return first, {
            name: written.polars_expression(c, lambda p: pl.col(names[p])) for name, c in self.conditions.items()
        }

    def polars_counts(self, frame: pl.DataFrame, form: Form, engine: str) -> Run:
        def run() -> dict[str, int]:
            lazy, flags = form(frame.lazy())
            sums = lazy.select(flag.sum().alias(name) for name, flag in flags.items())
            return sums.collect(engine=engine).row(0, named=True)

        return run

    def polars_flags(self, frame: pl.DataFrame, form: Form, engine: str) -> Run:
        def run() -> pl.DataFrame:
            lazy, flags = form(frame.lazy())
            told = lazy.select("id", *(flag.fill_null(value=False).alias(name) for name, flag in flags.items()))
            return told.collect(engine=engine)

        return run

    def polars_one_by_one(self, frame: pl.DataFrame) -> Run:
        def run() -> dict[str, int]:
            _, flags = self.plain(frame.lazy())
            return {name: frame.select(flag.sum()).item() for name, flag in flags.items()}

        return run

    # -- others ---------------------------------------------------------------------------------------------------------

    def duckdb_one_query(self, table: str) -> Run:
        sums = ", ".join(f"count(*) FILTER (WHERE {written.sql_text(c)})" for c in self.conditions.values())
        statement = f"SELECT {sums} FROM {table}"

        def run() -> dict[str, int]:
            (row,) = self.database.execute(statement).fetchall()
            return dict(zip(self.conditions, row, strict=True))

        return run

    def duckdb_one_by_one(self, table: str) -> Run:
        statements = {
            name: f"SELECT count(*) FROM {table} WHERE {written.sql_text(c)}" for name, c in self.conditions.items()
        }
        return lambda: {name: self.database.execute(s).fetchall()[0][0] for name, s in statements.items()}

    def duckdb_flags(self, table: str) -> Run:
        flags = ", ".join(f"coalesce({written.sql_text(c)}, false) AS {name}" for name, c in self.conditions.items())
        statement = f"SELECT id, {flags} FROM {table}"
        return lambda: self.database.sql(statement).to_arrow_table()

    def pandas_counts(self) -> Run:
        frame = self.frame.to_pandas()
        some = list(self.conditions.items())[:PANDAS_SEGMENTS]
        return lambda: {name: int(written.pandas_mask(c, frame).sum()) for name, c in some}

    def segdsl_some(self) -> Run:
        selection = self.library.select(list(self.conditions)[:PANDAS_SEGMENTS])
        selection.plan()
        return lambda: dict(selection.counts({"customers": self.frame}, as_of=AS_OF).sizes)


Form = Callable[[pl.LazyFrame], tuple[pl.LazyFrame, Mapping[str, pl.Expr]]]


def members(flags: object) -> dict[str, tuple[int, int]]:
    """Of a frame of flags, how many there are in each, and the sum of their keys: enough to tell two answers apart."""
    flags = pl.DataFrame(flags)
    names = flags.columns[1:]
    sizes = flags.select(pl.col(name).sum() for name in names).row(0)
    keys = flags.select(
        pl.col(flags.columns[0]).cast(pl.Int64).filter(pl.col(name)).sum().alias(name) for name in names
    ).row(0)
    return dict(zip(names, zip(sizes, keys, strict=True), strict=True))


def suites(wanted: argparse.Namespace) -> Iterator[Suite]:
    path = kept(wanted.data / f"profiles-{wanted.rows}.parquet", lambda path: make_customers(path, wanted.rows))
    shop = Shop(path, wanted.segments)
    uses = [p for c in shop.conditions.values() for p in written.predicates(c)]
    facts = {
        "rows": f"{wanted.rows:,}",
        "segments": wanted.segments,
        "predicates": len(uses),
        "different": len(set(uses)),
    }
    title = f"{wanted.segments} profile segments, {wanted.rows:,} rows"
    yield Suite(f"{title}: how many in each", tuple(counting(shop)), GOALS, facts)
    yield Suite(f"{title}: a row for each customer", tuple(flagging(shop)), GOALS, facts)
    if peer("pandas") is not None:
        yield Suite(
            f"{PANDAS_SEGMENTS} of the segments, {wanted.rows:,} rows",
            (Contender("segdsl", shop.segdsl_some), Contender("pandas, a mask each", shop.pandas_counts)),
        )


def counting(shop: Shop) -> Iterator[Contender]:
    yield Contender("segdsl, prepared", lambda: shop.segdsl_counts(shop.frame, prepared=True))
    for what, family, frame, table in (
        ("as loaded", "", lambda: shop.frame, "customers"),
        ("encoded", " encoded", lambda: shop.encoded, "encoded"),
    ):
        hand, database = f"Polars by hand{family}", f"DuckDB{family}"
        yield Contender(f"segdsl, {what}", lambda frame=frame: shop.segdsl_counts(frame()))
        for form, words in ((shop.plain, "plain"), (shop.shared, "shared predicates")):
            for engine in ("in-memory", "streaming"):
                yield Contender(
                    f"Polars by hand, {what}, {words}, {engine}",
                    lambda frame=frame, form=form, engine=engine: shop.polars_counts(frame(), form, engine),
                    hand,
                )
        yield Contender(
            f"Polars by hand, {what}, a select each", lambda frame=frame: shop.polars_one_by_one(frame()), hand
        )
        if peer("duckdb") is not None:
            yield Contender(f"DuckDB, {what}, one query", lambda table=table: shop.duckdb_one_query(table), database)
            yield Contender(
                f"DuckDB, {what}, a query each", lambda table=table: shop.duckdb_one_by_one(table), database
            )
            yield Contender(f"SQL of segdsl in DuckDB, {what}", lambda table=table: shop.segdsl_sql(table))


GOALS = (
    Goal("segdsl, as loaded", "Polars by hand", 1.1),
    Goal("segdsl, as loaded", "DuckDB", 0.4),
    Goal("segdsl, encoded", "Polars by hand encoded", 1.1),
    Goal("segdsl, encoded", "DuckDB encoded", 0.15),
    Goal("segdsl, prepared", "Polars by hand encoded", 1.1),
    Goal("segdsl, prepared", "DuckDB encoded", 0.15),
)


def flagging(shop: Shop) -> Iterator[Contender]:
    yield Contender("segdsl, prepared", lambda: shop.segdsl_flags(shop.frame, prepared=True), answer=members)
    for what, family, frame, table in (
        ("as loaded", "", lambda: shop.frame, "customers"),
        ("encoded", " encoded", lambda: shop.encoded, "encoded"),
    ):
        yield Contender(f"segdsl, {what}", lambda frame=frame: shop.segdsl_flags(frame()), answer=members)
        for engine in ("in-memory", "streaming"):
            yield Contender(
                f"Polars by hand, {what}, shared predicates, {engine}",
                lambda frame=frame, engine=engine: shop.polars_flags(frame(), shop.shared, engine),
                f"Polars by hand{family}",
                answer=members,
            )
        if peer("duckdb") is not None:
            yield Contender(
                f"DuckDB, {what}, one query",
                lambda table=table: shop.duckdb_flags(table),
                f"DuckDB{family}",
                answer=members,
            )


def options(parser: argparse.ArgumentParser) -> None:
    data_option(parser)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--segments", type=int, default=100)


if __name__ == "__main__":
    command("tests.bench.profile", __doc__, options, suites)
