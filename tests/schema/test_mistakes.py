"""Every mistake that a schema or project file can hold: its code, its place, and what is said about it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from segdsl.diagnostics import Diagnostic, SegdslError, Severity
from segdsl.errors import schema as errors
from segdsl.inference import infer, infer_from_url
from segdsl.project_file import load_project_file, project_from_toml
from segdsl.schema_build import schema_from_dict
from segdsl.source import Source

ENTITY = """[entity]
key = "id"
created = "since"
[entity.fields]
id = "int"
since = "date"
"""
ORDER = (
    ENTITY
    + """[relations.order]
on = "id"
key = "no"
time = "at"
[relations.order.fields]
no = "int"
at = "timestamp"
total = "decimal(12,2)"
"""
)


@dataclass(frozen=True)
class Mistake:
    """``at`` is the stretch of the text that the caret range covers; ``line`` tells apart what stands there twice."""

    text: str
    code: str
    at: str
    says: str
    hint: str | None = None
    line: int | None = None


def field(written: str) -> str:
    return ENTITY + f"x = {written}\n"


MISTAKES = {
    "no value": Mistake("[entity]\nkey = id\n", "SEG401", "i", "not well-formed TOML", "quotes", line=2),
    "unfinished": Mistake("[entity", "SEG401", "", "not well-formed TOML"),
    "key twice": Mistake("[entity]\nkey = 'a'\nkey = 'b'\n", "SEG401", "\n", "overwrite", line=3),
    "endless number": Mistake(f"x = {'9' * 5000}\n", "SEG401", "", "too long"),
    "deep": Mistake(f"x = {'[' * 40}{']' * 40}\n", "SEG402", "", "deeper than 32"),
    "very deep": Mistake(f"x = {'[' * 50_000}{']' * 50_000}\n", "SEG402", "", "deeper than 32"),
    "endless key": Mistake("a" + ".a" * 200_000 + " = 1", "SEG402", "a." * 64, "deeper than 32"),
    "huge": Mistake("#" * 1_100_000, "SEG402", "", "larger than 1,048,576"),
    "unknown key at the top": Mistake(
        f"segmnts = ['a']\n{ENTITY}", "SEG403", "segmnts", "no key `segmnts`", "`segments`"
    ),
    "unknown table": Mistake(ENTITY + "[relation.order]\n", "SEG403", "relation", "no key `relation`", "`relations`"),
    "unknown key of a field": Mistake(
        field('{ type = "int", colunm = "y" }'), "SEG403", "colunm", "the field `x` has no key `colunm`", "`column`"
    ),
    "unknown key of a relation": Mistake(
        ORDER.replace("time =", "tiem ="), "SEG403", "tiem", "the relation `order` has no key `tiem`", "`time`"
    ),
    "unknown key of data": Mistake("data = { pth = 'x' }\n" + ENTITY, "SEG403", "pth", "`data` has no key", "`path`"),
    "number for a text": Mistake("timezone = 2\n" + ENTITY, "SEG404", "2", "`timezone` takes a text, not a number"),
    "text for a flag": Mistake(
        field('{ type = "int", private = "yes" }'), "SEG404", '"yes"', "`private` takes true or false, not a text"
    ),
    "list for a field": Mistake(field('["int"]'), "SEG404", '["int"]', "not a list", line=7),
    "empty text": Mistake(ENTITY.replace('"id"\nc', '" "\nc'), "SEG404", '" "', "`key` is empty"),
    "number in a list of names": Mistake(
        ORDER.replace('key = "no"', 'key = ["no", 3]'), "SEG404", "3", "a name, or a list of names, not a number"
    ),
    "a NUL in a column": Mistake(
        field(r'{ type = "int", column = "a\u0000b" }'), "SEG404", r'"a\u0000b"', "no database can store"
    ),
    "a number as a code": Mistake(
        field('{ type = "string", values = { view = 2 } }'), "SEG404", "2", "not a number", 'write it as a text: "2"'
    ),
    "text as a limit": Mistake("limits = { nesting = 0 }\n" + ENTITY, "SEG404", "0", "a whole number of at least 1"),
    "half a variable": Mistake(
        "data = { url = 'postgresql://${a b}' }\n" + ENTITY, "SEG404", "${", "not followed by the name", "${NAME}"
    ),
    "no entity": Mistake("timezone = 'UTC'\n", "SEG405", "", "there is no [entity]", "[entity]"),
    "no key": Mistake("[entity]\ntable = 'c'\n", "SEG405", "entity", "does not say its `key`", 'key = "customer_id"'),
    "no join": Mistake(
        ORDER.replace('on = "id"\n', ""), "SEG405", "order", "the relation `order` does not say its `on`", "on ="
    ),
    "no type": Mistake(field("{ private = true }"), "SEG405", "x", "the field `x` does not say its `type`", "type ="),
    "no by": Mistake(ORDER + '[relations.g]\ngroups = "order"\n', "SEG405", "g", "does not say its `by`", "by ="),
    "a group's field without a type": Mistake(
        ORDER + "[relations.g]\ngroups = 'order'\nby = { day = 'date(at)' }\n",
        "SEG405",
        "day",
        "do not say the type of `day`",
        'day = "date"',
    ),
    "another language's type": Mistake(
        field('"integer?"'), "SEG406", '"integer?"', "not a type", "did you mean `int?`"
    ),
    "duration": Mistake(field('"duration"'), "SEG406", '"duration"', "cannot be a length of time", "number"),
    "misspelt type": Mistake(field('"strng"'), "SEG406", '"strng"', "not a type", "`string`"),
    "wide decimal": Mistake(field('"decimal(39,2)"'), "SEG406", '"decimal(39,2)"', "p from 1 to 38", "money"),
    "scale beyond digits": Mistake(field('"decimal(4,5)"'), "SEG406", '"decimal(4,5)"', "0 to p"),
    "backquote in a name": Mistake(ENTITY + '"a`b" = "int"\n', "SEG407", '"a`b"', "cannot be a name", "column"),
    "invisible name": Mistake(ENTITY + '"a\u200bb" = "int"\n', "SEG407", '"a\u200bb"', r"a\u200bb", "column"),
    "empty name": Mistake(ENTITY + '"" = "int"\n', "SEG407", '""', "cannot be empty"),
    "relation called like the entity": Mistake(
        ENTITY + "[relations.customer]\non = 'id'\n", "SEG408", "customer", "already the entity"
    ),
    "relation and lookup of one name": Mistake(
        ORDER + "[lookups.Order]\ntable = 't'\nof = 'order'\non = 'no'\n",
        "SEG408",
        "Order",
        "differ only in upper and lower case",
    ),
    "two fields but for case": Mistake(
        field('{ type = "int", column = "y" }') + "X = 'int'\n", "SEG408", "X", "`X` and `x` (a field of `customer`)"
    ),
    "trait called like a field": Mistake(
        ENTITY + "[traits]\nsince = { type = 'date', column = 's' }\n", "SEG408", "since", "a field of the entity"
    ),
    "field that comes along": Mistake(
        ORDER + "[relations.big]\nfrom = 'order'\nfields = { total = 'int' }\n", "SEG408", "total", "which come along"
    ),
    "name in two compositions": Mistake(
        ENTITY + '"é" = "int"\n"e\u0301" = "int"\n', "SEG408", '"e\u0301"', "already taken"
    ),
    "unknown parent": Mistake(
        ORDER + "[relations.item]\nparent = 'ordr'\non = 'no'\n",
        "SEG409",
        "'ordr'",
        "not a relation or the entity",
        "`order`",
    ),
    "lookup as a parent": Mistake(
        ORDER + "[lookups.l]\nof = 'order'\non = 'no'\n[relations.item]\nparent = 'l'\non = 'no'\n",
        "SEG409",
        "'l'",
        "not a relation or the entity",
    ),
    "unknown from": Mistake(
        ENTITY + "[relations.a]\nfrom = 'orders'\n", "SEG409", "'orders'", "which is not a relation"
    ),
    "unknown of": Mistake(
        ORDER + "[lookups.l]\nof = 'odrer'\non = 'no'\n",
        "SEG409",
        "'odrer'",
        "a relation, a lookup or the entity",
        "`order`",
    ),
    "join on a field but for case": Mistake(
        ORDER.replace('on = "id"', 'on = { ID = "Id" }'), "SEG409", '"Id"', "`customer` has no such field", "`id`"
    ),
    "several parents": Mistake(
        ORDER + "[relations.item]\nparent = 'order'\non = 'order_no'\n",
        "SEG428",
        "'order_no'",
        "`item` may belong to several rows of `order`",
        "join by the key of `order`",
    ),
    "join on a group's missing field": Mistake(
        ORDER + "[relations.g]\ngroups = 'order'\nby = 'no'\n[relations.h]\nparent = 'g'\non = 'xx'\n",
        "SEG409",
        "'xx'",
        "`g` has no such field",
    ),
    "parent of itself": Mistake(
        ENTITY + "[relations.a]\nparent = 'a'\non = 'id'\n", "SEG410", "'a'", "`a` → `a`", "end at the entity"
    ),
    "cycle of three": Mistake(
        ENTITY
        + "[relations.a]\nfrom = 'b'\n[relations.b]\ngroups = 'c'\nby = 'x'\n[relations.c]\nparent = 'a'\non = 'x'\n",
        "SEG410",
        "'b'",
        "`a` → `b` → `c` → `a`",
    ),
    "computed time of a table of keys": Mistake(
        "[entity]\ndistinct = ['orders']\nkey = 'id'\n[entity.fields]\nid = 'int'\n"
        "[relations.order]\ntable = 'orders'\non = 'id'\ntime = 'due'\n"
        "[relations.order.fields]\nat = 'date'\ndue = { type = 'date', is = 'at + 7 days' }\n",
        "SEG411",
        "'due'",
        "the time `due` of `order` is no column of it",
        "out of `distinct`",
    ),
    "text as a time": Mistake(
        ORDER.replace('at = "timestamp"', 'at = "string"'),
        "SEG411",
        '"at"',
        "which is a string, not a date or timestamp",
    ),
    "undeclared time": Mistake(
        ORDER.replace('time = "at"', 'time = "when"'), "SEG411", '"when"', "not a declared field", 'when = "timestamp"'
    ),
    "misspelt created": Mistake(
        ENTITY.replace('"since"', '"sinec"'), "SEG411", '"sinec"', "not a declared field", "`since`"
    ),
    "join of text and number": Mistake(
        ORDER + "id = 'string'\n",
        "SEG412",
        '"id"',
        "`order.id` (string) cannot be joined to `customer.id` (int)",
        line=8,
    ),
    "join across a chain": Mistake(
        ORDER + "[relations.a]\non = { x = 'k' }\n[relations.b]\non = { y = 'k' }\n"
        "[relations.b.fields]\ny = 'string'\n[relations.a.fields]\nx = 'int'\n",
        "SEG412",
        "'k'",
        "`b.y` (string) cannot be joined to `customer.k` (int)",
    ),
    "join by a float": Mistake(
        ORDER.replace('on = "id"', 'on = { f = "id" }') + "f = 'float'\n",
        "SEG412",
        '"id"',
        "`f`, which is a float",
        line=8,
    ),
    "group by a float": Mistake(
        ORDER + "f = 'float'\n[relations.g]\ngroups = 'order'\nby = 'f'\n", "SEG412", "'f'", "joined or grouped"
    ),
    "optional key": Mistake(
        ENTITY.replace('id = "int"', 'id = "int?"'), "SEG413", '"int?"', "is never missing", '"int"', line=5
    ),
    "float key": Mistake(ENTITY.replace('id = "int"', 'id = "float"'), "SEG413", '"id"', "a float, cannot be a key"),
    "computed key": Mistake(
        ENTITY.replace('id = "int"', "id = { type = 'int', is = '1' }"), "SEG413", '"id"', "must be a column"
    ),
    "optional key of a lookup": Mistake(
        ORDER + "[lookups.l]\nof = 'order'\non = 'no'\nfields = { no = 'int?' }\n",
        "SEG413",
        "'int?'",
        "never missing",
        line=18,
    ),
    "values of numbers": Mistake(
        field('{ type = "int", values = ["a"] }'), "SEG414", "values", "it is of type int, not string"
    ),
    "order without values": Mistake(
        field('{ type = "string", ordered = true }'), "SEG414", "ordered", "it has no `values`", "lowest first"
    ),
    "missing of what is never missing": Mistake(
        field('{ type = "string", missing = [""] }'), "SEG414", "missing", "never missing", '"string?"'
    ),
    "missing of dates": Mistake(field('{ type = "date?", missing = ["0"] }'), "SEG414", "missing", "not date"),
    "column of an expression": Mistake(
        field('{ type = "int", column = "y", is = "1" }'), "SEG414", "column", "it is an expression"
    ),
    "missing of an expression": Mistake(
        field('{ type = "int?", missing = ["1"], is = "1" }'), "SEG414", "missing", "it is an expression"
    ),
    "codes of an expression": Mistake(
        field("{ type = 'string', values = { a = '1' }, is = 'y' }"), "SEG414", "values", "codes stand in a column"
    ),
    "an entity's field that changes": Mistake(
        field('{ type = "int", changes = true }'), "SEG414", "changes", "only a relation's rows", "fixed"
    ),
    "column of a group's field": Mistake(
        ORDER + "[relations.g]\ngroups = 'order'\nby = 'no'\nfields = { no = { type = 'int', column = 'n' } }\n",
        "SEG414",
        "column",
        "made of a group's rows",
    ),
    "value twice": Mistake(
        field('{ type = "string", values = ["a", "a"] }'), "SEG415", '"a"', "the value `a` stands twice"
    ),
    "code twice": Mistake(
        field("{ type = 'string', values = { a = '1', b = '1' } }"), "SEG415", "'1'", "the code `1` stands twice"
    ),
    "spelling twice": Mistake(
        field('{ type = "int?", missing = [-1, "-1"] }'), "SEG415", '"-1"', "the spelling `-1` stands twice"
    ),
    "join twice": Mistake(ORDER.replace('on = "id"', 'on = ["id", "id"]'), "SEG415", '"id"', "in `on` `id`", line=8),
    "from and table": Mistake(
        ORDER + "[relations.b]\nfrom = 'order'\ntable = 'x'\n",
        "SEG416",
        "table",
        "`table` does not go with `from`",
        "leave out",
    ),
    "groups and from": Mistake(
        ORDER + "[relations.b]\nfrom = 'order'\ngroups = 'order'\nby = 'no'\n",
        "SEG416",
        "from",
        "does not go with `groups`",
    ),
    "by without groups": Mistake(
        ORDER.replace('key = "no"', 'by = "no"'), "SEG416", "by", "`by` does not go with `table`"
    ),
    "distinct and created": Mistake(
        ENTITY.replace("[entity]", "[entity]\ndistinct = 't'").replace("since = ", "since.is = '1'\nsince.type = "),
        "SEG416",
        "created",
        "does not go with `distinct`",
    ),
    "path and url": Mistake(
        "data = { path = 'a', url = 'sqlite:///b' }\n" + ENTITY, "SEG416", "url", "data lies in one place", "leave out"
    ),
    "changes and fixed": Mistake(
        ORDER + "x = { type = 'int', fixed = true, changes = true }\n", "SEG416", "changes", "does not go with `fixed`"
    ),
    "traits of distinct keys": Mistake(
        "[entity]\ndistinct = 't'\nkey = 'k'\n[traits]\nn = 'int'\n", "SEG416", "n", "the entity has no table"
    ),
    "field of distinct keys": Mistake(
        "[entity]\ndistinct = ['t']\nkey = 'k'\nfields = { k = 'int', x = 'int' }\n",
        "SEG417",
        "x",
        "made of distinct keys",
        "lookup",
    ),
    "plain field of a group": Mistake(
        ORDER + "[relations.g]\ngroups = 'order'\nby = 'no'\nfields = { total = 'decimal(12,2)' }\n",
        "SEG417",
        "total",
        "no column holds `total`",
        'is = "min(order.total)"',
    ),
    "columns but for case": Mistake(
        field("{ type = 'int', column = 'SINCE' }"), "SEG418", "x", "the columns `SINCE` and `since`"
    ),
    "tables but for case": Mistake(
        ORDER + "[relations.r]\ntable = 'ORDER'\non = 'id'\n", "SEG418", "'ORDER'", "the tables `ORDER` and `order`"
    ),
    "city for a zone": Mistake(
        "timezone = 'new york'\n" + ENTITY, "SEG419", "'new york'", "not a time zone", "`America/New_York`"
    ),
    "path for a zone": Mistake(
        "timezone = '../../etc/passwd'\n" + ENTITY, "SEG419", "'../../etc/passwd'", "not a time zone"
    ),
    "unknown pack": Mistake("packs = ['comerce']\n" + ENTITY, "SEG420", "'comerce'", "no pack `comerce`", "`commerce`"),
    "unknown standard schema": Mistake(
        "schema = 'shop'\n" + ENTITY, "SEG420", "'shop'", "no pack `shop`", "`commerce`"
    ),
    "unknown edition": Mistake("language = '7'\n" + ENTITY, "SEG421", "'7'", "edition '7'", '"1"'),
    "edition as a number": Mistake("language = 1\n" + ENTITY, "SEG421", "1", "edition 1", '"1"'),
    "unset variable": Mistake(
        "data = { url = 'postgresql://a:${SEGDSL_TEST_UNSET}@h/d' }\n" + ENTITY,
        "SEG422",
        "${SEGDSL_TEST_UNSET}",
        "SEGDSL_TEST_UNSET is not set",
    ),
    "no such folder": Mistake("segments = ['nowhere']\n" + ENTITY, "SEG423", "'nowhere'", "no file or folder nowhere"),
    "password": Mistake(
        "data = { url = 'postgresql://a:b@h/d' }\n" + ENTITY,
        "SEG424",
        "'postgresql://a:b@h/d'",
        "a password in it",
        "${",
    ),
    "false for a field": Mistake(field("false"), "SEG425", "false", "no field `x` to leave out"),
    "false for a table": Mistake(
        ENTITY + "[relations.r]\ntable = false\n", "SEG425", "false", "no relation `r` to leave out"
    ),
    "false for what the standard schema has not": Mistake(
        "schema = 'commerce'\n[lookups.x]\ntable = false\n", "SEG425", "false", "no lookup `x` to leave out"
    ),
}


def findings(text: str) -> tuple[Diagnostic, ...]:
    return project_from_toml(Source("segdsl.toml", text), Path(__file__).parent)[1]


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_mistake_is_reported_at_its_place(mistake: Mistake) -> None:
    found = findings(mistake.text)
    assert [d.code for d in found] == [mistake.code], [str(d) for d in found]
    one = found[0]
    assert one.span.source is not None
    assert one.span.text == mistake.at
    if mistake.line is not None:
        assert one.span.source.position(one.span.start)[0] == mistake.line
    assert mistake.says in one.message
    if mistake.hint is not None:
        assert one.hint is not None
        assert mistake.hint in one.hint
    assert one.render()


def test_an_error_leaves_no_project_and_a_warning_does() -> None:
    for mistake in MISTAKES.values():
        project, found = project_from_toml(Source("segdsl.toml", mistake.text), Path(__file__).parent)
        assert (project is None) == any(d.severity is Severity.ERROR for d in found)


def test_fixes_mend_what_they_are_for() -> None:
    fixed = 0
    for mistake in MISTAKES.values():
        (one,) = findings(mistake.text)
        if one.fix is None:
            continue
        text = mistake.text
        for edit in one.fix.edits:
            text = text[: edit.span.start] + edit.text + text[edit.span.end :]
        after = findings(text)
        assert not any(d.code == one.code and d.message == one.message for d in after), text
        fixed += 1
    assert fixed >= 10


def test_all_mistakes_of_a_file_are_reported_in_one_run() -> None:
    text = """language = "2"
segmnts = "x"
timezone = "Athens"
[entity]
key = "id"
created = "sinec"
[entity.fields]
id = "integer"
since = { type = "date", privat = true }
[relations.order]
table = "orders"
time = "at"
[relations.order.fields]
at = "string"
[relations.item]
parent = "ordr"
on = "no"
"""
    source = Source("segdsl.toml", text)
    _, found = project_from_toml(source, Path())
    places = sorted((*source.position(d.span.start), d.code) for d in found)
    assert places == [
        (1, 12, "SEG421"),
        (2, 1, "SEG403"),
        (3, 12, "SEG419"),
        (6, 11, "SEG411"),
        (8, 6, "SEG406"),
        (9, 26, "SEG403"),
        (10, 12, "SEG405"),
        (12, 8, "SEG411"),
        (16, 10, "SEG409"),
    ]


def test_large_files_take_seconds_at_most() -> None:
    begun = time.perf_counter()
    chain = "".join(f'[relations.r{n}]\nfrom = "r{n + 1}"\n' for n in range(5_000))
    (one,) = findings(ENTITY + chain)
    assert one.code == "SEG409"
    wrong = "".join(f'[relations.r{n}]\nparent = "x{n}"\non = "id"\n' for n in range(5_000))
    assert len(findings(ENTITY + wrong)) == 500
    assert time.perf_counter() - begun < 30


def test_a_schema_in_python_names_paths() -> None:
    with pytest.raises(SegdslError) as caught:
        schema_from_dict(
            {
                "entity": {"key": "id", "fields": {"id": "int"}},
                "relations": {"order": {"on": "id", "fields": {"total": "decimal", "at": {"type": "date", "tpye": 1}}}},
                "nonsense": 1,
            }
        )
    said = [d.message for d in caught.value.diagnostics]
    assert sorted(said) == [
        "nonsense: a schema has no key `nonsense`",
        "relations.order.fields.at.tpye: the field `at` has no key `tpye`",
        "relations.order.fields.total: `decimal` is not a type",
    ]


def test_odd_python_values_end_in_findings() -> None:
    circular: dict[str, object] = {}
    circular["fields"] = circular
    for entity in (
        None,
        3,
        [],
        {"key": object()},
        {"key": "a\ud800"},
        {"key": "id", "fields": {"\ud800": "int"}},
        circular,
    ):
        with pytest.raises(SegdslError) as caught:
            schema_from_dict({"entity": entity})
        assert caught.value.diagnostics.errors


def test_unreadable_files(tmp_path: Path) -> None:
    def only(path: Path) -> Diagnostic:
        project, found = load_project_file(path)
        assert project is None
        (one,) = found
        return one

    assert only(tmp_path / "nothing.toml").code == "SEG402"
    assert only(tmp_path).code == "SEG402"
    latin = tmp_path / "latin.toml"
    latin.write_bytes('# fine\nname = "caf\xe9"\n'.encode("latin-1"))
    found = only(latin)
    assert found.code == "SEG402"
    assert found.span.describe().endswith("latin.toml:2:12")
    pyproject = tmp_path / "pyproject.toml"
    pyproject.write_text("[project]\nname = 'x'\n")
    assert only(pyproject).code == "SEG427"


def test_nothing_to_infer(tmp_path: Path) -> None:
    for make in (
        lambda: infer([]),
        lambda: infer_from_url(str(tmp_path / "no.db")),
        lambda: infer_from_url("ftp://x/y"),
    ):
        with pytest.raises(SegdslError) as caught:
            make()
        assert [d.code for d in caught.value.diagnostics] == ["SEG426"]


def test_every_code_is_tested() -> None:
    tested = {m.code for m in MISTAKES.values()} | {"SEG426", "SEG427"}
    assert tested == {rule.code for rule in errors.RULES}
    assert len({rule.name for rule in errors.RULES}) == len(errors.RULES)
