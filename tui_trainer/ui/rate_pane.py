"""RatePane: the learning rate over the epochs. Its plot comes after the first paint, because importing it takes a while."""

from __future__ import annotations

import importlib
from typing import Any

from textual.widget import Widget

from tui_trainer.runs.config import RunConfig
from tui_trainer.ui.daemon_thread import run_in_daemon
from tui_trainer.ui.learning_rates import learning_rates
from tui_trainer.ui.pane import Pane


class RatePane(Pane):
    """Empty until `load_plot` has run; then it follows the configuration."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(title="learning rate", id=id)
        self._plot: Any = None
        self._shown: tuple[list[float], int] | None = None

    async def load_plot(self) -> None:
        """Import the plot in a thread, and draw."""
        module = await run_in_daemon(lambda: importlib.import_module("tui_trainer.ui.lr_plot"))
        plot: Widget = module.LearningRatePlot()
        # The app may have been left while the module was imported.
        if self.is_attached:
            await self.mount(plot)
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
        if self._plot is not None and self._shown is not None:
            self._plot.show(*self._shown)
