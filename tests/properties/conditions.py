"""Random conditions: comparisons, lists, periods, matches, what is missing, and what joins them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from properties.sight import Scope
from properties.trees import T, clause, joined, quoted
from properties.values import DECIMALS, INTS, OPERATORS, PATTERNS, TEXTS, Maker, Values

from segdsl.types import BOOL, FLOAT, INT, STRING, Kind

LABELS = ("a", "A", "vip", "", "é", "a,b", 'x"y', "\\", "[]", "null")
POINTS = ("37.98, 23.73", "40.7128, -74.0060", "0, 0", "-33.87, 151.21", "90, 0", "0, 180", "51.5, -0.1")


class Conditions(Values):
    # -- conditions -------------------------------------------------------------------------------------------------

    def condition(self, scope: Scope, depth: int) -> T:
        random = self.random
        if depth > 0 and self.chance(35):
            match random.randrange(4):
                case 0:
                    inner = self.condition(scope, depth - 1)
                    return T(BOOL, ("not ", inner.inner), atomic=False)
                case 1:
                    items = [self.condition(scope, depth - 1) for _ in range(random.choice((2, 2, 3)))]
                    return joined(" and ", items)
                case 2:
                    items = [self.condition(scope, depth - 1) for _ in range(random.choice((2, 2, 3)))]
                    return joined(" or ", items)
                case _:
                    return joined(
                        random.choice((" and ", " or ")), [self.condition(scope, depth - 1), self.leaf(scope, depth)]
                    )
        return self.leaf(scope, depth)

    def leaf(self, scope: Scope, depth: int) -> T:
        makers = self.condition_makers(scope, depth)
        for _ in range(8):
            found = self.random.choice(makers)(scope, depth)
            if found is not None:
                return found
        return T(BOOL, (self.plain_number(scope), " >= 0"), atomic=False)

    def condition_makers(self, scope: Scope, depth: int) -> list[Maker]:
        makers: list[Maker] = [
            *[self._compare_numbers] * 3,
            *[self._compare_quotient] * 2,
            self._number_between,
            self._number_in,
            self._compare_texts,
            self._text_in,
            *[self._match] * 2,
            self._closed,
            self._ordered,
            *[self._compare_times] * 2,
            self._time_in,
            self._time_between,
            self._flag,
            self._missing,
            self._no_lookup,
            *[self._list] * 3,
            self._anniversary,
            *[self._distance] * 2,
        ]
        if depth >= 0 and self.relations(scope):
            makers += [*[self._any] * 3, *[self._compare_aggregates] * (0 if scope.is_group else 4)]
        return makers

    def _compare_numbers(self, scope: Scope, depth: int) -> T | None:
        left = self.number(scope, depth)
        right = self.number(scope, depth - 1) if self.chance(35) else self.plain_number(scope)
        return T(BOOL, (left, f" {self.random.choice(OPERATORS)} ", right), atomic=False)

    def _compare_quotient(self, scope: Scope, depth: int) -> T | None:
        left, right = self.number(scope, depth - 1), self.number(scope, depth - 1)
        limit = self.random.choice(("0", "0.5", "1", "2", "0.1", "-1", "1.50", "-0.5"))
        return T(BOOL, (left.inner, " / ", right.inner, f" {self.random.choice(OPERATORS)} {limit}"), atomic=False)

    def _compare_aggregates(self, scope: Scope, depth: int) -> T | None:
        """Two aggregates over the same rows: one that takes a wrong row, or one row too many, is not easily right by chance."""
        random = self.random
        relation, reference = random.choice(self.relations(scope))
        inner = self.inside(scope, relation.name)
        named = replace(inner, prefix=reference + ".")
        if not self.chance(25):
            value = self.field(named, lambda of: of.kind not in (Kind.BOOL, Kind.LIST) and of.values is None)
        else:
            value = self.field(named, lambda of: of.is_number)
        if value is None:
            return None
        ends = ["first", "last"] if self.time_of(relation) is not None else []
        functions = ends if value.type.kind is Kind.STRING else [*ends, *ends, "min", "max"]
        if value.type.is_number and self.chance(25):
            functions = ["median", "avg", "percentile"]
        narrowed = self.narrowed(relation, inner, depth - 1) if self.chance(40) else ()
        if value.type.kind is not Kind.FLOAT and (len(functions) < 2 or self.chance(40)):
            left = T(INT, ("distinct(", value, *narrowed, ")"))
            own = value.text.removeprefix(reference + ".")
            present = f"distinct({value.text} where {own} is present)"
            right = T(INT, (random.choice(("1", "2", f"count({reference})", present, present)),))
        elif len(functions) < 2:
            return None
        else:
            one, other = random.sample(functions, 2)
            left, right = (
                T(value.type, (f"{name}(", value, *narrowed, f", {self.percent()})" if name == "percentile" else ")"))
                for name in (one, other)
            )
        operators = OPERATORS[:2] if left.type.kind is Kind.STRING else OPERATORS
        return T(BOOL, (left, f" {random.choice(operators)} ", right), atomic=False)

    def _not(self) -> str:
        return "not " if self.chance(40) else ""

    def _number_between(self, scope: Scope, depth: int) -> T | None:
        value, low, high = self.number(scope, depth), self.plain_number(scope), self.plain_number(scope)
        return T(BOOL, (value, f" {self._not()}between ", low, " and ", high), atomic=False)

    def _number_in(self, scope: Scope, depth: int) -> T | None:
        value = self.number(scope, depth)
        if value.type.kind is Kind.FLOAT:
            return None
        pool = INTS if value.type.kind is Kind.INT else (*INTS, *DECIMALS)
        items = ", ".join(dict.fromkeys(self.random.sample(pool, self.random.randint(1, 3))))
        return T(BOOL, (value, f" {self._not()}in ({items})"), atomic=False)

    def _compare_texts(self, scope: Scope, depth: int) -> T | None:
        left = self.string(scope, depth)
        if left is None:
            return None
        right = (self.string(scope, depth) if self.chance(30) else None) or T(STRING, (self.text_literal(),))
        return T(BOOL, (left, f" {self.random.choice(('=', '!='))} ", right), atomic=False)

    def _text_in(self, scope: Scope, depth: int) -> T | None:
        left = self.string(scope, depth)
        if left is None:
            return None
        items = ", ".join(quoted(text) for text in self.random.sample(TEXTS, self.random.randint(1, 3)))
        return T(BOOL, (left, f" {self._not()}in ({items})"), atomic=False)

    def _match(self, scope: Scope, depth: int) -> T | None:
        left = self.string(scope, depth)
        if left is None:
            return None
        word = self.random.choice(("contains", "starts with", "ends with", "matches"))
        needle = self.random.choice(PATTERNS if word == "matches" else TEXTS)
        return T(BOOL, (left, f" {self._not()}{word} {quoted(needle)}"), atomic=False)

    def _closed(self, scope: Scope, depth: int) -> T | None:
        left = self.field(scope, lambda of: of.values is not None)
        if left is None:
            return None
        if self.relations(scope) and self.chance(30):
            left = self.aggregate(scope, depth, lambda of: of.values is not None) or left
        if self.chance(40):
            assert left.type.values is not None
            items = self.random.sample(left.type.values, min(self.random.randint(1, 2), len(left.type.values)))
            return T(BOOL, (left, f" {self._not()}in ({', '.join(map(quoted, items))})"), atomic=False)
        operator = self.random.choice(("=", "!="))
        return T(BOOL, (left, f" {operator} {self.text_literal(left.type)}"), atomic=False)

    def _ordered(self, scope: Scope, depth: int) -> T | None:
        left = self.field(scope, lambda of: of.ordered)
        if left is None:
            return None
        if self.relations(scope) and self.chance(30):
            left = self.aggregate(scope, depth, lambda of: of.ordered) or left
        if self.chance(30):
            low, high = self.text_literal(left.type), self.text_literal(left.type)
            return T(BOOL, (left, f" {self._not()}between {low} and {high}"), atomic=False)
        return T(BOOL, (left, f" {self.random.choice(OPERATORS)} {self.text_literal(left.type)}"), atomic=False)

    def _compare_times(self, scope: Scope, depth: int) -> T | None:
        left = self.time(scope, depth)
        if left is None:
            return None
        right = self.time(scope, depth - 1) if self.chance(40) else None
        if right is None:
            kind = self.random.choice((Kind.DATE, Kind.TIMESTAMP))
            right = T(left.type, (self.constant_time(kind),), atomic=False)
        return T(BOOL, (left, f" {self.random.choice(OPERATORS)} ", right), atomic=False)

    def _time_between(self, scope: Scope, depth: int) -> T | None:
        left = self.time(scope, depth)
        if left is None:
            return None
        kinds = [self.random.choice((Kind.DATE, Kind.TIMESTAMP)) for _ in range(2)]
        low, high = (self.constant_time(kind) for kind in kinds)
        return T(BOOL, (left, f" {self._not()}between {low} and {high}"), atomic=False)

    def _time_in(self, scope: Scope, depth: int) -> T | None:
        left = self.time(scope, depth)
        return None if left is None else T(BOOL, (left, f" {self._not()}in {self.period()}"), atomic=False)

    def _flag(self, scope: Scope, depth: int) -> T | None:
        flag = self.field(scope, lambda of: of.kind is Kind.BOOL)
        if flag is None:
            return None
        match self.random.randrange(6):
            case 0:
                return T(
                    BOOL,
                    (flag, f" {self.random.choice(('=', '!='))} {self.random.choice(('true', 'false'))}"),
                    atomic=False,
                )
            case 1:
                return T(BOOL, ("coalesce(", flag, f", {self.random.choice(('true', 'false'))})"))
            case 2 if depth > 0:
                return T(BOOL, ("if(", self.condition(scope, 0), ", ", flag, ")"))
            case 3 if self.relations(scope):
                return self.aggregate(scope, depth, lambda of: of.kind is Kind.BOOL) or flag
            case _:
                return flag

    def _missing(self, scope: Scope, depth: int) -> T | None:
        value: Any
        match self.random.randrange(4):
            case 0:
                value = self.number(scope, depth)
            case 1:
                value = self.string(scope, depth)
            case 2:
                value = self.time(scope, depth)
            case _:
                value = self.field(scope, lambda of: of.values is not None)
        if value is None or (value.text.lstrip("-")[:1].isdigit() and value.atomic):
            return None
        return T(BOOL, (value, f" is {self.random.choice(('missing', 'present'))}"), atomic=False)

    def _no_lookup(self, scope: Scope, depth: int) -> T | None:
        paths = self.lookup_paths(scope)
        if not paths or scope.past or scope.is_group:
            return None
        return T(BOOL, (f"{self.random.choice(paths)} is {self.random.choice(('missing', 'present'))}",), atomic=False)

    def _any(self, scope: Scope, depth: int) -> T | None:
        relation, reference = self.random.choice(self.relations(scope))
        alias = self.alias(scope)
        inner = self.inside(scope, relation.name, alias)
        word = self.random.choice(("any", "any", "none"))
        named = (clause(f" as {alias}"),) if alias else ()
        tail = self.narrowed(relation, inner, depth)
        return T(BOOL, (f"{word}({reference}", *named, *tail, *self.grouped(relation, inner, depth, scope), ")"))

    # -- lists, birthdays, places -----------------------------------------------------------------------------------

    def _list(self, scope: Scope, depth: int) -> T | None:
        labels = self.field(scope, lambda of: of.kind is Kind.LIST)
        if labels is None:
            return None
        match self.random.randrange(4):
            case 0:
                return T(BOOL, (labels, f" {self._not()}contains {quoted(self.random.choice(LABELS))}"), atomic=False)
            case 1:
                return T(BOOL, (labels, f" is {self.random.choice(('missing', 'present'))}"), atomic=False)
            case _:
                items = ", ".join(map(quoted, self.random.sample(LABELS, self.random.randint(1, 3))))
                word = self.random.choice(("any", "all"))
                return T(BOOL, (labels, f" {self._not()}contains {word} ({items})"), atomic=False)

    def _anniversary(self, scope: Scope, depth: int) -> T | None:
        day = self.time(scope, depth - 1, Kind.DATE if self.chance(80) else None)
        if day is None:
            return None
        return T(BOOL, ("anniversary(", day, f") {self._not()}in {self.period()}"), atomic=False)

    def _distance(self, scope: Scope, depth: int) -> T | None:
        latitude = self.field(scope, lambda of: of.is_number and of.kind is not Kind.INT)
        longitude = self.field(scope, lambda of: of.is_number)
        if latitude is None or longitude is None:
            return None
        own = latitude.text.removesuffix("lat") + "lon"
        if latitude.text.endswith("lat") and own in dict(self.visible(scope)):
            longitude = T(FLOAT, (own,))
        if not latitude.text.endswith("lat") and not self.chance(20):
            return None
        point, limit = (
            self.random.choice(POINTS),
            self.random.choice(("0", "1", "100", "0.5", "3000", "10000", "20016")),
        )
        operator = self.random.choice(("<=", "<", ">", ">="))
        return T(BOOL, ("distance_km(", latitude, ", ", longitude, f", {point}) {operator} {limit}"), atomic=False)
