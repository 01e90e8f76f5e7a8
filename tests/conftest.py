"""What holds for every test: how hypothesis runs, and that CI leaves nothing out."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

# The browser's driver keeps an event loop in the process; Django would refuse the next test's queries for it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# Tests share the processors, so no example has a deadline; in CI the same examples are tried every time.
settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "local")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """With CI=true a skipped test is a failure: something that the tests need is missing."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") != "true" or reporter is None or hasattr(session.config, "workerinput"):
        return
    skipped = reporter.stats.get("skipped", [])
    if skipped and session.exitstatus == pytest.ExitCode.OK:
        reporter.ensure_newline()
        reporter.write_line(f"CI=true and {len(skipped)} tests were skipped: that is a failure.")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
