"""StepColumns: a growing series of values in the columns of a picture: lowest, highest and smoothed value of each.

Whatever the width or the zoom, each value is in one column and a spike of one step is its column's highest. A column that is
complete is never looked at again while the picture keeps its edges. For band_plot.py; knows no widget.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tui_trainer.ui.value_blocks import ValueBlocks


@dataclass(frozen=True, slots=True)
class StepColumn:
    """The values of the steps `first_step` to `last_step` (from 1): extremes, NaN where none is finite, and smoothed value."""

    first_step: int
    last_step: int
    lowest: float
    highest: float
    smoothed: float
    has_gap: bool


class StepColumns:
    """The columns of one picture; `update` after each growth."""

    def __init__(self) -> None:
        self._edges: list[int] = []
        self._columns: list[StepColumn | None] = []
        self._blocks = ValueBlocks()
        self._num_values = 0
        self._is_smoothed = True

    def forget(self) -> None:
        """For another series."""
        self._edges, self._columns = [], []
        self._blocks.forget()

    def forget_smoothing(self) -> None:
        """For another smoothing: lowest and highest values stay as they are."""
        self._is_smoothed = False

    def update(
        self, values: Sequence[float], smoothed_after: Callable[[int], float], edges: Sequence[int], indices: Sequence[int]
    ) -> list[StepColumn]:
        """The columns between `edges` (steps done) that hold a value.

        Column i holds the values with the indices from `indices[i]` up to `indices[i + 1]`, which is not included.
        `smoothed_after` tells the smoothed value after so many of them, and is asked in rising order.
        """
        kept = self._num_kept(edges, indices)
        del self._columns[kept:]
        if not self._is_smoothed:
            self._columns = [
                column and replace(column, smoothed=smoothed_after(indices[index + 1]))
                for index, column in enumerate(self._columns)
            ]
        for column in range(kept, len(edges) - 1):
            first, last = indices[column], indices[column + 1]
            found = self._blocks.extremes(values, first, last)
            self._columns.append(
                found and StepColumn(edges[column] + 1, edges[column + 1], *found[:2], smoothed_after(last), found[2])
            )
        self._edges, self._num_values, self._is_smoothed = list(edges), len(values), True
        return [column for column in self._columns if column is not None]

    def _num_kept(self, edges: Sequence[int], indices: Sequence[int]) -> int:
        """Columns at the left that are as they were: same edges, and complete when they were made."""
        kept = 0
        for column in range(min(len(self._columns), len(edges) - 1)):
            is_same = self._edges[column] == edges[column] and self._edges[column + 1] == edges[column + 1]
            if not is_same or indices[column + 1] >= self._num_values:
                break
            kept = column + 1
        return kept
