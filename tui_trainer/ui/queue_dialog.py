"""QueueDialog: asked when a run is to be started while another one trains: wait for its turn, or train beside it."""

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


class QueueAnswer(StrEnum):
    """When the new run is to begin."""

    WAIT = "wait"
    NOW = "now"


class QueueDialog(Dialog[QueueAnswer]):
    """Answers with one of QueueAnswer; None starts nothing."""

    TITLE_TEXT = "another run trains"
    HINT = "esc starts nothing"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w,enter", "answer('wait')", "Wait", tooltip="Begin when no other run of this machine trains"),
        Binding("n", "answer('now')", "Now", tooltip="Train beside it; both are slower"),
    ]

    def __init__(self, name: str, blocker: str) -> None:
        """`name` is to be started, `blocker` trains or waits."""
        super().__init__()
        self._name, self._blocker = safe_text(name, 40), safe_text(blocker, 40)

    def compose_content(self) -> ComposeResult:
        """What trains, and what each key does."""
        yield Static(id="quit-words", markup=False)

    def on_mount(self) -> None:
        """Write the words in the colours of the theme."""
        text, dim, key = token(self, "text"), token(self, "dim"), f"bold {token(self, 'train')}"
        words = Text.assemble(("● ", token(self, "ok")), (self._blocker, f"bold {text}"), (" is training.\n\n", text))
        for letter, what, consequence in (
            ("w", "Wait", f"{self._name} begins by itself when it is done, the app open or not"),
            ("n", "Now", "it trains beside it; both are slower"),
        ):
            words.append(f"{letter} ", key).append(f"{what:<6}", text).append(f"{consequence}\n", dim)
        words.rstrip()
        self.query_one("#quit-words", Static).update(words)

    def action_answer(self, answer: str) -> None:
        """Close with the answer."""
        self.dismiss(QueueAnswer(answer))
