"""Data as bytes and back: the same comes again, and nothing but data ever does."""

from __future__ import annotations

import copy
import io
import pickle
import pickletools
import tomllib
from contextlib import suppress
from dataclasses import FrozenInstanceError, dataclass, fields, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from conformance.reader import read_cases
from fuzz.corpus import SCHEMAS

import segdsl
from segdsl.cache import encoding
from segdsl.cache.encoding import Known, NotKept, decoded, encoded
from segdsl.diagnostics import Diagnostic, Severity
from segdsl.library import Library
from segdsl.semantics import ir
from segdsl.source import Source, Span
from segdsl.types import INT, Kind

SCHEMA = segdsl.schema_from_dict({"entity": {"name": "c", "table": "t", "key": "id", "fields": {"id": "int"}}})
SOURCE = Source("a.seg", "segment a where id > 1")
KNOWN = Known((SOURCE,), SCHEMA)


@pytest.mark.parametrize(
    "value",
    [
        None,
        (
            1,
            "x",
            1.5,
            True,
            b"y",
            Decimal("1.50"),
            date(2026, 1, 2),
            datetime(2026, 1, 2, 3),
            frozenset({1}),
            {"a": [1]},
        ),
        ir.Compare(">", ir.Literal(1, type=INT), ir.Literal(Decimal("2.50"), type=INT), span=SOURCE.span(1, 2)),
        Diagnostic("SEG1", Severity.HINT, "m", SOURCE.span(3, 4), "h"),
    ],
)
def test_the_same_comes_again(value: object) -> None:
    again = decoded(encoded(value, KNOWN), KNOWN)
    assert again == value
    assert repr(again) == repr(value)


def test_places_are_in_the_texts_that_are_there() -> None:
    again = decoded(
        encoded((SOURCE.span(1, 2), SCHEMA), KNOWN), Known((other := Source("a.seg", SOURCE.text),), SCHEMA)
    )
    assert isinstance(again, tuple)
    assert again[0] == Span(other, 1, 2)
    assert again[0].source is other
    assert again[1] is SCHEMA
    assert SOURCE.text.encode() not in encoded(SOURCE.span(1, 2), KNOWN)


def test_a_text_that_is_not_there_comes_along() -> None:
    elsewhere = Source("b", "text of b\nmore")
    again = decoded(encoded((elsewhere.span(1, 2), elsewhere.span(3, 4)), KNOWN), KNOWN)
    assert isinstance(again, tuple)
    assert again[0].source is again[1].source
    assert (again[0].source.name, again[0].source.text) == ("b", "text of b\nmore")
    assert again[0].source.position(11) == (2, 2)


@dataclass(frozen=True, slots=True)
class Stranger:
    x: int


@pytest.mark.parametrize("value", [Stranger(1), Path("x"), object(), lambda: 1, io.StringIO()])
def test_what_is_not_the_compilers_is_not_kept(value: object) -> None:
    with pytest.raises((NotKept, pickle.PicklingError, TypeError, AttributeError)):
        encoded((value,), KNOWN)


class _Evil:
    def __init__(self, function: object, *arguments: object) -> None:
        self.way = (function, arguments)

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return self.way


@pytest.mark.parametrize(
    "function",
    ["os.system", "builtins.eval", "builtins.getattr", "builtins.open", "subprocess.Popen", "importlib.import_module"],
)
def test_no_function_is_ever_called(function: str, tmp_path: Path) -> None:
    module, _, name = function.rpartition(".")
    called = getattr(__import__(module), name) if module != "importlib" else __import__("importlib").import_module
    data = pickle.dumps(_Evil(called, f"touch {tmp_path / 'made'}"))
    with pytest.raises(NotKept):
        decoded(data, KNOWN)
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("segdsl.diagnostics", "json"),
        ("segdsl.diagnostics", "span_to_dict"),
        ("segdsl.diagnostics", "SegdslError"),
        ("segdsl.source", "re"),
        ("segdsl.source", "Source.span"),
        ("segdsl.semantics.ir", "field"),
        ("segdsl.semantics.ir", "Decimal"),
        ("segdsl.cache.encoding", "importlib"),
        ("segdsl.cache.encoding", "_maker"),
        ("segdsl.records", "_own"),
        ("segdsl.records", "replace"),
        ("builtins", "eval"),
        ("os", "system"),
    ],
)
def test_only_records_can_be_named(module: str, name: str) -> None:
    data = (
        b"\x80\x04\x8c"
        + bytes([len(module)])
        + module.encode()
        + b"\x8c"
        + bytes([len(name)])
        + name.encode()
        + b"\x93."
    )
    assert "STACK_GLOBAL" in io_of(data)
    with pytest.raises(NotKept):
        decoded(data, KNOWN)


def io_of(data: bytes) -> str:
    out = io.StringIO()
    pickletools.dis(data, out)
    return out.getvalue()


def test_no_class_is_changed_through_one() -> None:
    """BUILD sets what it is told to on whatever it is given: here, the code of a method."""
    before = Span.describe
    data = b"\x80\x04\x8c\x0dsegdsl.source\x8c\x04Span\x93N}\x8c\x08describeK\x01s\x86b."
    with suppress(Exception):
        decoded(data, KNOWN)
    assert Span.describe is before


def named(module: str, name: str) -> bytes:
    return b"c" + f"{module}\n{name}\n".encode()


STATES = {
    "the schema": named("segdsl.cache.encoding", "the_schema") + b")R" + b"](" + b"N" * len(fields(SCHEMA)) + b"eb.",
    "a member": named("segdsl.types", "Kind") + b"(X\3\0\0\0inttR" + b"}X\7\0\0\0_value_Nsb.",
    "another member": named("segdsl.diagnostics", "Severity") + b"(X\4\0\0\0hinttR" + b"}X\1\0\0\0xNsb.",
    "what makes a record": named("segdsl.source", "Span") + b"(N}X\x0c\0\0\0__defaults__NNN\x87stb.",
    "what makes a member": named("segdsl.types", "Kind") + b"(N}X\x0c\0\0\0__defaults__)stb.",
    "a dictionary of one": named("segdsl.source", "Span") + b"}X\1\0\0\0xNsb.",
}


@pytest.mark.parametrize("what", STATES)
def test_nothing_that_is_there_is_given_another_state(what: str) -> None:
    """Whatever else becomes of such bytes: the host goes on with the objects."""
    Kind("int"), Severity("hint")
    encoding._MAKERS.clear()
    known = Known(KNOWN.sources, replace(SCHEMA))
    before = repr(known.schema)
    with pytest.raises((FrozenInstanceError, NotKept)):
        decoded(b"\x80\x04" + STATES[what], known)
    assert repr(known.schema) == before
    assert Kind.INT.value == "int" and Kind("int") is Kind.INT
    assert not hasattr(Severity.HINT, "x")
    assert all(not getattr(made, "__defaults__", None) and not hasattr(made, "x") for made in encoding._MAKERS.values())


def test_records_are_copied_all_the_same() -> None:
    for value in (SCHEMA, Kind.INT, Severity.HINT, Span(None, 1, 2)):
        assert copy.deepcopy(value) == copy.copy(value) == pickle.loads(pickle.dumps(value)) == value


def test_damaged_bytes_do_no_more_than_fail() -> None:
    library = _library()
    data = encoded(library.select().plan(), Known([unit.source for unit in library.units], library.schema))
    random = Random(7)
    for _ in range(300):
        at = random.randrange(len(data))
        damaged = data[:at] + random.randbytes(1) + data[at + 1 :] if random.random() < 0.8 else data[:at]
        with suppress(Exception):
            decoded(damaged, KNOWN)


def _library() -> Library:
    text = "segment a where id > 1\nsegment b where id in (1, 2, 3) and not a"
    return Library.from_text(text, SCHEMA)


def test_programs_and_plans_of_the_conformance_texts() -> None:
    scenes = dict.fromkeys(case.scene for case in read_cases())
    tried = 0
    for scene in scenes:
        library = Library.from_text(scene.library, segdsl.schema_from_dict(tomllib.loads(SCHEMAS[scene.schema])))
        known = Known([unit.source for unit in library.units], library.schema)
        checked = library._checked()
        for value in (checked.program, tuple(library._findings()), library._named()):
            again = decoded(encoded(value, known), known)
            assert again == value
            assert repr(again) == repr(value)
        if len(library) and not library._findings().errors:
            plan = library.select().plan()
            again = decoded(encoded(plan, known), known)
            assert again == plan
            assert repr(again) == repr(plan)
            tried += 1
    assert tried > 3
