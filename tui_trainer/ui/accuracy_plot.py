"""AccuracyPlot: train accuracy as a line and test accuracy as dots, once an epoch, the best one a star."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tui_trainer.runs.run_history import EpochRecord
from tui_trainer.ui.axis_ticks import epoch_axis, share_axis
from tui_trainer.ui.curve_plot import CurvePlot
from tui_trainer.ui.plot_canvas import DOT_COLUMNS
from tui_trainer.ui.plot_marks import Dots, Glyphs, Line, Mark, Point

BLOCK_MIN_DOTS = 4
"""An epoch this many dots wide has room for a block of 2 x 3 dots; a narrower one gets 1 x 2."""


class AccuracyPlot(CurvePlot):
    """Shows the epochs so far against the whole planned run."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._epochs: Sequence[EpochRecord] = ()
        self._best: EpochRecord | None = None
        self._num_epochs = 1

    def show(self, epochs: Sequence[EpochRecord], best: EpochRecord | None, num_epochs: int) -> None:
        """Draw these epochs, in order; an accuracy that is None is a gap."""
        self._epochs, self._best, self._num_epochs = tuple(epochs), best, num_epochs
        self._draw_epochs()

    def resized(self) -> None:
        """Choose dots that suit the new width."""
        if self._epochs:
            self._draw_epochs()

    def _draw_epochs(self) -> None:
        num_dots = self.num_columns * DOT_COLUMNS
        shown = _thin_out(self._epochs, self._num_epochs, num_dots)
        has_room = num_dots >= self._num_epochs * BLOCK_MIN_DOTS
        tests = [(float(epoch.epoch), epoch.test_acc) for epoch in shown if epoch.test_acc is not None and epoch != self._best]
        marks: list[Mark] = [
            Line([(float(epoch.epoch), _or_gap(epoch.train_acc)) for epoch in shown], "train"),
            Dots(tests, "test", columns=2 if has_room else 1, rows=3 if has_room else 2),
        ]
        if self._best is not None and self._best.test_acc is not None:
            best: Point = (float(self._best.epoch), self._best.test_acc)
            marks.append(Glyphs([best], "best", "★"))
        self.draw(epoch_axis(0, self._num_epochs, self.num_columns), share_axis(self._lowest(), self.num_rows), marks)

    def _lowest(self) -> float:
        """The lowest accuracy of all epochs; where there is none yet, one that leaves a whole scale."""
        values = [value for epoch in self._epochs for value in (epoch.train_acc, epoch.test_acc) if value is not None]
        return min(values, default=0.0)


def _or_gap(value: float | None) -> float:
    return math.nan if value is None else value


def _thin_out(epochs: Sequence[EpochRecord], num_epochs: int, num_dots: int) -> Sequence[EpochRecord]:
    """The last epoch of each column of dots, where there are more epochs than that."""
    if num_epochs <= num_dots or not num_dots:
        return epochs
    last_of = {epoch.epoch * num_dots // num_epochs: epoch for epoch in epochs}
    return list(last_of.values())
