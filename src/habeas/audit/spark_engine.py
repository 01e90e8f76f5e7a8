"""The same questions on Spark, for more rows than one machine counts: `habeas audit --engine spark`.

Files are read on this machine as always; what they become is handed over as Parquet. What Spark writes here lies in the
private folder, and goes with it. It shows no pages and keeps no log: what it would say may hold names.
"""

import logging
import os
import shutil
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

import duckdb

from habeas.audit.engine import EngineError, hand_over

try:
    from py4j.protocol import Py4JError
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkException
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession

    from habeas.audit.spark_sql import parsed, translated
except ImportError:
    raise EngineError("no_pyspark") from None

_SETTINGS = {
    "spark.driver.memory": "3g",
    "spark.eventLog.enabled": "false",
    "spark.executor.syncLogLevel.enabled": "true",
    "spark.log.level": "OFF",
    "spark.sql.ansi.enabled": "true",  # what can't be cast or counted is an error, and never NULL
    "spark.sql.ansi.enforceReservedKeywords": "false",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.ui.enabled": "false",
}
_ON_THIS_MACHINE = {
    "spark.authenticate": "true",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "8",
}


class Answer:
    """What a query answers, taken as it comes."""

    def __init__(self, names: Sequence[str], rows: Iterator[Any]) -> None:
        self.description, self._rows = [(each,) for each in names], map(tuple, rows)

    def fetchone(self) -> tuple[Any, ...] | None:
        return next(self._rows, None)

    def fetchmany(self, size: int) -> list[tuple[Any, ...]]:
        return [*islice(self._rows, size)]

    def fetchall(self) -> list[tuple[Any, ...]]:
        return [*self._rows]


class SparkEngine:
    """Answers DuckDB's SQL by Spark. A table that is made of a query is counted once, and kept; rows that are put in
    one by one stand in DuckDB until something is asked."""

    def __init__(self, session: Any, rows: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self._session, self._rows, self._folder = session, rows, folder
        self._tables, self._has_rows = dict[str, dict[str, str]](), False

    def take(self, tables: Mapping[str, Path]) -> None:
        """Know the rows of Parquet files by these names."""
        for name, path in tables.items():
            self._keep(name, self._session.read.parquet(path.as_uri()))

    def execute(self, query: str, parameters: Sequence[Any] = ()) -> Answer:
        """The answer to a query; none where it makes a table or puts rows into it."""
        tree = parsed(query)
        if tree.key == "insert" or (tree.key == "create" and not tree.expression):
            if tree.this.this.name not in self._tables or tree.key == "insert":
                self._rows.execute(query, parameters)
                self._has_rows = True
            return Answer((), iter(()))
        if self._has_rows:
            self.take(hand_over(self._rows, self._folder))
            self._has_rows = False
        if tree.key == "create":
            self._keep(tree.this.name, self._frame(tree.expression, parameters).localCheckpoint())
            return Answer((), iter(()))
        frame = self._frame(tree, parameters)
        return Answer(frame.columns, _rows(frame))

    def _frame(self, query: Any, parameters: Sequence[Any]) -> Any:
        return self._session.sql(translated(query, self._tables), args=[*parameters] or None)

    def _keep(self, name: str, frame: Any) -> None:
        frame.createOrReplaceTempView(name)
        self._tables[name] = dict(frame.dtypes)


def _rows(frame: Any) -> Iterator[Any]:
    """The rows of an answer, worked out once somebody wants the first: some questions are asked for columns alone."""
    yield from frame.toLocalIterator()


@contextmanager
def spark(folder: Path, master: str) -> Iterator[SparkEngine]:
    """Spark, whose files here lie in this folder. Raises EngineError."""
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise EngineError("no_java")
    scratch = folder / "spark"
    scratch.mkdir()
    logging.getLogger("SQLQueryContextLogger").disabled = True
    logging.getLogger().addHandler(silent := logging.NullHandler())  # py4j tells the root of each answer that fails
    before = os.environ.get("SPARK_LOCAL_DIRS")
    os.environ["SPARK_LOCAL_DIRS"] = str(scratch)  # it goes before every other setting
    try:
        with _session(_conf(scratch, master)) as session, duckdb.connect(":memory:") as rows:
            yield SparkEngine(session, rows, scratch)
    except (PySparkException, Py4JError, EOFError, ConnectionError) as error:  # the last two where its Java is gone
        raise EngineError("spark_failed", master=master, problem=_condition(error)) from error
    finally:
        logging.getLogger().removeHandler(silent)
        del os.environ["SPARK_LOCAL_DIRS"]
        if before is not None:
            os.environ["SPARK_LOCAL_DIRS"] = before


def _condition(error: Exception) -> str:
    """What went wrong in Spark's words, or the kind of error where it can't say any more."""
    with suppress(AssertionError, AttributeError, Py4JError, ConnectionError):
        return error.getCondition() or type(error).__name__  # type: ignore[attr-defined]
    return type(error).__name__


def _conf(scratch: Path, master: str) -> Any:
    conf = SparkConf(loadDefaults=False).setMaster(master).setAppName("habeas audit")
    conf.setAll([*_SETTINGS.items(), *(_ON_THIS_MACHINE.items() if master.startswith("local") else ())])
    conf.set("spark.driver.extraJavaOptions", f"-Djava.io.tmpdir={scratch} -XX:-UsePerfData")
    return conf.set("spark.sql.warehouse.dir", str(scratch))


@contextmanager
def _session(conf: Any) -> Iterator[Any]:
    """A session in a Java of its own, which ends with it and says nothing here."""
    gateway = launch_gateway(conf, {"stdout": DEVNULL, "stderr": DEVNULL})
    try:
        session = SparkSession(SparkContext(conf=conf, gateway=gateway))
        try:
            yield session
        except BaseException:
            gateway.proc.kill()  # or it goes on for as long as what nobody asks any more takes
            raise
        else:
            # What a Java that is gone has not answered was an error where it was asked: its end is none.
            with (
                suppress(Py4JError, ConnectionError),
                warnings.catch_warnings(action="ignore", category=RuntimeWarning),
            ):
                session.stop()
    finally:
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait()
        SparkContext._gateway = SparkContext._jvm = SparkContext._active_spark_context = None
        SparkSession._instantiatedSession = SparkSession._activeSession = None
