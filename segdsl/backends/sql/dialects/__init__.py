"""The dialects that SQL is written in. Adding one is a file here and a row below."""

from __future__ import annotations

from collections.abc import Mapping

from segdsl.backends.sql.dialect import Dialect
from segdsl.backends.sql.dialects.duckdb import DUCKDB

DIALECTS: Mapping[str, Dialect] = {dialect.name: dialect for dialect in (DUCKDB,)}


def dialect_names() -> tuple[str, ...]:
    return tuple(DIALECTS)
