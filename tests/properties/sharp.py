"""Conditions that hang on one construct alone: what would be lost among others that hold for everyone, or for nobody."""

from __future__ import annotations

from dataclasses import replace

from properties.population import Population
from properties.sight import Scope
from properties.trees import Parts, T, clause, joined
from properties.values import CALENDAR, Maker

from segdsl.schema import Relation
from segdsl.types import BOOL, INT

LOW = ("1", "1", "1", "2", "2", "3")


class Sharp(Population):
    def sharp(self, scope: Scope) -> T:
        makers: list[Maker] = [
            *[self._before] * 2,
            *[self._after] * 3,
            *[self._tied] * 2,
            *[self._groups] * 2,
            self._run,
            self._ranked_alone,
            self._paired_alone,
            self._against_all,
            self._then_alone,
            self._every_period,
        ]
        for _ in range(8):
            found = self.random.choice(makers)(scope, 0)
            if found is not None:
                return found
        return self.leaf(scope, 1)

    def some_sharp(self, scope: Scope) -> T:
        """One, or two of them together."""
        found = self.sharp(scope)
        if self.chance(25):
            found = T(BOOL, ("not ", found.inner), atomic=False)
        if self.chance(25):
            return joined(self.random.choice((" and ", " or ")), [found, self.sharp(scope)])
        return found

    def _relation(self, scope: Scope, *, in_order: bool) -> tuple[Relation, str] | None:
        found = [
            (relation, reference)
            for relation, reference in self.relations(scope)
            if not in_order or self.is_in_order(relation)
        ]
        return self.random.choice(found) if found else None

    def _of_rows(self, relation: Relation, reference: str, inner: Scope, *tail: T) -> T:
        """Is there such a row, or how many?"""
        if self.chance(50):
            return T(BOOL, (f"{self.random.choice(('any', 'any', 'none'))}({reference}", *tail, ")"))
        named = replace(inner, prefix=reference + ".", around=())
        number = self.field(named, lambda of: of.is_number) if self.chance(30) else None
        if number is not None:
            found = T(
                number.type, (f"{self.random.choice(('sum', 'min', 'max', 'avg', 'median'))}(", number, *tail, ")")
            )
        else:
            found = T(INT, (f"count({reference}", *tail, ")"))
        return T(BOOL, (found, f" {self.random.choice(('>=', '=', '<'))} {self.random.choice(LOW)}"), atomic=False)

    def _where(self, inner: Scope, percent: int) -> Parts:
        return (clause(" where ", self.leaf(inner, -1)),) if self.chance(percent) else ()

    def _before(self, scope: Scope, depth: int) -> T | None:
        chosen = self._relation(scope, in_order=True)
        if chosen is None:
            return None
        inner = self.inside(scope, chosen[0].name)
        found = self._compare_previous(inner, 0)
        return None if found is None else self._of_rows(*chosen, inner, clause(" where ", found))

    def _after(self, scope: Scope, depth: int) -> T | None:
        chosen = self._relation(scope, in_order=True)
        if chosen is None:
            return None
        alias = self.alias(scope)
        inner = self.inside(scope, chosen[0].name, alias)
        step = self._sequence(chosen[0], inner, -1)
        if step is None:
            return None
        named = (clause(f" as {alias}"),) if alias else ()
        return self._of_rows(*chosen, inner, *named, *self._where(inner, 30), step)  # type: ignore[arg-type]

    def _tied(self, scope: Scope, depth: int) -> T | None:
        outer, other = self._relation(scope, in_order=False), self._relation(scope, in_order=False)
        if outer is None or other is None or not self.is_told_apart(outer[0].name):
            return None
        same = outer[0] is other[0]
        row = self.inside(scope, outer[0].name, "one" if same else "")
        inner = self.inside(row, other[0].name, "other" if same else "")
        ties = [tie for tie in (self._tie(inner, 0), self._tie(inner, 0)) if tie is not None]
        if not ties:
            return None
        reference = other[1] if any(other[0] is relation for relation, _ in self.relations(row)) else ""
        if not reference:
            return None
        tie = ties[0] if self.chance(50) else joined(" and ", ties)
        named = (clause(" as other"),) if same else ()
        found = self._of_rows(other[0], reference, inner, *named, clause(" where ", tie))
        named = (clause(" as one"),) if same else ()
        return self._of_rows(*outer, row, *named, clause(" where ", found))

    def _groups(self, scope: Scope, depth: int) -> T | None:
        chosen = self._relation(scope, in_order=False)
        if chosen is None:
            return None
        relation, reference = chosen
        inner = self.inside(scope, relation.name)
        unit = self.time_of(relation) is not None and self.chance(30)
        per = None if unit else self.per(inner)
        if per is None and not unit:
            return None
        having: Parts = ()
        if self.chance(60):
            asked = self._of_rows(relation, relation.name, self.group(inner, per))
            having = (
                clause(" having ", asked if asked.text.startswith("count") else self.leaf(self.group(inner, per), 0)),
            )
        tail = clause(" per ", self.random.choice(CALENDAR) if per is None else per, *having)
        found = T(INT, (f"count({reference}", *self._where(inner, 20), tail, ")"))
        return T(BOOL, (found, f" {self.random.choice(('>=', '=', '<'))} {self.random.choice(LOW)}"), atomic=False)

    def _run(self, scope: Scope, depth: int) -> T | None:
        found = self._streak(scope, 0)
        return None if found is None else T(BOOL, (found, f" >= {self.random.choice(LOW)}"), atomic=False)

    def _ranked_alone(self, scope: Scope, depth: int) -> T | None:
        return self._rank(scope, 0)

    def _paired_alone(self, scope: Scope, depth: int) -> T | None:
        return self._pair_rank(scope, 0)

    def _against_all(self, scope: Scope, depth: int) -> T | None:
        """An aggregate against the same one over everyone."""
        chosen = self._relation(scope, in_order=False)
        if chosen is None:
            return None
        relation, reference = chosen
        found = self.aggregate_of(scope, relation, reference, 0, lambda of: of.is_number)
        if found is None:
            return None
        return T(BOOL, (found, f" {self.random.choice(('>', '<='))} overall(", found, ")"), atomic=False)

    def _then_alone(self, scope: Scope, depth: int) -> T | None:
        if not self.has_past(self.entity):
            return None
        then = self._then(scope)
        found = self.sharp(then) if self.chance(60) else self.leaf(then, 0)
        return T(BOOL, ("(", found, f") as of {self.moment(scope)}"), atomic=False)

    def _every_period(self, scope: Scope, depth: int) -> T | None:
        return self._each(scope, 0)
