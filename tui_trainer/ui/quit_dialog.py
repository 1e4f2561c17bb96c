"""QuitDialog: asked when a run is alive: go and let it train, go and have it stop and save, or stay."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType

from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.theme import Tokens
from tui_trainer.ui.words_dialog import WordsDialog, format_answers, format_live


class QuitAnswer(StrEnum):
    """What is to become of the runs that are alive."""

    DETACH = "detach"
    STOP = "stop"


class QuitDialog(WordsDialog[QuitAnswer]):
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

    def build_words(self, colours: Tokens) -> Text:
        """Which runs are alive, and what each key does to them."""
        verb = "is" if len(self._names) == 1 else "are"
        answers = (
            ("d", "Detach", "leave; it trains on, `mlp-tui` shows it again"),
            ("s", "Stop and save", "it saves, then stops; resume goes on from there"),
            ("c", "Cancel", "stay here"),
        )
        names = safe_text(", ".join(self._names), 120)
        return format_live(names, verb, colours).append_text(format_answers(answers, colours))

    def action_answer(self, answer: str) -> None:
        """Close with the answer."""
        self.dismiss(QuitAnswer(answer))
