"""ScriptDialog: the short script that a configuration is, to read and to copy."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import ScrollableContainer
from textual.widgets import Static

from tui_trainer.ui.dialog import Dialog


class ScriptDialog(Dialog[None]):
    """The script, highlighted; y copies it through the terminal (OSC 52), w asks `save` to put it into a file."""

    TITLE_TEXT = "script"
    HINT = "y copies   w saves   ↑ ↓ PgUp PgDn scroll   esc or c leaves"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "Copy", tooltip="Copy the script to the clipboard, through the terminal"),
        Binding("w", "save", "Save", tooltip="Save the script as a file"),
        Binding("c,q", "leave", "Leave", show=False),
    ]

    def __init__(self, script: str, title: str, save: Callable[[], None]) -> None:
        super().__init__(title)
        self.script = script
        self._save = save

    def compose_content(self) -> ComposeResult:
        """The text in a scrolling box."""
        from textual.highlight import highlight

        with ScrollableContainer(id="script-scroll"):
            yield Static(highlight(self.script, language="python"), id="script", markup=False)

    def on_mount(self) -> None:
        """Let the arrows scroll."""
        self.query_one("#script-scroll").focus()

    def action_save(self) -> None:
        """Ask where, over this dialog."""
        self._save()

    def action_copy(self) -> None:
        """Copy; whether the terminal allowed it cannot be told."""
        self.app.copy_to_clipboard(self.script)
        self.notify(f"{len(self.script.splitlines())} lines sent to the terminal's clipboard", markup=False)
