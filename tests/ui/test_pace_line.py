"""What the terminal gets, in the bottom line: only while it slows the pictures down, and nothing is cut for it."""

from __future__ import annotations

import pytest

from tests.runs_factory import write_run
from tests.ui.pilot_waiting import screen_lines, wait_for
from tests.ui.test_train_screen import SMALL, WIDE, watching
from tui_trainer.ui.key_bar import KeyBar
from tui_trainer.ui.screen_cost import ScreenCost


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
