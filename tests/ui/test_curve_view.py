"""CurveView: windows, zoom, pan and smoothing as arithmetic."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tui_trainer.ui.curve_view import MIN_WINDOW, SMOOTHING, WEIGHTS, CurveView, XUnit

RUN = (10_000, 6_000)
"""Planned and done."""


def test_the_whole_plan_is_shown_at_first_and_never_moves() -> None:
    assert CurveView().shown(10_000, 5) == CurveView().shown(10_000, 9_999) == (0, 10_000)
    assert CurveView().shown(100, 150) == (0, 150), "steps past the plan"


def test_the_recent_window_holds_the_newest_step_and_moves_seldom() -> None:
    view, windows = CurveView(is_recent=True), set()
    for num_taken in range(0, 10_001, 10):
        start, end = view.shown(10_000, num_taken)
        assert end - start == 1_000 and start <= num_taken <= end
        windows.add((start, end))
    assert len(windows) <= 40


def test_zooming_in_ends_at_a_few_steps_around_the_cursor_and_out_at_the_whole_run() -> None:
    view = CurveView(cursor=4_321)
    for _ in range(20):
        view = view.zoomed(1, *RUN)
        start, end = view.shown(*RUN)
        assert start < 4_321 <= end
    assert end - start == MIN_WINDOW
    for _ in range(20):
        view = view.zoomed(-1, *RUN)
    assert view.window is None and view.shown(*RUN) == (0, 10_000)


def test_without_a_cursor_a_zoom_is_around_the_newest_step() -> None:
    start, end = CurveView().zoomed(1, *RUN).shown(*RUN)
    assert start < 6_000 <= end and end - start == 5_000


@pytest.mark.parametrize("direction", [1, -1])
def test_panning_stays_within_the_run_and_keeps_the_width(direction: int) -> None:
    view = CurveView(window=(4_000, 5_000))
    for _ in range(30):
        view = view.panned(direction, *RUN)
        start, end = view.shown(*RUN)
        assert 0 <= start < end <= 10_000 and end - start == 1_000
    assert CurveView().panned(direction, *RUN) == CurveView()


def test_the_cursor_takes_the_window_with_it_and_stays_on_steps_that_are_done() -> None:
    view = CurveView(window=(1_000, 2_000)).read_at(2_001, *RUN)
    assert view.cursor == 2_001 and view.window == (1_001, 2_001)
    assert view.read_at(500, *RUN).window == (499, 1_499)
    assert CurveView().read_at(-5, *RUN).cursor == 1 and CurveView().read_at(99_999, *RUN).cursor == 6_000


def test_smoothing_goes_through_its_weights_and_off_and_on_again() -> None:
    view = CurveView()
    for _ in range(20):
        view = view.smoother(1)
    assert view.weight == max(WEIGHTS) < 1
    for _ in range(20):
        view = view.smoother(-1)
    assert view.weight == 0
    assert view.without_smoothing().weight == SMOOTHING and CurveView().without_smoothing().weight == 0


def test_the_window_goes_from_a_zoom_to_the_whole_run_and_to_its_recent_part() -> None:
    view = CurveView(window=(5, 50)).with_other_window()
    assert view.window is None and not view.is_recent
    assert view.with_other_window().is_recent and not view.with_other_window().with_other_window().is_recent


def test_the_units_come_round() -> None:
    view = CurveView()
    units = [view := view.with_next_unit() for _ in range(3)]
    assert [one.unit for one in units] == [XUnit.STEP, XUnit.TIME, XUnit.EPOCH]
    assert replace(view, cursor=3).without_cursor() == view
