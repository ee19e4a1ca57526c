"""What a library says, as a short text: the same for the same texts, schema, settings and version, in any process."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import segdsl
from segdsl.schema_writer import to_toml

if TYPE_CHECKING:
    from segdsl.library import Library

_DIGITS = 32


def content(library: Library) -> str:
    parts = [segdsl.__version__, to_toml(library.schema)]
    parts.extend(f"{unit.pack} {unit.source.text}" for unit in library.units)
    parts.extend(f"{name} {value!r}" for name, value in sorted(library.settings.items()))
    whole = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(whole.encode("utf-8", "backslashreplace")).hexdigest()[:_DIGITS]
