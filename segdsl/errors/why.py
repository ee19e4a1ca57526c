"""SEG930–SEG934: what can be wrong with the question why a customer is in a segment.

In: keys as they were given. Out: diagnostics, none of which has a place in a text.
"""

from __future__ import annotations

from segdsl.diagnostics import Diagnostic, Rule
from segdsl.display.text import printable
from segdsl.source import NOWHERE
from segdsl.types import Kind, Type

UNKNOWN_KEY = Rule(
    "SEG930",
    "key-not-found",
    "no customer has that key",
    "Why somebody is in a segment can be asked of those who are in the population: in the entity's table, kept by its `where` if it "
    "has one, and created before the instant of evaluation. `--as-of` gives another instant.",
    bad="segdsl why lapsed 123456",
    good="segdsl why lapsed 17",
)
BAD_KEY = Rule(
    "SEG931",
    "key-unreadable",
    "a key of the wrong type",
    "A key is written as its type in the schema: a whole number, a date such as 2026-01-31, a text as it stands. In Python it is a "
    "value of that type.",
    bad="segdsl why lapsed ann@example.com",
    good="segdsl why lapsed 17",
)
ONE_QUESTION = Rule(
    "SEG932",
    "one-question",
    "not one segment and one key",
    "`segdsl why` explains one segment, or with `-e` one condition, for one key. In Python, `Segment.whys` explains it for many.",
    bad="segdsl why -e 'orders >= 1' lapsed 17",
    good="segdsl why -e 'orders >= 1' 17",
)

_LONGEST_KEY = 80
_FORMS = {
    Kind.INT: ("a whole number", "17"),
    Kind.DECIMAL: ("a number", "17.50"),
    Kind.FLOAT: ("a number", "17.5"),
    Kind.DATE: ("a date", "2026-01-31"),
    Kind.TIMESTAMP: ("a date and time", "2026-01-31T10:00:00Z"),
    Kind.BOOL: ("true or false", "true"),
}


def unknown_key(entity: str, key: object, close: object = None) -> Diagnostic:
    hint = None if close is None else f"did you mean {_shown(close)}?"
    return UNKNOWN_KEY.at(NOWHERE, f"there is no {entity} {_shown(key)}", hint)


def not_yet(entity: str, key: object, as_of: str) -> Diagnostic:
    return UNKNOWN_KEY.at(
        NOWHERE,
        f"{entity} {_shown(key)} is not there yet as of {as_of}: created later",
        "ask as of a later instant, with --as-of or as_of=",
    )


def bad_key(name: str, key: object, of: Type) -> Diagnostic:
    wanted, example = _FORMS.get(of.kind, ("a text", "ann"))
    shown = f"`{_shown(key)}`" if isinstance(key, str) else _kind(key)
    return BAD_KEY.at(NOWHERE, f"the key `{name}` is {wanted}, not {shown}", f"write it like {example}")


def _shown(key: object) -> str:
    text = str(key)
    return printable(text if len(text) <= _LONGEST_KEY else f"{text[: _LONGEST_KEY - 1]}…")


def _kind(key: object) -> str:
    """What Python calls it, unless it has no value at all."""
    if key is None:
        return "None"
    name = type(key).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def one_question(message: str) -> Diagnostic:
    return ONE_QUESTION.at(NOWHERE, message, "write `segdsl why NAME KEY`, or `segdsl why -e CONDITION KEY`")


RULES = (UNKNOWN_KEY, BAD_KEY, ONE_QUESTION)
