"""``segdsl explain``."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from commands import segdsl
from small_project import AS_OF


def test_a_segment(shop: Path) -> None:
    outcome = segdsl("explain", "buyers", "--as-of", AS_OF, cwd=shop)
    assert outcome.code == 0, outcome
    lines = outcome.out.splitlines()
    assert lines[0] == "Buyers (buyers)"
    assert "Customers who have at least one order." in lines
    assert outcome.err == ""


def test_a_condition_with_a_setting(shop: Path) -> None:
    outcome = segdsl("explain", "-e", "none(order in last lapse)", "--set", "lapse=1 week", "--as-of", AS_OF, cwd=shop)
    assert outcome.code == 0, outcome
    assert "Customers who have no order in the last week." in outcome.out
    assert "lapse = 1 week" in outcome.out
    assert "the last week: from 2026-05-25 to 2026-05-31, both days included" in outcome.out


def test_a_hint_about_a_condition_is_not_repeated(shop: Path) -> None:
    outcome = segdsl("explain", "-e", 'country != "GR"', cwd=shop)
    assert (outcome.code, outcome.err) == (0, "")


def test_several_and_traits_as_json(shop: Path) -> None:
    outcome = segdsl("explain", "buyers", "orders", "--format", "json", cwd=shop)
    assert outcome.code == 0, outcome
    found = json.loads(outcome.out)
    assert [(one["name"], one["kind"]) for one in found] == [("buyers", "segment"), ("orders", "trait")]


@pytest.mark.parametrize("format", ["text", "json", "html"])
def test_all(shop: Path, tmp_path: Path, format: str) -> None:
    path = tmp_path / "all.out"
    outcome = segdsl("explain", "--format", format, "-o", str(path), cwd=shop)
    assert outcome.code == 0, outcome
    assert "buyers" in path.read_text("utf-8")
    assert outcome.out == ""


def test_patterns_and_selectors(shop: Path) -> None:
    outcome = segdsl("explain", "buy*", "--format", "json", cwd=shop)
    assert [one["name"] for one in json.loads(outcome.out)] == ["buyers"]
    outcome = segdsl("explain", "--select", "tag:value", "--format", "json", cwd=shop)
    assert "buyers" in [one["name"] for one in json.loads(outcome.out)]


def test_every_wrong_name_is_reported(shop: Path) -> None:
    outcome = segdsl("explain", "buyrs", "lapse", cwd=shop)
    assert outcome.code == 2
    assert outcome.err.count("SEG926") == 2
    assert outcome.out == ""


def test_now_has_no_parts_of_a_second(shop: Path) -> None:
    now = json.loads(segdsl("explain", "lapsed", "--format", "json", cwd=shop).out)[0]["as_of"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", now)
