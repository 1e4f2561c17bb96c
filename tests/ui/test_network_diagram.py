"""The network pane: the layers that fit, their parameters, and an honest estimate of memory."""

from __future__ import annotations

import pytest
from textual.app import ComposeResult

from tests.ui.pilot_waiting import screen_lines, wait_for
from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.config_layers import change
from tui_trainer.runs.presets import preset_config
from tui_trainer.ui.data_shape import KNOWN_SHAPES, read_data_shape
from tui_trainer.ui.memory_estimate import estimate_memory
from tui_trainer.ui.network_diagram import NetworkDiagram
from tui_trainer.ui.themed_app import ThemedApp

MNIST = KNOWN_SHAPES["mnist"]


class DiagramApp(ThemedApp):
    def compose(self) -> ComposeResult:
        yield NetworkDiagram()


async def drawn(config: RunConfig, size: tuple[int, int], free_bytes: int | None = 10**9) -> list[str]:
    """Rows of the diagram of `config` on mnist."""
    app = DiagramApp()
    async with app.run_test(size=size) as pilot:
        app.query_one(NetworkDiagram).show(config, MNIST, free_bytes)
        await wait_for(pilot, lambda: "total" in "".join(screen_lines(pilot)))
        return [line.rstrip() for line in screen_lines(pilot)]


@pytest.mark.parametrize("size", [(56, 9), (27, 5)])
async def test_the_books_network_has_its_known_parameters_on_wide_and_narrow_panes(size: tuple[int, int]) -> None:
    words = "\n".join(await drawn(preset_config("book"), size))
    for number in ("100,480", "8,256", "650", "109,386", "✓ fits"):
        assert number in words


@pytest.mark.parametrize("size", [(56, 9), (27, 5)])
async def test_sixty_four_layers_leave_room_for_the_last_one_the_total_and_the_memory(size: tuple[int, int]) -> None:
    deep = change(preset_config("book"), "model.hidden", [16] * 64)
    rows = await drawn(deep, size, free_bytes=1000)
    words = "\n".join(rows)
    assert "more" in words and "fc65" in words and "total" in words and ("! too big" in words or "! will not fit" in words)
    assert len(rows) <= size[1] and max(map(len, rows)) <= size[0]


async def test_a_million_units_are_cut_to_the_pane() -> None:
    wide = change(preset_config("book"), "model.hidden", [10**6, 10**6])
    assert max(map(len, await drawn(wide, (27, 5)))) <= 27


def test_memory_counts_weights_gradients_moments_and_activations() -> None:
    book = estimate_memory(preset_config("book"), 784, 10)
    assert book.weights_bytes == 4 * 109_386
    assert book.training_bytes == 4 * (2 * 109_386 + 512 * (784 + 2 * (128 + 64) + 10))
    adam = estimate_memory(preset_config("adam"), 784, 10)
    assert adam.training_bytes - book.training_bytes == 4 * 2 * 109_386


def test_the_shape_of_idx_files_is_read_from_their_headers(mnist_folder: object) -> None:
    assert read_data_shape(f"idx:{mnist_folder}") == MNIST


@pytest.mark.parametrize("source", ["idx:/nowhere", "idx:", "npy:/nowhere", "unheard"])
def test_a_shape_that_cannot_be_told_is_none(source: str) -> None:
    assert read_data_shape(source) is None
