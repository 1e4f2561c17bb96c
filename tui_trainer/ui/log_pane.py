"""LogPane: the end of what the trainer printed; the newest line at the bottom."""

from __future__ import annotations

from rich.cells import cell_len, chop_cells
from rich.text import Text

from tui_trainer.runs.log_tail import LogTail
from tui_trainer.runs.memory_budget import format_bytes
from tui_trainer.ui.sized_text_pane import SizedTextPane
from tui_trainer.ui.theme import Tokens, tokens


class LogPane(SizedTextPane):
    """As many of the last lines as there is room for; a long one goes on in the next row."""

    def __init__(self, id: str) -> None:
        self._tail = LogTail()
        super().__init__(title="trainer.log", empty=Text("what the trainer prints"), text_id="log-text", id=id)

    def show(self, tail: LogTail) -> None:
        """Draw the end of the log."""
        self._tail = tail
        self.show_figures(format_bytes(tail.num_bytes) if tail.num_bytes else "")
        self.show_content(
            not tail.lines, Text("there is no log" if tail.num_bytes is None else "the trainer has printed nothing")
        )

    def format_content(self, width: int, height: int) -> Text:
        """The lines that there is room for."""
        return format_tail(self._tail, width, height, tokens(self))


def format_tail(tail: LogTail, width: int, height: int, colours: Tokens) -> Text:
    """The last rows that `width` x `height` cells have room for."""
    rows: list[str] = []
    for line in tail.lines:
        rows += chop_cells(line, width) if cell_len(line) > width else [line]
    return Text.assemble(("\n".join(rows[-height:]), colours["text"]), no_wrap=True, overflow="crop")
