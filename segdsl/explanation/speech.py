"""Parts of sentences: of whom one speaks, nouns, clauses, and trees of clauses.

A *scope* says which rows are around and how each is spoken of: the one at hand is ``it`` (or, of the entity, ``they``), others
go by their names. A *noun* is a value in words, a *clause* a condition; both can be put as said of the row at hand (``whose
total is …``) or in full (``its total is …``). A *tree* joins clauses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal as OneOf
from typing import TypeAlias

from segdsl.explanation import wording
from segdsl.explanation.outcome import Line
from segdsl.semantics import ir


@dataclass(frozen=True, slots=True)
class Scope:
    """``here`` is the row at hand; None where all rows go by their names. ``seen_from``: the moment that takes the place of
    ``as_of``. ``within``: the single period of an `each of` around, and what it is called. ``required``: does who does not meet
    what stands here fall out of the whole?"""

    entity: str
    here: ir.Row | None
    names: Mapping[ir.Row, str] = field(default_factory=dict)
    seen_from: ir.Moment = ir.AS_OF
    within: ir.Period | None = None
    within_called: str = ""
    required: bool = False
    settled: frozenset[object] = frozenset()
    """Values whose absence has been spoken of, and relations of which whoever is meant has a row."""
    many: bool = False
    """Is the row at hand one of many, which are spoken of together?"""
    by: Mapping[ir.Row, str] = field(default_factory=dict)
    """What groups around were made by."""

    def name(self, row: ir.Row) -> str:
        if row in self.names:
            return self.names[row]
        return "group" if row.grouped else wording.humanised(row.of)

    def knows(self, row: ir.Row) -> bool:
        return row == self.here or row in self.names

    def is_people(self, row: ir.Row) -> bool:
        """Are the entities, many of them, spoken of?"""
        return row == self.here and row.of == self.entity and not row.grouped

    def are_many(self, row: ir.Row) -> bool:
        return self.is_people(row) or (row == self.here and self.many)

    def possessive(self, row: ir.Row) -> str:
        if row == self.here:
            return "their" if self.are_many(row) else "its"
        name = self.name(row)
        return f"the {name}’" if name.endswith("s") else f"the {name}’s"

    def subject(self, row: ir.Row) -> str:
        if row == self.here:
            return "they" if self.are_many(row) else "it"
        return f"the {self.name(row)}"

    def has(self, row: ir.Row) -> str:
        return "have" if self.are_many(row) else "has"

    def be(self, row: ir.Row) -> str:
        return "are" if self.are_many(row) else "is"

    def was(self, row: ir.Row) -> str:
        return "were" if self.are_many(row) else "was"

    def did(self, row: ir.Row, done: str) -> str:
        """``they registered``, ``it was placed``, ``their record was created``"""
        people = row.of == self.entity and not row.grouped
        if people and done in wording.RECORDED:
            return f"{self.possessive(row)} record was {done}"
        was = "" if people and done in wording.ACTIVE else f"{self.was(row)} "
        return f"{self.subject(row)} {was}{done}"

    def inside(self, row: ir.Row, *, here: bool = True) -> Scope:
        """With one more row around, by default the one at hand from now on."""
        own = wording.humanised(row.of) if not row.grouped else f"group of {wording.plural(wording.humanised(row.of))}"
        taken = {called for known, called in self.names.items() if known.depth < row.depth}
        name, number = own, 2
        while name in taken:
            name = f"other {own}" if number == 2 else f"{_ORDINALS.get(number, str(number) + 'th')} {own}"
            number += 1
        kept = {known: called for known, called in self.names.items() if known.depth < row.depth}
        at = row if here else self.here
        settled = self.settled if row.grouped else self.settled | {row.of}
        return replace(self, names={**kept, row: name}, here=at, required=False, many=False, settled=settled)

    def apart(self) -> Scope:
        """With no row at hand."""
        return replace(self, here=None, required=False)

    def inner(self) -> Scope:
        """For a part that does not decide by itself."""
        return replace(self, required=False)


_ORDINALS = {3: "third", 4: "fourth", 5: "fifth", 6: "sixth"}


@dataclass(frozen=True, slots=True)
class Noun:
    """A value. With ``owner`` the text is what the owner has (``country``), else it stands by itself (``the sum of …``).
    ``done``: it is the time at which that was done with the owner (``placed``)."""

    text: str
    owner: ir.Row | None = None
    done: str | None = None
    when: str = "time"
    did: str | None = None
    """What was done, as a clause: ``the order before it was placed``."""

    def full(self, scope: Scope) -> str:
        if self.owner is None:
            return self.text
        if self.done is not None:
            return f"the {self.when} {scope.did(self.owner, self.done)}"
        if self.owner != scope.here and " " in scope.name(self.owner):
            return f"the {self.text} of the {scope.name(self.owner)}"
        return f"{scope.possessive(self.owner)} {self.text}"


@dataclass(frozen=True, slots=True)
class Clause:
    """``whose`` and what follows, ``who`` and what follows, or a clause by itself; of the row ``of``."""

    kind: OneOf["whose", "who", "full"]
    text: str
    of: ir.Row | None = None
    values: tuple[str, ...] = ()

    def full(self, scope: Scope) -> str:
        if self.of is None or self.kind == "full":
            return self.text
        lead = scope.possessive(self.of) if self.kind == "whose" else scope.subject(self.of)
        return f"{lead} {self.text}"

    def relative(self, scope: Scope) -> str:
        if self.of is None or self.kind == "full" or self.of != scope.here:
            people = scope.here is not None and scope.is_people(scope.here)
            first, _, rest = self.text.partition(" ")
            if scope.here is not None and first == scope.possessive(scope.here):
                return f"whose {rest}"
            if scope.here is not None and first == scope.subject(scope.here):
                return f"{'who' if people else 'that'} {rest}"
            comma = "," if self.text.startswith("among ") else ""
            return f"{'for whom' if people else 'for which'}{comma} {self.full(scope)}"
        if self.kind == "whose":
            return f"whose {self.text}"
        return f"{'who' if scope.is_people(self.of) else 'that'} {self.text}"


@dataclass(frozen=True, slots=True)
class Leaf:
    clause: Clause


@dataclass(frozen=True, slots=True)
class Branch:
    """``word``: how many of the parts hold. ``lead``: a text before the one part: ``as things stood on …``."""

    word: OneOf["all", "any", "none", "not all", "lead"]
    parts: tuple[Tree, ...]
    lead: str = ""


Tree: TypeAlias = Leaf | Branch

HEADS = {
    "all": "all of these hold",
    "any": "at least one of these holds",
    "none": "none of these holds",
    "not all": "not all of these hold together",
}


DENIAL = "it is not so that"


def led(lead: str, text: str) -> str:
    return f"{lead}{'' if lead == DENIAL else ','} {text}"


def leaves(tree: Tree) -> Iterator[Leaf]:
    waiting = [tree]
    while waiting:
        found = waiting.pop()
        if isinstance(found, Leaf):
            yield found
        else:
            waiting.extend(reversed(found.parts))


def lines(tree: Tree, scope: Scope) -> Line:
    """As a sentence, or as the beginning of one with bullet points."""
    match tree:
        case Leaf(clause):
            return Line(clause.full(scope), values=clause.values)
        case Branch("lead", (part,), lead):
            below = lines(part, scope)
            if not below.parts and len(lead) + len(below.text) <= _ONE_LINE:
                return Line(led(lead, below.text), values=below.values)
            return Line(f"{lead}:", (below,))
        case Branch(word, parts):
            return Line(f"{HEADS[word]}:", tuple(lines(part, scope) for part in parts))


_ONE_LINE = 160


def _flattened(word: str, parts: tuple[Tree, ...]) -> Iterator[Tree]:
    """Parts of parts that are joined by the same word."""
    for part in parts:
        if isinstance(part, Branch) and part.word == word:
            yield from _flattened(word, part.parts)
        else:
            yield part


def inline(tree: Tree, scope: Scope, *, relative: bool, nested: bool = False) -> str:
    """In one line: as what follows a noun (``whose …``), or as a clause by itself."""
    match tree:
        case Leaf(clause):
            return clause.relative(scope) if relative else clause.full(scope)
        case Branch("lead", (part,), lead):
            which = "for whom" if scope.here is not None and scope.is_people(scope.here) else "for which"
            text = led(lead, inline(part, scope, relative=False, nested=True))
            return f"{which}{'' if lead == DENIAL else ','} {text}" if relative else text
        case Branch("all" | "any" as word, parts):
            joint = " and " if word == "all" else " or "
            parts = tuple(_flattened(word, parts))
            text = joint.join(inline(part, scope, relative=relative, nested=True) for part in parts)
            return f"({text})" if nested else text
        case Branch(word, parts):
            held = "none of these holds" if word == "none" else "not all of these hold together"
            which = "for whom " if scope.here is not None and scope.is_people(scope.here) else "for which "
            text = "; ".join(inline(part, scope, relative=False, nested=True) for part in parts)
            return f"{which if relative else ''}{held}: ({text})"
