"""LossPlot: the band, the smoothed line, and a loss that is no number."""

from __future__ import annotations

import math

from tests.ui.pilot_waiting import wait_for
from tests.ui.plot_app import PlotApp, canvas_of, drawn_lines, find
from tui_trainer.ui.loss_plot import LossPlot
from tui_trainer.ui.theme import DARK


def cells_in(plot: LossPlot, style: str) -> list[tuple[int, int]]:
    """(column, row) of each cell of the plot in this colour."""
    return [(x, y) for y, row in enumerate(canvas_of(plot)._styles) for x, cell in enumerate(row) if cell == style]


async def test_the_curve_ends_at_the_share_of_the_run_that_is_done() -> None:
    plot = LossPlot()
    async with PlotApp(plot).run_test(size=(110, 18)) as pilot:
        plot.show([2.0 / (1 + step / 50) for step in range(500)], num_epochs=10, steps_per_epoch=100)
        await wait_for(pilot, lambda: cells_in(plot, DARK["train"]))
        last = max(x for x, _ in cells_in(plot, DARK["train"]))
        assert abs(last - plot.num_columns / 2) <= 1.5


async def test_a_loss_that_became_nan_is_an_x_on_the_axis_and_ends_the_line() -> None:
    plot = LossPlot()
    async with PlotApp(plot).run_test(size=(110, 18)) as pilot:
        plot.show([1.0] * 400 + [math.nan], num_epochs=10, steps_per_epoch=100)
        await wait_for(pilot, lambda: find(plot, "x"))
        [(column, row)] = find(plot, "x")
        assert row == len(drawn_lines(plot)) - 1
        assert max(x for x, _ in cells_in(plot, DARK["train"])) <= column


async def test_a_loss_of_zero_is_drawn_on_the_lower_edge_and_nothing_fails() -> None:
    plot = LossPlot()
    async with PlotApp(plot).run_test(size=(110, 18)) as pilot:
        plot.show([1.0, 0.0] * 50, num_epochs=1, steps_per_epoch=100)
        await wait_for(pilot, lambda: cells_in(plot, DARK["train-faint"]))


async def test_losses_that_were_taken_back_are_not_drawn_any_more() -> None:
    plot = LossPlot()
    async with PlotApp(plot).run_test(size=(110, 18)) as pilot:
        plot.show([1.0] * 800, num_epochs=10, steps_per_epoch=100)
        await wait_for(pilot, lambda: cells_in(plot, DARK["train"]))
        plot.show([1.0] * 300, num_epochs=10, steps_per_epoch=100, is_new=True)
        await wait_for(pilot, lambda: max(x for x, _ in cells_in(plot, DARK["train"])) < plot.num_columns * 0.35)


async def test_another_run_of_the_same_length_is_drawn_from_its_own_losses() -> None:
    plot = LossPlot()
    async with PlotApp(plot).run_test(size=(110, 18)) as pilot:
        plot.show([1.0] * 300, num_epochs=10, steps_per_epoch=100)
        await pilot.pause()
        plot.show([0.01] * 300, num_epochs=10, steps_per_epoch=100, is_new=True)
        assert abs(plot.smoothed - 0.01) < 1e-9


async def test_the_band_is_whole_at_a_greater_width() -> None:
    plot = LossPlot()
    async with PlotApp(plot).run_test(size=(36, 18)) as pilot:
        plot.show([0.1, 10.0] * 500, num_epochs=10, steps_per_epoch=100)
        await wait_for(pilot, lambda: cells_in(plot, DARK["train-faint"]))
        await pilot.resize_terminal(140, 18)
        await wait_for(pilot, lambda: len({x for x, _ in cells_in(plot, DARK["train-faint"])}) == plot.num_columns > 100)
