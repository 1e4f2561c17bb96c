"""OverlayAccuracyPlot: the test accuracy of several runs, once an epoch; of regressions, which have none, R²."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tui_trainer.runs.run_history import EpochRecord
from tui_trainer.ui.axis_ticks import share_axis, value_axis
from tui_trainer.ui.overlaid_run import OverlaidRun
from tui_trainer.ui.overlay_plot import OverlayPlot
from tui_trainer.ui.plot_marks import Axis, Point
from tui_trainer.ui.step_scale import StepScale

ACCURACY, R2 = "test accuracy", "test R²"


class OverlayAccuracyPlot(OverlayPlot):
    """`measure` says what is drawn."""

    @property
    def measure(self) -> str:
        """R2 where every run that has epochs is a regression."""
        begun = [run for run in self._runs if run.history.epochs]
        return R2 if begun and all(run.history.is_regression for run in begun) else ACCURACY

    def last_of(self, run: OverlaidRun) -> str:
        """The value of its last epoch in words; empty where it has none."""
        value = self._value_of(run.history.epochs[-1]) if run.history.epochs else math.nan
        return f"{value:.4f}" if math.isfinite(value) else ""

    def points_of(self, run: OverlaidRun, scale: StepScale, num_dots: int) -> list[Point]:
        """One point an epoch; of more epochs than dots the last one in each."""
        points = [(scale.x_of(epoch.step), self._value_of(epoch)) for epoch in run.history.epochs]
        every = -(-len(points) // num_dots) if points else 1
        return points[::-every][::-1]

    def y_axis_of(self, lows: Sequence[float], highs: Sequence[float]) -> Axis:
        """From a useful lower limit to 1."""
        lowest = min(lows, default=0.0)
        if self.measure == R2 and lowest < 0:
            return value_axis(lowest, 1.0, self.num_rows)
        return share_axis(max(0.0, lowest), self.num_rows)

    def _value_of(self, epoch: EpochRecord) -> float:
        value = epoch.test_r2 if self.measure == R2 else epoch.test_acc
        return math.nan if value is None else value
