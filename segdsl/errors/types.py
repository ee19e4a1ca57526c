"""Types (SEG3xx): what can be compared, computed and converted, and which constants are legal where.

Constructors take types, names and places, never nodes.
"""

from __future__ import annotations

from collections.abc import Sequence

from segdsl.diagnostics import Diagnostic, Edit, Fix, Rule
from segdsl.errors.names import nearest
from segdsl.errors.schema import OTHER_NAMES
from segdsl.source import Span
from segdsl.types import Kind, Type

SHARE_WORDS = "a percentage"

_WORDS = {
    Kind.BOOL: "true or false",
    Kind.INT: "a whole number",
    Kind.WHOLE: "a whole number",
    Kind.DECIMAL: "a number",
    Kind.FLOAT: "a number",
    Kind.STRING: "a text",
    Kind.DATE: "a date",
    Kind.TIMESTAMP: "an instant",
    Kind.DURATION: "a length of time",
    Kind.LIST: "a list",
    Kind.ANY: "a key without a declared type",
    Kind.UNKNOWN: "something unknown",
}


def words(kind: Type) -> str:
    """What values of a type are, in the language's own words."""
    return _WORDS[kind.kind]


MISMATCH = Rule(
    "SEG301",
    "type-mismatch",
    "two things that cannot be compared",
    "Text, numbers, true and false, and times are never converted into one another by themselves. A number in a text is "
    "read by `number(…)`; a text that should have been a number loses its quotes.",
    bad='orders > "5"',
    good="orders > 5",
)


def mismatch(span: Span, left: Type, right: Type, fix: Fix | None = None) -> Diagnostic:
    hint = fix.title if fix else None
    if hint is None:
        hint = _instead(left, right)
    return MISMATCH.at(span, f"{words(left)} cannot be compared with {words(right)}", hint, fix)


def _instead(left: Type, right: Type) -> str | None:
    kinds = {left.kind, right.kind}
    if Kind.BOOL in kinds:
        return "what is true or false is a condition by itself: write it alone, or `not` before it"
    if Kind.STRING in kinds and (left.is_number or right.is_number):
        return "`number(…)` reads a number out of a text"
    if left.is_time and right.is_number:
        return "count its days, `days_since(…) > 30`, or compare it with a time: `… < 30 days ago`"
    if left.is_time or right.is_time:
        return "a time is compared with a time: 2026-01-31 (without quotes), `today`, `30 days ago`"
    return None


_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS: tuple[str, ...] = ("january", "february", "march", "april", "may", "june")
_MONTHS += ("july", "august", "september", "october", "november", "december")
_COUNTED = {
    "weekday": (_DAYS, "a weekday is a number, from 1 for Monday to 7 for Sunday"),
    "month": (_MONTHS, "a month is a number, from 1 for January to 12 for December"),
}


def counted(span: Span, function: str, text: str) -> Fix | None:
    """The number of a day or month that is written by its name."""
    names, rule = _COUNTED.get(function, ((), ""))
    word = text.strip().casefold()
    found = [number for number, name in enumerate(names, start=1) if word in (name, name[:3])]
    return Fix(f"{rule}: write {found[0]}", (Edit(span, str(found[0])),)) if found else None


def unquoted(span: Span, text: str) -> Fix:
    return Fix(f"write it without quotes: {text}", (Edit(span, text),))


def quoted(span: Span, text: str) -> Fix:
    return Fix(f'a text stands in quotes: "{text}"', (Edit(span, f'"{text}"'),))


NO_ORDER = Rule(
    "SEG302",
    "no-order",
    "a comparison of greater and less where there is no order",
    "Texts have no order, because engines sort them differently; true and false have none either. Only a field whose "
    "`values` the schema calls `ordered` has one: that of the list.",
    bad='first_name < "m"',
    good='first_name starts with "m"',
)


def no_order(span: Span, kind: Type, what: str) -> Diagnostic:
    if kind.kind is Kind.STRING and kind.values is not None:
        return NO_ORDER.at(
            span,
            f"{what} needs an order, and the values of this field have none",
            "list the ones that are meant: `in (…)`; if the schema lists them lowest first, it can say `ordered = true`",
        )
    if kind.kind is Kind.STRING:
        hint = "ask for texts with `=`, `in (…)`, `starts with` or `contains`"
        return NO_ORDER.at(span, f"{what} needs an order, and texts have none", hint)
    hint = "what is true or false is a condition by itself: write it alone, or `not` before it"
    return NO_ORDER.at(span, f"{what} needs an order, and true and false have none", hint)


CONDITION_NEEDED = Rule(
    "SEG303",
    "condition-needed",
    "a value where a condition is needed",
    "`and`, `or`, `not`, `where` and a segment need something that is true or false. A number, a text or a time becomes a "
    "condition by a comparison.",
    bad="orders and country",
    good='orders > 0 and country = "US"',
)


def condition_needed(span: Span, kind: Type) -> Diagnostic:
    match kind:
        case Type(kind=Kind.INT | Kind.WHOLE | Kind.DECIMAL | Kind.FLOAT):
            hint = "compare it with something: `… > 0`"
        case Type(kind=Kind.STRING):
            hint = 'compare it with something: `… = "…"`, or ask `… is present`'
        case Type(kind=Kind.LIST):
            hint = 'ask what is in it: `… contains "…"`'
        case _:
            hint = "compare it with something, or ask `… is present`"
    return CONDITION_NEEDED.at(span, f"a condition is needed here, and this is {words(kind)}", hint)


def one_of_several(span: Span, kind: Type, whole: Span, written: str) -> Diagnostic:
    return CONDITION_NEEDED.at(
        span,
        f"a condition is needed here, and this is {words(kind)}",
        f"to compare with several values, write `{written}`",
        Fix(f"write `{written}`", (Edit(whole, written),)) if whole.source is not None else None,
    )


WRONG_ARGUMENT = Rule(
    "SEG304",
    "unfit-value",
    "an operator or function that does not take such a value",
    "Arithmetic takes numbers, text functions take texts, functions of time take dates and instants.",
    bad="lower(orders) = 'gr'",
    good="lower(country) = 'gr'",
)


def wrong_argument(span: Span, function: str, needs: str, kind: Type) -> Diagnostic:
    hint = None
    if kind.kind is Kind.STRING and "number" in needs:
        hint = "`number(…)` reads a number out of a text"
    return WRONG_ARGUMENT.at(span, f"`{function}` takes {needs}, and this is {words(kind)}", hint)


def argument_type(span: Span, trait: str, argument: str, expected: str, given: str) -> Diagnostic:
    return WRONG_ARGUMENT.at(span, f"the argument `{argument}` of `{trait}` takes {expected}, and this is {given}")


def not_numbers(span: Span, function: str, kind: Type, written: str, offered: Sequence[str]) -> Diagnostic:
    """``offered``: the aggregates that take such values."""
    hint: str | None = "`count(… where …)` counts the rows in which something holds"
    if kind.kind is not Kind.BOOL:
        hint = f"write {' or '.join(f'`{other}({written})`' for other in offered)}" if offered else None
    return WRONG_ARGUMENT.at(span, f"`{function}` takes numbers, and this is {words(kind)}", hint)


def two_times(span: Span) -> Diagnostic:
    return WRONG_ARGUMENT.at(
        span, "times are not added or subtracted", "the days between two times are `days_between(a, b)`"
    )


def needs_clock(span: Span, function: str) -> Diagnostic:
    return WRONG_ARGUMENT.at(
        span,
        f"`{function}` takes an instant, and a date has no time of day",
        "`days_since` and `days_between` take dates",
    )


def round_of_float(span: Span) -> Diagnostic:
    return WRONG_ARGUMENT.at(
        span,
        "`round` takes exact numbers, and this is a float",
        "say how many places it has: `trait NAME: decimal(12,2) = …`, which is rounded to 2",
    )


def swapped_unit(span: Span, time: Span, unit: Span) -> Diagnostic:
    fix = Fix(f"write `start_of({unit.text}, {time.text})`", (Edit(time, unit.text), Edit(unit, time.text)))
    return WRONG_ARGUMENT.at(span, "`start_of` begins with a unit of the calendar", fix.title, fix)


def unknown_unit(span: Span, units: Sequence[str]) -> Diagnostic:
    return WRONG_ARGUMENT.at(span, "`start_of` begins with a unit of the calendar", f"one of {', '.join(units)}")


TOO_MANY_DIGITS = Rule(
    "SEG305",
    "decimal-too-wide",
    "exact arithmetic that would need more than 38 digits",
    "Decimals are exact: `+` needs one digit more than the wider number, `*` the digits of both, an int counts 16, a sum "
    "ten more than its values. Beyond 38 digits no engine can follow. A trait of a declared, narrower type in between "
    "says how many digits are really needed.",
    bad="trait a = sum(order.total) * sum(order.discount)",
    good="trait spent: decimal(14,2) = sum(order.total)\ntrait a = spent * sum(order.discount)",
)


def too_many_digits(span: Span, operator: str, digits: int) -> Diagnostic:
    return TOO_MANY_DIGITS.at(
        span,
        f"`{operator}` would need {digits} digits here, and a number has 38 at most",
        "say of a part how many digits it really has: `trait NAME: decimal(14,4) = …`, of rows `trait RELATION.NAME: …`",
    )


NOT_IN_VALUES = Rule(
    "SEG306",
    "unknown-value",
    "a text that is none of a field's values",
    "The schema lists the values that the field can have, and this text is none of them, so the comparison would never "
    "hold.",
    bad='any(order where status = "payed")',
    good='any(order where status = "paid")',
)


def not_in_values(span: Span, text: str, values: Sequence[str]) -> Diagnostic:
    close = nearest(text, values)
    message = f'"{text}" is none of the values of this field'
    if close is not None:
        written = span.text
        fix = Fix(f'write "{close}"', (Edit(span, f'"{close}"'),)) if written[:1] in ("'", '"') else None
        return NOT_IN_VALUES.at(span, message, f'did you mean "{close}"?', fix)
    shown = ", ".join(f'"{value}"' for value in values[:10])
    return NOT_IN_VALUES.at(span, message, f"the values are {shown}{', …' if len(values) > 10 else ''}")


NUMBER_RANGE = Rule(
    "SEG307",
    "number-out-of-range",
    "a number that is too large",
    "A whole number reaches to 9007199254740992 (2 to the power of 53), a number with a point has 38 digits.",
    bad="income > 90071992547409930",
    good="income > 90071992547409930.0",
)


def number_range(span: Span, whole: bool) -> Diagnostic:
    if whole:
        better = f"{span.text}.0"
        return NUMBER_RANGE.at(
            span,
            "a whole number reaches to 9007199254740992 only",
            f"write it with a point: `{better}`",
            Fix(f"write `{better}`", (Edit(span, better),)) if span.text.isdecimal() else None,
        )
    return NUMBER_RANGE.at(span, "a number has 38 digits at most", "round it")


LENGTH_HERE = Rule(
    "SEG308",
    "length-of-time-here",
    "a length of time where none can stand",
    "A length of time such as `30 days` stands in a period (`in last 30 days`), before `ago` and `from now`, and behind a "
    "time with plus or minus. It is not compared: how long something has been is asked by `days_since(…)`.",
    bad="created_at > 30 days",
    good="created_at > 30 days ago",
)


def length_here(span: Span) -> Diagnostic:
    amount, _, unit = span.text.partition(" ")
    hint = "write `… days ago` for an instant, or compare `days_since(…)` with a number"
    if amount.isdecimal() and unit.isalpha():
        hint = f"write `{amount}` alone beside a number, such as one of days, or `{span.text} ago` for an instant"
    return LENGTH_HERE.at(span, "a length of time cannot stand here", hint)


def length_needed(span: Span, name: str, given: str) -> Diagnostic:
    hint = "give it a unit: 30 days"
    if given.endswith("number"):
        hint = f"write the unit behind it, `{name} days`, or make it a length of time where it is set: 30 days"
    return LENGTH_HERE.at(span, f"a length of time is needed here, and `{name}` is {given}", hint)


MONTHS_ON_FIELD = Rule(
    "SEG309",
    "months-vary",
    "adding months to a time of a row",
    "Months, quarters and years vary in length, so they are not added to a time that differs from row to row. Count in "
    "days or weeks.",
    bad="any(order where placed_at + 1 month > now)",
    good="any(order where placed_at + 30 days > now)",
)


def months_on_field(span: Span, text: str) -> Diagnostic:
    return MONTHS_ON_FIELD.at(
        span,
        f"months vary in length, so {text} is not added here",
        "count in days: `30 days`, or `365 days` for a year",
    )


HOURS_ON_DATE = Rule(
    "SEG310",
    "hours-on-date",
    "adding hours to a date",
    "A date is a whole day; hours, minutes and seconds can only be added to an instant.",
    bad="date(created_at) + 12 hours < today",
    good="date(created_at) + 1 day < today",
)


def hours_on_date(span: Span) -> Diagnostic:
    return HOURS_ON_DATE.at(span, "only whole days can be added to a date", "count in days or weeks")


BAD_AMOUNT = Rule(
    "SEG311",
    "bad-amount",
    "a length of time that is not a whole number above zero",
    "The number before a unit is whole and at least 1.",
    bad="count(order in last 0 days) = 0",
    good="count(order in last 1 day) = 0",
)


def bad_amount(span: Span, given: str) -> Diagnostic:
    return BAD_AMOUNT.at(
        span,
        f"a whole number above zero is needed before a unit of time, not {given}",
        "the shortest are `1 day` and, of an instant, `1 hour`, `1 minute`, `1 second`",
    )


BEYOND_CALENDAR = Rule(
    "SEG312",
    "beyond-calendar",
    "a time that no calendar holds",
    "Times reach from the year 1 to the year 9999.",
    bad="count(order in last 5000 years) > 0",
    good="count(order) > 0",
)


def beyond_calendar(span: Span) -> Diagnostic:
    return BEYOND_CALENDAR.at(
        span,
        "this reaches out of the calendar, which goes from the year 1 to the year 9999",
        "make it shorter; if all times are meant, leave it out",
    )


REVERSED_PERIOD = Rule(
    "SEG313",
    "reversed-period",
    "a period that ends before it begins",
    "In `A to B` the earlier time stands first; in `120 to 60 days ago` the larger number does.",
    bad="count(order in 60 to 120 days ago) > 0",
    good="count(order in 120 to 60 days ago) > 0",
)


def reversed_period(span: Span, swapped: str | None = None) -> Diagnostic:
    fix = Fix(f"write `{swapped}`", (Edit(span, swapped),)) if swapped else None
    return REVERSED_PERIOD.at(span, "this period ends before it begins", fix.title if fix else "swap its two ends", fix)


TIME_NEEDED = Rule(
    "SEG314",
    "time-needed",
    "a period of something that is no time",
    "`in last 30 days` and its like ask when something was; what stands before `in` has to be a date or an instant.",
    bad="orders in last 30 days",
    good="created_at in last 30 days",
)


def time_needed(span: Span, kind: Type) -> Diagnostic:
    return TIME_NEEDED.at(
        span,
        f"a period is asked of a date or an instant, and this is {words(kind)}",
        "put a time before `in`, `created_at in last 30 days`; of rows it is asked in the brackets: "
        "`count(order in last 30 days)`",
    )


def period_end(span: Span, given: str) -> Diagnostic:
    return TIME_NEEDED.at(
        span,
        f"a period begins and ends with a date or an instant, and this is {given}",
        "such as `2026-01-01 to 2026-01-31`, or `90 to 30 days ago`",
    )


CONSTANT_NEEDED = Rule(
    "SEG315",
    "constant-needed",
    "a value of a row where a constant is needed",
    "The text behind `contains`, the values of a list, the number of places in `round` and the numbers in a period are "
    "constants: literals, parameters, or arguments of a trait that are given as such.",
    bad="first_name contains country",
    good='first_name contains "a"',
)


def constant_needed(span: Span, what: str) -> Diagnostic:
    return CONSTANT_NEEDED.at(
        span,
        f"{what} has to be the same for everybody, and this is not",
        "write the value itself, or a parameter that holds it: `param NAME = …`",
    )


def ends_of_rows(span: Span, start: str, end: str, fix: Span | None) -> Diagnostic:
    """``placed_at in campaign.starts to campaign.ends``; ``fix``: from `in` on, where a value stands before it."""
    better = f"between {start} and {end}"
    return CONSTANT_NEEDED.at(
        span,
        "a period begins and ends at the same times for everybody, and these are not",
        f"compare with times of a row by `{better}`, behind `where`" if fix is None else f"write `{better}`",
        None if fix is None else Fix(f"write `{better}`", (Edit(fix, better),)),
    )


def text_needed(span: Span, what: str, given: str) -> Diagnostic:
    return CONSTANT_NEEDED.at(span, f"{what} has to be a text, and this is {given}", "a text stands in quotes")


def number_needed(span: Span, what: str, given: str) -> Diagnostic:
    return CONSTANT_NEEDED.at(span, f"{what} has to be a number, and this is {given}")


def places_needed(span: Span) -> Diagnostic:
    return CONSTANT_NEEDED.at(
        span, "the number of places is a whole number from 0 to 38, and the same for everybody", "such as `round(x, 2)`"
    )


def nothing_to_replace(span: Span) -> Diagnostic:
    return CONSTANT_NEEDED.at(
        span, "`replace` needs a text to look for, and this one is empty", 'such as `replace(phone, " ", "")`'
    )


BAD_LIST = Rule(
    "SEG316",
    "bad-list",
    "a list that does not fit",
    "The values of a list are constants of one type, that of what stands before `in`: whole numbers, decimals, texts, "
    "dates or instants. Floats are hardly ever equal to a written number, so they take no list; true and false need none.",
    bad='country in ("US", 5)',
    good='country in ("US", "GR")',
)


def list_of(span: Span, kind: Type) -> Diagnostic:
    if kind.kind is Kind.FLOAT:
        return BAD_LIST.at(span, "a float is not looked up in a list", "declare it as a decimal, or use `between`")
    return BAD_LIST.at(span, f"{words(kind)} is not looked up in a list", "compare it with `=`")


def list_item(span: Span, kind: Type, item: str) -> Diagnostic:
    return BAD_LIST.at(
        span,
        f"the list is compared with {words(kind)}, and this value is {item}",
        f"write it as {words(kind)}, or take it out",
    )


def list_item_kind(span: Span, item: str) -> Diagnostic:
    return BAD_LIST.at(span, f"{item} cannot stand in a list", "a list holds texts, numbers, dates or instants")


def list_needed(span: Span, name: str, given: str, word: str) -> Diagnostic:
    hint = f"write `({name})`, or a period" if word == "in" else f"write `{word} ({name})`"
    return BAD_LIST.at(span, f"a list is needed behind `{word}`, and `{name}` is {given}", hint)


def list_here(span: Span, name: str) -> Diagnostic:
    return BAD_LIST.at(
        span,
        f"`{name}` is a list and stands only behind `in`, `contains any` and `contains all`",
        f"write `… in {name}`",
    )


def list_behind_contains(span: Span, name: str) -> Diagnostic:
    """``tags contains labels``"""
    return BAD_LIST.at(
        span,
        f"`contains` asks for one text, and `{name}` is a list",
        f"write `contains any {name}`, or `contains all {name}`",
    )


def empty_list(span: Span) -> Diagnostic:
    return BAD_LIST.at(span, "the list is empty, so nothing could be in it", 'write its values: ("a", "b")')


BAD_PATTERN = Rule(
    "SEG317",
    "bad-pattern",
    "a backslash that stands before nothing special",
    "In the pattern of `matches`, `*` is any run of characters and `?` any one character. A backslash before one of the "
    "two means the character itself, and stands before nothing else.",
    bad='first_name matches "a\\\\b*"',
    good='first_name matches "a\\\\*b*"',
)


def bad_pattern(span: Span) -> Diagnostic:
    return BAD_PATTERN.at(
        span,
        "behind `matches`, a backslash stands only before `*` or `?`",
        "leave it out; if the text itself has a backslash, ask with `=` or `contains`",
    )


FLOAT_DISTINCT = Rule(
    "SEG318",
    "different-floats",
    "counting different floats",
    "Floats that look equal may differ in their last digit, so how many different ones there are says nothing. Declare "
    "the field as a decimal.",
    bad="distinct(order.weight) > 3",
    good="distinct(order.total) > 3",
)


def float_distinct(span: Span) -> Diagnostic:
    return FLOAT_DISTINCT.at(span, "`distinct` does not count floats", "declare the field as a decimal in the schema")


def float_per(span: Span) -> Diagnostic:
    return FLOAT_DISTINCT.at(span, "floats make no groups", "declare the field as a decimal in the schema")


NOT_CONVERTIBLE = Rule(
    "SEG319",
    "not-convertible",
    "a declared type that the value cannot take",
    "A declaration converts a number to a decimal, rounded to its scale, or to a float, and a date to the instant at which "
    "it begins. `int` takes whole numbers alone: what has places is rounded first. Nothing else is converted.",
    bad="trait bought: string = count(order)",
    good="trait bought: int = count(order)",
)


def not_convertible(span: Span, kind: Type, declared: Type) -> Diagnostic:
    hint = None
    what = words(kind)
    if kind.kind is Kind.TIMESTAMP and declared.kind is Kind.DATE:
        hint = "`date(…)` is the day of an instant"
    elif kind.kind is Kind.STRING and declared.is_number:
        hint = "`number(…)` reads a number out of a text"
    elif kind.is_number and declared.kind is Kind.INT:
        what = "a float" if kind.kind is Kind.FLOAT else "a decimal with places"
        rounded = "`floor(…)` or `ceil(…)`" if kind.kind is Kind.FLOAT else "`round(…, 0)`, `floor(…)` or `ceil(…)`"
        hint = f"round it first, with {rounded}, or declare it a decimal, such as decimal(12,2), which is rounded to its places"
    if hint is None:
        hint = "declare what it is, or leave the declaration out"
    return NOT_CONVERTIBLE.at(span, f"{what} does not become {declared}", hint)


def float_to_decimal(span: Span, declared: str) -> Diagnostic:
    return NOT_CONVERTIBLE.at(
        span,
        f"a float does not become {declared}: it has 15 digits that count",
        "declare up to 15 digits, such as decimal(14,4)",
    )


UNKNOWN_TYPE = Rule(
    "SEG320",
    "unknown-declared-type",
    "a type that does not exist",
    "The types are bool, int, decimal(p,s), float, string, date, timestamp, and for parameters also duration and "
    "list(string).",
    bad="trait spent: money = sum(order.total)",
    good="trait spent: decimal(12,2) = sum(order.total)",
)


def unknown_type(span: Span, text: str, known: Sequence[str]) -> Diagnostic:
    meant = OTHER_NAMES.get(text.strip().lower())
    close = meant if meant in known else nearest(text, known)
    message = f"`{text}` is no type here"
    if close is None:
        return UNKNOWN_TYPE.at(span, message, f"the types are {', '.join(known)}")
    fix = Fix(f"write `{close}`", (Edit(span, close),)) if span.text == text else None
    return UNKNOWN_TYPE.at(span, message, f"did you mean `{close}`?", fix)


BRANCHES = Rule(
    "SEG321",
    "different-types",
    "values of different types where one is chosen",
    "`if`, `coalesce`, `least` and `greatest` give one of their values, so all of them have one type; whole numbers, "
    "decimals and floats go together, and so do dates and instants.",
    bad='coalesce(country, 0) = "US"',
    good='coalesce(country, "unknown") = "US"',
)


def branches(span: Span, function: str, first: Type, other: Type) -> Diagnostic:
    hint = "make them alike; whoever shall have no value is left out of `if(…, …)`"
    if function != "if":
        hint = "make them alike"
    if {first.kind, other.kind} & {Kind.STRING} and (first.is_number or other.is_number):
        hint = "put the number in quotes, or read the text by `number(…)`"
    return BRANCHES.at(
        span, f"`{function}` gives one of its values, and they are {words(first)} and {words(other)}", hint
    )


CONDITION_MISSING = Rule(
    "SEG322",
    "condition-is-missing",
    "asking whether a condition is missing",
    "A condition is true or false for everyone, never missing.",
    bad="(orders > 5) is missing",
    good="orders is missing",
)


def condition_missing(span: Span) -> Diagnostic:
    return CONDITION_MISSING.at(span, "a condition is never missing", "write `not …` for whom it does not select")


PERCENT_HERE = Rule(
    "SEG323",
    "percentage-here",
    "a percentage where none can stand",
    "A percentage stands behind `top` and `bottom` and as the value of a parameter. Everywhere else it is a number.",
    bad="param share = 10%\ntrait a = income * share",
    good="param share = 0.1\ntrait a = income * share",
)


def percent_here(span: Span, number: str) -> Diagnostic:
    return PERCENT_HERE.at(span, "a percentage cannot stand here", f"write {number}")


OPAQUE_KEY = Rule(
    "SEG324",
    "undeclared-type",
    "a field whose type nobody declared",
    "The schema does not say what type this key has. It joins tables; to compare it, declare its type in the schema.",
    bad="any(order where order_id = 5)",
    good='order_id = "int"',
)


def opaque_key(span: Span) -> Diagnostic:
    return OPAQUE_KEY.at(
        span, "the type of this field is not declared, so nothing can be asked of it", "declare its type in the schema"
    )


CALENDAR_UNIT = Rule(
    "SEG325",
    "calendar-unit",
    "a unit that the calendar does not begin",
    "`this` and `previous` speak of days, weeks, months, quarters and years, which begin in the calendar. Smaller units "
    "stand behind `last` and `next`.",
    bad="count(event in this hour) > 0",
    good="count(event in last 1 hour) > 0",
)


def calendar_unit(span: Span, unit: str) -> Diagnostic:
    return CALENDAR_UNIT.at(
        span,
        f"`this` and `previous` speak of days, weeks, months, quarters and years of the calendar, not of {unit}s",
        f"write `last 1 {unit}`",
    )


LIST_VALUE = Rule(
    "SEG326",
    "list-as-value",
    "a list where a single value is needed",
    "A list, such as a customer's tags, is asked what it contains, and whether it is missing, which it is when nothing is in "
    "it. It is not compared, counted, grouped by or given to a function.",
    bad='interests = "running"',
    good='interests contains "running"',
)


def list_compared(span: Span, written: str, fix: Fix | None = None) -> Diagnostic:
    return LIST_VALUE.at(span, "a list is not compared", fix.title if fix else f"ask what is in it: `{written}`", fix)


def contains_instead(span: Span, written: str) -> Fix:
    return Fix(f"ask what is in it: `{written}`", (Edit(span, written),))


def list_given(span: Span, function: str) -> Diagnostic:
    return LIST_VALUE.at(span, f"`{function}` does not take a list", 'ask what is in it: `… contains "…"`')


def list_of_rows(span: Span, function: str, written: str) -> Diagnostic:
    return LIST_VALUE.at(
        span, f"`{function}` does not take a list", f'ask the rows what is in it: `any({written} contains "…")`'
    )


def list_with_word(span: Span, word: str) -> Diagnostic:
    return LIST_VALUE.at(
        span,
        f"`{word}` looks at a single text, and this is a list of them",
        'ask for whole texts that are in it: `… contains "…"`',
    )


def contains_any_of_text(span: Span, word: str, kind: Type) -> Diagnostic:
    joined = "or" if word == "any" else "and"
    hint = f'ask a text one by one: `… contains "…" {joined} … contains "…"`' if kind.kind is Kind.STRING else None
    return WRONG_ARGUMENT.at(span, f"`contains {word}` needs a list, and this is {words(kind)}", hint)


ANNIVERSARY = Rule(
    "SEG327",
    "anniversary-alone",
    "an anniversary that is not looked for in a period",
    "`anniversary(…)` is the day of each year that a date comes round to. It has no value of its own: it stands before `in` or "
    "`not in` and a period.",
    bad="anniversary(created_at) = today",
    good="anniversary(created_at) in next 7 days",
)


def anniversary_alone(span: Span, written: str = "") -> Diagnostic:
    shown = f"anniversary({written})" if written else "anniversary(…)"
    return ANNIVERSARY.at(span, "`anniversary` only stands before a period", f"write `{shown} in next 7 days`")


DISTANCE = Rule(
    "SEG328",
    "distance-use",
    "a distance that is not compared with a number of kilometres",
    "`distance_km(lat, lon, LAT, LON)` is the way along the globe from a point of the data to one that is written down, in degrees "
    "north and east. It is compared with a number of kilometres by `<`, `<=`, `>` or `>=`, and has no value of its own.",
    bad="distance_km(latitude, longitude, 37.98, 23.73) = 25",
    good="distance_km(latitude, longitude, 37.98, 23.73) <= 25",
)


def distance_alone(span: Span) -> Diagnostic:
    return DISTANCE.at(
        span,
        "a distance is only compared with a number of kilometres",
        "write `distance_km(lat, lon, 37.98, 23.73) <= 25`",
    )


def distance_operator(span: Span, operator: str) -> Diagnostic:
    return DISTANCE.at(
        span, f"a distance is never exact enough for `{operator}`", "compare it by `<`, `<=`, `>` or `>=`"
    )


def bad_limit(span: Span, given: str) -> Diagnostic:
    return DISTANCE.at(
        span, f"a distance is compared with a number of kilometres from 0 up, and this is {given}", "such as `<= 25`"
    )


def off_the_globe(span: Span, what: str, most: int, given: str) -> Diagnostic:
    return DISTANCE.at(
        span,
        f"a {what} goes from -{most} to {most} degrees, and this is {given}",
        "the latitude (north) stands before the longitude (east): `distance_km(latitude, longitude, 37.98, 23.73)`",
    )


RULES = (
    MISMATCH,
    NO_ORDER,
    CONDITION_NEEDED,
    WRONG_ARGUMENT,
    TOO_MANY_DIGITS,
    NOT_IN_VALUES,
    NUMBER_RANGE,
    LENGTH_HERE,
    MONTHS_ON_FIELD,
    HOURS_ON_DATE,
    BAD_AMOUNT,
    BEYOND_CALENDAR,
    REVERSED_PERIOD,
    TIME_NEEDED,
    CONSTANT_NEEDED,
    BAD_LIST,
    BAD_PATTERN,
    FLOAT_DISTINCT,
    NOT_CONVERTIBLE,
    UNKNOWN_TYPE,
    BRANCHES,
    CONDITION_MISSING,
    PERCENT_HERE,
    OPAQUE_KEY,
    CALENDAR_UNIT,
    LIST_VALUE,
    ANNIVERSARY,
    DISTANCE,
)
