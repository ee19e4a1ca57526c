"""The differential property: whatever the schema, the data and the text, every evaluator selects whom the referee selects.

Each evaluator compiles a library once and runs it on all of its data sets. What fails is told, and the others go on.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from backends import BACKENDS, SLOW, Data, Members, Question, data_of, is_gap
from differential.coverage import Coverage
from differential.example import DataSet, Example, check, errors, parsed

from segdsl import pipeline
from segdsl.diagnostics import SegdslError
from segdsl.limits import DEFAULT
from segdsl.schema_build import schema_from_dict
from segdsl.semantics import ir
from segdsl.types import BOOL

ENGINES = tuple(name for name in BACKENDS if name != "reference")
EVALUATORS = {**BACKENDS, **SLOW}
EVERYONE = ir.Literal(True, type=BOOL)
Run: TypeAlias = Callable[[Data], Members]
AT_ONCE: Mapping[str, int] = {"clickhouse": 2, "datafusion": 2, "mysql": 2}
"""Engines that write each CTE out wherever it is read: a statement of many conditions takes them more time than many statements, and
MariaDB more memory than its session may have."""


@dataclass(frozen=True)
class Failure:
    """What is wrong with an example: by which oracle, on which evaluator, for which segments, on which of its data sets."""

    evaluator: str
    segments: tuple[str, ...]
    what: str
    oracle: str = "referee"
    data_set: int = 0


def raised(evaluator: str, segments: Sequence[str], error: Exception, oracle: str = "referee", at: int = 0) -> Failure:
    return Failure(evaluator, tuple(segments), "".join(traceback.format_exception(error))[-6000:], oracle, at)


def prepared(engine: str, asked: Question) -> Run:
    """Whom an engine selects by all the conditions that its dialect can do. What it cannot do together, it does in parts."""
    most = AT_ONCE.get(engine, len(asked.conditions))
    names = list(asked.conditions)
    parts = [_part(asked, names[start : start + most]) for start in range(0, len(names), max(most, 1))]
    runs = [run for part in (parts if len(parts) > 1 else [asked]) for run in _parts(engine, part)]

    def run(data: Data) -> Members:
        return {name: keys for one in runs for name, keys in one(data).items()}

    return runs[0] if len(runs) == 1 else run


def _parts(engine: str, asked: Question) -> Iterator[Run]:
    try:
        yield EVALUATORS[engine].prepare(asked)
    except SegdslError as error:
        if not is_gap(error):
            raise
        names = list(asked.conditions)
        half = len(names) // 2
        if half:
            yield from _parts(engine, _part(asked, names[:half]))
            yield from _parts(engine, _part(asked, names[half:]))


def _part(asked: Question, names: Sequence[str]) -> Question:
    return Question(asked.program, {name: asked.conditions[name] for name in names}, asked.as_of)


# -- equality -----------------------------------------------------------------------------------------------------


def failures(found: Example, engines: Sequence[str] = ENGINES, coverage: Coverage | None = None) -> Iterator[Failure]:
    """What is wrong with an example: each evaluator that differs from the referee, raises, or does not partition the population."""
    schema = schema_from_dict(found.schema)
    read = parsed([found.text])
    program = pipeline.check(read, schema, {}, DEFAULT).program
    tiers = _tiers(program)
    outputs: dict[str, ir.Expr] = {name: program.definitions[name].body for name in found.names}
    for cases in tiers.values():
        outputs |= cases
    asked = Question(program, {**outputs, "everyone": EVERYONE}, found.as_of)
    if coverage is not None:
        coverage.add(program, read.files[0][0], found.segments, len(found.data_sets))
    data_sets = [data_of(schema, tables) for tables in found.data_sets]
    judged: list[Members | None] = []
    referee = BACKENDS["reference"].prepare(asked)
    for number, data in enumerate(data_sets):
        expected, wrong = _judged(found, tiers, referee, data, number)
        judged.append(expected)
        if wrong is not None:
            yield wrong
        if coverage is not None and expected is not None:
            coverage.count("reference", expected, found.segments)
    try:
        _ = asked.plan
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a failure of the planner
        yield raised("plan", tuple(found.segments), error)
        return
    for engine in engines:
        yield from _engine(engine, found, asked, data_sets, judged, coverage)


def failure(found: Example, engines: Sequence[str] = ENGINES, coverage: Coverage | None = None) -> Failure | None:
    """The first thing that is wrong with an example."""
    return next(failures(found, engines, coverage), None)


def _judged(
    found: Example, tiers: Mapping[str, Mapping[str, ir.Expr]], referee: Run, data: Data, number: int
) -> tuple[Members | None, Failure | None]:
    """What the referee says of one data set, and what is wrong with that."""
    try:
        expected = referee(data)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a failure of the referee
        return None, raised("reference", tuple(found.segments), error, at=number)
    for name in found.segments:
        selected, rest = expected[name], expected[f"not_{name}"]
        if selected & rest or selected | rest != expected["everyone"]:
            what = f"{sorted_(selected)} and {sorted_(rest)} are no partition"
            return expected, Failure("reference", (name,), what, data_set=number)
    for name, cases in tiers.items():
        members = [key for case in cases for key in expected[case]]
        if len(members) != len(set(members)) or (f"{name}.rest" in cases and set(members) != expected["everyone"]):
            what = f"the cases of {name} are no partition"
            return expected, Failure("reference", tuple(found.segments), what, data_set=number)
    return expected, None


def _tiers(program: ir.Program) -> dict[str, dict[str, ir.Expr]]:
    """Each of the tiers, with its cases as conditions."""
    found: dict[str, dict[str, ir.Expr]] = {}
    for name, definition in program.definitions.items():
        if definition.kind == "tiers":
            body = definition.body
            use = ir.Use(name, type=body.type, optional=body.optional)
            found[name] = {
                f"{name}.{case}": ir.Compare("=", use, ir.Literal(case, type=body.type)) for case in definition.cases
            }
    return found


def _engine(
    engine: str,
    found: Example,
    asked: Question,
    data_sets: Sequence[Data],
    judged: Sequence[Members | None],
    coverage: Coverage | None,
) -> Iterator[Failure]:
    """The first thing that is wrong with an engine."""
    number = 0
    try:
        run = prepared(engine, asked)
        for number, (data, expected) in enumerate(zip(data_sets, judged, strict=True)):
            if expected is None:
                continue
            selected = run(data)
            if coverage is not None:
                coverage.count(engine, selected, found.segments)
            wrong = [name for name in selected if selected[name] != expected[name]]
            if wrong:
                lines = [
                    f"{name}: {engine} selects {sorted_(selected[name])}, the referee {sorted_(expected[name])}"
                    for name in wrong
                ]
                segments = dict.fromkeys(name.removeprefix("not_") for name in wrong)
                named = tuple(name for name in segments if name in found.segments)
                yield Failure(engine, named or tuple(found.segments), "\n".join(lines), data_set=number)
                return
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a failure of the engine
        yield raised(engine, tuple(found.segments), error, at=number)


def sorted_(keys: frozenset[Any]) -> list[Any]:
    return sorted(keys, key=repr)


# -- sorts of failures --------------------------------------------------------------------------------------------


def sort_of(wrong: Failure) -> str:
    """Two failures are alike if both select wrongly by the same oracle, or both raise the same at the same place."""
    by = "" if wrong.oracle == "referee" else f" ({wrong.oracle})"
    if not wrong.what.startswith(("Traceback", " ")) and "Traceback (most recent" not in wrong.what:
        return f"{wrong.evaluator} selects{by}"
    lines = wrong.what.strip().splitlines()
    error = next(
        (line for line in reversed(lines) if re.match(r"[\w.]+(Error|Exception|Iteration)\b", line)), lines[-1]
    )
    place = next(
        (line.split("/")[-1] for line in reversed(lines) if line.startswith("  File") and "segdsl" in line), ""
    )
    return f"{wrong.evaluator} raises {error[:60].split(':')[0]} {re.sub(r'[^a-z ]', '', error)[:40]} {place}{by}"


# -- showing ------------------------------------------------------------------------------------------------------


def show(
    schema: dict[str, Any],
    tables: DataSet,
    text: str,
    as_of: Any,
    engines: Sequence[str] = ENGINES,
) -> None:
    """Whom each evaluator selects by every segment of a text."""
    built = schema_from_dict(schema)
    wrong = errors(built, [text])
    assert wrong is None, wrong
    program = check(built, [text]).program
    outputs = {name: one.body for name, one in program.definitions.items() if one.kind == "segment"}
    data = data_of(built, tables)
    for engine in ("reference", *engines):
        for name, members in EVALUATORS[engine](data, program, outputs, as_of).items():
            print(f"{engine:10} {name}: {sorted_(members)}")  # noqa: T201
