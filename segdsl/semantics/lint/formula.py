"""Conditions as formulas: `and` and `or` over atoms, nothing negated but the atoms themselves.

In goes a condition in its plain form (`Definitions.plain`), out comes a formula that holds exactly where it does. An atom about
a quantity says that it is present, too, as a comparison does. `if` and `coalesce` become the cases they are. What is not
understood is an `Opaque` atom: equal to itself, and nothing else is known of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import TypeAlias

from segdsl.records import record, replace
from segdsl.semantics import ir
from segdsl.semantics.lint import moments
from segdsl.semantics.lint.terms import Term, bare, constant, plain_number, range_of, term
from segdsl.semantics.simplify import missing
from segdsl.types import BOOL, INT, Kind

MOST_CASES = 64
"""A value that is one of more values than this is looked at as a whole."""
MOST_ATOMS = 1_000
"""So is one whose cases take more than this to tell apart: cases in cases multiply."""


@record(frozen=True, slots=True)
class Less:
    """``left`` is less than ``right``, or, unless ``strictly``, equal."""

    left: Term
    right: Term
    strictly: bool = False


@record(frozen=True, slots=True)
class OneOf:
    """``value`` is one of some constants, or, with ``holds`` False, present and none of them."""

    value: ir.Expr
    items: frozenset[object]
    holds: bool = True


@record(frozen=True, slots=True)
class Missing:
    value: ir.Expr
    holds: bool = True


@record(frozen=True, slots=True)
class Like:
    """A text matches; with ``holds`` False: is present and does not."""

    value: ir.Expr
    word: str
    needle: str
    holds: bool = True


@record(frozen=True, slots=True)
class Same:
    """Two texts, or two truth values, are the same; with ``holds`` False: both present and not the same."""

    pair: frozenset[ir.Expr]
    holds: bool = True


@record(frozen=True, slots=True)
class Opaque:
    condition: ir.Expr
    holds: bool = True


Atom: TypeAlias = Less | OneOf | Missing | Like | Same | Opaque


@record(frozen=True, slots=True)
class Both:
    """All of them; without parts: true."""

    parts: tuple[Formula, ...]


@record(frozen=True, slots=True)
class Either:
    """One of them; without parts: false."""

    parts: tuple[Formula, ...]


Formula: TypeAlias = Atom | Both | Either
TRUE, FALSE = Both(()), Either(())


def both(parts: Iterable[Formula]) -> Formula:
    found: dict[Formula, None] = {}
    for part in parts:
        if part == FALSE:
            return FALSE
        found.update(dict.fromkeys(part.parts if isinstance(part, Both) else (part,)))
    return next(iter(found)) if len(found) == 1 else Both(tuple(found))


def either(parts: Iterable[Formula]) -> Formula:
    found: dict[Formula, None] = {}
    for part in parts:
        if part == TRUE:
            return TRUE
        found.update(dict.fromkeys(part.parts if isinstance(part, Either) else (part,)))
    return next(iter(found)) if len(found) == 1 else Either(tuple(found))


def opposite(formula: Formula) -> Formula:
    """Exactly where a formula does not hold; only for atoms that say nothing of presence, or of quantities always present."""
    match formula:
        case Both(parts=parts):
            return either(map(opposite, parts))
        case Either(parts=parts):
            return both(map(opposite, parts))
        case Missing() | Opaque():
            return replace(formula, holds=not formula.holds)
        case Less():
            sides = (formula.left, formula.right)
            absent = [Missing(side) for side in sides if isinstance(side, ir.Node) and side.optional]
            return either([less(formula.right, formula.left, not formula.strictly), *absent])
        case Same():
            return either(
                [replace(formula, holds=not formula.holds), *(Missing(v) for v in formula.pair if v.optional)]
            )
        case OneOf() | Like():
            absent = [Missing(formula.value)] if formula.value.optional else []
            return either([replace(formula, holds=not formula.holds), *absent])


class Formulas:
    """Formulas of conditions, each made once."""

    def __init__(self) -> None:
        self._made: dict[ir.Expr, Formula] = {}
        self._told_apart: dict[ir.Expr, list[tuple[Formula, ir.Expr]] | None] = {}

    def of(self, condition: ir.Expr) -> Formula:
        if condition not in self._made:
            self._made[condition] = self._of(condition)
        return self._made[condition]

    def _of(self, condition: ir.Expr) -> Formula:
        match condition:
            case ir.All():
                return both(map(self.of, condition.items))
            case ir.Any():
                return either(map(self.of, condition.items))
            case ir.Not(item=ir.Rank() as rank):
                return Opaque(rank, False)
            case ir.Not():
                return opposite(self.of(condition.item))
            case ir.Rank():
                # Ranked are those who have a value, among whoever is asked for.
                among = TRUE if condition.among is None else self.of(condition.among)
                return both([Opaque(condition), opposite(self.missing(condition.value)), among])
            case ir.Literal(value=value):
                return TRUE if value is True else FALSE
            case ir.Compare():
                return self._compared(condition)
            case ir.Between():
                low = ir.Compare(">=", condition.value, condition.low)
                inside = self.of(ir.All((low, ir.Compare("<=", condition.value, condition.high))))
                return Opaque(condition) if condition.negated else inside
            case ir.InList(items=items, negated=negated):
                listed = frozenset(item if (n := constant(item)) is None else n for item in items)
                return self._each_case(condition.value, lambda value: self._one_of(value, listed, not negated))
            case ir.Truth(negated=negated):
                return self._each_case(
                    condition.value, lambda value: self._one_of(value, frozenset({True}), not negated)
                )
            case ir.Match():
                return self._each_case(condition.value, lambda value: self._like(condition, value))
            case ir.InPeriod():
                return self._each_case(condition.value, lambda value: self._in_period(condition, value))
            case ir.IsMissing(negated=negated):
                found = self.missing(condition.value)
                return opposite(found) if negated else found
            case ir.ListHas(negated=negated):
                join = both if condition.every else either
                found = join(
                    both([Opaque(ir.ListHas(condition.value, (item,))), Missing(condition.value, False)])
                    for item in condition.items
                )
                return opposite(found) if negated else found
            case ir.NoRow(negated=negated) | ir.Anniversary(negated=negated):
                atom = Opaque(replace(condition, negated=False), not negated)
                if isinstance(condition, ir.Anniversary):
                    return both([atom, opposite(self.missing(condition.value))])
                return atom
            case ir.Aggregate(function="any" | "none") as rows:
                count = replace(rows, function="count", type=INT, optional=False)
                return less(1, count) if rows.function == "any" else less(count, 0)
            case ir.Overall(aggregate=ir.Aggregate(function="any" | "none") as rows):
                counts = replace(condition, aggregate=replace(rows, function="count", type=INT), type=INT)
                return less(1, counts) if rows.function == "any" else less(counts, 0)
            case _:
                return Opaque(condition)

    # -- values -----------------------------------------------------------------------------------------------------

    def _each_case(self, value: ir.Expr, made: Callable[[ir.Expr], Formula]) -> Formula:
        cases = self._cases(value) or [(TRUE, value)]
        return either(both([when, made(bare(one))]) for when, one in cases)

    def _cases(self, value: ir.Expr) -> list[tuple[Formula, ir.Expr]] | None:
        """What a value is, and when; None where it is one of too many."""
        if value not in self._told_apart:
            found = self._apart(value)
            few = found is not None and _atoms([when for when, _ in found], MOST_ATOMS) <= MOST_ATOMS
            self._told_apart[value] = found if few else None
        return self._told_apart[value]

    def _apart(self, value: ir.Expr) -> list[tuple[Formula, ir.Expr]] | None:
        value = bare(value)
        found: list[tuple[Formula, ir.Expr]] = []
        before: Formula = TRUE
        waiting: ir.Expr | None = value
        while waiting is not None:
            waiting = bare(waiting)
            match waiting:
                case ir.If(condition=condition, then=then, otherwise=rest):
                    when, following = self.of(condition), rest
                case ir.Call(overload="coalesce", args=(then, *others)):
                    when = opposite(self.missing(then))
                    following = None
                    if others:
                        following = others[0] if len(others) == 1 else replace(waiting, args=tuple(others))
                case _:
                    found.append((before, waiting))
                    return found
            inner = self._cases(then)
            if inner is None or len(found) + len(inner) > MOST_CASES:
                return None
            found.extend((both([before, when, its]), one) for its, one in inner)
            before = both([before, opposite(when)])
            waiting = following
        found.append((before, ir.Literal(None, type=value.type, optional=True)))
        return found

    def missing(self, value: ir.Expr) -> Formula:
        """Where a value is missing."""
        value = bare(value)
        if not value.optional:
            return FALSE
        match value:
            case ir.If() | ir.Call(overload="coalesce"):
                cases = self._cases(value)
                if cases is None or (len(cases) == 1 and cases[0][1] is value):
                    return Missing(value)
                return either(both([when, self.missing(one)]) for when, one in cases)
            case ir.Literal():
                return TRUE if value.value is None else FALSE
            case _:
                plain = missing(value)
                if isinstance(plain, ir.IsMissing):
                    return Missing(bare(plain.value)) if bare(plain.value) == value else self.missing(plain.value)
                return self.of(plain)

    def _one_of(self, value: ir.Expr, items: frozenset[object], holds: bool) -> Formula:
        if isinstance(value, ir.Literal):
            if value.value is None:
                return FALSE
            number = constant(value.value)
            return TRUE if ((value.value if number is None else number) in items) == holds else FALSE
        if _is_condition(value):
            found = self.of(value)
            return found if (True in items) == holds else opposite(found)
        return OneOf(value, items, holds)

    def _like(self, condition: ir.Match, value: ir.Expr) -> Formula:
        if isinstance(value, ir.Literal):
            return FALSE if value.value is None else Opaque(replace(condition, value=value))
        return Like(value, condition.word, condition.needle, not condition.negated)

    def _in_period(self, condition: ir.InPeriod, value: ir.Expr) -> Formula:
        time = term(value)
        if isinstance(time, ir.Literal):
            return FALSE
        start, end, included = moments.ends(condition.period, value.type.kind is Kind.DATE)
        if condition.negated:
            return either([less(time, start, True), less(end, time, included)])
        return both([less(start, time), less(time, end, not included)])

    # -- comparisons ------------------------------------------------------------------------------------------------

    def _compared(self, node: ir.Compare) -> Formula:
        left = self._cases(node.left) or [(TRUE, bare(node.left))]
        right = self._cases(node.right) or [(TRUE, bare(node.right))]
        if len(left) * len(right) > MOST_CASES:
            left, right = [(TRUE, bare(node.left))], [(TRUE, bare(node.right))]
        return either(
            both([when, its, self._comparison(node.operator, one, other)]) for when, one in left for its, other in right
        )

    def _comparison(self, operator: str, left: ir.Expr, right: ir.Expr) -> Formula:
        if any(isinstance(side, ir.Literal) and side.value is None for side in (left, right)):
            return FALSE
        if left.type.kind in (Kind.STRING, Kind.BOOL, Kind.ANY, Kind.LIST):
            return self._same(left, right, operator == "=")
        return order(operator, term(left), term(right))

    def _same(self, left: ir.Expr, right: ir.Expr, holds: bool) -> Formula:
        if isinstance(left, ir.Literal):
            left, right = right, left
        if isinstance(right, ir.Literal):
            return self._one_of(left, frozenset({right.value}), holds)
        if left == right:
            return opposite(self.missing(left)) if holds else FALSE
        if _is_condition(left) or _is_condition(right):
            return Opaque(ir.Compare("=" if holds else "!=", left, right, type=BOOL))
        return Same(frozenset({left, right}), holds)


def order(operator: str, left: Term, right: Term) -> Formula:
    """A comparison of two numbers or times."""
    match operator:
        case "<" | "<=":
            return less(left, right, operator == "<")
        case ">" | ">=":
            return less(right, left, operator == ">")
        case "=":
            return both([less(left, right), less(right, left)])
        case _:
            return either([less(left, right, True), less(right, left, True)])


def less(left: Term, right: Term, strictly: bool = False) -> Less:
    """One way to say it: more than 5 orders are 6 or more."""
    match left, right:
        case (int() | Fraction(), ir.Node()):
            step = range_of(right).step
            if step is not None:
                places = Fraction(left) / step
                up = places.__floor__() + 1 if strictly else places.__ceil__()
                return Less(plain_number(Fraction(up) * step), right)
        case (ir.Node(), int() | Fraction()):
            step = range_of(left).step
            if step is not None:
                places = Fraction(right) / step
                down = places.__ceil__() - 1 if strictly else places.__floor__()
                return Less(left, plain_number(Fraction(down) * step))
        case _:
            pass
    return Less(left, right, strictly)


def _atoms(formulas: list[Formula], most: int) -> int:
    """How many atoms there are, counted until they are too many."""
    waiting, number = list(formulas), 0
    while waiting and number <= most:
        formula = waiting.pop()
        if isinstance(formula, Both | Either):
            waiting.extend(formula.parts)
        else:
            number += 1
    return number


def _is_condition(value: ir.Expr) -> bool:
    match value:
        case ir.Aggregate(function="any" | "none") | ir.Overall(aggregate=ir.Aggregate(function="any" | "none")):
            return True
        case ir.Use() | ir.RowUse() | ir.Past():
            return value.type.kind is Kind.BOOL and not value.optional
        case _:
            return isinstance(value, ir.CONDITIONS)
