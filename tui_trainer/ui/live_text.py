"""LiveText: styled text that changes often; another text sends only the cells that differ.

A Static repaints itself whole. Lines are wrapped at words, or cropped where the text says `no_wrap`.
"""

from __future__ import annotations

from rich.text import Text
from textual.events import Resize
from textual.strip import Strip
from textual.widget import Widget

from tui_trainer.ui.settled_size import SettledSize
from tui_trainer.ui.strip_difference import changed_spans


class LiveText(SettledSize, Widget):
    """Fills the room that its styles give it; what does not fit below is not shown."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._text = Text()
        self._lines: list[Strip] = []

    @property
    def text(self) -> Text:
        """What is shown."""
        return self._text

    def show_text(self, text: Text) -> None:
        """Show another text; the same again costs nothing."""
        if text == self._text:
            return
        self._text = text
        before, self._lines = self._lines, self._build_lines()
        spans = changed_spans(before, self._lines, self.content_size.width, self.content_size.height)
        if spans:
            self.refresh(*spans)

    def on_resize(self, event: Resize) -> None:
        """Wrap at the new width."""
        self._lines = self._build_lines()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One row in the widget's own style, where the text has none."""
        width, base = self.content_size.width, self.rich_style
        row = y - self.gutter.top
        if not 0 <= row < len(self._lines):
            return Strip.blank(width, base)
        return self._lines[row].apply_style(base).adjust_cell_length(width, base)

    def _build_lines(self) -> list[Strip]:
        width = self.content_size.width
        if not width:
            return []
        console = self.app.console
        lines = self._text.wrap(console, width, no_wrap=self._text.no_wrap, overflow=self._text.overflow)
        return [Strip(line.render(console, end="")).crop(0, width) for line in lines]
