"""CurvePlot: what it draws, what it sends, and that it cannot be stolen keys by."""

from __future__ import annotations

import math
from typing import Any

import pytest
from textual.app import ComposeResult
from textual.geometry import Region
from textual_plot import PlotWidget

from tests.ui.pilot_waiting import wait_for
from tests.ui.plot_app import PlotApp, canvas_of, drawn_lines, find, num_braille
from tui_trainer.ui.curve_plot import CurvePlot, split_at_nan
from tui_trainer.ui.plot_marks import Axis, Band, Dots, Glyphs, Line
from tui_trainer.ui.theme import DARK, LIGHT, LIGHT_THEME
from tui_trainer.ui.themed_app import ThemedApp

X_AXIS = Axis(0.0, 10.0, ((0.0, "0"), (5.0, "5"), (10.0, "epoch 10")))
Y_AXIS = Axis(0.0, 1.0, ((0.0, "0"), (0.5, "0.5")))


async def test_axes_labels_and_grid_are_drawn_and_the_last_label_is_whole() -> None:
    plot = CurvePlot()
    async with PlotApp(plot).run_test(size=(60, 12)) as pilot:
        plot.draw(X_AXIS, Y_AXIS, [])
        await wait_for(pilot, lambda: "└" in "".join(drawn_lines(plot)))
        lines = drawn_lines(plot)
        assert lines[-1].startswith("└") and "┬" in lines[-1]
        assert sum("┈" in line for line in lines) == 1
        assert drawn_lines(plot, "margin-bottom")[0].rstrip().endswith("epoch 10")
        assert drawn_lines(plot, "margin-left")[-1].strip() == "0"


async def test_the_line_covers_the_band_and_a_glyph_covers_both() -> None:
    plot = CurvePlot()
    band = Band([(x / 10, 0.1, 0.9) for x in range(101)], "train-faint")
    line = Line([(0.0, 0.5), (10.0, 0.5)], "train", is_thick=True)
    async with PlotApp(plot).run_test(size=(60, 12)) as pilot:
        plot.draw(X_AXIS, Y_AXIS, [band, line, Glyphs([(5.0, 0.5)], "best", "★")])
        await wait_for(pilot, lambda: find(plot, "★"))
        [(column, row)] = find(plot, "★")
        styles = canvas_of(plot)._styles[row]
        assert styles[column] == DARK["best"] and styles[column - 3] == DARK["train"]
        assert DARK["train-faint"] in canvas_of(plot)._styles[row - 2]


async def test_a_nan_in_a_line_is_a_gap() -> None:
    plot = CurvePlot()
    points = [(x / 4, math.nan if 12 <= x <= 28 else 0.5) for x in range(41)]
    async with PlotApp(plot).run_test(size=(60, 12)) as pilot:
        plot.draw(X_AXIS, Axis(0.0, 1.0), [Line(points, "train")])
        await wait_for(pilot, lambda: any(num_braille(line) for line in drawn_lines(plot)))
        [line] = [line for line in drawn_lines(plot) if num_braille(line)]
        middle = line[len(line) // 2 - 5 : len(line) // 2 + 5]
        assert num_braille(middle) == 0 and num_braille(line) > 10


async def test_marks_outside_the_axes_are_left_away() -> None:
    plot = CurvePlot()
    marks = [Dots([(-5.0, 0.5), (50.0, 0.5), (5.0, 7.0)], "test", 2, 3), Band([(5.0, -9.0, -8.0)], "train")]
    async with PlotApp(plot).run_test(size=(60, 12)) as pilot:
        plot.draw(X_AXIS, Y_AXIS, marks)
        await wait_for(pilot, lambda: "└" in "".join(drawn_lines(plot)))
        assert not any(num_braille(line) for line in drawn_lines(plot))


async def test_another_picture_repaints_only_the_cells_that_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    plot = CurvePlot()
    async with PlotApp(plot).run_test(size=(60, 20)) as pilot:
        plot.draw(X_AXIS, Y_AXIS, [Line([(0.0, 0.5), (5.0, 0.5)], "train")])
        await wait_for(pilot, lambda: any(num_braille(line) for line in drawn_lines(plot)))
        regions: list[Region] = []
        canvas = canvas_of(plot)
        monkeypatch.setattr(canvas, "_set_dirty", lambda *spans: regions.extend(spans or (canvas.size.region,)))
        whole: list[Any] = []
        monkeypatch.setattr(plot, "_set_dirty", lambda *spans: whole.append(spans))
        plot.draw(X_AXIS, Y_AXIS, [Line([(0.0, 0.5), (5.5, 0.5)], "train")])
        await wait_for(pilot, lambda: regions)
        assert sum(region.area for region in regions) <= 6
        plot.draw(X_AXIS, Y_AXIS, [Line([(0.0, 0.5), (5.5, 0.5)], "train")])
        regions.clear()
        await pilot.pause()
        assert not regions and not whole


async def test_a_plot_is_never_focused_and_binds_no_key() -> None:
    plot = CurvePlot()
    async with PlotApp(plot).run_test() as pilot:
        plot.draw(X_AXIS, Y_AXIS, [])
        await pilot.press("tab")
        assert not plot.can_focus and pilot.app.focused is None
        assert not list(plot._bindings.key_to_bindings)


async def test_a_plot_beside_another_widget_takes_the_rest_and_no_more() -> None:
    from textual.containers import Horizontal
    from textual.widgets import Static

    class BesideApp(ThemedApp):
        CSS = "Static { width: 30; }"

        def compose(self) -> ComposeResult:
            with Horizontal():
                yield Static()
                yield CurvePlot()

    async with BesideApp().run_test(size=(80, 24)) as pilot:
        assert pilot.app.query_one(CurvePlot).region == Region(30, 0, 50, 24)


async def test_a_theme_that_comes_on_recolours_the_picture() -> None:
    plot = CurvePlot()
    app = PlotApp(plot)
    async with app.run_test(size=(60, 12)) as pilot:
        plot.draw(X_AXIS, Y_AXIS, [Glyphs([(5.0, 0.5)], "best", "★")])
        await wait_for(pilot, lambda: find(plot, "★"))
        app.theme = LIGHT_THEME
        [(column, row)] = find(plot, "★")
        await wait_for(pilot, lambda: canvas_of(plot)._styles[row][column] == LIGHT["best"])


async def test_a_plot_redraws_itself_at_another_size() -> None:
    plot = CurvePlot()
    async with PlotApp(plot).run_test(size=(60, 12)) as pilot:
        plot.draw(X_AXIS, Y_AXIS, [Line([(0.0, 0.5), (10.0, 0.5)], "train")])
        await wait_for(pilot, lambda: any(num_braille(line) for line in drawn_lines(plot)))
        await pilot.resize_terminal(100, 30)
        await wait_for(pilot, lambda: any(num_braille(line) > 80 for line in drawn_lines(plot)))


async def test_no_color_starts_with_a_plot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    plot = CurvePlot()
    async with PlotApp(plot).run_test(size=(60, 12)) as pilot:
        plot.draw(X_AXIS, Y_AXIS, [Line([(0.0, 0.5), (10.0, 0.5)], "train")])
        await wait_for(pilot, lambda: any(num_braille(line) for line in drawn_lines(plot)))


async def test_no_color_still_crashes_the_stock_plot_which_is_why_there_is_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    with pytest.raises(AttributeError, match="color"):
        async with PlotApp(PlotWidget()).run_test(size=(60, 12)) as pilot:
            await pilot.pause()


def test_points_are_split_at_each_gap_and_no_stretch_is_empty() -> None:
    nan = math.nan
    assert split_at_nan([(0, nan), (1, 1.0), (2, nan), (3, nan), (4, 2.0), (5, 3.0)]) == [[(1, 1.0)], [(4, 2.0), (5, 3.0)]]
