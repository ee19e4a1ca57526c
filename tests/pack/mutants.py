"""The predefined segments broken on purpose, one small change at a time, and which of their examples notice.

A limit is one unit more or less, an operator its neighbour, an ``and`` an ``or``, a part is gone: whoever reads a definition's
examples should be able to tell it from all of these. ``python -m tests.pack.mutants [NAME …]`` lists those that nobody notices.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from segdsl.backends.reference import World
from segdsl.backends.reference.evaluate import holds
from segdsl.diagnostics import Severity
from segdsl.examples.making import DataSet, data_set
from segdsl.examples.shape import Shape
from segdsl.limits import DEFAULT
from segdsl.project_file import pack_schema
from segdsl.schema import Schema
from segdsl.semantics import ir
from segdsl.semantics.examples import Example, resolve_examples
from segdsl.semantics.link import Entry, Namespace, link
from segdsl.semantics.model import build_model
from segdsl.semantics.resolve import resolve
from segdsl.syntax import ast
from segdsl.syntax.decode import decode
from segdsl.syntax.parse import parse_file
from segdsl.syntax.walk import walk

FOLDER = Path(__file__).parents[2] / "segments" / "commerce"

OPERATORS = {">=": (">", "<"), ">": (">=", "<="), "<=": ("<", ">"), "<": ("<=", ">="), "=": ("!=", ">=", "<=")}
FUNCTIONS = {
    "any": "none",
    "none": "any",
    "min": "max",
    "max": "min",
    "first": "last",
    "last": "first",
    "sum": "max",
    "avg": "max",
    "median": "avg",
}
TURNED = {"each": "any", "any": "all", "all": "any"}
WORDS = {"title", "about", "tags"}
"""Parts of a definition that mean nothing."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A definition with one change, in words."""

    name: str
    change: str
    node: Any

    def __str__(self) -> str:
        return f"{self.name}: {self.change}"


# -- changes ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Changes:
    """All single changes of a syntax tree. ``params`` may be changed where they are used, too; ``values`` are the closed lists of
    the schema's fields."""

    params: Mapping[str, ast.Param]
    values: tuple[tuple[str, ...], ...]

    def of(self, node: Any, around: Any = None) -> Iterator[tuple[str, Any]]:
        """Each in words, with the tree that it makes."""
        shown = around if isinstance(node, ast.Number | ast.Percent | ast.Duration | ast.String | ast.Name) else node
        for change, changed in self._of_itself(node):
            yield change if isinstance(node, ast.Tiers) else f"`{' '.join(shown.span.text.split())}`: {change}", changed
        for field in fields(node):
            part = None if field.name in WORDS or isinstance(node, ast.Duration) else getattr(node, field.name)
            if isinstance(part, ast.Node):
                for change, changed in self.of(part, node):
                    yield change, replace(node, **{field.name: changed})
            elif isinstance(part, tuple):
                for place, item in enumerate(part):
                    if isinstance(item, ast.Node):
                        case = f"{item.name.text}, " if isinstance(item, ast.Case) else ""
                        for change, changed in self.of(item, node):
                            items = (*part[:place], changed, *part[place + 1 :])
                            yield f"{case}{change}", replace(node, **{field.name: items})

    def _of_itself(self, node: Any) -> Iterator[tuple[str, Any]]:
        match node:
            case ast.Number() | ast.Percent() | ast.Duration() | ast.String():
                yield from self._of_constant(node)
            case ast.Name(parts=(ast.Identifier(text=name),)) if name in self.params:
                value = self.params[name].value
                if not isinstance(value, tuple):
                    yield from self._of_constant(value)
            case ast.Compare(operator=operator):
                yield from ((other, replace(node, operator=other)) for other in OPERATORS[operator])
            case ast.And(items=items):
                yield "`or`", ast.Or(items, span=node.span)
                yield from self._without_one(node)
            case ast.Or(items=items):
                yield "`and`", ast.And(items, span=node.span)
                yield from self._without_one(node)
            case ast.Not(item=item):
                yield "without not", item
            case ast.In(bare=True, items=(ast.Name(text=name),)):
                yield "negated", replace(node, negated=not node.negated)
                yield from self._without_one(replace(node, bare=False, items=self.params[name].value))
            case ast.In():
                yield "negated", replace(node, negated=not node.negated)
                yield from self._without_one(node)
            case ast.ListMatch(word=word):
                yield "negated", replace(node, negated=not node.negated)
                yield TURNED[word], replace(node, word=TURNED[word])
                yield from self._without_one(node)
            case ast.Between() | ast.IsMissing() | ast.InPeriod() | ast.Match():
                yield "negated", replace(node, negated=not node.negated)
            case ast.AsOf(value=value):
                yield "without as of", value
            case ast.EachOf(quantifier=quantifier):
                yield TURNED[quantifier], replace(node, quantifier=TURNED[quantifier])
            case ast.Aggregate(function=function):
                if function in FUNCTIONS:
                    yield FUNCTIONS[function], replace(node, function=FUNCTIONS[function])
                yield from self._without(node, "period", "where", "per", "having")
                if node.sequences:
                    yield "without sequence", replace(node, sequences=())
            case ast.Sequence(direction="followed"):
                yield "negated", replace(node, negated=not node.negated)
                yield "preceded", replace(node, direction="preceded")
                yield from self._without(node, "period", "where", "within")
            case ast.Rank(direction="top"):
                yield "bottom", replace(node, direction="bottom")
                yield "exactly turned", replace(node, exactly=not node.exactly)
                yield from self._without(node, "per", "having", "among")
            case ast.RankValue():
                yield from self._without(node, "per", "among")
            case ast.Tiers(cases=cases):
                for place, case in enumerate(cases[:-1]):
                    turned = (*cases[:place], cases[place + 1], case, *cases[place + 2 :])
                    if cases[place + 1].where is not None:
                        yield f"{case.name.text} behind the next", replace(node, cases=turned)
                    yield f"without {case.name.text}", replace(node, cases=(*cases[:place], *cases[place + 1 :]))

    def _of_constant(self, node: Any) -> Iterator[tuple[str, Any]]:
        """The constants next to one."""
        text = node.span.text
        match node:
            case ast.Number(value=value):
                unit = Decimal(1).scaleb(int(value.as_tuple().exponent))
                for other in (value - unit, value + unit):
                    yield f"{other}, not {text}", replace(node, value=other)
            case ast.Percent(value=value):
                for other in (value - 1, value + 1):
                    yield f"{other}%, not {text}", replace(node, value=other)
            case ast.Duration(amount=ast.Number(value=value) as amount):
                for other in (value - 1, value + 1):
                    yield f"{other}, not {text}", replace(node, amount=replace(amount, value=other))
            case ast.String(value=value):
                closed = next((values for values in self.values if value in values), ())
                near = {closed[place] for one in closed if one == value for place in _beside(closed.index(one), closed)}
                for other in sorted(near) or ["something else"]:
                    yield f'"{other}", not {text}', replace(node, value=other)

    def _without_one(self, node: Any) -> Iterator[tuple[str, Any]]:
        for place, item in enumerate(node.items):
            rest = (*node.items[:place], *node.items[place + 1 :])
            if len(rest) == 1 and isinstance(node, ast.And | ast.Or):
                yield f"without `{item.span.text}`", rest[0]
            elif rest:
                yield f"without `{item.span.text}`", replace(node, items=rest)

    def _without(self, node: Any, *names: str) -> Iterator[tuple[str, Any]]:
        for name in names:
            if getattr(node, name, None) is not None:
                yield f"without {name}", replace(node, **{name: None})


def _beside(place: int, values: tuple[str, ...]) -> list[int]:
    return [other for other in (place - 1, place + 1) if 0 <= other < len(values)]


# -- who notices -----------------------------------------------------------------------------------------------------


class Pack:
    """The pack "commerce" with its examples, over its standard schema."""

    def __init__(self, folder: Path = FOLDER) -> None:
        schema = pack_schema("commerce")
        files = [
            (parse_file(decode(path.read_bytes(), path.name)[0])[0], "commerce")
            for path in sorted(folder.glob("*.seg"))
        ]
        self.namespace, unlinked = link(files, schema)
        self.model, unmodelled = build_model(schema, self.namespace.params)
        self.program, unresolved = resolve(self.namespace, self.model)
        self.examples, wrong = resolve_examples(files, self.namespace, self.program, {}, DEFAULT)
        found = (*unlinked, *unmodelled, *unresolved, *wrong)
        assert [each for each in found if each.severity is Severity.ERROR] == []
        self._data: dict[str, DataSet] = {}

    @cached_property
    def uses(self) -> dict[str, set[str]]:
        """Of each definition, the others that its text names."""
        found: dict[str, set[str]] = {}
        for name, entry in self.namespace.entries.items():
            words: set[str] = set()
            for node in walk(entry.node):
                match node:
                    case ast.Name(parts=(first, *_)):
                        words |= {node.text, first.text}
                    case ast.Call(name=called):
                        words.add(called.text)
            found[name] = (words & self.namespace.entries.keys()) - {name}
        return found

    def below(self, names: Iterable[str]) -> set[str]:
        """Some definitions and all that they are made of."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting.extend(self.uses[name])
        return found

    def above(self, name: str) -> set[str]:
        """A definition and all that are made of it."""
        return {other for other in self.uses if name in self.below([other])}

    @cached_property
    def asked(self) -> list[tuple[Example, set[str]]]:
        """The examples, each with the definitions that it names."""
        return [
            (example, {name for each in example.expectations for name in _named(each.condition)})
            for example in self.examples
        ]

    def mutants(self) -> Iterator[Mutant]:
        """All of them, in the order of the text."""
        schema = self.model.schema
        owners = (schema.entity, *schema.relations.values())
        values = tuple(field.type.values for owner in owners for field in owner.fields.values() if field.type.values)
        changes = Changes(self.namespace.params, values)
        for name, entry in self.namespace.entries.items():
            for change, node in changes.of(entry.node):
                yield Mutant(name, change, node)

    def broken(self, mutant: Mutant) -> ir.Program | None:
        """The program with that change; None where it means nothing then."""
        changed = self.above(mutant.name)
        entries = {name: self.namespace.entries[name] for name in self.below(changed)}
        entries[mutant.name] = Entry(mutant.node, entries[mutant.name].pack)
        program, findings = resolve(Namespace(entries), self.model)
        if any(found.severity is Severity.ERROR for found in findings):
            return None
        definitions = {name: program.definitions[name] for name in changed if name in program.definitions}
        return ir.Program(self.model, {**self.program.definitions, **definitions})

    def over(self, schema: Schema) -> ir.Program:
        """The program as another schema has it mean."""
        model, unmodelled = build_model(schema, self.namespace.params)
        program, unresolved = resolve(self.namespace, model)
        assert [each for each in (*unmodelled, *unresolved) if each.severity is Severity.ERROR] == []
        return program

    def noticed(self, mutant: Mutant, program: ir.Program) -> bool:
        """Does an example of the definition fail; of a trait or a parameter, one of what is made of it?"""
        is_segment = isinstance(mutant.node, ast.Segment | ast.Tiers)
        names = {mutant.name} if is_segment else self.above(mutant.name)
        return any(not self.passes(example, program) for example, named in self.asked if named & names)

    def passes(self, example: Example, program: ir.Program) -> bool:
        """As the referee reads it."""
        if example.title not in self._data:
            self._data[example.title] = data_set([example], Shape(self.model))
        data = self._data[example.title]
        world = World(program.model, data.tables, example.as_of, program.definitions)
        people = {world.entity_key(record): record for record in world.population}
        return all(holds(each.condition, (people[data.keys[0][each.who]],), world) for each in example.expectations)


def _named(condition: ir.Expr) -> Iterator[str]:
    match condition:
        case ir.Use(name=name):
            yield name
        case ir.Not(item=item):
            yield from _named(item)
        case ir.All(items=items) | ir.Any(items=items):
            for item in items:
                yield from _named(item)
        case ir.Compare(left=left):
            yield from _named(left)
        case ir.IsMissing(value=value):
            yield from _named(value)


def main(names: list[str]) -> None:
    """Lists the mutants that no example notices."""
    pack = Pack()
    counts = {"noticed": 0, "meaningless": 0, "survived": 0}
    for mutant in pack.mutants():
        if names and mutant.name not in names:
            continue
        program = pack.broken(mutant)
        outcome = "meaningless" if program is None else "noticed" if pack.noticed(mutant, program) else "survived"
        counts[outcome] += 1
        if outcome == "survived":
            sys.stdout.write(f"{mutant}\n")
    sys.stdout.write(", ".join(f"{count:,} {outcome}" for outcome, count in counts.items()) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
