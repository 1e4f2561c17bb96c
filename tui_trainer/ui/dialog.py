"""Dialog: a small box over a dimmed screen; escape leaves it without an answer. Its subclasses give title and content."""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

Answer = TypeVar("Answer")


class Dialog(ModalScreen[Answer | None], Generic[Answer]):
    """A modal screen whose answer is None where it was left."""

    TITLE_TEXT: ClassVar[str] = ""
    HINT: ClassVar[str] = "esc leaves"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave", show=False)]

    def __init__(self, title: str = "") -> None:
        super().__init__()
        self._title = title or self.TITLE_TEXT

    def compose(self) -> ComposeResult:
        """The box around `compose_content`."""
        box = Vertical(id="dialog-box")
        box.border_title = Content(self._title)
        box.border_subtitle = Content(self.HINT)
        with box:
            yield from self.compose_content()

    def compose_content(self) -> ComposeResult:
        """Widgets in the box."""
        yield from ()

    def action_leave(self) -> None:
        """Close without an answer."""
        self.dismiss(None)
