"""Why the grammar could not go on, in the language's own terms.

In: the lexemes of a text, where the parser stopped and which terminals it would have taken. Out: one diagnostic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segdsl.diagnostics import Diagnostic
from segdsl.errors import syntax as errors
from segdsl.syntax.build import Place
from segdsl.syntax.scan import Lexeme


@dataclass(frozen=True, slots=True)
class Failure:
    words: Sequence[Lexeme]
    offset: int | None
    accepts: frozenset[str]
    in_file: bool
    place: Place


def explain(failure: Failure) -> Diagnostic:
    offset = failure.offset if failure.offset is not None else failure.words[-1].end
    return errors.unexpected(failure.place.span(offset, offset + 1), "this", sorted(failure.accepts))
