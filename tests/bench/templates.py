"""Sixteen kinds of segments of customers by their orders (TPC-H), in segdsl and in what a person would write by hand.

By hand, a segment is the aggregates that it needs, the ranks, and a condition over both: so a fused query can be put together
for any number of them, as somebody would who writes one for a whole library. Aggregates and conditions are SQL texts that
DuckDB and Polars (`polars.sql_expr`) both take.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

AS_OF = datetime(1998, 8, 3)
TODAY = AS_OF.date()


@dataclass(frozen=True, slots=True)
class Aggregate:
    """An aggregate over a customer's orders: ``sum`` of ``value`` where ``where``."""

    function: str
    value: str = "*"
    where: str = ""

    @property
    def sql(self) -> str:
        distinct, function = ("DISTINCT ", "count") if self.function == "distinct" else ("", self.function)
        kept = f" FILTER (WHERE {self.where})" if self.where else ""
        return f"{function}({distinct}{self.value}){kept}"

    @property
    def empty(self) -> str | None:
        """What stands for it where a customer has no orders."""
        return "0" if self.function in ("count", "sum", "distinct") else None


@dataclass(frozen=True, slots=True)
class Top:
    """Among those who have orders: the share with the greatest values."""

    of: Aggregate
    percent: int


@dataclass(frozen=True, slots=True)
class Fifth:
    """Among those who have orders: in that fifth or a higher one, 5 being that of the greatest values."""

    of: Aggregate
    least: int


@dataclass(frozen=True, slots=True)
class Question:
    """A segment both ways. In ``condition``, ``{0}``, ``{1}`` stand for the aggregates and ranks of ``parts``."""

    segdsl: str
    condition: str
    parts: tuple[Aggregate | Top | Fifth, ...]


def ago(days: int) -> str:
    return _day(TODAY - timedelta(days=days))


def _day(day: date) -> str:
    return f"DATE '{day.isoformat()}'"


COUNT = Aggregate("count")
SPENT = Aggregate("sum", "o_totalprice")
LATEST = Aggregate("max", "o_orderdate")
DAYS = (30, 90, 180, 365, 730, 60, 120, 270, 545)
PRIORITIES = ("1-URGENT", "2-HIGH", "3-MEDIUM", "4-NOT SPECIFIED", "5-LOW")
SEGMENTS = ("AUTOMOBILE", "BUILDING", "FURNITURE", "HOUSEHOLD", "MACHINERY")
STATES = ("F", "O", "P")


def _since(days: int) -> str:
    return f"o_orderdate >= {ago(days)}"


def _counted(turn: int) -> Question:
    days, least = DAYS[turn % 5], 1 + turn % 3
    return Question(
        f"count(order in last {days} days) >= {least}",
        f"{{0}} >= {least}",
        (Aggregate("count", "*", _since(days)),),
    )


def _summed(turn: int) -> Question:
    days, least = DAYS[turn % 5], 100_000 + 50_000 * (turn % 7)
    return Question(
        f"sum(order.total in last {days} days) > {least}",
        f"{{0}} > {least}",
        (Aggregate("sum", "o_totalprice", _since(days)),),
    )


def _lapsed(turn: int) -> Question:
    days, least = DAYS[turn % 5], 3 + turn % 9
    return Question(
        f"count(order) >= {least} and none(order in last {days} days)",
        f"{{0}} >= {least} AND {{1}} = 0",
        (COUNT, Aggregate("count", "*", _since(days))),
    )


def _average(turn: int) -> Question:
    priority, least = PRIORITIES[turn % 5], 150_000 + 20_000 * (turn % 4)
    return Question(
        f'avg(order.total where priority = "{priority}") > {least}',
        f"{{0}} > {least}",
        (Aggregate("avg", "o_totalprice", f"o_orderpriority = '{priority}'"),),
    )


def _largest(turn: int) -> Question:
    least = 300_000 + 20_000 * (turn % 8)
    return Question(f"max(order.total) > {least}", f"{{0}} > {least}", (Aggregate("max", "o_totalprice"),))


def _large_lately(turn: int) -> Question:
    days, least = DAYS[turn % 3], 200_000 + 50_000 * (turn % 3)
    return Question(
        f"any(order in last {days} days where total > {least})",
        "{0} > 0",
        (Aggregate("count", "*", f"{_since(days)} AND o_totalprice > {least}"),),
    )


def _of_a_kind(turn: int) -> Question:
    priority, state, least = PRIORITIES[(turn + 1) % 5], STATES[turn % 2], 2 + turn % 4
    return Question(
        f'count(order where priority = "{priority}" and status = "{state}") >= {least}',
        f"{{0}} >= {least}",
        (Aggregate("count", "*", f"o_orderpriority = '{priority}' AND o_orderstatus = '{state}'"),),
    )


def _one_never_another(turn: int) -> Question:
    one, other = PRIORITIES[turn % 5], PRIORITIES[(turn + 2 + turn // 5) % 5]
    return Question(
        f'any(order where priority = "{one}") and none(order where priority = "{other}")',
        "{0} > 0 AND {1} = 0",
        tuple(Aggregate("count", "*", f"o_orderpriority = '{priority}'") for priority in (one, other)),
    )


def _growing(turn: int) -> Question:
    days, percent = DAYS[1 + turn % 3], 110 + 20 * (turn % 5)
    before = f"o_orderdate >= {ago(2 * days)} AND o_orderdate < {ago(days)}"
    return Question(
        f"sum(order.total in last {days} days) > {percent / 100} * sum(order.total in {2 * days} to {days} days ago)",
        f"{{0}} > {percent / 100} * {{1}}",
        (Aggregate("sum", "o_totalprice", _since(days)), Aggregate("sum", "o_totalprice", before)),
    )


def _newcomer(turn: int) -> Question:
    days, least = DAYS[3 + turn % 2], 1 + turn % 4
    return Question(
        f"min(order.placed_on) >= {days} days ago and count(order) >= {least}",
        f"{{0}} >= {ago(days)} AND {{1}} >= {least}",
        (Aggregate("min", "o_orderdate"), COUNT),
    )


def _many_clerks(turn: int) -> Question:
    least = 5 + 3 * (turn % 6)
    return Question(f"distinct(order.clerk) >= {least}", f"{{0}} >= {least}", (Aggregate("distinct", "o_clerk"),))


def _champions(turn: int) -> Question:
    least = (5, 4, 3, 2)[turn % 4]
    fifths = tuple(Fifth(of, least) for of in (LATEST, COUNT, SPENT))
    return Question(
        f"quantile(max(order.placed_on), 5) >= {least} and quantile(count(order), 5 among any(order)) >= {least}"
        f" and quantile(sum(order.total), 5 among any(order)) >= {least}",
        "{0} AND {1} AND {2}",
        fifths,
    )


def _big_spenders(turn: int) -> Question:
    percent = (10, 5, 20, 1, 25)[turn % 5]
    return Question(f"top {percent}% by sum(order.total) among any(order)", "{0}", (Top(SPENT, percent),))


def _frequent_of_market(turn: int) -> Question:
    percent, market = (5, 10, 15)[turn % 3], SEGMENTS[turn % 5]
    return Question(
        f'top {percent}% by count(order) among any(order) and market = "{market}"',
        f"{{0}} AND c_mktsegment = '{market}'",
        (Top(COUNT, percent),),
    )


def _share(turn: int) -> Question:
    state, percent = STATES[turn % 2], 50 + 10 * (turn % 5)
    return Question(
        f'sum(order.total where status = "{state}") / sum(order.total) > {percent / 100}',
        f"{{0}} > {percent / 100} * {{1}}",
        (Aggregate("sum", "o_totalprice", f"o_orderstatus = '{state}'"), SPENT),
    )


def _poor_market(turn: int) -> Question:
    markets, most = (SEGMENTS[turn % 5], SEGMENTS[(turn + 1) % 5]), -500 + 500 * (turn % 4)
    return Question(
        f'avg(order.total) > 150000 and balance < {most} and market in ("{markets[0]}", "{markets[1]}")',
        f"{{0}} > 150000 AND c_acctbal < {most} AND c_mktsegment IN ('{markets[0]}', '{markets[1]}')",
        (Aggregate("avg", "o_totalprice"),),
    )


TEMPLATES: tuple[Callable[[int], Question], ...] = (
    _counted, _summed, _lapsed, _average, _largest, _large_lately, _of_a_kind, _one_never_another,
    _growing, _newcomer, _many_clerks, _champions, _big_spenders, _frequent_of_market, _share, _poor_market,
)  # fmt: skip


def questions(count: int) -> dict[str, Question]:
    """So many segments by name, of each template in turn."""
    made = (TEMPLATES[number % len(TEMPLATES)](number // len(TEMPLATES)) for number in range(count))
    return {f"s{number:04}": question for number, question in enumerate(made)}


def library_text(found: dict[str, Question]) -> str:
    return "".join(f"segment {name} where {question.segdsl}\n" for name, question in found.items())


def schema(money: str) -> dict[str, object]:
    """Customers and orders as TPC-H has them; ``money`` is the type of its amounts."""
    return {
        "entity": {
            "name": "customer",
            "table": "customer",
            "key": "c_custkey",
            "fields": {
                "c_custkey": "int",
                "market": {"type": "string", "column": "c_mktsegment"},
                "nation": {"type": "int", "column": "c_nationkey"},
                "balance": {"type": money, "column": "c_acctbal"},
            },
        },
        "relations": {
            "order": {
                "table": "orders",
                "on": {"o_custkey": "c_custkey"},
                "key": "o_orderkey",
                "time": "placed_on",
                "fields": {
                    "o_orderkey": "int",
                    "placed_on": {"type": "date", "column": "o_orderdate"},
                    "total": {"type": money, "column": "o_totalprice"},
                    "status": {"type": "string", "column": "o_orderstatus"},
                    "priority": {"type": "string", "column": "o_orderpriority"},
                    "clerk": {"type": "string", "column": "o_clerk"},
                },
            }
        },
    }


def aggregates(found: dict[str, Question]) -> list[Aggregate]:
    """What all of them need, each once."""

    def needed() -> Iterator[Aggregate]:
        for question in found.values():
            for part in question.parts:
                yield part if isinstance(part, Aggregate) else part.of

    return list(dict.fromkeys(needed()))


def ranks(found: dict[str, Question]) -> list[Top | Fifth]:
    """The ranks that they need, each once."""
    parts = (part for question in found.values() for part in question.parts)
    return list(dict.fromkeys(part for part in parts if not isinstance(part, Aggregate)))
