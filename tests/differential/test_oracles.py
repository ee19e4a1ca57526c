"""Each oracle is seen to find a fault, on one evaluator that is compared with nobody but itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl
import pytest
from differential.coverage import Coverage
from differential.example import example
from differential.oracles import ORACLES, ask
from differential.planted import FAULTS
from differential.planting import rewritten

LIBRARIES = 40
"""A fault has to show within so many libraries."""


def lose_rows_when_streaming(patch: pytest.MonkeyPatch) -> None:
    honest = pl.LazyFrame.collect

    def collect(self: pl.LazyFrame, **options: Any) -> pl.DataFrame:
        found = honest(self, **options)
        return found.head(found.height - 1) if options.get("engine") == "streaming" else found

    patch.setattr(pl.LazyFrame, "collect", collect)


def read_one_file(patch: pytest.MonkeyPatch) -> None:
    honest = pl.scan_parquet
    patch.setattr(pl, "scan_parquet", lambda paths: honest(paths[-1:]))


PLANTED: Mapping[str, tuple[Callable[[pytest.MonkeyPatch], None], str]] = {
    "partition": (FAULTS["not without missing"].plant, "polars"),
    "references": (
        rewritten("segdsl.backends.polars.expressions:_in_list", "left.is_in(items.imp", "left.is_in(items[1:].imp"),
        "polars",
    ),
    "alone": (
        rewritten(
            "segdsl.backends.polars.aggregate:_Grouping._partial",
            "(what, aggregation.value, aggregation.filter)",
            "(what, aggregation.value)",
        ),
        "polars",
    ),
    "tautology": (FAULTS["a bracket lost in reading"].plant, "reference"),
    "settings": (FAULTS["a parameter's default for its value"].plant, "reference"),
    "other words": (FAULTS["weeks that begin on Sunday"].plant, "reference"),
    "past": (FAULTS["periods of the past that stay"].plant, "polars"),
    "moved in time": (
        rewritten("segdsl.semantics.time:resolve", "instant = as_of\n", "instant = datetime(2026, 6, 1)\n"),
        "reference",
    ),
    "permuted": (
        rewritten(
            "segdsl.backends.polars.aggregate:_Grouping._end",
            "values.sort_by(keys, descending=descending, nulls_last=descending)",
            "values",
        ),
        "polars",
    ),
    "renamed": (
        rewritten("segdsl.backends.polars.read:physical", "selectors.by_name(name).as_expr()", "pl.col(name)"),
        "polars",
    ),
    "streaming": (lose_rows_when_streaming, "polars"),
    "split over files": (read_one_file, "polars"),
    "shapes": (rewritten("segdsl.backends.sql.emit:_conjuncts", "return items\n", "return items[:1]\n"), "sqlite"),
    "in parts": (rewritten("segdsl.planning.split:split", "found[1:]", "found[2:]"), "sqlite"),
}


def test_every_oracle_is_put_to_the_test() -> None:
    assert set(PLANTED) == set(ORACLES)


@pytest.mark.parametrize("oracle", PLANTED)
def test_an_oracle_finds_a_fault(oracle: str) -> None:
    plant, engine = PLANTED[oracle]
    engines = () if engine == "reference" else (engine,)
    for number in range(LIBRARIES):
        found = example(f"oracle-{number}", Coverage(), 6)
        with pytest.MonkeyPatch.context() as patch:
            plant(patch)
            if any(wrong.evaluator == engine for wrong in ask(oracle, found, engines)):
                return
    pytest.fail("nobody noticed")
