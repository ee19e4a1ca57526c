"""How statements with places, windows and rows beyond read."""

from __future__ import annotations

from decimal import Decimal

from sql.plans import AS_OF, col, lit
from sql.random_rows import table

from segdsl.backends.sql.emit import emit
from segdsl.planning.plan import Aggregation, Beyond, Input, Place, Plan, Stage, StageColumn, StageRef, Window
from segdsl.semantics import ir
from segdsl.types import BOOL, FLOAT, INT, STRING, TIMESTAMP, Type, decimal

TOTAL = decimal(12, 2)
COLUMNS = {"customer": INT, "total": TOTAL, "ordered_at": TIMESTAMP, "channel": STRING}
ORDERS = Input("o", table("orders", COLUMNS, ("customer", "ordered_at")))
CUSTOMER, AT = col("customer", INT, optional=False, of="o"), col("ordered_at", TIMESTAMP, optional=False, of="o")
ID, AMOUNT, CHANNEL = (
    col("id", INT, optional=False, of="o"),
    col("total", TOTAL, of="o"),
    col("channel", STRING, of="o"),
)
WEB = ir.Compare("=", CHANNEL, lit("web", STRING))


def text(dialect: str, *stages: Stage) -> str:
    """Of a list of those for whom the last column of the last stage is present."""
    key, *_, last = stages[-1].columns
    it = ir.IsMissing(col(last.name, last.type, of="s"), negated=True)
    columns = (
        StageColumn(key.name, key.type, False, col(key.name, key.type, optional=False, of="s")),
        StageColumn("it", BOOL, False, it, condition=True),
    )
    final = Stage("out", Input("s", StageRef(stages[-1].name)), (), (), None, columns, (key.name,))
    return emit(Plan(stages, final, key.name, {"it": "it"}), dialect, "members", AS_OF, "it").text


def by_customer(name: str, of: Type, aggregation: Aggregation) -> Stage:
    columns = (StageColumn("customer", INT, False, CUSTOMER), StageColumn(name, of, True, aggregation))
    return Stage("by_customer", ORDERS, (), (), ("customer",), columns, ("customer",))


def test_a_share() -> None:
    stage = by_customer("top_10", TOTAL, Aggregation("cut", TOTAL, AMOUNT, WEB, place=Place(True, share=10, whole=100)))
    assert text("duckdb", stage) == (
        """\
WITH by_customer AS (
  SELECT customer, QUANTILE_DISC(total, 0.1 ORDER BY total DESC) FILTER (WHERE channel = 'web') AS top_10
  FROM orders
  GROUP BY customer
)
SELECT customer
FROM by_customer
WHERE top_10 IS NOT NULL"""
    )
    # A little below a tenth, so that a tenth of the rows is never rounded up to one row more.
    assert text("postgres", stage) == (
        """\
WITH by_customer AS (
  SELECT
    customer,
    PERCENTILE_DISC(0.09999999999999991118) WITHIN GROUP (ORDER BY total DESC) FILTER (WHERE channel = 'web') AS top_10
  FROM orders
  GROUP BY customer
)
SELECT customer
FROM by_customer
WHERE top_10 IS NOT NULL"""
    )
    assert text("mysql", stage) == (
        """\
WITH by_customer_values AS (
  SELECT
    customer,
    total,
    COALESCE(CAST(CONVERT(channel USING utf8mb4) AS BINARY) = _binary 'web', FALSE) AS holds_channel
  FROM orders
), by_customer_rows AS (
  SELECT
    customer,
    total,
    holds_channel,
    ROW_NUMBER() OVER (PARTITION BY customer, holds_channel ORDER BY total DESC) AS top_10_place,
    COUNT(total) OVER (PARTITION BY customer, holds_channel) AS top_10_of
  FROM by_customer_values
), by_customer AS (
  SELECT customer, MAX(CASE WHEN holds_channel AND top_10_place * 10 >= top_10_of THEN total END) AS top_10
  FROM by_customer_rows
  GROUP BY customer
)
SELECT customer
FROM by_customer
WHERE top_10 IS NOT NULL"""
    )


def test_the_first_and_the_third() -> None:
    third = by_customer("third", TOTAL, Aggregation("cut", TOTAL, AMOUNT, place=Place(True, count=3)))
    assert text("duckdb", third) == (
        """\
WITH by_customer_rows AS (
  SELECT customer, total, ROW_NUMBER() OVER (PARTITION BY customer ORDER BY total DESC) AS third_place
  FROM orders
), by_customer AS (
  SELECT customer, MIN(total) FILTER (WHERE third_place <= 3) AS third
  FROM by_customer_rows
  GROUP BY customer
)
SELECT customer
FROM by_customer
WHERE third IS NOT NULL"""
    )
    first = by_customer("first", TOTAL, Aggregation("cut", TOTAL, AMOUNT, place=Place(True, count=1)))
    assert "MAX(total) AS" in text("duckdb", first) and "OVER" not in text("duckdb", first)


def test_a_median() -> None:
    stage = by_customer("median", FLOAT, Aggregation("percentile", FLOAT, AMOUNT, percent=Decimal(50)))
    assert text("sqlite", stage) == (
        """\
WITH by_customer_read AS (
  SELECT customer, CAST(ROUND(total * 100) AS INTEGER) AS total
  FROM orders
), by_customer_rows AS (
  SELECT
    customer,
    total,
    ROW_NUMBER() OVER (PARTITION BY customer ORDER BY total NULLS LAST) AS median_place,
    COUNT(total) OVER (PARTITION BY customer) AS median_of
  FROM by_customer_read
), by_customer_parts AS (
  SELECT
    customer,
    MIN(total) FILTER (WHERE (median_place - 1) * 2 <= median_of - 1 AND median_place * 2 > median_of - 1) AS median_low,
    MIN(total) FILTER (
      WHERE (median_place - 1) * 2 >= median_of - 1 AND (median_place - 2) * 2 < median_of - 1
    ) AS median_high,
    (COUNT(total) - 1) % 2 AS median_rest
  FROM by_customer_rows
  GROUP BY customer
), by_customer AS (
  SELECT customer, CAST(median_low * (2 - median_rest) + median_high * median_rest AS REAL) / 200 AS median
  FROM by_customer_parts
)
SELECT customer
FROM by_customer
WHERE median IS NOT NULL"""
    )


def test_windows() -> None:
    previous = Window("previous", TOTAL, (CUSTOMER,), ((AT, False), (ID, False)), AMOUNT)
    before = Window("before", decimal(22, 2), (), ((CHANNEL, True), (ID, False)), AMOUNT)
    stage = Stage(
        "seen", ORDERS, (), (), None,
        (StageColumn("id", INT, False, ID), StageColumn("previous_total", TOTAL, True, previous)),
    )  # fmt: skip
    assert text("postgres", stage) == (
        """\
WITH seen AS (
  SELECT id, LAG(total) OVER (PARTITION BY customer ORDER BY ordered_at, id) AS previous_total
  FROM orders
)
SELECT id
FROM seen
WHERE previous_total IS NOT NULL"""
    )
    stage = Stage(
        "seen", ORDERS, (), (), None,
        (StageColumn("id", INT, False, ID), StageColumn("total_before", decimal(22, 2), False, before)),
    )  # fmt: skip
    assert text("postgres", stage) == (
        """\
WITH seen AS (
  SELECT
    id,
    COALESCE(
      SUM(total) OVER (
        ORDER BY channel COLLATE "C" DESC, id
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
      ),
      0.00
    ) AS total_before
  FROM orders
)
SELECT id
FROM seen
WHERE total_before IS NOT NULL"""
    )


def test_rows_beyond() -> None:
    """No join, and of the other stage's rows none is left."""
    mine = Stage(
        "orders_seen", ORDERS, (), (), None,
        (
            StageColumn("id", INT, False, ID),
            StageColumn("customer", INT, False, CUSTOMER),
            StageColumn("ordered_at", TIMESTAMP, False, AT),
        ),
    )  # fmt: skip
    theirs = Stage(
        "orders_by_time", ORDERS, (), (WEB,), ("customer", "ordered_at"),
        (
            StageColumn("customer", INT, False, CUSTOMER),
            StageColumn("ordered_at", TIMESTAMP, False, AT),
            StageColumn("most", TOTAL, False, Aggregation("max", TOTAL, AMOUNT)),
        ),
        ("customer", "ordered_at"),
    )  # fmt: skip
    who, at = col("customer", INT, optional=False, of="r"), col("ordered_at", TIMESTAMP, optional=False, of="r")
    later = Beyond("orders_by_time", True, "max", TOTAL, ((who, "customer"),), at, "ordered_at", "most")
    id_ = StageColumn("id", INT, False, col("id", INT, optional=False, of="r"))
    columns = (id_, StageColumn("most_later", TOTAL, True, later))
    stage = Stage("looking", Input("r", StageRef("orders_seen")), (), (), None, columns, ("id",))
    assert text("duckdb", mine, theirs, stage) == (
        """\
WITH orders_seen AS (
  SELECT id, customer, ordered_at
  FROM orders
), orders_by_time AS (
  SELECT customer, ordered_at, MAX(total) AS most
  FROM orders
  WHERE channel = 'web'
  GROUP BY customer, ordered_at
), looking_both AS (
  SELECT id, customer AS link, ordered_at AS moment, 0 AS side, CAST(NULL AS DECIMAL(12, 2)) AS their_most
  FROM orders_seen
  UNION ALL
  SELECT NULL AS id, customer AS link, ordered_at AS moment, 1 AS side, most AS their_most
  FROM orders_by_time
), looking_seen AS (
  SELECT id, side, MAX(their_most) OVER (PARTITION BY link ORDER BY moment DESC, side) AS most_later
  FROM looking_both
), looking AS (
  SELECT id, most_later
  FROM looking_seen
  WHERE side = 0
)
SELECT id
FROM looking
WHERE most_later IS NOT NULL"""
    )
