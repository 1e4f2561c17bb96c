"""LossPlot: the loss of every step, as a band with its smoothed course over it."""

from __future__ import annotations

from tui_trainer.ui.band_plot import BandPlot


class LossPlot(BandPlot):
    """See band_plot.py: `show_series` takes the losses of the steps from 1 on."""
