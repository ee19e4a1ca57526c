"""Messages about the schema and the project file (SEG4xx), wherever it was written: TOML, a mapping, a database's catalogue."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import replace

from segdsl.diagnostics import Diagnostic, Edit, Fix, Related, Rule, Severity
from segdsl.display.english import named
from segdsl.source import Span

NOT_TOML = Rule(
    "SEG401",
    "not-toml",
    "the project file is not well-formed TOML",
    "A project file is written in TOML: `key = value` lines under `[headers]`, texts in quotes.",
    bad="[entity]\nkey = customer_id",
    good='[entity]\nkey = "customer_id"',
)
UNREADABLE = Rule(
    "SEG402",
    "unreadable-project-file",
    "the project file cannot be read",
    "The file is not there, is not text in UTF-8, or is far too large or too deeply nested to be a project file.",
)
UNKNOWN_KEY = Rule(
    "SEG403",
    "unknown-key",
    "a key that means nothing here",
    "Every key of a project file has a meaning; one that is misspelt would otherwise silently do nothing.",
    bad='[relations.order]\ntabel = "orders"',
    good='[relations.order]\ntable = "orders"',
)
WRONG_VALUE = Rule(
    "SEG404",
    "wrong-value",
    "a value of the wrong sort",
    "The key is known, but what stands behind it is not what it takes.",
    bad="timezone = 2",
    good='timezone = "Europe/Athens"',
)
MISSING_KEY = Rule(
    "SEG405",
    "missing-key",
    "something that must be said is not",
    "An entity needs its key, a relation what joins it to its parent, a field its type.",
    bad='[relations.visit]\ntable = "visits"',
    good='[relations.visit]\ntable = "visits"\non = "customer_id"',
)
UNKNOWN_TYPE = Rule(
    "SEG406",
    "unknown-type",
    "not a type of the language",
    "The types are bool, int, decimal(p,s) with at most 38 digits, float, string, date, timestamp and list(string); a `?` "
    "behind one says that the value can be missing.",
    bad='total = "money"',
    good='total = "decimal(12,2)"',
)
BAD_NAME = Rule(
    "SEG407",
    "bad-name",
    "a name that no text could write",
    "Names of entities, relations, lookups, fields and traits are words (other names stand in backquotes in a text); they "
    "cannot be empty or hold backquotes, line breaks or invisible characters.",
    bad='"a`b" = "int"',
    good='a_b = { type = "int", column = "a`b" }',
)
NAME_TAKEN = Rule(
    "SEG408",
    "name-taken",
    "one name for two things",
    "The entity, the relations, the lookups and the traits share their names, and the fields of one table have names of "
    "their own. Two names that differ only in upper and lower case count as one, because databases disagree on it.",
    bad='[entity.fields]\nemail = "string?"\nEmail = "string?"',
    good='[entity.fields]\nemail = "string?"\nemail_2 = { type = "string?", column = "second_email" }',
)
UNKNOWN_REFERENCE = Rule(
    "SEG409",
    "unknown-reference",
    "a name that the schema does not declare",
    "`parent`, `from`, `groups` and `of` name a relation (`parent` and `of` the entity too, `of` also a lookup); `key`, `on`, "
    "`by`, `time` and `created` name fields.",
    bad='[relations.item]\nparent = "ordr"\non = "order_id"',
    good='[relations.item]\nparent = "order"\non = "order_id"',
)
CYCLE = Rule(
    "SEG410",
    "schema-cycle",
    "relations that stand on each other",
    "Following `parent`, `from`, `groups` and `of` must end at the entity.",
    bad='[relations.a]\nfrom = "b"\n[relations.b]\nfrom = "a"',
    good='[relations.a]\non = "customer_id"\n[relations.b]\nfrom = "a"',
)
NOT_A_TIME = Rule(
    "SEG411",
    "not-a-time",
    "a time must be a date or a timestamp",
    "`time` and `created` name a declared field of type date or timestamp: all visibility and all periods rest on it.",
    bad='[relations.order]\non = "customer_id"\ntime = "placed_at"\n[relations.order.fields]\nplaced_at = "string"',
    good='[relations.order]\non = "customer_id"\ntime = "placed_at"\n[relations.order.fields]\nplaced_at = "timestamp"',
)
BAD_JOIN = Rule(
    "SEG412",
    "bad-join",
    "two fields that cannot be joined",
    "What a row is joined by has the same type on both sides. Floats and lists join nothing.",
    bad='customer_id = "string"  # in [relations.order.fields], while the entity\'s customer_id is an int',
    good='customer_id = "int"',
)
SEVERAL_PARENTS = Rule(
    "SEG428",
    "several-parents",
    "rows that may belong to several parents",
    "A join that does not name its parent's key may find several parent rows. The row then counts once for each customer, so it "
    "has to be told apart by a key of its own, and where its parent has a time, by a time of its own.",
    bad='[relations.parcel]\nparent = "order"\non = "customer_id"',
    good='[relations.parcel]\nparent = "order"\non = "order_id"',
)
BAD_KEY = Rule(
    "SEG413",
    "bad-key",
    "a key that cannot be one",
    "A key is present and unique in every row: its type has no `?`, and it is no float and no list. The key of the entity is a "
    "column.",
    bad='[entity]\nkey = "customer_id"\n[entity.fields]\ncustomer_id = "int?"',
    good='[entity]\nkey = "customer_id"\n[entity.fields]\ncustomer_id = "int"',
)
BAD_OPTION = Rule(
    "SEG414",
    "bad-field-option",
    "an option that does not fit the field",
    "`values` belongs to strings, `ordered` to fields with values, `missing` to strings and numbers that can be missing, "
    "`column` to fields that are no expression, `changes` to relations.",
    bad='size = { type = "int", values = ["S", "M"] }',
    good='size = { type = "string", values = ["S", "M"] }',
)
REPEATED = Rule(
    "SEG415",
    "repeated-value",
    "the same value twice",
    "Values, codes, names in `by`, `key` and `on`, tables in `distinct` stand once each.",
    bad='size = { type = "string", values = ["S", "M", "S"] }',
    good='size = { type = "string", values = ["S", "M", "L"] }',
)
CONFLICT = Rule(
    "SEG416",
    "conflicting-keys",
    "two keys that exclude each other",
    "A relation is a table, or `from` another, or `groups` another: each takes keys of its own. An entity is a table or "
    "`distinct` keys of others. Data lies at a `path` or at a `url`.",
    bad='[relations.return]\nfrom = "item"\ntable = "returns"',
    good="[relations.return]\nfrom = \"item\"\nwhere = 'quantity < 0'",
)
FIELD_OF_NOTHING = Rule(
    "SEG417",
    "field-of-nothing",
    "a field that no column holds",
    "A group has the fields that it is formed `by`, and fields that are an expression over its rows (`is`). An entity made of "
    "distinct keys has its key, and fields that are an expression.",
    bad='[relations.basket]\ngroups = "item"\nby = "order_id"\n[relations.basket.fields]\nworth = "decimal(12,2)"',
    good='[relations.basket]\ngroups = "item"\nby = "order_id"\n[relations.basket.fields]\n'
    'worth = { type = "decimal(12,2)", is = "sum(item.amount)" }',
)
CASE_ONLY = Rule(
    "SEG418",
    "case-only-columns",
    "tables or columns that differ only in upper and lower case",
    "Many databases cannot tell them apart.",
    bad='weight = { type = "int", column = "Grams" }\nheavy = { type = "int", column = "GRAMS" }',
    good='weight = { type = "int", column = "Grams" }',
)
UNKNOWN_ZONE = Rule(
    "SEG419",
    "unknown-time-zone",
    "not a time zone",
    "Time zones have the names of the IANA table, an area and a city, or `UTC`.",
    bad='timezone = "Athens"',
    good='timezone = "Europe/Athens"',
)
UNKNOWN_PACK = Rule(
    "SEG420",
    "unknown-pack",
    "no pack of that name ships with segdsl",
    "`packs` and `schema` name predefined packs.",
    bad='packs = ["comerce"]',
    good='packs = ["commerce"]',
)
UNKNOWN_EDITION = Rule(
    "SEG421",
    "unknown-edition",
    "an edition of the language that this version does not know",
    "`language` names the edition that the texts were written in, so that a newer segdsl reads them as they were meant.",
    bad='language = "7"',
    good='language = "1"',
)
UNSET_VARIABLE = Rule(
    "SEG422",
    "unset-variable",
    "an environment variable that is not set",
    "`${NAME}` in a url stands for an environment variable, so that no secret lies in the file.",
    bad='[data]\nurl = "postgresql://app:${DB_PASSWORD}@db/shop"  # and DB_PASSWORD is not set',
    good='[data]\nurl = "postgresql://app:${DB_PASSWORD}@db/shop"  # behind export DB_PASSWORD=…',
)
NO_SUCH_PATH = Rule(
    "SEG423",
    "no-such-path",
    "a file or folder that is not there",
    "`segments` names .seg files, or folders of them, beside the project file.",
    bad='segments = ["segmnts"]',
    good='segments = ["segments"]',
)
WRITTEN_PASSWORD = Rule(
    "SEG424",
    "written-password",
    "a password in a file",
    "A project file is shared and kept under version control; take the password from the environment.",
    bad='[data]\nurl = "postgresql://app:hunter2@db/shop"',
    good='[data]\nurl = "postgresql://app:${DB_PASSWORD}@db/shop"',
    severity=Severity.WARNING,
)
NOTHING_TO_DROP = Rule(
    "SEG425",
    "nothing-to-drop",
    "`false` where there is nothing to leave out",
    'With `schema = "commerce"`, `table = false` leaves out a relation or lookup of that schema, and a field that is `false` '
    "is left out too. Anywhere else there is nothing to leave out.",
    bad='[entity]\nkey = "customer_id"\n[entity.fields]\nemail = false',
    good='schema = "commerce"\n[entity.fields]\nemail = false',
)
NOTHING_FOUND = Rule(
    "SEG426",
    "nothing-to-infer",
    "no schema can be made of this",
    "A schema can be inferred from tables that have at least one column of a type that the language knows.",
)
NO_PROJECT = Rule(
    "SEG427",
    "no-project-here",
    "the file says nothing about a project",
    "A pyproject.toml holds a project in its table `[tool.segdsl]`.",
    bad='[project]\nname = "shop"',
    good='[tool.segdsl]\nsegments = ["segments"]',
)


# -- hints --------------------------------------------------------------------------------------------------------


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was most probably meant."""
    distinct = set(known)
    if len(distinct) > _MOST_COMPARED:
        return None
    names = sorted(distinct)
    lowered = {n.lower(): n for n in reversed(names)}
    if name.lower() in lowered:
        return lowered[name.lower()]
    close = difflib.get_close_matches(name.lower(), list(lowered), n=1, cutoff=0.6)
    return lowered[close[0]] if close else None


_MOST_COMPARED = 1000
"""Each comparison takes some microseconds: a file of thousands of names, each wrong, must not take minutes."""


def _did_you_mean(name: str, known: Iterable[str]) -> str | None:
    names = sorted(set(known))
    near = nearest(name, names)
    if near is not None:
        return f"did you mean `{near}`?"
    return f"known here: {', '.join(f'`{n}`' for n in names)}" if 0 < len(names) <= 20 else None


def _replace_word(span: Span, name: str, near: str | None) -> Fix | None:
    """A mend for a misspelt word, where the span is that word, quoted or not."""
    if near is None or span.source is None:
        return None
    start, end = span.start, span.end
    if span.text[:1] in ("'", '"'):
        start, end = start + 1, end - 1
    inner = Span(span.source, start, end)
    return Fix(f"write `{near}`", (Edit(inner, near),)) if inner.text == name else None


def at_path(diagnostic: Diagnostic, path: Iterable[str | int]) -> Diagnostic:
    """The same for a schema made in Python, which has no lines: the message begins with the path of the value."""
    dotted = ".".join(str(part) for part in path)
    return replace(diagnostic, message=f"{dotted}: {diagnostic.message}") if dotted else diagnostic


# -- the file -----------------------------------------------------------------------------------------------------


def not_toml(span: Span, reason: str) -> Diagnostic:
    reason = reason[:1].lower() + reason[1:]
    hint = "texts stand in quotes" if "invalid value" in reason else None
    return NOT_TOML.at(span, f"this is not well-formed TOML: {reason}", hint)


def too_large(span: Span, limit: int) -> Diagnostic:
    return UNREADABLE.at(
        span, f"the file is larger than {limit:,} characters, more than any project file needs", "is it the right file?"
    )


def too_deep(span: Span, limit: int) -> Diagnostic:
    return UNREADABLE.at(
        span, f"tables and lists nest deeper than {limit} levels", "take the inner ones out of their brackets"
    )


def unreadable(span: Span, name: str, reason: str) -> Diagnostic:
    return UNREADABLE.at(span, f"cannot read {name}: {reason}", "check the path; `segdsl init` makes a project file")


def not_utf8(span: Span) -> Diagnostic:
    return UNREADABLE.at(span, "the file is not text in UTF-8 from here on", "save it as UTF-8")


def no_project(span: Span, name: str) -> Diagnostic:
    return NO_PROJECT.at(
        span, f"{name} has no table [tool.segdsl]", "add it, or make a segdsl.toml of its own by `segdsl init`"
    )


# -- keys and values ----------------------------------------------------------------------------------------------


def unknown_key(span: Span, name: str, where: str, known: Iterable[str]) -> Diagnostic:
    known = tuple(known)
    return UNKNOWN_KEY.at(
        span,
        f"{where} has no key `{name}`",
        _did_you_mean(name, known),
        _replace_word(span, name, nearest(name, known)),
    )


_SORTS = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list", dict: "a table"}


def sort_of(value: object) -> str:
    if value is None:
        return "nothing"
    return _SORTS.get(type(value), "a date or time" if hasattr(value, "isoformat") else f"a {type(value).__name__}")


def wrong_value(span: Span, key: str, wanted: str, value: object, hint: str | None = None) -> Diagnostic:
    return WRONG_VALUE.at(span, f"`{key}` takes {wanted}, not {sort_of(value)}", hint)


def empty_value(span: Span, key: str, wanted: str) -> Diagnostic:
    return WRONG_VALUE.at(span, f"`{key}` is empty; it takes {wanted}")


def unusable_text(span: Span, key: str) -> Diagnostic:
    return WRONG_VALUE.at(
        span, f"`{key}` holds a character that no database can store in a name (NUL, or half a character)"
    )


def wrong_limit(span: Span, key: str) -> Diagnostic:
    return WRONG_VALUE.at(
        span, f"the limit `{key}` takes a whole number of at least 1", "leave it out for the usual limit"
    )


def missing_key(span: Span, key: str, where: str, example: str) -> Diagnostic:
    return MISSING_KEY.at(span, f"{where} does not say its `{key}`", f"add {example}")


def no_entity(span: Span) -> Diagnostic:
    return MISSING_KEY.at(
        span,
        "there is no [entity]: nothing says what segments select",
        'add [entity] with a table and a key, or schema = "commerce"',
    )


def conflict(span: Span, key: str, other: str, reason: str) -> Diagnostic:
    return CONFLICT.at(span, f"`{key}` does not go with `{other}`: {reason}", f"leave out `{key}` or `{other}`")


def repeated(span: Span, what: str, value: str) -> Diagnostic:
    return REPEATED.at(span, f"{what} `{value}` stands twice", "remove one of the two")


def nothing_to_drop(span: Span, what: str) -> Diagnostic:
    return NOTHING_TO_DROP.at(
        span, f"there is no {what} to leave out", "`false` leaves out a part of the schema that `schema = …` names"
    )


# -- names --------------------------------------------------------------------------------------------------------


def bad_name(span: Span, name: str) -> Diagnostic:
    shown = name if name and name.isprintable() else ascii(name)
    hint = 'choose a plain name and give the physical one: { type = "…", column = "…" }'
    return BAD_NAME.at(span, f"`{shown}` cannot be a name" if name else "a name cannot be empty", hint)


def name_taken(span: Span, name: str, what: str, other: str, first: Span) -> Diagnostic:
    related = (Related(first, f"`{other}` stands here"),) if first.source else ()
    if name == other:
        return NAME_TAKEN.at(span, f"`{name}` is already {what}", "give one of the two another name", related=related)
    return NAME_TAKEN.at(
        span,
        f"`{name}` and `{other}` ({what}) differ only in upper and lower case",
        "give one of the two another name",
        related=related,
    )


def case_only(span: Span, what: str, name: str, other: str, first: Span) -> Diagnostic:
    related = (Related(first, f"`{other}` stands here"),) if first.source else ()
    return CASE_ONLY.at(
        span,
        f"the {what} `{name}` and `{other}` differ only in upper and lower case",
        "write them alike, or rename one",
        related=related,
    )


def unknown_reference(span: Span, key: str, name: str, known: Iterable[str], wanted: str) -> Diagnostic:
    known = tuple(known)
    return UNKNOWN_REFERENCE.at(
        span,
        f"`{key}` names `{name}`, which is not {wanted}",
        _did_you_mean(name, known),
        _replace_word(span, name, nearest(name, known)),
    )


def unknown_field(span: Span, key: str, name: str, owner: str, known: Iterable[str], why: str) -> Diagnostic:
    known = tuple(known)
    return UNKNOWN_REFERENCE.at(
        span,
        f"`{key}` names `{name}`, but `{owner}` has no such field ({why})",
        _did_you_mean(name, known),
        _replace_word(span, name, nearest(name, known)),
    )


def cycle(span: Span, names: Iterable[str]) -> Diagnostic:
    chain = " → ".join(f"`{name}`" for name in names)
    return CYCLE.at(
        span,
        f"these stand on each other: {chain}",
        "following `parent`, `from`, `groups` and `of` must end at the entity",
    )


# -- types --------------------------------------------------------------------------------------------------------

OTHER_NAMES = {
    "text": "string",
    "str": "string",
    "varchar": "string",
    "char": "string",
    "utf8": "string",
    "enum": "string",
    "uuid": "string",
    "integer": "int",
    "bigint": "int",
    "int64": "int",
    "long": "int",
    "boolean": "bool",
    "number": "decimal(12,2)",
    "money": "decimal(12,2)",
    "decimal": "decimal(12,2)",
    "numeric": "decimal(12,2)",
    "double": "float",
    "real": "float",
    "float64": "float",
    "datetime": "timestamp",
    "time": "timestamp",
    "timestamptz": "timestamp",
    "instant": "timestamp",
    "day": "date",
    "list": "list(string)",
    "array": "list(string)",
}
TYPE_NAMES = ("bool", "int", "decimal(p,s)", "float", "string", "date", "timestamp", "list(string)")


def unknown_type(span: Span, written: str) -> Diagnostic:
    bare = written.strip()
    suffix = "?" if bare.endswith("?") else ""
    word = bare.removesuffix("?").strip().lower()
    message = f"`{written}` is not a type"
    if word == "duration":
        message = "a field cannot be a length of time; only what is written down is, and parameters"
        return UNKNOWN_TYPE.at(span, message, 'store it as a number: "int" of days')
    meant = OTHER_NAMES.get(word.split("(")[0].strip()) or nearest(word, [*TYPE_NAMES[:2], *TYPE_NAMES[3:]])
    if meant is None or meant == word:
        return UNKNOWN_TYPE.at(span, message, f"the types are {', '.join(TYPE_NAMES)}")
    fix = _replace_word(span, written, meant + suffix)
    return UNKNOWN_TYPE.at(span, message, f"did you mean `{meant}{suffix}`?", fix)


def bad_decimal(span: Span, written: str, most: int) -> Diagnostic:
    return UNKNOWN_TYPE.at(
        span,
        f"`{written}` is not a type: decimal(p,s) has p from 1 to {most} digits, and s of them (0 to p) behind the point",
        "for money, decimal(12,2) holds up to 9,999,999,999.99",
    )


def not_a_time(span: Span, key: str, name: str, owner: str, type: str) -> Diagnostic:
    return NOT_A_TIME.at(
        span,
        f"`{key}` names `{name}` of `{owner}`, which is {_a(type)}, not a date or timestamp",
        f'name another field; if the column does hold times, declare them: {name} = "timestamp"',
    )


def computed_time(span: Span, name: str, owner: str, entity: str, table: str) -> Diagnostic:
    """Of a relation over a table that an entity is made of."""
    return NOT_A_TIME.at(
        span,
        f"`{entity}` exists from its first row in `{table}` on, and the time `{name}` of `{owner}` is no column of it",
        f"let `time` name a column of `{table}`, take `{table}` out of `distinct`, or give `{entity}` a table of its own",
    )


def time_not_declared(span: Span, key: str, name: str, owner: str, known: Iterable[str]) -> Diagnostic:
    known = tuple(known)
    near = nearest(name, known)
    hint = f"did you mean `{near}`?" if near else f'declare it among the fields of `{owner}`: {name} = "timestamp"'
    return NOT_A_TIME.at(
        span,
        f"`{key}` names `{name}`, which is not a declared field of `{owner}`",
        hint,
        _replace_word(span, name, near),
    )


def several_parents(span: Span, name: str, joined: str, parent: str, key: Iterable[str], wanted: str) -> Diagnostic:
    """``joined`` is the relation whose join finds several rows of ``parent``: ``name`` itself or one above it."""
    names = ", ".join(f"`{field}`" for field in key)
    whose = "it" if joined == name else f"`{joined}`"
    reason = f"{whose} is not joined by the key of `{parent}` ({names})" if names else f"`{parent}` has no key"
    message = f"a row of `{name}` may belong to several rows of `{parent}`, as {reason}; it needs a {wanted} of its own"
    child = "" if joined == name else f" `{joined}`"
    first = f"join{child} by the key of `{parent}`" if names else f"give `{parent}` a key and join{child} by it"
    return SEVERAL_PARENTS.at(span, message, f"{first}, or give `{name}` a `{wanted}`")


def join_types(span: Span, child: str, child_type: str, parent: str, parent_type: str) -> Diagnostic:
    return BAD_JOIN.at(
        span,
        f"`{child}` ({child_type}) cannot be joined to `{parent}` ({parent_type})",
        "declare both with the same type",
    )


def never_joins(span: Span, key: str, name: str, type: str) -> Diagnostic:
    return BAD_JOIN.at(
        span,
        f"`{key}` names `{name}`, which is {_a(type)}; rows are not joined or grouped by that",
        "name a field of another type, or declare this one as int, decimal or string, if that is what the column holds",
    )


def bad_key_type(span: Span, name: str, owner: str, type: str) -> Diagnostic:
    return BAD_KEY.at(
        span,
        f"`{name}`, {_a(type)}, cannot be a key of `{owner}`",
        "name a field that is different in every row, such as its number: an int or a string",
    )


def optional_key(span: Span, name: str, owner: str, type: str) -> Diagnostic:
    return BAD_KEY.at(
        span,
        f"`{name}` is a key of `{owner}` and so is never missing",
        f'write "{type}", without `?`',
        _replace_word(span, f"{type}?", type),
    )


def computed_key(span: Span, name: str, owner: str) -> Diagnostic:
    return BAD_KEY.at(
        span,
        f"the key of `{owner}` must be a column, but `{name}` is an expression",
        "name a field that stands in the table",
    )


def bad_option(span: Span, key: str, reason: str, hint: str | None = None) -> Diagnostic:
    return BAD_OPTION.at(span, f"`{key}` does not fit this field: {reason}", hint)


def field_of_nothing(span: Span, name: str, owner: str, groups: str | None) -> Diagnostic:
    if groups is None:
        return FIELD_OF_NOTHING.at(
            span,
            f"`{owner}` is made of distinct keys and has no table: no column holds `{name}`",
            "put it into a lookup of the entity, or give it as an expression (`is`)",
        )
    return FIELD_OF_NOTHING.at(
        span,
        f"no column holds `{name}`: `{owner}` groups the rows of `{groups}`",
        f'give it as an expression over them, such as is = "min({groups}.{name})", or name it in `by`',
    )


def by_not_declared(span: Span, name: str, owner: str) -> Diagnostic:
    return MISSING_KEY.at(
        span,
        f"the fields of `{owner}` do not say the type of `{name}`, which it is grouped by",
        f'add it to them, such as {name} = "date"',
    )


def _a(type: str) -> str:
    return f"an {type}" if type[:1] in "aeiou" else f"a {type}"


# -- the project --------------------------------------------------------------------------------------------------


def unknown_zone(span: Span, name: str, known: Iterable[str]) -> Diagnostic:
    zones = tuple(known)
    by_city = [
        zone
        for zone in zones
        if zone.rsplit("/", 1)[-1].lower() == name.strip().lower().replace(" ", "_") and "/" in zone
    ]
    near = by_city[0] if by_city else nearest(name, zones)
    hint = f"did you mean `{near}`?" if near else 'zones are named by area and city, such as "Europe/Athens", or "UTC"'
    return UNKNOWN_ZONE.at(span, f"`{name}` is not a time zone", hint, _replace_word(span, name, near))


def unknown_pack(span: Span, name: str, known: Iterable[str]) -> Diagnostic:
    known = tuple(known)
    return UNKNOWN_PACK.at(
        span,
        f"no pack `{name}` ships with segdsl",
        _did_you_mean(name, known),
        _replace_word(span, name, nearest(name, known)),
    )


def unknown_edition(span: Span, written: str, known: Iterable[str]) -> Diagnostic:
    return UNKNOWN_EDITION.at(
        span,
        f"this version of segdsl does not know edition {written} of the language",
        f"it knows {named(known)}; for a newer one, update segdsl",
    )


def unset_variable(span: Span, name: str) -> Diagnostic:
    return UNSET_VARIABLE.at(
        span, f"the environment variable {name} is not set", f"set {name} before running segdsl, or give --url"
    )


def bad_variable(span: Span) -> Diagnostic:
    return WRONG_VALUE.at(span, "`${` is not followed by the name of an environment variable and `}`", "write ${NAME}")


def no_such_path(span: Span, written: str, folder: str) -> Diagnostic:
    return NO_SUCH_PATH.at(
        span,
        f"there is no file or folder {written} in {folder}",
        "check how it is spelled; paths begin where the project file lies",
    )


def written_password(span: Span) -> Diagnostic:
    return WRITTEN_PASSWORD.at(span, "this url has a password in it", "take it from the environment: ${DB_PASSWORD}")


# -- inference ----------------------------------------------------------------------------------------------------


def nothing_found(where: str) -> Diagnostic:
    return NOTHING_FOUND.at(
        _NOWHERE,
        f"{where} has no table with columns that segdsl can read",
        "give a folder with TABLE.parquet, TABLE.csv or TABLE.ndjson, or a database",
    )


def nothing_readable(where: str, reason: str) -> Diagnostic:
    return NOTHING_FOUND.at(_NOWHERE, f"cannot look into {where}: {reason}")


def unknown_url(where: str, known: Iterable[str]) -> Diagnostic:
    return NOTHING_FOUND.at(_NOWHERE, f"segdsl cannot look into {where}", f"it reads {', '.join(known)}")


def no_such_table(name: str, known: Iterable[str]) -> Diagnostic:
    return NOTHING_FOUND.at(_NOWHERE, f"there is no table `{name}`", _did_you_mean(name, known))


_NOWHERE = Span(None, 0, 0)

RULES = (
    NOT_TOML,
    UNREADABLE,
    UNKNOWN_KEY,
    WRONG_VALUE,
    MISSING_KEY,
    UNKNOWN_TYPE,
    BAD_NAME,
    NAME_TAKEN,
    UNKNOWN_REFERENCE,
    CYCLE,
    NOT_A_TIME,
    BAD_JOIN,
    SEVERAL_PARENTS,
    BAD_KEY,
    BAD_OPTION,
    REPEATED,
    CONFLICT,
    FIELD_OF_NOTHING,
    CASE_ONLY,
    UNKNOWN_ZONE,
    UNKNOWN_PACK,
    UNKNOWN_EDITION,
    UNSET_VARIABLE,
    NO_SUCH_PATH,
    WRITTEN_PASSWORD,
    NOTHING_TO_DROP,
    NOTHING_FOUND,
    NO_PROJECT,
)
