"""Peers that are there: what is not installed is left out, with a word."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

_TOLD: set[str] = set()


def peer(module: str) -> ModuleType | None:
    """The module, or None, which is said once."""
    try:
        return importlib.import_module(module)
    except ImportError:
        if module not in _TOLD:
            _TOLD.add(module)
            print(f"left out, not installed: {module}", file=sys.stderr)
        return None
