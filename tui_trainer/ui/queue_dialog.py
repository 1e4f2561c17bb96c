"""QueueDialog: asked when a run is to be started while another one trains: wait for its turn, or train beside it."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType

from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.theme import Tokens
from tui_trainer.ui.words_dialog import WordsDialog, format_answers, format_live


class QueueAnswer(StrEnum):
    """When the new run is to begin."""

    WAIT = "wait"
    NOW = "now"


class QueueDialog(WordsDialog[QueueAnswer]):
    """Answers with one of QueueAnswer; None starts nothing."""

    TITLE_TEXT = "another run trains"
    HINT = "esc starts nothing"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w,enter", "answer('wait')", "Wait", tooltip="Begin when no other run of this machine trains"),
        Binding("n", "answer('now')", "Now", tooltip="Train beside it; both are slower"),
    ]

    def __init__(self, blocker: str) -> None:
        """`blocker` trains or waits."""
        super().__init__()
        self._blocker = safe_text(blocker, 40)

    def build_words(self, colours: Tokens) -> Text:
        """What trains, and what each key does."""
        answers = (
            ("w", "Wait", "the new run begins after it, the app open or not"),
            ("n", "Now", "the new run trains beside it; both are slower"),
        )
        return Text("\n\n").join([format_live(self._blocker, colours), format_answers(answers, colours)])

    def action_answer(self, answer: str) -> None:
        """Close with the answer."""
        self.dismiss(QueueAnswer(answer))
