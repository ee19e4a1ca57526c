"""What bare conditions are called, and which segments a selection is of."""

from __future__ import annotations

import duckdb
import polars as pl
import pytest

import segdsl
from segdsl import Library, SegdslError

SCHEMA = {"entity": {"name": "customer", "table": "customers", "key": "id", "fields": {"id": "int", "n": "int?"}}}
DATA = {"customers": pl.DataFrame({"id": [1, 2, 3, 4], "n": [1, 5, 9, None]})}


@pytest.fixture
def library() -> Library:
    return Library.from_text("param k = 4\nsegment a where n > k\nsegment ID where n > 8", SCHEMA)


def codes(error: pytest.ExceptionInfo[SegdslError]) -> list[str]:
    return [one.code for one in error.value.diagnostics]


# -- names of conditions --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["id", "", "x\0y", "two\nlines", "\x85", "\udc80"])
def test_a_name_that_no_condition_can_have(name: str, library: Library) -> None:
    with pytest.raises(SegdslError) as error:
        library.condition("n > 4", name=name)
    assert codes(error) == ["SEG918"]


@pytest.mark.parametrize("name", [3, b"x", ["a"]])
def test_a_name_that_is_no_text(name: object, library: Library) -> None:
    with pytest.raises(SegdslError) as error:
        library.condition("n > 4", name=name)  # type: ignore[arg-type]
    assert codes(error) == ["SEG913"]


@pytest.mark.parametrize("name", ["Id", "a b", 'a"b', "größe", "👍🏽", "x" * 300])
def test_any_other_name_will_do(name: str, library: Library) -> None:
    flags = library.select([library.condition("n > 4", name=name), "a"]).evaluate(DATA).lazy().collect()
    assert flags.columns == ["id", name, "a"]
    compiled = library.sql("duckdb", "counts", [library.condition("n > 8", name=name), "a"])
    connection = duckdb.connect()
    connection.register("customers", DATA["customers"])
    assert sorted(connection.execute(compiled.text).fetchall()) == sorted([(name, 1, 4), ("a", 2, 4)])


@pytest.mark.parametrize("key", ["condition", "Condition"])
@pytest.mark.parametrize("shape", ["members", "flags", "counts", "memberships"])
def test_the_key_may_be_called_condition(key: str, shape: str) -> None:
    compiled = segdsl.sql(
        "n > 4", table="t", dialect="duckdb", fields={key: "int", "n": "int"}, key=key, shape=shape
    )  # fmt: skip
    connection = duckdb.connect()
    connection.execute(f'create table t as select * from (values (1, 1), (2, 5), (3, 9)) as t ("{key}", n)')
    found = sorted(connection.execute(compiled.text).fetchall())
    expected = {
        "members": [(2,), (3,)],
        "flags": [(1, False), (2, True), (3, True)],
        "counts": [("condition_2", 2, 3)],
        "memberships": [("condition_2", 2), ("condition_2", 3)],
    }
    assert found == expected[shape]
    frame = pl.DataFrame({key: [1, 5]})
    assert frame.filter(segdsl.expr(f"{key} > 4", frame)).height == 1


def test_flags_are_called_as_their_segments_are() -> None:
    library = Library.from_text("segment VIP where n > 3\nsegment vip where n > 8\nsegment ID where n = 1", SCHEMA)
    for data in (DATA, {"customers": DATA["customers"].lazy()}):
        flags = library.evaluate(data).lazy().collect()
        assert flags.rows(named=True)[1] == {"id": 2, "VIP": True, "vip": False, "ID": False}
    assert library.counts(DATA).sizes == {"VIP": 2, "vip": 1, "ID": 1}


# -- two of one name ------------------------------------------------------------------------------------------------


def test_two_of_one_name_are_refused(library: Library) -> None:
    for names in (
        [library.condition("n > 3"), library.condition("n > 100")],
        ["a", library.condition("n > 8", name="a")],
        [library.condition("n > 8", name="a"), "a"],
    ):
        with pytest.raises(SegdslError) as error:
            library.select(names)
        assert codes(error) == ["SEG918"]
        assert "name=" in (error.value.diagnostics[0].hint or "")


def test_the_same_twice_is_there_once(library: Library) -> None:
    condition, other = library.condition("n > 3"), library.with_settings()
    assert library.select(["a", library["a"], other["a"], "a"]).names == ("a",)
    assert library.select([condition, condition, library.condition("n > 3")]).counts(DATA).sizes == {"condition": 2}
    elsewhere = other.condition("n > k")
    assert library.select([elsewhere, elsewhere]).counts(DATA).sizes == {"condition": 2}


# -- conditions of another library ----------------------------------------------------------------------------------


def test_settings_are_those_that_are_asked_for(library: Library) -> None:
    condition = library.condition("n > k", name="ck")
    changed = library.with_settings(k=8)
    assert library.select(["a", condition]).counts(DATA).sizes == {"a": 2, "ck": 2}
    assert library.select(["a", condition]).with_settings(k=8).counts(DATA).sizes == {"a": 1, "ck": 1}
    with pytest.raises(SegdslError) as error:
        changed.select(["a", condition])
    assert codes(error) == ["SEG919"]
    assert "n > 8" in library.sql("duckdb", "flags", [condition], settings={"k": 8}).text
    (statement,) = library.statements("duckdb", "flags", [condition], settings={"k": 8})
    assert "n > 8" in statement.text
    bound = library.sql("duckdb", "members", [condition], bind=True)
    assert [one.value for one in bound.bind(k=8).params] == [8]


def test_a_condition_of_a_library_with_other_definitions(library: Library) -> None:
    other = Library.from_text("trait big = n * 2\nsegment b where big > 4\nsegment a where n = 1", SCHEMA)
    for one in (other.condition("big > 4"), other.condition("a", name="same"), other["a"]):
        with pytest.raises(SegdslError) as error:
            library.select([one])
        assert codes(error) == ["SEG919"]
