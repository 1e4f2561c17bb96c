from __future__ import annotations

import itertools
import math
import time
from array import array

import pytest

from tui_trainer.runs.step_bins import bin_steps


def test_every_step_is_in_one_bin_and_bins_are_alike_in_width() -> None:
    bins = bin_steps(array("d", range(1, 1001)), 37)
    assert (bins[0].first, bins[-1].last) == (1, 1000)
    assert all(before.last + 1 == after.first for before, after in itertools.pairwise(bins))
    assert {one.last - one.first + 1 for one in bins} == {27, 28}
    assert all((one.lowest, one.highest) == (one.first, one.last) for one in bins)


@pytest.mark.parametrize("num_bins", [1, 2, 7, 110, 999, 5000])
@pytest.mark.parametrize("at", [1, 500, 1000])
def test_a_spike_of_one_step_is_in_a_bin_at_every_zoom(num_bins: int, at: int) -> None:
    values = array("d", [0.1] * 1000)
    values[at - 1] = 9.0
    for first, last in ((1, 1000), (max(1, at - 40), at + 40), (at, at)):
        bins = bin_steps(values, num_bins, first, last)
        (spike,) = [one for one in bins if one.highest == 9.0]
        assert spike.first <= at <= spike.last


def test_gaps_are_counted_and_hide_nothing_beside_them() -> None:
    values = array("d", [1.0, math.nan, 3.0, math.nan, math.nan, math.inf])
    first, second = bin_steps(values, 2)
    assert (first.lowest, first.mean, first.highest, first.num_gaps) == (1.0, 2.0, 3.0, 1)
    assert (second.lowest, second.mean, second.highest, second.num_gaps) == (None, None, None, 3)


@pytest.mark.parametrize(("first", "last"), [(5, 4), (11, 20), (0, 0)])
def test_an_empty_window_has_no_bins(first: int, last: int) -> None:
    assert bin_steps(array("d", [1.0] * 10), 5, first, last) == []
    assert bin_steps(array("d"), 5) == []


def test_large_finite_losses_are_no_gap() -> None:
    (one,) = bin_steps(array("d", [1e308, 1e308, 1.0]), 1)
    assert (one.lowest, one.highest, one.num_gaps) == (1.0, 1e308, 0)


def test_a_million_steps_take_no_time() -> None:
    values = array("d", [0.5]) * 1_000_000
    began = time.perf_counter()
    bin_steps(values, 200)
    assert time.perf_counter() - began < 1.0
