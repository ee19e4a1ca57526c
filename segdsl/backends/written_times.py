"""Days and instants as texts of files and records have them, in ISO 8601: what is one, whoever reads it.

Regular expressions of a whole text, without anchors, that Python and Polars understand alike.
"""

from __future__ import annotations

_YEAR = "(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"
DAY = rf"{_YEAR}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_MINUTE = "[0-5][0-9]"
_HOUR = "(?:[01][0-9]|2[0-3])"
CLOCK = rf"{_HOUR}:{_MINUTE}(?::{_MINUTE})?"
_FRACTION = rf"(?:{_HOUR}:{_MINUTE}:{_MINUTE}[.,][0-9]+)"
OFFSET = rf"(?:Z|[+-]{_HOUR}(?::?{_MINUTE})?)"
INSTANT = rf"{DAY}(?:[T ](?:{_FRACTION}|{CLOCK}) ?{OFFSET}?)?"
"""A day alone is the instant at which it begins."""
MIDNIGHT = r"[T ]00:00(?::00(?:\.0+)?)?"
BEGINNING = rf"{DAY}(?:{MIDNIGHT})?"
"""A day, which may be written as the instant at which it begins."""
