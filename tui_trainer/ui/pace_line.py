"""PaceLine: at the right end of the bottom line, what the terminal gets while its budget or speed slows the pictures down."""

from __future__ import annotations

from rich.text import Text

from tui_trainer.ui.live_text import LiveText
from tui_trainer.ui.theme import token


class PaceLine(LiveText):
    """Takes no room while there is nothing to say, and then always the same."""

    DEFAULT_CSS = """
    PaceLine {
        display: none;
        height: 1;
        width: 21;
        padding-right: 1;
    }
    """

    def show_words(self, words: str) -> None:
        """Say it; nothing where it is empty."""
        if self.display != bool(words):
            self.display = bool(words)
        if words:
            self.show_text(Text(words, token(self, "dim"), no_wrap=True, overflow="crop"))
