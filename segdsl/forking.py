"""What a process that was forked finds: no module half imported by a thread that it does not have.

segdsl imports what it needs when that is first asked for. A module that another thread of the parent was importing at the moment of the
fork stays half imported in the child, and Python's lock of it taken for ever: who imports it there would wait without end. Here they
are forgotten in the child, and imported again when they are asked for. Locks of segdsl's own: `room.ModuleLock`.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
from collections.abc import Callable
from typing import Any

_OURS = ("segdsl", "sqlglot", "lark", "polars")
"""What segdsl imports late. Of a thread that was importing one of these, all that it was importing is forgotten."""


def forget_half_imports() -> None:
    """For a process that was just forked, and has one thread. Python tells of its locks by no public name: where that changes,
    nothing is done."""
    locks: dict[str, Callable[[], Any]] = getattr(getattr(importlib, "_bootstrap", None), "_module_locks", {})
    owners = {name: getattr(lock(), "owner", None) for name, lock in list(locks.items())}
    stale = {name: owner for name, owner in owners.items() if owner not in (None, threading.get_ident())}
    lost = {owner for name, owner in stale.items() if name.partition(".")[0] in _OURS}
    for name, owner in stale.items():
        if owner in lost:
            del locks[name]
            if getattr(getattr(sys.modules.get(name), "__spec__", None), "_initializing", False):
                del sys.modules[name]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=forget_half_imports)
