"""What holds of one evaluator by itself: the past, the order of rows, and who is in which tier."""

from __future__ import annotations

from datetime import datetime
from random import Random

import pytest
from backends import BACKENDS, data_of
from properties.coverage import Coverage
from properties.differential import checked, example, shuffled
from properties.sight import Scope
from properties.texts import Texts

from segdsl.schema_build import schema_from_dict
from segdsl.semantics import ir
from segdsl.semantics.time import resolve, zone

LIBRARIES = 6
TIMES = {
    "90 days ago": ir.Moment("as_of", micros=-90 * 86_400_000_000),
    "1 month ago": ir.Moment("as_of", months=-1),
    "2024-01-31": ir.Moment(datetime(2024, 1, 31).date()),
    "36 hours ago": ir.Moment("as_of", micros=-36 * 3_600_000_000),
}
"""Written, and meant."""


@pytest.mark.parametrize("engine", ["reference", "polars", "duckdb"])
def test_as_of_an_earlier_time_is_the_evaluation_at_that_time(engine: str) -> None:
    compared = 0
    for number in range(LIBRARIES):
        found = example(f"past-{number}", Coverage())
        schema = schema_from_dict(found.schema)
        texts = Texts(schema, Random(number))
        if not texts.has_past(texts.entity):
            continue
        conditions = [texts.condition(Scope((texts.entity,), past=True), 2).text for _ in range(6)]
        for written, moment in TIMES.items():
            lines = []
            for index, text in enumerate(conditions):
                then = f"segment then_{index} where ({text}) as of {written}"
                lines += [f"segment now_{index} where {text}", then] if checked(schema, [then]) is not None else []
            program = checked(schema, lines)
            assert program is not None
            names = [name for name in program.definitions if name.startswith("now_")]
            data = data_of(schema, found.tables)
            earlier = resolve(moment, found.as_of, zone(schema.timezone))
            now = BACKENDS[engine](data, program, {name: program.definitions[name].body for name in names}, earlier)
            thens = {name.replace("now_", "then_"): name for name in names}
            then = BACKENDS[engine](
                data, program, {name: program.definitions[name].body for name in thens}, found.as_of
            )
            for name, same in thens.items():
                assert then[name] == now[same], f"{found}\n{lines}\n{name}"
                compared += bool(then[name])
    assert compared > LIBRARIES


@pytest.mark.parametrize("engine", ["reference", "polars", "duckdb"])
def test_the_order_of_rows_does_not_matter(engine: str) -> None:
    for number in range(LIBRARIES):
        found = example(f"order-{number}", Coverage())
        schema = schema_from_dict(found.schema)
        program = checked(schema, [found.text])
        assert program is not None
        outputs = {name: program.definitions[name].body for name in found.segments}
        members = BACKENDS[engine](data_of(schema, found.tables), program, outputs, found.as_of)
        other = shuffled(found, Random(number))
        assert BACKENDS[engine](data_of(schema, other.tables), program, outputs, found.as_of) == members, found


@pytest.mark.parametrize("engine", ["reference", "polars", "duckdb"])
def test_tiers_part_the_population(engine: str) -> None:
    """Nobody is in two cases; with ``otherwise``, everybody is in one."""
    for number in range(LIBRARIES):
        found = example(f"tiers-{number}", Coverage())
        schema = schema_from_dict(found.schema)
        conditions = [condition.text for condition in list(found.segments.values())[:3]]
        tiers = [f"  {name} where {text}" for name, text in zip(("gold", "silver", "bronze"), conditions, strict=True)]
        lines = [line.text for line in found.library]
        lines += ["tiers gaps", *tiers, "tiers whole", *tiers, "  otherwise rest", "segment everyone where 1 = 1"]
        cases = {"gaps": ("gold", "silver", "bronze"), "whole": ("gold", "silver", "bronze", "rest")}
        lines += [f"segment {of}_{case} where {of}.{case}" for of, names in cases.items() for case in names]
        program = checked(schema, lines)
        assert program is not None
        outputs = {name: one.body for name, one in program.definitions.items() if one.kind == "segment"}
        members = BACKENDS[engine](data_of(schema, found.tables), program, outputs, found.as_of)
        for of, names in cases.items():
            keys = [key for case in names for key in members[f"{of}_{case}"]]
            assert len(keys) == len(set(keys)), found
            assert of == "gaps" or set(keys) == members["everyone"], found
