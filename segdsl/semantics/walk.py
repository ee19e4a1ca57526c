"""Children of a node of the typed tree, and the same node with other children. All passes share these two.

In goes a node, out come its direct children, or a node of the same class around changed ones. Nothing here knows what
a node means. A new node needs an entry in ``_PARTS`` (or ``_MANY``), without which this module cannot be imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from operator import attrgetter
from typing import Any, get_args

from segdsl.records import replace
from segdsl.semantics import ir


def children(expr: ir.Expr) -> tuple[ir.Expr, ...]:
    """The direct children, in the order of the text."""
    return _CHILDREN[type(expr)](expr)


def rebuild(expr: ir.Expr, change: Callable[[ir.Expr], ir.Expr]) -> ir.Expr:
    """The node with ``change`` applied to each direct child; the very same node when no child changes."""
    before = children(expr)
    if not before:
        return expr
    after = tuple([change(child) for child in before])
    for new, old in zip(after, before, strict=True):
        if new is not old:
            break
    else:
        return expr
    many = _MANY.get(type(expr))
    if many is not None:
        return replace(expr, **{many: after})
    parts = iter(after)
    return replace(expr, **{name: next(parts) for name in _PARTS[type(expr)] if getattr(expr, name) is not None})


_PARTS: dict[type[ir.Node], tuple[str, ...]] = {
    **dict.fromkeys(
        (
            ir.Literal,
            ir.Instant,
            ir.FieldRef,
            ir.TraitColumn,
            ir.Use,
            ir.RowUse,
            ir.GroupValue,
            ir.NoRow,
            ir.Col,
        ),
        (),
    ),
    **dict.fromkeys(
        (
            ir.Convert,
            ir.InRange,
            ir.InList,
            ir.InPeriod,
            ir.Match,
            ir.ListHas,
            ir.Anniversary,
            ir.IsMissing,
            ir.Truth,
            ir.Bound,
            ir.Previous,
            ir.Past,
        ),
        ("value",),
    ),
    ir.If: ("condition", "then", "otherwise"),
    ir.Aggregate: ("value", "where", "per", "having"),
    ir.Follow: ("where",),
    ir.Overall: ("aggregate",),
    ir.Rank: ("value", "per", "among"),
    ir.RankValue: ("value", "per", "among"),
    ir.PairRank: ("aggregate", "by", "having", "among"),
    ir.Compare: ("left", "right"),
    ir.Between: ("value", "low", "high"),
    ir.Not: ("item",),
}
"""The parts of a node in the order in which `children` gives them, those that may be None included."""
_MANY: dict[type[ir.Node], str] = {ir.Call: "args", ir.All: "items", ir.Any: "items"}
"""Where the children of a node with any number of them are."""


def _reader(cls: type[ir.Node]) -> Callable[[ir.Expr], tuple[ir.Expr, ...]]:
    names = (_MANY[cls],) if cls in _MANY else _PARTS.get(cls)
    assert names is not None, f"{cls.__name__} is a node without an entry"
    if not names:
        return lambda expr: ()
    read: Callable[[ir.Expr], Any] = attrgetter(*names)
    if cls in _MANY:
        return read
    optional = {field.name for field in fields(cls) if "None" in str(field.type)}
    if not optional.intersection(names):
        return read if len(names) > 1 else lambda expr: (read(expr),)
    if len(names) > 1:
        return lambda expr: tuple([value for value in read(expr) if value is not None])
    return lambda expr: () if (value := read(expr)) is None else (value,)


_CHILDREN = {cls: _reader(cls) for cls in get_args(ir.Expr)}


ALONE = (ir.Past, ir.Overall, ir.Rank, ir.RankValue, ir.PairRank)
"""What is read for the entity, or for everyone, with no row around it."""


def walk_rows(expr: ir.Expr) -> Iterator[ir.Expr]:
    """Like `walk`, but without what is read with no row around: the rows in there are no rows of out here."""
    waiting = [expr]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ALONE):
            waiting.extend(reversed(children(node)))


def walk(expr: ir.Expr) -> Iterator[ir.Expr]:
    """The node and all below it, each before its children; without recursion."""
    waiting = [expr]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(children(node)))
