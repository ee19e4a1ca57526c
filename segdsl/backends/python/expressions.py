"""A scalar of a plan as nodes of a Python expression.

In: a tree of `segdsl.semantics.ir` nodes whose leaves are `ir.Col`, `ir.Literal` and `ir.Instant`, and what each column is. Out: a
`Value`. A condition is a node that is True or False, with no guards: what is missing has been dealt with at its leaves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, assert_never

from segdsl.backends.python import runtime
from segdsl.backends.python.functions import LOWERINGS
from segdsl.backends.python.nodes import ARITHMETIC, ATOM, COMPARISON, LOW, Leaf, Node, Test, Value, merged
from segdsl.backends.python.times import Timely
from segdsl.backends.python.writing import Writing, held
from segdsl.semantics import ir
from segdsl.types import MAX_MILLIONTHS, Kind, Type

Columns: TypeAlias = Callable[[ir.Col], Value]
_SIGNS = {"=": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_MIRRORED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_FEW = 1_000
"""Constants of a list that are written out; Python makes one frozen set of them."""


def condition(expr: ir.Expr, columns: Columns, at: Writing) -> Node:
    """A condition, or a BOOL value where it is true."""
    if isinstance(expr, ir.CONDITIONS) or (isinstance(expr, ir.Literal) and expr.value is not None):
        return value(expr, columns, at).node
    found = value(expr, columns, at)
    if isinstance(expr, ir.Col) and not found.maybe:
        return found.node
    return _is(at.nodes.whole(found), True, at)


def value(expr: ir.Expr, columns: Columns, at: Writing) -> Value:
    nodes = at.nodes
    match expr:
        case ir.Col():
            return columns(expr)
        case ir.Literal():
            return at.literal(expr.value, expr.type)
        case ir.Instant():
            return Value(at.time(Timely("day" if expr.type.kind is Kind.DATE else "instant", expr.moment)))
        case ir.Call():
            return LOWERINGS[expr.overload](expr, [value(arg, columns, at) for arg in expr.args], at)
        case ir.Convert():
            return _converted(value(expr.value, columns, at), expr.value.type, expr.type, at)
        case ir.InRange():
            return at.called(runtime.in_range, value(expr.value, columns, at), partial=True)
        case ir.If():
            return _choice(expr, columns, at)
        case ir.Compare():
            return Value(_compared(expr, columns, at))
        case ir.InList():
            return Value(_in_list(expr, value(expr.value, columns, at), at))
        case ir.InPeriod():
            return Value(_in_period(expr, value(expr.value, columns, at), at))
        case ir.Bound():
            limit = at.time(Timely("bound", _bare(expr)))
            sign = ">=" if expr.side == "from" else "<"
            return Value(nodes.leaf(("", f" {sign} ", ""), value(expr.value, columns, at), Value(limit)))
        case ir.Match():
            return Value(_match(expr, value(expr.value, columns, at), at))
        case ir.ListHas():
            return Value(_list_has(expr, value(expr.value, columns, at), at))
        case ir.Anniversary():
            years = Value(at.time(Timely("years", expr.period)))
            parts = ("not comes_round(" if expr.negated else "comes_round(", ", ", ")")
            at.globals["comes_round"] = runtime.comes_round
            return Value(nodes.leaf(parts, value(expr.value, columns, at), years))
        case ir.IsMissing():
            guards = value(expr.value, columns, at).placed.guards
            if expr.negated:
                return Value(nodes.present(guards) if guards else nodes.connected(True, ()))
            return Value(nodes.connected(False, [nodes.unguarded(("", " is None"), guard) for guard in guards]))
        case ir.Truth():
            return Value(_is(nodes.whole(value(expr.value, columns, at)), not expr.negated, at))
        case ir.All() | ir.Any():
            items = [condition(item, columns, at) for item in expr.items]
            return Value(nodes.connected(isinstance(expr, ir.All), items))
        case ir.Not():
            return Value(nodes.negated(condition(expr.item, columns, at)))
        case (
            ir.FieldRef()
            | ir.TraitColumn()
            | ir.Use()
            | ir.RowUse()
            | ir.Previous()
            | ir.GroupValue()
            | ir.Aggregate()
            | ir.Follow()
            | ir.Past()
            | ir.Overall()
            | ir.Rank()
            | ir.PairRank()
            | ir.RankValue()
            | ir.NoRow()
            | ir.Between()
        ):
            raise AssertionError(f"a plan has no {type(expr).__name__}")
        case _:
            assert_never(expr)


def _bare(bound: ir.Bound) -> ir.Bound:
    """A bound of anything of that type: the same time, whatever is compared with it."""
    anything = ir.Col("", "", type=bound.value.type.plain)
    return ir.Bound(anything, bound.side, bound.moment, bound.whole_days)


# -- values -------------------------------------------------------------------------------------------------------------


def _converted(found: Value, of: Type, wanted: Type, at: Writing) -> Value:
    nodes = at.nodes
    match of.kind, wanted.kind:
        case Kind.INT, Kind.WHOLE | Kind.FLOAT:
            return nodes.strict(("", " + 0.0"), ARITHMETIC, found)
        case Kind.INT, Kind.DECIMAL:
            return _rescaled(found, Type(Kind.DECIMAL, 16, 0), wanted, at)
        case Kind.DECIMAL, Kind.DECIMAL:
            return _rescaled(found, of, wanted, at)
        case Kind.DECIMAL, Kind.FLOAT:
            return nodes.strict(("", f" / {10**of.scale}"), ARITHMETIC, found)
        case (Kind.WHOLE, Kind.INT) | (Kind.DECIMAL, Kind.INT):
            return at.called(runtime.int_of, found, partial=True)
        case Kind.FLOAT, Kind.DECIMAL:
            limits = (nodes.atom(repr(10**wanted.scale)), nodes.atom(repr(10**wanted.precision)))
            return at.called(runtime.of_float, found, *map(Value, limits), partial=True)
        case Kind.DATE, Kind.TIMESTAMP:
            beginning = at.constant(runtime.beginning_in(at.zone), "beginning").parts[0]
            return nodes.partial((f"{beginning}(", ")"), found)
        case _:
            return found


def _rescaled(found: Value, of: Type, wanted: Type, at: Writing) -> Value:
    """A decimal as another: exact to a wider scale, half away from zero to a narrower one, missing where it does not fit."""
    places = wanted.scale - of.scale
    moved = at.scaled(found, places) if places >= 0 else at.rounded(found, -places)
    if wanted.precision - places >= of.precision + (places < 0):
        return moved
    return at.fitted(moved, wanted.precision)


def _choice(expr: ir.If, columns: Columns, at: Writing) -> Value:
    asked = condition(expr.condition, columns, at)
    then = _branch(expr.then, expr.type, columns, at)
    other = at.nodes.variable("None") if expr.otherwise is None else _branch(expr.otherwise, expr.type, columns, at)
    args = [at.nodes.whole(then), asked, at.nodes.whole(other)]
    # Whose presence is asked for is there.
    sure = then.guards and isinstance(asked, Leaf) and set(then.guards) <= set(asked.guards)
    maybe = (then.maybe and not sure) or other.maybe
    chosen = at.nodes.raw(("", " if ", " else ", ""), args, LOW, maybe=maybe)
    return at.nodes.itself(chosen)


def _branch(expr: ir.Expr, wanted: Type, columns: Columns, at: Writing) -> Value:
    found = value(expr, columns, at)
    if wanted.kind is Kind.DECIMAL and expr.type.kind is Kind.DECIMAL:
        return _rescaled(found, expr.type, wanted, at)
    return found


def millionths(found: Value, at: Writing) -> Value:
    """A float as it is added up."""
    return at.called(runtime.millionths, found, partial=True)


def countable(found: Value, at: Writing) -> Node:
    """Is a float one that is added up?"""
    most = repr(MAX_MILLIONTHS)
    return at.nodes.leaf((f"-{most} <= ", f" <= {most}"), found)


# -- conditions ---------------------------------------------------------------------------------------------------------


def _compared(expr: ir.Compare, columns: Columns, at: Writing) -> Node:
    left, right = value(expr.left, columns, at), value(expr.right, columns, at)
    if expr.left.type.kind is Kind.DECIMAL:
        scale = max(expr.left.type.scale, expr.right.type.scale)
        left, right = at.scaled(left, scale - expr.left.type.scale), at.scaled(right, scale - expr.right.type.scale)
    return compared(expr.operator, left, right, at)


def compared(operator: str, left: Value, right: Value, at: Writing) -> Node:
    sign = _SIGNS[operator]
    parts, test = ("", f" {sign} ", ""), _test(sign, left, right, at)
    if operator == "=" and not right.maybe and _tells_itself(left):
        # None equals nothing that is there.
        return at.nodes.unguarded(parts, left.node, right.node, test=test)
    if operator == "=" and not left.maybe and _tells_itself(right):
        return at.nodes.unguarded(parts, left.node, right.node, test=test)
    return at.nodes.leaf(parts, left, right, test=test)


def _test(sign: str, left: Value, right: Value, at: Writing) -> Test | None:
    """The comparison as one of a value with a constant."""
    if right.node in at.known and left.node not in at.known:
        return Test(left, sign, (at.known[right.node],))
    if left.node in at.known and right.node not in at.known:
        return Test(right, _MIRRORED[sign], (at.known[left.node],))
    return None


def _is(node: Node, wanted: bool, at: Writing) -> Node:
    """That a truth value is there, and is that one."""
    return at.nodes.unguarded(("", f" is {wanted}"), node, test=Test(at.nodes.itself(node), "==", (wanted,)))


def _tells_itself(found: Value) -> bool:
    """Is the value missing where its node is None, so that the node can be asked anything?"""
    return not found.guards or found.guards == (found.node,)


def _in_list(expr: ir.InList, left: Value, at: Writing) -> Node:
    of = expr.value.type
    items = [known for item in expr.items if (known := held(item, of)) is not None]
    if not items:
        return at.nodes.present(left.guards) if expr.negated else at.nodes.connected(False, ())
    texts = [repr(item) for item in items]
    written = of.kind not in (Kind.DATE, Kind.TIMESTAMP) and len(items) <= _FEW
    among = "{" + ", ".join(texts) + "}" if written else at.constant(frozenset(items)).parts[0]
    sign = "not in" if expr.negated else "in"
    parts, test = ("", f" {sign} {among}"), Test(left, sign, tuple(items))
    if not expr.negated and _tells_itself(left):
        return at.nodes.unguarded(parts, left.node, test=test)
    return at.nodes.leaf(parts, left, test=test)


def _in_period(expr: ir.InPeriod, left: Value, at: Writing) -> Node:
    ends: list[Timely] = (
        [Timely("first", expr.period), Timely("behind", expr.period)]
        if expr.value.type.kind is Kind.DATE
        else [Timely("instant", expr.period.start), Timely("instant", expr.period.end)]
    )
    start, end = (Value(at.time(one)) for one in ends)
    if not expr.negated:
        return at.nodes.leaf(("", " <= ", " < ", ""), start, left, end)
    sides = [at.nodes.leaf(("", " < ", ""), left, start), at.nodes.leaf(("", " >= ", ""), left, end)]
    return at.nodes.connected(False, sides)


def _match(expr: ir.Match, left: Value, at: Writing) -> Node:
    needle, no = repr(expr.needle), "not " if expr.negated else ""
    match expr.word:
        case "contains":
            word = "not in" if expr.negated else "in"
            return at.nodes.leaf((f"{needle} {word} ", ""), left)
        case "starts with":
            parts: tuple[str, ...] = (no, f".startswith({needle})")
        case "ends with":
            parts = (no, f".endswith({needle})")
        case "matches":
            matches = at.constant(runtime.pattern(expr.needle), ("pattern", expr.needle)).parts[0]
            parts = (f"{no}{matches}(", ")")
        case _:
            assert_never(expr.word)
    return at.nodes.leaf(parts, left)


def _list_has(expr: ir.ListHas, left: Value, at: Writing) -> Node:
    if len(expr.items) == 1:
        found = at.nodes.leaf((f"{expr.items[0]!r} in ", ""), left)
    else:
        among = at.constant(frozenset(expr.items)).parts[0]
        parts = ("", f" >= {among}") if expr.every else (f"not {among}.isdisjoint(", ")")
        found = at.nodes.leaf(parts, left, binding=COMPARISON)
    return at.nodes.negated(found) if expr.negated else found


def same(left: Value, right: Value, at: Writing) -> Node:
    """That two values are there and equal. A value is equal to itself."""
    if left.node is right.node:
        guards = merged((*left.guards, *right.guards))
        return at.nodes.present(guards) if guards else at.nodes.connected(True, ())
    return at.nodes.leaf(("", " == ", ""), left, right)


def tupled(items: list[Node], at: Writing) -> Node:
    """Several values as one key; one alone is itself."""
    if len(items) == 1:
        return items[0]
    return at.nodes.raw(("(", *([", "] * (len(items) - 1)), ")"), items, ATOM)
