"""Identifiers: which of them need quotes, and physical names as sqlglot nodes.

A name is written bare only where every engine reads it as exactly this name: a plain lower-case word that no SQL dialect
here reserves anywhere. Everything else is quoted, so that letter case and every character count.
"""

from __future__ import annotations

import hashlib
import re

from sqlglot import exp

LONGEST = 60
"""In bytes; PostgreSQL keeps 63, of which a number behind the name may need some."""

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*\Z")

RESERVED = frozenset(
    """
    add all alter analyse analyze and anti any array as asc asof asymmetric at authorization autoincrement between
    bigint binary bit boolean both by case cast char character check cluster cmax cmin coalesce collate collation
    column columns commit concurrently constraint create cross ctid cube current_catalog current_date current_role
    current_schema current_time current_timestamp current_user dec decimal default deferrable delete desc describe
    distinct distribute do drop else end escape except exclude exists explain extract false fetch float for foreign
    freeze from full generated glob grant greatest group grouping grouping_id having if ilike in index initially inner
    inout insert int integer intersect interval into is isnull join json_array json_arrayagg json_object
    json_objectagg lambda lateral leading least left like limit localtime localtimestamp map match minus national
    natural nchar none normalize not nothing notnull null nullif numeric offset oid on only or order out outer
    overlaps overlay pivot pivot_longer pivot_wider placing position positional precision primary qualify raise real
    recursive references replace returning right rollup row rowid select semi session_user set setof show similar
    smallint some sort struct substring summarize symmetric system_user table tableoid tablesample then time timestamp
    to top trailing transaction treat trim true try_cast tuple union unique unnest unpack unpivot update user using
    values varchar variadic verbose view when where window with xmax xmin xmlattributes xmlconcat xmlelement xmlexists
    xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
    """.split()  # noqa: SIM905 - a list of words reads better without a quote around each
)
"""Words that DuckDB, SQLite, PostgreSQL or ClickHouse refuse, or read as something else, in some place where a name may stand."""


def is_plain(name: str) -> bool:
    return _PLAIN.match(name) is not None and name not in RESERVED


def identifier(name: str) -> exp.Identifier:
    return exp.to_identifier(name, quoted=not is_plain(name))


def column(name: str, table: str | None = None) -> exp.Column:
    return exp.Column(this=identifier(name), table=identifier(table) if table is not None else None)


def table(name: str, alias: str | None = None) -> exp.Table:
    """A physical table; dots divide database, schema and table."""
    parts = [identifier(part) for part in name.split(".")]
    node = exp.Table(
        this=parts[-1],
        db=parts[-2] if len(parts) > 1 else None,
        catalog=parts[-3] if len(parts) > 2 else None,
    )
    return _under(node, alias)


def cte(name: str, alias: str | None = None) -> exp.Table:
    """A common table expression; its name is one name, dots or not."""
    return _under(exp.Table(this=identifier(name)), alias)


def _under(node: exp.Table, alias: str | None) -> exp.Table:
    if alias is not None and alias != node.name:
        node.set("alias", exp.TableAlias(this=identifier(alias)))
    return node


def short(name: str) -> str:
    """The name itself if every engine keeps all of it; else its beginning and a digest of all of it."""
    data = name.encode()
    if len(data) <= LONGEST:
        return name
    beginning = data[: LONGEST - 9].decode(errors="ignore").rstrip("_")
    return f"{beginning}_{hashlib.sha256(data).hexdigest()[:8]}"


def named(node: exp.Expr, name: str, *, always: bool = False) -> exp.Expr:
    """``node AS name``, or a column of that name as it stands, unless it is ``always`` said."""
    if isinstance(node, exp.Column) and node.name == name and not always:
        return node
    return exp.Alias(this=node, alias=identifier(name))


def free(wanted: str, taken: set[str]) -> str:
    """The name, with a number behind it where one is needed; it is taken from then on. ``taken`` is in lower case."""
    found, number = wanted, 2
    while found.lower() in taken:
        found, number = f"{wanted}_{number}", number + 1
    taken.add(found.lower())
    return found
