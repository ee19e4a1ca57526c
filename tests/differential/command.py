"""Random libraries on every evaluator, for as long as one likes: ``python -m tests.differential --minutes 10``.

Tells on stderr how it goes; on stdout every sort of failure, as small as it gets, with a script that shows it again, and what was
covered. It begins with what people have worked out, and goes on behind a failure.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import platform
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

from differential.cases import keep
from differential.coverage import Coverage
from differential.example import Example, example
from differential.judge import ENGINES, EVALUATORS, Failure, sort_of
from differential.oracles import ORACLES, ask
from differential.shrink import shrunk
from differential.worked import worked

EACH = 3
"""Of one sort of failure, so many are shown."""
TELLING = 15
"""Seconds between two words about how it goes."""


@dataclass(frozen=True)
class Task:
    """What each library goes through. ``oracles``: those beside equality; the referee is asked by all
    of them, the engines by one after the other, by turns. ``seldom``: engines that
    are so slow that they take part in every so many libraries alone."""

    engines: tuple[str, ...] = ENGINES
    seed: str = "1"
    segments: int = 16
    data_sets: int = 10
    oracles: tuple[str, ...] = tuple(ORACLES)
    equality: bool = True
    seldom: Mapping[str, int] = field(default_factory=dict)

    def engines_of(self, number: int) -> tuple[str, ...]:
        return tuple(name for name in self.engines if number % self.seldom.get(name, 1) == 0)


@dataclass
class Outcome:
    """What came of some libraries."""

    coverage: Coverage = field(default_factory=Coverage)
    failures: list[tuple[Example, Failure]] = field(default_factory=list)


def attempt(number: int, task: Task) -> Outcome:
    """One library."""
    outcome, engines = Outcome(), task.engines_of(number)
    found = example(f"{task.seed}-{number}", outcome.coverage, task.segments, task.data_sets)
    if task.equality:
        for wrong in ask("referee", found, engines, outcome.coverage):
            outcome.failures.extend(by_segment(found, wrong))
    once = replace(found, others=())
    for place, name in enumerate(task.oracles):
        for wrong in ask(name, once, engines if place == number % len(task.oracles) else (), outcome.coverage):
            outcome.failures.append((once, wrong))
    return outcome


def by_segment(found: Example, wrong: Failure) -> Iterator[tuple[Example, Failure]]:
    """The segments of an example that fail by themselves; all of them, if they do so only together."""
    one = replace(found, tables=found.data_sets[wrong.data_set], others=())
    engines = () if wrong.evaluator in ("reference", "plan") else (wrong.evaluator,)
    some: list[tuple[Example, Failure]] = []
    for name in wrong.segments:
        alone = replace(one, segments={name: found.segments[name]})
        some += [(alone, why) for why in ask("referee", alone, engines) if why.evaluator == wrong.evaluator]
    yield from some or [(one, replace(wrong, data_set=0))]


def search(task: Task, seconds: float) -> Failure | None:
    """The first failure, if there is one within so many seconds of the processor: what people have worked out, then one library after
    another, with all oracles by turns."""
    started = time.process_time()
    for wrong in worked(task.engines, Coverage()):
        return wrong
    for number in count():
        if time.process_time() - started > seconds:
            return None
        for _, wrong in attempt(number, task).failures:
            return wrong
    return None


# -- many of them -------------------------------------------------------------------------------------------------


def outcomes(task: Task, libraries: int, seconds: float, jobs: int) -> Iterator[Outcome]:
    """One library after another, by one process or several, until there are enough of them or the time is over."""
    started = time.monotonic()
    numbers = iter(range(libraries)) if libraries else count()
    if jobs == 1:
        for number in numbers:
            if seconds and time.monotonic() - started > seconds:
                return
            yield attempt(number, task)
        return
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        waiting: set[Future[Outcome]] = set()
        while True:
            while len(waiting) < 2 * jobs and not (seconds and time.monotonic() - started > seconds):
                number = next(numbers, None)
                if number is None:
                    break
                waiting.add(pool.submit(attempt, number, task))
            if not waiting:
                return
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()


@dataclass
class Found:
    """All that was found so far, and the shortest failures of each sort."""

    coverage: Coverage = field(default_factory=Coverage)
    counts: Counter[str] = field(default_factory=Counter)
    shortest: dict[str, list[tuple[Example, Failure]]] = field(default_factory=dict)

    @property
    def evaluations(self) -> int:
        return sum(self.coverage.evaluations.values())

    def add(self, outcome: Outcome) -> None:
        self.coverage.merge(outcome.coverage)
        for found, wrong in outcome.failures:
            sort = sort_of(wrong)
            self.counts[sort] += 1
            some = sorted([*self.shortest.get(sort, ()), (found, wrong)], key=lambda one: len(one[0].text))
            self.shortest[sort] = some[:EACH]


def reproduction(found: Example, wrong: Failure) -> str:
    """A script of its own that shows a failure."""
    tables = "\n".join(
        f"    {name!r}: [" + "".join(f"\n        {dict(row)!r}," for row in rows) + "\n    ],"
        for name, rows in found.tables.items()
        if repr(name) in repr(found.schema)
    )
    return f'''\
# {wrong.evaluator}, {wrong.oracle}: seed {found.seed}
import datetime
import sys
from decimal import Decimal

sys.path[:0] = [".", "tests"]
from differential.judge import show

SCHEMA = {found.schema!r}
TABLES = {{
{tables}
}}
TEXT = """
{found.text.replace(chr(92), chr(92) * 2)}"""
show(SCHEMA, TABLES, TEXT, {found.as_of!r}, {((wrong.evaluator,) if wrong.evaluator in EVALUATORS else ("polars",))!r})
'''


# -- the command --------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    named = [name.partition(":") for name in options.engines.split(",") if name]
    engines = tuple(name for name, _, _ in named)
    oracles = tuple(ORACLES) if options.oracles == "all" else tuple(name for name in options.oracles.split(",") if name)
    task = Task(
        engines,
        options.seed,
        options.segments,
        options.data_sets,
        tuple(name for name in oracles if name not in ("referee", "worked")),
        equality=options.oracles == "all" or "referee" in oracles,
        seldom={name: int(every) for name, _, every in named if every},
    )
    started = time.monotonic()
    everything = Found()
    if options.oracles == "all" or "worked" in oracles:
        for wrong in worked(engines, everything.coverage):
            everything.counts[sort_of(wrong)] += 1
            print(f"{'=' * 100}\n{wrong.evaluator}: {wrong.what}", flush=True)  # noqa: T201
    libraries = -(-options.examples // options.segments)
    told = time.monotonic()
    try:
        for outcome in outcomes(task, libraries, options.minutes * 60, options.jobs):
            everything.add(outcome)
            if time.monotonic() - told > TELLING:
                told = time.monotonic()
                print(_progress(everything, told - started), file=sys.stderr, flush=True)  # noqa: T201
            enough = options.evaluations and everything.evaluations >= options.evaluations
            if enough or (options.failures and len(everything.counts) >= options.failures):
                break
    except KeyboardInterrupt:
        print("stopped; what was covered until now:", file=sys.stderr)  # noqa: T201
    spent = time.monotonic() - started
    if options.json:
        # Before the failures are made small, which may take as long again.
        report = {
            "command": ["python", "-m", "tests.differential", *arguments],
            "seed": options.seed,
            "minutes": round(spent / 60, 1),
            "python": platform.python_version(),
            "failures": dict(everything.counts),
            **everything.coverage.as_json(),
        }
        Path(options.json).write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    _show(everything, options.tries, keeping=options.keep)
    for line in everything.coverage.lines(nodes=options.nodes):
        print(line)  # noqa: T201
    print(f"{spent:9,.0f} s, {everything.evaluations / spent:,.0f} evaluations a second")  # noqa: T201
    print(f"failures: {dict(everything.counts) or 'none'}")  # noqa: T201
    return 1 if everything.counts else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__)
    engines = "comma-separated, NAME:20 for every 20th library alone; empty: the referee alone"
    parser.add_argument("--engines", default=",".join(ENGINES), help=engines)
    parser.add_argument("--examples", type=int, default=1000, help="so many segments; 0: until the time is over")
    parser.add_argument("--data-sets", type=int, default=10, help="so many for each library")
    parser.add_argument("--segments", type=int, default=16, help="so many in each library")
    parser.add_argument("--evaluations", type=int, default=0, help="stop after so many, by all evaluators together")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--minutes", type=float, default=0, help="stop after so long")
    parser.add_argument("--failures", type=int, default=5, help="stop after so many sorts of failure; 0: never")
    parser.add_argument("--tries", type=int, default=700, help="how long to make a failure smaller")
    names = ", ".join(("worked", "referee", *ORACLES))
    parser.add_argument("--oracles", default="all", help=f"comma-separated, of: {names}")
    parser.add_argument("--jobs", type=int, default=1, help="so many processes")
    parser.add_argument("--keep", action="store_true", help="write failures to tests/differential/cases, to be judged")
    parser.add_argument("--json", metavar="FILE", help="write what was covered to a file")
    parser.add_argument("--nodes", action="store_true", help="count the nodes of the typed tree too")
    options = parser.parse_args(arguments)
    known = {"all", "worked", "referee", *ORACLES}
    for name in (one for one in options.oracles.split(",") if one and one not in known):
        parser.error(f"there is no oracle '{name}'; there are {names}")
    named = (one.partition(":")[0] for one in options.engines.split(",") if one)
    for name in (one for one in named if one not in EVALUATORS):
        parser.error(f"there is no engine '{name}'; there are {', '.join(EVALUATORS)}")
    if not (options.examples or options.minutes or options.evaluations):
        parser.error("without --examples, --minutes or --evaluations says when to stop")
    return options


def _progress(everything: Found, spent: float) -> str:
    coverage, evaluations = everything.coverage, everything.evaluations
    return (
        f"{spent:6.0f} s  {coverage.libraries:,} libraries, {coverage.segments:,} segments, {evaluations:,} evaluations, "
        f"{evaluations / spent:,.0f} a second; failures: {dict(everything.counts) or 'none'}"
    )


def _show(everything: Found, tries: int, *, keeping: bool) -> None:
    for sort, _ in everything.counts.most_common():
        seen: set[str] = set()
        for found, wrong in everything.shortest.get(sort, ()):
            small, why = shrunk(found, wrong, tries)
            if small.text in seen:
                continue
            seen.add(small.text)
            print(f"{'=' * 100}\n{why.evaluator}: {why.what}\n\n{reproduction(small, why)}", flush=True)  # noqa: T201
            if keeping:
                print(f"kept, to be judged: {keep(small, why)}", flush=True)  # noqa: T201
