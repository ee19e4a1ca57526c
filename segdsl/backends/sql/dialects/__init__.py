"""The dialects that SQL is written in. Adding one is a file here and a row below."""

from __future__ import annotations

from collections.abc import Mapping

from segdsl.backends.sql.dialect import Dialect
from segdsl.backends.sql.dialects.bigquery import BIGQUERY
from segdsl.backends.sql.dialects.clickhouse import CLICKHOUSE
from segdsl.backends.sql.dialects.databricks import DATABRICKS
from segdsl.backends.sql.dialects.datafusion import DATAFUSION
from segdsl.backends.sql.dialects.duckdb import DUCKDB
from segdsl.backends.sql.dialects.mysql import MYSQL
from segdsl.backends.sql.dialects.postgres import POSTGRES
from segdsl.backends.sql.dialects.redshift import REDSHIFT
from segdsl.backends.sql.dialects.snowflake import SNOWFLAKE
from segdsl.backends.sql.dialects.spark import SPARK
from segdsl.backends.sql.dialects.sqlite import SQLITE
from segdsl.backends.sql.dialects.trino import TRINO
from segdsl.backends.sql.dialects.tsql import TSQL

DIALECTS: Mapping[str, Dialect] = {
    dialect.name: dialect
    for dialect in (
        BIGQUERY,
        CLICKHOUSE,
        DATABRICKS,
        DATAFUSION,
        DUCKDB,
        MYSQL,
        POSTGRES,
        REDSHIFT,
        SNOWFLAKE,
        SPARK,
        SQLITE,
        TRINO,
        TSQL,
    )
}


def dialect_names() -> tuple[str, ...]:
    return tuple(DIALECTS)
