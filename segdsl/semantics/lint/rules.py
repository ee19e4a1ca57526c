"""The rules, asked of each definition of a library and of all of them together.

In go a checked program and the namespace with its texts, out come verdicts in the order of the definitions. A definition of a pack is
not told of in a project that includes the pack, but by whoever looks after the pack (``packs``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from segdsl.errors import lint as errors
from segdsl.records import record
from segdsl.semantics import ir
from segdsl.semantics.link import Namespace
from segdsl.semantics.lint.formula import FALSE, TRUE, Formula
from segdsl.semantics.lint.frames import Frame, of_relation
from segdsl.semantics.lint.solver import Solver
from segdsl.semantics.lint.verdicts import Judge, Verdict
from segdsl.semantics.walk import walk
from segdsl.source import Span
from segdsl.types import BOOL

_SEGMENT = Frame("nobody is ever in this segment", "everybody is in this segment")
_TRAIT = Frame("the trait is never true", "the trait is always true")
_CONDITION = Frame("it selects nobody", "it selects everybody")
_CASE = Frame("nobody is ever in this case", "whoever comes this far is in this case")


@record(frozen=True, slots=True)
class _Case:
    """A case of tiers: its name, where that stands, and its condition (None: whoever is left)."""

    name: str
    span: Span
    condition: ir.Expr | None


@record(frozen=True, slots=True)
class _Named:
    """A condition that has a name. ``uses``: what it is made of, by name."""

    name: str
    span: Span
    condition: ir.Expr
    uses: frozenset[str]
    settings: frozenset[str]
    pack: str | None


def verdicts(program: ir.Program, namespace: Namespace, *, packs: bool = False) -> tuple[Verdict, ...]:
    """What is found of a library; of the definitions of packs only if ``packs``."""
    return tuple(_Library(program, namespace, packs).verdicts())


def verdicts_on(condition: ir.Expr, program: ir.Program, namespace: Namespace) -> tuple[Verdict, ...]:
    """What is found of a bare condition over a library; of the library's own definitions nothing."""
    return tuple(_Library(program, namespace, packs=False).of_condition(condition))


class _Library:
    def __init__(self, program: ir.Program, namespace: Namespace, packs: bool) -> None:
        self._program = program
        self._namespace = namespace
        self._packs = packs
        self._solver = Solver(program)
        self._params = {name: _words(param.span.text.partition("=")[2]) for name, param in namespace.params.items()}
        """The words of the value of each parameter."""
        self._settled: set[str] = set()
        self._uses: dict[str, frozenset[str]] = {}
        self._settings: dict[str, frozenset[str]] = {}
        self._said: dict[str, frozenset[str]] = {}
        self._unread: set[str] = set()
        for definition in program.definitions.values():
            self._learn(definition)

    def _learn(self, definition: ir.Definition) -> None:
        """What a definition is made of; those that it uses come before it."""
        used = {node.name for node in walk(definition.body) if isinstance(node, ir.Use | ir.RowUse)}
        if used & self._unread or any(node.type.is_unknown for node in walk(definition.body)):
            # What it names could not be read, which was said.
            self._unread.add(definition.name)
        entry = self._namespace.entries.get(definition.name)
        words = _words(entry.node.span.text) if entry is not None else frozenset()
        inner = [self._uses.get(name, frozenset()) for name in used]
        self._uses[definition.name] = frozenset(used).union(*inner)
        self._said[definition.name] = words.union(*(self._said.get(name, frozenset()) for name in used))
        self._settings[definition.name] = self._said[definition.name] & self._params.keys()

    def verdicts(self) -> Iterator[Verdict]:
        for definition in self._program.definitions.values():
            if (definition.pack is None or self._packs) and definition.name not in self._unread:
                yield from self._of(definition)
        yield from self._twins()

    # -- one definition -------------------------------------------------------------------------------------------------

    def _of(self, definition: ir.Definition) -> Iterator[Verdict]:
        judge = Judge(self._solver, self._settled, self._is_set)
        if definition.kind == "tiers":
            self._tiers(definition, judge)
        elif definition.body.type == BOOL and self._is_condition(definition):
            if judge.judge(definition.body, self._frame(definition)):
                self._settled.add(definition.name)
        else:
            judge.inside(definition.body, self._frame(definition))
        entry = self._namespace.entries.get(definition.name)
        if entry is not None:
            yield from _own(judge, entry.node.span)

    def of_condition(self, condition: ir.Expr) -> Iterator[Verdict]:
        judge = Judge(self._solver, self._settled, self._is_set)
        judge.judge(condition, _CONDITION)
        yield from _own(judge, condition.call or condition.span)

    def _frame(self, definition: ir.Definition) -> Frame:
        if definition.owner is not None:
            return of_relation(definition.owner, self._program.model.schema.entity.name)
        return _SEGMENT if definition.kind == "segment" else _TRAIT

    def _is_condition(self, definition: ir.Definition) -> bool:
        return definition.body.type == BOOL and not definition.body.optional and definition.kind != "tiers"

    def _tiers(self, definition: ir.Definition, judge: Judge) -> None:
        before: list[_Case] = []
        for case in _cases(definition.body):
            if case.condition is not None:
                dead = judge.judge(case.condition, _CASE)
                alive = [] if dead else [case.condition]
            else:
                dead, alive = False, []
            if not dead:
                self._reached(case, alive, before, judge)
            before.append(case)

    def _reached(self, case: _Case, alive: list[ir.Expr], before: list[_Case], judge: Judge) -> None:
        """Is there anybody left for a case?"""
        earlier = [(other.name, other.span, other.condition) for other in before if other.condition is not None]
        opposite = [ir.Not(condition) for _, _, condition in earlier]
        if not earlier or not self._solver.never(*alive, *opposite):
            return
        single = [(name, span) for name, span, condition in earlier if self._solver.never(*alive, ir.Not(condition))]
        taken = single[:1] or [(name, span) for name, span, _ in earlier]
        settings = any(self._is_set(condition) for condition in (*alive, *(condition for _, _, condition in earlier)))
        judge.verdicts.append(
            Verdict(errors.unreachable(case.span, case.name, taken, settings), ir.All((*alive, *opposite)))
        )

    def _is_set(self, expr: ir.Expr) -> bool:
        """Does an expression hang on the value of a parameter?"""
        spans = {expr.span}
        for node in walk(expr):
            if isinstance(node, ir.Use | ir.RowUse) and self._settings.get(node.name):
                return True
            if isinstance(node, ir.Literal) and node.param is not None:
                return True
            spans.add(node.span)
        return any(not self._params.keys().isdisjoint(_words(span.text)) for span in spans)

    # -- all of them ----------------------------------------------------------------------------------------------------

    def _twins(self) -> Iterator[Verdict]:
        """Definitions that mean the same, each told of the first one."""
        first: dict[Formula, _Named] = {}
        for one in self._named():
            meaning = self._solver.formula(one.condition)
            if meaning in (TRUE, FALSE):
                continue
            other = first.setdefault(meaning, one)
            if other is one or one.name in other.uses or other.name in one.uses or one.settings != other.settings:
                continue
            if one.pack is not None and not self._packs:
                if other.pack is not None:
                    continue
                one, other = other, one
            if self._may_part(one, other):
                continue
            if one.name.partition(".")[0] in other.uses or other.name.partition(".")[0] in one.uses:
                continue
            claim = ir.Any(
                (ir.All((one.condition, ir.Not(other.condition))), ir.All((other.condition, ir.Not(one.condition))))
            )
            yield Verdict(errors.same(one.span, one.name, other.name, other.span, other.pack), claim)

    def _may_part(self, one: _Named, other: _Named) -> bool:
        """Could they differ once parameters are set otherwise, as where two have the same value, or one that is written out, too?"""
        values = [self._params[name] for name in one.settings]
        said = [self._said[named.name.partition(".")[0]] for named in (one, other)]
        return len(set(values)) < len(values) or any(value <= words for value in values for words in said)

    def _named(self) -> Iterator[_Named]:
        order: Mapping[str, int] = {name: number for number, name in enumerate(self._namespace.entries)}
        known = [one for name, one in self._program.definitions.items() if name not in self._unread]
        for definition in sorted(known, key=lambda one: order.get(one.name, len(order))):
            uses, settings = self._uses[definition.name], self._settings[definition.name]
            if definition.kind == "tiers":
                before: list[ir.Expr] = []
                for case in _cases(definition.body):
                    own = () if case.condition is None else (case.condition,)
                    name = f"{definition.name}.{case.name}"
                    yield _Named(name, case.span, ir.All((*own, *before)), uses, settings, definition.pack)
                    before.extend(ir.Not(condition) for condition in own)
            elif definition.owner is None and self._is_condition(definition) and definition.name not in self._settled:
                yield _Named(definition.name, definition.span, definition.body, uses, settings, definition.pack)


def _own(judge: Judge, span: Span) -> Iterator[Verdict]:
    """The verdicts but those on what a trait with arguments brings along, which is right for others."""
    return (verdict for verdict in judge.verdicts if _lies_in(verdict.finding.span, span))


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text))


def _cases(body: ir.Expr) -> Iterator[_Case]:
    node: ir.Expr | None = body
    while isinstance(node, ir.If):
        assert isinstance(node.then, ir.Literal)
        yield _Case(str(node.then.value), node.then.span, node.condition)
        node = node.otherwise
    if isinstance(node, ir.Literal):
        yield _Case(str(node.value), node.span, None)


def _lies_in(span: Span, whole: Span) -> bool:
    return span.source is whole.source and whole.start <= span.start and span.end <= whole.end
