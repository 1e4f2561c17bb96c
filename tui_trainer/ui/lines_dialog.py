"""LinesDialog: a few captioned lines to type in, checked together when enter is pressed; what is wrong stands under them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Input, Static

from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.dialog import Dialog
from tui_trainer.ui.theme import token

Taken = TypeVar("Taken")
MAX_CHARS = 200


@dataclass(frozen=True, slots=True)
class AskedLine:
    """One line: the words over it, what stands in it, and what stands there dimly while it is empty."""

    caption: str
    value: str = ""
    placeholder: str = ""


class LinesDialog(Dialog[Taken], Generic[Taken]):
    """Answers with what `take` makes of the typed lines; an MlpTuiError of it keeps the dialog open and is shown."""

    HINT = "enter takes it   tab next line   esc leaves"

    def __init__(self, title: str, lines: Sequence[AskedLine], take: Callable[[list[str]], Taken]) -> None:
        super().__init__(safe_text(title, 60))
        self._lines, self._take = list(lines), take

    def compose_content(self) -> ComposeResult:
        """A caption over each line, and room for what is wrong."""
        for number, line in enumerate(self._lines):
            yield Static(line.caption, classes="caption", markup=False)
            shown = safe_text(line.value, MAX_CHARS)
            yield Input(shown, placeholder=line.placeholder, compact=True, max_length=MAX_CHARS, id=f"line-{number}")
        yield Static(id="lines-problem", markup=False)

    def on_mount(self) -> None:
        """Stand in the first line."""
        self.query_one("#line-0", Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """What was wrong may be right now."""
        event.stop()
        self.query_one("#lines-problem", Static).update(Text())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer, or say what is wrong."""
        event.stop()
        typed = [self.query_one(f"#line-{number}", Input).value.strip() for number in range(len(self._lines))]
        try:
            taken = self._take(typed)
        except MlpTuiError as error:
            words = Text.assemble(("! ", token(self, "best")), (safe_text(error.message, 300), token(self, "fail")))
            self.query_one("#lines-problem", Static).update(words)
            return
        self.dismiss(taken)
