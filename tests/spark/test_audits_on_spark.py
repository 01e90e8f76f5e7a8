"""The spec tests of tests/audit, asked of Spark: what a check finds in its tables it finds there too."""

from __future__ import annotations

import pytest

from tests.audit.test_chain_checks import *  # noqa: F403
from tests.audit.test_count_checks import *  # noqa: F403
from tests.audit.test_headcounts import test_an_open_stretch_is_a_bound, test_the_definitions_differ_where_they_should
from tests.audit.test_reconcile import *  # noqa: F403
from tests.audit.test_stint_checks import *  # noqa: F403

__all__ = ["test_an_open_stretch_is_a_bound", "test_the_definitions_differ_where_they_should"]
pytestmark = pytest.mark.usefixtures("on_spark")
