"""OverScreen: a whole screen over one of the three, with their header and key bar, that escape leaves.

It is no FramedScreen, because 1, 2 and 3 go through it to the screens below; like those it shows its keys from its active
bindings, and asks the engine through its app.
"""

from __future__ import annotations

from typing import Any, ClassVar, Protocol, cast

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget

from tui_trainer.ui.frame_header import FrameHeader
from tui_trainer.ui.key_bar import KeyBar, KeyBarTable
from tui_trainer.ui.questions import Server


class AskingApp(Protocol):
    """What the screen needs of its app."""

    engine_server: Server


class OverScreen(Screen[None]):
    """Header, body and key bar; `-small` where two panes do not stand beside each other at full size."""

    TAB: ClassVar[int] = 3
    KEY_BAR: ClassVar[KeyBarTable] = {}
    HORIZONTAL_BREAKPOINTS = [(0, "-small"), (116, "-wide")]  # noqa: RUF012
    CSS_PATH = "over.tcss"
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """What has the keys. Who gains or loses them draws itself; Textual's own would have the whole screen drawn again."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "go_back", "Back", tooltip="Go back to the checkpoints"),
    ]

    @property
    def key_bar_table(self) -> KeyBarTable:
        """What the key bar shows."""
        return {"go_back": 0, **self.KEY_BAR}

    @property
    def engine_server(self) -> Server:
        """What answers."""
        return cast(AskingApp, self.app).engine_server

    def compose(self) -> ComposeResult:
        """The frame around `compose_body`."""
        yield FrameHeader(self.TAB)
        yield KeyBar()
        with Vertical(id="frame-body"):
            yield from self.compose_body()

    def compose_body(self) -> ComposeResult:
        """Widgets between header and key bar."""
        yield from ()

    def help_topic(self) -> Text | None:
        """What the help begins with."""
        return None

    async def on_frame_header_tab_chosen(self, message: FrameHeader.TabChosen) -> None:
        """Go where the click points."""
        await self.app.run_action(f"show_tab({message.number})")

    def action_go_back(self) -> Any:
        """Close."""
        self.dismiss(None)
