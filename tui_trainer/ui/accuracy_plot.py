"""AccuracyPlot: train accuracy as a line and test accuracy as dots, once an epoch, the best one a star."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence

from tui_trainer.runs.run_history import EpochRecord
from tui_trainer.ui.axis_ticks import share_axis
from tui_trainer.ui.band_plot import axis_glyphs, change_marks, cursor_marks
from tui_trainer.ui.curve_plot import CurvePlot
from tui_trainer.ui.curve_view import CurveView
from tui_trainer.ui.plot_canvas import DOT_COLUMNS
from tui_trainer.ui.plot_marks import Dots, Glyphs, Line, Mark, Point
from tui_trainer.ui.step_scale import StepScale

BLOCK_MIN_DOTS = 4
"""An epoch this many dots wide has room for a block of 2 x 3 dots; a narrower one gets 1 x 2."""


class AccuracyPlot(CurvePlot):
    """Shows the epochs so far on the x axis of the other curves."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._epochs: Sequence[EpochRecord] = ()
        self._superseded: Sequence[EpochRecord] = ()
        self._best: EpochRecord | None = None
        self._scale = StepScale((0, 1))
        self._view = CurveView()
        self._changed_at: Sequence[int] = ()

    def show(
        self,
        epochs: Sequence[EpochRecord],
        best: EpochRecord | None,
        scale: StepScale,
        view: CurveView,
        *,
        superseded: Sequence[EpochRecord] = (),
        changed_at: Sequence[int] = (),
    ) -> None:
        """Draw these epochs, in order; an accuracy that is None is a gap, `superseded` is what a resume took back."""
        self._epochs, self._best, self._scale, self._view = tuple(epochs), best, scale, view
        self._superseded, self._changed_at = tuple(superseded), changed_at
        self.remake()

    def make_marks(self) -> None:
        """Dots that suit the width."""
        y_axis = share_axis(self._lowest(), self.num_rows)
        marks: list[Mark] = [
            *change_marks(self._changed_at, self._scale, y_axis),
            *cursor_marks(self._view.cursor, self._scale, y_axis),
            *self._epoch_marks(),
            *axis_glyphs(self._changed_at, self._view.cursor, self._scale),
        ]
        self.draw(self._scale.axis(self.num_columns), y_axis, marks)

    def _epoch_marks(self) -> list[Mark]:
        num_dots, scale = self.num_columns * DOT_COLUMNS, self._scale
        shown = self._thin_out(num_dots)
        has_room = num_dots >= self._num_in_sight * BLOCK_MIN_DOTS
        columns, rows = (2, 3) if has_room else (1, 2)
        tests = [(scale.x_of(epoch.step), epoch.test_acc) for epoch in shown if epoch.test_acc is not None]
        old = [(scale.x_of(epoch.step), epoch.test_acc) for epoch in self._superseded if epoch.test_acc is not None]
        best, (start, end) = self._best, scale.window
        is_shown = best is not None and best.test_acc is not None and start <= best.step <= end
        star: list[Point] = [(scale.x_of(best.step), _or_gap(best.test_acc))] if best is not None and is_shown else []
        return [
            Dots(old, "faint", columns, rows),
            Line([(scale.x_of(epoch.step), _or_gap(epoch.train_acc)) for epoch in shown], "train"),
            Dots([point for point in tests if point not in star], "test", columns, rows),
            Glyphs(star, "best", "★"),
        ]

    @property
    def _num_in_sight(self) -> float:
        """Epochs that the window has room for."""
        last = self._epochs[-1] if self._epochs else None
        steps_per_epoch = last.step / max(1, last.epoch) if last else 1.0
        start, end = self._scale.window
        return (end - start) / max(1.0, steps_per_epoch)

    def _lowest(self) -> float:
        """The lowest accuracy in sight; where there is none yet, one that leaves a whole scale."""
        values = [value for epoch in self._in_sight() for value in (epoch.train_acc, epoch.test_acc) if value is not None]
        return min(values, default=0.0)

    def _in_sight(self) -> list[EpochRecord]:
        """The epochs in the window, and one on either side of it, so that the line runs through."""
        start, end = self._scale.window
        steps = [epoch.step for epoch in self._epochs]
        return list(self._epochs[max(0, bisect.bisect_left(steps, start) - 1) : bisect.bisect_right(steps, end) + 1])

    def _thin_out(self, num_dots: int) -> list[EpochRecord]:
        """The last epoch of each column of dots, where there are more epochs than that; the best always."""
        epochs = self._in_sight()
        if len(epochs) <= num_dots:
            return epochs
        low, span = self._scale.minimum, self._scale.maximum - self._scale.minimum
        last_of = {math.floor((self._scale.x_of(epoch.step) - low) / span * num_dots): epoch for epoch in epochs}
        if self._best in epochs and self._best is not None:
            return sorted({*last_of.values(), self._best}, key=lambda epoch: epoch.step)
        return list(last_of.values())


def _or_gap(value: float | None) -> float:
    return math.nan if value is None else value
