"""What ClickHouse alone does: settings that change what a statement means, and columns that have parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from engines import connect
from engines.clickhouse import ClickHouse
from sql.plans import AS_OF, call, col, lit, plan

from segdsl.backends.sql.emit import emit
from segdsl.planning.plan import (
    Aggregation,
    Input,
    Join,
    Plan,
    Stage,
    StageColumn,
    StageRef,
    Table,
    TableColumn,
    Window,
)
from segdsl.semantics import ir
from segdsl.types import BOOL, INT, STRING

OTHERWISE = {
    "join_use_nulls": 0,
    "join_default_strictness": "'ANY'",
    "transform_null_in": 1,
    "aggregate_functions_null_for_empty": 1,
    "prefer_column_name_to_alias": 0,
    "use_variant_as_common_type": 1,
    "short_circuit_function_evaluation": "'disable'",
}


@pytest.fixture
def engine() -> Iterator[ClickHouse]:
    engine = connect("clickhouse")
    assert isinstance(engine, ClickHouse)
    yield engine
    for name in OTHERWISE:
        engine.said(f"SET {name} = DEFAULT")


def _joined() -> Plan:
    """Everybody with their rows, and how many of them have a size."""
    people = Table("person", (TableColumn("id", "id", INT, False), TableColumn("town", "town", STRING, True)))
    products = Table(
        "product",
        (
            TableColumn("owner", "owner", INT, False),
            TableColumn("product", "product", STRING, True),
            TableColumn("size", "size", INT, True),
            TableColumn("null", "null", INT, True),
        ),
    )
    key = col("id", INT, optional=False, of="person")
    rows = Stage(
        "rows",
        Input("person", people),
        (Join(Input("product", products), ((key, "owner"),)),),
        (),
        None,
        (
            StageColumn("id", INT, False, key),
            StageColumn("town", STRING, True, col("town", STRING, of="person")),
            StageColumn("product", STRING, True, col("product", STRING, of="product")),
            StageColumn("size", INT, True, col("size", INT, of="product")),
            StageColumn("null", INT, True, col("null", INT, of="product")),
        ),
    )
    totals = Stage(
        "totals",
        Input("r", StageRef("rows")),
        (),
        (),
        ("id",),
        (
            StageColumn("id", INT, False, col("id", INT, optional=False, of="r")),
            StageColumn("products", INT, False, Aggregation("count", INT, col("product", STRING, of="r"))),
            StageColumn("largest", INT, True, Aggregation("max", INT, col("size", INT, of="r"))),
            StageColumn("nulls", INT, True, Aggregation("max", INT, col("null", INT, of="r"))),
        ),
        ("id",),
    )
    conditions = {
        "two": ir.Compare("=", col("products", INT, optional=False), lit(2, INT)),
        "none": ir.Compare("=", col("products", INT, optional=False), lit(0, INT)),
        "no_size": ir.IsMissing(col("largest", INT)),
        "of_77": ir.Compare("=", col("largest", INT), lit(77, INT)),
        "of_5": ir.Compare("=", col("nulls", INT), lit(5, INT)),
    }
    columns = (
        StageColumn("id", INT, False, col("id", INT, optional=False)),
        *(StageColumn(name, BOOL, False, value, condition=True) for name, value in conditions.items()),
    )
    final = Stage("flags_of_t", Input("t", StageRef("totals")), (), (), None, columns, ("id",))
    return Plan((rows, totals), final, "id", {name: name for name in conditions})


def _found(engine: ClickHouse) -> dict[str, set[int]]:
    engine.load(
        {
            "person": [{"id": 1, "town": "a"}, {"id": 2, "town": None}, {"id": 3, "town": "b"}],
            "product": [
                {"owner": 1, "product": "abc", "size": 77, "null": 5},
                {"owner": 1, "product": "abcdef", "size": 12, "null": None},
                {"owner": 3, "product": "ab", "size": None, "null": None},
            ],
        },
        {
            "person": {"id": INT, "town": STRING},
            "product": {"owner": INT, "product": STRING, "size": INT, "null": INT},
        },
    )
    made = _joined()
    found: dict[str, set[int]] = {name: set() for name in made.outputs}
    for key, *flags in engine.rows(emit(made, "clickhouse", "flags", AS_OF).text):
        for name, flag in zip(made.outputs, flags, strict=True):
            if flag:
                found[name].add(key)
    return found


WANTED = {"two": {1}, "none": {2}, "no_size": {2, 3}, "of_77": {1}, "of_5": {1}}


@pytest.mark.parametrize("setting", OTHERWISE)
def test_a_statement_means_the_same_in_every_session(engine: ClickHouse, setting: str) -> None:
    engine.said(f"SET {setting} = {OTHERWISE[setting]}")
    assert _found(engine) == WANTED


def test_a_part_of_a_column_is_not_taken_for_a_column(engine: ClickHouse) -> None:
    """`product.size` would be how long the text in the column `product` is."""
    assert _found(engine) == WANTED
    made = _joined()
    table = replace(made.stages[0].joins[0].input, alias="p")
    assert table.alias == "p"
    text = emit(made, "clickhouse", "flags", AS_OF).text
    assert "LEFT JOIN product AS product_row" in text


def test_a_place_beside_a_number_with_a_sign(engine: ClickHouse) -> None:
    """Places are unsigned there, and have no type in common with others."""
    engine.load({"t": [{"id": n, "a": n - 2} for n in range(1, 5)]}, {"t": {"id": INT, "a": INT}})
    key, a = col("id", INT, optional=False), col("a", INT)
    place = Window("rank", INT, (), ((a, True),))
    columns = (StageColumn("id", INT, False, key), StageColumn("a", INT, True, a), StageColumn("n", INT, False, place))
    ranked = Stage(
        "ranked",
        Input("t", Table("t", (TableColumn("id", "id", INT, False), TableColumn("a", "a", INT, True)))),
        (),
        (),
        None,
        columns,
        ("id",),
    )
    least = call("least", a, col("n", INT), type_=INT)
    it = StageColumn("it", BOOL, False, ir.Compare("=", least, lit(-1, INT)), condition=True)
    final = Stage("final", Input("t", StageRef("ranked")), (), (), None, (columns[0], it), ("id",))
    found = engine.rows(emit(Plan((ranked,), final, "id", {"it": "it"}), "clickhouse", "flags", AS_OF).text)
    assert sorted(found) == [(1, True), (2, False), (3, False), (4, False)]


def test_no_alias_is_a_columns_name(engine: ClickHouse) -> None:
    engine.load({"t": [{"id": 1, "t_row": "abc", "size": 5}]}, {"t": {"id": INT, "t_row": STRING, "size": INT}})
    long = ir.Compare("=", col("size", INT), lit(5, INT))
    made = plan({"size": long, "it": ir.IsMissing(col("t_row", STRING))}, {"t_row": STRING, "size": INT})
    text = emit(made, "clickhouse", "flags", AS_OF).text
    assert "FROM t AS t_row_\n" in text
    assert engine.rows(text) == [(1, True, False)]
