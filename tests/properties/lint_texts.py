"""Random libraries in which much is wrong: few fields, small numbers, the same rows asked of again and again.

In: a `random.Random`. Out: a schema, and a text of parameters, traits, segments and tiers over it.
"""

from __future__ import annotations

from random import Random
from typing import Any

ZONES = ("UTC", "UTC", "Europe/Athens", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia")
OPERATORS = ("<", "<=", ">", ">=", "=", "!=")
PERIODS = (
    "last 7 days",
    "last 30 days",
    "last 31 days",
    "last 90 days",
    "last 1 month",
    "last 2 months",
    "last 12 months",
    "last 365 days",
    "last 24 hours",
    "this month",
    "this week",
    "this year",
    "this quarter",
    "previous month",
    "previous 2 months",
    "previous week",
    "60 to 30 days ago",
    "2 to 1 months ago",
    "2026-01-01 to 2026-06-30",
    "2026-03-01 to today",
    "30 days ago to 7 days ago",
    "next 7 days",
)
VALUES = {
    "order": "total",
    "review": "stars",
    "item": "quantity",
    "dear": "total",
    "basket": "sum_",
    "place": "floor_",
}
TIMES = {"order": "order.at", "review": "review.day_", "dear": "dear.at", "basket": "basket.begun"}
RUNGS = ('"low"', '"mid"', '"top"')
SETS = ('("a", "b")', '("a")')
CODES = ('"1"', '"a"')
CASES = ('"A"', '"a"', '"aB"', '""')
PATTERNS = ('"a*"', '"*"', '"a"', '"*b*"', '"a?"')
LEVELS = ('"a"', '"b"')
TEXTS = ('"a"', '"ab"', '"abc"', '"b"', '""')
SIZES = ('"S"', '"M"', '"L"')


def schema(random: Random) -> dict[str, Any]:
    return {
        "timezone": random.choice(ZONES),
        "entity": {
            "name": "customer",
            "created": random.choice(("seen", "since")),
            "table": "customers",
            "key": "id",
            "fields": {
                "id": "int",
                "n": {"type": "int", "fixed": True},
                "m": "int?",
                "price": "decimal(6,2)",
                "rate": "decimal(6,2)?",
                "score": "float?",
                "name": "string?",
                "city": "string",
                "flag": "bool?",
                "active": "bool",
                "born": "date?",
                "seen": "timestamp",
                "tags": "list(string)",
                "size": {"type": "string?", "values": ["S", "M", "L"], "ordered": True},
                "rung": {"type": "string", "values": {"low": "l", "mid": "low", "top": "9"}, "ordered": True},
                "level": {"type": "string", "values": {"a": "1", "b": "2"}},
                "worth": {"type": "decimal(4,2)", "is": "price * n"},
                "since": "date?",
                "region_id": "int?",
            },
        },
        "relations": {
            "order": {
                "table": "orders",
                "on": "id",
                "key": "order_id",
                "time": "at",
                **random.choice(({}, {"where": "kind != 'b'"}, {"where": "total > 1 and (paid or kind is missing)"})),
                "fields": {
                    "order_id": "int",
                    "id": "int",
                    "at": "timestamp",
                    "total": "decimal(6,2)",
                    "units": "int?",
                    "kind": "string?",
                    "weight": "float",
                    "paid": "bool?",
                },
            },
            "review": {
                "table": "reviews",
                "on": "id",
                "key": "review_id",
                "time": "day_",
                "fields": {"review_id": "int", "id": "int", "day_": "date", "stars": "int"},
            },
            "item": {
                "table": "items",
                "parent": "order",
                "on": "order_id",
                "key": "item_id",
                "fields": {
                    "item_id": "int",
                    "order_id": "int",
                    "quantity": "int",
                    "cost": {"type": "decimal(4,2)", "is": "order.total * quantity"},
                },
            },
            "dear": {"from": "order", "where": "total >= 2"},
            "basket": {
                "groups": "order",
                "by": ["kind"],
                "time": "begun",
                "fields": {
                    "begun": {"type": "timestamp", "is": "min(order.at)"},
                    "sum_": {"type": "decimal(8,2)", "is": "sum(order.total)"},
                },
            },
            "place": {"table": "places", "on": "id", "fields": {"id": "int", "street": "string?", "floor_": "int"}},
        },
        "lookups": {
            "region": {
                "of": "customer",
                "table": "regions",
                "on": "region_id",
                "fields": {"region_id": "int", "land": "string", "people": "int?"},
            }
        },
        "traits": {"held": {"type": "int", "column": "held"}},
    }


class Faulty:
    """Makes texts. A few atoms are made first, and used more often than new ones."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.names: list[str] = []
        self.tiers: list[str] = []
        self._rows = [self._of_rows() for _ in range(2)]
        self._values = [self._number() for _ in range(3)]
        self._pool = [self.atom() for _ in range(3)]

    def pick(self, *choices: str) -> str:
        return self.random.choice(choices)

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def operator(self) -> str:
        return self.pick(*OPERATORS)

    def constant(self) -> str:
        return self.pick("0", "1", "2", "3", "p", "-1") if self.chance(90) else self.pick("1.5", "0.01", "2.99")

    # -- values -----------------------------------------------------------------------------------------------------

    def _of_rows(self) -> str:
        relation = self.pick("order", "order", "order", "review", "review", "item", "item", "dear", "basket", "place")
        text = relation
        if relation != "place" and self.chance(60):
            text += f" in {self.pick(*PERIODS)}"
        if self.chance(45):
            text += f" where {self._where(relation)}"
        return text

    def _where(self, relation: str) -> str:
        some = {
            "order": (
                f"total {self.operator()} {self.constant()}",
                f"units {self.operator()} {self.constant()}",
                f"kind {self.pick('=', '!=')} {self.pick(*TEXTS)}",
                "kind is missing",
                f"at in {self.pick(*PERIODS)}",
                f"at {self.operator()} {self.pick('now', '7 days ago', '30 days ago', '2026-03-01', 'seen')}",
                f"days_since(at) {self.operator()} {self.pick('7', '30', '90')}",
                "paid",
                "total > units",
                f"previous(total) {self.operator()} {self.pick('total', '1')}",
            ),
            "review": (
                f"stars {self.operator()} {self.constant()}",
                f"day_ in {self.pick(*PERIODS)}",
                f"day_ {self.operator()} {self.pick('today', '30 days ago', 'born')}",
            ),
            "item": (
                f"quantity {self.operator()} {self.constant()}",
                f"cost {self.operator()} {self.constant()}",
                "cost is missing",
                "order.units > quantity",
                "order.paid",
                f"order.at in {self.pick(*PERIODS)}",
                f"order.total {self.operator()} {self.constant()}",
            ),
            "dear": (f"total {self.operator()} {self.constant()}", f"at in {self.pick(*PERIODS)}", "kind is missing"),
            "basket": (f"sum_ {self.operator()} {self.constant()}", f"days_since(begun) {self.operator()} 30"),
            "place": (f"floor_ {self.operator()} {self.constant()}", 'street contains "a"', "street is present"),
        }[relation]
        found = [self.pick(*some) for _ in range(self.random.choice((1, 1, 2)))]
        return f" {self.pick('and', 'or')} ".join(f"not ({one})" if self.chance(15) else one for one in found)

    def _number(self) -> str:
        rows = self.pick(*self._rows, self._of_rows())
        relation, _, rest = rows.partition(" ")
        rest = f" {rest}" if rest else ""
        value = VALUES[relation]
        time = TIMES.get(relation, "")
        function = self.pick("sum", "min", "max", "avg", "median", *(("first", "last") if relation != "place" else ()))
        choices = [
            *["n"] * 3,
            *["m"] * 3,
            "price",
            "rate",
            "score",
            "coalesce(m, 0)",
            "coalesce(m, n)",
            "abs(n)",
            "length(name)",
            "n + 1",
            "n - m",
            "n / m",
            "if(n > 2, 1, m)",
            "age(born)",
            "month(seen)",
            "hour(seen)",
            "weekday(born)",
            "days_since(seen)",
            "region.people",
            "held",
            "worth",
            "days_since(since)",
            "least(n, m)",
            "round(rate, 1)",
            "floor(score)",
            "rank(n)",
            "rank(m among active)",
            "quantile(n, 3)",
            *[f"count({rows})"] * 5,
            f"distinct({relation}.{value}{rest})",
            *[f"{function}({relation}.{value}{rest})"] * 4,
            f"{self.pick('min', 'max')}({self.pick('item.cost', 'order.units', 'dear.total')})",
            f"overall({self.pick('min', 'max', 'sum', 'avg')}({relation}.{value}{rest}))",
            f"overall(count({rows}))",
        ]
        if relation == "order":
            choices.append(f"{self.pick('sum', 'min', 'max', 'last')}(order.units{rest})")
            choices.append(f"sum(order.weight{rest})")
        if time:
            choices.extend([f"days_since({self.pick('min', 'max', 'last', 'first')}({time}{rest}))"] * 3)
        return self.pick(*choices)

    def number(self) -> str:
        return self.pick(*self._values) if self.chance(60) else self._number()

    # -- conditions ---------------------------------------------------------------------------------------------------

    def atom(self) -> str:
        rows = self.pick(*self._rows, self._of_rows())
        edge, total = self.constant(), self.pick("total", "units")
        makers = (
            *[lambda: f"{self.pick('any', 'none')}(order where {total} {self.operator()} {edge})"] * 3,
            *[lambda: f"{self.pick('min', 'max', 'avg', 'median')}(order.{total}) {self.operator()} {edge}"] * 3,
            lambda: f"rung {self.operator()} {self.pick(*RUNGS)}",
            lambda: f"level {self.pick('=', '!=')} {self.pick(*LEVELS)}",
            lambda: f"level {self.pick('in', 'not in')} {self.pick(*SETS)}",
            lambda: f"level {self.pick('contains', 'starts with')} {self.pick(*CODES)}",
            lambda: f"{self.pick('lower', 'upper', 'trim')}({self.pick('name', 'city')}) = {self.pick(*CASES)}",
            lambda: f"lower(name) {self.pick('contains', 'starts with')} {self.pick(*CASES)}",
            lambda: f"name matches {self.pick(*PATTERNS)}",
            lambda: f"since {self.operator()} {self.pick('today', 'now', '7 days ago', 'date(seen)')}",
            lambda: f"since {self.pick('', 'not ')}in {self.pick(*PERIODS)}",
            lambda: f"score {self.operator()} {self.pick('0.1', '0.5', 'rate', 'price')}",
            lambda: f"anniversary(born) {self.pick('', 'not ')}in {self.pick('next 7 days', 'this month')}",
            lambda: (
                f"{self.pick('each', 'any')} of {self.pick('last', 'previous')} 2 months has (count(order) {self.operator()} 1)"
            ),
            lambda: f"any(order where {self.pick('total > 1', 'paid')} {self.pick('', 'not ')}followed by (order))",
            lambda: f"streak(order per {self.pick('month', 'week')}) {self.operator()} {self.constant()}",
            lambda: f"count(order per {self.pick('kind', 'month', 'day')}) {self.operator()} {self.constant()}",
            lambda: f"{self.pick('top', 'bottom')} {self.pick('1', '2', '9')} per order.kind by sum(order.total)",
            lambda: (
                f"top {self.pick('1', '2')} {self.pick('by', 'exactly by')} n{self.pick('', ' among active', ' among m > 1')}"
            ),
            lambda: f"top {self.pick('10%', '50%')} of {self.pick('n', 'm')}",
            lambda: f"any(order where any(item{self.pick('', ' where quantity > 1')}))",
            lambda: f"any(order where {self.pick('n', 'm')} > 1 and total {self.operator()} {edge})",
            lambda: f"{self.pick('held is missing', 'worth is missing', 'worth is present')}",
            *[lambda: f"{self.number()} {self.operator()} {self.constant()}"] * 8,
            lambda: f"{self.number()} {self.operator()} {self.number()}",
            lambda: f"n {self.operator()} m",
            lambda: f"{self.pick('n', 'm')} {self.pick('', 'not ')}between {self.constant()} and {self.constant()}",
            lambda: f"{self.pick('n', 'm')} {self.pick('', 'not ')}in (1, 2)",
            *[lambda: f"{self.number()} is {self.pick('missing', 'present')}"] * 2,
            lambda: f"{self.pick('name', 'city', 'region.land')} {self.pick('=', '!=')} {self.pick(*TEXTS)}",
            lambda: f"name {self.pick('', 'not ')}in ({', '.join(self.random.sample(TEXTS, 2))})",
            lambda: (
                f"name {self.pick('', 'not ')}{self.pick('contains', 'starts with', 'ends with')} {self.pick(*TEXTS)}"
            ),
            lambda: f"name {self.pick('=', '!=')} city",
            lambda: self.pick("flag", "active", "flag = false", "active != true", "flag = active", "flag is missing"),
            lambda: f"size {self.operator()} {self.pick(*SIZES)}",
            *[lambda: f"{self.pick('any', 'none')}({rows})"] * 4,
            lambda: f"seen {self.pick('', 'not ')}in {self.pick(*PERIODS)}",
            lambda: f"born in {self.pick(*PERIODS)}",
            lambda: f"seen {self.pick('<', '<=', '>', '>=')} {self.pick('7', '30', '90')} days ago",
            lambda: (
                f"max(order.at) {self.pick('<', '>=')} {self.pick('7 days ago', '30 days ago', '1 month ago', 'seen')}"
            ),
            lambda: f"min(review.day_) {self.pick('<', '>=')} {self.pick('today', '30 days ago', 'born')}",
            lambda: f"born {self.operator()} {self.pick('today', '2026-01-01', 'date(seen)', 'today - 30 days')}",
            lambda: (
                f"tags {self.pick('', 'not ')}contains {self.pick('any', 'all')} ({self.pick(*TEXTS[:2])}, {TEXTS[2]})"
            ),
            lambda: self.pick("tags is missing", 'tags contains "a"', "region is missing", "region is present"),
            lambda: f"{self.pick('top', 'bottom')} {self.pick('1', '2', '50%')} by {self.pick('n', 'm')}",
            lambda: (
                f"count(order per kind having count(order) {self.operator()} 1) {self.operator()} {self.constant()}"
            ),
            lambda: f"if({self.pick('n > 2', 'flag', 'm is missing')}, {self.constant()}, n) {self.operator()} 2",
            lambda: f"((n > 1) as of {self.pick('7', '30')} days ago)",
        )
        return self.random.choice(makers)()

    def condition(self, depth: int) -> str:
        if depth and self.chance(75):
            items = [self.condition(depth - 1) for _ in range(self.random.choice((2, 2, 2, 3)))]
            return "(" + f" {self.pick('and', 'and', 'or')} ".join(items) + ")"
        if self.chance(12):
            return f"not ({self.condition(max(0, depth - 1))})"
        if self.names and self.chance(20):
            return self.random.choice(self.names)
        if self.tiers and self.chance(15):
            return self.random.choice(self.tiers)
        return self.pick(*self._pool) if self.chance(25) else self.atom()

    def definition(self, number: int) -> str:
        match self.random.randrange(8):
            case 0:
                text = f"trait t{number} = {self.condition(1)}"
                self.names.append(f"t{number}")
            case 1:
                cases = "".join(f"\n  {name} where {self.condition(1)}" for name in ("one", "two", "three"))
                otherwise = self.pick("", "\n  otherwise four")
                text = f"tiers r{number}{cases}{otherwise}"
                self.tiers.extend((f'r{number} = "one"', f'r{number} >= "two"', f"r{number}.three"))
            case 2:
                rows = self.pick("order", "review")
                value = {"order": "units", "review": "stars"}[rows]
                inner = f"{value} {self.operator()} {self.constant()} {self.pick('and', 'or')} {self._where(rows)}"
                text = f"segment s{number} where any({rows} in {self.pick(*PERIODS)} where {inner})"
                self.names.append(f"s{number}")
            case _:
                text = f"segment s{number} where {self.condition(self.random.choice((1, 1, 2)))}"
                self.names.append(f"s{number}")
        return text
