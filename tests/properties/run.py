"""Random libraries on every evaluator, for as long as one likes: ``python tests/properties/run.py --minutes 10``.

Prints what was covered, and every sort of failure as small as it gets, with a script that shows it again.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

if __package__ in (None, ""):
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from properties.coverage import Coverage
from properties.differential import ENGINES, SEGMENTS, Example, Failure, example, failure, shrunk, sort_of


def reproduction(found: Example, wrong: Failure) -> str:
    """A script of its own that shows a failure."""
    tables = "\n".join(
        f"    {name!r}: [" + "".join(f"\n        {dict(row)!r}," for row in rows) + "\n    ],"
        for name, rows in found.tables.items()
        if repr(name) in repr(found.schema)
    )
    return f'''\
# {wrong.evaluator}: seed {found.seed}
import datetime
import sys
from decimal import Decimal

sys.path[:0] = [".", "tests"]
from properties.differential import show

SCHEMA = {found.schema!r}
TABLES = {{
{tables}
}}
TEXT = """
{found.text.replace(chr(92), chr(92) * 2)}"""
show(SCHEMA, TABLES, TEXT, {found.as_of!r}, {((wrong.evaluator,) if wrong.evaluator in ENGINES else ("polars",))!r})
'''


def failures(found: Example, engines: Sequence[str], coverage: Coverage) -> Iterator[tuple[Example, Failure]]:
    """What is wrong with a library: each of its segments that fails by itself."""
    wrong = failure(found, engines, coverage)
    if wrong is None:
        return
    alone = [replace(found, segments={name: condition}) for name, condition in found.segments.items()]
    some: list[tuple[Example, Failure]] = []
    for one in alone:
        for engine in engines or ("",):
            why = failure(one, (engine,) if engine else ())
            if why is not None:
                some.append((one, why))
                if why.evaluator != engine:
                    break
    yield from some or [(found, wrong)]


def main() -> int:
    parser = argparse.ArgumentParser(description="Random libraries on every evaluator.")
    parser.add_argument("--engines", default=",".join(ENGINES), help="comma-separated; empty: the referee alone")
    parser.add_argument("--examples", type=int, default=1000, help="so many segments, each with its negation")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--minutes", type=float, default=0, help="stop after so long")
    parser.add_argument("--failures", type=int, default=5, help="stop after so many sorts of failure")
    parser.add_argument("--tries", type=int, default=700, help="how long to make a failure smaller")
    parser.add_argument("--nodes", action="store_true", help="count the nodes of the typed tree too")
    options = parser.parse_args()
    engines = tuple(name for name in options.engines.split(",") if name)
    coverage, started = Coverage(), time.monotonic()
    counts: Counter[str] = Counter()
    shortest: dict[str, tuple[Example, Failure]] = {}
    for number in range(-(-options.examples // SEGMENTS)):
        if options.minutes and time.monotonic() - started > options.minutes * 60:
            break
        for found, wrong in failures(example(f"{options.seed}-{number}", coverage), engines, coverage):
            sort = sort_of(wrong)
            counts[sort] += 1
            if sort not in shortest or len(found.text) < len(shortest[sort][0].text):
                shortest[sort] = (found, wrong)
        if len(counts) >= options.failures:
            break
    for sort, _ in counts.most_common():
        small, why = shrunk(*shortest[sort], options.tries)
        print(f"{'=' * 100}\n{why.evaluator}: {why.what}\n\n{reproduction(small, why)}", flush=True)  # noqa: T201
    print(coverage.report(nodes=options.nodes))  # noqa: T201
    print(f"{time.monotonic() - started:.0f} s; failures: {dict(counts) or 'none'}")  # noqa: T201
    return 1 if counts else 0


if __name__ == "__main__":
    sys.exit(main())
