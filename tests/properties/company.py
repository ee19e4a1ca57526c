"""Random rows in company: names for rows, the row before, groups of rows, streaks, what came after or before a row."""

from __future__ import annotations

from dataclasses import replace

from properties.conditions import Conditions
from properties.sight import Scope
from properties.trees import Parts, T, clause
from properties.values import CALENDAR, OPERATORS, Maker, is_text

from segdsl.schema import Relation
from segdsl.types import BOOL, INT, Kind, Type

ALIASES = ("next", "other", "one", "last", "r")
DAYS = ("1 day", "1 day", "1 day", "1 day", "2 weeks", "30 days", "400 days")
LENGTHS = ("24 hours", "1 hour", "36 hours", "90 minutes")


class Company(Conditions):
    def alias(self, scope: Scope) -> str:
        if self.in_schema or not self.chance(18):
            return ""
        taken = {scope.name, *(row.name for row in scope.around)}
        return next((name for name in self.random.sample(ALIASES, len(ALIASES)) if name not in taken), "")

    def is_in_order(self, relation: Relation) -> bool:
        """Does each of a customer's rows have its place among the others?"""
        return self.time_of(relation) is not None and self.is_told_apart(relation.name)

    def _row_is_in_order(self, scope: Scope) -> bool:
        relation = self.schema.relations.get(scope.owner)
        return not self.in_schema and not scope.is_group and relation is not None and self.is_in_order(relation)

    # -- the row before ---------------------------------------------------------------------------------------------

    def number_makers(self, scope: Scope) -> list[Maker]:
        makers = super().number_makers(scope)
        if self._row_is_in_order(scope):
            makers += [self._previous_number] * 2
        if self.relations(scope.plain) and not scope.prefix:
            makers.append(self._streak)
        return makers

    def string_makers(self, scope: Scope) -> list[Maker]:
        makers = super().string_makers(scope)
        return [*makers, self._previous_text] if self._row_is_in_order(scope) else makers

    def time_makers(self, scope: Scope, wanted: Kind) -> list[Maker]:
        makers = super().time_makers(scope, wanted)
        if self._row_is_in_order(scope):
            makers += [lambda at, depth: self._previous(self.time(_alone(at), depth - 1, wanted))] * 2
        return makers

    def _previous_number(self, scope: Scope, depth: int) -> T | None:
        return self._previous(self.number(_alone(scope), depth - 1))

    def _previous_text(self, scope: Scope, depth: int) -> T | None:
        return self._previous(self.string(_alone(scope), depth - 1))

    def _previous_flag(self, scope: Scope, depth: int) -> T | None:
        return self._previous(self.field(_alone(scope), lambda of: of.kind is Kind.BOOL))

    def _previous(self, value: T | None) -> T | None:
        if value is None or not value.text[:1].isalpha():
            return None
        return T(value.type, ("previous(", value, ")"))

    # -- groups and runs --------------------------------------------------------------------------------------------

    def grouped(self, relation: Relation, inner: Scope, depth: int, outside: Scope) -> Parts:
        if depth < 0 or self.in_schema or not self.chance(25):
            return ()
        unit = self.time_of(relation) is not None and self.chance(40)
        per = None if unit else self.per(inner)
        if per is None and not unit:
            return ()
        group = self.group(inner, per)
        having = (clause(" having ", self.condition(group, depth - 1)),) if self.chance(65) else ()
        return (clause(" per ", self.random.choice(CALENDAR) if per is None else per, *having),)

    def group(self, inner: Scope, per: T | None) -> Scope:
        """A group of the rows of ``inner``."""
        return Scope(
            inner.owners, around=inner.around, past=inner.past, periodic=inner.periodic, is_group=True, per=per
        )

    def per(self, scope: Scope) -> T | None:
        """What groups have in common."""
        if self.chance(20):
            made = self.random.choice((self.number_of_time, self.number_of_text))(scope, 1)
            if made is not None and made.type == INT:
                return made
        return self.field(scope, lambda of: of.kind not in (Kind.FLOAT, Kind.LIST, Kind.ANY))

    def _streak(self, scope: Scope, depth: int) -> T | None:
        options = [(r, reference) for r, reference in self.relations(scope) if self.time_of(r) is not None]
        if not options:
            return None
        relation, reference = self.random.choice(options)
        alias = self.alias(scope)
        named = (clause(f" as {alias}"),) if alias else ()
        tail = self.narrowed(relation, self.inside(scope, relation.name, alias), depth - 1)
        return T(INT, (f"streak({reference}", *named, *tail, f" per {self.random.choice(CALENDAR)})"))

    # -- sequences --------------------------------------------------------------------------------------------------

    def narrowed(self, relation: Relation, inner: Scope, depth: int) -> Parts:
        parts = super().narrowed(relation, inner, depth)
        if depth >= 0 and not self.in_schema and self.is_in_order(relation) and self.chance(22):
            count = 2 if self.chance(20) else 1
            steps = [self._sequence(relation, inner, depth) for _ in range(count)]
            return (*parts, *(step for step in steps if step is not None))
        return parts

    def _sequence(self, relation: Relation, row: Scope, depth: int) -> T | None:
        kind = self.time_of(relation)
        others = [
            other
            for other in self.schema.relations.values()
            if self.time_of(other) is kind and self.is_in_order(other) and (not row.past or self.has_past(other.name))
        ]
        if not others:
            return None
        other = self.random.choice(others)
        alias = self.alias(row)
        inner = self.inside(row, other.name, alias)
        named = (clause(f" as {alias}"),) if alias else ()
        tail = self.narrowed(other, inner, depth - 1)
        lengths = DAYS if kind is Kind.DATE else (*DAYS, *LENGTHS, *self.params.get("duration", ()))
        length = self.random.choice(lengths)
        within = (clause(f" within {length}"),) if self.chance(50) else ()
        word = self.random.choice(("followed", "followed", "preceded"))
        negated = "not " if self.chance(40) else ""
        return clause(f" {negated}{word} by (", other.name, *named, *tail, ")", *within)

    # -- rows against rows ------------------------------------------------------------------------------------------

    def condition_makers(self, scope: Scope, depth: int) -> list[Maker]:
        makers = super().condition_makers(scope, depth)
        if scope.around and not scope.is_group:
            makers += [self._tie] * 8
        if self._row_is_in_order(scope):
            makers += [self._compare_previous, self._compare_previous, self._previous_flag]
        return makers

    def _tie(self, scope: Scope, depth: int) -> T | None:
        """A field of the row against one of a row around."""
        visible = self.visible(scope)
        outer = tuple(row.name + "." for row in scope.around)
        theirs = [(name, of) for name, of in visible if name.startswith(outer)]
        own = visible[:12]
        self.random.shuffle(theirs)
        for name, of in theirs:
            same = [
                (one, kind) for one, kind in own if one != name and _comparable(kind) == _comparable(of) is not None
            ]
            if same:
                one, kind = self.random.choice(same)
                operators = OPERATORS if _comparable(of) is not Kind.STRING else OPERATORS[:2]
                operator = self.random.choice(("=", *operators))
                return T(BOOL, (T(kind, (one,)), f" {operator} ", T(of, (name,))), atomic=False)
        return None

    def _compare_previous(self, scope: Scope, depth: int) -> T | None:
        """A field against what it was in the row before."""
        field = self.field(_alone(scope), lambda of: _comparable(of) is not None)
        if field is None:
            return None
        operators = OPERATORS if _comparable(field.type) is not Kind.STRING else OPERATORS[:2]
        return T(BOOL, (field, f" {self.random.choice(operators)} previous(", field, ")"), atomic=False)


def _alone(scope: Scope) -> Scope:
    """The row without the rows around it."""
    return replace(scope, around=())


def _comparable(of: Type) -> Kind | None:
    """What a type can be compared with."""
    if of.is_number:
        return Kind.INT
    if of.is_time:
        return Kind.TIMESTAMP
    return Kind.STRING if is_text(of) else None
