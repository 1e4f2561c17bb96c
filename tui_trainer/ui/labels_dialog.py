"""LabelsDialog: a run's display name, note and tags in three lines."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.widgets import Input, Static

from tui_trainer.runs.labels import MAX_NAME, MAX_TAG, MAX_TAGS, Labels
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.dialog import Dialog

MAX_NOTE_LINE = 1000


@dataclass(frozen=True, slots=True)
class LabelsAnswer:
    """What was typed; an empty name means the run's own."""

    name: str
    note: str
    tags: tuple[str, ...]


class LabelsDialog(Dialog[LabelsAnswer]):
    """Answers with all three; enter in any line takes them, tab goes on to the next."""

    HINT = "enter takes it   tab next line   esc leaves"

    def __init__(self, run_name: str, labels: Labels) -> None:
        super().__init__(f"name, note and tags of {run_name}")
        self._run_name, self._labels = run_name, labels

    def compose_content(self) -> ComposeResult:
        """A caption over each line."""
        note = " ".join(self._labels.note.split("\n"))
        for caption, value, placeholder, limit in (
            ("name", self._labels.name or "", self._run_name, MAX_NAME),
            ("note", note, "what is special about it", MAX_NOTE_LINE),
            ("tags", " ".join(self._labels.tags), "words, parted by blanks", MAX_TAG * MAX_TAGS),
        ):
            yield Static(caption, classes="caption", markup=False)
            yield Input(safe_text(value, limit), placeholder=placeholder, compact=True, max_length=limit, id=f"label-{caption}")

    def on_mount(self) -> None:
        """Stand in the note, which is changed most."""
        self.query_one("#label-note", Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer."""
        event.stop()
        name, note, tags = (self.query_one(f"#label-{caption}", Input).value for caption in ("name", "note", "tags"))
        self.dismiss(LabelsAnswer(name.strip(), note.strip(), tuple(tags.split())))
