"""RunTable: runs and their checkpoints as one table that folds like a tree, with marks to compare two of them.

right unfolds and left folds, enter chooses a checkpoint (on a run: its best), a click on a run folds it. It is given entries
by `show_runs`; screens listen to `Highlighted` and `Chosen`. How rows are drawn is in run_rows.py; it reads no disk.
"""

from __future__ import annotations

from textual.binding import Binding
from textual.events import Click
from textual.message import Message
from textual.widgets import DataTable

from tui_trainer.ui.listed_row import Row
from tui_trainer.ui.run_entry import RunEntry
from tui_trainer.ui.run_rows import RunRows


class RunTable(RunRows):
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
        super().__init__(id=id)
        self._reported: Row | None = None

    @property
    def marked(self) -> tuple[Row, ...]:
        """The marked rows in the order of marking."""
        return tuple(self.marks.values())

    def show_runs(self, entries: tuple[RunEntry, ...], order_mark: tuple[str, str] = ("", "")) -> None:
        """Draw `entries` in their order, and `order_mark` (column, arrow) in the head; the first time the first is unfolded."""
        if entries and not self.entries and not self.unfolded:
            self.unfolded.add(entries[0].key)
        self.mark_order(order_mark)
        self.entries = entries
        self.draw()

    def action_mark(self) -> None:
        """Mark the row under the cursor, or take its mark away, and go on to the next."""
        row = self.row
        if row is None:
            return
        if self.marks.pop(row.key, None) is None:
            self.marks[row.key] = row
        self.draw()
        self.post_message(self.Marked(self.marked))
        self.action_cursor_down()

    def keep_marks(self, runs: set[str]) -> None:
        """Forget the marks of runs whose key is not among `runs`: they are gone."""
        left = {key: row for key, row in self.marks.items() if row.entry.key in runs}
        if len(left) < len(self.marks):
            self.marks = left
            self.post_message(self.Marked(self.marked))

    def on_data_table_header_selected(self, event: DataTable.HeaderSelected) -> None:
        """Say which column's name was clicked."""
        event.stop()
        self.post_message(self.ColumnChosen(str(event.column_key.value)))

    def action_unfold(self) -> None:
        """Show the run's checkpoints; where they are shown go to the first."""
        row = self.row
        if row is None or row.checkpoint is not None or not row.entry.checkpoints:
            return
        if row.entry.key in self.unfolded:
            self.move_cursor(row=self.cursor_row + 1, animate=False)
        else:
            self.unfolded.add(row.entry.key)
            self.draw()

    def action_fold(self) -> None:
        """Hide the run's checkpoints; from one of them go up to its run first."""
        row = self.row
        if row is None:
            return
        if row.checkpoint is not None:
            self.move_to(row.entry.key)
        else:
            self.unfolded.discard(row.entry.key)
            self.draw()

    def on_click(self, event: Click) -> None:
        """Fold or unfold the run under the pointer; a checkpoint is left to the table."""
        index = event.style.meta.get("row", -1)
        if 0 <= index < len(self._rows) and self._rows[index].checkpoint is None:
            event.prevent_default()
            event.stop()
            self.move_cursor(row=index, animate=False)
            key = self._rows[index].entry.key
            self.unfolded ^= {key}
            self.draw()

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Say where the cursor is."""
        event.stop()
        self._report()

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Say what was chosen."""
        event.stop()
        if self.row is not None:
            self.post_message(self.Chosen(self.row))

    def draw(self) -> None:
        """Bring the table to the entries, and say where the cursor is now."""
        super().draw()
        self._report()

    def _report(self) -> None:
        # A message made while a parent's handler runs would count as the parent's own, and stop there.
        self.call_next(self._post_highlighted)

    def _post_highlighted(self) -> None:
        row = self.row
        if row != self._reported:
            self._reported = row
            self.post_message(self.Highlighted(row))
