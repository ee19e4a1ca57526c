"""The demo shop: the same every time, sound, and with every case in it that the segments must get right."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from segdsl.demo import AS_OF, Shop, make_shop, shop_tables

SCHEMA = tomllib.loads((Path(__file__).parents[2] / "segments" / "commerce.toml").read_text("utf-8"))
COUNTED = ["paid", "shipped", "delivered"]
TIMES = {
    "orders": "placed_at",
    "events": "at",
    "reviews": "written_at",
    "nps_answers": "answered_at",
    "subscriptions": "subscribed_at",
}
KEYS = {
    "customers": "customer_id",
    "orders": "order_id",
    "order_items": "item_id",
    "products": "product_id",
    "events": "event_id",
    "reviews": "review_id",
    "nps_answers": "answer_id",
    "subscriptions": "subscription_id",
}


# -- the same every time -------------------------------------------------------------------------------------------


def test_the_same_arguments_write_the_same_bytes(shop: Shop, tmp_path: Path) -> None:
    again = make_shop(tmp_path)
    assert set(again.tables) == set(shop.tables) == set(KEYS)
    for name, path in shop.tables.items():
        assert again.tables[name].read_bytes() == path.read_bytes(), name


def test_another_process_draws_the_same(tables: dict[str, pl.DataFrame]) -> None:
    script = "from segdsl.demo import shop_tables; print(shop_tables()['orders']['total'].sum())"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(tables["orders"]["total"].sum())


def test_another_seed_makes_another_shop(tables: dict[str, pl.DataFrame]) -> None:
    other = shop_tables(seed=8)
    assert other["customers"].height == tables["customers"].height
    assert not other["customers"]["email"].equals(tables["customers"]["email"])
    assert other["orders"].height != tables["orders"].height


def test_more_customers_leave_the_first_ones_as_they_are(tables: dict[str, pl.DataFrame]) -> None:
    more = shop_tables(customers=2500)
    assert_frame_equal(more["customers"].head(2000), tables["customers"])
    theirs = more["orders"].filter(pl.col("customer_id") <= 2000)
    columns = ["customer_id", "placed_at", "status", "channel", "promotion_code"]
    assert_frame_equal(theirs.select(columns), tables["orders"].select(columns))


def test_another_as_of_moves_every_time_with_it(tables: dict[str, pl.DataFrame]) -> None:
    later = shop_tables(as_of=AS_OF + timedelta(days=100, hours=5))
    for name, time in TIMES.items():
        moved = tables[name][time] + timedelta(days=100, hours=5)
        assert later[name][time].equals(moved), name


def test_an_as_of_without_a_zone_is_read_as_utc(tables: dict[str, pl.DataFrame]) -> None:
    assert_frame_equal(shop_tables(as_of=AS_OF.replace(tzinfo=None))["orders"], tables["orders"])


# -- sizes and files -----------------------------------------------------------------------------------------------


def test_sizes(tables: dict[str, pl.DataFrame]) -> None:
    assert tables["customers"].height == 2000
    assert 18_000 < tables["orders"].height < 26_000  # about ten orders each
    assert tables["orders"].height < tables["order_items"].height < 2 * tables["orders"].height
    assert tables["products"].height == 66


@pytest.mark.parametrize("customers", [0, 1, 5])
def test_a_tiny_shop_has_the_same_columns(customers: int, tables: dict[str, pl.DataFrame]) -> None:
    for name, frame in shop_tables(customers=customers).items():
        assert frame.schema == tables[name].schema
        if name == "customers":
            assert frame.height == customers


def test_files_hold_the_tables_and_the_project(shop: Shop, tables: dict[str, pl.DataFrame]) -> None:
    assert shop.as_of == AS_OF == datetime(2026, 6, 1, tzinfo=UTC)
    for name, path in shop.tables.items():
        assert path == shop.folder / "data" / f"{name}.parquet"
        assert_frame_equal(pl.read_parquet(path), tables[name])
    project = tomllib.loads(shop.project_file.read_text("utf-8"))
    assert project == {
        "language": "1",
        "schema": "commerce",
        "packs": ["commerce"],
        "segments": ["segments"],
        "data": {"path": "data"},
    }
    assert "2026-06-01T00:00:00Z" in shop.project_file.read_text("utf-8")
    assert [path.name for path in (shop.folder / "segments").iterdir()] == ["my_first.seg"]


def test_a_shop_is_made_over_an_earlier_one(tmp_path: Path) -> None:
    make_shop(tmp_path, customers=5)
    make_shop(tmp_path, customers=3, as_of=datetime(2025, 1, 1, tzinfo=UTC))
    assert pl.read_parquet(tmp_path / "data" / "customers.parquet").height == 3
    assert "2025-01-01T00:00:00Z" in (tmp_path / "segdsl.toml").read_text("utf-8")


def test_importing_the_module_loads_no_polars() -> None:
    script = "import sys, segdsl.demo; print('polars' in sys.modules)"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# -- what the schema promises --------------------------------------------------------------------------------------


def _declared() -> list[tuple[str, str, object]]:
    """(table, column, declaration) of every field that is a column."""
    sources = [SCHEMA["entity"], *SCHEMA["relations"].values(), *SCHEMA["lookups"].values()]
    return [
        (source["table"], name, field)
        for source in sources
        if "table" in source
        for name, field in source["fields"].items()
        if "is" not in field
    ]


POLARS_TYPES = {
    "int": pl.Int64(),
    "bool": pl.Boolean(),
    "float": pl.Float64(),
    "string": pl.String(),
    "date": pl.Date(),
    "timestamp": pl.Datetime("us", "UTC"),
    "decimal(12,2)": pl.Decimal(12, 2),
    "list(string)": pl.List(pl.String),
}


def test_every_field_is_a_column_of_its_type(tables: dict[str, pl.DataFrame]) -> None:
    for table, name, field in _declared():
        assert isinstance(field, dict)
        assert field["title"], (table, name)
        assert tables[table].schema[name] == POLARS_TYPES[field["type"].removesuffix("?")], (table, name)


def test_what_must_be_present_is_and_what_may_be_missing_somewhere_is(tables: dict[str, pl.DataFrame]) -> None:
    for table, name, field in _declared():
        assert isinstance(field, dict)
        column = tables[table][name]
        if field["type"].endswith("?"):
            assert 0 < column.null_count() < len(column), (table, name)
        else:
            assert column.null_count() == 0, (table, name)


def test_closed_values_are_all_used_and_nothing_else(tables: dict[str, pl.DataFrame]) -> None:
    for table, name, field in _declared():
        assert isinstance(field, dict)
        if "values" in field:
            assert set(tables[table][name].drop_nulls()) == set(field["values"]), (table, name)


def test_empty_texts_stand_where_the_schema_reads_them_as_missing(tables: dict[str, pl.DataFrame]) -> None:
    empty = {
        (table, name)
        for table, frame in tables.items()
        for name, kind in frame.schema.items()
        if kind == pl.String and (frame[name] == "").any()
    }
    spelled = {(table, name) for table, name, field in _declared() if isinstance(field, dict) and "missing" in field}
    assert empty <= spelled
    assert {("customers", "country"), ("orders", "promotion_code"), ("products", "category")} <= empty


def test_keys_are_present_and_unique(tables: dict[str, pl.DataFrame]) -> None:
    for name, key in KEYS.items():
        assert tables[name][key].null_count() == 0, name
        assert tables[name][key].is_unique().all(), name


@pytest.mark.parametrize(
    ("child", "column", "parent"),
    [
        ("orders", "customer_id", "customers"),
        ("order_items", "order_id", "orders"),
        ("order_items", "product_id", "products"),
        ("events", "customer_id", "customers"),
        ("events", "product_id", "products"),
        ("reviews", "customer_id", "customers"),
        ("reviews", "product_id", "products"),
        ("nps_answers", "customer_id", "customers"),
        ("subscriptions", "customer_id", "customers"),
    ],
)
def test_every_row_has_its_parent(child: str, column: str, parent: str, tables: dict[str, pl.DataFrame]) -> None:
    orphans = tables[child].drop_nulls(column).join(tables[parent], on=column, how="anti")
    assert orphans.height == 0


def test_totals_are_what_the_lines_come_to(tables: dict[str, pl.DataFrame]) -> None:
    cents = {row["order_id"]: 0 for row in tables["orders"].select("order_id").head(500).iter_rows(named=True)}
    for line in tables["order_items"].iter_rows(named=True):
        if line["order_id"] in cents:
            cents[line["order_id"]] += int(line["price"] * 100) * line["quantity"]
    for order in tables["orders"].head(500).iter_rows(named=True):
        goods = cents[order["order_id"]]
        discount = goods // 10 if order["promotion_code"] else 0
        shipping = 490 if goods < 5000 else 0
        assert goods > 0
        assert (int(order["discount"] * 100), int(order["shipping"] * 100)) == (discount, shipping)
        assert int(order["total"] * 100) == goods - discount + shipping


# -- the cases that segments must get right ------------------------------------------------------------------------


def test_there_are_anonymous_customers_with_and_without_orders(tables: dict[str, pl.DataFrame]) -> None:
    nobody = tables["customers"].filter(
        pl.all_horizontal(pl.col("email", "phone", "first_name", "last_name", "registered_at").is_null())
    )
    assert nobody.height >= 100
    buyers = nobody.join(tables["orders"], on="customer_id", how="semi")
    assert 0 < buyers.height < nobody.height


def test_contacts_have_an_address_a_number_or_both(tables: dict[str, pl.DataFrame]) -> None:
    email, phone = pl.col("email").is_not_null(), pl.col("phone").is_not_null()
    for condition in (email & phone, email & ~phone, ~email & phone):
        assert tables["customers"].filter(condition).height >= 50


def test_names_have_letters_beyond_ascii(tables: dict[str, pl.DataFrame]) -> None:
    for column in ("first_name", "last_name", "city"):
        names = tables["customers"][column].drop_nulls()
        assert any(not name.isascii() for name in names)
        assert any(name.isascii() for name in names)


def test_rows_stand_at_and_after_the_clock(tables: dict[str, pl.DataFrame]) -> None:
    for name, time in TIMES.items():
        assert tables[name].filter(pl.col(time) > AS_OF).height > 0, name
    assert tables["orders"].filter(pl.col("placed_at") == AS_OF).height > 0
    assert tables["customers"].filter(pl.col("created_at") > AS_OF).height > 0
    assert tables["subscriptions"].filter(pl.col("unsubscribed_at") > AS_OF).height > 0


def test_orders_stand_exactly_on_the_edge_of_a_window(tables: dict[str, pl.DataFrame]) -> None:
    counted = tables["orders"].filter(pl.col("status").is_in(COUNTED))
    for days in (30, 90):
        assert counted.filter(pl.col("placed_at") == AS_OF - timedelta(days=days)).height > 0


def test_some_only_bought_what_does_not_count(tables: dict[str, pl.DataFrame]) -> None:
    orders = tables["orders"].filter(pl.col("placed_at") < AS_OF)
    counted = orders.filter(pl.col("status").is_in(COUNTED))
    assert orders.join(counted, on="customer_id", how="anti")["customer_id"].n_unique() >= 10


def test_some_will_only_buy_in_the_future(tables: dict[str, pl.DataFrame]) -> None:
    counted = tables["orders"].filter(pl.col("status").is_in(COUNTED))
    past = counted.filter(pl.col("placed_at") < AS_OF)
    assert counted.join(past, on="customer_id", how="anti").height > 0


def test_carts_are_left_and_bought(tables: dict[str, pl.DataFrame]) -> None:
    carts = (
        tables["events"].filter((pl.col("type") == "add_to_cart") & (pl.col("at") < AS_OF)).drop_nulls("customer_id")
    )
    last = tables["orders"].group_by("customer_id").agg(last=pl.col("placed_at").max())
    followed = carts.join(last, on="customer_id").filter(pl.col("last") > pl.col("at"))
    assert 100 < followed.height < carts.height - 100


def test_mails_of_the_shop_reach_those_who_do_nothing(tables: dict[str, pl.DataFrame]) -> None:
    recent = (
        tables["events"]
        .filter((pl.col("at") < AS_OF) & (pl.col("at") >= AS_OF - timedelta(days=90)))
        .drop_nulls("customer_id")
    )
    own = recent.filter(pl.col("type") != "email_sent")
    assert recent.join(own, on="customer_id", how="anti")["customer_id"].n_unique() >= 50


def test_several_answers_of_one_customer_differ(tables: dict[str, pl.DataFrame]) -> None:
    spread = tables["nps_answers"].group_by("customer_id").agg(pl.col("score").n_unique())
    assert spread.filter(pl.col("score") > 1).height >= 50


def test_subscriptions_run_and_were_cancelled(tables: dict[str, pl.DataFrame]) -> None:
    subscriptions = tables["subscriptions"]
    ended = subscriptions.drop_nulls("unsubscribed_at")
    assert 0 < ended.height < subscriptions.height / 2
    assert (ended["unsubscribed_at"] >= ended["subscribed_at"]).all()
    assert not subscriptions.select("customer_id", "topic").is_duplicated().any()
