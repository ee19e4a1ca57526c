"""Random conditions over the columns of one table, and how each engine's users would write them.

Only `and` and `or` join predicates, and a missing value satisfies none but `is missing`: so three-valued logic and that of
segdsl select alike, and everyone may write what is natural.
"""

from __future__ import annotations

import operator
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

TODAY = date(2026, 6, 1)
Value: TypeAlias = "int | float | str | date"


@dataclass(frozen=True, slots=True)
class Column:
    """A column and the values that predicates compare it with. ``ordered``: is less and more asked of it?"""

    type: str
    values: tuple[Value, ...]
    missing: float = 0.0

    @property
    def ordered(self) -> bool:
        return self.type != "string"


COLUMNS: Mapping[str, Column] = {
    "age": Column("int", tuple(range(20, 80, 5)), missing=0.1),
    "visits": Column("int", tuple(range(0, 60, 5))),
    "points": Column("int", tuple(range(0, 5000, 250))),
    "children": Column("int", tuple(range(5))),
    "score": Column("float", tuple(n / 20 for n in range(1, 20))),
    "income": Column("float", tuple(float(n) for n in range(10_000, 100_000, 7_500)), missing=0.2),
    "rating": Column("float", tuple(n / 4 for n in range(4, 20))),
    "country": Column("string", ("GR", "CY", "DE", "FR", "IT", "ES", "BG", "RO", "AT", "NL")),
    "plan": Column("string", ("free", "basic", "plus", "pro", "enterprise")),
    "channel": Column("string", ("web", "app", "store", "phone"), missing=0.1),
    "joined": Column("date", tuple(TODAY - timedelta(days=45 * n) for n in range(1, 30))),
    "last_seen": Column("date", tuple(TODAY - timedelta(days=15 * n) for n in range(1, 25)), missing=0.1),
}


@dataclass(frozen=True, slots=True)
class Predicate:
    column: str
    word: str
    values: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Joined:
    """Conditions joined by one word."""

    word: str
    parts: tuple[Condition, ...]


Condition: TypeAlias = "Predicate | Joined"


def conditions(seed: int, count: int, columns: Mapping[str, Column] = COLUMNS) -> list[Condition]:
    """So many, of 1 to 6 predicates each."""
    chance = random.Random(seed)
    return [_joined(chance, [_predicate(chance, columns) for _ in range(chance.randint(1, 6))]) for _ in range(count)]


def _predicate(chance: random.Random, columns: Mapping[str, Column]) -> Predicate:
    name = chance.choice(list(columns))
    column = columns[name]
    if column.missing and chance.random() < 0.15:
        return Predicate(name, chance.choice(("is missing", "is present")))
    if not column.ordered:
        word = chance.choice(("=", "!=", "in", "not in"))
        return Predicate(name, word, tuple(chance.sample(column.values, chance.randint(2, 3) if "in" in word else 1)))
    word = chance.choice(("=", "<", "<=", ">", ">=", ">", "<", "between"))
    values = sorted(chance.sample(column.values, 2 if word == "between" else 1))
    if word == "=" and column.type != "int":
        word = ">="
    return Predicate(name, word, tuple(values))


def _joined(chance: random.Random, predicates: list[Predicate]) -> Condition:
    if len(predicates) == 1:
        return predicates[0]
    word = "and" if chance.random() < 0.7 else "or"
    parts: list[Condition] = list(predicates)
    if len(parts) >= 3 and chance.random() < 0.4:
        inner = Joined("or" if word == "and" else "and", (parts.pop(), parts.pop()))
        parts.append(inner)
    return Joined(word, tuple(parts))


def predicates(condition: Condition) -> Iterator[Predicate]:
    if isinstance(condition, Predicate):
        yield condition
        return
    for part in condition.parts:
        yield from predicates(part)


def _text(condition: Condition, spell: Callable[[Predicate], str], inside: bool = False) -> str:
    if isinstance(condition, Predicate):
        return spell(condition)
    joined = f" {condition.word} ".join(_text(part, spell, inside=True) for part in condition.parts)
    return f"({joined})" if inside else joined


# -- in segdsl ----------------------------------------------------------------------------------------------------------


def segdsl_text(condition: Condition) -> str:
    return _text(condition, lambda p: _spelled(p, _segdsl_value))


def library_text(found: list[Condition]) -> str:
    return "".join(f"segment s{number:04} where {segdsl_text(c)}\n" for number, c in enumerate(found))


def schema(columns: Mapping[str, Column] = COLUMNS) -> dict[str, object]:
    fields = {name: column.type + ("?" if column.missing else "") for name, column in columns.items()}
    return {"entity": {"name": "customer", "table": "customers", "key": "id", "fields": {"id": "int", **fields}}}


def _segdsl_value(value: Value) -> str:
    match value:
        case str():
            return f'"{value}"'
        case date():
            return value.isoformat()
        case _:
            return str(value)


def _spelled(predicate: Predicate, value: Callable[[Value], str]) -> str:
    spelled = [value(v) for v in predicate.values]
    match predicate.word:
        case "is missing" | "is present":
            return f"{predicate.column} {predicate.word}"
        case "between":
            return f"{predicate.column} between {spelled[0]} and {spelled[1]}"
        case "in" | "not in":
            return f"{predicate.column} {predicate.word} ({', '.join(spelled)})"
        case word:
            return f"{predicate.column} {word} {spelled[0]}"


# -- in SQL -------------------------------------------------------------------------------------------------------------


def sql_text(condition: Condition) -> str:
    return _text(condition, _sql)


def _sql(predicate: Predicate) -> str:
    match predicate.word:
        case "is missing":
            return f"{predicate.column} IS NULL"
        case "is present":
            return f"{predicate.column} IS NOT NULL"
        case _:
            return _spelled(predicate, _sql_value)


def _sql_value(value: Value) -> str:
    match value:
        case str():
            return f"'{value}'"
        case date():
            return f"DATE '{value.isoformat()}'"
        case _:
            return str(value)


# -- in Polars and pandas -----------------------------------------------------------------------------------------------

_COMPARE = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def polars_expression(condition: Condition, leaf: Callable[[Predicate], pl.Expr]) -> pl.Expr:
    """``leaf`` makes one of a predicate: the comparison, or the name under which it has been computed."""
    if isinstance(condition, Predicate):
        return leaf(condition)
    join = operator.and_ if condition.word == "and" else operator.or_
    return reduce(join, (polars_expression(part, leaf) for part in condition.parts))


def polars_predicate(predicate: Predicate) -> pl.Expr:
    import polars as pl

    column, values = pl.col(predicate.column), list(predicate.values)
    match predicate.word:
        case "is missing":
            return column.is_null()
        case "is present":
            return column.is_not_null()
        case "between":
            return column.is_between(*values)
        case "in":
            return column.is_in(values)
        case "not in":
            return ~column.is_in(values)
        case word:
            return _COMPARE[word](column, values[0])


def pandas_mask(condition: Condition, frame: pd.DataFrame) -> pd.Series:
    import pandas as pd

    if isinstance(condition, Joined):
        join = operator.and_ if condition.word == "and" else operator.or_
        return reduce(join, (pandas_mask(part, frame) for part in condition.parts))
    column = frame[condition.column]
    values = [pd.Timestamp(v) if isinstance(v, date) else v for v in condition.values]
    match condition.word:
        case "is missing":
            return column.isna()
        case "is present":
            return column.notna()
        case "between":
            return column.between(*values)
        case "in":
            return column.isin(values)
        case "not in":
            return column.notna() & ~column.isin(values)
        case "!=":
            return column.notna() & (column != values[0])
        case word:
            return _COMPARE[word](column, values[0])
