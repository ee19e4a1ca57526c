"""The fused queries that a person would write for a library of `tests.bench.templates`: SQL for DuckDB, and Polars."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from tests.bench.templates import Aggregate, Fifth, Question, Top, aggregates, ranks

# -- SQL ----------------------------------------------------------------------------------------------------------------


def _present(aggregate: Aggregate, name: str) -> str:
    return name if aggregate.empty is None else f"coalesce({name}, {aggregate.empty})"


def _conditions(found: Mapping[str, Question], spell: Callable[[Aggregate | Top | Fifth], str]) -> dict[str, str]:
    return {name: question.condition.format(*map(spell, question.parts)) for name, question in found.items()}


def _names(found: Mapping[str, Question]) -> dict[Aggregate, str]:
    return {aggregate: f"a{number}" for number, aggregate in enumerate(aggregates(dict(found)))}


def _grouped(names: Mapping[Aggregate, str]) -> str:
    columns = ", ".join(f"{aggregate.sql} AS {name}" for aggregate, name in names.items())
    return f"o AS (SELECT o_custkey, {columns} FROM orders GROUP BY o_custkey)"


def _output(conditions: Mapping[str, str], shape: str) -> str:
    if shape == "counts":
        return ", ".join(f"count(*) FILTER (WHERE {condition}) AS {name}" for name, condition in conditions.items())
    flags = ", ".join(f"coalesce({condition}, false) AS {name}" for name, condition in conditions.items())
    return f"c_custkey, {flags}"


def with_ranks(found: Mapping[str, Question], shape: str) -> str:
    """One grouping, ranks by window functions, one join."""
    names = _names(found)
    wanted = ranks(dict(found))
    windows = {
        **{f"{names[r.of]}_greater": f"rank() OVER (ORDER BY {names[r.of]} DESC) - 1" for r in wanted if isinstance(r, Top)},
        **{f"{names[r.of]}_less": f"rank() OVER (ORDER BY {names[r.of]}) - 1" for r in wanted if isinstance(r, Fifth)},
    }  # fmt: skip
    places = "".join(f", {window} AS {name}" for name, window in windows.items())
    everyone = ", count(*) OVER () AS everyone" if windows else ""

    def spell(part: Aggregate | Top | Fifth) -> str:
        match part:
            case Aggregate():
                return _present(part, names[part])
            case Top(of, percent):
                return f"{names[of]}_greater * 100 < {percent} * everyone"
            case Fifth(of, least):
                return f"{names[of]}_less * 5 >= {least - 1} * everyone"

    output = _output(_conditions(found, spell), shape)
    ranked = f"r AS (SELECT *{places}{everyone} FROM o)"
    return f"WITH {_grouped(names)}, {ranked} SELECT {output} FROM customer LEFT JOIN r ON o_custkey = c_custkey"


def with_cuts(found: Mapping[str, Question], shape: str) -> str:
    """One grouping, the values at which ranks cut (all of a column together), one join."""
    names = _names(found)
    shares: dict[tuple[str, str], list[float]] = {}
    places: dict[Top | Fifth, tuple[str, int]] = {}
    for rank in ranks(dict(found)):
        way, share = ("DESC", rank.percent / 100) if isinstance(rank, Top) else ("ASC", (rank.least - 1) / 5)
        together = shares.setdefault((names[rank.of], way), [])
        together.append(share)
        places[rank] = (f"{names[rank.of]}_{way}", len(together))

    def spell(part: Aggregate | Top | Fifth) -> str:
        if isinstance(part, Aggregate):
            return _present(part, names[part])
        column, place = places[part]
        return f"{names[part.of]} {'>=' if isinstance(part, Top) else '>'} {column}[{place}]"

    output = _output(_conditions(found, spell), shape)
    joined = "customer LEFT JOIN o ON o_custkey = c_custkey"
    if not shares:
        return f"WITH {_grouped(names)} SELECT {output} FROM {joined}"
    values = ", ".join(
        f"percentile_disc({together}) WITHIN GROUP (ORDER BY {name} {way}) AS {name}_{way}"
        for (name, way), together in shares.items()
    )
    return f"WITH {_grouped(names)}, c AS (SELECT {values} FROM o) SELECT {output} FROM {joined} CROSS JOIN c"


# -- Polars -------------------------------------------------------------------------------------------------------------


def polars_counts(
    customers: pl.LazyFrame, orders: pl.LazyFrame, found: Mapping[str, Question], engine: str
) -> dict[str, int]:
    """One grouping with filters inside, cut points, one join, one select of all."""
    joined, flags = _polars(customers, orders, found, engine)
    return joined.select(flag.sum().alias(name) for name, flag in flags.items()).collect().row(0, named=True)


def polars_flags(
    customers: pl.LazyFrame, orders: pl.LazyFrame, found: Mapping[str, Question], engine: str
) -> pl.DataFrame:
    joined, flags = _polars(customers, orders, found, engine)
    return joined.select(
        "c_custkey", *(flag.fill_null(value=False).alias(name) for name, flag in flags.items())
    ).collect()


def _polars(
    customers: pl.LazyFrame, orders: pl.LazyFrame, found: Mapping[str, Question], engine: str
) -> tuple[pl.LazyFrame, dict[str, pl.Expr]]:
    names = _names(found)
    grouping = orders.group_by("o_custkey").agg(_aggregated(a).alias(name) for a, name in names.items())
    grouped = grouping.collect(engine=engine)
    wanted = ranks(dict(found))
    cuts = {}
    if wanted:
        values = grouped.select(_cut(rank, names[rank.of]).alias(str(n)) for n, rank in enumerate(wanted)).row(0)
        cuts = dict(zip(wanted, values, strict=True))

    def spell(part: Aggregate | Top | Fifth) -> str:
        match part:
            case Aggregate():
                return names[part]
            case Top() | Fifth():
                return f"r{wanted.index(part)}"

    places = [
        (pl.col(names[r.of]) >= cut if isinstance(r, Top) else pl.col(names[r.of]) > cut).alias(f"r{n}")
        for n, (r, cut) in enumerate(cuts.items())
    ]
    zeros = [pl.col(name).fill_null(0) for aggregate, name in names.items() if aggregate.empty is not None]
    joined = customers.join(grouped.lazy(), left_on="c_custkey", right_on="o_custkey", how="left")
    conditions = {name: pl.sql_expr(text) for name, text in _conditions(found, spell).items()}
    return joined.with_columns(*zeros, *places), conditions


def _aggregated(aggregate: Aggregate) -> pl.Expr:
    values = pl.lit(1) if aggregate.value == "*" else pl.col(aggregate.value)
    kept = pl.sql_expr(aggregate.where) if aggregate.where else None
    match aggregate.function:
        case "count":
            return pl.len() if kept is None else kept.sum()
        case "distinct":
            return (values if kept is None else values.filter(kept)).n_unique()
        case "avg":
            return (values if kept is None else values.filter(kept)).mean()
        case function:
            return getattr(values if kept is None else values.filter(kept), function)()


def _cut(rank: Top | Fifth, name: str) -> pl.Expr:
    """The value at that place in order of size, as SQL's percentile_disc has it. All cuts of a column share the sorting."""
    match rank:
        case Top(_, percent):
            return pl.col(name).sort().get(pl.len().cast(pl.Int64) - _part(percent, 100))
        case Fifth(_, least):
            return pl.col(name).sort().get(_part(least - 1, 5) - 1)


def _part(share: int, of: int) -> pl.Expr:
    """So much of all, rounded up."""
    return (pl.len().cast(pl.Int64) * share + of - 1) // of
