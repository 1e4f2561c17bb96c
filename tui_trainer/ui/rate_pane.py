"""RatePane: the learning rate over the epochs. Its plot comes after the first paint, because importing it takes a while."""

from __future__ import annotations

import importlib
from typing import Any

from textual.widget import Widget
from textual.widgets import Static

from tui_trainer.runs.config import RunConfig
from tui_trainer.ui.daemon_thread import run_in_daemon
from tui_trainer.ui.learning_rates import learning_rates
from tui_trainer.ui.pane import Pane

NO_CURVE = "this schedule changes within an epoch or follows the loss; the epoch table of the run shows its rates"


class RatePane(Pane):
    """Empty until `load_plot` has run; then it follows the configuration."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(title="learning rate", id=id)
        self._plot: Any = None
        self._words = Static(NO_CURVE, markup=False)
        self._shown: tuple[list[float], int] | None = None

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

    def show(self, config: RunConfig) -> None:
        """Draw the rates of `config`; the same again costs nothing."""
        shown = learning_rates(config), config.training.epochs
        if shown != self._shown:
            self._shown = shown
            self._draw()

    def _draw(self) -> None:
        if self._plot is None or self._shown is None:
            return
        has_curve = bool(self._shown[0])
        self._plot.display, self._words.display = has_curve, not has_curve
        if has_curve:
            self._plot.show(*self._shown)
