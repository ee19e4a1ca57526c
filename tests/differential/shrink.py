"""A failing example made as small as it gets: fewer segments, rows and definitions, smaller texts, plainer values, less schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime

from differential.example import Example, Plain, errors
from differential.judge import Failure, sort_of
from differential.oracles import ask
from properties.trees import smaller

from segdsl.schema import Field, Schema
from segdsl.schema_build import schema_from_dict


def shrunk(found: Example, wrong: Failure, tries: int = 700) -> tuple[Example, Failure]:
    """A smaller example that fails on the same evaluator in the same way, by the same oracle."""
    budget = [tries]
    if found.others:
        found = replace(found, tables=found.data_sets[wrong.data_set], others=())
        wrong = replace(wrong, data_set=0)

    def still(candidate: Example) -> Failure | None:
        if budget[0] <= 0:
            return None
        budget[0] -= 1
        engines = () if wrong.evaluator in ("reference", "plan") else (wrong.evaluator,)
        try:
            schema = schema_from_dict(candidate.schema)
            if errors(schema, [candidate.text]) is not None:
                return None
            again = list(ask(wrong.oracle, candidate, engines))
        except Exception:  # noqa: BLE001 - another failure than the one that is looked for
            return None
        return next((one for one in again if sort_of(one) == sort_of(wrong)), None)

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
