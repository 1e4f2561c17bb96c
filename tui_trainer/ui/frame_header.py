"""FrameHeader: the top line of every screen, with the three tabs on the left and what the program works on on the right.

The active tab is a filled chip of the same width as the others, so nothing jumps when the screen changes.
"""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text
from textual.events import Click
from textual.message import Message
from textual.widget import Widget

from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.source_name import short_source
from tui_trainer.ui.theme import token

TABS = ("Configure", "Train", "Checkpoints")
PROGRAM = "mlp-tui"
WIDE_COLUMNS = 100


@dataclass(frozen=True, slots=True)
class Facts:
    """What a screen is about: device, its threads, data source and the sizes of its two parts; None where not known."""

    device: str | None = None
    threads: int | None = None
    source: str | None = None
    num_train: int | None = None
    num_test: int | None = None


class FrameHeader(Widget):
    """One row: program, tabs 1 to 3 (a click chooses), and the facts on the right as far as they fit."""

    class TabChosen(Message):
        """A tab was clicked; `number` counts from 1."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, active: int) -> None:
        super().__init__()
        self._active = active
        self._facts = Facts()

    def show_facts(self, facts: Facts) -> None:
        """Draw other facts on the right; the same again costs nothing."""
        if facts != self._facts:
            self._facts = facts
            self.refresh()

    def render(self) -> Text:
        """The whole row."""
        tabs, width = self._render_tabs(), self.content_size.width
        facts = self._render_facts(is_long=self.app.size.width >= WIDE_COLUMNS)
        gap = width - tabs.cell_len - facts.cell_len
        row = tabs if gap < 2 else Text.assemble(tabs, " " * gap, facts)
        row.no_wrap = True
        row.overflow = "crop"
        return row

    def _render_tabs(self) -> Text:
        row = Text.assemble((PROGRAM, f"bold {token(self, 'text')}"), " ")
        chip = f"bold {token(self, 'bg')} on {token(self, 'train')}"
        for number, name in enumerate(TABS, start=1):
            row.append(f" {number} {name} ", chip if number == self._active else token(self, "dim"))
        return row

    def _render_facts(self, *, is_long: bool) -> Text:
        text, dim = token(self, "text"), token(self, "dim")
        facts, row = self._facts, Text()
        if facts.device:
            row.append(safe_text(facts.device, 24), text)
            if facts.threads:
                row.append(
                    f" {facts.threads} thread{'s' if facts.threads > 1 else ''}" if is_long else f" ×{facts.threads}", dim
                )
        if facts.source:
            row.append("   " if is_long and row else "  " if row else "")
            row.append(short_source(facts.source), text)
            if is_long and facts.num_train is not None and facts.num_test is not None:
                row.append(f" {facts.num_train:,} / {facts.num_test:,}", dim)
        return row

    def on_click(self, event: Click) -> None:
        """Choose the tab under the pointer."""
        column = event.x - self.styles.padding.left - len(PROGRAM) - 1
        for number, name in enumerate(TABS, start=1):
            width = len(name) + 4
            if 0 <= column < width:
                self.post_message(self.TabChosen(number))
                return
            column -= width
