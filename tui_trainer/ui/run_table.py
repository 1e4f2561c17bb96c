"""RunTable: runs and their checkpoints as one table that folds like a tree.

right unfolds and left folds, enter chooses a checkpoint (on a run: its best), a click on a run folds it. It is given entries
by `show_runs`, redraws only the cells that differ, and keeps the cursor on its row whatever comes above it. Screens listen to
`Highlighted` and `Chosen`; it reads no disk.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.binding import Binding
from textual.events import Click, Resize
from textual.message import Message
from textual.strip import Strip
from textual.widgets import DataTable

from tui_trainer.ui.run_cells import Column, age_of, checkpoint_row, choose_columns, head_cell, run_row
from tui_trainer.ui.run_listing import CheckpointEntry, RunEntry
from tui_trainer.ui.theme import token, tokens

SCROLLBAR = 1
CURSOR_MARK = "▎"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table: a run, or one of its checkpoints."""

    entry: RunEntry
    checkpoint: CheckpointEntry | None = None

    @property
    def key(self) -> str:
        """What the row is called while it is there."""
        return f"{self.entry.key}/{self.checkpoint.id}" if self.checkpoint else self.entry.key

    @property
    def chosen(self) -> CheckpointEntry | None:
        """The checkpoint that the row stands for: its own, or the best (else the newest) usable one of the run."""
        usable = (checkpoint for checkpoint in self.entry.checkpoints if not checkpoint.problem)
        return self.checkpoint or self.entry.best or next(usable, None)


@dataclass(frozen=True, slots=True)
class Look:
    """All that the cells of a row are made of, columns and colours aside."""

    row: Row
    is_unfolded: bool
    age: str
    is_marked: bool = False


class RunTable(DataTable[Text]):
    """Runs, newest first; under each that is unfolded its checkpoints, newest first."""

    BINDINGS = [  # noqa: RUF012
        Binding(
            "enter", "select_cursor", "Evaluate", tooltip="Evaluate the checkpoint on its run's test set; on a run, its best"
        ),
        Binding("right", "unfold", "Unfold", tooltip="Show the checkpoints of the run, or go to the first"),
        Binding("left", "fold", "Fold", tooltip="Hide the checkpoints of the run, or go up to it"),
        Binding("space", "mark", "Mark", tooltip="Mark a checkpoint or run to compare it with another; again takes it away"),
    ]

    class Highlighted(Message):
        """The cursor came to `row`, or the row's entry changed under it; None where the table is empty."""

        def __init__(self, row: Row | None) -> None:
            super().__init__()
            self.row = row

    class Marked(Message):
        """Other rows are marked; their keys in the order of marking."""

        def __init__(self, rows: tuple[Row, ...]) -> None:
            super().__init__()
            self.rows = rows

    class ColumnChosen(Message):
        """A click on the name of a column."""

        def __init__(self, column: str) -> None:
            super().__init__()
            self.column = column

    class Chosen(Message):
        """enter or a click on `row`."""

        def __init__(self, row: Row) -> None:
            super().__init__()
            self.row = row

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id, cursor_type="row", cursor_foreground_priority="renderable", cell_padding=1)
        self._entries: tuple[RunEntry, ...] = ()
        self._unfolded: set[str] = set()
        self._rows: list[Row] = []
        self._columns: list[Column] = []
        self._drawn: dict[str, list[Text]] = {}
        self._looks: dict[str, Look] = {}
        self._reported: Row | None = None
        self._marked: dict[str, Row] = {}
        self._order_mark = ("", "")

    @property
    def rows_shown(self) -> Sequence[Row]:
        """The rows from above, as they are drawn."""
        return self._rows

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return self._rows[self.cursor_row] if 0 <= self.cursor_row < len(self._rows) else None

    @property
    def marked(self) -> tuple[Row, ...]:
        """The marked rows in the order of marking."""
        return tuple(self._marked.values())

    def show_runs(self, entries: tuple[RunEntry, ...], order_mark: tuple[str, str] = ("", "")) -> None:
        """Draw `entries` in their order, and `order_mark` (column, arrow) in the head; the first time the first is unfolded."""
        if entries and not self._entries and not self._unfolded:
            self._unfolded.add(entries[0].key)
        if order_mark != self._order_mark:
            self._order_mark, self._columns = order_mark, []
        self._entries = entries
        self._draw()

    def action_mark(self) -> None:
        """Mark the row under the cursor, or take its mark away, and go on to the next."""
        row = self.row
        if row is None:
            return
        if self._marked.pop(row.key, None) is None:
            self._marked[row.key] = row
        self._draw()
        self.post_message(self.Marked(self.marked))
        self.action_cursor_down()

    def keep_marks(self, runs: set[str]) -> None:
        """Forget the marks of runs whose key is not among `runs`: they are gone."""
        left = {key: row for key, row in self._marked.items() if row.entry.key in runs}
        if len(left) < len(self._marked):
            self._marked = left
            self.post_message(self.Marked(self.marked))

    def on_data_table_header_selected(self, event: DataTable.HeaderSelected) -> None:
        """Say which column's name was clicked."""
        event.stop()
        self.post_message(self.ColumnChosen(str(event.column_key.value)))

    def redraw(self) -> None:
        """Draw everything anew, as after a change of theme or width."""
        self._columns = []
        self._draw()

    def move_to(self, key: str) -> None:
        """Put the cursor on the row called `key`, if it is there."""
        index = next((index for index, row in enumerate(self._rows) if row.key == key), None)
        if index is not None:
            self.move_cursor(row=index, animate=False)

    def action_unfold(self) -> None:
        """Show the run's checkpoints; where they are shown go to the first."""
        row = self.row
        if row is None or row.checkpoint is not None or not row.entry.checkpoints:
            return
        if row.entry.key in self._unfolded:
            self.move_cursor(row=self.cursor_row + 1, animate=False)
        else:
            self._unfolded.add(row.entry.key)
            self._draw()

    def action_fold(self) -> None:
        """Hide the run's checkpoints; from one of them go up to its run first."""
        row = self.row
        if row is None:
            return
        if row.checkpoint is not None:
            self.move_to(row.entry.key)
        else:
            self._unfolded.discard(row.entry.key)
            self._draw()

    def on_click(self, event: Click) -> None:
        """Fold or unfold the run under the pointer; a checkpoint is left to the table."""
        index = event.style.meta.get("row", -1)
        if 0 <= index < len(self._rows) and self._rows[index].checkpoint is None:
            event.prevent_default()
            event.stop()
            self.move_cursor(row=index, animate=False)
            key = self._rows[index].entry.key
            self._unfolded ^= {key}
            self._draw()

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Say where the cursor is."""
        event.stop()
        self._report()

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Say what was chosen."""
        event.stop()
        if self.row is not None:
            self.post_message(self.Chosen(self.row))

    def on_resize(self, event: Resize) -> None:
        """Choose the columns that fit."""
        if self._entries and choose_columns(event.size.width - SCROLLBAR) != self._columns:
            self._draw()

    def _draw(self) -> None:
        """Bring the table to the entries: single cells where rows and columns are the same, else the whole."""
        columns = choose_columns(self.size.width - SCROLLBAR)
        rows, old_keys = self._build_rows(), [row.key for row in self._rows]
        cells = self._build_cells(rows, columns)
        if columns == self._columns and old_keys == list(cells):
            for key, texts in cells.items():
                for column, text, old in zip(columns, texts, self._drawn[key], strict=True):
                    if text is not old and text != old:
                        self.update_cell(key, column.name, text)
            self._rows = rows
        else:
            self._rebuild(rows, columns, cells)
        self._drawn = cells
        self._report()

    def _build_rows(self) -> list[Row]:
        rows = []
        for entry in self._entries:
            rows.append(Row(entry))
            if entry.key in self._unfolded:
                rows.extend(Row(entry, checkpoint) for checkpoint in entry.checkpoints)
        return rows

    def _build_cells(self, rows: list[Row], columns: list[Column]) -> dict[str, list[Text]]:
        """The cells by row; those of a row that looks as before are taken over, because most rows do every two seconds."""
        palette, now_s, cells, looks = tokens(self), time.time(), {}, {}
        for row in rows:
            key, entry = row.key, row.entry
            look = Look(row, entry.key in self._unfolded, age_of(entry, now_s), key in self._marked)
            if columns == self._columns and self._looks.get(key) == look:
                cells[key] = self._drawn[key]
            elif row.checkpoint is not None:
                cells[key] = checkpoint_row(
                    row.checkpoint, columns, palette, is_marked=look.is_marked, is_kept=row.checkpoint.id in entry.labels.keep
                )
            else:
                fold, age = look.is_unfolded, look.age
                cells[key] = run_row(entry, columns, palette, is_unfolded=fold, age=age, is_marked=look.is_marked)
            looks[key] = look
        self._looks = looks
        return cells

    def _rebuild(self, rows: list[Row], columns: list[Column], cells: dict[str, list[Text]]) -> None:
        """Fill the table anew; the cursor stays on its row, and the row where it is on the screen."""
        old_index, old_row, old_scroll = self.cursor_row, self.row, self.scroll_offset.y
        with self.prevent(DataTable.RowHighlighted):
            self.clear(columns=True)
            for column in columns:
                arrow = self._order_mark[1] if column.name == self._order_mark[0] else ""
                self.add_column(head_cell(column, tokens(self), arrow), key=column.name, width=column.width)
            for key, texts in cells.items():
                self.add_row(*texts, key=key)
            self._rows, self._columns = rows, columns
            index = self._index_after(old_row, old_index)
            self.move_cursor(row=index, animate=False, scroll=False)
        self.scroll_to(y=max(0, old_scroll + index - old_index) if old_scroll else 0, animate=False, force=True)
        self.call_after_refresh(self._scroll_cursor_into_view)

    def _index_after(self, old_row: Row | None, old_index: int) -> int:
        """Where the row that was under the cursor is now: itself, else its run, else what took its place."""
        if old_row is not None:
            indices = {row.key: index for index, row in enumerate(self._rows)}
            for key in (old_row.key, old_row.entry.key):
                if key in indices:
                    return indices[key]
        return min(old_index, max(0, len(self._rows) - 1))

    def _report(self) -> None:
        # A message made while a parent's handler runs would count as the parent's own, and stop there.
        self.call_next(self._post_highlighted)

    def _post_highlighted(self) -> None:
        row = self.row
        if row != self._reported:
            self._reported = row
            self.post_message(self.Highlighted(row))

    def render_line(self, y: int) -> Strip:
        """A line of the table, with a mark before the cursor, so that not its colour alone tells it."""
        strip = super().render_line(y)
        if (
            self.has_focus
            and self._rows
            and y >= self.header_height
            and y - self.header_height + self.scroll_y == self.cursor_row
        ):
            style = Style(color=token(self, "train"), bgcolor=token(self, "cursor"))
            strip = Strip([Segment(CURSOR_MARK, style), *strip.crop(1)], strip.cell_length)
        return strip
