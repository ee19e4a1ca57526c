"""Generated SQL on an engine that is at hand, as far as its words go: a rehearsal, no proof.

The text is taken apart by the product's own rules and put together by the engine's. What the engine calls otherwise is renamed, and what
it lacks is made for it, by hand and in plain sight: here. What a rehearsal finds is a slip in a lowering (an argument too many, a bound
off by one, a missing value); whether the product itself does what its manual says is not known from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from backends import Backend, Data, Members, Question, loaded
from engines import connect
from generated.lexicon import LEXICA, Token

from segdsl import pipeline

Change = Callable[[list[Token]], list[Token]]


@dataclass(frozen=True)
class Stage:
    """Where a dialect is rehearsed. ``made``: run once; ``words``: what stands for a word; ``changes``: of all tokens, in order;
    ``units``: functions whose first argument is a word that is to be a text. ``apart``: what is run before each statement, and after
    it, where no other one is to see what was made."""

    engine: str
    made: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    units: frozenset[str] = frozenset()
    changes: tuple[Change, ...] = ()
    apart: tuple[str, str] | None = None


def spoken(text: str, dialect: str) -> str:
    """A statement of a dialect in the words of the engine that it is rehearsed on."""
    stage = STAGES[dialect]
    tokens = LEXICA[dialect].tokens(text)
    for change in stage.changes:
        tokens = change(tokens)
    return " ".join(_spelled(tokens, stage))


def _spelled(tokens: Sequence[Token], stage: Stage) -> Iterator[str]:
    for index, token in enumerate(tokens):
        match token.kind:
            case "text":
                yield "'" + token.value.replace("'", "''") + "'"
            case "name":
                yield '"' + token.value.replace('"', '""') + '"'
            case "word" if index > 1 and tokens[index - 2].text in stage.units and tokens[index - 1].text == "(":
                yield f"'{token.text}'"
            case "word":
                yield stage.words.get(token.text, token.text)
            case _:
                yield token.text


def rehearsed(dialect: str) -> Backend:
    """The dialect as one of the evaluators."""

    def prepare(asked: Question) -> Callable[[Data], Members]:
        plan = asked.plan
        sql = spoken(pipeline.to_sql(plan, dialect, "flags", asked.as_of, None).text, dialect)
        columns = [column.name for column in plan.final.columns]
        places = {name: columns.index(column) for name, column in plan.outputs.items()}

        def run(data: Data) -> Members:
            stage = STAGES[dialect]
            engine = loaded(stage.engine, data)
            with _apart(stage):
                if dialect not in _READY:
                    for statement in stage.made:
                        connect(stage.engine).connection.execute(statement)
                    _READY.add(dialect)
                rows = engine.rows(sql)
            return {name: frozenset(row[0] for row in rows if row[place]) for name, place in places.items()}

        return run

    return Backend(prepare)


_READY: set[str] = set()


@contextmanager
def _apart(stage: Stage) -> Iterator[None]:
    if stage.apart is None:
        yield
        return
    before, after = stage.apart
    execute = connect(stage.engine).connection.execute
    execute(before)
    try:
        yield
    finally:
        execute(after)


# -- Redshift on PostgreSQL -----------------------------------------------------------------------------------------

_REDSHIFT = Stage(
    "postgres",
    made=(
        """CREATE OR REPLACE FUNCTION redshift_dateadd(unit text, count numeric, t timestamp) RETURNS timestamp IMMUTABLE LANGUAGE sql AS
        $$ SELECT t + count::bigint * ('1 ' || unit)::interval $$""",
        """CREATE OR REPLACE FUNCTION redshift_datediff(unit text, a timestamp, b timestamp) RETURNS bigint IMMUTABLE LANGUAGE sql AS
        $$ SELECT CASE unit WHEN 'DAY' THEN (b::date - a::date)::bigint
                            WHEN 'MICROSECOND' THEN (extract(epoch FROM b - a) * 1000000)::bigint END $$""",
        """CREATE OR REPLACE FUNCTION redshift_regexp_substr(s text, pattern text) RETURNS text IMMUTABLE LANGUAGE sql AS
        $$ SELECT CASE WHEN s IS NOT NULL THEN coalesce(regexp_substr(s, pattern), '') END $$""",
        """CREATE OR REPLACE FUNCTION redshift_array(VARIADIC items text[]) RETURNS text[] IMMUTABLE LANGUAGE sql AS
        $$ SELECT items $$""",
        """CREATE OR REPLACE FUNCTION arrays_overlap(a text[], b text[]) RETURNS boolean IMMUTABLE LANGUAGE sql AS
        $$ SELECT a && b $$""",
        """CREATE OR REPLACE FUNCTION array_except(a text[], b text[]) RETURNS text[] IMMUTABLE LANGUAGE sql AS
        $$ SELECT CASE WHEN a IS NOT NULL THEN ARRAY(SELECT x FROM unnest(a) AS x WHERE x IS NOT NULL) END $$""",
        """CREATE OR REPLACE FUNCTION get_array_length(a text[]) RETURNS bigint IMMUTABLE LANGUAGE sql AS
        $$ SELECT cardinality(a)::bigint $$""",
    ),
    words={
        "DATEADD": "redshift_dateadd",
        "DATEDIFF": "redshift_datediff",
        "REGEXP_SUBSTR": "redshift_regexp_substr",
        "ARRAY": "redshift_array",
        "SUPER": "TEXT[]",
    },
    units=frozenset({"DATEADD", "DATEDIFF"}),
)

# -- Snowflake on DuckDB --------------------------------------------------------------------------------------------

_SNOWFLAKE = Stage(
    "duckdb",
    made=(
        "CREATE OR REPLACE MACRO snowflake_dateadd(unit, n, t) AS t + CAST(n AS BIGINT) * CAST('1 ' || unit AS INTERVAL)",
        "CREATE OR REPLACE MACRO snowflake_datediff(unit, a, b) AS date_diff(unit, a, b)",
        "CREATE OR REPLACE MACRO to_date(s, format) AS CAST(s AS DATE)",
        "CREATE OR REPLACE MACRO to_timestamp_ntz(s, format) AS CAST(s AS TIMESTAMP)",
        "CREATE OR REPLACE MACRO to_char(d, format) AS CAST(d AS VARCHAR)",
        "CREATE OR REPLACE MACRO dayofweekiso(d) AS isodow(d)",
        "CREATE OR REPLACE MACRO startswith(s, x) AS starts_with(s, x)",
        "CREATE OR REPLACE MACRO endswith(s, x) AS ends_with(s, x)",
        "CREATE OR REPLACE MACRO regexp_substr(s, p) AS nullif(regexp_extract(s, p), '')",
        "CREATE OR REPLACE MACRO regexp_like(s, p) AS regexp_full_match(s, p)",
        "CREATE OR REPLACE MACRO try_parse_json(s) AS TRY_CAST(s AS JSON)",
        "CREATE OR REPLACE MACRO arrays_overlap(a, b) AS list_has_any(a, b)",
        "CREATE OR REPLACE MACRO array_compact(a) AS list_filter(a, lambda x: x IS NOT NULL)",
        "CREATE OR REPLACE MACRO array_size(a) AS len(a)",
        "CREATE OR REPLACE MACRO booland_agg(x) AS bool_and(x)",
        "CREATE OR REPLACE MACRO boolor_agg(x) AS bool_or(x)",
    ),
    words={
        "NUMBER": "DECIMAL",
        "FLOAT": "DOUBLE",
        "TIMESTAMP_NTZ": "TIMESTAMP",
        "ARRAY": "VARCHAR[]",
        "ARRAY_CONSTRUCT": "list_value",
        "DATEADD": "snowflake_dateadd",
        "DATEDIFF": "snowflake_datediff",
    },
    units=frozenset({"DATEADD", "DATEDIFF", "DATE_PART"}),
)

# -- BigQuery on PostgreSQL -----------------------------------------------------------------------------------------


def _intervals(tokens: list[Token]) -> list[Token]:
    """``INTERVAL 30 DAY`` as the two arguments ``30, 'DAY'``."""
    made: list[Token] = []
    at = 0
    while at < len(tokens):
        if tokens[at].text != "INTERVAL":
            made.append(tokens[at])
            at += 1
            continue
        end, depth = at + 1, int(tokens[at + 1].text == "(")
        while depth:
            end += 1
            depth += (tokens[end].text == "(") - (tokens[end].text == ")")
        unit = tokens[end + 1].text
        made += [*_intervals(tokens[at + 1 : end + 1]), Token("sign", ","), Token("text", f"'{unit}'", unit)]
        at = end + 2
    return made


def _units(tokens: list[Token]) -> list[Token]:
    """``DATE_TRUNC(day, ISOWEEK)`` with a text for its unit, and what PostgreSQL calls otherwise only where it is a function."""
    made: list[Token] = []
    for index, token in enumerate(tokens):
        after = tokens[index + 1].text if index + 1 < len(tokens) else ""
        if token.kind == "word" and token.text in _BIGQUERY_UNITS and after == ")" and tokens[index - 1].text == ",":
            made.append(Token("text", f"'{token.text}'", token.text))
        elif token.text in ("DATE", "TIMESTAMP") and after == "(":
            made.append(Token("word", f"bigquery_{token.text.lower()}"))
        elif token.text == "FROM" and [one.text for one in tokens[index - 3 : index]] == ["EXTRACT", "(", "DAYOFWEEK"]:
            made[-3:] = [Token("word", "bigquery_dayofweek"), Token("sign", "(")]
        elif token.text == "DESC" and after != "NULLS":
            # Missing values are the least there, the greatest here.
            made += [token, Token("word", "NULLS"), Token("word", "LAST")]
        elif token.text == "ARRAY" and after == "<":
            made.append(Token("word", "TEXT[]"))
        elif [one.text for one in tokens[index - 1 : index + 1]] == ["ARRAY", "<"] or made[-1:] == [_TEXTS]:
            pass
        else:
            made.append(token)
    return made


_TEXTS = Token("word", "TEXT[]")
_BIGQUERY_UNITS = frozenset({"DAY", "MICROSECOND", "ISOWEEK", "MONTH", "QUARTER", "YEAR"})
_BIGQUERY = Stage(
    "postgres",
    made=tuple(
        f"CREATE OR REPLACE FUNCTION {head} IMMUTABLE LANGUAGE sql AS $$ SELECT {body} $$"
        for head, body in (
            (
                "bigquery_add(t timestamp, n numeric, unit text) RETURNS timestamp",
                "t + n::bigint * ('1 ' || unit)::interval",
            ),
            ("bigquery_date_add(d date, n numeric, unit text) RETURNS date", "d + n::int"),
            (
                "timestamp_diff(b timestamp, a timestamp, unit text) RETURNS bigint",
                "(extract(epoch FROM b - a) * 1000000)::bigint",
            ),
            ("date_diff(b date, a date, unit text) RETURNS bigint", "(b - a)::bigint"),
            (
                "bigquery_date_trunc(d date, unit text) RETURNS date",
                "date_trunc(CASE unit WHEN 'ISOWEEK' THEN 'week' ELSE unit END, d)::date",
            ),
            ("bigquery_dayofweek(d date) RETURNS bigint", "extract(dow FROM d)::bigint + 1"),
            ("bigquery_date(t timestamp, zone text) RETURNS date", "t::date"),
            ("bigquery_timestamp(d date, zone text) RETURNS timestamp", "d::timestamp"),
            ("regexp_contains(s text, p text) RETURNS boolean", r"s ~ replace(p, '\z', '\Z')"),
            ("regexp_extract(s text, p text) RETURNS text", "regexp_substr(s, p)"),
            ("ends_with(s text, x text) RETURNS boolean", "right(s, length(x)) = x"),
            ("json_value_array(s text) RETURNS text[]", "ARRAY(SELECT jsonb_array_elements_text(s::jsonb))"),
        )
    ),
    words={
        "INT64": "BIGINT",
        "FLOAT64": "DOUBLE PRECISION",
        "STRING": "TEXT",
        "BOOL": "BOOLEAN",
        "BIGNUMERIC": "NUMERIC",
        "SAFE_CAST": "CAST",
        "LOGICAL_OR": "BOOL_OR",
        "LOGICAL_AND": "BOOL_AND",
        "TIMESTAMP_ADD": "bigquery_add",
        "DATE_ADD": "bigquery_date_add",
        "DATE_TRUNC": "bigquery_date_trunc",
    },
    changes=(_intervals, _units),
)

# -- Trino on DuckDB ------------------------------------------------------------------------------------------------


def _typed(tokens: list[Token]) -> list[Token]:
    """``DECIMAL '1.50'`` as a cast, and types without what DuckDB has not."""
    made: list[Token] = []
    at = 0
    while at < len(tokens):
        token, after = tokens[at], tokens[at + 1 : at + 2]
        if token.text == "DECIMAL" and after and after[0].kind == "text":
            digits = after[0].value
            width = f"DECIMAL({len(digits.replace('.', ''))}, {len(digits.partition('.')[2])})"
            made += [Token("word", "CAST("), after[0], Token("word", f"AS {width})")]
            at += 2
        elif token.text in _WITHOUT and after and after[0].text == "(":
            made.append(Token("word", _WITHOUT[token.text]))
            at += 4
        else:
            made.append(token)
            at += 1
    return made


_WITHOUT = {"ARRAY": "VARCHAR[]", "TIMESTAMP": "TIMESTAMP"}
_TRINO = Stage(
    "duckdb",
    made=(
        "CREATE OR REPLACE MACRO trino_date_add(unit, n, t) AS t + CAST(n AS BIGINT) * CAST('1 ' || unit AS INTERVAL)",
        "CREATE OR REPLACE MACRO day_of_week(d) AS isodow(d)",
        "CREATE OR REPLACE MACRO trino_regexp_extract(s, p) AS nullif(regexp_extract(s, p), '')",
        "CREATE OR REPLACE MACRO trino_regexp_replace(s, p, r) AS regexp_replace(s, p, r, 'g')",
        "CREATE OR REPLACE MACRO trino_regexp_like(s, p) AS regexp_matches(s, p)",
        "CREATE OR REPLACE MACRO array_first(a) AS a[1]",
        "CREATE OR REPLACE MACRO trino_array_sort(a) AS list_sort(a, 'ASC', 'NULLS LAST')",
        "CREATE OR REPLACE MACRO json_parse(s) AS CAST(s AS JSON)",
    ),
    words={
        "ARRAY_SORT": "trino_array_sort",
        "CONTAINS": "list_contains",
        "DATE_ADD": "trino_date_add",
        "REGEXP_EXTRACT": "trino_regexp_extract",
        "REGEXP_LIKE": "trino_regexp_like",
        "REGEXP_REPLACE": "trino_regexp_replace",
    },
    changes=(_typed,),
)

# -- T-SQL on PostgreSQL --------------------------------------------------------------------------------------------


def _cast(tokens: list[Token]) -> list[Token]:
    """``CAST(a AS NVARCHAR(MAX))`` as a function, where PostgreSQL has no such type; of LIKE, no word says what escapes."""
    made: list[Token] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.text == "ESCAPE":
            at += 2
            continue
        if token.text not in ("CAST", "TRY_CAST"):
            made.append(token)
            at += 1
            continue
        end, depth, said = at + 1, 1, at
        while depth:
            end += 1
            depth += (tokens[end].text == "(") - (tokens[end].text == ")")
            if depth == 1 and tokens[end].text == "AS":
                said = end
        value, type_ = _cast(tokens[at + 2 : said]), tokens[said + 1 : end]
        function = _TSQL_CASTS.get(type_[0].text) if token.text == "CAST" else "tsql_try"
        if function is None:
            made += [token, tokens[at + 1], *value, *tokens[said : end + 1]]
        else:
            width = [Token("sign", ","), *type_[2:-1]] if function == "tsql_try" else []
            made += [Token("word", function), tokens[at + 1], *value, *width, tokens[end]]
        at = end + 1
    return made


_TSQL_CASTS = {
    "VARBINARY": "tsql_bytes",
    "NVARCHAR": "tsql_text",
    "VARCHAR": "tsql_text",
    "BIT": "tsql_bit",
    "DATETIME2": "tsql_instant",
    "DATETIMEOFFSET": "tsql_instant",
}
_COLLATIONS = (
    "Japanese_XJIS_140_BIN2",
    "Latin1_General_100_BIN2",
    "Latin1_General_100_BIN2_UTF8",
    "Latin1_General_100_CI_AS_SC",
)
_TSQL = Stage(
    "postgres",
    made=(
        "CREATE SCHEMA IF NOT EXISTS tsql",
        *(
            f"CREATE OR REPLACE FUNCTION {head} IMMUTABLE LANGUAGE sql AS $$ SELECT {body} $$"
            for head, body in (
                ("tsql_bytes(s text) RETURNS bytea", "convert_to(s, 'UTF8')"),
                ("tsql_text(b bytea) RETURNS text", "convert_from(b, 'UTF8')"),
                ("tsql_text(s text) RETURNS text", "s"),
                ("tsql_text(n numeric) RETURNS text", "n::text"),
                ("tsql_text(n bigint) RETURNS text", "n::text"),
                ("tsql_text(d date) RETURNS text", "d::text"),
                ("tsql_text(a text[]) RETURNS text", "to_json(a)::text"),
                ("tsql_bit(n numeric) RETURNS boolean", "n <> 0"),
                ("tsql_bit(b boolean) RETURNS boolean", "b"),
                ("tsql_bit(nothing text) RETURNS boolean", "nothing::boolean"),
                ("tsql_instant(s text) RETURNS timestamp", "s::timestamp"),
                ("tsql_instant(t timestamptz) RETURNS timestamp", "t::timestamp"),
                ("tsql_instant(t timestamp) RETURNS timestamp", "t"),
                ("tsql_instant(d date) RETURNS timestamp", "d::timestamp"),
                (
                    "tsql_try(n numeric, p int, s int) RETURNS numeric",
                    "CASE WHEN abs(round(n, s)) < 10::numeric ^ (p - s) THEN round(n, s) END",
                ),
                ("tsql_try(x double precision, p int, s int) RETURNS numeric", "tsql_try(x::numeric, p, s)"),
                ("tsql_try(t text, p int, s int) RETURNS numeric", "tsql_try(nullif(t, '')::numeric, p, s)"),
                ("tsql_is(b boolean, n int) RETURNS boolean", "b = (n <> 0)"),
                ("tsql_and(a text, b text) RETURNS text", "a || b"),
                ("tsql_spelled(p text) RETURNS text", r"regexp_replace(p, '([][\\.+*?(){}^$|])', '\\\1', 'g')"),
                ("switchoffset(t timestamp, zone text) RETURNS timestamp", "t"),
                ("datalength(b bytea) RETURNS int", "octet_length(b)"),
                ("len(s text) RETURNS int", "length(rtrim(s, ' '))"),
                ("charindex(x text, s text) RETURNS int", "strpos(s, x)"),
                ("patindex(p text, s text) RETURNS int", "regexp_instr(s, trim(p, '%'))"),
                (
                    "stuff(s text, start int, n int, x text) RETURNS text",
                    "CASE WHEN start <= length(s) THEN overlay(s PLACING x FROM start FOR n) END",
                ),
                (
                    "dateadd(unit text, n numeric, t timestamp) RETURNS timestamp",
                    "t + n::bigint * ('1 ' || unit)::interval",
                ),
                ("dateadd(unit text, n numeric, d date) RETURNS date", "d + n::int"),
                ("datediff(unit text, a date, b date) RETURNS int", "b - a"),
                (
                    "datediff_big(unit text, a timestamp, b timestamp) RETURNS bigint",
                    "(extract(epoch FROM b - a) * 1000000)::bigint",
                ),
                ("datepart(unit text, t timestamp) RETURNS int", "date_part(unit, t)::int"),
                (
                    "datetrunc(unit text, d date) RETURNS date",
                    "date_trunc(CASE unit WHEN 'ISO_WEEK' THEN 'week' ELSE unit END, d)::date",
                ),
            )
        ),
        """CREATE OR REPLACE FUNCTION isjson(s text, kind text) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$
        BEGIN RETURN (s IS NOT NULL AND jsonb_typeof(s::jsonb) = 'array')::int; EXCEPTION WHEN OTHERS THEN RETURN 0; END $$""",
        """CREATE OR REPLACE FUNCTION openjson(s text) RETURNS TABLE (value text, type int) IMMUTABLE LANGUAGE sql AS $$
        SELECT x #>> '{}', array_position(ARRAY['null', 'string', 'number', 'boolean', 'array', 'object'], jsonb_typeof(x)) - 1
        FROM jsonb_array_elements(s::jsonb) AS x $$""",
        r"""CREATE OR REPLACE FUNCTION tsql_like(s text, p text) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$
        DECLARE r text := ''; at int := 1; c text; BEGIN
          WHILE at <= length(p) LOOP
            c := substr(p, at, 1);
            IF c = '|' THEN at := at + 1; r := r || tsql_spelled(substr(p, at, 1));
            ELSIF c = '%' THEN r := r || '.*';
            ELSIF c = '_' THEN r := r || '.';
            ELSIF c = '[' THEN r := r || substr(p, at, strpos(substr(p, at), ']')); at := at + strpos(substr(p, at), ']') - 1;
            ELSE r := r || tsql_spelled(c); END IF;
            at := at + 1;
          END LOOP;
          RETURN s ~ ('^(?:' || r || ')$'); END $$""",
        "DROP OPERATOR IF EXISTS = (boolean, int)",
        "CREATE OPERATOR = (FUNCTION = tsql_is, LEFTARG = boolean, RIGHTARG = int)",
        "DROP OPERATOR IF EXISTS + (text, text)",
        "CREATE OPERATOR + (FUNCTION = tsql_and, LEFTARG = text, RIGHTARG = text)",
        "DROP OPERATOR IF EXISTS @~ (text, text)",
        "CREATE OPERATOR @~ (FUNCTION = tsql_like, LEFTARG = text, RIGHTARG = text)",
    ),
    words={
        "ARRAY": "'ARRAY'",
        "COUNT_BIG": "COUNT",
        "FLOAT": "DOUBLE PRECISION",
        "TINYINT": "INT",
        # Missing values are the least there, the greatest here.
        "DESC": "DESC NULLS LAST",
        "LIKE": "@~",
        **dict.fromkeys(_COLLATIONS, '"C"'),
    },
    units=frozenset({"DATEADD", "DATEDIFF", "DATEDIFF_BIG", "DATEPART", "DATETRUNC"}),
    changes=(_cast,),
    apart=("SET search_path TO tsql, public", "RESET search_path"),
)

STAGES: Mapping[str, Stage] = {
    "redshift": _REDSHIFT,
    "snowflake": _SNOWFLAKE,
    "bigquery": _BIGQUERY,
    "trino": _TRINO,
    "tsql": _TSQL,
}
"""By the dialect's name."""
