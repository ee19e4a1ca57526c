"""What the stages of a plan read, in the text of a function: the record's fields and rows, earlier stages, and joins onto them.

In: a plan and what of it is wanted. Out: for each stage its rows, `Opened`: a scope, and what each column is there. A join onto one
row is a condition; one onto several finds its row in a mapping that is made once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import assert_never

from segdsl.backends.python import reading
from segdsl.backends.python.expressions import condition, same, tupled, value
from segdsl.backends.python.made import Facts, Looked, Made, Many, Opened, Single, scalar_of
from segdsl.backends.python.nodes import ATOM, LOW, Node, Nodes, Scope, Value
from segdsl.backends.python.rows import Rows
from segdsl.backends.python.slices import Slice, kept_joins
from segdsl.backends.python.writing import Writing
from segdsl.planning.plan import Join, Plan, Stage, StageRef, Table, TableColumn, Union
from segdsl.schema import Schema
from segdsl.semantics import ir
from segdsl.semantics.time import zone
from segdsl.types import Kind


class Sources:
    """``made`` are the stages so far, ``tables`` the rows of the record; ``top`` is the function's own scope."""

    def __init__(
        self,
        plan: Plan,
        wanted: Slice,
        schema: Schema,
        facts: Mapping[str, Facts],
        tables: Mapping[str, object],
    ) -> None:
        self.plan, self.wanted, self.schema, self.facts = plan, wanted, schema, facts
        self.top = Scope(None, 1)
        self.nodes = Nodes(self.top)
        self.at = Writing(self.nodes, zone(plan.timezone))
        self.at.globals |= reading.CLASSES
        self.made: dict[str, Made] = {}
        self.fields: dict[str, Value] = {}
        key_tables = {name: list(columns.values()) for name, columns in wanted.key_tables.items()}
        of_rows = {owner: columns for owner, columns in wanted.tables.items() if owner != schema.entity.name}
        own = wanted.tables.get(schema.entity.name, {})
        self.rows = Rows(schema, self.at.zone, of_rows, key_tables, tables, own)
        self.key_columns = {name: [column.name for column in columns] for name, columns in key_tables.items()}
        self.tables: dict[str, Many] = {}

    def _begin(self) -> None:
        """Reads what stands within the record."""
        self.top.add("get = record.get")
        if not self.rows.relations and not self.rows.lookups:
            return
        entity = self.schema.entity
        links = [self._field(reading.column_of(entity.fields[name])).joined.node.parts[0] for name in self.rows.links]
        given = f"({', '.join(links)},)" if links else "()"
        names = [self.nodes.fresh("rows") for _ in range(len(self.rows.relations) + len(self.rows.lookups))]
        keys = {table: self.nodes.fresh("keys") for table in self.key_columns}
        read = self.at.constant(self.rows.read, "rows").parts[0]
        self.top.add(f"({', '.join([*names, *keys.values()])},) = {read}(record, {given})")
        for owner, name in zip((*self.rows.relations, *self.rows.lookups), names, strict=True):
            self._table(owner, name)
        for table, name in keys.items():
            places = {column: place for place, column in enumerate(self.key_columns[table])}
            mine = self._field(reading.column_of(entity.fields[entity.key]))
            self.tables[f" {table}"] = Many(name, places, frozenset(places), {entity.key: mine})

    def _table(self, owner: str, name: str) -> None:
        """What joins a relation to the entity is the same in all its rows."""
        columns = self.wanted.tables.get(owner, {})
        places = {column: self.rows.index(owner, column) for column in columns}
        constants: dict[str, Value] = {}
        relation = self.schema.relations.get(owner)
        if relation is not None and relation.parent == self.schema.entity.name:
            for link in relation.links:
                if link.parent in self.rows.links and relation.fields[link.child].expression is None:
                    constants[link.child] = replace(self.fields[link.parent], names=True)
        links = self.rows.links_of(owner)
        self.tables[owner] = Many(name, places, frozenset(places), constants, links)

    def _field(self, column: TableColumn) -> Value:
        """A field of the entity, read where it is first asked for."""
        known = self.fields.get(column.name)
        if known is not None:
            return known
        plain = column.name.isidentifier() and column.name.isascii()
        name = f"f_{column.name}" if plain else self.nodes.fresh("f")
        self.top.add(f"{name} = get({column.name!r})")
        # A trait that stands in for its definition must not give way to it because it does not fit.
        stands_in = column.name not in self.schema.entity.fields and column.name not in self.schema.traits
        reads = reading.FieldReading(column, self.at.zone, fits=stands_in)
        read = self.at.constant(reads, ("read", column.name)).parts[0]
        self.top.add(f"if {reading.check(column, name)}:")
        self.top.add(f"{name} = {read}({name})", deeper=1)
        found = self.nodes.variable(name, maybe=not column.zero_if_missing)
        is_key = column.name == self.schema.entity.key
        if is_key or column.name in self.rows.links:
            link = self.nodes.fresh("link")
            token = self.at.constant(reading.Token(-1 - len(self.fields)), ("token", column.name)).parts[0]
            self.top.add(f"{link} = {token} if {name} is None else {name}")
            found = replace(found, link=self.nodes.variable(link, maybe=False), names=is_key)
        self.fields[column.name] = found
        return found

    def _opened(self, stage: Stage) -> Opened:
        """The rows of a stage: its input, its joins, what keeps a row."""
        opened = Opened(self.top, {}, [])
        alias, source = stage.input.alias, stage.input.source
        match source:
            case Table(owner=owner) if owner == self.schema.entity.name:
                self._know(opened, alias, self._entity(source))
            case Table(owner=owner, name=table):
                self._loop(opened, alias, self.tables[owner or f" {table}"])
            case StageRef(stage=name):
                made = self.made[name]
                assert not isinstance(made, Looked)
                if isinstance(made, Many):
                    self._loop(opened, alias, made)
                else:
                    self._know(opened, alias, made.columns)
                    opened.where.extend([] if made.exists is None else [made.exists])
            case Union(stages=names):
                self._loop(opened, alias, self._united(names))
            case _:
                assert_never(source)
        for join in kept_joins(stage, self.wanted):
            self._join(opened, join)
        opened.where.extend(condition(part, opened.column, self.at) for part in stage.where)
        opened.where = list(dict.fromkeys(part for part in opened.where if part.parts != ("True",)))
        return opened

    def _know(self, opened: Opened, alias: str, columns: Mapping[str, Value]) -> None:
        opened.columns.update({(alias, name): column for name, column in columns.items()})

    def _entity(self, table: Table) -> dict[str, Value]:
        wanted = self.wanted.tables[table.owner]
        return {column.name: self._field(wanted[column.name]) for column in table.columns if column.name in wanted}

    def _loop(self, opened: Opened, alias: str, many: Many, over: str | None = None) -> None:
        """One row after another, within the loops that there are."""
        scope = Scope(opened.scope, opened.scope.indent + 1)
        row = self.nodes.fresh("r")
        opened.loops.append((scope, f"for {row} in {over or many.name}:"))
        opened.scope = scope
        atom = self.nodes.atom(row, scope)
        self._know(opened, alias, self._columns(many, atom))

    def _columns(self, many: Many, row: Node, found: bool = True) -> dict[str, Value]:
        """The columns of one row. ``found``: there is certainly one."""
        columns = {}
        for name, place in many.places.items():
            maybe = not found or name in many.maybe
            column = self.nodes.itself(self.nodes.raw(("", f"[{place}]"), [row], ATOM, maybe))
            columns[name] = self._said(column, many.links[name]) if name in many.links else column
        return columns | dict(many.constants) if found else columns

    def _said(self, link: Value, names: bool) -> Value:
        """What may be a `Token`, as conditions read it."""
        self.at.globals["said"] = reading.said
        node = self.nodes.raw(("said(", ")"), [link.node], ATOM, maybe=True)
        return replace(self.nodes.itself(node), link=link, names=names)

    def _united(self, names: Iterable[str]) -> Many:
        """All rows of several stages."""
        parts = [self.made[name] for name in names]
        name, columns = self.nodes.fresh("all"), list(self.wanted.columns[next(iter(names))])
        self.top.add(f"{name} = []")
        for part in parts:
            assert isinstance(part, Single)
            row = [self.nodes.whole(part.columns[column].joined) for column in columns]
            exists = [] if part.exists is None else [part.exists]
            self.nodes.count([*row, *exists])
            texts = "".join(f"{self.nodes.text(one)}, " for one in row)
            asked = f"if {self.nodes.condition(exists[0])}: " if exists else ""
            self.top.add(f"{asked}{name}.append(({texts}))")
        first = parts[0]
        assert isinstance(first, Single)
        same_in_all = {
            column: first.columns[column]
            for column in columns
            if all(
                isinstance(p, Single) and p.columns[column].joined.node is first.columns[column].joined.node
                for p in parts
            )
        }
        links = {
            column: first.columns[column].names
            for column in columns
            if any(isinstance(p, Single) and p.columns[column].link is not None for p in parts)
        }
        places = {column: i for i, column in enumerate(columns)}
        return Many(name, places, frozenset(columns), same_in_all, links)

    # -- joins ----------------------------------------------------------------------------------------------------------

    def _join(self, opened: Opened, join: Join) -> None:
        alias, source = join.input.alias, join.input.source
        mine = {its: value(scalar, opened.column, self.at).joined for scalar, its in join.on}
        match source:
            case Table(owner=owner) if owner == self.schema.entity.name:
                self._join_one(opened, join, mine, Single(self._entity(source), None))
            case Table(owner=owner) if owner in self.schema.lookups:
                self._know(opened, alias, self._looked_up(owner, mine, None))
            case Table(owner=owner):
                self._join_many(opened, join, mine, self.tables[owner])
            case StageRef(stage=name) if name in self.wanted.facts and name not in self.made:
                assert join.kind == "left"
                self._know(opened, alias, self._fact(name, mine))
            case StageRef(stage=name):
                match self.made[name]:
                    case Single() as made:
                        self._join_one(opened, join, mine, made)
                    case Many() as made:
                        self._join_many(opened, join, mine, made)
                    case Looked(stage=stage):
                        self._know(opened, alias, self._through(stage, mine, self.wanted.columns[name]))
                    case other:
                        assert_never(other)
            case Union():
                raise AssertionError("a union is joined")
            case _:
                assert_never(source)

    def _join_one(self, opened: Opened, join: Join, mine: Mapping[str, Value], made: Single) -> None:
        met: list[Node] = []
        for its, own in mine.items():
            other = made.columns[its].joined
            if not (made.empties and own.node is other.node):
                met.append(same(own, other, self.at))
        if made.exists is not None and not (made.empties and not met):
            met.append(made.exists)
        meets = self.nodes.connected(True, [part for part in met if part.parts != ("True",)])
        if join.kind == "inner":
            opened.where.append(meets if made.exists is None else self.nodes.connected(True, [meets, made.exists]))
            self._know(opened, join.input.alias, made.columns)
            return
        self._know(opened, join.input.alias, {name: self._where(meets, one) for name, one in made.columns.items()})

    def _where(self, meets: Node, found: Value) -> Value:
        """A value where a condition holds, else missing."""
        if meets.parts == ("True",):
            return found
        args = [self.nodes.whole(found), meets]
        there = self.nodes.itself(self.nodes.raw(("", " if ", " else None"), args, LOW, maybe=True))
        return there if found.link is None else replace(there, link=self._where(meets, found.link), names=found.names)

    def _whole(self, found: Value) -> Value:
        whole = self.nodes.itself(self.nodes.whole(found))
        return whole if found.link is None else replace(whole, link=self._whole(found.link), names=found.names)

    def _join_many(self, opened: Opened, join: Join, mine: Mapping[str, Value], made: Many) -> None:
        met, keys = [], []
        for its, own in mine.items():
            constant = made.constants.get(its)
            if constant is None:
                keys.append(its)
            elif constant.joined.node is not own.node or constant.joined.maybe:
                met.append(same(own, constant.joined, self.at))
        key = tupled([self.nodes.whole(mine[its]) for its in keys], self.at) if keys else None
        if join.kind == "inner":
            opened.where.extend(met)
            over = made.name
            if key is not None:
                index = self._index(made, tuple(keys), lists=True)
                bound = self.nodes.raw((f"{index}.get(", ", ())"), [key], ATOM, forced=True)
                self.nodes.count([bound])
                over = self.nodes.text(bound)
            self._loop(opened, join.input.alias, made, over)
            return
        nothing = self.at.constant((None,) * self._row_width(made)).parts[0]
        if key is None:
            found = self.nodes.raw((f"{made.name}[0] if {made.name} else {nothing}",), [], LOW, forced=True)
        else:
            index = self._index(made, tuple(keys), lists=False)
            found = self.nodes.raw((f"{index}.get(", f", {nothing})"), [key], ATOM, forced=True)
        if met:
            meets = self.nodes.connected(True, met)
            found = self.nodes.raw(("", " if ", f" else {nothing}"), [found, meets], LOW, forced=True)
        columns = self._columns(made, found, found=False)
        for its, constant in made.constants.items():
            if its not in columns:
                there = self.nodes.unguarded(("", f" is not {nothing}"), found)
                columns[its] = self._where(there, constant)
        self._know(opened, join.input.alias, columns)

    def _row_width(self, made: Many) -> int:
        return max([*made.places.values(), 0]) + 1

    def _index(self, made: Many, keys: tuple[str, ...], lists: bool) -> str:
        """Rows by the columns that find them; those in which one is missing are found by nothing."""
        known = (made.listed if lists else made.indexed).get(keys)
        if known is not None:
            return known
        name = self.nodes.fresh("by")
        parts = [f"r[{made.places[key]}]" for key in keys]
        key = parts[0] if len(parts) == 1 else f"({', '.join(parts)})"
        present = " and ".join(f"{part} is not None" for part in parts)
        if lists:
            self.top.add(f"{name} = {{}}")
            self.top.add(f"for r in {made.name}:")
            self.top.add(f"if {present}: {name}.setdefault({key}, []).append(r)", deeper=1)
        else:
            self.top.add(f"{name} = {{{key}: r for r in {made.name} if {present}}}")
        (made.listed if lists else made.indexed)[keys] = name
        return name

    def _looked_up(self, owner: str, mine: Mapping[str, Value], columns: Iterable[str] | None) -> dict[str, Value]:
        """The row of a lookup that is found by its key: the record's own, or one that was given with the matcher."""
        fields = self.rows.lookup_keys(owner)
        assert set(fields) == set(mine), f"{owner} is found by less than its key"
        made = self.tables[owner]
        key = tupled([self.nodes.whole(mine[name]) for name in fields], self.at)
        nothing = self.at.constant((None,) * self._width_of(owner)).parts[0]
        fixed = self.rows.fixed[owner]
        if fixed:
            table = self.at.constant(fixed, ("lookup", owner)).parts[0]
            parts = (f"({made.name}.get(", f") or {table}.get(", f", {nothing}))")
            found = self.nodes.raw(parts, [key, key], ATOM, forced=True)
        else:
            found = self.nodes.raw((f"{made.name}.get(", f", {nothing})"), [key], ATOM, forced=True)
        return self._columns(made, found, found=False)

    def _width_of(self, owner: str) -> int:
        return max(self.tables[owner].places.values(), default=0) + 1

    def _through(self, stage: Stage, mine: Mapping[str, Value], wanted: Iterable[str]) -> dict[str, Value]:
        """The columns of a stage over a lookup, for the one row that is found."""
        opened = Opened(self.top, {}, [])
        source = stage.input.source
        inner: dict[str, Value] = {}
        for its, own in mine.items():
            found = stage.column(its).value
            assert isinstance(found, ir.Col), f"{stage.name} is not found by a key"
            inner[found.name] = own
        match source:
            case Table(owner=owner):
                columns = self._looked_up(owner, inner, None)
                key = self.rows.lookup_keys(owner)[0]
            case StageRef(stage=name):
                below = self.made[name]
                assert isinstance(below, Looked)
                columns = self._through(below.stage, inner, self.wanted.columns[name])
                key = next(iter(inner))
            case _:
                raise AssertionError(f"{stage.name} is over no lookup")
        self._know(opened, stage.input.alias, columns)
        for join in kept_joins(stage, self.wanted):
            self._join(opened, join)
        there = [self.nodes.present(columns[key].joined.guards)]
        there.extend(condition(part, opened.column, self.at) for part in stage.where)
        meets = self.nodes.connected(True, there)
        made: dict[str, Value] = {}
        for name in wanted:
            scalar = scalar_of(stage.column(name).value)
            found_value = value(scalar, opened.column, self.at)
            plain = isinstance(scalar, ir.Col) and scalar.input == stage.input.alias and not stage.where
            made[name] = found_value if plain else self._where(meets, found_value)
        return made

    def _fact(self, name: str, mine: Mapping[str, Value]) -> dict[str, Value]:
        """What everybody has in common: literals, or, for each of several groups, a row of a table."""
        facts = self.facts[name]
        wanted = list(self.wanted.facts[name])
        places = [facts.columns.index(column) for column in wanted]
        stage = next(stage for stage in self.plan.stages if stage.name == name)
        if not mine:
            (row,) = facts.rows
            return {
                column: self._constant(row[place], stage.column(column).type.kind)
                for column, place in zip(wanted, places, strict=True)
            }
        keys = [facts.columns.index(its) for its in mine]
        rows = {
            (row[keys[0]] if len(keys) == 1 else tuple(row[key] for key in keys)): tuple(row[p] for p in places)
            for row in facts.rows
        }
        table = self.at.constant(rows, ("facts", name, tuple(mine), tuple(wanted))).parts[0]
        nothing = self.at.constant((None,) * len(wanted)).parts[0]
        key = tupled([self.nodes.whole(own) for own in mine.values()], self.at)
        found = self.nodes.raw((f"{table}.get(", f", {nothing})"), [key], ATOM, forced=True)
        return {
            column: self.nodes.itself(self.nodes.raw(("", f"[{place}]"), [found], ATOM, maybe=True))
            for place, column in enumerate(wanted)
        }

    def _constant(self, held: object, kind: Kind) -> Value:
        if held is None:
            return self.nodes.variable("None")
        if kind in (Kind.DATE, Kind.TIMESTAMP):
            return Value(self.at.constant(held))
        return Value(self.nodes.atom(repr(held)))
