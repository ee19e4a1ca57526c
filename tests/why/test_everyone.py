"""Verdicts of explanations are those of `run`: for the shipped segments and everyone of the demo shop, and for random conditions.

The shop of 10,000 is a command: ``python tests/why/test_everyone.py --customers 10000``; ``--folder`` takes any project's folder,
as ``--folder tests/real/online_retail --data …/online_retail --as-of 2011-12-10`` does a real set.
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import datetime
from pathlib import Path

if __package__ in (None, ""):
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

import duckdb
import polars as pl
import pytest
from engines import connect
from why.judged import wrongs

from segdsl import project
from segdsl.as_of import AsOf
from segdsl.demo import AS_OF, make_shop
from segdsl.library import Library

FEW = ("newly_lapsed", "country_leaders", "rfm.champions", "product_experts", "nearby", "returns_to_product")


def differences(library: Library, data: object, as_of: AsOf, names: list[str] | None = None) -> list[str]:
    """The segments of which somebody is told another verdict than `run` has."""
    folder = data if isinstance(data, str | Path) else None
    wrong = []
    for start in range(0, len(names or library), 40):
        some = list(names or library)[start : start + 40]
        assert folder is not None
        flags = library.evaluate(folder, as_of=as_of, names=some)
        assert isinstance(flags, pl.DataFrame)
        keys = flags.to_series(0).to_list()
        for name in some:
            told = {key: why.holds for key, why in library[name].whys(data, as_of=as_of).items()}
            if told != dict(zip(keys, flags[name].to_list(), strict=True)):
                wrong.append(name)
    return wrong


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> project.Project:
    folder = tmp_path_factory.mktemp("why")
    make_shop(folder, customers=300)
    return project.load(folder)


def test_all_shipped_segments(shop: project.Project) -> None:
    assert len(shop.library) > 100
    assert shop.data is not None
    assert differences(shop.library, shop.data, AS_OF) == []


def test_in_a_duckdb_file(shop: project.Project, tmp_path: Path) -> None:
    assert shop.data is not None
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        for file in shop.data.glob("*.parquet"):
            connection.execute(f"create table {file.stem} as select * from '{file}'")
    for name in FEW:
        here = shop.library[name].whys(str(shop.data), as_of=AS_OF)
        there = shop.library[name].whys(str(path), as_of=AS_OF)
        assert {key: str(why) for key, why in here.items()} == {key: str(why) for key, why in there.items()}, name


@pytest.mark.parametrize("number", range(4))
def test_random_conditions(number: int) -> None:
    assert list(wrongs(f"test-{number}")) == []


@pytest.mark.parametrize("engine", ["duckdb", "sqlite", "postgres", "clickhouse"])
def test_random_conditions_on_databases(engine: str) -> None:
    connect(engine)
    assert list(wrongs("test-0", engine)) == []


def main() -> int:
    parser = argparse.ArgumentParser(description="Every verdict of a large shop.")
    parser.add_argument("--customers", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, help="the folder of a project")
    parser.add_argument("--data", type=Path, help="where its tables are, if that is not what it says")
    parser.add_argument("--as-of", type=datetime.fromisoformat, default=AS_OF)
    options = parser.parse_args()
    folder = options.folder
    if folder is None:
        import tempfile

        folder = Path(tempfile.mkdtemp())
        make_shop(folder, customers=options.customers)
    found = project.load(folder)
    started = time.monotonic()
    data = options.data or found.data
    assert data is not None
    wrong = differences(found.library, data, options.as_of)
    print(f"{len(found.library)} segments, wrong: {wrong or 'none'}, {time.monotonic() - started:.0f} s")  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
