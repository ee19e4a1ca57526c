"""Random examples: a schema, data sets, an instant, and a library whose segments come in pairs, S and ``not (S)``.

Everything follows from a seed. The grammar of the texts is that of tests/properties.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pprint import pformat
from random import Random
from typing import Any, TypeAlias

from backends import BACKENDS, Data, data_of
from differential.coverage import Coverage
from properties.data import AS_OF, Tables
from properties.schemas import Schemas
from properties.texts import Line, Texts
from properties.trees import CLAUSE, T

from segdsl import pipeline
from segdsl.diagnostics import SegdslError, Severity
from segdsl.limits import DEFAULT
from segdsl.schema import Schema
from segdsl.schema_build import schema_from_dict
from segdsl.semantics import ir
from segdsl.source import Source
from segdsl.types import BOOL

Plain: TypeAlias = dict[str, Any]
DataSet: TypeAlias = Mapping[str, Sequence[Mapping[str, object]]]
"""Rows by physical table."""
SEGMENTS = 10
"""How many segments a library has unless it is told otherwise, each with its negation."""
WILD = 0.6
"""Of the segments, so many are of everything; the others hang on one construct each."""
DULL = 0.15
"""Of the segments that select nobody or everyone, so many are kept."""


@dataclass(frozen=True)
class Example:
    """``segments`` are conditions by name; ``library`` the definitions that they use; ``others`` more data sets beside ``tables``."""

    seed: str
    schema: Plain
    tables: DataSet
    as_of: datetime
    library: tuple[Line, ...]
    segments: Mapping[str, T]
    others: tuple[DataSet, ...] = ()

    @property
    def data_sets(self) -> tuple[DataSet, ...]:
        return (self.tables, *self.others)

    @property
    def names(self) -> Iterator[str]:
        """Segments and their negations."""
        for name in self.segments:
            yield name
            yield f"not_{name}"

    @property
    def text(self) -> str:
        lines = [line.text for line in self.library]
        for name, condition in self.segments.items():
            lines.append(f"segment {name} where {condition.text}")
            lines.append(f"segment not_{name} where not ({condition.text})")
        return "\n".join(lines) + "\n"

    def __str__(self) -> str:
        tables = "\n".join(
            f"  {name!r}:" + "".join(f"\n    {dict(row)!r}" for row in rows) for name, rows in self.tables.items()
        )
        return f"seed {self.seed}\nas of {self.as_of}\nschema {pformat(self.schema, sort_dicts=False)}\n{tables}\n{self.text}"


def example(seed: str, coverage: Coverage, segments: int = SEGMENTS, data_sets: int = 1) -> Example:
    """The example of a seed. Texts that do not compile are dropped, and counted."""
    random = Random(seed)
    plain, schema = schema_of(random, coverage)
    as_of = random.choice(AS_OF)
    tables = Tables(schema, as_of, random).make()
    texts = Texts(schema, random)
    library = [Line(text, T(CLAUSE, ())) for text in texts.params_of()]
    for number in range(random.choice((0, 2, 3, 4))):
        line = texts.definition(number)
        if line is not None:
            coverage.made += 1
            if checked(schema, [*(one.text for one in library), line.text], coverage) is not None:
                library.append(line)
                texts.learn(line)
    found: dict[str, T] = {}
    entity = texts.at(texts.entity)
    data = data_of(schema, tables)
    known = check(schema, [one.text for one in library])
    while len(found) < segments:
        wild = random.random() < WILD
        condition = texts.condition(entity, random.choice((1, 2, 3))) if wild else texts.some_sharp(entity)
        coverage.made += 1
        node, findings = pipeline.check_condition(Source("<condition>", condition.text), known, {}, DEFAULT)
        error = next((d for d in findings if d.severity is Severity.ERROR), None)
        if error is not None or node is None:
            coverage.dropped[error.code if error is not None else "nothing"] += 1
        elif random.random() < DULL or _parts_people(known.program, node, data, as_of):
            found[f"s{len(found)}"] = condition
    others = tuple(Tables(schema, as_of, random).make() for _ in range(data_sets - 1))
    return Example(seed, plain, tables, as_of, tuple(library), found, others)


def _parts_people(program: ir.Program, condition: ir.Expr, data: Data, as_of: datetime) -> bool:
    """Does a condition hold for some, and not for everyone?"""
    outputs = {"some": condition, "everyone": ir.Literal(True, type=BOOL)}
    try:
        members = BACKENDS["reference"](data, program, outputs, as_of)
    except Exception:  # noqa: BLE001 - whoever evaluates the example will tell
        return True
    return bool(members["some"]) and members["some"] != members["everyone"]


def schema_of(random: Random, coverage: Coverage) -> tuple[Plain, Schema]:
    while True:
        try:
            plain = Schemas(random).schema()
            schema = schema_from_dict(plain)
        except SegdslError as error:
            coverage.dropped[f"schema {error.diagnostics[0].code}"] += 1
            continue
        if checked(schema, [], coverage) is not None:
            return plain, schema


def parsed(lines: Sequence[str]) -> pipeline.Parsed:
    return pipeline.parse([pipeline.Unit(Source("library.seg", "\n".join(lines) + "\n"))], DEFAULT)


def check(schema: Schema, lines: Sequence[str]) -> pipeline.Checked:
    return pipeline.check(parsed(lines), schema, {}, DEFAULT)


def checked(schema: Schema, lines: Sequence[str], coverage: Coverage | None = None) -> ir.Program | None:
    """A library, if nothing is wrong with it."""
    found = check(schema, lines)
    error = next((d for d in found.findings if d.severity is Severity.ERROR), None)
    if error is None:
        return found.program
    if coverage is not None:
        coverage.dropped[error.code] += 1
    return None


def errors(schema: Schema, lines: Sequence[str]) -> str | None:
    """What is wrong with a library, if anything."""
    errors = [d for d in check(schema, lines).findings if d.severity is Severity.ERROR]
    return "\n".join(d.render() for d in errors) if errors else None
