"""Random libraries over any schema in which conditions meet their like: the same one with another number, period, word or part.

In: a `random.Random`. Out: a schema and a text of all that the language has (`properties.texts`), of which most pairs of conditions
have something to do with one another, as those that a person gets wrong do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from differential.coverage import Coverage
from differential.example import checked, schema_of
from properties.texts import Texts
from properties.trees import T, smaller

from segdsl.schema import Schema

SEGMENTS = 5
_QUOTED = r"""("(?:[^"\\]|\\.)*")"""
_WORDS: Sequence[Sequence[str]] = (
    ("<", "<=", ">", ">=", "=", "!="),
    ("min", "max", "first", "last", "avg", "sum", "median"),
    ("any", "none"),
    ("missing", "present"),
    ("contains", "starts with", "ends with", "matches"),
    ("top", "bottom"),
    ("last", "previous", "next"),
    ("days", "weeks", "months", "hours"),
    ("followed", "preceded"),
    ("true", "false"),
    ("and", "or"),
    ("floor", "ceil", "abs"),
    ("least", "greatest"),
)
_OTHERS = {word: words for words in _WORDS for word in words}
_PIECES = re.compile(
    rf"{_QUOTED}|(\b\d+(?:\.\d+)?\b(?![-:]))|((?<=\s)(?:<=|>=|!=|<|>|=)(?=\s))|((?:starts|ends) with|\b[a-z]+\b)"
)


class Pairs:
    """Makes texts over one schema."""

    def __init__(self, random: Random) -> None:
        self.random = random
        _, self.schema = schema_of(random, Coverage())
        self._texts = Texts(self.schema, random)

    def library(self) -> tuple[Schema, list[str]]:
        """Definitions that have no errors."""
        lines: list[str] = []
        self._keep(lines, list(self._texts.params_of()))
        for number in range(self.random.choice((0, 1, 2))):
            line = self._texts.definition(number)
            if line is not None and self._keep(lines, [line.text]):
                self._texts.learn(line)
        for number in range(SEGMENTS):
            for _ in range(4):
                if self._keep(lines, [self._definition(number)]):
                    break
        return self.schema, lines

    def _keep(self, lines: list[str], more: list[str]) -> bool:
        if checked(self.schema, [*lines, *more]) is None:
            return False
        lines.extend(more)
        return True

    def _definition(self, number: int) -> str:
        one = self._some()
        other = self._like(one)
        third = self._like(one) if self.random.random() < 0.5 else self._some().text
        texts = [one.text, other, third]
        self.random.shuffle(texts)
        a, b, c = texts
        match self.random.randrange(11):
            case 0:
                return f"segment s{number} where ({a}) and ({b})"
            case 1 | 2:
                return f"segment s{number} where ({a}) and not ({b})"
            case 3:
                return f"segment s{number} where ({a}) or ({b})"
            case 4:
                return f"segment s{number} where not ({a}) or ({b})"
            case 5:
                return f"segment s{number} where ({a}) and (({b}) or ({c}))"
            case 6:
                return f"segment s{number} where ({a}) or (({b}) and not ({c}))"
            case 7:
                return f"tiers r{number}\n  one where {a}\n  two where {b}\n  three where {c}\n  otherwise four"
            case 8:
                return f"segment s{number} where ({a}) and ({b})\nsegment u{number} where not (not ({b}) or not ({a}))"
            case 9:
                return f"segment s{number} where if({a}, if({b}, 1, 2), 3) > 1 and not ({c})"
            case _:
                return f"segment s{number} where {a}\nsegment u{number} where {b}"

    def _some(self) -> T:
        entity = self._texts.at(self._texts.entity)
        if self.random.random() < 0.6:
            return self._texts.condition(entity, self.random.choice((0, 0, 1)))
        return self._texts.some_sharp(entity)

    def _like(self, tree: T) -> str:
        """A condition with a part left out, or a few words and numbers changed."""
        if self.random.random() < 0.3:
            fewer = [one for one in smaller(tree) if one.type == tree.type]
            if fewer:
                tree = self.random.choice(fewer)
        text = tree.text
        for _ in range(self.random.choice((0, 1, 1, 2))):
            text = self._changed(text)
        return text

    def _changed(self, text: str) -> str:
        places = [place for place in _PIECES.finditer(text) if self._can_change(place)]
        if not places:
            return text
        place = self.random.choice(places)
        return text[: place.start()] + self._other(place) + text[place.end() :]

    def _can_change(self, place: re.Match[str]) -> bool:
        return place.lastindex in (1, 2) or place.group() in _OTHERS

    def _other(self, place: re.Match[str]) -> str:
        word = place.group()
        if place.lastindex == 1:
            return self.random.choice(('"a"', '"abc"', '""', '"b"', word[:-1] + 'a"'))
        if place.lastindex == 2:
            near = str(int(word) + 1) if word.isdigit() else word + "1"
            return self.random.choice((near, "0", "1", "2", "3", "30", "90", "0.5"))
        return self.random.choice(_OTHERS[word])
