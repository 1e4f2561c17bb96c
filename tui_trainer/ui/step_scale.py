"""StepScale: where a step lies on an x axis that counts epochs, steps or time, and what the axis says. Pure arithmetic.

The limits depend on the window alone, or for time on the run's length in coarse steps, so that what is drawn stays where it is.
"""

from __future__ import annotations

import math
from itertools import pairwise

from tui_trainer.runs.step_clock import StepClock
from tui_trainer.ui.axis_ticks import epoch_axis, span_ticks, time_ticks
from tui_trainer.ui.curve_view import Window, XUnit
from tui_trainer.ui.plot_marks import Axis

_ROUND_TIMES = (1.0, 1.5, 2.0, 3.0, 5.0, 7.5, 10.0)


class StepScale:
    """Maps steps done to x and back."""

    def __init__(
        self, window: Window, *, unit: XUnit = XUnit.EPOCH, steps_per_epoch: int = 1, clock: StepClock | None = None
    ) -> None:
        self.window = window
        self._unit, self._clock = unit, clock or StepClock()
        self._steps_per_epoch = max(1, steps_per_epoch)
        self.minimum, self.maximum = self._limits()

    def _limits(self) -> tuple[float, float]:
        start, end = self.window
        low, high = self.x_of(start), self.x_of(end)
        if self._unit is XUnit.TIME and (not self._clock.steps or end > self._clock.steps[-1]):
            # How long the rest takes is not known: the axis ends at the next round time.
            high = low + _round_up(max(high, self._clock.last_s) - low)
        return low, high if high > low else low + 1e-6

    def x_of(self, step: float) -> float:
        """Where the axis is after `step` steps."""
        match self._unit:
            case XUnit.EPOCH:
                return step / self._steps_per_epoch
            case XUnit.STEP:
                return float(step)
            case XUnit.TIME:
                return self._clock.seconds_at(step)

    def middle_of(self, first: int, last: int) -> float:
        """The middle of the steps `first` to `last`, so that rounding can never put it into a neighbouring column."""
        return self.x_of((first + last - 1) / 2)

    def edges(self, num_columns: int, num_taken: int) -> list[int]:
        """Steps done at the edges of `num_columns` columns of equal width, rising, up to the first that has all `num_taken`.

        Column i holds the steps edges[i] + 1 to edges[i + 1], which may be none.
        """
        start, end = self.window
        found: list[int] = []
        for column in range(num_columns + 1):
            edge = min(self._edge(column, num_columns, start, end), end)
            found.append(max(edge, found[-1]) if found else edge)
            if edge >= min(num_taken, end):
                break
        return found

    def _edge(self, column: int, num_columns: int, start: int, end: int) -> int:
        if self._unit is not XUnit.TIME:
            return start + (end - start) * column // num_columns
        if column == 0:
            return start
        seconds = self.minimum + (self.maximum - self.minimum) * column / num_columns
        # A step that ends at an edge by the clock's rounding lies before it.
        return max(start, math.floor(self._clock.step_at(seconds) + 1e-6))

    def axis(self, num_columns: int) -> Axis:
        """Limits, and ticks for a plot of so many columns; the last names the unit."""
        low, high = self.minimum, self.maximum
        if self._unit is XUnit.TIME:
            return Axis(low, high, time_ticks(low, high, num_columns))
        if self._unit is XUnit.EPOCH and low == 0 and high == int(high):
            return epoch_axis(0, int(high), num_columns)
        return Axis(low, high, span_ticks(low, high, num_columns, self._unit.value))

    def column_of(self, step: int, num_columns: int) -> int:
        """The column, from 0, that holds `step`; the nearest one where it is out of sight."""
        share = (self.middle_of(step, step) - self.minimum) / (self.maximum - self.minimum)
        return max(0, min(math.floor(share * num_columns), num_columns - 1))

    def steps_in(self, column: int, num_columns: int, num_taken: int) -> tuple[int, int] | None:
        """First and last step in a column; None where it has none."""
        edges = self.edges(num_columns, num_taken)
        for index, (before, after) in enumerate(pairwise(edges)):
            if index == column and after > before:
                return before + 1, min(after, max(num_taken, before + 1))
        return None


def _round_up(seconds: float) -> float:
    if seconds <= 1:
        return 1.0
    power = 10.0 ** math.floor(math.log10(seconds))
    return next(factor * power for factor in _ROUND_TIMES if factor * power >= seconds)
