"""Plans as Python functions of one customer's record."""

from segdsl.backends.python.function import Function
from segdsl.backends.python.generate import Program, generate
from segdsl.backends.python.made import Facts
from segdsl.backends.python.rows import derived, listed_rows, root
from segdsl.backends.python.slices import Slice, facts_of, sliced

__all__ = [
    "Facts",
    "Function",
    "Program",
    "Slice",
    "derived",
    "facts_of",
    "generate",
    "listed_rows",
    "root",
    "sliced",
]
