"""What compiling to SQL yields."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Literal as OneOf
from typing import TypeAlias

from sqlglot import exp

from segdsl.display import html
from segdsl.types import Type

Shape: TypeAlias = OneOf["members", "flags", "counts", "memberships"]
SHAPES: tuple[Shape, ...] = ("members", "flags", "counts", "memberships")


@dataclass(frozen=True, slots=True)
class CompiledSQL:
    """One statement: ``text`` is what an engine is given; `str` puts what `head` says before it, as comments.

    ``params`` are the values of its placeholders, of which there are none: constants are written as literals. ``session``: statements
    after which alone the text means what it should (segdsl runs them when it runs the SQL). ``facts``: what whoever runs it otherwise has
    to know. ``proof``: what stands behind the dialect. ``types``: of ``flags``, what its columns hold; only a plan that was asked for
    values has others than truth values behind the key.
    """

    text: str
    dialect: str
    shape: Shape
    params: tuple[object, ...] = ()
    session: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    proof: str = ""
    expression: exp.Expr | None = field(default=None, compare=False, repr=False)
    types: tuple[Type, ...] = field(default=(), compare=False, repr=False)

    def __str__(self) -> str:
        return "".join(f"-- {line}\n" for line in self.head) + self.text

    @property
    def head(self) -> tuple[str, ...]:
        """What whoever runs the text has to know: what stands behind the dialect, what is run before it, and what it relies on."""
        return (
            f"{self.dialect}, {self.proof}",
            *(f"run before it: {statement};" for statement in self.session),
            *(f"to know: {fact}" for fact in self.facts),
        )

    def __repr__(self) -> str:
        return f"<CompiledSQL for {self.dialect}: {self.shape}, {len(self.text):,} characters>"

    def _repr_html_(self) -> str:
        """The statement, in a notebook, and what to know about it."""
        session = "".join(f"{statement};\n" for statement in self.session)
        return html.boxed(
            html.heading(self.dialect, self.shape),
            html.preformatted(html.quiet(session) + html.shown(self.text)),
            html.hints(self.facts),
        )

    @property
    def hash(self) -> str:
        """SHA-256 of dialect and text."""
        return hashlib.sha256(f"{self.dialect}\0{self.text}".encode()).hexdigest()
