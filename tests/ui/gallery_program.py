"""The Checkpoints screen with a fake engine as a program of its own, for tests that read what reaches a real terminal.

    python -m tests.ui.gallery_program [blocks | sixel | kitty] [ascii]

`N` gives a notice so large that it lies over the gallery, or takes it away; `Z` hands the screen over to the shell and takes it
back.
"""

from __future__ import annotations

import sys
from typing import ClassVar

from textual.binding import Binding, BindingType

from tests.ui.checkpoints_app import CheckpointsApp
from tests.ui.fake_engine import FakeEngine
from tui_trainer.runs.ui_settings import Images, UiSettings


class GalleryProgram(CheckpointsApp):
    """With the keys of the tests."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("N", "toggle_notice"), Binding("Z", "step_aside")]

    def action_toggle_notice(self) -> None:
        if self._notifications:
            self.clear_notifications()
        else:
            self.notify("a long word\n" * 30, timeout=60)

    def action_step_aside(self) -> None:
        with self.suspend():
            print("ASIDE", flush=True)

    def action_leave(self) -> None:
        self.exit(0)


if __name__ == "__main__":
    ui = UiSettings(images=Images(sys.argv[1]), is_ascii="ascii" in sys.argv)
    sys.exit(GalleryProgram(FakeEngine(), ui).run() or 0)
