"""StopDialog: asked before a training is ended without a save, with what that loses in words."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from tui_trainer.runs.run_history import RunHistory
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.dialog import Dialog
from tui_trainer.ui.theme import token


class StopDialog(Dialog[bool]):
    """Answers with True where it is to be stopped; None goes on."""

    TITLE_TEXT = "stop without a save"
    HINT = "X stops   esc goes on"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("X", "stop", "Stop", tooltip="Lose the steps since the last save"),
        Binding("s", "leave", "Go on", show=False),
    ]

    def __init__(self, name: str, history: RunHistory) -> None:
        super().__init__()
        self._name = safe_text(name, 60)
        self._step = history.step
        self._saved = max((int(event["step"]) for event in history.checkpoints.values() if "step" in event), default=0)

    def compose_content(self) -> ComposeResult:
        """What is lost, and what stays."""
        yield Static(id="quit-words", markup=False)

    def on_mount(self) -> None:
        """Write the words in the colours of the theme."""
        text, dim = token(self, "text"), token(self, "dim")
        lost = f"{max(0, self._step - self._saved):,} steps since the last save are lost."
        stays = f"The save of step {self._saved:,} stays; C goes on from there." if self._saved else "Nothing was saved yet."
        words = Text.assemble((f"{self._name} ends after this step.\n", text), (f"{lost}\n{stays}", dim))
        self.query_one("#quit-words", Static).update(words)

    def action_stop(self) -> None:
        """Answer."""
        self.dismiss(True)
