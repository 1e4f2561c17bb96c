"""SmoothedColumns: one growing series in the columns of a picture, smoothed as is wanted now. For plots; knows no widget."""

from __future__ import annotations

from collections.abc import Sequence

from tui_trainer.ui.curve_view import SMOOTHING
from tui_trainer.ui.smoothed_values import SmoothedValues
from tui_trainer.ui.step_columns import StepColumn, StepColumns


class SmoothedColumns:
    """`follow` after each growth, then ask; what has not changed is not looked at again."""

    def __init__(self) -> None:
        self.values: Sequence[float] = ()
        """The caller's own series, which grows between two calls; NaN is a gap."""
        self._num_values = 0
        self._smoothed = SmoothedValues(SMOOTHING)
        self._columns = StepColumns()

    def follow(self, values: Sequence[float], weight: float, *, is_new: bool = False) -> None:
        """`values` smoothed with `weight`; say `is_new` for another series, or where values that were there have changed."""
        if is_new or len(values) < self._num_values:
            self._smoothed.forget()
            self._columns.forget()
        if weight != self._smoothed.weight:
            self._smoothed = SmoothedValues(weight)
            self._columns.forget_smoothing()
        self.values, self._num_values = values, len(values)

    def after(self, num_values: int) -> float:
        """The smoothed value after so many values."""
        return self._smoothed.after(self.values, num_values)

    @property
    def last(self) -> float:
        """The smoothed value now; NaN before the first."""
        return self.after(len(self.values))

    def read(self, edges: Sequence[int], indices: Sequence[int]) -> list[StepColumn]:
        """The columns between `edges` (steps done) that hold a value, which `indices` count: see StepColumns.update."""
        return self._columns.update(self.values, self.after, edges, indices)
