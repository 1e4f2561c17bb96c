"""NoteLine: the row under the charts: what the cursor reads, or else the run's last warning; no row where there is neither."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.live_text import LiveText
from tui_trainer.ui.theme import Tokens


class NoteLine(LiveText):
    """One row or none."""

    DEFAULT_CSS = """
    NoteLine {
        height: 1;
        width: 1fr;
        padding: 0 1;
        display: none;
    }
    """

    def show_note(self, note: Text) -> None:
        """Show a line; an empty one takes the row away."""
        self.display = bool(note.plain)
        self.show_text(note)


def format_warnings(warnings: Sequence[str], colours: Tokens) -> Text:
    """`! the last warning   and 2 before it`; empty without one."""
    row = Text(no_wrap=True, overflow="ellipsis")
    if warnings:
        row.append("! ", colours["best"])
        row.append(f"{len(warnings):,} warnings, the last: " if len(warnings) > 1 else "", colours["dim"])
        row.append(safe_text(warnings[-1], 300), colours["text"])
    return row
