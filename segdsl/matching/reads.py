"""Which parts of a record each output of a plan depends on.

In: a plan and its schema. Out: for each output the names in the record that it reads: fields and traits of the entity, relations (whose
rows may stand within those of their parents: then these too), lookups.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from segdsl.backends.python.slices import scalars_of
from segdsl.planning.plan import Beyond, Input, Plan, Stage, StageRef, Table, Union
from segdsl.schema import Schema
from segdsl.semantics import ir
from segdsl.semantics.walk import walk

Names: TypeAlias = frozenset[str]
_NOTHING: Names = frozenset()


@dataclass(slots=True)
class Reads:
    plan: Plan
    schema: Schema
    facts: frozenset[str]
    _stages: dict[str, Stage] = field(init=False)
    _columns: dict[tuple[str, str], Names] = field(default_factory=dict)
    _rows: dict[str, Names] = field(default_factory=dict)
    _ways: dict[str, Names] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._stages = {stage.name: stage for stage in self.plan.stages}

    def of_outputs(self) -> dict[str, Names]:
        """By output; whether the customer is in the population is part of each."""
        final = self.plan.final
        shown = self._of_rows(final)
        columns = {column.name: column for column in final.columns}
        return {
            name: shown | self._of_scalars(final, scalars_of(columns[column]))
            for name, column in self.plan.outputs.items()
        }

    def _of_rows(self, stage: Stage) -> Names:
        """What decides which rows a stage has."""
        known = self._rows.get(stage.name)
        if known is None:
            parts = [self._of_source(stage.input), self._of_scalars(stage, stage.where)]
            for join in stage.joins:
                if join.kind == "inner":
                    parts.append(self._of_source(join.input))
                    parts.append(self._of_scalars(stage, (mine for mine, _ in join.on)))
            for name in stage.by or ():
                parts.append(self._of_scalars(stage, scalars_of(stage.column(name))))
            known = self._rows[stage.name] = _NOTHING.union(*parts)
        return known

    def _of_source(self, read: Input) -> Names:
        match read.source:
            case Table(owner=owner, name=table):
                if owner == self.schema.entity.name:
                    return _NOTHING
                if owner:
                    return self._way(owner)
                ways = (self._way(one.name) for one in self.schema.relations.values() if one.table == table)
                return _NOTHING.union(*ways)
            case StageRef(stage=name):
                return _NOTHING if name in self.facts else self._of_rows(self._stages[name])
            case Union(stages=names):
                return _NOTHING.union(*(self._of_rows(self._stages[name]) for name in names))

    def _of_column(self, stage: Stage, name: str) -> Names:
        known = self._columns.get((stage.name, name))
        if known is None:
            column = stage.column(name)
            known = self._of_rows(stage) | self._of_scalars(stage, scalars_of(column))
            if isinstance(column.value, Beyond):
                there = self._stages[column.value.stage]
                names = (*(its for _, its in column.value.on), column.value.its_time, column.value.value)
                known = known.union(*(self._of_column(there, its) for its in names))
            self._columns[stage.name, name] = known
        return known

    def _of_scalars(self, stage: Stage, scalars: Iterable[ir.Expr]) -> Names:
        found: set[str] = set()
        for scalar in scalars:
            for node in walk(scalar):
                if isinstance(node, ir.Col):
                    found |= self._of_col(stage, node)
        return frozenset(found)

    def _of_col(self, stage: Stage, col: ir.Col) -> Names:
        if col.input == stage.input.alias:
            return self._of_input(stage.input, col.name)
        join = next(join for join in stage.joins if join.input.alias == col.input)
        own = self._of_scalars(stage, (mine for mine, _ in join.on))
        its = (self._of_input(join.input, name) for _, name in join.on)
        return own.union(self._of_input(join.input, col.name), *its)

    def _of_input(self, read: Input, name: str) -> Names:
        match read.source:
            case Table(owner=owner) if owner == self.schema.entity.name:
                return frozenset((name,))
            case Table():
                return self._of_source(read)
            case StageRef(stage=stage):
                return _NOTHING if stage in self.facts else self._of_column(self._stages[stage], name)
            case Union(stages=stages):
                return _NOTHING.union(*(self._of_column(self._stages[stage], name) for stage in stages))

    def _way(self, owner: str) -> Names:
        """The names under which rows of a relation or a lookup may stand in a record, and what joins them to the customer."""
        known = self._ways.get(owner)
        if known is None:
            known = self._ways[owner] = self._way_of(owner)
        return known

    def _way_of(self, owner: str) -> Names:
        entity = self.schema.entity
        if owner == entity.name:
            return _NOTHING
        lookup = self.schema.lookups.get(owner)
        if lookup is not None:
            links = frozenset(link.child for link in lookup.links) if lookup.of == entity.name else _NOTHING
            return frozenset((owner,)) | links | self._way(lookup.of)
        relation = self.schema.relations[owner]
        if relation.base is not None:
            return self._way(relation.base)
        if relation.groups is not None:
            return self._way(relation.groups)
        links = frozenset(link.parent for link in relation.links) if relation.parent == entity.name else _NOTHING
        return frozenset((owner,)) | links | self._way(relation.parent)
