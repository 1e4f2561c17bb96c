"""LearningRatePlot: the learning rate of each epoch of a run that is still to come."""

from __future__ import annotations

from collections.abc import Sequence

from tui_trainer.ui.axis_ticks import epoch_axis, rate_axis
from tui_trainer.ui.curve_plot import CurvePlot
from tui_trainer.ui.plot_marks import Line


class LearningRatePlot(CurvePlot):
    """One line over epochs 1 to the last."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rates: tuple[float, ...] = ()
        self._epochs = 1

    def show(self, rates: Sequence[float], epochs: int) -> None:
        """Draw `rates` (one an epoch, from epoch 1 on; finite, >= 0) on an axis of `epochs` epochs."""
        self._rates, self._epochs = tuple(rates), epochs
        self._draw_rates()

    def resized(self) -> None:
        """Choose ticks that suit the new width."""
        if self._rates:
            self._draw_rates()

    def _draw_rates(self) -> None:
        points = [(float(epoch), rate) for epoch, rate in enumerate(self._rates, start=1)]
        if len(points) == 1:
            # A single epoch has no extent: its rate is drawn over the whole axis.
            points.append((2.0, points[0][1]))
        y_axis = rate_axis(max(self._rates, default=0.0))
        self.draw(epoch_axis(1, self._epochs, self.num_columns), y_axis, [Line(points, "train")])
