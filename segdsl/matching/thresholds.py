"""What everybody has in common, taken from data once: cut points of ranks, totals, averages.

`Thresholds` is plain, frozen, and goes to JSON and back: made at night where the data is, read where customers are matched. It belongs to
one library and to one instant. It loads nothing that evaluates data.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any, TypeAlias

from segdsl.as_of import shown
from segdsl.backends.python import Facts
from segdsl.diagnostics import SegdslError
from segdsl.errors import records as errors
from segdsl.planning.identity import Identities
from segdsl.planning.plan import Plan

FORMAT = 1
Key: TypeAlias = tuple[object, ...]
_DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class Fact:
    """One value over everybody, or one for each group: ``keys`` says what the groups are made by, ``values`` has a value for each key
    (for ``()`` where there are no groups)."""

    keys: tuple[str, ...]
    values: Mapping[Key, object]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What everybody has to say about one customer, for some segments of one library, ``as_of`` an instant (in UTC, with its offset).

    ``library`` tells libraries apart. ``segments``: the names of those that they were made for. Equal ones are interchangeable;
    `to_json` and `from_json` are each other's opposite.
    """

    library: str
    as_of: datetime
    segments: tuple[str, ...]
    facts: Mapping[str, Fact] = field(repr=False, hash=False)

    def __post_init__(self) -> None:
        if self.as_of.tzinfo is None:
            object.__setattr__(self, "as_of", self.as_of.replace(tzinfo=UTC))

    def __reduce__(self) -> tuple[object, tuple[str]]:
        """Pickled as the text that it is elsewhere."""
        return Thresholds.from_json, (self.to_json(),)

    def to_json(self) -> str:
        """As a text in JSON."""
        facts = {
            name: {
                "keys": list(fact.keys),
                # In one order, so that the same data gives the same text.
                "values": sorted(
                    ([*map(_written, key), _written(value)] for key, value in fact.values.items()), key=repr
                ),
            }
            for name, fact in sorted(self.facts.items())
        }
        whole = {
            "segdsl thresholds": FORMAT,
            "library": self.library,
            "as_of": shown(self.as_of.astimezone(UTC).replace(tzinfo=None)),
            "segments": list(self.segments),
            "facts": facts,
        }
        return json.dumps({**whole, _DIGEST: _digest(whole)}, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Thresholds:
        """Raises `SegdslError` where the text is not what `to_json` wrote."""
        try:
            whole = json.loads(text)
            if not isinstance(whole, dict) or whole.get("segdsl thresholds") != FORMAT:
                raise SegdslError([errors.unreadable_thresholds("it does not say so")])
            if whole.pop(_DIGEST, None) != _digest(whole):
                raise SegdslError([errors.unreadable_thresholds("it was changed since it was written")])
            facts = {str(name): _fact(said) for name, said in whole["facts"].items()}
            as_of = datetime.fromisoformat(whole["as_of"])
            segments = tuple(map(str, whole["segments"]))
            return cls(str(whole["library"]), as_of, segments, MappingProxyType(facts))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise SegdslError([errors.unreadable_thresholds(f"{type(error).__name__}: {error}")]) from error

    def of_plan(self, plan: Plan, wanted: Mapping[str, Sequence[str]]) -> dict[str, Facts] | None:
        """The rows of a plan's stages that are the same whoever asks, columns by stage; None where something is not there."""
        if any(name not in self.facts for _, name, _ in identified(plan, wanted)):
            return None
        if any(set(columns) <= set(_keys(plan, stage)) for stage, columns in wanted.items()):
            # Which groups there are at all was not written down.
            return None
        found: dict[str, Facts] = {}
        for stage, columns in wanted.items():
            found[stage] = self._of_stage(plan, stage, list(columns))
        return found

    def _of_stage(self, plan: Plan, stage: str, columns: list[str]) -> Facts:
        identities = Identities(plan)
        keys = list(_keys(plan, stage))
        names = [identities.column(stage, key) for key in keys]
        rows: dict[Key, dict[str, object]] = {}
        for column in columns:
            if column in keys:
                continue
            fact = self.facts[identities.column(stage, column)]
            order = [fact.keys.index(name) for name in names]
            for key, value in fact.values.items():
                rows.setdefault(tuple(key[place] for place in order), {})[column] = value
        made = [
            tuple(key[keys.index(column)] if column in keys else row.get(column) for column in columns)
            for key, row in rows.items()
        ]
        return Facts(tuple(columns), tuple(made))


def identified(plan: Plan, wanted: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str, str]]:
    """Of each column that is no key: its stage, what it is, its name."""
    identities = Identities(plan)
    for stage, columns in wanted.items():
        keys = _keys(plan, stage)
        for column in columns:
            if column not in keys:
                yield stage, identities.column(stage, column), column


def facts_of(plan: Plan, found: Mapping[str, Facts]) -> dict[str, Fact]:
    """What was found of stages, by what it is."""
    identities = Identities(plan)
    facts: dict[str, Fact] = {}
    for stage, of in found.items():
        keys = sorted((identities.column(stage, key), of.columns.index(key)) for key in _keys(plan, stage))
        for _, name, column in identified(plan, {stage: of.columns}):
            its = of.columns.index(column)
            values = {tuple(row[place] for _, place in keys): row[its] for row in of.rows}
            facts[name] = Fact(tuple(name for name, _ in keys), MappingProxyType(values))
    return facts


def _keys(plan: Plan, stage: str) -> tuple[str, ...]:
    return next(one.key for one in plan.stages if one.name == stage)


def _fact(said: Any) -> Fact:
    keys = tuple(map(str, said["keys"]))
    values: dict[Key, object] = {}
    for row in said["values"]:
        *key, value = map(_read, row)
        if len(key) != len(keys):
            raise ValueError(row)
        values[tuple(key)] = value
    return Fact(keys, MappingProxyType(values))


def _digest(whole: Mapping[str, object]) -> str:
    """Of all that is written, so that what somebody changed is not taken for what data said."""
    text = json.dumps(whole, sort_keys=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _written(value: object) -> object:
    """A value in JSON; times are told from texts."""
    if isinstance(value, datetime):
        return {"instant": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    assert value is None or isinstance(value, bool | int | float | str), value
    return value


def _read(value: object) -> object:
    match value:
        case {"instant": str() as text}:
            return datetime.fromisoformat(text)
        case {"date": str() as text}:
            return date.fromisoformat(text)
        case None | bool() | int() | float() | str():
            return value
        case _:
            raise ValueError(value)
