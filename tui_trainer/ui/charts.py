"""Charts: the curves of one run in their panes, all on one x axis; drawn from its history, following nothing.

A chart that is not shown takes in nothing until it is.
"""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Container

from tui_trainer.runs.run_history import RunHistory
from tui_trainer.ui.accuracy_plot import AccuracyPlot
from tui_trainer.ui.chart_layout import CHARTS, ChartLayout, Shape
from tui_trainer.ui.curve_plot import CurvePlot
from tui_trainer.ui.curve_view import CurveView
from tui_trainer.ui.grad_norm_plot import GradNormPlot
from tui_trainer.ui.live_pane import LivePane
from tui_trainer.ui.loss_plot import LossPlot
from tui_trainer.ui.run_rate_plot import RunRatePlot
from tui_trainer.ui.settled_size import SettledSize
from tui_trainer.ui.step_scale import StepScale
from tui_trainer.ui.theme import tokens
from tui_trainer.ui.train_figures import (
    accuracy_figures,
    curve_title,
    empty_accuracy,
    empty_loss,
    empty_norm,
    empty_rate,
    loss_figures,
    norm_figures,
    rate_figures,
)

_GRID_SIZES = {Shape.PAIR: (2, 1), Shape.GRID: (2, 2), Shape.ONE: (1, 1)}
"""Columns and rows."""
TITLES = {"loss": "loss", "accuracy": "accuracy", "rate": "learning rate", "norm": "gradient norm"}


class Charts(SettledSize, Container):
    """A pane for each of CHARTS."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._layout_now = ChartLayout()
        self.plots: tuple[CurvePlot, ...] = (
            LossPlot(id="loss-plot"),
            AccuracyPlot(id="accuracy-plot"),
            RunRatePlot(id="rate-plot"),
            GradNormPlot(id="norm-plot"),
        )
        """In the order of CHARTS."""

    def compose(self) -> ComposeResult:
        """Panes that say what will be in them."""
        empty_texts = (Text(), empty_accuracy(), empty_rate(), empty_norm())
        for name, plot, empty in zip(CHARTS, self.plots, empty_texts, strict=True):
            yield LivePane(plot, title=TITLES[name], empty=empty, id=f"{name}-pane")

    def on_mount(self) -> None:
        """Show the pair."""
        self.show_layout(self._layout_now)

    def show_layout(self, layout: ChartLayout) -> None:
        """Show these charts and no others, from the next layout on."""
        self._layout_now = layout
        for plot in self.plots:
            plot.await_layout()
        for name in CHARTS:
            self._pane(name).display = name in layout.shown
        # Not by classes: each change of one looks all rules up again for everything in here, a tenth of a second in all. Nor by
        # the styles' properties, each of which asks everything in here for a layout of its own.
        for rule, number in zip(("grid_size_columns", "grid_size_rows"), _GRID_SIZES[layout.shape], strict=True):
            self.styles.set_rule(rule, number)
        self.styles.height = None if layout.shape is Shape.PAIR else "1fr"
        self.refresh(layout=True)

    @property
    def num_columns(self) -> int:
        """Columns of a chart that is shown; 0 before the first layout."""
        return self.query_one(f"#{self._layout_now.shown[0]}-plot", CurvePlot).num_columns

    def _pane(self, name: str) -> LivePane:
        return self.query_one(f"#{name}-pane", LivePane)

    def show_empty(self, *, has_run: bool) -> None:
        """Say in each pane what will be there."""
        self._pane("loss").show_empty(True, empty_loss(tokens(self), has_run=has_run))
        for name in CHARTS:
            self._pane(name).show_empty(True)
            self._pane(name).show_figures("")

    def show(self, history: RunHistory, view: CurveView, *, is_new: bool, is_long: bool) -> None:
        """Draw what is shown; `is_new` where values that were drawn before have changed, as for another run."""
        scale = build_scale(history, view)
        changed_at = [change.step for change in history.changes]
        shown = self._layout_now.shown
        self._draw_loss(history, view, scale, changed_at, is_new=is_new)
        if "accuracy" in shown:
            self._draw_accuracy(history, view, scale, changed_at, is_long=is_long)
        if "rate" in shown:
            self._draw_rate(history, view, scale, changed_at)
        if "norm" in shown:
            self._draw_norm(history, view, scale, changed_at, is_new=is_new)

    def smoothed_loss_at(self, step: int) -> float:
        """The smoothed loss after `step`; NaN where there is none."""
        return self.query_one(LossPlot).smoothed_at(step - 1)

    def _draw_loss(
        self, history: RunHistory, view: CurveView, scale: StepScale, changed_at: list[int], *, is_new: bool
    ) -> None:
        pane, plot, colours = self._pane("loss"), self.query_one(LossPlot), tokens(self)
        pane.show_empty(not history.losses)
        pane.show_title(curve_title("loss", view, colours) if history.losses else "loss")
        old = [(epoch.step, epoch.train_loss) for epoch in history.superseded_epochs if epoch.train_loss is not None]
        plot.show_series(history.losses, scale, view, changed_at=changed_at, superseded=old, is_new=is_new)
        pane.show_figures(loss_figures(plot.smoothed, view, colours))

    def _draw_accuracy(
        self, history: RunHistory, view: CurveView, scale: StepScale, changed_at: list[int], *, is_long: bool
    ) -> None:
        pane, colours = self._pane("accuracy"), tokens(self)
        pane.show_empty(not history.epochs)
        old = history.superseded_epochs
        plot = self.query_one(AccuracyPlot)
        plot.show(history.epochs, history.best, scale, view, superseded=old, changed_at=changed_at)
        pane.show_figures(accuracy_figures(history, colours, is_long=is_long))

    def _draw_rate(self, history: RunHistory, view: CurveView, scale: StepScale, changed_at: list[int]) -> None:
        pane = self._pane("rate")
        pane.show_empty(not history.clock.steps)
        self.query_one(RunRatePlot).show(history.clock, scale, view, changed_at)
        pane.show_figures(rate_figures(history.lr, tokens(self)))

    def _draw_norm(
        self, history: RunHistory, view: CurveView, scale: StepScale, changed_at: list[int], *, is_new: bool
    ) -> None:
        pane, plot, colours = self._pane("norm"), self.query_one(GradNormPlot), tokens(self)
        pane.show_empty(not history.grad_norms)
        pane.show_title(curve_title(TITLES["norm"], view, colours))
        steps = history.grad_norm_steps
        plot.show_series(history.grad_norms, scale, view, steps=steps, changed_at=changed_at, is_new=is_new)
        pane.show_figures(norm_figures(plot.smoothed, colours))


def num_planned(history: RunHistory) -> int:
    """Steps of the whole run as it is planned now, or as many as were done."""
    return max(1, history.step, (history.num_epochs or 1) * (history.steps_per_epoch or 1))


def build_scale(history: RunHistory, view: CurveView) -> StepScale:
    """The x axis of all charts."""
    window = view.shown(num_planned(history), history.step)
    return StepScale(window, unit=view.unit, steps_per_epoch=history.steps_per_epoch or 1, clock=history.clock)
