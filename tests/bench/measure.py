"""Contenders measured side by side: equal answers first, then rounds in which each has a turn, then ratios pair by pair.

CPU time is that of all threads of the process, so that it means the same on a busy machine; peak memory is that of a child
process which prepares and runs one contender alone. A ratio is the median of the rounds' ratios, not a ratio of medians: the
two of a pair ran moments apart.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

Run = Callable[[], object]

SHORTEST = 0.02
"""Seconds. What takes less is run several times for one reading."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to answer a question.

    ``prepare`` is not timed and returns what is; ``answer`` makes comparable what that returns. ``family``: several ways of one
    kind, of which the best counts. Only those of one ``question`` have to answer alike.
    """

    name: str
    prepare: Callable[[], Run]
    family: str = ""
    question: str = ""
    answer: Callable[[object], object] = field(default=lambda result: result)


@dataclass(frozen=True, slots=True)
class Goal:
    """``subject`` takes at most so many times what ``against`` does; without ``against``, so many seconds or MiB.

    Both name a contender or a family, and of a family the best is taken. ``above``: what that takes is taken off both. Without
    ``at_most`` nothing is asked, and the number is told.
    """

    subject: str
    against: str | None
    at_most: float | None = None
    measure: str = "cpu"
    above: str | None = None


@dataclass(frozen=True, slots=True)
class Suite:
    """What is measured together. ``unit``: how many things a run does, where the time for one of them is told."""

    title: str
    contenders: tuple[Contender, ...]
    goals: tuple[Goal, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)
    unit: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """Seconds for one run."""

    cpu: float
    wall: float


@dataclass(frozen=True, slots=True)
class Process:
    """A run in a fresh process, whose own CPU time counts. ``told``: the process says itself what a run took in it.

    Such a process writes a line with its answer, then one with two numbers: CPU and wall seconds. Python keeps compiled
    modules there, as it does of installed packages, whatever this process has been told: the first run writes them.
    """

    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    told: bool = False

    def __call__(self) -> str:
        """What it writes, but for the times."""
        written, _, _ = self._run()
        return "\n".join(written[:-1] if self.told else written)

    def reading(self) -> Reading:
        written, cpu, wall = self._run()
        return Reading(*map(float, written[-1].split())) if self.told else Reading(cpu, wall)

    def _run(self) -> tuple[list[str], float, float]:
        before, began = _children(), time.perf_counter()
        environment = {**os.environ, **self.environment}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        ended = subprocess.run(self.arguments, check=True, capture_output=True, text=True, env=environment)
        wall = time.perf_counter() - began
        return ended.stdout.splitlines(), _children() - before, wall


def _children() -> float:
    """CPU seconds of the processes that have been started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@dataclass(frozen=True, slots=True)
class Measured:
    """The readings of a suite, a list of as many rounds for each contender, and peaks of memory in MiB."""

    suite: Suite
    readings: Mapping[str, list[Reading]]
    peaks: Mapping[str, float]

    def median(self, name: str, measure: str = "cpu") -> float:
        if measure == "memory":
            return self.peaks[name]
        return statistics.median(getattr(reading, measure) for reading in self.readings[name])

    def ratio(self, subject: str, against: str, measure: str = "cpu", above: str | None = None) -> float:
        """The median of the ratios of each round."""
        if measure == "memory":
            return self.peaks[subject] / self.peaks[against]
        ones, others = self._taken(subject, measure, above), self._taken(against, measure, above)
        return statistics.median(one / other for one, other in zip(ones, others, strict=True))

    def _taken(self, name: str, measure: str, above: str | None) -> list[float]:
        taken = [getattr(reading, measure) for reading in self.readings[name]]
        less = [0.0] * len(taken) if above is None else [getattr(reading, measure) for reading in self.readings[above]]
        return [one - other for one, other in zip(taken, less, strict=True)]

    def best(self, name: str, measure: str = "cpu") -> str | None:
        """The contender of that name, or the best of that family."""
        if name in self.readings:
            return name
        family = [c.name for c in self.suite.contenders if c.family == name and c.name in self.readings]
        return min(family, key=lambda member: self.median(member, measure), default=None)


class Unequal(AssertionError):
    """Two contenders answer the same question differently."""


# -- measuring ----------------------------------------------------------------------------------------------------------


def measure(suite: Suite, rounds: int, peaks: Mapping[str, float]) -> Measured:
    """Raises `Unequal` before anything is timed where answers differ."""
    runs = {contender.name: contender.prepare() for contender in suite.contenders}
    repeats = _compared(suite.contenders, runs)
    readings: dict[str, list[Reading]] = {name: [] for name in runs}
    names = list(runs)
    for turn in range(rounds):
        # Each begins a round once, so that nobody always follows the same one.
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            readings[name].append(timed(runs[name], repeats[name]))
    return Measured(suite, readings, peaks)


def timed(run: Run, repeat: int = 1) -> Reading:
    """One reading, in which it runs so many times."""
    if isinstance(run, Process):
        return run.reading()
    gc.collect()
    gc.disable()
    try:
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in range(repeat):
            run()
        return Reading((time.process_time() - cpu) / repeat, (time.perf_counter() - wall) / repeat)
    finally:
        gc.enable()


def _compared(contenders: Iterable[Contender], runs: Mapping[str, Run]) -> dict[str, int]:
    """How often each runs in a round, after a first run of all whose answers have been compared."""
    asked: dict[str, tuple[str, object]] = {}
    repeats = {}
    for contender in contenders:
        run = runs[contender.name]
        began = time.perf_counter()
        result = run()
        taken = time.perf_counter() - began
        answer = contender.answer(result)
        other, expected = asked.setdefault(contender.question, (contender.name, answer))
        if answer != expected:
            raise Unequal(f"{contender.name} differs from {other}: {_difference(answer, expected)}")
        if taken < SHORTEST:
            # The first run may have made what the others find.
            taken = timed(run).wall
        repeats[contender.name] = max(1, min(10_000, math.ceil(SHORTEST / max(taken, 1e-9))))
    return repeats


def _difference(answer: object, expected: object) -> str:
    if not isinstance(answer, Mapping) or not isinstance(expected, Mapping):
        return f"{answer!r}, not {expected!r}"
    names = [name for name in {**answer, **expected} if answer.get(name) != expected.get(name)]
    shown = ", ".join(f"{name}: {answer.get(name)!r}, not {expected.get(name)!r}" for name in names[:5])
    return f"{len(names)} of {len(expected)} ({shown})"


def own_peak() -> float:
    """The peak of this process so far, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():
        # What getrusage says of a child begins with the peak of the process that started it; this does not.
        kib = next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(kib) / 1024
    scale = 1024 * 1024 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale


# -- a command ----------------------------------------------------------------------------------------------------------


def command(
    module: str,
    about: str | None,
    options: Callable[[argparse.ArgumentParser], None],
    suites: Callable[[argparse.Namespace], Iterable[Suite]],
    arguments: Sequence[str] | None = None,
) -> None:
    """A benchmark as a command: reads its options, measures each of its suites, prints a table of each and writes JSON."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=about)
    options(parser)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="a file for all readings")
    parser.add_argument("--only", action="append", default=[], help="contenders whose name has this in it")
    parser.add_argument("--without", action="append", default=[], help="contenders to leave out, likewise")
    parser.add_argument("--memory", action="store_true", help="measure peak memory too, a process for each contender")
    parser.add_argument("--alone", help=argparse.SUPPRESS)
    given = list(sys.argv[1:] if arguments is None else arguments)
    wanted = parser.parse_args(given)
    if wanted.alone is not None:
        _run_alone(suites(wanted), wanted.alone)
        return
    told = []
    for suite in suites(wanted):
        suite = _chosen(suite, wanted.only, wanted.without)
        if not suite.contenders:
            continue
        peaks = dict(_peaks(module, given, suite)) if wanted.memory else {}
        measured = measure(suite, wanted.rounds, peaks)
        print(table(measured), flush=True)
        told.append(as_json(measured))
    if wanted.json is not None:
        wanted.json.write_text(
            json.dumps({"command": [module, *given], "machine": machine(), "suites": told}, indent=1)
        )


def _chosen(suite: Suite, only: Sequence[str], without: Sequence[str]) -> Suite:
    def told(name: str, parts: Sequence[str]) -> bool:
        return any(part in name for part in parts)

    named = (c for c in suite.contenders if not only or told(c.name, only))
    kept = tuple(c for c in named if not told(c.name, without))
    return Suite(suite.title, kept, suite.goals, suite.facts, suite.unit)


def _alone(suite: Suite, contender: Contender) -> str:
    return f"{suite.title}: {contender.name}"


def _run_alone(suites: Iterable[Suite], wanted: str) -> None:
    for suite in suites:
        for contender in suite.contenders:
            if _alone(suite, contender) == wanted:
                contender.prepare()()
                print(own_peak())
                return
    raise SystemExit(f"there is no {wanted}")


def _peaks(module: str, given: Sequence[str], suite: Suite) -> Iterator[tuple[str, float]]:
    for contender in suite.contenders:
        alone = [sys.executable, "-m", module, *given, "--alone", _alone(suite, contender)]
        told = subprocess.run(alone, check=True, capture_output=True, text=True).stdout
        yield contender.name, float(told.split()[-1])


# -- what is told -------------------------------------------------------------------------------------------------------


def table(measured: Measured) -> str:
    """A line for each contender and one for each goal. The last column is how much less the first one takes."""
    suite = measured.suite
    name, per = suite.unit or ("", 1)
    rows = [("", f"CPU{f' per {name}' if name else ''}", "[least]", "wall", "MiB", "first / it")]
    first: dict[str, str] = {}
    for contender in suite.contenders:
        readings = measured.readings[contender.name]
        reference = first.setdefault(contender.question, contender.name)
        peak = measured.peaks.get(contender.name)
        rows.append(
            (
                contender.name,
                seconds(measured.median(contender.name) / per),
                f"[{seconds(min(reading.cpu for reading in readings) / per)}]",
                seconds(measured.median(contender.name, "wall") / per),
                "" if peak is None else f"{peak:,.0f}",
                f"{measured.ratio(reference, contender.name):.2f}",
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        f"{row[0]:<{widths[0]}}  "
        + "  ".join(f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True))
        for row in rows
    ]
    facts = ", ".join(f"{key}: {value}" for key, value in suite.facts.items())
    goals = [verdict(measured, goal) for goal in suite.goals]
    return "\n".join(["", suite.title, *([facts] if facts else []), "", *lines, "", *filter(None, goals)])


def verdict(measured: Measured, goal: Goal) -> str | None:
    """Whether a goal is reached; None where one of the two was left out."""
    found = reached(measured, goal)
    if found is None:
        return None
    subject, against, value = found
    spelled = _ratio if against is not None else _mebibytes if goal.measure == "memory" else seconds
    whom = f"{subject} / {against}" if against else subject
    if goal.above:
        whom += f", above {goal.above}"
    told = f"  {whom}: {spelled(value)} ({goal.measure})"
    if goal.at_most is None:
        return told
    return f"{told}, {'within' if value <= goal.at_most else 'MISSED: at most'} {spelled(goal.at_most)}"


def _ratio(value: float) -> str:
    return f"{value:.3g}"


def _mebibytes(value: float) -> str:
    return f"{value:,.0f} MiB"


def reached(measured: Measured, goal: Goal) -> tuple[str, str | None, float] | None:
    """Who was compared with whom, and the ratio; or the value that stands alone."""
    if goal.measure == "memory" and not measured.peaks:
        return None
    subject = measured.best(goal.subject, goal.measure)
    against = None if goal.against is None else measured.best(goal.against, goal.measure)
    if subject is None or (against is None) != (goal.against is None):
        return None
    if against is not None:
        return subject, against, measured.ratio(subject, against, goal.measure, goal.above)
    per = 1 if measured.suite.unit is None or goal.measure == "memory" else measured.suite.unit[1]
    return subject, None, measured.median(subject, goal.measure) / per


def as_json(measured: Measured) -> dict[str, object]:
    """All readings of a suite, and what became of its goals."""
    suite = measured.suite
    goals = []
    for goal in suite.goals:
        found = reached(measured, goal)
        if found is not None:
            subject, against, value = found
            told = {"subject": subject, "against": against, "value": value, "at_most": goal.at_most}
            goals.append({**told, "measure": goal.measure, "within": goal.at_most is None or value <= goal.at_most})
    return {
        "title": suite.title,
        "facts": dict(suite.facts),
        "unit": suite.unit,
        "contenders": {
            contender.name: {
                "cpu": [reading.cpu for reading in measured.readings[contender.name]],
                "wall": [reading.wall for reading in measured.readings[contender.name]],
                "peak_mib": measured.peaks.get(contender.name),
            }
            for contender in suite.contenders
        },
        "goals": goals,
    }


_PEERS = (
    "polars", "duckdb", "pandas", "sqlglot", "sqlglotc", "lark", "rule-engine", "cel-expr-python",
    "common-expression-language", "zen-engine", "json-logic-qubit", "prqlc", "pyspark",
)  # fmt: skip


def machine() -> dict[str, object]:
    """Where it was measured: processors, load, versions."""
    versions = {}
    for package in _PEERS:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = None
    load = os.getloadavg() if hasattr(os, "getloadavg") else None
    told = {"processors": os.cpu_count(), "load": load, "python": platform.python_version()}
    return {**told, "system": platform.platform(), "versions": versions}


def seconds(value: float) -> str:
    """A length of time in a unit that suits it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value / 1e-6:.3g} µs"
