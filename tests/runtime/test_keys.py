"""Keys of a database's table of entities: there, and once each."""

from __future__ import annotations

import sqlite3
from typing import Any

import engines
import pytest

from segdsl.diagnostics import SegdslError
from segdsl.library import Library
from segdsl.runtime.database import Database, connect
from segdsl.runtime.keys import check_keys


def opened(dialect: str) -> tuple[Database, Any]:
    connection: Any
    match dialect:
        case "duckdb":
            import duckdb

            connection = duckdb.connect()
        case "sqlite":
            connection = sqlite3.connect(":memory:")
        case _:
            engine = engines.connect("postgres")
            assert isinstance(engine, engines.Postgres)
            connection = engine.connection
    return connect(connection), connection


def found(dialect: str, kind: str, column: str, values: str) -> list[str]:
    database, connection = opened(dialect)
    connection.execute(f"create temporary table people (id {column}, age bigint)")
    try:
        if values:
            connection.execute(f"insert into people (id) values {values}")
        schema = {"entity": {"table": "people", "key": "id", "fields": {"id": kind, "age": "int?"}}}
        plan = Library.from_text("segment grown where age >= 18", schema).select().plan()
        check_keys(database, plan)
    except SegdslError as error:
        return [f"{d.code} {d.message}" for d in error.diagnostics]
    finally:
        connection.execute("drop table people")
    return []


@pytest.mark.parametrize("dialect", ["duckdb", "sqlite", "postgres"])
@pytest.mark.parametrize(
    ("kind", "column", "values", "expected"),
    [
        ("int", "bigint", "", []),
        ("int", "bigint", "(1), (2)", []),
        ("string", "text", "('a'), ('A'), ('')", []),
        ("int", "bigint", "(1), (null)", ["SEG505 1 of 2 rows of `people` have no `id`, the key of customer"]),
        (
            "int",
            "bigint",
            "(7), (5), (7), (5), (5), (1)",
            [
                "SEG506 2 values stand in more than one row of `people` as `id`, the key of customer: 5 (3 rows), 7 (2 rows)",
            ],
        ),
        (
            "decimal(12,4)",
            "decimal(12,4)",
            "(-0.05), (-0.05), (23.5), (7), (7), (23.5)",
            [
                (
                    "SEG506 3 values stand in more than one row of `people` as `id`, the key of customer: "
                    "-0.05 (2 rows), 7 (2 rows), 23.5 (2 rows)"
                ),
            ],
        ),
        (
            "string",
            "text",
            "('b'), (null), ('b')",
            [
                "SEG505 1 of 3 rows of `people` have no `id`, the key of customer",
                'SEG506 1 value stands in more than one row of `people` as `id`, the key of customer: "b" (2 rows)',
            ],
        ),
    ],
)
def test_keys(dialect: str, kind: str, column: str, values: str, expected: list[str]) -> None:
    assert found(dialect, kind, column, values) == expected
