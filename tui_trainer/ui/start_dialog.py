"""StartDialog: what a start is doing, while it loads or downloads data, with a figure beside every step."""

from __future__ import annotations

import time

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Static

from tui_trainer.runs.launcher import Progress
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.dialog import Dialog
from tui_trainer.ui.theme import token

BAR_COLUMNS = 20
TICK_S = 0.25


class StartDialog(Dialog[None]):
    """It is taken away by whoever put it there; escape only hides it, the start goes on."""

    TITLE_TEXT = "starting"
    HINT = "esc hides this, the start goes on"

    def __init__(self, name: str) -> None:
        super().__init__(f"starting {name}")
        self._progress = Progress("engine", 0, None)
        self._begun = time.monotonic()

    def compose_content(self) -> ComposeResult:
        """One line."""
        yield Static(id="start-progress", markup=False)

    def on_mount(self) -> None:
        """Count the seconds."""
        self.set_interval(TICK_S, self._draw)
        self._draw()

    def show(self, progress: Progress) -> None:
        """Draw how far it is."""
        self._progress = progress
        self._draw()

    def _draw(self) -> None:
        if not self.is_mounted:
            return
        progress, text, dim = self._progress, token(self, "text"), token(self, "dim")
        line = Text.assemble((f"{safe_text(progress.what, 26):<28}", text))
        if progress.total:
            share = min(1.0, progress.done / progress.total)
            filled = round(share * BAR_COLUMNS)
            line.append("━" * filled, token(self, "ok")).append("━" * (BAR_COLUMNS - filled), token(self, "line"))
            line.append(f" {share:4.0%}", text)
        line.append(f"  {time.monotonic() - self._begun:.0f} s", dim)
        self.query_one("#start-progress", Static).update(line)
