"""Segments of customers by their orders (TPC-H), against fused queries written by hand and against a query for each segment."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

import segdsl
from tests.bench import by_hand, templates
from tests.bench.data import data_option, tpch
from tests.bench.measure import Contender, Goal, Run, Suite, command
from tests.bench.peers import peer
from tests.bench.profile import members

if TYPE_CHECKING:
    import duckdb

TABLES = {
    "customer": ("c_custkey", "c_nationkey", "c_acctbal", "c_mktsegment"),
    "orders": ("o_orderkey", "o_custkey", "o_orderdate", "o_totalprice", "o_orderstatus", "o_orderpriority", "o_clerk"),
}
MONEY = ("c_acctbal", "o_totalprice")
TEXTS = {"customer": ("c_mktsegment",), "orders": ("o_orderstatus", "o_orderpriority", "o_clerk")}
KEYS = ("c_custkey", "o_custkey")
TYPES = {"decimal": "decimal(15,2)", "float": "float"}


class Tables:
    """Customers and orders in every form in which a contender reads them, each made when it is first wanted."""

    def __init__(self, paths: Mapping[str, Path], money: str) -> None:
        self.paths = paths
        self.money = money

    @cached_property
    def loaded(self) -> dict[str, pl.DataFrame]:
        """The columns that are needed, as the files have them."""
        return {table: self.scan(table).collect() for table in TABLES}

    @cached_property
    def prepared(self) -> dict[str, pl.DataFrame]:
        """Texts as Enum, keys narrow, orders sorted by customer."""
        told = {}
        for table, frame in self.loaded.items():
            values = {name: frame[name].unique().sort() for name in TEXTS[table]}
            told[table] = frame.with_columns(
                *(pl.col(name).cast(pl.Enum(known)) for name, known in values.items()),
                *(pl.col(name).cast(pl.UInt32) for name in KEYS if name in frame.columns),
            )
        told["orders"] = told["orders"].sort("o_custkey")
        return told

    def scan(self, table: str) -> pl.LazyFrame:
        columns = pl.scan_parquet(self.paths[table]).select(TABLES[table])
        if self.money == "decimal":
            return columns
        return columns.with_columns(pl.col(name).cast(pl.Float64) for name in TABLES[table] if name in MONEY)

    def _columns(self, table: str) -> str:
        floats = MONEY if self.money == "float" else ()
        return ", ".join(f"{name}::DOUBLE AS {name}" if name in floats else name for name in TABLES[table])

    @cached_property
    def database(self) -> duckdb.DuckDBPyConnection:
        import duckdb

        connection = duckdb.connect()
        for table, path in self.paths.items():
            connection.execute(f"CREATE TABLE {table} AS SELECT {self._columns(table)} FROM '{path}'")
        return connection

    @cached_property
    def prepared_database(self) -> duckdb.DuckDBPyConnection:
        """Texts as ENUM, keys narrow, orders sorted by customer."""
        import duckdb

        connection = duckdb.connect()
        for table, path in self.paths.items():
            casts = [f"{name}::UINTEGER AS {name}" for name in KEYS if name in TABLES[table]]
            for name in TEXTS[table]:
                connection.execute(
                    f"CREATE TYPE {name}_values AS ENUM (SELECT DISTINCT {name} FROM '{path}' ORDER BY 1)"
                )
                casts.append(f"{name}::{name}_values AS {name}")
            order = "ORDER BY o_custkey" if table == "orders" else ""
            source = f"(SELECT {self._columns(table)} FROM '{path}')"
            connection.execute(f"CREATE TABLE {table} AS SELECT * REPLACE ({', '.join(casts)}) FROM {source} {order}")
        return connection

    @cached_property
    def views(self) -> duckdb.DuckDBPyConnection:
        """Nothing but the files."""
        import duckdb

        connection = duckdb.connect()
        for table, path in self.paths.items():
            connection.execute(f"CREATE VIEW {table} AS SELECT {self._columns(table)} FROM '{path}'")
        return connection


class Asked:
    """So many segments, as every contender asks them."""

    def __init__(self, tables: Tables, count: int) -> None:
        self.tables = tables
        self.count = count
        self.questions = templates.questions(count)
        schema = templates.schema(TYPES[tables.money])
        self.library = segdsl.Library.from_text(templates.library_text(self.questions), schema)

    # -- segdsl ---------------------------------------------------------------------------------------------------------

    def segdsl_counts(self, prepared: bool = False) -> Run:
        selection = self.library.select(self.questions)
        selection.plan()
        frames = selection.prepare(self.tables.loaded) if prepared else self.tables.loaded
        return lambda: dict(selection.counts(frames, as_of=templates.AS_OF).sizes)

    def segdsl_preparing(self) -> Run:
        """What is done once, and not part of the time of `segdsl_counts`."""
        selection = self.library.select(self.questions)
        selection.plan()
        return lambda: str(selection.prepare(self.tables.loaded))

    def segdsl_flags(self, prepared: bool = False) -> Run:
        selection = self.library.select(self.questions)
        selection.plan()
        frames = selection.prepare(self.tables.loaded) if prepared else self.tables.loaded
        return lambda: selection.evaluate(frames, as_of=templates.AS_OF)

    def segdsl_files(self) -> Run:
        """Counts, from Parquet files of which nothing is in memory."""
        selection = self.library.select(self.questions)
        selection.plan()
        frames = {table: self.tables.scan(table) for table in TABLES}
        return lambda: dict(selection.counts(frames, as_of=templates.AS_OF).sizes)

    def segdsl_one_by_one(self, prepared: bool = False) -> Run:
        selections = {name: self.library.select([name]) for name in self.questions}
        for selection in selections.values():
            selection.plan()
        frames = self.library.prepare(self.tables.loaded) if prepared else self.tables.loaded
        return lambda: {
            name: selection.counts(frames, as_of=templates.AS_OF).sizes[name] for name, selection in selections.items()
        }

    def segdsl_sql(self, shape: str = "counts", prepared: bool = False) -> Run:
        database = self.tables.prepared_database if prepared else self.tables.database
        statement = str(self.library.select(self.questions).sql("duckdb", shape, as_of=templates.AS_OF))
        if shape == "counts":
            return lambda: {name: size for name, size, *_ in database.execute(statement).fetchall()}
        return lambda: database.sql(statement).to_arrow_table()

    def segdsl_sql_one_by_one(self) -> Run:
        statements = {
            name: str(self.library.select([name]).sql("duckdb", "counts", as_of=templates.AS_OF))
            for name in self.questions
        }
        database = self.tables.database
        return lambda: {name: database.execute(text).fetchall()[0][1] for name, text in statements.items()}

    # -- by hand --------------------------------------------------------------------------------------------------------

    def polars(self, frames: Mapping[str, pl.DataFrame], shape: str = "counts", sort: bool = False) -> Run:
        """``sort``: by customer first, within the time."""
        answer = by_hand.polars_counts if shape == "counts" else by_hand.polars_flags

        def run() -> object:
            orders = frames["orders"].sort("o_custkey") if sort else frames["orders"]
            return answer(frames["customer"].lazy(), orders.lazy(), self.questions, "in-memory")

        return run

    def polars_streaming(self, frames: Mapping[str, pl.DataFrame]) -> Run:
        customers, orders = frames["customer"].lazy(), frames["orders"].lazy()
        return lambda: by_hand.polars_counts(customers, orders, self.questions, "streaming")

    def polars_files(self) -> Run:
        customers, orders = self.tables.scan("customer"), self.tables.scan("orders")
        return lambda: by_hand.polars_counts(customers, orders, self.questions, "streaming")

    def duckdb(self, form: str, shape: str = "counts", prepared: bool = False, files: bool = False) -> Run:
        tables = self.tables
        database = tables.views if files else tables.prepared_database if prepared else tables.database
        statement = getattr(by_hand, form)(self.questions, shape)
        if shape == "flags":
            return lambda: database.sql(statement).to_arrow_table()
        return lambda: dict(zip(self.questions, database.execute(statement).fetchall()[0], strict=True))

    def duckdb_one_by_one(self) -> Run:
        statements = {name: by_hand.with_ranks({name: asked}, "counts") for name, asked in self.questions.items()}
        database = self.tables.database
        return lambda: {name: database.execute(text).fetchall()[0][0] for name, text in statements.items()}


def memberships(found: object) -> dict[str, tuple[int, int]]:
    """Of a table of segments and keys, what `members` says of one of flags."""
    frame = pl.DataFrame(found)
    segment, key = frame.columns if frame.dtypes[0] == pl.String else frame.columns[::-1]
    grouped = frame.group_by(segment).agg(pl.len(), pl.col(key).sum().alias("sum"))
    return {name: (size, total) for name, size, total in grouped.iter_rows()}


def some(found: object) -> dict[str, tuple[int, int]]:
    """`members`, without segments in which there is nobody."""
    return {name: told for name, told in members(found).items() if told[0]}


def counting(asked: Asked) -> Iterator[Contender]:
    tables = asked.tables
    yield Contender("segdsl, prepared", partial(asked.segdsl_counts, prepared=True))
    yield Contender("segdsl, the preparing", asked.segdsl_preparing, question="preparing")
    yield Contender("segdsl, one shot", asked.segdsl_counts)
    yield Contender("segdsl, a plan each", asked.segdsl_one_by_one)
    yield Contender("Polars by hand, one shot", lambda: asked.polars(tables.loaded), "Polars by hand")
    yield Contender("Polars by hand, sorted first", lambda: asked.polars(tables.loaded, sort=True), "Polars by hand")
    yield Contender("Polars by hand, streaming", lambda: asked.polars_streaming(tables.loaded), "Polars by hand")
    yield Contender("Polars by hand, prepared", lambda: asked.polars(tables.prepared))
    if peer("duckdb") is None:
        return
    yield Contender("DuckDB by hand, ranks", partial(asked.duckdb, "with_ranks"))
    yield Contender("DuckDB by hand, cut points", partial(asked.duckdb, "with_cuts"))
    yield Contender("DuckDB by hand, cut points, prepared", partial(asked.duckdb, "with_cuts", prepared=True))
    yield Contender("DuckDB, a query each", asked.duckdb_one_by_one)
    yield Contender("SQL of segdsl in DuckDB", asked.segdsl_sql)
    yield Contender("SQL of segdsl in DuckDB, prepared", partial(asked.segdsl_sql, prepared=True))
    yield Contender("SQL of segdsl in DuckDB, a statement each", asked.segdsl_sql_one_by_one)


COUNTING = (
    Goal("segdsl, prepared", "DuckDB by hand, ranks", 0.3),
    Goal("segdsl, prepared", "DuckDB by hand, cut points", 0.45),
    Goal("segdsl, prepared", "DuckDB by hand, cut points, prepared", 0.7),
    Goal("segdsl, one shot", "DuckDB by hand, ranks", 0.45),
    Goal("segdsl, one shot", "segdsl, a plan each", 0.2),
    Goal("SQL of segdsl in DuckDB", "DuckDB by hand, ranks", 0.8),
    Goal("SQL of segdsl in DuckDB", "SQL of segdsl in DuckDB, a statement each", 0.4),
)


def flagging(asked: Asked) -> Iterator[Contender]:
    tables = asked.tables
    yield Contender("segdsl, prepared", partial(asked.segdsl_flags, prepared=True), answer=some)
    yield Contender("segdsl, one shot", asked.segdsl_flags, answer=some)
    yield Contender("Polars by hand, one shot", lambda: asked.polars(tables.loaded, "flags"), answer=some)
    yield Contender("Polars by hand, prepared", lambda: asked.polars(tables.prepared, "flags"), answer=some)
    if peer("duckdb") is None:
        return
    yield Contender("DuckDB by hand, ranks", partial(asked.duckdb, "with_ranks", "flags"), answer=some)
    yield Contender("DuckDB by hand, cut points", partial(asked.duckdb, "with_cuts", "flags"), answer=some)
    yield Contender("SQL of segdsl in DuckDB, flags", partial(asked.segdsl_sql, "flags"), answer=some)
    yield Contender(
        "SQL of segdsl in DuckDB, memberships", partial(asked.segdsl_sql, "memberships"), answer=memberships
    )


FLAGGING = (
    Goal("segdsl, prepared", "DuckDB by hand, ranks", 0.3),
    Goal("segdsl, prepared", "DuckDB by hand, cut points", 0.45),
    Goal("segdsl, one shot", "DuckDB by hand, ranks", 0.45),
    Goal("SQL of segdsl in DuckDB, flags", "DuckDB by hand, ranks", 0.8),
)


def reading_files(asked: Asked) -> Iterator[Contender]:
    """Nothing is in memory before."""
    yield Contender("segdsl, from Parquet", asked.segdsl_files)
    yield Contender("Polars by hand, from Parquet, streaming", asked.polars_files)
    if peer("duckdb") is not None:
        yield Contender(
            "DuckDB by hand, from Parquet, ranks", partial(asked.duckdb, "with_ranks", files=True), "DuckDB"
        )
        yield Contender(
            "DuckDB by hand, from Parquet, cut points", partial(asked.duckdb, "with_cuts", files=True), "DuckDB"
        )


FILES = (
    Goal("segdsl, from Parquet", "DuckDB", 1.0, "memory"),
    Goal("segdsl, from Parquet", None, 1.2 * 1024, "memory"),
)


def scaling(tables: Tables, counts: tuple[int, ...]) -> Iterator[Contender]:
    kinds = len(templates.TEMPLATES)
    kinds_asked = Asked(tables, kinds)
    yield Contender(f"segdsl, {kinds} times 1 segment", kinds_asked.segdsl_one_by_one, question="each")
    yield Contender(
        f"segdsl prepared, {kinds} times 1 segment",
        partial(kinds_asked.segdsl_one_by_one, prepared=True),
        question="each",
    )
    for count in counts:
        asked = Asked(tables, count)
        words = f"{count} segment{'s' if count > 1 else ''}"
        yield Contender(f"segdsl, {words}", asked.segdsl_counts, question=words)
        yield Contender(f"segdsl prepared, {words}", partial(asked.segdsl_counts, prepared=True), question=words)
        if peer("duckdb") is None:
            continue
        for form, called in (("with_ranks", "ranks"), ("with_cuts", "cut points")):
            run = partial(asked.duckdb, form)
            yield Contender(f"DuckDB by hand, {words}, {called}", run, question=words)
        yield Contender(f"SQL of segdsl in DuckDB, {words}", asked.segdsl_sql, question=words)


def _growth(subject: str) -> Iterator[Goal]:
    """300 segments beside one: the first, which looks at the last month alone, and one as they are on average."""
    kinds = len(templates.TEMPLATES)
    yield Goal(f"{subject}, 300 segments", f"{subject}, 1 segment", 20)
    yield Goal(f"{subject}, 300 segments", f"{subject}, {kinds} times 1 segment", 20 / kinds)
    yield Goal(f"{subject}, 300 segments", "DuckDB by hand, 300 segments, ranks", 0.2)


SCALING = (*_growth("segdsl"), *_growth("segdsl prepared"))


def suites(wanted: argparse.Namespace) -> Iterator[Suite]:
    tables = Tables(tpch(wanted.data, wanted.scale, TABLES), wanted.money)
    asked = Asked(tables, wanted.segments)
    title = f"{wanted.segments} relational segments, TPC-H SF{wanted.scale}, amounts as {wanted.money}"
    facts = {
        "orders": f"{1_500_000 * wanted.scale:,}",
        "segments": wanted.segments,
        "aggregates": len(templates.aggregates(asked.questions)),
        "ranks": len(templates.ranks(asked.questions)),
    }
    if "counts" in wanted.shape:
        yield Suite(f"{title}: how many in each", tuple(counting(asked)), COUNTING, facts)
    if "flags" in wanted.shape:
        yield Suite(f"{title}: a row for each customer", tuple(flagging(asked)), FLAGGING, facts)
    if "files" in wanted.shape:
        yield Suite(f"{title}: from Parquet", tuple(reading_files(asked)), FILES, facts)
    if "scaling" in wanted.shape:
        yield Suite(
            f"1 to 300 relational segments, TPC-H SF{wanted.scale}", tuple(scaling(tables, (1, 30, 300))), SCALING
        )


def options(parser: argparse.ArgumentParser) -> None:
    data_option(parser)
    parser.add_argument("--scale", type=int, default=1, help="1.5 million orders each")
    parser.add_argument("--segments", type=int, default=30)
    parser.add_argument("--money", choices=tuple(TYPES), default="decimal", help="the type of amounts")
    parser.add_argument("--shape", nargs="+", choices=("counts", "flags", "files", "scaling"), default=["counts"])


if __name__ == "__main__":
    command("tests.bench.relational", __doc__, options, suites)
