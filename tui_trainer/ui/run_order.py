"""In which order runs are listed: by a column, best or newest first, and the other way round when it is chosen again.

Runs that have no figure for the column come last either way. Pure functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tui_trainer.ui.run_entry import RunEntry
from tui_trainer.ui.run_filter import num_checkpoints, num_parameters, test_score, train_score

AGE = "age"


@dataclass(frozen=True, slots=True)
class SortColumn:
    """A column to sort by: what it compares, and whether the largest come first at first."""

    name: str
    help: str
    figure: Callable[[RunEntry], float | str | None]
    largest_first: bool = True


SORT_COLUMNS = (
    SortColumn(AGE, "newest first", lambda entry: entry.created_s or 0.0),
    SortColumn("run", "by name", lambda entry: entry.name.casefold(), largest_first=False),
    SortColumn("status", "what it does, or how it ended", lambda entry: entry.status.value, largest_first=False),
    SortColumn("epoch", "most epochs first", lambda entry: float(entry.epoch)),
    SortColumn("test", "best test accuracy first", test_score),
    SortColumn("train", "best train accuracy first", train_score),
    SortColumn("params", "largest network first", num_parameters),
    SortColumn("size", "most bytes on disk first", lambda entry: float(entry.num_bytes)),
    SortColumn("saves", "most checkpoints first", num_checkpoints),
)


@dataclass(frozen=True, slots=True)
class RunOrder:
    """A column of SORT_COLUMNS, and whether it is turned round."""

    column: str = AGE
    is_reversed: bool = False

    def choose(self, column: str) -> RunOrder:
        """By `column`; the same once more turns it round."""
        return RunOrder(column, not self.is_reversed if column == self.column else False)

    @property
    def mark(self) -> str:
        """↓ where the largest come first, else ↑."""
        return "↓" if self._column.largest_first != self.is_reversed else "↑"

    @property
    def _column(self) -> SortColumn:
        return next(column for column in SORT_COLUMNS if column.name == self.column)

    def sort(self, entries: Iterable[RunEntry]) -> tuple[RunEntry, ...]:
        """`entries` (newest first) in this order; equal ones stay newest first."""
        if self == RunOrder():
            return tuple(entries)
        column = self._column
        figures = [(column.figure(entry), entry) for entry in entries]
        known = [(figure, entry) for figure, entry in figures if figure is not None]
        known.sort(key=lambda pair: pair[0], reverse=column.largest_first != self.is_reversed)
        return (*(entry for _, entry in known), *(entry for figure, entry in figures if figure is None))
