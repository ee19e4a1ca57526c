"""Overlaps counted on flags: a row per entity, a truth value per segment. A pair costs one pass over two columns of bits.

In: a plan and local data, or a frame of flags from wherever. Out: an `Overlap`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import polars as pl

from segdsl.planning.plan import Plan
from segdsl.runtime.data import collect
from segdsl.runtime.evaluate import evaluate_lazy
from segdsl.runtime.tables import Data
from segdsl.sizes.overlap import Overlap, overlap


def evaluated(plan: Plan, data: Data, as_of: datetime, tiers: Mapping[str, str]) -> Overlap:
    """Of all outputs of a plan."""
    return overlap_of(collect(evaluate_lazy(plan, data, as_of)), plan.outputs, tiers)


def overlap_of(flags: pl.DataFrame, columns: Mapping[str, str], tiers: Mapping[str, str]) -> Overlap:
    """``columns``: the segments and their columns in the frame; ``tiers``: the tiers of those that are cases."""
    bits = {name: flags.get_column(column).rechunk() for name, column in columns.items()}
    sizes = {name: int(column.sum()) for name, column in bits.items()}
    return overlap(flags.height, sizes, tiers, lambda first, second: int((bits[first] & bits[second]).sum()))
