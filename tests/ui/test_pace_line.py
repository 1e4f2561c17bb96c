"""What the terminal gets, in the bottom line: only while it slows the pictures down, and nothing is cut for it."""

from __future__ import annotations

import pytest

from tests.runs_factory import write_run
from tests.ui.pilot_waiting import screen_lines, wait_for
from tests.ui.test_train_screen import SMALL, WIDE, watching
from tui_trainer.ui import train_screen
from tui_trainer.ui.epoch_table import EpochTable
from tui_trainer.ui.key_bar import KeyBar
from tui_trainer.ui.screen_cost import ScreenCost


async def test_a_slow_terminal_gets_new_rows_seldom_and_all_of_them_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ScreenCost, "is_slowed", True)
    monkeypatch.setattr(train_screen, "SPARED_S", 3600.0)
    writer = write_run(epochs_done=2, steps_per_epoch=50)
    async with watching(writer.directory) as (pilot, screen):
        table = screen.query_one(EpochTable)
        assert table.num_rows == 2
        writer.add_epoch()
        await wait_for(pilot, lambda: "epoch  3 of 20" in screen_lines(pilot)[1])
        await screen._read_machine()
        assert table.num_rows == 2

        monkeypatch.setattr(train_screen, "SPARED_S", 0.0)
        await screen._read_machine()
        assert table.num_rows == 3

        monkeypatch.setattr(train_screen, "SPARED_S", 3600.0)
        writer.add_epoch()
        writer.end("stopped")
        await wait_for(pilot, lambda: table.num_rows == 4)


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["120x40", "80x24"])
async def test_a_slowed_pace_stands_at_the_right_end_and_the_most_needed_keys_stay_whole(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    words = ["  2.9 kB/s  0.7 fps"]
    monkeypatch.setattr(ScreenCost, "pace_words", property(lambda _: words[0]))
    writer = write_run(epochs_done=3, steps_per_epoch=50)
    async with watching(writer.directory, size) as (pilot, screen):
        await screen._read_machine()
        await wait_for(pilot, lambda: "2.9 kB/s  0.7 fps" in screen_lines(pilot)[-1])
        bottom = screen_lines(pilot)[-1]
        assert bottom.rstrip().endswith("0.7 fps") and len(bottom) == size[0]
        for key in screen.query_one(KeyBar).shown_keys():
            assert f" {key.key} {key.label} " in bottom
        assert " space Pause " in bottom
        words[0] = ""
        await screen._read_machine()
        await wait_for(pilot, lambda: "fps" not in screen_lines(pilot)[-1])
    writer.leave()
