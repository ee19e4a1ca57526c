"""Tiers: the first case that holds wins, as one text with ordered values.

In go the cases as they were written and where they stand, out comes nested `ir.If` over literals, the last case the lowest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from segdsl.records import replace
from segdsl.semantics import ir
from segdsl.semantics.context import unknown
from segdsl.semantics.names import Scope
from segdsl.syntax import ast
from segdsl.types import STRING

if TYPE_CHECKING:
    from segdsl.semantics.expressions import Expressions


def tiers(resolver: Expressions, node: ast.Tiers, scope: Scope) -> ir.Expr:
    kind = replace(STRING, values=tuple(case.name.text for case in reversed(node.cases)), ordered=True)
    conditions = [None if case.where is None else resolver.condition(case.where, scope) for case in node.cases]
    if any(condition is not None and condition.type.is_unknown for condition in conditions):
        return unknown(node.span)
    body: ir.Expr | None = None
    for case, condition in reversed(list(zip(node.cases, conditions, strict=True))):
        label = ir.Literal(case.name.text, type=kind, span=case.name.span)
        if condition is None:
            body = label
        else:
            optional = body is None or body.optional
            body = ir.If(condition, label, body, type=kind, optional=optional, span=case.span)
    assert body is not None, "tiers have a case"
    return body
