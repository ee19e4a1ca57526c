"""Every shipped segment, and random ones: nothing that takes part goes unmentioned, and no period is worked out twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from differential import example
from differential.coverage import Coverage

from segdsl.explanation.explain import Subject, explain
from segdsl.explanation.outcome import Explanation, Line
from segdsl.explanation.render import html, plain, text
from segdsl.library import Library
from segdsl.schema_build import schema_from_dict
from segdsl.semantics import constants, ir, time
from segdsl.semantics.context import context
from segdsl.semantics.parameters import parameters
from segdsl.semantics.walk import children

AS_OF = datetime(2026, 11, 22, 10, 0)
PACK = Library.of_pack("commerce")
PROGRAM = PACK.program()


def explained(name: str) -> Explanation:
    return PACK.explain(name, as_of=AS_OF)


def asked(library: Library, name: str) -> ir.Expr:
    """All conditions that decide of a segment: of a case of tiers, its own and those before it."""
    segment = library[name]
    if segment.tiers is None:
        return library.meaning(segment)
    rest: ir.Expr | None = library.program().definitions[segment.tiers].body
    found: list[ir.Expr] = []
    while isinstance(rest, ir.If):
        found.append(rest.condition)
        assert isinstance(rest.then, ir.Literal)
        rest = None if f"{segment.tiers}.{rest.then.value}" == name else rest.otherwise
    return ir.Any(tuple(found))


def reached(program: ir.Program, condition: ir.Expr, as_of: datetime) -> Iterator[tuple[ir.Expr, datetime]]:
    """All nodes of a condition, of the definitions that it uses and of the computed fields that it reads, and the instant that
    each is seen from."""
    zone = time.zone(program.model.schema.timezone)
    seen: set[tuple[object, datetime]] = set()
    waiting: list[tuple[ir.Expr, datetime]] = [(condition, as_of)]
    while waiting:
        node, now = waiting.pop()
        yield node, now
        key: object = None
        match node:
            case ir.Use(name=name) | ir.RowUse(name=name):
                key, body = name, program.definitions[name].body
            case ir.FieldRef():
                key = (node.owner, node.field.name)
                body = program.model.expressions.get((node.owner, node.field.name))
            case ir.Past():
                now = time.resolve(node.moment, now, zone)
            case _:
                pass
        if key is not None and body is not None and (key, now) not in seen:
            seen.add((key, now))
            waiting.append((body, now))
        waiting.extend((child, now) for child in children(node))


def check(found: Explanation, program: ir.Program, condition: ir.Expr, as_of: datetime) -> None:
    """What must be true of every explanation."""
    zone = time.zone(program.model.schema.timezone)
    windows = {(window.start, window.end) for window in found.windows}
    days = {(window.first_day, window.last_day) for window in found.windows if window.of == "date"}
    fields = {(read.name, field.name) for read in found.reads for field in read.fields}
    owners = {read.name for read in found.reads}
    for node, now in reached(program, condition, as_of):
        match node:
            case (
                ir.Aggregate(period=period)
                | ir.Follow(period=period)
                | ir.InPeriod(period=period)
                | ir.Anniversary(period=period)
            ):
                if period is not None:
                    assert time.instant_bounds(period, now, zone) in windows, period.text
                if isinstance(node, ir.Anniversary) and period is not None:
                    first, behind = time.date_bounds(period, now, zone)
                    empty = behind <= first
                    assert ((None, None) if empty else (first, behind - timedelta(days=1))) in days
                if isinstance(node, ir.Aggregate):
                    assert node.row.of in owners
            case ir.FieldRef():
                # A row that is `from` another has the other's fields.
                assert (node.owner, node.field.name) in fields
            case _:
                pass
    for line in (text(found), html(found)):
        assert "None" not in line
    assert plain(found)["sentence"]


@pytest.mark.parametrize("name", PACK)
def test_all_that_takes_part_is_mentioned(name: str) -> None:
    found = explained(name)
    condition = asked(PACK, name)
    check(found, PROGRAM, condition, AS_OF)
    named = {node.param for node, _ in reached(PROGRAM, condition, AS_OF) if isinstance(node, ir.Literal)}
    assert named - {None} <= {param.name for param in found.parameters}


def lines(line: Line) -> Iterator[str]:
    yield line.text
    for part in line.parts:
        yield from lines(part)


@pytest.mark.parametrize("name", PACK)
def test_the_words_are_those_of_people(name: str) -> None:
    found = explained(name)
    assert found.sentence.text.startswith("Customers ")
    said = [
        text for line in (found.sentence, *(one for m in found.meanings for one in m.lines)) for text in lines(line)
    ]
    for sentence in said:
        for word in ("null", "NULL", "aggregate", "predicate", "_at ", "  ", "an other", "a order", "None", "(("):
            assert word not in sentence, sentence
    # Each term in quotes that is a definition's own is explained below.
    terms = {meaning.term.split("”")[0] + "”" for meaning in found.meanings if meaning.name is not None}
    for sentence in said:
        for term in (part for part in ("“gap”", "“recency score”", "“Lapsed customers”") if part in sentence):
            assert term in terms


def test_every_parameter_that_changes_a_segment_is_named() -> None:
    """Each parameter gets another value in turn; whatever then means something else names it."""
    known = PACK._checked().namespace.params
    values = parameters(known, {}, context(PACK.schema, PACK.limits))
    before = {name: meaning(PACK, name) for name in PACK}
    mentioned = {name: {param.name for param in explained(name).parameters} for name in PACK}
    for name in list(known)[::4]:
        other = PACK.with_settings(**{name: another(values[name].value)})
        for segment in PACK:
            if meaning(other, segment) != before[segment]:
                assert name in mentioned[segment], (name, segment)


def meaning(library: Library, name: str) -> list[object]:
    """All nodes that a segment consists of, definitions put in."""
    program = library.program()
    return [node for node, _ in reached(program, asked(library, name), AS_OF) if not isinstance(node, ir.Use)]


def another(value: constants.Value) -> object:
    match value:
        case constants.Scalar(value=bool() as own):
            return not own
        case constants.Scalar(value=int() | Decimal() | float() as own):
            return own + 1
        case constants.Scalar(value=str()):
            return "another"
        case constants.Scalar(value=date() as own):
            return own + timedelta(days=1)
        case constants.Length(amount=amount, unit=unit):
            return f"{amount + 1} {unit}s"
        case constants.Share(percent=percent):
            return f"{percent + 1}%"
        case constants.Items(values=values):
            return [*values, "another"]
        case _:
            raise AssertionError(value)


@pytest.mark.parametrize("number", range(12))
def test_random_definitions(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # Whom they select does not matter here.
    monkeypatch.setattr(example, "_parts_people", lambda *_: True)
    made = example.example(f"explained {number}", Coverage())
    schema = schema_from_dict(made.schema)
    program = example.checked(schema, made.text.splitlines())
    assert program is not None
    for name, known in program.definitions.items():
        found = explain(Subject(known.kind, name), program, made.as_of, {})
        check(found, program, known.body, made.as_of)
        assert found == explain(Subject(known.kind, name), program, made.as_of, {})
