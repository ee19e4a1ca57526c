"""What MySQL and MariaDB alone ask for."""

from __future__ import annotations

from decimal import Decimal

import pytest
from engines import MariaDB, connect
from sql.plans import AS_OF, col, lit, load, plan, selected
from sqlglot import exp

from segdsl.backends.sql.dialects.mysql import MYSQL
from segdsl.backends.sql.emit import emit
from segdsl.diagnostics import SegdslError
from segdsl.planning.plan import Input, Plan, Stage, StageColumn, Table, TableColumn, Union
from segdsl.semantics import ir
from segdsl.types import BOOL, INT, STRING, Type, decimal

TEXTS = ("a", "A", "á", "a ", "", "a\\", "a\\'b", "a\nb", "☕", "%")


@pytest.mark.parametrize("text", TEXTS)
def test_texts_are_told_apart_whatever_the_collation_and_the_mode(text: str) -> None:
    load("mysql", {"s": STRING}, [(one,) for one in TEXTS])
    s = col("s", STRING)
    wanted = {TEXTS.index(text) + 1}
    for condition in (ir.Compare("=", s, lit(text, STRING)), ir.InList(s, (text, "zz"))):
        assert selected("mysql", condition, {"s": STRING}) == wanted
    sql = emit(plan({"it": ir.Compare("=", s, lit(text, STRING))}, {"s": STRING}), "mysql", "members", AS_OF, "it").text
    try:
        connect("mysql").rows("SET sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES,PIPES_AS_CONCAT'")
        assert {key for (key,) in connect("mysql").rows(sql)} == wanted
    finally:
        connect("mysql").rows("SET sql_mode = 'NO_UNSIGNED_SUBTRACTION'")


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [("?", {1, 2, 3, 9, 10}), ("a?", {4}), ("a?b", {8}), ("?%*", set()), ("*%", {10}), ("a*?b", {7, 8})],
)
def test_patterns_go_by_characters(pattern: str, wanted: set[int]) -> None:
    texts = (*TEXTS[:5], "a|", *TEXTS[6:])
    load("mysql", {"s": STRING}, [(one,) for one in texts])
    assert selected("mysql", ir.Match("matches", col("s", STRING), pattern), {"s": STRING}) == (
        wanted | {6} if pattern == "a?" else wanted
    )


def test_a_text_that_leaves_the_statement_is_a_text() -> None:
    connect("mysql").load({"t": [{"id": "á "}]}, {"t": {"id": STRING}})
    key = ir.Col("t", "id", type=STRING, optional=False)
    columns = (StageColumn("id", STRING, False, key), StageColumn("it", BOOL, False, ir.Compare("=", key, key), True))
    rows = Input("t", Table("t", (TableColumn("id", "id", STRING, False),)))
    made = Plan((), Stage("final", rows, (), (), None, columns, ("id",)), "id", {"it": "it"})
    for shape, wanted in (("flags", ("á ", 1)), ("memberships", ("it", "á "))):
        assert connect("mysql").rows(emit(made, "mysql", shape, AS_OF).text) == [wanted]  # type: ignore[arg-type]


def test_no_window_begins_another_one() -> None:
    """Over a, over nothing, in the order of b: MariaDB would sort the third as the first."""
    a, b = exp.column("a"), exp.column("b")
    select = exp.select(
        exp.Window(
            this=exp.RowNumber(),
            partition_by=[a.copy()],
            order=exp.Order(expressions=[exp.Ordered(this=b.copy(), nulls_first=True)]),
        ),
        exp.Window(this=exp.Anonymous(this="COUNT", expressions=[b.copy()])),
        exp.Window(this=exp.RowNumber(), order=exp.Order(expressions=[exp.Ordered(this=b.copy(), nulls_first=True)])),
    )
    assert [window.sql("mysql") for window in MYSQL.finish(select).find_all(exp.Window)] == [
        "ROW_NUMBER() OVER (PARTITION BY a ORDER BY b)",
        "COUNT(b) OVER (PARTITION BY NULLIF(a, a) = 0)",
        "ROW_NUMBER() OVER (PARTITION BY NULLIF(a, a) = 0 ORDER BY b)",
    ]


@pytest.mark.parametrize("stages", [59, 60, 61, 200])
def test_more_ctes_than_one_with_may_have(stages: int) -> None:
    load("mysql", {"a": INT}, [(1,), (2,)])
    plain = (StageColumn("id", INT, False, col("id", INT, optional=False)), StageColumn("a", INT, True, col("a", INT)))
    table = Table("t", (TableColumn("id", "id", INT, False), TableColumn("a", "a", INT, True)))
    names = [f"s{number}" for number in range(stages)]
    made = tuple(Stage(name, Input("t", table), (), (), None, plain, ("id",)) for name in names)
    columns = (plain[0], StageColumn("it", BOOL, False, ir.Compare(">", col("a", INT), lit(1, INT)), True))
    whole = Plan(
        made, Stage("final", Input("t", Union(tuple(names))), (), (), None, columns, ("id",)), "id", {"it": "it"}
    )
    for shape, wanted in (("flags", [(1, 0)] * stages + [(2, 1)] * stages), ("counts", [("it", stages, 2 * stages)])):
        assert sorted(connect("mysql").rows(emit(whole, "mysql", shape, AS_OF).text)) == wanted  # type: ignore[arg-type]


def test_numbers_of_more_places_than_mysql_keeps_are_refused() -> None:
    many: Type = decimal(38, 31)
    tiny = Decimal(1).scaleb(-31)
    made = plan({"it": ir.Compare(">", col("n", many), lit(tiny, many))}, {"n": many})
    with pytest.raises(SegdslError) as raised:
        emit(made, "mysql", "flags", AS_OF)
    found = {one.message for one in raised.value.diagnostics}
    assert found == {"mysql cannot compute a number of 31 decimal places exactly: it keeps 30 of them"}
    few = decimal(38, 30)
    assert emit(plan({"it": ir.IsMissing(col("n", few))}, {"n": few}), "mysql", "flags", AS_OF).text


def test_so_many_segments_as_a_row_in_the_making_has_columns() -> None:
    most = MYSQL.capabilities.columns
    assert most is not None
    load("mysql", {"a": INT}, [(5,), (9,)])
    conditions = {f"s{number}": ir.Compare("=", col("a", INT), lit(number, INT)) for number in range(most)}
    whole = plan(conditions, {"a": INT})
    for shape in ("counts", "memberships"):
        with pytest.raises(SegdslError) as raised:
            emit(whole, "mysql", shape, AS_OF)  # type: ignore[arg-type]
        assert [found.code for found in raised.value.diagnostics] == ["SEG604"]
    del conditions["s0"]
    fewer = plan(conditions, {"a": INT})
    found = connect("mysql").rows(emit(fewer, "mysql", "memberships", AS_OF).text)
    assert sorted(found) == [("s5", 1), ("s9", 2)]
    assert len(connect("mysql").rows(emit(fewer, "mysql", "flags", AS_OF).text)) == 2


@pytest.mark.parametrize("name", ["a\\b", "a'b", "á", "a\nb", "%s"])
def test_names_of_segments_leave_a_statement_as_they_are(name: str) -> None:
    load("mysql", {"a": INT}, [(5,), (9,)])
    made = plan({name: ir.Compare("=", col("a", INT), lit(5, INT)), "other": ir.IsMissing(col("a", INT))}, {"a": INT})
    rows = connect("mysql").rows
    assert sorted(rows(emit(made, "mysql", "memberships", AS_OF).text)) == [(name, 1)]
    assert (name, 1, 2) in rows(emit(made, "mysql", "counts", AS_OF).text)
    assert rows(emit(made, "mysql", "counts", AS_OF, name).text) == [(name, 1, 2)]


def test_a_server_that_ends_is_followed_by_another_with_the_same_tables() -> None:
    load("mysql", {"a": INT}, [(5,), (9,)])
    engine = connect("mysql")
    assert isinstance(engine, MariaDB)
    before = engine.rows("SELECT a FROM t ORDER BY a")
    engine.server.kill()
    engine.server.wait()
    with pytest.raises(engine.errors):
        engine.rows("SELECT a FROM t ORDER BY a")
    assert engine.rows("SELECT a FROM t ORDER BY a") == before == [(5,), (9,)]
