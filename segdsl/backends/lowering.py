"""The contract between the catalogue of functions and a backend: a table from overload ids to lowerings.

A lowering is whatever a backend makes of a call: a sqlglot node, a Polars expression, a Python value. The tables are plain
mappings; `missing` and `unknown` are what a backend's tests assert to be empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from segdsl.functions.catalogue import OVERLOADS
from segdsl.functions.signature import Overload


def missing(table: Iterable[str], catalogue: Mapping[str, Overload] = OVERLOADS) -> frozenset[str]:
    """Ids of overloads that exist and that a table does not lower."""
    return frozenset(catalogue) - frozenset(table)


def unknown(table: Iterable[str], catalogue: Mapping[str, Overload] = OVERLOADS) -> frozenset[str]:
    """Ids in a table that name no overload."""
    return frozenset(table) - frozenset(catalogue)
