"""The pages of the documentation, taken apart: fenced blocks with the directive in front of each, headings, links.

A directive is an HTML comment on the line before a block, so that readers of the rendered page do not see it:

- ``<!-- file: PATH -->``: the block is a file; it is written to the page's folder before what follows is run;
- ``<!-- no pack -->``: the block of definitions stands alone, without those of the pack;
- ``<!-- schema: FILE -->``: conditions and definitions are checked against the project file written before;
- ``<!-- not run: REASON -->``: a block that cannot be run in a test, and why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
DIRECTIVES = ("file", "no pack", "schema", "not run")


@dataclass(frozen=True)
class Block:
    """One fenced block. ``line`` is that of its first line of text."""

    page: Path
    line: int
    language: str
    text: str
    directives: tuple[tuple[str, str], ...] = ()

    def directive(self, name: str) -> str | None:
        return dict(self.directives).get(name)

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def pages() -> list[Path]:
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, in order. Those inside lists are indented."""
    lines = page.read_text(encoding="utf-8").splitlines()
    number, directives = 0, list[tuple[str, str]]()
    while number < len(lines):
        line = lines[number]
        number += 1
        comment = re.fullmatch(r"\s*<!-- (.+?) -->\s*", line)
        fence = re.fullmatch(r"(\s*)```([a-z]*)", line)
        if comment:
            name, _, value = comment[1].partition(": ")
            if name in DIRECTIVES:
                directives.append((name, value))
        elif fence:
            start, inside = number, list[str]()
            while lines[number] != f"{fence[1]}```":
                inside.append(lines[number].removeprefix(fence[1]))
                number += 1
            number += 1
            yield Block(page, start + 1, fence[2], "\n".join(inside) + "\n", tuple(directives))
            directives = []
        elif line.strip():
            assert not directives, f"{page.name}:{number}: a directive stands directly before its block"


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"^( *)```.*?^\1```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """What headings of a page can be linked to, as GitHub makes them."""
    found = set[str]()
    for heading in re.findall(r"^#+ (.+)$", prose(page), flags=re.MULTILINE):
        plain = re.sub(r"[`*]|\[([^]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
        found.add(re.sub(r"[^\w\- ]", "", plain).replace(" ", "-"))
    return found


def links(page: Path) -> list[str]:
    """Where a page points to."""
    plain = re.sub(r"`[^`\n]*`", "", prose(page))
    return re.findall(r"\]\(([^)\s]+)\)", plain)
