"""Plans and statements as they were when somebody last looked at them.

A folder has ``input.seg``, the plan, the SQL for DuckDB, and for every other dialect how its SQL differs. The shape is the
folder's name where it is that of one, else ``members`` for one segment and ``flags`` for several. With SEGDSL_WRITE_GOLDEN=1
the files are written anew: look at the changes before they are kept.
"""

from __future__ import annotations

import difflib
import os
from datetime import datetime
from pathlib import Path

import pytest

from segdsl import pipeline
from segdsl.backends.sql.compiled import SHAPES
from segdsl.backends.sql.dialects import DIALECTS
from segdsl.diagnostics import Severity
from segdsl.limits import DEFAULT
from segdsl.planning.describe import describe
from segdsl.project_file import schema_from_toml
from segdsl.semantics import ir
from segdsl.source import Source

HERE = Path(__file__).parent
CASES = sorted(path.parent.name for path in HERE.glob("*/input.seg"))
BASE = "duckdb"
AS_OF = datetime(2026, 6, 15, 9, 30)


def _made(name: str) -> dict[str, str]:
    """The texts of a folder's files, by file name."""
    schema, found = schema_from_toml(Source("segdsl.toml", (HERE / "segdsl.toml").read_text("utf-8")))
    assert schema is not None, found
    source = Source("input.seg", (HERE / name / "input.seg").read_text("utf-8"))
    checked = pipeline.check(pipeline.parse([pipeline.Unit(source)], DEFAULT), schema, {}, DEFAULT)
    errors = [one.render() for one in checked.findings if one.severity is Severity.ERROR]
    assert not errors, "\n".join(errors)
    segments = [one for one in checked.program.definitions.values() if one.kind == "segment"]
    plan = pipeline.plan(checked.program, {one.name: ir.Use(one.name) for one in segments})
    shape = next((one for one in SHAPES if one == name), "members" if len(segments) == 1 else "flags")
    segment = segments[0].name if shape == "members" else None
    sql = {dialect: f"{pipeline.to_sql(plan, dialect, shape, AS_OF, segment).text}\n" for dialect in DIALECTS}
    texts = {"plan.txt": describe(plan), f"{BASE}.sql": sql[BASE]}
    for dialect in DIALECTS:
        if dialect != BASE:
            lines = difflib.unified_diff(
                sql[BASE].splitlines(keepends=True),
                sql[dialect].splitlines(keepends=True),
                f"{BASE}.sql",
                f"{dialect}.sql",
                n=1,
            )
            texts[f"{dialect}.diff"] = "".join(lines)
    return texts


@pytest.mark.parametrize("name", CASES)
def test_golden(name: str) -> None:
    made = _made(name)
    if os.environ.get("SEGDSL_WRITE_GOLDEN") == "1":
        for file, text in made.items():
            (HERE / name / file).write_text(text, "utf-8")
    kept = {path.name: path.read_text("utf-8") for path in (HERE / name).iterdir() if path.name != "input.seg"}
    assert made == kept
