"""Reads the files of cases: conditions, each with whom it selects beside it.

    # schema shop              the project file in `shop.SCHEMAS`
    # as of 2026-06-15T12:00:00Z
    # everyone ann, bob        the whole population at that instant
    # -- missing values        a section; other comments are for readers
    | trait orders = count(order)
    orders >= 1   # => ann, bob
    ordrs >= 1    # !! error

``# => nobody``, ``# => everyone``. Lines with a bar make the library of the rest of the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

FOLDER = Path(__file__).parent / "cases"


@dataclass(frozen=True)
class Scene:
    """What cases are evaluated in."""

    schema: str
    as_of: datetime
    everyone: frozenset[str]
    library: str


@dataclass(frozen=True)
class Case:
    """``selects`` is None where the condition is wrong."""

    place: str
    section: str
    scene: Scene
    text: str
    selects: frozenset[str] | None


def read_cases() -> list[Case]:
    return [case for path in sorted(FOLDER.glob("*.cases")) for case in _read(path)]


def _read(path: Path) -> list[Case]:
    cases: list[Case] = []
    schema, as_of, everyone, library, section = "", datetime(1, 1, 1), frozenset[str](), "", ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("# schema "):
            schema = line.removeprefix("# schema ")
        elif line.startswith("# as of "):
            as_of = datetime.fromisoformat(line.removeprefix("# as of ")).astimezone(UTC).replace(tzinfo=None)
        elif line.startswith("# everyone "):
            everyone = frozenset(line.removeprefix("# everyone ").split(", "))
        elif line.startswith("# -- "):
            section = line.removeprefix("# -- ")
        elif line.startswith("| "):
            library += line.removeprefix("| ") + "\n"
        elif line and not line.startswith("#"):
            mark = "# =>" if "# =>" in line else "# !!"
            text, _, expected = line.rpartition(mark)
            assert text, f"{path.name}:{number}: no expectation"
            scene = Scene(schema, as_of, everyone, library)
            selects = _selects(expected.strip(), everyone) if mark == "# =>" else None
            cases.append(Case(f"{path.stem}:{number}", section, scene, text.strip(), selects))
    return cases


def _selects(expected: str, everyone: frozenset[str]) -> frozenset[str]:
    match expected:
        case "everyone":
            return everyone
        case "nobody":
            return frozenset()
        case names:
            selected = frozenset(names.split(", "))
            assert selected <= everyone, f"not in the population: {names}"
            return selected
