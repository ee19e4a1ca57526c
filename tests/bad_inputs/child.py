"""Tries every row of `bad_inputs.rows` in a process of its own and writes what came of each, as JSON.

Without ``--backend``: refused or not, the SQL's digest in some dialects and the members by Polars, in a thread and with a limit of
recursion as a host may have them. With it: the members by one evaluator.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import threading
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

from backends import BACKENDS, data_of, is_gap  # noqa: E402
from bad_inputs.rows import AS_OF, LIBRARY, ROWS, TABLES, Row  # noqa: E402

import segdsl  # noqa: E402
from segdsl.backends.sql.dialects import DIALECTS  # noqa: E402
from segdsl.library import Library, Segment  # noqa: E402
from segdsl.schema_build import schema_from_dict  # noqa: E402
from segdsl.source import NOWHERE  # noqa: E402

TOGETHER = 20
"""Rows in one statement."""
SOME = 3
"""Dialects that a row is compiled to, where not all are asked for."""


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--backend")
    asked.add_argument("--stack", type=int, default=0, help="KiB of the thread")
    asked.add_argument("--recursion", type=int, default=0)
    asked.add_argument("--every-dialect", action="store_true")
    arguments = asked.parse_args()
    found: dict[str, Any] = {}

    def work() -> None:
        found.update(_on_backend(arguments.backend) if arguments.backend else _compiled(arguments.every_dialect))

    if arguments.recursion:
        sys.setrecursionlimit(arguments.recursion)
    threading.stack_size(arguments.stack * 1024)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    json.dump(found, sys.stdout)


@cache
def _schema(row: Row) -> segdsl.Schema:
    return schema_from_dict(row.schema)


def _asked(row: Row, libraries: dict[int, Library]) -> Segment:
    """What a row asks for, or `SegdslError`."""
    if row.definitions:
        library = Library.from_text(row.text, schema_from_dict(row.schema))
        library.check().raise_errors()
        return library["asked"]
    library = libraries.get(id(row.schema)) or libraries.setdefault(
        id(row.schema), Library.from_text(LIBRARY if "relations" in row.schema else "", schema_from_dict(row.schema))
    )
    return library.condition(row.text)


def _compiled(every_dialect: bool) -> Iterator[tuple[str, Any]]:
    libraries: dict[int, Library] = {}
    frames: dict[int, Any] = {}
    for place, (name, row) in enumerate(ROWS.items()):
        start = time.process_time()
        try:
            segment = _asked(row, libraries)
        except segdsl.SegdslError as refused:
            seconds = time.process_time() - start
            yield (
                name,
                {"refused": [one.code for one in refused.diagnostics], "seconds": seconds, "placed": _placed(refused)},
            )
            continue
        known = tuple(DIALECTS)
        some = (
            known
            if every_dialect
            else tuple(known[(place + more) % len(known)] for more in range(min(SOME, len(known))))
        )
        schema = segment.library.schema
        if id(row.schema) not in frames:
            frames[id(row.schema)] = {table: lazy.collect() for table, lazy in data_of(schema, TABLES).frames.items()}
        yield (
            name,
            {
                "sql": {dialect: _digest(segment, dialect) for dialect in some},
                "members": _members(segment, frames[id(row.schema)]),
            },
        )


def _placed(refused: segdsl.SegdslError) -> bool:
    return all(one.span is not NOWHERE and one.message for one in refused.diagnostics)


def _digest(segment: Segment, dialect: str) -> str:
    try:
        text = segment.sql(dialect, as_of=AS_OF).text
    except segdsl.SegdslError as refused:
        return "refused: " + " ".join(one.code for one in refused.diagnostics)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _members(segment: Segment, frames: Any) -> Any:
    try:
        return segment.members(frames, as_of=AS_OF).to_series().to_list()
    except segdsl.SegdslError as refused:
        return "refused: " + " ".join(one.code for one in refused.diagnostics)


def _on_backend(backend: str) -> Iterator[tuple[str, Any]]:
    """Members by name; "gap" where the evaluator says that it cannot; else what went wrong."""
    libraries: dict[int, Library] = {}
    waiting: dict[int, list[tuple[str, Segment]]] = {}
    for name, row in ROWS.items():
        if not isinstance(row.expected, str):
            key = id(row) if row.alone else id(row.schema)
            waiting.setdefault(key, []).append((name, _asked(row, libraries)))
    for some in waiting.values():
        data = data_of(some[0][1].library.schema, TABLES)
        for start in range(0, len(some), TOGETHER):
            yield from _evaluated(backend, data, some[start : start + TOGETHER])


def _evaluated(backend: str, data: Any, some: list[tuple[str, Segment]]) -> Iterator[tuple[str, Any]]:
    library = some[0][1].library
    conditions = {f"c{place}": library.meaning(segment) for place, (_, segment) in enumerate(some)}
    try:
        members = BACKENDS[backend](data, library.program(), conditions, AS_OF)
    except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to one of the rows
        if len(some) == 1:
            yield some[0][0], "gap" if is_gap(error) else f"{type(error).__name__}: {error}"[:1_000]
            return
        for one in some:
            yield from _evaluated(backend, data, [one])
        return
    for place, (name, _) in enumerate(some):
        yield name, sorted(members[f"c{place}"])  # type: ignore[type-var]


if __name__ == "__main__":
    main()
