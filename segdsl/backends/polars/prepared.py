"""A table that has been read already: each column as a plan holds it, so that evaluations need not read it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from segdsl.planning.plan import TableColumn


@dataclass(frozen=True, slots=True)
class Prepared:
    """``columns``: the name in ``frame`` of each column as it is read, and the dtype that it has once read. A text may be held as
    `pl.Enum`, a whole number in fewer bytes."""

    frame: pl.DataFrame
    columns: Mapping[TableColumn, tuple[str, pl.DataType]] = field(hash=False)

    def column(self, column: TableColumn) -> tuple[pl.Expr, pl.DataType]:
        """A column as it is read, and its dtype."""
        name, dtype = self.columns[column]
        found = self.frame.schema[name]
        return (
            (pl.col(name), found) if found == dtype or isinstance(found, pl.Enum) else (pl.col(name).cast(dtype), dtype)
        )
