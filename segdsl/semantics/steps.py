"""The conditions of a segment one by one, as it asks for them: what a funnel counts.

In: the tree of what was written, its meaning, and the namespace and program that they belong to. Out: steps, each a condition and
its text. That all steps hold is what the segment means, whatever it was written like.
"""

from __future__ import annotations

from collections.abc import Iterator

from segdsl.records import record
from segdsl.semantics import ir
from segdsl.semantics.link import Namespace
from segdsl.syntax import ast
from segdsl.types import STRING

MOST_STEPS = 50
"""What goes beyond is one step: a table of hundreds of rows helps nobody, and every row is a condition as long as all before it."""


@record(frozen=True, slots=True)
class Step:
    """``text`` is the condition as written, on one line."""

    text: str
    condition: ir.Expr


def steps(written: ast.Expr | None, meaning: ir.Expr, namespace: Namespace, program: ir.Program) -> tuple[Step, ...]:
    """The parts that are joined by ``and``, in their order; a condition that joins none is one step.

    A condition that is but the name of another is that other one. A case of tiers is not to be in a case before it, and then its
    own condition. ``written`` is None where the meaning is a segment of the program, or a case of its tiers.
    """
    found = list(_of(written, meaning, namespace, program))
    if len(found) <= MOST_STEPS:
        return tuple(found)
    kept, rest = found[: MOST_STEPS - 1], found[MOST_STEPS - 1 :]
    together = ir.All(tuple(step.condition for step in rest))
    return (*kept, Step(f"the other {len(rest):,} conditions", together))


def _of(written: ast.Expr | None, meaning: ir.Expr, namespace: Namespace, program: ir.Program) -> Iterator[Step]:
    seen = set[str]()
    while isinstance(meaning, ir.Use) and meaning.name in namespace.entries and meaning.name not in seen:
        node = namespace.entries[meaning.name].node
        if not isinstance(node, ast.Segment | ast.Trait):
            break
        seen.add(meaning.name)
        written = node.where if isinstance(node, ast.Segment) else node.value
        meaning = program.definitions[meaning.name].body
    case = _case(meaning, namespace)
    if case is not None:
        yield from _of_case(*case, program)
    else:
        assert written is not None, "what has no name was written"
        yield from _parts(written, meaning)


def _parts(written: ast.Expr, meaning: ir.Expr) -> Iterator[Step]:
    """What ``and`` joins, at any depth. `ir.All` stands for other things too, such as ``each of``: these are one step."""
    if isinstance(written, ast.And) and isinstance(meaning, ir.All) and len(written.items) == len(meaning.items):
        for item, means in zip(written.items, meaning.items, strict=True):
            yield from _parts(item, means)
    else:
        yield Step(written.span.on_one_line, meaning)


def _case(meaning: ir.Expr, namespace: Namespace) -> tuple[ast.Tiers, str] | None:
    """The tiers and the case that a condition asks for, if that is all it does."""
    match meaning:
        case ir.Compare("=", ir.Use(name=name), ir.Literal(value=str() as label)) if name in namespace.entries:
            node = namespace.entries[name].node
            known = isinstance(node, ast.Tiers) and any(case.name.text == label for case in node.cases)
            return (node, label) if isinstance(node, ast.Tiers) and known else None
        case _:
            return None


def _of_case(tiers: ast.Tiers, label: str, program: ir.Program) -> Iterator[Step]:
    body = program.definitions[tiers.name.text].body
    if tiers.cases[0].where is None:
        # The only case there is.
        yield Step(f'{tiers.name.text} = "{label}"', ir.All(()))
        return
    use = ir.Use(tiers.name.text, type=body.type, optional=body.optional)
    for case in tiers.cases:
        name = case.name.text
        condition = body.condition if isinstance(body, ir.If) else None
        if name == label:
            if case.where is not None and condition is not None:
                yield from _parts(case.where, condition)
            return
        yield Step(f'not {tiers.name.text} = "{name}"', ir.Not(ir.Compare("=", use, ir.Literal(name, type=STRING))))
        if isinstance(body, ir.If) and body.otherwise is not None:
            body = body.otherwise
