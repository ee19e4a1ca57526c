"""``segdsl run``: sizes and members, from frames and databases, in every format."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import polars as pl
import pytest
from commands import process, segdsl
from small_project import AS_OF, BUYERS, GREEKS, LAPSED, customers, in_duckdb, in_sqlite

AT = ("--as-of", AS_OF)


def test_sizes_of_all_segments(shop: Path) -> None:
    outcome = segdsl("run", *AT, cwd=shop)
    assert outcome.code == 0, outcome
    assert outcome.out.splitlines() == [
        "segment  title             members  share",
        "-------  ----------------  -------  -----",
        "buyers   Buyers                  3  50.0%",
        "lapsed   Lapsed customers        1  16.7%",
        "greeks                           2  33.3%",
    ]
    assert "6 customers" in outcome.err


def test_what_a_condition_may_not_mean_is_said_beside_the_results(shop: Path) -> None:
    doubtful = "top 2 by orders"
    clear = "top 2 by orders among orders > 0"
    outcome = segdsl("run", "-e", doubtful, "--format", "csv", "--shape", "members", *AT, cwd=shop)
    assert (outcome.code, outcome.out) == (0, "customer_id\n1\n2\n3\n")
    assert outcome.err.splitlines()[0].startswith("<condition>:1:1: warning SEG805: everybody without rows is ranked")
    assert "SEG805" not in segdsl("run", "-e", clear, *AT, cwd=shop).err
    several = segdsl("run", "-e", clear, "-e", 'country != "GR"', *AT, cwd=shop)
    assert several.err.startswith("<condition 2>:1:1: hint SEG801")
    # of a segment of the library it is `check` that says it
    (shop / "segments" / "more.seg").write_text(f"segment best where {doubtful}\n")
    assert "SEG805" not in segdsl("run", "best", *AT, cwd=shop).err
    assert "SEG805" in segdsl("check", cwd=shop).out


def test_a_condition_that_never_holds_is_told_wherever_it_is_given(shop: Path) -> None:
    never = "orders > 5 and orders < 3"
    for arguments in (
        ("run", "-e", never),
        ("compile", "--dialect", "duckdb", "-e", never),
        ("explain", "-e", never),
        ("why", "-e", never, "1"),
    ):
        outcome = segdsl(*arguments, *AT, cwd=shop)
        assert outcome.code == 0, outcome
        assert outcome.err.splitlines()[0] == (
            "<condition>:1:16: warning SEG810: `orders > 5` and `orders < 3` cannot both hold: it selects nobody"
        ), arguments
        assert "SEG810" not in outcome.out
        right = [argument.replace("<", ">") for argument in arguments]
        assert "SEG810" not in segdsl(*right, *AT, cwd=shop).err


def test_sizes_as_csv(shop: Path) -> None:
    outcome = segdsl("run", "buyers", "lapsed", "--format", "csv", *AT, cwd=shop)
    assert outcome.out == (
        "segment,title,members,population,share\nbuyers,Buyers,3,6,0.5\nlapsed,Lapsed customers,1,6,0.16666666666666666\n"
    )


def test_sizes_as_json(shop: Path) -> None:
    outcome = segdsl("run", "greeks", "--format", "json", *AT, cwd=shop)
    assert json.loads(outcome.out) == [
        {"segment": "greeks", "title": None, "members": 2, "population": 6, "share": pytest.approx(1 / 3)}
    ]


def test_members_as_csv(shop: Path) -> None:
    outcome = segdsl("run", "--format", "csv", "--shape", "members", "buyers", *AT, cwd=shop)
    assert outcome.code == 0, outcome
    assert outcome.out == "customer_id\n1\n2\n3\n"


def test_sizes_are_grouped_and_keys_are_not(shop: Path) -> None:
    import polars as pl

    many = pl.DataFrame({"customer_id": range(998, 2001), "vip": [True] * 1003})
    many.write_parquet(shop / "many.parquet")
    sizes = segdsl("run", "-e", "vip", "--data", "many.parquet", cwd=shop)
    assert sizes.out.splitlines()[2].split() == ["condition", "vip", "1,003", "100.0%"]
    assert "1,003 customers" in sizes.err
    members = segdsl("run", "-e", "vip", "--data", "many.parquet", "--shape", "members", cwd=shop)
    assert members.out.splitlines()[2:5] == ["        998", "        999", "       1000"]


def test_flags_as_json_lines(shop: Path) -> None:
    outcome = segdsl("run", "buyers", "greeks", "--shape", "flags", "--format", "jsonl", *AT, cwd=shop)
    rows = [json.loads(line) for line in outcome.out.splitlines()]
    assert rows == [
        {"customer_id": key, "buyers": key in BUYERS, "greeks": key in GREEKS} for key in (1, 2, 3, 4, 5, 6)
    ]


def test_memberships(shop: Path) -> None:
    outcome = segdsl("run", "--shape", "memberships", "--format", "csv", *AT, cwd=shop)
    expected = [f"buyers,{k}" for k in BUYERS] + [f"lapsed,{k}" for k in LAPSED] + [f"greeks,{k}" for k in GREEKS]
    assert outcome.out.splitlines() == ["segment,customer_id", *expected]


def test_members_of_several_segments_are_no_shape(shop: Path) -> None:
    in_sqlite(shop / "shop.sqlite")
    for source in ((), ("--data", "data"), ("--url", "sqlite:///shop.sqlite")):
        outcome = segdsl("run", "--shape", "members", "buyers", "lapsed", *source, *AT, cwd=shop)
        assert (outcome.code, outcome.out) == (2, ""), source
        assert "SEG909" in outcome.err


def test_output_of_one_segment_is_its_members(shop: Path) -> None:
    outcome = segdsl("run", "buyers", "--output", "members.parquet", *AT, cwd=shop)
    assert outcome.code == 0, outcome
    assert outcome.out == ""
    assert pl.read_parquet(shop / "members.parquet").to_dict(as_series=False) == {"customer_id": BUYERS}


def test_output_of_several_is_their_memberships(shop: Path) -> None:
    assert segdsl("run", "buyers", "lapsed", "-o", "all.csv", *AT, cwd=shop).code == 0
    assert (shop / "all.csv").read_text() == "segment,customer_id\nbuyers,1\nbuyers,2\nbuyers,3\nlapsed,2\n"


def test_parquet_to_a_pipe(shop: Path) -> None:
    outcome = process("run", "buyers", "--shape", "members", "--format", "parquet", *AT, cwd=shop)
    assert outcome.code == 0, outcome
    assert outcome.out.startswith("PAR1")


def test_condition(shop: Path) -> None:
    outcome = segdsl("run", "-e", "buyers and not lapsed", "--shape", "members", "--format", "csv", *AT, cwd=shop)
    assert outcome.out == "customer_id\n1\n3\n"


def test_conditions(shop: Path) -> None:
    outcome = segdsl("run", "-e", "orders >= 2", "-e", "orders = 0", "--format", "csv", *AT, cwd=shop)
    assert [line.split(",")[2] for line in outcome.out.splitlines()[1:]] == ["1", "3"]


def test_condition_from_standard_input(shop: Path) -> None:
    outcome = segdsl("run", "-e", "-", "--shape", "members", "--format", "csv", *AT, cwd=shop, stdin=b"orders = 2\n")
    assert outcome.out == "customer_id\n1\n"


def test_setting(shop: Path) -> None:
    arguments = ("run", "lapsed", "--shape", "members", "--format", "csv", *AT)
    assert segdsl(*arguments, "--set", "lapse=5 days", cwd=shop).out == "customer_id\n1\n2\n3\n"
    assert segdsl(*arguments, "--set", "lapse=300 days", cwd=shop).out == "customer_id\n"


def test_as_of_moves_the_population_and_the_window(shop: Path) -> None:
    arguments = ("run", "buyers", "--shape", "members", "--format", "csv")
    assert segdsl(*arguments, "--as-of", "2026-08-01", cwd=shop).out == "customer_id\n1\n2\n3\n4\n"
    assert segdsl(*arguments, "--as-of", "2026-01-02", cwd=shop).out == "customer_id\n2\n"


def test_select_by_tag_and_by_pattern(shop: Path) -> None:
    by_tag = segdsl("run", "--select", "tag:win-back", "--format", "csv", *AT, cwd=shop)
    assert [line.split(",")[0] for line in by_tag.out.splitlines()[1:]] == ["lapsed"]
    by_name = segdsl("run", "--select", "*e*s", "--format", "csv", *AT, cwd=shop)
    assert [line.split(",")[0] for line in by_name.out.splitlines()[1:]] == ["buyers", "greeks"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("buyres",), "did you mean `buyers`?"),
        (("z*",), "no segment's name fits `z*`"),
        (("--select", "tag:winback"), "did you mean `win-back`?"),
        (("--select", "title:x"), "is not a selector"),
        (("buyers", "-e", "orders > 1"), "cannot be mixed"),
        (("--shape", "triangle"), "triangle"),
        (("--project", "nowhere.toml"), "nowhere.toml"),
        (("--data", "nowhere"), "nowhere"),
        (("--url", "oracle://x/y"), "oracle"),
        (("--data", "data", "--url", "sqlite:///x"), "exclude each other"),
        (("-o", "no/such/folder/x.csv"), "cannot write"),
        (("-o", "x.foo"), "one of the endings .csv, .json, .jsonl, .ndjson, .parquet, .txt"),
        (("-o", "x.xlsx"), "one of the endings .csv, .json,"),
        (("-o", "x.tsv"), "one of the endings .csv, .json,"),
        (("-e", "-", "--data", "-"), "standard input can be read only once"),
        (("--url", ""), "--url is empty"),
        (("-e", "orders > 1", "--url", " "), "--url is empty"),
        (("-o", "members"), "does not say in which format"),
    ],
)
def test_usage(arguments: tuple[str, ...], said: str, shop: Path) -> None:
    outcome = segdsl("run", *arguments, *AT, cwd=shop)
    assert outcome.code == 2, outcome
    assert said in outcome.err
    assert outcome.out == ""


def test_an_unknown_ending_writes_nothing_unless_a_format_is_given(shop: Path) -> None:
    assert segdsl("run", "buyers", "-o", "x.foo", *AT, cwd=shop).code == 2
    assert not (shop / "x.foo").exists()
    assert segdsl("run", "buyers", "-o", "x.foo", "--format", "json", *AT, cwd=shop).code == 0
    assert (shop / "x.foo").read_text().startswith("[")
    assert segdsl("list", "-o", "y.foo", cwd=shop).code == 2
    assert not (shop / "y.foo").exists()


def test_errors_of_the_library_are_told_before_anything_runs(shop: Path) -> None:
    (shop / "segments" / "more.seg").write_text("segment a where ordrs >= 1\nsegment b where order.totl > 1\n")
    outcome = segdsl("run", "buyers", *AT, cwd=shop)
    assert outcome.code == 1
    assert "segments/more.seg:1:17" in outcome.err
    assert "segments/more.seg:2:" in outcome.err


def test_no_project(tmp_path: Path) -> None:
    outcome = segdsl("run", cwd=tmp_path)
    assert outcome.code == 2
    assert "SEG905" in outcome.err


# -- one table, no project ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["parquet", "csv", "ndjson"])
def test_one_table(suffix: str, tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"customer_id": [3, 1, 2, 4], "orders": [2, 0, 5, None], "last_order_days": [100, None, 20, 95]}
    )
    path = tmp_path / f"customers.{suffix}"
    {"parquet": frame.write_parquet, "csv": frame.write_csv, "ndjson": frame.write_ndjson}[suffix](path)
    condition = ("run", "-e", "orders >= 1 and last_order_days > 90", "--data", path)
    assert segdsl(*condition, "--shape", "members", "--format", "csv", cwd=tmp_path).out == "customer_id\n3\n"
    assert segdsl(*condition, "--format", "jsonl", cwd=tmp_path).out == (
        '{"segment": "condition", "title": "orders >= 1 and last_order_days > 90", "members": 1, "population": 4, "share": 0.25}\n'
    )


def test_one_table_says_its_key(tmp_path: Path) -> None:
    pl.DataFrame({"visits": [1, 1, 2], "who": ["b", "a", "c"]}).write_csv(tmp_path / "visits.csv")
    arguments = ("run", "-e", "visits = 1", "--data", "visits.csv", "--shape", "members", "--format", "csv")
    assert segdsl(*arguments, "--key", "who", cwd=tmp_path).out == "who\na\nb\n"
    unknown = segdsl(*arguments, "--key", "whom", cwd=tmp_path)
    assert unknown.code == 2
    assert "did you mean `who`?" in unknown.err


def test_one_table_from_standard_input(tmp_path: Path) -> None:
    arguments = ("run", "-e", "orders > 1", "--data", "-", "--shape", "members", "--format", "csv")
    assert segdsl(*arguments, cwd=tmp_path, stdin=b"customer_id,orders\n7,1\n8,2\n").out == "customer_id\n8\n"


def test_one_table_has_no_names(tmp_path: Path) -> None:
    pl.DataFrame({"customer_id": [1]}).write_csv(tmp_path / "customers.csv")
    assert segdsl("run", "buyers", "--data", "customers.csv", cwd=tmp_path).code == 2


def test_condition_of_one_table_with_an_unknown_name(tmp_path: Path) -> None:
    pl.DataFrame({"customer_id": [1], "orders": [1]}).write_csv(tmp_path / "customers.csv")
    outcome = segdsl("run", "-e", "ordres > 1", "--data", "customers.csv", cwd=tmp_path)
    assert outcome.code == 1
    assert "orders" in outcome.err


# -- databases ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
@pytest.mark.parametrize("given", ["url", "data"])
def test_database_file(kind: str, given: str, shop: Path) -> None:
    path = shop / f"shop.{kind}"
    {"sqlite": in_sqlite, "duckdb": in_duckdb}[kind](path)
    where = ("--url", f"{kind}:///{path}") if given == "url" else ("--data", path)
    arguments = ("run", *where, *AT)
    sizes = segdsl(*arguments, "--format", "csv", cwd=shop)
    assert sizes.code == 0, sizes
    assert [line.split(",")[0:4:2] for line in sizes.out.splitlines()[1:]] == [
        ["buyers", "3"],
        ["lapsed", "1"],
        ["greeks", "2"],
    ]
    assert segdsl(*arguments, "lapsed", "--shape", "members", "--format", "csv", cwd=shop).out == "customer_id\n2\n"
    flags = segdsl(*arguments, "greeks", "--shape", "flags", "--format", "csv", cwd=shop)
    assert flags.out.splitlines()[:3] == ["customer_id,greeks", "1,true", "2,false"]


@pytest.mark.parametrize("shape", ["counts", "members", "flags"])
def test_doubled_and_missing_keys_stop_a_database_as_they_stop_files(shape: str, shop: Path) -> None:
    doubled = pl.concat([customers(), customers().head(1), customers().head(1).with_columns(customer_id=None)])
    in_sqlite(shop / "shop.sqlite")
    with sqlite3.connect(shop / "shop.sqlite") as connection:
        connection.execute("INSERT INTO customers SELECT * FROM customers WHERE customer_id = 1")
        connection.execute("INSERT INTO customers (customer_id) VALUES (NULL)")
    doubled.write_parquet(shop / "data" / "customers.parquet")
    arguments = ("run", "greeks", "--shape", shape, "--format", "csv", *AT)
    in_files = segdsl(*arguments, "--data", "data", cwd=shop)
    in_database = segdsl(*arguments, "--url", "sqlite:///shop.sqlite", cwd=shop)
    assert (in_database.code, in_database.out) == (in_files.code, in_files.out) == (2, "")
    for outcome in (in_files, in_database):
        assert "1 of 8 rows of `customers` have no `customer_id`" in outcome.err
        assert "more than one row of `customers` as `customer_id`, the key of customer: 1 (2 rows)" in outcome.err


def test_unreachable_database(shop: Path) -> None:
    outcome = segdsl("run", "--url", "postgresql://nobody:secret@127.0.0.1:1/none", *AT, cwd=shop)
    assert outcome.code == 2
    assert "SEG511" in outcome.err
    assert "secret" not in outcome.err


UNREAD = """\
param months = 3
segment faithful where each of previous months months has (any(order))

tiers levels
  gold where orders > > 3

trait seen = orders
"""


@pytest.mark.parametrize(
    "command", [("run",), ("list",), ("compile", "--dialect", "duckdb")], ids=lambda words: words[0]
)
@pytest.mark.parametrize(
    ("name", "definition", "place", "code"),
    [
        ("faithful", "faithful", "unread.seg:2:41", "SEG124"),
        ("levels", "levels", "unread.seg:5:23", "SEG119"),
        ("levels.gold", "levels", "unread.seg:5:23", "SEG119"),
    ],
)
def test_a_definition_that_cannot_be_read(
    command: tuple[str, ...], name: str, definition: str, place: str, code: str, shop: Path
) -> None:
    """The first thing that is wrong with it is told, and where all of it is told."""
    (shop / "segments" / "unread.seg").write_text(UNREAD, encoding="utf-8")
    outcome = segdsl(*command, name, cwd=shop)
    assert outcome.code == 2
    assert f"error[SEG901]: the definition of `{definition}` cannot be read" in outcome.err
    assert f"note: {code}: " in outcome.err
    assert place in outcome.err
    assert "`segdsl check` tells all that is wrong with it" in outcome.err


def test_what_is_wrong_elsewhere_is_not_told_of_an_unknown_name(shop: Path) -> None:
    (shop / "segments" / "unread.seg").write_text(UNREAD, encoding="utf-8")
    outcome = segdsl("run", "faithfull_ones", cwd=shop)
    assert "no segment is named `faithfull_ones`" in outcome.err
    assert "cannot be read" not in outcome.err
