"""What conditions are found to be: never or always true, or with a part that adds nothing.

In go the conditions of one definition, each with the `Frame` it stands in, out come verdicts: a finding, and the claim behind it, a
condition that holds for nobody at any time. A fault is told once, at the smallest part that has it: what only follows from it
is passed over in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from segdsl.diagnostics import Diagnostic
from segdsl.errors import lint as errors
from segdsl.records import record
from segdsl.semantics import ir
from segdsl.semantics.lint.frames import Frame
from segdsl.semantics.lint.solver import Solver
from segdsl.semantics.lint.terms import bare
from segdsl.semantics.walk import children, walk
from segdsl.source import Span
from segdsl.types import BOOL, Kind

MOST_PARTS = 40
"""Of more parts than these, it is not asked which of them belong together."""
Conditions = Sequence[ir.Expr]
_Settings = Callable[[ir.Expr], bool]


@record(frozen=True, slots=True)
class Verdict:
    """``claim`` is a condition over the entity that selects nobody, if the finding is right."""

    finding: Diagnostic
    claim: ir.Expr


@dataclass(slots=True)
class Judge:
    """Judges the conditions of one definition. ``settled``: definitions of which it is known that they never or always hold, and
    was said; ``is_set``: does an expression hang on a parameter?"""

    solver: Solver
    settled: Collection[str]
    is_set: _Settings
    verdicts: list[Verdict] = field(default_factory=list)
    _faults: list[Span] = field(default_factory=list)

    def judge(self, condition: ir.Expr, frame: Frame) -> bool:
        """A condition with all that is in it. Does it always, or never hold?"""
        self.inside(condition, frame)
        return self._whole(condition, frame, ())

    # -- what is in an expression -----------------------------------------------------------------------------------

    def inside(self, node: ir.Expr, frame: Frame) -> None:
        """The conditions inside of the leaves of a condition, and inside of values."""
        match node:
            case ir.All(each=each) | ir.Any(each=each) if each is not None:
                self.inside(node.items[0], frame)
            case ir.Aggregate():
                self._rows(node, frame)
            case ir.Follow(where=where):
                if where is not None:
                    self.judge(where, frame.following(node))
            case ir.If():
                self.judge(node.condition, frame.branch())
                self.inside(node.then, frame)
                if node.otherwise is not None:
                    self.inside(node.otherwise, frame)
            case ir.Past(value=value):
                if value.type == BOOL and not value.optional:
                    self.judge(value, frame.past(node))
                else:
                    self.inside(value, frame.past(node))
            case ir.Overall():
                self._inner(node.aggregate, frame, frame.overall(node))
            case ir.Rank() | ir.RankValue():
                self._ranked(node.among, (node.value, node.per), frame)
            case ir.PairRank():
                self._ranked(node.among, (node.aggregate,), frame)
                if node.having is not None:
                    self.inside(node.having, frame.rows(node.aggregate))
            case _:
                for child in children(node):
                    self.inside(child, frame)

    def _ranked(self, among: ir.Expr | None, others: Sequence[ir.Expr | None], frame: Frame) -> None:
        if among is not None:
            self.judge(among, frame.among())
        for other in others:
            if other is not None:
                self.inside(other, frame)

    def _rows(self, node: ir.Aggregate, frame: Frame) -> None:
        if self.solver.rows.is_empty(node):
            assert node.period is not None
            self._empty(node, node.period, frame)
        self._inner(node, frame, frame.rows(node))

    def _inner(self, node: ir.Aggregate, frame: Frame, rows: Frame) -> None:
        if node.where is not None:
            self.judge(node.where, rows)
        for value in (node.value, node.per):
            if value is not None:
                self.inside(value, rows)
        if node.having is not None:
            self.judge(node.having, frame.groups(node))

    def _empty(self, node: ir.Aggregate, period: ir.Period, frame: Frame) -> None:
        some = ir.Aggregate("any", node.row, node.outer, None, period, None, type=BOOL)
        ahead = period.start.anchor == "as_of" and period.end.micros - period.start.micros >= 0
        self._report(
            errors.empty_period(_place_of(node.span, period), node.row.of, period.text or "this period", ahead),
            frame.wrap(some),
        )
        self._faults.append(node.span)

    # -- a whole condition --------------------------------------------------------------------------------------------

    def _whole(self, condition: ir.Expr, frame: Frame, assumed: Conditions) -> bool:
        if isinstance(condition, ir.Literal) or _is_switched(condition):
            return False
        if self.solver.never(*assumed, condition):
            self._never(condition, frame, assumed)
            return True
        if self.solver.never(*assumed, ir.Not(condition)):
            self._always(condition, frame, assumed)
            return True
        self._parts(condition, frame, assumed)
        return False

    def _never(self, condition: ir.Expr, frame: Frame, assumed: Conditions) -> None:
        part: ir.Expr = condition
        against: Conditions = self._because(condition, assumed)
        if isinstance(condition, ir.All) and condition.each is None and len(condition.items) <= MOST_PARTS:
            single = self._first(condition.items, lambda item: self.solver.never(*assumed, item))
            if single is not None:
                self._never(single, frame, assumed)
                return
            core = self._core(condition.items, lambda items: self.solver.never(*assumed, *items))
            part, against = core[-1], core[:-1]
        claim = ir.All((*assumed, condition))
        if self._follows((*against, part)):
            return
        spans = [one.span for one in against]
        self._fault(
            errors.never(part.span, spans, frame.never, self._hangs(*against, part), self._of_no_rows(part)),
            frame.wrap(claim),
            condition,
        )

    def _of_no_rows(self, part: ir.Expr) -> str | None:
        """The relation of which a condition asks for rows that there cannot be."""
        rows = [node for node in walk(part) if isinstance(node, ir.Aggregate) and node.row.depth]
        return next((node.row.of for node in rows if not node.row.grouped and self.solver.rows.has_none(node)), None)

    def _always(self, condition: ir.Expr, frame: Frame, assumed: Conditions) -> None:
        part: ir.Expr = condition
        others: Conditions = ()
        if isinstance(condition, ir.Any) and condition.each is None and len(condition.items) <= MOST_PARTS:
            single = self._first(condition.items, lambda item: self.solver.never(*assumed, ir.Not(item)))
            if single is not None:
                self._always(single, frame, assumed)
                return
            core = self._core(condition.items, lambda items: self.solver.never(*assumed, *map(ir.Not, items)))
            part, others = core[-1], core[:-1]
        claim = ir.All((*assumed, ir.Not(condition)))
        if self._follows((*others, part)):
            return
        spans = [one.span for one in others]
        self._fault(
            errors.always(part.span, spans, frame.always, self._hangs(*others, part)), frame.wrap(claim), condition
        )

    # -- its parts ------------------------------------------------------------------------------------------------------

    def _parts(self, condition: ir.Expr, frame: Frame, assumed: Conditions) -> None:
        match condition:
            case ir.Not(item=item):
                self._parts(item, frame, assumed)
            case ir.All(each=None):
                self._joined(condition, frame, assumed)
            case ir.Any(each=None):
                self._chosen(condition, frame, assumed)
            case _:
                pass

    def _joined(self, condition: ir.All, frame: Frame, assumed: Conditions) -> None:
        """The parts of an `and`: none of them may follow from the others."""
        live = self._settle(condition.items, frame, assumed)
        if len(live) > MOST_PARTS:
            return
        for item in reversed(tuple(live)):
            others = [other for other in live if other is not item]
            if not others or not self._meets(item, (*others, *assumed)) or _is_switched(item):
                continue
            if self.solver.never(*assumed, *others, ir.Not(item)):
                by = self._core((*others, *assumed), lambda some: self.solver.never(*some, ir.Not(item)))  # noqa: B023 - called at once
                self._adds_nothing(
                    errors.implied(item.span, [one.span for one in by]),
                    frame.wrap(ir.All((*assumed, *others, ir.Not(item)))),
                    (item, *by),
                    self._follows_anyway(item, by),
                )
                live = others
        for item in live:
            self._parts(item, frame, (*assumed, *(other for other in live if other is not item)))

    def _chosen(self, condition: ir.Any, frame: Frame, assumed: Conditions) -> None:
        """The parts of an `or`: none of them may lead to another."""
        if self._says_present(condition, frame, assumed):
            return
        live = self._settle(condition.items, frame, assumed)
        if len(live) > MOST_PARTS:
            return
        for item in reversed(tuple(live)):
            others = [other for other in live if other is not item]
            if not others or not self._meets(item, (*others, *assumed)) or _is_switched(item):
                continue
            if self.solver.never(*assumed, item, *map(ir.Not, others)):
                by = self._core(others, lambda some: self.solver.never(*assumed, item, *map(ir.Not, some)))  # noqa: B023 - called at once
                self._adds_nothing(
                    errors.contained(item.span, [one.span for one in by]),
                    frame.wrap(ir.All((*assumed, item, *map(ir.Not, others)))),
                    (item, *by),
                )
                live = others
        for item in live:
            self._parts(item, frame, assumed)

    def _says_present(self, condition: ir.Any, frame: Frame, assumed: Conditions) -> bool:
        """``country != "GR" or country != "CY"`` holds wherever there is a country: is that said?"""
        value = _only_value(condition.items) if len(condition.items) <= MOST_PARTS else None
        if value is None:
            return False
        present = ir.IsMissing(value, negated=True)
        if not self.solver.never(present, ir.Not(condition)):
            return False
        core = self._core(condition.items, lambda items: self.solver.never(present, *map(ir.Not, items)))
        if self._hangs(*core) or self._follows(core):
            return False
        claim = frame.wrap(ir.All((*assumed, present, ir.Not(condition))))
        self._report(errors.says_present(core[-1].span, [one.span for one in core[:-1]], value.span), claim)
        return True

    def _settle(self, items: Conditions, frame: Frame, assumed: Conditions) -> list[ir.Expr]:
        """The parts of which it is open whether they hold; the others are told."""
        live: list[ir.Expr] = []
        part = frame.part()
        for item in items:
            if _is_switched(item) or not self._is_settled(item, assumed):
                live.append(item)
            elif self.solver.never(*assumed, item):
                self._never(item, part, assumed)
            elif self.solver.never(ir.Not(item)):
                self._always(item, part, ())
            else:
                live.append(item)
        return live

    def _is_settled(self, item: ir.Expr, assumed: Conditions) -> bool:
        if assumed and not self._meets(item, assumed):
            assumed = ()
        return self.solver.never(*assumed, item) or self.solver.never(ir.Not(item))

    # -- what belongs together ------------------------------------------------------------------------------------------

    def _meets(self, item: ir.Expr, others: Conditions) -> bool:
        """Does it speak of anything that the others speak of, too?"""
        subjects = self.solver.subjects(item)
        return any(subjects & self.solver.subjects(other) for other in others)

    def _because(self, condition: ir.Expr, assumed: Conditions) -> tuple[ir.Expr, ...]:
        """Those of what is asked for around a condition with which it cannot hold."""
        if not assumed or self.solver.never(condition):
            return ()
        return tuple(self._core(assumed, lambda items: self.solver.never(*items, condition)))

    @staticmethod
    def _first(items: Conditions, test: Callable[[ir.Expr], bool]) -> ir.Expr | None:
        return next((item for item in items if test(item)), None)

    @staticmethod
    def _core(items: Conditions, test: Callable[[Conditions], bool]) -> list[ir.Expr]:
        """As few of the items as still do."""
        if len(items) > MOST_PARTS:
            return list(items)
        for number, item in enumerate(items):
            if test((item,)):
                return [item]
            for other in items[:number]:
                if test((other, item)):
                    return [other, item]
        core = list(items)
        for item in items:
            fewer = [one for one in core if one is not item]
            if fewer and test(fewer):
                core = fewer
        return core

    # -- telling ----------------------------------------------------------------------------------------------------------

    def _adds_nothing(self, finding: Diagnostic, claim: ir.Expr, parts: Conditions, anyway: bool = False) -> None:
        # With other values of the parameters it may add something, unless it is known not to.
        if (anyway or not self._hangs(*parts)) and not self._follows(parts):
            self._report(finding, claim)

    def _follows_anyway(self, item: ir.Expr, by: Conditions) -> bool:
        """Does it follow from others whatever the values of their parameters are: from what they compare being there?"""
        return not self._hangs(item) and self.solver.never(*map(self._whatever_is_set, by), ir.Not(item))

    def _whatever_is_set(self, condition: ir.Expr) -> ir.Expr:
        """What holds where a condition does, with no parameter in it."""
        if not self._hangs(condition):
            return condition
        match condition:
            case ir.All(items=items, each=None):
                return ir.All(tuple(map(self._whatever_is_set, items)))
            case ir.Compare(left=left, right=right):
                sides = [side for side in (left, right) if side.optional and not self._hangs(side)]
                return ir.All(tuple(ir.IsMissing(side, negated=True) for side in sides))
            case _:
                return ir.All(())

    def _fault(self, finding: Diagnostic, claim: ir.Expr, condition: ir.Expr) -> None:
        self._report(finding, claim)
        self._faults.append(finding.span)
        self._faults.append(condition.span)

    def _report(self, finding: Diagnostic, claim: ir.Expr) -> None:
        self.verdicts.append(Verdict(finding, claim))

    def _hangs(self, *parts: ir.Expr) -> bool:
        return any(map(self.is_set, parts))

    def _follows(self, parts: Conditions) -> bool:
        """Has a fault inside of the parts, or of a definition that they use, been told already?"""
        spans = [part.span for part in parts]
        if any(_holds(span, fault) for span in spans for fault in self._faults):
            return True
        return any(
            isinstance(node, ir.Use | ir.RowUse) and node.name in self.settled for p in parts for node in walk(p)
        )


def _holds(span: Span, other: Span) -> bool:
    return span.source is other.source and span.start <= other.start and other.end <= span.end


def _is_switched(condition: ir.Expr) -> bool:
    """Is there a parameter in it that switches something on and off?"""
    return any(isinstance(n, ir.Literal) and n.param is not None and n.type.kind is Kind.BOOL for n in walk(condition))


def _only_value(items: Conditions) -> ir.Expr | None:
    """The one value, which may be missing, that all of some conditions compare with constants."""
    found: set[ir.Expr] = set()
    for item in items:
        while isinstance(item, ir.Not):
            item = item.item
        match item:
            case ir.Compare(left=left, right=right):
                sides = [bare(side) for side in (left, right)]
                found.update(side for side in sides if not isinstance(side, ir.Literal | ir.Instant))
            case ir.InList() | ir.InPeriod() | ir.Match() | ir.Truth():
                found.add(bare(item.value))
            case _:
                return None
    return next(iter(found)) if len(found) == 1 and all(value.optional for value in found) else None


def _place_of(span: Span, period: ir.Period) -> Span:
    """Where a period stands in what it restricts."""
    at = span.text.find(period.text) if period.text else -1
    return span if at < 0 else Span(span.source, span.start + at, span.start + at + len(period.text))
