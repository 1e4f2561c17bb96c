"""PathDialog: where to save a file; one that is there is replaced only when enter is pressed again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.daemon_thread import run_in_daemon
from tui_trainer.ui.file_dialog import FileDialog
from tui_trainer.ui.folder_listing import Entry


class PathDialog(FileDialog):
    """Answers with an absolute path that may be written; the list helps to find the folder."""

    HINT = "enter saves   tab completes   ↑ ↓ choose   esc leaves"

    def __init__(self, title: str, suggestion: str, suffixes: Sequence[str]) -> None:
        super().__init__(title, suffixes, typed=suggestion)
        self._warned_about: str | None = None

    def first_highlight(self, shown: Sequence[Entry], part: str) -> int | None:
        """Nothing: enter saves under the name that is typed, until a folder is chosen by ↓ or tab."""
        return None

    async def take(self, typed: str) -> None:
        """Answer, unless a folder or file of the list is chosen, or the path cannot be or asks for a second enter."""
        entry = self.highlighted_entry
        if entry is not None:
            self._write(entry)
            return
        objection = await run_in_daemon(partial(find_objection, typed.strip(), may_replace=self._warned_about == typed))
        if objection:
            self._warned_about = typed
            self.show_note(objection)
        else:
            self.dismiss(Path(typed.strip()).expanduser().absolute())


def find_objection(written: str, *, may_replace: bool) -> str:
    """Why nothing can be saved at `written`, or that a file is there; empty where it can. Touches the disk."""
    if not written or "\0" in written:
        return "give a file's path, such as book.toml"
    try:
        path = Path(written).expanduser()
        if path.is_dir() or (path.exists() and not path.is_file()):
            return f"{safe_text(path, 120)} is no file; give another path"
        if not path.absolute().parent.is_dir():
            return f"the folder {safe_text(path.absolute().parent, 120)} is not there; make it or give another path"
        if path.exists() and not may_replace:
            return f"{safe_text(path, 120)} is there already; enter again replaces it"
    except OSError as error:
        return f"{safe_text(written, 120)}: {error.strerror}"
    except RuntimeError:
        return f"{safe_text(written, 120)}: there is no such user; give another path"
    return ""
