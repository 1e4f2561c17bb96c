"""RateSearchPlot: the loss against the learning rate on a logarithmic axis, the suggested rates marked on it."""

from __future__ import annotations

import bisect
import math

from tui_trainer.ui.axis_ticks import format_tick, value_axis
from tui_trainer.ui.curve_plot import CurvePlot
from tui_trainer.ui.plot_marks import Axis, Band, Glyphs, Line, Point
from tui_trainer.ui.rate_search import RateSearch

CHOSEN, OTHER = "◆", "◇"
_COLUMNS_A_DECADE = 6


class RateSearchPlot(CurvePlot):
    """One curve; the chosen rate with a line down to its axis."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._search: RateSearch | None = None
        self._chosen = 0

    def show(self, search: RateSearch, chosen: int) -> None:
        """Draw `search`, which has points, with the suggestion at the place `chosen` marked."""
        self._search, self._chosen = search, chosen
        self.remake()

    def make_marks(self) -> None:
        """With ticks that suit the size."""
        search = self._search
        if search is None:
            return
        curve = [(math.log10(lr), loss) for lr, loss in search.points]
        losses = [loss for _, loss in search.points]
        y_axis = value_axis(min(losses), max(losses), self.num_rows)
        marks: list[Band | Line | Glyphs] = [Line(curve, "train")]
        for place, suggestion in enumerate(search.suggestions):
            point = on_curve(curve, math.log10(suggestion.lr))
            if place == self._chosen:
                marks.insert(0, Band([(point[0], y_axis.minimum, point[1])], "test"))
            is_chosen = place == self._chosen
            marks.append(Glyphs([point], "test" if is_chosen else "dim", CHOSEN if is_chosen else OTHER))
        self.draw(decade_axis(curve[0][0], curve[-1][0], self.num_columns), y_axis, marks)


def on_curve(curve: list[Point], x: float) -> Point:
    """The point of the curve that is nearest to `x` from the right, or its last one."""
    place = bisect.bisect_left(curve, (x, -math.inf))
    return x, curve[min(place, len(curve) - 1)][1]


def decade_axis(low: float, high: float, num_columns: int) -> Axis:
    """log10 of rates with a tick at whole decades, as many as there is room for."""
    high = high if high > low else low + 1.0
    every = max(1, math.ceil((high - low) / max(1, num_columns / _COLUMNS_A_DECADE)))
    decades = range(math.ceil(low), math.floor(high) + 1, every)
    return Axis(low, high, tuple((float(decade), format_tick(10.0**decade)) for decade in decades))
