"""``segdsl why``: one segment or condition, one key."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import polars as pl
import pytest
from commands import process, segdsl
from small_project import AS_OF, customers, in_duckdb, in_sqlite

AT = ("--as-of", AS_OF)


def test_in_or_out_is_no_failure(shop: Path) -> None:
    inside, outside = (segdsl("why", "lapsed", key, *AT, cwd=shop) for key in ("2", "1"))
    assert (inside.code, outside.code) == (0, 0)
    assert inside.out.splitlines()[0] == (
        "In lapsed: 1 order, needs at least 1; no orders in last 90 days, the last 151 days ago"
    )
    assert outside.out.splitlines() == [
        "Not in lapsed: 2 orders in last 90 days, the last of them 12 days ago",
        "customer 1, as of 2026-06-01 00:00 (UTC)",
        "",
        "✗ lapsed = buyers and none(order in last lapse)",
        "  ✓ buyers = orders >= 1 — 2 orders, needs at least 1",
        "    · orders = count(order) — 2, the last 12 days ago",
        (
            "  ✗ none(order in last lapse) — 2 orders, 2 in last 90 days (2026-03-03 to 2026-05-31), "
            "the last of them 12 days ago, needs none"
        ),
    ]


def test_a_condition_and_settings(shop: Path) -> None:
    outcome = segdsl("why", "-e", "none(order in last lapse)", "--set", "lapse=10 days", "1", *AT, cwd=shop)
    assert outcome.out.splitlines()[0] == (
        "In none(order in last lapse): no orders in last 10 days, the last 12 days ago"
    )


def test_in_databases_the_same(shop: Path, tmp_path: Path) -> None:
    here = segdsl("why", "lapsed", "2", *AT, cwd=shop)
    for write, name in ((in_duckdb, "shop.duckdb"), (in_sqlite, "shop.sqlite")):
        path = tmp_path / name
        write(path)
        there = segdsl("why", "lapsed", "2", *AT, "--data", str(path), cwd=shop)
        assert (there.code, there.out) == (0, here.out), there


def test_a_table_alone(tmp_path: Path) -> None:
    customers().write_parquet(tmp_path / "t.parquet")
    outcome = segdsl("why", "-e", 'country = "GR"', "--data", "t.parquet", "2", cwd=tmp_path)
    assert outcome.out.splitlines()[0] == 'Not in country = "GR": country is "CY", needs "GR"'


def test_formats_and_files(shop: Path) -> None:
    found = json.loads(segdsl("why", "greeks", "2", *AT, "--format", "json", cwd=shop).out)
    assert (found["segment"], found["key"], found["holds"]) == ("greeks", 2, False)
    assert segdsl("why", "greeks", "2", *AT, "--format", "html", "-o", "why.html", cwd=shop).out == ""
    assert (shop / "why.html").read_text("utf-8").startswith('<div class="segdsl-why">')


def test_tiers_are_explained_by_the_case_that_won(shop: Path) -> None:
    tiers = "tiers size\n  large where orders >= 2\n  small where orders >= 1\n"
    (shop / "segments" / "size.seg").write_text(tiers, encoding="utf-8")
    heads = [segdsl("why", "size", key, *AT, cwd=shop).out.splitlines()[0] for key in ("1", "2", "5")]
    assert heads == [
        "In size.large: 2 orders, needs at least 2",
        "In size.small: 1 order, needs at least 1",
        "Not in size.small: no orders, needs at least 1: 1 more",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("lapsed", "77"), "error[SEG930]: there is no customer 77"),
        (("lapsed", "ann"), "error[SEG931]: the key `customer_id` is a whole number, not `ann`"),
        (("lapsed",), "error[SEG932]: the key is missing: whom do you ask about?"),
        ((), "error[SEG932]: the name of one segment and one key are wanted"),
        (("-e", "orders >= 1", "lapsed", "1"), "error[SEG932]: with -e, a key alone is wanted"),
        (("*", "1"), "error[SEG932]: `*` stands for 3 segments"),
        (("lapsd", "1"), "error[SEG901]: no segment is named `lapsd`"),
    ],
)
def test_what_cannot_be_asked(shop: Path, arguments: tuple[str, ...], said: str) -> None:
    outcome = segdsl("why", *arguments, *AT, cwd=shop)
    assert (outcome.code, outcome.out, outcome.err.splitlines()[0]) == (2, "", said)


def test_a_terminal_without_the_signs_gets_others(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from segdsl.cli.why import _shows_signs

    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    assert not _shows_signs()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    assert _shows_signs()


def test_a_real_process(shop: Path) -> None:
    outcome = process("why", "lapsed", "1", *AT, cwd=shop)
    assert outcome.code == 0, outcome
    assert "✗ none(order in last lapse)" in outcome.out
    assert "\N{ESCAPE}" not in outcome.out


def test_a_key_that_is_a_text(tmp_path: Path) -> None:
    pl.DataFrame({"id": ["a b", "c"], "n": [1, 2]}).write_parquet(tmp_path / "t.parquet")
    outcome = segdsl("why", "-e", "n >= 2", "--data", "t.parquet", "a b", cwd=tmp_path)
    assert outcome.out.splitlines()[0] == "Not in n >= 2: n is 1, needs at least 2: 1 more"


@pytest.mark.parametrize("command", [("why", "lapsed", "1"), ("explain", "lapsed")])
def test_the_ending_of_a_file_says_its_form(shop: Path, tmp_path: Path, command: tuple[str, ...]) -> None:
    def written(name: str, *options: str) -> str:
        path = tmp_path / name
        outcome = segdsl(*command, *AT, "-o", path, *options, cwd=shop)
        assert (outcome.code, outcome.out) == (0, ""), outcome
        return path.read_text("utf-8")

    assert json.loads(written("a.json"))
    assert written("b.html").startswith("<div") and written("c.HTM").startswith("<div")
    assert not written("d.txt").startswith(("<", "{", "["))
    assert not written("e.html", "--format", "text").startswith("<")
