"""The differential property: whatever the schema, the data and the text, every evaluator selects the same customers.

An `Example` is a schema, data, an instant and a library whose segments come in pairs, S and ``not (S)``. `failure` evaluates
it everywhere and says what is wrong; `shrunk` makes a failing example as small as it gets. Everything follows from a seed.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pprint import pformat
from random import Random
from typing import Any, TypeAlias

from backends import BACKENDS, Data, data_of, is_gap
from properties.coverage import Coverage
from properties.data import AS_OF, Tables
from properties.schemas import Schemas
from properties.texts import Line, Texts
from properties.trees import CLAUSE, T, smaller

from segdsl import pipeline
from segdsl.diagnostics import SegdslError, Severity
from segdsl.limits import DEFAULT
from segdsl.schema import Field, Schema
from segdsl.schema_build import schema_from_dict
from segdsl.semantics import ir
from segdsl.source import Source
from segdsl.types import BOOL

Plain: TypeAlias = dict[str, Any]
ENGINES = tuple(name for name in BACKENDS if name != "reference")
SEGMENTS = 10
"""How many segments a library has, each with its negation."""
WILD = 0.6
"""Of the segments, so many are of everything; the others hang on one construct each."""
DULL = 0.15
"""Of the segments that select nobody or everyone, so many are kept."""


@dataclass(frozen=True)
class Example:
    """``segments`` are conditions by name; ``library`` the definitions that they use."""

    seed: str
    schema: Plain
    tables: Mapping[str, Sequence[Mapping[str, object]]]
    as_of: datetime
    library: tuple[Line, ...]
    segments: Mapping[str, T]

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


@dataclass(frozen=True)
class Failure:
    """What is wrong with an example: on which evaluator, which segments."""

    evaluator: str
    segments: tuple[str, ...]
    what: str


# -- making -------------------------------------------------------------------------------------------------------


def example(seed: str, coverage: Coverage) -> Example:
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
    segments: dict[str, T] = {}
    entity = texts.at(texts.entity)
    data = data_of(schema, tables)
    known = _check(schema, [one.text for one in library])
    while len(segments) < SEGMENTS:
        wild = random.random() < WILD
        condition = texts.condition(entity, random.choice((1, 2, 3))) if wild else texts.some_sharp(entity)
        coverage.made += 1
        node, findings = pipeline.check_condition(Source("<condition>", condition.text), known, {}, DEFAULT)
        error = next((d for d in findings if d.severity is Severity.ERROR), None)
        if error is not None or node is None:
            coverage.dropped[error.code if error is not None else "nothing"] += 1
        elif random.random() < DULL or _parts_people(known.program, node, data, as_of):
            segments[f"s{len(segments)}"] = condition
    return Example(seed, plain, tables, as_of, tuple(library), segments)


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


def _check(schema: Schema, lines: Sequence[str]) -> pipeline.Checked:
    return pipeline.check(parsed(lines), schema, {}, DEFAULT)


def checked(schema: Schema, lines: Sequence[str], coverage: Coverage | None = None) -> ir.Program | None:
    """A library, if nothing is wrong with it."""
    found = _check(schema, lines)
    error = next((d for d in found.findings if d.severity is Severity.ERROR), None)
    if error is None:
        return found.program
    if coverage is not None:
        coverage.dropped[error.code] += 1
    return None


def _errors(schema: Schema, lines: Sequence[str]) -> str | None:
    """What is wrong with a library, if anything."""
    errors = [d for d in _check(schema, lines).findings if d.severity is Severity.ERROR]
    return "\n".join(d.render() for d in errors) if errors else None


# -- judging ------------------------------------------------------------------------------------------------------


def failure(found: Example, engines: Sequence[str] = ENGINES, coverage: Coverage | None = None) -> Failure | None:
    """What is wrong with an example: the first evaluator that differs, raises, or does not partition the population."""
    schema = schema_from_dict(found.schema)
    read = parsed([found.text])
    program = pipeline.check(read, schema, {}, DEFAULT).program
    if coverage is not None:
        coverage.evaluated += len(found.segments)
        coverage.add(program, read.files[0][0])
    data = data_of(schema, found.tables)
    outputs: dict[str, ir.Expr] = {name: program.definitions[name].body for name in _names(found)}
    tiers = _tiers(program)
    for cases in tiers.values():
        outputs |= cases
    everyone = ir.Literal(True, type=BOOL)
    try:
        expected = BACKENDS["reference"](data, program, {**outputs, "everyone": everyone}, found.as_of)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a failure of the referee
        return Failure("reference", tuple(found.segments), "".join(traceback.format_exception(error))[-6000:])
    for name in found.segments:
        selected, rest = expected[name], expected[f"not_{name}"]
        if selected & rest or selected | rest != expected["everyone"]:
            return Failure("reference", (name,), f"{sorted_(selected)} and {sorted_(rest)} are no partition")
    for name, cases in tiers.items():
        members = [key for case in cases for key in expected[case]]
        if len(members) != len(set(members)) or (f"{name}.rest" in cases and set(members) != expected["everyone"]):
            return Failure("reference", tuple(found.segments), f"the cases of {name} are no partition")
    try:
        pipeline.plan(program, outputs)
    except Exception as error:  # noqa: BLE001 - as above, of the planner
        return Failure("plan", tuple(found.segments), "".join(traceback.format_exception(error))[-6000:])
    for engine in engines:
        wrong = _differences(engine, data, program, outputs, found, expected)
        if wrong is not None:
            return wrong
    return None


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


def _differences(
    engine: str,
    data: Data,
    program: ir.Program,
    outputs: Mapping[str, ir.Expr],
    found: Example,
    expected: Mapping[str, frozenset[Any]],
) -> Failure | None:
    try:
        selected = _selected(engine, data, program, outputs, found.as_of)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a failure of the engine
        return Failure(engine, tuple(found.segments), "".join(traceback.format_exception(error))[-6000:])
    wrong = [name for name in selected if selected[name] != expected[name]]
    if not wrong:
        return None
    lines = [
        f"{name}: {engine} selects {sorted_(selected[name])}, the referee {sorted_(expected[name])}" for name in wrong
    ]
    segments = dict.fromkeys(name.removeprefix("not_") for name in wrong)
    return Failure(engine, tuple(name for name in segments if name in found.segments), "\n".join(lines))


def _selected(
    engine: str, data: Data, program: ir.Program, outputs: Mapping[str, ir.Expr], as_of: datetime
) -> Mapping[str, frozenset[Any]]:
    """Whom an engine selects, save for the segments that its dialect says it cannot do."""
    try:
        return BACKENDS[engine](data, program, outputs, as_of)
    except SegdslError as error:
        if not is_gap(error):
            raise
    able = {}
    for name, node in outputs.items():
        try:
            able |= BACKENDS[engine](data, program, {name: node}, as_of)
        except SegdslError as error:
            if not is_gap(error):
                raise
    return able


def sorted_(keys: frozenset[Any]) -> list[Any]:
    return sorted(keys, key=repr)


def _names(found: Example) -> Iterator[str]:
    for name in found.segments:
        yield name
        yield f"not_{name}"


# -- shrinking ----------------------------------------------------------------------------------------------------


def shrunk(found: Example, wrong: Failure, tries: int = 700) -> tuple[Example, Failure]:
    """A smaller example that fails on the same evaluator in the same way."""
    budget = [tries]

    def still(candidate: Example) -> Failure | None:
        if budget[0] <= 0:
            return None
        budget[0] -= 1
        try:
            schema = schema_from_dict(candidate.schema)
            if _errors(schema, [candidate.text]) is not None:
                return None
            engines = (wrong.evaluator,) if wrong.evaluator in BACKENDS and wrong.evaluator != "reference" else ()
            again = failure(candidate, engines)
        except Exception:  # noqa: BLE001 - another failure than the one that is looked for
            return None
        if again is None or again.evaluator != wrong.evaluator:
            return None
        return again if sort_of(again) == sort_of(wrong) else None

    for step in (
        _fewer_segments,
        _smaller_conditions,
        _definitions_put_in,
        _fewer_lines,
        _smaller_lines,
        _fewer_rows,
        _less_schema,
        _smaller_conditions,
        _smaller_lines,
        _less_schema,
        _fewer_rows,
        _plainer_values,
    ):
        again = True
        while again and budget[0] > 0:
            again = False
            for candidate in step(found):
                now = still(candidate)
                if now is not None:
                    found, wrong, again = candidate, now, True
                    break
    return found, wrong


def sort_of(wrong: Failure) -> str:
    """Two failures are alike if both select wrongly, or both raise the same at the same place."""
    if "the referee" in wrong.what or "partition" in wrong.what:
        return f"{wrong.evaluator} selects"
    lines = wrong.what.strip().splitlines()
    raised = next(
        (line for line in reversed(lines) if re.match(r"[\w.]+(Error|Exception|Iteration)\b", line)), lines[-1]
    )
    place = next(
        (line.split("/")[-1] for line in reversed(lines) if line.startswith("  File") and "segdsl" in line), ""
    )
    return f"{wrong.evaluator} raises {raised[:60].split(':')[0]} {re.sub(r'[^a-z ]', '', raised)[:40]} {place}"


def _fewer_segments(found: Example) -> Iterator[Example]:
    if len(found.segments) > 1:
        for name, condition in found.segments.items():
            yield replace(found, segments={name: condition})
        for name in found.segments:
            yield replace(found, segments={other: c for other, c in found.segments.items() if other != name})


def _smaller_conditions(found: Example) -> Iterator[Example]:
    for name, condition in found.segments.items():
        for less in smaller(condition):
            yield replace(found, segments={**found.segments, name: less})


def _fewer_lines(found: Example) -> Iterator[Example]:
    for index in range(len(found.library)):
        yield replace(found, library=(*found.library[:index], *found.library[index + 1 :]))


def _smaller_lines(found: Example) -> Iterator[Example]:
    for index, line in enumerate(found.library):
        for less in smaller(line.body):
            changed = replace(line, body=less)
            yield replace(found, library=(*found.library[:index], changed, *found.library[index + 1 :]))


def _definitions_put_in(found: Example) -> Iterator[Example]:
    """A segment that is a trait or segment of the library is its body."""
    for name, condition in found.segments.items():
        for line in found.library:
            if condition.text.strip("()") == (line.known.name if line.known is not None else None):
                yield replace(found, segments={**found.segments, name: line.body})


def _less_schema(found: Example) -> Iterator[Example]:
    schema = found.schema
    for part in ("relations", "lookups", "traits"):
        for name in schema.get(part, {}):
            yield replace(found, schema={**schema, part: {k: v for k, v in schema[part].items() if k != name}})
    if schema["timezone"] != "UTC":
        yield replace(found, schema={**schema, "timezone": "UTC"})
    owners = [("entity", None, schema["entity"])]
    owners += [(part, name, owner) for part in ("relations", "lookups") for name, owner in schema[part].items()]
    for part, name, owner in owners:
        for change in _less_owner(owner):
            changed = change if name is None else {**schema[part], name: change}
            yield replace(found, schema={**schema, part: changed})


def _less_owner(owner: Plain) -> Iterator[Plain]:
    for key in ("where", "created", "time", "key"):
        if key in owner:
            yield {k: v for k, v in owner.items() if k != key}
    fields = owner.get("fields", {})
    for name, declared in fields.items():
        yield {**owner, "fields": {k: v for k, v in fields.items() if k != name}}
        if isinstance(declared, dict):
            for option in ("missing", "ordered", "fixed", "changes"):
                if option in declared:
                    yield {**owner, "fields": {**fields, name: {k: v for k, v in declared.items() if k != option}}}


def _fewer_rows(found: Example) -> Iterator[Example]:
    for table, rows in found.tables.items():
        size = max(len(rows) // 2, 1)
        while size:
            for start in range(0, len(rows), size):
                yield replace(found, tables={**found.tables, table: [*rows[:start], *rows[start + size :]]})
            size = size // 2 if size > 1 else 0


def _plainer_values(found: Example) -> Iterator[Example]:
    """Missing, or something dull, wherever the schema's promises leave room for it."""
    plain: Mapping[type, object] = {
        int: 1,
        float: 1.0,
        str: "a",
        datetime: datetime(2026, 1, 1),
        date: date(2026, 1, 1),
    }
    optional = _optional_columns(schema_from_dict(found.schema))
    for table, rows in found.tables.items():
        for index, row in enumerate(rows):
            for column, value in row.items():
                if value is None or not optional.get((table, column), True):
                    continue
                for simpler in dict.fromkeys((None, plain.get(type(value)))):
                    if value != simpler:
                        changed = [*rows[:index], {**row, column: simpler}, *rows[index + 1 :]]
                        yield replace(found, tables={**found.tables, table: changed})


def _optional_columns(schema: Schema) -> dict[tuple[str, str], bool]:
    """Whether a column may be missing and need not be unique."""
    found: dict[tuple[str, str], bool] = {}
    owners: list[tuple[str | None, Mapping[str, Field], tuple[str, ...]]] = [
        (schema.entity.table, schema.entity.fields, (schema.entity.key,))
    ]
    owners += [(one.table, one.fields, one.key) for one in schema.relations.values()]
    owners += [(one.table, one.fields, tuple(link.parent for link in one.links)) for one in schema.lookups.values()]
    for table, fields, key in owners:
        for one in fields.values():
            if table is not None and one.column:
                place = (table, one.column)
                found[place] = found.get(place, True) and one.optional and one.name not in key
    return found


# -- the same in other words --------------------------------------------------------------------------------------


def shuffled(found: Example, random: Random) -> Example:
    """The same rows in another order."""
    return replace(found, tables={name: random.sample(list(rows), len(rows)) for name, rows in found.tables.items()})


def renamed(found: Example, rename: Callable[[str], str]) -> Example:
    """The same tables and columns under other physical names."""
    schema = {**found.schema}
    entity = {**schema["entity"]}
    if "table" in entity:
        entity["table"] = rename(entity["table"])
    if "distinct" in entity:
        entity["distinct"] = [rename(name) for name in entity["distinct"]]
    schema["entity"] = entity
    for part in ("relations", "lookups"):
        schema[part] = {
            name: {**owner, "table": rename(owner["table"])} if "table" in owner else owner
            for name, owner in schema[part].items()
        }
    return replace(found, schema=schema, tables={rename(name): rows for name, rows in found.tables.items()})


# -- showing ------------------------------------------------------------------------------------------------------


def show(
    schema: Plain,
    tables: Mapping[str, Sequence[Mapping[str, object]]],
    text: str,
    as_of: datetime,
    engines: Sequence[str] = ENGINES,
) -> None:
    """Whom each evaluator selects by every segment of a text."""
    read = schema_from_dict(schema)
    errors = _errors(read, [text])
    assert errors is None, errors
    program = _check(read, [text]).program
    outputs = {name: one.body for name, one in program.definitions.items() if one.kind == "segment"}
    data = data_of(read, tables)
    for engine in ("reference", *engines):
        for name, members in BACKENDS[engine](data, program, outputs, as_of).items():
            print(f"{engine:10} {name}: {sorted_(members)}")  # noqa: T201
