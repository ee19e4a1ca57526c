"""The conditions of `tests.bench.conditions` in the languages of rule engines, and as data for JSON logic.

Days are whole numbers there (`day_number`): cheaper for a peer than a date, and all of them can compare numbers. Where a value
can be missing, a guard stands before the comparison, as it must.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from tests.bench.conditions import COLUMNS, Condition, Predicate, Value


def day_number(day: date) -> int:
    return day.toordinal()


def peers_record(record: Mapping[str, object]) -> dict[str, object]:
    """A record with days as numbers."""
    return {name: day_number(v) if isinstance(v, date) else v for name, v in record.items()}


@dataclass(frozen=True, slots=True)
class Language:
    """The signs in which the languages differ. ``inside`` has places for the column and for the values."""

    both: str
    either: str
    equal: str
    inside: str
    outside: str
    day: Callable[[date], str] = lambda day: str(day_number(day))


CEL = Language("&&", "||", "==", "{0} in [{1}]", "!({0} in [{1}])")
RULE_ENGINE = Language("and", "or", "==", "{0} in [{1}]", "not ({0} in [{1}])")
ZEN = Language("and", "or", "==", "{0} in [{1}]", "{0} not in [{1}]")
PRQL = Language("&&", "||", "==", "({0} | in [{1}])", "!({0} | in [{1}])", lambda day: f"@{day.isoformat()}")


def text(condition: Condition, language: Language, guarded: bool = True, inside: bool = False) -> str:
    """The condition as a text of that language, with guards or without."""
    if isinstance(condition, Predicate):
        told = _predicate(condition, language)
        guard = guarded and condition.word not in ("is missing", "is present") and COLUMNS[condition.column].missing
        return f"({condition.column} != null {language.both} {told})" if guard else told
    word = language.both if condition.word == "and" else language.either
    joined = f" {word} ".join(text(part, language, guarded, inside=True) for part in condition.parts)
    return f"({joined})" if inside else joined


def _predicate(predicate: Predicate, language: Language) -> str:
    column, values = predicate.column, [_value(v, language) for v in predicate.values]
    match predicate.word:
        case "is missing":
            return f"{column} == null"
        case "is present":
            return f"{column} != null"
        case "between":
            return f"({column} >= {values[0]} {language.both} {column} <= {values[1]})"
        case "in":
            return language.inside.format(column, ", ".join(values))
        case "not in":
            return language.outside.format(column, ", ".join(values))
        case word:
            return f"{column} {language.equal if word == '=' else word} {values[0]}"


def _value(value: Value, language: Language) -> str:
    match value:
        case str():
            return f'"{value}"'
        case date():
            return language.day(value)
        case _:
            return str(value)


def json_logic(condition: Condition) -> object:
    """The condition as JSON logic."""
    if not isinstance(condition, Predicate):
        return {condition.word: [json_logic(part) for part in condition.parts]}
    variable: object = {"var": condition.column}
    values = [day_number(v) if isinstance(v, date) else v for v in condition.values]
    match condition.word:
        case "is missing":
            return {"===": [variable, None]}
        case "is present":
            return {"!==": [variable, None]}
        case "between":
            told: object = {"<=": [values[0], variable, values[1]]}
        case "in":
            told = {"in": [variable, values]}
        case "not in":
            told = {"!": {"in": [variable, values]}}
        case word:
            told = {{"=": "===", "!=": "!=="}.get(word, word): [variable, values[0]]}
    guard = {"!==": [variable, None]}
    return {"and": [guard, told]} if COLUMNS[condition.column].missing else told
