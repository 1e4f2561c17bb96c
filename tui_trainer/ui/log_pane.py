"""LogPane: the end of what the trainer printed; the newest line at the bottom."""

from __future__ import annotations

from rich.cells import cell_len, chop_cells
from rich.text import Text
from textual.events import Resize

from tui_trainer.runs.log_tail import LogTail
from tui_trainer.runs.memory_budget import format_bytes
from tui_trainer.ui.live_pane import LivePane
from tui_trainer.ui.live_text import LiveText
from tui_trainer.ui.theme import Tokens, tokens


class LogPane(LivePane):
    """As many of the last lines as there is room for; a long one goes on in the next row."""

    def __init__(self, id: str) -> None:
        self._log_text = LiveText(id="log-text")
        self._tail = LogTail()
        super().__init__(self._log_text, title="trainer.log", empty=Text("what the trainer prints"), id=id)

    def show(self, tail: LogTail) -> None:
        """Draw the end of the log."""
        was_empty, self._tail = not self._tail.lines, tail
        self.show_empty(
            not tail.lines, Text("there is no log" if tail.num_bytes is None else "the trainer has printed nothing")
        )
        self.show_figures(format_bytes(tail.num_bytes) if tail.num_bytes else "")
        if was_empty:
            # The text has no size before it is laid out.
            self.call_after_refresh(self._draw)
        self._draw()

    def on_resize(self, event: Resize) -> None:
        """Choose lines for the new size."""
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        width, height = self._log_text.content_size
        if width and height:
            self._log_text.show_text(format_tail(self._tail, width, height, tokens(self)))


def format_tail(tail: LogTail, width: int, height: int, colours: Tokens) -> Text:
    """The last rows that `width` x `height` cells have room for."""
    rows: list[str] = []
    for line in tail.lines:
        rows += chop_cells(line, width) if cell_len(line) > width else [line]
    return Text.assemble(("\n".join(rows[-height:]), colours["text"]), no_wrap=True, overflow="crop")
