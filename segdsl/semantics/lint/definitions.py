"""Definitions put in their places, in the plain form that is reasoned about.

In goes a typed expression with `ir.Use` nodes, out comes one that means the same without them, simplified, with the items of
every `and` and `or` in an order of their own, so that what was written in another order is the same tree. It must not know
what is asked of the expression.
"""

from __future__ import annotations

from segdsl.records import replace
from segdsl.semantics import ir
from segdsl.semantics.simplify import simplify
from segdsl.semantics.walk import rebuild


class Definitions:
    """The definitions of a program, each put in once."""

    def __init__(self, program: ir.Program) -> None:
        self._program = program
        self._bodies: dict[str, ir.Expr] = {}
        self._put_in: dict[ir.Expr, ir.Expr] = {}
        self._plain: dict[ir.Expr, ir.Expr] = {}
        # What a definition uses stands before it: in this order, a long chain of them is no deep recursion.
        for name in program.definitions:
            self._body(name)

    def plain(self, expr: ir.Expr) -> ir.Expr:
        """The expression with nothing left to look up, in its plain form."""
        if expr not in self._plain:
            self._plain[expr] = self._ordered(simplify(self._whole(expr)))
        return self._plain[expr]

    def _whole(self, expr: ir.Expr) -> ir.Expr:
        if expr not in self._put_in:
            self._put_in[expr] = self._definition(expr)
        return self._put_in[expr]

    def _definition(self, expr: ir.Expr) -> ir.Expr:
        match expr:
            case ir.Use() if expr.name in self._program.definitions:
                return self._body(expr.name)
            case ir.RowUse(path=()) if expr.name in self._program.definitions:
                # The body is read with the relation's own row as row 1; anywhere else it stays what it is.
                owner = self._program.definitions[expr.name].owner
                return self._body(expr.name) if expr.row == ir.Row(1, str(owner)) else expr
            case _:
                return rebuild(expr, self._whole)

    def _body(self, name: str) -> ir.Expr:
        if name not in self._bodies:
            self._bodies[name] = self._whole(self._program.definitions[name].body)
        return self._bodies[name]

    def _ordered(self, expr: ir.Expr) -> ir.Expr:
        inside = rebuild(expr, self._ordered)
        match inside:
            case ir.All(items=items) | ir.Any(items=items):
                # Any order will do, as long as it is always the same one in a run.
                return replace(inside, items=tuple(sorted(dict.fromkeys(items), key=hash)))
            case _:
                return inside
