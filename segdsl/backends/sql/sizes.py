"""How large a statement is, beside what its dialect takes (`Capabilities`).

Comes in: a statement in its three states: stages, layers, text. Goes out: nothing, or `TooLarge`. What is too large for one statement may
fit into several.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from segdsl.backends.sql.compiled import Shape
from segdsl.backends.sql.dialect import Dialect
from segdsl.backends.sql.layers import Layer
from segdsl.diagnostics import Diagnostic, SegdslError
from segdsl.errors import backends as errors
from segdsl.planning.plan import Beyond, Stage, StageRef, Table, Union


class TooLarge(SegdslError):
    """``load``: how many times as large as the database takes, by the limit that is exceeded most."""

    def __init__(self, diagnostics: Iterable[Diagnostic], load: float = 2.0) -> None:
        super().__init__(diagnostics)
        self.load = load


@dataclass(frozen=True, slots=True)
class _Excess:
    load: float
    finding: Diagnostic


def of_stages(dialect: Dialect, stages: Sequence[Stage], segments: int) -> None:
    """Joins, and how often a table is read."""
    limits = dialect.capabilities
    found: list[_Excess] = []
    if limits.joins is not None:
        for stage in stages:
            joined = len(stage.joins) + 1
            if joined > limits.joins:
                finding = errors.too_many_joins(dialect.name, stage.name, joined, limits.joins, segments)
                found.append(_Excess(joined / limits.joins, finding))
    if limits.references is not None:
        for table, times in _references(stages).items():
            if times > limits.references:
                finding = errors.too_many_references(dialect.name, table, limits.references, segments)
                found.append(_Excess(times / limits.references, finding))
    _raise(found)


def of_layers(dialect: Dialect, shape: Shape, stack: Sequence[Layer], segments: int) -> None:
    """Columns, of the rows in the making and of those that come out. ``counts`` and ``memberships`` have the flags in the making."""
    limits = dialect.capabilities
    *before, last = (len(layer.stage.columns) + len(layer.extras) for layer in stack)
    if shape in ("counts", "memberships"):
        before, last = [*before, last], 0
    found: list[_Excess] = []
    for columns, most in ((max(before, default=0), limits.columns), (last, limits.result_columns)):
        if most is not None and columns > most:
            found.append(_Excess(columns / most, errors.too_many_columns(dialect.name, columns, most, segments)))
    _raise(found)


def of_text(dialect: Dialect, text: str, segments: int) -> None:
    """Bytes."""
    most = dialect.capabilities.text_bytes
    if most is None:
        return
    size = len(text.encode())
    if size > most:
        _raise([_Excess(size / most, errors.too_long(dialect.name, size, most, segments))])


def placeholders(dialect: Dialect, count: int, most: int, segments: int) -> TooLarge:
    return TooLarge([errors.too_many_placeholders(dialect.name, count, most, segments)], count / most)


def _raise(found: Sequence[_Excess]) -> None:
    if found:
        raise TooLarge((one.finding for one in found), max(one.load for one in found))


def _references(stages: Sequence[Stage]) -> Counter[str]:
    """How often each table is named where every stage is written out wherever it is read."""
    known: dict[str, Counter[str]] = {}
    most: Counter[str] = Counter()
    for stage in stages:
        named: Counter[str] = Counter()
        read: list[str] = []
        for one in _sources(stage):
            match one:
                case Table(name=name):
                    named[name] += 1
                case StageRef(stage=name):
                    read.append(name)
                case Union(stages=names):
                    read.extend(names)
        for name in read:
            named.update(known[name])
        known[stage.name] = named
        most |= named
    return most


def _sources(stage: Stage) -> Iterator[Table | StageRef | Union]:
    yield from (StageRef(column.value.stage) for column in stage.columns if isinstance(column.value, Beyond))
    yield stage.input.source
    yield from (join.input.source for join in stage.joins)
