"""The compiler on one screen.

    text ──parse──▶ ast ──link, build_model, resolve──▶ ir ──build──▶ Plan ──┬─▶ SQL text
                            (schema, settings)                               └─▶ LazyFrame

Every step is a pure function. Steps before the plan return what they found wrong beside what they made; from the plan on
nothing can be wrong with the text any more, and what is asked of a backend or of data that it cannot do is raised.
All that a step needs is imported when it is taken: whoever only checks a library loads neither sqlglot nor Polars, and
whoever finds it compiled (`segdsl.cache`) not even the compiler.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from segdsl.diagnostics import Diagnostic, SegdslError
from segdsl.errors import usage
from segdsl.limits import Limits
from segdsl.records import record
from segdsl.room import steady, undisturbed
from segdsl.schema import Schema
from segdsl.source import Source, Span

if TYPE_CHECKING:
    from collections.abc import Callable

    from segdsl.backends.sql.compiled import CompiledSQL, Shape
    from segdsl.planning.plan import Plan
    from segdsl.semantics import ir
    from segdsl.semantics.examples import Example
    from segdsl.semantics.link import Namespace
    from segdsl.syntax import ast


@record(frozen=True, slots=True)
class Unit:
    """One text of definitions, and the predefined pack that it belongs to. ``examples``: are those in it read?"""

    source: Source
    pack: str | None = None
    examples: bool = True


@record(frozen=True, slots=True)
class Parsed:
    """What was written, and what is no text of the language."""

    files: tuple[tuple[ast.File, str | None], ...]
    findings: tuple[Diagnostic, ...]


@record(frozen=True, slots=True)
class Checked:
    """What it means, as far as it means something, and all that is wrong with it."""

    namespace: Namespace
    program: ir.Program
    findings: tuple[Diagnostic, ...]
    examples: tuple[Example, ...] = ()


@steady
def parse(units: Iterable[Unit], limits: Limits) -> Parsed:
    """Text to syntax trees."""
    from segdsl.syntax.parse import parse_file

    files: list[tuple[ast.File, str | None]] = []
    findings: list[Diagnostic] = []
    with undisturbed:
        for unit in units:
            file, found = parse_file(unit.source, limits, unit.examples)
            files.append((file, unit.pack))
            findings.extend(found)
    return Parsed(tuple(files), tuple(findings))


@steady
def check(parsed: Parsed, schema: Schema, settings: Mapping[str, object], limits: Limits) -> Checked:
    """Syntax trees to the typed tree: names bound to the schema and to each other, a type on every part."""
    from segdsl.semantics.fit import resolve_fitting
    from segdsl.semantics.link import link
    from segdsl.semantics.model import build_model
    from segdsl.syntax import ast

    with undisturbed:
        namespace, unlinked = link(parsed.files, schema)
        packs, _ = link(((file, pack) for file, pack in parsed.files if pack is not None), schema)
        model, unmodelled = build_model(schema, namespace.params, settings, limits)
        namespace, program, unresolved = resolve_fitting(namespace, packs, model, settings, limits)
    found = (*unlinked, *unmodelled, *unresolved)
    if not any(isinstance(node, ast.Example) for file, _ in parsed.files for node in file.definitions):
        return Checked(namespace, program, found)
    from segdsl.semantics.examples import resolve_examples

    examples, unfit = resolve_examples(parsed.files, namespace, program, settings, limits)
    return Checked(namespace, program, (*found, *unfit), examples)


@steady
def lint(checked: Checked) -> tuple[Diagnostic, ...]:
    """What is probably not meant, of a library that has been checked. Nothing that compiles needs to know."""
    from segdsl.semantics.lint import lint

    return lint(checked.program, checked.namespace)


@steady
def lint_condition(condition: ir.Expr, checked: Checked) -> tuple[Diagnostic, ...]:
    """The same of a bare condition."""
    from segdsl.semantics.lint import lint_condition

    return lint_condition(condition, checked.program, checked.namespace)


@steady
def check_condition(
    source: Source, checked: Checked, settings: Mapping[str, object], limits: Limits
) -> tuple[ir.Expr | None, tuple[Diagnostic, ...]]:
    """A bare condition, read as if it stood in a segment of a library that has been checked."""
    from segdsl.semantics.resolve import resolve_condition
    from segdsl.syntax.parse import parse_condition

    expr, found = parse_condition(source, limits)
    if expr is None:
        return None, found
    condition, wrong = resolve_condition(expr, checked.namespace, checked.program, settings, limits)
    return condition, (*found, *wrong)


@steady
def read_condition(span: Span, limits: Limits) -> ast.Expr:
    """The tree of a bare condition that has been read before."""
    from segdsl.syntax.parse import parse_condition

    assert span.source is not None, "a bare condition has a text"
    expr, _ = parse_condition(span.source, limits)
    assert expr is not None, "a condition that means something can be read"
    return expr


def looks_back(program: ir.Program) -> bool:
    """Whether any of its definitions asks how something stood in the past."""
    from segdsl.semantics import ir
    from segdsl.semantics.walk import walk

    return any(isinstance(node, ir.Past) for one in program.definitions.values() for node in walk(one.body))


@steady
def plan(program: ir.Program, outputs: Mapping[str, ir.Expr], by_cuts: bool = False) -> Plan:
    """Conditions by name to the steps that yield them all together. ``by_cuts``: so that one customer's record can be asked."""
    from segdsl.planning.build import build

    with undisturbed:
        return build(program, outputs, by_cuts)


def style_of(dialect: str, bind: bool | str) -> str | None:
    """The style of placeholders that a host asks for: its name, or whether the dialect's usual one."""
    from segdsl.backends.sql.emit import dialect_of

    if not isinstance(bind, bool | str):
        raise SegdslError([usage.wrong_argument("bind", "True, or the name of a style", bind)])
    if isinstance(bind, str):
        return bind
    return dialect_of(dialect).styles[0] if bind else None


@steady
def to_sql(
    plan: Plan, dialect: str, shape: Shape, as_of: datetime, segment: str | None, style: str | None = None
) -> CompiledSQL:
    """A plan to one statement, with placeholders in the ``style`` of a driver or with literals alone."""
    from segdsl.backends.sql.emit import emit

    return emit(plan, dialect, shape, as_of, segment, style)


@steady
def to_statements(plan: Plan, written: Callable[[tuple[str, ...]], CompiledSQL]) -> tuple[CompiledSQL, ...]:
    """A plan to as few statements as its dialect's limits ask for, each of some of the outputs, which ``written`` makes one of. Raises
    `SegdslError` for outputs of which even one is too large."""
    from segdsl.backends.sql.sizes import TooLarge
    from segdsl.planning.split import split

    tried: dict[tuple[str, ...], CompiledSQL | TooLarge] = {}

    def load(names: tuple[str, ...]) -> float:
        if names not in tried:
            try:
                tried[names] = written(names)
            except TooLarge as error:
                tried[names] = error
        found = tried[names]
        return found.load if isinstance(found, TooLarge) else 1.0

    made = [tried[names] for names in split(plan, load) if load(names)]
    wrong = [finding for one in made if isinstance(one, TooLarge) for finding in one.diagnostics]
    if wrong:
        raise SegdslError(wrong)
    return tuple(one for one in made if not isinstance(one, TooLarge))
