"""Python expressions in the making: nodes that are shared, and where each may be worked out.

A node is an expression over others; the same expression is one node, however often it is asked for. What is used more than once, and
what would be nested too deeply for Python's parser, becomes a local variable just before its first use, in the outermost scope in which
all that it reads is known: what does not depend on a row is not worked out for each row.

**Missing values.** A `Value` is a node and its ``guards``: the node may be worked out only where none of these is None. Operators are
strict, so that a sum of two fields is guarded by both, and a comparison of it is ``a is not None and b is not None and a + b > 3``:
plain tests of locals in front of plain operators.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

LOW, OR, AND, NOT, COMPARISON, ARITHMETIC, ATOM = range(7)
"""How tightly an expression binds, loosest first."""
_DEEPEST = 12
"""Brackets within brackets; Python's parser takes 200, and this many already cannot be read."""
_LONGEST = 1_500
"""Characters of an expression that is written where it is used."""


@dataclass(slots=True, eq=False)
class Scope:
    """Statements that are carried out together: a function's, or a loop's within ``outer``."""

    outer: Scope | None
    indent: int
    lines: list[str] = field(default_factory=list)

    @property
    def depth(self) -> int:
        return 0 if self.outer is None else self.outer.depth + 1

    def add(self, line: str, deeper: int = 0) -> None:
        self.lines.append(" " * (4 * (self.indent + deeper)) + line)


@dataclass(slots=True, eq=False)
class Node:
    """``parts`` are what is written between the ``args``: one more than there are of these. ``maybe``: the node itself may be None.
    ``guards`` are those of its arguments. ``forced``: it is a local wherever it is used. ``uses``: by how many nodes and
    statements."""

    parts: tuple[str, ...]
    args: tuple[Node, ...]
    binding: int
    scope: Scope
    maybe: bool = False
    guards: tuple[Node, ...] = ()
    forced: bool = False
    uses: int = 0
    name: str | None = None

    @property
    def is_atom(self) -> bool:
        return not self.args and self.binding == ATOM


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """A node that may be worked out where none of ``guards`` is None; otherwise the value is missing.

    ``link``: the value as joins see it, which may be a `Token` where conditions see that nothing was said. ``names``: that link names
    the row, or the one that it hangs on, so that groups are made by it and its presence is the row's."""

    node: Node
    guards: tuple[Node, ...] = ()
    link: Value | None = None
    names: bool = False

    @property
    def maybe(self) -> bool:
        return bool(self.guards)

    @property
    def joined(self) -> Value:
        """As joins see it."""
        return self.link or self

    @property
    def placed(self) -> Value:
        """As groups and orders of rows see it."""
        return self.joined if self.names else self


@dataclass(frozen=True, slots=True)
class Test:
    """A value compared with constants by an ``operator`` of Python's; a missing value meets none."""

    value: Value
    operator: str
    constants: tuple[object, ...]


@dataclass(slots=True, eq=False)
class Leaf(Node):
    """A condition: none of the ``guards`` is None, and the expression over the ``args`` holds. ``test``: the same, where it compares one
    value with constants."""

    test: Test | None = None


@dataclass(slots=True, eq=False)
class Connected(Node):
    """``and`` or ``or`` of conditions."""

    conjunction: bool = True


def merged(guards: Iterable[Node]) -> tuple[Node, ...]:
    return tuple(dict.fromkeys(guards))


@dataclass(slots=True)
class Nodes:
    """All nodes of one function, each once. ``top`` is the function's own scope."""

    top: Scope
    _known: dict[tuple[object, ...], Node] = field(default_factory=dict)
    _locals: int = 0

    # -- making ---------------------------------------------------------------------------------------------------------

    def atom(self, text: str, scope: Scope | None = None, maybe: bool = False) -> Node:
        """A name or a literal."""
        at = scope or self.top
        key = (text, id(at))
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = Node((text,), (), ATOM, at, maybe)
        return known

    def variable(self, text: str, scope: Scope | None = None, maybe: bool = True) -> Value:
        """A name that may be None."""
        node = self.atom(text, scope, maybe)
        return Value(node, (node,) if maybe else ())

    def raw(
        self,
        parts: tuple[str, ...],
        args: Sequence[Node],
        binding: int,
        maybe: bool = False,
        guards: tuple[Node, ...] = (),
        forced: bool = False,
    ) -> Node:
        """An expression over nodes, as it is written."""
        key = (parts, maybe, *map(id, args))
        known = self._known.get(key)
        if known is None:
            known = Node(parts, tuple(args), binding, self._scope((*args, *guards)), maybe, guards, forced)
            self._known[key] = known
        return known

    def strict(self, parts: tuple[str, ...], binding: int, *values: Value) -> Value:
        """An expression that is missing exactly where one of its values is."""
        guards = merged(guard for value in values for guard in value.guards)
        node = self.raw(parts, [value.node for value in values], binding, guards=guards)
        return Value(node, guards)

    def partial(self, parts: tuple[str, ...], *values: Value, binding: int = ATOM) -> Value:
        """An expression that may be None although none of its values is."""
        strict = self.strict(parts, binding, *values)
        return self.itself(self._or_none(strict, maybe=True))

    def itself(self, node: Node) -> Value:
        """A node that is None where it is missing."""
        return Value(node, (node,) if node.maybe else ())

    def whole(self, value: Value) -> Node:
        """The value as one node, None where it is missing."""
        if not value.guards or value.guards == (value.node,):
            return value.node
        return self._or_none(value, maybe=True)

    def _or_none(self, value: Value, maybe: bool) -> Node:
        if not value.guards:
            return self.raw(value.node.parts, value.node.args, value.node.binding, maybe=maybe)
        return self.raw(("", " if ", " else None"), [value.node, self.present(value.guards)], LOW, maybe=maybe)

    def present(self, guards: tuple[Node, ...]) -> Node:
        """That none of these is None."""
        return self._leaf(Leaf, guards, (), ())

    def leaf(self, parts: tuple[str, ...], *values: Value, binding: int = COMPARISON, test: Test | None = None) -> Node:
        """A condition that is false where one of the values is missing."""
        guards = merged(guard for value in values for guard in value.guards)
        return self._leaf(Leaf, guards, parts, tuple(value.node for value in values), binding, test)

    def unguarded(
        self, parts: tuple[str, ...], *args: Node, binding: int = COMPARISON, test: Test | None = None
    ) -> Node:
        """A condition that answers for None as well."""
        return self._leaf(Leaf, (), parts, args, binding, test)

    def _leaf(
        self,
        kind: type[Leaf],
        guards: tuple[Node, ...],
        parts: tuple[str, ...],
        args: tuple[Node, ...],
        binding: int = COMPARISON,
        test: Test | None = None,
    ) -> Node:
        key = (kind, parts, *map(id, guards), None, *map(id, args))
        known = self._known.get(key)
        if known is None:
            scope = self._scope((*guards, *args))
            known = self._known[key] = kind(parts, args, binding, scope, guards=guards, test=test)
        return known

    def connected(self, conjunction: bool, items: Sequence[Node]) -> Node:
        """``and`` or ``or``; over nothing, true or false."""
        if not items:
            return self.atom("True" if conjunction else "False")
        items = tuple(dict.fromkeys(items))
        if len(items) == 1:
            return items[0]
        key = (Connected, conjunction, *map(id, items))
        known = self._known.get(key)
        if known is None:
            binding = AND if conjunction else OR
            known = Connected(("",) * (len(items) + 1), items, binding, self._scope(items), conjunction=conjunction)
            self._known[key] = known
        return known

    def negated(self, item: Node) -> Node:
        return self.raw(("not ", ""), (item,), NOT)

    def _scope(self, nodes: Iterable[Node]) -> Scope:
        """The innermost scope of what is read: all of them lie within one another."""
        found = self.top
        for node in nodes:
            if node.scope is not found and node.scope.depth > found.depth:
                found = node.scope
        return found

    # -- writing --------------------------------------------------------------------------------------------------------

    def count(self, roots: Iterable[Node]) -> None:
        """Notes one more use of each root, and of what it is made of where it was not used before."""
        waiting = list(roots)
        while waiting:
            node = waiting.pop()
            node.uses += 1
            if node.uses == 1:
                waiting.extend(node.args)
                waiting.extend(node.guards)

    def text(self, node: Node, least: int = LOW) -> str:
        """A node as it is written where something binds as tightly as ``least``."""
        text, binding, _ = self._written(node, frozenset())
        return f"({text})" if binding < least else text

    def condition(self, node: Node) -> str:
        """A condition after ``if``."""
        return self._written(node, frozenset())[0]

    def _written(self, node: Node, known: frozenset[Node]) -> tuple[str, int, int]:
        """The text, how tightly it binds, and how deep its brackets go. ``known``: what is not None where it stands."""
        if node.name is not None:
            return node.name, ATOM, 0
        if not node.args and not isinstance(node, Leaf):
            return node.parts[0], node.binding, 0
        if node.forced or (node.uses > 1 and not self._is_cheap(node)):
            return self._bound(node), ATOM, 0
        text, binding, depth = self._inline(node, known)
        if depth > _DEEPEST or (len(text) > _LONGEST and not isinstance(node, Connected)):
            return self._bound(node), ATOM, 0
        return text, binding, depth

    @staticmethod
    def _is_cheap(node: Node) -> bool:
        """Is it quicker to write it again than to keep it?"""
        return isinstance(node, Leaf) and not node.parts and len(node.guards) <= 1

    def _bound(self, node: Node) -> str:
        """Makes a local of a node, in the scope in which all that it reads is known."""
        text, _, _ = self._inline(node, frozenset())
        if node.guards and not isinstance(node, Leaf):
            guards = self._guards(node.guards, frozenset())
            text = f"{text} if {' and '.join(guards)} else None" if guards else text
        node.name = self.fresh("v")
        node.scope.add(f"{node.name} = {text}")
        return node.name

    def fresh(self, letter: str) -> str:
        self._locals += 1
        return f"{letter}{self._locals}"

    def _guards(self, guards: Iterable[Node], known: frozenset[Node]) -> list[str]:
        found = []
        for guard in guards:
            if guard in known:
                continue
            text, binding, _ = self._written(guard, frozenset())
            found.append(f"{text if binding == ATOM else f'({text})'} is not None")
        return found

    def _inline(self, node: Node, known: frozenset[Node]) -> tuple[str, int, int]:
        if isinstance(node, Connected):
            return self._joined(node, known)
        if isinstance(node, Leaf):
            parts = self._guards(node.guards, known)
            if not node.parts:
                return " and ".join(parts) or "True", AND if len(parts) > 1 else COMPARISON, 0
            text, depth = self._filled(node)
            if not parts:
                return text, node.binding, depth
            text = f"({text})" if node.binding < AND else text
            return " and ".join((*parts, text)), AND, depth
        text, depth = self._filled(node)
        return text, node.binding, depth

    def _filled(self, node: Node) -> tuple[str, int]:
        """The parts around the arguments. Within brackets of its own an argument needs none; elsewhere it must be an atom."""
        text, deepest = node.parts[0], 0
        for part, arg in zip(node.parts[1:], node.args, strict=True):
            inner, binding, depth = self._written(arg, frozenset())
            bare = binding == ATOM or (text.endswith(("(", "[", ", ")) and part.startswith((")", "]", ",")))
            text += inner if bare else f"({inner})"
            text += part
            deepest = max(deepest, depth + (0 if binding == ATOM else 1))
        return text, deepest + ("(" in node.parts[0])

    def _joined(self, node: Connected, known: frozenset[Node]) -> tuple[str, int, int]:
        word, least = (" and ", AND) if node.conjunction else (" or ", OR)
        texts, deepest, sure = [], 0, known
        for item in node.args:
            text, binding, depth = self._written(item, sure if node.conjunction else known)
            if binding < least or (not node.conjunction and binding == LOW):
                text, depth = f"({text})", depth + 1
            texts.append(text)
            deepest = max(deepest, depth)
            if node.conjunction and isinstance(item, Leaf):
                # Behind `and` all is present that was asked for in front, whether it was asked here or by a local.
                sure = sure | frozenset(item.guards)
        return word.join(texts), least, deepest
