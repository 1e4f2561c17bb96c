"""HelpDialog: the focused thing in words, then every key that works, made from the bindings, so that it cannot be wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from tui_trainer.ui.dialog import Dialog
from tui_trainer.ui.key_bar import format_key
from tui_trainer.ui.theme import token


class HelpDialog(Dialog[None]):
    """Keys of what is focused, of the screen and of the app, in this order."""

    TITLE_TEXT = "help"
    HINT = "↑ ↓ scroll   esc or ? leaves"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("question_mark,f1,q", "leave", "Leave", show=False)]

    def __init__(self, topic: Text | None, bindings: Mapping[str, ActiveBinding]) -> None:
        super().__init__()
        self._topic = topic
        self._keys = dict(bindings)

    def compose_content(self) -> ComposeResult:
        """One scrolling text."""
        with VerticalScroll(id="help-scroll"):
            if self._topic is not None:
                yield Static(id="help-topic", markup=False)
            yield Static(id="help-words", markup=False)

    def on_mount(self) -> None:
        """Write it in the colours of the theme."""
        if self._topic is not None:
            self.query_one("#help-topic", Static).update(self._topic)
        self.query_one("#help-words", Static).update(build_key_table(self, self._keys))
        self.query_one("#help-scroll").focus()


def build_key_table(dialog: HelpDialog, bindings: Mapping[str, ActiveBinding]) -> Table:
    """One row an action: its keys, and what it does."""
    keys: dict[tuple[int, str], list[str]] = {}
    words: dict[tuple[int, str], str] = {}
    for key, (node, binding, is_enabled, tooltip) in bindings.items():
        text = tooltip or binding.tooltip or binding.description
        if is_enabled and text and not binding.system:
            action = (id(node), binding.action)
            keys.setdefault(action, []).append(binding.key_display or format_key(key))
            words.setdefault(action, text)
    table = Table.grid(padding=(0, 3, 0, 0))
    table.add_column(style=f"bold {token(dialog, 'train')}", no_wrap=True)
    table.add_column(style=token(dialog, "text"))
    for action, names in keys.items():
        table.add_row(Text("  ".join(names)), Text(words[action]))
    return table
