"""Placeholders: where a statement has them, how a driver spells them, and what it is given for each.

Comes in: the values that a `Writer` holds back, each with where it is from. Goes out: nodes that stand for them and, once the
statement is written, its text in the style of a driver with the parameters in the order in which that driver takes them. What
a value is from never depends on the value: the same plan gives the same text for every instant.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlglot import exp

from segdsl.types import Kind, Type

if TYPE_CHECKING:
    from segdsl.backends.sql.dialect import Dialect
    from segdsl.semantics import ir

_MARK = "\0"
"""Stands around a placeholder's number until all is written. No text of the language, and no name in a schema, can hold it."""
_PLACE = re.compile(f"{_MARK}([0-9]+){_MARK}")


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a placeholder stands for. ``value`` is as the driver takes it, ``type`` is the language's. ``name``: ``p1`` and so on, in the
    order of the text, whether or not the driver asks for names."""

    name: str
    value: object
    type: Type


@dataclass(frozen=True, slots=True)
class Style:
    """How a driver spells a placeholder. In ``pattern``, NUMBER counts the parameters from 1, NAME is ``p`` and that number, TYPE is
    what the database calls its type.

    ``by_name``: the driver takes a mapping of names to values, else a sequence. ``repeats``: one parameter may stand in several
    places. ``doubles``: a character that stands for itself only where it is doubled.
    """

    pattern: str
    by_name: bool = False
    repeats: bool = False
    doubles: str = ""

    def spell(self, number: int, type_: str) -> str:
        return self.pattern.replace("NAME", f"p{number}").replace("NUMBER", str(number)).replace("TYPE", type_)


STYLES: Mapping[str, Style] = {
    "qmark": Style("?"),
    "numeric": Style(":NUMBER", repeats=True),
    "named": Style(":NAME", by_name=True, repeats=True),
    "format": Style("%s", doubles="%"),
    "pyformat": Style("%(NAME)s", by_name=True, repeats=True, doubles="%"),
    "dollar": Style("$NAME", by_name=True, repeats=True),
    "numbered": Style("$NUMBER", repeats=True),
    "at": Style("@NAME", by_name=True, repeats=True),
    "braces": Style("{NAME:TYPE}", by_name=True, repeats=True),
}
"""The first five go by the names that Python's DB-API (PEP 249) has for them."""


def as_python(value: object, type_: Type) -> object:
    """A value as most drivers take it: bool, int, Decimal, float, str, date, or datetime in UTC without tzinfo."""
    match type_.kind:
        case Kind.DECIMAL:
            assert isinstance(value, Decimal | int)
            return Decimal(value)
        case Kind.WHOLE | Kind.FLOAT:
            assert isinstance(value, int | float)
            return float(value)
        case _:
            return value


@dataclass(frozen=True, slots=True)
class Held:
    """The values of a statement in the making. ``written``: the lists, by where they are from, whose values are no placeholders."""

    written: frozenset[Hashable] = frozenset()
    values: list[tuple[object, Type]] = field(default_factory=list)
    _places: dict[Hashable, int] = field(default_factory=dict)
    _lists: dict[Hashable, set[int]] = field(default_factory=dict)

    def place(self, origin: Hashable, value: object, type_: Type, of: Hashable | None = None) -> exp.Expr:
        """A placeholder; one for all values that are from the same place. ``of``: the list that it is an item of."""
        number = self._places.setdefault((origin, type_), len(self.values))
        if number == len(self.values):
            self.values.append((value, type_))
        if of is not None:
            self._lists.setdefault(of, set()).add(number)
        return exp.Placeholder(this=str(number))

    def longest(self, text: str, too_many: int) -> frozenset[Hashable]:
        """The lists, the longest first, without which a text has so many placeholders less. None where there are not enough."""
        count = Counter(_numbers(text))
        sizes = {of: sum(count[number] for number in numbers) for of, numbers in self._lists.items()}
        found: set[Hashable] = set()
        for of, size in sorted(sizes.items(), key=lambda one: -one[1]):
            if too_many <= 0:
                break
            found.add(of)
            too_many -= size
        return frozenset(found) if too_many <= 0 else frozenset()

    def filled(self, text: str, style: Style, dialect: Dialect) -> tuple[str, tuple[Parameter, ...]]:
        """The text in a driver's style, and its parameters."""
        given: dict[object, int] = {}
        params: list[Parameter] = []
        pieces: list[str] = []
        end = 0
        for found in _PLACE.finditer(text):
            index = int(found[1])
            value, type_ = self.values[index]
            number = given.setdefault(index if style.repeats else found.start(), len(given) + 1)
            if number > len(params):
                params.append(Parameter(f"p{number}", dialect.passed(value, type_), type_))
            named = (dialect.parameter_type or dialect.type_name)(type_)
            pieces += [_doubled(text[end : found.start()], style), style.spell(number, named)]
            end = found.end()
        pieces.append(_doubled(text[end:], style))
        return "".join(pieces), tuple(params)


def marked(number: str) -> str:
    """What is written for a placeholder before its style is known."""
    return f"{_MARK}{number}{_MARK}"


def count(text: str, style: Style) -> int:
    """How many parameters a text has."""
    numbers = list(_numbers(text))
    return len(set(numbers)) if style.repeats else len(numbers)


def named(tree: exp.Expr, text: str, style: Style) -> None:
    """Gives the placeholders of a tree the names that they have in its text."""
    order = {number: f"p{place}" for place, number in enumerate(dict.fromkeys(_numbers(text)), start=1)}
    for node in tree.find_all(exp.Placeholder):
        node.set("this", order.get(int(node.this)) if style.by_name else None)


def is_given(node: ir.Expr) -> bool:
    """Does a constant stand in a text, or come from a host? The planner's own stand nowhere."""
    return node.span.source is not None


def doubled(text: str, style: str) -> str:
    """What is no placeholder, as a statement of that style has it."""
    return _doubled(text, STYLES[style])


def values(params: Sequence[Parameter], style: str) -> tuple[object, ...] | dict[str, object]:
    """Parameters as a driver of that style takes them."""
    if STYLES[style].by_name:
        return {one.name: one.value for one in params}
    return tuple(one.value for one in params)


def _numbers(text: str) -> Iterator[int]:
    return (int(found[1]) for found in _PLACE.finditer(text))


def _doubled(text: str, style: Style) -> str:
    return text.replace(style.doubles, style.doubles * 2) if style.doubles else text
