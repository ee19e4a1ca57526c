"""A Spark of several processes on this machine, for statements over partitioned Parquet: what a cluster does with them.

A command, for a session's master cannot be another than that of the first session of a process: it is given a folder of tables, and
statements as a JSON list on standard input, and writes JSON: the executors, and the columns, rows and physical plan of each.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .spark import find_java

MASTER = "local-cluster[2,1,1024]"
"""Two workers, each of one core and 1 GiB."""

_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xss8m",
    "spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xss8m",
    "spark.executor.memory": "640m",
    "spark.log.level": "OFF",
    # Tables of a test are small enough to be sent whole to everybody; those that this is about are not.
    "spark.sql.autoBroadcastJoinThreshold": "-1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.session.timeZone": "UTC",
}


def run(tables: Path, statements: list[str]) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="segdsl-spark-", ignore_cleanup_errors=True) as folder:
        os.environ["SPARK_HOME"] = str(_home(Path(folder)))
        os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
        find_java(Path(folder))
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master(MASTER).appName("segdsl")
        for name, value in {**_SETTINGS, "spark.sql.warehouse.dir": f"{folder}/warehouse"}.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        try:
            for table in tables.iterdir():
                session.read.parquet(str(table)).createOrReplaceTempView(table.name)
            told = [_told(session.sql(statement)) for statement in statements]
            return {"executors": session.sparkContext._jsc.sc().getExecutorMemoryStatus().size() - 1, "told": told}
        finally:
            session.stop()


def _told(frame: Any) -> dict[str, object]:
    rows = [list(row) for row in frame.collect()]
    return {"columns": frame.columns, "rows": rows, "plan": frame._jdf.queryExecution().executedPlan().toString()}


def _home(folder: Path) -> Path:
    """A Spark beside the installed one, so that workers write their files there and not into the package."""
    found = find_spec("pyspark")
    assert found is not None and found.origin is not None
    home = folder / "spark"
    home.mkdir()
    for entry in Path(found.origin).parent.iterdir():
        (home / entry.name).symlink_to(entry)
    return home


if __name__ == "__main__":
    json.dump(run(Path(sys.argv[1]), json.load(sys.stdin)), sys.stdout)
