"""How a fault is planted: a function's source with one piece of text replaced, or one name of a module.

The text to replace must be there exactly once, so that a fault that no longer means anything is noticed. A function is changed where
it is, so that whoever has taken hold of it already has the fault too.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from importlib import import_module
from types import FunctionType
from typing import Any

import pytest


def function_at(place: str) -> FunctionType:
    """``segdsl.planning.ranks:_within``, ``segdsl.semantics.time:Zone.local``"""
    module, _, path = place.partition(":")
    found: Any = import_module(module)
    for name in path.split("."):
        found = inspect.getattr_static(found, name)
    while not isinstance(found, FunctionType):
        found = inspect.unwrap(getattr(found, "__func__", None) or getattr(found, "fget", None) or found.__wrapped__)
    return found


def rewritten(place: str, old: str, new: str) -> Callable[[pytest.MonkeyPatch], None]:
    """The function with one piece of its source replaced."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        function = function_at(place)
        source = textwrap.dedent(inspect.getsource(function))
        assert source.count(old) == 1, f"{place}: {source.count(old)} times {old!r}"
        made: dict[str, Any] = {}
        code = compile("from __future__ import annotations\n" + source.replace(old, new), place, "exec")
        exec(code, function.__globals__, made)
        changed = made[function.__name__]
        assert changed.__code__.co_freevars == function.__code__.co_freevars, (
            f"{place} is made inside of another function"
        )
        patch.setattr(function, "__code__", changed.__code__)

    return plant
