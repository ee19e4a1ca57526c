"""A table that is a folder of Parquet files: which files are its rows, and what they hold together.

In: a folder. Out: a lazy frame. What Spark and Hive leave out is left out: names that begin with ``_`` or ``.``, at any depth. Folders
called ``column=value`` make a column of texts. Where all files are of the same dtypes, Polars scans them at once; else those that are
alike, and a column becomes the dtype that holds the values of all files, if there is one that loses nothing.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from urllib.parse import unquote

import polars as pl

from segdsl.backends.polars import hold, lists
from segdsl.backends.polars.read import physical, read
from segdsl.diagnostics import Diagnostic, SegdslError
from segdsl.errors import data as errors
from segdsl.planning.plan import TableColumn
from segdsl.room import is_interrupt
from segdsl.runtime.dtypes import described
from segdsl.semantics.time import zone
from segdsl.types import ANY, MAX_DIGITS

_LOGS = {"_delta_log": "Delta Lake", ".hoodie": "Hudi"}
"""Folders that say which of the files beside them still count."""
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
_TEXTS = pl.List(pl.String())


def found(path: Path) -> Folder | None:
    """The table that a folder is; None where no Parquet file lies in it."""
    files: list[Path] = []
    others: list[str] = []
    log: str | None = None
    for place, folders, names in os.walk(path):
        log = log or next((_LOGS[name] for name in folders if name in _LOGS), None)
        # A column may have such a name, a file or a folder of rows may not.
        folders[:] = [name for name in folders if not _is_hidden(name) or ("=" in name and name[0] == "_")]
        for name in names:
            file = Path(place, name)
            if _is_hidden(name) or name.endswith(".crc"):
                continue
            if file.suffix.lower() == ".parquet":
                files.append(file)
            else:
                others.append(file.relative_to(path).as_posix())
    return Folder(path, tuple(sorted(files)), tuple(sorted(others)), log) if files else None


@dataclass(frozen=True, slots=True)
class Folder:
    """``files`` in order; ``others``: what lies beside them and may be rows; ``log``: of what kind the log is that tells which files
    count, if there is one."""

    path: Path
    files: tuple[Path, ...]
    others: tuple[str, ...] = ()
    log: str | None = None

    @property
    def partitions(self) -> frozenset[str]:
        """The columns that folders are named after."""
        return frozenset(name for place in {file.parent for file in self.files} for name in self._said(place))

    def frame(self, wanted: Collection[str]) -> pl.LazyFrame:
        """Its rows. Raises `SegdslError` where it is not known which they are, or what a wanted column holds."""
        if self.log is not None:
            raise SegdslError([errors.has_a_log(str(self.path), self.log)])
        if self.others:
            raise SegdslError([errors.not_all_parquet(str(self.path), self.others)])
        schemas = {file: _schema(file) for file in self.files}
        first, *rest = schemas.values()
        if not self.partitions.intersection(wanted) and all(schema == first for schema in rest):
            return _scan(self.files)
        said = {file: self._said(file.parent) for file in self.files}
        # What a file holds comes before what its place says.
        held = {file: {**dict.fromkeys(said[file], pl.String()), **schemas[file]} for file in self.files}
        dtypes = self._dtypes(held, wanted)
        frames = []
        for (schema, values), files in groupby(self.files, lambda file: (schemas[file], said[file])):
            columns = [
                (_as(name, schema[name], dtype) if name in schema else pl.lit(values[name], dtype=dtype)).alias(name)
                for name, dtype in dtypes.items()
            ]
            frames.append(_scan(tuple(files)).select(columns))
        return pl.concat(frames)

    def _dtypes(
        self, held: Mapping[Path, Mapping[str, pl.DataType]], wanted: Collection[str]
    ) -> dict[str, pl.DataType]:
        """Of each column that is the same kind of thing in all files."""
        dtypes: dict[str, pl.DataType] = {}
        findings: list[Diagnostic] = []
        for name in dict.fromkeys(name for columns in held.values() for name in columns):
            common = self._common(name, held)
            if isinstance(common, pl.DataType):
                dtypes[name] = common
            elif name in wanted:
                findings.append(common)
        if findings:
            raise SegdslError(findings)
        return dtypes

    def _common(self, name: str, held: Mapping[Path, Mapping[str, pl.DataType]]) -> pl.DataType | Diagnostic:
        has = {file: columns[name] for file, columns in held.items() if name in columns}
        if len(has) < len(held):
            lacks = next(file for file in held if file not in has)
            return errors.not_in_all_files(str(self.path), name, self._called(lacks), self._called(next(iter(has))))
        common: pl.DataType = pl.Null()
        for file, dtype in has.items():
            both = _both(common, dtype)
            if both is None:
                other = next((f for f, of in has.items() if _both(of, dtype) is None), next(iter(has)))
                files = [(self._called(f), described(has[f])) for f in (other, file)]
                return errors.differing_files(str(self.path), name, files)
            common = both
        return common

    def _called(self, file: Path) -> str:
        return file.relative_to(self.path).as_posix()

    def _said(self, place: Path) -> dict[str, str | None]:
        """What the names of folders say of the rows below them."""
        pairs = (part.split("=", 1) for part in place.relative_to(self.path).parts if "=" in part)
        return {unquote(name): None if value == _NO_VALUE else unquote(value) for name, value in pairs}


def _is_hidden(name: str) -> bool:
    return name.startswith(("_", "."))


def _scan(files: Sequence[Path]) -> pl.LazyFrame:
    return pl.scan_parquet(list(files), glob=False, hive_partitioning=False)


def _schema(file: Path) -> pl.Schema:
    try:
        return pl.scan_parquet(file, glob=False).collect_schema()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        if is_interrupt(error):
            raise KeyboardInterrupt from error
        raise SegdslError([errors.unreadable_data(str(file), str(error).strip().split("\n")[0])]) from error


def _both(one: pl.DataType, other: pl.DataType) -> pl.DataType | None:
    """The dtype that holds the values of both as each would be read by itself; None where there is none."""
    if one == other or isinstance(other, pl.Null):
        return one
    if isinstance(one, pl.Null):
        return other
    texts = pl.String | pl.Categorical | pl.Enum
    if isinstance(one, texts) and isinstance(other, texts):
        return pl.String()
    if isinstance(one, pl.Datetime) and isinstance(other, pl.Datetime):
        return hold.MICROSECONDS
    if one.is_integer() and other.is_integer():
        if pl.UInt128 in (one, other):
            return None
        return pl.Int128() if {pl.UInt64(), pl.Int128()}.intersection((one, other)) else pl.Int64()
    if (one.is_float() and other.is_numeric() and not other.is_decimal()) or (other.is_float() and one.is_integer()):
        # What declares the column a number that is not exact reads whole numbers so, too.
        return pl.Float64()
    if one.is_nested() and other.is_nested():
        return _TEXTS if lists.can_read(one) and lists.can_read(other) else None
    numbers = [_digits(dtype) for dtype in (one, other)]
    places = max((scale for _, scale in numbers), default=0)
    before = max((whole for whole, _ in numbers), default=0)
    return pl.Decimal(MAX_DIGITS, places) if 0 < before <= MAX_DIGITS - places else None


def _digits(dtype: pl.DataType) -> tuple[int, int]:
    """Of an exact number, before the point and behind it; of anything else, too many."""
    if isinstance(dtype, pl.Decimal):
        return (dtype.precision or MAX_DIGITS) - dtype.scale, dtype.scale
    return (20 if dtype.is_integer() and dtype not in (pl.Int128, pl.UInt128) else MAX_DIGITS + 1), 0


def _as(name: str, found: pl.DataType, wanted: pl.DataType) -> pl.Expr:
    """A column as that dtype."""
    if found == wanted:
        return physical(name)
    if isinstance(found, pl.Datetime):
        return read(TableColumn(name, name, ANY, True, key_only=True), found, zone("UTC"))
    return physical(name).cast(wanted)
