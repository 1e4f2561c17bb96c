"""FrontCompositor and WholePictures: the same cells as Textual's, without drawing what nobody sees, in one update."""

from __future__ import annotations

from typing import Any

import pytest
from rich.style import Style
from textual._compositor import Compositor
from textual.geometry import Region
from textual.messages import Update
from textual.pilot import Pilot
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from tests.runs_factory import write_run
from tests.ui.pilot_waiting import wait_for
from tests.ui.test_train_screen import SMALL, WIDE, watching
from tui_trainer.ui.front_compositor import FrontCompositor
from tui_trainer.ui.plot_canvas import PlotCanvas
from tui_trainer.ui.train_screen import TrainScreen

Cells = dict[tuple[int, int], tuple[str, Style | None]]


def cells_of(chops: Any, spans: list[tuple[int, int, int]]) -> Cells:
    """(column, row): character and style, of the cells in `spans`."""
    found: Cells = {}
    for y, first, last in spans:
        for start, strip in chops[y].items():
            column = start
            for text, style, _ in strip or ():
                for character in text:
                    if first <= column < last:
                        found[column, y] = character, style
                    column += 1
    return found


def draw_with(kind: type[Compositor], screen: Screen[Any], dirty: set[Region]) -> Cells:
    """What a partial update of `dirty` draws."""
    compositor = screen._compositor
    compositor._dirty_regions = set(dirty)
    spans = list(compositor._regions_to_spans(dirty))
    method = FrontCompositor.render_partial_update if kind is FrontCompositor else Compositor.render_partial_update
    chops = Compositor._render_chops
    with pytest.MonkeyPatch.context() as patch:
        if kind is Compositor:
            patch.setattr(FrontCompositor, "_render_chops", chops)
            # Rows as Textual makes them, from nothing.
            patch.setattr(PlotCanvas, "render_lines", Widget.render_lines)
        update = method(compositor)
    assert update is not None
    return cells_of(update.chops, spans)


async def show_charts(pilot: Pilot[Any], screen: TrainScreen) -> None:
    await wait_for(
        pilot, lambda: screen.num_chart_columns > 0 and not screen.view.plots[0].query_one("#plot", PlotCanvas).is_resized
    )
    await pilot.pause(0.3)


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["120x40", "80x24"])
@pytest.mark.parametrize(
    "keys", [(), ("g",), ("g", "g"), ("H",), ("l", "left")], ids=["pair", "grid", "one", "layers", "cursor"]
)
async def test_any_part_of_the_screen_has_the_cells_that_textual_draws(size: tuple[int, int], keys: tuple[str, ...]) -> None:
    run = write_run(epochs_done=3, steps_per_epoch=100, status="done").directory
    async with watching(run, size) as (pilot, screen):
        await show_charts(pilot, screen)
        await pilot.press(*keys)
        await pilot.pause(0.5)
        width, height = size
        parts = [
            {Region(0, 0, width - 1, height)},
            {Region(3, 5, 40, 1), Region(30, 5, 25, 2), Region(60, 0, 10, height)},
            {Region(width - 1, height - 1, 1, 1)},
        ]
        for part in parts:
            front, stock = draw_with(FrontCompositor, screen, part), draw_with(Compositor, screen, part)
            assert len(front) == len({(x, y) for region in part for y in region.line_range for x in region.column_range})
            assert front == stock


async def test_what_lies_under_others_and_what_has_not_changed_is_not_rendered(monkeypatch: pytest.MonkeyPatch) -> None:
    run = write_run(epochs_done=3, steps_per_epoch=100, status="done").directory
    async with watching(run) as (pilot, screen):
        await show_charts(pilot, screen)
        canvas = screen.view.plots[0].query_one("#plot", PlotCanvas)
        rendered: list[str] = []
        for kind in {type(widget) for widget in screen._compositor.visible_widgets}:
            monkeypatch.setattr(kind, "render_lines", counted(kind.render_lines, rendered))
        screen._compositor._dirty_regions = {Region(canvas.region.x + 2, canvas.region.y + 2, 4, 1)}
        assert screen._compositor.render_partial_update() is not None
        assert rendered == ["PlotCanvas"]


def counted(render_lines: Any, rendered: list[str]) -> Any:
    """`render_lines`, and the name of the widget's class for each widget that it is called for."""

    def count(widget: Widget, crop: Region) -> list[Strip]:
        if not rendered or rendered[-1] != type(widget).__name__:
            rendered.append(type(widget).__name__)
        return render_lines(widget, crop)  # type: ignore[no-any-return]

    return count


@pytest.mark.parametrize("is_told", [False, True], ids=["not told yet", "told and not read yet"])
async def test_what_changed_by_the_time_of_an_update_is_in_it(monkeypatch: pytest.MonkeyPatch, is_told: bool) -> None:
    run = write_run(epochs_done=3, steps_per_epoch=100, status="done").directory
    async with watching(run) as (pilot, screen):
        await show_charts(pilot, screen)
        updates: list[set[Widget]] = []
        render = FrontCompositor.render_partial_update

        def note(compositor: FrontCompositor) -> Any:
            updates.append(set(screen._dirty_widgets))
            return render(compositor)

        monkeypatch.setattr(FrontCompositor, "render_partial_update", note)
        first, second = (plot.query_one("#plot", PlotCanvas) for plot in screen.view.plots[:2])
        for canvas in (first, second):
            canvas.refresh(Region(0, 0, 1, 1))
        screen._dirty_widgets.add(first)
        if is_told:
            second._repaint_required = False
            screen.post_message(Update(second))
        screen._on_timer_update()
        await pilot.pause(0.4)
        assert updates and {first, second} <= updates[0] and not any(second in update for update in updates[1:])
