"""SEG53x: records that are matched one by one, and what everybody has in common for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from segdsl.diagnostics import Diagnostic, Rule
from segdsl.display.english import listed
from segdsl.source import NOWHERE
from segdsl.types import Kind, Type

WRONG_VALUE = Rule(
    "SEG530",
    "record-value",
    "a value of another type than its field's",
    "A record has each field under its name in the schema, as a value of Python: int, float, Decimal, str, bool, date, datetime (with "
    "an offset, or in UTC), a list of texts for `list(string)`. Dates and instants may be texts as 2026-01-31 and "
    "2026-01-31T10:00:00Z, decimals texts of digits. What is missing is None, or not in the record.",
    bad='matcher.match({"age": "34"})',
    good='matcher.match({"age": 34})',
)
NOT_ROWS = Rule(
    "SEG531",
    "record-rows",
    "something that is no row of a record",
    "A record is a mapping. Rows of a relation are a list of mappings under the relation's name, those of a child within its parent's "
    "row or beside it; the row of a lookup is one mapping under the lookup's name.",
    bad='matcher.match({"id": 7, "order": {"total": 30}})',
    good='matcher.match({"id": 7, "order": [{"total": 30}]})',
)
DERIVED_ROWS = Rule(
    "SEG532",
    "derived-rows",
    "rows of a relation that is made of another's",
    "Rows of a relation that is `from` another are rows of that one, and groups are made of the rows that they group. A record gives "
    "those, and the relation's own condition or grouping does the rest.",
    bad='matcher.match({"web_order": [{"total": 30}]})    # web_order is from order',
    good='matcher.match({"order": [{"total": 30, "channel": "web"}]})',
)
NEEDS_THRESHOLDS = Rule(
    "SEG533",
    "needs-thresholds",
    "segments that compare with everybody, without thresholds",
    "A rank, or an aggregate over everyone, cannot be had from one record. What everybody has to say about it is a few values, which "
    "`Library.thresholds` takes from data once: cut points, totals, averages.",
    bad="library.matcher()    # segment vip where top 10% by sum(order.total)",
    good='library.matcher(thresholds=library.thresholds("data/"))',
)
OTHER_THRESHOLDS = Rule(
    "SEG534",
    "other-thresholds",
    "thresholds of another library, of another instant or of fewer segments",
    "Thresholds belong to the texts, the schema and the settings that they were made with, to the segments that were chosen then, to "
    "the instant that they were made for, and to the version of segdsl. Make them anew.",
    bad='old.matcher(thresholds=new.thresholds("data/"))',
    good='new.matcher(thresholds=new.thresholds("data/"))',
)
UNREADABLE_THRESHOLDS = Rule(
    "SEG535",
    "unreadable-thresholds",
    "no thresholds that segdsl wrote",
    "`Thresholds.to_json` and `segdsl thresholds -o FILE` write them as JSON, which is read back as it was written.",
    bad="segdsl match --thresholds members.json --record -",
    good="segdsl match --thresholds thresholds.json --record -",
)
UNREADABLE_RECORD = Rule(
    "SEG536",
    "unreadable-record",
    "a line that is no record",
    "Records come one to a line, each an object in JSON.",
    bad="[1, 2]",
    good='{"id": 7, "order": [{"total": 30}]}',
)
NEEDS_EVERYBODY = Rule(
    "SEG607",
    "needs-everybody",
    "a segment that needs everybody's rows",
    "`rank(V)` is a place among everybody, which no few values tell. The other ranks (`top`, `bottom`, `quantile`, also `exactly`) are "
    "cut points, and work. Leave the segment out, or ask for `top 100 by V` in place of `rank(V) <= 100`.",
    bad="segment leaders\n  where rank(revenue) <= 100",
    good="segment leaders\n  where top 100 by revenue",
)
NOT_THERE = Rule(
    "SEG537",
    "not-in-the-population",
    "a record of somebody who is not in the population",
    "Who was created at `as_of` or later, and whom the schema's own condition keeps out, is in no segment; there is nothing to explain.",
    bad='matcher.why({"id": 7, "created": "2030-01-01"}, "lapsed")',
    good='matcher.why({"id": 7, "created": "2020-01-01"}, "lapsed")',
)
KEY_TWICE = Rule(
    "SEG538",
    "record-keys",
    "rows of a record with the same key, or without one",
    "Rows of a relation are told apart by their key, and those of a lookup are found by theirs. A row is given once, within its "
    "parent's or beside it; what may stand in several rows, such as a lookup's row, says the same in each. Where a row has no key, it "
    "is a row of its own; but rows of a lookup that are given once for all are found by nothing else.",
    bad='matcher.match({"order": [{"order_id": 1, "total": 30}, {"order_id": 1, "total": 30}]})',
    good='matcher.match({"order": [{"order_id": 1, "total": 30}, {"order_id": 2, "total": 30}]})',
)
TWO_OF_ONE_NAME = Rule(
    "SEG539",
    "record-names",
    "a field and rows of one name, which no record can hold",
    "A record has fields, lists of related rows and rows of lookups under their names. Where the schema calls a field of the same row as "
    "its relation or lookup, and segments read both, one of them has to be called otherwise: `column` says how it is called in data. "
    "Rows of a lookup that are given once for all (`tables=`) do not stand in the record, so that the name is the field's.",
    bad='[relations.order.fields]\nstore = "int?"\n\n[lookups.store]\nof = "order"\non = { store = "store_id" }',
    good='[relations.order.fields]\nstore_id = { type = "int?", column = "store" }\n\n[lookups.store]\nof = "order"\non = "store_id"',
)
RULES = (
    WRONG_VALUE,
    NOT_ROWS,
    DERIVED_ROWS,
    NEEDS_THRESHOLDS,
    OTHER_THRESHOLDS,
    UNREADABLE_THRESHOLDS,
    UNREADABLE_RECORD,
    NOT_THERE,
    KEY_TWICE,
    TWO_OF_ONE_NAME,
    NEEDS_EVERYBODY,
)

_LONGEST = 60
_LARGE = 10**40
_MOST_NAMES = 10
_WANTED: dict[Kind, str] = {
    Kind.BOOL: "True or False",
    Kind.INT: "a whole number",
    Kind.WHOLE: "a whole number",
    Kind.DECIMAL: "a whole number, a Decimal or a text of digits",
    Kind.FLOAT: "a number",
    Kind.STRING: "a text",
    Kind.DATE: "a date, or a text such as 2026-01-31",
    Kind.TIMESTAMP: "a datetime, or a text such as 2026-01-31T10:00:00Z",
    Kind.LIST: "a list of texts",
    Kind.ANY: "a key: a number, a text or a date",
}


def wrong_value(place: str, of: Type, given: object) -> Diagnostic:
    said = _described(given)
    if of.kind is Kind.LIST and isinstance(given, list | tuple | set | frozenset):
        wrong = next((one for one in given if one is not None and not isinstance(one, str)), None)
        said += f" with {_described(wrong)} in it"
    message = f"`{place}` is {of}, not {said}"
    return WRONG_VALUE.at(NOWHERE, message, f"give {_WANTED[of.kind]}, or None where it is missing")


def does_not_fit(place: str, of: Type, given: object) -> Diagnostic:
    message = f"`{place}` is {of}, which has no such value as {_described(given)}"
    return WRONG_VALUE.at(NOWHERE, message, "leave it out, and it is worked out by its definition")


def another_kind(place: str, given: object) -> Diagnostic:
    message = f"`{place}` is {_described(given)}, and other rows have keys of another kind"
    return WRONG_VALUE.at(NOWHERE, message, "give numbers in all rows, or texts in all of them")


def key_twice(place: str, fields: Sequence[str], key: Sequence[object]) -> Diagnostic:
    said = listed([f"`{name}` {_shown(one)}" for name, one in zip(fields, key, strict=True)])
    return KEY_TWICE.at(
        NOWHERE,
        f"`{place}` has the key of another row: {said}",
        "give each row once; what may stand in several rows has to say the same in each",
    )


def key_left_out(place: str, fields: Sequence[str]) -> Diagnostic:
    named = listed([f"`{name}`" for name in fields])
    message = f"`{place}` has no {named}, by which a row of the lookup is found"
    return KEY_TWICE.at(NOWHERE, message, f"give {named} in each row")


def two_of_one_name(place: str, what: str) -> Diagnostic:
    message = f"`{place}` is a field and a {what}: a record has one thing under one name"
    hint = 'call the field otherwise: `NAME = { type = "…", column = "…" }` in the schema'
    if what == "lookup":
        hint += ", or give the lookup's rows once: `library.matcher(tables={…})`"
    return TWO_OF_ONE_NAME.at(NOWHERE, message, hint)


def not_rows(place: str, given: object) -> Diagnostic:
    message = f"`{place}` is a list of rows, not {_described(given)}"
    return NOT_ROWS.at(NOWHERE, message, "give a list of mappings, one for each row")


def not_a_row(place: str, given: object) -> Diagnostic:
    message = f"`{place}` is a row, not {_described(given)}"
    return NOT_ROWS.at(NOWHERE, message, "give a mapping of field names to values")


def not_a_record(given: object) -> Diagnostic:
    message = f"a record is a mapping of field names to values, not {_described(given)}"
    return NOT_ROWS.at(NOWHERE, message, "give a dict, or anything else that is a mapping")


def derived_rows(name: str, of: str) -> Diagnostic:
    message = f"the record has rows of `{name}`, which are made of those of `{of}`"
    return DERIVED_ROWS.at(NOWHERE, message, f"give the rows under `{of}`")


def needs_thresholds(segments: Iterable[str]) -> Diagnostic:
    message = f"without thresholds, one record does not tell who is in {_named(segments)}"
    hint = "make them with `segdsl thresholds -o FILE` or `library.thresholds(data)`, or match other segments alone"
    return NEEDS_THRESHOLDS.at(NOWHERE, message, hint)


def other_library() -> Diagnostic:
    message = (
        "these thresholds were made by another library: other texts, another schema, other settings or another version"
    )
    return OTHER_THRESHOLDS.at(NOWHERE, message, "make them anew with `library.thresholds(data)`")


def other_segments(segments: Iterable[str]) -> Diagnostic:
    message = f"these thresholds were made without {_named(segments)}"
    return OTHER_THRESHOLDS.at(NOWHERE, message, "make them for all segments, or for these too")


def other_instant(theirs: str, own: str) -> Diagnostic:
    message = f"these thresholds are of {theirs}, and the matcher is of {own}"
    return OTHER_THRESHOLDS.at(NOWHERE, message, "give the matcher `thresholds.as_of`, or no instant to read the clock")


def unreadable_thresholds(why: str) -> Diagnostic:
    return UNREADABLE_THRESHOLDS.at(
        NOWHERE, f"this is no file of thresholds: {why}", "write one with `segdsl thresholds -o FILE`"
    )


def unreadable_record(place: str, number: int, why: str) -> Diagnostic:
    message = f"{place}, line {number}, is no record: {why}"
    return UNREADABLE_RECORD.at(NOWHERE, message, "give an object in JSON on each line")


def not_there(entity: str, as_of: str) -> Diagnostic:
    message = (
        f"the {entity} of this record is not in the population as of {as_of}: created later, or kept out by the schema"
    )
    return NOT_THERE.at(NOWHERE, message, "who is not in the population is in no segment")


def needs_everybody(segments: Iterable[str]) -> Diagnostic:
    message = f"who is in {_named(segments)} is a place among everybody, which one record does not tell"
    hint = "leave them out: `library.matcher(segments=[…])`, or write `top 100 by V` in place of `rank(V) <= 100`"
    return NEEDS_EVERYBODY.at(NOWHERE, message, hint)


def _named(segments: Iterable[str]) -> str:
    names = [f"`{name}`" for name in segments]
    more = len(names) - _MOST_NAMES
    return listed(names[:_MOST_NAMES] + ([f"{more} more"] if more > 0 else []))


def _shown(key: object) -> str:
    """A key, short enough to be read."""
    return _short(key.isoformat() if isinstance(key, date) else repr(key))


def _described(given: object) -> str:
    """What was given, short enough to be read."""
    kind = type(given).__name__
    if isinstance(given, int) and abs(given) >= _LARGE:
        return f"an {kind} of {given.bit_length()} bits"
    if isinstance(given, str | int | float | bool | date | datetime):
        return f"{_short(repr(given) if not isinstance(given, date) else given.isoformat())} ({kind})"
    if isinstance(given, Decimal):
        return f"{_short(str(given))} ({kind})"
    return "None" if given is None else f"a {kind}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
