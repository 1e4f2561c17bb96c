"""Drawing a digit: how a drawing is made like MNIST's, what pen and mouse draw, and that the bars follow."""

from __future__ import annotations

from typing import Any

import pytest
from textual.widgets import Static

from tests.runs_factory import write_run
from tests.ui.checkpoints_app import SMALL, WIDE, opened
from tests.ui.fake_engine import FakeEngine
from tests.ui.pilot_waiting import screen_lines, wait_for
from tui_trainer.ui.draw_screen import DrawScreen
from tui_trainer.ui.drawing_canvas import SIDE, DrawingCanvas
from tui_trainer.ui.drawn_digit import normalise_drawing


def drawing_with(*rectangles: tuple[int, int, int, int]) -> list[list[float]]:
    """Ink in (top, left, bottom, right), ends not included."""
    drawing = [[0.0] * SIDE for _ in range(SIDE)]
    for top, left, bottom, right in rectangles:
        for row in range(top, bottom):
            drawing[row][left:right] = [255.0] * (right - left)
    return drawing


def bounds_of(pixels: list[int], columns: int = 28) -> tuple[int, int]:
    """Height and width of the ink."""
    rows = {index // columns for index, value in enumerate(pixels) if value}
    places = {index % columns for index, value in enumerate(pixels) if value}
    return max(rows) - min(rows) + 1, max(places) - min(places) + 1


@pytest.mark.parametrize("rectangle", [(0, 0, 5, 2), (10, 10, 28, 20), (3, 1, 7, 28)])
def test_the_longer_side_becomes_twenty_pixels_and_proportions_stay(rectangle: tuple[int, int, int, int]) -> None:
    height, width = rectangle[2] - rectangle[0], rectangle[3] - rectangle[1]
    got = bounds_of(normalise_drawing(drawing_with(rectangle), (28, 28)))
    assert max(got) == 20
    assert got[0] / got[1] == pytest.approx(height / width, rel=0.15)


def test_the_centre_of_mass_comes_to_the_middle_wherever_one_draws() -> None:
    for left in (0, 9, 18):
        pixels = normalise_drawing(drawing_with((2, left, 22, left + 3), (2, left, 8, left + 10)), (28, 28))
        mass = sum(pixels)
        row = sum((index // 28 + 0.5) * value for index, value in enumerate(pixels)) / mass
        column = sum((index % 28 + 0.5) * value for index, value in enumerate(pixels)) / mass
        assert abs(row - 14) <= 0.5
        assert abs(column - 14) <= 0.5


def test_nothing_drawn_is_nothing_and_small_images_are_filled() -> None:
    assert not any(normalise_drawing(drawing_with(), (28, 28)))
    assert bounds_of(normalise_drawing(drawing_with((5, 5, 25, 15)), (8, 8)), 8)[0] == 8


def drawing_engine() -> FakeEngine:
    engine = FakeEngine()
    engine.answers["weights"] = lambda _: {"image_shape": [28, 28], "num_units": 128, "units": []}

    def predict(params: dict[str, Any]) -> dict[str, Any]:
        shares = [0.05] * 10
        shares[7] = 0.55
        rows = [{"class": "7", "index": 7, "probabilities": shares}]
        return {"class_names": [str(digit) for digit in range(10)], "num_rows": 1, "rows": rows, "note": None}

    engine.answers["predict"] = predict
    return engine


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_the_pen_draws_with_keys_and_the_bars_follow(size: tuple[int, int]) -> None:
    write_run(epochs_done=1, status="done")
    engine = drawing_engine()
    async with opened(engine, size=size) as pilot:
        await pilot.press("d")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, DrawScreen))
        canvas = pilot.app.screen.query_one(DrawingCanvas)
        await wait_for(pilot, lambda: canvas.has_focus)
        await pilot.press("up", "up")
        assert canvas.is_empty
        await pilot.press("space", "down", "down", "down", "right")
        await wait_for(pilot, lambda: "0.550" in "\n".join(screen_lines(pilot)))
        assert "reads a 7" in "\n".join(screen_lines(pilot))
        asked = engine.params_of("predict")[-1]
        assert len(asked["pixels"]) == 784
        assert max(asked["pixels"]) > 200
        assert asked["checkpoint"].startswith("s")
        await pilot.press("x")
        assert canvas.is_empty
        await pilot.press("u")
        assert not canvas.is_empty
        await pilot.press("escape")
        await wait_for(pilot, lambda: not isinstance(pilot.app.screen, DrawScreen))


async def test_the_mouse_draws_and_undo_takes_a_stroke_back() -> None:
    write_run(epochs_done=1, status="done")
    async with opened(drawing_engine()) as pilot:
        await pilot.press("d")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, DrawScreen))
        canvas = pilot.app.screen.query_one(DrawingCanvas)
        await wait_for(pilot, lambda: canvas.size.width > 0)
        await pilot.mouse_down(canvas, offset=(10, 5))
        await pilot.mouse_up(canvas, offset=(10, 5))
        assert canvas.drawing[5][5] == 255.0
        await pilot.press("u")
        assert canvas.is_empty


async def test_a_network_that_reads_no_images_says_so() -> None:
    write_run(epochs_done=1, status="done")
    engine = drawing_engine()
    engine.answers["weights"] = lambda _: {"image_shape": None, "num_units": 8, "units": []}
    async with opened(engine) as pilot:
        await pilot.press("d")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, DrawScreen))
        shown = pilot.app.screen.query_one("#draw-shares", Static)
        await wait_for(pilot, lambda: "reads no images" in str(shown.visual))


async def test_weights_are_pictures_the_strongest_first() -> None:
    write_run(epochs_done=1, status="done")
    engine = drawing_engine()
    units = [{"unit": unit, "pixels": [(unit + index) % 256 for index in range(784)], "largest": 0.5} for unit in range(40)]
    engine.answers["weights"] = lambda _: {"image_shape": [28, 28], "num_units": 128, "units": units}
    async with opened(engine) as pilot:
        await pilot.press("W")
        await wait_for(pilot, lambda: "1–28 of 128 units" in "\n".join(screen_lines(pilot)))
        assert "±0.5" in "\n".join(screen_lines(pilot))
        await pilot.press("right")
        await wait_for(pilot, lambda: "29–40 of 128 units" in "\n".join(screen_lines(pilot)))
