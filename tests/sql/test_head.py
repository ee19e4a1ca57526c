"""What stands before a statement: comments that say what whoever runs it has to know. They never hold a user's text."""

from __future__ import annotations

import pytest
from engines import lacking

import segdsl
from segdsl.backends.sql.dialects import DIALECTS

FIELDS = {"customer_id": "int", "name": "string"}
INJECTION = "x\n; DROP TABLE customers --"


def statement(dialect: str) -> segdsl.CompiledSQL:
    return segdsl.sql(
        f'name = "{INJECTION.encode("unicode_escape").decode()}"', table="t", dialect=dialect, fields=FIELDS
    )


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_head_says_what_to_know(dialect: str) -> None:
    found = statement(dialect)
    whole = str(found)
    assert whole.endswith("\n" + found.text)
    head = whole.removesuffix(found.text).splitlines()
    assert head[0] == f"-- {dialect}, {DIALECTS[dialect].proof}"
    assert all(line.startswith("-- ") for line in head)
    assert [line for line in head if "run before it" in line] == [f"-- run before it: {one};" for one in found.session]
    assert len(head) == 1 + len(found.session) + len(found.facts)
    assert "DROP" not in "".join(head)
    assert "--" not in found.text.split("DROP")[0]


def test_an_engine_takes_the_head() -> None:
    import engines

    assert lacking("duckdb") is None
    duckdb = engines.DuckDB()
    duckdb.connection.execute("create table t as select 1 as customer_id, 'a' as name")
    assert duckdb.rows(str(statement("duckdb"))) == []
