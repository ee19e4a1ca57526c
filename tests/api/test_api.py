"""The Python API: conditions over one table, libraries, projects."""

from __future__ import annotations

import copy
import hashlib
import json
import pickle
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import polars as pl
import pytest
from small_project import AS_OF, BUYERS, GREEKS, LAPSED, SCHEMA, SEGMENTS, customers, orders, write_project

import segdsl


@pytest.fixture
def library() -> segdsl.Library:
    return segdsl.Library.from_text(SEGMENTS, SCHEMA)


@pytest.fixture
def data() -> dict[str, pl.DataFrame]:
    return {"customers": customers(), "orders": orders()}


def keys(frame: pl.DataFrame | pl.LazyFrame) -> list[object]:
    rows = frame.lazy().collect()
    assert rows.columns == ["customer_id"]
    return rows["customer_id"].to_list()


# -- expr ---------------------------------------------------------------------------------------------------------

FRAME = pl.DataFrame(
    {
        "customer": ["ann", "bob", "cy", "dan", "eve"],
        "orders": [3, 0, 1, None, 2],
        "last_order_days": [100, None, 91, 400, 90],
        "^.*$": [1, 2, 3, 4, 5],
        "spent": [10.5, float("nan"), 0.0, None, 1e300],
    }
)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("orders >= 1 and last_order_days > 90", ["ann", "cy"]),
        ("not (orders >= 1 and last_order_days > 90)", ["bob", "dan", "eve"]),
        ("orders != 3", ["bob", "cy", "eve"]),
        ("orders is missing", ["dan"]),
        ("customer is missing", []),
        ("customer in (\"ann\", 'eve') or orders = 0", ["ann", "bob", "eve"]),
        ("`^.*$` >= 4", ["dan", "eve"]),
        ("spent is missing", ["bob", "dan", "eve"]),
        ("spent < 1000000", ["ann", "cy"]),
        ("orders / 0 > 1", []),
        ("orders * 2 = 4", ["eve"]),
        ("true", ["ann", "bob", "cy", "dan", "eve"]),
        ("false", []),
    ],
)
def test_expr(condition: str, expected: list[str]) -> None:
    for frame in (FRAME, FRAME.lazy()):
        selected = frame.filter(segdsl.expr(condition, frame)).lazy().collect()
        assert selected["customer"].to_list() == expected
    flags = FRAME.select(segdsl.expr(condition, FRAME).alias("in"))["in"]
    assert flags.dtype == pl.Boolean
    assert flags.null_count() == 0


def test_expr_of_a_mapping() -> None:
    frame = pl.DataFrame({"orders": [1, None, 0], "joined": [date(2026, 1, 1), None, date(2026, 5, 31)]})
    condition = "orders = 0 or joined < 2026-02-01"
    for fields in ({"orders": "int", "joined": "date?"}, frame.schema, dict(frame.schema)):
        assert frame.filter(segdsl.expr(condition, fields)).rows() == [(1, date(2026, 1, 1)), (0, date(2026, 5, 31))]


def test_expr_of_times() -> None:
    frame = pl.DataFrame(
        {
            "at": [datetime(2026, 5, 31, 22, 30, tzinfo=UTC), datetime(2026, 5, 31, 12, tzinfo=UTC), None],
            "day": [date(2026, 6, 1), date(2026, 5, 31), None],
        }
    )
    at = {"as_of": "2026-06-01T08:00:00+03:00", "timezone": "Europe/Athens"}
    assert frame.filter(segdsl.expr("date(at) = today", frame, **at)).height == 1
    assert frame.filter(segdsl.expr("at in this month", frame, **at)).height == 1
    assert frame.filter(segdsl.expr("day = today", frame, **at)).height == 1
    assert frame.filter(segdsl.expr("day = today", frame, as_of="2026-05-31")).height == 1


def test_expr_reads_the_clock_once_where_nothing_is_said() -> None:
    now = datetime.now(UTC)
    frame = pl.DataFrame({"at": [now - timedelta(hours=1), now - timedelta(days=3)]})
    assert frame.filter(segdsl.expr("at in last 1 day", frame)).height == 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("ordrs >= 1", FRAME), "SEG2"),
        (("orders >=", FRAME), "SEG1"),
        (("orders >= 'x'", FRAME), "SEG3"),
        (("any(order)", FRAME), "SEG2"),
        (("orders > 0 and not top 1 by orders", FRAME), "SEG916"),
        (("quantile(orders, 2 exactly) = 2", FRAME), "SEG916"),
        (("orders > overall(avg(row.orders))", FRAME), "SEG916"),
        (("", FRAME), "SEG1"),
        ((7, FRAME), "SEG913"),
        (("orders >= 1", 42), "SEG913"),
        (("orders >= 1", {"orders": 42}), "SEG913"),
        (("orders >= 1", {"orders": "money"}), "SEG406"),
        (("orders >= 1", None), "SEG913"),
    ],
)
def test_expr_refuses(arguments: tuple[object, object], code: str) -> None:
    with pytest.raises(segdsl.SegdslError) as raised:
        segdsl.expr(*arguments)  # type: ignore[arg-type]
    assert all(finding.code.startswith(code) for finding in raised.value.diagnostics)
    assert len(raised.value.diagnostics) >= 1


def test_expr_refuses_an_unknown_zone_and_a_bad_as_of() -> None:
    with pytest.raises(segdsl.SegdslError, match="Mars"):
        segdsl.expr("orders > 1", FRAME, timezone="Mars/Base")
    with pytest.raises(segdsl.SegdslError, match="SEG903"):
        segdsl.expr("orders > 1", FRAME, as_of="yesterday")


# -- sql ----------------------------------------------------------------------------------------------------------


def test_sql_of_one_table() -> None:
    compiled = segdsl.sql("orders >= 1", table="customers", dialect="duckdb", fields={"orders": "int"})
    assert compiled.dialect == "duckdb"
    assert str(compiled).endswith("\n" + compiled.text)
    assert compiled.params == ()
    assert compiled.hash == hashlib.sha256(f"duckdb\0{compiled.text}".encode()).hexdigest()
    import duckdb

    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE customers AS SELECT * FROM (VALUES (1, 2), (2, 0), (3, NULL)) AS t (customer_id, orders)"
    )
    assert connection.execute(compiled.text).fetchall() == [(1,)]


def test_sql_says_its_key() -> None:
    fields = {"visitor": "string", "visits": "int"}
    compiled = segdsl.sql(
        "visits > 1", table="web.visitors", dialect="postgres", fields=fields, key="visitor", shape="flags"
    )
    assert "visitor" in compiled.text
    assert "visitor_id" not in compiled.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"dialect": "klingon"},
        {"fields": {"orders": "money"}},
        {"fields": ["orders"]},
        {"shape": "triangle"},
        {"timezone": "Mars/Base"},
        {"as_of": 7},
        {"table": ""},
    ],
)
def test_sql_refuses(wrong: Mapping[str, object]) -> None:
    arguments = {"table": "customers", "dialect": "duckdb", "fields": {"orders": "int"}, **wrong}
    with pytest.raises(segdsl.SegdslError):
        segdsl.sql("orders >= 1", **arguments)  # type: ignore[arg-type]


# -- libraries ----------------------------------------------------------------------------------------------------


def test_a_library_is_a_mapping(library: segdsl.Library) -> None:
    assert list(library) == ["buyers", "lapsed", "greeks"]
    assert len(library) == 3
    assert "lapsed" in library
    assert "orders" not in library
    assert library.get("nobody") is None
    assert {library: 1}[library] == 1
    assert library != library.with_settings(lapse="1 day")
    assert repr(library) == "<Library of 3 segments over customer>"


def test_a_segment(library: segdsl.Library) -> None:
    lapsed = library["lapsed"]
    assert (lapsed.name, lapsed.title, lapsed.about) == ("lapsed", "Lapsed customers", "Bought, and nothing since.")
    assert lapsed.tags == ("win-back", "lifecycle")
    assert lapsed.span.describe() == "<text>:10:1"
    assert lapsed.text.startswith('segment lapsed "Lapsed customers"')
    assert lapsed.text.rstrip().endswith("last lapse)")
    assert repr(lapsed) == "<Segment lapsed 'Lapsed customers'>"
    assert repr(library["greeks"]) == "<Segment greeks>"
    assert "&quot;Lapsed customers&quot;" in lapsed._repr_html_()
    assert lapsed.place == "<text>:10:1"


def test_an_unknown_segment(library: segdsl.Library) -> None:
    with pytest.raises(KeyError) as raised:
        library["lapsd"]
    assert isinstance(raised.value, segdsl.SegdslError)
    assert "did you mean `lapsed`?" in str(raised.value)


def test_frozen(library: segdsl.Library) -> None:
    for thing, name in ((library, "schema"), (library["lapsed"], "name"), (library.select(), "segments")):
        with pytest.raises(AttributeError):
            setattr(thing, name, None)
    with pytest.raises(TypeError):
        library.settings["lapse"] = "1 day"  # type: ignore[index]


def test_members(library: segdsl.Library, data: dict[str, pl.DataFrame]) -> None:
    assert keys(library["buyers"].members(data, as_of=AS_OF)) == BUYERS
    assert keys(library["lapsed"].members(data, as_of=AS_OF)) == LAPSED
    assert keys(library["greeks"].members(data, as_of=AS_OF)) == GREEKS


def test_lazy_in_lazy_out(library: segdsl.Library, data: dict[str, pl.DataFrame]) -> None:
    lazy = {name: frame.lazy() for name, frame in data.items()}
    members = library["lapsed"].members(lazy, as_of=AS_OF)
    assert isinstance(members, pl.LazyFrame)
    assert keys(members) == LAPSED
    flags = library.evaluate(lazy, as_of=AS_OF)
    assert isinstance(flags, pl.LazyFrame)
    eager = library.evaluate(data, as_of=AS_OF)
    assert isinstance(eager, pl.DataFrame)
    assert flags.collect().equals(eager)


def test_flags(library: segdsl.Library, data: dict[str, pl.DataFrame]) -> None:
    flags = library.evaluate(data, as_of=AS_OF, names=["greeks", "lapsed"])
    assert isinstance(flags, pl.DataFrame)
    assert flags.rows() == [(key, key in GREEKS, key in LAPSED) for key in (1, 2, 3, 4, 5, 6)]
    assert flags.columns == ["customer_id", "greeks", "lapsed"]


def test_counts(library: segdsl.Library, data: dict[str, pl.DataFrame]) -> None:
    counts = library.counts(data, as_of=AS_OF)
    assert counts.population == 6
    assert dict(counts.sizes) == {"buyers": 3, "lapsed": 1, "greeks": 2}


def test_arrow_tables_serve_as_data(library: segdsl.Library, data: dict[str, pl.DataFrame]) -> None:
    tables = {name: frame.to_arrow() for name, frame in data.items()}
    assert keys(library["lapsed"].members(tables, as_of=AS_OF)) == LAPSED


def test_settings(library: segdsl.Library, data: dict[str, pl.DataFrame]) -> None:
    for value in ("5 days", timedelta(days=5)):
        changed = library.with_settings(lapse=value)
        assert keys(changed["lapsed"].members(data, as_of=AS_OF)) == BUYERS
    assert keys(library["lapsed"].members(data, as_of=AS_OF)) == LAPSED
    assert library.sql("duckdb", as_of=AS_OF, settings={"lapse": "5 days"}) == changed.sql("duckdb", as_of=AS_OF)


@pytest.mark.parametrize(
    "settings", [{"laps": "5 days"}, {"lapse": "five"}, {"lapse": 5}, {"lapse": None}, {"lapse": "5 days; x"}]
)
def test_wrong_settings(settings: dict[str, object], library: segdsl.Library, data: dict[str, pl.DataFrame]) -> None:
    with pytest.raises(segdsl.SegdslError, match="laps"):
        library.with_settings(**settings).evaluate(data, as_of=AS_OF)


@pytest.mark.parametrize(
    "as_of",
    [
        "2026-06-01",
        "2026-06-01T00:00:00Z",
        "2026-06-01 03:00:00+03:00",
        date(2026, 6, 1),
        datetime(2026, 6, 1),
        datetime(2026, 6, 1, tzinfo=UTC),
        datetime(2026, 5, 31, 19, tzinfo=timezone(timedelta(hours=-5))),
    ],
)
def test_as_of_in_every_form(as_of: str | date, library: segdsl.Library) -> None:
    assert library["lapsed"].sql("duckdb", as_of=as_of) == library["lapsed"].sql("duckdb", as_of=AS_OF)


def test_as_of_without_an_offset_is_in_the_schemas_zone() -> None:
    library = segdsl.Library.from_text(SEGMENTS, {**SCHEMA, "timezone": "Europe/Athens"})
    texts = {
        library["lapsed"].sql("duckdb", as_of=as_of).text
        for as_of in ("2026-06-01", datetime(2026, 6, 1), "2026-05-31T21:00Z")
    }
    assert len(texts) == 1


@pytest.mark.parametrize("as_of", ["soon", 7, 1.5, "2026-02-30", object(), "", datetime.min, datetime.max])
def test_bad_as_of(as_of: object, library: segdsl.Library) -> None:
    with pytest.raises(segdsl.SegdslError, match="SEG903"):
        library["lapsed"].sql("duckdb", as_of=as_of)  # type: ignore[arg-type]


def test_sql_shapes(library: segdsl.Library) -> None:
    texts = {
        shape: library.sql("sqlite", shape, ["lapsed"], as_of=AS_OF).text
        for shape in ("members", "flags", "counts", "memberships")
    }
    assert len(set(texts.values())) == 4
    assert texts["members"] == library["lapsed"].sql("sqlite", as_of=AS_OF).text
    for wrong in ("triangle", None, 3):
        with pytest.raises(segdsl.SegdslError, match="SEG908"):
            library.sql("sqlite", wrong, as_of=AS_OF)  # type: ignore[arg-type]
    with pytest.raises(segdsl.SegdslError, match="SEG909"):
        library.sql("sqlite", "members", as_of=AS_OF)


def test_conditions_may_use_the_library(library: segdsl.Library, data: dict[str, pl.DataFrame]) -> None:
    condition = library.condition("buyers and not lapsed")
    assert keys(condition.members(data, as_of=AS_OF)) == [1, 3]
    assert "orders" in library.condition("orders >= 2").sql("postgres", as_of=AS_OF).text
    with pytest.raises(segdsl.SegdslError, match="SEG2"):
        library.condition("byers")


def test_all_errors_at_once() -> None:
    library = segdsl.Library.from_text(
        "segment a where nobody = 1\nsegment b where\nsegment c where count(order) > 'x'", SCHEMA
    )
    found = library.check()
    assert len(found.errors) == 3
    assert [finding.span.describe().split(":")[1] for finding in found.errors] == ["1", "2", "3"]
    with pytest.raises(segdsl.SegdslError) as raised:
        library.sql("duckdb")
    assert raised.value.diagnostics.errors == found.errors
    assert [item["code"] for item in json.loads(raised.value.to_json())] == [
        finding.code for finding in raised.value.diagnostics
    ]


def test_an_empty_library() -> None:
    library = segdsl.Library.from_text("", SCHEMA)
    assert list(library) == []
    assert not library.check().errors
    with pytest.raises(segdsl.SegdslError, match="SEG912"):
        library.sql("duckdb")


@pytest.mark.parametrize(
    ("text", "schema"),
    [(7, SCHEMA), ("segment a where true", 7), ("segment a where true", {"entity": 7}), ("segment a where true", {})],
)
def test_wrong_arguments(text: object, schema: object) -> None:
    with pytest.raises(segdsl.SegdslError):
        segdsl.Library.from_text(text, schema)  # type: ignore[arg-type]


def test_packs() -> None:
    from segdsl.project_file import pack_schema

    library = segdsl.Library.from_text("segment mine where winback", pack_schema("commerce"), packs=["commerce"])
    assert library.check().errors == ()
    assert library["winback"].pack == "commerce"
    assert library["mine"].pack is None
    with pytest.raises(segdsl.SegdslError, match="commerce"):
        segdsl.Library.from_text("", SCHEMA, packs=["comerce"])


def test_files(tmp_path: Path, data: dict[str, pl.DataFrame]) -> None:
    (tmp_path / "b.seg").write_bytes(b"\xef\xbb\xbf" + SEGMENTS.replace("\n", "\r\n").encode())
    (tmp_path / "a.seg").write_text("segment both where buyers and greeks\n")
    library = segdsl.Library.from_files([tmp_path], SCHEMA)
    assert list(library) == ["both", "buyers", "lapsed", "greeks"]
    assert keys(library["both"].members(data, as_of=AS_OF)) == [1, 3]
    (tmp_path / "c.seg").write_bytes("segment ä where true".encode("latin-1"))
    broken = segdsl.Library.from_files([tmp_path, tmp_path / "gone.seg"], SCHEMA)
    assert len(broken.check().errors) == 2


def test_one_file_and_one_pack_in_place_of_a_list(tmp_path: Path) -> None:
    (tmp_path / "few.seg").write_text(SEGMENTS)
    assert list(segdsl.Library.from_files(str(tmp_path), SCHEMA)) == list(segdsl.Library.from_text(SEGMENTS, SCHEMA))
    assert list(segdsl.Library.from_files(tmp_path / "few.seg", SCHEMA)) == [
        *segdsl.Library.from_files([tmp_path], SCHEMA)
    ]
    one, listed = (segdsl.Library.from_text("", SCHEMA, packs=packs) for packs in ("commerce", ["commerce"]))
    assert len(one) > 0
    assert list(one) == list(listed)


@pytest.mark.parametrize("wrong", [42, [42], b"a.seg", [None]])
def test_lists_of_other_things(wrong: object) -> None:
    for make in (
        lambda: segdsl.Library.from_files(wrong, SCHEMA),  # type: ignore[arg-type]
        lambda: segdsl.Library.from_text("", SCHEMA, packs=wrong),  # type: ignore[arg-type]
        lambda: segdsl.Library.from_text("", SCHEMA, settings=wrong),  # type: ignore[arg-type]
    ):
        with pytest.raises(segdsl.SegdslError) as error:
            make()
        assert [d.code for d in error.value.diagnostics] == ["SEG913"]


@pytest.mark.parametrize(
    "call",
    [
        lambda library: library.select(3),
        lambda library: library.select([3]),
        lambda library: library.select([["buyers"]]),
        lambda library: library.sql("duckdb", settings=3),
        lambda library: library.sql("duckdb", settings={1: 2}),
        lambda library: segdsl.Library.from_text("", SCHEMA, settings={1: 2}),
    ],
)
def test_names_and_settings_that_are_no_texts(call: Callable[[object], object], library: segdsl.Library) -> None:
    with pytest.raises(segdsl.SegdslError) as error:
        call(library)
    assert [d.code for d in error.value.diagnostics] == ["SEG913"]


def test_a_shape_or_zone_of_another_type(library: segdsl.Library) -> None:
    with pytest.raises(segdsl.SegdslError, match="is not a shape"):
        library.sql("duckdb", [])  # type: ignore[arg-type]
    with pytest.raises(segdsl.SegdslError, match="is not a time zone"):
        segdsl.expr("orders > 1", {"orders": "int"}, timezone=[])  # type: ignore[arg-type]


def test_a_segment_of_another_library(library: segdsl.Library) -> None:
    other = segdsl.Library.from_text("segment others where name is present", SCHEMA)["others"]
    with pytest.raises(segdsl.SegdslError, match=r"SEG919.*`others` is of another library"):
        library.select([other])


def test_a_segment_of_the_library_with_other_settings(library: segdsl.Library, data: dict[str, pl.DataFrame]) -> None:
    text = "param most_of = 2\nsegment many where orders >= most_of\nsegment biggest where orders >= 4"
    ours = segdsl.Library.from_text(text.replace("orders", "count(order)"), SCHEMA)
    theirs = ours.with_settings(most_of=1)
    condition = theirs.condition("many", name="theirs")
    for ask in (
        lambda given: ours.select([given]),
        lambda given: ours.counts(data, as_of=AS_OF, names=["biggest", given]),
        lambda given: ours.evaluate(data, as_of=AS_OF, names=[given]),
        lambda given: ours.sql("duckdb", names=[given]),
        lambda given: ours.sql("duckdb", names=[given], settings={"most_of": 1}),
        lambda given: ours.matcher(AS_OF, [given]),
        lambda given: ours.thresholds(data, as_of=AS_OF, segments=[given]),
        ours.explain,
        lambda given: ours.matcher(AS_OF).why({"id": 1}, given),
    ):
        for given in (theirs["many"], condition):
            with pytest.raises(segdsl.SegdslError, match="SEG919"):
                ask(given)


def test_a_segment_of_a_library_that_says_the_same(library: segdsl.Library) -> None:
    again = segdsl.Library.from_text(SEGMENTS, SCHEMA)
    assert [one.library for one in library.select([again["lapsed"]]).segments] == [library]
    (condition,) = library.select([again.condition("lapsed", name="quiet")]).segments
    assert (condition.library, condition.name, condition.text) == (library, "quiet", "lapsed")


def test_settings_for_segments_of_the_library_itself() -> None:
    text = "param most_of = 2\nsegment many where count(order) >= most_of"
    library = segdsl.Library.from_text(text, SCHEMA)
    chosen = [library["many"], library.condition("many and name is present", name="some")]
    found = library.sql("duckdb", names=chosen, settings={"most_of": 5}, as_of=AS_OF)
    named = library.with_settings(most_of=5)
    assert str(found) == str(
        named.sql("duckdb", names=["many", named.condition("many and name is present", name="some")], as_of=AS_OF)
    )
    assert str(found) != str(library.sql("duckdb", names=chosen, as_of=AS_OF))


def test_errors_survive_pickle_and_copy(library: segdsl.Library) -> None:
    with pytest.raises(KeyError) as unknown:
        library["nobody"]
    with pytest.raises(segdsl.SegdslError) as mistyped:
        library.condition("name > 3")
    for error in (unknown.value, mistyped.value):
        assert isinstance(error, segdsl.SegdslError)
        for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
            assert type(again) is type(error)
            assert str(again) == str(error)
            assert again.to_json() == error.to_json()


def test_sixteen_threads_get_the_same_bytes(data: dict[str, pl.DataFrame]) -> None:
    library = segdsl.Library.from_text(SEGMENTS, SCHEMA)
    texts: list[str] = []

    def work() -> None:
        texts.append(library.sql("duckdb", as_of=AS_OF).text + str(keys(library["lapsed"].members(data, as_of=AS_OF))))

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(texts) == 16
    assert len(set(texts)) == 1


def test_a_library_is_compiled_once(library: segdsl.Library, monkeypatch: pytest.MonkeyPatch) -> None:
    from segdsl import pipeline

    calls: list[str] = []
    for name in ("parse", "check", "plan"):
        original = getattr(pipeline, name)
        monkeypatch.setattr(pipeline, name, lambda *a, name=name, original=original: calls.append(name) or original(*a))
    for as_of in ("2026-01-01", "2026-02-01", "2026-03-01"):
        library.sql("duckdb", as_of=as_of)
        library["lapsed"].sql("duckdb", as_of=as_of)
    assert sorted(calls) == ["check", "parse", "plan", "plan"]


# -- projects -----------------------------------------------------------------------------------------------------


def test_load(tmp_path: Path) -> None:
    shop = write_project(tmp_path / "shop")
    for path in (shop / "segdsl.toml", str(shop), shop / "segments"):
        project = segdsl.load(path)
        assert list(project.library) == ["buyers", "lapsed", "greeks"]
        assert project.schema.entity.key == "customer_id"
        assert project.timezone == "UTC"
        assert project.data == (shop / "data").absolute()
        assert project.url is None
        assert project.data is not None
        assert keys(project.library["lapsed"].members(project.data, as_of=AS_OF)) == LAPSED


def test_load_finds_the_project_upward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = write_project(tmp_path / "shop")
    monkeypatch.chdir(shop / "segments")
    assert segdsl.load().folder.resolve() == shop.resolve()


@pytest.mark.parametrize("path", ["nowhere.toml", 7, "\0"])
def test_load_refuses(path: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(segdsl.SegdslError):
        segdsl.load(path)  # type: ignore[arg-type]
    with pytest.raises(segdsl.SegdslError, match="SEG905"):
        segdsl.load()


def test_load_reports_all_of_a_wrong_file(tmp_path: Path) -> None:
    (tmp_path / "segdsl.toml").write_text('timezone = 7\n[entity]\ntable = "t"\n')
    with pytest.raises(segdsl.SegdslError) as raised:
        segdsl.load(tmp_path)
    assert len(raised.value.diagnostics.errors) >= 2


def test_public_names() -> None:
    for name in segdsl.__all__:
        assert getattr(segdsl, name) is not None
        assert name in dir(segdsl)
    with pytest.raises(AttributeError, match="nothing"):
        segdsl.nothing  # noqa: B018
