"""AccuracyPlot and LearningRatePlot: the marks of each epoch."""

from __future__ import annotations

from tests.ui.pilot_waiting import wait_for
from tests.ui.plot_app import PlotApp, drawn_lines, find, num_braille
from tests.ui.test_loss_plot import cells_in
from tui_trainer.runs.run_history import EpochRecord
from tui_trainer.ui.accuracy_plot import AccuracyPlot
from tui_trainer.ui.curve_view import CurveView
from tui_trainer.ui.lr_plot import LearningRatePlot
from tui_trainer.ui.rate_curves import RateCurve
from tui_trainer.ui.step_scale import StepScale
from tui_trainer.ui.theme import DARK


def record(epoch: int, test_acc: float | None, train_acc: float | None = 0.99) -> EpochRecord:
    """An epoch of 10 steps."""
    return EpochRecord(epoch, epoch * 10, 1, 0.1, train_acc, 0.1, test_acc, 0.5, 0.7, 1000.0)


def scale(num_epochs: int) -> StepScale:
    """All of a run of so many epochs of 10 steps."""
    return StepScale((0, num_epochs * 10), steps_per_epoch=10)


async def test_the_star_stands_at_the_best_epoch() -> None:
    plot, epochs = AccuracyPlot(), [record(1, 0.95), record(2, 0.98), record(3, 0.96)]
    async with PlotApp(plot).run_test(size=(110, 18)) as pilot:
        plot.show(epochs, epochs[1], scale(4), CurveView())
        await wait_for(pilot, lambda: find(plot, "★"))
        [(column, row)] = find(plot, "★")
        assert abs(column - plot.num_columns / 2) <= 1.5
        others = [y for _, y in cells_in(plot, DARK["test"])]
        assert others and min(others) >= row


async def test_the_best_epoch_has_its_star_alone_and_no_dots_around_it() -> None:
    plot, best = AccuracyPlot(), record(2, 0.98)
    async with PlotApp(plot).run_test(size=(110, 18)) as pilot:
        plot.show([best], best, scale(4), CurveView())
        await wait_for(pilot, lambda: find(plot, "★"))
        assert not cells_in(plot, DARK["test"])


async def test_an_epoch_without_a_test_accuracy_has_no_dot_and_the_train_line_a_gap() -> None:
    plot, epochs = AccuracyPlot(), [record(1, None, None), record(2, None, 0.95)]
    async with PlotApp(plot).run_test(size=(110, 18)) as pilot:
        plot.show(epochs, None, scale(4), CurveView())
        await wait_for(pilot, lambda: cells_in(plot, DARK["train"]))
        assert not cells_in(plot, DARK["test"]) and not find(plot, "★")


async def test_more_epochs_than_columns_are_thinned_out_and_the_last_is_there() -> None:
    plot, epochs = AccuracyPlot(), [record(epoch, 0.95) for epoch in range(1, 5001)]
    async with PlotApp(plot).run_test(size=(60, 18)) as pilot:
        plot.show(epochs, epochs[0], scale(5000), CurveView())
        await wait_for(pilot, lambda: cells_in(plot, DARK["test"]))
        assert max(x for x, _ in cells_in(plot, DARK["test"])) >= plot.num_columns


async def test_a_constant_learning_rate_is_a_straight_line_over_all_epochs() -> None:
    plot = LearningRatePlot()
    async with PlotApp(plot).run_test(size=(60, 14)) as pilot:
        plot.show(RateCurve(((0.0, 0.5),), epochs=20))
        await wait_for(pilot, lambda: any(num_braille(line) for line in drawn_lines(plot)))
        [line] = [line for line in drawn_lines(plot) if num_braille(line)]
        assert num_braille(line) >= plot.num_columns


async def test_a_run_of_one_epoch_still_has_a_learning_rate() -> None:
    plot = LearningRatePlot()
    async with PlotApp(plot).run_test(size=(60, 14)) as pilot:
        plot.show(RateCurve(((0.0, 0.1),), epochs=1))
        await wait_for(pilot, lambda: any(num_braille(line) for line in drawn_lines(plot)))


async def test_superseded_epochs_are_faint_dots() -> None:
    plot = AccuracyPlot()
    async with PlotApp(plot).run_test(size=(110, 18)) as pilot:
        plot.show([record(1, 0.95), record(2, 0.96)], None, scale(4), CurveView(), superseded=[record(3, 0.96)])
        await wait_for(pilot, lambda: cells_in(plot, DARK["test"]))
        old = [x for x, y in cells_in(plot, DARK["faint"]) if x and y < len(drawn_lines(plot)) - 1]
        assert old and all(abs(x - plot.num_columns * 0.75) <= 2 for x in old)


async def test_a_zoom_between_two_far_epochs_draws_the_line_through_at_once() -> None:
    plot = AccuracyPlot()
    far = [EpochRecord(epoch, epoch * 10**7, 1, 0.1, 0.9, 0.1, 0.95, 0.5, 0.7, 1.0) for epoch in (1, 2)]
    async with PlotApp(plot).run_test(size=(60, 18)) as pilot:
        plot.show(far, far[0], StepScale((12_000_000, 12_000_008), steps_per_epoch=10**7), CurveView())
        await wait_for(pilot, lambda: any(num_braille(line) for line in drawn_lines(plot)), within_s=1.0)
        assert not find(plot, "★")
