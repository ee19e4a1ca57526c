"""The types that definitions declare, from their words."""

from __future__ import annotations

import re

from segdsl.errors import types as errors
from segdsl.semantics.context import Context
from segdsl.syntax import ast
from segdsl.types import (
    BOOL,
    DATE,
    DURATION,
    FLOAT,
    INT,
    LIST,
    MAX_DIGITS,
    STRING,
    TIMESTAMP,
    Type,
    decimal,
)

ANY_DECIMAL = decimal(0, 0)
"""``decimal`` without widths: it keeps those of its value."""
TYPES = {
    "bool": BOOL,
    "int": INT,
    "decimal": ANY_DECIMAL,
    "float": FLOAT,
    "string": STRING,
    "date": DATE,
    "timestamp": TIMESTAMP,
}
ARGUMENT_TYPES = {**TYPES, "duration": DURATION, "list(string)": LIST}
_DECIMAL = re.compile(r"decimal\((\d{1,2}),(\d{1,2})\)")


def declared_type(node: ast.TypeName, types: dict[str, Type] | None, context: Context) -> Type | None:
    """The type; None, and a finding, where there is none. ``types``: those that may stand here, `TYPES` if None."""
    known = TYPES if types is None else types
    found = known.get(node.text)
    if found is not None:
        return found
    match = _DECIMAL.fullmatch(node.text)
    if match is not None:
        precision, scale = int(match[1]), int(match[2])
        if 1 <= precision <= MAX_DIGITS and scale <= precision:
            return decimal(precision, scale)
    context.report(errors.unknown_type(node.span, node.text, [*(n for n in known if n != "decimal"), "decimal(12,2)"]))
    return None
