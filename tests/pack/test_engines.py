"""The predefined segments on each database, all in one statement, on a small demo shop: the members are those by hand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from backends import data_of
from engines import connect
from pack import by_hand

from segdsl.demo import AS_OF, shop_tables
from segdsl.library import Library
from segdsl.project_file import pack_schema

CUSTOMERS = 300
Tables = dict[str, pl.DataFrame]


@cache
def library() -> Library:
    return Library.from_text("", pack_schema("commerce"), packs=["commerce"])


def expected(tables: Tables) -> dict[str, set[int]]:
    members = by_hand.members(tables)
    return {name: members.get(name, set()) for name in library()}


def memberships(rows: Iterable[tuple[str, int]]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {name: set() for name in library()}
    for name, key in rows:
        found[name].add(key)
    return found


@pytest.mark.parametrize("engine", ["sqlite", "postgres", "clickhouse"])
def test_the_members_are_those_by_hand(engine: str) -> None:
    tables = shop_tables(customers=CUSTOMERS)
    rows = {name: [_plain(row) for row in frame.iter_rows(named=True)] for name, frame in tables.items()}
    data, database = data_of(library().schema, rows), connect(engine)
    database.load(data.tables, data.types)
    statement = library().sql(engine, "memberships", as_of=AS_OF)
    assert memberships(database.rows(statement.text)) == expected(tables)


def test_the_members_in_duckdb_are_those_by_hand(tmp_path: Path) -> None:
    import duckdb

    tables = shop_tables(customers=CUSTOMERS)
    with duckdb.connect() as connection:
        for name, frame in tables.items():
            frame.write_parquet(tmp_path / f"{name}.parquet")
            connection.execute(f"CREATE TABLE {name} AS FROM '{tmp_path / name}.parquet'")
        statement = library().sql("duckdb", "memberships", as_of=AS_OF)
        for setting in statement.session:
            connection.execute(setting)
        assert memberships(connection.execute(statement.text).fetchall()) == expected(tables)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Times in UTC, without saying so."""
    return {
        name: value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value
        for name, value in row.items()
    }
