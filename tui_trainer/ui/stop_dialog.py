"""StopDialog: asked before a training is ended without a save, with what that loses in words."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType

from tui_trainer.runs.run_history import RunHistory
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.theme import Tokens
from tui_trainer.ui.words_dialog import WordsDialog


class StopDialog(WordsDialog[bool]):
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

    def build_words(self, colours: Tokens) -> Text:
        """What is lost, and what stays."""
        lost = f"{max(0, self._step - self._saved):,} steps since the last save are lost."
        stays = f"The save of step {self._saved:,} stays; C goes on from there." if self._saved else "Nothing was saved yet."
        return Text.assemble((f"{self._name} ends after this step.\n", colours["text"]), (f"{lost}\n{stays}", colours["dim"]))

    def action_stop(self) -> None:
        """Answer."""
        self.dismiss(True)
