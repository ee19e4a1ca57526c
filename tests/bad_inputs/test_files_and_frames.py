"""Files that other programs wrote in their own way, and frames that fail: refused with a reason, never read as something else."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from commands import segdsl
from small_project import AS_OF, write_project

import segdsl as package

HEADER = b"customer_id,name,email,country,created_at,select\n"
ROW = b"1,Ann,,GR,2025-01-01,1\n"


def greeks(tmp_path: Path, content: bytes) -> tuple[int, str, str]:
    shop = write_project(tmp_path / "shop")
    (shop / "data" / "customers.parquet").unlink()
    (shop / "data" / "customers.csv").write_bytes(content)
    outcome = segdsl("run", "greeks", "--shape", "members", "--format", "csv", "--as-of", AS_OF, cwd=shop)
    return outcome.code, outcome.out, outcome.err


@pytest.mark.parametrize(
    "content",
    [
        HEADER + ROW,
        b"\xef\xbb\xbf" + HEADER + ROW,
        (HEADER + ROW).replace(b"\n", b"\r\n"),
        (HEADER + ROW)[:-1],
    ],
    ids=["plain", "byte_order_mark", "crlf", "no_last_line_end"],
)
def test_csv(content: bytes, tmp_path: Path) -> None:
    assert greeks(tmp_path, content)[:2] == (0, "customer_id\n1\n")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ((HEADER + ROW).replace(b"\n", b"\r"), "its lines end in CR alone"),
        ((HEADER + ROW).decode().encode("utf-16"), "it looks like UTF-16"),
        (HEADER + ROW.replace(b"Ann", b"\xfcnn"), "utf-8"),
        (b"", "empty CSV"),
        (HEADER + ROW.replace(b"\n", b",1,2,3\n"), "more fields"),
    ],
    ids=["cr", "utf_16", "latin_1", "empty", "long_line"],
)
def test_csv_that_is_refused(content: bytes, reason: str, tmp_path: Path) -> None:
    code, out, err = greeks(tmp_path, content)
    assert (code, out) == (2, "")
    assert err.startswith("error[SEG509]: data/customers.csv cannot be read: ")
    assert reason in err


def test_a_lazy_frame_that_cannot_be_planned() -> None:
    frame = pl.LazyFrame({"x": [1]}).filter(pl.col("y") > 1)
    with pytest.raises(package.SegdslError, match='the frame cannot be read: unable to find column "y"'):
        package.expr("x > 1", frame)
