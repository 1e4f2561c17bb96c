"""ProgressLine: what a long step does, how far it is and for how many seconds: a figure beside every motion."""

from __future__ import annotations

import time

from rich.text import Text
from textual.widgets import Static

from tui_trainer.runs.launcher import Progress
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.theme import token

BAR_COLUMNS = 20
WHAT_COLUMNS = 28
TICK_S = 0.25


class ProgressLine(Static):
    """One line; it counts seconds from when it was made."""

    def __init__(self, progress: Progress, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._progress = progress
        self._begun = time.monotonic()

    def on_mount(self) -> None:
        """Count the seconds."""
        self.set_interval(TICK_S, self._draw)
        self._draw()

    def show(self, progress: Progress) -> None:
        """Draw how far it is."""
        self._progress = progress
        self._draw()

    def _draw(self) -> None:
        # What was posted to the loop may come after the dialog was left.
        if not self.is_mounted:
            return
        progress, text, dim = self._progress, token(self, "text"), token(self, "dim")
        line = Text.assemble((f"{safe_text(progress.what, WHAT_COLUMNS - 2):<{WHAT_COLUMNS}}", text))
        if progress.total:
            share = min(1.0, progress.done / progress.total)
            filled = round(share * BAR_COLUMNS)
            line.append("━" * filled, token(self, "ok")).append("━" * (BAR_COLUMNS - filled), token(self, "line"))
            line.append(f" {share:4.0%}", text)
        line.append(f"  {time.monotonic() - self._begun:.0f} s", dim)
        self.update(line)
