"""The spec tests of tests/audit, asked of Spark: what a check finds in its tables it finds there too.

Those that draw dozens of tables ask Spark the same question dozens of times: `test_same_answers` has drawn rows in one.
"""

from __future__ import annotations

import pytest

from tests.audit.test_chain_checks import *  # noqa: F403
from tests.audit.test_count_checks import *  # noqa: F403
from tests.audit.test_daily_counts import (
    test_a_day_on_which_most_have_no_number_is_named,
    test_a_day_that_does_not_follow_from_the_day_before_is_one_finding_a_facility,
    test_an_old_day_published_twice_as_new_is_stale_both_times,
)
from tests.audit.test_headcounts import (
    test_an_open_stretch_is_a_bound,
    test_the_definitions_differ_where_they_should,
    test_the_thirty_in_one_table_count_as_each_alone,
)
from tests.audit.test_lists_beside import *  # noqa: F403
from tests.audit.test_reconcile import *  # noqa: F403
from tests.audit.test_registers import *  # noqa: F403
from tests.audit.test_rosters import (
    test_a_day_without_a_list_is_named_and_makes_bounds,
    test_a_list_that_is_that_of_the_day_before_is_named_where_it_is_no_chance,
    test_one_list_after_another_is_one_stretch,
    test_who_is_in_two_places_on_one_day_is_named,
    test_who_is_left_off_and_back_is_named_once,
    test_who_is_twice_on_one_list_counts_once,
    test_who_was_away_for_longer_has_two_stretches_and_no_finding,
)
from tests.audit.test_stays import (
    test_a_stay_is_what_the_data_call_so_or_what_is_unbroken,
    test_who_moves_within_a_place_neither_comes_nor_leaves,
)
from tests.audit.test_stint_checks import *  # noqa: F403

del test_a_true_count_at_any_hour_is_never_a_finding, test_totals_that_only_grow_never_fall  # noqa: F821

__all__ = [
    "test_a_day_on_which_most_have_no_number_is_named",
    "test_a_day_that_does_not_follow_from_the_day_before_is_one_finding_a_facility",
    "test_a_day_without_a_list_is_named_and_makes_bounds",
    "test_a_list_that_is_that_of_the_day_before_is_named_where_it_is_no_chance",
    "test_a_stay_is_what_the_data_call_so_or_what_is_unbroken",
    "test_an_old_day_published_twice_as_new_is_stale_both_times",
    "test_an_open_stretch_is_a_bound",
    "test_one_list_after_another_is_one_stretch",
    "test_the_definitions_differ_where_they_should",
    "test_the_thirty_in_one_table_count_as_each_alone",
    "test_who_is_in_two_places_on_one_day_is_named",
    "test_who_is_left_off_and_back_is_named_once",
    "test_who_is_twice_on_one_list_counts_once",
    "test_who_moves_within_a_place_neither_comes_nor_leaves",
    "test_who_was_away_for_longer_has_two_stretches_and_no_finding",
]
pytestmark = pytest.mark.usefixtures("on_spark")
