"""Conditions on texts that are held as numbers of a short list of values (`pl.Enum`).

In: a condition that is about one such column and constants, and how a condition over plain texts is written. Out: the same as a
condition over the numbers: the texts are looked at once each, whatever the number of rows, and rows are compared by their numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl

from segdsl.semantics import ir
from segdsl.semantics.walk import walk
from segdsl.types import Kind


@dataclass(slots=True)
class Encoded:
    """A column of texts: ``column`` has the dtype ``values``."""

    column: pl.Expr
    values: pl.Enum
    texts: dict[str, None] = field(init=False)

    def __post_init__(self) -> None:
        self.texts = dict.fromkeys(self.values.categories.to_list())

    @property
    def text(self) -> pl.Expr:
        return self.column.cast(pl.String)

    def condition(self, expr: ir.Expr, written: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
        """A condition about this column alone. ``written`` makes it an expression, given the texts; it may be missing where the
        text is."""
        match expr:
            case ir.Compare(operator=operator, left=ir.Col(), right=ir.Literal(value=str() as text)):
                return self._among([text], operator == "!=")
            case ir.InList(value=ir.Col(), items=items, negated=negated):
                return self._among([str(item) for item in items], negated)
            case _:
                texts = pl.Series("", [*self.texts, None], dtype=pl.String)
                *answers, missing = texts.to_frame().select(written(pl.col("")).alias("")).to_series()
                found = self._among([text for text, holds in zip(self.texts, answers, strict=True) if holds])
                return found | self.column.is_null() if missing else found

    def _among(self, texts: list[str], negated: bool = False) -> pl.Expr:
        known = [text for text in texts if text in self.texts]
        match known:
            case []:
                return self.column.is_not_null() if negated else self.column.is_null() & pl.lit(False)
            case [text]:
                number = pl.lit(text, dtype=self.values)
                return self.column != number if negated else self.column == number
            case _:
                found = self.column.is_in(pl.Series(known, dtype=self.values).implode())
                return ~found if negated else found


def subject(expr: ir.Expr) -> ir.Col | None:
    """The one column of texts that a condition is about, if it is about nothing else."""
    match expr:
        case ir.Compare(left=one) if one.type.kind is Kind.STRING:
            pass
        case ir.InList(value=one) | ir.Match(value=one) if one.type.kind is Kind.STRING:
            pass
        case _:
            return None
    columns = {node for node in walk(expr) if isinstance(node, ir.Col)}
    if len(columns) != 1 or any(isinstance(node, ir.Instant) for node in walk(expr)):
        return None
    (column,) = columns
    return column if column.type.kind is Kind.STRING else None
