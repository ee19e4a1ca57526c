"""Random libraries over schemas that hold several tenants' data, of which the entity's `where` lets one be seen."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from backends import BACKENDS, data_of
from differential.coverage import Coverage
from differential.example import schema_of
from policy.scans import FIELD, TENANT, everywhere, in_plan, in_polars, in_sql
from properties.data import AS_OF, Tables
from properties.texts import Texts

from segdsl import pipeline
from segdsl.backends.polars.emit import emit as emit_polars
from segdsl.backends.sql.dialects import DIALECTS
from segdsl.diagnostics import SegdslError, Severity
from segdsl.limits import DEFAULT
from segdsl.pipeline import Checked
from segdsl.schema import Schema
from segdsl.schema_build import schema_from_dict
from segdsl.semantics import ir
from segdsl.source import Source
from segdsl.types import BOOL

LIBRARIES = 40
"""Of each schema."""
SHAPES = ("members", "flags", "counts", "memberships")
Rows = Mapping[str, Sequence[Mapping[str, object]]]


@dataclass
class Outcome:
    libraries: int = 0
    statements: int = 0
    frames: int = 0
    compared: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.libraries:,} libraries, {self.statements:,} statements, {self.frames:,} frames, {self.compared:,} libraries "
            f"with and without the others' rows; {len(self.faults)} faults; dropped: {dict(self.dropped)}"
        )


@dataclass(frozen=True)
class Shared:
    """A schema of several tenants, and texts over it."""

    schema: Schema
    checked: Checked
    texts: Texts


def shared(random: Random) -> Shared:
    """Whose tenant is at work is a parameter, which the host sets."""
    while True:
        plain, _ = schema_of(random, Coverage())
        entity = plain["entity"]
        if "distinct" in entity:
            continue
        other = f" and ({entity['where']})" if "where" in entity else ""
        fields = {FIELD: {"type": "string?", "private": True}, **entity["fields"]}
        entity = {**entity, "where": f"{FIELD} = current_tenant{other}", "fields": fields}
        schema = schema_from_dict({**plain, "entity": entity})
        parsed = pipeline.parse([pipeline.Unit(Source("library.seg", 'param current_tenant = "another"\n'))], DEFAULT)
        checked = pipeline.check(parsed, schema, {"current_tenant": TENANT}, DEFAULT)
        if not any(found.severity is Severity.ERROR for found in checked.findings) and _shows_some(checked):
            return Shared(schema, checked, Texts(schema, random))


def _shows_some(checked: Checked) -> bool:
    """Of ``2 in (1)`` nothing is left but that nobody is seen, whosever rows they are."""
    plan = pipeline.plan(checked.program, {"everyone": ir.Literal(True, type=BOOL)})
    return not any(isinstance(part, ir.Literal) for part in plan.final.where)


def conditions(over: Shared, random: Random, outcome: Outcome) -> dict[str, ir.Expr]:
    """Some conditions that mean something."""
    found: dict[str, ir.Expr] = {}
    wanted = random.choice((1, 1, 2, 3))
    entity = over.texts.at(over.texts.entity)
    while len(found) < wanted:
        wild = random.random() < 0.5
        text = (over.texts.condition(entity, random.choice((1, 2))) if wild else over.texts.some_sharp(entity)).text
        node, findings = pipeline.check_condition(
            Source("<condition>", text), over.checked, {"current_tenant": TENANT}, DEFAULT
        )
        error = next((one for one in findings if one.severity is Severity.ERROR), None)
        if node is None or error is not None:
            outcome.dropped[error.code if error is not None else "nothing"] += 1
        else:
            found[f"s{len(found)}"] = node
    return found


def run(
    libraries: int,
    seed: str,
    dialects: Sequence[str] = (),
    compare: int = 20,
    minutes: float = 60 * 24,
    say: Callable[[Outcome], None] = lambda _: None,
) -> Outcome:
    """``compare``: of so many libraries one is evaluated, with the others' rows and without. ``say`` is told after each."""
    outcome = Outcome()
    end = time.monotonic() + minutes * 60
    names = tuple(dialects or DIALECTS)
    number = 0
    while outcome.libraries < libraries and not outcome.faults and time.monotonic() < end:
        random = Random(f"{seed}-{number}")
        number += 1
        over = shared(random)
        for _ in range(min(LIBRARIES, libraries - outcome.libraries)):
            outputs = conditions(over, random, outcome)
            outcome.libraries += 1
            name = names[outcome.libraries % len(names)]
            wrong = _scans(over, outputs, name, random, outcome)
            if not wrong and outcome.libraries % compare == 0:
                wrong = list(_compared(over, outputs, random, outcome))
            if wrong:
                outcome.faults.append(f"seed {seed}-{number - 1}: {wrong[0]}\n{outputs}")
                break
            say(outcome)
    return outcome


def _scans(over: Shared, outputs: Mapping[str, ir.Expr], dialect: str, random: Random, outcome: Outcome) -> list[str]:
    table = over.schema.entity.table
    assert table is not None
    plan = pipeline.plan(over.checked.program, outputs)
    as_of = random.choice(AS_OF)
    found: dict[str, Iterator[str]] = {"plan": in_plan(plan, table)}
    shape = random.choice(SHAPES) if len(outputs) == 1 else random.choice(SHAPES[1:])
    try:
        text = pipeline.to_sql(plan, dialect, shape, as_of, next(iter(outputs)) if shape == "members" else None).text  # type: ignore[arg-type]
        outcome.statements += 1
        found[dialect] = in_sql(text, dialect, table)
    except SegdslError as error:
        outcome.dropped[error.diagnostics[0].code] += 1
    if outcome.libraries % 4 == 0:
        frames = data_of(over.schema, {}).frames
        outcome.frames += 1
        found["polars"] = in_polars(emit_polars(plan, frames, as_of).explain(optimized=False))
    return everywhere(found)


# -- with the others' rows, and without ---------------------------------------------------------------------------------


def _compared(over: Shared, outputs: Mapping[str, ir.Expr], random: Random, outcome: Outcome) -> Iterator[str]:
    as_of = random.choice(AS_OF)
    whole = several(over.schema, Tables(over.schema, as_of, random).make(), random)
    outcome.compared += 1
    engine = random.choice(("duckdb", "sqlite", "postgres"))
    for name in ("reference", "polars", engine):
        try:
            answers = [
                BACKENDS[name](data_of(over.schema, rows), over.checked.program, outputs, as_of)  # type: ignore[arg-type]
                for rows in (whole, *alone(over.schema, whole))
            ]
        except SegdslError as error:
            outcome.dropped[error.diagnostics[0].code] += 1
            continue
        if any(answer != answers[0] for answer in answers):
            yield f"{name} answers {answers} with the others' rows and without, as of {as_of}: {whole}"


def several(schema: Schema, tables: Rows, random: Random) -> dict[str, list[dict[str, object]]]:
    """The same rows, some of them other tenants'."""
    table = schema.entity.table
    made: dict[str, list[dict[str, object]]] = {name: [dict(row) for row in rows] for name, rows in tables.items()}
    for row in made[table or ""]:
        row[FIELD] = random.choice((TENANT, TENANT, "another", TENANT.upper(), None))
    return made


def alone(schema: Schema, tables: Rows) -> Iterator[Rows]:
    """Without the others' entities; and without what is tied to them directly as well."""
    table, key = schema.entity.table, schema.entity.fields[schema.entity.key]
    assert table is not None
    mine = [row for row in tables[table] if row[FIELD] == TENANT]
    others = {row[key.column] for row in tables[table] if row[FIELD] != TENANT}
    yield {**tables, table: mine}
    fewer: dict[str, Any] = {**tables, table: mine}
    for relation in schema.relations.values():
        if relation.table in fewer and relation.parent == schema.entity.name and relation.table != table:
            for link in relation.links:
                column = relation.fields[link.child].column
                if link.parent == schema.entity.key and column and relation.fields[link.child].expression is None:
                    fewer[relation.table] = [row for row in fewer[relation.table] if row.get(column) not in others]
    yield fewer
