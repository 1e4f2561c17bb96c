"""EpochTable: one row an epoch, the newest on top, under a head that stays.

Not a DataTable, which repaints itself two or three times for each row that comes: here a new epoch sends the figures that
differ. The cursor stays on its epoch while rows come, and on the newest where it is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.events import Blur, Click, Focus, MouseScrollDown, MouseScrollUp, Resize
from textual.strip import Strip
from textual.widget import Widget

from tui_trainer.runs.run_history import EpochRecord
from tui_trainer.ui.epoch_rows import EpochRow, choose_columns, epoch_row, head_row
from tui_trainer.ui.strip_difference import changed_spans
from tui_trainer.ui.theme import token, tokens

_HEAD = 1
_WHEEL_ROWS = 3


class EpochTable(Widget, can_focus=True):
    """Any number of epochs; only those in sight are rendered."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Newer", show=False, tooltip="The epoch above"),
        Binding("down,j", "move(1)", "Older", show=False, tooltip="The epoch below"),
        Binding("pageup", "page(-1)", "Page up", show=False, tooltip="A page of epochs up"),
        Binding("pagedown", "page(1)", "Page down", show=False, tooltip="A page of epochs down"),
        Binding("home", "newest", "Newest", show=False, tooltip="The newest epoch, and stay with it"),
        Binding("end", "oldest", "Oldest", show=False, tooltip="The first epoch"),
    ]

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._epochs: Sequence[EpochRecord] = ()
        self._best: EpochRecord | None = None
        self._saved_bytes: Mapping[int, int] = {}
        self._cursor = 0
        self._top = 0
        self._lines: list[Strip] = []
        self._built: dict[tuple[object, ...], Strip] = {}
        """Rows as they were built for the last picture; most are the same in the next."""

    @property
    def num_rows(self) -> int:
        """Epochs in the table."""
        return len(self._epochs)

    @property
    def cursor_epoch(self) -> int | None:
        """The epoch that the cursor is on; None in an empty table."""
        return self._epoch_at(self._cursor).epoch if self._epochs else None

    @property
    def shown_lines(self) -> list[str]:
        """What stands in the lines in sight, the head first."""
        return [line.text.rstrip() for line in self._lines]

    def show(self, epochs: Sequence[EpochRecord], best: EpochRecord | None, saved_bytes: Mapping[int, int]) -> None:
        """Show these epochs, ascending; `saved_bytes` is what the checkpoint of an epoch takes, by epoch."""
        num_added = len(epochs) - len(self._epochs)
        if self._cursor > 0 and num_added > 0 and self._epochs:
            self._cursor, self._top = self._cursor + num_added, self._top + num_added
        self._epochs, self._best, self._saved_bytes = tuple(epochs), best, saved_bytes
        self._move_to(self._cursor)

    def _epoch_at(self, row: int) -> EpochRecord:
        return self._epochs[len(self._epochs) - 1 - row]

    @property
    def _num_visible(self) -> int:
        return max(1, self.content_size.height - _HEAD)

    def _move_to(self, row: int) -> None:
        """Put the cursor on a row, in sight, and draw what differs."""
        self._cursor = max(0, min(row, len(self._epochs) - 1))
        self._top = max(0, min(self._top, len(self._epochs) - self._num_visible))
        self._top = max(self._cursor - self._num_visible + 1, min(self._top, self._cursor))
        self._draw()

    def _draw(self) -> None:
        width, height = self.content_size
        if not width:
            return
        before, self._lines = self._lines, self._build_lines(width)
        spans = changed_spans(before, self._lines, width, height)
        if spans:
            self.refresh(*spans)

    def _build_lines(self, width: int) -> list[Strip]:
        colours = tokens(self)
        columns = choose_columns(width, self._epochs[-1].epoch if self._epochs else 0)
        lines = [self._build_line(head_row(columns, colours), width)]
        before, self._built = self._built, {}
        in_sight = range(self._top, min(self._top + self._num_visible, len(self._epochs)))
        for row in in_sight:
            record = self._epoch_at(row)
            shown = EpochRow(record, record == self._best, self._saved_bytes.get(record.epoch))
            key = (shown, width, tuple(columns), self.app.theme)
            line = before.get(key)
            if line is None:
                line = self._build_line(epoch_row(shown, columns, colours), width)
            self._built[key] = line
            lines.append(line)
        cursor_line = _HEAD + self._cursor - self._top
        if self._epochs and cursor_line < len(lines):
            background = token(self, "cursor" if self.has_focus else "raised")
            lines[cursor_line] = lines[cursor_line].apply_style(Style(bgcolor=background))
        return self._with_thumb(lines, width)

    def _build_line(self, text: Text, width: int) -> Strip:
        return Strip(text.render(self.app.console, end="")).adjust_cell_length(width)

    def _with_thumb(self, lines: list[Strip], width: int) -> list[Strip]:
        """The part in sight as a bar in the last column, where not all is."""
        num_rows, num_visible = len(self._epochs), self._num_visible
        if num_rows <= num_visible:
            return lines
        length = max(1, round(num_visible * num_visible / num_rows))
        first = round((num_visible - length) * self._top / (num_rows - num_visible))
        bar = self._build_line(Text.assemble(("▐", token(self, "line"))), 1)
        for index in range(_HEAD + first, min(_HEAD + first + length, len(lines))):
            lines[index] = Strip.join([lines[index].crop(0, width - 1), bar])
        return lines

    def render_line(self, y: int) -> Strip:
        """One line in the widget's own style, where the text has none."""
        row, base = y - self.gutter.top, self.rich_style
        width = self.content_size.width
        if not 0 <= row < len(self._lines):
            return Strip.blank(width, base)
        return self._lines[row].apply_style(base).adjust_cell_length(width, base)

    def on_resize(self, event: Resize) -> None:
        """Choose columns for the new width."""
        self._lines = []
        self._move_to(self._cursor)
        self.refresh()

    def on_focus(self, event: Focus) -> None:
        """Light the cursor's row up."""
        self._draw()

    def on_blur(self, event: Blur) -> None:
        """Dim it."""
        self._draw()

    def on_click(self, event: Click) -> None:
        """Put the cursor on the row under the pointer."""
        row = event.y - self.gutter.top - _HEAD
        if row >= 0:
            self._move_to(self._top + row)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Go to older epochs."""
        event.stop()
        self._move_to(self._cursor + _WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Go to newer ones."""
        event.stop()
        self._move_to(self._cursor - _WHEEL_ROWS)

    def action_move(self, num_rows: int) -> None:
        """Move the cursor."""
        self._move_to(self._cursor + num_rows)

    def action_page(self, num_pages: int) -> None:
        """Move it by what is in sight."""
        self._move_to(self._cursor + num_pages * self._num_visible)

    def action_newest(self) -> None:
        """To the top."""
        self._move_to(0)

    def action_oldest(self) -> None:
        """To the bottom."""
        self._move_to(len(self._epochs) - 1)
