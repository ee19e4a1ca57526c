"""Lists: what may be asked of a field that is a set of labels.

In goes a condition of the syntax tree, out comes an `ir.ListHas`. A list is asked what it contains and whether it is missing, and
nothing else: `refused` says so of one that stands anywhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from segdsl.diagnostics import Diagnostic, Fix
from segdsl.errors import types as errors
from segdsl.semantics import ir
from segdsl.semantics.constants import Scalar
from segdsl.semantics.context import unknown
from segdsl.semantics.names import Scope
from segdsl.source import Span
from segdsl.syntax import ast
from segdsl.types import STRING, Kind

if TYPE_CHECKING:
    from segdsl.semantics.expressions import Expressions


def has_text(value: ir.Expr, needle: str, node: ast.Match) -> ir.Expr:
    """``tags contains "x"``"""
    return ir.ListHas(value, (needle,), negated=node.negated, span=node.span)


def has_texts(resolver: Expressions, node: ast.ListMatch, scope: Scope) -> ir.Expr:
    """``tags contains any ("x", "y")``"""
    context, span = resolver.context, node.span
    value = resolver.expr(node.value, scope)
    items = resolver.items(node, STRING, scope)
    if value.type.is_unknown:
        return unknown(span)
    if value.type.kind is not Kind.LIST:
        return context.wrong(errors.contains_any_of_text(value.span, node.word, value.type))
    if items is None:
        return unknown(span)
    for item, place in items:
        if not isinstance(item.value, str):
            return context.wrong(errors.list_item(place, STRING, errors.words(item.type)))
    texts = tuple(dict.fromkeys(item.value for item, _ in items if isinstance(item.value, str)))
    return ir.ListHas(value, texts, every=node.word == "all", negated=node.negated, span=span)


def refused(values: Sequence[ir.Expr], operator: str, span: Span) -> Diagnostic | None:
    """A finding where a list is compared; how to ask for a text in it, where it is compared with one."""
    listed = next((value for value in values if value.type.kind is Kind.LIST), None)
    if listed is None:
        return None
    other = next((v for v in values if isinstance(v, ir.Literal) and isinstance(v.value, str)), None)
    known = listed.span.source is not None and other is not None and other.span.source is not None
    if other is None or not known or len(values) != 2 or operator not in ("`=`", "`!=`"):
        return errors.list_compared(span, '… contains "…"')
    word = "contains" if operator == "`=`" else "not contains"
    written = f"{listed.span.text} {word} {other.span.text}"
    return errors.list_compared(span, written, _rewritten(span, written))


def _rewritten(span: Span, written: str) -> Fix | None:
    return errors.contains_instead(span, written) if span.source is not None else None


def looked_up(value: ir.Expr, items: Sequence[tuple[Scalar, Span]], node: ast.In) -> Diagnostic:
    """A finding about ``tags in ("x", "y")``."""
    texts = [place.text for item, place in items if isinstance(item.value, str) and place.source is not None]
    if node.bare or len(texts) != len(items) or value.span.source is None or node.span.source is None:
        return errors.list_compared(node.span, '… contains any ("…", "…")')
    word = "not contains any" if node.negated else "contains any"
    written = f"{value.span.text} {word} ({', '.join(texts)})"
    return errors.list_compared(node.span, written, _rewritten(node.span, written))
