"""PlotCanvas: runs of dots become the braille characters that hold exactly these dots."""

from __future__ import annotations

import random

import pytest
from textual.geometry import Region

from tests.ui.pilot_waiting import wait_for
from tests.ui.plot_app import PlotApp, canvas_of
from tui_trainer.ui.curve_plot import CurvePlot, _runs_between
from tui_trainer.ui.plot_canvas import PlotCanvas

WIDTH, HEIGHT = 6, 4
_DOT_BITS = {(0, 0): 1, (0, 1): 2, (0, 2): 4, (1, 0): 8, (1, 1): 16, (1, 2): 32, (0, 3): 64, (1, 3): 128}
"""Unicode's bit of the dot at (column, row) of a braille character."""


def dots_on(canvas: PlotCanvas) -> set[tuple[int, int]]:
    """The dots that are set, as (column, row)."""
    return {
        (2 * x + column, 4 * y + row)
        for y, line in enumerate(canvas._buffer)
        for x, character in enumerate(line)
        for (column, row), bit in _DOT_BITS.items()
        if character != " " and ord(character) - 0x2800 & bit
    }


@pytest.mark.parametrize("seed", range(20))
def test_runs_are_exactly_their_dots_and_what_lies_outside_is_left_away(seed: int) -> None:
    chance = random.Random(seed)
    canvas = PlotCanvas(WIDTH, HEIGHT)
    tops = [(chance.randrange(-3, 2 * WIDTH + 3), chance.randrange(-5, 4 * HEIGHT + 5)) for _ in range(8)]
    runs = [(column, top, top + chance.randrange(12)) for column, top in tops]
    canvas.put_runs(runs, "red")
    wanted = {(column, row) for column, top, bottom in runs for row in range(top, bottom + 1)}
    assert dots_on(canvas) == {(x, y) for x, y in wanted if 0 <= x < 2 * WIDTH and 0 <= y < 4 * HEIGHT}


def test_a_run_takes_the_cell_from_what_stood_there() -> None:
    canvas = PlotCanvas(WIDTH, HEIGHT)
    canvas.put_text(0, 0, "ab", "blue")
    canvas.put_runs([(1, 2, 2)], "red")
    assert canvas._buffer[0][:2] == [chr(0x2800 | 32), "b"] and canvas._styles[0][:2] == ["red", "blue"]


@pytest.mark.parametrize("seed", range(20))
def test_the_runs_of_a_line_are_the_dots_nearest_to_it_and_leave_no_column_out(seed: int) -> None:
    chance = random.Random(seed)
    x0, y0, x1, y1 = (chance.randrange(-20, 20) for _ in range(4))
    runs = list(_runs_between((x0, y0), (x1, y1)))
    num_steps = max(abs(x1 - x0), abs(y1 - y0), 1)
    nearest = {(x0 + round((x1 - x0) * i / num_steps), y0 + round((y1 - y0) * i / num_steps)) for i in range(num_steps + 1)}
    assert {(column, row) for column, top, bottom in runs for row in range(top, bottom + 1)} == nearest
    assert [column for column, _, _ in runs] == list(range(x0, x1 + 1) if x1 >= x0 else range(x0, x1 - 1, -1))


async def test_a_row_of_another_width_is_made_anew_though_no_picture_has_come_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    plot = CurvePlot()
    async with PlotApp(plot).run_test(size=(60, 12)) as pilot:
        canvas = canvas_of(plot)
        await wait_for(pilot, lambda: canvas.size.width > 0)
        canvas.render_lines(canvas.size.region)
        monkeypatch.setattr(CurvePlot, "_render_plot", lambda plot, **options: None)
        await pilot.resize_terminal(40, 12)
        await wait_for(pilot, lambda: canvas.size.width < 40)
        width, height = canvas.size
        assert {strip.cell_length for strip in canvas.render_lines(Region(0, 0, width, height))} == {width}
