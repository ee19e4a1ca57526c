"""What is known while a function is written: its nodes, its constants, its times.

A constant that has no short text of its own is a global of the generated module. A time is one of the numbers ``t0, t1, …`` that the
function is given with each call, so that one function serves every instant.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from segdsl.backends.python import runtime
from segdsl.backends.python.nodes import ARITHMETIC, Node, Nodes, Value
from segdsl.backends.python.times import Timely
from segdsl.semantics.ir import Constant
from segdsl.semantics.time import Zone
from segdsl.types import Kind, Type


@dataclass(slots=True)
class Writing:
    """``globals`` is what the generated module begins with."""

    nodes: Nodes
    zone: Zone
    globals: dict[str, object] = field(default_factory=dict)
    times: dict[Timely, str] = field(default_factory=dict)
    known: dict[Node, object] = field(default_factory=dict)
    """The constants among the nodes."""
    _constants: dict[object, Node] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.globals |= {"TO_LOWER": runtime.TO_LOWER, "TO_UPPER": runtime.TO_UPPER}
        self.globals |= {"DAY": runtime.DAY, "HOUR": runtime.HOUR, "__builtins__": builtins}

    @property
    def is_utc(self) -> bool:
        return self.zone.is_fixed and self.zone.offsets == (0,)

    def constant(self, value: object, key: object = None) -> Node:
        """A global that holds a value; equal ones are one where ``key``, or the value itself, can tell."""
        known: object = key
        if known is None:
            known = (type(value), value) if _is_hashable(value) else id(value)
        if known not in self._constants:
            name = f"K{len(self._constants)}"
            self.globals[name] = value
            self._constants[known] = self.nodes.atom(name)
        return self._constants[known]

    def time(self, wanted: Timely) -> Node:
        """A time that depends on ``as_of``."""
        name = self.times.setdefault(wanted, f"t{len(self.times)}")
        return self.nodes.atom(name)

    def literal(self, value: Constant | None, of: Type) -> Value:
        """A constant of a type, as it is held."""
        if value is None:
            return self.nodes.variable("None")
        held_value = held(value, of)
        assert held_value is not None, (value, of)
        node = self.constant(held_value) if isinstance(held_value, date) else self.nodes.atom(repr(held_value))
        self.known[node] = held_value
        return Value(node)

    def called(self, function: Callable[..., object], *args: Value, partial: bool = False) -> Value:
        """A call of a function that is a global under its own name."""
        name = function.__name__
        assert self.globals.setdefault(name, function) is function, name
        parts = (f"{name}(", *([", "] * (len(args) - 1)), ")")
        return self.nodes.partial(parts, *args) if partial else self.nodes.strict(parts, 6, *args)

    def scaled(self, value: Value, places: int) -> Value:
        """A decimal in so many more places."""
        assert places >= 0
        if places == 0:
            return value
        known = self.known.get(value.node)
        if isinstance(known, int) and not isinstance(known, bool):
            scaled = known * 10**places
            node = self.nodes.atom(repr(scaled))
            self.known[node] = scaled
            return Value(node)
        return self.nodes.strict(("", f" * {10**places}"), ARITHMETIC, value)

    def rounded(self, value: Value, places: int) -> Value:
        """A decimal in so many fewer places, half away from zero."""
        if places == 0:
            return value
        return self.called(runtime.round_away, value, Value(self.nodes.atom(repr(10**places))))

    def fitted(self, value: Value, digits: int) -> Value:
        """A decimal, missing where it has more digits."""
        return self.called(runtime.fitted, value, Value(self.nodes.atom(repr(10**digits))), partial=True)


def held(value: Constant, of: Type) -> bool | int | float | str | date | datetime | None:
    """A constant as generated code holds it; None where a decimal has more places than its type, so that nothing equals it."""
    match of.kind:
        case Kind.DECIMAL:
            assert isinstance(value, Decimal | int)
            number = Decimal(value)
            scaled = runtime.unscaled(number, of.scale)
            return scaled if Fraction(number) * 10**of.scale == scaled else None
        case Kind.WHOLE | Kind.FLOAT:
            assert isinstance(value, Decimal | int | float)
            return float(value)
        case _:
            assert not isinstance(value, Decimal)
            return value


def _is_hashable(value: object) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True
