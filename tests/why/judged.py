"""Explanations of random conditions, judged by the referee: ``python tests/why/judged.py --examples 200 --engine polars``.

Every output that an explanation reads, verdicts and values alike, is worked out by the referee too, for everyone; and every tree is
made, which asserts its own logic, and shown in all of its forms.
"""

from __future__ import annotations

import argparse
import sys
import time as clock
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path

if __package__ in (None, ""):
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from backends import Data, data_of, is_gap
from differential.coverage import Coverage
from differential.example import Example, example, parsed
from engines import connect

from segdsl import pipeline
from segdsl.backends import reference
from segdsl.backends.polars.emit import emit
from segdsl.backends.reference.evaluate import evaluate, holds
from segdsl.diagnostics import SegdslError
from segdsl.limits import DEFAULT
from segdsl.planning.scalars import is_condition
from segdsl.runtime.values import decoded
from segdsl.schema_build import schema_from_dict
from segdsl.semantics import ir, time
from segdsl.why.html import render
from segdsl.why.probes import Probe, Probes, probes
from segdsl.why.reading import Reading
from segdsl.why.tree import Why, tree

Rows = list[tuple[object, ...]]


def wrongs(seed: str, engine: str = "polars") -> Iterator[str]:
    """What is wrong with the explanations of an example's segments."""
    found = example(seed, Coverage())
    schema = schema_from_dict(found.schema)
    program = pipeline.check(parsed([found.text]), schema, {}, DEFAULT).program
    data = data_of(schema, found.tables)
    world = reference.World(program.model, data.tables, found.as_of, program.definitions)
    for name in found.segments:
        use = ir.Use(name)
        what = probes(program, use, name)
        try:
            rows = _rows(engine, data, program, what, found)
        except SegdslError as error:
            if is_gap(error):
                continue
            raise
        for wrong in _judged(rows, what, world, program, found.as_of):
            yield f"{seed}: {found.segments[name].text}\n  {wrong}"


def _rows(engine: str, data: Data, program: ir.Program, what: Probes, found: Example) -> Rows:
    plan = pipeline.plan(program, what.outputs)
    if engine == "polars":
        return emit(plan, data.frames, found.as_of).collect().rows()
    database = connect(engine)
    if _LOADED.get(engine) is not data:
        database.load(data.tables, data.types)
        _LOADED[engine] = data
    sql = pipeline.to_sql(plan, engine, "flags", found.as_of, None)
    return [tuple(map(decoded, row, sql.types)) for row in database.rows(sql.text)]


_LOADED: dict[str, Data] = {}


def _judged(rows: Rows, what: Probes, world: reference.World, program: ir.Program, as_of: datetime) -> Iterator[str]:
    zone = time.zone(program.model.schema.timezone)
    records = {world.entity_key(record): record for record in world.population}
    if {row[0] for row in rows} != set(records):
        yield f"explains {sorted(str(row[0]) for row in rows)}, not {sorted(map(str, records))}"
        return
    for key, *values in rows:
        record = records[key]
        seen = dict(zip(what.outputs, values, strict=True))
        for output, expr in what.outputs.items():
            if any(isinstance(node, ir.RankValue) and node.ranked for node in _inside(expr)):
                continue
            expected = holds(expr, (record,), world) if is_condition(expr) else evaluate(expr, (record,), world)
            if not _same(seen[output], expected):
                yield f"{expr.span.text!r} of {key!r} is seen as {seen[output]!r}, and is {expected!r}: {expr}"
        root = tree(what.root, Reading(seen, as_of, zone, program))
        assert root.holds is not None
        why = Why("it", None, "customer", None, root.holds, as_of, zone, root)
        for text in (str(why), render(why), why.to_json()):
            for word in ("None", "FieldRef", "Literal", "null_"):
                if word in text and word not in str(program.model.schema) and '"None"' not in text:
                    yield f"says {word}: {text}"


def _inside(expr: ir.Expr) -> Iterator[ir.Expr]:
    while isinstance(expr, ir.Past):
        expr = expr.value
    yield expr


def _same(one: object, other: object) -> bool:
    if isinstance(other, float) and isinstance(one, float):
        return one == other or abs(one - other) <= 1e-9 * max(abs(one), abs(other))
    if isinstance(one, list | tuple | frozenset | set) or isinstance(other, list | tuple | frozenset | set):
        return sorted(one or ()) == sorted(item for item in other or () if item is not None)  # type: ignore[call-overload]
    if isinstance(one, int | float | Decimal) and isinstance(other, int | float | Decimal):
        return one == other
    return type(one) is type(other) and one == other


def every(probe: Probe) -> Iterator[Probe]:
    """A probe and all below it."""
    yield probe
    for part in probe.parts:
        yield from every(part)


def main() -> int:
    parser = argparse.ArgumentParser(description="Explanations of random conditions.")
    parser.add_argument("--examples", type=int, default=100, help="libraries of ten segments")
    parser.add_argument("--engine", default="polars")
    parser.add_argument("--seed", default="why")
    options = parser.parse_args()
    count, started = 0, clock.monotonic()
    for number in range(options.examples):
        try:
            for wrong in wrongs(f"{options.seed}-{number}", options.engine):
                count += 1
                print(wrong[:1500])  # noqa: T201
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a failure
            count += 1
            print(f"{options.seed}-{number}: {type(error).__name__}: {str(error)[:600]}")  # noqa: T201
        if count >= 10:
            break
    print(f"{count} wrong, {clock.monotonic() - started:.0f} s")  # noqa: T201
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
