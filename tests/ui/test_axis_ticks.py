"""Ticks: nice numbers, as many as there is room for."""

from __future__ import annotations

import math

import pytest

from tui_trainer.ui.axis_ticks import epoch_axis, format_tick, log_axis, nice_step, rate_axis, share_axis


@pytest.mark.parametrize(("num_epochs", "labels"), [(20, ["0", "5", "10", "15", "epoch 20"]), (1, ["0", "epoch 1"])])
def test_the_epoch_axis_ends_with_the_unit_and_the_last_epoch(num_epochs: int, labels: list[str]) -> None:
    axis = epoch_axis(0, num_epochs, num_columns=48)
    assert [label for _, label in axis.ticks] == labels
    assert (axis.minimum, axis.maximum) == (0.0, float(num_epochs))


@pytest.mark.parametrize("num_columns", [2, 10, 30, 200])
@pytest.mark.parametrize("num_epochs", [1, 2, 7, 100, 12_345, 1_000_000])
def test_an_epoch_axis_has_no_more_ticks_than_room(num_epochs: int, num_columns: int) -> None:
    ticks = epoch_axis(0, num_epochs, num_columns).ticks
    assert len(ticks) <= max(2, num_columns // 6) + 2
    assert [position for position, _ in ticks] == sorted({position for position, _ in ticks})


def test_steps_are_one_two_or_five_times_a_power_of_ten() -> None:
    assert [nice_step(value) for value in (0.2, 1, 1.5, 3, 6, 40, 120)] == [1, 1, 2, 5, 10, 50, 200]


def test_a_log_axis_has_thirds_where_rows_are_many_and_decades_where_they_are_few() -> None:
    assert [label for _, label in log_axis(0.01, 2.0, num_rows=15).ticks] == ["0.01", "0.03", "0.1", "0.3", "1"]
    assert [label for _, label in log_axis(0.01, 2.0, num_rows=8).ticks] == ["0.01", "0.1", "1"]


def test_log_ticks_stand_at_the_logarithm_and_within_the_axis() -> None:
    axis = log_axis(1e-4, 30.0, num_rows=15)
    assert axis.minimum < math.log10(1e-4) and axis.maximum > math.log10(30.0)
    assert all(axis.minimum < position < axis.maximum for position, _ in axis.ticks)
    assert (0.0, "1") in axis.ticks


def test_a_share_axis_starts_under_the_lowest_value_and_ends_at_one() -> None:
    axis = share_axis(0.9381, num_rows=15)
    assert [label for _, label in axis.ticks] == ["0.94", "0.96", "0.98", "1.00"]
    assert axis.minimum < 0.93 and axis.maximum > 1.0


def test_a_share_axis_is_not_empty_when_all_is_right() -> None:
    axis = share_axis(1.0, num_rows=15)
    assert axis.minimum < 0.98 and len(axis.ticks) >= 2


def test_a_learning_rate_of_zero_still_has_an_axis() -> None:
    assert rate_axis(0.0).maximum > 0
    assert [label for _, label in rate_axis(0.5).ticks] == ["0", "0.25", "0.5"]


@pytest.mark.parametrize("value", [1e-12, 1.234e-5, 0.000994, 0.25, 1.0, 123456.0, 1e30])
def test_a_tick_label_fits_into_its_six_columns(value: float) -> None:
    assert len(format_tick(value)) <= 6
    assert float(format_tick(value)) == pytest.approx(value, rel=0.5)
