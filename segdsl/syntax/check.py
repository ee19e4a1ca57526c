"""What is wrong with a text before any grammar is applied: characters, numbers, brackets, limits."""

from __future__ import annotations

from collections.abc import Sequence

from segdsl.diagnostics import Diagnostic
from segdsl.limits import Limits
from segdsl.syntax.build import Place
from segdsl.syntax.scan import Lexeme


def check(text: str, lexemes: Sequence[Lexeme], place: Place, limits: Limits) -> tuple[Diagnostic, ...]:
    return ()
