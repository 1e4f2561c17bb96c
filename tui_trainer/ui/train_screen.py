"""TrainScreen: one run as it goes, drawn; what is followed is following_screen.py's, what its keys do that of their own files.

It draws what is new (run_view.py), at most as often as the follower reads. The screen could be closed at any moment and lose
nothing.
"""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import replace
from functools import cached_property

from textual.app import ComposeResult
from textual.events import Resize
from textual.geometry import Size

from tui_trainer.runs.log_tail import read_log_tail
from tui_trainer.runs.run_directory import RunDirectory, RunStatus
from tui_trainer.runs.run_history import RunHistory
from tui_trainer.runs.run_index import run_directories
from tui_trainer.runs.trainer_load import TrainerGauge
from tui_trainer.ui.below_keys import Below
from tui_trainer.ui.epoch_table import EpochTable
from tui_trainer.ui.following_screen import FollowingScreen
from tui_trainer.ui.pace_line import PaceLine
from tui_trainer.ui.run_follower import RunFollower
from tui_trainer.ui.run_requests import OpenRequested
from tui_trainer.ui.run_view import RunView
from tui_trainer.ui.screen_cost import ScreenCost
from tui_trainer.ui.span_compositor import SpanCompositor
from tui_trainer.ui.status_line import RunFacts
from tui_trainer.ui.train_figures import header_facts, run_facts

LAYERS_COLUMNS = 170
"""From this width on the layers stand between epochs and machine."""
GAUGE_S = 1.0
"""Seconds between two looks at the trainer's load."""
SPARED_S = 5.0
"""Seconds between two drawings of the epochs where the terminal slows the pictures down: a new one moves every row."""


class TrainScreen(FollowingScreen):
    """Tab 2."""

    TAB = 2
    CSS_PATH = "train.tcss"

    def __init__(self, run: RunDirectory | None = None) -> None:
        super().__init__(run)
        self._gauge: TrainerGauge | None = None
        self._epochs_drawn_at, self._are_epochs_owed = -math.inf, False
        self._is_draw_queued = False
        self._has_view = self._is_laying_out = False
        self._keys_shown_for: tuple[object, ...] = ()
        self._compositor = SpanCompositor()

    @cached_property
    def _cost(self) -> ScreenCost:
        return ScreenCost.of(self.app)

    @property
    def chosen_epoch(self) -> int | None:
        """The epoch under the table's cursor."""
        return self.query_one(EpochTable).cursor_epoch

    @property
    def view(self) -> RunView:
        """What is drawn."""
        return self.query_one(RunView)

    def compose_body(self) -> ComposeResult:
        """The view takes all."""
        yield RunView(id="run-view")

    def on_mount(self) -> None:
        """Attach to the run that was given, or else to the newest on disk."""
        self.app.theme_changed_signal.subscribe(self, self._draw_in_new_colours)
        self.set_interval(GAUGE_S, self._read_machine)
        self.set_interval(GAUGE_S, self._read_log)
        self._has_view = True
        self.view.show_empty(None)
        if self._first_run is not None:
            self.show_run(self._first_run)
        else:
            self.run_worker(self._find_newest(), group="find")

    async def _find_newest(self) -> None:
        runs = await asyncio.to_thread(run_directories)
        if runs and self._follower is None and self.is_current:
            self.show_run(runs[0])
            # So that the app knows it, and asks before it leaves it alone.
            self.post_message(OpenRequested(runs[0]))

    @property
    def can_follow(self) -> bool:
        """Once there is something to draw on."""
        return self._has_view

    @property
    def period_s(self) -> float:
        """By what the pictures cost."""
        return self._cost.period_s

    def begin_run(self, run: RunDirectory) -> None:
        """Look at another trainer, and at the curves' whole: what was looked at is a place in the other run."""
        self._gauge, self._epochs_drawn_at = TrainerGauge(run), -math.inf
        self.curve_view = replace(self.curve_view, window=None, cursor=None)

    def begin_following(self) -> None:
        """Say that the log is being read."""
        self.view.show_empty(self.run.shown_name if self.run else None)
        self._show_keys()

    def draw_status(self) -> None:
        """Draw the status line."""
        if self._follower is not None and self.history is not None:
            self.view.show_status(self._describe_status(self._follower))

    def _refresh_layout(self, size: Size | None = None, scroll: bool = False) -> None:
        self._is_laying_out = True
        super()._refresh_layout(size, scroll)

    def draw_due(self) -> None:
        """Draw what was to be drawn in the next turn."""
        for plot in self.view.plots if self._has_view else ():
            plot.draw_queued()

    def _compositor_refresh(self) -> None:
        # Textual tells of new sizes only after the picture of the layout, which would show the old curves in new places.
        if self._is_laying_out and self._has_view:
            self._is_laying_out = False
            for plot in self.view.plots:
                plot.draw_laid_out()
        super()._compositor_refresh()

    # Drawing

    def on_screen_resume(self) -> None:
        """Draw what happened while another screen was shown."""
        self.draw_soon()

    def on_resize(self, event: Resize) -> None:
        """Choose figures that suit the new width, once it is laid out; where there is room for them, layers beside epochs."""
        has_layers = event.size.width >= LAYERS_COLUMNS
        if has_layers != self.has_class("-huge"):
            self.set_class(has_layers, "-huge")
            self.view.show_below(self.below, has_layers=has_layers)
        self._show_keys()
        self.call_after_refresh(self.draw_soon)

    def _draw_in_new_colours(self, _theme: object) -> None:
        self.call_after_refresh(self.draw_soon)

    def draw_soon(self) -> None:
        """Queue one picture for all news of this turn."""
        if not self._is_draw_queued:
            self._is_draw_queued = True
            self.call_later(self._draw)

    def _draw(self) -> None:
        self._is_draw_queued = False
        follower, history = self._follower, self.history
        if not self.is_current or not self.is_mounted:
            return
        if follower is None or history is None:
            is_refused = follower is not None and follower.is_attached
            self.view.show_empty(self.run.shown_name if self.run else None, self._refusal if is_refused else "")
            self._show_keys()
            return
        self._cost.count_picture()
        self.show_facts(header_facts(history, self._config))
        self.view.show_status(self._describe_status(follower))
        self._draw_charts(history)
        self._draw_epochs(history)
        self.view.show_words(history, self._drawn_status(follower), self._config, self._problems)
        self.view.show_machine(history, follower.status)
        self.view.show_health(history, self._config)
        if self.focused is None and history.epochs:
            self.set_focus(self.query_one(EpochTable))
        self._show_keys()

    def _draw_epochs(self, history: RunHistory) -> None:
        """The table; seldom where the terminal is slow, and what is left out then comes with a later look at the trainer."""
        now = time.monotonic()
        is_spared = self._cost.is_slowed and self.status is RunStatus.RUNNING
        self._are_epochs_owed = is_spared and now - self._epochs_drawn_at < SPARED_S
        if not self._are_epochs_owed:
            self._epochs_drawn_at = now
            self.view.show_epochs(history)

    @property
    def _problems(self) -> list[str]:
        """What is wrong with folder and log, though the run is shown; not safe to show yet."""
        num_damaged = self._follower.damaged_lines if self._follower else 0
        damaged = [f"{num_damaged:,} damaged line{'s' if num_damaged > 1 else ''} of the log skipped"] if num_damaged else []
        return [*self._faults.told, *damaged]

    def _draw_charts(self, history: RunHistory) -> None:
        cursor = self.curve_view.cursor
        if cursor is not None and cursor > history.step:
            # A resume took back what was read.
            self.curve_view = replace(self.curve_view, window=None, cursor=None)
        self.view.show_curves(history, self.curve_view, is_new=self._is_new)
        self.view.show_note(history, self.curve_view, self.steps_a_column, self._problems)
        self._is_new = False

    @property
    def num_chart_columns(self) -> int:
        """Columns of a chart that is shown."""
        return self.view.num_chart_columns

    def draw_curves(self) -> None:
        """Draw them as they are looked at now, without waiting for news of the run."""
        history = self.history
        if history is not None:
            self.view.show_layout(self.chart_layout)
            self._draw_charts(history)
            self._show_keys()

    def draw_below(self) -> None:
        """Show it; the log is read while it is shown, and no longer."""
        self.view.show_below(self.below, has_layers=self.has_class("-huge"))
        self.run_worker(self._read_log(), group="log", exclusive=True)

    async def _read_log(self) -> None:
        follower = self._follower
        if self.below is not Below.LOG or follower is None or not self.is_current:
            return
        tail = await asyncio.to_thread(read_log_tail, follower.run.log_path)
        if follower is self._follower:
            self.view.show_log(tail)

    def _show_keys(self) -> None:
        """Draw the key bar where other keys work than before; it is drawn whole."""
        view = self.curve_view
        is_zoomed, is_read = view.window is not None or view.is_recent, view.cursor is not None
        has_steps = self.history is not None and bool(self.history.losses)
        now = (
            self.run,
            self.status,
            self.has_class("-small"),
            self.has_class("-huge"),
            self.focused,
            has_steps,
            is_zoomed,
            is_read,
            self.chart_layout,
            self.replayer,
        )
        if now != self._keys_shown_for:
            self._keys_shown_for = now
            self.refresh_bindings()

    def _describe_status(self, follower: RunFollower) -> RunFacts:
        if self._is_removed:
            return RunFacts(follower.run.shown_name, RunStatus.UNKNOWN, problem="its folder is gone; this is what was seen")
        status = self._drawn_status(follower)
        facts = run_facts(follower.run.shown_name, follower.history, status, follower.epoch_age_s)
        return facts if self.replayer is None else replace(facts, word=f"replay ×{self.replayer.speed:g}")

    def _drawn_status(self, follower: RunFollower) -> RunStatus:
        """What it does now; while it is played again, what it did then."""
        return follower.status if self.replayer is None else RunStatus.RUNNING

    async def _read_machine(self) -> None:
        gauge, history, status = self._gauge, self.history, self.status
        if gauge is None or history is None or status is None or not self.is_current:
            return
        # A run that is not alive has no load, and what its screen costs would be the only thing that moves.
        is_drawn = status.is_live or self.replayer is not None
        load = await asyncio.to_thread(gauge.read) if status.is_live else None
        if gauge is self._gauge:
            self.view.note_machine(load, self._cost.read() if is_drawn else None)
            self.view.show_machine(history, status)
            if self._are_epochs_owed:
                self._draw_epochs(history)
            self.query_one(PaceLine).show_words(self._cost.pace_words if is_drawn else "")
