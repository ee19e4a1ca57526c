"""Frozen dataclasses that cost little: to define, since a command begins by defining hundreds of them, and to make, since a tree
has many.

In: a class with annotated fields. Out: what ``dataclass(frozen=True, slots=True)`` makes of it, as far as anybody can tell. Python
writes and compiles a handful of methods for each dataclass as it is defined; here each is compiled when it is first called. And
Python fills the fields of a frozen instance by ``object.__setattr__``, which looks each name up again every time; here their
slots are filled directly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, fields
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

__all__ = ["is_as_it_is", "record", "remembers_its_hash", "replace"]

_T = TypeVar("_T")

if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:

    def record(*, frozen, slots, eq=True, kw_only=False):
        """In place of ``dataclass``, with the same arguments.

        >>> @record(frozen=True, slots=True)
        ... class Point:
        ...     x: int
        ...     y: int = 0
        >>> Point(1), Point(1) == Point(1, y=0), hash(Point(1)) == hash(Point(1))
        (Point(x=1, y=0), True, True)
        """
        assert frozen and slots, "others are dataclasses"

        def recorded(cls):
            own = cls.__dict__
            if cls.__doc__ is None:
                cls.__doc__ = cls.__name__  # or Python would write one that takes longer than all of this
            methods = {
                "__init__": _first_init,
                "__repr__": _first_repr,
                "__setattr__": _refused,
                "__delattr__": _refused_too,
                "__getstate__": _state,
                "__setstate__": _filled,
            }
            if eq:
                methods |= {"__eq__": _first_eq, "__hash__": _first_hash}
            for name, method in methods.items():
                if name not in own:
                    setattr(cls, name, method)
            return dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)(cls)

        return recorded


def remembers_its_hash(cls: type[_T]) -> type[_T]:
    """Goes on top of a record with a slot ``_hash`` that is no field: each instance is hashed once."""
    cls.__hash__ = _first_remembered_hash  # type: ignore[method-assign]
    return cls


def replace(record: _T, **changes: object) -> _T:
    """What ``dataclasses.replace`` makes of a record, in a quarter of the time."""
    cls = type(record)
    made: _T = (_COPIES.get(cls) or _copying(cls))(record, changes)
    return made


_COPIES: dict[type, Callable[[Any, dict[str, object]], Any]] = {}
"""How a record of a class is copied, some of its fields changed."""


def _copying(cls: type) -> Callable[[Any, dict[str, object]], Any]:
    assert not hasattr(cls, "__post_init__"), "which would not be called"
    known: dict[str, Any] = {"_new": object.__new__, "_cls": cls}
    lines = ["def copied(record, changes):", "    made = _new(_cls)"]
    for field in fields(cls):
        name = field.name
        known[f"_set_{name}"] = getattr(cls, name).__set__
        lines.append(f"    _set_{name}(made, changes.pop({name!r}) if {name!r} in changes else record.{name})")
    lines += ["    assert not changes, f'{_cls.__name__} has no {sorted(changes)}'", "    return made"]
    exec("\n".join(lines), known)  # noqa: S102 - made of the names of fields
    return _COPIES.setdefault(cls, known["copied"])


# -- the methods of all records, and those that make way for one of the class's own when they are first called -----------


def _refused(self: object, name: str, value: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refused_too(self: object, name: str) -> NoReturn:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[object]:
    return [getattr(self, field.name) for field in fields(self)]


def is_as_it_is(self: object, state: object) -> NoReturn:
    """The ``__setstate__`` of what is there once."""
    raise FrozenInstanceError(f"{self!r} is as it is")


def _filled(self: Any, state: list[object]) -> None:
    """For a copy, that has nothing yet; whatever has is frozen."""
    for field in fields(self):
        if hasattr(self, field.name):
            raise FrozenInstanceError(f"cannot fill field {field.name!r} again")
    for field, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)


def _first_init(self: Any, *given: object, **named: object) -> None:
    _own(self, "__init__", _init_text)(self, *given, **named)


def _first_repr(self: Any) -> str:
    return _own(self, "__repr__", _repr_text)(self)  # type: ignore[no-any-return]


def _first_eq(self: Any, other: object) -> bool:
    return _own(self, "__eq__", _eq_text)(self, other)  # type: ignore[no-any-return]


def _first_hash(self: Any) -> int:
    return _own(self, "__hash__", _hash_text)(self)  # type: ignore[no-any-return]


def _first_remembered_hash(self: Any) -> int:
    return _own(self, "__hash__", _remembered_hash_text)(self)  # type: ignore[no-any-return]


def _own(self: Any, name: str, write: Any) -> Any:
    """A method of the class's own, in its place from now on. Threads that come here at once write the same."""
    cls = type(self)
    known: dict[str, Any] = {"_missing": MISSING, "_hash_of": hash}
    exec("\n".join(write(cls, known)), known)  # noqa: S102 - made of the names of fields, as dataclasses themselves are
    method = known[name]
    method.__qualname__ = f"{cls.__qualname__}.{name}"
    method.__module__ = cls.__module__
    setattr(cls, name, method)
    return method


def _init_text(cls: type, known: dict[str, Any]) -> list[str]:
    ordered: list[str] = []
    named: list[str] = []
    lines: list[str] = []
    for field in fields(cls):
        name = field.name
        value, given = name, name
        if field.default is not MISSING:
            known[f"_of_{name}"] = field.default
            given = f"{name}=_of_{name}"
        elif field.default_factory is not MISSING:
            known[f"_of_{name}"] = field.default_factory
            given, value = f"{name}=_missing", f"_of_{name}() if {name} is _missing else {name}"
        if field.init:
            (named if field.kw_only else ordered).append(given)
        else:
            value = f"_of_{name}" if field.default is not MISSING else f"_of_{name}()"
        known[f"_set_{name}"] = getattr(cls, name).__set__
        lines.append(f"    _set_{name}(self, {value})")
    if hasattr(cls, "__post_init__"):
        lines.append("    self.__post_init__()")
    arguments = ", ".join(("self", *ordered, *(("*", *named) if named else ())))
    return [f"def __init__({arguments}):", *(lines or ["    pass"])]


def _repr_text(cls: type, known: dict[str, Any]) -> list[str]:
    parts = ", ".join(f"{field.name}={{self.{field.name}!r}}" for field in fields(cls) if field.repr)
    return ["def __repr__(self):", f"    return f'{{self.__class__.__qualname__}}({parts})'"]


def _eq_text(cls: type, known: dict[str, Any]) -> list[str]:
    names = [field.name for field in fields(cls) if field.compare]
    return [
        "def __eq__(self, other):",
        "    if self is other: return True",
        f"    if other.__class__ is self.__class__: return {_tuple('self', names)} == {_tuple('other', names)}",
        "    return NotImplemented",
    ]


def _hash_text(cls: type, known: dict[str, Any]) -> list[str]:
    return ["def __hash__(self):", f"    return _hash_of({_hashed(cls)})"]


def _remembered_hash_text(cls: type, known: dict[str, Any]) -> list[str]:
    known["_set_hash"] = cls._hash.__set__  # type: ignore[attr-defined]
    return [
        "def __hash__(self):",
        "    try: return self._hash",
        "    except AttributeError: pass",
        f"    found = _hash_of({_hashed(cls)})",
        "    _set_hash(self, found)",
        "    return found",
    ]


def _hashed(cls: type) -> str:
    counts: list[Field[Any]] = [*fields(cls)]
    return _tuple("self", [field.name for field in counts if (field.compare if field.hash is None else field.hash)])


def _tuple(owner: str, names: list[str]) -> str:
    return f"({''.join(f'{owner}.{name},' for name in names)})"
