"""A club whose eight members tie, repeat, follow and precede: for ranks, rows in company, everyone's rows and the past.

What is odd about each: abe's orders run across a year's end, two of them a microsecond apart; bea has two orders at the same
instant, the one with the smaller key second in the table; cat joined nobody knows when; dan came yesterday, with an order of
nothing; eli has a negative total; fox has orders of the future and of no time alone; gil bought long ago; Zoe's key comes before
the others' by code point and after them in any dictionary. ned is not there yet, kim never was.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from segdsl.backends.reference import Tables

_CLUB = """
[entity]
name = "member"
table = "club members"
key = "id"
created = "joined"
[entity.fields]
id     = "string"
joined = "timestamp?"
city   = { type = "string?", fixed = true }
born   = { type = "date?", fixed = true }
points = "int?"
rating = "float?"
plan   = { type = "string?", values = ["basic", "plus", "pro"], ordered = true }

[relations.order]
table = "club orders"
on = { member = "id" }
key = "id"
time = "at"
where = 'state = "ok"'
[relations.order.fields]
id = "int"
member = "string?"
at = "timestamp?"
total = "decimal(10,2)?"
shop = "string?"
state = "string"
weight = "float?"
grade = { type = "string?", changes = true }

[relations.line]
table = "club lines"
parent = "order"
on = { order_id = "id" }
key = ["order_id", "no"]
[relations.line.fields]
order_id = "int"
no = "int"
sku = "string?"
quantity = "int?"

[lookups.product]
of = "line"
table = "club products"
on = "sku"
[lookups.product.fields]
sku = "string"
category = { type = "string?", fixed = true }
cost = "decimal(8,2)?"

[relations.web_order]
from = "order"
where = 'shop = "web"'

[relations.order_month]
groups = "order"
by = { month = "start_of(month, at)" }
time = "month"
[relations.order_month.fields]
month = "date"
spent = { type = "decimal(20,2)", is = "sum(order.total)" }

[relations.event]
table = "club events"
on = { member = "id" }
key = "id"
time = "at"
[relations.event.fields]
id = "int"
member = "string?"
at = "timestamp?"
kind = "string"
sku = "string?"

[relations.checkin]
table = "club checkins"
on = { member = "id" }
key = "id"
time = "day"
[relations.checkin.fields]
id = "int"
member = "string"
day = "date?"

[relations.offer]
table = "club offers"
on = { member = "id" }
key = "id"
time = "starts"
[relations.offer.fields]
id = "int"
member = "string"
starts = "date"
ends = "date?"
shop = "string?"

[relations.remark]
table = "club remarks"
on = { member = "id" }
time = "at"
[relations.remark.fields]
member = "string"
at = "timestamp"
word = "string"

[relations.badge]
table = "club badges"
on = { member = "id" }
key = "id"
[relations.badge.fields]
id = "int"
member = "string"
"""

SCHEMAS = {"club": _CLUB, "club_athens": 'timezone = "Europe/Athens"\n' + _CLUB}

D = Decimal
NAN = float("nan")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _rows(columns: str, *rows: tuple[object, ...]) -> list[dict[str, object]]:
    names = [name.strip() for name in columns.split("|")]
    return [dict(zip(names, row, strict=True)) for row in rows]


# fmt: off
TABLES: Tables = {
    "club members": _rows(
        "id | joined | city | born | points | rating | plan",
        ("fox", at("2026-03-31T12:00"), "Rome", None, 0, 3.0, "pro"),
        ("abe", at("2024-01-10T09:00"), "Rome", date(2026, 6, 1), 50, 4.5, "pro"),
        ("bea", at("2025-06-15T12:00"), "Rome", date(2026, 5, 2), 50, 4.5, "plus"),
        ("cat", None, None, None, 70, 0.0000004, "vintage"),
        ("dan", at("2026-06-14T12:00"), "Oslo", date(2000, 1, 1), 10, 1e13, "basic"),
        ("eli", at("2026-05-31T23:30"), "Oslo", None, None, NAN, None),
        ("gil", at("2020-02-29T00:00"), "Oslo", date(1960, 2, 29), -5, -2.5, "basic"),
        ("Zoe", at("2026-01-01T00:00"), "Kyiv", date(1999, 12, 31), 50, None, "plus"),
        ("ned", at("2026-06-15T12:00"), "Rome", None, 1000, 9.0, "pro"),
    ),
    "club orders": _rows(
        "id | member | at | total | shop | state | weight | grade",
        (7, "abe", at("2026-06-15T11:59:59.999999"), D("30.00"), "web", "ok", 0.6, "a"),
        (1, "abe", at("2025-11-30T23:59:59.999999"), D("10.00"), "web", "ok", 0.1, "a"),
        (2, "abe", at("2025-12-01T00:00"), D("20.00"), "web", "ok", 0.2, "a"),
        (3, "abe", at("2025-12-31T12:00"), D("10.00"), "app", "ok", 0.3, "a"),
        (4, "abe", at("2026-01-31T12:00"), D("40.00"), "app", "ok", None, "b"),
        (5, "abe", at("2026-02-28T12:00"), D("5.00"), "web", "ok", 0.4, "b"),
        (6, "abe", at("2026-05-31T12:00"), D("15.00"), None, "ok", 0.5, None),
        (8, "abe", at("2026-06-15T12:00"), D("999.00"), "web", "ok", 9.0, "a"),
        (11, "bea", at("2026-06-01T10:00"), D("50.00"), "web", "ok", 0.5, "a"),
        (10, "bea", at("2026-06-01T10:00"), D("30.00"), "web", "ok", 1.5, "a"),
        (12, "bea", at("2026-06-02T10:00"), None, "app", "ok", None, "a"),
        (13, "bea", at("2026-06-08T10:00"), D("50.00"), "web", "ok", 1.0, "a"),
        (20, "cat", at("2026-03-31T12:00"), D("100.00"), "web", "ok", NAN, "a"),
        (30, "dan", at("2026-06-14T12:00"), D("0.00"), "web", "ok", 1e13, "a"),
        (40, "eli", at("2026-06-10T00:00"), D("-5.00"), "app", "ok", -2.5, "a"),
        (41, "eli", at("2026-06-12T00:00"), D("20.00"), "app", "void", 1.0, "a"),
        (50, "fox", at("2026-07-01T00:00"), D("10.00"), "web", "ok", 1.0, "a"),
        (51, "fox", None, D("10.00"), "web", "ok", 1.0, "a"),
        (60, "gil", at("2024-02-29T00:00"), D("70.00"), "web", "ok", 2.0, "a"),
        (61, "gil", at("2025-02-28T00:00"), D("30.00"), "web", "ok", 3.0, "a"),
        (70, "Zoe", at("2026-01-31T12:00"), D("10.00"), "web", "ok", 1.0, "a"),
        (71, "Zoe", at("2026-02-28T12:00"), D("20.00"), "app", "ok", 1.0000004, "a"),
        (72, "Zoe", at("2026-03-31T12:00"), D("30.00"), "app", "ok", 2.0, "a"),
        (73, "Zoe", at("2026-04-30T12:00"), D("70.00"), "app", "ok", None, "a"),
        (80, None, at("2026-06-01T00:00"), D("5000.00"), "web", "ok", 1.0, "a"),
        (81, "kim", at("2026-06-01T00:00"), D("5000.00"), "web", "ok", 1.0, "a"),
        (82, "ned", at("2026-06-01T00:00"), D("5000.00"), "web", "ok", 1.0, "a"),
    ),
    "club lines": _rows(
        "order_id | no | sku | quantity",
        (1, 1, "A", 2), (2, 1, "A", 1), (3, 1, "B", 5), (4, 1, "C", 3), (5, 1, "X", 1), (6, 1, "A", 1), (7, 1, "D", 4),
        (7, 2, None, 1), (8, 1, "A", 100),
        (10, 1, "C", 3), (11, 1, "C", 1), (11, 2, "A", 9), (12, 1, "B", None), (13, 1, "X", 2),
        (20, 1, "C", 4), (30, 1, "D", 1), (40, 1, "A", 1), (41, 1, "A", 7), (60, 1, "B", 2), (61, 1, "B", 2),
        (70, 1, "C", 1), (71, 1, "C", 1), (72, 1, "C", 1), (73, 1, "C", 0),
        (99, 1, "A", 50), (82, 1, "C", 500),
    ),
    "club products": _rows(
        "sku | category | cost",
        ("A", "tea", D("1.00")), ("B", "tea", D("2.00")), ("C", "coffee", None), ("D", None, D("3.00")),
    ),
    "club events": _rows(
        "id | member | at | kind | sku",
        (1, "abe", at("2026-06-10T10:00"), "cart", "A"),
        (2, "abe", at("2026-06-10T11:00"), "buy", "A"),
        (4, "abe", at("2026-06-12T10:00"), "buy", "B"),
        (3, "abe", at("2026-06-12T10:00"), "cart", "B"),
        (10, "bea", at("2026-06-10T10:00"), "cart", "A"),
        (12, "bea", at("2026-06-11T10:00:00.000001"), "buy", "C"),
        (11, "bea", at("2026-06-11T10:00"), "buy", "A"),
        (20, "cat", at("2026-06-01T00:00"), "view", "A"),
        (21, "cat", at("2026-06-02T00:00"), "cart", "A"),
        (22, "cat", at("2026-06-03T00:00"), "buy", "A"),
        (30, "dan", at("2026-06-14T12:00"), "view", "A"),
        (31, "dan", at("2026-06-14T12:00"), "cart", "A"),
        (32, "dan", at("2026-06-14T13:00"), "buy", "B"),
        (40, "eli", at("2026-06-10T10:00"), "cart", "A"),
        (41, "eli", at("2026-06-15T12:00"), "buy", "A"),
        (50, "fox", None, "view", "A"),
        (51, "fox", at("2026-06-14T00:00"), "buy", "A"),
        (52, "fox", at("2026-06-15T00:00"), "cart", "A"),
        (70, "Zoe", at("2026-01-31T12:00"), "cart", "C"),
        (71, "Zoe", at("2026-02-28T12:00"), "buy", "C"),
        (72, "Zoe", at("2026-03-31T12:00"), "view", "C"),
        (80, None, at("2026-06-10T10:00"), "cart", "A"),
        (81, "kim", at("2026-06-10T10:00"), "cart", "A"),
    ),
    "club checkins": _rows(
        "id | member | day",
        (1, "abe", date(2026, 6, 13)), (2, "abe", date(2026, 6, 14)), (3, "abe", date(2026, 6, 15)),
        (4, "abe", date(2026, 6, 16)),
        (10, "bea", date(2025, 12, 29)), (11, "bea", date(2026, 1, 5)), (12, "bea", date(2026, 1, 5)),
        (13, "bea", date(2026, 1, 19)),
        (20, "cat", date(2024, 2, 28)), (21, "cat", date(2024, 2, 29)), (22, "cat", date(2024, 3, 1)),
        (30, "dan", None),
        (40, "eli", date(2025, 2, 28)), (41, "eli", date(2025, 3, 1)),
        (60, "gil", date(2020, 2, 29)), (61, "gil", date(2021, 12, 31)), (62, "gil", date(2022, 1, 1)),
        (70, "Zoe", date(2025, 12, 31)), (71, "Zoe", date(2026, 1, 1)),
    ),
    "club offers": _rows(
        "id | member | starts | ends | shop",
        (1, "abe", date(2025, 12, 1), date(2025, 12, 31), "web"),
        (2, "abe", date(2026, 6, 1), date(2026, 6, 14), "web"),
        (3, "bea", date(2026, 6, 1), date(2026, 6, 2), "app"),
        (4, "cat", date(2026, 3, 31), date(2026, 3, 31), "web"),
        (5, "dan", date(2026, 6, 14), None, "web"),
        (6, "Zoe", date(2026, 6, 16), date(2026, 6, 30), "web"),
        (7, "gil", date(2020, 1, 1), date(2024, 2, 29), "web"),
        (8, "gil", date(2024, 2, 29), date(2026, 12, 31), "app"),
    ),
    "club remarks": _rows(
        "member | at | word",
        ("abe", at("2026-06-10T10:00"), "ok"), ("abe", at("2026-06-10T10:00"), "bad"), ("bea", at("2026-06-01T10:00"), "ok"),
    ),
    "club badges": _rows("id | member", (1, "abe"), (2, "cat")),
}
# fmt: on
