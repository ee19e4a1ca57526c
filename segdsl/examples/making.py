"""What an example does not give, made up: keys, what ties rows together, times, and what makes given rows count.

In: examples that can share one set of tables. Out: `DataSet`, their rows as tables. Whether a row counts is judged by the
referee; nothing here is known of the conditions that are expected.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice, product
from typing import assert_never

from segdsl.backends.reference.evaluate import holds
from segdsl.backends.reference.records import Record
from segdsl.backends.reference.world import World
from segdsl.diagnostics import Diagnostic, SegdslError
from segdsl.errors import examples as errors
from segdsl.examples.shape import NO_TABLE, Column, Shape
from segdsl.semantics import ir
from segdsl.semantics.examples import Example, Row, Value
from segdsl.semantics.reads import FieldRead, Reader
from segdsl.semantics.time import EARLIEST, zone
from segdsl.semantics.walk import children
from segdsl.types import Kind, Type

_DAY = timedelta(days=1)
_LONG_AGO = timedelta(days=3650)
_TRIES = 5_000
"""How many combinations of values are tried to make a row count."""


@dataclass(frozen=True, slots=True)
class DataSet:
    """Tables of Python values with the types of their columns, and the key of each entity: ``keys[i][place]`` is that of the row at
    ``place`` of the ``i``-th example."""

    tables: Mapping[str, Sequence[Mapping[str, object]]]
    types: Mapping[str, Mapping[str, Type]]
    keys: tuple[Mapping[int, Value], ...]


@dataclass(slots=True)
class Numbers:
    """Values that no other cell has, in growing order."""

    taken: set[Value]
    last: int = 0

    def next(self) -> int:
        self.last += 1
        while self.last in self.taken:
            self.last += 1
        return self.last


def data_set(examples: Sequence[Example], shape: Shape) -> DataSet:
    """The tables of some examples together. Raises `SegdslError` where a row cannot be made to count."""
    tables: dict[str, list[Mapping[str, object]]] = {table: [] for table in shape.types if table != NO_TABLE}
    numbers = Numbers({value for example in examples for _, value in kept_keys(example, shape)})
    keys: list[Mapping[int, Value]] = []
    findings: list[Diagnostic] = []
    for example in examples:
        maker = _Maker(example, shape, numbers)
        cells = maker.run()
        findings.extend(maker.findings)
        for row, values in zip(example.rows, cells, strict=True):
            table = shape.table(row.owner)
            if table != NO_TABLE:
                tables[table].append(physical(row.owner, values, shape))
        entity = shape.schema.entity
        keys.append(
            {place: cells[place][entity.key] for place, row in enumerate(example.rows) if row.owner == entity.name}
        )
    if findings:
        raise SegdslError(findings)
    return DataSet(tables, {table: types for table, types in shape.types.items() if table != NO_TABLE}, tuple(keys))


def kept_keys(example: Example, shape: Shape) -> Iterator[tuple[Column, Value]]:
    """The keys that an example gives and that have to stay as they are, because a condition reads them; each with its domain."""
    read = {shape.domains.get(shape.column(each.owner, each.name)) for each in example.read} | shape.fixed
    for row in example.rows:
        for name, value in row.values.items():
            domain = shape.domains.get(shape.column(row.owner, name))
            if domain is not None and domain in read:
                yield domain, value


def physical(owner: str, values: Mapping[str, Value], shape: Shape) -> dict[str, object]:
    """A row as its table holds it."""
    found: dict[str, object] = {}
    for name, value in values.items():
        known = shape.layout.fields(owner).get(name)
        column = shape.column(owner, name)
        raw = known.codes.get(value, value) if known is not None and known.codes and isinstance(value, str) else value
        found[column[1]] = _held(raw, shape.type_of(column))
    return found


def _held(value: Value, kind: Type) -> object:
    match kind.kind, value:
        case Kind.LIST, tuple():
            return list(value)
        case Kind.DECIMAL, int() | Decimal():
            return Decimal(value)
        case Kind.INT, Decimal():
            return int(value)
        case _:
            return value


class _Maker:
    """One example on its way to rows of which every field is known."""

    def __init__(self, example: Example, shape: Shape, numbers: Numbers) -> None:
        self.example = example
        self.shape = shape
        self.schema = shape.schema
        self.numbers = numbers
        self.zone = zone(self.schema.timezone)
        self.cells: list[dict[str, Value]] = [dict(row.values) for row in example.rows]
        self.findings: list[Diagnostic] = []

    def run(self) -> list[dict[str, Value]]:
        self._rename()
        order = self._order()
        for place in order:
            self._tie(place)
        for place in order:
            self._name(place)
        for place in order:
            self._time(place)
        for place in order:
            self._count(place)
        for place in order:
            self._fill(place)
        self._check_keys()
        return self.cells

    def _order(self) -> list[int]:
        """Rows behind those that they hang on."""
        rows = self.example.rows

        def depth(place: int) -> int:
            above = rows[place].above
            return 0 if above is None else 1 + depth(above)

        return sorted(range(len(rows)), key=depth)

    # -- keys -----------------------------------------------------------------------------------------------------------

    def _rename(self) -> None:
        """Keys whose values nobody reads get values of their own, in the order of those given: other examples give the same."""
        kept = {domain for domain, _ in kept_keys(self.example, self.shape)}
        given: dict[Column, set[Value]] = {}
        for row in self.example.rows:
            for name, value in row.values.items():
                domain = self.shape.domains.get(self.shape.column(row.owner, name))
                if domain is not None and domain not in kept:
                    given.setdefault(domain, set()).add(value)
        new = {
            domain: {value: self.numbers.next() for value in sorted(values, key=_sortable)}
            for domain, values in given.items()
        }
        for row, cells in zip(self.example.rows, self.cells, strict=True):
            for name, value in row.values.items():
                column = self.shape.column(row.owner, name)
                domain = self.shape.domains.get(column)
                if domain in new:
                    cells[name] = _key(new[domain][value], self.shape.type_of(column))

    def _tie(self, place: int) -> None:
        """A row and the one that it hangs on have the same value in the fields that tie them."""
        row = self.example.rows[place]
        if row.above is None:
            return
        for link in self.shape.links(row.owner):
            up = (row.above, self.example.rows[row.above].owner)
            down = (place, row.owner)
            ends = (down, up) if row.owner not in self.schema.lookups else (up, down)
            (many, _), (one, owner) = ends
            value = self.cells[one].get(link.parent, self.cells[many].get(link.child))
            if value is None:
                value = self._new(owner, link.parent)
            self.cells[one].setdefault(link.parent, value)
            self.cells[many].setdefault(link.child, value)

    def _name(self, place: int) -> None:
        row = self.example.rows[place]
        for name in self.shape.key(row.owner):
            if name not in self.cells[place] and self._is_stored(row.owner, name):
                self.cells[place][name] = self._new(row.owner, name)

    def _new(self, owner: str, name: str) -> Value:
        return _key(self.numbers.next(), self.shape.type_of(self.shape.column(owner, name)))

    def _is_stored(self, owner: str, name: str) -> bool:
        known = self.shape.layout.fields(owner).get(name)
        return known is not None and known.expression is None

    # -- times ----------------------------------------------------------------------------------------------------------

    def _time(self, place: int) -> None:
        """A row happened the day before, an entity that must have been created at some time long before."""
        row = self.example.rows[place]
        relation = self.schema.relations.get(row.owner)
        if relation is not None and relation.time is not None:
            self._set_time(place, row.owner, relation.time, _DAY)
        created = self.schema.entity.created
        is_entity = row.owner == self.schema.entity.name
        if is_entity and created is not None and not self.schema.entity.fields[created].optional:
            self._set_time(place, row.owner, created, _LONG_AGO)

    def _set_time(self, place: int, owner: str, name: str, before: timedelta) -> None:
        if name not in self.cells[place] and self._is_stored(owner, name):
            instant = self.example.as_of - min(before, self.example.as_of - EARLIEST)
            kind = self.shape.layout.fields(owner)[name].type
            self.cells[place][name] = instant if kind.kind is Kind.TIMESTAMP else self.zone.day(instant)

    # -- what makes a row count --------------------------------------------------------------------------------------------

    def _count(self, place: int) -> None:
        row = self.example.rows[place]
        where = self.shape.model.wheres.get(row.owner)
        if where is None:
            return
        reads = [read for read in Reader(ir.Program(self.shape.model, {})).reads(where) if isinstance(read, FieldRead)]
        around = self._around(place)
        free = [
            (at, read.name)
            for read in reads
            for at in around
            if self.example.rows[at].owner == read.owner and read.name not in self.cells[at]
        ]
        choices = [self._choices(self.example.rows[at].owner, name, where) for at, name in free]
        for values in islice(product(*choices), _TRIES):
            if self._holds(where, place, dict(zip(free, values, strict=True))):
                for (at, name), value in zip(free, values, strict=True):
                    if value is not None:
                        self.cells[at][name] = value
                return
        if not any(self._is_given(read) for read in reads):
            names = [name for at, name in free if at == place]
            self.findings.append(errors.cannot_count(row.span, row.owner, names, where.span))

    def _is_given(self, read: FieldRead) -> bool:
        """By any row of its table: of relations that are parts of one another, each may have been named."""
        table = self.shape.table(read.owner)
        return any(read.name in row.values and self.shape.table(row.owner) == table for row in self.example.rows)

    def _around(self, place: int) -> list[int]:
        found = [place]
        while (above := self.example.rows[found[-1]].above) is not None:
            found.append(above)
        return found

    def _holds(self, where: ir.Expr, place: int, tried: Mapping[tuple[int, str], Value | None]) -> bool:
        tables: dict[str, list[Mapping[str, object]]] = {lookup.table: [] for lookup in self.schema.lookups.values()}
        for row, cells in zip(self.example.rows, self.cells, strict=True):
            if row.owner in self.schema.lookups:
                tables[self.shape.table(row.owner)].append(physical(row.owner, cells, self.shape))
        world = World(self.shape.model, tables, self.example.as_of)
        return holds(where, (self._record(place, tried),), world)

    def _record(self, place: int, tried: Mapping[tuple[int, str], Value | None]) -> Record:
        row = self.example.rows[place]
        mine = {name: value for (at, name), value in tried.items() if at == place and value is not None}
        columns = physical(row.owner, {**self.cells[place], **mine}, self.shape)
        parent = None if row.above is None else self._record(row.above, tried)
        return Record(row.owner, (row.owner, place), columns, parent)

    def _choices(self, owner: str, name: str, where: ir.Expr) -> list[Value | None]:
        known = self.shape.layout.fields(owner)[name]
        found: list[Value | None] = [None] if known.optional else []
        if known.type.values is not None:
            found.extend(known.type.values)
        else:
            found.extend(_near(_constants(where, self.shape.model), known.type))
            found.append(_plain(known.type, self.example.as_of))
        return list(dict.fromkeys(found))

    # -- the rest --------------------------------------------------------------------------------------------------------

    def _fill(self, place: int) -> None:
        """What is never missing has a value, though nobody reads it; what leads to a lookup leads to no row."""
        owner = self.example.rows[place].owner
        for known in self.shape.stored(owner):
            if known.name in self.cells[place] or known.optional or not known.declared:
                continue
            if self.shape.column(owner, known.name) in self.shape.domains:
                self.cells[place][known.name] = self._new(owner, known.name)
            elif known.type.values:
                self.cells[place][known.name] = known.type.values[0]
            else:
                value = _plain(known.type, self.example.as_of)
                if value is not None:
                    self.cells[place][known.name] = value

    def _check_keys(self) -> None:
        seen: dict[tuple[str, tuple[Value | None, ...]], Row] = {}
        for row, cells in zip(self.example.rows, self.cells, strict=True):
            key = self.shape.key(row.owner)
            if not key or not all(self._is_stored(row.owner, name) for name in key):
                continue
            values = tuple(cells.get(name) for name in key)
            first = seen.setdefault((self.shape.table(row.owner), values), row)
            if first is not row:
                self.findings.append(errors.key_twice(row.span, row.owner, key, first.span))


def _sortable(value: Value) -> tuple[str, Value]:
    """Values of one domain are of one kind, but for numbers."""
    return ("", value) if isinstance(value, int | Decimal | float) else (type(value).__name__, value)


def _key(number: int, kind: Type) -> Value:
    """The ``number``-th value of a type, in its order."""
    match kind.kind:
        case Kind.STRING:
            return kind.values[number % len(kind.values)] if kind.values else f"k{number:06d}"
        case Kind.DECIMAL:
            return Decimal(number)
        case Kind.FLOAT:
            return float(number)
        case Kind.DATE:
            return date(1900, 1, 1) + timedelta(days=number)
        case Kind.TIMESTAMP:
            return datetime(1900, 1, 1) + timedelta(days=number)
        case Kind.BOOL:
            return number % 2 == 1
        case Kind.INT | Kind.WHOLE | Kind.ANY:
            return number
        case Kind.LIST | Kind.DURATION | Kind.UNKNOWN:
            raise AssertionError(f"no key is {kind}")
        case _:
            assert_never(kind.kind)


def _plain(kind: Type, as_of: datetime) -> Value | None:
    """Any value of a type."""
    match kind.kind:
        case Kind.STRING:
            return "-"
        case Kind.DECIMAL:
            return Decimal(1)
        case Kind.FLOAT:
            return 1.0
        case Kind.DATE:
            return (as_of - _DAY).date()
        case Kind.TIMESTAMP:
            return as_of - _DAY
        case Kind.BOOL:
            return False
        case Kind.INT | Kind.WHOLE | Kind.ANY:
            return 1
        case _:
            return None


def _constants(expr: ir.Expr, model: ir.Model) -> list[Value]:
    """The constants that an expression compares with, those of computed fields that it reads too."""
    found: dict[Value, None] = {}
    waiting: list[ir.Expr] = [expr]
    seen: set[tuple[str, str]] = set()
    while waiting:
        node = waiting.pop()
        match node:
            case ir.Literal(value=value) if value is not None:
                found[value] = None
            case ir.InList(items=items) | ir.ListHas(items=items):
                found.update(dict.fromkeys(items))
                if isinstance(node, ir.ListHas):
                    found[tuple(node.items)] = None
            case ir.Match(needle=needle):
                found[needle.replace("*", "").replace("?", "x") if node.word == "matches" else needle] = None
            case ir.InPeriod(period=period) if isinstance(period.start.anchor, date):
                found[period.start.anchor] = None
            case ir.FieldRef() if (node.owner, node.field.name) not in seen:
                seen.add((node.owner, node.field.name))
                made = model.expressions.get((node.owner, node.field.name))
                if made is not None:
                    waiting.append(made)
            case _:
                pass
        waiting.extend(reversed(children(node)))
    return list(found)


def _near(constants: Sequence[Value], kind: Type) -> Iterator[Value]:
    """The constants that are values of a type, and what lies on both sides of them."""
    for constant in constants:
        match kind.kind, constant:
            case Kind.BOOL, bool():
                yield constant
            case ((Kind.INT | Kind.DECIMAL | Kind.FLOAT), int() | Decimal() | float()) if not isinstance(
                constant, bool
            ):
                for number in (constant, constant + 1, constant - 1):
                    if kind.kind is Kind.INT:
                        yield int(number)
                    else:
                        yield float(number) if kind.kind is Kind.FLOAT else Decimal(str(number))
            case Kind.STRING, str():
                yield constant
            case Kind.LIST, tuple():
                yield constant
            case Kind.LIST, str():
                yield (constant,)
            case Kind.TIMESTAMP, datetime():
                yield from (constant, constant + _DAY, constant - _DAY)
            case Kind.DATE, date():
                yield from (constant, constant + _DAY, constant - _DAY)
            case Kind.TIMESTAMP, date():
                day = datetime(constant.year, constant.month, constant.day)
                yield from (day + _DAY, day, day - _DAY)
            case _:
                pass
    if kind.kind is Kind.BOOL:
        yield from (False, True)
