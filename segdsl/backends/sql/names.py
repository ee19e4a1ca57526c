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
    account add aes128 aes256 all allowoverwrite alter analyse analyze and anti any array as asc asof
    assert_rows_modified asymmetric at authorization auto autoincrement az64 backup begin between bigint binary bit
    blanksasnull boolean both break browse bulk by bytedict bzip2 call cascade case cast char character check
    checkpoint close cluster clustered cmax cmin coalesce collate collation collations column columns commit compute
    concurrently connect connection constraint contains containstable continue convert create credentials cross ctid
    cube current current_catalog current_date current_path current_role current_schema current_time current_timestamp
    current_user current_user_id cursor database dbcc deallocate dec decimal declare default deferrable define deflate
    defrag delete delta delta32k deny desc describe disable disk distinct distribute distributed do double drop dump
    else emptyasnull enable encode encrypt encryption end enum errlvl escape except exclude exec execute exists exit
    explain explicit external extract false fetch file fillfactor filter float following for foreign freetext
    freetexttable freeze from full function generated glob globaldict256 globaldict64k goto grant greatest group
    grouping grouping_id groups gscluster gzip hash having holdlock identity identity_insert identitycol if ignore
    ilike in increment index initially inner inout insert int integer intersect interval into is isnull issue join
    json_array json_arrayagg json_exists json_object json_objectagg json_query json_table json_value key kill lambda
    language lateral leading least left library like limit lineno listagg load localtime localtimestamp lookup lun
    luns lzo lzop manual map match merge minus mostly13 mostly32 mostly8 national natural nchar new no nocheck
    nonclustered none normalize not nothing notnull null nullif nulls numeric of off offline offset offsets oid old on
    only open opendatasource openquery openrowset openxml option or order organization out outer over overlaps overlay
    parallel partition percent permissions pivot pivot_longer pivot_wider placing plan position positional preceding
    precision prepare primary print proc procedure proto public qualify raise raiserror range raw read readratio
    readtext real reconfigure recover recursive references regexp rejectlog replace replication resort respect restore
    restrict return returning revert revoke right rlike rollback rollup row rowcount rowguidcol rowid rows rule sample
    save schema securityaudit select semantickeyphrasetable semanticsimilaritydetailstable semanticsimilaritytable
    semi session_user set setof setuser show shutdown similar skip smallint snapshot some sort sql start statistics
    stream struct substring summarize symmetric sysdate system system_user table tableoid tablesample tag tdes text255
    text32k textsize then time timestamp to top trailing tran transaction treat trigger trim true truncate
    truncatecolumns try_cast try_convert tsequal tuple uescape unbounded union unique unknown unnest unpack unpivot
    update updatetext use user using values varchar variadic varying verbose view waitfor wallet when whenever where
    while window with within without writetext xmax xmin xmlattributes xmlconcat xmlelement xmlexists xmlforest
    xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
    """.split()  # noqa: SIM905 - a list of words reads better without a quote around each
)
"""Words that some engine refuses, or reads as something else, in some place where a name may stand."""


def is_word(name: str) -> bool:
    """Is it of small letters, digits and ``_``?"""
    return _PLAIN.match(name) is not None


def is_plain(name: str) -> bool:
    return is_word(name) and name not in RESERVED


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
