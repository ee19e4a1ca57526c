"""A statement that was prepared once and is given the values of another night selects what one compiled for that night does.

`failures` takes a random library, compiles some of its segments with placeholders in one of its drivers' styles, and runs them for
several nights through that driver; whatever differs from the statement with literals is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from backends import data_of
from differential.coverage import Coverage
from differential.example import Example, example
from engines import connect
from properties.texts import PARAMS

from segdsl.backends.sql.compiled import CompiledSQL
from segdsl.backends.sql.dialects import DIALECTS
from segdsl.diagnostics import SegdslError
from segdsl.errors.usage import OTHER_STATEMENT
from segdsl.library import Library
from segdsl.schema_build import schema_from_dict

NIGHTS = (
    datetime(2024, 2, 29, 0, 0),
    datetime(2025, 12, 31, 23, 59, 59, 999999),
    datetime(2026, 1, 1),
    datetime(2026, 3, 29, 1, 30),
    datetime(2026, 10, 25, 0, 30),
    datetime(2028, 2, 28, 12),
)
SETTINGS: Mapping[str, Sequence[object]] = {name: values for name, _, values in PARAMS}


def _duckdb(engine: Any, style: str, text: str, values: Any) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = engine.connection.execute(text, values or None).fetchall()
    return found


def _sqlite(engine: Any, style: str, text: str, values: Any) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = engine.connection.execute(text, values).fetchall()
    return found


def _postgres(engine: Any, style: str, text: str, values: Any) -> list[tuple[Any, ...]]:
    import psycopg

    # The driver prepares a text once, and sends what it is bound to from then on.
    make = psycopg.RawCursor if style == "numbered" else psycopg.Cursor
    with make(engine.connection) as cursor:
        found: list[tuple[Any, ...]] = cursor.execute(text, values, prepare=True).fetchall()
        return found


def _clickhouse(engine: Any, style: str, text: str, values: Any) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = engine.rows(text, {name: _as_text(value) for name, value in values.items()})
    return found


def _datafusion(engine: Any, style: str, text: str, values: Any) -> list[tuple[Any, ...]]:
    given = values if isinstance(values, dict) else {str(number): value for number, value in enumerate(values, 1)}
    found: list[tuple[Any, ...]] = engine.rows(text, given)
    return found


def _as_text(value: object) -> str:
    """As the server reads a parameter; clickhouse-connect writes this itself."""
    match value:
        case str():
            return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
        case datetime():
            return value.isoformat(" ")
        case _:
            return str(value)


RUN: Mapping[str, Callable[[Any, str, str, Any], list[tuple[Any, ...]]]] = {
    "duckdb": _duckdb,
    "sqlite": _sqlite,
    "postgres": _postgres,
    "clickhouse": _clickhouse,
    "datafusion": _datafusion,
}


def failures(seed: str, engine_name: str) -> Iterator[str]:
    """What is wrong with some segments of the library of a seed on one engine."""
    found = example(seed, Coverage())
    random = Random(seed)
    library = Library.from_text(found.text, schema_from_dict(found.schema))
    nights = [found.as_of, random.choice(NIGHTS), found.as_of + timedelta(days=random.randint(-400, 400))]
    engine: Any = connect(engine_name)
    data = data_of(library.schema, found.tables)
    engine.load(data.tables, data.types)
    style = random.choice(DIALECTS[engine_name].styles)
    names = random.sample(sorted(found.segments), 3)
    try:
        prepared = library.sql(engine_name, names=names, as_of=nights[0], bind=style)
    except SegdslError as error:
        yield from _unexpected(error, f"{seed} {engine_name}")
        return
    yield from _of_nights(engine, library, prepared, names, nights, seed)
    yield from _of_settings(engine, library, prepared, names, found, random)


def _of_nights(
    engine: Any,
    library: Library,
    prepared: CompiledSQL,
    names: list[str],
    nights: Sequence[datetime],
    seed: str,
) -> Iterator[str]:
    for night in nights:
        try:
            plain = library.sql(prepared.dialect, names=names, as_of=night)
        except SegdslError as error:
            # A definition may ask for the past of a later instant; then both say so.
            try:
                prepared.bind(as_of=night)
            except SegdslError as other:
                if [d.message for d in other.diagnostics] == [d.message for d in error.diagnostics]:
                    continue
            yield f"{seed} {prepared.dialect}: {error} with literals alone"
            continue
        yield from _differences(engine, prepared, prepared.bind(as_of=night), plain, f"{seed} {names} as of {night}")


def _of_settings(
    engine: Any, library: Library, prepared: CompiledSQL, names: list[str], found: Example, random: Random
) -> Iterator[str]:
    declared = [name for name in SETTINGS if any(line.text.startswith(f"param {name} ") for line in found.library)]
    for name in declared[:1]:
        value = random.choice(SETTINGS[name])
        value = value.strip('"') if isinstance(value, str) and value.startswith('"') else value
        if name == "markets":
            value = random.choice((["a", "A"], ["abc", "", "é"]))
        try:
            bound = prepared.bind(as_of=found.as_of, **{name: value})
        except SegdslError as error:
            if any(one.code != OTHER_STATEMENT.code for one in error.diagnostics):
                yield from _unexpected(error, f"{found.seed} {name}={value!r}")
            continue
        plain = library.sql(prepared.dialect, names=names, as_of=found.as_of, settings={name: value})
        yield from _differences(engine, prepared, bound, plain, f"{found.seed} {names} {name}={value!r}")


def _differences(
    engine: Any, prepared: CompiledSQL, bound: CompiledSQL, plain: CompiledSQL, what: str
) -> Iterator[str]:
    if bound.text != prepared.text:
        yield f"{what}: another text on {prepared.dialect}"
        return
    assert prepared.style is not None
    try:
        expected = engine.rows(plain.text)
        found = RUN[prepared.dialect](engine, prepared.style, bound.text, bound.values)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a failure
        yield f"{what}: {prepared.dialect} {prepared.style} raises {error!r:.2000}\n{bound.text}\n{bound.values}"
        return
    if sorted(expected, key=repr) != sorted(found, key=repr):
        yield f"{what}: {prepared.dialect} {prepared.style} selects others\n{plain.text}\n{bound.text}\n{bound.values}"


def _unexpected(error: SegdslError, what: str) -> Iterator[str]:
    if not all(one.code.startswith("SEG6") for one in error.diagnostics):
        yield f"{what}: {error}"
