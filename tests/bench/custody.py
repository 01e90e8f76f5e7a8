"""Invented custody data with known faults, and head counts of them by the ways that people have beside us.

Nobody is in these rows: every value is drawn from a hash of a number, so that each run has the same rows. Each of the
ways answers the same question: by facility and day how many people are there, by three definitions, without those who
have no end (`least`) and with each of them until the last day in the data (`most`). A person counts once a day and place.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

FROM, YEARS, FACILITIES, STINTS_OF_ONE = "2014-01-01", 12, 200, 4
SEED = 7
ONE_DAY_IN = 100
DEFINITIONS = ("midnight", "any_part", "inclusive")

MAP = """
shape = "stints"
[columns]
person = "person"
facility = "facility"
from_at = "from"
until_at = "until"
stated_days = "days"
recorded_at = "recorded"
kind = "kind"
"""


def _drawn(what: int, below: int, of: str = "number") -> str:
    """A number from 0, drawn anew for each `what`."""
    return f"CAST(hash({of} * 64 + {what + SEED * 1000}) % {below} AS BIGINT)"


def write(path: Path, rows: int, *, as_csv: bool = False) -> None:
    """So many stints of people with four each, one after the other, over twelve years: 2 % are copies of the row
    before, 2 % last into the next one, 2 % are reversed, 2 % have no end, 1 % no length, 2 % a wrong length."""
    before = " + ".join(
        f"CASE WHEN nth > {each} THEN 30 + {_drawn(each, 60_000, 'whose')}"
        f" + greatest(0, {_drawn(8 + each, 40_000, 'whose')} - 20000) ELSE 0 END"
        for each in range(STINTS_OF_ONE - 1)
    )
    lasts = " ".join(f"WHEN {each} THEN 30 + {_drawn(each, 60_000, 'whose')}" for each in range(STINTS_OF_ONE))
    minutes = (YEARS * 365 - 280) * 24 * 60
    drawn = f"""
        SELECT CASE WHEN range > 0 AND {_drawn(20, 50, "range")} = 0 THEN range - 1 ELSE range END AS number,
            number // {STINTS_OF_ONE} AS whose, number % {STINTS_OF_ONE} AS nth, {_drawn(21, 100)} AS fault
        FROM range({rows:d})"""
    spans = f"""
        SELECT *, TIMESTAMP '{FROM}' + to_minutes({_drawn(30, minutes, "whose")} + {before}) AS began,
            CASE nth {lasts} END + CASE WHEN fault IN (0, 1) THEN 20000 ELSE 0 END AS minutes
        FROM ({drawn})"""
    stints = f"""
        SELECT sha1(CAST(whose AS VARCHAR)) AS person, 'FAC' || lpad(CAST({_drawn(31, FACILITIES)} AS VARCHAR), 3, '0')
            AS facility, CASE WHEN fault IN (2, 3) THEN began + to_minutes(minutes) ELSE began END AS "from",
            CASE WHEN fault IN (2, 3) THEN began WHEN fault IN (4, 5) THEN NULL WHEN fault = 6 THEN began
                ELSE began + to_minutes(minutes) END AS until,
            CAST(until AS DATE) - CAST("from" AS DATE) + CASE WHEN fault IN (7, 8) THEN 3 ELSE 0 END AS days,
            began + to_hours({_drawn(32, 40)} + CASE fault WHEN 9 THEN 480 WHEN 10 THEN -96 ELSE 0 END) AS recorded,
            CASE WHEN {_drawn(33, 30)} = 0 THEN 'solitary' ELSE 'general' END AS kind
        FROM ({spans})"""
    form = "FORMAT csv, HEADER" if as_csv else "FORMAT parquet, COMPRESSION zstd"
    with duckdb.connect(":memory:") as engine:
        engine.execute("SET threads = 2; SET memory_limit = '1GB'")
        engine.execute(f"COPY ({stints}) TO '{path}' ({form})")


# --- by hand in SQL ----------------------------------------------------------------------------------

LOAD = "CREATE TABLE stints AS SELECT person, facility, \"from\" AS from_at, until AS until_at FROM read_parquet('{}')"

_AFTER = {
    "midnight": "CAST({} AS DATE)",
    "any_part": "CAST({} - INTERVAL 1 MICROSECOND AS DATE) + 1",
    "inclusive": "CAST({} AS DATE) + 1",
}


def _moves() -> str:
    """For each stint, by definition and bound, what it adds and takes away: one scan of the table of stints."""
    moves = []
    for name, after in _AFTER.items():
        before, least = ("all", ">=") if name == "inclusive" else ("real", ">")
        for at, bound in enumerate(("until_at", "most")):
            ends = after.format(bound)
            first = f"greatest(CAST(from_at AS DATE), {after.format(f'{bound}_{before}')})"
            some = f"{bound} {least} from_at AND {first} < {ends}"
            values = "1, 0" if at == 0 else "0, 1"
            minus = "-1, 0" if at == 0 else "0, -1"
            moves.append(f"SELECT '{name}' AS definition, facility, {first} AS day, {values} FROM held WHERE {some}")
            moves.append(f"SELECT '{name}', facility, {ends}, {minus} FROM held WHERE {some}")
    return " UNION ALL ".join(moves)


BY_HAND = f"""
CREATE TABLE counted AS
WITH known AS (SELECT CAST(CAST(max(greatest(from_at, coalesce(until_at, from_at))) AS DATE) + 1 AS TIMESTAMP)
        - INTERVAL 1 MICROSECOND AS last FROM stints),
ended AS (SELECT person, facility, from_at, until_at, coalesce(until_at, greatest(from_at, last)) AS most
    FROM stints, known WHERE until_at IS NULL OR until_at >= from_at),
held AS MATERIALIZED (SELECT facility, from_at, until_at, most, max(until_at) OVER earlier AS until_at_all,
        max(most) OVER earlier AS most_all, max(until_at) FILTER (until_at > from_at) OVER earlier AS until_at_real,
        max(most) FILTER (most > from_at) OVER earlier AS most_real
    FROM ended WINDOW earlier AS (PARTITION BY person, facility ORDER BY from_at
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)),
deltas AS (SELECT definition, facility, day, sum(least) AS least, sum(most) AS most
    FROM ({_moves()}) moves(definition, facility, day, least, most) GROUP BY ALL)
SELECT definition, facility, day, sum(least) OVER so_far AS least, sum(most) OVER so_far AS most FROM deltas
WINDOW so_far AS (PARTITION BY definition, facility ORDER BY day)"""


# --- Polars and pandas -------------------------------------------------------------------------------


def in_polars(path: Path):
    import polars as pl

    read = pl.read_parquet(path, columns=["person", "facility", "from", "until"]).with_row_index("row")
    last = read.select(pl.max_horizontal(pl.col("from").max(), pl.col("until").max())).item()
    last = last.replace(hour=23, minute=59, second=59, microsecond=999_999)
    read = read.filter(pl.col("until").is_null() | (pl.col("until") >= pl.col("from"))).select(
        pl.col("person").rank("dense").alias("person"),
        pl.col("facility").cast(pl.Categorical),
        "from",
        "until",
        pl.coalesce("until", pl.max_horizontal("from", pl.lit(last))).alias("most"),
    )
    read = read.sort("person", "facility", "from")
    day = pl.duration(days=1)
    after = {
        "midnight": lambda until: until.dt.date(),
        "any_part": lambda until: (until - pl.duration(microseconds=1)).dt.date() + day,
        "inclusive": lambda until: until.dt.date() + day,
    }
    counted = []
    for name, of in after.items():
        moves = []
        for bound, which in (("until", "least"), ("most", "most")):
            until = pl.col(bound)
            some = read.filter(until >= pl.col("from") if name == "inclusive" else until > pl.col("from"))
            some = some.select("person", "facility", pl.col("from").dt.date().alias("first"), of(until).alias("after"))
            covered = pl.col("after").cum_max().shift(1).over("person", "facility")
            some = some.with_columns(pl.max_horizontal("first", covered).alias("first"))
            some = some.filter(pl.col("first") < pl.col("after"))
            for column, number in (("first", 1), ("after", -1)):
                grouped = some.group_by("facility", pl.col(column).alias("day")).len()
                moves.append(
                    grouped.select(
                        "facility",
                        "day",
                        *(
                            (pl.col("len").cast(pl.Int64) * (number if each == which else 0)).alias(each)
                            for each in ("least", "most")
                        ),
                    )
                )
        deltas = pl.concat(moves).group_by("facility", "day").agg(pl.col("least").sum(), pl.col("most").sum())
        deltas = deltas.sort("facility", "day").with_columns(
            pl.col("least").cum_sum().over("facility"), pl.col("most").cum_sum().over("facility")
        )
        counted.append(
            deltas.select(pl.lit(name).alias("definition"), pl.col("facility").cast(str), "day", "least", "most")
        )
    return pl.concat(counted)


def in_pandas(path: Path):
    import pandas as pd

    read = pd.read_parquet(path, columns=["person", "facility", "from", "until"])
    day, tick = pd.Timedelta(days=1), pd.Timedelta(microseconds=1)
    last = max(read["from"].max(), read["until"].max()).normalize() + day - tick
    read = read[read["until"].isna() | (read["until"] >= read["from"])]
    names = pd.Categorical(read["facility"])
    frame = pd.DataFrame(
        {
            "key": pd.factorize(read["person"])[0].astype("int64") * len(names.categories) + names.codes,
            "facility": names.codes,
            "from": read["from"].to_numpy(),
            "until": read["until"].to_numpy(),
        }
    )
    frame["most"] = frame["until"].fillna(frame["from"].clip(lower=last))
    frame = frame.sort_values(["key", "from"], ignore_index=True)
    after = {
        "midnight": lambda until: until.dt.normalize(),
        "any_part": lambda until: (until - tick).dt.normalize() + day,
        "inclusive": lambda until: until.dt.normalize() + day,
    }
    counted = []
    for name, of in after.items():
        bounds = {}
        for bound, which in (("until", "least"), ("most", "most")):
            some = frame[frame[bound] >= frame["from"] if name == "inclusive" else frame[bound] > frame["from"]]
            first, ends = some["from"].dt.normalize(), of(some[bound])
            covered = ends.groupby(some["key"]).cummax().groupby(some["key"]).shift(1)
            first = first.where(~(covered > first), covered)
            place, is_there = some["facility"], first < ends
            came = place[is_there].groupby([place[is_there], first[is_there].rename("day")]).size()
            left = place[is_there].groupby([place[is_there], ends[is_there].rename("day")]).size()
            bounds[which] = came.sub(left, fill_value=0)
        deltas = pd.DataFrame(bounds).fillna(0).rename_axis(["facility", "day"]).sort_index()
        sums = deltas.groupby(level="facility").cumsum().astype("int64").reset_index()
        sums["facility"] = names.categories[sums["facility"]]
        sums["day"] = sums["day"].dt.date
        counted.append(sums.assign(definition=name))
    return pd.concat(counted)


def day_by_day(path: Path):
    """What people do: for each day of the twelve years, who is there at the end of it. By one definition alone, and for
    one day in a hundred: each takes as long as any other."""
    import pandas as pd

    read = pd.read_parquet(path, columns=["person", "facility", "from", "until"])
    last = max(read["from"].max(), read["until"].max()).normalize()
    read["most"] = read["until"].fillna(read["from"].clip(lower=last))
    counted = []
    for day in pd.date_range(read["from"].min().normalize(), last, freq=f"{ONE_DAY_IN}D"):
        midnight = day + pd.Timedelta(days=1)
        there = read[(read["from"] < midnight) & (read["most"] >= midnight)]
        most = there.groupby("facility")["person"].nunique()
        least = there[there["until"].notna()].groupby("facility")["person"].nunique()
        both = pd.DataFrame({"least": least, "most": most}).fillna(0).astype("int64").reset_index()
        counted.append(both.assign(day=day.date(), definition="midnight"))
    return pd.concat(counted)
