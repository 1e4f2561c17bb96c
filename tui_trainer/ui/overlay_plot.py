"""OverlayPlot: the same curve of several runs over each other, on one x axis that is as long as the longest run.

A subclass says what is drawn of one run. The pinned run is drawn last and thick; a letter ends each curve, markers lie along
it, at places of its own for each run.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from tui_trainer.ui.charts import num_planned
from tui_trainer.ui.curve_plot import CurvePlot
from tui_trainer.ui.curve_view import CurveView
from tui_trainer.ui.overlaid_run import MAX_RUNS, OverlaidRun
from tui_trainer.ui.plot_marks import Axis, Band, Glyphs, Line, Mark, Point
from tui_trainer.ui.step_scale import StepScale

NUM_MARKERS = 3
"""Along each curve."""
_LETTER_GAP = 2
"""Columns that a letter steps back by where another one stands."""


class OverlayPlot(CurvePlot):
    """`show` may be called as often as there is news."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._runs: Sequence[OverlaidRun] = ()
        self._view = CurveView()

    def show(self, runs: Sequence[OverlaidRun], view: CurveView) -> None:
        """Draw these runs as `view` says: smoothing, log, and what the x axis counts."""
        self._runs, self._view = tuple(runs), view
        self.remake()

    def points_of(self, run: OverlaidRun, scale: StepScale, num_dots: int) -> list[Point]:
        """The curve of `run` in at most `num_dots` points; NaN is a gap."""
        raise NotImplementedError

    def band_of(self, run: OverlaidRun, scale: StepScale, num_dots: int) -> list[tuple[float, float, float]]:
        """(x, low, high) of what is drawn behind the curve; nothing by itself."""
        return []

    def y_axis_of(self, lows: Sequence[float], highs: Sequence[float]) -> Axis:
        """The axis that holds what is drawn: finite values, as many of each; what lies beyond is drawn at its edge."""
        raise NotImplementedError

    def y_of(self, value: float) -> float:
        """Where a value is drawn on the axis that was chosen last."""
        return value

    def make_marks(self) -> None:
        """Sampled at the width that there is."""
        if not self._runs:
            return
        scales = {run.key: self._scale_of(run) for run in self._runs}
        longest = max(scales.values(), key=lambda scale: scale.maximum)
        num_dots = {
            run.key: max(1, round(2 * self.num_columns * scales[run.key].maximum / longest.maximum)) for run in self._runs
        }
        curves = {run.key: self.points_of(run, scales[run.key], num_dots[run.key]) for run in self._runs}
        bands = {run.key: self.band_of(run, scales[run.key], num_dots[run.key]) for run in self._runs}
        strokes = [stroke for band in bands.values() for stroke in band]
        strokes += [(x, y, y) for points in curves.values() for x, y in points if math.isfinite(y)]
        y_axis = self.y_axis_of([low for _, low, _ in strokes], [high for _, _, high in strokes])
        x_axis = longest.axis(self.num_columns)
        drawn = {key: [(x, self.y_of(y)) for x, y in points] for key, points in curves.items()}
        ordered = sorted(self._runs, key=lambda run: (run.is_pinned, -run.place))
        marks: list[Mark] = []
        for run in ordered:
            marks.append(Band([(x, self.y_of(low), self.y_of(high)) for x, low, high in bands[run.key]], run.token))
            marks.append(Line(drawn[run.key], run.token, is_thick=run.is_pinned))
        marks += self._markers(ordered, drawn, x_axis)
        marks += self._letters(ordered, drawn, x_axis, y_axis)
        self.draw(x_axis, y_axis, marks)

    def _scale_of(self, run: OverlaidRun) -> StepScale:
        history = run.history
        return StepScale(
            (0, num_planned(history)),
            unit=self._view.unit,
            steps_per_epoch=history.steps_per_epoch or 1,
            clock=history.clock,
        )

    def _markers(self, runs: Iterable[OverlaidRun], drawn: dict[str, list[Point]], x_axis: Axis) -> list[Mark]:
        span = x_axis.maximum - x_axis.minimum
        marks: list[Mark] = []
        for run in runs:
            wanted = [
                x_axis.minimum + span * (index * MAX_RUNS + run.place + 1) / (NUM_MARKERS * MAX_RUNS + 1)
                for index in range(NUM_MARKERS)
            ]
            near = [point for x in wanted if (point := _point_near(drawn[run.key], x, span / 6)) is not None]
            marks.append(Glyphs(near, run.token, run.marker))
        return marks

    def _letters(self, runs: Sequence[OverlaidRun], drawn: dict[str, list[Point]], x_axis: Axis, y_axis: Axis) -> list[Mark]:
        """At the end of each curve, or farther back on it where another letter stands; the pinned run's first."""
        taken: set[tuple[int, int]] = set()
        marks: list[Mark] = []
        for run in reversed(runs):
            for x, y in reversed([point for point in drawn[run.key] if math.isfinite(point[1])]):
                column = _cell(x, x_axis, self.num_columns)
                row = _cell(y, y_axis, self.num_rows)
                if not any((column + near, row) in taken for near in range(-_LETTER_GAP + 1, _LETTER_GAP)):
                    taken.add((column, row))
                    marks.append(Glyphs([(x, y)], run.token, run.letter))
                    break
        return marks


def _cell(value: float, axis: Axis, num_cells: int) -> int:
    return math.floor((value - axis.minimum) / (axis.maximum - axis.minimum) * num_cells)


def _point_near(points: Sequence[Point], x: float, reach: float) -> Point | None:
    """The point nearest to `x` that has a value; None where none is within `reach`."""
    found = [point for point in points if abs(point[0] - x) <= reach and math.isfinite(point[1])]
    return min(found, key=lambda point: abs(point[0] - x), default=None)
