"""OverlayLossPlot: the smoothed loss of several runs; without smoothing the range of each column, so that no spike is lost."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tui_trainer.ui.axis_ticks import log_axis, value_axis
from tui_trainer.ui.curve_view import CurveView
from tui_trainer.ui.overlaid_run import OverlaidRun
from tui_trainer.ui.overlay_plot import OverlayPlot
from tui_trainer.ui.plot_marks import Axis, Point
from tui_trainer.ui.smoothed_columns import SmoothedColumns
from tui_trainer.ui.step_columns import StepColumn
from tui_trainer.ui.step_scale import StepScale
from tui_trainer.ui.value_limits import MIN_VALUE, Limits, held_limits, needed_limits

_NO_VALUES = (0.1, 10.0)


class OverlayLossPlot(OverlayPlot):
    """What was smoothed of a run is kept while it is shown and its attempt is the same."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._columns: dict[tuple[str, int], SmoothedColumns] = {}
        self._limits: Limits | None = None

    def show(self, runs: Sequence[OverlaidRun], view: CurveView) -> None:
        """Draw these runs; what was kept of others is forgotten."""
        self._columns = {key: self._columns.get(key, SmoothedColumns()) for key in map(_series, runs)}
        for run in runs:
            self._columns[_series(run)].follow(run.history.losses, view.weight)
        if view.is_log != self._view.is_log or view.weight != self._view.weight:
            self._limits = None
        super().show(runs, view)

    def smoothed_of(self, run: OverlaidRun) -> float:
        """The smoothed loss of `run` now; NaN before its first step."""
        return self._columns[_series(run)].last

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

    def _read_columns(self, run: OverlaidRun, scale: StepScale, num_dots: int) -> list[StepColumn]:
        num_losses = len(run.history.losses)
        edges = scale.edges(num_dots, num_losses)
        return self._columns[_series(run)].read(edges, [min(edge, num_losses) for edge in edges])


def _series(run: OverlaidRun) -> tuple[str, int]:
    """A resume may take losses back, which is another series."""
    return run.key, run.history.attempt
