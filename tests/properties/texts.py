"""Random texts of the language for a schema, well typed by the grammar that makes them.

In: a schema, a `random.Random`. Out: texts as trees (`T`), so that a failing one can be made smaller. Almost all of them
compile; those that do not (a decimal that grows too wide) are dropped by whoever asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, TypeAlias

from segdsl.schema import Field, Relation, Schema
from segdsl.types import BOOL, DATE, FLOAT, INT, STRING, TIMESTAMP, Kind, Type, decimal


@dataclass(frozen=True, slots=True)
class T:
    """A piece of text and its type; ``atomic``: it can stand anywhere without parentheses."""

    type: Type
    parts: tuple[str | T, ...]
    atomic: bool = True

    @property
    def text(self) -> str:
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)

    @property
    def inner(self) -> str | T:
        """As an operand."""
        return self if self.atomic else T(self.type, ("(", self, ")"))

    def children(self) -> Iterator[T]:
        return (part for part in self.parts if isinstance(part, T))


Scope: TypeAlias = tuple[str, ...]
"""The owners whose rows are in sight, innermost first; the last is the entity."""

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
DECIMALS = ("0.5", "0.1", "0.3", "1.50", "-0.01", "33.33", "9999999999.99", "0.005", "2.25", "10.00")
DATES = ("2026-06-15", "2026-06-01", "2024-02-29", "2026-03-29", "1970-01-01", "2025-12-31", "2026-05-31")
INSTANTS = ("2026-06-15T12:00:00Z", "2026-03-29T01:00:00Z", "2025-10-26T04:30:00+03:00", "2026-05-31T23:59:59.999999Z")
CALENDAR = ("day", "week", "month", "quarter", "year")
OPERATORS = ("=", "!=", "<", "<=", ">", ">=")


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


class Texts:
    def __init__(self, schema: Schema, random: Random, *, in_schema: bool = False) -> None:
        self.schema = schema
        self.random = random
        self.in_schema = in_schema
        self.entity = schema.entity.name
        self.definitions: list[tuple[str, Type]] = []
        self.params: list[str] = []

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    # -- what is in sight -------------------------------------------------------------------------------------------

    def chain(self, owner: str) -> Scope:
        chain = [owner]
        while chain[-1] in self.schema.relations:
            chain.append(self.schema.relations[chain[-1]].parent)
        return tuple(chain)

    def has_several_parents(self, owner: str) -> bool:
        """Can a row's join find more than one parent? What is the parent's is then not the row's own."""
        relation = self.schema.relations.get(self.root(owner))
        parent = None if relation is None else self.schema.relations.get(relation.parent)
        return (
            relation is not None
            and parent is not None
            and not (parent.key and set(parent.key) <= {link.parent for link in relation.links})
        )

    def root(self, owner: str) -> str:
        while owner in self.schema.relations and self.schema.relations[owner].base is not None:
            base = self.schema.relations[owner].base
            assert base is not None
            owner = base
        return owner

    def fields_of(self, owner: str) -> Sequence[Field]:
        fields = (
            self.schema.entity.fields
            if owner == self.entity
            else (self.schema.relations.get(owner) or self.schema.lookups[owner]).fields
        )
        return [field for field in fields.values() if field.declared and not field.private]

    def visible(self, scope: Scope, prefix: str) -> list[tuple[str, Type]]:
        """Fields by what they are called here. With a prefix: in an aggregate's value, where paths begin with the relation."""
        found: dict[str, Type] = {}
        hidden: set[str] = set()
        several = False
        for owner in scope[:1] if prefix else scope:
            is_hidden, several = several and owner != self.entity, several or self.has_several_parents(owner)
            if is_hidden:
                hidden.update(field.name for field in self.fields_of(owner))
                continue
            for field in self.fields_of(owner):
                if prefix + field.name in hidden:
                    continue
                if prefix + field.name not in found:
                    found[prefix + field.name] = field.type
                elif owner in self.schema.relations:
                    found[f"{owner}.{field.name}"] = field.type
            for name, lookup in self.schema.lookups.items():
                if lookup.of == self.root(owner):
                    for field in self.fields_of(name):
                        found.setdefault(f"{prefix}{name}.{field.name}", field.type)
                    for deep, below in self.schema.lookups.items():
                        if below.of == name:
                            for field in self.fields_of(deep):
                                found.setdefault(f"{prefix}{name}.{deep}.{field.name}", field.type)
            if not prefix and not self.in_schema:
                for name, relation in self.schema.relations.items():
                    if relation.groups is not None and relation.groups == owner:
                        for field in self.fields_of(name):
                            found.setdefault(f"{name}.{field.name}", field.type)
        if not prefix and not self.in_schema:
            for name, trait in self.schema.traits.items():
                found.setdefault(name, trait.type)
            for name, of in self.definitions:
                found.setdefault(name, of)
        return list(found.items())

    def lookup_paths(self, scope: Scope) -> list[str]:
        found = []
        for owner in scope:
            for name, lookup in self.schema.lookups.items():
                if lookup.of == self.root(owner):
                    found.append(name)
                    found.extend(f"{name}.{deep}" for deep, below in self.schema.lookups.items() if below.of == name)
            if self.has_several_parents(owner):
                break
        return found

    def field(self, scope: Scope, prefix: str, wanted: Callable[[Type], bool]) -> T | None:
        found = [(name, of) for name, of in self.visible(scope, prefix) if wanted(of)]
        if not found:
            return None
        # The nearest ones more often than others.
        name, of = self.random.choice(found if self.chance(40) else found[:6])
        return T(of, (name,))

    def relations(self, scope: Scope) -> list[Relation]:
        """Those that can be aggregated here: at the entity all of them, in a row its own."""
        if self.in_schema:
            return []
        every = self.schema.relations
        if scope == (self.entity,):
            return list(every.values())
        return [every[name] for name in self.below(scope[0])]

    def below(self, owner: str) -> list[str]:
        found = []
        relation = self.schema.relations[owner]
        if relation.groups is not None:
            found.append(relation.groups)
            found.extend(self.below(relation.groups))
        for name, other in self.schema.relations.items():
            if other.parent == owner and other.groups is None:
                found.append(name)
                if other.base is None:
                    found.extend(self.below(name))
        return list(dict.fromkeys(found))

    def time_of(self, relation: Relation) -> Kind | None:
        if relation.time is not None:
            return relation.fields[relation.time].type.kind
        if self.has_several_parents(relation.name):
            return None
        parent = self.schema.relations.get(relation.parent)
        return None if parent is None else self.time_of(parent)

    # -- numbers ----------------------------------------------------------------------------------------------------

    def number(self, scope: Scope, depth: int, prefix: str = "") -> T:
        random = self.random
        if depth <= 0 or self.chance(30):
            return self.plain_number(scope, prefix)
        options: list[Callable[[], T | None]] = [
            lambda: self.arithmetic(scope, depth, prefix),
            lambda: self.arithmetic(scope, depth, prefix),
            lambda: self.number_call(scope, depth, prefix),
            lambda: self.number_of_text(scope, depth, prefix),
            lambda: self.number_of_time(scope, depth, prefix),
        ]
        if not prefix and self.relations(scope):
            options += [lambda: self.aggregate(scope, depth, lambda of: of.is_number)] * 5
        return random.choice(options)() or self.plain_number(scope, prefix)

    def plain_number(self, scope: Scope, prefix: str) -> T:
        if prefix or self.chance(75):
            found = self.field(scope, prefix, lambda of: of.is_number)
            if found is not None:
                return found
        if self.chance(60):
            return T(INT, (self.random.choice(INTS),))
        text = self.random.choice(DECIMALS)
        digits = text.lstrip("-").replace(".", "")
        return T(decimal(len(digits), len(text.split(".")[1])), (text,))

    def arithmetic(self, scope: Scope, depth: int, prefix: str) -> T | None:
        left, right = self.number(scope, depth - 1, prefix), self.number(scope, depth - 1, prefix)
        operator = self.random.choice("+-*/")
        if self.chance(8):
            return T(left.type, ("-", left.inner), atomic=False) if not left.text.startswith("-") else None
        of = _arithmetic_type(operator, left.type, right.type)
        return None if of is None else T(of, (left.inner, f" {operator} ", right.inner), atomic=False)

    def number_call(self, scope: Scope, depth: int, prefix: str) -> T | None:
        value = self.number(scope, depth - 1, prefix)
        name = self.random.choice(("abs", "floor", "ceil", "round", "least", "greatest", "coalesce", "if"))
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
                condition = self.condition(scope, 1) if not prefix else None
                other = self.number(scope, depth - 1, prefix)
                common = _common(of, other.type)
                if condition is None or common is None:
                    return None
                if self.chance(30):
                    return T(of, ("if(", condition, ", ", value, ")"))
                return T(common, ("if(", condition, ", ", value, ", ", other, ")"))
            case _:
                other = self.number(scope, depth - 1, prefix)
                common = _common(of, other.type)
                return None if common is None else T(common, (f"{name}(", value, ", ", other, ")"))

    def number_of_text(self, scope: Scope, depth: int, prefix: str) -> T | None:
        text = self.string(scope, depth - 1, prefix)
        if text is None:
            return None
        if self.chance(50):
            return T(INT, ("length(", text, ")"))
        return T(decimal(38, 9), ("number(", text, ")"))

    def number_of_time(self, scope: Scope, depth: int, prefix: str) -> T | None:
        time = self.time(scope, depth - 1, prefix)
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
            other = self.time(scope, depth - 1, prefix)
            return None if other is None else T(INT, ("days_between(", time, ", ", other, ")"))
        return T(INT, (f"{part}(", time, ")"))

    # -- text -------------------------------------------------------------------------------------------------------

    def string(self, scope: Scope, depth: int, prefix: str = "") -> T | None:
        found = self.field(scope, prefix, lambda of: of.kind is Kind.STRING and of.values is None)
        if found is None or depth <= 0 or self.chance(45):
            return found
        match self.random.randrange(7):
            case 0:
                return T(STRING, (f"{self.random.choice(('lower', 'upper', 'trim'))}(", found, ")"))
            case 1:
                old = self.random.choice([text for text in TEXTS if text])
                return T(STRING, ("replace(", found, f", {quoted(old)}, {quoted(self.random.choice(TEXTS))})"))
            case 2:
                other = self.string(scope, depth - 1, prefix) or T(STRING, ('"x"',))
                return T(STRING, ("coalesce(", found, ", ", other, ")"))
            case 3 if not prefix:
                return T(
                    STRING, ("if(", self.condition(scope, 1), ", ", found, f", {quoted(self.random.choice(TEXTS))})")
                )
            case 4 | 5 if not prefix and self.relations(scope):
                return self.aggregate(scope, depth, lambda of: of.kind is Kind.STRING and of.values is None) or found
            case _:
                return found

    def text_literal(self, of: Type = STRING) -> str:
        return quoted(self.random.choice(of.values if of.values is not None else TEXTS))

    # -- times ------------------------------------------------------------------------------------------------------

    def time(self, scope: Scope, depth: int, prefix: str = "", kind: Kind | None = None) -> T | None:
        random = self.random
        wanted = kind or random.choice((Kind.DATE, Kind.TIMESTAMP))
        found = self.field(scope, prefix, lambda of: of.kind is wanted)
        if depth <= 0 or self.chance(45):
            return found
        of = DATE if wanted is Kind.DATE else TIMESTAMP
        match random.randrange(6):
            case 0 if wanted is Kind.DATE:
                other = self.time(scope, depth - 1, prefix, Kind.TIMESTAMP)
                return found if other is None else T(DATE, ("date(", other, ")"))
            case 1 if wanted is Kind.DATE:
                other = self.time(scope, depth - 1, prefix)
                if other is None:
                    return found
                return T(DATE, (f"start_of({random.choice(CALENDAR[1:])}, ", other, ")"))
            case 2 if found is not None:
                units = ("days", "weeks") if wanted is Kind.DATE else ("hours", "days", "weeks", "minutes")
                amount = f"{random.choice((1, 2, 7, 30))} {random.choice(units)}"
                return T(of, (found, f" {random.choice('+-')} {amount}"), atomic=False)
            case 3 if found is not None:
                other = self.time(scope, depth - 1, prefix, wanted) or found
                return T(of, (f"{random.choice(('coalesce', 'least', 'greatest'))}(", found, ", ", other, ")"))
            case 4 | 5 if not prefix and self.relations(scope):
                return self.aggregate(scope, depth, lambda t: t.kind is wanted) or found
            case _:
                return found

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
            case 6 if self.params:
                return f"last {random.choice(self.params)}"
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

    def aggregate(self, scope: Scope, depth: int, wanted: Callable[[Type], bool]) -> T | None:
        random = self.random
        relation = random.choice(self.relations(scope))
        inner = (relation.name, *(owner for owner in self.chain(relation.name)[1:]))
        prefix = relation.name + "."
        value: T | None
        functions = ["min", "max"]
        if self.time_of(relation) is not None:
            functions += ["first", "last"]
        if wanted(INT) and self.chance(70):
            functions = ["count", "count", "sum", "sum", "avg", "distinct", *functions]
        function = random.choice(functions)
        match function:
            case "count":
                return T(INT, ("count(", relation.name, *self.narrowed(relation, inner, depth), ")"))
            case "distinct":
                value = self.field(inner, prefix, lambda of: of.kind is not Kind.FLOAT)
            case "sum" | "avg":
                value = self.number(inner, 1 if self.chance(30) else 0, prefix)
                if not value.text.count(prefix):
                    value = None
            case _:
                ordered = function in ("min", "max")
                value = self.field(
                    inner,
                    prefix,
                    lambda of: wanted(of) and not (ordered and of.kind in (Kind.STRING, Kind.BOOL) and not of.ordered),
                )
        if value is None:
            return None
        of = _aggregate_type(function, value.type)
        if not wanted(of):
            return None
        return T(of, (f"{function}(", value, *self.narrowed(relation, inner, depth), ")"))

    def narrowed(self, relation: Relation, inner: Scope, depth: int) -> tuple[str | T, ...]:
        parts: list[str | T] = []
        if self.time_of(relation) is not None and self.chance(40):
            parts.append(f" in {self.period()}")
        if self.chance(50):
            parts += [" where ", self.condition(inner, depth - 1)]
        return tuple(parts)

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
                    return _joined(" and ", items)
                case 2:
                    items = [self.condition(scope, depth - 1) for _ in range(random.choice((2, 2, 3)))]
                    return _joined(" or ", items)
                case _:
                    return _joined(
                        random.choice((" and ", " or ")), [self.condition(scope, depth - 1), self.leaf(scope, depth)]
                    )
        return self.leaf(scope, depth)

    def leaf(self, scope: Scope, depth: int) -> T:
        options: list[Callable[[Scope, int], T | None]] = [
            self._compare_numbers,
            self._compare_numbers,
            self._compare_numbers,
            self._compare_quotient,
            self._number_between,
            self._number_in,
            self._compare_texts,
            self._text_in,
            self._match,
            self._match,
            self._closed,
            self._ordered,
            self._compare_times,
            self._compare_times,
            self._time_in,
            self._time_between,
            self._flag,
            self._missing,
            self._no_lookup,
        ]
        if self.relations(scope):
            options += [*[self._any] * 3, *[self._compare_aggregates] * 4]
        for _ in range(8):
            found = self.random.choice(options)(scope, depth)
            if found is not None:
                return found
        return T(BOOL, (self.plain_number(scope, ""), " >= 0"), atomic=False)

    def _compare_numbers(self, scope: Scope, depth: int) -> T | None:
        left = self.number(scope, depth)
        right = self.number(scope, depth - 1) if self.chance(35) else self.plain_number(scope, "")
        return T(BOOL, (left, f" {self.random.choice(OPERATORS)} ", right), atomic=False)

    def _compare_quotient(self, scope: Scope, depth: int) -> T | None:
        left, right = self.number(scope, depth - 1), self.number(scope, depth - 1)
        limit = self.random.choice(("0", "0.5", "1", "2", "0.1", "-1", "1.50", "-0.5"))
        return T(BOOL, (left.inner, " / ", right.inner, f" {self.random.choice(OPERATORS)} {limit}"), atomic=False)

    def _compare_aggregates(self, scope: Scope, depth: int) -> T | None:
        """Two aggregates over the same rows: one that takes a wrong row, or one row too many, is not easily right by chance."""
        random = self.random
        relation = random.choice(self.relations(scope))
        inner = self.chain(relation.name)
        if not self.chance(25):
            value = self.field(inner, relation.name + ".", lambda of: of.kind is not Kind.BOOL and of.values is None)
        else:
            value = self.field(inner, relation.name + ".", lambda of: of.is_number)
        if value is None:
            return None
        ends = ["first", "last"] if self.time_of(relation) is not None else []
        functions = ends if value.type.kind is Kind.STRING else [*ends, *ends, "min", "max"]
        narrowed = self.narrowed(relation, inner, depth - 1) if self.chance(40) else ()
        if value.type.kind is not Kind.FLOAT and (len(functions) < 2 or self.chance(40)):
            left = T(INT, ("distinct(", value, *narrowed, ")"))
            own = value.text.removeprefix(relation.name + ".")
            present = f"distinct({value.text} where {own} is present)"
            right: T = T(INT, (random.choice(("1", "2", f"count({relation.name})", present, present)),))
        elif len(functions) < 2:
            return None
        else:
            one, other = random.sample(functions, 2)
            left = T(value.type, (f"{one}(", value, *narrowed, ")"))
            right = T(value.type, (f"{other}(", value, *narrowed, ")"))
        operators = OPERATORS[:2] if left.type.kind is Kind.STRING else OPERATORS
        return T(BOOL, (left, f" {random.choice(operators)} ", right), atomic=False)

    def _not(self) -> str:
        return "not " if self.chance(40) else ""

    def _number_between(self, scope: Scope, depth: int) -> T | None:
        value, low, high = self.number(scope, depth), self.plain_number(scope, ""), self.plain_number(scope, "")
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
        left = self.field(scope, "", lambda of: of.values is not None)
        if left is None:
            return None
        if self.relations(scope) and self.chance(30):
            left = self.aggregate(scope, depth, lambda of: of.values is not None) or left
        if self.chance(40):
            assert left.type.values is not None
            items = self.random.sample(left.type.values, self.random.randint(1, 2))
            return T(BOOL, (left, f" {self._not()}in ({', '.join(map(quoted, items))})"), atomic=False)
        operator = self.random.choice(("=", "!="))
        return T(BOOL, (left, f" {operator} {self.text_literal(left.type)}"), atomic=False)

    def _ordered(self, scope: Scope, depth: int) -> T | None:
        left = self.field(scope, "", lambda of: of.ordered)
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
        flag = self.field(scope, "", lambda of: of.kind is Kind.BOOL)
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
                value = self.field(scope, "", lambda of: of.values is not None)
        if value is None or (value.text.lstrip("-")[:1].isdigit() and value.atomic):
            return None
        return T(BOOL, (value, f" is {self.random.choice(('missing', 'present'))}"), atomic=False)

    def _no_lookup(self, scope: Scope, depth: int) -> T | None:
        paths = self.lookup_paths(scope)
        if not paths:
            return None
        return T(BOOL, (f"{self.random.choice(paths)} is {self.random.choice(('missing', 'present'))}",), atomic=False)

    def _any(self, scope: Scope, depth: int) -> T | None:
        relation = self.random.choice(self.relations(scope))
        inner = self.chain(relation.name)
        word = self.random.choice(("any", "any", "none"))
        return T(BOOL, (f"{word}({relation.name}", *self.narrowed(relation, inner, depth), ")"))

    # -- expressions inside a schema --------------------------------------------------------------------------------

    def row_condition(self, owner: str) -> str:
        return self.condition(self.chain(owner), 1).text

    def computed(self, owner: str) -> dict[str, Any] | None:
        """A field that ``is`` an expression over its row, with the type it takes."""
        scope = self.chain(owner)
        match self.random.randrange(6):
            case 0:
                value = self.string(scope, 2)
            case 1:
                value = self.time(scope, 2)
            case 2:
                value = self.condition(scope, 1)
            case _:
                value = self.number(scope, 2)
        if value is None:
            return None
        return {"type": self._declared(value.type), "is": value.text}

    def _declared(self, of: Type) -> str:
        if of.is_number and of.kind is not Kind.INT and self.chance(60):
            return self.random.choice(("decimal(12,2)?", "decimal(14,4)?"))
        return str(of.plain) + "?"

    def can_group(self, field: Field) -> bool:
        return field.declared and field.expression is None and field.type.kind is not Kind.FLOAT and field.name != "id"

    def by_expression(self, owner: str) -> tuple[str, str] | None:
        options = []
        for name, of in self.visible((owner,), ""):
            if of.kind is Kind.TIMESTAMP:
                options += [("date", f"date({name})"), ("int", f"hour({name})"), ("date", f"start_of(month, {name})")]
            elif of.kind is Kind.DATE:
                options += [("int", f"month({name})"), ("date", f"start_of(week, {name})")]
            elif of.kind is Kind.STRING and of.values is None:
                options += [("string", f"upper({name})"), ("int", f"length({name})")]
        return self.random.choice(options) if options else None

    def group_values(self, owner: str) -> dict[str, Any]:
        """Fields of a group that are aggregates of its rows."""
        found: dict[str, Any] = {}
        prefix = owner + "."
        number = self.field((owner,), prefix, lambda of: of.is_number)
        if number is not None:
            function = self.random.choice(("sum", "avg", "min", "max", "distinct"))
            if function == "distinct" and number.type.kind is Kind.FLOAT:
                function = "sum"
            where = f" where {self.condition((owner,), 0).text}" if self.chance(30) else ""
            found["amount"] = {
                "type": self._declared(_aggregate_type(function, number.type)),
                "is": f"{function}({number.text}{where})",
            }
        text = self.field((owner,), prefix, lambda of: of.kind is Kind.STRING and of.values is None)
        if text is not None and self.chance(50) and self.time_of(self.schema.relations[owner]) is not None:
            found["word"] = {"type": "string?", "is": f"{self.random.choice(('first', 'last'))}({text.text})"}
        if self.chance(30):
            found["has"] = {"type": "bool", "is": f"any({owner} where {self.condition((owner,), 0).text})"}
        return found


def _joined(word: str, items: Sequence[T]) -> T:
    parts: list[str | T] = []
    for item in items:
        parts += [word, item.inner] if parts else [item.inner]
    return T(BOOL, tuple(parts), atomic=False)


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


def _aggregate_type(function: str, of: Type) -> Type:
    match function, of.kind:
        case (("count" | "distinct"), _):
            return INT
        case "avg", _:
            return FLOAT
        case "sum", Kind.INT:
            return decimal(26, 0)
        case "sum", Kind.DECIMAL:
            return decimal(min(38, of.precision + 10), of.scale)
        case "sum", _:
            return decimal(29, 6)
    return of
