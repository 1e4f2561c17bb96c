"""OverlayLossPlot: the smoothed loss of several runs; without smoothing the range of each column, so that no spike is lost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

from tui_trainer.ui.axis_ticks import log_axis, value_axis
from tui_trainer.ui.curve_view import CurveView
from tui_trainer.ui.overlaid_run import OverlaidRun
from tui_trainer.ui.overlay_plot import OverlayPlot
from tui_trainer.ui.plot_marks import Axis, Point
from tui_trainer.ui.smoothed_values import SmoothedValues
from tui_trainer.ui.step_columns import StepColumn, StepColumns
from tui_trainer.ui.step_scale import StepScale
from tui_trainer.ui.value_limits import MIN_VALUE, Limits, held_limits, needed_limits

_NO_VALUES = (0.1, 10.0)


class OverlayLossPlot(OverlayPlot):
    """What was smoothed of a run is kept while its attempt and the weight are the same."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._smoothed: dict[tuple[str, int, float], SmoothedValues] = {}
        self._columns: dict[tuple[str, int, float], StepColumns] = {}
        self._limits: Limits | None = None

    def show(self, runs: Sequence[OverlaidRun], view: CurveView) -> None:
        """Draw these runs; what was kept of others is forgotten."""
        kept = {_series(run, view) for run in runs}
        self._smoothed = {key: values for key, values in self._smoothed.items() if key in kept}
        self._columns = {key: columns for key, columns in self._columns.items() if key in kept}
        if view.is_log != self._view.is_log or view.weight != self._view.weight:
            self._limits = None
        super().show(runs, view)

    def smoothed_of(self, run: OverlaidRun) -> float:
        """The smoothed loss of `run` now; NaN before its first step."""
        return self._smoothing_of(run).after(run.history.losses, len(run.history.losses))

    def points_of(self, run: OverlaidRun, scale: StepScale, num_dots: int) -> list[Point]:
        """The smoothed loss at the end of each column."""
        columns = self._read_columns(run, scale, num_dots)
        return [(scale.middle_of(column.first_step, column.last_step), column.smoothed) for column in columns]

    def band_of(self, run: OverlaidRun, scale: StepScale, num_dots: int) -> list[tuple[float, float, float]]:
        """Lowest and highest loss of each column, where nothing is smoothed."""
        if self._view.weight:
            return []
        columns = self._read_columns(run, scale, num_dots)
        return [
            (scale.middle_of(column.first_step, column.last_step), column.lowest, column.highest)
            for column in columns
            if math.isfinite(column.lowest)
        ]

    def y_axis_of(self, lows: Sequence[float], highs: Sequence[float]) -> Axis:
        """Held while the curves fit, so that it moves seldom; an outlier does not squash the rest."""
        needed = needed_limits(lows, highs, is_log=self._view.is_log)
        if needed is not None:
            self._limits = held_limits(self._limits, needed, is_log=self._view.is_log)
        low, high = self._limits or _NO_VALUES
        return log_axis(low, high, self.num_rows) if self._view.is_log else value_axis(low, high, self.num_rows)

    def y_of(self, value: float) -> float:
        """Its logarithm on a logarithmic axis, clipped to the limits."""
        if not math.isfinite(value):
            return math.nan
        low, high = self._limits or _NO_VALUES
        clipped = min(max(value, low), high)
        return math.log10(max(clipped, MIN_VALUE)) if self._view.is_log else clipped

    def _smoothing_of(self, run: OverlaidRun) -> SmoothedValues:
        return self._smoothed.setdefault(_series(run, self._view), SmoothedValues(self._view.weight))

    def _read_columns(self, run: OverlaidRun, scale: StepScale, num_dots: int) -> list[StepColumn]:
        losses, smoothing = run.history.losses, self._smoothing_of(run)
        columns = self._columns.setdefault(_series(run, self._view), StepColumns())
        edges = scale.edges(num_dots, len(losses))
        indices = [min(edge, len(losses)) for edge in edges]
        return columns.update(losses, partial(smoothing.after, losses), edges, indices)


def _series(run: OverlaidRun, view: CurveView) -> tuple[str, int, float]:
    """A resume may take losses back, which is another series."""
    return run.key, run.history.attempt, view.weight
