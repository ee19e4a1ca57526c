"""Random values: numbers, texts, times, the aggregates that yield them, and periods. Well typed by construction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from properties.sight import Scope, Sight, Wanted
from properties.trees import Parts, T, clause, quoted

from segdsl.schema import Relation
from segdsl.types import DATE, FLOAT, INT, STRING, TIMESTAMP, Kind, Type, decimal

Maker: TypeAlias = Callable[[Scope, int], T | None]

TEXTS = (
    "a",
    "A",
    "abc",
    "ABC",
    "",
    " ",
    "é",
    "ß",
    "😀",
    "%",
    "_",
    "a%b",
    "\\",
    "'",
    '"',
    "*",
    "?",
    "\n",
    "web",
    "10",
    "k",
)
PATTERNS = (
    "*",
    "a*",
    "*b",
    "a?b",
    "?",
    "??",
    "*a*",
    "\\*",
    "\\?",
    "a_b",
    "*%*",
    "[a]",
    "*\n*",
    "a*b*",
    "",
    "*😀?",
    ".*",
)
INTS = ("0", "1", "1", "2", "2", "3", "4", "-1", "10", "17", "100", "2147483647", "9007199254740992", "-7")
SMALL = ("0", "1", "1", "2", "3")
DECIMALS = ("0.5", "0.1", "0.3", "1.50", "-0.01", "33.33", "9999999999.99", "0.005", "2.25", "10.00")
DATES = ("2026-06-15", "2026-06-01", "2024-02-29", "2026-03-29", "1970-01-01", "2025-12-31", "2026-05-31")
INSTANTS = ("2026-06-15T12:00:00Z", "2026-03-29T01:00:00Z", "2025-10-26T04:30:00+03:00", "2026-05-31T23:59:59.999999Z")
CALENDAR = ("day", "week", "month", "quarter", "year")
FUNCTIONS = ("count", "any", "none", "sum", "avg", "min", "max", "distinct", "median", "percentile", "first", "last")
FUNCTIONS += ("streak", "overall", "rank", "quantile")
OPERATORS = ("=", "!=", "<", "<=", ">", ">=")


class Values(Sight):
    # -- numbers ----------------------------------------------------------------------------------------------------

    def condition(self, scope: Scope, depth: int) -> T:
        raise NotImplementedError

    def number(self, scope: Scope, depth: int) -> T:
        if depth <= 0 or self.chance(30):
            return self.plain_number(scope)
        return self.random.choice(self.number_makers(scope))(scope, depth) or self.plain_number(scope)

    def number_makers(self, scope: Scope) -> list[Maker]:
        """Ways to make a number that is no name and no literal."""
        makers: list[Maker] = [self.arithmetic] * 2
        makers += [self.number_call, self.number_of_text, self.number_of_time]
        if self.relations(scope.plain):
            makers += [self.number_of_rows] * (1 if scope.prefix else 5)
        return makers

    def number_of_rows(self, scope: Scope, depth: int) -> T | None:
        return self.aggregate(scope.plain, depth, lambda of: of.is_number)

    def plain_number(self, scope: Scope) -> T:
        if scope.prefix or self.chance(75):
            found = self.field(scope, lambda of: of.is_number)
            if found is not None:
                return found
        if scope.is_group and self.chance(80):
            found = self.aggregate(scope, 0, lambda of: of.is_number)
            if found is not None:
                return found
        return self.number_literal()

    def number_literal(self) -> T:
        if self.params.get("int") and self.chance(15):
            return T(INT, (self.random.choice(self.params["int"]),))
        if self.chance(75):
            return T(INT, (self.random.choice(INTS if self.chance(40) else SMALL),))
        text = self.random.choice(DECIMALS)
        digits = text.lstrip("-").replace(".", "")
        return T(decimal(len(digits), len(text.split(".")[1])), (text,))

    def arithmetic(self, scope: Scope, depth: int) -> T | None:
        left, right = self.number(scope, depth - 1), self.number(scope, depth - 1)
        operator = self.random.choice("+-*/")
        if self.chance(8):
            return T(left.type, ("-", left.inner), atomic=False) if not left.text.startswith("-") else None
        of = _arithmetic_type(operator, left.type, right.type)
        return None if of is None else T(of, (left.inner, f" {operator} ", right.inner), atomic=False)

    def number_call(self, scope: Scope, depth: int) -> T | None:
        value = self.number(scope, depth - 1)
        name = self.random.choice(("abs", "floor", "ceil", "round", "least", "greatest", "coalesce", "if", "if"))
        of = value.type
        match name:
            case "abs":
                return T(of, ("abs(", value, ")"))
            case "floor" | "ceil":
                if of.kind is Kind.INT:
                    return None
                kind = FLOAT if of.kind is Kind.FLOAT else decimal(min(38, of.precision - of.scale + 1), 0)
                return T(kind, (f"{name}(", value, ")"))
            case "round":
                if of.kind is not Kind.DECIMAL or of.scale == 0:
                    return None
                places = self.random.randrange(of.scale)
                return T(
                    decimal(min(38, of.precision - of.scale + places + 1), places), ("round(", value, f", {places})")
                )
            case "if":
                condition = self.condition(scope.plain, 1)
                other = self.number(scope, depth - 1)
                common = _common(of, other.type)
                if common is None:
                    return None
                if self.chance(30):
                    return T(of, ("if(", condition, ", ", value, ")"))
                return T(common, ("if(", condition, ", ", value, ", ", other, ")"))
            case _:
                other = self.number(scope, depth - 1)
                common = _common(of, other.type)
                return None if common is None else T(common, (f"{name}(", value, ", ", other, ")"))

    def number_of_text(self, scope: Scope, depth: int) -> T | None:
        text = self.string(scope, depth - 1)
        if text is None:
            return None
        if self.chance(50):
            return T(INT, ("length(", text, ")"))
        return T(decimal(38, 9), ("number(", text, ")"))

    def number_of_time(self, scope: Scope, depth: int) -> T | None:
        time = self.time(scope, depth - 1)
        if time is None:
            return None
        part = self.random.choice(
            ("year", "month", "day", "weekday", "hour", "age", "days_since", "hours_since", "days_between")
        )
        if part in ("age", "days_since", "hours_since") and self.in_schema:
            part = "weekday"
        if (part == "hours_since" or part == "hour") and time.type.kind is Kind.DATE:
            part = "month"
        if part == "days_between":
            other = self.time(scope, depth - 1)
            return None if other is None else T(INT, ("days_between(", time, ", ", other, ")"))
        return T(INT, (f"{part}(", time, ")"))

    # -- text -------------------------------------------------------------------------------------------------------

    def string(self, scope: Scope, depth: int) -> T | None:
        found = self.field(scope, is_text)
        if depth <= 0 or self.chance(45):
            return found
        return self.random.choice(self.string_makers(scope))(scope, depth) or found

    def string_makers(self, scope: Scope) -> list[Maker]:
        makers: list[Maker] = [self._changed_text, self._changed_text, self._chosen_text]
        if self.relations(scope.plain):
            makers += [lambda at, depth: self.aggregate(at.plain, depth, is_text)] * (0 if scope.prefix else 2)
        return makers

    def _changed_text(self, scope: Scope, depth: int) -> T | None:
        found = self.string(scope, depth - 1)
        if found is None:
            return None
        if self.chance(50):
            return T(STRING, (f"{self.random.choice(('lower', 'upper', 'trim'))}(", found, ")"))
        old = self.random.choice([text for text in TEXTS if text])
        return T(STRING, ("replace(", found, f", {quoted(old)}, {quoted(self.random.choice(TEXTS))})"))

    def _chosen_text(self, scope: Scope, depth: int) -> T | None:
        found = self.string(scope, depth - 1)
        if found is None:
            return None
        if self.chance(50):
            other = self.string(scope, depth - 1) or T(STRING, ('"x"',))
            return T(STRING, ("coalesce(", found, ", ", other, ")"))
        condition = self.condition(scope.plain, 1)
        return T(STRING, ("if(", condition, ", ", found, f", {quoted(self.random.choice(TEXTS))})"))

    def text_literal(self, of: Type = STRING) -> str:
        if of.values is None and self.params.get("string") and self.chance(10):
            return self.random.choice(self.params["string"])
        return quoted(self.random.choice(of.values if of.values is not None else TEXTS))

    # -- times ------------------------------------------------------------------------------------------------------

    def time(self, scope: Scope, depth: int, kind: Kind | None = None) -> T | None:
        wanted = kind or self.random.choice((Kind.DATE, Kind.TIMESTAMP))
        found = self.field(scope, lambda of: of.kind is wanted)
        if depth <= 0 or self.chance(45):
            return found
        return self.random.choice(self.time_makers(scope, wanted))(scope, depth) or found

    def time_makers(self, scope: Scope, wanted: Kind) -> list[Maker]:
        makers: list[Maker] = [lambda at, depth: self._moved_time(at, depth, wanted)]
        makers += [lambda at, depth: self._chosen_time(at, depth, wanted)]
        if wanted is Kind.DATE:
            makers.append(self._day_of)
        if self.relations(scope.plain):
            rows: Maker = lambda at, depth: self.aggregate(at.plain, depth, lambda of: of.kind is wanted)  # noqa: E731
            makers += [rows] * (0 if scope.prefix else 2)
        return makers

    def _day_of(self, scope: Scope, depth: int) -> T | None:
        if self.chance(50):
            other = self.time(scope, depth - 1, Kind.TIMESTAMP)
            return None if other is None else T(DATE, ("date(", other, ")"))
        other = self.time(scope, depth - 1)
        return None if other is None else T(DATE, (f"start_of({self.random.choice(CALENDAR[1:])}, ", other, ")"))

    def _moved_time(self, scope: Scope, depth: int, wanted: Kind) -> T | None:
        found = self.time(scope, depth - 1, wanted)
        if found is None:
            return None
        units = ("days", "weeks") if wanted is Kind.DATE else ("hours", "days", "weeks", "minutes")
        amount = f"{self.random.choice((1, 2, 7, 30))} {self.random.choice(units)}"
        return T(_time_type(wanted), (found.inner, f" {self.random.choice('+-')} {amount}"), atomic=False)

    def _chosen_time(self, scope: Scope, depth: int, wanted: Kind) -> T | None:
        one, other = self.time(scope, depth - 1, wanted), self.time(scope, depth - 1, wanted)
        if one is None or other is None:
            return None
        name = self.random.choice(("coalesce", "least", "greatest"))
        return T(_time_type(wanted), (f"{name}(", one, ", ", other, ")"))

    def constant_time(self, kind: Kind) -> str:
        random = self.random
        if kind is Kind.DATE:
            return random.choice(DATES) if self.in_schema or self.chance(60) else "today"
        if self.in_schema or self.chance(30):
            return random.choice(INSTANTS)
        if self.chance(30):
            return "now"
        amount, unit = random.choice((1, 7, 30, 90)), random.choice(("days", "days", "hours", "weeks", "months"))
        if unit == "months":
            amount = random.choice((1, 3, 12))
        return f"{amount} {unit} {random.choice(('ago', 'ago', 'from now'))}"

    def period(self) -> str:
        random = self.random
        if self.in_schema:
            return "2025-06-15 to 2026-06-01"
        unit = random.choice(("hours", "days", "days", "weeks", "months", "quarters", "years"))
        many = {"hours": (1, 12, 24, 48), "days": (1, 7, 30, 365), "weeks": (1, 4)}.get(unit, (1, 2, 3, 12))
        match random.randrange(8):
            case 0 | 1:
                return f"last {random.choice(many)} {unit}"
            case 2:
                return random.choice((f"next {random.choice(many)} {unit}", f"this {random.choice(CALENDAR)}"))
            case 3:
                return f"this {random.choice(CALENDAR)}"
            case 4:
                return random.choice(
                    (
                        f"previous {random.choice(CALENDAR)}",
                        f"previous {random.choice((2, 3))} {random.choice(CALENDAR)}s",
                    )
                )
            case 5:
                first, second = sorted(random.sample((0, 1, 2, 4, 12, 13), 2), reverse=True)
                return (
                    f"{first} to {max(second, 1) if first > 1 else 0} {unit}" + " ago"
                    if first > 1
                    else f"2 to 1 {unit} ago"
                )
            case 6 if self.params.get("duration"):
                return f"last {random.choice(self.params['duration'])}"
            case _:
                start = random.choice(
                    (
                        "2024-02-29",
                        "2025-10-26",
                        "2026-03-29",
                        "2025-12-31T23:59:59.999999Z",
                        "400 days ago",
                        "90 days ago",
                    )
                )
                end = random.choice(
                    ("today", "now", "2026-05-31", "2026-06-15", "2026-06-15T12:00:00Z", "7 days from now")
                )
                if start.endswith("ago") and end.startswith("2"):
                    end = "now"
                return f"{start} to {end}"

    # -- aggregates -------------------------------------------------------------------------------------------------

    def aggregate(self, scope: Scope, depth: int, wanted: Wanted) -> T | None:
        """An aggregate whose value is wanted, over a relation that can be named here (not in an aggregate's value)."""
        options = self.relations(scope)
        if not options:
            return None
        relation, reference = self.random.choice(options)
        return self.aggregate_of(scope, relation, reference, depth, wanted)

    def aggregate_of(
        self, scope: Scope, relation: Relation, reference: str, depth: int, wanted: Wanted, *, pairs: bool = False
    ) -> T | None:
        """``pairs``: it counts no groups, since it is taken for each group itself."""
        alias = self.alias(scope)
        inner = self.inside(scope, relation.name, alias)
        named = (clause(f" as {alias}"),) if alias else ()
        functions = ["min", "max"]
        if self.time_of(relation) is not None:
            functions += ["first", "last"]
        if wanted(FLOAT):
            functions += ["avg", "avg", "median", "percentile"]
        if wanted(INT) and self.chance(70):
            functions = [*["count"] * 3, *["sum"] * 3, "distinct", "distinct", *functions]
        function = self.random.choice(functions)
        if function == "count":
            tail = self.narrowed(relation, inner, depth)
            groups = () if pairs else self.grouped(relation, inner, depth, scope)
            return T(INT, ("count(", reference, *named, *tail, *groups, ")"))
        bare = scope.is_group and relation.name == scope.owner and self.chance(40)
        value = self.value_of(replace(inner, prefix=reference + ".", around=()), function, wanted)
        if value is None:
            return None
        if bare and len(value.parts) == 1 and isinstance(value.parts[0], str):
            value, named = T(value.type, (value.text.removeprefix(reference + "."),)), ()
        of = aggregate_type(function, value.type)
        if not wanted(of):
            return None
        second = (f", {self.percent()}",) if function == "percentile" else ()
        return T(of, (f"{function}(", value, *named, *self.narrowed(relation, inner, depth), *second, ")"))

    def value_of(self, inner: Scope, function: str, wanted: Wanted) -> T | None:
        """What an aggregate takes together."""
        match function:
            case "distinct":
                return self.field(inner, lambda of: of.kind not in (Kind.FLOAT, Kind.LIST, Kind.ANY))
            case "sum" | "avg" | "median" | "percentile":
                value = self.number(inner, 1 if self.chance(30) else 0)
                return value if _names_rows(value, inner.prefix) else None
            case "min" | "max":
                return self.field(
                    inner,
                    lambda of: wanted(of) and (of.is_number or of.is_time or (of.ordered and of.values is not None)),
                )
            case _:
                return self.field(inner, lambda of: wanted(of) and of.kind not in (Kind.LIST, Kind.ANY))

    def percent(self) -> str:
        return self.random.choice(("50", "80", "25", "90", "33.3", "99.9", "100", "0.5", "1", "66.667"))

    def alias(self, scope: Scope) -> str:
        """A name for the rows of an aggregate that stands here; often none."""
        return ""

    def narrowed(self, relation: Relation, inner: Scope, depth: int) -> Parts:
        parts: list[str | T] = []
        if self.time_of(relation) is not None and self.chance(40):
            parts.append(clause(f" in {self.period()}"))
        if self.chance(50):
            parts.append(clause(" where ", self.condition(inner, depth - 1)))
        return tuple(parts)

    def grouped(self, relation: Relation, inner: Scope, depth: int, outside: Scope) -> Parts:
        """``per E having C``, behind a count; often nothing."""
        return ()


def _names_rows(value: T, prefix: str) -> bool:
    """Does a value name a field of the rows, outside of aggregates of its own?"""
    first = value.parts[0]
    if isinstance(first, str) and first.split("(")[0] in FUNCTIONS and "(" in first:
        return False
    return any(part.startswith(prefix) if isinstance(part, str) else _names_rows(part, prefix) for part in value.parts)


def is_text(of: Type) -> bool:
    return of.kind is Kind.STRING and of.values is None


def _time_type(kind: Kind) -> Type:
    return DATE if kind is Kind.DATE else TIMESTAMP


def _width(of: Type) -> tuple[int, int]:
    return (of.precision, of.scale) if of.kind is Kind.DECIMAL else (16, 0)


def _common(one: Type, other: Type) -> Type | None:
    if FLOAT in (one, other):
        return FLOAT
    if one.kind is Kind.INT and other.kind is Kind.INT:
        return INT
    (p, s), (q, r) = _width(one), _width(other)
    scale = max(s, r)
    precision = max(p - s, q - r) + scale
    return decimal(precision, scale) if precision <= 38 else None


def _arithmetic_type(operator: str, one: Type, other: Type) -> Type | None:
    if operator == "/" or FLOAT in (one, other):
        return FLOAT
    if one.kind is Kind.INT and other.kind is Kind.INT:
        return INT
    if operator == "*":
        (p, s), (q, r) = _width(one), _width(other)
        return decimal(p + q, s + r) if p + q <= 38 else None
    common = _common(one, other)
    return None if common is None or common.precision > 37 else decimal(common.precision + 1, common.scale)


def aggregate_type(function: str, of: Type) -> Type:
    match function, of.kind:
        case (("count" | "distinct"), _):
            return INT
        case (("avg" | "median" | "percentile"), _):
            return FLOAT
        case "sum", Kind.INT:
            return decimal(26, 0)
        case "sum", Kind.DECIMAL:
            return decimal(min(38, of.precision + 10), of.scale)
        case "sum", _:
            return decimal(29, 6)
    return of
