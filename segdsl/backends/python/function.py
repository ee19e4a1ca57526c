"""The function of a plan, ready to be called: generated at once, compiled where it is first called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from segdsl.backends.python.generate import Program
from segdsl.room import ModuleLock

Match: TypeAlias = Callable[[Mapping[str, object], tuple[object, ...]], object]
_COMPILING = ModuleLock()


@dataclass(slots=True)
class Function:
    """Safe for any number of threads: it changes once, when it is compiled, and is then only read."""

    program: Program
    _compiled: Match | None = field(default=None, repr=False)

    def __call__(self, record: Mapping[str, object], as_of: datetime) -> object:
        """Raises `SegdslError` where the record holds what is no value of a field, or a time leaves the calendar."""
        return (self._compiled or self.compiled())(record, self.program.clock.at(as_of))

    def compiled(self) -> Match:
        with _COMPILING:
            if self._compiled is None:
                module = dict(self.program.globals)
                code = compile(self.program.source, "<segdsl matcher>", "exec", dont_inherit=True, optimize=2)
                exec(code, module)  # noqa: S102 - the text is made of a checked library; names and texts stand in it quoted
                self._compiled = module["match"]  # type: ignore[assignment]
            assert self._compiled is not None
            return self._compiled
