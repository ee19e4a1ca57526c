"""What can be gone through once, kept so that it can be gone through again.

In: records, and rows of lookups, as a host gives them. Out: the same, with lists in place of iterators; rows of lookups as they are now,
whatever becomes of them. `differs`: whether what stands under a name is another value than before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from segdsl.backends.python import listed_rows, root
from segdsl.schema import Schema


def frozen_tables(tables: Mapping[str, object]) -> dict[str, object]:
    """Raises `SegdslError` for what is no rows."""
    return {name: tuple(map(_frozen, listed_rows(rows, f"tables.{name}"))) for name, rows in tables.items()}


def _frozen(row: Mapping[str, object]) -> Mapping[str, object]:
    return MappingProxyType({name: tuple(value) if isinstance(value, list) else value for name, value in row.items()})


class Repeating:
    """Records of one schema. ``within``: by what has rows, what may stand within each of them."""

    def __init__(self, schema: Schema) -> None:
        self._entity = schema.entity.name
        self._within: dict[str, list[str]] = {}
        for relation in schema.relations.values():
            self._within.setdefault(root(schema, relation.parent), []).append(relation.name)
            if relation.parent != self._entity:
                # Rows stand beside those of their parents as well.
                self._within.setdefault(self._entity, []).append(relation.name)
        for lookup in schema.lookups.values():
            self._within.setdefault(root(schema, lookup.of), []).append(lookup.name)

    def records(self, *records: Mapping[str, object]) -> tuple[Mapping[str, object], ...]:
        """Several that may have iterators in common."""
        known: dict[int, tuple[object, object]] = {}
        return tuple(self._row(self._entity, record, known) for record in records)

    def _row(
        self, owner: str, row: Mapping[str, object], known: dict[int, tuple[object, object]]
    ) -> Mapping[str, object]:
        others: dict[str, object] = {}
        for name in self._within.get(owner, ()):
            given = row.get(name)
            if given is not None:
                again = self._rows(name, given, known)
                if again is not given:
                    others[name] = again
        return {**row, **others} if others else row

    def _rows(self, owner: str, given: object, known: dict[int, tuple[object, object]]) -> object:
        if isinstance(given, Mapping):
            return self._row(owner, given, known)
        if isinstance(given, Iterator):
            if id(given) not in known:
                # The iterator is kept too, so that nothing else has its id meanwhile.
                known[id(given)] = given, self._rows(owner, list(given), known)
            return known[id(given)][1]
        if not isinstance(given, list | tuple) or owner not in self._within:
            return given
        rows = [self._row(owner, one, known) if isinstance(one, Mapping) else one for one in given]
        return rows if any(row is not one for row, one in zip(rows, given, strict=True)) else given


def differs(one: object, other: object) -> bool:
    """Might a matcher read one otherwise than the other? What cannot be compared might."""
    try:
        return not _is_same(one, other)
    except Exception:  # noqa: BLE001 - classes of other packages raise what they like
        return True


def _is_same(one: object, other: object) -> bool:
    if one is other:
        return True
    if one.__class__ is not other.__class__:
        # 1 is no value where True is one.
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_is_same(value, other[name]) for name, value in one.items())
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_is_same, one, other))
    return bool(one == other)
