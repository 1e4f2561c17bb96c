"""Layouts of the Train screen: one for a key that changes it, and the curves are new in that layout's own picture."""

from __future__ import annotations

from typing import Any

import pytest
from textual.screen import Screen

from tests.runs_factory import write_run
from tests.ui.pilot_waiting import wait_for
from tests.ui.test_train_screen import watching
from tui_trainer.ui.curve_plot import CurvePlot
from tui_trainer.ui.plot_canvas import PlotCanvas


@pytest.fixture
def layouts(monkeypatch: pytest.MonkeyPatch) -> list[list[bool]]:
    """Whether each shown plot's canvases have a picture of their size, when the picture of each layout is made."""
    seen: list[list[bool]] = []
    lay_out, refresh = Screen._refresh_layout, Screen._compositor_refresh
    is_layout = [False]

    def count(screen: Screen[Any], *arguments: Any, **options: Any) -> None:
        is_layout[0] = True
        lay_out(screen, *arguments, **options)

    def look(screen: Screen[Any]) -> None:
        if is_layout[0]:
            is_layout[0] = False
            plots = [plot for plot in screen.query(CurvePlot) if plot.num_columns > 0 and plot.is_on_screen]
            seen.append([not canvas.is_resized for plot in plots for canvas in plot.query(PlotCanvas) if canvas.size])
        refresh(screen)

    monkeypatch.setattr(Screen, "_refresh_layout", count)
    monkeypatch.setattr(Screen, "_compositor_refresh", look)
    return seen


async def test_another_layout_of_the_charts_is_one_layout_with_the_curves_at_their_new_size(layouts: list[list[bool]]) -> None:
    run = write_run(epochs_done=3, steps_per_epoch=100, status="done").directory
    async with watching(run) as (pilot, _):
        await wait_for(pilot, lambda: pilot.app.screen.query_one("#loss-plot", CurvePlot).num_columns > 0)
        # The first time round panes that were empty are filled, which is another layout.
        await pilot.press("g", "g", "g")
        for _ in range(3):
            await pilot.pause(0.3)
            layouts.clear()
            await pilot.press("g")
            await wait_for(pilot, lambda: layouts)
            await pilot.pause(0.3)
            assert len(layouts) == 1
            assert layouts[0] and all(layouts[0])


async def test_each_chart_of_another_layout_is_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str | None] = []
    made: list[str | None] = []
    draw, take_marks = CurvePlot._render_plot, CurvePlot.draw

    def count_marks(plot: CurvePlot, *arguments: Any) -> None:
        made.append(plot.id)
        take_marks(plot, *arguments)

    def count(plot: CurvePlot, **options: bool) -> None:
        drawn.append(plot.id)
        draw(plot, **options)

    run = write_run(epochs_done=3, steps_per_epoch=100, status="done").directory
    async with watching(run) as (pilot, screen):
        await wait_for(pilot, lambda: pilot.app.screen.query_one("#loss-plot", CurvePlot).num_columns > 0)
        await pilot.press("g", "g", "g")
        monkeypatch.setattr(CurvePlot, "_render_plot", count)
        monkeypatch.setattr(CurvePlot, "draw", count_marks)
        for _ in range(3):
            await pilot.pause(0.3)
            drawn.clear()
            made.clear()
            await pilot.press("g")
            await pilot.pause(0.5)
            # The gradient's norm was not recorded: words stand in its place.
            assert sorted(map(str, drawn)) == sorted(f"{name}-plot" for name in screen.chart_layout.shown if name != "norm")
            assert len(set(made)) == len(made), "no marks for the size that is about to go"
