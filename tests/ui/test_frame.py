"""The frame: header, body, key bar, and a notice where there is no room."""

from __future__ import annotations

import pytest

from tests.ui.app_pilot import opened_app
from tests.ui.pilot_waiting import screen_lines, wait_for
from tui_trainer.ui.frame import TOO_SMALL
from tui_trainer.ui.frame_header import Facts, FrameHeader


@pytest.mark.parametrize("size", [(59, 24), (80, 15), (20, 5), (1, 1)])
async def test_where_nothing_fits_one_line_says_so_and_a_larger_terminal_brings_the_screen_back(size: tuple[int, int]) -> None:
    async with opened_app() as pilot:
        await pilot.resize_terminal(*size)
        await wait_for(pilot, lambda: pilot.app.screen.has_class("-too-small"))
        assert not pilot.app.screen.query_one("#frame-body").display
        if size[0] > len(TOO_SMALL):
            assert TOO_SMALL in "\n".join(screen_lines(pilot))
        await pilot.resize_terminal(80, 24)
        await wait_for(pilot, lambda: "Optimiser" in "\n".join(screen_lines(pilot)))
        assert TOO_SMALL not in "\n".join(screen_lines(pilot))


async def test_the_header_names_device_threads_source_and_sizes_and_keeps_to_its_row() -> None:
    async with opened_app() as pilot:
        header = pilot.app.screen.query_one(FrameHeader)
        header.show_facts(Facts("cuda:0", 2, "mnist", 60_000, 10_000))
        assert header.render().plain.endswith("cuda:0 2 threads   mnist 60,000 / 10,000")
        header.show_facts(Facts("cpu", 2, "idx:/" + "x" * 300, 1, 1))
        assert header.render().cell_len <= header.content_size.width
        await pilot.resize_terminal(80, 24)
        header.show_facts(Facts("cpu", 2, "mnist", 60_000, 10_000))
        await wait_for(pilot, lambda: header.render().plain.endswith("cpu ×2  mnist"))


async def test_a_click_on_a_tab_goes_there() -> None:
    async with opened_app() as pilot:
        column = screen_lines(pilot)[0].index("3 Checkpoints")
        await pilot.click(FrameHeader, offset=(column, 0))
        await wait_for(pilot, lambda: type(pilot.app.screen).__name__ == "CheckpointsScreen")
