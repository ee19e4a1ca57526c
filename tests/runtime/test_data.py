"""Local data: where it comes from, and what is said of it before anything is evaluated."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from runtime import shop

from segdsl.diagnostics import SegdslError
from segdsl.errors import data as errors
from segdsl.library import Library
from segdsl.planning.plan import KeyCheck
from segdsl.runtime.evaluate import counts, evaluate, evaluate_lazy, members
from segdsl.runtime.tables import UnreachableError

PLAN = shop.plan()
ROWS = shop.EXPECTED


def run(data: Any) -> list[tuple[Any, ...]]:
    found = evaluate(PLAN, data, shop.AS_OF)
    assert isinstance(found, pl.DataFrame)
    assert found.columns[0] == "id"
    return found.select("id", *(PLAN.outputs[n] for n in ("buyers", "big", "gold", "abroad", "heavy"))).rows()


def findings(data: Any, plan: Any = PLAN) -> list[str]:
    with pytest.raises(SegdslError) as raised:
        evaluate(plan, data, shop.AS_OF)
    return [f"{d.code} {d.message} | {d.hint}" for d in raised.value.diagnostics]


def with_orders(**columns: Any) -> dict[str, pl.DataFrame]:
    data = shop.frames()
    data["orders"] = data["orders"].with_columns(**columns)
    return data


# -- where data comes from ------------------------------------------------------------------------------------------------


def test_frames():
    assert run(shop.frames()) == ROWS


def test_lazy_in_lazy_out():
    lazy = {name: frame.lazy() for name, frame in shop.frames().items()}
    found = evaluate(PLAN, lazy, shop.AS_OF)
    assert isinstance(found, pl.LazyFrame)
    assert found.collect().rows() == evaluate(PLAN, shop.frames(), shop.AS_OF).lazy().collect().rows()
    assert isinstance(members(PLAN, lazy, shop.AS_OF, "gold"), pl.LazyFrame)
    mixed = {**lazy, "orders": shop.frames()["orders"]}
    assert isinstance(evaluate(PLAN, mixed, shop.AS_OF), pl.DataFrame)
    assert isinstance(evaluate_lazy(PLAN, shop.frames(), shop.AS_OF), pl.LazyFrame)


def test_members_and_counts():
    found = members(PLAN, shop.frames(), shop.AS_OF, "gold")
    assert isinstance(found, pl.DataFrame)
    assert found.to_dict(as_series=False) == {"id": [1, 3]}
    assert counts(PLAN, shop.frames(), shop.AS_OF) == (3, {"buyers": 1, "big": 1, "gold": 2, "abroad": 1, "heavy": 2})


def test_nobody_at_all():
    nobody = {name: frame.clear() for name, frame in shop.frames().items()}
    assert run(nobody) == []
    assert counts(PLAN, nobody, shop.AS_OF) == (0, dict.fromkeys(PLAN.outputs, 0))


class Stream:
    """What pandas and PyArrow tables have in common."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)


def test_arrow_streams():
    assert run({name: Stream(frame) for name, frame in shop.frames().items()}) == ROWS


def test_duckdb_relations():
    import duckdb

    with duckdb.connect() as connection:
        given = {}
        for name, frame in shop.frames().items():
            connection.register(name, frame)
            given[name] = connection.sql(f"select * from {name}")
        assert run(given) == ROWS


@pytest.mark.parametrize("kind", ["parquet", "csv", "ndjson", "jsonl"])
def test_a_folder_of_files(tmp_path, kind):
    for name, frame in shop.frames().items():
        write(frame, tmp_path / f"{name}.{kind}", kind)
    (tmp_path / "README.txt").write_text("not a table")
    assert run(tmp_path) == ROWS
    assert run(str(tmp_path)) == ROWS
    assert run({name: tmp_path / f"{name}.{kind}" for name in shop.ROWS}) == ROWS


def write(frame: pl.DataFrame, path: Any, kind: str) -> None:
    match kind:
        case "parquet":
            frame.write_parquet(path)
        case "csv":
            frame.write_csv(path)
        case _:
            path.write_text("".join(json.dumps(row, default=str) + "\n" for row in frame.rows(named=True)))


def test_a_folder_of_parquet_files_for_one_table(tmp_path):
    data = shop.frames()
    (tmp_path / "orders" / "year=2026").mkdir(parents=True)
    data["orders"][:2].write_parquet(tmp_path / "orders" / "a.parquet")
    data["orders"][2:].write_parquet(tmp_path / "orders" / "year=2026" / "b[1].parquet")
    data["customers"].write_parquet(tmp_path / "customers.parquet")
    assert run(tmp_path) == ROWS


def test_table_names_with_dots(tmp_path):
    schema = json.loads(json.dumps(shop.SCHEMA))
    schema["entity"]["table"], schema["relations"]["order"]["table"] = "crm.people", "sales.v1.orders"
    library = Library.from_text(shop.SEGMENTS, schema)
    plan = library.select(list(library)).plan()
    shop.frames()["customers"].write_parquet(tmp_path / "crm.people.parquet")
    shop.frames()["orders"].write_csv(tmp_path / "sales.v1.orders.csv")
    assert counts(plan, tmp_path, shop.AS_OF)[0] == 3


def test_two_files_of_one_table(tmp_path):
    for name, frame in shop.frames().items():
        frame.write_parquet(tmp_path / f"{name}.parquet")
    shop.frames()["orders"].write_csv(tmp_path / "orders.csv")
    assert findings(tmp_path) == [
        "SEG510 table `orders` is there more than once: `orders.csv`, `orders.parquet` | remove or rename all but one"
    ]
    # Who does not ask for that table is not told.
    only = Library.from_text('segment gold where tier = "gold"', shop.SCHEMA)
    assert counts(only.select(["gold"]).plan(), tmp_path, shop.AS_OF) == (3, {"gold": 2})


@pytest.mark.parametrize("data", [5, None, [1], object()])
def test_what_is_no_data_at_all(data):
    assert findings(data)[0].startswith(f"SEG508 the data is of type {type(data).__name__}, which is no table")


def test_what_is_no_table():
    found = findings({**shop.frames(), "orders": [1, 2], "other": 5})
    assert [f.split(" | ")[0] for f in found] == [
        "SEG508 table `orders` is of type list, which is no table",
        "SEG508 table `other` is of type int, which is no table",
    ]


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(UnreachableError) as raised:
        evaluate(PLAN, tmp_path / "nowhere", shop.AS_OF)
    assert "SEG509" in str(raised.value)
    assert "no such file" in str(raised.value)
    with pytest.raises(UnreachableError):
        evaluate(PLAN, {"orders": tmp_path / "orders.xlsx"}, shop.AS_OF)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("orders.parquet", b"no parquet"),
        ("orders.csv", b""),
        ("orders.ndjson", b"{no json"),
        ("orders.csv", b"order_id,customer_id,placed_at,total,weight,gift\n1,1,2026-01-01,1,\xff,\n"),
        ("orders.csv", b"order_id,customer_id,placed_at,total,weight,gift\n1,1,2026-01-01,1,1,true,9,9\n"),
    ],
)
def test_damaged_files(tmp_path, name, content):
    shop.frames()["customers"].write_parquet(tmp_path / "customers.parquet")
    (tmp_path / name).write_bytes(content)
    (found,) = findings(tmp_path)
    assert found.startswith(("SEG509", "SEG515"))


def test_a_file_that_is_damaged_inside(tmp_path):
    for name, frame in shop.frames().items():
        frame.write_parquet(tmp_path / f"{name}.parquet", compression="uncompressed")
    path = tmp_path / "orders.parquet"
    content = bytearray(path.read_bytes())
    content[4:200] = b"\xff" * 196
    path.write_bytes(bytes(content))
    (found,) = findings(tmp_path)
    assert found.startswith("SEG515 the data could not be evaluated")


# -- names and types ------------------------------------------------------------------------------------------------------


def test_a_missing_table():
    data = shop.frames()
    data["Orders"] = data.pop("orders")
    assert findings(data) == ["SEG501 the data has no table `orders` | did you mean `Orders`?"]


def test_all_findings_at_once():
    data = shop.frames()
    data["customers"] = data["customers"].rename({"tier": "teir"})
    data["orders"] = data["orders"].with_columns(total=pl.lit("x")).drop("gift")
    assert sorted(findings(data)) == [
        "SEG502 table `customers` has no column `tier` (declared a string) | did you mean `teir`?",
        "SEG502 table `orders` has no column `gift` (declared a bool) | it has `order_id`, `customer_id`, `placed_at`, `total`, `weight`",
        (
            "SEG503 `orders.total` is declared a decimal(12,2), but the data holds text | "
            "declare it as `string`, or convert the column where the data is made"
        ),
    ]


@pytest.mark.parametrize(
    ("column", "dtype", "words"),
    [
        ("placed_at", pl.String, "a timestamp, but the data holds text"),
        ("placed_at", pl.Int64, "a timestamp, but the data holds whole numbers"),
        ("total", pl.Decimal(12, 3), "a decimal(12,2), but the data holds a decimal(12,3)"),
        ("total", pl.Boolean, "a decimal(12,2), but the data holds true and false"),
        ("weight", pl.String, "a float, but the data holds text"),
        ("gift", pl.Int8, "a bool, but the data holds whole numbers"),
        ("total", pl.List(pl.Int64), "a decimal(12,2), but the data holds lists"),
    ],
)
def test_types_that_differ(column, dtype, words):
    (found,) = findings(with_orders(**{column: pl.lit(None, dtype=dtype)}))
    assert found.startswith(f"SEG503 `orders.{column}` is declared {words}")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("total", pl.col("total").cast(pl.Float64)),
        ("total", pl.col("total").cast(pl.Decimal(38, 2))),
        ("placed_at", pl.col("placed_at").dt.replace_time_zone("UTC").dt.convert_time_zone("Asia/Tokyo")),
        ("placed_at", pl.col("placed_at").cast(pl.Datetime("ns"))),
        ("weight", pl.col("weight").cast(pl.Float32)),
        ("order_id", pl.col("order_id").cast(pl.UInt8)),
        ("customer_id", pl.col("customer_id").cast(pl.UInt64)),
    ],
)
def test_types_that_convert_without_loss(column, value):
    assert run(with_orders(**{column: value})) == ROWS


def test_text_and_numbers_are_never_joined():
    # Undeclared, and joined to an int: it has to be one.
    (found,) = findings(with_orders(customer_id=pl.col("customer_id").cast(pl.String)))
    assert found.startswith("SEG503 `orders.customer_id` is declared an int, but the data holds text")
    schema = {
        "entity": {"name": "customer", "table": "customers", "key": "id", "fields": {"country": "string?"}},
        "relations": {"order": {"table": "orders", "on": {"customer_id": "id"}, "fields": {"total": "decimal(12,2)"}}},
    }
    plan = Library.from_text("segment s where count(order) > 0", schema).select(["s"]).plan()
    assert counts(plan, shop.frames(), shop.AS_OF) == (3, {"s": 3})
    (found,) = findings(with_orders(customer_id=pl.col("customer_id").cast(pl.String)), plan)
    assert found.startswith("SEG507 `") and "holds text" in found and "holds whole numbers" in found
    (found,) = findings(with_orders(customer_id=pl.col("customer_id").cast(pl.Float64)), plan)
    assert found.startswith("SEG507 `") and "holds floats" in found


# -- texts of CSV files -----------------------------------------------------------------------------------------------------


def csv(tmp_path: Any, orders: str, customers: str | None = None) -> Any:
    (tmp_path / "orders.csv").write_text("order_id,customer_id,placed_at,total,weight,gift\n" + orders)
    if customers is None:
        shop.frames()["customers"].write_csv(tmp_path / "customers.csv")
    else:
        (tmp_path / "customers.csv").write_text("id,country,tier,born\n" + customers)
    return tmp_path


def test_unreadable_values_are_counted_and_shown(tmp_path):
    lines = "".join(f"{i},1,{'soon' if i < 7 else '2026-01-01'},{'a' if i == 3 else 1},,\n" for i in range(1, 10))
    assert findings(csv(tmp_path, lines)) == [
        (
            'SEG504 6 values of `orders.placed_at` cannot be read as a timestamp: "soon", … | '
            "correct them where the file is made; an empty cell is a missing value"
        ),
        (
            'SEG504 1 value of `orders.total` cannot be read as a decimal(12,2): "a" | '
            "correct them where the file is made; an empty cell is a missing value"
        ),
    ]


def test_cells_between_quotes_may_be_empty(tmp_path):
    schema = {
        "entity": {"name": "customer", "table": "c", "key": "id", "fields": {"id": "int", "tags": "list(string)?"}}
    }
    schema["entity"]["fields"] |= {"n": "int?", "d": "date?", "x": "decimal(9,2)?", "s": "string?"}
    library = Library.from_text('segment q where n is missing and d is missing and x is missing and s = ""', schema)
    (tmp_path / "c.csv").write_text('"id","n","d","x","s","tags"\n"1","","","","",""\n"2","1","","","",""\n')
    assert library.evaluate(tmp_path, as_of=shop.AS_OF)["q"].to_list() == [True, False]
    (tmp_path / "c.csv").rename(tmp_path / "c.txt")
    (tmp_path / "c.ndjson").write_text('{"id": 1, "n": "", "d": null, "x": null, "s": "", "tags": []}\n')
    (found,) = findings(tmp_path, library.select(["q"]).plan())
    assert found == (
        'SEG504 1 value of `c.n` cannot be read as an int: "" | '
        "correct them where the file is made; an empty text is no value of this type: null is a missing value"
    )


@pytest.mark.parametrize("header", ["id,n,n", '"n",id,"n"', "\ufeffn,n,id", '"n\n2",n,"id",n'])
def test_a_column_that_is_there_twice(tmp_path, header):
    schema = {"entity": {"name": "customer", "table": "c", "key": "id", "fields": {"id": "int", "n": "int?"}}}
    library = Library.from_text("segment q where n = 1\nsegment other where id = 1", schema)
    (tmp_path / "c.csv").write_text(f"{header}\n" + ",".join("1" * (header.count(",") + 1)) + "\n")
    (found,) = findings(tmp_path, library.select(["q"]).plan())
    assert found.startswith("SEG509") and "c.csv cannot be read: it has more than one column `n`" in found
    assert library["other"].members(tmp_path, as_of=shop.AS_OF).height == 1


def test_cells_that_a_line_lacks_at_its_end_are_missing(tmp_path):
    csv(tmp_path, "1,1,2026-01-01\n", "1,GR\n2\n")
    assert [row[0] for row in run(tmp_path)] == [1, 2]


def test_spellings_of_missing_and_empty_cells_are_no_mistake(tmp_path):
    schema = json.loads(json.dumps(shop.SCHEMA))
    schema["relations"]["order"]["fields"]["total"] = {"type": "decimal(12,2)?", "missing": [-1, "0.00"]}
    library = Library.from_text("segment big where sum(order.total) > 1.9 and sum(order.total) < 2.1", schema)
    plan = library.select(["big"]).plan()
    csv(tmp_path, "1,1,2026-01-01,0,,\n2,1,2026-01-01,-1,,\n3,1,2026-01-01,2.00,,\n4,1,2026-01-01,,,\n")
    found = members(plan, tmp_path, shop.AS_OF, "big")
    assert isinstance(found, pl.DataFrame)
    assert found["id"].to_list() == [1]


def test_an_undeclared_key_is_read_as_what_it_is_joined_to(tmp_path):
    csv(tmp_path, "1,01,2026-01-01,6,,\n2,1,2026-01-01,5,,\n")
    assert run(tmp_path)[0][:3] == (1, True, True)
    (found,) = findings(csv(tmp_path, "1,one,2026-01-01,6,,\n"))
    assert found.startswith('SEG504 1 value of `orders.customer_id` cannot be read as an int: "one"')


def test_a_leading_zero_is_part_of_a_text(tmp_path):
    schema = {"entity": {"name": "customer", "table": "c", "key": "id", "fields": {"id": "string", "zip": "string?"}}}
    (tmp_path / "c.csv").write_text("id,zip\n007,01234\n7,1234\n")
    library = Library.from_text('segment s where zip = "01234"', schema)
    found = members(library.select(["s"]).plan(), tmp_path, shop.AS_OF, "s")
    assert isinstance(found, pl.DataFrame)
    assert found["id"].to_list() == ["007"]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-01-31T10:00:00Z", datetime(2026, 1, 31, 10)),
        ("2026-01-31 10:00", datetime(2026, 1, 31, 10)),
        ("2026-01-31 10:00:00.1234567", datetime(2026, 1, 31, 10, 0, 0, 123456)),
        ("2026-01-31T10:00:00+02:00", datetime(2026, 1, 31, 8)),
        ("2026-01-31T10:00:00-0330", datetime(2026, 1, 31, 13, 30)),
        ("2026-01-31T23:30:00-01", datetime(2026, 2, 1, 0, 30)),
        ("2026-01-31", datetime(2026, 1, 30, 22)),  # its beginning, in Athens
        ("2026-07-01", datetime(2026, 6, 30, 21)),
        ("2026-02-30 10:00:00", None),
        ("2026-01-31 24:00:00", None),
        ("2026-01-31 10:60:00", None),
        ("31/01/2026", None),
        ("2026-1-31", None),
        ("", None),
    ],
)
def test_instants_in_texts(text, instant):
    from segdsl.runtime.texts import parsed
    from segdsl.semantics.time import zone

    frame = pl.DataFrame({"t": [text]}).select(parsed(pl.col("t"), shop.TIMESTAMP, zone("Europe/Athens")))
    assert frame.item() == instant


@pytest.mark.parametrize(
    ("of", "text", "value"),
    [
        (shop.INT, "+7", 7),
        (shop.INT, "-7", -7),
        (shop.INT, "7.0", None),
        (shop.INT, "9" * 30, None),
        (shop.BOOL, "TRUE", True),
        (shop.BOOL, "0", False),
        (shop.BOOL, "yes", None),
        (shop.DATE, "2026-01-31", date(2026, 1, 31)),
        (shop.DATE, "2026-01-31 00:00:00", date(2026, 1, 31)),
        (shop.DATE, "2026-01-31 10:00:00", None),
        (shop.DATE, "2026-02-30", None),
        (shop.FLOAT, "1e3", 1000.0),
        (shop.FLOAT, "1,5", None),
        (shop.decimal(12, 2), "1.005", Decimal("1.01")),
        (shop.decimal(12, 2), "-1.005", Decimal("-1.01")),
        (shop.decimal(12, 2), "1e2", Decimal("100.00")),
        (shop.decimal(12, 2), "10000000000", None),
        (shop.decimal(12, 2), "9999999999.995", None),
        (shop.decimal(12, 2), "1,5", None),
        (shop.decimal(38, 0), "9" * 38, Decimal("9" * 38)),
        (shop.decimal(38, 0), "1" + "0" * 38, None),
    ],
)
def test_other_values_in_texts(of, text, value):
    from segdsl.runtime.texts import parsed
    from segdsl.semantics.time import zone

    assert pl.DataFrame({"t": [text]}).select(parsed(pl.col("t"), of, zone("UTC"))).item() == value


# -- keys -------------------------------------------------------------------------------------------------------------------


def test_duplicate_decimals_are_shown_with_their_point():
    spots = {"entity": {"name": "spot", "table": "spots", "key": "at", "fields": {"at": "decimal(12,6)", "n": "int"}}}
    plan = Library.from_text("segment some where n > 0", spots).select().plan()
    twice = [Decimal("-23.549292"), Decimal("1500.0"), Decimal("-0.5")] * 2
    data = {"spots": pl.DataFrame({"at": twice, "n": [1] * 6}, schema_overrides={"at": pl.Decimal(12, 6)})}
    (found,) = findings(data, plan)
    assert "the key of spot: -23.549292 (2 rows), -0.5 (2 rows), 1500 (2 rows)" in found


@pytest.mark.parametrize(
    ("of", "held", "number", "told"),
    [
        ("date", pl.Date, 20_000, "2024-10-04"),
        ("date", pl.Date, 3_000_000, '"+10183-09-21"'),
        ("date", pl.Date, -800_000, '"-0221-09-04"'),
        ("date", pl.Date, 2**31 - 1, '"2147483647"'),
        ("timestamp", pl.Datetime("us"), 3_000_000 * 86_400_000_000, '"+10183-09-21 00:00:00.000000"'),
        ("timestamp", pl.Datetime("us"), 2**63 - 1, f'"{2**63 - 1}"'),
    ],
)
def test_duplicate_days_are_shown_that_python_has_not(of, held, number, told):
    """20,000 days are 54 years, 13 leap days among them, and 277 days. 146,097 are 400 years: 3,000,000 are 20 of those and 78,060 days,
    which are 213 years and 263 days. Of the largest numbers Polars knows no day either."""
    spots = {"entity": {"name": "spot", "table": "spots", "key": "at", "fields": {"at": of, "n": "int"}}}
    plan = Library.from_text("segment some where n > 0", spots).select().plan()
    at = pl.Series([number] * 2, dtype=pl.Int32 if of == "date" else pl.Int64).cast(held)
    (found,) = findings({"spots": pl.DataFrame({"at": at, "n": [1, 1]})}, plan)
    assert f"the key of spot: {told} (2 rows)" in found


def test_duplicate_keys_are_counted_and_shown():
    data = shop.frames()
    data["customers"] = pl.concat([data["customers"], data["customers"][:2]])
    assert findings(data) == [
        (
            "SEG506 2 values stand in more than one row of `customers` as `id`, the key of customer: 1 (2 rows), 2 (2 rows) | "
            "remove the rows that are there twice, or add the column that tells them apart to the key"
        )
    ]


def test_missing_keys_are_counted():
    data = shop.frames()
    data["customers"] = data["customers"].with_columns(id=pl.when(pl.col("id") != 2).then("id"))
    assert findings(data) == [
        (
            "SEG505 1 of 3 rows of `customers` have no `id`, the key of customer | give them one where the data is made, leave "
            "them out there, or name another key in the schema"
        )
    ]
    found = findings(with_orders(order_id=pl.lit(None, dtype=pl.Int64)))
    assert found[0].startswith("SEG505 5 of 5 rows of `orders` have no `order_id`, the key of order")


@pytest.mark.parametrize("large", [2**53 + 1, -(2**63)])
def test_keys_that_are_too_large_for_an_int_say_so(large):
    data = shop.frames()
    data["customers"] = data["customers"].with_columns(id=pl.when(pl.col("id") == 2).then(large).otherwise("id"))
    assert findings(data) == [
        (
            "SEG505 1 of 3 rows of `customers` have no `id`, the key of customer | "
            "an int beyond 9,007,199,254,740,992 reads as missing: declare such ids as string"
        )
    ]


def test_keys_of_several_columns_and_their_spellings_of_missing():
    check = KeyCheck("customers", ("country", "tier"), "place", ("country", "tier"))
    plan = replace(PLAN, checks=(check,))
    # Customer 2's country is n/a.
    assert findings(shop.frames(), plan)[0].startswith(
        "SEG505 1 of 3 rows of `customers` have no `country`, `tier`, the key of place"
    )
    data = shop.frames()
    data["customers"] = data["customers"].with_columns(country=pl.lit("GR"))
    assert findings(data, plan)[0].startswith(
        'SEG506 1 value stands in more than one row of `customers` as `country`, `tier`, the key of place: ("GR", "gold") (2 rows)'
    )


# -- Polars' own errors -------------------------------------------------------------------------------------------------------


def test_a_lazy_frame_that_cannot_be_resolved():
    data: dict[str, Any] = shop.frames()
    data["orders"] = data["orders"].lazy().select("nothing")
    (found,) = findings(data)
    assert found.startswith("SEG509 table `orders` cannot be read: ")


def test_a_lazy_frame_that_fails_later():
    data: dict[str, Any] = shop.frames()
    broken = pl.col("placed_at").cast(pl.String).cast(pl.Decimal(12, 2))
    data["orders"] = data["orders"].lazy().with_columns(total=broken)
    (found,) = findings(data)
    assert found.startswith("SEG515 the data could not be evaluated: ")


def test_a_moment_outside_the_calendar():
    library = Library.from_text("segment s where count(order in last 90 years) > 0", shop.SCHEMA)
    with pytest.raises(SegdslError) as raised:
        evaluate(library.select(["s"]).plan(), shop.frames(), datetime(50, 1, 1))
    assert [d.code for d in raised.value.diagnostics] == ["SEG516"]


def test_every_rule_has_a_code_of_its_own_and_words():
    codes = [rule.code for rule in errors.RULES]
    assert len(set(codes)) == len(codes)
    for rule in errors.RULES:
        assert rule.code.startswith("SEG5")
        assert rule.title
        assert rule.explanation
        assert rule.bad
        assert rule.good
