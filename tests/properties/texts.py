"""Random texts of the language for a schema, well typed by the grammar that makes them.

In: a schema, a `random.Random`. Out: texts as trees (`properties.trees.T`), so that a failing one can be made smaller, and whole
definitions. Almost all of them compile; those that do not (a decimal that grows too wide) are dropped by whoever asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from properties.sharp import Sharp
from properties.sight import Known, Scope
from properties.trees import CLAUSE, T
from properties.values import aggregate_type

from segdsl.schema import Field
from segdsl.types import BOOL, INT, STRING, Kind, Type

PARAMS = (
    ("spell", "duration", ("30 days", "2 weeks", "36 hours")),
    ("many", "int", ("2", "3")),
    ("portion", "share", ("10%", "50%", "33.3%")),
    ("letter", "string", ('"a"', '"é"', '""')),
    ("markets", "list", ('("a", "A")', '("abc", "", "é")')),
)
CASES = ("gold", "silver", "bronze", "rest")


@dataclass(frozen=True)
class Line:
    """A definition of a library, and how others may use it."""

    head: str
    body: T
    known: Known | None = None

    @property
    def text(self) -> str:
        return self.head + self.body.text


class Texts(Sharp):
    # -- a library's definitions ------------------------------------------------------------------------------------

    def params_of(self) -> Iterator[str]:
        """Some parameters, which texts from then on use."""
        for name, kind, values in PARAMS:
            if self.chance(40):
                self.params.setdefault(kind, []).append(name)
                if kind == "int":
                    self.params.setdefault("count", []).append(name)
                yield f"param {name} = {self.random.choice(values)}"

    def definition(self, number: int) -> Line | None:
        """A trait, a segment, tiers, a trait with arguments or one of a relation."""
        makers: list[Callable[[str, Scope], Line | None]] = [self._trait, self._trait, self._segment, self._tiers]
        makers += [self._asking, self._row_trait, self._row_trait]
        past = self.has_past(self.entity) and self.chance(50)
        return self.random.choice(makers)(f"t{number}", Scope((self.entity,), past=past))

    def learn(self, line: Line) -> None:
        if line.known is not None:
            self.definitions.append(line.known)

    def _value(self, scope: Scope) -> T | None:
        match self.random.randrange(8):
            case 0:
                return self.string(scope, 2)
            case 1:
                return self.time(scope, 2)
            case 2 | 3:
                return self.condition(scope, 2)
            case _:
                return self.number(scope, 2)

    def _trait(self, name: str, scope: Scope) -> Line | None:
        value = self._value(scope)
        if value is None:
            return None
        declared = f": {value.type.plain}" if self.chance(10) and value.type.kind is not Kind.DECIMAL else ""
        return Line(f"trait {name}{declared} = ", value, Known(name, value.type, scope.past))

    def _segment(self, name: str, scope: Scope) -> Line | None:
        title = ' "A segment" about "What it is." tags "a", "b"' if self.chance(20) else ""
        return Line(f"segment {name}{title} where ", self.condition(scope, 2), Known(name, BOOL, scope.past))

    def _tiers(self, name: str, scope: Scope) -> Line | None:
        count = self.random.choice((1, 2, 2, 3))
        cases = [T(CLAUSE, (f"\n  {case} where ", self.condition(scope, 1)), spare=True) for case in CASES[:count]]
        names = list(CASES[:count])
        if self.chance(60):
            names.append("rest")
            cases.append(T(CLAUSE, ("\n  otherwise rest",), spare=True))
        of = replace(STRING, values=tuple(reversed(names)), ordered=True)
        return Line(f"tiers {name}", T(of, tuple(cases)), Known(name, of, scope.past, cases=tuple(names)))

    def _asking(self, name: str, scope: Scope) -> Line | None:
        kinds = [(INT, "int"), (STRING, "string")]
        taken = self.random.sample(kinds, self.random.choice((1, 1, 2)))
        self.arguments = [(f"given_{word}", of) for of, word in taken]
        value = self.condition(scope, 2) if self.chance(70) else self.number(scope, 2)
        self.arguments = []
        declared = ", ".join(f"given_{word}: {word}" for _, word in taken)
        known = Known(name, value.type, scope.past, arguments=tuple(of for of, _ in taken))
        return Line(f"trait {name}({declared}) = ", value, known)

    def _row_trait(self, name: str, scope: Scope) -> Line | None:
        owner = self.random.choice(list(self.schema.relations))
        past = scope.past and self.has_past(owner)
        value = self._value(replace(self.at(owner), past=past))
        if value is None:
            return None
        return Line(f"trait {owner}.{name} = ", value, Known(name, value.type, past, owner=owner))

    # -- expressions inside a schema --------------------------------------------------------------------------------

    def row_condition(self, owner: str) -> str:
        return self.condition(self.at(owner), 1).text

    def computed(self, owner: str) -> dict[str, Any] | None:
        """A field that ``is`` an expression over its row, with the type it takes."""
        scope = self.at(owner)
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
        for name, of in self.visible(Scope((owner,))):
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
        number = self.field(Scope((owner,), prefix=prefix), lambda of: of.is_number)
        if number is not None:
            function = self.random.choice(("sum", "avg", "min", "max", "distinct", "median"))
            if function == "distinct" and number.type.kind is Kind.FLOAT:
                function = "sum"
            where = f" where {self.condition(Scope((owner,)), 0).text}" if self.chance(30) else ""
            found["amount"] = {
                "type": self._declared(aggregate_type(function, number.type)),
                "is": f"{function}({number.text}{where})",
            }
        text = self.field(Scope((owner,), prefix=prefix), lambda of: of.kind is Kind.STRING and of.values is None)
        if text is not None and self.chance(50) and self.time_of(self.schema.relations[owner]) is not None:
            found["word"] = {"type": "string?", "is": f"{self.random.choice(('first', 'last'))}({text.text})"}
        if self.chance(30):
            found["has"] = {"type": "bool", "is": f"any({owner} where {self.condition(Scope((owner,)), 0).text})"}
        return found
