"""Can conditions hold at once? Sound, not complete: `never` is True only where they certainly cannot, for no entity or row, at no
time, whatever the data.

In go conditions of the typed tree as the resolver made them, out comes a verdict. Cases of `or` are tried one after the other,
within a budget; beyond it nothing is certain.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

from segdsl.semantics import ir
from segdsl.semantics.lint.definitions import Definitions
from segdsl.semantics.lint.formula import FALSE, TRUE, Atom, Both, Either, Formula, Formulas, both
from segdsl.semantics.lint.moments import Calendar
from segdsl.semantics.lint.rows import RowSets
from segdsl.semantics.lint.theory import Theory
from segdsl.semantics.time import zone
from segdsl.semantics.walk import children

BUDGET = 4_000
"""Atoms that may be looked at for one question, those of every case counted anew."""
_DEEPEST = 3
"""Questions inside questions: do these rows lie among those?"""


class _Spent(Exception):
    """The budget is."""


class Solver:
    """Answers about the conditions of one program; each question is answered once."""

    def __init__(self, program: ir.Program) -> None:
        self._definitions = Definitions(program)
        self._formulas = Formulas()
        calendar = Calendar(zone(program.model.schema.timezone))
        self.rows = RowSets(program.model, calendar, self._certainly_never)
        self._theory = Theory(calendar, self.rows)
        self._answers: dict[Formula, bool] = {}
        self._subjects: dict[ir.Expr, frozenset[Hashable]] = {}
        self._left = 0
        self._depth = 0

    def formula(self, condition: ir.Expr) -> Formula:
        """What a condition means: equal formulas mean the same."""
        return self._formulas.of(self._definitions.plain(condition))

    def never(self, *conditions: ir.Expr) -> bool:
        """Can the conditions certainly not hold at once?"""
        return self._is_never(both(map(self.formula, conditions)))

    def subjects(self, condition: ir.Expr) -> frozenset[Hashable]:
        """What a condition speaks of: fields, rows, whatever is compared by structure. Two without a common one are independent."""
        if condition not in self._subjects:
            self._subjects[condition] = frozenset(_subjects(self._definitions.plain(condition)))
        return self._subjects[condition]

    def always(self, condition: ir.Expr) -> bool:
        return self.never(ir.Not(condition))

    def _is_never(self, formula: Formula) -> bool:
        if formula not in self._answers:
            self._answers[formula] = self._found(formula)
        return self._answers[formula]

    def _found(self, formula: Formula) -> bool:
        if formula in (TRUE, FALSE):
            return formula == FALSE
        kept, self._left = self._left, BUDGET
        self._depth += 1
        try:
            return not self._is_possible({}, [formula])
        except _Spent:
            return False
        finally:
            self._depth -= 1
            self._left = kept

    def _certainly_never(self, conditions: Sequence[ir.Expr], formula: Formula) -> bool:
        if self._depth > _DEEPEST:
            return False
        return self._is_never(both((*map(self.formula, conditions), formula)))

    # -- cases ------------------------------------------------------------------------------------------------------

    def _is_possible(self, atoms: dict[Atom, None], formulas: list[Formula]) -> bool:
        """Can some atoms and some formulas hold at once?"""
        atoms = dict(atoms)
        open_: list[Either] = []
        for formula in formulas:
            self._flatten(formula, atoms, open_)
        if any(not choice.parts for choice in open_) or not self._hold(atoms):
            return False
        while open_:
            choice = min(open_, key=lambda one: len(one.parts))
            open_.remove(choice)
            if any(part in atoms for part in choice.parts):
                continue
            return any(self._is_possible(atoms, [part, *open_]) for part in choice.parts)
        return True

    def _flatten(self, formula: Formula, atoms: dict[Atom, None], open_: list[Either]) -> None:
        match formula:
            case Both(parts=parts):
                for part in parts:
                    self._flatten(part, atoms, open_)
            case Either():
                open_.append(formula)
            case _:
                atoms[formula] = None

    def _hold(self, atoms: dict[Atom, None]) -> bool:
        self._left -= len(atoms) + 1
        if self._left < 0:
            raise _Spent
        return self._theory.is_possible(atoms)


def _subjects(condition: ir.Expr) -> Iterator[Hashable]:
    waiting = [condition]
    while waiting:
        node = waiting.pop()
        match node:
            case ir.FieldRef():
                yield node.owner, node.field.name
                yield from (step for step in node.path if step.kind == "lookup")
            case ir.NoRow():
                yield from node.path
            case ir.Aggregate():
                yield node.row.of, node.outer
            case ir.Rank() | ir.PairRank() | ir.RankValue() | ir.Past() | ir.Overall() | ir.TraitColumn() | ir.RowUse():
                yield node
                waiting.extend(children(node))
            case _:
                waiting.extend(children(node))
