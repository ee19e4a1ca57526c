"""Random conditions and values over the whole population, and over other times: ranks, tiers, `overall`, `as of`, `each of`."""

from __future__ import annotations

from dataclasses import replace

from properties.company import Company
from properties.sight import Scope, Wanted
from properties.trees import Parts, T, clause, joined
from properties.values import CALENDAR, INTS, Maker

from segdsl.types import BOOL, INT, Kind, Type

COUNTS = ("1", "2", "2", "3", "5")
SHARES = ("10%", "25%", "33.4%", "50%", "50%", "80%", "100%", "0.5%")


def can_be_ranked(of: Type) -> bool:
    return of.is_number or of.is_time or (of.ordered and of.values is not None)


class Population(Company):
    def fresh(self, scope: Scope) -> Scope:
        """The entity, whatever the row."""
        return Scope((self.entity,), past=scope.past, timed=scope.timed, periodic=scope.periodic)

    def _knows_people(self, scope: Scope, depth: int) -> bool:
        return depth >= 0 and not self.in_schema and not scope.prefix

    # -- what there is to choose from -------------------------------------------------------------------------------

    def condition_makers(self, scope: Scope, depth: int) -> list[Maker]:
        makers = super().condition_makers(scope, depth)
        if self.in_schema:
            return makers
        if any(known.cases for known in self.definitions):
            makers += [self._case] * 2
        if any(known.arguments and known.type == BOOL for known in self.definitions):
            makers.append(lambda at, deep: self._asked(at, lambda of: of == BOOL))
        if self._knows_people(scope, depth):
            makers += [self._rank] * 3
            makers += [self._pair_rank, self._past_condition, self._past_condition, self._each, self._overall_flag]
        return makers

    def number_makers(self, scope: Scope) -> list[Maker]:
        makers = super().number_makers(scope)
        if any(known.arguments and known.type.is_number for known in self.definitions):
            makers.append(lambda at, depth: self._asked(at, lambda of: of.is_number))
        if self._knows_people(scope, 0):
            makers += [self._rank_value, self._rank_value, self._overall, self._overall]
            makers.append(lambda at, depth: self._past_value(at, self._number_then(at, depth)))
        return makers

    def time_makers(self, scope: Scope, wanted: Kind) -> list[Maker]:
        makers = super().time_makers(scope, wanted)
        if self._knows_people(scope, 0):
            makers.append(lambda at, depth: self._past_value(at, self.time(self._then(at), depth - 1, wanted)))
            makers.append(lambda at, depth: self._overall_of(at, depth, lambda of: of.kind is wanted))
        return makers

    def string_makers(self, scope: Scope) -> list[Maker]:
        makers = super().string_makers(scope)
        if self._knows_people(scope, 0):
            makers.append(lambda at, depth: self._past_value(at, self.string(self._then(at), depth - 1)))
        return makers

    # -- ranks ------------------------------------------------------------------------------------------------------

    def _rank(self, scope: Scope, depth: int) -> T | None:
        at = self.fresh(scope)
        value = self._ranked(at, depth - 1)
        if value is None:
            return None
        amount, by, direction = self._amount(value.type)
        exactly = (clause(" exactly"),) if self.chance(25) else ()
        per = self._of_entity(at) if self.chance(25) else None
        within = () if per is None else (clause(" per ", per),)
        parts = (f"{direction} {amount}", *exactly, *within, f" {by} ", value, *self._among(at, depth - 1))
        return T(BOOL, parts, atomic=False)

    def _amount(self, of: Type) -> tuple[str, str, str]:
        """How many, by what word, and from which end."""
        if of.is_number and self.chance(25):
            return self._share(), "of", "top"
        direction = self.random.choice(("top", "top", "bottom"))
        if self.chance(50):
            return self._share(), "by", direction
        return self.random.choice((*COUNTS, *self.params.get("count", ()))), "by", direction

    def _share(self) -> str:
        return self.random.choice((*SHARES, *self.params.get("share", ())))

    def _ranked(self, at: Scope, depth: int) -> T | None:
        match self.random.randrange(8):
            case 0 | 1 | 2:
                return self.number_of_rows(at, depth)
            case 3:
                return self.time(at, depth)
            case 4:
                return self.field(at, lambda of: of.ordered and of.values is not None)
            case 5:
                return self.number(at, depth)
            case _:
                return self.field(at, lambda of: of.is_number)

    def _of_entity(self, at: Scope) -> T | None:
        """What ranks are taken within."""
        return self.field(at, lambda of: of.kind not in (Kind.FLOAT, Kind.LIST, Kind.ANY))

    def _among(self, at: Scope, depth: int) -> Parts:
        if not self.chance(35):
            return ()
        return (clause(" among ", self._side(self.condition(at, depth))),)

    def _side(self, condition: T) -> str | T:
        """One comparison, or anything in brackets."""
        bare = [part for part in condition.parts if isinstance(part, str)]
        is_comparison = len(bare) == 1 and bare[0].strip() in ("=", "<", "<=", ">", ">=", "!=")
        if is_comparison and all(child.text[:1].isalnum() for child in condition.children()) and self.chance(50):
            return condition
        return T(BOOL, ("(", condition, ")"))

    def _pair_rank(self, scope: Scope, depth: int) -> T | None:
        at = self.fresh(scope)
        options = self.relations(at)
        if not options:
            return None
        relation, reference = self.random.choice(options)
        inner = self.inside(at, relation.name)
        named = replace(inner, prefix=relation.name + ".")
        per = self.field(named, lambda of: of.kind not in (Kind.FLOAT, Kind.LIST, Kind.ANY))
        value = self.aggregate_of(
            at, relation, reference, depth - 1, lambda of: of.is_number or (of.is_time and self.chance(30)), pairs=True
        )
        if per is None or value is None:
            return None
        own = per.text.removeprefix(relation.name + ".")
        if own not in dict(self.visible(at)) and own.split(".")[0] not in self.lookup_paths(at) and self.chance(60):
            per = T(per.type, (own,))
        amount, by, direction = self._amount(value.type)
        exactly = (clause(" exactly"),) if self.chance(25) else ()
        having: Parts = ()
        if self.chance(35):
            having = (clause(" having ", self._side(self.condition(self.group(inner, per), depth - 1))),)
        parts = (f"{direction} {amount}", *exactly, " per ", per, f" {by} ", value, *having)
        return T(BOOL, (*parts, *self._among(at, depth - 1)), atomic=False)

    def _rank_value(self, scope: Scope, depth: int) -> T | None:
        at = self.fresh(scope)
        value = self._ranked(at, depth - 1)
        if value is None:
            return None
        quantile = self.chance(60)
        first: Parts = ("rank(", value)
        if quantile:
            exactly = (clause(" exactly"),) if self.chance(30) else ()
            first = ("quantile(", value, f", {self.random.choice(('2', '3', '4', '5', '100'))}", *exactly)
        per = self._of_entity(at) if self.chance(25) else None
        within = () if per is None else (clause(" per ", per),)
        among = (clause(" among ", self.condition(at, depth - 1)),) if self.chance(35) else ()
        return T(INT, (*first, *within, *among, ")"))

    # -- everyone ---------------------------------------------------------------------------------------------------

    def _overall(self, scope: Scope, depth: int) -> T | None:
        return self._overall_of(scope, depth, lambda of: of.is_number)

    def _overall_of(self, scope: Scope, depth: int, wanted: Wanted) -> T | None:
        at = self.fresh(scope)
        found = self._of_everyone(at, depth, wanted) if self.chance(40) else self.aggregate(at, depth, wanted)
        return None if found is None else T(found.type, ("overall(", found, ")"))

    def _of_everyone(self, at: Scope, depth: int, wanted: Wanted) -> T | None:
        """An aggregate over the entities themselves."""
        where = (clause(" where ", self.condition(at, depth - 1)),) if self.chance(50) else ()
        functions = ["min", "max", "distinct"] + (["avg", "median"] if wanted(INT) else [])
        function = self.random.choice(["count", *functions] if wanted(INT) else functions)
        if function == "count":
            return T(INT, (f"count({self.entity}", *where, ")"))
        value = self.value_of(replace(at, prefix=self.entity + "."), function, wanted)
        of = INT if function == "distinct" else None if value is None else value.type
        if value is None or of is None or not wanted(of):
            return None
        return T(of, (f"{function}(", value, *where, ")"))

    def _overall_flag(self, scope: Scope, depth: int) -> T | None:
        at = self.fresh(scope)
        options = self.relations(at)
        if not options:
            return None
        relation, reference = self.random.choice(options)
        tail = self.narrowed(relation, self.inside(at, relation.name), depth - 1)
        return T(BOOL, (f"overall({self.random.choice(('any', 'none'))}(", reference, *tail, "))"))

    # -- other times ------------------------------------------------------------------------------------------------

    def _then(self, scope: Scope) -> Scope:
        return replace(self.fresh(scope), past=True)

    def moment(self, scope: Scope) -> str:
        """When; inside another ``as of``, counted from there."""
        amount, unit = self.random.choice(
            (
                (1, "day"),
                (30, "days"),
                (90, "days"),
                (1, "month"),
                (3, "months"),
                (1, "year"),
                (36, "hours"),
                (2, "weeks"),
            )
        )
        if not scope.past and self.chance(15):
            return self.random.choice(("2024-02-29", "2024-01-31", "2024-02-28T23:59:59.999999Z"))
        if self.params.get("duration") and self.chance(15):
            return f"{self.random.choice(self.params['duration'])} ago"
        return f"{amount} {unit} ago"

    def _past_condition(self, scope: Scope, depth: int) -> T | None:
        if not self.has_past(self.entity) or scope.periodic:
            return None
        found = self.condition(self._then(scope), depth - 1)
        return T(BOOL, ("(", found, f") as of {self.moment(scope)}"), atomic=False)

    def _number_then(self, scope: Scope, depth: int) -> T | None:
        found = self.number(self._then(scope), depth - 1)
        return None if found.text.lstrip("-")[:1].isdigit() and found.atomic else found

    def _past_value(self, scope: Scope, value: T | None) -> T | None:
        if value is None or not self.has_past(self.entity) or scope.periodic:
            return None
        return T(value.type, (value.inner, f" as of {self.moment(scope)}"), atomic=False)

    def _each(self, scope: Scope, depth: int) -> T | None:
        at = replace(self.fresh(scope) if self.chance(70) else scope, timed=True, periodic=True)
        if scope.periodic or at.is_group or not self.relations(at):
            return None
        word, amount = (
            self.random.choice(("last", "previous", "next", "last", "previous")),
            self.random.choice((1, 2, 3)),
        )
        unit = self.random.choice(CALENDAR)
        found = self.random.choice((self._any, self._compare_rows))(at, depth - 1)
        if found is None:
            return None
        if self.chance(40):
            found = joined(self.random.choice((" and ", " or ")), [found, self.condition(at, depth - 1)])
        quantifier = self.random.choice(("each", "each", "any"))
        return T(BOOL, (f"{quantifier} of {word} {amount} {unit}s has (", found, ")"))

    def _compare_rows(self, scope: Scope, depth: int) -> T | None:
        found = self.number_of_rows(scope, depth)
        if found is None:
            return None
        return T(BOOL, (found, f" {self.random.choice(('=', '>=', '<', '>'))} ", self.number_literal()), atomic=False)

    # -- definitions ------------------------------------------------------------------------------------------------

    def _case(self, scope: Scope, depth: int) -> T | None:
        tiers = [known for known in self.definitions if known.cases and (known.past or not (scope.past or scope.timed))]
        if not tiers or scope.is_group:
            return None
        known = self.random.choice(tiers)
        return T(BOOL, (f"{known.name}.{self.random.choice(known.cases)}",))

    def _asked(self, scope: Scope, wanted: Wanted) -> T | None:
        """A trait with arguments."""
        options = [
            known
            for known in self.definitions
            if known.arguments and wanted(known.type) and (known.past or not (scope.past or scope.timed))
        ]
        if not options or scope.is_group or scope.prefix:
            return None
        known = self.random.choice(options)
        given = [self.random.choice(INTS) if of.is_number else self.text_literal() for of in known.arguments]
        return T(known.type, (f"{known.name}({', '.join(given)})",))
