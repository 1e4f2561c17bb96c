"""GradNormPlot: the norm of the whole gradient, before clipping, at the steps that were looked at."""

from __future__ import annotations

from tui_trainer.ui.band_plot import BandPlot


class GradNormPlot(BandPlot):
    """See band_plot.py: `show_series` takes the norms with their steps."""
