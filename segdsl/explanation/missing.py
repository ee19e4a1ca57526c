"""Whom missing values put where.

In go the operands of a comparison, out come sentences about what of them can be missing: not the whole of a calculation, but
what it is made from. Each sentence is in two forms: for who falls out of the whole, and for a part of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from segdsl.explanation import rows, wording
from segdsl.explanation.speech import Scope
from segdsl.semantics import ir
from segdsl.semantics.walk import children, walk
from segdsl.types import Kind

if TYPE_CHECKING:
    from segdsl.explanation.speaker import Speaker


@dataclass(frozen=True, slots=True)
class Lack:
    """``required``: said where who lacks it is not selected; ``elsewhere``: said where only what is asked of it fails; ``valueless``:
    said of a value that is made of it."""

    required: str
    elsewhere: str
    valueless: str


def lacks(speaker: Speaker, operand: ir.Expr, scope: Scope) -> Iterator[Lack]:
    """What of an operand can be missing."""
    if not operand.optional:
        return
    with speaker.quietly():
        found = list(dict.fromkeys(_of(speaker, operand, scope)))
    yield from found


def of_computed(speaker: Speaker, node: ir.FieldRef) -> tuple[ir.Expr, ...]:
    """What a computed truth of the entity compares, so that it is false where that is missing."""
    found = speaker.program.model.expressions.get((node.owner, node.field.name))
    match found:
        case ir.Anniversary(negated=False) | ir.InPeriod() | ir.InList() | ir.Match():
            return (found.value,)
        case ir.Compare():
            return (found.left, found.right)
        case ir.Between():
            return (found.value, found.low, found.high)
        case _:
            return ()


def _of(speaker: Speaker, node: ir.Expr, scope: Scope) -> Iterator[Lack]:
    if not node.optional or node in scope.settled:
        return
    match node:
        case ir.Use() if speaker.is_short(node.name):
            body, inside = speaker.body(node, scope)
            yield from _of(speaker, body, inside)
        case ir.Use() if speaker.program.definitions[node.name].kind == "tiers":
            yield _without(speaker, scope, f"tier of {speaker.term(node.name)}")
        case ir.FieldRef():
            yield _field(speaker, node, scope)
        case ir.Call(overload="coalesce" | "number"):
            yield _without(speaker, scope, _bare(speaker, node, scope), _row_of(node, scope))
        case ir.Call(overload="haversine", args=args):
            for arg in args:
                # A number of degrees is checked to be on the globe; what is beyond, a note says.
                yield from _of(speaker, arg.then if isinstance(arg, ir.If) else arg, scope)
        case ir.RankValue():
            who = _people(scope)
            yield _lack(f"{who} who are not ranked", "do", "it")
        case ir.Call(overload="divide_exact" | "divide_float", args=(_, divisor)):
            for child in node.args:
                yield from _of(speaker, child, scope)
            if not isinstance(_stripped(divisor), ir.Literal):
                text = speaker.text(divisor, scope)
                zero = f"Where {text} {wording.agreed(text)} 0, there is no result, and what is asked of it is not met."
                yield Lack(zero, zero, f"Where {text} {wording.agreed(text)} 0, there is no value.")
        case ir.Convert() | ir.InRange() | ir.Call():
            inner = [child for child in children(node) if child.optional]
            for child in inner:
                yield from _of(speaker, child, scope)
            if not inner:
                yield _without(speaker, scope, _bare(speaker, node, scope), _row_of(node, scope))
        case ir.Aggregate() if node.function in _OVER_ROWS and node.value is not None and node.row.depth:
            yield from _aggregate(speaker, node, scope)
        case ir.Overall():
            yield from _overall(node, scope)
        case ir.Previous():
            name = wording.humanised(node.row.of)
            first = f"A {wording.humanised(scope.entity)}’s first {name} has none before it and does not meet what is asked of that."
            yield Lack(
                first, first, f"A {wording.humanised(scope.entity)}’s first {name} has none before it, and no value."
            )
        case _:
            yield _without(speaker, scope, _bare(speaker, node, scope), _row_of(node, scope))


_OVER_ROWS = frozenset({"min", "max", "avg", "percentile", "first", "last"})


def _aggregate(speaker: Speaker, node: ir.Aggregate, scope: Scope) -> Iterator[Lack]:
    assert node.value is not None
    if node.outer != ir.Row(0, scope.entity):
        yield _without(speaker, scope, _bare(speaker, node, scope), node.outer)
        return
    every = node.period is None and node.where is None
    known = every and node.row.of in scope.settled
    what = rows.described(speaker, node, scope, many=False)
    if not node.value.optional:
        if not known:
            yield _without(speaker, scope, what, met=speaker.value(node, scope).full(scope))
        return
    value = _stripped(node.value)
    if node.function in ("first", "last") and isinstance(value, ir.FieldRef) and value.row == node.row:
        people = _people(scope)
        one = f"{node.function} {what}"
        field = rows.compound(speaker, value)
        lead = (
            f"{people} whose {one} has no {field}"
            if known
            else f"{people} with no {what}, or whose {node.function} one has no {field},"
        )
        yield _lack(lead, "do", "it")
        return
    yield _without(speaker, scope, _bare(speaker, node, scope))


def _overall(node: ir.Overall, scope: Scope) -> Iterator[Lack]:
    inner = node.aggregate
    every = inner.period is None and inner.where is None and inner.value is not None and not inner.value.optional
    if every and inner.row.of in scope.settled:
        return
    if not inner.row.depth:
        none = f"If no {wording.humanised(scope.entity)} has such a value"
        yield Lack(
            f"{none}, nobody is selected.", f"{none}, nobody meets what is asked of it.", f"{none}, there is no value."
        )
        return
    some = wording.plural(wording.humanised(inner.row.of))
    of = rows.called(inner)
    lead = (
        f"With no {some} to take it from, there is no {of} over all {wording.plural(wording.humanised(scope.entity))}"
    )
    yield Lack(f"{lead}, and nobody is selected.", f"{lead}, and nobody meets what is asked of it.", f"{lead}.")


def _field(speaker: Speaker, node: ir.FieldRef, scope: Scope) -> Lack:
    own = speaker.field_name(node.field)
    if node.path and node.path[-1].to == scope.entity:
        return _without(speaker, scope, f"known {own}")
    if node.path:
        return _without(speaker, scope, rows.compound(speaker, node), node.row)
    column = wording.column(node.field.name)
    if node.type.kind is Kind.BOOL:
        text = f"whose {own} is not known ({column} is missing)"
        who, do = _who(scope, node.row)
        return _lack(f"{who} {text}", do, "it")
    if wording.participle(node.field.name) is not None and node.type.is_time:
        return _without(speaker, scope, column, node.row)
    return _without(speaker, scope, own if node.type.kind is Kind.LIST else f"known {own}", node.row)


def _without(speaker: Speaker, scope: Scope, noun: str, row: ir.Row | None = None, met: str = "") -> Lack:
    who, do = _who(scope, row)
    asked = met or ("them" if wording.agreed(noun) == "are" else "it")
    return _lack(f"{who} with no {noun}", do, asked)


def _lack(who: str, do: str, asked: str) -> Lack:
    has = "have" if do == "do" else "has"
    return Lack(f"{who} are not selected.", f"{who} {do} not meet what is asked of {asked}.", f"{who} {has} no value.")


def _who(scope: Scope, row: ir.Row | None) -> tuple[str, str]:
    """Who lacks it: the entities, or a row."""
    if row is None or row.of == scope.entity or row.grouped:
        return _people(scope), "do"
    return wording.capital(wording.article(scope.name(row))), "does"


def _people(scope: Scope) -> str:
    return wording.capital(wording.plural(wording.humanised(scope.entity)))


def _row_of(node: ir.Expr, scope: Scope) -> ir.Row | None:
    """The innermost row around of which a value is made."""
    rows_ = (found.row for found in walk(node) if isinstance(found, ir.FieldRef | ir.RowUse))
    return max((row for row in rows_ if scope.knows(row)), key=_depth, default=None)


def _depth(row: ir.Row) -> int:
    return row.depth


def _stripped(node: ir.Expr) -> ir.Expr:
    while isinstance(node, ir.Convert | ir.InRange):
        node = node.value
    return node


def _bare(speaker: Speaker, node: ir.Expr, scope: Scope) -> str:
    found = speaker.value(node, scope)
    if found.owner is not None:
        return f"{found.done} {found.when}" if found.done is not None else found.text.replace("’s ", " ")
    text = found.text
    for lead in ("the ", "their ", "its "):
        text = text.removeprefix(lead)
    return text
