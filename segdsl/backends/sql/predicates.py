"""Truth for dialects in which a condition is no value: a predicate where rows are asked, a value of one bit anywhere else.

Comes in: a finished tree, in which both are written alike. Goes out: the same tree, each where it may stand. A predicate in the place
of a value becomes ``CASE WHEN predicate THEN true ELSE false END``, as no condition is missing where it is read as a value
(`segdsl.planning.plan`); a value in the place of a predicate becomes ``value = 1``, so that a missing one is unknown.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from segdsl.backends.sql import nodes
from segdsl.backends.sql.nodes import Node

_PREDICATES = (
    exp.And,
    exp.Or,
    exp.Not,
    exp.EQ,
    exp.NEQ,
    exp.LT,
    exp.LTE,
    exp.GT,
    exp.GTE,
    exp.Is,
    exp.In,
    exp.Between,
    exp.Like,
    exp.Escape,
    exp.Exists,
)


def told_apart(tree: Node, truth: Callable[[bool], Node]) -> Node:
    """``truth``: a value that is true or false."""
    for coalesce in list(tree.find_all(exp.Coalesce)):
        if isinstance(coalesce.this, _PREDICATES) and coalesce.expressions == [exp.false()]:
            # What a CASE makes of the unknown is false already.
            coalesce.replace(_as_value(coalesce.this, truth))
    for node in list(tree.walk()):
        if isinstance(node, exp.Paren) or node.parent is None:
            continue
        place = _with_parens(node)
        asked = _asks(place)
        hole = exp.null()
        match node:
            case exp.Boolean(this=bool(holds)):
                place.replace(_settled(holds) if asked else truth(holds))
            case _ if isinstance(node, _PREDICATES) and not asked:
                place.replace(hole)
                hole.replace(_as_value(node, truth))
            case _ if asked and not isinstance(node, _PREDICATES):
                place.replace(hole)
                hole.replace(nodes.compare("=", node, nodes.number(1)))
    return tree


def _asks(node: Node) -> bool:
    """Does a predicate belong in a node's place?"""
    match node.parent:
        case exp.And() | exp.Or() | exp.Not() | exp.Where() | exp.Having():
            return True
        case exp.Escape():
            return node.arg_key == "this"
        case exp.Join():
            return node.arg_key == "on"
        case exp.If(parent=exp.Case() as case):
            return node.arg_key == "this" and case.this is None
        case _:
            return False


def _with_parens(node: Node) -> Node:
    while isinstance(node.parent, exp.Paren):
        node = node.parent
    return node


def _as_value(predicate: Node, truth: Callable[[bool], Node]) -> Node:
    return nodes.when(predicate, truth(True), truth(False))


def _settled(holds: bool) -> Node:
    return nodes.compare("=", nodes.number(1), nodes.number(1 if holds else 0))
