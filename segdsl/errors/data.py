"""SEG5xx: data and databases that cannot be read as the schema says, or do not keep what it promises.

In: names, types, counts and samples. Out: diagnostics without a place: data has none in a text.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from segdsl.diagnostics import Diagnostic, Rule, Severity
from segdsl.display.english import listed
from segdsl.source import NOWHERE
from segdsl.types import MAX_INT, Kind, Type

MISSING_TABLE = Rule(
    "SEG501",
    "missing-table",
    "a table that the data does not have",
    "The schema names the table that holds the entity, each relation and each lookup. A folder has a table for each file "
    "`TABLE.parquet`, `TABLE.csv` or `TABLE.ndjson`, a mapping one for each key. `table =` in the project file says what a table is "
    "really called.",
    bad='[entity]\ntable = "customer"    # the file is customers.parquet',
    good='[entity]\ntable = "customers"',
)
MISSING_COLUMN = Rule(
    "SEG502",
    "missing-column",
    "a column that a table does not have",
    "Each field is the column of its own name, unless `column =` gives another. Case and blanks count.",
    bad='total = "decimal(12,2)"    # the column is order_total',
    good='total = { type = "decimal(12,2)", column = "order_total" }',
)
COLUMN_TYPE = Rule(
    "SEG503",
    "column-type",
    "a column of another type than declared",
    "What the data holds is converted where nothing is lost (whole numbers to decimal or float, a date to an instant, a decimal to "
    "one of more places) and where the declaration asks for it (a float column that is declared a decimal of up to 15 digits). "
    "Anything else would change values silently, so it is refused before anything is evaluated.",
    bad='placed_at = "timestamp"    # the column holds text',
    good='placed_at = "string"',
)
UNREADABLE_VALUES = Rule(
    "SEG504",
    "unreadable-values",
    "values that are not of the declared type",
    "CSV and NDJSON files hold texts, which are read as the declared types: dates as 2026-01-31, instants as 2026-01-31T10:00:00Z "
    "(a blank for the T; without an offset they are in UTC), numbers with a point. An empty cell is missing (one between quotes too, "
    "unless a string is declared: that is an empty text), so are cells that a line of CSV lacks at its end, and so is what the field "
    "lists as `missing`. A number in NDJSON that is declared a string is written anew (5.10 becomes 5.1): put it between quotes there. The "
    "columns of SQLite hold values of any kind whatever they are declared as, and are looked through before anything runs.",
    bad='total = "decimal(12,2)"    # the file has n/a in some rows',
    good='total = "decimal(12,2)?"    # the cells are empty',
)
MISSING_KEY = Rule(
    "SEG505",
    "rows-without-key",
    "rows without a key",
    "The key of the entity, of a relation or of a lookup is what names its rows; it is promised to be there in each.",
    bad='key = "order_id"    # some rows have none',
    good='key = ["customer_id", "line_no"]',
)
DUPLICATE_KEY = Rule(
    "SEG506",
    "duplicate-key",
    "rows with the same key",
    "The key of the entity, of a relation or of a lookup names one row. Were there two, joins would count the rows behind them "
    "twice. A relation may go without a key; several columns together can be one.",
    bad='key = "invoice_no"    # one row per line of an invoice',
    good='key = ["invoice_no", "line_no"]',
)
JOINED_TYPES = Rule(
    "SEG507",
    "joined-types",
    "columns of different types that are joined",
    "Rows meet where their columns are equal, and a text never equals a number. Store both as the same type, or declare a field over "
    "each that reads them alike.",
    bad='on = "customer_id"    # text in orders, whole numbers in customers',
    good='on = "customer_no"    # whole numbers in both',
)
NOT_A_TABLE = Rule(
    "SEG508",
    "not-a-table",
    "something that is no table",
    "Data is a folder, or a mapping of table names to Polars frames (eager or lazy) or to anything with the Arrow stream interface "
    "(`__arrow_c_stream__`): pandas and PyArrow tables, DuckDB relations.",
    bad='vip.members([{"id": 1}])',
    good='vip.members({"customers": polars.DataFrame([{"id": 1}])})',
)
UNREADABLE_DATA = Rule(
    "SEG509",
    "unreadable-data",
    "a file or folder of data that cannot be read",
    "The folder or file is not there, may not be read, or is not what its ending says.",
    bad="segdsl run --data exports/",
    good="segdsl run --data data/",
)
TWO_FILES = Rule(
    "SEG510",
    "two-files",
    "several files of the same table",
    "A folder has one file, or one folder of Parquet files, for each table: with both `orders.parquet` and `orders.csv` it would be "
    "chance which of them is read.",
    bad="data/orders.parquet, data/orders.csv",
    good="data/orders.parquet",
)
CHANGED_SINCE = Rule(
    "SEG517",
    "changed-since",
    "a file that changed after data was prepared",
    "Prepared data is a snapshot. A condition that reads a column which was not prepared takes its table from where it came from, and "
    "that must be the table as it was: else one answer would mix two states of the data.",
    bad="dataset = library.prepare(folder)    # then somebody writes orders.parquet",
    good="dataset = library.prepare(folder)    # again, after it was written",
)
UNREACHABLE_DATABASE = Rule(
    "SEG511",
    "unreachable-database",
    "a database that cannot be reached",
    "The file is not there or locked by another program, the server does not answer, or it refuses the user or password.",
    bad="segdsl run --url duckdb:///shop.db",
    good="segdsl run --url duckdb:///data/shop.duckdb",
)
MISSING_DRIVER = Rule(
    "SEG512",
    "missing-driver",
    "a database whose driver is not installed",
    "Drivers are extras of the package, so that those who need none install none.",
    bad="pip install segdsl",
    good='pip install "segdsl[postgres]"',
)
UNKNOWN_URL = Rule(
    "SEG513",
    "unknown-database-url",
    "a url of no known database",
    "Segments run on DuckDB and SQLite files, on PostgreSQL, MySQL, MariaDB and ClickHouse servers and in chdb's folders. For "
    "others, `segdsl compile --dialect` writes the SQL.",
    bad="segdsl run --url oracle://localhost/shop",
    good="segdsl run --url postgresql://localhost/shop",
)
FAILED_STATEMENT = Rule(
    "SEG514",
    "failed-statement",
    "a statement that the database refused",
    "The database could not run a statement: a table that this user may not read, a view that no longer works, a limit of the server.",
    bad="a view over a table that has been dropped",
    good="the view made anew",
)
FAILED_EVALUATION = Rule(
    "SEG515",
    "failed-evaluation",
    "data that could not be evaluated",
    "Polars could not read or process the data: a damaged file, a file that changed meanwhile, too little memory.",
    bad="a Parquet file that is cut off in the middle",
    good="the file written anew",
)
OUT_OF_TIME = Rule(
    "SEG516",
    "outside-the-calendar",
    "a moment outside the years 1 to 9999",
    "The moments of a definition are counted from `as_of`. One of them lies before the year 1 or after the year 9999.",
    bad="count(order in last 5000 years) > 0",
    good="count(order in last 50 years) > 0",
)
MISSING_VALUES = Rule(
    "SEG520",
    "missing-values",
    "missing values in a field that promises none",
    "A field whose type has no question mark is promised to be there in every row.",
    bad='status = "string"    # empty in some rows',
    good='status = "string?"',
)
UNKNOWN_PARENTS = Rule(
    "SEG521",
    "unknown-parents",
    "rows that belong to nobody",
    "What joins these rows to their parent names none that there is. They count nowhere.",
    bad="orders of customers that have been deleted",
    good="orders of customers in the table of customers",
    severity=Severity.WARNING,
)
OTHER_VALUES = Rule(
    "SEG522",
    "other-values",
    "values outside a field's closed list",
    "A field with `values` is promised to hold no others. Conditions on the values listed never select these rows, and a value outside "
    "an ordered list has no place in it.",
    bad='status = { type = "string", values = ["paid", "shipped"] }    # some rows hold "Paid"',
    good='status = { type = "string", values = ["paid", "shipped", "Paid"] }',
)
TOO_LARGE = Rule(
    "SEG523",
    "too-large",
    "numbers beyond what their type holds",
    "An int is a whole number up to 2^53 in size, a decimal has the digits that it declares, a float is 0 or between 1e-100 and 1e100 "
    "in size. Other numbers read as missing.",
    bad='account = "int"    # numbers of twenty digits',
    good='account = "decimal(20,0)"',
)

_SHOWN = 5


def missing_table(table: str, known: Iterable[str], where: str = "the data") -> Diagnostic:
    known = sorted(known)
    near = _near(table, known)
    has = f"it has {_listed(known)}" if known else "it has no tables"
    return MISSING_TABLE.at(NOWHERE, f"{where} has no table `{table}`", near or has)


def missing_column(table: str, column: str, declared: Type | None, known: Iterable[str]) -> Diagnostic:
    known = list(known)
    of = "" if declared is None else f" (declared {_a_type(declared)})"
    hint = _near(column, known) or (f"it has {_listed(known)}" if known else "it has no columns")
    return MISSING_COLUMN.at(NOWHERE, f"table `{table}` has no column `{column}`{of}", hint)


def column_type(table: str, column: str, declared: Type, found: str, suggestion: Type | None = None) -> Diagnostic:
    hint = "declare the type that the data has, or convert the column where the data is made"
    if suggestion is not None:
        hint = f"declare it as `{suggestion}`, or convert the column where the data is made"
    message = f"`{table}.{column}` is declared {_a_type(declared)}, but the data holds {found}"
    return COLUMN_TYPE.at(NOWHERE, message, hint)


def loose_texts(table: str, column: str, found: str) -> Diagnostic:
    message = f"`{table}.{column}` is read as it is, and the data holds {found}, in which different texts are equal"
    return COLUMN_TYPE.at(NOWHERE, message, "declare a field over it as `string`, which tells all texts apart")


def unreadable_values(table: str, column: str, declared: Type, count: int, samples: Sequence[object]) -> Diagnostic:
    message = (
        f"{_values(count)} of `{table}.{column}` cannot be read as {_a_type(declared)}: {_samples(samples, count)}"
    )
    hint = "correct them where the file is made; an empty cell is a missing value"
    if "" in samples:
        hint = "correct them where the file is made; an empty text is no value of this type: null is a missing value"
    return UNREADABLE_VALUES.at(NOWHERE, message, hint)


def unreadable_in_database(
    table: str, column: str, declared: Type, count: int, samples: Sequence[object]
) -> Diagnostic:
    """In a database whose columns have no types."""
    message = (
        f"{_values(count)} of `{table}.{column}` cannot be read as {_a_type(declared)}: {_samples(samples, count)}"
    )
    match declared.kind:
        case Kind.TIMESTAMP:
            way = "a time is a text such as 2026-06-01 12:30:00 or 2026-06-01T12:30:00.5+02:00"
            if all(isinstance(sample, str) and len(sample) == 10 for sample in samples):
                way = "a day alone is read as a time where the table says that the column is a DATE"
        case Kind.DATE:
            way = "a day is a text such as 2026-06-01"
        case Kind.BOOL:
            way = "a truth value is 1, 0, true or false"
        case _:
            way = "correct them in the table, or declare the type that they are; NULL is a missing value"
    return UNREADABLE_VALUES.at(NOWHERE, message, way)


def own_collation(table: str, column: str) -> Diagnostic:
    message = f"`{table}.{column}` compares its texts by a collation of its own; the language does by their characters"
    hint = "declare a `string` field for it, or give a view that reads it with COLLATE BINARY"
    return COLUMN_TYPE.at(NOWHERE, message, hint)


def missing_key(
    table: str, of: str, fields: Sequence[str], count: int, total: int | None = None, large: bool = False
) -> Diagnostic:
    """``large``: some of them hold a whole number beyond what an int is."""
    rows = _rows(count) if total is None else f"{count:,} of {_rows(total)}"
    has = "has" if (count if total is None else total) == 1 else "have"
    hint = "give them one where the data is made, leave them out there, or name another key in the schema"
    if large:
        hint = f"an int beyond {MAX_INT:,} reads as missing: declare such ids as string"
    return MISSING_KEY.at(NOWHERE, f"{rows} of `{table}` {has} no {_key(of, fields)}", hint)


def duplicate_key(
    table: str, of: str, fields: Sequence[str], count: int, samples: Sequence[tuple[object, int]]
) -> Diagnostic:
    shown = ", ".join(f"{_shown(key)} ({rows:,} rows)" for key, rows in samples[:_SHOWN])
    more = ", …" if count > len(samples[:_SHOWN]) else ""
    value = "value stands" if count == 1 else "values stand"
    message = f"{count:,} {value} in more than one row of `{table}` as {_key(of, fields)}: {shown}{more}"
    return DUPLICATE_KEY.at(
        NOWHERE, message, "remove the rows that are there twice, or add the column that tells them apart to the key"
    )


def joined_types(left: str, left_type: str, right: str, right_type: str) -> Diagnostic:
    message = f"`{left}` holds {left_type} and `{right}` holds {right_type}, and the two are joined"
    return JOINED_TYPES.at(NOWHERE, message, "store both alike where the data is made")


def not_a_table(name: str | None, found: object) -> Diagnostic:
    what = "the data" if name is None else f"table `{name}`"
    hint = "a folder, or a mapping of table names to Polars frames or anything with the Arrow stream interface"
    if name is not None:
        hint = "a Polars frame, or anything with the Arrow stream interface"
    return NOT_A_TABLE.at(NOWHERE, f"{what} is of type {type(found).__name__}, which is no table", f"give {hint}")


def unreadable_data(place: str, reason: str) -> Diagnostic:
    return UNREADABLE_DATA.at(
        NOWHERE, f"{place} cannot be read: {reason}", "check the path, and that the file is what its ending says"
    )


def not_all_parquet(place: str, names: Sequence[str]) -> Diagnostic:
    """A folder of Parquet files has others, too."""
    message = f"{place} cannot be read: beside Parquet files it holds {_listed(names)}, which would be left out"
    return UNREADABLE_DATA.at(
        NOWHERE, message, "write these as Parquet or move them elsewhere; names that begin with _ or . are left out"
    )


def has_a_log(place: str, made_by: str) -> Diagnostic:
    """Some of its files may have been replaced."""
    message = f"{place} cannot be read: it is a table of {made_by}, whose log says which of its files still count"
    return UNREADABLE_DATA.at(
        NOWHERE, message, "write its rows out as Parquet files, or read them in Python and give the frame"
    )


def differing_files(place: str, column: str, files: Sequence[tuple[str, str]]) -> Diagnostic:
    """``files``: two, and what the column holds in each."""
    (one, holds), (other, but) = files
    message = f"{place} cannot be read: `{column}` holds {holds} in {one} and {but} in {other}"
    return UNREADABLE_DATA.at(NOWHERE, message, "write both alike where the files are made")


def not_in_all_files(place: str, column: str, lacks: str, has: str) -> Diagnostic:
    message = f"{place} cannot be read: {has} has a column `{column}`, {lacks} has none"
    return UNREADABLE_DATA.at(
        NOWHERE, message, "write the column into each file; where nothing is known it is empty there"
    )


def read_once(name: str) -> Diagnostic:
    message = f"the rows of table `{name}` can be read once only, and more than one evaluation would want them"
    return NOT_A_TABLE.at(NOWHERE, message, "give a table that is made of them, such as `reader.read_all()`")


def changed_since(table: str, place: str) -> Diagnostic:
    return CHANGED_SINCE.at(
        NOWHERE,
        f"table `{table}` ({place}) has changed since the data was prepared, which did not keep all that is asked now",
        "prepare it again, with a library that reads all of this",
    )


def two_files(table: str, names: Sequence[str]) -> Diagnostic:
    return TWO_FILES.at(
        NOWHERE, f"table `{table}` is there more than once: {_listed(names)}", "remove or rename all but one"
    )


def unreachable_database(place: str, reason: str, hint: str | None = None) -> Diagnostic:
    hint = hint or "check the address, and that the database is running and lets this user in"
    return UNREACHABLE_DATABASE.at(NOWHERE, f"{place} cannot be reached: {reason}", hint)


def missing_driver(database: str, extra: str) -> Diagnostic:
    return MISSING_DRIVER.at(NOWHERE, f"the driver for {database} is not installed", f'pip install "segdsl[{extra}]"')


def unknown_url(place: str, schemes: Sequence[str]) -> Diagnostic:
    return UNKNOWN_URL.at(
        NOWHERE, f"{place} is no database that segdsl knows", f"a url begins with {listed(schemes, 'or')}"
    )


def failed_statement(place: str, reason: str) -> Diagnostic:
    return FAILED_STATEMENT.at(
        NOWHERE,
        f"{place} could not run the statement: {reason}",
        "check that its tables and views can be read by this user, and have the columns that the schema names",
    )


def failed_evaluation(reason: str) -> Diagnostic:
    return FAILED_EVALUATION.at(
        NOWHERE, f"the data could not be evaluated: {reason}", "check that its files are whole and did not change"
    )


def outside_the_calendar(as_of: datetime) -> Diagnostic:
    message = f"as of {as_of.isoformat(sep=' ')} UTC, a moment of a definition lies outside the years 1 to 9999"
    return OUT_OF_TIME.at(NOWHERE, message, "shorten the period, or take another as_of")


def missing_values(table: str, column: str, count: int, total: int) -> Diagnostic:
    message = f"`{table}.{column}` is missing in {count:,} of {_rows(total)}, but its type promises a value"
    return MISSING_VALUES.at(NOWHERE, message, "add a question mark to the field's type where a value may be missing")


def unknown_parents(table: str, parent: str, count: int, samples: Sequence[object]) -> Diagnostic:
    message = f"`{table}` has {_rows(count)} of a {parent} that does not exist: {_samples(samples, count)}"
    return UNKNOWN_PARENTS.at(
        NOWHERE, message, "they count nowhere; load what they belong to, if there is such a thing"
    )


def other_values(table: str, column: str, count: int, samples: Sequence[object], values: Sequence[str]) -> Diagnostic:
    near = next((_near(str(s), values) for s in samples if _near(str(s), values)), None)
    message = (
        f"`{table}.{column}` holds {_values(count)} outside its list of {len(values):,}: {_samples(samples, count)}"
    )
    return OTHER_VALUES.at(NOWHERE, message, near or "add them to the field's `values`, or to its `missing` list")


def too_large(table: str, column: str, declared: Type, count: int, samples: Sequence[object]) -> Diagnostic:
    message = f"`{table}.{column}` holds {_values(count)} beyond {_a_type(declared)}, read as missing: {_samples(samples, count)}"
    hint = "declare a type that holds them, such as `decimal(38,4)`"
    if declared.kind is Kind.INT:
        hint = "declare a type that holds them: `decimal(20,0)` for numbers, `string` for what is only a name"
    return TOO_LARGE.at(NOWHERE, message, hint)


def no_lists(table: str, column: str, declared: Type, count: int, samples: Sequence[object]) -> Diagnostic:
    what = f"{_values(count)} of `{table}.{column}` cannot be read as {_a_type(declared)}"
    message = f"{what}, and are missing: {_samples(samples, count)}"
    return UNREADABLE_VALUES.at(NOWHERE, message, 'a list in a text is a JSON array of texts: ["new", "vip"]')


# -- words ----------------------------------------------------------------------------------------------------------------


def _a_type(of: Type) -> str:
    name = str(of)
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


def _values(count: int) -> str:
    return f"{count:,} value" if count == 1 else f"{count:,} values"


def _rows(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"


def _key(of: str, fields: Sequence[str]) -> str:
    names = ", ".join(f"`{field}`" for field in fields)
    return f"{names}, the key of {of}"


def _samples(samples: Sequence[object], count: int) -> str:
    shown = ", ".join(_shown(sample) for sample in samples[:_SHOWN])
    return f"{shown}, …" if count > len(samples[:_SHOWN]) else shown


def _shown(value: object) -> str:
    """A value of the data as one short word of a message."""
    match value:
        case tuple():
            return "(" + ", ".join(_shown(part) for part in value) + ")"
        case None:
            return "missing"
        case str():
            text = value if len(value) <= 40 else value[:39] + "…"
            return '"' + "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text) + '"'
        case bool():
            return str(value).lower()
        case bytes():
            return f"x'{value[:20].hex()}'"
        case date():
            return value.isoformat()
        case _:
            return str(value)[:60]


def _near(name: str, known: Sequence[str]) -> str | None:
    folded = {other.casefold(): other for other in reversed(known)}
    if name.casefold() in folded and folded[name.casefold()] != name:
        return f"did you mean `{folded[name.casefold()]}`?"
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`?" if near and near[0] != name else None


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:12])
    return f"{shown} and {len(names) - 12:,} more" if len(names) > 12 else shown


RULES = (
    MISSING_TABLE,
    MISSING_COLUMN,
    COLUMN_TYPE,
    UNREADABLE_VALUES,
    MISSING_KEY,
    DUPLICATE_KEY,
    JOINED_TYPES,
    NOT_A_TABLE,
    UNREADABLE_DATA,
    TWO_FILES,
    CHANGED_SINCE,
    UNREACHABLE_DATABASE,
    MISSING_DRIVER,
    UNKNOWN_URL,
    FAILED_STATEMENT,
    FAILED_EVALUATION,
    OUT_OF_TIME,
    MISSING_VALUES,
    UNKNOWN_PARENTS,
    OTHER_VALUES,
    TOO_LARGE,
)
