"""StartDialog: what a start is doing, while it loads or downloads data, with a figure beside every step."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult

from tui_trainer.runs.launcher import Progress
from tui_trainer.ui.dialog import Dialog
from tui_trainer.ui.progress_line import ProgressLine


class StartDialog(Dialog[None]):
    """It is taken away by whoever put it there; escape asks `cancel` to end the start."""

    TITLE_TEXT = "starting"
    HINT = "esc cancels the start"

    def __init__(self, name: str, cancel: Callable[[], None]) -> None:
        super().__init__(f"starting {name}")
        self._cancel = cancel

    def compose_content(self) -> ComposeResult:
        """One line."""
        yield ProgressLine(Progress("engine", 0, None), id="start-progress")

    def show(self, progress: Progress) -> None:
        """Draw how far it is."""
        for line in self.query(ProgressLine):
            line.show(progress)

    def action_leave(self) -> None:
        """Ask for the end of the start; the dialog goes when it has ended."""
        self._cancel()
        self.show(Progress("cancelling", 0, None))
