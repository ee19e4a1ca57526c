"""``--as-of`` in a business that is not in UTC: every command takes it as one and the same instant, and once.

The business is in New York, four hours behind UTC in June. Customer 1 ordered on 31 May at 22:00 there (2:00 UTC on 1 June), so that
she is in ``late`` at midnight, and neither four hours before nor after.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path

import polars as pl
import pytest
from commands import Outcome
from commands import segdsl as command_line

import segdsl.as_of
from segdsl.project import load

PROJECT = """\
segments = ["late.seg"]
timezone = "America/New_York"

[data]
path = "."

[entity]
name = "customer"
table = "customers"
key = "id"

[entity.fields]
id = "int"

[relations.order]
table = "orders"
on = { customer_id = "id" }
time = "placed_at"

[relations.order.fields]
placed_at = "timestamp"
"""
SEGMENTS = """\
segment late where any(order in last 3 hours)
segment buyers where any(order)
example "late is late"
  as of 2026-06-01
  given order placed_at = 2026-05-31T22:00-04:00
  expect late
"""
MIDNIGHT = ["2026-06-01", "2026-06-01T00:00", "2026-06-01T04:00:00Z", "2026-06-01T06:00:00+02:00"]


@pytest.fixture
def business(tmp_path: Path) -> Path:
    (tmp_path / "segdsl.toml").write_text(PROJECT, encoding="utf-8")
    (tmp_path / "late.seg").write_text(SEGMENTS, encoding="utf-8")
    pl.DataFrame({"id": [1, 2]}).write_parquet(tmp_path / "customers.parquet")
    placed = pl.Series([datetime(2026, 6, 1, 2)], dtype=pl.Datetime("us"))
    pl.DataFrame({"customer_id": [1], "placed_at": placed}).write_parquet(tmp_path / "orders.parquet")
    return tmp_path


def members(outcome: Outcome) -> list[int]:
    return [one["members"] for one in json.loads(outcome.out)]


def has_bounds(text: str) -> bool:
    """Is the period of ``late`` the one that ends at midnight?"""
    return re.search("from 2026-05-31 21:00 .*2026-06-01 00:00", text) is not None


COMMANDS: dict[tuple[str, ...], Callable[[Outcome], bool]] = {
    ("run", "late", "--format", "json"): lambda outcome: members(outcome) == [1],
    ("run", "late", "--shape", "members", "--format", "csv"): lambda outcome: outcome.out.split() == ["id", "1"],
    ("run", "late", "buyers", "--overlap", "--format", "json"): lambda outcome: '"both": 1' in outcome.out,
    ("why", "late", "1", "--format", "json"): lambda outcome: (
        json.loads(outcome.out)["holds"] and json.loads(outcome.out)["as_of"] == "2026-06-01T04:00:00Z"
    ),
    ("why", "-e", "late", "1"): lambda outcome: "as of 2026-06-01 00:00 (America/New_York)" in outcome.out,
    ("explain", "late"): lambda outcome: has_bounds(outcome.out),
    ("compile", "late", "--dialect", "duckdb"): lambda outcome: "'2026-06-01 04:00:00'" in outcome.out,
}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command[:3]))
@pytest.mark.parametrize("given", MIDNIGHT)
def test_one_instant(business: Path, command: tuple[str, ...], given: str) -> None:
    outcome = command_line(*command, "--as-of", given, cwd=business)
    assert outcome.code == 0 and COMMANDS[command](outcome), outcome


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command[:3]))
def test_the_clock(business: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    class Stopped(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Stopped:
            return cls(2026, 6, 1, 4, tzinfo=tz)

    monkeypatch.setattr(segdsl.as_of, "datetime", Stopped)
    outcome = command_line(*command, cwd=business)
    assert outcome.code == 0 and COMMANDS[command](outcome), outcome


def test_statements_in_a_folder(business: Path) -> None:
    outcome = command_line("compile", "--dialect", "duckdb", "--as-of", "2026-06-01", "-o", "out/", cwd=business)
    assert outcome.code == 0, outcome
    assert "'2026-06-01 04:00:00'" in (business / "out" / "flags.sql").read_text("utf-8")


def test_examples(business: Path) -> None:
    outcome = command_line("test", cwd=business)
    assert outcome.code == 0, outcome
    path = business / "late.seg"
    path.write_text(path.read_text("utf-8").replace("T22:00", "T20:00"), encoding="utf-8")
    failing = command_line("test", cwd=business)
    assert failing.code == 1 and "2026-06-01 00:00 (America/New_York)" in failing.out, failing


def test_in_python(business: Path) -> None:
    library = load(business).library
    for given in (date(2026, 6, 1), datetime(2026, 6, 1), datetime(2026, 6, 1, 4, tzinfo=UTC), *MIDNIGHT):
        why = library["late"].why(str(business), 1, as_of=given)
        assert (why.holds, why.as_of) == (True, datetime(2026, 6, 1, 4))
        assert has_bounds(str(library["late"].explain(given)))
