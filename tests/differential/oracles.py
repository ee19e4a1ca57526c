"""What holds of each evaluator by itself, whatever the text means: oracles beside equality with the referee.

An oracle asks one evaluator about one example in two ways, and yields what it compared: a segment, and what is wrong with it, or None.
So it finds what all evaluators have wrong alike, in the reading of a text or in the plan.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

from backends import Data, Members, Question, data_of, in_parts, is_gap, loaded
from differential import judge
from differential.coverage import Coverage
from differential.example import DataSet, Example, Plain, check, checked, parsed
from differential.judge import EVERYONE, Failure, prepared, raised, sorted_
from properties.sight import Scope
from properties.texts import PARAMS, Texts
from properties.trees import CLAUSE, T, quoted

from segdsl import pipeline
from segdsl.backends.sql.dialects import DIALECTS
from segdsl.diagnostics import Severity
from segdsl.limits import DEFAULT
from segdsl.schema import Schema
from segdsl.schema_build import schema_from_dict
from segdsl.semantics import ir
from segdsl.semantics.time import resolve, zone
from segdsl.source import Source
from segdsl.types import Kind

Check: TypeAlias = tuple[str, str | None]
"""A segment, and what is wrong with it."""
Checks: TypeAlias = Iterator[Check]
SEVERAL = 4
"""Of a library's segments, so many are asked about where each costs a statement of its own."""
THEN: Mapping[str, ir.Moment] = {
    "90 days ago": ir.Moment("as_of", micros=-90 * 86_400_000_000),
    "1 month ago": ir.Moment("as_of", months=-1),
    "2024-01-31": ir.Moment(date(2024, 1, 31)),
    "36 hours ago": ir.Moment("as_of", micros=-36 * 3_600_000_000),
}
"""Written, and meant."""
NAMES: tuple[Callable[[str], str], ...] = (
    lambda name: f"z {name}",
    lambda name: f'{name}"',
    lambda name: f"it's {name}",
    lambda name: f"größe {name} 😀",
    lambda name: f"{name}; --",
    lambda name: f"`{name}",
    lambda name: f"%s {name} \\",
    lambda name: f"^{name}[*]$",
)
"""Other names for tables and columns, no two of which become one."""
OF_THE_CALENDAR = re.compile(r"\b(months?|quarters?|years?|age|anniversary|day\()|\d{4}-\d\d-\d\d")
"""What does not move with the weeks."""


@dataclass(frozen=True)
class Bench:
    """An example's library, ready to be asked about more than it defines."""

    found: Example

    @cached_property
    def schema(self) -> Schema:
        return schema_from_dict(self.found.schema)

    @cached_property
    def checked(self) -> pipeline.Checked:
        return check(self.schema, [self.found.text])

    @property
    def program(self) -> ir.Program:
        return self.checked.program

    @cached_property
    def data(self) -> Data:
        return data_of(self.schema, self.found.tables)

    @cached_property
    def random(self) -> Random:
        return Random(f"{self.found.seed} {len(self.found.text)}")

    def condition(self, text: str) -> ir.Expr | None:
        """A condition over the library, if it is one."""
        node, findings = pipeline.check_condition(Source("<condition>", text), self.checked, {}, DEFAULT)
        return None if any(d.severity is Severity.ERROR for d in findings) else node

    def conditions(self, texts: Mapping[str, str]) -> dict[str, ir.Expr]:
        return {name: node for name, text in texts.items() if (node := self.condition(text)) is not None}

    def bodies(self, names: Sequence[str]) -> dict[str, ir.Expr]:
        return {name: self.program.definitions[name].body for name in names}

    def members(
        self,
        engine: str,
        conditions: Mapping[str, ir.Expr],
        *,
        data: Data | None = None,
        as_of: datetime | None = None,
    ) -> Members:
        asked = Question(self.program, conditions, as_of or self.found.as_of)
        return prepared(engine, asked)(data or self.data) if conditions else {}

    def some(self, most: int = SEVERAL) -> list[str]:
        names = list(self.found.segments)
        return self.random.sample(names, min(most, len(names)))


def compared(name: str, one: Members, other: Members, first: str, second: str, *, key: str = "") -> Checks:
    """A segment in two answers, unless one of them could not give it."""
    key = key or name
    if name not in one or key not in other:
        return
    if one[name] == other[key]:
        yield name, None
    else:
        yield name, f"{name}: {first}, it selects {sorted_(one[name])}, {second} {sorted_(other[key])}"


# -- texts that mean the same -------------------------------------------------------------------------------------


def partition(found: Example, engine: str) -> Checks:
    """S and ``not (S)`` part the population."""
    bench = Bench(found)
    members = bench.members(engine, {**bench.bodies(list(found.names)), "everyone": EVERYONE})
    for name in found.segments:
        if name in members and f"not_{name}" in members and "everyone" in members:
            selected, rest = members[name], members[f"not_{name}"]
            fits = not selected & rest and selected | rest == members["everyone"]
            yield name, None if fits else f"{name}: {sorted_(selected)} and {sorted_(rest)} are no partition"


def references(found: Example, engine: str) -> Checks:
    """A segment that is used by its name, its condition written out, and its members listed are the same."""
    bench = Bench(found)
    names = list(found.segments)
    single = bench.members(engine, bench.bodies(names))
    entity, key = bench.schema.entity.name, bench.schema.entity.key
    contexts = (
        "{a} and not {b}",
        "not {a} or {b} and {a}",
        f"overall(count({entity} where {{a}})) > overall(count({entity} where {{b}}))",
    )
    texts: dict[str, str] = {}
    for number, (a, b) in enumerate(pairwise(names)):
        if a in single and b in single:
            context = contexts[number % len(contexts)]
            forms = {
                "kept": (a, b),
                "inline": (f"({found.segments[a].text})", f"({found.segments[b].text})"),
                "listed": (_listed(key, single[a]), _listed(key, single[b])),
            }
            texts |= {f"{a} {form}": context.format(a=one, b=other) for form, (one, other) in forms.items()}
    members = bench.members(engine, bench.conditions(texts))
    for name in names:
        kept = {name: members[f"{name} kept"]} if f"{name} kept" in members else {}
        for form in ("inline", "listed"):
            yield from compared(name, kept, members, "kept in a condition", f"{form}", key=f"{name} {form}")


def _listed(key: str, members: frozenset[Any]) -> str:
    items = ", ".join(quoted(one) if isinstance(one, str) else str(one) for one in sorted_(members))
    return f"{key} in ({items})" if items else f"{key} is missing"


def alone(found: Example, engine: str) -> Checks:
    """A segment compiled by itself is what it is among the others."""
    bench = Bench(found)
    together = bench.members(engine, bench.bodies(list(found.segments)))
    for name in bench.some():
        yield from compared(name, together, bench.members(engine, bench.bodies([name])), "among others", "alone")


def tautology(found: Example, engine: str) -> Checks:
    """To say also what always holds changes nothing; nor does the other way what never holds."""
    bench = Bench(found)
    texts: dict[str, str] = {}
    names = list(found.segments)
    for number, name in enumerate(names):
        other = f"({found.segments[names[number - 1]].text})"
        own = f"({found.segments[name].text})"
        always = f"{own} and ({other} or not {other})"
        texts[name] = always if number % 2 else f"{own} or ({other} and not {other})"
    plain = bench.members(engine, bench.bodies(names))
    members = bench.members(engine, bench.conditions(texts))
    for name in names:
        yield from compared(name, plain, members, "alone", "with what always holds")


def settings(found: Example, engine: str) -> Checks:
    """A parameter that a host sets is one that the text gives that value."""
    written, given = list(found.library), {}
    random = Random(found.seed)
    for number, line in enumerate(found.library):
        for name, kind, values in PARAMS:
            if line.text.startswith(f"param {name} = "):
                value = random.choice([one for one in values if not line.text.endswith(f"= {one}")])
                written[number] = replace(line, head=f"param {name} = {value}", body=T(CLAUSE, ()))
                given[name] = _of_host(kind, value)
    if not given:
        return
    bench, other = Bench(found), Bench(replace(found, library=tuple(written)))
    set_ = pipeline.check(parsed([found.text]), bench.schema, given, DEFAULT)
    if any(d.severity is Severity.ERROR for d in (*set_.findings, *other.checked.findings)):
        return
    names = list(found.segments)
    bodies = {name: set_.program.definitions[name].body for name in names}
    texts = {name: text.format(name=name) for name, text in USES.items() if name in given}
    for name, text in texts.items():
        node, _ = pipeline.check_condition(Source("<condition>", text), set_, given, DEFAULT)
        assert node is not None, text
        bodies[name] = node
    by_host = prepared(engine, Question(set_.program, bodies, found.as_of))(bench.data)
    by_text = other.members(engine, {**other.bodies(names), **other.conditions(texts)})
    for name in bodies:
        for _, wrong in compared(name, by_host, by_text, f"with {given} set", "with these in the text"):
            yield name if name in found.segments else names[0], wrong


USES = {"spell": "{name} ago > 20 days ago", "many": "{name} = 2", "letter": '{name} = "a"', "markets": '"A" in {name}'}
"""Conditions that hang on nothing but a parameter."""


def _of_host(kind: str, value: str) -> object:
    """A constant of a text, as a host gives it."""
    match kind:
        case "int":
            return int(value)
        case "string":
            return value[1:-1]
        case "list":
            return [item.strip()[1:-1] for item in value[1:-1].split(",")]
        case _:
            return value


SAME = (
    ("{x} in this day", "date({x}) = today"),
    ("{x} in this week", "start_of(week, {x}) = start_of(week, today)"),
    ("{x} in this month", "start_of(month, {x}) = start_of(month, today)"),
    ("{x} in this quarter", "start_of(quarter, {x}) = start_of(quarter, today)"),
    ("{x} in this year", "year({x}) = year(today)"),
    ("{x} in previous week", "start_of(week, date({x}) + 7 days) = start_of(week, today)"),
    ("{x} in last 2 weeks", "{x} in last 14 days"),
    ("{x} in 60 to 30 days ago", "{x} in last 60 days and {x} not in last 30 days"),
    ("{x} in last 1 day", "days_since({x}) = 0 and {x} < now or {x} = 1 day ago"),
    ("{x} in last 2 quarters", "{x} in last 6 months"),
    ("{x} in last 7 days", "{x} >= 7 days ago and {x} < now"),
)
"""Of an instant and of a day, the same in two ways, one of which asks for a period."""


def other_words(found: Example, engine: str) -> Checks:
    """A period is what the functions of the calendar say of it."""
    bench = Bench(found)
    entity = bench.schema.entity
    values = [one.name for one in entity.fields.values() if one.type.kind is Kind.TIMESTAMP and one.declared]
    values += [
        f"max({name}.{relation.time})"
        for name, relation in bench.schema.relations.items()
        if relation.time is not None and relation.fields[relation.time].type.kind is Kind.TIMESTAMP
    ]
    texts: dict[str, str] = {}
    for number, value in enumerate(values[:SEVERAL]):
        for pair, (one, other) in enumerate(SAME):
            texts[f"{number} {pair} one"], texts[f"{number} {pair} other"] = one.format(x=value), other.format(x=value)
    members = bench.members(engine, bench.conditions(texts))
    first = next(iter(found.segments))
    for name in texts:
        if name.endswith("one"):
            other = f"{name.removesuffix('one')}other"
            for _, wrong in compared(name, members, members, texts[name], texts[other], key=other):
                yield first, wrong


# -- other times --------------------------------------------------------------------------------------------------


def past(found: Example, engine: str) -> Checks:
    """``S as of T`` is S, evaluated at T."""
    bench = Bench(found)
    texts = Texts(bench.schema, bench.random)
    if not texts.has_past(texts.entity):
        return
    conditions = {name: condition.text for name, condition in found.segments.items()}
    whole = list(conditions)
    for number in range(SEVERAL * 2):
        conditions[f"{whole[0]} {number}"] = texts.condition(Scope((texts.entity,), past=True), 2).text
    written = bench.random.choice(list(THEN))
    earlier = resolve(THEN[written], found.as_of, zone(bench.schema.timezone))
    then = bench.conditions({name: f"({text}) as of {written}" for name, text in conditions.items()})
    now = bench.conditions({name: conditions[name] for name in then})
    at_once = bench.members(engine, now, as_of=earlier)
    looked_back = bench.members(engine, then)
    for name in then:
        for _, wrong in compared(name, at_once, looked_back, f"evaluated {written}", "as of then"):
            text = "" if wrong is None else f": {conditions[name]}"
            yield name.split()[0], None if wrong is None else wrong + text


def moved(found: Example, engine: str) -> Checks:
    """All data moved by whole weeks together with ``as_of`` gives the same, where no calendar is asked and the zone is UTC."""
    if OF_THE_CALENDAR.search(repr(found.schema)):
        return
    still = [line for line in found.library if not OF_THE_CALENDAR.search(line.text)]
    gone = {_name_of(line.text) for line in found.library} - {_name_of(line.text) for line in still}
    while again := [line for line in still if _mentions(line.text, gone)]:
        gone |= {_name_of(line.text) for line in again}
        still = [line for line in still if line not in again]
    segments = {
        name: condition
        for name, condition in found.segments.items()
        if not OF_THE_CALENDAR.search(condition.text) and not _mentions(condition.text, gone)
    }
    if not segments:
        return
    schema = {**found.schema, "timezone": "UTC"}
    here = replace(found, schema=schema, library=tuple(still), segments=segments)
    by = Random(found.seed).choice((1, 2, 5, 53, -3, -104)) * timedelta(days=7)
    there = replace(here, tables=_shifted(here.tables, by), as_of=here.as_of + by)
    one, other = Bench(here), Bench(there)
    if checked(one.schema, [here.text]) is None:
        return
    names = list(segments)
    before, after = one.members(engine, one.bodies(names)), other.members(engine, other.bodies(names))
    for name in names:
        yield from compared(name, before, after, "as it is", f"moved by {by.days} days")


def _name_of(line: str) -> str:
    return re.split(r"[ (:=]", line.split(" ", 1)[1], maxsplit=1)[0].split(".")[-1]


def _mentions(text: str, names: set[str]) -> bool:
    return any(re.search(rf"\b{name}\b", text) for name in names)


def _shifted(tables: DataSet, by: timedelta) -> DataSet:
    return {
        table: [
            {column: value + by if isinstance(value, date) else value for column, value in row.items()} for row in rows
        ]
        for table, rows in tables.items()
    }


# -- data that is the same ----------------------------------------------------------------------------------------


def permuted(found: Example, engine: str) -> Checks:
    """The order of rows does not matter."""
    bench = Bench(found)
    conditions = bench.bodies(list(found.segments))
    other = shuffled(found, bench.random)
    before = bench.members(engine, conditions)
    after = bench.members(engine, conditions, data=data_of(bench.schema, other.tables))
    for name in found.segments:
        yield from compared(name, before, after, "as they are", "with its rows in another order")


def shuffled(found: Example, random: Random) -> Example:
    """The same rows in another order."""
    return replace(found, tables={name: random.sample(list(rows), len(rows)) for name, rows in found.tables.items()})


def renaming(found: Example, engine: str) -> Checks:
    """What tables and columns are called does not matter."""
    bench = Bench(found)
    other = Bench(renamed(found, bench.random.choice(NAMES)))
    names = list(found.segments)
    before, after = bench.members(engine, bench.bodies(names)), other.members(engine, other.bodies(names))
    for name in names:
        yield from compared(name, before, after, "as they are called", "with all tables and columns renamed")


def renamed(found: Example, rename: Callable[[str], str]) -> Example:
    """The same tables and columns under other physical names."""
    schema = {**found.schema, "entity": _renamed(found.schema["entity"], rename)}
    for part in ("relations", "lookups"):
        schema[part] = {name: _renamed(owner, rename) for name, owner in schema[part].items()}
    if "traits" in schema:
        schema["traits"] = {
            name: {**trait, "column": rename(trait["column"])} for name, trait in schema["traits"].items()
        }
    tables = {
        rename(name): [{rename(column): value for column, value in row.items()} for row in rows]
        for name, rows in found.tables.items()
    }
    return replace(found, schema=schema, tables=tables)


def _renamed(owner: Plain, rename: Callable[[str], str]) -> Plain:
    changed = {**owner}
    if "table" in owner:
        changed["table"] = rename(owner["table"])
    if "distinct" in owner:
        changed["distinct"] = [rename(table) for table in owner["distinct"]]
    fields: Plain = {}
    for name, declared in owner.get("fields", {}).items():
        field = {"type": declared} if isinstance(declared, str) else declared
        fields[name] = field if "is" in field else {**field, "column": rename(field.get("column", name))}
    if fields and "groups" not in owner:
        changed["fields"] = fields
    return changed


# -- Polars by itself ---------------------------------------------------------------------------------------------


def streaming(found: Example, engine: str) -> Checks:
    """Polars' streaming engine selects whom the one in memory selects."""
    yield from _other_frames(found, lambda lazy: lazy.collect(engine="streaming"), "streaming")


def split_files(found: Example, engine: str) -> Checks:
    """Tables that Polars scans lazily, each in several Parquet files, are as good as frames."""
    import polars as pl

    bench = Bench(found)
    with tempfile.TemporaryDirectory() as folder:
        frames: dict[str, pl.LazyFrame] = {}
        for number, (table, lazy) in enumerate(bench.data.frames.items()):
            frame = lazy.collect()
            cuts = sorted(bench.random.randint(0, frame.height) for _ in range(bench.random.choice((0, 1, 2, 2))))
            paths = []
            for part, (start, end) in enumerate(pairwise([0, *cuts, frame.height])):
                paths.append(Path(folder) / f"{number}-{part}.parquet")
                frame.slice(start, end - start).write_parquet(paths[-1])
            frames[table] = pl.scan_parquet(paths)
        yield from _other_frames(found, lambda lazy: lazy.collect(), "from several files", frames)


def _other_frames(
    found: Example, collect: Callable[[Any], Any], how: str, frames: Mapping[str, Any] | None = None
) -> Checks:
    from segdsl.backends.polars.emit import emit

    bench = Bench(found)
    conditions = bench.bodies(list(found.segments))
    plan = pipeline.plan(bench.program, conditions)
    before = bench.members("polars", conditions)
    flags = collect(emit(plan, frames or bench.data.frames, found.as_of))
    keys = flags[plan.key].to_list()
    after = {
        name: frozenset(key for key, holds in zip(keys, flags[column].to_list(), strict=True) if holds)
        for name, column in plan.outputs.items()
    }
    for name in found.segments:
        yield from compared(name, before, after, "from frames in memory", how)


# -- shapes -------------------------------------------------------------------------------------------------------


def shapes(found: Example, engine: str) -> Checks:
    """Flags, members, counts and memberships tell the same."""
    bench = Bench(found)
    conditions = bench.bodies(list(found.segments))
    flags = bench.members(engine, conditions)
    able = {name: node for name, node in conditions.items() if name in flags}
    if not able:
        return
    asked = Question(bench.program, able, found.as_of)
    told = _polars_shapes(bench, asked) if engine == "polars" else _sql_shapes(bench, asked, engine)
    for name, shape, found_members in told:
        wanted: object = len(flags[name]) if shape == "counts" else flags[name]
        fits = found_members == wanted
        yield name, None if fits else f"{name}: flags say {sorted_(flags[name])}, {shape} {found_members}"


def parts(found: Example, engine: str) -> Checks:
    """Several statements tell what one does."""
    if engine not in DIALECTS:
        return
    bench = Bench(found)
    flags = bench.members(engine, bench.bodies(list(found.segments)))
    asked = Question(bench.program, bench.bodies(list(flags)), found.as_of)
    if len(flags) < 2:
        return
    database = loaded(engine, bench.data)
    statements = in_parts(asked, engine, bench.random.choice(("flags", "counts", "memberships")))
    told = [name for sql in statements for name in sql.segments]
    for name in flags:
        times = told.count(name)
        yield name, None if times == 1 else f"{name}: told {times} times, in parts"
    for sql in statements:
        rows = database.rows(sql.text)
        for place, name in enumerate(sql.segments, start=1):
            match sql.shape:
                case "flags":
                    fits = frozenset(row[0] for row in rows if row[place]) == flags[name]
                case "counts":
                    fits = [row[1] for row in rows if row[0] == name] == [len(flags[name])]
                case _:
                    fits = frozenset(row[1] for row in rows if row[0] == name) == flags[name]
            yield name, None if fits else f"{name}: in one statement {sorted_(flags[name])}, in parts {rows}"


def _polars_shapes(bench: Bench, asked: Question) -> Iterator[tuple[str, str, object]]:
    from segdsl.runtime import evaluate

    for name in bench.some():
        if name in asked.conditions:
            frame = evaluate.members(asked.plan, bench.data.frames, asked.as_of, name)
            keys = frame.lazy().collect()[asked.plan.key].to_list()
            yield name, "members", frozenset(keys)
    _, counts = evaluate.counts(asked.plan, bench.data.frames, asked.as_of)
    for name, count in counts.items():
        yield name, "counts", count


def _sql_shapes(bench: Bench, asked: Question, engine: str) -> Iterator[tuple[str, str, object]]:
    if engine not in DIALECTS:
        return
    database = loaded(engine, bench.data)
    for name in bench.some():
        if name in asked.conditions:
            sql = pipeline.to_sql(asked.plan, engine, "members", asked.as_of, name)
            yield name, "members", frozenset(row[0] for row in database.rows(sql.text))
    sql = pipeline.to_sql(asked.plan, engine, "counts", asked.as_of, None)
    for name, members, _ in database.rows(sql.text):
        yield name, "counts", members
    sql = pipeline.to_sql(asked.plan, engine, "memberships", asked.as_of, None)
    listed: dict[str, set[object]] = {name: set() for name in asked.conditions}
    for name, key in database.rows(sql.text):
        assert key not in listed[name], f"{key!r} is twice in {name}"
        listed[name].add(key)
    for name, keys in listed.items():
        yield name, "memberships", frozenset(keys)


# -- all of them --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Oracle:
    """``of``: the evaluators that it can be asked of, all of them unless some are named; ``not_of``: save these."""

    checks: Callable[[Example, str], Checks]
    of: tuple[str, ...] = ()
    not_of: tuple[str, ...] = ()


ORACLES: Mapping[str, Oracle] = {
    "partition": Oracle(partition),
    "references": Oracle(references),
    "alone": Oracle(alone),
    "tautology": Oracle(tautology),
    "settings": Oracle(settings),
    "other words": Oracle(other_words),
    "past": Oracle(past),
    "moved in time": Oracle(moved),
    "permuted": Oracle(permuted),
    "renamed": Oracle(renaming),
    "streaming": Oracle(streaming, of=("polars",)),
    "split over files": Oracle(split_files, of=("polars",)),
    "shapes": Oracle(shapes, not_of=("reference",)),
    "in parts": Oracle(parts, not_of=("reference", "polars")),
}


def ask(name: str, found: Example, engines: Sequence[str], coverage: Coverage | None = None) -> Iterator[Failure]:
    """What an oracle has against each evaluator; ``referee`` is equality with the referee."""
    if name == "referee":
        yield from judge.failures(found, engines, coverage)
        return
    oracle = ORACLES[name]
    asked = [
        one
        for one in dict.fromkeys(("reference", *engines))
        if (not oracle.of or one in oracle.of) and one not in oracle.not_of
    ]
    for engine in asked:
        wrong: dict[str, list[str]] = {}
        try:
            for segment, what in oracle.checks(found, engine):
                if coverage is not None:
                    coverage.checks[name] += 1
                if what is not None:
                    wrong.setdefault(segment, []).append(what)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a failure of the engine
            if is_gap(error):
                continue
            yield raised(engine, tuple(found.segments), error, name)
            continue
        if wrong:
            what = "\n".join(f"{engine}: {line}" for lines in wrong.values() for line in lines)
            yield Failure(engine, tuple(wrong), what, name)
