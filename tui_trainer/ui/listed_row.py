"""ListedRow: what a row of the list of runs stands for, and the cells that are drawn of it.

`RowCells` takes over the cells of rows that look as before, because most rows do every two seconds. It knows no widget.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rich.text import Text

from tui_trainer.ui.run_cells import Column, age_of, checkpoint_row, run_row
from tui_trainer.ui.run_entry import CheckpointEntry, RunEntry
from tui_trainer.ui.theme import Tokens


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


def build_rows(entries: Sequence[RunEntry], unfolded: Collection[str]) -> list[Row]:
    """A row for each run, and under those whose key is among `unfolded` one for each checkpoint."""
    rows = []
    for entry in entries:
        rows.append(Row(entry))
        if entry.key in unfolded:
            rows.extend(Row(entry, checkpoint) for checkpoint in entry.checkpoints)
    return rows


@dataclass(frozen=True, slots=True)
class Look:
    """All that the cells of a row are made of, columns and colours aside."""

    row: Row
    is_unfolded: bool
    age: str
    is_marked: bool = False


class RowCells:
    """The cells of the rows that are drawn, by the row's key."""

    def __init__(self) -> None:
        self.drawn: dict[str, list[Text]] = {}
        """What `build` gave last."""
        self._looks: dict[str, Look] = {}
        self._columns: Sequence[Column] = ()

    def forget(self) -> None:
        """Take nothing over: the colours have changed."""
        self._looks = {}

    def build(
        self,
        rows: Sequence[Row],
        columns: Sequence[Column],
        palette: Tokens,
        unfolded: Collection[str],
        marked: Collection[str],
    ) -> dict[str, list[Text]]:
        """The cells of `rows` in their order; the very texts of last time where a row looks the same."""
        now_s, cells, looks = time.time(), {}, {}
        if columns != self._columns:
            self._looks = {}
        for row in rows:
            key, entry = row.key, row.entry
            look = Look(row, entry.key in unfolded, age_of(entry, now_s), key in marked)
            cells[key] = self.drawn[key] if self._looks.get(key) == look else _cells_of(look, columns, palette)
            looks[key] = look
        self._looks, self._columns, self.drawn = looks, list(columns), cells
        return cells


def _cells_of(look: Look, columns: Sequence[Column], palette: Tokens) -> list[Text]:
    entry, checkpoint = look.row.entry, look.row.checkpoint
    if checkpoint is not None:
        is_kept = checkpoint.id in entry.labels.keep
        return checkpoint_row(checkpoint, columns, palette, is_marked=look.is_marked, is_kept=is_kept)
    return run_row(entry, columns, palette, is_unfolded=look.is_unfolded, age=look.age, is_marked=look.is_marked)
