"""Every form of an expression becomes the tree that it should."""

from __future__ import annotations

from decimal import Decimal

import pytest

from segdsl.source import Source
from segdsl.syntax import ast
from segdsl.syntax.parse import parse_condition


def parse(text: str) -> ast.Expr:
    tree, findings = parse_condition(Source("<condition>", text))
    assert not findings, "\n".join(finding.render() for finding in findings)
    assert tree is not None
    return tree


def identifier(text: str) -> ast.Identifier:
    return ast.Identifier(text)


def name(text: str) -> ast.Name:
    return ast.Name(tuple(identifier(part) for part in text.split(".")))


def number(text: str | int) -> ast.Number:
    return ast.Number(Decimal(text))


def text(value: str) -> ast.String:
    return ast.String(value)


def days(amount: int) -> ast.Duration:
    return ast.Duration(number(amount), "day")


A, B, C, D, X, T, V = (name(letter) for letter in "abcdxtv")
LAST_30_DAYS = ast.Rolling("last", days(30))


@pytest.mark.parametrize(
    ("source", "tree"),
    [
        ("a or b and not c", ast.Or((A, ast.And((B, ast.Not(C)))))),
        ("(a or b) and c", ast.And((ast.Or((A, B)), C))),
        ("a or b or c", ast.Or((A, B, C))),
        ("(a or b) or c", ast.Or((ast.Or((A, B)), C))),
        ("not not a", ast.Not(ast.Not(A))),
        ("not a = b", ast.Not(ast.Compare("=", A, B))),
        ("not a and b", ast.And((ast.Not(A), B))),
        ("a + b * c", ast.Arithmetic("+", A, ast.Arithmetic("*", B, C))),
        ("a - b - c", ast.Arithmetic("-", ast.Arithmetic("-", A, B), C)),
        ("a / b * c", ast.Arithmetic("*", ast.Arithmetic("/", A, B), C)),
        ("a - (b - c)", ast.Arithmetic("-", A, ast.Arithmetic("-", B, C))),
        ("-a * b", ast.Arithmetic("*", ast.Negate(A), B)),
        ("a - -b", ast.Arithmetic("-", A, ast.Negate(B))),
        ("a --1", ast.Arithmetic("-", A, ast.Negate(number(1)))),
        ("a + 1 >= b * 2", ast.Compare(">=", ast.Arithmetic("+", A, number(1)), ast.Arithmetic("*", B, number(2)))),
        ("-x as of today", ast.Negate(ast.AsOf(X, ast.Today()))),
        ("not x as of today", ast.Not(ast.AsOf(X, ast.Today()))),
        ("(a >= 1) as of today", ast.AsOf(ast.Compare(">=", A, number(1)), ast.Today())),
        ("a = b as of 30 days ago", ast.Compare("=", A, ast.AsOf(B, ast.Ago(days(30))))),
        ("x as of 2026-01-31", ast.AsOf(X, ast.DateLiteral("2026-01-31"))),
        ("x as of lapse ago", ast.AsOf(X, ast.Ago(name("lapse")))),
        (
            "top 10 by v among a = b and c",
            ast.And((ast.Rank("top", number(10), V, among=ast.Compare("=", A, B)), C)),
        ),
        ("top 10 by a + b", ast.Rank("top", number(10), ast.Arithmetic("+", A, B))),
        ("not top 10 by a", ast.Not(ast.Rank("top", number(10), A))),
        ("top 10 by a among (b or c)", ast.Rank("top", number(10), A, among=ast.Or((B, C)))),
    ],
)
def test_precedence(source: str, tree: ast.Expr) -> None:
    assert parse(source) == tree


@pytest.mark.parametrize("operator", ["=", "!=", "<", "<=", ">", ">="])
def test_comparisons(operator: str) -> None:
    assert parse(f"a{operator}b") == ast.Compare(operator, A, B)


@pytest.mark.parametrize(
    ("source", "tree"),
    [
        ("1", number(1)),
        ("1_000", number(1000)),
        ("0", number(0)),
        ("1.50", number("1.50")),
        ("1_000.25", number("1000.25")),
        ("true", ast.Bool(True)),
        ("FALSE", ast.Bool(False)),
        ('"x"', text("x")),
        ("'it is \"x\"'", text('it is "x"')),
        (r'"\"\'\\\n\t\u{1F600}\u{41}"', text("\"'\\\n\t\N{GRINNING FACE}A")),
        ('""', text("")),
        ('"\' OR 1=1 --"', text("' OR 1=1 --")),
        ("2026-01-31", ast.DateLiteral("2026-01-31")),
        ("2026-01-31T10:00:00Z", ast.InstantLiteral("2026-01-31T10:00:00.000000")),
        ("2026-01-31T10:00+02:00", ast.InstantLiteral("2026-01-31T08:00:00.000000")),
        ("2026-01-01T01:30:00.5+02:00", ast.InstantLiteral("2025-12-31T23:30:00.500000")),
        ("30 days", days(30)),
        ("1 Month", ast.Duration(number(1), "month")),
        ("36 hours", ast.Duration(number(36), "hour")),
        ("90 days ago", ast.Ago(days(90))),
        ("7 days from now", ast.Ago(days(7), future=True)),
        ("n weeks ago", ast.Ago(ast.Duration(name("n"), "week"))),
        ("lapse ago", ast.Ago(name("lapse"))),
        ("now", ast.Now()),
        ("today", ast.Today()),
    ],
)
def test_literals(source: str, tree: ast.Expr) -> None:
    assert parse(source) == tree


def test_whole_numbers_have_no_scale_and_others_keep_theirs() -> None:
    whole, scaled = parse("1_000"), parse("1.50")
    assert isinstance(whole, ast.Number)
    assert isinstance(scaled, ast.Number)
    assert whole.value.as_tuple().exponent == 0
    assert scaled.value.as_tuple().exponent == -2


@pytest.mark.parametrize(
    ("source", "tree"),
    [
        ("orders", name("orders")),
        ("item.product.category", name("item.product.category")),
        ("order.where", name("order.where")),
        ("`odd name`", ast.Name((ast.Identifier("odd name", quoted=True),))),
        ("`where`.`x`", ast.Name((ast.Identifier("where", quoted=True), ast.Identifier("x", quoted=True)))),
        ("f()", ast.Call(identifier("f"), ())),
        ("days_since(x)", ast.Call(identifier("days_since"), (X,))),
        ("if(a = 1, b, c)", ast.Call(identifier("if"), (ast.Compare("=", A, number(1)), B, C))),
        ("start_of(month, t)", ast.Call(identifier("start_of"), (name("month"), T))),
        ("previous(x)", ast.Call(identifier("previous"), (X,))),
    ],
)
def test_names_and_calls(source: str, tree: ast.Expr) -> None:
    assert parse(source) == tree


def test_names_are_read_as_nfc() -> None:
    assert parse("`cafe\u0301`") == ast.Name((ast.Identifier("caf\u00e9", quoted=True),))


def test_texts_are_left_as_they_are() -> None:
    assert parse('"cafe\u0301"') == text("cafe\u0301")


@pytest.mark.parametrize(
    ("source", "tree"),
    [
        ("x between 1 and 5", ast.Between(X, number(1), number(5))),
        ("x not between 1 and 5 and a", ast.And((ast.Between(X, number(1), number(5), negated=True), A))),
        ("x between a + 1 and b or c", ast.Or((ast.Between(X, ast.Arithmetic("+", A, number(1)), B), C))),
        ('x in ("a", "b")', ast.In(X, (text("a"), text("b")))),
        ("x not in (1, -2)", ast.In(X, (number(1), ast.Negate(number(2))), negated=True)),
        ("x in (2026-01-31, d)", ast.In(X, (ast.DateLiteral("2026-01-31"), D))),
        ("x in markets", ast.In(X, (name("markets"),), bare=True)),
        ("x not in markets", ast.In(X, (name("markets"),), negated=True, bare=True)),
        ("x is missing", ast.IsMissing(X)),
        ("x is present", ast.IsMissing(X, negated=True)),
        ("x is not missing", ast.IsMissing(X, negated=True)),
        ("x is not present", ast.IsMissing(X)),
        ('x contains "y"', ast.Match("contains", X, text("y"))),
        ('x not contains "y"', ast.Match("contains", X, text("y"), negated=True)),
        ('x starts with "y"', ast.Match("starts with", X, text("y"))),
        ('x not ends  with "y"', ast.Match("ends with", X, text("y"), negated=True)),
        ("x matches p", ast.Match("matches", X, name("p"))),
        ('x not matches "*@*.edu"', ast.Match("matches", X, text("*@*.edu"), negated=True)),
        ('tags contains any ("x", "y")', ast.ListMatch("any", name("tags"), (text("x"), text("y")))),
        ('tags not contains all("x")', ast.ListMatch("all", name("tags"), (text("x"),), negated=True)),
        ("tags contains any labels", ast.ListMatch("any", name("tags"), (name("labels"),), bare=True)),
        (
            "tags not contains all labels",
            ast.ListMatch("all", name("tags"), (name("labels"),), negated=True, bare=True),
        ),
        ("x contains any", ast.Match("contains", X, name("any"))),
        ("x contains all and a", ast.And((ast.Match("contains", X, name("all")), A))),
        ("x contains any # none\n or a", ast.Or((ast.Match("contains", X, name("any")), A))),
    ],
)
def test_conditions(source: str, tree: ast.Expr) -> None:
    assert parse(source) == tree


@pytest.mark.parametrize(
    ("source", "period"),
    [
        ("last 30 days", LAST_30_DAYS),
        ("next 7 days", ast.Rolling("next", days(7))),
        ("last lapse", ast.Rolling("last", name("lapse"))),
        ("last n months", ast.Rolling("last", ast.Duration(name("n"), "month"))),
        ("this month", ast.Calendar("this", "month")),
        ("previous quarters", ast.Calendar("previous", "quarter")),
        ("previous 3 months", ast.Calendar("previous", "month", number(3))),
        ("previous n years", ast.Calendar("previous", "year", name("n"))),
        ("120 to 60 days ago", ast.BackRange(number(120), number(60), "day")),
        ("13 to n months ago", ast.BackRange(number(13), name("n"), "month")),
        ("2026-01-01 to 2026-01-31", ast.FromTo(ast.DateLiteral("2026-01-01"), ast.DateLiteral("2026-01-31"))),
        ("2026-01-01 to today", ast.FromTo(ast.DateLiteral("2026-01-01"), ast.Today())),
        ("30 days ago to now", ast.FromTo(ast.Ago(days(30)), ast.Now())),
        ("now to 7 days from now", ast.FromTo(ast.Now(), ast.Ago(days(7), future=True))),
        ("begin to campaign.ends", ast.FromTo(name("begin"), name("campaign.ends"))),
    ],
)
def test_periods(source: str, period: ast.Period) -> None:
    assert parse(f"t in {source}") == ast.InPeriod(T, period)
    assert parse(f"t not in {source}") == ast.InPeriod(T, period, negated=True)
    assert parse(f"count(order in {source}) >= 1") == ast.Compare(
        ">=", ast.Aggregate("count", name("order"), period=period), number(1)
    )


@pytest.mark.parametrize(
    ("source", "tree"),
    [
        ("count(order)", ast.Aggregate("count", name("order"))),
        ("COUNT (order)", ast.Aggregate("count", name("order"))),
        ("count # of what\n (order)", ast.Aggregate("count", name("order"))),
        (
            "sum(item.price * item.quantity)",
            ast.Aggregate("sum", ast.Arithmetic("*", name("item.price"), name("item.quantity"))),
        ),
        (
            "count(order in last 30 days where total > 50)",
            ast.Aggregate(
                "count", name("order"), period=LAST_30_DAYS, where=ast.Compare(">", name("total"), number(50))
            ),
        ),
        ("percentile(order.total, 80)", ast.Aggregate("percentile", name("order.total"), extra=number(80))),
        (
            "any(order where any(item where a))",
            ast.Aggregate("any", name("order"), where=ast.Aggregate("any", name("item"), where=A)),
        ),
        (
            "any(order as next where next.x > 1)",
            ast.Aggregate(
                "any", name("order"), alias=identifier("next"), where=ast.Compare(">", name("next.x"), number(1))
            ),
        ),
        (
            "any(item in last 30 days where a per month having sum(quantity) >= 10)",
            ast.Aggregate(
                "any",
                name("item"),
                period=LAST_30_DAYS,
                where=A,
                per=name("month"),
                having=ast.Compare(">=", ast.Aggregate("sum", name("quantity")), number(10)),
            ),
        ),
        ("streak(order per month)", ast.Aggregate("streak", name("order"), per=name("month"))),
        (
            "overall(avg(order.total))",
            ast.Aggregate("overall", ast.Aggregate("avg", name("order.total"))),
        ),
        ("count(customer.item)", ast.Aggregate("count", name("customer.item"))),
        ("distinct(date(event.at))", ast.Aggregate("distinct", ast.Call(identifier("date"), (name("event.at"),)))),
    ],
)
def test_aggregates(source: str, tree: ast.Expr) -> None:
    assert parse(source) == tree


def test_sequences() -> None:
    source = (
        'any(event where type = "cart" not followed by (order as o in last 30 days where a'
        " preceded by (event) within 2 days) within gap followed by (b))"
    )
    inner = ast.Sequence("preceded", False, name("event"), within=ast.Duration(number(2), "day"))
    first = ast.Sequence(
        "followed",
        True,
        name("order"),
        alias=identifier("o"),
        period=LAST_30_DAYS,
        where=A,
        sequences=(inner,),
        within=name("gap"),
    )
    assert parse(source) == ast.Aggregate(
        "any",
        name("event"),
        where=ast.Compare("=", name("type"), text("cart")),
        sequences=(first, ast.Sequence("followed", False, B)),
    )


def test_a_bare_bool_before_not_followed_by() -> None:
    assert parse("any(event where flagged not followed by (order))") == ast.Aggregate(
        "any", name("event"), where=name("flagged"), sequences=(ast.Sequence("followed", True, name("order")),)
    )


@pytest.mark.parametrize(
    ("source", "tree"),
    [
        ("top 100 by v", ast.Rank("top", number(100), V)),
        ("bottom n by v", ast.Rank("bottom", name("n"), V)),
        ("top 10% exactly by v", ast.Rank("top", ast.Percent(Decimal(10)), V, exactly=True)),
        ("top 2.5 % of v", ast.Rank("top", ast.Percent(Decimal("2.5")), V, share=True)),
        ("top 50% exactly of v", ast.Rank("top", ast.Percent(Decimal(50)), V, exactly=True, share=True)),
        (
            "top 1 per sku by count(item) having count(item) >= 3 among a",
            ast.Rank(
                "top",
                number(1),
                ast.Aggregate("count", name("item")),
                per=name("sku"),
                having=ast.Compare(">=", ast.Aggregate("count", name("item")), number(3)),
                among=A,
            ),
        ),
        (
            "top 3 exactly per customer.country by v",
            ast.Rank("top", number(3), V, exactly=True, per=name("customer.country")),
        ),
        ("rank(v)", ast.RankValue("rank", V)),
        ("rank(v among a or b) <= 10", ast.Compare("<=", ast.RankValue("rank", V, among=ast.Or((A, B))), number(10))),
        (
            "quantile(v, 5 exactly per x among a)",
            ast.RankValue("quantile", V, buckets=number(5), exactly=True, per=X, among=A),
        ),
    ],
)
def test_ranks(source: str, tree: ast.Expr) -> None:
    assert parse(source) == tree


def test_a_rank_inside_an_aggregate_leaves_it_its_per() -> None:
    assert parse("count(r where top 10 by x per y having a)") == ast.Aggregate(
        "count", name("r"), where=ast.Rank("top", number(10), X), per=name("y"), having=A
    )


def test_each_of() -> None:
    months = ast.Calendar("previous", "month", number(3))
    assert parse("each of previous 3 months has (a or b)") == ast.EachOf("each", months, ast.Or((A, B)))
    assert parse("any of last 30 days has (a) and b") == ast.And((ast.EachOf("any", LAST_30_DAYS, A), B))


def test_keywords_are_words_in_any_case() -> None:
    assert parse("NOT a AND b Or X IS Missing") == ast.Or((ast.And((ast.Not(A), B)), ast.IsMissing(name("X"))))


@pytest.mark.parametrize(
    "word", ["ors", "android", "nothing", "inner", "island", "asset", "bye", "perfect", "nowadays", "topic", "lastly"]
)
def test_a_word_ends_at_its_end(word: str) -> None:
    assert parse(f"{word} = 2") == ast.Compare("=", name(word), number(2))
    assert parse(f"a and {word}") == ast.And((A, name(word)))
    tree, findings = parse_condition(Source("c", f"a = 1 {word} = 2"))
    assert tree is None
    assert findings


SOFT = """
   override param trait segment tiers example about tags otherwise given expect of has exactly within last next this
    previous ago to second day days month months count any none sum avg min max distinct median percentile first last
    streak overall rank quantile all each contains matches starts ends with followed preceded from null_ if case like
""".split()  # noqa: SIM905 - a line for each would be two pages


@pytest.mark.parametrize("word", SOFT)
def test_all_other_words_are_names(word: str) -> None:
    this = name(word)
    assert parse(f"{word} = 1") == ast.Compare("=", this, number(1))
    assert parse(f"1 >= {word}") == ast.Compare(">=", number(1), this)
    assert parse(f"{word} and a") == ast.And((this, A))
    assert parse(f"not {word} or a") == ast.Or((ast.Not(this), A))
    assert parse(f"{word} is missing") == ast.IsMissing(this)
    assert parse(f"sum({word} where a)") == ast.Aggregate("sum", this, where=A)
    assert parse(f"x.{word} + {word} > 2") == ast.Compare(">", ast.Arithmetic("+", name(f"x.{word}"), this), number(2))
    assert parse(f"f({word}, {word})") == ast.Call(identifier("f"), (this, this))


@pytest.mark.parametrize("word", ["where", "not", "in", "per", "null", "top", "and"])
def test_behind_a_dot_every_word_is_a_name(word: str) -> None:
    assert parse(f"x.{word} = 1") == ast.Compare("=", name(f"x.{word}"), number(1))


def test_the_comment_between_two_words_of_a_phrase() -> None:
    assert parse("a not # really\n in (1)") == ast.In(A, (number(1),), negated=True)
    assert parse("x not # in fact\n starts\twith 'y'") == ast.Match("starts with", X, text("y"), negated=True)


def test_arithmetic_that_looks_like_a_date_is_arithmetic() -> None:
    assert parse("10/5/2000") == ast.Arithmetic("/", ast.Arithmetic("/", number(10), number(5)), number(2000))
    assert parse("31-12-2025") == ast.Arithmetic("-", ast.Arithmetic("-", number(31), number(12)), number(2025))
    assert parse("2026 - 1 - 5") == ast.Arithmetic("-", ast.Arithmetic("-", number(2026), number(1)), number(5))


def test_brackets_are_no_nodes() -> None:
    assert parse("((a))") == A
    assert parse("(a) = ((b))") == ast.Compare("=", A, B)


def test_line_ends_of_every_kind() -> None:
    assert parse("a\r\nand\tb # c\r\n") == ast.And((A, B))
