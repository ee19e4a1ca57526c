"""Databricks SQL, on warehouses or a runtime of 13.3 or later. What the manual documents is Spark's SQL, ANSI mode or not
(https://docs.databricks.com/aws/en/sql/language-manual/parameters/ansi_mode), and literals without a zone since that runtime
(https://docs.databricks.com/aws/en/sql/language-manual/data-types/timestamp-ntz-type). Warehouses let a session set but a few of
Spark's settings, of which the time zone is the one that matters here
(https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-parameters).
"""

from __future__ import annotations

from dataclasses import replace

from segdsl.backends.sql.dialect import Capabilities, Generated
from segdsl.backends.sql.dialects.spark import SPARK

DATABRICKS = replace(
    SPARK,
    name="databricks",
    proof=Generated("https://docs.databricks.com/aws/en/sql/language-manual/"),
    # https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-names
    # https://docs.databricks.com/api/workspace/statementexecution/executestatement
    capabilities=Capabilities(says_materialized=False, name_bytes=255, text_bytes=16_777_216),
    session=("SET TIME ZONE 'UTC'",),
    facts=(
        "an int column holds no number beyond 2^53: the schema promises it, `segdsl check --data` verifies it, and the SQL relies on it",
        "a column of the type TIMESTAMP is read right only while the session's time zone is UTC",
        "text columns have the collation UTF8_BINARY",
        "a client that puts values for names behind a `$`, as notebooks do for widgets, must leave the text as it is",
        "needs a SQL warehouse, or Databricks Runtime 13.3 or later, with Spark's own settings for literals and decimals",
    ),
)
