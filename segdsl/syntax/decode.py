"""From the bytes of a file to its text.

In: bytes, and the name of their file. Out: a `Source`, and what keeps the bytes from being one.
"""

from __future__ import annotations

from segdsl.diagnostics import Diagnostic
from segdsl.limits import DEFAULT, Limits
from segdsl.source import Source


def decode(data: bytes, name: str, limits: Limits = DEFAULT) -> tuple[Source, tuple[Diagnostic, ...]]:
    """The text of a file: UTF-8, with or without a byte order mark. What cannot be read is an empty text."""
    if len(data) > limits.source_bytes:
        from segdsl.errors import limits as limit_errors

        source = Source(name, "")
        return source, (limit_errors.source_too_large(source.span(0, 0), name, len(data), limits.source_bytes),)
    try:
        return Source(name, data.decode("utf-8").removeprefix("\ufeff")), ()
    except UnicodeDecodeError as error:
        from segdsl.errors import syntax as errors

        # The part before the bad byte is kept, so that the finding has a place to point at.
        good = data[: error.start].decode("utf-8").removeprefix("\ufeff")
        source = Source(name, good)
        place = source.span(len(good), len(good))
        return Source(name, ""), (errors.not_utf8(place, name, data[error.start], error.start),)
