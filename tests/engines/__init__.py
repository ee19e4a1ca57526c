"""Real database engines for tests: tables of Python values in, rows of Python values out.

`connect(name)` gives one of `NAMES`, each started when it is first asked for, once a session. ``load`` replaces all tables of the engine;
``rows`` runs one statement. An engine that is not installed skips the test that asks for it, and says what is lacking; where the
environment variable ``SEGDSL_ENGINES`` names it (separated by spaces), the test fails instead.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cache
from importlib.util import find_spec

import pytest

from . import mysql
from .clickhouse import ClickHouse
from .datafusion import DataFusion
from .duckdb import DuckDB
from .engine import Columns, Engine, Rows, Value
from .mysql import MariaDB
from .postgres import Postgres
from .spark import Spark
from .spark import lacking as lacking_for_spark
from .sqlite import SQLite

__all__ = [
    "NAMES",
    "ClickHouse",
    "Columns",
    "DataFusion",
    "DuckDB",
    "Engine",
    "MariaDB",
    "Postgres",
    "Rows",
    "SQLite",
    "Spark",
    "Value",
    "connect",
    "lacking",
]

_MAKERS: Mapping[str, Callable[[], Engine]] = {
    "duckdb": DuckDB,
    "sqlite": SQLite,
    "postgres": Postgres,
    "clickhouse": ClickHouse,
    "datafusion": DataFusion,
    "spark": Spark,
    "mysql": MariaDB,
}


def needs(module: str) -> Callable[[], str | None]:
    """An engine of a wheel."""
    return lambda: None if find_spec(module) else f"{module} is not installed"


NAMES = tuple(_MAKERS)

_NEEDS: Mapping[str, Callable[[], str | None]] = {
    "clickhouse": needs("chdb"),
    "datafusion": needs("datafusion"),
    "spark": lacking_for_spark,
    "mysql": mysql.lacking,
}
"""Of engines that are not among what every test run installs: why one cannot be started here, if it cannot."""


def lacking(name: str) -> str | None:
    """Why an engine cannot be started here, if it cannot."""
    why = _NEEDS.get(name)
    return None if why is None else why()


@cache
def connect(name: str) -> Engine:
    why = lacking(name)
    if why is not None:
        assert name not in os.environ.get("SEGDSL_ENGINES", "").split(), f"{name}: {why}"
        pytest.skip(f"{name}: {why}")
    return _MAKERS[name]()
