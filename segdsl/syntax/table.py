"""The table of the parser, as plain data: what `segdsl.syntax.drive` drives.

In: the file beside the grammar that holds the table, or, where that one is missing, damaged or made of another grammar, the
grammar itself, of which Lark makes the same table in a few tenths of a second. Out: a `Table`. The file is data alone, and
it says of which grammar it was made.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from functools import cache
from hashlib import sha256
from typing import TypeAlias, cast

from segdsl.records import record
from segdsl.resources import grammar_text, table_text
from segdsl.room import ModuleLock

FORMAT = 1
"""Counts the ways in which tables have been written."""
STARTS = ("definition", "expression")
"""What a text can be read as."""
END = "$END"
"""The terminal behind the last word."""


@record(frozen=True, slots=True)
class Rule:
    """``size`` symbols make an ``origin``; ``name`` is that of the node."""

    size: int
    origin: str
    name: str
    single: bool
    """A single child goes without a node."""
    inlined: bool
    """Its children are those of the rule around it."""
    splices: bool
    """Some of its symbols are made by rules that are ``inlined``."""


Step: TypeAlias = int | Rule
"""What to do: go to a state with the word, or reduce by a rule first."""


@record(frozen=True, slots=True, eq=False)
class Table:
    """``steps``: for each state, what to do before a terminal. ``follows``: the state behind what a rule has made."""

    starts: Mapping[str, tuple[int, int]]
    """The first state and the last."""
    terminals: tuple[str, ...]
    """All of them, those first that are tried first."""
    rules: tuple[Rule, ...]
    steps: tuple[dict[str, Step], ...]
    follows: tuple[dict[str, int], ...]
    hops: dict[tuple[int, str, str], int] = field(default_factory=dict, repr=False)
    """By state, what was made there, and the terminal ahead: the state where something is to be done again. Found as texts are
    read, the same whoever finds it."""

    def hop(self, state: int, made: str, ahead: str) -> int:
        """The state behind what was made, past all rules that would only give it another name."""
        at = self.follows[state][made]
        while True:
            step = self.steps[at].get(ahead)
            if not isinstance(step, Rule) or step.size != 1 or not step.single or step.splices:
                break
            at = self.follows[state][step.origin]
        self.hops[state, made, ahead] = at
        return at


_reading = ModuleLock()


def table() -> Table:
    """The table of the grammar, read when it is first needed; threads share it."""
    with _reading:
        return _table()


@cache
def _table() -> Table:
    found = _read(table_text(), grammar_text())
    if found is None:
        from segdsl.syntax.grammar import table_data

        found = _table_of(table_data())
    return found


def written(data: Mapping[str, object], grammar: str) -> str:
    """The file that holds a table: what it was made of and its own digest, then the table."""
    text = json.dumps(data, separators=(",", ":"), sort_keys=True)
    return f"{_digest(grammar)} {_digest(text)}\n{text}\n"


def _read(text: str | None, grammar: str) -> Table | None:
    """The table that a file holds; none where it is not the grammar's, or not as it was written."""
    head, _, body = (text or "").partition("\n")
    body = body.removesuffix("\n")
    if head != f"{_digest(grammar)} {_digest(body)}":
        return None
    data = json.loads(body)
    return _table_of(data) if data["format"] == FORMAT else None


def _digest(text: str) -> str:
    # Line ends are the checkout's own affair.
    return sha256(text.replace("\r\n", "\n").encode()).hexdigest()


def _table_of(data: Mapping[str, object]) -> Table:
    rules = tuple(Rule(*rule) for rule in cast("list[tuple[int, str, str, bool, bool, bool]]", data["rules"]))
    shifts, reductions = (cast("list[dict[str, int]]", data[name]) for name in ("shifts", "reductions"))
    return Table(
        starts={start: (first, last) for start, (first, last) in cast("dict[str, list[int]]", data["starts"]).items()},
        terminals=tuple(cast("list[str]", data["terminals"])),
        rules=rules,
        steps=tuple(
            {**shift, **{name: rules[number] for name, number in reduction.items()}}
            for shift, reduction in zip(shifts, reductions, strict=True)
        ),
        follows=tuple(cast("list[dict[str, int]]", data["follows"])),
    )
