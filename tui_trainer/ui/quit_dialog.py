"""QuitDialog: asked when a run is alive: go and let it train, go and have it stop and save, or stay."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.dialog import Dialog
from tui_trainer.ui.theme import token


class QuitAnswer(StrEnum):
    """What is to become of the runs that are alive."""

    DETACH = "detach"
    STOP = "stop"


class QuitDialog(Dialog[QuitAnswer]):
    """Answers with one of QuitAnswer; None stays."""

    TITLE_TEXT = "quit"
    HINT = "c or esc stays here"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "answer('detach')", "Detach", tooltip="Leave; the training goes on"),
        Binding("s", "answer('stop')", "Stop and save", tooltip="Ask the training to save and stop, then leave"),
        Binding("c", "leave", "Cancel", tooltip="Stay"),
    ]

    def __init__(self, names: list[str]) -> None:
        super().__init__()
        self._names = names

    def compose_content(self) -> ComposeResult:
        """Which runs are alive, and what each key does to them."""
        yield Static(id="quit-words", markup=False)

    def on_mount(self) -> None:
        """Write the words in the colours of the theme."""
        self.query_one("#quit-words", Static).update(self._words())

    def _words(self) -> Text:
        text, dim, key = token(self, "text"), token(self, "dim"), f"bold {token(self, 'train')}"
        names = safe_text(", ".join(self._names), 120)
        verb = "is" if len(self._names) == 1 else "are"
        words = Text.assemble(("● ", token(self, "ok")), (names, f"bold {text}"), (f" {verb} training.\n\n", text))
        for letter, name, consequence in (
            ("d", "Detach", "leave; it trains on, `mlp-tui` shows it again"),
            ("s", "Stop and save", "it saves, then stops; resume goes on from there"),
            ("c", "Cancel", "stay here"),
        ):
            words.append(f"{letter} ", key).append(f"{name:<15}", text).append(f"{consequence}\n", dim)
        words.rstrip()
        return words

    def action_answer(self, answer: str) -> None:
        """Close with the answer."""
        self.dismiss(QuitAnswer(answer))
