"""Lint: conditions that never or always hold, tiers out of reach, parts that add nothing, definitions that mean the same.

In goes a checked program, with the namespace that it was resolved from, out come warnings. Every one of them rests on a claim
that is proven for all data and all times (`segdsl.semantics.lint.solver`), as far as a schema keeps its promises; what cannot be
proven is not told. Compiling does not come by here.
"""

from __future__ import annotations

from segdsl.diagnostics import Diagnostic
from segdsl.semantics import ir
from segdsl.semantics.link import Namespace
from segdsl.semantics.lint.rules import verdicts, verdicts_on
from segdsl.semantics.lint.verdicts import Verdict
from segdsl.semantics.silence import silenced

__all__ = ["Verdict", "lint", "lint_condition", "verdicts", "verdicts_on"]


def lint(program: ir.Program, namespace: Namespace) -> tuple[Diagnostic, ...]:
    """The warnings about a library's own definitions, but those that a comment allows."""
    return silenced((verdict.finding for verdict in verdicts(program, namespace)), namespace.comments)


def lint_condition(condition: ir.Expr, program: ir.Program, namespace: Namespace) -> tuple[Diagnostic, ...]:
    """The warnings about a bare condition over a library."""
    return tuple(verdict.finding for verdict in verdicts_on(condition, program, namespace))
