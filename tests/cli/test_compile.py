"""``segdsl compile``: SQL on standard output, to files and to folders."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from commands import segdsl
from engines.limits import taking_less
from small_project import AS_OF

AT = ("--as-of", AS_OF)


@pytest.mark.parametrize("dialect", ["duckdb", "sqlite", "postgres"])
@pytest.mark.parametrize("shape", ["members", "flags", "counts", "memberships"])
def test_each_dialect_and_shape(dialect: str, shape: str, shop: Path) -> None:
    outcome = segdsl("compile", "lapsed", "--dialect", dialect, "--shape", shape, *AT, cwd=shop)
    assert outcome.code == 0, outcome
    assert "customers" in outcome.out
    assert outcome.out.endswith("\n")
    statement = [line for line in outcome.out.splitlines() if not line.startswith("--")]
    assert ";" not in "".join(statement).rstrip(";")


def test_usual_shapes(shop: Path) -> None:
    def compiled(*arguments: str) -> str:
        return segdsl("compile", "--dialect", "duckdb", *arguments, *AT, cwd=shop).out

    assert compiled("lapsed") == compiled("lapsed", "--shape", "members")
    assert compiled() == compiled("--shape", "flags")
    assert compiled() == compiled("buyers", "lapsed", "greeks")


def test_to_a_file(shop: Path) -> None:
    expected = segdsl("compile", "lapsed", "--dialect", "sqlite", *AT, cwd=shop).out
    assert segdsl("compile", "lapsed", "--dialect", "sqlite", *AT, "-o", "lapsed.sql", cwd=shop).out == ""
    assert (shop / "lapsed.sql").read_text() == expected


def test_all_dialects_to_a_folder(shop: Path) -> None:
    from segdsl.backends.sql.dialects import DIALECTS

    outcome = segdsl("compile", "--dialect", "all", "--shape", "members", *AT, "-o", "sql", cwd=shop)
    assert outcome.code == 0, outcome
    files = sorted(str(path.relative_to(shop / "sql")) for path in (shop / "sql").rglob("*.sql"))
    assert files == sorted(f"{dialect}/{name}.sql" for dialect in DIALECTS for name in ("buyers", "lapsed", "greeks"))


def test_members_of_several_to_a_folder(shop: Path) -> None:
    (shop / "sql").mkdir()
    assert segdsl("compile", "--dialect", "duckdb", "--shape", "members", *AT, "-o", "sql", cwd=shop).code == 0
    assert sorted(path.name for path in (shop / "sql").iterdir()) == ["buyers.sql", "greeks.sql", "lapsed.sql"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--dialect", "duckdbb"), "did you mean `duckdb`?"),
        (("--dialect", "all"), "--output"),
        (("--dialect", "duckdb", "--shape", "members"), "--output"),
        (("lapsde", "--dialect", "duckdb"), "did you mean `lapsed`?"),
        (("--dialect", "duckdb", "--select", "tag:none"), "none"),
        ((), "--dialect"),
    ],
)
def test_usage(arguments: tuple[str, ...], said: str, shop: Path) -> None:
    outcome = segdsl("compile", *arguments, *AT, cwd=shop)
    assert outcome.code == 2, outcome
    assert said in outcome.err
    assert outcome.out == ""


def test_errors_of_the_text(shop: Path) -> None:
    doubtful = segdsl("compile", "-e", 'country != "GR"', "--dialect", "duckdb", cwd=shop)
    assert doubtful.code == 0
    assert "SEG801" in doubtful.err
    assert "SEG801" not in doubtful.out
    outcome = segdsl("compile", "-e", "buyers and", "--dialect", "duckdb", cwd=shop)
    assert outcome.code == 1
    assert outcome.out == ""
    assert "<condition>:1:" in outcome.err


def test_setting_and_as_of_are_written_into_the_text(shop: Path) -> None:
    arguments = ("compile", "lapsed", "--dialect", "duckdb")
    usual = segdsl(*arguments, *AT, cwd=shop).out
    assert "2026-03-03" in usual  # 90 days before
    assert "2026-04-02" in segdsl(*arguments, *AT, "--set", "lapse=60 days", cwd=shop).out
    assert "2026-03-03" not in segdsl(*arguments, "--as-of", "2026-06-02", cwd=shop).out


def test_what_is_too_large_for_one_statement_is_several(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ("compile", "--dialect", "sqlite", "--shape", "counts", *AT)
    taking_less(monkeypatch, "sqlite", columns=3)
    outcome = segdsl(*arguments, cwd=shop)
    assert outcome.code == 0, outcome
    assert "note: 2 statements: one alone would be larger than sqlite takes" in outcome.err
    texts = outcome.out.split("\n;\n")
    assert [re.findall("'(.*)' AS segment", text) for text in texts] == [["buyers", "greeks"], ["lapsed"], []]
    assert segdsl(*arguments, "-o", "counts.sql", cwd=shop).out == ""
    assert (shop / "counts.sql").read_text() == outcome.out
    (shop / "sql").mkdir()
    assert segdsl(*arguments, "-o", "sql", cwd=shop).out == ""
    files = sorted((shop / "sql").iterdir())
    assert [file.name for file in files] == ["counts_1.sql", "counts_2.sql"]
    assert [file.read_text().rstrip() for file in files] == [text.strip() for text in texts[:2]]
    described = json.loads(segdsl(*arguments, "--format", "json", cwd=shop).out)
    assert [one["segments"] for one in described] == [["buyers", "greeks"], ["lapsed"]]


def test_a_folder_holds_the_statements_of_one_run(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs all that is in it runs nothing that was compiled before."""
    folder = shop / "sql"
    folder.mkdir()
    (folder / "flags_4.sql").write_text("-- of somebody's own\nselect 1\n")

    def files(*arguments: str, columns: int) -> list[str]:
        with monkeypatch.context() as context:
            taking_less(context, "sqlite", result_columns=columns)
            outcome = segdsl(
                "compile", "--dialect", "sqlite", "--shape", "flags", *AT, "-o", "sql", *arguments, cwd=shop
            )
        assert outcome.code == 0, outcome
        return sorted(path.name for path in folder.iterdir() if path.name != "flags_4.sql")

    several = ["flags_1.sql", "flags_2.sql"]
    assert files(columns=3) == several
    (folder / "flags_3.sql").write_bytes((folder / "flags_2.sql").read_bytes())
    assert files(columns=3) == several
    assert files(columns=9) == ["flags.sql"]
    assert files(columns=3) == several
    assert files("buyers", columns=9) == ["flags.sql"]
    assert files("--format", "json", columns=3) == ["flags.sql", "flags_1.json", "flags_2.json"]
    assert files("--format", "json", columns=9) == ["flags.json", "flags.sql"]
    assert (folder / "flags_4.sql").exists()


def test_files_of_names_that_differ_in_letter_case_alone(shop: Path) -> None:
    (shop / "segments" / "more.seg").write_text("segment VIP where any(order)\nsegment vip where orders > 9\n")
    arguments = ("compile", "--dialect", "duckdb", "--shape", "members", *AT, "-o", "sql")
    assert segdsl(*arguments, "VIP", "vip", "buyers", cwd=shop).code == 0
    names = sorted(path.name for path in (shop / "sql").iterdir())
    assert len({name.lower() for name in names}) == 3
    assert [re.sub(r"_[0-9a-f]{8}\.", ".", name) for name in names] == ["VIP.sql", "buyers.sql", "vip.sql"]
    assert segdsl(*arguments[:-1], "one", "VIP", "buyers", cwd=shop).code == 0
    assert sorted(path.name for path in (shop / "one").iterdir()) == ["VIP.sql", "buyers.sql"]
