"""BandPlot: a value of many steps: its range as a faint band, its smoothed course as a line over it, on any axes.

What is no number is a gap with an x; what lies beyond the limits is clipped to the edge with an arrow; the cursor and what was
changed while the run trained are vertical lines. For loss_plot.py and grad_norm_plot.py.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence

from tui_trainer.ui.axis_ticks import log_axis, value_axis
from tui_trainer.ui.curve_plot import CurvePlot
from tui_trainer.ui.curve_view import CurveView
from tui_trainer.ui.plot_canvas import DOT_COLUMNS
from tui_trainer.ui.plot_marks import Axis, Band, Dots, Glyphs, Line, Mark, Point
from tui_trainer.ui.smoothed_columns import SmoothedColumns
from tui_trainer.ui.step_columns import StepColumn
from tui_trainer.ui.step_scale import StepScale
from tui_trainer.ui.value_limits import MIN_VALUE, Limits, held_limits, needed_limits

_NO_VALUES = (0.1, 10.0)
"""Limits where there is nothing finite."""


class BandPlot(CurvePlot):
    """Shows values against a window of the run, so that the curve grows and never moves."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._columns = SmoothedColumns()
        self._steps: Sequence[int] | None = None
        self._limits: Limits | None = None
        self._scale = StepScale((0, 1))
        self._view = CurveView()
        self._changed_at: Sequence[int] = ()
        self._superseded: Sequence[tuple[int, float]] = ()

    @property
    def smoothed(self) -> float:
        """The smoothed value now; NaN before the first."""
        return self._columns.last

    def smoothed_at(self, index: int) -> float:
        """The smoothed value after value `index` of the series; NaN where there is none."""
        values = self._columns.values
        is_there = 0 <= index < len(values) and math.isfinite(values[index])
        return self._columns.after(index + 1) if is_there else math.nan

    def show_series(
        self,
        values: Sequence[float],
        scale: StepScale,
        view: CurveView,
        *,
        steps: Sequence[int] | None = None,
        changed_at: Sequence[int] = (),
        superseded: Sequence[tuple[int, float]] = (),
        is_new: bool = False,
    ) -> None:
        """Draw `values`, NaN a gap; only what was added since the last call is looked at.

        `steps` are the steps of the values, rising; None where value i is that of step i + 1. `superseded` are (step, value)
        of what a resume took back. Say `is_new` for another run, or where values that were shown have changed.
        """
        self._columns.follow(values, view.weight, is_new=is_new)
        if is_new or scale.window != self._scale.window or view.is_log != self._view.is_log:
            self._limits = None
        self._steps, self._scale, self._view = steps, scale, view
        self._changed_at, self._superseded = changed_at, superseded
        self.remake()

    def make_marks(self) -> None:
        """The values reduced to the columns that there are."""
        columns = self._read_columns()
        self._limits = self._choose_limits(columns)
        y_axis = self._y_axis_of(self._limits or _NO_VALUES)
        self.draw(self._scale.axis(self.num_columns), y_axis, list(self._marks_of(columns, y_axis)))

    def _read_columns(self) -> list[StepColumn]:
        steps, values = self._steps, self._columns.values
        num_taken = len(values) if steps is None else steps[-1] if len(steps) else 0
        edges = self._scale.edges(self.num_columns * DOT_COLUMNS, num_taken)
        if steps is None:
            indices = [min(edge, len(values)) for edge in edges]
        else:
            indices = [bisect.bisect_right(steps, edge) for edge in edges]
        return self._columns.read(edges, indices)

    def _choose_limits(self, columns: Sequence[StepColumn]) -> Limits | None:
        finite = [column for column in columns if math.isfinite(column.lowest)]
        lows, highs = [column.lowest for column in finite], [column.highest for column in finite]
        needed = needed_limits(lows, highs, is_log=self._view.is_log)
        return self._limits if needed is None else held_limits(self._limits, needed, is_log=self._view.is_log)

    def _y_axis_of(self, limits: Limits) -> Axis:
        if self._view.is_log:
            return log_axis(*limits, self.num_rows)
        return value_axis(*limits, self.num_rows)

    def _y_of(self, value: float) -> float:
        """Where the value is drawn: its logarithm on a logarithmic axis, clipped to the limits."""
        low, high = self._limits or _NO_VALUES
        clipped = min(max(value, low), high)
        return math.log10(max(clipped, MIN_VALUE)) if self._view.is_log else clipped

    def _marks_of(self, columns: Sequence[StepColumn], y_axis: Axis) -> list[Mark]:
        low, high = self._limits or _NO_VALUES
        strokes, line, gaps, above, below = [], [], [], [], []
        joined: list[Point] = []
        for column in columns:
            x = self._scale.middle_of(column.first_step, column.last_step)
            if column.first_step == column.last_step:
                joined.append((x, math.nan if column.has_gap else self._y_of(column.lowest)))
            if math.isfinite(column.lowest):
                strokes.append((x, self._y_of(column.lowest), self._y_of(column.highest)))
                above += [(x, y_axis.maximum)] * (column.highest > high)
                below += [(x, self._y_of(low))] * (column.lowest < low)
            is_gap = column.has_gap or not math.isfinite(column.smoothed)
            line.append((x, math.nan if is_gap else self._y_of(column.smoothed)))
            gaps += [(x, 0.0)] * column.has_gap
        return [
            *change_marks(self._changed_at, self._scale, y_axis),
            *cursor_marks(self._view.cursor, self._scale, y_axis),
            Dots([(self._scale.x_of(step), self._y_of(value)) for step, value in self._superseded], "faint", 2, 3),
            Line(joined, "train-faint"),
            Band(strokes, "train-faint"),
            Line(line, "train", is_thick=True),
            Glyphs(above, "train", "▲"),
            Glyphs(below, "train", "▼"),
            *axis_glyphs(self._changed_at, self._view.cursor, self._scale),
            Glyphs(gaps, "fail", "x", is_on_axis=True),
        ]


def change_marks(changed_at: Sequence[int], scale: StepScale, y_axis: Axis) -> list[Mark]:
    """A vertical line where something was set while the run trained."""
    return [Band([(x, y_axis.minimum, y_axis.maximum) for x, _ in _in_sight(changed_at, scale)], "faint")]


def cursor_marks(cursor: int | None, scale: StepScale, y_axis: Axis) -> list[Mark]:
    """A vertical line at the step that is read."""
    steps = () if cursor is None else (cursor,)
    return [Band([(x, y_axis.minimum, y_axis.maximum) for x, _ in _in_sight(steps, scale)], "dim")]


def axis_glyphs(changed_at: Sequence[int], cursor: int | None, scale: StepScale) -> list[Mark]:
    """A bullet on the x axis below each change, and what stands below the cursor."""
    steps = () if cursor is None else (cursor,)
    return [
        Glyphs(_in_sight(changed_at, scale), "alt", "•", is_on_axis=True),
        Glyphs(_in_sight(steps, scale), "text", "▲", is_on_axis=True),
    ]


def _in_sight(steps: Sequence[int], scale: StepScale) -> list[Point]:
    start, end = scale.window
    return [(scale.middle_of(step, step), 0.0) for step in steps if start < step <= end]
