"""SizedTextPane: a live pane of one text that is made for the room it has, so it is made anew when the room changes."""

from __future__ import annotations

from rich.text import Text
from textual.events import Resize

from tui_trainer.ui.live_pane import LivePane
from tui_trainer.ui.live_text import LiveText


class SizedTextPane(LivePane):
    """A subclass makes the text in `format_content` and calls `show_content` when there is another."""

    def __init__(self, *, title: str, empty: Text, text_id: str, id: str) -> None:
        self._sized_text = LiveText(id=text_id)
        super().__init__(self._sized_text, title=title, empty=empty, id=id)

    def format_content(self, width: int, height: int) -> Text:
        """The text for so many cells, at least one each way."""
        raise NotImplementedError

    def show_content(self, is_empty: bool, words: Text | None = None) -> None:
        """Draw the text, or say that there is none, in `words` where they are given."""
        was_empty = self.has_class("-empty")
        self.show_empty(is_empty, words)
        if was_empty:
            # The text has no size before it is laid out.
            self.call_after_refresh(self._fill)
        self._fill()

    def on_resize(self, event: Resize) -> None:
        """Make it for the new size."""
        self.call_after_refresh(self._fill)

    def _fill(self) -> None:
        width, height = self._sized_text.content_size
        if width and height:
            self._sized_text.show_text(self.format_content(width, height))
