"""The mutants of a source file, by the operators of cosmic-ray, without those that change nothing which runs."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ROOT = Path(__file__).parents[2]
PACKAGES = ("semantics", "planning", "backends")
_IDLE = ("core/VariableInserter", "core/VariableReplacer", "core/RemoveDecorator")
"""Operators that need arguments, or leave what cannot be imported."""


@dataclass(frozen=True, order=True)
class Mutant:
    """``path`` is relative to the repository; ``occurrence`` counts where the operator applies in the file."""

    path: str
    operator: str
    occurrence: int

    @property
    def package(self) -> str:
        return self.path.split("/")[1]

    @property
    def module(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def source(self) -> str | None:
        """The changed source; None where nothing that runs is changed by it."""
        text = (ROOT / self.path).read_text(encoding="utf-8")
        changed = mutate_code(text, get_operator(self.operator)(), self.occurrence)
        if changed is None:
            return None
        try:
            return None if _runs(changed) == _runs(text) else changed
        except SyntaxError:
            return None

    def diff(self) -> str:
        text = (ROOT / self.path).read_text(encoding="utf-8")
        lines = difflib.unified_diff(text.splitlines(), (self.source() or "").splitlines(), lineterm="", n=2)
        return "\n".join(list(lines)[2:])


def _runs(text: str) -> str:
    """A source without what is never evaluated: annotations and docstrings."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                node.returns = None
            case ast.arg():
                node.annotation = None
            case ast.AnnAssign():
                node.annotation = ast.Constant(None)
            case ast.Expr(value=ast.Constant(value=str())):
                node.value = ast.Constant("")
    return ast.dump(tree)


def mutants(packages: tuple[str, ...] = PACKAGES) -> Iterator[Mutant]:
    """All of them, in one order."""
    operators = [(name, get_operator(name)()) for name in sorted(operator_names()) if name not in _IDLE]
    for package in packages:
        for file in sorted((ROOT / "segdsl" / package).rglob("*.py")):
            nodes = list(ast_nodes(get_ast(file.read_text(encoding="utf-8"))))
            path = file.relative_to(ROOT).as_posix()
            for name, operator in operators:
                places = sum(1 for node in nodes for _ in operator.mutation_positions(node))
                yield from (Mutant(path, name, occurrence) for occurrence in range(places))
