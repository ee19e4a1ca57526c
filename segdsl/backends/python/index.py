"""Hundreds of conditions at once: a value is looked up among all that it is compared with.

In: the conditions of a function's outputs, as nodes. Out: an `Index`: which values are looked up, and what each place among their constants
leaves standing.

A library asks the same few values over and over: `age >= 30`, `age < 25`, `country = "GR"`. The constants that a value is compared with
part what it can be into places: one of them, between two of them, missing. For each place it is known beforehand which conditions it
rules out, as the bits of one whole number. A record's value is looked up once; the numbers of all its values, joined by `&`, have a bit
for each condition that holds. Such an index of bitmaps over predicates is how publish/subscribe systems match one event against their
subscriptions.

A bit stands for a term: comparisons that must all hold. A condition with `or` has several terms, which lie in planes of as many bits as
there are outputs; where its opposite has fewer, that is kept, and the bit turned at the end. What cannot be looked up (a time that moves
with `as_of`, a pattern, a value that few ask about) stays an ordinary condition.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import TypeAlias

from segdsl.backends.python.nodes import NOT, Connected, Leaf, Node

ENOUGH = 8
"""Looking a value up takes as long as so many conditions, and making names of bits as eight times as many."""
_MOST_TERMS = 4
_MOST_BITS = 2**25
"""Of what is kept for one value: 4 MiB."""
_MISSING, _PRESENT = "is missing", "is present"
_ORDERED = frozenset({"<", "<=", ">", ">="})


@dataclass(frozen=True, slots=True, eq=False)
class Ruling:
    """A value that is looked up. ``places``: for each constant in order, between, missing, the terms that it leaves standing: with
    ``ordered`` before, at and behind each of the ``points``, else at each and at none; the last is of the missing value."""

    node: Node
    guards: tuple[Node, ...]
    ordered: bool
    points: tuple[object, ...]
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """``covered``: the outputs that it answers for, by their numbers. ``width``: bits of a plane. ``begin``: the bits of all terms;
    ``turned``: those of conditions whose opposite is kept."""

    covered: frozenset[int]
    width: int
    planes: int
    begin: int
    turned: int
    values: tuple[Ruling, ...]

    @property
    def folded(self) -> str:
        """``bits`` of all planes as those of one."""
        if self.planes == 1:
            return "bits"
        moved = " | ".join(f"bits >> {plane * self.width}" for plane in range(1, self.planes))
        return f"(bits | {moved}) & {(1 << self.width) - 1:#x}"


def names_of_bits(names: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """For each number of so many bits, the names of those that it has, in order."""
    found: list[tuple[str, ...]] = [()]
    for name in names:
        found += [(*some, name) for some in found]
    return tuple(found)


@dataclass(slots=True, eq=False)
class _Field:
    """A value and all that it is compared with."""

    node: Node
    guards: tuple[Node, ...]
    family: str | None = None
    ordered: bool = False
    points: dict[object, None] = field(default_factory=dict)
    outputs: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """A comparison of a field's, or several one of which holds: ``either``, of which those that are marked do not hold."""

    of: _Field
    operator: str
    constants: tuple[object, ...]
    either: tuple[tuple[_Asked, bool], ...] = ()


_Term: TypeAlias = "frozenset[tuple[_Asked, bool]]"
"""Comparisons that all hold; those that are marked do not."""


def index(conditions: Sequence[Node], enough: int = ENOUGH) -> Index | None:
    """Of as many conditions as can be looked up, if they are worth it. ``enough``: a value that fewer conditions ask about is not looked
    up, and nothing is for fewer than eight times as many."""
    return _Indexing(conditions).run(enough)


class _Indexing:
    def __init__(self, conditions: Sequence[Node]) -> None:
        self.conditions = conditions
        self.fields: dict[tuple[int, ...], _Field] = {}
        self.asked: dict[tuple[object, ...], _Asked] = {}
        self.known: dict[tuple[int, bool], list[_Term] | None] = {}

    def run(self, enough: int) -> Index | None:
        kept: dict[int, tuple[list[_Term], bool]] = {}
        for number, condition in enumerate(self.conditions):
            plain, opposite = self._terms(condition, False), self._terms(condition, True)
            # The opposite where it has fewer terms, or where the condition itself has too many.
            if opposite is not None and (plain is None or len(opposite) < len(plain)):
                kept[number] = opposite, True
            elif plain is not None:
                kept[number] = plain, False
        self._drop(kept, enough)
        asked = any(one.outputs for one in self.fields.values())
        return self._made(kept) if asked and len(kept) >= 8 * enough else None

    # -- terms ----------------------------------------------------------------------------------------------------------

    def _terms(self, node: Node, negated: bool) -> list[_Term] | None:
        """A condition, or its opposite, as terms one of which holds; None where it is not one, or has too many."""
        key = id(node), negated
        if key not in self.known:
            self.known[key] = self._terms_of(node, negated)
        return self.known[key]

    def _terms_of(self, node: Node, negated: bool) -> list[_Term] | None:
        match node:
            case Connected():
                parts = []
                for one in node.args:
                    terms = self._terms(one, negated)
                    if terms is None:
                        return None
                    parts.append(terms)
                return _all(parts) if node.conjunction != negated else self._any(parts)
            case Leaf():
                asked = self._leaf(node)
                if asked is None:
                    return None
                single = [[frozenset([(one, negated)])] for one in asked]
                return self._any(single) if negated else _all(single)
            case Node(parts=("not ", ""), args=(inner,)) if node.binding == NOT:
                return self._terms(inner, not negated)
            case Node(parts=("True",) | ("False",)):
                return [frozenset()] if (node.parts == ("True",)) != negated else []
            case _:
                return None

    def _leaf(self, leaf: Leaf) -> list[_Asked] | None:
        """The comparisons that it stands for, all of which must hold."""
        if leaf.test is not None:
            asked = self._asked(leaf.test.value.node, leaf.test.value.guards, leaf.test.operator, leaf.test.constants)
            return None if asked is None else [asked]
        if not leaf.parts:
            present = [self._asked(guard, (guard,), _PRESENT, ()) for guard in leaf.guards]
            return [one for one in present if one is not None]
        if leaf.parts == ("", " is None"):
            missing = self._asked(leaf.args[0], (leaf.args[0],), _MISSING, ())
            return None if missing is None else [missing]
        return None

    def _asked(
        self, node: Node, guards: tuple[Node, ...], operator: str, constants: tuple[object, ...]
    ) -> _Asked | None:
        of = self.fields.setdefault((id(node), *map(id, guards)), _Field(node, guards))
        for constant in constants:
            family = _family(constant)
            if family is None or (of.family or family) != family:
                return None
            of.family = family
        of.ordered |= operator in _ORDERED
        key = id(of), operator, constants
        return self.asked.setdefault(key, _Asked(of, operator, constants))

    def _any(self, parts: Sequence[list[_Term]]) -> list[_Term] | None:
        """Comparisons of one field are one."""
        alone: dict[_Field, dict[tuple[_Asked, bool], None]] = {}
        found: dict[_Term, None] = {}
        for term in (term for terms in parts for term in terms):
            if len(term) == 1:
                (one,) = term
                alone.setdefault(one[0].of, {})[one] = None
            else:
                found[term] = None
        for of, several in alone.items():
            either = tuple(several)
            constants = tuple(constant for asked, _ in either for constant in asked.constants)
            made = _Asked(of, "any of", constants, either)
            only = either[0] if len(either) == 1 else (self.asked.setdefault((id(of), either), made), False)
            found[frozenset([only])] = None
        return list(found) if len(found) <= _MOST_TERMS else None

    # -- which ----------------------------------------------------------------------------------------------------------

    def _drop(self, kept: dict[int, tuple[list[_Term], bool]], enough: int) -> None:
        """Leaves out what asks about a value that too few ask about, until there is no such value; and one compared with too much."""
        bits = len(self.conditions) * max((len(terms) for terms, _ in kept.values()), default=1)
        for number, (terms, _) in kept.items():
            for asked in _asked_of(terms):
                asked.of.outputs.add(number)
                asked.of.points.update(dict.fromkeys(asked.constants))
        waiting = list(self.fields.values())
        while waiting:
            one = waiting.pop()
            if len(one.outputs) < enough or len(one.points) * 2 * bits > _MOST_BITS:
                for number in list(one.outputs):
                    terms, _ = kept.pop(number)
                    for other in dict.fromkeys(asked.of for asked in _asked_of(terms)):
                        other.outputs.discard(number)
                        waiting.append(other)

    # -- bits -----------------------------------------------------------------------------------------------------------

    def _made(self, kept: Mapping[int, tuple[list[_Term], bool]]) -> Index:
        width = len(self.conditions)
        planes = max(1, *(len(terms) for terms, _ in kept.values()))
        begin = turned = 0
        ruled: dict[_Field, list[tuple[int, int]]] = {}
        places = {one: _Places(one) for one in self.fields.values() if one.outputs}
        for number, (terms, is_turned) in kept.items():
            turned |= is_turned << number
            for plane, term in enumerate(terms):
                bit = 1 << (number + plane * width)
                begin |= bit
                left: dict[_Field, int] = {}
                for asked, negated in term:
                    held = places[asked.of].where(asked, negated)
                    left[asked.of] = left.get(asked.of, held) & held
                for of, held in left.items():
                    ruled.setdefault(of, []).append((bit, held))
        every = (1 << (width * planes)) - 1
        values = tuple(places[of].looked(ruled[of], every) for of in self.fields.values() if of in ruled)
        return Index(frozenset(kept), width, planes, begin, turned, values)


class _Places:
    """The places among a field's constants, as bits of a number: the last one is the missing value's."""

    def __init__(self, of: _Field) -> None:
        self.of = of
        points: list[object] = list(of.points)
        self.points = sorted(points) if of.ordered else points  # type: ignore[type-var]
        self.at = {point: place for place, point in enumerate(self.points)}
        self.missing = 2 * len(points) + 1 if of.ordered else len(points) + 1
        self.known: dict[_Asked, int] = {}

    def where(self, asked: _Asked, negated: bool) -> int:
        """The places at which a comparison holds, or does not."""
        if asked not in self.known:
            self.known[asked] = self._where(asked)
        found = self.known[asked]
        return ((1 << self.missing + 1) - 1) ^ found if negated else found

    def _where(self, asked: _Asked) -> int:
        if asked.either:
            return reduce(or_, (self.where(one, negated) for one, negated in asked.either))
        present = (1 << self.missing) - 1
        exactly = reduce(or_, map(self._exactly, asked.constants), 0)
        match asked.operator:
            case "==" | "in":
                return exactly
            case "!=" | "not in":
                return present & ~exactly
            case "<":
                return exactly - 1
            case "<=":
                return (exactly << 1) - 1
            case ">":
                return present & ~((exactly << 1) - 1)
            case ">=":
                return present & ~(exactly - 1)
            case "is present":
                return present
            case "is missing":
                return 1 << self.missing
            case other:
                raise AssertionError(other)

    def _exactly(self, constant: object) -> int:
        place = self.at[constant]
        return 1 << (2 * place + 1 if self.of.ordered else place)

    def looked(self, ruled: Iterable[tuple[int, int]], every: int) -> Ruling:
        """``ruled``: for a bit the places that leave it standing."""
        turning = [0] * (self.missing + 1)
        for bit, held in ruled:
            out = ((1 << self.missing + 1) - 1) ^ held
            edges = (out ^ out << 1) & ((1 << self.missing + 1) - 1)
            while edges:
                lowest = edges & -edges
                turning[lowest.bit_length() - 1] ^= bit
                edges ^= lowest
        out, standing, masks = 0, every, []
        for turn in turning:
            if turn:
                # Places alike share one number.
                out ^= turn
                standing = every ^ out
            masks.append(standing)
        return Ruling(self.of.node, self.of.guards, self.of.ordered, tuple(self.points), tuple(masks))


def _all(parts: Sequence[list[_Term]]) -> list[_Term] | None:
    found: list[_Term] = [frozenset()]
    for terms in parts:
        if len(found) * len(terms) > _MOST_TERMS:
            return None
        found = [one | other for one in found for other in terms]
    return found


def _asked_of(terms: Iterable[_Term]) -> Iterable[_Asked]:
    return dict.fromkeys(asked for term in terms for asked, _ in term)


def _family(constant: object) -> str | None:
    """What is compared with it in one order."""
    match constant:
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case str():
            return "text"
        case datetime():
            return "instant"
        case date():
            return "date"
        case _:
            return None
