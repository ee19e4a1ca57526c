"""Drives the table of the grammar over words, and builds as it goes.

In: `Words`, and the `Builder` that makes nodes of what the grammar's rules take. Out: the node of the whole, or None where the
grammar might not go on: then `segdsl.syntax.grammar` says whether and why. Lark chooses the terminal of a word by what can stand
in its place, the most specific first; so does this. Nothing here recurses.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from segdsl.records import record
from segdsl.syntax.build import Builder, Built, Piece, Word
from segdsl.syntax.quick import DATE, INSTANT, NAME, NUMBER, QUOTED, STRING, Words
from segdsl.syntax.table import END, Rule, Table, table
from segdsl.syntax.words import AGGREGATES, KNOWN_WORDS, PHRASES, PLAIN_WORDS, RANKS, RESERVED, UNITS

_SIGNS = {
    "=": "EQ",
    "!=": "NE",
    "<=": "LE",
    "<": "LT",
    ">=": "GE",
    ">": "GT",
    "+": "PLUS",
    "-": "MINUS",
    "*": "STAR",
    "/": "SLASH",
    "(": "LPAR",
    ")": "RPAR",
    ",": "COMMA",
    ".": "DOT",
    ":": "COLON",
}
_VALUES = (NUMBER, STRING, QUOTED, DATE, INSTANT)
_BY_WHAT_FOLLOWS = frozenset((*PHRASES, *AGGREGATES, *RANKS, "all"))
"""What may be another terminal by what follows."""
_NUMBERS_TOO = _BY_WHAT_FOLLOWS | {NUMBER}
_AFTER_A_CONDITION = frozenset({
    "and", "or", "not", "per", "having", "among", "where", "followed", "preceded", "otherwise", "given", "expect",
})  # fmt: skip
"""Behind `any` or `all`, each leaves that word a name."""


@cache
def driver() -> Driver:
    """The one of the grammar."""
    found = table()
    return Driver(found, tuple({} for _ in found.steps))


@record(frozen=True, slots=True, eq=False)
class Driver:
    """The table, and what has been asked of it so far; threads share it."""

    table: Table
    choices: tuple[dict[str, str], ...]
    """By state, the terminal that a kind of word is there."""

    def read(self, text: str, words: Words, start: str, builder: Builder) -> object:
        """The node that words make, one after the other; None where they cannot go on like this."""
        table, choices, reduced = self.table, self.choices, builder.reduced
        steps, hops = table.steps, table.hops
        kinds, texts, starts, ends = words.kinds, words.texts, words.starts, words.ends
        state, whole = table.starts[start]
        states = [state]
        values: list[Any] = []  # a piece, or those that are to be among the pieces of the rule around them
        at, count = 0, len(kinds)
        by_what_follows = _NUMBERS_TOO if "%" in kinds else _BY_WHAT_FOLLOWS
        while at <= count:
            length = 1
            if at == count:
                terminal = END
            elif (kind := kinds[at]) in by_what_follows:
                terminal, length = self._by_what_follows(text, words, at, state)
            else:
                terminal = choices[state].get(kind) or self._choose(state, kind)
            step = steps[state].get(terminal)
            while isinstance(step, Rule):
                # What stands before the word is complete.
                size = step.size
                if size == 1 and not step.splices:
                    pieces = [values.pop()]
                    states.pop()
                elif size:
                    pieces = values[-size:]
                    del values[-size:], states[-size:]
                    if step.splices:
                        pieces = _spliced(pieces)
                else:
                    pieces = []
                if step.inlined:
                    values.append(pieces)
                elif step.single and len(pieces) == 1:
                    values.append(pieces[0])
                else:
                    values.append(reduced(step.name, pieces))
                before, origin = states[-1], step.origin
                state = hops.get((before, origin, terminal)) or table.hop(before, origin, terminal)
                if state == whole and at == count:
                    assert isinstance(values[0], Built)
                    return values[0].value
                states.append(state)
                step = steps[state].get(terminal)
            if step is None or at == count:
                return None
            first, end = starts[at], ends[at + length - 1]
            values.append(Word(terminal, texts[at] if length == 1 else text[first:end], first, end))
            state = step
            states.append(state)
            at += length
        return None

    def _choose(self, state: int, kind: str) -> str:
        """The terminal that a kind of word is in a state; an empty text for none."""
        possible = self.table.steps[state]
        terminal = next((one for one in _terminals(kind) if one in possible), "")
        self.choices[state][kind] = terminal
        return terminal

    def _by_what_follows(self, text: str, words: Words, at: int, state: int) -> tuple[str, int]:
        """The same of a word that can be several things, and how many words the terminal is made of."""
        possible = self.table.steps[state]
        for terminal, length in _longer(text, words, at):
            if terminal in possible:
                return terminal, length
        kind = words.kinds[at]
        return self.choices[state].get(kind) or self._choose(state, kind), 1


def _spliced(values: list[Piece | list[Piece]]) -> list[Piece]:
    pieces: list[Piece] = []
    for value in values:
        if not isinstance(value, list):
            pieces.append(value)
        elif pieces:
            pieces += value
        else:
            pieces = value  # a long list grows from its left, and is nobody else's
    return pieces


@cache
def _terminals(kind: str) -> tuple[str, ...]:
    """What a word can be by itself, in the order in which it is tried."""
    if kind in _SIGNS:
        return (_SIGNS[kind],)
    if kind in _VALUES:
        return (kind,)
    own = "UNIT" if kind in UNITS else kind.upper() if kind in PLAIN_WORDS else None
    name = () if kind in RESERVED else (NAME,)
    names = (*name, "MEMBER", "TYPE_WORD") if kind == NAME or kind in KNOWN_WORDS else ()
    return names if own is None else (own, *names)


def _longer(text: str, words: Words, at: int) -> Iterator[tuple[str, int]]:
    """What a word can be together with those that follow, or before them; each with its number of words."""
    kinds = words.kinds
    kind = kinds[at]
    for rest, terminal in PHRASES.get(kind, ()):
        if tuple(kinds[at + 1 : at + 1 + len(rest)]) == rest:
            yield terminal, 1 + len(rest)
    ahead = kinds[at + 1] if at + 1 < len(kinds) else ""
    if ahead == "(" and kind in AGGREGATES:
        yield "AGGREGATE", 1
    if ahead == "(" and kind in RANKS:
        yield "RANKED", 1
    if kind in ("any", "all") and (ahead == "(" or _is_list(ahead, kinds[at + 2 : at + 3])):
        yield kind.upper(), 1
    if kind == NUMBER and ahead == "%" and not text[words.ends[at] : words.starts[at + 1]].strip(" \t"):
        yield "PERCENT", 2


def _is_list(kind: str, then: list[str]) -> bool:
    """Whether a word behind `any` or `all` names a list."""
    named = kind in (NAME, QUOTED) or (kind in KNOWN_WORDS and kind not in _AFTER_A_CONDITION)
    return named and then != ["where"]
