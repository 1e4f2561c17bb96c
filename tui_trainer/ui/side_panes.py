"""SidePanes: what a configuration means, beside its form: network, learning rate and checks.

Imported and mounted after the first frame, which shows the form: nobody reads both at once.
"""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical

from tui_trainer.runs.config import RunConfig
from tui_trainer.ui.checks import Checks
from tui_trainer.ui.checks_pane import ChecksPane
from tui_trainer.ui.data_shape import DataShape
from tui_trainer.ui.network_diagram import NetworkDiagram
from tui_trainer.ui.pane import Pane
from tui_trainer.ui.rate_curves import RateCurve
from tui_trainer.ui.rate_pane import RatePane


class SidePanes(Vertical):
    """Three panes, from above."""

    def compose(self) -> ComposeResult:
        """Network, learning rate, checks."""
        with Pane(title="network", id="network-pane"):
            yield NetworkDiagram()
        yield RatePane(id="rate-pane")
        yield ChecksPane(id="checks-pane")

    def show(
        self, config: RunConfig, shape: DataShape | None, free_bytes: int | None, curve: RateCurve, checks: Checks
    ) -> None:
        """Draw what `config` means for data of `shape` on a machine with `free_bytes`, None where not known yet."""
        if not self._has_panes:
            return
        self.query_one(NetworkDiagram).show(config, shape, free_bytes)
        self.query_one(RatePane).show(curve)
        self.query_one(ChecksPane).show(checks)

    def redraw(self) -> None:
        """Draw again in the colours of another theme."""
        for pane in self.query(ChecksPane):
            pane.redraw()

    async def load_plot(self) -> None:
        """Bring the learning rate's plot."""
        for pane in self.query(RatePane):
            await pane.load_plot()

    @property
    def _has_panes(self) -> bool:
        """False while the app is being left, when answers may still come in."""
        return bool(self.query(NetworkDiagram) and self.query(RatePane) and self.query(ChecksPane))
