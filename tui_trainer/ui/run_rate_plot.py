"""RunRatePlot: the learning rate that a run has had, as its log tells it."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence

from tui_trainer.runs.step_clock import StepClock
from tui_trainer.ui.axis_ticks import rate_axis
from tui_trainer.ui.band_plot import axis_glyphs, change_marks, cursor_marks
from tui_trainer.ui.curve_plot import CurvePlot
from tui_trainer.ui.curve_view import CurveView
from tui_trainer.ui.plot_canvas import DOT_COLUMNS
from tui_trainer.ui.plot_marks import Line, Point
from tui_trainer.ui.step_scale import StepScale


class RunRatePlot(CurvePlot):
    """One line from zero up, on the x axis of the other curves."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._clock = StepClock()
        self._scale = StepScale((0, 1))
        self._view = CurveView()
        self._changed_at: Sequence[int] = ()

    def show(self, clock: StepClock, scale: StepScale, view: CurveView, changed_at: Sequence[int] = ()) -> None:
        """Draw the rates of `clock`; one that is not known is a gap."""
        self._clock, self._scale, self._view, self._changed_at = clock, scale, view, changed_at
        self.remake()

    def make_marks(self) -> None:
        """A sample a column."""
        clock, scale, cursor = self._clock, self._scale, self._view.cursor
        if not clock.steps:
            return
        points = sampled_rates(clock, scale, self.num_columns * DOT_COLUMNS)
        y_axis = rate_axis(max((rate for _, rate in points if math.isfinite(rate)), default=0.0))
        marks = [
            *change_marks(self._changed_at, scale, y_axis),
            *cursor_marks(cursor, scale, y_axis),
            Line(points, "train"),
            *axis_glyphs(self._changed_at, cursor, scale),
        ]
        self.draw(scale.axis(self.num_columns), y_axis, marks)


def sampled_rates(clock: StepClock, scale: StepScale, num_columns: int) -> list[Point]:
    """(x, rate) of the last record in each column that has one, and of those next to the window; `clock` is not empty."""
    start, end = scale.window
    before = bisect.bisect_right(clock.steps, start) - 1
    points: list[Point] = [(scale.x_of(start), clock.lrs[max(0, before)])]
    done = before + 1
    for edge in scale.edges(num_columns, clock.steps[-1])[1:]:
        last = bisect.bisect_right(clock.steps, edge)
        if last > done:
            points.append((scale.x_of(clock.steps[last - 1]), clock.lrs[last - 1]))
            done = last
    if done < len(clock.steps):
        points.append((scale.x_of(end), clock.lrs[done]))
    return points
