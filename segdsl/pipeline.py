"""The compiler on one screen.

    text ──parse──▶ ast ──link, build_model, resolve──▶ ir ──build──▶ Plan ──┬─▶ SQL text
                            (schema, settings)                               └─▶ LazyFrame

Every step is a pure function. Steps before the plan return what they found wrong beside what they made; from the plan on
nothing can be wrong with the text any more, and what is asked of a backend or of data that it cannot do is raised.
Backends are imported when they are called for: whoever only checks a library loads neither sqlglot nor Polars.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from segdsl.diagnostics import Diagnostic, SegdslError
from segdsl.errors import usage
from segdsl.limits import Limits
from segdsl.planning.build import build
from segdsl.planning.plan import Plan
from segdsl.room import steady
from segdsl.schema import Schema
from segdsl.semantics import ir
from segdsl.semantics.examples import Example, resolve_examples
from segdsl.semantics.fit import resolve_fitting
from segdsl.semantics.link import Namespace, link
from segdsl.semantics.model import build_model
from segdsl.semantics.resolve import resolve_condition
from segdsl.source import Source, Span
from segdsl.syntax import ast
from segdsl.syntax.parse import parse_condition, parse_file

if TYPE_CHECKING:
    from segdsl.backends.sql.compiled import CompiledSQL, Shape


@dataclass(frozen=True, slots=True)
class Unit:
    """One text of definitions, and the predefined pack that it belongs to. ``examples``: are those in it read?"""

    source: Source
    pack: str | None = None
    examples: bool = True


@dataclass(frozen=True, slots=True)
class Parsed:
    """What was written, and what is no text of the language."""

    files: tuple[tuple[ast.File, str | None], ...]
    findings: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """What it means, as far as it means something, and all that is wrong with it."""

    namespace: Namespace
    program: ir.Program
    findings: tuple[Diagnostic, ...]
    examples: tuple[Example, ...] = ()


@steady
def parse(units: Iterable[Unit], limits: Limits) -> Parsed:
    """Text to syntax trees."""
    files: list[tuple[ast.File, str | None]] = []
    findings: list[Diagnostic] = []
    for unit in units:
        file, found = parse_file(unit.source, limits, unit.examples)
        files.append((file, unit.pack))
        findings.extend(found)
    return Parsed(tuple(files), tuple(findings))


@steady
def check(parsed: Parsed, schema: Schema, settings: Mapping[str, object], limits: Limits) -> Checked:
    """Syntax trees to the typed tree: names bound to the schema and to each other, a type on every part."""
    namespace, unlinked = link(parsed.files, schema)
    packs, _ = link(((file, pack) for file, pack in parsed.files if pack is not None), schema)
    model, unmodelled = build_model(schema, namespace.params, settings, limits)
    namespace, program, unresolved = resolve_fitting(namespace, packs, model, settings, limits)
    examples, unfit = resolve_examples(parsed.files, namespace, program, settings, limits)
    return Checked(namespace, program, (*unlinked, *unmodelled, *unresolved, *unfit), examples)


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
    expr, found = parse_condition(source, limits)
    if expr is None:
        return None, found
    condition, wrong = resolve_condition(expr, checked.namespace, checked.program, settings, limits)
    return condition, (*found, *wrong)


@steady
def read_condition(span: Span, limits: Limits) -> ast.Expr:
    """The tree of a bare condition that has been read before."""
    assert span.source is not None, "a bare condition has a text"
    expr, _ = parse_condition(span.source, limits)
    assert expr is not None, "a condition that means something can be read"
    return expr


@steady
def plan(program: ir.Program, outputs: Mapping[str, ir.Expr]) -> Plan:
    """Conditions by name to the steps that yield them all together."""
    return build(program, outputs)


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
