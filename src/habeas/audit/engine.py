"""The engine in which many rows are read and counted: DuckDB, bounded, and closed to everything but what it is given.

Its memory is bounded; its tables are packed into a file in a private folder, which is removed with it, however that
ends: what has to leave the memory need not be written again. Nothing else is open to it but the files that are named at
the beginning, and nothing it is told later changes that.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import duckdb

from habeas.audit.private import private_folder
from habeas.core.messages import Message, Parameter
from habeas.core.rules.sql import name_sql, value_sql

MEMORY, THREADS = "1GB", 2


@contextmanager
def engine(
    reads: Sequence[Path] = (), memory: str = MEMORY, threads: int = THREADS
) -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine that can read these files, or what is in these folders, and nothing else."""
    folders, files = ([each for each in reads if each.is_dir() is wanted] for wanted in (True, False))
    with private_folder("habeas-rows-") as spill, duckdb.connect(str(spill / "rows.db")) as connection:
        for setting in (
            f"threads = {threads:d}",
            f"memory_limit = {value_sql(memory)}",
            f"temp_directory = {value_sql(str(spill))}",
            f"allowed_paths = {_list(files)}",
            f"allowed_directories = {_list(folders)}",
            "autoinstall_known_extensions = false",
            "autoload_known_extensions = false",
            "enable_external_access = false",
            "lock_configuration = true",
        ):
            connection.execute(f"SET {setting}")
        yield connection


def _list(paths: Sequence[Path]) -> str:
    return f"[{', '.join(value_sql(str(each)) for each in paths)}]"


class EngineError(Exception):
    """An engine that can't be used; `message` says why, and what to do."""

    def __init__(self, code: str, **parameters: Parameter) -> None:
        super().__init__(code, parameters)
        self.message = Message(f"audit.{code}", parameters)


def hand_over(engine: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, Path]:
    """By name, each table as a Parquet file in a folder that the engine may write into."""
    files = dict[str, Path]()
    for (name,) in engine.execute("SELECT table_name FROM duckdb_tables() ORDER BY table_name").fetchall():
        files[name] = folder / f"table-{name}.parquet"
        engine.execute(f"COPY {name_sql(name)} TO {value_sql(str(files[name]))} (FORMAT parquet)")
    return files


@contextmanager
def by_spark(folder: Path, master: str, tables: Mapping[str, Path]) -> Iterator["Engine"]:
    """Spark, that has these tables and writes into this folder. Raises EngineError."""
    from habeas.audit.spark_engine import spark

    with spark(folder, master) as session:
        session.take(tables)
        yield session


class Answer(Protocol):
    """What a query answers."""

    @property
    def description(self) -> Any: ...
    def fetchone(self) -> tuple[Any, ...] | None: ...
    def fetchmany(self, size: int) -> list[tuple[Any, ...]]: ...
    def fetchall(self) -> list[tuple[Any, ...]]: ...


class Engine(Protocol):
    """What checks and figures use of an engine: it takes DuckDB's SQL."""

    def execute(self, query: str, parameters: Sequence[Any] = ...) -> Answer: ...
