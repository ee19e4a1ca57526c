"""What is compiled to see what comes out: conditions of every sort, as plans that a dialect writes.

All lines of the conformance suite, many to a statement; the sources of the golden files and the predefined segments, in every
shape; random libraries by a fixed seed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from random import Random

from backends import check, condition, is_gap, read_schema
from conformance import club, shop
from conformance.reader import read_cases
from golden.test_golden import AS_OF, CASES, HERE
from properties.data import AS_OF as TIMES
from properties.schemas import Schemas
from properties.texts import Texts

from segdsl import pipeline
from segdsl.backends.sql.compiled import SHAPES, CompiledSQL, Shape
from segdsl.diagnostics import SegdslError, Severity
from segdsl.library import Library
from segdsl.limits import DEFAULT
from segdsl.project_file import pack_schema
from segdsl.schema import Schema
from segdsl.schema_build import schema_from_dict
from segdsl.semantics import ir
from segdsl.source import Source

TOGETHER = 50
LIBRARIES, CONDITIONS = 16, 16


@dataclass(frozen=True)
class Sample:
    """Conditions to be written together in each of some shapes, and the smaller samples they are made of."""

    name: str
    program: ir.Program
    conditions: Mapping[str, ir.Expr]
    as_of: datetime
    shapes: tuple[Shape, ...] = ("flags",)

    @property
    def plan(self) -> pipeline.Plan:
        return pipeline.plan(self.program, self.conditions)

    def alone(self) -> Iterator[Sample]:
        for name, node in self.conditions.items():
            yield Sample(f"{self.name}, {name}", self.program, {name: node}, self.as_of, self.shapes)


@dataclass(frozen=True)
class Written:
    """``gap``: why a condition has no text."""

    name: str
    sql: CompiledSQL | None
    gap: str = ""


def written(sample: Sample, dialect: str) -> Iterator[Written]:
    """The statements of a sample. Where one of its conditions is a gap, each has a statement of its own."""
    try:
        plan = sample.plan
        yield from [
            Written(sample.name, sql) for shape in sample.shapes for sql in _shaped(plan, dialect, shape, sample)
        ]
    except SegdslError as error:
        if not is_gap(error):
            raise
        if len(sample.conditions) == 1:
            yield Written(sample.name, None, error.diagnostics[0].message)
            return
        for one in sample.alone():
            yield from written(one, dialect)


def _shaped(plan: pipeline.Plan, dialect: str, shape: Shape, sample: Sample) -> Iterator[CompiledSQL]:
    if shape != "members":
        yield pipeline.to_sql(plan, dialect, shape, sample.as_of, None)
        return
    for name in sample.conditions:
        yield pipeline.to_sql(plan, dialect, shape, sample.as_of, name)


@cache
def samples(kind: str) -> tuple[Sample, ...]:
    return tuple(KINDS[kind]())


def _conformance() -> Iterator[Sample]:
    schemas = {name: read_schema(text) for name, text in {**shop.SCHEMAS, **club.SCHEMAS}.items()}
    cases = read_cases()
    for number, scene in enumerate(dict.fromkeys(case.scene for case in cases)):
        checked = check(schemas[scene.schema], scene.library)
        texts = list(dict.fromkeys(case.text for case in cases if case.scene == scene and case.selects is not None))
        for start in range(0, len(texts), TOGETHER):
            nodes = {
                f"c{index}": node
                for index, text in enumerate(texts[start : start + TOGETHER], start)
                if isinstance(node := condition(text, checked), ir.Node)
            }
            yield Sample(f"scene {number}, {scene.schema}, from {start}", checked.program, nodes, scene.as_of)


def _golden() -> Iterator[Sample]:
    schema = read_schema((HERE / "segdsl.toml").read_text("utf-8"))
    for name in CASES:
        yield _library(name, schema, (HERE / name / "input.seg").read_text("utf-8"), AS_OF, SHAPES)


def _library(name: str, schema: Schema, text: str, as_of: datetime, shapes: tuple[Shape, ...] = ("flags",)) -> Sample:
    program = check(schema, text).program
    segments = [one.name for one in program.definitions.values() if one.kind == "segment"]
    return Sample(name, program, {one: ir.Use(one) for one in segments}, as_of, shapes)


def _pack() -> Iterator[Sample]:
    """Each customer's segments in all shapes that have them all; the statements of one segment each are the golden files'."""
    library = Library.from_text("", pack_schema("commerce"), packs=["commerce"])
    conditions = {name: library.meaning(library[name]) for name in library}
    yield Sample("commerce", library.program(), conditions, AS_OF, ("flags", "counts", "memberships"))


def _random() -> Iterator[Sample]:
    """Of texts that do not compile (a decimal grows too wide), none is kept."""
    for number in range(LIBRARIES):
        random = Random(f"generated {number}")
        while (schema := _schema(random)) is None:
            pass
        texts = Texts(schema, random)
        lines = list(texts.params_of())
        for place in range(3):
            line = texts.definition(place)
            if line is not None and _compiles(schema, [*lines, line.text]):
                lines.append(line.text)
                texts.learn(line)
        checked = check(schema, "\n".join(lines))
        nodes: dict[str, ir.Expr] = {}
        while len(nodes) < CONDITIONS:
            node = condition(texts.condition(texts.at(texts.entity), random.choice((1, 2, 3))).text, checked)
            if isinstance(node, ir.Node):
                nodes[f"s{len(nodes)}"] = node
        yield Sample(f"random {number}", checked.program, nodes, random.choice(TIMES))


def _schema(random: Random) -> Schema | None:
    try:
        schema = schema_from_dict(Schemas(random).schema())
    except SegdslError:
        return None
    return schema if _compiles(schema, []) else None


def _compiles(schema: Schema, lines: list[str]) -> bool:
    source = Source("library.seg", "\n".join(lines) + "\n")
    found = pipeline.check(pipeline.parse([pipeline.Unit(source)], DEFAULT), schema, {}, DEFAULT)
    return not any(one.severity is Severity.ERROR for one in found.findings)


KINDS = {"conformance": _conformance, "golden": _golden, "pack": _pack, "random": _random}
