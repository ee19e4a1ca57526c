"""A shop small enough to check by eye, with every kind of missing value and every edge in it.

Nine customers (ivy comes to exist at the very instant of most cases, and so is not there yet), sixteen orders, of which
ten show. ``SCHEMAS`` are project files over the same tables; the tables' own names are odd on purpose.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from segdsl.backends.reference import Tables

_ENTITY = """
[entity]
table = "customers"
key = "id"
created = "created"
[entity.fields]
id      = "string"
created = "timestamp?"
country = { type = "string?", missing = ["", "n/a"] }
years   = "int?"
height  = "float?"
balance = "decimal(12,2)?"
born    = "date?"
seen    = "timestamp?"
active  = "bool?"
tier    = { type = "string?", values = ["bronze", "silver", "gold"], ordered = true }
kind    = { type = "string?", values = { person = "1", firm = "2" }, column = "select" }
note    = "string"
big     = "int?"
secret  = { type = "string?", private = true, column = "note" }
shout   = { type = "string?", is = "upper(secret)" }
"""

_RELATIONS = """
[relations.order]
table = "orders"
on = { customer = "id" }
key = "id"
time = "at"
where = 'status in ("paid", "shipped")'
[relations.order.fields]
id = "int"
customer = "string?"
at = "timestamp?"
total = "decimal(12,2)?"
channel = "string?"
status = { type = "string", values = ["paid", "shipped", "cancelled"] }
weight = "float?"
gift = "bool?"

[relations.item]
table = "order items"
parent = "order"
on = { order_id = "id" }
key = ["line", "no"]
[relations.item.fields]
order_id = { type = "int?", column = "order" }
line = "int"
no = "int"
sku = { type = "string?", column = 'x"y' }
quantity = { type = "int?", column = "^q.*$" }
price = { type = "decimal(8,2)", column = "Unit Price" }
amount = { type = "decimal(12,2)?", is = "price * quantity" }
dear = { type = "bool?", is = "price > 10 and order.total > 10" }

[relations.visit]
table = "visits"
on = { customer = "id" }
time = "day"
[relations.visit.fields]
customer = "string?"
day = "date?"
pages = "int?"

[relations.review]
table = "reviews"
on = { customer = "id" }
key = "id"
[relations.review.fields]
id = "string"
customer = "string"
stars = "int?"
words = "string?"

[relations.web_order]
from = "order"
where = 'channel = "web"'

[relations.order_day]
groups = "order"
by = { day = "date(at)" }
time = "day"
[relations.order_day.fields]
day = "date"
orders = { type = "int", is = "count(order)" }
total = { type = "decimal(14,2)", is = "sum(order.total)" }

[relations.promo]
table = "promos"
parent = "order"
on = "channel"
key = "code"
time = "since"
[relations.promo.fields]
code = "string"
channel = "string?"
since = "date"

[lookups.product]
of = "item"
table = "products"
on = "sku"
[lookups.product.fields]
sku = "string"
category = "string?"
size = { type = "string?", values = ["S", "M", "L", "XL"], ordered = true }
brand_name = "string?"
launched = "date?"

[lookups.brand]
of = "product"
table = "brands"
on = { brand_name = "name" }
[lookups.brand.fields]
name = "string"
home = "string?"

[lookups.region]
of = "customer"
table = "regions"
on = "country"
[lookups.region.fields]
country = "string"
continent = "string?"
"""

_KEYS = """
[entity]
name = "person"
distinct = ["orders", "visits"]
key = "customer"
[entity.fields]
customer = "string"

[relations.order]
table = "orders"
on = "customer"
key = "id"
time = "at"
where = 'status in ("paid", "shipped")'
[relations.order.fields]
id = "int"
at = "timestamp?"
total = "decimal(12,2)?"
status = "string"

[relations.visit]
table = "visits"
on = "customer"
time = "day"
[relations.visit.fields]
day = "date?"
pages = "int?"
"""

_COLUMNS = """
[traits]
orders = { type = "int", column = "order_count" }
spent = { type = "decimal(12,2)", column = "total spent" }
rating = { type = "float?", column = "rating" }
loyal = { type = "bool?", column = "loyal" }
keen = { type = "bool", column = "loyal" }
"""

_MARKS = """
timezone = "Europe/Athens"
[entity]
table = "people"
key = "id"
[entity.fields]
id = "string"
name = "string?"
tags = "list(string)"
labels = { type = "list(string)", stored = "string" }
born = "date?"
moved = "timestamp?"
lat = "decimal(8,5)?"
lon = "float?"
town = "string?"

[relations.post]
table = "posts"
on = { person = "id" }
key = "no"
time = "at"
[relations.post.fields]
no = "int"
person = "string"
at = "timestamp"
topics = { type = "list(string)?", column = "value" }

[lookups.city]
of = "customer"
table = "cities"
on = { town = "code" }
[lookups.city.fields]
code = "string"
kinds = "list(string)"
"""

_FAIRS = """
[relations.fair]
table = "fairs"
on = "country"
key = "id"
time = "day"
[relations.fair.fields]
id = "int"
country = "string?"
day = "date?"
visitors = "int"

[relations.stall]
table = "stalls"
parent = "fair"
on = { fair = "id" }
key = "id"
[relations.stall.fields]
id = "int"
fair = "int"
size = "int"

[relations.full_day]
groups = "order"
by = { day = "date(at)" }
time = "day"
where = 'total > 40'
[relations.full_day.fields]
day = "date"
total = { type = "decimal(14,2)", is = "sum(order.total)" }

[relations.bought]
groups = "item"
by = "sku"
time = "latest"
[relations.bought.fields]
sku = "string"
latest = { type = "timestamp", is = "max(order.at)" }
"""

SCHEMAS = {
    "shop": _ENTITY + _RELATIONS,
    "athens": 'timezone = "Europe/Athens"\n' + _ENTITY + _RELATIONS,
    "tenant": _ENTITY.replace("[entity.fields]", "where = 'country = \"US\"'\n[entity.fields]") + _RELATIONS,
    "keys": _KEYS,
    "columns": _ENTITY + _RELATIONS + _COLUMNS,
    "marks": _MARKS,
    "fairs": _ENTITY + _RELATIONS + _FAIRS,
}

D = Decimal
NAN = float("nan")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _rows(columns: str, *rows: tuple[object, ...]) -> list[dict[str, object]]:
    names = [name.strip() for name in columns.split("|")]
    return [dict(zip(names, row, strict=True)) for row in rows]


# fmt: off
TABLES: Tables = {
    "customers": _rows(
        "id | created | country | years | height | balance | born | seen | active | tier | select | note | big"
        " | order_count | total spent | rating | loyal",
        ("ann", at("2024-01-10T09:00"), "GR", 34, 1.70, D("100.00"), date(1992, 2, 29), at("2026-06-15T11:59:59.999999"),
         True, "gold", "1", "Plain", 2**53, 7, D("10.00"), 4.5, True),
        ("bob", at("2025-06-15T12:00"), "US", 41, 1.85, D("-5.50"), date(1985, 6, 15), at("2026-06-08T12:00"),
         False, "silver", "2", "50% off_now", -(2**53), None, None, None, None),
        ("cy", None, "", None, None, None, None, None,
         None, None, None, "", None, 0, D("0.00"), 0.0, False),
        ("dee", at("2026-06-15T11:59:59.999999"), "n/a", 0, -0.0, D("0.00"), date(2026, 6, 15), at("2026-06-15T00:00"),
         True, "bronze", "1", "café ☕", 0, None, D("2.50"), NAN, None),
        ("eve", at("2026-05-31T23:30"), "DE", 17, NAN, D("0.10"), date(2008, 6, 16), at("2026-05-31T21:30"),
         None, "iron", "9", " pad ", 1, 2, None, 1e101, True),
        ("fay", at("2026-01-01T00:00"), "US", None, 0.5, D("9999999999.99"), date(1960, 12, 31),
         at("2025-12-31T23:59:59.999999"), False, "gold", "2", "back\\slash \"q\" 's", 2**31, 1, D("1.00"), 3.0, True),
        ("gus", at("2020-02-29T00:00"), "gr", 65, 1e101, D("0.30"), date(1960, 1, 1), at("2026-03-29T00:30"),
         True, "bronze", "1", "*star? _x", 2**31 - 1, 1, D("1.00"), 3.0, True),
        ("hal", at("2026-03-29T01:00"), "FR", -1, 2.5, D("33.33"), date(2000, 6, 14), at("1969-12-31T23:59:59.500000"),
         None, "silver", None, "LINE\nbreak", -1, 1, D("1.00"), 3.0, True),
        ("ivy", at("2026-06-15T12:00"), "GR", 34, 1.70, D("100.00"), date(1992, 2, 29), at("2026-06-15T11:00"),
         True, "gold", "1", "Plain", 1, 7, D("10.00"), 4.5, True),
    ),
    "orders": _rows(
        "id | customer | at | total | channel | status | weight | gift",
        (1, "ann", at("2026-06-15T11:59:59.999999"), D("10.00"), "web", "paid", 0.1, True),
        (2, "ann", at("2026-06-15T12:00"), D("999.00"), "web", "paid", 1.0, True),
        (3, "ann", at("2026-05-16T12:00"), D("20.00"), "app", "paid", 0.2, False),
        (4, "ann", at("2026-05-16T11:59:59.999999"), D("30.00"), None, "shipped", 0.3, None),
        (5, "ann", at("2026-06-01T10:00"), D("40.00"), "web", "cancelled", 5.0, True),
        (6, "bob", at("2026-06-10T08:00"), D("50.00"), "app", "paid", None, False),
        (7, "bob", at("2026-06-10T08:00"), None, "web", "paid", 2.5, None),
        (8, "bob", None, D("70.00"), "web", "paid", 5.0, True),
        (9, "dee", at("2026-06-15T00:00"), D("0.00"), "", "paid", -0.0, True),
        (10, "eve", at("2026-05-31T22:30"), D("15.50"), "web", "shipped", NAN, True),
        (11, "fay", at("2025-06-15T12:00"), D("100.00"), "app", "paid", 1e13, False),
        (12, "fay", at("2026-03-31T12:00"), D("200.10"), "app", "paid", 1.0000007, True),
        (13, "gus", at("2024-02-29T00:00"), D("5.00"), "Web", "paid", 3.0, None),
        (14, None, at("2026-06-01T00:00"), D("1.00"), "web", "paid", 1.0, True),
        (15, "zoe", at("2026-06-01T00:00"), D("1.00"), "web", "paid", 1.0, True),
        (16, "ivy", at("2026-06-01T00:00"), D("1.00"), "web", "paid", 1.0, True),
    ),
    "order items": _rows(
        'order | line | no | x"y | ^q.*$ | Unit Price',
        (1, 1, 1, "A", 2, D("3.50")),
        (1, 2, 2, "B", 1, D("3.00")),
        (2, 1, 3, "A", 100, D("1.00")),
        (3, 1, 4, "C", None, D("20.00")),
        (4, 1, 5, "X", 12, D("2.50")),
        (5, 1, 6, "A", 50, D("1.00")),
        (6, 1, 7, "A", 1, D("50.00")),
        (7, 1, 8, None, 3, D("0.05")),
        (9, 1, 9, "D", 0, D("0.00")),
        (10, 1, 10, "B", 5, D("3.10")),
        (11, 1, 11, "C", 10, D("10.00")),
        (12, 1, 12, "A", 1, D("200.10")),
        (12, 2, 13, "D", 2, D("0.00")),
        (None, 1, 14, "A", 9, D("9.00")),
        (99, 1, 15, "A", 9, D("9.00")),
    ),
    "products": _rows(
        "sku | category | size | brand_name | launched",
        ("A", "razor", "S", "acme", date(2026, 6, 15)),
        ("B", "soap", "XL", "acme", date(2026, 6, 16)),
        ("C", None, "M", None, date(2020, 2, 29)),
        ("D", "razor", "XXL", "bic", None),
    ),
    "brands": _rows("name | home", ("acme", "US"), ("bic", None), ("zed", "GR")),
    "regions": _rows("country | continent", ("GR", "Europe"), ("US", "America"), ("DE", None)),
    "visits": _rows(
        "customer | day | pages",
        ("ann", date(2026, 6, 15), 3),
        ("ann", date(2026, 6, 15), None),
        ("ann", date(2026, 6, 14), 5),
        ("bob", date(2026, 6, 16), 9),
        ("bob", date(2026, 5, 16), 1),
        ("bob", date(2026, 5, 17), 2),
        ("cy", date(2026, 5, 31), 4),
        ("cy", None, 8),
        ("eve", date(2026, 1, 1), 0),
        ("fay", date(2025, 12, 31), 7),
        ("fay", date(2025, 12, 31), 6),
        ("gus", date(2024, 2, 29), 2),
    ),
    "reviews": _rows(
        "id | customer | stars | words",
        ("r1", "ann", 5, "Great"),
        ("r2", "ann", None, ""),
        ("r3", "bob", 1, "bad"),
        ("r4", "cy", 4, None),
        ("r5", "dee", 4, "Ok"),
        ("r6", "dee", 4, "ok"),
    ),
    "promos": _rows(
        "code | channel | since",
        ("P1", "web", date(2020, 1, 1)),
        ("P2", "web", date(2026, 6, 15)),
        ("P3", "app", date(2026, 6, 14)),
        ("P4", None, date(2026, 6, 1)),
        ("P5", "web", date(2026, 6, 16)),
    ),
    "fairs": _rows(
        "id | country | day | visitors",
        (1, "US", date(2026, 6, 14), 10),
        (2, "US", date(2026, 5, 14), 20),
        (3, "GR", date(2026, 6, 14), 30),
        (4, "DE", date(2026, 6, 16), 40),
        (5, "FR", None, 50),
        (6, None, date(2026, 6, 1), 60),
        (7, "US", date(2025, 1, 1), 5),
        (8, "DE", date(2026, 5, 1), 7),
    ),
    "stalls": _rows("id | fair | size", (1, 1, 3), (2, 1, 1), (3, 3, 2), (4, 4, 9)),
    "people": _rows(
        "id | name | tags | labels | born | moved | lat | lon | town",
        ("ann", "Ann", ["vip", "new"], '["a", "b"]', date(1992, 2, 29), at("2025-06-15T22:30"), D("37.98380"), 23.7275, "ath"),
        ("bob", "Bob", [], "[]", date(1985, 6, 15), at("2026-06-16T10:00"), D("40.64010"), 22.9444, "skg"),
        ("cy", None, None, None, None, None, None, 23.0, None),
        ("dee", "Dee", [None, "vip"], ' [null ,\n"a"]', date(2026, 6, 15), at("2020-06-16T20:59:59"), D("0.00000"), 180.0, "xxx"),
        ("eve", "Eve", [None], "not json", date(2008, 6, 16), None, D("90.00000"), 0.0, None),
        ("fay", "Fay", ["VIP", "", "vip "], '["a", 1]', date(1960, 12, 31), None, D("-37.98380"), -156.2725, "ath"),
        ("gus", "Gus", ["new"], '{"a": "b"}', date(2000, 1, 1), None, D("91.00000"), 0.0, None),
        ("hal", "Hal", ["café", "it's"], r'["caf\u00e9", "\"q\""]', date(2004, 6, 22), None, D("0.00000"), -179.0, None),
    ),
    "posts": _rows(
        "no | person | at | value",
        (1, "ann", at("2026-06-01T10:00"), ["x"]),
        (2, "ann", at("2026-06-02T10:00"), ["y", None, "x"]),
        (3, "bob", at("2026-06-03T10:00"), None),
        (4, "dee", at("2026-06-04T10:00"), ["y"]),
        (5, "eve", at("2026-06-15T12:00"), ["x"]),
    ),
    "cities": _rows("code | kinds", ("ath", ["port", "old"]), ("skg", ["port"]), ("lar", ["old"])),
}
# fmt: on
