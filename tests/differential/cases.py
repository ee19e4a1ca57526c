"""Failures that were kept: each a file under cases/ with the schema, the data, the instant, the text and whom its segments select.

``python -m tests.differential --keep`` writes them as the referee sees them. A person then reads the language's reference, judges,
mends ``expected`` if it is the referee that is wrong, and says under ``judged`` why it is right; until then the tests fail.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import Any

from backends import BACKENDS, Question, data_of, is_gap
from differential.example import DataSet, Example, Plain, check, errors
from differential.judge import Failure, prepared, sorted_

from segdsl.schema import Schema
from segdsl.schema_build import schema_from_dict
from segdsl.semantics import ir

FOLDER = Path(__file__).parent / "cases"


@dataclass(frozen=True)
class Case:
    """``judged``: why ``expected`` is right, in a person's words; empty while nobody has looked."""

    name: str
    judged: str
    schema: Plain
    tables: DataSet
    as_of: datetime
    text: str
    expected: Mapping[str, frozenset[Any]]

    @cached_property
    def built(self) -> Schema:
        return schema_from_dict(self.schema)


def kept() -> Iterator[Case]:
    for path in sorted(FOLDER.glob("*.json")):
        yield read(path)


def read(path: Path) -> Case:
    plain = json.loads(path.read_text(encoding="utf-8"))
    tables = {
        table: [{column: _value(value) for column, value in row.items()} for row in rows]
        for table, rows in plain["tables"].items()
    }
    return Case(
        path.stem,
        plain["judged"],
        plain["schema"],
        tables,
        datetime.fromisoformat(plain["as_of"]),
        "\n".join(plain["text"]) + "\n",
        {name: frozenset(keys) for name, keys in plain["expected"].items()},
    )


def replayed(case: Case, engine: str) -> str | None:
    """What is wrong with whom an evaluator selects, if anything."""
    broken = errors(case.built, [case.text])
    if broken is not None:
        return broken
    program = check(case.built, [case.text]).program
    conditions: dict[str, ir.Expr] = {name: program.definitions[name].body for name in case.expected}
    try:
        members = prepared(engine, Question(program, conditions, case.as_of))(data_of(case.built, case.tables))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a failure of the engine
        return None if is_gap(error) else repr(error)
    lines = [
        f"{case.name}: {name}: {engine} selects {sorted_(keys)}, and should {sorted_(case.expected[name])}"
        for name, keys in members.items()
        if keys != case.expected[name]
    ]
    return "\n".join(lines) or None


def keep(found: Example, wrong: Failure, folder: Path = FOLDER) -> Path:
    """Write a failure, as small as it is, for a person to judge."""
    schema = schema_from_dict(found.schema)
    program = check(schema, [found.text]).program
    conditions: dict[str, ir.Expr] = {name: program.definitions[name].body for name in found.segments}
    try:
        expected = BACKENDS["reference"](data_of(schema, found.tables), program, conditions, found.as_of)
    except Exception:  # noqa: BLE001 - it may be the referee that fails: the judge has to say then
        expected = {name: frozenset() for name in conditions}
    name = re.sub(r"[^a-z0-9]+", "-", f"{wrong.evaluator} {wrong.oracle} {found.seed}".lower()).strip("-")
    path = folder / f"{name}.json"
    folder.mkdir(exist_ok=True)
    path.write_text(_written(found, expected), encoding="utf-8")
    return path


def _written(found: Example, expected: Mapping[str, frozenset[Any]]) -> str:
    """JSON with a row on each line, so that people can read it."""

    def one(value: object) -> str:
        return json.dumps(value, ensure_ascii=False)

    used = {name: rows for name, rows in found.tables.items() if one(name) in one(found.schema)}
    tables = ",\n".join(f"  {one(name)}: [{_lines([_row(row) for row in rows])}]" for name, rows in used.items())
    segments = [f"segment {name} where {condition.text}" for name, condition in found.segments.items()]
    text = "\n".join([*(line.text for line in found.library), *segments]).split("\n")
    schema = ",\n".join(f"  {one(part)}: {one(value)}" for part, value in found.schema.items())
    members = ",\n".join(f"  {one(name)}: {one(sorted_(keys))}" for name, keys in expected.items())
    parts = (
        '"judged": ""',
        f'"as_of": {one(found.as_of.isoformat())}',
        f'"text": [{_lines([one(line) for line in text])}]',
        f'"expected": {{\n{members}\n }}',
        f'"schema": {{\n{schema}\n }}',
        f'"tables": {{\n{tables}\n }}',
    )
    return "{\n " + ",\n ".join(parts) + "\n}\n"


def _lines(items: Sequence[str]) -> str:
    return "\n   " + ",\n   ".join(items) if items else ""


def _row(row: Mapping[str, object]) -> str:
    return json.dumps({column: _plain(value) for column, value in row.items()}, ensure_ascii=False)


def _plain(value: object) -> object:
    match value:
        case datetime():
            return {"instant": value.isoformat()}
        case date():
            return {"day": value.isoformat()}
        case Decimal():
            return {"decimal": str(value)}
        case float() if not isfinite(value):
            return {"float": repr(value)}
        case _:
            return value


def _value(plain: object) -> object:
    match plain:
        case {"instant": str(text)}:
            return datetime.fromisoformat(text)
        case {"day": str(text)}:
            return date.fromisoformat(text)
        case {"decimal": str(text)}:
            return Decimal(text)
        case {"float": str(text)}:
            return float(text)
        case _:
            return plain
