"""LossBins: extremes and smoothing of any number of losses, at any width."""

from __future__ import annotations

import math

import pytest

from tui_trainer.ui.loss_bins import MAX_BINS, SMOOTHING, LossBins


def test_the_first_smoothed_loss_is_the_first_loss_and_not_near_zero() -> None:
    bins = LossBins(100)
    bins.take([2.3])
    assert bins.smoothed == pytest.approx(2.3)


def test_smoothing_is_the_corrected_moving_average() -> None:
    bins, losses = LossBins(50), [float(index) for index in range(1, 31)]
    bins.take(losses)
    weights = [SMOOTHING ** (len(losses) - 1 - index) for index in range(len(losses))]
    assert bins.smoothed == pytest.approx(sum(w * x for w, x in zip(weights, losses, strict=True)) / sum(weights))


def test_a_spike_of_one_step_stays_in_its_column() -> None:
    bins = LossBins(20_000)
    bins.take([0.1] * 7_777 + [9.0] + [0.1] * 2_222)
    tall = [column for column in bins.columns(100) if column.highest == 9.0]
    assert len(tall) == 1 and tall[0].first_step <= 7_778 <= tall[0].last_step


def test_columns_lie_where_they_were_when_more_steps_come() -> None:
    bins, steps = LossBins(1000), [1.0 / (index + 1) for index in range(1000)]
    bins.take(steps[:400])
    early = bins.columns(50)
    bins.take(steps[400:])
    assert bins.columns(50)[: len(early) - 1] == early[:-1]
    assert len(early) == 20 and len(bins.columns(50)) == 50


def test_steps_in_pieces_give_what_steps_at_once_give() -> None:
    whole, pieces, losses = LossBins(3000), LossBins(3000), [1.0 + index % 7 for index in range(3000)]
    whole.take(losses)
    for start in range(0, 3000, 137):
        pieces.take(losses[start : start + 137])
    assert whole.columns(108) == pieces.columns(108)


def test_a_loss_that_is_not_finite_is_a_gap_and_leaves_the_average_alone() -> None:
    bins = LossBins(10)
    bins.take([1.0, math.nan, math.inf])
    assert bins.smoothed == pytest.approx(1.0)
    assert [column.has_gap for column in bins.columns(10)] == [False, True, True]


def test_steps_past_the_plan_fall_into_the_last_column() -> None:
    bins = LossBins(4)
    bins.take([1.0, 1.0, 1.0, 1.0, 5.0])
    assert bins.columns(4)[-1].highest == 5.0


def test_memory_is_bounded_for_the_longest_run() -> None:
    bins = LossBins(10**9)
    bins.take([1.0] * 10)
    assert len(bins.columns(10**6)) <= MAX_BINS
