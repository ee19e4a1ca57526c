"""Real data: each segment of the three projects selects whom SQL written by hand selects, on every backend."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest

from tests.real import by_hand

HERE = Path(__file__).parent
BACKENDS = ("polars", "duckdb", "sqlite", "postgres")


def data_folder(name: str) -> Path:
    """The folder of a data set; ``SEGDSL_DATA`` says where the sets are, else they are looked for beside the checkout."""
    root = os.environ.get("SEGDSL_DATA")
    folders = [Path(root)] if root else [parent / "shared" / "data" for parent in HERE.parents]
    for folder in folders:
        if (folder / name).is_dir():
            return folder / name
    pytest.skip(f"the data set {name} is not on this machine (set SEGDSL_DATA to the folder that has it)")


@cache
def expected(name: str) -> dict[str, frozenset[object]]:
    """What the statements written by hand select."""
    duckdb = pytest.importorskip("duckdb")
    connection = duckdb.connect()
    for path in data_folder(name).glob("*.parquet"):
        connection.execute(f"CREATE VIEW {path.stem} AS SELECT * FROM '{path}'")
    return {
        segment: frozenset(row[0] for row in connection.execute(statement).fetchall())
        for segment, statement in by_hand.STATEMENTS[name].items()
    }


@cache
def selected(name: str, backend: str, folder: str) -> dict[str, frozenset[object]]:
    """What segdsl selects, all segments in one run."""
    import segdsl

    project = segdsl.load(HERE / name / "segdsl.toml")
    as_of = by_hand.AS_OF[name]
    if backend == "polars":
        flags = project.library.evaluate(folder, as_of=as_of)
        columns = {column: flags.get_column(column).to_list() for column in flags.columns}
        names, rows = list(columns), list(zip(*columns.values(), strict=True))
    else:
        engine = loaded(name, backend, folder)
        text = str(project.library.sql(backend, shape="flags", as_of=as_of))
        rows = engine.rows(text)
        names = [project.schema.entity.key, *project.library]
    return {
        segment: frozenset(row[0] for row in rows if row[position])
        for position, segment in enumerate(names)
        if position
    }


@cache
def loaded(name: str, backend: str, folder: str):
    """An engine that holds the data set."""
    import polars as pl

    from tests.engines import connect
    from tests.real.load import load_frames

    engine = connect(backend)
    load_frames(engine, {path.stem: pl.read_parquet(path) for path in sorted(Path(folder).glob("*.parquet"))})
    return engine


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", sorted(by_hand.STATEMENTS))
def test_members_are_those_of_hand_written_sql(name: str, backend: str) -> None:
    folder = data_folder(name)
    wanted = expected(name)
    found = selected(name, backend, str(folder))
    assert set(found) == set(wanted)
    for segment, members in wanted.items():
        assert members, f"{segment}: the statement written by hand selects nobody"
        missing, extra = members - found[segment], found[segment] - members
        assert not missing and not extra, (
            f"{segment} on {backend}: {len(missing)} missing such as {sorted(missing)[:5]}, "
            f"{len(extra)} too many such as {sorted(extra)[:5]}"
        )
