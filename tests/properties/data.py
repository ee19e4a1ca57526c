"""Random tables for a schema, weighted to where evaluators disagree: missing values, boundaries, ties, orphans, odd text.

In: a schema, an instant, a `random.Random`. Out: rows by physical table. Keys are present and unique (the schema promises it);
everything else may be as bad as data gets.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import TypeAlias

from segdsl.backends.reference.columns import read_value
from segdsl.schema import Field, Lookup, Relation, Schema
from segdsl.semantics.time import add_months, zone
from segdsl.types import MAX_INT, Kind, Type

Row: TypeAlias = dict[str, object]

INTS = (0, 1, -1, 2, 3, 10, 100, 2**31 - 1, 2**31, MAX_INT, -MAX_INT, 9, 17)
FLOATS = (0.0, -0.0, 1.0, -1.0, 0.1, 0.2, 0.3, 2.5, -2.5, 1e-7, 1 / 3, 1e12, 9e12, 1e13, 1e100, -1e100, 1e-100)
FLOATS += (float("nan"), float("inf"), 1e101, 1e-101, 123456.7890125, 0.0000005, 0.0000015, -0.0000005, 2.0**53)
TEXTS = ("", " ", "a", "A", "abc", "ABC", "abc ", " a", "é", "e\u0301", "ß", "İ", "😀", "a😀b", "%", "_", "a%b", "a_b")
TEXTS += ("\\", "a\\n", "'", '"', "''", "a'b", "*", "?", "[a]", "a\nb", "\t", "$1", "{x}", "%s", ":p", "10", "-1.5")
TEXTS += (
    "0010.50",
    "1e5",
    "+1",
    ".5",
    "1.",
    "-",
    "NULL",
    "n/a",
    "true",
    "web",
    "S",
    "12345678901234567890",
    "0.0000000005",
)
INSTANTS = (
    datetime(1969, 12, 31, 23, 59, 59, 500000),
    datetime(1970, 1, 1),
    datetime(2024, 2, 29, 23, 59, 59, 999999),
    datetime(2026, 3, 29, 0, 30),
    datetime(2026, 3, 29, 1),
    datetime(2026, 3, 8, 7),
    datetime(2025, 10, 26, 0, 30),
    datetime(2025, 10, 26, 1, 30),
    datetime(2025, 12, 31, 23, 59, 59, 999999),
    datetime(2026, 1, 1),
    datetime(2040, 7, 1, 12),
)
AS_OF = (
    datetime(2026, 6, 15, 12),
    datetime(2026, 6, 15),
    datetime(2026, 3, 31, 12, 0, 0, 1),
    datetime(2026, 3, 29, 1),
    datetime(2025, 10, 26, 1, 30),
    datetime(2024, 2, 29, 23, 59, 59, 999999),
    datetime(2026, 1, 1),
)
LABELS = ("a", "A", "vip", "", "é", "a,b", 'x"y', "\\", "[]", "null", "abc")
DEGREES = (0.0, 37.98, 23.73, 40.7128, -74.006, -33.87, 151.21, 90.0, -90.0, 180.0, -180.0, 51.5, 90.0001, -180.5, 38.0)
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
GAPS = (*[DAY] * 5, 14 * DAY, 30 * DAY, timedelta(hours=1), timedelta(hours=36), timedelta(minutes=90), 400 * DAY)


class Tables:
    """``gap``: how far apart many times are, counted back from ``start``."""

    def __init__(self, schema: Schema, as_of: datetime, random: Random) -> None:
        self.schema = schema
        self.as_of = as_of
        self.random = random
        self.size = random.choice((4, 6, 8))
        self.gap = random.choice(GAPS)
        self.start = as_of - random.choice((TICK, TICK, DAY, 45 * DAY))
        self.zone = zone(schema.timezone)
        self.tables: dict[str, list[Row]] = {}

    def make(self) -> dict[str, list[Row]]:
        schema = self.schema
        for lookup in reversed(schema.lookups.values()):
            self._lookup(lookup)
        entity = schema.entity
        keys = self._keys(entity.fields[entity.key].type, self.size)
        if entity.table is not None:
            few = self._few(entity.fields)
            rows = [
                {
                    **self._row(entity.fields, {}),
                    **{column: self.random.choice(some) for column, some in few.items()},
                    entity.fields[entity.key].column: key,
                }
                for key in keys
            ]
            for trait in schema.traits.values():
                for row in rows:
                    row[trait.column] = self._maybe(trait.type, 25)
            self.tables[entity.table] = rows
            self._join_lookups(entity.name, entity.fields, rows)
        for relation in schema.relations.values():
            if relation.table is not None and relation.base is None:
                self._relation(relation, keys)
        return self.tables

    # -- rows -------------------------------------------------------------------------------------------------------

    def _lookup(self, lookup: Lookup) -> None:
        first, *rest = (lookup.fields[link.parent] for link in lookup.links)
        rows = []
        for key in self._keys(first.type, 4):
            # Of a key of several fields, often all but the last are shared.
            for second in self.random.choice(((0,), (1,), (0, 1))) if rest else (0,):
                fixed = {first.column: key, **{field.column: second for field in rest}}
                rows.append(self._row(lookup.fields, fixed))
        self.tables[lookup.table] = rows
        self._join_lookups(lookup.name, lookup.fields, rows)

    def _relation(self, relation: Relation, entity_keys: list[object]) -> None:
        (link,) = relation.links
        child = relation.fields[link.child]
        if relation.parent == self.schema.entity.name:
            targets = list(entity_keys)
        else:
            parent = self.schema.relations[relation.parent]
            assert parent.table is not None
            column = parent.fields[link.parent].column
            targets = [row[column] for row in self.tables[parent.table] if row[column] is not None]
        rows: list[Row] = []
        few = self._few(relation.fields)
        for number in range(self.random.choice((0, 12, 16, 16, 20, 24))):
            row = {
                **self._row(relation.fields, {}),
                **{column: self.random.choice(some) for column, some in few.items()},
            }
            if targets and self.random.random() < 0.85:
                row[child.column] = self.random.choice(targets)
            for name in relation.key[-1:]:
                key = relation.fields[name]
                row[key.column] = self._key(key.type, number)
            rows.append(row)
        self.random.shuffle(rows)
        assert relation.table is not None
        self.tables[relation.table] = rows
        self._join_lookups(relation.name, relation.fields, rows)
        if relation.time is not None:
            time = relation.fields[relation.time]
            self.random.choice((self._tie, self._space, self._space, self._leave))(rows, time)

    def _few(self, fields: Mapping[str, Field]) -> dict[str, list[object]]:
        """Columns that hold very few different values, so that there are groups, ties and rows like one another."""
        plain = [one for one in fields.values() if one.expression is None and one.column]
        return {
            one.column: [self._field(one) for _ in range(self.random.choice((1, 2, 3)))]
            for one in plain
            if self.random.random() < 0.3
        }

    def _leave(self, rows: list[Row], time: Field) -> None:
        """Times as they are."""

    def _tie(self, rows: list[Row], time: Field) -> None:
        """Many rows at the same time."""
        times = [row[time.column] for row in rows[: self.random.choice((1, 2, 3, 6))]]
        for row in rows:
            row[time.column] = self.random.choice(times)

    def _space(self, rows: list[Row], time: Field) -> None:
        """Times apart by as much as texts speak of, or a microsecond more or less."""
        gap = self.gap if time.type.kind is Kind.TIMESTAMP or self.gap >= DAY else DAY
        for row in rows:
            at = self.start - self.random.randrange(8) * gap
            if row[time.column] is None or self.random.random() < 0.1:
                continue
            if time.type.kind is Kind.DATE:
                row[time.column] = self.zone.day(at)
            else:
                row[time.column] = at + self.random.choice((-TICK, TICK, *[timedelta(0)] * 6))

    def _join_lookups(self, of: str, fields: Mapping[str, Field], rows: list[Row]) -> None:
        for lookup in self.schema.lookups.values():
            if lookup.of == of:
                found = self.tables[lookup.table]
                for row in rows:
                    if found and self.random.random() < 0.75:
                        target = self.random.choice(found)
                        for link in lookup.links:
                            row[fields[link.child].column] = target[lookup.fields[link.parent].column]
                        for link in lookup.links[1:]:
                            if self.random.random() < 0.4:
                                row[fields[link.child].column] = self.random.choice((0, 1, None))

    def _row(self, fields: Mapping[str, Field], fixed: Row) -> Row:
        row: Row = {}
        for field in fields.values():
            if field.expression is None and field.column:
                row[field.column] = fixed[field.column] if field.column in fixed else self._field(field)
        return row

    def _field(self, field: Field) -> object:
        if field.optional and self.random.random() < 0.2:
            return self.random.choice([None, *field.missing]) if field.type.kind is Kind.STRING else None
        if field.optional and field.missing and self.random.random() < 0.2 and field.type.is_number:
            spelled = Decimal(self.random.choice(field.missing))
            return {Kind.INT: int, Kind.FLOAT: float}.get(field.type.kind, Decimal)(spelled)
        if field.codes:
            return self.random.choice([*field.codes.values(), *field.codes.values(), "zz"])
        if field.type.values is not None:
            return self.random.choice([*field.type.values, *field.type.values, "zz"])
        value = self.value(field.type)
        if field.name in ("lat", "lon") and self.random.random() < 0.9:
            degrees = self.random.choice(DEGREES)
            if field.type.kind is Kind.FLOAT:
                return degrees
            exact = Decimal(str(degrees)).quantize(Decimal(1).scaleb(-field.type.scale))
            return exact if abs(exact) < 10 ** (field.type.precision - field.type.scale) else Decimal(0)
        if isinstance(value, float) and not field.optional and read_value(field.type, value, self.zone) is None:
            return 0.5
        return value

    def _maybe(self, of: Type, percent: int) -> object:
        return None if self.random.randrange(100) < percent else self.value(of)

    # -- values -----------------------------------------------------------------------------------------------------

    def value(self, of: Type) -> object:
        random = self.random
        match of.kind:
            case Kind.BOOL:
                return random.random() < 0.5
            case Kind.INT:
                return random.choice(INTS) if random.random() < 0.5 else random.randint(-3, 12)
            case Kind.DECIMAL:
                limit = 10**of.precision - 1
                unscaled = random.choice((0, 1, -1, 5, 10, 15, 25, 100, -550, 3333, limit, -limit))
                if random.random() < 0.4:
                    unscaled = random.randint(-400, 2000)
                return Decimal(unscaled).scaleb(-of.scale)
            case Kind.FLOAT:
                return random.choice(FLOATS) if random.random() < 0.6 else random.randint(-8, 40) / 4
            case Kind.STRING | Kind.ANY:
                return random.choice(TEXTS)
            case Kind.DATE:
                return self._date()
            case Kind.TIMESTAMP:
                return self._instant()
            case Kind.LIST:
                return [random.choice((*LABELS, None)) for _ in range(random.choice((0, 1, 1, 2, 3)))]
            case _:
                raise AssertionError(of)

    def _instant(self) -> datetime:
        """Often at the very edge of something: a microsecond decides."""
        random = self.random
        if random.random() < 0.2:
            return random.choice(INSTANTS)
        back = random.choice((-1, 0, 0, 1, 1, 2, 7, 14, 30, 31, 60, 90, 365, 400))
        base = self.as_of - back * DAY
        match random.randrange(6):
            case 0:
                base = self.zone.begin(self.zone.day(base))
            case 1:
                base = self.zone.begin(self.zone.day(base).replace(day=1))
            case 2:
                base = add_months(base, -random.choice((1, 3, 12)))
            case 3:
                base += timedelta(hours=random.randint(-30, 30))
            case _:
                pass
        return base + random.choice((-TICK, timedelta(0), TICK, timedelta(0)))

    def _date(self) -> date:
        random = self.random
        if random.random() < 0.25:
            return random.choice(
                (date(2024, 2, 29), date(2000, 2, 29), date(1969, 12, 31), date(1960, 1, 1), date(2038, 1, 19))
            )
        today = self.zone.day(self.as_of)
        return today - random.choice((-40, -7, -1, 0, 0, 1, 2, 6, 7, 8, 29, 30, 31, 60, 90, 365, 366, 6570)) * DAY

    def _keys(self, of: Type, number: int) -> list[object]:
        return [self._key(of, i) for i in range(number)]

    def _key(self, of: Type, number: int) -> object:
        if of.kind is Kind.INT:
            return (number + 1) * (7 if number % 2 else -1)
        return ("k", "K", "ké", "k ", "k'", 'k"', "k\\", "k%")[number % 8] + (str(number // 8) if number >= 8 else "")
