"""From the keyboard alone, in the whole app: its best checkpoint, its most confused pair, and the images of it."""

from __future__ import annotations

import pytest

from tests.runs_factory import write_run
from tests.ui.app_pilot import opened_app
from tests.ui.checkpoints_app import SMALL, WIDE
from tests.ui.fake_engine import FakeEngine
from tests.ui.pilot_waiting import screen_lines, wait_for
from tui_trainer.ui.app import MlpTuiApp
from tui_trainer.ui.gallery_pane import GalleryPane


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_three_keys_from_the_first_frame_show_what_the_best_checkpoint_gets_wrong_most(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    writer = write_run()
    for accuracy in (0.95, 0.9784, 0.97):
        writer.add_epoch(test_acc=accuracy)
    writer.end()
    engine = FakeEngine()
    monkeypatch.setattr(MlpTuiApp, "engine_server", engine)
    async with opened_app(size=size) as pilot:
        await pilot.press("3")
        await wait_for(pilot, lambda: type(pilot.app.screen.focused).__name__ == "RunTable", 20)
        await pilot.press("enter")
        await wait_for(pilot, lambda: pilot.app.screen.has_class("-evaluated"), 20)
        await pilot.press("g")
        gallery = pilot.app.screen.query_one(GalleryPane)
        await wait_for(pilot, lambda: gallery.has_focus and gallery.has_class("-pictures"), 20)
        assert engine.params_of("evaluate")[0]["checkpoint"] == "s000001876-a1"
        assert (engine.params_of("examples")[-1]["true"], engine.params_of("examples")[-1]["predicted"]) == (4, 9)
        assert "4 read as 9" in "\n".join(screen_lines(pilot))
