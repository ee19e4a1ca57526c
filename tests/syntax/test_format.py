"""How formatted texts look, where comments go, and what the formatter refuses."""

from __future__ import annotations

import sys
import threading
from textwrap import dedent

import pytest

from segdsl import SegdslError, format_text
from segdsl.limits import DEFAULT, Limits
from segdsl.source import Source
from segdsl.syntax.parse import parse_file


def check(written: str, formatted: str) -> None:
    formatted = dedent(formatted).removeprefix("\n")
    assert format_text(dedent(written)) == formatted
    assert format_text(formatted) == formatted


# -- words and blanks -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "formatted"),
    [
        ("x=1", "x = 1"),
        ("a+b*-c/(d-1)>=-1", "a + b * -c / (d - 1) >= -1"),
        ("- -a > 1", "- -a > 1"),
        ("x  NOT   In( 'a' ,'b' )", 'x not in ("a", "b")'),
        ("x in -1 to 2", None),
        ("Sum( order . total  IN Last 1 Days )>1_000", "sum(order.total in last 1 day) > 1_000"),
        ("any(order in last 3 month)", "any(order in last 3 months)"),
        ("any(order in previous 1 months)", "any(order in previous 1 month)"),
        ("any(order in 2 to 1 day ago)", "any(order in 2 to 1 day ago)"),
        ("any(order in last n Day)", "any(order in last n day)"),
        ("top 10 % of spend", "top 10% of spend"),
        ("at = 2026-01-31t10:00:00z", "at = 2026-01-31T10:00:00Z"),
        ("Name = name AND `And` is NOT missing", "Name = name and `And` is not missing"),
        ("f ( a ,b )", "f(a, b)"),
        ("f( )", "f()"),
        ("Last > 1 and LAST(order.total) > 1", "Last > 1 and last(order.total) > 1"),
        ("not(a)", "not (a)"),
        ("((a))", "((a))"),
        (r"x = 'it\'s'", '''x = "it's"'''),
        (r"""x = 'say "hi"'""", """x = 'say "hi"'"""),
        (r"""x = 'say \"hi\"'""", r'''x = "say \"hi\""'''),
        (r"x = '\\\u{e9}'", r'x = "\\\u{e9}"'),
        ("x = ''", 'x = ""'),
        ("vip As  Of 90 days ago", "vip as of 90 days ago"),
        ("t < 7 days From\tNow", "t < 7 days from now"),
    ],
)
def test_conditions(written: str, formatted: str | None) -> None:
    if formatted is None:
        with pytest.raises(SegdslError):
            format_text(f"segment s where {written}")
    else:
        check(f"segment s where {written}", f"segment s where {formatted}\n")


def test_heads() -> None:
    check(
        """\
        override Param p :DECIMAL ( 12,2 )=1

        trait order . gap=1

        trait f ( a:int , b ):String = 'x'
        """,
        """
        override param p: decimal(12,2) = 1

        trait order.gap = 1

        trait f(a: int, b): string = "x"
        """,
    )


# -- definitions ------------------------------------------------------------------------------------------------------


def test_a_segment_of_one_line_and_of_several() -> None:
    check(
        """\
        segment a
          where x
        segment longer "Title" where y
        segment c "C" about 'About.' tags "one","two" where z
        segment d where z
        """,
        """
        segment a              where x
        segment longer "Title" where y

        segment c "C"
          about "About."
          tags  "one", "two"
          where z

        segment d where z
        """,
    )


def test_a_segment_that_is_too_long_for_a_line() -> None:
    name = "n" * 79
    fits, not_fits = f"{name} = 12", f"{name} = 123"
    assert len(f"segment s where {fits}") == 100
    assert format_text(f"segment s where {fits}") == f"segment s where {fits}\n"
    assert format_text(f"segment s where {not_fits}") == f"segment s\n  where {not_fits}\n"


def test_tags_fill_lines() -> None:
    tags = ", ".join(f'"{"t" * 20}{number}"' for number in range(6))
    one, *others = tags.split(", ")
    check(
        f"segment s tags {tags} where x",
        f"segment s\n  tags  {', '.join([one, *others[:2]])},\n        {', '.join(others[2:])}\n  where x\n",
    )


def test_tiers() -> None:
    check(
        """\
        tiers t 'T' about "x" platinum where a gold where b or c
        otherwise standard
        """,
        """
        tiers t "T"
          about "x"
          platinum  where a
          gold      where b or c
          otherwise standard
        """,
    )


def test_a_case_that_is_too_long() -> None:
    a, b = "a" * 50, "b" * 50
    check(
        f"tiers t\n  one where {a} or {b}\n  three where c",
        f"tiers t\n  one   where {a}\n          or {b}\n  three where c\n",
    )


def test_examples() -> None:
    check(
        """\
        segment s where x
        example "One" as of 2026-06-01 given customer ada email='x',paid=-2.50
          given order o1 of ada total=10, at=3 day ago
          given event
          expect ada : s
          expect not s
        """,
        """
        segment s where x

        example "One" as of 2026-06-01
          given customer ada email = "x", paid = -2.50
          given order o1 of ada total = 10, at = 3 days ago
          given event
          expect ada: s
          expect not s
        """,
    )


def test_params_and_traits_share_a_column() -> None:
    check(
        """\
        param a=1
        param longer: int = 2
        # why
        param b = 3

        param c = 4
        trait d = 5
        trait longer = 6
        """,
        """
        param a           = 1
        param longer: int = 2
        # why
        param b           = 3

        param c = 4
        trait d      = 5
        trait longer = 6
        """,
    )


def test_a_very_long_name_does_not_push_the_others() -> None:
    name = "n" * 60
    check(f"param a = 1\nparam {name} = 2\nparam bc = 3", f"param a  = 1\nparam {name} = 2\nparam bc = 3\n")


# -- long conditions --------------------------------------------------------------------------------------------------


def test_the_loosest_words_break_first() -> None:
    check(
        """\
        segment s
          where first_name = "one" and second_name = "two" or third_name = "three" and fourth_name = "four" or fifth
        """,
        """
        segment s
          where first_name = "one" and second_name = "two"
            or third_name = "three" and fourth_name = "four"
            or fifth
        """,
    )


def test_chains_in_chains_and_in_brackets() -> None:
    a, b, c = (letter * 60 for letter in "abc")
    check(
        f"segment s where {a} and {b} or not ({b} or {c})",
        f"segment s\n  where {a}\n      and {b}\n    or not ({b}\n      or {c})\n",
    )


def test_clauses_of_an_aggregate() -> None:
    check(
        """\
        segment s where count(event as look in last 90 days where type = "view" and product_id is present
        not followed by (item where product_id = look.product_id) within 3 day per product_id having count(event) > 1) >= 2
        """,
        """
        segment s
          where count(event as look in last 90 days
              where type = "view" and product_id is present
              not followed by (item where product_id = look.product_id) within 3 days
              per product_id having count(event) > 1) >= 2
        """,
    )


def test_lists_and_sums_fill_lines() -> None:
    check(
        """\
        segment s where country not in ("GR", "CY", "DE", "FR", "IT", "ES", "PT", "NL", "BE", "LU", "AT", "CH", "SE", "NO")
        trait t = 2 * sum(order.total in last 12 months where channel = "web") + 3 * sum(order.total in last 6 months) - 1
        """,
        """
        segment s
          where country not in ("GR", "CY", "DE", "FR", "IT", "ES", "PT", "NL", "BE", "LU", "AT", "CH",
                "SE", "NO")

        trait t = 2 * sum(order.total in last 12 months where channel = "web")
            + 3 * sum(order.total in last 6 months) - 1
        """,
    )


# -- comments ---------------------------------------------------------------------------------------------------------


def test_comments_stay_at_their_words() -> None:
    check(
        """\
        # first

        # of a
        segment a where x # behind a
        segment b # name
        where # where
        not # two
        # words
        in_it in ("a", # one
            # own
            "b"
        # last
        ) and y
        # end
        """,
        """
        # first

        # of a
        segment a where x  # behind a

        segment b  # name
          where  # where
            not  # two
            # words
            in_it in ("a",  # one
                # own
                "b"
              # last
              )
            and y
        # end
        """,
    )


def test_comments_in_phrases() -> None:
    check(
        "segment s where x not # why\n in (1) and y not\n# so\ncontains 'z'",
        """
        segment s
          where x not  # why
              in (1)
            and y not
              # so
              contains "z"
        """,
    )


def test_comments_between_definitions() -> None:
    check(
        """\
        segment a "A" tags "x" where x
        # of b
        segment b "B" tags "x" where x
          # and nothing else
        segment c where x
        # behind c

        # alone


        # of d
        param d = 1
        """,
        """
        segment a "A"
          tags  "x"
          where x

        # of b
        segment b "B"
          tags  "x"
          where x
          # and nothing else

        segment c where x
        # behind c

        # alone

        # of d
        param d = 1
        """,
    )


def test_what_is_allowed_stays_the_same() -> None:
    """Joined or parted lines would silence more, or less."""
    check(
        """\
        segment a where x != 1 and
          y != 1 # allow SEG801
          and z != 1
        segment b where
          x != 1 and
          # allow SEG801
          y != 1 and z != 1 and
          u != 1
        segment c where x and
          # allow SEG801

          y != 1
        """,
        """
        segment a
          where x != 1
            and
            y != 1  # allow SEG801
            and z != 1

        segment b
          where x != 1
            and
            # allow SEG801
            y != 1 and z != 1 and
            u != 1

        segment c
          where x
            and
            # allow SEG801

            y != 1
        """,
    )


def test_a_kept_line_may_be_long() -> None:
    chain = " and ".join(f"{'n' * 20}{number} != 1" for number in range(5))
    check(f"segment s where {chain} # allow SEG801", f"segment s where {chain}  # allow SEG801\n")


# -- texts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "\n", " \r\n\t\n", "\ufeff"])
def test_nothing(text: str) -> None:
    assert format_text(text) == ""


def test_nothing_but_comments() -> None:
    assert format_text("\n\n  # a  \r\n\r\n\r\n# b") == "# a\n\n# b\n"


def test_marks_and_line_ends() -> None:
    assert format_text("\ufeffparam a = 1  \r\n\r\n\r\nparam b = 2\t") == "param a = 1\n\nparam b = 2\n"


def test_errors_are_told_with_their_places() -> None:
    with pytest.raises(SegdslError) as caught:
        format_text("param a = 1\nsegment s where x >\nsegment t where = 1\n", "my.seg")
    assert [one.span.describe() for one in caught.value.diagnostics] == ["my.seg:2:19", "my.seg:3:17"]


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(SegdslError, match="SEG913"):
        format_text(b"param a = 1")  # type: ignore[arg-type]


def test_words_that_would_begin_a_definition_begin_no_line() -> None:
    names = ", ".join(["segment", "param", "tiers"] * 8)
    text = f"segment s where x in ({names})"
    file, findings = parse_file(Source("a", format_text(text)))
    assert findings == () and len(file.definitions) == 1


def test_what_would_grow_beyond_the_limits_stays() -> None:
    limits = Limits(definition_bytes=60)
    text = "segment s where a=1 and b=2 and c=3 and d=4 and e=5 and f=6\r\nparam p=1"
    assert len(text.splitlines()[0]) == 59
    formatted = "segment s where a=1 and b=2 and c=3 and d=4 and e=5 and f=6\nparam p = 1\n"
    assert format_text(text, limits=limits) == formatted
    assert format_text("param p=1", limits=Limits(source_bytes=10)) == "param p=1"


@pytest.mark.parametrize(
    "condition",
    [
        "(" * 24 + "a" + ")" * 24,
        "any(order where x and " * 24 + "y" + ")" * 24,
        "not " * 24 + "a",
        " and ".join(f"a{number} = {number}" for number in range(500)),
        " + ".join(f"a_long_name_{number}" for number in range(90)) + " > 1",
        "x in (" + ",".join(map(str, range(9_000))) + ")",
    ],
    ids=["brackets", "aggregates", "nots", "terms", "sums", "lists"],
)
def test_all_that_the_limits_allow_in_a_small_thread(condition: str) -> None:
    text = f"segment s where {condition}"
    outcomes: list[str] = []
    size, limit = threading.stack_size(256 * 1024), sys.getrecursionlimit()
    try:
        thread = threading.Thread(target=lambda: outcomes.append(format_text(text)))
        thread.start()
        thread.join()
    finally:
        threading.stack_size(size)
    assert sys.getrecursionlimit() == limit
    (formatted,) = outcomes
    before, after = (parse_file(Source("a", one), DEFAULT) for one in (text, formatted))
    assert before[0].definitions == after[0].definitions and after[1] == ()
    assert format_text(formatted) == formatted


def test_segments_that_no_column_fits_stand_as_they_are() -> None:
    long, name = "l" * 72, "n" * 40
    check(
        f"segment a where {long} = 1\nsegment {name} where b", f"segment a where {long} = 1\nsegment {name} where b\n"
    )
