"""One Spark for all tests of a file, and the tests of tests/audit with Spark in the place of DuckDB."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest

from habeas.audit import run
from habeas.audit.spark_engine import SparkEngine, spark
from tests.audit import hand, outside, test_headcounts, test_rosters

LOCAL = "local[2]"
SMALL = {
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.shuffle.partitions": "2",
}
"""What makes many questions to a few rows quick; the tests of the command have what everybody has."""
QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""For a Java that lives for a minute: compiled once, and not a second time for hours of use."""


@pytest.fixture(scope="session", autouse=True)
def quick() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JDK_JAVA_OPTIONS", QUICK)
        yield


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with spark(tmp_path_factory.mktemp("spark"), LOCAL) as engine:
        for name, value in SMALL.items():
            engine._session.conf.set(name, value)
        yield engine._session


class Filled(SparkEngine):
    """Takes rows as the tests of DuckDB give them."""

    def executemany(self, query: str, rows: Sequence[Sequence[Any]]) -> None:
        for each in rows:
            self.execute(query, each)


@pytest.fixture
def on_spark(session: Any, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What tests/audit opens as an engine is Spark's."""

    @contextmanager
    def opened(*_: object) -> Iterator[Filled]:
        with duckdb.connect(":memory:") as rows:
            yield Filled(session, rows, tmp_path_factory.mktemp("rows"))

    @contextmanager
    def by_spark(folder: Path, master: str, tables: Mapping[str, Path]) -> Iterator[SparkEngine]:
        with opened() as engine:
            engine.take(tables)
            yield engine

    monkeypatch.setattr(run, "by_spark", by_spark)
    for each in (outside, test_rosters):
        monkeypatch.setattr(each, "audited", partial(run.audited, master=LOCAL))
    monkeypatch.setattr(hand, "engine", opened)
    monkeypatch.setattr(test_headcounts, "engine", opened)
