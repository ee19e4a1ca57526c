"""Rows around a row: can they be told apart, so that other rows may be compared with them?

An aggregate over rows that have nothing to do with a row around it is taken for each of the rows around, and a row is known
by its relation's key and by the one customer that it belongs to. In go rows and the place of the text, out comes whether that
is so, with a finding where it is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from segdsl.errors import rows as errors
from segdsl.errors import warnings
from segdsl.semantics import ir
from segdsl.semantics.context import Context
from segdsl.semantics.mentions import outside_aggregates
from segdsl.semantics.names import Scope
from segdsl.source import Span
from segdsl.syntax import ast

if TYPE_CHECKING:
    from segdsl.semantics.expressions import Expressions


def is_told_apart(relation: str, what: str, span: Span, context: Context) -> bool:
    """Has each row of a relation a key, and one customer? ``what`` follows if not."""
    layout = context.layout
    if not context.schema.relations[relation].key:
        context.report(errors.no_key(span, relation, what))
        return False
    for child, step in layout.crossings(relation, layout.way_up(relation, layout.entity)):
        context.report(errors.several_owners(span, relation, child, step.to, what))
        return False
    return True


def is_seen(row: ir.Row, scope: Scope, span: Span, context: Context) -> bool:
    """May a row around be read where the scope stands? Rows that descend from it always may."""
    if row in scope.descent():
        return True
    if row.grouped:
        # A group is known by the value that it has in common, and by what its rows are related to.
        row = scope.outers[row]
    if row.depth == 0:
        return True
    return is_told_apart(row.of, errors.OTHER_ROWS, span, context)


def alias(node: ast.Aggregate | ast.Sequence, scope: Scope, context: Context) -> str | None:
    """The name that `as` gives the rows of an aggregate or a step, with a finding where it is taken."""
    if node.alias is None:
        return None
    name, schema = node.alias.text, context.schema
    taken = (
        "a row around" if name in scope.aliases
        else "an argument of the trait" if name in scope.arguments
        else f"the one who is asked about: `{name}`" if name == context.layout.entity
        else "a relation" if name in schema.relations
        else "a lookup" if name in schema.lookups
        else None
    )  # fmt: skip
    if taken is not None:
        context.report(errors.row_name_taken(node.alias.span, name, taken))
    return name


def doubt_which(resolver: Expressions, node: ast.Aggregate | ast.Sequence, relation: str, scope: Scope) -> None:
    """Point out names that look as if they meant a row around of the same relation, in the condition of rows inside ``scope``."""
    if not resolver.hints or node.where is None or node.alias is not None:
        return
    if any(row.of == relation and not row.grouped and row not in scope.hidden for row in scope.rows[1:]):
        for name in outside_aggregates(node.where):
            if len(name.parts) > 1 and name.parts[0].text == relation and relation not in scope.aliases:
                resolver.context.report(warnings.inner_row_meant(name.span, name.text, relation))


def goes_by(relation: str, scope: Scope) -> str | None:
    """The name by which the row of a relation goes, where `as` has named it."""
    return next((name for name, row in scope.aliases.items() if row.of == relation and row in scope.hidden), None)
