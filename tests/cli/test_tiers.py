"""Tiers on the command line: listed, run and compiled by case."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from commands import segdsl
from small_project import AS_OF

AT = ("--as-of", AS_OF)
TIERS = """\
tiers loyalty "Loyalty"
  tags "loyalty"
  regular where orders >= 2
  once    where orders >= 1
"""


@pytest.fixture
def tiered(shop: Path) -> Path:
    (shop / "segments" / "tiers.seg").write_text(TIERS, encoding="utf-8")
    return shop


def test_list(tiered: Path) -> None:
    outcome = segdsl("list", "--format", "csv", cwd=tiered)
    assert outcome.code == 0, outcome
    assert outcome.out.splitlines()[1:] == [
        "buyers,Buyers,value,segments/shop.seg:5:1",
        'lapsed,Lapsed customers,"win-back, lifecycle",segments/shop.seg:10:1',
        "greeks,,,segments/shop.seg:15:1",
        "loyalty.regular,Loyalty: regular,loyalty,segments/tiers.seg:1:1",
        "loyalty.once,Loyalty: once,loyalty,segments/tiers.seg:1:1",
    ]


@pytest.mark.parametrize("chosen", [("loyalty",), ("loyalty.*",), ("--select", "tag:loyalty"), ("--select", "loyalty")])
def test_run_of_all_cases(chosen: tuple[str, ...], tiered: Path) -> None:
    outcome = segdsl("run", *chosen, *AT, "--format", "json", cwd=tiered)
    assert outcome.code == 0, outcome
    assert [(row["segment"], row["members"]) for row in json.loads(outcome.out)] == [
        ("loyalty.regular", 1),
        ("loyalty.once", 2),
    ]


def test_members_of_one_case(tiered: Path) -> None:
    outcome = segdsl("run", "loyalty.once", "--shape", "members", "--format", "csv", *AT, cwd=tiered)
    assert outcome.out == "customer_id\n2\n3\n"


def test_flags_in_files(tiered: Path) -> None:
    for name in ("flags.csv", "flags.parquet"):
        assert segdsl("run", "loyalty", "--shape", "flags", "-o", name, *AT, cwd=tiered).code == 0
    header, first, *_ = (tiered / "flags.csv").read_text("utf-8").splitlines()
    assert header == "customer_id,loyalty.regular,loyalty.once"
    assert first == "1,true,false"
    frame = pl.read_parquet(tiered / "flags.parquet")
    assert frame["loyalty.once"].to_list() == [False, True, True, False, False, False]


def test_compile_to_a_folder(tiered: Path) -> None:
    arguments = ("compile", "loyalty", "--dialect", "duckdb", "--shape", "members", *AT, "-o", "sql/")
    assert segdsl(*arguments, cwd=tiered).code == 0
    assert sorted(path.name for path in (tiered / "sql").iterdir()) == ["loyalty.once.sql", "loyalty.regular.sql"]


def test_a_case_that_does_not_exist(tiered: Path) -> None:
    outcome = segdsl("run", "loyalty.regulr", *AT, cwd=tiered)
    assert outcome.code == 2
    assert "did you mean `loyalty.regular`?" in outcome.err


def test_a_case_like_none_of_theirs(tiered: Path) -> None:
    outcome = segdsl("run", "loyalty.nope", *AT, cwd=tiered)
    assert outcome.code == 2
    assert "the tiers `loyalty` have no case `nope`" in outcome.err
    assert "they are `loyalty.regular`, `loyalty.once`" in outcome.err


def test_a_condition_with_tiers(tiered: Path) -> None:
    outcome = segdsl(
        "run",
        "-e",
        "loyalty >= 'once' and not loyalty.regular",
        "--shape",
        "members",
        "--format",
        "csv",
        *AT,
        cwd=tiered,
    )
    assert outcome.out == "customer_id\n2\n3\n"
