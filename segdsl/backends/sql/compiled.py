"""What compiling to SQL yields."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal as OneOf
from typing import TypeAlias

from sqlglot import exp

from segdsl.as_of import AsOf
from segdsl.backends.sql.binding import Parameter, doubled, values
from segdsl.diagnostics import SegdslError
from segdsl.display import html
from segdsl.errors import usage
from segdsl.types import Type

Shape: TypeAlias = OneOf["members", "flags", "counts", "memberships"]
SHAPES: tuple[Shape, ...] = ("members", "flags", "counts", "memberships")
Again: TypeAlias = "Callable[[AsOf | None, Mapping[str, object]], CompiledSQL]"
"""Compiles the same for another instant and other settings."""


@dataclass(frozen=True, slots=True)
class CompiledSQL:
    """One statement: ``text`` is what an engine is given; `str` puts what `head` says before it, as comments.

    ``params`` are the values of its placeholders, in the order in which a driver takes them, and ``style`` is how it spells these; without
    a style there are none, and constants are written as literals. ``session``: statements
    after which alone the text means what it should (segdsl runs them when it runs the SQL). ``facts``: what whoever runs it otherwise has
    to know. ``segments``: the names of those that it is about, in the order of its columns. ``proof``: what stands behind the dialect.
    ``types``: of ``flags``, what its columns hold; only a plan that was asked for values has others than truth values behind the key.
    """

    text: str
    dialect: str
    shape: Shape
    params: tuple[Parameter, ...] = ()
    session: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    proof: str = ""
    expression: exp.Expr | None = field(default=None, compare=False, repr=False)
    types: tuple[Type, ...] = field(default=(), compare=False, repr=False)
    style: str | None = None
    segments: tuple[str, ...] = field(default=(), repr=False)
    _again: Again | None = field(default=None, compare=False, repr=False)
    """How it was compiled; none where it was made from a plan alone."""

    def __str__(self) -> str:
        head = "".join(f"-- {line}\n" for line in self.head)
        return (head if self.style is None else doubled(head, self.style)) + self.text

    @property
    def values(self) -> Sequence[object] | Mapping[str, object]:
        """What the driver takes beside the text: the values of all placeholders, in their order or, where these have names, by
        name."""
        return () if self.style is None else values(self.params, self.style)

    def bind(self, /, *, as_of: AsOf | None = None, **settings: object) -> CompiledSQL:
        """The same text with the values of another instant, and of other settings of the library's parameters.

        Raises `SegdslError` for a setting with which the statement would be another one.
        """
        if self.style is None or self._again is None:
            raise SegdslError([usage.nothing_to_bind(compiled_elsewhere=self.style is not None)])
        bound = self._again(as_of, settings)
        if bound.text != self.text:
            assert settings, "the text of a statement does not depend on when it is evaluated"
            raise SegdslError([usage.other_statement(settings)])
        return replace(bound, _again=self._again)

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
