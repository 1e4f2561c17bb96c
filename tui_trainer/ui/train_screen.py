"""TrainScreen: one run as it goes; the keys that steer it are in run_keys.py, those of its charts in curve_keys.py.

It follows the run's log through one worker (run_follower.py) and draws what is new (run_view.py), at most as often as the
follower reads. All state is the follower's history: the screen could be closed at any moment and lose nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from textual import on
from textual.app import ComposeResult
from textual.events import Resize

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.log_tail import read_log_tail
from tui_trainer.runs.run_directory import RunDirectory, RunStatus
from tui_trainer.runs.run_history import RunHistory
from tui_trainer.runs.run_index import run_directories
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.runs.trainer_load import TrainerGauge
from tui_trainer.ui.below_keys import Below
from tui_trainer.ui.end_notice import tell_end
from tui_trainer.ui.epoch_table import EpochTable
from tui_trainer.ui.pace_line import PaceLine
from tui_trainer.ui.replay_keys import ReplayKeys
from tui_trainer.ui.run_faults import RunFaults, find_faults
from tui_trainer.ui.run_follower import (
    AttemptStarted,
    RequestRefused,
    RunEnded,
    RunFollower,
    RunMessage,
    RunRemoved,
)
from tui_trainer.ui.run_replayer import ReplayEnded, RunReplayer
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


class TrainScreen(ReplayKeys):
    """Tab 2."""

    TAB = 2
    CSS_PATH = "train.tcss"

    def __init__(self, run: RunDirectory | None = None) -> None:
        super().__init__()
        self._first_run = run
        self._follower: RunFollower | None = None
        self._gauge: TrainerGauge | None = None
        self._config: RunConfig | None = None
        self._faults = RunFaults()
        self._cost = ScreenCost()
        self._is_draw_queued = False
        self._is_new = True
        self._is_removed = False
        self._has_view = False
        self._keys_shown_for: tuple[object, ...] = ()
        self._compositor = SpanCompositor()

    @property
    def run(self) -> RunDirectory | None:
        """The run that is shown."""
        return self._follower.run if self._follower else self._first_run

    @property
    def history(self) -> RunHistory | None:
        """What is known of it; None before its log was read to its end once, and where it cannot be understood."""
        return self._follower.history if self._follower and self._follower.is_attached and not self._refusal else None

    @property
    def status(self) -> RunStatus | None:
        """What it does now; None where that is not known yet, or where the run is gone."""
        return self._follower.status if self._follower and self.history is not None and not self._is_removed else None

    @property
    def _refusal(self) -> str:
        """Why the run that is followed is not shown; empty where it is."""
        follower = self._follower
        return self._faults.refusal(follower.history, follower.run) if follower and not self._is_removed else ""

    @property
    def config(self) -> RunConfig | None:
        """The configuration that it began with; None where it cannot be read."""
        return self._config

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
        self._cost = ScreenCost.of(self.app)
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

    def show_run(self, run: RunDirectory) -> None:
        """Follow `run` from now on; one that is followed already goes on."""
        self._first_run = run
        is_followed = self._follower is not None and self._follower.run == run and not self._is_removed
        if is_followed or not self._has_view:
            return
        self._gauge, self._is_removed = TrainerGauge(run), False
        # What was looked at is a place in the other run; how, is a person's wish.
        self.curve_view = replace(self.curve_view, window=None, cursor=None)
        self._faults = find_faults(run)
        try:
            self._config = run.config
        except MlpTuiError:
            self._config = None
        self._follow(RunFollower(run, self.post_message, self._period_s))

    def _period_s(self) -> float:
        return self._cost.period_s

    def _follow(self, follower: RunFollower) -> None:
        self._follower, self._is_new = follower, True
        self.view.show_empty(follower.run.shown_name)
        self._show_keys()
        self.run_worker(follower.follow(), group="follow", exclusive=True)

    # Playing it again

    @property
    def replayer(self) -> RunReplayer | None:
        """What plays the run; None where it is shown as it is."""
        return self._follower if isinstance(self._follower, RunReplayer) else None

    def play_again(self) -> None:
        """Play the run from its start."""
        if self._follower is not None:
            self._follow(RunReplayer(self._follower.run, self.post_message, self._period_s, self._follower.status))

    def show_whole(self) -> None:
        """Show the run as it is, and follow it."""
        if self._follower is not None:
            self._follow(RunFollower(self._follower.run, self.post_message, self._period_s))

    def on_replay_ended(self, message: ReplayEnded) -> None:
        """Somebody may go on with the run."""
        if message.follower is self._follower:
            self.show_whole()

    def draw_status(self) -> None:
        """Draw the status line."""
        if self._follower is not None and self.history is not None:
            self.view.show_status(self._describe_status(self._follower))

    # What the follower tells

    @on(RunMessage)
    def draw_news(self, message: RunMessage) -> None:
        """Draw whatever the message says is new."""
        self._draw_soon(message)

    def on_attempt_started(self, message: AttemptStarted) -> None:
        """Draw the curve anew: what lies beyond the save that a resumed run began from is no longer its course."""
        self._is_new = True

    def on_run_ended(self, message: RunEnded) -> None:
        """Tell the terminal, where a person wants that."""
        if message.follower is self._follower:
            ended = message.follower.history.ended or {}
            tell_end(self.app, message.follower.run.shown_name, str(ended.get("status", "ended")))

    def on_run_removed(self, message: RunRemoved) -> None:
        """Keep the last picture and say that the run is gone."""
        if message.follower is self._follower:
            self._is_removed = True

    def on_request_refused(self, message: RequestRefused) -> None:
        """Tell why the trainer did not do what was asked."""
        if message.follower is self._follower:
            kind, reason = (safe_text(message.event.get(name, ""), 120) for name in ("kind", "reason"))
            self.notify(f"{kind} was refused: {reason}", severity="warning", markup=False)

    # Drawing

    def on_screen_resume(self) -> None:
        """Draw what happened while another screen was shown."""
        self._draw_soon()

    def on_resize(self, event: Resize) -> None:
        """Choose figures that suit the new width, once it is laid out; where there is room for them, layers beside epochs."""
        has_layers = event.size.width >= LAYERS_COLUMNS
        if has_layers != self.has_class("-huge"):
            self.set_class(has_layers, "-huge")
            self.view.show_below(self.below, has_layers=has_layers)
        self._show_keys()
        self.call_after_refresh(self._draw_soon)

    def _draw_in_new_colours(self, _theme: object) -> None:
        self.call_after_refresh(self._draw_soon)

    def _draw_soon(self, message: RunMessage | None = None) -> None:
        """Queue one picture for all messages of this turn; those of a run that is no longer followed draw nothing."""
        if self._is_draw_queued or (message is not None and message.follower is not self._follower):
            return
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
        self.view.show_epochs(history)
        self.view.show_words(history, self._drawn_status(follower), self._config, self._problems)
        self.view.show_machine(history, follower.status)
        self.view.show_health(history, self._config)
        if self.focused is None and history.epochs:
            self.set_focus(self.query_one(EpochTable))
        self._show_keys()

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
            self.query_one(PaceLine).show_words(self._cost.pace_words if is_drawn else "")
