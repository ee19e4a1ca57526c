"""What one library has been compiled to, by the names of its parts.

In: a name, what was compiled. Out: the same, in this process or a later one; or None, and it has to be compiled.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from segdsl.cache.store import Store, usual_folder
from segdsl.diagnostics import SegdslError
from segdsl.errors import usage
from segdsl.records import record
from segdsl.source import Source

if TYPE_CHECKING:
    from segdsl.schema import Schema

Cache: TypeAlias = "bool | str | Path"
"""Whether to keep what is compiled (where the environment says), or the folder in which to."""


_OFF: ContextVar[bool] = ContextVar("segdsl_keeps_nothing", default=False)


@contextmanager
def nothing_kept() -> Iterator[None]:
    """Whatever is loaded in it, nothing is kept of it or taken from what was."""
    token = _OFF.set(True)
    try:
        yield
    finally:
        _OFF.reset(token)


def store_of(cache: Cache) -> Store | None:
    """The folder meant, if anything is to be kept. Raises `SegdslError` if it is none of a `Cache`."""
    if not isinstance(cache, bool | str | Path):
        raise SegdslError([usage.wrong_argument("cache", "True, False or the path of a folder", cache)])
    if cache is False or _OFF.get():
        return None
    folder = usual_folder(os.environ) if cache is True else Path(cache)
    return None if folder is None else Store(folder)


def kept_of(store: Store, schema: Schema, parts: Iterable[object]) -> Kept | None:
    """What there may be of a library over a schema, of which these are the other parts."""
    from segdsl.cache.key import key_of

    found = key_of((schema, *parts))
    return None if found is None else Kept(store, found[0], found[1], schema)


@record(frozen=True, slots=True, eq=False)
class Kept:
    """The parts of one library in a store; ``key`` stands for all that they depend on."""

    store: Store
    key: str
    sources: Sequence[Source]
    schema: Schema

    def recall(self, name: str) -> object | None:
        """What was kept of that name; None if nothing is."""
        data = self.store.read(self._place(name))
        if data is None:
            return None
        from segdsl.cache.encoding import Known, decoded

        try:
            return decoded(data, Known(self.sources, self.schema))
        except Exception:  # noqa: BLE001 - whatever is wrong with a file, all is compiled again
            return None

    def keep(self, name: str, value: object) -> None:
        """Keeps what was compiled, if that can be done."""
        from segdsl.cache.encoding import Known, encoded
        from segdsl.cache.key import is_as_it_was

        if not is_as_it_was():
            return
        try:
            data = encoded(value, Known(self.sources, self.schema))
        except Exception:  # noqa: BLE001 - what has no bytes is compiled every time
            return
        self.store.write(self._place(name), data)

    def _place(self, name: str) -> str:
        return f"{self.key}-{name}"


def plan_of(names: Iterable[str]) -> str:
    """What the plan of some segments goes by."""
    return f"plan-{sha256(chr(0).join(names).encode('utf-8', 'surrogatepass')).hexdigest()[:40]}"
