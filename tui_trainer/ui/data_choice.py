"""Choosing what a network is evaluated on: a split of its run's data, or another data source by its name.

Asks through dialogs of the app and gives the same subject on other data back; evaluates nothing.
"""

from __future__ import annotations

from typing import Any

from textual.app import App, ComposeResult
from textual.widgets import Input, Static

from tui_trainer.runs.data_source import check_source
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.choice_dialog import ChoiceDialog
from tui_trainer.ui.dialog import Dialog
from tui_trainer.ui.form_fields import Choice
from tui_trainer.ui.subject import Subject

OTHER = "other"
SPLITS = (
    Choice("test", "test", "what it was not trained on"),
    Choice("train", "train", "what it was trained on: the gap to test is what it learned by heart"),
    Choice("validation", "validation", "what was held out of the training set, where something was"),
)


class SourceDialog(Dialog[str]):
    """Answers with a data source that can be read."""

    TITLE_TEXT = "evaluate on another data source"
    HINT = "enter takes it   esc leaves"

    def __init__(self, suggestion: str) -> None:
        super().__init__()
        self._suggestion = suggestion

    def compose_content(self) -> ComposeResult:
        """A line, and words for what cannot be."""
        yield Input(self._suggestion, compact=True, select_on_focus=False, max_length=400)
        yield Static("mnist, fashion, digits, idx:FOLDER, csv:FILE, npz:FILE, parquet:FILE ...", id="dialog-note", markup=False)

    def on_mount(self) -> None:
        """Stand in the line."""
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer, unless it is no source."""
        event.stop()
        try:
            source = check_source(event.value.strip())
        except ValueError as error:
            self.query_one("#dialog-note", Static).update(safe_text(f'"{event.value[:60]}" {error}', 200))
        else:
            self.dismiss(source)


async def choose_data(app: App[Any], subject: Subject) -> Subject | None:
    """The subject on what was chosen; None where the dialogs were left."""
    splits = [choice for choice in SPLITS if not subject.is_foreign or choice.value != "validation"]
    other = Choice(OTHER, "another source", "any data that has the same inputs and classes")
    chosen = await app.push_screen_wait(ChoiceDialog(f"evaluate {subject.title} on", [*splits, other], subject.split))
    if chosen is None:
        return None
    if chosen.value != OTHER:
        return subject.on(subject.data, str(chosen.value))
    source = await app.push_screen_wait(SourceDialog(subject.data or ""))
    return subject.on(source, "test") if source is not None else None
