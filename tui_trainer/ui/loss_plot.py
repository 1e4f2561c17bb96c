"""LossPlot: the loss of every step on a logarithmic axis: its range as a faint band, its smoothed course as a line over it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tui_trainer.ui.axis_ticks import epoch_axis, log_axis
from tui_trainer.ui.curve_plot import CurvePlot
from tui_trainer.ui.loss_bins import LossBins, LossColumn
from tui_trainer.ui.plot_canvas import DOT_COLUMNS
from tui_trainer.ui.plot_marks import Band, Glyphs, Line, Mark, Point

MIN_LOSS = 1e-12
"""A loss of zero is drawn here: it has no logarithm."""
MAX_DECADES = 5
"""What lies more decades under the highest smoothed loss is drawn on the lower edge."""


class LossPlot(CurvePlot):
    """Shows the losses so far against the whole planned run, so that the curve grows and never moves."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._bins = LossBins(1)
        self._num_epochs = 1
        self._limits = (math.inf, 0.0)

    @property
    def smoothed(self) -> float:
        """The smoothed loss now; NaN before the first step."""
        return self._bins.smoothed

    def show(self, losses: Sequence[float], num_epochs: int, steps_per_epoch: int, *, is_new: bool = False) -> None:
        """Draw `losses` (index = step - 1, NaN a gap); only what was added since the last call is looked at.

        Say `is_new` for another run, or where losses that were shown have changed.
        """
        num_steps = num_epochs * steps_per_epoch
        if is_new or num_steps != self._bins.num_steps or len(losses) < self._bins.num_taken:
            self._bins = LossBins(num_steps)
            self._limits = (math.inf, 0.0)
        self._num_epochs = num_epochs
        self._bins.take(losses[self._bins.num_taken :])
        self._draw_columns()

    def resized(self) -> None:
        """Sample again at the new number of columns."""
        if self._bins.num_taken:
            self._draw_columns()

    def _draw_columns(self) -> None:
        columns = self._bins.columns(self.num_columns * DOT_COLUMNS)
        low, high = self._widen_limits(columns)
        epochs_per_step = self._num_epochs / self._bins.num_steps
        strokes, line, gaps = [], [], []
        for column in columns:
            # The middle of the column, so that rounding can never put it into its neighbour.
            x = (column.first_step + column.last_step - 1) / 2 * epochs_per_step
            if math.isfinite(column.lowest):
                strokes.append((x, _log(column.lowest, low, high), _log(column.highest, low, high)))
            line += _line_points(x, column, low, high)
            if column.has_gap:
                gaps.append((x, 0.0))
        marks: list[Mark] = [
            Band(strokes, "train-faint"),
            Line(line, "train", is_thick=True),
            Glyphs(gaps, "fail", "x", is_on_axis=True),
        ]
        self.draw(epoch_axis(0, self._num_epochs, self.num_columns), log_axis(low, high, self.num_rows), marks)

    def _widen_limits(self, columns: Sequence[LossColumn]) -> tuple[float, float]:
        """Limits that hold all columns, in steps of half a decade, so that the axis moves seldom, and only outwards."""
        finite = [column for column in columns if math.isfinite(column.lowest)]
        if not finite:
            return 0.1, 10.0
        highest = max(MIN_LOSS, max(column.highest for column in finite))
        lowest = max(MIN_LOSS, min(column.lowest for column in finite), highest / 10**MAX_DECADES)
        low, high = self._limits
        if lowest < low:
            low = 10 ** (math.floor(2 * math.log10(lowest)) / 2)
        self._limits = (low, max(high, highest * 1.05 if highest > high else high))
        return self._limits


def _line_points(x: float, column: LossColumn, low: float, high: float) -> list[Point]:
    if column.has_gap or not math.isfinite(column.smoothed):
        return [(x, math.nan)]
    return [(x, _log(column.smoothed, low, high))]


def _log(loss: float, low: float, high: float) -> float:
    return math.log10(min(max(loss, low), high))
