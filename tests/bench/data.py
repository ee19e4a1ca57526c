"""Where generated tables are kept between runs, and TPC-H, which tpchgen-cli writes."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path


def data_option(parser: argparse.ArgumentParser) -> None:
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "segdsl-bench"
    parser.add_argument("--data", type=Path, default=cache, help="a folder for tables, made once (%(default)s)")


def kept(path: Path, make: Callable[[Path], None]) -> Path:
    """The file, made if it is not there."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{path.name}.{os.getpid()}")
        make(unfinished)
        unfinished.replace(path)
    return path


def tpch(folder: Path, scale: int, tables: Iterable[str]) -> dict[str, Path]:
    """Tables of TPC-H as Parquet files, 1.5 million orders for each unit of ``scale``."""
    wanted = list(tables)
    into = folder / f"sf{scale}"
    missing = [table for table in wanted if not (into / f"{table}.parquet").exists()]
    if missing:
        beside = Path(sys.executable).with_name("tpchgen-cli")
        program = str(beside) if beside.exists() else shutil.which("tpchgen-cli")
        if program is None:
            raise SystemExit("tpchgen-cli is not installed: pip install tpchgen-cli")
        into.mkdir(parents=True, exist_ok=True)
        named = ",".join(missing)
        told = [program, "parquet", "--scale-factor", str(scale), "--tables", named, "--output-dir", str(into)]
        subprocess.run(told, check=True, stdout=subprocess.DEVNULL)
    return {table: into / f"{table}.parquet" for table in wanted}
