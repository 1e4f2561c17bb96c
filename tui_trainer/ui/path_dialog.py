"""PathDialog: where to save the configuration; a file that is there is replaced only when enter is pressed again."""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult
from textual.widgets import Input, Static

from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.dialog import Dialog


class PathDialog(Dialog[Path]):
    """Answers with an absolute path that may be written."""

    TITLE_TEXT = "save the configuration as TOML"
    HINT = "enter saves   esc leaves"

    def __init__(self, suggestion: str) -> None:
        super().__init__()
        self._suggestion = suggestion
        self._warned_about: str | None = None

    def compose_content(self) -> ComposeResult:
        """The path and a line for objections."""
        yield Input(self._suggestion, compact=True, select_on_focus=False, max_length=400)
        yield Static("relative to the folder that the program was started in", id="dialog-note", markup=False)

    def on_mount(self) -> None:
        """Stand in the line."""
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer, unless the path cannot be or asks for a second enter."""
        event.stop()
        written = event.value.strip()
        objection = self._objection(written)
        if objection:
            self.query_one("#dialog-note", Static).update(objection)
        else:
            self.dismiss(Path(written).expanduser().absolute())

    def _objection(self, written: str) -> str:
        if not written or "\0" in written:
            return "give a file's path, such as book.toml"
        path = Path(written).expanduser()
        try:
            if path.is_dir() or (path.exists() and not path.is_file()):
                return f"{safe_text(path, 120)} is no file; give another path"
            if not path.absolute().parent.is_dir():
                return f"the folder {safe_text(path.absolute().parent, 120)} is not there; make it or give another path"
            if path.exists() and self._warned_about != written:
                self._warned_about = written
                return f"{safe_text(path, 120)} is there already; enter again replaces it"
        except OSError as error:
            return f"{safe_text(path, 120)}: {error.strerror}"
        return ""
