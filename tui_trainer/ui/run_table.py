"""RunTable: runs and their checkpoints as one table that folds like a tree.

right unfolds and left folds, enter chooses a checkpoint (on a run: its best), a click on a run folds it. It is given entries
by `show_runs`, redraws only the cells that differ, and keeps the cursor on its row whatever comes above it. Screens listen to
`Highlighted` and `Chosen`; it reads no disk.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.binding import Binding
from textual.events import Click, Resize
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer
from textual.widgets import DataTable

from tui_trainer.ui.listed_row import Row, RowCells, build_rows
from tui_trainer.ui.run_cells import Column, choose_columns, head_cell
from tui_trainer.ui.run_entry import RunEntry
from tui_trainer.ui.theme import token, tokens

SCROLLBAR = 1
ROWS_AT_FIRST, ROWS_AT_ONCE = 60, 150
"""Rows that are added before keys have their turn: hundreds at once hold the app up for a quarter of a second."""
MORE_AFTER_S = 0.03
CURSOR_MARK = "▎"


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
        self._cells = RowCells()
        self._is_whole = True
        self._more: Timer | None = None
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
        self._cells.forget()
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
        """Bring the table to the entries: single cells and rows below where the others are the same, else the whole."""
        columns, rows = choose_columns(self.size.width - SCROLLBAR), build_rows(self._entries, self._unfolded)
        old, old_keys = self._cells.drawn, [row.key for row in self._rows]
        is_same = columns == self._columns and old_keys == [row.key for row in rows[: len(old_keys)]]
        num_drawn = len(old_keys) + ROWS_AT_ONCE if is_same else self._num_first(rows)
        self._is_whole = num_drawn >= len(rows)
        rows = rows[:num_drawn]
        cells = self._cells.build(rows, columns, tokens(self), self._unfolded, self._marked)
        if is_same:
            self._update_rows(rows, columns, cells, old)
        else:
            self._rebuild(rows, columns, cells)
        self._report()
        if not self._is_whole:
            self._draw_more()

    def _num_first(self, rows: list[Row]) -> int:
        """How many rows are drawn at once: those that can be seen, and the cursor's."""
        cursor = self.row.key if self.row else None
        index = next((index for index, row in enumerate(rows) if row.key == cursor), 0)
        return max(index, int(self.scroll_offset.y)) + ROWS_AT_FIRST

    def _draw_more(self) -> None:
        """Go on with the rows below, once keys and timers have had their turn."""
        if self._more is None:
            self._more = self.set_timer(MORE_AFTER_S, self._go_on)

    def _go_on(self) -> None:
        self._more = None
        if not self._is_whole:
            self._draw()

    def _update_rows(
        self, rows: list[Row], columns: list[Column], cells: dict[str, list[Text]], old: dict[str, list[Text]]
    ) -> None:
        for key, texts in cells.items():
            if key not in old:
                self.add_row(*texts, key=key)
                continue
            for column, text, old_text in zip(columns, texts, old[key], strict=True):
                if text is not old_text and text != old_text:
                    self.update_cell(key, column.name, text)
        self._rows = rows

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
