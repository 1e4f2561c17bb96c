"""RatePane: the learning rate over the run. Its plot comes after the first paint, because importing it takes a while."""

from __future__ import annotations

import importlib
from typing import Any

from textual.widget import Widget
from textual.widgets import Static

from tui_trainer.ui.daemon_thread import run_in_daemon
from tui_trainer.ui.field_values import format_number
from tui_trainer.ui.pane import Pane
from tui_trainer.ui.rate_curves import RateCurve


class RatePane(Pane):
    """Words until `load_plot` has run, or where there is no curve; then it follows the configuration."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(title="learning rate", id=id)
        self._plot: Any = None
        self._words = Static(markup=False, classes="-empty")
        self._curve: RateCurve | None = None

    async def load_plot(self) -> None:
        """Import the plot in a thread, and draw."""
        module = await run_in_daemon(lambda: importlib.import_module("tui_trainer.ui.lr_plot"))
        plot: Widget = module.LearningRatePlot()
        # The app may have been left while the module was imported.
        if self.is_attached:
            self._words.display = False
            await self.mount(plot, self._words)
        if plot.is_attached:
            self._plot = plot
            self._draw()

    def show(self, curve: RateCurve) -> None:
        """Draw `curve`; the same again costs nothing."""
        if curve != self._curve:
            self._curve = curve
            self._draw()

    def _draw(self) -> None:
        curve = self._curve
        if self._plot is None or curve is None:
            return
        self._plot.display, self._words.display = bool(curve.points), not curve.points
        self._words.update(curve.words)
        self.show_figures(_summary(curve))
        if curve.points:
            self._plot.show(curve)


def _summary(curve: RateCurve) -> str:
    """The first, highest and last rate, or what was assumed."""
    if curve.assumed or not curve.points:
        return f"as if {curve.assumed}" if curve.assumed else ""
    rates = [rate for _, rate in curve.points]
    first, top, last = rates[0], max(rates), rates[-1]
    shown = [first, top, last] if first < top > last else [first, last]
    return " → ".join(format_number(float(f"{rate:.3g}")) for rate in dict.fromkeys(shown))
