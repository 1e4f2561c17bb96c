"""RunRows: the rows of the table of runs as they are drawn, brought to what there is to show and not filled anew.

Only cells that differ are redrawn, the cursor stays on its row whatever comes above it, and of hundreds of rows those that can
be seen come first. A subclass says what is unfolded and marked; it reads no disk and knows no key.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.events import Resize
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


class RunRows(DataTable[Text]):
    """Rows of runs and checkpoints with a cursor on one of them."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id, cursor_type="row", cursor_foreground_priority="renderable", cell_padding=1)
        self.entries: tuple[RunEntry, ...] = ()
        """The runs to show, in their order."""
        self.unfolded: set[str] = set()
        """Keys of the runs whose checkpoints are shown."""
        self.marks: dict[str, Row] = {}
        """The marked rows by their keys, in the order of marking."""
        self._rows: list[Row] = []
        self._columns: list[Column] = []
        self._cells = RowCells()
        self._is_whole = True
        self._more: Timer | None = None
        self._order_mark = ("", "")

    @property
    def rows_shown(self) -> Sequence[Row]:
        """The rows from above, as they are drawn."""
        return self._rows

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return self._rows[self.cursor_row] if 0 <= self.cursor_row < len(self._rows) else None

    def mark_order(self, order_mark: tuple[str, str]) -> None:
        """Let (column, arrow) say in the head what the rows are sorted by, from the next drawing on."""
        if order_mark != self._order_mark:
            self._order_mark, self._columns = order_mark, []

    def redraw(self) -> None:
        """Draw everything anew, as after a change of theme or width."""
        self._columns = []
        self._cells.forget()
        self.draw()

    def move_to(self, key: str) -> None:
        """Put the cursor on the row called `key`, if it is there."""
        index = next((index for index, row in enumerate(self._rows) if row.key == key), None)
        if index is not None:
            self.move_cursor(row=index, animate=False)

    def on_resize(self, event: Resize) -> None:
        """Choose the columns that fit."""
        if self.entries and choose_columns(event.size.width - SCROLLBAR) != self._columns:
            self.draw()

    def draw(self) -> None:
        """Bring the table to the entries: single cells and rows below where the others are the same, else the whole."""
        columns, rows = choose_columns(self.size.width - SCROLLBAR), build_rows(self.entries, self.unfolded)
        old, old_keys = self._cells.drawn, [row.key for row in self._rows]
        is_same = columns == self._columns and old_keys == [row.key for row in rows[: len(old_keys)]]
        num_drawn = len(old_keys) + ROWS_AT_ONCE if is_same else self._num_first(rows)
        self._is_whole = num_drawn >= len(rows)
        rows = rows[:num_drawn]
        cells = self._cells.build(rows, columns, tokens(self), self.unfolded, self.marks)
        if is_same:
            self._update_rows(rows, columns, cells, old)
        else:
            self._rebuild(rows, columns, cells)
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
            self.draw()

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
