"""SEG9xx: what can be wrong in a call of the command line or of the Python API, as opposed to in a text.

In: names, options and paths as the user gave them. Out: diagnostics; most have no place in a text.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from segdsl.diagnostics import Diagnostic, Related, Rule
from segdsl.errors.names import nearest
from segdsl.source import NOWHERE, Span

UNKNOWN_SEGMENT = Rule(
    "SEG901",
    "unknown-segment",
    "no segment of that name",
    "Names and name patterns (`win*`) on the command line, and names in the Python API, are those of the library's segments. "
    "`segdsl list` shows them. Traits are values that segments are made of and are not evaluated by themselves; "
    "`-e` takes a condition in place of a name.",
    bad="segdsl run lapsd",
    good="segdsl run lapsed",
)
UNMATCHED_SELECTOR = Rule(
    "SEG902",
    "selector-matches-nothing",
    "a selector that selects nothing",
    "`--select tag:win-back` takes the segments with that tag, `--select 'win*'` those whose name fits the pattern. One that "
    "fits nothing is an error, so that a slip of the pen does not quietly evaluate nothing.",
    bad="segdsl run --select tag:winback",
    good="segdsl run --select tag:win-back",
)
BAD_AS_OF = Rule(
    "SEG903",
    "bad-as-of",
    "an as_of that is not an instant",
    "Every evaluation happens as of an instant: a datetime, a date (its beginning), or a text of one of these in ISO 8601. "
    "Without an offset from UTC it is read in the schema's time zone. It lies from 0001-01-03 to 9999-12-29, in UTC: the calendar "
    "has the years 1 to 9999, and other time zones need some of either side.",
    bad="segdsl run --as-of 31/01/2026",
    good="segdsl run --as-of 2026-01-31T10:00:00Z",
)
BAD_SETTING = Rule(
    "SEG904",
    "bad-setting",
    "a setting that is not NAME=VALUE",
    "A setting gives a parameter of the library another value for this call: the name of the parameter, an equals sign, and a "
    "constant as it would stand behind `param`, or a plain text.",
    bad='segdsl run --set "60 days"',
    good='segdsl run --set lapse="60 days"',
)
NO_PROJECT = Rule(
    "SEG905",
    "no-project",
    "no project file",
    "Segments are defined over the tables that a project file, `segdsl.toml`, describes. It is looked for in the working "
    "directory and upward from there; `--project` names one. A condition over a single table needs none: `-e CONDITION --data "
    "TABLE.parquet`.",
    bad="cd / && segdsl run",
    good="segdsl run --project shop/segdsl.toml",
)
UNREADABLE_FILE = Rule(
    "SEG906",
    "unreadable-file",
    "a file that cannot be read",
    "The file is not there, may not be read, is a folder, or is not text in UTF-8. A byte order mark and Windows line ends are "
    "fine.",
    bad="segdsl check missing.seg",
    good="segdsl check segments/shop.seg",
)
UNWRITABLE_FILE = Rule(
    "SEG907",
    "unwritable-file",
    "a file that cannot be written",
    "Results are written beside their destination and moved there when complete, so the folder must exist and be writable. What "
    "stood there before is left as it was when writing fails.",
    bad="segdsl run --output /nowhere/members.csv lapsed",
    good="segdsl run --output members.csv lapsed",
)
UNKNOWN_CHOICE = Rule(
    "SEG908",
    "unknown-choice",
    "not one of the possible values",
    "A shape is one of members, flags, counts and memberships; a dialect is one of those that segdsl writes; a format is one of "
    "those that the command offers.",
    bad="segdsl compile --dialect duckdbb",
    good="segdsl compile --dialect duckdb",
)
UNFIT_OPTIONS = Rule(
    "SEG909",
    "unfit-options",
    "options that do not go together",
    "Some options exclude or need each other: `members` are those of one segment, `-e` stands in place of names, parquet needs a "
    "file to go to.",
    bad="segdsl run --shape members vip lapsed",
    good="segdsl run --shape memberships vip lapsed",
)
EXISTING_FILE = Rule(
    "SEG910",
    "file-exists",
    "a file that would be overwritten",
    "`segdsl init` and `segdsl demo` write a new project and leave an existing one alone.",
    bad="segdsl init .        # where there is a segdsl.toml already",
    good="segdsl init elsewhere",
)
UNKNOWN_RULE = Rule(
    "SEG911",
    "unknown-rule",
    "no diagnostic of that code",
    "Every diagnostic has a code such as SEG201 and a name such as unknown-name; `segdsl rule all` lists them.",
    bad="segdsl rule SEG9999",
    good="segdsl rule SEG901",
)
NOTHING_DEFINED = Rule(
    "SEG912",
    "nothing-defined",
    "a library without segments",
    "The files of the project define no segment, so there is nothing to evaluate or compile.",
    bad="param lapse = 90 days",
    good='segment buyers "Buyers"\n  where orders >= 1',
)
WRONG_ARGUMENT = Rule(
    "SEG913",
    "wrong-argument",
    "an argument of the wrong sort",
    "The Python API takes texts for names and conditions, mappings for tables and fields, Schema objects for schemas, and "
    "Polars frames (or what offers the Arrow stream interface) for data.",
    bad='segdsl.expr("orders >= 1", 42)',
    good='segdsl.expr("orders >= 1", {"orders": "int"})',
)
NO_KEY = Rule(
    "SEG914",
    "no-key",
    "no column that could be the key",
    "Without a project file the key is guessed: a column named `id` or like the table, such as `customer_id`, or the first whose "
    "values are present and all different. Say it with `--key` or `key=`.",
    bad="segdsl run -e 'orders >= 1' --data visits.csv",
    good="segdsl run -e 'orders >= 1' --data visits.csv --key visitor",
)
NO_DATA = Rule(
    "SEG915",
    "no-data",
    "no data to evaluate on",
    "`segdsl run` reads the tables from where the project file says in `[data]`, from a folder or file given with `--data`, or "
    "from a database given with `--url`.",
    bad="segdsl run vip",
    good="segdsl run vip --data exports/",
)
ROW_ALONE = Rule(
    "SEG916",
    "row-alone",
    "a condition about everybody where each row is seen by itself",
    "`segdsl.expr` makes an expression that is asked of each row of a frame by itself. A rank and `overall` compare a row with all "
    "the others, which `frame.filter` may have narrowed already. `segdsl run --data FILE` and a library see the whole table.",
    bad='frame.filter(segdsl.expr("top 10% by spent", frame))',
    good="segdsl run -e 'top 10% by spent' --data customers.csv",
)
OTHER_STATEMENT = Rule(
    "SEG917",
    "other-statement",
    "a compiled statement that new values do not fit",
    "`CompiledSQL.bind` gives a statement that was compiled with `bind=True` the values of another instant or setting, its text "
    "staying as it is. A list of another length, a length of time added to a field, the number of a rank, or a number with more "
    "digits behind the point make another text: compile the segment with the new setting. A statement without placeholders has "
    "nothing to be given.",
    bad='vip.sql("postgres").bind(as_of="2026-01-31")',
    good='vip.sql("postgres", bind=True).bind(as_of="2026-01-31")',
)
CONDITION_NAME = Rule(
    "SEG918",
    "condition-name",
    "a name that a bare condition cannot have",
    "Results tell segments apart by name, and a bare condition goes by the one that `name=` gives it, else by `condition`. Of the "
    "segments and conditions selected together no two have the same name, and none has the key's. A name is not empty, and has no "
    "control characters.",
    bad='library.select([library.condition("orders > 3"), library.condition("orders > 9")])',
    good='library.select([library.condition("orders > 3", name="some"), library.condition("orders > 9", name="many")])',
)
OTHER_SEGMENT = Rule(
    "SEG919",
    "other-segment",
    "a segment of another library",
    "A segment belongs to the library that it was taken from: its definitions, schema and settings. A library with other ones would "
    "find a segment of the same name and answer another question. A segment of a library that says the same, read once more, is "
    "as good as its own.",
    bad='library.select([library.with_settings(lapse="30 days")["buyers"]])',
    good='library.with_settings(lapse="30 days").select(["buyers"])',
)
INTERNAL = Rule(
    "SEG999",
    "internal-error",
    "a bug in segdsl",
    "Something happened that segdsl did not foresee. With SEGDSL_DEBUG=1 in the environment the command shows where; please "
    "report it together with the text that brought it about.",
)


def _hint(name: str, known: Iterable[str]) -> str | None:
    names = sorted(set(known))
    near = nearest(name, names)
    if near is not None:
        return f"did you mean `{near}`?"
    return f"there are {', '.join(names)}" if 0 < len(names) <= 20 else None


def _a(word: str) -> str:
    return f"an {word}" if word[:1] in "aeiou" else f"a {word}"


def unknown_segment(name: str, known: Iterable[str]) -> Diagnostic:
    names = tuple(known)
    return UNKNOWN_SEGMENT.at(
        NOWHERE, f"no segment is named `{name}`", _hint(name, names) or ("see `segdsl list`" if names else None)
    )


def tiers_as_segment(name: str, cases: Iterable[str]) -> Diagnostic:
    return UNKNOWN_SEGMENT.at(
        NOWHERE,
        f"`{name}` are tiers, and each case of them is a segment",
        f"the segments are {', '.join(f'`{case}`' for case in cases)}",
    )


def unknown_case(tiers: str, name: str, cases: Iterable[str]) -> Diagnostic:
    """``cases`` go by their full names, in the order of the text."""
    names = tuple(cases)
    near = nearest(name, [case.removeprefix(f"{tiers}.") for case in names])
    listed = f"they are {', '.join(f'`{case}`' for case in names)}"
    hint = listed if near is None else f"did you mean `{tiers}.{near}`?"
    return UNKNOWN_SEGMENT.at(NOWHERE, f"the tiers `{tiers}` have no case `{name}`", hint)


def unread_segment(name: str, span: Span, first: Diagnostic | None) -> Diagnostic:
    """``first``: what is wrong with the definition."""
    return UNKNOWN_SEGMENT.at(
        span,
        f"the definition of `{name}` cannot be read",
        "`segdsl check` tells all that is wrong with it",
        related=() if first is None else (Related(first.span, f"{first.code}: {first.message}"),),
    )


def left_out_segment(name: str, pack: str, reason: str) -> Diagnostic:
    return UNKNOWN_SEGMENT.at(
        NOWHERE,
        f"the segment `{name}` of the pack `{pack}` is left out on this schema: {reason}",
        f"declare in the schema what is missing, or define `{name}` yourself with `override`",
    )


def unmatched_pattern(pattern: str) -> Diagnostic:
    return UNKNOWN_SEGMENT.at(NOWHERE, f"no segment's name fits `{pattern}`", "see `segdsl list`")


def not_a_segment(name: str, kind: str) -> Diagnostic:
    return UNKNOWN_SEGMENT.at(
        NOWHERE,
        f"`{name}` is a {kind}, not a segment",
        f"a condition may use it: -e '{name} …'" if kind == "trait" else f"another value is set by --set {name}=…",
    )


def unmatched_tag(tag: str, known: Iterable[str]) -> Diagnostic:
    return UNMATCHED_SELECTOR.at(NOWHERE, f"no segment has the tag `{tag}`", _hint(tag, known))


def unknown_selector(selector: str) -> Diagnostic:
    return UNMATCHED_SELECTOR.at(
        NOWHERE, f"`{selector}` is not a selector", "write tag:TAG, or a name or pattern such as win*"
    )


def bad_as_of(written: object) -> Diagnostic:
    shown = f"`{written}`" if isinstance(written, str) else _a(type(written).__name__)
    return BAD_AS_OF.at(NOWHERE, f"{shown} is not an instant or a date", "write 2026-01-31 or 2026-01-31T10:00:00Z")


def as_of_out_of_range(written: object, first: datetime, last: datetime) -> Diagnostic:
    """``first`` and ``last`` are the instants that can be asked about."""
    message = f"`{written}` lies outside of {first.isoformat()}Z to {last.isoformat()}Z"
    return BAD_AS_OF.at(NOWHERE, message, "write a day such as 2026-01-31")


def bad_setting(written: str) -> Diagnostic:
    return BAD_SETTING.at(NOWHERE, f"`{written}` is not a setting", 'write NAME=VALUE, such as --set lapse="60 days"')


def repeated_setting(name: str) -> Diagnostic:
    return BAD_SETTING.at(NOWHERE, f"`{name}` is set twice", "leave one of the two out")


def no_project(folder: str) -> Diagnostic:
    return NO_PROJECT.at(
        NOWHERE,
        f"there is no segdsl.toml in {folder} or above it",
        "`segdsl init` makes one; `--project` names one elsewhere",
    )


def unreadable_file(name: str, reason: str, hint: str | None = None) -> Diagnostic:
    return UNREADABLE_FILE.at(NOWHERE, f"cannot read {name}: {reason}", hint)


def unwritable_file(name: str, reason: str) -> Diagnostic:
    elsewhere = any(word in reason for word in ("no such", "permission", "not a directory", "read-only"))
    hint = "name a folder that exists and that you may write to" if elsewhere else None
    return UNWRITABLE_FILE.at(NOWHERE, f"cannot write {name}: {reason}", hint)


def unknown_choice(what: str, given: object, known: Iterable[str]) -> Diagnostic:
    names = tuple(known)
    near = nearest(given, names) if isinstance(given, str) else None
    hint = f"did you mean `{near}`?" if near else f"it is one of {', '.join(names)}"
    return UNKNOWN_CHOICE.at(NOWHERE, f"`{given}` is not {_a(what)}", hint)


def unfit_options(message: str, hint: str | None = None) -> Diagnostic:
    return UNFIT_OPTIONS.at(NOWHERE, message, hint)


def members_of_one(count: int) -> Diagnostic:
    return unfit_options(
        f"the shape `members` is that of one segment, and {count:,} are selected",
        "name one, or take the shape memberships",
    )


def funnel_of_one(count: int) -> Diagnostic:
    return unfit_options(
        f"a funnel is that of one segment, and {count:,} are selected",
        "name one; of tiers, one case: --funnel tier.gold",
    )


def overlap_of_several() -> Diagnostic:
    return unfit_options("an overlap is that of at least two segments, and one is selected", "name another one")


def names_and_conditions() -> Diagnostic:
    return unfit_options(
        "names and selectors cannot be mixed with -e", "a condition may use the names: -e 'vip and not lapsed'"
    )


def needs_file(format: str) -> Diagnostic:
    return unfit_options(f"the format {format} is not for a terminal", "give a file with --output, or pipe it on")


def unknown_ending(path: str, endings: Iterable[str]) -> Diagnostic:
    return unfit_options(
        f"the ending of {path} does not say in which format to write it",
        f"give --format, or one of the endings {', '.join(endings)}",
    )


def empty_url() -> Diagnostic:
    return unfit_options(
        "--url is empty", "give duckdb:///FILE, sqlite:///FILE, postgresql://…, mysql://… or clickhouse://…"
    )


def needs_folder(what: str) -> Diagnostic:
    return unfit_options(f"{what} makes several files", "give a folder with --output")


def only_with(option: str, other: str) -> Diagnostic:
    return unfit_options(f"{option} serves only together with {other}")


def not_both(first: str, second: str) -> Diagnostic:
    return unfit_options(f"{first} and {second} exclude each other")


def stdin_twice() -> Diagnostic:
    return unfit_options("standard input can be read only once")


def existing_file(name: str, otherwise: str | None = None) -> Diagnostic:
    hint = "name another folder" if otherwise is None else f"name another folder; {otherwise}"
    return EXISTING_FILE.at(NOWHERE, f"{name} is there already and is left as it is", hint)


def unknown_rule(code: str, known: Iterable[str]) -> Diagnostic:
    near = nearest(code, known)
    return UNKNOWN_RULE.at(
        NOWHERE, f"no diagnostic has the code `{code}`", f"did you mean `{near}`?" if near else "see `segdsl rule all`"
    )


def nothing_defined() -> Diagnostic:
    return NOTHING_DEFINED.at(
        NOWHERE, "there is no segment here", "a .seg file defines one: segment NAME where CONDITION"
    )


def wrong_argument(name: str, wanted: str, given: object) -> Diagnostic:
    return WRONG_ARGUMENT.at(NOWHERE, f"{name} has to be {wanted}, not {_a(type(given).__name__)}")


def bad_condition_name(name: str) -> Diagnostic:
    what = "is empty" if not name else f"has control characters: {name!r}"
    return CONDITION_NAME.at(NOWHERE, f"the name of a condition {what}", 'give it another: name="…"')


def key_as_condition_name(name: str) -> Diagnostic:
    return CONDITION_NAME.at(
        NOWHERE,
        f"`{name}` is the key, whose column stands beside the condition's",
        'give the condition another name: name="…"',
    )


def other_segment(name: str) -> Diagnostic:
    message = f"`{name}` is of another library: other texts, another schema, other settings or another version"
    return OTHER_SEGMENT.at(NOWHERE, message, "ask the library that it was taken from, or give a name of this one")


def same_name(name: str) -> Diagnostic:
    return CONDITION_NAME.at(
        NOWHERE, f"two of those selected are named `{name}`", 'give each condition a name of its own: name="…"'
    )


def no_such_column(name: str, known: Iterable[str]) -> Diagnostic:
    return NO_KEY.at(NOWHERE, f"the table has no column `{name}`", _hint(name, known))


def no_key(table: str) -> Diagnostic:
    return NO_KEY.at(
        NOWHERE, f"the table {table} has no column that could be its key", "say which one is, with --key or key="
    )


def no_data() -> Diagnostic:
    return NO_DATA.at(
        NOWHERE, "nothing says where the data is", "give --data FOLDER or --url, or fill [data] in the project file"
    )


def no_such_data(path: str) -> Diagnostic:
    return NO_DATA.at(NOWHERE, f"there is no file or folder {path}", "check the path")


def row_alone(span: Span) -> Diagnostic:
    return ROW_ALONE.at(
        span,
        "this is about all rows, and an expression for a frame sees each row by itself",
        "evaluate it over the whole table: `segdsl run -e … --data FILE`, or a library",
    )


def nothing_to_bind(*, compiled_elsewhere: bool) -> Diagnostic:
    if compiled_elsewhere:
        return OTHER_STATEMENT.at(
            NOWHERE, "this statement was compiled elsewhere, from a library that is not here", "compile it again here"
        )
    return OTHER_STATEMENT.at(
        NOWHERE, "the constants of this statement are written into its text", "compile it with bind=True"
    )


def other_statement(settings: Iterable[str]) -> Diagnostic:
    named = " and ".join(f"`{name}`" for name in settings)
    return OTHER_STATEMENT.at(
        NOWHERE,
        f"the text of the statement itself depends on {named}",
        "compile it again with the new setting",
    )


def internal(summary: str) -> Diagnostic:
    return INTERNAL.at(
        NOWHERE,
        f"segdsl met an error of its own: {summary}",
        "please report it; SEGDSL_DEBUG=1 shows where it happened",
    )


RULES = (
    UNKNOWN_SEGMENT,
    UNMATCHED_SELECTOR,
    BAD_AS_OF,
    BAD_SETTING,
    NO_PROJECT,
    UNREADABLE_FILE,
    UNWRITABLE_FILE,
    UNKNOWN_CHOICE,
    UNFIT_OPTIONS,
    EXISTING_FILE,
    UNKNOWN_RULE,
    NOTHING_DEFINED,
    WRONG_ARGUMENT,
    NO_KEY,
    NO_DATA,
    ROW_ALONE,
    OTHER_STATEMENT,
    CONDITION_NAME,
    OTHER_SEGMENT,
    INTERNAL,
)
