"""StepColumns, StepScale and SmoothedValues: each value in one column, at any width and on any axis."""

from __future__ import annotations

import bisect
import math
import random
from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest

from tui_trainer.runs.step_clock import StepClock
from tui_trainer.ui.curve_view import XUnit
from tui_trainer.ui.smoothed_values import SmoothedValues
from tui_trainer.ui.step_columns import StepColumn, StepColumns
from tui_trainer.ui.step_scale import StepScale
from tui_trainer.ui.value_blocks import ValueBlocks

NUM_STEPS = 5_000


def clock_of(num_steps: int) -> StepClock:
    """Steps that get slower."""
    clock = StepClock()
    clock.begin_attempt(0, 0.0)
    for step in range(50, num_steps + 1, 50):
        clock.note(step, step**1.3 / 1000, 0.1)
    return clock


def columns_of(columns: StepColumns, losses: Sequence[float], scale: StepScale, num_columns: int) -> list[StepColumn]:
    edges = scale.edges(num_columns, len(losses))
    return columns.update(losses, unsmoothed(losses), edges, [min(edge, len(losses)) for edge in edges])


def unsmoothed(values: Sequence[float]) -> Callable[[int], float]:
    """The value itself."""
    return lambda num_values: values[num_values - 1]


@pytest.mark.parametrize("unit", list(XUnit))
@pytest.mark.parametrize("window", [(0, NUM_STEPS), (1_000, 3_000), (2_990, 3_010), (2_996, 3_004)])
@pytest.mark.parametrize("num_columns", [2, 7, 96, 400])
def test_each_step_in_the_window_is_in_exactly_one_column(window: tuple[int, int], unit: XUnit, num_columns: int) -> None:
    scale = StepScale(window, unit=unit, steps_per_epoch=100, clock=clock_of(NUM_STEPS))
    losses = [float(step) for step in range(1, NUM_STEPS + 1)]
    found = columns_of(StepColumns(), losses, scale, num_columns)
    assert found[0].lowest == window[0] + 1 and found[-1].highest == window[1]
    assert all(before.highest + 1 == after.lowest for before, after in pairwise(found))
    assert all(scale.minimum <= scale.middle_of(one.first_step, one.last_step) <= scale.maximum for one in found)


@pytest.mark.parametrize("unit", list(XUnit))
def test_growth_in_pieces_gives_what_growth_at_once_gives(unit: XUnit) -> None:
    chance = random.Random(3)
    losses = [chance.random() for _ in range(NUM_STEPS)]
    columns, num_taken = StepColumns(), 0
    while num_taken < NUM_STEPS:
        num_taken = min(NUM_STEPS, num_taken + chance.randint(1, 300))
        scale = StepScale((0, NUM_STEPS), unit=unit, steps_per_epoch=100, clock=clock_of(num_taken))
        grown = columns_of(columns, losses[:num_taken], scale, 96)
        assert grown == columns_of(StepColumns(), losses[:num_taken], scale, 96)


def test_columns_that_are_complete_are_not_read_again() -> None:
    class Watched(list[float]):
        read: list[int]

        def __getitem__(self, index):  # type: ignore[no-untyped-def]
            self.read.append(index.start if isinstance(index, slice) else index)
            return super().__getitem__(index)

    columns, scale = StepColumns(), StepScale((0, 1000))
    columns_of(columns, [1.0] * 500, scale, 100)
    watched = Watched([1.0] * 520)
    watched.read = []
    columns_of(columns, watched, scale, 100)
    assert min(watched.read) >= 490


def test_values_that_lie_apart_leave_the_columns_between_them_empty() -> None:
    steps, norms = [10, 20, 900], [1.0, 2.0, 3.0]
    edges = StepScale((0, 1000)).edges(10, 900)
    found = StepColumns().update(norms, unsmoothed(norms), edges, [bisect.bisect_right(steps, edge) for edge in edges])
    assert [(one.lowest, one.highest) for one in found] == [(1.0, 2.0), (3.0, 3.0)]


def test_a_value_that_is_no_number_is_a_gap_of_its_column() -> None:
    found = columns_of(StepColumns(), [1.0, math.nan, 3.0, math.nan], StepScale((0, 4)), 2)
    assert [(one.lowest, one.highest, one.has_gap) for one in found] == [(1.0, 1.0, True), (3.0, 3.0, True)]


def test_another_smoothing_reads_no_value_again() -> None:
    losses, edges = [1.0, 9.0, 2.0, 3.0, 4.0, 5.0], [0, 2, 4, 6]
    columns = StepColumns()
    before = columns.update(losses, unsmoothed(losses), edges, edges)
    columns.forget_smoothing()
    after = columns.update([0.0] * 6, lambda num_values: 10.0 * num_values, edges, edges)
    assert [one.smoothed for one in before] == [9.0, 3.0, 5.0] and [one.smoothed for one in after] == [20.0, 40.0, 60.0]
    assert [one.highest for one in after] == [9.0, 3.0, 0.0]  # the last one may have grown


def plain_averages(series: Sequence[float], weight: float) -> list[float]:
    """By the paper's sums, value after value."""
    average, bias, found = 0.0, 1.0, []
    for value in series:
        if math.isfinite(value):
            average, bias = weight * average + (1 - weight) * value, bias * weight
        found.append(average / (1 - bias) if bias < 1 else math.nan)
    return found


def test_the_average_is_corrected_for_its_start_and_passes_over_gaps() -> None:
    smoothed, series = SmoothedValues(0.9), [math.nan, 2.3, math.nan, 1.0, math.inf, 4.0]
    assert math.isnan(smoothed.after(series, 0)) and math.isnan(smoothed.after(series, 1))
    assert smoothed.after(series, 2) == smoothed.after(series, 3) == pytest.approx(2.3)
    finite = [value for value in series if math.isfinite(value)]
    weights = [0.9 ** (len(finite) - 1 - index) for index in range(len(finite))]
    assert smoothed.after(series, 6) == pytest.approx(sum(w * x for w, x in zip(weights, finite, strict=True)) / sum(weights))


@pytest.mark.parametrize("weight", [0.0, 0.5, 0.985, 0.999])
@pytest.mark.parametrize("stride", [1, 70, 7_000])
def test_wherever_it_is_asked_for_the_average_is_that_of_all_values_before(weight: float, stride: int) -> None:
    chance = random.Random(1)
    series = [math.nan if index % 997 < 3 else 5 * chance.random() for index in range(35_000)]
    plain, smoothed = plain_averages(series, weight), SmoothedValues(weight)
    places = [*range(stride, 35_000, stride), 10, 34_000, 20_000]
    assert [smoothed.after(series, place) for place in places] == pytest.approx(
        [plain[place - 1] for place in places], nan_ok=True
    )


@pytest.mark.parametrize("weight", [0.0, 0.5, 0.985, 0.999])
def test_asked_anywhere_in_any_order_the_average_is_the_same(weight: float) -> None:
    chance = random.Random(2)
    series = [math.nan if index % 997 < 3 else 5 * chance.random() for index in range(50_000)]
    plain, smoothed = plain_averages(series, weight), SmoothedValues(weight)
    places = [chance.randint(1, 50_000) for _ in range(400)]
    assert [smoothed.after(series, place) for place in places] == pytest.approx(
        [plain[place - 1] for place in places], nan_ok=True
    )


@pytest.mark.parametrize("seed", range(5))
def test_the_extremes_of_any_stretch_are_those_of_its_finite_values(seed: int) -> None:
    chance = random.Random(seed)
    strange = [math.nan, math.inf, -math.inf]
    values = [
        chance.choice(strange) if chance.random() < 0.002 or 900 < index < 1900 else chance.gauss(0, 1)
        for index in range(5_000)
    ]
    blocks = ValueBlocks()
    for _ in range(300):
        num_values = chance.randint(1, 5_000)
        first = chance.randrange(num_values)
        finite = [value for value in values[first:num_values] if math.isfinite(value)]
        low, high, has_gap = blocks.extremes(values[:num_values], first, num_values) or (0.0, 0.0, False)
        assert has_gap == (len(finite) < num_values - first)
        assert (low, high) == (min(finite), max(finite)) if finite else math.isnan(low) and math.isnan(high)
    assert blocks.extremes(values, 10, 10) is None


class Counted(list[float]):
    """Counts the values that slices of it gave."""

    num_read = 0

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        found = super().__getitem__(index)
        self.num_read += len(found)
        return found


def test_a_long_stretch_is_read_once_however_often_it_is_asked_for() -> None:
    series, blocks, smoothed = Counted([1.0] * 100_000), ValueBlocks(), SmoothedValues(0.985)
    for num_columns in range(191, 201):
        edges = [100_000 * column // num_columns for column in range(num_columns + 1)]
        for first, last in pairwise(edges):
            assert blocks.extremes(series, first, last) == (1.0, 1.0, False)
            assert smoothed.after(series, last) == pytest.approx(1.0)
    # Once for each of the two, and then what lies between a place and the nearest block or kept average.
    assert series.num_read <= 2 * 100_000 + 10 * 200 * 2 * 256 < 10 * 2 * 100_000


def test_a_million_values_are_smoothed_by_looking_at_each_once_at_most() -> None:
    series = Counted([1.0] * 1_000_000)
    for weight, most in ((0.985, 200_000), (0.999, 1_000_000)):
        series.num_read, smoothed = 0, SmoothedValues(weight)
        assert all(smoothed.after(series, place) == pytest.approx(1.0) for place in range(10_000, 1_000_001, 10_000))
        assert series.num_read <= most


def test_a_time_axis_ends_at_a_round_time_while_the_run_goes_and_moves_seldom() -> None:
    ends = {StepScale((0, NUM_STEPS), unit=XUnit.TIME, clock=clock_of(done)).maximum for done in range(50, NUM_STEPS, 50)}
    assert len(ends) <= 12
    clock = clock_of(NUM_STEPS)
    assert StepScale((0, NUM_STEPS), unit=XUnit.TIME, clock=clock).maximum == clock.last_s


@pytest.mark.parametrize("unit", list(XUnit))
@pytest.mark.parametrize("window", [(0, NUM_STEPS), (1_234, 1_300), (2_996, 3_004)])
def test_each_axis_has_ticks_within_it_and_the_last_names_the_unit(window: tuple[int, int], unit: XUnit) -> None:
    axis = StepScale(window, unit=unit, steps_per_epoch=100, clock=clock_of(NUM_STEPS)).axis(48)
    assert 1 <= len(axis.ticks) <= 10
    assert all(axis.minimum - 1e-6 <= position <= axis.maximum + 1e-6 for position, _ in axis.ticks)
    assert axis.ticks[-1][1].startswith(unit.value)
    assert len({label for _, label in axis.ticks}) == len(axis.ticks)
