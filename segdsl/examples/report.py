"""Results of examples as people read them."""

from __future__ import annotations

from segdsl.examples.results import ExampleResult, Outcome, TestResults


def full(results: TestResults) -> str:
    return "\n\n".join(_example(result) for result in results.failed)


def summary(results: TestResults) -> str:
    count, failed = len(results.examples), len(results.failed)
    return f"{count:,} examples, {failed:,} failed, on {', '.join(results.evaluators)}"


def _example(result: ExampleResult) -> str:
    example = result.example
    lines = [f'FAILED "{example.title}" ({example.span.describe()})']
    lines += [finding.render() for finding in result.findings]
    for each in result.expectations:
        if each.outcome is Outcome.HELD:
            continue
        lines.append(
            f"  {each.outcome.value}: expect {each.expectation.span.text} ({each.expectation.span.describe()})"
        )
        for name, answer in each.answers.items():
            said = answer.error or (
                "there is no such customer" if answer.absent else "holds" if answer.holds else "does not hold"
            )
            lines.append(f"    {name}: {said}")
    return "\n".join(lines)
