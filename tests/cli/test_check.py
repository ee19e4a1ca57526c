"""``segdsl check`` and ``segdsl list``: what is found, and in which form it is told."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from commands import segdsl
from small_project import AS_OF, PROJECT, SEGMENTS, customers, orders

WRONG = 'segment late "Late"\n  where ordres >= 1\n    and country = "GR"\n'


@pytest.fixture
def wrong(shop: Path) -> Path:
    (shop / "segments" / "wrong.seg").write_text(WRONG)
    return shop


def test_nothing_to_report(shop: Path) -> None:
    outcome = segdsl("check", cwd=shop)
    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.err == "nothing to report\n"


def test_full(wrong: Path) -> None:
    outcome = segdsl("check", cwd=wrong)
    assert outcome.code == 1
    assert "segments/wrong.seg:2:9" in outcome.out
    assert "2 |   where ordres >= 1" in outcome.out
    assert "        ^^^^^^" in outcome.out
    assert "`orders`" in outcome.out
    assert outcome.err == "1 error\n"


def test_concise(wrong: Path) -> None:
    outcome = segdsl("check", "--format", "concise", cwd=wrong)
    assert outcome.out.startswith("segments/wrong.seg:2:9: error SEG2")
    assert outcome.out.count("\n") == 1


def test_json(wrong: Path) -> None:
    (finding,) = json.loads(segdsl("check", "--format", "json", cwd=wrong).out)
    assert finding["severity"] == "error"
    assert (finding["span"]["file"], finding["span"]["line"], finding["span"]["column"]) == ("segments/wrong.seg", 2, 9)
    assert finding["span"]["end_column"] == 15
    assert finding["fix"]["edits"][0]["text"] == "orders"


def test_json_of_nothing(shop: Path) -> None:
    assert json.loads(segdsl("check", "--format", "json", cwd=shop).out) == []


def test_sarif(wrong: Path) -> None:
    log = json.loads(segdsl("check", "--format", "sarif", cwd=wrong).out)
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    (result,) = run["results"]
    assert result["level"] == "error"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [result["ruleId"]]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "segments/wrong.seg"
    assert place["region"] == {"startLine": 2, "startColumn": 9, "endLine": 2, "endColumn": 15}


def test_github(wrong: Path) -> None:
    outcome = segdsl("check", "--format", "github", cwd=wrong)
    assert outcome.out.startswith("::error file=segments/wrong.seg,line=2,col=9,endLine=2,title=SEG2")
    assert outcome.out.count("\n") == 1
    assert "%0Ahint: " in outcome.out


def test_findings_to_a_file(wrong: Path) -> None:
    outcome = segdsl("check", "--format", "json", "-o", "findings.json", cwd=wrong)
    assert (outcome.code, outcome.out) == (1, "")
    assert len(json.loads((wrong / "findings.json").read_text())) == 1


def test_all_errors_of_all_files_in_one_run(wrong: Path) -> None:
    (wrong / "segments" / "another.seg").write_text(
        "segment a where nobody\nsegment b where or\nsegment c where order.totl > 1\n"
    )
    outcome = segdsl("check", "--format", "concise", cwd=wrong)
    assert [line.split(":")[:2] for line in outcome.out.splitlines()] == [
        ["segments/another.seg", "1"],
        ["segments/another.seg", "2"],
        ["segments/another.seg", "3"],
        ["segments/wrong.seg", "2"],
    ]


def test_paths_narrow_what_is_told(wrong: Path) -> None:
    assert segdsl("check", "segments/shop.seg", cwd=wrong).code == 0
    assert segdsl("check", "segments/wrong.seg", cwd=wrong).code == 1
    assert segdsl("check", "segments", cwd=wrong).code == 1


def test_path_that_is_not_the_projects_is_read_with_it(shop: Path) -> None:
    (shop / "draft.seg").write_text("segment big_buyers where buyers and orders > 2\nsegment buyers where orders > 1\n")
    outcome = segdsl("check", "draft.seg", "--format", "concise", cwd=shop)
    assert outcome.code == 1
    assert "`buyers`" in outcome.out
    assert "twice" in outcome.out


def test_path_from_elsewhere_finds_its_project(shop: Path, tmp_path: Path) -> None:
    assert segdsl("check", str(shop / "segments" / "shop.seg"), cwd=tmp_path).code == 0


def test_standard_input(shop: Path) -> None:
    assert segdsl("check", "-", cwd=shop, stdin=b"segment mine where buyers\n").code == 0
    outcome = segdsl("check", "-", "--format", "concise", cwd=shop, stdin=b"segment mine where byers\n")
    assert outcome.code == 1
    assert outcome.out.startswith("<stdin>:1:20: error")


def test_missing_path(shop: Path) -> None:
    outcome = segdsl("check", "nowhere.seg", cwd=shop)
    assert outcome.code == 2
    assert "nowhere.seg" in outcome.out + outcome.err


def test_warnings_fail_only_when_strict(shop: Path) -> None:
    (shop / "segments" / "odd.seg").write_text("param unused = 3\n")
    plain = segdsl("check", "--format", "concise", cwd=shop)
    assert plain.code == 0, plain
    assert "warning SEG8" in plain.out
    assert segdsl("check", "--strict", cwd=shop).code == 1


def test_wrong_project_file(shop: Path) -> None:
    (shop / "segdsl.toml").write_text(PROJECT.replace('key = "customer_id"', 'kye = "customer_id"'))
    outcome = segdsl("check", "--format", "concise", cwd=shop)
    assert outcome.code == 2
    assert "segdsl.toml:9:1: error SEG4" in outcome.out


def test_no_project(tmp_path: Path) -> None:
    assert segdsl("check", cwd=tmp_path).code == 2


def test_data_that_keeps_its_promises(shop: Path) -> None:
    outcome = segdsl("check", "--data", cwd=shop)
    assert (outcome.code, outcome.out) == (0, ""), outcome


def test_data_that_breaks_them(shop: Path) -> None:
    doubled = pl.concat([customers(), customers().filter(pl.col("customer_id") == 2)])
    strange = doubled.with_columns(country=pl.when(pl.col("customer_id") == 5).then(pl.lit("FR")).otherwise("country"))
    strange.write_parquet(shop / "data" / "customers.parquet")
    pl.concat(
        [
            orders(),
            orders().head(1).with_columns(order_id=pl.lit(99, dtype=pl.Int64), customer_id=pl.lit(77, dtype=pl.Int64)),
        ]
    ).write_parquet(shop / "data" / "orders.parquet")
    outcome = segdsl("check", "--data", "--format", "json", cwd=shop)
    assert outcome.code == 1, outcome
    found = {finding["code"] for finding in json.loads(outcome.out)}
    assert {"SEG506", "SEG522"} <= found
    assert "SEG521" in found


def test_data_elsewhere(shop: Path, tmp_path: Path) -> None:
    (shop / "data").rename(tmp_path / "elsewhere")
    assert segdsl("check", "--data", str(tmp_path / "elsewhere"), cwd=shop).code == 0
    assert segdsl("check", "--data", "nowhere", cwd=shop).code == 2


def test_list(shop: Path) -> None:
    outcome = segdsl("list", cwd=shop)
    assert outcome.code == 0
    assert outcome.out.splitlines() == [
        "segment  title             tags                 defined",
        "-------  ----------------  -------------------  ----------------------",
        "buyers   Buyers            value                segments/shop.seg:5:1",
        "lapsed   Lapsed customers  win-back, lifecycle  segments/shop.seg:10:1",
        "greeks                                          segments/shop.seg:15:1",
    ]
    assert outcome.err == "3 segments\n"


def test_list_some_as_json(shop: Path) -> None:
    outcome = segdsl("list", "--select", "tag:lifecycle", "--format", "json", cwd=shop)
    assert json.loads(outcome.out) == [
        {
            "segment": "lapsed",
            "title": "Lapsed customers",
            "tags": "win-back, lifecycle",
            "defined": "segments/shop.seg:10:1",
        }
    ]


def test_list_of_a_library_with_errors_still_lists(wrong: Path) -> None:
    outcome = segdsl("list", "late", cwd=wrong)
    assert outcome.code == 0
    assert "Late" in outcome.out


def test_list_of_nothing(shop: Path) -> None:
    (shop / "segments" / "shop.seg").write_text("param lapse = 90 days\n")
    outcome = segdsl("list", cwd=shop)
    assert outcome.code == 2
    assert "SEG912" in outcome.err


def test_a_pack_is_listed_with_its_origin(shop: Path) -> None:
    (shop / "segdsl.toml").write_text('schema = "commerce"\npacks = ["commerce"]\n')
    (shop / "segments" / "shop.seg").unlink()
    outcome = segdsl("list", "winback", cwd=shop)
    assert "pack commerce/lifecycle.seg" in outcome.out


def test_segments_are_read_in_any_order(shop: Path) -> None:
    (shop / "segments" / "shop.seg").unlink()
    lines = SEGMENTS.split("\n\n")
    for number, part in enumerate(reversed(lines)):
        (shop / "segments" / f"{number}.seg").write_text(part + "\n")
    assert segdsl("check", cwd=shop).code == 0
    outcome = segdsl("run", "lapsed", "--shape", "members", "--format", "csv", "--as-of", AS_OF, cwd=shop)
    assert outcome.out == "customer_id\n2\n"
