"""Every function and arithmetic operator that exists. Adding one is a row here and a row in each backend's table.

Overloads are about physical kinds (see `segdsl.semantics.ir`): the resolver has converted the arguments before it
names an overload, and composes what others can express: ``year(t)`` of an instant is ``year_date(date_timestamp(t))``,
``days_since(t)`` is ``days_between_timestamps(t, now)``.
"""

from __future__ import annotations

from segdsl.functions.signature import Function, Missing, Overload

O = Overload  # noqa: E741 - a table of some fifty rows reads better so

FUNCTIONS: tuple[Function, ...] = (
    Function(
        "+",
        "Adds two numbers.",
        (
            O("add_whole", ("whole", "whole"), "whole", "double precision"),
            O("add_decimal", ("decimal", "decimal"), "decimal", "exact, in the node's own type"),
            O("add_float", ("float", "float"), "float", "double precision"),
            O(
                "shift_timestamp",
                ("timestamp",),
                "timestamp",
                "options (micros,): moved by that many microseconds; `-` too",
            ),
            O("shift_date", ("date",), "date", "options (days,): moved by that many days; `-` too"),
        ),
    ),
    Function(
        "-",
        "Subtracts the second number from the first; alone before a number, its negative.",
        (
            O("subtract_whole", ("whole", "whole"), "whole", "double precision"),
            O("subtract_decimal", ("decimal", "decimal"), "decimal", "exact, in the node's own type"),
            O("subtract_float", ("float", "float"), "float", "double precision"),
            O("negate", ("number",), "the same", "any number, its own type"),
        ),
    ),
    Function(
        "*",
        "Multiplies two numbers.",
        (
            O("multiply_whole", ("whole", "whole"), "whole", "double precision"),
            O("multiply_decimal", ("decimal", "decimal"), "decimal", "exact, in the node's own type: scales are added"),
            O("multiply_float", ("float", "float"), "float", "double precision"),
        ),
    ),
    Function(
        "/",
        "Divides, never as integers. By zero: missing.",
        (
            O(
                "divide_exact",
                ("int, whole or decimal", "int, whole or decimal"),
                "float",
                "with s the larger scale: double(a * 10^s) / double(b * 10^s), each converted to the nearest double; b = 0 is missing",
            ),
            O("divide_float", ("float", "float"), "float", "double precision; b = 0 is missing"),
        ),
        examples=("total_spent / 2 > 10",),
    ),
    Function("abs", "The size of a number.", (O("abs", ("number",), "the same", "any number, its own type"),)),
    Function(
        "floor",
        "The largest whole number that is not greater.",
        (
            O("floor_decimal", ("decimal",), "decimal(p-s+1,0)", "exact"),
            O("floor_float", ("float",), "float", "stays a float"),
        ),
    ),
    Function(
        "ceil",
        "The smallest whole number that is not less.",
        (
            O("ceil_decimal", ("decimal",), "decimal(p-s+1,0)", "exact"),
            O("ceil_float", ("float",), "float", "stays a float"),
        ),
    ),
    Function(
        "round",
        "An exact number rounded to so many places, away from zero at the half.",
        (O("round_decimal", ("decimal",), "decimal(p-s+n+1,n)", "options (n,), 0 <= n < s: half away from zero"),),
    ),
    Function(
        "least",
        "The smallest of its arguments.",
        (O("least", ("comparable", "..."), "the same", "two or more, one kind"),),
    ),
    Function(
        "greatest",
        "The greatest of its arguments.",
        (O("greatest", ("comparable", "..."), "the same", "two or more, one kind"),),
    ),
    Function(
        "coalesce",
        "The first of its arguments that is present.",
        (O("coalesce", ("any", "..."), "the same", "two or more, one kind"),),
        missing=Missing.SKIPS,
    ),
    Function(
        "lower",
        "A text with its ASCII letters in lower case.",
        (O("lower", ("string",), "string", "A-Z to a-z alone"),),
    ),
    Function(
        "upper",
        "A text with its ASCII letters in upper case.",
        (O("upper", ("string",), "string", "a-z to A-Z alone"),),
    ),
    Function(
        "trim", "A text without blanks (U+0020) at its ends.", (O("trim", ("string",), "string", "U+0020 alone"),)
    ),
    Function("length", "How many code points a text has.", (O("length", ("string",), "int", "code points"),)),
    Function(
        "replace",
        "A text with every occurrence of one text replaced by another.",
        (
            O(
                "replace",
                ("string",),
                "string",
                "options (old, new), old not empty: all occurrences, left to right, literally",
            ),
        ),
    ),
    Function(
        "number",
        "The number that a text spells.",
        (
            O(
                "number",
                ("string",),
                "decimal(38,9)",
                "the whole text is an optional `-`, digits 0-9, optionally `.` and digits; rounded half away from zero to 9 places; "
                "missing otherwise, and where it does not fit",
            ),
        ),
    ),
    Function(
        "days_between",
        "Whole days from the first time to the second.",
        (
            O("days_between_timestamps", ("timestamp", "timestamp"), "int", "floor((b - a) / 24 hours)"),
            O("days_between_dates", ("date", "date"), "int", "midnights from a to b, negative when b is earlier"),
        ),
    ),
    Function("days_since", "Whole days gone by since a time.", (), examples=("last_order_days > 90",)),
    Function(
        "hours_since",
        "Whole hours gone by since an instant.",
        (O("hours_between_timestamps", ("timestamp", "timestamp"), "int", "floor((b - a) / 1 hour)"),),
    ),
    Function(
        "age",
        "Full years since a day; who is born on 29 February has the birthday on the 28th in other years.",
        (
            O(
                "age_date",
                ("date", "date"),
                "int",
                "of a at b: year(b) - year(a), less 1 when b's month and day are before a's (29 February being 28 February "
                "when b's year is no leap year)",
            ),
        ),
    ),
    Function(
        "date",
        "The calendar day of an instant.",
        (O("date_timestamp", ("timestamp",), "date", "in the schema's zone"),),
    ),
    Function("year", "The year of a time.", (O("year_date", ("date",), "int", ""),)),
    Function("month", "The month of a time, 1 to 12.", (O("month_date", ("date",), "int", ""),)),
    Function("day", "The day of the month of a time, 1 to 31.", (O("day_date", ("date",), "int", ""),)),
    Function(
        "weekday", "The day of the week of a time, Monday 1 to Sunday 7.", (O("weekday_date", ("date",), "int", ""),)
    ),
    Function(
        "hour",
        "The hour of an instant, 0 to 23.",
        (O("hour_timestamp", ("timestamp",), "int", "in the schema's zone"),),
    ),
    Function(
        "start_of",
        "The first day of the week, month, quarter or year of a time.",
        (O("start_of_date", ("date",), "date", "options (unit,): day week month quarter year; weeks begin on Monday"),),
    ),
    Function("if", "One value where a condition holds, else another, or missing.", ()),
    Function(
        "anniversary",
        "Before `in` or `not in` and a period: does a date come round to a day of it, in its first year not yet? 29 February comes "
        "round to the 28th in other years, as it does for `age`.",
        (),
    ),
    Function(
        "distance_km",
        "How many kilometres it is to a place, along the globe: compared by `<`, `<=`, `>` or `>=` with a number. The third and "
        "fourth argument are the place's own degrees north and east, and constants; a point that is off the globe is missing.",
        (
            O(
                "haversine",
                ("float", "float"),
                "float",
                "options (latitude, longitude) in degrees; the arguments are within ±90 and ±180: `segdsl.functions.sphere.haversine`",
            ),
        ),
    ),
    # What closed, ordered lists of values are compared by; no text can name these two.
    Function(
        "place",
        "The place of a value in its field's ordered list.",
        (O("place", ("string",), "int", "options are the values: 0, 1, …; missing when the text is none of them"),),
    ),
    Function(
        "label", "The value at a place of an ordered list.", (O("label", ("int",), "string", "options are the values"),)
    ),
)

OVERLOADS: dict[str, Overload] = {overload.id: overload for function in FUNCTIONS for overload in function.overloads}
