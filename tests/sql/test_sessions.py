"""What a session may be set to changes nobody's segment: the conformance cases where all that a statement could lean on is set otherwise.

What statements rely on, they say (`Dialect.session`): that is said after all the rest. MySQL's modes: tests/sql/test_mysql.py; ClickHouse's
settings come with each statement: tests/sql/test_clickhouse.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from conformance import test_conformance as lines
from engines import connect

from segdsl.backends.sql.dialects import DIALECTS

ODD = {
    "duckdb": {
        "TimeZone": "'Asia/Kolkata'",
        "default_null_order": "'nulls_first'",
        "default_order": "'DESC'",
        "integer_division": "true",
        "ieee_floating_point_ops": "false",
        "old_implicit_casting": "true",
        "order_by_non_integer_literal": "true",
        "preserve_identifier_case": "false",
        "preserve_insertion_order": "false",
        "scalar_subquery_error_on_multiple_rows": "false",
        "default_collation": "'nocase'",
    },
    "sqlite": {
        "case_sensitive_like": "on",
        "reverse_unordered_selects": "on",
        "automatic_index": "off",
        "full_column_names": "on",
        "short_column_names": "off",
    },
    "postgres": {
        "TimeZone": "'Asia/Kolkata'",
        "standard_conforming_strings": "off",
        "backslash_quote": "off",
        "DateStyle": "'SQL, DMY'",
        "IntervalStyle": "'sql_standard'",
        "extra_float_digits": "-15",
        "transform_null_equals": "on",
        "bytea_output": "'escape'",
        "enable_sort": "off",
        "search_path": "public, pg_catalog",
    },
}


USUAL = [f"PRAGMA {name} = {'off' if value == 'on' else 'on'}" for name, value in ODD["sqlite"].items()]


@contextmanager
def set_to(engine: str, settings: dict[str, str]) -> Iterator[None]:
    """Before each statement, as SQLite's connection is made anew with its tables."""
    word = "PRAGMA" if engine == "sqlite" else "SET"
    asked = connect(engine)
    rows = asked.rows

    def odd(sql: str) -> list[tuple[Any, ...]]:
        for statement in (*(f"{word} {name} = {value}" for name, value in settings.items()), *DIALECTS[engine].session):
            asked.connection.execute(statement)  # type: ignore[attr-defined]
        return rows(sql)

    asked.rows = odd  # type: ignore[method-assign]
    try:
        yield
    finally:
        del asked.rows
        usual = USUAL if engine == "sqlite" else [f"RESET {name}" for name in settings] + ["SET TimeZone = 'UTC'"]
        for statement in usual:
            asked.connection.execute(statement)  # type: ignore[attr-defined]


@pytest.mark.parametrize("engine", ODD)
def test_every_line_in_an_odd_session(engine: str) -> None:
    wrong: list[str] = []
    with set_to(engine, ODD[engine]):
        for scene in dict.fromkeys(case.scene for case in lines.CASES):
            wanted = {case.text: case for case in lines.CASES if case.scene == scene and case.selects is not None}
            for start in range(0, len(wanted), lines.TOGETHER):
                for text, found in lines.selected.__wrapped__(engine, scene, start).items():
                    if isinstance(found, Exception) or sorted(map(str, found)) != sorted(wanted[text].selects or ()):
                        wrong.append(f"{wanted[text].place}: {text}: {found!r}")
    assert wrong == []
