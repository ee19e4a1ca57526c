"""A library of many segments over a large shop: how often each table is read, and how long the evaluation takes."""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import segdsl
from segdsl.demo import AS_OF, make_shop
from segdsl.planning.describe import scans

GAP = "trait order.days_before = days_between(previous(placed_at), placed_at)"

TEMPLATES = (
    "count(order in last {n} days) >= {k}",
    "sum(order.total in last {n} days) >= {m}",
    "orders >= {k} and count(order in last {n} days) = 0",
    'avg(order.total where channel = "web") > {m}',
    "any(order in last {n} days where total > {m})",
    "max(order.total) > {m} and not any(event in last {n} days)",
    'sum(item.quantity in last {n} days where product.category = "coffee") >= {k}',
    "distinct(item.product_id in last {n} days) >= {k}",
    "any(order where any(item where quantity >= {k}) and total > {m})",
    'count(event in last {n} days where type = "view") >= {k} and country in ("GR", "CY")',
)

"""Aggregates, each customer by itself."""

COMPANY = (
    "top {p}% by sum(order.total in last {n} days) among orders >= {k}",
    "quantile(sum(order.total), 5) = {k}",
    "top {m} exactly by count(order in last {n} days)",
    "top {p}% of sum(order.total in last {n} days)",
    "top {m} per product.category by sum(item.quantity in last {n} days)",
    "avg(order.total) > overall(avg(order.total in last {n} days))",
    "any(order followed by (order) within {n} days)",
    "any(order where total > {m} not followed by (order where total > {k}) within {n} days)",
    "any(order where any(order as next where next.placed_at > order.placed_at and next.total > order.total + {m}))",
    "streak(order per month) >= {k}",
    "any(item in last {n} days per month having sum(quantity) >= {k})",
    "median(order.total) > {m}",
    "max(order.days_before) > {n}",
    "(top {p}% by sum(order.total) among orders >= {k}) as of {n} days ago",
)
"""Ranks, sequences, groups, the past: each customer among others, each row among others."""

LIBRARIES = {"aggregates": ("", TEMPLATES), "company": (GAP, COMPANY)}


def library_text(segments: int, kind: str) -> str:
    """So many different segments."""
    head, templates = LIBRARIES[kind]
    lines = [head]
    for number in range(segments):
        template = templates[number % len(templates)]
        turn = number // len(templates)
        condition = template.format(n=7 + 13 * turn, k=1 + turn % 5, m=20 + 15 * turn, p=5 + 3 * turn)
        lines.append(f"segment s{number:03} where {condition}")
    return "\n".join(lines) + "\n"


def timed(run: Callable[[], dict[str, int]]) -> tuple[dict[str, int], float, float]:
    """The answer, CPU seconds of all threads, and seconds by the wall clock."""
    cpu, wall = time.process_time(), time.perf_counter()
    answer = run()
    return answer, time.process_time() - cpu, time.perf_counter() - wall


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--segments", type=int, default=100)
    parser.add_argument("--kind", choices=sorted(LIBRARIES), default="aggregates")
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        shop = make_shop(Path(folder), customers=wanted.customers)
        project = segdsl.load(shop.project_file)
        library = segdsl.Library.from_text(
            library_text(wanted.segments, wanted.kind), project.schema, packs=["commerce"]
        )
        names = [name for name in library if name.startswith("s") and name[1:].isdigit()]
        print(
            f"{wanted.segments} segments; the plan reads each table so often:",
            scans(library.plan(library.select(names).segments)),
        )

        import duckdb
        import polars as pl

        connection = duckdb.connect()
        frames = {}
        for path in sorted(Path(shop.data).glob("*.parquet")):
            connection.execute(f"CREATE TABLE {path.stem} AS SELECT * FROM '{path}'")
            frames[path.stem] = pl.read_parquet(path)
        print("rows:", {name: frame.height for name, frame in frames.items()})

        def with_polars() -> dict[str, int]:
            flags = library.evaluate(frames, as_of=AS_OF, names=names)
            return {name: int(flags[name].sum()) for name in names}

        def with_duckdb() -> dict[str, int]:
            statement = library.sql("duckdb", "counts", names, as_of=AS_OF)
            return {row[0]: int(row[1]) for row in connection.execute(str(statement)).fetchall()}

        results: dict[str, list[tuple[float, float]]] = {"polars": [], "duckdb": []}
        for _ in range(wanted.rounds):
            answers = []
            for name, run in (("polars", with_polars), ("duckdb", with_duckdb)):
                answer, cpu, wall = timed(run)
                results[name].append((cpu, wall))
                answers.append(answer)
            assert answers[0] == answers[1], "the two select different customers"
        for name, rounds in results.items():
            cpu = statistics.median(r[0] for r in rounds)
            wall = statistics.median(r[1] for r in rounds)
            print(f"{name:>8}: {cpu:6.2f} s CPU, {wall:6.2f} s wall (medians of {len(rounds)}, compilation included)")


if __name__ == "__main__":
    main()
