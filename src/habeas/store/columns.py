"""What no column may hold, and how it is found: a moment that is none, and on SQLite anything of another kind.

PostgreSQL refuses an infinite moment, or one of no year that is counted, in every table, unless whoever owns the tables
has taken that off. SQLite takes anything, and whoever writes to its file owns it. What is there all the same is read
as something that the column could hold (`store.engines`), so that it stops nothing else, and is a finding.
"""

from collections.abc import Callable, Iterator, Mapping

from django.apps import apps
from django.db import connection

_MOMENT, _NUMBER = "timestamp with time zone", "double precision"
_WITHIN = {
    _MOMENT: "(({0} >= '0001-01-01 00:00:00+00'::%(kind)s) AND ({0} < '10000-01-01 00:00:00+00'::%(kind)s))",
    _NUMBER: "(({0} > '-Infinity'::%(kind)s) AND ({0} < 'Infinity'::%(kind)s))",
}
WITHIN: Mapping[str, str] = {kind: each % {"kind": kind} for kind, each in _WITHIN.items()}
"""What PostgreSQL is to demand of a column of this kind, as it writes it itself."""

_OF_SQLITE = {
    **dict.fromkeys(("integer", "bigint", "smallint"), "typeof({0}) = 'integer'"),
    **dict.fromkeys(("varchar", "char", "text"), "typeof({0}) = 'text' AND is_text(CAST({0} AS BLOB))"),
    "bool": "{0} IN (0, 1)",
    "real": "typeof({0}) = 'real' AND abs({0}) < 9e999",
    "blob": "typeof({0}) = 'blob'",
    "datetime": "typeof({0}) = 'text' AND {0} >= '0001' AND length({0}) < 27"
    " AND coalesce(strftime('%Y-%m-%d %H:%M:%S', {0}) = substr({0}, 1, 19), 0)",
}
HOLDS: Mapping[str, Mapping[str, str]] = {
    "postgresql": {kind.partition(" ")[0]: each for kind, each in WITHIN.items()},
    "sqlite": _OF_SQLITE,
}
"""What holds of everything in a column, by the first word of its kind. Of other kinds PostgreSQL sees to it."""

_DEFINITION = "'CHECK (' || replace(%s, '{0}', quote_ident(column_name)) || ')'"
_UNGUARDED = f"""
SELECT table_name, column_name, data_type FROM information_schema.columns
    JOIN information_schema.tables USING (table_schema, table_name), unnest(%s::text[], %s::text[]) AS _ (kind, within)
    WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' AND data_type = kind AND NOT EXISTS (
        SELECT FROM pg_constraint WHERE contype = 'c' AND conrelid = quote_ident(table_name)::regclass
        AND replace(pg_get_constraintdef(oid), ' NOT VALID', '') = {_DEFINITION % "within"})
ORDER BY 1, 2
"""  # noqa: S608 - our own names


def unguarded() -> list[tuple[str, str, str]]:
    """The columns of PostgreSQL that would take what is none: table, column and kind."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(_UNGUARDED, [list(WITHIN), list(WITHIN.values())])
        return list(cursor.fetchall())


def guard(execute: Callable[[str], object]) -> None:
    """Let PostgreSQL refuse it from now on, in every table that there is. What was there before stays, and is found."""
    for table, column, kind in unguarded():
        name = f"{table.removeprefix('store_')}_{column}_is_one"
        within = WITHIN[kind].format(f'"{column}"')
        execute(
            f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS "{name}",'
            f' ADD CONSTRAINT "{name}" CHECK ({within}) NOT VALID'
        )


def broken() -> Iterator[tuple[str, str, str]]:
    """What stands where it can't: table, what tells the row apart, and column. No value of it is told."""
    quoted, holds = connection.ops.quote_name, HOLDS[connection.vendor]
    for model in (each for each in apps.get_models() if each._meta.managed):
        of_table = model._meta
        for field in of_table.concrete_fields:
            name, kind = str(field.column), (field.db_type(connection) or "").lower()
            column = quoted(name)
            sound = holds.get(kind.replace("(", " ").partition(" ")[0])
            if sound is None:
                continue
            wrong = f"{column} IS NOT NULL AND NOT ({sound.format(column)})"
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT CAST({quoted(str(of_table.pk.column))} AS text) FROM {quoted(of_table.db_table)}"  # noqa: S608 - our own names
                    f" WHERE {wrong if field.null else f'{column} IS NULL OR {wrong}'}"
                )
                yield from ((of_table.db_table, str(key), name) for (key,) in cursor)
