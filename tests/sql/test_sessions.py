"""What a session may be set to changes nobody's segment: the conformance cases where all that a statement could lean on is set otherwise.

What statements rely on, they say (`Dialect.session`): that is said after all the rest. MySQL's modes: tests/sql/test_mysql.py; ClickHouse's
settings come with each statement: tests/sql/test_clickhouse.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

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


@contextmanager
def set_to(engine: str, settings: dict[str, str]) -> Iterator[None]:
    connection = connect(engine).connection  # type: ignore[attr-defined]
    for name, value in settings.items():
        connection.execute(f"SET {name} = {value}")
    for statement in DIALECTS[engine].session:
        connection.execute(statement)
    try:
        yield
    finally:
        for name in settings:
            connection.execute(f"RESET {name}")
        connection.execute("SET TimeZone = 'UTC'")


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
