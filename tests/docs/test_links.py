"""Links between pages, and pages that nobody would find."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT, anchors, links, pages


def _target(page: Path, link: str) -> tuple[Path, str]:
    path, _, anchor = link.partition("#")
    return (page.parent / path).resolve() if path else page, anchor


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_resolve(page: Path) -> None:
    wrong = []
    for link in links(page):
        if link.startswith(("https://", "http://")):
            continue
        target, anchor = _target(page, link)
        if not target.exists() or (anchor and anchor not in anchors(target)):
            wrong.append(link)
    assert wrong == []


def test_every_page_is_linked() -> None:
    reached = {_target(page, link)[0] for page in pages() for link in links(page) if "://" not in link}
    assert [str(page.relative_to(ROOT)) for page in DOCS.rglob("*.md") if page.resolve() not in reached] == []
