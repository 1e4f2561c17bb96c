"""LossPlot: the band, the smoothed line, and a loss that is no number."""

from __future__ import annotations

import math
from typing import Any

import pytest
from textual.geometry import Region

from tests.ui.pilot_waiting import wait_for
from tests.ui.plot_app import PlotApp, canvas_of, drawn_lines, find
from tui_trainer.ui.curve_view import CurveView, XUnit
from tui_trainer.ui.loss_plot import LossPlot
from tui_trainer.ui.step_scale import StepScale
from tui_trainer.ui.theme import DARK


def show(plot: LossPlot, losses: list[float], num_steps: int, *, is_new: bool = False, **looks: Any) -> None:
    """Draw `losses` of a run of `num_steps` in epochs of 100; `looks` are fields of the CurveView."""
    view = CurveView(**looks)
    scale = StepScale(view.shown(num_steps, len(losses)), unit=view.unit, steps_per_epoch=100)
    plot.show_series(losses, scale, view, is_new=is_new)


def cells_in(plot: LossPlot, style: str) -> list[tuple[int, int]]:
    """(column, row) of each cell of the plot in this colour."""
    return [(x, y) for y, row in enumerate(canvas_of(plot)._styles) for x, cell in enumerate(row) if cell == style]


async def test_the_curve_ends_at_the_share_of_the_run_that_is_done() -> None:
    plot = LossPlot()
    async with PlotApp(plot).run_test(size=(110, 18)) as pilot:
        show(plot, [2.0 / (1 + step / 50) for step in range(500)], 1000)
        await wait_for(pilot, lambda: cells_in(plot, DARK["train"]))
        last = max(x for x, _ in cells_in(plot, DARK["train"]))
        assert abs(last - plot.num_columns / 2) <= 1.5


async def test_what_came_while_the_plot_was_hidden_is_there_when_it_is_shown_again_at_the_same_size() -> None:
    plot = LossPlot()
    losses = [1.0] * 200
    async with PlotApp(plot).run_test(size=(110, 18)) as pilot:
        show(plot, losses, 1000)
        await wait_for(pilot, lambda: cells_in(plot, DARK["train"]))
        plot.display = False
        await wait_for(pilot, lambda: plot.num_columns == 0)
        losses += [1.0] * 300
        show(plot, losses, 1000)
        plot.display = True
        await wait_for(pilot, lambda: cells_in(plot, DARK["train"]))
        await pilot.pause()
        assert abs(max(x for x, _ in cells_in(plot, DARK["train"])) - plot.num_columns / 2) <= 1.5


async def test_a_loss_that_became_nan_is_an_x_on_the_axis_and_ends_the_line() -> None:
    plot = LossPlot()
    async with PlotApp(plot).run_test(size=(110, 18)) as pilot:
        show(plot, [1.0] * 400 + [math.nan], 1000)
        await wait_for(pilot, lambda: find(plot, "x"))
        [(column, row)] = find(plot, "x")
        assert row == len(drawn_lines(plot)) - 1
        assert max(x for x, _ in cells_in(plot, DARK["train"])) <= column


async def test_a_loss_of_zero_is_drawn_on_the_lower_edge_and_nothing_fails() -> None:
    plot = LossPlot()
    async with PlotApp(plot).run_test(size=(110, 18)) as pilot:
        show(plot, [1.0, 0.0] * 50, 100)
        await wait_for(pilot, lambda: cells_in(plot, DARK["train-faint"]))


async def test_losses_that_were_taken_back_are_not_drawn_any_more() -> None:
    plot = LossPlot()
    async with PlotApp(plot).run_test(size=(110, 18)) as pilot:
        show(plot, [1.0] * 800, 1000)
        await wait_for(pilot, lambda: cells_in(plot, DARK["train"]))
        show(plot, [1.0] * 300, 1000, is_new=True)
        await wait_for(pilot, lambda: max(x for x, _ in cells_in(plot, DARK["train"])) < plot.num_columns * 0.35)


async def test_another_run_of_the_same_length_is_drawn_from_its_own_losses() -> None:
    plot = LossPlot()
    async with PlotApp(plot).run_test(size=(110, 18)) as pilot:
        show(plot, [1.0] * 300, 1000)
        await pilot.pause()
        show(plot, [0.01] * 300, 1000, is_new=True)
        assert abs(plot.smoothed - 0.01) < 1e-9


async def test_the_band_is_whole_at_a_greater_width() -> None:
    plot = LossPlot()
    async with PlotApp(plot).run_test(size=(36, 18)) as pilot:
        show(plot, [0.1, 10.0] * 500, 1000)
        await wait_for(pilot, lambda: cells_in(plot, DARK["train-faint"]))
        await pilot.resize_terminal(140, 18)
        await wait_for(pilot, lambda: len({x for x, _ in cells_in(plot, DARK["train-faint"])}) == plot.num_columns > 100)


async def test_an_outlier_does_not_squash_the_axis_and_is_marked_where_it_is_clipped() -> None:
    plot = LossPlot()
    losses = [1.0 + 0.1 * (step % 7) for step in range(1000)]
    losses[500] = 1e9
    async with PlotApp(plot).run_test(size=(110, 18)) as pilot:
        for is_log in (True, False):
            show(plot, losses, 1000, is_log=is_log, is_new=True)
            await wait_for(pilot, lambda: find(plot, "▲"))
            [(column, row)] = find(plot, "▲")
            assert row == 0 and abs(column - plot.num_columns / 2) <= 1.5
            rows = {y for _, y in cells_in(plot, DARK["train-faint"])}
            assert len(rows) >= 4, "the others fill the height"


@pytest.mark.parametrize("window", [None, (0, 10_000), (7_000, 8_000), (7_700, 7_850), (7_774, 7_782)])
@pytest.mark.parametrize("unit", [XUnit.EPOCH, XUnit.STEP])
async def test_a_spike_of_one_step_is_drawn_at_each_zoom(window: tuple[int, int] | None, unit: XUnit) -> None:
    plot, losses = LossPlot(), [0.1] * 7_777 + [9.0] + [0.1] * 2_222
    async with PlotApp(plot).run_test(size=(110, 18)) as pilot:
        show(plot, losses, 10_000, window=window, unit=unit)
        await wait_for(pilot, lambda: cells_in(plot, DARK["train-faint"]))
        tops = {x for x, y in cells_in(plot, DARK["train-faint"]) if y <= 2}
        start, end = window or (0, 10_000)
        assert 1 <= len(tops) <= 2 + 2 * plot.num_columns // (end - start)


async def test_steps_that_stand_apart_are_joined_so_that_a_spike_is_a_peak_and_no_lonely_dot() -> None:
    plot, losses = LossPlot(), [0.1] * 7_777 + [9.0] + [0.1] * 2_222
    async with PlotApp(plot).run_test(size=(110, 18)) as pilot:
        show(plot, losses, 10_000, window=(7_774, 7_782), weight=0.999)
        await wait_for(pilot, lambda: cells_in(plot, DARK["train-faint"]))
        assert len({y for _, y in cells_in(plot, DARK["train-faint"])}) > 8


async def test_without_smoothing_the_line_is_the_loss_itself() -> None:
    plot = LossPlot()
    async with PlotApp(plot).run_test(size=(110, 18)) as pilot:
        show(plot, [1.0, 3.0, 2.0], 100, weight=0.0)
        await pilot.pause()
        assert [plot.smoothed_at(index) for index in range(3)] == [1.0, 3.0, 2.0] and plot.smoothed == 2.0
        show(plot, [1.0, 3.0, 2.0], 100, weight=0.5)
        assert plot.smoothed == pytest.approx((0.25 * 1 + 0.5 * 3 + 1 * 2) / 1.75)


async def test_the_linear_axis_has_the_values_themselves() -> None:
    plot = LossPlot()
    async with PlotApp(plot).run_test(size=(110, 18)) as pilot:
        show(plot, [4.0 - step / 250 for step in range(1000)], 1000, is_log=False)
        await wait_for(pilot, lambda: cells_in(plot, DARK["train"]))
        labels = [line.strip() for line in drawn_lines(plot, "margin-left")]
        assert {"0", "1", "2", "3", "4"} <= set(labels)


async def test_changes_and_cursor_stand_on_the_axis_below_their_steps() -> None:
    plot, view = LossPlot(), CurveView(cursor=750)
    scale = StepScale((0, 1000), steps_per_epoch=100)
    async with PlotApp(plot).run_test(size=(110, 18)) as pilot:
        plot.show_series([1.0] * 1000, scale, view, changed_at=[250], superseded=[(500, 1.0)])
        await wait_for(pilot, lambda: find(plot, "•"))
        bottom = len(drawn_lines(plot)) - 1
        [(change, change_row)], [(cursor, cursor_row)] = find(plot, "•"), find(plot, "▲")
        assert change_row == cursor_row == bottom
        assert abs(change - plot.num_columns * 0.25) <= 1.5 and abs(cursor - plot.num_columns * 0.75) <= 1.5
        assert cells_in(plot, DARK["dim"]) and (change, 3) in cells_in(plot, DARK["faint"])


async def test_a_picture_that_grows_by_a_step_repaints_few_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    plot, losses = LossPlot(), [2.0 / (1 + step / 50) for step in range(500)]
    async with PlotApp(plot).run_test(size=(110, 18)) as pilot:
        show(plot, losses, 1000)
        await wait_for(pilot, lambda: cells_in(plot, DARK["train"]))
        regions: list[Region] = []
        monkeypatch.setattr(canvas_of(plot), "_set_dirty", lambda *spans: regions.extend(spans))
        show(plot, [*losses, *losses[-10:]], 1000)
        await wait_for(pilot, lambda: regions)
        assert sum(region.area for region in regions) <= 30
