"""The compiler's data as bytes, and back.

In: records of the compiler, and plain values. Out: bytes, of which the same comes again. It is pickle, with none of what makes
pickle dangerous: what may be made of bytes is the records, enumerations and plain values listed here, by filling in their
fields, and no function of anybody's is ever called. Texts and the schema are not among the bytes: they are there already,
and what was read from them points at them.
"""

from __future__ import annotations

import importlib
import io
import pickle
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from segdsl.records import record
from segdsl.room import undisturbed
from segdsl.source import Source, Span

if TYPE_CHECKING:
    from segdsl.schema import Schema

Way: TypeAlias = Callable[[Any], tuple[Callable[..., object], tuple[object, ...]]]
"""From a value to what makes it again, and of what."""

_MODULES = frozenset({
    "segdsl.diagnostics", "segdsl.source", "segdsl.types", "segdsl.schema", "segdsl.semantics.ir", "segdsl.planning.plan",
})  # fmt: skip
"""Those whose records and enumerations may come out of bytes."""
_PLAIN = {
    ("datetime", "date"): date,
    ("datetime", "datetime"): datetime,
    ("datetime", "timedelta"): timedelta,
    ("decimal", "Decimal"): Decimal,
    ("builtins", "frozenset"): frozenset,
}
_HERE = __name__


class NotKept(Exception):
    """There is something in the data that no bytes stand for."""


@record(frozen=True, slots=True)
class Known:
    """What is there on both sides. ``sources`` are in the order in which they come in a library."""

    sources: Sequence[Source]
    schema: Schema


def encoded(value: object, known: Known) -> bytes:
    """Raises `NotKept`, or whatever else pickle has to say."""
    file = io.BytesIO()
    pickler = pickle.Pickler(file, protocol=5)
    pickler.dispatch_table = _Ways(known)
    pickler.dump(value)
    return file.getvalue()


def decoded(data: bytes, known: Known) -> object:
    """Raises `NotKept`, or whatever else pickle has to say: bytes that nobody has damaged are as they were written."""
    with undisturbed:
        return _Reader(data, known).load()


# -- to bytes -----------------------------------------------------------------------------------------------------------


class _Ways(dict[type, Way]):
    """How values of each class are written, found out when one comes along."""

    def __init__(self, known: Known) -> None:
        super().__init__()
        self._sources = {id(source): index for index, source in enumerate(known.sources)}
        self._schema = known.schema

    def __missing__(self, cls: type) -> Way:
        if issubclass(cls, type):
            raise KeyError(cls)  # what is written is a class itself: by its name
        way = self._way(cls)
        self[cls] = way
        return way

    def _way(self, cls: type) -> Way:
        if cls is Span:
            return self._span
        if cls is Source:
            return lambda source: (Source, (source.name, source.text))
        if cls.__module__ in _MODULES and issubclass(cls, Enum):
            return lambda member: (cls, (member.value,))
        if cls.__module__ in _MODULES and is_dataclass(cls):
            return self._of_schema(_record_way(cls)) if cls.__name__ == "Schema" else _record_way(cls)
        if (cls.__module__, cls.__name__) in _PLAIN:
            return lambda value: value.__reduce_ex__(5)
        raise NotKept(cls.__qualname__)

    def _span(self, span: Span) -> tuple[Callable[..., object], tuple[object, ...]]:
        index = self._sources.get(id(span.source))
        if index is None:
            return Span, (span.source, span.start, span.end)
        return span_in, (index, span.start, span.end)

    def _of_schema(self, whole: Way) -> Way:
        return lambda schema: (the_schema, ()) if schema is self._schema else whole(schema)


def span_in(index: int, start: int, end: int) -> Span:
    """Stands in the bytes for a span in a known source."""
    raise AssertionError("only its name is written")


def the_schema() -> Schema:
    """Stands in the bytes for the known schema."""
    raise AssertionError("only its name is written")


def _record_way(cls: Any) -> Way:
    names = [field.name for field in fields(cls)]
    if not names:
        return lambda value: (cls, ())
    read = attrgetter(*names)
    return (lambda value: (cls, (read(value),))) if len(names) == 1 else (lambda value: (cls, read(value)))


# -- from bytes ---------------------------------------------------------------------------------------------------------


class _Reader(pickle.Unpickler):
    """Finds the records and values that may be made, under the names of their classes, and nothing else."""

    def __init__(self, data: bytes, known: Known) -> None:
        super().__init__(io.BytesIO(data))
        self._known = known

    def find_class(self, module: str, name: str) -> object:
        if (module, name) in _PLAIN:
            return _PLAIN[module, name]
        if module == _HERE and name == span_in.__name__:
            sources = self._known.sources
            return lambda index, start, end: Span(sources[index], start, end)
        if module == _HERE and name == the_schema.__name__:
            return lambda: self._known.schema
        if module in _MODULES:
            cls = getattr(importlib.import_module(module), name, None)
            if isinstance(cls, type) and cls.__module__ == module:
                return _maker(cls)
        raise NotKept(f"{module}.{name}")


_MAKERS: dict[type, Callable[..., object]] = {}


def _maker(cls: Any) -> Callable[..., object]:
    """Makes a record of the values of all its fields, a member of an enumeration of its value, a source of name and text."""
    found = _MAKERS.get(cls)
    if found is None:
        if cls is Source or issubclass(cls, Enum):
            # A function: nothing could be set on the class through it.
            found = _calling(cls)
        elif is_dataclass(cls):
            found = _filling(cls)
        else:
            raise NotKept(cls.__qualname__)
        found.__setstate__ = _refused  # type: ignore[attr-defined]
        _MAKERS[cls] = found
    return found


def _refused(state: object) -> NoReturn:
    """In the place of what bytes may set, on whatever they name, by the state that they say it has."""
    raise NotKept("no state is kept")


def _calling(cls: Any) -> Callable[..., object]:
    def made(*values: object) -> object:
        return cls(*values)

    return made


def _filling(cls: Any) -> Callable[..., object]:
    """A function that fills the fields of a new record, in their order."""
    names = [field.name for field in fields(cls)]
    known: dict[str, Any] = {"_new": object.__new__, "_cls": cls}
    known |= {f"_set_{name}": getattr(cls, name).__set__ for name in names}
    lines = [f"def made({', '.join(names)}):", "    self = _new(_cls)"]
    lines += [f"    _set_{name}(self, {name})" for name in names]
    exec("\n".join([*lines, "    return self"]), known)  # noqa: S102 - made of the names of fields
    made: Callable[..., object] = known["made"]
    return made
