"""How the cost of a library grows: with rows, segments, relations and history. Prints tables, writes JSON, draws plots."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import polars as pl

import segdsl
from tests.bench import templates
from tests.bench.data import data_option, kept, tpch
from tests.bench.measure import Contender, Run, Suite, machine, measure, seconds
from tests.bench.peers import peer
from tests.bench.plots import plot
from tests.bench.profile import AS_OF as PROFILE_AS_OF
from tests.bench.profile import Shop, make_customers
from tests.bench.relational import TABLES, TYPES

ENTITY_ROWS = (100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)
ORDER_ROWS = (150_000, 500_000, 1_500_000, 5_000_000, 15_000_000)
SEGMENTS = (1, 3, 10, 30, 100, 300, 1000)
RELATIONS = (1, 2, 4, 8)
YEARS = (0.5, 1, 2, 4, 6.5)

PREPARED, ONE_SHOT, SQL = "Polars, prepared", "Polars, one shot", "SQL in DuckDB"


@dataclass(frozen=True, slots=True)
class Series:
    """One thing that grows. Each point is how much of it there is, and what is measured there."""

    name: str
    title: str
    across: str
    points: Sequence[tuple[float, Suite]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A library over tables, each a Parquet file."""

    library: segdsl.Library
    files: dict[str, Path]
    as_of: object

    def frames(self) -> dict[str, pl.DataFrame]:
        return {table: pl.read_parquet(path) for table, path in self.files.items()}

    def polars(self, prepared: bool) -> Run:
        selection, frames = self.library.select(), self.frames()
        selection.plan()
        data = selection.prepare(frames) if prepared else frames
        return lambda: dict(selection.counts(data, as_of=self.as_of).sizes)

    def duckdb(self) -> Run:
        import duckdb

        connection = duckdb.connect()
        for table, path in self.files.items():
            connection.execute(f"CREATE TABLE {table} AS FROM '{path}'")
        statement = str(self.library.select().sql("duckdb", "counts", as_of=self.as_of))
        return lambda: {name: size for name, size, *_ in connection.execute(statement).fetchall()}

    def suite(self, title: str) -> Suite:
        contenders = [
            Contender(PREPARED, partial(self.polars, prepared=True)),
            Contender(ONE_SHOT, partial(self.polars, prepared=False)),
        ]
        if peer("duckdb") is not None:
            contenders.append(Contender(SQL, self.duckdb))
        return Suite(title, tuple(contenders))


class Orders:
    """Customers and orders of TPC-H, as many of them as are wanted, in files that are kept."""

    def __init__(self, folder: Path, largest: int) -> None:
        self.folder = folder
        self.scale = max(1, -(-largest // 1_500_000))
        self.paths = tpch(folder, self.scale, TABLES)

    def customers(self, orders: int) -> dict[str, Path]:
        """The first customers, who have about so many orders."""
        last = orders * 150_000 // 1_500_000
        return {
            table: self._kept(f"{table}-{orders}", table, pl.col(key) <= last)
            for table, key in (("customer", "c_custkey"), ("orders", "o_custkey"))
        }

    def since(self, years: float, orders: int) -> dict[str, Path]:
        """The same customers with what they ordered in so many years."""
        day = templates.TODAY - timedelta(days=round(365.25 * years))
        customers = self.customers(orders)
        kept_ = (pl.col("o_custkey") <= orders * 150_000 // 1_500_000) & (pl.col("o_orderdate") >= day)
        return {**customers, "orders": self._kept(f"orders-{orders}-{years}-years", "orders", kept_)}

    def _kept(self, name: str, table: str, which: pl.Expr) -> Path:
        rows = pl.scan_parquet(self.paths[table]).filter(which).select(TABLES[table])
        return kept(self.folder / "growth" / f"sf{self.scale}-{name}.parquet", rows.sink_parquet)


def _library(segments: int) -> segdsl.Library:
    text = templates.library_text(templates.questions(segments))
    return segdsl.Library.from_text(text, templates.schema(TYPES["decimal"]))


def _rows(path: Path) -> int:
    return pl.scan_parquet(path).select(pl.len()).collect().item()


def profiles(folder: Path, largest: int) -> Series:
    points = []
    for rows in ENTITY_ROWS:
        if rows <= largest:
            path = kept(folder / f"profiles-{rows}.parquet", partial(make_customers, rows=rows))
            asked = Asked(Shop(path, 30).library, {"customers": path}, PROFILE_AS_OF)
            points.append((rows, asked.suite(f"30 profile segments, {rows:,} customers")))
    return Series("rows", "30 segments of profiles", "customers", points)


def order_rows(orders: Orders, largest: int) -> Series:
    library = _library(30)
    points = []
    for rows in ORDER_ROWS:
        if rows <= largest:
            asked = Asked(library, orders.customers(rows), templates.AS_OF)
            points.append((_rows(asked.files["orders"]), asked.suite(f"30 segments, about {rows:,} orders")))
    return Series("orders", "30 segments of customers by their orders", "orders", points)


def segments(orders: Orders, rows: int) -> Series:
    files = orders.customers(rows)
    points = [
        (count, Asked(_library(count), files, templates.AS_OF).suite(f"{count} segments, about {rows:,} orders"))
        for count in SEGMENTS
    ]
    return Series("segments", f"Segments, over {rows:,} orders", "segments", points)


def relations(orders: Orders, rows: int) -> Series:
    """Tables of orders beside each other, each with segments of its own."""
    files = orders.customers(rows)
    points = []
    for count in RELATIONS:
        names = [f"order{number}" for number in range(count)]
        schema = templates.schema(TYPES["decimal"])
        (order,) = schema["relations"].values()
        schema["relations"] = {name: {**order, "table": f"{name}s"} for name in names}
        text = "".join(
            f"segment {name}_{segment} where {question.segdsl.replace('order', name)}\n"
            for name in names
            for segment, question in templates.questions(16).items()
        )
        tables = {"customer": files["customer"], **{f"{name}s": files["orders"] for name in names}}
        asked = Asked(segdsl.Library.from_text(text, schema), tables, templates.AS_OF)
        points.append((count, asked.suite(f"{count} relations of about {rows:,} rows, 16 segments each")))
    return Series("relations", f"Relations of {rows:,} rows, 16 segments each", "relations", points)


def history(orders: Orders, rows: int) -> Series:
    points = []
    for years in YEARS:
        asked = Asked(_library(30), orders.since(years, rows), templates.AS_OF)
        points.append((years, asked.suite(f"30 segments, {years:g} years of orders")))
    return Series("history", f"Years of history, {rows // 10:,} customers", "years", points)


SERIES = ("rows", "orders", "segments", "relations", "history")


def wanted_series(wanted: argparse.Namespace) -> Iterator[Series]:
    orders = Orders(wanted.data, max(wanted.orders, wanted.largest_orders))
    makers = {
        "rows": partial(profiles, wanted.data, wanted.largest_rows),
        "orders": partial(order_rows, orders, wanted.largest_orders),
        "segments": partial(segments, orders, wanted.orders),
        "relations": partial(relations, orders, wanted.orders),
        "history": partial(history, orders, wanted.orders),
    }
    for name in wanted.series:
        yield makers[name]()


def measured(series: Series, rounds: int) -> dict[str, object]:
    """CPU seconds of every contender at every point."""
    lines: dict[str, list[tuple[float, float]]] = {}
    print(f"\n{series.title}")
    for place, suite in series.points:
        told = measure(suite, rounds, {})
        for name in told.readings:
            lines.setdefault(name, []).append((place, told.median(name)))
        print(
            f"  {place:>12,g} {series.across:<10}",
            *(f"{n}: {seconds(told.median(n))}" for n in told.readings),
            flush=True,
        )
    return {"name": series.name, "title": series.title, "across": series.across, "lines": lines}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.growth", description=__doc__)
    data_option(parser)
    parser.add_argument("--series", nargs="+", choices=SERIES, default=list(SERIES))
    parser.add_argument("--orders", type=int, default=1_500_000, help="where something else grows")
    parser.add_argument("--largest-orders", type=int, default=15_000_000)
    parser.add_argument("--largest-rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--json", type=Path, help="a file for all that is measured; series that it has and that are not wanted stay"
    )
    parser.add_argument("--plots", type=Path, help="a folder for an SVG of each series")
    wanted = parser.parse_args()
    kept_before = json.loads(wanted.json.read_text())["series"] if wanted.json and wanted.json.exists() else []
    told = {one["name"]: one for one in kept_before}
    for series in wanted_series(wanted):
        told[series.name] = one = measured(series, wanted.rounds)
        if wanted.plots is not None:
            wanted.plots.mkdir(parents=True, exist_ok=True)
            drawn = plot(series.title, series.across, "CPU seconds", one["lines"])
            (wanted.plots / f"growth-{series.name}.svg").write_text(drawn)
        if wanted.json is not None:
            written = {"machine": machine(), "rounds": wanted.rounds, "series": list(told.values())}
            wanted.json.write_text(json.dumps(written, indent=1))


if __name__ == "__main__":
    main()
