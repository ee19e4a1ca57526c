"""Results of examples as people, programs and code hosts read them.

In: `TestResults`. Out: a text: ``full`` for a terminal, a line for each failed example (``concise``), JSON, workflow commands of GitHub
Actions; JUnit XML is made in `segdsl.examples.junit`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from segdsl.display.annotations import annotation
from segdsl.display.english import counted, listed
from segdsl.display.text import printable
from segdsl.examples.results import Answer, ExampleResult, ExpectationResult, Outcome, TestResults
from segdsl.semantics.examples import Row

FORMATS = ("full", "concise", "json", "junit", "github")


def render(results: TestResults, format: str) -> str:
    """The results in one of `FORMATS`; an empty text where there is nothing to say."""
    match format:
        case "full":
            return full(results)
        case "concise":
            return "\n".join(f"{_place(result)}: {_title(result)}: {in_short(result)}" for result in results.failed)
        case "json":
            return json.dumps(as_dict(results), ensure_ascii=False, indent=2)
        case "junit":
            return results.to_junit()
        case "github":
            return "\n".join(_github(result) for result in results.failed)
    raise AssertionError(format)


def summary(results: TestResults) -> str:
    """``460 examples, 3 failed, on referee, Polars and DuckDB``"""
    count, failed = len(results.examples), len(results.failed)
    if not count:
        return "there are no examples"
    return f"{counted(count, 'example')}, {f'{failed:,}' if failed else 'none'} failed, on {listed(results.evaluators)}"


def full(results: TestResults) -> str:
    """Each failed example with what was expected, and why it does not hold."""
    return "\n\n".join(text(result) for result in results.failed)


def text(result: ExampleResult) -> str:
    """A failed example."""
    return "\n".join([f"FAILED {_title(result)} ({_place(result)})", *body(result)])


def body(result: ExampleResult) -> list[str]:
    """What is wrong with a failed example, a line each."""
    lines: list[str] = []
    for finding in result.findings:
        lines += finding.render().splitlines()
    for each in result.expectations:
        if each.outcome is not Outcome.HELD:
            lines += [
                "",
                f"  expect {_whose(result, each)}{_written(each)}   ({each.expectation.span.describe()})",
                *_said(each, result.nobody),
            ]
    if result.hidden or result.loose:
        lines.append("")
        lines += [f"  {_hidden(row)}" for row in result.hidden]
        lines += [f"  {_loose(row)}" for row in result.loose]
    return lines


def _said(each: ExpectationResult, nobody: str) -> Iterator[str]:
    match each.outcome:
        case Outcome.NOT_RUN:
            yield "  could not be worked out:"
            for name, answer in each.answers.items():
                if answer.error is not None:
                    yield f"    {name}: {answer.error}"
        case Outcome.DISAGREE:
            yield "  the evaluators disagree, which is a fault of segdsl or of an engine; please report it:"
            for name, answer in each.answers.items():
                yield f"    {name}: {_answer(answer)}"
        case Outcome.FAILED if any(answer.absent for answer in each.answers.values()):
            yield f"  does not hold: there is nobody of whom it could{f'; {nobody}' if nobody else ''}"
        case _:
            moment = "" if each.why is None else f", as of {each.why.moment}"
            yield f"  does not hold{moment}"
    yield from (f"    {line}" for line in _tree(each))


def _tree(each: ExpectationResult) -> list[str]:
    """The lines of the tree, without those that name the customer by a key that was made up."""
    from segdsl.why.text import render as render_why

    return [] if each.why is None else render_why(each.why).partition("\n\n")[2].splitlines()


def _answer(answer: Answer) -> str:
    if answer.absent:
        return "there is nobody of whom it could hold"
    return "holds" if answer.holds else "does not hold"


def _hidden(row: Row) -> str:
    named = f"`{row.name}`" if row.name else f"the `{row.owner}`"
    return f"{named} given at {row.span.describe()} does not count, because of what it is given with"


def _loose(row: Row) -> str:
    return (
        f"no row of this example leads to the `{row.owner}` given at {row.span.describe()}: its key is in none of them"
    )


def in_short(result: ExampleResult) -> str:
    """What is wrong with a failed example, in one line."""
    if result.findings:
        return result.findings[0].message
    first = next(each for each in result.expectations if each.outcome is not Outcome.HELD)
    reason = {
        Outcome.FAILED: "does not hold",
        Outcome.DISAGREE: "the evaluators disagree",
        Outcome.NOT_RUN: "could not be worked out",
    }[first.outcome]
    why = f": {first.why.summary}" if first.why is not None else ""
    return f"`{_whose(result, first)}{_written(first)}` {reason}{why}"


def _whose(result: ExampleResult, each: ExpectationResult) -> str:
    """Of whom it is expected, where an example has several."""
    name = result.example.rows[each.expectation.who].name
    return f"{name}: " if name else ""


def _written(each: ExpectationResult) -> str:
    return each.expectation.span.on_one_line


def _title(result: ExampleResult) -> str:
    return f'"{printable(result.example.title)}"'


def _place(result: ExampleResult) -> str:
    return result.example.span.describe()


def _github(result: ExampleResult) -> str:
    line, column = _position(result)
    source = result.example.span.source
    place = {} if source is None else {"file": source.name, "line": str(line), "col": str(column)}
    message = "\n".join([in_short(result), *body(result)])
    return annotation("error", message, {**place, "title": _title(result)})


def _position(result: ExampleResult) -> tuple[int, int]:
    source = result.example.span.source
    return (0, 0) if source is None else source.position(result.example.span.start)


def as_dict(results: TestResults) -> dict[str, object]:
    """The results as JSON has them."""
    return {
        "examples": len(results.examples),
        "failed": len(results.failed),
        "evaluators": list(results.evaluators),
        "left_out": dict(results.left_out),
        "seconds": round(results.seconds, 3),
        "results": [_example_as_dict(result) for result in results.examples],
    }


def _example_as_dict(result: ExampleResult) -> dict[str, object]:
    source = result.example.span.source
    line, column = _position(result)
    return {
        "title": result.example.title,
        "file": None if source is None else source.name,
        "line": line,
        "column": column,
        "passed": result.passed,
        "findings": [finding.to_dict() for finding in result.findings],
        "expectations": [
            {
                "text": _written(each),
                "outcome": each.outcome.value,
                "answers": {name: answer.error or _answer(answer) for name, answer in each.answers.items()},
                "why": None if each.why is None else each.why.to_dict(),
            }
            for each in result.expectations
        ],
    }
