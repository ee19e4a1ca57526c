"""Every form of a definition becomes the tree that it should; comments and places are kept."""

from __future__ import annotations

from decimal import Decimal

import pytest

from segdsl.source import Source
from segdsl.syntax import ast
from segdsl.syntax.parse import parse_condition, parse_file


def parse(text: str) -> ast.File:
    file, findings = parse_file(Source("a.seg", text))
    assert not findings, "\n".join(finding.render() for finding in findings)
    return file


def identifier(text: str) -> ast.Identifier:
    return ast.Identifier(text)


def name(text: str) -> ast.Name:
    return ast.Name(tuple(identifier(part) for part in text.split(".")))


def number(value: int) -> ast.Number:
    return ast.Number(Decimal(value))


A, B = name("a"), name("b")


@pytest.mark.parametrize(
    ("source", "definition"),
    [
        ("param n = 3", ast.Param(identifier("n"), None, number(3))),
        ("param n = -1", ast.Param(identifier("n"), None, ast.Negate(number(1)))),
        ("param share = 10%", ast.Param(identifier("share"), None, ast.Percent(Decimal(10)))),
        (
            "param lapse: duration = 60 days",
            ast.Param(identifier("lapse"), ast.TypeName("duration"), ast.Duration(number(60), "day")),
        ),
        (
            'param markets: list( String ) = ("GR", "CY")',
            ast.Param(identifier("markets"), ast.TypeName("list(string)"), (ast.String("GR"), ast.String("CY"))),
        ),
        ('param one = ("GR")', ast.Param(identifier("one"), None, (ast.String("GR"),))),
        ("param day = 2026-01-31", ast.Param(identifier("day"), None, ast.DateLiteral("2026-01-31"))),
        ("override param on = true", ast.Param(identifier("on"), None, ast.Bool(True), override=True)),
        ("trait orders = count(order)", ast.Trait(identifier("orders"), ast.Aggregate("count", name("order")))),
        ("trait x = a = b", ast.Trait(identifier("x"), ast.Compare("=", A, B))),
        (
            "trait bought(c: string, n) = a",
            ast.Trait(
                identifier("bought"),
                A,
                arguments=(
                    ast.Argument(identifier("c"), ast.TypeName("string")),
                    ast.Argument(identifier("n"), None),
                ),
            ),
        ),
        ("trait f() = a", ast.Trait(identifier("f"), A, arguments=())),
        (
            "override trait line.net: decimal( 14, 4 ) = a",
            ast.Trait(
                identifier("net"),
                A,
                owner=identifier("line"),
                type=ast.TypeName("decimal(14,4)"),
                override=True,
            ),
        ),
        ("segment vip where a", ast.Segment(identifier("vip"), A)),
        (
            'override segment vip "VIP" tags "x", \'y\' about "z" where a',
            ast.Segment(
                identifier("vip"),
                A,
                title=ast.String("VIP"),
                about=ast.String("z"),
                tags=(ast.String("x"), ast.String("y")),
                override=True,
            ),
        ),
        (
            "segment `odd one` where a",
            ast.Segment(ast.Identifier("odd one", quoted=True), A),
        ),
        ("segment days where a", ast.Segment(identifier("days"), A)),
        ("trait count = a", ast.Trait(identifier("count"), A)),
        (
            'tiers t "T" about "z"\n  gold where a and b\n  `day` where b\n  otherwise low',
            ast.Tiers(
                identifier("t"),
                (
                    ast.Case(identifier("gold"), ast.And((A, B))),
                    ast.Case(ast.Identifier("day", quoted=True), B),
                    ast.Case(identifier("low"), None),
                ),
                title=ast.String("T"),
                about=ast.String("z"),
            ),
        ),
        (
            (
                'example "one" as of 2026-06-01\n'
                '  given customer ada email = "x", day = 2026-01-01\n'
                "  given order o1 of ada total = -2, gone = 3 days ago\n"
                "  given item of o1\n"
                "  given event\n"
                "  expect ada: a\n"
                "  expect not b"
            ),
            ast.Example(
                ast.String("one"),
                ast.DateLiteral("2026-06-01"),
                (
                    ast.Given(
                        identifier("customer"),
                        identifier("ada"),
                        None,
                        (
                            (identifier("email"), ast.String("x")),
                            (identifier("day"), ast.DateLiteral("2026-01-01")),
                        ),
                    ),
                    ast.Given(
                        identifier("order"),
                        identifier("o1"),
                        identifier("ada"),
                        (
                            (identifier("total"), ast.Negate(number(2))),
                            (identifier("gone"), ast.Ago(ast.Duration(number(3), "day"))),
                        ),
                    ),
                    ast.Given(identifier("item"), None, identifier("o1"), ()),
                    ast.Given(identifier("event"), None, None, ()),
                ),
                (ast.Expect(identifier("ada"), A), ast.Expect(None, ast.Not(B))),
            ),
        ),
    ],
)
def test_definitions(source: str, definition: ast.Definition) -> None:
    assert parse(source).definitions == (definition,)


def test_a_file_of_several() -> None:
    file = parse("param n = 3\n\n  trait x = a\nSEGMENT s WHERE x\n   and b\n")
    assert [type(definition) for definition in file.definitions] == [ast.Param, ast.Trait, ast.Segment]


def test_an_empty_file_is_an_empty_file() -> None:
    assert parse("") == ast.File(())
    assert parse(" \n# only this\n").definitions == ()


def test_comments_are_kept_with_their_places() -> None:
    text = "# first\r\nsegment s # second\n  where a = '# none'\n  # third"
    file = parse(text)
    assert file.comments == (
        ast.Comment(" first", own_line=True),
        ast.Comment(" second", own_line=False),
        ast.Comment(" third", own_line=True),
    )
    assert [comment.span.text for comment in file.comments] == ["# first", "# second", "# third"]


def test_a_definition_word_begins_a_definition_only_at_the_beginning_of_a_line() -> None:
    file = parse("segment s where a and segment = 3 and trait is missing\nsegment u where b")
    assert len(file.definitions) == 2


def test_an_error_does_not_hide_those_of_the_next_definition() -> None:
    file, findings = parse_file(
        Source("a.seg", "segment p where a ==\nsegment q where a\nsegment r where (a\ntrait order.gap = )\nparam x = 1")
    )
    assert [definition.name.text for definition in file.definitions if not isinstance(definition, ast.Example)] == [
        "q",
        "x",
    ]
    assert [(finding.code, finding.span.describe()) for finding in findings] == [
        ("SEG115", "a.seg:1:19"),
        ("SEG107", "a.seg:3:17"),
        ("SEG108", "a.seg:4:19"),
    ]
    assert [broken.text for broken in file.broken] == ["p", "r", "gap"]


def test_spans() -> None:
    source = Source("a.seg", "trait x = 1\nsegment s where (a or b) and count(order) >= 10")
    file, _ = parse_file(source)
    segment = file.definitions[1]
    assert isinstance(segment, ast.Segment)
    assert segment.span.describe() == "a.seg:2:1"
    assert segment.name.span.text == "s"
    assert segment.where.span.text == "(a or b) and count(order) >= 10"
    assert isinstance(segment.where, ast.And)
    either, compare = segment.where.items
    assert either.span.text == "a or b"
    assert compare.span.text == "count(order) >= 10"
    assert isinstance(compare, ast.Compare)
    assert compare.left.span.text == "count(order)"
    assert compare.right.span.text == "10"


def test_spans_of_an_expression_inside_another_text() -> None:
    outer = Source("segdsl.toml", "where = 'quantity < 0'\nby = \"a \\u003e 1\"")
    start = outer.text.index("quantity")
    within = outer.span(start, start + len("quantity < 0"))
    tree, _ = parse_condition(Source("<where>", "quantity < 0"), within=within)
    assert isinstance(tree, ast.Compare)
    assert tree.right.span == outer.span(start + 11, start + 12)
    _, findings = parse_condition(Source("<where>", "quantity < 0"[:-1] + "=="), within=outer.span(0, 5))
    assert [finding.span for finding in findings] == [outer.span(0, 5)]


def test_spans_where_the_outer_text_is_written_otherwise() -> None:
    outer = Source("segdsl.toml", 'by = "a \\u003e 1"')
    within = outer.span(6, 16)
    tree, _ = parse_condition(Source("<by>", "a > 1"), within=within)
    assert tree is not None
    assert tree.span == within


def test_any_and_all_are_names_before_the_next_tier() -> None:
    source = "tiers t\n  a where x contains any\n  b where x contains all labels\n  `c d` where x contains all\n  otherwise e"
    file, findings = parse_file(Source("t.seg", source))
    assert findings == ()
    (tiers,) = file.definitions
    assert isinstance(tiers, ast.Tiers)
    assert [case.name.text for case in tiers.cases] == ["a", "b", "c d", "e"]
    assert [type(case.where) for case in tiers.cases[:3]] == [ast.Match, ast.ListMatch, ast.Match]
