"""FileDialog: chooses a file or a folder: a path to type in, and below it what its folder holds, filtered as it is typed.

Folders are read in a daemon thread, so a slow disk never holds up a key. A subclass may ask more of an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui_trainer.runs.memory_budget import format_bytes
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.daemon_thread import run_in_daemon
from tui_trainer.ui.dialog import Dialog
from tui_trainer.ui.folder_listing import Entry, fitting, list_folder, split_typed
from tui_trainer.ui.theme import token

NAME_COLUMNS = 46
MAX_SHOWN = 200
MAX_PATH_CHARS = 4000
UP = Entry("..", True)
HERE = Entry(".", True)


class FileDialog(Dialog[Path]):
    """Answers with the absolute path that enter was pressed on."""

    HINT = "type to filter   ↑ ↓ choose   enter takes it   esc leaves"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", "Next", show=False),
        Binding("up", "move(-1)", "Previous", show=False),
        Binding("tab", "complete", "Complete", show=False, priority=True),
    ]

    def __init__(self, title: str, suffixes: Sequence[str] = (), *, wants_folder: bool = False, typed: str = "") -> None:
        super().__init__(title)
        self._suffixes, self._wants_folder, self._typed = tuple(suffixes), wants_folder, typed
        self._start = Path.cwd()
        self._folder: Path | None = None
        self._entries: list[Entry] = []
        self._shown: list[Entry] = []

    def compose_content(self) -> ComposeResult:
        """The line, the list, and a line for what is to be said."""
        yield Input(self._typed, placeholder="a path, or a part of a name", compact=True, max_length=MAX_PATH_CHARS)
        yield OptionList(markup=False, compact=True, id="dialog-files")
        yield Static(id="dialog-note", markup=False)

    async def on_mount(self) -> None:
        """Stand in the line, at its end."""
        line = self.query_one(Input)
        line.select_on_focus = False
        line.focus()
        line.cursor_position = len(line.value)
        await self._follow(line.value)

    async def on_input_changed(self, event: Input.Changed) -> None:
        """Show what fits."""
        event.stop()
        await self._follow(event.value)

    async def _follow(self, typed: str) -> None:
        folder, part = split_typed(typed, self._start)
        if folder != self._folder:
            self._folder, note = folder, ""
            read = partial(list_folder, folder, self._suffixes, has_files=not self._wants_folder)
            try:
                self._entries = await run_in_daemon(read)
            except (OSError, ValueError) as error:
                self._entries, note = [], f"{safe_text(folder, 120)}: {getattr(error, 'strerror', None) or 'is no folder'}"
            self.show_note(note or self._describe_folder(folder))
        self._show_fitting(part)

    def _describe_folder(self, folder: Path) -> str:
        kinds = "" if self._wants_folder or not self._suffixes else f", files that end in {' '.join(self._suffixes)}"
        return f"in {safe_text(folder, 160)}{kinds}"

    def show_note(self, note: str) -> None:
        """Say something under the list."""
        self.query_one("#dialog-note", Static).update(note)

    def _show_fitting(self, part: str) -> None:
        found = fitting(self._entries, part)[:MAX_SHOWN]
        self._shown = found if part else [*([HERE] if self._wants_folder else []), UP, *found]
        files = self.query_one(OptionList)
        files.clear_options()
        files.add_options([Option(self._render_entry(entry)) for entry in self._shown])
        files.highlighted = self.first_highlight(self._shown, part)

    def first_highlight(self, shown: Sequence[Entry], part: str) -> int | None:
        """What enter would take: the first that fits; with nothing typed the first below the folder above."""
        if not shown:
            return None
        return 0 if part or self._wants_folder or len(shown) == 1 else 1

    def _render_entry(self, entry: Entry) -> Text:
        words = {"..": "the folder above", ".": "this folder"}.get(entry.name, "")
        name = safe_text(entry.name + ("/" if entry.is_folder else ""), NAME_COLUMNS)
        row = Text(name.ljust(NAME_COLUMNS), token(self.app, "train" if entry.is_folder else "text"), no_wrap=True)
        size = words if entry.num_bytes is None else format_bytes(entry.num_bytes)
        return row.append(f" {words or size:>17}", token(self.app, "dim"))

    def action_move(self, direction: int) -> None:
        """Choose the neighbour."""
        files = self.query_one(OptionList)
        (files.action_cursor_down if direction > 0 else files.action_cursor_up)()

    def action_complete(self) -> None:
        """Put the highlighted name into the line; a folder is gone into."""
        entry = self.highlighted_entry
        if entry is not None:
            self._write(entry)

    @property
    def highlighted_entry(self) -> Entry | None:
        """What the list stands on."""
        place = self.query_one(OptionList).highlighted
        return self._shown[place] if place is not None and place < len(self._shown) else None

    def _write(self, entry: Entry) -> None:
        line = self.query_one(Input)
        if entry is UP:
            folder = self._path_of(HERE).parent
            line.value = f"{folder}/" if folder != folder.parent else "/"
        elif entry is not HERE:
            head, slash, _ = line.value.rpartition("/")
            line.value = f"{head}{slash}{entry.name}{'/' if entry.is_folder else ''}"
        line.cursor_position = len(line.value)

    def _path_of(self, entry: Entry) -> Path:
        folder = (self._folder or self._start).absolute()
        return folder if entry is HERE else folder.parent if entry is UP else folder / entry.name

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take what the list stands on; a folder is gone into where a file is wanted."""
        event.stop()
        await self.take(event.value)

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click on an entry takes it too."""
        event.stop()
        await self.take(self.query_one(Input).value)

    async def take(self, typed: str) -> None:
        """Answer, or go on."""
        entry = self.highlighted_entry
        if entry is None:
            self.show_note("nothing here fits what is typed")
        elif entry is UP or (entry.is_folder and not self._wants_folder):
            self._write(entry)
        else:
            self.dismiss(self._path_of(entry))
