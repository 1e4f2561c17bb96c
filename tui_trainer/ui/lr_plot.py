"""LearningRatePlot: the learning rate over a run that is still to come."""

from __future__ import annotations

from tui_trainer.ui.axis_ticks import epoch_axis, rate_axis
from tui_trainer.ui.curve_plot import CurvePlot
from tui_trainer.ui.plot_marks import Line, Point
from tui_trainer.ui.rate_curves import RateCurve


class LearningRatePlot(CurvePlot):
    """One line from the first step to the last."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._curve: RateCurve | None = None

    def show(self, curve: RateCurve) -> None:
        """Draw `curve`, which has points, on an axis of its epochs."""
        self._curve = curve
        self.remake()

    def make_marks(self) -> None:
        """With ticks that suit the width."""
        curve = self._curve
        if curve is not None:
            y_axis = rate_axis(max(rate for _, rate in curve.points))
            self.draw(epoch_axis(0, curve.epochs, self.num_columns), y_axis, [Line(outline(curve), "train")])


def outline(curve: RateCurve) -> list[Point]:
    """The corners of the line: a staircase where a rate holds until the next point, and always up to the last epoch."""
    corners: list[Point] = []
    for epoch, rate in curve.points:
        if curve.is_staircase and corners:
            corners.append((epoch, corners[-1][1]))
        corners.append((epoch, rate))
    last = curve.points[-1]
    if curve.is_staircase and len(curve.points) > 1:
        step = last[0] - curve.points[-2][0]
        corners.append((min(float(curve.epochs), last[0] + step), last[1]))
    elif len(curve.points) == 1:
        corners.append((float(curve.epochs), last[1]))
    return corners
