"""The engine in which many rows are read and counted: DuckDB, bounded, and closed to everything but what it is given.

Its memory is bounded; what is more goes into a private folder that is removed with it, however that ends. Nothing else
is open to it but the files that are named at the beginning, and nothing it is told later changes that.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from habeas.core.rules.sql import value_sql

MEMORY, THREADS = "1GB", 2


@contextmanager
def engine(
    reads: Sequence[Path] = (), memory: str = MEMORY, threads: int = THREADS
) -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine that can read these files, or what is in these folders, and nothing else."""
    folders, files = ([each for each in reads if each.is_dir() is wanted] for wanted in (True, False))
    with TemporaryDirectory(prefix="habeas-rows-") as spill, duckdb.connect(":memory:") as connection:
        for setting in (
            f"threads = {threads:d}",
            f"memory_limit = {value_sql(memory)}",
            f"temp_directory = {value_sql(spill)}",
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
