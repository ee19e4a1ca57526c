"""How it counts: what the words of an explanation mean exactly, each said once.

A row for each; an explanation shows those that its sentences need, in the order in which they came up.
"""

from __future__ import annotations

NOTES: dict[str, str] = {
    "half_open": "A period begins with its first instant and ends just before its last: what happens at the very end is no longer "
    "in it.",
    "date_begins": "A day stands for the instant at which it begins: something dated today has happened once the day has begun.",
    "between": "“From … to …” of numbers, values or days includes both ends.",
    "text_exact": "Texts are compared letter for letter: upper and lower case differ, and so do blanks.",
    "pattern": "In a pattern, * stands for any run of characters (also none) and ? for exactly one; the whole text must fit. "
    "\\* and \\? are the characters themselves.",
    "list": "A list without items is the same as a missing one; each item is compared letter for letter.",
    "not": "“It is not so that …” holds for exactly those for whom the rest does not hold, whoever lacks a value included.",
    "missing": "A comparison with a missing value never holds, “is not” and “is not one of” included.",
    "no_rows": "Over nothing, a number of rows and a sum are 0.",
    "nothing": "An average, median, percentile, smallest, largest, first or last over nothing is missing.",
    "skips": "Sums, averages, medians, percentiles, smallest and largest values and numbers of different values pass over missing "
    "values.",
    "distinct": "“Different” values are counted once each; a missing one is not counted.",
    "first_last": "The first and the last row are those by time; of rows at the same time, by key ({keys}), the smallest being the "
    "first. Its value counts even if it is missing.",
    "first_last_keyless": "The first and the last row are those by time; of rows at the same time the greatest value is taken, "
    "missing being the least.",
    "percentile": "A median is the 50th percentile. The percentile p of n values in order is the value at place 1 + (n − 1) × p / 100, "
    "and between two of them in proportion.",
    "float_sum": "Fractional numbers are added up in millionths: each is first rounded half up to six places; those of 9,000,000,000,000 "
    "or more in size count as missing.",
    "groups": "Rows are put together by a value: those with a missing one are left out, and what is said of one value speaks of its rows "
    "among those just described alone.",
    "streak": "A {unit} is in the run if it has at least one such row; the next one must follow without a gap. With no row the run "
    "is 0 long.",
    "days_24": "Days gone by are counted in units of 24 hours, rounded down.",
    "days_dates": "Days between two dates are the midnights from the first to the second, negative when the second is earlier.",
    "hours": "Hours gone by are rounded down to whole hours.",
    "as_day": "Where an instant is read as a day, it is its calendar day in {zone}.",
    "zone_parts": "Hours of the day are those of the clock in {zone}.",
    "weeks": "Weeks begin on Monday; Monday is 1 and Sunday 7.",
    "age": "An age is counted in full years; who was born on 29 February has the birthday on 28 February in other years.",
    "anniversary": "Anniversaries begin one year after the day itself; 29 February comes round to 28 February in other years.",
    "division": "Division is never rounded to whole numbers, and by zero it is missing.",
    "missing_arithmetic": "A calculation with a missing value is missing.",
    "round": "Rounding goes away from zero at the half.",
    "extreme": "The smallest and the greatest of several values are missing where one of them is.",
    "letters": "Lower and upper case are changed for the letters A to Z alone.",
    "trim": "Only plain blanks (U+0020) are cut off.",
    "characters": "Characters are Unicode code points.",
    "number": "The number that a text spells: an optional minus, digits, optionally a point and digits, rounded half away from zero to "
    "9 places; anything else is missing.",
    "distance": "Distances are along the globe (a great circle) on a sphere of radius 6,371.0088 km; a latitude beyond ±90 or a "
    "longitude beyond ±180 degrees is missing.",
    "ordered": "The order is: {values}. A value outside of it has no place and meets no such comparison.",
    "follow": "“Followed by” means strictly later in time, “preceded by” strictly earlier{within}; whatever the period or condition of "
    "the first row, all of the {entity}’s rows are looked through.",
    "within": "“Within” a length of time includes exactly that length.",
    "previous": "The row before is the same {entity}’s row before this one, by time and then by key, whatever else is asked of the rows "
    "here; the first one has none, and its values are missing.",
    "past": "As of an earlier time, only what had happened before it counts, periods and ages are counted from it, and who did not "
    "exist then meets nothing, has no values and is in no ranking.",
    "overall": "“Over all {people}” takes in the whole population (or all of its rows), whoever is asked about.",
    "top_count": "Top {n}: with fewer than {n} of those ranked having a {more} value. Who ties with the last one is in too.",
    "top_count_exact": "Exactly {n}: in the order of the value and then of the key ({key}), the smallest key first, fewer than "
    "{n} of those ranked stand before.",
    "top_percent": "Top {p}: the number of those ranked who have a {more} value, times 100, is less than {n} times the number of all "
    "ranked. Equal values are treated alike.",
    "top_percent_exact": "Exactly {p}: the number of those ranked who stand before (in the order of the value and then of the key {key}, "
    "the smallest key first), times 100, is less than {n} times the number of all ranked.",
    "top_share": "Who makes up {p}: the sum of all {more} values (those above 0 alone) is less than {p} of the sum of all ranked values "
    "above 0. Equal values are treated alike; whoever has 0 or less is out.",
    "top_share_exact": "Who makes up {p}: the sum of the values above 0 of those who stand before (in the order of the value and then of "
    "the key {key}, the smallest key first) is less than {p} of the sum of all ranked values above 0; whoever has 0 or less "
    "is out.",
    "ranked": "Ranked is who is in the population{among} and has a value. Who is not ranked is in no top or bottom and has no rank.",
    "rank_value": "A rank is 1 and as many more as have a greater value; equal values have the same rank.",
    "quantile": "Part 1 has the smallest values and part {n} the greatest: 1 + (how many of those ranked have a smaller value × {n} / how "
    "many are ranked), rounded down, so that equal values are in one part.",
    "quantile_exact": "Part 1 has the smallest values and part {n} the greatest: 1 + (how many of those ranked stand below × {n} / "
    "how many are ranked), rounded down; equal values are ordered by the key {key}, the smallest first.",
    "rank_value_exact": "A rank is 1 and as many more as have a greater value, or the same one and a smaller key ({key}).",
    "ties_at_zero": "Whoever has no such rows counts with 0 and is ranked with it.",
    "per": "Within each value of {by} there is a ranking of its own; whoever has none is not ranked.",
    "pairs": "There is a ranking for each value of {by}: of every {entity} with such rows there, by the rows with that value alone. Who is "
    "in the {which} of at least one of them is in.",
    "tiers": "The first tier that holds wins.",
    "declared_decimal": "A fractional number declared with fixed places is rounded half away from zero to them.",
    "several_parents": "A row that belongs to several {parents} counts once for each of them, and once for the {entity}.",
    "codes": "Where a value’s code is given below, the column holds the code.",
    "join_missing": "Where there is no such row, what is read of it is missing.",
}


class Notes:
    """The notes that have come up."""

    def __init__(self) -> None:
        self._found: dict[str, None] = {}

    def add(self, note: str, /, **words: str) -> None:
        self._found.setdefault(NOTES[note].format(**words) if words else NOTES[note], None)

    def all(self) -> tuple[str, ...]:
        return tuple(self._found)
