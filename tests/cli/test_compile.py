"""``segdsl compile``: SQL on standard output, to files and to folders."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import segdsl
from small_project import AS_OF

AT = ("--as-of", AS_OF)


@pytest.mark.parametrize("dialect", ["duckdb", "sqlite", "postgres"])
@pytest.mark.parametrize("shape", ["members", "flags", "counts", "memberships"])
def test_each_dialect_and_shape(dialect: str, shape: str, shop: Path) -> None:
    outcome = segdsl("compile", "lapsed", "--dialect", dialect, "--shape", shape, *AT, cwd=shop)
    assert outcome.code == 0, outcome
    assert "customers" in outcome.out
    assert outcome.out.endswith("\n")
    statement = [line for line in outcome.out.splitlines() if not line.startswith("--")]
    assert ";" not in "".join(statement).rstrip(";")


def test_usual_shapes(shop: Path) -> None:
    def compiled(*arguments: str) -> str:
        return segdsl("compile", "--dialect", "duckdb", *arguments, *AT, cwd=shop).out

    assert compiled("lapsed") == compiled("lapsed", "--shape", "members")
    assert compiled() == compiled("--shape", "flags")
    assert compiled() == compiled("buyers", "lapsed", "greeks")


def test_to_a_file(shop: Path) -> None:
    expected = segdsl("compile", "lapsed", "--dialect", "sqlite", *AT, cwd=shop).out
    assert segdsl("compile", "lapsed", "--dialect", "sqlite", *AT, "-o", "lapsed.sql", cwd=shop).out == ""
    assert (shop / "lapsed.sql").read_text() == expected


def test_all_dialects_to_a_folder(shop: Path) -> None:
    from segdsl.backends.sql.dialects import DIALECTS

    outcome = segdsl("compile", "--dialect", "all", "--shape", "members", *AT, "-o", "sql", cwd=shop)
    assert outcome.code == 0, outcome
    files = sorted(str(path.relative_to(shop / "sql")) for path in (shop / "sql").rglob("*.sql"))
    assert files == sorted(f"{dialect}/{name}.sql" for dialect in DIALECTS for name in ("buyers", "lapsed", "greeks"))


def test_members_of_several_to_a_folder(shop: Path) -> None:
    (shop / "sql").mkdir()
    assert segdsl("compile", "--dialect", "duckdb", "--shape", "members", *AT, "-o", "sql", cwd=shop).code == 0
    assert sorted(path.name for path in (shop / "sql").iterdir()) == ["buyers.sql", "greeks.sql", "lapsed.sql"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--dialect", "duckdbb"), "did you mean `duckdb`?"),
        (("--dialect", "all"), "--output"),
        (("--dialect", "duckdb", "--shape", "members"), "--output"),
        (("lapsde", "--dialect", "duckdb"), "did you mean `lapsed`?"),
        (("--dialect", "duckdb", "--select", "tag:none"), "none"),
        ((), "--dialect"),
    ],
)
def test_usage(arguments: tuple[str, ...], said: str, shop: Path) -> None:
    outcome = segdsl("compile", *arguments, *AT, cwd=shop)
    assert outcome.code == 2, outcome
    assert said in outcome.err
    assert outcome.out == ""


def test_errors_of_the_text(shop: Path) -> None:
    doubtful = segdsl("compile", "-e", 'country != "GR"', "--dialect", "duckdb", cwd=shop)
    assert doubtful.code == 0
    assert "SEG801" in doubtful.err
    assert "SEG801" not in doubtful.out
    outcome = segdsl("compile", "-e", "buyers and", "--dialect", "duckdb", cwd=shop)
    assert outcome.code == 1
    assert outcome.out == ""
    assert "<condition>:1:" in outcome.err


def test_setting_and_as_of_are_written_into_the_text(shop: Path) -> None:
    arguments = ("compile", "lapsed", "--dialect", "duckdb")
    usual = segdsl(*arguments, *AT, cwd=shop).out
    assert "2026-03-03" in usual  # 90 days before
    assert "2026-04-02" in segdsl(*arguments, *AT, "--set", "lapse=60 days", cwd=shop).out
    assert "2026-03-03" not in segdsl(*arguments, "--as-of", "2026-06-02", cwd=shop).out
