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

    def __init__(self, training: list[str], waiting: list[str]) -> None:
        """Names of the runs that train, and of those that wait for their turn."""
        super().__init__()
        self._training, self._waiting = training, waiting

    def build_words(self, colours: Tokens) -> Text:
        """Which runs are alive, and what each key does to them."""
        answers = (
            ("d", "Detach", "leave; it trains on, `mlp-tui` shows it again"),
            ("s", "Stop and save", "it saves, then stops; resume goes on from there"),
            ("c", "Cancel", "stay here"),
        )
        if not self._training:
            answers = (
                ("d", "Detach", "leave; it begins when its turn comes"),
                ("s", "Stop", "it will not begin; its configuration is kept"),
                ("c", "Cancel", "stay here"),
            )
        lines = [format_live(names, colours, mark, verb) for names, mark, verb in self._states()]
        return Text("\n").join([*lines, Text(), format_answers(answers, colours)])

    def _states(self) -> list[tuple[str, str, str]]:
        """(names, mark, what these do) of the runs that train and of those that wait."""

        def state(names: list[str], mark: str, one: str, many: str) -> list[tuple[str, str, str]]:
            return [(safe_text(", ".join(names), 120), mark, one if len(names) == 1 else many)] if names else []

        return [
            *state(self._training, "●", "is training", "are training"),
            *state(self._waiting, "○", "waits for its turn", "wait for their turn"),
        ]

    def action_answer(self, answer: str) -> None:
        """Close with the answer."""
        self.dismiss(QuitAnswer(answer))
