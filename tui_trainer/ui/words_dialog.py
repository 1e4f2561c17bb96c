"""WordsDialog: a question in words, with the consequence of each key beside it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Static

from tui_trainer.ui.dialog import Dialog
from tui_trainer.ui.theme import Tokens, tokens

Answer = TypeVar("Answer")
_GAP = 2


class WordsDialog(Dialog[Answer]):
    """A subclass says the words, and binds the keys."""

    def compose_content(self) -> ComposeResult:
        """One text, as wide as it needs."""
        yield Static(id="dialog-words", markup=False)

    def on_mount(self) -> None:
        """Write it in the colours of the theme."""
        self.query_one("#dialog-words", Static).update(self.build_words(tokens(self)))

    def build_words(self, colours: Tokens) -> Text:
        """The whole text."""
        raise NotImplementedError


def format_live(names: str, colours: Tokens, mark: str = "●", verb: str = "is training") -> Text:
    """`● book-3f2a is training.`"""
    return Text.assemble((f"{mark} ", colours["ok"]), (names, f"bold {colours['text']}"), (f" {verb}.", colours["text"]))


def format_answers(answers: Iterable[tuple[str, str, str]], colours: Tokens) -> Text:
    """A line for each (key, what it is called, its consequence)."""
    rows = list(answers)
    width = max(len(name) for _, name, _ in rows) + _GAP
    lines = [
        Text.assemble(
            (f"{key} ", f"bold {colours['train']}"), (f"{name:<{width}}", colours["text"]), (consequence, colours["dim"])
        )
        for key, name, consequence in rows
    ]
    return Text("\n").join(lines)
