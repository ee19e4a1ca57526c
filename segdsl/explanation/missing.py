"""Whom missing values put where.

In go the operands of a comparison, out come sentences about what of them can be missing: not the whole of a calculation, but
what it is made from. Each sentence is in two forms: for who falls out of the whole, and for a part of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from segdsl.explanation import rows
from segdsl.explanation.speech import Scope
from segdsl.semantics import ir
from segdsl.semantics.walk import children

if TYPE_CHECKING:
    from segdsl.explanation.speaker import Speaker


@dataclass(frozen=True, slots=True)
class Lack:
    """``required``: said where who lacks it is not selected; ``elsewhere``: said where only what is asked of it fails."""

    required: str
    elsewhere: str


def lacks(speaker: Speaker, operand: ir.Expr, scope: Scope) -> Iterator[Lack]:
    """What of an operand can be missing."""
    if not operand.optional:
        return
    with speaker.quietly():
        found = list(dict.fromkeys(_of(speaker, operand, scope)))
    yield from found


def _of(speaker: Speaker, node: ir.Expr, scope: Scope) -> Iterator[Lack]:
    if not node.optional:
        return
    match node:
        case ir.Use() if speaker.is_short(node.name):
            body, inside = speaker.body(node, scope)
            yield from _of(speaker, body, inside)
        case ir.Use() if speaker.program.definitions[node.name].kind == "tiers":
            yield _without(f"tier of {speaker.term(node.name)}")
        case ir.Call(overload="coalesce"):
            yield _without(_bare(speaker, node, scope))
        case ir.Call(overload="number"):
            yield _without(_bare(speaker, node, scope))
        case ir.Call(overload="divide_exact" | "divide_float", args=(_, divisor)):
            for child in node.args:
                yield from _of(speaker, child, scope)
            if not isinstance(_stripped(divisor), ir.Literal):
                zero = f"Nothing is divided by 0: where {speaker.text(divisor, scope)} is 0, no comparison with the result holds."
                yield Lack(zero, zero)
        case ir.Convert() | ir.InRange() | ir.Call():
            inner = [part for child in children(node) for part in _of(speaker, child, scope)]
            yield from inner or [_without(_bare(speaker, node, scope))]
        case ir.If(condition=ir.All(), then=then, otherwise=None) if then.optional:
            # A number of degrees that is checked to be on the globe.
            yield from _of(speaker, then, scope)
        case ir.Aggregate(function="min" | "max" | "avg" | "percentile") if node.value is not None and node.row.depth:
            if node.value.optional:
                yield _without(_bare(speaker, node, scope))
            elif node.outer == ir.Row(0, scope.entity):
                what = rows.described(speaker, node, scope, many=False)
                value = speaker.value(node, scope).full(scope)
                yield Lack(
                    f"Whoever has no {what} is not selected.",
                    f"Where there is no {what}, no comparison with {value} holds.",
                )
            else:
                yield _without(_bare(speaker, node, scope))
        case ir.Overall():
            noun = _bare(speaker, node, scope)
            yield Lack(f"If there is no {noun}, nobody is selected.", _without(noun).elsewhere)
        case ir.Previous():
            yield Lack(_FIRST, _FIRST)
        case _:
            yield _without(_bare(speaker, node, scope))


def _stripped(node: ir.Expr) -> ir.Expr:
    while isinstance(node, ir.Convert | ir.InRange):
        node = node.value
    return node


_FIRST = "The first row has none before it: no comparison with that one holds."


def _without(noun: str) -> Lack:
    return Lack(f"Whoever has no {noun} is not selected.", f"Where there is no {noun}, no comparison with it holds.")


def _bare(speaker: Speaker, node: ir.Expr, scope: Scope) -> str:
    found = speaker.value(node, scope)
    if found.owner is not None:
        text = f"{found.done} {found.when}" if found.done is not None else found.text.replace("’s ", " ")
        return (
            text if found.owner == scope.here or found.owner.depth == 0 else f"{text} of the {scope.name(found.owner)}"
        )
    text = found.text.replace("’s ", " ") if found.text.count("’s ") == 1 else found.text
    for lead in ("the ", "their ", "its "):
        text = text.removeprefix(lead)
    return text
