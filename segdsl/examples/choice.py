"""Which examples are meant by what somebody writes: files, names of definitions, titles.

In: the examples of a library and the words. Out: some of the examples, in their order. Raises `SegdslError` for a word that means none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from fnmatch import fnmatchcase

from segdsl.diagnostics import Diagnostic, SegdslError
from segdsl.errors import examples as errors
from segdsl.library import Library
from segdsl.semantics import ir
from segdsl.semantics.examples import Example
from segdsl.semantics.walk import walk


def chosen(library: Library, words: Iterable[str], files: Collection[str] = ()) -> tuple[Example, ...]:
    """``files``: names of texts, all examples of which are meant. No words and no files mean everything."""
    examples = library.examples
    found = {place for place, example in enumerate(examples) if _file(example) in files}
    findings: list[Diagnostic] = []
    nothing = True
    for word in words:
        nothing = False
        mine = [place for place, example in enumerate(examples) if _is_meant(example, word)]
        found.update(mine)
        if not mine:
            known = word in library.program().definitions or word in library
            titles = [example.title for example in examples]
            findings.append(
                errors.nothing_expected_of(word) if known else errors.no_such_example(word, library, titles)
            )
    if findings:
        raise SegdslError(findings)
    if nothing and not files:
        return examples
    return tuple(examples[place] for place in sorted(found))


def _is_meant(example: Example, word: str) -> bool:
    folded = word.casefold()
    if example.title.casefold() == folded or word in _names(example):
        return True
    return any(sign in word for sign in "*?[") and (
        fnmatchcase(example.title.casefold(), folded) or any(fnmatchcase(name, word) for name in _names(example))
    )


def _names(example: Example) -> Iterator[str]:
    """The definitions that the expectations name themselves; of tiers, their cases too."""
    for expectation in example.expectations:
        for node in walk(expectation.condition):
            match node:
                case ir.Use(name=name) | ir.RowUse(name=name):
                    yield name
                case ir.Compare(left=ir.Use(name=tiers), right=ir.Literal(value=str() as case)):
                    yield f"{tiers}.{case}"
                case _:
                    pass


def _file(example: Example) -> str:
    return "" if example.span.source is None else example.span.source.name
