"""What SQLite's columns hold, which have an affinity and no types.

In: columns as they are declared there, fields, and a way to ask. Out: how a column has to be read for its values to have the declared
type's meaning (`stored_as`), and findings where some have none (`wrong_values`): those that a CSV file of them would be refused for,
and some that the SQL cannot read though a CSV file may hold them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

from segdsl.backends.sql import nodes
from segdsl.backends.sql.dialects.sqlite import TRUTHS
from segdsl.backends.sql.nodes import Node
from segdsl.diagnostics import Diagnostic
from segdsl.errors import data as errors
from segdsl.planning.plan import TableColumn
from segdsl.types import ANY, Kind, Type

Ask = Callable[[str], Sequence[Sequence[object]]]
"""Runs a statement and hands out its rows."""

_SAMPLES = 5
_AFFINITIES = (("INT", "INTEGER"), ("CHAR", "TEXT"), ("CLOB", "TEXT"), ("TEXT", "TEXT"), ("BLOB", "NONE"))
_REAL = ("REAL", "FLOA", "DOUB")
_SPELLINGS = ("A", "B", "a", "a ")
"""Four texts in the order of their characters, all of them different."""


def affinity(written: str) -> str:
    """By the rules of https://www.sqlite.org/datatype3.html, and a strict table's ANY."""
    word = written.upper()
    if word in ("", "ANY"):
        return "NONE"
    found = next((of for part, of in _AFFINITIES if part in word), None)
    return found or ("REAL" if any(part in word for part in _REAL) else "NUMERIC")


def stored_as(written: str, declared: Type, timezone: str, collated: Callable[[], bool]) -> Type | None:
    """ANY where a column's values do not have the declared type's meaning by themselves."""
    found = affinity(written)
    match declared.kind:
        case Kind.BOOL:
            more = True
        case Kind.STRING:
            more = found != "TEXT" or collated()
        case Kind.INT | Kind.WHOLE | Kind.FLOAT | Kind.DECIMAL:
            more = found in ("TEXT", "NONE")
        case Kind.TIMESTAMP:
            # A day alone begins when it does in the schema's zone.
            more = timezone != "UTC" and written.upper() == "DATE"
        case _:
            more = False
    return ANY if more else None


def is_collated(ask: Ask, table: str, column: str) -> bool:
    """Does a column compare texts by other than their characters? Of a UNION, the first SELECT's columns say by what it compares."""
    others = " ".join(f"UNION SELECT {_text(spelling)}" for spelling in _SPELLINGS)
    rows = ask(f"SELECT {_name(column)} FROM {_names(table)} WHERE 0 {others} ORDER BY 1")  # noqa: S608
    return [row[0] for row in rows] != list(_SPELLINGS)


def text_of(column: Node) -> Node:
    """A value as a CSV file would have it: a whole number without a point, and bytes, which need be no text, as SQL writes them."""
    kind = nodes.call("TYPEOF", column.copy())
    whole = nodes.cast(column.copy(), "INTEGER")
    return nodes.case(
        [
            (nodes.compare("=", kind, nodes.text("blob")), nodes.call("QUOTE", column.copy())),
            (
                nodes.all_of(
                    [
                        nodes.compare("=", kind.copy(), nodes.text("real")),
                        nodes.compare("=", column.copy(), whole),
                    ]
                ),
                nodes.cast(whole.copy(), "TEXT"),
            ),
        ],
        nodes.cast(column.copy(), "TEXT"),
    )


def wrong_values(ask: Ask, table: str, columns: Collection[TableColumn], timezone: str) -> Iterator[Diagnostic]:
    """What would be read as something else than it says. One pass over the table; rows are looked at again only where that finds
    something."""
    for column in columns:
        if (
            column.type.kind in (Kind.STRING, Kind.ANY)
            and not _is_any(column)
            and is_collated(ask, table, column.column)
        ):
            yield errors.own_collation(table, column.column)
    tests = {(column.column, test): column for column in columns if (test := _test(column, timezone))}
    if not tests:
        return
    # Behind WHEN, a test ends where it is decided.
    counts = ", ".join(f"COUNT(CASE WHEN {test} THEN NULL ELSE 1 END)" for _, test in tests)
    (counted,) = ask(f"SELECT {counts} FROM {_names(table)}")  # noqa: S608
    told: set[str] = set()
    for ((name, test), read), count in zip(tests.items(), counted, strict=True):
        if count and name not in told:
            told.add(name)
            yield errors.unreadable_in_database(
                table, name, read.type, int(str(count)), _samples(ask, table, name, test)
            )


def _samples(ask: Ask, table: str, column: str, test: str) -> list[object]:
    shown = f"TYPEOF({_name(column)}), CAST({_name(column)} AS BLOB)"
    found = f"SELECT DISTINCT {shown} FROM {_names(table)} WHERE ({test}) IS NOT TRUE"  # noqa: S608
    rows = ask(f"{found} ORDER BY 1, 2 LIMIT {_SAMPLES + 1}")
    return [_sample(str(kind), value) for kind, value in rows]


def _sample(kind: str, value: object) -> object:
    """Texts may be no whole ones in UTF-8."""
    held = value if isinstance(value, bytes) else str(value).encode()
    match kind:
        case "blob":
            return held
        case "integer":
            return int(held)
        case "real":
            return float(held)
        case _:
            return held.decode(errors="replace")


def _is_any(column: TableColumn) -> bool:
    return column.stored is not None and column.stored.kind is Kind.ANY


def _test(column: TableColumn, timezone: str) -> str | None:
    """What holds of every value that is read as it says, and of those that are missing."""
    value, any_class = _name(column.column), _is_any(column)
    kind = f"TYPEOF({value})"
    day = f"SUBSTR({value}, 1, 10)"
    is_day = f"{kind} = 'text' AND {day} GLOB '[0-9][0-9][0-9][0-9]-*' AND {day} >= '0001' AND DATE({day}, '+0 days') IS {day}"
    match (column.stored if column.stored is not None and not any_class else column.type).kind:
        case Kind.BOOL if any_class:
            test = f"{kind} <> 'blob' AND LOWER({value}) IN ({', '.join(map(_text, TRUTHS))})"
        case Kind.BOOL:
            test = f"{value} IN (0, 1)"
        case Kind.INT | Kind.WHOLE | Kind.DECIMAL | Kind.FLOAT as number:
            # Beside a number, a text that is one is compared as that, any other as a text: it is never equal.
            cast = "INTEGER" if number in (Kind.INT, Kind.WHOLE) else "NUMERIC"
            test = f"{value} = CAST({value} AS {cast})"
            test = f"{test} AND ABS({value}) < 9e999" if number is Kind.DECIMAL else test
            test = test if any_class else f"{kind} = 'real' AND {test}"
            test = f"{kind} = 'integer' OR {test}"
        case Kind.STRING:
            test = f"{kind} <> 'blob'" if any_class or column.codes else f"{kind} = 'text'"
        case Kind.DATE:
            test = f"{is_day} AND LTRIM(SUBSTR({value}, 11), ' T0:.') = ''"
        case Kind.TIMESTAMP:
            # What nearly all times look like is told at once: it comes back as it was.
            usual = f"{value} >= '0001' AND DATETIME({value}, '+0 days') IS {value}"
            test = f"{usual} OR {is_day} AND {_is_time(value, timezone, any_class)}"
        case _:
            return None
    return f"{value} IS NULL OR {test}"


def _is_time(value: str, timezone: str, any_class: bool) -> str:
    """The clock behind a day, as `segdsl.backends.sql.dialects.sqlite` reads it."""
    rest = f"SUBSTR({value}, 11)"
    # A fraction has a place of its own, and nothing but an offset stands behind it.
    offset = f"LTRIM(SUBSTR({value}, 20), '.0123456789')"
    clock = f"SUBSTR({value}, 12, 8)"
    known = f"TIME(SUBSTR({value}, 1, 10) || 'T' || {clock} || {offset}) IS NOT NULL"
    later = (
        f"({rest} GLOB '[T ][0-2][0-9]:[0-5][0-9]*' AND {clock} NOT GLOB '24*'"
        f" AND SUBSTR({value}, 20) NOT GLOB '[0-9]*' AND {known})"
    )
    return later if timezone != "UTC" and not any_class else f"({rest} = '' OR {later})"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _names(table: str) -> str:
    return ".".join(_name(part) for part in table.split("."))
