"""Deep and wide texts within the limits: compiled and evaluated in moments, however their parts stand inside of one another."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from commands import segdsl
from small_project import AS_OF, write_project

from segdsl import Library

DIALECTS = ("duckdb", "sqlite", "postgres")


def _pairs(levels: int) -> str:
    """Each order beside all of the customer's that are larger."""
    inner = "true"
    for level in reversed(range(1, levels)):
        inner = f"any(order as o{level} where o{level}.total > o{level - 1}.total and {inner})"
    return f"any(order as o0 where {inner})"


TEXTS = {
    "pairs_in_pairs": _pairs(22),
    "sequences_side_by_side": " or ".join(f"any(order followed by (order where total > {i}))" for i in range(60)),
    "sequences_in_sequences": "any(order " + "followed by (order " * 22 + ")" * 22 + ")",
    "ranked_among_ranked": "top 10 by orders among (" * 22 + "orders >= 2" + ")" * 22,
    "moments": " or ".join(f"(count(order) as of {days} days ago) > 5" for days in range(1, 301)),
    "pairs_of_customer_and_value": " or ".join(
        f"top 5 per total by count(order where total > {i})" for i in range(150)
    ),
}
"""Texts that are all right."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_project(tmp_path_factory.mktemp("growth") / "shop")


@pytest.mark.parametrize("case", TEXTS)
def test_compile(case: str, shop: Path) -> None:
    start = time.monotonic()
    outcome = segdsl(
        "compile", "-e", "-", "--dialect", "duckdb", "--as-of", AS_OF, cwd=shop, stdin=TEXTS[case].encode()
    )
    assert outcome.code == 0, outcome
    assert time.monotonic() - start < 20


def test_cases_of_tiers() -> None:
    """The tier is computed once, and not for each of its cases anew."""
    cases = "".join(f"  c{i} where top {i + 1} by total\n" for i in range(95))
    schema = {
        "entity": {"name": "customer", "table": "customers", "key": "id", "fields": {"id": "int", "total": "int"}}
    }
    library = Library.from_text(f"tiers t\n{cases}  otherwise rest\n", schema)
    for dialect in ("duckdb", "sqlite", "postgres"):
        assert len(library.select().sql(dialect, as_of=AS_OF).text) < 200_000


@pytest.mark.parametrize("case", ["sequences_side_by_side", "sequences_in_sequences", "ranked_among_ranked", "moments"])
def test_run(case: str, shop: Path) -> None:
    """Customer 1 alone has two orders, the later of 20.50; nobody has more than five."""
    start = time.monotonic()
    outcome = segdsl(
        *("run", "-e", "-", "--shape", "members", "--format", "csv", "--as-of", AS_OF),
        cwd=shop,
        stdin=TEXTS[case].encode(),
    )
    expected = {"sequences_side_by_side": ["1"], "ranked_among_ranked": ["1"]}
    assert outcome.out.splitlines() == ["customer_id", *expected.get(case, [])], outcome
    assert time.monotonic() - start < 20
