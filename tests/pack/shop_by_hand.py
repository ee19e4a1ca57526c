"""The predefined segments once more, in plain Polars written by hand for the demo shop as of 2026-06-01.

Independent of segdsl: only the tables and the sentences of the segments were used. Every window's bounds are written
out as dates. Here are the segments that a customer's own sums and counts decide; the others are in `people_by_hand`.
"""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)


def _day(year: int, month: int, day: int) -> pl.Expr:
    return pl.lit(datetime(year, month, day, tzinfo=UTC)).cast(pl.Datetime("us", "UTC"))


NOW = _day(2026, 6, 1)
AGO_30 = _day(2026, 5, 2)
AGO_60 = _day(2026, 4, 2)
AGO_90 = _day(2026, 3, 3)
AGO_120 = _day(2026, 2, 1)
AGO_180 = _day(2025, 12, 3)
AGO_365 = _day(2025, 6, 1)  # no leap day in between: a year, twelve months and 365 days are one
MONTH_AGO = _day(2026, 5, 1)


def _cents(column: str) -> pl.Expr:
    return (pl.col(column).cast(pl.Float64) * 100).round().cast(pl.Int64)


def _text(column: str) -> pl.Expr:
    """The empty text means missing."""
    return pl.when(pl.col(column) != "").then(pl.col(column))


def _since(time: str, start: pl.Expr) -> pl.Expr:
    return pl.col(time) >= start


def facts(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """One row per customer of the population, with all that the segments ask about."""
    customers = tables["customers"].filter(pl.col("created_at").is_null() | (pl.col("created_at") < NOW))

    orders = (
        tables["orders"]
        .filter(pl.col("status").is_in(["paid", "shipped", "delivered"]) & (pl.col("placed_at") < NOW))
        .with_columns(cents=_cents("total"), promotion=_text("promotion_code"))
    )
    year = _since("placed_at", AGO_365)
    by_orders = orders.group_by("customer_id").agg(
        orders=pl.len(),
        orders_30=_since("placed_at", AGO_30).sum(),
        orders_90=_since("placed_at", AGO_90).sum(),
        orders_180=_since("placed_at", AGO_180).sum(),
        orders_year=year.sum(),
        months_year=pl.col("placed_at").filter(year).dt.truncate("1mo").n_unique(),
        promoted=pl.col("promotion").is_not_null().sum(),
        spent=pl.col("cents").sum(),
        spent_month=pl.col("cents").filter(_since("placed_at", MONTH_AGO)).sum(),
        spent_year=pl.col("cents").filter(year).sum(),
        first_order=pl.col("placed_at").min(),
        last_order=pl.col("placed_at").max(),
    )

    categories = tables["products"].select("product_id", category=_text("category"))
    items = (
        tables["order_items"]
        .join(orders.select("order_id", "customer_id", "placed_at"), on="order_id")
        .join(categories, on="product_id", how="left")
    )
    by_items = items.group_by("customer_id").agg(
        pieces=pl.col("quantity").sum(),
        pieces_month=pl.col("quantity").filter(_since("placed_at", MONTH_AGO)).sum(),
        products=pl.col("product_id").n_unique(),
        categories=pl.col("category").drop_nulls().n_unique(),
        product_1=(pl.col("product_id") == 1).sum(),
        shoes=(pl.col("category") == "shoes").sum(),
        socks=(pl.col("category") == "socks").sum(),
        coffee_90=((pl.col("category") == "coffee") & _since("placed_at", AGO_90)).sum(),
    )

    events = tables["events"].filter(pl.col("at") < NOW).join(categories, on="product_id", how="left")
    own = pl.col("type") != "email_sent"
    mail = pl.col("type").is_in(["email_open", "email_click"])
    by_events = (
        events.drop_nulls("customer_id")
        .group_by("customer_id")
        .agg(
            acts=own.sum(),
            acts_30=(own & _since("at", AGO_30)).sum(),
            acts_year=(own & _since("at", AGO_365)).sum(),
            last_act=pl.col("at").filter(own).max(),
            mail_60=(mail & _since("at", AGO_60)).sum(),
            mail_120=(mail & _since("at", AGO_120)).sum(),
            coffee_views=((pl.col("type") == "view") & (pl.col("category") == "coffee") & _since("at", AGO_30)).sum(),
        )
    )

    newsletters = tables["subscriptions"].filter((pl.col("topic") == "newsletter") & (pl.col("subscribed_at") < NOW))
    by_newsletters = newsletters.group_by("customer_id").agg(
        running=(pl.col("unsubscribed_at").is_null() | (pl.col("unsubscribed_at") >= NOW)).sum(),
        subscribed_30=_since("subscribed_at", AGO_30).sum(),
        subscribed_120=_since("subscribed_at", AGO_120).sum(),
    )

    reviews = tables["reviews"].filter(pl.col("written_at") < NOW).sort("written_at", "review_id")
    by_reviews = reviews.group_by("customer_id", maintain_order=True).agg(
        reviews=pl.len(), last_rating=pl.col("rating").last()
    )
    answers = tables["nps_answers"].filter(pl.col("answered_at") < NOW).sort("answered_at", "answer_id")
    by_answers = answers.group_by("customer_id", maintain_order=True).agg(nps=pl.col("score").last())

    born = pl.col("birth_date")
    birthday_to_come = (born.dt.month() > 6) | ((born.dt.month() == 6) & (born.dt.day() > 1))
    frame = customers.with_columns(
        age=2026 - born.dt.year() - pl.when(birthday_to_come).then(1).otherwise(0),
        income=_cents("income"),
        country=_text("country"),
        region=_text("region"),
        city=_text("city"),
    )
    for more in (by_orders, by_items, by_events, by_newsletters, by_reviews, by_answers):
        counted = [name for name, kind in more.schema.items() if kind.is_integer() and name not in _MAY_BE_MISSING]
        frame = frame.join(more, on="customer_id", how="left").with_columns(pl.col(counted).fill_null(0))
    return frame


_MAY_BE_MISSING = ("customer_id", "last_rating", "nps")


def members(tables: dict[str, pl.DataFrame]) -> dict[str, set[int]]:
    """The keys of the members of each segment."""
    frame = facts(tables)
    return {name: set(frame.filter(condition)["customer_id"].to_list()) for name, condition in _conditions().items()}


def _conditions() -> dict[str, pl.Expr]:
    c = pl.col
    contact = c("email").is_not_null() | c("phone").is_not_null()
    bought = c("orders") >= 1
    subscribed = c("running") >= 1
    return {
        # lifecycle
        "anonymous": ~contact,
        "lead": contact & (c("orders") == 0),
        "prospective_buyers": (c("acts") >= 1) & (c("orders") == 0),
        "new_customers": c("registered_at").is_between(AGO_30, NOW, closed="left"),
        "first_order": c("orders") == 1,
        "repeat_purchasers": c("orders") >= 2,
        "churn_risk": bought & (c("last_act").is_null() | (c("last_act") <= c("last_order"))),
        "lapsed": bought & (c("orders_90") == 0),
        "winback": bought & (c("orders_180") == 0) & (c("acts_30") >= 1),
        "long_missing_one_time": (c("orders") == 1) & (c("last_order") <= AGO_365),
        "long_missing_repeat": (c("orders") >= 2) & (c("last_order") <= AGO_365),
        "lost": (c("orders_year") == 0)
        & (c("acts_year") == 0)
        & (c("created_at").is_null() | (c("created_at") < AGO_365)),
        # purchases
        "recent_buyers_30": c("orders_30") >= 1,
        "recent_buyers_90": c("orders_90") >= 1,
        "non_buyers_30": c("orders_30") == 0,
        "non_buyers_90": c("orders_90") == 0,
        "frequent_buyers": c("orders") > 3,
        "high_frequency": (c("pieces_month") >= 10) | (c("spent_month") >= 2000_00),
        "regular_shoppers": c("months_year") >= 6,
        "casual": c("orders_year").is_between(1, 2) | (c("promoted") * 2 > c("orders")),
        # products
        "bought_product": c("product_1") >= 1,
        "bought_category": c("shoes") >= 1,
        "cross_sell": (c("shoes") >= 1) & (c("socks") == 0),
        "browses_category": c("coffee_views") >= 3,
        "variety_seekers": (c("products") >= 10) & (c("categories") >= 5),
        "bulk_buyers": c("pieces") >= 100,
        # engagement
        "newsletter_subscribers": subscribed,
        "email_new_subscribers": subscribed & (c("subscribed_30") >= 1),
        "email_active": subscribed & (c("mail_60") >= 1),
        "email_dormant": subscribed & (c("subscribed_120") == 0) & (c("mail_120") == 0),
        "email_undeliverable": c("email_status").is_in(["bounced", "complained"]),
        "reachable": contact & c("marketing_consent"),
        "disengaged": c("last_act") <= AGO_180,
        # feedback
        "promoters": c("nps") >= 9,
        "passives": c("nps").is_in([7, 8]),
        "detractors": c("nps") <= 6,
        "reviewers": c("reviews") >= 1,
        "unhappy_reviewers": c("last_rating") <= 2,
        # demographics
        "age_under_18": c("age") < 18,
        "age_18_24": c("age").is_between(18, 24),
        "age_25_34": c("age").is_between(25, 34),
        "age_35_44": c("age").is_between(35, 44),
        "age_45_54": c("age").is_between(45, 54),
        "age_55_64": c("age").is_between(55, 64),
        "age_65_plus": c("age") >= 65,
        "age_band": c("age").is_between(30, 49),
        "women": c("gender") == "female",
        "men": c("gender") == "male",
        "other_gender": c("gender") == "other",
        "high_income": c("income") >= 80_000_00,
        "middle_income": (c("income") >= 30_000_00) & (c("income") < 80_000_00),
        "low_income": c("income") < 30_000_00,
        "university_educated": c("education").is_in(["bachelor", "master", "doctorate"]),
        "vocational_educated": c("education") == "vocational",
        "school_educated": c("education").is_in(["primary", "secondary"]),
        # geography
        "in_country": c("country").is_in(["GR", "CY"]),
        "abroad": c("country").is_not_null() & ~c("country").is_in(["GR", "CY"]),
        "in_region": c("region") == "Attica",
        "in_city": c("city") == "Athens",
        # value
        "high_annual_spend": c("spent_year") >= 1000_00,
        "medium_annual_spend": (c("spent_year") >= 250_00) & (c("spent_year") < 1000_00),
        "low_annual_spend": (c("orders_year") >= 1) & (c("spent_year") < 250_00),
        "no_annual_spend": bought & (c("orders_year") == 0),
        "big_spenders": c("spent") >= 5000_00,
        "longstanding_buyers": (c("first_order") < AGO_365) & (c("orders_90") >= 1),
        # the demo's own
        "coffee_lovers": c("coffee_90") >= 1,
        "large_orders": (c("orders") >= 3) & (c("spent") > 150_00 * c("orders")),
        "dear_and_drifting": (c("spent") >= 5000_00) & bought & (c("orders_90") == 0),
    }
