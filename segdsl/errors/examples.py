"""Examples (SEG360 to SEG379): rows that cannot be given, and expectations of which nobody can say whether they hold; and which
examples to run (SEG935).

Constructors take names and places, never nodes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from segdsl.diagnostics import Diagnostic, Edit, Fix, Related, Rule, Severity
from segdsl.display.english import named
from segdsl.errors.names import nearest
from segdsl.errors.types import words
from segdsl.source import NOWHERE, Span
from segdsl.types import Kind, Type

_MOST_NAMES = 12
"""So many names are listed in a hint."""


def _meant(span: Span, name: str, known: Iterable[str]) -> tuple[str | None, Fix | None]:
    """A hint, and a fix, where a known name looks like the one that was written."""
    close = nearest(name, known)
    return (None, None) if close is None else (f"did you mean `{close}`?", _written(span, close))


def _written(span: Span, text: str) -> Fix:
    return Fix(f"write `{text}`", (Edit(span, text),))


UNKNOWN_ROWS = Rule(
    "SEG360",
    "example-unknown-rows",
    "an example gives a row of something that the schema does not have",
    "Behind `given` stands what the row is of: the customer (or whatever the schema calls the one that segments select), a "
    "relation such as `order`, or a lookup such as `product`.",
    bad='example "one order"\n  given ordr total = 20\n  expect total_spent = 20',
    good='example "one order"\n  given order total = 20\n  expect total_spent = 20',
)


def unknown_rows(span: Span, name: str, known: Sequence[str]) -> Diagnostic:
    hint, fix = _meant(span, name, known)
    return UNKNOWN_ROWS.at(
        span, f"nothing is called `{name}` here", hint or f"a row can be given of {named(known, 'or')}", fix
    )


UNKNOWN_FIELD = Rule(
    "SEG361",
    "example-unknown-field",
    "an example gives a field that the row does not have",
    "A row is given by fields that the schema declares for it. Fields of its parent or of a lookup are given in a row of "
    "their own.",
    bad='example "one order"\n  given order totl = 20\n  expect total_spent = 20',
    good='example "one order"\n  given order total = 20\n  expect total_spent = 20',
)


def unknown_field(span: Span, owner: str, name: str, known: Sequence[str], elsewhere: Sequence[str]) -> Diagnostic:
    """``elsewhere``: what else has a field of that name."""
    hint, fix = _meant(span, name, known)
    if hint is None and elsewhere:
        hint = f"{named(elsewhere)} {'has' if len(elsewhere) == 1 else 'have'} one: give it in a row of its own"
    if hint is None and known:
        hint = f"it has {named(known[:_MOST_NAMES])}" + (", …" if len(known) > _MOST_NAMES else "")
    return UNKNOWN_FIELD.at(span, f"`{owner}` has no field `{name}`", hint, fix)


WORKED_OUT = Rule(
    "SEG362",
    "example-worked-out",
    "an example gives what is worked out from other things",
    "A field that `is` an expression is worked out from other fields, and the rows of a relation that `groups` others from "
    "these: an example gives what they are made of, and they follow from it as they do for real data.",
    bad='example "one line"\n  given item amount = 20\n  expect sum(item.amount) = 20',
    good='example "one line"\n  given item price = 10, quantity = 2\n  expect sum(item.amount) = 20',
)


def computed_field(span: Span, owner: str, name: str, sources: Sequence[str]) -> Diagnostic:
    hint = f"give {named(sources)}, which it is worked out from" if sources else None
    return WORKED_OUT.at(span, f"`{owner}.{name}` is worked out, so it cannot be given", hint)


def grouped_rows(span: Span, name: str, rows: str) -> Diagnostic:
    return WORKED_OUT.at(
        span,
        f"the rows of `{name}` are put together from those of `{rows}`, so they cannot be given",
        f"give rows of `{rows}`",
    )


WRONG_VALUE = Rule(
    "SEG363",
    "example-wrong-value",
    "an example gives a field a value that it cannot have",
    "A value is of the field's type: a number, a text in quotes, true or false, a date, an instant, several texts in "
    "brackets. A date or an instant may also be told from the day of the example: `41 days ago`, `today`, `now`. A field "
    "that has named values takes one of them.",
    bad='example "one order"\n  given order total = "20"\n  expect total_spent = 20',
    good='example "one order"\n  given order total = 20\n  expect total_spent = 20',
)

_SHAPES = {
    Kind.BOOL: "such as `true`",
    Kind.INT: "such as `3`",
    Kind.DECIMAL: "such as `19.50`",
    Kind.FLOAT: "such as `0.25`",
    Kind.STRING: 'such as `"abc"`',
    Kind.DATE: "such as `41 days ago` or `2026-01-31`",
    Kind.TIMESTAMP: "such as `41 days ago` or `2026-01-31`",
    Kind.LIST: 'such as `("a", "b")`',
}


def wrong_value(span: Span, owner: str, name: str, kind: Type, given: str, fix: Fix | None = None) -> Diagnostic:
    hint = fix.title if fix else _SHAPES.get(kind.kind)
    wanted = "a list of texts" if kind.kind is Kind.LIST else words(kind)
    return WRONG_VALUE.at(span, f"`{owner}.{name}` is {wanted}, and this is {given}", hint, fix)


def bracketed(span: Span) -> Fix:
    return Fix(f"a list stands in brackets, even a list of one: ({span.text})", (Edit(span, f"({span.text})"),))


def unfit_number(span: Span, owner: str, name: str, kind: Type) -> Diagnostic:
    limit = (
        f"holds numbers of up to {kind.precision - kind.scale} digits before the point and {kind.scale} behind it"
        if kind.kind is Kind.DECIMAL
        else "holds whole numbers of up to 15 digits"
        if kind.kind is Kind.INT
        else "cannot hold this number"
    )
    hint = "give a number that fits, or declare more digits in the schema" if kind.kind is Kind.DECIMAL else None
    return WRONG_VALUE.at(span, f"`{owner}.{name}` is declared {kind}, which {limit}", hint)


def not_among_values(span: Span, owner: str, name: str, value: str, values: Sequence[str]) -> Diagnostic:
    close = nearest(value, values)
    fix = None if close is None else Fix(f'write "{close}"', (Edit(span, f'"{close}"'),))
    shown = ", ".join(f'"{each}"' for each in values[:12]) + (", …" if len(values) > 12 else "")
    hint = f'did you mean "{close}"?' if close is not None else f"it may be {shown}"
    return WRONG_VALUE.at(span, f'"{value}" is none of the values of `{owner}.{name}`', hint, fix)


def outside_reach(span: Span, first: datetime, last: datetime) -> Diagnostic:
    """``first`` and ``last`` are the instants that an example can be as of."""
    message = f"this lies outside of {first.isoformat()}Z to {last.isoformat()}Z"
    return WRONG_VALUE.at(span, message, "give a day further inside of the calendar")


def outside_calendar(span: Span) -> Diagnostic:
    return WRONG_VALUE.at(
        span, "this lies outside of the years 1 to 9999", "give a time nearer to the day of the example"
    )


NO_PLACE = Rule(
    "SEG364",
    "example-row-of-whom",
    "an example does not say which row another one belongs to, or says it of one that it cannot belong to",
    "A row belongs to the one customer of the example, or to the one row of the relation above it; where there are several, "
    "they are named (`given customer ada …`, `given order o1 of ada …`), and `of` says to which one a row belongs. A row of a lookup goes "
    "by the value that leads to it, or by `of` too.",
    bad='example "two people"\n  given customer ada\n  given customer bob\n  given order total = 5\n  expect ada: orders = 1',
    good='example "two people"\n  given customer ada\n  given customer bob\n  given order of ada total = 5\n  expect ada: orders = 1',
)


def unknown_row(span: Span, name: str, known: Sequence[str]) -> Diagnostic:
    hint, fix = _meant(span, name, known)
    if hint is None:
        hint = f"the rows with a name are {named(known)}" if known else f"name one: `given customer {name} …`"
    return NO_PLACE.at(span, f"no row of this example is called `{name}`", hint, fix)


def wrong_parent(span: Span, owner: str, name: str, kind: str, parent: str) -> Diagnostic:
    """A row of ``owner`` belongs to one of ``parent``, and ``name`` is one of ``kind``."""
    return NO_PLACE.at(
        span,
        f"a row of `{owner}` belongs to one of `{parent}`, and `{name}` is a row of `{kind}`",
        f"name a row of `{parent}`",
    )


def which_parent(span: Span, owner: str, parent: str, names: Sequence[str]) -> Diagnostic:
    """``names``: those of the rows that it may belong to, as far as they have one."""
    hint = (
        f"say it with `of`: `given {owner} of {names[0]} …`"
        if names
        else f"give them names, and say it with `of`: `given {parent} a …`, `given {owner} of a …`"
    )
    return NO_PLACE.at(
        span, f"this example has several rows of `{parent}`: to which one does this `{owner}` belong?", hint
    )


def belongs_to_nobody(span: Span, entity: str) -> Diagnostic:
    return NO_PLACE.at(span, f"a `{entity}` belongs to nobody: `of` has no meaning here", "leave `of` out")


def unlinked_lookup(span: Span, lookup: str, owner: str, keys: Sequence[str]) -> Diagnostic:
    return NO_PLACE.at(
        span,
        f"nothing says which `{owner}` this `{lookup}` is for",
        f"give {named(keys)}, here and in the `{owner}`, or name the `{owner}`: `given {lookup} of …`",
    )


TWICE = Rule(
    "SEG365",
    "example-twice",
    "an example gives something twice",
    "Each name stands for one row of its example, a row has one value in each field, and keys tell rows apart.",
    bad='example "two orders"\n  given order o total = 1\n  given order o total = 2\n  expect orders = 2',
    good='example "two orders"\n  given order o total = 1\n  given order p total = 2\n  expect orders = 2',
)


def name_twice(span: Span, name: str, first: Span) -> Diagnostic:
    return TWICE.at(
        span,
        f"two rows of this example are called `{name}`",
        "give one of them another name",
        related=(Related(first, f"`{name}` is given here first"),),
    )


def field_twice(span: Span, name: str, first: Span) -> Diagnostic:
    return TWICE.at(
        span,
        f"`{name}` is given twice in one row",
        "leave one of them out",
        related=(Related(first, "here first"),),
    )


def key_twice(span: Span, owner: str, key: Sequence[str], first: Span) -> Diagnostic:
    return TWICE.at(
        span,
        f"two rows of `{owner}` have the same {named(key)}, which {'tells' if len(key) == 1 else 'tell'} them apart",
        "give another value, or leave it out: one is made up then",
        related=(Related(first, "it is given here first"),),
    )


WHO = Rule(
    "SEG366",
    "example-who",
    "an expectation does not say of whom, or says it of one who is not there",
    "What is expected is expected of a customer: of the only one, or of the one that is named: `expect ada: vip`.",
    bad='example "two people"\n  given customer ada\n  given customer bob\n  expect orders = 0',
    good='example "two people"\n  given customer ada\n  given customer bob\n  expect ada: orders = 0',
)


def unknown_who(span: Span, name: str, entity: str, known: Sequence[str]) -> Diagnostic:
    hint, fix = _meant(span, name, known)
    if hint is None:
        hint = (
            f"it may be {named(known, 'or')}"
            if known
            else f"name one: `given {entity} {name} …`, or leave `{name}:` out"
        )
    return WHO.at(span, f"no `{entity}` of this example is called `{name}`", hint, fix)


def no_person(span: Span, name: str, owner: str, entity: str) -> Diagnostic:
    return WHO.at(
        span, f"`{name}` is a row of `{owner}`, and something is expected of a `{entity}` only", f"name a `{entity}`"
    )


def of_whom(span: Span, entity: str, names: Sequence[str]) -> Diagnostic:
    hint = f"say of whom: `expect {names[0]}: …`" if names else f"name them: `given {entity} ada …`, `expect ada: …`"
    return WHO.at(span, f"this example has more than one `{entity}`: of whom is this expected?", hint)


NOTHING_EXPECTED = Rule(
    "SEG367",
    "example-nothing-expected",
    "an example in which nothing is expected",
    "An example gives rows, and then says what follows from them: `expect vip and not lapsed`.",
    bad='example "one order"\n  given order total = 20',
    good='example "one order"\n  given order total = 20\n  expect total_spent = 20',
)


def nothing_expected(span: Span) -> Diagnostic:
    return NOTHING_EXPECTED.at(span, "nothing is expected here", "say what holds then: `expect …`")


MOMENT = Rule(
    "SEG368",
    "example-moment",
    "an example as of a time that is no written one",
    "What an example says has to be the same on every day. So it is as of a written day (at whose beginning it is then "
    "evaluated) or instant. Without `as of` its times are told from the day of the example, `41 days ago`, and which day "
    "that is does not matter.",
    bad='example "today" as of today\n  expect orders = 0',
    good='example "in June" as of 2026-06-01\n  expect orders = 0',
)


def moving_moment(span: Span) -> Diagnostic:
    return MOMENT.at(span, "this is another time every day", "write a day, such as 2026-06-01, or leave `as of` out")


def no_moment(span: Span, given: str) -> Diagnostic:
    return MOMENT.at(span, f"an example is as of a day or an instant, and this is {given}", "such as 2026-06-01")


MOMENT_NEEDED = Rule(
    "SEG369",
    "example-needs-moment",
    "a written day in an example that does not say what day it is",
    "How long ago a written day was depends on what day it is: an example with written days or instants says as of which day it "
    "is meant. One in which all times are told from the day of the example needs no `as of`.",
    bad='example "one order"\n  given order placed_at = 2026-01-01\n  expect orders = 1',
    good='example "one order" as of 2026-06-01\n  given order placed_at = 2026-01-01\n  expect orders = 1',
)


def moment_needed(span: Span, title: Span) -> Diagnostic:
    return MOMENT_NEEDED.at(
        span,
        "how long ago this was depends on what day it is, and the example does not say it",
        "say it behind the title: `as of` and a day; or tell the time from that day: `41 days ago`",
        related=(Related(title, "this example has no `as of`"),),
    )


NOT_GIVEN = Rule(
    "SEG370",
    "example-not-given",
    "an expectation reads a field that the example does not give",
    "What an example does not give is missing. A field that can never be missing has to be given where an expectation reads "
    "it, by way of whatever definitions: otherwise the verdict would hang on a value that was made up. Keys, and what ties rows together, "
    "need not be given; nor does what a relation's `where` asks for: rows that are given count.",
    bad='example "one order"\n  given order\n  expect total_spent > 10',
    good='example "one order"\n  given order total = 20\n  expect total_spent > 10',
)


def not_given(span: Span, owner: str, name: str, read: Span, is_time: bool) -> Diagnostic:
    why = "it cannot be missing" if not is_time else "when it happened matters here"
    value = "… days ago" if is_time else "…"
    related = () if read.source is None else (Related(read, "it is read here"),)
    return NOT_GIVEN.at(
        span,
        f"`{owner}.{name}` is not given, and what is expected reads it: {why}",
        f"give it: `{name} = {value}`",
        related=related,
    )


NOT_COUNTING = Rule(
    "SEG371",
    "example-row-cannot-count",
    "nothing was found with which a given row counts",
    "A row that is given counts, unless it is given with what makes it not count. What the relation's `where` "
    "reads and the row does not give is made up so that it holds, of the values that `where` itself compares with. Where none of "
    "these does, the row has to say it.",
    bad='example "one order"\n  given order total = 20\n  expect total_spent = 20',
    good='example "one order"\n  given order total = 20, code = "A-17"\n  expect total_spent = 20',
)


def cannot_count(span: Span, owner: str, names: Sequence[str], where: Span) -> Diagnostic:
    related = () if where.source is None else (Related(where, "this has to hold for it"),)
    return NOT_COUNTING.at(
        span,
        f"nothing was found with which this `{owner}` counts",
        f"give {named(names)}" if names else "give what its `where` asks for, in the rows that it belongs to too",
        related=related,
    )


ALONE = Rule(
    "SEG372",
    "example-alone",
    "a rank among one single customer",
    "`top`, `bottom`, `rank`, `quantile` and `overall` compare with everyone. In an example with one customer there is nobody to "
    "compare with, and whoever has a value is first and last at once. Give a few more, each with a name.",
    bad='example "alone"\n  given order total = 5\n  expect top 10% by total_spent',
    good='example "two people"\n  given customer ada\n  given customer bob\n  given order of ada total = 5\n  '
    "expect ada: top 10% by total_spent\n  expect bob: not (top 10% by total_spent)",
    severity=Severity.WARNING,
)


def alone(span: Span, entity: str, read: Span) -> Diagnostic:
    related = () if read.source is None or read == span else (Related(read, "everyone is looked at here"),)
    return ALONE.at(
        span,
        f"this compares with everyone, and the example has one `{entity}`",
        f"give more of them, by name: `given {entity} ada …`, `given {entity} bob …`, `expect ada: …`",
        related=related,
    )


SAME_TITLE = Rule(
    "SEG373",
    "example-same-title",
    "two examples of one file have the same title",
    "Examples are told apart by their titles, in reports and where one is chosen to be run alone.",
    bad='example "one order"\n  expect orders = 0\nexample "one order"\n  expect not (orders > 0)',
    good='example "no order"\n  expect orders = 0\nexample "not even one"\n  expect not (orders > 0)',
    severity=Severity.WARNING,
)


def same_title(span: Span, title: str, first: Span) -> Diagnostic:
    return SAME_TITLE.at(
        span,
        f'another example of this file is called "{title}" too',
        "give it a title of its own",
        related=(Related(first, "here"),),
    )


NO_EXAMPLE = Rule(
    "SEG935",
    "no-such-example",
    "no example is meant by this",
    "`segdsl test` takes .seg files and folders, names of segments, tiers and traits (the examples that expect something of "
    "them), and titles of examples, which may be patterns: `'two orders*'`. One that fits nothing is an error, so that a slip of the "
    "pen does not quietly test nothing.",
    bad="segdsl test lapsd",
    good="segdsl test lapsed",
)


def no_such_example(given: str, names: Iterable[str], titles: Iterable[str]) -> Diagnostic:
    close = nearest(given, [*names, *titles])
    hint = f"did you mean `{close}`?" if close is not None else "give a file, the name of a segment, or a title"
    return NO_EXAMPLE.at(NOWHERE, f"there is no file, segment or example `{given}`", hint)


def nothing_expected_of(name: str) -> Diagnostic:
    return NO_EXAMPLE.at(
        NOWHERE, f"no example expects anything of `{name}`", f'write one: `example "…"`, `given …`, `expect {name}`'
    )


RULES: Sequence[Rule] = (
    UNKNOWN_ROWS,
    UNKNOWN_FIELD,
    WORKED_OUT,
    WRONG_VALUE,
    NO_PLACE,
    TWICE,
    WHO,
    NOTHING_EXPECTED,
    MOMENT,
    MOMENT_NEEDED,
    NOT_GIVEN,
    NOT_COUNTING,
    ALONE,
    SAME_TITLE,
    NO_EXAMPLE,
)
