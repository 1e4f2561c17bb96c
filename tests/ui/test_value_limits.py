"""Limits: outliers do not count, and what fits is held."""

from __future__ import annotations

import pytest

from tui_trainer.ui.value_limits import held_limits, needed_limits


@pytest.mark.parametrize("is_log", [True, False])
def test_a_single_outlier_does_not_widen_the_limits_and_two_do_not_either(is_log: bool) -> None:
    usual = [1.0 + index / 100 for index in range(100)]
    needed = needed_limits(usual, [*usual[2:], 1e9, 1e9], is_log=is_log)
    assert needed is not None and needed[1] < 3


@pytest.mark.parametrize("is_log", [True, False])
def test_what_is_no_outlier_is_within_the_limits(is_log: bool) -> None:
    values = [2.3 / (1 + index / 30) for index in range(100)]
    needed = needed_limits(values, values, is_log=is_log)
    assert needed is not None and needed[0] <= min(values) and needed[1] >= max(values)


def test_limits_are_held_while_values_stay_within_and_follow_when_they_have_become_small() -> None:
    first = held_limits(None, (0.0, 10.0), is_log=False)
    assert held_limits(first, (0.0, 9.0), is_log=False) == first
    assert held_limits(first, (0.0, 11.0), is_log=False)[1] > 11
    assert held_limits(first, (0.0, 1.0), is_log=False)[1] < 2
    logged = held_limits(None, (0.01, 10.0), is_log=True)
    assert held_limits(logged, (0.02, 3.0), is_log=True) == logged
    assert held_limits(logged, (1e-6, 1e-5), is_log=True)[1] < 1e-4


def test_zero_nothing_and_equal_values_have_limits() -> None:
    assert needed_limits([], [], is_log=True) is None
    for is_log in (True, False):
        for value in (0.0, 5.0, -3.0):
            needed = needed_limits([value], [value], is_log=is_log)
            assert needed is not None
            low, high = held_limits(None, needed, is_log=is_log)
            assert low < high
