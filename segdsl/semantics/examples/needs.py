"""What the expectations of an example read, and whether all of it is given.

In: the rows and the expectations of one example. Out: what is read, and findings: what is read and not given, and cannot be missing,
has to be given. What is made up later, or may be missing, has not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from segdsl import schema as sch
from segdsl.diagnostics import Diagnostic
from segdsl.errors import examples as errors
from segdsl.semantics import ir
from segdsl.semantics.examples.example import Expectation, Row
from segdsl.semantics.layout import Layout
from segdsl.semantics.reads import EveryoneRead, FieldRead, Reader, RowsRead, TimeRead
from segdsl.source import Span


@dataclass(slots=True)
class Needs:
    """Of one example. ``findings`` are those of `check`."""

    layout: Layout
    reader: Reader
    rows: Sequence[Row]
    findings: list[Diagnostic] = field(default_factory=list)

    @property
    def schema(self) -> sch.Schema:
        return self.reader.program.model.schema

    @property
    def entity(self) -> str:
        return self.schema.entity.name

    def check(self, expectations: Sequence[Expectation]) -> tuple[frozenset[FieldRead], bool]:
        """The fields that are read, and whether the whole population is looked at."""
        reads: dict[FieldRead, Span] = {}
        times: dict[FieldRead, Span] = {}
        relations: dict[str, Span] = {}
        everyone: tuple[Span, Span] | None = None
        for expectation in expectations:
            for read, span in self.reader.reads(expectation.condition).items():
                match read:
                    case FieldRead():
                        reads.setdefault(read, span)
                    case TimeRead():
                        timed = self._timed(read.owner)
                        if timed is not None:
                            times.setdefault(FieldRead(*timed), span)
                    case RowsRead():
                        relations.setdefault(read.relation, span)
                    case EveryoneRead():
                        everyone = everyone or (expectation.span, span)
        if everyone is not None and sum(row.owner == self.entity for row in self.rows) == 1:
            self.findings.append(errors.alone(everyone[0], self.entity, everyone[1]))
        for place, row in enumerate(self.rows):
            apart = {each: span for name, span in relations.items() for each in self._told_apart(row, name)}
            self._check_row(place, {**apart, **reads}, times)
        return frozenset((*reads, *times)), everyone is not None

    def _timed(self, owner: str) -> tuple[str, str] | None:
        """The owner and the name of the field that says when rows happened, or the entity was created."""
        while owner in self.schema.relations:
            relation = self.schema.relations[owner]
            if relation.time is not None:
                return owner, relation.time
            owner = relation.parent
            if owner == self.entity:
                return None
        created = self.schema.entity.created
        return None if created is None else (owner, created)

    def _told_apart(self, row: Row, relation: str) -> Iterator[FieldRead]:
        """What decides whether a row that was given as one of another relation is one of this: that is not made up for it."""
        schema, model = self.schema, self.reader.program.model
        table = schema.relations[relation].table
        if row.owner not in schema.relations or table is None or self._table(row.owner) != table:
            return
        own = {row.owner, *self.layout.bases(row.owner)}
        chain = [name for name in (relation, *self.layout.bases(relation)) if schema.relations[name].where]
        where = model.wheres.get(relation)
        if where is None:
            return
        parts = where.items if isinstance(where, ir.All) and len(chain) > 1 else (where,)
        for name, part in zip(chain, reversed(parts), strict=False):
            if name not in own:
                reads = self.reader.reads(part)
                yield from (read for read in reads if isinstance(read, FieldRead) and read.owner == relation)

    def _table(self, owner: str) -> str | None:
        schema = self.schema
        if owner == self.entity:
            return schema.entity.table
        return schema.relations[owner].table if owner in schema.relations else schema.lookups[owner].table

    def _check_row(self, place: int, reads: Mapping[FieldRead, Span], times: Mapping[FieldRead, Span]) -> None:
        """Findings for the fields of one row: by columns, since relations may be parts of one another."""
        row = self.rows[place]
        table = self._table(row.owner)
        if table is None:
            return
        columns: dict[str, tuple[Span, bool]] = {}
        for found, is_time in ((reads, False), (times, True)):
            for read, span in found.items():
                if self._table(read.owner) == table:
                    known = self.layout.fields(read.owner)[read.name]
                    columns.setdefault(known.column or known.name, (span, is_time))
        given = {self._column(row.owner, name) for name in row.values if name in self.layout.fields(row.owner)}
        made = self._made_up(place)
        for name, known in self.layout.fields(row.owner).items():
            column = known.column or name
            if known.expression is not None or column in given or name in made or column not in columns:
                continue
            span, is_time = columns[column]
            is_own_time = is_time and row.owner in self.schema.relations
            if not known.optional or is_own_time:
                self.findings.append(errors.not_given(row.span, row.owner, name, span, is_own_time))

    def _column(self, owner: str, name: str) -> str:
        known = self.layout.fields(owner)[name]
        return known.column or name

    def _made_up(self, place: int) -> set[str]:
        """Keys, and what ties a row to others."""
        schema, row = self.schema, self.rows[place]
        if row.owner == self.entity:
            made = {schema.entity.key}
        elif row.owner in schema.lookups:
            made = {link.parent for link in schema.lookups[row.owner].links}
        else:
            relation = schema.relations[row.owner]
            made = {*relation.key, *(link.child for link in relation.links)}
        for other in self.rows:
            if other.above == place:
                if other.owner in schema.lookups:
                    made.update(link.child for link in schema.lookups[other.owner].links)
                else:
                    made.update(link.parent for link in schema.relations[other.owner].links)
        return made
