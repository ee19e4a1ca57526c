"""A made-up web shop in the standard schema of the pack "commerce": tables as Parquet, a project file, a first segment.

In: a folder, a number of customers, a seed and the instant at which the shop's clock stands. Out: files. The same
arguments give the same tables everywhere: every value is drawn by whole-number arithmetic from the seed, the name of
the draw and the number of the row, so that a new column or a longer table leaves what was there before as it is.

It must not know how a segment is evaluated; nothing of it is taken from real people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    import polars as pl

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)
"""The instant at which the shop's clock stands, unless another is given."""
CUSTOMERS = 2000
SEED = 7

_DAY = 24 * 3600
_MASK = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Shop:
    """What `make_shop` has written."""

    folder: Path
    project_file: Path
    data: Path
    tables: Mapping[str, Path]
    as_of: datetime


def make_shop(folder: str | Path, *, customers: int = CUSTOMERS, seed: int = SEED, as_of: datetime = AS_OF) -> Shop:
    """Writes the shop into a folder, which is made if need be; files of an earlier shop there are overwritten.

    ``as_of`` without a zone is read as UTC.
    """
    moment = as_of.replace(tzinfo=UTC) if as_of.tzinfo is None else as_of.astimezone(UTC)
    target = Path(folder)
    data = target / "data"
    segments = target / "segments"
    data.mkdir(parents=True, exist_ok=True)
    segments.mkdir(exist_ok=True)
    paths = {}
    for name, frame in shop_tables(customers=customers, seed=seed, as_of=moment).items():
        paths[name] = data / f"{name}.parquet"
        frame.write_parquet(paths[name])
    project_file = target / "segdsl.toml"
    instant = moment.isoformat().replace("+00:00", "Z")
    project_file.write_text(_PROJECT.replace("AS_OF", instant), encoding="utf-8", newline="\n")
    (segments / "my_first.seg").write_text(_FIRST_SEGMENTS, encoding="utf-8", newline="\n")
    return Shop(target, project_file, data, MappingProxyType(paths), moment)


def shop_tables(*, customers: int = CUSTOMERS, seed: int = SEED, as_of: datetime = AS_OF) -> dict[str, pl.DataFrame]:
    """The shop's tables by name."""
    draw = _Draw(seed, as_of.replace(tzinfo=UTC) if as_of.tzinfo is None else as_of)
    people = _people(draw, customers)
    placed = _placed_orders(draw, people)
    items = _order_items(draw, placed)
    return {
        "customers": _customers(draw, people),
        "orders": _orders(draw, placed, items),
        "order_items": items.select("item_id", "order_id", "product_id", "quantity", price=_money("price")),
        "products": _products(),
        "events": _events(draw, people),
        "reviews": _reviews(draw, placed, items),
        "nps_answers": _nps_answers(draw, people),
        "subscriptions": _subscriptions(draw, people),
    }


# -- drawing -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Draw:
    """Random columns. What a row draws depends on the seed, the name of the draw and the row's number alone."""

    seed: int
    as_of: datetime

    def bits(self, name: str, row: pl.Expr) -> pl.Expr:
        """32 bits."""
        import polars as pl

        salt = crc32(f"{self.seed}/{name}".encode())
        # On the column itself, not as an expression: that would hold its own beginning dozens of times over.
        return row.cast(pl.UInt64).map_batches(
            lambda numbers: _mixed(_mixed(numbers, salt), salt), return_dtype=pl.UInt64
        )

    def below(self, name: str, row: pl.Expr, limit: int | pl.Expr) -> pl.Expr:
        """A whole number from 0 to the one before the limit; 0 where the limit is 0."""
        import polars as pl

        size = pl.lit(limit, dtype=pl.UInt64) if isinstance(limit, int) else limit.cast(pl.UInt64)
        return (self.bits(name, row) * size // pl.lit(1 << 32, dtype=pl.UInt64)).cast(pl.Int64)

    def between(self, name: str, row: pl.Expr, low: int | pl.Expr, high: int | pl.Expr) -> pl.Expr:
        """A whole number between two, both included."""
        return self.below(name, row, high - low + 1) + low

    def chance(self, name: str, row: pl.Expr, per_mille: int | pl.Expr) -> pl.Expr:
        return self.below(name, row, 1000) < per_mille

    def pick(self, name: str, row: pl.Expr, values: Sequence[object]) -> pl.Expr:
        """One of the values; one that stands there twice comes twice as often."""
        return _at(self.below(name, row, len(values)), values)

    def seconds_ago(self, name: str, row: pl.Expr, longest: pl.Expr, shortest: int | pl.Expr) -> pl.Expr:
        """Between two numbers of days ago; a few exactly 30 or 90 days, a few still to come (some of them at ``as_of``)."""
        import polars as pl

        usual = shortest * _DAY + self.below(name, row, (longest - shortest) * _DAY)
        on_the_edge = pl.min_horizontal(self.pick(f"{name} edge", row, (30, 90)), longest) * _DAY
        to_come = -self.below(f"{name} to come", row, 30) * _DAY
        kind = self.below(f"{name} kind", row, 1000)
        return (
            pl.when(kind < 5)
            .then(to_come)
            .when((kind < 8) & (on_the_edge >= shortest * _DAY))
            .then(on_the_edge)
            .otherwise(usual)
        )

    def instant(self, seconds_ago: pl.Expr) -> pl.Expr:
        import polars as pl

        seconds = int(self.as_of.replace(microsecond=0).timestamp())
        micros = pl.lit(self.as_of.microsecond, dtype=pl.Int64)
        return ((seconds - seconds_ago) * 1_000_000 + micros).cast(pl.Datetime("us", "UTC"))


def _mixed(numbers: pl.Series, salt: int) -> pl.Series:
    """A well-known hash of 32 bits; its products stay within 64, so that nothing wraps."""
    x = (numbers + salt) & _MASK
    x = ((x ^ (x // (1 << 16))) * 0x7FEB352D) & _MASK
    x = ((x ^ (x // (1 << 15))) * 0x846CA68B) & _MASK
    return x ^ (x // (1 << 16))


def _at(index: pl.Expr, values: Sequence[object]) -> pl.Expr:
    import polars as pl

    return pl.lit(pl.Series(values)).gather(index)


def _weighted(choices: Iterable[tuple[object, int]]) -> list[object]:
    return [value for value, weight in choices for _ in range(weight)]


def _money(cents: str) -> pl.Expr:
    """A column of whole cents as decimal(12,2)."""
    import polars as pl

    amount = pl.Decimal(12, 2)
    hundredth = pl.lit("0.01").cast(amount)
    return (pl.col(cents).cast(pl.Decimal(14, 2)) * hundredth).cast(amount)


# -- who the customers are -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Persona:
    """A kind of customer. Pairs are the most and the fewest days ago, or the fewest and the most rows."""

    name: str
    weight: int
    contact: bool
    known_for: tuple[int, int]
    orders: tuple[int, int] = (0, 0)
    ordering: tuple[int, int] = (1, 0)
    events: tuple[int, int] = (0, 0)
    active: tuple[int, int] = (1, 0)
    promotions: int = 80  # of 1,000 orders


_PERSONAS = (
    _Persona("visitor", 8, False, (400, 1), events=(1, 15), active=(400, 0)),
    _Persona("guest", 3, False, (700, 30), orders=(1, 2), ordering=(700, 0)),
    _Persona("lead", 10, True, (700, 1), events=(0, 2), active=(700, 0)),
    _Persona("prospect", 8, True, (300, 1), events=(3, 30), active=(120, 0)),
    _Persona("newcomer", 8, True, (29, 1), orders=(0, 2), ordering=(29, 0), events=(1, 15), active=(29, 0)),
    _Persona("one-timer", 10, True, (1400, 400), orders=(1, 1), ordering=(1400, 100), events=(0, 6), active=(1400, 60)),
    _Persona("silent", 8, True, (900, 320), orders=(1, 6), ordering=(300, 20), events=(0, 6), active=(900, 300)),
    _Persona(
        "bargain hunter",
        9,
        True,
        (900, 100),
        orders=(2, 10),
        ordering=(500, 0),
        events=(5, 30),
        active=(500, 0),
        promotions=850,
    ),
    _Persona("regular", 22, True, (1500, 300), orders=(8, 30), ordering=(500, 0), events=(10, 50), active=(500, 0)),
    _Persona("heavy", 6, True, (1800, 300), orders=(40, 120), ordering=(600, 0), events=(30, 90), active=(500, 0)),
    _Persona("lapsed", 5, True, (1500, 300), orders=(2, 12), ordering=(1500, 185), events=(5, 30), active=(400, 0)),
    _Persona("lost", 3, True, (2000, 600), orders=(2, 10), ordering=(2000, 400), events=(0, 10), active=(2000, 380)),
)

_WOMEN = ("Ada", "Zoë", "Renée", "Ελένη", "María", "Aylin", "Ingrid", "Chloé", "Sofia", "Grace", "Noor", "Žaneta")
_MEN = ("José", "Jürgen", "Νίκος", "Émile", "Paul", "Søren", "Luca", "Miloš", "David", "Omar", "Ángel", "Tom")
_LAST_NAMES = (
    "Müller",
    "García",
    "Παππάς",
    "Lefèvre",
    "Smith",
    "O'Brien",
    "Nuñez",
    "Kovač",
    "Sjöberg",
    "Rossi",
    "de la Cruz",
    "Weiß",
)

_PLACES = (
    ("GR", "Attica", "Athens", 37.9838, 23.7275),
    ("GR", "Attica", "Piraeus", 37.9429, 23.6469),
    ("GR", "Central Macedonia", "Thessaloniki", 40.6401, 22.9444),
    ("GR", "Crete", "Chania", 35.5138, 24.018),
    ("CY", "Nicosia", "Nicosia", 35.1856, 33.3823),
    ("DE", "Nordrhein-Westfalen", "Köln", 50.9375, 6.9603),
    ("DE", "Bayern", "München", 48.1351, 11.582),
    ("FR", "Île-de-France", "Paris", 48.8566, 2.3522),
    ("FR", "Bourgogne-Franche-Comté", "Besançon", 47.2378, 6.0241),
    ("US", "New York", "New York", 40.7128, -74.006),
    ("US", "Georgia", "Athens", 33.9519, -83.3576),
    ("GB", "England", "London", 51.5072, -0.1276),
    ("GR", None, None, None, None),
    ("FR", None, "", None, None),
    ("", None, None, None, None),
    (None, None, None, None, None),
)
_PLACE_WEIGHTS = (18, 7, 9, 4, 6, 8, 8, 8, 4, 8, 3, 5, 3, 1, 1, 7)

_GENDERS = _weighted((("female", 40), ("male", 36), ("other", 4), (None, 20)))
_SCHOOLING = _weighted(
    (
        ("primary", 5),
        ("secondary", 17),
        ("vocational", 12),
        ("bachelor", 22),
        ("master", 12),
        ("doctorate", 3),
        (None, 29),
    )
)
_INTERESTS = ("running", "hiking", "cooking", "travel", "reading", "gardening", "gaming", "music")
_EMAIL_STATUSES = _weighted((("deliverable", 85), ("bounced", 6), ("complained", 2), (None, 7)))


def _people(draw: _Draw, customers: int) -> pl.DataFrame:
    """One row per customer: what its rows in every table are drawn from."""
    import polars as pl

    customer = pl.col("customer_id")
    people = pl.DataFrame({"customer_id": pl.int_range(1, customers + 1, dtype=pl.Int64, eager=True)}).with_columns(
        persona=draw.pick("persona", customer, _weighted((i, p.weight) for i, p in enumerate(_PERSONAS))),
        favourite=draw.below("favourite category", customer, len(_CATEGORIES)),
    )

    def theirs(values: Sequence[object]) -> pl.Expr:
        return _at(pl.col("persona"), values)

    def how_many(name: str, ranges: Sequence[tuple[int, int]]) -> pl.Expr:
        return draw.between(
            name, customer, theirs([min(ends) for ends in ranges]), theirs([max(ends) for ends in ranges])
        )

    return people.with_columns(
        contact=theirs([p.contact for p in _PERSONAS]),
        promotions=theirs([p.promotions for p in _PERSONAS]),
        known_for=how_many("known for", [p.known_for for p in _PERSONAS]),
        orders=how_many("orders", [p.orders for p in _PERSONAS]),
        events=how_many("events", [p.events for p in _PERSONAS]),
        ordering_from=theirs([p.ordering[0] for p in _PERSONAS]),
        ordering_to=theirs([p.ordering[1] for p in _PERSONAS]),
        active_from=theirs([p.active[0] for p in _PERSONAS]),
        active_to=theirs([p.active[1] for p in _PERSONAS]),
    )


def _customers(draw: _Draw, people: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    row = pl.col("customer_id")
    contact = pl.col("contact")
    known = contact & draw.chance("name known", row, 930)
    phone = contact & draw.chance("phone", row, 500)
    email = contact & (draw.chance("email", row, 900) | ~draw.chance("phone", row, 500))
    first_seen = (
        pl.when(draw.chance("still to come", row, 5))
        .then(-draw.between("days to come", row, 0, 20) * _DAY)
        .otherwise(pl.col("known_for") * _DAY + draw.below("time of day", row, _DAY))
    )
    registered = contact & draw.chance("registered", row, 920)
    gender = draw.pick("gender", row, _GENDERS)
    first_name = (
        pl.when(gender == "female")
        .then(draw.pick("first name", row, _WOMEN))
        .when(gender == "male")
        .then(draw.pick("first name", row, _MEN))
        .otherwise(draw.pick("first name", row, _WOMEN + _MEN))
    )
    place = draw.pick("place", row, _weighted(enumerate(_PLACE_WEIGHTS)))
    lived_days = draw.between("days lived", row, 14 * 365, 85 * 365)
    named = [pl.when(draw.chance(f"interest {topic}", row, 220)).then(pl.lit(topic)) for topic in _INTERESTS]
    income = 800_000 + draw.below("income", row, 1000) * draw.below("income factor", row, 1000) * 16
    return people.with_columns(
        created_at=pl.when(draw.chance("first seen known", row, 980)).then(draw.instant(first_seen)),
        registered_at=pl.when(registered).then(
            draw.instant(first_seen * draw.between("registration", row, 50, 100) // 100)
        ),
        email=pl.when(email).then(
            pl.format(
                "customer{}@{}", row, draw.pick("mail domain", row, ("example.com", "example.org", "example.edu"))
            )
        ),
        email_status=pl.when(email).then(draw.pick("email status", row, _EMAIL_STATUSES)),
        phone=pl.when(phone).then(pl.format("+30 555 {}", 1_000_000 + draw.below("phone number", row, 9_000_000))),
        marketing_consent=pl.when(contact).then(draw.pick("consent", row, (True, True, True, False, None))),
        first_name=pl.when(known).then(first_name),
        last_name=pl.when(known).then(draw.pick("last name", row, _LAST_NAMES)),
        country=_at(place, [where[0] for where in _PLACES]),
        **{
            name: pl.when(contact).then(_at(place, [where[column] for where in _PLACES]))
            for column, name in enumerate(("region", "city", "latitude", "longitude"), start=1)
        },
        birth_date=pl.when(contact & draw.chance("birth date", row, 750)).then(
            draw.instant(lived_days * _DAY).dt.date()
        ),
        gender=pl.when(contact).then(gender),
        cents=pl.when(contact & draw.chance("income given", row, 650)).then(income),
        education=pl.when(contact).then(draw.pick("education", row, _SCHOOLING)),
        interests=pl.when(contact & draw.chance("interests given", row, 700)).then(
            pl.concat_list(named).list.drop_nulls()
        ),
    ).select(
        "customer_id",
        "created_at",
        "registered_at",
        "email",
        "email_status",
        "phone",
        "marketing_consent",
        "first_name",
        "last_name",
        "country",
        "region",
        "city",
        "latitude",
        "longitude",
        "birth_date",
        "gender",
        _money("cents").alias("income"),
        "education",
        "interests",
    )


# -- what they buy -------------------------------------------------------------------------------------------------

_CATEGORIES = ("shoes", "socks", "coffee", "books", "garden", "electronics", "toys", "beauty")
_BASE_PRICES = (5990, 590, 890, 1290, 2490, 14990, 1790, 1490)
_PER_CATEGORY = 8
_BRANDS = ("Alba", "Borée", "Castor", None, "Dédalo", "Elm & Sons")
_GIFT_CARDS = ((None, 2500), ("", 5000))
_COUNTED = ("paid", "shipped", "delivered")
_STATUSES = _weighted(
    (("paid", 10), ("shipped", 18), ("delivered", 59), ("pending", 4), ("cancelled", 5), ("refunded", 4))
)
_LIST_PRICES = [
    base + 690 * place if base < 10_000 else base + 3490 * place
    for base in _BASE_PRICES
    for place in range(_PER_CATEGORY)
] + [price for _, price in _GIFT_CARDS]


def _products() -> pl.DataFrame:
    """Eight products in each category, and two gift cards in none."""
    import polars as pl

    goods = [
        (f"{category.capitalize()} no. {place}", category, _BRANDS[(place + shelf) % len(_BRANDS)])
        for shelf, category in enumerate(_CATEGORIES)
        for place in range(1, _PER_CATEGORY + 1)
    ]
    cards: list[tuple[str, str | None, str | None]] = [
        (f"Gift card {price // 100}", category, None) for category, price in _GIFT_CARDS
    ]
    names, categories, brands = zip(*goods, *cards, strict=True)
    return pl.DataFrame(
        {
            "product_id": pl.int_range(1, len(names) + 1, dtype=pl.Int64, eager=True),
            "name": names,
            "category": categories,
            "brand": brands,
            "cents": _LIST_PRICES,
        }
    ).select("product_id", "name", "category", "brand", list_price=_money("cents"))


def _product(draw: _Draw, name: str, row: pl.Expr) -> pl.Expr:
    """Any product, but mostly one of the customer's favourite category."""
    import polars as pl

    of_favourite = pl.col("favourite") * _PER_CATEGORY + draw.between(f"{name} in category", row, 1, _PER_CATEGORY)
    any_product = draw.between(f"{name} of all", row, 1, len(_LIST_PRICES))
    return pl.when(draw.chance(f"{name} favourite", row, 600)).then(of_favourite).otherwise(any_product)


def _repeated(frame: pl.DataFrame, count: str | pl.Expr, key: str) -> pl.DataFrame:
    """Each row so many times, numbered in ``row`` by its key (at most a thousand times, so that numbers differ)."""
    import polars as pl

    times = pl.col(count) if isinstance(count, str) else count
    return (
        frame.with_columns(row=pl.int_ranges(0, times))
        .filter(pl.col("row").list.len() > 0)
        .explode("row")
        .with_columns(row=pl.col("row") + pl.col(key) * 1000)
    )


def _numbered(frame: pl.DataFrame, name: str, time: str) -> pl.DataFrame:
    """In the order of a time, with a number that rises with it, as a shop's own keys do."""
    import polars as pl

    return frame.sort(time, "row").with_row_index(name, offset=1).with_columns(pl.col(name).cast(pl.Int64))


def _placed_orders(draw: _Draw, people: pl.DataFrame) -> pl.DataFrame:
    """Orders before their lines are known."""
    import polars as pl

    row = pl.col("row")
    shoppers = people.select(
        "customer_id", "favourite", "promotions", "orders", "known_for", "ordering_from", "ordering_to"
    )
    longest = pl.min_horizontal("known_for", "ordering_from")
    placed = _repeated(shoppers, "orders", "customer_id").select(
        "row",
        "customer_id",
        "favourite",
        placed_at=draw.instant(draw.seconds_ago("placed", row, longest, pl.col("ordering_to"))),
        status=draw.pick("status", row, _STATUSES),
        channel=draw.pick("channel", row, ("web", "web", "web", "app", "app", "store", "phone", None)),
        promotion_code=pl.when(draw.chance("promotion", row, pl.col("promotions")))
        .then(draw.pick("promotion code", row, ("SPRING10", "WELCOME", "ΚΑΛΟΚΑΙΡΙ")))
        .when(draw.chance("empty code", row, 30))
        .then(pl.lit("")),
    )
    return _numbered(placed, "order_id", "placed_at")


def _order_items(draw: _Draw, placed: pl.DataFrame) -> pl.DataFrame:
    """The lines of the orders; prices in whole cents."""
    import polars as pl

    row = pl.col("row")
    lines = draw.pick("lines", pl.col("row"), (1, 1, 1, 2, 2, 3))
    items = _repeated(placed.select("order_id", "favourite", "row"), lines, "order_id").with_columns(
        product_id=_product(draw, "item product", row),
        quantity=draw.pick("quantity", row, (1,) * 28 + (2,) * 8 + (3,) * 3 + (12,)),
    )
    list_price = _at(pl.col("product_id") - 1, _LIST_PRICES)
    price = pl.when(draw.chance("sale", row, 100)).then(list_price * 8 // 10).otherwise(list_price)
    return items.with_row_index("item_id", offset=1).select(
        pl.col("item_id").cast(pl.Int64), "order_id", "product_id", "quantity", price=price, row=row
    )


def _orders(draw: _Draw, placed: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Orders with what their lines come to, less the promotion, plus the delivery."""
    import polars as pl

    goods = items.group_by("order_id").agg(goods=(pl.col("price") * pl.col("quantity")).sum())
    promoted = pl.col("promotion_code").is_not_null() & (pl.col("promotion_code") != "")
    return (
        placed.join(goods, on="order_id", how="left", maintain_order="left")
        .with_columns(
            discount=pl.when(promoted).then(pl.col("goods") // 10).otherwise(0),
            shipping=pl.when(pl.col("goods") < 5000).then(490).otherwise(0),
        )
        .with_columns(total=pl.col("goods") - pl.col("discount") + pl.col("shipping"))
        .select(
            "order_id",
            "customer_id",
            "placed_at",
            "status",
            "channel",
            "promotion_code",
            currency=pl.lit("EUR"),
            discount=_money("discount"),
            shipping=_money("shipping"),
            total=_money("total"),
        )
    )


# -- what they do and say ------------------------------------------------------------------------------------------

_EVENT_TYPES = _weighted(
    (
        ("visit", 22),
        ("search", 8),
        ("view", 36),
        ("add_to_cart", 10),
        ("email_sent", 10),
        ("email_open", 10),
        ("email_click", 4),
    )
)


def _events(draw: _Draw, people: pl.DataFrame) -> pl.DataFrame:
    """What customers do, and the e-mails that the shop has lately sent to everyone whom it can reach."""
    import polars as pl

    row = pl.col("row")
    columns = ("customer_id", "favourite", "known_for", "active_from", "active_to", "contact", "events")
    longest = pl.min_horizontal("known_for", "active_from")
    acts = _repeated(people.select(columns), "events", "customer_id").select(
        "row",
        "customer_id",
        "favourite",
        at=draw.instant(draw.seconds_ago("event", row, longest, pl.col("active_to"))),
        type=draw.pick("event type", row, _EVENT_TYPES),
    )
    sent = pl.when("contact").then(draw.below("mails sent", pl.col("customer_id"), 4)).otherwise(0)
    mails = _repeated(people.select(columns), sent, "customer_id").select(
        # Numbers of their own: no customer has 900 acts.
        row + 900,
        "customer_id",
        "favourite",
        at=draw.instant(draw.seconds_ago("mail", row, pl.min_horizontal("known_for", 90), 0)),
        type=pl.lit("email_sent"),
    )
    looks = pl.col("type").is_in(["view", "add_to_cart"])
    return _numbered(pl.concat([acts, mails]), "event_id", "at").select(
        "event_id",
        customer_id=pl.when(draw.chance("recognised", row, 990)).then("customer_id"),
        at="at",
        type="type",
        product_id=pl.when(looks & draw.chance("product known", row, 970)).then(_product(draw, "event product", row)),
        campaign=pl.when(pl.col("type").str.starts_with("email")).then(
            draw.pick("campaign", row, ("spring", "summer", "new arrivals", ""))
        ),
    )


def _reviews(draw: _Draw, placed: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Written some hours to 25 days after an order that counts; some therefore still to come."""
    import polars as pl

    row = pl.col("row")
    bought = placed.filter(pl.col("status").is_in(_COUNTED)).select("order_id", "customer_id", "placed_at")
    reviews = (
        items.filter(draw.chance("review", row, 40))
        .join(bought, on="order_id", how="inner", maintain_order="left")
        .with_columns(
            written_at=pl.col("placed_at") + pl.duration(seconds=draw.between("review delay", row, 7200, 25 * _DAY)),
            rating=draw.pick("rating", row, (5, 5, 5, 5, 4, 4, 4, 3, 3, 2, 1)),
            comment=draw.pick(
                "comment", row, ("Très bien", "As described", "Ξαναπαίρνω!", "Too small", "", None, None)
            ),
        )
    )
    return _numbered(reviews, "review_id", "written_at").select(
        "review_id", "customer_id", "product_id", "written_at", "rating", "comment"
    )


def _nps_answers(draw: _Draw, people: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    row = pl.col("row")
    customer = pl.col("customer_id")
    asked = people.filter(pl.col("contact") & draw.chance("nps", customer, 450)).select("customer_id", "known_for")
    answers = _repeated(asked, draw.between("nps answers", customer, 1, 3), "customer_id").select(
        "row",
        "customer_id",
        answered_at=draw.instant(draw.seconds_ago("nps answer", row, pl.col("known_for"), 0)),
        score=draw.pick("score", row, (10, 10, 10, 9, 9, 9, 9, 8, 8, 8, 7, 7, 6, 6, 5, 4, 3, 1, 0)),
        comment=draw.pick("reason", row, ("Fast delivery", "Prix élevé", None, None, "")),
    )
    return _numbered(answers, "answer_id", "answered_at").select(
        "answer_id", "customer_id", "answered_at", "score", "comment"
    )


def _subscriptions(draw: _Draw, people: pl.DataFrame) -> pl.DataFrame:
    """At most one subscription to each topic; a few are cancelled, of these a few at a day still to come."""
    import polars as pl

    row = pl.col("row")
    topics = ("newsletter", "offers", "product_news")
    likely = _at(row % 1000, (550, 250, 100))
    subscribed = (
        _repeated(people.filter("contact").select("customer_id", "known_for"), pl.lit(len(topics)), "customer_id")
        .filter(draw.chance("subscribed", row, likely))
        .with_columns(
            topic=_at(row % 1000, topics),
            since=draw.seconds_ago("subscription", row, pl.col("known_for"), 0),
            fate=draw.below("cancelled", row, 100),
        )
    )
    ended = (
        pl.when(pl.col("fate") < 18)
        .then(pl.col("since") * draw.below("lasted", row, 100) // 100)
        .when(pl.col("fate") < 21)
        .then(-draw.between("days left", row, 0, 30) * _DAY)
    )
    return _numbered(
        subscribed.with_columns(
            subscribed_at=draw.instant(pl.col("since")),
            unsubscribed_at=draw.instant(pl.min_horizontal(ended, pl.col("since"))),
        ).with_columns(unsubscribed_at=pl.when(pl.col("fate") < 21).then("unsubscribed_at")),
        "subscription_id",
        "subscribed_at",
    ).select("subscription_id", "customer_id", "topic", "subscribed_at", "unsubscribed_at")


# -- the files beside the tables -----------------------------------------------------------------------------------

_PROJECT = """\
# A made-up shop. Its clock stands at AS_OF: add --as-of AS_OF to see it as it then was.

language = "1"
schema = "commerce"
packs = ["commerce"]
segments = ["segments"]

[data]
path = "data"
"""

_FIRST_SEGMENTS = """\
# Segments of your own. They may use each other and all that the pack "commerce" defines.

param coffee_window = 90 days

segment coffee_lovers "Coffee lovers"
  about "Bought coffee in the last 90 days."
  tags  "mine"
  where any(item in last coffee_window where product.category = "coffee")

example "coffee, a month ago"
  given order placed_at = 30 days ago
  given item product_id = 1
  given product product_id = 1, category = "coffee"
  expect coffee_lovers

example "coffee, too long ago"
  given order placed_at = 91 days ago
  given item product_id = 1
  given product product_id = 1, category = "coffee"
  expect not coffee_lovers

segment large_orders "Large orders"
  about "Spend more than 150 an order on average, over three orders or more."
  tags  "mine"
  where orders >= 3 and average_order_value > 150

example "three orders of more than 150"
  given order total = 151
  given order total = 151
  given order total = 151
  expect large_orders

example "two orders are too few"
  given order total = 500
  given order total = 500
  expect not large_orders

segment dear_and_drifting "Dear and drifting away"
  about "Spent a lot in all, and nothing in the last 90 days."
  tags  "mine", "win-back"
  where big_spenders and lapsed

example "spent a lot, long ago"
  given order placed_at = 91 days ago, total = 6000
  expect dear_and_drifting

example "spent a lot, and bought a little last week"
  given order placed_at = 91 days ago, total = 6000
  given order placed_at = 7 days ago, total = 5
  expect not dear_and_drifting
"""
