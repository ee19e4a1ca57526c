"""Writes the grammar's table beside the grammar: ``python -m tests.syntax.table``, after each change of the grammar."""

from __future__ import annotations

from pathlib import Path

from segdsl.resources import grammar_text
from segdsl.syntax.grammar import table_data
from segdsl.syntax.table import written

PATH = Path(__file__).parent.parent.parent / "grammar" / "segdsl.table"


def current() -> str:
    """The file as it ought to be."""
    return written(table_data(), grammar_text())


if __name__ == "__main__":
    PATH.write_text(current(), encoding="utf-8", newline="\n")
