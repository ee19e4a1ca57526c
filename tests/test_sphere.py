"""Distances: the polynomials against the sines of the platform, and every backend against the other, to the bit."""

from __future__ import annotations

import random
from decimal import Decimal
from math import asin, cos, radians, sin, sqrt

import polars as pl
import pytest
from engines import connect
from sql.plans import ENGINES, call, col, load, members, plan

from segdsl.backends.polars.functions import LOWERINGS
from segdsl.functions.sphere import BEYOND, haversine, haversine_of, point
from segdsl.semantics import ir
from segdsl.semantics.time import zone
from segdsl.types import FLOAT

RADIUS = 6371.0088
ATHENS = (Decimal("37.9838"), Decimal("23.7275"))


def kilometres(of_angle: float) -> float:
    return 2 * RADIUS * asin(sqrt(min(1.0, of_angle)))


def by_sines(one: tuple[float, float], other: tuple[float, float]) -> float:
    (north, east), (place_north, place_east) = ([radians(degrees) for degrees in place] for place in (one, other))
    across = cos(north) * cos(place_north) * sin((east - place_east) / 2) ** 2
    return sin((north - place_north) / 2) ** 2 + across


def places(seed: int, count: int) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Pairs of places: anywhere, and some metres apart, at the poles and where the days meet too."""
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        place = (
            chance.choice([chance.uniform(-90, 90), 90.0, -90.0, 0.0]),
            chance.choice([chance.uniform(-180, 180), 180.0]),
        )
        place = (round(place[0], 6), round(place[1], 6))
        near = (place[0] + chance.gauss(0, 0.001), place[1] + chance.gauss(0, 0.001))
        one = chance.choice([near, (chance.uniform(-90, 90), chance.uniform(-180, 180))])
        found.append(((max(-90.0, min(90.0, one[0])), max(-180.0, min(180.0, one[1]))), place))
    return found


def test_right_to_a_micrometre() -> None:
    """But near the far end of the earth, where a haversine says little about the distance."""
    compared = 0
    for one, place in places(1, 20_000):
        found = haversine(*one, point(*(Decimal(str(degrees)) for degrees in place)))
        wanted = by_sines(one, place)
        if wanted < 0.99:
            compared += 1
            assert abs(kilometres(found) - kilometres(wanted)) < 1e-9, (one, place)
    assert compared > 15_000


@pytest.mark.parametrize(
    ("limit", "place", "inside", "outside"),
    [
        # One degree of a great circle is 111.195079… km.
        ("111.1951", (0, 0), (0.0, 1.0), (0.0, 1.00001)),
        ("111.1951", (0, 0), (-1.0, 0.0), (1.00001, 0.0)),
        ("111.1951", (0, 180), (0.0, -179.0), (0.0, -178.9999)),
        ("10007.5573", (90, 0), (0.0, 123.0), (-0.0001, 123.0)),
        ("0", (37.5, 23.5), (37.5, 23.5), (37.5, 23.500000001)),
        ("0", (0, 180), (0.0, -180.0), (0.0, 179.9999)),
    ],
)
def test_limits(
    limit: str, place: tuple[float, float], inside: tuple[float, float], outside: tuple[float, float]
) -> None:
    at, most = point(Decimal(str(place[0])), Decimal(str(place[1]))), haversine_of(Decimal(limit))
    assert haversine(*inside, at) <= most < haversine(*outside, at)


@pytest.mark.parametrize("limit", ["0.000001", "1", "25", "310.5", "10000", "20015"])
def test_the_haversine_of_a_distance(limit: str) -> None:
    assert kilometres(haversine_of(Decimal(limit))) == pytest.approx(float(limit), rel=1e-8)


def test_more_than_half_around_the_earth_is_beyond_everything() -> None:
    assert haversine_of(Decimal("20015.2")) == BEYOND
    assert haversine_of(Decimal("20015.1")) < 1
    assert haversine_of(Decimal(10) ** 30) == BEYOND


POINTS = [one for one, _ in places(2, 400)] + [(1e-100, -1e-100), (37.9838, 23.7275), (-37.9838, -156.2725), (0.0, 0.0)]
WANTED = [haversine(*one, point(*ATHENS)) for one in POINTS]


def test_polars_to_the_bit() -> None:
    node = call("haversine", col("north", FLOAT), col("east", FLOAT), type_=FLOAT, options=ATHENS)
    frame = pl.DataFrame(POINTS, schema=["north", "east"], orient="row")
    found = frame.select(LOWERINGS["haversine"](node, [pl.col("north"), pl.col("east")], zone("UTC"))).to_series()
    assert found.to_list() == WANTED


@pytest.mark.parametrize("engine", ENGINES)
def test_sql_to_the_bit(engine: str) -> None:
    columns = {"north": FLOAT, "east": FLOAT, "wanted": FLOAT}
    load(engine, columns, [(*one, found) for one, found in zip(POINTS, WANTED, strict=True)])
    node = call("haversine", col("north", FLOAT), col("east", FLOAT), type_=FLOAT, options=ATHENS)
    found = members(engine, plan({"same": ir.Compare("=", node, col("wanted", FLOAT))}, columns))["same"]
    assert len(found) == len(POINTS)
    assert connect(engine).rows("SELECT COUNT(*) FROM t") == [(len(POINTS),)]
