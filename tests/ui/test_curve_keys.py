"""The keys of the Train screen that change how curves are looked at, under a pilot."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from tests.runs_factory import RunWriter, write_run
from tests.ui.app_pilot import opened_app
from tests.ui.pilot_waiting import screen_lines, wait_for
from tests.ui.plot_app import drawn_lines, find, num_braille
from tests.ui.test_train_screen import SMALL, WIDE, shown_keys, text_of, watching
from tui_trainer.ui.curve_plot import CurvePlot
from tui_trainer.ui.curve_view import SMOOTHING, CurveView, XUnit
from tui_trainer.ui.grad_norm_plot import GradNormPlot
from tui_trainer.ui.loss_plot import LossPlot
from tui_trainer.ui.run_rate_plot import RunRatePlot
from tui_trainer.ui.train_screen import TrainScreen


def write_curves(epochs_done: int = 6) -> RunWriter:
    """A run with gradient norms and a change of its learning rate after two epochs."""
    writer = write_run(epochs_done=2, steps_per_epoch=100)
    writer.log.append("control_applied", kind="set", request="1", step=200, key="optimizer.lr", old=0.5, new=0.125)
    for _ in range(epochs_done - 2):
        first = writer.step + 1
        norms = [[first + index, 1.5] for index in range(0, 100, 20)]
        writer.log.append("steps", first_step=first, losses=[0.25] * 100, lr=0.125, grad_norms=norms)
        writer.step += 100
        writer.end_epoch()
    return writer


def plot_of(screen: TrainScreen, kind: type[CurvePlot] = LossPlot) -> CurvePlot:
    return screen.query_one(kind)


def title_row(pilot: Pilot[int]) -> str:
    """The row with the titles of the charts."""
    return screen_lines(pilot)[2]


async def test_l_swaps_the_y_axis_and_the_title_says_so() -> None:
    writer = write_curves()
    async with watching(writer.directory) as (pilot, screen):
        assert "loss  log" in title_row(pilot)
        before = drawn_lines(plot_of(screen), "margin-left")
        await pilot.press("l")
        await wait_for(pilot, lambda: "loss  log" not in title_row(pilot))
        await wait_for(pilot, lambda: drawn_lines(plot_of(screen), "margin-left") != before)
        await pilot.press("l")
        await wait_for(pilot, lambda: drawn_lines(plot_of(screen), "margin-left") == before)
    writer.leave()


async def test_a_counts_epochs_steps_and_time_on_both_charts() -> None:
    writer = write_curves()
    async with watching(writer.directory) as (pilot, _):
        for words in ("epoch 20", "step 2,000", "time 0:0", "epoch 20"):
            await wait_for(pilot, lambda words=words: text_of(pilot).count(words) == 2)  # type: ignore[misc]
            await pilot.press("a")
    writer.leave()


async def test_plus_minus_and_0_change_the_weight_that_stands_in_the_corner() -> None:
    writer = write_curves()
    async with watching(writer.directory) as (pilot, screen):
        assert f"smooth {SMOOTHING}" in text_of(pilot)
        await pilot.press("+", "+")
        await wait_for(pilot, lambda: "smooth 0.995" in text_of(pilot))
        await pilot.press("-")
        await wait_for(pilot, lambda: "smooth 0.99 " in text_of(pilot))
        await pilot.press("0")
        await wait_for(pilot, lambda: "not smoothed" in text_of(pilot))
        assert screen.query_one(LossPlot).smoothed == screen.history.losses[-1]  # type: ignore[union-attr]
        await pilot.press("0")
        await wait_for(pilot, lambda: f"smooth {SMOOTHING}" in text_of(pilot))
    writer.leave()


async def test_w_shows_the_recent_part_and_the_whole_again() -> None:
    writer = write_curves()
    async with watching(writer.directory) as (pilot, _):
        await pilot.press("w")
        await wait_for(pilot, lambda: "recent" in title_row(pilot) and "epoch 20" not in text_of(pilot))
        await pilot.press("w")
        await wait_for(pilot, lambda: "recent" not in title_row(pilot) and "epoch 20" in text_of(pilot))
    writer.leave()


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_an_arrow_reads_the_newest_step_then_earlier_ones_and_escape_ends_it(size: tuple[int, int]) -> None:
    writer = write_curves()
    async with watching(writer.directory, size) as (pilot, screen):
        await pilot.press("left")
        await wait_for(pilot, lambda: "step 600" in text_of(pilot) and find(plot_of(screen), "▲"))
        for words in ("raw 0.2500", "smooth 0.", "epoch 6.00", "0:0"):
            assert words in text_of(pilot)
        assert all(len(line) <= size[0] for line in screen_lines(pilot)) and "End reading" in shown_keys(screen)
        await pilot.press("left", "left", "right")
        step = 600 - screen.steps_a_column
        await wait_for(pilot, lambda: f"step {step:,} " in text_of(pilot))
        await pilot.press("escape")
        await wait_for(pilot, lambda: "raw " not in text_of(pilot) and not find(plot_of(screen), "▲"))
        assert screen.curve_view == CurveView()
    writer.leave()


async def test_zoom_is_around_the_cursor_down_to_single_steps_and_the_cursor_pans() -> None:
    writer = write_curves()
    async with watching(writer.directory) as (pilot, screen):
        await pilot.press("left", *["left"] * 3, *["z"] * 12)
        assert screen.steps_a_column == 1
        cursor = screen.curve_view.cursor
        assert cursor is not None
        start, end = screen.curve_view.window or (0, 0)
        assert start < cursor <= end and end - start == 8
        await pilot.press(*["right"] * 9)
        assert screen.curve_view.cursor == cursor + 9
        assert (screen.curve_view.window or (0, 0))[1] >= cursor + 9
        await pilot.press("[", "[")
        assert (screen.curve_view.window or (0, 0))[1] == cursor + 1
        await wait_for(pilot, lambda: "zoom" in title_row(pilot))
        await pilot.press(*["Z"] * 12)
        await wait_for(pilot, lambda: screen.curve_view.window is None and "epoch 20" in text_of(pilot))
    writer.leave()


async def test_a_change_is_a_bullet_on_each_axis_and_is_read_in_words() -> None:
    writer = write_curves()
    async with watching(writer.directory) as (pilot, screen):
        plot = plot_of(screen)
        [(column, row)] = find(plot, "•")
        assert row == len(drawn_lines(plot)) - 1 and abs(column - plot.num_columns / 10) <= 1.5
        screen.look(screen.curve_view.read_at(200, 2000, 600))
        await wait_for(pilot, lambda: "• lr 0.5 → 0.125" in text_of(pilot))
    writer.leave()


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_g_shows_all_four_charts_then_one_then_the_pair(size: tuple[int, int]) -> None:
    writer = write_curves()
    async with watching(writer.directory, size) as (pilot, screen):
        await pilot.press("g")
        await wait_for(pilot, lambda: "learning rate" in text_of(pilot) and "gradient norm" in text_of(pilot))
        await wait_for(pilot, lambda: any(num_braille(line) for line in drawn_lines(plot_of(screen, RunRatePlot))))
        await wait_for(pilot, lambda: any(num_braille(line) for line in drawn_lines(plot_of(screen, GradNormPlot))))
        assert "train acc" not in text_of(pilot) and len(find(plot_of(screen, RunRatePlot), "•")) == 1
        assert text_of(pilot).count("epoch 20") == 4
        await pilot.press("g")
        await wait_for(pilot, lambda: "learning rate" not in text_of(pilot) and "accuracy" not in text_of(pilot))
        await wait_for(pilot, lambda: plot_of(screen).num_columns > size[0] - 20)
        await pilot.press("n")
        await wait_for(pilot, lambda: "accuracy" in title_row(pilot))
        await pilot.press("g")
        await wait_for(pilot, lambda: "train acc" in text_of(pilot) and "loss" in title_row(pilot))
    writer.leave()


async def test_n_puts_another_chart_beside_the_loss() -> None:
    writer = write_curves()
    async with watching(writer.directory) as (pilot, screen):
        for title, kind in (("learning rate", RunRatePlot), ("gradient norm", GradNormPlot)):
            await pilot.press("n")
            await wait_for(pilot, lambda title=title: title in title_row(pilot))  # type: ignore[misc]
            await wait_for(pilot, lambda kind=kind: any(map(num_braille, drawn_lines(plot_of(screen, kind)))))  # type: ignore[misc]
        assert "0.125" not in title_row(pilot) and "train acc" in text_of(pilot)
    writer.leave()


async def test_another_run_keeps_how_one_looks_and_not_where() -> None:
    first, second = write_curves(), write_run("two-2222", epochs_done=8, steps_per_epoch=100, status="done")
    async with watching(first.directory) as (pilot, screen):
        await pilot.press("a", "left", "z")
        screen.show_run(second.directory)
        await wait_for(pilot, lambda: "two-2222" in screen_lines(pilot)[1] and screen.history is not None)
        assert screen.curve_view == CurveView(unit=XUnit.STEP)
        assert "raw " not in text_of(pilot)
    first.leave()


async def test_keys_of_the_curves_do_nothing_before_there_are_any() -> None:
    async with watching(None) as (pilot, screen):
        await pilot.press("l", "a", "w", "+", "left", "z", "g", "n", "escape")
        assert screen.curve_view == CurveView() and shown_keys(screen) == []


async def test_superseded_epochs_are_dim_after_a_resume_and_a_cursor_beyond_it_goes() -> None:
    writer = write_curves()
    async with watching(writer.directory) as (pilot, screen):
        await pilot.press("left")
        await wait_for(pilot, lambda: "step 600" in text_of(pilot))
        started = {"attempt": 2, "epochs": 20, "steps_per_epoch": 100, "resumed_from": {"step": 300, "checkpoint": "x"}}
        writer.log.attempt = 2
        writer.log.append("run_started", **{key: value for key, value in started.items() if key != "attempt"})
        await wait_for(pilot, lambda: "raw " not in text_of(pilot))
        assert screen.curve_view.cursor is None and screen.history is not None
        assert [epoch.epoch for epoch in screen.history.superseded_epochs] == [4, 5, 6]
    writer.leave()


async def test_the_four_charts_of_the_whole_app_share_its_room_evenly() -> None:
    """Styles of one screen reach the widgets of another: the learning rate had the height of Configure's pane."""
    writer = write_run(epochs_done=2, status="done")
    async with opened_app(run=writer.directory) as pilot:
        await pilot.press("2")
        await wait_for(pilot, lambda: pilot.app.screen.query("#run-view") and pilot.app.screen.history is not None)
        await wait_for(pilot, lambda: bool(pilot.app.screen.history.losses))
        await pilot.press("g")
        names = ("loss", "accuracy", "rate", "norm")
        panes = [pilot.app.screen.query_one(f"#{name}-pane") for name in names]
        await wait_for(pilot, lambda: all(pane.size.area for pane in panes))
        # An odd number of rows or columns leaves one over.
        widths, heights = zip(*(pane.outer_size for pane in panes), strict=True)
        assert max(widths) - min(widths) <= 1
        assert max(heights) - min(heights) <= 1
