"""Counting rules: what the words of an explanation mean exactly, each said once.

A row for each; an explanation shows those that its sentences need, in the order in which they came up.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from segdsl.explanation import wording

NOTES: dict[str, str] = {
    "half_open": "A period includes its first instant, but not its last.",
    "date_begins": "A date counts as the instant at which that day begins.",
    "between": "“From … to …” includes both ends.",
    "text_exact": "Text must match exactly, capitals and spaces included.",
    "pattern": "In a pattern, * stands for any number of characters (or none) and ? for exactly one; the whole text must fit. "
    "\\* and \\? are the characters themselves.",
    "list": "A list without items counts as missing. An item must match exactly, capitals and spaces included.",
    "not": "“It is not so that …” holds for everyone for whom the rest does not hold, those without a value included.",
    "missing": "A missing value meets no comparison, not even “is not” or “is not one of”.",
    "no_rows": "With nothing to count or add up, the result is 0.",
    "skips": "Missing values are left out of the {names}.",
    "distinct": "“Different” values are counted once each; a missing one is not counted.",
    "last": "The last {row} is the latest one; at the same time, the one with the larger {keys} is the last.",
    "first": "The first {row} is the earliest one; at the same time, the one with the smaller {keys} is the first.",
    "last_keyless": "The last {row} is the latest one; of several at the same time, the largest value is taken.",
    "first_keyless": "The first {row} is the earliest one; of several at the same time, the largest value is taken.",
    "only_that_one": "If the {which} {row} has no {what}, no other one is used in its place.",
    "median": "A median is the middle value; between two middle ones, it is their average.",
    "percentile": "Percentile p of n values in order is the value at place 1 + (n − 1) × p / 100, and between two of them in "
    "proportion.",
    "float_sum": "Fractional numbers are rounded half up to six decimal places before they are added up; those of "
    "9,000,000,000,000 or more in size count as missing.",
    "groups": "{Rows} are grouped by {by}: only the {rows} described above are used, those without one are left out, and each group is "
    "judged by its own {rows} alone.",
    "calendar_groups": "{Rows} are grouped by {by}: only the {rows} described above are used, and each group is judged by its own "
    "{rows} alone.",
    "calendar": "Calendar {units} are those of {zone}; {rows} belong to them by {time}.",
    "calendar_dated": "{Rows} belong to calendar {units} by {time}.",
    "streak": "A calendar {unit} counts if it has at least one such {row}; none may be skipped.",
    "days_24": "Days gone by are counted in whole units of 24 hours, rounded down.",
    "days_dates": "Days between two dates are the midnights from the first to the second, negative when the second is earlier.",
    "hours": "Hours gone by are rounded down to whole hours.",
    "as_day": "The day of a date and time is its calendar day in {zone}.",
    "zone_parts": "Hours of the day are those of the clock in {zone}.",
    "weeks": "Weeks begin on Monday; Monday is 1 and Sunday 7.",
    "age": "Age is counted in full years and goes up on the birthday itself. Anyone born on 29 February has their birthday on "
    "28 February in other years.",
    "anniversary": "An anniversary of 29 February falls on 28 February in years without one; the first is a year after the day itself.",
    "division": "Division is never rounded to whole numbers; division by zero gives a missing value.",
    "missing_arithmetic": "A calculation with a missing value has no result.",
    "round": "Rounding goes away from zero at the half.",
    "extreme": "The smallest or greatest of several values is missing where one of them is.",
    "letters": "Lower and upper case are changed for the letters A to Z alone.",
    "trim": "Only plain spaces (U+0020) are cut off.",
    "characters": "Characters are Unicode code points.",
    "number": "The number that a text spells: an optional minus, digits, optionally a point and digits, rounded half away from zero to "
    "9 places; anything else counts as missing.",
    "distance": "Distances are along the globe (a great circle) on a sphere of radius 6,371.0088 km; a latitude beyond ±90 or a "
    "longitude beyond ±180 degrees counts as missing.",
    "ordered": "From lowest to highest: {values}. Any other value has no place in this order and does not meet such a condition.",
    "followed": "“Followed by” means later, never at the same time. The search for what follows covers all of the {entity}’s {rows}, "
    "whatever is asked of what comes first.",
    "preceded": "“Preceded by” means earlier, never at the same time. The search for what precedes covers all of the {entity}’s "
    "{rows}, whatever is asked of what comes after.",
    "other": "“Other” {rows} are all {rows}, the {row} itself included where it fits.",
    "within": "“Within” a length of time includes exactly that length.",
    "previous": "The {row} before another is the {entity}’s previous {row} by {order}, whatever else is asked of the {rows} here.",
    "past": "As of an earlier time, only what is dated before it counts, and periods and ages are counted from it. All other columns "
    "are read as they are today, not as they were then.",
    "nobody_then": "Whoever did not exist then was in no segment, met no condition, and had no value or rank.",
    "nobody_then_denied": "Whoever did not exist then was in no segment, met no condition, and had no value or rank, so that “{denial}” "
    "holds for them.",
    "overall": "“All {people}” are all in the population, whoever is selected here.",
    "overall_rows": "“All {people}” are all in the population, whoever is selected here; {rows} of anyone else do not count.",
    "top_count": "A {entity} is in the {which} {n} if fewer than {n} ranked {people} have a {more} value; those who tie for the last place "
    "are all in.",
    "top_count_exact": "The order is by {best} value first, then by smallest {key}; the first {n} are in.",
    "top_percent": "A {entity} is in the {which} {p} if fewer than {p} of the ranked {people} have a {more} value; equal values are in or "
    "out together.",
    "top_percent_exact": "The order is by {best} value first, then by smallest {key}; a {entity} is in the {which} {p} if fewer than "
    "{p} of the ranked {people} come before.",
    "top_share": "A {entity} is in if the {more} values of others add up to less than {p} of the values of all ranked {people}. Only "
    "values above 0 are added up, and a {entity} with 0 or less is out. Equal values are in or out together.",
    "top_share_exact": "The order is by {best} value first, then by smallest {key}; a {entity} is in if the values of those before "
    "add up to less than {p} of the values of all ranked {people}. Only values above 0 are added up, and a {entity} with 0 or less is "
    "out.",
    "ranked": "{People} who are not ranked are in no top or bottom group and have no rank.",
    "ranked_value": "{People} without such a value are not ranked: they are in no top or bottom group and have no rank.",
    "rank_value": "A rank is 1 plus the number of ranked {people} with a greater value; equal values have the same rank.",
    "rank_value_exact": "A rank is 1 plus the number of ranked {people} with a greater value, or with the same one and a smaller "
    "{key}.",
    "unranked": "{People} who are not ranked, or have no such value, have no {part}.",
    "quantile": "The {part} is 1 + (number of ranked {people} with a lower value or an earlier time × {n} / number of all ranked "
    "{people}), rounded down; equal values are in the same {part}.",
    "quantile_exact": "The {part} is 1 + (number of ranked {people} who come before × {n} / number of all ranked {people}), rounded "
    "down, in the order of smallest value first, then smallest {key}.",
    "ties_at_zero": "{People} with no such {rows} have the value 0 and are ranked with it.",
    "per": "Each {by} has a ranking of its own; {people} without one are not ranked.",
    "pairs": "Each {by} has its own ranking, of the {people} with {rows} of that {by}, by those alone. Being in the {which} of one is "
    "enough.",
    "pairs_optional": "{Rows} without a {by} are left out.",
    "declared_decimal": "A fractional number declared with fixed places is rounded half away from zero to them.",
    "several_parents": "A row that belongs to several {parents} counts once for each of them, and once for the {entity}.",
    "codes": "Where a value’s code is given below, the column holds the code.",
    "join_missing": "{Row} whose {of} is not found has no {of} {what}.",
}
_LAST = ("float_sum",)
_COLLECTED = frozenset({"skips"})


class Notes:
    """The notes that have come up."""

    def __init__(self) -> None:
        self._found: dict[str, None] = {}
        self._names: dict[str, dict[str, None]] = {}
        """Of notes that are said once for all: what they are said of."""
        self._muted: frozenset[str] = frozenset()

    def add(self, note: str, /, **words: str) -> None:
        if note in self._muted:
            return
        if note in _COLLECTED:
            self._names.setdefault(note, {}).setdefault(words["name"])
            self._found.setdefault(note)
        else:
            self._found.setdefault(NOTES[note].format(**words) if words else NOTES[note])

    @contextmanager
    def without(self, *notes: str) -> Iterator[None]:
        """What is said meanwhile does not need these."""
        kept, self._muted = self._muted, self._muted | set(notes)
        try:
            yield
        finally:
            self._muted = kept

    def all(self) -> tuple[str, ...]:
        said = [self._said(note) for note in self._found]
        last = [NOTES[note] for note in _LAST if NOTES[note] in said]
        return tuple([note for note in said if note not in last] + last)

    def _said(self, note: str) -> str:
        if note not in self._names:
            return note
        return NOTES[note].format(names=wording.listed(list(self._names[note]), "and"))
