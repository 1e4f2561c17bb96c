"""OverlayScreen: the curves of up to six runs over each other, and under them what is different about the runs.

Each run is followed like the one of the Train screen, so that those that train grow. One run is pinned: drawn over the others.
It owns no truth; which runs are shown is all that it remembers.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import Resize

from tui_trainer.runs.loss_words import format_loss
from tui_trainer.runs.run_comparison import ComparedRow, compare_runs
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.ui.curve_view import CurveView
from tui_trainer.ui.key_bar import KeyBarTable, KeyHint
from tui_trainer.ui.live_pane import LivePane
from tui_trainer.ui.live_text import LiveText
from tui_trainer.ui.over_screen import OverScreen
from tui_trainer.ui.overlaid_run import OverlaidRun
from tui_trainer.ui.overlay_accuracy_plot import OverlayAccuracyPlot
from tui_trainer.ui.overlay_loss_plot import OverlayLossPlot
from tui_trainer.ui.overlay_members import OverlayMembers, Source, read_facts
from tui_trainer.ui.overlay_table import format_overlay_table
from tui_trainer.ui.run_choice import choose_run
from tui_trainer.ui.run_follower import RunFollower, RunMessage
from tui_trainer.ui.run_requests import OpenRequested
from tui_trainer.ui.screen_cost import ScreenCost
from tui_trainer.ui.theme import Tokens, tokens
from tui_trainer.ui.train_figures import curve_title

COST_S = 1.0
"""Seconds between two looks at what the pictures cost."""
_LEGEND_GAP = 2
_BORDER_COLUMNS = 6


class OverlayScreen(OverScreen):
    """`runs` are shown in their order, the first one pinned; those beyond MAX_RUNS are left out."""

    CSS_PATH: ClassVar[list[str]] = ["over.tcss", "overlay.tcss"]  # type: ignore[assignment]
    KEY_BAR: ClassVar[KeyBarTable] = {
        "pin(1)": KeyHint(1, key="← →"),
        "add": 1,
        "drop": 3,
        "open": 2,
        "scroll(1)": KeyHint(4, key="↑ ↓"),
        "swap_log": 6,
        "next_unit": 6,
        "smooth(1)": KeyHint(5, "Smooth", "+ -"),
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "pin(1)", "Pin", tooltip="Draw the next run over the others"),
        Binding("left", "pin(-1)", "Pin", show=False),
        Binding("i", "add", "Add run", tooltip="Lay the curves of another run over these"),
        Binding("d,delete", "drop", "Drop", tooltip="Take the pinned run away; it stays on disk"),
        Binding("enter", "open", "Open", tooltip="Show the pinned run on the Train screen"),
        Binding("down", "scroll(1)", "More rows", tooltip="The table's next row"),
        Binding("up", "scroll(-1)", "Rows", show=False),
        Binding("l", "swap_log", "Log", tooltip="The loss on a logarithmic axis, or on a linear one"),
        Binding("a", "next_unit", "Axis", tooltip="The x axis in epochs, steps or time"),
        Binding("plus,equals_sign", "smooth(1)", "Smoother", tooltip="Smooth the losses more"),
        Binding("minus", "smooth(-1)", "Less smooth", tooltip="Smooth them less"),
        Binding("0", "smooth(0)", "Raw", tooltip="The range of the losses as they are; again: smoothed as usual"),
        Binding("o", "go_back", "Back", show=False),
    ]

    def __init__(self, runs: Sequence[RunDirectory], tab: int = 2) -> None:
        super().__init__()
        # Which tab is lit: the one it was opened from.
        self.TAB = tab  # type: ignore[misc]
        self._members = OverlayMembers(runs)
        self._first_row = 0
        self._num_rows = 0
        self._view = CurveView()
        self._is_draw_queued = False

    def compose_body(self) -> ComposeResult:
        """Two charts over the table."""
        with Container(id="overlay-plots"):
            yield LivePane(OverlayLossPlot(id="overlay-loss"), title="loss", empty=Text("no steps yet"), id="overlay-loss-pane")
            words = Text("test accuracy, once an epoch")
            yield LivePane(OverlayAccuracyPlot(id="overlay-accuracy"), title="", empty=words, id="overlay-accuracy-pane")
        words = Text("figures, and the settings that differ")
        yield LivePane(LiveText(id="overlay-table"), title="runs", empty=words, id="overlay-table-pane")

    def on_mount(self) -> None:
        """Follow the runs; with one alone ask for another."""
        self.set_interval(COST_S, self._read_cost)
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.call_after_refresh(self._draw))
        for run in self._members.runs:
            self._follow(run)
        if len(self._members) < 2:
            self.call_after_refresh(self.action_add)

    @cached_property
    def _cost(self) -> ScreenCost:
        return ScreenCost.of(self.app)

    @property
    def runs(self) -> list[OverlaidRun]:
        """What is drawn."""
        return self._members.overlaid()

    @property
    def view(self) -> CurveView:
        """How the curves are looked at."""
        return self._view

    # Following

    @work(group="sources")
    async def _follow(self, run: RunDirectory) -> None:
        name, config = await asyncio.to_thread(read_facts, run)
        if self._members.needs_source(run):
            follower = RunFollower(run, self.post_message, lambda: self._cost.period_s)
            worker = self.run_worker(follower.follow(), group="follow")
            self._members.read_by(run, Source(follower, worker, name, config))

    @on(RunMessage)
    def draw_news(self, message: RunMessage) -> None:
        """Draw once for all that came in this turn."""
        message.stop()
        self._draw_soon()

    def _draw_soon(self) -> None:
        if not self._is_draw_queued:
            self._is_draw_queued = True
            self.call_later(self._draw)

    def _read_cost(self) -> None:
        """Learn what the pictures cost, while some are drawn; their pace follows."""
        if any(run.compared.status.is_live for run in self.runs):
            self._cost.read()

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what changes something."""
        match action:
            case "pin":
                return len(self._members) > 1
            case "add":
                return self._members.has_room
            case "drop" | "open":
                return len(self._members) > 0
            case "scroll":
                return self._num_rows > self._fitting_rows
        return True

    def action_pin(self, direction: int) -> None:
        """Pin the next run."""
        self._members.pin(direction)
        self._draw()

    @work(group="choice", exclusive=True)
    async def action_add(self) -> None:
        """Choose a run, and lay it over the others."""
        run = await choose_run(self.app, "lay over", [shown.run for shown in self._members.runs])
        if run is not None and self._members.add(run):
            self._follow(run)

    def action_drop(self) -> None:
        """Take the pinned run away; without any the screen closes."""
        self._members.drop_pinned()
        if len(self._members):
            self._draw()
        else:
            self.dismiss(None)

    def action_open(self) -> None:
        """Ask the app to show the pinned run."""
        if self._members.pinned is not None:
            self.post_message(OpenRequested(self._members.pinned))

    def action_scroll(self, rows: int) -> None:
        """Move the table's rows."""
        self._first_row = max(0, min(self._first_row + rows, self._num_rows - self._fitting_rows))
        self._draw()

    def action_swap_log(self) -> None:
        """The other y axis."""
        self._look(replace(self._view, is_log=not self._view.is_log))

    def action_next_unit(self) -> None:
        """The next x axis."""
        self._look(self._view.with_next_unit())

    def action_smooth(self, direction: int) -> None:
        """More, less, or (0) none."""
        self._look(self._view.smoother(direction) if direction else self._view.without_smoothing())

    def _look(self, view: CurveView) -> None:
        self._view = view
        self._draw()

    def on_resize(self, event: Resize) -> None:
        """As much as fits."""
        self.call_after_refresh(self._draw)

    # Drawing

    @property
    def _fitting_rows(self) -> int:
        """Rows of the table under its head."""
        return max(1, self.query_one("#overlay-table", LiveText).content_size.height - 1) if self.is_mounted else 1

    def _draw(self) -> None:
        self._is_draw_queued = False
        runs = self.runs
        if not self.is_current or not runs:
            return
        self._cost.count_picture()
        self._draw_loss(runs)
        self._draw_accuracy(runs)
        self._draw_table(runs, compare_runs([run.compared for run in runs]))
        self.refresh_bindings()

    def _pane(self, name: str) -> LivePane:
        return self.query_one(f"#overlay-{name}-pane", LivePane)

    def _draw_loss(self, runs: list[OverlaidRun]) -> None:
        pane, plot, colours = self._pane("loss"), self.query_one(OverlayLossPlot), tokens(self)
        pane.show_empty(not any(run.history.losses for run in runs))
        weight = f"  smooth {self._view.weight:g}" if self._view.weight else "  not smoothed"
        pane.show_title(curve_title("loss", self._view, colours).append(weight, colours["dim"]))
        plot.show(runs, self._view)
        values = [plot.smoothed_of(run) for run in runs]
        figures = [(run, format_loss(value) if math.isfinite(value) else "") for run, value in zip(runs, values, strict=True)]
        pane.show_figures(format_legend(figures, pane.size.width - _BORDER_COLUMNS, colours))

    def _draw_accuracy(self, runs: list[OverlaidRun]) -> None:
        pane, plot = self._pane("accuracy"), self.query_one(OverlayAccuracyPlot)
        pane.show_empty(not any(run.history.epochs for run in runs))
        plot.show(runs, self._view)
        pane.show_title(plot.measure)
        figures = [(run, plot.last_of(run)) for run in runs]
        pane.show_figures(format_legend(figures, pane.size.width - _BORDER_COLUMNS, tokens(self)))

    def _draw_table(self, runs: list[OverlaidRun], rows: list[ComparedRow]) -> None:
        pane, table = self._pane("table"), self.query_one("#overlay-table", LiveText)
        pane.show_empty(False)
        self._num_rows = len(rows)
        self._first_row = max(0, min(self._first_row, len(rows) - self._fitting_rows))
        size = table.content_size
        table.show_text(format_overlay_table(rows, runs, size.width, size.height, self._first_row, tokens(self)))
        num_keys = sum(row.is_key for row in rows)
        differing = f"{num_keys:,} setting{'' if num_keys == 1 else 's'} differ{'s' if num_keys == 1 else ''}"
        hidden = len(rows) - self._fitting_rows
        more = f" · {hidden:,} row{'' if hidden == 1 else 's'} more" if hidden > 0 else ""
        words = "one run alone; i adds another" if len(runs) < 2 else differing if num_keys else "no setting differs"
        pane.show_figures(f"{words}{more}")


def format_legend(figures: Sequence[tuple[OverlaidRun, str]], width: int, colours: Tokens) -> Text:
    """`A ● 0.0121  B ▲ 0.0200` in the runs' colours; in few columns without the figures."""
    whole = [f"{run.letter} {run.marker} {value}".rstrip() for run, value in figures]
    if sum(map(len, whole)) + _LEGEND_GAP * (len(whole) - 1) > width:
        whole = [f"{run.letter} {run.marker}" for run, _ in figures]
    styles = [f"{'bold ' if run.is_pinned else ''}{colours[run.token]}" for run, _ in figures]
    return Text(" " * _LEGEND_GAP).join(Text(words, style) for words, style in zip(whole, styles, strict=True))
