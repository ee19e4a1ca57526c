"""Bad inputs by name, and what comes of each, wherever it is tried: refused, or the keys of those whom it selects.

`CASES`, `MORE` and `ODD` are bare conditions, `DEFINITIONS` texts of which the segment ``asked`` is meant. `REFUSED` is a diagnostic with
a code and a place, before any engine is asked. As of `AS_OF`: the customers and orders of `small_project`, and visits: three of
customer 1, two of customer 2, one of customer 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from small_project import customers, orders

REFUSED = "refused"
ALL = [1, 2, 3, 4, 5, 6]
Expected = str | list[int]

CASES: dict[str, tuple[str, Expected]] = {
    # -- texts in quotes are values, never code
    "quote_closes_sql": ('name = "x\' OR 1=1 --"', [2]),
    "escaped_quote": (r'name = "x\' OR 1=1 --"', [2]),
    "backslash_before_the_end": ('name = "\\"', REFUSED),
    "json_escape": (r'name = "\u0027 OR"', REFUSED),
    "hex_escape": (r'name = "\x27"', REFUSED),
    "braced_escape": (r'name = "x\u{27} OR 1=1 --"', [2]),
    "surrogate_escape": (r'name = "\u{D800}"', REFUSED),
    "escape_beyond_unicode": (r'name = "\u{110000}"', REFUSED),
    "nul": ('name = "a\0b"', REFUSED),
    "escaped_nul": (r'name = "a\u{0}b"', REFUSED),
    "word_that_is_a_column": ('name = "ssn"', [3]),
    "placeholders": ('name = "{{ x }} ${x} %s :p ? $1 %(x)s"', [6]),
    "wildcards": (r'name contains "%_\\"', [5]),
    "wildcards_that_match_nothing": (r'name contains "n%"', []),
    "sql_comment": ("orders >= 1 /* */ ; DROP", REFUSED),
    "dashes": ("orders >= 1 -- and all the rest", REFUSED),
    # -- look-alikes
    "curly_quotes": ("name = “Ann”", REFUSED),
    "fullwidth_quote": ("name = \uff07Ann\uff07", REFUSED),
    "bidirectional_override": ("na\u202eme = 'x'", REFUSED),
    "zero_width_space": ("na\u200bme = 'x'", REFUSED),
    "cyrillic_letter": ("n\u0430me = 'Ann'", REFUSED),
    # -- names reach the schema and nothing else
    "field_that_is_sql": ('`order"; DROP TABLE x; --` >= 1', REFUSED),
    "field_that_is_a_pattern": ("`^.*$` >= 1", REFUSED),
    "field_that_is_a_star": ("`*` >= 1", REFUSED),
    "path_into_a_field": ("email.password = 'x'", REFUSED),
    "path_upward": ("../orders.amount = 1", REFUSED),
    "system_table": ("pg_catalog.pg_user = 'x'", REFUSED),
    "private_field": ("email is present", REFUSED),
    "private_field_in_an_aggregate": ("any(order where email is present)", REFUSED),
    "tenant_that_is_not_declared": ("tenant_id = 7 or true", REFUSED),
    "dunder": ("__class__ = 1", REFUSED),
    "reserved_word_as_a_field": ("`select` >= 2", [2, 3]),
    "unknown_functions": ("pg_sleep(10) = 1", REFUSED),
    "file_function": ("read_csv('/etc/passwd') = 1", REFUSED),
    "clock_function": ("now() > created_at", REFUSED),
    "regular_expression": ('name matches "(a+)+$"', []),
    # -- sizes
    "sixty_five_thousand_bytes": ("orders >= 1 #" + "x" * 65_536, REFUSED),
    "a_million_parentheses": ("(" * 1_000_000, REFUSED),
    "nested_24": ("(" * 24 + "orders >= 1" + ")" * 24, [1, 2, 3]),
    "nested_25": ("(" * 25 + "orders >= 1" + ")" * 25, REFUSED),
    "not_24": ("not " * 24 + "orders >= 1", [1, 2, 3]),
    "not_25": ("not " * 25 + "orders >= 1", [4, 5, 6]),
    "not_26": ("not " * 26 + "orders >= 1", REFUSED),
    "not_10000": ("not " * 10_000 + "orders >= 1", REFUSED),
    "terms_500": (" and ".join(["orders >= 1"] * 500), [1, 2, 3]),
    "terms_501": (" and ".join(["orders >= 1"] * 501), REFUSED),
    "terms_10000": (" or ".join(["a"] * 10_000), REFUSED),
    "list_of_none": ("orders in ()", REFUSED),
    "list_of_1001": ("orders in (" + ", ".join(map(str, range(1, 1002))) + ")", [1, 2, 3]),
    "list_of_10001": ("orders in (" + ", ".join(map(str, range(10_001))) + ")", REFUSED),
    "list_with_duplicates": ("orders in (2, 2, 2)", [1]),
    "list_with_null": ("orders in (1, null)", REFUSED),
    "list_of_two_kinds": ('orders in (1, "1")', REFUSED),
    # -- numbers
    "largest_int64_and_one": ("orders < 9223372036854775808", REFUSED),
    "five_thousand_digits": ("orders < " + "9" * 5_000, REFUSED),
    "huge_exponent": ("orders < 1e999", REFUSED),
    "tiny_exponent": ("orders > 1e-999", REFUSED),
    "million_exponent": ("orders < 1E1000000", REFUSED),
    "nan": ("orders != nan", REFUSED),
    "infinity": ("orders < inf", REFUSED),
    "minus_zero": ("orders >= -0", ALL),
    "two_minuses": ("orders >= - -1", [1, 2, 3]),
    "exact_decimal": ("sum(order.total) = 30.50", [1]),
    "thirty_nine_digits": ("sum(order.total) < 1" + "0" * 38, REFUSED),
    "truth_and_number": ("true = 1", REFUSED),
    "text_and_number": ("name > 9", REFUSED),
    "date_as_text": ('created_at = "2024-1-1"', REFUSED),
    # -- times
    "no_leap_day": ("created_at > 2023-02-29", REFUSED),
    "month_13": ("created_at > 2024-13-01", REFUSED),
    "year_1": ("created_at > 0001-01-05", ALL),
    "year_10000": ("created_at > 10000-01-01", REFUSED),
    "window_of_ages": ("any(order in last 1000000000000 days)", REFUSED),
    "negative_window": ("any(order in last -5 days)", REFUSED),
    "fractional_window": ("any(order in last 1.5 days)", REFUSED),
    "hour_24": ("created_at > 2026-01-01T24:00:00Z", REFUSED),
    "leap_second": ("created_at > 2026-01-01T23:59:60Z", REFUSED),
    # -- nothing at all
    "empty": ("", REFUSED),
    "blanks": ("   \n\t ", REFUSED),
    "comment_alone": ("# everyone", REFUSED),
    "half_a_condition": ("orders >=", REFUSED),
    # -- everyone and nobody
    "always": ("true", ALL),
    "never": ("orders > 3 and orders < 1", []),
    "divided_by_zero": ("orders / 0 > 1 or orders / 0 <= 1", []),
    "chained": ("1 < orders < 5", REFUSED),
    "double_equals": ("orders == 1", REFUSED),
    "a_thousand_errors": (" and ".join(f"nobody_{i} = {i}" for i in range(400)), REFUSED),
}

MORE: dict[str, tuple[str, Expected]] = {
    # -- texts in quotes are values, never code
    "quote_in_a_list": ("name in (\"x' OR 1=1 --\", 'ssn')", [2, 3]),
    "quote_in_a_pattern": ('name matches "x\' OR 1=1 --"', [2]),
    "quote_replaced_by_a_backslash": (r"""replace(name, "'", "\\") = "x\\ OR 1=1 --" """, [2]),
    "backslash_before_a_quote": (r"""name = "\\' OR 1=1 -- " """, []),
    "quote_contained": ('name contains "\'"', [2]),
    "backslash_contained": (r'name contains "\\"', [5]),
    "backslash_at_the_end": (r'name ends with "_\\"', [5]),
    "braces_at_the_start": ('name starts with "{{"', [6]),
    "per_cent_in_a_pattern": ('name matches "*%*"', [5, 6]),
    "underscore_in_a_pattern": ('name matches "*_?"', [5]),
    "percent_format": ("name contains '%(x)s'", [6]),
    "unfinished_text": ('name = "Ann', REFUSED),
    "half_a_character": ('name = "\ud800"', REFUSED),
    "line_end_in_a_text": ('name = "a\nb"', REFUSED),
    "tab_in_a_text": ('name != "a\tb"', [1, 2, 3, 5, 6]),
    "line_separator_in_a_text": ('name != "a\u2028b"', REFUSED),
    "escaped_line_separator": (r'name != "a\u{2028}b"', [1, 2, 3, 5, 6]),
    "comment_that_ends_a_comment": ("orders >= 1 # */ ; DROP TABLE customers; --", [1, 2, 3]),
    "comment_with_a_line_separator": ("orders >= 1 # a\u2028or true", REFUSED),
    "as_many_characters": ("length(name) = 6", [5]),
    # -- names reach the schema and nothing else
    "private_field_as_a_rank": ("top 1 by length(email)", REFUSED),
    "private_field_as_a_key_of_groups": ("top 1 per customer.email by orders", REFUSED),
    "private_field_among": ("top 1 by orders among email is present", REFUSED),
    "private_field_in_the_past": ("(email is present) as of 30 days ago", REFUSED),
    "private_field_overall": ("orders > overall(max(length(email)))", REFUSED),
    "segment_of_somebody_else": ("their_buyers and orders >= 1", REFUSED),
    "shell_function": ("system('id') = 1", REFUSED),
    "environment_function": ("getenv('HOME') = 'x'", REFUSED),
    "attribute": ("orders.__class__ = 1", REFUSED),
    # -- sizes, at the limits and beyond
    "not_in_brackets_12": ("not (" * 12 + "orders >= 1" + ")" * 12, [1, 2, 3]),
    "and_or_22": ("orders >= 1 and (orders >= 9 or (" * 11 + "orders >= 1" + "))" * 11, [1, 2, 3]),
    "product_of_49": (" * ".join(["orders"] * 49) + " > 1", [1]),
    "quotient_of_49": ("orders > 0 and " + " / ".join(["orders"] * 49) + " < 1", [1]),
    "ifs_in_ifs_16": ("if(orders > 9, 1, " * 16 + "orders" + ")" * 16 + " = 1", [2, 3]),
    "terms_of_or_500": (" or ".join(["orders = 2"] * 500), [1]),
    "terms_that_differ_500": (" and ".join(f"orders != {number}" for number in range(10, 510)), ALL),
    "list_of_10000": ("orders in (" + ", ".join(map(str, range(2, 10_002))) + ")", [1]),
    "list_of_a_thousand_texts": ("name in (" + ", ".join(f"'{n}\\''" for n in range(999)) + ", 'ssn')", [3]),
    "sixty_thousand_brackets": ("(" * 60_000, REFUSED),
    "text_of_1001_characters": (f"name = '{'x' * 1_001}'", REFUSED),
    "text_of_1000_characters": (f"name != '{'x' * 1_000}'", [1, 2, 3, 5, 6]),
    "pattern_of_a_thousand_stars": (f"name matches '{'*' * 999}'", [1, 2, 3, 5, 6]),
    "regular_expression_of_a_million": ('name matches "(a{1000}){1000}"', []),
    # -- numbers
    "smallest_int64": ("orders > -9223372036854775808", REFUSED),
    "largest_whole_number": ("orders < 9007199254740992", ALL),
    "thirty_seven_digits": ("sum(order.total) < 1" + "0" * 34 + ".50", ALL),
    "thirty_eight_digits": ("sum(order.total) < 1" + "0" * 36 + ".5", ALL),
    "two_minuses_that_look_like_a_comment": ("orders >= --1", [1, 2, 3]),
    "minus_of_a_minus": ("orders > -(-1)", [1]),
    "tenths": ("0.1 + 0.2 = 0.3", ALL),
    "text_that_is_no_number": ("number(name) > 0 or number(name) <= 0", []),
    # -- times
    "year_0": ("created_at > 0000-01-01", REFUSED),
    "year_9999": ("created_at < 9999-12-28", ALL),
    "window_of_nothing": ("any(order in last 0 days)", REFUSED),
    "hour_that_a_clock_skips": ("created_at < 2026-03-29T02:30:00+02:00", ALL),
    "clock_in_a_comparison": ("created_at < now", ALL),
    "zone_in_a_text": ('date(created_at, "Mars/Base") = today', REFUSED),
    # -- missing values
    "unequal_to_missing": ("select != 2", [1, 3]),
    "not_equal_to_missing": ("not select = 2", [1, 3, 4, 5, 6]),
    "not_in_a_list_and_missing": ("select not in (2)", [1, 3]),
    "not_in_a_segment": ("not buyers", [4, 5, 6]),
    "equal_to_itself_or_missing": ("select = select", [1, 2, 3]),
    "sum_of_nothing": ("sum(order.total) < 100", [1, 2, 4, 5, 6]),
    "average_of_nothing": ("avg(order.total) < 100", [1, 2]),
    "quotient_by_nothing": ("count(order) / count(visit) > 0", [1, 2]),
    "two_relations_multiply_no_rows": ("spent = 30.50 and count(visit) = 3 and orders = 2", [1]),
    # -- ranks
    "ties_share": ("top 2 by orders", [1, 2, 3]),
    "ties_broken_by_the_key": ("top 2 exactly by orders", [1, 2]),
    "top_of_more_than_there_are": ("top 1000000000 by orders", ALL),
    "missing_has_no_rank": ("top 5 by select", [1, 2, 3]),
    "top_0": ("top 0 by orders", REFUSED),
    "top_minus_1": ("top -1 by orders", REFUSED),
    "top_5_per_cent_of_three": ("top 5% by select", [3]),
    "bottom_of_three": ("bottom 1 by select", [1]),
    # -- everyone and nobody
    "one_is_one": ("1 = 1", ALL),
    "count_of_at_least_nothing": ("orders >= 0", ALL),
    "false": ("false", []),
    "contradiction": ("select > 3 and select < 1", []),
}
"""Beside those that the command line is asked too."""

ODD: dict[str, tuple[str, Expected]] = {
    "name_that_is_sql": ('`order"; DROP TABLE x; --` = 1', [1]),
    "name_that_is_a_pattern": ("`^.*$` = 1", [2]),
    "name_that_is_a_star": ("`*` = 1", [3]),
    "name_with_quotes": ("`it's` = 1", [4]),
    "name_of_a_word_of_sql": ("select_ = 1 or `from` = 1", [5]),
    "name_with_a_percent_sign": ("`100 %s` = 1", [6]),
    "name_with_an_accent": ("`straße é` = 1", [1, 6]),
    "name_with_an_accent_in_two_characters": ("`straße e\u0301` = 1", [1, 6]),
}
"""Names that a host's schema really has."""

DEFINITIONS: dict[str, tuple[str, Expected]] = {
    "parameter_that_is_code": ("param wanted = \"x' OR 1=1 --\"\nsegment asked where name = wanted\n", [2]),
    "parameter_of_another_type": ("param wanted: int = 'x'\nsegment asked where select = wanted\n", REFUSED),
    "parameter_that_is_no_number": ("param wanted = nan\nsegment asked where select = wanted\n", REFUSED),
    "cycle_of_two": ("segment asked where b\nsegment b where asked\n", REFUSED),
    "cycle_of_one": ("segment asked where asked\n", REFUSED),
    "chain_of_twelve": (
        "segment s0 where count(order) >= 1\n"
        + "".join(f"segment s{i} where s{i - 1}\n" for i in range(1, 12))
        + "segment asked where s11\n",
        [1, 2, 3],
    ),
    "diamond_of_two_to_the_20": (
        "trait t0 = 1\n" + "".join(f"trait t{i} = t{i - 1} + t{i - 1}\n" for i in range(1, 21)) + "segment asked where t20 > 1\n",
        REFUSED,
    ),
    "ten_references_to_six_hundred_parts": (
        "trait large = " + " + ".join(["count(order)"] * 90) + "\ntrait larger = " + " + ".join(["large"] * 4) + "\n"
        + "segment asked where " + " and ".join(f"larger > {i}" for i in range(10)) + "\n",
        REFUSED,
    ),
    "trait_that_asks_for_itself_with_arguments": ("trait t(n: int) = t(n)\nsegment asked where t(1)\n", REFUSED),
    "defined_twice": ("segment asked where true\nsegment asked where false\n", REFUSED),
    "tiers_that_read_their_cases": ("tiers a\n  b where asked\nsegment asked where a.b\n", REFUSED),
    "names_in_cases_that_look_like_sql": (
        'tiers level\n  `gold"; --` where count(order) > 1\n  otherwise `x\'y`\nsegment asked where level = "x\'y"\n',
        [2, 3, 4, 5, 6],
    ),
    "comment_in_every_gap": ("segment # a\nasked # b */\n where # c\n count(order) # '\n >= # \"\n 1 # ;\n", [1, 2, 3]),
    "line_ends_of_windows": ("segment asked\r\n  where count(order) >= 1 # x\r\n", [1, 2, 3]),
}  # fmt: skip

LIBRARY = """\
param lapse = 90 days
trait orders = count(order)
trait spent = sum(order.total)
segment buyers where orders >= 1
"""

_SHOP: dict[str, object] = {
    "entity": {
        "table": "customers",
        "key": "customer_id",
        "created": "created_at",
        "fields": {
            "customer_id": "int",
            "name": "string?",
            "email": {"type": "string?", "private": True, "fixed": True},
            "country": {"type": "string?", "values": ["GR", "CY"]},
            "created_at": "timestamp?",
            "select": "int?",
        },
    },
    "relations": {
        "order": {
            "table": "orders",
            "on": "customer_id",
            "key": "order_id",
            "time": "placed_at",
            "fields": {"order_id": "int", "placed_at": "timestamp", "total": "decimal(12,2)"},
        },
        "visit": {
            "table": "visits",
            "on": "customer_id",
            "key": "visit_id",
            "time": "at",
            "fields": {"visit_id": "int", "at": "timestamp"},
        },
    },
}

_ODD_NAMES = ('order"; DROP TABLE x; --', "^.*$", "*", "it's", "from", "100 %s")
_ODD: dict[str, object] = {
    "entity": {
        "table": "odd names",
        "key": "id",
        "fields": {
            "id": "int",
            **dict.fromkeys(_ODD_NAMES, "int?"),
            "select_": {"type": "int?", "column": "select"},
            "straße é": "int?",
        },
    }
}

AS_OF = datetime(2026, 6, 1)
TABLES = {
    "customers": [{**row, "created_at": row["created_at"].replace(tzinfo=None)} for row in customers().to_dicts()],
    "orders": [{**row, "placed_at": row["placed_at"].replace(tzinfo=None)} for row in orders().to_dicts()],
    "visits": [
        {"visit_id": number, "customer_id": of, "at": datetime(2026, 5, day)}
        for number, (of, day) in enumerate([(1, 1), (1, 2), (1, 3), (2, 1), (2, 31), (5, 30)])
    ],
    "odd names": [
        {
            "id": at + 1,
            **{name: int(at == place) for place, name in enumerate(_ODD_NAMES)},
            "select": int(at == 4),
            "straße é": int(at in (0, 5)),
        }
        for at in range(len(_ODD_NAMES))
    ],
}


@dataclass(frozen=True)
class Row:
    """A bad input. ``alone``: it makes a statement of its own, being large."""

    text: str
    expected: Expected
    schema: Mapping[str, object]
    definitions: bool = False

    @property
    def alone(self) -> bool:
        return self.definitions or len(self.text) > 500


ROWS: dict[str, Row] = {
    **{name: Row(text, expected, _SHOP) for name, (text, expected) in (CASES | MORE).items()},
    **{name: Row(text, expected, _ODD) for name, (text, expected) in ODD.items()},
    **{name: Row(text, expected, _SHOP, definitions=True) for name, (text, expected) in DEFINITIONS.items()},
}
assert len(ROWS) == len(CASES) + len(MORE) + len(ODD) + len(DEFINITIONS), "a name is there twice"
