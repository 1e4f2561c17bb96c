"""FramedScreen: the frame around each of the three screens: header, body, key bar, and a notice where there is no room.

A screen sets TAB, gives its widgets in `compose_body`, declares BINDINGS and beside them KEY_BAR (see key_bar.py), and calls
`show_facts` when it knows what the right of the header should say. The frame sets `-small` under 100 columns and `-wide` from
there on, so that layouts are chosen in CSS, and `-too-small` under 60 x 16.
"""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.events import Resize
from textual.reactive import Reactive
from textual.widget import Widget
from textual.widgets import Static

from tui_trainer.ui.frame_header import Facts, FrameHeader
from tui_trainer.ui.key_bar import KeyBar, KeyBarTable
from tui_trainer.ui.pace_line import PaceLine
from tui_trainer.ui.whole_pictures import WholePictures

MIN_COLUMNS = 60
MIN_ROWS = 16
TOO_SMALL = "80x24 or more, please; the run goes on"


class FramedScreen(WholePictures):
    """Header, body and key bar; a click on a tab runs the app's action `show_tab(number)`."""

    TAB: ClassVar[int] = 1
    """Which tab is lit, from 1."""
    KEY_BAR: ClassVar[KeyBarTable] = {}
    """{action: priority} of the screen's own keys, in order."""
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """As Textual's, but a change of the focus repaints what it changes and not the whole screen."""
    HORIZONTAL_BREAKPOINTS = [(0, "-small"), (100, "-wide")]  # noqa: RUF012

    @property
    def key_bar_table(self) -> KeyBarTable:
        """The table that the key bar shows now; override it where it depends on what is focused."""
        return self.KEY_BAR

    def expect_width(self, columns: int) -> None:
        """Take on the classes of a terminal of `columns` before the first layout, which would have everything styled again."""
        breakpoints = self.HORIZONTAL_BREAKPOINTS
        fitting = max(limit for limit, _ in breakpoints if limit <= columns)
        self.update_classes({name: limit == fitting for limit, name in breakpoints}, update=False)

    def compose(self) -> ComposeResult:
        """The frame around `compose_body`."""
        yield FrameHeader(self.TAB)
        with Horizontal(id="bottom-line"):
            yield KeyBar()
            yield PaceLine()
        with Vertical(id="frame-body"):
            yield from self.compose_body()
        yield Static(TOO_SMALL, id="too-small", markup=False)

    def compose_body(self) -> ComposeResult:
        """Widgets between header and key bar."""
        yield from ()

    def show_facts(self, facts: Facts) -> None:
        """Set what the right of the header says; an answer that comes while the app closes finds no header any more."""
        for header in self.query(FrameHeader):
            header.show_facts(facts)

    def help_topic(self) -> Text | None:
        """What the help begins with: the thing that is focused, in words; None where there is nothing to say."""
        return None

    def on_resize(self, event: Resize) -> None:
        """Show one line where nothing readable fits."""
        self.set_class(event.size.width < MIN_COLUMNS or event.size.height < MIN_ROWS, "-too-small")

    async def on_frame_header_tab_chosen(self, message: FrameHeader.TabChosen) -> None:
        """Go where the click points."""
        await self.app.run_action(f"show_tab({message.number})")
