"""What may go onto a line of its own in each construct of the language, and how far it is indented there.

In: a tree as the grammar makes it. Out: its tokens in order, with a `Mark` or `Blanks` wherever something but nothing comes
between two of them. Which of the possible lines are made is for `segdsl.syntax.format.layout` to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from itertools import pairwise
from typing import TypeAlias

from lark import Token, Tree

from segdsl.records import record
from segdsl.syntax.format.words import agreeing
from segdsl.syntax.grammar import ParseTree


class Mark(Enum):
    LINE = "a blank, or a new line"
    LATE = "a blank, or a new line where not even the beginning of what follows has room"
    SOFT = "nothing, or a new line"
    HARD = "a new line"
    ALIGN = "blanks up to the column that neighbouring definitions agree on"
    ALIGN_LINE = "these, or a new line"
    OUT = "the end of the last indentation"
    ALL = "the beginning of a group: where it has too little room, each of its lines is made"
    FILL = "the beginning of a group: only those lines are made that have to be"
    CLOSE = "the end of the last group"


@record(frozen=True, slots=True)
class Blanks:
    count: int


@record(frozen=True, slots=True)
class Indent:
    """From here on, lines begin further to the right."""

    columns: int


Piece: TypeAlias = Token | ParseTree | Mark | Blanks | Indent
Pieces: TypeAlias = Sequence[Piece]

LINE, LATE, SOFT, HARD, ALIGN, ALIGN_LINE = Mark.LINE, Mark.LATE, Mark.SOFT, Mark.HARD, Mark.ALIGN, Mark.ALIGN_LINE
ALL, FILL, CLOSE, OUT = Mark.ALL, Mark.FILL, Mark.CLOSE, Mark.OUT
SPACE = Blanks(1)
IN = Indent(2)
_LONGEST_ALIGNED_CASE = 30


def shaped(tree: ParseTree) -> Iterator[Token | Mark | Blanks | Indent]:
    """All of a tree, with a stack of its own in place of recursion."""
    waiting: list[Piece] = [tree]
    while waiting:
        piece = waiting.pop()
        if isinstance(piece, Tree):
            waiting.extend(reversed(_SHAPES[str(piece.data)](piece.children)))
        else:
            yield piece


# -- definitions ------------------------------------------------------------------------------------------------------


def _head(children: Pieces) -> list[Piece]:
    """Words in a row, ``: type`` and ``(arguments)`` close to the name; further lines, should comments make them, indented."""
    pieces: list[Piece] = [children[0], IN]
    for before, child in pairwise(children):
        close = _is(child, "COLON", "DOT", "arguments") or _is(before, "DOT")
        pieces += [child] if close else [SPACE, child]
    return [*pieces, OUT]


def _named_value(children: Pieces) -> list[Piece]:
    """param and trait"""
    at = _index(children, "EQ")
    return [*_head(children[:at]), IN, FILL, ALIGN, children[at], LATE, *children[at + 1 :], CLOSE, OUT]


def _segment(children: Pieces) -> list[Piece]:
    where = _index(children, "WHERE")
    attributes = [child for child in children if _is(child, "attribute")]
    head = _head(children[: where - len(attributes)])
    body: list[Piece] = [children[where], SPACE, IN, children[where + 1], OUT, OUT]
    if attributes:
        return [*head, IN, *_lines(attributes), HARD, *body]
    return [ALL, *head, IN, ALIGN_LINE, *body, CLOSE]


def _tiers(children: Pieces) -> list[Piece]:
    parts = [child for child in children if _is(child, "attribute", "case")]
    cases = [child.children for child in parts if isinstance(child, Tree) and child.data == "case"]
    column = max((length for case in cases if (length := _length(case[0])) <= _LONGEST_ALIGNED_CASE), default=0)
    lines: list[Piece] = []
    for part in parts:
        assert isinstance(part, Tree)
        lines.append(HARD)
        lines += _case(part.children, column) if part.data == "case" else [part]
    return [*_head(children[: len(children) - len(parts)]), IN, *lines, OUT]


def _case(children: Pieces, column: int) -> list[Piece]:
    if len(children) == 2:
        return [children[0], IN, SPACE, children[1], OUT]
    name, where, condition = children
    return [name, Indent(column + 3), Blanks(max(0, column - _length(name)) + 1), where, SPACE, condition, OUT]


def _length(case: Piece) -> int:
    """Of the first word of a case."""
    word = case.children[0] if isinstance(case, Tree) else case
    assert isinstance(word, Token)
    return len(word)


def _attribute(children: Pieces) -> list[Piece]:
    """``about "…"``, ``tags  "…", "…"``: the texts stand below one another."""
    blanks = Blanks(1 if _is(children[0], "ABOUT") else 2)
    return [children[0], Indent(6), blanks, FILL, *_listed(children[1:]), CLOSE, OUT]


def _example(children: Pieces) -> list[Piece]:
    parts = [child for child in children if _is(child, "given", "expect")]
    return [*_head(children[: len(children) - len(parts)]), IN, *_lines(parts), OUT]


def _given(children: Pieces) -> list[Piece]:
    words = [child for child in children if not _is(child, "setting", "COMMA")]
    settings = children[len(words) :]
    if not settings:
        return _head(words)
    return [FILL, *_head(words), IN, LINE, *_listed(settings), OUT, CLOSE]


def _expect(children: Pieces) -> list[Piece]:
    return [*_head(children[:-1]), SPACE, IN, children[-1], OUT]


def _lines(parts: Pieces) -> list[Piece]:
    return [piece for part in parts for piece in (HARD, part)]


# -- conditions and values --------------------------------------------------------------------------------------------


def _chain(children: Pieces) -> list[Piece]:
    """Conditions joined by `and` or by `or`: the word comes first on its line."""
    pieces: list[Piece] = [ALL]
    for child in children:
        if _is(child, "AND", "OR"):
            pieces += [LINE, child, SPACE]
        elif _is(child, "every"):
            pieces += [IN, child, OUT]
        else:
            pieces.append(child)
    return [*pieces, CLOSE]


def _operation(children: Pieces) -> list[Piece]:
    """A value, an operator, and the rest: the operator may begin a line."""
    first, operator, *rest = children
    return [FILL, first, IN, LINE, operator, SPACE, *_spaced(rest), OUT, CLOSE]


def _arithmetic(children: Pieces) -> list[Piece]:
    """A whole chain at once: each operation is the left side of the next."""
    parts: list[Piece] = []
    left: Piece = children[0]
    parts += [children[2], children[1]]
    while isinstance(left, Tree) and left.data == "arithmetic":
        parts += [left.children[2], left.children[1]]
        left = left.children[0]
    pieces: list[Piece] = [FILL, left, IN]
    for operator, right in zip(parts[::-2], parts[-2::-2], strict=True):
        pieces += [LINE, operator, SPACE, right]
    return [*pieces, OUT, CLOSE]


def _in_list(children: Pieces) -> list[Piece]:
    at = _index(children, "LPAR")
    first, *words = children[:at]
    return [FILL, first, IN, LATE, *_spaced(words), SPACE, *_list(children[at:]), OUT, CLOSE]


def _group(children: Pieces) -> list[Piece]:
    return [children[0], IN, *children[1:-1], OUT, children[-1]]


def _sign(children: Pieces) -> list[Piece]:
    """Two signs next to each other would begin a comment in SQL, and are refused for that before a blank."""
    minus, value = children
    return [minus, SPACE, value] if _is(value, "negate") else [minus, value]


def _call(children: Pieces) -> list[Piece]:
    return [children[0], *_list(children[1:])]


def _aggregate(children: Pieces) -> list[Piece]:
    return [children[0], *_rows(children[1:])]


def _sequence(children: Pieces) -> list[Piece]:
    end = _index(children, "RPAR") + 1
    return [
        children[0],
        SPACE,
        *_rows(children[1:end]),
        *(piece for child in children[end:] for piece in (SPACE, child)),
    ]


def _rows(children: Pieces) -> list[Piece]:
    """``(VALUE as NAME in PERIOD`` on one line, then each clause on its own."""
    clauses: list[list[Piece]] = [[]]
    for child in children[1:-1]:
        if _is(child, "WHERE", "PER", "sequence"):
            clauses.append([])
        clauses[-1].append(child)
    pieces: list[Piece] = []
    for clause in clauses:
        pieces += [LINE, FILL, clause[0], IN, *_clauses(clause[1:], ("AS", "IN", "HAVING")), OUT, CLOSE]
    return [children[0], IN, ALL, *pieces[1:], CLOSE, OUT, children[-1]]


def _ranked(children: Pieces) -> list[Piece]:
    word, bracket, value, *rest, end = children
    return [word, bracket, IN, FILL, value, *_clauses(rest, ("PER", "AMONG")), CLOSE, OUT, end]


def _rank(children: Pieces) -> list[Piece]:
    return [FILL, children[0], IN, *_clauses(children[1:], ("PER", "BY", "OF", "HAVING", "AMONG")), OUT, CLOSE]


def _clauses(children: Pieces, words: tuple[str, ...]) -> list[Piece]:
    """Words in a row; some of them may begin a line."""
    pieces: list[Piece] = []
    for child in children:
        if not _is(child, "COMMA"):
            pieces.append(LINE if _is(child, *words) else SPACE)
        pieces.append(child)
    return pieces


def _each(children: Pieces) -> list[Piece]:
    return [*_spaced(children[:3]), SPACE, *_group(children[3:])]


def _list(children: Pieces) -> list[Piece]:
    """``(a, b, …)``: as many on a line as fit."""
    if len(children) == 2:
        return list(children)
    return [FILL, children[0], IN, SOFT, *_listed(children[1:-1]), OUT, children[-1], CLOSE]


def _listed(children: Pieces) -> list[Piece]:
    return [piece for child in children for piece in ((child, LINE) if _is(child, "COMMA") else (child,))]


def _spaced(children: Pieces) -> list[Piece]:
    pieces: list[Piece] = [children[0]]
    for child in children[1:]:
        pieces += [SPACE, child]
    return pieces


def _duration(children: Pieces) -> list[Piece]:
    """A number and its unit, with or without words before them."""
    *words, amount, unit = children
    if isinstance(amount, Token) and amount.type == "NUMBER":
        assert isinstance(unit, Token)
        unit = agreeing(amount, unit)
    return _spaced([*words, amount, unit])


def _close(children: Pieces) -> list[Piece]:
    return list(children)


_SHAPES: dict[str, Callable[[Pieces], list[Piece]]] = {
    "param": _named_value,
    "trait": _named_value,
    "arguments": _list,
    "argument": _head,
    "segment": _segment,
    "title": _close,
    "attribute": _attribute,
    "tiers": _tiers,
    "example": _example,
    "given": _given,
    "setting": _spaced,
    "expect": _expect,
    "type": _close,
    "head": _close,
    "given_rows": _close,
    "given_name": _close,
    "given_parent": _close,
    "identifier": _close,
    "member": _close,
    "constant": _close,
    "constants": _list,
    "negative": _close,
    "percent": _close,
    "literal": _close,
    "either": _chain,
    "every": _chain,
    "negation": _spaced,
    "compare": _operation,
    "between": _operation,
    "in_list": _in_list,
    "in_name": _operation,
    "in_period": _operation,
    "is_missing": _operation,
    "match": _operation,
    "list_match": _in_list,
    "list_match_name": _operation,
    "rank": _rank,
    "each": _each,
    "arithmetic": _arithmetic,
    "negate": _sign,
    "as_of": _operation,
    "group": _group,
    "name": _close,
    "call": _call,
    "aggregate": _aggregate,
    "sequence": _sequence,
    "ranked": _ranked,
    "now": _close,
    "today": _close,
    "duration": _duration,
    "ago": _spaced,
    "rolling": _spaced,
    "calendar": _duration,
    "back_range": _spaced,
    "from_to": _spaced,
}


def _is(piece: Piece, *names: str) -> bool:
    """Is it a token or a tree of such a name?"""
    if isinstance(piece, Token):
        return piece.type in names
    return isinstance(piece, Tree) and piece.data in names


def _index(children: Pieces, terminal: str) -> int:
    return next(index for index, child in enumerate(children) if _is(child, terminal))
