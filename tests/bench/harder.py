"""Harder questions one by one, over customers, orders and items (TPC-H): amounts as decimals, items two hops away, distinct,
first and last, sequences, groups, the row before, medians, streaks. Each against Polars and DuckDB by hand.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from polars import col

import segdsl
from tests.bench.data import data_option, tpch
from tests.bench.measure import Contender, Goal, Run, Suite, command
from tests.bench.peers import peer
from tests.bench.relational import TABLES as ORDER_TABLES
from tests.bench.templates import AS_OF
from tests.bench.templates import schema as order_schema

if TYPE_CHECKING:
    import duckdb

ITEM_COLUMNS = (
    "l_orderkey", "l_linenumber", "l_partkey", "l_quantity", "l_extendedprice", "l_discount", "l_returnflag", "l_shipmode",
)  # fmt: skip
TABLES = {**ORDER_TABLES, "lineitem": ITEM_COLUMNS}
MONEY = "decimal(15,2)"
ITEM = {
    "table": "lineitem",
    "parent": "order",
    "on": {"l_orderkey": "o_orderkey"},
    "key": ["l_orderkey", "line"],
    "fields": {
        "l_orderkey": "int",
        "line": {"type": "int", "column": "l_linenumber"},
        "part": {"type": "int", "column": "l_partkey"},
        "quantity": {"type": MONEY, "column": "l_quantity"},
        "price": {"type": MONEY, "column": "l_extendedprice"},
        "discount": {"type": MONEY, "column": "l_discount"},
        "returned": {"type": "string", "column": "l_returnflag"},
        "mode": {"type": "string", "column": "l_shipmode"},
    },
}
GAP = "trait order.gap = days_between(previous(placed_on), placed_on)\n"

Frames = Mapping[str, pl.LazyFrame]


@dataclass(frozen=True, slots=True)
class Question:
    """Some segments; ``polars`` makes one row for each customer and conditions over it, ``sql`` likewise ``{grouped}`` and theirs."""

    segments: tuple[str, ...]
    polars: Callable[[Frames], tuple[pl.LazyFrame, tuple[pl.Expr, ...]]]
    sql: str
    conditions: tuple[str, ...]


def items(frames: Frames) -> pl.LazyFrame:
    """Each with its order's customer and day."""
    orders = frames["orders"].select("o_orderkey", "o_custkey", "o_orderdate")
    return frames["lineitem"].join(orders, left_on="l_orderkey", right_on="o_orderkey")


ITEMS = "lineitem JOIN orders ON l_orderkey = o_orderkey"


def decimals(frames: Frames) -> tuple[pl.LazyFrame, tuple[pl.Expr, ...]]:
    finished = col("o_totalprice").filter(col("o_orderstatus") == "F")
    grouped = frames["orders"].group_by("o_custkey").agg(
        col("o_totalprice").sum().alias("a"), finished.sum().alias("b"), finished.mean().alias("c"),
        col("o_totalprice").max().alias("d"),
    )  # fmt: skip
    return grouped, (col("a") > 2_000_000, 2 * col("b") > col("a"), col("c") > 150_000, col("d") > 400_000)


def two_hops(frames: Frames) -> tuple[pl.LazyFrame, tuple[pl.Expr, ...]]:
    lately = col("o_orderdate") >= pl.date(1998, 2, 4)
    grouped = items(frames).group_by("o_custkey").agg(
        col("l_quantity").sum().alias("a"), (col("l_returnflag") == "R").sum().alias("b"),
        (col("l_extendedprice") * (1 - col("l_discount"))).sum().alias("c"), lately.sum().alias("d"),
        col("l_extendedprice").max().alias("e"), ((col("l_shipmode") == "AIR") & (col("l_quantity") > 45)).any().alias("f"),
    )  # fmt: skip
    conditions = (col("a") > 1500, col("b") >= 12, col("c") > 2_000_000, col("d") >= 5, col("e") > 100_000, col("f"))
    return grouped, conditions


def distinct(frames: Frames) -> tuple[pl.LazyFrame, tuple[pl.Expr, ...]]:
    returned = col("l_shipmode").filter(col("l_returnflag") == "R")
    grouped = (
        items(frames).group_by("o_custkey").agg(col("l_partkey").n_unique().alias("a"), returned.n_unique().alias("b"))
    )
    return grouped, (col("a") >= 60, col("b") >= 6)


def first_and_last(frames: Frames) -> tuple[pl.LazyFrame, tuple[pl.Expr, ...]]:
    ordered = frames["orders"].sort("o_orderdate", "o_orderkey")
    grouped = ordered.group_by("o_custkey", maintain_order=True).agg(
        col("o_orderpriority").first().alias("a"), col("o_orderstatus").last().alias("b")
    )
    return grouped, (col("a") == "1-URGENT", col("b") == "F")


def _pairs(frames: Frames) -> pl.LazyFrame:
    """Urgent orders beside later low ones."""
    urgent = frames["orders"].filter(col("o_orderpriority") == "1-URGENT")
    low = frames["orders"].filter(col("o_orderpriority") == "5-LOW").select("o_custkey", later="o_orderdate")
    return urgent.join(low, on="o_custkey").filter(col("later") > col("o_orderdate"))


def followed(frames: Frames) -> tuple[pl.LazyFrame, tuple[pl.Expr, ...]]:
    soon = _pairs(frames).filter(col("later") <= col("o_orderdate").dt.offset_by("30d"))
    return soon.group_by("o_custkey").agg(pl.len().alias("a")), (col("a") > 0,)


def not_followed(frames: Frames) -> tuple[pl.LazyFrame, tuple[pl.Expr, ...]]:
    urgent = frames["orders"].filter(col("o_orderpriority") == "1-URGENT")
    alone = urgent.join(_pairs(frames).select("o_orderkey"), on="o_orderkey", how="anti")
    return alone.group_by("o_custkey").agg(pl.len().alias("a")), (col("a") > 0,)


def _month(column: str) -> pl.Expr:
    return col(column).dt.truncate("1mo")


def months(frames: Frames) -> tuple[pl.LazyFrame, tuple[pl.Expr, ...]]:
    by_month = frames["orders"].group_by("o_custkey", _month("o_orderdate").alias("month")).agg(
        col("o_totalprice").sum().alias("total")
    )  # fmt: skip
    grouped = by_month.group_by("o_custkey").agg((col("total") > 600_000).any().alias("a"), pl.len().alias("b"))
    return grouped, (col("a"), col("b") >= 20)


def gaps(frames: Frames) -> tuple[pl.LazyFrame, tuple[pl.Expr, ...]]:
    ordered = frames["orders"].sort("o_custkey", "o_orderdate", "o_orderkey")
    gap = col("o_orderdate").diff().dt.total_days().over("o_custkey")
    grouped = ordered.with_columns(gap.alias("gap")).group_by("o_custkey").agg(
        col("gap").max().alias("a"), (col("gap") <= 7).sum().alias("b")
    )  # fmt: skip
    return grouped, (col("a") > 700, col("b") >= 2)


def large_orders(frames: Frames) -> tuple[pl.LazyFrame, tuple[pl.Expr, ...]]:
    by_order = frames["lineitem"].group_by("l_orderkey").agg(col("l_quantity").sum().alias("pieces"))
    large = frames["orders"].join(by_order, left_on="o_orderkey", right_on="l_orderkey").filter(col("pieces") > 250)
    return large.group_by("o_custkey").agg(pl.len().alias("a")), (col("a") > 0,)


def medians(frames: Frames) -> tuple[pl.LazyFrame, tuple[pl.Expr, ...]]:
    grouped = frames["orders"].group_by("o_custkey").agg(col("o_totalprice").median().alias("a"))
    return grouped, (col("a") > 180_000,)


def streaks(frames: Frames) -> tuple[pl.LazyFrame, tuple[pl.Expr, ...]]:
    number = col("o_orderdate").dt.year().cast(pl.Int32) * 12 + col("o_orderdate").dt.month()
    told = frames["orders"].select("o_custkey", number.alias("month")).unique().sort("o_custkey", "month")
    island = (col("month") - pl.int_range(pl.len()).over("o_custkey")).alias("island")
    runs = told.with_columns(island).group_by("o_custkey", "island").agg(pl.len().alias("length"))
    return runs.group_by("o_custkey").agg(col("length").max().alias("a")), (col("a") >= 4,)


QUESTIONS: Mapping[str, Question] = {
    "decimals": Question(
        (
            "sum(order.total) > 2000000",
            '2 * sum(order.total where status = "F") > sum(order.total)',
            'avg(order.total where status = "F") > 150000',
            "max(order.total) > 400000",
        ),
        decimals,
        """SELECT o_custkey, sum(o_totalprice) AS a, sum(o_totalprice) FILTER (WHERE o_orderstatus = 'F') AS b,
            avg(o_totalprice) FILTER (WHERE o_orderstatus = 'F') AS c, max(o_totalprice) AS d FROM orders GROUP BY 1""",
        ("a > 2000000", "2 * b > a", "c > 150000", "d > 400000"),
    ),
    "two hops": Question(
        (
            "sum(item.quantity) > 1500",
            'count(item where returned = "R") >= 12',
            "sum(item.price * (1 - item.discount)) > 2000000",
            "count(item in last 180 days) >= 5",
            "max(item.price) > 100000",
            'any(item where mode = "AIR" and quantity > 45)',
        ),
        two_hops,
        f"""SELECT o_custkey, sum(l_quantity) AS a, count(*) FILTER (WHERE l_returnflag = 'R') AS b,
            sum(l_extendedprice * (1 - l_discount)) AS c, count(*) FILTER (WHERE o_orderdate >= DATE '1998-02-04') AS d,
            max(l_extendedprice) AS e, bool_or(l_shipmode = 'AIR' AND l_quantity > 45) AS f FROM {ITEMS} GROUP BY 1""",
        ("a > 1500", "b >= 12", "c > 2000000", "d >= 5", "e > 100000", "f"),
    ),
    "distinct": Question(
        ("distinct(item.part) >= 60", 'distinct(item.mode where returned = "R") >= 6'),
        distinct,
        f"""SELECT o_custkey, count(DISTINCT l_partkey) AS a,
            count(DISTINCT l_shipmode) FILTER (WHERE l_returnflag = 'R') AS b FROM {ITEMS} GROUP BY 1""",
        ("a >= 60", "b >= 6"),
    ),
    "first and last": Question(
        ('first(order.priority) = "1-URGENT"', 'last(order.status) = "F"'),
        first_and_last,
        """SELECT o_custkey, arg_min(o_orderpriority, (o_orderdate, o_orderkey)) AS a,
            arg_max(o_orderstatus, (o_orderdate, o_orderkey)) AS b FROM orders GROUP BY 1""",
        ("a = '1-URGENT'", "b = 'F'"),
    ),
    "followed by": Question(
        ('any(order where priority = "1-URGENT" followed by (order where priority = "5-LOW") within 30 days)',),
        followed,
        """SELECT DISTINCT one.o_custkey FROM orders AS one JOIN orders AS two ON one.o_custkey = two.o_custkey
            AND two.o_orderdate > one.o_orderdate AND two.o_orderdate <= one.o_orderdate + 30
            WHERE one.o_orderpriority = '1-URGENT' AND two.o_orderpriority = '5-LOW'""",
        ("true",),
    ),
    "not followed by": Question(
        ('any(order where priority = "1-URGENT" not followed by (order where priority = "5-LOW"))',),
        not_followed,
        """SELECT DISTINCT one.o_custkey FROM orders AS one WHERE one.o_orderpriority = '1-URGENT' AND NOT EXISTS
            (FROM orders AS two WHERE one.o_custkey = two.o_custkey
            AND two.o_orderdate > one.o_orderdate AND two.o_orderpriority = '5-LOW')""",
        ("true",),
    ),
    "per": Question(
        ("any(order per month having sum(total) > 600000)", "count(order per month) >= 20"),
        months,
        """SELECT o_custkey, bool_or(total > 600000) AS a, count(*) AS b FROM (SELECT o_custkey, sum(o_totalprice) AS total
            FROM orders GROUP BY o_custkey, date_trunc('month', o_orderdate)) GROUP BY 1""",
        ("a", "b >= 20"),
    ),
    "previous": Question(
        ("max(order.gap) > 700", "count(order where gap <= 7) >= 2"),
        gaps,
        """SELECT o_custkey, max(gap) AS a, count(*) FILTER (WHERE gap <= 7) AS b FROM (SELECT o_custkey,
            o_orderdate - lag(o_orderdate) OVER (PARTITION BY o_custkey ORDER BY o_orderdate, o_orderkey) AS gap
            FROM orders) GROUP BY 1""",
        ("a > 700", "b >= 2"),
    ),
    "rows of a row": Question(
        ("any(order where sum(item.quantity) > 250)",),
        large_orders,
        """SELECT DISTINCT o_custkey FROM orders JOIN (SELECT l_orderkey FROM lineitem GROUP BY 1
            HAVING sum(l_quantity) > 250) ON l_orderkey = o_orderkey""",
        ("true",),
    ),
    "median": Question(
        ("median(order.total) > 180000",),
        medians,
        "SELECT o_custkey, median(o_totalprice) AS a FROM orders GROUP BY 1",
        ("a > 180000",),
    ),
    "streak": Question(
        ("streak(order per month) >= 4",),
        streaks,
        """SELECT o_custkey, max(length) AS a FROM (SELECT o_custkey, count(*) AS length FROM (SELECT o_custkey,
            month - row_number() OVER (PARTITION BY o_custkey ORDER BY month) AS island FROM (SELECT DISTINCT o_custkey,
            year(o_orderdate) * 12 + month(o_orderdate) AS month FROM orders)) GROUP BY o_custkey, island) GROUP BY 1""",
        ("a >= 4",),
    ),
}


class Tables:
    def __init__(self, paths: Mapping[str, Path]) -> None:
        self.paths = paths

    @cached_property
    def frames(self) -> dict[str, pl.DataFrame]:
        return {table: pl.read_parquet(path, columns=list(TABLES[table])) for table, path in self.paths.items()}

    @cached_property
    def database(self) -> duckdb.DuckDBPyConnection:
        import duckdb

        connection = duckdb.connect()
        for table, path in self.paths.items():
            connection.execute(f"CREATE TABLE {table} AS SELECT {', '.join(TABLES[table])} FROM '{path}'")
        return connection


def schema() -> dict[str, object]:
    told = order_schema(MONEY)
    relations = told["relations"]
    assert isinstance(relations, dict)
    return {**told, "relations": {**relations, "item": ITEM}}


class Asked:
    """One question, as every contender asks it. The answer is how many customers each of its segments has."""

    def __init__(self, tables: Tables, question: Question) -> None:
        self.tables = tables
        self.question = question
        self.named = {f"s{number}": text for number, text in enumerate(question.segments)}

    @cached_property
    def library(self) -> segdsl.Library:
        text = "".join(f"segment {name} where {condition}\n" for name, condition in self.named.items())
        return segdsl.Library.from_text(GAP + text, schema())

    def segdsl(self, prepared: bool = False) -> Run:
        selection = self.library.select(self.named)
        selection.plan()
        frames = selection.prepare(self.tables.frames) if prepared else self.tables.frames
        return lambda: dict(selection.counts(frames, as_of=AS_OF).sizes)

    def segdsl_sql(self) -> Run:
        statement = str(self.library.select(self.named).sql("duckdb", "counts", as_of=AS_OF))
        return lambda: {name: size for name, size, *_ in self.tables.database.execute(statement).fetchall()}

    def polars(self, engine: str) -> Run:
        frames = {table: frame.lazy() for table, frame in self.tables.frames.items()}

        def run() -> dict[str, int]:
            grouped, conditions = self.question.polars(frames)
            sums = [condition.sum().alias(name) for name, condition in zip(self.named, conditions, strict=True)]
            return grouped.select(sums).collect(engine=engine).row(0, named=True)

        return run

    def duckdb(self) -> Run:
        sums = ", ".join(f"count(*) FILTER (WHERE {condition})" for condition in self.question.conditions)
        statement = f"SELECT {sums} FROM ({self.question.sql})"
        database = self.tables.database
        return lambda: dict(zip(self.named, database.execute(statement).fetchall()[0], strict=True))


def contenders(asked: Asked) -> Iterator[Contender]:
    yield Contender("segdsl, prepared", partial(asked.segdsl, prepared=True), "segdsl")
    yield Contender("segdsl, one shot", asked.segdsl)
    for engine in ("in-memory", "streaming"):
        yield Contender(f"Polars by hand, {engine}", partial(asked.polars, engine), "by hand")
    if peer("duckdb") is not None:
        yield Contender("DuckDB by hand", asked.duckdb, "by hand")
        yield Contender("SQL of segdsl in DuckDB", asked.segdsl_sql)


GOALS = (
    Goal("segdsl, one shot", "by hand"),
    Goal("segdsl, prepared", "by hand"),
    Goal("SQL of segdsl in DuckDB", "DuckDB by hand"),
)


def suites(wanted: argparse.Namespace) -> Iterator[Suite]:
    tables = Tables(tpch(wanted.data, wanted.scale, TABLES))
    for name, question in QUESTIONS.items():
        if not wanted.question or name in wanted.question:
            asked = Asked(tables, question)
            yield Suite(f"{name}, TPC-H SF{wanted.scale}", tuple(contenders(asked)), GOALS)


def options(parser: argparse.ArgumentParser) -> None:
    data_option(parser)
    parser.add_argument("--scale", type=int, default=1, help="6 million items each")
    parser.add_argument("--question", action="append", choices=tuple(QUESTIONS))


if __name__ == "__main__":
    command("tests.bench.harder", __doc__, options, suites)
